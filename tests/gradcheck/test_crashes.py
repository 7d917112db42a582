"""Code that crashes gives a failing report with the exception, the line, and what was missing."""

import functools
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.innocents import X, Y
from tinynet import Dense, Layer, Sequential, losses
from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.losses import Loss


def test_the_line_of_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ada.py"
    file.write_text(
        "def cost(p, t):\n    d = p - q\n    return (d**2).sum(), 2 * d\n", encoding="utf-8"
    )
    code: dict[str, Any] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), code)
    report = check_gradients(code["cost"], X, X)
    assert report.mistakes[0].kind == "misspelt"
    assert "NameError: name 'q' is not defined" in report.summary
    assert "(ada.py, line 2: d = p - q)" in report.summary


class Misspelt(Layer):
    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._output = np.tanh(x)
        return self._output

    def backward(self, dy: np.ndarray) -> Any:
        return dy * (1 - self._outptu**2)  # type: ignore[attr-defined]


@pytest.mark.parametrize("alone", [True, False])
def test_a_misspelt_attribute_is_named_and_the_right_one_suggested(alone: bool) -> None:
    target = Misspelt() if alone else Sequential([Dense(3), Misspelt(), Dense(2)], seed=0)
    report = check_gradients(target, X)
    assert [mistake.kind for mistake in report.mistakes] == ["misspelt"]
    assert "'_outptu'; did you mean '_output'?" in report.summary
    assert "test_crashes.py, line " in report.summary
    assert "return dy * (1 - self._outptu**2)" in report.summary


