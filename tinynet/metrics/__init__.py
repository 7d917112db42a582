"""The metrics: what a person wants to know of the predictions. No gradient goes through them.

Read `accuracy` first, then `base`: what a metric of your own needs. `confusion` counts which
classes are taken for which.
"""

from tinynet.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    accuracy,
)
from tinynet.metrics.base import FunctionMetric, LossMetric, Metric
from tinynet.metrics.confusion import confusion_matrix
from tinynet.metrics.lookup import METRICS, get

__all__ = [
    "METRICS",
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "FunctionMetric",
    "LossMetric",
    "Metric",
    "SparseCategoricalAccuracy",
    "accuracy",
    "confusion_matrix",
    "get",
]
