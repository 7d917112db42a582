"""Keras's files without Keras; what real Keras makes of them is in `tests/parity`."""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import tinynet as tn
from tests.conftest import RunPython
from tests.support.architectures import SINGLE, models, same_bits, single
from tinynet import load_model
from tinynet.exchange import keras_layers

pytest.importorskip("h5py", reason="the extra keras isn't installed")

X = np.random.default_rng(0).normal(size=(12, 4))
Y = np.eye(3)[np.random.default_rng(1).integers(0, 3, 12)]
ENDINGS = [".keras", ".h5", ".hdf5"]
OPTIMIZERS: list[Callable[[], Any]] = [
    lambda: tn.SGD(0.1),
    lambda: tn.SGD(0.1, momentum=0.9, nesterov=True),
    lambda: tn.SGD(tn.schedules.ExponentialDecay(0.1, 5, 0.5), weight_decay=0.01),
    lambda: tn.Adam(0.01),
    lambda: tn.Adam(0.01, amsgrad=True),
    lambda: tn.SGD(0.1, clipnorm=0.5),
    *(tn.optimizers.OPTIMIZERS[name] for name in sorted(tn.optimizers.OPTIMIZERS)),
]


def network(**options: Any) -> tn.Sequential:
    stack = [tn.Dense(5, "relu"), tn.layers.Dropout(0.0), tn.Dense(3, "softmax")]
    model = tn.Sequential(stack, seed=0, **options)
    model.build((4,))
    return model


@given(models())
def test_round_trip_is_exact(
    tmp_path_factory: pytest.TempPathFactory, model: tn.Sequential
) -> None:
    for ending in ENDINGS:
        path = tmp_path_factory.mktemp("keras") / f"m{ending}"
        model.save(path)
        same_bits(model, load_model(path))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", SINGLE)
def test_each_layer_goes_there_and_back(name: str, ending: str, tmp_path: Path) -> None:
    model = single(name)
    model.save(tmp_path / f"m{ending}")
    loaded = load_model(tmp_path / f"m{ending}")
    same_bits(model, loaded)
    first = loaded.layers[0]
    if not isinstance(first, tn.layers.Activation):  # Keras has some as functions alone
        assert repr(first) == repr(model.layers[0])


@pytest.mark.parametrize("axis", [-1, None, (1, 2)])
def test_the_statistics_of_a_normalization_are_among_the_weights(tmp_path: Path, axis: Any) -> None:
    def normalizing() -> tn.Sequential:
        stack = [tn.layers.Normalization(axis, input_shape=(2, 2)), tn.Flatten(), tn.Dense(2)]
        return tn.Sequential(stack, seed=0)

    x = 5 * X.reshape(12, 2, 2) + 3
    saved, loaded, path = normalizing(), normalizing(), tmp_path / "m.weights.h5"
    first: Any = saved.layers[0]
    first.adapt(x)
    saved.save_weights(path)
    loaded.load_weights(path)
    assert np.array_equal(loaded.predict(x), saved.predict(x))


@given(models())
def test_weights_alone(tmp_path_factory: pytest.TempPathFactory, model: tn.Sequential) -> None:
    path = tmp_path_factory.mktemp("keras") / "m.weights.h5"
    before = model.parameters.copy()
    model.save_weights(path)
    model.parameters[...] = 0
    model.load_weights(path)
    assert model.parameters.tobytes() == before.tobytes()


