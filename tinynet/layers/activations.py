"""The activations: functions applied to each number, and softmax, applied to each row."""

from __future__ import annotations

import numpy as np

from tinynet._internal import checks
from tinynet.layers.base import Layer, Shape


class ReLU(Layer):
    """Rectified linear unit, ``y = max(x, 0)``.

    Shapes: x, y, dx, dy all alike.

    Backward.  y[k] = x[k] where x[k] > 0, else 0, so that::

        dx = dy * (x > 0)

    At x = 0 there is a kink and any slope from 0 to 1 is a subgradient; 0 is taken, as is usual.
    The name is from V. Nair and G. Hinton, "Rectified linear units improve restricted Boltzmann
    machines", ICML 2010.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    array([[0., 0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 0., 5.]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute max(x, 0)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        y: np.ndarray = np.maximum(x, 0)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Let dy through where x was positive."""
        dx: np.ndarray = checks.check_gradient(dy, self._x.shape, self.name) * (self._x > 0)
        return dx


class OutputActivation(Layer):
    """An activation that a cross-entropy undoes, so that the two are better computed as one.

    A model that ends in one and is compiled with the matching loss computes the loss from this
    layer's input, the *logits*, and goes backwards from there: see
    `tinynet.losses.CategoricalCrossentropy.gradient_from_logits`.
    """

    _x: np.ndarray
    _y: np.ndarray

    @property
    def logits(self) -> np.ndarray:
        """The last input."""
        return self._x

    def backward_from_logits(self, dz: np.ndarray) -> np.ndarray:
        """Hand dz on: the loss has been through this layer already."""
        return dz


class Sigmoid(OutputActivation):
    """Logistic function, ``y = 1 / (1 + exp(-x))``, for any x without overflow.

    Shapes: x, y, dx, dy all alike.

    Backward.  With e = exp(-x), y = 1 / (1 + e) and ∂y/∂x = e / (1 + e)² = y (1 - y), so that::

        dx = dy * y * (1 - y)

    Examples
    --------
    >>> layer = Sigmoid()
    >>> layer.forward(np.array([[-1000.0, 0.0, 1000.0]]))
    array([[0. , 0.5, 1. ]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.  , 0.25, 0.  ]])
    """

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute 1 / (1 + exp(-x))."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        self._y = sigmoid(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope y (1 - y)."""
        dx: np.ndarray = (
            checks.check_gradient(dy, self._y.shape, self.name) * self._y * (1 - self._y)
        )
        return dx


class Tanh(Layer):
    """Hyperbolic tangent, ``y = tanh(x)``.

    Shapes: x, y, dx, dy all alike.

    Backward.  With y = sinh(x) / cosh(x), the quotient rule gives
    (cosh² x - sinh² x) / cosh² x = 1 - y², so that::

        dx = dy * (1 - y**2)

    Examples
    --------
    >>> layer = Tanh()
    >>> layer.forward(np.array([[0.0, 100.0]]))
    array([[0., 1.]])
    >>> layer.backward(np.array([[3.0, 3.0]]))
    array([[3., 0.]])
    """

    _y: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute tanh(x)."""
        self._x = checks.as_floats(x, f"{self.name}: x")
        self._y = np.tanh(self._x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope 1 - y²."""
        dx: np.ndarray = checks.check_gradient(dy, self._y.shape, self.name) * (1 - self._y**2)
        return dx


class Softmax(OutputActivation):
    """Each row becomes probabilities, ``y[n, i] = exp(x[n, i]) / sum_j exp(x[n, j])``.

    Shapes, for N examples and K classes::

        x, dx, y, dy  (N, K)

    Subtracting the same number from a whole row of x changes nothing, since it cancels in the
    quotient; each row's maximum is subtracted, so that no exp overflows.

    Backward.  Within a row every output depends on every input, so the derivative is a matrix, the
    Jacobian.  With s = sum_j exp(x[j]), the quotient rule gives::

        ∂y[i]/∂x[j] = (exp(x[i]) [i = j] s - exp(x[i]) exp(x[j])) / s² = y[i] ([i = j] - y[j])

    and summing over the outputs, dx[j] = sum_i dy[i] y[i] ([i = j] - y[j]), which is::

        dx = y * (dy - (dy * y).sum(axis=1, keepdims=True))

    so that the K by K matrix need never be formed.  Where the loss is the cross-entropy, the two
    derivatives together simplify to (p - t) / N: see
    `tinynet.losses.CategoricalCrossentropy.gradient_from_logits`.

    Examples
    --------
    >>> layer = Softmax()
    >>> layer.forward(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]])
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.1875, -0.1875]])
    """

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn each row of logits into probabilities."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        self.output_shape(x.shape[1:])
        self._y = softmax(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply each row of dy by the row's Jacobian."""
        y, dy = self._y, checks.check_gradient(dy, self._y.shape, self.name)
        dx: np.ndarray = y * (dy - (dy * y).sum(axis=1, keepdims=True))
        return dx

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(K,)``."""
        if len(input_shape) != 1 or input_shape[0] == 0:
            raise ValueError(
                f"Softmax expected input of shape (N, K), received {checks.shape_of(input_shape)}."
            )
        return input_shape


ACTIVATIONS: dict[str, type[Layer] | None] = {
    "linear": None,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softmax": Softmax,
    "tanh": Tanh,
}


def get_activation(activation: str | Layer | None) -> Layer | None:
    """Return the layer of that name, or the layer itself; None for a linear unit."""
    if activation is None or isinstance(activation, Layer):
        return activation
    activation_class = checks.lookup(activation, ACTIVATIONS, "activation")
    return None if activation_class is None else activation_class()


def softmax(x: np.ndarray) -> np.ndarray:
    """Probabilities from logits, row by row, without overflow; see `Softmax`."""
    exp = np.exp(x - x.max(axis=1, keepdims=True))
    y: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
    return y


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without overflow: exp is only taken of numbers that aren't positive."""
    exp = np.exp(-np.abs(x))
    y: np.ndarray = np.where(x >= 0, 1, exp) / (1 + exp)
    return y
