"""`Flatten`: each example becomes one row."""

from __future__ import annotations

from math import prod

import numpy as np

from tinynet._internal import checks
from tinynet.layers.base import Layer, Shape


class Flatten(Layer):
    """Each example becomes one row: (N, 28, 28) becomes (N, 784).

    Backward.  Nothing is computed, so each entry of dy goes back to where it came from:
    ``dx = dy.reshape(x.shape)``.

    Examples
    --------
    >>> layer = Flatten()
    >>> layer.forward(np.zeros((5, 28, 28))).shape
    (5, 784)
    >>> layer.backward(np.zeros((5, 784))).shape
    (5, 28, 28)
    """

    _shape: Shape

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Lay each example out in one row."""
        x = checks.as_batch(x, self.name)
        self._shape = x.shape
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Give dy the shape of x."""
        shape = (self._shape[0], prod(self._shape[1:]))
        return checks.check_gradient(dy, shape, self.name).reshape(self._shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """All sizes multiplied."""
        return (prod(checks.check_shape(input_shape, 0)),)
