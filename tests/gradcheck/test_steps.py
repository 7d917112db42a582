"""The wrong operation of a backward pass is named as the code writes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.submissions import load_submission

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


class Steps:
    """A recurrent layer, and what is wrong in its backward pass."""

    def __init__(self, early: int = 0) -> None:
        self.W, self.U, self.early = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4)), early

    def forward(self, x: Any) -> Any:
        self.x, self.h = x, [np.zeros((len(x), 4))]
        for t in range(x.shape[1]):
            self.h.append(np.tanh(x[:, t] @ self.W + self.h[-1] @ self.U))
        return self.h[-1]

    def backward(self, dh: Any) -> Any:
        self.dW, self.dU, dx = 0 * self.W, 0 * self.U, np.zeros(self.x.shape)
        for t in reversed(range(self.x.shape[1])):
            da = dh * (1 - self.h[t + 1 - self.early] ** 2)
            self.dW += self.x[:, t].T @ da
            self.dU += self.h[t].T @ da
            dx[:, t], dh = da @ self.W.T, da @ self.U.T
        return dx


def test_a_slope_of_the_step_before_is_named() -> None:
    x = RNG.normal(size=(2, 5, 3))
    check_gradients(Steps(), x).assert_ok()
    report = check_gradients(Steps(early=1), x)
    assert "W, U, x: the slope of tanh is that of the step before, in" in report.summary


class Sampled:
    """A mean and a deviation, of whose logarithm backward may forget the half."""

    def __init__(self, half: float = 0.5) -> None:
        self.V, self.half = RNG.normal(size=(4, 2)), half

    def forward(self, x: Any) -> Any:
        self.x = x
        self.s = np.exp(0.5 * (x @ self.V))
        return self.s

    def backward(self, dy: Any) -> Any:
        d = dy * self.s * self.half
        self.dV = self.x.T @ d
        return d @ self.V.T


def test_a_forgotten_factor_is_no_count_of_outputs() -> None:
    check_gradients(Sampled(), X).assert_ok()
    report = check_gradients(Sampled(half=1.0), X)
    assert "V, x: `0.5`, a factor, is forgotten in the gradient of `0.5 * (x @ self.V)`" in str(
        report
    )


def test_a_norm_is_no_penalty() -> None:
    v = RNG.normal(size=5)

    def cosine(u: Any) -> Any:
        nu, nv = np.linalg.norm(u), np.linalg.norm(v)
        return u @ v / (nu * nv), v / (nu * nv)

    (mistake,) = check_gradients(cosine, RNG.normal(size=5)).mistakes
    assert mistake.text.startswith("the gradient from `np.linalg.norm(u)` (line ")
    assert mistake.text.endswith("back to x is missing")


@pytest.mark.parametrize(("share", "words"), [(1, "is 0.5 times the right one"), (0, "is missing")])
def test_numbers_that_are_multiplied_by_themselves(share: float, words: str) -> None:
    data = RNG.normal(size=(6, 4))

    def cost(w: Any) -> Any:
        return np.sin(data @ w).sum() + np.sum(w * w), data.T @ np.cos(data @ w) + share * w

    (mistake,) = check_gradients(cost, RNG.normal(size=4)).mistakes
    assert mistake.text.startswith("the gradient from `w * w` (line ")
    assert mistake.text.endswith(f"back to x {words}")


class SpelledOut:
    """A network with a tanh made of exponentials, and the slope that its backward takes."""

    def __init__(self, slope: Callable[[Any], Any]) -> None:
        self.W, self.V, self.slope = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), slope

    def forward(self, x: Any) -> Any:
        self.x, z = x, x @ self.W
        up, down = np.exp(z), np.exp(-z)
        self.h = (up - down) / (up + down)
        return self.h @ self.V

    def backward(self, dy: Any) -> Any:
        self.dV = self.h.T @ dy
        dz = dy @ self.V.T * self.slope(self.h)
        self.dW = self.x.T @ dz
        return dz @ self.W.T


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (lambda a: 1 - a, "is 1 - a, where 1 - a**2 is right"),
        (lambda a: a * (1 - a), "is sigmoid's, a (1 - a), where 1 - a**2 is right"),
        (lambda a: (1 - a**2) ** 2, "is taken twice"),
        (lambda a: 1, "is forgotten"),
    ],
)
def test_the_slope_of_a_function_made_of_several_operations(
    slope: Callable[[Any], Any], words: str
) -> None:
    check_gradients(SpelledOut(lambda a: 1 - a**2), X).assert_ok()
    report = check_gradients(SpelledOut(slope), X)
    assert {
        mistake.text.partition(", in `(up - down) / (up + down)` (line")[0]
        for mistake in report.mistakes
    } == {f"the slope of tanh {words}"}


class TwoHidden:
    """A network with two layers of tanh, and the slopes that its backward takes."""

    def __init__(self, slopes: Callable[[Any, Any], Any]) -> None:
        self.U, self.V = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3))
        self.slopes = slopes

    def forward(self, x: Any) -> Any:
        self.x, self.h1 = x, np.tanh(x @ self.U)
        self.h2 = np.tanh(self.h1 @ self.V)
        return self.h2

    def backward(self, dy: Any) -> Any:
        first, second = self.slopes(1 - self.h1**2, 1 - self.h2**2)
        dz = dy * second
        self.dV = self.h1.T @ dz
        dz = dz @ self.V.T * first
        self.dU = self.x.T @ dz
        return dz @ self.U.T


@pytest.mark.parametrize(
    ("slopes", "wrong", "taken"),
    [
        (lambda s1, s2: (s2, s2), "x @ self.U", "self.h1 @ self.V"),
        (lambda s1, s2: (s1, s1), "self.h1 @ self.V", "x @ self.U"),
    ],
)
def test_the_slope_of_another_layer(
    slopes: Callable[[Any, Any], Any], wrong: str, taken: str
) -> None:
    check_gradients(TwoHidden(lambda s1, s2: (s1, s2)), X).assert_ok()
    report = check_gradients(TwoHidden(slopes), X)
    assert not report
    for mistake in report.mistakes:
        assert f"the slope of tanh is that of `np.tanh({taken})`" in mistake.text
        assert f"in `np.tanh({wrong})`" in mistake.text


class Residual:
    """A residual block of many ReLUs, whose backward forgets the shortcut."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.U, self.V = 0.6 * rng.normal(size=(4, 5)), 0.6 * rng.normal(size=(5, 4))

    def forward(self, x: Any) -> Any:
        self.x, self.z = x, x @ self.U
        self.h = np.maximum(self.z, 0)
        self.y = np.maximum(self.h @ self.V + x, 0)
        return self.y

    def backward(self, dy: Any) -> Any:
        dy = dy * (self.y > 0)
        self.dV = self.h.T @ dy
        dz = dy @ self.V.T * (self.z > 0)
        self.dU = self.x.T @ dz
        return dz @ self.U.T


