"""Sixty-odd submissions with one mistake each, as students hand them in.

They were written down before the checker that judges them was, from what a teacher sees: layers of
a course's assignment, functions with a cache, a cost with its gradient, classes in the manner of
several books. Nothing in the checker was fitted to them; `tests.gradcheck.test_students` states
which of them it doesn't name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import Dense, Layer, Sequential
from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.losses import Loss

RNG = np.random.default_rng(2024)
X = RNG.normal(size=(5, 4))
W = RNG.normal(size=(4, 3))
B = RNG.normal(size=3)
Y = RNG.normal(size=(5, 3))
LABELS = np.array([0, 2, 1, 2, 0])
ONE_HOT = np.eye(3)[LABELS]
SCORES = RNG.normal(size=(5, 3))
IMAGES = RNG.normal(size=(3, 2, 5, 5))
SEQUENCE = RNG.normal(size=(4, 3, 2))

STUDENTS: dict[str, Callable[[], GradientReport]] = {}


def student(run: Callable[[], GradientReport]) -> Callable[[], GradientReport]:
    STUDENTS[run.__name__] = run
    return run


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any, axis: int = 1) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


class Affine:
    """The right one, in a course's manner; mistakes are put in by the submissions below."""

    def __init__(self, weights: Any = W, biases: Any = B) -> None:
        self.weights, self.biases = weights.copy(), biases.copy()

    def forward(self, inputs: Any) -> Any:
        self.inputs = inputs
        return inputs @ self.weights + self.biases

    def backward(self, dvalues: Any) -> Any:
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0)
        self.dinputs = dvalues @ self.weights.T


# ------------------------------------------------------------------------- classes, affine


@student
def weights_gradient_of_the_outputs() -> GradientReport:
    class Handed(Affine):
        def forward(self, inputs: Any) -> Any:
            self.outputs = super().forward(inputs)
            return self.outputs

        def backward(self, dvalues: Any) -> None:
            super().backward(dvalues)
            self.dweights = self.inputs.T @ self.outputs

    return check_gradients(Handed(), X)


@student
def bias_gradient_of_the_first_row() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            super().backward(dvalues)
            self.dbiases = dvalues[0]

    return check_gradients(Handed(), X)


@student
def bias_gradient_summed_along_the_wrong_axis() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            super().backward(dvalues)
            self.dbiases = dvalues.sum(axis=1)

    return check_gradients(Handed(), X)


@student
def gradients_averaged() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            super().backward(dvalues)
            self.dweights /= len(dvalues)
            self.dbiases /= len(dvalues)

    return check_gradients(Handed(), X)


@student
def input_gradient_through_updated_weights() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            self.dweights = self.inputs.T @ dvalues
            self.dbiases = dvalues.sum(axis=0)
            self.weights = self.weights - 0.1 * self.dweights
            self.dinputs = dvalues @ self.weights.T

    return check_gradients(Handed(), X)


@student
def bias_added_before_the_product() -> GradientReport:
    class Handed:
        def __init__(self) -> None:
            self.w, self.b = W.copy(), RNG.normal(size=4)

        def forward(self, x: Any) -> Any:
            self.x = x + self.b
            return self.x @ self.w

        def backward(self, dout: Any) -> Any:
            self.dw = self.x.T @ dout
            self.db = np.zeros(4) + dout.sum()
            return dout @ self.w.T

    return check_gradients(Handed(), X)


@student
def weights_gradient_uses_the_input_without_bias() -> GradientReport:
    class Handed:
        def __init__(self) -> None:
            self.w, self.b = W.copy(), RNG.normal(size=4)

        def forward(self, x: Any) -> Any:
            self.x = x
            return (x + self.b) @ self.w

        def backward(self, dout: Any) -> Any:
            self.dw = self.x.T @ dout
            self.db = (dout @ self.w.T).sum(axis=0)
            return dout @ self.w.T

    return check_gradients(Handed(), X)


