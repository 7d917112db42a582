import keras
import numpy as np
from keras import activations, layers

model = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(3, "relu"),
        layers.Dense(3, activation=activations.tanh),
        layers.Dense(3),
        layers.Activation("softmax"),
        layers.Dense(1, "linear"),
        layers.Activation("linear"),
    ]
)
for layer in model.layers:
    print(layer.name, layer.activation.__name__, layer.activation == activations.relu)
relu, tanh, linear = (layer.activation for layer in model.layers[:3])
print(relu == activations.relu, tanh == activations.tanh, linear == activations.linear)
print(relu != activations.tanh, relu in (activations.elu, activations.relu))
x = np.linspace(-2, 2, 6, dtype="float32")
for function in (relu, tanh, linear):
    print(np.asarray(function(x)).tolist(), np.asarray(function(x.reshape(3, 1, 2))).shape)
    print(float(function(np.float32(-1.0))))
model.layers[2].activation = activations.relu
print(model.layers[2].activation.__name__, model.layers[2].get_config()["activation"])
print(activations.get("relu") == activations.relu, activations.get(None) == activations.linear)
print([layer.get_config()["activation"] for layer in keras.models.clone_model(model).layers])
