"""Penalties in the training chain: where a regularizer's derivative is added to the gradients.

A penalty R(W) is part of the loss, so its derivative is part of dL/dW. `WeightPenalty` precedes
the layer that it penalises. In the backward pass it therefore comes after that layer, whose ``dW``
is computed by then, and adds dR/dW to it. `ActivityPenalty` follows its layer and adds to dy. The
criterion adds their values to the loss. A model without regularizers contains neither.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinynet import constraints, initializers, regularizers
from tinynet.layers.base import Layer
from tinynet.regularizers import Regularizer

KERAS_NAMES = {"W": "kernel", "b": "bias"}
GETTERS: dict[str, Callable[[Any], Any]] = {
    "constraint": constraints.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
}


class Penalty(Layer):
    """A step that accompanies a layer in the chain and adds to the loss; y is x.

    Its name is the layer's and `name`.
    """

    def __init__(self, layer: Layer, name: str) -> None:
        # `Layer.__init__` would take a seed; the generator is the layer's.
        vars(self).update(
            input_shape=layer.input_shape,
            name=f"{layer.name}_{name}",
            named_by_user=False,
            parameter_names=[],
            state_names=[],
            _trainable=True,
            rng=layer.rng,
            in_model=False,
            dtype=layer.dtype,
        )

    def penalties(self) -> list[float]:
        """Return the numbers to add to the loss."""
        raise NotImplementedError

    def penalty(self) -> float:
        """Return the sum of `penalties`."""
        return sum(self.penalties())


class WeightPenalty(Penalty):
    """Adds the derivatives of penalties to the gradients of a layer's parameters; dx is dy.

    Parameters
    ----------
    layer : Layer
        The next layer in the chain.
    regularizers : dict of str to Regularizer
        By parameter name.
    """

    def __init__(self, layer: Layer, regularizers: dict[str, Regularizer]) -> None:
        super().__init__(layer, "penalty")
        self._layer, self.regularizers = layer, regularizers

    @property
    def learns(self) -> bool:
        """Whether the layer learns, in which case the backward pass must reach this step."""
        return self._layer.learns

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Return x."""
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Add dR/dW to dW and return dy."""
        for name, regularizer in self.regularizers.items():
            gradient = getattr(self._layer, "d" + name)
            gradient += regularizer.gradient(getattr(self._layer, name))
        return dy

    def penalties(self) -> list[float]:
        """Return R(W) for each penalised parameter."""
        return [rule(getattr(self._layer, name)) for name, rule in self.regularizers.items()]


class ActivityPenalty(Penalty):
    """Adds R(x) / N to the loss, where x is a layer's output and N the number of examples.

    Shapes: x, y, dx and dy are alike.  Backward: ``dx = dy + (dR/dx) / N``.

    Parameters
    ----------
    layer : Layer
        The previous layer in the chain.
    regularizer : Regularizer
        R.
    """

    x: np.ndarray  # the last one, also for `model.losses`

    def __init__(self, layer: Layer, regularizer: Regularizer) -> None:
        super().__init__(layer, "activity")
        if self.input_shape is not None:
            self.input_shape = layer.output_shape(self.input_shape)
        self.regularizer = regularizer

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Return x."""
        self.x = x
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Add the penalty's derivative to dy."""
        return dy + self.regularizer.gradient(self.x) / len(self.x)

    def penalties(self) -> list[float]:
        """Return R(x) / N for the last x, as a list, which is empty before the first."""
        return [self.regularizer(self.x) / len(self.x)] if hasattr(self, "x") else []


def without_regularizers(step: Layer) -> Layer:
    """Remove the regularizers of a copied step, whose penalties are steps of their own."""
    for name in [name for name in vars(step) if name.endswith("_regularizer")]:
        setattr(step, name, None)
    return step


def parts_of(layers: Iterable[Layer]) -> list[Layer]:
    """Return layers as simple steps with their penalties: a model's training chain."""
    return [part for layer in layers for part in penalised(layer)]


def with_own_activity(chain: Iterable[Layer]) -> list[Layer]:
    """Return a chain for one evaluation, in which no other thread sets an activity penalty's x."""
    return [copy.copy(part) if isinstance(part, ActivityPenalty) else part for part in chain]


def keep_activity(chain: Iterable[Layer], used: Iterable[Layer]) -> None:
    """Give a chain's activity penalties the last x of an evaluation, for `model.losses`."""
    for part, own in zip(chain, used, strict=True):
        if part is not own:
            vars(part).update(vars(own))


def penalised(layer: Layer) -> list[Layer]:
    """Return one layer's simple steps, with its penalties before and after them."""
    chain: list[Layer] = []
    for part in layer.parts():
        regularizers = rules_of(part, "regularizer") if part.learns else {}
        chain += [WeightPenalty(part, regularizers)] if regularizers else []
        chain.append(part)
    activity = vars(layer).get("activity_regularizer")
    return chain if activity is None else [*chain, ActivityPenalty(layer, activity)]


def resolve_names(layers: Iterable[Layer]) -> None:
    """Replace names such as ``"l2"`` that a layer's attributes were set to, or raise an error."""
    for layer in layers:
        arrays = ["activity", *layer.parameter_names, *layer.state_names]
        for array, (kind, get) in itertools.product(arrays, GETTERS.items()):
            attribute = f"{KERAS_NAMES.get(array, array)}_{kind}"
            given = vars(layer).get(attribute)
            if given is not None and get(given) is not given:
                setattr(layer, attribute, get(given))


def rules_of(layer: Layer, kind: str) -> dict[str, Any]:
    """Return the layer's regularizers or constraints by parameter name.

    `kind` is ``"regularizer"`` or ``"constraint"``. The regularizer of ``W`` is the attribute
    ``kernel_regularizer``, that of ``b`` is ``bias_regularizer``, that of ``gamma`` is
    ``gamma_regularizer``.
    """
    given = {name: f"{KERAS_NAMES.get(name, name)}_{kind}" for name in layer.parameter_names}
    rules = {name: vars(layer).get(attribute) for name, attribute in given.items()}
    return {name: rule for name, rule in rules.items() if rule is not None}


def constraints_of(layers: Iterable[Layer]) -> list[tuple[np.ndarray, Any]]:
    """Return the array and the constraint of each constrained parameter that learns."""
    return [
        (getattr(layer, name), constraint)
        for layer in layers
        if layer.learns
        for name, constraint in rules_of(layer, "constraint").items()
    ]