@student
def gradient_keeps_growing() -> GradientReport:
    class Handed(Affine):
        def __init__(self) -> None:
            super().__init__()
            self.dweights, self.dbiases = np.zeros_like(W), np.zeros_like(B)

        def backward(self, dvalues: Any) -> None:
            self.dweights += self.inputs.T @ dvalues
            self.dbiases += dvalues.sum(axis=0)
            self.dinputs = dvalues @ self.weights.T

    return check_gradients(Handed(), X)


@student
def no_return_and_no_attribute() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            self.dweights = self.inputs.T @ dvalues
            self.dbiases = dvalues.sum(axis=0)
            dinputs = dvalues @ self.weights.T  # noqa: F841

    return check_gradients(Handed(), X)


@student
def attribute_misspelt() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            self.dweights = self.input.T @ dvalues  # type: ignore[attr-defined]

    return check_gradients(Handed(), X)


@student
def forward_forgets_to_return() -> GradientReport:
    class Handed(Affine):
        def forward(self, inputs: Any) -> None:
            self.inputs = inputs
            self.z = inputs @ self.weights + self.biases

    return check_gradients(Handed(), X)


@student
def divided_by_a_batch_of_five() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            super().backward(dvalues)
            self.dbiases = dvalues.reshape(5, 3).sum(axis=0)

    return check_gradients(Handed(), X)


@student
def gradient_by_one_weight_too_few() -> GradientReport:
    class Handed(Affine):
        def backward(self, dvalues: Any) -> None:
            super().backward(dvalues)
            self.dweights[-1] = 0

    return check_gradients(Handed(), X)


# ---------------------------------------------------------------------- classes, activations


@student
def relu_passes_where_negative() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.maximum(0, x)

        def backward(self, dy: Any) -> Any:
            dx = dy.copy()
            dx[self.x > 0] = 0
            return dx

    return check_gradients(Handed(), X)


@student
def relu_of_the_gradient() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            return np.maximum(0, x)

        def backward(self, dy: Any) -> Any:
            return np.maximum(0, dy)

    return check_gradients(Handed(), X)


@student
def relu_zeroes_the_gradient_it_was_given() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.maximum(0, x)

        def backward(self, dy: Any) -> Any:
            dy[self.x <= 0] = 0
            return dy

    return check_gradients(Handed(), X)


@student
def tanh_squared_at_the_input() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self.x**2)

    return check_gradients(Handed(), X)


@student
def tanh_of_tanh() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.y = np.tanh(x)
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy * (1 - np.tanh(self.y) ** 2)

    return check_gradients(Handed(), X)


@student
def tanh_without_the_square() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.y = np.tanh(x)
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self.y)

    return check_gradients(Handed(), X)


@student
def sigmoid_of_sigmoid() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.y = sigmoid(x)
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy * sigmoid(self.y) * (1 - sigmoid(self.y))

    return check_gradients(Handed(), X)


@student
def sigmoid_with_one_factor() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.y = sigmoid(x)
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self.y)

    return check_gradients(Handed(), X)


@student
def sigmoid_forgotten() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            return sigmoid(x)

        def backward(self, dy: Any) -> Any:
            return dy

    return check_gradients(Handed(), X)


@student
def elu_with_a_slope_of_its_output() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.where(x > 0, x, np.exp(x) - 1)

        def backward(self, dy: Any) -> Any:
            return dy * np.where(self.x > 0, 1, np.exp(self.x) - 1)

    return check_gradients(Handed(), X)


@student
def leaky_with_the_other_leak() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.where(x > 0, x, 0.2 * x)

        def backward(self, dy: Any) -> Any:
            return dy * np.where(self.x > 0, 1, 0.01)

    return check_gradients(Handed(), X)


@student
def relu6_without_the_six() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.clip(x, 0, 6)

        def backward(self, dy: Any) -> Any:
            return dy * (self.x > 0)

    return check_gradients(Handed(), X)


