"""The base class's parts: a sum in place of a mean, and the reductions."""

from math import log
from typing import Any

import numpy as np
import pytest

from tinynet import losses
from tinynet.losses.base import Sum, reduced

# Of two examples, log(4/3) / 2 and 0; the gradients of their mean are -t / (2 y).
T, Y = np.array([[0.5, 0.5], [0.25, 0.75]]), np.array([[0.25, 0.75], [0.25, 0.75]])
COST, GRADIENT = log(4 / 3) / 2, [[-1.0, -1 / 3], [-0.5, -0.5]]


def test_a_sum_is_n_times_the_mean() -> None:
    loss = Sum(losses.KLDivergence())
    twice = [[2 * value for value in row] for row in GRADIENT]
    np.testing.assert_allclose(loss.costs(T, Y), [2 * COST, 0], atol=1e-15)
    np.testing.assert_allclose(loss.gradient(T, Y), twice)
    value, gradient = loss.value_and_gradient(T, Y)
    assert value == pytest.approx(COST)
    np.testing.assert_allclose(gradient, twice)
    assert loss.value(T, Y) == pytest.approx(COST)
    assert loss.targets([[1, 0]], (2,)).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("reduction", "expected", "factor"),
    [("sum_over_batch_size", COST / 2, 1), ("mean", COST / 2, 1), ("sum", COST, 2)],
)
def test_reductions(reduction: str, expected: float, factor: int) -> None:
    loss = losses.KLDivergence(reduction=reduction)
    for value in (loss(T, Y), loss.forward(T, Y), reduced(loss).value(T, Y)):
        assert value == pytest.approx(expected)
    np.testing.assert_allclose(loss.backward(T, Y), factor * np.array(GRADIENT))
    np.testing.assert_allclose(reduced(loss).gradient(T, Y), factor * np.array(GRADIENT))


def test_a_sum_adds_up_all_rows() -> None:
    """Of 2 examples with 2 rows each, as Keras does; a column more would be another number."""
    loss = losses.MeanAbsoluteError(reduction="sum")
    t, y = np.zeros((2, 2, 3)), np.full((2, 2, 3), 0.5)
    assert loss(t, y) == reduced(loss).value(t, y) == 4 * 0.5
    np.testing.assert_allclose(loss.backward(t, y), np.full((2, 2, 3), 1 / 3))


def test_no_reduction() -> None:
    for none in ("none", None):
        loss = losses.KLDivergence(reduction=none)
        np.testing.assert_allclose(loss(T, Y), [COST, 0], atol=1e-15)
        np.testing.assert_allclose(loss(T, Y, sample_weight=[3, 1]), [3 * COST, 0], atol=1e-15)
        with pytest.raises(ValueError, match="Training needs a single number"):
            reduced(loss)
    with pytest.raises(ValueError, match="Unknown reduction 'total'"):
        losses.KLDivergence(reduction="total")


def test_one_hot_rows_become_labels() -> None:
    loss = losses.CategoricalCrossentropy()
    assert loss.targets(np.eye(3)[[2, 0]], (3,)).tolist() == [2, 0]
    for soft in ([[0.0, 0.5, 0.5], [1, 0, 0]], [[0.25, 0.25, 0.5]]):
        assert loss.targets(soft, (3,)).tolist() == soft


def test_losses_compute_in_float64_at_most() -> None:
    t, y = np.array([[1, 2]], np.longdouble), np.array([[1.5, 2]], np.float32)
    gradient = losses.MeanSquaredError().backward(t, y)
    assert gradient.dtype == np.float64
    assert gradient.tolist() == [[0.5, 0]]


def test_one_example_or_a_batch() -> None:
    """By hand: the mean of 1 and 4, and weights of 3 and 1 on 1 and 4."""
    loss = losses.MeanSquaredError()
    assert loss([0, 0], [1, 2]) == loss([[0, 0]], [[1, 2]]) == 2.5
    assert loss([0, 0], [[1], [2]]) == 2.5
    assert loss([0, 0], [[1], [2]], sample_weight=[3, 1]) == 3.5
    with pytest.raises(ValueError, match="weight"):
        loss([0, 0], [[1], [2]], sample_weight=[3, 1, 1])


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.bool_])
@pytest.mark.parametrize(
    "loss",
    [
        losses.BinaryCrossentropy(),
        losses.BinaryFocalCrossentropy(),
        losses.CategoricalHinge(),
        losses.CosineSimilarity(),
        losses.Hinge(),
        losses.MeanAbsolutePercentageError(),
        losses.SquaredHinge(),
    ],
    ids=repr,
)
def test_integer_targets_do_not_wrap_around(loss: losses.Loss, dtype: Any) -> None:
    """20 squared is 144 in uint8, and -1 is 255; the absolute value of -128 is -128 in int8."""
    t = np.eye(3)[[2, 0, 1, 1]]
    y = np.random.default_rng(0).random((4, 3))
    most = {np.uint8: 20, np.int8: -128, np.bool_: 1}[dtype]
    if "entropy" not in type(loss).__name__ and "Hinge" not in type(loss).__name__:
        t = t * most
    assert loss.forward(t.astype(dtype), y) == loss.forward(t, y)
    assert loss(t.astype(dtype), y) == loss(t, y)
    np.testing.assert_array_equal(loss.backward(t.astype(dtype), y), loss.backward(t, y))


@pytest.mark.parametrize("function", losses.FUNCTIONS, ids=lambda function: function.__name__)
def test_long_doubles_beyond_float64_are_infinite(function: Any) -> None:
    """They are converted once, without NumPy's warning."""
    if np.finfo(np.longdouble).max == np.finfo(np.float64).max:
        pytest.skip("this machine has no wider floating-point numbers")
    t = np.array([["1e4000", "1"]]).astype(np.longdouble)
    y = np.array([[0.25, 0.75]])
    expected, received = (outcome(function, targets, y) for targets in ([[np.inf, 1]], t))
    assert received == expected


def outcome(function: Any, t: Any, y: np.ndarray) -> str:
    try:
        with np.errstate(all="ignore", over="raise"):
            return repr(function(t, y))
    except ValueError as error:
        return str(error)


def test_a_value_of_ones_own_gets_targets_first() -> None:
    class Slanted(losses.Loss):
        def value(self, t: np.ndarray, y: np.ndarray) -> float:
            return float((2 * y - t).mean())

    assert Slanted().forward([[1.0]], [[3.0]]) == 5.0


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_single_number_is_no_target_of_a_batch(outputs: int) -> None:
    with pytest.raises(
        ValueError, match=rf"expected y_true of shape \(N, {outputs}\), received \(\)"
    ):
        losses.MeanSquaredError().targets(1.0, (outputs,))
