"""Callbacks that write logs: `CSVLogger`, and `TensorBoard`, a stand-in that writes nothing."""

import os
import sys
from typing import IO, Any

from tinynet._internal.checks import check_bool, check_path, shown
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import check_target
from tinynet.callbacks.base import Callback, Logs


class CSVLogger(Callback):
    """Write the loss and the metrics to a CSV file, one row per epoch.

    Parameters
    ----------
    filename : str or path
        The file.
    separator : str
        The character between columns.
    append : bool
        Whether to append to an existing file rather than overwrite it.

    Notes
    -----
    The columns are ``epoch`` and the names in ``logs``, in alphabetical order. Without a validation
    the ``val_`` columns are filled with NA, as in Keras.
    """

    @known_keywords
    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        self.filename = check_path(filename, "filename")
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"separator must be one character, received {shown(separator)}.")
        self.separator = separator
        self.append = check_bool(append, "append")
        self._file: IO[str] | None = None
        self._keys: list[str] = []

    def on_train_begin(self, logs: Logs) -> None:
        """Open the file."""
        check_target(self.filename)
        self._close()
        self._keys = []
        there = os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._header = not (self.append and there)
        mode = "a" if self.append else "w"
        self._file = open(self.filename, mode, newline="", encoding="utf-8")  # noqa: SIM115

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Write a row."""
        if self._file is None:
            return
        if not self._keys:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in logs):
                self._keys += [f"val_{key}" for key in self._keys]
        import csv  # here, since only this callback needs it

        writer = csv.writer(self._file, delimiter=self.separator)
        if self._header:
            writer.writerow(["epoch", *self._keys])
            self._header = False
        values: list[Any] = [logs.get(key, "NA") for key in self._keys]
        writer.writerow([epoch, *values])
        self._file.flush()

    def on_train_end(self, logs: Logs) -> None:
        """Close the file."""
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class TensorBoard(Callback):
    """Accept Keras's arguments and do nothing: tinynet writes no files for TensorBoard.

    Parameters
    ----------
    log_dir, histogram_freq, write_graph, write_images, write_steps_per_second, update_freq, \
    profile_batch, embeddings_freq, embeddings_metadata
        As in Keras.
    """

    @known_keywords
    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: Any = 0,
        write_graph: Any = True,
        write_images: Any = False,
        write_steps_per_second: Any = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: Any = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        self.log_dir = log_dir

    def on_train_begin(self, logs: Logs) -> None:
        """Say that nothing is written."""
        print(
            "TensorBoard: tinynet writes no logs for it; plot the history that fit returns, with "
            "tinynet.plotting.plot_history, or use CSVLogger.",
            file=sys.stderr,
        )