@pytest.mark.parametrize("metric", tn.metrics.lookup.FUNCTIONS)
def test_metrics_that_are_functions_are_saved_by_name(
    metric: Callable[..., Any], tmp_path: Path
) -> None:
    model = network()
    model.compile("sgd", "mse", metrics=[metric])
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert loaded.metrics == [metric.__name__]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("make", OPTIMIZERS)
def test_training_goes_on(make: Callable[[], Any], ending: str, tmp_path: Path) -> None:
    model = network(dtype="float64")
    model.compile(make(), "categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / f"m{ending}")
    loaded = load_model(tmp_path / f"m{ending}")
    assert repr(loaded.optimizer) == repr(model.optimizer)
    assert loaded.metrics == model.metrics
    for either in (model, loaded):
        either.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert loaded.parameters.tobytes() == model.parameters.tobytes()
    assert loaded.optimizer.iterations == model.optimizer.iterations == 12


def test_weights_are_found_in_whole_models_too(tmp_path: Path) -> None:
    for ending in ENDINGS:
        network().save(tmp_path / f"m{ending}")
        other = network()
        other.parameters[...] = 0
        other.load_weights(tmp_path / f"m{ending}")
        assert other.parameters.tobytes() == network().parameters.tobytes()


@pytest.mark.parametrize("ending", [*ENDINGS, ".weights.h5"])
def test_weights_are_found_beside_a_normalization_of_given_numbers(
    ending: str, tmp_path: Path
) -> None:
    def normalizing(seed: int) -> tn.Sequential:
        first = tn.layers.Normalization(mean=0.5, variance=2.0, input_shape=(4,))
        return tn.Sequential([first, tn.Dense(2)], seed=seed)

    model, other, path = normalizing(0), normalizing(1), tmp_path / f"m{ending}"
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    other.load_weights(path)
    same_bits(model, other)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_general_relu_without_settings_is_a_relu(ending: str, tmp_path: Path) -> None:
    general = tn.layers.GeneralReLU
    model = tn.Sequential([general(input_shape=(4,)), tn.Dense(2, activation=general())], seed=0)
    model.save(tmp_path / f"m{ending}")
    loaded: Any = load_model(tmp_path / f"m{ending}")
    first, dense = loaded.layers
    assert type(first) is type(dense.activation) is tn.layers.ReLU
    same_bits(model, loaded)


def test_a_file_is_a_zip_of_keras_members(tmp_path: Path) -> None:
    network().save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert sorted(archive.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
        config = json.loads(archive.read("config.json"))
    names = [layer["class_name"] for layer in config["config"]["layers"]]
    assert names == ["InputLayer", "Dense", "Dropout", "Dense"]


KINDS: dict[str, Any] = {
    name: kind for name, kind in vars(tn.initializers).items() if hasattr(kind, "draw")
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_initializers_go_there_and_back(name: str, ending: str, tmp_path: Path) -> None:
    """By name, as a class, as an object and, if it takes one, with a seed."""
    kind, path = KINDS[name], tmp_path / f"m{ending}"
    given = [name, kind, kind()]
    given += [kind(seed=3), kind(seed=3)] if "seed" in kind().get_config() else []
    model = tn.Sequential([tn.Dense(2, kernel_initializer=one) for one in given])
    model.build((2,))
    model.save(path)
    drawn = [
        layer.get_config()["kernel_initializer"]((4, 4), np.random.default_rng(0))
        for loaded in (model, tn.load_model(path))
        for layer in loaded.layers
    ]
    for before, after in zip(drawn[: len(given)], drawn[len(given) :], strict=True):
        np.testing.assert_allclose(before, after, rtol=1e-12)


def test_losses_with_settings_and_names(tmp_path: Path) -> None:
    for loss in ("mse", "binary_crossentropy", tn.losses.CategoricalCrossentropy(from_logits=True)):
        model = network()
        model.compile("sgd", loss)
        model.save(tmp_path / "m.keras")
        loaded = load_model(tmp_path / "m.keras")
        assert type(loaded.loss) is type(model.loss)
        assert loaded.loss.get_config() == model.loss.get_config()


# ------------------------------------------------------------------- what has no counterpart


class Own(tn.layers.Layer):
    """Adds a number."""

    def __init__(self, number: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.number = number

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        return x + self.number

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


def changed(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """Write a file whose description is changed."""
    model = network()
    model.compile(tn.SGD(0.1), "categorical_crossentropy")
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def layer(**change: Any) -> Callable[[dict[str, Any]], None]:
    """Change the first Dense layer's class or arguments."""

    def apply(config: dict[str, Any]) -> None:
        first = config["config"]["layers"][1]
        for key, value in change.items():
            described = ("class_name", "module", "registered_name")
            (first if key in described else first["config"])[key] = value

    return apply


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (layer(class_name="Conv2D"), "no counterpart to Keras's layer Conv2D"),
        (layer(class_name="Lambda"), "Lambda layer, which would run code"),
        (layer(class_name="os.system"), r"no counterpart to Keras's layer os\.system"),
        (layer(activation="made_up"), "no counterpart to Keras's activation 'made_up'"),
        (layer(activation={"class_name": "function", "config": "mine>relu"}), "'mine>relu'"),
        (layer(activation={"class_name": "__lambda__", "config": {}}), "has a lambda, which would"),
        (layer(module=None, registered_name="mine>Dense"), r"mine>Dense: .*{'Dense': \.\.\.}"),
        (layer(module="mine.layers", registered_name="Dense"), "no counterpart.* layer mine>Dense"),
        (
            layer(kernel_regularizer={"class_name": "mine>L2", "config": {"l2": 0.1}}),
            "no counterpart to Keras's mine>L2",
        ),
        (layer(lora_rank=4), "no counterpart to lora_rank=4 of Keras's Dense"),
        (layer(units=10**9), "need more weights than the"),
        (layer(units=6), "has weights of shapes"),
        (layer(units="many"), "units"),
        (layer(dtype="float16"), "doesn't compute in float16.*: .*load its weights alone"),
        (lambda c: c.update(class_name="Functional"), "of class Functional, not a Sequential"),
        (lambda c: c["config"].update(layers=[]), "list of 1 to"),
        (lambda c: c["config"].update(layers=5), "list of 1 to"),
        (lambda c: c["config"]["layers"].append([]), "describes no object"),
        (
            lambda c: c["config"].update(
                layers=[{"class_name": "Sequential", "config": {"layers": []}}]
            ),
            "list of 1 to",
        ),
        (
            lambda c: c["config"].update(
                layers=[
                    {"class_name": "Sequential", "config": {"layers": c["config"]["layers"] * 249}}
                ]
                * 2
            ),
            "list of 1 to",
        ),
        (lambda c: c["config"]["layers"].pop(), "|"),
    ],
)
def test_names_what_has_no_counterpart(
    change: Callable[[dict[str, Any]], Any], message: str, tmp_path: Path
) -> None:
    path = changed(tmp_path / "m.keras", change)
    if message == "|":  # a layer fewer is another model, and a sound one
        assert len(load_model(path).layers) == 2
        return
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "made_up"}, "made_up"),
        ({"loss": {"class_name": "Own", "config": {}}}, "no counterpart to Keras's Own"),
        ({"metrics": ["made_up"]}, "made_up"),
        ({"optimizer": {"class_name": "Muon", "config": {}}}, "no counterpart to Keras's Muon"),
        ({"optimizer": 5}, "describes no object"),
        ({"loss_weights": [0.5]}, r"no counterpart to loss_weights=\[0\.5\]"),
        ({"loss_weights": {"out": 2.0}}, r"no counterpart to loss_weights=\{'out': 2\.0\}"),
        ({"metrics": 3}, "metric must be a name"),
        ({"metrics": {"a": "mse", "b": "mae"}}, "describes no object"),
        (
            {"loss": {"class_name": "MeanSquaredError", "registered_name": "mine>X", "config": {}}},
            "no counterpart to Keras's mine>X",
        ),
        (
            {"optimizer": {"class_name": "SGD", "module": None, "registered_name": "mine>SGD"}}
            | {"config": {}},
            "describes no object",
        ),
    ],
)
def test_settings_without_counterpart_leave_the_model_uncompiled(
    settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = changed(tmp_path / "m.keras", lambda config: config["compile_config"].update(settings))
    text = f"^The settings of compile in .*{message}.*isn't compiled: compile it yourself"
    with pytest.warns(UserWarning, match=text) as given:
        model = load_model(path)
    assert given[0].filename == __file__  # the warning points to the call
    assert not model.compiled
    assert model.parameters.tobytes() == network().parameters.tobytes()


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": ["mse"], "metrics": [["mae"]], "loss_weights": [1.0]},
        {"loss": {"out": "mse"}, "metrics": {"out": "mae"}, "loss_weights": {"out": 1}},
        {"loss": "mse", "metrics": {"out": ["mae"]}},
        {"loss": "mse", "metrics": ["mae"], "loss_weights": None},
        {"loss": "mse", "metrics": [{"class_name": "function", "config": "mae"}]},
    ],
)
def test_settings_for_the_one_output_are_read_in_each_of_kerass_forms(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    path = changed(tmp_path / "m.keras", lambda config: config["compile_config"].update(settings))
    expected = network()
    expected.compile("sgd", "mse", metrics=["mae"])
    loaded = load_model(path)
    values = loaded.evaluate(X, Y, verbose=0, return_dict=True)
    assert values == expected.evaluate(X, Y, verbose=0, return_dict=True)


@pytest.mark.parametrize(
    "metric",
    [
        {"class_name": "AUC", "config": {"summation_method": "interpolation", "num_labels": None}},
        {"class_name": "R2Score", "config": {"num_regressors": 0}},
    ],
)
def test_metrics_as_keras_describes_them(metric: dict[str, Any], tmp_path: Path) -> None:
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(metrics=[metric]))
    assert load_model(path).compiled
    for key in metric["config"]:
        metric["config"][key] = "another"
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(metrics=[metric]))
    with pytest.warns(UserWarning, match="no counterpart to .*='another'"):
        assert not load_model(path).compiled


