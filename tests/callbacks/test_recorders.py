"""The recorders: what they keep is what the steps did."""

from typing import Any

import numpy as np
import pytest

from tinynet.callbacks import GradientRecorder, ParameterRecorder
from tinynet.layers import Dense, Flatten, ReLU
from tinynet.models import Sequential
from tinynet.optimizers import SGD

X = np.random.default_rng(0).normal(size=(20, 2, 2))
Y = X.sum(axis=(1, 2))


def network() -> Sequential:
    layers = [Flatten(input_shape=(2, 2)), Dense(3, name="low"), ReLU(), Dense(1, name="high")]
    model = Sequential(layers, seed=1, dtype="float64")
    model.compile(SGD(0.1), "mse")
    return model


def fit(*callbacks: Any, epochs: int = 2) -> Sequential:
    model = network()
    model.fit(X, Y, 4, epochs, verbose=0, callbacks=list(callbacks), shuffle=False)
    return model


def test_norms_are_those_of_each_step_made_by_hand() -> None:
    recorder = GradientRecorder()
    fit(recorder, epochs=1)
    model = network()
    parts = {"low": slice(0, 15), "high": slice(15, 19)}
    assert list(recorder.gradient_norms) == list(parts)
    for step in range(5):
        before = model.parameters.copy()
        batch = slice(4 * step, 4 * step + 4)
        model.train_on_batch(X[batch], Y[batch])
        for name, part in parts.items():
            gradient = np.sqrt((model.gradients[part] ** 2).sum())
            assert recorder.gradient_norms[name][step] == pytest.approx(gradient, rel=1e-12, abs=0)
            size = np.sqrt((before[part] ** 2).sum())
            assert recorder.parameter_norms[name][step] == pytest.approx(size, rel=1e-12, abs=0)
            # A step of plain SGD is the learning rate times the gradient.
            assert recorder.update_norms[name][step] == pytest.approx(
                0.1 * gradient, rel=1e-9, abs=0
            )


@pytest.mark.parametrize(("every", "steps"), [(1, list(range(1, 11))), (3, [1, 4, 7, 10])])
def test_gradients_are_recorded_at_the_first_step_and_every_so_many_after_it(
    every: int, steps: list[int]
) -> None:
    each, some = GradientRecorder(), GradientRecorder(every=every)
    fit(each, some)
    assert some.steps == steps
    for norms in ("gradient_norms", "parameter_norms", "update_norms"):
        for name, values in getattr(each, norms).items():
            assert getattr(some, norms)[name] == [values[step - 1] for step in steps]


def test_parameters_are_kept_before_the_first_step_and_after_every_so_many() -> None:
    each, some = ParameterRecorder(), ParameterRecorder(every=4)
    model = fit(each, some)
    assert each.steps == list(range(11))
    assert some.steps == [0, 4, 8]
    np.testing.assert_array_equal(some.parameters, [each.parameters[k] for k in (0, 4, 8)])
    np.testing.assert_array_equal(each.parameters[0], network().parameters)
    np.testing.assert_array_equal(each.parameters[10], model.parameters)
    assert not np.shares_memory(each.parameters[10], model.parameters)


def test_gradients_whose_squares_underflow_in_float32_are_not_zero() -> None:
    model = Sequential([Dense(1, input_shape=(100,), use_bias=False)], seed=0)
    model.parameters[...] = 0
    model.compile("sgd", "mse")
    recorder = GradientRecorder()
    model.fit(np.ones((1, 100)), [[1e-30]], verbose=0, callbacks=[recorder])
    assert recorder.gradient_norms["dense"] == pytest.approx([2e-29], rel=1e-6, abs=0)


@pytest.mark.parametrize("recorder", [GradientRecorder(), ParameterRecorder()])
def test_a_second_run_is_recorded_anew(recorder: Any) -> None:
    fit(recorder, epochs=2)
    fit(recorder, epochs=1)
    assert recorder.steps[-1] == 5
    assert len(recorder.steps) == len(set(recorder.steps))


@pytest.mark.parametrize("kind", [GradientRecorder, ParameterRecorder])
def test_every_must_be_a_count(kind: type) -> None:
    with pytest.raises(ValueError, match="every must be at least 1, received 0"):
        kind(every=0)
    with pytest.raises(TypeError, match="every must be a whole number"):
        kind(every=1.5)
