"""What `fit` arranges around the training: memory, BLAS threads and Ctrl-C."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet.checks import check_count

if TYPE_CHECKING:
    from tinynet.models import Sequential

SMALL_PRODUCT = 1 << 24  # multiply-adds; below this a second thread costs more than it brings

CACHE_LINE = 64  # bytes
LARGEST_THRESHOLD = 31 << 20  # bytes; beyond 32 MiB glibc raises it no further

_lock = threading.Lock()
_users: list[int] = []  # the threads that want the limit, by their numbers
_limits: Any = None
_threads: int | None = None  # what the user asked for


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """Return a vector that starts where a cache line does.

    NumPy's arrays start anywhere, and then every wide load of a processor's vector unit touches two
    cache lines: the reference step takes two or three percent longer.
    """
    vector = np.zeros(size + CACHE_LINE // dtype.itemsize, dtype=dtype)
    start = -vector.ctypes.data % CACHE_LINE // dtype.itemsize
    return vector[start : start + size]


@cache
def keep_freed_memory() -> None:
    """Let the C library keep what a step frees, for the next step to take; once in a process.

    A step allocates the same arrays as the one before. But blocks above a threshold, 128 KiB at
    first, glibc fetches from the system and gives back at once, so that the system has to clear
    their pages anew at each step: with Adam and 700,000 parameters that is half of the time. It
    raises the threshold to the size of the largest block that was ever freed. So one is freed here
    that nobody has touched, which takes an address range but no memory, though `tracemalloc` counts
    it. Elsewhere this does no harm.

    Source: mallopt(3), M_MMAP_THRESHOLD, of the Linux manual pages.
    """
    np.empty(LARGEST_THRESHOLD, dtype=np.uint8)


def set_blas_threads(threads: int | None) -> None:
    """Fix the number of threads that matrix products run on in `fit`, `evaluate` and `predict`.

    Parameters
    ----------
    threads : int or None
        At least 1; None, as at the start, lets tinynet decide from the model's and the batch's
        size. Outside of those three nothing is changed.

    Notes
    -----
    The number of threads is the process's, and the last bits of a large product depend on it. So if
    a large and a small model train at once in two threads, set it, to have the bits of each alone.

    Examples
    --------
    >>> set_blas_threads(2)
    >>> set_blas_threads(None)
    """
    global _threads
    _threads = None if threads is None else check_count(threads, "threads")


@cache
def _blas() -> Any:
    """Return what controls NumPy's BLAS; to find it takes milliseconds, so it is done once.

    None where threadpoolctl isn't installed: in a browser, which has no threads to control.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ModuleNotFoundError:
        return None
    return ThreadpoolController()


def _take_control() -> None:
    """Let this thread set the limit, and restore it.

    Recent releases of threadpoolctl (3.8 is one) listen to the first thread alone that did so, and
    ignore the others without a word. Here a lock and a count keep the threads apart.
    """
    for library in _blas().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


@contextmanager
def blas_threads(multiply_adds: int) -> Iterator[None]:
    """While the block lasts, keep NumPy's matrix products on one thread if they are small.

    A product with a batch of 32 takes some tens of microseconds: less than it costs to share it
    between threads. The limit is the process's. If two models train at once in two threads, the
    first sets it and the last restores what was there before, also when an exception flies.

    Parameters
    ----------
    multiply_adds : int
        Of the largest product in the block.
    """
    global _limits
    if (_threads is None and multiply_adds >= SMALL_PRODUCT) or _blas() is None:
        yield
        return
    with _lock:
        if not _users:
            _take_control()
            _limits = _blas().limit(limits=_threads or 1, user_api="blas")
        _users.append(threading.get_ident())
    try:
        yield
    finally:
        with _lock:
            _leave([threading.get_ident()])


def _leave(threads: list[int]) -> None:
    """Take away some of the users; the last one restores the limit. The lock is held."""
    for thread in threads:
        _users.remove(thread)
    if threads and not _users:
        _take_control()
        _limits.restore_original_limits()
        _take_control()


def _after_fork_in_child() -> None:
    """Leave for the threads that the child hasn't got: they never will."""
    try:
        _leave([thread for thread in _users if thread != threading.get_ident()])
    finally:
        _lock.release()


if hasattr(os, "register_at_fork"):  # the lock, or a child might wait for a thread it hasn't got
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork_in_child
    )


@contextmanager
def quiet(model: "Sequential", batch_size: int) -> Iterator[None]:
    """Run a model on as many BLAS threads as pay, and let NaN speak for itself, without warnings.

    What one batch frees is kept for the next.

    Parameters
    ----------
    model : Sequential
        A model that is built.
    batch_size : int
        Examples that go through it at once.
    """
    pairs = zip(model.layers, model.input_shapes, strict=True)
    largest = batch_size * max(layer.multiply_adds(shape) for layer, shape in pairs)
    keep_freed_memory()
    with blas_threads(largest), np.errstate(all="ignore"):
        yield


@contextmanager
def stop_on_interrupt(model: "Sequential") -> Iterator[threading.Event]:
    """Let the first Ctrl-C stop the training after the current batch: no step is cut in two.

    The event that the block is given tells whether that happened. A second Ctrl-C raises as usual.
    Where Ctrl-C means something else already, and in threads, which Python gives no signals to,
    nothing is changed. In a child that was forked meanwhile it raises as usual.
    """
    interrupted = threading.Event()
    process = os.getpid()

    def handle(signum: int, frame: Any) -> None:
        if os.getpid() != process:
            signal.default_int_handler(signum, frame)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupted.set()
        model.stop_training = True

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupted
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
