"""What the checker says of an incorrect gradient: it names the mistake."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.gradients import N, O, P, Scaled, T, Unmasked, X, altered, kinds
from tinynet import Dense, Layer, ReLU, Sequential, Sigmoid, Softmax, Tanh
from tinynet.gradcheck import check_gradients
from tinynet.initializers import GlorotUniform
from tinynet.losses import CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy


def test_mistake_is_named_although_all_entries_are_kinks() -> None:
    assert kinds(check_gradients(Unmasked(), np.zeros((3, 4)))) == ["mask_missing"]


def put(array: np.ndarray, values: Any) -> None:
    array[...] = values


def in_float32(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A product with the digits of float32, and enough of a cancellation to be off by 1e-6."""
    return np.asarray(np.float32(100) + (a @ b).astype(np.float32) - np.float32(100))


DENSE: dict[str, tuple[str, str, Callable[[Any, np.ndarray], Any]]] = {
    "N times": ("batch_size", "6 times too large", lambda s, dy: put(s.dW, s.dW * N)),
    "1/N times": ("batch_size", "6 times too small", lambda s, dy: put(s.dW, s.dW / N)),
    "O times": ("constant_factor", "3 is the number of outputs", lambda s, dy: put(s.dW, s.dW * 3)),
    "half": ("constant_factor", "0.5 times", lambda s, dy: put(s.dW, s.dW / 2)),
    "minus half": ("constant_factor", "-0.5 times", lambda s, dy: put(s.dW, -s.dW / 2)),
    "minus": ("wrong_sign", "wrong sign", lambda s, dy: put(s.dW, -s.dW)),
    "zero": ("all_zero", "all zero", lambda s, dy: put(s.dW, 0)),
    "NaN": ("not_finite", "1 of 12 entries", lambda s, dy: put(s.dW[1, 2:], np.nan)),
    "wrong order": ("transposed", "transposed", lambda s, dy: put(s.dW, s.dW.T.reshape(4, 3))),
    "one example": ("not_summed", "example 5 of 6", lambda s, dy: put(s.db, dy[-1])),
    "sum of all": ("summed_over_outputs", "axis=0", lambda s, dy: put(s.db, dy.sum())),
    "mean": ("batch_size", "only 1/N", lambda s, dy: put(s.db, dy.mean(axis=0))),
    "float32": ("single_precision", "float32", lambda s, dy: put(s.dW, in_float32(s._x.T, dy))),
    "a little off": ("nearly_right", "don't know", lambda s, dy: put(s.dW, s.dW + 1e-5 * s.W**2)),
    "decay": ("penalty_added", "0.01 times", lambda s, dy: put(s.dW, s.dW + 0.01 * s.W)),
    "nonsense": ("unknown", "don't know", lambda s, dy: put(s.dW, s.dW * (1 + s.W**2))),
    "added": ("not_proportional", "1024 times", lambda s, dy: put(s.dW, s.dW + s.W**2)),
    "normed": (
        "not_proportional",
        "divided by its size",
        lambda s, dy: put(s.dW, s.dW / np.linalg.norm(s.dW)),
    ),
    "clipped": ("not_proportional", "clipped", lambda s, dy: put(s.dW, np.clip(s.dW, -9, 9))),
    "new array": ("gradient_replaced", "new array", lambda s, dy: setattr(s, "dW", s.dW.copy())),
    "no dx": ("returns_nothing", "return dx", lambda s, dy: np.array(None)),
    "short dx": ("wrong_shape", "shape (6, 4)", lambda s, dy: dy[:, :2]),
    "whole dx": ("whole_numbers", "integers", lambda s, dy: (dy @ s.W.T).astype(np.int64)),
    "weights": ("parameters_changed", "optimizer", lambda s, dy: put(s.W, s.W - s.dW)),
    "dy": ("upstream_changed", "in place", lambda s, dy: put(dy, 0)),
}


@pytest.mark.parametrize(("kind", "words", "change"), DENSE.values(), ids=DENSE.keys())
def test_diagnosis_of_dense(
    kind: str, words: str, change: Callable[[Any, np.ndarray], Any]
) -> None:
    layer = altered(Dense, change)(O, kernel_initializer=GlorotUniform(seed=0))
    report = check_gradients(layer, X)
    assert kinds(report)[0] == kind
    assert words in report.mistakes[0].text
    assert words in str(report)


