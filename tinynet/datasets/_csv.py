"""Reads a CSV table of numbers with a label in each line, such as Kaggle's digits.

NumPy's reader does the work. If it fails, the file is read again line by line to find out where
and why.
"""

import contextlib
import csv
import io
import math
import os
import re
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, overload

import numpy as np

from tinynet._internal.checks import check_bool, shown
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import open_regular, path_of
from tinynet.datasets._idx import DataError, check_dtype

MAX_COLUMNS = 1_000_000
MAX_LINE_BYTES = 2**26
LABEL_NAMES = {"label", "labels", "target"}
# Names of a label in the first or last column, but of a feature in between.
END_NAMES = {"class", "outcome", "species", "variety"}
INDEX_NAMES = {"", "Unnamed: 0"}  # of the index that pandas writes as the first column
DELIMITERS = ",;\t| "
BEGINNINGS = {  # of files that aren't CSV
    "<": "It looks like a web page.",
    "@": "It looks like an ARFF file: scipy.io.arff reads those.",
    "{": "It looks like JSON.",
    "[": "It looks like JSON.",
    "#": "Its first line is a comment: delete it.",
    "PK": "It is a zip archive or a spreadsheet: unpack it, or save it as CSV.",
}
BINARY_BEGINNINGS = {
    b"\x1f\x8b": "It is gzipped: decompress it first.",
    b"BZ": "It is compressed by bzip2: decompress it first.",
    b"\xfd7": "It is compressed by xz: decompress it first.",
    b"PK": "It is a zip archive: unpack it first.",
    b"\xff\xfe": "It is in UTF-16: save it as UTF-8.",
    b"\xfe\xff": "It is in UTF-16: save it as UTF-8.",
}
NAMES_OR_NUMBERS = (
    "Say header=True if they are names, or header=False if they are numbers of an example"
)
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)
WHOLE = re.compile(r"\s*[+-]?\d{1,20}\s*", re.ASCII)


@overload
def from_csv(
    path: str | os.PathLike[str],
    *,
    label: Literal["first", "last"] = "first",
    header: bool | None = None,
    delimiter: str = ",",
    dtype: Any = "float32",
) -> tuple[np.ndarray, np.ndarray]: ...


@overload
def from_csv(
    path: str | os.PathLike[str],
    *,
    label: None,
    header: bool | None = None,
    delimiter: str = ",",
    dtype: Any = "float32",
) -> np.ndarray: ...


@known_keywords
def from_csv(
    path: str | os.PathLike[str],
    *,
    label: Literal["first", "last"] | None = "first",
    header: bool | None = None,
    delimiter: str = ",",
    dtype: Any = "float32",
) -> tuple[np.ndarray, np.ndarray] | np.ndarray:
    r"""Read examples and their labels from a CSV file, one example in each line.

    Parameters
    ----------
    path : str or path
        The file, of text in UTF-8.
    label : {"first", "last"} or None
        The column with the labels. Kaggle's ``train.csv`` of digits has them in the first column,
        most tables of measurements in the last. None if the file has no labels, as with a
        competition's test set.
    header : bool, optional
        Whether the first line holds the columns' names. By default it does if no cell in it is a
        number.
    delimiter : str
        The character between the cells.
    dtype : dtype
        The dtype of x: float32, float64, int8, int16, int32 or uint8. For pixels, uint8 takes a
        quarter of the memory of float32.

    Returns
    -------
    x : ndarray, shape (N, D)
        The other D columns.
    y : ndarray, shape (N,)
        The labels: int64 if all are whole numbers, float64 if all are numbers, and text otherwise.
        ``names, y = np.unique(y, return_inverse=True)`` turns text into integers. Not returned if
        `label` is None.

    Raises
    ------
    DataError
        If a cell is missing or isn't a number, if a line has more or fewer cells than the first, or
        if the first line may be a header or an example. The message names the line and the column.
        DataError is a ValueError.
    OSError
        If the file can't be opened or read, or isn't a regular file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinynet.datasets import from_csv
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "train.csv")
    >>> path.write_text("label,pixel0,pixel1\n7,0,255\n2,128,0\n")
    36
    >>> x, y = from_csv(path, dtype="uint8")
    >>> x, y
    (array([[  0, 255],
           [128,   0]], dtype=uint8), array([7, 2]))
    >>> folder.cleanup()
    """
    if not (label is None or (isinstance(label, str) and label in ("first", "last"))):
        raise ValueError(f"label must be 'first', 'last' or None, received {shown(label)}.")
    if header is not None:
        header = check_bool(header, "header")
    if not isinstance(delimiter, str) or not re.fullmatch(r'[^\w"+\-.\r\n\x00]', delimiter):
        raise ValueError(
            f"delimiter must be one character such as ',' or ';', received {shown(delimiter)}."
        )
    kind = check_dtype(dtype) or np.dtype(np.float32)
    place = path_of(path)
    with open_regular(place) as file:
        try:
            table = _Table(file, label, header, delimiter, kind)
            x, y = table.read()
        except DataError as error:
            raise DataError(f"{place}{error}") from None
    return x if y is None else (x, y)


