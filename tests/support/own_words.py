"""Whether an error is raised in tinynet's own words, for the tests that call with odd values."""

import contextlib
import dis
import io
import os
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.odd_values import ODD

ROOT = str(Path(tinynet.__file__).parent)
KINDS = ValueError | TypeError | OSError | ImportError | NotImplementedError
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


class TooLongError(BaseException):
    """A call is at work, so that it has taken the value."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise `TooLongError` if the block takes longer."""

    def late(number: int, frame: Any) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def error_of(call: Callable[[], Any]) -> BaseException | None:
    """Return what a call raises, None if it takes its arguments."""
    try:
        with at_most(1), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            call()
    except TooLongError:
        return None
    except Exception as error:
        return None if followed(error, TooLongError) else error
    return None


def followed(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Return whether an error came up while one of that kind was handled."""
    while error is not None and not isinstance(error, kind):
        error = error.__context__
    return error is not None


def speaks_for_itself(error: BaseException) -> bool:
    """Return whether tinynet raised this, by a statement of its own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    code = trace.tb_frame.f_code
    raised = code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return raised and code.co_filename.startswith(ROOT) and isinstance(error, KINDS)


def described(call: str, error: BaseException) -> str:
    """Return one line about an error in the words of others."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"{call}: {where}: {type(error).__name__}: {error}"[:200]


def odd_values(turn: int, every: int = 1) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Return all odd values, or for a slow function every third, say; others in the next turn.

    Under the profile ``thorough``, all are tried.
    """
    for k, (kind, odd) in enumerate(ODD.items()):
        if THOROUGH or (k + turn) % every == 0:
            yield kind, odd


@contextlib.contextmanager
def quiet_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, emptied in the end, download nothing, and print nothing."""
    monkeypatch.chdir(folder)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
