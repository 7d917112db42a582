"""Where a model's arrays lie: trained parameters first, then frozen ones, then states."""

import copy
from pathlib import Path

import numpy as np
import pytest

from tinynet import SGD, Adam, Dense, Layer, ReLU, Sequential, Softmax, Tanh, load_model
from tinynet._internal import layout
from tinynet.gradcheck import check_gradients
from tinynet.layers.base import Shape

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = np.eye(2)[RNG.integers(0, 2, 40)]


class Centred(Layer):
    """Subtracts the mean of earlier batches, which isn't learned, and scales by s, which is."""

    s: np.ndarray
    ds: np.ndarray
    mean: np.ndarray

    def create_parameters(self, input_shape: Shape) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))
        self.add_state("mean", input_shape, lambda shape, rng: np.zeros(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x = self.check_input(x)
        self._mean = self.mean.copy()
        if training:
            self.mean[...] = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        return (x - self._mean) * self.s

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.ds[...] = (dy * (self._x - self._mean)).sum(axis=0)
        return dy * self.s


def network(optimizer: object = "sgd") -> Sequential:
    stack = [Dense(4, "relu", input_shape=(3,)), Centred(), Dense(3, "tanh"), Dense(2, "softmax")]
    model = Sequential(stack, seed=0)
    model.compile(optimizer, "categorical_crossentropy")  # type: ignore[arg-type]
    return model


def test_trained_parameters_lie_first_then_frozen_ones_then_states() -> None:
    model = network()
    model.layers[2].trainable = False
    model.compile()
    first, centred, frozen, last = model.layers
    parts = [first.W, first.b, centred.s, last.W, last.b, frozen.W, frozen.b, centred.mean]  # type: ignore[attr-defined]
    expected = np.concatenate([part.ravel() for part in parts])
    np.testing.assert_array_equal(model.values, expected)
    assert model.parameters.size == 16 + 4 + 8
    assert np.shares_memory(model.parameters, model.values)
    for part in parts:
        assert np.shares_memory(part, model.values)
    assert [s.stop - s.start for s in model.optimizer.segments] == [12, 4, 4, 6, 2]
    names = [array.shape for array in model.get_weights()]
    assert names == [(3, 4), (4,), (4,), (4,), (4, 3), (3,), (3, 2), (2,)]  # as the layers come


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9, weight_decay=0.01), Adam(0.1)])
def test_a_frozen_layer_isnt_changed_and_what_lies_around_it_is(optimizer: object) -> None:
    model = network(copy.deepcopy(optimizer))
    model.layers[2].trainable = False
    model.compile(copy.deepcopy(optimizer), "categorical_crossentropy")  # type: ignore[arg-type]
    before = model.get_weights()
    model.fit(X, Y, epochs=3, verbose=0)
    changed = [(a != b).any() for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [True, True, True, True, False, False, True, True]


def test_below_the_lowest_trained_layer_nothing_goes_back() -> None:
    model = network()
    for layer in model.layers[:3]:
        layer.trainable = False
    model.compile()
    assert [type(part).__name__ for part in model.trained] == ["Dense"]
    before = model.get_weights()
    model.fit(X, Y, epochs=2, verbose=0)
    after = model.get_weights()
    assert [(a != b).any() for a, b in zip(before, after, strict=True)] == (
        [False] * 3 + [True] + [False] * 2 + [True] * 2  # the state goes on
    )


def test_a_model_that_is_frozen_as_a_whole_has_nothing_to_learn() -> None:
    model = Sequential([Dense(2, "softmax", input_shape=(3,))])
    model.layers[0].trainable = False
    model.compile()
    with pytest.raises(ValueError, match=r"isn't frozen, received none"):
        model.fit(X, Y, verbose=0)


def test_frozen_layers_and_states_are_counted_saved_and_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = network(Adam(0.05))
    model.layers[0].trainable = False
    model.compile(Adam(0.05), "categorical_crossentropy")
    model.fit(X, Y, epochs=2, verbose=0)
    model.summary()
    assert "Trainable params: 27\nNon-trainable params: 20" in capsys.readouterr().out
    assert model.count_params() == 47
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz", {"Centred": Centred})
    assert [layer.trainable for layer in loaded.layers] == [False, True, True, True]
    for one in (model, loaded):
        one.fit(X, Y, epochs=4, initial_epoch=2, verbose=0)
    assert loaded.values.tobytes() == model.values.tobytes()
    other = network()
    other.load_weights(tmp_path / "m.npz")
    for a, b in zip(other.get_weights()[:2], model.get_weights()[:2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_copies_in_another_dtype_are_models_of_their_own() -> None:
    model = network(Adam())
    model.fit(X, Y, verbose=0)
    wide = model.copy("float64")
    assert wide.values.dtype == wide.layers[1].states["mean"].dtype == np.float64
    np.testing.assert_array_equal(wide.values, model.values)
    assert wide.optimizer.state["m"].dtype == np.float64
    before = model.values.tobytes()
    wide.fit(X, Y, verbose=0)
    assert wide.predict(X).dtype == np.float64
    assert model.values.tobytes() == before
    same = model.copy()
    for one in (model, same):
        one.fit(X, Y, epochs=2, initial_epoch=1, verbose=0)
    assert same.values.tobytes() == model.values.tobytes()


def test_the_unfolded_model_takes_the_steps_of_the_chain_and_agrees_with_the_long_path() -> None:
    model = network().copy("float64")
    flat = model.unfolded()
    assert [type(layer).__name__ for layer in flat.layers] == (
        ["Dense", "ReLU", "Centred", "Dense", "Tanh", "Dense"]
    )
    seen: list[np.ndarray] = []
    logits = flat.forward(X, observer=lambda layer, y: seen.append(y))
    assert len(seen) == 6
    np.testing.assert_array_equal(model.outputs(logits), model.predict(X))
    loss, dz = flat.criterion(model.loss.targets(Y, (2,)), logits)
    derivatives: list[np.ndarray] = []
    dx = flat.backward(dz, observer=lambda layer, dy: derivatives.append(dy))
    assert [d.shape for d in derivatives] == [y.shape for y in reversed(seen)]
    # The long path: through every layer and the softmax by itself.
    y = model.forward(X)
    assert loss == pytest.approx(model.loss.value(model.loss.targets(Y, (2,)), y), rel=1e-12, abs=0)
    expected = model.backward(model.loss.gradient(model.loss.targets(Y, (2,)), y))
    np.testing.assert_allclose(dx, expected, rtol=1e-9, atol=1e-12)
    gradients = model.gradients.copy()
    model.optimizer.learning_rate = 0.0
    model.train_step(X.astype(np.float64), model.loss.targets(Y, (2,)))
    twin = network().copy("float64")
    twin.train_step(X.astype(np.float64), twin.loss.targets(Y, (2,)))
    assert twin.gradients.shape == gradients.shape


def test_the_chain_shares_the_arrays_of_its_model() -> None:
    model = network()
    for layer in model.layers:
        for part in layer.parts():
            for name, array in (part.parameters | part.states).items():
                assert array is getattr(layer, name)
    model.layers[0].parameters["W"][...] = 0
    assert not model.chain[0].parameters["W"].any()


def test_one_activation_in_two_places_is_refused() -> None:
    """It would remember the input of one place alone, and train with wrong gradients."""
    tanh = Tanh()
    with pytest.raises(ValueError, match=r"tanh is used twice, in dense_1 and elsewhere"):
        Sequential([Dense(4, tanh, input_shape=(3,)), Dense(2, tanh)])
    both = Sequential([Dense(4, tanh := Tanh(), input_shape=(3,)), tanh])
    with pytest.raises(ValueError, match=r"tanh is used twice, in dense and in tanh: a layer rem"):
        both.compile("sgd", "mse")
    later = Sequential([Dense(4, input_shape=(3,)), Dense(4), Dense(2)])
    later.compile("sgd", "mse")
    relu = ReLU()
    for layer in later.layers[:2]:
        layer.activation = relu  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"changed after compile"):
        later.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match=r"re_lu is used twice, in dense and in dense_1"):
        later.compile("sgd", "mse")


def test_a_thousand_layers_are_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(layout.Layout):
        def __init__(self, layers: list[Layer], dtype: np.dtype) -> None:
            made.append(len(layers))
            super().__init__(layers, dtype)

    monkeypatch.setattr(layout, "Layout", Counted)
    model = Sequential([Dense(2, input_shape=(2,)), *(Dense(2) for _ in range(999))])
    assert made == []
    model.compile("sgd", "mse")
    assert made == [1000]
    assert [layer.name for layer in model.layers[:3]] == ["dense", "dense_1", "dense_2"]
    assert len({layer.name for layer in model.layers}) == 1000


def test_a_layer_with_a_state_passes_the_gradient_checker() -> None:
    check_gradients(Centred().build((3,)), X.astype(np.float64)).assert_ok()


@pytest.mark.parametrize("last", [[Dense(1, "softmax")], [Dense(1), Softmax()]])
def test_training_a_softmax_over_one_output_is_warned_of_once(last: list[Layer]) -> None:
    model = Sequential([Dense(3, "relu"), *last])
    model.compile("sgd", "binary_crossentropy")

    def train_twice() -> None:
        model.fit(X, Y[:, :1], verbose=0)
        model.fit(X, Y[:, :1], verbose=0)
        model.copy()

    with pytest.warns(UserWarning, match="a softmax over one output is always 1") as caught:
        train_twice()
    assert [warning.filename for warning in caught] == [__file__]


def test_training_a_softmax_over_two_outputs_is_not() -> None:
    model = Sequential([Dense(2, "softmax")])
    model.compile("sgd")
    model.fit(X, Y, verbose=0)
