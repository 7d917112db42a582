"""Keras's variables: a layer's parameters and states, a learning rate, a number of steps.

In Keras these are objects with ``.numpy()``, ``.assign(...)`` and a name. tinynet has plain arrays
and numbers in their place, which training reads. A script gets the classes of this module instead:
they hold the same values, and what is assigned to them is written into the layer or the optimizer.
"""

import sys
from types import FrameType
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet.exchange.keras_layers import camel_case
from tinynet.initializers import objects
from tinynet.keras_scripts.arrays import Tensor, TensorShape, Variable, convert_to_numpy
from tinynet.keras_scripts.refusals import in_own_words

KERAS_NAMES = {"W": "kernel", "b": "bias"}


class Weight(Variable):
    """A parameter or a state of a layer, with a name and a path, like Keras's variables.

    It stays valid when the model moves the layer's arrays, as `compile` does.
    """

    layer: Any
    attribute: str
    path: str

    def current(self) -> np.ndarray:
        """Return the layer's array."""
        array: np.ndarray = vars(self.layer)[self.attribute]
        return array

    def numpy(self) -> Any:
        """Return a copy of the values."""
        return np.array(self.current() if hasattr(self, "layer") else self)

    @in_own_words("assign")
    def assign(self, value: Any) -> "Weight":
        """Write new values into the layer."""
        if hasattr(self, "layer"):
            array = self.current()
            array[...] = checked(value, array.shape)
            self[...] = array
        else:
            self[...] = value
        return self


def checked(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return values of exactly this shape: Keras's variables don't broadcast."""
    array = convert_to_numpy(value)
    if array.shape != shape:
        raise ValueError(f"the values must have shape {shape}, received {array.shape}")
    return array


def named_arrays(layer: Any, names: list[str]) -> list[Weight]:
    """Return some of a layer's arrays, with their names in Keras."""
    found = []
    for attribute in names:
        weight = getattr(layer, attribute).view(Weight)
        weight.layer, weight.attribute = layer, attribute
        weight.name = KERAS_NAMES.get(attribute, attribute)
        weight.path = f"{layer.name}/{weight.name}"
        weight.trainable = layer.trainable and attribute in layer.parameter_names
        found.append(weight)
    return found


def layer_weights(layer: Any) -> list[Weight]:
    """Return the parameters and the states."""
    return named_arrays(layer, [*layer.parameter_names, *layer.state_names])


def layer_trainable_weights(layer: Any) -> list[Weight]:
    """Return the parameters, unless the layer is frozen."""
    return named_arrays(layer, layer.parameter_names if layer.trainable else [])


def layer_non_trainable_weights(layer: Any) -> list[Weight]:
    """Return the states, and the parameters if the layer is frozen."""
    frozen = [] if layer.trainable else layer.parameter_names
    return named_arrays(layer, [*frozen, *layer.state_names])


def layer_kernel(layer: Any) -> Weight:
    """Return W of a Dense layer."""
    return named_arrays(layer, ["W"])[0]


def layer_bias(layer: Any) -> Weight | None:
    """Return b of a Dense layer, None if it has none."""
    return named_arrays(layer, ["b"])[0] if layer.use_bias else None


def from_tinynet(frame: FrameType) -> bool:
    """Return whether a frame executes tinynet's own code, not a script's."""
    return str(frame.f_globals.get("__name__")).startswith("tinynet.")


class ForScripts:
    """An attribute of a layer, such as ``gamma``, that a script reads in Keras's form.

    tinynet's own code, which trains with it, gets the attribute itself.
    """

    always = False  # whether a script gets it even where the object has none

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, layer: Any, kind: type | None = None) -> Any:
        if layer is None:
            return self
        inside = from_tinynet(sys._getframe(1))
        if self.name not in vars(layer) and (inside or not self.always):
            return layer.__getattr__(self.name)
        value = vars(layer).get(self.name)
        return value if inside else self.shown(layer, value)

    def __set__(self, layer: Any, value: Any) -> None:
        vars(layer)[self.name] = value

    def shown(self, layer: Any, value: Any) -> Any:
        """Return the attribute as a script gets it."""
        raise NotImplementedError


