"""Models with the other layers, regularizers and constraints: a hundred steps beside Keras's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynet

from .conftest import Compare
from .twins import BATCH, OURS, THEIRS, Twins, deviation, keras, worst_ratio

STEPS = 100
RATE = np.float64(0.01)
Stack = Callable[[Any], list[Any]]


class Rooms:
    """The modules of one library, under the names that both use."""

    def __init__(self, library: Any) -> None:
        for name in ("layers", "regularizers", "constraints", "initializers"):
            setattr(self, name, getattr(library, name))

    layers: Any
    regularizers: Any
    constraints: Any
    initializers: Any


TINYNET, KERAS = Rooms(tinynet), Rooms(keras)


def pair(stack: Stack, inputs: int = 8) -> Twins:
    """Make a model in both libraries, with tinynet's initial weights."""
    ours = tinynet.Sequential([tinynet.layers.Input((inputs,)), *stack(TINYNET)], seed=0)
    ours = ours.copy("float64")
    theirs = keras.Sequential([keras.Input((inputs,)), *stack(KERAS)])
    theirs.set_weights(ours.get_weights())
    return Twins(ours, theirs)


STACKS: dict[str, Stack] = {
    "BatchNormalization": lambda lib: [
        lib.layers.Dense(16, use_bias=False),  # a bias would have the gradient 0
        lib.layers.BatchNormalization(momentum=0.75),
        lib.layers.Activation("tanh"),
        lib.layers.Dense(3),
    ],
    "BatchNormalization without center and scale": lambda lib: [
        lib.layers.BatchNormalization(center=False, scale=False, momentum=0.5, epsilon=0.125),
        lib.layers.Dense(3, "tanh"),
    ],
    "LayerNormalization": lambda lib: [
        lib.layers.Dense(16, "tanh"),
        lib.layers.LayerNormalization(),
        lib.layers.Dense(3),
    ],
    "PReLU, Rescaling, Reshape, Flatten": lambda lib: [
        lib.layers.Rescaling(0.5, offset=0.25),
        lib.layers.Dense(12),
        lib.layers.PReLU(),
        lib.layers.Reshape((3, -1)),
        lib.layers.Flatten(),
        lib.layers.Dense(3),
    ],
    "ELU, SELU, Softplus, Softsign": lambda lib: [
        lib.layers.Dense(8, activation="elu"),
        lib.layers.Dense(8, activation="selu", kernel_initializer="lecun_normal"),
        lib.layers.Dense(8, activation="softplus"),
        lib.layers.Dense(8, activation="softsign"),
        lib.layers.ELU(),
        lib.layers.Dense(3),
    ],
    "L2 of the kernel": lambda lib: [
        lib.layers.Dense(16, "tanh", kernel_regularizer=lib.regularizers.L2(0.125)),
        lib.layers.Dense(3),
    ],
    "L1 of the kernel, L2 of the bias": lambda lib: [
        lib.layers.Dense(
            16,
            "tanh",
            kernel_regularizer=lib.regularizers.L1(0.0625),
            bias_regularizer=lib.regularizers.L2(0.25),
        ),
        lib.layers.Dense(3, kernel_regularizer=lib.regularizers.L1L2(l1=0.125, l2=0.5)),
    ],
    "L2 of the activity": lambda lib: [
        lib.layers.Dense(16, "tanh", activity_regularizer=lib.regularizers.L2(0.125)),
        lib.layers.Dense(3, activity_regularizer=lib.regularizers.L1(0.25)),
    ],
    "L1 of gamma and beta": lambda lib: [
        lib.layers.BatchNormalization(
            gamma_regularizer=lib.regularizers.L1(0.125),
            beta_regularizer=lib.regularizers.L2(0.125),
            momentum=0.5,
        ),
        lib.layers.Dense(3),
    ],
    "MaxNorm and NonNeg": lambda lib: [
        lib.layers.Dense(
            16,
            "tanh",
            kernel_constraint=lib.constraints.MaxNorm(0.5),
            bias_constraint=lib.constraints.NonNeg(),
        ),
        lib.layers.Dense(3, kernel_constraint=lib.constraints.NonNeg()),
    ],
    "UnitNorm and MinMaxNorm": lambda lib: [
        lib.layers.Dense(16, "tanh", kernel_constraint=lib.constraints.UnitNorm()),
        lib.layers.Dense(
            3, kernel_constraint=lib.constraints.MinMaxNorm(0.25, 0.5, rate=0.5, axis=0)
        ),
    ],
}


