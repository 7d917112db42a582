"""A resumed run is the same to the bit, whatever numbers it was given; loaded arrays train on."""

# mypy: disable-error-code="arg-type, attr-defined"

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import SGD, Adam, Dense, Dropout, Normalization, Sequential, load_model
from tinynet.callbacks import GradientRecorder
from tinynet.optimizers import Optimizer
from tinynet.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 4)), np.eye(3)[RNG.integers(3, size=20)]
F64, F32, F16 = np.float64, np.float32, np.float16


def network(optimizer: Optimizer, rate: Any = 0.3, mean: Any = 0.1) -> Any:
    stack = [
        Normalization(mean=mean, variance=F64(0.7) * 3),
        Dropout(rate),
        Dense(6, "relu"),
        Dropout(rate),
    ]
    model = Sequential([*stack, Dense(3, "softmax")], seed=0)
    model.compile(optimizer, metrics=["accuracy"])
    return model


def set_later(optimizer: Any, **settings: Any) -> Any:
    for name, value in settings.items():
        setattr(optimizer, name, value)
    return optimizer


MAKES: dict[str, Callable[[], Optimizer]] = {
    "float64": lambda: SGD(F64(0.1) * 0.3, F64(0.9) * F64(0.7)),
    "float32": lambda: SGD(F32(0.1), F32(0.7), weight_decay=F32(0.01)),
    "float16": lambda: Adam(F16(0.01), F16(0.9), F16(0.99), F16(1e-4)),
    "an array without axes": lambda: SGD(np.array(0.1), np.array(0.7)),
    "an integer": lambda: SGD(np.int64(1), weight_decay=np.int8(0)),
    "set later": lambda: set_later(
        SGD(momentum=0.5), learning_rate=F64(0.1) * 3, momentum=F64(0.7)
    ),
    "float32 set later": lambda: set_later(Adam(), learning_rate=F32(0.01), beta_1=F32(0.7)),
    "exponential": lambda: SGD(ExponentialDecay(F32(0.1), np.int32(3), F32(0.9))),
    "cosine": lambda: SGD(CosineDecay(F32(0.1), np.int16(5), F16(0.1)), F32(0.9)),
    "piecewise": lambda: SGD(
        PiecewiseConstantDecay(np.array([3, 7]), np.array([0.3, 0.1, 1], "f"))
    ),
    "piecewise of scalars": lambda: SGD(PiecewiseConstantDecay((np.int64(3),), (F32(0.3), F64(1)))),
}


@pytest.mark.parametrize("kind", [float, F64, F32, F16], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())
def test_numpys_scalars_as_settings_resume_to_the_bit(
    make: Callable[[], Optimizer], kind: Any, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"batch_size": 7, "verbose": 0}
    one_go, in_parts = (network(make(), kind(0.3), kind(0.1)) for _ in range(2))
    for model in (one_go, in_parts):  # set later than it was made, too
        model.layers[1].rate = kind(0.4)
        model.layers[0].mean = kind(0.2)
    expected = one_go.fit(X, Y, epochs=4, **options).history["loss"]
    first = in_parts.fit(X, Y, epochs=2, **options).history["loss"]
    in_parts.epoch = np.int64(in_parts.epoch)
    in_parts.save(tmp_path / "m.npz")
    resumed = load_model(tmp_path / "m.npz")
    second = resumed.fit(X, Y, epochs=4, initial_epoch=resumed.epoch, **options).history["loss"]
    assert first + second == expected
    assert resumed.values.tobytes() == one_go.values.tobytes()
    assert resumed.predict(X).tobytes() == one_go.predict(X).tobytes()


# Read-only arrays


class Unpickler(pickle.Unpickler):
    """Gives arrays as memory-mapped files do: read-only, and of NumPy's class for them."""

    def persistent_load(self, pid: Any) -> Any:
        return np.load(pid, mmap_mode="r")


def mapped(value: Any, folder: Path) -> Any:
    """Return a copy whose arrays are memory-mapped and read-only."""
    with open(folder / "m.pickle", "wb") as file:
        pickler = Mapping(file, folder)
        pickler.dump(value)
    with open(folder / "m.pickle", "rb") as file:
        return Unpickler(file).load()


class Mapping(pickle.Pickler):
    """Writes each array into a file of its own, as joblib does."""

    def __init__(self, file: Any, folder: Path) -> None:
        super().__init__(file)
        self.folder, self.count = folder, 0

    def persistent_id(self, value: Any) -> str | None:
        if not isinstance(value, np.ndarray) or value.size == 0:
            return None
        self.count += 1
        path = self.folder / f"{self.count}.npy"
        np.save(path, value)
        return str(path)


