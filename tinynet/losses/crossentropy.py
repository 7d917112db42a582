"""The losses: how wrong the predictions are, as one number, and its derivative.

Every loss is a **mean**: over the N examples of the batch and, for those that score each output by
itself (mean squared error, binary cross-entropy), over the outputs as well, as in Keras. Here
stands the only 1/N of the library.

Cross-entropy takes the logarithm of what a softmax made with an exponential. Undoing one with the
other loses everything once a probability rounds to 0, so both cross-entropies can work from the
*logits*, the numbers before the softmax or sigmoid, where the value is exact for any finite input
and the derivative needs no division by a probability. A model that ends in `Softmax` or `Sigmoid`
and is compiled with the matching loss does so by itself; ``from_logits=True`` says that the
predictions are logits.
"""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet.layers.activations import sigmoid, softmax
from tinynet.losses.base import Loss, one_hot_like
from tinynet.utils import check_labels

LARGE_COST = 69  # -log p; below exp(-69), 1e-30, p / N can be too small a float32 for all digits


class Crossentropy(Loss):
    """What the cross-entropies have in common: they work from probabilities or from logits.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits rather than probabilities.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = checks.check_bool(from_logits, "from_logits")

    def value_from_logits(self, t: np.ndarray, z: np.ndarray) -> float:
        """Return the loss from the logits z, exactly."""
        raise NotImplementedError(f"{type(self).__name__} must define value_from_logits(t, z).")

    def gradient_from_logits(self, t: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return dL/dz from the probabilities p that belong to the logits z."""
        raise NotImplementedError(f"{type(self).__name__} must define gradient_from_logits(t, p).")

    def fused(self, t: np.ndarray, z: np.ndarray, p: np.ndarray) -> tuple[float, np.ndarray]:
        """Return L and dL/dz together, from the logits z and the probabilities p made of them."""
        return self.value_from_logits(t, z), self.gradient_from_logits(t, p)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        return {"from_logits": self.from_logits}


