"""`numerical_gradient`: the slope of a function by central differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.gradcheck.derivatives import STEP, Probe, careful_derivative, quick_derivative
from tinynet.gradcheck.report import Index


@known_keywords
def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: Any, eps: float | None = None
) -> np.ndarray:
    """Return the gradient of a function by finite differences.

    Parameters
    ----------
    f : callable
        A function of an array of float64, returning a number.
    x : array_like
        The point.
    eps : float, optional
        The first step. Defaults to 7.4e-4 times the larger of 1 and abs(entry). See
        `tinynet.gradcheck.derivatives` for the method.

    Returns
    -------
    numpy.ndarray of float64, of x's shape
        At kinks, the mean of the slopes to the left and to the right.

    Raises
    ------
    ValueError, TypeError
        If x isn't an array of finite numbers or f doesn't return one number.

    Examples
    --------
    >>> numerical_gradient(lambda v: v[0] ** 2 * v[1], [3.0, 10.0]).round(9)
    array([60.,  9.])
    """
    if not callable(f):
        raise TypeError(f"f must be a function of an array, received {checks.shown(f)}.")
    x = np.array(checks.as_numbers(x, "x"), dtype=np.float64)
    checks.check_finite(x.ravel(), "x")
    check_step(eps)

    def outputs_at(index: Index) -> Callable[[float], np.ndarray]:
        def outputs(value: float) -> np.ndarray:
            moved = x.copy()
            moved[index] = value
            return np.array([number(f(moved))])

        return outputs

    gradient = np.empty(x.shape)
    with np.errstate(all="ignore"):
        here = np.array([number(f(x.copy()))])
        for index in np.ndindex(x.shape):
            at = float(x[index])
            probe = Probe(outputs_at(index), np.ones(1), at, here, float(abs(here[0])))
            step = eps or STEP * max(1, abs(at))
            derivative = quick_derivative(probe, step)
            if derivative.kink or not derivative.error <= 1e-6 * abs(derivative.value):
                derivative = careful_derivative(probe, step)
            gradient[index] = derivative.value
    return gradient


def number(value: Any) -> float:
    """Return the value of a function as a float; raise ValueError if it isn't one number."""
    array = checks.as_numbers(value, "f(x)")
    if array.size != 1:
        raise ValueError(f"f must return one number, received an array of shape {array.shape}.")
    return float(array.reshape(()))


def check_step(eps: float | None) -> None:
    """Refuse a step that isn't positive."""
    if eps is not None and checks.check_number(eps, "eps") <= 0:
        raise ValueError(f"eps must be positive, received {eps!r}.")
