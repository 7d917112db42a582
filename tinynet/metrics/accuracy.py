"""Accuracy: the fraction of predictions that are correct."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.losses.base import mean_of_outputs
from tinynet.metrics.base import Metric, one_target_per_output, targets_error
from tinynet.utils import check_labels


@known_keywords
def accuracy(y_true: Any, y_pred: Any) -> float:
    """Return the fraction of predictions that are correct.

    Parameters
    ----------
    y_true : array_like
        Labels of shape (N,) or (N, 1), or one-hot rows of shape (N, K).
    y_pred : array_like
        Predicted labels of shape (N,); scores of shape (N, K), of which the largest counts; or
        probabilities of class 1 of shape (N, 1), thresholded at 0.5.

    Examples
    --------
    >>> accuracy([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    >>> accuracy([0, 1], [[0.3], [0.8]])
    1.0
    """
    t, y = true_labels(y_true), predicted_labels(y_pred)
    if len(t) != len(y) or len(t) == 0:
        raise ValueError(
            f"accuracy expected as many labels as predictions, at least one, "
            f"received {len(t)} and {len(y)}."
        )
    return float(np.mean(t == y))


def true_labels(y_true: Any, what: str = "y_true") -> np.ndarray:
    """Return class indices from labels, a column of labels, or one-hot rows."""
    labels = checks.as_numbers(y_true, what)
    checks.check_finite(labels, what)
    if labels.ndim == 2 and labels.shape[1] > 1:
        return labels.argmax(axis=1)
    return check_labels(labels, what)


def predicted_labels(y_pred: Any) -> np.ndarray:
    """Return class indices from labels, scores, or a column of probabilities.

    A column of floats holds probabilities of class 1, unless all of them are whole numbers, which
    are labels.
    """
    scores = checks.as_numbers(y_pred, "y_pred")
    column = scores.ndim == 2 and scores.shape[1] == 1 and scores.dtype.kind == "f"
    if not column or (scores.size and (scores == np.floor(scores)).all()):
        return true_labels(scores, "y_pred")
    checks.check_finite(scores, "y_pred")
    checks.check_range(scores, "y_pred, a column of probabilities,", 0, 1)
    return (scores[:, 0] > 0.5).astype(np.intp)


class BinaryAccuracy(Metric):
    """Fraction of outputs on the correct side of a threshold, for targets of 0 or 1.

    Parameters
    ----------
    name : str
        The key in the history.
    threshold : float
        Outputs above it count as 1. Targets are compared unchanged.

    Examples
    --------
    >>> BinaryAccuracy()([0, 1, 1], [[0.2], [0.6], [0.4]])
    0.6666666666666666
    """

    higher_is_better = True

    @known_keywords
    def __init__(self, name: str = "binary_accuracy", threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = checks.check_number(threshold, "threshold")

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that y_true has one entry per output."""
        return one_target_per_output(y_true, output_shape, self.name)

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's fraction of correct outputs."""
        return mean_of_outputs((y > self.threshold) == t)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "threshold": self.threshold}


class CategoricalAccuracy(Metric):
    """Fraction of examples for which the largest output and the largest target have the same index.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    higher_is_better = True
    for_labels = "sparse_categorical_accuracy"

    @known_keywords
    def __init__(self, name: str = "categorical_accuracy") -> None:
        super().__init__(name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Return the index of each row's largest entry."""
        t = super().targets(y_true, output_shape)
        fits = t.ndim == len(output_shape) + 1 and t.shape[1:-1] == output_shape[:-1]
        fits = fits and t.shape[-1] > 0
        if not fits:
            raise ValueError(targets_error(t, output_shape, self.name, self.for_labels))
        return t.argmax(axis=-1)

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 for a correct example and 0 for an incorrect one."""
        return share(y.argmax(axis=-1) == t)


class SparseCategoricalAccuracy(Metric):
    """Fraction of examples for which the index of the largest output is the label.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    higher_is_better = True
    for_rows = "categorical_accuracy"

    @known_keywords
    def __init__(self, name: str = "sparse_categorical_accuracy") -> None:
        super().__init__(name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Return the labels, without a last axis of size 1."""
        t = checks.as_numbers(y_true, "y_true")
        t = t[..., 0] if t.ndim > len(output_shape) and t.shape[-1] == 1 else t
        if t.shape[1:] != output_shape[:-1]:
            rows = t.shape[1:] == output_shape
            hint = f" For one-hot rows, use the metric {self.for_rows!r}." if rows else ""
            shape = checks.shape_of(output_shape[:-1]) if output_shape[1:] else "(N,)"
            raise ValueError(
                f"{self.name} expected labels y_true of shape {shape}, received {t.shape}.{hint}"
            )
        return t

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 for a correct example and 0 for an incorrect one."""
        return share(y.argmax(axis=-1) == t)


class Accuracy(Metric):
    """Fraction of correct predictions, by a rule that depends on the shapes, as in Keras.

    - Outputs of shape (N, 1) are thresholded at 0.5 and compared with the unchanged targets
      (`BinaryAccuracy`).
    - Targets with one axis fewer than the outputs, or with a last axis of size 1 for wider outputs,
      are labels (`SparseCategoricalAccuracy`).
    - Otherwise the largest output is compared with the largest target (`CategoricalAccuracy`).

    Examples
    --------
    >>> Accuracy()([0, 1], [[0.3, 0.7], [0.2, 0.8]])
    0.5
    >>> Accuracy()([[1.5], [1.0]], [[1.5], [0.9]])  # meaningless for a regression
    0.5
    """

    higher_is_better = True

    @known_keywords
    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(name)
        self.rule: Metric = BinaryAccuracy()

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Choose the rule and prepare y_true for it."""
        shape = np.shape(y_true)
        if output_shape[-1:] == (1,):
            self.rule = BinaryAccuracy(self.name)
        elif len(shape) <= len(output_shape) or shape[-1] == 1:
            self.rule = SparseCategoricalAccuracy(self.name)
        else:
            self.rule = CategoricalAccuracy(self.name)
        return self.rule.targets(y_true, output_shape)

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's fraction of correct outputs."""
        return self.rule.examples(t, y)


def share(correct: np.ndarray) -> np.ndarray:
    """Return each example's fraction of correct entries."""
    return correct if correct.ndim == 1 else mean_of_outputs(correct)
