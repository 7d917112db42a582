"""`Flatten`: reshapes each example into one row."""

from __future__ import annotations

from math import prod

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape


class Flatten(Layer):
    """Reshape each example into one row: (N, 28, 28) becomes (N, 784).

    Backward.  Each entry of dy belongs to one entry of x: ``dx = dy.reshape(x.shape)``.

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
        """Reshape x to (N, size of one example)."""
        x = checks.as_batch(x, self.name)
        self._shape = x.shape
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Reshape dy to the shape of x."""
        shape = (self._shape[0], prod(self._shape[1:]))
        return checks.check_gradient(dy, shape, self.name).reshape(self._shape)

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the product of all sizes."""
        return (prod(checks.check_shape(input_shape, 0)),)
