"""Every metric by every name: which class it is, what it is called, what it gives by hand."""

from math import cosh, log, sqrt
from typing import Any

import numpy as np
import pytest

from tinynet import losses, metrics
from tinynet.metrics.lookup import measured

# Three positive examples and a negative one. Above 0.5 are the first, the second and the last, so
# that TP = 2, FP = 1, FN = 1 and TN = 0. The errors are 0.1, 0.8, 0.9 and 0.4.
T = np.array([[1.0], [0.0], [1.0], [1.0]])
Y = np.array([[0.9], [0.8], [0.1], [0.6]])
ERRORS = (0.1, 0.8, 0.9, 0.4)
# Seven classes, of which those from 0 to 4 have the five largest outputs.
LABELS = np.array([0, 4, 5, 6])
SCORES = np.tile([0.28, 0.24, 0.20, 0.14, 0.08, 0.04, 0.02], (4, 1))

BINARY: dict[str, tuple[Any, Any]] = {
    "acc": (metrics.Accuracy, 2 / 4),
    "accuracy": (metrics.Accuracy, 2 / 4),
    "auc": (metrics.AUC, 1 / 3),  # of three pairs, only 0.9 and 0.8 are in order
    "binary_accuracy": (metrics.BinaryAccuracy, 2 / 4),
    "cosine_similarity": (metrics.CosineSimilarity, 3 / 4),  # 1, and 0 for the target 0
    "f1_score": (metrics.F1Score, [6 / 7]),  # one column: each row's largest, so P = 3/4, R = 1
    "f_beta_score": (metrics.FBetaScore, [6 / 7]),
    "false_negatives": (metrics.FalseNegatives, 1),
    "false_positives": (metrics.FalsePositives, 1),
    "log_cosh_error": (metrics.LogCoshError, sum(log(cosh(e)) for e in ERRORS) / 4),
    "precision": (metrics.Precision, 2 / 3),
    "r2_score": (metrics.R2Score, 1 - 1.62 / 0.75),  # 0.01 + 0.64 + 0.81 + 0.16; 3/16 + 9/16
    "recall": (metrics.Recall, 2 / 3),
    "root_mean_squared_error": (metrics.RootMeanSquaredError, sqrt(1.62 / 4)),
    "true_negatives": (metrics.TrueNegatives, 0),
    "true_positives": (metrics.TruePositives, 2),
}
CLASSES: dict[str, tuple[Any, float]] = {
    "categorical_accuracy": (metrics.CategoricalAccuracy, 1 / 4),
    "sparse_categorical_accuracy": (metrics.SparseCategoricalAccuracy, 1 / 4),
    "sparse_top_k_categorical_accuracy": (metrics.SparseTopKCategoricalAccuracy, 2 / 4),
    "top_k_categorical_accuracy": (metrics.TopKCategoricalAccuracy, 2 / 4),
}
HIGHER = {
    *("AUC", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "CosineSimilarity", "F1Score"),
    *("FBetaScore", "Precision", "R2Score", "Recall", "SparseCategoricalAccuracy"),
    *("SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy", "TrueNegatives"),
    "TruePositives",
}


def camel(name: str) -> str:
    return "AUC" if name == "auc" else "".join(part.title() for part in name.split("_"))


def test_the_names_are_all_known() -> None:
    names = {*BINARY, *CLASSES}
    assert {*metrics.METRICS} == names | {camel(name) for name in names} | {"Auc"}


@pytest.mark.parametrize("name", [*BINARY, *CLASSES])
def test_a_name_gives_its_metric(name: str) -> None:
    kind, expected = {**BINARY, **CLASSES}[name]
    t = T if name in BINARY else LABELS if name.startswith("sparse") else np.eye(7)[LABELS]
    y = Y if name in BINARY else SCORES
    for spelling in (name, camel(name)):
        metric = metrics.get(spelling)
        assert (type(metric), metric.name) == (kind, spelling)
        prepared = metric.targets(t, y.shape[1:])
        for part in (slice(0, 2), slice(2, None)):
            metric.update(prepared[part], y[part])
        assert metric.result() == pytest.approx(expected, abs=0.01 if kind is metrics.AUC else 1e-6)


