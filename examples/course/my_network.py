"""The exercises of the course, to solve without a browser: fill them in and check them with pytest.

    pytest examples/course                      all of them
    pytest examples/course -k cube              one of them
    python examples/course/read_digits.py       trains the network that you have written

Each exercise has its own part below a line with its number and name. Don't change these lines. The
chapters are in docs/learn.
"""

import numpy as np

import tinynet as tn
from tinynet.gradcheck import check_gradients


# ---- 1.1 weights --------------------------------------------------------------------------------
# Chapter 1. One neuron

# Which weights?
#
# A neuron with two inputs and a bias of 0 gives 8 for the inputs (1, 2), and 7 for (2, 1). What
# are its weights? Find them on paper.
#
# Hint: Two equations with two unknowns: w₁ + 2w₂ = 8 and 2w₁ + w₂ = 7.

weights = [1, 1]  # change this


# ---- 1.2 dense-forward --------------------------------------------------------------------------
# A layer of neurons
#
# Write the function that a dense layer computes. `x` has shape (N, I), `W` has shape (I, O), `b`
# has shape (O,), and the result has shape (N, O).
#
# Hint: The chapter has the line. `@` is Python's matrix product, and NumPy adds `b` to each row.


def dense(x, W, b):
    return x  # your code here


# ---- 1.3 count-parameters -----------------------------------------------------------------------
# How many parameters?
#
# Write a function that counts the weights and biases of a network of dense layers. `sizes` holds
# the number of inputs, then the number of neurons in each layer: `[784, 128, 128, 10]` for the
# network of this chapter.
#
# Hint: A layer with I inputs and O neurons has I · O weights and O biases. The neurons of one
# layer are the inputs of the next, so `zip(sizes, sizes[1:])` gives the pairs.


def count(sizes):
    return 0  # your code here


# ---- 2.1 relu-forward ---------------------------------------------------------------------------
# Chapter 2. Why a nonlinearity

# ReLU
#
# Write ReLU for arrays of any shape. It must not change its argument.
#
# Hint: `np.maximum` compares arrays entry by entry, also with a single number.


def relu(z):
    return z  # your code here


# ---- 2.2 absolute-value -------------------------------------------------------------------------
# The absolute value of x
#
# Build the absolute value of one input from two hidden neurons with ReLU and one output neuron.
# What are the weights and biases? `W1` has one row per input and one column per hidden neuron,
# shape (1, 2); `W2` has one row per hidden neuron, shape (2, 1).
#
# Hint: One neuron for each side of zero. What does relu(−x) look like?

W1, b1 = [[0, 0]], [0, 0]
W2, b2 = [[0], [0]], [0]


# ---- 2.3 tent -----------------------------------------------------------------------------------
# A tent
#
# A tent function is 0 up to x = 0, rises to 1 at x = 1, falls back to 0 at x = 2 and stays there.
# Build it from three hidden neurons with ReLU. A sum of many such tents can follow any curve.
#
# Hint: The tent bends at 0, 1 and 2, so let one hidden neuron open at each of them: relu(x − 1)
# opens at 1. Then go from left to right: by how much must the slope change at each bend?

W1, b1 = [[1, 1, 1]], [0, 0, 0]  # change the biases ...
W2, b2 = [[0], [0], [0]], [0]  # ... and the weights of the output neuron


# ---- 3.1 squared-error --------------------------------------------------------------------------
# Chapter 3. How wrong is it? The loss

# The squared error
#
# Write the mean squared error of outputs `y` and targets `t`, both of shape (N, K).
#
# Hint: Subtract, square, and take the mean over all entries.


def squared_error(t, y):
    return 0.0  # your code here


# ---- 3.2 cross-entropy --------------------------------------------------------------------------
# The cross-entropy
#
# Write the cross-entropy for one-hot targets `t` and probabilities `p`, both of shape (N, K).
#
# Hint: `t * np.log(p)` picks out the logarithm for the correct class of each example. Add them
# up, and divide by N = `len(t)`.


def cross_entropy(t, p):
    return 0.0  # your code here


# ---- 3.3 integer-labels -------------------------------------------------------------------------
# Labels as integers
#
# Labels can also be integers: the number of the correct class of each example, shape (N,). Write
# the cross-entropy for integer labels and probabilities `p` of shape (N, K), without making one-
# hot rows.
#
# Hint: In NumPy, `p[[0, 1], [2, 0]]` is the array of `p[0, 2]` and `p[1, 0]`. The rows are
# `np.arange(len(labels))`.


