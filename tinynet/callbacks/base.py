"""What may happen between the steps of `Sequential.fit`: records, progress, stopping, saving.

`fit` calls each callback at some moments: before and after the training, each epoch and each step.
`evaluate` and `predict` do so, too, by hooks of their own. ``logs`` holds the figures so far, as in
Keras: during an epoch the running means of loss and metrics over its batches, at its end also the
validation's, under ``val_`` and the name. Figures that a callback adds at the end of an epoch are
in the history.

A training can be taken up again: with ``initial_epoch=model.epoch`` the callbacks go on from what
those of the training before knew, which `Sequential.save` writes down and `load_model` reads.
"""

from collections.abc import Callable
from typing import Any

from tinynet._internal.checks import shown
from tinynet._internal.names import known_keywords
from tinynet._internal.showing import constructor_call

Logs = dict[str, float]
State = dict[str, Any]
Verbose = str | int


class Callback:
    """What all callbacks have in common, and the class to derive your own from.

    Attributes
    ----------
    model : Sequential
        The model in training; set ``model.stop_training = True`` to stop it after this batch.
    params : dict
        ``"epochs"``, ``"steps"`` (batches in an epoch) and ``"logs"``, the names of the figures
        that there will be at the end of an epoch.

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

    def set_model(self, model: Any) -> None:
        """Take the model that is going to be trained."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take what is known of the training."""
        self.params = params

    def on_data(self, x: Any, y: Any, validation_data: Any, *, shuffle: bool) -> None:
        """Before `on_train_begin`, with what `fit` trains on, what it validates on, or None."""

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch; raise here what is wrong, and `fit` leaves all as it was."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch; the first one is 0."""

    def on_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before each step; the first of an epoch is 0."""

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """After each step; the first of an epoch is 0."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before each step, by its other name."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """After each step, by its other name."""
        self.on_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation."""

    def on_epoch_complete(self, epoch: int, logs: Logs) -> None:
        """After the `on_epoch_end` of all callbacks: the place to save the model."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch, also if training stopped early."""

    def on_test_begin(self, logs: Logs) -> None:
        """Before an evaluation, or a validation in `fit`."""

    def on_test_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs) -> None:
        """After each batch of an evaluation."""

    def on_test_end(self, logs: Logs) -> None:
        """After an evaluation."""

    def on_predict_begin(self, logs: Logs) -> None:
        """Before a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any) -> None:
        """After each batch of a prediction; ``logs["outputs"]`` are its outputs."""

    def on_predict_end(self, logs: Logs) -> None:
        """After a prediction."""

    def get_state(self) -> State:
        """Return what this callback must know to go on: numbers, text, lists of them, and arrays.

        One that remembers nothing, as this one, returns an empty dict.
        """
        return {}

    def set_state(self, state: State) -> None:
        """Take over what `get_state` returned, after `on_train_begin`.

        If a callback saved the model in its own `on_epoch_end`, the states in the file are those of
        the epoch before, and `on_epoch_end` is called next, for the same epoch.
        """

    @property
    def state_name(self) -> str:
        """Whose state it is: a callback takes over that of one with the same name."""
        return type(self).__name__

    def __repr__(self) -> str:
        """Return the class and the arguments that aren't the defaults."""
        return constructor_call(self)


class LambdaCallback(Callback):
    """Make a callback of functions.

    Parameters
    ----------
    on_train_begin, on_train_end : callable, optional
        Called with ``(logs)``.
    on_epoch_begin, on_epoch_end : callable, optional
        Called with ``(epoch, logs)``.
    on_batch_begin, on_batch_end, on_train_batch_begin, on_train_batch_end : callable, optional
        Called with ``(batch, logs)``.

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
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
        }
        for name, function in given.items():
            if function is not None and not callable(function):
                raise TypeError(f"{name} must be a function, received {shown(function)}.")
            if function is not None:
                setattr(self, name, function)
