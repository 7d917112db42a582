"""Rules that code must keep even if its gradients are right."""

import copy
from typing import Any

import numpy as np
import pytest

from tests.support.innocents import LABELS, ONE_HOT, X, Y, Z
from tinynet import Dense, Dropout, Layer, Sequential, Tanh
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.rules import changed, is_given_by_example, is_share
from tinynet.losses import CategoricalCrossentropy, CategoricalHinge, Loss


def kinds(report: Any) -> set[str]:
    return {mistake.kind for mistake in report.mistakes}


class OnceCached(Layer):
    """Keeps the output of its first call for all the others."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        if not hasattr(self, "_y"):
            self._y = np.tanh(x)
        return np.tanh(x)

    def backward(self, dy: np.ndarray) -> Any:
        return dy * (1 - self._y**2)


class OnceMasked(Layer):
    """Draws a mask for the first batch and keeps it."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        if not hasattr(self, "_mask"):
            self._mask = (self.rng.random(x.shape[1:]) < 0.5) * 2.0
        return x * self._mask if training else x

    def backward(self, dy: np.ndarray) -> Any:
        return dy * self._mask


@pytest.mark.parametrize("layer", [OnceCached, OnceMasked])
@pytest.mark.parametrize("in_model", [False, True])
def test_what_is_kept_from_the_first_call_is_found(layer: type[Layer], in_model: bool) -> None:
    alone = layer()
    alone.rng = np.random.default_rng(0)  # by chance, a mask may drop nothing
    target = Sequential([Dense(4), layer(), Dense(3)], seed=0) if in_model else alone
    assert "stale" in kinds(check_gradients(target, X))


