"""Metrics from counts of correct and incorrect decisions: precision, recall, area under a curve.

An output above a threshold is a positive prediction, otherwise a negative one. Each is true or
false, that is, correct or incorrect, which gives *true positives* (TP), *false positives* (FP),
*true negatives* (TN) and *false negatives* (FN). With several outputs, each is counted.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.activations import sigmoid
from tinynet.metrics.base import Metric, one_target_per_output

EPSILON = 1e-7
Thresholds = float | Sequence[float] | None


class ConfusionMetric(Metric):
    """Base class of metrics that count TP, FP, TN and FN, for one or several thresholds.

    Parameters
    ----------
    thresholds : float or sequence of float, optional
        An output above the threshold is positive. Defaults to 0.5.
    class_id : int, optional
        Index of the only output to count.
    name : str, optional
        The key in the history. Defaults to the class name in snake case.
    """

    NAME = "confusion"

    @known_keywords
    def __init__(
        self, thresholds: Thresholds = None, class_id: int | None = None, name: str | None = None
    ) -> None:
        levels = checks.as_floats(0.5 if thresholds is None else thresholds, "thresholds")
        if levels.ndim > 1 or levels.size == 0:
            raise ValueError(
                f"thresholds must be a number or a list of numbers, received shape {levels.shape}."
            )
        self.thresholds: Any = None if thresholds is None else levels.tolist()
        self.levels = np.atleast_1d(levels.astype(np.float64))
        checks.check_finite(self.levels, "thresholds")
        self.class_id = (
            None if class_id is None else checks.check_count(class_id, "class_id", minimum=0)
        )
        super().__init__(type(self).NAME if name is None else name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is a target for each output. Any value but 0 is positive."""
        if self.class_id is not None and self.class_id >= output_shape[-1]:
            raise ValueError(
                f"class_id must be below {output_shape[-1]}, the number of outputs, "
                f"received {self.class_id}."
            )
        return one_target_per_output(y_true, output_shape, self.name) != 0

    @known_keywords
    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count the predictions of a batch.

        Each output is counted once, by the number of thresholds below it. Cumulative sums then give
        the counts for every threshold.
        """
        w = np.ones(len(y)) if weights is None else weights
        w = np.broadcast_to(w.reshape(-1, *[1] * (y.ndim - 1)), y.shape)
        if self.class_id is not None:
            t, y, w = (array[..., self.class_id] for array in (t, y, w))
        order = np.argsort(self.levels)
        kind = np.result_type(y, np.float16)  # y's: in float64, 0.3 of float32 is above 0.3
        levels = self.levels[order].astype(kind)
        above = np.searchsorted(levels, y.ravel(), side="left")
        above[np.isnan(y.ravel())] = 0  # NaN is above nothing, though NumPy sorts it to the end
        right = t.ravel().astype(bool)
        places = len(self.levels) + 1
        yes = np.bincount(above[right], w.ravel()[right], places)[::-1].cumsum()[::-1]
        no = np.bincount(above[~right], w.ravel()[~right], places)[::-1].cumsum()[::-1]
        self.true_positives[order] += yes[1:]
        self.false_positives[order] += no[1:]
        self.false_negatives[order] += yes[0] - yes[1:]
        self.true_negatives[order] += no[0] - no[1:]

    @known_keywords
    def reset(self) -> None:
        """Set all counts to 0."""
        self.true_positives, self.false_positives, self.true_negatives, self.false_negatives = (
            np.zeros(len(self.levels)) for _ in range(4)
        )

    @known_keywords
    def value(self) -> np.ndarray:
        """Return the value for each threshold."""
        raise NotImplementedError(f"{type(self).__name__} must define value().")

    @known_keywords
    def result(self) -> Any:
        """Return the value over all batches, or an array of values for several thresholds."""
        values = self.value()
        return float(values[0]) if len(self.levels) == 1 else values

    def check_one_number(self) -> None:
        """Raise an error if there are several thresholds."""
        if np.ndim(self.result()):
            raise ValueError(
                f"The metric {self.name!r} of a model must be one number, received "
                f"thresholds={self.thresholds}: use a metric for each threshold."
            )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"thresholds": self.thresholds, "class_id": self.class_id, "name": self.name}


class Precision(ConfusionMetric):
    """Fraction of positive predictions that are correct, ``TP / (TP + FP)``; 0 if there are none.

    Parameters
    ----------
    thresholds, class_id, name
        As in `ConfusionMetric`.

    Examples
    --------
    >>> metric = Precision()
    >>> metric.update(np.array([[1], [0], [1]]), np.array([[0.9], [0.8], [0.1]]))
    >>> metric.result()
    0.5
    """

    NAME = "precision"
    higher_is_better = True

    @known_keywords
    def value(self) -> np.ndarray:
        """Return TP / (TP + FP)."""
        return share(self.true_positives, self.true_positives + self.false_positives)


class Recall(ConfusionMetric):
    """Fraction of positive targets that are found, ``TP / (TP + FN)``; 0 if there are none.

    Parameters
    ----------
    thresholds, class_id, name
        As in `ConfusionMetric`.

    Examples
    --------
    >>> metric = Recall()
    >>> metric.update(np.array([[1], [0], [1]]), np.array([[0.9], [0.8], [0.1]]))
    >>> metric.result()
    0.5
    """

    NAME = "recall"
    higher_is_better = True

    @known_keywords
    def value(self) -> np.ndarray:
        """Return TP / (TP + FN)."""
        return share(self.true_positives, self.true_positives + self.false_negatives)


class Count(ConfusionMetric):
    """Base class of the four counts; `NAME` is the attribute with the count.

    Parameters
    ----------
    thresholds, name
        As in `ConfusionMetric`.
    """

    @known_keywords
    def __init__(self, thresholds: Thresholds = None, name: str | None = None) -> None:
        super().__init__(thresholds, None, name)

    @known_keywords
    def value(self) -> np.ndarray:
        """Return the count."""
        return getattr(self, self.NAME)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {"thresholds": config["thresholds"], "name": self.name}


class TruePositives(Count):
    """Number of correct positive predictions."""

    NAME = "true_positives"
    higher_is_better = True


class FalsePositives(Count):
    """Number of incorrect positive predictions."""

    NAME = "false_positives"


class TrueNegatives(Count):
    """Number of correct negative predictions."""

    NAME = "true_negatives"
    higher_is_better = True


class FalseNegatives(Count):
    """Number of incorrect negative predictions."""

    NAME = "false_negatives"


class AUC(ConfusionMetric):
    """Area under a curve: how well the outputs separate the classes, over all thresholds.

    The ROC curve plots TP / (TP + FN) against FP / (FP + TN). Its area is the probability that a
    random positive example has a larger output than a random negative one. The PR curve plots
    precision against recall. Both are computed at evenly spaced thresholds from 0 to 1, and outputs
    outside, such as logits, count as 0 or 1. The area is summed by trapezoids; on the PR curve,
    TP and FP are interpolated between thresholds.

    Source: J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves",
    ICML 2006, for the interpolation.

    Parameters
    ----------
    num_thresholds : int
        Number of thresholds, at least 2.
    curve : str
        ``"ROC"`` or ``"PR"``.
    name : str, optional
        The key in the history.
    from_logits : bool
        Whether the outputs are logits instead of probabilities.

    Examples
    --------
    >>> metric = AUC()
    >>> metric.update(np.array([[0], [0], [1], [1]]), np.array([[0.0], [0.5], [0.3], [0.9]]))
    >>> print(round(metric.result(), 4))
    0.75
    """

    NAME = "auc"
    higher_is_better = True

    @known_keywords
    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        name: str | None = None,
        from_logits: bool = False,
    ) -> None:
        self.num_thresholds = checks.check_count(
            num_thresholds, "num_thresholds", minimum=2, maximum=1_000_000
        )
        self.curve = checks.lookup(curve, {"ROC": "ROC", "PR": "PR"}, "curve")
        self.from_logits = checks.check_bool(from_logits, "from_logits")
        steps = self.num_thresholds - 1
        inner = [(k + 1) / steps for k in range(steps - 1)]
        super().__init__([-EPSILON, *inner, 1 + EPSILON], None, name)

    @known_keywords
    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count the predictions of a batch."""
        p = sigmoid(y) if self.from_logits else np.clip(y, 0, 1)
        super().update(t, p, weights)

    @known_keywords
    def result(self) -> float:
        """Return the area over all batches."""
        tp, fp = self.true_positives, self.false_positives
        positives, negatives = tp + self.false_negatives, fp + self.true_negatives
        if self.curve == "ROC":
            x, y = share(fp, negatives), share(tp, positives)
            return float(((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2).sum())
        gained, said = tp[:-1] - tp[1:], tp + fp
        slope = share(gained, np.maximum(said[:-1] - said[1:], 0))
        offset = tp[1:] - slope * said[1:]
        both = (said[:-1] > 0) & (said[1:] > 0)
        ratio = np.where(both, share(said[:-1], np.maximum(said[1:], 0)), 1)
        areas = slope * (gained + offset * np.log(ratio))
        return float(share(areas, np.maximum(positives[1:], 0)).sum())

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "name": self.name,
            "from_logits": self.from_logits,
        }


