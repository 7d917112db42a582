"""The step is made on a copy, and is the one that training takes."""

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support import reference
from tests.support.explained import ONE_HOT, SMALL, Model, compiled, each_small, reference_network
from tinynet import SGD, Adam, Dense, Dropout, Layer, Sequential
from tinynet.explain import explain_step
from tinynet.layers import AlphaDropout, GaussianDropout, GaussianNoise


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_arrays_equal_the_slow_twin(activation: str, optimizer: str) -> None:
    pairs: dict[str, tuple[SGD | Adam, Callable[[], reference.SGD | reference.Adam]]] = {
        "sgd": (SGD(0.1), lambda: reference.SGD(lambda step: 0.1)),
        "momentum": (SGD(0.1, 0.9), lambda: reference.SGD(lambda step: 0.1, 0.9)),
        "adam": (Adam(0.1), lambda: reference.Adam(lambda step: 0.1)),
    }
    ours, theirs = pairs[optimizer]
    layers: list[Layer] = [Dense(3, activation), Dense(3, "softmax")]
    model, x, y = compiled(layers, "categorical_crossentropy", (2, 2), ONE_HOT, ours)
    model.train_on_batch(x, y)  # so that the optimizer has something to remember
    twin = reference.Network(
        compiled([Dense(3), Dense(3)], "mse", (2, 2), ONE_HOT)[0].get_weights(),
        [activation, "softmax"],
        "categorical_crossentropy",
        theirs,
    )
    twin.train_step(x, y)
    explanation = explain_step(model, x, y)
    gradients = [twin.gradients_of(a, b)[1] for a, b in zip(x, y, strict=True)]
    loss = twin.train_step(x, y)
    assert explanation.loss == pytest.approx(loss, rel=1e-12, abs=0)
    for k, name in enumerate(["W1", "b1", "W2", "b2"]):
        mean = sum(g[k] for g in gradients) / len(x)
        np.testing.assert_allclose(explanation.arrays["d" + name], mean, rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(explanation.arrays["new_" + name], twin.weights[k], rtol=1e-11)
    np.testing.assert_allclose(explanation.arrays["y2"][0], twin_output(model, x[0], activation))


def no_optimizer() -> reference.SGD:
    return reference.SGD(lambda step: 0.0)


def twin_output(model: Sequential, x: np.ndarray, activation: str) -> np.ndarray:
    weights = model.get_weights()
    twin = reference.Network(weights, [activation, "softmax"], "mean_squared_error", no_optimizer)
    return twin.output(x)[-1][1]


def snapshot(model: Sequential) -> dict[str, Any]:
    """Everything that a model holds: arrays by identity and content, and all states."""
    state: dict[str, Any] = {
        "parameters": (id(model.parameters), model.parameters.tobytes()),
        "gradients": (id(model.gradients), model.gradients.tobytes()),
        "iterations": model.optimizer.iterations,
        "memory": {k: v.tobytes() for k, v in model.optimizer.state.items()},
        "random": copy.deepcopy(model.rng.bit_generator.state),
        "dtype": (model.dtype, model.built, model.epoch, model.stop_training),
    }
    for layer in model.layers:
        for part in (layer, getattr(layer, "activation", None)):
            for name, value in (part.__dict__ if part else {}).items():
                content = value.tobytes() if isinstance(value, np.ndarray) else repr(value)
                state[f"{layer.name}.{type(part).__name__}.{name}"] = (id(value), content)
    return state


REMEMBERING = ("flatten, dropout", "penalties", "nesterov", "adamw", "rmsprop")  # from its training


@pytest.mark.parametrize(
    ("name", "trained"),
    [*((name, False) for name in SMALL), *((name, True) for name in REMEMBERING)],
)
def test_the_model_is_left_exactly_as_it_was(name: str, trained: bool) -> None:
    model, x, y = SMALL[name]()
    if trained:
        model.train_on_batch(x, y)
        model.predict(x)
    data = x.copy(), y.copy()
    before = snapshot(model)
    explain_step(model, x, y)
    assert snapshot(model) == before
    np.testing.assert_array_equal(x, data[0])
    np.testing.assert_array_equal(y, data[1])


@each_small
def test_apply_takes_the_step_that_was_explained(make: Model) -> None:
    explained, x, y = make()
    trained, _, _ = make()
    explanation = explain_step(explained, x, y, apply=True)
    loss = trained.train_on_batch(x, y)
    assert loss == pytest.approx(explanation.loss, rel=1e-13, abs=0)
    assert explained.parameters.tobytes() == trained.parameters.tobytes()
    assert explained.optimizer.iterations == 1
    assert explained.rng.bit_generator.state == trained.rng.bit_generator.state
    names = [name for name in explanation.arrays if re.fullmatch(r"new_[Wb]\d", name)]
    news = np.concatenate([explanation.arrays[name].ravel() for name in names])
    np.testing.assert_allclose(news, trained.parameters, rtol=1e-12, atol=1e-15)


def test_a_float32_model_stays_one_and_agrees() -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y, apply=True)
    assert model.parameters.dtype == np.float32
    assert np.shares_memory(model.layers[0].parameters["W"], model.parameters)
    np.testing.assert_allclose(
        explanation.arrays["new_W1"], model.layers[0].parameters["W"], atol=1e-7
    )


