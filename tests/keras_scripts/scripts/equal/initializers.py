import numpy as np
import keras
from keras import initializers
from keras.layers import Dense

for initializer in ["zeros", "ones", "identity", initializers.Constant(0.25), initializers.Zeros(),
                    initializers.Ones(), initializers.Identity(gain=2.0)]:
    layer = Dense(3, kernel_initializer=initializer, bias_initializer=initializers.Constant(0.5))
    model = keras.Sequential([keras.Input(shape=(3,)), layer])
    print(model.predict(np.array([[1.0, 2.0, 3.0]]), verbose=0), layer.get_weights()[1])

# drawn numbers: only their ranges
for name, lowest, highest in [("uniform", -0.05, 0.05), ("random_uniform", -0.05, 0.05)]:
    layer = Dense(200, kernel_initializer=name)
    layer.build((None, 50))
    w = layer.get_weights()[0]
    print(name, w.shape, w.min() >= lowest, w.max() <= highest, abs(w.mean()) < 0.01)
for name in ["normal", "random_normal", "truncated_normal"]:
    layer = Dense(200, kernel_initializer=name)
    layer.build((None, 50))
    w = layer.get_weights()[0]
    print(name, 0.04 < w.std() < 0.06)
for name in ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal",
             "lecun_uniform", "orthogonal"]:
    layer = Dense(100, kernel_initializer=name)
    layer.build((None, 100))
    w = layer.get_weights()[0]
    print(name, w.shape, "%.1f" % (w.std() * 10))
