"""Code in the manner of courses and books: what is right passes, and what is wrong is explained."""

from typing import Any

import numpy as np
import pytest

from tests.support.courses import LABELS, PIECES, SCORES, W, X, Y
from tinynet.gradcheck import GradientReport, check_gradients, check_optimizer

MISTAKES = [(name, *change) for name, piece in PIECES.items() for change in piece.mistakes]


def checked(name: str, old: str = "", new: str = "") -> GradientReport:
    piece = PIECES[name]
    return check_gradients(piece.target(old, new), *piece.arguments, **piece.options)


@pytest.mark.parametrize("name", PIECES)
def test_what_is_right_passes(name: str) -> None:
    checked(name).assert_ok()


@pytest.mark.parametrize(("name", "old", "new"), MISTAKES)
def test_what_is_wrong_is_explained(name: str, old: str, new: str) -> None:
    report = checked(name, old, new)
    assert not report
    assert PIECES[name].mistakes[old, new] in report.summary


class Losses:
    """A network that returns its loss and a dict of gradients."""

    def __init__(self) -> None:
        self.params = {"W": W.copy()}

    def loss(self, x: Any, labels: Any) -> Any:
        scores = x @ self.params["W"]
        return scores.sum(), {"W": x.T @ np.ones_like(scores)}


class TwoInputs:
    def forward(self, x: Any, w: Any) -> Any:
        self.w = w
        return x @ w

    def backward(self, dy: Any) -> Any:
        return dy @ self.w.T


class SquaredError:
    """A loss with its gradient in a method of its own."""

    def __call__(self, p: Any, t: Any) -> Any:
        return ((p - t) ** 2).mean()

    def gradient(self, p: Any, t: Any) -> Any:
        return 2 * (p - t) / p.size


def test_what_can_not_be_run_as_it_is_says_how_to_wrap_it() -> None:
    def said(*arguments: Any) -> str:
        return check_gradients(*arguments).summary

    assert "returns (result['loss'], result['grad'])" in said(
        lambda x: {"loss": (x**2).sum(), "grad": 2 * x}, X
    )
    assert "pass lambda *a: (value(*a), gradient(*a))" in said(SquaredError(), SCORES, Y)
    assert "a function of one array at a time" in said(Losses().loss, X, LABELS)
    assert "such as (lambda x: m.forward(x, w), lambda dy: m.backward())" in said(TwoInputs(), X)
    assert "the value comes first" in said(lambda x: (2 * x, (x**2).sum()), X)
    with pytest.raises(
        TypeError, match="that defines step\\(self, parameters, gradients, learning_"
    ):
        check_optimizer(lambda p, g: p - g)  # type: ignore[arg-type]

    m, error = TwoInputs(), SquaredError()
    check_gradients((lambda x: m.forward(x, W), m.backward), X, parameters=[]).assert_ok()
    check_gradients(lambda p, t: (error(p, t), error.gradient(p, t)), SCORES, Y).assert_ok()


def test_a_derivative_is_no_backward_and_says_how_to_make_one_of_it() -> None:
    def sigmoid(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def of_y(y: Any) -> Any:
        return y * (1 - y)

    def of_x(x: Any) -> Any:
        return of_y(sigmoid(x))

    for derivative, words in (
        (of_x, "(forward, lambda dy, x: dy * derivative(x))"),
        (of_y, "(forward, lambda dy, x: dy * derivative(forward(x)))"),
    ):
        report = check_gradients((sigmoid, derivative), X)
        assert report.mistakes[0].kind == "a_derivative"
        assert words in report.summary
    check_gradients((sigmoid, lambda dy, x: dy * of_x(x)), X).assert_ok()
    check_gradients((sigmoid, lambda dy, x: dy * of_y(sigmoid(x))), X).assert_ok()
