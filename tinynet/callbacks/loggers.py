"""Callbacks that write logs: `CSVLogger`, and `TensorBoard`, a stand-in that writes nothing."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from tinynet._internal.checks import as_text, check_bool, check_path, shown
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import check_target, open_regular, try_writing, with_place
from tinynet.callbacks.base import Callback, Logs

LONGEST = 2**20  # bytes of the first line of a log


class CSVLogger(Callback):
    """Write the loss and the metrics to a CSV file, one row per epoch.

    Parameters
    ----------
    filename : str or path
        The file.
    separator : str
        The character between columns.
    append : bool
        Whether to append to an existing file, in its columns, rather than overwrite it.

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
        self._glue: str | None = None  # what precedes the first row in a file of earlier rows

    def on_train_begin(self, logs: Logs) -> None:
        """Check that the file can be written; its old rows are kept until there is a new one."""
        self._place = place = check_target(self.filename)
        self._mode, self._keys, self._glue = "a" if self.append else "w", [], None
        there = os.path.exists(place)
        self._header = not (self.append and there and os.path.getsize(place) > 0)
        if there:
            with opened(place, "a"):
                pass
        else:
            try_writing(place)
        if not self._header:
            self._keys, self._glue = columns_of(place, self.separator)
            self._check_columns(["epoch", *self.params["logs"]])

    def _check_columns(self, names: Iterable[str]) -> None:
        """Refuse to append values to a file without a column for them."""
        for name in names:
            if name not in self._keys:
                raise ValueError(
                    f"{self.filename} has no column {name!r}: give another file name, or "
                    f"append=False to overwrite it."
                )

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Write a row, and close the file again, so that it is complete however training ends."""
        if self._place is None:
            return
        import csv  # here, since only this callback needs it

        if not self._keys:
            self._keys = ["epoch", *sorted(logs)]
            if not any(key.startswith("val_") for key in logs):
                self._keys += [f"val_{key}" for key in self._keys[1:]]
        elif self._glue is not None:
            self._check_columns(logs)
        values = {**logs, "epoch": epoch}
        with opened(self._place, self._mode) as file:
            file.write(self._glue or "")
            writer = csv.writer(file, delimiter=self.separator)
            if self._header:
                writer.writerow(self._keys)
            writer.writerow([values.get(key, "NA") for key in self._keys])
        self._mode, self._header, self._glue = "a", False, None

    def on_train_end(self, logs: Logs) -> None:
        """Write no more rows."""
        self._place = None


def columns_of(place: str, separator: str) -> tuple[list[str], str]:
    """Return the columns of a file of rows, and the line break that it lacks at its end."""
    import csv  # here, since only this callback needs it

    with open_regular(place) as file:
        line = file.readline(LONGEST).decode("utf-8-sig", "replace")
        file.seek(-1, os.SEEK_END)
        end = file.read()
    return next(csv.reader([line], delimiter=separator), []), "" if end == b"\n" else "\r\n"


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
