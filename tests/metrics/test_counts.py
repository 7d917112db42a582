"""Counts of decisions and what follows from them, by hand: batches, weights, thresholds, areas."""

from math import log
from typing import Any

import numpy as np
import pytest

from tinynet import metrics

# Above 0.5 are 0.9 (true) and 0.6 (false); above 0.2 also 0.3 (true).
T = np.array([[1.0], [0.0], [1.0], [0.0]])
Y = np.array([[0.9], [0.6], [0.3], [0.1]])


def of(metric: Any, t: np.ndarray = T, y: np.ndarray = Y, weights: Any = None) -> Any:
    """Return the metric after two equal batches."""
    for _ in range(2):
        metric.update(metric.targets(t, y.shape[1:]), y, weights)
    return metric.result()


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        (metrics.TruePositives, [1, 2]),
        (metrics.FalsePositives, [1, 1]),
        (metrics.FalseNegatives, [1, 0]),
        (metrics.TrueNegatives, [1, 1]),
    ],
)
def test_counts_over_batches_and_thresholds_in_any_order(kind: Any, counts: list[float]) -> None:
    twice = [2 * count for count in counts]
    assert of(kind([0.5, 0.2])).tolist() == twice
    assert of(kind([0.2, 0.5])).tolist() == twice[::-1]
    assert of(kind(0.2)) == twice[1]
    assert of(kind()) == twice[0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (metrics.TruePositives, 2 * 1),
        (metrics.FalsePositives, 2 * 2),
        (metrics.FalseNegatives, 2 * 3),
        (metrics.TrueNegatives, 2 * 4),
        (metrics.Precision, 1 / 3),
        (metrics.Recall, 1 / 4),
    ],
)
def test_weights_count_in_every_batch(kind: Any, expected: float) -> None:
    assert of(kind(), weights=np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(expected)


def test_an_output_on_the_threshold_is_negative() -> None:
    assert of(metrics.TruePositives(0.9)) == 0
    assert of(metrics.FalseNegatives(0.9)) == 4


def test_one_class_alone() -> None:
    t = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    y = np.array([[0.9, 0.9, 0.1], [0.9, 0.9, 0.9]])
    for class_id, precision in ((0, 1 / 2), (1, 1 / 2), (2, 1)):
        assert of(metrics.Precision(class_id=class_id), t, y) == precision
        assert of(metrics.Recall(class_id=class_id), t, y) == 1
    with pytest.raises(ValueError, match="class_id must be below 3, the number of outputs"):
        metrics.Precision(class_id=3).targets(t, (3,))
    # It counts along the last axis: here there are two rows of three outputs.
    assert of(metrics.Precision(class_id=2), t[np.newaxis], y[np.newaxis]) == 1
    with pytest.raises(ValueError, match="class_id must be below 3"):
        metrics.Recall(class_id=3).targets(t[np.newaxis], (2, 3))
    with pytest.raises(ValueError, match="class_id must be at least 0, received -1"):
        metrics.Recall(class_id=-1)


# The thresholds are just below 0, 1/2, and just above 1: TP = 3, 2, 0 and FP = 2, 1, 0.
AREA_T = np.array([[1.0], [1.0], [1.0], [0.0], [0.0]])
AREA_Y = np.array([[0.9], [0.7], [0.4], [0.6], [0.2]])
# ROC: from (0, 0) by (1/2, 2/3) to (1, 1): two trapezoids.
ROC = 0.5 * (2 / 3) / 2 + 0.5 * (2 / 3 + 1) / 2
# PR: with n predictions from 3 to 5, TP = (n + 1) / 2 and the precision is 1/2 + 1/(2n). Integrated
# over dTP / 3 = dn / 6, that is 1/6 + log(5/3) / 12. Below, the precision is 2/3, up to TP = 2.
PR = 1 / 6 + log(5 / 3) / 12 + (2 / 3) * 2 / 3


@pytest.mark.parametrize(("curve", "area"), [("ROC", ROC), ("PR", PR)])
@pytest.mark.parametrize("weight", [None, 0.125, 8.0])
def test_areas_by_hand(curve: str, area: float, weight: float | None) -> None:
    """A weight that all examples have doesn't change an area."""
    metric = metrics.AUC(num_thresholds=3, curve=curve)
    assert metric.levels.tolist() == [-1e-7, 0.5, 1 + 1e-7]
    weights = None if weight is None else np.full(5, weight)
    assert of(metric, AREA_T, AREA_Y, weights) == pytest.approx(area, rel=1e-12, abs=0)
    metric.reset()
    assert metric.result() == 0


def test_area_of_many_thresholds() -> None:
    """Five of the six pairs of a positive and a negative example are in order: all but 0.4, 0.6."""
    assert of(metrics.AUC(), AREA_T, AREA_Y) == pytest.approx(5 / 6, abs=1e-6)
    assert metrics.AUC().levels.shape == (200,)
    assert metrics.AUC(num_thresholds=2).levels.shape == (2,)
    with pytest.raises(ValueError, match="num_thresholds must be at least 2, received 1"):
        metrics.AUC(num_thresholds=1)


# Class 0: one hit, one miss. Class 1: two hits, one wrong, one miss (the row without an output).
SCORE_T = np.eye(2)[[0, 0, 1, 1, 1]]
SCORE_Y = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.2, 0.8], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        (None, [2 / 3, 2 / 3]),  # 2 TP / (2 TP + FP + FN): 2 / (2 + 0 + 1) and 4 / (4 + 1 + 1)
        ("macro", 2 / 3),
        ("micro", 2 / 3),  # 6 / (6 + 1 + 2)
        ("weighted", 2 / 3),
    ],
)
def test_f1_by_hand(average: str | None, expected: Any) -> None:
    assert of(metrics.F1Score(average), SCORE_T, SCORE_Y) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        # 5 P R / (4 P + R) with P = 1, R = 1/2 and with P = R = 2/3.
        (None, [5 / 9, 2 / 3]),
        ("macro", (5 / 9 + 2 / 3) / 2),
        ("micro", 5 * 3 / (5 * 3 + 1 + 4 * 2)),  # in counts: 5 TP / (5 TP + FP + 4 FN)
        ("weighted", (2 * 5 / 9 + 3 * 2 / 3) / 5),  # two examples and three
    ],
)
def test_f_beta_by_hand(average: str | None, expected: Any) -> None:
    metric = metrics.FBetaScore(average, beta=2.0)
    assert of(metric, SCORE_T, SCORE_Y) == pytest.approx(expected, abs=1e-6)


