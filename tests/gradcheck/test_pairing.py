"""No array that moves the output goes unchecked in silence, wherever its gradient is stored."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.support.innocents import B, W, X
from tinynet import Layer
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.held import path_keys
from tinynet.gradcheck.pairing import is_gradient_of, lists, pair_up

Store = Callable[[Any, Any, Any], None]


class Affine:
    """Stores its gradients in a place of the test's choice, too large by a factor."""

    def __init__(self, store: Store, factor: float = 1.0) -> None:
        self.W, self.b = W.copy(), B.copy()
        self.store, self.factor = store, factor

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy: Any) -> Any:
        self.store(self, self.factor * self.x.T @ dy, self.factor * dy.sum(axis=0))
        return dy @ self.W.T


def attributes(weights: str, biases: str) -> Store:
    def store(layer: Any, dw: Any, db: Any) -> None:
        setattr(layer, weights, dw)
        setattr(layer, biases, db)

    return store


def container(name: str, make: Callable[[Any, Any], Any]) -> Store:
    return lambda layer, dw, db: setattr(layer, name, make(dw, db))


RECOGNISED: dict[str, Store] = {
    "grads by name": container("grads", lambda dw, db: {"W": dw, "b": db}),
    "grads by the gradients' names": container("grads", lambda dw, db: {"db": db, "dW": dw}),
    "grads by place": container("grads", lambda dw, db: [dw, db]),
    "a tuple of grads": container("grads", lambda dw, db: (dw, db)),
    "grad by name": container("grad", lambda dw, db: {"W": dw, "b": db}),
    "a private dict": container("_gradients", lambda dw, db: {"W": dw, "b": db}),
    "a dict of another name": container("deltas", lambda dw, db: {"W": dw, "b": db}),
    "gW": attributes("gW", "gb"),
    "W_gradient": attributes("W_gradient", "b_gradient"),
    "deltaW": attributes("deltaW", "deltab"),
    "delta_W": attributes("delta_W", "delta_b"),
    "gradW": attributes("gradW", "gradB"),
    "nabla_w": attributes("nabla_w", "nabla_b"),
    "dL_dW": attributes("dL_dW", "dL_db"),
    "dweights": attributes("dweights", "dbias"),
    "grad_w": attributes("grad_w", "grad_b"),
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_gradients_are_found_where_people_store_them(name: str) -> None:
    report = check_gradients(Affine(RECOGNISED[name]), X)
    report.assert_ok()
    assert {row.name for row in report.rows} == {"W", "b", "x"}
    wrong = check_gradients(Affine(RECOGNISED[name], 7), X)
    assert {row.name for row in wrong.rows if row.mistake} == {"W", "b"}
    assert {mistake.kind for mistake in wrong.mistakes} != {"not_checked"}


class Tensor(np.ndarray):
    """An array that may hold its gradient."""


@pytest.mark.parametrize("name", ["g", "grad", "gradient"])
@pytest.mark.parametrize("adds_up", [False, True])
@pytest.mark.parametrize("factor", [1, 7])
def test_gradients_that_arrays_of_a_class_of_ones_own_hold(
    name: str, adds_up: bool, factor: int
) -> None:
    def store(layer: Any, dw: Any, db: Any) -> None:
        for array, gradient in ((layer.W, dw), (layer.rest[0], db)):
            setattr(array, name, gradient + (getattr(array, name) if adds_up else 0))

    class Held(Affine):
        def __init__(self) -> None:
            super().__init__(store, factor)
            self.W, self.rest = W.copy().view(Tensor), [B.copy().view(Tensor)]
            self.zero_grad()

        def zero_grad(self) -> None:
            for array in (self.W, *self.rest):
                setattr(array, name, np.zeros(array.shape))

        def forward(self, x: Any) -> Any:
            self.x = x
            return np.asarray(x @ self.W + self.rest[0])

    report = check_gradients(Held(), X)
    assert f"W <-> W.{name}, rest[0] <-> rest[0].{name}" in report.recognised
    assert {row.name for row in report.rows if row.mistake} == (
        {"W", "rest[0]"} if factor > 1 else set()
    )


NOWHERE: dict[str, tuple[Store, set[str]]] = {
    "nowhere": (lambda layer, dw, db: None, {"W", "b"}),
    "only db": (lambda layer, dw, db: setattr(layer, "db", db), {"W"}),
    "only dW": (lambda layer, dw, db: setattr(layer, "dW", dw), {"b"}),
    "only db, in a dict": (container("grads", lambda dw, db: {"b": db}), {"W"}),
    "an unknown name": (attributes("slope", "tilt"), {"W", "b"}),
}


@pytest.mark.parametrize("name", NOWHERE)
@pytest.mark.parametrize("nested", [False, True])
def test_an_array_without_a_gradient_is_not_all_right(name: str, nested: bool) -> None:
    store, missing = NOWHERE[name]
    layer = Affine(store)
    report = check_gradients(Network(layer) if nested else layer, X)
    prefix = "layers[0]." if nested else ""
    assert not report
    assert {row.name for row in report.rows if row.note} == {prefix + array for array in missing}
    assert {mistake.kind for mistake in report.mistakes} == {"not_checked"}
    with pytest.raises(AssertionError) as failure:
        report.assert_ok()
    first, *rest = str(failure.value).splitlines()
    assert "isn't fully checked" in first
    assert "WRONG" not in str(report)
    assert f"{len(missing)} not checked" in "\n".join(rest)
    for array in missing:
        assert f'"{prefix}{array}": "' in first
    assert "parameters={" in first
    assert report.to_dict()["ok"] is False


class Network:
    """A layer within an object."""

    def __init__(self, *layers: Any) -> None:
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Any) -> Any:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


