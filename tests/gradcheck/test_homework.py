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
    assert "`t`, a factor, is forgotten in the gradient of `t * s`" in mistake.text


def test_a_function_that_returns_its_backward_is_told_to_be_a_pair() -> None:
    def tanh(x: Any) -> Any:
        y = np.tanh(x)
        return y, lambda dy: dy * (1 - y**2)

    assert "pass (f, lambda dy, back: back(dy))" in check_gradients(tanh, X).summary
    check_gradients((tanh, lambda dy, back: back(dy)), X).assert_ok()


def test_a_network_that_returns_lists_of_gradients_is_told_to_be_a_function() -> None:
    class Network:
        def backprop(self, x: Any, y: Any) -> Any:
            return [x], [y]

    with pytest.raises(TypeError, match=r"backprop\(x, y\), pass a function of one array"):
        check_gradients(Network(), X)


def test_a_backward_that_takes_the_targets_is_told_to_be_a_function() -> None:
    class Network:
        def forward(self, x: Any) -> Any:
            return 2 * x

        def backward(self, x: Any, y: Any, output: Any) -> None:
            self.step = x * (output - y)

    said = check_gradients(Network(), X).summary
    assert "pass a function of one array that returns (loss, gradient)" in said


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
        (lambda x, dy, w: (0 * x, 0 * w, np.ones((2, 3, 4))), "it is summed over too few axes"),
        (lambda x, dy, w: (0 * x, 0 * w, np.ones((2, 4, 3))), "too few axes, .sum(axis=(0, 2))"),
        (lambda x, dy, w: (0 * x, 0 * w, np.ones((2, 3, 5))), "of shape (2, 3, 5)."),
        (lambda x, dy, w: (0 * x, 0 * w, "right"), "of shape ()."),
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


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


class Deep:
    """A network of three layers of a course that keeps each example in a column."""

    def __init__(self, hidden: Any = None, inputs: Any = 0, share: float = 1 / 6) -> None:
        self.hidden = hidden or (lambda z, a: z > 0)
        self.inputs, self.share = inputs, share
        self.X, self.Y = RNG.normal(size=(4, 6)), RNG.random(size=(1, 6)).round()
        sizes = [4, 4, 4, 1]
        self.W = [RNG.normal(size=size) for size in zip(sizes[1:], sizes, strict=False)]
        self.b = [RNG.normal(size=(size, 1)) for size in sizes[1:]]

    def by(self, kind: str, layer: int) -> Any:
        def cost(array: Any) -> Any:
            getattr(self, kind)[layer] = array
            a, z = [self.X], []
            for k, (w, b) in enumerate(zip(self.W, self.b, strict=True)):
                z.append(w @ a[-1] + b)
                a.append(sigmoid(z[-1]) if k == 2 else np.maximum(z[-1], 0))
            p, t = a[-1], self.Y
            value = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
            d, found = p - t, {}
            for k in (2, 1, 0):
                found["W", k] = d @ a[k + self.inputs * (k == 1)].T * self.share
                found["b", k] = d.sum(axis=1, keepdims=True) * self.share
                d = (self.W[k].T @ d) * self.hidden(z[k - 1], a[k])
            return value, found[kind, layer]

        return cost

    def report(self, kind: str, layer: int) -> Any:
        return check_gradients(self.by(kind, layer), getattr(self, kind)[layer].copy())


@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("kind", ["W", "b"])
def test_a_network_of_three_layers_is_right(kind: str, layer: int) -> None:
    Deep().report(kind, layer).assert_ok()


