"""`History`: the metrics of every epoch."""

from tinynet._internal.checks import shown
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Callback, Logs, State


class History(Callback):
    """Record the figures of each epoch; `fit` keeps one and returns it.

    Parameters
    ----------
    earlier : History, optional
        Of the training that this one goes on from.

    Attributes
    ----------
    epoch : list of int
        The epochs run.
    logs : list of dict
        The figures of each.
    earlier : History or None
        See above.
    callback_states : list of dict
        What the callbacks knew at the end of the last epoch.
    """

    @known_keywords
    def __init__(self, earlier: "History | None" = None) -> None:
        if not isinstance(earlier, History | None):
            raise TypeError(f"earlier must be a History, received {shown(earlier)}.")
        self.epoch: list[int] = []
        self.logs: list[Logs] = []
        self.earlier = earlier.whole_run if earlier else None
        states = earlier.callback_states if earlier else []
        self.callback_states: list[State] = [dict(state) for state in states]

    @property
    def history(self) -> dict[str, list[float]]:
        """For each figure its value after each epoch.

        The keys are ``"loss"``, the names passed in ``metrics``, both with ``val_`` before them if
        there was a validation, and what callbacks added. It is made anew at each look: to add a
        figure of your own, write it into the `logs` of a callback's `on_epoch_end`.
        """
        names = dict.fromkeys(name for logs in self.logs for name in logs)
        return {name: [logs[name] for logs in self.logs if name in logs] for name in names}

    @property
    def whole_run(self) -> "History":
        """The history from the first epoch on, as one uninterrupted training would have it."""
        if self.earlier is None:
            return self
        whole = History()
        whole.epoch = self.earlier.epoch + self.epoch
        whole.logs = self.earlier.logs + self.logs
        whole.callback_states = self.callback_states
        return whole

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Append the epoch's figures, among them what other callbacks are still to add.

        From here until all callbacks have run, what is written down of them is an epoch old.
        """
        self.epoch.append(epoch)
        self.logs.append(logs)
        for state in self.callback_states:
            state["heard"] = False
