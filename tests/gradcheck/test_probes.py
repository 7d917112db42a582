"""Gradients that are right where they were asked for, and wrong elsewhere."""

from typing import Any

import numpy as np
import pytest

from tests.support.innocents import W, X, Y
from tinynet import Dense, Layer, Sequential
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.evidence import Mistake
from tinynet.gradcheck.probes import Elsewhere, explained


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


class Standardised:
    """Batch normalization, of which a single example has outputs of 0."""

    eps = 1e-8

    def forward(self, x: np.ndarray) -> Any:
        self.s = np.sqrt(x.var(axis=0) + self.eps)
        self.n = (x - x.mean(axis=0)) / self.s
        return self.n


class MeanOfQuotients(Standardised):
    def backward(self, dy: np.ndarray) -> Any:
        means = np.sum(dy * (-1 / self.s), axis=0) / len(dy)
        return dy / self.s + means - self.n * (dy * self.n).mean(axis=0) / self.s


class QuotientOfMean(Standardised):
    def backward(self, dy: np.ndarray) -> Any:
        means = dy * (1 - 1 / len(dy)) - (dy.sum(axis=0) - dy) / len(dy)
        return (means - self.n * (dy * self.n).mean(axis=0)) / self.s


class NoMean(Standardised):
    def backward(self, dy: np.ndarray) -> Any:
        return (dy - self.n * (dy * self.n).mean(axis=0)) / self.s


@pytest.mark.parametrize("eps", [1e-3, 1e-5, 1e-8])
def test_terms_that_cancel_for_a_single_example_leave_a_rest(eps: float) -> None:
    for kind in (MeanOfQuotients, QuotientOfMean):
        layer = kind()
        layer.eps = eps
        check_gradients(layer, X).assert_ok()
    assert not check_gradients(NoMean(), X)


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
    target = Sequential([Dense(2), Scale(1.0), Dense(3)], seed=0) if in_model else Scale(1.0)
    if in_model:
        target.compile("sgd", "mse")  # type: ignore[union-attr]
    report = check_gradients(target, X, *([Y] if in_model else []))
    assert not report
    assert "with the parameters moved, away from 0 and 1" in str(report)
    if not in_model:
        assert [mistake.kind for mistake in report.mistakes] == ["gradient_is_dy"]
        assert (
            "dx is dy itself: `self.s`, a factor, is forgotten in the gradient of" in report.summary
        )


def test_other_batch_sizes() -> None:
    class Six(Dense):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.db[...] = 6 * dy.mean(axis=0)
            return dx

    report = check_gradients(Six(3), X)
    assert not report
    assert "with a batch of " in report.summary


class Linear:
    """x @ W, whose gradient lacks some rows."""

    def __init__(self, inputs: int, missing: Any = ()) -> None:
        self.W, self.missing = np.random.default_rng(0).normal(size=(inputs, 3)), list(missing)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W

    def backward(self, dy: Any) -> Any:
        self.dW = self.x.T @ dy
        self.dW[self.missing] = 0
        return dy @ self.W.T


DEAD = X * [1, 0, 1, 1]
BINARY = (X > 0) * [1.0, 0, 1, 1]


@pytest.mark.parametrize("x", [DEAD, BINARY, np.abs(DEAD), np.eye(4)[[0, 2, 2, 3, 0]]])
def test_inputs_of_zero_hide_the_weights_that_they_multiply(x: np.ndarray) -> None:
    check_gradients(Linear(4), x).assert_ok()
    report = check_gradients(Linear(4, [1]), x)
    assert report.mistakes[0].kind == "only_first_or_last"
    assert "with the inputs moved, away from 0 and 1: zero at 1 of axis 0" in report.summary
    functions = (lambda x, w: x @ w, lambda dy, x, w: (dy @ w.T, (x.T @ dy) * [[1], [0], [1], [1]]))
    assert "with the inputs moved" in check_gradients(functions, x, parameters=[W[:4]]).summary


def test_wrong_entries_of_a_large_array_are_found() -> None:
    x = np.random.default_rng(0).random((3, 500))
    x[:, 250:252] = 0
    calls: list[int] = []

    class Counted(Linear):
        def forward(self, x: Any) -> Any:
            calls.append(1)
            return super().forward(x)

    report = check_gradients(Counted(500, [250]), x, max_entries=20)
    assert len(calls) < 10_000  # 300 of 1,500 entries are checked, not all
    assert "with the inputs moved" in report.summary
    assert report.rows[0].where is not None
    assert report.rows[0].where[0] == 250


def test_dead_pixels_under_a_model() -> None:
    class Border(Dense):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.dW[:2] = 0
            return dx

    x = np.abs(X)
    x[:, :2] = 0
    for first in (Dense, Border):
        model = Sequential([first(4, "relu"), Dense(3)], seed=0)
        model.compile("sgd", "mse")
        report = check_gradients(model, x, Y)
        assert bool(report) == (first is Dense)
        if report.mistakes:
            assert {row.path for row in report.rows if row.mistake} == {"training", "long"}
            assert "border is wrong: with the inputs moved" in report.summary


