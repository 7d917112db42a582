"""Callbacks that monitor one value: `EarlyStopping`, and what it shares with `ModelCheckpoint`."""

import math

import numpy as np

from tinynet._internal.calls import explained_class
from tinynet._internal.checks import check_arrays, check_bool, check_count, check_number, shown
from tinynet._internal.protocols import Trained
from tinynet.callbacks.base import Callback, Logs, State


@explained_class
class MonitorCallback(Callback):
    """What the callbacks that watch one figure have in common.

    Parameters
    ----------
    monitor : str
        The figure's name in ``logs``.
    mode : str
        ``"min"``, ``"max"``, or ``"auto"``: the largest is best for an accuracy, else the smallest.
    min_delta : float
        By how much a value must be better than the best before it to count.
    """

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

    def on_train_begin(self, logs: Logs) -> None:
        """Refuse a figure that there won't be."""
        if self.monitor not in self.params["logs"]:
            hint = " Pass validation_data or validation_split." * self.monitor.startswith("val_")
            raise ValueError(
                f"{type(self).__name__} can't monitor {self.monitor!r}: there will be "
                f"{', '.join(map(repr, self.params['logs']))}.{hint}"
            )

    def improved(self, value: float) -> bool:
        """Return whether the value is better than all before, and remember it if so."""
        better = self.best is None or self.sign * (value - self.best) > self.min_delta
        if math.isnan(value) or not better:
            return False
        self.best = value
        return True

    def get_state(self) -> State:
        """Return the best value."""
        return {"best": self.best}

    def set_state(self, state: State) -> None:
        """Go on comparing with the best value."""
        best = state.get("best")
        if not (best is None or isinstance(best, float | int)):
            raise TypeError(f"best must be a number or None, received {best!r}.")
        self.best = best

    @property
    def state_name(self) -> str:
        """The class and what it monitors."""
        return f"{type(self).__name__}({'max' if self.sign > 0 else 'min'} {self.monitor})"


@explained_class
class EarlyStopping(MonitorCallback):
    """Stop when a figure hasn't become better for some epochs.

    Parameters
    ----------
    monitor : str
        The figure's name.
    patience : int
        How many epochs without an improvement to bear; training stops after that many.
    min_delta : float
        By how much a value must be better to count as an improvement.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    restore_best_weights : bool
        Whether to go back to the weights of the best epoch at the end of training. A training that
        is taken up again goes on from the last ones.

    Attributes
    ----------
    best : float or None
        The best value.
    best_epoch : int
        The epoch it is from.
    stopped_epoch : int or None
        The epoch after which training was stopped; None if it ran to its end.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = check_count(patience, "patience", minimum=0)
        self.restore_best_weights = check_bool(restore_best_weights, "restore_best_weights")

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run."""
        super().on_train_begin(logs)
        self.best: float | None = None
        self.best_epoch = self._waited = 0
        self.stopped_epoch: int | None = None
        self._best_weights: np.ndarray | None = None
        self._last_weights: np.ndarray | None = None

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Go on from the last weights if an earlier training ended with the best ones."""
        best, last = self._best_weights, self._last_weights
        if best is not None and last is not None and np.array_equal(self.model.values, best):
            self.model.set_values(last)
        self._last_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Compare, and count the epochs without an improvement."""
        if is_finite(self.model) and self.improved(logs[self.monitor]):
            self._waited, self.best_epoch = 0, epoch
            if self.restore_best_weights:
                self._best_weights = frozen(self.model.values)
            return
        self._waited += 1
        if self._waited >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        """Go back to the best weights, and keep the last ones for a training that goes on."""
        if self._best_weights is not None and self._last_weights is None:
            if is_finite(self.model):
                self._last_weights = frozen(self.model.values)
            self.model.set_values(self._best_weights)

    def get_state(self) -> State:
        """Return all that is remembered from epoch to epoch."""
        return {
            **super().get_state(),
            "best_epoch": self.best_epoch,
            "waited": self._waited,
            "stopped_epoch": self.stopped_epoch,
            "best_weights": self._best_weights,
            "last_weights": self._last_weights,
        }

    def set_state(self, state: State) -> None:
        """Go on waiting; if the training had been stopped, it is again, unless patience is more."""
        super().set_state(state)
        self.best_epoch = check_count(state.get("best_epoch"), "best_epoch", minimum=0)
        self._waited = check_count(state.get("waited"), "waited", minimum=0)
        for name in ("best_weights", "last_weights"):
            if (weights := state.get(name)) is not None and self.restore_best_weights:
                (checked,) = check_arrays([weights], [name], [self.model.values])
                setattr(self, f"_{name}", frozen(checked.astype(self.model.dtype)))
        if state.get("stopped_epoch") is not None and self._waited >= self.patience:
            self.stopped_epoch = check_count(state["stopped_epoch"], "stopped_epoch", minimum=0)
            self.model.stop_training = True
            print(
                f"EarlyStopping has ended this training after epoch {self.stopped_epoch + 1}. "
                f"To go on, raise patience above {self.patience}, or leave EarlyStopping out.",
                flush=True,
            )


def is_finite(model: Trained) -> bool:
    """Return whether all parameters are numbers that one can go on from."""
    return bool(np.isfinite(model.values).all())


def frozen(values: np.ndarray) -> np.ndarray:
    """Return a copy that can't be written to, which snapshots may share."""
    copied = values.copy()
    copied.flags.writeable = False
    return copied
