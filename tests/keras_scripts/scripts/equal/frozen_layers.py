import numpy as np
from keras.models import Sequential
from keras.layers import Dense

rng = np.random.RandomState(21)
x, y = rng.randn(30, 4), rng.randn(30, 1)
base = Sequential([Dense(5, activation="tanh", input_shape=(4,)), Dense(3, activation="tanh")])
base.set_weights([rng.uniform(-0.6, 0.6, size=w.shape) for w in base.get_weights()])
for layer in base.layers:
    layer.trainable = False
model = Sequential([base, Dense(1, kernel_initializer="ones")])
model.compile(optimizer="sgd", loss="mse")
before = base.get_weights()
print(model.fit(x, y, epochs=5, batch_size=10, shuffle=False, verbose=0).history["loss"])
print(all((a == b).all() for a, b in zip(before, base.get_weights())))
print(len(model.trainable_weights), len(model.non_trainable_weights), model.count_params())

base.trainable = True
model.compile(optimizer="sgd", loss="mse")
print(model.fit(x, y, epochs=5, batch_size=10, shuffle=False, verbose=0).history["loss"])
