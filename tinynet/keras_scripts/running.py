"""Run a program in the module `__main__`, and show its errors with its own lines alone.

The program is to notice nothing: ``sys.argv``, ``__name__``, ``__file__``, the exit status and the
traceback of an error are those of ``python script.py``. For that it runs in the module ``__main__``
itself, and the frames of this package are taken out of a traceback before it is shown.
"""

import builtins
import os
import sys
from collections.abc import Callable, Iterable
from types import CodeType, TracebackType
from typing import Any, NoReturn

from tinynet._internal import names as checked_names

# Files whose frames tell a reader of a traceback nothing: they run the program, or check its calls.
OWN = (os.path.dirname(__file__) + os.sep, checked_names.__file__)


def fail(message: str) -> NoReturn:
    """Leave with a message and the status of a wrong command line."""
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
    """Run a program; an error that ends it is shown with the program's own lines.

    The error itself goes on to Python, which shows it by `sys.excepthook`, that of the program if
    it has put one in, and sets the exit status.
    """
    try:
        for code in codes():
            exec(code, names)
    except SystemExit:
        raise
    except BaseException:
        show = sys.excepthook
        sys.excepthook = lambda kind, error, traceback: show(kind, error, without_own(error))
        raise


def without_own(error: BaseException) -> TracebackType | None:
    """Take the frames of this package out of the traceback of an error; return what is left.

    The errors that it followed from lose theirs, too.
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
    """Return an error and those that it followed from."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        seen = waiting.pop()
        if seen is not None and seen not in found:
            found.append(seen)
            waiting += [seen.__cause__, seen.__context__]
    return found


def is_own(traceback: TracebackType) -> bool:
    """Return whether a frame is of this package, or of the check of a call's keywords."""
    return traceback.tb_frame.f_code.co_filename.startswith(OWN)
