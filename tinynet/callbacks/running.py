"""`CallbackList`: several callbacks called as one, and what they know from epoch to epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._internal.checks import object_or_class, shown
from tinynet._internal.protocols import Trained
from tinynet.callbacks.base import Callback, Logs, State
from tinynet.callbacks.history import History
from tinynet.callbacks.terminate import TerminateOnNaN

# The hooks that are called at every step, and what a callback may define to be called there.
FREQUENT = {
    "on_train_batch_begin": ("on_train_batch_begin", "on_batch_begin"),
    "on_train_batch_end": ("on_train_batch_end", "on_batch_end"),
    "on_test_batch_begin": ("on_test_batch_begin",),
    "on_test_batch_end": ("on_test_batch_end",),
}


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
        self, model: Trained, callbacks: Sequence[Callback], params: dict[str, Any]
    ) -> None:
        for callback in callbacks:
            callback.set_params(params)
            callback.set_model(model)
        self.model, self.callbacks, self.params = model, callbacks, params
        self._heard = {
            hook: [getattr(c, hook) for c in callbacks if any(overrides(c, name) for name in names)]
            for hook, names in FREQUENT.items()
        }

    def begin(self, history: History) -> None:
        """Call each one's `on_train_begin`, and let it go on from what its predecessor knew.

        If that is an epoch older than the model, the callbacks see the epoch now.
        """
        for callback in self.callbacks:
            callback.on_train_begin({})
        states = list(history.callback_states)
        behind = []
        for callback in self.callbacks:
            names = [state["name"] for state in states]
            if callback.state_name in names:
                known = states.pop(names.index(callback.state_name))
                take_over(callback, known["state"])
                behind += [] if known["heard"] else [callback]
        self.model.history = history
        if history.earlier and history.earlier.epoch:
            epoch, logs = history.earlier.epoch[-1], history.earlier.logs[-1]
            if {*self.params["logs"]} <= {*logs}:
                for callback in behind:
                    callback.on_epoch_end(epoch, logs)
        self._remember()

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Call each one's `on_epoch_begin`."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def hears(self, hook: str) -> bool:
        """Return whether any callback does something at one of the frequent hooks."""
        return bool(self._heard[hook])

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Call those `on_train_batch_begin` that do something."""
        for hook in self._heard["on_train_batch_begin"]:
            hook(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """Call those `on_train_batch_end` that do something."""
        for hook in self._heard["on_train_batch_end"]:
            hook(batch, logs)

    def on_test_begin(self, logs: Logs) -> None:
        """Call each one's `on_test_begin`."""
        for callback in self.callbacks:
            callback.on_test_begin(logs)

    def on_test_batch_begin(self, batch: int, logs: Logs) -> None:
        """Call those `on_test_batch_begin` that do something."""
        for hook in self._heard["on_test_batch_begin"]:
            hook(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs) -> None:
        """Call those `on_test_batch_end` that do something."""
        for hook in self._heard["on_test_batch_end"]:
            hook(batch, logs)

    def on_test_end(self, logs: Logs) -> None:
        """Call each one's `on_test_end`."""
        for callback in self.callbacks:
            callback.on_test_end(dict(logs))

    def on_predict_begin(self, logs: Logs) -> None:
        """Call each one's `on_predict_begin`."""
        for callback in self.callbacks:
            callback.on_predict_begin(logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs) -> None:
        """Call each one's `on_predict_batch_begin`."""
        for callback in self.callbacks:
            callback.on_predict_batch_begin(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any) -> None:
        """Call each one's `on_predict_batch_end`."""
        for callback in self.callbacks:
            callback.on_predict_batch_end(batch, logs)

    def on_predict_end(self, logs: Logs) -> None:
        """Call each one's `on_predict_end`."""
        for callback in self.callbacks:
            callback.on_predict_end(logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Call each one's `on_epoch_end`, write down what they know, and let them save."""
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)
        self._remember()
        for callback in self.callbacks:
            callback.on_epoch_complete(epoch, logs)

    def on_train_end(self, logs: Logs) -> None:
        """Call each one's `on_train_end`."""
        for callback in self.callbacks:
            callback.on_train_end(dict(logs))
        self._remember()

    def _remember(self) -> None:
        """Write down what each callback knows at the end of an epoch, as a snapshot."""
        states = [(callback.state_name, callback.get_state()) for callback in self.callbacks]
        self.model.history.callback_states = [
            {"name": name, "heard": True, "state": snapshot(state)}
            for name, state in states
            if state
        ]


def overrides(callback: Callback, hook: str) -> bool:
    """Return whether a callback defines a hook, in its class or, as functions do, in itself."""
    return hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook)


def snapshot(value: Any) -> Any:
    """Return a copy that its owner can't change: of lists, dicts and arrays, and what they hold.

    An array that can't be written to is shared.
    """
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [snapshot(item) for item in value]
    if isinstance(value, np.ndarray) and value.flags.writeable:
        return value.copy()
    return value


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
    if isinstance(callbacks, Callback):
        return [callbacks]
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
