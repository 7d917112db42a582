"""The activations: functions of each number, and softmax, a function of each row."""

from __future__ import annotations

import numpy as np

from tinynet._internal import checks
from tinynet._internal.fast_paths import positive_part
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape


class ReLU(Layer):
    """Rectified linear unit, ``y = max(x, 0)``.

    Shapes: x, y, dx and dy are alike.

    Backward.  The slope is 1 where x > 0 and 0 where x < 0, so that::

        dx = dy * (x > 0)

    At x = 0 there is a kink, and any slope from 0 to 1 is a subgradient. As is usual, 0 is used.
    Source: V. Nair and G. Hinton, "Rectified linear units improve restricted Boltzmann machines",
    ICML 2010.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    array([[0., 0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 0., 5.]])
    """

    output_kind = "numbers"
    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute max(x, 0)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return positive_part(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Pass dy on where x was positive."""
        return checks.check_gradient(dy, self._x.shape, self.name) * (self._x > 0)


class Sigmoid(Layer):
    """Logistic function, ``y = 1 / (1 + exp(-x))``, computed without overflow.

    Shapes: x, y, dx and dy are alike.

    Backward.  With e = exp(-x), y = 1 / (1 + e) and dy/dx = e / (1 + e)² = y (1 - y), so that::

        dx = dy * y * (1 - y)

    Examples
    --------
    >>> layer = Sigmoid()
    >>> layer.forward(np.array([[-1000.0, 0.0, 1000.0]]))
    array([[0. , 0.5, 1. ]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.  , 0.25, 0.  ]])
    """

    output_kind = "probabilities"
    _y: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute 1 / (1 + exp(-x))."""
        self._y = y = sigmoid(checks.as_floats(x, f"{self.name}: x"))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope y (1 - y)."""
        return checks.check_gradient(dy, self._y.shape, self.name) * self._y * (1 - self._y)


class Tanh(Layer):
    """Hyperbolic tangent, ``y = tanh(x)``.

    Shapes: x, y, dx and dy are alike.

    Backward.  Since y = sinh(x) / cosh(x), the quotient rule gives the slope
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

    output_kind = "numbers"
    _y: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute tanh(x)."""
        self._y = y = np.tanh(checks.as_floats(x, f"{self.name}: x"))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope 1 - y²."""
        return checks.check_gradient(dy, self._y.shape, self.name) * (1 - self._y**2)


class Softmax(Layer):
    """Turn each row into probabilities, ``y[n, i] = exp(x[n, i]) / sum_j exp(x[n, j])``.

    Shapes, for N examples and K classes: x, y, dx and dy are (N, K).

    Adding a constant to a row of x doesn't change y, since it cancels in the quotient. So each
    row's maximum is subtracted first, and no exp overflows.

    Backward.  Within a row, every output depends on every input, so the derivative is a matrix, the
    Jacobian. With s = sum_j exp(x[j]), the quotient rule gives::

        ∂y[i]/∂x[j] = (exp(x[i]) [i = j] s - exp(x[i]) exp(x[j])) / s² = y[i] ([i = j] - y[j])

    Summing over the outputs, dx[j] = sum_i dy[i] y[i] ([i = j] - y[j]), which needs no K by K
    matrix::

        dx = y * (dy - (dy * y).sum(axis=1, keepdims=True))

    With the cross-entropy as the loss, the two derivatives combine into (p - t) / N: see
    `tinynet.losses.CategoricalCrossentropy.gradient_from_logits`.

    Examples
    --------
    >>> layer = Softmax()
    >>> layer.forward(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]])
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.1875, -0.1875]])
    """

    output_kind = "probabilities"
    _y: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn each row of logits into probabilities."""
        x = checks.as_floats(x, f"{self.name}: x")
        self.output_shape(x.shape[1:])
        self._y = y = softmax(x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply each row of dy by that row's Jacobian."""
        y, dy = self._y, checks.check_gradient(dy, self._y.shape, self.name)
        return y * (dy - (dy * y).sum(axis=1, keepdims=True))

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(K,)``."""
        return row_shape(input_shape, "Softmax")


def row_shape(input_shape: Shape, kind: str) -> Shape:
    """Return the shape ``(K,)``, or raise an error if an example isn't a row of K numbers."""
    input_shape = checks.check_shape(input_shape, 0)
    if len(input_shape) != 1 or input_shape[0] == 0:
        raise ValueError(
            f"{kind} expected input of shape (N, K), received {checks.shape_of(input_shape)}."
            + " Pass a single example as x[np.newaxis], a batch of one." * (input_shape == ())
        )
    return input_shape


@known_keywords
def softmax(x: np.ndarray) -> np.ndarray:
    """Turn each row of logits into probabilities, without overflow; see `Softmax`."""
    x = checks.as_floats(x, "x")
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(f"softmax expected logits of shape (N, K), received {x.shape}.")
    exp = np.exp(x - x.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def softmax_and_log(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the softmax and its logarithm, both accurate for very small and very large entries.

    With m the largest entry of a row and s the sum of exp(x[j] - m) over all the *other* entries,
    p[k] = exp(x[k] - m) / (1 + s) and log p[k] = (x[k] - m) - log(1 + s). Nothing overflows, and
    log1p keeps the digits of a small s, so log p is accurate even where p rounds to 1.
    """
    largest = np.arange(0, x.size, x.shape[1]) + x.argmax(axis=1)  # in x.ravel()
    shifted = x - x.take(largest)[:, np.newaxis]
    p = np.exp(shifted)
    p.put(largest, 0)
    s = p.sum(axis=1, keepdims=True)
    p.put(largest, 1)
    p /= 1 + s
    return p, shifted - np.log1p(s)


@known_keywords
def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-x)), without overflow: exp takes only ``-abs(x)``."""
    x = checks.as_floats(x, "x")
    exp = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, exp) / (1 + exp)
