"""Metrics by name, for `Sequential.compile`."""

from collections.abc import Callable, Sequence
from typing import Any

from tinynet import losses
from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.metrics import counts, functions, means, top_k
from tinynet.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
)
from tinynet.metrics.base import FunctionMetric, LossMetric, Metric, WeightedMetric

# Constructors by name. Each takes the key in the history.
METRICS: dict[str, Callable[[str], Metric]] = {
    "acc": Accuracy,
    "accuracy": Accuracy,
    "auc": lambda name: counts.AUC(name=name),
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "cosine_similarity": means.CosineSimilarity,
    "f1_score": lambda name: counts.F1Score(name=name),
    "f_beta_score": lambda name: counts.FBetaScore(name=name),
    "false_negatives": lambda name: counts.FalseNegatives(name=name),
    "false_positives": lambda name: counts.FalsePositives(name=name),
    "log_cosh_error": means.LogCoshError,
    "precision": lambda name: counts.Precision(name=name),
    "r2_score": lambda name: means.R2Score(name=name),
    "recall": lambda name: counts.Recall(name=name),
    "root_mean_squared_error": means.RootMeanSquaredError,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "sparse_top_k_categorical_accuracy": lambda name: top_k.SparseTopKCategoricalAccuracy(
        name=name
    ),
    "top_k_categorical_accuracy": lambda name: top_k.TopKCategoricalAccuracy(name=name),
    "true_negatives": lambda name: counts.TrueNegatives(name=name),
    "true_positives": lambda name: counts.TruePositives(name=name),
}
METRICS |= {"".join(part.title() for part in key.split("_")): make for key, make in METRICS.items()}
METRICS |= {"AUC": METRICS["auc"]}

FUNCTIONS: dict[Callable[..., Any], str] = {
    functions.binary_accuracy: "binary_accuracy",
    functions.categorical_accuracy: "categorical_accuracy",
    functions.sparse_categorical_accuracy: "sparse_categorical_accuracy",
    functions.sparse_top_k_categorical_accuracy: "sparse_top_k_categorical_accuracy",
    functions.top_k_categorical_accuracy: "top_k_categorical_accuracy",
}


@known_keywords
def get(metric: Any) -> Metric:
    """Return the metric for a name, a function or a loss, or the metric itself.

    A metric given by name keeps that name as its key in the history.
    """
    if isinstance(metric, Metric):
        return metric
    if isinstance(metric, losses.Loss):
        return LossMetric(metric, metric.name or type(metric).__name__)
    if callable(metric) and not isinstance(metric, type):
        named = [name for function, name in FUNCTIONS.items() if function == metric]
        if named:
            return get(named[0])
        if any(function == metric for function in losses.FUNCTIONS):
            return LossMetric(losses.get(metric), metric.__name__)
        return FunctionMetric(metric)
    known: dict[str, Any] = {**losses.LOSSES, **METRICS}
    make = checks.lookup(metric, known, "metric")
    return make(metric) if metric in METRICS else LossMetric(make(), metric)


def measured(metrics: Sequence[Any], weighted_metrics: Sequence[Any] = ()) -> list[Metric]:
    """Return the metrics that a model reports: those of both lists, each under a name of its own.

    A weighted metric whose name is taken is called ``weighted_`` and its name.

    Raises
    ------
    ValueError, TypeError
        If a metric isn't known or has several values, or two have one name, or one the loss's.
    """
    found, others = [get(metric) for metric in metrics], [get(m) for m in weighted_metrics]
    for metric in (*found, *others):
        metric.check_one_number()
    names = [metric.name for metric in found]
    weighted = [WeightedMetric(metric) for metric in others]
    for metric in weighted:
        if metric.name in names:
            metric.name = f"weighted_{metric.name}"
    found += weighted
    names = [metric.name for metric in found]
    checks.check_all_different(names, "metric")
    if "loss" in names:
        raise ValueError("A metric can't be called 'loss', which is the loss's name: rename it.")
    return found
