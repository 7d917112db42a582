"""The wrong step of the backpropagation of a network of dense layers is named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck import check_gradients

RNG = np.random.default_rng(9)
X, T = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 3))
SIZES = (4, 5, 3)

SLOPES: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any, Any], Any]]] = {
    "ReLU": (lambda z: np.maximum(z, 0), lambda z, a, d: z > 0),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, a, d: a * (1 - a)),
    "tanh": (np.tanh, lambda z, a, d: 1 - a**2),
}
Slope = Callable[[Any, Any, Any], Any]


class Network:
    """Two dense layers with an activation after each, the slope of one of which may be wrong."""

    def __init__(
        self, kind: str, slope: Slope | None = None, layer: int = 0, sizes: Any = SIZES
    ) -> None:
        rng = np.random.default_rng(0)
        self.W1, self.b1 = rng.normal(size=sizes[:2]), rng.normal(size=sizes[1])
        self.W2, self.b2 = rng.normal(size=sizes[1:]), rng.normal(size=sizes[2])
        self._function, right = SLOPES[kind]
        self._slopes = [right, right]
        if slope is not None:
            self._slopes[layer] = slope

    def forward(self, x: Any) -> Any:
        self.x, self.z1 = x, x @ self.W1 + self.b1
        self.a1 = self._function(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.a2 = self._function(self.z2)
        return self.a2

    def backward(self, d: Any) -> Any:
        d = d * self._slopes[1](self.z2, self.a2, d)
        self.dW2, self.db2 = self.a1.T @ d, d.sum(axis=0)
        d = d @ self.W2.T
        d = d * self._slopes[0](self.z1, self.a1, d)
        self.dW1, self.db1 = self.x.T @ d, d.sum(axis=0)
        return d @ self.W1.T


WRONG: dict[str, tuple[str, Slope, str]] = {
    "forgotten": ("ReLU", lambda z, a, d: 1, "the slope of ReLU is forgotten"),
    "inverted": ("ReLU", lambda z, a, d: z < 0, "the slope of ReLU is the wrong way round"),
    "of dy": ("ReLU", lambda z, a, d: d > 0, "is a mask of the gradient, dy > 0"),
    "itself": ("ReLU", lambda z, a, d: a, "the slope of ReLU is a, where 1 where z > 0 is right"),
    "minus one": ("ReLU", lambda z, a, d: np.sign(z), "the slope of ReLU is the sign of z"),
    "of z": (
        "tanh",
        lambda z, a, d: 1 - z**2,
        "the slope of tanh is 1 - z**2, tanh's with z where a",
    ),
    "without a square": ("tanh", lambda z, a, d: 1 - a, "the slope of tanh is 1 - a, where"),
    "sigmoid's": ("tanh", lambda z, a, d: a - a**2, "the slope of tanh is sigmoid's"),
    "half": ("sigmoid", lambda z, a, d: a, "the slope of sigmoid is a, where a (1 - a) is right"),
    "of z too": (
        "sigmoid",
        lambda z, a, d: z - z**2,
        "z (1 - z), sigmoid's with z where a is meant",
    ),
    "twice": ("sigmoid", lambda z, a, d: (a - a**2) ** 2, "the slope of sigmoid is taken twice"),
    "lost": ("sigmoid", lambda z, a, d: 1, "the slope of sigmoid is forgotten"),
}


@pytest.mark.parametrize(("name", "layer"), [(name, k % 2) for k, name in enumerate(WRONG)])
def test_a_wrong_slope_is_named_with_its_layer(name: str, layer: int) -> None:
    kind, slope, words = WRONG[name]
    report = check_gradients(Network(kind, slope, layer), X, max_entries=8)
    assert report.mistakes
    where = f"self._function(self.z{layer + 1})"
    assert all(words in mistake.text and where in mistake.text for mistake in report.mistakes)


@pytest.mark.parametrize("kind", SLOPES)
def test_right_networks_pass_with_a_loss_and_without(kind: str) -> None:
    check_gradients(Network(kind), X).assert_ok()
    check_gradients(Network(kind), X, T, loss="mse").assert_ok()


def test_with_a_loss_and_in_every_layer() -> None:
    network = Network("sigmoid", lambda z, a, d: a, 0)
    network._slopes[1] = network._slopes[0]
    report = check_gradients(network, X, T, loss="mse", max_entries=8)
    assert "the slope of sigmoid is a, where a (1 - a) is right, in `1 / (1" in str(report)
    assert ") and in `1 / (1 + np.exp(-z))` (line" in str(report)


def test_a_matrix_that_is_not_transposed() -> None:
    class Untransposed(Network):
        def backward(self, d: Any) -> Any:
            dx = super().backward(d)
            dz = d * self._slopes[1](self.z2, self.a2, d) @ self.W2
            self.dW1 = self.x.T @ (dz * (1 - self.a1**2))
            return dx

    report = check_gradients(Untransposed("tanh", sizes=(4, 3, 3)), X)
    (mistake,) = report.mistakes
    assert "`self.W2` must be transposed in the gradient of `self.a1 @ self.W2`" in mistake.text


def test_numbers_before_the_activation_in_a_gradient() -> None:
    class Before(Network):
        def backward(self, d: Any) -> Any:
            self.a1 = self.z1
            return super().backward(d)

    report = check_gradients(Before("ReLU"), X)
    text = report.mistakes[0].text
    assert text.startswith("made with `x @ self.W1 + self.b1` (line ")
    assert "where `self.a1` is right, in the gradient of `self.a1 @ self.W2`" in text


def test_examples_in_columns_and_matrices_that_are_held_transposed() -> None:
    class Columns:
        def __init__(self) -> None:
            self.W, self.b = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 1))

        def forward(self, x: Any) -> Any:
            self.x, self.a = x, np.tanh(self.W @ x + self.b)
            return self.a

        def backward(self, d: Any) -> Any:
            d = d * (1 - self.a)
            self.dW, self.db = d @ self.x.T, d.sum(axis=1, keepdims=True)
            return self.W.T @ d

    class Turned(Columns):
        def forward(self, x: Any) -> Any:
            return super().forward(x.T).T

        def backward(self, d: Any) -> Any:
            return super().backward(d.T).T

    for target, x in ((Columns(), X.T), (Turned(), X)):
        report = check_gradients(target, x)
        assert [mistake.kind for mistake in report.mistakes] == ["wrong_operation"] * 3
        assert "the slope of tanh is 1 - a" in report.summary


def test_the_slope_of_another_layer() -> None:
    class Other(Network):
        def backward(self, d: Any) -> Any:
            self.z1, kept = self.z2, self.z1
            dx = super().backward(d)
            self.z1 = kept
            return dx

    report = check_gradients(Other("ReLU", sizes=(4, 3, 3)), X)
    assert "the slope of ReLU is that of `np.maximum(z, 0)` (line 16), called in" in report.summary


def test_each_position_of_a_sequence_is_a_row() -> None:
    class Positions:
        def __init__(self) -> None:
            self.W = RNG.normal(size=(4, 3))

        def forward(self, x: Any) -> Any:
            self.x, self.y = x, np.tanh(x @ self.W)
            return self.y

        def backward(self, d: Any) -> Any:
            d = d * (1 - self.y)
            self.dW = np.einsum("nti,ntj->ij", self.x, d)
            return d @ self.W.T

    report = check_gradients(Positions(), RNG.normal(size=(2, 3, 4)))
    assert [mistake.kind for mistake in report.mistakes] == ["wrong_operation"] * 2