@pytest.mark.parametrize("name", sorted({*losses.LOSSES} - {*metrics.METRICS}))
def test_a_losss_name_gives_the_loss_as_a_metric(name: str) -> None:
    metric, loss = metrics.get(name), losses.get(name)
    assert isinstance(metric, metrics.LossMetric)
    assert (type(metric.loss), metric.name) == (type(loss), name)
    t, y = np.eye(2)[[0, 1, 1]], np.array([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]])
    if isinstance(loss, losses.SparseCategoricalCrossentropy):
        t = np.array([0, 1, 1])
    assert metric(t, y) == pytest.approx(loss(t, y), rel=1e-12, abs=0)


def test_a_loss_and_its_name() -> None:
    named, unnamed = metrics.get(losses.Huber(0.5, name="h")), metrics.get(losses.Huber(0.5))
    assert (named.name, unnamed.name) == ("h", "huber_loss")
    for metric in (named, unnamed):  # 0.5 (0.1 + 0.8 + 0.9 + 0.4) - 4 / 8, except 0.01/2 and 0.16/2
        assert metric(T, Y) == pytest.approx((0.005 + 0.275 + 0.325 + 0.08) / 4)


def test_functions_give_their_metrics() -> None:
    for name in ("binary_accuracy", *CLASSES):
        metric = metrics.get(getattr(metrics, name))
        assert (type(metric), metric.name) == ({**BINARY, **CLASSES}[name][0], name)
    metric = metrics.get(metrics.accuracy)
    assert (type(metric), metric.name) == (metrics.FunctionMetric, "accuracy")


def test_which_metrics_are_better_if_higher() -> None:
    kinds = [getattr(metrics, name) for name in metrics.__all__]
    found = {kind.__name__ for kind in kinds if getattr(kind, "higher_is_better", False)}
    assert found == HIGHER
    assert metrics.Metric.higher_is_better is False
    assert metrics.WeightedMetric(metrics.Recall()).higher_is_better
    assert not metrics.WeightedMetric(metrics.Hinge()).higher_is_better


def test_two_metrics_of_one_name_are_refused() -> None:
    for twice in (["mae", "mae"], ["acc", metrics.Recall(name="acc")]):
        with pytest.raises(ValueError, match="metric"):
            measured(twice)
    found = measured(["mae", "mse"], ["mae", "recall"])
    assert [metric.name for metric in found] == ["mae", "mse", "weighted_mae", "recall"]
    with pytest.raises(ValueError, match="must be one number"):
        measured([], [metrics.F1Score()])


def test_no_metric_is_called_loss() -> None:
    """It would take the loss's place in the history and in the list of `evaluate`."""

    def loss(y_true: Any, y_pred: Any) -> Any:
        return np.abs(y_true - y_pred).mean()

    with pytest.raises(ValueError, match="A metric can't be called 'loss'"):
        measured([loss])
    with pytest.raises(ValueError, match="A metric can't be called 'loss'"):
        measured([], [metrics.MeanAbsoluteError("loss")])


@pytest.mark.parametrize(
    ("kind", "setting", "words"),
    [
        ("R2Score", {"class_aggregation": None}, "class_aggregation must be one of 'uniform_av"),
        ("AUC", {"curve": None}, "curve must be one of 'PR', 'ROC', received None"),
        (
            "F1Score",
            {"average": 3},
            "average must be one of 'macro', 'micro', 'weighted', received",
        ),
    ],
)
def test_a_choice_among_words_names_them(kind: str, setting: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        getattr(metrics, kind)(**setting)


@pytest.mark.parametrize("name", ["val_loss", "val_mae"])
def test_a_metric_named_like_a_validation_value_is_refused(name: str) -> None:
    given = ["mae", metrics.MeanSquaredError(name)]
    with pytest.raises(ValueError, match=f"A metric can't be called '{name}', .* validation"):
        measured(given)
    assert len(measured(["mae", metrics.MeanSquaredError("val_other")])) == 2
