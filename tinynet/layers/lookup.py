"""Activations by name, for `Dense` and `Activation`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers import rectifiers, smooth_activations
from tinynet.layers.activations import ReLU, Sigmoid, Softmax, Tanh
from tinynet.layers.base import Layer


def leaky_relu() -> Layer:
    """Return a `LeakyReLU` with slope 0.2, as Keras does for the name ``"leaky_relu"``."""
    return rectifiers.LeakyReLU(0.2)


# Constructors by name; None is no activation.
ACTIVATIONS: dict[str, Callable[[], Layer] | None] = {
    "celu": rectifiers.CELU,
    "elu": rectifiers.ELU,
    "exponential": smooth_activations.Exponential,
    "gelu": smooth_activations.GELU,
    "hard_sigmoid": rectifiers.HardSigmoid,
    "hard_silu": rectifiers.HardSiLU,
    "hard_swish": rectifiers.HardSiLU,
    "hard_tanh": rectifiers.HardTanh,
    "leaky_relu": leaky_relu,
    "linear": None,
    "log_sigmoid": smooth_activations.LogSigmoid,
    "log_softmax": smooth_activations.LogSoftmax,
    "mish": smooth_activations.Mish,
    "relu": ReLU,
    "relu6": rectifiers.ReLU6,
    "selu": rectifiers.SELU,
    "sigmoid": Sigmoid,
    "silu": smooth_activations.SiLU,
    "softmax": Softmax,
    "softplus": smooth_activations.Softplus,
    "softsign": smooth_activations.Softsign,
    "swish": smooth_activations.SiLU,
    "tanh": Tanh,
    "tanh_shrink": smooth_activations.TanhShrink,
}


@known_keywords
def get_activation(activation: Any) -> Layer | None:
    """Return the layer for a name or a function, or the layer itself; None if it is linear."""
    if activation is None or isinstance(activation, Layer):
        return activation
    name = activation
    if callable(activation) and not isinstance(activation, type):
        name = getattr(activation, "__name__", "")
        ours = getattr(activation, "__module__", "").partition(".")[0] == "tinynet"
        if not ours or name not in ACTIVATIONS:
            raise TypeError(
                f"An activation needs a derivative, which tinynet can't find from the function "
                f"{name or checks.shown(activation)}: derive a class from tinynet.Layer with "
                f"forward(x) and backward(dy), and pass an instance of it."
            )
    make = checks.lookup(name, ACTIVATIONS, "activation")
    return None if make is None else make()