@pytest.mark.parametrize("optimizer", [Adam(), SGD(momentum=0.9)], ids=["Adam", "momentum"])
@pytest.mark.parametrize("compiled", [True, False])
def test_a_model_of_memory_mapped_arrays_trains_on(
    optimizer: Optimizer, compiled: bool, tmp_path: Path
) -> None:
    model = network(copy.deepcopy(optimizer))
    recorder = GradientRecorder()
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    if not compiled:
        model.add(Dense(3, "softmax"))
    twin = mapped(model, tmp_path)
    for one in (model, twin):
        if not compiled:
            one.compile(copy.deepcopy(optimizer))
        one.fit(X, Y, epochs=4, initial_epoch=2, verbose=0)
    assert twin.values.tobytes() == model.values.tobytes()


def test_layers_and_optimizers_of_memory_mapped_arrays_work_on(tmp_path: Path) -> None:
    layer = Dense(3, "tanh", input_shape=(4,)).build()
    layer.forward(X)
    layer.backward(np.ones((20, 3)))
    twin = mapped(layer, tmp_path)
    assert not isinstance(twin.W, np.memmap) or not twin.W.flags.writeable or twin.W.any()
    twin.forward(X)
    twin.backward(np.ones((20, 3)))
    assert twin.dW.tobytes() == layer.dW.tobytes()
    twin.W[...] = 0
    assert layer.W.any()
    optimizer = Adam()
    w = np.ones(3)
    optimizer.update(w, w)
    again = mapped(optimizer, tmp_path)
    again.update(w, w)
    assert optimizer.iterations == 1
    assert again.iterations == 2


# Weights that are the model's own


def test_weights_that_are_the_models_own_are_copied_first() -> None:
    stack = [Dense(3, input_shape=(3,), name="a"), Dense(3, name="b"), Dense(3, name="c")]
    model = Sequential(stack, seed=0)
    model.compile("sgd", "mse")
    a, b, c = model.layers
    for layer in model.layers:
        layer.b[...] = model.rng.normal(size=3)
    before = [array.copy() for array in model.get_weights()]
    model.set_weights([b.W, b.b, a.W, a.b, c.W, c.b])
    for new, old in zip(model.get_weights(), [*before[2:4], *before[:2], *before[4:]], strict=True):
        np.testing.assert_array_equal(new, old)
    model.set_weights([a.W.T, a.b[::-1], b.W[::-1], b.b, c.W, a.b])
    expected = [before[2].T, before[3][::-1], before[0][::-1], before[1], before[4], before[3]]
    for new, old in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(new, old)
    flat = model.values.copy()
    model.set_values(model.values[::-1])
    np.testing.assert_array_equal(model.values, flat[::-1])


@pytest.mark.parametrize("kind", [np.random.Philox, np.random.MT19937, np.random.SFC64])
def test_a_generator_of_another_kind_is_refused(kind: Any, tmp_path: Path) -> None:
    model = network(SGD())
    model.build((X.shape[1],))
    model.save(tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()
    model.rng = np.random.Generator(kind(0))
    with pytest.raises(ValueError, match=rf"kind {kind.__name__} can't be saved: set model.rng ="):
        model.save(tmp_path / "m.npz")
    assert (tmp_path / "m.npz").read_bytes() == before
    with pytest.raises(TypeError, match="rng must be of class Generator"):
        model.rng = None


def replaced() -> Sequential:
    model = network(SGD())
    model.fit(X, Y, verbose=0)
    model.rng = np.random.default_rng(5)
    return model


def nested() -> Sequential:
    inner = Sequential([Dense(6, "relu", input_shape=(4,)), Dropout(0.3)], seed=1)
    model = Sequential([inner, Dense(3, "softmax")], seed=2)
    model.compile(SGD(), metrics=["accuracy"])
    return model


def of_another_model() -> Sequential:
    """Return the inner model, after both have drawn from the outer one's generator."""
    inner = Sequential([Dense(3, "softmax", input_shape=(4,)), Dropout(0.3)], seed=1)
    outer = Sequential([inner, Dense(3, "softmax")], seed=2)
    for model in (outer, inner):
        model.compile(SGD(), metrics=["accuracy"])
        model.fit(X, Y, verbose=0)
    return inner


@pytest.mark.parametrize("make", [replaced, nested, of_another_model])
def test_masks_come_from_the_generator_that_is_saved(
    make: Callable[[], Sequential], tmp_path: Path
) -> None:
    model = make()
    model.fit(X, Y, epochs=2, initial_epoch=1, verbose=0)
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    for one in (model, loaded):
        one.fit(X, Y, epochs=4, initial_epoch=2, verbose=0)
    assert loaded.values.tobytes() == model.values.tobytes()
