"""Metrics that count hits and misses: precision, recall, the area under a curve.

Of yes-or-no answers there are four kinds: *true positives* (said yes, and yes was right), *false
positives* (said yes, wrongly), *true negatives* and *false negatives*. An output is a yes where it
is above a threshold; of several outputs each counts by itself.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.metrics.base import Metric

EPSILON = 1e-7
Thresholds = float | Sequence[float] | None


class ConfusionMetric(Metric):
    """What counts the four kinds of answers, for one threshold or several.

    Parameters
    ----------
    thresholds : float or sequence of float, optional
        Above which an output is a yes; defaults to one half.
    class_id : int, optional
        The one output to look at.
    name : str, optional
        The key in the history; defaults to the class's name in small letters.
    """

    NAME = "confusion"

    @known_keywords
    def __init__(
        self, thresholds: Thresholds = None, class_id: int | None = None, name: str | None = None
    ) -> None:
        self.thresholds: Any = thresholds
        levels = checks.as_floats(0.5 if thresholds is None else thresholds, "thresholds")
        if levels.ndim > 1 or levels.size == 0:
            raise ValueError(
                f"thresholds must be a number or a list of numbers, received shape {levels.shape}."
            )
        self.levels = np.atleast_1d(levels.astype(np.float64))
        checks.check_finite(self.levels, "thresholds")
        self.class_id = (
            None if class_id is None else checks.check_count(class_id, "class_id", minimum=0)
        )
        super().__init__(type(self).NAME if name is None else name)

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is an answer for each output; anything but 0 is a yes."""
        if self.class_id is not None and self.class_id >= output_shape[-1]:
            raise ValueError(
                f"class_id must be below {output_shape[-1]}, the number of outputs, "
                f"received {self.class_id}."
            )
        return losses.MeanSquaredError().targets(y_true, output_shape) != 0

    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count a batch's answers.

        Sorted by how many thresholds they are above, answers are counted once: those above a
        threshold are all those from its place on.
        """
        w = np.ones(len(y)) if weights is None else weights
        w = np.broadcast_to(w.reshape(-1, *[1] * (y.ndim - 1)), y.shape)
        if self.class_id is not None:
            t, y, w = (array[..., self.class_id] for array in (t, y, w))
        order = np.argsort(self.levels)
        above = np.searchsorted(self.levels[order], y.ravel(), side="left")
        right = t.ravel().astype(bool)
        places = len(self.levels) + 1
        yes = np.bincount(above[right], w.ravel()[right], places)[::-1].cumsum()[::-1]
        no = np.bincount(above[~right], w.ravel()[~right], places)[::-1].cumsum()[::-1]
        self.true_positives[order] += yes[1:]
        self.false_positives[order] += no[1:]
        self.false_negatives[order] += yes[0] - yes[1:]
        self.true_negatives[order] += no[0] - no[1:]

    def reset(self) -> None:
        """Forget all batches."""
        self.true_positives, self.false_positives, self.true_negatives, self.false_negatives = (
            np.zeros(len(self.levels)) for _ in range(4)
        )

    def value(self) -> np.ndarray:
        """Return the value for each threshold."""
        raise NotImplementedError(f"{type(self).__name__} must define value().")

    def result(self) -> Any:
        """Return the value over all batches: a number, or for several thresholds an array."""
        values = self.value()
        return float(values[0]) if np.ndim(self.thresholds) == 0 else values

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        thresholds = self.thresholds if np.ndim(self.thresholds) == 0 else self.levels.tolist()
        return {"thresholds": thresholds, "class_id": self.class_id, "name": self.name}


class Precision(ConfusionMetric):
    """Of what was answered with yes, the share that is: ``TP / (TP + FP)``, 0 without any yes.

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

    def value(self) -> np.ndarray:
        """Return TP / (TP + FP)."""
        return share(self.true_positives, self.true_positives + self.false_positives)


