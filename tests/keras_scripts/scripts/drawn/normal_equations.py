# the best line has one place: whatever the start, training ends there
import numpy as np
from keras import Input, Sequential
from keras.layers import Dense

rng = np.random.RandomState(3)
x = rng.randn(50, 2)
y = x @ np.array([[1.5], [-0.5]]) + 0.25 + 0.1 * rng.randn(50, 1)
model = Sequential([Input(shape=(2,)), Dense(1)])
model.compile(optimizer="sgd", loss="mse")
model.optimizer.learning_rate = 0.3
model.fit(x, y, epochs=200, batch_size=50, verbose=0)
best = np.linalg.lstsq(np.hstack([x, np.ones((50, 1))]), y, rcond=None)[0].ravel()
w, b = model.get_weights()
print(np.abs(np.append(w, b) - best).max() < 1e-4)
