"""Code under test that crashes: the exception, the line, and the missing name.

Exceptions in the code under test are reported. Exceptions are only raised if all classes under test
are tinynet's own, because then the caller's arguments are invalid, such as an input of a wrong
shape.
"""

import difflib
import os
import re
import sysconfig
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from tinynet.gradcheck.evidence import Mistake

OURS = str(Path(__file__).parents[1])
NUMPY = str(Path(np.__file__).parent)
STANDARD = sysconfig.get_path("stdlib") + os.sep
PACKAGES = {"site-packages", "dist-packages"}  # folders of installed libraries
LONG = 400  # characters of an exception or a line that are shown


class CrashError(Exception):
    """Code under test that crashed or can't be checked.

    `where` is ``"forward"``, ``"backward"`` or another name of what was called.
    """

    def __init__(self, where: str, kind: str, text: str) -> None:
        super().__init__(text)
        self.where, self.mistake = where, Mistake(kind, text)


FAILURES = (CrashError, ValueError, TypeError)  # what a pass at another input may raise


class Unusable:
    """A stand-in for code that can't be loaded; its check fails with the reason."""

    def __init__(self, name: str, error: BaseException) -> None:
        self.name, self.error = name, error

    def crash(self) -> CrashError:
        """Return what its check reports."""
        text = f"the code can't be run: {describe(self.error)}"
        return CrashError("code", kind_of(self.error), text)


class guarded:  # noqa: N801 - lower case, like `contextlib.suppress`
    """Turn an exception in code under test into a `CrashError`, in a ``with`` statement.

    If all classes under test are tinynet's `own`, exceptions are the caller's, and are raised.
    (It is a class because it is entered for every output, and `contextmanager` is much slower.)
    """

    __slots__ = ("own", "where")

    def __init__(self, where: str, *, own: bool = False) -> None:
        self.where, self.own = where, own

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise the exception as a `CrashError`, including those of exit and pytest.skip."""
        if error is None or self.own or isinstance(error, CrashError | KeyboardInterrupt):
            return
        what = f"{self.where} crashes"
        is_a_stub = isinstance(error, NotImplementedError) and not message_of(error)
        if is_a_stub and self.where != "copying":
            what = unwritten(error, self.where)
        text = f"{what}: {describe(error, self.where)}"
        raise CrashError(self.where, kind_of(error), text) from error


def unwritten(error: BaseException, where: str) -> str:
    """Say what isn't written yet: what was called, or a function that it calls."""
    inner = [frame.name for frame in lines_of(error)[1:]]
    if inner and inner[-1] != where:
        return f"{where} calls {inner[-1]}, which isn't written yet"
    return f"{where} isn't written yet"


def kind_of(error: BaseException) -> str:
    """Return the kind of a crash: of a misspelt name, or of anything else."""
    return "misspelt" if isinstance(error, AttributeError | NameError) else "crash"


def is_refusal(error: Exception) -> bool:
    """Whether the code raised the exception itself, or divided by a number that was 0."""
    cause = error.__cause__
    if cause is None or isinstance(cause, ZeroDivisionError | AssertionError):
        return cause is not None
    line = next(reversed(lines_of(cause)), None)
    return line is not None and bool(re.search(r"\braise\b", line.line or ""))


def is_of_a_library(filename: str) -> bool:
    """Whether a file is Python's own, or one of an installed library."""
    is_python = is_within(filename, STANDARD, "<frozen ")
    return is_python or not PACKAGES.isdisjoint(Path(filename).parts)


def lines_of(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the lines outside tinynet and NumPy, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f for f in frames if not is_within(f.filename, OURS, NUMPY)]


def line_of(error: BaseException) -> traceback.FrameSummary | None:
    """Return the innermost line outside all libraries, or that of a library if there is none."""
    lines = lines_of(error)
    written = [line for line in lines if not is_of_a_library(line.filename)]
    return next(reversed(written or lines), None)


def is_within(filename: str, *folders: str) -> bool:
    """Whether a file lies in one of the folders."""
    return filename.startswith(folders)


