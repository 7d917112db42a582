"""Saving and loading: nothing is lost, a resumed run is the same to the bit, damage is refused."""

import ast
import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layers.test_layers import Scale
from tests.support.systems import needs_posix
from tinynet import (
    SGD,
    Adam,
    Dense,
    Dropout,
    Flatten,
    Layer,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    constraints,
    initializers,
    layers,
    load_model,
    losses,
    metrics,
    optimizers,
    schedules,
)
from tinynet._internal.saving import model_file as saving
from tinynet._internal.saving.descriptions import KNOWN, NAMES
from tinynet.callbacks import ModelCheckpoint
from tinynet.layers import BatchNormalization, PReLU
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from tinynet.models import model_from_json
from tinynet.optimizers import Optimizer
from tinynet.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4))
Y = np.eye(3)[RNG.integers(3, size=30)]


def network(optimizer: Any = "sgd", seed: int = 0, **options: Any) -> Sequential:
    stack = [Dense(6, "relu", input_shape=(4,)), Dropout(0.3), Dense(3, "softmax")]
    model = Sequential(stack, seed=seed, **options)
    model.compile(optimizer, "categorical_crossentropy", metrics=["acc"])
    return model


def sevens(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.full(shape, 7.0)


OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "SGD": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "Nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adam": lambda: Adam(0.01, beta_1=0.8, weight_decay=0.01),
    "exponential": lambda: SGD(ExponentialDecay(0.1, 7, 0.5, staircase=True), momentum=0.5),
    "cosine": lambda: Adam(CosineDecay(0.1, 20, alpha=0.1)),
    "piecewise": lambda: SGD(PiecewiseConstantDecay([5, 13], [0.3, 0.1, 0.01])),
}


# Resuming


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(
    make: Callable[[], Optimizer], tmp_path: Path
) -> None:
    path = tmp_path / "m.npz"
    options: dict[str, Any] = {"batch_size": 8, "validation_split": 0.2, "verbose": 0}
    one_go, in_parts = network(make()), network(make())
    expected = one_go.fit(X, Y, epochs=4, **options).history
    # Stopped after two epochs; what the first process does after saving mustn't matter.
    first = in_parts.fit(X, Y, epochs=2, callbacks=[ModelCheckpoint(path)], **options).history
    in_parts.fit(X, Y, epochs=1, **options)
    resumed = load_model(path)
    assert resumed.epoch == 2
    second = resumed.fit(X, Y, epochs=4, initial_epoch=resumed.epoch, **options).history
    assert {name: first[name] + second[name] for name in first} == expected
    assert resumed.parameters.tobytes() == one_go.parameters.tobytes()
    assert resumed.optimizer.iterations == one_go.optimizer.iterations == 12
    for name, state in one_go.optimizer.state.items():
        assert resumed.optimizer.state[name].tobytes() == state.tobytes()


# Identity


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    stack: list[Layer] = [
        *(Flatten(name="flat"), Dense(5, use_bias=False, kernel_initializer="he_normal")),
        *(Tanh(), Dense(4, "sigmoid", bias_initializer="lecun_normal"), Sigmoid(), Dropout(0.25)),
        *(Dense(3, ReLU(), name="top"), Dense(2), Softmax()),
    ]
    model = Sequential(stack, "all of it", seed=3, dtype="float64")
    model.build((2, 3))
    model.compile(Adam(ExponentialDecay(0.1, 5, 0.5)), CategoricalCrossentropy(), ["accuracy"])
    model.fit(np.ones((3, 2, 3)), np.eye(2)[[0, 1, 1]], verbose=0)
    model.save(path)
    loaded = load_model(path)
    assert [repr(layer) for layer in loaded.layers] == [repr(layer) for layer in model.layers]
    assert (loaded.name, loaded.dtype.name, loaded.epoch) == ("all of it", "float64", 1)
    assert repr(loaded.optimizer) == repr(model.optimizer)
    assert type(loaded.loss) is CategoricalCrossentropy
    assert loaded.metrics == ["accuracy"]
    assert loaded.rng.bit_generator.state == model.rng.bit_generator.state
    assert loaded.parameters.tobytes() == model.parameters.tobytes()
    x = np.arange(12.0).reshape(2, 2, 3)
    assert loaded.predict(x).tobytes() == model.predict(x).tobytes()
    assert loaded.layers[1].parameters["W"].base is not None, "layers are windows again"
    loaded.parameters[...] = 0
    assert not loaded.layers[1].parameters["W"].any()