def test_diagnosis_of_dense_by_what_it_computes() -> None:
    class Stale(Dense):
        """Keeps the first input it ever saw."""

        first: Any = None

        def backward(self, dy: np.ndarray) -> np.ndarray:
            dx = super().backward(dy)
            self.first = self._x if self.first is None else self.first
            self.dW[...] = self.first.T @ dy
            return dx

    class Remembering(Dense):
        """Keeps its first gradient."""

        first: Any = None

        def backward(self, dy: np.ndarray) -> np.ndarray:
            dx = super().backward(dy)
            self.first = self.dW.copy() if self.first is None else self.first
            self.dW[...] = self.first
            return dx

    class UnmaskedInside(Dense):
        """Forgets the ReLU that it has inside."""

        def backward(self, dy: np.ndarray) -> np.ndarray:
            self.dW[...], self.db[...] = self._x.T @ dy, dy.sum(axis=0)
            return np.asarray(dy @ self.W.T)

    class Turned(Dense):
        """Has its gradient as a matrix of the other shape."""

        def backward(self, dy: np.ndarray) -> np.ndarray:
            self.dW = np.zeros_like(self.W)
            dx = super().backward(dy)
            self.dW = self.dW.T
            return dx

    assert set(kinds(check_gradients(Stale(O), X))) == {"stale"}
    turned = check_gradients(Turned(O), X)
    assert kinds(turned) == ["transposed", "gradient_replaced"]
    assert "shape (3, 4) instead of (4, 3)" in turned.mistakes[0].text
    assert kinds(check_gradients(Remembering(O), X)) == ["accumulated"]
    inside = check_gradients(UnmaskedInside(O, "relu"), X)
    assert kinds(inside)[:2] == ["mask_missing_inside"] * 2


ENTRYWISE: dict[str, tuple[str, type[Layer], Callable[[Any, np.ndarray], Any]]] = {
    "no mask": ("mask_missing", ReLU, lambda s, dy: dy * 1.0),
    "mask of dy": ("wrong_mask", ReLU, lambda s, dy: dy * (dy > 0)),
    "mask upside down": ("wrong_mask", ReLU, lambda s, dy: dy * (s._x[::-1] > 0)),
    "no dy": ("upstream_ignored", ReLU, lambda s, dy: (s._x > 0) * 1.0),
    "no dy, smooth": ("upstream_ignored", Tanh, lambda s, dy: 1 - s._y**2),
    "diagonal": ("diagonal_jacobian", Softmax, lambda s, dy: dy * s._y * (1 - s._y)),
    "log": ("not_finite", Tanh, lambda s, dy: dy / (s._y - s._y)),
}


@pytest.mark.parametrize(("kind", "base", "change"), ENTRYWISE.values(), ids=ENTRYWISE.keys())
def test_diagnosis_of_activations(
    kind: str, base: type[Layer], change: Callable[[Any, np.ndarray], Any]
) -> None:
    assert kinds(check_gradients(altered(base, change)(), X)) == [kind]


def test_diagnosis_of_slopes() -> None:
    class AtInput(Sigmoid):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            self._x = x
            return super().forward(x, training=training)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return np.asarray(dy * self._x * (1 - self._x))

    report = check_gradients(AtInput(), X)
    assert kinds(report) == ["slope_of_wrong_array"]
    assert "v * (1 - v)" in report.mistakes[0].text


class WrongLoss(MeanSquaredError):  # noqa: N818 - the error is in the gradient
    factor = 1.0

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        return super().gradient(t, y) * self.factor


@pytest.mark.parametrize(
    ("factor", "kind"), [(N, "batch_size"), (1 / N, "batch_size"), (-1, "wrong_sign")]
)
def test_diagnosis_of_losses(factor: float, kind: str) -> None:
    loss = WrongLoss()
    loss.factor = factor
    assert kinds(check_gradients(loss, X, X[::-1])) == [kind]


def test_diagnosis_of_the_shortcut_counted_twice() -> None:
    class Shortcut(CategoricalCrossentropy):
        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.asarray((y - np.eye(O)[t]) / len(y))

    class Twice(CategoricalCrossentropy):
        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
            p = np.exp(p) / np.exp(p).sum(axis=1, keepdims=True)
            return np.asarray((p - np.eye(O)[t]) / len(y))

    first, second = (check_gradients(loss(), P, T) for loss in (Shortcut, Twice))
    assert kinds(first) == kinds(second) == ["shortcut_counted"]
    assert "counted twice" in first.mistakes[0].text
    assert "softmax twice" in second.mistakes[0].text