class Recall(ConfusionMetric):
    """Of what is a yes, the share that was found: ``TP / (TP + FN)``, 0 where there is none.

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

    def value(self) -> np.ndarray:
        """Return TP / (TP + FN)."""
        return share(self.true_positives, self.true_positives + self.false_negatives)


class Count(ConfusionMetric):
    """One of the four counts.

    Parameters
    ----------
    thresholds : float or sequence of float, optional
        Above which an output is a yes; defaults to one half.
    name : str, optional
        The key in the history.
    """

    @known_keywords
    def __init__(self, thresholds: Thresholds = None, name: str | None = None) -> None:
        super().__init__(thresholds, None, name)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        config = super().get_config()
        return {"thresholds": config["thresholds"], "name": self.name}


class TruePositives(Count):
    """How often yes was answered, rightly."""

    NAME = "true_positives"
    higher_is_better = True

    def value(self) -> np.ndarray:
        """Return the count."""
        return self.true_positives


class FalsePositives(Count):
    """How often yes was answered, wrongly."""

    NAME = "false_positives"

    def value(self) -> np.ndarray:
        """Return the count."""
        return self.false_positives


class TrueNegatives(Count):
    """How often no was answered, rightly."""

    NAME = "true_negatives"
    higher_is_better = True

    def value(self) -> np.ndarray:
        """Return the count."""
        return self.true_negatives


class FalseNegatives(Count):
    """How often no was answered, wrongly."""

    NAME = "false_negatives"

    def value(self) -> np.ndarray:
        """Return the count."""
        return self.false_negatives


class AUC(ConfusionMetric):
    """Area under a curve: how well the outputs separate yes from no, over all thresholds.

    The ROC curve shows the share of true positives against that of false positives; its area is the
    probability that a random yes has a larger output than a random no. The PR curve shows precision
    against recall. The curve is followed through evenly spaced thresholds, by trapezoids; between
    two points of the PR curve, true and false positives are interpolated.

    Source: J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves",
    ICML 2006, for the interpolation.

    Parameters
    ----------
    num_thresholds : int
        How many, at least 2.
    curve : str
        ``"ROC"`` or ``"PR"``.
    name : str, optional
        The key in the history.

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
        self, num_thresholds: int = 200, curve: str = "ROC", name: str | None = None
    ) -> None:
        self.num_thresholds = checks.check_count(
            num_thresholds, "num_thresholds", minimum=2, maximum=1_000_000
        )
        self.curve = checks.lookup(curve, {"ROC": "ROC", "PR": "PR"}, "curve")
        steps = num_thresholds - 1
        inner = [(k + 1) / steps for k in range(num_thresholds - 2)]
        super().__init__([-EPSILON, *inner, 1 + EPSILON], None, name)

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
        """Return the arguments that make this metric again."""
        return {"num_thresholds": self.num_thresholds, "curve": self.curve, "name": self.name}


class FBetaScore(Metric):
    """Precision and recall of each class in one number, ``(1 + b²) P R / (b² P + R)``.

    Parameters
    ----------
    average : str, optional
        ``"macro"`` for the mean over the classes, ``"weighted"`` for a mean by the classes' size,
        ``"micro"`` for one score of all answers together; left out, an array, one for each class.
    beta : float
        b: how much more recall counts than precision.
    threshold : float, optional
        Above which an output is a yes; left out, the largest output of a row is.
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

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is an answer for each output."""
        return losses.MeanSquaredError().targets(y_true, output_shape)

    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count a batch's answers, class by class."""
        if self.threshold is None:
            said = (y >= y.max(axis=-1, keepdims=True)) & (np.abs(y) > 1e-9)
        else:
            said = y > self.threshold
        w = np.ones((len(y), 1)) if weights is None else weights.reshape(-1, 1)
        kinds = [said * t, said * (1 - t), (1 - said) * t]
        counts = np.array([(w * kind).sum(axis=0) for kind in kinds])
        self.counts = self.counts + (counts.sum(axis=1) if self.average == "micro" else counts)

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

    def reset(self) -> None:
        """Forget all batches."""
        self.counts = 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
            "name": self.name,
        }


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall: `FBetaScore` with beta 1.

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
        """Return the arguments that make this metric again."""
        return {"average": self.average, "threshold": self.threshold, "name": self.name}


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, 0 where the whole is 0."""
    shares: np.ndarray = np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
    return shares
