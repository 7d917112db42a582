"""Base classes of objects with settings, and the `repr` and the deep copy of such an object."""

import copy
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tinynet._internal.checks import plain
from tinynet._internal.names import known_keywords, misspelt_attribute

T = TypeVar("T")
ATOMS = {bool, int, float, str}  # which a deep copy shares


def deep_copy(thing: T, memo: dict[int, Any]) -> T:
    """Return a deep copy of an object; see `copied` for what is shared."""
    memo[id(thing)] = other = copy.copy(thing)
    vars(other).update(copied(vars(other), memo))
    return other


def copied(attributes: dict[str, Any], memo: dict[int, Any]) -> dict[str, Any]:
    """Copy attributes deeply.

    What can't be copied, such as a module or a lock, is shared, and so is an object or a list that
    holds one. Of a dict, the other entries are copied.
    """
    copies = {}
    for name, value in attributes.items():
        if value is None or type(value) in ATOMS:
            copies[name] = value
            continue
        try:
            copies[name] = copy.deepcopy(value, memo)
        except TypeError:
            shared = copied(value, memo) if type(value) is dict else value
            copies[name] = memo[id(value)] = shared
    return copies


class PlainSettings:
    """Base of classes with settings; a setting that is a NumPy scalar becomes a Python number.

    Examples
    --------
    >>> settings = PlainSettings()
    >>> settings.rate = np.float64(0.1) * 3
    >>> settings.rate
    0.30000000000000004
    """

    __deepcopy__ = deep_copy

    if not TYPE_CHECKING:  # so that type checkers still report misspelt attributes

        def __setattr__(self, name: str, value: Any) -> None:
            """Set an attribute."""
            object.__setattr__(self, name, plain(value) if isinstance(value, np.generic) else value)

        def __getattr__(self, name: str) -> Any:
            """Raise an error that suggests the attribute that was meant."""
            if hasattr(type(self), name):  # a property, which raises its own error again
                return object.__getattribute__(self, name)
            raise misspelt_attribute(self, name)


class Settings(PlainSettings):
    """Base of classes whose attributes are the constructor's arguments."""

    @known_keywords
    def __init__(self) -> None:
        super().__init__()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, for saving."""
        return dict(vars(self))

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        config = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({config})"


def constructor_call(instance: Any) -> str:
    """Return the constructor call of an object, with the arguments that differ from the defaults.

    An argument is shown if the object has an attribute of the same name.

    Examples
    --------
    >>> from tinynet.callbacks import EarlyStopping
    >>> constructor_call(EarlyStopping("loss", patience=3))
    "EarlyStopping(monitor='loss', patience=3)"
    """
    kept = vars(instance)
    arguments = []
    for name, parameter in inspect.signature(type(instance)).parameters.items():
        if name in kept and not _same(kept[name], parameter.default):
            value = kept[name]
            shown = value.__name__ if inspect.isfunction(value) else repr(value)
            arguments.append(f"{name}={shown}")
    return f"{type(instance).__name__}({', '.join(arguments)})"


def _same(value: Any, default: Any) -> bool:
    """Return whether an argument equals the default; False if they can't be compared."""
    return value is default or (type(value) is type(default) and bool(value == default))
