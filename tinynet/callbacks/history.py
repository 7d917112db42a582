"""`History`: the metrics of every epoch."""

import weakref
from typing import TYPE_CHECKING, Any

from tinynet._internal.checks import shown
from tinynet._internal.names import known_keywords, object_attribute, suggestions
from tinynet.callbacks.base import Callback, Logs, State


class Values(dict[str, list[float]]):
    """A dict whose error for a missing name says which names there are."""

    def __missing__(self, name: object) -> Any:
        """Raise the error."""
        near = suggestions(name, self) if isinstance(name, str) else ()
        hint = f" Did you mean {near[0]!r}?" if near else ""
        if str(name).startswith("val_") and not any(key.startswith("val_") for key in self):
            hint = " Pass validation_data or validation_split to fit."
        known = ", ".join(map(repr, self)) or "no values"
        raise KeyError(f"The history has {known}, and no {shown(name)}.{hint}")


class History(Callback):
    """Record the loss and the metrics of each epoch; `fit` keeps one and returns it.

    Parameters
    ----------
    earlier : History, optional
        The history of the run that this one resumes.

    Attributes
    ----------
    epoch : list of int
        The epochs run.
    logs : list of dict
        The loss and the metrics of each epoch.
    earlier : History or None
        See above.
    callback_states : list of dict
        The states of the callbacks at the end of the last epoch.
    """

    _model: Any = None  # a weak reference: the model keeps its history

    @known_keywords
    def __init__(self, earlier: "History | None" = None) -> None:
        if not isinstance(earlier, History | None):
            raise TypeError(f"earlier must be a History, received {shown(earlier)}.")
        self.epoch: list[int] = []
        self.logs: list[Logs] = []
        self.earlier = earlier.whole_run if earlier else None
        states = earlier.callback_states if earlier else []
        self.callback_states: list[State] = [dict(state) for state in states]

    @known_keywords
    def set_model(self, model: Any) -> None:
        """Remember the model, without keeping it in memory."""
        try:
            self._model = weakref.ref(model)
        except TypeError:  # a number, a text or None
            raise TypeError(f"model must be a Sequential, received {shown(model)}.") from None

    @property
    def model(self) -> Any:
        """The model in training; None in a copy, or if the model no longer exists."""
        return self._model and self._model()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the model, of which a history tells, but isn't a part."""
        return {name: value for name, value in vars(self).items() if name != "_model"}

    @property
    def history(self) -> dict[str, list[float]]:
        """The values after each epoch, by name.

        The keys are ``"loss"``, the names of the metrics, the same with the prefix ``val_`` if
        there was a validation, and any that callbacks added. The dict is built on each access: to
        add a value of your own, write it into the ``logs`` of a callback's `on_epoch_end`.
        """
        names = dict.fromkeys(name for logs in self.logs for name in logs)
        return Values((name, [logs[name] for logs in self.logs if name in logs]) for name in names)

    def __getitem__(self, name: Any) -> Any:
        """Raise an error that says where the values are."""
        raise TypeError(f"A History isn't indexed: write history.history[{shown(name)}].")

    if not TYPE_CHECKING:  # type checkers still report misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Say where the values of that name are."""
            if any(name in logs for logs in vars(self).get("logs", ())):
                raise AttributeError(f"History has no {name}: write history.history[{name!r}].")
            raise object_attribute(self, name)

    @property
    def whole_run(self) -> "History":
        """The history since the first epoch, as an uninterrupted run would have recorded it."""
        if self.earlier is None:
            return self
        whole = History()
        whole.epoch = self.earlier.epoch + self.epoch
        whole.logs = self.earlier.logs + self.logs
        whole.callback_states = self.callback_states
        return whole

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Append the epoch's ``logs``, to which later callbacks may still add.

        From here until all callbacks have run, their recorded states are one epoch old.
        """
        self.epoch.append(epoch)
        self.logs.append(logs)
        for state in self.callback_states:
            state["heard"] = False
