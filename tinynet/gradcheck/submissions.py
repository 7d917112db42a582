"""Load submissions for a grader; a file that can't be loaded gives a failing report.

Load a submission and check it::

    from tinynet.gradcheck import check_gradients
    from tinynet.gradcheck.submissions import load_submission

    layer = load_submission("submissions/ada.py", lambda code: code.Dense(4, 3))
    report = check_gradients(layer, x)  # fails with the line if the file has a syntax error

A submission runs in this process with full permissions. Grade untrusted files in a container.
"""

import inspect
import re
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import open_regular
from tinynet.gradcheck.crashes import CrashError, Unusable, kind_of, message_of, suggestion
from tinynet.gradcheck.held import settings_restored


class _Unfit(Unusable):
    """A stand-in for code that runs, but from which the target can't be made."""

    def __init__(self, name: str, kind: str, text: str) -> None:
        self.name, self.kind, self.text = name, kind, text

    def crash(self) -> CrashError:
        """Return what its check reports."""
        return CrashError("code", self.kind, self.text)


def _text_of(error: BaseException, code: types.ModuleType, source: bytes) -> str:
    """Say what the file doesn't define, or can't be called as, without the grader's line."""
    message = message_of(error)
    if isinstance(error, AttributeError) and error.obj is code:
        meant = suggestion(error)
        hint = f"; did you mean {meant!r}?" if meant else ""
        return (
            f"the file defines no {error.name!r}{hint}" if source.strip() else "the file is empty"
        )
    frames = traceback.extract_tb(error.__traceback__)
    is_within = any(frame.filename == code.__file__ for frame in frames)
    called = re.match(r"(\w+)[\w.]*\(\)", message)
    name = called[1] if called else ""
    if is_within or not isinstance(error, TypeError) or name not in vars(code):
        return Unusable("", error).crash().mistake.text
    text = f"the code can't be run: {type(error).__name__}: {message}"
    is_function = inspect.isfunction(vars(code)[name]) and name[0].isupper()
    if is_function and re.search("(missing|takes) .*positional argument", message):
        text += f"; {name} is a function: should it be a class?"
    return text


@known_keywords
def load_submission(path: str | Path, make: Callable[[Any], Any]) -> Any:
    """Run a Python file and make a target for `check_gradients` from what it defines.

    Parameters
    ----------
    path : str or path
        The file. It is run at each call and isn't left in `sys.modules`.
    make : callable
        Takes an object with the names that the file defines as attributes, and returns the target:
        ``lambda code: code.Dense()``.

    Returns
    -------
    object
        The target. If the file or `make` raises an exception (a syntax error, a missing name, a
        call of ``exit``), an object whose check is a failing report with that exception and line.

    Raises
    ------
    TypeError, FileNotFoundError
        If `make` isn't callable, or the file doesn't exist.

    Notes
    -----
    Global settings that the file changes are restored. The working directory, ``sys.stdout`` and
    the warning filters belong to the whole process, so load submissions in one thread at a time.
    """
    file = Path(checks.check_path(path))
    if not callable(make):
        raise TypeError(
            f"make must be a function of the submission's names, received {checks.shown(make)}."
        )
    with open_regular(file) as stream:
        source = stream.read()
    code = types.ModuleType(f"submission {file.stem}")  # no import statement has such a name
    code.__file__ = str(file)
    sys.modules[code.__name__] = code  # where dataclasses look for it
    has_run = False
    with settings_restored():
        try:
            exec(compile(source, str(file), "exec"), vars(code))
            has_run = True
            return make(code)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if re.match(rb'\s*\{.*"nbformat":', source, re.DOTALL):
                text = "the file is a notebook, not Python code: export its code as a script"
                return _Unfit(file.stem, kind_of(error), text)
            if not has_run:
                return Unusable(file.stem, error)
            return _Unfit(file.stem, kind_of(error), _text_of(error, code, source))
        finally:
            sys.modules.pop(code.__name__, None)
