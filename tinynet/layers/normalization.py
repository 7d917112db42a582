"""`Normalization`: scales a model's inputs, so that raw data can be passed to it.

It shifts and scales its input by statistics that are measured once and never trained. A model that
begins with it can be trained on bytes, which take a quarter of the memory of float32: each batch
is converted when it is used. The statistics are saved with the model.
"""

from math import prod
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape
from tinynet.utils import mean_and_std, pieces

SMALLEST = 1e-7  # as in Keras, a smaller standard deviation counts as this


class Normalization(Layer):
    """Shift and scale, ``y = (x - mean) / sqrt(variance)``.

    Shapes: x, y, dx and dy are alike; mean and variance have the sizes of the kept axes.

    Backward.  y[k] depends on x[k] alone, with slope 1 / sqrt(variance), so that::

        dx = dy / sqrt(variance)

    As in Keras, a standard deviation below 1e-7 counts as 1e-7. The statistics are kept in float64,
    so float32 data far from 0 lose nothing here. But a float32 model converts its input first, to
    seven digits: subtract a constant from times in seconds and the like beforehand, in float64.

    Parameters
    ----------
    axis : int, tuple of int or None
        The kept axes, each entry of which has its own mean and variance; the batch is axis 0. By
        default each feature of the last axis has its own. None means one mean and one variance for
        all entries, as is usual for images.
    mean, variance : float or array_like, optional
        If not given, they are 0 and 1 until `adapt` measures them.
    invert : bool
        Whether to compute the inverse, ``y = mean + x sqrt(variance)``.

    Attributes
    ----------
    adapted : bool
        Whether `adapt` has measured the statistics. If so, ``.weights.h5`` files hold them.

    Examples
    --------
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0, 100], [2, 300]]))
    >>> layer.mean, layer.variance
    (array([  1., 200.]), array([1.e+00, 1.e+04]))
    >>> layer.forward(np.array([[2, 100]]))
    array([[ 1., -1.]])
    >>> images = np.array([[0, 10], [20, 30]], dtype=np.uint8)
    >>> layer = Normalization(axis=None)
    >>> layer.adapt(images)
    >>> layer.forward(images)
    array([[-1.34164079, -0.4472136 ],
           [ 0.4472136 ,  1.34164079]])
    """

    adapted = False
    _shape: Shape

    @known_keywords
    def __init__(
        self,
        axis: int | tuple[int, ...] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.axis = check_axes(axis)
        self.mean = check_numbers(0.0 if mean is None else mean, "mean")
        self.variance = check_numbers(1.0 if variance is None else variance, "variance", minimum=0)
        shapes = np.shape(self.mean), np.shape(self.variance)
        if all(shapes) and shapes[0] != shapes[1]:
            raise ValueError(
                f"mean and variance must have the same shape, received {shapes[0]} and {shapes[1]}."
            )
        self.invert = checks.check_bool(invert, "invert")

    @known_keywords
    def adapt(self, x: Any) -> None:
        """Measure the mean and the variance of x, the training data, which must be finite."""
        x = checks.as_batch(x, f"{self.name}.adapt")
        checks.check_finite(x, "x")
        if self.axis is None or x.size == 0:
            self.mean, std = mean_and_std(x)
            self.variance, self.adapted = std**2, True
            return
        if x.ndim == 1:  # one feature
            x = x[:, np.newaxis]
        kept = kept_axes(self.axis, x.ndim)
        others = tuple(k for k in range(x.ndim) if k not in kept)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = x.mean(axis=others, dtype=np.float64)
            if 0 in kept:
                variance = x.var(axis=others, dtype=np.float64)
            else:
                means = mean.reshape([size if k in kept else 1 for k, size in enumerate(x.shape)])
                squares = [np.square(x[part] - means).sum(axis=others) for part in pieces(x)]
                variance = np.sum(squares, axis=0) / (x.size / mean.size)
        if not (np.isfinite(mean).all() and np.isfinite(variance).all()):
            raise ValueError(
                "The mean and the variance of x must be finite in float64, and x has numbers too "
                "large to square."
            )
        self.mean, self.variance, self.adapted = mean, variance, True

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute (x - mean) / sqrt(variance), or its inverse."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape = x.shape
        mean, slope = self._like(self.mean, x), self._slope(x)
        rounded = mean.astype(x.dtype)
        if self.invert:
            return rounded + x * slope
        y = x - rounded
        y -= (mean - rounded).astype(x.dtype)  # what the rounding lost, after the digits cancelled
        y *= slope
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope."""
        dy = checks.check_gradient(dy, self._shape, self.name)
        return dy * self._slope(dy)

    def _slope(self, x: np.ndarray) -> Any:
        """1 / sqrt(variance), or sqrt(variance) for the inverse."""
        deviation = np.maximum(np.sqrt(self.variance), SMALLEST)
        return self._like(deviation if self.invert else 1 / deviation, x).astype(x.dtype)

    def _like(self, values: Any, x: np.ndarray) -> np.ndarray:
        """Return a number, or numbers for the kept axes, in a shape that broadcasts over x."""
        if np.ndim(values) == 0:
            return np.asarray(values)
        kept = kept_axes((-1,) if self.axis is None else self.axis, x.ndim)
        sizes = [size if k in kept else 1 for k, size in enumerate(x.shape)]
        if np.size(values) != prod(sizes):
            raise ValueError(
                f"{self.name} expected {np.size(values)} entries along axis {self.axis}, one per "
                f"mean, received examples of shape {x.shape[1:]}."
            )
        return np.reshape(values, sizes)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        numbers = {"mean": np.asarray(self.mean).tolist()}
        numbers["variance"] = np.asarray(self.variance).tolist()
        inverse = {"invert": True} if self.invert else {}
        return {"axis": self.axis, **numbers, **inverse, **super().get_config()}


def check_axes(axis: Any) -> tuple[int, ...] | None:
    """Return axes as a tuple of ints, or None."""
    if axis is None:
        return None
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(checks.check_count(one, "axis", minimum=-9) for one in axes)


def kept_axes(axes: tuple[int, ...], ndim: int) -> set[int]:
    """Return axes as indices from 0, after checking that they exist."""
    if any(not -ndim <= axis < ndim for axis in axes):
        raise ValueError(f"axis must exist in an array with {ndim} axes, received {axes}.")
    return {axis % ndim for axis in axes}


def check_numbers(values: Any, what: str, minimum: float = -np.inf) -> Any:
    """Return a finite number, or an array of them in float64, none below `minimum`."""
    if np.isscalar(values) or getattr(values, "ndim", None) == 0:
        return checks.check_number(values, what, minimum=minimum)
    array = checks.as_numbers(values, what).astype(np.float64)
    checks.check_finite(array, what)
    return checks.check_range(array, what, minimum, np.inf)
