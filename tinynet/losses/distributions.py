"""Losses that compare distributions, counts or directions.

`KLDivergence` and the focal losses are relatives of the cross-entropy, `Poisson` is for counts and
`CosineSimilarity` for vectors whose length doesn't matter.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.losses.base import Loss
from tinynet.losses.errors import SMALLEST, mean_of_rows


class KLDivergence(Loss):
    """Kullback-Leibler divergence, ``L = (1/N) sum_n sum_k t[n, k] log(t[n, k] / y[n, k])``.

    Shapes, for N examples and K classes::

        y_true, y_pred, gradient  (N, K), rows of probabilities

    It is the cross-entropy less the entropy of the targets, which no prediction changes.

    Backward.  Only -t log y depends on y::

        dL/dy = -t / (N y)

    Source: S. Kullback and R. Leibler, "On information and sufficiency", 1951.

    Notes
    -----
    Entries count as 1e-7 at least and 1 at most; a prediction beyond these has the gradient 0.

    Examples
    --------
    >>> loss = KLDivergence()
    >>> print(round(loss.forward([[0.5, 0.5]], [[0.25, 0.75]]), 6))  # log(4/3) / 2
    0.143841
    >>> print(loss.backward([[0.5, 0.5]], [[0.25, 0.75]]).round(4))
    [[-2.     -0.6667]]
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's loss."""
        t, y = np.clip(t, SMALLEST, 1), np.clip(y, SMALLEST, 1)
        costs: np.ndarray = (t * np.log(t / y)).sum(axis=1, dtype=np.float64)
        return costs

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        inside = (y >= SMALLEST) & (y <= 1)
        dy: np.ndarray = -np.clip(t, SMALLEST, 1) / np.clip(y, SMALLEST, 1) * inside / len(y)
        return dy


class Poisson(Loss):
    """Poisson loss, ``L = (1/(N K)) sum y - t log y``: for counts t, with y the expected count.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K), positive

    It is minus the logarithm of the Poisson probability exp(-y) y^t / t!, but for t!, which no
    prediction changes.

    Backward::

        dL/dy = (1 - t / y) / (N K)

    Notes
    -----
    1e-7 is added to y in the logarithm and in the quotient. End the model with ``"exponential"`` or
    ``"softplus"``, so that y is positive.

    Examples
    --------
    >>> loss = Poisson()
    >>> print(round(loss.forward([[2.0]], [[1.0]]), 6))
    1.0
    >>> print(loss.backward([[2.0]], [[1.0]]).round(6))
    [[-1.]]
    """

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        return mean_of_rows(y - t * np.log(y + SMALLEST))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        dy: np.ndarray = (1 - t / (y + SMALLEST)) / y.size
        return dy


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between prediction and target: -1 is best, 1 is worst.

    ``L = -(1/N) sum u . v``, with the unit vectors ``u = y / |y|`` and ``v = t / |t|`` of a row.

    Shapes, for N examples of K entries::

        y_true, y_pred, gradient  (N, K)

    Backward.  ``du[i]/dy[j] = ([i = j] - u[i] u[j]) / |y|``, the projection onto what is
    perpendicular to u, since a change along y doesn't turn it. With c = u . v this gives::

        dL/dy = (c u - v) / (N |y|)

    Parameters
    ----------
    axis : int
        The axis of the vectors, the last one.
    reduction, name
        As in `Loss`.

    Examples
    --------
    >>> loss = CosineSimilarity()
    >>> loss.forward([[1.0, 0.0]], [[3.0, 4.0]])
    -0.6
    >>> print(loss.backward([[1.0, 0.0]], [[3.0, 4.0]]).round(4))
    [[-0.128  0.096]]
    """

    @known_keywords
    def __init__(
        self, axis: int = -1, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ) -> None:
        super().__init__(reduction, name)
        if checks.check_count(axis, "axis", minimum=-1, maximum=1) == 0:
            raise ValueError("axis must be -1, the last one, received 0.")

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's loss."""
        costs: np.ndarray = -(unit(y) * unit(t)).sum(axis=-1, dtype=np.float64)
        return mean_of_rows(costs)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        u, v = unit(y), unit(t)
        c = (u * v).sum(axis=-1, keepdims=True)
        vectors = y.size // y.shape[-1]
        dy: np.ndarray = (c * u - v) / (vectors * length(y))
        return dy


class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy with less weight on what is right already.

    With q the probability that was given to the right answer, ``q = t p + (1 - t)(1 - p)``, an
    output costs ``(1 - q)^gamma`` times its cross-entropy; L is the mean over examples and outputs.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1; entries from 0 to 1      y_pred, gradient  (N, K)

    Backward.  With f = (1 - q)^gamma, c the cross-entropy, df/dp = -gamma (1 - q)^(gamma - 1)
    (2 t - 1) and dc/dp = (1 - t) / (1 - p) - t / p, by the product rule::

        dL/dp = (df/dp c + f dc/dp) / (N K)

    Source: T.-Y. Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 4.

    Parameters
    ----------
    apply_class_balancing : bool
        Whether to multiply by alpha where t is 1 and 1 - alpha where it is 0.
    alpha : float
        See above.
    gamma : float
        How strongly; 0 gives the cross-entropy.
    reduction, name
        As in `Loss`.

    Notes
    -----
    Probabilities count as 1e-7 from 0 and 1 at least.

    Examples
    --------
    >>> loss = BinaryFocalCrossentropy()
    >>> print(round(loss.forward([[1.0]], [[0.5]]), 6))  # log(2) / 4
    0.173287
    """

    @known_keywords
    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.apply_class_balancing = checks.check_bool(
            apply_class_balancing, "apply_class_balancing"
        )
        self.alpha = checks.check_number(alpha, "alpha", minimum=0)
        self.gamma = checks.check_number(gamma, "gamma", minimum=0)

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        p = np.clip(y, SMALLEST, 1 - SMALLEST)
        cost = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        return mean_of_rows(self._balance(t) * self._miss(t, y) ** self.gamma * cost)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dp."""
        p, miss = np.clip(y, SMALLEST, 1 - SMALLEST), self._miss(t, y)
        cost = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        slope = ((1 - t) / (1 - p) - t / p) * (p == y)
        factor = miss**self.gamma
        turn = -self.gamma * miss ** (self.gamma - 1) * (2 * t - 1) if self.gamma else 0
        dy: np.ndarray = self._balance(t) * (turn * cost + factor * slope) / y.size
        return dy

    def _miss(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """1 - q, the probability given to the wrong answer."""
        miss: np.ndarray = 1 - (t * y + (1 - t) * (1 - y))
        return miss

    def _balance(self, t: np.ndarray) -> Any:
        return t * self.alpha + (1 - t) * (1 - self.alpha) if self.apply_class_balancing else 1

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        return {
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
            **super().get_config(),
        }


def length(x: np.ndarray) -> np.ndarray:
    """Length of each vector along the last axis, 1e-7 at least."""
    lengths: np.ndarray = np.maximum(np.sqrt((x * x).sum(axis=-1, keepdims=True)), SMALLEST)
    return lengths


def unit(x: np.ndarray) -> np.ndarray:
    """Each vector along the last axis, divided by its length."""
    vectors: np.ndarray = x / length(x)
    return vectors