def largest(y_true: np.ndarray, y_pred: np.ndarray) -> Any:
    return y_pred.max(axis=-1)


@pytest.mark.parametrize(
    ("config", "same"),
    [
        ({"name": "accuracy", "fn": "categorical_accuracy"}, "accuracy"),
        ({"name": "mae", "fn": "mean_absolute_error"}, "mae"),
        ({"name": "kld", "fn": "kl_divergence"}, "kld"),
        ({"name": "err", "fn": "log_cosh"}, tn.metrics.LossMetric(tn.losses.LogCosh(), "err")),
        (
            {"name": "top", "fn": "top_k_categorical_accuracy", "k": 2},
            tn.metrics.TopKCategoricalAccuracy(2, "top"),
        ),
        ({"fn": {"class_name": "function", "config": "mean_squared_error"}}, "mean_squared_error"),
        ({"name": "own", "fn": "largest"}, tn.metrics.FunctionMetric(largest, "own")),
    ],
)
def test_metrics_that_keras_2_describes_as_the_mean_of_a_function(
    config: dict[str, Any], same: Any, tmp_path: Path
) -> None:
    metric = {"class_name": "MeanMetricWrapper", "config": {"dtype": "float32"} | config}
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(metrics=[[metric]]))
    loaded = load_model(path, custom_objects={"largest": largest})
    expected = network()
    expected.compile("sgd", "categorical_crossentropy", metrics=[same])
    values = loaded.evaluate(X, Y, verbose=0, return_dict=True)
    assert values == expected.evaluate(X, Y, verbose=0, return_dict=True)


