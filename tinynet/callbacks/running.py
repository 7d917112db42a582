"""`CallbackList`: several callbacks called as one, and what they know from epoch to epoch."""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tinynet._internal.checks import object_or_class, shown
from tinynet.callbacks.base import Callback, Logs, State
from tinynet.callbacks.history import History
from tinynet.callbacks.terminate import TerminateOnNaN

if TYPE_CHECKING:
    from tinynet.models import Sequential


class CallbackList:
    """Call several callbacks as one, in their order, and write down what they know.

    Parameters
    ----------
    model : Sequential
        The model in training.
    callbacks : sequence of Callback
        They are given `model` and `params`.
    params : dict
        See `Callback`.
    """

    def __init__(
        self, model: "Sequential", callbacks: Sequence[Callback], params: dict[str, Any]
    ) -> None:
        for callback in callbacks:
            callback.model, callback.params = model, params
        self.model, self.callbacks, self.params = model, callbacks, params

    def begin(self, history: History) -> None:
        """Call each one's `on_train_begin`, and let it go on from what its predecessor knew.

        Where the model was saved by one callback before the next ones had seen the epoch, these see
        it now.
        """
        for callback in self.callbacks:
            callback.on_train_begin({})
        states = list(history.callback_states)
        waiting = []
        for callback in self.callbacks:
            names = [state["name"] for state in states]
            if callback.state_name in names:
                known = states.pop(names.index(callback.state_name))
                take_over(callback, known["state"])
                waiting += [] if known["heard"] else [callback]
        self.model.history = history
        if history.earlier and history.earlier.epoch:
            epoch, logs = history.earlier.epoch[-1], history.earlier.logs[-1]
            if {*self.params["logs"]} <= {*logs}:
                self._end_epoch(epoch, logs, waiting)
        self._remember([])

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Call each one's `on_epoch_begin`."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Call each one's `on_batch_end`."""
        for callback in self.callbacks:
            callback.on_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Call each one's `on_epoch_end`."""
        self._end_epoch(epoch, logs, self.callbacks)

    def on_train_end(self, logs: Logs) -> None:
        """Call each one's `on_train_end`."""
        for callback in self.callbacks:
            callback.on_train_end(dict(logs))
        self._remember([])

    def _end_epoch(self, epoch: int, logs: Logs, callbacks: Sequence[Callback]) -> None:
        """Call some `on_epoch_end`; whichever of them saves the model, it counts as waiting."""
        for k, callback in enumerate(callbacks):
            self._remember(callbacks[k:])
            callback.on_epoch_end(epoch, logs)
        self._remember([])

    def _remember(self, waiting: Sequence[Callback]) -> None:
        """Write down what each callback knows, and whether it has heard of the epoch's end.

        A copy: a list that its owner goes on filling, or clears for another training, would change.
        """
        waiting_ids = {id(callback) for callback in waiting}  # two callbacks may be equal
        states = [(callback, copy.deepcopy(callback.get_state())) for callback in self.callbacks]
        self.model.history.callback_states = [
            {"name": callback.state_name, "heard": id(callback) not in waiting_ids, "state": state}
            for callback, state in states
            if state
        ]


def take_over(callback: Callback, state: State) -> None:
    """Give a callback its predecessor's state.

    Raises
    ------
    ValueError
        If it can't go on from that.
    """
    try:
        callback.set_state(state)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{callback.state_name} can't go on from what was saved of it: {error} "
            f"Leave it out, or begin anew with initial_epoch=0."
        ) from error


def check_callbacks(callbacks: Any) -> Sequence[Callback]:
    """Return a list of callbacks, none if it is None.

    Raises
    ------
    TypeError
        If it isn't a list, or holds something else.
    """
    if callbacks is None:
        return []
    if not isinstance(callbacks, list | tuple):
        raise TypeError(
            f"callbacks must be a list of Callback objects, received {shown(callbacks)}."
        )
    for callback in callbacks:
        if not isinstance(callback, Callback):
            received = object_or_class(callback)
            raise TypeError(f"callbacks must be Callback objects, received {received}.")
    return callbacks


def watchers(callbacks: Any) -> list[Callback]:
    """Return what stops at NaN, unless the user gave it, and the user's callbacks.

    It stands before them, to see the last step's parameters before `EarlyStopping` restores others.
    """
    given = check_callbacks(callbacks)
    there = any(isinstance(callback, TerminateOnNaN) for callback in given)
    return [*given] if there else [TerminateOnNaN(), *given]
