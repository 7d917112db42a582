"""Reads IDX files, the format in which MNIST and its relatives are published.

An IDX file is a short header followed by the bare values. All numbers are big-endian::

    offset  bytes  meaning
    0       2      zero
    2       1      type of the values (0x08: unsigned byte)
    3       1      number of dimensions, D
    4       4 * D  the count along each dimension
    4+4*D   ...    the values, last dimension fastest (C order)

The first four bytes are the magic number: 0x00000801 for a list of labels, 0x00000803 for a stack
of images. Only unsigned bytes are read here, which is what every data set of this family uses.
(Format: https://www.fon.hum.uva.nl/praat/manual/IDX_file_format.html)

A file may come from a stranger, so nothing in it is believed: what the header claims is compared
with the size of the file before memory is set aside for it, and no more is decompressed than that.
"""

import io
import math
import os
import struct
from pathlib import Path

import numpy as np

UNSIGNED_BYTE = 0x08
MAX_DIMENSIONS = 4
MAX_BYTES = 2**30  # the largest relative of MNIST, EMNIST ByClass, has 547 million pixels
CHUNK_BYTES = 2**18
# What deflate can do at most, and the most by which it can fail (https://zlib.net/zlib_tech.html):
# nothing shrinks by more than 1032 to 1, nothing grows by more than 13.5 % and some header bytes.
MAX_COMPRESSION_RATIO = 1032


class DataError(ValueError):
    """The contents of a data file are not what they should be."""


def read_idx(
    path: str | os.PathLike[str], *, shape: tuple[int, ...] | None = None, sha256: str | None = None
) -> np.ndarray:
    """Read an IDX file of unsigned bytes, gzipped or not.

    Whether the file is gzipped is told by its first bytes, not by its name.

    Parameters
    ----------
    path
        The file.
    shape
        The shape that the array must have; any is accepted without it.
    sha256
        The SHA-256 that the decompressed file must have, in hexadecimal digits. Unlike a checksum
        of the gzip it doesn't depend on the program that compressed the file.

    Returns
    -------
    ndarray
        The values, dtype uint8, in a new array that the caller owns and may write to.

    Raises
    ------
    DataError
        If the file is no IDX file of unsigned bytes, is cut short, damaged or too large, has bytes
        left over at its end, or differs from `shape` or `sha256`.
    OSError
        If the file can't be opened or read.

    Examples
    --------
    Two labels, 7 and 2:

    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "labels-idx1-ubyte")
    >>> path.write_bytes(bytes.fromhex("00000801 00000002 07 02"))
    10
    >>> read_idx(path)
    array([7, 2], dtype=uint8)
    >>> read_idx(path, shape=(3,))
    Traceback (most recent call last):
    ...
    tinynet.datasets.idx.DataError: ...labels-idx1-ubyte: wrong counts: expected (3,), found (2,)
    >>> folder.cleanup()
    """
    with Path(path).open("rb") as file:
        try:
            return read_idx_stream(file, shape=shape, sha256=sha256)
        except DataError as error:
            raise DataError(f"{os.fspath(path)}: {error}") from None


def read_idx_stream(
    file: io.BufferedIOBase, *, shape: tuple[int, ...] | None = None, sha256: str | None = None
) -> np.ndarray:
    """Read an IDX file that is open already; otherwise as `read_idx`."""
    import gzip  # here and below, so that `import tinynet` stays quick
    import zlib

    file_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    gzipped = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    limit = max_file_bytes(shape)
    if file_bytes > limit:
        raise DataError(f"too large: expected at most {limit} bytes, found {file_bytes}")
    if not gzipped:
        return _parse(file, file_bytes, shape, sha256)
    try:
        with gzip.GzipFile(fileobj=file) as decompressed:
            return _parse(decompressed, file_bytes * MAX_COMPRESSION_RATIO, shape, sha256)
    except EOFError:
        raise DataError(
            f"truncated gzip: the compressed data ends too early, after {file_bytes} bytes"
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise DataError("damaged gzip: the data can't be decompressed") from None


def max_file_bytes(shape: tuple[int, ...] | None) -> int:
    """Return the most bytes that a file with an array of this shape can have, gzipped or not."""
    n_values = MAX_BYTES if shape is None else math.prod(shape)
    return n_values + n_values // 7 + 65536


def _parse(
    stream: io.BufferedIOBase, available: int, shape: tuple[int, ...] | None, sha256: str | None
) -> np.ndarray:
    """Read header and values from `stream`, which can't hold more than `available` bytes."""
    import hashlib

    magic = _read_exactly(stream, 4, "the magic number")
    zero, value_type, n_dimensions = struct.unpack(">HBB", magic)
    if (
        zero != 0
        or value_type != UNSIGNED_BYTE
        or not 1 <= n_dimensions <= MAX_DIMENSIONS
        or (shape is not None and n_dimensions != len(shape))
    ):
        expected = f"0x0000080{len(shape)}" if shape else f"0x00000801 to 0x0000080{MAX_DIMENSIONS}"
        hint = ", so probably a web page" if magic.startswith(b"<") else ""
        raise DataError(
            f"wrong magic number: expected {expected}, found 0x{magic.hex()} ({magic!r}{hint})"
        )

    counts_bytes = _read_exactly(stream, 4 * n_dimensions, "the counts")
    counts = struct.unpack(f">{n_dimensions}I", counts_bytes)
    if shape is not None and counts != shape:
        raise DataError(f"wrong counts: expected {shape}, found {counts}")
    if min(counts) == 0:
        raise DataError(f"wrong counts: expected at least 1 each, found {counts}")
    n_values = math.prod(counts)
    if n_values > MAX_BYTES:
        raise DataError(f"wrong counts: expected at most {MAX_BYTES} values, found {counts}")
    if n_values > available:
        raise DataError(
            f"truncated: expected {n_values} values, found room for at most {available}"
        )

    values = np.empty(counts, np.uint8)
    digest = hashlib.sha256(magic + counts_bytes)
    view = values.data.cast("B")
    for start in range(0, n_values, CHUNK_BYTES):
        chunk = view[start : start + CHUNK_BYTES]
        n_read = stream.readinto(chunk)
        if n_read != len(chunk):
            raise DataError(f"truncated: expected {n_values} values, found {start + n_read}")
        digest.update(chunk)
    # At the end of a gzip, this is also what makes Python compare the gzip's own checksum.
    if stream.read(1):
        raise DataError(f"trailing bytes: expected the file to end after {n_values} values")
    if sha256 is not None and digest.hexdigest() != sha256:
        raise DataError(
            f"wrong SHA-256 of the decompressed file: expected {sha256}, found {digest.hexdigest()}"
        )
    return values


def _read_exactly(stream: io.BufferedIOBase, n_bytes: int, what: str) -> bytes:
    data = stream.read(n_bytes)
    if len(data) != n_bytes:
        raise DataError(f"truncated: expected {n_bytes} bytes of {what}, found {len(data)}")
    return data