def sparse_cross_entropy(labels, p):
    return 0.0  # your code here


# ---- 3.4 best-forecast --------------------------------------------------------------------------
# The honest forecast
#
# It rains on a share t of all days. A forecaster who announces the same probability p every day
# pays, on average, the cross-entropy `-t * log(p) - (1 - t) * log(1 - p)`. Write its derivative
# with respect to p. Which forecast costs least?
#
# Hint: The derivative of log p is 1/p, and that of log(1 − p) is −1/(1 − p).


def slope(p, t):
    return 0.0  # your code here


# ---- 4.1 one-neuron -----------------------------------------------------------------------------
# Chapter 4. The chain rule

# One neuron, three derivatives
#
# The neuron of this chapter: `L = (w * x + b - t)**2`. Write the derivatives of L with respect to
# w, b and x.
#
# Hint: All three begin with ∂L/∂y = 2(y − t). Multiply it by the derivative of y = wx + b with
# respect to w, to b, or to x.


def gradients(x, w, b, t):
    y = w * x + b
    dw = 0.0  # your code here
    db = 0.0  # your code here
    dx = 0.0  # your code here
    return dw, db, dx


# ---- 4.2 central-difference ---------------------------------------------------------------------
# The central difference
#
# Write the central difference: an estimate of the derivative of `f` at the number `x`, from two
# values of `f`.
#
# Hint: Move by h to both sides. How far apart are the two points then?


def slope(f, x, h=1e-3):
    return 0.0  # your code here


# ---- 4.3 cube -----------------------------------------------------------------------------------
# The slope of a cube
#
# This layer raises each number to the third power. Write `backward`: `dy` is ∂L/∂y, and the
# result is ∂L/∂x, both of the shape of `x`.
#
# Hint: The derivative of x³ is 3x². The chain rule multiplies it by `dy`.