@pytest.mark.parametrize(("seed", "n"), [(1, 12), (2, 12), (14, 24)])
def test_a_kink_nearby_hides_no_mistake(seed: int, n: int) -> None:
    x = np.random.default_rng(seed + 50).normal(size=(n, 4))
    (mistake,) = check_gradients(Residual(seed), x).mistakes
    assert mistake.text.startswith("the gradient from `self.h @ self.V + x` (line ")
    assert mistake.text.endswith("back to x is missing")


def test_a_step_of_a_loop_through_the_layers_is_told_from_the_others() -> None:
    weights, x = [RNG.normal(size=(3, 3)) for _ in range(2)], RNG.normal(size=(1, 3))

    def cost(w: Any) -> Any:
        a, slopes = x, []
        for matrix in (w, weights[1]):
            a = 1 / (1 + np.exp(-(a @ matrix)))
            slopes.append(a * (1 - a))
        d = a @ weights[1].T * slopes[0]  # without the second slope
        return (a**2).sum() / 2, x.T @ d

    (mistake,) = check_gradients(cost, weights[0]).mistakes
    assert mistake.text.startswith("the slope of sigmoid is forgotten, in `1 / (1 + np.exp(-(a @")
    assert mistake.text.endswith(", time 2 of 2")


@pytest.mark.parametrize(
    ("hidden", "last", "words", "shape"),
    [
        (lambda a: a * (1 - a), lambda a: 1, "is forgotten", (2, 1)),
        (lambda a: a * (1 - a), lambda a: 1 - a, "is 1 - a, where a (1 - a) is right", (2, 1)),
        (lambda a: a, lambda a: a * (1 - a), "is a, where a (1 - a) is right", (3, 1)),
    ],
)
def test_a_layer_of_a_loop_through_examples_and_layers_is_told_from_the_others(
    hidden: Any, last: Any, words: str, shape: tuple[int, ...]
) -> None:
    data = [(RNG.normal(size=(4, 1)), RNG.random(size=(2, 1))) for _ in range(5)]
    second = RNG.normal(size=(2, 3))

    def cost(w: Any) -> Any:
        value, gradient = 0.0, 0.0
        for x, t in data:
            activations = [x]
            for matrix in (w, second):
                z = np.dot(matrix, activations[-1])
                activations.append(1 / (1 + np.exp(-z)))
            _, h, y = activations
            value = value + ((y - t) ** 2).sum() / 2
            gradient = gradient + (second.T @ ((y - t) * last(y)) * hidden(h)) @ x.T
        return value, gradient

    (mistake,) = check_gradients(cost, RNG.normal(size=(3, 4))).mistakes
    assert mistake.text.startswith(f"the slope of sigmoid {words}, in `1 / (1 + np.exp(-z))`")
    assert mistake.text.endswith(f", where its result has shape {shape}")


