# Classify little images; the last layer gives logits.
import tensorflow as tf
import numpy as np

print("TensorFlow 2:", tf.__version__ >= "2.0")

rng = np.random.RandomState(3)
x_train = rng.randint(0, 256, size=(60, 4, 4)) / 255.0
y_train = rng.randint(0, 3, size=60)

model = tf.keras.models.Sequential([
    tf.keras.layers.Flatten(input_shape=(4, 4)),
    tf.keras.layers.Dense(12, activation="relu"),
    tf.keras.layers.Dense(3),
])
model.set_weights([rng.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()])

predictions = model(x_train[:1]).numpy()
print(predictions)
print(tf.nn.softmax(predictions).numpy())

loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print(float(loss_fn(y_train[:1], predictions).numpy()))

model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
model.fit(x_train, y_train, epochs=5, shuffle=False, verbose=0)
print(model.evaluate(x_train, y_train, verbose=0))

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
print(probability_model(x_train[:5]).numpy())
