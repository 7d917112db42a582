"""Broken layers: each recreates a bug from a public project."""

from typing import Any

import numpy as np

from tinynet.layers.activations import ReLU, Sigmoid, Softmax
from tinynet.layers.base import Layer
from tinynet.layers.dense import Dense
from tinynet.layers.dropout import Dropout

# ---------------------------------------------------------------------------- softmax


class BatchMaxSoftmax(Softmax):
    """Subtracts the largest number of the whole batch."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn logits into probabilities, if all rows have similar maxima."""
        self._x = x
        exp = np.exp(x - x.max())
        y: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
        self._y = y
        return y


class DiagonalSoftmax(Softmax):
    """Treats softmax as an elementwise function."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply by the diagonal of the Jacobian."""
        y = self._y
        dx: np.ndarray = dy * y * (1 - y)
        return dx


class BatchSoftmax(Softmax):
    """Divides by the sum over the batch."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn logits into numbers whose columns sum to 1."""
        self._x = x
        exp = np.exp(x - x.max(axis=0))
        y: np.ndarray = exp / exp.sum(axis=0)
        self._y = y
        return y


# ---------------------------------------------------------------------------- other activations


class UnmaskedReLU(ReLU):
    """Uses the mask y >= 0, which is always true."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute max(x, 0) and keep the result."""
        y: np.ndarray = np.maximum(x, 0)
        self._x, self._y = x, y
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Let all of dy through."""
        dx: np.ndarray = dy * (self._y >= 0)
        return dx


class GradientMaskedReLU(ReLU):
    """Sets negative gradients to 0, not those of negative inputs."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Let dy through where dy is positive."""
        dx: np.ndarray = dy * (dy > 0)
        return dx


class ForgetfulReLU(ReLU):
    """Returns its own derivative without dy."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return 1 where x was positive."""
        dx: np.ndarray = np.where(self._x > 0, 1.0, 0.0).astype(dy.dtype)
        return dx


class OverwritingReLU(ReLU):
    """Overwrites dy in backward."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Zero dy where x wasn't positive."""
        dy[self._x <= 0] = 0
        return dy


class InPlaceReLU(ReLU):
    """Overwrites x in forward."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Zero x where it isn't positive."""
        y: np.ndarray = np.maximum(x, 0, out=x)
        self._x = y
        return y


class InputSlopeSigmoid(Sigmoid):
    """Uses y (1 - y) with the input for y."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute 1 / (1 + exp(-x)), and keep x."""
        self._x = x
        return super().forward(x, training=training)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by x (1 - x)."""
        dx: np.ndarray = dy * self._x * (1 - self._x)
        return dx


# ---------------------------------------------------------------------------- dropout


class RateScaledDropout(Dropout):
    """Divides by the share that is dropped, not by the share that is kept."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Drop entries if `training`."""
        self._shape, self._mask = x.shape, None
        if not training:
            return x
        kept = self.rng.random(x.shape) >= self.rate
        self._mask = (kept / self.rate).astype(x.dtype)
        y: np.ndarray = x * self._mask
        return y


class UnmaskedDropout(Dropout):
    """Scales dy in backward, but drops nothing."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Divide by the share that is kept."""
        dx: np.ndarray = dy / (1 - self.rate)
        return dx


# ---------------------------------------------------------------------------- dense layers


class PlainDense(Dense):
    """A correct Dense layer in three methods, from which the broken ones are derived."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dW and db, return dx."""
        self.fill_dW(dy)
        self.fill_db(dy)
        return self.make_dx(dy)

    def fill_dW(self, dy: np.ndarray) -> None:  # noqa: N802 - the textbook's name
        """Add every example's outer product."""
        self.dW[...] = self._x.T @ dy

    def fill_db(self, dy: np.ndarray) -> None:
        """Sum over the examples."""
        self.db[...] = dy.sum(axis=0)

    def make_dx(self, dy: np.ndarray) -> np.ndarray:
        """Return what the layer below receives."""
        dx: np.ndarray = dy @ self.W.T
        return dx


class AveragedBiasDense(PlainDense):
    """Takes a mean over the batch, as the loss already does."""

    def fill_db(self, dy: np.ndarray) -> None:
        """Average over the examples."""
        self.db[...] = dy.mean(axis=0)


class SharedBiasDense(PlainDense):
    """Sums over outputs as well as examples."""

    def fill_db(self, dy: np.ndarray) -> None:
        """Give every bias the same gradient."""
        self.db[...] = dy.sum()


class UnsummedBiasDense(PlainDense):
    """Uses the gradient of one example."""

    def fill_db(self, dy: np.ndarray) -> None:
        """Take the last row of dy."""
        self.db[...] = dy[-1]


class AccumulatingDense(PlainDense):
    """Adds to the gradients without resetting them."""

    def fill_dW(self, dy: np.ndarray) -> None:  # noqa: N802
        """Add to what is there."""
        self.dW += self._x.T @ dy


class TransposedDense(PlainDense):
    """Multiplies by W in place of W.T, which works if W is square."""

    def make_dx(self, dy: np.ndarray) -> np.ndarray:
        """Multiply by the wrong matrix."""
        dx: np.ndarray = dy @ self.W
        return dx


class DoubledDense(PlainDense):
    """Has a stray factor."""

    def fill_dW(self, dy: np.ndarray) -> None:  # noqa: N802
        """Add every example's outer product, twice."""
        self.dW[...] = self._x.T @ dy * 2


