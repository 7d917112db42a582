"""Read ``.npz`` files from untrusted sources, and check before writing that they can be read.

Nothing in such a file is trusted.

An ``.npz`` file is a zip archive of ``.npy`` files. An ``.npy`` file is a short line of text with
dtype and shape, followed by the raw numbers. NumPy's own reader allocates whatever memory such a
line asks for, and zipfile reads a directory of any size. So everything that a file claims is first
compared with its size, and only what `numpy.savez` writes is accepted: numbers, uncompressed, each
name once. The line of text is matched, not evaluated.
"""

import errno
import math
import os
import re
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from tinynet._internal.memory import PIECE_BYTES

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MAX_BYTES = 2**33  # two billion parameters in float32
MAX_MEMBERS = 1000
MAX_NAME_BYTES = 200
MAX_DIMENSIONS = 8


# Besides its numbers, an array takes its line of text, at most 256 bytes; its name, twice; and the
# headers in the archive and in its directory, 50 and 74 bytes with sizes of 64 bits.
MEMBER_BYTES = 1000
MAX_CONTENT_BYTES = MAX_BYTES - MAX_MEMBERS * MEMBER_BYTES
MAX_DIRECTORY_BYTES = MAX_MEMBERS * (74 + MAX_NAME_BYTES + len(".npy"))
DESCRIPTION = re.compile(
    rb"\{'descr': '([<>|=][fiub]\d{1,2})', 'fortran_order': (False|True), "
    rb"'shape': \(((?:\d{1,19}, ?)*(?:\d{1,19})?)\), \} *\n"
)


class DamagedError(ValueError):
    """Raised if a file is damaged or in the wrong format."""


def write_npz(stream: BinaryIO, arrays: Mapping[str, Any]) -> None:
    """Write arrays of numbers, byte for byte as `numpy.savez` does.

    NumPy 2.0's own `savez` leaves its archive open when the disk is full.
    """
    from zipfile import ZipFile

    with ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def read_npz(stream: BinaryIO, limits: dict[str, int]) -> dict[str, np.ndarray]:
    """Read all arrays of an open file.

    Memory use is limited to the file's size plus a few megabytes. `limits` holds the maximum number
    of bytes of some arrays, by name.

    Raises
    ------
    OSError
        If the file can't be read from the disk.
    DamagedError
        If the file is damaged, or isn't one that `numpy.savez` wrote of numbers only.
    """
    from zipfile import ZipFile  # here, so that `import tinynet` stays quick

    try:
        size = stream.seek(0, os.SEEK_END)
        check_directory(stream, size)
        with ZipFile(stream) as archive:
            members = archive.infolist()
            check_members(members, size, limits)
            return {info.filename[: -len(".npy")]: read_npy(archive, info) for info in members}
    except (DamagedError, MemoryError):
        raise
    except Exception as error:  # zipfile raises a dozen types of errors for damaged files
        # One is an OSError for an invalid argument, if it seeks to before the start of the file. An
        # error of the disk may be the cause of zipfile's own error.
        cause = error if isinstance(error, OSError) else error.__context__
        if isinstance(cause, OSError) and cause.errno not in (None, errno.EINVAL):
            raise cause from None
        raise DamagedError("its archive can't be read") from error


def check_writable(arrays: Mapping[str, np.ndarray]) -> None:
    """Refuse to write what `read_npz` wouldn't read.

    Raises
    ------
    ValueError, TypeError
        If an array doesn't hold numbers, has too many dimensions or a name that isn't plain, or
        if there are too many arrays or too many bytes.
    """
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub" or not is_plain(name):
            raise TypeError(f"{name!r} can't be saved: it must be numbers under a plain name.")
        if array.ndim > MAX_DIMENSIONS:
            raise ValueError(
                f"{name!r} can't be saved: it must have at most {MAX_DIMENSIONS} dimensions, "
                f"received {array.ndim}."
            )
    size = sum(array.nbytes for array in arrays.values())
    if len(arrays) > MAX_MEMBERS or size > MAX_CONTENT_BYTES:
        raise ValueError(
            f"A file holds at most {MAX_MEMBERS} arrays of {MAX_CONTENT_BYTES} bytes together, "
            f"received {len(arrays)} of {size}."
        )


