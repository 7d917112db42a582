"""`CallbackList` calls several callbacks in order and records their states after each epoch."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._internal.checks import check_function, object_or_class
from tinynet._internal.names import closest
from tinynet._internal.origin import is_own_class
from tinynet._internal.protocols import Trained
from tinynet.callbacks.base import Callback, Logs, State
from tinynet.callbacks.history import History
from tinynet.callbacks.monitors import MonitorCallback
from tinynet.callbacks.terminate import TerminateOnNaN

# The hooks that are called at every step, and the methods a callback may define for each.
FREQUENT = {
    "on_train_batch_begin": ("on_train_batch_begin", "on_batch_begin"),
    "on_train_batch_end": ("on_train_batch_end", "on_batch_end"),
    "on_test_batch_begin": ("on_test_batch_begin",),
    "on_test_batch_end": ("on_test_batch_end",),
}

# All hooks but `on_data`, which takes other arguments in each callback.
HOOKS = [name for name in vars(Callback) if name.startswith("on_") and name != "on_data"]


class CallbackList:
    """Call several callbacks in order, and record their states.

    Parameters
    ----------
    model : Sequential
        The model in training.
    callbacks : sequence of Callback
        The callbacks. `model` and `params` are set on each of them.
    params : dict
        See `Callback`.
    """

    def __init__(
        self, model: Trained, callbacks: Sequence[Callback], params: dict[str, Any]
    ) -> None:
        others_add = False
        for callback in callbacks:
            callback.set_params(params)
            callback.set_model(model)
            if isinstance(callback, MonitorCallback):
                callback.others_add = others_add
            others_add = others_add or is_own_class(callback.on_epoch_end)
        self.model, self.callbacks, self.params = model, callbacks, params
        self._heard = {
            hook: [getattr(c, hook) for c in callbacks if any(overrides(c, name) for name in names)]
            for hook, names in FREQUENT.items()
        }

    def begin(self, history: History) -> None:
        """Call each `on_train_begin`, and restore the states of the run that is resumed.

        A callback whose state is one epoch older than the model gets that `on_epoch_end` now.
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
        """Call `on_epoch_begin` of each callback."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def hears(self, hook: str) -> bool:
        """Return whether any callback overrides one of the frequent hooks."""
        return bool(self._heard[hook])

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Call each overridden `on_train_batch_begin`."""
        for hook in self._heard["on_train_batch_begin"]:
            hook(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """Call each overridden `on_train_batch_end`."""
        for hook in self._heard["on_train_batch_end"]:
            hook(batch, logs)

    def on_test_begin(self, logs: Logs) -> None:
        """Call `on_test_begin` of each callback."""
        for callback in self.callbacks:
            callback.on_test_begin(logs)

    def on_test_batch_begin(self, batch: int, logs: Logs) -> None:
        """Call each overridden `on_test_batch_begin`."""
        for hook in self._heard["on_test_batch_begin"]:
            hook(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs) -> None:
        """Call each overridden `on_test_batch_end`."""
        for hook in self._heard["on_test_batch_end"]:
            hook(batch, logs)

    def on_test_end(self, logs: Logs) -> None:
        """Call `on_test_end` of each callback."""
        for callback in self.callbacks:
            callback.on_test_end(dict(logs))

    def on_predict_begin(self, logs: Logs) -> None:
        """Call `on_predict_begin` of each callback."""
        for callback in self.callbacks:
            callback.on_predict_begin(logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs) -> None:
        """Call `on_predict_batch_begin` of each callback."""
        for callback in self.callbacks:
            callback.on_predict_batch_begin(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any) -> None:
        """Call `on_predict_batch_end` of each callback."""
        for callback in self.callbacks:
            callback.on_predict_batch_end(batch, logs)

    def on_predict_end(self, logs: Logs) -> None:
        """Call `on_predict_end` of each callback."""
        for callback in self.callbacks:
            callback.on_predict_end(logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Call each `on_epoch_end`, record the states, and call each `on_epoch_complete`."""
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)
        self._remember()
        for callback in self.callbacks:
            callback.on_epoch_complete(epoch, logs)

    def on_train_end(self, logs: Logs) -> None:
        """Call `on_train_end` of each callback."""
        for callback in self.callbacks:
            callback.on_train_end(dict(logs))
        self._remember()

    def _remember(self) -> None:
        """Record a snapshot of each callback's state at the end of an epoch."""
        states = [(callback.state_name, callback.get_state()) for callback in self.callbacks]
        self.model.history.callback_states = [
            {"name": name, "heard": True, "state": snapshot(state)}
            for name, state in states
            if state
        ]


def overrides(callback: Callback, hook: str) -> bool:
    """Return whether a callback overrides a hook, in its class or as its own attribute."""
    return hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook)


def snapshot(value: Any) -> Any:
    """Return a deep copy of lists, dicts and arrays, independent of the callback.

    Read-only arrays are shared.
    """
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [snapshot(item) for item in value]
    if isinstance(value, np.ndarray) and value.flags.writeable:
        return value.copy()
    return value


def take_over(callback: Callback, state: State) -> None:
    """Restore a callback's saved state; raise ValueError if it doesn't fit."""
    try:
        callback.set_state(state)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{callback.state_name} can't resume from its saved state: {error} "
            f"Leave it out, or start again with initial_epoch=0."
        ) from error


def check_callbacks(callbacks: Any) -> Sequence[Callback]:
    """Return `callbacks` as a list, empty for None; raise TypeError for anything else."""
    if callbacks is None:
        return []
    if isinstance(callbacks, Callback):
        callbacks = [callbacks]
    listed = isinstance(callbacks, list | tuple)
    for callback in callbacks if listed else [callbacks]:
        if not isinstance(callback, Callback):
            received = object_or_class(callback)
            if inspect.isroutine(callback):
                received += "; call it at a hook by LambdaCallback(on_epoch_end=...)"
            what = "Callback objects" if listed else "a list of Callback objects"
            raise TypeError(f"callbacks must be {what}, received {received}.")
        check_hooks(callback)
    return callbacks


def check_hooks(callback: Callback) -> None:
    """Refuse a hook that takes other arguments, and a method whose name misspells a hook's."""
    kind = type(callback).__name__
    others = {name for name in dir(callback) if name.startswith("on_")} - {*dir(Callback)}
    for name in sorted(others):
        if meant := closest(name, HOOKS):
            raise TypeError(f"{kind}.{name} is never called. Did you mean {meant}?")
    for name in HOOKS:
        if overrides(callback, name):
            _, *arguments = inspect.signature(getattr(Callback, name)).parameters
            check_function(getattr(callback, name), f"{kind}.{name}", arguments)


def watchers(callbacks: Any) -> list[Callback]:
    """Return the user's callbacks, with a `TerminateOnNaN` in front unless they include one.

    It comes first, to see the last step's parameters before `EarlyStopping` restores others.
    """
    given = check_callbacks(callbacks)
    there = any(isinstance(callback, TerminateOnNaN) for callback in given)
    return [*given] if there else [TerminateOnNaN(), *given]
