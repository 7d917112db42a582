"""Relatives of ReLU: piecewise functions of each number, with one or two bends.

ReLU's slope is 0 for negative inputs, so a unit whose inputs are all negative doesn't learn.
`LeakyReLU`, `PReLU`, `ELU`, `SELU` and `CELU` have a slope below 0 as well. `ReLU6`, `HardTanh`,
`HardSigmoid` and `HardSiLU` are bounded or cheap to compute. `GeneralReLU` has a slope, a limit and
a threshold. Each y[k] depends on its x[k] alone, so backward multiplies dy by the slope.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import initializers
from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


class LeakyReLU(Layer):
    """Leaky rectified linear unit, ``y = x`` where x >= 0, else ``negative_slope * x``.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = dy * where(x >= 0, 1, negative_slope)``.
    Source: A. Maas, A. Hannun and A. Ng, "Rectifier nonlinearities improve neural network acoustic
    models", ICML 2013.

    Parameters
    ----------
    negative_slope : float
        The slope below 0. As in Keras, the name ``"leaky_relu"`` uses 0.2 instead of this default.

    Examples
    --------
    >>> layer = LeakyReLU(0.5)
    >>> layer.forward(np.array([[-2.0, 0.0, 2.0]]))
    array([[-1.,  0.,  2.]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.5, 1. , 1. ]])
    """

    _x: np.ndarray

    @known_keywords
    def __init__(
        self,
        negative_slope: float = 0.3,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.negative_slope = checks.check_number(negative_slope, "negative_slope", minimum=0)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Multiply x by `negative_slope` where it is negative."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return leaky_relu(x, self.negative_slope)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        return np.where(self._x >= 0, dy, self.negative_slope * dy)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"negative_slope": self.negative_slope, **super().get_config()}


class GeneralReLU(Layer):
    """ReLU with a slope below a threshold and a limit above it.

    ``y = min(x, max_value)`` where x > threshold, else ``negative_slope * (x - threshold)``.

    Shapes: x, y, dx and dy are alike.

    Backward.  Above the threshold the slope is 1, and 0 where the limit is reached::

        dx = dy * where(x > threshold, x < max_value, negative_slope)

    Parameters
    ----------
    max_value : float, optional
        The largest output; there is no limit by default.
    negative_slope : float
        The slope below the threshold.
    threshold : float
        Where the line begins; at least 0.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = GeneralReLU(max_value=6.0, negative_slope=0.5, threshold=1.0)
    >>> layer.forward(np.array([[-1.0, 1.0, 2.0, 8.0]]))
    array([[-1.,  0.,  2.,  6.]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0, 1.0]]))
    array([[0.5, 0.5, 1. , 0. ]])
    """

    _x: np.ndarray

    @known_keywords
    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        limit = None if max_value is None else checks.check_number(max_value, "max_value", 0)
        self.max_value = limit
        self.negative_slope = checks.check_number(negative_slope, "negative_slope", minimum=0)
        self.threshold = checks.check_number(threshold, "threshold", minimum=0)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Bend x at the threshold and cut it off at the limit."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return general_relu(x, self.negative_slope, self.max_value, self.threshold)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        x, dy = self._x, checks.check_gradient(dy, self._x.shape, self.name)
        below_limit = True if self.max_value is None else x < self.max_value
        return dy * np.where(x > self.threshold, below_limit, dy.dtype.type(self.negative_slope))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
            **super().get_config(),
        }


class PReLU(Layer):
    """Parametric rectified linear unit, ``y = max(x, 0) + alpha * min(x, 0)``, which learns alpha.

    Shapes, for N examples of shape S::

        x, y, dx, dy  (N, *S)      alpha, dalpha  S

    Backward.  All examples share alpha, so its derivatives add up::

        dalpha = (dy * minimum(x, 0)).sum(axis=0)
        dx = dy * where(x > 0, 1, alpha)

    Source: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015.

    Parameters
    ----------
    alpha_initializer : str or callable
        Initial alpha: see `tinynet.initializers`.

    Examples
    --------
    >>> layer = PReLU("constant", input_shape=(3,))
    >>> layer.forward(np.array([[-2.0, 0.0, 2.0]]))
    array([[0., 0., 2.]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0., 0., 1.]])
    >>> layer.dalpha
    array([-2.,  0.,  0.])
    """

    alpha: np.ndarray
    dalpha: np.ndarray
    _x: np.ndarray

    @known_keywords
    def __init__(
        self,
        alpha_initializer: str | initializers.Initializer = "zeros",
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.alpha_initializer = initializers.get(alpha_initializer)

    def create_parameters(self, input_shape: Shape) -> None:
        """Create alpha, of the shape of one example."""
        self.add_parameter("alpha", input_shape, self.alpha_initializer)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute max(x, 0) + alpha min(x, 0)."""
        self._x = x = self.check_input(x)
        return np.maximum(x, 0) + self.alpha * np.minimum(x, 0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dalpha, return dx."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        (dy * np.minimum(self._x, 0)).sum(axis=0, out=self.dalpha)
        return dy * np.where(self._x > 0, 1, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"alpha_initializer": self.alpha_initializer, **super().get_config()}


class ReLU6(Layer):
    """ReLU with a maximum of 6, ``y = min(max(x, 0), 6)``.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = dy * (0 < x < 6)``.
    Source: A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    Examples
    --------
    >>> layer = ReLU6()
    >>> layer.forward(np.array([[-1.0, 2.0, 8.0]]))
    array([[0., 2., 6.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 5., 0.]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Clip x to [0, 6]."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return relu6(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Pass dy on between the limits."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        return dy * ((self._x > 0) & (self._x < 6))


class HardTanh(Layer):
    """Piecewise linear approximation of tanh, ``y = min(max(x, -1), 1)``.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = dy * (-1 <= x <= 1)``.

    Examples
    --------
    >>> layer = HardTanh()
    >>> layer.forward(np.array([[-3.0, 0.5, 8.0]]))
    array([[-1. ,  0.5,  1. ]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 5., 0.]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Clip x to [-1, 1]."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return hard_tanh(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Pass dy on between the limits."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        return dy * (np.abs(self._x) <= 1)


class HardSigmoid(Layer):
    """Piecewise linear approximation of the sigmoid, ``y = min(max(x + 3, 0), 6) / 6``.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = dy * (-3 < x < 3) / 6``.

    Examples
    --------
    >>> layer = HardSigmoid()
    >>> layer.forward(np.array([[-4.0, 0.0, 1.5]]))
    array([[0.  , 0.5 , 0.75]])
    >>> layer.backward(np.array([[6.0, 6.0, 6.0]]))
    array([[0., 1., 1.]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute (x + 3) / 6, clipped to [0, 1]."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return hard_sigmoid(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Divide dy by 6 between the limits."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        return dy * (np.abs(self._x) < 3) / 6


class HardSiLU(Layer):
    """SiLU with the hard sigmoid, ``y = x * hard_sigmoid(x)``.

    Shapes: x, y, dx and dy are alike.  Backward: by the product rule,
    ``dx = dy * (hard_sigmoid(x) + x * (-3 < x < 3) / 6)``.
    Source: A. Howard et al., "Searching for MobileNetV3", ICCV 2019, under the name h-swish.

    Examples
    --------
    >>> layer = HardSiLU()
    >>> layer.forward(np.array([[-4.0, 0.0, 3.0]]))
    array([[-0.,  0.,  3.]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0. , 0.5, 1. ]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x hard_sigmoid(x)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return hard_silu(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        x, dy = self._x, checks.check_gradient(dy, self._x.shape, self.name)
        return dy * (hard_sigmoid(x) + x * (np.abs(x) < 3) / 6)


class ELU(Layer):
    """Exponential linear unit, ``y = x`` where x > 0, else ``alpha (exp(x) - 1)``.

    Shapes: x, y, dx and dy are alike.  Backward: below 0 the slope is alpha exp(x), so
    ``dx = dy * where(x > 0, 1, alpha exp(x))``.
    Source: D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network
    learning by exponential linear units", ICLR 2016.

    Parameters
    ----------
    alpha : float
        y tends to -alpha as x tends to minus infinity.

    Examples
    --------
    >>> layer = ELU()
    >>> print(layer.forward(np.array([[-1.0, 0.0, 2.0]])).round(4))
    [[-0.6321  0.      2.    ]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[0.3679 1.     1.    ]]
    """

    _x: np.ndarray

    @known_keywords
    def __init__(
        self, alpha: float = 1.0, *, input_shape: Shape | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.alpha = checks.check_number(alpha, "alpha")

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x where it is positive, else alpha (exp(x) - 1)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return elu(x, self.alpha)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        below = self.alpha * np.exp(np.minimum(self._x, 0))
        return dy * np.where(self._x > 0, 1, below)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"alpha": self.alpha, **super().get_config()}


class SELU(Layer):
    """Scaled exponential linear unit, ``y = s elu(x, a)`` with s = 1.0507… and a = 1.6733….

    With these constants and `lecun_normal` weights, activations keep mean 0 and variance 1 from
    layer to layer.

    Shapes: x, y, dx and dy are alike.  Backward: below 0 the slope is s a exp(x), so
    ``dx = dy * where(x > 0, s, s a exp(x))``.
    Source: G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing neural
    networks", NeurIPS 2017, equation 2; equation 14 has formulas for the two numbers.

    Examples
    --------
    >>> layer = SELU()
    >>> print(layer.forward(np.array([[-1.0, 0.0, 2.0]])).round(4))
    [[-1.1113  0.      2.1014]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[0.6468 1.7581 1.0507]]
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute s elu(x, a)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return selu(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        below = SELU_SCALE * SELU_ALPHA * np.exp(np.minimum(self._x, 0))
        return dy * np.where(self._x > 0, SELU_SCALE, below)


class CELU(Layer):
    """Continuously differentiable ELU: ``y = x`` where x > 0, else ``alpha (exp(x / alpha) - 1)``.

    Shapes: x, y, dx and dy are alike.  Backward: below 0 the slope is exp(x / alpha), which is 1 at
    0, so ``dx = dy * exp(minimum(x, 0) / alpha)``. Source: J. Barron, "Continuously differentiable
    exponential linear units", 2017.

    Parameters
    ----------
    alpha : float
        Not 0. If it is positive, y tends to -alpha as x tends to minus infinity.

    Examples
    --------
    >>> layer = CELU(2.0)
    >>> print(layer.forward(np.array([[-2.0, 0.0, 2.0]])).round(4))
    [[-1.2642  0.      2.    ]]
    >>> print(layer.backward(np.array([[1.0, 1.0, 1.0]])).round(4))
    [[0.3679 1.     1.    ]]
    """

    _x: np.ndarray

    @known_keywords
    def __init__(
        self, alpha: float = 1.0, *, input_shape: Shape | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.alpha = checks.check_number(alpha, "alpha")
        if self.alpha == 0:
            raise ValueError("alpha must not be 0.")

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x where it is positive, else alpha (exp(x / alpha) - 1)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        return celu(x, self.alpha)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        dy = checks.check_gradient(dy, self._x.shape, self.name)
        return dy * np.exp(np.minimum(self._x, 0) / self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"alpha": self.alpha, **super().get_config()}


def leaky_relu(x: np.ndarray, negative_slope: float = 0.2) -> np.ndarray:
    """Return x where x >= 0, else negative_slope * x; see `LeakyReLU`."""
    return np.where(x >= 0, x, negative_slope * x)


def general_relu(
    x: np.ndarray, negative_slope: float, max_value: float | None, threshold: float
) -> np.ndarray:
    """Return ReLU of x with a slope, a limit and a threshold; see `GeneralReLU`."""
    below = negative_slope * np.minimum(x - threshold, 0) if negative_slope else 0.0
    y: np.ndarray = np.where(x <= threshold, below, x)
    return y if max_value is None else np.minimum(y, max_value)


def relu6(x: np.ndarray) -> np.ndarray:
    """Return x clipped to [0, 6]; see `ReLU6`."""
    return np.clip(x, 0, 6)


def hard_tanh(x: np.ndarray) -> np.ndarray:
    """Return x clipped to [-1, 1]; see `HardTanh`."""
    return np.clip(x, -1, 1)


def hard_sigmoid(x: np.ndarray) -> np.ndarray:
    """Return (x + 3) / 6 clipped to [0, 1]; see `HardSigmoid`."""
    return np.clip(x + 3, 0, 6) / 6


def hard_silu(x: np.ndarray) -> np.ndarray:
    """Return x hard_sigmoid(x); see `HardSiLU`."""
    return x * hard_sigmoid(x)


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """Return x where it is positive, else alpha (exp(x) - 1); see `ELU`."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def selu(x: np.ndarray) -> np.ndarray:
    """Return `elu` with the constants of `SELU`."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def celu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """Return x where it is positive, else alpha (exp(x / alpha) - 1); see `CELU`."""
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)
