"""Layers that add or multiply by noise in training: three relatives of `Dropout`.

Noise keeps a network from relying on single values. Each of these layers draws a factor and a shift
for every entry and computes ``y = factor * x + shift``, so ``dx = dy * factor``. In prediction they
return x.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.seeds import new_generator
from tinynet.layers.base import Layer, Shape
from tinynet.layers.rectifiers import SELU_ALPHA, SELU_SCALE


class _Noise(Layer):
    """What the layers here have in common: ``y = factor * x + shift`` in training, else x.

    A layer defines `_draw`.

    Parameters
    ----------
    seed : int, optional
        Seed of the layer's own generator. By default the numbers come from the model's.
    input_shape, name
        As in `Layer`.
    """

    _factor: np.ndarray | None
    _shape: Shape

    def __init__(self, seed: int | None, input_shape: Shape | None, name: str | None) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.seed = checks.check_seed(seed)
        self.own_rng = None if seed is None else new_generator(self.seed)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> tuple[Any, Any]:
        """Return the factor and the shift; a factor of None is 1."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Draw the noise and apply it if `training`."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape, self._factor = x.shape, None
        if not checks.check_bool(training, "training"):
            return x
        factor, shift = self._draw(self.own_rng or self.rng, x.shape)
        kind = np.result_type(x, np.float32)
        self._factor = factor = None if factor is None else np.asarray(factor, kind)
        return (x if factor is None else x * factor) + np.asarray(shift, kind)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the factor."""
        dy = checks.check_gradient(dy, self._shape, self.name)
        return dy if self._factor is None else dy * self._factor

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        seed = {} if self.seed is None else {"seed": self.seed}
        return {**seed, **super().get_config()}


class GaussianNoise(_Noise):
    """In training, add normal noise, ``y = x + e`` with e from N(0, stddev²).

    Shapes: x, y, dx and dy are alike.

    Backward.  The noise doesn't depend on x: ``dx = dy``.

    Source: C. Bishop, "Training with noise is equivalent to Tikhonov regularization", Neural
    Computation 7 (1995).

    Parameters
    ----------
    stddev : float
        The noise's standard deviation.
    seed : int, optional
        Seed of the layer's own generator. By default the numbers come from the model's.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = GaussianNoise(0.1, seed=0)
    >>> print(layer.forward(np.ones((1, 3)), training=True).round(2))
    [[1.01 0.99 1.06]]
    >>> layer.forward(np.ones((1, 3)))
    array([[1., 1., 1.]])
    """

    @known_keywords
    def __init__(
        self,
        stddev: float,
        *,
        seed: int | None = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(seed, input_shape, name)
        self.stddev = checks.check_number(stddev, "stddev", minimum=0)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> tuple[Any, Any]:
        """Return the noise as the shift."""
        return None, self.stddev * rng.standard_normal(shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"stddev": self.stddev, **super().get_config()}


class GaussianDropout(_Noise):
    """In training, multiply by normal noise of mean 1, ``y = x m``.

    Shapes: x, y, dx and dy are alike.

    m has the variance rate / (1 - rate), that of the factor in `Dropout` with the same rate.

    Backward.  y[k] depends on x[k] alone, with the slope m[k]: ``dx = dy * m``.

    Source: N. Srivastava et al., "Dropout", JMLR 15 (2014), section 10.

    Parameters
    ----------
    rate : float
        At least 0 and below 1.
    seed : int, optional
        Seed of the layer's own generator. By default the numbers come from the model's.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = GaussianDropout(0.5, seed=0)
    >>> print(layer.forward(np.full((1, 3), 2.0), training=True).round(2))
    [[2.25 1.74 3.28]]
    >>> print(layer.backward(np.ones((1, 3))).round(2))
    [[1.13 0.87 1.64]]
    """

    @known_keywords
    def __init__(
        self,
        rate: float,
        *,
        seed: int | None = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(seed, input_shape, name)
        self.rate = checks.check_number(rate, "rate", minimum=0, below=1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> tuple[Any, Any]:
        """Return the noise as the factor."""
        return 1 + (self.rate / (1 - self.rate)) ** 0.5 * rng.standard_normal(shape), 0

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"rate": self.rate, **super().get_config()}


class AlphaDropout(_Noise):
    """Dropout for networks of `SELU` units: it keeps mean 0 and variance 1 as they are.

    Shapes: x, y, dx and dy are alike.

    With m a random mask of zeros (probability rate) and ones, what is dropped becomes SELU's lowest
    value, α' = -1.0507… · 1.6733…, and a line restores the moments::

        y = a (x m + α' (1 - m)) + b
        a = ((1 - rate) (1 + rate α'²))^(-1/2),  b = -a α' rate

    Backward.  y[k] depends on x[k] alone, with the slope a m[k]: ``dx = dy * a * m``.

    Source: G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing neural
    networks", NeurIPS 2017, section 2.

    Parameters
    ----------
    rate : float
        Share of the entries to drop, at least 0 and below 1.
    seed : int, optional
        Seed of the layer's own generator. By default the numbers come from the model's.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = AlphaDropout(0.5, seed=0)
    >>> y = layer.forward(np.random.default_rng(0).standard_normal((1000, 100)), training=True)
    >>> print(y.mean().round(2), y.var().round(2))
    -0.0 1.0
    """

    @known_keywords
    def __init__(
        self,
        rate: float,
        *,
        seed: int | None = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(seed, input_shape, name)
        self.rate = checks.check_number(rate, "rate", minimum=0, below=1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> tuple[Any, Any]:
        """Return a m as the factor and a α' (1 - m) + b as the shift."""
        kept = rng.random(shape) >= self.rate
        lowest = -SELU_ALPHA * SELU_SCALE
        a = ((1 - self.rate) * (1 + self.rate * lowest**2)) ** -0.5
        return a * kept, a * lowest * ~kept - a * lowest * self.rate

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"rate": self.rate, **super().get_config()}