@student
def gelu_treated_as_its_gate() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.gate = sigmoid(1.702 * x)
            return x * self.gate

        def backward(self, dy: Any) -> Any:
            return dy * self.gate

    return check_gradients(Handed(), X)


@student
def softplus_with_tanh() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.log1p(np.exp(x))

        def backward(self, dy: Any) -> Any:
            return dy * np.tanh(self.x)

    return check_gradients(Handed(), X)


@student
def softmax_elementwise() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.p = softmax(x)
            return self.p

        def backward(self, dy: Any) -> Any:
            return dy * self.p * (1 - self.p)

    return check_gradients(Handed(), X)


@student
def softmax_down_the_columns() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.p = softmax(x, axis=0)
            return self.p

        def backward(self, dy: Any) -> Any:
            return self.p * (dy - (dy * self.p).sum(axis=1, keepdims=True))

    return check_gradients(Handed(), X)


@student
def softmax_of_everything() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            e = np.exp(x - x.max())
            self.p = e / e.sum()
            return self.p

        def backward(self, dy: Any) -> Any:
            return self.p * (dy - (dy * self.p).sum(axis=1, keepdims=True))

    return check_gradients(Handed(), X)


@student
def activation_caches_the_first_batch() -> GradientReport:
    class Handed:
        y: Any = None

        def forward(self, x: Any) -> Any:
            if self.y is None:
                self.y = np.tanh(x)
            return np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self.y**2)

    return check_gradients(Handed(), X)


# ---------------------------------------------------------------------------- dropout


class Dropout:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)

    def forward(self, x: Any, training: bool = True) -> Any:
        self.mask = (self.rng.random(x.shape) < 0.6) / 0.6 if training else np.ones(x.shape)
        return x * self.mask

    def backward(self, dy: Any) -> Any:
        return dy * self.mask


@student
def dropout_in_prediction() -> GradientReport:
    class Handed(Dropout):
        def forward(self, x: Any, training: bool = True) -> Any:
            return super().forward(x, True)

    return check_gradients(Handed(), X)


@student
def dropout_without_scaling() -> GradientReport:
    class Handed(Dropout):
        def forward(self, x: Any, training: bool = True) -> Any:
            super().forward(x, training)
            self.mask = self.mask > 0
            return x * self.mask

    return check_gradients(Handed(), X)


@student
def dropout_with_one_mask() -> GradientReport:
    class Handed(Dropout):
        mask: Any = None

        def forward(self, x: Any, training: bool = True) -> Any:
            if not training:
                return x
            if self.mask is None or self.mask.shape != x.shape:
                self.mask = (self.rng.random(x.shape) < 0.6) / 0.6
            return x * self.mask

    return check_gradients(Handed(), X)


@student
def dropout_redraws_going_back() -> GradientReport:
    class Handed(Dropout):
        def backward(self, dy: Any) -> Any:
            return dy * (self.rng.random(dy.shape) < 0.6) / 0.6

    return check_gradients(Handed(), X)


# ------------------------------------------------------------------ normalisation, convolution


def batchnorm(x: Any, gamma: Any, beta: Any) -> Any:
    mean, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + 1e-5)
    return gamma * x_hat + beta, (x, x_hat, gamma, var)


def batchnorm_back(dout: Any, cache: Any) -> Any:
    _x, x_hat, gamma, var = cache
    dx_hat = dout * gamma
    dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / np.sqrt(
        var + 1e-5
    )
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


GAMMA, BETA = np.ones(4), np.zeros(4)


@student
def batchnorm_without_variance() -> GradientReport:
    def back(dout: Any, cache: Any) -> Any:
        _, _, gamma, var = cache
        _, dgamma, dbeta = batchnorm_back(dout, cache)
        dx_hat = dout * gamma
        return (dx_hat - dx_hat.mean(axis=0)) / np.sqrt(var + 1e-5), dgamma, dbeta

    return check_gradients((batchnorm, back), X, parameters=[GAMMA, BETA])


