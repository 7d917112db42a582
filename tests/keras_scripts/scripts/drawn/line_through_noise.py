import tensorflow as tf
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

print("TF version ok:", int(tf.__version__.split(".")[0]) >= 2)
tf.random.set_seed(42)
X = tf.range(-100, 100, 4)
y = X + 10
X_train, X_test = X[:40], X[40:]
y_train, y_test = y[:40], y[40:]
model = tf.keras.Sequential([
    tf.keras.layers.Dense(10, input_shape=[1], name="hidden_layer"),
    tf.keras.layers.Dense(1, name="output_layer"),
], name="model_1")
model.compile(loss=tf.keras.losses.mae, optimizer=tf.keras.optimizers.Adam(learning_rate=0.05), metrics=["mae"])
model.fit(tf.expand_dims(X_train, axis=-1), y_train, epochs=200, verbose=0)
y_preds = model.predict(tf.expand_dims(X_test, axis=-1), verbose=0)
print(y_preds.shape, tf.squeeze(y_preds).shape)
mae = tf.reduce_mean(tf.abs(tf.cast(y_test, tf.float32) - tf.squeeze(y_preds)))
print("close:", bool(mae.numpy() < 5))
plt.scatter(X_test, y_test)
plt.plot(X_test, tf.squeeze(y_preds))
plt.close()