class Parameter(ForScripts):
    """A parameter or a state, as a `Weight`."""

    def shown(self, layer: Any, value: Any) -> Weight:
        """Return the array as a Weight."""
        return named_arrays(layer, [self.name])[0]


class InitializerOf(ForScripts):
    """An initializer: called on a shape, it draws anew."""

    def shown(self, layer: Any, value: Any) -> Any:
        """Return the object in place of the function of the same name."""
        return initializer_object(value)


def initializer_object(initializer: Any) -> Any:
    """Return an initializer that needs only a shape: for `he_normal`, a `HeNormal`.

    Examples
    --------
    >>> from tinynet import initializers
    >>> initializer_object(initializers.he_normal)
    HeNormal(seed=None)
    """
    own = getattr(initializer, "__module__", None) == "tinynet.initializers.scaled"
    return getattr(objects, camel_case(initializer.__name__))() if own else initializer


# --------------------------------------------------------------------------------- numbers


class Setting:
    """What the numbers of an optimizer have in common: `assign` writes into the optimizer."""

    optimizer: Any
    name: str
    dtype: str
    shape = TensorShape()
    ndim = 0
    trainable = False

    @property
    def path(self) -> str:
        """The optimizer's name and the number's."""
        return f"{type(self.optimizer).__name__.lower()}/{self.name}"

    def numpy(self) -> Any:
        """Return the number as NumPy's."""
        return np.dtype(self.dtype).type(vars(self.optimizer)[self.name])

    @property
    def value(self) -> Any:
        """The number as an array."""
        return Variable(self.numpy()).value

    def assign(self, value: Any) -> Any:
        """Set the number."""
        value = value.numpy() if isinstance(value, Tensor | Setting) else value
        setattr(self.optimizer, self.name, checks.plain(value))
        return getattr(self.optimizer, self.name)

    def assign_add(self, delta: Any) -> Any:
        """Add to the number."""
        return self.assign(vars(self.optimizer)[self.name] + checks.plain(delta))

    def assign_sub(self, delta: Any) -> Any:
        """Subtract from the number."""
        return self.assign(vars(self.optimizer)[self.name] - checks.plain(delta))


class LearningRate(Setting, float):
    """A learning rate with ``.numpy()`` and ``.assign(...)``."""

    name, dtype = "learning_rate", "float32"

    def assign(self, value: Any) -> Any:
        """Set the optimizer's learning rate."""
        value = value.numpy() if isinstance(value, Tensor | Setting) else value
        return super().assign(checks.check_number(checks.plain(value), self.name, minimum=0))


class Count(Setting, int):
    """A number of steps with ``.numpy()`` and ``.assign(...)``."""

    name, dtype = "iterations", "int64"


def learning_rate_of(optimizer: Any) -> Any:
    """Return an optimizer's learning rate, or its schedule."""
    value = vars(optimizer).get("learning_rate")
    if not isinstance(value, float):
        return value
    rate = LearningRate(value)
    rate.optimizer = optimizer
    return rate


def set_learning_rate(optimizer: Any, value: Any) -> None:
    """Set an optimizer's learning rate, a schedule or any type of number."""
    plain = isinstance(value, float | np.generic | np.ndarray) and np.ndim(value) == 0
    vars(optimizer)["learning_rate"] = float(value) if plain else value


def iterations_of(optimizer: Any) -> Count:
    """Return the number of steps."""
    count = Count(vars(optimizer)["iterations"])
    count.optimizer = optimizer
    return count


def set_iterations(optimizer: Any, value: Any) -> None:
    """Set the number of steps."""
    vars(optimizer)["iterations"] = checks.check_count(checks.plain(value), "iterations", 0)
