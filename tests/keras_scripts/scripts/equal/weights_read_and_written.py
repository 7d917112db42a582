import numpy as np
import tensorflow as tf
from tensorflow import keras

model = keras.Sequential(
    [
        keras.layers.Input((3,)),
        keras.layers.Dense(2, kernel_initializer="ones"),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros"),
    ]
)
dense, normalization, last = model.layers
weights = dense.get_weights()[0]
weights *= 3
weights[1] = 0
weights[2][0] = 7
print(dense.get_weights()[0].tolist())
dense.set_weights([weights, np.array([1.0, 2.0])])
print(model.get_weights()[0].tolist(), model.get_weights()[1].tolist())
model.weights[0].assign(model.weights[0] * 2.0)
dense.bias.assign_sub([1.0, 1.0])
last.kernel.assign(tf.ones_like(last.kernel))
print(dense.kernel.numpy().tolist(), dense.bias.numpy().tolist(), float(tf.reduce_sum(last.kernel)))
for array in model.get_weights():
    print(type(array).__name__, array.dtype, array.shape)
normalization.moving_mean.assign([5.0, 6.0])
normalization.gamma.assign_add([1.0, 3.0])
scale = normalization.gamma / tf.sqrt(normalization.moving_variance + normalization.epsilon)
folded = [dense.kernel * scale, (dense.bias - normalization.moving_mean) * scale]
print([np.round(array.numpy(), 5).tolist() for array in folded])
x = np.arange(6.0).reshape(2, 3)
print(model.predict(x, verbose=0).tolist(), model(x).numpy().tolist())
kept = [variable.numpy() for variable in model.weights]
model.compile(keras.optimizers.SGD(0.1), "mse")
model.fit(x, np.ones((2, 1)), verbose=0)
pairs = zip(kept, model.get_weights(), strict=True)
print([round(float(np.abs(after - before).max()), 3) for before, after in pairs])
print(normalization.count_params(), [layer.count_params() for layer in model.layers])
dense.trainable = False
print([v.trainable for v in model.variables], len(model.trainable_variables), model.count_params())
