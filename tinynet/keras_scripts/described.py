"""`get`, `serialize` and `deserialize` of Keras's modules: objects as dicts, and back.

Keras describes an object as ``{"module": ..., "class_name": ..., "config": ...}``, and a
function by its name. Reading uses only tinynet's own classes and those that the script passes.
"""

from collections.abc import Callable
from typing import Any

from tinynet._internal.saving import descriptions
from tinynet.keras_scripts import methods

MODULES = (
    *("keras.activations", "keras.constraints", "keras.initializers", "keras.layers"),
    *("keras.losses", "keras.metrics", "keras.optimizers", "keras.optimizers.schedules"),
    "keras.regularizers",
)


def serializer(module: str) -> Callable[[Any], Any]:
    """Return `serialize` of a module."""

    def serialize(part: Any) -> Any:
        """Return the class and the settings of an object as a dict, or the name of a function."""
        if module == "keras.activations" and type(part) in methods.ACTIVATIONS:
            part = methods.name_or_layer(part)
        if isinstance(part, str):
            return part
        described: dict[str, Any] = descriptions.describe(part)
        if "function" in described:
            return described["function"]
        name = described["class_name"].removeprefix("metrics.")
        return {"module": module, **described, "class_name": name, "registered_name": None}

    return serialize


def reader(module: str, get: Callable[[Any], Any] | None = None) -> Callable[..., Any]:
    """Return `get` or `deserialize` of a module, given the `get` that takes anything but dicts."""
    start = "metrics." if module == "keras.metrics" else ""
    kinds = {
        name.removeprefix(start): kind
        for name, kind in descriptions.KNOWN.items()
        if name.startswith(start)
    }

    def deserialize(config: Any, custom_objects: Any = None) -> Any:
        """Return the object that a dict describes, or that has this name."""
        if get is not None and not isinstance(config, dict):
            return get(config)
        return descriptions.restore(plain(config), {**kinds, **(custom_objects or {})})

    return deserialize


def plain(value: Any) -> Any:
    """Return descriptions with nothing but the class and the settings of each object."""
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {"class_name", "config"} if "class_name" in value else {*value}
    return {key: plain(part) for key, part in value.items() if key in kept}
