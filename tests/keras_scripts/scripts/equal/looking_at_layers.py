import numpy as np
from tensorflow import keras

model = keras.models.Sequential()
model.add(keras.layers.Flatten(input_shape=[4, 4]))
model.add(keras.layers.Dense(6, activation="relu", name="hidden_1"))
model.add(keras.layers.Dense(5, activation="relu"))
model.add(keras.layers.Dense(3, activation="softmax"))
print(len(model.layers))
hidden1 = model.layers[1]
print(hidden1.name, model.get_layer("hidden_1") is hidden1, model.get_layer(index=1) is hidden1)
weights, biases = hidden1.get_weights()
print(weights.shape, biases.shape, biases)
hidden1.set_weights([np.ones((16, 6)), np.full(6, 0.5)])
print(hidden1.kernel.numpy().sum(), hidden1.bias.numpy())
print(model.count_params(), [w.shape for w in model.get_weights()])
model.pop()
print(len(model.layers), model.predict(np.ones((1, 4, 4)), verbose=0).shape)
out = hidden1(np.ones((1, 16)))
print(out.numpy())
