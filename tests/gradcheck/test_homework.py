"""Homework in forms of its own: what is right passes, and what is wrong is told by its cause."""

from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet.gradcheck import check_gradients, check_optimizer

RNG = np.random.default_rng(7)
X = RNG.normal(size=(5, 4))


class Lists:
    """A dense layer of one example that holds lists of numbers, and hands on its dy as db."""

    def __init__(self) -> None:
        self.w, self.b = RNG.normal(size=(2, 3)).tolist(), RNG.normal(size=2).tolist()

    def forward(self, x: Any) -> Any:
        self.x = x
        return [sum(v * w for v, w in zip(x, row, strict=True)) for row in self.w] + np.array(
            self.b
        )

    def backward(self, dy: Any) -> Any:
        self.b_grad = dy
        self.w_grad = [[v * d for v in self.x] for d in dy]
        return [sum(row[i] * d for row, d in zip(self.w, dy, strict=True)) for i in range(3)]


def test_lists_of_numbers_are_paired_with_lists_and_arrays() -> None:
    check_gradients(Lists(), RNG.normal(size=3)).assert_ok()

    class Forgotten(Lists):
        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy)
            self.b_grad = 0 * dy
            return dx

    report = check_gradients(Forgotten(), RNG.normal(size=3))
    assert [(row.name, row.mistake.kind) for row in report.rows if row.mistake] == [
        ("b[0]", "all_zero"),
        ("b[1]", "all_zero"),
    ]


def test_a_gradient_may_be_an_array_of_integers_if_its_numbers_are_right() -> None:
    signs = np.array([1, -1, 1, 1, -1, -1, 1])

    def hinge(s: Any, t: Any) -> Any:
        return np.maximum(0, 1 - t * s).sum(), np.where(1 - t * s > 0, -t, 0)

    check_gradients(hinge, RNG.normal(size=7), signs).assert_ok()
    check_gradients(lambda x: (np.maximum(x, 0).sum(), x > 0), X).assert_ok()

    def cut(x: Any) -> Any:
        dx = np.zeros(x.shape, dtype=int)
        dx[...] = 4 * x
        return 2 * (x**2).sum(), dx

    (mistake,) = check_gradients(cut, X).mistakes
    assert mistake.kind == "whole_numbers"


def test_labels_that_are_left_out_of_a_hinge_are_no_sum() -> None:
    def hinge(s: Any, t: Any) -> Any:
        return np.maximum(0, 1 - t * s).mean(), np.where(t * s < 1, -1, 0) / len(s)

    scores, labels = np.linspace(-0.5, 0.5, 7), np.array([1, -1, 1, 1, -1, -1, 1])
    (mistake,) = check_gradients(hinge, scores, labels).mistakes
    assert "right but for the sign" in mistake.text


def test_a_function_that_returns_its_backward_is_told_to_be_a_pair() -> None:
    def tanh(x: Any) -> Any:
        y = np.tanh(x)
        return y, lambda dy: dy * (1 - y**2)

    assert "pass (f, lambda dy, back: back(dy))" in check_gradients(tanh, X).summary
    check_gradients((tanh, lambda dy, back: back(dy)), X).assert_ok()


def test_a_last_row_that_a_loop_leaves_out_is_no_mask() -> None:
    class Doubled:
        def forward(self, x: Any) -> Any:
            return 2 * x

        def backward(self, dy: Any) -> Any:
            dx = np.zeros_like(dy)
            for i in range(len(dy) - 1):
                dx[i] = 2 * dy[i]
            return dx

    (mistake,) = check_gradients(Doubled(), X).mistakes
    assert "zero at 4 of axis 0 and right elsewhere" in mistake.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x, dy, w: (dy @ w.T, x.reshape(5, -1).T @ dy, dy.sum(axis=0)), ".reshape(5, 2, 3)"),
        (lambda x, dy, w: (0 * x, x.reshape(5, -1).T @ dy, dy.sum()), "summed over everything"),
        (lambda x, dy, w: (0 * x, dy.sum(axis=0), 0 * w), "which is that of b"),
        (lambda x, dy, w: (0 * x, 0 * w, dy.sum(axis=1)), "summed along the wrong axis"),
        (lambda x, dy, w: (0 * x, 0 * w, np.ones((2, 3, 4))), "of shape (2, 3, 4)."),
    ],
)
def test_a_wrong_shape_is_explained(change: Any, words: str) -> None:
    def forward(x: Any, w: Any, b: Any) -> Any:
        return x.reshape(5, -1) @ w + b, (x, w)

    images, w = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(6, 4))
    report = check_gradients(
        (forward, lambda dy, cache: change(cache[0], dy, cache[1])),
        images,
        parameters={"w": w, "b": np.ones(4)},
    )
    assert words in str(report)


