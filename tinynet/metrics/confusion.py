"""`confusion_matrix`: which classes are confused with which."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.metrics.accuracy import predicted_labels, true_labels
from tinynet.utils import check_labels

MOST_CLASSES = 10_000  # a matrix of this size takes 800 MB


@known_keywords
def confusion_matrix(y_true: Any, y_pred: Any, num_classes: int | None = None) -> np.ndarray:
    """Count how many examples of class i (row) were predicted as class j (column).

    Parameters
    ----------
    y_true, y_pred : array_like
        Labels or scores, as in `accuracy`.
    num_classes : int, optional
        K. Defaults to the largest label plus 1, or to the width of the scores if that is larger.

    Returns
    -------
    numpy.ndarray of int, shape (K, K)
        Correct predictions are on the diagonal. Each row sums to the size of its class.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    t, y = true_labels(y_true), predicted_labels(y_pred)
    if len(t) != len(y):
        raise ValueError(
            f"confusion_matrix expected as many labels as predictions, "
            f"received {len(t)} and {len(y)}."
        )
    widths = [np.shape(a)[1] for a in (y_true, y_pred) if np.ndim(a) == 2 and np.shape(a)[1] > 1]
    if num_classes is None:
        num_classes = max([int(a.max(initial=0)) + 1 for a in (t, y)] + widths)
    num_classes = checks.check_count(num_classes, "num_classes", maximum=MOST_CLASSES)
    t, y = check_labels(t, "y_true", num_classes), check_labels(y, "y_pred", num_classes)
    counts = np.bincount(t * num_classes + y, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)
