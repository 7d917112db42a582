# models that end in logits; a schedule drawn over many steps; hinge for classes from equal scores
import numpy as np
import keras

rng = np.random.RandomState(32)
x = rng.normal(size=(40, 3)).astype("float32")
y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
schedule = keras.optimizers.schedules.InverseTimeDecay(0.5, decay_steps=10, decay_rate=1.0)
print(np.asarray(schedule(np.linspace(0, 40, 5))), float(schedule(5)))

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
model.set_weights([rng.uniform(-1, 1, w.shape) for w in model.get_weights()])
model.compile(
    keras.optimizers.SGD(schedule),
    keras.losses.BinaryFocalCrossentropy(from_logits=True, label_smoothing=0.1),
    metrics=[keras.metrics.AUC(from_logits=True), keras.metrics.BinaryAccuracy("above", None, 0.0),
             keras.metrics.Precision(thresholds=[0.25]), keras.metrics.Recall(0.25, None, 0, "recall")],
)
history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
for key in sorted(history.history):
    print(key, history.history[key])

classes = np.eye(3)[rng.randint(0, 3, 40)]
flat = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, kernel_initializer="zeros")])
flat.compile(keras.optimizers.SGD(0.1), "categorical_hinge", metrics=["accuracy"])
flat.fit(x, classes, epochs=1, batch_size=40, shuffle=False, verbose=0)
print(flat.get_weights())
