"""Whether a class, a function or an object is tinynet's or user-defined."""

from typing import Any


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
