"""Penalties in the chain that trains a model: where a regularizer's derivative is added.

A penalty R(W) is part of the loss, so its derivative is part of dL/dW. `WeightPenalty` stands in
the chain before the layer that it penalises. So on the way back it comes after that layer, whose
``dW`` is there by then, and adds dR/dW to it. `ActivityPenalty` stands after its layer and adds to
dy. Their values are added to the loss by the criterion. A model without regularizers has neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinynet.layers.base import Layer
from tinynet.regularizers import Regularizer

KERAS_NAMES = {"W": "kernel", "b": "bias"}


class WeightPenalty(Layer):
    """Adds the derivatives of penalties to the gradients of a layer's parameters.

    Shapes: y is x, and dx is dy.

    Parameters
    ----------
    layer : Layer
        The next one in the chain.
    regularizers : dict of str to Regularizer
        For each penalised parameter.
    """

    def __init__(self, layer: Layer, regularizers: dict[str, Regularizer]) -> None:
        self.__dict__.update(beside(layer, f"{layer.name}_penalty"))
        self._layer, self._regularizers = layer, regularizers

    @property
    def learns(self) -> bool:
        """Whether the layer does, since then the way back has to come here."""
        return self._layer.learns

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Hand on x."""
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Add dR/dW to dW, hand on dy."""
        for name, regularizer in self._regularizers.items():
            gradient = getattr(self._layer, "d" + name)
            gradient += regularizer.gradient(getattr(self._layer, name))
        return dy

    def penalties(self) -> list[float]:
        """Return R(W) of each parameter."""
        return [
            regularizer(getattr(self._layer, name))
            for name, regularizer in self._regularizers.items()
        ]

    def penalty(self) -> float:
        """Return the sum, which the criterion adds to the loss."""
        return sum(self.penalties())


class ActivityPenalty(Layer):
    """Adds a penalty on a layer's outputs, divided by the number of examples.

    Shapes: y is x, and dx is like dy.

    Backward.  The loss has R(x) / N added, so that ``dx = dy + (dR/dx) / N``.

    Parameters
    ----------
    layer : Layer
        The one before it in the chain.
    regularizer : Regularizer
        R.
    """

    _x: np.ndarray

    def __init__(self, layer: Layer, regularizer: Regularizer) -> None:
        self.__dict__.update(beside(layer, f"{layer.name}_activity"))
        if self.input_shape is not None:
            self.input_shape = layer.output_shape(self.input_shape)
        self._regularizer = regularizer

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Hand on x."""
        self._x = x
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Add the penalty's derivative to dy."""
        return dy + self._regularizer.gradient(self._x) / len(self._x)

    def penalties(self) -> list[float]:
        """Return R(x) / N of the last x."""
        return [self._regularizer(self._x) / len(self._x)]

    def penalty(self) -> float:
        """Return the same as one number, which the criterion adds to the loss."""
        return self.penalties()[0]


def beside(layer: Layer, name: str) -> dict[str, Any]:
    """Return the attributes of a step that stands beside a layer, and shares its generator."""
    return {
        "input_shape": layer.input_shape,
        "name": name,
        "named_by_user": False,
        "parameter_names": [],
        "state_names": [],
        "_trainable": True,
        "rng": layer.rng,
        "in_model": False,
        "dtype": layer.dtype,
    }


def without_regularizers(step: Layer) -> Layer:
    """Take a copied step's regularizers off, since its penalties stand beside it already."""
    if isinstance(step, WeightPenalty | ActivityPenalty):
        return step
    for name in [name for name in vars(step) if name.endswith("_regularizer")]:
        setattr(step, name, None)
    return step


def parts_of(layers: Iterable[Layer]) -> list[Layer]:
    """Return layers as simple steps, with their penalties: the chain that trains a model."""
    return [part for layer in layers for part in penalised(layer)]


def penalised(layer: Layer) -> list[Layer]:
    """Return one layer's simple steps, with its penalties before and after them."""
    chain: list[Layer] = []
    for part in layer.parts():
        regularizers = rules_of(part, "regularizer") if part.learns else {}
        chain += [WeightPenalty(part, regularizers)] if regularizers else []
        chain.append(part)
    activity = vars(layer).get("activity_regularizer")
    return chain if activity is None else [*chain, ActivityPenalty(layer, activity)]


def rules_of(layer: Layer, kind: str) -> dict[str, Any]:
    """Return for each parameter its regularizer or constraint, if it has one.

    That of ``W`` is the layer's ``kernel_regularizer``, that of ``b`` its ``bias_regularizer``, and
    that of ``gamma`` its ``gamma_regularizer``.

    Parameters
    ----------
    layer : Layer
        Any layer.
    kind : str
        ``"regularizer"`` or ``"constraint"``.
    """
    given = {name: f"{KERAS_NAMES.get(name, name)}_{kind}" for name in layer.parameter_names}
    rules = {name: vars(layer).get(attribute) for name, attribute in given.items()}
    return {name: rule for name, rule in rules.items() if rule is not None}


def constraints_of(layers: Iterable[Layer]) -> list[tuple[np.ndarray, Any]]:
    """Return for each constrained parameter that learns the array and its constraint."""
    return [
        (getattr(layer, name), constraint)
        for layer in layers
        if layer.learns
        for name, constraint in rules_of(layer, "constraint").items()
    ]
