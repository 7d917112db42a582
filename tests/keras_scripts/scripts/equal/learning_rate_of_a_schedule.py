# An optimizer with a schedule tells the learning rate of its next step.
import keras
import numpy as np

schedule = keras.optimizers.schedules.ExponentialDecay(0.5, decay_steps=2, decay_rate=0.5)
optimizer = keras.optimizers.SGD(schedule)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.set_weights([np.array([[1.0], [2.0]]), np.array([0.0])])
model.compile(optimizer, "mse")


class Rate(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        rate = self.model.optimizer.learning_rate
        print(epoch, f"{float(rate):.5f}", round(float(keras.ops.convert_to_numpy(rate)), 5))


x, y = np.eye(2), np.ones((2, 1))
print(float(optimizer.learning_rate))
history = model.fit(x, y, epochs=3, batch_size=1, shuffle=False, verbose=0, callbacks=[Rate()])
print([round(loss, 5) for loss in history.history["loss"]])
