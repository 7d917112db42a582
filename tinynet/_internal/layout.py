"""Whether a built model is still what it was built as, and whether layers of your own fit into it.

A model's parameters lie in one vector, and its layers work on windows of that vector. A layer that
was put into the list without `add`, or a name that was bound to another array, breaks this without
a sound: the optimizer then trains numbers that no layer looks at. `check_layout` finds that, in
some microseconds; `check_backward` finds a backward pass that would do it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet.layers.activations import Sigmoid, Softmax
from tinynet.layers.base import Layer
from tinynet.layers.dense import Dense

if TYPE_CHECKING:
    from tinynet.models import Sequential

# The cross-entropies that can be computed from the input of a model's last activation.
FUSED: dict[type, tuple[type, ...]] = {
    Softmax: (losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy),
    Sigmoid: (losses.BinaryCrossentropy,),
}


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
    if len(model.layers) != len(model.input_shapes):
        raise ValueError(CHANGED)
    shape = model.input_shapes[0]
    for layer, built in zip(model.layers, model.output_shapes, strict=True):
        if layer.input_shape != shape:
            raise ValueError(CHANGED)
        if isinstance(layer, Dense):
            check_dense(layer)
        shape = layer.output_shape(shape)
        if shape != built:
            raise ValueError(
                f"{layer.name} was built for an output of shape {checks.shape_of(built)}, and now "
                f"gives {checks.shape_of(shape)}: make a new layer rather than change this one."
            )
    owners = places(model)
    if len(owners) != len(model.windows):
        raise ValueError(CHANGED)
    for (owner, label), window in zip(owners, model.windows, strict=True):
        if getattr(owner, label) is not window:
            kind = "model" if owner is model else "layer"
            raise ValueError(
                f"{owner.name}.{label} was bound to another array after the model was "
                f"built: write into it, {kind}.{label}[...] = ..."
            )


def check_dense(layer: Dense) -> None:
    """Refuse a bias that would be trained without being used, and an activation that can't run.

    Another activation layer is fine: it takes effect at once, as in Keras.

    Raises
    ------
    ValueError, TypeError
        If `use_bias` or `activation` was changed to such a thing.
    """
    if "b" in layer.parameter_names and not layer.use_bias:
        raise ValueError(
            f"{layer.name} was built for use_bias=True: "
            f"make a new layer rather than change this one."
        )
    if not isinstance(layer.activation, Layer | None):
        raise TypeError(
            f"{layer.name}.activation must be a layer, such as ReLU(), or None in a layer that is "
            f"made already, received {checks.shown(layer.activation)}."
        )


def last_activation(model: "Sequential") -> Layer | None:
    """Return what makes the model's outputs: the last layer, or of a Dense its activation."""
    last = model.layers[-1]
    return last.activation if isinstance(last, Dense) else last


def fused_head(model: "Sequential") -> Any:
    """Return the last layer, if its activation and the loss are better computed as one, or None."""
    pairs = FUSED.get(type(last_activation(model)), ())
    fits = type(model.loss) in pairs and not model.loss.from_logits
    return model.layers[-1] if fits else None


def check_head(model: "Sequential") -> None:
    """Refuse a compiled model whose last layer and loss aren't those that it was compiled for.

    Raises
    ------
    ValueError
        If `compile` has to be called again.
    """
    if model.head is not fused_head(model):
        raise ValueError(
            f"{model.layers[-1].name}'s activation or the loss was changed after compile: "
            f"call compile again."
        )


def places(model: "Sequential") -> list[tuple[Any, str]]:
    """Return whose attributes, and which, are a model's two vectors and the windows on them."""
    labels = [
        (layer, label)
        for layer in model.layers
        for name in layer.parameter_names
        for label in (name, "d" + name)
    ]
    return [(model, "parameters"), (model, "gradients"), *labels]


def windows(model: "Sequential") -> list[np.ndarray]:
    """Return the arrays that have to stay where they are, in the order of `places`."""
    return [getattr(owner, label) for owner, label in places(model)]


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
    owners = places(model)
    gradients = model.gradients.copy()
    try:
        with np.errstate(all="ignore"):
            _there_and_back(model, x)
        check_layout(model)
    finally:
        for (owner, label), window in zip(owners, model.windows, strict=True):
            setattr(owner, label, window)
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
