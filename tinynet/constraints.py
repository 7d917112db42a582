"""Constraints: after each training step, parameters are projected onto the allowed values.

A constraint is a function of an array. With ``axis=0``, norms are computed over each column of W,
the incoming weights of one unit.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords, public_names, snake_case
from tinynet._internal.settings import Settings

__all__ = [
    "CONSTRAINTS",
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "unit_norm",
]

Rule = Callable[[np.ndarray], np.ndarray]
EPSILON = 1e-7  # avoids a division by a norm of 0


class Constraint(Settings):
    """Base class of the constraints.

    A subclass defines `__call__`, which returns the allowed array that is nearest to its argument.
    """

    @known_keywords
    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the allowed array."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(w).")


class NonNeg(Constraint):
    """Replace negative entries by 0: ``max(w, 0)``.

    Examples
    --------
    >>> NonNeg()(np.array([1.0, -2.0]))
    array([1., 0.])
    """

    @known_keywords
    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the allowed array."""
        return np.maximum(checks.as_floats(w, "w"), 0)


class MinMaxNorm(Constraint):
    """Limit norms to [min_value, max_value]: ``w d / norm``, with d the norm clipped to them.

    Parameters
    ----------
    min_value, max_value : float
        Limits of the norm.
    rate : float
        Fraction of the correction that is applied at each step, from 0 to 1.
    axis : int or tuple of int
        Axes over which the norm is computed.

    Examples
    --------
    >>> print(MinMaxNorm(1.0, 2.0)(np.array([[3.0, 0.3], [4.0, 0.4]])).round(3))
    [[1.2 0.6]
     [1.6 0.8]]
    """

    @known_keywords
    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | tuple[int, ...] = 0,
    ) -> None:
        self.min_value = checks.check_number(min_value, "min_value", minimum=0)
        self.max_value = checks.check_number(max_value, "max_value", minimum=0)
        if self.min_value > self.max_value:
            raise ValueError(
                f"min_value must be at most max_value, received {min_value} and {max_value}."
            )
        self.rate = checks.check_share(rate, "rate")
        self.axis = check_axis(axis)

    @known_keywords
    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the allowed array."""
        w = checks.as_floats(w, "w")
        norm = norms(w, self.axis)
        between = np.clip(norm, self.min_value, self.max_value)
        wanted = self.rate * between + (1 - self.rate) * norm
        return w * (wanted / (EPSILON + norm))


class MaxNorm(MinMaxNorm):
    """Limit norms to `max_value`.

    Source: N. Srivastava et al., "Dropout", JMLR 15 (2014), section 5.1.

    Parameters
    ----------
    max_value : float
        The largest norm.
    axis : int or tuple of int
        Axes over which the norm is computed.

    Examples
    --------
    >>> print(MaxNorm(2.0)(np.array([[3.0, 0.3], [4.0, 0.4]])).round(3))
    [[1.2 0.3]
     [1.6 0.4]]
    """

    @known_keywords
    def __init__(self, max_value: float = 2, axis: int | tuple[int, ...] = 0) -> None:
        super().__init__(0.0, max_value, axis=axis)

    def get_config(self) -> dict[str, Any]:
        """Return the limit and the axis."""
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(MinMaxNorm):
    """Scale norms to 1.

    Parameters
    ----------
    axis : int or tuple of int
        Axes over which the norm is computed.

    Examples
    --------
    >>> print(UnitNorm()(np.array([[3.0], [4.0]])).round(3))
    [[0.6]
     [0.8]]
    """

    @known_keywords
    def __init__(self, axis: int | tuple[int, ...] = 0) -> None:
        super().__init__(1.0, 1.0, axis=axis)

    def get_config(self) -> dict[str, Any]:
        """Return the axis."""
        return {"axis": self.axis}


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm  # as in Keras

CONSTRAINTS: dict[str, Callable[[], Constraint]] = {
    kind.__name__: kind for kind in (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)
}
CONSTRAINTS |= {snake_case(name): kind for name, kind in CONSTRAINTS.items()}


@known_keywords
def get(constraint: Any) -> Rule | None:
    """Return the constraint for a name, or the constraint or function itself; None for None."""
    if inspect.isfunction(constraint):
        checks.check_function(constraint, "constraint", ["w"])
    if constraint is None or (callable(constraint) and not isinstance(constraint, type)):
        return constraint
    return checks.lookup(constraint, CONSTRAINTS, "constraint", "MaxNorm")()


def norms(w: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """Return the norms of an array over an axis, with keepdims."""
    return np.sqrt(np.square(w).sum(axis=axis, keepdims=True))


def check_axis(axis: Any) -> int | tuple[int, ...]:
    """Return an axis, or a tuple of axes."""
    if isinstance(axis, tuple | list):
        return tuple(checks.check_count(one, "axis", minimum=-9) for one in axis)
    return checks.check_count(axis, "axis", minimum=-9)


__getattr__, __dir__ = public_names(globals())
