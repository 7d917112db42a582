"""Regularizers: penalties on large weights, added to the loss.

A network with many parameters can memorise its training examples. A penalty on large parameters
counteracts this: a weight grows only if it reduces the loss enough. The penalty is part of the loss
that is minimised, and of the loss that `fit` and `evaluate` report. Its derivative is added to the
gradients.

References
----------
.. [1] A. Hoerl and R. Kennard, "Ridge regression", Technometrics 12 (1970), for the squares.
.. [2] R. Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B 58 (1996), for the
   absolute values.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords, public_names
from tinynet._internal.settings import Settings

__all__ = ["L1", "L1L2", "L2", "REGULARIZERS", "Regularizer", "get", "l1", "l1_l2", "l2"]


class Regularizer(Settings):
    """Base class of the regularizers.

    A subclass defines `__call__`, the penalty of an array, and `gradient`, its derivative.
    """

    @known_keywords
    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty of an array."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(w).")

    @known_keywords
    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the penalty's derivative with respect to the array."""
        raise NotImplementedError(
            f"{type(self).__name__} must define gradient(w), the derivative of its penalty: "
            f"tinynet has no automatic differentiation."
        )


class L1L2(Regularizer):
    """Penalty on absolute values and squares, ``R = l1 sum abs(w) + l2 sum w²``.

    Backward.  abs has the derivative ±1, and 0 is used at w = 0. w² has the derivative 2 w::

        dR/dw = l1 sign(w) + 2 l2 w

    The gradient of the squares is proportional to the weight: all weights become small, but few
    become 0 [1]_. The gradient of the absolute values doesn't depend on the weight's size: many
    weights become 0 [2]_.

    Parameters
    ----------
    l1, l2 : float
        Factors of the two penalties, at least 0.

    Examples
    --------
    >>> penalty = L1L2(l1=0.5, l2=0.25)
    >>> penalty(np.array([1.0, -2.0]))  # 0.5 (1 + 2) + 0.25 (1 + 4)
    2.75
    >>> penalty.gradient(np.array([1.0, -2.0]))
    array([ 1. , -1.5])
    """

    @known_keywords
    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = checks.check_number(0.0 if l1 is None else l1, "l1", minimum=0)
        self.l2 = checks.check_number(0.0 if l2 is None else l2, "l2", minimum=0)

    @known_keywords
    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty."""
        return self.l1 * sum_of_sizes(w) + self.l2 * sum_of_squares(w)

    @known_keywords
    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the derivative."""
        w = checks.as_floats(w, "w")
        return self.l1 * np.sign(w) + (2 * self.l2) * w


class L1(L1L2):
    """Penalty on absolute values, ``R = l1 sum abs(w)``; see `L1L2`.

    Parameters
    ----------
    l1 : float
        The factor, at least 0.

    Examples
    --------
    >>> L1(0.5)(np.array([1.0, -2.0]))
    1.5
    """

    @known_keywords
    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=0.01 if l1 is None else l1)

    @known_keywords
    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty."""
        return self.l1 * sum_of_sizes(w)

    @known_keywords
    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the derivative, l1 sign(w)."""
        return self.l1 * np.sign(checks.as_floats(w, "w"))

    def get_config(self) -> dict[str, Any]:
        """Return the factor."""
        return {"l1": self.l1}


class L2(L1L2):
    """Penalty on squares, ``R = l2 sum w²``; see `L1L2`.

    Parameters
    ----------
    l2 : float
        The factor, at least 0.

    Examples
    --------
    >>> L2(0.5)(np.array([1.0, -2.0]))
    2.5
    """

    @known_keywords
    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)

    @known_keywords
    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty."""
        return self.l2 * sum_of_squares(w)

    @known_keywords
    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the derivative, 2 l2 w."""
        return (2 * self.l2) * checks.as_floats(w, "w")

    def get_config(self) -> dict[str, Any]:
        """Return the factor."""
        return {"l2": self.l2}


def sum_of_sizes(w: np.ndarray) -> float:
    """Return the sum of the absolute values, in float64."""
    return float(np.abs(checks.as_floats(w, "w")).sum(dtype=np.float64))


def sum_of_squares(w: np.ndarray) -> float:
    """Return the sum of the squares, in float64."""
    vector = checks.as_floats(w, "w").ravel().astype(np.float64, copy=False)
    return float(np.dot(vector, vector))


l1, l2, l1_l2 = L1, L2, L1L2  # as Keras also calls them

REGULARIZERS: dict[str, Callable[[], Regularizer]] = {
    "L1": L1,
    "L1L2": L1L2,
    "L2": L2,
    "l1": L1,
    "l1_l2": L1L2,
    "l2": L2,
}


@known_keywords
def get(regularizer: Any) -> Regularizer | None:
    """Return the regularizer for a name, or the regularizer itself; None for None.

    A plain function is refused, since its derivative isn't known.
    """
    if regularizer is None or isinstance(regularizer, Regularizer):
        return regularizer
    if callable(regularizer) and not isinstance(regularizer, type):
        raise TypeError(
            f"A regularizer needs a derivative, received {checks.shown(regularizer)}: derive a "
            f"class from tinynet.regularizers.Regularizer that defines __call__(w) and gradient(w)."
        )
    return checks.lookup(regularizer, REGULARIZERS, "regularizer", "L2")()


__getattr__, __dir__ = public_names(globals())
