"""The number of BLAS threads that matrix products run on."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from tinynet._internal import blas
from tinynet._internal.checks import check_count
from tinynet._internal.memory import keep_freed_memory
from tinynet._internal.names import known_keywords

# In multiply-adds. Above it, a second thread saves a quarter of a step if its core is free. If
# another program has the core, a step takes up to several times as long.
SMALL_PRODUCT = 1 << 24

_lock = threading.Lock()
_users: list[int] = []  # the identifiers of the threads that need the limit
_limits: Any = None
_threads: int | None = None  # set by the user


@known_keywords
def set_blas_threads(threads: int | None) -> None:
    """Set the number of threads for matrix products in `fit`, `evaluate` and `predict`.

    Parameters
    ----------
    threads : int or None
        At least 1. None, the default, lets tinynet decide by the sizes of the model and the batch.
        Outside these three methods nothing is changed.

    Notes
    -----
    The number of threads applies to the whole process, and the last bits of a large product depend
    on it. If a large and a small model train at once in two threads, set it to get the same bits as
    when each trains alone.

    Examples
    --------
    >>> set_blas_threads(2)
    >>> set_blas_threads(None)
    """
    global _threads
    _threads = None if threads is None else check_count(threads, "threads")


def _take_control() -> None:
    """Allow this thread to set the limit and to restore it.

    Recent releases of threadpoolctl, such as 3.8, obey only the first thread that set a limit and
    silently ignore the others. Here a lock and a count coordinate the threads.
    """
    for library in blas.controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


@contextmanager
def blas_threads(multiply_adds: int) -> Iterator[None]:
    """Within the block, keep NumPy's matrix products on one thread if they are small.

    A product with a batch of 32 takes some tens of microseconds: a second thread saves little, and
    costs much if it has to wait for its core. The limit applies to the whole process. If two models
    train at once in two threads, the first sets it and the last restores the previous limit, also
    after an exception.

    Parameters
    ----------
    multiply_adds : int
        The size of the largest product in the block.
    """
    global _limits
    if (_threads is None and multiply_adds >= SMALL_PRODUCT) or blas.controller() is None:
        yield
        return
    with _lock:
        if not _users:
            _take_control()
            _limits = blas.controller().limit(limits=_threads or 1, user_api="blas")
        _users.append(threading.get_ident())
    try:
        yield
    finally:
        with _lock:
            _leave([threading.get_ident()])


def _leave(threads: list[int]) -> None:
    """Remove some of the users; the last one restores the limit. The caller holds the lock."""
    for thread in threads:
        _users.remove(thread)
    if threads and not _users:
        _take_control()
        _limits.restore_original_limits()
        _take_control()


def _after_fork_in_child() -> None:
    """Remove the users whose threads don't exist in the child."""
    try:
        _leave([thread for thread in _users if thread != threading.get_ident()])
    finally:
        _lock.release()


if hasattr(os, "register_at_fork"):  # or a child might wait for a lock that no thread of it holds
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork_in_child
    )


@cache
def _touch_buffers() -> None:
    """Prepare the buffers of small products, which run on one thread."""
    with blas_threads(0):
        blas.touch_buffers()


@contextmanager
def quiet(multiply_adds: int) -> Iterator[None]:
    """Choose the number of BLAS threads and silence NumPy's warnings about NaN and infinity.

    Memory that one batch frees is kept for the next.

    Parameters
    ----------
    multiply_adds : int
        The size of the largest product in the block.
    """
    keep_freed_memory()
    _touch_buffers()
    with blas_threads(multiply_adds), np.errstate(all="ignore"):
        yield
