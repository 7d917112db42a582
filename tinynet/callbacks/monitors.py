"""Callbacks that monitor one value: `EarlyStopping`, and its base class `MonitorCallback`."""

import math
from collections.abc import Callable

import numpy as np

from tinynet._internal.checks import (
    check_arrays,
    check_bool,
    check_count,
    check_instance,
    check_number,
    shown,
)
from tinynet._internal.names import known_keywords, suggestions
from tinynet._internal.protocols import Trained
from tinynet.callbacks.base import Callback, Logs, State


class MonitorCallback(Callback):
    """Base class of the callbacks that monitor one value.

    Parameters
    ----------
    monitor : str
        The value's name in ``logs``. A callback listed before this one may add it.
    mode : str
        ``"min"``, ``"max"``, or ``"auto"``: the largest is best for an accuracy, else the smallest.
    min_delta : float
        The smallest change from the best value that counts as an improvement.
    """

    _precision: Callable[[float], float] = float

    @known_keywords
    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if not isinstance(monitor, str):
            raise TypeError(
                f"monitor must be a name such as 'val_loss', received {shown(monitor)}."
            )
        if not isinstance(mode, str) or mode not in ("auto", "min", "max"):
            raise ValueError(f"mode must be 'auto', 'min' or 'max', received {shown(mode)}.")
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(check_number(min_delta, "min_delta"))
        self.sign = 1 if mode == "max" or (mode == "auto" and "acc" in monitor) else -1
        self.best: float | None = None
        self.others_add = False
        self._seen = False

    def on_train_begin(self, logs: Logs) -> None:
        """Check that ``logs`` will have the name, and find out which values are better."""
        self._precision = self.model.dtype.type
        self._seen = self.monitor in self.params["logs"]
        if not self._seen and not self.others_add:
            validated = any(name.startswith("val_") for name in self.params["logs"])
            missing = self.monitor.startswith("val_") and not validated
            hint = " Pass validation_data or validation_split." * missing
            if near := suggestions(self.monitor, self.params["logs"]):
                hint = f" Did you mean {near[0]!r}?"
            raise ValueError(
                f"{type(self).__name__} can't monitor {self.monitor!r}: there will be "
                f"{', '.join(map(repr, self.params['logs']))}.{hint}"
            )
        if not self._seen and self.mode == "auto":
            raise ValueError(
                f"{type(self).__name__} doesn't know whether larger values of {self.monitor!r} are "
                f"better: pass mode='max' or mode='min'."
            )
        if self.mode == "auto":
            higher = self.model.higher_is_better(self.monitor.removeprefix("val_"))
            self.sign = 1 if higher else -1

    @known_keywords
    def is_in(self, logs: Logs) -> bool:
        """Return whether ``logs`` has the value; it may be missing only after an epoch with it."""
        logs = check_instance(logs, dict, "logs")
        if self.monitor not in logs and not self._seen:
            raise ValueError(
                f"{type(self).__name__} can't monitor {self.monitor!r}: there is only "
                f"{', '.join(map(repr, logs))}."
            )
        self._seen = True
        return self.monitor in logs

    @known_keywords
    def improved(self, value: float) -> bool:
        """Return whether the value is the best so far, and store it if so."""
        try:
            unknown = math.isnan(value)
        except (TypeError, OverflowError):
            raise TypeError(
                f"{type(self).__name__} can't monitor {self.monitor!r}: it must be a number, "
                f"received {shown(value)}."
            ) from None
        if unknown or not (self.best is None or self.better(value, self.best)):
            return False
        self.best = value
        return True

    @known_keywords
    def better(self, value: float, than: float) -> bool:
        """Return whether a value is better than another by more than `min_delta`.

        They are compared in the model's precision, so that in float32, as in Keras, 0.91 isn't
        better than 0.9 by more than 0.01.
        """
        with np.errstate(over="ignore"):
            least = self._precision(value - self.sign * self.min_delta)
            return bool(self.sign * least > self.sign * self._precision(than))

    @known_keywords
    def get_state(self) -> State:
        """Return the best value."""
        return {"best": self.best}

    @known_keywords
    def set_state(self, state: State) -> None:
        """Restore the best value."""
        best = check_instance(state, dict, "state").get("best")
        if not (best is None or isinstance(best, float | int)):
            raise TypeError(f"best must be a number or None, received {shown(best)}.")
        self.best = best

    @property
    def state_name(self) -> str:
        """The class and what it monitors."""
        return f"{type(self).__name__}({'max' if self.sign > 0 else 'min'} {self.monitor})"


