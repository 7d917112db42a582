"""Preparation of the data for `fit`, `evaluate` and `predict`: check, split, gather batches.

The whole data set is checked once, here, so that the steps don't have to. Arrays aren't copied:
each batch is converted to the model's dtype when it is gathered.
"""

import numbers
from collections.abc import Callable, Iterable, Mapping
from math import inf, prod
from typing import Any, NamedTuple

import numpy as np

from tinynet._internal import checks, data_hints
from tinynet._internal.origin import is_own
from tinynet.layers.base import Layer, Shape
from tinynet.losses.base import Loss
from tinynet.losses.criterion import Weighted
from tinynet.metrics.base import Metric, WeightedMetric

Weights = tuple[Any, Any]  # sample_weight, class_weight
LARGE_BATCH = 1 << 19  # numbers in a batch of `predict` and `evaluate`, approximately


class Data(NamedTuple):
    """Examples, with targets as the loss and each metric need them.

    Attributes
    ----------
    x : numpy.ndarray, shape (N, ...)
    t : numpy.ndarray or Weighted
        The targets as prepared by the loss.
    metrics : list of Metric
        Fresh copies of the metrics.
    targets : list of numpy.ndarray or Weighted
        The targets as prepared by each metric.
    """

    x: np.ndarray
    t: np.ndarray | Weighted
    metrics: list[Metric]
    targets: list[Any]

    def part(self, rows: slice) -> "Data":
        """Return a slice of the examples, as views."""
        targets = [rows_of(target, rows) for target in self.targets]
        return Data(self.x[rows], rows_of(self.t, rows), fresh(self.metrics), targets)


def check_examples(x: Any, first: Layer, dtype: np.dtype, what: str = "x") -> np.ndarray:
    """Return x as an array of finite numbers in the shape that the first layer takes.

    It is read-only, so that no layer can change the user's data.
    """
    array = check_example_shape(x, first, what).view()
    array.flags.writeable = False
    checks.check_finite(array, what, dtype)
    return array


def check_example_shape(x: Any, first: Layer, what: str = "x") -> np.ndarray:
    """Return x as an array of numbers in the shape that the first layer takes, finite or not."""
    array = checks.as_numbers(x, what)
    if array.ndim == 1 and first.input_shape == (1,):
        array = array[:, np.newaxis]
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
) -> Data:
    """Return examples with their targets, if y fits the loss, the metrics, the output and x."""
    if not is_own(loss):
        check_one_output(x, y, output_shape)
    t = loss.targets(y, output_shape)
    if len(x) != len(t) or len(x) == 0:
        raise count_error(x, len(t))
    if t.ndim > 1:
        checks.check_finite(t, "y_true", dtype)
        t = t.astype(dtype, copy=False)
    metrics = fresh(metrics)
    return Data(x, t, metrics, [metric.targets(y, output_shape) for metric in metrics])


def check_one_output(x: np.ndarray, y: Any, output_shape: Shape) -> None:
    """Refuse targets of several outputs: a list of arrays, or an array with a row for each."""
    several = isinstance(y, list | tuple) and all(isinstance(one, np.ndarray) for one in y)
    if not (several or isinstance(y, np.ndarray)) or np.ndim(y[:1] if several else y) < 2:
        return
    if len(y) in (1, len(x), *output_shape) or any(np.shape(one)[:1] != x.shape[:1] for one in y):
        return
    if several:
        raise ValueError(
            f"tinynet has one output, received a list of {len(y)} arrays of targets: "
            f"pass one array as y."
        )
    if y.ndim == 2:
        raise count_error(x, len(y))


def count_error(x: np.ndarray, n_targets: int) -> ValueError:
    """Return the error for examples and targets that differ in number."""
    return ValueError(
        f"x and y must have the same number of examples, at least one, "
        f"received {len(x)} and {n_targets}.{data_hints.count_hint(x.shape, n_targets)}"
    )


def split(data: Data, share: float) -> tuple[Data, Data]:
    """Split off the last examples, at least one, without shuffling, as views."""
    total = len(data.x)
    count = int(total * (1 - share))
    if count == 0 or count == total:
        raise ValueError(
            f"validation_split={share} of {total} examples leaves {count} to train on "
            f"and {total - count} to validate on; both must be at least 1."
        )
    return data.part(slice(None, count)), data.part(slice(count, None))


def check_validation_data(validation_data: Any) -> tuple[Any, Any, Any]:
    """Return validation data as examples, targets, and weights or None."""
    if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
        sized = isinstance(validation_data, tuple | list | dict | str)
        count = f" of {len(validation_data)}" if sized else ""
        raise TypeError(
            f"validation_data must be a tuple (x_val, y_val) or (x_val, y_val, sample_weight), "
            f"received {type(validation_data).__name__}{count}."
        )
    x, y, *rest = validation_data
    return x, y, rest[0] if rest else None


