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


class Unstacked:
    """A network whose backward returns the gradients of its matrices, and none of its input."""

    def __init__(self) -> None:
        self.W, self.V = W.copy(), W.T.copy()

    def forward(self, x: Any) -> Any:
        self.x, self.h = x, x @ self.W
        return self.h @ self.V

    def backward(self, dy: Any) -> Any:
        return self.x.T @ dy @ self.V.T, self.h.T @ dy


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
    assert "which is that of W, as when" in said(Unstacked(), X)
    value_and_gradient: Any = (lambda x: (x**2).sum(), lambda x: 2 * x)
    assert "a function of x, lambda x: (f(x), gradient(x))" in said(value_and_gradient, X)
    check_gradients(lambda x: tuple(f(x) for f in value_and_gradient), X).assert_ok()
    assert "as the pair (f, lambda dy, x: dy * derivative(x))" in said(np.tanh, X)
    assert "the value comes first" in said(lambda x: (2 * x, (x**2).sum()), X)
    with pytest.raises(
        TypeError, match="that defines step\\(self, parameters, gradients, learning_"
    ):
        check_optimizer(lambda p, g: p - g)  # type: ignore[arg-type]

    m, error = TwoInputs(), SquaredError()
    check_gradients((lambda x: m.forward(x, W), m.backward), X, parameters=[]).assert_ok()
    check_gradients(lambda p, t: (error(p, t), error.gradient(p, t)), SCORES, Y).assert_ok()


def test_numbers_and_indices_are_inputs_of_pairs_too() -> None:
    check_gradients((lambda x: x**3, lambda dy, x: 3 * dy * x**2), 1.5).assert_ok()

    def look_up(ids: Any, table: Any) -> Any:
        return table[ids], (ids, table)

    def look_back(dy: Any, cache: Any) -> Any:
        ids, table = cache
        gradient = np.zeros_like(table)
        np.add.at(gradient, ids, dy)
        return gradient

    ids, table = np.array([[1, 2, 1], [0, 3, 2]]), W.copy()
    check_gradients((look_up, look_back), ids, parameters=[table]).assert_ok()

    def look_back_once(dy: Any, cache: Any) -> Any:
        ids, table = cache
        gradient = np.zeros_like(table)
        gradient[ids] += dy
        return gradient

    report = check_gradients((look_up, look_back_once), ids, parameters=[table])
    assert [mistake.kind for mistake in report.mistakes] == ["last_of_repeated"]


def test_columns_of_a_softmax_are_no_wrong_axis() -> None:
    class Columns:
        def forward(self, x: Any) -> Any:
            e = np.exp(x - x.max(axis=0))
            self.y = e / e.sum(axis=0)
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy * self.y * (1 - self.y)

    assert check_gradients(Columns(), X).mistakes[0].kind == "diagonal_jacobian"


def test_one_wrong_entry_of_three_is_no_bias_with_a_penalty() -> None:
    scale = np.array([2.0, 1.0, 1.0])

    def cost(x: Any) -> Any:
        return (scale * x**2).sum(), 2 * scale * x + np.array([-2.0 * x[0], 0, 0])

    (mistake,) = check_gradients(cost, np.array([0.5, 0.8, -0.4])).mistakes
    assert "penalised" not in mistake.text


def test_what_functions_keep_is_left_an_array_like_any_other() -> None:
    kept: dict[str, Any] = {}
    square = np.random.default_rng(39).normal(size=(4, 4))

    def forward(x: Any, w: Any) -> Any:
        kept["x"], kept["w"] = x, w
        kept["gate"] = np.tanh(x @ w)
        return kept["gate"] * np.exp(x) + x

    def backward(dy: Any) -> Any:
        dz = dy * np.exp(kept["x"])  # without the slope of the gate
        return dz @ kept["w"].T + dz * kept["gate"] + dy, kept["x"].T @ dz

    report = check_gradients((forward, backward), X, parameters=[square])
    assert {mistake.kind for mistake in report.mistakes} == {"wrong_operation"}
    assert {type(array) for array in kept.values()} == {np.ndarray}


def test_code_without_a_file_is_named_by_its_lines() -> None:
    source = """
class Gated:
    def __init__(self):
        self.W = np.random.default_rng(42).normal(size=(4, 4))
    def forward(self, x):
        self.x, self.g = x, np.tanh(x @ self.W)
        return self.g * np.exp(x) + x
    def backward(self, dy):
        dg = dy * np.exp(self.x)
        self.dW = self.x.T @ dg
        return dg @ self.W.T + dg * self.g + dy
"""
    names: dict[str, Any] = {"np": np}
    exec(source, names)
    report = check_gradients(names["Gated"](), X)
    assert report.summary.startswith(
        "Gated is wrong: W, x: the slope of tanh is forgotten, in the tanh in line 6"
    )


def test_an_operation_whose_operands_change_is_no_single_one() -> None:
    def forward(x: Any, w: Any) -> Any:
        y = x * 1.5
        for letters, others in (("nd,de->ne", [w]), ("nd,de,ef->nf", [w, w]), ("nd,d->nd", [w[0]])):
            y = y + np.einsum(letters, y, *others)
        return np.tanh(y), (x, y)

    def backward(dy: Any, cache: Any) -> Any:
        x, y = cache
        return dy * (1 - np.tanh(y)), x.T @ dy  # nothing like it

    square = np.random.default_rng(43).normal(size=(4, 4))
    report = check_gradients((forward, backward), X, parameters=[square])
    assert {mistake.kind for mistake in report.mistakes} == {"unknown"}


def test_few_changes_are_tried_in_a_large_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    old = "dh[:, t] + carry"
    assert checked("recurrent layer", old, "dh[:, t]").mistakes[0].kind == "wrong_operation"
    monkeypatch.setattr("tinynet.gradcheck.steps.WORK", 0)
    assert checked("recurrent layer", old, "dh[:, t]").mistakes[0].kind == "unknown"


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
