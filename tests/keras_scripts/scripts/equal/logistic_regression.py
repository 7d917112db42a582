import numpy as np
import keras
from keras import layers

np.random.seed(0)
x = np.random.randn(80, 3)
y = (x @ np.array([1.0, -2.0, 0.5]) > 0).astype("float32")

model = keras.Sequential([
    keras.Input(shape=(3,)),
    layers.Dense(1, activation="sigmoid", kernel_initializer="zeros"),
])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.5),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=["accuracy"],
)
history = model.fit(x, y, batch_size=len(x), epochs=30, verbose=0)
print(sorted(history.history))
print(history.history["loss"][-1], history.history["accuracy"][-1])
w, b = model.get_weights()
print(w.ravel(), b)