def test_diagnosis_of_weights_by_row() -> None:
    class Unweighted(MeanSquaredError):  # noqa: N818
        """Weighs the examples in its value alone."""

        def value(self, t: np.ndarray, y: np.ndarray) -> float:
            return float((np.square(y - t).mean(axis=1) * np.arange(1, 1 + len(y))).mean())

    report = check_gradients(Unweighted(), X, X + 1 + X**2)
    assert kinds(report) == ["wrong_operation", "not_a_mean"]  # N differs for a batch of one
    assert "`np.arange(1, 1 + len(y))`, a factor, is forgotten" in report.mistakes[0].text


def test_diagnosis_takes_integer_labels() -> None:
    class Shortcut(SparseCategoricalCrossentropy):
        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.asarray((y - np.eye(O)[t]) / len(y))

    assert kinds(check_gradients(Shortcut(), P, [0, 1, 2, 2, 1, 0])) == ["shortcut_counted"]


def test_loss_of_a_single_number_is_not_taken_for_an_earlier_call() -> None:
    loss = WrongLoss()
    loss.factor = 0.3
    assert kinds(check_gradients(loss, [[2.0]], [[1.0]])) == ["unknown"]


def test_wrong_layer_of_a_model_is_named() -> None:
    unmasked = Unmasked(name="culprit")
    model = Sequential(
        [Dense(5, name="below"), unmasked, Dense(O, "softmax", name="above")], seed=0
    )
    model.compile("sgd", "categorical_crossentropy")
    report = check_gradients(model, X, T)
    wrong = {row.name for row in report.rows if row.mistake}
    assert wrong == {"below.W", "below.b", "x"}
    assert set(kinds(report)) == {"mask_missing"}
    assert "culprit is wrong" in str(report)


def test_of_two_wrong_layers_the_one_nearer_to_the_loss_is_named() -> None:
    model = Sequential([Dense(3), Unmasked(name="first"), Dense(3), Unmasked(name="last")], seed=0)
    report = check_gradients(model, X)
    assert "last is wrong" in str(report)
    assert "first is wrong" not in str(report)
    below = Sequential([Dense(3), Unmasked(name="first"), Scaled(3), ReLU()], seed=0)
    text = {row.name: row.mistake.text for row in check_gradients(below, X).rows if row.mistake}
    assert set(text) == {"dense.W", "dense.b", "x"}
    assert all("scaled is wrong" in words for words in text.values())


def test_wrong_loss_of_a_model_is_named() -> None:
    loss = WrongLoss()
    loss.factor = 2
    report = check_gradients(Sequential([Dense(5, "relu"), Dense(O)], seed=0), X, P, loss=loss)
    assert set(kinds(report)) == {"constant_factor"}
    assert "WrongLoss is wrong" in str(report)


def test_no_mistake_is_named_by_coincidence() -> None:
    """Signs of predictions are those of their errors; single entries are zero here and there."""
    t = np.array([[0.1], [0.2], [-0.1], [-0.3], [0.2], [0.1]])
    p = np.array([[1.0], [2.0], [-1.5], [-2.0], [0.5], [-1.0]])

    def quantile(p: Any, t: Any) -> Any:
        value = np.maximum(0.9 * (t - p), -0.1 * (t - p)).mean()
        return value, np.where(t < p, -0.9, 0.1) / p.size

    def hinge(s: Any, y: Any) -> Any:
        return np.maximum(0, 1 - y * s).mean(), np.where(y * s < 0, -y, 0) / y.size

    assert kinds(check_gradients(quantile, p, t)) == ["unknown"]
    margins = np.array([[0.5], [-0.5], [0.25], [-1.0], [-1.0], [0.5]])
    (mistake,) = check_gradients(hinge, margins, np.ones((6, 1))).mistakes
    assert mistake.text.startswith("right, or left at 0 where the output moves as well: those wh")


def test_a_small_batch_under_a_large_layer() -> None:
    class Averaged(Dense):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.dW /= len(dy)
            return dx

    x = np.random.default_rng(0).normal(size=(2, 300))
    report = check_gradients(Averaged(200), x, max_entries=10)
    assert kinds(report) == ["batch_size"]


def test_a_bound_at_likely_probabilities_is_no_excuse() -> None:
    z, t = np.random.default_rng(0).normal(size=(6, 3)), np.eye(3)[[0, 1, 2, 0, 1, 2]]

    def cost(bound: float) -> Any:
        def function(z: Any, t: Any) -> Any:
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            return -(t * np.log(np.clip(p, bound, 1))).sum() / len(z), (p - t) / len(z)

        return function

    check_gradients(cost(1e-7), z, t).assert_ok()
    assert not check_gradients(cost(0.3), z, t)
