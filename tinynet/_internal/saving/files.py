"""Reads regular files only, and writes so that either the old or the new file exists completely.

A named pipe or a device looks like a file but may never end, so a reader would wait forever.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from tinynet._internal.checks import check_path

if TYPE_CHECKING:
    from pathlib import Path

# Seconds between attempts to replace a file. Windows refuses it as long as another program has the
# file open, such as a virus scanner, or one that loads the last checkpoint.
PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if os.name == "nt" else ()


def path_of(path: Any) -> Path:
    """Return the path that an argument names.

    Examples
    --------
    >>> path_of("digits.csv").name
    'digits.csv'
    """
    from pathlib import Path  # here, since training doesn't need it

    return Path(check_path(path))


def open_regular(path: str | os.PathLike[str]) -> io.BufferedReader:
    """Open a regular file for reading bytes."""
    # Don't wait until another process opens a pipe for writing.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if os.path.isdir(path):  # which Windows doesn't open
        raise IsADirectoryError(f"Can't read {path}: it is a folder, not a file.")
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise OSError(error.errno, f"Can't read {path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"Can't read {path}: it is a pipe, a socket or a device, not a regular file.")
    return open(descriptor, "rb")


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give the block a file to write to, and rename it to `path` when it is complete.

    The block writes to a temporary file in the same folder. The file is flushed to the disk before
    it is renamed, and then the folder is. The permissions of an existing file are kept. If anything
    fails, `path` is unchanged and the temporary file is deleted. If the process is killed, `path`
    is either the old file or the new one; a leftover ``*.part`` file in the folder can be deleted.

    Parameters
    ----------
    path : str or path
        The file to write or replace.

    Raises
    ------
    OSError
        If the folder is missing or not writable, the disk is full, or `path` isn't a regular file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "greeting.txt")
    ...     with replacing(path) as file:
    ...         _ = file.write(b"hello")
    ...     path.read_text()
    'hello'
    """
    path = os.fspath(path)
    mode = mode_of_file(path)
    # A short name, since that of the file may already have the maximum length.
    temporary = os.path.join(os.path.dirname(path), f"tinynet-{os.urandom(8).hex()}.part")
    try:
        with open(temporary, "x+b") as file:
            if mode is not None:  # a private file stays private
                os.chmod(temporary, mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        replace(temporary, path)
        sync_folder(os.path.dirname(temporary))
    except BaseException:
        delete(temporary)
        raise


@contextlib.contextmanager
def saving(path: Any) -> Iterator[BinaryIO]:
    """Do as `replacing`, for a path that a user has passed, which errors then name.

    Raises
    ------
    OSError
        If a file can't be written there; an existing file is unchanged.
    """
    place = check_target(path)
    try:
        with replacing(place) as file:
            yield file
    except OSError as error:
        raise with_place(error, place) from error


def replace(source: str, target: str) -> None:
    """Rename a file to the name of another one, and try again where a pause may help."""
    for seconds in PAUSES:
        with contextlib.suppress(PermissionError):
            os.replace(source, target)
            return
        time.sleep(seconds)
    os.replace(source, target)


def delete(path: str) -> None:
    """Delete a file, if possible. Windows deletes a read-only one after it is made writable."""
    with contextlib.suppress(OSError):
        os.unlink(path)
        return
    with contextlib.suppress(OSError):
        os.chmod(path, stat.S_IWRITE)
        os.unlink(path)


def sync_folder(folder: str) -> None:
    """Flush a folder's entries to the disk, if the system allows it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_target(path: Any, *, missing_folder: bool = False) -> str:
    """Return the real path, with links resolved, if a file can be written there.

    Parameters
    ----------
    path : str or path
        The file to write or replace.
    missing_folder : bool
        Whether the folder may be missing if it can be created.

    Raises
    ------
    OSError
        If the path isn't a regular file, the name is too long, or the folder is missing or not
        writable.
    """
    name = check_path(path)
    if os.path.basename(name) in ("", "."):
        raise IsADirectoryError(f"Can't save to {name}: it is the name of a folder, not of a file.")
    try:
        place = os.path.realpath(name)
    except OSError as error:  # a relative path requires the working folder
        raise FileNotFoundError(
            f"Can't save to {name}: the working folder doesn't exist any more."
        ) from error
    folder, missing = os.path.dirname(place), [os.path.basename(place)]
    while not os.path.lexists(folder) and folder != os.path.dirname(folder):
        folder, last = os.path.split(folder)
        missing.append(last)
    if len(missing) > 1 and not missing_folder:
        raise FileNotFoundError(
            f"Can't save to {place}: there is no folder {os.path.dirname(place)}: make it first."
        )
    if not os.path.isdir(folder):
        raise NotADirectoryError(f"Can't save to {place}: {folder} is a file, not a folder.")
    for longest in (place, *(os.path.join(folder, part) for part in missing)):
        try:
            os.lstat(longest)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise with_place(error, place) from error
    mode_of_file(place)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"Can't save to {place}: {os.strerror(errno.EACCES)}")
    return place


def try_writing(place: str) -> None:
    """Refuse a path whose folder takes no file, or can't be made; leave nothing behind.

    Permissions don't tell: a folder may be on a file system that is read-only, or full.
    """
    folder, missing = os.path.dirname(place), ""
    while not os.path.lexists(folder) and folder != os.path.dirname(folder):
        folder, missing = os.path.dirname(folder), folder
    trial = missing or os.path.join(folder, f"tinynet-{os.urandom(8).hex()}.part")
    try:
        if missing:
            os.mkdir(trial)
            os.rmdir(trial)
        else:
            open(trial, "xb").close()  # Windows deletes no file that is open
            os.unlink(trial)
    except OSError as error:
        raise with_place(error, place) from error


def with_place(error: OSError, place: str) -> OSError:
    """Return the error with the file that can't be saved in its message."""
    return OSError(error.errno, f"Can't save to {place}: {error.strerror or error}")


def make_folder(place: str) -> None:
    """Make the folder of a file, if it is missing."""
    try:
        os.makedirs(os.path.dirname(os.path.abspath(place)), exist_ok=True)
    except OSError as error:
        raise with_place(error, place) from error


def mode_of_file(place: str) -> int | None:
    """Return the permissions of the file that is there, None if there is none.

    Raises
    ------
    OSError
        If it is a folder, a pipe, a socket, a device or a link to itself: only files are replaced.
    """
    try:
        mode = os.stat(place).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise with_place(error, place) from error
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"Can't save to {place}: it is a folder, not a file.")
    if not stat.S_ISREG(mode):
        raise OSError(
            f"Can't save to {place}: it is a pipe, a socket or a device, and only regular files "
            f"are replaced."
        )
    return stat.S_IMODE(mode) & 0o777
