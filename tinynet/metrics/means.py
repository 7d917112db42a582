"""Metrics that are means over the examples: the losses as metrics, and functions of one's own."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet.metrics.base import Metric


class MeanMetric(Metric):
    """A mean over the examples; one of its own defines `values`, one number for each.

    Parameters
    ----------
    name : str, optional
        The key in the history; defaults to the class's name in small letters.
    """

    total = count = 0.0

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's value, of shape (N,)."""
        raise NotImplementedError(f"{type(self).__name__} must define values(t, y).")

    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add a batch's values, each as often as its weight says."""
        values = self.values(t, y)
        if weights is None:
            self.total += float(values.sum(dtype=np.float64))
            self.count += len(values)
        else:
            self.total += float((values * weights).sum(dtype=np.float64))
            self.count += float(weights.sum(dtype=np.float64))

    def result(self) -> float:
        """Return the mean over all batches."""
        return self.total / self.count if self.count else 0.0

    def reset(self) -> None:
        """Forget all batches."""
        self.total = self.count = 0.0


class LossMetric(MeanMetric):
    """A loss as a metric: the mean of what each example costs.

    Parameters
    ----------
    loss : Loss
        The loss.
    name : str, optional
        The key in the history.

    Examples
    --------
    >>> metric = LossMetric(losses.MeanAbsoluteError(), "mae")
    >>> metric.update(np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]]))
    >>> metric.name, metric.result()
    ('mae', 1.5)
    """

    def __init__(self, loss: losses.Loss, name: str | None = None) -> None:
        super().__init__(name)
        self.loss = loss

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Prepare y_true as the loss does."""
        return self.loss.targets(y_true, output_shape)

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each example costs."""
        return self.loss.costs(t, y)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {"loss": self.loss, "name": self.name}


class NamedLossMetric(LossMetric):
    """A loss as a metric with a class of its own."""

    def get_config(self) -> dict[str, Any]:
        """Return the loss's settings and the name."""
        config = self.loss.get_config()
        return {**{k: v for k, v in config.items() if k != "reduction"}, "name": self.name}


class MeanSquaredError(NamedLossMetric):
    """`tinynet.losses.MeanSquaredError` as a metric."""

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(losses.MeanSquaredError(), name)


class MeanAbsoluteError(NamedLossMetric):
    """`tinynet.losses.MeanAbsoluteError` as a metric."""

    def __init__(self, name: str = "mean_absolute_error") -> None:
        super().__init__(losses.MeanAbsoluteError(), name)


class MeanAbsolutePercentageError(NamedLossMetric):
    """`tinynet.losses.MeanAbsolutePercentageError` as a metric."""

    def __init__(self, name: str = "mean_absolute_percentage_error") -> None:
        super().__init__(losses.MeanAbsolutePercentageError(), name)


class MeanSquaredLogarithmicError(NamedLossMetric):
    """`tinynet.losses.MeanSquaredLogarithmicError` as a metric."""

    def __init__(self, name: str = "mean_squared_logarithmic_error") -> None:
        super().__init__(losses.MeanSquaredLogarithmicError(), name)


class LogCoshError(NamedLossMetric):
    """`tinynet.losses.LogCosh` as a metric."""

    def __init__(self, name: str = "logcosh") -> None:
        super().__init__(losses.LogCosh(), name)


class Hinge(NamedLossMetric):
    """`tinynet.losses.Hinge` as a metric."""

    def __init__(self, name: str = "hinge") -> None:
        super().__init__(losses.Hinge(), name)


class SquaredHinge(NamedLossMetric):
    """`tinynet.losses.SquaredHinge` as a metric."""

    def __init__(self, name: str = "squared_hinge") -> None:
        super().__init__(losses.SquaredHinge(), name)


class CategoricalHinge(NamedLossMetric):
    """`tinynet.losses.CategoricalHinge` as a metric."""

    def __init__(self, name: str = "categorical_hinge") -> None:
        super().__init__(losses.CategoricalHinge(), name)


class KLDivergence(NamedLossMetric):
    """`tinynet.losses.KLDivergence` as a metric."""

    def __init__(self, name: str = "kl_divergence") -> None:
        super().__init__(losses.KLDivergence(), name)


class Poisson(NamedLossMetric):
    """`tinynet.losses.Poisson` as a metric."""

    def __init__(self, name: str = "poisson") -> None:
        super().__init__(losses.Poisson(), name)


class CosineSimilarity(NamedLossMetric):
    """The cosine of the angle between prediction and target: 1 is best.

    `tinynet.losses.CosineSimilarity` is minus this, since a loss is to become small.
    """

    def __init__(self, name: str = "cosine_similarity") -> None:
        super().__init__(losses.CosineSimilarity(), name)

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's cosine."""
        return -self.loss.costs(t, y)

    def get_config(self) -> dict[str, Any]:
        """Return the name."""
        return {"name": self.name}


