"""What is recognised of a target, and that it is left as it was."""

import copy
import html
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.innocents import INNOCENTS, B, W, X
from tinynet import Dense, Softmax
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.objects import classes_in
from tinynet.gradcheck.submissions import load_submission

RECOGNISED = {
    "named weights, weightsgrad": ("weights <-> weightsgrad", "input gradient: returned"),
    "lists_of_parameters": ("params[0] <-> grads[0]", "params[1] <-> grads[1]"),
    "dicts_of_parameters": ("parameters['W'] <-> gradients['W']", "['b']"),
    "function tanh": ("parameters: none", "input gradient: dinputs"),
    "a_notebooks_network_in_one_class": ("W1 <-> dW1", "b2 <-> db2", "input gradient: dX"),
    "everything_returned": ("w <-> returned[1]", "input gradient: returned[0]"),
    "gradients_that_add_up_and_are_zeroed": ("w <-> w_grad", "zeroed by zero_grad()"),
    "a_network_of_objects": ("layers[0].W <-> layers[0].dW", "layers[2].b <-> layers[2].db"),
    "parameters_with_data_and_grad": ("weight.data <-> weight.grad",),
    "a_courses_affine_functions": ("parameters: w, b", "cache handed on"),
    "cumulative_sum": ("parameters: none", "no cache"),
    "cost mean of squares": ("a function of x and y",),
    "cost rosenbrock": ("a function of x",),
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_what_was_recognised_is_printed(name: str) -> None:
    arguments, options = INNOCENTS[name]()
    report = check_gradients(*arguments, **options)
    for words in RECOGNISED[name]:
        assert words in report.recognised
    assert f"recognised: {report.recognised}" in str(report)
    assert report.recognised in html.unescape(report._repr_html_())
    assert report.to_dict()["recognised"] == report.recognised


def test_activations_are_no_parameters() -> None:
    """A network keeps Z and A beside dZ and dA; forward writes them anew."""
    arguments, options = INNOCENTS["a_notebooks_network_in_one_class"]()
    names = [row.name for row in check_gradients(*arguments, **options).rows]
    assert sorted(names) == ["W1", "W2", "b1", "b2", "x"]


class FilledOnce:
    """Keeps its first input; a gradient of the same name stands beside it."""

    def __init__(self) -> None:
        self.weights = W.copy()

    def forward(self, inputs: np.ndarray) -> None:
        if not hasattr(self, "inputs"):
            self.inputs = inputs
        self.output = inputs @ self.weights

    def backward(self, dvalues: np.ndarray) -> None:
        self.dweights = self.inputs.T @ dvalues
        self.dinputs = dvalues @ self.weights.T


def test_an_input_that_is_kept_once_is_no_parameter() -> None:
    report = check_gradients(FilledOnce(), X)
    assert report.recognised.startswith("parameters: weights <-> dweights; ")
    assert [mistake.kind for mistake in report.mistakes] == ["stale"]


class Number:
    def __init__(self, data: Any) -> None:
        self.data = np.array(data, dtype=float) if np.ndim(data) else float(data)
        self.grad = self.data * 0


class Wrapped:
    """Copies its parameters into objects of their own, or arrays, in each pass."""

    def __init__(self, factor: int = 1) -> None:
        self.w, self.factor = np.array([0.7]), factor


class OfNumbers(Wrapped):
    def forward(self, x: np.ndarray) -> Any:
        self.x, self.values = x, [Number(w) for w in self.w]
        return x * self.values[0].data

    def backward(self, dy: np.ndarray) -> Any:
        self.values[0].grad = self.factor * float((dy * self.x).sum())
        self.dw = np.array([self.values[0].grad])
        return dy * self.values[0].data


class OfTensors(Wrapped):
    def forward(self, x: np.ndarray) -> Any:
        self.x, self.tensor = x, Number(self.w)
        return x * self.tensor.data

    def backward(self, dy: np.ndarray) -> Any:
        self.tensor.grad += self.factor * (dy * self.x).sum()
        self.dw = self.tensor.grad
        return dy * self.tensor.data


class OfCopies(Wrapped):
    def forward(self, x: np.ndarray) -> Any:
        self.x, self.w_T = x, self.w.T.copy()
        return x * self.w

    def backward(self, dy: np.ndarray) -> Any:
        self.dw_T = self.factor * np.array([(dy * self.x).sum()])
        self.dw = self.dw_T.T
        return dy * self.w_T


@pytest.mark.parametrize("kind", [OfNumbers, OfTensors, OfCopies])
def test_copies_of_parameters_are_no_parameters(kind: type[Wrapped]) -> None:
    report = check_gradients(kind(), X)
    report.assert_ok()
    assert report.recognised.startswith("parameters: w <-> dw;")
    wrong = check_gradients(kind(2), X)
    assert [row.name for row in wrong.rows if row.mistake] == ["w"]


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize("returns", [True, False])
def test_a_cache_of_parameters_holds_no_others(kind: Any, returns: bool) -> None:
    class Cached:
        def __init__(self) -> None:
            self.W, self.b = np.eye(4)[:, :3] + 0.1, np.zeros(3)

        def forward(self, x: Any) -> Any:
            self.cache = kind([x, self.W, self.b])
            return x @ self.W + self.b

        def backward(self, dy: Any) -> Any:
            x, w, _ = self.cache
            gradients = {"W": x.T @ dy, "b": dy.sum(axis=0)}
            if returns:
                return dy @ w.T, *gradients.values()
            self.grads = gradients
            return dy @ w.T

    report = check_gradients(Cached(), X)
    report.assert_ok()
    assert {row.name for row in report.rows} == {"W", "b", "x"}


def test_objects_stay_as_they_were() -> None:
    for name in ("a_notebooks_network_in_one_class", "dropout", "weights_made_at_the_first_input"):
        (target, *rest), options = INNOCENTS[name]()
        before = copy.deepcopy(vars(target))
        check_gradients(target, *rest, **options)
        assert vars(target).keys() == before.keys()
        for key, value in before.items():
            same = getattr(target, key)
            if isinstance(value, np.random.Generator):
                assert same.bit_generator.state == value.bit_generator.state
            else:
                np.testing.assert_array_equal(same, value)


def test_parameters_of_a_pair_stay_as_they_were() -> None:
    w, b = W.copy(), B.copy()
    (pair, *_), _ = INNOCENTS["a_courses_affine_functions"]()
    for given in ([w, b], (w, b), {"w": w, "b": b}):
        report = check_gradients(pair, X, parameters=given)
        report.assert_ok()
        assert [row.name for row in report.rows] == ["w", "b", "x"]
    assert (w == W).all()
    assert (b == B).all()


def settings() -> dict[str, Any]:
    """Return what code may change for all."""
    return {
        "errors": np.geterr(),
        "printing": np.get_printoptions(),
        "warnings": [*warnings.filters],
        "folder": os.getcwd(),
        "random": np.random.get_state()[1].tolist(),  # type: ignore[index]  # noqa: NPY002
        "output": sys.stdout,
    }


def test_settings_stay_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "ada.py"
    file.write_text(
        "import os, sys, warnings\nimport numpy as np\n"
        "warnings.simplefilter('ignore')\n"
        "os.chdir(os.path.dirname(__file__))\n"
        "sys.stdout = sys.stderr\n"
        "np.random.seed(1)\n"
        "def cost(x):\n"
        "    np.seterr(all='raise')\n"
        "    np.set_printoptions(precision=2)\n"
        "    return (x**2).sum(), 2 * x\n"
        "cost(np.ones(1))\n",
        encoding="utf-8",
    )
    before = settings()
    cost = load_submission(file, lambda code: code.cost)
    assert settings() == before
    assert not check_gradients(load_submission(file, lambda code: code.absent), X)
    assert settings() == before
    check_gradients(cost, X).assert_ok()
    assert settings() == before


def test_the_global_random_state_stays_as_it_was() -> None:
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    check_gradients(Dense(3), X)
    check_gradients(lambda x: ((x**2).sum(), 2 * x), X)
    assert (np.random.random(3) == expected).all()  # noqa: NPY002


class Plain:
    def __init__(self) -> None:
        self.w = W.copy()

    def forward(self, x: Any) -> Any:
        return x @ self.w

    def backward(self, dy: Any) -> Any:
        return dy @ self.w.T


def test_parameters_that_the_caller_names() -> None:
    """What they are is the caller's to say; that there are gradients, the code's."""
    with pytest.raises(ValueError, match="has no array of numbers of that name"):
        check_gradients(Plain(), X, parameters={"v": "dv"})
    report = check_gradients(Plain(), X, parameters={"w": "dw"})
    assert report.mistakes[0].kind == "returns_nothing"
    assert "leaves no 'dw'" in report.summary
    with pytest.raises(TypeError, match="must map names"):
        check_gradients(Plain(), X, parameters=[W])
    with pytest.raises(ValueError, match="takes none"):
        check_gradients(Dense(2), X, parameters={"W": "dW"})
    with pytest.raises(ValueError, match="takes none"):
        check_gradients(lambda x: (x.sum(), 1 + 0 * x), X, parameters=[W])
    with pytest.raises(TypeError, match="arrays of numbers"):
        check_gradients((lambda x, w: x, lambda dy: dy), X, parameters=["w"])
    with pytest.raises(TypeError, match="list of arrays"):
        check_gradients((lambda x, w: x, lambda dy: dy), X, parameters=3)


@pytest.mark.parametrize("target", [3, "relu", None, Dense, Plain, [1, 2], (np.tanh,), object()])
def test_what_is_no_target_is_refused(target: Any) -> None:
    with pytest.raises(TypeError, match="Expected a layer, a loss or a Sequential, an object"):
        check_gradients(target, X)


def test_a_refusal_says_what_to_pass() -> None:
    class Network:
        def predict(self, x: Any) -> Any:
            return x

    class Cost:
        def forward(self, p: Any, t: Any) -> Any:
            return np.sum((p - t) ** 2)

        def backward(self, dy: Any = 1) -> Any:
            return dy

    with pytest.raises(TypeError, match=r"a class; pass an object of it, such as Plain\(\)"):
        check_gradients(Plain, X)
    with pytest.raises(TypeError, match=r"pass both, such as \(net.predict, net.learn\)"):
        check_gradients(Network(), X)
    with pytest.raises(ValueError, match=r"pass a function: lambda p, t: \(loss.forward\(p, t\)"):
        check_gradients(Cost(), X, X)


def test_backward_that_wants_more_than_dy() -> None:
    class Trained(Plain):
        def backward(self, dy: Any, learning_rate: float) -> Any:  # type: ignore[override]
            self.w -= learning_rate * dy
            return dy

    class Untold(Plain):
        def backward(self) -> Any:  # type: ignore[override]
            return self.w

    for target, words in (
        (Trained(), "leave the step to an optimizer: backward(dy) stores the gradients"),
        (Untold(), "Where backward takes no dy, pass an object whose backward(dy) calls it"),
    ):
        assert words in check_gradients(target, X).summary


class Stateless:
    """An affine layer that keeps no input, and whose backward is given it."""

    def __init__(self, factor: float = 1.0) -> None:
        self.weights, self.biases = W.copy(), B.copy()
        self.factor = factor

    def forward(self, features: Any) -> Any:
        return features @ self.weights + self.biases

    def run(self, x: Any, dy: Any) -> Any:
        self.grad_weights = self.factor * x.T @ dy
        self.grad_biases = dy.sum(axis=0)
        return dy @ self.weights.T


WITH_INPUT: list[Any] = [
    lambda self, inputs, grad_output: self.run(inputs, grad_output),
    lambda self, features, gradOutput: self.run(features, gradOutput),
    lambda self, dout, x: self.run(x, dout),
]
WITH_OTHERS: list[Any] = [
    lambda self, x, y: self.run(x, x @ self.weights - y),
    lambda self, data, decay: self.run(data, decay),
    lambda self, grad_output, rate: self.run(rate, grad_output),
]


@pytest.mark.parametrize("factor", [1, 3])
@pytest.mark.parametrize("backward", WITH_INPUT)
def test_backward_that_is_given_the_input_as_well(backward: Any, factor: float) -> None:
    class Affine(Stateless):
        pass

    Affine.backward = backward  # type: ignore[attr-defined]
    target: Any = Affine(factor)
    for way in (target, (target.forward, target.backward)):
        report = check_gradients(way, X)
        assert [row.name for row in report.rows if row.mistake] == ["weights"] * (factor != 1)
        assert "; backward is called with x and dy" in report.recognised
    report = check_gradients(target, X, np.ones((len(X), W.shape[1])), loss="mse")
    assert bool(report) is (factor == 1)


@pytest.mark.parametrize("backward", WITH_OTHERS)
def test_backward_of_other_arguments_is_not_given_the_input(backward: Any) -> None:
    class Affine(Stateless):
        pass

    Affine.backward = backward  # type: ignore[attr-defined]
    report = check_gradients(Affine(), X)
    assert [mistake.kind for mistake in report.mistakes] == ["crash"]


def test_a_pair_in_which_an_object_hides_is_to_be_checked_as_an_object() -> None:
    """As the message says, with an object whose methods call those of the first."""

    class Inner(Stateless):
        def backward(self, data: Any, above: Any) -> Any:
            return self.run(data, above)

    inner = Inner()
    (mistake, _) = check_gradients((inner.forward, lambda dy: inner.backward(X, dy)), X).mistakes
    assert (
        "check the object that holds it, or one whose forward(x) and backward(dy)" in mistake.text
    )

    class Adapter:
        def __init__(self) -> None:
            self.inner = inner

        def forward(self, x: Any) -> Any:
            self.x = x
            return self.inner.forward(x)

        def backward(self, dy: Any) -> Any:
            return self.inner.backward(self.x, dy)

    check_gradients(Adapter(), X).assert_ok()
    summary = check_gradients(inner, X).summary
    assert "where it holds weights, an object whose forward(x) and backward(dy) call" in summary


def test_a_function_takes_no_loss_and_an_object_may() -> None:
    with pytest.raises(ValueError, match="is checked without loss="):
        check_gradients(lambda x: (x.sum(), 1 + 0 * x), X, X, loss="mse")
    arguments, options = INNOCENTS["a_network_under_a_loss"]()
    report = check_gradients(*arguments, **options)
    report.assert_ok()
    assert {row.name for row in report.rows} == {"W1", "b1", "W2", "b2", "x"}


def test_whole_numbers_are_no_index_unless_used_as_one() -> None:
    """A softmax gives the same if all of a row is moved, and so did an index: it is no index."""

    class Lazy(Softmax):
        def backward(self, dy: np.ndarray) -> np.ndarray:
            return np.zeros_like(dy)

    for x in ([[2.0, 1.0, 0.0]], [[2, 1, 0], [3, 3, 0]]):
        assert not check_gradients(Lazy(), x)
        check_gradients(Softmax(), x).assert_ok()
        assert "not checked" not in str(check_gradients(Softmax(), x))
    arguments, options = INNOCENTS["embedding_layer"]()
    assert "not checked: an index" in str(check_gradients(*arguments, **options))


@pytest.mark.parametrize(
    ("value", "gradient"), [("data", "grad"), ("value", "grad"), ("value", "gradient")]
)
@pytest.mark.parametrize("factor", [1, 3])
def test_a_parameter_may_be_an_object_of_its_own(value: str, gradient: str, factor: int) -> None:
    class Parameter:
        def __init__(self, array: np.ndarray) -> None:
            setattr(self, value, array)
            setattr(self, gradient, np.zeros_like(array))

    class Product:
        def __init__(self) -> None:
            self.w = Parameter(W.copy())

        def forward(self, x: np.ndarray) -> Any:
            self.x = x
            return x @ getattr(self.w, value)

        def backward(self, dy: np.ndarray) -> Any:
            setattr(self.w, gradient, factor * self.x.T @ dy)
            return dy @ getattr(self.w, value).T

    report = check_gradients(Product(), X)
    assert bool(report) == (factor == 1)
    assert f"w.{value}" in [row.name for row in report.rows]


@pytest.mark.parametrize(
    "names", [("data", "grad"), ("value", "grad"), ("value", "gradient"), ("v", "d"), ("a", "g")]
)
@pytest.mark.parametrize("factor", [1, 3])
def test_several_parameters_that_are_objects(names: tuple[str, str], factor: int) -> None:
    value, gradient = names

    class Parameter:
        def __init__(self, array: np.ndarray) -> None:
            setattr(self, value, array)

    class Affine:
        def __init__(self) -> None:
            self.parts = [Parameter(W.copy()), Parameter(B.copy())]

        def forward(self, x: np.ndarray) -> Any:
            self.x = x
            w, b = (getattr(part, value) for part in self.parts)
            return x @ w + b

        def backward(self, dy: np.ndarray) -> Any:
            w, b = self.parts
            setattr(w, gradient, self.x.T @ dy)
            setattr(b, gradient, factor * dy.sum(axis=0))
            return dy @ getattr(w, value).T

    report = check_gradients(Affine(), X)
    assert bool(report) == (factor == 1)
    assert [row.name for row in report.rows if not row.note] == [
        *(f"parts[{k}].{value}" for k in (0, 1)),
        "x",
    ]


class Chain(list[Any]):
    """A list of layers that is a layer itself."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        for layer in self:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        for layer in reversed(self):
            dy = layer.backward(dy)
        return dy.reshape(self.shape)


class Scale(list[Any]):
    """A list of its own parameter, with the gradient in an attribute."""

    factor = 1

    def forward(self, x: np.ndarray) -> Any:
        self.x = x
        return x @ self[0]

    def backward(self, dy: np.ndarray) -> Any:
        self.grads = [self.factor * self.x.T @ dy]
        return dy @ self[0].T


class Doubled(Scale):
    factor = 2


def test_a_list_with_methods_is_an_object() -> None:
    for layers in ([Dense(2), Dense(3)], [Dense(2)], [Dense(2), Dense(3), Dense(2)]):
        chain = Chain(layer.build((n,)) for layer, n in zip(layers, (4, 2, 3), strict=False))
        report = check_gradients(chain, X)
        report.assert_ok()
        assert report.title == "Chain"
        assert sum(row.checked for row in report.rows) > X.size
    for kind in (Scale, Doubled):
        report = check_gradients(kind([W.copy()]), X)
        assert bool(report) == (kind is Scale)
        assert [row.name for row in report.rows] == ["[0]", "x"]


class Table(dict[str, Any]):
    """Keeps its weights as an entry, and something of the same name as an attribute."""

    def __init__(self, *, same: bool, factor: int) -> None:
        self["W"] = W.astype(np.float32)
        self.W = self["W"] if same else None
        self.factor = factor

    def forward(self, x: np.ndarray) -> Any:
        self.x = x
        return x @ self["W"]

    def backward(self, dy: np.ndarray) -> Any:
        self["dW"] = self.factor * self.x.T @ dy
        return dy @ self["W"].T


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("factor", [1, 2])
def test_an_entry_is_not_the_attribute_of_its_name(same: bool, factor: int) -> None:
    report = check_gradients(Table(same=same, factor=factor), X)
    wrong = {mistake.kind for mistake in report.mistakes} - {"not_checked"}
    assert bool(wrong) == (factor == 2), report
    assert report.rows[0].name == "['W']"


class Masked:
    """Has an array that isn't learned, and another of its shape in an attribute d."""

    def __init__(self) -> None:
        self.mask = (np.arange(X.size).reshape(X.shape) % 3 > 0) * 1.0

    def forward(self, x: np.ndarray) -> Any:
        return x * self.mask

    def backward(self, dy: np.ndarray) -> Any:
        self.d = dy * self.mask
        return self.d


def test_one_letter_is_a_gradient_only_beside_its_value() -> None:
    report = check_gradients(Masked(), X)
    assert "not checked" in str(report)
    assert {mistake.kind for mistake in report.mistakes} <= {"not_checked"}, report


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_parameters_of_the_class_matrix() -> None:
    class Matrices:
        def __init__(self) -> None:
            self.W, self.b = np.matrix(W), np.matrix(B)

        def forward(self, x: np.ndarray) -> Any:
            self.x = np.matrix(x)
            return self.x * self.W + self.b

        def backward(self, dy: np.ndarray) -> Any:
            self.dW: Any
            self.dW, self.db = self.x.T * dy, np.matrix(dy).sum(axis=0)
            return dy * self.W.T

    class Halved(Matrices):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.dW = self.dW / 2
            return dx

    check_gradients(Matrices(), X).assert_ok()
    assert check_gradients(Halved(), X).mistakes[0].kind == "constant_factor"


@pytest.mark.parametrize("kind", [list, np.array])
def test_rows_of_dx_in_a_list(kind: Any) -> None:
    class Rows:
        def __init__(self) -> None:
            self.W = W.copy()

        def forward(self, x: np.ndarray) -> Any:
            self.x = x
            return kind([row @ self.W for row in x])

        def backward(self, dy: np.ndarray) -> Any:
            self.dW = sum(np.outer(a, b) for a, b in zip(self.x, dy, strict=True))
            return kind([row @ self.W.T for row in dy])

    class Plain(Rows):
        def backward(self, dy: np.ndarray) -> Any:
            return kind([list(row) for row in super().backward(dy)])

    for rows in (Rows(), Plain()):
        check_gradients(rows, X).assert_ok()
        pair = (rows.forward, lambda dy, rows=rows: rows.backward(dy))
        check_gradients(pair, X, parameters=[]).assert_ok()


def test_only_classes_of_ones_own_hold_arrays_of_the_class() -> None:
    class Base:
        pass

    class Net(Base):
        def __init__(self) -> None:
            self.layers = [Dense(2), np.zeros(3)]

    assert classes_in(Net()) == [Net, Base]


def test_the_report_says_if_an_object_for_prediction_was_run_in_training() -> None:
    class Halved:
        def __init__(self, training: bool) -> None:
            self.training = training

        def forward(self, x: np.ndarray) -> np.ndarray:
            return x / 2

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy / 2

    assert "run with training=True" in check_gradients(Halved(False), X).recognised
    assert "training" not in check_gradients(Halved(True), X).recognised
