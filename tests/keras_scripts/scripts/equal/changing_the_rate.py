import numpy as np
import keras

x = np.linspace(-1, 1, 16).reshape(-1, 1)
y = 2 * x
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss="mse")
print(model.fit(x, y, batch_size=16, epochs=2, verbose=0).history["loss"])
model.optimizer.learning_rate = 0.01
print(float(np.array(model.optimizer.learning_rate)))
print(model.fit(x, y, batch_size=16, epochs=2, verbose=0).history["loss"])
