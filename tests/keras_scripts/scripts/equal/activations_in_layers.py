import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Activation

rng = np.random.RandomState(28)
x, y = rng.randn(20, 3), rng.rand(20, 1)
weights = [rng.uniform(-0.7, 0.7, size=s) for s in [(3, 4), (4,), (4, 1), (1,)]]
for activation in ["relu", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "swish", "softplus",
                   "softsign", "exponential", "hard_sigmoid", "leaky_relu", "relu6", "linear", None,
                   tf.nn.relu, tf.nn.sigmoid, tf.keras.activations.tanh, "softmax"]:
    model = tf.keras.Sequential([Dense(4, activation=activation, input_shape=(3,)), Dense(1)])
    model.set_weights(weights)
    model.compile("sgd", "mse")
    print(model.fit(x, y, epochs=2, batch_size=10, shuffle=False, verbose=0).history["loss"])