def test_classes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """A layer and an initializer are both called Identity, and losses and metrics share names."""
    for module in (constraints, initializers, layers, losses, metrics, optimizers, schedules):
        for kind in map(vars(module).get, module.__all__):
            if isinstance(kind, type) and hasattr(kind, "get_config"):
                assert KNOWN.get(NAMES.get(kind, kind.__name__), kind) is kind
    model = Sequential(
        [
            Dense(3, kernel_initializer=initializers.Identity(2.0), input_shape=(3,)),
            layers.Identity(),
        ]
    )
    model.save(tmp_path / "m.npz")
    for loaded in (load_model(tmp_path / "m.npz"), model_from_json(model.to_json())):
        dense, last = loaded.layers
        assert isinstance(dense, Dense)
        assert isinstance(dense.kernel_initializer, initializers.Identity)
        assert type(last) is layers.Identity


@pytest.mark.parametrize(
    "loss",
    [
        *(CategoricalCrossentropy(from_logits=True), SparseCategoricalCrossentropy()),
        *(BinaryCrossentropy(from_logits=True), MeanSquaredError()),
    ],
)
def test_losses_come_back_with_their_settings(loss: Loss, tmp_path: Path) -> None:
    model = Sequential([Dense(2, input_shape=(1,))])
    model.compile("sgd", loss)
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz").loss
    assert type(loaded) is type(loss)
    assert loaded.get_config() == loss.get_config()


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    activation=st.sampled_from([None, "relu", "softmax", "sigmoid", "tanh"]),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_save_and_load_are_the_identity(
    sizes: list[int],
    activation: str | None,
    dtype: str,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("identity")
    models = [Sequential([Dense(n, activation) for n in sizes[1:]], dtype=dtype) for _ in range(2)]
    for model in models:
        model.build((sizes[0],))
    models[0].parameters[...] = np.random.default_rng(seed).normal(size=models[0].parameters.size)
    models[0].save(folder / "m.npz")
    models[0].save_weights(folder / "w.npz")
    models[1].load_weights(folder / "w.npz")
    loaded = load_model(folder / "m.npz")
    assert not loaded.compiled
    for model in (models[1], loaded):
        assert model.parameters.tobytes() == models[0].parameters.tobytes()
        assert model.dtype == models[0].dtype
        assert [repr(layer) for layer in model.layers] == [
            repr(layer) for layer in models[0].layers
        ]


def test_objects_of_ones_own_come_back_by_name(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"

    class Halving(ExponentialDecay):
        pass

    stack = [Scale(input_shape=(4,)), Dense(3, "softmax", kernel_initializer=sevens)]
    model = Sequential(stack, seed=0)
    model.compile(SGD(Halving(0.1, 5, 0.5)))
    model.fit(X, Y, verbose=0)
    model.save(path)
    own: dict[str, Callable[..., Any]] = {"Scale": Scale, "sevens": sevens, "Halving": Halving}
    loaded = load_model(path, custom_objects=own)
    assert loaded.parameters.tobytes() == model.parameters.tobytes()
    assert type(loaded.optimizer.learning_rate) is Halving
    for missing in own:
        known = {name: value for name, value in own.items() if name != missing}
        advice = rf"Unknown \w+ '{missing}': pass custom_objects={{'{missing}': {missing}}}\.$"
        with pytest.raises(ValueError, match=advice):
            load_model(path, custom_objects=known)
    with pytest.raises(ValueError, match=r"custom_objects=.*\. Did you mean 'Scalee'\?$"):
        load_model(path, custom_objects={"Scalee": Scale, "Halving": Halving})


def test_a_class_named_like_one_of_tinynets_isnt_replaced_by_it(tmp_path: Path) -> None:
    """A course's first layer is called ReLU, and its first loss MeanSquaredError."""
    same = {
        "ReLU": type("ReLU", (Scale,), {}),
        "MeanSquaredError": type(
            "MeanSquaredError",
            (Loss,),
            {"costs": MeanSquaredError.costs, "gradient": MeanSquaredError.gradient},
        ),
    }

    def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        return np.full(shape, 0.5)

    own: dict[str, Any] = {**same, "zeros": zeros}
    model = Sequential([Dense(4, bias_initializer=zeros, input_shape=(4,)), own["ReLU"]()], seed=0)
    model.compile("sgd", own["MeanSquaredError"]())
    model.save(path := tmp_path / "m.npz")
    loaded = load_model(path, own)
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()
    assert [type(loaded.layers[1]), type(loaded.loss)] == [*same.values()]
    assert model_from_json(model.to_json(), own).get_weights()[1][0] == 0.5
    for missing in own:
        known = {name: value for name, value in own.items() if name != missing}
        with pytest.raises(ValueError, match=f"Unknown .*: pass custom_objects={{'{missing}'"):
            load_model(path, known)


@pytest.mark.parametrize("metric", [metrics.binary_accuracy, metrics.top_k_categorical_accuracy])
def test_a_function_of_tinynets_metrics_comes_back(metric: Any, tmp_path: Path) -> None:
    model = Sequential([Dense(3, "sigmoid", input_shape=(4,))])
    model.compile("sgd", "binary_crossentropy", metrics=[metric])
    model.save(tmp_path / "m.npz")
    assert load_model(tmp_path / "m.npz").metrics == [metric]


class Patient(SGD):
    """Steps with another optimizer, at every other call."""

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__()
        self.optimizer = optimizer

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        if self.iterations % 2:
            self.optimizer.update(parameters, gradients)

    def get_config(self) -> dict[str, Any]:
        return {"optimizer": self.optimizer}


def test_an_optimizer_of_ones_own_isnt_replaced_by_the_one_that_it_uses(tmp_path: Path) -> None:
    model = network(Patient(Adam(0.25)))
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz", {"Patient": Patient}).optimizer
    assert isinstance(loaded, Patient)
    assert (type(loaded.optimizer), loaded.optimizer.learning_rate) == (Adam, 0.25)


class Forgetful(Layer):
    """Takes an argument that its `get_config` doesn't return."""

    def __init__(self, rate: float, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate


@pytest.mark.parametrize("ending", [".npz", ".keras"])
def test_a_setting_in_an_array_of_no_axes_is_saved_as_its_number(
    ending: str, tmp_path: Path
) -> None:
    """Training takes `learning_rate = np.array(0.1)`, so a checkpoint must be able to keep it."""
    if ending == ".keras":
        pytest.importorskip("h5py")
    model = Sequential([Dense(1, input_shape=(2,))], seed=0)
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = np.array(0.125)  # type: ignore[assignment]
    model.save(tmp_path / f"m{ending}")
    assert load_model(tmp_path / f"m{ending}").optimizer.learning_rate == 0.125


def test_a_layer_without_get_config_is_told_to_define_it(tmp_path: Path) -> None:
    model = Sequential([Forgetful(2.0, input_shape=(4,)), Dense(3)])
    advice = (
        r"Forgetful can't be made from arguments named \['input_shape', 'name'\]: define get_config"
    )
    with pytest.raises(ValueError, match=advice):
        model.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match=advice):
        Sequential.from_config(model.get_config(), {"Forgetful": Forgetful})


# The file


def test_a_file_is_an_npz_without_pickle_and_says_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    model = network("adam")
    model.fit(X, Y, verbose=0)
    model.save(path)
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    header = json.loads(arrays["header"].tobytes())
    assert header["format"] == "tinynet"
    assert header["version"] == 1
    assert [layer["class_name"] for layer in header["layers"]] == ["Dense", "Dropout", "Dense"]
    np.testing.assert_array_equal(arrays["parameters"], model.parameters)
    np.testing.assert_array_equal(arrays["optimizer.m"], model.optimizer.state["m"])
    assert all(array.dtype.kind in "fu" for array in arrays.values())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_nothing_that_loads_or_saves_knows_pickle() -> None:
    source = Path(saving.__file__).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            assert not {"pickle", "dill", "joblib", "marshal", "shelve"}.intersection(names)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
        if isinstance(node, ast.Name):
            assert node.id not in ("eval", "exec", "getattr_static", "__import__")


def test_a_pickle_in_the_file_isnt_run(tmp_path: Path) -> None:
    path, trace = tmp_path / "m.npz", tmp_path / "trace"

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(trace),)

    network().save(path)
    with np.load(path) as file:
        header = file["header"]
    bomb = np.empty(1, dtype=object)
    bomb[0] = Bomb()
    np.savez(path, header=header, parameters=bomb)
    with pytest.raises(ValueError, match=r"m\.npz is not a file that tinynet saved, or it is dam"):
        load_model(path)
    assert not trace.exists()


@needs_posix
def test_a_file_keeps_the_names_that_its_layers_had(tmp_path: Path) -> None:
    """A PReLU was called pre_lu, and is p_re_lu, as in Keras; their weights fit each other."""
    old = Sequential([PReLU(name="pre_lu", input_shape=(3,))], seed=0)
    old.layers[0].weights[0][...] = [1, 2, 3]
    old.save(tmp_path / "old.npz")
    assert load_model(tmp_path / "old.npz").layers[0].name == "pre_lu"
    new = Sequential([PReLU(input_shape=(3,))], seed=0)
    new.load_weights(tmp_path / "old.npz")
    assert (new.layers[0].name, new.get_weights()[0].tolist()) == ("p_re_lu", [1, 2, 3])


def test_a_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        network().save(tmp_path / "m.npz")
        (tmp_path / "other").touch()
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("m.npz", "other")]
    assert modes == [0o640, 0o640]


