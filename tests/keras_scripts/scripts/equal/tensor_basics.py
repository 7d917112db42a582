import tensorflow as tf
import numpy as np

scalar = tf.constant(7)
vector = tf.constant([10.0, 20.0, 30.0])
matrix = tf.constant([[1.0, 2.0], [3.0, 4.0]])
print(scalar.numpy(), scalar.ndim, vector.numpy(), matrix.shape)
print((vector + 1).numpy(), (vector * 2).numpy(), (matrix @ matrix).numpy())
print(tf.matmul(matrix, tf.transpose(matrix)).numpy())
print(tf.reduce_sum(matrix).numpy(), tf.reduce_mean(matrix, axis=0).numpy())
print(tf.reduce_max(matrix).numpy(), tf.reduce_min(matrix, axis=1).numpy())
print(tf.argmax(vector).numpy(), tf.argmin(vector).numpy(), tf.argmax(matrix, axis=1).numpy())
print(tf.cast(vector, tf.int32).numpy(), tf.cast([1.7, -1.7], dtype=tf.int32).numpy())
print(tf.reshape(tf.range(6), (2, 3)).numpy(), tf.expand_dims(vector, axis=-1).shape)
print(tf.squeeze(tf.zeros((1, 3, 1))).numpy(), tf.ones((2, 2)).numpy())
print(tf.one_hot([0, 2], depth=3).numpy(), tf.concat([vector, [1.0]], axis=0).numpy())
print(tf.add_n([matrix, matrix]).numpy(), tf.square(3.0).numpy(), tf.sqrt(vector).numpy())
print(tf.linspace(0.0, 1.0, 5).numpy(), tf.stack([vector, vector]).shape, tf.size(matrix).numpy())
print(tf.math.log(vector).numpy(), tf.exp(1.0).numpy(), tf.abs(tf.constant([-1.0, 2.0])).numpy())
print(tf.equal([1, 2], [1, 3]).numpy(), tf.where([True, False], 1, 0).numpy())
print(tf.maximum(vector, 15.0).numpy(), tf.clip_by_value(vector, 12.0, 25.0).numpy())

for value in tf.constant([1, 2, 3]):
    print(value.numpy())

changeable = tf.Variable([1.0, 2.0])
changeable.assign([3.0, 4.0])
changeable.assign_add([1.0, 1.0])
print(changeable.numpy())
print(matrix[0, 1].numpy(), matrix[:, 0].numpy(), f"{matrix[1, 1].numpy():.2f}")
print(tf.constant(np.array([1.0, 2.0])).dtype == tf.float64, vector.dtype == tf.float32)
print(tf.convert_to_tensor(np.arange(3)).numpy(), tf.is_tensor(vector), tf.is_tensor([1]))
