"""`Dropout`: randomly sets activations to zero during training."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.seeds import new_generator
from tinynet.layers.base import Layer, Shape


class Dropout(Layer):
    """Set each entry to zero with probability `rate` in training; do nothing otherwise.

    ``y = x * m / (1 - rate)``, with m a random mask of zeros (with probability `rate`) and ones.
    The factor keeps the expected value of y at x, so prediction needs no scaling ("inverted
    dropout").

    Shapes: x, y, dx and dy are alike.

    Backward.  y[k] depends on x[k] alone, with slope m[k] / (1 - rate), so that::

        dx = dy * m / (1 - rate)

    Source: N. Srivastava et al., "Dropout", JMLR 15 (2014), which scales at prediction instead.

    Parameters
    ----------
    rate : float
        Probability of dropping an entry, at least 0 and below 1.
    seed : int, optional
        Seed of the layer's own generator. By default the masks come from the model's.

    Examples
    --------
    >>> layer = Dropout(0.5)
    >>> layer.rng = np.random.default_rng(0)
    >>> layer.forward(np.ones((1, 6)), training=True)
    array([[2., 0., 0., 0., 2., 2.]])
    >>> layer.backward(np.ones((1, 6)))
    array([[2., 0., 0., 0., 2., 2.]])
    >>> layer.forward(np.ones((1, 6)))
    array([[1., 1., 1., 1., 1., 1.]])
    """

    _mask: np.ndarray | None
    _shape: Shape

    @known_keywords
    def __init__(
        self,
        rate: float,
        *,
        seed: int | None = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.rate = checks.check_number(rate, "rate", minimum=0, below=1)
        self.seed = checks.check_seed(seed)
        self.own_rng = None if seed is None else new_generator(self.seed)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Drop entries if `training`."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape, self._mask = x.shape, None
        if not checks.check_bool(training, "training") or self.rate == 0:
            return x
        kept = (self.own_rng or self.rng).random(x.shape) >= self.rate
        self._mask = mask = kept.astype(np.result_type(x, np.float32)) / (1 - float(self.rate))
        return x * mask

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Pass dy on where x was kept."""
        dy = checks.check_gradient(dy, self._shape, self.name)
        return dy if self._mask is None else dy * self._mask

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        seed = {} if self.seed is None else {"seed": self.seed}
        return {"rate": self.rate, **seed, **super().get_config()}
