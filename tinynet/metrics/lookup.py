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

# Classes by name. Each takes its key in the history as ``name``.
METRICS: dict[str, Callable[..., Metric]] = {
    "acc": Accuracy,
    "accuracy": Accuracy,
    "auc": counts.AUC,
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "cosine_similarity": means.CosineSimilarity,
    "f1_score": counts.F1Score,
    "f_beta_score": counts.FBetaScore,
    "false_negatives": counts.FalseNegatives,
    "false_positives": counts.FalsePositives,
    "log_cosh_error": means.LogCoshError,
    "precision": counts.Precision,
    "r2_score": means.R2Score,
    "recall": counts.Recall,
    "root_mean_squared_error": means.RootMeanSquaredError,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "sparse_top_k_categorical_accuracy": top_k.SparseTopKCategoricalAccuracy,
    "top_k_categorical_accuracy": top_k.TopKCategoricalAccuracy,
    "true_negatives": counts.TrueNegatives,
    "true_positives": counts.TruePositives,
}
METRICS |= {"".join(part.title() for part in key.split("_")): kind for key, kind in METRICS.items()}
METRICS |= {"AUC": counts.AUC}

# The functions that have such a class, each under the function's name.
FUNCTIONS = (
    functions.binary_accuracy,
    functions.categorical_accuracy,
    functions.sparse_categorical_accuracy,
    functions.sparse_top_k_categorical_accuracy,
    functions.top_k_categorical_accuracy,
)


@known_keywords
def get(metric: Any) -> Metric:
    """Return the metric for a name, a function or a loss, or the metric itself.

    A metric given by name keeps that name as its key in the history.
    """
    if isinstance(metric, Metric):
        checks.check_initialized(metric, "name", "name")
        return metric
    if isinstance(metric, losses.Loss):
        return LossMetric(metric, metric.name or default_name(metric))
    if callable(metric) and not isinstance(metric, type):
        if any(function == metric for function in FUNCTIONS):
            return get(metric.__name__)
        if any(function == metric for function in losses.FUNCTIONS):
            return LossMetric(losses.get(metric), metric.__name__)
        return FunctionMetric(metric)
    known: dict[str, Any] = {**losses.LOSSES, **METRICS}
    kind = checks.lookup(metric, known, "metric")
    return kind(name=metric) if metric in METRICS else LossMetric(kind(), metric)


def default_name(loss: losses.Loss) -> str:
    """Return the key that Keras gives to a loss object among the metrics: its function's name.

    Examples
    --------
    >>> default_name(losses.MeanSquaredError()), default_name(losses.Huber())
    ('mean_squared_error', 'huber_loss')
    """
    own = [f.__name__ for f, kind in losses.FUNCTIONS.items() if kind is type(loss)]
    name = own[0] if own else type(loss).__name__
    return "huber_loss" if name == "huber" else name


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
    validated = {f"val_{name}" for name in ("loss", *names)}
    if taken := validated.intersection(names):
        raise ValueError(
            f"A metric can't be called {min(taken)!r}, the name that validation gives another "
            f"value in the history: rename it."
        )
    return found
