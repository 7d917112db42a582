"""`ModelCheckpoint`: save the model after each epoch, or after the best ones."""

import os

from tinynet._internal.checks import check_bool, check_path
from tinynet.callbacks.base import Logs
from tinynet.callbacks.monitors import MonitorCallback, is_finite


class ModelCheckpoint(MonitorCallback):
    """Save the model after each epoch, or after each that is the best so far.

    What is saved holds the history, and what all callbacks know, up to and with that epoch. Once
    the parameters aren't finite any more, it stops the training and leaves the last file.

    Parameters
    ----------
    filepath : str or path
        May hold ``{epoch}``, counted from 1, and names of figures: ``"m-{epoch:02d}.npz"``.
    monitor : str
        The figure that decides which epoch is best.
    save_best_only : bool
        Whether to save only what is better than all before.
    save_weights_only : bool
        Whether to leave out all but the weights.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath = check_path(filepath, "filepath")
        self.save_best_only = check_bool(save_best_only, "save_best_only")
        self.save_weights_only = check_bool(save_weights_only, "save_weights_only")

    def on_train_begin(self, logs: Logs) -> None:
        """Refuse a figure, a name or a folder that won't do, before hours are spent."""
        if self.save_best_only:
            super().on_train_begin(logs)
        path = self._path(0, dict.fromkeys(self.params["logs"], 0.0))
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"ModelCheckpoint can't save to {path}: no folder {folder}.")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Decide whether to save: not what is worse or has become NaN, which couldn't be loaded.

        Then the training ends, and `TerminateOnNaN`, which is in every one, says why.
        """
        finite = is_finite(self.model)
        self._due = finite and (not self.save_best_only or self.improved(logs[self.monitor]))
        if not finite:
            self.model.stop_training = True

    def on_epoch_complete(self, epoch: int, logs: Logs) -> None:
        """Save, with what all callbacks know of the epoch."""
        if not self._due:
            return
        path = self._path(epoch, logs)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _path(self, epoch: int, logs: Logs) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except (KeyError, IndexError, ValueError):
            names = ", ".join(map(repr, ["epoch", *logs]))
            raise ValueError(
                f"ModelCheckpoint's filepath may name {names}, received {self.filepath!r}."
            ) from None