class EarlyStopping(MonitorCallback):
    """Stop training when a value has stopped improving.

    Parameters
    ----------
    monitor : str
        The value's name in ``logs``.
    patience : int
        Number of epochs without an improvement after which training stops.
    min_delta : float
        The smallest change that counts as an improvement.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    restore_best_weights : bool
        Whether to restore the weights of the best epoch at the end of training. A resumed run
        continues from the last weights.
    verbose : int
        Whether to report when training stops and what is restored, 0 or 1.
    baseline : float, optional
        An epoch counts as an improvement only if its value is also better than this.
    start_from_epoch : int
        The first epoch that is monitored, counted from 0.

    Attributes
    ----------
    best : float or None
        The best value.
    best_epoch : int
        The epoch with the best value.
    wait : int
        The number of epochs since the last improvement.
    """

    @known_keywords
    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best_weights: bool = False,
        verbose: int = 0,
        baseline: float | None = None,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.verbose = check_verbose(verbose)
        self.baseline = None if baseline is None else check_number(baseline, "baseline")
        self.start_from_epoch = check_count(start_from_epoch, "start_from_epoch", minimum=0)
        self.patience = check_count(patience, "patience", minimum=0)
        self.restore_best_weights = check_bool(restore_best_weights, "restore_best_weights")
        self._forget()

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run."""
        super().on_train_begin(logs)
        self._forget()

    @property
    def stopped_epoch(self) -> int | None:
        """The epoch after which training was stopped; None if all epochs were run."""
        return self._stopped_epoch

    @stopped_epoch.setter
    def stopped_epoch(self, epoch: int | None) -> None:
        self._stopped_epoch = epoch

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = self.wait = 0
        self._stopped_epoch = None
        self._best_weights: np.ndarray | None = None
        self._last_weights: np.ndarray | None = None

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Put the last weights back if an earlier run restored the best ones at its end."""
        best, last = self._best_weights, self._last_weights
        if best is not None and last is not None and np.array_equal(self.model.values, best):
            self.model.set_values(last)
        self._last_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Count the epochs without an improvement, and stop after `patience` of them."""
        if not self.is_in(logs) or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if is_finite(self.model) and self.improved(logs[self.monitor]):
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._best_weights = frozen(self.model.values)
            if self.baseline is None or self.better(logs[self.monitor], self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        """Restore the best weights, and keep the last ones in case training is resumed."""
        if self._stopped_epoch is not None and self.verbose > 0:
            print(f"Epoch {self._stopped_epoch + 1}: early stopping", flush=True)
        if self._best_weights is not None and self._last_weights is None:
            if self.verbose > 0:
                best = f"the best epoch: {self.best_epoch + 1}"
                print(f"Restoring model weights from the end of {best}.", flush=True)
            if is_finite(self.model):
                self._last_weights = frozen(self.model.values)
            self.model.set_values(self._best_weights)

    @known_keywords
    def get_state(self) -> State:
        """Return the best value, the counts and the weights to restore."""
        return {
            **super().get_state(),
            "best_epoch": self.best_epoch,
            "waited": self.wait,
            "stopped_epoch": self._stopped_epoch,
            "best_weights": self._best_weights,
            "last_weights": self._last_weights,
        }

    @known_keywords
    def set_state(self, state: State) -> None:
        """Restore the state; a stopped run stops again, unless `patience` is larger now."""
        super().set_state(state)
        self.best_epoch = check_count(state.get("best_epoch"), "best_epoch", minimum=0)
        self.wait = check_count(state.get("waited"), "waited", minimum=0)
        for name in ("best_weights", "last_weights"):
            if (weights := state.get(name)) is not None and self.restore_best_weights:
                (checked,) = check_arrays([weights], [name], [self.model.values])
                setattr(self, f"_{name}", frozen(checked.astype(self.model.dtype)))
        if state.get("stopped_epoch") is not None and self.wait >= self.patience:
            self.stopped_epoch = check_count(state["stopped_epoch"], "stopped_epoch", minimum=0)
            self.model.stop_training = True
            print(
                f"EarlyStopping has ended this run after epoch {self.stopped_epoch + 1}. "
                f"To continue, raise patience above {self.patience}, or omit EarlyStopping.",
                flush=True,
            )


def check_verbose(verbose: object) -> int:
    """Return `verbose`, a whole number: 0 prints nothing, 1 a line for each event."""
    return int(verbose) if isinstance(verbose, bool) else check_count(verbose, "verbose", minimum=0)


def is_finite(model: Trained) -> bool:
    """Return whether all parameters of a model are finite."""
    return bool(np.isfinite(model.values).all())


def frozen(values: np.ndarray) -> np.ndarray:
    """Return a read-only copy, which snapshots may share."""
    copied = values.copy()
    copied.flags.writeable = False
    return copied
