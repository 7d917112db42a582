"""Errors of the functions that scripts call: which function refused its arguments, and why.

Most functions of `tf` and `keras.ops` hand their arguments to NumPy, whose errors don't say which
of the script's calls was wrong. Their errors start with the function's name.
"""

import functools
import os
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._internal.names import explained

HERE = os.path.dirname(__file__) + os.sep
ROOT = os.path.dirname(os.path.dirname(__file__)) + os.sep  # of all of tinynet
Function = Callable[..., Any]
LONGEST = 300  # characters of an error that is passed on


@functools.cache
def answering_for_itself(function: Function, name: str) -> Function:
    """Return the function `in_own_words`, the same one under all its paths."""
    if "<locals>" in function.__qualname__:  # made from one of NumPy's, it has no name of its own
        function.__name__ = name
    return in_own_words(name)(function)


def in_own_words(name: str) -> Callable[[Function], Function]:
    """Make a function's errors start with its name, for a script.

    Examples
    --------
    >>> import numpy as np
    >>> in_own_words("tf.reshape")(np.reshape)([1, 2, 3], (7,))
    Traceback (most recent call last):
    ValueError: tf.reshape refused its arguments: cannot reshape array of size 3 into shape (7,).
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                with np.errstate(all="ignore"):  # TensorFlow computes inf and NaN silently
                    return function(*arguments, **named)
            except (OSError, ImportError, NotImplementedError):
                raise
            except Exception as error:
                frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
                last = frames[-1].f_code.co_filename
                if last.startswith(ROOT) and not last.startswith(HERE):
                    raise  # from another part of tinynet, which explains it
                own = len(frames) == 1 and hasattr(function, "__code__")
                if own and (unknown := explained(function, arguments, named)):
                    raise unknown from None
                text = str(error).strip().rstrip(".")[:LONGEST] or type(error).__name__
                kind = TypeError if isinstance(error, TypeError) else ValueError
                said = text.startswith((f"{name} ", f"{name}("))
                start = "" if said else f"{name} refused its arguments: "
                raise kind(f"{start}{text}.") from error

        return call

    return decorate
