"""Correct code of all four kinds, made by hand, which no check may accuse.

Functions of one number, layers with parameters under all sorts of names, norms, recurrences,
convolutions, attention, embeddings, dropout, networks of such layers, pairs of functions with a
cache, and costs with their gradients. Each entry makes the arguments of a `check_gradients`.
"""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import Dense, Flatten, Layer, Sequential
from tinynet.losses import Loss

RNG = np.random.default_rng(77)
X = RNG.normal(size=(6, 4))
POSITIVE = np.abs(X) + 0.3
SEQUENCE = RNG.normal(size=(3, 4, 2))
IMAGES = RNG.normal(size=(2, 3, 5, 5))
IDS = np.array([[0, 3, 3], [5, 1, 0]])
W, B = RNG.normal(size=(4, 3)), RNG.normal(size=3)
Y = RNG.normal(size=(6, 3))
Z = RNG.normal(size=(6, 3))
LABELS = np.array([0, 2, 1, 1, 0, 2])
ONE_HOT = np.eye(3)[LABELS]

Case = tuple[tuple[Any, ...], dict[str, Any]]
INNOCENTS: dict[str, Callable[[], Case]] = {}


def case(target: Any, *arguments: Any, **options: Any) -> Case:
    return (target, *arguments), options


def innocent(make: Callable[[], Case]) -> Callable[[], Case]:
    INNOCENTS[make.__name__] = make
    return make


def sigmoid(z: Any) -> Any:
    return np.where(
        z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))
    )


def softmax(z: Any, axis: int = -1) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# ------------------------------------------------------------------ functions of one number

erf_slope = 2 / np.sqrt(np.pi)
C = np.sqrt(2 / np.pi)
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Any]] = {
    "identity": (lambda x: x * 1.0, lambda x: np.ones_like(x), X),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, X),
    "relu_at_zero": (lambda x: np.maximum(x, 0), lambda x: (x >= 0) * 1.0, X.round()),
    "leaky": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01), X),
    "relu6": (lambda x: np.clip(x, 0, 6), lambda x: ((x > 0) & (x < 6)) * 1.0, 5 * X),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) < 1) * 1.0, X),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, 1, np.exp(x)), X),
    "selu": (
        lambda x: 1.0507 * np.where(x > 0, x, 1.6733 * np.expm1(np.minimum(x, 0))),
        lambda x: 1.0507 * np.where(x > 0, 1, 1.6733 * np.exp(np.minimum(x, 0))),
        X,
    ),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, X),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), X),
    "naive_sigmoid": (
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        X,
    ),
    "swish": (
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
        X,
    ),
    "gelu": (
        lambda x: 0.5 * x * (1 + np.tanh(C * (x + 0.044715 * x**3))),
        lambda x: (
            0.5 * (1 + np.tanh(C * (x + 0.044715 * x**3)))
            + 0.5
            * x
            * (1 - np.tanh(C * (x + 0.044715 * x**3)) ** 2)
            * C
            * (1 + 3 * 0.044715 * x**2)
        ),
        X,
    ),
    "softplus": (lambda x: np.logaddexp(0, x), sigmoid, X),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2, X),
    "hard_sigmoid": (
        lambda x: np.clip(0.2 * x + 0.5, 0, 1),
        lambda x: np.where(np.abs(x) < 2.5, 0.2, 0),
        2 * X,
    ),
    "mish": (
        lambda x: x * np.tanh(np.logaddexp(0, x)),
        lambda x: (
            np.tanh(np.logaddexp(0, x)) + x * (1 - np.tanh(np.logaddexp(0, x)) ** 2) * sigmoid(x)
        ),
        X,
    ),
    "exp": (np.exp, np.exp, X),
    "log": (np.log, lambda x: 1 / x, POSITIVE),
    "log1p": (np.log1p, lambda x: 1 / (1 + x), POSITIVE),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), POSITIVE),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, POSITIVE),
    "square": (np.square, lambda x: 2 * x, X),
    "cube": (lambda x: x**3, lambda x: 3 * x**2, X),
    "abs": (np.abs, np.sign, X),
    "sin": (np.sin, np.cos, X),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2), X),
    "gaussian": (lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2)), X),
    "soft_threshold": (
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
        lambda x: (np.abs(x) > 0.5) * 1.0,
        X,
    ),
    "step": (lambda x: (x > 0) * 1.0, np.zeros_like, X),
    "clip_at_three": (lambda x: np.clip(x, -3, 3), lambda x: (np.abs(x) <= 3) * 1.0, X),
}


def function_of_one_number(name: str) -> Case:
    f, slope, x = FUNCTIONS[name]

    class Elementwise:
        def forward(self, inputs: Any) -> Any:
            self.inputs = inputs
            return f(inputs)

        def backward(self, dvalues: Any) -> None:
            self.dinputs = dvalues * slope(self.inputs)

    return case(Elementwise(), x)


for _name in FUNCTIONS:
    INNOCENTS[f"function {_name}"] = lambda name=_name: function_of_one_number(name)  # type: ignore[misc]


# ------------------------------------------------------------------ parameters by many names


def affine(value: str, gradient: str) -> Case:
    class Named:
        def __init__(self) -> None:
            setattr(self, value, W.copy())

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ getattr(self, value)

        def backward(self, dy: Any) -> Any:
            setattr(self, gradient, self.x.T @ dy)
            self.dx = dy @ getattr(self, value).T
            return self.dx

    return case(Named(), X)


for _value, _gradient in (
    *(("W", "dW"), ("w", "d_w"), ("kernel", "grad_kernel"), ("weight", "weight_grad")),
    *(("weights", "weightsgrad"), ("_W", "_dW"), ("z", "dz")),
):
    INNOCENTS[f"named {_value}, {_gradient}"] = (
        lambda value=_value, gradient=_gradient: affine(value, gradient)  # type: ignore[misc]
    )


@innocent
def named_by_the_caller() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.theta = W.copy()

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.theta

        def backward(self, dy: Any) -> Any:
            self.step = self.x.T @ dy
            return dy @ self.theta.T

    return case(Affine(), X, parameters={"theta": "step"})


@innocent
def lists_of_parameters() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.params = [W.copy(), B.copy()]
            self.grads = [np.zeros_like(W), np.zeros_like(B)]

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.params[0] + self.params[1]

        def backward(self, dout: Any) -> Any:
            self.grads[0][...] = self.x.T @ dout
            self.grads[1][...] = dout.sum(axis=0)
            return dout @ self.params[0].T

    return case(Affine(), X)


@innocent
def dicts_of_parameters() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.parameters = {"W": W.copy(), "b": B.copy()}
            self.gradients: dict[str, Any] = {}

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.parameters["W"] + self.parameters["b"]

        def backward(self, dout: Any) -> Any:
            self.gradients = {"W": self.x.T @ dout, "b": dout.sum(axis=0)}
            return dout @ self.parameters["W"].T

    return case(Affine(), X)


@innocent
def gradients_that_add_up_and_are_zeroed() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.w, self.w_grad = W.copy(), np.zeros_like(W)

        def zero_grad(self) -> None:
            self.w_grad[...] = 0

        def __call__(self, x: Any) -> Any:
            self.x = x
            return x @ self.w

        def backward(self, grad: Any) -> Any:
            self.w_grad += self.x.T @ grad
            return grad @ self.w.T

    return case(Affine(), X)


