"""The activations as functions of an array.

Each computes what the layer of the same name computes in its forward pass. `Dense` accepts a
function instead of a name: ``Dense(10, activation=activations.relu)``.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords, public_names
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


@known_keywords
def linear(x: Any) -> np.ndarray:
    """Return x."""
    return floats(x)


@known_keywords
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> np.ndarray:
    """Return x where x > threshold, else ``negative_slope * (x - threshold)``.

    See `tinynet.layers.GeneralReLU`.

    Parameters
    ----------
    x : array_like
        Any numbers.
    negative_slope : float
        Slope below the threshold.
    max_value : float, optional
        Upper limit of the result.
    threshold : float
        The value above which x is returned unchanged.

    Examples
    --------
    >>> relu([-2.0, 0.5, 8.0])
    array([0. , 0.5, 8. ])
    >>> relu([-2.0, 0.5, 8.0], negative_slope=0.5, max_value=6, threshold=1)
    array([-1.5 , -0.25,  6.  ])
    """
    threshold = checks.check_number(threshold, "threshold")
    negative_slope = checks.check_number(negative_slope, "negative_slope")
    limit = None if max_value is None else checks.check_number(max_value, "max_value")
    return rectifiers.general_relu(floats(x), negative_slope, limit, threshold)


@known_keywords
def sigmoid(x: Any) -> np.ndarray:
    """Return 1 / (1 + exp(-x)); see `tinynet.layers.Sigmoid`."""
    return basic.sigmoid(floats(x))


@known_keywords
def tanh(x: Any) -> np.ndarray:
    """Return the hyperbolic tangent; see `tinynet.layers.Tanh`."""
    return np.tanh(floats(x))


@known_keywords
def softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Return probabilities that sum to 1 along `axis`; see `tinynet.layers.Softmax`.

    Examples
    --------
    >>> softmax([0.0, np.log(3.0)])
    array([0.25, 0.75])
    """
    x = floats(x)
    axis = checks.check_axis(axis, x.shape)
    exp = np.exp(x - x.max(axis=axis, keepdims=True))
    return exp / exp.sum(axis=axis, keepdims=True)


@known_keywords
def log_softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Return the logarithm of the softmax; see `tinynet.layers.LogSoftmax`."""
    x = floats(x)
    return smooth_activations.log_softmax(x, checks.check_axis(axis, x.shape))


@known_keywords
def celu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """Return x where x > 0, else alpha (exp(x / alpha) - 1); see `tinynet.layers.CELU`."""
    return rectifiers.celu(floats(x), checks.check_number(alpha, "alpha", above=0))


@known_keywords
def elu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """Return x where x > 0, else alpha (exp(x) - 1); see `tinynet.layers.ELU`."""
    return rectifiers.elu(floats(x), checks.check_number(alpha, "alpha"))


@known_keywords
def exponential(x: Any) -> np.ndarray:
    """Return exp(x); see `tinynet.layers.Exponential`."""
    return smooth_activations.exponential(floats(x))


@known_keywords
def gelu(x: Any, approximate: bool = False) -> np.ndarray:
    """Return x Phi(x), with Phi the normal distribution function; see `tinynet.layers.GELU`."""
    return smooth_activations.gelu(floats(x), checks.check_bool(approximate, "approximate"))


@known_keywords
def hard_sigmoid(x: Any) -> np.ndarray:
    """Return (x + 3) / 6 clipped to [0, 1]; see `tinynet.layers.HardSigmoid`."""
    return rectifiers.hard_sigmoid(floats(x))


@known_keywords
def hard_silu(x: Any) -> np.ndarray:
    """Return x hard_sigmoid(x); see `tinynet.layers.HardSiLU`."""
    return rectifiers.hard_silu(floats(x))


@known_keywords
def hard_tanh(x: Any) -> np.ndarray:
    """Return x clipped to [-1, 1]; see `tinynet.layers.HardTanh`."""
    return rectifiers.hard_tanh(floats(x))


@known_keywords
def leaky_relu(x: Any, negative_slope: float = 0.2) -> np.ndarray:
    """Return x where x >= 0, else negative_slope * x; see `tinynet.layers.LeakyReLU`."""
    slope = checks.check_number(negative_slope, "negative_slope")
    return rectifiers.leaky_relu(floats(x), slope)


@known_keywords
def log_sigmoid(x: Any) -> np.ndarray:
    """Return the logarithm of the sigmoid; see `tinynet.layers.LogSigmoid`."""
    return smooth_activations.log_sigmoid(floats(x))


@known_keywords
def mish(x: Any) -> np.ndarray:
    """Return x tanh(softplus(x)); see `tinynet.layers.Mish`."""
    return smooth_activations.mish(floats(x))


@known_keywords
def relu6(x: Any) -> np.ndarray:
    """Return x clipped to [0, 6]; see `tinynet.layers.ReLU6`."""
    return rectifiers.relu6(floats(x))


@known_keywords
def selu(x: Any) -> np.ndarray:
    """Return the scaled ELU; see `tinynet.layers.SELU`."""
    return rectifiers.selu(floats(x))


@known_keywords
def silu(x: Any) -> np.ndarray:
    """Return x sigmoid(x); see `tinynet.layers.SiLU`."""
    return smooth_activations.silu(floats(x))


@known_keywords
def softplus(x: Any) -> np.ndarray:
    """Return log(1 + exp(x)); see `tinynet.layers.Softplus`."""
    return smooth_activations.softplus(floats(x))


@known_keywords
def softsign(x: Any) -> np.ndarray:
    """Return x / (1 + abs(x)); see `tinynet.layers.Softsign`."""
    return smooth_activations.softsign(floats(x))


@known_keywords
def tanh_shrink(x: Any) -> np.ndarray:
    """Return x - tanh(x); see `tinynet.layers.TanhShrink`."""
    return smooth_activations.tanh_shrink(floats(x))


swish, hard_swish = silu, hard_silu  # other names

FUNCTIONS = {
    function.__name__: function
    for function in (
        *(linear, relu, sigmoid, tanh, softmax, celu, elu, exponential, gelu, hard_sigmoid),
        *(hard_silu, hard_tanh, leaky_relu, log_sigmoid, log_softmax, mish, relu6, selu, silu),
        *(softplus, softsign, tanh_shrink),
    )
} | {"swish": swish, "hard_swish": hard_swish}


@known_keywords
def get(activation: Any) -> Any:
    """Return the activation function for a name, or the function itself; `linear` for None.

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
    """Return x as a floating-point array."""
    return checks.as_floats(x, "x")


__getattr__, __dir__ = public_names(globals())
