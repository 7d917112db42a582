"""`Layer`: the base class of all layers.

Throughout, ``dy`` is short for dL/dy, the derivative of the loss L with respect to each entry of
``y``, and has y's shape. N is the number of examples in a batch. The loss takes the mean over the
batch, so a layer sums over the examples and doesn't divide by N. `forward` returns a new array,
unless nothing is computed (`Flatten`, or `Dropout` outside training). `backward` overwrites the
gradients.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from tinynet import initializers
from tinynet._internal import checks
from tinynet._internal.names import closest, known_keywords, snake_case
from tinynet._internal.seeds import new_generator
from tinynet.initializers import Initializer
from tinynet.layers.access import LayerAccess

Shape = tuple[int, ...]


class NotReadyError(ValueError, AttributeError):
    """An attribute is missing until the layer is built or has run a forward pass."""


class Layer(LayerAccess):
    """Base class of all layers; derive your own from it.

    A layer without parameters defines two methods::

        class Square(Layer):
            def forward(self, x, *, training=False):
                self._x = x  # a reference to what backward needs
                return x**2

            def backward(self, dy):
                return 2 * self._x * dy  # dx

    A layer with parameters also defines `create_parameters`. Each parameter ``s`` comes with an
    array ``ds`` for its gradient. `backward` writes into ``ds`` and never rebinds it, since in a
    model both are views of the model's two flat vectors::

        class Scale(Layer):
            def create_parameters(self, input_shape):
                self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

            def forward(self, x, *, training=False):
                self._x = x = self.check_input(x)  # builds the layer at its first input
                return x * self.s

            def backward(self, dy):
                self.ds[...] = (dy * self._x).sum(axis=0)  # all examples share s
                return dy * self.s

    Override `output_shape` if the output's shape differs from the input's. Override `get_config` if
    the constructor takes arguments of its own, so that the layer can be saved. Check the result
    with `tinynet.gradcheck.check_gradients`. ``examples/custom_layer.py`` is a worked example.

    Parameters
    ----------
    input_shape : tuple of int, optional
        Shape of one example. By default it is taken from the first input or from the model.
    name : str, optional
        Defaults to the class name in snake case, as in Keras: ``re_lu`` for a ReLU.

    Attributes
    ----------
    parameter_names, state_names : list of str
        Names of the learned arrays and of the others, such as running means, in order.
    needs_dx : bool
        False for the first trained layer in a training chain, where `backward` may return None.
    rng : numpy.random.Generator
        Draws initial weights and dropout masks. In a model, it is the model's.
    dtype : numpy.dtype or None
        Dtype of parameters and activations, None until the layer is built. In a model, it is the
        model's. Otherwise it is float32 if that holds the first input's values, else float64.
    """

    needs_dx = True
    output_kind = ""  # "probabilities" or "numbers", if known
    _holder: Any = None  # a weak reference

    @known_keywords
    def __init__(self, *, input_shape: Shape | None = None, name: str | None = None) -> None:
        self.input_shape = None if input_shape is None else checks.check_shape(input_shape)
        self.name = checks.check_optional_name(name, "name") or snake_case(type(self).__name__)
        self.named_by_user = name is not None
        self.parameter_names: list[str] = []
        self.state_names: list[str] = []
        self._trainable = True
        self.rng = new_generator()
        self.in_model = False
        self.dtype: np.dtype | None = None

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute y from x. `training` is True in training steps, where some layers differ."""
        raise NotImplementedError(
            f"{type(self).__name__} must define forward(x, *, training=False)."
        )

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill the parameters' gradients and return dx. Call `forward` first."""
        raise NotImplementedError(f"{type(self).__name__} must define backward(dy).")

    def create_parameters(self, input_shape: Shape) -> None:
        """Call `add_parameter` for each parameter. Does nothing by default."""

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one example's output, given that of its input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, for saving."""
        return {"input_shape": self.input_shape, "name": self.name}

    @known_keywords
    def add_parameter(self, name: str, shape: Shape, initializer: str | Initializer) -> None:
        """Create the parameter `name` and its gradient ``"d" + name``; for `create_parameters`."""
        self._add(name, shape, initializer)
        self.parameter_names.append(name)
        setattr(self, "d" + name, np.zeros(shape, dtype=self.dtype))

    @known_keywords
    def add_state(self, name: str, shape: Shape, initializer: str | Initializer) -> None:
        """Create an array that isn't learned, such as a running mean; for `create_parameters`.

        It is saved, copied and converted like a parameter. Write into it: ``self.mean[...] = m``.
        """
        self._add(name, shape, initializer)
        self.state_names.append(name)

    @known_keywords
    def check_input(self, x: Any) -> np.ndarray:
        """Check that x has the shape (N, ...) and return it in the layer's dtype.

        The first call builds the layer.
        """
        fits = type(x) is np.ndarray and x.dtype is self.dtype and x.ndim > 1
        if fits and x.shape[1:] == self.input_shape:  # as in a training step
            return x
        array = checks.as_numbers(x, f"{self.name}: x")
        if self.dtype is None and array.ndim > 1 and self.input_shape in (None, array.shape[1:]):
            self.build(array.shape[1:], dtype=checks.own_dtype(array))
        if array.ndim < 2 or array.shape[1:] != self.input_shape:
            kind, shape = type(self).__name__, array.shape
            raise ValueError(checks.shape_error(kind, self.input_shape, shape[1:], shape))
        return array.astype(self.dtype, copy=False)

    # ----------------------------------------------------------------------------- machinery

    def parts(self) -> list[Layer]:
        """Return the layer as simple steps for a training chain; they share its arrays."""
        return [self]

    @property
    def learns(self) -> bool:
        """True if training changes the layer, which then has parameters and isn't frozen."""
        return bool(self.parameter_names) and self.trainable

    @known_keywords
    def multiply_adds(self, input_shape: Shape) -> int:
        """Return the number of multiply-adds in the forward pass's matrix product, per example."""
        return 0

    @property
    def trainable(self) -> bool:
        """Whether the parameters are learned. A change takes effect at the next `compile`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = checks.check_bool(value, "trainable")

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """Parameters by name; empty until the layer is built."""
        return {name: getattr(self, name) for name in self.parameter_names}

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        """Gradients by parameter name."""
        return {name: getattr(self, "d" + name) for name in self.parameter_names}

    @property
    def states(self) -> dict[str, np.ndarray]:
        """States by name."""
        return {name: getattr(self, name) for name in self.state_names}

    @known_keywords
    def count_params(self) -> int:
        """Return the total size of the parameters and states."""
        if self.dtype is None and type(self).create_parameters is not Layer.create_parameters:
            raise NotReadyError(
                f"{self.name} isn't built yet: call build(input_shape) or forward(x) first."
            )
        return sum(array.size for array in self.weights)

    @known_keywords
    def build(
        self,
        input_shape: tuple[int | None, ...] | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = "float64",
    ) -> Self:
        """Create the parameters; a model, or the first `forward`, does this for you.

        `input_shape` is the shape of one example, with or without a leading None for the batch. It
        defaults to the layer's own. `rng` draws the initial values, and `dtype` is ``"float32"`` or
        ``"float64"``. Returns the layer itself: ``Dense(3, input_shape=(2,)).build().W``.
        """
        given = checks.without_batch(input_shape)
        shape = self.input_shape if given is None else checks.check_shape(given)
        if shape is None:
            raise ValueError(f"{self.name}.build needs an input_shape, such as (784,).")
        if self.dtype is not None:
            raise ValueError(
                f"{self.name} is built already, for examples of shape {self.input_shape}."
            )
        if self.input_shape not in (None, shape):
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        kind = checks.float_dtype(dtype)
        checks.check_output_shape(self.output_shape(shape), self.name)
        before = {**vars(self), "parameter_names": [], "state_names": []}
        rng = rng or self.rng
        drawn = rng.bit_generator.state
        try:
            self.rng, self.dtype, self.input_shape = rng, kind, shape
            self.create_parameters(shape)
        except BaseException:  # leave nothing half built
            self.__dict__ = before
            rng.bit_generator.state = drawn
            raise
        return self

    @known_keywords
    def build_in_model(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype) -> None:
        """Build the layer for a model; a layer that is built already keeps its parameters."""
        if self.dtype is None:
            self.build(shape, rng=rng, dtype=dtype)
        elif self.input_shape != shape:
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        self.rng, self.dtype = rng, dtype

    @property
    def holder(self) -> Any:
        """The model whose flat vectors hold the arrays, None if there is none."""
        return self._holder and self._holder()

    @holder.setter
    def holder(self, model: Any) -> None:
        self._holder = weakref.ref(model)

    def _add(self, name: str, shape: Shape, initializer: str | Initializer) -> None:
        checks.check_new_name(name, self, Layer)
        checks.check_memory(shape, 8, f"{self.name}.{name}")
        made, what = initializers.get(initializer), f"{self.name}.{name}"
        try:
            value = made(shape, self.rng)
        except TypeError as error:
            expected = f"The initializer of {what} must be a function of (shape, rng)"
            raise TypeError(f"{expected}: {error}") from error
        setattr(self, name, checks.check_parameter(value, shape, what, self.dtype))

    if not TYPE_CHECKING:  # type checkers still report misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Explain why an attribute is missing."""
            if name.startswith("__"):
                raise AttributeError(name)
            kind = type(self).__name__
            if "in_model" not in self.__dict__:
                raise NotReadyError(f"{kind}.__init__ must call super().__init__().")
            declared = {n for c in type(self).__mro__ for n in vars(c).get("__annotations__", {})}
            if name.startswith("_") and name in declared:
                raise NotReadyError(f"{self.name}: call forward(x) before backward(dy).")
            message = f"{kind} {self.name!r} has no attribute {name!r}."
            known = [n for n in {*dir(type(self)), *vars(self), *declared} if n[0] != "_"]
            if not name.startswith("_") and (near := closest(name, known)) not in (None, name):
                message += f" Did you mean {near}?"
            elif self.dtype is None and type(self).create_parameters is not Layer.create_parameters:
                message += " A parameter needs build(input_shape) or forward(x) first."
            raise NotReadyError(message)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what the last forward pass kept, such as a batch; a copy is in no model."""
        kept = kept_for_backward(cast(type, type(self)))
        items = [item for item in dict(vars(self)).items() if item[0] not in kept]
        return {name: value if name != "in_model" else False for name, value in items}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore after a copy; read-only arrays are copied, so that the layer can train."""
        self.__dict__.update(state)
        gradients = ["d" + name for name in state.get("parameter_names", ())]
        for name in (*state.get("parameter_names", ()), *state.get("state_names", ()), *gradients):
            self.__dict__[name] = checks.writable(state[name])

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        items = [(k, v) for k, v in self.get_config().items() if v is not None]
        config = ", ".join(f"{k}={getattr(v, '__name__', v)!r}" for k, v in items)
        return f"{type(self).__name__}({config})"


def with_activation(layer: Any) -> list[Layer]:
    """Return a layer, followed by its activation if that is a layer; nothing for anything else."""
    parts = [layer, getattr(layer, "__dict__", {}).get("activation")]
    return [part for part in parts if isinstance(part, Layer)]


def forget(layers: Iterable[Layer]) -> None:
    """Drop the arrays that the last forward passes kept, so that the data can be freed."""
    for layer in layers:
        attributes = vars(layer)
        for name in kept_for_backward(cast(type, type(layer))):
            if type(attributes.get(name)) is np.ndarray:
                attributes.pop(name, None)  # another thread may have dropped it
        if isinstance(activation := attributes.get("activation"), Layer):
            forget([activation])


@functools.lru_cache(maxsize=256)
def kept_for_backward(kind: type) -> frozenset[str]:
    """Return the attributes that tinynet's own layers keep in forward: they are declared, as _x.

    What a user's class declares may be more than that, so it is copied with the layer.
    """
    own = [base for base in kind.__mro__ if base.__module__.startswith("tinynet.")]
    declared = [name for base in own for name in vars(base).get("__annotations__", {})]
    return frozenset(name for name in declared if name.startswith("_"))