@innocent
def everything_returned() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.w, self.b = W.copy(), B.copy()

        def forward(self, x: Any) -> Any:
            self.cache = x
            return x @ self.w + self.b

        def backward(self, dout: Any) -> Any:
            return dout @ self.w.T, self.cache.T @ dout, dout.sum(axis=0)

    return case(Affine(), X)


@innocent
def columns_are_examples() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.W, self.b = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 1))

        def forward(self, A: Any) -> Any:
            self.A = A
            return self.W @ A + self.b

        def backward(self, dZ: Any) -> Any:
            self.dW, self.db = dZ @ self.A.T, dZ.sum(axis=1, keepdims=True)
            return self.W.T @ dZ

    return case(Affine(), X.T[:, :5])


@innocent
def float32_weights_and_gradients() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.w = W.astype(np.float32)
            self.dw = np.zeros_like(self.w)

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.w

        def backward(self, dy: Any) -> Any:
            self.dw[...] = self.x.T @ dy
            return dy @ self.w.T

    return case(Affine(), X)


@innocent
def a_number_for_a_parameter() -> Case:
    class Scale:
        def __init__(self) -> None:
            self.a, self.da = 0.7, 0.0

        def forward(self, x: Any) -> Any:
            self.x = x
            return self.a * x

        def backward(self, dy: Any) -> Any:
            self.da = (dy * self.x).sum()
            return dy * self.a

    return case(Scale(), X)


@innocent
def weights_made_at_the_first_input() -> Case:
    class Lazy:
        w: Any = None

        def forward(self, x: Any) -> Any:
            if self.w is None:
                self.w = np.random.default_rng(0).normal(size=(x.shape[1], 3))
            self.x = x
            return x @ self.w

        def backward(self, dy: Any) -> Any:
            self.dw = self.x.T @ dy
            return dy @ self.w.T

    return case(Lazy(), X)


@innocent
def a_network_of_objects() -> Case:
    class Affine:
        def __init__(self, i: int, o: int) -> None:
            self.W, self.b = RNG.normal(size=(i, o)), RNG.normal(size=o)

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W + self.b

        def backward(self, dy: Any) -> Any:
            self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
            return dy @ self.W.T

    class Relu:
        def forward(self, x: Any) -> Any:
            self.mask = x > 0
            return x * self.mask

        def backward(self, dy: Any) -> Any:
            return dy * self.mask

    class Network:
        def __init__(self) -> None:
            self.layers: list[Any] = [Affine(4, 5), Relu(), Affine(5, 3)]

        def forward(self, x: Any) -> Any:
            for layer in self.layers:
                x = layer.forward(x)
            return x

        def backward(self, dy: Any) -> Any:
            for layer in reversed(self.layers):
                dy = layer.backward(dy)
            return dy

    return case(Network(), X)


@innocent
def parameters_with_data_and_grad() -> Case:
    class Tensor:
        def __init__(self, data: Any) -> None:
            self.data, self.grad = data, np.zeros_like(data)

    class Linear:
        def __init__(self) -> None:
            self.weight = Tensor(W.copy())

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.weight.data

        def backward(self, dy: Any) -> Any:
            self.weight.grad = self.x.T @ dy
            return dy @ self.weight.data.T

    return case(Linear(), X)


@innocent
def a_notebooks_network_in_one_class() -> Case:
    class Net:
        def __init__(self) -> None:
            self.W1, self.b1 = RNG.normal(size=(4, 6)), np.zeros(6)
            self.W2, self.b2 = RNG.normal(size=(6, 3)), np.zeros(3)

        def forward(self, X: Any) -> Any:
            self.X = X
            self.Z1 = X @ self.W1 + self.b1
            self.A1 = np.tanh(self.Z1)
            return self.A1 @ self.W2 + self.b2

        def backward(self, dZ2: Any) -> Any:
            self.dW2, self.db2 = self.A1.T @ dZ2, dZ2.sum(axis=0)
            self.dA1 = dZ2 @ self.W2.T
            self.dZ1 = self.dA1 * (1 - self.A1**2)
            self.dW1, self.db1 = self.X.T @ self.dZ1, self.dZ1.sum(axis=0)
            self.dX = self.dZ1 @ self.W1.T

    return case(Net(), X)


@innocent
def a_network_under_a_loss() -> Case:
    return case(a_notebooks_network_in_one_class()[0][0], X, Y, loss="mse")


# ----------------------------------------------------------------------------------- norms


def norm(axis: Any, shape: Any, x: Any, eps: float = 1e-5) -> Case:
    class Norm:
        def __init__(self) -> None:
            self.gamma, self.beta = np.ones(shape), np.zeros(shape)

        def forward(self, x: Any) -> Any:
            self.s = np.sqrt(x.var(axis=axis, keepdims=True) + eps)
            self.n = (x - x.mean(axis=axis, keepdims=True)) / self.s
            return self.gamma * self.n + self.beta

        def backward(self, dy: Any) -> Any:
            others = tuple(k for k in range(dy.ndim) if k >= np.ndim(self.gamma) or shape[k] == 1)
            self.dgamma = (dy * self.n).sum(axis=others, keepdims=True)
            self.dbeta = dy.sum(axis=others, keepdims=True)
            dn = dy * self.gamma
            common = dn.mean(axis=axis, keepdims=True)
            common = common + self.n * (dn * self.n).mean(axis=axis, keepdims=True)
            return (dn - common) / self.s

    return case(Norm(), x)


INNOCENTS["batch norm"] = lambda: norm(0, (1, 4), X)
INNOCENTS["layer norm"] = lambda: norm(1, (1, 4), X)
INNOCENTS["layer norm of sequences"] = lambda: norm(-1, (1, 1, 2), SEQUENCE, 0.1)
INNOCENTS["instance norm"] = lambda: norm((2, 3), (1, 3, 1, 1), IMAGES)
INNOCENTS["batch norm of images"] = lambda: norm((0, 2, 3), (1, 3, 1, 1), IMAGES)


@innocent
def root_mean_square_norm() -> Case:
    class Norm:
        def __init__(self) -> None:
            self.g = np.ones(4)

        def forward(self, x: Any) -> Any:
            self.r = np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-6)
            self.n = x / self.r
            return self.n * self.g

        def backward(self, dy: Any) -> Any:
            self.dg = (dy * self.n).sum(axis=0)
            dn = dy * self.g
            return (dn - self.n * (dn * self.n).mean(axis=1, keepdims=True)) / self.r

    return case(Norm(), X)


@innocent
def unit_length_rows() -> Case:
    def forward(x: Any) -> Any:
        length = np.linalg.norm(x, axis=1, keepdims=True)
        return x / length, (x / length, length)

    def backward(dy: Any, cache: Any) -> Any:
        n, length = cache
        return (dy - n * (dy * n).sum(axis=1, keepdims=True)) / length

    return case((forward, backward), X)


@innocent
def norm_of_each_row() -> Case:
    class Length:
        def forward(self, x: Any) -> Any:
            self.x, self.y = x, np.sqrt((x**2).sum(axis=1))
            return self.y

        def backward(self, dy: Any) -> Any:
            return self.x * (dy / self.y)[:, None]

    return case(Length(), X)


@innocent
def shares_of_a_sum() -> Case:
    class Shares:
        def forward(self, x: Any) -> Any:
            self.s = x.sum(axis=1, keepdims=True)
            self.y = x / self.s
            return self.y

        def backward(self, dy: Any) -> Any:
            return (dy - (dy * self.y).sum(axis=1, keepdims=True)) / self.s

    return case(Shares(), POSITIVE)