class FBetaScore(Metric):
    """Weighted harmonic mean of precision P and recall R, ``(1 + b²) P R / (b² P + R)``, per class.

    As in Keras, 1e-7 is added to each denominator, so that none is 0.

    Parameters
    ----------
    average : str, optional
        ``"macro"`` for the mean over the classes, ``"weighted"`` for their mean weighted by class
        size, ``"micro"`` for one score of all predictions. By default, an array of the classes'
        scores is returned.
    beta : float
        b: the weight of recall relative to precision.
    threshold : float, optional
        An output above it is positive. By default, the largest output of each row is positive.
    name : str
        The key in the history.

    Examples
    --------
    >>> metric = FBetaScore(average="macro")
    >>> metric.update(np.eye(2)[[0, 0, 1, 1]], np.eye(2)[[0, 1, 1, 1]])
    >>> print(round(metric.result(), 4))  # 2/3 of class 0 and 4/5 of class 1
    0.7333
    """

    higher_is_better = True
    counts: Any

    @known_keywords
    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
    ) -> None:
        super().__init__(name)
        known = {kind: kind for kind in ("macro", "micro", "weighted")}
        self.average = None if average is None else checks.lookup(average, known, "average")
        self.beta = checks.check_number(beta, "beta", minimum=0)
        self.threshold = (
            None if threshold is None else checks.check_number(threshold, "threshold", minimum=0)
        )

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is a target for each output."""
        checks.check_rows(output_shape, self.name)
        return one_target_per_output(y_true, output_shape, self.name)

    @known_keywords
    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count the predictions of a batch, class by class."""
        if self.threshold is None:
            said = (y >= y.max(axis=-1, keepdims=True)) & (np.abs(y) > 1e-9)
        else:
            said = y > self.threshold
        w = np.ones((len(y), 1)) if weights is None else weights.reshape(-1, 1)
        kinds = [said * t, said * (1 - t), (1 - said) * t]
        counts = np.array([(w * kind).sum(axis=0) for kind in kinds])
        self.counts = self.counts + (counts.sum(axis=1) if self.average == "micro" else counts)

    @known_keywords
    def result(self) -> Any:
        """Return the score over all batches."""
        if np.ndim(self.counts) == 0:
            return 0.0
        hits, wrong, missed = self.counts
        precision, recall = hits / (hits + wrong + EPSILON), hits / (hits + missed + EPSILON)
        square = self.beta**2
        scores = precision * recall / (square * precision + recall + EPSILON) * (1 + square)
        if self.average == "weighted":
            sizes = hits + missed
            return float((scores * (sizes / (sizes.sum() + EPSILON))).sum())
        return scores if self.average is None else float(scores.mean())

    def check_one_number(self) -> None:
        """Raise an error if there is a score for each class."""
        if self.average is None:
            raise ValueError(
                f"The metric {self.name!r} of a model must be one number, received a score for "
                f'each class: use {type(self).__name__}(average="macro").'
            )

    @known_keywords
    def reset(self) -> None:
        """Set all counts to 0."""
        self.counts = 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
            "name": self.name,
        }


class F1Score(FBetaScore):
    """Harmonic mean of precision and recall: `FBetaScore` with beta 1.

    Parameters
    ----------
    average, threshold, name
        As in `FBetaScore`.
    """

    @known_keywords
    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str = "f1_score"
    ) -> None:
        super().__init__(average, 1.0, threshold, name)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"average": self.average, "threshold": self.threshold, "name": self.name}


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, or 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
