"""The losses: how wrong the predictions are, as one number, and its derivative.

Read `crossentropy` first: cross-entropy and its derivative through the softmax, ``(p - t) / N``.
`squared_error` holds the mean squared error, and `base` says what a loss of your own needs.
"""

from tinynet.losses.base import Loss
from tinynet.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Crossentropy,
    SparseCategoricalCrossentropy,
    undoes,
)
from tinynet.losses.lookup import LOSSES, get
from tinynet.losses.squared_error import MeanSquaredError

__all__ = [
    "LOSSES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Crossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
    "undoes",
]
