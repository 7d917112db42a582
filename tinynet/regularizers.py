"""Penalties on large weights, added to the loss.

A network with many parameters can learn its training examples by heart. A penalty makes large
parameters cost something, so that only those grow that help enough. It is part of the loss that is
minimised, and so of the loss that `fit` and `evaluate` report; its derivative is added to the
parameters' gradients.

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
from tinynet._internal.names import known_keywords, module_attribute


class Regularizer:
    """What all penalties have in common, and the class to derive your own from.

    One of your own defines `__call__`, the penalty of an array, and `gradient`, its derivative.
    """

    @known_keywords
    def __init__(self) -> None:
        super().__init__()

    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty of an array."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(w).")

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the penalty's derivative with respect to the array."""
        raise NotImplementedError(f"{type(self).__name__} must define gradient(w).")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this regularizer again, for saving."""
        return dict(vars(self))

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        config = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({config})"


class L1L2(Regularizer):
    """Absolute values and squares, ``R = l1 sum abs(w) + l2 sum w²``.

    Backward.  abs has the slope ±1, and 0 is taken at its kink; w² has the slope 2 w::

        dR/dw = l1 sign(w) + 2 l2 w

    The squares pull at a weight the less the smaller it is, so that all become small and few become
    0 [1]_; the absolute values pull with the same force to the end, so that many become 0 [2]_.

    Parameters
    ----------
    l1, l2 : float
        The two factors, at least 0.

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

    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty."""
        w = checks.as_floats(w, "w").astype(np.float64, copy=False)
        return float(self.l1 * np.abs(w).sum() + self.l2 * np.square(w).sum())

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return its derivative."""
        w = checks.as_floats(w, "w")
        dw: np.ndarray = self.l1 * np.sign(w) + (2 * self.l2) * w
        return dw


class L1(L1L2):
    """Absolute values alone, ``R = l1 sum abs(w)``: see `L1L2`.

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

    def get_config(self) -> dict[str, Any]:
        """Return the factor."""
        return {"l1": self.l1}


class L2(L1L2):
    """Squares alone, ``R = l2 sum w²``: see `L1L2`.

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

    def get_config(self) -> dict[str, Any]:
        """Return the factor."""
        return {"l2": self.l2}


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
    """Return the regularizer of that name, or the regularizer itself; None for None.

    Raises
    ------
    ValueError
        If no regularizer has that name.
    TypeError
        If it is something else, a plain function among them.
    """
    if regularizer is None or isinstance(regularizer, Regularizer):
        return regularizer
    if callable(regularizer) and not isinstance(regularizer, type):
        raise TypeError(
            f"A regularizer needs a derivative, received {checks.shown(regularizer)}: derive a "
            f"class from tinynet.regularizers.Regularizer that defines __call__(w) and gradient(w)."
        )
    return checks.lookup(regularizer, REGULARIZERS, "regularizer")()


def __getattr__(name: str) -> object:
    raise module_attribute(__name__, name, globals())