def test_metrics_of_an_unknown_function_are_named(tmp_path: Path) -> None:
    metric = {"class_name": "MeanMetricWrapper", "config": {"name": "a", "fn": "mine"}}
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(metrics=[metric]))
    with pytest.warns(UserWarning, match="no counterpart to Keras's metric 'mine'"):
        assert not load_model(path).compiled


def test_losses_with_the_default_reduction_of_keras_2(tmp_path: Path) -> None:
    loss = {"class_name": "Huber", "config": {"reduction": "auto", "name": "huber", "delta": 0.5}}
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(loss=loss))
    expected = network()
    expected.compile("sgd", tn.losses.Huber(0.5))
    assert load_model(path).evaluate(X, Y, verbose=0) == expected.evaluate(X, Y, verbose=0)


def test_optimizers_that_keras_2_registered(tmp_path: Path) -> None:
    adam: dict[str, Any] = {"class_name": "Custom>Adam", "config": {"learning_rate": 0.5}}
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(optimizer=adam))
    assert load_model(path).optimizer.learning_rate == 0.5
    adam |= {"class_name": "Adam", "module": None, "registered_name": "Custom>Adam"}
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(optimizer=adam))
    with pytest.warns(UserWarning, match="no counterpart to Keras's Custom>Adam"):
        load_model(path)


def inserted(
    path: Path,
    description: dict[str, Any],
    shape: list[int],
    more: Callable[[dict[str, Any]], None] = lambda config: None,
) -> Path:
    """Write a file whose model begins with that layer, for examples of that shape."""

    def change(config: dict[str, Any]) -> None:
        stack = config["config"]["layers"]
        stack[0]["config"]["batch_shape"] = [None, *shape]
        config["config"].pop("build_input_shape", None)
        stack.insert(1, description)
        more(config)

    return changed(path, change)


