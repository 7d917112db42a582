"""The optimizers: they turn gradients into an update of the parameters.

Read `sgd` first, then `adam`. `base` holds what they share, and the other files hold less common
optimizers. A model keeps all its parameters in one flat vector and all its gradients in another,
so each update rule is written for vectors.
"""

from typing import TYPE_CHECKING

from tinynet._internal.names import module_attribute
from tinynet.optimizers.adagrad import Adadelta, Adagrad
from tinynet.optimizers.adam import Adam
from tinynet.optimizers.adam_variants import Adamax, AdamW, Nadam
from tinynet.optimizers.base import Optimizer, Rate
from tinynet.optimizers.lookup import OPTIMIZERS, get
from tinynet.optimizers.rmsprop import RMSprop
from tinynet.optimizers.sgd import SGD

if TYPE_CHECKING:
    from tinynet import schedules

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "Rate",
    "get",
    "schedules",
]


def __getattr__(name: str) -> object:
    if name == "schedules":  # as in Keras; imported when they are first used
        from tinynet import schedules

        return schedules
    raise module_attribute(__name__, name, globals())


def __dir__() -> list[str]:
    return __all__
