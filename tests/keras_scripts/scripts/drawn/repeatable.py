import random
import numpy as np
import tensorflow as tf

def run(seed):
    random.seed(seed)
    np.random.seed(seed)
    tf.random.set_seed(seed)
    tf.keras.backend.clear_session()
    x = np.random.rand(20, 3)
    model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return x.sum(), model.fit(x, x.sum(axis=1), epochs=3, verbose=0).history["loss"]

(first_x, first), (second_x, second), (third_x, third) = run(42), run(42), run(43)
print(first_x == second_x, first == second, first == third)
tf.keras.utils.set_random_seed(5)
a = tf.random.normal((2, 2)).numpy()
tf.keras.utils.set_random_seed(5)
print((a == tf.random.normal((2, 2)).numpy()).all(), a.dtype)
print(tf.random.uniform(shape=(3,), minval=0, maxval=5, dtype=tf.int32).shape)
