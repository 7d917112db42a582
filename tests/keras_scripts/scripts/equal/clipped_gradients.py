import numpy as np
from tensorflow import keras

rng = np.random.RandomState(11)
x, y = 10 * rng.randn(30, 4), 100 * rng.randn(30, 1)
for settings in [{"clipnorm": 1.0}, {"clipvalue": 0.5}, {"global_clipnorm": 1.0}]:
    model = keras.Sequential([
        keras.layers.Dense(3, activation="relu", kernel_initializer="ones", input_dim=4),
        keras.layers.Dense(1, kernel_initializer="ones"),
    ])
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.1, **settings))
    model.fit(x, y, epochs=3, batch_size=10, shuffle=False, verbose=0)
    print(settings, model.get_weights())
