"""What `fit` arranges around the training: BLAS threads and Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinynet.models import Sequential

SMALL_PRODUCT = 1 << 24  # multiply-adds; below this a second thread costs more than it brings

_lock = threading.Lock()
_users = 0
_limits: Any = None


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
    if multiply_adds >= SMALL_PRODUCT:
        yield
        return
    from threadpoolctl import threadpool_limits

    with _lock:
        if _users == 0:
            _limits = threadpool_limits(limits=1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limits.restore_original_limits()


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