def weighted(
    data: Data, y: Any, weights: Weights, dtype: np.dtype, output_shape: Shape = ()
) -> Data:
    """Return data whose targets carry the weights of the examples; unchanged without weights.

    `weights` are the ``sample_weight`` and the ``class_weight`` of `Sequential.fit`, of which one
    may be given. y are the targets as the user passed them, and `output_shape` is that of one
    output, which tells the number of classes.
    """
    sample_weight, class_weight = weights
    if sample_weight is None and class_weight is None:
        return data
    if sample_weight is not None and class_weight is not None:
        raise ValueError("fit takes either sample_weight or class_weight, not both.")
    if class_weight is not None:
        each = weights_of_classes(class_weight, y, output_shape)
    else:
        each = checks.check_weights(sample_weight, len(data.x))
    checks.check_finite(each, "sample_weight" if class_weight is None else "class_weight", dtype)
    assert not isinstance(data.t, Weighted)
    targets = [
        Weighted(target, each) if isinstance(metric, WeightedMetric) else target
        for metric, target in zip(data.metrics, data.targets, strict=True)
    ]
    return data._replace(t=Weighted(data.t, each.astype(dtype, copy=False)), targets=targets)


def weights_of_classes(class_weight: Any, y: Any, output_shape: Shape) -> np.ndarray:
    """Return the weight of each example's class: its label, or the argmax of its row."""
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f"class_weight must be a dict such as {{0: 1.0, 1: 5.0}}, "
            f"received {checks.shown(class_weight)}."
        )
    labels = checks.as_numbers(y, "y")
    if labels.ndim > 1:
        labels = labels[..., 0] if labels.shape[-1] == 1 else labels.argmax(axis=-1)
    weights = np.ones(labels.shape)
    for label, weight in class_weight.items():
        highest = output_shape[0] - 1 if len(output_shape) == 1 < output_shape[0] else inf
        if isinstance(label, float | np.floating) and label.is_integer():
            label = int(label)  # the class of labels such as 1.0
        label = checks.check_count(label, "each class of class_weight", 0, highest)
        weights[labels == label] = checks.check_number(weight, "class_weight")
    return checks.check_weights(weights, len(weights), "class_weight")


def check_frequency(validation_freq: Any) -> Callable[[int], bool]:
    """Return a function that tells whether to validate after an epoch, counted from 1."""
    if isinstance(validation_freq, list | tuple | set | range):
        epochs = {checks.check_count(epoch, "validation_freq") for epoch in validation_freq}
        return epochs.__contains__
    every = checks.check_count(validation_freq, "validation_freq")
    return lambda epoch: epoch % every == 0


def check_whole_epochs(steps: Any, what: str, total: int, batch_size: int | None) -> None:
    """Refuse a number of steps other than that of one pass through all the data."""
    size = batch_size or 32  # as in Keras
    whole = -(-total // size)
    if steps is not None and not (isinstance(steps, numbers.Real) and steps == whole):
        raise ValueError(
            f"An epoch goes through all the data, here ceil({total} / {size}) = {whole} steps, "
            f"received {what}={checks.shown(steps)}: leave it out, or pass a part of the data."
        )


def large_batch(shapes: Iterable[Shape]) -> int:
    """Return the batch size for inference.

    Larger batches cost less per example, but a batch should take only a few megabytes and fit into
    the caches.
    """
    return max(1, LARGE_BATCH // max(prod(shape) for shape in shapes))


def gather(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return ``x[rows]``, a copy of these examples.

    `take` is faster, but it first copies the whole of an array that isn't contiguous.
    """
    return x.take(rows, axis=0) if x.flags.c_contiguous else x[rows]


def rows_of(t: np.ndarray | Weighted, rows: Any) -> Any:
    """Return the targets of these examples, with their weights."""
    return Weighted(t.t[rows], t.weights[rows]) if isinstance(t, Weighted) else t[rows]


def fresh(metrics: Iterable[Metric]) -> list[Metric]:
    """Return fresh copies of the metrics."""
    return [metric.fresh() for metric in metrics]


def as_given(
    data: Data, validation: Data | None, y: Any, validation_data: Any
) -> tuple[Any, Any, Any]:
    """Return the training and the validation data, with the targets as passed to `fit`."""
    if validation is None or validation_data is not None:
        return data.x, y, validation_data
    targets, count = np.asarray(y), len(data.x)  # a part was split off
    return data.x, targets[:count], (validation.x, targets[count:])
