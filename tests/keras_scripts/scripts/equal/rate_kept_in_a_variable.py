import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 16).reshape(-1, 1)
y = 3 * x + 1
model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
model.set_weights([np.array([[0.5]]), np.array([0.0])])
model.compile("sgd", "mse")

rate = model.optimizer.learning_rate
steps = model.optimizer.iterations
for _ in range(3):
    rate.assign(rate * 0.5)
    print(f"{float(rate):.6f} {rate.numpy():.6f} %.6f" % rate)
print(bool(rate < 0.01), round(float(1 / rate), 2), float(np.sqrt(rate)))

halving = tf.keras.callbacks.LearningRateScheduler(lambda epoch, now: 0.2 / (epoch + 1))
history = model.fit(x, y, epochs=4, shuffle=False, verbose=0, callbacks=[halving])
print(history.history["loss"])
print(float(rate), float(model.optimizer.learning_rate), int(steps))

model.optimizer.learning_rate = 0.3
print(float(rate + 0), float(max(rate, 0.1)))
other = tf.keras.optimizers.SGD(learning_rate=float(rate))
other.learning_rate = rate
rate.assign(0.7)
print(float(other.learning_rate), float(rate))
