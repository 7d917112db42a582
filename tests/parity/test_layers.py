"""The layers: what goes forwards and what comes back."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from tinynet import activations, layers

from . import on_jax
from .conftest import Compare
from .twins import deviation, keras, tf

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax")


def forward_and_back(theirs: Any, x: np.ndarray, dy: np.ndarray) -> list[np.ndarray]:
    """Return what a Keras layer makes of x, then the derivatives for x and its parameters."""
    example = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(example)
        y = theirs(example)
    gradients = tape.gradient(y, [example, *theirs.trainable_variables], tf.constant(dy))
    return [tensor.numpy() for tensor in (y, *gradients)]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, compare: Compare) -> None:
    """A Dense layer with each activation; one example is all zeros, where ReLU has its kink."""
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((50, 8)), rng.standard_normal((50, 6))
    x[0] = 0
    ours = layers.Dense(6, name)
    ours.build((8,))
    theirs = keras.layers.Dense(6, name)
    theirs.build((None, 8))
    theirs.set_weights([ours.W, ours.b])
    found = ours.forward(x), ours.backward(dy), ours.dW, ours.db
    expected = forward_and_back(theirs, x, dy)
    worst = max(deviation(a, b) for a, b in zip(found, expected, strict=True))
    compare("Layers, float64", f"Dense with {name}: y, dx, dW and db", worst, 1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_of_huge_inputs(name: str, compare: Compare) -> None:
    """The activation alone, of inputs from 1 to 1e300 either way."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (200, 6)) * 10 ** rng.uniform(0, 300, (200, 6))
    dy = rng.standard_normal(x.shape)
    ours = layers.get_activation(name) or layers.Dropout(0)  # which hands on what it is given
    found = ours.forward(x), ours.backward(dy)
    expected = forward_and_back(keras.layers.Activation(name), x, dy)
    worst = max(deviation(a, b) for a, b in zip(found, expected, strict=True))
    compare("Layers, float64", f"{name} of inputs up to 1e300: y and dx", worst, 1e-12)


PAIRS: dict[str, tuple[Callable[[], Any], Callable[[], Any], tuple[int, ...]]] = {
    "ReLU": (layers.ReLU, keras.layers.ReLU, (8,)),
    "Softmax": (layers.Softmax, keras.layers.Softmax, (8,)),
    "Sigmoid": (layers.Sigmoid, lambda: keras.layers.Activation("sigmoid"), (8,)),
    "Tanh": (layers.Tanh, lambda: keras.layers.Activation("tanh"), (8,)),
    "Flatten": (layers.Flatten, keras.layers.Flatten, (4, 3, 2)),
    "Dropout, outside training": (
        lambda: layers.Dropout(0.5),
        lambda: keras.layers.Dropout(0.5),
        (8,),
    ),
    "Dense without bias": (
        lambda: layers.Dense(3, use_bias=False, kernel_initializer=identity),
        lambda: keras.layers.Dense(3, use_bias=False, kernel_initializer="identity"),
        (8,),
    ),
}


def identity(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.eye(shape[0], shape[1])


@pytest.mark.parametrize("name", PAIRS)
def test_layers(name: str, compare: Compare) -> None:
    make_ours, make_theirs, shape = PAIRS[name]
    rng = np.random.default_rng(0)
    ours, x = make_ours(), rng.standard_normal((50, *shape))
    y = ours.forward(x)
    dy = rng.standard_normal(y.shape)
    found = y, ours.backward(dy), *ours.gradients.values()
    expected = forward_and_back(make_theirs(), x, dy)
    worst = max(deviation(a, b) for a, b in zip(found, expected, strict=True))
    compare("Layers, float64", f"{name}: y and all derivatives", worst, 1e-12)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.75])
