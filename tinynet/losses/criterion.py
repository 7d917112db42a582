"""`Criterion`: the loss in a training step, with sample weights and penalties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinynet.layers.penalties import Penalty
from tinynet.losses.base import Loss


class Weighted(NamedTuple):
    """Prepared targets and the weight of each example, shape (N,)."""

    t: np.ndarray
    weights: np.ndarray


class Criterion:
    """The quantity that a training step minimises: ``criterion(t, y)`` returns L and dL/dy.

    Parameters
    ----------
    loss : Loss
        The loss as a function of the training chain's output.
    penalties : sequence of callable
        Each returns a number to add to the loss. The chain's penalty layers add their derivatives.
    """

    def __init__(self, loss: Loss, penalties: Sequence[Callable[[], float]] = ()) -> None:
        self.loss = loss
        self.penalties = penalties

    @classmethod
    def of_chain(cls, loss: Loss, chain: Iterable[Any]) -> Criterion:
        """Return the criterion of a training chain, with the penalties of its parts."""
        return cls(loss, [part.penalty for part in chain if isinstance(part, Penalty)])

    def __call__(self, t: np.ndarray | Weighted, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss of a batch and its derivative with respect to y."""
        if isinstance(t, Weighted):
            weights = t.weights.reshape(-1, *[1] * (y.ndim - 1))
            return self.value(t, y), self.loss.gradient(t.t, y) * weights
        loss, dy = self.loss.value_and_gradient(t, y)
        return float(loss) + self.penalty(), dy

    def value(self, t: np.ndarray | Weighted, y: np.ndarray) -> float:
        """Return the loss of a batch; with weights, the sum of weighted costs divided by N."""
        if isinstance(t, Weighted):
            costs = t.weights * self.loss.costs(t.t, y)
            return float(costs.sum(dtype=np.float64)) / len(y) + self.penalty()
        return float(self.loss.value(t, y)) + self.penalty()

    def penalty(self) -> float:
        """Return the sum of all penalties."""
        return sum([penalty() for penalty in self.penalties], 0.0)