class _Table:
    """An open CSV file: its number of columns, whether it has a header, and its label column."""

    def __init__(
        self,
        file: BinaryIO,
        label: str | None,
        header: bool | None,
        delimiter: str,
        dtype: np.dtype,
    ) -> None:
        self.file, self.delimiter, self.dtype = file, delimiter, dtype
        self.line = 0  # the number of the line read last
        self.first = first = self._first_row()
        self.columns = len(first)
        self.label = {"first": 0, "last": self.columns - 1}.get(label or "")
        self.features = [k for k in range(self.columns) if k != self.label]
        if not self.features:
            raise DataError(
                f": expected a label and at least one more column, found one column."
                f"{_other_format(first[0], delimiter)}"
            )
        self.header = _is_header(first) if header is None else header
        self.header_is_guessed = header is None
        if self.header and first[0].strip() in INDEX_NAMES:
            raise DataError(
                ", line 1: column 1 has no name, like the index that pandas writes. Write the "
                "table with index=False, or give the column a name if you need it"
            )
        if self.header and self.label is not None:
            self._check_label_name([name.strip().lower() for name in first])

    def read(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the features and the labels."""
        x, y = self._numbers()
        if x is None:
            x, y = self._words()
        if x is None or not self._complete(x, y):
            raise self._complaint()
        self._check_first_label(y)
        if y is not None and y.dtype.kind == "f":
            # Above 2**53, float64 can't represent every whole number.
            whole = bool((y == np.floor(y)).all() and (np.abs(y) < 2**53).all())
            y = y.astype(np.int64) if whole else y
        return x, y

    def _check_label_name(self, names: list[str]) -> None:
        """Raise an error if the header names another column as the label."""
        named = [k for k, name in enumerate(names) if name in LABEL_NAMES]
        named = named or [k for k in (0, self.columns - 1) if names[k] in END_NAMES]
        if len(named) != 1 or named[0] == self.label:
            return
        k = named[0]
        advice = "Say label=None, and take the column out of x."
        if k in (0, self.columns - 1):
            advice = f"Say label={'first' if k == 0 else 'last'!r}."
        raise DataError(
            f": the header calls column {k + 1} {names[k]!r}, and the labels were to be in column "
            f"{(self.label or 0) + 1}. {advice}"
        )

    def _complete(self, x: np.ndarray, y: np.ndarray | None) -> bool:
        """Return whether there are examples, all numbers finite and no label empty."""
        if len(x) == 0 or not np.isfinite(x).all():
            return False
        if y is None:
            return True
        return bool((np.char.str_len(y) > 0).all() if y.dtype.kind == "U" else np.isfinite(y).all())

    def _check_first_label(self, y: np.ndarray | None) -> None:
        """Raise an error if only the first cell of the label column looks like a header.

        Also if each label holds several numbers, as when the comma is a decimal one.
        """
        if y is None or y.dtype.kind != "U":
            return
        others = {_delimiter_of(label, self.delimiter) for label in y if self.columns == 2}
        if "" not in others and len(others) == 1:
            raise DataError(
                f": labels such as {shown(str(y[0]))} hold several numbers. "
                f"Give delimiter={others.pop()!r}"
            )
        if len(y) < 3 or not self.header_is_guessed or self.header or NUMBER.fullmatch(y[0]):
            return
        if all(NUMBER.fullmatch(label) for label in y[1:]):
            raise DataError(
                f", line 1: the label {shown(str(y[0]))} is the only one that isn't a number. "
                f"Say header=True if the line holds names"
            )
        if _are_counted([self.first[k] for k in self.features]) and y[0] not in y[1:]:
            raise DataError(
                f", line 1: {shown(str(y[0]))} occurs once in the label column, and the other "
                f"cells count the columns. {NAMES_OR_NUMBERS}"
            )

    def _numbers(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Read the whole table as numbers; None if NumPy can't."""
        fields: list[Any] = [("x", self.dtype, (len(self.features),))]
        if self.label is not None:
            fields.insert(0 if self.label == 0 else 1, ("y", np.float64))
        rows = self._load(np.dtype(fields))
        if rows is None:
            return None, None
        y = None if self.label is None else rows["y"].copy()
        return np.ascontiguousarray(rows["x"]), y

    def _words(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Read the labels as text, the rest as numbers; None if NumPy can't."""
        if self.label is None:
            return None, None
        x = self._load(self.dtype, usecols=self.features, ndmin=2)
        y = self._load(np.dtype(str), usecols=[self.label], ndmin=1)
        if x is None or y is None or len(x) != len(y):
            return None, None
        for cells in self._rows():  # with `usecols`, NumPy ignores the number of columns
            if len(cells) != self.columns:
                return None, None
        return x, np.char.strip(y)

    def _load(self, dtype: np.dtype, **options: Any) -> np.ndarray | None:
        with self._text() as text, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about an empty table, which is refused later
            # Older NumPy rounds "0.5" and wraps "256" for a byte, and only warns.
            warnings.simplefilter("error", DeprecationWarning)
            if self.header:
                next(row for row in self._reader(text) if row)
            try:
                rows = np.loadtxt(
                    text,
                    dtype,
                    comments=None,
                    delimiter=self.delimiter,
                    quotechar='"',
                    **({"ndmin": 1} | options),
                )
            except (ValueError, DeprecationWarning):  # UnicodeError is a ValueError
                return None
        return rows

    @contextlib.contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        """Yield the file as text, from its beginning, and leave it open."""
        self.file.seek(0)
        text = io.TextIOWrapper(self.file, encoding="utf-8-sig", newline="")
        try:
            yield text
        finally:
            text.detach()

    def _reader(self, text: io.TextIOWrapper) -> Any:
        return csv.reader(text, delimiter=self.delimiter)

    def _first_row(self) -> list[str]:
        self.file.seek(0)
        line = self.file.readline(MAX_LINE_BYTES)
        columns = line.count(self.delimiter.encode("utf-8", "surrogatepass")) + 1
        if columns > MAX_COLUMNS or len(line) == MAX_LINE_BYTES:  # before they are taken apart
            found = f"{columns} in the first line" if columns > MAX_COLUMNS else "a line of 64 MB"
            raise DataError(f": expected at most {MAX_COLUMNS} columns, found {found}")
        with self._text() as text:
            try:
                row: list[str] | None = next((row for row in self._reader(text) if row), None)
            except (csv.Error, UnicodeDecodeError):
                raise self._not_text() from None
        if row is None:
            raise DataError(": expected a line for each example, found an empty file")
        return row

    def _rows(self) -> Iterator[list[str]]:
        """Yield the cells of the lines that aren't empty, without the header."""
        with self._text() as text:
            reader = self._reader(text)
            try:
                rows = (row for row in reader if row)
                if self.header:
                    next(rows)
                for row in rows:
                    self.line = reader.line_num
                    yield row
            except (csv.Error, UnicodeDecodeError):
                raise self._not_text() from None

    def _complaint(self) -> DataError:
        """Return the error for the first line that can't be read."""
        numbers = self.dtype.kind == "f"
        wanted = "a number"
        if not numbers:
            limits = np.iinfo(self.dtype)
            wanted = f"a whole number from {limits.min} to {limits.max}"
        empty = True
        for cells in self._rows():
            empty = False
            if len(cells) != self.columns:
                return DataError(
                    f", line {self.line}: expected {self.columns} cells as in the first line, "
                    f"found {len(cells)}"
                )
            for k, cell in enumerate(cells):
                where = f", line {self.line}, column {k + 1}"
                if not cell.strip():
                    what = "a label" if k == self.label else wanted
                    return DataError(f"{where}: expected {what}, found an empty cell")
                if k != self.label and not self._fits(cell):
                    hint = self._hint(cell) or self._hint_at_names(cells, k)
                    return DataError(f"{where}: expected {wanted}, found {shown(cell)}{hint}")
        if empty:
            return DataError(": expected a line for each example, found the header alone")
        for cells in self._rows() if self.label is not None else ():
            label = cells[self.label or 0]
            if not _is_finite(label):
                return DataError(
                    f", line {self.line}, column {(self.label or 0) + 1}: expected a finite label, "
                    f"found {shown(label)}"
                )
        return DataError(f": can't be read as a table of {self.dtype}, with labels that are finite")

    def _hint(self, cell: str) -> str:
        """Return how the numbers in a cell are to be read, or nothing."""
        if DECIMAL_COMMA.fullmatch(cell):
            return ". Numbers are written with a decimal point"
        if other := _delimiter_of(cell, self.delimiter):
            return f". Give delimiter={other!r}"
        return ""

    def _hint_at_names(self, cells: list[str], k: int) -> str:
        """Return what to do if cell k of a line is a name or the label, or nothing."""
        if NUMBER.fullmatch(cells[k]):
            return ""
        line, last = self.line, self.columns - 1  # reading the rows changes self.line
        label_is_named = self.header and self.first[0].strip().lower() in LABEL_NAMES
        if self.label == 0 and k == last and all(map(NUMBER.fullmatch, cells[:-1])):
            words = all(not NUMBER.fullmatch(row[-1]) for row in self._rows())
            if words and not label_is_named:
                return ". If the last column holds the labels, say label='last'"
        if line == 1 and not self.header:
            return ". Say header=True if the line holds names"
        return ""

    def _fits(self, cell: str) -> bool:
        if self.dtype.kind == "f":
            if not NUMBER.fullmatch(cell):
                return False
            with np.errstate(over="ignore"):
                return bool(np.isfinite(self.dtype.type(float(cell))))
        limits = np.iinfo(self.dtype)
        return bool(WHOLE.fullmatch(cell)) and limits.min <= int(cell) <= limits.max

    def _not_text(self) -> DataError:
        self.file.seek(0)
        start = self.file.read(2)
        hint = f" {BINARY_BEGINNINGS[start]}" if start in BINARY_BEGINNINGS else ""
        return DataError(f": expected lines of text in UTF-8, found something else.{hint}")


def _is_header(first: list[str]) -> bool:
    """Return whether the cells of the first line are the columns' names.

    Raises
    ------
    DataError
        If they may be: pandas calls columns without names 0, 1, 2 and so on.
    """
    if len(first) > 2 and _are_counted(first):
        raise DataError(f", line 1: the cells count the columns. {NAMES_OR_NUMBERS}")
    return not any(NUMBER.fullmatch(cell) for cell in first)


def _are_counted(cells: list[str]) -> bool:
    """Return whether the cells are 0, 1, 2 and so on, and more than one."""
    return len(cells) > 1 and [cell.strip() for cell in cells] == [*map(str, range(len(cells)))]


def _is_finite(label: str) -> bool:
    """Return whether a label is text or a finite number."""
    try:
        return math.isfinite(float(label))
    except ValueError:
        return True


def _delimiter_of(cell: str, delimiter: str) -> str:
    """Return the delimiter of a cell that holds several numbers, or an empty text.

    Examples
    --------
    >>> _delimiter_of("1;2", ","), _delimiter_of("a;2", ",")
    (';', '')
    """
    for other in DELIMITERS.replace(delimiter, ""):
        parts = cell.strip().split(other)
        if len(parts) > 1 and all(not part or NUMBER.fullmatch(part) for part in parts):
            return other
    return ""


def _other_format(cell: str, delimiter: str) -> str:
    """Say what a file of one column may be, with a space before it, or nothing.

    Examples
    --------
    >>> _other_format("1;2", ",")
    " Give delimiter=';'."
    """
    for start, hint in BEGINNINGS.items():
        if cell.lstrip().startswith(start):
            return f" {hint}"
    others = [other for other in DELIMITERS if other != delimiter and other in cell.strip()]
    return f" Give delimiter={others[0]!r}." if others else ""
