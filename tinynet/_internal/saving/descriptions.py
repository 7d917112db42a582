"""Conversion of objects to plain data, ``{"class_name": ..., "config": ...}``, and back.

Functions are described by their names. Reading uses only the classes and functions in two tables
and those that the caller adds, so that a description can't run any other code.
"""

import inspect
import json
import reprlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinynet import (
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from tinynet._internal.checks import lookup, shown
from tinynet._internal.names import closest
from tinynet._internal.origin import is_own_class

Known = Mapping[str, Callable[..., Any]]


def classes(module: Any, base: type) -> dict[str, type]:
    """Return the public classes of a module that derive from a given class, by name."""
    public = {name: getattr(module, name) for name in module.__all__}
    return {
        name: kind
        for name, kind in public.items()
        if isinstance(kind, type) and issubclass(kind, base) and kind is not base
    }


# The classes that a description may name. Metrics have a prefix, since some are named like losses,
# and so has the layer that is named like an initializer.
KNOWN: Known = {
    **classes(layers, layers.Layer),
    **classes(losses, losses.Loss),
    **classes(optimizers, optimizers.Optimizer),
    **classes(initializers, initializers.objects.InitializerObject),
    "layers.Identity": layers.Identity,
    **{f"metrics.{name}": kind for name, kind in classes(metrics, metrics.Metric).items()},
    **{kind.__name__: kind for kind in (regularizers.L1, regularizers.L2, regularizers.L1L2)},
    **{kind.__name__: kind for kind in (constraints.MaxNorm, constraints.MinMaxNorm)},
    **{kind.__name__: kind for kind in (constraints.NonNeg, constraints.UnitNorm)},
    **{kind.__name__: kind for kind in schedules.SCHEDULES},
}
NAMES = {kind: name for name, kind in KNOWN.items()}
# The functions that it may name: initializers, and the losses and metrics of two arrays.
FUNCTIONS: Known = {
    **{function.__name__: function for function in losses.FUNCTIONS},
    **{function.__name__: function for function in metrics.lookup.FUNCTIONS},
    **initializers.INITIALIZERS,
}
OWN = "own."  # marks a user-defined name that tinynet has, too


def describe(value: Any) -> Any:
    """Convert an object with `get_config`, a function, or plain data to JSON's types.

    Raises
    ------
    TypeError
        If the object can't be described.
    """
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {key: describe(item) for key, item in value.items()}
    if hasattr(value, "get_config"):
        name = NAMES.get(type(value)) or name_of(type(value), KNOWN)
        return {"class_name": name, "config": describe(value.get_config())}
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    name = getattr(value, "__name__", "")
    if callable(value) and name.isidentifier():
        return {"function": name_of(value, FUNCTIONS)}
    try:
        return describe_data(value)
    except TypeError:
        raise TypeError(
            f"{shown(value)} can't be saved. Use a function with a name, or a class with "
            f"get_config()."
        ) from None


def name_of(made: Any, known: Known) -> str:
    """Return the name of a class or a function, marked if tinynet has it and this is a user's."""
    name: str = made.__name__
    return OWN + name if name in known and is_own_class(made) else name


def describe_data(value: Any) -> Any:
    """Convert plain data to JSON's types, from which it is read as it was.

    Raises
    ------
    TypeError
        If it holds anything but numbers, text, lists, and dicts with text as keys.
    """
    if isinstance(value, list | tuple):
        return [describe_data(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: describe_data(item) for key, item in value.items()}
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, bool | int | float | str | None):
        raise TypeError(f"received {shown(value)}.")
    return plain


def restore(data: Any, custom: Known) -> Any:
    """Create the object from its description, with only the classes in `KNOWN` and `custom`.

    Raises
    ------
    ValueError
        If the description names anything else, or its arguments don't fit.
    """
    if isinstance(data, list):
        return [restore(item, custom) for item in data]
    if not isinstance(data, dict):
        return data
    if set(data) == {"function"}:
        return find(data["function"], FUNCTIONS, custom, "function")
    if set(data) != {"class_name", "config"}:
        return {key: restore(item, custom) for key, item in data.items()}
    make = find(data["class_name"], KNOWN, custom, "class")
    name = data["class_name"].removeprefix(OWN)
    config = restore(data["config"], custom)
    try:
        inspect.signature(make).bind(**config)
    except TypeError as error:
        names = reprlib.repr([*config] if isinstance(config, dict) else config)
        advice = ": define get_config, to return the arguments of __init__" * is_own_class(make)
        raise ValueError(f"{name} can't be made from arguments named {names}{advice}.") from error
    try:
        return make(**config)
    except TypeError as error:
        raise ValueError(f"{name} can't be made: {error}") from error


def find(name: Any, known: Known, custom: Known, what: str) -> Callable[..., Any]:
    """Return the class or function of that name, or say in an error how to pass one's own."""
    table: Known = {**known, **custom}
    if isinstance(name, str) and name.startswith(OWN):
        name, table, what = name.removeprefix(OWN), custom, f"user-defined {what}"
    if not isinstance(name, str) or name in table:
        return lookup(name, table, what)
    near = closest(name, table)
    hint = f" Did you mean {near!r}?" if near else ""
    own = f": pass custom_objects={{{name!r}: {name}}}" if name.isidentifier() else ""
    raise ValueError(f"Unknown {what} {reprlib.repr(name)}{own}.{hint}")


def parse(text: Any, kind: str) -> dict[str, Any]:
    """Return the configuration in a JSON description."""
    if not isinstance(text, str):
        raise TypeError(f"Expected a string of JSON, received {shown(text)}.")
    try:
        description = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Expected a string of JSON, received invalid JSON: {error}.") from error
    if not isinstance(description, dict) or description.get("class_name") != kind:
        raise ValueError(f"Expected the description of a {kind}, received {shown(description)}.")
    return check_config(description.get("config"), kind)


def check_config(config: Any, kind: str) -> dict[str, Any]:
    """Return the configuration of a model if it is what its `get_config` returns."""
    needed = {"name", "dtype", "input_shape", "layers"}
    if not isinstance(config, dict) or {*config} - {"frozen"} != needed:
        raise ValueError(
            f"Expected a {kind} that tinynet has described, received {shown(config)}. "
            f"For one of Keras, see tinynet.exchange."
        )
    return config
