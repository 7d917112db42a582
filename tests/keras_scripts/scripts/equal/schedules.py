import numpy as np
import tensorflow as tf

schedules = tf.keras.optimizers.schedules
table = {
    "exponential": schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5),
    "staircase": schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    "inverse time": schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.1),
    "polynomial": schedules.PolynomialDecay(0.1, decay_steps=20, end_learning_rate=0.01, power=2),
    "piecewise": schedules.PiecewiseConstantDecay([5, 15], [0.1, 0.05, 0.01]),
    "cosine": schedules.CosineDecay(0.1, decay_steps=20, alpha=0.1),
    "warm-up": schedules.CosineDecay(0.0, 20, warmup_target=0.1, warmup_steps=5),
}
x = np.linspace(-1, 1, 20).reshape(-1, 1)
y = x ** 2
for name, schedule in table.items():
    print(name, [float(schedule(step)) for step in (0, 3, 7, 15, 30)])
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones", input_dim=1)])
    model.compile(optimizer=tf.keras.optimizers.SGD(learning_rate=schedule), loss="mse")
    print(model.fit(x, y, epochs=5, batch_size=5, shuffle=False, verbose=0).history["loss"])
