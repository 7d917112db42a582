"""Losses for regression, besides the mean squared error.

They differ in the weight of large errors. The gradient of the squared error grows with the error,
so one outlier can dominate a step. The gradient of the absolute error has the same size for every
error. `Huber` and `LogCosh` are quadratic near 0 and linear for large errors.

Each is a mean over N examples and over K outputs, where K counts all axes but the first.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.losses.base import RowLoss, mean_of_outputs

SMALLEST = 1e-7  # lower bound for denominators and for arguments of logarithms


class MeanAbsoluteError(RowLoss):
    """Mean absolute error, ``L = (1/(N K)) sum abs(y - t)``.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K)

    Backward.  abs has slope 1 above 0 and -1 below. At the kink, 0 is used::

        dL/dy = sign(y - t) / (N K)

    Examples
    --------
    >>> loss = MeanAbsoluteError()
    >>> loss.forward([[1.0, 2.0]], [[2.0, 5.0]])
    2.0
    >>> loss.backward([[1.0, 2.0]], [[2.0, 2.0]])
    array([[0.5, 0. ]])
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean of abs(y - t)."""
        return mean_of_outputs(np.abs(y - t))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return np.sign(y - t) / y.size


class MeanAbsolutePercentageError(RowLoss):
    """Mean absolute percentage error, ``L = (100/(N K)) sum abs(y - t) / abs(t)``.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K)

    Backward.  The denominator is constant::

        dL/dy = 100 sign(y - t) / (N K abs(t))

    Notes
    -----
    abs(t) is at least 1e-7.

    Examples
    --------
    >>> loss = MeanAbsolutePercentageError()
    >>> loss.forward([[2.0, 4.0]], [[1.0, 5.0]])  # 50 and 25 per cent
    37.5
    >>> loss.backward([[2.0, 4.0]], [[1.0, 5.0]])
    array([[-25. ,  12.5]])
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean percentage."""
        return 100 * mean_of_outputs(np.abs(y - t) / np.maximum(np.abs(t), SMALLEST))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return np.sign(y - t) * (100 / np.maximum(np.abs(t), SMALLEST)) / y.size


class MeanSquaredLogarithmicError(RowLoss):
    """Mean squared logarithmic error, ``L = (1/(N K)) sum (log(1 + y) - log(1 + t))²``.

    For positive numbers of different magnitudes: the loss depends on the ratio of 1 + y to 1 + t.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K)

    Backward.  By the chain rule, with d log(1 + y)/dy = 1 / (1 + y)::

        dL/dy = 2 (log(1 + y) - log(1 + t)) / ((1 + y) N K)

    Notes
    -----
    Targets and predictions below 1e-7, including negative ones, are replaced by 1e-7. Such a
    prediction has gradient 0.

    Examples
    --------
    >>> loss = MeanSquaredLogarithmicError()
    >>> print(round(loss.forward([[1.0, 3.0]], [[3.0, 3.0]]), 6))  # log(2)² / 2
    0.240227
    >>> print(loss.backward([[1.0, 3.0]], [[3.0, -1.0]]).round(6))
    [[ 0.173287 -0.      ]]
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean squared difference of the logarithms."""
        return mean_of_outputs((log_of(y) - log_of(t)) ** 2)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        slope = (y > SMALLEST) / (1 + np.maximum(y, SMALLEST))
        return 2 * (log_of(y) - log_of(t)) * slope / y.size


class Huber(RowLoss):
    """Huber loss: quadratic for small errors, linear for large ones.

    With e = y - t, an output costs ``e² / 2`` where abs(e) <= delta, and
    ``delta (abs(e) - delta / 2)`` elsewhere. Value and slope are continuous. L is the mean over
    examples and outputs.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K)

    Backward.  The slope is e where abs(e) <= delta, and ±delta elsewhere::

        dL/dy = clip(y - t, -delta, delta) / (N K)

    Source: P. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics
    35 (1964).

    Parameters
    ----------
    delta : float
        Where the loss becomes linear.
    reduction, name
        As in `Loss`.

    Examples
    --------
    >>> loss = Huber(delta=1.0)
    >>> loss.forward([[0.0, 0.0]], [[0.5, 2.0]])  # 1/8 and 3/2
    0.8125
    >>> loss.backward([[0.0, 0.0]], [[0.5, 2.0]])
    array([[0.25, 0.5 ]])
    """

    @known_keywords
    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.delta = checks.check_number(delta, "delta", minimum=0)

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        size = np.abs(y - t)
        far = self.delta * (size - 0.5 * self.delta)
        return mean_of_outputs(np.where(size <= self.delta, 0.5 * size**2, far))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return np.clip(y - t, -self.delta, self.delta) / y.size

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"delta": self.delta, **super().get_config()}


class LogCosh(RowLoss):
    """Logarithm of the hyperbolic cosine, ``L = (1/(N K)) sum log cosh(y - t)``.

    With e = y - t, it is about e² / 2 for small errors and abs(e) - log 2 for large ones.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K)

    Backward.  The slope is sinh(e) / cosh(e)::

        dL/dy = tanh(y - t) / (N K)

    Examples
    --------
    >>> loss = LogCosh()
    >>> print(round(loss.forward([[0.0]], [[1000.0]]), 6))  # cosh itself would overflow
    999.306853
    >>> print(loss.backward([[0.0]], [[1.0]]).round(6))
    [[0.761594]]
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean, from cosh(e) = exp(abs(e)) (1 + exp(-2 abs(e))) / 2."""
        size = np.abs(y - t, dtype=np.float64)
        return mean_of_outputs(size + np.log1p(np.exp(-2 * size)) - np.log(2))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return np.tanh(y - t) / y.size


def log_of(x: np.ndarray) -> np.ndarray:
    """Return log(1 + x), with x at least 1e-7."""
    return np.log1p(np.maximum(x, SMALLEST))
