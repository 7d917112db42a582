"""`Loss`: what all losses have in common, and what a loss of your own needs."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.showing import constructor_call

REDUCTIONS = {"sum_over_batch_size": "sum_over_batch_size", "mean": "sum_over_batch_size"}
REDUCTIONS |= {"sum": "sum", "none": "none"}


class Loss:
    """What all losses have in common, and the class to derive your own from.

    The loss of a batch is the mean of its examples' losses, and ``1/N`` stands here alone: in
    `value` and in each loss's `gradient`. No layer divides by N.

    A loss of your own defines `costs`, the loss of each example, and `gradient`, the derivative of
    their mean. It defines `targets`, too, if it wants y_true in another form than an array of the
    predictions' shape.

    Parameters
    ----------
    reduction : str or None
        What becomes of the examples' losses: ``"sum_over_batch_size"``, or ``"mean"``, is their
        mean; ``"sum"`` their sum; ``"none"`` or None leaves them as they are, for calls on arrays.
    name : str, optional
        Of the loss.
    """

    reduction: str | None = "sum_over_batch_size"
    name: str | None = None

    @known_keywords
    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ) -> None:
        self.reduction = checks.lookup(
            "none" if reduction is None else reduction, REDUCTIONS, "reduction"
        )
        self.name = checks.check_string(name, "name")

    @known_keywords
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
        t = self.targets(y_true, y_pred.shape[1:])
        return self.value(t, y_pred) * self._times(len(y_pred))

    @known_keywords
    def backward(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """Return the derivative with respect to y_pred, of y_pred's shape."""
        y_true, y_pred = checks.check_predictions(y_true, y_pred, type(self).__name__)
        self.check_outputs(y_pred)
        t = self.targets(y_true, y_pred.shape[1:])
        return self.gradient(t, y_pred) * self._times(len(y_pred))

    @known_keywords
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss, of predictions of shape (N, K) or of one example's, (K,).

        Parameters
        ----------
        y_true, y_pred
            As in `forward`.
        sample_weight : array_like, shape (N,), optional
            What each example's loss is multiplied by.
        """
        y_true = checks.as_numbers(y_true, "y_true")
        y_pred = checks.as_numbers(y_pred, "y_pred")
        if np.ndim(y_pred) == 1 and np.shape(y_true) in ((), np.shape(y_pred)):
            y_true, y_pred = np.asarray(y_true)[np.newaxis], np.asarray(y_pred)[np.newaxis]
        y_true, y_pred = checks.check_predictions(y_true, y_pred, type(self).__name__)
        self.check_outputs(y_pred)
        costs = self.costs(self.targets(y_true, y_pred.shape[1:]), y_pred)
        if sample_weight is not None:
            costs = costs * checks.check_weights(sample_weight, len(costs))
        if self.reduction == "none":
            return costs
        return float(costs.sum(dtype=np.float64)) / len(costs) * self._times(len(costs))

    def _times(self, n: int) -> int:
        """Return what the mean over n examples is multiplied by: n where their sum is wanted."""
        return n if self.reduction == "sum" else 1

    def __repr__(self) -> str:
        """Return the class and the arguments that aren't the defaults."""
        return constructor_call(self)

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
        """Return the arguments that make this loss again, for saving; defaults are left out."""
        given = {"reduction": self.reduction, "name": self.name}
        return {key: value for key, value in given.items() if value != getattr(Loss, key)}


def one_hot_like(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return prepared targets as rows of y's width: class indices become one-hot."""
    return t if t.ndim == 2 else np.eye(y.shape[1], dtype=y.dtype)[t]


def mean_of_outputs(costs: np.ndarray) -> np.ndarray:
    """Return each example's mean over its outputs, in float64, for a loss that adds outputs up."""
    return costs.reshape(len(costs), -1).mean(axis=1, dtype=np.float64)


class Sum(Loss):
    """A loss whose batch counts as the sum of its examples, in place of their mean.

    Parameters
    ----------
    loss : Loss
        The loss.

    Examples
    --------
    >>> from tinynet.losses import MeanSquaredError
    >>> Sum(MeanSquaredError()).forward([[0], [0]], [[1.0], [3.0]])
    10.0
    """

    @known_keywords
    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return N times the loss of each example, of which the mean is the sum."""
        return self.loss.costs(t, y) * len(y)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return N times the gradient of the mean."""
        return self.loss.gradient(t, y) * len(y)

    def value_and_gradient(self, t: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return N times both."""
        value, gradient = self.loss.value_and_gradient(t, y)
        return value * len(y), gradient * len(y)

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Prepare y_true as the loss wants it."""
        return self.loss.targets(y_true, output_shape)


def reduced(loss: Loss) -> Loss:
    """Return what a model is trained with: the loss, or for the reduction "sum" its `Sum`.

    Raises
    ------
    ValueError
        If the reduction is "none": a model needs one number.
    """
    if loss.reduction == "none":
        raise ValueError(
            "A model is trained on one number: reduction must be 'sum_over_batch_size' or 'sum', "
            "received 'none', which is for calls on arrays."
        )
    return Sum(loss) if loss.reduction == "sum" else loss