@student
def batchnorm_forgets_gamma_going_back() -> GradientReport:
    def back(dout: Any, cache: Any) -> Any:
        x, x_hat, gamma, var = cache
        dx, dgamma, dbeta = batchnorm_back(dout, (x, x_hat, np.ones_like(gamma), var))
        return dx, dgamma, dbeta

    return check_gradients((batchnorm, back), X, parameters={"gamma": GAMMA, "beta": BETA})


@student
def batchnorm_gamma_of_raw_input() -> GradientReport:
    def back(dout: Any, cache: Any) -> Any:
        dx, _, dbeta = batchnorm_back(dout, cache)
        return dx, (dout * cache[0]).sum(axis=0), dbeta

    return check_gradients((batchnorm, back), X, parameters=[GAMMA, BETA])


@student
def layernorm_with_the_batch_axis_going_back() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.s = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
            self.n = (x - x.mean(axis=1, keepdims=True)) / self.s
            return self.n

        def backward(self, dy: Any) -> Any:
            return (dy - dy.mean(axis=0) - self.n * (dy * self.n).mean(axis=0)) / self.s

    return check_gradients(Handed(), X)


@student
def convolution_without_the_flip() -> GradientReport:
    def forward(x: Any, k: Any) -> Any:
        _n, length = x.shape
        y = np.stack([x[:, i : i + 3] @ k for i in range(length - 2)], axis=1)
        return y, (x, k)

    def backward(dy: Any, cache: Any) -> Any:
        x, k = cache
        dx, dk = np.zeros_like(x), np.zeros_like(k)
        for i in range(dy.shape[1]):
            dx[:, i : i + 3] += dy[:, i : i + 1] * k[::-1]
            dk += dy[:, i] @ x[:, i : i + 3]
        return dx, dk

    return check_gradients(
        (forward, backward), RNG.normal(size=(3, 7)), parameters={"k": RNG.normal(size=3)}
    )


@student
def max_pooling_shares_the_gradient() -> GradientReport:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.shape = x.shape
            return x.reshape(len(x), -1, 2).max(axis=2)

        def backward(self, dy: Any) -> Any:
            return np.repeat(dy / 2, 2, axis=1).reshape(self.shape)

    return check_gradients(Handed(), X)


@student
def embedding_overwrites_repeated_words() -> GradientReport:
    class Handed:
        def __init__(self) -> None:
            self.table = RNG.normal(size=(6, 3))

        def forward(self, ids: Any) -> Any:
            self.ids = ids
            return self.table[ids]

        def backward(self, dy: Any) -> None:
            self.dtable = np.zeros_like(self.table)
            self.dtable[self.ids] += dy

    return check_gradients(Handed(), np.array([[0, 1, 1], [5, 0, 2]]))


@student
def recurrence_stops_one_step_early() -> GradientReport:
    class Handed:
        def __init__(self) -> None:
            self.U, self.V = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3))

        def forward(self, x: Any) -> Any:
            self.x, self.h = x, [np.zeros((len(x), 3))]
            for t in range(x.shape[1]):
                self.h.append(np.tanh(x[:, t] @ self.U + self.h[-1] @ self.V))
            return self.h[-1]

        def backward(self, dh: Any) -> Any:
            self.dU, self.dV = np.zeros_like(self.U), np.zeros_like(self.V)
            dx = np.zeros_like(self.x)
            for t in range(self.x.shape[1] - 1, 0, -1):
                dz = dh * (1 - self.h[t + 1] ** 2)
                self.dU += self.x[:, t].T @ dz
                self.dV += self.h[t].T @ dz
                dx[:, t] = dz @ self.U.T
                dh = dz @ self.V.T
            return dx

    return check_gradients(Handed(), SEQUENCE)