def test_f1_with_a_threshold_and_weights() -> None:
    # Above 0.25 there are also 0.3: class 0 has no miss, and weights of 3 make 6 / (6 + 0 + 0).
    metric = metrics.F1Score(threshold=0.25)
    assert of(metric, SCORE_T, SCORE_Y)[0] == pytest.approx(1, abs=1e-6)
    # Weights of 1, 3, 1, 1, 1: class 0 has TP 1, FN 3; class 1 has TP 2, FP 3, FN 1.
    weights = np.array([1.0, 3.0, 1.0, 1.0, 1.0])
    found = of(metrics.F1Score(), SCORE_T, SCORE_Y, weights)
    assert found == pytest.approx([2 / 5, 4 / 8], abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_an_output_equal_to_the_threshold_is_negative(dtype: Any) -> None:
    t, y = np.ones((2, 1)), np.array([[0.3], [0.9]], dtype=dtype)
    assert metrics.TruePositives(thresholds=0.3)(t, y) == 1
    assert metrics.BinaryAccuracy(threshold=0.3)(t, y) == 1 / 2
    whole = metrics.TruePositives(thresholds=-0.5)
    whole.update(t, np.array([[0], [1]]))
    assert whole.result() == 2


def test_the_area_for_outputs_outside_the_thresholds() -> None:
    """By hand, as in Keras: they count as 0 and 1. Two equal outputs give half."""
    t = np.array([[1.0], [0.0]])
    for outputs, expected in (([2.0, -1.0], 1), ([1.5, 1.25], 0.5), ([-0.5, -0.75], 0.5)):
        assert metrics.AUC()(t, np.array([outputs]).T) == expected


def test_not_a_number_is_a_negative_prediction() -> None:
    t, y = np.array([[1.0], [0.0]]), np.array([[np.nan], [np.nan]])
    assert metrics.FalseNegatives()(t, y) == metrics.TrueNegatives()(t, y) == 1
    assert metrics.AUC()(t, y) == 0
