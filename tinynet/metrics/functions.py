"""The metrics as functions of y_true and y_pred that return one value per example."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.metrics.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from tinynet.metrics.base import Metric
from tinynet.metrics.top_k import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy


def per_example(metric: Metric, y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the metric of each example, shape (N,), for y_pred of shape (N, K)."""
    t, y = checks.check_predictions(y_true, y_pred, type(metric).__name__)
    values = metric.examples(metric.targets(t, y.shape[1:]), y)
    return values.astype(y.dtype)


@known_keywords
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> np.ndarray:
    """Return each example's `BinaryAccuracy`."""
    return per_example(BinaryAccuracy(threshold=threshold), y_true, y_pred)


@known_keywords
def categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `CategoricalAccuracy`."""
    return per_example(CategoricalAccuracy(), y_true, y_pred)


@known_keywords
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return each example's `SparseCategoricalAccuracy`."""
    return per_example(SparseCategoricalAccuracy(), y_true, y_pred)


@known_keywords
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Return each example's `TopKCategoricalAccuracy`."""
    return per_example(TopKCategoricalAccuracy(k), y_true, y_pred)


@known_keywords
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Return each example's `SparseTopKCategoricalAccuracy`."""
    return per_example(SparseTopKCategoricalAccuracy(k), y_true, y_pred)
