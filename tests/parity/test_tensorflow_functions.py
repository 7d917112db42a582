"""The façade's functions of arrays against TensorFlow's: values, dtypes and shapes."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT

from .twins import precision

# Each is evaluated with `tf` as TensorFlow and as tinynet's answer.
EXPRESSIONS = """
tf.constant([1.0, 2.0]); tf.constant([1, 2]); tf.constant(3.0, shape=(2, 2)); tf.constant([True])
tf.constant([1, 2], dtype=tf.float32); tf.constant(a); tf.convert_to_tensor([[1.0], [2.0]])
tf.zeros((2, 3)); tf.ones([2], dtype=tf.int32); tf.zeros_like(a); tf.ones_like([1, 2])
tf.fill([2, 2], 7); tf.eye(3); tf.linspace(0.0, 1.0, 5); tf.linspace(-1.0, 1.0, 3)
tf.range(5); tf.range(1, 7, 2); tf.range(0.0, 1.0, 0.25); tf.range(3.0); tf.range(1, 3.5)
tf.one_hot([0, 2, 1], 3); tf.one_hot([[0], [1]], depth=2)
tf.cast([1.7, -1.7], tf.int32); tf.cast([0, 2], "bool"); tf.cast(a, tf.float32)
tf.reshape(a, [4, 3]); tf.reshape(a, (-1,)); tf.transpose(a); tf.transpose(c, perm=[0, 2, 1])
tf.expand_dims(a, axis=0); tf.expand_dims(a, -1); tf.squeeze([[[1.0]], [[2.0]]])
tf.concat([a, a], axis=0); tf.stack([a, a], axis=1); tf.tile(a, [2, 1]); tf.repeat([1, 2], 2)
tf.gather(a, [2, 0]); tf.boolean_mask([1, 2, 3], [True, False, True])
tf.clip_by_value(a, -0.5, 0.5); tf.where(a > 0, a, 0 * a); tf.where([True, False]); tf.sort([3, 1])
tf.sort([1.0, 3.0, 2.0], direction="DESCENDING"); tf.shape(a); tf.size(a); tf.rank(a)
tf.matmul(a, tf.transpose(a)); tf.matmul(a, a, transpose_a=True); tf.tensordot(a, b, axes=1)
tf.add_n([a, a, a]); tf.argmax(a); tf.argmax(a, axis=1); tf.argmin([3, 1, 2]); tf.norm(a)
tf.norm(a, axis=1); tf.reduce_sum(a); tf.reduce_sum(a, axis=0); tf.reduce_mean(a, 1, keepdims=True)
tf.reduce_mean([1, 2]); tf.reduce_max(a); tf.reduce_min(a, axis=[0, 1]); tf.reduce_prod([1, 2, 3])
tf.reduce_any([True, False]); tf.reduce_all([True, False]); tf.math.reduce_std(a)
tf.math.reduce_variance(a, axis=0); tf.abs(a); tf.negative(a); tf.sign(a); tf.square(a); tf.sqrt(e)
tf.exp(a); tf.math.log(e); tf.math.log1p(e); tf.sin(a); tf.cos(a); tf.tan(a); tf.floor(a)
tf.math.ceil(a); tf.round([0.5, 1.5, 2.4]); tf.math.reciprocal(e); tf.math.is_nan(a)
tf.cumsum(b, 1); tf.cumsum(b, axis=0, exclusive=True); tf.cumsum(b, -1, True, True)
tf.math.cumprod(b, 1); tf.math.cumprod(a, 0, False, True); tf.atan2(x=0.0, y=1.0)
tf.nn.relu([-1.0], name="relu"); tf.unstack([1.0, 2.0])[1]
tf.logical_not([True]); tf.cumsum([1, 2, 3]); tf.add(a, 1.0); tf.subtract(a, a)
tf.multiply(a, 2.0); tf.divide(a, 2.0); tf.pow(e, 2.0); tf.maximum(a, 0.0); tf.minimum(b, b[0])
tf.math.mod([5, -5], 3); tf.math.squared_difference(a, 1.0); tf.equal([1, 2], [1, 3])
tf.not_equal([1], [2]); tf.greater(a, 0.0); tf.less_equal([1], [1]); tf.logical_and([True], [False])
tf.nn.log_softmax(a); tf.nn.softmax_cross_entropy_with_logits(labels=t, logits=a)
tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1, 3], logits=a)
tf.nn.sigmoid_cross_entropy_with_logits(labels=t, logits=a); tf.nn.l2_loss(a)
tf.nn.l2_normalize(a, axis=1); tf.nn.bias_add(a, b[:, 0]); tf.nn.moments(a, axes=[0])[1]
tf.nn.relu(a); tf.nn.sigmoid(a); tf.nn.tanh(a); tf.nn.softmax(a); tf.nn.elu(a); tf.nn.selu(a)
tf.nn.softplus(a); tf.nn.softsign(a); tf.nn.leaky_relu(a); tf.nn.relu6(10 * a); tf.nn.silu(a)
tf.sigmoid(a); tf.tanh(a); tf.math.sigmoid(a); tf.Variable([1.0, 2.0]); tf.Variable(a) + 1
tf.keras.ops.sparse_categorical_crossentropy([0, 1, 3], t); tf.keras.ops.softmax(a)
tf.keras.ops.sparse_categorical_crossentropy([2.0, 1.0, 0.0], a, from_logits=True)
tf.linalg.diag(c); tf.linalg.trace(tf.linalg.diag(c)); tf.add_n([f, f]); tf.atan2(f, 2.0)
tf.math.erf(f); tf.add([1.0], 2); tf.keras.ops.norm(f, 2); tf.keras.ops.sqrt(i)
tf.keras.ops.count_nonzero(a); tf.keras.ops.mean(i); tf.keras.layers.Softmax()(a)
tf.keras.layers.Rescaling(0.5)(i); tf.keras.layers.Dense(2, kernel_initializer="ones")(a)
K.cumsum(f); K.cumprod(f, 1); K.repeat(f, 2); K.repeat_elements(f, 2, axis=1); K.eye(2, "int32")
K.hard_sigmoid(f); K.sqrt(f); K.mean(tf.constant([1, 2])); K.mean(f > 0); K.expand_dims(f)
K.binary_crossentropy(tf.constant([1.0, 0.5]), tf.constant([0.0, 0.3])); K.constant(a)
K.constant([1, 2]); K.variable(a); K.std(f); K.var(f, axis=1); K.prod(f, 0); K.max(f, axis=-1)
K.clip(f, -1.0, 1.0); K.softmax(f); K.argmax(f); K.l2_normalize(f, axis=1); K.any(f > 1, axis=0)
tf.boolean_mask(a, a > 0); tf.boolean_mask(c, c[:, :, 0] > 0); tf.boolean_mask(u, u > 3)
tf.boolean_mask(a, [True, False, True, False], axis=1); tf.boolean_mask(n, [[True, False]] * 2)
tf.math.top_k(u, k=3)[0]; tf.math.top_k(u, k=3)[1]; tf.argsort(u, direction="DESCENDING")
tf.argsort([1.0, 3.0, 1.0, 3.0], direction="DESCENDING"); tf.math.erf([0.5]); tf.math.erf(a)
tf.math.reduce_logsumexp(a, axis=1); tf.math.reduce_logsumexp([-np.inf, -np.inf])
tf.math.reduce_logsumexp([[-np.inf, 1.0], [np.inf, 1.0]], axis=[1], keepdims=True)
tf.norm(a, keepdims=True); tf.norm(a, axis=[0, 1]); tf.norm(a, ord=1); tf.norm(a, np.inf, axis=0)
tf.linalg.trace(c[:, :, :3]); tf.linalg.diag([1.0, 2.0]); tf.linalg.diag(n); tf.pow([2.0], 3)
tf.linspace(0, 10, 5); tf.math.floordiv([-7, 7], 2); tf.where(a > 0, 1, 0)
tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=[[50.0, -50.0]])
tf.keras.ops.logsumexp([-np.inf, -np.inf]); tf.keras.ops.top_k(u, 2)[1]; tf.keras.ops.sum(u)
tf.keras.ops.norm(a); tf.keras.ops.norm(a, ord=1); tf.keras.ops.norm(a, ord=np.inf)
tf.keras.ops.norm(a, ord=2); tf.keras.ops.norm(a, ord="fro"); tf.keras.ops.norm(a, 1, 0, True)
tf.keras.ops.ceil([1, 2]); tf.keras.ops.floor([-1.5]); tf.keras.ops.floor([1, 2])
tf.keras.ops.full((2,), 3); tf.keras.ops.full((2,), 3.5, "float64"); tf.keras.ops.erf([0.5])
tf.keras.ops.categorical_crossentropy([[0.0, 1.0]], [[1.0, -3.0]], from_logits=True)
tf.constant([1.0, 2.0]) * 2; tf.constant([1, 2]) + 1; tf.constant(2.0) ** 2; -tf.constant([1.0])
"""
PROGRAM = """
import numpy as np
import tensorflow as tf
rng = np.random.RandomState(0)
a, b, c = rng.randn(3, 4), rng.randn(4, 2), rng.randn(2, 3, 4)
e, t = np.abs(a) + 0.5, np.eye(4)[:3]
f, i, K = tf.constant(a, tf.float32), np.arange(1, 4), tf.keras.backend
n, u = np.array([[1, 2], [3, -4]]), np.array([3, 0, 200, 7], dtype="uint8")
results = []
for expression in expressions:
    try:
        value = eval(expression).numpy()
        results.append([np.asarray(value).tolist(), str(value.dtype), np.shape(value)])
    except Exception as error:
        results.append([repr(error), "", []])
