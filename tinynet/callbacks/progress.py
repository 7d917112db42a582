"""`ProgressBar`: a moving bar, and a line for each epoch."""

import numbers
import sys
import time
from typing import Any, TextIO

import numpy as np

from tinynet._internal.checks import check_bool, shown
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Callback, Logs, Verbose


class ProgressBar(Callback):
    """Show steps, time, loss and metrics: one line per epoch, and a moving bar until it ends.

    Parameters
    ----------
    live : bool
        Whether to show the bar, which needs a terminal or a notebook.
    file : file-like, optional
        Where to write; ``sys.stdout`` by default.
    """

    @known_keywords
    def __init__(self, live: bool, file: TextIO | None = None) -> None:
        self.live = check_bool(live, "live")
        self.file = file
        self._bar: Any = None

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Start the bar and the clock."""
        self._start = self._shown = time.perf_counter()
        self._label = f"Epoch {epoch + 1}/{self.params['epochs']}"
        if self.live and (self.file or sys.stdout) is not None:
            from tqdm import tqdm

            # tqdm starts a thread to refresh slow bars. This bar is refreshed by hand, ten times a
            # second, and Python in a browser has no threads.
            class Bar(tqdm):  # type: ignore[misc]
                monitor_interval = 0

            self._bar = Bar(
                total=self.params["steps"],
                desc=self._label,
                bar_format="{desc} |{bar:20}| {n_fmt}/{total_fmt} {elapsed}{postfix}",
                file=self.file or sys.stdout,
                leave=False,
            )

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Move the bar, at most ten times a second."""
        now = time.perf_counter()
        if self._bar is not None and now - self._shown > 0.1:
            self._shown = now
            self._bar.n = batch + 1
            self._bar.set_postfix_str(figures(logs))

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Remove the bar and stop the clock."""
        self._close()
        self._seconds = time.perf_counter() - self._start

    def on_epoch_complete(self, epoch: int, logs: Logs) -> None:
        """Write the line, with the values that other callbacks have added to ``logs``."""
        line = f"{self._label} - {self._seconds:.1f}s - {figures(logs)}"
        print(line, file=self.file or sys.stdout, flush=True)

    def on_train_end(self, logs: Logs) -> None:
        """Remove the bar of an epoch that didn't end."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def progress_bar(verbose: Verbose) -> list[Callback]:
    """Return the progress bar for `verbose`: 0 is silent, 1 a live bar, 2 one line per epoch.

    ``"auto"`` is 1 in a terminal or a notebook and 2 elsewhere.
    """
    if isinstance(verbose, str) and verbose == "auto":
        verbose = 1 if is_interactive() else 2
    if not isinstance(verbose, numbers.Integral) or verbose not in (0, 1, 2):
        raise ValueError(f"verbose must be 'auto', 0, 1 or 2, received {shown(verbose)}.")
    return [ProgressBar(live=verbose == 1)] if verbose else []


def figures(logs: Logs) -> str:
    """Format values with four digits: ``loss: 0.1234 - accuracy: 0.9876``."""
    return " - ".join(f"{name}: {formatted(value)}" for name, value in logs.items())


def formatted(value: Any) -> str:
    """Format a number with four digits, and what else a callback may have added, as it is."""
    if np.ndim(value) or not isinstance(np.asarray(value)[()], numbers.Real):
        return str(value)
    return f"{value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{value:.4e}"


def is_interactive() -> bool:
    """Return whether the output is a terminal or a notebook."""
    if sys.stdout is not None and sys.stdout.isatty():  # None in a program without a console
        return True
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")
