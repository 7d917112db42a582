import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K


def r_squared(y_true, y_pred):
    residual = K.sum(K.square(y_true - y_pred))
    return 1 - residual / (K.sum(K.square(y_true - K.mean(y_true))) + K.epsilon())


def largest(y_true, y_pred):
    return tf.reduce_max(tf.abs(y_true - y_pred))


class Count(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seen = []
        print(sorted(self.params))

    def on_test_batch_end(self, batch, logs=None):
        self.seen.append(batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.seen.append(logs["outputs"].shape)


rng = np.random.RandomState(0)
x = rng.randn(100, 4).astype("float32")
y = (x @ [[1.0], [2.0], [-1.0], [0.5]] + 3 + np.linspace(0, 9, 100)[:, None]).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, "relu"), keras.layers.Dense(1)])
model.set_weights([rng.randn(*w.shape) * 0.3 for w in model.get_weights()])
model.compile("sgd", "mse", metrics=[r_squared, largest])
count = Count()
h = model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0, validation_split=0.3,
              callbacks=[count])
print(h.history, count.seen)
print(model.evaluate(x, y, verbose=0), model.evaluate(x, y, batch_size=100, verbose=0))
print(model.evaluate(x, y, 40, verbose=0, return_dict=True), model.test_on_batch(x, y))
h = model.fit(x, y, 30, verbose=0, shuffle=False, validation_data=(x, y), validation_batch_size=50)
print(h.history)
print(model.train_on_batch(x, y, return_dict=True), model.test_on_batch(x, y, return_dict=True))
count.seen.clear()
model.predict(x, verbose=0, callbacks=[count])
model.evaluate(x, y, verbose=0, callbacks=[count])
print(count.seen)
