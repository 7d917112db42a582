"""The losses besides the four that the course derives: values by hand, gradients, spellings."""

from math import cosh, exp, log, sqrt
from typing import Any

import numpy as np
import pytest

from tinynet import losses
from tinynet.gradcheck import check_gradients

RNG = np.random.default_rng(0)
REAL = RNG.standard_normal((6, 4)), RNG.standard_normal((6, 4))
POSITIVE = RNG.uniform(0.5, 3, (6, 4)), RNG.uniform(0.5, 3, (6, 4))
SIGNS = RNG.choice([-1.0, 1.0], (6, 4)), RNG.standard_normal((6, 4))
BITS = RNG.integers(0, 2, (6, 4)).astype(float), RNG.uniform(0.1, 0.9, (6, 4))
CLASSES = np.eye(4)[RNG.integers(0, 4, 6)], RNG.standard_normal((6, 4))
SHARES = RNG.dirichlet(np.ones(4), 6), RNG.dirichlet(np.ones(4), 6)


def pairs(t: list[float], y: list[float]) -> Any:
    return zip(t, y, strict=True)


# For each loss targets and predictions, and what one example costs by hand.
CASES: dict[str, tuple[losses.Loss, tuple[np.ndarray, np.ndarray], Any]] = {
    "mae": (
        losses.MeanAbsoluteError(),
        REAL,
        lambda t, y: mean(abs(a - b) for a, b in pairs(t, y)),
    ),
    "mape": (
        losses.MeanAbsolutePercentageError(),
        POSITIVE,
        lambda t, y: mean(100 * abs((a - b) / a) for a, b in pairs(t, y)),
    ),
    "msle": (
        losses.MeanSquaredLogarithmicError(),
        POSITIVE,
        lambda t, y: mean((log(1 + a) - log(1 + b)) ** 2 for a, b in pairs(t, y)),
    ),
    "huber": (losses.Huber(), REAL, lambda t, y: mean(huber(b - a, 1.0) for a, b in pairs(t, y))),
    "huber, delta": (
        losses.Huber(0.25),
        REAL,
        lambda t, y: mean(huber(b - a, 0.25) for a, b in pairs(t, y)),
    ),
    "log_cosh": (
        losses.LogCosh(),
        REAL,
        lambda t, y: mean(log(cosh(b - a)) for a, b in pairs(t, y)),
    ),
    "hinge": (losses.Hinge(), SIGNS, lambda t, y: mean(max(1 - a * b, 0) for a, b in pairs(t, y))),
    "hinge, bits": (
        losses.Hinge(),
        (BITS[0], SIGNS[1]),
        lambda t, y: mean(max(1 - (2 * a - 1) * b, 0) for a, b in pairs(t, y)),
    ),
    "squared_hinge": (
        losses.SquaredHinge(),
        SIGNS,
        lambda t, y: mean(max(1 - a * b, 0) ** 2 for a, b in pairs(t, y)),
    ),
    "categorical_hinge": (
        losses.CategoricalHinge(),
        CLASSES,
        lambda t, y: max(
            max((1 - a) * b for a, b in pairs(t, y)) - sum(a * b for a, b in pairs(t, y)) + 1, 0
        ),
    ),
    "kl_divergence": (
        losses.KLDivergence(),
        SHARES,
        lambda t, y: sum(a * log(a / b) for a, b in pairs(t, y)),
    ),
    "poisson": (
        losses.Poisson(),
        POSITIVE,
        lambda t, y: mean(b - a * log(b + 1e-7) for a, b in pairs(t, y)),
    ),
    "cosine_similarity": (
        losses.CosineSimilarity(),
        REAL,
        lambda t, y: (
            -sum(a * b for a, b in pairs(t, y))
            / sqrt(sum(a * a for a in t) * sum(b * b for b in y))
        ),
    ),
    "binary_focal_crossentropy": (
        losses.BinaryFocalCrossentropy(),
        BITS,
        lambda t, y: mean(focal(b if a else 1 - b, 2.0) for a, b in pairs(t, y)),
    ),
    "binary_focal_crossentropy, balanced": (
        losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.75, gamma=1.5),
        BITS,
        lambda t, y: mean(
            (0.75 if a else 0.25) * focal(b if a else 1 - b, 1.5) for a, b in pairs(t, y)
        ),
    ),
    "binary_focal_crossentropy, logits, smoothed": (
        losses.BinaryFocalCrossentropy(from_logits=True, label_smoothing=0.25),
        (BITS[0], REAL[1]),
        lambda t, y: mean(
            smoothed_focal(0.75 * a + 0.125, 1 / (1 + exp(-b))) for a, b in pairs(t, y)
        ),
    ),
}


