"""Opens files that others wrote: by names that can be names, and regular files alone.

A named pipe or a device looks like a file and never ends, so that a reader would wait for ever.
"""

import io
import os
import re
import stat
from pathlib import Path
from typing import Any

from tinynet._internal.checks import check_path


def path_of(path: Any, what: str = "path") -> Path:
    """Return the path that an argument names, with ``~`` for the user's own folder.

    Raises
    ------
    TypeError
        If it isn't a string or a path.
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
    """Open a regular file to read bytes from.

    Raises
    ------
    OSError
        If it can't be opened, or isn't a regular file.
    """
    # A pipe is opened without waiting for somebody to write to it.
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