class EagerDense(PlainDense):
    """Updates itself, and passes the gradient back through the new weights."""

    def __init__(self, units: int, learning_rate: float = 0.01, **options: Any) -> None:
        super().__init__(units, **options)
        self.learning_rate = learning_rate

    def make_dx(self, dy: np.ndarray) -> np.ndarray:
        """Update, then return what the layer below receives."""
        self.W -= self.learning_rate * self.dW
        self.b -= self.learning_rate * self.db
        dx: np.ndarray = dy @ self.W.T
        return dx


# ---------------------------------------------------------------------------- other slopes

SCALE, ALPHA = 1.0507, 1.67326  # the SELU's two numbers


class SELU(Layer):
    """A correct scaled exponential linear unit."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute SCALE * (x, or ALPHA * (exp(x) - 1) where x < 0)."""
        y: np.ndarray = SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))
        self._y = y
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Take the slope from the output."""
        dx: np.ndarray = dy * np.where(self._y > 0, SCALE, self._y + SCALE * ALPHA)
        return dx


class MisscaledSELU(SELU):
    """Scales the slope twice."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Take the slope that belongs to a scale of 1, times the scale."""
        dx: np.ndarray = dy * np.where(self._y > 0, SCALE, SCALE * (self._y + ALPHA))
        return dx


class LeakyReLU(Layer):
    """A correct leaky ReLU with a slope of 0.1."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute x, or 0.1 x where x < 0."""
        self._x = x
        y: np.ndarray = np.where(x > 0, x, 0.1 * x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply by 1 or 0.1."""
        dx: np.ndarray = dy * np.where(self._x > 0, 1.0, 0.1).astype(dy.dtype)
        return dx


class TightReLU(LeakyReLU):
    """Leaks in forward, but not in backward."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply by ReLU's slope."""
        dx: np.ndarray = dy * (self._x > 0).astype(dy.dtype)
        return dx


class TransparentSoftmax(Softmax):
    """Ignores its own derivative."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return dy."""
        dx = dy.copy()
        return dx


# ---------------------------------------------------------------------------- norms and tables


class ColumnNorm(Layer):
    """Correct batch normalisation without parameters."""

    mean: np.ndarray
    std: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        """Keep running statistics for prediction."""
        self.add_state("mean", input_shape, lambda shape, rng: np.zeros(shape))
        self.add_state("std", input_shape, lambda shape, rng: np.ones(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Give each column a mean of 0 and a deviation of 1."""
        x = self.check_input(x)
        if not training:
            return (x - self.mean) / self.std
        mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-3)
        self.mean[...] += 0.1 * (mean - self.mean)
        self.std[...] += 0.1 * (std - self.std)
        self._std, self._n = std, (x - mean) / std
        return self._n

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Go through x, the mean and the deviation."""
        n = self._n
        dx: np.ndarray = (dy - dy.mean(axis=0) - n * (dy * n).mean(axis=0)) / self._std
        return dx


class FixedDeviationNorm(ColumnNorm):
    """Treats the deviation as a constant."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Go through x and the mean."""
        dx: np.ndarray = (dy - dy.mean(axis=0)) / self._std
        return dx


class ColumnCountingNorm(ColumnNorm):
    """Divides by the number of columns, not of examples."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Go through x, the mean and the deviation."""
        n, count = self._n, dy.shape[1]
        means = (dy.sum(axis=0) + n * (dy * n).sum(axis=0)) / count
        dx: np.ndarray = (dy - means) / self._std
        return dx


class ScaledNorm(ColumnNorm):
    """Correct batch normalisation with a scale and a shift."""

    gamma: np.ndarray
    beta: np.ndarray
    dgamma: np.ndarray
    dbeta: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        """Begin with a scale of 1 and a shift of 0."""
        super().create_parameters(input_shape)
        self.add_parameter("gamma", input_shape, lambda shape, rng: np.ones(shape))
        self.add_parameter("beta", input_shape, lambda shape, rng: np.zeros(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Normalise, scale and shift."""
        y: np.ndarray = self.gamma * super().forward(x, training=training) + self.beta
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dgamma and dbeta, return dx."""
        self.dgamma[...] = (dy * self._n).sum(axis=0)
        self.dbeta[...] = dy.sum(axis=0)
        return super().backward(self.gamma * dy)


class UnlearnedNorm(ScaledNorm):
    """Leaves the gradients of its scale and shift at 0."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return dx alone."""
        dx: np.ndarray = ColumnNorm.backward(self, self.gamma * dy)
        return dx


class Levels(Layer):
    """A correct lookup in a learned table of four levels."""

    table: np.ndarray
    dtable: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        """Begin with 0, 1, 2 and 3."""
        self.add_parameter("table", (4,), lambda shape, rng: np.arange(4.0))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Return the table's entry for each number's whole part."""
        self._index = np.clip(self.check_input(x), 0, 3).astype(np.intp)
        y: np.ndarray = self.table[self._index]
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Sum over all occurrences of each level."""
        self.dtable[...] = 0
        np.add.at(self.dtable, self._index, dy)
        return np.zeros_like(dy)


class LastLevels(Levels):
    """Uses +=, which adds only once for repeated indices."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Add only the last occurrence of each level."""
        self.dtable[...] = 0
        self.dtable[self._index] += dy
        return np.zeros_like(dy)
