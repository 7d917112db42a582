"""What stands directly under `keras`: a model, a layer, and a few names from other modules."""

from tinynet.layers import Layer
from tinynet.losses import Loss
from tinynet.models import Sequential
from tinynet.optimizers import Optimizer

__all__ = ["Layer", "Loss", "Optimizer", "Sequential"]
