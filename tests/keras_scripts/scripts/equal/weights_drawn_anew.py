import numpy as np
import tensorflow as tf
from tensorflow.keras import Sequential, initializers, layers, regularizers
from tensorflow.keras.callbacks import EarlyStopping
from tensorflow.keras.optimizers.schedules import ExponentialDecay

model = Sequential([
    layers.Dense(40, "relu", input_shape=(50,), kernel_initializer="he_normal"),
    layers.BatchNormalization(),
    layers.Dense(3, bias_initializer="ones", kernel_initializer=initializers.Constant(0.5)),
])
for layer in model.layers:
    if hasattr(layer, "kernel_initializer"):
        layer.kernel.assign(layer.kernel_initializer(shape=layer.kernel.shape))
        layer.bias.assign(layer.bias_initializer(tf.shape(layer.bias)))
        print(layer.kernel_initializer.__class__.__name__, layer.bias.numpy()[:3])
    else:
        print(layer.gamma_initializer((2,)).numpy(), layer.beta_initializer.__class__.__name__)
print(abs(model.layers[0].kernel.numpy().std() - 0.2) < 0.02, model.layers[2].kernel.numpy()[0])
for name in ("glorot_uniform", "zeros", "ones", "random_normal", "lecun_uniform"):
    draw = initializers.get(name)
    print(type(draw).__name__, tuple(draw(shape=(2, 3)).shape), draw((2,), dtype="float64").dtype.name)
first, second = initializers.GlorotUniform(seed=1), initializers.GlorotUniform(seed=2)
again = initializers.GlorotUniform.from_config(first.get_config())
print(np.array_equal(first((3, 3)), again((3, 3))), np.array_equal(again((3, 3)), second((3, 3))))
print(regularizers.L2.from_config(regularizers.L2(0.25).get_config()).get_config())
decay = ExponentialDecay(0.1, 10, 0.5)
print(ExponentialDecay.from_config(decay.get_config())(10).numpy())
model.build((None, 50))  # as it is
print(model.built, model.outputs[0].shape, [m.shape for m in model.inputs])
stop = EarlyStopping("loss", patience=5)
model.compile("sgd", "mse")
model.fit(np.zeros((4, 50)), np.zeros((4, 3)), epochs=2, verbose=0, callbacks=stop)
print(stop.stopped_epoch, stop.stopped_epoch > 0, tf.TensorShape([2, 3]).num_elements())
config = tf.compat.v1.ConfigProto(log_device_placement=True)
config.gpu_options.allow_growth = True
config.gpu_options.per_process_gpu_memory_fraction = 0.5
session = tf.compat.v1.InteractiveSession(config=config)
with tf.compat.v1.Session(config=config):
    print(tf.reduce_sum([1, 2]).shape)
session.close()