def describe(error: BaseException, where: str = "") -> str:
    """Describe an exception with its line and a suggestion for a misspelt name."""
    message = " ".join(message_of(error).split())
    text = shortened(type(error).__name__ + (f": {message}" if message else ""))
    if isinstance(error, SyntaxError) and error.lineno:
        code = shortened((error.text or "").strip())
        place = f"{Path(error.filename or '?').name}, line {error.lineno}"
        return f"{type(error).__name__}: {error.msg} ({place}: {code})"
    if isinstance(error, AttributeError) and error.name and f"{error.name!r}" not in text:
        text += f" (there is no {error.name!r})"
    meant = suggestion(error)
    if meant:
        text += f"; did you mean {meant!r}?"
    line = line_of(error)
    if line is None:
        if isinstance(error, TypeError) and "positional arg" in text and where == "update":
            text += "; define step(self, parameters, gradients, learning_rate)"
        elif isinstance(error, TypeError) and re.search(
            r"missing .*'(learning_)?(lr|rate|eta)'", text
        ):
            text += (
                "; leave the step to an optimizer: backward(dy) stores the gradients, such as "
                "self.dW, and returns dx"
            )
        elif isinstance(error, TypeError) and "positional arg" in text and where == "the function":
            text += "; it is called as f(x), or as f(x, y) if check_gradients is given y"
        elif isinstance(error, TypeError) and re.search(
            r"\w\.\w+\(\) takes 1 .* 2 were given", text
        ):
            text += (
                "; define the methods as forward(self, x) and backward(self, dy): is `self` "
                "missing? Where backward takes no dy, pass an object whose backward(dy) calls it"
            )
        elif isinstance(error, TypeError) and "positional argument" in text:
            text += (
                "; forward is called with x, and backward with dy, alone: pass others as a pair of "
                "functions, such as (lambda x: m.forward(x, w), lambda dy: m.backward()), or, "
                "where it holds weights, an object whose forward(x) and backward(dy) call its own; "
                "if one is the targets, pass a function of one array that returns (loss, gradient)"
            )
        return text
    code = (line.line or "").strip()
    code = shortened(code)
    name = line.filename if line.filename.startswith("<") else Path(line.filename).name
    return f"{text} ({name}, line {line.lineno}{': ' if code else ''}{code})"


def message_of(error: BaseException) -> str:
    """Return an exception's message, or a note that it can't be printed."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "its message can't be printed"


def shortened(text: str) -> str:
    """Return a text without its final full stop, or the beginning of a very long one."""
    return f"{text[:LONG]}..." if len(text) > LONG else text.rstrip(".")


def suggestion(error: BaseException) -> str | None:
    """Return the known name closest to a misspelt one."""
    wrong: Any = getattr(error, "name", None)
    if not isinstance(wrong, str):
        return None
    known: list[str] = []
    if isinstance(error, AttributeError) and error.obj is not None:
        known = dir(error.obj)
    elif isinstance(error, NameError) and error.__traceback__ is not None:
        frame = [f for f, _ in traceback.walk_tb(error.__traceback__)][-1]
        known = [*frame.f_locals, *frame.f_globals]
    near = difflib.get_close_matches(wrong, [name for name in known if name != wrong], n=1)
    return near[0] if near else None


def as_outputs(value: Any, where: str) -> np.ndarray:
    """Return a copy of the result of a forward pass, as floats; raise CrashError otherwise.

    A copy, because the code may write the next result into the same array.
    """
    if value is None:
        text = f"{where} returns nothing: its return is missing"
        raise CrashError(where, "returns_nothing", text)
    array = copied(value)
    if array.dtype.kind != "f":
        dtype = f" of dtype {value.dtype}" if isinstance(value, np.ndarray) else ""
        returned = f"{type(value).__name__}{dtype}"
        text = f"{where} must return an array of real numbers; it returned {returned}"
        raise CrashError(where, "wrong_shape", text)
    return array


def copied(value: Any) -> np.ndarray:
    """Return a copy as an array, of floats or complex numbers, or of objects if nothing fits."""
    try:
        array = np.array(value)
        return array.astype(np.float64) if array.dtype.kind in "iub" else array
    except Exception:
        return np.array(None)
