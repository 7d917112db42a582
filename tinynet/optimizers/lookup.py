"""Optimizers by name, as `Sequential.compile` takes them."""

from collections.abc import Callable

from tinynet._internal import checks
from tinynet.optimizers.adam import Adam
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.sgd import SGD

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {"adam": Adam, "sgd": SGD}


def get(optimizer: str | Optimizer) -> Optimizer:
    """Return a new optimizer of that name, or the optimizer itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    name = optimizer.lower() if isinstance(optimizer, str) else optimizer
    return checks.lookup(name, OPTIMIZERS, "optimizer")()