def test_a_sequential_among_the_layers_is_read_as_its_layers(tmp_path: Path) -> None:
    def nest(path: Path, depth: int) -> None:
        """Put the first two layers into Sequentials, and their arrays into the group of these."""
        changed(path, lambda config: None)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(members["config.json"])
        stack = config["config"]["layers"]
        inner = stack[:3]
        place = "layers/dense"
        for _ in range(depth):
            inner = [{"class_name": "Sequential", "config": {"layers": inner, "dtype": "float32"}}]
        stack[:3] = inner
        content = io.BytesIO(members["model.weights.h5"])
        with h5py.File(content, "a") as file:
            file.move(place, "layers" + "/sequential/layers" * depth + "/dense")
            file.move("layers/dense_1", place)
        members |= {"config.json": json.dumps(config).encode()}
        members |= {"model.weights.h5": content.getvalue()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, member in members.items():
                archive.writestr(name, member)

    import h5py

    for depth in (1, 2):
        nest(tmp_path / "m.keras", depth)
        loaded = load_model(tmp_path / "m.keras")
        assert np.array_equal(loaded.predict(X), network().predict(X))
    nest(tmp_path / "m.keras", 14)  # HDF5's groups are nested twice as deep
    with pytest.raises(ValueError, match="nested more than"):
        load_model(tmp_path / "m.keras")


def test_a_sequential_among_the_layers_of_an_older_file_is_named(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "m.h5"
    network().save(path)
    with h5py.File(path, "a") as file:
        config = json.loads(file.attrs["model_config"])
        stack = config["config"]["layers"]
        stack[1] = {"class_name": "Sequential", "config": {"layers": [stack[1]]}}
        file.attrs["model_config"] = json.dumps(config).encode()
    with pytest.raises(ValueError, match=r"a Sequential among its layers.*save it as \.keras with"):
        load_model(path)


def test_flatten_with_the_channels_first(tmp_path: Path) -> None:
    # Keras moves the first axis behind the others, and so orders the features in another way.
    flatten: dict[str, Any] = {"class_name": "Flatten", "config": {}}
    flatten["config"]["data_format"] = "channels_first"
    with pytest.raises(ValueError, match="no counterpart to data_format='channels_first'"):
        load_model(inserted(tmp_path / "m.keras", flatten, [2, 2]))
    alone = load_model(inserted(tmp_path / "m.keras", flatten, [4]))
    assert np.array_equal(alone.predict(X), network().predict(X))
    flatten["config"]["data_format"] = "channels_last"
    last = load_model(inserted(tmp_path / "m.keras", flatten, [2, 2]))
    assert np.array_equal(last.predict(X.reshape(-1, 2, 2)), network().predict(X))


def test_softmax_along_the_last_axis_by_its_number(tmp_path: Path) -> None:
    for axis in (1, [1], -1):
        softmax = {"class_name": "Softmax", "config": {"axis": axis}}
        loaded = load_model(inserted(tmp_path / "m.keras", softmax, [4]))
        assert np.allclose(loaded.predict(X), network().predict(tn.layers.softmax(X)), atol=1e-6)
    softmax = {"class_name": "Softmax", "config": {"axis": 1}}

    def change(config: dict[str, Any]) -> None:
        config["config"]["layers"].insert(2, softmax)

    flat = inserted(tmp_path / "m.keras", {"class_name": "Flatten", "config": {}}, [2, 2], change)
    x = X.reshape(-1, 2, 2)
    assert np.allclose(load_model(flat).predict(x), network().predict(tn.layers.softmax(X)))
    with pytest.raises(ValueError, match="no counterpart to axis=1 of Keras's Softmax"):
        load_model(inserted(tmp_path / "m.keras", softmax, [2, 4]))


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        (None, None),
        ("linear", None),
        ("relu", tn.layers.ReLU()),
        ({"class_name": "function", "config": "tanh"}, tn.layers.Tanh()),
        ({"class_name": "Activation", "config": {"activation": "tanh"}}, tn.layers.Tanh()),
        ({"class_name": "Softmax", "config": {"axis": 1}}, tn.layers.Softmax()),
        ({"class_name": "ReLU", "config": {"max_value": 6.0}}, tn.layers.GeneralReLU(6.0)),
        ({"class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}, tn.layers.LeakyReLU(0.1)),
    ],
)
def test_activations_of_a_dense_layer(description: Any, expected: Any, tmp_path: Path) -> None:
    loaded = load_model(changed(tmp_path / "m.keras", layer(activation=description)))
    dense: Any = loaded.layers[0]
    found = dense.activation
    assert type(found) is type(expected)
    if expected is not None:
        assert keras_layers.without_name(found) == keras_layers.without_name(expected)
        x = np.linspace(-9, 9, 20).reshape(4, 5)
        assert np.array_equal(found.forward(x), expected.forward(x))


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (tn.layers.Tanh(), "tanh"),
        (tn.layers.ELU(), "elu"),
        (tn.layers.ELU(0.5), ("ELU", {"alpha": 0.5})),
        (tn.layers.LeakyReLU(0.1), ("LeakyReLU", {"negative_slope": 0.1})),
    ],
)
def test_activations_are_described_by_name_or_as_a_layer(
    activation: tn.layers.Layer, expected: Any
) -> None:
    found = keras_layers.describe_activation(activation)
    if isinstance(expected, tuple):
        found = found["class_name"], found["config"]
    assert found == expected


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("inside", [True, False])
def test_activations_that_keras_has_with_other_settings_alone(
    inside: bool, ending: str, tmp_path: Path
) -> None:
    celu = tn.layers.CELU(0.5, name="mine")
    model = tn.Sequential([tn.Dense(3, celu)] if inside else [tn.Dense(3), celu], seed=0)
    model.build((4,))
    with pytest.raises(ValueError, match=r"no counterpart to mine, .*CELU with {'alpha': 0\.5}"):
        model.save(tmp_path / f"m{ending}")
    assert not any(tmp_path.iterdir())


def test_layers_that_keras_writes_as_activations_have_their_names() -> None:
    rows = [row for row in keras_layers.LAYERS if "activation" in row.config]
    assert len(rows) > 15
    for row in rows:
        assert type(tn.layers.get_activation(row.config["activation"])) is row.ours


