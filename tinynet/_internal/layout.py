"""The layout of a model's arrays, and checks that the model hasn't changed since it was built.

One vector holds all parameters and states of a model, another all gradients. The layers work on
views of them. The trained parameters come first, then the frozen ones, then the states, so that an
optimizer sees only the first part. A layer that was put into the list without `add`, or a name that
was bound to another array, would break this silently: the optimizer would train numbers that no
layer uses. `check_unchanged` detects this within microseconds. `trials.try_own_layers` detects a
user-defined layer that would do it during training.
"""

import warnings
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import settings_are_arguments
from tinynet._internal.origin import levels_inside
from tinynet._internal.seeds import unspent
from tinynet.layers.activations import Softmax
from tinynet.layers.base import Layer, Shape, with_activation
from tinynet.layers.dense import Dense, check_activation

CHANGED = "The model's layers were changed after it was built: use add, or make a new model."


class Layout:
    """Two vectors, into which the arrays of some layers are copied.

    Attributes
    ----------
    values : numpy.ndarray
        Trained parameters, frozen parameters, states.
    parameters, gradients : numpy.ndarray, shape (P,)
        The trained part of each.
    segments : list of slice
        The slices of `parameters`, one for each array.
    trainable : list of bool
        Whether each layer was trainable when the layout was made.
    """

    def __init__(self, layers: Sequence[Layer], dtype: np.dtype) -> None:
        learned = [(layer, name) for layer in layers for name in layer.parameter_names]
        trained = [place for place in learned if place[0].trainable]
        frozen = [place for place in learned if not place[0].trainable]
        states = [(layer, name) for layer in layers for name in layer.state_names]
        places = [*trained, *frozen, *states]
        ends = np.cumsum([0, *(getattr(layer, name).size for layer, name in places)]).tolist()
        parts = [slice(start, end) for start, end in pairwise(ends)]
        self.values = np.empty(ends[-1], dtype=dtype)
        slopes = np.empty(ends[len(learned)], dtype=dtype)
        self.trainable = [layer.trainable for layer in layers]
        self.segments = parts[: len(trained)]
        self.parameters = self.values[: ends[len(trained)]]
        self.gradients = slopes[: ends[len(trained)]]
        self.views: list[tuple[Layer, str, np.ndarray]] = []
        for (layer, name), part in zip(places, parts, strict=True):
            self._move(layer, name, self.values[part])
        for (layer, name), part in zip(places[: len(learned)], parts, strict=False):
            self._move(layer, "d" + name, slopes[part])

    def _move(self, layer: Layer, name: str, target: np.ndarray) -> None:
        array = getattr(layer, name)
        view = target.reshape(array.shape)
        view[...] = array
        setattr(layer, name, view)
        self.views.append((layer, name, view))

    def check_views(self, layers: Sequence[Layer]) -> None:
        """Refuse layers whose arrays aren't views of the vectors any more."""
        count = sum(2 * len(layer.parameter_names) + len(layer.state_names) for layer in layers)
        if count != len(self.views):
            raise ValueError(CHANGED)
        for layer, name, view in self.views:
            if vars(layer).get(name) is not view:
                raise ValueError(
                    f"{layer.name}.{name} was bound to another array after the model was built: "
                    f"write into it, layer.{name}[...] = ..."
                )


def check_unchanged(
    layers: Sequence[Layer], built_for: Sequence[Layer], shapes: Sequence[Shape]
) -> None:
    """Refuse a model whose layers or shapes were changed after it was built.

    `built_for` are the layers that it was built for, and `shapes` those of one example, before the
    first layer and after each.
    """
    if len(layers) != len(built_for) or any(a is not b for a, b in zip(layers, built_for)):  # noqa: B905 - the lengths are equal
        raise ValueError(CHANGED)
    for layer, below, above in zip(layers, shapes[:-1], shapes[1:], strict=True):
        if layer.input_shape != below:
            raise ValueError(CHANGED)
        if isinstance(layer, Dense):
            check_dense(layer)
        if layer.output_shape(below) != above:
            raise ValueError(
                f"{layer.name} was built for an output of shape {checks.shape_of(above)}, and now "
                f"gives {checks.shape_of(layer.output_shape(below))}: make a new layer instead of "
                f"changing this one."
            )


def check_dense(layer: Dense) -> None:
    """Refuse a bias that would be trained without being used, and an activation that can't run."""
    if "b" in layer.parameter_names and not layer.use_bias:
        raise ValueError(
            f"{layer.name} was built for use_bias=True: "
            f"make a new layer instead of changing this one."
        )
    if layer.activation is not None:
        check_activation(layer.name, layer.activation)


def check_settings(layers: Sequence[Layer]) -> None:
    """Refuse a layer with a setting that its constructor wouldn't accept."""
    with unspent():
        for layer in layers:
            kind = type(layer)
            if settings_are_arguments(kind) and kind.get_config is not Layer.get_config:
                kind(**layer.get_config())


def check_runnable(layers: Sequence[Layer]) -> None:
    """Refuse a dense layer that can't run, and an activation that two layers use.

    An activation can remember only one input.
    """
    owners: dict[int, str] = {}
    for layer in layers:
        if isinstance(layer, Dense):
            check_dense(layer)
        for part in with_activation(layer):
            if id(part) in owners:
                raise ValueError(
                    f"{part.name} is used twice, in {owners[id(part)]} and in {layer.name}: a "
                    f"layer remembers its input for backward, so make one for each place."
                )
            owners[id(part)] = layer.name


def warn_of_lone_softmax(layers: Sequence[Layer]) -> None:
    """Warn of a softmax over one output."""
    for layer in layers:
        if any(type(p) is Softmax and p.input_shape == (1,) for p in with_activation(layer)):
            text = f"{layer.name}: a softmax over one output is always 1. Use a sigmoid."
            warnings.warn(text, stacklevel=levels_inside())


def settings(part: object) -> dict[str, object]:
    """Return the settings of a part or a loss: arrays by their identity, caches left out."""
    return {
        name: id(value) if isinstance(value, np.ndarray) else value
        for name, value in dict(vars(part)).items()
        if not name.startswith("_") and name not in ("needs_dx", "rng")
    }
