"""What Keras's objects have beside tinynet's: there in a script, and nowhere else."""

import pickle
import subprocess
import sys

import pytest

import tinynet as tn
from tests.keras_scripts.conftest import Command, last_lines
from tinynet._internal import absent
from tinynet.keras_scripts import answers as tables
from tinynet.keras_scripts.modules import KERAS, public_names

CALLS = {
    "keras.layers.Dense(2)(keras.Input((3,)))": "no functional API",
    "keras.optimizers.Adam().apply_gradients([])": "no tf.GradientTape",
    "keras.layers.Dense(2).add_weight(shape=(2,))": "defines forward(x) and backward(dy)",
    "class Own(keras.Layer):\n    def call(self, x):\n        return x\nOwn()": "forward(x) and",
    "class MCDropout(keras.layers.Dropout):\n    def call(self, inputs):\n"
    "        return super().call(inputs, training=True)\nMCDropout(0.5)": (
        "MCDropout can't define call: tinynet has no automatic differentiation; define forward(x, "
        "*, training=False), which may call super().forward(x, training=training), and "
        "backward(dy) unless Dropout's is still its derivative."
    ),
    "class Own(keras.layers.Dense):\n    def build(self, shape):\n"
    "        self.add_weight(shape=(1,))\nOwn(1, input_shape=(2,)).build((None, 2))": (
        "defines forward(x) and backward(dy)"
    ),
    "class Own(keras.Sequential):\n    def train_step(self, data):\n        return {}\nOwn()": (
        "Own can't define train_step: tinynet has no automatic differentiation"
    ),
    "class Own(keras.Sequential):\n    def call(self, x):\n        return x\nOwn([])": (
        "Own can't define call"
    ),
    "class Own(keras.losses.Loss):\n    def call(self, t, y):\n        return y\nOwn()": (
        "Own can't define call: tinynet has no automatic differentiation; define costs(t, y)"
    ),
    "class Own(keras.optimizers.Optimizer):\n    def update_step(self, g, v, rate):\n"
    "        v.assign_sub(rate * g)\nOwn(0.1)": "Own can't define update_step: define step(",
    "class Own(keras.optimizers.SGD):\n    def apply(self, grads):\n        pass\nOwn()": (
        "Own can't define apply: define step("
    ),
    "keras.Sequential([keras.layers.Dense(1)]).fit(iter([1]), epochs=2)": "np.concatenate",
    "m = keras.Sequential([keras.layers.Dense(1)])\nm.compile('sgd', None, metrics=['mae'])\n"
    "m.fit([[1.0]], [[1.0]])": "There is no loss to compute: pass one to compile",
    "keras.Sequential([keras.layers.Dense(1)]).fit(keras.ops.ones((2, 2)))": "the targets, too",
    **{
        f"m = keras.Sequential([keras.layers.Dense(1)])\nm.compile('sgd', 'mse')\n"
        f"x = y = keras.ops.ones((2, 1)).numpy()\nm.{call}": said
        for call, said in {
            "fit(x_train=x, y_train=y)": "fit has no argument 'x_train'. Did you mean x?",
            "evaluate(x_test=x, y_test=y)": "evaluate has no argument 'x_test'. Did you mean x?",
            "fit(x, labels=y)": "fit has no argument 'labels': use y.",
            "fit(x, Y=y)": "fit has no argument 'Y'. Did you mean y?",
            "fit(x, epochs=2)": "fit needs the targets, too: fit(x, y).",
            "fit(iter([1]), steps_per_epoch=2)": "np.concatenate",
        }.items()
    },
    "class Own(keras.regularizers.Regularizer):\n    def __call__(self, w):\n        return 0.0\n"
    "m = keras.Sequential([keras.layers.Dense(1, kernel_regularizer=Own())])\n"
    "m.compile('sgd', 'mse')\nm.fit(keras.ops.ones((2, 1)), keras.ops.ones((2, 1)))": (
        "Own must define gradient(w), the derivative of its penalty: tinynet has no automatic "
        "differentiation."
    ),
    "import tensorflow as tf\ntf.errors.InvalidArgumentError": "catch ValueError or TypeError",
    "from tensorflow.errors import ResourceExhaustedError": "catch ValueError or TypeError",
    "print(keras.optimizers.Adam().lr)": "Adam has no lr: use learning_rate.",
    "keras.Sequential([keras.layers.Dense(1)]).export('m')": "use model.save('model.keras'), or",
    "keras.Sequential([keras.layers.Dense(1)]).call([[1.0]])": "model(x)",
    "keras.Sequential([keras.layers.Dense(1)]).add_loss(1)": "use a regularizer",
    "keras.layers.Dense(1).losses": "use model.losses",
    "keras.Sequential().get_metrics_result()": "evaluate(x, y, return_dict=True)",
    "keras.Sequential().compiled_metrics": "use model.metrics",
    "keras.metrics.Precision().variables": "Precision has no variables: use result().",
    "class Own(keras.metrics.Metric):\n    pass\nassert Own().variables == []": "it ran",
    "keras.Sequential().get_compile_config()": "keep the settings of compile",
    "keras.layers.Dense(1).get_build_config()": "use get_config and from_config",
    "keras.layers.Dense(1).supports_masking": "no masks",
    "keras.layers.Dropout(0.5).seed_generator": "pass a whole number as the seed",
    "keras.optimizers.Adam().apply([], [])": "no tf.GradientTape",
    "keras.layers.Dense(1).call([[1.0]])": "call the layer or the model itself",
    **{
        f"m = keras.Sequential([keras.layers.Dense(1)])\n{call}": needs
        for call, needs in {
            "m.save()": "TypeError: save needs path.",
            "m.save_weights()": "TypeError: save_weights needs path.",
            "m.add()": "TypeError: add needs layer.",
            "m.layers[0]()": "TypeError: Dense needs x.",
            "m.build((2, 3), 1)": "TypeError: build takes at most 1 value by position",
            "keras.initializers.HeNormal()()": "TypeError: HeNormal needs shape.",
            "keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.9)()": (
                "TypeError: ExponentialDecay needs step."
            ),
            "import tensorflow as tf\ntf.Variable()": "TypeError: Variable needs initial_value.",
        }.items()
    },
    "keras.layers.Dense(1).get_input_at(0)": "call the layer on an array",
    "inner = keras.Sequential([keras.layers.Dense(1)])\n"
    "keras.Sequential([inner]).layers[0].layers": "adds its own layers to it",
    "keras.optimizers.get({'learning_rate': 0.1})": "must be a name or an object made for it",
    "keras.optimizers.get({'class_name': 'Adamm', 'config': {}})": "Did you mean 'Adam'?",
    "keras.layers.deserialize({'units': 3})": "Expected a dict made by serialize, received {'un",
    "keras.optimizers.Adam().variables": "use state",
    "keras.optimizers.AdamW().exclude_from_weight_decay(var_names=['bias'])": "use kernel_reg",
    "keras.optimizers.Adam().minimize(1, [])": "use model.fit or model.train_on_batch",
    "m = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])\nm.build((None, 2))\n"
    "m.build((None, 3))": "built already, for inputs of shape (N, 2)",
    "keras.layers.Dense(3, dtype='float64')": "Sequential(layers, dtype='float64')",
    "keras.layers.BatchNormalization(axis=0, synchronized=True)": "no argument 'synchronized'",
    "keras.Sequential().save('m.h5', include_optimizer=False)": "use save_weights(path)",
    "keras.models.save_model(keras.Sequential(), 'm.h5', include_optimizer=False)": (
        "use save_weights(path)"
    ),
    "keras.Sequential().load_weights('m.weights.h5', by_name=True)": "layer.set_weights(saved.get",
    "keras.optimizers.Adam(decay=1e-6)": "learning_rate=InverseTimeDecay(",
    "keras.callbacks.ReduceLROnPlateau(epsilon=1e-4)": "no argument 'epsilon': use min_delta.",
    "keras.layers.ThresholdedReLU(theta=0.5)": "use GeneralReLU(threshold=theta) from layers",
    "keras.optimizers.SGD(0.1, epsilon=None)": "SGD has no argument 'epsilon'",
    **{
        f"assert keras.optimizers.{call}.epsilon == 1e-7": "it ran"
        for call in (
            "Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, "
            "amsgrad=False)",
            "Nadam(0.001, 0.9, 0.999, None)",
            *(f"{name}(epsilon=None)" for name in ("Adadelta", "Adagrad", "Adamax", "RMSprop")),
        )
    },
    "keras.optimizers.SGD(learning_rate=0.01, momentum=0.0, decay=0.0, nesterov=False)": "it ran",
    "config = keras.layers.Dense(3, trainable=False).get_config()\n"
    "assert 'trainable' not in config and keras.layers.Dense.from_config(config).trainable": (
        "it ran"
    ),
    "m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
    "assert [part['class_name'] for part in m.get_config()['layers']] == ['Dense']\n"
    "m.compile('sgd', 'mse', ['mae'])\nassert [one.name for one in m.metrics] == ['mae']": (
        "it ran"
    ),
    **{
        f"m = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])\n{call}": (
            "save doesn't write .h6 files: end the name in .keras, .h5 or .npz."
        )
        for call in (
            "m.save('m.h6')",
            "m.save(filepath='m.h6', save_format='h5')",
            "keras.models.save_model(m, 'm.h6')",
            "m.compile('sgd', 'mse')\nm.fit([[1.0, 2.0]], [[1.0]], verbose=0,\n"
            "    callbacks=[keras.callbacks.ModelCheckpoint('a.h6')])",
        )
    },
    "keras.Sequential([keras.layers.Dense(1)]).save('m.onnx')": "with tinynet.exchange.to_onnx(",
    "import os, tempfile\nm = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])\n"
    "with tempfile.TemporaryDirectory() as folder:\n"
    "    for name in ('model', 'model_1.0', 'm-0.25', 'm.tf', 'cp.ckpt', 'm.npz', 'best.model'):\n"
    "        m.save(os.path.join(folder, name))\n"
    "        keras.models.load_model(os.path.join(folder, name))\n"
    "    for name in ('w', 'w.1', 'w.ckpt', 'w.of-mine'):\n"
    "        m.save_weights(os.path.join(folder, name))\n"
    "        m.load_weights(os.path.join(folder, name))": "it ran",
    "keras.Sequential([keras.layers.Dense(1)]).compile(\n"
    "    loss='mse', metrics=[keras.metrics.AUC(), keras.metrics.AUC(curve='PR')])": (
        "Each metric needs a name of its own, received 'auc' twice: pass name=."
    ),
    "@keras.saving.register_keras_serializable()\ndef act(x):\n    return x\nassert act(1) == 1": (
        "it ran"
    ),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    return last_lines(f"import keras\n{call}" for call in CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_what_is_left_out_is_answered(answers: dict[str, str], call: str) -> None:
    answer = answers[f"import keras\n{call}"]
    assert CALLS[call] in answer
    assert ".. Did you" not in answer, "Python adds no suggestion of its own"


AS_IN_KERAS = """
import keras, os, tempfile
import numpy as np
from keras import callbacks, config, initializers, layers, losses, metrics, models, utils
stop = callbacks.EarlyStopping("loss", 0.25, 5, 1, "min", None, True)
assert (stop.min_delta, stop.patience, stop.mode, stop.restore_best_weights) == (
    0.25, 5, "min", True)
assert metrics.BinaryAccuracy("right", None, 0.75).threshold == 0.75
assert metrics.Recall(0.25, None, 1, "r").class_id == 1 and metrics.AUC(9, "PR").curve == "PR"
assert layers.Dense(2, "relu", True, "he_normal", "zeros", "l2").kernel_regularizer.l2 == 0.01
assert losses.BinaryCrossentropy(False, 0.5, -1, "sum").reduction == "sum"
for draw in (initializers.glorot_uniform(seed=0), initializers.he_normal(),
             initializers.lecun_uniform(seed=1), initializers.truncated_normal(stddev=0.1),
             initializers.zeros(), initializers.GlorotNormal(seed=1, input_axes=None)):
    assert draw((2, 3)).shape == (2, 3)
model = models.Sequential([keras.Input(shape=(2,), sparse=False, batch_shape=None)], trainable=True)
model.add(layers.Dense(1, kernel_initializer=initializers.he_uniform))
assert model.metrics_names == []
model.compile(loss="mse")
assert type(model.optimizer).__name__ == "RMSprop" and model.metrics_names == ["loss"]
model.compile("sgd", "mse", ["mae", "mape"])
assert model.metrics_names == ["loss", "compile_metrics"]
assert losses.binary_crossentropy([[1.0]], [[0.5]], axis=-1).shape == (1,)
y, p = np.eye(2), np.full((2, 2), 0.5)
assert losses.get("mse")(y, p).numpy().tolist() == [0.25, 0.25] and losses.get(None) is None
assert losses.kullback_leibler_divergence(y, y).shape == metrics.logcosh(y, p).shape == (2,)
assert losses.get("mse") == losses.mse and losses.get("MeanSquaredError")(y, p).numpy() == 0.25
model.compile("sgd", losses.get("mse"))
relu = keras.activations.relu
assert relu([-1.0, 1.0], name="r").numpy().tolist() == [0, 1]
assert [str(relu(x).dtype) for x in ([1.0], np.ones(1), np.ones(1, "f"))] == [
    "float32", "float64", "float32"]
frozen = models.Sequential([layers.Dense(1, input_shape=(2,))], trainable=False)
assert not frozen.trainable_weights
path = os.path.join(tempfile.mkdtemp(), "m.npz")
model.save(path, overwrite=False)
model.save(path, include_optimizer=True)
models.save_model(model, path, include_optimizer=True)
model.save_weights(path.replace(".npz", ".weights.npz"))
model.load_weights(path.replace(".npz", ".weights.npz"), by_name=False)
for save in (model.save, model.save_weights):
    save(path, True)
    try:
        save(path, overwrite=False)
    except ValueError as error:
        assert "already exists" in str(error)
    else:
        raise SystemExit("written over")
class ReLU(layers.ReLU):
    pass
own = keras.Sequential([keras.layers.Dense(2, ReLU(), input_shape=(2,)), ReLU()])
copied = models.clone_model(own).layers
assert type(copied[0].activation) is ReLU and type(copied[1]) is ReLU
own.add(keras.layers.Dense(1, "relu"))
assert type(models.clone_model(own).layers[2].activation) is layers.ReLU
own.add(layers.ReLU())
try:
    models.clone_model(own)
except ValueError as error:
    assert "both called 'ReLU': rename one" in str(error)
else:
    raise SystemExit("one taken for the other")
clone = models.clone_model(model, None, lambda layer: type(layer).from_config(layer.get_config()))
assert clone.layers[0].units == 1 and clone.layers[0] is not model.layers[0]
rates = keras.optimizers.schedules.InverseTimeDecay(1.0, 1, 1.0)
assert rates(1).numpy() == 0.5 and rates(np.array([[0, 1], [3, 7]])).shape == (2, 2)
assert rates(np.linspace(0, 1, 3)).numpy().tolist() == [1.0, np.float32(2 / 3), 0.5]
utils.disable_interactive_logging(), config.disable_traceback_filtering()
config.set_backend("jax")
try:
    callbacks.EarlyStopping("loss", monitor="loss")
except TypeError as error:
    print(error)
"""


def test_calls_mean_what_they_mean_in_keras(tinynet: Command) -> None:
    result = tinynet(AS_IN_KERAS)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("EarlyStopping was given monitor twice.")


def test_the_format_of_a_file_may_be_given(tinynet: Command) -> None:
    pytest.importorskip("h5py")
    result = tinynet("""
import keras, os, tempfile
path = os.path.join(tempfile.mkdtemp(), "m.keras")
keras.Sequential([keras.layers.Dense(1, input_shape=(2,))]).save(path, save_format="keras")
print(keras.models.load_model(path).count_params())
""")
    assert (result.returncode, result.stdout) == (0, "3\n"), result.stderr


SHARED_LAYERS = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
keras.utils.set_random_seed(0)  # for the last layers, a ReLU may get nothing above 0
x, y = np.random.RandomState(0).rand(32, 3), np.arange(32) % 4
digits = keras.Sequential([
    keras.layers.Dense(5, activation="relu", input_shape=(3,)),
    keras.layers.BatchNormalization(),
    keras.layers.Dense(4, activation="softmax"),
])
digits.compile("sgd", "sparse_categorical_crossentropy")
digits.fit(x, y, verbose=0)
odd = keras.Sequential(digits.layers[:-1])
odd.add(keras.layers.Dense(1, activation="sigmoid"))
for layer in odd.layers[:-1]:
    layer.trainable = False

def train(model, targets, loss):
    model.compile("sgd", loss)
    before = [digits.predict(x, verbose=0), odd.predict(x, verbose=0)]
    model.fit(x, targets, verbose=0)
    after = [digits.predict(x, verbose=0), odd.predict(x, verbose=0)]
    return [bool((a != b).any()) for a, b in zip(before, after)]

assert train(odd, y % 2, "binary_crossentropy") == [False, True]
odd.trainable = True
assert train(odd, y % 2, "binary_crossentropy") == [True, True]
assert train(digits, y, "sparse_categorical_crossentropy") == [True, True]
features = keras.Sequential(digits.layers[:1])
assert features.predict(x, verbose=0).shape == (32, 5)
digits.fit(x, y, verbose=0)
assert features.layers[0] is digits.layers[0]
try:
    digits.add(digits.layers[0])
except ValueError as error:
    print(error)

def step(model, targets):
    before = model.get_weights()[-1]
    return len(model.train_on_batch(x, targets)) == 2, (before != model.get_weights()[-1]).any()

digits.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", ["acc"])
odd.compile("adam", "binary_crossentropy", ["acc"])
for k in range(3):  # each takes its turn, with the settings of its own compile
    assert step(digits, y) == step(odd, y % 2) == (True, True)
assert digits.optimizer.iterations.numpy() == odd.optimizer.iterations.numpy() == 3
assert len(digits.test_on_batch(x, y)) == len(odd.evaluate(x, y % 2, verbose=0)) == 2

last = odd.pop()  # as in greedy layer-wise pretraining
for layer in odd.layers:
    layer.trainable = False
odd.add(keras.layers.Dense(5, activation="relu", kernel_initializer="ones"))
odd.add(last)
odd.fit(x, y % 2, verbose=0)
changed = [(layer.get_weights()[0] != 1).any() for layer in odd.layers[-2:]]
assert changed == [True, True] and odd.metrics_names == ["loss", "compile_metrics"]
"""


def test_models_share_layers(tinynet: Command) -> None:
    result = tinynet(SHARED_LAYERS)
    assert result.returncode == 0, result.stderr
    assert result.stdout == (
        "dense is in a model already; each layer can be used once: add copy.deepcopy(layer).\n"
    )


VARIABLES = """
import io
import numpy as np
import tensorflow as tf
from tensorflow.keras import Sequential, layers
model = Sequential([
    layers.Dense(3, input_shape=(2,), bias_initializer=None), layers.BatchNormalization()
])
dense, normalization = model.layers
assert np.ptp(dense.bias) > 0
assert [v.trainable for v in model.variables] == [True] * 4 + [False] * 2
dense.trainable = False
assert not any(v.trainable for v in dense.variables)
dense.bias.assign([1.0, 2.0, 3.0])
dense.bias.assign_add(tf.ones(3))
dense.kernel.assign_sub(dense.kernel)
assert [w.tolist() for w in dense.get_weights()] == [[[0] * 3] * 2, [2, 3, 4]]
assert (dense.kernel.name, dense.bias.path) == ("kernel", "dense/bias")
assert layers.Dense(2, use_bias=False, input_shape=(1,)).build().bias is None
text = io.StringIO()
tf.print("loss", 0.5, output_stream=text, summarize=-1)
assert text.getvalue() == "loss 0.5\\n"
tf.print("there", tf.constant(1))
"""


def test_variables_can_be_read_and_assigned(tinynet: Command) -> None:
    result = tinynet(VARIABLES)
    assert result.returncode == 0, result.stderr
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", "there 1")


IN_KERAS_FORM = """
import copy, pickle
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def small(shape, dtype=None):
    return tf.random.uniform(shape, 0.1, 0.2, dtype=dtype)

def ones(shape, rng):
    return np.ones(shape)

class Constant(keras.initializers.Initializer):
    def __init__(self, value):
        self.value = value
    def __call__(self, shape, dtype=None, **named):
        return tf.fill(shape, self.value)

model = keras.Sequential([
    layers.Dense(3, input_shape=(2,), kernel_initializer=small, bias_initializer=Constant(2.0)),
    layers.Dense(1, kernel_initializer=ones),
])
first, last = (layer.get_weights() for layer in model.layers)
assert 0.1 <= first[0].min() < first[0].max() <= 0.2
assert first[1].tolist() == [2, 2, 2] and last[0].tolist() == [[1]] * 3
pickle.dumps(copy.deepcopy(model))
model.compile("sgd", keras.losses.MeanSquaredError, metrics=[keras.metrics.MeanAbsoluteError])
print(*model.fit(np.ones((4, 2)), np.ones(4), verbose=0).history)
try:
    model.save("model.keras")
except ValueError as error:
    print(error)
"""


AN_ACTIVATION = """
import copy, keras, pickle, tempfile
import numpy as np
from keras import activations, layers
model = keras.Sequential([
    layers.Dense(4, "relu", input_shape=(2,)), layers.Dense(3, "swish"), layers.Dense(1),
    layers.Activation("linear"),
])
relu, swish, linear, last = (layer.activation for layer in model.layers)
assert last.__name__ == "linear" and last == activations.linear
assert relu == activations.relu and swish == activations.silu and linear == activations.linear
assert activations.linear == linear and relu != activations.silu and linear != activations.relu
assert [f.__name__ for f in (relu, swish, linear)] == ["relu", "silu", "linear"]
x = np.linspace(-2, 2, 12, dtype="float32")
for f, own in (relu, activations.relu), (swish, activations.silu), (linear, activations.linear):
    for inputs in (x[0], x, x.reshape(4, 3), x.reshape(2, 3, 2)):
        assert np.array_equal(f(inputs).numpy(), own(inputs).numpy())
model.layers[0].activation = activations.linear
assert model.layers[0].activation == activations.linear
model.compile("sgd", "mse")
assert [type(part).__name__ for part in model.chain] == ["Dense", "Dense", "SiLU", "Dense"]
path = tempfile.mkdtemp() + "/m.npz"
model.save(path)
pickled = pickle.dumps(model)
for again in (keras.models.load_model(path), copy.deepcopy(model), pickle.loads(pickled)):
    print([layer.activation.__name__ for layer in again.layers])
print(pickled.hex())
"""


def test_an_activation_is_the_function_of_its_name(tinynet: Command) -> None:
    result = tinynet(AN_ACTIVATION)
    assert result.returncode == 0, result.stderr
    *names, pickled = result.stdout.splitlines()
    assert names == ["['linear', 'silu', 'linear', 'linear']"] * 3
    model = pickle.loads(bytes.fromhex(pickled))
    assert [layer.activation is None for layer in model.layers] == [True, False, True, True]


def test_an_activation_may_be_used_in_several_layers(tinynet: Command) -> None:
    result = tinynet(
        "from keras import Sequential, layers\n"
        "for act in (layers.LeakyReLU(0.25), layers.ReLU(6.0), layers.Softmax()):\n"
        "    two = [layers.Dense(2, act, input_shape=(3,)), layers.Dense(2, activation=act)]\n"
        "    first, second = (layer.activation for layer in Sequential(two).layers)\n"
        "    assert first is not second\n"
        "    print(type(first).__name__, first.get_config() == second.get_config())\n"
        "print(layers.Dense(2, activation=layers.LeakyReLU(0.25)).activation.negative_slope)\n"
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "LeakyReLU True\nReLU True\nSoftmax True\n0.25\n"


def test_initializers_in_keras_form_and_classes_for_objects(tinynet: Command) -> None:
    result = tinynet(IN_KERAS_FORM)
    assert result.returncode == 0, result.stderr
    names, refused = result.stdout.splitlines()
    assert names == "loss mean_absolute_error"
    assert "no counterpart to kernel_initializer=small: save the weights alone" in refused


REGISTERED = """
import keras, os, sys, tempfile, warnings
@keras.saving.register_keras_serializable()
def gap(y_true, y_pred):
    return keras.ops.abs(y_true - y_pred)
@keras.utils.register_keras_serializable(package="mine", name="Own")
class Doubled(keras.layers.Dense):
    pass
@keras.saving.register_keras_serializable(name="Dense")
class Dense(keras.layers.Dense):
    pass
def unregistered(y_true, y_pred):
    return keras.ops.abs(y_true - y_pred)
x, y = keras.ops.ones((4, 2)), keras.ops.zeros((4, 1))
model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
own = keras.Sequential([Doubled(1, input_shape=(2,))])
folder = tempfile.mkdtemp()
for name in sys.argv[1:]:
    path = os.path.join(folder, name)
    model.compile("sgd", "mse", [gap])
    model.save(path)
    again = keras.models.load_model(path)
    print(again.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0))
    print(type(again.layers[0]) is keras.layers.Dense)
    mine = keras.models.load_model(path, {"gap": unregistered})
    print(mine.metrics[0] is unregistered)
own.save(os.path.join(folder, "own.npz"))
print(type(keras.models.load_model(os.path.join(folder, "own.npz")).layers[0]) is Doubled)
if "m.keras" in sys.argv:
    model.compile("sgd", "mse", [unregistered])
    model.save(path)
    with warnings.catch_warnings(record=True) as given:
        keras.models.load_model(path)
    print(given[0].filename, str(given[0].message).replace(path, "m.keras"))
"""


@pytest.mark.parametrize("files", [["m.npz"], ["m.npz", "m.keras"]])
def test_load_model_finds_what_is_registered(tinynet: Command, files: list[str]) -> None:
    if "m.keras" in files:
        pytest.importorskip("h5py")
    result = tinynet(REGISTERED, *files)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[: 3 * len(files) + 1] == ["True"] * (3 * len(files) + 1)
    if "m.keras" in files:
        assert lines[-1].startswith(
            "<stdin> The settings of compile in m.keras can't be loaded: "
            "Unknown metric 'unregistered': pass custom_objects="
        )


SEVERAL_OUTPUTS = """
import keras
import numpy as np
from keras import layers, losses
def names(**settings):
    model = keras.Sequential([layers.Dense(1, input_shape=(2,), name="out")])
    model.compile(optimizer="sgd", **settings)
    return sorted(model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0).history)
