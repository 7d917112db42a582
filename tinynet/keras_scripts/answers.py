"""Let tinynet's objects answer scripts as Keras's do: ``model(x).numpy()``.

What a layer, a model or a loss returns is a NumPy array or a number, which has no ``.numpy()``. In
a process where tinynet answers for Keras, and in no other, the few ways by which scripts get at
arrays return a `Tensor`; the values are the same. Training goes by none of these ways: it calls
`forward` and `backward`, and reads ``W`` and ``b``.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet.keras_scripts.arrays import Tensor

# Classes, and the methods and properties of theirs whose results are arrays.
METHODS: dict[str, tuple[str, ...]] = {
    "tinynet.layers.Layer": ("__call__",),
    "tinynet.models.Sequential": ("__call__",),
    "tinynet.losses.Loss": ("__call__",),
}
PROPERTIES: dict[str, tuple[str, ...]] = {
    "tinynet.layers.Layer": ("weights", "trainable_weights", "non_trainable_weights", "variables"),
    "tinynet.layers.Dense": ("kernel", "bias"),
    "tinynet.models.Sequential": (
        *("weights", "trainable_weights", "non_trainable_weights"),
        *("variables", "trainable_variables", "non_trainable_variables", "losses"),
    ),
}


class AnsweringFunction:
    """A function of tinynet whose result answers ``.numpy()``; it equals the function itself.

    So a layer or a model that receives it in place of a name knows which function it is.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function."""
        return answering(self.function(*arguments, **named))

    def __eq__(self, other: object) -> bool:
        return other is self.function or getattr(other, "function", None) is self.function

    def __hash__(self) -> int:
        return hash(self.function)


class LearningRate(float):
    """A learning rate that also answers ``.numpy()`` and ``.assign(...)``, as Keras's does."""

    optimizer: Any

    def numpy(self) -> np.float32:
        """Return the number."""
        return np.float32(self)

    def assign(self, value: Any) -> None:
        """Give the optimizer another learning rate."""
        self.optimizer.learning_rate = float(value)


def learning_rate_of(optimizer: Any) -> Any:
    """Return an optimizer's learning rate, or its schedule."""
    value = vars(optimizer).get("learning_rate")
    if not isinstance(value, float):
        return value
    rate = LearningRate(value)
    rate.optimizer = optimizer
    return rate


def set_learning_rate(optimizer: Any, value: Any) -> None:
    """Set an optimizer's learning rate, of any kind of number or a schedule."""
    plain = isinstance(value, float | np.generic | np.ndarray) and np.ndim(value) == 0
    vars(optimizer)["learning_rate"] = float(value) if plain else value


def answering(value: Any) -> Any:
    """Return an array or a number, or a list of them, so that it answers ``.numpy()``.

    Examples
    --------
    >>> answering(2.5).numpy(), answering([np.ones(1)])[0].numpy()
    (np.float32(2.5), array([1.]))
    """
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value).view(Tensor)
    if isinstance(value, float):
        return np.asarray(value, np.float32).view(Tensor)
    if isinstance(value, list):
        return [answering(part) for part in value]
    return value


def begin() -> None:
    """Let the classes of the tables answer so, those that they derive from and theirs included."""
    for path, names in METHODS.items():
        for kind in family(path):
            for name in set(names) & vars(kind).keys():
                setattr(kind, name, answering_method(vars(kind)[name]))
    for path, names in PROPERTIES.items():
        for kind in family(path):
            for name in names:
                if isinstance(vars(kind).get(name), property):
                    setattr(kind, name, answering_property(vars(kind)[name]))
    optimizer: Any = importlib.import_module("tinynet.optimizers").Optimizer
    optimizer.learning_rate = property(learning_rate_of, set_learning_rate)


def family(path: str) -> list[type]:
    """Return a class, and those of tinynet that it derives from or that derive from it."""
    module, _, name = path.rpartition(".")
    kind: type = getattr(importlib.import_module(module), name)
    above = [one for one in kind.__mro__ if one.__module__.startswith("tinynet.")]
    return above + derived(kind)


def derived(kind: type) -> list[type]:
    """Return the classes that derive from a class."""
    below: list[type] = kind.__subclasses__()
    return below + [one for other in below for one in derived(other)]


def answering_method(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method whose result answers ``.numpy()``."""
    if hasattr(method, "answers"):
        return method

    @functools.wraps(method)
    def answer(*arguments: Any, **named: Any) -> Any:
        return answering(method(*arguments, **named))

    answer.answers = True  # type: ignore[attr-defined]
    return answer


def answering_property(known: property) -> property:
    """Return a property whose value answers ``.numpy()``."""
    assert known.fget is not None
    return property(answering_method(known.fget), known.fset, known.fdel, known.__doc__)
