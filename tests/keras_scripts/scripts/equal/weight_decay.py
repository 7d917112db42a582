import numpy as np
from tensorflow import keras
from tensorflow.keras import layers, regularizers

rng = np.random.RandomState(2)
x, y = rng.rand(50, 4), rng.rand(50, 1)

for penalty in [regularizers.l2(0.01), regularizers.l1(0.01), regularizers.l1_l2(0.01, 0.02),
                regularizers.L2(0.1), "l2"]:
    rng = np.random.RandomState(7)
    model = keras.Sequential()
    model.add(layers.Dense(5, kernel_regularizer=penalty, activation="tanh", input_shape=(4,)))
    model.add(layers.Dense(1, bias_regularizer=regularizers.L1(0.05)))
    model.set_weights([rng.uniform(-1, 1, size=w.shape) for w in model.get_weights()])
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    history = model.fit(x, y, epochs=4, shuffle=False, verbose=0)
    print(history.history["loss"], model.evaluate(x, y, verbose=0))
