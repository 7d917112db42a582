"""One forward and backward pass through a model, keeping every intermediate array.

`Sequential.forward` and `Sequential.backward` run on a copy whose layers are the simple steps of
the training chain. The model itself is unchanged.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet.gradcheck.held import Randomness
from tinynet.models import Sequential


@dataclass
class RecordedPass:
    """The output of each step, and the derivative of the loss with respect to it.

    Attributes
    ----------
    model : Sequential
        The unfolded copy, with its gradients computed, and its random numbers as before the pass.
    outputs : list of numpy.ndarray
        Output of each of its layers.
    derivatives : list of numpy.ndarray
        Derivative of the loss with respect to each output.
    loss : float
    """

    model: Sequential
    outputs: list[np.ndarray]
    derivatives: list[np.ndarray]
    loss: float


def record(model: Sequential, x: np.ndarray, t: Any, *, training: bool = True) -> RecordedPass:
    """Run the forward and the backward pass once and keep the arrays.

    Parameters
    ----------
    model : Sequential
        A model that is built and compiled.
    x : numpy.ndarray, shape (N, ...)
    t : numpy.ndarray
        Targets, as prepared by the model's loss.
    training : bool
        Whether to run in training mode, with dropout.
    """
    flat = model.unfolded()
    randomness = Randomness(flat)
    outputs: list[np.ndarray] = []
    derivatives: list[np.ndarray] = []
    with np.errstate(all="ignore"):
        y = flat.forward(x, training=training, observer=lambda _, y: outputs.append(np.array(y)))
        loss, dy = flat.criterion(t, y)
        flat.backward(dy, observer=lambda _, dy: derivatives.append(np.array(dy)))
    randomness.rewind()
    return RecordedPass(flat, outputs, derivatives[::-1], loss)
