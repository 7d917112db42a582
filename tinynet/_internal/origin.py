"""Whether a class, a function, an object or a line that runs is tinynet's or user-defined."""

import os
import sys
from typing import Any

ROOT = os.path.dirname(os.path.dirname(__file__)) + os.sep  # the package's folder


def is_own_class(made: Any) -> bool:
    """Return whether a class or a function is user-defined, and not tinynet's.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from tinynet import Dense
    >>> is_own_class(Dense), is_own_class(Dense.forward), is_own_class(Fraction)
    (False, False, True)
    """
    return str(getattr(made, "__module__", "")).partition(".")[0] != "tinynet"


def is_own(part: Any) -> bool:
    """Return whether an object's class is user-defined."""
    return is_own_class(type(part))


def levels_inside() -> int:
    """Return the `stacklevel` with which a warning points to the user's line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(ROOT):
        level, frame = level + 1, frame.f_back
    return level
