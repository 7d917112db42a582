"""Patterns of wrong slopes, in the words that a student reads."""

import numpy as np
import pytest

from tests.support.evidence import evidence
from tinynet.gradcheck import check_gradients, slopes

X = np.random.default_rng(1).normal(size=(3, 4))


def test_a_leak_that_backward_forgets() -> None:
    kept = {}

    def forward(x: np.ndarray) -> np.ndarray:
        kept["x"] = x
        return np.where(x > 0, x, 0.1 * x)

    def backward(dy: np.ndarray) -> np.ndarray:
        return dy * (kept["x"] > 0)

    (mistake,) = check_gradients((forward, backward), X).mistakes
    assert mistake.text == (
        "right where x > 0, but zero where x < 0, where the output moves as well, as a leaky "
        "ReLU's does: the slope there is missing"
    )


def gradient_of(f: str, slope: str) -> list[tuple[str, str]]:
    """Check an elementwise function with a wrong slope, both given as expressions in x."""
    cache: dict[str, np.ndarray] = {}

    def forward(x: np.ndarray) -> np.ndarray:
        cache["x"] = x
        return np.asarray(eval(f, {"np": np, "x": x}))

    def backward(dy: np.ndarray) -> np.ndarray:
        return dy * np.asarray(eval(slope, {"np": np, "x": cache["x"]}))

    x = np.array([[-2.0, 1e-4, 0.4], [-0.05, 0.9, 3.0]])
    return [(m.kind, m.text) for m in check_gradients((forward, backward), x).mistakes]


def test_the_slope_of_another_function_is_named() -> None:
    (cubed,) = gradient_of("x + np.sin(x)", "x**3")
    assert "x**3" in cubed[1]


def test_an_error_that_grows_from_zero_is_no_missing_branch() -> None:
    (smooth,) = gradient_of("x - x**3 / 30", "1 - x**2 / 20")
    assert smooth[0] == "wrong_operation"  # the cubed term's slope, halved
    (clipped,) = gradient_of("np.clip(x, -1, 1) + 0.5 * x", "1.5 + 0 * x")
    assert clipped[1] == "the slope of the clip in line 1 is forgotten"


def test_a_derivative_is_seen_at_directions_with_zeros() -> None:
    """The square's derivative, 2 x, is taken of dy, where it should multiply dy."""
    dy = np.where(X > 0.5, 0, -X)
    known = {"x": X, "array": X, "y": X**2, "dy": dy, "slopes_at": lambda at: 2 * at}
    jacobian = np.diag(2 * X.ravel()).reshape(*X.shape, *X.shape)
    found = slopes.a_derivative(evidence(2 * dy, 2 * X * dy, jacobian=jacobian, **known))
    assert str(found).startswith("backward is called with dy, and returns the derivative")
    nowhere = evidence(0 * dy, 2 * X * dy, jacobian=jacobian, **{**known, "dy": 0 * dy})
    assert slopes.a_derivative(nowhere) is None


@pytest.mark.parametrize("seed", [0, 1, 10, 18, 25, 33, 37])
def test_a_mask_of_the_gradient_is_told_from_one_that_lets_too_much_through(seed: int) -> None:
    pair = lambda x: np.maximum(x, 0), lambda dy: dy * (dy > 0)
    x = np.random.default_rng(seed).normal(size=(3, 4))
    assert "dy > 0" in check_gradients(pair, x).summary


def test_a_missing_mask_of_gradients_that_are_all_positive() -> None:
    dy = np.arange(1.0, 13).reshape(3, 4)
    known = {"x": X, "array": X, "dy": dy, "jacobian": np.diag(X.ravel() > 0) * 1.0}
    text = slopes.mask_missing(evidence(dy, dy * (X > 0), y=np.maximum(X, 0), **known))
    assert text is not None
    assert "the mask is missing" in text