@pytest.mark.parametrize("name", RECOGNISED)
def test_gradients_are_found_in_a_nested_object(name: str) -> None:
    report = check_gradients(Network(Affine(RECOGNISED[name])), X)
    report.assert_ok()
    assert {row.name for row in report.rows} == {"layers[0].W", "layers[0].b", "x"}
    assert not check_gradients(Network(Affine(RECOGNISED[name], 7)), X)


def test_the_first_line_can_be_copied() -> None:
    """What it says to write is the argument that makes the check complete."""
    layer = Affine(attributes("slope", "tilt"))
    first = check_gradients(layer, X).summary
    assert 'parameters={"W": "slope", "b": "tilt"}' in first
    check_gradients(layer, X, parameters={"W": "slope", "b": "tilt"}).assert_ok()
    wrong = Affine(attributes("slope", "tilt"), 7)
    assert not check_gradients(wrong, X, parameters={"W": "slope", "b": "tilt"})


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize("factor", [1, 7])
@pytest.mark.parametrize(
    "form", ["in order", "a dict", "a list", "a dict of all", "with db stored"]
)
def test_returned_gradients(kind: type, factor: int, form: str) -> None:
    class Returning(Affine):
        def backward(self, dy: Any) -> Any:
            dw, db = factor * self.x.T @ dy, factor * dy.sum(axis=0)
            dx = dy @ self.W.T
            if form == "a dict":
                return kind([dx, {"W": dw, "b": db}])
            if form == "a list":
                return kind([dx, [dw, db]])
            if form == "a dict of all":
                return {"dx": dx, "dW": dw, "db": db}
            if form == "with db stored":
                self.db = db
            return kind([dx, dw, db])

    report = check_gradients(Returning(lambda layer, dw, db: None), X)
    assert {row.name for row in report.rows} == {"W", "b", "x"}
    assert bool(report) is (factor == 1)
    assert "not_checked" not in {mistake.kind for mistake in report.mistakes}


