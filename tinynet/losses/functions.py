"""The losses as functions of y_true and y_pred.

Each takes targets and predictions of shape (N, K), or one example of shape (K,), and returns the
loss of each example, not their mean. `compile` accepts a function instead of a name.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.losses import crossentropy, distributions, errors, margins, squared_error
from tinynet.losses.base import Loss, prepared


def per_example(loss: Loss, y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the loss of each example; the shape is y_pred's without the last axis.

    Examples
    --------
    >>> per_example(squared_error.MeanSquaredError(), [[0, 0], [0, 0]], [[1, 1], [2, 0]])
    array([1., 2.])
    """
    y, t = checks.as_floats(y_pred, "y_pred"), checks.as_numbers(y_true, "y_true")
    if y.ndim == 0:
        raise ValueError("y_pred must have the shape (N, K) or (K,), received a single number.")
    if y.size == 0:
        raise ValueError(f"y_pred must have at least one entry, received shape {y.shape}.")
    if y.ndim > 2 and t.shape[: y.ndim - 1] != y.shape[:-1]:
        raise ValueError(
            f"{type(loss).__name__} expected y_true for examples of shape {y.shape[:-1]}, as "
            f"y_pred has, received {t.shape}."
        )
    rows = y.reshape(-1, y.shape[-1])
    t = t.reshape(-1, *t.shape[y.ndim - 1 :])  # the axes before the last count examples
    return loss.costs(*prepared(loss, t, rows)).reshape(y.shape[:-1])


@known_keywords
def mean_squared_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `MeanSquaredError`."""
    return per_example(squared_error.MeanSquaredError(), y_true, y_pred)


@known_keywords
def mean_absolute_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `MeanAbsoluteError`."""
    return per_example(errors.MeanAbsoluteError(), y_true, y_pred)


@known_keywords
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `MeanAbsolutePercentageError`."""
    return per_example(errors.MeanAbsolutePercentageError(), y_true, y_pred)


@known_keywords
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `MeanSquaredLogarithmicError`."""
    return per_example(errors.MeanSquaredLogarithmicError(), y_true, y_pred)


@known_keywords
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> np.ndarray:
    """Return each example's `Huber` loss."""
    return per_example(errors.Huber(delta), y_true, y_pred)


@known_keywords
def log_cosh(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `LogCosh` loss."""
    return per_example(errors.LogCosh(), y_true, y_pred)


@known_keywords
def hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `Hinge` loss."""
    return per_example(margins.Hinge(), y_true, y_pred)


@known_keywords
def squared_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `SquaredHinge` loss."""
    return per_example(margins.SquaredHinge(), y_true, y_pred)


@known_keywords
def categorical_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `CategoricalHinge` loss."""
    return per_example(margins.CategoricalHinge(), y_true, y_pred)


@known_keywords
def kl_divergence(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `KLDivergence`."""
    return per_example(distributions.KLDivergence(), y_true, y_pred)


@known_keywords
def poisson(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `Poisson` loss."""
    return per_example(distributions.Poisson(), y_true, y_pred)


@known_keywords
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> np.ndarray:
    """Return each example's `CosineSimilarity`."""
    return per_example(distributions.CosineSimilarity(axis), y_true, y_pred)


@known_keywords
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> np.ndarray:
    """Return each example's `BinaryCrossentropy`."""
    loss = crossentropy.BinaryCrossentropy(from_logits, label_smoothing)
    return per_example(loss, y_true, y_pred)


@known_keywords
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
) -> np.ndarray:
    """Return each example's `BinaryFocalCrossentropy`."""
    loss = distributions.BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing
    )
    return per_example(loss, y_true, y_pred)


@known_keywords
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> np.ndarray:
    """Return each example's `CategoricalCrossentropy`."""
    loss = crossentropy.CategoricalCrossentropy(from_logits, label_smoothing)
    return per_example(loss, y_true, y_pred)


@known_keywords
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False
) -> np.ndarray:
    """Return each example's `SparseCategoricalCrossentropy`."""
    return per_example(crossentropy.SparseCategoricalCrossentropy(from_logits), y_true, y_pred)
