import numpy as np
import tensorflow as tf

class Logger(tf.keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("train begins", self.params["epochs"], self.params["steps"])

    def on_epoch_begin(self, epoch, logs=None):
        print("epoch", epoch)

    def on_train_batch_end(self, batch, logs=None):
        print("  batch", batch, sorted(logs))

    def on_test_begin(self, logs=None):
        print("  test begins")

    def on_epoch_end(self, epoch, logs=None):
        print("  loss %.5f" % logs["loss"], sorted(logs))
        if epoch == 1:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        print("train ends")

    def on_predict_begin(self, logs=None):
        print("predict begins")

    def on_predict_end(self, logs=None):
        print("predict ends")

x = np.arange(12.0).reshape(6, 2) / 10
y = x.sum(axis=1)
model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros", input_shape=(2,))])
model.compile("sgd", "mse", metrics=["mae"])
model.fit(x, y, batch_size=3, epochs=5, shuffle=False, verbose=0,
          validation_data=(x, y), callbacks=[Logger()])
model.predict(x, verbose=0, callbacks=[Logger()])
