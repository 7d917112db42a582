import numpy as np
import keras
from keras import callbacks, losses, optimizers

for loss in (losses.MeanSquaredError(), losses.Huber(0.3), losses.KLDivergence(), losses.LogCosh(),
             losses.BinaryCrossentropy(), losses.CategoricalHinge(), losses.Poisson(name="own")):
    again = type(loss).from_config(loss.get_config())
    print(loss.name, loss.get_config()["name"], again.name)
    print(float(loss(np.array([[0.0, 1.0]]), np.array([[0.25, 0.5]]))))
for optimizer in (optimizers.SGD(0.5, momentum=0.5), optimizers.Adam(0.25), optimizers.Nadam()):
    config = optimizer.get_config()
    again = type(optimizer).from_config(config)
    print(optimizer.name, config["name"], float(again.learning_rate))


class Params(callbacks.Callback):
    def on_train_begin(self, logs=None):
        print(self.params)


class Stop(callbacks.EarlyStopping):
    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        print(self.stopped_epoch, self.wait)


model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
model.compile(optimizers.SGD(0.0), losses.Huber(0.3), metrics=["mae"])
x, y = np.arange(12.0).reshape(6, 2), np.zeros((6, 1))
model.fit(x, y, epochs=9, batch_size=4, shuffle=False, verbose=0,
          callbacks=[Params(), Stop("loss", patience=2), Stop("mae", patience=20)])
rows, total = model.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0, return_dict=True)
print(rows, total)

for activation in (None, "relu", keras.activations.tanh, "swish", "leaky_relu"):
    layer = keras.layers.Dense(2, activation=activation, input_shape=(3,))
    config = layer.get_config()
    again = keras.layers.Dense.from_config(config)
    print(config["activation"], again.get_config()["activation"], config["units"])
plain = keras.layers.Dense(1)
print(plain.activation.__name__, float(keras.ops.array(plain.activation(keras.ops.array([2.0])))[0]))
model.layers[-1].activation = keras.activations.sigmoid
model.compile("sgd", "mse")
print(model.layers[-1].activation.__name__, model.predict(np.zeros((1, 2)), verbose=0).shape)
print(np.asarray(model(np.array([[1.0, 2.0]]))))
