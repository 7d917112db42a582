"""`Layer`: what a layer is, and what a layer of your own needs."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import initializers
from tinynet._internal import checks
from tinynet.utils import new_generator

Shape = tuple[int, ...]


class NotReadyError(ValueError, AttributeError):
    """A layer was asked for something that it has only after a forward pass or after `build`."""


class Layer:
    """What all layers have in common, and the class to derive your own layer from.

    A layer without parameters needs two methods::

        class Square(Layer):
            def forward(self, x, *, training=False):
                self._x = x  # a reference to what backward needs
                return x**2

            def backward(self, dy):
                return 2 * self._x * dy  # dx

    One with parameters creates them in `create_parameters`, from the shape of one example; each
    comes with an array for its gradient. In `backward` it writes into that array; it never binds
    the name to another one, since in a model both are windows on the model's two long vectors::

        class Scale(Layer):
            def create_parameters(self, input_shape):
                self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

            def forward(self, x, *, training=False):
                self._x = x = self.check_input(x)  # builds the layer at its first input
                return x * self.s

            def backward(self, dy):
                self.ds[...] = (dy * self._x).sum(axis=0)  # every example shares s: add
                return dy * self.s

    If the output has another shape than the input, override `output_shape`. To be saved with a
    model, a layer with arguments of its own returns them from `get_config`. Then let
    `tinynet.gradcheck.check_gradients` have a look at it. ``examples/custom_layer.py`` is a worked
    example.

    Parameters
    ----------
    input_shape : tuple of int, optional
        Shape of one example. Left out, the layer takes it from its first input or from the model.
    name : str, optional
        Left out, it is made from the class's name.

    Attributes
    ----------
    parameter_names : list of str
        Names of the parameters, in order; the gradient of ``W`` is ``dW``.
    rng : numpy.random.Generator
        Where initial weights and dropout masks are drawn from; in a model, the model's.
    dtype : numpy.dtype or None
        Of parameters and activations; None until the layer is built. A layer on its own takes it
        from its first input, or float64; one in a model has the model's.
    """

    def __init__(self, *, input_shape: Shape | None = None, name: str | None = None) -> None:
        self.input_shape = None if input_shape is None else checks.check_shape(input_shape)
        name_of_class = re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.name = checks.check_string(name, "name") or name_of_class
        self.named_by_user = name is not None
        self.parameter_names: list[str] = []
        self.rng = new_generator()
        self.in_model = False
        self.dtype: np.dtype | None = None

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute y from x; `training` is True during `fit`, for layers that behave differently."""
        raise NotImplementedError(
            f"{type(self).__name__} must define forward(x, *, training=False)."
        )

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill the parameters' gradients and return dx; follows a `forward`."""
        raise NotImplementedError(f"{type(self).__name__} must define backward(dy).")

    def backward_parameters(self, dy: np.ndarray) -> None:
        """Fill the parameters' gradients alone: all that training asks of a model's first layer.

        Override it where leaving out dx saves work.
        """
        self.backward(dy)

    def create_parameters(self, input_shape: Shape) -> None:
        """Call `add_parameter` for each parameter; a layer without any leaves this as it is."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of one example's output, from the shape of one example's input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again, for saving."""
        return {"input_shape": self.input_shape, "name": self.name}

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiply-adds of the matrix product in a forward pass, per example."""
        return 0

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name; built at the first look where the input shape is known."""
        if self.dtype is None and self.input_shape is not None:
            self.build()
        return {name: getattr(self, name) for name in self.parameter_names}

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        """The parameters' gradients, by the parameters' names."""
        return {name: getattr(self, "d" + name) for name in self.parameter_names}

    def count_params(self) -> int:
        """Count the numbers that the layer learns."""
        return sum(parameter.size for parameter in self.parameters.values())

    def build(
        self,
        input_shape: Shape | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = "float64",
    ) -> None:
        """Create the parameters; done by the model or at the first `forward` if you don't.

        Parameters
        ----------
        input_shape : tuple of int, optional
            Shape of one example, without the batch; the one given to the layer if left out.
        rng : numpy.random.Generator, optional
            Where the initial values are drawn from.
        dtype : dtype
            ``"float32"`` or ``"float64"``.

        Raises
        ------
        ValueError
            If the layer is built already, or no shape is known, or it can't take that shape.
        """
        shape = self.input_shape if input_shape is None else checks.check_shape(input_shape)
        if shape is None:
            raise ValueError(f"{self.name}.build needs an input_shape, such as (784,).")
        if self.dtype is not None:
            raise ValueError(
                f"{self.name} is built already, for one example of {self.input_shape}."
            )
        if self.input_shape not in (None, shape):
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        self.output_shape(shape)  # refuses a shape that the layer can't take
        self.rng = rng or self.rng
        self.dtype, self.input_shape = checks.float_dtype(dtype), shape
        self.create_parameters(shape)

    def build_in_model(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype) -> None:
        """Build for a model; a layer that was built on its own keeps its parameters."""
        if self.dtype is None:
            self.build(shape, rng=rng, dtype=dtype)
        elif self.input_shape != shape:
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        self.rng, self.dtype = rng, dtype

    def add_parameter(self, name: str, shape: Shape, initializer: initializers.Initializer) -> None:
        """Create parameter `name` and its gradient ``"d" + name``, in `create_parameters`."""
        checks.check_new_name(name, self.parameter_names, self.name)
        value = checks.check_parameter(initializer(shape, self.rng), shape, self, name)
        self.parameter_names.append(name)
        setattr(self, name, value)
        setattr(self, "d" + name, np.zeros(shape, dtype=self.dtype))

    def move_into(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Copy parameters and gradients into these two vectors and work on views of them."""
        start = 0
        for name, value in self.parameters.items():
            part = slice(start, start := start + value.size)
            for vector, attribute in ((parameters, name), (gradients, "d" + name)):
                view = vector[part].reshape(value.shape)
                view[...] = getattr(self, attribute)
                setattr(self, attribute, view)

    def check_input(self, x: Any) -> np.ndarray:
        """Return x as an array of the layer's dtype; the first one builds the layer.

        Raises
        ------
        ValueError
            If x doesn't have the shape (N, ...).
        """
        array = checks.as_numbers(x, f"{self.name}: x")
        if self.dtype is None and array.ndim > 1 and self.input_shape in (None, array.shape[1:]):
            self.build(array.shape[1:], dtype=checks.own_dtype(array))
        if array.ndim < 2 or array.shape[1:] != self.input_shape:
            kind, shape = type(self).__name__, array.shape
            raise ValueError(checks.shape_error(kind, self.input_shape, shape[1:], shape))
        return array.astype(self.dtype, copy=False)

    if not TYPE_CHECKING:  # a type checker shall go on seeing misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Build on the first look at a parameter, or say what is missing.

            ``Dense(3, input_shape=(2,)).W`` exists at once, yet a model that adopts a layer nobody
            has looked at draws its weights from the model's own seed.
            """
            if name.startswith("__"):
                raise AttributeError(name)
            if "dtype" not in self.__dict__:
                raise NotReadyError(f"{type(self).__name__}.__init__ must call super().__init__().")
            if name.startswith("_"):
                raise NotReadyError(f"{self.name}: call forward(x) before backward(dy).")
            if self.dtype is None and self.input_shape is not None:
                trial = copy.deepcopy(self)  # `hasattr` alone shall build nothing
                trial.build()
                if hasattr(trial, name):
                    self.build()
                    return getattr(self, name)
            message = f"{type(self).__name__} {self.name!r} has no attribute {name!r}."
            if self.dtype is None:
                message += " It isn't built yet: give it an input_shape or call forward(x)."
            raise NotReadyError(message)

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        items = [(k, v) for k, v in self.get_config().items() if v is not None]
        config = ", ".join(f"{k}={getattr(v, '__name__', v)!r}" for k, v in items)
        return f"{type(self).__name__}({config})"
