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
from tinynet._internal.names import explain_keywords, known_keywords
from tinynet._internal.saving.files import open_regular
from tinynet.gradcheck.crashes import CrashError, Unusable, kind_of, message_of, suggestion
from tinynet.gradcheck.held import settings_restored


@explain_keywords
class Unfit(Unusable):
    """A stand-in for code that runs, but from which the target can't be made."""

    def __init__(self, name: str, error: BaseException, code: types.ModuleType) -> None:
        super().__init__(name, error)
        self.code = code

    def crash(self) -> CrashError:
        """Return what its check reports, without the line of the grader's `make`."""
        error, file = self.error, self.code.__file__
        within = [f.name for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
        if within or not isinstance(error, AttributeError | TypeError):
            crash = super().crash()
            kind, text = crash.mistake.kind, crash.mistake.text
        else:
            kind, text = kind_of(error), self.missing(error)
        called = within or re.findall(r"^(\w+)\(\)", message_of(error))
        is_function = called and inspect.isfunction(vars(self.code).get(called[0]))
        if is_function and called[0][0].isupper():
            text += f"; {called[0]} is a function: should it be a class?"
        return CrashError("code", kind, text)

    def missing(self, error: BaseException) -> str:
        """Say what the file doesn't define, or can't be called as."""
        meant = suggestion(error)
        hint = f"; did you mean {meant!r}?" if meant else ""
        if not (isinstance(error, AttributeError) and error.obj is self.code):
            return f"the code can't be run: {type(error).__name__}: {message_of(error)}{hint}"
        if not Path(self.code.__file__ or "").read_bytes().strip():
            return "the file is empty"
        return f"the file defines no {error.name!r}{hint}"


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
            return Unfit(file.stem, error, code) if has_run else Unusable(file.stem, error)
        finally:
            sys.modules.pop(code.__name__, None)
