"""`Callback`, the base class of all callbacks, and `LambdaCallback`.

`fit` calls each callback before and after the training, each epoch and each step. `evaluate` and
`predict` call their own hooks. As in Keras, ``logs`` holds the current values: during an epoch, the
running means of the loss and the metrics over its batches. At the end of the epoch it also holds
those of the validation, with the prefix ``val_``. Values that a callback adds to ``logs`` at the
end of an epoch appear in the history.

Training can be resumed with ``initial_epoch=model.epoch``. The callbacks then continue from the
states of the earlier run's callbacks, which `Sequential.save` stores and `load_model` restores.
"""

import inspect
from collections.abc import Callable
from typing import Any

from tinynet._internal.checks import check_function
from tinynet._internal.names import known_keywords
from tinynet._internal.settings import constructor_call

Logs = dict[str, float]
State = dict[str, Any]
Verbose = str | int


class Callback:
    """Base class of all callbacks; derive your own from it.

    Attributes
    ----------
    model : Sequential
        The model in training. Set ``model.stop_training = True`` to stop after this batch.
    params : dict
        ``"epochs"``, ``"steps"`` (batches per epoch) and ``"logs"``, the names that ``logs`` will
        have at the end of an epoch.

    Examples
    --------
    >>> class PrintLoss(Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         print(f"after epoch {epoch}: {logs['loss']:.2f}")
    """

    model: Any
    params: dict[str, Any]

    @known_keywords
    def __init__(self) -> None:
        super().__init__()

    @known_keywords
    def set_model(self, model: Any) -> None:
        """Set the model that is going to be trained."""
        self.model = model

    @known_keywords
    def set_params(self, params: dict[str, Any]) -> None:
        """Set the parameters of the training."""
        self.params = params

    def on_data(self, x: Any, y: Any, validation_data: Any, *, shuffle: bool) -> None:
        """Called before `on_train_begin`, with the training data, and validation data or None."""

    def on_train_begin(self, logs: Logs) -> None:
        """Called before the first epoch; if it raises an error, `fit` changes nothing."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Called before each epoch, counted from 0."""

    def on_batch_begin(self, batch: int, logs: Logs) -> None:
        """Called before each step, counted from 0 in each epoch."""

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Called after each step, counted from 0 in each epoch."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Called before each step; calls `on_batch_begin`."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """Called after each step; calls `on_batch_end`."""
        self.on_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Called after each epoch and its validation."""

    def on_epoch_complete(self, epoch: int, logs: Logs) -> None:
        """Called after the `on_epoch_end` of all callbacks: the place to save the model."""

    def on_train_end(self, logs: Logs) -> None:
        """Called after the last epoch, also if training stopped early."""

    def on_test_begin(self, logs: Logs) -> None:
        """Called before an evaluation, or a validation in `fit`."""

    def on_test_batch_begin(self, batch: int, logs: Logs) -> None:
        """Called before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs) -> None:
        """Called after each batch of an evaluation."""

    def on_test_end(self, logs: Logs) -> None:
        """Called after an evaluation."""

    def on_predict_begin(self, logs: Logs) -> None:
        """Called before a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs) -> None:
        """Called before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any) -> None:
        """Called after each batch of a prediction; ``logs["outputs"]`` holds its outputs."""

    def on_predict_end(self, logs: Logs) -> None:
        """Called after a prediction."""

    @known_keywords
    def get_state(self) -> State:
        """Return what this callback needs to resume: numbers, text, lists of them, and arrays.

        A callback without a state returns an empty dict, as this one does.
        """
        return {}

    @known_keywords
    def set_state(self, state: State) -> None:
        """Restore what `get_state` returned; called after `on_train_begin`.

        If a callback saved the model in its own `on_epoch_end`, the states in the file are those of
        the previous epoch, and `on_epoch_end` is called next, for the saved epoch.
        """

    @property
    def state_name(self) -> str:
        """Name of the state; a callback restores the state that was saved under the same name."""
        return type(self).__name__

    def __repr__(self) -> str:
        """Return the class and the arguments that differ from the defaults."""
        return constructor_call(self)


class LambdaCallback(Callback):
    """Make a callback from functions.

    Parameters
    ----------
    on_train_begin, on_train_end : callable, optional
        Called with ``(logs)``.
    on_epoch_begin, on_epoch_end : callable, optional
        Called with ``(epoch, logs)``.
    on_batch_begin, on_batch_end, on_train_batch_begin, on_train_batch_end : callable, optional
        Called with ``(batch, logs)``.
    on_test_begin, on_test_end, on_predict_begin, on_predict_end : callable, optional
        Called with ``(logs)``.
    on_test_batch_begin, on_test_batch_end : callable, optional
        Called with ``(batch, logs)``.
    on_predict_batch_begin, on_predict_batch_end : callable, optional
        Called with ``(batch, logs)``.
    on_epoch_complete : callable, optional
        Called with ``(epoch, logs)``.
    on_data : callable, optional
        Called with ``(x, y, validation_data, shuffle=...)``.

    Examples
    --------
    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    @known_keywords
    def __init__(
        self,
        on_epoch_begin: Callable[[int, Logs], Any] | None = None,
        on_epoch_end: Callable[[int, Logs], Any] | None = None,
        on_train_begin: Callable[[Logs], Any] | None = None,
        on_train_end: Callable[[Logs], Any] | None = None,
        on_train_batch_begin: Callable[[int, Logs], Any] | None = None,
        on_train_batch_end: Callable[[int, Logs], Any] | None = None,
        on_batch_begin: Callable[[int, Logs], Any] | None = None,
        on_batch_end: Callable[[int, Logs], Any] | None = None,
        *,
        on_test_begin: Callable[[Logs], Any] | None = None,
        on_test_end: Callable[[Logs], Any] | None = None,
        on_test_batch_begin: Callable[[int, Logs], Any] | None = None,
        on_test_batch_end: Callable[[int, Logs], Any] | None = None,
        on_predict_begin: Callable[[Logs], Any] | None = None,
        on_predict_end: Callable[[Logs], Any] | None = None,
        on_predict_batch_begin: Callable[[int, Logs], Any] | None = None,
        on_predict_batch_end: Callable[[int, Any], Any] | None = None,
        on_epoch_complete: Callable[[int, Logs], Any] | None = None,
        on_data: Callable[..., Any] | None = None,
    ) -> None:
        given = {name: value for name, value in locals().items() if name.startswith("on_")}
        for name, function in given.items():
            hook = inspect.signature(getattr(Callback, name))
            check_function(function, name, [] if name == "on_data" else [*hook.parameters][1:])
            if function is not None:
                setattr(self, name, function)
        for name in ("batch_begin", "batch_end"):
            if given[f"on_{name}"] is not None and given[f"on_train_{name}"] is not None:
                raise ValueError(
                    f"on_{name} is the older name of on_train_{name}: pass one of them, "
                    f"received both."
                )
