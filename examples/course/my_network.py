"""The exercises of the course, for a course without a browser: fill them in, and let pytest judge.

    pytest examples/course                      all of them
    pytest examples/course -k cube              one of them
    python examples/course/read_digits.py       trains the network that you have written

Each exercise has a part of its own, below a line with its number and name; leave these lines as
they are. The chapters that go with them are in docs/learn.
"""

import numpy as np

import tinynet as tn
from tinynet.gradcheck import check_gradients


# ---- 1.1 weights --------------------------------------------------------------------------------
# Chapter 1. One neuron

# Which weights?
#
# A neuron gets the inputs (1, 2) and (2, 1) and answers 8 and 7. Its bias is 0. What are its
# weights? Find them on paper.
#
# Hint: Two equations with two unknowns: w₁ + 2w₂ = 8 and 2w₁ + w₂ = 7.

weights = [1, 1]  # to be changed


# ---- 1.2 dense-forward --------------------------------------------------------------------------
# A layer of neurons
#
# Write the function that a dense layer computes: `x` has the shape (N, I), `W` the shape (I, O)
# and `b` the shape (O,).
#
# Hint: The line stands in the text. `@` is Python's matrix product, and NumPy adds `b` to each
# row.


def dense(x, W, b):
    return x  # to be written


# ---- 1.3 count-parameters -----------------------------------------------------------------------
# How many parameters?
#
# Write a function that counts the weights and biases of a network of dense layers. `sizes` holds
# the number of inputs, then the number of neurons of each layer: `[784, 128, 128, 10]` for ours.
#
# Hint: A layer with I inputs and O neurons has I · O weights and O biases. The neurons of one
# layer are the inputs of the next, so `zip(sizes, sizes[1:])` gives the pairs.


def count(sizes):
    return 0  # to be written


# ---- 2.1 relu-forward ---------------------------------------------------------------------------
# Chapter 2. Why a nonlinearity

# ReLU
#
# Write ReLU for arrays of any shape. It must leave its argument as it was.
#
# Hint: `np.maximum` compares arrays entry by entry, also with a single number.


def relu(z):
    return z  # to be written


# ---- 2.2 absolute-value -------------------------------------------------------------------------
# The absolute value of x
#
# Build the absolute value from two hidden neurons with ReLU and one output neuron: what are the
# weights and biases? `W1` has one row per input and one column per hidden neuron.
#
# Hint: One neuron for each side of zero. What does relu(−x) look like?

W1, b1 = [[0, 0]], [0, 0]
W2, b2 = [[0], [0]], [0]


# ---- 2.3 tent -----------------------------------------------------------------------------------
# A tent
#
# A tent is 0 up to x = 0, rises to 1 at x = 1, falls back to 0 at x = 2 and stays there. Build it
# from three hidden neurons with ReLU. With many such tents a network can follow any curve.
#
# Hint: The tent bends at 0, 1 and 2, so let one hidden neuron begin at each of them: relu(x − 1)
# begins at 1. Then go from left to right: which slope is there, and which is wanted?

W1, b1 = [[1, 1, 1]], [0, 0, 0]  # change the biases
W2, b2 = [[0], [0], [0]], [0]  # and the output's weights


# ---- 3.1 squared-error --------------------------------------------------------------------------
# Chapter 3. How wrong is it? The loss

# The squared error
#
# Write the mean squared error of predictions `y` and targets `t`, both of shape (N, K).
#
# Hint: Subtract, square, and take the mean over all entries.


def squared_error(t, y):
    return 0.0  # to be written


# ---- 3.2 cross-entropy --------------------------------------------------------------------------
# The cross-entropy
#
# Write the cross-entropy for one-hot targets `t` and probabilities `p`, both of shape (N, K).
#
# Hint: `t * np.log(p)` picks out the logarithm for the right class of each example. Add up, and
# divide by N = `len(t)`.


def cross_entropy(t, p):
    return 0.0  # to be written


# ---- 3.3 integer-labels -------------------------------------------------------------------------
# Labels as integers
#
# Labels can be given as integers, too: the number of the right class of each example, shape (N,).
# Write the cross-entropy for them without making one-hot rows.
#
# Hint: `p[[0, 1], [2, 0]]` is the array of `p[0, 2]` and `p[1, 0]`. The rows are
# `np.arange(len(labels))`.


