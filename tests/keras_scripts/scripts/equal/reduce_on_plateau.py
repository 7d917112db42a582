import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.callbacks import ReduceLROnPlateau

rng = np.random.RandomState(1)
X, Y = rng.randn(30, 2), rng.randn(30)
model = Sequential([Dense(1, input_shape=(2,), kernel_initializer="ones")])
model.compile(loss="mse", optimizer="sgd")
reduce_lr = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2, min_delta=0.05, min_lr=1e-4)
history = model.fit(X, Y, epochs=12, batch_size=30, callbacks=[reduce_lr], verbose=0)
print([float(rate) for rate in history.history["learning_rate"]])
print(history.history["loss"])
