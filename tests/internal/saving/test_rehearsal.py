"""What is written can be read again, or the old file stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import (
    SGD,
    Adam,
    Dense,
    Dropout,
    Layer,
    Normalization,
    ReLU,
    Sequential,
    load_model,
    utils,
)
from tinynet.losses import MeanSquaredError
from tinynet.optimizers import Optimizer

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 2, 1, 0]]


def network() -> Any:
    stack = [
        *(Normalization(input_shape=(4,)), Dense(6, "relu"), Dropout(0.3), Dense(6, ReLU())),
        Dense(3, "softmax"),
    ]
    model = Sequential(stack, seed=0)
    model.compile(SGD(0.1, momentum=0.9), metrics=["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def set_to(path: str, value: Any) -> Callable[[Any], Any]:
    """Return a function that sets an attribute of a model, "layers.1.units" say."""

    def change(model: Any) -> None:
        *way, name = path.split(".")
        target = model
        for step in way:
            target = target[int(step)] if step.isdigit() else getattr(target, step)
        vars(target)[name] = value

    return change


INF, NAN = float("inf"), float("nan")


def state_with(**state: Any) -> Callable[[Any], Any]:
    """Return a function that adds a callback with such a state to a model's history."""
    entry = {"name": "Mine", "heard": True, "state": state}
    return lambda model: model.history.callback_states.append(entry)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "a layer called like another": set_to("layers.1.name", "dense_1"),
    "a name that is none": set_to("layers.1.name", 3),
    "a layer that is gone": lambda model: model.layers.pop(),
    "a layer more": lambda model: model.layers.append(Dense(3)),
    "layers in another order": lambda model: model.layers.reverse(),
    "other units": set_to("layers.1.units", 7),
    "another input shape": set_to("layers.1.input_shape", (5,)),
    "no bias": set_to("layers.1.use_bias", False),
    "an activation that is none": set_to("layers.1.activation", "relu"),
    "an initializer that is none": set_to("layers.1.kernel_initializer", "no_such"),
    "a rate above 1": set_to("layers.2.rate", 1.5),
    "an infinite mean": set_to("layers.0.mean", INF),
    "a variance that is nan": set_to("layers.0.variance", NAN),
    "a negative variance": set_to("layers.0.variance", -1.0),
    "a negative learning rate": set_to("optimizer.learning_rate", -0.1),
    "an infinite learning rate": set_to("optimizer.learning_rate", INF),
    "a learning rate in words": set_to("optimizer.learning_rate", "fast"),
    "a momentum above 1": set_to("optimizer.momentum", 1.5),
    "nesterov in words": set_to("optimizer.nesterov", "yes"),
    "a negative decay": set_to("optimizer.weight_decay", -1),
    "negative iterations": set_to("optimizer.iterations", -1),
    "iterations in halves": set_to("optimizer.iterations", 1.5),
    "more iterations than can be counted": set_to("optimizer.iterations", 2**60),
    "state of another length": lambda model: model.optimizer.state.update(velocity=np.ones(3)),
    "state of another dtype": lambda model: model.optimizer.state.update(
        velocity=np.ones(model.parameters.size)
    ),
    "a negative epoch": set_to("epoch", -1),
    "half an epoch": set_to("epoch", 0.5),
    "a negative epoch in the history": lambda model: model.history.epoch.insert(0, -1),
    "an epoch twice": lambda model: set_to("history.epoch", [1, 1])(model),
    "a loss that fits into no float": lambda model: model.history.logs[0].update(loss=10**400),
    "a function in a callback's state": state_with(reset=len),
    "an object in a callback's state": state_with(layer=[Dense(3)]),
    "a date in a callback's state": state_with(day=np.datetime64("2020-01-01")),
    "a long double in a callback's state": state_with(rate=np.longdouble("1e-9")),
    "numbers as keys in a callback's state": state_with(counts={1: 2}),
    "an array in a list in a callback's state": state_with(arrays=[np.zeros(3)]),
    "an epoch without figures": lambda model: model.history.epoch.append(7),
    "a name of the model that is none": set_to("name", 3),
    "a loss with logits in words": set_to("loss.from_logits", "yes"),
    "a loss that is none": set_to("loss", "mse"),
    "metrics twice": set_to("metrics", ["accuracy", "accuracy"]),
    "an unknown metric": set_to("metrics", ["no_such"]),
    "an infinite weight": lambda model: model.layers[1].W.__setitem__((0, 0), INF),
    "a rebound weight": lambda model: setattr(model.layers[1], "W", np.zeros((4, 6))),
    "a rebound bias": lambda model: setattr(model.layers[1], "b", model.layers[1].b.copy()),
    "a rebound gradient": lambda model: setattr(model.layers[1], "dW", np.zeros((4, 6))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_couldnt_be_read_again_leaves_the_old_file(
    change: Callable[[Any], Any], tmp_path: Path
) -> None:
    path = tmp_path / "m.npz"
    model = network()
    model.save(path)
    old = path.read_bytes()
    change(model)
    with pytest.raises((ValueError, TypeError)):
        model.save(path)
    assert path.read_bytes() == old
    assert [file.name for file in tmp_path.iterdir()] == ["m.npz"]
    load_model(path)


def test_to_save_takes_no_seed_and_changes_nothing(tmp_path: Path) -> None:
    def draws(save: bool) -> list[bytes]:
        utils.set_random_seed(7)
        model = Sequential([Scale(), Dense(3, "softmax")])
        model.compile()
        model.fit(X, Y, verbose=0)
        if save:
            model.save(tmp_path / "m.npz")
        return [model.parameters.tobytes(), Dense(3).build((4,)).W.tobytes()]

    assert draws(save=True) == draws(save=False)


# Layers, losses and optimizers of the user's own


class Scale(Layer):
    """Right in all respects: it declares what it learns and what it remembers."""

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))
        self.add_state("mean", input_shape, lambda shape, rng: np.zeros(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x = self.check_input(x)
        self._y = x * self.s  # type: ignore[attr-defined]
        if training:
            self.mean[...] = 0.9 * self.mean + 0.1 * x.mean(axis=0)  # type: ignore[attr-defined]
            self._noise = np.random.default_rng().random(x.shape)  # a cache that is random
        return self._y - self.mean  # type: ignore[attr-defined]

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self._dy, self._parts = dy, [dy * self._x]
        self.ds[...] = self._parts[0].sum(axis=0)  # type: ignore[attr-defined]
        dx: np.ndarray = dy * self.s  # type: ignore[attr-defined]
        return dx


class Undeclared(Layer):
    """Keeps a running mean in an attribute that no file knows of."""

    def __init__(self, place: str = "mean", only_seen: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.place, self.only_seen = place, only_seen
        self.write(np.zeros(4))

    def get_config(self) -> dict[str, Any]:
        return {"place": self.place, "only_seen": self.only_seen, **super().get_config()}

    def read(self) -> Any:
        value: Any = getattr(self, self.place)
        return value["a"][0] if self.place == "nested" else value

    def write(self, value: Any) -> None:
        if self.place == "number":
            value = float(np.mean(value))
        setattr(self, self.place, {"a": [value]} if self.place == "nested" else value)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        if training:
            self.write(0.9 * self.read() + 0.1 * x.mean(axis=0))
        return x if self.only_seen else x - self.read()

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


class Shifted(Layer):
    """Is made with a number that get_config doesn't return."""

    def __init__(self, shift: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.shift = shift

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        return x + self.shift

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


class Heavy(Optimizer):
    """Keeps its velocity in an attribute of its own."""

    def __init__(self, learning_rate: float = 0.1, weight_decay: float | None = None) -> None:
        super().__init__(learning_rate, weight_decay)

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        self.velocity = 0.9 * getattr(self, "velocity", 0) - learning_rate * gradients
        parameters += self.velocity


class HalfError(MeanSquaredError):
    """A loss of one's own."""


OWN: dict[str, Any] = {
    kind.__name__: kind for kind in (Scale, Undeclared, Shifted, Heavy, HalfError)
}


def trained_with(layer: Layer, optimizer: Any = "adam", loss: Any = "mse") -> Sequential:
    model = Sequential([layer, Dense(3)], seed=0)
    model.compile(optimizer, loss)
    model.fit(X, Y, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("only_seen", [False, True])
@pytest.mark.parametrize("place", ["mean", "_mean", "nested"])
def test_arrays_that_would_be_lost_are_named(place: str, only_seen: bool, tmp_path: Path) -> None:
    model = trained_with(Undeclared(place, only_seen))
    expected = rf"undeclared\.{place} can't be saved: .* would be lost.* self\.add_state\(name"
    with pytest.raises(ValueError, match=expected):
        model.save(tmp_path / "m.npz")
    assert not (tmp_path / "m.npz").exists()


def test_a_layer_that_would_compute_something_else_is_refused(tmp_path: Path) -> None:
    for layer in (Shifted(2.0), Undeclared("number")):
        with pytest.raises(ValueError, match="it would give other outputs"):
            trained_with(layer).save(tmp_path / "m.npz")
    trained_with(Shifted(0.0)).save(tmp_path / "m.npz")


def test_an_activation_of_ones_own_is_tried_too(tmp_path: Path) -> None:
    model = trained_with(Dense(4, Undeclared(), name="below"))
    with pytest.raises(ValueError, match=r"undeclared\.mean can't be saved"):
        model.save(tmp_path / "m.npz")


def test_an_optimizer_that_would_forget_is_refused(tmp_path: Path) -> None:
    model = trained_with(Scale(), Heavy())
    with pytest.raises(ValueError, match=r"velocity can't be saved.*self\.remember\(name"):
        model.save(tmp_path / "m.npz")


def test_what_is_declared_comes_back(tmp_path: Path) -> None:
    model = trained_with(Scale(), loss=HalfError())
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz", OWN)
    for one in (model, loaded):
        one.fit(X, Y, epochs=4, initial_epoch=2, verbose=0)
    assert loaded.values.tobytes() == model.values.tobytes()
    assert model.layers[0].states["mean"].any()


def test_two_classes_of_one_name_are_refused(tmp_path: Path) -> None:
    own = type("Dense", (Dense,), {})
    model = Sequential([own(3), Dense(3)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="two classes or functions apart that are both called 'De"):
        model.save(tmp_path / "m.npz")
    alone = trained_with(own(4, name="own"), optimizer=Adam())
    alone.layers[1].name = "other"
    alone = Sequential([own(3, input_shape=(4,))])
    alone.save(tmp_path / "m.npz")
    assert type(load_model(tmp_path / "m.npz", {"Dense": own}).layers[0]) is own


def test_infinite_states_are_refused(tmp_path: Path) -> None:
    model = trained_with(Scale())
    model.layers[0].states["mean"][1] = np.inf
    for save in (model.save, model.save_weights):
        with pytest.raises(ValueError, match=r"states to be saved must be finite, received inf at"):
            save(tmp_path / "m.npz")
    assert not (tmp_path / "m.npz").exists()


@pytest.mark.parametrize("name", ["units", "W"])
def test_weights_of_a_changed_model_are_refused(name: str, tmp_path: Path) -> None:
    model = network()
    setattr(model.layers[1], name, 7 if name == "units" else np.zeros((4, 6)))
    with pytest.raises(ValueError, match=r"was (built for|bound to)"):
        model.save_weights(tmp_path / "w.npz")
    assert not (tmp_path / "w.npz").exists()


def test_plain_data_in_a_callbacks_state_comes_back(tmp_path: Path) -> None:
    state = {"a": None, "b": [1, 2.5, "x", [True]], "c": {"d": {"e": -0.0}}, "f": float("inf")}
    model = network()
    state_with(**state, g=np.arange(3.0), h=np.float64(0.1), i=(1, 2))(model)
    model.save(tmp_path / "m.npz")
    (entry,) = load_model(tmp_path / "m.npz").history.callback_states
    array = entry["state"].pop("g")
    assert array.tolist() == [0, 1, 2]
    assert entry["state"] == {**state, "h": 0.1, "i": [1, 2]}
