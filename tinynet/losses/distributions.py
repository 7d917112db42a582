"""Losses that compare distributions, counts or directions.

`KLDivergence` and `BinaryFocalCrossentropy` are related to the cross-entropy. `Poisson` is for
counts, and `CosineSimilarity` for vectors whose length doesn't matter.
"""

import math
from typing import Any

import numpy as np

from tinynet._internal import checks, data_hints
from tinynet._internal.names import known_keywords
from tinynet.layers.activations import sigmoid
from tinynet.layers.smooth_activations import softplus
from tinynet.losses.base import RowLoss, mean_of_outputs
from tinynet.losses.crossentropy import smoothed
from tinynet.losses.errors import SMALLEST


class KLDivergence(RowLoss):
    """Kullback-Leibler divergence, ``L = (1/N) sum_n sum_k t[n, k] log(t[n, k] / y[n, k])``.

    Shapes, for N examples and K classes::

        y_true, y_pred, gradient  (N, K), rows of probabilities

    It is the cross-entropy minus the entropy of the targets, which doesn't depend on y.

    Backward.  Only -t log y depends on y, so ``dL/dy = -t / (N y)``.

    Source: S. Kullback and R. Leibler, "On information and sufficiency", 1951.

    Notes
    -----
    Targets and predictions are clipped to [1e-7, 1]. The gradient of a clipped prediction is 0.

    Examples
    --------
    >>> loss = KLDivergence()
    >>> print(round(loss.forward([[0.5, 0.5]], [[0.25, 0.75]]), 6))  # log(4/3) / 2
    0.143841
    >>> print(loss.backward([[0.5, 0.5]], [[0.25, 0.75]]).round(4))
    [[-2.     -0.6667]]
    """

    @known_keywords
    def check_outputs(self, y: np.ndarray) -> None:
        """Raise an error for negative probabilities."""
        advice = "End the model with 'softmax'."
        checks.check_limits(y, "KLDivergence expected probabilities", math.inf, advice)

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's loss."""
        t, y = np.clip(t, SMALLEST, 1), np.clip(y, SMALLEST, 1)
        return mean_of_outputs((t * np.log(t / y)).sum(axis=-1, dtype=np.float64))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        inside = (y >= SMALLEST) & (y <= 1)
        rows = y.size // y.shape[-1]
        return -np.clip(t, SMALLEST, 1) / np.clip(y, SMALLEST, 1) * inside / rows


