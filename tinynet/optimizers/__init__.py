"""The optimizers: from gradients to a step.

Read `sgd` first, then `adam`; `base` holds what they share. A model keeps all its parameters in one
flat vector and all its gradients in another, so each rule is written once, for vectors.
"""

from tinynet.optimizers.adam import Adam
from tinynet.optimizers.base import Optimizer, Rate
from tinynet.optimizers.lookup import OPTIMIZERS, get
from tinynet.optimizers.sgd import SGD

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Optimizer", "Rate", "get"]