@innocent
def weight_norm() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.v, self.g = W.copy(), np.ones(3)

        def forward(self, x: Any) -> Any:
            self.x, self.length = x, np.linalg.norm(self.v, axis=0)
            self.w = self.g * self.v / self.length
            return x @ self.w

        def backward(self, dy: Any) -> Any:
            dw = self.x.T @ dy
            u = self.v / self.length
            self.dg = (dw * u).sum(axis=0)
            self.dv = self.g / self.length * (dw - u * self.dg)
            return dy @ self.w.T

    return case(Affine(), X)


@innocent
def tinynet_batch_norm_with_running_statistics() -> Case:
    class Norm(Layer):
        gamma: Any
        dgamma: Any

        def create_parameters(self, input_shape: Any) -> None:
            self.add_parameter("gamma", input_shape, lambda shape, rng: np.ones(shape))
            self.mean, self.var = np.zeros(input_shape), np.ones(input_shape)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            x = self.check_input(x)
            if not training:
                return self.gamma * (x - self.mean) / np.sqrt(self.var + 1e-3)
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.var = 0.9 * self.var + 0.1 * var
            self._s = np.sqrt(var + 1e-3)
            self._n = (x - mean) / self._s
            return self.gamma * self._n

        def backward(self, dy: Any) -> Any:
            self.dgamma[...] = (dy * self._n).sum(axis=0)
            dn = dy * self.gamma
            return (dn - dn.mean(axis=0) - self._n * (dn * self._n).mean(axis=0)) / self._s

    return case(Norm(), X)


# ------------------------------------------------------------------------- recurrences


@innocent
def simple_recurrence() -> Case:
    class Rnn:
        def __init__(self) -> None:
            self.U, self.V, self.b = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), np.zeros(3)

        def forward(self, x: Any) -> Any:
            self.x, self.h = x, [np.zeros((len(x), 3))]
            for t in range(x.shape[1]):
                self.h.append(np.tanh(x[:, t] @ self.U + self.h[-1] @ self.V + self.b))
            return np.stack(self.h[1:], axis=1)

        def backward(self, dy: Any) -> Any:
            self.dU, self.dV, self.db = (np.zeros_like(p) for p in (self.U, self.V, self.b))
            dx, dh = np.zeros_like(self.x), np.zeros((len(dy), 3))
            for t in reversed(range(self.x.shape[1])):
                dz = (dy[:, t] + dh) * (1 - self.h[t + 1] ** 2)
                self.dU += self.x[:, t].T @ dz
                self.dV += self.h[t].T @ dz
                self.db += dz.sum(axis=0)
                dx[:, t], dh = dz @ self.U.T, dz @ self.V.T
            return dx

    return case(Rnn(), SEQUENCE)


@innocent
def running_average() -> Case:
    class Average:
        def forward(self, x: Any) -> Any:
            y, h = [], np.zeros_like(x[:, 0])
            for t in range(x.shape[1]):
                h = 0.9 * h + 0.1 * x[:, t]
                y.append(h)
            return np.stack(y, axis=1)

        def backward(self, dy: Any) -> Any:
            dx, dh = np.zeros_like(dy), np.zeros_like(dy[:, 0])
            for t in reversed(range(dy.shape[1])):
                dh = dh + dy[:, t]
                dx[:, t] = 0.1 * dh
                dh = 0.9 * dh
            return dx

    return case(Average(), SEQUENCE)


@innocent
def cumulative_sum() -> Case:
    return case(
        (lambda x: np.cumsum(x, axis=1), lambda dy: np.cumsum(dy[:, ::-1], axis=1)[:, ::-1]), X
    )


@innocent
def gated_unit() -> Case:
    class Gate:
        def __init__(self) -> None:
            self.Wg, self.Wh = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))

        def forward(self, x: Any) -> Any:
            self.x, self.g, self.h = x, sigmoid(x @ self.Wg), np.tanh(x @ self.Wh)
            return self.g * self.h

        def backward(self, dy: Any) -> Any:
            dg = dy * self.h * self.g * (1 - self.g)
            dh = dy * self.g * (1 - self.h**2)
            self.dWg, self.dWh = self.x.T @ dg, self.x.T @ dh
            return dg @ self.Wg.T + dh @ self.Wh.T

    return case(Gate(), X)


@innocent
def long_short_term_memory_cell() -> Case:
    def forward(x: Any, c: Any, w: Any) -> Any:
        i, f, o, g = np.split(x @ w, 4, axis=1)
        i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
        new = f * c + i * g
        return o * np.tanh(new), (x, c, w, i, f, o, g, new)

    def backward(dh: Any, cache: Any) -> Any:
        x, c, w, i, f, o, g, new = cache
        t = np.tanh(new)
        do, dnew = dh * t * o * (1 - o), dh * o * (1 - t**2)
        di, df = dnew * g * i * (1 - i), dnew * c * f * (1 - f)
        dz = np.concatenate([di, df, do, dnew * i * (1 - g**2)], axis=1)
        return dz @ w.T, dnew * f, x.T @ dz

    return case(
        (forward, backward),
        X,
        parameters={"c": RNG.normal(size=(6, 2)), "w": RNG.normal(size=(4, 8))},
    )


# ------------------------------------------------------------------ convolutions and pooling


@innocent
def convolution_of_signals() -> Case:
    def forward(x: Any, k: Any, b: Any) -> Any:
        y = np.stack([x[:, i : i + 3] @ k + b for i in range(x.shape[1] - 2)], axis=1)
        return y, (x, k)

    def backward(dy: Any, cache: Any) -> Any:
        x, k = cache
        dx, dk = np.zeros_like(x), np.zeros_like(k)
        for i in range(dy.shape[1]):
            dx[:, i : i + 3] += np.outer(dy[:, i], k)
            dk += dy[:, i] @ x[:, i : i + 3]
        return dx, dk, dy.sum()

    return case((forward, backward), RNG.normal(size=(3, 7)), parameters=[RNG.normal(size=3), 0.2])


@innocent
def convolution_of_images() -> Case:
    class Conv:
        def __init__(self) -> None:
            self.K, self.b = RNG.normal(size=(2, 3, 3, 3)), np.zeros(2)

        def forward(self, x: Any) -> Any:
            self.x = x
            n, _, h, w = x.shape
            y = np.zeros((n, 2, h - 2, w - 2))
            for i in range(h - 2):
                for j in range(w - 2):
                    patch = x[:, :, i : i + 3, j : j + 3]
                    y[:, :, i, j] = (
                        np.tensordot(patch, self.K, axes=([1, 2, 3], [1, 2, 3])) + self.b
                    )
            return y

        def backward(self, dy: Any) -> Any:
            self.dK, self.db, dx = (
                np.zeros_like(self.K),
                dy.sum(axis=(0, 2, 3)),
                np.zeros_like(self.x),
            )
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    d = dy[:, :, i, j]
                    patch = self.x[:, :, i : i + 3, j : j + 3]
                    self.dK += np.tensordot(d, patch, axes=([0], [0]))
                    dx[:, :, i : i + 3, j : j + 3] += np.tensordot(d, self.K, axes=([1], [0]))
            return dx

    return case(Conv(), IMAGES)


@innocent
def pooling_by_the_largest() -> Case:
    class Pool:
        def forward(self, x: Any) -> Any:
            self.shape, pairs = x.shape, x.reshape(len(x), -1, 2)
            self.largest = pairs.argmax(axis=2)
            return pairs.max(axis=2)

        def backward(self, dy: Any) -> Any:
            dx = np.zeros((*dy.shape, 2))
            np.put_along_axis(dx, self.largest[..., None], dy[..., None], axis=2)
            return dx.reshape(self.shape)

    return case(Pool(), X)