def data(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return 3 * rng.standard_normal((n, 8)) + 1, rng.standard_normal((n, 3))


@pytest.mark.parametrize("name", STACKS)
def test_a_hundred_steps(name: str, compare: Compare) -> None:
    """Losses, among them the penalties, all weights and running means, and what is predicted."""
    both = pair(STACKS[name])
    both.compile(lambda lib: lib.optimizers.SGD(RATE), "mse")
    x, y = data(STEPS * BATCH)
    start = both.ours.get_weights()
    worst = [worst_ratio(*both.train(x, y)), both.weight_deviation()]
    assert max(deviation(a, b) for a, b in zip(both.ours.get_weights(), start, strict=True)) > 0.01
    worst.append(deviation(both.ours.predict(x[:50]), both.theirs.predict(x[:50], verbose=0)))
    results = [np.array(model.evaluate(x[:50], y[:50], verbose=0)) for model in both]
    worst.append(worst_ratio(*results))
    if "activity" not in name:  # of which Keras keeps a symbol
        penalties = sorted(both.ours.losses), sorted(float(p) for p in both.theirs.losses)
        assert len(penalties[0]) == len(penalties[1])
        worst += [worst_ratio(*penalties)] if penalties[0] else []
    compare("Layers, float64", f"{name}: losses and weights of 100 steps", max(worst), 1e-12)


@pytest.mark.parametrize("name", ["BatchNormalization", "L2 of the kernel"])
def test_frozen(name: str, compare: Compare) -> None:
    """A frozen layer infers in training, has no penalty, and counts as not trainable."""
    both = pair(STACKS[name])
    for model in both:
        for layer in model.layers[:-1]:
            layer.trainable = False
    both.compile(lambda lib: lib.optimizers.SGD(RATE), "mse")
    x, y = data(10 * BATCH)
    before = both.ours.get_weights()
    worst = max(worst_ratio(*both.train(x, y)), both.weight_deviation())
    compare("Layers, float64", f"{name}, frozen: losses and weights of 10 steps", worst, 1e-12)
    for old, new in zip(before[:-2], both.ours.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(old, new)
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        ours, theirs = ([tuple(w.shape) for w in getattr(model, kind)] for model in both)
        assert ours == theirs


@pytest.mark.parametrize("axis", [-1, None, (1,)])
def test_normalization(axis: Any, compare: Compare) -> None:
    x = np.random.default_rng(0).normal(size=(50, 4)) * [1, 10, 100, 0] + [0, 5, -50, 3]
    ours, theirs = tinynet.layers.Normalization(axis), keras.layers.Normalization(axis)
    for layer in (ours, theirs):
        layer.adapt(x)
    worst = deviation(ours.forward(x), theirs(x).numpy())
    given = {"mean": [1.0, 2, 3, 4], "variance": [1.0, 2, 3, 4]}
    if axis is not None:
        pairs = [lib.Normalization(axis, **given) for lib in (tinynet.layers, keras.layers)]
        pairs[1].build((None, 4))
        worst = max(worst, deviation(pairs[0].forward(x), np.array(pairs[1](x))))
    compare("Layers, float64", f"Normalization(axis={axis}), adapted: y", worst, 1e-12)


LOSSES: dict[str, tuple[Any, str, str]] = {
    "CategoricalCrossentropy(label_smoothing=0.25)": (
        lambda lib: lib.losses.CategoricalCrossentropy(label_smoothing=0.25),
        "softmax",
        "one-hot",
    ),
    "BinaryCrossentropy(label_smoothing=0.25)": (
        lambda lib: lib.losses.BinaryCrossentropy(label_smoothing=0.25),
        "sigmoid",
        "one-hot",
    ),
    "CategoricalCrossentropy(reduction='sum')": (
        lambda lib: lib.losses.CategoricalCrossentropy(reduction="sum"),
        "softmax",
        "one-hot",
    ),
    "MeanSquaredError(reduction='sum')": (
        lambda lib: lib.losses.MeanSquaredError(reduction="sum"),
        "linear",
        "one-hot",
    ),
    "SparseCategoricalCrossentropy(reduction='sum')": (
        lambda lib: lib.losses.SparseCategoricalCrossentropy(reduction="sum"),
        "softmax",
        "labels",
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_options_of_losses(name: str, compare: Compare) -> None:
    loss, activation, kind = LOSSES[name]
    both = pair(lambda lib: [lib.layers.Dense(8, "tanh"), lib.layers.Dense(3, activation)])
    both.compile(lambda lib: lib.optimizers.SGD(np.float64(0.001)), loss)
    x, _ = data(STEPS * BATCH)
    labels = np.random.default_rng(1).integers(0, 3, len(x))
    y = np.eye(3)[labels] if kind == "one-hot" else labels
    worst = max(worst_ratio(*both.train(x, y)), both.weight_deviation())
    compare("Losses, float64", f"{name}: losses and weights of 100 steps", worst, 1e-12)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "none", None])
def test_reductions_of_arrays(reduction: str | None) -> None:
    rng = np.random.default_rng(0)
    t, y, w = rng.standard_normal((6, 4)), rng.standard_normal((6, 4)), rng.uniform(1, 2, 6)
    for name in ("MeanSquaredError", "Huber", "CosineSimilarity"):
        ours, theirs = (
            getattr(library.losses, name)(reduction=reduction) for library in (OURS, THEIRS)
        )
        np.testing.assert_allclose(ours(t, y), theirs(t, y).numpy(), rtol=1e-12)
        found, expected = ours(t, y, sample_weight=w), theirs(t, y, sample_weight=w).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        np.testing.assert_allclose(ours(t[0], y[0]), theirs(t[0], y[0]).numpy(), rtol=1e-12)
