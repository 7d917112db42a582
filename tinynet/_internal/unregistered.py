"""Arrays that look like parameters and aren't registered as such: no optimizer would learn them.

An array W of a layer counts as one if a gradient stands beside it, an array dW of the same shape,
and a forward pass leaves it as it is. What `forward` writes anew is a cache, whatever its name.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def refuse_unregistered(layers: Sequence[Any], run: Callable[[], None]) -> None:
    """Refuse to train layers with such an array.

    Parameters
    ----------
    layers : sequence of Layer
        Copies that have been run forward and back.
    run : callable
        Runs them forward with other numbers.

    Raises
    ------
    ValueError
        If there is one; the method that registers it is named.
    """
    suspects = [(layer, name, value.copy()) for layer in layers for name, value in beside(layer)]
    if not suspects:
        return
    try:
        run()
    except Exception:  # the other numbers don't suit it, and nothing can be said
        return
    for layer, name, value in suspects:
        if np.array_equal(getattr(layer, name, np.nan), value, equal_nan=True):
            raise ValueError(
                f"{layer.name}.{name} has a gradient beside it, but isn't a parameter, so that "
                f"training would leave it as it is: create it in create_parameters with "
                f"self.add_parameter({name!r}, shape, initializer)."
            )


def declared_by_tinynet(layer: Any) -> set[str]:
    """Return the names of the arrays that a layer has from a class of tinynet's.

    Who derives a class from `Dense` and takes b off the list of parameters means it.
    """
    own = [kind for kind in type(layer).__mro__ if kind.__module__.startswith("tinynet.")]
    return {name for kind in own for name in vars(kind).get("__annotations__", {})}


def beside(layer: Any) -> list[tuple[str, np.ndarray]]:
    """Return the arrays, parameters and states apart, that have a gradient beside them."""
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
