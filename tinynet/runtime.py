"""What `fit` arranges around the training: memory, BLAS threads and Ctrl-C."""

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

_lock = threading.Lock()
_users = 0
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


def set_blas_threads(threads: int | None) -> None:
    """Fix the number of threads that matrix products run on in `fit`, `evaluate` and `predict`.

    Parameters
    ----------
    threads : int or None
        At least 1; None, as at the start, lets tinynet decide from the model's and the batch's
        size. Outside of those three nothing is changed.

    Examples
    --------
    >>> set_blas_threads(2)
    >>> set_blas_threads(None)
    """
    global _threads
    _threads = None if threads is None else check_count(threads, "threads")


@cache
def _blas() -> Any:
    """Return what controls NumPy's BLAS; to find it takes milliseconds, so it is done once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


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
    global _users, _limits
    if _threads is None and multiply_adds >= SMALL_PRODUCT:
        yield
        return
    with _lock:
        if _users == 0:
            _limits = _blas().limit(limits=_threads or 1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limits.restore_original_limits()


@contextmanager
def quiet(model: "Sequential", batch_size: int) -> Iterator[None]:
    """Run a model on as many BLAS threads as pay, and let NaN speak for itself, without warnings.

    Parameters
    ----------
    model : Sequential
        A model that is built.
    batch_size : int
        Examples that go through it at once.
    """
    pairs = zip(model.layers, model.input_shapes, strict=True)
    largest = batch_size * max(layer.multiply_adds(shape) for layer, shape in pairs)
    with blas_threads(largest), np.errstate(all="ignore"):
        yield


@contextmanager
def stop_on_interrupt(model: "Sequential") -> Iterator[threading.Event]:
    """Let the first Ctrl-C stop the training after the current batch: no step is cut in two.

    The event that the block is given tells whether that happened. A second Ctrl-C raises as usual.
    Where Ctrl-C means something else already, and in threads, which Python gives no signals to,
    nothing is changed.
    """
    interrupted = threading.Event()

    def handle(signum: int, frame: Any) -> None:
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
