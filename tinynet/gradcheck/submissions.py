"""Other people's files, for a grader: what can't be loaded is checked, and fails, like all else.

Load a submission, and check what it makes::

    from tinynet.gradcheck import check_gradients
    from tinynet.gradcheck.submissions import load_submission

    layer = load_submission("submissions/ada.py", lambda code: code.Dense(4, 3))
    report = check_gradients(layer, x)  # fails with the line if the file has a syntax error

A submission is run in this process, with all that it may do: grade strangers' files in a container.
"""

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import open_regular
from tinynet.gradcheck.crashes import Unusable


@known_keywords
def load_submission(path: str | Path, make: Callable[[Any], Any]) -> Any:
    """Run a Python file and make a target for `check_gradients` from what it defines.

    Parameters
    ----------
    path : str or path
        The file. It is run anew at each call and doesn't become a module of the program's.
    make : callable
        Gets the file's names as attributes, and returns the target: ``lambda code: code.Dense()``.

    Returns
    -------
    object
        The target; or, if the file or `make` raised an exception (a syntax error, a missing name,
        a call of ``exit``), something whose check is a failing report with that exception and line.

    Raises
    ------
    TypeError, FileNotFoundError
        If `make` can't be called, or there is no such file: that is the caller's.
    """
    file = Path(checks.check_path(path))
    if not callable(make):
        raise TypeError(
            f"make must be a function of the submission's names, received {checks.shown(make)}."
        )
    with open_regular(file) as stream:
        source = stream.read()
    code = types.ModuleType(file.stem)
    code.__file__ = str(file)
    try:
        exec(compile(source, str(file), "exec"), vars(code))
        return make(code)
    except (Exception, SystemExit) as error:
        return Unusable(file.stem, error)
