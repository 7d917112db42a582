"""Gradients that are right where they were asked for, and wrong elsewhere."""

from typing import Any

import numpy as np
import pytest

from tests.support.innocents import X, Y
from tinynet import Dense, Layer, Sequential
from tinynet.gradcheck import check_gradients


class Clip(Layer):
    """Clips at a bound and doesn't know it going back."""

    def __init__(self, bound: float) -> None:
        super().__init__()
        self.bound = bound

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        return np.clip(x, -self.bound, self.bound)

    def backward(self, dy: np.ndarray) -> Any:
        return dy


@pytest.mark.parametrize("bound", [3.0, 10.0, 50.0])
@pytest.mark.parametrize("in_model", [False, True])
def test_branches_that_the_data_never_reach(bound: float, in_model: bool) -> None:
    target = Sequential([Dense(4), Clip(bound), Dense(2)], seed=0) if in_model else Clip(bound)
    report = check_gradients(target, X)
    assert not report
    assert "with inputs from" in report.summary


def test_the_report_says_how_far_the_inputs_reached() -> None:
    report = check_gradients(Clip(1e6), X)
    report.assert_ok()  # too far out to be reached, and that can be read
    reached = 64 * np.abs(X).max()
    assert report.tried == f"inputs up to {reached:.3g} in size"
    assert f"tried: {report.tried}" in str(report)
    assert report.to_dict()["tried"] == report.tried


def test_small_inputs_are_tried_as_well() -> None:
    def cost(x: np.ndarray) -> Any:
        small = np.abs(x) < 0.05
        return np.where(small, 7 * x, x).sum(), np.ones_like(x)

    large = np.sign(X) * (np.abs(X) + 0.2)
    assert "with inputs from" in check_gradients(cost, large).summary


def test_one_sign_hides_the_other() -> None:
    def cost(x: np.ndarray) -> Any:
        return np.where(x > 0, x, 0.1 * x).sum(), np.ones_like(x)

    assert not check_gradients(cost, np.abs(X))
    check_gradients(lambda x: (np.log(x).sum(), 1 / x), np.abs(X)).assert_ok()


def test_probabilities_are_not_stretched() -> None:
    """A loss that keeps its logarithm finite is asked about probabilities alone."""

    def cost(p: np.ndarray) -> Any:
        return -np.log(np.clip(p, 1e-12, 1)).sum(), -1 / p

    p = np.random.default_rng(0).dirichlet(np.ones(3), 4)
    check_gradients(cost, p).assert_ok()
    assert not check_gradients(cost, 0.5 + 2 * p)


class Scale(Layer):
    s: np.ndarray
    ds: np.ndarray

    def __init__(self, start: float) -> None:
        super().__init__()
        self.start = start

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: np.full(shape, self.start))

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x = self.check_input(x)
        return x * self.s

    def backward(self, dy: np.ndarray) -> Any:
        self.ds[...] = (dy * self._x).sum(axis=0)
        return dy


@pytest.mark.parametrize("in_model", [False, True])
def test_a_factor_that_happens_to_be_one(in_model: bool) -> None:
    target = Sequential([Dense(4), Scale(1.0), Dense(3)], seed=0) if in_model else Scale(1.0)
    if in_model:
        target.compile("sgd", "mse")  # type: ignore[union-attr]
    report = check_gradients(target, X, *([Y] if in_model else []))
    assert not report
    assert "with the parameters moved, away from 0 and 1" in str(report)
    if not in_model:
        assert [mistake.kind for mistake in report.mistakes] == ["parameter_forgotten"]
        assert "the factor s is missing" in report.summary


def test_other_batch_sizes() -> None:
    class Six(Dense):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.db[...] = 6 * dy.mean(axis=0)
            return dx

    report = check_gradients(Six(3), X)
    assert not report
    assert "with a batch of " in report.summary