@pytest.mark.parametrize("factor", [1, 7])
@pytest.mark.parametrize("form", ["{}", "d{}", "grad_{}"])
def test_a_pairs_gradients_by_the_names_of_its_arguments(form: str, factor: int) -> None:
    def affine(inputs: Any, w: Any, b: Any) -> Any:
        return inputs @ w + b, (inputs, w)

    def backward(dy: Any, cache: Any) -> dict[str, Any]:
        inputs, w = cache
        dw, dx = factor * inputs.T @ dy, dy @ w.T
        gradients = {"b": dy.sum(axis=0), "w": dw, "inputs": dx}
        return {form.format(name): gradient for name, gradient in gradients.items()}

    report = check_gradients((affine, backward), X, parameters={"w": W, "b": B})
    assert [row.name for row in report.rows if row.mistake] == ["w"] * (factor != 1)


def test_gradients_of_a_pair_in_an_object_of_another_class() -> None:
    @dataclass
    class Gradients:
        dx: Any
        dw: Any

    (mistake,) = check_gradients(
        (lambda x, w: x @ w, lambda dy, x, w: Gradients(dy @ w.T, x.T @ dy)), X, parameters=[W]
    ).mistakes
    assert "2 gradients, dx, dw; it returned an object, Gradients: " in mistake.text
    assert "return a tuple or a dict" in mistake.text


def test_a_returned_gradient_can_be_named() -> None:
    class Returning(Affine):
        def __init__(self) -> None:
            super().__init__(lambda layer, dw, db: None)
            self.scale = np.full(3, 2.0)

        def forward(self, x: Any) -> Any:
            return super().forward(x) * self.scale

        def backward(self, dy: Any) -> Any:
            dy = dy * self.scale
            return dy @ self.W.T, self.x.T @ dy, dy.sum(axis=0)

    report = check_gradients(Returning(), X)
    assert {row.name for row in report.rows if row.note} == {"W", "b", "scale"}
    named = {"W": "returned[1]", "b": "returned[2]"}
    check_gradients(Returning(), X, parameters=named).assert_ok()


def test_lists_of_weights_and_dicts_of_parameters() -> None:
    class Lists:
        def __init__(self) -> None:
            self.weights = [np.eye(4)[:, :3] + 0.1, np.eye(3) + 0.2]
            self.params = {"b1": np.zeros(3)}

        def forward(self, x: Any) -> Any:
            self.x = x
            self.h = x @ self.weights[0] + self.params["b1"]
            return self.h @ self.weights[1]

        def backward(self, dy: Any) -> Any:
            dh = dy @ self.weights[1].T
            self.nabla_w = [self.x.T @ dh, self.h.T @ dy]
            self.db1 = dh.sum(axis=0)
            return dh @ self.weights[0].T

    report = check_gradients(Lists(), X)
    report.assert_ok()
    assert {row.name for row in report.rows} == {*("weights[0]", "weights[1]", "params['b1']", "x")}


class Parts(NamedTuple):
    W: Any
    b: Any


@dataclass(frozen=True)
class FrozenParts:
    W: Any
    b: Any


@pytest.mark.parametrize(
    "hold",
    [
        lambda w, b: (w, b),
        lambda w, b: [(w, b)],
        lambda w, b: ((w,), (b,)),
        lambda w, b: {"fc": (w, b)},
        Parts,
        FrozenParts,
        lambda w, b: deque([w, b]),
    ],
)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("factor", [1, 7])
def test_parameters_in_containers(hold: Callable[[Any, Any], Any], kind: Any, factor: int) -> None:
    class Held:
        def __init__(self) -> None:
            self.params = hold(W.astype(kind), B.astype(kind))

        def forward(self, x: Any) -> Any:
            self.x = x
            w, b = arrays(self.params)
            return x @ w + b

        def backward(self, dy: Any) -> Any:
            self.grads = hold(factor * self.x.T @ dy, dy.sum(axis=0))
            return dy @ arrays(self.params)[0].T

    report = check_gradients(Held(), X)
    assert len(report.rows) == 3
    assert not any(row.note for row in report.rows)
    assert bool(report) is (factor == 1)


