"""Run a program in the module `__main__`, with tracebacks that show only its own lines.

The program runs as under ``python script.py``, with the same ``sys.argv``, ``__name__``,
``__file__``, exit status and tracebacks. To achieve this, it runs in the module ``__main__``, and
the frames of this package are removed from a traceback before it is shown.
"""

import builtins
import os
import sys
from collections.abc import Callable, Iterable
from types import CodeType, TracebackType
from typing import Any, NoReturn

from tinynet._internal import absent
from tinynet._internal import names as checked_names

# Files whose frames don't help a reader of a traceback: they run the program or check its calls.
OWN = (os.path.dirname(__file__) + os.sep, checked_names.__file__)


def fail(message: str) -> NoReturn:
    """Exit with a message and the status for a wrong command line."""
    print(f"python -m tinynet: {message}", file=sys.stderr)
    sys.exit(2)


def start(arguments: list[str], folder: str | None, **attributes: Any) -> dict[str, Any]:
    """Set `sys.argv` and `sys.path` for a program, and return the names of a fresh `__main__`."""
    sys.argv = arguments
    if folder is not None and not sys.flags.safe_path:
        sys.path[0] = folder
    names = vars(sys.modules["__main__"])
    names.clear()
    names.update(
        {
            "__name__": "__main__",
            "__doc__": None,
            "__package__": None,
            "__spec__": None,
            "__annotations__": {},
            "__builtins__": builtins,
        }
    )
    names.update(attributes)
    return names


def execute(codes: Callable[[], Iterable[CodeType]], names: dict[str, Any]) -> None:
    """Run a program; an error that ends it is shown with only the program's own lines.

    The error propagates to Python, which shows it with `sys.excepthook`, possibly the program's
    own, and sets the exit status.
    """
    try:
        for code in codes():
            exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name in absent.OF_NOTEBOOKS:
            error.add_note(absent.OF_NOTEBOOKS[error.name])
        show = sys.excepthook
        sys.excepthook = lambda kind, error, traceback: show(kind, error, without_own(error))
        raise


def without_own(error: BaseException) -> TracebackType | None:
    """Remove the frames of this package from the traceback of an error; return the rest.

    They are also removed from the errors that caused it.
    """
    for seen in linked(error):
        frames = []
        traceback = seen.__traceback__
        while traceback is not None:
            frames.append(traceback)
            traceback = traceback.tb_next
        begun = [k for k, frame in enumerate(frames) if frame.tb_frame.f_code is execute.__code__]
        rest = None
        for frame in reversed(frames[begun[0] + 1 if begun else 0 :]):
            if not is_own(frame):
                frame.tb_next = rest
                rest = frame
        seen.__traceback__ = rest
    return error.__traceback__


def linked(error: BaseException | None) -> list[BaseException]:
    """Return an error and the errors that caused it."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        seen = waiting.pop()
        if seen is not None and seen not in found:
            found.append(seen)
            waiting += [seen.__cause__, seen.__context__]
    return found


def is_own(traceback: TracebackType) -> bool:
    """Return whether a frame belongs to this package or to the check of a call's keywords."""
    return traceback.tb_frame.f_code.co_filename.startswith(OWN)
