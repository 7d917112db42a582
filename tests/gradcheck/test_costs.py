"""Losses whose logarithms are kept from becoming infinite, and patterns of wrong losses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck import check_gradients

RNG = np.random.default_rng(77)
FEATURES, YES = RNG.normal(size=(4, 6)), np.array([1.0, 0, 0, 1, 1, 0])
X, LABELS, SCORES = RNG.normal(size=(6, 4)), np.array([0, 2, 1, 2, 0, 1]), RNG.normal(size=(6, 3))
WEIGHTS = RNG.normal(size=(4, 3))
Logarithm = Callable[[np.ndarray], np.ndarray]

LOGARITHMS: dict[str, Logarithm] = {
    "plain": lambda p: np.log(p),
    "added": lambda p: np.log(p + 1e-8),
    "clipped": lambda p: np.log(np.clip(p, 1e-7, 1 - 1e-7)),
    "bounded below": lambda p: np.log(np.maximum(p, 1e-10)),
}


def sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("log", LOGARITHMS.values(), ids=list(LOGARITHMS))
@pytest.mark.parametrize("w", [[0.1, -0.4, 0.6, 0.2], [4.0, -4, 6, 2]], ids=["small", "large"])
def test_a_cost_by_its_weights_may_hold_its_logarithms(log: Logarithm, w: list[float]) -> None:
    def cost(w: np.ndarray) -> tuple[float, np.ndarray]:
        a = sigmoid(w @ FEATURES)
        return -(YES * log(a) + (1 - YES) * log(1 - a)).mean(), FEATURES @ (a - YES) / 6

    check_gradients(cost, w).assert_ok()


@pytest.mark.parametrize("log", LOGARITHMS.values(), ids=list(LOGARITHMS))
@pytest.mark.parametrize("size", [0.01, 1.0])
def test_so_may_a_softmax_regression(log: Logarithm, size: float) -> None:
    def cost(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = softmax(X @ w)
        return -log(p[np.arange(6), LABELS]).mean(), X.T @ (p - np.eye(3)[LABELS]) / 6

    check_gradients(cost, size * WEIGHTS).assert_ok()


@pytest.mark.parametrize("size", [1, 5, 20])
@pytest.mark.parametrize("epsilon", [1e-8, 1e-6])
def test_an_epsilon_in_the_logarithm_is_no_mistake(epsilon: float, size: int) -> None:
    def softmax_cost(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        p = softmax(z)
        return -np.log(p[np.arange(3), t] + epsilon).mean(), (p - np.eye(3)[t]) / 3

    def sigmoid_cost(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        p = sigmoid(z)
        value = -(t * np.log(p + epsilon) + (1 - t) * np.log(1 - p + epsilon)).mean()
        return value, (p - t) / z.size

    check_gradients(softmax_cost, size * SCORES[:3], LABELS[:3]).assert_ok()
    check_gradients(sigmoid_cost, size * SCORES[:3], np.eye(3)[LABELS[:3]]).assert_ok()


def test_wrong_costs_are_found_all_the_same() -> None:
    def cost(w: np.ndarray) -> tuple[float, np.ndarray]:
        a = sigmoid(w @ FEATURES)
        value = -(YES * np.log(a + 1e-8) + (1 - YES) * np.log(1 - a + 1e-8)).mean()
        return value, FEATURES @ (a - YES)

    assert check_gradients(cost, [0.1, -0.4, 0.6, 0.2]).mistakes[0].kind == "constant_factor"

    def clipped(z: np.ndarray) -> tuple[float, np.ndarray]:
        return (np.clip(z, -5, 5) ** 2).sum(), 2 * z

    report = check_gradients(clipped, SCORES)
    assert not report
    assert "with inputs from" in str(report.summary)

    def scaled(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        p = softmax(z)
        d = (p - np.eye(3)[t]) / 6
        return -np.log(p[np.arange(6), t] + 1e-8).mean(), d * np.linspace(0.9, 1, 6)[:, None]

    assert not check_gradients(scaled, SCORES, LABELS)


def test_the_slope_of_a_softmax_is_taken_twice() -> None:
    def cost(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        p = softmax(z)
        return -np.log(p[np.arange(6), t]).mean(), (p - np.eye(3)[t]) * p * (1 - p) / 6

    (mistake,) = check_gradients(cost, SCORES, LABELS).mistakes
    assert "(p - t) p (1 - p): p - t contains the slope p (1 - p) already" in mistake.text


def counts(y: np.ndarray, t: np.ndarray) -> float:
    """Poisson's loss of the logarithm y of a rate."""
    return float((np.exp(y) - t * y).sum())