@student
def residual_without_the_shortcut() -> GradientReport:
    class Handed:
        def __init__(self) -> None:
            self.w = RNG.normal(size=(4, 4))

        def forward(self, x: Any) -> Any:
            self.x, self.h = x, np.tanh(x @ self.w)
            return x + self.h

        def backward(self, dy: Any) -> Any:
            dz = dy * (1 - self.h**2)
            self.dw = self.x.T @ dz
            return dz @ self.w.T

    return check_gradients(Handed(), X)


# -------------------------------------------------------------------------------- functions


def affine_forward(x: Any, w: Any, b: Any) -> Any:
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


@student
def affine_function_returns_the_wrong_order() -> GradientReport:
    def affine_backward(dout: Any, cache: Any) -> Any:
        x, w, _ = cache
        return (dout @ w.T).reshape(x.shape), dout.sum(axis=0), x.reshape(len(x), -1).T @ dout

    return check_gradients((affine_forward, affine_backward), X, parameters=[W, B])


@student
def affine_function_forgets_the_reshape() -> GradientReport:
    def affine_backward(dout: Any, cache: Any) -> Any:
        x, w, _ = cache
        return dout @ w.T, x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)

    return check_gradients(
        (affine_forward, affine_backward), RNG.normal(size=(5, 2, 2)), parameters=[W, B]
    )


@student
def affine_function_returns_too_few() -> GradientReport:
    def affine_backward(dout: Any, cache: Any) -> Any:
        x, w, _ = cache
        return dout @ w.T, x.T @ dout

    return check_gradients((affine_forward, affine_backward), X, parameters=[W, B])


@student
def affine_function_has_a_wrong_name_inside() -> GradientReport:
    def affine_backward(dout: Any, cache: Any) -> Any:
        x, w, _ = cache
        return d0ut @ w.T, x.T @ dout, dout.sum(axis=0)  # type: ignore[name-defined]  # noqa: F821

    return check_gradients((affine_forward, affine_backward), X, parameters=[W, B])


@student
def relu_function_of_the_wrong_cache() -> GradientReport:
    def forward(x: Any) -> Any:
        return np.maximum(x, 0), np.abs(x)

    def backward(dout: Any, cache: Any) -> Any:
        return dout * (cache > 0)

    return check_gradients((forward, backward), X)


@student
def affine_function_negative() -> GradientReport:
    def affine_backward(dout: Any, cache: Any) -> Any:
        x, w, _ = cache
        return -(dout @ w.T), -(x.T @ dout), -dout.sum(axis=0)

    return check_gradients((affine_forward, affine_backward), X, parameters={"w": W, "b": B})


# -------------------------------------------------------------------------------- costs


@student
def squared_cost_without_the_two() -> GradientReport:
    return check_gradients(lambda p, t: (np.mean((p - t) ** 2), (p - t) / p.size), SCORES, Y)


@student
def squared_cost_summed_backwards() -> GradientReport:
    return check_gradients(lambda p, t: (np.mean((p - t) ** 2), 2 * (p - t)), SCORES, Y)


@student
def squared_cost_of_a_column() -> GradientReport:
    def cost(p: Any, t: Any) -> Any:
        difference = p - t
        return np.mean(difference**2), 2 * difference.mean(axis=1, keepdims=True) / len(p)

    return check_gradients(cost, RNG.normal(size=(5, 1)), RNG.normal(size=5))


@student
def cross_entropy_divided_by_everything() -> GradientReport:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -np.mean(np.sum(t * np.log(p), axis=1)), (p - t) / t.size

    return check_gradients(cost, SCORES, ONE_HOT)


@student
def cross_entropy_without_the_mean() -> GradientReport:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -np.mean(np.log(p[np.arange(len(t)), t])), p - np.eye(3)[t]

    return check_gradients(cost, SCORES, LABELS)


@student
def cross_entropy_forgets_the_target() -> GradientReport:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -np.mean(np.log(p[np.arange(len(t)), t])), p / len(p)

    return check_gradients(cost, SCORES, LABELS)