class Poisson(RowLoss):
    """Poisson loss, ``L = (1/(N K)) sum y - t log y``, for counts t with expected value y.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1      y_pred, gradient  (N, K), positive

    It is minus the logarithm of the Poisson probability exp(-y) y^t / t!, without the constant log
    t!.

    Backward.  ``dL/dy = (1 - t / y) / (N K)``.

    Notes
    -----
    In the logarithm and the quotient, y is y + 1e-7. To keep y positive, end the model with
    ``"exponential"`` or ``"softplus"``.

    Examples
    --------
    >>> loss = Poisson()
    >>> print(round(loss.forward([[2.0]], [[1.0]]), 6))
    1.0
    >>> print(loss.backward([[2.0]], [[1.0]]).round(6))
    [[-1.]]
    """

    @known_keywords
    def check_outputs(self, y: np.ndarray) -> None:
        """Raise an error for negative expected values."""
        advice = "End the model with 'softplus'."
        checks.check_limits(y, "Poisson expected the expected values of counts", math.inf, advice)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that no count is negative."""
        return checks.check_range(super().targets(y_true, output_shape), "y_true", 0, math.inf)

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        return mean_of_outputs(y - t * np.log(y + SMALLEST))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        return (1 - t / (y + SMALLEST)) / y.size


class CosineSimilarity(RowLoss):
    """Minus the cosine of the angle between prediction and target, from -1, the best value, to 1.

    ``L = -(1/N) sum u . v``, with the unit vectors ``u = y / |y|`` and ``v = t / |t|`` of each row.

    Shapes, for N examples of K entries::

        y_true, y_pred, gradient  (N, K)

    Backward.  ``du[i]/dy[j] = ([i = j] - u[i] u[j]) / |y|``, since only the part of a change that
    is perpendicular to u turns it. With c = u . v this gives::

        dL/dy = (c u - v) / (N |y|)

    Parameters
    ----------
    axis : int
        Axis of the vectors. It must be the last one.
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
        return mean_of_outputs(costs)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy."""
        u, v = unit(y), unit(t)
        c = (u * v).sum(axis=-1, keepdims=True)
        c = np.where(length(y) > SMALLEST, c, 0)  # shorter vectors are divided by a constant
        vectors = y.size // y.shape[-1]
        return (c * u - v) / (vectors * length(y))


class BinaryFocalCrossentropy(RowLoss):
    """Binary cross-entropy with less weight on outputs that are already correct.

    With q the predicted probability of the correct answer, ``q = t p + (1 - t)(1 - p)``, an output
    costs ``(1 - q)^gamma`` times its cross-entropy. L is the mean over examples and outputs.

    Shapes, for N examples and K outputs::

        y_true  (N, K), or (N,) where K = 1; entries from 0 to 1      y_pred, gradient  (N, K)

    Backward.  With f = (1 - q)^gamma and c the cross-entropy, df/dp = -gamma (1 - q)^(gamma - 1)
    (2 t - 1) and dc/dp = (1 - t) / (1 - p) - t / p. By the product rule::

        dL/dp = (df/dp c + f dc/dp) / (N K)

    From logits z, with p = sigmoid(z), both derivatives have the factor dp/dz = p (1 - p). Then
    -log p = softplus(-z), -log(1 - p) = softplus(z) and dc/dz = p - t, as in `BinaryCrossentropy`.

    Source: T.-Y. Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 4.

    Parameters
    ----------
    apply_class_balancing : bool
        Whether to multiply the cost by alpha where t is 1, and by 1 - alpha where t is 0.
    alpha : float
        The weight of class 1, from 0 to 1.
    gamma : float
        How strongly correct outputs are down-weighted; 0 gives the cross-entropy.
    from_logits : bool
        Whether y_pred holds logits z instead of probabilities.
    label_smoothing : float
        With smoothing a, the targets t become t (1 - a) + a / 2.
    reduction, name
        As in `Loss`.

    Notes
    -----
    In the cross-entropy, probabilities are clipped to [1e-7, 1 - 1e-7]. Logits aren't clipped.

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
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.apply_class_balancing = checks.check_bool(
            apply_class_balancing, "apply_class_balancing"
        )
        self.alpha = checks.check_share(alpha, "alpha")
        self.gamma = checks.check_number(gamma, "gamma", minimum=0)
        self.from_logits = checks.check_bool(from_logits, "from_logits")
        self.label_smoothing = checks.check_share(label_smoothing, "label_smoothing")

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that all entries are between 0 and 1, and smooth them."""
        t = super().targets(y_true, output_shape)
        checks.check_range(t, "y_true", 0, 1, data_hints.binary_hint)
        return smoothed(t, self.label_smoothing, 2) if self.label_smoothing else t

    @known_keywords
    def check_outputs(self, y: np.ndarray) -> None:
        """Raise an error for what can't be a probability, unless y holds logits."""
        if not self.from_logits:
            advice = "End the model with 'sigmoid'."
            checks.check_limits(y, "BinaryFocalCrossentropy expected probabilities", 1, advice)

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's mean."""
        miss = self._miss(t, y)
        return mean_of_outputs(self._balance(t) * miss**self.gamma * self._crossentropy(t, y))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dp, or dL/dz from logits."""
        cost, miss = self._crossentropy(t, y), self._miss(t, y)
        if self.from_logits:
            p = sigmoid(y)
            dp, slope = p * (1 - p), p - t
        else:
            safe = np.clip(y, SMALLEST, 1 - SMALLEST)
            dp, slope = np.ones_like(y), ((1 - t) / (1 - safe) - t / safe) * (safe == y)
        # Where next to nothing is missed, df/dp c tends to 0, although df/dp grows if gamma < 1.
        finite = (miss >= np.finfo(miss.dtype).tiny) | (self.gamma >= 1)
        power = np.power(miss, self.gamma - 1, out=np.zeros_like(miss), where=finite)
        turn = -self.gamma * power * (2 * t - 1) * dp
        return self._balance(t) * (turn * cost + miss**self.gamma * slope) / y.size

    def _crossentropy(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each output's cross-entropy c; from logits, it is finite for any z."""
        if self.from_logits:
            return t * softplus(-y) + (1 - t) * softplus(y)
        safe = np.clip(y, SMALLEST, 1 - SMALLEST)
        cost: np.ndarray = -(t * np.log(safe) + (1 - t) * np.log1p(-safe))
        return cost

    def _miss(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return 1 - q, the predicted probability of the wrong answer."""
        p, not_p = (sigmoid(y), sigmoid(-y)) if self.from_logits else (y, 1 - y)
        return t * not_p + (1 - t) * p

    def _balance(self, t: np.ndarray) -> Any:
        return t * self.alpha + (1 - t) * (1 - self.alpha) if self.apply_class_balancing else 1

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            **super().get_config(),
        }


def length(x: np.ndarray) -> np.ndarray:
    """Return the length of each vector along the last axis, at least 1e-7."""
    return np.maximum(np.sqrt((x * x).sum(axis=-1, keepdims=True)), SMALLEST)


def unit(x: np.ndarray) -> np.ndarray:
    """Return each vector along the last axis divided by its length."""
    return x / length(x)
