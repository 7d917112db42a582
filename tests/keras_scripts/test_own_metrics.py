"""Metrics that a script defines as a class in Keras's form."""

from tests.keras_scripts.conftest import Command

CLASSES = """
import numpy as np
import tensorflow as tf
from tensorflow import keras

class Positives(keras.metrics.Metric):
    def __init__(self, **named):
        super().__init__(**named)
        self.total = self.add_weight("total", initializer="zeros", dtype=tf.int32)
        self.each = self.add_weight(shape=(2,), initializer="ones", name="each")

    def update_state(self, y_true, y_pred, sample_weight=None):
        values = tf.cast(y_pred > 0.5, tf.float32)
        if sample_weight is not None:
            values *= tf.reshape(sample_weight, (-1, 1))
        self.total.assign_add(tf.cast(tf.reduce_sum(values), tf.int32))

    def result(self):
        return self.total

class Rounded(keras.metrics.Precision):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, tf.round(y_pred), sample_weight)

metric = Positives(dtype="float32")
assert (metric.name, metric.dtype) == ("positives", "float32")
assert [v.numpy().tolist() for v in metric.variables] == [0, [1, 1]]
before = metric(tf.zeros((3, 1)), tf.constant([[0.2], [0.7], [0.8]])).numpy()
metric.update_state(None, tf.ones((3, 1)), sample_weight=tf.constant([3.0, 0.0, 1.0]))
assert (before, metric.result().numpy(), float(metric.result())) == (2, 6, 6)
metric.reset_state()
assert [v.numpy().tolist() for v in metric.variables] == [0, [0, 0]]

x, y = np.eye(3), np.array([1.0, 1.0, 0.0])
dense = keras.layers.Dense(1, kernel_initializer="ones")
model = keras.Sequential([dense])
model.compile(
    keras.optimizers.SGD(0.0),
    "mse",
    metrics=[metric, Rounded(name="precision")],
    weighted_metrics=[Positives()],
)
history = model.fit(
    x, y, sample_weight=np.float32([2, 0, 1]),
    epochs=2, batch_size=2, validation_data=(x, y), verbose=0,
).history
print({name: values for name, values in history.items() if "loss" not in name})
"""


def test_classes_with_an_update_state_count_as_in_keras(tinynet: Command) -> None:
    result = tinynet(CLASSES)
    assert result.returncode == 0, result.stderr
    share = 2 / 3
    assert result.stdout == (
        f"{{'positives': [3.0, 3.0], 'precision': [{share}, {share}], 'val_positives': [3.0, 3.0], "
        f"'val_precision': [{share}, {share}], 'val_weighted_positives': [3.0, 3.0], "
        f"'weighted_positives': [3.0, 3.0]}}\n"
    )


def test_classes_are_named_as_in_keras(tinynet: Command) -> None:
    names = ("MyRMSE", "F1Macro", "TopTwo", "HTTPErrors")
    program = "from tensorflow import keras\n"
    program += "".join(f"class {name}(keras.metrics.Metric): pass\n" for name in names)
    program += f"print([kind().name for kind in ({', '.join(names)})])\n"
    program += "print(keras.losses.Poisson().name, keras.losses.Huber().name)\n"
    result = tinynet(program)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "['my_rmse', 'f1_macro', 'top_two', 'http_errors']",
        "poisson huber_loss",
    ]


FUNCTIONS = """
import numpy as np
from tensorflow import keras

def error(t, y):
    assert {*t.ravel(), *y.ravel()} == {0.0, 1.0, 3.0}  # as scikit-learn does
    return np.abs(t.numpy() - y.numpy()).mean()

def tenfold(t, y):
    t *= 10
    return np.abs(t - y).mean()

def errors(t, y):
    return np.abs(t - y)

class Counts(keras.metrics.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        pass

    def result(self):
        return {"hits": 1.0, "misses": 2.0}

model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile("sgd", "mse", metrics=[error, errors], run_eagerly=True)
print(model.evaluate(np.eye(2), np.array([1.0, 3.0]), verbose=0))
model.compile("sgd", "mse", metrics=[tenfold])
assert model.evaluate(np.eye(2), np.array([1.0, 3.0]), verbose=0) == [5.0, 20.0]
assert Counts().result() == {"hits": 1.0, "misses": 2.0}
model.compile("sgd", "mse", metrics=[Counts()])
try:
    model.evaluate(np.eye(2), np.array([1.0, 3.0]), verbose=0)
except TypeError as error:
    print(error)
"""


def test_functions_get_tensors_and_a_dict_is_refused(tinynet: Command) -> None:
    result = tinynet(FUNCTIONS)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "[5.0, 2.0, 2.0]",
        "Counts.result must return a number, received dict.",
    ]
