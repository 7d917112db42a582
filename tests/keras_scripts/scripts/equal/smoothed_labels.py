import numpy as np
import keras

rng = np.random.RandomState(27)
x = rng.randn(24, 4)
y = np.eye(3)[rng.randint(0, 3, 24)]
weights = [rng.uniform(-0.5, 0.5, size=s) for s in [(4, 3), (3,)]]
for activation, loss in [
    ("softmax", keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
    (None, keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)),
    ("sigmoid", keras.losses.BinaryCrossentropy(label_smoothing=0.1)),
    (None, keras.losses.BinaryCrossentropy(from_logits=True)),
]:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation=activation)])
    model.set_weights(weights)
    model.compile(optimizer="sgd", loss=loss)
    print(model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"])