@pytest.mark.parametrize("in_model", [False, True])
def test_a_batch_size_in_the_code(in_model: bool) -> None:
    class Six(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
            return x.reshape(6, -1) * 1.0

        def backward(self, dy: np.ndarray) -> Any:
            return dy

    target = Sequential([Dense(4), Six(), Dense(3)], seed=0) if in_model else Six()
    report = check_gradients(target, X)
    assert "fixed_batch_size" in kinds(report)
    assert "the batch size is hard-coded" in str(report)
    assert next(row.name for row in report.rows if row.mistake).endswith("x")


class Plain(Layer):
    """Sets its weights itself, and tells nobody."""

    def __init__(self, gradient_at_once: bool = True, with_gradient: bool = True) -> None:
        super().__init__()
        self.W = np.eye(4)
        self.with_gradient = with_gradient
        if gradient_at_once and with_gradient:
            self.dW = np.zeros((4, 4))

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self.x = x
        return x @ self.W

    def backward(self, dy: np.ndarray) -> Any:
        if self.with_gradient:
            self.dW = self.x.T @ dy
        self.dx = dy @ self.W.T
        return self.dx


class Variance(Layer):
    """Divides by the deviation of a sample, of which one example has none."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._n = len(x)
        self.refuse()
        self._s = np.sqrt(1 / (self._n - 1) * ((x - x.mean(axis=0)) ** 2).sum(axis=0) + 1e-5)
        self._y = (x - x.mean(axis=0)) / self._s
        return self._y

    def refuse(self) -> None:
        pass

    def backward(self, dy: np.ndarray) -> Any:
        shares = (dy * self._y).sum(axis=0) / (self._n - 1)
        return (dy - dy.mean(axis=0) - self._y * shares) / self._s


class Asserted(Variance):
    def refuse(self) -> None:
        assert self._n > 1


class Raised(Variance):
    def refuse(self) -> None:
        if self._n < 2:
            raise ValueError("no variance")


class Fixed(Variance):
    def refuse(self) -> None:
        if self._n != len(X):
            raise ValueError("another batch size")


class Squeezed(Layer):
    """Takes an example that is alone for a vector."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        return x.squeeze()[:, :2]

    def backward(self, dy: np.ndarray) -> Any:
        return np.pad(dy, ((0, 0), (0, X.shape[1] - 2)))


@pytest.mark.parametrize("kind", [Variance, Asserted, Raised])
def test_code_may_refuse_a_single_example(kind: type[Layer]) -> None:
    check_gradients(kind(), X).assert_ok()


@pytest.mark.parametrize(("kind", "n"), [(Fixed, len(X) + 3), (Squeezed, 1)])
def test_code_may_not_fail_at_other_sizes(kind: type[Layer], n: int) -> None:
    assert f"with a batch of {n} in place of {len(X)}" in check_gradients(kind(), X).summary


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("place", [None, 0, 1])
def test_weights_that_nobody_registered(at_once: bool, place: int | None) -> None:
    if place is None:
        target: Any = Plain(at_once)
    else:
        layers: list[Layer] = [Dense(4), Dense(3)]
        layers.insert(place, Plain(at_once))
        target = Sequential(layers, seed=0)
        target.compile("sgd", "mse")
        with pytest.raises(ValueError, match=r"add_parameter\('W', shape, initializer\)"):
            target.fit(X, Y, verbose=0)
        target = Sequential([Dense(4), Plain(at_once), Dense(3)], seed=0)
    report = check_gradients(target, X)
    assert kinds(report) == {"unregistered"}
    assert "self.add_parameter('W', shape, initializer)" in report.summary


def test_a_fixed_array_is_fine() -> None:
    check_gradients(Plain(with_gradient=False), X).assert_ok()
    model = Sequential([Plain(with_gradient=False), Dense(3)], seed=0)
    model.compile("sgd", "mse")
    model.build((4,))
    model.predict(X[:1])
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("when", ["always", "in prediction alone"])
def test_dropping_at_the_wrong_time(when: str) -> None:
    class Wrong(Dropout):
        def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
            return super().forward(x, training=True if when == "always" else not training)

    for target in (Wrong(0.4), Sequential([Dense(4), Wrong(0.4), Dense(2)], seed=0)):
        report = check_gradients(target, X)
        assert kinds(report) == {"random_in_prediction"}
        assert "forward(training=False) gives other results each time" in str(report)
    assert ("too" if when == "always" else "not in training") in str(report)


@pytest.mark.parametrize(
    ("kept", "still", "told"),
    [
        (1 / 0.7, 1.0, None),
        (1.0, 0.7, None),
        (1 / 0.7, 0.7, "multiplied by 1.43, and in prediction all are multiplied by 0.7: multiply"),
        (1.0, 0.5, "multiplied by 1, and in prediction all are multiplied by 0.5: multiply"),
        (1 / 0.3, 1.0, "multiplied by 3.33, where 1/"),
    ],
)
def test_the_factors_of_dropping(kept: float, still: float, told: str | None) -> None:
    class Dropping:
        def __init__(self) -> None:
            self.rng = np.random.default_rng(0)

        def forward(self, x: np.ndarray, training: bool = True) -> np.ndarray:
            self.factor = kept * (self.rng.random(x.shape) < 0.7) if training else still
            return x * self.factor

        def backward(self, dy: np.ndarray) -> Any:
            return dy * self.factor

    report = check_gradients(Dropping(), X)
    assert bool(report) == (told is None)
    if told:
        assert kinds(report) == {"wrong_mean"}
        assert told in report.summary


class Pairs(Loss):
    """Broadcasts (N,) against (N, 1)."""

    def targets(self, y_true: Any, output_shape: Any) -> Any:
        return np.asarray(y_true, dtype=float)

    def value(self, t: Any, y: Any) -> float:
        return float(((y - t) ** 2).mean())

    def gradient(self, t: Any, y: Any) -> Any:
        return 2 * (y - t).mean(axis=1, keepdims=True) / len(y)


def test_losses_that_broadcast() -> None:
    report = check_gradients(Pairs(), Z[:, :1], Y[:, 0])
    assert kinds(report) == {"broadcast"}
    assert "every prediction meets every target" in report.summary
    check_gradients(Pairs(), Z[:, :1], Y[:, :1]).assert_ok()


def test_losses_are_means_and_functions_may_be_sums() -> None:
    class Sum(Loss):
        def value(self, t: Any, y: Any) -> float:
            return float(((y - t) ** 2).sum())

        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - t)

    report = check_gradients(Sum(), Z, Y)
    assert kinds(report) == {"not_a_mean"}
    assert "but their sum" in report.summary
    check_gradients(lambda p, t: (((p - t) ** 2).sum(), 2 * (p - t)), Z, Y).assert_ok()


def test_softmax_twice_is_seen_whatever_the_probabilities_are() -> None:
    for scale in (1.0, 0.0):  # all outputs are alike
        model = Sequential([Dense(3, "softmax")], seed=0)
        model.compile("sgd", CategoricalCrossentropy(from_logits=True))
        assert "softmax_twice" in kinds(check_gradients(model, X * scale, ONE_HOT))
        for innocent in (CategoricalCrossentropy(), CategoricalHinge()):
            model.compile("sgd", innocent)
            check_gradients(model, X * scale, ONE_HOT).assert_ok()