print(names(loss=["mse"], metrics=[["mae", "mse"]]))
print(names(loss=[losses.MeanSquaredError], metrics={"out": ["mae"]}, loss_weights=[1.0]))
print(names(loss="mse", metrics={"out": "mae"}, weighted_metrics=[["mape"]], loss_weights=1.0))
for wrong in ({"loss": ["mse", "mae"]}, {"loss": "mse", "loss_weights": [0.5]}):
    try:
        names(**wrong)
    except TypeError as error:
        print(error)
"""


def test_settings_of_each_output_are_accepted_for_one(tinynet: Command) -> None:
    result = tinynet(SEVERAL_OUTPUTS)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "['loss', 'mae', 'mse']",
        "['loss', 'mae']",
        "['loss', 'mae', 'mape']",
        "loss must be a name or an object made for it, received ['mse', 'mae'].",
        "compile has no argument 'loss_weights': tinynet has one output and one loss, "
        "multiply the learning rate by it.",
    ]


BEST_WEIGHTS = """
import numpy as np
import keras
from keras import callbacks, layers
keras.utils.set_random_seed(0)
x = np.linspace(-1, 1, 8).reshape(-1, 1)
model = keras.Sequential([layers.Dense(3, input_shape=(1,)), layers.BatchNormalization(),
                          layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.5), "mse")
