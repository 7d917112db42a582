"""`ModelCheckpoint`: save the model after each epoch, or after the best ones."""

import contextlib
import os

from tinynet._internal.checks import check_bool, check_count, check_number, check_path
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import check_target, delete, make_folder, try_writing
from tinynet.callbacks.base import Logs, State
from tinynet.callbacks.monitors import MonitorCallback, check_verbose, is_finite


class ModelCheckpoint(MonitorCallback):
    """Save the model after each epoch, or after each epoch that is the best so far.

    The file includes the history and the states of all callbacks, up to and including that epoch.
    If a parameter becomes NaN or infinite, training stops and the last file is kept.

    Parameters
    ----------
    filepath : str or path
        May contain ``{epoch}``, counted from 1, and names in ``logs``: ``"m-{epoch:02d}.npz"``. A
        missing folder is created. With ``{val_loss}``, an epoch after which `validation_freq` skips
        the validation isn't saved.
    monitor : str
        The name in ``logs`` that decides which epoch is best.
    verbose : int
        Whether to report what is saved, 0 or 1.
    save_best_only : bool
        Whether to save only if the value is better than all before.
    save_weights_only : bool
        Whether to save only the weights.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    save_freq : "epoch" or int
        When to save: after each epoch, or every `save_freq` steps, when the values of a validation
        aren't known yet.
    initial_value_threshold : float, optional
        With `save_best_only`, the first value must be better than this.
    """

    @known_keywords
    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.verbose = check_verbose(verbose)
        self.filepath = check_path(filepath, "filepath")
        self.save_best_only = check_bool(save_best_only, "save_best_only")
        self.save_weights_only = check_bool(save_weights_only, "save_weights_only")
        by_epoch = isinstance(save_freq, str) and save_freq == "epoch"
        self.save_freq = "epoch" if by_epoch else check_count(save_freq, "save_freq")
        if initial_value_threshold is not None:
            self.best = check_number(initial_value_threshold, "initial_value_threshold")
        self._steps = self._epoch = 0
        self._due = self._missed = False

    def on_train_begin(self, logs: Logs) -> None:
        """Check `monitor` and `filepath` before any time is spent on training."""
        if self.save_best_only:
            super().on_train_begin(logs)
        figures = dict.fromkeys(self.params["logs"], 0.0)
        if self.save_freq != "epoch":
            figures = {name: 0.0 for name in figures if not name.startswith("val_")} | {"batch": 0}
            if self.save_best_only and self.monitor.startswith("val_"):
                raise ValueError(
                    f"ModelCheckpoint can't monitor {self.monitor!r} every {self.save_freq} steps, "
                    f"since validation comes after the epoch: use save_freq='epoch'."
                )
        if self.others_add:
            figures |= {name: 0.0 for name in names_in(self.filepath) if name != "epoch"}
        path = self._path(0, figures)
        try_writing(check_target(path, missing_folder=True))
        self._try_saving(os.path.basename(path))
        self._due = self._missed = False

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Remember the epoch; save what an interrupted run had decided to save."""
        self._epoch = epoch
        self._catch_up()

    def on_train_end(self, logs: Logs) -> None:
        """Save what an interrupted run had decided to save, if no epoch was left to run."""
        self._catch_up()

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """Save after `save_freq` steps, if that is a number."""
        if self.save_freq == "epoch":
            return
        self._steps += 1
        if self._steps >= int(self.save_freq):
            self._steps = 0
            if self._wanted(self._epoch, {**logs, "batch": batch + 1}):
                self._save(self._epoch, {**logs, "batch": batch + 1})

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Decide whether to save: not if the value is worse, or if a parameter isn't finite.

        In the latter case training ends, and `TerminateOnNaN`, which `fit` always adds, reports it.
        """
        self._due = self.save_freq == "epoch" and self._wanted(epoch, logs)

    def on_epoch_complete(self, epoch: int, logs: Logs) -> None:
        """Save the model, with the states of all callbacks after the epoch."""
        if self._due:
            self._save(epoch, logs)

    @known_keywords
    def get_state(self) -> State:
        """Return the best value, and whether the last epoch is still to be saved.

        The process may be killed after another checkpoint was written and before this one.
        """
        return {**super().get_state(), "due": self._due}

    @known_keywords
    def set_state(self, state: State) -> None:
        """Restore the best value, and plan the save that may be missing."""
        super().set_state(state)
        self._due = self._missed = state.get("due") is True and self.save_freq == "epoch"

    def _catch_up(self) -> None:
        if self._missed:
            self._missed = False
            run = self.model.history.whole_run
            self._save(run.epoch[-1], run.logs[-1])

    def _wanted(self, epoch: int, logs: Logs) -> bool:
        """Decide whether to save, and report it."""
        if not is_finite(self.model):
            self.model.stop_training = True
            return False
        if {*names_in(self.filepath)} & ({*self.params["logs"]} - {*logs}):
            return False  # of a validation that this epoch doesn't have
        if not self.save_best_only:
            self._say(epoch, f"saving model to {self._path(epoch, logs)}")
            return True
        if not self.is_in(logs):
            return False
        before, value = self.best, logs[self.monitor]
        was = "None" if before is None else f"{before:.5f}"
        if not self.improved(value):
            self._say(epoch, f"{self.monitor} did not improve from {was}")
            return False
        path = self._path(epoch, logs)
        self._say(
            epoch, f"{self.monitor} improved from {was} to {value:.5f}, saving model to {path}"
        )
        return True

    def _try_saving(self, name: str) -> None:
        """Save to a temporary folder: a model that can't be saved is refused before training."""
        import tempfile  # here, so that `import tinynet` stays quick

        if not is_finite(self.model):
            return
        with contextlib.suppress(OSError):  # a temporary folder that is full or can't be written
            folder = tempfile.mkdtemp(prefix="tinynet-")
            path = os.path.join(folder, name)
            try:
                self._write(path)
            finally:
                delete(path)
                with contextlib.suppress(OSError):
                    os.rmdir(folder)

    def _write(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _save(self, epoch: int, logs: Logs) -> None:
        path = self._path(epoch, logs)
        make_folder(path)
        self._write(path)
        self._say(epoch, f"finished saving model to {path}")

    def _say(self, epoch: int, what: str) -> None:
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: {what}", flush=True)

    def _path(self, epoch: int, logs: Logs) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except (LookupError, AttributeError, TypeError, ValueError, OverflowError, MemoryError):
            names = ", ".join(map(repr, ["epoch", *logs]))
            raise ValueError(
                f"ModelCheckpoint's filepath may name {names}, received {self.filepath!r}."
            ) from None


def names_in(template: str) -> list[str]:
    """Return the names in braces; none if `str.format` can't read the template.

    Examples
    --------
    >>> names_in("m-{epoch:02d}-{val_f1:.2f}.npz")
    ['epoch', 'val_f1']
    """
    import string  # here, so that `import tinynet` stays quick

    try:
        return [name for _, name, _, _ in string.Formatter().parse(template) if name]
    except ValueError:
        return []