def sparse_cross_entropy(labels, p):
    return 0.0  # to be written


# ---- 3.4 best-forecast --------------------------------------------------------------------------
# The honest forecast
#
# It rains on a share t of all days. Who announces the same probability p every day pays, in the
# mean, the cross-entropy `-t * log(p) - (1 - t) * log(1 - p)`. Write its derivative by p. Which
# forecast costs least?
#
# Hint: The derivative of log p is 1/p, and that of log(1 − p) is −1/(1 − p).


def slope(p, t):
    return 0.0  # to be written


# ---- 4.1 one-neuron -----------------------------------------------------------------------------
# Chapter 4. The chain rule

# One neuron, three derivatives
#
# The neuron of above: `L = (w * x + b - t)**2`. Write its derivatives by w, by b and by x.
#
# Hint: All three begin with dL/dy = 2(y − t). Multiply it by what y = wx + b changes by: by w, by
# b, by x.


def gradients(x, w, b, t):
    y = w * x + b
    dw = 0.0  # to be written
    db = 0.0  # to be written
    dx = 0.0  # to be written
    return dw, db, dx


# ---- 4.2 central-difference ---------------------------------------------------------------------
# The judge itself
#
# Write the central difference: the derivative of `f` at the number `x`, from two values of `f`.
#
# Hint: Move by h to both sides. How far apart are the two places then?


def slope(f, x, h=1e-3):
    return 0.0  # to be written


# ---- 4.3 cube -----------------------------------------------------------------------------------
# The slope of a cube
#
# Write `backward`.
#
# Hint: The derivative of x³ is 3x². And the chain rule multiplies by `dy`.