def test_dropout_in_training(rate: float) -> None:
    """The masks are chance; their share, the factor on what is kept, and the way back are not."""
    x = np.random.default_rng(0).uniform(1, 2, (100, 1000))
    ours = layers.Dropout(rate)
    ours.rng = np.random.default_rng(0)
    y, dx = ours.forward(x, training=True), ours.backward(np.ones_like(x))
    theirs = keras.layers.Dropout(rate, seed=0)
    example = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(example)
        their_y = theirs(example, training=True)
    their_dx = tape.gradient(their_y, example).numpy()
    for output, gradient in ((y, dx), (their_y.numpy(), their_dx)):
        kept = output != 0
        assert np.mean(kept) == pytest.approx(1 - rate, abs=5 * (rate * (1 - rate) / x.size) ** 0.5)
        np.testing.assert_allclose(output, np.where(kept, x / (1 - rate), 0), rtol=1e-7)
        np.testing.assert_allclose(gradient, np.where(kept, 1 / (1 - rate), 0), rtol=1e-7)


OTHERS = (
    *("celu", "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "mish", "relu6", "selu"),
    *("silu", "softplus", "softsign", "swish", "tanh_shrink"),
)


ON_JAX = """
import jax
rng = np.random.default_rng(0)
x, dy = 3 * rng.standard_normal((50, 6)), rng.standard_normal((50, 6))
results = []
for name in {names!r}:
    y, back = jax.vjp(keras.activations.get(name), x)
    results.append([np.asarray(y).tolist(), np.asarray(back(dy)[0]).tolist()])
print(json.dumps(results))
"""


def test_other_activations(compare: Compare) -> None:
    """By name, in both directions, and as functions.

    Keras on TensorFlow rounds leaky_relu's slope, and approximates gelu.
    """
    rng = np.random.default_rng(0)
    x, dy = 3 * rng.standard_normal((50, 6)), rng.standard_normal((50, 6))
    results = on_jax.results_of(ON_JAX.format(names=OTHERS))
    for name, expected in zip(OTHERS, results, strict=True):
        ours = layers.get_activation(name)
        assert ours is not None
        found = ours.forward(x), ours.backward(dy)
        worst = max(deviation(a, b) for a, b in zip(found, expected, strict=True))
        worst = max(worst, deviation(getattr(activations, name)(x), expected[0]))
        compare("Layers, float64", f"{name} (on JAX): y and dx", worst, 1e-12)


MORE_PAIRS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "LeakyReLU(0.25)": (lambda: layers.LeakyReLU(0.25), lambda: keras.layers.LeakyReLU(0.25)),
    **{
        f"ReLU{arguments}": (
            partial(layers.GeneralReLU, *arguments),
            partial(keras.layers.ReLU, *arguments),
        )
        for arguments in ((0.5,), (None, 0.25), (2.0, 0.25, 0.5), (6.0, 0.0, 1.0))
    },
    "ELU(0.5)": (lambda: layers.ELU(0.5), lambda: keras.layers.ELU(0.5)),
    "PReLU": (lambda: layers.PReLU("ones"), lambda: keras.layers.PReLU("ones")),
}


@pytest.mark.parametrize("name", MORE_PAIRS)
def test_activation_layers(name: str, compare: Compare) -> None:
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((50, 6)), rng.standard_normal((50, 6))
    ours = MORE_PAIRS[name][0]()
    found = ours.forward(x), ours.backward(dy), *ours.gradients.values()
    expected = forward_and_back(MORE_PAIRS[name][1](), x, dy)
    worst = max(deviation(a, b) for a, b in zip(found, expected, strict=True))
    compare("Layers, float64", f"{name}: y and all derivatives", worst, 1e-12)


KINKS = [-6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0]
ON_KINKS = """
import jax
names, x = {names!r}, np.array({kinks!r})
print(json.dumps([
    np.asarray(jax.vjp(keras.activations.get(name), x)[1](np.ones_like(x))[0]).tolist()
    for name in names
]))
"""


def test_slopes_at_kinks() -> None:
    names = [name for name in OTHERS if name != "log_softmax"]
    expected = on_jax.results_of(ON_KINKS.format(names=names, kinks=KINKS))
    for name, slopes in zip(names, expected, strict=True):
        layer = layers.get_activation(name)
        assert layer is not None
        layer.forward(np.array([KINKS]))
        np.testing.assert_allclose(
            layer.backward(np.ones((1, len(KINKS))))[0], slopes, rtol=1e-12, err_msg=name
        )
