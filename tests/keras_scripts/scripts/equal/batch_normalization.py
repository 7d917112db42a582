import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, BatchNormalization, Activation

rng = np.random.RandomState(8)
X = 5 + 3 * rng.randn(64, 6)
y = rng.randint(0, 2, size=64)

model = Sequential()
model.add(Dense(8, input_dim=6))
model.add(BatchNormalization())
model.add(Activation("relu"))
model.add(Dense(1, activation="sigmoid"))
start = model.get_weights()
for i in (0, 1, 6, 7):
    start[i] = rng.uniform(-0.5, 0.5, size=start[i].shape)
model.set_weights(start)

model.compile(optimizer="sgd", loss="binary_crossentropy")
history = model.fit(X, y, epochs=5, batch_size=16, shuffle=False, verbose=0)
print(history.history["loss"])
print(model.evaluate(X, y, verbose=0))
print([w.shape for w in model.layers[1].get_weights()])
print(model.layers[1].get_weights()[3])
