"""Writing files so that at every moment the old one or the new one is there, whole."""

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give the block a file to write to, and put it in the place of `path` when it is complete.

    The block writes under a temporary name in the same folder; what it wrote is forced onto the
    disk before the name changes, and then the change of name, too. If anything fails, `path` is as
    it was and the temporary file is gone. If the process is killed, `path` is the old file or the
    new one, and a file ``*.part`` may be left beside it, which can be deleted.

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
        sync_folder(os.path.dirname(temporary))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def sync_folder(folder: str) -> None:
    """Force a folder's names onto the disk, where the system lets folders be opened for that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
