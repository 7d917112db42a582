"""Keras's variables: a layer's parameters and states, a learning rate, a number of steps.

In Keras these are objects with ``.numpy()``, ``.assign(...)`` and a name. tinynet has plain arrays
and numbers in their place, which training reads. A script gets the classes of this module instead:
they hold the same values, and what is assigned to them is written into the layer or the optimizer.
"""

import numbers
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinynet._internal import checks
from tinynet.exchange.keras_layers import camel_case
from tinynet.initializers import objects
from tinynet.keras_scripts.arrays import Tensor, TensorShape, Variable
from tinynet.keras_scripts.refusals import in_own_words
from tinynet.schedules import Schedule

KERAS_NAMES = {"W": "kernel", "b": "bias"}


class Weight(Variable):
    """A parameter or a state of a layer, with a name and a path, like Keras's variables.

    It stays valid when the model moves the layer's arrays, as `compile` does.
    """

    layer: Any
    attribute: str

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name in Keras: ``kernel`` for W."""
        return KERAS_NAMES.get(self.attribute, self.attribute)

    @property
    def path(self) -> str:
        """The layer's name and the array's."""
        return f"{self.layer.name}/{self.name}"

    @property
    def trainable(self) -> bool:  # type: ignore[override]
        """Whether training changes the array."""
        return self.layer.trainable and self.attribute in self.layer.parameter_names

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
            array[...] = self._fitting(value)
            self[...] = array
        else:
            self[...] = value
        return self


def weight_of(layer: Any, attribute: str) -> Weight:
    """Return one of a layer's arrays, with its name in Keras."""
    if attribute not in vars(layer):
        raise AttributeError(attribute)  # the layer's own message follows
    weight: Weight = np.asarray(vars(layer)[attribute]).view(Weight)
    weight.layer, weight.attribute = layer, attribute
    return weight


def layer_weights(layer: Any) -> list[Weight]:
    """Return the parameters and the states."""
    return [weight_of(layer, name) for name in (*layer.parameter_names, *layer.state_names)]


def layer_trainable_weights(layer: Any) -> list[Weight]:
    """Return the parameters, unless the layer is frozen."""
    return [weight for weight in layer_weights(layer) if weight.trainable]


def layer_non_trainable_weights(layer: Any) -> list[Weight]:
    """Return the states, and the parameters if the layer is frozen."""
    return [weight for weight in layer_weights(layer) if not weight.trainable]


def layer_bias(layer: Any) -> Weight | None:
    """Return b of a Dense layer, None if it has none."""
    return weight_of(layer, "b") if layer.use_bias else None


def refuse_binding(layer: Any, value: Any) -> NoReturn:
    """Raise an error that says how to change W or b."""
    raise AttributeError(
        f"{layer.name}'s kernel and bias can't be replaced by other arrays: write new values into "
        f"them, layer.kernel.assign(values), or call layer.set_weights([kernel, bias])."
    )


def shown_as(name: str, show: Callable[[Any], Any]) -> property:
    """Return a property that stores what it is set to, and is read as ``show(owner)``."""

    def store(owner: Any, value: Any) -> None:
        vars(owner)[name] = value

    return property(show, store)


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

    def current(self) -> Any:
        """Return the number that the optimizer has now."""
        return vars(self.optimizer)[self.name]

    def numpy(self) -> Any:
        """Return the number as NumPy's."""
        return np.dtype(self.dtype).type(self.current())

    @property
    def value(self) -> Any:
        """The number as an array."""
        return Variable(self.numpy()).value

    def assign(self, value: Any) -> Any:
        """Set the number."""
        value = value.numpy() if isinstance(value, Tensor) else value
        setattr(self.optimizer, self.name, checks.plain(value))
        return getattr(self.optimizer, self.name)

    def assign_add(self, delta: Any) -> Any:
        """Add to the number."""
        return self.assign(self.current() + checks.plain(delta))

    def assign_sub(self, delta: Any) -> Any:
        """Subtract from the number."""
        return self.assign(self.current() - checks.plain(delta))


@numbers.Real.register
class LearningRate(Setting, NDArrayOperatorsMixin):
    """A learning rate with ``.numpy()`` and ``.assign(...)``.

    A script that keeps it in a variable sees each later change. It is calculated with like a float.
    """

    name, dtype = "learning_rate", "float32"

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer

    def __float__(self) -> float:
        return float(self.current())

    def __int__(self) -> int:
        return int(self.current())

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self), digits)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec)

    def __repr__(self) -> str:
        return repr(float(self))

    __hash__ = object.__hash__
    # The mixin's would write their result into this object.
    __iadd__, __isub__ = NDArrayOperatorsMixin.__add__, NDArrayOperatorsMixin.__sub__
    __imul__, __itruediv__ = NDArrayOperatorsMixin.__mul__, NDArrayOperatorsMixin.__truediv__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(float(self), dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        plain = [float(one) if isinstance(one, LearningRate) else one for one in inputs]
        result = getattr(ufunc, method)(*plain, **named)
        return result.item() if isinstance(result, np.generic) else result

    def assign(self, value: Any) -> Any:
        """Set the optimizer's learning rate."""
        value = value.numpy() if isinstance(value, Tensor) else value
        return super().assign(checks.check_number(checks.plain(value), self.name, minimum=0))


class ScheduledRate(LearningRate):
    """The learning rate of the next step, by a schedule; it is still called as the schedule."""

    __str__ = LearningRate.__repr__

    @property
    def schedule(self) -> Any:
        """The schedule."""
        return vars(self.optimizer)[self.name]

    def current(self) -> Any:
        """Return the learning rate of the next step."""
        return self.schedule(vars(self.optimizer).get("iterations", 0))

    def __repr__(self) -> str:
        return repr(self.schedule)

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        return self.schedule(step)


class Count(Setting, int):
    """A number of steps with ``.numpy()`` and ``.assign(...)``."""

    name, dtype = "iterations", "int64"

    def __int__(self) -> int:
        return int(self.current())


def learning_rate_of(optimizer: Any) -> Any:
    """Return an optimizer's learning rate, that of the next step if it has a schedule."""
    value = vars(optimizer).get("learning_rate")
    if isinstance(value, Schedule):
        return ScheduledRate(optimizer)
    return LearningRate(optimizer) if isinstance(value, float) else value


def set_learning_rate(optimizer: Any, value: Any) -> None:
    """Set an optimizer's learning rate, a schedule or any type of number."""
    if isinstance(value, ScheduledRate):
        value = value.schedule
    number = isinstance(value, float | np.generic | LearningRate)
    if number or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = float(value)
    vars(optimizer)["learning_rate"] = value


def iterations_of(optimizer: Any) -> Count:
    """Return the number of steps."""
    count = Count(vars(optimizer)["iterations"])
    count.optimizer = optimizer
    return count


def set_iterations(optimizer: Any, value: Any) -> None:
    """Set the number of steps."""
    vars(optimizer)["iterations"] = checks.check_count(checks.plain(value), "iterations", 0)
