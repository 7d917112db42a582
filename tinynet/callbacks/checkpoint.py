"""`ModelCheckpoint`: save the model after each epoch, or after the best ones."""

import os

from tinynet._internal.calls import explained_class
from tinynet._internal.checks import check_bool, check_path
from tinynet._internal.saving.files import check_target
from tinynet.callbacks.base import Logs, State
from tinynet.callbacks.monitors import MonitorCallback, is_finite


@explained_class
class ModelCheckpoint(MonitorCallback):
    """Save the model after each epoch, or after each that is the best so far.

    What is saved holds the history, and what all callbacks know, up to and with that epoch. Once
    the parameters aren't finite any more, it stops the training and leaves the last file.

    Parameters
    ----------
    filepath : str or path
        May hold ``{epoch}``, counted from 1, and names of figures: ``"m-{epoch:02d}.npz"``.
        A folder that isn't there is made.
    monitor : str
        The figure that decides which epoch is best.
    save_best_only : bool
        Whether to save only what is better than all before.
    save_weights_only : bool
        Whether to leave out all but the weights.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    """

    _due, _missed = False, False

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
        """Refuse a figure, a name or a place that won't do, before hours are spent."""
        if self.save_best_only:
            super().on_train_begin(logs)
        path = self._path(0, dict.fromkeys(self.params["logs"], 0.0))
        check_target(path, missing_folder=True)
        self._due = self._missed = False

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Save what a training that was killed had decided to save."""
        self._catch_up()

    def on_train_end(self, logs: Logs) -> None:
        """Do so, too, if there is no epoch to come."""
        self._catch_up()

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
        if self._due:
            self._save(epoch, logs)

    def get_state(self) -> State:
        """Return the best value, and whether the last epoch is to be saved.

        Another checkpoint may be written first, and then the process may be killed.
        """
        return {**super().get_state(), "due": self._due}

    def set_state(self, state: State) -> None:
        """Go on comparing with the best value, and save what may not have been saved."""
        super().set_state(state)
        self._due = self._missed = state.get("due") is True

    def _catch_up(self) -> None:
        if self._missed:
            self._missed = False
            run = self.model.history.whole_run
            self._save(run.epoch[-1], run.logs[-1])

    def _save(self, epoch: int, logs: Logs) -> None:
        path = self._path(epoch, logs)
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
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
