"""`Dense`: the fully connected layer. Its matrix products are most of backpropagation's work.

``matmul(a, b)`` is ``a @ b``, computed faster than by NumPy for some sizes.
"""

from __future__ import annotations

import copy
from math import prod
from typing import Any

import numpy as np

from tinynet import constraints, initializers, regularizers
from tinynet._internal import checks
from tinynet._internal.blas import matmul
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape
from tinynet.layers.lookup import get_activation


class Dense(Layer):
    """Fully connected layer, ``y = x @ W + b``, followed by the activation if there is one.

    Shapes, for N examples with I input features and O output features::

        x, dx  (N, I)      W, dW  (I, O)
        y, dy  (N, O)      b, db  (O,)

    Backward.  Write dy for dL/dy.  Since y[n, o] = sum_i x[n, i] W[i, o] + b[o]::

        dW = x.T @ dy          the sum of each example's outer product
        db = dy.sum(axis=0)    all examples share b, so their gradients add up
        dx = dy @ W.T          the dy of the layer below

    With an activation, y = activation(z) where z = x @ W + b. The activation's backward pass first
    turns dy into dz, which replaces dy in these three lines.

    Parameters
    ----------
    units : int
        O, the number of output features.
    activation : str, function or Layer, optional
        A name such as ``"relu"`` or ``"softmax"``, a function from `tinynet.activations`, or a
        layer without parameters.
    use_bias : bool
        Whether to add b.
    kernel_initializer, bias_initializer : str or callable
        Initial values of W and b: see `tinynet.initializers`.
    input_shape : tuple of int, optional
        ``(I,)``.
    input_dim : int, optional
        I, instead of `input_shape`.
    kernel_regularizer, bias_regularizer, activity_regularizer : str or Regularizer, optional
        Penalties on W, b and y: see `tinynet.regularizers`.
    kernel_constraint, bias_constraint : str or callable, optional
        Constraints on W and b: see `tinynet.constraints`.

    Examples
    --------
    >>> layer = Dense(3, input_shape=(2,)).build()
    >>> layer.W[...] = [[1, 2, 3], [4, 5, 6]]
    >>> layer.forward(np.array([[1.0, 10.0]]))
    array([[41., 52., 63.]])
    >>> layer.backward(np.array([[1.0, 0.0, -1.0]]))
    array([[-2., -2.]])
    >>> layer.dW
    array([[  1.,   0.,  -1.],
           [ 10.,   0., -10.]])
    """

    output_kind = "numbers"
    W: np.ndarray
    b: np.ndarray
    dW: np.ndarray  # noqa: N815 - the textbook's name
    db: np.ndarray
    _x: np.ndarray

    @known_keywords
    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: str | initializers.Initializer = "glorot_uniform",
        bias_initializer: str | initializers.Initializer = "zeros",
        input_shape: Shape | None = None,
        name: str | None = None,
        *,
        kernel_regularizer: str | regularizers.Regularizer | None = None,
        bias_regularizer: str | regularizers.Regularizer | None = None,
        activity_regularizer: str | regularizers.Regularizer | None = None,
        kernel_constraint: str | constraints.Rule | None = None,
        bias_constraint: str | constraints.Rule | None = None,
        input_dim: int | None = None,
    ) -> None:
        super().__init__(input_shape=checks.check_one_shape(input_shape, input_dim), name=name)
        checks.check_outputs_alone(units, activation, use_bias)
        self.units = checks.check_count(units, "units")
        self.activation = get_activation(activation)
        self.use_bias = checks.check_bool(use_bias, "use_bias")
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        if self.input_shape is not None:
            self.output_shape(self.input_shape)

    def create_parameters(self, input_shape: Shape) -> None:
        """Create W (I, O) and, with `use_bias`, b (O,)."""
        self.add_parameter("W", (input_shape[0], self.units), self.kernel_initializer)
        if self.use_bias:
            self.add_parameter("b", (self.units,), self.bias_initializer)
        if self.activation is not None:
            check_activation(self.name, self.activation)
            if self.activation.dtype is not None:
                raise ValueError(
                    f"{self.activation.name} is used twice, in {self.name} and elsewhere: a layer "
                    f"remembers its input for backward, so make one for each place."
                )
            self.activation.build((self.units,), rng=self.rng, dtype=self.dtype)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute activation(x @ W + b)."""
        self._x = x = self.check_input(x)
        z = matmul(x, self.W)
        if self.use_bias:
            z += self.b
        return z if self.activation is None else self.activation.forward(z, training=training)

    def backward(self, dy: np.ndarray) -> Any:
        """Fill dW and db, return dx."""
        dz = checks.check_gradient(dy, (len(self._x), self.units), self.name)
        if self.activation is not None:
            dz = self.activation.backward(dz)
        matmul(self._x.T, dz, out=self.dW)
        if self.use_bias:
            dz.sum(axis=0, out=self.db)
        return matmul(dz, self.W.T) if self.needs_dx else None

    @property
    def kernel(self) -> np.ndarray:
        """``W``, under Keras's name."""
        return self.W

    @property
    def bias(self) -> np.ndarray:
        """``b``, under Keras's name."""
        return self.b

    @known_keywords
    def build_in_model(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype) -> None:
        """Build the layer and its activation for a model."""
        super().build_in_model(shape, rng, dtype)
        if self.activation is not None:
            self.activation.build_in_model((self.units,), rng, dtype)

    def parts(self) -> list[Layer]:
        """Return ``x @ W + b`` and the activation, or the whole layer if a pass is overridden."""
        plain = (type(self).forward, type(self).backward) == (Dense.forward, Dense.backward)
        if not plain:
            return [self]
        affine = copy.copy(self)
        affine.activation = None
        return [affine] if self.activation is None else [affine, *self.activation.parts()]

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(O,)``, for inputs of shape ``(I,)``."""
        input_shape = checks.check_shape(input_shape, 0)
        if len(input_shape) != 1:
            raise ValueError(
                f"Dense expected input of shape (N, I), received {checks.shape_of(input_shape)}. "
                f"Add Flatten() or reshape to (N, {prod(input_shape)})."
            )
        return (self.units,)

    @known_keywords
    def multiply_adds(self, input_shape: Shape) -> int:
        """Return I times O."""
        return input_shape[0] * self.units

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": self.kernel_initializer,
            "bias_initializer": self.bias_initializer,
            **given_rules(self),
            **super().get_config(),
        }


def given_rules(layer: Layer) -> dict[str, Any]:
    """Return the regularizers and constraints that the layer has."""
    rules = dict(vars(layer)).items()  # a copy, since another thread's forward may add its input
    return {k: v for k, v in rules if k.endswith(("_regularizer", "_constraint")) and v is not None}


def check_activation(name: str, activation: object) -> None:
    """Check that an activation is a layer without parameters."""
    if not isinstance(activation, Layer):
        raise TypeError(
            f"{name}.activation must be a layer, such as ReLU(), or None, "
            f"received {checks.shown(activation)}."
        )
    if type(activation).create_parameters is not Layer.create_parameters:
        raise ValueError(
            f"{name}: an activation with parameters, such as {activation.name}, must be added as "
            f"a layer of its own."
        )
