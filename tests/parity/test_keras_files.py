"""Real Keras loads tinynet's files, and tinynet loads real Keras's."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet.exchange.keras_layers import LAYERS

from .twins import OURS, THEIRS, Library, Recipe, deviation, keras, precision

pytest.importorskip("h5py", reason="the extra keras isn't installed")
# Keras on TensorFlow says it when it saves.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# Settings that float32 holds exactly, since Keras keeps them in float32.
OPTIMIZERS: dict[str, Recipe] = {
    "sgd": lambda library: library.optimizers.SGD(0.125),
    "momentum": lambda library: library.optimizers.SGD(0.125, momentum=0.5),
    "nesterov": lambda library: library.optimizers.SGD(0.125, momentum=0.5, nesterov=True),
    "adam": lambda library: library.optimizers.Adam(0.125, beta_1=0.875, beta_2=0.9375),
    "rmsprop": lambda library: library.optimizers.RMSprop(
        0.125, rho=0.75, momentum=0.5, epsilon=0.125, centered=True
    ),
    "adamw": lambda library: library.optimizers.AdamW(0.125, 0.0625, 0.875, 0.9375, 0.125, True),
    "adamax": lambda library: library.optimizers.Adamax(0.125, 0.875, 0.9375, 0.125),
    "adagrad": lambda library: library.optimizers.Adagrad(0.125, 0.25, 0.125, clipvalue=0.5),
    "adadelta": lambda library: library.optimizers.Adadelta(0.5, 0.75, 0.125),
    "decay": lambda library: library.optimizers.SGD(0.125, weight_decay=0.0625),
    "schedule": lambda library: library.optimizers.SGD(
        library.schedules.ExponentialDecay(0.125, 2, 0.25)
    ),
}
X = np.random.default_rng(0).normal(size=(24, 2, 3))
Y = np.eye(3)[np.random.default_rng(1).integers(0, 3, 24)]


# Activations that Keras has by name alone.
ACTIVATIONS: dict[str, Callable[[], Any]] = {
    "exponential": tn.layers.Exponential,
    "hard_sigmoid": tn.layers.HardSigmoid,
    "hard_silu": tn.layers.HardSiLU,
    "hard_tanh": tn.layers.HardTanh,
    "log_sigmoid": tn.layers.LogSigmoid,
    "log_softmax": tn.layers.LogSoftmax,
    "mish": tn.layers.Mish,
    "relu6": tn.layers.ReLU6,
    "selu": tn.layers.SELU,
    "silu": tn.layers.SiLU,
    "softplus": tn.layers.Softplus,
    "softsign": tn.layers.Softsign,
    "tanh_shrink": tn.layers.TanhShrink,
}


def ours(dtype: str) -> tn.Sequential:
    """Return a network with every layer that both libraries have."""
    layers = tn.layers
    stack = [
        layers.Normalization(None, 0.25, 2.0, input_shape=(2, 3)),
        layers.Flatten(),
        layers.Dense(5, "relu", kernel_initializer="he_normal"),
        layers.Dropout(0.0),
        layers.Dense(4, use_bias=False),
        layers.Tanh(),
        layers.Dense(4, "tanh"),
        layers.ReLU(),
        layers.Dense(4, "sigmoid"),
        layers.Sigmoid(),
        layers.Dense(
            6,
            "elu",
            kernel_regularizer=tn.regularizers.L2(0.0625),
            activity_regularizer=tn.regularizers.L1(0.125),
            kernel_constraint="max_norm",
        ),
        layers.BatchNormalization(momentum=0.5, epsilon=0.125),
        layers.LayerNormalization(epsilon=0.125),
        layers.PReLU("ones"),
        layers.LeakyReLU(0.25),
        layers.ELU(0.5),
        layers.Rescaling(0.5, 0.25),
        layers.Reshape((2, 3)),
        layers.Flatten(),
        layers.Activation("tanh"),
        *(kind() for kind in ACTIVATIONS.values()),
        layers.Dense(3),
        layers.Softmax(),
    ]
    assert {type(layer) for layer in stack} == {entry.ours for entry in LAYERS}
    return tn.Sequential(stack, seed=0, dtype=dtype)


def theirs() -> Any:
    """Return the same in Keras."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((2, 3)),
            layers.Normalization(axis=None, mean=0.25, variance=2.0),
            layers.Flatten(),
            layers.Dense(5, "relu", kernel_initializer="he_normal"),
            layers.Dropout(0.0),
            layers.Dense(4, use_bias=False),
            layers.Activation("tanh"),
            layers.Dense(4, "tanh"),
            layers.ReLU(),
            layers.Dense(4, "sigmoid"),
            layers.Activation("sigmoid"),
            layers.Dense(
                6,
                "elu",
                kernel_regularizer=keras.regularizers.L2(0.0625),
                activity_regularizer=keras.regularizers.L1(0.125),
                kernel_constraint="max_norm",
            ),
            layers.BatchNormalization(momentum=0.5, epsilon=0.125),
            layers.LayerNormalization(epsilon=0.125),
            layers.PReLU("ones"),
            layers.LeakyReLU(0.25),
            layers.ELU(0.5),
            layers.Rescaling(0.5, 0.25),
            layers.Reshape((2, 3)),
            layers.Flatten(),
            layers.Activation("tanh"),
            *(layers.Activation(name) for name in ACTIVATIONS),
            layers.Dense(3),
            layers.Softmax(),
        ]
    )