@innocent
def pooling_by_the_mean() -> Case:
    return case(
        (lambda x: x.reshape(len(x), -1, 2).mean(axis=2), lambda dy: np.repeat(dy / 2, 2, axis=1)),
        X,
    )


@innocent
def global_pooling() -> Case:
    class Pool:
        def forward(self, x: Any) -> Any:
            self.shape = x.shape
            return x.mean(axis=(2, 3))

        def backward(self, dy: Any) -> Any:
            area = self.shape[2] * self.shape[3]
            return np.broadcast_to(dy[:, :, None, None] / area, self.shape).copy()

    return case(Pool(), IMAGES)


@innocent
def padding() -> Case:
    return case((lambda x: np.pad(x, ((0, 0), (1, 2))), lambda dy: dy[:, 1:-2]), X)


@innocent
def flattening() -> Case:
    class Flat:
        def forward(self, x: Any) -> Any:
            self.shape = x.shape
            return x.reshape(len(x), -1)

        def backward(self, dy: Any) -> Any:
            return dy.reshape(self.shape)

    return case(Flat(), IMAGES)


@innocent
def upsampling() -> Case:
    return case(
        (lambda x: x.repeat(2, axis=1), lambda dy: dy.reshape(len(dy), -1, 2).sum(axis=2)), X
    )


@innocent
def transposition() -> Case:
    return case((lambda x: x.T, lambda dy: dy.T), X)


@innocent
def sorting() -> Case:
    class Sort:
        def forward(self, x: Any) -> Any:
            self.order = x.argsort(axis=1)
            return np.take_along_axis(x, self.order, axis=1)

        def backward(self, dy: Any) -> Any:
            dx = np.zeros_like(dy)
            np.put_along_axis(dx, self.order, dy, axis=1)
            return dx

    return case(Sort(), X)


@innocent
def maxout() -> Case:
    class Maxout:
        def __init__(self) -> None:
            self.W = RNG.normal(size=(4, 3, 2))

        def forward(self, x: Any) -> Any:
            self.x, z = x, np.einsum("ni,iok->nok", x, self.W)
            self.mask = z == z.max(axis=2, keepdims=True)
            return z.max(axis=2)

        def backward(self, dy: Any) -> Any:
            dz = dy[:, :, None] * self.mask
            self.dW = np.einsum("ni,nok->iok", self.x, dz)
            return np.einsum("nok,iok->ni", dz, self.W)

    return case(Maxout(), X)


# ----------------------------------------------------------------- softmax, attention, others


@innocent
def softmax_of_rows() -> Case:
    class Softmax:
        def forward(self, x: Any) -> Any:
            self.p = softmax(x)
            return self.p

        def backward(self, dy: Any) -> Any:
            return self.p * (dy - (dy * self.p).sum(axis=1, keepdims=True))

    return case(Softmax(), X)


@innocent
def softmax_by_its_jacobians() -> Case:
    class Softmax:
        def forward(self, x: Any) -> Any:
            self.output = softmax(x)
            return self.output

        def backward(self, dvalues: Any) -> None:
            self.dinputs = np.empty_like(dvalues)
            for k, (p, d) in enumerate(zip(self.output, dvalues, strict=True)):
                p = p.reshape(-1, 1)
                self.dinputs[k] = (np.diagflat(p) - p @ p.T) @ d

    return case(Softmax(), X)


@innocent
def logarithm_of_softmax() -> Case:
    class LogSoftmax:
        def forward(self, x: Any) -> Any:
            shifted = x - x.max(axis=1, keepdims=True)
            self.y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy - np.exp(self.y) * dy.sum(axis=1, keepdims=True)

    return case(LogSoftmax(), X)


@innocent
def softmax_down_the_columns_on_purpose() -> Case:
    class Softmax:
        def forward(self, x: Any) -> Any:
            self.p = softmax(x, axis=0)
            return self.p

        def backward(self, dy: Any) -> Any:
            return self.p * (dy - (dy * self.p).sum(axis=0))

    return case(Softmax(), X)


@innocent
def attention_to_oneself() -> Case:
    class Attention:
        def __init__(self) -> None:
            self.Q, self.K, self.V = (RNG.normal(size=(2, 2)) for _ in range(3))

        def forward(self, x: Any) -> Any:
            self.x, self.q, self.k, self.v = x, x @ self.Q, x @ self.K, x @ self.V
            self.a = softmax(self.q @ self.k.transpose(0, 2, 1) / np.sqrt(2))
            return self.a @ self.v

        def backward(self, dy: Any) -> Any:
            da, dv = dy @ self.v.transpose(0, 2, 1), self.a.transpose(0, 2, 1) @ dy
            ds = self.a * (da - (da * self.a).sum(axis=2, keepdims=True)) / np.sqrt(2)
            dq, dk = ds @ self.k, ds.transpose(0, 2, 1) @ self.q
            self.dQ, self.dK, self.dV = (np.einsum("nti,nto->io", self.x, d) for d in (dq, dk, dv))
            return dq @ self.Q.T + dk @ self.K.T + dv @ self.V.T

    return case(Attention(), SEQUENCE)


@innocent
def residual_block() -> Case:
    class Block:
        def __init__(self) -> None:
            self.w = RNG.normal(size=(4, 4))

        def forward(self, x: Any) -> Any:
            self.x, self.h = x, np.tanh(x @ self.w)
            return x + self.h

        def backward(self, dy: Any) -> Any:
            dz = dy * (1 - self.h**2)
            self.dw = self.x.T @ dz
            return dy + dz @ self.w.T

    return case(Block(), X)


@innocent
def bilinear_form() -> Case:
    def forward(x: Any, m: Any) -> Any:
        return ((x @ m) * x).sum(axis=1), (x, m)

    def backward(dy: Any, cache: Any) -> Any:
        x, m = cache
        return dy[:, None] * (x @ (m + m.T)), np.einsum("n,ni,nj->ij", dy, x, x)

    return case((forward, backward), X, parameters={"m": RNG.normal(size=(4, 4))})


@innocent
def product_from_both_sides() -> Case:
    def forward(x: Any, a: Any, b: Any) -> Any:
        return a @ x @ b, (x, a, b)

    def backward(dy: Any, cache: Any) -> Any:
        x, a, b = cache
        return a.T @ dy @ b.T, dy @ (x @ b).T, (a @ x).T @ dy

    return case(
        (forward, backward), X, parameters=[RNG.normal(size=(2, 6)), RNG.normal(size=(4, 3))]
    )


@innocent
def product_of_two_inputs() -> Case:
    return case(
        (lambda x, y: (x * y, (x, y)), lambda dz, cache: (dz * cache[1], dz * cache[0])),
        X,
        parameters={"y": RNG.normal(size=X.shape)},
    )


@innocent
def fixed_mask_outside() -> Case:
    mask = (X > 0.2) * 2.0
    return case((lambda x: x * mask, lambda dy: dy * mask), X)


@innocent
def a_vector_without_a_batch() -> Case:
    class Neuron:
        def __init__(self) -> None:
            self.w, self.b = RNG.normal(size=4), 0.1

        def forward(self, x: Any) -> Any:
            self.x, self.y = x, np.tanh(x @ self.w + self.b)
            return self.y

        def backward(self, dy: Any) -> Any:
            dz = dy * (1 - self.y**2)
            self.dw, self.db = dz * self.x, dz
            return dz * self.w

    return case(Neuron(), X[0])


