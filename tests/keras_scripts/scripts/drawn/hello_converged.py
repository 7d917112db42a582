import tensorflow as tf
import numpy as np

model = tf.keras.Sequential([tf.keras.layers.Dense(units=1, input_shape=[1])])
model.compile(optimizer=tf.keras.optimizers.SGD(learning_rate=0.05), loss="mean_squared_error")
xs = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
ys = np.array([-3.0, -1.0, 1.0, 3.0, 5.0, 7.0])
model.fit(xs, ys, epochs=300, verbose=0)
prediction = model.predict(np.array([10.0]), verbose=0)
print(prediction.shape, abs(prediction[0, 0] - 19) < 0.1)
