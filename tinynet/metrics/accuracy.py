"""`accuracy`: the share of predictions that are correct."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet.utils import check_labels


def accuracy(y_true: Any, y_pred: Any) -> float:
    """Share of the predictions that are right.

    Parameters
    ----------
    y_true : array_like
        Labels of shape (N,) or (N, 1), or one-hot rows of shape (N, K).
    y_pred : array_like
        Predicted labels of shape (N,); scores of shape (N, K), of which the largest counts; or
        probabilities of a yes of shape (N, 1), which count as yes above one half.

    Raises
    ------
    ValueError
        If the shapes don't fit, or there is nothing to compare.

    Examples
    --------
    >>> accuracy([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    >>> accuracy([0, 1], [[0.3], [0.8]])
    1.0
    """
    t, y = labels_of(y_true, "y_true"), labels_of(y_pred, "y_pred")
    if len(t) != len(y) or len(t) == 0:
        raise ValueError(
            f"accuracy expected as many labels as predictions, at least one, "
            f"received {len(t)} and {len(y)}."
        )
    return float(np.mean(t == y))


def labels_of(y: Any, what: str) -> np.ndarray:
    """Class indices from labels, one-hot rows, scores, or a single column of probabilities."""
    scores = checks.as_numbers(y, what)
    checks.check_finite(scores, what)
    labels: np.ndarray
    if scores.ndim == 2 and scores.shape[1] > 1:
        labels = scores.argmax(axis=1)
    elif scores.ndim == 2 and scores.shape[1] == 1 and scores.dtype.kind == "f":
        labels = (scores[:, 0] > 0.5).astype(np.intp)
    else:
        labels = check_labels(scores, what)
    return labels


def count_correct(t: np.ndarray, y: np.ndarray, threshold: float | None) -> float:
    """Count right predictions in a batch, for targets that a loss has prepared.

    Parameters
    ----------
    t : numpy.ndarray, shape (N,) or (N, K)
        Class indices, or one row per example.
    y : numpy.ndarray, shape (N, K)
        The model's outputs.
    threshold : float or None
        Where the outputs are yes-or-no answers, the number above which one is a yes; an example
        with several counts by the share that is right. None where the largest output counts.
    """
    if threshold is not None:
        return float(np.count_nonzero((y > threshold) == (t > 0.5)) / y.shape[1])
    labels = t if t.ndim == 1 else t.argmax(axis=1)
    return float(np.count_nonzero(y.argmax(axis=1) == labels))