def test_a_tuple_with_two_names_stays_the_same_arrays() -> None:
    class Shared:
        def __init__(self) -> None:
            self.params = self.theta = W.astype(np.float32), B.astype(np.float32)

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.theta[0] + self.theta[1]

        def backward(self, dy: Any) -> Any:
            self.grads = self.x.T @ dy, dy.sum(axis=0)
            return dy @ self.theta[0].T

    check_gradients(Shared(), X).assert_ok()


class Whole(NamedTuple):
    """An object that is a tuple itself, which nothing can be written into."""

    params: Any

    def forward(self, x: Any) -> Any:
        return x @ self.params[0] + self.params[1]

    def backward(self, dy: Any) -> Any:
        return dy @ self.params[0].T


def test_an_object_that_is_a_tuple_does_not_crash() -> None:
    report = check_gradients(Whole((W.astype(np.float32), B.astype(np.float32))), X)
    assert "crash" not in str(report)


def arrays(thing: Any) -> list[Any]:
    """All arrays in lists, dicts, tuples and dataclasses."""
    if isinstance(thing, np.ndarray):
        return [thing]
    thing = vars(thing) if isinstance(thing, FrozenParts) else thing
    entries = thing.values() if isinstance(thing, dict) else thing
    return [array for entry in entries for array in arrays(entry)]


class _Private:
    def __init__(self, factor: float) -> None:
        self.__W, self.__b, self.factor = W.copy(), B.copy(), factor

    def forward(self, x: Any) -> Any:
        self.__x = x
        return x @ self.__W + self.__b

    def backward(self, dy: Any) -> Any:
        self.__dW, self.__grad_b = self.factor * self.__x.T @ dy, dy.sum(axis=0)
        return dy @ self.__W.T


class Inheriting(_Private):
    """Its private attributes have the names of the class above."""


@pytest.mark.parametrize("kind", [_Private, Inheriting])
def test_private_attributes(kind: type[_Private]) -> None:
    report = check_gradients(kind(1), X)
    report.assert_ok()
    pairs = "_Private__W <-> _Private__dW, _Private__b <-> _Private__grad_b"
    assert f"parameters: {pairs}" in report.recognised
    assert not check_gradients(kind(7), X)


def test_methods_that_return_parameters_and_gradients() -> None:
    class Methods(Affine):
        slope: Any
        tilt: Any

        def parameters(self) -> Any:
            return [self.W, self.b]

        def gradients(self) -> Any:
            return [self.slope, self.tilt]

    report = check_gradients(Methods(attributes("slope", "tilt")), X)
    report.assert_ok()
    assert {row.name for row in report.rows} == {"W", "b", "x"}
    assert not check_gradients(Methods(attributes("slope", "tilt"), 7), X)


