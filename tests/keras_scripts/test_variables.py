"""Keras's variables in a script: parameters, states and settings that can be read and assigned."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tests.keras_scripts.conftest import Command, last_lines
from tinynet import initializers
from tinynet.keras_scripts.arrays import TensorShape, Variable, constant, reshape
from tinynet.keras_scripts.modules import names_of
from tinynet.keras_scripts.variables import initializer_object

START = """
import numpy as np, tensorflow as tf
from tensorflow import keras
model = keras.Sequential([
    keras.layers.Dense(3, input_shape=(2,)), keras.layers.BatchNormalization(), keras.layers.PReLU()
])
model.compile("sgd", "mse")
"""
REFUSED = {
    "model.layers[0].kernel.assign(1.0)": "shape (2, 3), received ()",
    "model.layers[1].gamma.assign([1.0, 2.0])": "shape (3,), received (2,)",
    "model.layers[0].kernel = [[1.0]]": "layer.kernel.assign(values)",
    "model.layers[0].bias = None": "layer.kernel.assign(values)",
    "model.layers[1].gamma = [1.0] * 3; model.predict([[1.0, 2.0]])": "write into it",
    "model.optimizer.learning_rate.assign(-1)": "learning_rate",
    "model.optimizer.learning_rate.assign_sub(1)": "learning_rate",
    "model.optimizer.iterations.assign(-1)": "iterations",
    "tf.Variable([1.0])[0].assign([1.0, 2.0])": "assign refused its arguments",
    "tf.Variable([1.0]).scatter_update(1)": "Variable has no scatter_update: use numpy()",
    "tf.constant(1.0).eval()": "Tensor has no eval: use numpy()",
    "model.layers[2].gamma": "has no attribute 'gamma'",
    "keras.layers.BatchNormalization().gamma": "build(input_shape)",
}


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    return last_lines(START + call for call in REFUSED)


@pytest.mark.parametrize("call", REFUSED)
def test_a_wrong_use_is_answered_in_a_sentence(answers: dict[str, str], call: str) -> None:
    assert REFUSED[call] in answers[START + call]


KEPT = """
kernel = model.layers[0].kernel
old = kernel.numpy()
for refused in (lambda: kernel.assign([[1.0]]), lambda: model.layers[1].gamma.assign("a")):
    try:
        refused()
    except ValueError:
        pass
    else:
        raise SystemExit("assigned")
assert (kernel.numpy() == old).all() and (model.layers[1].gamma.numpy() == 1).all()
seen = [v.numpy() for v in model.variables] + [kernel[0], tf.transpose(kernel), kernel.value]
seen += [tf.reshape(kernel, [-1]), tf.convert_to_tensor(kernel), keras.backend.get_value(kernel)]
seen += [keras.ops.convert_to_numpy(kernel), keras.ops.exp(kernel), tf.cast(kernel, tf.float32)]
copies = [np.array(array) for array in seen]
model.fit(np.arange(16.0).reshape(8, 2) ** 2, np.zeros((8, 3)), epochs=2, verbose=0)
for array, copy in zip(seen, copies):
    assert np.array_equal(array, copy)
assert not np.array_equal(kernel.numpy(), old)
model.compile("adam", "mse")  # lays the arrays out anew
kernel.assign(tf.eye(2, 3))
assert tf.argmax(kernel, axis=1).numpy().tolist() == [0, 1]
model.compile("sgd", "mse")
model.layers[0].set_weights([np.ones((2, 3)), np.zeros(3)])
for read in (tf.reduce_sum, keras.ops.sum, lambda k: tf.cast(k, tf.int32).numpy().sum(),
             lambda k: keras.ops.convert_to_numpy(k).sum(), lambda k: k[0].numpy().sum() * 2):
    assert read(kernel) == 6
assert (model.layers[0].get_weights()[0] == 1).all()
assert type(model.layers[1].gamma).__name__ == "Weight"
assert type(vars(model.layers[1])["gamma"]) is np.ndarray
model.layers[1].gamma.assign_add(tf.ones(3))
y = model.layers[1].forward(np.ones((2, 3), np.float32))
assert type(y) is np.ndarray, "training computes with plain arrays"
"""


def test_what_is_read_is_a_copy_and_what_is_assigned_arrives(tinynet: Command) -> None:
    result = tinynet(START + KEPT)
    assert result.returncode == 0, result.stderr


IN_PLACE = """
kernel, before = model.layers[0].kernel, model.layers[0].get_weights()[0]
kernel *= 5
assert (model.layers[0].get_weights()[0] == before).all() and before.any()
rate = model.optimizer.learning_rate = 0.25
for change, value in (("*= 2", 0.5), ("/= 4", 0.125), ("+= 1", 1.125), ("-= 0.125", 1.0)):
    exec(f"model.optimizer.learning_rate {change}")
    assert float(model.optimizer.learning_rate) == value