class Network:
    """A ReLU network whose second weights have no gradient in one row."""

    def __init__(self, missing: list[int]) -> None:
        rng = np.random.default_rng(0)
        self.W1, self.W2, self.missing = rng.normal(size=(4, 5)), rng.normal(size=(5, 2)), missing
        self.W1[:3, 1], self.W1[3, 1] = -1, 1e-3  # no input reaches unit 1

    def forward(self, x: Any) -> Any:
        self.x = x
        self.h = np.maximum(x @ self.W1 * (x.min() >= 0), 0)
        return self.h @ self.W2

    def backward(self, dy: Any) -> Any:
        self.dW2 = self.h.T @ dy
        self.dW2[self.missing] = 0
        dz = dy @ self.W2.T * (self.h > 0)
        self.dW1 = self.x.T @ dz
        return dz @ self.W1.T


def test_units_that_no_input_reaches() -> None:
    check_gradients(Network([]), np.abs(X) + 0.1).assert_ok()
    report = check_gradients(Network([1]), np.abs(X) + 0.1)
    assert "with other signs of the parameters: zero at 1 of axis 0" in report.summary


def test_a_factor_that_a_start_at_zero_hides() -> None:
    labels = np.array([0, 1, 1, 0, 1, 0])[: len(X)]

    def cost(w: np.ndarray, penalty: float) -> Any:
        p = 1 / (1 + np.exp(-X @ w))
        value = -np.log(np.where(labels, p, 1 - p)).mean() + w @ w / 2
        return value, X.T @ (p - labels) / len(X) + penalty * w

    check_gradients(lambda w: cost(w, 1.0), np.zeros(4)).assert_ok()
    assert "with the inputs moved" in check_gradients(lambda w: cost(w, 0.0), np.zeros(4)).summary


def test_rows_of_probabilities_stay_such() -> None:
    def looked_at(p: np.ndarray) -> Any:
        seen.append(p)
        return (p**2).sum(), 2 * p

    seen: list[np.ndarray] = []
    check_gradients(looked_at, np.eye(3)).assert_ok()
    moved = [p for p in seen if np.allclose(p.sum(axis=1), 1) and p.min() > 0.001]
    assert moved


def test_entries_that_nothing_exercises_are_counted() -> None:
    class Table:
        def __init__(self) -> None:
            self.E = np.random.default_rng(0).normal(size=(6, 2))

        def forward(self, ids: Any) -> Any:
            self.ids = ids.astype(int)
            return self.E[self.ids]

        def backward(self, dy: Any) -> None:
            self.dE = np.zeros_like(self.E)
            np.add.at(self.dE, self.ids, dy)

    report = check_gradients(Table(), np.array([1, 4, 4]))
    report.assert_ok()
    assert report.rows[0].idle == 8
    assert report.to_dict()["rows"][0]["idle"] == 8
    words = "never exercised: 8 of 12 entries of E, whose gradient was 0 at every point tried"
    assert words in str(report)
    assert words in report._repr_html_()
    every = check_gradients(Table(), np.arange(6))
    assert every.rows[0].idle == 0
    assert "never exercised" not in str(every)


def test_what_only_another_batch_size_shows_is_due_to_that_size() -> None:
    path: Any = None  # not looked at
    for is_batch, kind, text in (
        *[(False, "constant_factor", "with 3 examples: off by 2")],
        (
            *(True, "fixed_batch_size"),
            "with 3 examples: right with the batch given, wrong with this one: a batch size is "
            "hard-coded",
        ),
    ):
        place = Elsewhere(path, "with 3 examples", 1e-6, is_batch=is_batch)
        found = explained(Mistake("constant_factor", "off by 2"), place)
        assert (found.kind, found.text) == (kind, text)
    place = Elsewhere(path, "with 3 examples", 1e-6, is_batch=True)
    assert explained(Mistake("wrong_sign", "minus"), place).kind == "wrong_sign"


class CountsSix:
    """A batch norm whose backward takes every batch for one of six."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.s = np.sqrt(x.var(axis=0) + 1e-5)
        self.xh = (x - x.mean(axis=0)) / self.s
        return self.xh

    def backward(self, dy: np.ndarray) -> np.ndarray:
        share = (dy * self.xh).sum(axis=0)
        return np.asarray((dy - dy.sum(axis=0) / 6 - self.xh * share / 6) / self.s)


def test_a_count_that_only_another_batch_shows_is_that_of_the_batch() -> None:
    x = np.random.default_rng(0).normal(size=(6, 4))
    report = check_gradients(CountsSix(), x)
    assert report.mistakes[0].kind == "fixed_batch_size"
    assert not check_gradients(CountsSix(), x[:5])


class Columns:
    """A dense layer in Andrew Ng's and Nielsen's layout: an example in each column."""

    def __init__(self) -> None:
        self.W, self.b = W.T.copy(), np.zeros((3, 1))

    def forward(self, a: np.ndarray) -> np.ndarray:
        self.a = a
        return self.W @ a + self.b

    def backward(self, dz: np.ndarray) -> Any:
        self.dW, self.db = dz @ self.a.T, dz.sum(axis=1, keepdims=True)
        return self.W.T @ dz


def test_examples_may_be_columns_under_a_loss() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 4, 6):
        x, t = rng.normal(size=(4, n)), rng.normal(size=(3, n))
        check_gradients(Columns(), x, t, loss="mse").assert_ok()