def test_negative_numbers_are_no_probabilities() -> None:
    assert is_share(np.array([[0.25, 0.75], [1.0, 0.0]]))
    assert not is_share(np.array([[0.25, 0.75], [1.5, -0.5]]))
    assert not is_share(np.array([[0.25, 0.75], [0.5, 0.6]]))


def test_what_is_given_by_example_has_a_row_for_each() -> None:
    state = np.arange(6.0).reshape(3, 2)
    assert is_given_by_example(state, 3)
    assert not is_given_by_example(state, 2)
    for other in (np.zeros((3, 2)), state.astype(int), state[:, 0]):
        assert not is_given_by_example(other, 3)


def test_nan_that_stays_nan_is_no_change() -> None:
    x = np.array([1.0, np.nan])
    assert not changed(x, x.copy())
    assert changed(x, np.array([np.nan, 1.0]))


def test_functions_that_change_what_they_are_given() -> None:
    def cost(z: Any, t: Any) -> Any:
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(6), t]).mean(), (p - np.eye(3)[t]) / 6

    assert "input_changed" in kinds(check_gradients(cost, Z, LABELS))


class Meddling(Loss):
    """A squared error whose value or gradient works in the memory of its arguments."""

    def __init__(self, method: str, argument: str) -> None:
        super().__init__()
        self.method, self.argument = method, argument

    def errors(self, method: str, t: Any, y: Any) -> Any:
        error = y - t
        if method == self.method and self.argument == "y":
            y[...] = error
        if method == self.method and self.argument == "t":
            t[...] = error
        return error

    def value(self, t: Any, y: Any) -> float:
        return float(np.mean(self.errors("value", t, y) ** 2))

    def gradient(self, t: Any, y: Any) -> Any:
        return 2 * self.errors("gradient", t, y) / y.size


@pytest.mark.parametrize("method", ["value", "gradient"])
@pytest.mark.parametrize(("argument", "words"), [("y", "y_pred"), ("t", "y_true")])
def test_losses_that_change_what_they_are_given(method: str, argument: str, words: str) -> None:
    report = check_gradients(Meddling(method, argument), X, X + 1)
    assert [mistake.kind for mistake in report.mistakes] == ["input_changed"], str(report)
    assert f"{method} changes its {words} in place" in report.summary
    assert report.rows[-1].name == words
    check_gradients(Meddling("neither", argument), X, X + 1).assert_ok()


@pytest.mark.parametrize("method", ["value", "gradient"])
def test_a_models_loss_that_changes_the_outputs(method: str) -> None:
    for target in (Dense(4), Sequential([Dense(4)], seed=0)):
        report = check_gradients(target, X, X, loss=Meddling(method, "y"))
        assert "input_changed" in kinds(report), str(report)
        check_gradients(target, X, X, loss=Meddling("neither", "y")).assert_ok()