def mean(values: Any) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def huber(error: float, delta: float) -> float:
    return error**2 / 2 if abs(error) <= delta else delta * (abs(error) - delta / 2)


def focal(q: float, gamma: float) -> float:
    return -((1 - q) ** gamma) * log(q)


def smoothed_focal(t: float, p: float) -> float:
    q = t * p + (1 - t) * (1 - p)
    return -((1 - q) ** 2) * (t * log(p) + (1 - t) * log(1 - p))


def test_classes_that_tie_share_the_slope() -> None:
    loss = losses.CategoricalHinge()
    t, y = np.eye(4)[[1, 0, 3]], np.array([[2, 1, 2, 0.0], [0, 0, 0, 0], [0, 0, 0, 5]])
    expected = [[0.5, -1, 0.5, 0], [-1, 0.25, 0.25, 0.25], [0, 0, 0, 0]]
    np.testing.assert_array_equal(loss.backward(t, y), np.array(expected) / 3)


@pytest.mark.parametrize("name", CASES)
def test_costs_by_hand(name: str) -> None:
    loss, (t, y), by_hand = CASES[name]
    expected = [by_hand(row.tolist(), other.tolist()) for row, other in zip(t, y, strict=True)]
    np.testing.assert_allclose(loss.costs(loss.targets(t, (4,)), y), expected, rtol=1e-12)
    assert loss.forward(t, y) == pytest.approx(mean(expected), rel=1e-12, abs=0)


@pytest.mark.parametrize("name", CASES)
def test_gradients(name: str) -> None:
    loss, (t, y), _ = CASES[name]
    check_gradients(loss, y, t).assert_ok()


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_and_nothing_is_changed(name: str) -> None:
    loss, (t, y), _ = CASES[name]
    t, y = loss.targets(t, (4,)).astype(np.float32), y.astype(np.float32)
    kept = t.copy(), y.copy()
    assert loss.gradient(t, y).dtype == np.float32
    assert loss.value(t, y) == pytest.approx(loss.value(*map(np.float64, (t, y))), rel=1e-5)  # type: ignore[arg-type]
    np.testing.assert_array_equal(t, kept[0])
    np.testing.assert_array_equal(y, kept[1])


@pytest.mark.parametrize("name", CASES)
def test_rows_in_a_further_axis_are_examples(name: str) -> None:
    """Two examples of three rows cost what the six rows do, and so do their weights."""
    loss, (t, y), _ = CASES[name]
    assert loss(t.reshape(2, 3, 4), y.reshape(2, 3, 4)) == pytest.approx(
        loss(t, y), rel=1e-12, abs=0
    )
    deep = loss.backward(t.reshape(2, 3, 4), y.reshape(2, 3, 4))
    np.testing.assert_allclose(deep.reshape(6, 4), loss.backward(t, y), rtol=1e-12)


@pytest.mark.parametrize("length", [3e-8, 1e-9, 0.0])
def test_the_slope_of_a_vector_too_short_to_be_a_direction(length: float) -> None:
    """Its length counts as 1e-7, a constant, so that minus the cosine is a linear function."""
    t, y = np.array([[0.6, 0.8, 0.0]]), length * np.array([[0.6, 0.0, 0.8]])
    found = losses.CosineSimilarity().backward(t, y)
    np.testing.assert_allclose(found, -t / 1e-7, rtol=1e-12)


@pytest.mark.parametrize(("gamma", "balance"), [(0.0, False), (1.0, False), (2.0, True)])
def test_the_focal_loss_keeps_the_digits_of_a_small_probability(
    gamma: float, balance: bool
) -> None:
    """In float32, 1 - p has lost most digits of p."""
    loss = losses.BinaryFocalCrossentropy(balance, gamma=gamma)
    p = np.array([[3e-7], [1.7e-6], [2.3e-5]], dtype=np.float32)
    t, exact = np.zeros_like(p), p.astype(np.float64)
    np.testing.assert_allclose(loss.costs(t, p), loss.costs(t, exact), rtol=1e-6)
    np.testing.assert_allclose(loss.gradient(t, p), loss.gradient(t, exact), rtol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.001, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("z", [None, 720.0, 740.0, 800.0])
def test_the_focal_loss_of_certain_predictions(gamma: float, z: float | None) -> None:
    """Where the answer is right with certainty there is nothing to learn, for any gamma.

    From the logit 740, the probability of the wrong answer is below the smallest normal number.
    """
    loss = losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=z is not None)
    certain = [[1.0, 0.0]] if z is None else [[z, -z]]
    gradient = loss.backward([[1.0, 0.0]], certain)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_focal_loss_of_certain_errors(dtype: str) -> None:
    """From logits, an error of 40 costs 40 and has the slope of the cross-entropy."""
    loss = losses.BinaryFocalCrossentropy(from_logits=True)
    t, z = np.array([[1.0, 0.0]], dtype), np.array([[-40.0, 40.0]], dtype)
    assert loss(t, z) == pytest.approx(40, rel=1e-6)
    np.testing.assert_allclose(loss.backward(t, z), [[-0.5, 0.5]], rtol=1e-6)


