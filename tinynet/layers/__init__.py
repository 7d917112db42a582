"""The layers: the mathematics of the forward and backward passes, one layer per file.

A layer is a function with parameters. ``forward(x)`` computes ``y`` and keeps references to what
``backward`` needs. ``backward(dy)`` takes the derivative of the loss with respect to ``y``, stores
the derivatives with respect to the parameters (``dW`` for ``W``), and returns the derivative with
respect to ``x``, which is the ``dy`` of the layer below. Read `dense` first, then `activations`.
`base` explains how to write your own layer.
"""

from tinynet._internal.names import public_names
from tinynet.layers.activations import ReLU, Sigmoid, Softmax, Tanh, sigmoid, softmax
from tinynet.layers.base import Layer, NotReadyError, Shape
from tinynet.layers.batch_normalization import BatchNormalization
from tinynet.layers.dense import Dense
from tinynet.layers.dropout import Dropout
from tinynet.layers.flatten import Flatten
from tinynet.layers.layer_normalization import LayerNormalization
from tinynet.layers.lookup import ACTIVATIONS, get_activation
from tinynet.layers.noise import AlphaDropout, GaussianDropout, GaussianNoise
from tinynet.layers.normalization import Normalization
from tinynet.layers.rectifiers import (
    CELU,
    ELU,
    SELU,
    GeneralReLU,
    HardSigmoid,
    HardSiLU,
    HardTanh,
    LeakyReLU,
    PReLU,
    ReLU6,
)
from tinynet.layers.shaping import (
    Activation,
    ActivityRegularization,
    Identity,
    Input,
    InputLayer,
    Rescaling,
    Reshape,
)
from tinynet.layers.smooth_activations import (
    GELU,
    Exponential,
    LogSigmoid,
    LogSoftmax,
    Mish,
    SiLU,
    Softplus,
    Softsign,
    TanhShrink,
)

__all__ = [
    "ACTIVATIONS",
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Exponential",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GeneralReLU",
    "HardSiLU",
    "HardSigmoid",
    "HardTanh",
    "Identity",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "Normalization",
    "NotReadyError",
    "PReLU",
    "ReLU",
    "ReLU6",
    "Rescaling",
    "Reshape",
    "Shape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "TanhShrink",
    "get_activation",
    "sigmoid",
    "softmax",
]

__getattr__, __dir__ = public_names(globals())