def train(model: Any, steps: int = 3) -> None:
    for start in range(0, 8 * steps, 8):
        model.train_on_batch(X[start : start + 8], Y[start : start + 8])


def compile_model(library: Library, model: Any, optimizer: str) -> None:
    model.compile(OPTIMIZERS[optimizer](library), "categorical_crossentropy", metrics=["accuracy"])


def predict(model: Any) -> np.ndarray:
    return np.asarray(model.predict(X, verbose=0))


def assert_equal(first: Any, second: Any) -> None:
    """Make sure that weights are equal to the bit, and outputs to 1e-6."""
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()
    assert np.abs(predict(first) - predict(second)).max() <= 1e-6


def assert_goes_on(ours: tn.Sequential, theirs: Any, dtype: str) -> None:
    """Make sure that both train on to the same weights: so the optimizer's state is the same."""
    assert int(theirs.optimizer.iterations) == ours.optimizer.iterations
    train(ours)
    train(theirs)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert deviation(a, b) <= (1e-12 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_keras_loads_ours(optimizer: str, dtype: str, tmp_path: Path) -> None:
    with precision(dtype):
        model = ours(dtype)
        compile_model(OURS, model, optimizer)
        train(model)
        model.save(tmp_path / "m.keras")
        loaded = keras.models.load_model(tmp_path / "m.keras")
        assert [type(layer).__name__ for layer in loaded.layers] == [
            type(layer).__name__ for layer in theirs().layers
        ]
        assert_equal(loaded, model)
        assert_goes_on(model, loaded, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_ours_loads_keras(optimizer: str, dtype: str, tmp_path: Path) -> None:
    with precision(dtype):
        model = theirs()
        compile_model(THEIRS, model, optimizer)
        train(model)
        model.save(tmp_path / "m.keras")
        loaded = tn.load_model(tmp_path / "m.keras")
        assert loaded.dtype == dtype
        assert_equal(loaded, model)
        assert_goes_on(loaded, model, dtype)


@pytest.mark.filterwarnings("ignore")  # Keras says that the format is old
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_older_files_both_ways(dtype: str, tmp_path: Path) -> None:
    with precision(dtype):
        model, other = ours(dtype), theirs()
        for library, either in ((OURS, model), (THEIRS, other)):
            compile_model(library, either, "adam")
            train(either)
        model.save(tmp_path / "ours.h5")
        # Keras 3 itself doesn't restore the optimizer's state out of such a file.
        assert_equal(keras.models.load_model(tmp_path / "ours.h5"), model)
        other.save(tmp_path / "theirs.h5")
        loaded = tn.load_model(tmp_path / "theirs.h5")
        assert_equal(loaded, other)
        assert_goes_on(loaded, other, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_alone_both_ways(dtype: str, tmp_path: Path) -> None:
    with precision(dtype):
        model, other = ours(dtype), theirs()
        model.save_weights(tmp_path / "ours.weights.h5")
        other.load_weights(tmp_path / "ours.weights.h5")
        assert_equal(other, model)
        compile_model(THEIRS, other, "adam")
        train(other)
        other.save_weights(tmp_path / "theirs.weights.h5")
        model.load_weights(tmp_path / "theirs.weights.h5")
        assert_equal(model, other)
        compile_model(OURS, model, "adam")
        train(model)
        model.save_weights(tmp_path / "ours.weights.h5")
        other.load_weights(tmp_path / "ours.weights.h5")
        assert_equal(other, model)


def test_model_without_input_is_known_by_its_data(tmp_path: Path) -> None:
    with precision("float32"):
        model = keras.Sequential([keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
        model(np.zeros((1, 4), np.float32))
        model.save(tmp_path / "m.keras")
        loaded = tn.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].input_shape == (4,)
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def lambda_layer() -> Any:
    return keras.layers.Lambda(lambda x: x + 1, output_shape=(4,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras.layers.Conv1D(2, 2), "no counterpart to Keras's layer Conv1D"),
        (lambda: keras.layers.LSTM(2), "no counterpart to Keras's layer LSTM"),
        (lambda: keras.layers.Embedding(2, 2), "no counterpart to Keras's layer Embedding"),
        (lambda_layer, "Lambda layer, which would run code out of the file"),
    ],
)
def test_layers_without_counterpart_are_named(
    make: Callable[[], Any], message: str, tmp_path: Path
) -> None:
    with warnings.catch_warnings(), precision("float32"):
        warnings.simplefilter("ignore")
        model = keras.Sequential([keras.Input((4, 4)), make()])
        model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=message):
        tn.load_model(tmp_path / "m.keras")


def test_functional_model_is_named(tmp_path: Path) -> None:
    with precision("float32"):
        x = keras.Input((4,))
        keras.Model(x, keras.layers.Dense(2)(x)).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="of class Functional, not a Sequential"):
        tn.load_model(tmp_path / "m.keras")
