import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
# custom metrics and helpers of beginners
def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))
def r2(y_true, y_pred):
    ss_res = K.sum(K.square(y_true - y_pred)); ss_tot = K.sum(K.square(y_true - K.mean(y_true)))
    return 1 - ss_res / (ss_tot + K.epsilon())
def recall_m(y_true, y_pred):
    tp = K.sum(K.round(K.clip(y_true * y_pred, 0, 1))); pos = K.sum(K.round(K.clip(y_true, 0, 1)))
    return tp / (pos + K.epsilon())
def mae_tf(y_true, y_pred):
    return tf.reduce_mean(tf.abs(tf.cast(y_true, tf.float32) - y_pred), axis=-1)
x = np.linspace(-1, 1, 40).reshape(20, 2).astype("float32"); y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
m = tf.keras.Sequential([tf.keras.Input(shape=(2,)), tf.keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
m.compile(tf.keras.optimizers.SGD(0.1), "mse", metrics=[rmse, recall_m, mae_tf, "cosine_similarity", tf.keras.metrics.MeanAbsoluteError()])
h = m.fit(x, y, epochs=2, verbose=0, shuffle=False, batch_size=20)
for k in sorted(h.history): print(k, h.history[k])
print(m.evaluate(x, y, verbose=0, batch_size=20))
print(tf.reduce_mean([1.0, 2.0, 4.0]).numpy(), tf.math.reduce_sum([[1, 2], [3, 4]], axis=0).numpy(), tf.reduce_max([3, 9]).numpy())
print(tf.one_hot([0, 2], 3).numpy(), tf.argmax([[1, 5, 2]], axis=1).numpy(), tf.cast([1.7, 2.2], tf.int32).numpy())
print(tf.nn.relu([-1.0, 2.0]).numpy(), tf.nn.softmax([[1.0, 2.0]]).numpy(), tf.sigmoid([0.0]).numpy(), tf.math.log([1.0, np.e]).numpy())
print(tf.concat([[[1, 2]], [[3, 4]]], axis=0).numpy(), tf.stack([[1, 2], [3, 4]]).numpy(), tf.expand_dims([1, 2], 0).shape, tf.squeeze([[[1]]]).numpy())
print(tf.equal([1, 2], [1, 3]).numpy(), tf.where([True, False], [1, 2], [3, 4]).numpy(), tf.range(5).numpy(), tf.linspace(0.0, 1.0, 3).numpy())
print(tf.transpose([[1, 2], [3, 4]]).numpy(), tf.matmul([[1.0, 2.0]], [[3.0], [4.0]]).numpy(), (tf.constant([[1.0, 2.0]]) @ tf.constant([[3.0], [4.0]])).numpy())
a = tf.constant([1.0, 2.0]); print((a + 1).numpy(), (a * 2).numpy(), a.shape, tf.shape(a).numpy(), tf.size(a).numpy(), tf.rank(a).numpy())
v = tf.Variable(3.0); v.assign_add(1.0); print(v.numpy())
print(tf.math.top_k([1.0, 5.0, 3.0], k=2).values.numpy(), tf.math.top_k([1.0, 5.0, 3.0], k=2).indices.numpy())
print(tf.math.confusion_matrix([1, 2, 0], [1, 0, 0]).numpy())
print(tf.unique([1, 1, 2])[0].numpy(), tf.reverse([1, 2, 3], axis=[0]).numpy(), tf.pad([[1]], [[1, 1], [0, 0]]).numpy(), tf.split([1, 2, 3, 4], 2)[0].numpy())
print(tf.clip_by_value([-1.0, 5.0], 0.0, 1.0).numpy(), tf.math.is_nan([np.nan, 1.0]).numpy(), tf.sort([3, 1, 2]).numpy(), tf.argsort([3, 1, 2]).numpy())
print(tf.math.sigmoid([0.0]).numpy(), tf.math.softplus([0.0]).numpy(), tf.math.tanh([0.5]).numpy(), tf.math.pow([2.0], 3.0).numpy(), tf.math.floordiv(7, 2).numpy())
print(tf.gather([10, 20, 30], [2, 0]).numpy(), tf.reduce_all([True, False]).numpy(), tf.math.count_nonzero([0, 1, 2]).numpy(), tf.cumsum([1, 2, 3]).numpy())
print(tf.strings.__name__ if False else "", tf.math.abs([-2.0]).numpy(), tf.math.exp([0.0]).numpy(), tf.math.round([1.5]).numpy(), tf.math.mod(7, 3).numpy(), tf.math.rsqrt([4.0]).numpy())
print(tf.tile([[1, 2]], [2, 1]).numpy(), tf.repeat([1, 2], 2).numpy(), tf.meshgrid([1, 2], [3, 4])[0].numpy(), tf.einsum("ij,jk->ik", np.eye(2), np.ones((2, 2))).numpy())
print(tf.math.argmax([1, 3, 2]).numpy(), tf.norm([3.0, 4.0]).numpy(), tf.linalg.matmul([[2.0]], [[3.0]]).numpy(), tf.linalg.inv([[2.0]]).numpy(), tf.linalg.det([[2.0, 0.0], [0.0, 3.0]]).numpy(), tf.linalg.diag([1, 2]).numpy())
print(tf.zeros([2]).numpy(), tf.ones((2, 2)).numpy(), tf.fill([2], 7).numpy(), tf.eye(2).numpy(), tf.identity([1]).numpy(), tf.zeros_like([1, 2]).numpy(), tf.float32.name, tf.keras.backend.floatx())
