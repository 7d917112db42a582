import numpy as np
import keras
from keras import layers
x = np.linspace(-4, 9, 24).reshape(4, 6).astype("float32")
print(np.array(layers.ReLU(max_value=6)(x)))
print(np.array(layers.ReLU(max_value=6.0, negative_slope=0.1, threshold=1.0)(x)))
print(np.array(layers.ReLU(negative_slope=0.3)(x)))
print(np.array(keras.activations.relu(x, negative_slope=0.1, max_value=3, threshold=1.5)))
print(np.array(layers.LeakyReLU(alpha=0.1)(x)))
print(np.array(layers.LeakyReLU(negative_slope=0.2)(x)))
print(np.array(layers.GaussianNoise(0.3)(x)))
print(np.array(layers.AlphaDropout(0.3)(x)), np.array(layers.GaussianDropout(0.3)(x)))
print(np.array(layers.Identity()(x)), np.array(layers.Softmax(axis=-1)(x)))
m = keras.Sequential([
    layers.Input((6,)),
    layers.Dense(4, kernel_initializer="ones", dtype="float32"),
    layers.ReLU(max_value=5.0),
    layers.ActivityRegularization(l2=0.01),
    layers.Dense(2, kernel_initializer="ones", trainable=False, name="head"),
    layers.LeakyReLU(alpha=0.3),
    layers.Dense(1, kernel_initializer=keras.initializers.Ones())])
m.compile("sgd", "mse")
print(m.fit(x / 10, np.ones(4), epochs=3, verbose=0, shuffle=False).history)
print([np.array(w).tolist() for w in m.get_weights()])
print(m.count_params(), len(m.trainable_weights), [l.trainable for l in m.layers])
print([type(l).__name__ for l in m.layers])
print(m.layers[0].output.shape, m.inputs[0].shape, m.layers[1].input.shape, m.output_shape, m.input_shape)
print(m.layers[0].compute_output_shape((None, 6)), m.compute_output_shape((None, 6)))