def shares(y: np.ndarray, t: np.ndarray) -> float:
    """The cross-entropy of probabilities."""
    return float(-(t * np.log(y)).sum())


@pytest.mark.parametrize(
    ("cost", "slope", "told"),
    [
        (
            counts,
            lambda y, t: np.exp(y),
            "the gradient from `t * y` (line 104) back to x is missing",
        ),
        (counts, lambda y, t: np.exp(y) - t * y, "made with `t * y`, where `t` is right"),
        (counts, lambda y, t: y - t, "the exponential is missing"),
        (shares, lambda y, t: -1 / y, "`t`, a factor, is forgotten in the gradient of `t * np.log"),
        (shares, lambda y, t: -y / t, "y / t, where t / y is right"),
        (shares, lambda y, t: -t / y**2, "t / y**2, where t / y is right"),
        (shares, lambda y, t: -t * y, "t y, where t / y is right"),
        (shares, lambda y, t: -t * np.log(y), "t log(y), a term of the value"),
        (shares, lambda y, t: y - t, "the error, y - t, as of a squared error"),
        (
            lambda y, t: float((t * np.log(t / y)).sum()),
            lambda y, t: t * np.log(t / y),
            "t log(t / y), a term of the value",
        ),
        (
            lambda y, t: float(-(t * np.log(y) + (1 - t) * np.log(1 - y)).sum()),
            lambda y, t: -(t * np.log(y) + (1 - t) * np.log(1 - y)),
            "t log(y) + (1 - t) log(1 - y), the value's terms, not their slopes",
        ),
    ],
)
def test_the_slope_of_another_cost_is_named(cost: Any, slope: Any, told: str) -> None:
    rng = np.random.default_rng(2)
    y, t = rng.uniform(0.1, 0.9, (2, 4))
    (mistake,) = check_gradients(lambda y, t: (cost(y, t), slope(y, t)), y, t).mistakes
    assert told in mistake.text


def test_a_missing_term_of_a_column_is_not_taken_for_a_slope_too_many() -> None:
    """The softmax of a single column is 1, with a slope of 0, so any term that is missing fits."""
    t = YES[:, np.newaxis]

    def of_logits(z: np.ndarray, t: np.ndarray) -> Any:
        cost = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
        return cost.mean(), sigmoid(z) / 6

    def of_shares(p: np.ndarray, t: np.ndarray) -> Any:
        cost = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        return cost.mean(), -t / p / 6

    def of_angles(a: np.ndarray, b: np.ndarray) -> Any:
        n = np.linalg.norm(a, axis=1, keepdims=True) * np.linalg.norm(b, axis=1, keepdims=True)
        return -((a * b).sum(axis=1, keepdims=True) / n).mean(), -b / n / 6

    for report, part in (
        (check_gradients(of_logits, SCORES[:, 1:2], t), "from `z * t`"),
        (check_gradients(of_shares, sigmoid(SCORES[:, :1]), t), "from `1 - p`"),
        (check_gradients(of_angles, SCORES, SCORES[::-1]), "from `np.linalg.norm(a, "),
    ):
        assert part in report.summary
        assert "is missing" in report.summary


def test_a_bound_that_is_not_reached_is_no_relu() -> None:
    def cost(p: np.ndarray, t: np.ndarray) -> Any:
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return -(t * np.log(p)).sum(axis=1).mean(), -t * p / 6

    report = check_gradients(cost, softmax(SCORES), np.eye(3)[LABELS])
    assert "ReLU" not in report.summary
    assert "t y, where t / y is right" in report.summary


@pytest.mark.parametrize("off", [1.0, -0.5])
def test_a_hinge_has_no_shares_of_which_targets_are_subtracted(off: float) -> None:
    def cost(scores: np.ndarray, labels: np.ndarray) -> Any:
        rows = np.arange(len(labels))
        margins = np.maximum(0, scores - scores[rows, labels][:, np.newaxis] + 1)
        margins[rows, labels] = 0
        slopes = (margins > 0) * 1.0
        slopes[rows, labels] = off - slopes.sum(axis=1)
        return margins.sum() / 6, slopes / 6

    report = check_gradients(cost, SCORES, LABELS)
    assert (
        f"right except at each example's own label, where it is off by {off / 6:.4g}"
        in report.summary
    )


