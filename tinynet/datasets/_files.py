"""Checks file names and opens regular files only.

A named pipe or a device looks like a file but may never end, so a reader would wait forever.
"""

import io
import os
import re
import stat
from pathlib import Path
from typing import Any

from tinynet._internal.checks import check_path


def path_of(path: Any, what: str = "path") -> Path:
    """Return the path that an argument names, with ``~`` expanded to the user's home folder.

    Raises
    ------
    TypeError
        If the argument isn't a string or a path.
    ValueError
        If no file can have this name.

    Examples
    --------
    >>> path_of("digits.csv").name
    'digits.csv'
    >>> path_of("")
    Traceback (most recent call last):
    ValueError: path must be the name of a file or a folder, received ''.
    """
    name = check_path(path, what)
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        encoded = b"\0"
    if not name or b"\0" in encoded:
        raise ValueError(f"{what} must be the name of a file or a folder, received {name!r}.")
    if re.match("(https?|ftp|s3|gs)://", name):
        raise ValueError(
            f"{what} must be the name of a file or a folder, received the address {name!r}. "
            f"Download the file first."
        )
    return Path(os.path.expanduser(name))


def open_regular(path: Path) -> io.BufferedReader:
    """Open a regular file for reading bytes.

    Raises
    ------
    OSError
        If it can't be opened or isn't a regular file.
    """
    # Don't wait until another process opens a pipe for writing.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise OSError(error.errno, f"Can't read {path}: {error.strerror}") from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(f"Can't read {path}: it is a folder, not a file.")
        raise OSError(f"Can't read {path}: it is a pipe or a device, not a file.")
    return open(descriptor, "rb")