def test_the_layer_of_a_model_that_crashes_is_named() -> None:
    class Silent(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
            np.tanh(x)

        def backward(self, dy: np.ndarray) -> Any:
            return dy

    model = Sequential([Dense(3), Silent(name="quiet"), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    for y in (None, X[:, :2]):
        report = check_gradients(model, X, y)
        assert "quiet: forward returns nothing" in report.summary


@pytest.mark.parametrize(
    "error",
    [
        *(RuntimeError("no"), KeyError("w"), SystemExit(3), RecursionError(), Exception()),
        *(GeneratorExit(), BaseException("as of pytest.skip")),
    ],
)
def test_no_exception_leaves_a_check(error: BaseException) -> None:
    def function(x: np.ndarray) -> Any:
        raise error

    class Thing:
        def forward(self, x: np.ndarray) -> Any:
            return x

        def backward(self, dy: np.ndarray) -> Any:
            raise error

    class Costs(Loss):
        def value(self, t: np.ndarray, y: np.ndarray) -> float:
            raise error

    for report in (
        check_gradients(function, X),
        check_gradients(Thing(), X),
        check_gradients((np.tanh, function), X),
        check_gradients(Costs(), X, X),
    ):
        assert report.mistakes[0].kind == "crash"
        assert type(error).__name__ in report.summary


def test_only_ctrl_c_does() -> None:
    def interrupted(x: np.ndarray) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_gradients(interrupted, X)


def test_what_the_caller_got_wrong_is_raised() -> None:
    with pytest.raises(ValueError, match="expected input"):
        check_gradients(Dense(2, input_shape=(3,)), X)
    with pytest.raises(ValueError, match="expected y_true"):
        check_gradients(Dense(2), X, Y, loss="mse")


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "binary_crossentropy", "kl_divergence", "poisson"]
)
def test_outputs_for_which_a_loss_is_not_defined_are_named(loss: str) -> None:
    """They make the model wrong, not the loss, whose logarithm is cut off there."""
    targets = np.array([[1.0, 0.0]] * len(X))
    report = check_gradients(Dense(2), X, targets, loss=loss)
    assert report.mistakes[0].kind == "undefined_loss"
    assert "expected" in report.summary
    model = Sequential([Dense(2)], seed=0)
    model.compile("sgd", loss)
    assert check_gradients(model, X, targets).mistakes[0].kind == "undefined_loss"
    with pytest.raises(ValueError, match="expected"):
        check_gradients(losses.get(loss), X[:, :2], targets)
    check_gradients(Dense(2, activation="softmax"), X, targets, loss=loss).assert_ok()


def test_a_loss_that_is_derived_may_be_defined_for_more() -> None:
    class Squared(losses.KLDivergence):
        def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return ((y - t) ** 2).sum(axis=1)

        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return 2 * (y - t) / len(y)

    targets = np.array([[1.0, 0.0]] * len(X))
    check_gradients(Squared(), X[:, :2], targets).assert_ok()
    check_gradients(Dense(2), X, targets, loss=Squared()).assert_ok()


def test_report_of_an_exception() -> None:
    try:
        compile("x = (1,\ny = 2", "ada.py", "exec")
    except SyntaxError as error:
        report = GradientReport.of_exception("ada", error)
    assert not report
    assert "SyntaxError" in report.summary
    assert "(ada.py, line 1: x = (1,)" in report.summary
    assert report.to_dict()["mistakes"][0]["kind"] == "crash"


def test_an_exception_that_can_not_be_printed_and_one_that_is_too_long_are_described() -> None:
    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise self.args[0]

    def function(x: np.ndarray, error: Exception) -> Any:
        raise error

    for kind in (RuntimeError, SystemExit):
        report = check_gradients(lambda x, kind=kind: function(x, SpeechlessError(kind)), X)
        assert "crashes: SpeechlessError: its message can't be printed" in report.summary
    report = check_gradients(lambda x: function(x, ValueError(100 * "no ")), X)
    assert "ValueError: no no" in report.summary
    report = check_gradients(lambda x: function(x, ValueError(10_000 * "no ")), X)
    assert len(report.summary) < 1000


@pytest.mark.parametrize("dtype", [object, complex])
def test_the_dtype_of_an_output_that_does_not_fit_is_named(dtype: type) -> None:
    report = check_gradients((lambda x: x.astype(dtype), lambda dy: dy), X)
    assert f"it returned ndarray of dtype {np.dtype(dtype)}" in report.summary


def test_how_a_function_is_called() -> None:
    report = check_gradients(lambda x: (x.sum(), 1 + 0 * x), X, X)
    assert "; it is called as f(x), or as f(x, y) if check_gradients is given y" in report.summary
    assert "self" not in report.summary


class WithoutSelf:
    def forward(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x)

    def backward(dy: np.ndarray) -> np.ndarray:  # type: ignore[misc]  # noqa: N805
        return dy


class WithoutArgument:
    def forward(self) -> np.ndarray:
        return X

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


@pytest.mark.parametrize("target", [WithoutSelf(), WithoutArgument()])
def test_how_a_method_without_self_or_an_argument_is_defined(target: Any) -> None:
    report = check_gradients(target, X)
    assert "takes 1 positional argument but 2 were given" in report.summary
    assert "define the methods as forward(self, x) and backward(self, dy)" in report.summary
    assert "is `self` missing?" in report.summary
    assert "targets" not in report.summary


def test_a_function_is_not_asked_for_self() -> None:
    w = np.eye(X.shape[1])
    summary = check_gradients((lambda x: x @ w, lambda dy: dy @ w.T), X, parameters=[w]).summary
    assert "takes 1 positional argument but 2 were given" in summary
    assert "`self`" not in summary
    assert "forward is called with x" in summary


def affine(x: Any, w: Any, b: Any) -> Any:
    return x @ w + b


def affine_with_cache(x: Any, w: Any, b: Any) -> Any:
    return x @ w + b, (x, w)


def from_cache(dout: Any, cache: Any) -> Any:
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def from_parts(dout: Any, x: Any, w: Any) -> Any:
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


SCALE = np.ones((4, 10))


def from_scaled(dout: Any, x: Any, w: Any, b: Any, mask: Any, scale: Any = SCALE) -> Any:
    return mask * dout @ w.T, x.T @ dout, scale * b


@pytest.mark.parametrize(
    ("pair", "parameters", "words"),
    [
        (
            (affine, from_cache),
            2,
            "backward takes (dout, cache), but forward returns y alone: let forward return (y, "
            "cache), or let backward take (dout, x, w, b)",
        ),
        ((affine, from_parts), 2, "backward takes (dout, x, w), but forward returns y alone"),
        (
            (affine_with_cache, from_parts),
            2,
            "passed as one argument: let backward take (dout, cache), and start it with x, w = c",
        ),
        (
            (affine, from_cache),
            0,
            "forward takes (x, w, b), but is called with x and 0 parameters: pass parameters=[w, "
            "b]; or, if one of them is the targets, check a function of x alone that returns "
            "(loss, gradient)",
        ),
        ((affine, from_cache), 1, "but is called with x and 1 parameter: pass parameters=[w, b]"),
        (
            (affine, from_scaled),
            2,
            "backward takes (dout, x, w, b, mask, scale), but forward returns y alone",
        ),
    ],
)
def test_a_pair_whose_functions_do_not_fit_is_told_how_they_are_called(
    pair: Any, parameters: int, words: str
) -> None:
    arrays = [np.ones((X.shape[1], 3)), np.ones(3)][:parameters]
    report = check_gradients(pair, X, parameters=arrays)
    assert report.mistakes[0].kind == "crash"
    assert words in report.summary
    assert "as a pair" not in report.summary


class Drop:
    """A layer that draws more units than there are."""

    def forward(self, x: np.ndarray) -> Any:
        self.kept = random.sample(range(3), 5)
        return x

    def backward(self, dy: np.ndarray) -> Any:
        return dy


def test_the_line_that_calls_a_library_is_named() -> None:
    report = check_gradients(Drop(), X)
    assert report.mistakes[0].kind == "crash"
    assert "ValueError: Sample larger than population or is negative (test_" in report.summary
    assert "self.kept = random.sample(range(3), 5))" in report.summary


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotImplementedError, "forward isn't written yet: NotImplementedError (test_crashes.py"),
        (NotImplementedError("no 3D"), "forward crashes: NotImplementedError: no 3D (test_"),
        (AssertionError, "forward crashes: AssertionError (test_crashes.py, line "),
    ],
)
def test_a_stub_is_not_written_yet(error: Any, told: str) -> None:
    class Stub(Drop):
        def forward(self, x: np.ndarray) -> Any:
            raise error

    report = check_gradients(Stub(), X)
    assert report.mistakes[0].kind == "crash"
    assert told in report.summary