def test_inputs_and_layers_without_weights_may_have_any_dtype(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        inputs, first, dropout, _ = config["config"]["layers"]
        inputs["config"]["dtype"] = "uint8"
        first["config"]["dtype"] = {"class_name": "DTypePolicy", "config": {"name": "float32"}}
        del dropout["config"]["dtype"]

    assert load_model(changed(tmp_path / "m.keras", change)).dtype == np.float32


@pytest.mark.parametrize("axis", [-1, None, (1, 2)])
def test_what_kerass_normalization_has_measured_is_read_with_the_weights(
    axis: Any, tmp_path: Path
) -> None:
    import h5py

    def normalizing() -> tn.Sequential:
        stack = [tn.layers.Normalization(axis, input_shape=(2, 2)), tn.Flatten(), tn.Dense(2)]
        return tn.Sequential(stack, seed=0)

    x = X.reshape(12, 2, 2)
    expected, model, path = normalizing(), normalizing(), tmp_path / "m.weights.h5"
    first: Any = expected.layers[0]
    first.adapt(5 * x + 3)
    model.save_weights(path)
    place = "layers/normalization/vars"
    with h5py.File(path, "a") as file:
        for k, array in enumerate((first.mean, first.variance, np.array(12))):
            file[f"{place}/{k}"] = array
    model.compile("sgd", "mse")
    model.load_weights(path)
    assert np.array_equal(model.predict(x), expected.predict(x))
    model.fit(x, Y[:, :2], verbose=0)
    before = model.predict(x)
    with h5py.File(path, "a") as file:
        file[f"{place}/1"][...] = -1.0
    with pytest.raises(ValueError, match=r"m\.weights\.h5 can't be loaded: variance"):
        model.load_weights(path)
    with h5py.File(path, "a") as file:
        del file[f"{place}/2"]
    with pytest.raises(ValueError, match="a mean, a variance and a count, and the file 2 arrays"):
        model.load_weights(path)
    assert np.array_equal(model.predict(x), before)


def test_what_a_normalization_of_other_examples_has_measured_is_refused(tmp_path: Path) -> None:
    import h5py

    model = tn.Sequential([tn.layers.Normalization(input_shape=(4,)), tn.Dense(2)], seed=0)
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5", "a") as file:
        for k, array in enumerate((np.ones(3), np.ones(3), np.array(12))):
            file[f"layers/normalization/vars/{k}"] = array
    with pytest.raises(ValueError, match=r"m\.weights\.h5.*expected 3 entries along axis"):
        model.load_weights(tmp_path / "m.weights.h5")
    first: Any = model.layers[0]
    assert first.mean == 0


def test_an_array_that_is_missing_is_named_and_nothing_is_loaded(tmp_path: Path) -> None:
    import h5py

    model, path = network(), tmp_path / "m.weights.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        file.move("layers/dense/vars/0", "layers/dense/vars/2")
    before = model.parameters.copy()
    with pytest.raises(ValueError, match=r"m\.weights\.h5.*an array is missing"):
        model.load_weights(path)
    assert model.parameters.tobytes() == before.tobytes()


def test_the_settings_of_compile_are_those_that_keras_reads(tmp_path: Path) -> None:
    model = network()
    model.compile(tn.SGD(0.5), "mse", metrics=["mae"])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        settings = json.loads(archive.read("config.json"))["compile_config"]
    assert settings.pop("optimizer")["class_name"] == "SGD"
    assert "MeanSquaredError" in str(settings.pop("loss"))
    assert "mae" in str(settings.pop("metrics"))
    assert settings == {
        "loss_weights": None,
        "weighted_metrics": None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def test_state_of_another_optimizer_starts_anew(tmp_path: Path) -> None:
    adam = {"class_name": "Adam", "config": {"learning_rate": 0.1}}
    path = changed(tmp_path / "m.keras", lambda c: c["compile_config"].update(optimizer=adam))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    model = network()
    model.compile(tn.SGD(0.1, momentum=0.5), "mse")
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / "m.weights.h5")
    members["model.weights.h5"] = (tmp_path / "m.weights.h5").read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.warns(UserWarning, match="the optimizer starts from the beginning") as given:
        loaded = load_model(path)
    assert given[0].filename == __file__
    assert isinstance(loaded.optimizer, tn.Adam)
    assert loaded.optimizer.iterations == 0


def test_layers_of_ones_own(tmp_path: Path) -> None:
    path = changed(
        tmp_path / "m.keras",
        lambda c: c["config"]["layers"].insert(
            1,
            {
                "class_name": "Own>Own",
                "config": {"number": 2.0, "name": "mine", "dtype": "float32"},
            },
        ),
    )
    with pytest.raises(ValueError, match="no counterpart to Keras's layer Own"):
        load_model(path)
    loaded = load_model(path, custom_objects={"Own": Own})
    assert np.allclose(loaded.predict(X), network().predict(X + 2.0))
    with pytest.raises(ValueError, match=r"mine, a layer of class Own; .* \.npz can hold"):
        loaded.save(tmp_path / "n.keras")
    assert not (tmp_path / "n.keras").exists()


def test_optimizers_of_ones_own_are_left_out_with_a_warning(tmp_path: Path) -> None:
    class Slow(tn.SGD):
        """Another one."""

    model = network()
    model.compile(Slow(0.1), "mse")
    message = r"without the settings of compile: .*no counterpart.*Slow\(.*\)\.$"
    with pytest.warns(UserWarning, match=message):
        model.save(tmp_path / "m.keras")
    assert not load_model(tmp_path / "m.keras").compiled


def accuracy(t: Any, y: Any) -> Any:
    """Compute something else than the metric of that name."""
    return np.abs(t - y)


@pytest.mark.parametrize("own", [lambda t, y: np.abs(t - y), accuracy], ids=["lambda", "accuracy"])
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_metric_that_its_name_does_not_tell_is_left_out(
    ending: str, own: Callable[..., Any], tmp_path: Path
) -> None:
    model, path = network(), tmp_path / f"m{ending}"
    model.compile(tn.SGD(0.1, momentum=0.5), "mse", metrics=[own])
    model.fit(X, Y, verbose=0)
    message = f"without the settings of compile: .*no counterpart.*{own.__name__}"
    with pytest.warns(UserWarning, match=message) as given:
        model.save(path)
    assert given[0].filename == __file__
    loaded = load_model(path)
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded.values, model.values)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_metric_that_is_a_function_is_named_in_the_file(ending: str, tmp_path: Path) -> None:
    def own(t: Any, y: Any) -> Any:
        return np.abs(t - y)

    model, path = network(), tmp_path / f"m{ending}"
    model.compile(tn.SGD(0.1, momentum=0.5), "mse", metrics=["mae", own], weighted_metrics=[own])
    model.fit(X, Y, verbose=0)
    model.save(path)
    loaded = load_model(path, custom_objects={"own": own})
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert loaded.metrics == ["mae", own]
    message = r"Unknown metric 'own': pass custom_objects=\{'own': own\}\. The model isn't compiled"
    with pytest.warns(UserWarning, match=message):
        assert not load_model(path).compiled


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_setting_of_ones_own_in_a_layer_leads_to_the_weights(ending: str, tmp_path: Path) -> None:
    def own(w: Any) -> Any:
        return w

    model = tn.Sequential([tn.Dense(2, kernel_constraint=own, input_shape=(3,))])
    with pytest.raises(ValueError, match=r"kernel_constraint=.*own.*: save the weights alone, by "):
        model.save(tmp_path / f"m{ending}")
    model.save_weights(tmp_path / "m.weights.h5")


