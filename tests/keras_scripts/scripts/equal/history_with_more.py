# What a script adds to a history stays there.
import keras
import numpy as np

x, y = np.eye(4), np.arange(4.0).reshape(4, 1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="ones")])
model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["mae"])


class Rates(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        seen = {name: len(values) for name, values in self.model.history.history.items()}
        print(epoch, sorted(seen.items()))

    def on_epoch_end(self, epoch, logs=None):
        kept = self.model.history.history
        kept.setdefault("rate", []).append(float(self.model.optimizer.learning_rate))
        logs["twice"] = 2 * logs["loss"]


first = model.fit(x, y, epochs=2, shuffle=False, verbose=0, callbacks=[Rates()])
second = model.fit(x, y, epochs=3, initial_epoch=2, shuffle=False, verbose=0)
for name, values in second.history.items():
    first.history[name].extend(values)
first.history["loss"] += [0.25]
first.history["mae"][0] = 7.0
first.history["seconds"] = [1, 2]
del first.history["twice"]
for name in sorted(first.history):
    print(name, [round(value, 5) for value in first.history[name]])
print(first.epoch, sorted(second.history), first.history is first.history)
