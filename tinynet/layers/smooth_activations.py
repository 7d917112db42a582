"""Smooth activations, such as GELU, SiLU and Softplus, which round off ReLU's corner.

Each y[k] depends on its x[k] alone, so backward multiplies dy by the slope. The exception is
`LogSoftmax`, which works on rows.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.erf import erfc
from tinynet._internal.names import known_keywords
from tinynet.layers.activations import row_shape, sigmoid, softmax
from tinynet.layers.base import Layer, Shape


class GELU(Layer):
    """Gaussian error linear unit, ``y = x Phi(x)``, with Phi the normal distribution function.

    Shapes: x, y, dx and dy are alike.

    ``Phi(x) = (1 + erf(x / sqrt(2))) / 2 = erfc(-x / sqrt(2)) / 2``

    Backward.  By the product rule, with phi(x) = exp(-x² / 2) / sqrt(2 pi), the derivative of Phi::

        dx = dy * (Phi(x) + x * phi(x))

    With `approximate`, Phi(x) is (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x³), and its
    derivative is (1 - tanh(u)²) / 2 · sqrt(2 / pi) (1 + 3 · 0.044715 x²).
    Source: D. Hendrycks and K. Gimpel, "Gaussian error linear units", 2016.

    Parameters
    ----------
    approximate : bool
        Whether to use tanh instead of the error function.

    Examples
    --------
    >>> layer = GELU()
    >>> print(layer.forward(np.array([[-1.0, 0.0, 1.0]])).round(4))
    [[-0.1587  0.      0.8413]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[-0.0833  0.5     1.0833]]
    """

    _x: np.ndarray

    @known_keywords
    def __init__(
        self,
        approximate: bool = False,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.approximate = checks.check_bool(approximate, "approximate")

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x Phi(x)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return gelu(x, self.approximate)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        x, dy = self._x, checks.check_gradient(dy, self._x.shape, self.name)
        density = normal_density_by_tanh(x) if self.approximate else normal_density(x)
        return dy * (normal_below(x, self.approximate) + x * density)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"approximate": self.approximate, **super().get_config()}


class SiLU(Layer):
    """Sigmoid linear unit, also called swish, ``y = x sigmoid(x)``.

    Shapes: x, y, dx and dy are alike.  Backward: by the product rule, with s = sigmoid(x) and its
    derivative s (1 - s), ``dx = dy * (s + x * s * (1 - s))``.
    Source: D. Hendrycks and K. Gimpel, "Gaussian error linear units", 2016, section 2;
    P. Ramachandran, B. Zoph and Q. Le, "Searching for activation functions", 2017.

    Examples
    --------
    >>> layer = SiLU()
    >>> print(layer.forward(np.array([[-1.0, 0.0, 1.0]])).round(4))
    [[-0.2689  0.      0.7311]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[0.0723 0.5    0.9277]]
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x sigmoid(x)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return silu(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        x, dy = self._x, checks.check_gradient(dy, self._x.shape, self.name)
        s = sigmoid(x)
        return dy * (s + x * s * (1 - s))


class Mish(Layer):
    """Mish, ``y = x tanh(softplus(x))``.

    Shapes: x, y, dx and dy are alike.  Backward: by the product and chain rules, with
    w = tanh(softplus(x)) and sigmoid(x) the derivative of softplus,
    ``dx = dy * (w + x * (1 - w**2) * sigmoid(x))``.
    Source: D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.

    Examples
    --------
    >>> layer = Mish()
    >>> print(layer.forward(np.array([[-1.0, 0.0, 1.0]])).round(4))
    [[-0.3034  0.      0.8651]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[0.0592 0.6    1.049 ]]
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x tanh(softplus(x))."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return mish(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        x, dy = self._x, checks.check_gradient(dy, self._x.shape, self.name)
        w = np.tanh(softplus(x))
        return dy * (w + x * (1 - w**2) * sigmoid(x))


class Softplus(Layer):
    """Softplus, ``y = log(1 + exp(x))``, computed without overflow.

    Shapes: x, y, dx and dy are alike.  Backward: the slope is exp(x) / (1 + exp(x)), so
    ``dx = dy * sigmoid(x)``.
    Source: C. Dugas et al., "Incorporating second-order functional knowledge for better option
    pricing", NeurIPS 2000.

    Examples
    --------
    >>> layer = Softplus()
    >>> print(layer.forward(np.array([[-1000.0, 0.0, 2.0]])).round(4))
    [[0.     0.6931 2.1269]]
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.        , 0.5       , 0.88079708]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute log(1 + exp(x))."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return softplus(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the sigmoid."""
        return checks.check_gradient(dy, self._x.shape, self.name) * sigmoid(self._x)


class LogSigmoid(Layer):
    """Logarithm of the sigmoid, ``y = -log(1 + exp(-x))``, computed without overflow.

    Shapes: x, y, dx and dy are alike.  Backward: since y = -softplus(-x), ``dx = dy *
    sigmoid(-x)``.

    Examples
    --------
    >>> layer = LogSigmoid()
    >>> print(layer.forward(np.array([[-1000.0, 0.0, 1000.0]])).round(4))
    [[-1.000e+03 -6.931e-01 -0.000e+00]]
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[1. , 0.5, 0. ]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute log(sigmoid(x))."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return log_sigmoid(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the sigmoid of -x."""
        return checks.check_gradient(dy, self._x.shape, self.name) * sigmoid(-self._x)


