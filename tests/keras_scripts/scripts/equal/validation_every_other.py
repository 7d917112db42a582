import numpy as np
from keras.models import Sequential
from keras.layers import Dense

x = np.linspace(0, 1, 20).reshape(-1, 1)
y = np.sin(3 * x)
model = Sequential([Dense(1, input_shape=(1,), kernel_initializer="ones")])
model.compile(loss="mse", optimizer="sgd")
history = model.fit(x, y, epochs=6, batch_size=None, validation_data=(x, y), validation_freq=2,
                    shuffle=False, verbose=0)
print(len(history.history["loss"]), len(history.history["val_loss"]), history.params["epochs"])
print(history.history["val_loss"])
