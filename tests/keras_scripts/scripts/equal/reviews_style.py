# Two classes, rmsprop, a part of the data kept for validation.
from tensorflow import keras
from tensorflow.keras import layers
import numpy as np

rng = np.random.RandomState(5)
data = (rng.rand(120, 20) > 0.7).astype("float32")
labels = (data[:, :10].sum(axis=1) > data[:, 10:].sum(axis=1)).astype("float32")

model = keras.Sequential([
    layers.Dense(16, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.build(input_shape=(None, 20))
model.set_weights([rng.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])

x_val, partial_x = data[:40], data[40:]
y_val, partial_y = labels[:40], labels[40:]
history = model.fit(
    partial_x,
    partial_y,
    epochs=6,
    batch_size=16,
    shuffle=False,
    validation_data=(x_val, y_val),
    verbose=0,
)
history_dict = history.history
print(sorted(history_dict.keys()))
for key in ["loss", "val_loss", "accuracy", "val_accuracy"]:
    print(key, history_dict[key])
