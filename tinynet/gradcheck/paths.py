"""The roads that a gradient check takes: forwards to the outputs, back to the gradients.

There is one for layers and models, one for the training step of a model with its shortcuts, and one
for a loss. Each works in float64 on a deep copy, so that what the caller has stays as it is to the
last bit. And each holds randomness still: before every pass all random generators in the copy are
put back to where they were, so that dropout draws the same mask again.

Of a layer only the protocol is used: ``forward``, ``backward``, ``parameters``, ``gradients`` and
``build``.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinynet.layers.base import Layer
from tinynet.losses.base import Loss
from tinynet.models import Sequential
from tinynet.optimizers.base import Optimizer

Arrays = dict[str, np.ndarray]


class Road:
    """One way forwards and back.

    Attributes
    ----------
    name : str
        ``"training"`` or ``"long"`` where a model has two roads, else empty.
    arrays : dict of str to numpy.ndarray
        What to differentiate by: parameters and input. A check writes into them.
    x : numpy.ndarray
        The input.
    layers : list of Layer
        What lies on the way.
    loss : Loss or None
        What lies at its end.
    y_true : numpy.ndarray or None
        The loss's targets, as they were given.
    weights : numpy.ndarray
        What the outputs are multiplied by before they are summed: dy, or 1 for a loss.
    """

    name = ""
    arrays: Arrays
    x: np.ndarray
    layers: list[Layer]
    loss: Loss | None
    y_true: np.ndarray | None
    weights: np.ndarray

    def trace(self) -> list[np.ndarray]:
        """Go forwards; return the input and the output of each layer."""
        raise NotImplementedError

    def outputs(self) -> np.ndarray:
        """Go forwards; return the last layer's output, or the loss as an array of one entry."""
        raise NotImplementedError

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Go forwards from x and back from weights; return copies of the gradients, by name."""
        raise NotImplementedError

    def is_single_layer(self) -> bool:
        """Whether there is but one layer, or one loss, on the way."""
        return len(self.layers) + (self.loss is not None) == 1

    def size(self) -> float:
        """Return how large the numbers are whose rounding can be seen in the weighted sum.

        The roundings of many outputs are independent and add up in squares. Under a loss those of
        the predictions count, too: a loss of 1e-12, made of a probability near 1, has four digits.
        """
        here = self.outputs()
        if self.loss is None:
            return float(np.hypot.reduce((self.weights * here).ravel()))  # squares may underflow
        return float(abs(here[0]) + np.abs(self.trace()[-1]).max())


class LayersRoad(Road):
    """Through one or more layers and to a loss if there is one; back through each in turn."""

    def __init__(
        self, copied: "Copy", x: np.ndarray, rng: np.random.Generator, y: Any = None
    ) -> None:
        self.copied, self.layers, self.loss, self.x = copied, copied.layers, copied.loss, x
        self.arrays = by_name(self.layers, "parameters") | {"x": x}
        output = self.trace()[-1]
        if self.loss is None:
            self.weights, self.y_true = rng.standard_normal(output.shape), None
        else:
            self.weights, self.y_true = np.ones(1), np.array(y)
            self.t = prepare(self.loss, y, output)

    def trace(self) -> list[np.ndarray]:
        """Go forwards; return the input and the output of each layer."""
        return self.copied.forward(self.x)

    def outputs(self) -> np.ndarray:
        """Go forwards; return the last output, or the loss as training computes it."""
        if self.loss is None:
            return self.trace()[-1]
        if self.copied.undone:  # penalties belong to training alone
            criterion, logits = self.copied.criterion, self.copied.logits(self.x)
            return np.array([criterion.value(self.t, logits) - criterion.penalty()])
        return np.array([self.loss.value(self.t, self.trace()[-1])])

    def is_saturated(self) -> bool:
        """Whether the loss made of the probabilities isn't that made of the logits any more."""
        if self.loss is None or not self.copied.undone:
            return False
        from_probabilities = self.loss.value(self.t, self.trace()[-1])
        return not np.isclose(from_probabilities, self.outputs()[0], rtol=1e-6, atol=1e-12)

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Go back through every layer."""
        with kept(by_name(self.layers, "parameters")):
            y = self.copied.forward(x)[-1]
            dy = weights.copy() if self.loss is None else self.loss.gradient(self.t, y)
            dx = self.copied.backward(dy)
            return copies(by_name(self.layers, "gradients") | {"x": dx})


class TrainingRoad(LayersRoad):
    """Back by `Sequential.train_step`, shortcuts and all, to the model's vector of gradients.

    There is no gradient by the input, since training computes none.
    """

    name = "training"

    def __init__(self, copied: "Copy", x: np.ndarray, rng: np.random.Generator, y: Any) -> None:
        super().__init__(copied, x, rng, y)
        del self.arrays["x"]

    def outputs(self) -> np.ndarray:
        """Go through the chain; return what training makes smaller, penalties included."""
        return np.array([self.copied.criterion.value(self.t, self.copied.logits(self.x))])

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Make a training step that changes nothing, and read the gradients."""
        model = self.copied.model
        assert model is not None
        with kept(self.arrays):
            self.copied.rewind()
            model.train_step(x.copy(), self.t)
            ends = np.cumsum([array.size for array in self.arrays.values()])
            parts = np.split(model.gradients, ends[:-1])
            shapes = (array.shape for array in self.arrays.values())
            found = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
            return copies(dict(zip(self.arrays, found, strict=True)))


