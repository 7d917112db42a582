"""A trained network as one interactive page: ``model.to_html("digits.html")``.

The page is a single file that needs neither a server nor an internet connection. It contains the
weights, and forward and backward are written in JavaScript. Users draw a digit or set the input
numbers, and see the activations, the outputs, each layer's most active units, and the effect of a
change in the input.

The parts of the page are files beside this module. `network.js` is a complete neural network in
another language, and the tests compare its results with tinynet's. `page.js` draws.
"""

from __future__ import annotations

import base64
import copy
import html
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tinynet import layers
from tinynet._internal.checks import (
    as_numbers,
    as_text,
    check_built,
    check_finite,
    check_iterable,
    check_name,
    check_shape,
    shape_of,
    shown,
)
from tinynet._internal.names import explain_keywords, known_keywords
from tinynet._internal.saving.files import saving
from tinynet.layers import Layer, Sigmoid
from tinynet.plotting.drawing import as_captions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from os import PathLike

    from numpy.typing import ArrayLike

__all__ = ["Page", "make_page"]

MOST_EXAMPLES = 24  # the page shows them all, side by side
SMALLEST_IMAGE = 8  # pixels on a side: a vector of 64 numbers or more is treated as an image


class Shown(Protocol):
    """The part of a model that the page needs."""

    name: str
    built: bool
    input_shapes: list[tuple[int, ...]]
    output_shapes: list[tuple[int, ...]]

    @property
    def layers(self) -> list[Layer]: ...
    def count_params(self) -> int: ...
    def check_unchanged(self) -> None: ...
    def reading(self) -> AbstractContextManager[None]: ...
    def check_examples(self, x: Any, what: str = "x") -> np.ndarray: ...


@explain_keywords
@dataclass(frozen=True)
class Page:
    """An HTML page, which a notebook displays in the cell's output.

    Attributes
    ----------
    text : str
        The whole page.
    """

    text: str

    @known_keywords
    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file."""
        with saving(path) as file:
            file.write(self.text.encode())

    def __repr__(self) -> str:
        """Return a short description instead of the whole page."""
        return f"<page of {len(self.text):,} characters: to_html(path) writes it to a file>"

    def _repr_html_(self) -> str:
        """Return the page in a frame, which separates its style from the notebook's."""
        return (
            f'<iframe srcdoc="{html.escape(self.text)}" sandbox="allow-scripts" '
            'style="width: 100%; height: 960px; border: 0" title="The network"></iframe>'
        )