"""


def test_an_assignment_with_an_operator_changes_no_variable(tinynet: Command) -> None:
    result = tinynet(START + IN_PLACE)
    assert result.returncode == 0, result.stderr


READ = """
import copy
weights, bias = model.layers[0].get_weights()
assert {type(array) for array in [weights, bias, *model.get_weights()]} == {np.ndarray}
weights[0][0] = 5.0  # a row of a plain array is a view
model.layers[0].set_weights([weights, bias])
assert model.layers[0].kernel.numpy()[0, 0] == 5
gamma = model.layers[1].gamma
assert (gamma.name, gamma.path, gamma.trainable) == (
    "gamma", "batch_normalization/gamma", True)
assert (gamma * 2).numpy().tolist() == [2, 2, 2]
for array in (model.predict(np.ones((2, 2)), verbose=0), model.layers[2].forward(np.ones((2, 3)))):
    assert type(array) is np.ndarray, "layers compute plain arrays"
for layer in copy.deepcopy(model).layers:
    assert all(type(array) is np.ndarray for array in layer.get_weights())
assert model.layers[0].kernel_initializer((2, 3)).numpy().shape == (2, 3)
assert model.layers[1].gamma_initializer((3,)).numpy().tolist() == [1, 1, 1]
"""


def test_weights_that_are_read_are_plain_arrays(tinynet: Command) -> None:
    result = tinynet(START + READ)
    assert result.returncode == 0, result.stderr


def test_what_is_read_from_a_variable_stays() -> None:
    v = Variable([[1.0, 2.0], [3.0, 4.0]])
    seen = [v.numpy(), v[0], v[0, 0], v.value(), v.value, v.read_value(), reshape(v, [-1])]
    v.assign(np.zeros((2, 2)))
    assert [float(np.ravel(values)[0]) for values in seen] == [1.0] * len(seen)
    assert v[:, 1].assign([5.0, 6.0]) is v
    assert v.tolist() == [[0, 5], [0, 6]]


@pytest.mark.parametrize(
    ("write", "error", "message"),
    [
        (lambda v, n: v.assign([5.0, 6.0]), ValueError, r"have shape \(2, 2\), received \(2,\)"),
        (lambda v, n: v.assign(5.0), ValueError, r"have shape \(2, 2\), received \(\)"),
        (lambda v, n: n.assign_add(0.5), TypeError, "assign refused .* int32 holds whole numbers"),
        (lambda v, n: n.assign(constant(np.nan)), TypeError, "int32 holds whole numbers"),
        (lambda v, n: Variable([1, 2])[0].assign(0.5), TypeError, "int32 holds whole numbers"),
    ],
)
def test_a_variable_refuses_what_would_change_in_it(
    write: Callable[[Variable, Variable], Any], error: type[Exception], message: str
) -> None:
    v, n = Variable([[1.0, 2.0], [3.0, 4.0]]), Variable(3)
    with pytest.raises(error, match=message):
        write(v, n)
    assert (v.tolist(), n.tolist()) == ([[1, 2], [3, 4]], 3)
    assert (v.assign_add(1).tolist(), n.assign(2.0).tolist()) == ([[2, 3], [4, 5]], 2)


def test_shapes_have_tensorflows_methods() -> None:
    shape = constant([[1.0, 2.0]]).get_shape()
    assert constant([[1.0, 2.0]]).shape == (1, 2)
    assert isinstance(constant([[1.0, 2.0]]).shape, TensorShape)
    assert (shape.as_list(), shape.dims, shape.rank, shape.ndims) == ([1, 2], [1, 2], 2, 2)
    assert shape.num_elements() == 2
    assert shape.is_fully_defined()


@pytest.mark.parametrize("name", sorted(initializers.INITIALIZERS))
def test_every_initializer_draws_from_a_shape_alone(name: str) -> None:
    made = initializer_object(initializers.get(name))
    values = made((3, 3))
    rng = [np.random.default_rng(1), np.random.default_rng(1)]
    assert values.shape == (3, 3)
    expected = initializers.get(name)((3, 3), rng[1])
    np.testing.assert_array_equal(made((3, 3), rng[0]), expected)


def test_a_layer_of_tinynet_alone_has_plain_arrays() -> None:
    layer = tn.layers.BatchNormalization().build((2,))
    assert type(layer.gamma) is np.ndarray


def test_parts_of_a_variable_are_no_names_of_tensorflow() -> None:
    assert not {"Slice", "Value"} & {*names_of("tensorflow")}
    with pytest.raises(AttributeError, match="Slice has no eval: use numpy"):
        Variable([1.0])[0].eval()
