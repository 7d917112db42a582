"""`Loss`: the base class of all losses."""

from math import prod
from typing import Any

import numpy as np

from tinynet._internal import checks, data_hints
from tinynet._internal.names import known_keywords
from tinynet._internal.settings import PlainSettings, constructor_call

REDUCTIONS = {
    "sum_over_batch_size": "sum_over_batch_size",
    "mean": "sum_over_batch_size",
    "sum": "sum",
    "none": "none",
}


class Loss(PlainSettings):
    """Base class of all losses; derive your own from it.

    The loss of a batch is the mean of its examples' losses. The factor 1/N of that mean is part of
    `value` and of `gradient`, so layers don't divide by N.

    A subclass defines `costs`, the loss of each example, and `gradient`, the derivative of
    their mean. It also defines `targets` if y_true isn't an array of the predictions' shape.

    Parameters
    ----------
    reduction : str or None
        ``"sum_over_batch_size"`` or ``"mean"`` takes the mean over the examples, ``"sum"`` their
        sum. ``"none"`` or None returns one loss per example, in calls on arrays only.
    name : str, optional
        The name of the loss.
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
        self.name = checks.check_optional_name(name, "name")

    @known_keywords
    def forward(self, y_true: Any, y_pred: Any) -> float:
        """Return the loss of predictions y_pred, of shape (N, K), for the targets y_true.

        An error is raised if the shapes don't fit or y_true isn't a valid target.
        """
        t, y = prepared(self, y_true, y_pred)
        own = type(self).value is not Loss.value
        mean = self.value(t, y) if own else mean_of(self._checked_costs(t, y))
        return mean * self._times(y)

    @known_keywords
    def backward(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """Return the derivative with respect to y_pred."""
        t, y = prepared(self, y_true, y_pred)
        return self.gradient(t, y) * self._times(y)

    @known_keywords
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of predictions of shape (N, K), or of one example, (K,).

        `sample_weight`, of shape (N,), multiplies the examples' losses.
        """
        y_true = checks.as_numbers(y_true, "y_true")
        y_pred = checks.as_numbers(y_pred, "y_pred")
        if y_pred.ndim == 1 and y_true.shape in ((), y_pred.shape):
            y_true, y_pred = y_true[np.newaxis], y_pred[np.newaxis]
        t, y = prepared(self, y_true, y_pred)
        costs = self._checked_costs(t, y)
        if sample_weight is not None:
            costs = costs * checks.check_weights(sample_weight, len(costs))
        if self.reduction == "none":
            return costs
        return mean_of(costs) * self._times(y)

    def _times(self, y: np.ndarray) -> int:
        """Return the factor that turns the mean of `costs` into the reduction."""
        return self._terms(y) if self.reduction == "sum" else 1

    def _terms(self, y: np.ndarray) -> int:
        """Return how many terms the reduction "sum" adds up: one for each example."""
        return len(y)

    def __repr__(self) -> str:
        """Return the class and the arguments that aren't defaults."""
        return constructor_call(self)

    def _checked_costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return `costs`, or raise an error if they don't have the shape (N,)."""
        return check_each(self.costs(t, y), len(y), f"{type(self).__name__}.costs")

    @known_keywords
    def check_outputs(self, y: np.ndarray) -> None:
        """Raise an error if the loss isn't defined for these predictions; used in direct calls.

        `fit` doesn't check outputs. `tinynet.diagnose` explains what is wrong with them.
        """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of each example, shape (N,), for targets prepared by `targets`.

        A subclass that defines only `value` has it called for one example at a time.
        """
        if type(self).value is Loss.value:
            hint = " Keras's call(y_true, y_pred) is costs(t, y) here." * hasattr(self, "call")
            raise NotImplementedError(f"{type(self).__name__} must define costs(t, y).{hint}")
        rows = range(len(y))
        return np.array([self.value(t[n : n + 1], y[n : n + 1]) for n in rows], dtype=np.float64)

    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        """Return the loss of the batch: the mean of `costs`, summed in float64."""
        return mean_of(self._checked_costs(t, y))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy, for targets prepared by `targets`."""
        raise NotImplementedError(f"{type(self).__name__} must define gradient(t, y).")

    def value_and_gradient(self, t: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return both. Override it if they can share work."""
        return self.value(t, y), self.gradient(t, y)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check y_true against predictions of shape (N, ...) and convert it.

        `fit` does this once for the whole data set, not in each step.
        """
        t = checks.as_targets(y_true, output_shape)
        if t.shape[1:] != output_shape:
            raise ValueError(
                f"{type(self).__name__} expected y_true of shape "
                f"{('N', *output_shape)}, received {t.shape}.".replace("'", "")
                + data_hints.target_hint(t, output_shape)
            )
        checks.check_finite(t, "y_true")
        return t

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments that aren't defaults, for saving."""
        given = {"reduction": self.reduction, "name": self.name}
        return {key: value for key, value in given.items() if value != getattr(Loss, key)}


class RowLoss(Loss):
    """Base class of losses with one value for each row of outputs, along the last axis.

    For outputs with further axes, (N, T, K), an example costs the mean of its T rows, and the
    reduction "sum" adds up all N T rows, as in Keras.
    """

    def _terms(self, y: np.ndarray) -> int:
        """Return the number of rows."""
        return y.size // y.shape[-1]


def prepared(loss: Loss, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and predictions, checked, as the loss's `costs` and `gradient` take them.

    float16 becomes float32, since it can't represent 1 - 1e-7, or a batch size above 65504.
    """
    t, y = checks.check_predictions(y_true, y_pred, type(loss).__name__)
    y = y.astype(checks.own_dtype(y), copy=False)
    loss.check_outputs(y)
    return as_computed(loss.targets(t, y.shape[1:]), y), y


def as_computed(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return prepared targets as floating-point numbers, in y's dtype if they were integers.

    In the arithmetic of uint8, -1 is 255, and 20 squared is 144. Class indices, a vector, remain.
    """
    return t if t.ndim == 1 or t.dtype.kind == "f" else t.astype(y.dtype)


def mean_of(costs: np.ndarray) -> float:
    """Return the mean of the examples' losses, summed in float64."""
    return float(costs.sum(dtype=np.float64)) / len(costs)


def check_each(values: Any, n: int, method: str) -> np.ndarray:
    """Return what a method returned if it is an array of one number for each of n examples."""
    if isinstance(values, np.ndarray) and values.shape == (n,) and values.dtype.kind in "fiub":
        return values
    hint = ": take the mean over the outputs alone, .mean(axis=1)" * (np.shape(values) != (n,))
    kind = ValueError if isinstance(values, np.ndarray | np.generic) else TypeError
    raise kind(
        f"{method} must return one number per example, an array of shape ({n},) for {n} examples, "
        f"received {what_was_returned(values)}{hint if hasattr(values, 'shape') else ''}."
    )


def what_was_returned(value: Any) -> str:
    """Return what an error message says of a method's result."""
    if isinstance(value, np.ndarray | np.generic):
        return f"shape {value.shape}" if value.dtype.kind in "fiub" else f"dtype {value.dtype}"
    return checks.shown(value) if value is None or np.isscalar(value) else type(value).__name__


def one_hot_like(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return prepared targets as rows of y's width; class indices become one-hot rows."""
    if t.ndim == 2:
        return t
    rows = np.zeros((len(t), y.shape[-1]), dtype=y.dtype)
    rows[np.arange(len(t)), t] = 1
    return rows


def mean_of_outputs(costs: np.ndarray) -> np.ndarray:
    """Return each example's mean over its outputs, in float64."""
    return costs.reshape(len(costs), prod(costs.shape[1:])).mean(axis=1, dtype=np.float64)


class Sum(Loss):
    """A loss summed over the batch instead of averaged.

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
        """Return each example's loss times the number of terms, so that their mean is the sum."""
        return self.loss.costs(t, y) * self.loss._terms(y)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean times the number of terms."""
        return self.loss.gradient(t, y) * self.loss._terms(y)

    def value_and_gradient(self, t: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean and its gradient, times the number of terms."""
        value, gradient = self.loss.value_and_gradient(t, y)
        return value * self.loss._terms(y), gradient * self.loss._terms(y)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Prepare y_true as the wrapped loss does."""
        return self.loss.targets(y_true, output_shape)


def reduced(loss: Loss) -> Loss:
    """Return the loss that a model is trained with: a `Sum` for the reduction "sum".

    The reduction "none" raises an error, since training needs a single number.
    """
    if loss.reduction == "none":
        raise ValueError(
            "Training needs a single number: reduction must be 'sum_over_batch_size' or 'sum', "
            "received 'none', which is for calls on arrays."
        )
    return Sum(loss) if loss.reduction == "sum" else loss
