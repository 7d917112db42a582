# Reuse the lower layers of a trained model: frozen first, then fine-tuned, as in transfer learning.
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(11)
X_A = rng.normal(size=(64, 6)).astype("float32")
y_A = np.argmax(X_A[:, :4], axis=1)
X_B = rng.normal(size=(20, 6)).astype("float32")
y_B = (X_B[:, 0] > X_B[:, 1]).astype("float32").reshape(-1, 1)


def draw(model):
    model.set_weights([rng.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()])


model_A = tf.keras.Sequential([
    tf.keras.layers.Dense(10, activation="relu", input_shape=[6]),
    tf.keras.layers.Dense(8, activation="relu"),
    tf.keras.layers.Dense(4, activation="softmax"),
])
draw(model_A)
model_A.compile(loss="sparse_categorical_crossentropy",
                optimizer=tf.keras.optimizers.SGD(learning_rate=0.1), metrics=["accuracy"])
history = model_A.fit(X_A, y_A, epochs=5, shuffle=False, verbose=0)
print(history.history["loss"])

model_B_on_A = tf.keras.Sequential(model_A.layers[:-1])
model_B_on_A.add(tf.keras.layers.Dense(1, activation="sigmoid"))
model_B_on_A.layers[-1].set_weights([rng.uniform(-0.5, 0.5, size=(8, 1)), np.zeros(1)])

for layer in model_B_on_A.layers[:-1]:
    layer.trainable = False
print([layer.trainable for layer in model_B_on_A.layers], len(model_B_on_A.trainable_variables))
optimizer = tf.keras.optimizers.SGD(learning_rate=0.05)
model_B_on_A.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
print(model_B_on_A.fit(X_B, y_B, epochs=3, shuffle=False, verbose=0).history)
print(model_A.evaluate(X_A, y_A, verbose=0))  # its layers haven't changed

for layer in model_B_on_A.layers[:-1]:
    layer.trainable = True
optimizer = tf.keras.optimizers.SGD(learning_rate=0.01)
model_B_on_A.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
print(model_B_on_A.fit(X_B, y_B, epochs=3, shuffle=False, verbose=0).history)
print(model_B_on_A.evaluate(X_B, y_B, verbose=0), model_A.predict(X_A[:2], verbose=0))

# The hidden layers alone, to look at their outputs.
features = tf.keras.Sequential(model_A.layers[:2])
print(features.predict(X_A[:2], verbose=0))

# A copy shares nothing.
clone = tf.keras.models.clone_model(model_A)
clone.set_weights(model_A.get_weights())
model_B_on_clone = tf.keras.Sequential(clone.layers[:-1])
model_B_on_clone.add(tf.keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones"))
model_B_on_clone.compile(loss="binary_crossentropy", optimizer="sgd")
before = model_A.get_weights()[0].copy()
model_B_on_clone.fit(X_B, y_B, epochs=2, shuffle=False, verbose=0)
print(np.array_equal(before, model_A.get_weights()[0]), np.array_equal(before, clone.get_weights()[0]))