def test_where_there_is_a_kink_zero_is_taken() -> None:
    t = np.array([[1.0, 2.0]])
    assert losses.MeanAbsoluteError().backward(t, t).tolist() == [[0, 0]]
    assert losses.Huber().backward(t, t + np.array([[0.0, 1.0]])).tolist() == [[0, 0.5]]
    assert losses.Hinge().backward([[1.0]], [[1.0]]).tolist() == [[0]]


def test_log_cosh_of_small_errors_in_float32() -> None:
    """In float32, the logarithm of 2 would be taken off with an error of 1e-8."""
    t, y = np.zeros((1, 1), np.float32), np.full((1, 1), 1e-3, np.float32)
    assert losses.LogCosh()(t, y) == pytest.approx(0.5e-6, rel=1e-4, abs=0)


def test_predictions_in_float16_lose_only_their_own_digits() -> None:
    """1 - 1e-7 is 1 in float16, and 70,000 examples are more than its largest number."""
    certain = np.array([[1.0], [0.0]], dtype=np.float16)
    loss = losses.BinaryFocalCrossentropy()
    assert loss.forward([[1.0], [0.0]], certain) == 0.0
    assert not loss.backward([[1.0], [0.0]], certain).any()
    labels = np.arange(70_000) % 2
    rows = np.where(np.eye(2)[labels] > 0, 0.75, 0.25)
    for each in (
        losses.SparseCategoricalCrossentropy(),
        losses.SparseCategoricalCrossentropy(True),
    ):
        expected = each.backward(labels, rows)
        found = each.backward(labels, rows.astype(np.float16))
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_huge_errors() -> None:
    for loss in (losses.LogCosh(), losses.Huber(), losses.MeanAbsoluteError()):
        assert loss.forward([[0.0]], [[1e30]]) == pytest.approx(1e30)
        assert abs(loss.backward([[0.0]], [[-1e30]])).tolist() == [[1]]
    # A target of 0 is divided by 1e-7, a negative prediction counts as 1e-7.
    assert losses.MeanAbsolutePercentageError().forward([[0.0]], [[1.0]]) == pytest.approx(1e9)
    assert losses.MeanSquaredLogarithmicError().forward([[0.0]], [[-5.0]]) == 0
    assert losses.KLDivergence().forward([[0.0, 1.0]], [[0.0, 1.0]]) == pytest.approx(0)


SPELLINGS = [
    (losses.MeanAbsoluteError, ["mae", "MAE", "mean_absolute_error", "MeanAbsoluteError"]),
    (losses.MeanSquaredError, ["mse", "MSE", "mean_squared_error", "MeanSquaredError"]),
    (
        losses.MeanAbsolutePercentageError,
        ["mape", "MAPE", "mean_absolute_percentage_error", losses.mean_absolute_percentage_error],
    ),
    (losses.MeanSquaredLogarithmicError, ["msle", "MSLE", losses.mean_squared_logarithmic_error]),
    (losses.Huber, ["huber", "Huber", losses.huber]),
    (losses.LogCosh, ["log_cosh", "LogCosh", losses.log_cosh]),
    (losses.KLDivergence, ["kld", "KLD", "kl_divergence", "KLDivergence", losses.kl_divergence]),
    (losses.Hinge, ["hinge", "Hinge", losses.hinge]),
    (losses.SquaredHinge, ["squared_hinge", losses.squared_hinge]),
    (losses.CategoricalHinge, ["categorical_hinge", losses.categorical_hinge]),
    (losses.Poisson, ["poisson", "Poisson", losses.poisson]),
    (losses.CosineSimilarity, ["cosine_similarity", "CosineSimilarity", losses.cosine_similarity]),
    (losses.BinaryCrossentropy, ["bce", "BCE", "binary_crossentropy", losses.binary_crossentropy]),
    (losses.CategoricalCrossentropy, ["CategoricalCrossentropy", losses.categorical_crossentropy]),
    (losses.SparseCategoricalCrossentropy, [losses.sparse_categorical_crossentropy]),
]


@pytest.mark.parametrize(("kind", "spellings"), SPELLINGS, ids=lambda v: getattr(v, "__name__", ""))
def test_every_spelling(kind: type, spellings: list[Any]) -> None:
    for spelling in spellings:
        assert type(losses.get(spelling)) is kind
    made = losses.get(kind(name="mine"))
    assert made.name == "mine"


