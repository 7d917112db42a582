"""Cross-entropies of probabilities that are clipped to [1e-7, 1 - 1e-7], as in Keras.

tinynet clips at the smallest positive number, so a certain and wrong prediction costs more. Losses
from logits, which a last softmax or sigmoid gives, are the same in both. As in Keras, a clipped
output has no influence on the loss, so its derivative is 0.
"""

from typing import Any

import numpy as np

from tinynet.keras_scripts.methods import Method, extending
from tinynet.losses.base import one_hot_like
from tinynet.losses.crossentropy import SparseCategoricalCrossentropy, costs_of

LOWEST = np.float32(1e-7)
HIGHEST = np.float32(1) - LOWEST


def clipped(y: np.ndarray) -> np.ndarray:
    """Return probabilities, none of them too close to 0 or 1."""
    return np.clip(y, LOWEST, HIGHEST, dtype=y.dtype)


def is_inside(y: np.ndarray) -> np.ndarray:
    """Return which probabilities `clipped` doesn't change."""
    return (y >= LOWEST) & (y <= HIGHEST)


def is_divided_first(loss: Any) -> bool:
    """Return whether Keras divides rows by their sums before it clips; else it does so after."""
    return not isinstance(loss, SparseCategoricalCrossentropy)


@extending
def with_clipping(costs: Method, /, loss: Any, t: np.ndarray, y: np.ndarray) -> Any:
    """Make a loss's `costs` clip probabilities."""
    return costs(loss, t, y if loss.from_logits else clipped(y))


@extending
def with_clipped_gradient(gradient: Method, /, loss: Any, t: np.ndarray, y: np.ndarray) -> Any:
    """Make a loss's `gradient` that of `with_clipping`."""
    if loss.from_logits:
        return gradient(loss, t, y)
    return gradient(loss, t, clipped(y)) * is_inside(y)


@extending
def with_clipped_rows(costs: Method, /, loss: Any, t: np.ndarray, y: np.ndarray) -> Any:
    """Make the `costs` of a loss of several classes clip probabilities."""
    if loss.from_logits or not is_divided_first(loss):
        return with_clipping(costs)(loss, t, y)
    with np.errstate(divide="ignore", invalid="ignore"):  # a sum of 0 makes the loss NaN
        return costs_of(t, np.log(clipped(y / y.sum(axis=1, keepdims=True))))


@extending
def with_gradient_of_rows(gradient: Method, /, loss: Any, t: np.ndarray, y: np.ndarray) -> Any:
    """Make a loss's `gradient` that of `with_clipped_rows`.

    For p = y / s, with s the row's sum, and g = dL/dp: dL/dy[j] = (g[j] - sum_k g[k] p[k]) / s.
    """
    if loss.from_logits or not is_divided_first(loss):
        return with_clipped_gradient(gradient)(loss, t, y)
    s = y.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = y / s
        g = -one_hot_like(p, t) / clipped(p) * is_inside(p)
        return (g - (g * p).sum(axis=1, keepdims=True)) / (s * len(y))