def sigmoid(z: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-z))


def test_a_missing_path_is_no_mask_that_is_zero_throughout() -> None:
    """Of a focal loss, whose factor (1 - p)**2 is taken for a constant."""
    targets = RNG.integers(0, 2, X.shape)

    def right(z: np.ndarray, t: np.ndarray) -> Any:
        return np.where(t == 1, sigmoid(z), 1 - sigmoid(z))

    def focal(z: np.ndarray, t: np.ndarray) -> Any:
        value = -((1 - right(z, t)) ** 2 * np.log(right(z, t))).mean()
        return value, (2 * t - 1) * (right(z, t) - 1) ** 3 / z.size

    report = check_gradients(focal, X, targets)
    assert "mask" not in report.summary
    assert "is missing" in report.summary


@pytest.mark.filterwarnings("error")
def test_targets_of_strings() -> None:
    names = np.array(list("abcab"))

    def cost(x: np.ndarray, y: np.ndarray) -> Any:
        t = np.array([list("abcd").index(name) for name in y])
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(t)), t]).mean(), (p - np.eye(4)[t]) / len(t)

    check_gradients(cost, X, names).assert_ok()


@pytest.mark.parametrize("of_shares", [True, False])
def test_a_missing_term_is_no_slope_that_is_zero_throughout(of_shares: bool) -> None:
    """Neither of a sigmoid whose arguments have one sign, nor of a ReLU of a negative number."""
    v = RNG.normal(size=4)
    others = -np.sign(v @ X.T)[:, np.newaxis] * X
    data, t = np.abs(X.T), RNG.integers(0, 2, len(X))

    def skip_gram(v: np.ndarray) -> Any:
        p, q = sigmoid(v @ v), sigmoid(-others @ v)
        return -np.log(p) - np.log(q).sum(), (1 - q) @ others

    def regression(w: np.ndarray) -> Any:
        a = sigmoid(w @ data)
        value = -(t * np.log(a) + (1 - t) * np.log(1 - a)).mean()
        da = -t / a / len(t)
        return value, (da * a * (1 - a)) @ data.T

    report = check_gradients(regression, -np.abs(v)) if of_shares else check_gradients(skip_gram, v)
    assert "slope of" not in report.summary
    assert "is missing" in report.summary


class Blocks:
    """Residual blocks in a loop, of which backward may forget the skips."""

    def __init__(self, skip: float) -> None:
        self.weights = [np.random.default_rng(k).normal(size=(4, 4)) * 0.5 for k in range(3)]
        self.skip = skip

    def forward(self, x: np.ndarray) -> Any:
        self.kept = []
        for w in self.weights:
            h = np.tanh(x @ w)
            self.kept.append((x, h))
            x = x + h
        return x

    def backward(self, d: np.ndarray) -> Any:
        self.d_weights: list[np.ndarray] = []
        for w, (x, h) in zip(self.weights[::-1], self.kept[::-1], strict=True):
            dz = d * (1 - h**2)
            self.d_weights.insert(0, x.T @ dz)
            d = self.skip * d + dz @ w.T
        return d


