"""`Normalization`: the layer that lets a model take images as they are.

It shifts and scales its input, by numbers that are measured once and never trained. A model that
begins with it keeps a data set in bytes, a quarter of its size in float32: each batch is converted
when its turn comes. And the numbers are saved with the model, so that whoever loads it needn't
know how its training data were prepared.
"""

import math
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.calls import explained, explained_class
from tinynet.layers.base import Layer, Shape
from tinynet.utils import mean_and_std


@explained_class
class Normalization(Layer):
    """Shift and scale, ``y = (x - mean) / sqrt(variance)``.

    Shapes: x, y, dx, dy all alike.

    Backward.  Each y[k] depends on its x[k] alone, with the slope 1 / sqrt(variance), so that::

        dx = dy / sqrt(variance)

    There is one mean and one variance, over all entries: Keras's ``Normalization(axis=None)``.

    Parameters
    ----------
    mean, variance : float, optional
        Left out, `adapt` measures them.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> images = np.array([[0, 10], [20, 30]], dtype=np.uint8)
    >>> layer = Normalization()
    >>> layer.adapt(images)
    >>> layer.forward(images)
    array([[-1.34164079, -0.4472136 ],
           [ 0.4472136 ,  1.34164079]])
    """

    _shape: Shape

    def __init__(
        self,
        mean: float = 0.0,
        variance: float = 1.0,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.mean = checks.check_number(mean, "mean")
        self.variance = checks.check_number(variance, "variance", minimum=0)

    @explained
    def adapt(self, x: Any) -> None:
        """Measure mean and variance over all entries of x, the training data.

        Raises
        ------
        ValueError
            If x is empty, or an entry isn't finite.
        """
        x = checks.as_numbers(x, "x")
        checks.check_finite(x, "x")
        self.mean, std = mean_and_std(x)
        self.variance = std**2

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute (x - mean) / sqrt(variance)."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape = x.shape
        return (x - float(self.mean)) * self._slope()

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        return checks.check_gradient(dy, self._shape, self.name) * self._slope()

    def _slope(self) -> float:
        """1 / sqrt(variance); like Keras, a deviation below 1e-7 counts as that."""
        return 1 / max(math.sqrt(self.variance), 1e-7)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again."""
        return {"mean": self.mean, "variance": self.variance, **super().get_config()}
