"""The hinge losses, known from support-vector machines: they are 0 beyond a margin.

Targets are -1 and 1. If all of them are 0 or 1, each 0 is replaced by -1.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.losses.base import RowLoss, mean_of_outputs


class SignedTargets(RowLoss):
    """Base class of `Hinge` and `SquaredHinge`: targets are -1 and 1."""

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that all entries are from -1 to 1; if all are 0 or 1, convert them to -1 and 1."""
        t = checks.check_range(super().targets(y_true, output_shape), "y_true", -1, 1)
        return 2.0 * t - 1.0 if ((t == 0) | (t == 1)).all() else t


class Hinge(SignedTargets):
    """Hinge loss, ``L = (1/(N K)) sum max(1 - t y, 0)``.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1; entries -1 and 1, or 0 and 1
        y_pred, gradient  (N, K)

    Backward.  The slope is -t where t y < 1, else 0::

        dL/dy = -t (t y < 1) / (N K)

    Source: C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20 (1995).

    Examples
    --------
    >>> loss = Hinge()
    >>> loss.forward([[1.0, -1.0]], [[0.5, -3.0]])
    0.25
    >>> loss.backward([[1.0, -1.0]], [[0.5, -3.0]])
    array([[-0.5,  0. ]])
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        return mean_of_outputs(np.maximum(1 - t * y, 0))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return np.where(t * y < 1, -t / y.size, 0)


class SquaredHinge(SignedTargets):
    """Squared hinge loss, ``L = (1/(N K)) sum max(1 - t y, 0)²``.

    Shapes: as in `Hinge`.

    Backward.  By the chain rule; there is no kink at the margin::

        dL/dy = -2 t max(1 - t y, 0) / (N K)

    Examples
    --------
    >>> loss = SquaredHinge()
    >>> loss.forward([[1.0, -1.0]], [[0.5, -3.0]])
    0.125
    >>> loss.backward([[1.0, -1.0]], [[0.5, -3.0]])
    array([[-0.5,  0. ]])
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        return mean_of_outputs(np.maximum(1 - t * y, 0) ** 2)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return -2 * t * np.maximum(1 - t * y, 0) / y.size


class CategoricalHinge(RowLoss):
    """Hinge loss of K exclusive classes: the correct score must exceed all others by 1.

    ``L = (1/N) sum max(neg - pos + 1, 0)``, where pos = sum_k t[k] y[k] is the score of the correct
    class, and neg = max_k (1 - t[k]) y[k] is the largest other score, or 0 if all are negative.

    Shapes, for N examples and K classes::

        y_true  (N, K), one-hot rows      y_pred, gradient  (N, K)

    Backward.  Where the margin isn't reached, -t from pos, and 1 - t from neg at its largest
    entry. If m entries tie for the largest, each has 1/m of it::

        dL/dy = (where(k is a largest, (1 - t) / m, 0) - t) / N

    Examples
    --------
    >>> loss = CategoricalHinge()
    >>> loss.forward([[0, 1, 0]], [[0.25, 1.0, 0.5]])
    0.5
    >>> loss.backward([[0, 1, 0]], [[0.25, 1.0, 0.5]])
    array([[ 0., -1.,  1.]])
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's loss."""
        return mean_of_outputs(missing_margin(t, y))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        others = (1 - t) * y
        largest = others == others.max(axis=-1, keepdims=True)
        share = largest / np.maximum(largest.sum(axis=-1, keepdims=True), 1)  # none if one is NaN
        dy = (share * (1 - t) - t).astype(y.dtype) / (y.size // y.shape[-1])
        dy[missing_margin(t, y) == 0] = 0
        return dy


def missing_margin(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return max(neg - pos + 1, 0) of each row of scores; see `CategoricalHinge`."""
    pos, neg = (t * y).sum(axis=-1), ((1 - t) * y).max(axis=-1)
    return np.maximum(neg - pos + 1, 0)
