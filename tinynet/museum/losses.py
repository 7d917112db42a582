"""Broken losses: each recreates a bug from a public project."""

import numpy as np

from tinynet.losses.base import one_hot_like
from tinynet.losses.crossentropy import CategoricalCrossentropy

# ---------------------------------------------------------------------------- losses


class SummedCrossentropy(CategoricalCrossentropy):
    """Its value is a mean, its gradient a sum."""

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient for rows that sum to 1, without 1/N."""
        y = np.maximum(y, np.finfo(y.dtype).tiny)
        dy: np.ndarray = 1 - one_hot_like(y, t) / y
        return dy


class ColumnWeightedCrossentropy(CategoricalCrossentropy):
    """Cross-entropy from logits with weights for the classes, applied to the wrong axis.

    ``L = (1/N) sum_n w[c_n] (-log p[n, c_n])`` for the class c_n of example n.
    """

    def weights(self, z: np.ndarray) -> np.ndarray:
        """From 0.5 for the first class to 1.5 for the last."""
        return np.linspace(0.5, 1.5, z.shape[1]).astype(z.dtype)

    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        """Return the weighted mean."""
        one_hot = one_hot_like(y, t)
        exp = np.exp(y - y.max(axis=1, keepdims=True))
        costs = -np.log((exp * one_hot).sum(axis=1) / exp.sum(axis=1))
        return float((one_hot @ self.weights(y) * costs).mean())

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient, each column with its own class's weight."""
        one_hot, w = one_hot_like(y, t), self.weights(y)
        exp = np.exp(y - y.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        dz: np.ndarray = (p - one_hot) * w / len(y)
        return dz


class RowWeightedCrossentropy(ColumnWeightedCrossentropy):
    """The correct version."""

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient, each row with its own example's weight."""
        one_hot, w = one_hot_like(y, t), self.weights(y)
        exp = np.exp(y - y.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        dz: np.ndarray = (p - one_hot) * (one_hot @ w)[:, np.newaxis] / len(y)
        return dz
