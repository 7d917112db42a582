import os
import tempfile
import numpy as np
from tensorflow import keras
from tensorflow.keras.callbacks import ModelCheckpoint

rng = np.random.RandomState(19)
x, y = rng.randn(20, 3), rng.randn(20, 1)
model = keras.Sequential([
    keras.layers.Dense(4, activation="relu", input_shape=(3,), kernel_initializer="ones"),
    keras.layers.Dense(1, kernel_initializer="ones"),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
folder = tempfile.mkdtemp()
best = os.path.join(folder, "checkpoints", "best.keras")
checkpoint = ModelCheckpoint(best, monitor="loss", save_best_only=True)
model.fit(x, y, epochs=3, batch_size=20, callbacks=[checkpoint], verbose=0)
path = os.path.join(folder, "model.keras")
model.save(path)
loaded = keras.models.load_model(path)
print(np.allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0)))
print(loaded.evaluate(x, y, verbose=0))
print(os.path.exists(best))
print(loaded.fit(x, y, epochs=2, batch_size=20, verbose=0).history["loss"])
