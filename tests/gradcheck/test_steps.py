"""The wrong operation of a backward pass is named as the code writes it."""

from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck import check_gradients

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4))


class Attention:
    """One head, whose backward may multiply its gradients by a number too many."""

    def __init__(self, of_scores: float = 1.0, of_all: float = 1.0) -> None:
        self.Wq, self.Wk, self.Wv = RNG.normal(size=(3, 4, 3))
        self.of_scores, self.of_all = of_scores, of_all

    def forward(self, x: Any) -> Any:
        self.x = x
        self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        scores = self.q @ self.k.T / np.sqrt(3)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.a = e / e.sum(axis=1, keepdims=True)
        return self.a @ self.v

    def backward(self, dy: Any) -> Any:
        dy = dy * self.of_all
        da, dv = dy @ self.v.T, self.a.T @ dy
        ds = self.a * (da - (da * self.a).sum(axis=1, keepdims=True))
        ds = ds * self.of_scores / np.sqrt(3)
        dq, dk = ds @ self.k, ds.T @ self.q
        self.dWq, self.dWk, self.dWv = self.x.T @ dq, self.x.T @ dk, self.x.T @ dv
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


def test_a_constant_factor_is_named_if_the_code_has_it() -> None:
    check_gradients(Attention(), X).assert_ok()
    report = check_gradients(Attention(of_scores=np.sqrt(3)), X)
    assert "Wq, Wk, x: `np.sqrt(3)`, a divisor, is forgotten in the gradient of" in str(report)


@pytest.mark.parametrize("factor", [1.7, 3.0])
def test_another_constant_factor_may_be_anywhere(factor: float) -> None:
    texts = [mistake.text for mistake in check_gradients(Attention(of_all=factor), X).mistakes]
    assert texts
    assert all(f"{factor:g} times the right gradient" in text for text in texts)


class Gated:
    """A layer with a gate, which backward may forget on the way to W."""

    def __init__(self, forgets: bool) -> None:
        self.W, self.V = RNG.normal(size=(2, 4, 3))
        self.forgets = forgets

    def forward(self, x: Any) -> Any:
        self.x, self.h = x, np.tanh(x @ self.W)
        self.gate = 1 / (1 + np.exp(-(x @ self.V)))
        return self.h * self.gate

    def backward(self, dy: Any) -> Any:
        dz = dy * (1 - self.h**2) * (1 if self.forgets else self.gate)
        dgate = dy * self.h * self.gate * (1 - self.gate)
        self.dW, self.dV = self.x.T @ dz, self.x.T @ dgate
        return dz @ self.W.T + dgate @ self.V.T


def test_a_factor_that_is_forgotten_is_called_one() -> None:
    check_gradients(Gated(forgets=False), X).assert_ok()
    text = str(check_gradients(Gated(forgets=True), X))
    assert "`self.gate`, a factor, is forgotten in the gradient of `self.h * self.gate`" in text
