"""Costs by one array of a network: the wrong step of their backpropagation is named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck import check_gradients

RNG = np.random.default_rng(3)
TARGETS = RNG.normal(size=(6, 3))
X, LABELS, YES = RNG.normal(size=(6, 4)), np.array([0, 2, 1, 2, 0, 1]), RNG.random(6) > 0.5


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def rows(
    mask: Callable[[Any, Any], Any] = lambda h, d: h > 0, targets: float = 1.0
) -> Callable[[str], Any]:
    """A two-layer network with a loss method, as CS231n has it, as functions of one array."""
    rng = np.random.default_rng(1)
    params = {
        "W1": rng.normal(size=(4, 5)),
        "b1": rng.normal(size=5),
        "W2": rng.normal(size=(5, 3)),
        "b2": rng.normal(size=3),
    }

    def loss(x: Any, labels: Any) -> Any:
        h = np.maximum(0, x @ params["W1"] + params["b1"])
        p = softmax(h @ params["W2"] + params["b2"])
        squares = np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2)
        value = -np.log(p[np.arange(6), labels]).mean() + 0.05 * squares
        d = (p - targets * np.eye(3)[labels]) / 6
        dh = d @ params["W2"].T
        dh = dh * mask(h, dh)
        return value, {
            "W1": x.T @ dh + 0.1 * params["W1"],
            "b1": dh.sum(axis=0),
            "W2": h.T @ d + 0.1 * params["W2"],
            "b2": d.sum(axis=0),
        }

    def by(name: str) -> Any:
        def cost(array: Any) -> Any:
            params[name] = array
            value, gradients = loss(X, LABELS)
            return value, gradients[name]

        return check_gradients(cost, params[name])

    return by


def columns(
    slope: Callable[[Any, Any], Any] = lambda z, a: 1 - a**2, twice: bool = False
) -> Callable[[str], Any]:
    """A network with an example in each column, as Andrew Ng has it."""
    rng, x, y = np.random.default_rng(2), X.T, YES.reshape(1, -1) * 1.0
    params = {
        "W1": rng.normal(size=(5, 4)),
        "b1": rng.normal(size=(5, 1)),
        "W2": rng.normal(size=(1, 5)),
        "b2": rng.normal(size=(1, 1)),
    }

    def by(name: str) -> Any:
        def cost(array: Any) -> Any:
            p = {**params, name: array}
            z1 = p["W1"] @ x + p["b1"]
            a1 = np.tanh(z1)
            a2 = 1 / (1 + np.exp(-(p["W2"] @ a1 + p["b2"])))
            dz2 = (a2 - y) * (a2 * (1 - a2) if twice else 1)
            dz1 = p["W2"].T @ dz2 * slope(z1, a1)
            gradients = {
                "W1": dz1 @ x.T / 6,
                "b1": dz1.sum(axis=1, keepdims=True) / 6,
                "W2": dz2 @ a1.T / 6,
                "b2": dz2.sum(axis=1, keepdims=True) / 6,
            }
            return -(y * np.log(a2) + (1 - y) * np.log(1 - a2)).mean(), gradients[name]

        return check_gradients(cost, params[name])

    return by


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_right_costs_pass(name: str) -> None:
    rows()(name).assert_ok()
    columns()(name).assert_ok()


@pytest.mark.parametrize(
    ("by", "name", "words"),
    [
        (rows(lambda h, d: 1), "W1", "the slope of ReLU is forgotten, in `np.maximum("),
        (rows(lambda h, d: 1), "b1", "the slope of ReLU is forgotten, in `np.maximum("),
        (rows(lambda h, d: h <= 0), "W1", "the slope of ReLU is the wrong way round"),
        (rows(lambda h, d: d > 0), "W1", "is a mask of the gradient, dy > 0"),
        (rows(targets=0), "W1", "the targets are missing: p, where p - t is right"),
        (rows(targets=-1), "W2", "p + t, where p - t is right"),
        (
            columns(lambda z, a: 1 - z**2),
            "W1",
            "the slope of tanh is 1 - z**2, tanh's with z where a",
        ),
        (columns(lambda z, a: 1), "b1", "the slope of tanh is forgotten"),
        (columns(lambda z, a: a - a**2), "W1", "the slope of tanh is sigmoid's, a (1 - a)"),
        (columns(twice=True), "W1", "the slope p (1 - p) is taken once too often"),
        (columns(twice=True), "W2", "the slope p (1 - p) is taken once too often"),
    ],
)
def test_a_wrong_step_is_named(by: Callable[[str], Any], name: str, words: str) -> None:
    (mistake,) = by(name).mistakes
    assert mistake.kind == "wrong_operation"
    assert words in mistake.text


def test_an_output_slope_that_is_forgotten_under_a_squared_error() -> None:
    w, t = RNG.normal(size=(4, 2)), RNG.random((6, 2))

    def cost(w: Any) -> Any:
        p = 1 / (1 + np.exp(-X @ w))
        return 0.5 * ((p - t) ** 2).sum(), X.T @ (p - t)

    (mistake,) = check_gradients(cost, w).mistakes
    assert "the slope of sigmoid is forgotten, in `1 / (1 + np.exp(-X @ w))`" in mistake.text


def test_what_is_no_such_network_stays_unknown() -> None:
    w = RNG.normal(size=(4, 2))

    def cost(w: Any) -> Any:
        return np.sin(X @ w).sum(), X.T @ (X @ w)

    assert [mistake.kind for mistake in check_gradients(cost, w).mistakes] == ["unknown"]


@pytest.mark.parametrize("size", [4, 7])
@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (lambda t, p: -(t / p + (1 - t) / (1 - p)), "are added instead of subtracted"),
        (lambda t, p: -(t / p - (1 - t) / p), "(1 - t) / p is taken, where (1 - t) / (1 - p)"),
        (lambda t, p: -(t / (1 - p) - (1 - t) / (1 - p)), "t / (1 - p) is taken, where t / p is"),
    ],
)
def test_a_wrong_slope_of_the_binary_cross_entropy(
    slope: Callable[[Any, Any], Any], words: str, size: int
) -> None:
    rng = np.random.default_rng(size)
    x, t = rng.normal(size=(4, size)), np.arange(size)[np.newaxis] % 3 % 2

    def cost(w: Any, slope: Any = slope) -> Any:
        p = 1 / (1 + np.exp(-(w @ x)))
        value = -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum() / size
        return value, (slope(t, p) / size * p * (1 - p)) @ x.T

    (mistake,) = check_gradients(cost, rng.normal(size=(1, 4))).mistakes
    assert words in mistake.text
    right = check_gradients(
        lambda w: cost(w, lambda t, p: (p - t) / (p * (1 - p))), rng.normal(size=(1, 4))
    )
    right.assert_ok()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (np.abs, "the size of the error is taken, without its sign"),
        (np.sign, "the sign of the error is taken alone"),
        (np.square, "the square of the error is taken, as in the value"),
        (lambda error: error + TARGETS[:, 1], "the targets are missing"),
    ],
)
def test_a_regression_by_a_vector_of_weights(change: Callable[[Any], Any], words: str) -> None:
    def cost(w: Any) -> Any:
        error = X @ w - TARGETS[:, 1]
        return error @ error / 12, X.T @ change(error) / 6

    (mistake,) = check_gradients(cost, [0.5, -1.0, 2.0, 0.3]).mistakes
    assert words in mistake.text


@pytest.mark.parametrize("product", [np.dot, lambda x, w: x.dot(w)])
@pytest.mark.parametrize("where", ["closure", "object", "list"])
def test_a_product_of_data_and_weights_may_be_a_method_of_the_data(
    product: Any, where: str
) -> None:
    class Data:
        features = X.copy()

    data, held, kept = Data(), X.copy(), [X.copy()]
    before = data.features, held, kept[0]

    def cost(w: Any) -> Any:
        x = {"closure": held, "object": data.features, "list": kept[0]}[where]
        h = np.maximum(product(x, w), 0)
        e = h - TARGETS
        return (e**2).sum() / 2, x.T.dot(e)

    report = check_gradients(cost, RNG.normal(size=(4, 3)))
    assert "the slope of ReLU is forgotten" in report.summary
    assert all(
        new is old and (new == X).all()
        for new, old in zip((data.features, held, kept[0]), before, strict=True)
    )


def test_the_argument_of_a_cost_is_no_input() -> None:
    def cost(W: Any) -> Any:
        e = X @ W - TARGETS
        return (e**2).sum() / 2, X.T @ e + 0.1 * W

    report = check_gradients(cost, RNG.normal(size=(4, 3)))
    assert "the right gradient plus 0.1 times x itself: a penalty" in report.summary
    assert report.recognised == "a function of x (its argument W)"
    assert report.to_dict()["mistakes"][0]["array"] == "x"
