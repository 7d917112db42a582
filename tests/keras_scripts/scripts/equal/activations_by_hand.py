import numpy as np
import tensorflow as tf

x = tf.linspace(-3.0, 3.0, 7)
print("relu", tf.nn.relu(x).numpy())
print("sigmoid", tf.nn.sigmoid(x).numpy(), tf.sigmoid(x).numpy())
print("tanh", tf.nn.tanh(x).numpy(), tf.tanh(x).numpy())
print("softplus", tf.nn.softplus(x).numpy())
print("softmax", tf.nn.softmax(tf.constant([[1.0, 2.0, 3.0]])).numpy())
print("elu", tf.nn.elu(x).numpy())
print("selu", tf.nn.selu(x).numpy())
print("leaky", tf.nn.leaky_relu(x).numpy())

activations = tf.keras.activations
table = ["relu", "elu", "selu", "sigmoid", "tanh", "softplus", "softsign", "exponential"]
table += ["linear", "hard_sigmoid", "gelu", "swish"]
for name in table:
    function = getattr(activations, name)
    print(name, np.array(function(tf.constant([[-2.0, -0.5, 0.0, 0.5, 2.0]]))))
    same = activations.get(name)
    print(np.allclose(np.array(same(tf.constant([[1.5]]))), np.array(function(tf.constant([[1.5]])))))
