import numpy as np
from keras import Sequential, layers, regularizers

rng = np.random.RandomState(4)
x, y = rng.randn(32, 3), rng.randn(32, 2)
model = Sequential([
    layers.Input(shape=(3,)),
    layers.Dense(4, activation="relu", activity_regularizer=regularizers.L1(0.1)),
    layers.Dense(2),
])
model.set_weights([rng.uniform(-1, 1, size=w.shape) for w in model.get_weights()])
model.compile("sgd", "mse")
print(model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"])
print(model.evaluate(x, y, batch_size=32, verbose=0))
