"""`tf.nn`: activations and cross-entropies of logits, as functions of arrays.

Functions that `tinynet.activations` also has come from there, so that a layer recognizes them; the
others are defined here.
"""

from typing import Any

import numpy as np

from tinynet.keras_scripts.arrays import Tensor, tensor

__all__ = [
    "bias_add",
    "l2_loss",
    "l2_normalize",
    "log_softmax",
    "moments",
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "sparse_softmax_cross_entropy_with_logits",
]


def log_softmax(logits: Any, axis: int = -1, *, name: Any = None) -> Tensor:
    """Return the logarithm of softmax; the maximum is subtracted to avoid overflow."""
    z = np.asarray(tensor(logits))
    shifted = z - z.max(axis=axis, keepdims=True)
    return tensor(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, *, name: Any = None
) -> Tensor:
    """Return -sum t log softmax(z), one value for each example."""
    log_p = np.asarray(log_softmax(logits, axis))
    return tensor(-(np.asarray(labels, log_p.dtype) * log_p).sum(axis=axis))


def sparse_softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, *, name: Any = None
) -> Tensor:
    """Return -log softmax(z)[label], one value for each example."""
    places = np.asarray(labels)[..., np.newaxis]
    picked = np.take_along_axis(np.asarray(log_softmax(logits)), places, axis=-1)
    return tensor(-picked[..., 0])


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any, *, name: Any = None) -> Tensor:
    """Return log(1 + exp(z)) - t z, one value for each entry."""
    z = np.asarray(tensor(logits))
    return tensor(np.logaddexp(0, z).astype(z.dtype) - np.asarray(labels, z.dtype) * z)


def l2_loss(t: Any, *, name: Any = None) -> Tensor:
    """Return half the sum of squares."""
    return tensor(np.square(tensor(t)).sum() / 2)


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, *, name: Any = None) -> Tensor:
    """Return the values divided by their norm."""
    array = np.asarray(tensor(x))
    total = np.square(array).sum(axis=axis, keepdims=True)
    return np.asarray(array / np.sqrt(np.maximum(total, epsilon))).astype(array.dtype).view(Tensor)


def bias_add(value: Any, bias: Any, *, name: Any = None) -> Tensor:
    """Return the rows with a bias added to each."""
    return tensor(tensor(value) + tensor(bias))


def moments(x: Any, axes: Any, keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """Return mean and variance."""
    array, axis = np.asarray(tensor(x)), tuple(axes) if isinstance(axes, list) else axes
    mean = tensor(array.mean(axis=axis, keepdims=keepdims))
    return mean, tensor(array.var(axis=axis, keepdims=keepdims))