def test_randomness_from_elsewhere_is_a_failing_report() -> None:
    source = np.random.default_rng(0)

    class Noise(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return x + source.standard_normal(x.shape)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy

    def noisy(x: np.ndarray) -> np.ndarray:
        return x + source.standard_normal(x.shape)

    for target in (Noise(), (noisy, lambda dy: dy)):
        report = check_gradients(target, X)
        assert kinds(report) == {"random"}
        assert "must come from a generator that belongs to the object" in str(report)


class Shrinking:
    """Its forward divides the weights, beside a cache and a count that no result depends on."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names, self.calls, self.step = names, 0, 1
        self.W, self.scale, self.x = np.eye(X.shape[1]), np.ones(X.shape[1]), np.zeros(X.shape)
        self.mean = np.zeros(X.shape[1])

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        self.calls += 1
        self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        for name in self.names:
            setattr(self, name, getattr(self, name) * 2)
        return x @ self.W * self.scale * self.step

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.dW = self.x.T @ (dy * self.scale * self.step)
        return (dy * self.scale * self.step) @ self.W.T


class InPlace(Shrinking):
    def forward(self, x: np.ndarray) -> np.ndarray:
        self.W /= 1.1
        return super().forward(x)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Shrinking(("W",)), "each call changes W, "),
        (Shrinking(("step",)), "each call changes step, "),
        (Shrinking(("W", "scale")), "each call changes W, scale, "),
        (InPlace(()), "each call changes W, "),
    ],
)
def test_what_a_forward_changes_that_the_next_one_uses_is_named(
    layer: Shrinking, words: str
) -> None:
    report = check_gradients(layer, X)
    assert kinds(report) == {"random"}
    assert words in report.summary
    assert "a generator" not in report.summary


def test_forward_that_changes_its_input_or_gives_nan() -> None:
    class Eager(Tanh):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return super().forward(np.tanh(x, out=x))

    class Divides(Tanh):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return np.asarray(super().forward(x) / np.zeros_like(x))

    assert "input_changed" in kinds(check_gradients(Eager(), X))
    report = check_gradients(Divides(), X)
    assert kinds(report) == {"not_finite"}
    assert "forward returns" in report.mistakes[0].text


def test_a_copied_layer_is_independent() -> None:
    layer = Dense(2, input_shape=(3,))
    layer.build()
    twin = copy.deepcopy(layer)
    check_gradients(twin, np.ones((1, 3)))
    assert (twin.W == layer.W).all()


def loss_of_exponentials(x: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """The logarithm of a sum that overflows: infinite, and never NaN."""
    logs = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(x)), t].mean(), (np.exp(logs) - np.eye(4)[t]) / len(x)


def loss_of_a_sigmoid(w: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Correct, and NaN where the sigmoid is exactly 0 or 1: 0 times the logarithm of 0."""
    y = (x.sum(axis=0, keepdims=True) > 0) * 1.0
    a = 1 / (1 + np.exp(-(w.T @ x)))
    value = -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()
    return value, x @ (a - y).T / x.shape[1]


def test_a_loss_that_overflows_to_infinity() -> None:
    report = check_gradients(loss_of_exponentials, X, np.array([0, 1, 2, 3, 0, 1]))
    assert kinds(report) == {"overflow"}
    assert "infinite, although it depends only on the differences" in report.summary


@pytest.mark.parametrize("seed", [2, 7, 8])
def test_a_logarithm_of_zero_is_no_overflow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_gradients(loss_of_a_sigmoid, rng.normal(size=(4, 1)), rng.normal(size=(4, 7))).assert_ok()


def loss_within_a_circle(x: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """The height of a sphere, and NaN beyond its radius of 1000, where nothing overflows."""
    height = np.sqrt(1e6 - (x - t) ** 2)
    return float(height.sum()), (t - x) / height


def test_the_end_of_a_domain_is_no_overflow() -> None:
    check_gradients(loss_within_a_circle, Y, Z).assert_ok()


class InPlaceTanh:
    """Tanh, whose backward squares a copy of the output, or the output itself."""

    def __init__(self, copies: bool) -> None:
        self.copies = copies

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        square = self.y.copy() if self.copies else self.y
        square *= square
        return dy * (1 - square)


def test_backward_leaves_the_output_alone() -> None:
    check_gradients(InPlaceTanh(copies=True), X).assert_ok()
    report = check_gradients(InPlaceTanh(copies=False), X)
    assert kinds(report) == {"output_changed"}
    assert "backward changes the output that forward has returned" in report.summary


class InPlaceRelu:
    """ReLU, whose backward makes a mask of a copy of the input, or of the input itself."""

    def __init__(self, copies: bool) -> None:
        self.copies = copies

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        mask = self.x.copy() if self.copies else self.x
        mask[mask <= 0] = 0
        mask[mask > 0] = 1
        return dy * mask


def test_backward_leaves_the_input_alone() -> None:
    check_gradients(InPlaceRelu(copies=True), X).assert_ok()
    report = check_gradients(InPlaceRelu(copies=False), X)
    assert kinds(report) == {"input_changed"}
    assert "backward changes the input that forward was given" in report.summary


class OfTargets:
    """A network whose backward takes the targets and begins with p - y."""

    def __init__(self) -> None:
        self.W = np.random.default_rng(0).normal(size=(X.shape[1], 3))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x, self.p = x, np.tanh(x @ self.W)
        return self.p

    def backward(self, y_true: np.ndarray) -> None:
        self.dW = self.x.T @ (self.p - y_true)


class OfLabels(OfTargets):
    def backward(self, labels: np.ndarray) -> np.ndarray:  # type: ignore[override]
        super().backward(labels)
        return (self.p - labels) @ self.W.T


class OfSum(OfTargets):
    def backward(self, dy: np.ndarray) -> None:
        super().backward(dy)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (OfTargets(), "backward seems to take the targets, y_true: pass a function of one array"),
        (OfLabels(), "backward seems to take the targets, labels"),
        (OfSum(), "parentheses are missing, as in dy * 1 - y"),
    ],
    ids=["targets", "labels", "dy"],
)
def test_backward_that_takes_the_targets(target: OfTargets, words: str) -> None:
    assert words in check_gradients(target, X).summary