stop = callbacks.EarlyStopping("loss", patience=3, restore_best_weights=True)
print(stop.best_weights)
with np.errstate(all="ignore"):
    model.fit(x, x, epochs=9, verbose=0, callbacks=[stop])
print(all(map(np.array_equal, stop.best_weights, model.get_weights())), len(stop.best_weights))
model.fit(x, x, epochs=0, verbose=0, callbacks=[stop])
print(stop.best_weights)
without = callbacks.EarlyStopping("loss")
model.fit(x, x, verbose=0, callbacks=[without])
print(without.best_weights, without.monitor_op(1, 2), without.monitor_op is np.less)
class Own(callbacks.ModelCheckpoint):
    def on_epoch_end(self, epoch, logs=None):
        print(self.monitor_op(logs["acc"], 2.0))
model.compile("sgd", "mse", metrics=["acc"])
model.fit(x, x, verbose=0, callbacks=[Own("m.npz", monitor="acc", mode="max")])
"""


def test_callbacks_keep_what_scripts_read_of_the_best_epoch(tinynet: Command) -> None:
    result = tinynet(BEST_WEIGHTS)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "None\nTrue 8\nNone\nNone True True\nFalse\n"


def test_tinynet_itself_has_none_of_them() -> None:
    code = "import tinynet as tn; print(hasattr(tn.metrics.Accuracy(), 'update_state'))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"
    with pytest.raises(TypeError, match="use GeneralReLU"):
        tn.layers.ReLU(max_value=6)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="use negative_slope"):
        tn.layers.LeakyReLU(alpha=0.1)  # type: ignore[call-arg]


def test_every_method_that_is_extended_is_there() -> None:
    for path, wrappers in tables.WRAPPED.items():
        kind = tables.class_at(path)
        there = {name for one in (kind, *tables.derived(kind)) for name in vars(one)}
        assert not wrappers.keys() - there, path


def test_the_table_lists_nothing_that_is_there() -> None:
    there = {f"{m}.{name}" for m, rooms in KERAS.items() for r in rooms for name in public_names(r)}
    assert not there & absent.REASONS.keys()


ALONE = """
import numpy as np
import keras
from keras import layers
wide, whole = np.full((2, 3), 0.1), np.array([[0, 128, 255]], np.uint8)
for make in (lambda: layers.Dense(2), lambda: layers.Dropout(0.5), lambda: layers.ReLU(),
             lambda: layers.Softmax(), lambda: layers.Rescaling(1 / 255), lambda: layers.Flatten(),
             lambda: layers.BatchNormalization(), lambda: layers.LayerNormalization(),
             lambda: layers.Normalization(mean=0.0, variance=1.0), lambda: layers.PReLU()):
    assert make()(wide).dtype == "float32", make()
    assert make()(wide.tolist()).dtype == "float32", make()
