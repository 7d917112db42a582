"""Subjects: a common interface to run the code under test forward and backward.

Here are those of tinynet's layers and models; `tinynet.gradcheck.objects` has that of any object
with ``forward`` and ``backward``, and `tinynet.gradcheck.functions` that of a pair of functions.
(`tinynet.gradcheck.paths` handles functions that return a value and its gradient.)
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from tinynet.gradcheck.crashes import as_outputs, guarded
from tinynet.gradcheck.held import Arrays, Randomness, deep_copy, places, seed_globally, to_float64
from tinynet.layers.base import Layer
from tinynet.models import Sequential
from tinynet.optimizers.base import Optimizer


class Subject:
    """A copy of the code under test, in float64 and with repeatable random numbers."""

    parameters: Arrays  # to differentiate by, except for the input; a check writes into them
    recognised = ""  # a description of what was recognised, for the report
    own = False  # whether all of its code is tinynet's
    batched = False  # whether the first axis of its input is known to be that of the examples
    has_modes = False  # whether it has different modes for training and prediction
    randomness: Randomness  # the generators that it holds
    uses_global = False  # whether it draws from the global random states, which are held still then
    thing: Any  # the copy that is run
    untouched: Any  # one that has never been run
    states: Sequence[tuple[np.ndarray, np.ndarray]] = ()  # with the values to which they are reset
    # Name, shape and text for each array that may be a parameter, but whose gradient isn't found.
    unchecked: Sequence[tuple[str, tuple[int, ...], str]] = ()
    left_out: Sequence[tuple[str, tuple[int, ...]]] = ()  # those that the caller leaves out
    result: Any = None  # what the last forward has returned, not copied

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward; return its result."""
        raise NotImplementedError

    def back(self, dy: np.ndarray) -> Any:
        """Run backward; return the gradient of the input, or None."""
        raise NotImplementedError

    def gradients(self) -> Mapping[str, Any]:
        """Return the parameters' gradients from the last `backward`."""
        raise NotImplementedError

    def adopt(self, thing: Any) -> None:
        """Run a copy of `thing`, which has never been run, from now on."""
        raise NotImplementedError

    def over(self, thing: Any) -> Self:
        """Return the same subject with a copy of another layer, model or object."""
        other = copy.copy(self)
        other.adopt(thing)
        return other

    def fresh(self) -> Self:
        """Return a copy that has never been run, with the parameters' present values."""
        other = self.over(self.untouched)
        for name, array in other.parameters.items():
            array[...] = self.parameters[name]
        return other

    def now(self) -> Mapping[str, Any]:
        """Return the current values of the parameters' attributes."""
        return self.parameters

    def forward(self, x: np.ndarray, *, training: bool = True, shift: int = 0) -> np.ndarray:
        """Run forward with the random numbers of a `shift`."""
        self.rewind(shift)
        with guarded("forward", own=self.own):
            self.result = self.run(x, training)
        return as_outputs(self.result, "forward")

    def rewind(self, shift: int = 0) -> None:
        """Rewind random generators and layers' states."""
        self.randomness.rewind(shift)
        if self.uses_global:
            seed_globally(shift)
        for array, values in self.states:
            array[...] = values

    def backward(self, dy: np.ndarray) -> Any:
        """Run backward from dy."""
        with guarded("backward", own=self.own):
            return self.back(dy)

    def constants(self) -> Iterator[np.ndarray]:
        """Yield all arrays that belong to the subject."""
        yield from self.parameters.values()


class LayerSubject(Subject):
    """A layer."""

    batched = True
    has_modes = True

    def __init__(self, layer: Layer, x: np.ndarray) -> None:
        self.own = is_own(layer)
        with guarded("__init__", own=self.own):
            copied = deep_copy(layer)
            if getattr(copied, "dtype", None) is not None:
                to_float64(copied)
                inner = (place.value for place in places(copied))
                for part in (copied, *(part for part in inner if isinstance(part, Layer))):
                    part.dtype = None if part.dtype is None else np.dtype(np.float64)
            else:
                copied.build(x.shape[1:])
        self.adopt(copied)

    def adopt(self, layer: Layer) -> None:
        """Run a copy of a layer."""
        self.untouched, self.thing = layer, deep_copy(layer)
        self.randomness = Randomness(self.thing)
        self.parameters = dict(self.thing.parameters)
        self.states = [(state, state.copy()) for state in self.thing.states.values()]

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward."""
        return self.thing.forward(x, training=training)

    def back(self, dy: np.ndarray) -> Any:
        """Run backward."""
        return self.thing.backward(dy)

    def now(self) -> Mapping[str, Any]:
        """Return those of the layer."""
        return self.thing.parameters

    def gradients(self) -> Mapping[str, Any]:
        """Return those of the layer."""
        return self.thing.gradients


class ModelSubject(Subject):
    """A model, run layer by layer."""

    batched = True
    has_modes = True

    def __init__(self, model: Sequential, x: np.ndarray, loss: Any = None) -> None:
        self.own = all(is_own(layer) for layer in model.layers)
        with guarded("build", own=self.own):
            self.adopt(float64_model(model, x, loss))

    def adopt(self, model: Sequential) -> None:
        """Run a copy of a model."""
        self.untouched = model
        self.thing = self.model = copy.deepcopy(model)
        self.vector = self.model.parameters  # lays out the arrays; none is referred to before
        self.layers = list(self.model.layers)
        self.randomness = Randomness(self.model)
        self.parameters = by_name(self.layers, "parameters")
        self.states = [(s, s.copy()) for layer in self.layers for s in layer.states.values()]

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward."""
        return self.model.forward(x, training=training)

    def back(self, dy: np.ndarray) -> Any:
        """Run backward."""
        return self.model.backward(dy)

    def gradients(self) -> Mapping[str, Any]:
        """Return the gradients of all layers."""
        return by_name(self.layers, "gradients")


def float64_model(model: Sequential, x: np.ndarray, loss: Any) -> Sequential:
    """Return a built copy of a model in float64, compiled with a loss if one is given."""
    copied = model.copy("float64")
    if loss is not None:
        copied.compile(NoStep(0.0, None), loss)
    if not copied.built:
        copied.build((None, *x.shape[1:]))
    return copied


class NoStep(Optimizer):
    """An optimizer that changes nothing."""

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Do nothing."""


def is_own(thing: Any) -> bool:
    """Whether the class of a layer or loss is tinynet's."""
    return type(thing).__module__.startswith(("tinynet.layers.", "tinynet.losses."))


def by_name(layers: list[Layer], what: str, *, only_trained: bool = False) -> Arrays:
    """All ``"parameters"`` or ``"gradients"``, by the parameters' names in the report."""
    return {
        name if len(layers) == 1 else f"{layer.name}.{name}": array
        for layer in layers
        if layer.trainable or not only_trained
        for name, array in getattr(layer, what).items()
    }