def test_a_model_that_is_not_built_yet_is_explained_and_not_built() -> None:
    make: Callable[[], Sequential] = lambda: Sequential([Dense(2), Dense(1)], seed=3)  # noqa: E731
    model, other = make(), make()
    for m in (model, other):
        m.compile("sgd", "mse")
    explanation = explain_step(model, [[1.0, 2.0]], [[1.0]])
    assert not model.built
    other.train_on_batch([[1.0, 2.0]], [[1.0]])
    np.testing.assert_allclose(
        explanation.arrays["new_W1"], other.layers[0].parameters["W"], rtol=1e-5
    )


@pytest.mark.parametrize("frozen", [0, 1, 2])
@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, 0.9), Adam(0.1)])
def test_a_frozen_layer_takes_no_step(frozen: int, optimizer: SGD | Adam) -> None:
    """Its parameters are given and not updated, and the others take the step of training."""
    layers: list[Layer] = [Dense(2, "tanh"), Dense(2, "tanh"), Dense(1)]
    model, x, y = compiled(layers, "mse", (2, 2), [[1.0], [0.0]])
    model.layers[frozen].trainable = False
    model.compile(copy.deepcopy(optimizer), "mse")
    model.train_on_batch(x, y)  # so that the optimizer has something to remember
    explanation = explain_step(model, x, y, apply=True)
    names = {line.name for line in explanation.lines}
    assert f"W{frozen + 1}[0,0]" in names
    assert f"new_W{frozen + 1}[0,0]" not in names
    assert f"dW{frozen + 1}[0,0]" not in names
    sizes = [layer.count_params() for layer in model.layers if layer.trainable]
    assert f"{sum(sizes)} trainable parameters" in explanation.sections[0].text
    assert not any("own value" in line.note for line in explanation.lines)
    for k, layer in enumerate(model.layers, start=1):
        if layer.trainable:
            for name, value in layer.parameters.items():
                np.testing.assert_allclose(
                    explanation.arrays[f"new_{name}{k}"], value, rtol=1e-12, atol=1e-15
                )


@pytest.mark.parametrize(
    "layer",
    [
        *(Dropout(0.5, seed=1), GaussianNoise(0.5, seed=1), Dropout(0.5)),
        *(GaussianDropout(0.5, seed=1), AlphaDropout(0.5, seed=1)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("first", [True, False])
def test_random_numbers_are_those_of_the_next_step(layer: Layer, first: bool) -> None:
    """Whether a layer draws them from its own generator or from the model's."""
    layer = copy.deepcopy(layer)
    layers: list[Layer] = [layer, Dense(3)] if first else [Dense(3), layer]
    model, x, y = compiled([*layers, Dense(3, "softmax")], "mse", (2, 2), ONE_HOT)
    explanation = explain_step(model, x, y)
    assert explanation.loss == explain_step(model, x, y).loss
    for line in explanation.lines:
        if line.numerical is not None:
            assert line.value == pytest.approx(line.numerical, rel=1e-6, abs=1e-9)
    assert explanation.loss == pytest.approx(model.train_on_batch(x, y), rel=1e-6, abs=0)