class Softsign(Layer):
    """Softsign, ``y = x / (1 + abs(x))``.

    Shapes: x, y, dx and dy are alike.  Backward: where x > 0, the quotient rule gives
    ((1 + x) - x) / (1 + x)², and y is odd, so ``dx = dy / (1 + abs(x))**2``.
    Source: J. Bergstra, G. Desjardins, P. Lamblin and Y. Bengio, "Quadratic polynomials learn
    better image features", 2009.

    Examples
    --------
    >>> layer = Softsign()
    >>> layer.forward(np.array([[-1.0, 0.0, 3.0]]))
    array([[-0.5 ,  0.  ,  0.75]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.25  , 1.    , 0.0625]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x / (1 + abs(x))."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return softsign(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        size = 1 + np.abs(self._x)
        return dy / size / size  # the square may overflow


class Exponential(Layer):
    """Exponential function, ``y = exp(x)``, for positive outputs such as rates.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = dy * y``.

    Examples
    --------
    >>> layer = Exponential()
    >>> layer.forward(np.array([[0.0, np.log(2.0)]]))
    array([[1., 2.]])
    >>> layer.backward(np.array([[3.0, 3.0]]))
    array([[3., 6.]])
    """

    _y: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute exp(x)."""
        self._y = y = exponential(checks.as_floats(x, f"{self.name}: x"))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by y."""
        return checks.check_gradient(dy, self._y.shape, self.name) * self._y


class TanhShrink(Layer):
    """Difference between x and its tanh, ``y = x - tanh(x)``.

    Shapes: x, y, dx and dy are alike.  Backward: the slope is 1 - (1 - tanh(x)²), so
    ``dx = dy * tanh(x)**2``.

    Examples
    --------
    >>> layer = TanhShrink()
    >>> print(layer.forward(np.array([[0.0, 1.0, 100.0]])).round(4))
    [[ 0.      0.2384 99.    ]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[0.   0.58 1.  ]]
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x - tanh(x)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return tanh_shrink(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by tanh(x)²."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        return dy * np.tanh(self._x) ** 2


class LogSoftmax(Layer):
    """Logarithm of the softmax, ``y[n, i] = x[n, i] - log sum_j exp(x[n, j])``.

    Shapes, for N examples and K classes: x, y, dx and dy are (N, K).

    Backward.  In one row, ∂y[i]/∂x[j] = [i = j] - p[j] with p = softmax(x). So
    dx[j] = sum_i dy[i] ([i = j] - p[j])::

        dx = dy - p * dy.sum(axis=1, keepdims=True)

    Examples
    --------
    >>> layer = LogSoftmax()
    >>> print(np.exp(layer.forward(np.array([[0.0, np.log(3.0)]]))).round(4))
    [[0.25 0.75]]
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.75, -0.75]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn each row of logits into log-probabilities."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        self.output_shape(x.shape[1:])
        return log_softmax(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply each row of dy by that row's Jacobian."""
        p, dy = softmax(self._x), checks.check_gradient(dy, self._x.shape, self.name)
        return dy - p * dy.sum(axis=1, keepdims=True)

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(K,)``."""
        return row_shape(input_shape, "LogSoftmax")


def normal_below(x: np.ndarray, approximate: bool = False) -> np.ndarray:
    """Return Phi(x), the probability that a standard normal variable is below x, in x's dtype."""
    if approximate:
        return sigmoid(2 * cubic(x))
    return (0.5 * erfc(-x / sqrt(2))).astype(x.dtype, copy=False)


def normal_density(x: np.ndarray) -> np.ndarray:
    """Return phi(x), the derivative of Phi; it is 0 in float64 beyond 39."""
    return np.exp(-(np.clip(x, -40, 40) ** 2) / 2) / sqrt(2 * pi)


def normal_density_by_tanh(x: np.ndarray) -> np.ndarray:
    """Return the derivative of Phi's approximation by tanh."""
    u, x = cubic(x), np.clip(x, -40, 40)
    quarter = sigmoid(2 * u) * sigmoid(-2 * u)  # (1 - tanh(u)²) / 4
    return 2 * quarter * sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2)


def cubic(x: np.ndarray) -> np.ndarray:
    """Return u of `GELU`'s approximation, for x within ±40; beyond, tanh(u) is ±1.

    (1 + tanh(u)) / 2 is sigmoid(2 u), which keeps its digits where tanh(u) is near -1.
    """
    x = np.clip(x, -40, 40)
    return sqrt(2 / pi) * (x + 0.044715 * x**3)


def gelu(x: np.ndarray, approximate: bool = False) -> np.ndarray:
    """Return x Phi(x); see `GELU`."""
    return x * normal_below(x, approximate)


def silu(x: np.ndarray) -> np.ndarray:
    """Return x sigmoid(x); see `SiLU`."""
    return x * sigmoid(x)


def mish(x: np.ndarray) -> np.ndarray:
    """Return x tanh(softplus(x)); see `Mish`."""
    return x * np.tanh(softplus(x))


def softplus(x: np.ndarray) -> np.ndarray:
    """Return log(1 + exp(x)) as max(x, 0) + log(1 + exp(-abs(x))), which can't overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    """Return log(sigmoid(x)), which is -softplus(-x)."""
    return -softplus(-x)


def softsign(x: np.ndarray) -> np.ndarray:
    """Return x / (1 + abs(x))."""
    return x / (1 + np.abs(x))


def exponential(x: np.ndarray) -> np.ndarray:
    """Return exp(x)."""
    return np.exp(x)


def tanh_shrink(x: np.ndarray) -> np.ndarray:
    """Return x - tanh(x)."""
    return x - np.tanh(x)


def log_softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return log-probabilities from logits; see `LogSoftmax`."""
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
