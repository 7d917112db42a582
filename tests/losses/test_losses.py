"""The losses: exact values, gradients, both paths through a softmax, and targets in any form."""

from collections.abc import Callable
from math import exp, inf, isnan, log, log1p
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.support.reference import LOSSES, numerical_gradient, relative_error
from tinynet import SGD, Dense, Layer, Sequential, Sigmoid, Softmax, losses
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Crossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

seeds = st.integers(0, 2**32 - 1)
batches = st.tuples(st.integers(1, 6), st.integers(2, 5))
any_logits = hnp.arrays(np.float64, batches, elements=st.floats(-1e30, 1e30))


def softmax(z: np.ndarray) -> np.ndarray:
    return Softmax().forward(z)


def distributions(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    t = rng.exponential(size=shape)
    return np.asarray(t / t.sum(axis=1, keepdims=True))


def one_hot(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]


# Values


def test_losses_by_hand() -> None:
    y = [[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]
    expected = -(log(0.25) + log(0.8)) / 2
    assert CategoricalCrossentropy()([[0, 1, 0], [0, 0, 1]], y) == pytest.approx(
        expected, rel=1e-15, abs=0
    )
    assert SparseCategoricalCrossentropy()([1, 2], y) == pytest.approx(expected, rel=1e-15, abs=0)
    soft = -(0.2 * log(0.5) + 0.8 * log(0.25) + log(0.8)) / 2
    assert CategoricalCrossentropy()([[0.2, 0.8, 0], [0, 0, 1]], y) == pytest.approx(
        soft, rel=1e-15, abs=0
    )
    binary = -(log(0.9) + log(1 - 0.2) + log(0.4) + log(0.7)) / 4
    assert BinaryCrossentropy()([[1, 0], [1, 0]], [[0.9, 0.2], [0.4, 0.3]]) == pytest.approx(
        binary, rel=1e-15, abs=0
    )
    assert MeanSquaredError()([[1, 2, 3], [4, 5, 6]], [[1, 2, 4], [4, 9, 6]]) == pytest.approx(
        17 / 6, rel=1e-15, abs=0
    )


@pytest.mark.parametrize(
    ("loss", "t", "z", "expected"),
    [
        (CategoricalCrossentropy, [[0, 1]], [[1000, 0]], 1000),
        (CategoricalCrossentropy, [[1, 0]], [[1000, 0]], 0),
        (CategoricalCrossentropy, [[0, 1, 0]], [[1e30, -1e30, 0]], 2e30),
        (CategoricalCrossentropy, [[1, 0, 0]], [[1e30, -1e30, 0]], 0),
        (CategoricalCrossentropy, [[0.5, 0.5]], [[1000, 0]], 500),
        (CategoricalCrossentropy, [[1, 0]], [[50, 0]], log1p(exp(-50))),
        (CategoricalCrossentropy, [[1, 0]], [[700, 0]], exp(-700)),
        (CategoricalCrossentropy, [[0, 1], [1, 0]], [[1e30, 1e30], [-1e30, -1e30]], log(2)),
        (SparseCategoricalCrossentropy, [1], [[1000, 0]], 1000),
        (SparseCategoricalCrossentropy, [1, 0], [[-1e30, 1e30], [-1e30, 1e30]], 1e30),
        (BinaryCrossentropy, [0], [[1000]], 1000),
        (BinaryCrossentropy, [1], [[1000]], 0),
        (BinaryCrossentropy, [1], [[-1e30]], 1e30),
        (BinaryCrossentropy, [0], [[-1e30]], 0),
        (BinaryCrossentropy, [1], [[700]], exp(-700)),
        (BinaryCrossentropy, [[0.25, 0]], [[0, -50]], (log(2) + log1p(exp(-50))) / 2),
    ],
)
def test_logits_are_exact(loss: type, t: list[Any], z: list[Any], expected: float) -> None:
    assert loss(from_logits=True)(t, z) == pytest.approx(expected, rel=1e-15, abs=0)
    # A model that ends in the activation that the loss undoes is as exact, in either spelling.
    activation = "sigmoid" if loss is BinaryCrossentropy else "softmax"
    units = len(z[0])
    last: list[Layer] = [Dense(units, kernel_initializer=lambda shape, rng: np.eye(units))]
    last.append(Sigmoid() if loss is BinaryCrossentropy else Softmax())
    fused = [Dense(units, activation, kernel_initializer=lambda shape, rng: np.eye(units))]
    for layers in (last, fused):
        model = Sequential(layers, dtype="float64")
        model.build((units,))
        model.compile("sgd", loss())
        assert model.evaluate(z, t, verbose=0) == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@given(
    st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=5),
    st.sampled_from([0.0, 0.25, 1.0]),
)
@example([100.0], 0.0)  # a probability that float32 has only the last few bits of
@example([-100.0] * 5, 1.0)
@example([-1000.0, 10.0], 1.0)
@example([20.0, 25.0], 1.0)  # a probability of 1 but for what float32 rounds away
def test_training_is_as_exact(dtype: str, activation: str, z: list[float], t: float) -> None:
    binary = activation == "sigmoid"
    logits = np.array([[v] if binary else [v, 0.0] for v in z])
    targets = [[t] if binary else [t, 1 - t]] * len(z)
    units = logits.shape[1]
    model = Sequential([Dense(units, activation, input_shape=(units,))], dtype=dtype)
    model.set_weights([np.eye(units), np.zeros(units)])
    model.compile(SGD(0), "binary_crossentropy" if binary else "categorical_crossentropy")
    # -log p = log(1 + exp(-z)), and one logit beside a 0 is a sigmoid.
    costs = [t * float(np.logaddexp(0, -v)) + (1 - t) * float(np.logaddexp(0, v)) for v in z]
    rel = 1e-6 if dtype == "float32" else 1e-12
    # A cost below the smallest normal number has fewer digits.
    last = float(np.finfo(dtype).smallest_subnormal)
    expected = pytest.approx(sum(costs) / len(z), rel=rel, abs=last)
    assert model.train_on_batch(logits, targets) == expected
    assert model.evaluate(logits, targets, verbose=0) == expected


@pytest.mark.parametrize(
    ("loss", "row"),
    [
        (CategoricalCrossentropy(from_logits=True), [0, 1, 0, 0]),
        (CategoricalCrossentropy(from_logits=True), [0.5, 0.25, 0.25, 0]),
        (BinaryCrossentropy(from_logits=True), [0.5, 1, 0.25, 0]),
        (MeanSquaredError(), [0, 0, 0, 0]),  # so that the differences, too, are those of float64
    ],
)
def test_values_of_float32_are_worked_out_in_float64(loss: Loss, row: list[float]) -> None:
    z = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    t: np.ndarray = np.array([row] * 50, dtype=np.float32)
    assert loss(t, z) == loss(t.astype(np.float64), z.astype(np.float64))


def test_binary_crossentropy_keeps_the_digits_of_a_small_probability() -> None:
    assert BinaryCrossentropy()([0], [[1e-18]]) == pytest.approx(1e-18, rel=1e-15, abs=0)
    assert BinaryCrossentropy()([0], [[1e-9]]) == pytest.approx(-log1p(-1e-9), rel=1e-15, abs=0)


def test_rows_of_probabilities_may_miss_1_by_what_is_granted() -> None:
    """Each target counts as it is, also where a row sums to 1.0005."""
    t, z = np.array([[0.5, 0.5005]]), np.array([[0.0, log(3)]])
    expected = -(0.5 * log(0.25) + 0.5005 * log(0.75))
    assert CategoricalCrossentropy(from_logits=True)(t, z) == pytest.approx(
        expected, rel=1e-14, abs=0
    )
    assert CategoricalCrossentropy()(t, Softmax().forward(z)) == pytest.approx(
        expected, rel=1e-14, abs=0
    )


@given(z=any_logits, seed=seeds)
@example(z=np.array([[1e30, -1e30], [0.0, 0.0]]), seed=0)
def test_losses_of_finite_logits_are_finite_and_not_negative(z: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    soft, hard = distributions(rng, z.shape), one_hot(rng, z.shape)
    for loss in (CategoricalCrossentropy(from_logits=True), BinaryCrossentropy(from_logits=True)):
        for dtype in (np.float64, np.float32):
            for t in (soft, hard):
                assert 0 <= loss(t, z.astype(dtype)) < inf
                assert np.isfinite(loss.backward(t, z.astype(dtype))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", [CategoricalCrossentropy(), BinaryCrossentropy()])
def test_probabilities_of_0_and_1_stay_finite(loss: Loss, dtype: type) -> None:
    y: np.ndarray = np.array([[0, 1], [1, 0]], dtype=dtype)
    right, wrong = loss(y, y), loss(1 - y, y)
    assert right == 0
    assert 80 < wrong < 800  # minus the logarithm of the smallest number
    assert np.isfinite(loss.backward(1 - y, y)).all()


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=batches, parts=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_loss_is_the_mean_over_its_examples(
    name: str, seed: int, shape: tuple[int, int], parts: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    N, K = sum(parts), shape[1]
    t, y = distributions(rng, (N, K)), distributions(rng, (N, K))
    costs, gradients = zip(*(LOSSES[name](*pair) for pair in zip(t, y, strict=True)), strict=True)
    model = Sequential([Dense(K, input_shape=(1,))])
    model.compile("sgd", name)
    loss = model.loss
    assert loss(t, y) == pytest.approx(sum(costs) / N, rel=1e-13, abs=0)
    assert relative_error(loss.backward(t, y), np.array(gradients) / N) < 1e-13
    ends = np.cumsum(parts)
    pieces = [slice(end - size, end) for end, size in zip(ends, parts, strict=True)]
    weighted = sum(loss(t[p], y[p]) * (p.stop - p.start) for p in pieces) / N
    assert loss(t, y) == pytest.approx(float(weighted), rel=1e-13, abs=0)


# Gradients


MakeLoss = Callable[[], Loss]
GRADIENTS: dict[str, tuple[MakeLoss, str]] = {
    "categorical": (CategoricalCrossentropy, "soft"),
    "categorical, one-hot": (CategoricalCrossentropy, "hard"),
    "categorical, logits": (lambda: CategoricalCrossentropy(from_logits=True), "soft"),
    "sparse": (SparseCategoricalCrossentropy, "labels"),
    "sparse, logits": (lambda: SparseCategoricalCrossentropy(from_logits=True), "labels"),
    "binary": (BinaryCrossentropy, "soft"),
    "binary, logits": (lambda: BinaryCrossentropy(from_logits=True), "hard"),
    "mse": (MeanSquaredError, "soft"),
}


@pytest.mark.parametrize(("make", "kind"), GRADIENTS.values(), ids=GRADIENTS.keys())
@given(seed=seeds, shape=batches)
def test_gradients_equal_central_differences(
    make: MakeLoss, kind: str, seed: int, shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    # Nearer to 0, the fifth derivative of a logarithm is too large for the differences.
    y, loss = 0.3 + 0.6 * rng.random(size=shape), make()
    t = distributions(rng, shape) if kind == "soft" else one_hot(rng, shape)
    if kind == "labels":
        t = t.argmax(axis=1)
    kept = t.copy(), y.copy()
    gradient = loss.backward(t, y)
    expected = numerical_gradient(lambda: loss(t, y), y)
    assert relative_error(gradient, expected) < 1e-7
    np.testing.assert_array_equal(t, kept[0])
    np.testing.assert_array_equal(y, kept[1])


@given(seed=seeds, shape=batches, scale=st.sampled_from([0.01, 1.0, 10.0]))
def test_the_fused_road_equals_the_long_road(
    seed: int, shape: tuple[int, int], scale: float
) -> None:
    rng = np.random.default_rng(seed)
    # Beyond 36 a sigmoid rounds to 1, and the long road divides by 1 - 1.
    z = np.clip(scale * rng.normal(size=shape), -30, 30)
    soft, labels = distributions(rng, shape), rng.integers(shape[1], size=shape[0])
    layer = Softmax()
    p = layer.forward(z)
    for loss, t in (
        (CategoricalCrossentropy(), soft),
        (CategoricalCrossentropy(), np.eye(shape[1])[labels]),
        (SparseCategoricalCrossentropy(), labels),
    ):
        long_road = layer.backward(loss.backward(t, p))
        short_cut = loss.gradient_from_logits(loss.targets(t, z.shape[1:]), p)
        np.testing.assert_allclose(long_road, short_cut, rtol=1e-13, atol=1e-14)
        exact = type(loss)(from_logits=True)
        np.testing.assert_allclose(short_cut, exact.backward(t, z), rtol=1e-13, atol=1e-300)
        assert loss(t, p) == pytest.approx(exact(t, z), rel=1e-11, abs=1e-14)
    binary, sigmoid = BinaryCrossentropy(), Sigmoid()
    q = sigmoid.forward(z)
    long_road = sigmoid.backward(binary.backward(soft, q))
    short_cut = binary.gradient_from_logits(soft, q)
    np.testing.assert_allclose(long_road, short_cut, rtol=1e-13, atol=1e-14)


def test_the_shortcut_is_exact_where_the_long_road_is_lost() -> None:
    z, t = np.array([[1000.0, 0.0]]), np.array([1])
    layer = Softmax()
    p = layer.forward(z)
    assert CategoricalCrossentropy().gradient_from_logits(t, p).tolist() == [[1, -1]]
    assert layer.backward(CategoricalCrossentropy().backward([[0, 1]], p)).tolist() != [[1, -1]]


# Targets


def test_labels_and_one_hot_rows_give_the_same() -> None:
    rng = np.random.default_rng(0)
    y, labels = distributions(rng, (7, 4)), rng.integers(4, size=7)
    expected = SparseCategoricalCrossentropy()(labels, y)
    gradient = SparseCategoricalCrossentropy().backward(labels, y)
    rows = np.eye(4)[labels]
    for targets in (rows, rows.astype(np.float32), rows.astype(bool), rows.astype(np.uint8)):
        assert CategoricalCrossentropy()(targets, y) == expected
        np.testing.assert_array_equal(CategoricalCrossentropy().backward(targets, y), gradient)
    for targets in (labels[:, np.newaxis], labels.astype(np.uint8), labels.astype(float)):
        assert SparseCategoricalCrossentropy()(targets, y) == expected
    # A row with one entry that isn't quite 1 is a probability, not a class.
    nearly = CategoricalCrossentropy()([[0, 0.9995]], [[0.5, 0.5]])
    assert nearly == pytest.approx(0.9995 * log(2), rel=1e-12, abs=0)
    one_of_two = CategoricalCrossentropy()([[0, 0.9995], [1, 0]], [[0.5, 0.5]] * 2)
    assert one_of_two == pytest.approx(1.9995 / 2 * log(2), rel=1e-12, abs=0)
    beside_1 = CategoricalCrossentropy()([[1, 0.0005], [1, 0]], [[0.5, 0.5]] * 2)
    assert beside_1 == pytest.approx(2.0005 / 2 * log(2), rel=1e-12, abs=0)
    column = rng.random((7, 1))
    assert MeanSquaredError()(column.ravel(), y[:, :1]) == MeanSquaredError()(column, y[:, :1])
    assert BinaryCrossentropy()(column.ravel(), y[:, :1]) == BinaryCrossentropy()(column, y[:, :1])


HALF = np.full((2, 3), 0.5)
WRONG: dict[str, tuple[Loss, Any, Any, str]] = {
    "labels for one-hot": (
        *(CategoricalCrossentropy(), [0, 1], HALF),
        r"one-hot y_true of shape \(N, 3\), received labels of shape \(2,\)\. Use "
        r"loss='sparse_categorical_crossentropy' or to_categorical\(y, 3\)",
    ),
    "a column of labels": (
        *(CategoricalCrossentropy(), [[0], [1]], HALF),
        r"received labels of shape \(2, 1\)\. Use loss='sparse_categorical_crossentropy'",
    ),
    "one-hot for labels": (
        *(SparseCategoricalCrossentropy(), np.eye(3)[:2], HALF),
        r"integer labels y_true of shape \(N,\), received \(2, 3\).*'categorical_crossentropy'",
    ),
    "too few classes": (
        *(CategoricalCrossentropy(), np.eye(2), HALF),
        r"expected y_true of shape \(N, 3\), received \(2, 2\)",
    ),
    "rows that don't sum to 1": (
        *(CategoricalCrossentropy(), [[1, 0, 0], [1, 1, 0]], HALF),
        r"Each row of y_true must be nonnegative .* at \[1\].*loss='binary_crossentropy'",
    ),
    "as many ones as rows, but not one in each": (
        *(CategoricalCrossentropy(), [[1, 1, 0], [0, 0, 0]], HALF),
        r"must be nonnegative and sum to 1, received .* at \[0\]",
    ),
    "one entry a row, but not a 1": (
        *(CategoricalCrossentropy(), [[1, 0, 0], [2, 0, 0]], HALF),
        r"must be nonnegative and sum to 1, received .* at \[1\]",
    ),
    "negative probabilities": (
        *(CategoricalCrossentropy(), [[2, -1, 0], [1, 0, 0]], HALF),
        r"must be nonnegative and sum to 1, received .* at \[0\]",
    ),
    "a label too large": (
        *(SparseCategoricalCrossentropy(), [0, 3], HALF),
        r"whole numbers from 0 to 2, received 3 at \[1\]",
    ),
    "a negative label": (
        *(SparseCategoricalCrossentropy(), [-1, 0], HALF),
        r"whole numbers from 0 to 2, received -1 at \[0\]",
    ),
    "half a label": (SparseCategoricalCrossentropy(), [0.5, 0], HALF, r"received 0\.5 at \[0\]"),
    "binary out of range": (
        *(BinaryCrossentropy(), [[0], [2]], HALF[:, :1]),
        r"y_true .* from 0 to 1, received .*2",
    ),
    "not a number": (
        *(MeanSquaredError(), [[0, 0, 0], [0, np.nan, 0]], HALF),
        r"y_true must be finite, received nan at \[1, 1\]",
    ),
    "a row for a column": (
        *(MeanSquaredError(), np.zeros((1, 2)), HALF[:, :1]),
        r"received \(1, 2\)",
    ),
    "a vector for two outputs": (
        *(MeanSquaredError(), [0, 1], HALF),
        r"expected y_true of shape \(N, 3\), received \(2,\)",
    ),
    "a vector of predictions": (
        *(MeanSquaredError(), [0, 1], [0.5, 0.5]),
        r"expected y_pred of shape \(N, K\), received \(2,\)",
    ),
    "no predictions": (MeanSquaredError(), np.zeros((0, 1)), np.zeros((0, 1)), r"\(0, 1\)"),
    "rows in a further axis": (
        *(CategoricalCrossentropy(), np.ones((2, 3, 1)), np.ones((2, 3, 1))),
        r"CategoricalCrossentropy expected outputs of shape \(N, K\), received \(N, 3, 1\)",
    ),
    "labels of a further axis": (
        *(SparseCategoricalCrossentropy(), [0, 1], np.full((2, 3, 2), 0.5)),
        r"SparseCategoricalCrossentropy expected outputs of shape \(N, K\), received \(N, 3, 2\)",
    ),
    "words": (MeanSquaredError(), [["a", "b", "c"]] * 2, HALF, r"y_true must be an array of real"),
}


@pytest.mark.parametrize(("loss", "t", "y", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_targets_are_refused(loss: Loss, t: Any, y: Any, message: str) -> None:
    for road in (loss.forward, loss.backward):
        with pytest.raises((ValueError, TypeError), match=message):
            road(t, y)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("loss", "row"),
    [
        (CategoricalCrossentropy(), [0, 1, 0]),
        (SparseCategoricalCrossentropy(), 1),
        (BinaryCrossentropy(), [0, 1, 0]),
        (MeanSquaredError(), [0, 1, 0]),
    ],
)
def test_targets_are_never_broadcast(loss: Loss, row: Any, count: int) -> None:
    for road in (loss.forward, loss.backward):
        with pytest.raises(ValueError, match=rf"for 2 examples.*received \({count}, ?"):
            road([row] * count, HALF)


# Names, settings, and a loss of one's own


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("categorical_crossentropy", CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
        ("binary_crossentropy", BinaryCrossentropy),
        ("mse", MeanSquaredError),
        ("mean_squared_error", MeanSquaredError),
    ],
)
def test_names_are_those_of_keras(name: str, kind: type) -> None:
    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile("sgd", name)
    assert type(model.loss) is kind


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="from_logits must be True or False, received 'yes'"):
        CategoricalCrossentropy(from_logits="yes")  # type: ignore[arg-type]
    model = Sequential([Dense(1, input_shape=(1,))])
    with pytest.raises(ValueError, match=r"'binary_crossentropie'\. Did you mean 'binary_cross"):
        model.compile("sgd", "binary_crossentropie")


def test_what_a_loss_of_ones_own_forgot_is_named() -> None:
    class Empty(Loss):
        pass

    class EmptyCrossentropy(Crossentropy):
        pass

    t, y = np.ones((1, 1)), np.ones((1, 1))
    with pytest.raises(NotImplementedError, match=r"Empty must define costs\(t, y\)"):
        Empty().forward(t, y)
    with pytest.raises(NotImplementedError, match=r"Empty must define gradient\(t, y\)"):
        Empty().backward(t, y)
    with pytest.raises(NotImplementedError, match=r"must define costs_from_logits\(t, z\)"):
        EmptyCrossentropy().value_from_logits(t, y)
    with pytest.raises(NotImplementedError, match=r"must define gradient_from_logits\(t, p\)"):
        EmptyCrossentropy().gradient_from_logits(t, y)


def test_configurations_make_the_loss_again() -> None:
    assert MeanSquaredError().get_config() == {}
    for kind in (CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryCrossentropy):
        assert kind().get_config() == {"from_logits": False}
        assert kind(**kind(from_logits=True).get_config()).from_logits is True


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("make", "kind"), GRADIENTS.values(), ids=GRADIENTS.keys())
def test_gradients_have_the_dtype_of_the_predictions(
    make: MakeLoss, kind: str, dtype: type
) -> None:
    y: np.ndarray = np.full((2, 3), 0.25, dtype=dtype)
    t = {"soft": y + np.eye(3)[:2] / 4, "hard": np.eye(3)[:2], "labels": np.array([0, 2])}[kind]
    targets = t if kind == "labels" else t.astype(dtype)
    assert make().backward(targets, y).dtype == dtype


def test_a_loss_of_ones_own_trains() -> None:
    class MeanAbsoluteError(Loss):
        def value(self, t: np.ndarray, y: np.ndarray) -> float:
            return float(np.abs(y - t).mean())

        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            dy: np.ndarray = np.sign(y - t) / y.size
            return dy

    x = np.arange(8.0)[:, np.newaxis] / 8
    model = Sequential([Dense(1, input_shape=(1,))], seed=0, dtype="float64")
    model.compile("sgd", MeanAbsoluteError())
    W, b = model.get_weights()
    loss = model.train_on_batch(x, 5 * x + 100)
    assert loss == pytest.approx(np.abs(x @ W + b - 5 * x - 100).mean(), rel=1e-14, abs=0)
    assert model.get_weights()[1].tolist() == [0.01]
    np.testing.assert_allclose(model.get_weights()[0], W + 0.01 * x.mean(), rtol=1e-14)


# Faults that were mended


@pytest.mark.parametrize("total", [0.9995, 1.0, 1.0005, 1.0009])
def test_soft_targets_have_the_gradient_of_their_own_sum(total: float) -> None:
    rng = np.random.default_rng(0)
    t, z = total * distributions(rng, (5, 4)), rng.normal(size=(5, 4))
    loss = CategoricalCrossentropy(from_logits=True)
    prepared = loss.targets(t, (4,))
    received = loss.value_and_gradient(prepared, z)[1]
    expected = numerical_gradient(lambda: loss.value(prepared, z), z)
    assert relative_error(received, expected) < 1e-8
    model = Sequential([Dense(4, "softmax", input_shape=(3,))], seed=0, dtype="float64")
    model.compile("sgd", "categorical_crossentropy")
    x = rng.normal(size=(5, 3))
    model.train_on_batch(x, t)  # one step along the gradient that training takes
    model.optimizer.learning_rate = 0.0
    model.train_on_batch(x, t)
    gradients = model.gradients.copy()
    expected = numerical_gradient(lambda: float(model.evaluate(x, t, verbose=0)), model.parameters)
    assert relative_error(gradients, expected) < 1e-7


def test_a_loss_of_ones_own_in_float32_is_accumulated_in_float64() -> None:
    class Large(Loss):
        def value(self, t: np.ndarray, y: np.ndarray) -> float:
            return np.float32(2**24) + np.float32(len(y) == 1)  # type: ignore[return-value]

        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.zeros_like(y)

    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile("sgd", Large())
    x = np.ones((3, 1))
    # float32 knows no 3 * 2**24 + 1; a mean over three batches of one needs it.
    history = model.fit(x, x, batch_size=1, verbose=0).history
    assert isinstance(history["loss"][0], float)
    assert not isinstance(history["loss"][0], np.float32)
    assert history["loss"] == [float(np.float32(2**24) + np.float32(1))]


def test_a_loss_by_costs_or_by_value_is_the_same() -> None:
    class ByCosts(Loss):
        def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.abs(y - t).max(axis=1)

    class ByValue(Loss):
        def value(self, t: np.ndarray, y: np.ndarray) -> float:
            return float(np.abs(y - t).max(axis=1).mean())

    rng = np.random.default_rng(0)
    t, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    assert ByCosts().value(t, y) == pytest.approx(ByValue().value(t, y), rel=1e-15, abs=0)
    np.testing.assert_allclose(ByCosts().costs(t, y), ByValue().costs(t, y), rtol=1e-15)


@pytest.mark.parametrize("factor", [0.1, 1.0, 30.0])
def test_predictions_that_dont_sum_to_1_are_divided_by_their_sum(factor: float) -> None:
    """So do Keras's backends; without it, sigmoid units learn nothing from exclusive classes."""
    rng = np.random.default_rng(0)
    t, y = np.eye(4)[[0, 3, 1]], distributions(rng, (3, 4))
    loss = CategoricalCrossentropy()
    assert loss(t, factor * y) == pytest.approx(loss(t, y), rel=1e-13, abs=0)
    scaled = factor * y
    expected = numerical_gradient(lambda: loss.value(t, scaled), scaled)
    assert relative_error(loss.gradient(t, scaled), expected) < 1e-7


def test_sigmoid_outputs_learn_exclusive_classes() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[2, 0], [-2, 1], [0, -2.5]])
    labels = np.arange(150) % 3
    x = centres[labels] + 0.6 * rng.normal(size=(150, 2))
    model = Sequential([Dense(8, "relu"), Dense(3, "sigmoid")], seed=0)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, np.eye(3)[labels], epochs=60, batch_size=10, verbose=0)
    assert model.evaluate(x, np.eye(3)[labels], verbose=0)[1] > 0.93


@pytest.mark.parametrize("place", [(1, 0), (1, 2)])
@pytest.mark.parametrize("name", sorted({kind.__name__ for kind in losses.FUNCTIONS.values()}))
def test_a_prediction_that_is_nan_shows_in_the_loss(name: str, place: tuple[int, int]) -> None:
    loss = losses.get(name)
    y = np.full((3, 3), 1 / 3)
    y[place] = np.nan
    t = [2, 2, 2] if name.startswith("Sparse") else np.eye(3)[[2, 2, 2]]
    assert isnan(loss.forward(t, y))
    prepared = loss.targets(t, (3,))
    assert np.isnan(loss.costs(prepared, y)).tolist() == [False, True, False]
    assert np.isnan(loss.value_and_gradient(prepared, y.astype(np.float32))[0])
    if hasattr(loss, "from_logits"):
        loss.from_logits = True
        assert isnan(loss.forward(t, y))
        assert isnan(loss.value_and_gradient(prepared, y)[0])
