"""The activations as functions of an array, for plots and for use by hand.

Each is what the layer of the same name computes; the layers have the derivatives, too. `Dense`
takes a function in place of a name: ``Dense(10, activation=activations.relu)``.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import module_attribute
from tinynet.layers import activations as basic
from tinynet.layers import rectifiers, smooth_activations

__all__ = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
    "tanh_shrink",
]


def linear(x: Any) -> np.ndarray:
    """Return x as it is."""
    return floats(x)


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> np.ndarray:
    """Return x where it exceeds `threshold`, else 0; see `tinynet.layers.ReLU`.

    With the other arguments, see `tinynet.layers.GeneralReLU`.

    Parameters
    ----------
    x : array_like
        Any numbers.
    negative_slope : float
        The slope below the threshold.
    max_value : float, optional
        The largest value.
    threshold : float
        Where the line begins.

    Examples
    --------
    >>> relu([-2.0, 0.5, 8.0])
    array([0. , 0.5, 8. ])
    >>> relu([-2.0, 0.5, 8.0], negative_slope=0.5, max_value=6, threshold=1)
    array([-1.5 , -0.25,  6.  ])
    """
    return rectifiers.general_relu(floats(x), negative_slope, max_value, threshold)


def sigmoid(x: Any) -> np.ndarray:
    """Return 1 / (1 + exp(-x)); see `tinynet.layers.Sigmoid`."""
    return basic.sigmoid(floats(x))


def tanh(x: Any) -> np.ndarray:
    """Return the hyperbolic tangent; see `tinynet.layers.Tanh`."""
    y: np.ndarray = np.tanh(floats(x))
    return y


def softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Return probabilities that sum to 1 along `axis`; see `tinynet.layers.Softmax`.

    Examples
    --------
    >>> softmax([0.0, np.log(3.0)])
    array([0.25, 0.75])
    """
    exp = np.exp(smooth_activations.log_softmax(floats(x), axis))
    y: np.ndarray = exp / exp.sum(axis=axis, keepdims=True)
    return y


def log_softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Return logarithms of the softmax; see `tinynet.layers.LogSoftmax`."""
    return smooth_activations.log_softmax(floats(x), axis)


def celu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """Return x where positive, else alpha (exp(x / alpha) - 1); see `tinynet.layers.CELU`."""
    return rectifiers.celu(floats(x), alpha)


def elu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """Return x where positive, else alpha (exp(x) - 1); see `tinynet.layers.ELU`."""
    return rectifiers.elu(floats(x), alpha)


def exponential(x: Any) -> np.ndarray:
    """Return exp(x); see `tinynet.layers.Exponential`."""
    return smooth_activations.exponential(floats(x))


def gelu(x: Any, approximate: bool = False) -> np.ndarray:
    """Return x times the normal distribution function of x; see `tinynet.layers.GELU`."""
    return smooth_activations.gelu(floats(x), approximate)


def hard_sigmoid(x: Any) -> np.ndarray:
    """Return (x + 3) / 6 limited to 0 and 1; see `tinynet.layers.HardSigmoid`."""
    return rectifiers.hard_sigmoid(floats(x))


def hard_silu(x: Any) -> np.ndarray:
    """Return x times its hard sigmoid; see `tinynet.layers.HardSiLU`."""
    return rectifiers.hard_silu(floats(x))


def hard_tanh(x: Any) -> np.ndarray:
    """Return x limited to -1 and 1; see `tinynet.layers.HardTanh`."""
    return rectifiers.hard_tanh(floats(x))


def leaky_relu(x: Any, negative_slope: float = 0.2) -> np.ndarray:
    """Return x where it isn't negative, else a part of it; see `tinynet.layers.LeakyReLU`."""
    return rectifiers.leaky_relu(floats(x), negative_slope)


def log_sigmoid(x: Any) -> np.ndarray:
    """Return the logarithm of the sigmoid; see `tinynet.layers.LogSigmoid`."""
    return smooth_activations.log_sigmoid(floats(x))


def mish(x: Any) -> np.ndarray:
    """Return x tanh(softplus(x)); see `tinynet.layers.Mish`."""
    return smooth_activations.mish(floats(x))


def relu6(x: Any) -> np.ndarray:
    """Return x limited to 0 and 6; see `tinynet.layers.ReLU6`."""
    return rectifiers.relu6(floats(x))


def selu(x: Any) -> np.ndarray:
    """Return the scaled ELU; see `tinynet.layers.SELU`."""
    return rectifiers.selu(floats(x))


def silu(x: Any) -> np.ndarray:
    """Return x sigmoid(x); see `tinynet.layers.SiLU`."""
    return smooth_activations.silu(floats(x))


def softplus(x: Any) -> np.ndarray:
    """Return log(1 + exp(x)); see `tinynet.layers.Softplus`."""
    return smooth_activations.softplus(floats(x))


def softsign(x: Any) -> np.ndarray:
    """Return x / (1 + abs(x)); see `tinynet.layers.Softsign`."""
    return smooth_activations.softsign(floats(x))


def tanh_shrink(x: Any) -> np.ndarray:
    """Return x - tanh(x); see `tinynet.layers.TanhShrink`."""
    return smooth_activations.tanh_shrink(floats(x))


swish, hard_swish = silu, hard_silu  # as they are also called

FUNCTIONS = {
    function.__name__: function
    for function in (
        *(linear, relu, sigmoid, tanh, softmax, celu, elu, exponential, gelu, hard_sigmoid),
        *(hard_silu, hard_tanh, leaky_relu, log_sigmoid, log_softmax, mish, relu6, selu, silu),
        *(softplus, softsign, tanh_shrink),
    )
} | {"swish": swish, "hard_swish": hard_swish}


def get(activation: Any) -> Any:
    """Return the function of that name, or the function itself; `linear` for None.

    Raises
    ------
    ValueError, TypeError
        If no activation has that name, or it is something else.

    Examples
    --------
    >>> get("relu")([-1.0, 2.0])
    array([0., 2.])
    """
    if activation is None:
        return linear
    if callable(activation) and not isinstance(activation, type):
        return activation
    return checks.lookup(activation, FUNCTIONS, "activation")


def floats(x: Any) -> np.ndarray:
    """Return x as an array of floating-point numbers."""
    return checks.as_floats(x, "x")


def __getattr__(name: str) -> object:
    raise module_attribute(__name__, name, globals())