class LossRoad(Road):
    """From predictions to a loss, and back to them."""

    def __init__(self, loss: Loss, y_pred: np.ndarray, y_true: Any) -> None:
        self.copied, self.x, self.layers = copy.deepcopy(loss), y_pred, []
        self.loss, self.y_true = self.copied, np.array(y_true)
        self.arrays, self.weights = {"y_pred": y_pred}, np.ones(1)

    def trace(self) -> list[np.ndarray]:
        """Return the predictions."""
        return [self.x]

    def outputs(self) -> np.ndarray:
        """Return the loss."""
        return np.array([self.copied.forward(self.y_true, self.x.copy())])

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Return the gradient by the predictions."""
        self.copied.forward(self.y_true, x.copy())  # some losses remember what they have computed
        return copies({"y_pred": self.copied.backward(self.y_true, x.copy())})


class Copy:
    """A deep copy of a layer or model, in float64, built, and with its randomness held still.

    Attributes
    ----------
    layers : list of Layer
    model : Sequential or None
        The copied model; None if a layer was copied.
    loss : Loss or None
        A copy of the loss that follows.
    """

    def __init__(self, target: Layer | Sequential, x: np.ndarray, loss: Loss | None = None) -> None:
        memo: dict[int, Any] = {}
        source = target.copy("float64") if isinstance(target, Sequential) else target
        copied = copy.deepcopy(source, memo)
        parts = [copied, *memo.values()]  # deepcopy keeps what it has copied in its memo
        self.generators = [part for part in parts if isinstance(part, np.random.Generator)]
        self.loss = copy.deepcopy(loss)
        self.model = copied if isinstance(copied, Sequential) else None
        self.layers = copied.layers if isinstance(copied, Sequential) else [copied]
        if isinstance(copied, Layer) and copied.dtype is not None:
            use_float64(copied)
        if isinstance(copied, Sequential):
            if self.loss is not None:
                copied.compile(NoStep(0.0, None), self.loss)
            if not copied.built:
                copied.build(x.shape[1:])
        elif copied.dtype is None:
            copied.build(x.shape[1:])
        self.drawn = [generator.bit_generator.state for generator in self.generators]
        self.states = [(s, s.copy()) for layer in self.layers for s in layer.states.values()]

    @property
    def undone(self) -> bool:
        """Whether the loss undoes the model's last activation in training."""
        if self.model is None or self.loss is None:
            return False
        return self.model.criterion.loss is not self.model.loss

    @property
    def criterion(self) -> Any:
        """The loss as training computes it."""
        return self.model.criterion if self.model is not None else None

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Go through the training chain."""
        assert self.model is not None
        self.rewind()
        y = x.copy()
        for part in self.model.chain:
            y = part.forward(y, training=True)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """Go back by the long path."""
        return self.layers[0].backward(dy) if self.model is None else self.model.backward(dy)

    def rewind(self) -> None:
        """Put random generators and layers' states back to what they were in the new copy."""
        for generator, state in zip(self.generators, self.drawn, strict=True):
            generator.bit_generator.state = state
        for array, values in self.states:
            array[...] = values

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Go through the layers as in training; return x and the output of each layer."""
        self.rewind()
        trace = [x.copy()]
        for layer in self.layers:
            trace.append(layer.forward(trace[-1], training=True))
        return trace


class NoStep(Optimizer):
    """An optimizer that leaves everything as it is."""

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Do nothing."""


def use_float64(layer: Layer) -> None:
    """Turn a built layer's parameters into arrays of float64, with gradients of zero."""
    layer.dtype = np.dtype(np.float64)
    for name, value in layer.parameters.items():
        setattr(layer, name, value.astype(np.float64))
        setattr(layer, "d" + name, np.zeros(value.shape))


def prepare(loss: Loss, y: Any, output: np.ndarray) -> np.ndarray:
    """Return targets as the loss wants them, in float64."""
    t = loss.targets(y, output.shape[1:])
    if len(t) != len(output):
        raise ValueError(
            f"x and y must have as many examples as each other, received {len(output)} "
            f"and {len(t)}."
        )
    return t if t.ndim == 1 else t.astype(np.float64, copy=False)


def by_name(layers: list[Layer], what: str) -> Arrays:
    """All ``"parameters"`` or ``"gradients"``, by the parameters' names in the report."""
    return {
        name if len(layers) == 1 else f"{layer.name}.{name}": array
        for layer in layers
        for name, array in getattr(layer, what).items()
    }


def copies(arrays: Mapping[str, Any]) -> Arrays:
    """Copies, by name; whatever a backward has returned becomes an array."""
    return {name: np.array(array) for name, array in arrays.items()}


@contextmanager
def kept(arrays: Mapping[str, np.ndarray]) -> Iterator[None]:
    """Put arrays back to what they are now when the block ends."""
    before = copies(arrays)
    yield
    for name, array in arrays.items():
        array[...] = before[name]
