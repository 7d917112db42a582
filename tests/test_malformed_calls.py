"""Wrong calls over the whole public API are refused in words; right ones do in any form."""

import copy
import dataclasses
import inspect
import linecache
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.malformed_calls import FORMS, ROWS, Rebinding, Row, World, network, rebinding
from tests.support.states import contents
from tinynet import SGD, Dense, Layer, Sequential, Softmax, Tanh, losses, metrics, utils
from tinynet.optimizers import Optimizer

PACKAGE = Path(tinynet.__file__).parent


@pytest.fixture(scope="module")
def worlds() -> list[tuple[World, Any]]:
    """The world of all calls, and all that it holds.

    If a call changes it, its test fails, and the next gets a new one.
    """
    return []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.api}: {row.wrong}")
def test_a_malformed_call_is_refused_and_changes_nothing(
    row: Row,
    worlds: list[tuple[World, Any]],
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not worlds:
        new = World(tmp_path_factory.mktemp("world"))
        worlds.append((new, contents(new)))
    world, before = worlds.pop()
    files = sorted(world.folder.iterdir())
    capsys.readouterr()
    with pytest.raises(row.error) as caught:
        row.call(world)
    assert contents(world) == before
    assert sorted(world.folder.iterdir()) == files
    worlds.append((world, before))
    message = str(caught.value)
    assert row.expected in message
    assert row.received in message
    assert "\n" not in message
    assert type(caught.value).__module__.split(".")[0] in ("builtins", "tinynet")
    # The sentence is tinynet's own: what raised it is a raise statement in the package.
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert PACKAGE in Path(last.filename).parents
    assert linecache.getline(last.filename, last.lineno or 0).strip().startswith("raise")


def public_names() -> set[str]:
    """Return the methods of Sequential, the plots, and the classes that tinynet itself names."""
    names = {name for name in dir(Sequential) if not name.startswith("_")}
    found = {f"Sequential.{name}" for name in names if callable(getattr(Sequential, name))}
    found |= {name for name in tinynet.plotting.__all__ if name.startswith(("plot_", "animate_"))}
    return found | {name for name in tinynet.__all__ if inspect.isclass(getattr(tinynet, name))}


def test_the_table_is_long_and_covers_what_users_call() -> None:
    called = {row.api.partition(",")[0] for row in ROWS}
    covered = called | {name.partition(".")[0] for name in called}
    assert len(ROWS) == len({(row.api, row.wrong) for row in ROWS}) >= 150
    # They take nothing that could be wrong, or what `fit` has checked.
    free = {"get_config", "get_weights", "set_values", "to_json", "shapes", "train_step"}
    free |= {"check_unchanged", "reading", "higher_is_better"}
    free = {f"Sequential.{name}" for name in free}
    assert public_names() - covered == free


# Right calls in unusual forms

X = np.array([[0, 1, 2, 3], [3, 1, 0, 0], [1, 1, 4, 1], [5, 0, 0, 2], [2, 2, 1, 0]], np.float64)
LABELS = np.array([0, 1, 2, 1, 0])
ONE_HOT = np.eye(3)[LABELS]


def trained(x: Any, y: Any, loss: str) -> tuple[bytes, Any]:
    """Return the bits of a model after training on the data, and its history."""
    model = network("adam", loss, [] if loss == "mse" else ["accuracy"])
    history = model.fit(x, y, batch_size=2, epochs=2, validation_data=(x, y), verbose=0)
    figure = model.train_on_batch(x, y)
    return model.parameters.tobytes(), (history.history, figure, model.evaluate(x, y, verbose=0))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_any_form_of_the_data_gives_the_same_bits(
    form: Callable[[np.ndarray, Path], Any], tmp_path: Path
) -> None:
    x, labels, one_hot = (form(a.copy(), tmp_path) for a in (X, LABELS, ONE_HOT))
    sparse = "sparse_categorical_crossentropy"
    assert trained(x, labels, sparse) == trained(X, LABELS, sparse)
    for loss in ("categorical_crossentropy", "mse", "binary_crossentropy"):
        assert trained(x, one_hot, loss) == trained(X, ONE_HOT, loss)
    model = network("sgd", "mse", [])
    for call in (model.predict, model.forward):
        result = call(x)
        assert type(result) is np.ndarray
        assert result.tobytes() == call(X).tobytes()
    assert utils.standardize(x).tobytes() == utils.standardize(X).tobytes()
    assert utils.to_categorical(labels).tobytes() == utils.to_categorical(LABELS).tobytes()
    assert metrics.accuracy(labels, one_hot) == 1
    assert metrics.confusion_matrix(labels, one_hot).tolist() == [[2, 0, 0], [0, 2, 0], [0, 0, 1]]
    for kind in (losses.MeanSquaredError, losses.CategoricalCrossentropy):
        expected = kind().backward(ONE_HOT, ONE_HOT / 2 + 0.25)
        assert kind().backward(one_hot, ONE_HOT / 2 + 0.25).tobytes() == expected.tobytes()
    alone = Dense(3, kernel_initializer="zeros", bias_initializer=lambda shape, rng: np.ones(shape))
    assert alone.forward(x).tolist() == np.ones((5, 3)).tolist()


def test_arrays_that_share_memory_give_the_same_bits() -> None:
    table = np.concatenate([X, ONE_HOT], axis=1)
    before = table.copy()
    loss = "categorical_crossentropy"
    assert trained(table[:, :4], table[:, 4:], loss) == trained(X, ONE_HOT, loss)
    np.testing.assert_array_equal(table, before)
    square = [Sequential([Dense(4, "relu", input_shape=(4,)), Dense(4)], seed=0) for _ in range(2)]
    for model, y in zip(square, (X, X.copy()), strict=True):  # an autoencoder's targets are x
        model.compile("sgd", "mse")
        model.fit(X, y, epochs=3, verbose=0)
    assert square[0].parameters.tobytes() == square[1].parameters.tobytes()


# Holes that were mended


def test_to_ask_for_an_attribute_builds_nothing() -> None:
    layer = Dense(3, input_shape=(4,))
    state = copy.deepcopy(layer.rng.bit_generator.state)
    assert not hasattr(layer, "shape")
    assert layer.dtype is None
    assert layer.rng.bit_generator.state == state
    assert not hasattr(layer, "W")
    assert layer.dtype is None


def test_a_model_that_was_refused_for_its_layer_can_be_mended() -> None:
    model = rebinding()
    names = [("W", "dW"), ("s", "ds")]
    arrays = [[getattr(model.layers[k], name) for name in names[k]] for k in (0, 1)]
    before = model.parameters.tobytes(), model.gradients.tobytes()
    with pytest.raises(ValueError, match=r"rebinding\.ds"):
        model.fit(X, ONE_HOT, verbose=0)
    for k in (0, 1):
        for name, array in zip(names[k], arrays[k], strict=True):
            assert getattr(model.layers[k], name) is array
    assert (model.parameters.tobytes(), model.gradients.tobytes()) == before

    def backward(self: Rebinding, dy: np.ndarray) -> np.ndarray:
        self.ds[...] = (dy * self._x).sum(axis=0)
        dx: np.ndarray = dy * self.s
        return dx

    mended = type("Mended", (Rebinding,), {"backward": backward})
    model = Sequential([mended(input_shape=(4,)), Dense(3, "softmax")], seed=0)
    model.compile()
    model.fit(X, ONE_HOT, epochs=3, verbose=0)
    assert (model.layers[0].parameters["s"] != 1).any()


def test_an_optimizer_belongs_to_the_model_that_it_has_trained() -> None:
    def make(optimizer: SGD) -> Sequential:
        model = Sequential([Dense(3, "softmax", input_shape=(4,))], seed=0)
        model.compile(optimizer)
        return model

    optimizer = SGD(momentum=0.9)
    first, second = make(optimizer), make(optimizer)
    second.evaluate(X, ONE_HOT, verbose=0)  # to look is no training
    first.fit(X, ONE_HOT, verbose=0)
    for train in (second.fit, second.train_on_batch):
        with pytest.raises(ValueError, match="give each model its own optimizer"):
            train(X, ONE_HOT)
    first.compile(optimizer)  # by its own model it can be kept
    first.fit(X, ONE_HOT, verbose=0)
    twin = copy.deepcopy(first)
    twin.fit(X, ONE_HOT, verbose=0)  # a copy has a copy
    del first
    with pytest.raises(ValueError, match="give each model its own optimizer"):
        second.fit(X, ONE_HOT, verbose=0)
    second.compile(copy.deepcopy(optimizer))
    second.fit(X, ONE_HOT, verbose=0)


@dataclasses.dataclass
class Plain(Optimizer):
    """Equal to any other with the same learning rate, and so without a hash."""

    learning_rate: float = 0.1
    weight_decay: float | None = None

    def __post_init__(self) -> None:
        super().__init__(self.learning_rate, self.weight_decay)

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        parameters -= learning_rate * gradients


def test_optimizers_may_be_equal_without_being_the_same() -> None:
    models = [Sequential([Dense(3, "softmax", input_shape=(4,))], seed=0) for _ in range(2)]
    for model in models:
        model.compile(Plain())
        model.fit(X, ONE_HOT, epochs=2, verbose=0)
    assert models[0].parameters.tobytes() == models[1].parameters.tobytes()
    models[1].compile(models[0].optimizer)
    with pytest.raises(ValueError, match="give each model its own optimizer"):
        models[1].fit(X, ONE_HOT, verbose=0)


def test_a_pickled_model_trains_on_with_its_optimizer() -> None:
    model = network("adam", "categorical_crossentropy", [])
    model.fit(X, ONE_HOT, verbose=0)
    twin = pickle.loads(pickle.dumps(model))
    for one in (model, twin):
        one.fit(X, ONE_HOT, epochs=2, verbose=0)
    assert twin.parameters.tobytes() == model.parameters.tobytes()


def test_another_activation_takes_effect_as_in_keras() -> None:
    """In the midst of a model at once, at its end once it is compiled again."""

    def make(hidden: str, last: str) -> Sequential:
        stack = [Dense(6, hidden, input_shape=(4,)), Dense(3, last)]
        model = Sequential(stack, seed=0)
        model.compile("sgd", "categorical_crossentropy")
        return model

    expected, model = make("tanh", "softmax"), make("relu", "sigmoid")
    for layer, activation in zip(model.layers, (Tanh(), Softmax()), strict=True):
        layer.activation = activation  # type: ignore[attr-defined]
    assert model.predict(X).tobytes() == expected.predict(X).tobytes()
    model.compile("sgd", "categorical_crossentropy")
    for one in (model, expected):
        one.fit(X, ONE_HOT, epochs=3, verbose=0)
    assert model.parameters.tobytes() == expected.parameters.tobytes()


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        (
            "activation",
            "relu",
            r"dense\.activation must be a layer, such as ReLU\(\), or None, rec",
        ),
        ("use_bias", False, "dense was built for use_bias=True: make a new layer"),
    ],
)
def test_compile_refuses_a_dense_layer_that_couldnt_run(
    setting: str, value: Any, message: str
) -> None:
    model = network("sgd", "categorical_crossentropy", [])
    setattr(model.layers[0], setting, value)
    before = contents(model)
    with pytest.raises((TypeError, ValueError), match=message):
        model.compile("adam", "mse")
    assert contents(model) == before


