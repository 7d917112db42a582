"""Reads IDX files, the format in which MNIST and its relatives are published.

An IDX file is a short header followed by the bare values. All numbers are big-endian::

    offset  bytes  meaning
    0       2      zero
    2       1      type of the values, one of TYPES
    3       1      number of dimensions, D
    4       4 * D  the count along each dimension
    4+4*D   ...    the values, last dimension fastest (C order)

The first four bytes are the magic number: 0x00000801 for a list of labels, 0x00000803 for a stack
of images, both of unsigned bytes.
(Format: https://www.fon.hum.uva.nl/praat/manual/IDX_file_format.html)

A file may come from an untrusted source. So its header is compared with the size of the file before
memory is allocated, and no more than that is decompressed.
"""

import hashlib
import math
import os
import re
import struct
import sys
from typing import Any, BinaryIO

import numpy as np

from tinynet._internal.checks import check_count, shown
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import open_regular, path_of

TYPES: dict[int, np.dtype] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(np.int16),
    0x0C: np.dtype(np.int32),
    0x0D: np.dtype(np.float32),
    0x0E: np.dtype(np.float64),
}
MAX_DIMENSIONS = 5
MAX_BYTES = 2**30  # the largest relative of MNIST, EMNIST ByClass, has 547 million pixels
CHUNK_BYTES = 2**18
# The limits of deflate (https://zlib.net/zlib_tech.html): data shrinks by at most 1032 to 1, and
# grows by at most 13.5 % and some header bytes.
MAX_COMPRESSION_RATIO = 1032


class DataError(ValueError):
    """The contents of a data file are wrong or damaged."""

    __module__ = "tinynet.datasets"  # where it is public, for tracebacks


@known_keywords
def read_idx(
    path: str | os.PathLike[str],
    *,
    shape: tuple[int, ...] | None = None,
    dtype: Any = None,
    sha256: str | None = None,
) -> np.ndarray:
    """Read an IDX file, gzipped or not.

    All six types of the format and up to five dimensions are supported. The first bytes of the
    file, not its name, tell whether it is gzipped.

    Parameters
    ----------
    path : str or path
        The file.
    shape : tuple of int, optional
        The expected shape. By default, any shape is accepted.
    dtype : dtype, optional
        The expected type: uint8, int8, int16, int32, float32 or float64. By default, any type is
        accepted.
    sha256 : str, optional
        The expected SHA-256 of the decompressed file, in hexadecimal digits. Unlike a checksum of
        the gzip, it doesn't depend on the program that compressed the file.

    Returns
    -------
    ndarray
        The values in native byte order, in a new, writable array.

    Raises
    ------
    DataError
        If the file isn't an IDX file, is truncated, damaged or too large, has trailing bytes, or
        differs from `shape`, `dtype` or `sha256`. DataError is a ValueError.
    OSError
        If the file can't be opened or read, or isn't a regular file.

    Examples
    --------
    Two labels, 7 and 2:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinynet.datasets import read_idx
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "labels-idx1-ubyte")
    >>> path.write_bytes(bytes.fromhex("00000801 00000002 07 02"))
    10
    >>> read_idx(path)
    array([7, 2], dtype=uint8)
    >>> read_idx(path, shape=(3,))
    Traceback (most recent call last):
    ...
    tinynet.datasets.DataError: ...labels-idx1-ubyte: wrong counts: expected (3,), found (2,)
    >>> folder.cleanup()
    """
    shape, sha256 = _check_shape(shape), _check_sha256(sha256)
    dtype = check_dtype(dtype)
    place = path_of(path)
    with open_regular(place) as file:
        try:
            values, digest = read_idx_stream(file, shape=shape, dtype=dtype)
            if sha256 is not None and digest != sha256:
                raise wrong_sha256(sha256, digest)
        except DataError as error:
            raise DataError(f"{place}: {error}") from None
    return values


def read_idx_stream(
    file: BinaryIO, *, shape: tuple[int, ...] | None = None, dtype: np.dtype | None = None
) -> tuple[np.ndarray, str]:
    """Read an IDX file that is open already. Return its values and its SHA-256.

    The parameters are those of `read_idx`.
    """
    import gzip  # here and below, so that `import tinynet` stays fast
    import zlib

    file_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    gzipped = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    limit = max_file_bytes(shape, dtype)
    if file_bytes > limit:
        raise DataError(f"too large: expected at most {limit} bytes, found {file_bytes}")
    if not gzipped:
        return _parse(file, file_bytes, shape, dtype)
    try:
        with gzip.GzipFile(fileobj=file) as decompressed:
            return _parse(decompressed, file_bytes * MAX_COMPRESSION_RATIO, shape, dtype)
    except EOFError:
        raise DataError(
            f"truncated gzip: the compressed data ends too early, after {file_bytes} bytes"
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise DataError("damaged gzip: the data can't be decompressed") from None


def max_file_bytes(shape: tuple[int, ...] | None, dtype: np.dtype | None = None) -> int:
    """Return the largest size of a file with such an array, gzipped or not."""
    itemsize = 8 if dtype is None else dtype.itemsize
    n_bytes = MAX_BYTES if shape is None else min(MAX_BYTES, math.prod(shape) * itemsize)
    return n_bytes + n_bytes // 7 + 65536


def idx_header(values: np.ndarray) -> bytes:
    """Return the header of an IDX file that holds an array.

    Examples
    --------
    >>> idx_header(np.zeros((2, 3), np.uint8)).hex(" ", 4)
    '00000802 00000002 00000003'
    """
    code = next(code for code, dtype in TYPES.items() if dtype == values.dtype)
    return struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape)


