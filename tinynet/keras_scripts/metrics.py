"""`keras.metrics` that scripts call directly: `Accuracy`, `Mean` and `Sum`.

The string ``"accuracy"`` in `compile` means `tinynet.metrics.Accuracy`, whose definition depends on
the shapes. Keras's class of that name always counts equal entries, as the one here does.
"""

from typing import Any

import numpy as np

from tinynet._internal.checks import as_numbers
from tinynet._internal.names import known_keywords
from tinynet.metrics import Metric

__all__ = ["Accuracy", "Mean", "Sum"]


class Accuracy(Metric):
    """The share of entries of y_pred that equal those of y_true.

    Parameters
    ----------
    name : str
        The key in the history.

    Examples
    --------
    >>> Accuracy()([[1], [2], [3], [4]], [[0], [2], [3], [4]])
    0.75
    """

    higher_is_better = True

    @known_keywords
    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(name)

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's share of equal entries."""
        return (t == y).reshape(len(y), -1).mean(axis=1)


class Sum(Metric):
    """The sum of the values passed to `update_state`.

    Parameters
    ----------
    name : str
        Name of the metric.
    """

    @known_keywords
    def __init__(self, name: str = "sum") -> None:
        super().__init__(name)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add some values."""
        array = as_numbers(values, "values").astype(np.float64)
        given = as_numbers(1.0 if sample_weight is None else sample_weight, "sample_weight")
        if given.shape not in ((), array.shape):
            raise ValueError(
                f"sample_weight must be a number or have the shape {array.shape} of the values, "
                f"received shape {given.shape}."
            )
        weights = np.broadcast_to(given, array.shape)
        self.total += float((array * weights).sum())
        self.count += float(weights.sum())

    def __call__(self, values: Any, sample_weight: Any = None) -> Any:
        """Add some values and return the result so far."""
        self.update_state(values, sample_weight)
        return self.result()

    def result(self) -> float:
        """Return the sum."""
        return self.total


class Mean(Sum):
    """The mean of the values passed to `update_state`.

    Parameters
    ----------
    name : str
        Name of the metric.

    Examples
    --------
    >>> mean = Mean()
    >>> mean.update_state([1, 3, 5, 7])
    >>> mean.result()
    4.0
    """

    @known_keywords
    def __init__(self, name: str = "mean") -> None:
        super().__init__(name)

    def result(self) -> float:
        """Return the mean of all values."""
        return self.total / self.count if self.count else 0.0
