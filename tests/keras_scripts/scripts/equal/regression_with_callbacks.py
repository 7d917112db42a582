import numpy as np, tensorflow as tf, os, tempfile
from tensorflow import keras
from sklearn.datasets import make_regression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
X, y = make_regression(n_samples=160, n_features=8, random_state=42, noise=0.3); y = y / 100
X_train_full, X_test, y_train_full, y_test = train_test_split(X, y, random_state=42)
X_train, X_valid, y_train, y_valid = train_test_split(X_train_full, y_train_full, random_state=42)
scaler = StandardScaler(); X_train = scaler.fit_transform(X_train); X_valid = scaler.transform(X_valid); X_test = scaler.transform(X_test)
keras.backend.clear_session(); np.random.seed(42); tf.random.set_seed(42)
model = keras.models.Sequential([keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:], kernel_initializer=keras.initializers.Constant(0.1)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate=1e-3), metrics=["RootMeanSquaredError"])
d = tempfile.mkdtemp()
cb = [keras.callbacks.ModelCheckpoint(os.path.join(d, "best.keras"), save_best_only=True), keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)]
history = model.fit(X_train, y_train, epochs=6, validation_data=(X_valid, y_valid), verbose=0, shuffle=False, callbacks=cb)
mse_test = model.evaluate(X_test, y_test, verbose=0)
print(mse_test, history.history.keys(), history.params)
X_new = X_test[:3]
print(model.predict(X_new, verbose=0))
hidden1 = model.layers[0]
print(hidden1.name, model.get_layer(hidden1.name) is hidden1)
weights, biases = hidden1.get_weights()
print(weights.shape, biases.shape, weights.dtype)
model = keras.models.load_model(os.path.join(d, "best.keras"))
print(model.evaluate(X_test, y_test, verbose=0))
class PrintValTrainRatioCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        print("\nval/train: {:.2f}".format(logs["val_loss"] / logs["loss"]), sorted(logs))
model.fit(X_train, y_train, epochs=1, validation_data=(X_valid, y_valid), callbacks=[PrintValTrainRatioCallback()], verbose=0, shuffle=False)
K = keras.backend
class ExponentialLearningRate(keras.callbacks.Callback):
    def __init__(self, factor):
        self.factor = factor; self.rates = []; self.losses = []
    def on_batch_end(self, batch, logs):
        self.rates.append(float(self.model.optimizer.learning_rate.numpy()))
        self.losses.append(logs["loss"])
        self.model.optimizer.learning_rate = self.model.optimizer.learning_rate * self.factor
expon = ExponentialLearningRate(1.005)
model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=1e-3))
model.fit(X_train, y_train, epochs=1, verbose=0, callbacks=[expon], shuffle=False)
print(expon.rates, expon.losses)
m = keras.models.Sequential()
m.add(keras.layers.Flatten(input_shape=[4, 2])); m.add(keras.layers.AlphaDropout(rate=0.2))
m.add(keras.layers.Dense(10, activation="selu", kernel_initializer="lecun_normal"))
m.add(keras.layers.BatchNormalization()); m.add(keras.layers.LeakyReLU(negative_slope=0.2)); m.add(keras.layers.PReLU())
m.add(keras.layers.Dense(3, activation="softmax", kernel_initializer=keras.initializers.VarianceScaling(scale=2., mode='fan_avg', distribution='uniform')))
m.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9, nesterov=True, clipvalue=1.0), metrics=["accuracy"])
print(m.count_params(), [(var.name, var.trainable if hasattr(var, "trainable") else None) for var in m.layers[3].variables][:0])
lr_scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.9)
h = m.fit(np.zeros((8, 4, 2)), np.arange(8) % 3, epochs=2, verbose=0, callbacks=[lr_scheduler])
print(h.history["learning_rate"])