@student
def cross_entropy_softmax_over_the_batch() -> GradientReport:
    def cost(z: Any, t: Any) -> Any:
        p, q = softmax(z), softmax(z, axis=0)
        return -np.mean(np.log(p[np.arange(len(t)), t])), (q - np.eye(3)[t]) / len(p)

    return check_gradients(cost, SCORES, LABELS)


@student
def cost_with_a_penalty_in_the_gradient_alone() -> GradientReport:
    def cost(w: Any) -> Any:
        r = X @ w - Y
        return np.sum(r**2) / 5, 2 * X.T @ r / 5 + 0.02 * w

    return check_gradients(cost, W)


@student
def hinge_cost_counts_the_right_class() -> GradientReport:
    def cost(z: Any, t: Any) -> Any:
        rows = np.arange(len(t))
        margins = np.maximum(0, z - z[rows, t][:, None] + 1)
        margins[rows, t] = 0
        return margins.sum() / len(t), (margins > 0) / len(t)

    return check_gradients(cost, SCORES, LABELS)


@student
def absolute_cost_with_the_difference() -> GradientReport:
    return check_gradients(lambda p, t: (np.abs(p - t).mean(), (p - t) / p.size), SCORES, Y)


@student
def huber_cost_not_clipped() -> GradientReport:
    def cost(p: Any, t: Any) -> Any:
        d = p - t
        small = np.abs(d) < 1
        return np.where(small, d**2 / 2, np.abs(d) - 0.5).mean(), d / d.size

    return check_gradients(cost, 3 * SCORES, Y)


@student
def logistic_cost_of_the_probability() -> GradientReport:
    def cost(z: Any, t: Any) -> Any:
        p = sigmoid(z)
        return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), (p - t) / (p * (1 - p)) / t.size

    return check_gradients(cost, SCORES, ONE_HOT)


# ---------------------------------------------------------------------- tinynet's own kinds


@student
def layer_that_registers_nothing() -> GradientReport:
    class Handed(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.W, self.dW = W.copy(), np.zeros_like(W)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            self.dW[...] = self._x.T @ dy
            return dy @ self.W.T

    return check_gradients(Handed(), X)


@student
def layer_whose_scale_is_one() -> GradientReport:
    class Handed(Layer):
        s: Any
        ds: Any

        def create_parameters(self, input_shape: Any) -> None:
            self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x
            return x * self.s

        def backward(self, dy: Any) -> Any:
            self.ds[...] = (dy * self._x).sum(axis=0)
            return dy

    return check_gradients(Handed(), X)


@student
def loss_that_broadcasts() -> GradientReport:
    class Handed(Loss):
        def targets(self, y_true: Any, output_shape: Any) -> Any:
            return np.asarray(y_true, dtype=float)

        def value(self, t: Any, y: Any) -> float:
            return float(np.mean((y - t) ** 2))

        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - t).mean(axis=1, keepdims=True) / len(y)

    return check_gradients(Handed(), RNG.normal(size=(5, 1)), RNG.normal(size=5))


@student
def loss_that_is_a_sum() -> GradientReport:
    class Handed(Loss):
        def value(self, t: Any, y: Any) -> float:
            return float(np.sum((y - t) ** 2))

        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - t)

    return check_gradients(Handed(), SCORES, Y)


@student
def model_with_a_layer_that_stops_its_gradient() -> GradientReport:
    class Handed(Layer):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            return np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return np.zeros_like(dy)

    return check_gradients(Sequential([Dense(4), Handed(), Dense(3)], seed=0), X)


@student
def model_with_a_clip_that_is_never_reached() -> GradientReport:
    class Handed(Layer):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            return np.clip(x, -9, 9)

        def backward(self, dy: Any) -> Any:
            return dy

    return check_gradients(Sequential([Dense(4), Handed(), Dense(3)], seed=0), X)