@pytest.mark.parametrize("size", [1e-3, 1.0])
@pytest.mark.parametrize(
    ("factor", "told"), [(0, "correct[:, None]`, is missing"), (-1, "has the wrong sign")]
)
def test_a_hinge_of_small_scores_is_no_softmax(size: float, factor: float, told: str) -> None:
    """Where every margin is positive, the slopes plus t are positive as well."""

    def cost(scores: np.ndarray, labels: np.ndarray) -> Any:
        rows = np.arange(len(labels))
        correct = scores[rows, labels]
        margins = np.maximum(0, scores - correct[:, None] + 1)
        margins[rows, labels] = 0
        slopes = (margins > 0) * 1.0
        slopes[rows, labels] -= factor * slopes.sum(axis=1)
        return margins.sum() / 6, slopes / 6

    summary = check_gradients(cost, size * SCORES, LABELS).summary
    assert "p - t" not in summary
    assert told in summary


@pytest.mark.parametrize("to_shares", [softmax, sigmoid])
@pytest.mark.parametrize("factor", [0.0, 6.0])
def test_targets_of_shares_are_still_missed(to_shares: Logarithm, factor: float) -> None:
    t = np.eye(3)[LABELS]

    def cost(z: np.ndarray, t: np.ndarray) -> Any:
        is_row = to_shares is softmax
        terms = np.log(np.exp(z).sum(axis=1)) if is_row else np.logaddexp(0, z)
        return (terms.sum() - (t * z).sum()) / 6, (to_shares(z) - factor * t) / 6

    assert "p - t" in check_gradients(cost, SCORES, t).summary


@pytest.mark.parametrize(
    ("axis", "overwritten", "told"),
    [
        (None, False, "softmax is taken over the whole batch"),
        (0, False, "softmax is taken down the columns, axis=0"),
        (1, True, "d[rows, labels] = -1: p - 1 is right, d[rows, labels] -= 1"),
        (1, False, ""),
    ],
)
def test_a_softmax_of_logits_less_their_maximum_and_its_targets(
    axis: int | None, overwritten: bool, told: str
) -> None:
    def cost(scores: np.ndarray, t: np.ndarray) -> Any:
        labels = t if t.ndim == 1 else t.argmax(axis=1)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=axis, keepdims=True)
        rows = np.arange(len(labels))
        d = p.copy()
        d[rows, labels] = -1 if overwritten else d[rows, labels] - 1
        return -np.log(p[rows, labels]).mean(), d / len(labels)

    for y in (LABELS, np.eye(3)[LABELS]):
        report = check_gradients(cost, SCORES, y)
        assert bool(report) is (not told)
        assert told in report.summary


@pytest.mark.parametrize("classes", [True, False])
def test_a_squared_hinge_without_its_margin_is_no_penalty(classes: bool) -> None:
    def cost(s: np.ndarray, y: np.ndarray) -> Any:
        t = 2.0 * np.eye(3)[y] - 1 if classes else y
        m = np.maximum(0, 1 - t * s)
        return (m**2).sum() / len(y), -2 * t * (m > 0) / len(y)

    y = LABELS if classes else np.sign(SCORES[::-1])
    report = check_gradients(cost, SCORES, y)
    assert not report
    assert "penalty" not in report.summary


def test_a_penalty_beside_labels_is_still_one() -> None:
    """In the gradient of a squared error alone, and missing in one column of a cross-entropy's."""

    def squared(s: np.ndarray, labels: np.ndarray) -> Any:
        e = s - np.eye(3)[labels]
        return (e**2).sum() / 2, e + 0.1 * s

    def crossentropy(s: np.ndarray, labels: np.ndarray) -> Any:
        p, t = softmax(s), np.eye(3)[labels]
        value = -(t * np.log(p)).sum() / len(s) + 0.1 * (s**2).sum()
        return value, (p - t) / len(s) + 0.2 * s * (np.arange(3) > 0)

    assert "plus 0.1 times the input: a penalty" in check_gradients(squared, SCORES, LABELS).summary
    summary = check_gradients(crossentropy, SCORES, LABELS).summary
    assert "less 0.2 times the input at [0, 0], [1, 0]" in summary
