"""Accuracies that count a prediction as correct if the class is among the k largest outputs."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.metrics.accuracy import SparseCategoricalAccuracy, share
from tinynet.metrics.base import one_target_per_output
from tinynet.utils import check_labels


class SparseTopKCategoricalAccuracy(SparseCategoricalAccuracy):
    """Fraction of examples whose label has one of the k largest outputs.

    Parameters
    ----------
    k : int
        Number of largest outputs.
    name : str
        The key in the history.

    Examples
    --------
    >>> metric = SparseTopKCategoricalAccuracy(k=2)
    >>> metric.update(np.array([1, 2]), np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]))
    >>> metric.result()
    0.5
    """

    for_rows = "top_k_categorical_accuracy"

    @known_keywords
    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy") -> None:
        super().__init__(name)
        self.k = checks.check_count(k, "k")

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Return the labels, each of which has an output."""
        return check_labels(super().targets(y_true, output_shape), "y_true", output_shape[-1])

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 for each row of outputs with fewer than k above its label's, else 0.

        NaN counts as above, so that a network that has diverged isn't correct.
        """
        right = np.take_along_axis(y, t[..., np.newaxis], axis=-1)
        return share(np.count_nonzero(~(y <= right), axis=-1) < self.k)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"k": self.k, "name": self.name}


class TopKCategoricalAccuracy(SparseTopKCategoricalAccuracy):
    """Fraction of examples whose largest target has one of the k largest outputs.

    Parameters
    ----------
    k, name
        As in `SparseTopKCategoricalAccuracy`.
    """

    for_labels = "sparse_top_k_categorical_accuracy"

    @known_keywords
    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy") -> None:
        super().__init__(k, name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Return the index of each example's largest target."""
        t = one_target_per_output(y_true, output_shape, self.name, self.for_labels)
        return t.argmax(axis=-1)