@pytest.mark.parametrize("name", ["gW", "grads by name", "W_gradient"])
def test_a_tinynet_layer_that_registers_nothing(name: str) -> None:
    class Unregistered(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.W, self.b = W.copy(), B.copy()

        def output_shape(self, input_shape: Any) -> Any:
            return (3,)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self.x = x
            return x @ self.W + self.b

        def backward(self, dy: Any) -> Any:
            RECOGNISED[name](self, self.x.T @ dy, dy.sum(axis=0))
            return dy @ self.W.T

    report = check_gradients(Unregistered(), X)
    assert {mistake.kind for mistake in report.mistakes} == {"unregistered"}
    assert {row.name for row in report.rows if row.mistake} == {"W", "b"}


class Fixed:
    """Multiplies by an array that isn't learned."""

    def __init__(self) -> None:
        self.mask = np.array([1.0, 0.0, 2.0, 1.0])

    def forward(self, x: Any) -> Any:
        return x * self.mask

    def backward(self, dy: Any) -> Any:
        return dy * self.mask


def test_a_fixed_array_is_declared() -> None:
    report = check_gradients(Fixed(), X)
    assert [row.name for row in report.rows if row.note] == ["mask"]
    assert "parameters={}" in report.summary
    declared = check_gradients(Fixed(), X, parameters={})
    declared.assert_ok()
    assert [row.name for row in declared.rows] == ["x"]
    assert declared.recognised.startswith("parameters: none")


def test_a_fixed_array_beside_learned_ones_is_declared_by_naming_those() -> None:
    net = Network(Affine(attributes("dW", "db")))
    net.layers[0].mean = np.ones(4)  # an array without a use
    check_gradients(net, X).assert_ok()

    class Centred(Affine):
        def __init__(self) -> None:
            super().__init__(attributes("dW", "db"))
            self.mean = np.ones(4)

        def forward(self, x: Any) -> Any:
            return super().forward(x - self.mean)

    report = check_gradients(Centred(), X)
    assert [row.name for row in report.rows if row.note] == ["mean"]
    named = {"W": "dW", "b": "db"}
    assert 'parameters={"W": "dW", "b": "db"}' in report.summary
    check_gradients(Centred(), X, parameters=named).assert_ok()


@pytest.mark.parametrize("value", [(0.5, 2.0), np.array([True, False, True, True]), 0.3, "table"])
def test_what_cannot_be_learned_needs_no_declaration(value: Any) -> None:
    """Tuples of numbers, masks of booleans, plain numbers, and an array of indices."""

    class Constant:
        def __init__(self) -> None:
            self.value = np.array([3, 2, 1, 0]) if isinstance(value, str) else value

        def factor(self) -> Any:
            return self.value[0] if isinstance(self.value, tuple) else self.value

        def forward(self, x: Any) -> Any:
            return x[:, self.value] if isinstance(value, str) else x * self.factor()

        def backward(self, dy: Any) -> Any:
            return dy[:, self.value] if isinstance(value, str) else dy * self.factor()

    check_gradients(Constant(), X).assert_ok()


def test_running_statistics_are_no_parameters() -> None:
    class Norm:
        def __init__(self) -> None:
            self.mean = np.zeros(4)

        def forward(self, x: Any, training: bool = True) -> Any:
            if not training:
                return x - self.mean
            self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
            return x - x.mean(axis=0)

        def backward(self, dy: Any) -> Any:
            return dy - dy.mean(axis=0)

    check_gradients(Norm(), X).assert_ok()


def test_a_neuron_of_plain_numbers() -> None:
    class Neuron:
        def __init__(self) -> None:
            self.w, self.b = 0.7, 0.1

        def forward(self, x: Any) -> Any:
            self.x = x
            return self.w * x + self.b

        def backward(self, dy: Any) -> Any:
            self.dw = (dy * self.x).sum()
            return dy * self.w

    report = check_gradients(Neuron(), X)
    assert [row.name for row in report.rows if row.note] == ["b"]


def test_a_layer_with_slots() -> None:
    class Slots:
        __slots__ = ("W", "dW", "x")

        def __init__(self) -> None:
            self.W = W.copy()

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            return dy @ self.W.T

    class Storing(Slots):
        def backward(self, dy: Any) -> Any:
            self.dW = self.x.T @ dy
            return dy @ self.W.T

    assert [row.name for row in check_gradients(Slots(), X).rows if row.note] == ["W"]
    check_gradients(Storing(), X).assert_ok()


def test_weights_in_plain_lists() -> None:
    class Lists:
        def __init__(self) -> None:
            self.weights = [0.5, -0.3, 2.0, 1.0]

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ np.array(self.weights)

        def backward(self, dy: Any) -> Any:
            return np.outer(dy, self.weights)

    class Storing(Lists):
        def backward(self, dy: Any) -> Any:
            self.dweights = [float(dy @ column) for column in self.x.T]
            return np.outer(dy, self.weights)

    report = check_gradients(Lists(), X)
    assert [row.name for row in report.rows if row.note] == [f"weights[{k}]" for k in range(4)]
    check_gradients(Storing(), X).assert_ok()


def test_an_object_that_cannot_be_changed() -> None:
    @dataclass(frozen=True)
    class Frozen:
        W: np.ndarray

        def forward(self, x: Any) -> Any:
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            return dy @ self.W.T

    assert [row.name for row in check_gradients(Frozen(W.copy()), X).rows if row.note] == ["W"]
    check_gradients(Frozen(W.copy()), X, parameters={}).assert_ok()


def test_weights_below_weights_of_zero_are_seen() -> None:
    class Stack:
        def __init__(self) -> None:
            self.W1, self.W2 = W.copy(), np.zeros((3, 2))

        def forward(self, x: Any) -> Any:
            self.h = x @ self.W1
            return self.h @ self.W2

        def backward(self, dy: Any) -> Any:
            self.dW2 = self.h.T @ dy
            return dy @ self.W2.T @ self.W1.T

    assert [row.name for row in check_gradients(Stack(), X).rows if row.note] == ["W1"]


def test_a_layer_that_makes_the_step_itself() -> None:
    class Eager(Affine):
        def backward(self, dy: Any) -> Any:
            dx = dy @ self.W.T
            self.W = self.W - 0.1 * self.x.T @ dy
            self.b = self.b - 0.1 * dy.sum(axis=0)
            return dx

    report = check_gradients(Eager(attributes("dW", "db")), X)
    assert not report
    assert "backward changes the array itself: leave the step to the optimizer" in report.summary


def test_names_of_gradients() -> None:
    for gradient in ("dW", "dw", "gW", "W_gradient", "deltaW", "dweights", "dL_dW", "nabla_w"):
        assert is_gradient_of(gradient, "W"), gradient
    for other in ("W", "vW", "mW", "dV", "W_old", "x", "db"):
        assert not is_gradient_of(other, "W"), other
    assert is_gradient_of("db1", "bias1")
    assert not is_gradient_of("dW2", "W1")


def test_keys_of_a_path() -> None:
    assert path_keys("layers[0].W") == ("layers", 0, "W")
    assert path_keys("params['conv.W']") == ("params", "conv.W")
    assert path_keys("W") == ("W",)


def test_a_gradient_belongs_to_one_array() -> None:
    a = np.zeros((2, 2))
    assert pair_up({"W": a, "w": a}, ["W", "w"], {"dW": a}) == [("W", "dW")]
    assert pair_up({"a": a, "b": a[0]}, ["a", "b"], {"grads[0]": a[0], "grads[1]": a}) == []


def test_an_array_alone_may_have_a_gradient_that_is_called_nothing_else() -> None:
    a = np.zeros((2, 2))
    assert pair_up({"theta": a}, ["theta"], {"grad": a, "dz": a}) == [("theta", "grad")]
    assert pair_up({"theta": a}, ["theta"], {"grad": a[0]}) == []
    assert pair_up({"theta": a, "phi": a}, ["theta", "phi"], {"grad": a}) == []
    pairs = pair_up({"W": a, "theta": a}, ["W", "theta"], {"dW": a, "gradient": a})
    assert pairs == [("W", "dW"), ("theta", "gradient")]


def test_only_numbered_entries_of_a_container_of_gradients_are_a_list_of_them() -> None:
    names = ("cache[0]", "cache[1]", "grads[0]", "grads[1]", "grads['W']", "dW")
    assert [*lists(dict.fromkeys(names))] == [["grads[0]", "grads[1]"]]


@pytest.mark.parametrize(
    "form",
    [
        *("dW", "gW", "grad_W", "grads_W", "gradient_W", "gradients_W", "W_grad", "W_grads", "Wg"),
        *("W_gradient", "W_gradients", "delta_W", "W_delta", "nabla_W", "dL_dW", "dLoss_dW"),
    ],
)
def test_the_gradient_of_w_in_any_spelling(form: str) -> None:
    assert is_gradient_of(form, "W")
    assert not is_gradient_of(form, "V")
