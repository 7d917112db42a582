"""Layers, losses, metrics and optimizers as students write them: they work or are refused at once.

What is refused is refused in one sentence, before training, and nothing has changed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.states import contents
from tinynet import Dense, Layer, Sequential
from tinynet.losses import MeanSquaredError
from tinynet.metrics import Metric
from tinynet.optimizers import Optimizer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4)).astype(np.float32)
T = RNG.normal(size=(12, 4)).astype(np.float32)


def passing(self: Any, x: Any, *, training: bool = False) -> Any:
    return x


def layer(**methods: Any) -> Layer:
    """Return a layer that passes everything on, with some methods replaced."""
    given = {"forward": passing, "backward": lambda self, dy: dy, **methods}
    made: Layer = type("Own", (Layer,), given)()
    return made


SIGNATURES: dict[str, tuple[dict[str, Any], str]] = {
    "backward with a rate": (
        {"backward": lambda self, dy, rate: dy},
        r"^Own\.backward must accept dy alone: def backward\(self, dy\)\.$",
    ),
    "parameters of no shape": (
        {"create_parameters": lambda self: None},
        r"^Own\.create_parameters must accept input_shape alone: def create_parameters\(self, inp",
    ),
    "a shape in place of a method": (
        {"output_shape": (4,)},
        r"^Own\.output_shape must accept input_shape alone: def output_shape\(self, input_shape\)",
    ),
    "Keras's build": (
        {"build": lambda self, input_shape: None},
        r"^Own\.build is tinynet's own: make the parameters in create_parameters\(self, input_sh",
    ),
}


@pytest.mark.parametrize(("methods", "message"), SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_method_that_a_model_cant_call_is_refused(methods: Any, message: str) -> None:
    model = Sequential([Dense(4, input_shape=(4,))])
    before = contents(model)
    with pytest.raises(TypeError, match=message):
        model.add(layer(**methods))
    assert contents(model) == before


@pytest.mark.parametrize("returned", [[4], (None, 4), 4, np.array([4]), None, (4.0,), "4"])
def test_an_output_shape_is_a_tuple_of_sizes(returned: Any) -> None:
    own, other = (layer(output_shape=lambda self, input_shape: returned) for _ in range(2))
    expected = (
        r"^own\.output_shape must return the shape of one example, such as \(784,\), received "
    )
    with pytest.raises(TypeError, match=expected):
        Sequential([own, Dense(3)]).predict(X)
    with pytest.raises(TypeError, match=expected):
        Sequential([Dense(4, input_shape=(4,)), other])
    with pytest.raises(TypeError, match=expected):
        other.build((4,))
    assert other.dtype is None


@pytest.mark.parametrize("names", ["weights", "name", "rng", "dtype", "forward", "b db", "db b"])
def test_the_name_of_a_parameter_is_not_one_that_a_layer_needs(names: str) -> None:
    name = names.split()[-1]

    def create_parameters(self: Any, input_shape: Any) -> None:
        for each in names.split():
            self.add_parameter(each, input_shape, "zeros")

    own = layer(create_parameters=create_parameters)
    before = contents(own)
    with pytest.raises(
        ValueError, match=rf"^own: each parameter needs a name of .* '{name}'(, which|: db is)"
    ):
        own.build((4,))
    assert contents(own) == before


def in_place(self: Any, x: Any, *, training: bool = False) -> Any:
    x[x < 0] = 0
    return x


TRIED: dict[str, tuple[dict[str, Any], str]] = {
    "changes its input": (
        {"forward": in_place},
        r"own\.forward must leave x as it is, .* such as x \* 2 instead of x \*= 2\.$",
    ),
    "takes the mean over the examples": (
        {"forward": lambda self, x, *, training=False: x.mean(axis=0, keepdims=True)},
        r"own\.forward must return y of shape \(N, 4\), received \(1, 4\) for 2 examples\.$",
    ),
    "puts all examples into one row": (
        {"forward": lambda self, x, *, training=False: x.reshape(1, -1)},
        r"own\.forward must return y of shape \(N, 4\), received \(1, 8\) for 2 examples\.$",
    ),
    "leaves an example out": (
        {"forward": lambda self, x, *, training=False: x[1:] if len(x) > 1 else x},
        r"own\.forward must return y of shape \(N, 4\), received \(1, 4\) for 2 examples\.$",
    ),
    "returns more columns than it says": (
        {"forward": lambda self, x, *, training=False: np.hstack([x, x])},
        r"must return y of shape \(N, 4\), received \(2, 8\) for 2 examples\. If that is the shape "
        r"it should have, define output_shape\(self, input_shape\)\.$",
    ),
    "takes the mean of dy over the examples": (
        {"backward": lambda self, dy: dy.mean(axis=0, keepdims=True)},
        r"own\.backward must return dx of shape \(N, 4\), received \(1, 4\) for 2 examples\.$",
    ),
}


@pytest.mark.parametrize("examples", [12, 1])
@pytest.mark.parametrize(("methods", "message"), TRIED.values(), ids=TRIED.keys())
def test_a_layer_is_tried_on_two_examples(methods: Any, message: str, examples: int) -> None:
    model = Sequential([Dense(4, input_shape=(4,)), layer(**methods), Dense(4)], seed=0)
    model.compile("sgd", "mse")
    before, x = contents(model), X.copy()
    with pytest.raises(ValueError, match=message):
        model.fit(X[:examples], T[:examples], verbose=0)
    assert contents(model) == before
    np.testing.assert_array_equal(X, x)


def test_the_first_layer_doesnt_change_the_examples_either() -> None:
    model = Sequential([layer(forward=in_place), Dense(4)], seed=0)
    model.compile("sgd", "mse")
    x = X.copy()
    with pytest.raises(ValueError, match="must leave x as it is"):
        model.fit(X, T, verbose=0)
    np.testing.assert_array_equal(X, x)


def spoiling(name: str) -> Callable[..., Any]:
    def costs(self: Any, t: Any, y: Any) -> Any:
        array = {"t": t, "y": y}[name]
        array -= 1
        return ((t - y) ** 2).mean(axis=1)

    return costs


@pytest.mark.parametrize("name", ["t", "y"])
def test_a_loss_and_a_metric_leave_targets_and_outputs_as_they_are(name: str) -> None:
    metric = type("Own", (Metric,), {"examples": spoiling(name)})("own")
    counting = type("Own", (Metric,), {"update": spoiling(name), "result": lambda self: 0.0})("own")
    squares = MeanSquaredError
    for chosen, metrics, method in (
        (type("Own", (squares,), {"costs": spoiling(name)})(), [], "costs"),
        (type("Own", (squares,), {"gradient": spoiling(name)})(), [], "gradient"),
        (type("Own", (squares,), {"value": spoiling(name)})(), [], "value"),
        ("mse", [metric], "examples"),
        ("mse", [counting], "update"),
    ):
        model = Sequential([Dense(4, input_shape=(4,))], seed=0)
        model.compile("sgd", chosen, metrics)
        before, t = contents(model), T.copy()
        for call in (model.fit, model.evaluate, model.train_on_batch):
            with pytest.raises(ValueError, match=rf"^Own\.{method} must leave {name} as it is, "):
                call(X, T)
        assert contents(model) == before
        np.testing.assert_array_equal(T, t)


def test_a_constructor_that_calls_no_other() -> None:
    def init(self: Any, *arguments: Any) -> None:
        self.mine = 1

    optimizer = type("Own", (Optimizer,), {"__init__": init})()
    metric = type("Own", (Metric,), {"__init__": init})()
    model = Sequential([Dense(4, input_shape=(4,))], seed=0)
    before = contents(model)
    for arguments in ((optimizer, "mse"), ("sgd", "mse", [metric])):
        with pytest.raises(TypeError, match=r"^Own\.__init__ must call super\(\)\.__init__\("):
            model.compile(*arguments)
        assert contents(model) == before


def test_a_step_that_update_cant_call() -> None:
    class Own(Optimizer):
        def step(self, parameters: Any, gradients: Any) -> None:  # type: ignore[override]
            parameters -= gradients

    model = Sequential([Dense(4, input_shape=(4,))], seed=0)
    model.compile(Own(0.1), "mse")
    before = contents(model)
    message = r"^Own\.step must be a function of \(parameters, gradients, learning_rate\), received"
    with pytest.raises(TypeError, match=message):
        model.fit(X, T, verbose=0)
    assert contents(model) == before


def test_a_training_step_that_fit_cant_call() -> None:
    class Own(Sequential):
        def train_step(self, data: Any) -> Any:  # type: ignore[override]
            return {}

    model = Own([Dense(4, input_shape=(4,))], seed=0)
    model.compile("sgd", "mse")
    before = contents(model)
    for call in (model.fit, model.train_on_batch):
        with pytest.raises(
            TypeError, match=r"^Own\.train_step must be a function of \(x, t\), rec"
        ):
            call(X, T)
    assert contents(model) == before