class Calls(Drop):
    """A layer whose forward calls a stub."""

    def act(self, x: np.ndarray) -> Any:
        raise NotImplementedError

    def forward(self, x: np.ndarray) -> Any:
        return self.act(x)


class Stubs:
    def forward(self, x: Any) -> Any:
        raise NotImplementedError


def affine_stub(x: Any) -> Any:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (Calls(), "Calls is wrong: forward calls act, which isn't written yet: NotImpl"),
        ((affine_stub, from_cache), "forward isn't written yet: NotImplementedError (test_c"),
        ((lambda x: Stubs().forward(x), from_cache), "forward isn't written yet: NotImpl"),
    ],
)
def test_the_function_that_is_not_written_yet_is_named(target: Any, told: str) -> None:
    assert told in check_gradients(target, X).summary


def with_noise(function: Any) -> Any:
    """Give a function an argument that its callers don't pass."""
    return functools.wraps(function)(lambda *arguments: function(*arguments, 0.0))


def test_a_decorator_may_pass_arguments_to_the_forward_of_a_pair() -> None:
    @with_noise
    def forward(x: Any, w: Any, noise: float) -> Any:
        return x @ w + noise, (x, w)

    def backward(dout: Any, cache: Any) -> Any:
        return dout @ cache[1].T, cache[0].T @ dout

    w = np.random.default_rng(0).normal(size=(X.shape[1], 3))
    check_gradients((forward, backward), X, parameters=[w]).assert_ok()
