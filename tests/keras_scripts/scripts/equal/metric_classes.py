# Metrics as classes, and a callback that adds a score of its own, on which training stops.
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.callbacks import Callback, EarlyStopping, ModelCheckpoint

rng = np.random.RandomState(7)
x = rng.normal(size=(80, 5)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype("float32").reshape(-1, 1)
x_val, y_val, x, y = x[:20], y[:20], x[20:], y[20:]


class ShareOfOnes(keras.metrics.Metric):
    def __init__(self, threshold=0.5, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        ones = tf.cast(y_pred > self.threshold, tf.float32)
        self.total.assign_add(tf.reduce_sum(ones))
        self.count.assign_add(tf.cast(tf.size(y_true), tf.float32))

    def result(self):
        return self.total / self.count


class F1(keras.metrics.Metric):
    def __init__(self, name="f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.precision = keras.metrics.Precision()
        self.recall = keras.metrics.Recall()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred)
        self.recall.update_state(y_true, y_pred)

    def result(self):
        p, r = self.precision.result(), self.recall.result()
        return 2 * p * r / (p + r + 1e-7)

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()


class Score(Callback):
    def __init__(self, data):
        super().__init__()
        self.x, self.y = data

    def on_epoch_end(self, epoch, logs=None):
        predicted = self.model.predict(self.x, verbose=0) > 0.5
        logs["val_score"] = float((predicted == self.y).mean()) - 0.125 * epoch
        print("epoch %d: val_score %.4f" % (epoch + 1, logs["val_score"]))


def initial_bias(shape, dtype=None):
    return tf.fill(shape, -1.0)


model = keras.Sequential([
    keras.layers.Dense(4, activation="relu", input_shape=(5,),
                       bias_initializer=keras.initializers.Constant(np.array([0.5, 0.0, 0.1, 0.2]))),
    keras.layers.Dense(1, activation="sigmoid", bias_initializer=initial_bias),
])
print([layer.bias.numpy() for layer in model.layers])
for layer in model.layers:
    layer.kernel.assign(rng.uniform(-0.5, 0.5, size=layer.kernel.shape))
model.layers[-1].bias.assign([0.0])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5), loss="binary_crossentropy",
              metrics=[ShareOfOnes(0.4, name="ones"), F1()])
history = model.fit(
    x, y, epochs=8, batch_size=16, shuffle=False, verbose=0, validation_data=(x_val, y_val),
    callbacks=[
        Score((x_val, y_val)),
        ModelCheckpoint("best.weights.h5", monitor="val_score", mode="max", save_best_only=True,
                        save_weights_only=True),
        EarlyStopping(monitor="val_score", mode="max", patience=2, restore_best_weights=True),
    ],
)
for name in sorted(history.history):
    print(name, history.history[name])
print(model.evaluate(x_val, y_val, verbose=0))
model.load_weights("best.weights.h5")
print(model.evaluate(x_val, y_val, verbose=0))

f1 = F1()
f1.update_state([[1.0], [0.0], [1.0]], [[0.9], [0.8], [0.7]])
print(float(f1.result()), f1.name, ShareOfOnes(name="s").get_config()["name"])
