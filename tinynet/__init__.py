"""tinynet: a neural-network library written by hand in NumPy, to study backpropagation with.

Read `tinynet.layers` first, then `tinynet.losses`, then `Sequential.train_step` in
`tinynet.models`: that is backpropagation, all of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tinynet import (
    callbacks,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    schedules,
    utils,
)
from tinynet.layers import Dense, Dropout, Flatten, Layer, ReLU, Sigmoid, Softmax, Tanh
from tinynet.models import Sequential, load_model
from tinynet.normalization import Normalization
from tinynet.optimizers import SGD, Adam
from tinynet.runtime import set_blas_threads

if TYPE_CHECKING:
    from tinynet import datasets, diagnose, explain, gradcheck, museum, plotting

__version__ = "0.1.0"

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
    "callbacks",
    "datasets",
    "diagnose",
    "explain",
    "gradcheck",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "museum",
    "optimizers",
    "plotting",
    "schedules",
    "set_blas_threads",
    "utils",
]


def __getattr__(name: str) -> Any:
    """Import the larger modules when they are first used: ``import tinynet`` is to be quick."""
    if name in ("datasets", "diagnose", "explain", "gradcheck", "museum", "plotting"):
        return importlib.import_module(f"tinynet.{name}")
    raise AttributeError(f"module 'tinynet' has no attribute {name!r}")
