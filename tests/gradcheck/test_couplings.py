"""Patterns of softmax and norms, on numbers made for them."""

import numpy as np
import pytest

from tests.support.evidence import evidence
from tinynet.gradcheck import check_gradients, couplings
from tinynet.layers.activations import softmax

RNG = np.random.default_rng(1)
X, DY = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
Y = softmax(X)
TOTAL = (DY * Y).sum(axis=1, keepdims=True)
RIGHT = Y * (DY - TOTAL)
JACOBIAN = np.zeros((3, 4, 3, 4))
for n, y in enumerate(Y):
    JACOBIAN[n, :, n] = np.diag(y) - np.outer(y, y)


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (Y * (DY + TOTAL), "the sum has the wrong sign"),
        (DY - TOTAL, "the factor y is missing"),
        (Y * DY, "the sum is missing"),
        (Y * (DY - DY.sum(axis=1, keepdims=True)), "the sum takes dy without y"),
    ],
)
def test_each_wrong_term_of_softmax_has_its_name(gradient: np.ndarray, said: str) -> None:
    e = evidence(gradient, RIGHT, x=X, y=Y, dy=DY, array=X, jacobian=JACOBIAN)
    assert couplings.softmax_term(e) == f"{said}: softmax's derivative is y * (dy - sum(dy * y))"
    other = evidence(gradient + 1, RIGHT, x=X, y=Y, dy=DY, array=X, jacobian=JACOBIAN)
    assert couplings.softmax_term(other) is None


def test_a_norm_has_outputs_of_its_inputs_shape() -> None:
    """The variance of a row is as free of shifts as a norm, but has no paths to be wrong."""
    centred = X - X.mean(axis=1, keepdims=True)
    wrong = RIGHT + 1 + centred
    norm = evidence(wrong, RIGHT, x=X, y=Y, dy=DY, array=X, jacobian=JACOBIAN)
    assert str(couplings.norm_paths_wrong(norm)).startswith("off by a constant and a multiple")
    shapes = {"y": Y[:, :1], "dy": DY[:, :1], "jacobian": JACOBIAN[..., :1]}
    assert couplings.norm_paths_wrong(evidence(wrong, RIGHT, x=X, array=X, **shapes)) is None


class OverChannels:
    """Normalises each channel over the batch and all places, x: (N, C, L)."""

    def __init__(self, expects: bool) -> None:
        self.expects = expects

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.s = x.std(axis=(0, 2), keepdims=True)
        self.xh = (x - x.mean(axis=(0, 2), keepdims=True)) / self.s
        return self.xh

    def backward(self, dy: np.ndarray) -> np.ndarray:
        axes = (0, 2) if self.expects else 2
        n = len(dy)  # wrong: a mean over N * L numbers
        mean, share = dy.sum(axis=axes, keepdims=True) / n, (dy * self.xh).sum(axes, keepdims=True)
        return (dy - mean - self.xh * share / n) / self.s


def test_backward_that_couples_examples_expects_it() -> None:
    x = RNG.normal(size=(3, 2, 4))
    assert check_gradients(OverChannels(expects=False), x).mistakes[0].kind == "examples_coupled"
    assert check_gradients(OverChannels(expects=True), x).mistakes[0].kind == "unknown"


class Sums:
    """Adds up earlier and later rows, x: (T, D), with a wrong share of the others in backward."""

    def __init__(self, direction: int) -> None:
        self.step = direction

    def forward(self, x: np.ndarray) -> np.ndarray:
        return np.cumsum(x[:: self.step], axis=0)[:: self.step]

    def backward(self, dy: np.ndarray) -> np.ndarray:
        others = np.cumsum(dy[:: -self.step], axis=0)[:: -self.step] - dy
        return dy + others * (1 + 0.3 * np.arange(dy.size).reshape(dy.shape))


@pytest.mark.parametrize("direction", [1, -1])
def test_rows_that_are_steps_in_time_are_coupled_in_one_direction(direction: int) -> None:
    mistake = check_gradients(Sums(direction), RNG.normal(size=(4, 3))).mistakes[0]
    assert mistake.kind != "examples_coupled"


class Shift:
    """Adds b to x; its gradient is made with x, as that of a scale would be."""

    def __init__(self) -> None:
        self.b = np.zeros(3)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        return x + self.b

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.db = (dy * self.x).sum(axis=0)  # wrong
        return dy


def test_a_shift_is_no_scale() -> None:
    assert "scale" not in check_gradients(Shift(), RNG.normal(size=(4, 3))).summary
