"""`Loss`: what all losses have in common, and what a loss of your own needs."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.calls import explained, explained_class


@explained_class
class Loss:
    """What all losses have in common, and the class to derive your own from.

    The loss of a batch is the mean of its examples' losses, and ``1/N`` stands here alone: in
    `value` and in each loss's `gradient`. No layer divides by N.

    A loss of your own defines `costs`, the loss of each example, and `gradient`, the derivative of
    their mean. It defines `targets`, too, if it wants y_true in another form than an array of the
    predictions' shape.
    """

    @explained
    def forward(self, y_true: Any, y_pred: Any) -> float:
        """Return the loss.

        Parameters
        ----------
        y_true : array_like
            What is right, in the form that `targets` describes.
        y_pred : array_like, shape (N, K)
            What was predicted.

        Raises
        ------
        ValueError
            If the shapes don't fit, or y_true holds what can't be a target.
        """
        y_true, y_pred = checks.check_predictions(y_true, y_pred, type(self).__name__)
        self.check_outputs(y_pred)
        return self.value(self.targets(y_true, y_pred.shape[1:]), y_pred)

    @explained
    def backward(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """Return the derivative with respect to y_pred, of y_pred's shape."""
        y_true, y_pred = checks.check_predictions(y_true, y_pred, type(self).__name__)
        self.check_outputs(y_pred)
        return self.gradient(self.targets(y_true, y_pred.shape[1:]), y_pred)

    __call__ = forward

    def check_outputs(self, y: np.ndarray) -> None:
        """Refuse predictions that the loss has no meaning for, in a call by hand.

        `fit` looks at no outputs: `tinynet.diagnose` says what is wrong with those.
        """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of each example, shape (N,), for targets t that `targets` has prepared.

        A loss that defines `value` alone is asked for one example after the other.
        """
        if type(self).value is Loss.value:
            raise NotImplementedError(f"{type(self).__name__} must define costs(t, y).")
        rows = range(len(y))
        return np.array([self.value(t[n : n + 1], y[n : n + 1]) for n in rows], dtype=np.float64)

    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        """Return the loss of the batch, the mean of its costs, summed in float64."""
        return float(self.costs(t, y).sum(dtype=np.float64)) / len(y)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy, for targets t that `targets` has prepared."""
        raise NotImplementedError(f"{type(self).__name__} must define gradient(t, y).")

    def value_and_gradient(self, t: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return both, for a loss that computes them faster together."""
        return self.value(t, y), self.gradient(t, y)

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check y_true against predictions of shape (N, ...) and prepare it.

        `fit` does this once for the whole data set, so that no step need do it again.
        """
        t = checks.as_numbers(y_true, "y_true")
        if t.ndim == 1 and output_shape == (1,):
            t = t[:, np.newaxis]
        if t.shape[1:] != output_shape:
            raise ValueError(
                f"{type(self).__name__} expected y_true of shape "
                f"{('N', *output_shape)}, received {t.shape}.".replace("'", "")
                + checks.target_hint(t, output_shape)
            )
        checks.check_finite(t, "y_true")
        return t

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again, for saving."""
        return {}


def one_hot_like(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return prepared targets as rows of y's width: class indices become one-hot."""
    return t if t.ndim == 2 else np.eye(y.shape[1], dtype=y.dtype)[t]


def mean_of_outputs(costs: np.ndarray) -> np.ndarray:
    """Return each example's mean over its outputs, in float64, for a loss that adds outputs up."""
    return costs.reshape(len(costs), -1).mean(axis=1, dtype=np.float64)