@pytest.mark.parametrize(
    ("net", "at", "words"),
    [
        (
            Deep(lambda z, a: 1),
            ("W", 1),
            "the slope of ReLU is forgotten, in `np.maximum(z[-1], 0)`",
        ),
        (Deep(lambda z, a: sigmoid(z) * sigmoid(-z)), ("W", 1), "is sigmoid's, s (1 - s)"),
        (Deep(inputs=1), ("W", 1), "made with `np.maximum(z[-1], 0)`"),
        (
            Deep(share=1),
            ("W", 0),
            "a divisor, as that of a mean, is forgotten in the gradient of `(t * np.log(p)",
        ),
        (
            Deep(share=1),
            ("b", 2),
            "a divisor, as that of a mean, is forgotten in the gradient of `(t * np.log(p)",
        ),
    ],
)
def test_mistakes_in_a_network_of_three_layers(net: Deep, at: tuple[str, int], words: str) -> None:
    assert words in net.report(*at).summary


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (lambda a, z: 1, "the slope of sigmoid is forgotten, in `1 / (1 + np.exp(-z))`"),
        (lambda a, z: sigmoid(a) * sigmoid(-a), "is sigmoid's at a, where that at z is right"),
    ],
)
@pytest.mark.parametrize("kind", ["W", "b"])
def test_a_network_of_one_example_in_a_column(kind: str, slope: Any, words: str) -> None:
    x, t = RNG.normal(size=(3, 1)), np.array([[0.0], [1.0]])
    arrays = {"W": RNG.normal(size=(3, 3)), "b": RNG.normal(size=(3, 1))}
    W2, b2 = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 1))

    def cost(array: Any) -> Any:
        arrays[kind] = array
        z = arrays["W"] @ x + arrays["b"]
        a = sigmoid(z)
        p = sigmoid(W2 @ a + b2)
        d = W2.T @ ((p - t) * p * (1 - p)) * slope(a, z)
        return 0.5 * ((p - t) ** 2).sum(), {"W": d @ x.T, "b": d}[kind]

    assert words in check_gradients(cost, arrays[kind].copy()).summary


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g, w, theta: g, "back to x is missing"),
        (lambda g, w, theta: g + w, "back to x is 8 times the right one"),
        (lambda g, w, theta: g + theta / 8, "right but for the first entry, which is off by 0.125"),
        (lambda g, w, theta: g + w / 8 + [0.5, 0, 0, 0], "3 of 4 entries are right"),
        (lambda g, w, theta: 8 * g + w / 8, "back to x is 8 times the right one"),
        (lambda g, w, theta: 2 * g + w / 8, "back to x is 2 times the right one"),
    ],
)
def test_a_penalty_that_leaves_out_the_bias(change: Any, words: str) -> None:
    X, t = np.c_[np.ones(8), RNG.normal(size=(8, 3))], RNG.normal(size=8)

    def cost(theta: Any) -> Any:
        error, weights = X @ theta - t, np.r_[0, theta[1:]]
        value = error @ error / 16 + weights @ weights / 16
        return value, change(X.T @ error / 8, weights, theta)

    assert words in check_gradients(cost, 1 + RNG.random(4)).summary


@pytest.mark.parametrize("order", ["F", "parts"])
def test_parameters_that_are_put_together_in_another_order(order: str) -> None:
    X = RNG.normal(size=(6, 3))

    def cost(theta: Any) -> Any:
        v, w = theta[:12].reshape(3, 4), theta[12:].reshape(3, 4)
        parts = [X.T @ np.cos(X @ v), -X.T @ np.sin(X @ w)]
        parts = parts[::-1] if order == "parts" else [part.T for part in parts]
        return np.sin(X @ v).sum() + np.cos(X @ w).sum(), np.concatenate([p.ravel() for p in parts])

    assert (
        "the right numbers in another order" in check_gradients(cost, RNG.normal(size=24)).summary
    )


class RMSNorm:
    def __init__(self, factor: float = 1, power: int = 3) -> None:
        self.factor, self.power = factor, power

    def forward(self, x: Any) -> Any:
        self.x, self.r = x, np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6)
        return x / self.r

    def backward(self, dy: Any) -> Any:
        along = (dy * self.x).mean(axis=-1, keepdims=True) / self.r**self.power
        return dy / self.r - self.factor * self.x * along


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (RMSNorm(4), "a divisor, as that of a mean, is forgotten in the gradient of `(x**2).mean"),
        (RMSNorm(-1), ") back to x has the wrong sign"),
        (RMSNorm(0), ") back to x is missing"),
        (RMSNorm(power=2), "off by a multiple of x along axis 1"),
    ],
)
def test_a_norm_without_a_mean(layer: RMSNorm, words: str) -> None:
    check_gradients(RMSNorm(), X).assert_ok()
    assert words in check_gradients(layer, X).summary


class Gelu:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        self.x, c = x, np.sqrt(2 / np.pi)
        self.t = np.tanh(c * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + self.t)

    def backward(self, dy: Any) -> Any:
        return dy * 0.5 * (1 + self.t + self.x * (1 - self.t**2) * self.inner(self.x))


def test_the_derivative_inside_of_a_gelu() -> None:
    right = Gelu(lambda x: np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2))
    check_gradients(right, X).assert_ok()
    said = check_gradients(Gelu(lambda x: 1), X).summary
    assert "GELU's, without the derivative inside of its tanh" in said


def test_a_leak_by_the_sign_of_dy() -> None:
    def slope(v: Any) -> Any:
        return np.where(v > 0, 1, 0.1)

    report = check_gradients((lambda x: x * slope(x), lambda dy: dy * slope(dy)), X)
    assert "the mask is taken from the wrong array: dy > 0" in report.summary


def test_the_slope_by_probabilities_in_place_of_logits() -> None:
    def cost(z: Any, t: Any) -> Any:
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return -(t * np.log(p)).sum() / len(z), -t / p / len(z)

    said = check_gradients(cost, X, np.eye(4)[[0, 1, 3, 2, 1]]).summary
    assert "of the softmax `e / e.sum(axis=1, keepdims=True)`" in said
    assert "it is forgotten, and the gradient handed on as it is" in said


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


def test_a_mask_of_another_bound_is_not_said_to_be_of_another_array() -> None:
    def forward(x: Any) -> Any:
        return np.clip(x, -1, 1)

    report = check_gradients((forward, lambda dy, x: dy * (np.abs(x) < 0.5)), X)
    assert "the mask isn't forward's: it is of another array, bound or draw" in report.summary
