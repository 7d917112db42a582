import numpy as np
import tensorflow as tf

losses = tf.keras.losses
yes_no = np.array([[1.0], [0.0], [1.0]], "float32")
sure = np.array([[0.0], [1.0], [1.0]], "float32")
print(losses.BinaryCrossentropy()(yes_no, sure).numpy())
print(losses.BinaryCrossentropy(label_smoothing=0.2)(yes_no, sure).numpy())
print(losses.binary_crossentropy(yes_no, sure).numpy())
print(losses.BinaryCrossentropy(from_logits=True)(yes_no, 50 * sure).numpy())

classes = np.eye(3, dtype="float32")[[0, 2]]
rows = np.array([[0.0, 1.0, 0.0], [2.0, 9.0, 3.0]], "float32")
print(losses.CategoricalCrossentropy()(classes, rows).numpy())
print(losses.categorical_crossentropy(classes, rows).numpy())
print(losses.SparseCategoricalCrossentropy()(np.array([0, 2]), rows).numpy())
print(losses.sparse_categorical_crossentropy(np.array([0, 2]), rows).numpy())

for metric, t, p in (
    (tf.keras.metrics.BinaryCrossentropy(), yes_no, sure),
    (tf.keras.metrics.CategoricalCrossentropy(), classes, rows),
    (tf.keras.metrics.SparseCategoricalCrossentropy(), np.array([0, 2]), rows),
):
    metric.update_state(t, p)
    print(metric.name, float(metric.result()))

rng = np.random.RandomState(0)
x = rng.normal(size=(40, 3)).astype("float32")
labels = rng.randint(0, 3, 40)
weights = rng.normal(size=(3, 3)).astype("float32")


def losses_of(loss, activation, y, units):
    layer = tf.keras.layers.Dense(units, activation=activation, input_shape=(3,))
    model = tf.keras.Sequential([layer])
    model.set_weights([weights[:, :units], np.full(units, 0.1)])
    model.compile("sgd", loss)
    history = model.fit(x, y, epochs=3, shuffle=False, verbose=0)
    print(loss, activation, history.history["loss"], model.get_weights()[0][0])


for activation in ("relu", None, "tanh"):
    losses_of("binary_crossentropy", activation, (labels[:, np.newaxis] > 0) * 1.0, 1)
    losses_of("sparse_categorical_crossentropy", activation, labels, 3)
losses_of("categorical_crossentropy", "softplus", np.eye(3)[labels], 3)
losses_of("categorical_crossentropy", "tanh", np.eye(3)[labels], 3)
