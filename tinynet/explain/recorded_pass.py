"""One pass forward and back through a model, with every array on the way kept.

The pass is made by `Sequential.forward` and `Sequential.backward` on a copy whose layers are the
simple steps of the training chain, so the model itself isn't touched.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet.layers.base import Layer
from tinynet.models import Sequential


@dataclass
class RecordedPass:
    """What each step gave, and the derivative of the loss with respect to it.

    Attributes
    ----------
    model : Sequential
        The copy, unfolded, with its gradients filled.
    outputs : list of numpy.ndarray
        Of each of its layers.
    derivatives : list of numpy.ndarray
        Of the loss with respect to each output.
    loss : float
    """

    model: Sequential
    outputs: list[np.ndarray]
    derivatives: list[np.ndarray]
    loss: float


def record(model: Sequential, x: np.ndarray, t: Any, *, training: bool = True) -> RecordedPass:
    """Go forward from x to the loss and back.

    Parameters
    ----------
    model : Sequential
        Built and compiled.
    x : numpy.ndarray, shape (N, ...)
    t : numpy.ndarray
        Targets as the model's loss prepared them.
    training : bool
        Whether to compute as `fit` does, with dropout.
    """
    flat = model.unfolded()
    outputs: list[np.ndarray] = []
    derivatives: list[np.ndarray] = []

    def keep_output(layer: Layer, y: np.ndarray) -> None:
        outputs.append(np.array(y))

    def keep_derivative(layer: Layer, dy: np.ndarray) -> None:
        derivatives.append(np.array(dy))

    with np.errstate(all="ignore"):
        y = flat.forward(x, training=training, observer=keep_output)
        loss, dy = flat.criterion(t, y)
        flat.backward(dy, observer=keep_derivative)
    return RecordedPass(flat, outputs, derivatives[::-1], loss)