# --------------------------------------------------------------------------- files as they are


def test_other_weights_change_nothing(tmp_path: Path) -> None:
    network().save_weights(tmp_path / "m.weights.h5")
    for stack in (
        [tn.Dense(4), tn.Dense(3)],
        [tn.Dense(5)],
        [tn.Dense(5), tn.Dense(3), tn.Dense(1)],
    ):
        model = tn.Sequential(stack, seed=1)
        model.build((4,))
        before = model.parameters.copy()
        with pytest.raises(ValueError, match=r"m\.weights\.h5 can't be loaded"):
            model.load_weights(tmp_path / "m.weights.h5")
        assert model.parameters.tobytes() == before.tobytes()


def test_names_of_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.weights\.h5 \(or in \.npz\)"):
        network().save_weights(tmp_path / "m.h5")
    with pytest.raises(ValueError, match=r"must end in \.weights\.h5"):
        network().save_weights(tmp_path / "m.keras")
    network().save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(
        ValueError, match="holds weights alone: build the model, and use load_weights"
    ):
        load_model(tmp_path / "m.weights.h5")
    with pytest.raises(FileNotFoundError, match="Can't read"):
        load_model(tmp_path / "none.keras")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        network().save(tmp_path / "none" / "m.keras")
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        load_model(tmp_path / "folder.keras")
    (tmp_path / "bad.keras").write_text("nothing of the kind", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.keras is not a file of Keras's, or it is damaged"):
        load_model(tmp_path / "bad.keras")


@pytest.mark.parametrize("name", ["m.h5.bak", "m", "m.KERAS", "m.npz"])
@pytest.mark.parametrize("ending", [*ENDINGS, ".weights.h5"])
def test_files_are_read_by_their_content(ending: str, name: str, tmp_path: Path) -> None:
    model, path = network(), tmp_path / f"m{ending}"
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    path.rename(tmp_path / name)
    other = network()
    other.parameters[...] = 0
    other.load_weights(tmp_path / name)
    assert other.parameters.tobytes() == model.parameters.tobytes()
    if ending == ".weights.h5":
        with pytest.raises(ValueError, match="it holds weights alone"):
            load_model(tmp_path / name)
    else:
        same_bits(model, load_model(tmp_path / name))
    model.save(tmp_path / name)  # tinynet's own, since the name isn't one of Keras's
    assert (tmp_path / name).read_bytes()[30:40] == b"header.npy"
    same_bits(model, load_model(tmp_path / name))


@pytest.mark.parametrize("separator", ["/", "\\"], ids=["posix", "windows"])
def test_the_layout_of_weights_in_keras_2_is_named(separator: str, tmp_path: Path) -> None:
    import h5py

    model, path = network(), tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        for name, layer in (("dense", model.layers[0]), ("dense_2", model.layers[2])):
            group = file.create_group(f"_layer_checkpoint_dependencies{separator}{name}/vars")
            for k, array in enumerate(layer.parameters.values()):
                group[str(k)] = array
    whole = changed(tmp_path / "whole.keras", lambda config: None)
    with zipfile.ZipFile(whole) as archive:
        config = archive.read("config.json")
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("config.json", config)
        archive.write(path, "model.weights.h5")
    for load in (lambda: load_model(whole), lambda: network().load_weights(path)):
        with pytest.raises(ValueError, match=r"the layout of Keras 2: .* save it as \.h5"):
            load()


def test_the_slope_of_a_leaky_relu_of_keras_2(tmp_path: Path) -> None:
    alpha = {"class_name": "LeakyReLU", "config": {"alpha": 0.20000000298023224}}
    path = changed(tmp_path / "m.keras", lambda config: config["config"]["layers"].insert(2, alpha))
    layer = load_model(path).layers[1]
    assert isinstance(layer, tn.layers.LeakyReLU)
    assert layer.negative_slope == 0.2


def test_files_of_keras_2_in_its_first_form(tmp_path: Path) -> None:
    import h5py

    model, path = network(), tmp_path / "m.h5"
    model.compile(tn.SGD(0.5), "mse", metrics=["mae"])
    model.save(path)
    with h5py.File(path, "a") as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"][1:]
        for described in layers:
            del described["config"]["dtype"]
            described.pop("build_config", None)
        layers[0]["config"]["batch_input_shape"] = [None, 4]
        config = {"class_name": "Sequential", "config": layers}
        file.attrs["model_config"] = json.dumps(config).encode()
        sgd = {"lr": 0.5, "decay": 0.0, "momentum": 0.0, "nesterov": False}
        settings: dict[str, Any] = {"loss": "mse", "metrics": ["mae"], "loss_weights": None}
        settings |= {"optimizer_config": {"class_name": "SGD", "config": sgd}}
        file.attrs["training_config"] = json.dumps(settings).encode()
    loaded = load_model(path)
    same_bits(model, loaded)
    assert loaded.optimizer.learning_rate == 0.5
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_earlier_files_of_ours_under_such_a_name_are_still_read(tmp_path: Path) -> None:
    network().save(tmp_path / "m.npz")
    for ending in ENDINGS:
        (tmp_path / f"m{ending}").write_bytes((tmp_path / "m.npz").read_bytes())
        loaded = load_model(tmp_path / f"m{ending}")
        assert loaded.parameters.tobytes() == network().parameters.tobytes()


def test_an_old_file_stays_if_the_new_one_cant_be_written(tmp_path: Path) -> None:
    path, model = tmp_path / "m.keras", network()
    model.save(path)
    before = path.read_bytes()
    model.parameters[0] = np.nan
    with pytest.raises(ValueError, match="to be saved, must be finite"):
        model.save(path)
    assert path.read_bytes() == before


def test_names_beyond_ascii(tmp_path: Path) -> None:
    model = tn.Sequential([tn.Dense(2, input_shape=(3,), name="größe/a")], name="añb", seed=0)
    model.save(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras").layers[0].name == "größe_a"
    with pytest.raises(ValueError, match=r"isn't ASCII: save to a \.keras file"):
        model.save(tmp_path / "m.h5")


def test_many_layers(tmp_path: Path) -> None:
    names = [f"a_layer_with_quite_a_long_name_{k}" for k in range(900)]
    model = tn.Sequential([tn.Dense(1, name=name) for name in names], seed=0)
    model.build((1,))
    for ending in ENDINGS:
        model.save(tmp_path / f"m{ending}")
        assert (
            load_model(tmp_path / f"m{ending}").parameters.tobytes() == model.parameters.tobytes()
        )


def test_without_h5py_an_error_names_it(run_python: RunPython, tmp_path: Path) -> None:
    program = """
import sys
sys.modules["h5py"] = None
import tinynet as tn
model = tn.Sequential([tn.Dense(2, input_shape=(3,))])
for save in (model.save, model.save_weights):
    try:
        save(sys.argv[1] + "/m" + (".keras" if save == model.save else ".weights.h5"))
    except ImportError as error:
        print(error)
"""
    done: subprocess.CompletedProcess[str] = run_python(program, str(tmp_path))
    assert done.stdout.count('needs h5py: pip install "tinynet-backprop[keras]"') == 2, done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_bomb_is_refused(method: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w", method) as archive:
        archive.writestr("config.json", b" " * (5 * 2**20))
        archive.writestr("model.weights.h5", bytes(100))
    with pytest.raises(ValueError, match=r"compressed|has 5242880 bytes"):
        load_model(tmp_path / "m.keras")


def test_saving_needs_a_built_model() -> None:
    with pytest.raises(ValueError, match="built"):
        tn.Sequential([tn.Dense(2)]).save("m.keras")
    assert io.BytesIO().getvalue() == b""
