"""A refused call changes nothing: not the model, not what it was given, not the random sources.

Each wrong call is made on models in every state of readiness. All that model, optimizer,
callbacks, layers and data hold is compared, down to the bits of each array and generator, with what
they held before; so are the common sources of random numbers, and the files.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.states import contents, process_state
from tinynet import SGD, Adam, Dense, Dropout, Layer, Normalization, ReLU, Sequential, utils
from tinynet.callbacks import (
    Callback,
    EarlyStopping,
    GradientRecorder,
    History,
    ModelCheckpoint,
    ParameterRecorder,
)
from tinynet.schedules import CosineDecay

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 2, 1, 0]]
NAN = float("nan")


class Centre(Layer):
    """A layer of one's own with a state and a parameter."""

    s: np.ndarray
    ds: np.ndarray
    mean: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: rng.random(shape))
        self.add_state("mean", input_shape, lambda shape, rng: np.zeros(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x = self.check_input(x)
        if training:
            self.mean[...] = x.mean(axis=0)
        return x * self.s - self.mean

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.ds[...] = (dy * self._x).sum(axis=0)
        dx: np.ndarray = dy * self.s
        return dx


def stack(input_shape: tuple[int, ...] | None = None) -> list[Layer]:
    return [Dense(5, "relu", input_shape=input_shape), Dropout(0.5), Dense(3, "softmax")]


def compiled(layers: list[Layer], optimizer: Any = "sgd") -> Sequential:
    model = Sequential(layers)
    model.compile(optimizer, metrics=["accuracy"])
    return model


def trained(layers: list[Layer], optimizer: Any) -> Sequential:
    model = compiled(layers, optimizer)
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def frozen() -> Sequential:
    model = compiled(stack((4,)))
    model.layers[0].trainable = False
    model.compile(Adam(), metrics=["accuracy"])
    model.fit(X, Y, verbose=0)
    return model


def popped() -> Sequential:
    model = trained(stack((4,)), Adam())
    model.layers.pop()
    return model


MODELS: dict[str, Callable[[], Sequential]] = {
    "trained": lambda: trained(stack((4,)), Adam()),
    "trained with a schedule": lambda: trained(stack(), SGD(CosineDecay(0.1, 9), momentum=0.9)),
    "of layers of one's own": lambda: trained([Centre(), *stack()], SGD(momentum=0.5)),
    "partly frozen": frozen,
    "compiled": lambda: compiled(stack((4,))),
    "compiled, not built": lambda: compiled([Normalization(), *stack()], Adam()),
    "compiled, not built, of layers of one's own": lambda: compiled([Centre(), *stack()]),
    "built, not compiled": lambda: Sequential(stack((4,))),
    "neither": lambda: Sequential(stack()),
    "empty": Sequential,
    "changed behind its back": popped,
}


def failing(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    rng.random(3)
    raise ValueError("no weights today")


def misshapen(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.random((7, 7, 7))


class Refusing(Callback):
    """Refuses when all others have begun."""

    def on_train_begin(self, logs: dict[str, float]) -> None:
        self.touched = True
        raise ValueError("not today")


class Rebinding(Layer):
    """Binds its state to a new array in training."""

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_state("mean", input_shape, lambda shape, rng: np.zeros(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self.mean = x.mean(axis=0)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


class World:
    """A model, and what a call on it may be given."""

    def __init__(self, make: Callable[[], Sequential], folder: Path) -> None:
        utils.set_random_seed(3)
        self.folder = folder
        self.model = make()
        self.x, self.y = X.copy(), Y.copy()
        self.used = Dense(2, input_shape=(4,)).build()
        self.inside = Dense(2, input_shape=(4,))
        self.other = Sequential([self.inside])
        self.narrow = Dense(2).build((9,))
        self.faulty = Dense(3, kernel_initializer=failing, input_shape=(4,))
        self.half = Dense(3, "relu", bias_initializer=misshapen, input_shape=(4,))
        self.late = Dense(3, ReLU(), bias_initializer=misshapen)
        self.twins = [Dense(2, name="a"), Dense(2, name="a")]
        self.unused = [Dense(3, input_shape=(4,)), Dropout(0.1)]
        # Callbacks that know something from a training before.
        self.stopping, self.recorder = EarlyStopping("loss", 5), GradientRecorder()
        self.parameters = ParameterRecorder()
        self.checkpoint = ModelCheckpoint(folder / "c.npz", "loss", save_best_only=True)
        self.callbacks = [self.stopping, self.recorder, self.parameters, self.checkpoint]
        earlier = trained(stack(), Adam())
        earlier.fit(X, Y, epochs=3, verbose=0, callbacks=self.callbacks[:3])
        self.checkpoint.best = 0.5
        self.refusing = Refusing()
        self.taken = earlier.optimizer
        self.weights = earlier.get_weights()
        (folder / "text.npz").write_text("no model", encoding="utf-8")

    def fit(self, **changes: Any) -> Any:
        options: dict[str, Any] = {"x": self.x, "y": self.y, "verbose": 0} | changes
        return self.model.fit(**options)

    def add(self, layer: Any) -> Any:
        """Add a layer, and then build the model, which a model that is built refuses."""
        self.model.add(layer)
        self.model.build((4,))


def attribute(name: str, value: Any) -> Callable[[World], Any]:
    return lambda w: setattr(w.model, name, value)


CALLS: dict[str, Callable[[World], Any]] = {
    # The data
    "fit: examples as text": lambda w: w.fit(x=[["a"] * 4] * 6),
    "fit: examples of nan": lambda w: w.fit(x=np.full((6, 4), NAN)),
    "fit: one example that is infinite": lambda w: w.fit(x=np.where(X.max() == X, np.inf, X)),
    "fit: examples too large": lambda w: w.fit(x=X * 1e300),
    "fit: examples without a batch": lambda w: w.fit(x=X[0]),
    "fit: no examples": lambda w: w.fit(x=X[:0], y=Y[:0]),
    "fit: complex examples": lambda w: w.fit(x=X + 1j),
    "fit: masked examples": lambda w: w.fit(x=[np.ma.masked_less(row, 0) for row in X]),
    "fit: images": lambda w: w.fit(x=np.zeros((6, 2, 2, 9))),
    "fit: no targets": lambda w: w.fit(y=None),
    "fit: labels for one-hot": lambda w: w.fit(y=[0, 1, 2, 2, 1, 0]),
    "fit: too few targets": lambda w: w.fit(y=Y[:4]),
    "fit: wide targets": lambda w: w.fit(y=np.eye(6)),
    "fit: targets that sum to 2": lambda w: w.fit(y=2 * Y),
    "fit: targets of nan": lambda w: w.fit(y=Y * NAN),
    "fit: a third validation array": lambda w: w.fit(validation_data=(X, Y, Y, Y)),
    "fit: validation examples of nan": lambda w: w.fit(validation_data=(X * NAN, Y)),
    "fit: validation labels": lambda w: w.fit(validation_data=(X, [0, 1, 2, 2, 1, 0])),
    "fit: narrow validation examples": lambda w: w.fit(validation_data=(X[:, :3], Y)),
    "fit: all for the validation": lambda w: w.fit(validation_split=0.99),
    # The settings
    "fit: a split of 1": lambda w: w.fit(validation_split=1.0),
    "fit: no batches": lambda w: w.fit(batch_size=0),
    "fit: half a batch": lambda w: w.fit(batch_size=0.5),
    "fit: -1 epochs": lambda w: w.fit(epochs=-1),
    "fit: epochs in words": lambda w: w.fit(epochs="three"),
    "fit: a first epoch of nan": lambda w: w.fit(initial_epoch=NAN),
    "fit: shuffle in words": lambda w: w.fit(shuffle="yes"),
    "fit: verbose 7": lambda w: w.fit(verbose=7),
    "fit: an unknown keyword": lambda w: w.fit(epoch=3),
    "fit: nothing": lambda w: w.model.fit(),  # type: ignore[call-arg]
    # The callbacks
    "fit: a callback that refuses": lambda w: w.fit(callbacks=[*w.callbacks, w.refusing]),
    "fit: a callback that is a function": lambda w: w.fit(callbacks=[*w.callbacks, print]),
    "fit: a figure that there isn't": lambda w: w.fit(
        callbacks=[*w.callbacks, EarlyStopping("no_such")]
    ),
    "fit: a path that can't be": lambda w: w.fit(
        callbacks=[*w.callbacks, ModelCheckpoint(w.folder / "text.npz" / "c.npz")]
    ),
    "fit: labels, with callbacks": lambda w: w.fit(y=[0, 1, 2, 2, 1, 0], callbacks=w.callbacks),
    # Other ways to run it
    "train_on_batch: labels": lambda w: w.model.train_on_batch(X, [0, 1, 2, 2, 1, 0]),
    "train_on_batch: nan": lambda w: w.model.train_on_batch(X * NAN, Y),
    "train_on_batch: an unknown keyword": lambda w: w.model.train_on_batch(X, target=Y),  # type: ignore[call-arg]
    "evaluate: too few targets": lambda w: w.model.evaluate(X, Y[:4], verbose=0),
    "evaluate: nan": lambda w: w.model.evaluate(X * NAN, Y, verbose=0),
    "evaluate: a batch of -1": lambda w: w.model.evaluate(X, Y, -1),
    "evaluate: return_dict in words": lambda w: w.model.evaluate(X, Y, return_dict="no"),  # type: ignore[arg-type]
    "predict: nan": lambda w: w.model.predict(X * NAN),
    "a call: training in words": lambda w: w.model(X, training="yes"),  # type: ignore[arg-type]
    "a call: words": lambda w: w.model([["a"] * 4] * 6),
    "a call: nan": lambda w: w.model(X * NAN),
    "a call: an unknown keyword": lambda w: w.model(X, trainin=True),  # type: ignore[call-arg]
    "fit: weights too large": lambda w: w.fit(sample_weight=[1e300] * 6),
    "rng": attribute("rng", None),
    "predict: words": lambda w: w.model.predict("words"),
    "predict: a batch of 0": lambda w: w.model.predict(X, 0),
    "forward: words": lambda w: w.model.forward([["a"]]),
    "backward: words": lambda w: w.model.backward([["a"]]),
    # Construction
    "add: no layer": lambda w: w.model.add("relu"),  # type: ignore[arg-type]
    "add: a class": lambda w: w.model.add(Dense),  # type: ignore[arg-type]
    "add: a layer of another model": lambda w: w.add(w.inside),
    "add: a layer that can't take it": lambda w: w.add(w.narrow),
    "add: an initializer that fails": lambda w: w.add(w.faulty),
    "add: an initializer of another shape": lambda w: w.add(w.half),
    "add: a bias of another shape": lambda w: w.add(w.late),
    "build: a shape in words": lambda w: w.model.build("wide"),  # type: ignore[arg-type]
    "build: a size of 0": lambda w: w.model.build((0,)),
    "build: two sizes that are None": lambda w: w.model.build((None, None)),
    "build: images": lambda w: w.model.build((2, 2)),
    "compile: an unknown optimizer": lambda w: w.model.compile("sdg"),
    "compile: an unknown loss": lambda w: w.model.compile(Adam(), "crossentropy"),
    "compile: an unknown metric": lambda w: w.model.compile(Adam(), metrics=["accurate"]),
    "compile: a metric twice": lambda w: w.model.compile("sgd", metrics=["accuracy"] * 2),
    "compile: a metric without a list": lambda w: w.model.compile("sgd", metrics="accuracy"),
    "compile: a class": lambda w: w.model.compile(Adam),  # type: ignore[arg-type]
    "compile: an unknown keyword": lambda w: w.model.compile(optimiser="sgd"),  # type: ignore[call-arg]
    # Weights and files
    "set_weights: none": lambda w: w.model.set_weights([X]),
    "set_weights: of nan": lambda w: w.model.set_weights([a * NAN for a in w.weights]),
    "set_weights: one array too many": lambda w: w.model.set_weights([*w.weights, X, X, X]),
    "set_weights: one that is infinite": lambda w: w.model.set_weights(
        [*w.weights[:-1], np.full(3, np.inf)]
    ),
    "set_weights: words": lambda w: w.model.set_weights("words"),
    "load_weights: a text": lambda w: w.model.load_weights(w.folder / "text.npz"),
    "load_weights: no file": lambda w: w.model.load_weights(w.folder / "missing.npz"),
    "load_weights: a number": lambda w: w.model.load_weights(3),  # type: ignore[arg-type]
    "save: a folder": lambda w: w.model.save(w.folder),
    "save: a missing folder": lambda w: w.model.save(w.folder / "missing" / "m.npz"),
    "save: a name with a NUL": lambda w: w.model.save("a\0b"),
    "save_weights: a number": lambda w: w.model.save_weights(3),  # type: ignore[arg-type]
    "copy: an unknown dtype": lambda w: w.model.copy("int8"),
    "summary: costs in words": lambda w: w.model.summary(costs="yes"),  # type: ignore[arg-type]
    # Attributes
    "layers": attribute("layers", []),
    "parameters": attribute("parameters", np.zeros(3)),
    "values": attribute("values", np.zeros(3)),
    # Constructors, which take layers and seeds
    "Sequential: a layer of another model": lambda w: Sequential([*w.unused, w.inside]),
    "Sequential: an initializer that fails": lambda w: Sequential([*w.unused, w.late]),
    "Sequential: a name twice": lambda w: Sequential(w.twins),
    "Sequential: a seed in words": lambda w: Sequential(w.unused, seed="seven"),  # type: ignore[arg-type]
    "Dense: -1 units": lambda w: Dense(-1),
    "Dense: an unknown activation": lambda w: Dense(3, "rleu"),
    "Dropout: a rate of 1": lambda w: Dropout(1.0),
    "Layer: an unknown keyword": lambda w: ReLU(nmae="x"),  # type: ignore[call-arg]
    "a layer that is built": lambda w: w.used.build((4,)),
    "a layer's initializer that fails": lambda w: w.faulty.build(),
    "a layer's input that is too narrow": lambda w: w.used.forward(X[:, :3]),
    "a layer's first input that doesn't fit": lambda w: w.late.forward(X),
    "set_random_seed": lambda w: utils.set_random_seed(-1),
}

# A model that isn't built takes these layers, and finds out when it is built.
TAKES_LAYERS = {"compiled, not built", "compiled, not built, of layers of one's own", "neither"}
TAKES_LAYERS |= {"empty"}
LATER = {name for name in CALLS if name.startswith("add: a") and "of another model" not in name}
LATER -= {"add: a class"}
REFUSED = [
    (call, state)
    for call in CALLS
    for state in MODELS
    if not (call in LATER and state in TAKES_LAYERS)
]


@pytest.fixture(scope="module")
def worlds() -> dict[str, tuple[World, Any]]:
    """A world for each state of the model, and what it holds; calls leave it as it was, or fail."""
    return {}


@pytest.mark.parametrize(("call", "state"), REFUSED)
def test_a_refused_call_changes_nothing(
    call: str,
    state: str,
    worlds: dict[str, tuple[World, Any]],
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if state not in worlds:
        made = World(MODELS[state], tmp_path_factory.mktemp("world"))
        worlds[state] = made, contents(made)
    world, before = worlds.pop(state)
    utils.set_random_seed(3)
    outside = process_state(world.folder)
    capsys.readouterr()
    with pytest.raises((ValueError, TypeError, OSError)):
        CALLS[call](world)
    assert contents(world) == before
    assert process_state(world.folder) == outside
    assert capsys.readouterr().out == ""
    worlds[state] = world, before  # not if the test has failed


def test_there_are_many() -> None:
    assert len(REFUSED) >= 950


HALF_BUILT: dict[str, Callable[[Sequential], Any]] = {
    "fit": lambda model: model.fit(X, Y, verbose=0),
    "train_on_batch": lambda model: model.train_on_batch(X, Y),
    "evaluate": lambda model: model.evaluate(X, Y, verbose=0),
    "build": lambda model: model.build((4,)),
}
FAULTS: dict[str, Callable[[], list[Layer]]] = {
    "an initializer that fails": lambda: [*stack()[:2], Dense(3, kernel_initializer=failing)],
    "a bias of another shape": lambda: [*stack(), Dense(3, ReLU(), bias_initializer=misshapen)],
    "an activation built for another": lambda: [Dense(5), Dense(3, ReLU().build((9,)))],
    "a layer built for another": lambda: [Dense(5), Dense(3).build((4,))],
    "a layer built for images": lambda: [*stack(), ReLU().build((3, 3))],
    "a state that is rebound": lambda: [Rebinding(), *stack()],
}


@pytest.mark.parametrize("layers", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("call", HALF_BUILT)
def test_a_model_that_cant_be_built_stays_unbuilt(
    call: str, layers: Callable[[], list[Layer]], tmp_path: Path
) -> None:
    utils.set_random_seed(3)
    model = compiled(layers(), Adam())
    if call in ("evaluate", "build") and any(isinstance(part, Rebinding) for part in model.layers):
        pytest.skip("it is tried before training alone")
    before = contents(model), process_state(tmp_path)
    with pytest.raises((ValueError, TypeError)):
        HALF_BUILT[call](model)
    assert (contents(model), process_state(tmp_path)) == before
    assert not model.built


@pytest.mark.parametrize("state", ["trained", "compiled, not built", "partly frozen"])
def test_a_refused_call_leaves_the_training_as_it_was(state: str, tmp_path: Path) -> None:
    """The model goes on to the bit as its twin, on which no wrong call was made."""
    one, twin = (World(MODELS[state], tmp_path) for _ in range(2))
    for name, call in CALLS.items():
        if (name, state) in REFUSED:
            with pytest.raises((ValueError, TypeError, OSError)):
                call(one)
    histories = [w.fit(epochs=3, callbacks=w.callbacks).history for w in (one, twin)]
    assert histories[0] == histories[1]
    assert one.model.values.tobytes() == twin.model.values.tobytes()


def test_what_a_comparison_sees(tmp_path: Path) -> None:
    """The comparison isn't blind: whatever is changed, it finds."""
    world = World(MODELS["trained"], tmp_path)
    before = contents(world)
    changes: list[Callable[[], Any]] = [
        lambda: world.model.parameters.__setitem__(0, world.model.parameters[0] + 1e-6),
        lambda: world.model.rng.random(),
        lambda: world.model.optimizer.state["m"].__setitem__(0, 7),
        lambda: world.recorder.gradient_norms.clear(),
        lambda: setattr(world.stopping, "best", 0.5),
        lambda: world.unused[0].build(),
        lambda: world.x.__setitem__((0, 0), -0.0),
        lambda: world.model.history.logs[0].pop("loss"),
    ]
    for change in changes:
        change()
        after = contents(world)
        assert after != before
        before = after
    outside = process_state(tmp_path)
    Dense(3)
    assert process_state(tmp_path) != outside


def test_the_history_of_the_earlier_training_stays() -> None:
    model = trained(stack(), "sgd")
    history = model.history
    with pytest.raises(ValueError, match="one-hot"):
        model.fit(X, [0, 1, 2, 2, 1, 0])
    assert model.history is history
    assert isinstance(history, History)
    assert len(history.epoch) == 2
