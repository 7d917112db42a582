import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.constraints import MaxNorm, NonNeg, UnitNorm, max_norm

rng = np.random.RandomState(23)
x, y = rng.randn(40, 4), rng.randn(40, 2)
for constraint in [MaxNorm(0.8), NonNeg(), UnitNorm(axis=0), max_norm(0.5)]:
    rng = np.random.RandomState(24)
    model = Sequential()
    model.add(Dense(3, input_dim=4, activation="relu", kernel_constraint=constraint))
    model.add(Dense(2))
    model.set_weights([rng.uniform(-1, 1, size=w.shape) for w in model.get_weights()])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(x, y, epochs=2, batch_size=10, shuffle=False, verbose=0)
    print(model.layers[0].get_weights()[0])
