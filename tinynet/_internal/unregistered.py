"""Find arrays that look like parameters but aren't registered, so that no optimizer updates them.

An array W of a layer looks like a parameter if the layer also has a gradient, an array dW of the
same shape, and a forward pass doesn't change W. An array that `forward` replaces is a cache.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def refuse_unregistered(layers: Sequence[Any], run: Callable[[], None]) -> None:
    """Refuse to train layers with such an array; the message shows how to register it.

    The layers are copies that have been run forward and back. `run` runs them forward with other
    inputs.
    """
    suspects = [(layer, name, value.copy()) for layer in layers for name, value in beside(layer)]
    if not suspects:
        return
    try:
        run()
    except Exception:  # the layer doesn't accept these inputs, so the check isn't possible
        return
    for layer, name, value in suspects:
        if np.array_equal(getattr(layer, name, np.nan), value, equal_nan=True):
            raise ValueError(
                f"{layer.name}.{name} has a gradient, but isn't a parameter, so that "
                f"training would not change it: create it in create_parameters with "
                f"self.add_parameter({name!r}, shape, initializer)."
            )


def declared_by_tinynet(layer: Any) -> set[str]:
    """Return the names of the arrays that a layer inherits from a class in tinynet.

    If a class derives from `Dense` and removes b from the parameters, that is intended.
    """
    own = [kind for kind in type(layer).__mro__ if kind.__module__.startswith("tinynet.")]
    return {name for kind in own for name in vars(kind).get("__annotations__", {})}


def beside(layer: Any) -> list[tuple[str, np.ndarray]]:
    """Return the arrays that have a gradient, except registered parameters and states."""
    attributes = vars(layer)
    known = {*layer.parameter_names, *layer.state_names, *declared_by_tinynet(layer)}
    found = []
    for name, value in attributes.items():
        stem = name.lstrip("_")
        gradient = attributes.get(name[: len(name) - len(stem)] + "d" + stem)
        arrays = isinstance(value, np.ndarray) and isinstance(gradient, np.ndarray)
        if name in known or not arrays or value.shape != gradient.shape:
            continue
        if value.dtype.kind == gradient.dtype.kind == "f":
            found.append((name, value))
    return found