@innocent
def one_number() -> Case:
    return (
        case((lambda x: x**2, lambda dy: dy * 6.0), np.array(3.0))
        if False
        else case(lambda x: (x**3, 3 * x**2), 1.5)
    )


# ------------------------------------------------------------------------------ embeddings


class Table:
    def __init__(self) -> None:
        self.table = np.random.default_rng(0).normal(size=(6, 3))

    def forward(self, ids: Any) -> Any:
        self.ids = ids
        return self.table[ids]

    def backward(self, dy: Any) -> None:
        self.dtable = np.zeros_like(self.table)
        np.add.at(self.dtable, self.ids, dy)


@innocent
def embedding() -> Case:
    return case(Table(), IDS)


@innocent
def embedding_of_single_words() -> Case:
    return case(Table(), IDS[0])


@innocent
def embedding_with_padding() -> Case:
    class Padded(Table):
        def forward(self, ids: Any) -> Any:
            self.keep = (ids != 0)[..., np.newaxis]
            return super().forward(ids.astype(int)) * self.keep

        def backward(self, dy: Any) -> None:
            super().backward(dy * self.keep)

    return case(Padded(), np.array([[1.0, 0, 3], [2, 2, 0]]))


@innocent
def embedding_that_casts() -> Case:
    class Casting(Table):
        def forward(self, ids: Any) -> Any:
            return super().forward(ids.astype(int))

        def backward(self, dy: Any) -> Any:
            super().backward(dy)
            return np.zeros(self.ids.shape)

    return case(Casting(), IDS.astype(float))


@innocent
def embedding_functions() -> Case:
    def forward(ids: Any, table: Any) -> Any:
        return table[ids], (ids, table.shape)

    def backward(dy: Any, cache: Any) -> Any:
        ids, shape = cache
        dtable = np.zeros(shape)
        np.add.at(dtable, ids, dy)
        return None, dtable

    return case((forward, backward), IDS, parameters=[RNG.normal(size=(6, 2))])


class Embedding(Layer):
    table: Any
    dtable: Any

    def create_parameters(self, input_shape: Any) -> None:
        self.add_parameter("table", (6, 2), lambda shape, rng: rng.normal(size=shape))

    def output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, 2)

    def forward(self, x: Any, *, training: bool = False) -> Any:
        self._ids = self.check_input(x).astype(int)
        return self.table[self._ids]

    def backward(self, dy: Any) -> Any:
        self.dtable[...] = 0
        np.add.at(self.dtable, self._ids, dy)
        return np.zeros(self._ids.shape)


@innocent
def embedding_layer() -> Case:
    return case(Embedding(), IDS)


@innocent
def model_with_an_embedding() -> Case:
    model = Sequential([Embedding(), Flatten(), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "categorical_crossentropy")
    return case(model, IDS, np.eye(3)[[0, 2]])


@innocent
def one_hot_words() -> Case:
    return case(Dense(2), np.eye(6)[IDS[0]])


# ---------------------------------------------------------------------------------- dropout


class Dropout:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)

    def forward(self, x: Any, training: bool = True) -> Any:
        self.mask = (self.rng.random(x.shape) < 0.7) / 0.7 if training else np.ones(x.shape)
        return x * self.mask

    def backward(self, dy: Any) -> Any:
        return dy * self.mask


@innocent
def dropout() -> Case:
    return case(Dropout(), X)


@innocent
def dropout_in_the_old_way() -> Case:
    class Old(Dropout):
        def forward(self, x: Any, training: bool = True) -> Any:
            self.mask = self.rng.random(x.shape) < 0.7 if training else np.full(x.shape, 0.7)
            return x * self.mask

    return case(Old(), X)


@innocent
def dropout_with_modes() -> Case:
    class Module(Dropout):
        training = True

        def train(self) -> None:
            self.training = True

        def eval(self) -> None:
            self.training = False

        def __call__(self, x: Any) -> Any:
            return Dropout.forward(self, x, self.training)

        forward = None  # type: ignore[assignment]

    return case(Module(), X)


@innocent
def dropout_with_an_older_generator() -> Case:
    class Older(Dropout):
        def __init__(self) -> None:
            self.rng = np.random.RandomState(3)  # type: ignore[assignment]

        def forward(self, x: Any, training: bool = True) -> Any:
            self.mask = self.rng.binomial(1, 0.5, x.shape) / 0.5 if training else 1.0
            return x * self.mask

    return case(Older(), X)


@innocent
def noise_added() -> Case:
    class Noise(Dropout):
        def forward(self, x: Any, training: bool = True) -> Any:
            return x + self.rng.normal(size=x.shape) if training else x

        def backward(self, dy: Any) -> Any:
            return dy

    return case(Noise(), X)


@innocent
def dropped_connections() -> Case:
    class Drop(Layer):
        W: Any
        dW: Any  # noqa: N815

        def create_parameters(self, input_shape: Any) -> None:
            self.add_parameter("W", (*input_shape, 3), lambda shape, rng: rng.normal(size=shape))

        def output_shape(self, input_shape: Any) -> Any:
            return (3,)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x = self.check_input(x)
            self._mask = (self.rng.random(self.W.shape) < 0.5) * 2.0 if training else 1.0
            return x @ (self.W * self._mask)

        def backward(self, dy: Any) -> Any:
            self.dW[...] = self._mask * (self._x.T @ dy)
            return dy @ (self.W * self._mask).T

    return case(Drop(), X)


# -------------------------------------------------------------------- more pairs of functions


@innocent
def a_courses_affine_functions() -> Case:
    def forward(x: Any, w: Any, b: Any) -> Any:
        return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)

    def backward(dout: Any, cache: Any) -> Any:
        x, w, _ = cache
        dx = dout.dot(w.T).reshape(x.shape)
        return dx, x.reshape(x.shape[0], -1).T.dot(dout), dout.sum(axis=0)

    return case((forward, backward), RNG.normal(size=(5, 2, 2)), parameters=[W, B])


@innocent
def a_courses_batchnorm_functions() -> Case:
    def forward(x: Any, gamma: Any, beta: Any) -> Any:
        mu, var = x.mean(axis=0), x.var(axis=0)
        n = (x - mu) / np.sqrt(var + 1e-5)
        return gamma * n + beta, (n, gamma, var)

    def backward(dout: Any, cache: Any) -> Any:
        n, gamma, var = cache
        d = dout * gamma
        dx = (d - d.mean(axis=0) - n * (d * n).mean(axis=0)) / np.sqrt(var + 1e-5)
        return dx, (dout * n).sum(axis=0), dout.sum(axis=0)

    return case((forward, backward), X, parameters={"gamma": np.ones(4), "beta": np.zeros(4)})


@innocent
def functions_without_a_cache() -> Case:
    kept: dict[str, Any] = {}

    def forward(x: Any) -> Any:
        kept["y"] = np.tanh(x)
        return kept["y"]

    return case((forward, lambda dy: dy * (1 - kept["y"] ** 2)), X)


@innocent
def functions_that_take_the_inputs_again() -> Case:
    return case((lambda x, w: x @ w, lambda dy, x, w: (dy @ w.T, x.T @ dy)), X, parameters={"w": W})


