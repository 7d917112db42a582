"""Real Keras loads tinynet's files, and tinynet loads real Keras's."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tests.support.architectures import SINGLE, examples, single
from tinynet.exchange.keras_layers import LAYERS

from .twins import OURS, THEIRS, Library, Recipe, deviation, keras, precision, tf

pytest.importorskip("h5py", reason="the extra keras isn't installed")
pytestmark = [
    # Keras on TensorFlow says it when it saves.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    # TensorFlow says that `step_by_step` isn't for what feeds the model.
    pytest.mark.filterwarnings("ignore:Even though the `tf.config:UserWarning"),
]


@pytest.fixture(autouse=True, scope="module")
def step_by_step() -> Iterator[None]:
    """Let TensorFlow make no graphs: to make one takes longer than the few steps here."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


# Settings that float32 holds exactly, since Keras keeps them in float32.
OPTIMIZERS: dict[str, Recipe] = {
    "rmsprop": lambda library: library.optimizers.RMSprop(0.125, rho=0.875),
    "rmsprop, all": lambda library: library.optimizers.RMSprop(
        0.125, rho=0.875, momentum=0.5, centered=True
    ),
    "adamw": lambda library: library.optimizers.AdamW(
        0.125, weight_decay=0.0625, beta_1=0.875, beta_2=0.9375
    ),
    "amsgrad": lambda library: library.optimizers.Adam(
        0.125, beta_1=0.875, beta_2=0.9375, amsgrad=True
    ),
    "adamax": lambda library: library.optimizers.Adamax(0.125, beta_1=0.875, beta_2=0.9375),
    "nadam": lambda library: library.optimizers.Nadam(0.125, beta_1=0.875, beta_2=0.9375),
    "adagrad": lambda library: library.optimizers.Adagrad(0.125),
    "adadelta": lambda library: library.optimizers.Adadelta(0.125, rho=0.875),
    "clipped": lambda library: library.optimizers.SGD(0.125, momentum=0.5, clipnorm=0.25),
    "sgd": lambda library: library.optimizers.SGD(0.125),
    "momentum": lambda library: library.optimizers.SGD(0.125, momentum=0.5),
    "nesterov": lambda library: library.optimizers.SGD(0.125, momentum=0.5, nesterov=True),
    "adam": lambda library: library.optimizers.Adam(0.125, beta_1=0.875, beta_2=0.9375),
    "decay": lambda library: library.optimizers.SGD(0.125, weight_decay=0.0625),
    "schedule": lambda library: library.optimizers.SGD(
        library.schedules.ExponentialDecay(0.125, 2, 0.25)
    ),
}
X = np.random.default_rng(0).normal(size=(24, 2, 3))
Y = np.eye(3)[np.random.default_rng(1).integers(0, 3, 24)]


def ours(dtype: str) -> tn.Sequential:
    """Return a network with every layer that both libraries have."""
    layers = tn.layers
    stack = [
        layers.Normalization(axis=None, mean=0.25, variance=2.0, input_shape=(2, 3)),
        layers.Flatten(),
        layers.Dense(5, "relu", kernel_initializer="he_normal"),
        layers.Dropout(0.0),
        layers.Dense(4, use_bias=False),
        layers.Tanh(),
        layers.Dense(4, "tanh"),
        layers.ReLU(),
        layers.Dense(4, "sigmoid"),
        layers.Sigmoid(),
        layers.Dense(3),
        layers.Softmax(),
    ]
    return tn.Sequential(stack, seed=0, dtype=dtype)


def theirs() -> Any:
    """Return the same in Keras."""
    keras.utils.set_random_seed(0)
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
    limit = 1e-12 if dtype == "float64" else 1e-5
    if isinstance(ours.optimizer, tn.optimizers.Nadam):
        limit = max(limit, 1e-7)  # Keras on TensorFlow rounds Nadam's 0.96 to float32
    assert int(theirs.optimizer.iterations) == ours.optimizer.iterations
    train(ours)
    train(theirs)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert deviation(a, b) <= limit


def cases(dtype: str, other: str) -> list[tuple[str, str]]:
    """Return every optimizer in one dtype, and two of them in the other."""
    return [(name, dtype) for name in OPTIMIZERS] + [("adam", other), ("momentum", other)]


@pytest.mark.parametrize(("optimizer", "dtype"), cases("float64", "float32"))
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


@pytest.mark.parametrize(("optimizer", "dtype"), cases("float32", "float64"))
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


def energy(t: Any, y: Any) -> Any:
    """Compute a metric in both libraries."""
    return y * y


@pytest.mark.filterwarnings("ignore")  # Keras says that the format is old
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_metric_that_is_a_function_both_ways(ending: str, tmp_path: Path) -> None:
    path, own = tmp_path / f"m{ending}", {"energy": energy}
    for model in (ours("float32"), theirs()):
        model.compile("sgd", "categorical_crossentropy", metrics=[energy])
        train(model)
        model.save(path)
        expected = model.evaluate(X, Y, verbose=0)
        for load in (tn.load_model, keras.models.load_model):
            loaded: Any = load(path, custom_objects=own)
            np.testing.assert_allclose(loaded.evaluate(X, Y, verbose=0), expected, rtol=1e-5)


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


