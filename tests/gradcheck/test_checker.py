"""The gradient checker: correct layers, losses and models pass, incorrect ones don't."""

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tinynet.layers
import tinynet.losses
from tests.conftest import DOCS
from tests.support.gradients import RNG, I, N, O, P, Scaled, T, Unmasked, X, altered, kinds
from tinynet import Dense, Dropout, Flatten, Layer, ReLU, Sequential, Sigmoid, Softmax, Tanh
from tinynet.gradcheck import check_gradients, numerical_gradient
from tinynet.gradcheck.checker import explained_by
from tinynet.gradcheck.evidence import Mistake
from tinynet.gradcheck.report import Row
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from tinynet.optimizers import SGD
from tools import healthy_networks

LAYERS: dict[str, Callable[[], Layer]] = {
    "Dense": lambda: Dense(O),
    "Dense without b": lambda: Dense(O, use_bias=False),
    "Dense relu": lambda: Dense(O, "relu"),
    "Dense sigmoid": lambda: Dense(O, "sigmoid"),
    "Dense softmax": lambda: Dense(O, "softmax"),
    "Dense tanh": lambda: Dense(O, "tanh"),
    "Dropout": lambda: Dropout(0.4),
    "Flatten": Flatten,
    "ReLU": ReLU,
    "Sigmoid": Sigmoid,
    "Softmax": Softmax,
    "Tanh": Tanh,
}
LOSSES: dict[str, tuple[Loss, np.ndarray, np.ndarray]] = {
    "categorical": (CategoricalCrossentropy(), P, T),
    "categorical, logits": (CategoricalCrossentropy(from_logits=True), X, np.eye(I)[[0, 1] * 3]),
    "categorical, soft targets": (CategoricalCrossentropy(), P, P[::-1]),
    "sparse": (SparseCategoricalCrossentropy(), P, np.array([0, 1, 2, 2, 1, 0])),
    "binary": (BinaryCrossentropy(), P, T),
    "binary, logits": (BinaryCrossentropy(from_logits=True), X, (X > 0) * 1),
    "squared": (MeanSquaredError(), X, X[::-1]),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
def test_every_layer_is_right_to_seven_digits(make: Callable[[], Layer]) -> None:
    report = check_gradients(make(), X)
    report.assert_ok()
    assert report.worst_error <= 1e-7
    assert [row.name for row in report.rows][-1] == "x"
    assert all(row.checked == row.size for row in report.rows)


@pytest.mark.parametrize(("loss", "y_pred", "y_true"), LOSSES.values(), ids=LOSSES.keys())
def test_every_loss_is_right_to_seven_digits(
    loss: Loss, y_pred: np.ndarray, y_true: np.ndarray
) -> None:
    report = check_gradients(loss, y_pred, y_true)
    report.assert_ok()
    assert report.worst_error <= 1e-7
    assert [row.name for row in report.rows] == ["y_pred"]


def test_reference_model_is_right_to_eight_digits_by_both_paths() -> None:
    rng = np.random.default_rng(0)
    layers = [Dense(128, "relu"), Dense(128, "relu"), Dense(10, "softmax")]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    x, y = rng.standard_normal((2, 784)), np.eye(10)[[3, 5]]
    report = check_gradients(model, x, y, max_entries=60)
    report.assert_ok()
    assert report.worst_error <= 1e-8
    assert [row.path for row in report.rows] == ["training"] * 6 + ["long"] * 7
    assert report.rows[0].checked == 60
    assert report.rows[0].size == 784 * 128


# 690 has dropped all of its input, so that many of its units stand at their kinks at once; 74, 205
# and 1881 have saturated sigmoids, of which only the path through the logits can say anything.
@pytest.mark.parametrize("number", [74, 205, 690, 1881])
def test_difficult_healthy_networks_are_not_accused(number: int) -> None:
    healthy_networks.check_random_network(number).assert_ok()


@pytest.mark.parametrize("number", range(10_000, 10_020))
def test_random_healthy_networks_are_not_accused(number: int) -> None:
    """A sample; ``python -m tools.healthy_networks`` checks 10,000."""
    healthy_networks.check_random_network(number).assert_ok()


@given(scale=st.sampled_from([1e-30, 1e-8, 1e-3, 1e3, 1e8, 1e30]), seed=st.integers(0, 99))
@example(scale=1e3, seed=14)  # the softmax's gradient is subnormal
def test_tiny_and_huge_inputs_are_no_mistakes(scale: float, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((3, 4)) * scale
    for layer in (Dense(2), Dense(2, "tanh"), ReLU(), Sigmoid(), Tanh(), Softmax(), Dropout(0.5)):
        check_gradients(layer, x).assert_ok()


class Square(Layer):
    """A reader's layer: it doesn't even check its input."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x
        return np.asarray(x**2)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return np.asarray(2 * self._x * dy)


class Scale(Layer):
    """A reader's layer with a parameter, which nobody builds."""

    s: np.ndarray
    ds: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: rng.standard_normal(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x
        return np.asarray(x * self.s)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.ds[...] = (dy * self._x).sum(axis=0)
        return np.asarray(dy * self.s)


@pytest.mark.parametrize("layer", [Square(), Scale()], ids=["Square", "Scale"])
def test_readers_layers_are_checked(layer: Layer) -> None:
    check_gradients(layer, X).assert_ok()
    check_gradients(layer, RNG.standard_normal((2, 3, 2, 2))).assert_ok()


def test_upstream_gradient_is_random() -> None:
    class Zero(Softmax):
        """Passes any check against a dy of ones, since its rows sum to 1."""

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return np.zeros_like(dy)

    assert kinds(check_gradients(Zero(), X)) == ["all_zero"]


def test_x_may_be_read_only_integers_or_a_list() -> None:
    check_gradients(Dense(2), np.arange(6).reshape(2, 3)).assert_ok()
    check_gradients(Dense(2), [[1, 2, 3]]).assert_ok()
    frozen = np.asfortranarray(X)
    frozen.flags.writeable = False
    check_gradients(Softmax(), frozen[:, ::2]).assert_ok()


def test_max_entries_samples_the_same_entries_again_and_says_so() -> None:
    layer = Dense(50, input_shape=(40,)).build()
    x = RNG.standard_normal((2, 40))
    first, again = (check_gradients(layer, x, max_entries=20, seed=1) for _ in range(2))
    assert [(row.checked, row.size) for row in first.rows] == [(20, 2000), (20, 50), (20, 80)]
    assert "20 of 2000" in str(first)
    assert str(again) == str(first)

    class OneWrong(Dense):
        """One entry in a hundred is wrong."""

        def backward(self, dy: np.ndarray) -> np.ndarray:
            dx = super().backward(dy)
            self.dW.ravel()[::100] += 1
            return dx

    reports = [check_gradients(OneWrong(50), x, max_entries=20, seed=s) for s in range(5)]
    assert not any(reports)  # a derivative along a random direction sees what the sample misses


def test_outputs_whose_shape_depends_on_the_values_are_named() -> None:
    def forward(x: np.ndarray) -> np.ndarray:
        return x if x[0, 0] <= X[0, 0] else x.T

    report = check_gradients((forward, lambda dy: dy), X)
    assert not report
    assert "forward returns shape (6, 4), and (4, 6) for an input close by" in report.summary


def test_a_plain_mistake_is_seen_in_few_calls_and_at_the_first_entry() -> None:
    calls = 0

    class Twice(Dense):
        """All entries of dW are doubled, so that all have the same relative error."""

        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            nonlocal calls
            calls += 1
            return super().forward(x, training=training)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            dx = super().backward(dy)
            self.dW *= 2
            return dx

    report = check_gradients(Twice(30), RNG.standard_normal((6, 40)))
    assert report.rows[0].where == (0, 0)
    assert calls < 10 * sum(row.checked for row in report.rows)  # with ladders, it would be 37


def test_eps_is_the_first_step() -> None:
    steps: set[float] = set()

    class Watched(Square):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            steps.update(np.abs(x - X[:1]).max(axis=None, keepdims=True).ravel().tolist())
            return super().forward(x)

    check_gradients(Watched(), X[:1], eps=0.25)
    assert 0.25 in {round(step, 12) for step in steps}
    check_gradients(Dense(2, "tanh"), X, eps=1e-4).assert_ok()


def test_layers_are_run_as_in_training_under_a_frozen_mask() -> None:
    class Recorder(Dropout):
        masks: list[np.ndarray] = []  # noqa: RUF012 - shared by the layer and its copies

        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            y = super().forward(x, training=training)
            if training and x.shape == X.shape and self._mask is not None:
                self.masks.append(self._mask)
            return y

    layer = Recorder(0.5)
    model = Sequential([Dense(4, "tanh"), layer, Dense(2)], seed=0)
    check_gradients(model, X).assert_ok()
    masks = np.unique([mask.ravel() for mask in Recorder.masks], axis=0)
    first = Recorder.masks[:200]  # the last ones are drawn to see what their mean is
    assert len(np.unique([mask.ravel() for mask in first], axis=0)) == 1
    assert len(masks) > 1
    assert 0 < (first[0] == 0).mean() < 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wrong", [False, True])
def test_original_layer_stays_exactly_as_it_was(dtype: str, wrong: bool) -> None:
    layer = Sequential([Dense(3, "relu"), Dropout(0.5), Scaled(2) if wrong else Dense(2)], seed=3)
    layer.build((4,))
    for part in (Dense(3, "relu", input_shape=(4,)), Dropout(0.5, input_shape=(4,))):
        part.build(dtype=dtype)
        part.forward(X, training=True)
        part.backward(np.ones((N, 3)) if isinstance(part, Dense) else np.ones((N, 4)))
        before = snapshot(part)
        check_gradients(part, RNG.standard_normal((2, 4)))
        assert snapshot(part) == before
    unbuilt = Dense(3)
    check_gradients(unbuilt, X)
    assert unbuilt.dtype is None
    assert unbuilt.parameter_names == []


@pytest.mark.parametrize(("dtype", "last"), [("float32", Dense), ("float64", Scaled)])
def test_original_model_stays_exactly_as_it_was(dtype: str, last: type[Dense]) -> None:
    layers = [Dense(3, "relu"), Dropout(0.5), last(3), Softmax()]
    model = Sequential(layers, seed=3, dtype=dtype)
    model.compile(SGD(0.1, momentum=0.9), "categorical_crossentropy", metrics=["accuracy"])
    model.train_on_batch(X, T)
    before = snapshot(model)
    assert bool(check_gradients(model, X, T)) == (last is Dense)
    check_gradients(model, X)
    check_gradients(model, X, T, loss="mse")
    assert snapshot(model) == before
    assert np.shares_memory(model.layers[0].parameters["W"], model.parameters)
    model.train_on_batch(X, T)  # goes on as if nothing had happened
    again = Sequential([Dense(3, "relu"), Dropout(0.5), last(3), Softmax()], seed=3, dtype=dtype)
    again.compile(SGD(0.1, momentum=0.9), "categorical_crossentropy", metrics=["accuracy"])
    again.train_on_batch(X, T)
    again.train_on_batch(X, T)
    assert (again.parameters == model.parameters).all()


def snapshot(thing: Any, depth: int = 0) -> Any:
    """Everything an object holds, arrays as their bits, down to its layers and generators."""
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, thing.shape, thing.tobytes()
    if isinstance(thing, np.random.Generator):
        return str(thing.bit_generator.state)
    if isinstance(thing, list | tuple):
        return [snapshot(part, depth + 1) for part in thing]
    if isinstance(thing, dict):
        return {key: snapshot(value, depth + 1) for key, value in thing.items()}
    if hasattr(thing, "__dict__") and depth < 5 and not callable(thing):
        return type(thing).__name__, snapshot(vars(thing), depth + 1)
    return thing if isinstance(thing, str | int | float | np.dtype | None) else id(thing)


def test_layer_of_a_model_is_checked_alone_and_left_in_it() -> None:
    model = Sequential([Dense(3, input_shape=(4,)), Dropout(0.3)], seed=0)
    vector = model.parameters
    for layer in model.layers:
        check_gradients(layer, X if layer is model.layers[0] else RNG.standard_normal((5, 3)))
    assert np.shares_memory(model.layers[0].parameters["W"], vector)


def test_loss_behind_a_layer_or_an_uncompiled_model() -> None:
    check_gradients(Dense(O, "softmax"), X, T, loss="categorical_crossentropy").assert_ok()
    report = check_gradients(Sequential([Dense(O)], seed=0), X, P, loss=MeanSquaredError())
    report.assert_ok()
    assert {row.path for row in report.rows} == {"training", "long"}


class SlopeAtZero(ReLU):
    """ReLU with any number for a slope at 0."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = slope

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return np.asarray(dy * np.where(self._x == 0, self.slope, self._x > 0))


@given(slope=st.floats(0, 1))
def test_any_subgradient_passes_at_a_kink_and_kinks_are_counted(slope: float) -> None:
    x = np.array([[0.0, -1.0, 2.0], [0.5, 0.0, 0.0]])
    report = check_gradients(SlopeAtZero(slope), x)
    report.assert_ok()
    assert [row.kinks for row in report.rows] == [3]
    assert [row.kinks for row in check_gradients(SlopeAtZero(slope), x + 3).rows] == [0]


@pytest.mark.parametrize("slope", [-0.01, 1.01, 5, np.nan])
def test_other_numbers_fail_at_a_kink(slope: float) -> None:
    assert not check_gradients(SlopeAtZero(slope), np.array([[0.0, -1.0, 2.0]]))


@pytest.mark.parametrize("x", [np.zeros((3, 2)), np.zeros((1, 1)), -np.full((3, 2), 1e-12)])
def test_kinks_excuse_nothing(x: np.ndarray) -> None:
    """All entries at the kink, where any slope from 0 to 1 may stand: yet the mask is missed."""
    check_gradients(ReLU(), x).assert_ok()
    assert not check_gradients(Unmasked(), x)
    assert not check_gradients(Sequential([Unmasked(), Dense(2)], seed=0), x)


def test_kinks_of_parameters() -> None:
    """An example of zeros under biases of zero puts every unit of the layer at its kink."""
    x = X.copy()
    x[2] = 0
    report = check_gradients(Dense(O, "relu"), x)
    report.assert_ok()
    assert {row.name: row.kinks for row in report.rows}["b"] == O


def test_meeting_kinks_are_no_mistake() -> None:
    """Going left switches on one unit, going right the other: neither slope is that of both off."""
    layer = Dense(2, "relu", use_bias=False, input_shape=(1,))
    layer.build()
    layer.W[...] = [[2.0, -3.0]]
    for seed in range(4):  # whichever signs the upstream gradient has
        check_gradients(layer, np.zeros((1, 1)), seed=seed).assert_ok()
        check_gradients(Sequential([layer, Dense(1)]), np.zeros((1, 1)), seed=seed).assert_ok()
        layer = copy.deepcopy(layer)
        layer.in_model = False


def test_float32_noise_is_no_kink() -> None:
    class Rounded(Tanh):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return super().forward(x.astype(np.float32)).astype(np.float64)

    report = check_gradients(Rounded(), RNG.standard_normal((8, 5)))
    assert kinds(report) == ["single_precision"]
    assert report.rows[0].kinks == 0


def test_slightly_rough_outputs_are_no_excuse() -> None:
    class Rough(Tanh):
        """Has seven decimals only, whatever the dtype."""

        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return np.asarray(np.round(super().forward(x), 7))

    assert kinds(check_gradients(Rough(), X)) == ["single_precision"]


def test_tiny_loss_is_as_exact_as_what_it_is_made_of() -> None:
    """Probabilities near 1, all of them right: the loss is 1e-12, but 1 - p has four digits."""
    layer = Dense(2, "sigmoid", input_shape=(2,))
    layer.build()
    layer.W[...] = np.eye(2)
    x, t = np.array([[27.0, -28.0], [-29.0, 26.0]]), np.array([[1, 0], [0, 1]])
    check_gradients(Sequential([layer]), x, t, loss="binary_crossentropy").assert_ok()


def test_probabilities_of_exactly_0_and_1() -> None:
    """Where the loss has a vertical slope there is nothing to compare with, and it is said so."""
    wrong = np.roll(T, 1, axis=1)
    wrong[3:] = T[3:]
    report = check_gradients(CategoricalCrossentropy(), wrong, T)
    report.assert_ok()
    assert "0 and 9 unclear" in str(report)  # the rows of the wrong ones


def test_nothing_to_compare_with_at_all_is_no_success() -> None:
    class Step(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return np.asarray(np.sign(x))

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy

    assert kinds(check_gradients(Step(), np.zeros((2, 3)))) == ["unclear"]


@given(
    index=st.integers(0, 11),
    factor=st.sampled_from([1 - 1e-4, 1 + 1e-5, 1 - 3e-6, 0, -1]),
    seed=st.integers(0, 99),
)
def test_a_single_entry_that_is_slightly_wrong_is_found(
    index: int, factor: float, seed: int
) -> None:
    def spoil(layer: Any, dy: np.ndarray) -> None:
        layer.dW.ravel()[index] *= factor

    x = np.random.default_rng(seed).uniform(0.5, 2, (N, I))
    for activation in (None, "tanh"):
        layer = altered(Dense, spoil)(O, activation, input_shape=(I,))
        layer.build(rng=np.random.default_rng(seed))
        report = check_gradients(layer, x)
        worst = report.rows[0]
        if abs(worst.numeric) > 1e-6:  # not one that is nearly zero by chance
            assert not report
            assert worst.where == divmod(index, O)


class Unregistered:
    def forward(self, x: Any) -> Any:
        return x

    def backward(self, dy: Any) -> Any:
        return dy


BAD: dict[str, tuple[type[Exception], str, Callable[[], Any]]] = {
    "class": (TypeError, "Expected a layer", lambda: check_gradients(Dense, X)),
    "module": (TypeError, "pass two of its functions", lambda: check_gradients(np.linalg, X)),
    "layers": (TypeError, "runs them in order", lambda: check_gradients([ReLU(), ReLU()], X)),
    "two functions": (TypeError, "as a pair", lambda: check_gradients(np.tanh, np.cosh, X)),
    "a network's targets": (
        *(ValueError, "sets that array and returns"),
        lambda: check_gradients(Unregistered(), X, X),
    ),
    "arrays": (
        *(TypeError, "must map names"),
        lambda: check_gradients(Unregistered(), X, parameters={"w": np.ones(2)}),
    ),
    "target last": (TypeError, "The target comes first", lambda: check_gradients(X, Dense(2))),
    "one example": (ValueError, "must be a batch", lambda: check_gradients(Dense(2), X[0])),
    "no example": (ValueError, "must be a batch", lambda: check_gradients(Dense(2), X[:0])),
    "NaN": (ValueError, "x must be finite", lambda: check_gradients(ReLU(), X * np.nan)),
    "text": (TypeError, "real numbers", lambda: check_gradients(ReLU(), [["a"]])),
    "loss alone": (ValueError, "with y", lambda: check_gradients(MeanSquaredError(), X)),
    "y alone": (ValueError, "belong together", lambda: check_gradients(Dense(2), X, X)),
    "no y": (ValueError, "belong together", lambda: check_gradients(Dense(2), X, loss="mse")),
    "short y": (ValueError, "6 and 5", lambda: check_gradients(Dense(O), X, P[:5], loss="mse")),
    "wide y": (ValueError, "expected y_true", lambda: check_gradients(Dense(O), X, X, loss="mse")),
    "eps": (ValueError, "eps must be positive", lambda: check_gradients(ReLU(), X, eps=0)),
    "rtol": (ValueError, "rtol must be positive", lambda: check_gradients(ReLU(), X, rtol=0)),
    "entries": (ValueError, "at least 1", lambda: check_gradients(ReLU(), X, max_entries=0)),
    "seed": (ValueError, "at least 0", lambda: check_gradients(ReLU(), X, seed=-1)),
    "vector": (ValueError, "one number", lambda: numerical_gradient(lambda v: v, X)),
    "step": (ValueError, "eps must be positive", lambda: numerical_gradient(np.sum, X, eps=-1)),
}


@pytest.mark.parametrize(("error", "words", "call"), BAD.values(), ids=BAD.keys())
def test_bad_arguments(error: type[Exception], words: str, call: Callable[[], Any]) -> None:
    with pytest.raises(error, match=words):
        call()


def test_documentation_has_the_errors_of_everything_built_in() -> None:
    """The page is written by a program; this holds it to what is asked of its figures."""
    page = (DOCS / "evidence" / "gradient_checks.md").read_text(encoding="utf-8")
    errors = {
        name.strip(" `"): float(error)
        for name, error in re.findall(
            r"^\| (.*?) \| [\d,]+ \| \d+ \| (\S+) \|$", page, re.MULTILINE
        )
    }
    modules = (tinynet.layers, tinynet.losses)
    classes = [c for module in modules for c in vars(module).values() if isinstance(c, type)]
    usable = [c for c in classes if issubclass(c, Layer | Loss) and c not in base_classes(classes)]
    assert len(usable) >= 10
    for built_in in [*usable, CategoricalCrossentropy]:
        assert any(name.startswith(built_in.__name__) for name in errors), built_in
    assert max(errors.values()) <= 1e-7
    model = [error for name, error in errors.items() if name.startswith("reference model")]
    assert len(model) == 2
    assert max(model) <= 1e-8
    assert "**0 were reported as wrong.**" in page


def base_classes(classes: list[type]) -> set[type]:
    return {base for one in classes for base in one.__mro__[1:]}


def test_an_overflow_at_large_inputs_explains_no_wrong_gradient() -> None:
    wrong = Row("x", "x", (3,), mistake=Mistake("unknown", "I don't know"))
    overflow = Row("y", "y", (3,), mistake=Mistake("overflow", "infinite"))
    stale = Row("y", "y", (3,), mistake=Mistake("wrong_mean", "twice"))
    assert explained_by(wrong, [overflow]) == wrong
    assert explained_by(wrong, [overflow, stale]).mistake == stale.mistake
