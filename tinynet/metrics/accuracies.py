"""The accuracies by their own names; `accuracy` says how the usual one is chosen."""

from typing import Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet.losses.errors import mean_of_rows
from tinynet.metrics.means import MeanMetric
from tinynet.utils import check_labels


class BinaryAccuracy(MeanMetric):
    """Share of the yes-or-no answers that are correct, each output by itself.

    An output above the threshold says 1, another one 0, and that is compared with the target.

    Parameters
    ----------
    name : str
        The key in the history.
    threshold : float
        Above which an output is a yes.

    Examples
    --------
    >>> metric = BinaryAccuracy()
    >>> metric.update(np.array([[1], [0], [1]]), np.array([[0.9], [0.8], [0.6]]))
    >>> print(round(metric.result(), 4))
    0.6667
    """

    def __init__(self, name: str = "binary_accuracy", *, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = checks.check_number(threshold, "threshold")

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is an answer for each output."""
        return losses.MeanSquaredError().targets(y_true, output_shape)

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's share."""
        return mean_of_rows(t == (y > self.threshold))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {"name": self.name, "threshold": self.threshold}


class CategoricalAccuracy(MeanMetric):
    """Share of the examples whose largest output is at the largest target.

    Parameters
    ----------
    name : str
        The key in the history.

    Examples
    --------
    >>> metric = CategoricalAccuracy()
    >>> metric.update(np.array([[0, 1], [1, 0]]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    >>> metric.result()
    0.5
    """

    def __init__(self, name: str = "categorical_accuracy") -> None:
        super().__init__(name)

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is a target for each output."""
        return losses.MeanSquaredError().targets(y_true, output_shape)

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 for each example that is correct, else 0."""
        return mean_of_rows(y.argmax(axis=-1) == t.argmax(axis=-1))


class SparseCategoricalAccuracy(MeanMetric):
    """Share of the examples whose largest output is at the label.

    Parameters
    ----------
    name : str
        The key in the history.

    Examples
    --------
    >>> metric = SparseCategoricalAccuracy()
    >>> metric.update(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    >>> metric.result()
    0.5
    """

    def __init__(self, name: str = "sparse_categorical_accuracy") -> None:
        super().__init__(name)

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that there is a label for each example."""
        return check_labels(y_true, "y_true", output_shape[-1])

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 for each example that is correct, else 0."""
        return mean_of_rows(y.argmax(axis=-1) == t)


class SparseTopKCategoricalAccuracy(SparseCategoricalAccuracy):
    """Share of the examples whose label has one of the k largest outputs.

    Parameters
    ----------
    k : int
        How many.
    name : str
        The key in the history.

    Examples
    --------
    >>> metric = SparseTopKCategoricalAccuracy(k=2)
    >>> metric.update(np.array([1, 2]), np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]))
    >>> metric.result()
    0.5
    """

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy") -> None:
        super().__init__(name)
        self.k = checks.check_count(k, "k")

    def values(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 for each example with fewer than k outputs above its label's, else 0."""
        right = np.take_along_axis(y, t[:, np.newaxis].astype(np.intp), axis=1)
        return mean_of_rows((y > right).sum(axis=1) < self.k)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {"k": self.k, "name": self.name}


class TopKCategoricalAccuracy(SparseTopKCategoricalAccuracy):
    """Share of the examples whose largest target has one of the k largest outputs.

    Parameters
    ----------
    k : int
        How many.
    name : str
        The key in the history.
    """

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy") -> None:
        super().__init__(k, name)

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Return the place of each example's largest target."""
        t = losses.MeanSquaredError().targets(y_true, output_shape)
        return t.argmax(axis=-1)