for make in (lambda: layers.Dense(2), lambda: layers.Rescaling(1 / 255), lambda: layers.PReLU()):
    assert make()(whole).dtype == "float32", make()
assert layers.Flatten()(whole).dtype == "uint8"
built = layers.Dense(2)
built.build((None, 3))
for batch in (8, np.int64(8), None):
    other, flat = layers.Dense(2), keras.Sequential([layers.Flatten(), layers.Dense(10)])
    other.build((batch, 3))
    flat.build((batch, 28, 28))
    flat.build([batch, 28, 28])
    assert other.count_params() == 8 and flat.count_params() == 7850
    assert flat.predict(np.zeros((2, 28, 28)), verbose=0).shape == (2, 10)
flat = keras.Sequential([layers.Flatten(), layers.Dense(10)])
assert flat.layers[0].output_shape((28, 28)) == (784,)  # of tinynet
assert flat(np.zeros((2, 28, 28))).shape == (2, 10)
assert [layer.output_shape for layer in flat.layers] == [(None, 784), (None, 10)]
assert flat.layers[1].input_shape == (784,) and flat.layers[1].input.shape == (None, 784)
assert flat.input_shape == (None, 28, 28)
assert flat.layers[1].output_shape[1] == 10 and str(flat.layers[1].output_shape) == "(None, 10)"
assert flat.layers[0].output_shape((28, 28)) == (784,)
class Half(layers.Dense):
    def output_shape(self, input_shape):
        return super().output_shape(input_shape)
half = keras.Sequential([Half(3), layers.Softmax()])
assert half(wide).shape == (2, 3) and half.layers[1].output_shape == (None, 3)
assert type(flat).from_config(flat.get_config()).count_params() == 7850
assert built.get_weights()[0].dtype == "float32" and built(wide).dtype == "float32"
deep = keras.Sequential([layers.Dense(2, input_shape=(3,))], dtype="float64")
assert deep.layers[0](wide).dtype == "float64"
keras.backend.set_floatx("float64")
model = keras.Sequential([layers.Dense(2)])
assert layers.Dense(2)(wide).dtype == model(wide).dtype == model.predict(wide).dtype == "float64"
assert keras.backend.cast_to_floatx([1]).dtype == keras.backend.constant([1]).dtype == "float64"
assert keras.Sequential([layers.Dense(2)], dtype="float32")(wide).dtype == "float32"
inputs = keras.Input(shape=(3,), name="features")
print(inputs.shape, inputs.name)
"""


def test_a_layer_alone_computes_in_keras_default_dtype(tinynet: Command) -> None:
    result = tinynet(ALONE)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "(None, 3) features\n"
