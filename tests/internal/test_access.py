"""Models and layers by Keras's names: weights, shapes, single batches, descriptions."""

import json
from typing import Any

import numpy as np
import pytest

from tinynet import Adam, Dense, Layer, Sequential, layers
from tinynet.models import model_from_json

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((20, 4)), np.eye(3)[RNG.integers(0, 3, 20)]


def model() -> Sequential:
    stack = [Dense(5, "relu", input_dim=4), layers.BatchNormalization(), Dense(3, "softmax")]
    made = Sequential(stack, seed=0)
    made.compile("adam", "categorical_crossentropy", metrics=["accuracy", "mae"])
    return made


def test_weights_of_layers() -> None:
    layer = model().layers[0]
    assert isinstance(layer, Dense)
    assert layer.kernel is layer.W
    assert layer.bias is layer.b
    assert [w.shape for w in layer.weights] == [(4, 5), (5,)]
    W, b = layer.get_weights()
    W += 1
    assert (layer.W != W).all()  # copies
    layer.set_weights([W, b])
    np.testing.assert_array_equal(layer.W, W)
    for wrong, message in (([W], "Expected 2 arrays"), ([W, b[:2]], "dense.b has shape")):
        with pytest.raises(ValueError, match=message):
            layer.set_weights(wrong)
    with pytest.raises(ValueError, match="finite"):
        layer.set_weights([W * np.nan, b])
    np.testing.assert_array_equal(layer.W, W)
    alone = Dense(2)
    assert alone.weights == []
    np.testing.assert_array_equal(alone(X), alone.forward(X))
    assert [w.shape for w in alone.get_weights()] == [(4, 2), (2,)]


def test_weights_of_models_and_freezing() -> None:
    made = model()
    assert [w.shape for w in made.weights] == [w.shape for w in made.get_weights()]
    assert len(made.trainable_weights) == 6
    assert len(made.non_trainable_weights) == 2
    made.layers[0].trainable = False
    assert len(made.trainable_variables) == 4
    assert len(made.non_trainable_variables) == 4
    assert made.trainable
    made.trainable = False
    assert not made.trainable
    assert made.trainable_weights == []
    assert made.variables[0] is made.layers[0].weights[0]


def test_a_layer_by_name_or_place() -> None:
    made = model()
    assert made.get_layer("dense_1") is made.layers[2]
    assert made.get_layer(index=-1) is made.get_layer(name="dense_1")
    for arguments, message in (
        (("densse",), r"Unknown layer 'densse'\. Did you mean 'dense'\?"),
        ((None, 3), "index must be at most 2, received 3"),
        ((None, None), "either a name or an index"),
        (("dense", 0), "either a name or an index"),
    ):
        with pytest.raises(ValueError, match=message):
            made.get_layer(*arguments)


def test_popping_and_adding() -> None:
    made = model()
    made.fit(X, Y, verbose=0)
    kept = made.get_weights()[:4]
    popped = made.pop()
    assert popped.name == "dense_1"
    assert made.output_shape == (None, 5)
    assert made.predict(X).shape == (20, 5)
    made.add(Dense(3, "softmax"))
    assert len({layer.name for layer in made.layers}) == 3
    with pytest.raises(ValueError, match="isn't compiled"):
        made.fit(X, Y, verbose=0)
    for old, new in zip(kept, made.get_weights(), strict=False):
        np.testing.assert_array_equal(old, new)
    made.compile("sgd", "categorical_crossentropy")
    made.fit(X, Y, verbose=0)
    other = Sequential([popped])  # it is free again
    assert other.layers == [popped]
    unbuilt = Sequential([Dense(2), Dense(1)])
    unbuilt.pop()
    assert unbuilt.predict(X).shape == (20, 2)
    unbuilt.pop()
    with pytest.raises(ValueError, match="no layers to remove"):
        unbuilt.pop()


def test_a_model_is_called_like_a_function() -> None:
    made = model()
    np.testing.assert_array_equal(made(X), made.predict(X))
    unbuilt = Sequential([layers.Dropout(0.5), Dense(2)], seed=0)
    assert unbuilt(X).shape == (20, 2)
    assert (unbuilt(X, training=True) != unbuilt(X)).any()


def test_single_batches_and_names() -> None:
    made = model()
    assert made.metrics_names == ["loss", "accuracy", "mae"]
    assert made.test_on_batch(X, Y) == made.evaluate(X, Y, batch_size=20, verbose=0)
    named = made.test_on_batch(X, Y, return_dict=True)
    assert [*named] == made.metrics_names
    np.testing.assert_array_equal(made.predict_on_batch(X), made.predict(X))
    assert [*made.train_on_batch(X, Y, return_dict=True)] == made.metrics_names


