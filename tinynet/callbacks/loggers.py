"""Callbacks that write logs: `CSVLogger`, and `TensorBoard`, a stand-in that writes nothing."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from tinynet._internal.checks import as_text, check_bool, check_path, shown
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import check_target, try_writing, with_place
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
        self.separator = check_separator(separator)
        self.append = check_bool(append, "append")
        self._place: str | None = None  # of the file, during a training
        self._mode, self._header = "w", True
        self._keys: list[str] = []

    def on_train_begin(self, logs: Logs) -> None:
        """Check that the file can be written; its old rows are kept until there is a new one."""
        self._place = place = check_target(self.filename)
        self._mode, self._keys = "a" if self.append else "w", []
        there = os.path.exists(place)
        self._header = not (self.append and there and os.path.getsize(place) > 0)
        if there:
            with opened(place, "a"):
                pass
        else:
            try_writing(place)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Write a row, and close the file again, so that it is complete however training ends."""
        if self._place is None:
            return
        import csv  # here, since only this callback needs it

        if not self._keys:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in logs):
                self._keys += [f"val_{key}" for key in self._keys]
        with opened(self._place, self._mode) as file:
            writer = csv.writer(file, delimiter=self.separator)
            if self._header:
                writer.writerow(["epoch", *self._keys])
            writer.writerow([epoch, *(logs.get(key, "NA") for key in self._keys)])
        self._mode, self._header = "a", False

    def on_train_end(self, logs: Logs) -> None:
        """Write no more rows."""
        self._place = None


@contextmanager
def opened(place: str, mode: str) -> Iterator[IO[str]]:
    """Give the block a file for rows of text; an error, as of a full disk, names it."""
    try:
        with open(place, mode, newline="", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise with_place(error, place) from error


def check_separator(value: object) -> str:
    """Return a character that can separate columns."""
    single = isinstance(value, str) and len(value) == 1
    if not single or value in {"\r", "\n", '"'} or as_text(value) != value:
        raise ValueError(
            f"separator must be one character, not a line break or a quotation mark, "
            f"received {shown(value)}."
        )
    return str(value)


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