@pytest.mark.parametrize("failing", ["write_array", "fsync", "replace"])
def test_a_failing_write_leaves_the_old_file(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.npz"
    model = network()
    model.save(path)
    old = path.read_bytes()
    model.fit(X, Y, verbose=0)

    def full(*args: Any, **kwargs: Any) -> None:
        if failing == "write_array":
            args[0].write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format if failing == "write_array" else os, failing, full)
    for save in (model.save, model.save_weights):
        with pytest.raises(OSError, match="No space left"):
            save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["m.npz"], "no temporary file is left behind"


def test_saving_leaves_no_temporary_file_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    model = network()
    for _ in range(2):
        model.fit(X, Y, verbose=0)
        model.save(path)
        assert os.listdir(tmp_path) == ["m.npz"]
        np.testing.assert_array_equal(load_model(path).parameters, model.parameters)
    model.save(str(path))


# Refusals


def test_what_cant_be_saved_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    nameless = Dense(3, "softmax", kernel_initializer=lambda shape, rng: np.ones(shape))
    model = Sequential([nameless])
    with pytest.raises(ValueError, match="isn't built yet"):
        model.save(path)
    model.build((4,))
    with pytest.raises(TypeError, match=r"can't be saved\. Use a function with a name, or a class"):
        model.save(path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        network().save(tmp_path / "nowhere" / "m.npz")
    with pytest.raises(OSError, match=r"directory|folder"):
        network().save(tmp_path)
    assert os.listdir(tmp_path) == []


def assert_refused(path: Path, message: str) -> None:
    """Load the file in both ways; neither may accept it, and the model must be left alone."""
    model = network(seed=1)
    before = model.parameters.copy()
    for load in (load_model, model.load_weights):
        with pytest.raises(ValueError, match=message) as error:
            load(path)
        assert str(path) in str(error.value)
    np.testing.assert_array_equal(model.parameters, before)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"hello, world", bytes(1000), b"\x93NUMPY\x01\x00"]
)
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    assert_refused(path, "is not a file that tinynet saved, or it is damaged")
    np.savez(path, W=np.ones(3))
    assert_refused(path, "is not a file that tinynet saved, or it is damaged")
    np.save(tmp_path / "m.npy", np.ones(3))
    assert_refused(tmp_path / "m.npy", "is not a file that tinynet saved, or it is damaged")
    for load in (load_model, network().load_weights):
        with pytest.raises(FileNotFoundError, match=r"Can.t read .*missing\.npz: No such file"):
            load(tmp_path / "missing.npz")


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    network().save(path)
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        assert_refused(path, "damaged")


