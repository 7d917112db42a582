"""Metrics by name, as `Sequential.compile` takes them."""

from collections.abc import Callable
from typing import Any

from tinynet import losses
from tinynet._internal import checks
from tinynet.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
)
from tinynet.metrics.base import FunctionMetric, LossMetric, Metric

METRICS: dict[str, Callable[[str], Metric]] = {
    "acc": Accuracy,
    "accuracy": Accuracy,
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
}


def get(metric: Any) -> Metric:
    """Return the metric of that name, which keeps the name as given, or of that function.

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, or it is something else.
    """
    if isinstance(metric, Metric):
        return metric
    if isinstance(metric, losses.Loss):
        return LossMetric(metric, getattr(metric, "name", type(metric).__name__))
    if callable(metric) and not isinstance(metric, type):
        return FunctionMetric(metric)
    if isinstance(metric, str) and metric not in METRICS and metric in losses.LOSSES:
        return LossMetric(losses.get(metric), metric)
    return checks.lookup(metric, METRICS, "metric")(metric)