class CategoricalCrossentropy(Crossentropy):
    """Cross-entropy of K exclusive classes, for one-hot labels or probabilities as targets.

    ``L = -(1/N) sum_n sum_k t[n, k] log p[n, k]``: the mean, over the examples, of minus the
    logarithm of the probability that was given to the right class.

    Shapes, for N examples and K classes::

        y_true  (N, K), rows that sum to 1      y_pred, gradient  (N, K)

    Backward.  Only one term holds p[n, k], so dL/dp[n, k] = -t[n, k] / (N p[n, k]).

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits z, with p = softmax(z), rather than probabilities p.

    Notes
    -----
    A probability given as 0 counts as the smallest normal number of its dtype, so that loss and
    gradient stay finite.

    Examples
    --------
    >>> loss = CategoricalCrossentropy()
    >>> print(f"{loss.forward([[0, 1, 0]], [[0.25, 0.5, 0.25]]):.6f}")  # log 2
    0.693147
    >>> loss.backward([[0, 1, 0]], [[0.25, 0.5, 0.25]])
    array([[-0., -2., -0.]])
    >>> CategoricalCrossentropy(from_logits=True).forward([[0, 1]], [[1000.0, 0.0]])
    1000.0
    """

    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        """Return the loss, from probabilities or logits."""
        if self.from_logits:
            return self.value_from_logits(t, y)
        log_p = np.log(np.maximum(y, np.finfo(y.dtype).tiny))
        if t.ndim == 1:
            return -float(log_p[np.arange(len(t)), t].sum(dtype=np.float64)) / len(t)
        return -float((t * log_p).sum(dtype=np.float64)) / len(t)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy, y being probabilities or logits."""
        if self.from_logits:
            return self.gradient_from_logits(t, softmax(y))
        y = np.maximum(y, np.finfo(y.dtype).tiny)
        dy: np.ndarray = -one_hot_like(y, t) / (y * len(y))
        return dy

    def value_from_logits(self, t: np.ndarray, z: np.ndarray) -> float:
        """Return the loss from the logits z, exactly.

        With m the largest logit of a row and s the sum of exp(z[j] - m) over all the *others*,
        log p[k] = (z[k] - m) - log(1 + s). Nothing overflows, and since log(1 + s) is computed by
        log1p, a loss far below the rounding unit still comes out right. The value is worked out in
        float64, whatever the dtype of z.
        """
        rows = np.arange(len(z))
        z = z.astype(np.float64, copy=False)
        largest = z.argmax(axis=1)
        shifted = z - z[rows, largest][:, np.newaxis]
        exp = np.exp(shifted)
        exp[rows, largest] = 0
        log_sum = np.log1p(exp.sum(axis=1))
        if t.ndim == 1:
            return float((log_sum - shifted[rows, t]).sum()) / len(t)
        return float((log_sum * t.sum(axis=1) - (t * shifted).sum(axis=1)).sum()) / len(t)

    def gradient_from_logits(self, t: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return dL/dz = (p - t) / N, for p = softmax(z): the shortcut through the softmax.

        Of one row: dL/dz[j] = sum_k dL/dp[k] dp[k]/dz[j], with dL/dp[k] = -t[k] / p[k] from this
        loss and dp[k]/dz[j] = p[k] ([k = j] - p[j]) from the softmax. The p[k] cancel::

            dL/dz[j] = -sum_k t[k] ([k = j] - p[j]) = p[j] sum_k t[k] - t[j] = p[j] - t[j]

        since a row of t sums to 1; and 1/N comes from the mean over the batch. Nothing is divided
        by a probability, so it is exact where the long road would be 0 times infinity.

        Parameters
        ----------
        t : numpy.ndarray, shape (N,) or (N, K)
            Prepared targets: class indices or probabilities.
        p : numpy.ndarray, shape (N, K)
            Probabilities, the output of the softmax.
        """
        dz: np.ndarray = (p - one_hot_like(p, t)) / len(p)
        return dz

    def fused(self, t: np.ndarray, z: np.ndarray, p: np.ndarray) -> tuple[float, np.ndarray]:
        """Return L and dL/dz together, for half of what they cost one by one.

        Of one row with the class k: let q be the sum of all the *other* probabilities. As they sum
        to 1 with p[k], -log p[k] = log((p[k] + q) / p[k]) = log(1 + q / p[k]), and dL/dz[k] =
        p[k] - 1 = -q, both without a cancellation; the 1/N of dL/dz cancels in q / p[k]. Where
        p[k] / N is so small that it has lost digits, or is 0, the value comes from the logits.
        Entry [n, k] of dz is entry n K + k of the same memory as one row, which is quicker to name.
        """
        if t.ndim == 2:
            return super().fused(t, z, p)
        dz = np.divide(p, len(p), order="C")
        flat, right = dz.reshape(-1), np.arange(0, dz.size, dz.shape[1]) + t
        p_right, flat[right] = flat[right], 0
        q = dz.sum(axis=1)
        flat[right] = -q
        costs = np.log1p(q / p_right)
        total = float(costs.sum(dtype=np.float64))
        if total < LARGE_COST or costs.max() < LARGE_COST:
            return total / len(p), dz
        return self.value_from_logits(t, z), dz

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check rows of probabilities; one-hot rows become class indices, an eighth of the work."""
        labels = checks.check_one_hot(y_true, output_shape[0])
        t = checks.check_distributions(super().targets(labels, output_shape), "y_true")
        one_hot = (np.count_nonzero(t, axis=1) == 1).all() and (t.max(axis=1) == 1).all()
        return t.argmax(axis=1) if one_hot else t


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Cross-entropy of K exclusive classes, for labels given as integers from 0 to K - 1.

    The same loss as `CategoricalCrossentropy`, ``L = -(1/N) sum_n log p[n, y_true[n]]``.

    Shapes, for N examples and K classes::

        y_true  (N,) or (N, 1)      y_pred, gradient  (N, K)

    Backward.  -1 / (N p) at the right class, 0 elsewhere; from the logits, (p - t) / N with t the
    one-hot form of the label.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits rather than probabilities.

    Examples
    --------
    >>> loss = SparseCategoricalCrossentropy(from_logits=True)
    >>> print(f"{loss.forward([1], [[0.0, 0.0]]):.6f}")  # log 2
    0.693147
    >>> loss.backward([1], [[0.0, 0.0]])
    array([[ 0.5, -0.5]])
    """

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check integer labels against the number of classes."""
        labels = checks.check_not_one_hot(y_true, output_shape[0])
        return check_labels(labels, "y_true", output_shape[0])


class BinaryCrossentropy(Crossentropy):
    """Cross-entropy of yes-or-no answers, each output on its own.

    ``L = -(1/(N K)) sum t log p + (1 - t) log(1 - p)``: a mean over examples and outputs.

    Shapes, for N examples and K outputs (often 1)::

        y_true  (N, K), or (N,) where K = 1; entries from 0 to 1      y_pred, gradient  (N, K)

    Backward.  dL/dp = (1/(N K)) ((1 - t) / (1 - p) - t / p)

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits z, with p = sigmoid(z), rather than probabilities p.

    Notes
    -----
    A probability given as exactly 0 or 1 counts as the smallest normal number of its dtype away
    from it, so that loss and gradient stay finite.

    Examples
    --------
    >>> loss = BinaryCrossentropy()
    >>> print(f"{loss.forward([1, 0], [[0.5], [0.5]]):.6f}")  # log 2
    0.693147
    >>> BinaryCrossentropy(from_logits=True).forward([0], [[1000.0]])
    1000.0
    """

    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        """Return the loss, from probabilities or logits."""
        if self.from_logits:
            return self.value_from_logits(t, y)
        tiny = np.finfo(y.dtype).tiny
        log_p, log_q = np.log(np.maximum(y, tiny)), np.log(np.maximum(1 - y, tiny))
        np.log1p(-y, out=log_q, where=y < 0.5)  # 1 - y would lose a small y's digits
        return -float((t * log_p + (1 - t) * log_q).sum(dtype=np.float64)) / y.size

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return dL/dy, y being probabilities or logits."""
        if self.from_logits:
            return self.gradient_from_logits(t, sigmoid(y))
        tiny = np.finfo(y.dtype).tiny
        dy: np.ndarray = (1 - t) / np.maximum(1 - y, tiny) - t / np.maximum(y, tiny)
        dy /= y.size
        return dy

    def value_from_logits(self, t: np.ndarray, z: np.ndarray) -> float:
        """Return the loss from the logits z, exactly.

        -log p = log(1 + exp(-z)) and -log(1 - p) = z + log(1 + exp(-z)), so that an output costs
        (1 - t) z + log(1 + exp(-z)), and for negative z, where that exp would overflow,
        log(1 + exp(-z)) = -z + log(1 + exp(z)). Together: max(z, 0) - t z + log(1 + exp(-abs(z))).
        The value is worked out in float64, whatever the dtype of z.
        """
        z = z.astype(np.float64, copy=False)
        costs = np.maximum(z, 0) - t * z + np.log1p(np.exp(-np.abs(z)))
        return float(costs.sum()) / z.size

    def gradient_from_logits(self, t: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return dL/dz = (p - t) / (N K), for p = sigmoid(z): the shortcut through the sigmoid.

        dL/dp = ((1 - t) / (1 - p) - t / p) / (N K) and dp/dz = p (1 - p); their product is
        ((1 - t) p - t (1 - p)) / (N K) = (p - t) / (N K).
        """
        dz: np.ndarray = (p - t) / p.size
        return dz

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check that all entries lie from 0 to 1."""
        return checks.check_range(super().targets(y_true, output_shape), "y_true", 0, 1)
