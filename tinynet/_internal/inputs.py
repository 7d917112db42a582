"""What `fit`, `evaluate` and `predict` do with the data they are given: check, split, gather.

The whole data set is checked once, here, so that no step need look again. Nothing is copied that is
an array already: each batch is converted to the model's dtype when it is gathered.
"""

from collections.abc import Iterable
from math import prod
from typing import Any, NamedTuple

import numpy as np

from tinynet._internal import checks
from tinynet.layers.base import Layer, Shape
from tinynet.losses.base import Loss
from tinynet.losses.criterion import Weighted
from tinynet.metrics.base import Metric

LARGE_BATCH = 1 << 19  # numbers: the batches of `predict` and `evaluate` are about as large


class Data(NamedTuple):
    """Examples with what the loss and each metric want to compare the outputs with.

    Attributes
    ----------
    x : numpy.ndarray, shape (N, ...)
    t : numpy.ndarray or Weighted
        Targets as the loss prepared them.
    metrics : list of Metric
        Copies, which have counted nothing yet.
    targets : list of numpy.ndarray
        For each of them, the targets as it prepared them.
    """

    x: np.ndarray
    t: np.ndarray | Weighted
    metrics: list[Metric]
    targets: list[np.ndarray]

    def part(self, rows: slice) -> "Data":
        """Return some of the examples, as views."""
        targets = [target[rows] for target in self.targets]
        return Data(self.x[rows], rows_of(self.t, rows), fresh(self.metrics), targets)


def check_examples(x: Any, first: Layer, dtype: np.dtype, what: str = "x") -> np.ndarray:
    """Return x as an array of finite numbers in the shape that the first layer takes.

    Raises
    ------
    ValueError, TypeError
        If it isn't one.
    """
    array = check_example_shape(x, first, what)
    checks.check_finite(array, what, dtype)
    return array


def check_example_shape(x: Any, first: Layer, what: str = "x") -> np.ndarray:
    """Return x as an array of numbers in the shape that the first layer takes, finite or not.

    Raises
    ------
    ValueError, TypeError
        If it isn't one.
    """
    array = checks.as_numbers(x, what)
    if array.ndim < 2 or first.input_shape not in (None, array.shape[1:]):
        kind = type(first).__name__
        error = checks.shape_error(kind, first.input_shape, array.shape[1:], array.shape)
        raise ValueError(error if what == "x" else f"{what}: {error}")
    return array


def prepare(
    x: np.ndarray,
    y: Any,
    loss: Loss,
    metrics: Iterable[Metric],
    output_shape: Shape,
    dtype: np.dtype,
    prefix: str = "",
) -> Data:
    """Return checked examples with their targets.

    Raises
    ------
    ValueError, TypeError
        If y doesn't fit the loss, a metric, the model's output or the number of examples.
    """
    t = loss.targets(y, output_shape)
    if len(x) != len(t) or len(x) == 0:
        raise ValueError(
            f"{prefix}x and y must have as many examples as each other, at least one, "
            f"received {len(x)} and {len(t)}.{checks.count_hint(x.shape, len(t))}"
        )
    if t.ndim > 1:
        checks.check_finite(t, "y_true", dtype)
        t = t.astype(dtype, copy=False)
    metrics = fresh(metrics)
    return Data(x, t, metrics, [metric.targets(y, output_shape) for metric in metrics])


def split(data: Data, share: float) -> tuple[Data, Data]:
    """Split the last examples off, unshuffled, as views.

    Raises
    ------
    ValueError
        If nothing would be left on one side.
    """
    total = len(data.x)
    count = int(total * (1 - share))
    if count == 0 or count == total:
        raise ValueError(
            f"validation_split={share} of {total} examples leaves {count} to train on "
            f"and {total - count} to validate on; both must be at least 1."
        )
    return data.part(slice(None, count)), data.part(slice(count, None))


def check_pair(validation_data: Any) -> tuple[Any, Any]:
    """Return validation data as a pair of examples and targets.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
        count = f" of {len(validation_data)}" if hasattr(validation_data, "__len__") else ""
        raise TypeError(
            f"validation_data must be a tuple (x_val, y_val), "
            f"received {type(validation_data).__name__}{count}."
        )
    return validation_data[0], validation_data[1]


def large_batch(shapes: Iterable[Shape]) -> int:
    """Return how many examples to take at once where nothing is learned from them.

    The more there are, the less a batch costs per example; but what it takes in memory is to stay
    at a few megabytes, and in the caches.
    """
    return max(1, LARGE_BATCH // max(prod(shape) for shape in shapes))


def gather(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return ``x[rows]``, a copy of these examples.

    `take` is the faster way, but of an array that isn't contiguous it would copy the whole first.
    """
    return x.take(rows, axis=0) if x.flags.c_contiguous else x[rows]


def rows_of(t: np.ndarray | Weighted, rows: Any) -> np.ndarray | Weighted:
    """Return the targets of these examples, with their weights."""
    return Weighted(t.t[rows], t.weights[rows]) if isinstance(t, Weighted) else t[rows]


def fresh(metrics: Iterable[Metric]) -> list[Metric]:
    """Return copies of metrics that have counted nothing."""
    return [metric.fresh() for metric in metrics]


def as_given(
    data: Data, validation: Data | None, y: Any, validation_data: Any
) -> tuple[Any, Any, Any]:
    """Return what is trained on and what is validated on, with the targets as `fit` got them."""
    if validation is None or validation_data is not None:
        return data.x, y, validation_data
    targets, count = np.asarray(y), len(data.x)  # a part was split off
    return data.x, targets[:count], (validation.x, targets[count:])
