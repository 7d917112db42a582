"""The cross-entropies: losses for classification, and their derivatives from logits.

A cross-entropy takes the logarithm of a probability that softmax or sigmoid computed with an
exponential. If that probability rounds to 0, the loss is lost. So both losses can also be computed
from the *logits*, the inputs of the softmax or sigmoid. The value is then accurate to rounding for
any finite logits, and the derivative needs no division by a probability. A model that ends in
`Softmax` or `Sigmoid` and is compiled with the matching loss does this automatically. Set
``from_logits=True`` if the predictions are logits.
"""

import copy
import math
from typing import Any

import numpy as np

from tinynet._internal import checks, data_hints
from tinynet._internal.names import known_keywords
from tinynet.layers.activations import Sigmoid, Softmax, sigmoid, softmax, softmax_and_log
from tinynet.layers.base import Layer
from tinynet.losses.base import Loss, RowLoss, mean_of_outputs, one_hot_like
from tinynet.utils import check_labels


class Crossentropy(RowLoss):
    """Base class of the cross-entropies, which take probabilities or logits.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits instead of probabilities.
    label_smoothing : float
        Fraction of each target, from 0 to 1, that is spread evenly over all outcomes.
    reduction, name
        As in `Loss`.

    Attributes
    ----------
    undoes : type of Layer
        The activation whose logits the loss can take. A subclass has to set it itself, since its
        formulas may differ.
    """

    undoes: type[Layer] | None = None
    highest_probability = math.inf  # rows are divided by their sums

    @known_keywords
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.from_logits = checks.check_bool(from_logits, "from_logits")
        self.label_smoothing = checks.check_share(label_smoothing, "label_smoothing")

    @known_keywords
    def check_outputs(self, y: np.ndarray) -> None:
        """Raise an error for negative probabilities and for binary ones above 1."""
        if not self.from_logits:
            name = type(self).__name__
            advice = f"For logits use {name}(from_logits=True)."
            expected = f"{name} expected probabilities"
            checks.check_limits(y, expected, self.highest_probability, advice)

    def of_logits(self) -> "Crossentropy":
        """Return a copy of the loss that takes logits."""
        twin = copy.copy(self)
        twin.from_logits = True
        return twin

    def costs_from_logits(self, t: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the loss of each example from the logits z, in float64."""
        raise NotImplementedError(f"{type(self).__name__} must define costs_from_logits(t, z).")

    def gradient_from_logits(self, t: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return dL/dz from the probabilities p of the logits z."""
        raise NotImplementedError(f"{type(self).__name__} must define gradient_from_logits(t, p).")

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """Return the activation's outputs for the logits z."""
        raise NotImplementedError(f"{type(self).__name__} must define probabilities(z).")

    def value_from_logits(self, t: np.ndarray, z: np.ndarray) -> float:
        """Return the loss of the batch from the logits z."""
        return float(self.costs_from_logits(t, z).sum()) / len(z)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; a smoothing of 0 is left out."""
        smoothing = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        return {"from_logits": self.from_logits, **smoothing, **super().get_config()}


class CategoricalCrossentropy(Crossentropy):
    """Cross-entropy of K exclusive classes, for one-hot or probability targets.

    ``L = -(1/N) sum_n sum_k t[n, k] log p[n, k]``. For one-hot targets, this is the mean of minus
    the log-probability of the correct class.

    Shapes, for N examples and K classes::

        y_true  (N, K), rows that sum to 1      y_pred, gradient  (N, K)

    As in Keras, each row of predictions y is first divided by its sum, p[k] = y[k] / s with
    s = sum_j y[j]. This matters for outputs that don't sum to 1, such as those of sigmoid units.

    Backward.  In one row, -sum_k t[k] log p[k] = log s sum_k t[k] - sum_k t[k] log y[k], so that::

        dL/dy[n, k] = (sum_j t[n, j] - t[n, k] / p[n, k]) / (N s[n])

    For the outputs of a softmax, s is 1, and the first term is the same for all k, so the softmax's
    Jacobian maps it to 0.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits z, with p = softmax(z), instead of probabilities.
    label_smoothing : float
        With smoothing a, the targets t become t (1 - a) + a / K (C. Szegedy et al., "Rethinking the
        inception architecture for computer vision", CVPR 2016, section 7).
    reduction, name
        As in `Loss`.

    Notes
    -----
    A probability of 0 is replaced by the smallest normal number of its dtype, to keep the loss and
    the gradient finite. The gradient is that of the logarithm at that number.

    Examples
    --------
    >>> loss = CategoricalCrossentropy()
    >>> print(f"{loss.forward([[0, 1, 0]], [[0.25, 0.5, 0.25]]):.6f}")  # log 2
    0.693147
    >>> loss.backward([[0, 1, 0]], [[0.25, 0.5, 0.25]])
    array([[ 1., -1.,  1.]])
    >>> CategoricalCrossentropy(from_logits=True).forward([[0, 1]], [[1000.0, 0.0]])
    1000.0
    """

    undoes = Softmax
    _last: tuple[np.ndarray | None, Any] = (None, None)

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of each example, from probabilities or logits."""
        if self.from_logits:
            return self.costs_from_logits(t, y)
        p, _ = divided_by_sums(y)
        return costs_of(t, np.log(p))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy, y being probabilities or logits."""
        if self.from_logits:
            return self.gradient_from_logits(t, softmax(y))
        p, s = divided_by_sums(y)
        t = one_hot_like(p, t)
        return (t.sum(axis=1, keepdims=True) - t / p) / (len(y) * s)

    def value_and_gradient(self, t: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return L and dL/dy. From logits, both use the same exponentials."""
        if not self.from_logits:
            return super().value_and_gradient(t, y)
        p, log_p = softmax_and_log(y)
        self._last = y, p
        return float(costs_of(t, log_p).sum()) / len(y), self.gradient_from_logits(t, p)

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """Return softmax(z), reusing the result of `value_and_gradient` for the same z."""
        last, p = self._last
        return p if last is z else softmax(z)

    def costs_from_logits(self, t: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the loss of each example from the logits z, in float64: -sum_k t[k] log p[k]."""
        return costs_of(t, softmax_and_log(z.astype(np.float64, copy=False))[1])

    def gradient_from_logits(self, t: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return dL/dz = (s p - t) / N, for p = softmax(z) and s the sum of t's row.

        In one row, dL/dz[j] = sum_k dL/dp[k] dp[k]/dz[j], with dL/dp[k] = -t[k] / p[k] from this
        loss and dp[k]/dz[j] = p[k] ([k = j] - p[j]) from the softmax. The p[k] cancel::

            dL/dz[j] = -sum_k t[k] ([k = j] - p[j]) = p[j] sum_k t[k] - t[j] = s p[j] - t[j]

        For targets that sum to 1, this is p - t. The factor 1/N comes from the mean over the batch.
        There is no division by a probability, so the result is accurate to rounding even where the
        product of the two derivatives would be 0 times infinity.

        Parameters
        ----------
        t : numpy.ndarray, shape (N,) or (N, K)
            Prepared targets: class indices or probabilities.
        p : numpy.ndarray, shape (N, K)
            The softmax's output.
        """
        if t.ndim == 2:
            return (t.sum(axis=1, keepdims=True) * p - t) / len(p)
        label, dz = (np.arange(len(p)), t), p / len(p)  # t is 1 at the label, else 0, and s is 1
        dz[label] = 0
        dz[label] = -dz.sum(axis=1)  # p - 1, without cancellation
        return dz

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check rows of probabilities. One-hot rows become class indices, to save work."""
        checks.check_rows(output_shape, type(self).__name__)
        labels = checks.check_one_hot(y_true, output_shape[0])
        t = super().targets(labels, output_shape)
        largest = t.argmax(axis=1)
        one_hot = np.count_nonzero(t) == len(t) and (t[np.arange(len(t)), largest] == 1).all()
        if one_hot and not self.label_smoothing:
            return largest
        t = checks.check_distributions(t, "y_true")
        return smoothed(t, self.label_smoothing, output_shape[0]) if self.label_smoothing else t


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Cross-entropy of K exclusive classes, for integer labels from 0 to K - 1.

    The same loss as `CategoricalCrossentropy`, ``L = -(1/N) sum_n log p[n, y_true[n]]``.

    Shapes, for N examples and K classes::

        y_true  (N,) or (N, 1)      y_pred, gradient  (N, K)

    As in `CategoricalCrossentropy`, each row of predictions is first divided by its sum, which
    matters for sigmoid units.

    Backward.  As there, with t the one-hot label; from logits, (p - t) / N.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits instead of probabilities.
    reduction, name
        As in `Loss`.

    Examples
    --------
    >>> loss = SparseCategoricalCrossentropy(from_logits=True)
    >>> print(f"{loss.forward([1], [[0.0, 0.0]]):.6f}")  # log 2
    0.693147
    >>> loss.backward([1], [[0.0, 0.0]])
    array([[ 0.5, -0.5]])
    """

    undoes = Softmax

    @known_keywords
    def __init__(
        self,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(from_logits, reduction=reduction, name=name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check integer labels against the number of classes."""
        checks.check_rows(output_shape, type(self).__name__)
        labels = checks.check_not_one_hot(y_true, output_shape[0])
        return check_labels(labels, "y_true", output_shape[0])


class BinaryCrossentropy(Crossentropy):
    """Cross-entropy of yes-or-no outputs, each independent of the others.

    ``L = -(1/(N K)) sum t log p + (1 - t) log(1 - p)``, a mean over examples and outputs.

    Shapes, for N examples and K outputs (often 1)::

        y_true  (N, K), or (N,) where K = 1; entries from 0 to 1      y_pred, gradient  (N, K)

    Backward.  dL/dp = (1/(N K)) ((1 - t) / (1 - p) - t / p)

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits z, with p = sigmoid(z), instead of probabilities.
    label_smoothing : float
        With smoothing a, the targets t become t (1 - a) + a / 2.
    reduction, name
        As in `Loss`.

    Notes
    -----
    p and 1 - p are at least the smallest normal number of their dtype, to keep the loss and the
    gradient finite.

    Examples
    --------
    >>> loss = BinaryCrossentropy()
    >>> print(f"{loss.forward([1, 0], [[0.5], [0.5]]):.6f}")  # log 2
    0.693147
    >>> BinaryCrossentropy(from_logits=True).forward([0], [[1000.0]])
    1000.0
    """

    undoes = Sigmoid
    highest_probability = 1.0

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of each example, from probabilities or logits."""
        if self.from_logits:
            return self.costs_from_logits(t, y)
        tiny = np.finfo(y.dtype).tiny
        log_p, log_q = np.log(np.maximum(y, tiny)), np.log(np.maximum(1 - y, tiny))
        np.log1p(-y, out=log_q, where=y < 0.5)  # 1 - y would lose digits of a small y
        return mean_of_outputs(-(t * log_p + (1 - t) * log_q))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy, y being probabilities or logits."""
        if self.from_logits:
            return self.gradient_from_logits(t, sigmoid(y))
        tiny = np.finfo(y.dtype).tiny
        return ((1 - t) / np.maximum(1 - y, tiny) - t / np.maximum(y, tiny)) / y.size

    def costs_from_logits(self, t: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the loss of each example from the logits z, in float64.

        -log p = log(1 + exp(-z)) and -log(1 - p) = z + log(1 + exp(-z)), so an output costs
        (1 - t) z + log(1 + exp(-z)). For negative z, where exp(-z) could overflow,
        log(1 + exp(-z)) = -z + log(1 + exp(z)). Together: max(z, 0) - t z + log(1 + exp(-abs(z))).
        """
        z = z.astype(np.float64, copy=False)
        return mean_of_outputs(np.maximum(z, 0) - t * z + np.log1p(np.exp(-np.abs(z))))

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """Return sigmoid(z)."""
        return sigmoid(z)

    def gradient_from_logits(self, t: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return dL/dz = (p - t) / (N K), for p = sigmoid(z).

        dL/dp = ((1 - t) / (1 - p) - t / p) / (N K) and dp/dz = p (1 - p). Their product is
        ((1 - t) p - t (1 - p)) / (N K) = (p - t) / (N K).
        """
        return (p - t) / p.size

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that all entries are between 0 and 1."""
        t = super().targets(y_true, output_shape)
        checks.check_range(t, "y_true", 0, 1, data_hints.binary_hint)
        return smoothed(t, self.label_smoothing, 2) if self.label_smoothing else t


def smoothed(t: np.ndarray, smoothing: float, outcomes: int) -> np.ndarray:
    """Return targets with a fraction `smoothing` spread evenly over all outcomes."""
    return t * (1 - smoothing) + smoothing / outcomes


def costs_of(t: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Return each row's -sum_k t[k] log p[k], in float64; t holds class indices or rows."""
    if t.ndim == 1:
        return -log_p[np.arange(len(t)), t].astype(np.float64)
    return -(t * log_p).sum(axis=1, dtype=np.float64)


def undoes(loss: Loss, activation: Layer) -> bool:
    """Return whether the loss can take the activation's logits instead of its outputs."""
    undone = vars(type(loss)).get("undoes")
    return undone is type(activation) and not getattr(loss, "from_logits", False)


def divided_by_sums(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each row divided by its sum, at least the smallest normal number, and the sums.

    A row whose sum isn't positive isn't divided; its sum is returned as 1.
    """
    tiny = np.finfo(y.dtype).tiny
    s = y.sum(axis=1, keepdims=True)
    s = np.where(s <= tiny, 1, s).astype(y.dtype, copy=False)  # NaN shows in the loss
    return np.maximum(y / s, tiny), s