@known_keywords
def make_page(
    model: Shown,
    *,
    examples: ArrayLike | None = None,
    labels: Sequence[object] | np.ndarray | None = None,
    image_shape: tuple[int, int] | None = None,
    pixel_range: tuple[float, float] | None = None,
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Page:
    """Return an interactive page of a model; see `Sequential.to_html`."""
    check_built(model)
    model.check_unchanged()
    if len(model.output_shapes[-1]) != 1:
        raise ValueError(
            "The model must have outputs of shape (N, K) to be shown on a page, received "
            f"{shape_of(model.output_shapes[-1])}."
        )
    x = None if examples is None else model.check_examples(examples, "examples")
    count, sigmoid = model.output_shapes[-1][0], isinstance(model.layers[-1].parts()[-1], Sigmoid)
    if class_names is not None:
        class_names = check_iterable(class_names, "class_names", "names")
    two = count == 1 and sigmoid and class_names is not None and len(class_names) == 2
    classes = names(class_names, 2 if two else count, "class_names", "outputs")
    texts = label_texts(
        labels, 0 if x is None else len(x), None if class_names is None else classes
    )
    if two:
        classes = classes[1:]  # a single sigmoid gives the probability of class 1
    elif count == 1 and class_names is None:
        classes = ["1" if sigmoid else "output"]
    if x is not None:
        x = x[:MOST_EXAMPLES].reshape(min(len(x), MOST_EXAMPLES), -1)
    size = math.prod(model.input_shapes[0])
    image = None if feature_names is not None else image_of(model.input_shapes[0], image_shape)
    with model.reading():
        steps = [
            step
            for layer, shape in zip(model.layers, model.output_shapes, strict=True)
            for part in layer.parts()
            for step in steps_of(part, shape)
        ]
    last = steps[-1]["kind"] if steps else ""
    low, high = ranges(model, x, image, pixel_range)
    description = {
        "title": as_text(model.name if title is None else check_name(title, "title")),
        "size": size,
        "image": image,
        "low": low,
        "high": high,
        "steps": steps,
        "output": last if last in ("softmax", "sigmoid") else "values",
        "classes": classes,
        "features": names(feature_names, size, "feature_names", "inputs"),
        "examples": [] if x is None else [encoded(row) for row in x],
        "labels": texts,
        "parameters": model.count_params(),
    }
    # "</script>" within a string would end the element that holds it.
    text = json.dumps(description, allow_nan=False).replace("<", "\\u003c")
    parts = {
        "title": html.escape(description["title"]),
        "style": part("page.css"),
        "network": part("network.js"),
        "page": part("page.js"),
        "description": text,
    }
    page = part("page.html")
    for name, content in parts.items():
        page = page.replace(f"<!-- {name} -->", content, 1)
    return Page(page)


def part(name: str) -> str:
    """Return the text of a file beside this module."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------
# The layers as simple steps


def steps_of(layer: Any, shape: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return the steps in network.js of a simple layer, one of the `parts` of a layer.

    ``shape`` is the shape of its output.
    """
    kind = type(layer)
    if kind in (layers.Flatten, layers.Reshape, layers.InputLayer, layers.Dropout):
        return []  # in prediction, they only change the shape
    if kind in STEPS:
        return [{"kind": STEPS[kind][0], **STEPS[kind][1](layer, shape)}]
    known = ", ".join(cls.__name__ for cls in (*STEPS, layers.Flatten, layers.Dropout))
    raise TypeError(
        f"A page can show layers of type {known}, received {kind.__name__} ({layer.name}). No "
        f"other layer has a forward pass in JavaScript."
    )


def affine(layer: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the affine step of a dense layer, with its weights as text."""
    for name, array in layer.parameters.items():
        check_finite(array, f"{name} of {layer.name}")
    bias = encoded(layer.b) if layer.use_bias else None
    rows, columns = layer.W.shape
    return {
        "name": layer.name,
        "inputs": rows,
        "outputs": columns,
        "W": encoded(layer.W),
        "b": bias,
    }


def encoded(array: np.ndarray) -> dict[str, str]:
    """Return an array's bytes as text, least significant byte first."""
    dtype = array.dtype.name if array.dtype in (np.uint8, np.float32) else "float64"
    little = np.ascontiguousarray(array, dtype=np.dtype(dtype).newbyteorder("<"))
    return {"dtype": dtype, "bytes": base64.b64encode(little.tobytes()).decode()}


def shift_and_scale(layer: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return each entry's slope and shift, for a layer that only scales and shifts."""
    probe = copy.copy(layer)
    shift = probe.forward(np.zeros((1, *shape))).ravel()
    slope = probe.backward(np.ones((1, *shape))).ravel()
    if (shift == shift[0]).all() and (slope == slope[0]).all():
        return {"slope": float(slope[0]), "shift": float(shift[0])}
    return {"slope": encoded(slope), "shift": encoded(shift)}


def batch_normalization(layer: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return each feature's slope and shift: in prediction, mean and deviation are constants."""
    variance = np.asarray(layer.moving_variance, dtype=np.float64)
    slope = (layer.gamma if layer.scale else 1.0) / np.sqrt(variance + layer.epsilon)
    shift = (layer.beta if layer.center else 0.0) - layer.moving_mean * slope
    return {"slope": encoded(slope), "shift": encoded(shift)}


def layer_normalization(layer: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the scale and the shift of each row after standardisation."""
    gamma = layer.gamma if layer.scale else np.ones(shape[-1])
    beta = layer.beta if layer.center else np.zeros(shape[-1])
    return {"gamma": encoded(gamma), "beta": encoded(beta), "epsilon": layer.epsilon}


def settings(*names: str) -> Callable[[Any, tuple[int, ...]], dict[str, Any]]:
    """Return a function that reads these settings of a layer, numbers and bools."""
    return lambda layer, shape: {name: getattr(layer, name) for name in names}


# For each layer, its name in network.js and the function that returns its settings.
STEPS: dict[type[Layer], tuple[str, Callable[[Any, tuple[int, ...]], dict[str, Any]]]] = {
    layers.Dense: ("affine", affine),  # its activation is the next of its parts
    layers.Normalization: ("scale", shift_and_scale),
    layers.Rescaling: ("scale", shift_and_scale),
    layers.BatchNormalization: ("scale", batch_normalization),
    layers.LayerNormalization: ("layer_norm", layer_normalization),
    layers.ReLU: ("relu", settings()),
    layers.Sigmoid: ("sigmoid", settings()),
    layers.Tanh: ("tanh", settings()),
    layers.Softmax: ("softmax", settings()),
    layers.LogSoftmax: ("log_softmax", settings()),
    layers.LeakyReLU: ("leaky_relu", settings("negative_slope")),
    layers.PReLU: ("prelu", lambda layer, _: {"alpha": encoded(layer.alpha)}),
    layers.ReLU6: ("relu6", settings()),
    layers.HardTanh: ("hard_tanh", settings()),
    layers.HardSigmoid: ("hard_sigmoid", settings()),
    layers.HardSiLU: ("hard_silu", settings()),
    layers.ELU: ("elu", settings("alpha")),
    layers.SELU: ("selu", settings()),
    layers.CELU: ("celu", settings("alpha")),
    layers.GELU: ("gelu", settings("approximate")),
    layers.SiLU: ("silu", settings()),
    layers.Mish: ("mish", settings()),
    layers.Softplus: ("softplus", settings()),
    layers.LogSigmoid: ("log_sigmoid", settings()),
    layers.Softsign: ("softsign", settings()),
    layers.Exponential: ("exponential", settings()),
    layers.TanhShrink: ("tanh_shrink", settings()),
}


# ---------------------------------------------------------------------------------------------
# The input


def image_of(
    input_shape: tuple[int, ...], image_shape: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Return height and width if the input is an image, else None."""
    size = math.prod(input_shape)
    if image_shape is not None:
        shape = check_shape(image_shape, what="image_shape")
        if len(shape) != 2 or math.prod(shape) != size:
            raise ValueError(
                f"image_shape must be (height, width) with {size} pixels, received {image_shape}."
            )
        return shape[0], shape[1]
    if len(input_shape) == 3 and input_shape[2] == 1:
        input_shape = input_shape[:2]
    if len(input_shape) == 2:
        return input_shape[0], input_shape[1]
    side = math.isqrt(size)
    if len(input_shape) == 1 and side * side == size and side >= SMALLEST_IMAGE:
        return side, side
    return None


def ranges(
    model: Shown,
    x: np.ndarray | None,
    image: tuple[int, int] | None,
    pixel_range: tuple[float, float] | None,
) -> tuple[Any, Any]:
    """Return the lowest and the highest input value, of all pixels or of each number."""
    first = next((layer for layer in model.layers if type(layer) is layers.Normalization), None)
    if pixel_range is not None:
        values = as_numbers(pixel_range, "pixel_range")
        if values.shape != (2,) or not values[0] < values[1] or not np.isfinite(values).all():
            raise ValueError(
                "pixel_range must be (paper, ink), two numbers of which the second is larger, "
                f"received {shown(pixel_range)}."
            )
        return float(values[0]), float(values[1])
    if image is not None:
        if x is not None and x.size and x.min() < x.max():
            return float(x.min()), float(x.max())
        # Pixels are bytes or between 0 and 1. The mean that the model subtracts, or the factor
        # that it rescales with, such as 1/255 or 1/127.5, tells which.
        factors = [layer.scale for layer in model.layers if isinstance(layer, layers.Rescaling)]
        small = bool(factors) and float(np.max(np.abs(factors[0]))) < 0.1
        return 0.0, 255.0 if small or (first is not None and np.mean(first.mean) > 1) else 1.0
    size = math.prod(model.input_shapes[0])
    low, high = np.full(size, -3.0), np.full(size, 3.0)
    if first is not None:
        mean, deviation = np.ravel(first.mean), np.sqrt(np.ravel(first.variance))
        if mean.size in (1, size):
            low, high = mean + low * deviation, mean + high * deviation
    if x is not None and len(x):
        low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
        low, high = np.where(low < high, low, low - 1), np.where(low < high, high, high + 1)
    return low.tolist(), high.tolist()


def names(given: Sequence[str] | None, count: int, what: str, of: str) -> list[str]:
    """Return the given names, or the numbers from 0 if none are given."""
    if given is None:
        return [str(k) for k in range(count)]
    given = check_iterable(given, what, "names")
    if len(given) != count:
        raise ValueError(f"{what} must name all {count} {of}, received {len(given)} names.")
    return [as_text(name) for name in given]


def label_texts(
    labels: Sequence[object] | np.ndarray | None, count: int, class_names: Sequence[str] | None
) -> list[str]:
    """Return the label to show below each example."""
    if labels is None:
        return []
    first = as_captions(labels, count, "examples")[:MOST_EXAMPLES]
    if class_names is None or not all(isinstance(label, int | np.integer) for label in first):
        return [as_text(label) for label in first]
    if first and not 0 <= min(first) <= max(first) < len(class_names):
        raise ValueError(
            f"labels must be from 0 to {len(class_names) - 1}, received {min(first)} to "
            f"{max(first)}."
        )
    return [class_names[label] for label in first]
