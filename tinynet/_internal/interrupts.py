"""Ctrl-C ends the training after the current batch."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tinynet._internal.protocols import Trained


@contextmanager
def stop_on_interrupt(model: Trained) -> Iterator[threading.Event]:
    """Make the first Ctrl-C stop training after the current batch, so that no step is interrupted.

    The event that the block receives tells whether that happened. A second Ctrl-C raises
    `KeyboardInterrupt`, as does any Ctrl-C in a forked child. Nothing changes if another handler is
    installed, or outside the main thread, where Python delivers no signals.
    """
    import signal  # here, so that `import tinynet` stays quick

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
