"""Losses and metrics of one's own are tried before training, on two examples."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests.support.states import contents
from tinynet import Dense, Layer, Sequential
from tinynet.constraints import MaxNorm, UnitNorm
from tinynet.losses import Loss
from tinynet.metrics import Metric
from tinynet.optimizers import Optimizer
from tinynet.regularizers import Regularizer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4))
T = RNG.normal(size=(50, 3))


class Squares(Loss):
    """Right, unless one of its methods is replaced."""

    def costs(self, t: Any, y: Any) -> Any:
        return ((y - t) ** 2).mean(axis=1)

    def gradient(self, t: Any, y: Any) -> Any:
        return 2 * (y - t) / y.size


class LargestError(Metric):
    def examples(self, t: Any, y: Any) -> Any:
        return np.abs(y - t).max(axis=1)


def of(base: type, **methods: Any) -> Any:
    """Return an object of a class with some methods replaced."""
    kind = type("Own", (base,), methods)
    return kind("own") if issubclass(base, Metric) else kind()


def network(outputs: int = 3) -> Sequential:
    return Sequential([Dense(5, "tanh", input_shape=(4,)), Dense(outputs)], seed=0)


def calls(model: Sequential) -> list[Callable[[], Any]]:
    return [
        lambda: model.fit(X, T, verbose=0),
        lambda: model.train_on_batch(X, T),
        lambda: model.evaluate(X, T, verbose=0),
    ]


WRONG_LOSSES: dict[str, tuple[dict[str, Callable[..., Any]], str]] = {
    "costs of the batch": (
        {"costs": lambda self, t, y: ((y - t) ** 2).mean()},
        r"Own.costs must return one number per example, an array of shape \(2,\) for 2 examples, "
        r"received shape \(\)",
    ),
    "costs of each output": (
        {"costs": lambda self, t, y: (y - t) ** 2},
        r"Own.costs .*received shape \(2, 3\): take the mean over the outputs alone",
    ),
    "costs over the examples": ({"costs": lambda self, t, y: ((y - t) ** 2).mean(axis=0)}, "costs"),
    "costs that keep the axis": (
        {"costs": lambda self, t, y: ((y - t) ** 2).mean(axis=1, keepdims=True)},
        r"received shape \(2, 1\)",
    ),
    "no costs": ({"costs": lambda self, t, y: None}, "Own.costs .*received None"),
    "costs in a list": ({"costs": lambda self, t, y: [0.0, 0.0]}, "Own.costs .*received list"),
    "text": ({"costs": lambda self, t, y: np.array(["a"] * len(y))}, "Own.costs .*dtype <U1"),
    "gradient of the batch": (
        {"gradient": lambda self, t, y: (2 * (y - t)).sum(axis=0)},
        r"Own.gradient must return an array of y's shape, \(2, 3\), received shape \(3,\)",
    ),
    "no gradient": ({"gradient": lambda self, t, y: None}, "Own.gradient .*received None"),
    "a value for each": (
        {"value": lambda self, t, y: ((y - t) ** 2).mean(axis=1)},
        "Own.value must return one number, received shape",
    ),
    "not both": (
        {"value_and_gradient": lambda self, t, y: y},
        "Own.value_and_gradient must return a number and an array",
    ),
    "more than both": (
        {"value_and_gradient": lambda self, t, y: (0.0, y, t)},
        "Own.value_and_gradient must return a number and an array",
    ),
    "gradient undefined": ({"gradient": Loss.gradient}, r"Own must define gradient\(t, y\)"),
    "Keras's": (
        {"costs": Loss.costs, "call": lambda self, t, y: 0},
        r"Own must define costs\(t, y\).*Keras's call",
    ),
    "a crash": ({"gradient": lambda self, t, y: y @ t}, "matmul"),
}


@pytest.mark.parametrize(("methods", "message"), WRONG_LOSSES.values(), ids=WRONG_LOSSES.keys())
def test_a_loss_that_cant_work_is_refused_before_training(
    methods: dict[str, Any], message: str
) -> None:
    model = network()
    model.compile("adam", of(Squares, **methods))
    before, history = contents(model), model.history
    for call in calls(model):
        with pytest.raises((TypeError, ValueError, NotImplementedError), match=message):
            call()
    assert contents(model) == before
    assert model.history is history


@pytest.mark.parametrize("name", [name for name in WRONG_LOSSES if name.startswith("costs")])
def test_a_wrong_cost_is_refused_in_direct_calls(name: str) -> None:
    loss = of(Squares, **WRONG_LOSSES[name][0])
    direct: list[Callable[[], Any]] = [
        lambda: loss(T, X[:, :3]),
        lambda: loss(T, X[:, :3], sample_weight=np.ones(50)),
        lambda: loss.forward(T, X[:, :3]),
    ]
    for call in direct:
        with pytest.raises((TypeError, ValueError), match=r"Own.costs must return one number per"):
            call()


@pytest.mark.parametrize("outputs", [1, 2, 3, 5])
def test_costs_over_the_examples_are_found_for_any_number_of_outputs(outputs: int) -> None:
    model = network(outputs)
    model.compile("sgd", of(Squares, costs=lambda self, t, y: ((y - t) ** 2).mean(axis=0)))
    with pytest.raises(ValueError, match=r"Own.costs must return one number per example"):
        model.fit(X, np.resize(T, (50, outputs)), verbose=0)


class KerasStyle(Metric):
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        pass

    def reset_state(self) -> None:
        pass


class NeverReset(Metric):
    """Keras resets the variables of a metric by itself."""

    def __init__(self, name: str = "never_reset") -> None:
        super().__init__(name)
        self.seen: list[int] = []

    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        self.seen.append(len(y))

    def result(self) -> float:
        return float(sum(self.seen))


def crash(*_: Any) -> Any:
    raise KeyError("a mistake in the metric")


WRONG_METRICS: dict[str, tuple[Any, str]] = {
    "a mean": (
        of(LargestError, examples=lambda self, t, y: np.abs(y - t).max()),
        r"Own.examples must return one number per example, .*received shape \(\)",
    ),
    "each output": (
        of(LargestError, examples=lambda self, t, y: np.abs(y - t)),
        r"Own.examples .*received shape \(2, 3\)",
    ),
    "nothing": (of(LargestError, examples=lambda self, t, y: None), "Own.examples .*received None"),
    "Keras's": (KerasStyle("keras_style"), r"must define examples.*update_state is called update"),
    "empty": (of(Metric), r"Own must define examples\(t, y\)"),
    "never reset": (
        NeverReset(),
        r"NeverReset.reset must start again .* then its result was 0.0, and .* it is \d+\.0\.",
    ),
    "no result": (of(LargestError, result=lambda self: None), "Own.result must return a number"),
    "a function that crashes": (crash, "a mistake in the metric"),
    "a function without result": (lambda t, y: None, "must return a number or an array"),
    "a loss": (
        of(Squares, costs=lambda self, t, y: (y - t) ** 2),
        r"Own.costs must return .*received shape \(2, 3\)",
    ),
}


@pytest.mark.parametrize(("metric", "message"), WRONG_METRICS.values(), ids=WRONG_METRICS.keys())
def test_a_metric_that_cant_work_is_refused_before_training(metric: Any, message: str) -> None:
    model = network()
    model.compile("adam", "mse", metrics=[metric])
    before, history = contents(model), model.history
    for call in calls(model):
        with pytest.raises((TypeError, ValueError, NotImplementedError, KeyError), match=message):
            call()
    assert contents(model) == before
    assert model.history is history


@pytest.mark.parametrize("name", ["each output", "a mean", "no result"])
def test_a_weighted_metric_that_cant_work_is_refused_before_training(name: str) -> None:
    metric, message = WRONG_METRICS[name]
    model = network()
    model.compile("adam", "mse", weighted_metrics=[metric])
    before = contents(model)
    for weights in (None, np.ones(50)):
        with pytest.raises((TypeError, ValueError), match=message):
            model.fit(X, T, sample_weight=weights, verbose=0)
    assert contents(model) == before


def test_a_wrong_metric_is_refused_in_direct_calls() -> None:
    for name in ("a mean", "each output", "nothing"):
        with pytest.raises((TypeError, ValueError), match=r"Own.examples must return one number"):
            WRONG_METRICS[name][0](T, X[:, :3])


def test_metrics_and_losses_that_work_are_left_in_peace() -> None:
    """Two examples may be too few for a metric, and a loss may look at the whole batch."""

    def needs_both_signs(t: Any, y: Any) -> float:
        if (t > 0).all() or (t < 0).all():
            raise ValueError("one class alone")
        return float(np.mean(t * y > 0))

    class Batchwise(Loss):
        def value(self, t: Any, y: Any) -> float:
            if len(y) < 2:
                raise ValueError("a batch of one has no variance")
            return float(y.var() + ((y - t) ** 2).mean())

        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - y.mean() + y - t) / y.size

    model = network()
    x, t = X[np.argsort(T[:, 0])], T[np.argsort(T[:, 0])][:, [0, 0, 0]]
    counted = LargestError("own")
    model.compile("sgd", Batchwise(), metrics=[needs_both_signs, counted])
    history = model.fit(x, t, batch_size=25, epochs=2, verbose=0).history
    assert set(history) == {"loss", "needs_both_signs", "own"}
    assert counted.count == 0


@pytest.mark.parametrize("form", [float, np.float32, np.array, Fraction])
def test_a_loss_may_return_its_number_in_any_form(form: Callable[[float], Any]) -> None:
    class InForm(Squares):
        def value(self, t: Any, y: Any) -> Any:
            return form(0.5)

    model = network()
    model.compile("sgd", InForm())
    assert model.fit(X, T, verbose=0).history["loss"] == [0.5]


def test_the_trial_is_made_once_on_two_examples_and_leaves_the_training_as_it_is() -> None:
    seen: list[int] = []

    def counting(self: Any, t: Any, y: Any) -> Any:
        seen.append(len(y))
        return ((y - t) ** 2).mean(axis=1)

    model, expected = network(), network()
    model.compile("sgd", of(Squares, costs=counting))
    expected.compile("sgd", Squares())
    for _ in range(2):
        model.fit(X, T, batch_size=25, verbose=0)
        expected.fit(X, T, batch_size=25, verbose=0)
    assert seen == [2, 2, 25, 25, 25, 25]  # the costs, and the value by them
    assert model.values.tobytes() == expected.values.tobytes()


def test_a_layer_of_ones_own_isnt_run_by_the_trial_of_an_evaluation() -> None:
    class Counting(Layer):
        calls = 0

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self.calls += 1
            return x

    counting = Counting()
    model = Sequential([Dense(3, input_shape=(4,)), counting])
    model.compile("sgd", Squares())
    model.evaluate(X, T, batch_size=25, verbose=0)
    assert counting.calls == 2


class Penalty(Regularizer):
    """Right, unless one of its methods is replaced."""

    def __call__(self, w: Any) -> Any:
        return (w**2).sum()

    def gradient(self, w: Any) -> Any:
        return 2 * w


WRONG_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "a constraint's row": (
        {"kernel_constraint": lambda w: w.sum(axis=0)},
        r"The constraint of dense\.W must return an array of the shape that it received, \(4, 3\), "
        r"received shape \(3,\)\.",
    ),
    "a constraint's None": (
        {"bias_constraint": lambda w: None},
        r"The constraint of dense\.b .*, \(3,\), received None\.",
    ),
    "a constraint's axis": (
        {"kernel_constraint": MaxNorm(axis=(0, 1, 2))},
        r"The constraint of dense\.W, MaxNorm\(.*\), must have an axis from -2 to 1, since .* "
        r"shape is \(4, 3\), received 2\.",
    ),
    "a constraint's axis for a vector": (
        {"bias_constraint": UnitNorm(-2)},
        r"The constraint of dense\.b, UnitNorm\(axis=-2\), must have an axis from -1 to 0, since",
    ),
    "a regularizer's row": (
        {"kernel_regularizer": of(Penalty, gradient=lambda self, w: 2 * w.sum(axis=0))},
        r"The regularizer of dense\.W: gradient must return .*\(4, 3\), received shape \(3,\)",
    ),
    "a regularizer's array": (
        {"kernel_regularizer": of(Penalty, __call__=lambda self, w: w**2)},
        r"The regularizer of dense\.W must return one number, received shape \(4, 3\)",
    ),
    "an activity regularizer's number": (
        {"activity_regularizer": of(Penalty, gradient=lambda self, w: 2.0)},
        r"The activity regularizer of dense: gradient .*\(2, 3\), received 2\.0",
    ),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_wrong_constraints_and_regularizers(name: str) -> None:
    """They would broadcast, or fail after the step had begun."""
    settings, message = WRONG_RULES[name]
    model = Sequential([Dense(3, input_shape=(4,), **settings)], seed=0)
    model.compile("sgd", "mse")
    before = contents(model)
    for call in calls(model)[:2]:
        with pytest.raises((ValueError, TypeError), match=message):
            call()
        assert contents(model) == before


def test_the_rules_of_a_frozen_layer_are_not_tried() -> None:
    rule: dict[str, Any] = {"kernel_constraint": lambda w: None}
    model = Sequential([Dense(3, input_shape=(4,), **rule), Dense(3)], seed=0)
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    model.fit(X, T, verbose=0)


def test_layers_of_ones_own_are_tried_at_the_first_fit_only() -> None:
    calls = []

    class Own(Layer):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            calls.append(len(x))
            return x

        def backward(self, dy: Any) -> Any:
            return dy

    model = Sequential([Own(input_shape=(4,)), Dense(3)], seed=0)
    model.compile("sgd", "mse")
    made = []
    for _ in range(3):
        model.fit(X, T, batch_size=50, verbose=0)
        made.append(len(calls))
        calls.clear()
    assert made[0] > made[1] == made[2] == 1


class Descent(Optimizer):
    """A right rule; the others replace its step."""

    def __init__(self, learning_rate: Any = 0.05) -> None:
        super().__init__(learning_rate)

    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        parameters -= learning_rate * gradients


class BindsAnew(Descent):
    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        parameters = parameters - learning_rate * gradients


class BindsAnewFirst(Descent):
    def step(self, w: Any, gradients: Any, learning_rate: float) -> None:
        w = w * (1 - learning_rate)
        w -= learning_rate * gradients


class BindsAnewWithItsVelocity(Descent):
    velocity = np.zeros(())

    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        self.velocity, parameters = gradients, parameters - learning_rate * gradients


class Returns(Descent):
    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> Any:
        return parameters - learning_rate * gradients


class DecaysAndBindsAnew(BindsAnew):
    def __init__(self) -> None:
        Optimizer.__init__(self, 0.05, weight_decay=0.1)


LEFT = [BindsAnew, BindsAnewFirst, BindsAnewWithItsVelocity, Returns, DecaysAndBindsAnew]


@pytest.mark.parametrize("kind", LEFT)
def test_a_step_that_leaves_the_parameters_as_they_are_is_refused(kind: Callable[[], Any]) -> None:
    model = network()
    model.compile(kind(), "mse")
    name = "w" if kind is BindsAnewFirst else "parameters"
    message = rf"{kind.__name__}.step leaves the parameters as they are: write into them, {name} -="
    before = contents(model)
    for call in (model.fit, model.train_on_batch):
        with pytest.raises(ValueError, match=message):
            call(X, T)
    assert contents(model) == before
    model.evaluate(X, T, verbose=0)


class Flattens(Descent):
    """Binds the name anew, but to a view."""

    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        parameters = parameters.reshape(-1)
        parameters -= learning_rate * gradients


class ReturnsWhatItChanged(Descent):
    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> Any:
        parameters -= learning_rate * gradients
        return parameters


class Collects(Descent):
    """Moves at every fourth step only."""

    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        total = self.remember("total", parameters)
        total += gradients
        if self.iterations % 4 < 3:
            return
        parameters -= learning_rate * total
        total[...] = 0


class Counts(Descent):
    """Counts its steps, of which there must be no more than those of the training."""

    steps = 0

    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        type(self).steps += 1
        super().step(parameters, gradients, learning_rate)


class Stumbles(Descent):
    def step(self, parameters: Any, gradients: Any, learning_rate: float) -> None:
        parameters = parameters - learning_rate * gradients
        raise NotImplementedError("no rule yet")


RIGHT = [Descent, Flattens, ReturnsWhatItChanged, Collects, Counts]


@pytest.mark.parametrize("kind", RIGHT)
def test_a_step_that_changes_the_parameters_is_left_in_peace(kind: Any) -> None:
    for rate, targets in ((0.0, T), (lambda step: 0.01 * step, T), (0.05, np.zeros((50, 3)))):
        model = network()
        model.compile(kind(rate), "mse")
        if not targets.any():
            model.set_weights([np.zeros_like(array) for array in model.get_weights()])
        model.fit(X, targets, batch_size=10, verbose=0)
    model.layers[0].trainable = False
    model.compile(kind(), "mse")
    model.fit(X, T, batch_size=10, verbose=0)
    assert Counts.steps in (0, 20)


def test_a_step_that_raises_an_error_raises_it_in_training() -> None:
    model = network()
    model.compile(Stumbles(), "mse")
    with pytest.raises(NotImplementedError, match="no rule yet"):
        model.fit(X, T, verbose=0)


def test_a_step_without_source_is_left_in_peace() -> None:
    namespace: dict[str, Any] = {"Descent": Descent, "__name__": "typed"}
    lines = "class Typed(Descent):\n    def step(self, p, g, rate):\n        p = p - rate * g\n"
    exec(lines, namespace)
    model = network()
    model.compile(namespace["Typed"](), "mse")
    model.fit(X, T, verbose=0)
