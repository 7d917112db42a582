"""Writing files so that at every moment the old one or the new one is there, whole."""

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give the block a file to write to, and put it in the place of `path` when it is complete.

    The block writes under a temporary name in the same folder; what it wrote is forced onto the
    disk before the name changes. If anything fails, `path` is as it was and the temporary file is
    gone.

    Parameters
    ----------
    path : str or path
        The file to write or replace.

    Raises
    ------
    OSError
        If the folder is missing or can't be written to, or the disk is full.

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
    temporary = f"{os.fspath(path)}.{os.urandom(8).hex()}.part"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
