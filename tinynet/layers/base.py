"""`Layer`: what a layer is, and what a layer of your own needs.

Throughout, ``dy`` is short for dL/dy: the derivative of the loss L with respect to each entry of
``y``, an array of y's shape. N is the number of examples in a batch. No layer divides by N: the
mean over the batch is taken once, in the loss. Activations are fresh arrays, safe to keep
(`Flatten` and an idle `Dropout` return a view of their input, or the input itself); gradients are
overwritten by each ``backward``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.seeds import new_generator
from tinynet.initializers import Initializer
from tinynet.layers.access import LayerAccess

Shape = tuple[int, ...]


class NotReadyError(ValueError, AttributeError):
    """A layer was asked for something that it has only after `build` or a forward pass."""


class Layer(LayerAccess):
    """What all layers have in common, and the class to derive your own layer from.

    A layer without parameters needs two methods::

        class Square(Layer):
            def forward(self, x, *, training=False):
                self._x = x  # a reference to what backward needs
                return x**2

            def backward(self, dy):
                return 2 * self._x * dy  # dx

    One with parameters creates them in `create_parameters`, from the shape of one example; each
    comes with an array for its gradient. `backward` writes into that array; it never binds the name
    to another one, since in a model both are views of the model's two long vectors::

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
    model, a layer with arguments of its own returns them from `get_config`. Then check it with
    `tinynet.gradcheck.check_gradients`. ``examples/custom_layer.py`` is a worked example.

    Parameters
    ----------
    input_shape : tuple of int, optional
        Shape of one example. Left out, the layer takes it from its first input or from the model.
    name : str, optional
        Left out, it is made from the class's name.

    Attributes
    ----------
    parameter_names, state_names : list of str
        Names of what is learned and of what isn't, in order; the gradient of ``W`` is ``dW``.
    needs_dx : bool
        False only in the chain that trains a model, for its lowest trained layer: `backward` may
        then return None.
    rng : numpy.random.Generator
        Where initial weights and dropout masks are drawn from; in a model, the model's.
    dtype : numpy.dtype or None
        Of parameters and activations; None until the layer is built. A layer on its own takes it
        from its first input, or float64; one in a model has the model's.
    """

    needs_dx = True
    output_kind = ""  # "probabilities" or "numbers" where the outputs are known to be such

    @known_keywords
    def __init__(self, *, input_shape: Shape | None = None, name: str | None = None) -> None:
        self.input_shape = None if input_shape is None else checks.check_shape(input_shape)
        name_of_class = re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.name = checks.check_string(name, "name") or name_of_class
        self.named_by_user = name is not None
        self.parameter_names: list[str] = []
        self.state_names: list[str] = []
        self._trainable = True
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

    def create_parameters(self, input_shape: Shape) -> None:
        """Call `add_parameter` for each parameter; a layer without any leaves this as it is."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of one example's output, from the shape of one example's input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again, for saving."""
        return {"input_shape": self.input_shape, "name": self.name}

    def add_parameter(self, name: str, shape: Shape, initializer: Initializer) -> None:
        """Create parameter `name` and its gradient ``"d" + name``, in `create_parameters`."""
        self._add(name, shape, initializer)
        self.parameter_names.append(name)
        setattr(self, "d" + name, np.zeros(shape, dtype=self.dtype))

    def add_state(self, name: str, shape: Shape, initializer: Initializer) -> None:
        """Create an array that isn't learned, such as a running mean, in `create_parameters`.

        It is saved, copied and converted like a parameter: write into it, ``self.mean[...] = m``.
        """
        self._add(name, shape, initializer)
        self.state_names.append(name)

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

    # ----------------------------------------------------------------------------- machinery

    def parts(self) -> list[Layer]:
        """Return the layer as simple steps, of which a model's training chain is made.

        They share its arrays. A layer that is one step already returns itself.
        """
        return [self]

    @property
    def learns(self) -> bool:
        """Whether training changes the layer: it has parameters that aren't frozen."""
        return bool(self.parameter_names) and self.trainable

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiply-adds of the matrix product in a forward pass, per example."""
        return 0

    @property
    def trainable(self) -> bool:
        """Whether the parameters are learned: False freezes them, from the next `compile` on."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = checks.check_bool(value, "trainable")

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name; empty until the layer is built."""
        return {name: getattr(self, name) for name in self.parameter_names}

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        """The parameters' gradients, by the parameters' names."""
        return {name: getattr(self, "d" + name) for name in self.parameter_names}

    @property
    def states(self) -> dict[str, np.ndarray]:
        """What isn't learned, by name."""
        return {name: getattr(self, name) for name in self.state_names}

    def count_params(self) -> int:
        """Count the numbers that the layer learns.

        Raises
        ------
        NotReadyError
            If the layer isn't built.
        """
        if self.dtype is None and type(self).create_parameters is not Layer.create_parameters:
            raise NotReadyError(
                f"{self.name} isn't built yet: call build(input_shape) or forward(x) first."
            )
        return sum(parameter.size for parameter in self.parameters.values())

    @known_keywords
    def build(
        self,
        input_shape: tuple[int | None, ...] | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = "float64",
    ) -> Self:
        """Create the parameters; the model or the first `forward` does it otherwise.

        Parameters
        ----------
        input_shape : tuple of int, optional
            Shape of one example, with None in front for the batch or without; defaults to the one
            given to the layer.
        rng : numpy.random.Generator, optional
            Where the initial values are drawn from.
        dtype : dtype
            ``"float32"`` or ``"float64"``.

        Returns
        -------
        Layer
            The layer itself: ``Dense(3, input_shape=(2,)).build().W``.

        Raises
        ------
        ValueError
            If the layer is built already, or no shape is known, or it can't take that shape.
        """
        given = checks.without_batch(input_shape)
        shape = self.input_shape if given is None else checks.check_shape(given)
        if shape is None:
            raise ValueError(f"{self.name}.build needs an input_shape, such as (784,).")
        if self.dtype is not None:
            raise ValueError(
                f"{self.name} is built already, for one example of {self.input_shape}."
            )
        if self.input_shape not in (None, shape):
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        kind = checks.float_dtype(dtype)
        self.output_shape(shape)  # refuses a shape that the layer can't take
        before = {**vars(self), "parameter_names": [], "state_names": []}
        rng = rng or self.rng
        drawn = rng.bit_generator.state
        try:
            self.rng, self.dtype, self.input_shape = rng, kind, shape
            self.create_parameters(shape)
        except BaseException:  # nothing half built is left
            self.__dict__ = before
            rng.bit_generator.state = drawn
            raise
        return self

    def build_in_model(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype) -> None:
        """Build for a model; a layer that was built on its own keeps its parameters."""
        if self.dtype is None:
            self.build(shape, rng=rng, dtype=dtype)
        elif self.input_shape != shape:
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        self.rng, self.dtype = rng, dtype

    def _add(self, name: str, shape: Shape, initializer: Initializer) -> None:
        checks.check_new_name(name, [*self.parameter_names, *self.state_names], self.name)
        checks.check_memory(shape, 8, f"{self.name}.{name}")
        value = checks.check_parameter(
            initializer(shape, self.rng), shape, f"{self.name}.{name}", self.dtype
        )
        setattr(self, name, value)

    if not TYPE_CHECKING:  # a type checker goes on seeing misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Say what is missing: Python asks here for an attribute that there isn't."""
            if name.startswith("__"):
                raise AttributeError(name)
            kind = type(self).__name__
            if "in_model" not in self.__dict__:
                raise NotReadyError(f"{kind}.__init__ must call super().__init__().")
            declared = any(name in vars(c).get("__annotations__", {}) for c in type(self).__mro__)
            if name.startswith("_") and declared:
                raise NotReadyError(f"{self.name}: call forward(x) before backward(dy).")
            message = f"{kind} {self.name!r} has no attribute {name!r}."
            if self.dtype is None and not name.startswith("_"):
                message += (
                    " It isn't built yet, so it has no parameters: "
                    "call build(input_shape) or forward(x) first."
                )
            raise NotReadyError(message)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore after a copy; arrays that can't be written to are copied, so that it trains."""
        self.__dict__.update(state)
        gradients = ["d" + name for name in state.get("parameter_names", ())]
        for name in (*state.get("parameter_names", ()), *state.get("state_names", ()), *gradients):
            self.__dict__[name] = checks.writable(state[name])

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        items = [(k, v) for k, v in self.get_config().items() if v is not None]
        config = ", ".join(f"{k}={getattr(v, '__name__', v)!r}" for k, v in items)
        return f"{type(self).__name__}({config})"
