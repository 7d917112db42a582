"""A recorded forward pass has the values and the gradient of one that isn't recorded."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck.tape import LostError, Recorded, Tape

RNG = np.random.default_rng(5)
X, W = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4))


def into_zeros(x: Any, w: Any) -> Any:
    """Write what is computed into an array that isn't recorded, and read it there."""
    h = np.zeros((4, 3, 4))
    for t in range(3):
        h[t + 1] = np.tanh(x + h[t] @ w)
    return h[1:]


def in_place(x: Any, w: Any) -> Any:
    y = x @ w
    y += x
    y[:, 0] *= 2.0
    y[y < -1] = 0.5
    np.multiply(y, x, out=y)
    return y


def one_by_one(x: Any, w: Any) -> Any:
    return [sum(float(v) * u for v, u in zip(row, w[0], strict=True)) for row in x]


def normalised(x: Any, w: Any) -> Any:
    mean, var = np.mean(x, axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-5) * w[0] / x.std() + np.linalg.norm(x, axis=1)[:, None]


def softmax(x: Any, w: Any) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).dot(w)


def windows(x: Any, w: Any) -> Any:
    padded = np.pad(x, ((0, 0), (1, 1)))
    rows = np.arange(3)[:, None] + np.arange(4)
    return np.stack([padded[:, rows].sum(axis=1), np.concatenate([x, x[::-1]])[:3].repeat(1, 1)])


FORWARD: dict[str, Callable[[Any, Any], Any]] = {
    "matmul": lambda x, w: x @ w @ w.T,
    "matmul of many": lambda x, w: np.stack([x, 2 * x]) @ w,
    "matmul of a vector": lambda x, w: w @ x[0] + x[0] @ w,
    "dot": lambda x, w: np.dot(x, w) + x.dot(w),
    "dot of many": lambda x, w: np.dot(np.stack([x, x]), w[None]),
    "dot of a number": lambda x, w: np.dot(x, w[0, 0]),
    "einsum": lambda x, w: np.einsum("nd, de -> ne", x, w) + np.einsum("nd,ed", x, w).T,
    "tensordot": lambda x, w: np.tensordot(x, w, axes=1) + np.tensordot(x, w, axes=([1], [1])),
    "outer": lambda x, w: np.outer(x[0], w[1]) + np.inner(x[0], w[1]),
    "functions": lambda x, w: (
        np.log1p(x**2) + np.exp(-x) / (1 + np.abs(x)) - np.sqrt(x**2 + w[0] ** 2)
    ),
    "choices": lambda x, w: np.where(x > 0, x, 0.1 * x) + np.maximum(x, w[0]) + np.clip(x, -1, 1),
    "reductions": lambda x, w: x.mean(axis=0) * w + x.sum() + x.max(axis=0),
    "into zeros": into_zeros,
    "in place": in_place,
    "one by one": one_by_one,
    "normalised": normalised,
    "softmax": softmax,
    "windows": windows,
}


@pytest.mark.parametrize("name", FORWARD)
def test_values_and_gradient_are_those_of_the_function(name: str) -> None:
    forward = FORWARD[name]
    x, w = X.copy(), W.copy()
    tape = Tape({"x": x, "w": w})
    y = np.array(forward(tape.watched(x), tape.watched(w)))
    np.testing.assert_allclose(y, forward(X, W), rtol=1e-12, atol=1e-12)
    upstream = np.zeros(len(tape.values))
    numbers = tape.find(y)
    dy = RNG.normal(size=y.shape)
    np.add.at(upstream, numbers[numbers >= 0], dy[numbers >= 0])
    gradient = tape.back(upstream)
    for array, name_of in ((x, "x"), (w, "w")):
        direction = RNG.normal(size=array.shape)
        found = []
        for distance in (1e-6, -1e-6):
            moved = {"x": x.copy(), "w": w.copy()}
            moved[name_of] += distance * direction
            found.append(float((np.asarray(forward(moved["x"], moved["w"])) * dy).sum()))
        slope = (found[0] - found[1]) / 2e-6
        recorded = (gradient[tape.leaves[name_of]] * direction).sum()
        np.testing.assert_allclose(recorded, slope, rtol=1e-6, atol=1e-7)


def test_zeros_and_equal_numbers_can_be_told_apart() -> None:
    x = np.array([-2.0, 0.0, 2.0, 2.0])
    tape = Tape({"x": x})
    y = np.maximum(tape.watched(x), 0)
    assert len(set(x.tolist())) == len(set(y.tolist())) == 4
    np.testing.assert_allclose(y, [0, 0, 2, 2], atol=1e-300)
    assert (tape.find(y[::-1]) == tape.find(y)[::-1]).all()
    assert (tape.find([0.25, 7.0]) == -1).all()


def test_what_is_left_of_a_record_is_an_array_like_any_other() -> None:
    tape = Tape({"x": np.array([1.5, 2.5])})
    x = tape.watched(np.array([1.5, 2.5]))
    tape.open = False
    steps, before = len(tape.steps), x.copy()
    for y in (x + 1, np.exp(x), x @ x, np.dot(x, x), x.mean(), x[0] * 2):
        assert not isinstance(y, Recorded)
    x += 1
    np.testing.assert_array_equal(x, before + 1)
    assert len(tape.steps) == steps


def test_what_can_not_be_told_apart_is_not_recorded() -> None:
    with pytest.raises(LostError):
        Tape({"x": np.array([1.0, np.inf])})
    with pytest.raises(LostError):
        Tape({"x": np.ones(300_000)})
    big = RNG.normal(size=(110, 110))
    tape = Tape({"x": big})
    with pytest.raises(LostError):
        tape.watched(big) @ big
