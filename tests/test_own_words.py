"""Odd values in every argument of all that is public: what is refused is refused in own words.

Each public function, constructor and method is called with each odd value in each argument. It may
take it. If it raises, what raised must be a ``raise`` in tinynet, not one in NumPy or in Python
that tinynet ran into.
"""

import contextlib
import io
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.odd_values import ODD, Public, everything, good

ROOT = str(Path(tinynet.__file__).parent)
PUBLIC = everything()

# Those that still speak NumPy's or Python's words for some odd values, by room: to be emptied.
# (Data sets have a test of their own, too: `tests/datasets/test_odd_values.py`.)
KNOWN: dict[str, set[str]] = {"gradcheck": set()}

# These would run for ever, and rightly so: they are asked for so many epochs.
KINDS = ValueError | TypeError | OSError | ImportError | NotImplementedError
ENDLESS = {("Sequential.fit", "epochs"), ("Sequential.fit", "batch_size")}


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


def refusal(item: Public, arguments: dict[str, Any]) -> BaseException | None:
    """Return what a call raises, None if it takes its arguments."""
    function = item.make()
    places: list[Any] = []
    for name, parameter in item.signature.parameters.items():
        if (parameter.kind is parameter.POSITIONAL_ONLY and name in arguments) or (
            parameter.kind is parameter.VAR_POSITIONAL and name in arguments
        ):
            places.append(arguments.pop(name))
        elif parameter.kind is parameter.VAR_KEYWORD:
            arguments.pop(name, None)
    try:
        with at_most(2), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            function(*places, **arguments)
    except TooLongError:
        return None
    except Exception as error:
        return error
    return None


def speaks_for_itself(error: BaseException) -> bool:
    """Return whether tinynet raised this, by a statement of its own."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    own = frame.filename.startswith(ROOT) and (frame.line or "").startswith("raise")
    return own and isinstance(error, KINDS)


def offences(item: Public, only: str | None = None) -> Iterator[str]:
    """Return which arguments and odd values make something speak in the words of others."""
    for argument, parameter in item.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD or only not in (None, argument):
            continue
        for kind, odd in ODD.items():
            if kind.startswith("a large number") and (item.name, argument) in ENDLESS:
                continue
            missing = {
                name: odd()
                for name, other in item.signature.parameters.items()
                if other.default is other.empty and other.kind in (0, 1, 3)
            }
            error = refusal(item, missing | good(item.signature) | {argument: odd()})
            if error is not None and not speaks_for_itself(error):
                frame = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{Path(frame.filename).name}:{frame.lineno}"
                yield f"{item.name}({argument}={kind}): {where}: {type(error).__name__}: {error}"[
                    :200
                ]


@pytest.fixture(autouse=True)
def quiet_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, download nothing, and restore what a call may set for all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    tinynet.set_blas_threads(None)


@pytest.mark.parametrize("item", PUBLIC, ids=lambda item: f"{item.room}.{item.name}")
def test_what_is_refused_is_refused_in_own_words(item: Public) -> None:
    known = KNOWN.get(item.room, set())
    found = list(offences(item))
    if item.name in known:
        pytest.xfail(f"{len(found)} offences")
    assert not found, "\n".join(found)
