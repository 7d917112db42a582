"""Whether a built model is still what it was built as, and whether layers of your own fit into it.

A model's parameters lie in one vector, and its layers work on windows of that vector. A layer that
was put into the list without `add`, or a name that was bound to another array, breaks this without
a sound: the optimizer then trains numbers that no layer looks at. `check_layout` finds that, in
some microseconds; `check_backward` finds a backward pass that would do it.
"""

import operator
import weakref
from typing import TYPE_CHECKING

import numpy as np

from tinynet import checks
from tinynet.layers import Layer

if TYPE_CHECKING:
    from tinynet.models import Sequential

# The arrays of each model that were found in order; while they are the same, they are.
_seen: "weakref.WeakKeyDictionary[Sequential, list[np.ndarray]]" = weakref.WeakKeyDictionary()

CHANGED = "The model's layers were changed after it was built: use add, or make a new model."


def check_layout(model: "Sequential") -> None:
    """Refuse a model whose layers, shapes or arrays were changed after it was built.

    Raises
    ------
    ValueError
        If something was changed; it is called by its name.
    """
    if not model.built:
        return
    replaced = model.compiled and model.head and model.head is not model.layers[-1]
    if replaced or len(model.layers) != len(model.input_shapes):
        raise ValueError(CHANGED)
    shape = model.input_shapes[0]
    for layer, built in zip(model.layers, model.output_shapes, strict=True):
        if layer.input_shape != shape:
            raise ValueError(CHANGED)
        shape = layer.output_shape(shape)
        if shape != built:
            raise ValueError(
                f"{layer.name} was built for an output of shape {checks.shape_of(built)}, and now "
                f"gives {checks.shape_of(shape)}: make a new layer rather than change this one."
            )
    parts = [model.parameters, model.gradients]
    for layer in model.layers:
        for name in layer.parameter_names:
            parts += (getattr(layer, name), getattr(layer, "d" + name))
    seen = _seen.get(model, [])
    if len(parts) != len(seen) or not all(map(operator.is_, parts, seen)):
        _check_arrays(model)
        _seen[model] = parts


def _check_arrays(model: "Sequential") -> None:
    """Check that the layers' arrays lie one after the other in the model's two vectors."""
    start = 0
    for layer in model.layers:
        for name, value in layer.parameters.items():
            for vector, label in ((model.parameters, name), (model.gradients, "d" + name)):
                array = getattr(layer, label)
                if _address(array) != _address(vector) + start * vector.itemsize:
                    raise ValueError(
                        f"{layer.name}.{label} was bound to another array after the model was "
                        f"built: write into it, layer.{label}[...] = ..."
                    )
            start += value.size
    if start != model.parameters.size:
        raise ValueError(CHANGED)


def _address(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def check_backward(model: "Sequential", x: np.ndarray) -> None:
    """Send an example through a model with layers that aren't tinynet's own, there and back.

    The gradient that is sent back is zero, dropout is off, and what the layers wrote into their
    gradients is put back.

    Raises
    ------
    ValueError, TypeError
        If a layer returns something else than it should, or binds a gradient to a new array.
    """
    if not any(_is_foreign(layer) for layer in model.layers):
        return
    arrays = [
        (layer, label, getattr(layer, label))
        for layer in model.layers
        for name in layer.parameter_names
        for label in (name, "d" + name)
    ]
    gradients = model.gradients.copy()
    try:
        with np.errstate(all="ignore"):
            _there_and_back(model, x)
        check_layout(model)
    finally:
        for layer, label, array in arrays:
            setattr(layer, label, array)
        model.gradients[...] = gradients


def _there_and_back(model: "Sequential", x: np.ndarray) -> None:
    y = x.astype(model.dtype)
    for layer, shape in zip(model.layers, model.output_shapes, strict=True):
        y = layer.forward(y, training=False)
        _check_returned(layer, "forward", "y", y, (1, *shape))
    dy, shapes = np.zeros_like(y), model.input_shapes
    for k in reversed(range(model.first_trained, len(model.layers))):
        layer = model.layers[k]
        activation = getattr(layer, "activation", None)
        if isinstance(activation, Layer):
            _check_returned(activation, "backward", "dx", activation.backward(dy), dy.shape)
        if k == model.first_trained:
            layer.backward_parameters(dy)
        else:
            dy = layer.backward(dy)
            _check_returned(layer, "backward", "dx", dy, (1, *shapes[k]))


def _check_returned(
    layer: Layer, method: str, name: str, array: object, shape: tuple[int, ...]
) -> None:
    expected = f"{layer.name}.{method} must return {name} of shape {checks.shape_of(shape[1:])}"
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{expected}, received {array!r}.")
    if array.shape != shape:
        raise ValueError(f"{expected}, received {array.shape} for one example.")


def _is_foreign(layer: Layer) -> bool:
    parts = (layer, getattr(layer, "activation", None) or layer)
    return any(type(part).__module__.partition(".")[0] != "tinynet" for part in parts)