"""
Result = tuple[object, str, list[int]]


def ours() -> list[Result]:
    """Return value, dtype and shape of each expression, as a script that tinynet runs gives."""
    begin = "import json, sys; expressions = json.loads(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-m", "tinynet", "-", json.dumps(expressions())],
        input=f"{begin}{PROGRAM}print(json.dumps(results))",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=True,
    )
    return [tuple(result) for result in json.loads(done.stdout.splitlines()[-1])]


def theirs() -> list[Result]:
    """Return the same as TensorFlow gives; in this process, which has imported it already."""
    names: dict[str, Any] = {"expressions": expressions()}
    with precision("float32"):  # Keras's default
        exec(PROGRAM, names)
    return [tuple(result) for result in json.loads(json.dumps(names["results"]))]


def expressions() -> list[str]:
    """Return the expressions one by one."""
    return [part.strip() for part in EXPRESSIONS.replace("\n", ";").split(";") if part.strip()]


@pytest.fixture(scope="module")
def results() -> dict[str, tuple[Result, Result]]:
    """Evaluate all expressions with tinynet and with TensorFlow."""
    return dict(zip(expressions(), zip(ours(), theirs(), strict=True), strict=True))


@pytest.mark.parametrize("expression", expressions())
def test_a_function_gives_what_tensorflows_gives(
    expression: str, results: dict[str, tuple[Result, Result]]
) -> None:
    ours, theirs = results[expression]
    assert theirs[1], theirs[0]
    assert ours[1:] == theirs[1:], ours[0]
    np.testing.assert_allclose(np.array(ours[0]), np.array(theirs[0]), rtol=1e-6, atol=1e-7)
