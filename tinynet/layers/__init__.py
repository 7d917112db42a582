"""The layers: the mathematics of forward and backward, one layer a file.

A layer is a function with parameters. ``forward(x)`` computes ``y`` and keeps references to what
``backward`` needs; ``backward(dy)`` takes the derivative of the loss with respect to ``y``, writes
the derivatives with respect to the parameters beside them (``dW`` beside ``W``) and returns the
derivative with respect to ``x``, which is the ``dy`` of the layer below. Read `dense` first, then
`activations`; `base` says what a layer of your own needs.
"""

from tinynet.layers.activations import (
    ACTIVATIONS,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    get_activation,
    sigmoid,
    softmax,
)
from tinynet.layers.base import Layer, NotReadyError, Shape
from tinynet.layers.dense import Dense
from tinynet.layers.dropout import Dropout
from tinynet.layers.flatten import Flatten
from tinynet.layers.normalization import Normalization

__all__ = [
    "ACTIVATIONS",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Normalization",
    "NotReadyError",
    "ReLU",
    "Shape",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "get_activation",
    "sigmoid",
    "softmax",
]
