import keras
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(30, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)
weights = np.linspace(0.1, 2, 30)


def compiled(*settings):
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.set_weights([np.full((3, 1), 0.2), np.zeros(1)])
    model.compile(*settings)
    return model


for settings in (
    ("sgd", "mse"),
    ("sgd", "mse", None, ["mae"]),
    ("sgd", "mse", None, ["mae"], ["mse"]),
    ("sgd", "mse", 1.0, None, ["mae"]),
):
    history = compiled(*settings).fit(
        x, y, 10, 2, 0, None, 0.2, shuffle=False, sample_weight=weights
    )
    print(history.history)

model = compiled("sgd", "mse", None, ["mae"])
print(model.fit([x], [y], shuffle=False, verbose=0).history)
print(model.fit((x,), y, shuffle=False, verbose=0).history)
print(model.evaluate([x], [y], verbose=0), model.evaluate([x], y, 10, 0))
