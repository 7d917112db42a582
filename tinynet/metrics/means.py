"""The losses as metrics, the root mean squared error, and R²."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.metrics.base import LossMetric, Metric, one_target_per_output


class SettingsOfLoss(LossMetric):
    """Base class of the losses as metrics, whose settings are the loss's and the name."""

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = self.loss.get_config()
        return {**{k: v for k, v in config.items() if k != "reduction"}, "name": self.name}


class NamedLossMetric(SettingsOfLoss):
    """Base class of the losses without settings, as metrics.

    A class says its `LOSS`, and as `NAME` the key in the history unless another name is passed.

    Parameters
    ----------
    name : str, optional
        The key in the history.
    """

    LOSS: Callable[[], losses.Loss]
    NAME: str

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        super().__init__(type(self).LOSS(), self.NAME if name is None else name)


class MeanSquaredError(NamedLossMetric):
    """`tinynet.losses.MeanSquaredError` as a metric."""

    LOSS = losses.MeanSquaredError
    NAME = "mean_squared_error"


class MeanAbsoluteError(NamedLossMetric):
    """`tinynet.losses.MeanAbsoluteError` as a metric."""

    LOSS = losses.MeanAbsoluteError
    NAME = "mean_absolute_error"


class MeanAbsolutePercentageError(NamedLossMetric):
    """`tinynet.losses.MeanAbsolutePercentageError` as a metric."""

    LOSS = losses.MeanAbsolutePercentageError
    NAME = "mean_absolute_percentage_error"


class MeanSquaredLogarithmicError(NamedLossMetric):
    """`tinynet.losses.MeanSquaredLogarithmicError` as a metric."""

    LOSS = losses.MeanSquaredLogarithmicError
    NAME = "mean_squared_logarithmic_error"


class LogCoshError(NamedLossMetric):
    """`tinynet.losses.LogCosh` as a metric."""

    LOSS = losses.LogCosh
    NAME = "logcosh"


class Hinge(NamedLossMetric):
    """`tinynet.losses.Hinge` as a metric."""

    LOSS = losses.Hinge
    NAME = "hinge"


class SquaredHinge(NamedLossMetric):
    """`tinynet.losses.SquaredHinge` as a metric."""

    LOSS = losses.SquaredHinge
    NAME = "squared_hinge"


class CategoricalHinge(NamedLossMetric):
    """`tinynet.losses.CategoricalHinge` as a metric."""

    LOSS = losses.CategoricalHinge
    NAME = "categorical_hinge"


class KLDivergence(NamedLossMetric):
    """`tinynet.losses.KLDivergence` as a metric."""

    LOSS = losses.KLDivergence
    NAME = "kl_divergence"


class Poisson(NamedLossMetric):
    """`tinynet.losses.Poisson` as a metric."""

    LOSS = losses.Poisson
    NAME = "poisson"


class CosineSimilarity(NamedLossMetric):
    """Cosine of the angle between prediction and target; 1 is best.

    `tinynet.losses.CosineSimilarity` is minus this value, since a loss is minimised.
    """

    LOSS = losses.CosineSimilarity
    NAME = "cosine_similarity"
    higher_is_better = True

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's cosine."""
        return -super().examples(t, y)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's argument."""
        return {"name": self.name}


class BinaryCrossentropy(SettingsOfLoss):
    """`tinynet.losses.BinaryCrossentropy` as a metric."""

    @known_keywords
    def __init__(
        self,
        name: str = "binary_crossentropy",
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(losses.BinaryCrossentropy(from_logits, label_smoothing), name)


class CategoricalCrossentropy(SettingsOfLoss):
    """`tinynet.losses.CategoricalCrossentropy` as a metric."""

    @known_keywords
    def __init__(
        self,
        name: str = "categorical_crossentropy",
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(losses.CategoricalCrossentropy(from_logits, label_smoothing), name)


class SparseCategoricalCrossentropy(SettingsOfLoss):
    """`tinynet.losses.SparseCategoricalCrossentropy` as a metric."""

    @known_keywords
    def __init__(
        self, name: str = "sparse_categorical_crossentropy", from_logits: bool = False
    ) -> None:
        super().__init__(losses.SparseCategoricalCrossentropy(from_logits), name)


class RootMeanSquaredError(MeanSquaredError):
    """Root of the mean squared error, in the unit of the targets.

    Examples
    --------
    >>> metric = RootMeanSquaredError()
    >>> metric.update(np.array([[0.0], [0.0]]), np.array([[1.0], [7.0]]))
    >>> metric.result()
    5.0
    """

    NAME = "root_mean_squared_error"

    @known_keywords
    def result(self) -> float:
        """Return the root of the mean over all batches."""
        return sqrt(super().result())


class R2Score(Metric):
    """Coefficient of determination: the fraction of the targets' variance that is explained.

    ``R² = 1 - sum (t - y)² / sum (t - mean t)²`` for each output, averaged over the outputs.

    Parameters
    ----------
    class_aggregation : str
        ``"uniform_average"``, or ``"variance_weighted_average"`` to weight the outputs by their
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

    higher_is_better = True
    sums: Any
    shift: np.ndarray  # the first target: squares of large targets would lose their variance

    @known_keywords
    def __init__(self, class_aggregation: str = "uniform_average", name: str = "r2_score") -> None:
        super().__init__(name)
        known = ("uniform_average", "variance_weighted_average")
        self.class_aggregation = checks.lookup(
            class_aggregation, {kind: kind for kind in known}, "class_aggregation"
        )

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is a target for each output."""
        checks.check_rows(output_shape, self.name)
        return one_target_per_output(y_true, output_shape, self.name)

    @known_keywords
    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add the sums of a batch."""
        t, y = t.astype(np.float64), y.astype(np.float64)
        w = np.ones((len(t), 1)) if weights is None else weights.reshape(-1, 1)
        if np.ndim(self.sums) == 0:
            self.shift = t[0]
        d = t - self.shift
        parts = [w + 0 * t, w * d, w * d * d, w * (t - y) ** 2]
        self.sums = self.sums + np.array([part.sum(axis=0) for part in parts])

    @known_keywords
    def result(self) -> float:
        """Return the score over all batches."""
        if np.ndim(self.sums) == 0:
            return 0.0
        count, total, squares, residual = self.sums
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = squares - total * total / count
            scores = 1 - residual / variance
            scores = np.where(np.isinf(scores), 0.0, scores)
            if self.class_aggregation == "uniform_average":
                return float(scores.mean())
            return float((variance * scores).sum() / variance.sum())

    @known_keywords
    def reset(self) -> None:
        """Set all sums to 0."""
        self.sums = 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"class_aggregation": self.class_aggregation, "name": self.name}
