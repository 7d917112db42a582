"""Rescaling, Reshape, Activation and Input."""

from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Layer, ReLU, Sequential, Softmax, layers, regularizers
from tinynet.gradcheck import check_gradients
from tinynet.layers import Activation, Flatten, Input, InputLayer, PReLU, Rescaling, Reshape

X = np.random.default_rng(0).standard_normal((5, 6))


@pytest.mark.parametrize(
    "layer",
    [
        *(Rescaling(0.5, offset=-1), Reshape((2, 3)), Reshape((-1, 2)), Reshape([6])),  # type: ignore[arg-type]
        *(Activation("tanh"), Activation("linear"), Activation("softmax"), Activation(ReLU())),
        *(layers.Identity(), layers.ActivityRegularization(0.1, 0.2)),
    ],
    ids=repr,
)
def test_gradients_and_configuration(layer: Any) -> None:
    check_gradients(layer, X).assert_ok()
    again = type(layer)(**layer.get_config())
    np.testing.assert_array_equal(again.forward(X), layer.forward(X))


def test_by_hand() -> None:
    assert Rescaling(1 / 255).forward(np.array([[0, 255]], dtype=np.uint8)).tolist() == [[0, 1]]
    assert Reshape((2, -1)).output_shape((6,)) == (2, 3)
    np.testing.assert_array_equal(Reshape((3, 2)).forward(X), X.reshape(5, 3, 2))
    with pytest.raises(ValueError, match=r"can't reshape .* 6 numbers each, to \(4,\)"):
        Reshape((4,)).forward(X)
    with pytest.raises(ValueError, match="one size of -1"):
        Reshape((-1, -1))
    with pytest.raises(TypeError, match="target_shape must be a tuple"):
        Reshape(6)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be added as a layer of its own"):
        Activation(PReLU()).build((6,))


def test_activation_is_the_layer_that_it_names() -> None:
    y = np.eye(3)[np.random.default_rng(1).integers(0, 3, 40)]
    x = np.random.default_rng(2).standard_normal((40, 4))
    stacks = (
        [Dense(8), Activation("relu"), Dense(3), Activation("softmax")],
        [Dense(8, "relu"), Dense(3, "softmax")],
        [Dense(8), ReLU(), Dense(3), Softmax()],
    )
    models = [Sequential(stack, seed=0) for stack in stacks]
    for model in models:
        model.compile("sgd", "categorical_crossentropy")
        model.fit(x, y, epochs=3, verbose=0)
    for model in models[1:]:
        assert model.parameters.tobytes() == models[0].parameters.tobytes()
    assert type(models[0].chain[-1]) is Dense  # the loss undoes the softmax


def test_input_says_what_the_first_layer_takes() -> None:
    for first in (Input(shape=(4,)), Input((4,)), InputLayer(input_shape=[4]), InputLayer((4,))):  # type: ignore[arg-type]
        model = Sequential([first, Dense(3), Dense(2)])
        assert model.built
        assert [layer.name for layer in model.layers] == ["dense", "dense_1"]
        assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))
    model = Sequential()
    model.add(Input(shape=(2, 3)))
    assert not model.built
    model.add(Flatten())
    model.add(Dense(1))
    assert model.input_shape == (None, 2, 3)
    with pytest.raises(ValueError, match="Input must come first"):
        model.add(Input((3,)))
    with pytest.raises(ValueError, match="Input needs the shape of one example"):
        Input()
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        Input((3,), batch_size=0)


def test_input_dim_and_shapes_of_later_layers() -> None:
    model = Sequential([Dense(3, input_dim=4), Dense(2, input_dim=9), Dense(1, input_shape=(7,))])
    assert [layer.W.shape for layer in model.layers] == [(4, 3), (3, 2), (2, 1)]  # type: ignore[attr-defined]
    assert Dense(3, input_shape=[1]).build().W.shape == (1, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="input_dim must be a whole number"):
        Dense(3, input_dim=(4,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"input_dim=4 and input_shape=\(5,\) .*: leave one"):
        Dense(3, input_dim=4, input_shape=(5,))
    assert Dense(3, input_dim=4, input_shape=[4]).input_shape == (4,)  # type: ignore[arg-type]


def test_identity_and_activity_regularization_hand_on_what_they_get() -> None:
    x = np.array([[1.0, -2.0], [3.0, 4.0]])
    for layer in (layers.Identity(), layers.ActivityRegularization(0.5, 0.25)):
        np.testing.assert_array_equal(layer.forward(x), x)
        np.testing.assert_array_equal(layer.backward(2 * x), 2 * x)


def test_activity_regularization_is_a_penalty_on_the_layer_before() -> None:
    x, y = np.array([[1.0, -2.0], [3.0, 4.0]]), np.zeros((2, 1))
    stacks: list[list[Layer]] = [
        [Dense(1, "tanh"), layers.ActivityRegularization(0.5, 0.25)],
        [Dense(1, "tanh", activity_regularizer=regularizers.L1L2(0.5, 0.25))],
    ]
    weights = []
    for stack in stacks:
        model = Sequential([Input((2,)), *stack], seed=0)
        model.compile("sgd", "mse")
        model.fit(x, y, epochs=3, verbose=0)
        weights.append(model.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("layer", [layers.Identity(), layers.ActivityRegularization(0.1)])
def test_doing_nothing_takes_a_gradient_of_the_outputs_shape_alone(layer: Layer) -> None:
    layer.forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"shape of its last output, \(2, 3\), received \(2, 1\)"):
        layer.backward(np.ones((2, 1)))
    assert layer.backward(np.ones((2, 3))).shape == (2, 3)