@innocent
def logistic_unit_functions() -> Case:
    def forward(x: Any, w: Any, b: Any) -> Any:
        y = sigmoid(x @ w + b)
        return y, (x, w, y)

    def backward(dy: Any, cache: Any) -> Any:
        x, w, y = cache
        dz = dy * y * (1 - y)
        return np.outer(dz, w), x.T @ dz, dz.sum()

    return case((forward, backward), X, parameters=[RNG.normal(size=4), 0.3])


@innocent
def outer_scale_functions() -> Case:
    return case(
        (lambda x, s: (x * s, (x, s)), lambda dy, c: (dy * c[1], (dy * c[0]).sum(axis=0))),
        X,
        parameters=[np.ones(4)],
    )


@innocent
def bias_alone() -> Case:
    return case(
        (lambda x, b: x + b, lambda dy: (dy, dy.sum(axis=0))), X, parameters={"b": np.zeros(4)}
    )


# ------------------------------------------------------------------------------------- costs


def cost(f: Callable[..., Any], *arguments: Any) -> Callable[[], Case]:
    return lambda: case(f, *arguments)


def cross_entropy(z: Any, t: Any) -> Any:
    p = softmax(z)
    return -np.mean(np.log(p[np.arange(len(t)), t])), (p - np.eye(z.shape[1])[t]) / len(z)


def hinge(z: Any, t: Any) -> Any:
    rows = np.arange(len(t))
    margins = np.maximum(0, z - z[rows, t][:, None] + 1)
    margins[rows, t] = 0
    dz = (margins > 0) * 1.0
    dz[rows, t] = -dz.sum(axis=1)
    return margins.sum() / len(t), dz / len(t)


def huber(p: Any, t: Any) -> Any:
    d = p - t
    small = np.abs(d) < 1
    return np.where(small, d**2 / 2, np.abs(d) - 0.5).mean(), np.clip(d, -1, 1) / d.size


def logistic_regression(w: Any, t: Any) -> Any:
    z = X @ w
    return np.mean(np.logaddexp(0, z) - t * z), X.T @ (sigmoid(z) - t) / len(t)


def column_against_vector(p: Any, t: Any) -> Any:
    d = p - t[:, None]
    return np.mean(d**2), 2 * d / d.size


def raveled(p: Any, t: Any) -> Any:
    d = p.ravel() - t.ravel()
    return d @ d / d.size, (2 * d / d.size).reshape(p.shape)


def rosenbrock(x: Any) -> Any:
    a, b = x
    return (1 - a) ** 2 + 100 * (b - a**2) ** 2, np.array(
        [-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)]
    )


def cosine_distance(p: Any, t: Any) -> Any:
    a, b = np.linalg.norm(p, axis=1, keepdims=True), np.linalg.norm(t, axis=1, keepdims=True)
    c = (p * t).sum(axis=1, keepdims=True) / (a * b)
    return (1 - c).mean(), -(t / (a * b) - c * p / a**2) / len(p)


def focal(z: Any, t: Any) -> Any:
    p = sigmoid(z)
    q = np.where(t == 1, p, 1 - p)
    sign = np.where(t == 1, 1, -1)
    slope = sign * (2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q) * p * (1 - p)
    return -((1 - q) ** 2 * np.log(q)).mean(), slope / z.size


def contrast_between_examples(z: Any, t: Any) -> Any:
    d = z[:, None] - z[None]
    same = (t[:, None] == t[None])[..., None]
    return (d**2 * same).sum(), 4 * (d * same).sum(axis=1)


def log_determinant(m: Any) -> Any:
    return np.linalg.slogdet(m)[1], np.linalg.inv(m).T


COSTS: dict[str, Callable[[], Case]] = {
    "mean of squares": cost(lambda p, t: (np.mean((p - t) ** 2), 2 * (p - t) / p.size), Z, Y),
    "sum of squares": cost(lambda p, t: (np.sum((p - t) ** 2), 2 * (p - t)), Z, Y),
    "half the squares by examples": cost(
        lambda p, t: (((p - t) ** 2).sum() / (2 * len(p)), (p - t) / len(p)), Z, Y
    ),
    "absolute": cost(lambda p, t: (np.abs(p - t).sum(), np.sign(p - t)), Z, Y),
    "huber": cost(huber, 3 * Z, Y),
    "log cosh": cost(lambda p, t: (np.log(np.cosh(p - t)).mean(), np.tanh(p - t) / p.size), Z, Y),
    "quantile": cost(
        lambda p, t: (np.maximum(0.9 * (t - p), 0.1 * (p - t)).sum(), np.where(p < t, -0.9, 0.1)),
        Z,
        Y,
    ),
    "cross-entropy of labels": cost(cross_entropy, Z, LABELS),
    "cross-entropy of rows": cost(
        lambda z, t: (-np.sum(t * np.log(softmax(z))), softmax(z) - t), Z, ONE_HOT
    ),
    "cross-entropy of probabilities": cost(
        lambda p, t: (-np.mean((t * np.log(p)).sum(axis=1)), -t / p / len(p)), softmax(Z), ONE_HOT
    ),
    "binary cross-entropy": cost(
        lambda z, t: (np.mean(np.logaddexp(0, z) - t * z), (sigmoid(z) - t) / z.size), Z, ONE_HOT
    ),
    "hinge": cost(hinge, Z, LABELS),
    "squared hinge": cost(
        lambda z, t: (
            np.square(np.maximum(0, 1 - t * z)).mean(),
            -2 * t * np.maximum(0, 1 - t * z) / z.size,
        ),
        Z,
        2 * ONE_HOT - 1,
    ),
    "poisson": cost(
        lambda z, t: ((np.exp(z) - t * z).mean(), (np.exp(z) - t) / z.size), Z, ONE_HOT
    ),
    "relative entropy": cost(
        lambda p, q: ((q * np.log(q / p)).sum(), -q / p), softmax(Z), softmax(Y)
    ),
    "logistic regression": cost(logistic_regression, RNG.normal(size=4), LABELS > 0),
    "ridge regression": cost(
        lambda w: (((X @ w - Y) ** 2).sum() + 0.3 * (w**2).sum(), 2 * X.T @ (X @ w - Y) + 0.6 * w),
        W,
    ),
    "lasso": cost(
        lambda w: (
            ((X @ w - Y) ** 2).mean() + np.abs(w).sum(),
            2 * X.T @ (X @ w - Y) / Y.size + np.sign(w),
        ),
        W,
    ),
    "a column against a vector": cost(column_against_vector, Z[:, :1], Y[:, 0]),
    "raveled": cost(raveled, Z[:, :1], Y[:, 0]),
    "raveled vector against column": cost(raveled, Z[:, 0], Y[:, :1]),
    "rosenbrock": cost(rosenbrock, np.array([-1.2, 1.0])),
    "quadratic form": cost(lambda x: (x @ X.T @ X @ x, 2 * X.T @ X @ x), RNG.normal(size=4)),
    "length": cost(lambda x: (np.linalg.norm(x), x / np.linalg.norm(x)), X),
    "log of a sum of exponentials": cost(
        lambda x: (np.log(np.exp(x).sum()), softmax(x.ravel()).reshape(x.shape)), X
    ),
    "cosine distance": cost(cosine_distance, Z, Y),
    "focal": cost(focal, Z, ONE_HOT),
    "contrast between examples": cost(contrast_between_examples, Z, LABELS),
    "logarithm of a determinant": cost(log_determinant, np.eye(3) + 0.1 * X[:3, :3]),
    "entropy": cost(lambda p: (-(p * np.log(p)).sum(), -np.log(p) - 1), softmax(Z)),
    "largest entry": cost(lambda x: (x.max(), (x == x.max()) * 1.0), X),
    "constant": cost(lambda x: (3.0, np.zeros_like(x)), X),
    "targets of a million": cost(
        lambda p, t: (np.mean((p - t) ** 2), 2 * (p - t) / p.size), Z, 1e6 * Y
    ),
}
INNOCENTS.update({f"cost {name}": make for name, make in COSTS.items()})