def test_a_changed_byte_is_refused_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("adam", "mse")
    model.fit(X[:, :2], X[:, 2], verbose=0)
    model.save(path)
    content = path.read_bytes()
    refused = 0
    for place in range(0, len(content), 2):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        try:
            loaded = load_model(path)
        except ValueError as error:
            refused += 1
            assert str(path) in str(error)  # noqa: PT017 - most of the bytes, but not all, raise
        else:
            assert loaded.parameters.tobytes() == model.parameters.tobytes()
            assert loaded.optimizer.state["v"].tobytes() == model.optimizer.state["v"].tobytes()
    assert refused > 0.35 * len(content)


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, np.ndarray]], None]) -> None:
    """Change header and arrays of a file by hand."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    header = json.loads(arrays.pop("header").tobytes())
    change(header, arrays)
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)


@pytest.mark.parametrize(
    "key", ["name", "dtype", "layers", "rng", "epoch", "compile", "iterations"]
)
@pytest.mark.parametrize("value", [None, [1], {"class_name": "Dense", "config": {}}])
def test_a_header_that_makes_no_sense_is_refused(key: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    model = network("adam")
    model.fit(X, Y, verbose=0)
    model.save(path)

    def change(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        if value is None:
            del header[key]
        else:
            header[key] = value

    rewrite(path, change)
    if value is None and key == "compile":
        assert not load_model(path).compiled
    elif key == "name" and value is not None:
        load_model(path)
    else:
        with pytest.raises(ValueError, match=r"m\.npz"):
            load_model(path)


def as_float64(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    arrays["parameters"] = arrays["parameters"].astype(np.float64)


@pytest.mark.parametrize(
    "change",
    [
        lambda header, arrays: arrays.pop("parameters"),
        lambda header, arrays: arrays.update(parameters=arrays["parameters"][:-1]),
        as_float64,
        lambda header, arrays: arrays["parameters"].__setitem__(3, np.nan),
    ],
    ids=["missing", "short", "other dtype", "nan"],
)
def test_weights_that_dont_fit_are_refused(change: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    network().save(path)
    rewrite(path, change)
    with pytest.raises(ValueError, match=r"m\.npz.*(parameters|damaged)"):
        load_model(path)
    if change is not as_float64:
        network().save_weights(path)
        rewrite(path, change)
        assert_refused(path, "damaged|finite|weights alone")


def test_weights_are_converted_to_the_dtype_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    exact, model = network().copy("float64"), network()
    exact.parameters[...] += 1e-12
    exact.save_weights(path)
    model.load_weights(path)
    np.testing.assert_array_equal(model.parameters, exact.parameters.astype(np.float32))
    model.save_weights(path)
    exact.load_weights(path)
    np.testing.assert_array_equal(model.parameters, exact.parameters)
    exact.parameters[3] = 1e300
    exact.save_weights(path)
    before = model.parameters.copy()
    with pytest.raises(ValueError, match=r"w\.npz: parameters must be finite, .* inf at \[3\]"):
        model.load_weights(path)
    np.testing.assert_array_equal(model.parameters, before)


def test_a_negative_moving_variance_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    stack = [Dense(3, input_shape=(2,)), BatchNormalization(), Dense(1), BatchNormalization()]
    model = Sequential(stack, seed=0)

    def change(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        arrays["states"][-1] = -0.5

    for write, read in ((model.save, load_model), (model.save_weights, model.load_weights)):
        write(path)
        read(path)
        rewrite(path, change)
        with pytest.raises(ValueError, match=r"batch_normalization_1 must be at least 0, .* -0\.5"):
            read(path)


def test_optimizer_state_that_doesnt_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    model = network("adam")
    model.fit(X, Y, verbose=0)
    model.save(path)
    rewrite(path, lambda header, arrays: arrays.update({"optimizer.m": np.ones(3)}))
    with pytest.raises(ValueError, match=r"m\.npz.*optimizer\.m"):
        load_model(path)


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    network().save(path)
    rewrite(path, lambda header, arrays: header.update(version=2))
    assert_refused(path, r"format version 2, and this tinynet reads up to 1\. Update tinynet")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    # As many numbers, in other shapes.
    Sequential([Dense(4, input_shape=(6,))]).save_weights(path)
    other = Sequential([Dense(7, use_bias=False, input_shape=(4,))])
    before = other.parameters.copy()
    with pytest.raises(ValueError, match=r"\[\[4, 7\]\], received \[\[6, 4\], \[4\]\]"):
        other.load_weights(path)
    np.testing.assert_array_equal(other.parameters, before)
    with pytest.raises(ValueError, match="isn't built yet"):
        Sequential([Dense(4)]).load_weights(path)
