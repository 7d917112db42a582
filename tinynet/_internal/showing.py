"""The `repr` of layers, optimizers, callbacks and other objects with settings."""

import inspect
from typing import Any


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