# --------------------------------------------------------------------- tinynet's own kinds


@innocent
def loss_that_ravels() -> Case:
    class Raveling(Loss):
        def targets(self, y_true: Any, output_shape: Any) -> Any:
            return np.asarray(y_true, dtype=float)

        def value(self, t: Any, y: Any) -> float:
            return float(np.mean((y.ravel() - t.ravel()) ** 2))

        def gradient(self, t: Any, y: Any) -> Any:
            return (2 * (y.ravel() - t.ravel()) / y.size).reshape(y.shape)

    return case(Raveling(), Z[:, :1], Y[:, 0])


@innocent
def loss_of_logarithms() -> Case:
    class Logarithmic(Loss):
        def value(self, t: Any, y: Any) -> float:
            return float(np.mean(np.log1p((y - t) ** 2)))

        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - t) / (1 + (y - t) ** 2) / y.size

    return case(Logarithmic(), Z, Y)


@innocent
def layer_with_a_fixed_array() -> Case:
    class Projection(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.P = W.copy()
            self.inputs: Any = None

        def output_shape(self, input_shape: Any) -> Any:
            return (3,)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self.x = x
            return x @ self.P

        def backward(self, dy: Any) -> Any:
            self.dx = dy @ self.P.T
            return self.dx

    return case(Projection(), X)


@innocent
def scale_layer_of_ones() -> Case:
    class Scale(Layer):
        s: Any
        ds: Any

        def create_parameters(self, input_shape: Any) -> None:
            self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x = self.check_input(x)
            return x * self.s

        def backward(self, dy: Any) -> Any:
            self.ds[...] = (dy * self._x).sum(axis=0)
            return dy * self.s

    return case(Scale(), X)


@innocent
def layer_that_doubles_dimensions() -> Case:
    class Both(Layer):
        def output_shape(self, input_shape: Any) -> Any:
            return (2 * input_shape[0],)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x
            return np.concatenate([np.maximum(x, 0), np.minimum(x, 0)], axis=1)

        def backward(self, dy: Any) -> Any:
            up, down = np.split(dy, 2, axis=1)
            return up * (self._x > 0) + down * (self._x < 0)

    return case(Both(), X)


@innocent
def model_of_hand_made_layers() -> Case:
    scale = scale_layer_of_ones()[0][0]
    both = layer_that_doubles_dimensions()[0][0]
    model = Sequential([Dense(5, "tanh"), scale, both, Dense(3, "softmax")], seed=1)
    model.compile("sgd", "categorical_crossentropy")
    return case(model, X, ONE_HOT)


@innocent
def model_for_regression() -> Case:
    model = Sequential([Dense(8, "relu"), Dense(3)], seed=0)
    model.compile("sgd", "mse")
    return case(model, X, Y)


# ------------------------------------------------- costs that keep log p from becoming infinite


@innocent
def softmax_cost_with_clipped_probabilities() -> Case:
    def cost(z: Any, labels: Any) -> Any:
        n, p = len(z), softmax(z)
        dz = p.copy()
        dz[np.arange(n), labels] -= 1
        return -np.log(np.clip(p, 1e-7, 1 - 1e-7)[np.arange(n), labels]).mean(), dz / n

    return case(cost, Z, LABELS)


@innocent
def softmax_cost_with_an_epsilon_within_the_log() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -(t * np.log(p + 1e-9)).sum() / len(z), (p - t) / len(z)

    return case(cost, Z, ONE_HOT)


@innocent
def logistic_cost_with_clipped_probabilities() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = np.clip(sigmoid(z), 1e-15, 1 - 1e-15)
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum(), sigmoid(z) - t

    return case(cost, Z[:, :1], ONE_HOT[:, :1])


@innocent
def logistic_cost_of_numbers_in_a_row() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = sigmoid(z)
        return -(t * np.log(p + 1e-12) + (1 - t) * np.log(1 - p + 1e-12)).mean(), (p - t) / len(z)

    return case(cost, Z[:, 0], ONE_HOT[:, 0])


@innocent
def softmax_loss_with_clipped_probabilities() -> Case:
    class Clipped(Loss):
        def costs(self, t: Any, y: Any) -> Any:
            return -(t * np.log(np.clip(softmax(y), 1e-7, 1))).sum(axis=1)

        def gradient(self, t: Any, y: Any) -> Any:
            return (softmax(y) - t) / len(y)

    return case(Clipped(), 4 * Z, ONE_HOT)


# ----------------------------------------------------- the habits of courses, books and notebooks


@innocent
def a_courses_dropout_that_seeds_itself() -> Case:
    def forward(x: Any) -> Any:
        np.random.seed(123)  # noqa: NPY002 - as the course has it
        mask = (np.random.rand(*x.shape) < 0.8) / 0.8  # noqa: NPY002
        return x * mask, mask

    return case((forward, lambda dout, mask: dout * mask), X)


@innocent
def a_cost_that_seeds_itself() -> Case:
    def cost(x: Any) -> Any:
        np.random.seed(3)  # noqa: NPY002 - as the course has it
        mask = np.random.rand(*x.shape) < 0.5  # noqa: NPY002
        return (mask * x**2).sum(), 2 * mask * x

    return case(cost, X)


@innocent
def a_books_layer_that_leaves_its_output() -> Case:
    class Layer:
        def __init__(self) -> None:
            self.weights, self.biases = W.copy(), np.zeros((1, 3))

        def forward(self, inputs: Any, training: Any) -> None:
            self.inputs = inputs
            self.output = np.dot(inputs, self.weights) + self.biases

        def backward(self, dvalues: Any) -> None:
            self.dweights = np.dot(self.inputs.T, dvalues)
            self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
            self.dinputs = np.dot(dvalues, self.weights.T)

    return case(Layer(), X)


@innocent
def a_module_that_is_called() -> Case:
    class Module:
        def __call__(self, *args: Any) -> Any:
            self.args = args
            return self.forward(*args)

        def forward(self, *args: Any) -> Any:
            raise NotImplementedError

    class Linear(Module):
        def __init__(self) -> None:
            self.w, self.b = W.copy(), B.copy()

        def forward(self, *args: Any) -> Any:
            return args[0] @ self.w + self.b

        def backward(self, g: Any) -> Any:
            (x,) = self.args
            self.w_g, self.b_g = x.T @ g, g.sum(axis=0)
            return g @ self.w.T

    return case(Linear(), X)


@innocent
def what_no_copy_can_be_made_of() -> Case:
    class Locked:
        def __init__(self) -> None:
            self.lock, self.names = threading.Lock(), (f"dense{k}" for k in range(9))

    class Linear:
        def __init__(self) -> None:
            self.w, self.helper = W.copy(), Locked()

        def forward(self, x: Any) -> Any:
            with self.helper.lock:
                self.x = x
            return x @ self.w

        def backward(self, dy: Any) -> Any:
            self.dw = self.x.T @ dy
            return dy @ self.w.T

    return case(Linear(), X)


@innocent
def arrays_in_arrays_of_objects() -> Case:
    class Network:
        def __init__(self) -> None:
            self.weights = np.empty(2, dtype=object)
            self.weights[:] = [RNG.normal(size=(4, 5)), RNG.normal(size=(5, 3))]

        def forward(self, x: Any) -> Any:
            self.x, self.h = x, np.tanh(x @ self.weights[0])
            return self.h @ self.weights[1]

        def backward(self, d: Any) -> Any:
            dz = d @ self.weights[1].T * (1 - self.h**2)
            self.dweights = np.empty(2, dtype=object)
            self.dweights[:] = [self.x.T @ dz, self.h.T @ d]
            return dz @ self.weights[0].T

    return case(Network(), X)


class Flat:
    """All weights in one vector, of which each matrix is a view."""

    def __init__(self) -> None:
        self.theta = RNG.normal(size=35)
        self.W1, self.W2 = self.theta[:20].reshape(4, 5), self.theta[20:].reshape(5, 3)
        self.grad = np.zeros(35)

    def forward(self, x: Any) -> Any:
        self.x, self.h = x, np.tanh(x @ self.W1)
        return self.h @ self.W2

    def backward(self, d: Any) -> Any:
        dz = d @ self.W2.T * (1 - self.h**2)
        self.grad[:20], self.grad[20:] = (self.x.T @ dz).ravel(), (self.h.T @ d).ravel()
        return dz @ self.W1.T


@innocent
def weights_that_are_views_of_a_vector() -> Case:
    return case(Flat(), X)


@innocent
def a_vector_of_weights_that_the_caller_names() -> Case:
    return case(Flat(), X, parameters={"theta": "grad"})


@innocent
def a_buffer_for_the_output() -> Case:
    class Buffered:
        def __init__(self) -> None:
            self.y = self.dx = np.empty(0)

        def forward(self, x: Any) -> Any:
            if self.y.shape != x.shape:
                self.y, self.dx = np.empty_like(x), np.empty_like(x)
            return np.tanh(x, out=self.y)

        def backward(self, dy: Any) -> Any:
            return np.multiply(dy, 1 - self.y**2, out=self.dx)

    return case(Buffered(), X)


@innocent
def convolution_of_a_single_image() -> Case:
    class Convolution:
        def __init__(self) -> None:
            self.filters = RNG.normal(size=(2, 3, 3))

        def forward(self, image: Any) -> Any:
            self.image = image
            h, w = image.shape
            output = np.zeros((h - 2, w - 2, 2))
            for i in range(h - 2):
                for j in range(w - 2):
                    region = image[i : i + 3, j : j + 3]
                    output[i, j] = np.sum(region * self.filters, axis=(1, 2))
            return output

        def backward(self, d_out: Any) -> Any:
            self.d_filters, dx = np.zeros_like(self.filters), np.zeros_like(self.image)
            for i in range(d_out.shape[0]):
                for j in range(d_out.shape[1]):
                    region = self.image[i : i + 3, j : j + 3]
                    self.d_filters += d_out[i, j][:, None, None] * region
                    dx[i : i + 3, j : j + 3] += np.tensordot(d_out[i, j], self.filters, 1)
            return dx

    return case(Convolution(), RNG.normal(size=(5, 6)))


@innocent
def attention_that_looks_back() -> Case:
    class Causal:
        def __init__(self) -> None:
            self.Wq, self.Wk, self.Wv = RNG.normal(size=(3, 3, 3)) / 2
            self.future = np.tril(np.ones((5, 5))) == 0

        def forward(self, x: Any) -> Any:
            self.x = x
            self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
            self.a = softmax(np.where(self.future, -1e9, self.q @ self.k.T / np.sqrt(3)))
            return self.a @ self.v

        def backward(self, dy: Any) -> Any:
            da, dv = dy @ self.v.T, self.a.T @ dy
            ds = self.a * (da - (da * self.a).sum(axis=1, keepdims=True)) / np.sqrt(3)
            dq, dk = ds @ self.k, ds.T @ self.q
            self.dWq, self.dWk, self.dWv = self.x.T @ dq, self.x.T @ dk, self.x.T @ dv
            return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T

    return case(Causal(), RNG.normal(size=(5, 3)))


@innocent
def a_cell_with_states_given_outside() -> Case:
    state = RNG.normal(size=(6, 3))

    def forward(x: Any, w: Any) -> Any:
        y = np.tanh(x @ w + state)
        return y, (x, w, y)

    def backward(dy: Any, cache: Any) -> Any:
        x, w, y = cache
        dz = dy * (1 - y**2)
        return dz @ w.T, x.T @ dz

    return case((forward, backward), X, parameters=[W])


@innocent
def softmax_cost_of_columns() -> Case:
    def cost(z: Any, t: Any) -> Any:
        m, p = t.shape[1], softmax(z, axis=0)
        return -np.sum(t * np.log(p + 1e-300)) / m, (p - t) / m

    return case(cost, Z.T.copy(), ONE_HOT.T.copy())


@innocent
def gradients_as_lists_of_lists() -> Case:
    def backward(dy: Any, cache: Any) -> Any:
        x, w = cache
        return (dy @ w.T).tolist(), (x.T @ dy).tolist()

    return case((lambda x, w: ((x @ w).tolist(), (x, w)), backward), X, parameters=[W])


@innocent
def gradients_in_a_dict() -> Case:
    def forward(a_prev: Any, w: Any, b: Any) -> Any:
        return a_prev @ w + b, (a_prev, w)

    def backward(dz: Any, cache: Any) -> Any:
        a_prev, w = cache
        return {"db": dz.sum(axis=0), "dw": a_prev.T @ dz, "da_prev": dz @ w.T}

    return case((forward, backward), X, parameters=[W, B])


@innocent
def a_network_without_dx_under_a_loss() -> Case:
    class Network:
        def __init__(self) -> None:
            self.W1, self.W2 = RNG.normal(size=(4, 5)), RNG.normal(size=(5, 3))

        def forward(self, x: Any) -> Any:
            self.x, self.h = x, np.tanh(x @ self.W1)
            return self.h @ self.W2

        def backward(self, d: Any) -> None:
            self.dW2 = self.h.T @ d
            self.dW1 = self.x.T @ (d @ self.W2.T * (1 - self.h**2))

    return case(Network(), X, Y, loss="mse")


@innocent
def branches_as_factors() -> Case:
    """NaN beyond 709, where the branch that isn't taken is 0 times infinity."""
    return case((lambda x: ((x > 0) * x + (x <= 0) * (np.exp(x) - 1), x), elu_slope), X)


def elu_slope(dy: Any, x: Any) -> Any:
    return dy * np.where(x > 0, 1, np.exp(x))


@innocent
def exponentials_that_may_become_infinite() -> Case:
    return case((lambda x: (np.exp(x) - np.exp(2 * x), x), lambda dy, x: dy * slope_of_two(x)), X)


def slope_of_two(x: Any) -> Any:
    return np.exp(x) - 2 * np.exp(2 * x)


# ------------------------------------------------------------------ scales of inputs and targets

for _exponent in (-6, -4, -2, 2, 4, 6):
    for _target in (1.0, 1e6):

        def _scaled(exponent: int = _exponent, target: float = _target) -> Case:
            model = Sequential([Dense(3, "relu"), Dense(3)], seed=exponent + 10)
            model.compile("sgd", "mse")
            return case(model, X * 10.0**exponent, Y * target)

        INNOCENTS[f"model at 1e{_exponent} for targets of {_target:g}"] = _scaled
