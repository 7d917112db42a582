"""Callbacks that set the learning rate, epoch by epoch.

Both write the rate that was used into the epoch's figures, as ``"learning_rate"``, so that it is in
the history. A schedule (`tinynet.schedules`) changes it step by step; an optimizer has one or the
other.
"""

import inspect
from collections.abc import Callable
from typing import Any

from tinynet._internal.checks import check_count, check_number, shown
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Callback, Logs, State
from tinynet.callbacks.monitors import MonitorCallback, check_verbose


class LearningRateScheduler(Callback):
    """Before each epoch, set the learning rate to what a function says.

    Parameters
    ----------
    schedule : callable
        A function of the epoch, counted from 0, and of the learning rate so far, or of the epoch
        alone.
    verbose : int
        Whether to print the rate, 0 or 1.

    Examples
    --------
    >>> warm_up = LearningRateScheduler(lambda epoch, rate: 0.01 if epoch < 3 else 0.1)
    """

    @known_keywords
    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"schedule must be a function, received {shown(schedule)}.")
        self.schedule = schedule
        self.verbose = check_verbose(verbose)

    def on_train_begin(self, logs: Logs) -> None:
        """Refuse an optimizer with a schedule of its own."""
        fixed_rate(self)

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Ask the function."""
        rate = fixed_rate(self)
        rate = self.schedule(epoch, rate) if takes_two(self.schedule) else self.schedule(epoch)
        rate = check_number(rate, "the schedule's result", minimum=0)
        self.model.optimizer.learning_rate = rate
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.",
                flush=True,
            )

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Add the rate to the epoch's figures."""
        logs["learning_rate"] = fixed_rate(self)


class ReduceLROnPlateau(MonitorCallback):
    """Lower the learning rate when a figure hasn't become better for some epochs.

    Parameters
    ----------
    monitor : str
        The figure's name.
    factor : float
        What the rate is multiplied by, below 1.
    patience : int
        How many epochs without an improvement to bear.
    verbose : int
        Whether to say so when it happens, 0 or 1.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    min_delta : float
        By how much a value must be better to count as an improvement.
    cooldown : int
        Epochs to wait after lowering before counting again.
    min_lr : float
        The lowest rate.
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
        self._waited = self._cooling = 0

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run; refuse an optimizer with a schedule of its own."""
        super().on_train_begin(logs)
        fixed_rate(self)
        self.best = None
        self._waited = self._cooling = 0

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Compare, count the epochs without an improvement, and lower the rate after enough."""
        rate = logs["learning_rate"] = fixed_rate(self)
        if self._cooling > 0:
            self._cooling -= 1
            self._waited = 0
        if self.monitor not in logs:
            return
        if self.improved(logs[self.monitor]):
            self._waited = 0
        elif self._cooling == 0:
            self._waited += 1
            if self._waited >= self.patience and rate > self.min_lr:
                self._lower(epoch, max(rate * self.factor, self.min_lr))

    def _lower(self, epoch: int, rate: float) -> None:
        self.model.optimizer.learning_rate = rate
        self._cooling, self._waited = self.cooldown, 0
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.",
                flush=True,
            )

    def get_state(self) -> State:
        """Return all that is remembered from epoch to epoch."""
        return {**super().get_state(), "waited": self._waited, "cooling": self._cooling}

    def set_state(self, state: State) -> None:
        """Go on counting."""
        super().set_state(state)
        self._waited = check_count(state.get("waited"), "waited", minimum=0)
        self._cooling = check_count(state.get("cooling"), "cooling", minimum=0)


def fixed_rate(callback: Callback) -> float:
    """Return the learning rate of a callback's model.

    Raises
    ------
    ValueError
        If the optimizer has a schedule in its place.
    """
    rate = callback.model.optimizer.learning_rate
    if callable(rate):
        raise ValueError(
            f"{type(callback).__name__} sets the learning rate, and the optimizer has a schedule, "
            f"{shown(rate)}: give it a number, or leave the callback out."
        )
    return rate


def takes_two(schedule: Callable[..., Any]) -> bool:
    """Return whether a function can be called with the epoch and the rate."""
    try:
        inspect.signature(schedule).bind(0, 0.1)
    except TypeError:
        return False
    except ValueError:  # a function in C that doesn't say what it takes
        return True
    return True
