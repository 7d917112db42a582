"""Shared by the formats: reading a file from an untrusted source, and writing a whole file."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from tinynet._internal.checks import check_finite, check_path
from tinynet._internal.saving.files import replacing
from tinynet._internal.saving.npz import MAX_BYTES, DamagedError

Path = str | os.PathLike[str]


class NoCounterpartError(ValueError):
    """A layer or an operation has no counterpart in a format or in tinynet."""


@contextlib.contextmanager
def named(path: Path, kind: str) -> Iterator[None]:
    """Turn the errors that the block raises into a ValueError that names the file.

    Parameters
    ----------
    path : str or path
        The file.
    kind : str
        What the file should be, such as "an ONNX file".
    """
    place = check_path(path)
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(f"{place} is damaged: a name in it is not UTF-8.") from error
    except DamagedError as error:
        raise ValueError(f"{place} is not {kind}, or it is damaged: {error}.") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place} can't be loaded: {str(error).rstrip('.')}.") from error
    except KeyError as error:
        raise ValueError(f"{place} can't be loaded: there is no {error} in it.") from error
    except (ArithmeticError, AttributeError, IndexError, MemoryError, RecursionError) as error:
        raise ValueError(f"{place} can't be loaded: what it describes can't be made.") from error


def read_file(path: Path) -> bytes:
    """Return a file's content.

    Raises
    ------
    OSError
        If the file doesn't exist or can't be read.
    DamagedError
        If it is longer than `MAX_BYTES`.
    """
    place = check_path(path)
    if os.path.isdir(place):
        raise IsADirectoryError(f"{place} is a folder, not a file.")
    if not os.path.isfile(place):
        raise FileNotFoundError(f"There is no file {place}.")
    with open(place, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MAX_BYTES:
            raise DamagedError(f"it has {size} bytes, and at most {MAX_BYTES} are read")
        return stream.read()


def write_file(path: Path, content: bytes) -> None:
    """Write a file completely or not at all."""
    place = os.path.realpath(check_path(path))
    if not os.path.isdir(os.path.dirname(place)):
        raise FileNotFoundError(
            f"Can't save to {place}: there is no folder {os.path.dirname(place)}."
        )
    try:
        with replacing(place) as file:
            file.write(content)
    except OSError as error:
        raise OSError(error.errno, f"Can't save to {place}: {error.strerror or error}") from error


def converted(array: np.ndarray, dtype: Any, what: str) -> np.ndarray:
    """Return an array in a model's dtype.

    Raises
    ------
    ValueError
        If an entry isn't finite in that dtype.

    Examples
    --------
    >>> converted(np.array([1.0, 2.0]), "float32", "weights")
    array([1., 2.], dtype=float32)
    """
    with np.errstate(all="ignore"):
        array = array.astype(dtype, copy=False)
    check_finite(array, what)
    return array


def shortest(value: float) -> float:
    """Return the number with the fewest digits that is equal in float32.

    Examples
    --------
    >>> shortest(0.10000000149011612)
    0.1
    """
    with np.errstate(over="ignore"):
        return float(str(np.float32(value)))
