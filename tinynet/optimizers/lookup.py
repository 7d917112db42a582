"""Optimizers by name, for `Sequential.compile`."""

from collections.abc import Callable

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.optimizers.adagrad import Adadelta, Adagrad
from tinynet.optimizers.adam import Adam
from tinynet.optimizers.adam_variants import Adamax, AdamW, Nadam
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.rmsprop import RMSprop
from tinynet.optimizers.sgd import SGD

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    kind.__name__.lower(): kind
    for kind in (SGD, Adam, AdamW, Adamax, Nadam, RMSprop, Adagrad, Adadelta)
}


@known_keywords
def get(optimizer: str | Optimizer) -> Optimizer:
    """Return a new optimizer for a name, or the optimizer itself."""
    if isinstance(optimizer, Optimizer):
        checks.check_initialized(optimizer, "state", "learning_rate")
        return optimizer
    name = optimizer.lower() if isinstance(optimizer, str) else optimizer
    return checks.lookup(name, OPTIMIZERS, "optimizer", "SGD")()


def innermost(optimizer: Optimizer) -> Optimizer:
    """Return the optimizer that makes the step: of an `AllReduce`, the one inside."""
    stands_in = getattr(type(optimizer), "stands_for_inner", False)
    return vars(optimizer)["optimizer"] if stands_in else optimizer
