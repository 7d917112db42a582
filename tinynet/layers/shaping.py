"""Layers that compute little: `Rescaling`, `Reshape`, `Activation` and `Input`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape
from tinynet.layers.lookup import get_activation
from tinynet.regularizers import L1L2


class Rescaling(Layer):
    """Multiply by a fixed number and add another, ``y = scale x + offset``.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = scale dy``.

    Parameters
    ----------
    scale, offset : float
        The factor, such as ``1 / 255``, and the number to add.

    Examples
    --------
    >>> layer = Rescaling(1 / 51, offset=-1)
    >>> layer.forward(np.array([[0, 102, 255]], dtype=np.uint8))
    array([[-1.,  1.,  4.]])
    """

    _shape: Shape

    @known_keywords
    def __init__(
        self,
        scale: float,
        offset: float = 0.0,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.scale = checks.check_number(scale, "scale")
        self.offset = checks.check_number(offset, "offset")

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute scale x + offset."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape = x.shape
        return x * self.scale + self.offset

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the scale."""
        return checks.check_gradient(dy, self._shape, self.name) * self.scale

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"scale": self.scale, "offset": self.offset, **super().get_config()}


class Reshape(Layer):
    """Give each example another shape: (N, 784) becomes (N, 28, 28).

    Backward.  Each entry of dy belongs to one entry of x: ``dx = dy.reshape(x.shape)``.

    Parameters
    ----------
    target_shape : tuple of int
        Shape of one example. One size may be -1 and is then inferred.

    Examples
    --------
    >>> layer = Reshape((2, -1))
    >>> layer.forward(np.zeros((5, 6))).shape
    (5, 2, 3)
    >>> layer.backward(np.zeros((5, 2, 3))).shape
    (5, 6)
    """

    _shape: Shape

    @known_keywords
    def __init__(
        self, target_shape: Shape, *, input_shape: Shape | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        if not isinstance(target_shape, tuple | list):
            raise TypeError(
                f"target_shape must be a tuple such as (28, 28), "
                f"received {checks.shown(target_shape)}."
            )
        sizes = [checks.check_count(size, "each size", minimum=-1) for size in target_shape]
        if 0 in sizes or sizes.count(-1) > 1:
            raise ValueError(
                f"target_shape may have one size of -1 and none of 0, received {target_shape}."
            )
        self.target_shape = tuple(sizes)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Reshape each example."""
        x = checks.as_batch(x, self.name)
        self._shape = x.shape
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Reshape dy to the shape of x."""
        shape = (self._shape[0], *self.output_shape(self._shape[1:]))
        return checks.check_gradient(dy, shape, self.name).reshape(self._shape)

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the target shape, with -1 replaced by the inferred size."""
        known = prod(size for size in self.target_shape if size != -1)
        rest = prod(input_shape) // known
        shape = tuple(rest if size == -1 else size for size in self.target_shape)
        if prod(shape) != prod(input_shape):
            raise ValueError(
                f"{self.name} can't reshape examples of shape {input_shape}, {prod(input_shape)} "
                f"numbers each, to {self.target_shape}."
            )
        return shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"target_shape": self.target_shape, **super().get_config()}


class Activation(Layer):
    """An activation as a layer: ``Activation("relu")`` computes what `ReLU` does.

    Parameters
    ----------
    activation : str, function or Layer
        As in `Dense`.

    Examples
    --------
    >>> layer = Activation("relu")
    >>> layer.forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0]]))
    array([[0., 5.]])
    """

    @known_keywords
    def __init__(
        self, activation: Any, *, input_shape: Shape | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.activation = get_activation(activation)

    def create_parameters(self, input_shape: Shape) -> None:
        """Build the activation, which must have no parameters."""
        if self.activation is not None:
            self.activation.build(input_shape, rng=self.rng, dtype=self.dtype)
            if self.activation.parameter_names:
                raise ValueError(
                    f"{self.name}: an activation with parameters, such as {self.activation.name}, "
                    f"must be added as a layer of its own, without Activation."
                )

    def parts(self) -> list[Layer]:
        """Return the activation, or nothing if it is linear."""
        return [] if self.activation is None else self.activation.parts()

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Apply the activation."""
        return x if self.activation is None else self.activation.forward(x, training=training)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Apply the activation's backward pass."""
        return dy if self.activation is None else self.activation.backward(dy)

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the activation's output shape."""
        return input_shape if self.activation is None else self.activation.output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"activation": self.activation, **super().get_config()}


class Identity(Layer):
    """Do nothing, ``y = x``.

    Shapes: x, y, dx and dy are alike.

    Backward.  ``dx = dy``

    Examples
    --------
    >>> Identity().forward(np.array([[1.0, 2.0]]))
    array([[1., 2.]])
    """

    _shape: Shape

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Return x."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape = x.shape
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return dy."""
        return checks.check_gradient(dy, self._shape, self.name)


class ActivityRegularization(Identity):
    """Do nothing, but penalise large activations.

    Shapes: x, y, dx and dy are alike.

    In a model, ``(l1 * sum(abs(x)) + l2 * sum(x**2)) / N`` is added to the loss, and training takes
    its derivative into account. Called by itself, `backward` returns dy.

    Parameters
    ----------
    l1, l2 : float
        The factors.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> ActivityRegularization(l2=0.01).activity_regularizer
    L1L2(l1=0.0, l2=0.01)
    """

    @known_keywords
    def __init__(
        self,
        l1: float = 0.0,
        l2: float = 0.0,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.activity_regularizer = L1L2(l1, l2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**self.activity_regularizer.get_config(), **super().get_config()}


class InputLayer(Layer):
    """Declares the shape of a model's examples.

    It may only be added first. The model keeps the shape, not the layer.

    Parameters
    ----------
    shape, input_shape : tuple of int
        Shape of one example, under either name.
    batch_size, dtype, name : optional
        Accepted as in Keras, without effect.
    """

    @known_keywords
    def __init__(
        self,
        shape: Shape | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        name: str | None = None,
        *,
        input_shape: Shape | None = None,
    ) -> None:
        given = shape if input_shape is None else input_shape
        if given is None:
            raise ValueError("Input needs the shape of one example, such as shape=(784,).")
        what = "shape" if input_shape is None else "input_shape"
        super().__init__(input_shape=checks.check_shape(given, what=what), name=name)
        checks.check_optional_count(batch_size, "batch_size")

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Return x."""
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return dy."""
        return dy

    def get_config(self) -> dict[str, Any]:
        """Return the shape and the name."""
        return {"shape": self.input_shape, "name": self.name}


@known_keywords
def Input(  # noqa: N802 - Keras's name
    shape: Shape | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> InputLayer:
    """Declare the shape of a model's examples, as the first item of its layers.

    Parameters
    ----------
    shape : tuple of int
        Shape of one example.
    batch_size, dtype, name : optional
        Accepted as in Keras, without effect.

    Examples
    --------
    >>> Input(shape=(784,)).input_shape
    (784,)
    """
    return InputLayer(shape, batch_size, dtype, name)
