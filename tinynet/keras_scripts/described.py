"""`get`, `serialize` and `deserialize` of Keras's modules: objects as dicts, and back.

Keras describes an object as ``{"module": ..., "class_name": ..., "config": ...}``, and a
function by its name. Reading uses only tinynet's own classes and those that the script passes.
"""

from collections.abc import Callable
from typing import Any

from tinynet._internal.checks import shown
from tinynet._internal.saving import descriptions

MODULES = (
    *("keras.activations", "keras.constraints", "keras.initializers", "keras.layers"),
    *("keras.losses", "keras.metrics", "keras.optimizers", "keras.optimizers.schedules"),
    "keras.regularizers",
)


def serializer(module: str) -> Callable[[Any], Any]:
    """Return `serialize` of a module."""

    def serialize(part: Any) -> Any:
        """Return the class and the settings of an object as a dict, or the name of a function."""
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
        if isinstance(config, dict) and {"class_name", "config"} <= {*config}:
            return descriptions.restore(plain(config), {**kinds, **(custom_objects or {})})
        if get is None:
            raise ValueError(f"Expected a dict made by serialize, received {shown(config)}.")
        return get(config)

    return deserialize


def plain(value: Any) -> Any:
    """Return descriptions with nothing but the class and the settings of each object."""
    if not isinstance(value, dict):
        return [plain(part) for part in value] if isinstance(value, list) else value
    kept = {"class_name", "config"} if "class_name" in value else {*value}
    return {key: plain(part) for key, part in value.items() if key in kept}
