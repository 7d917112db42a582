"""Callbacks that set the learning rate, epoch by epoch.

Both add the learning rate to the epoch's ``logs`` as ``"learning_rate"``, so that it appears in the
history. A schedule (`tinynet.schedules`) changes the rate at every step instead; the two can't be
combined.
"""

from collections.abc import Callable

from tinynet._internal.checks import (
    accepts,
    check_count,
    check_function,
    check_number,
    object_or_class,
    shown,
)
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Callback, Logs, State
from tinynet.callbacks.monitors import MonitorCallback, check_verbose


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch to the result of a function.

    Parameters
    ----------
    schedule : callable
        A function of the epoch, counted from 0, and the current learning rate, or of the epoch
        alone.
    verbose : int
        Whether to print the rate, 0 or 1.

    Examples
    --------
    >>> warm_up = LearningRateScheduler(lambda epoch, rate: 0.01 if epoch < 3 else 0.1)
    """

    @known_keywords
    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule) or isinstance(schedule, type):
            raise TypeError(f"schedule must be a function, received {object_or_class(schedule)}.")
        if not accepts(schedule, 0, 0.1):
            check_function(schedule, "schedule", ["epoch"])
        self.schedule = schedule
        self.verbose = check_verbose(verbose)

    def on_train_begin(self, logs: Logs) -> None:
        """Refuse an optimizer that has a schedule."""
        fixed_rate(self)

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Set the learning rate to the function's result."""
        rate = fixed_rate(self)
        rate = (
            self.schedule(epoch, rate) if accepts(self.schedule, 0, 0.1) else self.schedule(epoch)
        )
        rate = check_number(rate, "the schedule's result", minimum=0)
        self.model.optimizer.learning_rate = rate
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.",
                flush=True,
            )

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Add the rate to the epoch's ``logs``."""
        logs["learning_rate"] = fixed_rate(self)


class ReduceLROnPlateau(MonitorCallback):
    """Reduce the learning rate when a value has stopped improving.

    Parameters
    ----------
    monitor : str
        The value's name in ``logs``.
    factor : float
        What the rate is multiplied by, below 1.
    patience : int
        Number of epochs without an improvement after which the rate is reduced.
    verbose : int
        Whether to report each reduction, 0 or 1.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    min_delta : float
        The smallest change that counts as an improvement.
    cooldown : int
        Epochs to wait after a reduction before counting again.
    min_lr : float
        Lower bound of the rate.
    """

    @known_keywords
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.factor = check_number(factor, "factor", minimum=0, below=1)
        self.patience = check_count(patience, "patience", minimum=0)
        self.verbose = check_verbose(verbose)
        self.cooldown = check_count(cooldown, "cooldown", minimum=0)
        self.min_lr = check_number(min_lr, "min_lr", minimum=0)
        self.wait = self._cooling = 0

    def on_train_begin(self, logs: Logs) -> None:
        """Reset; refuse an optimizer that has a schedule."""
        super().on_train_begin(logs)
        fixed_rate(self)
        self.best = None
        self.wait = self._cooling = 0

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Count the epochs without an improvement, and reduce the rate after `patience` of them."""
        rate = logs["learning_rate"] = fixed_rate(self)
        if not self.is_in(logs):
            return
        if self._cooling > 0:
            self._cooling -= 1
            self.wait = 0
        if self.improved(logs[self.monitor]):
            self.wait = 0
        elif self._cooling == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                self._lower(epoch, max(rate * self.factor, self.min_lr))

    def _lower(self, epoch: int, rate: float) -> None:
        self.model.optimizer.learning_rate = rate
        self._cooling, self.wait = self.cooldown, 0
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.",
                flush=True,
            )

    @known_keywords
    def get_state(self) -> State:
        """Return the best value, the counts and the rest of the state."""
        return {**super().get_state(), "waited": self.wait, "cooling": self._cooling}

    @known_keywords
    def set_state(self, state: State) -> None:
        """Restore what `get_state` returned."""
        super().set_state(state)
        self.wait = check_count(state.get("waited"), "waited", minimum=0)
        self._cooling = check_count(state.get("cooling"), "cooling", minimum=0)


def fixed_rate(callback: Callback) -> float:
    """Return the learning rate of a callback's model; refuse a schedule."""
    rate = callback.model.optimizer.learning_rate
    if callable(rate):
        raise ValueError(
            f"{type(callback).__name__} sets the learning rate, and the optimizer has a schedule, "
            f"{shown(rate)}: give it a number, or leave the callback out."
        )
    return float(rate)
