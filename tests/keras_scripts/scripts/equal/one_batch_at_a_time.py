import numpy as np
import keras

rng = np.random.RandomState(20)
x, y = rng.randn(32, 3), rng.randint(0, 2, 32)
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
model.set_weights([rng.randn(3, 1), rng.randn(1)])
model.compile("adam", "binary_crossentropy")
for start in range(0, 32, 8):
    print(float(model.train_on_batch(x[start:start + 8], y[start:start + 8])) > 0)
print(float(model.test_on_batch(x, y)))
print(model.predict_on_batch(x[:3]))