class BinaryCrossentropy(NamedLossMetric):
    """`tinynet.losses.BinaryCrossentropy` as a metric."""

    def __init__(
        self,
        name: str = "binary_crossentropy",
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(losses.BinaryCrossentropy(from_logits, label_smoothing), name)


class CategoricalCrossentropy(NamedLossMetric):
    """`tinynet.losses.CategoricalCrossentropy` as a metric."""

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(losses.CategoricalCrossentropy(from_logits, label_smoothing), name)


class SparseCategoricalCrossentropy(NamedLossMetric):
    """`tinynet.losses.SparseCategoricalCrossentropy` as a metric."""

    def __init__(
        self, name: str = "sparse_categorical_crossentropy", from_logits: bool = False
    ) -> None:
        super().__init__(losses.SparseCategoricalCrossentropy(from_logits), name)


class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean squared error, in the unit of the targets.

    Examples
    --------
    >>> metric = RootMeanSquaredError()
    >>> metric.update(np.array([[0.0], [0.0]]), np.array([[1.0], [7.0]]))
    >>> metric.result()
    5.0
    """

    def __init__(self, name: str = "root_mean_squared_error") -> None:
        super().__init__(name)

    def result(self) -> float:
        """Return the root of the mean over all batches."""
        return sqrt(super().result())


class FunctionMetric(MeanMetric):
    """A function of ``(y_true, y_pred)`` as a metric: the mean of what it returns.

    Parameters
    ----------
    function : callable
        Takes two arrays of a batch and returns an array with one number for each example, or one
        for all.
    name : str, optional
        The key in the history; defaults to the function's name.

    Examples
    --------
    >>> def largest_error(y_true, y_pred):
    ...     return np.abs(y_true - y_pred).max(axis=1)
    >>> metric = FunctionMetric(largest_error)
    >>> metric.update(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]))
    >>> metric.name, metric.result()
    ('largest_error', 3.0)
    """

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        super().__init__(name or getattr(function, "__name__", None))
        self.function = function

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Return y_true as an array; where there is one output, as a column like the outputs."""
        t = checks.as_numbers(y_true, "y_true")
        return t[:, np.newaxis] if t.ndim == 1 and output_shape == (1,) else t

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Call the function; one number counts for every example."""
        t = t.astype(y.dtype, copy=False) if t.dtype.kind == "f" else t
        values = np.asarray(self.function(t, y), dtype=np.float64)
        if values.ndim == 0 or len(values) != len(y):
            return np.full(len(y), values.mean())
        means: np.ndarray = values.reshape(len(values), -1).mean(axis=1)
        return means

    def get_config(self) -> dict[str, Any]:
        """Return the function and the name."""
        return {"function": self.function, "name": self.name}


class R2Score(Metric):
    """Coefficient of determination: the share of the targets' variance that is explained.

    ``R² = 1 - sum (t - y)² / sum (t - mean t)²``, of each output, and the mean over the outputs.

    Parameters
    ----------
    class_aggregation : str
        ``"uniform_average"``, or ``"variance_weighted_average"`` for outputs that count by their
        targets' variance.
    name : str
        The key in the history.

    Examples
    --------
    >>> metric = R2Score()
    >>> metric.update(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [2.0]]))
    >>> metric.result()
    0.5
    """

    sums: Any = 0.0

    def __init__(self, class_aggregation: str = "uniform_average", name: str = "r2_score") -> None:
        super().__init__(name)
        known = ("uniform_average", "variance_weighted_average")
        self.class_aggregation = checks.lookup(
            class_aggregation, {kind: kind for kind in known}, "class_aggregation"
        )

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is a number for each output."""
        return losses.MeanSquaredError().targets(y_true, output_shape)

    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add a batch to the four sums."""
        t, y = t.astype(np.float64), y.astype(np.float64)
        w = np.ones((len(t), 1)) if weights is None else weights.reshape(-1, 1)
        parts = [w + 0 * t, w * t, w * t * t, w * (t - y) ** 2]
        self.sums = self.sums + np.array([part.sum(axis=0) for part in parts])

    def result(self) -> float:
        """Return the score over all batches."""
        if np.ndim(self.sums) == 0:
            return 0.0
        count, total, squares, residual = self.sums
        variance = squares - total * total / count
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = 1 - residual / variance
        scores = np.where(np.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            return float(scores.mean())
        return float((variance * scores).sum() / variance.sum())

    def reset(self) -> None:
        """Forget all batches."""
        self.sums = 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {"class_aggregation": self.class_aggregation, "name": self.name}