def test_targets_that_are_broadcast_in_the_gradient_alone() -> None:
    def cost(z: Any, t: Any) -> Any:
        return ((z.ravel() - t) ** 2).sum(), 2 * (z - t)

    report = check_gradients(cost, RNG.normal(size=(6, 1)), RNG.normal(size=6))
    assert "(N, 1) and (N,) are broadcast" in report.summary


class Heavy(tn.optimizers.Optimizer):
    """Momentum whose setting belongs to the class."""

    momentum = 0.9
    v: Any = 0.0

    def step(self, parameters: Any, gradients: Any, learning_rate: Any) -> None:
        self.v = self.momentum * self.v - learning_rate * gradients
        parameters += self.v


class Forgetful(Heavy):
    def step(self, parameters: Any, gradients: Any, learning_rate: Any) -> None:
        self.v = 0.0
        super().step(parameters, gradients, learning_rate)


class Overwritten(Heavy):
    def step(self, parameters: Any, gradients: Any, learning_rate: Any) -> None:
        super().step(parameters, gradients, learning_rate)
        self.v = parameters.copy()


class Adam(tn.optimizers.Optimizer):
    """Adam with settings of its class, whose averages take the new gradient with some shares."""

    shares = 0.1, 0.001
    m: Any = 0.0
    s: Any = 0.0
    t = 0

    def step(self, parameters: Any, gradients: Any, learning_rate: Any) -> None:
        self.t += 1
        self.m = 0.9 * self.m + self.shares[0] * gradients
        self.s = 0.999 * self.s + self.shares[1] * gradients**2
        m, s = self.m / (1 - 0.9**self.t), self.s / (1 - 0.999**self.t)
        parameters -= learning_rate * m / (np.sqrt(s) + 1e-8)


class AdamOfBeta1(Adam):
    shares = 0.9, 0.001


@pytest.mark.parametrize(
    ("rule", "kind", "words"),
    [
        (Forgetful, "forgets", "doesn't depend on the gradients of earlier"),
        (Overwritten, "never_slows", "as fast as at the first"),
        (AdamOfBeta1, "share_missing", "with the share beta_1, where 1 - beta_1 is right"),
    ],
)
def test_update_rules(rule: Any, kind: str, words: str) -> None:
    check_optimizer(Heavy(0.01)).assert_ok()
    check_optimizer(Adam(0.01)).assert_ok()
    found = {mistake.kind: mistake.text for mistake in check_optimizer(rule(0.01)).mistakes}
    assert words in found[kind]


def test_a_cache_that_all_objects_share_is_no_batch_size() -> None:
    class Scale:
        def __init__(self) -> None:
            self.s = np.array([1.5, -2.0, 0.3, 0.7])

        def forward(self, x: Any, cache: Any = {}) -> Any:  # noqa: B006
            self.x = cache.setdefault(x.shape, x)
            return x * self.s

        def backward(self, dy: Any) -> Any:
            self.ds = (dy * self.x).sum(axis=0)
            return dy * self.s

    (mistake,) = check_gradients(Scale(), X).mistakes
    assert "made with an earlier value of x" in mistake.text


def test_a_mask_of_a_fixed_seed_hides_no_other_mistake() -> None:
    class Dropout:
        def forward(self, x: Any, training: bool = True) -> Any:
            self.mask = (np.random.default_rng(0).random(x.shape) < 0.6) / 0.6
            return x * self.mask if training else x

        def backward(self, dy: Any) -> Any:
            return dy * (self.mask > 0)

    report = check_gradients(Dropout(), X)
    kinds = {row.name: row.mistake.kind for row in report.rows if row.mistake}
    assert kinds == {"x": "constant_factor", "mask": "stale"}
