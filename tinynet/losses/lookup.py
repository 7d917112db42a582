"""Losses by name, as `Sequential.compile` takes them."""

from collections.abc import Callable

from tinynet._internal import checks
from tinynet.losses.base import Loss
from tinynet.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from tinynet.losses.squared_error import MeanSquaredError

LOSSES: dict[str, Callable[[], Loss]] = {
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(loss: str | Loss) -> Loss:
    """Return the loss of that name, or the loss itself."""
    return loss if isinstance(loss, Loss) else checks.lookup(loss, LOSSES, "loss")()
