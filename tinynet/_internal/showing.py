"""How objects show themselves in a terminal."""

import inspect
from typing import Any


def constructor_call(instance: Any) -> str:
    """Return the call that makes such an object, with the arguments that aren't the defaults.

    An argument is shown if the object keeps it under its name.

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
    """Tell whether an argument is the default; what can't be compared isn't."""
    return value is default or (type(value) is type(default) and bool(value == default))
