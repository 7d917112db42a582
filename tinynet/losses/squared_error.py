"""`MeanSquaredError`, the usual loss for regression."""

import numpy as np

from tinynet.losses.base import RowLoss, mean_of_outputs


class MeanSquaredError(RowLoss):
    """Mean squared error, ``L = (1/(N K)) sum (y - t)²``, a mean over examples and outputs.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K)

    Backward.  dL/dy = 2 (y - t) / (N K)

    Examples
    --------
    >>> loss = MeanSquaredError()
    >>> loss.forward([[1.0, 2.0]], [[1.0, 4.0]])
    2.0
    >>> loss.backward([[1.0, 2.0]], [[1.0, 4.0]])
    array([[0., 2.]])
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean of (y - t)²."""
        return mean_of_outputs(np.square(y - t, dtype=np.float64))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return 2 * (y - t) / y.size
