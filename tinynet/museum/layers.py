"""Broken layers: each is a bug that people have written, rebuilt."""

from typing import Any

import numpy as np

from tinynet.layers.activations import ReLU, Sigmoid, Softmax
from tinynet.layers.dense import Dense
from tinynet.layers.dropout import Dropout

# ---------------------------------------------------------------------------- softmax


class BatchMaxSoftmax(Softmax):
    """Subtracts the largest number of the whole batch."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn logits into probabilities, as long as all rows are of the same size."""
        self._x = x
        exp = np.exp(x - x.max())
        y: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
        self._y = y
        return y


class DiagonalSoftmax(Softmax):
    """Takes softmax for a function of one number at a time."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply by the diagonal of the Jacobian."""
        y = self._y
        dx: np.ndarray = dy * y * (1 - y)
        return dx


# ---------------------------------------------------------------------------- other activations


class UnmaskedReLU(ReLU):
    """Asks where y >= 0, which is everywhere."""

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
    """Zeroes the negative gradients, not those of negative inputs."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Let dy through where dy is positive."""
        dx: np.ndarray = dy * (dy > 0)
        return dx


class ForgetfulReLU(ReLU):
    """Returns its own derivative and forgets what came from above."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return 1 where x was positive."""
        dx: np.ndarray = np.where(self._x > 0, 1.0, 0.0).astype(dy.dtype)
        return dx


class OverwritingReLU(ReLU):
    """Works in the array that it was given, on the way back."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Zero dy where x wasn't positive."""
        dy[self._x <= 0] = 0
        return dy


class InPlaceReLU(ReLU):
    """Works in the array that it was given, on the way forward."""

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
    """Divides by the share that is dropped instead of the share that is kept."""

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
    """Scales on the way back, but doesn't drop."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Divide by the share that is kept."""
        dx: np.ndarray = dy / (1 - self.rate)
        return dx


# ---------------------------------------------------------------------------- dense layers


class PlainDense(Dense):
    """A Dense layer written out, for the mistakes to go into; this one is right."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dW and db, return dx."""
        self.fill_dW(dy)
        self.fill_db(dy)
        return self.make_dx(dy)

    def fill_dW(self, dy: np.ndarray) -> None:  # noqa: N802 - the textbook's name
        """Add every example's outer product."""
        self.dW[...] = self._x.T @ dy

    def fill_db(self, dy: np.ndarray) -> None:
        """Add over the examples."""
        self.db[...] = dy.sum(axis=0)

    def make_dx(self, dy: np.ndarray) -> np.ndarray:
        """Return what the layer below receives."""
        dx: np.ndarray = dy @ self.W.T
        return dx


class AveragedBiasDense(PlainDense):
    """Takes a mean over the batch, after the loss has."""

    def fill_db(self, dy: np.ndarray) -> None:
        """Average over the examples."""
        self.db[...] = dy.mean(axis=0)


class SharedBiasDense(PlainDense):
    """Sums over outputs as well as examples."""

    def fill_db(self, dy: np.ndarray) -> None:
        """Give every bias the same gradient."""
        self.db[...] = dy.sum()


class UnsummedBiasDense(PlainDense):
    """Hands on one gradient for each example."""

    def fill_db(self, dy: np.ndarray) -> None:
        """Take dy as it is."""
        self.db = dy


class AccumulatingDense(PlainDense):
    """Adds to the gradients, and nobody sets them back to zero."""

    def fill_dW(self, dy: np.ndarray) -> None:  # noqa: N802
        """Add to what is there."""
        self.dW += self._x.T @ dy


class TransposedDense(PlainDense):
    """Multiplies by W where W.T is right; a square layer doesn't mind."""

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
    """Makes its step itself, at once, and passes the gradient back through the new weights."""

    def __init__(self, units: int, learning_rate: float = 0.01, **options: Any) -> None:
        super().__init__(units, **options)
        self.learning_rate = learning_rate

    def make_dx(self, dy: np.ndarray) -> np.ndarray:
        """Update, then return what the layer below receives."""
        self.W -= self.learning_rate * self.dW
        self.b -= self.learning_rate * self.db
        dx: np.ndarray = dy @ self.W.T
        return dx
