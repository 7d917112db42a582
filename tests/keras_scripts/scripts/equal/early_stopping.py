import numpy as np
from tensorflow import keras

rng = np.random.RandomState(0)
X_train, y_train = rng.rand(40, 2), rng.rand(40)
X_valid, y_valid = rng.rand(20, 2), rng.rand(20)

model = keras.models.Sequential([
    keras.layers.Dense(20, activation="relu", input_shape=X_train.shape[1:]),
    keras.layers.Dense(1),
])
model.set_weights([rng.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()])
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate=0.1))
early_stopping_cb = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
history = model.fit(X_train, y_train, epochs=100, shuffle=False, verbose=0,
                    validation_data=(X_valid, y_valid), callbacks=[early_stopping_cb])
print("epochs:", len(history.history["loss"]), history.epoch[-1])
print(min(history.history["val_loss"]))
print(model.evaluate(X_valid, y_valid, verbose=0))
