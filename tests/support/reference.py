"""A neural network as a student would write it from the formulas: slow, obvious, independent.

Nothing here is taken from tinynet. One example goes through the network at a time, every
activation's derivative is a whole Jacobian matrix, every parameter is an array of its own, and the
gradient of a batch is the sum over its examples, divided by their number at the very end. The tests
hold the library against this.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, log, prod, sqrt

import numpy as np

Vector = np.ndarray
Rate = Callable[[int], float]


# Activations: y = f(z), and the Jacobian J[i, j] = dy[i]/dz[j], of one example.


def relu(z: Vector) -> Vector:
    return np.array([max(v, 0.0) for v in z])


def sigmoid(z: Vector) -> Vector:
    return np.array([1 / (1 + exp(-v)) for v in z])


def tanh(z: Vector) -> Vector:
    return np.array([(exp(v) - exp(-v)) / (exp(v) + exp(-v)) for v in z])


def softmax(z: Vector) -> Vector:
    total = sum(exp(v - max(z)) for v in z)
    return np.array([exp(v - max(z)) / total for v in z])


def linear(z: Vector) -> Vector:
    return z.copy()


ACTIVATIONS: dict[str, Callable[[Vector], Vector]] = {
    f.__name__: f for f in (linear, relu, sigmoid, softmax, tanh)
}


def jacobian(activation: str, z: Vector) -> np.ndarray:
    y = ACTIVATIONS[activation](z)
    size = len(z)
    J = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            if activation == "softmax":
                J[i, j] = y[i] * ((1.0 if i == j else 0.0) - y[j])
            elif i == j:
                slopes = {
                    "linear": 1.0,
                    "relu": 1.0 if z[i] > 0 else 0.0,
                    "sigmoid": y[i] * (1 - y[i]),
                    "tanh": 1 - y[i] ** 2,
                }
                J[i, i] = slopes[activation]
    return J


# Losses: of one example, with targets t and outputs y, and its gradient dL/dy.


def categorical_crossentropy(t: Vector, y: Vector) -> tuple[float, Vector]:
    s = sum(y)  # predictions are divided by their sum first
    cost = -sum(t[k] * log(y[k] / s) for k in range(len(t)) if t[k] > 0)
    return cost, np.array([-t[k] / y[k] + sum(t) / s for k in range(len(t))])


def binary_crossentropy(t: Vector, y: Vector) -> tuple[float, Vector]:
    K = len(t)
    cost = -sum(t[k] * log(y[k]) + (1 - t[k]) * log(1 - y[k]) for k in range(K)) / K
    return cost, np.array([((1 - t[k]) / (1 - y[k]) - t[k] / y[k]) / K for k in range(K)])


def mean_squared_error(t: Vector, y: Vector) -> tuple[float, Vector]:
    K = len(t)
    cost = sum((y[k] - t[k]) ** 2 for k in range(K)) / K
    return cost, np.array([2 * (y[k] - t[k]) / K for k in range(K)])


LOSSES: dict[str, Callable[[Vector, Vector], tuple[float, Vector]]] = {
    f.__name__: f for f in (binary_crossentropy, categorical_crossentropy, mean_squared_error)
}


# Optimizers: one object for each parameter, entry by entry. `step` counts from 0.


@dataclass
class SGD:
    learning_rate: Rate
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    velocity: np.ndarray | None = None

    def update(self, w: np.ndarray, g: np.ndarray, step: int) -> None:
        rate = self.learning_rate(step)
        if self.velocity is None:
            self.velocity = np.zeros(w.shape)
        for i in np.ndindex(w.shape):
            w[i] -= rate * self.weight_decay * w[i]
            self.velocity[i] = self.momentum * self.velocity[i] - rate * g[i]
            if self.nesterov:
                w[i] += self.momentum * self.velocity[i] - rate * g[i]
            else:
                w[i] += self.velocity[i]


@dataclass
class Adam:
    learning_rate: Rate
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float = 0.0
    m: np.ndarray | None = None
    v: np.ndarray | None = None

    def update(self, w: np.ndarray, g: np.ndarray, step: int) -> None:
        rate, t = self.learning_rate(step), step + 1
        if self.m is None or self.v is None:
            self.m, self.v = np.zeros(w.shape), np.zeros(w.shape)
        for i in np.ndindex(w.shape):
            w[i] -= rate * self.weight_decay * w[i]
            self.m[i] = self.beta_1 * self.m[i] + (1 - self.beta_1) * g[i]
            self.v[i] = self.beta_2 * self.v[i] + (1 - self.beta_2) * g[i] ** 2
            # The biases of m and v towards 0 are taken out of the length of the step, as in the
            # last paragraph of section 2 of the paper.
            length = rate * sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
            w[i] -= length * self.m[i] / (sqrt(self.v[i]) + self.epsilon)


@dataclass
class Network:
    """Dense layers, each with its activation, trained example by example."""

    weights: list[np.ndarray]  # W, b, W, b, ...
    activations: Sequence[str]
    loss: str
    new_optimizer: Callable[[], SGD | Adam]
    step: int = 0
    optimizers: list[SGD | Adam] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.weights = [w.copy() for w in self.weights]
        self.optimizers = [self.new_optimizer() for _ in self.weights]

    def output(self, x: Vector) -> list[tuple[Vector, Vector]]:
        """Return each layer's z and y, for one example."""
        steps = []
        y = x
        for k, activation in enumerate(self.activations):
            W, b = self.weights[2 * k], self.weights[2 * k + 1]
            z = np.array([sum(y[i] * W[i, o] for i in range(len(y))) + b[o] for o in range(len(b))])
            y = ACTIVATIONS[activation](z)
            steps.append((z, y))
        return steps

    def gradients_of(self, x: Vector, t: Vector) -> tuple[float, list[np.ndarray]]:
        """Return the loss of one example, and its derivative by each parameter."""
        steps = self.output(x)
        cost, dy = LOSSES[self.loss](t, steps[-1][1])
        gradients = [np.zeros(w.shape) for w in self.weights]
        for k in reversed(range(len(steps))):
            W = self.weights[2 * k]
            z, below = steps[k][0], steps[k - 1][1] if k else x
            dz = jacobian(self.activations[k], z).T @ dy
            for i in range(len(below)):
                for o in range(len(dz)):
                    gradients[2 * k][i, o] = below[i] * dz[o]
            gradients[2 * k + 1][:] = dz
            dy = np.array([sum(W[i, o] * dz[o] for o in range(len(dz))) for i in range(len(below))])
        return cost, gradients

    def train_step(self, X: np.ndarray, T: np.ndarray) -> float:
        """Make one step with a batch; return its mean loss before the step."""
        total, sums = 0.0, [np.zeros(w.shape) for w in self.weights]
        for x, t in zip(X, T, strict=True):
            cost, gradients = self.gradients_of(x, t)
            total += cost
            for k, gradient in enumerate(gradients):
                sums[k] = sums[k] + gradient
        for optimizer, w, g in zip(self.optimizers, self.weights, sums, strict=True):
            optimizer.update(w, g / len(X), self.step)
        self.step += 1
        return total / len(X)

    def fit(self, X: np.ndarray, T: np.ndarray, batch_size: int, epochs: int) -> list[float]:
        """Train without shuffling; return each epoch's mean loss over its examples."""
        losses = []
        for _ in range(epochs):
            total = 0.0
            for start in range(0, len(X), batch_size):
                x, t = X[start : start + batch_size], T[start : start + batch_size]
                total += self.train_step(x, t) * len(x)
            losses.append(total / len(X))
        return losses


def numerical_gradient(f: Callable[[], float], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """Central differences of f with respect to each entry of x, which f reads."""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        value = x[i]
        x[i] = value + eps
        above = f()
        x[i] = value - eps
        below = f()
        x[i] = value
        gradient[i] = (above - below) / (2 * eps)
    return gradient


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference, relative to the larger of the two arrays' largest entries.

    Below 0.01 it is relative to that: a central difference of a function f has a rounding error of
    about 1e-16 f / eps, some 1e-10 here, however small the derivative is.
    """
    assert a.shape == b.shape, (a.shape, b.shape)
    if prod(a.shape) == 0:
        return 0.0
    scale = max(np.abs(a).max(), np.abs(b).max(), 0.01)
    return float(np.abs(a - b).max() / scale)