def test_measured_statistics_are_weights_both_ways(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(7, 3, (20, 4)).astype(np.float32)
    with precision("float32"):
        first, last = (
            tn.Sequential([tn.layers.Normalization(input_shape=(4,)), tn.Dense(3)], seed=k)
            for k in range(2)
        )
        other = keras.Sequential(
            [keras.Input((4,)), keras.layers.Normalization(), keras.layers.Dense(3)]
        )
        measured: Any = first.layers[0]
        measured.adapt(x)
        first.save_weights(tmp_path / "ours.weights.h5")
        other.load_weights(tmp_path / "ours.weights.h5")
        other.save_weights(tmp_path / "theirs.weights.h5")
        last.load_weights(tmp_path / "theirs.weights.h5")
        last.save_weights(tmp_path / "again.weights.h5")
        expected = other.predict(x, verbose=0)
        other.layers[0].adapt(0 * x)
        other.load_weights(tmp_path / "again.weights.h5")
    for y in (first.predict(x), last.predict(x), other.predict(x, verbose=0)):
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


def test_model_without_input_is_known_by_its_data(tmp_path: Path) -> None:
    with precision("float32"):
        model = keras.Sequential([keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
        model(np.zeros((1, 4), np.float32))
        model.save(tmp_path / "m.keras")
        loaded = tn.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].input_shape == (4,)
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", SINGLE)
def test_each_layer_both_ways(name: str, tmp_path: Path) -> None:
    with precision("float32"):
        model = single(name)
        x = examples(model)
        model.save(tmp_path / "ours.keras")
        theirs = keras.models.load_model(tmp_path / "ours.keras")
        theirs.save(tmp_path / "theirs.keras")
        loaded = tn.load_model(tmp_path / "theirs.keras")
        for a, b, c in zip(
            model.get_weights(), theirs.get_weights(), loaded.get_weights(), strict=True
        ):
            assert a.tobytes() == b.tobytes() == c.tobytes()
        expected = np.asarray(theirs.predict(x, verbose=0))
        for ours in (model, loaded):
            assert np.abs(ours.predict(x) - expected).max() <= 1e-6 * max(1, np.abs(expected).max())


def test_every_layer_of_the_tables_is_tried() -> None:
    tried = {type(make()) for make in SINGLE.values()} | {tn.Dense}
    assert {entry.ours for entry in LAYERS} <= tried


SETTINGS: dict[str, Callable[[Any], list[Any]]] = {
    "penalties": lambda k: [
        k.layers.Dense(
            3,
            kernel_regularizer=k.regularizers.L1L2(0.5, 0.25),
            bias_regularizer="l2",
            kernel_constraint=k.constraints.MaxNorm(2.0),
            kernel_initializer=k.initializers.VarianceScaling(2.0),
        )
    ],
    "adapted": lambda k: [adapted(k)],
    "given numbers": lambda k: [k.layers.Normalization(mean=[1.0] * 6, variance=[2.0] * 6)],
    "frozen": lambda k: [k.layers.Dense(4, trainable=False), k.layers.BatchNormalization()],
    "functions": lambda k: [k.layers.Dense(4, k.activations.gelu), k.layers.Activation("linear")],
    "leaky by name": lambda k: [k.layers.Dense(4, "leaky_relu")],
    "seeded dropout": lambda k: [k.layers.Dropout(0.5, seed=3)],
}


def adapted(k: Any) -> Any:
    layer = k.layers.Normalization()
    layer.adapt(X.reshape(24, 6))
    return layer


@pytest.mark.parametrize("name", SETTINGS)
def test_kerass_own_settings(name: str, tmp_path: Path) -> None:
    with precision("float32"):
        theirs = keras.Sequential(
            [keras.Input((6,)), *SETTINGS[name](keras), keras.layers.Dense(2)]
        )
        theirs.compile("adam", "mae", metrics=["mse", keras.metrics.RootMeanSquaredError(name="r")])
        x = X.reshape(24, 6).astype(np.float32)
        theirs.fit(x, x[:, :2], verbose=0)
        theirs.save(tmp_path / "m.keras")
        loaded = tn.load_model(tmp_path / "m.keras")
        assert [layer.trainable for layer in loaded.layers] == [
            layer.trainable for layer in theirs.layers
        ]
        expected = np.asarray(theirs.predict(x, verbose=0))
        assert np.abs(loaded.predict(x) - expected).max() <= 1e-6 * max(1, np.abs(expected).max())
        values = loaded.evaluate(x, x[:, :2], verbose=0, return_dict=True)
        others = theirs.evaluate(x, x[:, :2], verbose=0, return_dict=True)
        assert values == pytest.approx(others, rel=1e-5)


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