class Cube(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return x**3

    def backward(self, dy):
        return dy  # to be written


# ---- 4.4 reverse --------------------------------------------------------------------------------
# A layer that swaps
#
# The output is the input with its columns in reverse order. What becomes of `dy`?
#
# Hint: The first input has become the last output. Whose derivative does it want?


class Reverse(tn.Layer):
    def forward(self, x, *, training=False):
        return x[:, ::-1]

    def backward(self, dy):
        return dy  # to be written


# ---- 5.1 dense-backward -------------------------------------------------------------------------
# Chapter 5. Backward through a dense layer

# Your dense layer
#
# The layer of this chapter, with its way back still missing. Fill `dW` and `db` (write *into*
# them, `self.dW[...] =`) and return dx. This is the layer that your digit reader will be made of.
#
# Hint: Three products, and the shapes leave no choice: x is (N, I), dy is (N, O), W is (I, O). dW
# must be (I, O), db (O,), dx (N, I).


class Dense(tn.Layer):
    def __init__(self, units, initializer=tn.initializers.glorot_uniform):
        super().__init__()
        self.units = units
        self.initializer = initializer

    def create_parameters(self, input_shape):
        self.add_parameter("W", (input_shape[0], self.units), self.initializer)
        self.add_parameter("b", (self.units,), tn.initializers.zeros)

    def output_shape(self, input_shape):
        return (self.units,)

    def forward(self, x, *, training=False):
        self._x = x = self.check_input(x)
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW[...] = 0  # to be written
        self.db[...] = 0  # to be written
        return np.zeros_like(self._x)  # to be written


# ---- 5.2 scale ----------------------------------------------------------------------------------
# A factor for each input
#
# A layer with a factor for each input, `y = x * s`. All examples share `s`. Fill `ds` and return
# dx.
#
# Hint: Where is s₂ used? In column 2 of every example. Add over the paths.


def ones(shape, rng):
    return np.ones(shape)


class Scale(tn.Layer):
    def create_parameters(self, input_shape):
        self.add_parameter("s", input_shape, ones)

    def forward(self, x, *, training=False):
        self._x = x = self.check_input(x)
        return x * self.s

    def backward(self, dy):
        self.ds[...] = 0  # to be written
        return dy  # to be written


# ---- 5.3 tied-weights ---------------------------------------------------------------------------
# Harder: tied weights
#
# An autoencoder with *tied weights* uses the same matrix on the way in and on the way out, `y = x
# @ W @ W.T`. `W` is there twice, so there are two kinds of paths.
#
# Hint: Give the two places names, `h = x @ A` and `y = h @ B.T`. Go back through each as in this
# chapter, and add, since A and B are the same W.


class Tied(tn.Layer):
    def create_parameters(self, input_shape):
        self.add_parameter("W", (input_shape[0], 3), tn.initializers.glorot_uniform)

    def forward(self, x, *, training=False):
        self._x = x = self.check_input(x)
        return x @ self.W @ self.W.T

    def backward(self, dy):
        self.dW[...] = 0  # to be written
        return dy  # to be written


# ---- 6.1 relu-layer -----------------------------------------------------------------------------
# Chapter 6. Backward through ReLU

# Your ReLU
#
# Write both ways of ReLU. Your digit reader will use it.
#
# Hint: `self._x > 0` is an array of True and False; times a number, they count as 1 and 0.


class ReLU(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return x  # to be written

    def backward(self, dy):
        return dy  # to be written


# ---- 6.2 leaky-relu -----------------------------------------------------------------------------
# A leaky ReLU
#
# *Leaky* ReLU lets a little through when it is closed: where x is negative, y is x / 10. Write
# `backward`.
#
# Hint: What is the slope on the left, what on the right? `np.where` chooses, as in `forward`.


class LeakyReLU(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return np.where(x > 0, x, x / 10)

    def backward(self, dy):
        return dy  # to be written


# ---- 6.3 softplus -------------------------------------------------------------------------------
# Softplus
#
# *Softplus* is ReLU with its kink rounded off. What is its slope? You know it already.
#
# Hint: The derivative of log u is u′ / u. Then divide above and below by exp(x).


class Softplus(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return np.log1p(np.exp(x))  # the logarithm of 1 + exp(x)

    def backward(self, dy):
        return dy  # to be written


# ---- 7.1 softmax-layer --------------------------------------------------------------------------
# Chapter 7. Softmax, its Jacobian, and where p − t comes from

# Your softmax
#
# Write both ways of softmax. `forward` must survive logits of 1000.
#
# Hint: Subtract each row's largest logit, `x.max(axis=1, keepdims=True)`, before the exponential.
# For the way back, the text has a line without a matrix.


class Softmax(tn.Layer):
    def forward(self, x, *, training=False):
        self._y = x  # to be written
        return self._y

    def backward(self, dy):
        return dy  # to be written


# ---- 7.2 cross-entropy-from-logits --------------------------------------------------------------
# Your loss: p − t
#
# The loss that your digit reader will be trained with: softmax and cross-entropy in one, from the
# logits `z` and one-hot targets `t`. Minus the logarithm of the right class's probability is
# `log(sum(exp(z))) - z[c]`. Write the mean over the batch, and its derivative by `z`.
#
# Hint: Subtract the row's largest logit from the row first: then no exponential overflows, and
# the loss is the same. The derivative for one example is p − t; and `value` is a mean.


class CrossEntropy(tn.losses.Loss):
    def value(self, t, z):
        return 0.0  # to be written

    def gradient(self, t, z):
        return np.zeros_like(z)  # to be written


# ---- 7.3 log-softmax ----------------------------------------------------------------------------
# The logarithm of softmax
#
# The *logarithm* of the softmax, as a layer. Its derivative is simpler than that of softmax.
# Write `backward`, without a Jacobian.
#
# Hint: yᵢ = xᵢ − log S. What does raising xⱼ do to log S? Then add over all outputs i.


class LogSoftmax(tn.Layer):
    def forward(self, x, *, training=False):
        shifted = x - x.max(axis=1, keepdims=True)
        self._y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return self._y

    def backward(self, dy):
        return dy  # to be written


# ---- 7.4 temperature ----------------------------------------------------------------------------
# Temperature
#
# A softmax with *temperature* divides the logits by a number T first: a large T makes all classes
# alike, a small one makes the largest win. Write `backward` for T = 2.
#
# Hint: One link more in the chain: what is the slope of x / 2?


class WarmSoftmax(tn.Softmax):
    def forward(self, x, *, training=False):
        return super().forward(x / 2)

    def backward(self, dy):
        return super().backward(dy)  # to be completed


# ---- 8.1 sgd ------------------------------------------------------------------------------------
# Chapter 8. Mini-batches and gradient descent

# Your optimizer
#
# One step of gradient descent: change the array `parameter`, *in place*, against its `gradient`.
#
# Hint: `parameter = ...` would give the name another array, and the network would keep the old
# one. `parameter -= ...` writes into the array that is there.


def sgd(parameter, gradient, learning_rate):
    pass  # to be written


# ---- 8.2 batches --------------------------------------------------------------------------------
# Your mini-batches
#
# Shuffle the rows 0 to `count` − 1 with `rng`, and return a list of arrays with `size` of them
# each. The last batch may be smaller. Each row must come exactly once.
#
# Hint: `rng.permutation(count)` shuffles. Then cut it into slices: `order[start : start + size]`.


def batches(count, size, rng):
    return [np.arange(count)]  # to be written


# ---- 8.3 momentum -------------------------------------------------------------------------------
# Momentum
#
# *Momentum* lets the steps gather speed, as a ball does that rolls downhill. A velocity v
# remembers the steps before, and a share m of it is kept each time:
#
# v <- m v - \eta g, \qquad w <- w + v
#
# An optimizer of your own defines `step`; `self.remember` gives a vector that starts at 0 and is
# kept. Write it, with a momentum of 0.9.
#
# Hint: Two lines of mathematics, two or three lines of Python. `velocity *= 0.9` and so on change
# the array that is kept; `velocity = ...` would not.


class Momentum(tn.optimizers.Optimizer):
    def step(self, parameters, gradients, learning_rate):
        velocity = self.remember("velocity", parameters)
        parameters -= learning_rate * gradients  # to be completed


# ---- 9.1 lecun-uniform --------------------------------------------------------------------------
# Chapter 9. Where the weights start

# An initializer
#
# Write one that draws uniformly, with mean 0 and a variance of 1 / I, where I is `shape[0]`.
#
# Hint: The integral above: between −a and a the variance is a² / 3.


def lecun_uniform(shape, rng):
    return rng.uniform(-1, 1, size=shape)  # to be changed


# ---- 9.2 he -------------------------------------------------------------------------------------
# Your initializer
#
# For the layers of your digit reader: normal random numbers with the variance that He and others
# found for ReLU.
#
# Hint: `rng.normal(scale=...)` takes the *standard deviation*, the square root of the variance.


def he(shape, rng):
    return rng.normal(size=shape)  # to be changed


# ---- 9.3 all-zero -------------------------------------------------------------------------------
# All weights zero
#
# All weights and biases of a network are *zero*: a ReLU layer (W1, b1), then a softmax layer (W2,
# b2). Which gradients are zero at the first step, for every batch? Work it out with the formulas
# of chapters 5 to 7.
#
# Hint: `dW` is `x.T @ dy`, where x is what comes into the layer; `dx` is `dy @ W.T`. What do the
# hidden units say when all weights are zero?

is_zero = {"dW1": False, "db1": False, "dW2": False, "db2": False}  # which are True?


# ---- 10.1 two-mistakes --------------------------------------------------------------------------
# Chapter 10. What can go wrong

# Two mistakes
#
# This network was meant to be good: it reaches a loss of 0.99 in three epochs on the digits of
# this page. It has two mistakes, of two different kinds. Find both, and change as little as you
# can.
#
# Hint: One is missing where it should be (chapter 2), and one is where it shouldn't be.


def layers():
    hidden = [tn.Dense(32), tn.Dense(32)]
    return [tn.Flatten(), *hidden, tn.Dense(10, "relu"), tn.Softmax()]


# ---- 10.2 dead-units ----------------------------------------------------------------------------
# Count the dead
#
# `y` holds what a ReLU layer says, shape (N, units). Count the units that are dead: closed for
# every example.
#
# Hint: A unit is a column. `(y == 0).all(axis=0)` looks down each of them.


def dead_units(y):
    return 0  # to be written


# ---- 10.3 standardise ---------------------------------------------------------------------------
# Scale as you train
#
# Scale the images: subtract the mean and divide by the standard deviation, one number each for
# all pixels. The test images get the same treatment. By which numbers?
#
# Hint: The network will have learned from images that were scaled by the training set's numbers.
# New images must come to it in the same form, even if there is only one of them.


def standardise(train, test):
    return train, test  # to be written


# ---- 10.4 read-the-losses -----------------------------------------------------------------------
# Read the losses
#
# Four runs with ten classes, the loss of each of three epochs. Which is which? Write one of the
# words `"rate"` (the learning rate is far too low), `"inputs"` (they aren't scaled),
# `"vanishing"` (the gradients vanish in a deep network) and `"healthy"` behind each.
#
# Hint: What does a network that knows nothing say, and which loss is that for ten classes?

runs = {
    (2.70, 2.51, 2.37): "",
    (915.53, 3.12, 2.30): "",
    (2.32, 2.31, 2.31): "",
    (1.32, 0.74, 0.59): "",
}


# ---- 11.1 train-step ----------------------------------------------------------------------------
# Chapter 11. The digit reader

# Your training step
#
# The heart of it all, for any list of layers that ends in logits. Go forward through the `layers`
# with `training=True`; `loss.value(t, z)` gives the loss and `loss.gradient(t, z)` its derivative
# by the logits `z`; go backward; then call `update(parameter, gradient)` for each parameter of
# each layer. Return the loss.
#
# Hint: `layer.parameters` and `layer.gradients` are dicts with the same keys. Update when the way
# back is complete: a layer below still needs the old weights of the one above.


def train_step(layers, loss, x, t, update):
    return 0.0  # to be written


# ---- 11.2 read ----------------------------------------------------------------------------------
# Your reader
#
# Let the network read: go forward through the `layers` and return, for each example, the number
# of the largest logit.
#
# Hint: `z.argmax(axis=1)` gives the place of the largest number in each row. Softmax isn't
# needed: it changes the numbers, but not their order.


def read(layers, x):
    return np.zeros(len(x), dtype=int)  # to be written


# ---- 11.3 what-matters --------------------------------------------------------------------------
# Which pixels does the answer depend on?
#
# Let the network read one image, shape (1, I), and return the derivative of the winning logit by
# the *input*, shape (1, I): an image of what matters.
#
# Hint: Go forward. Then go backward with a `dy` that is 1 at the winner and 0 elsewhere; what
# comes out at the end is dx.


def what_matters(layers, image):
    return np.zeros_like(image)  # to be written


# ---- 12.1 decay-step ----------------------------------------------------------------------------
# Chapter 12. Validation and overfitting

# A step with weight decay
#
# Write one step of gradient descent with weight decay, in place.
#
# Hint: First make the parameter smaller, by the factor 1 − ηλ; `parameter *= ...` changes the
# array itself. The gradient was taken before, so it isn't made smaller.


def decayed_step(parameter, gradient, learning_rate, weight_decay):
    parameter -= learning_rate * gradient  # to be completed


# ---- 12.2 dropout-backward ----------------------------------------------------------------------
# Dropout
#
# The layer keeps its mask. Write `backward`.
#
# Hint: Going back is the same multiplication as going forward.


class MyDropout(tn.Layer):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x, *, training=False):
        rng = np.random.default_rng(0)  # the same mask each time, to be checked
        self._mask = rng.random(x.shape) >= self.rate if training else np.ones(x.shape)
        self._scale = 1 / (1 - self.rate) if training else 1
        return x * self._mask * self._scale

    def backward(self, dy):
        return dy  # to be written


# ---- 12.3 early-stopping ------------------------------------------------------------------------
# When to stop
#
# Given the validation losses so far, return the epoch (counted from 1) at which training stops if
# it waits `patience` epochs for a new lowest loss: the first epoch that is `patience` epochs
# after the lowest one before it. If it never comes to that, return the number of epochs.
#
# Hint: Go through the losses and remember the lowest and its epoch. Stop when the distance to it
# is `patience`.


def stopping_epoch(losses, patience):
    return len(losses)  # to be written


# ---- 13.1 running-mean --------------------------------------------------------------------------
# Chapter 13. Momentum and Adam

# A running mean without bias
#
# Return the running mean of the numbers, with the bias of its start divided out, after each
# number: a list as long as `values`.
#
# Hint: After t numbers the weights add up to 1 − βᵗ. Divide what you append, not what you keep.


def running_means(values, beta):
    mean, means = 0.0, []
    for value in values:
        mean = beta * mean + (1 - beta) * value
        means.append(mean)  # to be completed
    return means


# ---- 13.2 adam ----------------------------------------------------------------------------------
# Your Adam
#
# Write `step` with β₁ = 0.9, β₂ = 0.999 and ε = 1e-7. `self.remember` gives a vector that starts
# at 0 and is kept; `self.iterations` counts the steps made before this one.
#
# Hint: Change m and v in place: `m += 0.1 * (gradients - m)` is the first running mean. Then
# correct both, and make the step with the corrected ones.


class MyAdam(tn.optimizers.Optimizer):
    def step(self, parameters, gradients, learning_rate):
        m = self.remember("m", parameters)
        v = self.remember("v", parameters)
        t = self.iterations + 1
        parameters -= learning_rate * gradients  # to be completed


# ---- 13.3 best-momentum -------------------------------------------------------------------------
# The best momentum
#
# Steepnesses from `low` to `high`. Return the learning rate and the momentum for which the range
# above reaches exactly from one to the other.
#
# Hint: Take square roots of the two ends: 1 − √m is √(η·low) and 1 + √m is √(η·high). Two
# equations, two unknowns; add them, and divide them.


def best_momentum(low, high):
    return 1 / high, 0.0  # to be written


# ---- 14.1 center --------------------------------------------------------------------------------
# Chapter 14. Batch normalisation, backward

# Centre a column
#
# Half the way: a layer that only subtracts the mean of the batch. Write `backward`.
#
# Hint: Two paths: directly, and through the mean, which every example shares. It is the same
# operation again.


class Center(tn.Layer):
    def forward(self, x, *, training=False):
        return x - x.mean(axis=0)

    def backward(self, dy):
        return dy  # to be written


# ---- 14.2 batch-norm ----------------------------------------------------------------------------
# The backward of batch normalisation
#
# Without γ and β, and without ε. Write `backward` from the formula, or better: from the three
# paths.
#
# Hint: Subtract the mean of dy, and subtract x̂ times the mean of dy · x̂. Then divide by s.


class Standardize(tn.Layer):
    def forward(self, x, *, training=False):
        self._s = x.std(axis=0)
        self._xhat = (x - x.mean(axis=0)) / self._s
        return self._xhat

    def backward(self, dy):
        return dy / self._s  # to be completed


# ---- 14.3 layer-norm ----------------------------------------------------------------------------
# Layer normalisation
#
# *Layer normalisation*, of the Transformers, does the same along the other axis: each example is
# standardised over its features, so the examples don't know of each other. Write `backward`.
#
# Hint: Nothing changes but the axis; `keepdims=True` keeps the shapes fitting.


class LayerNorm(tn.Layer):
    def forward(self, x, *, training=False):
        self._s = x.std(axis=1, keepdims=True)
        self._xhat = (x - x.mean(axis=1, keepdims=True)) / self._s
        return self._xhat

    def backward(self, dy):
        return dy / self._s  # to be completed


# ---- 15.1 value-tanh ----------------------------------------------------------------------------
# Chapter 15. The same by a graph

# One more operation
#
# Write `tanh(value)` for the class of this chapter: it returns a new `Value` with its parent and
# its slope.
#
# Hint: The slope is 1 − y², from chapter 6. Parents and slopes are tuples, here of one.

import math


class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.parents, self.slopes, self.grad = data, parents, slopes, 0.0


def tanh(value):
    return Value(math.tanh(value.data))  # to be completed


# ---- 15.2 graph-backward ------------------------------------------------------------------------
# The walk backwards
#
# `order` lists values, each after its parents; the last one is the loss. Fill the `grad` of all.
# Each value has `parents`, `slopes` and a `grad` that is 0.
#
# Hint: Go through the list from its end. Each value hands its own grad times a slope to each
# parent, which *adds* it to what it has.


def backward(order):
    order[-1].grad = 1.0  # to be completed


# ---- 15.3 topological-order ---------------------------------------------------------------------
# The order
#
# Return all nodes that `end` was made from, `end` included, each once and each after its parents.
#
# Hint: Visit a node: first visit its parents, then append it; skip what has been visited. A
# function within the function can call itself.


def in_order(end):
    return [end]  # to be written


# ruff: noqa
# mypy: ignore-errors
