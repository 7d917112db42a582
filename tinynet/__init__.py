"""tinynet: a neural-network library written by hand in NumPy, to study backpropagation with.

Read `tinynet.layers.dense` first, then `tinynet.losses.crossentropy`, then `Sequential.train_step`
in `tinynet.models`: that is backpropagation, all of it.
"""

import sys
from typing import TYPE_CHECKING

from tinynet import (
    activations,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    schedules,
    utils,
)
from tinynet._internal.names import module_attribute
from tinynet._internal.threads import set_blas_threads
from tinynet.layers import (
    Dense,
    Dropout,
    Flatten,
    Layer,
    Normalization,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from tinynet.models import Sequential, load_model
from tinynet.optimizers import SGD, Adam

if TYPE_CHECKING:
    from tinynet import datasets, diagnose, explain, gradcheck, museum, plotting

__version__ = "0.2.0"

# A program that says ``import tinynet as tf`` may go on with ``tf.keras.layers.Dense``.
keras = sys.modules[__name__]

# Modules of 0.1.0 that have moved are found under their former names here.
__path__.append(f"{__path__[0]}/_internal/moved")

# Imported when they are first used, so that `import tinynet` is quick.
_AT_FIRST_USE = ("datasets", "diagnose", "explain", "gradcheck", "museum", "plotting")

__all__ = [
    "SGD",
    "Adam",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Normalization",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "__version__",
    "activations",
    "callbacks",
    "constraints",
    "datasets",
    "diagnose",
    "explain",
    "gradcheck",
    "initializers",
    "keras",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "museum",
    "optimizers",
    "plotting",
    "regularizers",
    "schedules",
    "set_blas_threads",
    "utils",
]


def __getattr__(name: str) -> object:
    if name in _AT_FIRST_USE:
        import importlib

        return importlib.import_module(f"tinynet.{name}")
    raise module_attribute(__name__, name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # what is loaded, and what will be when it is used
