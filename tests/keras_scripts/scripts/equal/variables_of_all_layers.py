import numpy as np
import tensorflow as tf
from tensorflow import keras

model = keras.Sequential([
    keras.layers.Dense(3, input_shape=(2,)),
    keras.layers.BatchNormalization(),
    keras.layers.PReLU(),
    keras.layers.LayerNormalization(),
    keras.layers.Dense(1),
])
rng = np.random.RandomState(0)
model.set_weights([np.abs(rng.randn(*w.shape)) for w in model.get_weights()])
dense, batch_norm, prelu, layer_norm, head = model.layers
kept = dense.kernel  # taken before compile
model.compile(keras.optimizers.SGD(0.05), "mse")
x, y = rng.randn(32, 2), rng.randn(32, 1)
before = [v.numpy() for v in model.trainable_variables]
row, column = dense.kernel[0], tf.reshape(head.kernel, [-1])
first = (before[0][0] == row.numpy()).all(), (before[-2][:, 0] == column.numpy()).all()
model.fit(x, y, epochs=2, verbose=0, shuffle=False, batch_size=8)
print(first, (before[0][0] == row.numpy()).all(), (before[-2][:, 0] == column.numpy()).all())
for old, v in zip(before, model.trainable_variables):
    print(v.name, tuple(v.shape), np.abs(v.numpy() - old).max())
print(np.abs(kept.numpy() - before[0]).max(), tf.reduce_sum(kept).numpy())
for v in (batch_norm.gamma, batch_norm.beta, batch_norm.moving_mean, batch_norm.moving_variance,
          layer_norm.gamma, layer_norm.beta, prelu.alpha):
    print(v.name, tuple(v.shape), v.trainable, v.numpy())
batch_norm.gamma.assign([1.0, 2.0, 3.0])
batch_norm.moving_mean.assign_add(np.ones(3))
layer_norm.beta.assign_sub(0.5 * layer_norm.beta)
prelu.alpha.assign(tf.zeros(3))
kept.assign(np.ones((2, 3)))
print(model.predict(x[:3], verbose=0))
model.fit(x, y, verbose=0, shuffle=False, batch_size=8)
print(model.predict(x[:3], verbose=0))

rate, steps = model.optimizer.learning_rate, model.optimizer.iterations
print(rate.name, tuple(rate.shape), rate.numpy(), int(steps.numpy()), tuple(steps.shape))
rate.assign_sub(0.01)
print(model.optimizer.learning_rate.numpy(), float(model.optimizer.learning_rate))
model.optimizer.learning_rate.assign(model.optimizer.learning_rate * 2)
steps.assign(0)
print(model.optimizer.learning_rate.numpy(), int(model.optimizer.iterations))

v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="v")
seen = v.numpy()
v[0, 0].assign(42.0)
v[:, 1].assign([5.0, 6.0])
v[1, :].assign([4.0, 7.0])
print(v.numpy().tolist(), seen.tolist(), v.name, v.shape.as_list(), v.value().numpy()[0])
print(tf.constant([[1.0, 2.0]]).shape.rank, tf.constant([1, 2]).get_shape().as_list())
try:
    head.bias.assign([1.0, 2.0])
except ValueError:
    print("another shape")