def wrong_sha256(expected: str, found: str) -> DataError:
    """Return the error for content with another checksum."""
    return DataError(f"wrong SHA-256 of the decompressed file: expected {expected}, found {found}")


def _parse(
    stream: Any, available: int, shape: tuple[int, ...] | None, dtype: np.dtype | None
) -> tuple[np.ndarray, str]:
    """Read the header and the values from `stream`, which has at most `available` bytes."""
    magic = _read_exactly(stream, 4, "the magic number")
    zero, code, n_dimensions = struct.unpack(">HBB", magic)
    known = TYPES.get(code)
    if (
        zero != 0
        or known is None
        or dtype not in (None, known)
        or not 1 <= n_dimensions <= MAX_DIMENSIONS
        or (shape is not None and n_dimensions != len(shape))
    ):
        raise DataError(_wrong_magic(magic, shape, dtype))

    counts_bytes = _read_exactly(stream, 4 * n_dimensions, "the counts")
    counts = struct.unpack(f">{n_dimensions}I", counts_bytes)
    if shape is not None and counts != shape:
        raise DataError(f"wrong counts: expected {shape}, found {counts}")
    if min(counts) == 0:
        raise DataError(f"wrong counts: expected at least 1 each, found {counts}")
    n_values = math.prod(counts)
    n_bytes = n_values * known.itemsize
    if n_bytes > MAX_BYTES:
        raise DataError(
            f"wrong counts: expected at most {MAX_BYTES // known.itemsize} values, found {counts}"
        )
    if n_bytes > available:
        raise DataError(
            f"truncated: expected {n_values} values, "
            f"found room for at most {available // known.itemsize}"
        )

    values = np.empty(counts, known)
    digest = hashlib.sha256(magic + counts_bytes)
    view = values.view(np.uint8).data.cast("B")
    for start in range(0, n_bytes, CHUNK_BYTES):
        chunk = view[start : start + CHUNK_BYTES]
        n_read = stream.readinto(chunk)
        if n_read != len(chunk):
            n_found = (start + n_read) // known.itemsize
            raise DataError(f"truncated: expected {n_values} values, found {n_found}")
        digest.update(chunk)
    # At the end of a gzip, this also makes Python verify the gzip's own checksum.
    if stream.read(1):
        raise DataError(f"trailing bytes: expected the file to end after {n_values} values")
    if sys.byteorder == "little" and known.itemsize > 1:
        values.byteswap(inplace=True)
    return values, digest.hexdigest()


def _wrong_magic(magic: bytes, shape: tuple[int, ...] | None, dtype: np.dtype | None) -> str:
    """Return the message for wrong first four bytes: those expected, those found, their meaning."""
    zero, code, n_dimensions = struct.unpack(">HBB", magic)
    types = ", ".join(
        f"{code:02x} {known}" for code, known in TYPES.items() if dtype in (None, known)
    )
    if shape is None or dtype is None:
        expected = f"0x0000, a type ({types}) and 01 to 0{MAX_DIMENSIONS} dimensions"
        if shape is not None:
            expected = f"0x0000, a type ({types}) and 0{len(shape)}, the number of dimensions"
    else:
        wanted = next(code for code, known in TYPES.items() if known == dtype)
        expected = f"0x0000{wanted:02x}{len(shape):02x}"
    if zero != 0 or n_dimensions == 0:
        meaning = f"{magic!r}{', so probably a web page' if magic.startswith(b'<') else ''}"
    elif code not in TYPES:
        meaning = f"{magic!r}: no type has the number 0x{code:02x}"
    else:
        meaning = f"{TYPES[code]} in {n_dimensions} dimension{'s' * (n_dimensions > 1)}"
    return f"wrong magic number: expected {expected}, found 0x{magic.hex()} ({meaning})"


def _read_exactly(stream: Any, n_bytes: int, what: str) -> bytes:
    data: bytes = stream.read(n_bytes)
    if len(data) != n_bytes:
        raise DataError(f"truncated: expected {n_bytes} bytes of {what}, found {len(data)}")
    return data


def _check_shape(shape: Any) -> tuple[int, ...] | None:
    if shape is None:
        return None
    if not isinstance(shape, tuple | list):
        raise TypeError(f"shape must be a tuple such as (60000, 28, 28), received {shown(shape)}.")
    if not 1 <= len(shape) <= MAX_DIMENSIONS:
        raise ValueError(
            f"shape must have 1 to {MAX_DIMENSIONS} dimensions, received {len(shape)}."
        )
    return tuple(check_count(size, "each size in shape") for size in shape)


def check_dtype(dtype: Any) -> np.dtype | None:
    """Return one of the six types as a dtype, or None for None."""
    if dtype is None:
        return None
    for known in TYPES.values():
        if isinstance(dtype, str | type | np.dtype) and dtype in (known.name, known.type, known):
            return known
    names = ", ".join(known.name for known in TYPES.values())
    raise ValueError(f"dtype must be one of {names}, received {shown(dtype)}.")


def _check_sha256(sha256: Any) -> str | None:
    if sha256 is None:
        return None
    if not isinstance(sha256, str) or not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise ValueError(
            f"sha256 must be a string of 64 hexadecimal digits, received {shown(sha256)}."
        )
    return sha256.lower()
