import numpy as np
import keras
from keras import layers
rng = np.random.RandomState(3)
x = rng.randn(60, 4).astype("float32")
y = (x.sum(axis=1) + 0.5 * rng.randn(60) > 0.4).astype(int)
w = rng.rand(60)
model = keras.Sequential([layers.Dense(5, activation="tanh", kernel_initializer="ones"),
                          layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"],
              weighted_metrics=["mse", keras.metrics.Precision(name="p"), keras.metrics.AUC(name="auc")])
h = model.fit(x, y, epochs=3, sample_weight=w, shuffle=False, verbose=0, validation_data=(x, y, w))
print(list(h.history.keys()))
for k, v in h.history.items():
    print(k, v)
print(model.evaluate(x, y, sample_weight=w, verbose=0))
print(model.evaluate(x, y, verbose=0, return_dict=True))
h = model.fit(x, y, epochs=2, class_weight={0: 0.5, 1: 3.0}, shuffle=False, verbose=0)
for k, v in h.history.items():
    print(k, v)