def test_an_unbuilt_model_is_summarised_and_predicts(capsys: pytest.CaptureFixture[str]) -> None:
    made = Sequential([Dense(3), Dense(1)])
    made.summary()
    assert "unbuilt" in capsys.readouterr().out
    with pytest.raises(ValueError, match="isn't built"):
        _ = made.output_shape
    assert made.predict(X).shape == (20, 1)
    made.summary()
    assert "unbuilt" not in capsys.readouterr().out


def test_one_feature_needs_no_second_axis() -> None:
    x = np.array([-1.0, 0, 1, 2, 3, 4])
    made = Sequential([Dense(1, input_shape=[1])], seed=0)  # type: ignore[arg-type]
    made.compile("sgd", "mse")
    made.fit(x, 2 * x - 1, epochs=500, verbose=0)
    assert made.predict(np.array([10.0])).shape == (1, 1)
    assert made.predict([10.0])[0, 0] == pytest.approx(19, abs=0.1)
    assert made.evaluate(x, 2 * x - 1, verbose=0) < 1e-3
    wide = Sequential([Dense(1, input_shape=(3,))])
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 3\), received \(3,\)"):
        wide.predict(np.ones(3))


def test_described_and_made_again() -> None:
    stack = [
        Dense(5, "elu", input_dim=4, kernel_regularizer="l2", kernel_initializer="he_normal"),
        layers.Activation("gelu"),
        layers.LeakyReLU(0.1),
        layers.Dropout(0.25, seed=3),
        layers.Reshape((5, 1)),
        layers.Flatten(),
        Dense(3, bias_constraint="max_norm", kernel_initializer=layers_uniform(), name="last"),
    ]
    made = Sequential(stack, name="mine")
    text = made.to_json(indent=2)
    assert json.loads(text)["class_name"] == "Sequential"
    for again in (model_from_json(text), Sequential.from_config(made.get_config())):
        assert again.get_config() == made.get_config()
        assert (again.name, again.dtype, again.built) == ("mine", made.dtype, True)
        assert [w.shape for w in again.weights] == [w.shape for w in made.weights]
    unbuilt = Sequential([Dense(3)])
    assert not model_from_json(unbuilt.to_json()).built
    for text, message in (
        ("{", "Expected a string of JSON"),
        ('{"class_name": "Dense"}', "Expected the description of a Sequential"),
        ('{"class_name": "Sequential", "config": {}}', "that tinynet has described"),
    ):
        with pytest.raises(ValueError, match=message):
            model_from_json(text)


def test_a_model_of_a_derived_class_is_described_as_a_sequential() -> None:
    class Network(Sequential):
        def __init__(self, units: int) -> None:
            super().__init__([Dense(units, input_shape=(2,))])

    made = Network(3)
    again = model_from_json(made.to_json())
    assert type(again) is Sequential
    assert again.get_config() == made.get_config()


def layers_uniform() -> Any:
    from tinynet.initializers import RandomUniform

    return RandomUniform(-0.1, 0.1, seed=4)


def test_frozen_layers_are_made_again_frozen() -> None:
    made = Sequential([Dense(3, input_shape=(2,)), layers.BatchNormalization(), Dense(1)])
    made.layers[1].trainable = False
    config = made.get_config()
    for again in (Sequential.from_config(config), model_from_json(made.to_json())):
        assert [layer.trainable for layer in again.layers] == [True, False, True]
        again.compile("sgd", "mse")
        assert again.parameters.size == 3 * 2 + 3 + 3 + 1
    for wrong, message in ((1, "must be a list"), ([3], "frozen must be"), (["a"], "frozen must")):
        with pytest.raises((TypeError, ValueError), match=message):
            Sequential.from_config({**config, "frozen": wrong})
    assert "frozen" not in Sequential([Dense(1)]).get_config()


def test_layers_are_made_again_from_their_configuration() -> None:
    layer = Dense(3, "relu", kernel_regularizer="l1", name="mine")
    again = Dense.from_config(layer.get_config())
    assert isinstance(again, Dense)
    assert repr(again) == repr(layer)


def test_names_that_a_layer_of_ones_own_may_use() -> None:
    class Own(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.kernel, self.bias = np.ones(3), 0.0

        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return x * self.kernel + self.bias

    assert Own()(np.ones((2, 3))).tolist() == [[1, 1, 1]] * 2


def test_a_model_whose_init_leaves_out_that_of_sequential_is_told_so() -> None:
    class Bare(Sequential):
        def __init__(self) -> None:
            self.width = 3

    for use in (repr, Sequential.summary, Sequential.get_weights, lambda model: model.layers):
        with pytest.raises(AttributeError, match=r"^Bare\.__init__ must call super\(\)\.__init__"):
            use(Bare())


def test_the_learning_rate_is_read_and_set() -> None:
    made = model()
    assert made.optimizer.learning_rate == 0.001
    made.optimizer.learning_rate = 0.0
    before = made.parameters.copy()
    made.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(made.parameters, before)
    made.optimizer.learning_rate = 0.1
    made.fit(X, Y, verbose=0)
    assert (made.parameters != before).any()
    assert isinstance(made.optimizer, Adam)
