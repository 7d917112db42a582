import numpy as np
import tensorflow as tf

def largest_error(y_true, y_pred):
    return tf.reduce_max(tf.abs(y_true - y_pred))

rng = np.random.RandomState(13)
x = rng.rand(40, 3)
y = (rng.rand(40, 1) > 0.5).astype("float32")
model = tf.keras.Sequential([tf.keras.layers.Dense(1, activation="sigmoid", input_shape=(3,))])
model.set_weights([np.array([[1.0], [-2.0], [0.5]]), np.array([0.1])])
model.compile(
    optimizer="sgd",
    loss="binary_crossentropy",
    metrics=[
        "mae",
        "MSE",
        tf.keras.metrics.BinaryAccuracy(name="acc"),
        tf.keras.metrics.Precision(),
        tf.keras.metrics.Recall(name="recall"),
        tf.keras.metrics.RootMeanSquaredError(),
        largest_error,
    ],
)
history = model.fit(x, y, epochs=2, batch_size=40, verbose=0)
for key in sorted(history.history):
    print(key, history.history[key])
print(model.evaluate(x, y, batch_size=40, verbose=0))
results = model.evaluate(x, y, batch_size=40, verbose=0, return_dict=True)
print(sorted(results.items()))