def check_directory(stream: BinaryIO, size: int) -> None:
    """Refuse an archive whose directory is longer than any that tinynet writes, before reading it.

    Its length is in the last 22 bytes of the file, or 98 bytes before the end in a file of more
    than 2 GB. (APPNOTE.TXT, PKWARE, sections 4.3.14 and 4.3.16.)
    """
    if size > MAX_BYTES:
        raise DamagedError(f"it has {size} bytes, and at most {MAX_BYTES} are read")
    stream.seek(max(0, size - 98))
    tail = stream.read(98)
    if len(tail) < 22 or tail[-22:-18] != b"PK\x05\x06" or tail[-2:] != b"\x00\x00":
        raise DamagedError("it doesn't end as a zip archive does")
    (length,) = struct.unpack("<I", tail[-10:-6])
    if tail[-42:-38] == b"PK\x06\x07":
        if tail[:4] != b"PK\x06\x06":
            raise DamagedError("it doesn't end as a zip archive does")
        (length,) = struct.unpack("<Q", tail[40:48])
    if length > MAX_DIRECTORY_BYTES:
        raise DamagedError(
            f"its list of contents takes {length} bytes, and at most {MAX_DIRECTORY_BYTES} are read"
        )


def check_members(members: "list[ZipInfo]", size: int, limits: dict[str, int]) -> None:
    """Refuse what `numpy.savez` doesn't write, and sizes larger than the file."""
    if len(members) > MAX_MEMBERS:
        raise DamagedError(f"it holds {len(members)} arrays, and at most {MAX_MEMBERS} are read")
    if len({info.filename for info in members}) != len(members):
        raise DamagedError("two of its arrays have the same name")
    for info in members:
        name = info.filename
        if not name.endswith(".npy") or not is_plain(name[:-4]):
            raise DamagedError(f"{name[:80]!r} is not the name of an array")
        if info.compress_type != 0 or info.compress_size != info.file_size or info.flag_bits & 1:
            raise DamagedError(f"{name} is compressed or encrypted")
        if info.file_size > limits.get(name[:-4], size) + MEMBER_BYTES:
            raise DamagedError(f"{name} has {info.file_size} bytes, more than are read")
    if sum(info.file_size for info in members) > size:
        raise DamagedError(f"its arrays claim more than the {size} bytes that it has")


def is_plain(name: str) -> bool:
    """Return whether an array may have that name: not a path, and only printable characters."""
    return (
        name.isprintable()
        and 0 < len(name.encode()) <= MAX_NAME_BYTES
        and name[0] != "."
        and not any(part in name for part in ("/", "\\", ":", ".."))
    )


def read_npy(archive: "ZipFile", info: "ZipInfo") -> np.ndarray:
    """Read one array after checking that its shape fits its size."""
    with archive.open(info) as member:
        start = member.read(10)
        if start[:8] != b"\x93NUMPY\x01\x00":
            raise DamagedError(f"{info.filename} is not an array")
        text = member.read(int.from_bytes(start[8:], "little"))
        match = DESCRIPTION.fullmatch(text)
        if match is None:
            raise DamagedError(f"{info.filename} is not an array of numbers")
        shape = tuple(int(size) for size in match[3].split(b",") if size.strip())
        dtype = number_type(match[1].decode())
        expected = info.file_size - len(start) - len(text)
        if dtype is None or len(shape) > MAX_DIMENSIONS:
            raise DamagedError(f"{info.filename} is not an array of numbers")
        if math.prod(shape) * dtype.itemsize != expected:
            raise DamagedError(f"{info.filename} claims the shape {shape} in {expected} bytes")
        values = np.empty(math.prod(shape), dtype)
        content = values.view(np.uint8)
        for begin in range(0, expected, PIECE_BYTES):
            part = content[begin : begin + PIECE_BYTES]
            chunk = member.read(len(part))
            if len(chunk) != len(part):
                raise DamagedError(f"{info.filename} is cut short")
            part[:] = np.frombuffer(chunk, np.uint8)
        # Reading to the end makes zipfile compare the checksum.
        if member.read(1):
            raise DamagedError(f"{info.filename} is too long")
    return values.reshape(shape, order="F" if match[2] == b"True" else "C")


def number_type(name: str) -> np.dtype | None:
    """Return the dtype with that description in an ``.npy`` file, or None if there is none."""
    try:
        return np.dtype(name)
    except TypeError:
        return None
