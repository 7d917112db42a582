import os
import tempfile
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Dropout
from tensorflow.keras import regularizers

rng = np.random.RandomState(1)
x = rng.randn(100, 4)
y = (x[:, 0] * x[:, 1] > 0).astype(int)
model = Sequential()
model.add(Dense(16, activation="relu", input_shape=(4,), kernel_regularizer=regularizers.l2(0.002)))
model.add(Dropout(0.5))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["acc"])
history = model.fit(x, y, validation_split=0.25, epochs=5, batch_size=16, verbose=0)
acc, val_acc = history.history["acc"], history.history["val_acc"]
epochs = range(1, len(acc) + 1)
plt.plot(epochs, acc, "bo", label="Training acc")
plt.plot(epochs, val_acc, "b", label="Validation acc")
plt.title("Training and validation accuracy")
plt.legend()
path = os.path.join(tempfile.mkdtemp(), "curves.png")
plt.savefig(path)
print(sorted(history.history), os.path.getsize(path) > 1000)
