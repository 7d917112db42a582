"""tinynet: a neural-network library written by hand in NumPy, for studying backpropagation.

Read `tinynet.layers.dense` first, then `tinynet.losses.crossentropy`, then `Sequential.train_step`
in `tinynet.models`. These three contain all of backpropagation.
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
    from tinynet import datasets, diagnose, explain, gradcheck, museum, plotting, schedules

__version__ = "0.2.0"

# After ``import tinynet as tf``, ``tf.keras.layers.Dense`` works.
keras = sys.modules[__name__]

# Modules that have moved since 0.1.0 can be imported under their old names from here.
__path__.append(f"{__path__[0]}/_internal/moved")

# Imported when first used, to keep `import tinynet` fast.
_AT_FIRST_USE = (
    *("datasets", "diagnose", "distributed", "exchange", "explain", "gradcheck", "keras_scripts"),
    *("museum", "plotting", "schedules"),
)

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
    "distributed",
    "exchange",
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
    return __all__