def test_skips_that_are_forgotten_in_a_loop() -> None:
    assert check_gradients(Blocks(1), X)
    report = check_gradients(Blocks(0), X)
    assert {mistake.kind for mistake in report.mistakes} == {"wrong_operation"}
    assert "the gradient from `x + h` (line " in report.summary
    assert "back to `x` is missing" in report.summary


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dcounts += dtotal", "pass", "back to `np.exp(z - largest)` (line 6) is missing"),
        ("-(total**-2)", "total**-2", "back to `np.exp(z - largest)` (line 6) has the wrong sign"),
    ],
)
def test_a_softmax_whose_backward_goes_through_the_maximum(
    old: str, new: str, words: str, tmp_path: Path
) -> None:
    code = """
import numpy as np
def cost(z, labels):
    rows = np.arange(len(z))
    largest = z.max(1, keepdims=True)
    counts = np.exp(z - largest)
    total = counts.sum(1, keepdims=True)
    p = counts * total**-1
    value = -np.log(p)[rows, labels].sum()
    d = np.zeros_like(z)
    d[rows, labels] = -1
    dp = d / p
    dcounts = dp * total**-1
    dtotal = -(total**-2) * (counts * dp).sum(1, keepdims=True)
    dcounts += dtotal
    dshifted = counts * dcounts
    dlargest = -dshifted.sum(1, keepdims=True)
    return value, dshifted + np.eye(z.shape[1])[z.argmax(1)] * dlargest
"""
    z, labels = RNG.normal(size=(5, 4)), np.array([0, 3, 1, 1, 2])
    for changed, is_right in ((code, True), (code.replace(old, new), False)):
        file = tmp_path / "cost.py"
        file.write_text(changed)
        report = check_gradients(load_submission(file, lambda made: made.cost), z, labels)
        assert bool(report) == is_right
    assert words in report.summary


class Perceptron:
    """A network whose hidden layer may forget the gradient that comes back to it."""

    def __init__(self, kind: str, forgets: bool) -> None:
        self.kind, self.forgets = kind, forgets
        self.W1, self.W2 = RNG.normal(size=(4, 5)), RNG.normal(size=(5, 3))

    def forward(self, x: Any) -> Any:
        self.x, z = x, x @ self.W1
        self.h = np.maximum(z, 0) if self.kind == "ReLU" else np.tanh(z)
        self.slope = 1 - self.h**2 if self.kind == "tanh" else (z > 0) * 1.0
        return self.h @ self.W2

    def backward(self, dy: Any) -> Any:
        self.dW2 = self.h.T @ dy
        dz = self.slope if self.forgets else self.slope * (dy @ self.W2.T)
        self.dW1 = self.x.T @ dz
        return dz @ self.W1.T


@pytest.mark.parametrize("kind", ["ReLU", "tanh"])
def test_a_gradient_that_is_forgotten_within_a_network(kind: str) -> None:
    targets = np.eye(3)[[0, 1, 2, 0, 1]]
    check_gradients(Perceptron(kind, forgets=False), X, targets, loss="mse").assert_ok()
    report = check_gradients(Perceptron(kind, forgets=True), X, targets, loss="mse")
    assert {mistake.kind for mistake in report.mistakes} == {"wrong_operation"}
    assert f"W1, x: the slope of {kind} is handed on alone: multiply the" in report.summary


def test_a_slope_handed_on_alone_may_be_divided_where_the_code_divides() -> None:
    t, W2 = (RNG.random(size=(1, 6)) > 0.5) * 1.0, RNG.normal(size=(3, 4))
    W3, inputs = RNG.normal(size=(1, 3)), RNG.normal(size=(4, 6))

    def cost(w: Any) -> Any:
        z = W2 @ w @ inputs
        p = 1 / (1 + np.exp(-(W3 @ np.maximum(z, 0))))
        d = W3.T @ (p * (1 - p)) * (z > 0)  # without the gradient by p
        value = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean() + (w**2).sum()
        return value, W2.T @ d @ inputs.T / 6 + 2 * w

    (mistake,) = check_gradients(cost, RNG.normal(size=(4, 4))).mistakes
    assert mistake.text.startswith("the slope of sigmoid is handed on alone")


def test_a_divisor_that_is_forgotten_is_no_slope_handed_on_alone() -> None:
    def cost(w: Any) -> Any:
        h = np.tanh(X @ w)
        return h.mean() + (w**2).sum(), X.T @ (1 - h**2) + 2 * w

    (mistake,) = check_gradients(cost, RNG.normal(size=(4, 3))).mistakes
    assert mistake.text.startswith("a divisor, as that of a mean, is forgotten")
