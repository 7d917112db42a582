"""Patterns of softmax and norms, on numbers made for them."""

import numpy as np
import pytest

from tests.support.evidence import evidence
from tinynet.gradcheck import couplings
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