def test_functions_give_each_example_its_loss() -> None:
    assert losses.mean_squared_error([0.0, 2.0], [1.0, 2.0]) == 0.5  # one example
    found = losses.mean_absolute_error([[0, 1], [2, 3]], [[0.0, 2.0], [2.0, 0.0]])
    assert found.tolist() == [0.5, 1.5]
    assert losses.mean_squared_error([1, 2], [[1.0], [4.0]]).tolist() == [0, 4]
    many = losses.mean_squared_error(np.zeros((2, 3, 4)), np.ones((2, 3, 4)))
    assert many.tolist() == [[1, 1, 1], [1, 1, 1]]
    labels = losses.sparse_categorical_crossentropy([1, 0], [[0.5, 0.5], [0.25, 0.75]])
    np.testing.assert_allclose(labels, [log(2), log(4)])
    rows = losses.categorical_crossentropy([[0, 1], [1, 0]], [[0.5, 0.5], [0.25, 0.75]])
    np.testing.assert_allclose(rows, [log(2), log(4)])
    logits = losses.binary_crossentropy([[1.0]], [[2.0]], from_logits=True)
    np.testing.assert_allclose(logits, [log(1 + exp(-2))])
    with pytest.raises(ValueError, match="y_true for 2 examples"):
        losses.mean_squared_error([1, 2, 3], [[1.0], [4.0]])


def test_a_function_without_a_derivative_is_refused() -> None:
    def my_loss(y_true: Any, y_pred: Any) -> Any:
        return np.square(y_true - y_pred)

    with pytest.raises(TypeError, match="can't find from the function my_loss"):
        losses.get(my_loss)
    with pytest.raises(ValueError, match=r"Unknown loss 'rmse'\. Known: 'bce'"):
        losses.get("rmse")


def test_values_beyond_one_count_as_one() -> None:
    assert losses.KLDivergence()([[0.5, 0.5]], [[1.5, 0.5]]) == pytest.approx(0.5 * log(0.5))


def test_a_certain_error_costs_a_finite_amount() -> None:
    """Of the focal loss at p = 1 - ε, for a target of 0: -p² log ε, with ε = 1e-7."""
    assert losses.BinaryFocalCrossentropy()([[0.0]], [[1.0]]) == pytest.approx(-log(1e-7), rel=1e-6)


def test_label_smoothing_by_hand() -> None:
    """Targets of 0.05 and 0.95 in place of 0 and 1."""
    loss = losses.CategoricalCrossentropy(label_smoothing=0.1)
    assert loss([[0, 1]], [[0.25, 0.75]]) == pytest.approx(-0.05 * log(0.25) - 0.95 * log(0.75))
    three = losses.CategoricalCrossentropy(label_smoothing=0.3)
    expected = -0.1 * log(0.25) - 0.8 * log(0.5) - 0.1 * log(0.25)
    assert three([[0, 1, 0]], [[0.25, 0.5, 0.25]]) == pytest.approx(expected)


def test_cosine_similarity_is_along_the_last_axis() -> None:
    for axis in (-1, 1):
        similarity = losses.CosineSimilarity(axis=axis)([[1, 0]], [[1, 1]])
        assert similarity == pytest.approx(-sqrt(0.5))
    with pytest.raises(ValueError, match="axis must be -1"):
        losses.CosineSimilarity(axis=0)


def test_the_focal_losss_alpha_is_a_share() -> None:
    with pytest.raises(ValueError, match="alpha must be from 0 to 1, received 2"):
        losses.BinaryFocalCrossentropy(alpha=2)


@pytest.mark.parametrize(
    ("loss", "targets", "said"),
    [
        ("binary_focal_crossentropy", [1, 2], r"from 0 to 1, received 2 at \[1, 0\].*: y - 1\."),
        ("hinge", [1, 2], r"from -1 to 1, received 2 at \[1, 0\]"),
        ("squared_hinge", [-2, 1], r"from -1 to 1, received -2 at \[0, 0\]"),
        ("poisson", [0, -1], r"from 0 to inf, received -1 at \[1, 0\]"),
    ],
)
def test_targets_out_of_range_are_refused(loss: str, targets: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=f"y_true must lie {said}"):
        losses.get(loss).targets(targets, (1,))


@pytest.mark.parametrize(
    ("loss", "y", "said"),
    [
        (losses.Poisson(), [[1.0, -0.5]], r"expected values of counts.*-0\.5 at .*'softplus'"),
        (losses.KLDivergence(), [[1.5, -0.5]], r"-0\.5 at .*'softmax'"),
    ],
)
def test_negative_predictions_name_the_activation_that_prevents_them(
    loss: losses.Loss, y: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        loss([[1.0, 0.0]], y)
