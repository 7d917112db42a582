"""Trains a digit reader from the pieces in `my_network.py`, and draws its predictions.

    python examples/course/read_digits.py

For each exercise that isn't solved yet, tinynet's own piece is used, and a line says so.
`python -m tools.make_course` writes this file from chapter 11 in docs/learn.
"""

# ruff: noqa
# mypy: ignore-errors
# fmt: off

import argparse

argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()

import numpy as np

import tinynet as tn
from tinynet.gradcheck import check_gradients
from judging import piece
from test_my_network import (
    test_5_1_dense_backward,
    test_6_1_relu_layer,
    test_7_1_softmax_layer,
    test_7_2_cross_entropy_from_logits,
    test_8_1_sgd,
    test_8_2_batches,
    test_9_2_he,
    test_11_1_train_step,
    test_11_2_read,
)

# tinynet's pieces, for exercises that aren't solved.

def Dense(units, initializer=tn.initializers.glorot_uniform):
    return tn.Dense(units, kernel_initializer=initializer)


ReLU = tn.ReLU


Softmax = tn.Softmax


class CrossEntropy(tn.losses.Loss):
    exact = tn.losses.CategoricalCrossentropy(from_logits=True)

    def value(self, t, z):
        return self.exact.forward(t, z)

    def gradient(self, t, z):
        return self.exact.backward(t, z)


def sgd(parameter, gradient, learning_rate):
    tn.SGD(learning_rate).update(parameter, gradient)


def batches(count, size, rng):
    order = rng.permutation(count)
    return [order[start : start + size] for start in range(0, count, size)]


he = tn.initializers.he_normal


def train_step(layers, loss, x, t, update):
    z = x
    for layer in layers:
        z = layer.forward(z, training=True)
    dy = loss.gradient(t, z)
    for layer in reversed(layers):
        dy = layer.backward(dy)
    for layer in layers:
        for name, parameter in layer.parameters.items():
            update(parameter, layer.gradients[name])
    return loss.value(t, z)


def read(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x.argmax(axis=1)


# Your own pieces.

Dense = piece(test_5_1_dense_backward, "dense-backward", "Dense", Dense)
ReLU = piece(test_6_1_relu_layer, "relu-layer", "ReLU", ReLU)
Softmax = piece(test_7_1_softmax_layer, "softmax-layer", "Softmax", Softmax)
CrossEntropy = piece(test_7_2_cross_entropy_from_logits, "cross-entropy-from-logits", "CrossEntropy", CrossEntropy)
sgd = piece(test_8_1_sgd, "sgd", "sgd", sgd)
batches = piece(test_8_2_batches, "batches", "batches", batches)
he = piece(test_9_2_he, "he", "he", he)
train_step = piece(test_11_1_train_step, "train-step", "train_step", train_step)
read = piece(test_11_2_read, "read", "read", read)

# The digit reader.

from tinynet.datasets import synthetic_digits

(images, labels), (new_images, new_labels) = synthetic_digits.load_data(6400, 1000)
x, new_x = tn.utils.standardize(images, new_images)
x, new_x = x.reshape(-1, 784), new_x.reshape(-1, 784)
targets = tn.utils.to_categorical(labels, 10)

rng = np.random.default_rng(0)
layers = [Dense(128, he), ReLU(), Dense(128, he), ReLU(), Dense(10, he)]
shape = (784,)
for layer in layers:
    layer.build(shape, rng=rng)
    shape = layer.output_shape(shape)


def update(parameter, gradient):
    sgd(parameter, gradient, learning_rate=0.05)


loss = CrossEntropy()
for epoch in range(1, 4):
    costs = []
    for rows in batches(len(x), 32, rng):
        costs.append(train_step(layers, loss, x[rows], targets[rows], update))
    share = (read(layers, new_x) == new_labels).mean()
    print(f"epoch {epoch}: loss {np.mean(costs):.3f}, {share:.0%} of the new digits read")

logits = new_x[:30]
for layer in layers:
    logits = layer.forward(logits)
p = Softmax().forward(logits)
ax = tn.plotting.plot_predictions(new_images[:30], p, new_labels[:30], columns=6)
ax.figure.savefig("my_digits.png")
print("The predictions are drawn in my_digits.png.")