class Cube(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return x**3

    def backward(self, dy):
        return dy  # your code here


# ---- 4.4 reverse --------------------------------------------------------------------------------
# A layer that swaps
#
# The output is the input with its columns in reverse order. Write `backward`: which entry of `dy`
# belongs to which input?
#
# Hint: The first input has become the last output. Which derivative does it need?


class Reverse(tn.Layer):
    def forward(self, x, *, training=False):
        return x[:, ::-1]

    def backward(self, dy):
        return dy  # your code here


# ---- 5.1 dense-backward -------------------------------------------------------------------------
# Chapter 5. Backward through a dense layer

# Your dense layer
#
# The layer of this chapter without its backward pass. Fill `dW` and `db` (write *into* them,
# `self.dW[...] =`) and return dx. Your digit reader in chapter 11 will be made of this layer.
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
        self.dW[...] = 0  # your code here
        self.db[...] = 0  # your code here
        return np.zeros_like(self._x)  # your code here


# ---- 5.2 scale ----------------------------------------------------------------------------------
# A factor for each input
#
# A layer with a factor for each input, `y = x * s`. `x` has shape (N, I), and all examples share
# the same `s`, shape (I,). Fill `ds` and return dx.
#
# Hint: Where is s₂ used? In column 2, for every example. Add over the paths.


def ones(shape, rng):
    return np.ones(shape)


class Scale(tn.Layer):
    def create_parameters(self, input_shape):
        self.add_parameter("s", input_shape, ones)

    def forward(self, x, *, training=False):
        self._x = x = self.check_input(x)
        return x * self.s

    def backward(self, dy):
        self.ds[...] = 0  # your code here
        return dy  # your code here


# ---- 5.3 tied-weights ---------------------------------------------------------------------------
# Harder: tied weights
#
# Here the same matrix is used twice, `y = x @ W @ W.T`, once on the way in and once, transposed,
# on the way out. (Such *tied weights* are used in autoencoders, networks that reproduce their
# input.) So there are two kinds of paths from `W` to the loss. Fill `dW` and return dx.
#
# Hint: Give the two uses different names, `h = x @ A` and `y = h @ B.T`. Go back through each as
# in this chapter, and add the results, since A and B are both W.


class Tied(tn.Layer):
    def create_parameters(self, input_shape):
        self.add_parameter("W", (input_shape[0], 3), tn.initializers.glorot_uniform)

    def forward(self, x, *, training=False):
        self._x = x = self.check_input(x)
        return x @ self.W @ self.W.T

    def backward(self, dy):
        self.dW[...] = 0  # your code here
        return dy  # your code here


# ---- 6.1 relu-layer -----------------------------------------------------------------------------
# Chapter 6. Backward through ReLU

# Your ReLU
#
# Write the forward and the backward pass of ReLU, for arrays of any shape. Your digit reader will
# use it.
#
# Hint: `self._x > 0` is an array of True and False; in a product they count as 1 and 0.


class ReLU(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return x  # your code here

    def backward(self, dy):
        return dy  # your code here


# ---- 6.2 leaky-relu -----------------------------------------------------------------------------
# A leaky ReLU
#
# A *leaky* ReLU passes a little on where ReLU is closed: where x is negative, y is x/10. Write
# `backward`.
#
# Hint: What is the slope on the left, and what on the right? `np.where` chooses, as in `forward`.


class LeakyReLU(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return np.where(x > 0, x, x / 10)

    def backward(self, dy):
        return dy  # your code here


# ---- 6.3 softplus -------------------------------------------------------------------------------
# Softplus
#
# *Softplus*, log(1 + exp(x)), is a smooth function that is close to ReLU. Write `backward`. This
# chapter has a formula for the slope.
#
# Hint: The derivative of log u is u′/u. Then divide numerator and denominator by exp(x).


class Softplus(tn.Layer):
    def forward(self, x, *, training=False):
        self._x = x
        return np.log1p(np.exp(x))  # the logarithm of 1 + exp(x)

    def backward(self, dy):
        return dy  # your code here


# ---- 7.1 softmax-layer --------------------------------------------------------------------------
# Chapter 7. Softmax, its Jacobian, and where p − t comes from

# Your softmax
#
# Write the forward and the backward pass of softmax, for `x` of shape (N, K). `forward` must not
# overflow for logits of 1000.
#
# Hint: Subtract each row's largest logit, `x.max(axis=1, keepdims=True)`, before the exponential.
# For the backward pass, this chapter has a line without a matrix.


class Softmax(tn.Layer):
    def forward(self, x, *, training=False):
        self._y = x  # your code here
        return self._y

    def backward(self, dy):
        return dy  # your code here


# ---- 7.2 cross-entropy-from-logits --------------------------------------------------------------
# Your loss: p − t
#
# The loss that your digit reader will be trained with: softmax and cross-entropy in one, from the
# logits `z` and one-hot targets `t`, both of shape (N, K). For one example with the correct class
# c, minus the logarithm of its probability is `log(sum(exp(z))) - z[c]`. Write the mean over the
# batch, and its derivative with respect to `z`.
#
# Hint: First subtract each row's largest logit from the row: then no exponential overflows, and
# the loss is the same. The derivative for one example is p − t, and `value` is a mean.


class CrossEntropy(tn.losses.Loss):
    def value(self, t, z):
        return 0.0  # your code here

    def gradient(self, t, z):
        return np.zeros_like(z)  # your code here


# ---- 7.3 log-softmax ----------------------------------------------------------------------------
# The logarithm of softmax
#
# This layer computes the *logarithm* of the softmax. Its derivative is simpler than that of
# softmax. Write `backward`, without a matrix.
#
# Hint: yᵢ = xᵢ − log S. What is the derivative of log S with respect to xⱼ? Then add over all
# outputs i.


class LogSoftmax(tn.Layer):
    def forward(self, x, *, training=False):
        shifted = x - x.max(axis=1, keepdims=True)
        self._y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return self._y

    def backward(self, dy):
        return dy  # your code here


# ---- 7.4 temperature ----------------------------------------------------------------------------
# Temperature
#
# A softmax with a *temperature* first divides the logits by a number T. A large T makes the
# probabilities more alike, a small one gives nearly everything to the largest. Write `backward`
# for T = 2.
#
# Hint: There is one more link in the chain: what is the slope of x/2?


class WarmSoftmax(tn.Softmax):
    def forward(self, x, *, training=False):
        return super().forward(x / 2)

    def backward(self, dy):
        return super().backward(dy)  # to complete


# ---- 8.1 sgd ------------------------------------------------------------------------------------
# Chapter 8. Mini-batches and gradient descent

# Your optimizer
#
# Write one step of gradient descent: change the array `parameter` *in place*, against its
# `gradient`, an array of the same shape.
#
# Hint: `parameter = ...` would bind the name to a new array, and the network would keep the old
# one. `parameter -= ...` writes into the existing array.


def sgd(parameter, gradient, learning_rate):
    pass  # your code here


# ---- 8.2 batches --------------------------------------------------------------------------------
# Your mini-batches
#
# Shuffle the row numbers 0 to `count` − 1 with `rng`, a NumPy random generator, and return a list
# of arrays with `size` of them each. The last array may be smaller. Each row must occur exactly
# once.
#
# Hint: `rng.permutation(count)` shuffles. Then cut it into slices: `order[start : start + size]`.


def batches(count, size, rng):
    return [np.arange(count)]  # your code here


# ---- 8.3 momentum -------------------------------------------------------------------------------
# Momentum
#
# With *momentum* the steps gather speed, like a ball that rolls downhill. In each step a share m
# of the velocity v is kept, and the gradient g changes it:
#
# v <- m v - η g and w <- w + v
#
# An optimizer of your own defines `step`, which changes the vector `parameters` in place.
# `self.remember` returns a vector that starts at 0 and is kept from step to step. Write the step,
# with a momentum of 0.9.
#
# Hint: The two formulas are two or three lines of Python. `velocity *= 0.9` changes the array
# that is kept; `velocity = ...` doesn't.


class Momentum(tn.optimizers.Optimizer):
    def step(self, parameters, gradients, learning_rate):
        velocity = self.remember("velocity", parameters)
        parameters -= learning_rate * gradients  # to complete


# ---- 9.1 lecun-uniform --------------------------------------------------------------------------
# Chapter 9. Where the weights start

# An initializer
#
# Write an initializer that draws uniformly, with mean 0 and variance 1/I, where I is `shape[0]`.
#
# Hint: See this chapter's integral: between −a and a the variance is a²/3.


def lecun_uniform(shape, rng):
    return rng.uniform(-1, 1, size=shape)  # change this


# ---- 9.2 he -------------------------------------------------------------------------------------
# Your initializer
#
# The initializer for the layers of your digit reader: normally distributed numbers with the
# variance that He and others derived for ReLU.
#
# Hint: `rng.normal(scale=...)` takes the *standard deviation*, the square root of the variance.


def he(shape, rng):
    return rng.normal(size=shape)  # change this


# ---- 9.3 all-zero -------------------------------------------------------------------------------
# All weights zero
#
# A network has a dense layer with ReLU (W1, b1) and a dense layer with softmax (W2, b2). All its
# weights and biases are *zero*. Which gradients are zero in the first step, for every batch? Use
# the formulas of chapters 5 to 7.
#
# Hint: `dW` is `x.T @ dy`, where x is the input of the layer, and `dx` is `dy @ W.T`. What are
# the outputs of the hidden units when all weights are zero?

is_zero = {"dW1": False, "db1": False, "dW2": False, "db2": False}  # which are True?


# ---- 10.1 two-mistakes --------------------------------------------------------------------------
# Chapter 10. What can go wrong

# Two mistakes
#
# After three epochs on the digits of this chapter, this network reaches a loss of 0.99. It
# contains two mistakes of different kinds; without them the loss is 0.65. Find both, and change
# as little as you can.
#
# Hint: An activation is missing where it is needed (chapter 2), and another one is where it
# shouldn't be.


def layers():
    hidden = [tn.Dense(32), tn.Dense(32)]
    return [tn.Flatten(), *hidden, tn.Dense(10, "relu"), tn.Softmax()]


# ---- 10.2 dead-units ----------------------------------------------------------------------------
# Count the dead units
#
# `y` holds the outputs of a ReLU layer, shape (N, units). Count the units that are dead: closed
# for every example.
#
# Hint: A unit is a column. `(y == 0).all(axis=0)` says, for each column, whether all its entries
# are 0.


def dead_units(y):
    return 0  # your code here


# ---- 10.3 standardise ---------------------------------------------------------------------------
# Scale the inputs
#
# Scale the images: subtract the mean and divide by the standard deviation, one number each for
# all pixels. Scale the test images, too. Which mean and which standard deviation do they need?
#
# Hint: The network will have learned from images that were scaled with the mean and deviation of
# the training set. New images must be scaled in the same way, even if there is only one of them.


def standardise(train, test):
    return train, test  # your code here


# ---- 10.4 read-the-losses -----------------------------------------------------------------------
# Read the losses
#
# Here are the losses of four runs with ten classes, in each of three epochs. Which is which? Give
# each run one of the words `"rate"` (the learning rate is far too low), `"inputs"` (the inputs
# aren't scaled), `"vanishing"` (the gradients vanish in a deep network) and `"healthy"`.
#
# Hint: What does a network that knows nothing predict, and which loss does that give for ten
# classes?

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
# Write a training step for any list of `layers` whose output is the logits. Go forward through
# the layers with `training=True`. `loss.value(t, z)` returns the loss, and `loss.gradient(t, z)`
# its derivative with respect to the logits `z`. Go backward through the layers. Then call
# `update(parameter, gradient)` for each parameter of each layer, and return the loss.
#
# Hint: `layer.parameters` and `layer.gradients` are dicts with the same keys, the names of the
# arrays. Update after the backward pass is complete: it must use the same weights as the forward
# pass.


def train_step(layers, loss, x, t, update):
    return 0.0  # your code here


# ---- 11.2 read ----------------------------------------------------------------------------------
# Your reader
#
# Let the network read. Go forward through the `layers` with `x`, shape (N, I), and return for
# each example the index of the largest logit, shape (N,).
#
# Hint: `z.argmax(axis=1)` gives the index of the largest number in each row. Softmax isn't
# needed: it doesn't change the order of the numbers.


def read(layers, x):
    return np.zeros(len(x), dtype=int)  # your code here


# ---- 11.3 what-matters --------------------------------------------------------------------------
# Which pixels does the answer depend on?
#
# Let the network read one image, shape (1, I), and return the derivative of the largest logit
# with respect to the *input*, shape (1, I). It shows which pixels the answer depends on.
#
# Hint: Go forward. Then go backward with an upstream gradient that is 1 at the largest logit and
# 0 elsewhere; what the lowest layer returns is dx.


def what_matters(layers, image):
    return np.zeros_like(image)  # your code here


# ---- 12.1 decay-step ----------------------------------------------------------------------------
# Chapter 12. Validation and overfitting

# A step with weight decay
#
# Write one step of gradient descent with weight decay. Change `parameter` in place.
#
# Hint: First multiply the parameter by 1 − ηλ; `parameter *= ...` changes the array itself. The
# gradient is not multiplied by this factor.


def decayed_step(parameter, gradient, learning_rate, weight_decay):
    parameter -= learning_rate * gradient  # to complete


# ---- 12.2 dropout-backward ----------------------------------------------------------------------
# Dropout
#
# The layer keeps its mask and its factor. Write `backward`.
#
# Hint: The backward pass is the same multiplication as the forward pass.


class MyDropout(tn.Layer):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x, *, training=False):
        rng = np.random.default_rng(0)  # the same mask each time, for the check
        self._mask = rng.random(x.shape) >= self.rate if training else np.ones(x.shape)
        self._scale = 1 / (1 - self.rate) if training else 1
        return x * self._mask * self._scale

    def backward(self, dy):
        return dy  # your code here


# ---- 12.3 early-stopping ------------------------------------------------------------------------
# When to stop
#
# `losses` holds the validation loss of each epoch. Training is to stop when the loss hasn't
# reached a new lowest value for `patience` epochs. Return the epoch after which it stops, counted
# from 1, or the number of epochs if it never does. For the losses 3, 2, 1, 2, 3, 4 and a patience
# of 2, the lowest loss is in epoch 3 and training stops after epoch 5.
#
# Hint: Go through the losses and remember the lowest one and its epoch. Stop when that was
# `patience` epochs ago.


def stopping_epoch(losses, patience):
    return len(losses)  # your code here


# ---- 13.1 running-mean --------------------------------------------------------------------------
# Chapter 13. Momentum and Adam

# A running mean without bias
#
# The function returns a list: the running mean after each of the numbers in `values`. Correct
# these means for the start at zero.
#
# Hint: After t numbers the weights of the mean add up to 1 − βᵗ. Divide what you append, not what
# you keep.


def running_means(values, beta):
    mean, means = 0.0, []
    for value in values:
        mean = beta * mean + (1 - beta) * value
        means.append(mean)  # to complete
    return means


# ---- 13.2 adam ----------------------------------------------------------------------------------
# Your Adam
#
# Write `step` with β₁ = 0.9, β₂ = 0.999 and ε = 1e-7. `self.remember` returns a vector that
# starts at 0 and is kept from step to step. `self.iterations` counts the previous steps.
#
# Hint: Change m and v in place: `m += 0.1 * (gradients - m)` is the first running mean. Correct
# both, and make the step with the corrected ones.


class MyAdam(tn.optimizers.Optimizer):
    def step(self, parameters, gradients, learning_rate):
        m = self.remember("m", parameters)
        v = self.remember("v", parameters)
        t = self.iterations + 1
        parameters -= learning_rate * gradients  # to complete


# ---- 13.3 best-momentum -------------------------------------------------------------------------
# The best momentum
#
# In a valley the steepness is between `low` and `high`, depending on the direction. Return the
# learning rate and the momentum whose range, derived in this chapter, is exactly that: (1 − √m)²
# is η · low and (1 + √m)² is η · high.
#
# Hint: Take square roots: 1 − √m is √(η · low) and 1 + √m is √(η · high). These are two equations
# with two unknowns, √m and √η. Add them, and divide one by the other.


def best_momentum(low, high):
    return 1 / high, 0.0  # your code here


# ---- 14.1 center --------------------------------------------------------------------------------
# Chapter 14. Batch normalisation, backward

# Centre a column
#
# Half of batch normalisation: this layer only subtracts the mean of each column. Write
# `backward`. `x` and `dy` have shape (N, K).
#
# Hint: There are two paths: directly, and through the mean, which all examples share. The result
# is the same operation, applied to dy.


class Center(tn.Layer):
    def forward(self, x, *, training=False):
        return x - x.mean(axis=0)

    def backward(self, dy):
        return dy  # your code here


# ---- 14.2 batch-norm ----------------------------------------------------------------------------
# The backward of batch normalisation
#
# Batch normalisation without γ, β and ε. Write `backward`, from the formula, or better, from the
# three paths.
#
# Hint: Subtract the mean of dy, and subtract x̂ times the mean of dy · x̂. Then divide by s.


class Standardize(tn.Layer):
    def forward(self, x, *, training=False):
        self._s = x.std(axis=0)
        self._xhat = (x - x.mean(axis=0)) / self._s
        return self._xhat

    def backward(self, dy):
        return dy / self._s  # to complete


# ---- 14.3 layer-norm ----------------------------------------------------------------------------
# Layer normalisation
#
# *Layer normalisation*, which is used in Transformers, does the same along the other axis: each
# example is standardised over its features, so the examples don't affect each other. Write
# `backward`.
#
# Hint: Only the axis changes; `keepdims=True` keeps the shapes compatible.


class LayerNorm(tn.Layer):
    def forward(self, x, *, training=False):
        self._s = x.std(axis=1, keepdims=True)
        self._xhat = (x - x.mean(axis=1, keepdims=True)) / self._s
        return self._xhat

    def backward(self, dy):
        return dy / self._s  # to complete


# ---- 15.1 value-tanh ----------------------------------------------------------------------------
# Chapter 15. The same with a graph

# One more operation
#
# Write `tanh(value)` for the class of this chapter. It returns a new `Value` with its parent and
# its slope.
#
# Hint: The slope is 1 − y², from chapter 6. Parents and slopes are tuples, here with one entry
# each.

import math


class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.parents, self.slopes, self.grad = data, parents, slopes, 0.0


def tanh(value):
    return Value(math.tanh(value.data))  # to complete


# ---- 15.2 graph-backward ------------------------------------------------------------------------
# The backward pass
#
# `order` lists values, each after its parents; the last one is the loss. Fill the `grad` of all
# of them. Each value has `parents`, `slopes` and a `grad` that is 0.
#
# Hint: Go through the list from its end. Each value *adds* its own grad times a slope to the grad
# of each parent.


def backward(order):
    order[-1].grad = 1.0  # to complete


# ---- 15.3 topological-order ---------------------------------------------------------------------
# The order
#
# Return a list of all nodes that `end` was computed from, `end` included, each node once and
# after its `parents`.
#
# Hint: To visit a node, first visit its parents, then append it; skip nodes that have been
# visited. A function inside the function can call itself.


def in_order(end):
    return [end]  # your code here


# ruff: noqa
# mypy: ignore-errors
