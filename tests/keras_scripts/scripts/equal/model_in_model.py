import numpy as np
import tensorflow as tf

rng = np.random.RandomState(25)
encoder = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu", input_shape=(8,)),
                               tf.keras.layers.Dense(2)])
decoder = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu", input_shape=(2,)),
                               tf.keras.layers.Dense(8, activation="sigmoid")])
autoencoder = tf.keras.Sequential([encoder, decoder])
autoencoder.set_weights([rng.uniform(-0.5, 0.5, size=w.shape) for w in autoencoder.get_weights()])
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
data = rng.rand(32, 8)
print(autoencoder.fit(data, data, epochs=4, batch_size=8, shuffle=False, verbose=0).history["loss"])
print(encoder.predict(data[:2], verbose=0))
