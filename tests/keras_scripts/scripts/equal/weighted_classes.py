import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

rng = np.random.RandomState(15)
x = rng.randn(60, 4)
y = (rng.rand(60) > 0.9).astype(int)
negative, positive = np.bincount(y)
class_weight = {0: 60 / (2.0 * negative), 1: 60 / (2.0 * positive)}

def make_model():
    model = Sequential([Dense(5, activation="relu", input_shape=(4,), kernel_initializer="ones"),
                        Dense(1, activation="sigmoid", kernel_initializer="ones")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model

model = make_model()
history = model.fit(x, y, epochs=3, class_weight=class_weight, shuffle=False, verbose=0)
print(history.history["loss"])
model = make_model()
weights = np.where(y == 1, 5.0, 1.0)
history = model.fit(x, y, epochs=3, sample_weight=weights, shuffle=False, verbose=0,
                    validation_data=(x, y, weights))
print(history.history["loss"], history.history["val_loss"])
print(model.evaluate(x, y, sample_weight=weights, verbose=0))