@pytest.mark.parametrize("loss", [{"out": "mse"}, {"mse"}, ["mse"]])
def test_a_table_of_losses_is_no_optimizer(loss: Any) -> None:
    """Keras takes one for models of several outputs."""
    with pytest.raises(TypeError, match=r"^loss must be a name or an object made for it, received"):
        network("sgd", "mse", []).compile("sgd", loss)


def test_a_layer_that_was_renamed_is_named() -> None:
    model = network("sgd", "categorical_crossentropy", [])
    model.layers[0].name = "first"
    with pytest.raises(
        ValueError, match=r"^dense\.name was changed after compile: call compile ag"
    ):
        model.fit(X, ONE_HOT, verbose=0)
    model.compile()
    model.fit(X, ONE_HOT, verbose=0)


class Restless(Layer):
    """Returns something else than it has announced."""

    def __init__(self, forward_rows: int = 1, columns: int = 4) -> None:
        super().__init__()
        self.forward_rows, self.columns = forward_rows, columns

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        return x.repeat(self.forward_rows, axis=0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy[:, : self.columns]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Restless(forward_rows=2), r"restless.forward must return y of shape \(N, 4\), received"),
        (Restless(columns=1), r"restless.backward must return dx of shape \(N, 4\), received"),
    ],
)
def test_a_layer_of_ones_own_is_tried_before_training(layer: Layer, message: str) -> None:
    model = Sequential([Dense(4, input_shape=(4,)), layer, Dense(3, "softmax")], seed=0)
    model.compile()
    before = model.parameters.tobytes()
    with pytest.raises(ValueError, match=message):
        model.fit(X, ONE_HOT, verbose=0)
    assert model.parameters.tobytes() == before
    assert model.optimizer.iterations == 0


def test_an_activation_of_ones_own_is_tried_too() -> None:
    class Forgetful(tinynet.ReLU):
        def backward(self, dy: np.ndarray) -> np.ndarray:
            return None  # type: ignore[return-value]

    model = Sequential([Dense(4, Forgetful(), input_shape=(4,)), Dense(3, "softmax")], seed=0)
    model.compile()
    with pytest.raises(TypeError, match=r"forgetful.backward must return dx .*, received None"):
        model.fit(X, ONE_HOT, verbose=0)
