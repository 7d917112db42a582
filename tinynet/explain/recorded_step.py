"""One training step, made on a copy of a model, with every array on the way kept by its name.

`tinynet.explain` writes down what is recorded here. The copy computes in float64; the model itself
is not touched.
"""

import copy
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from tinynet import layers, optimizers
from tinynet._internal import inputs as data
from tinynet._internal.checks import object_or_class
from tinynet.gradcheck.numerical import numerical_gradient
from tinynet.layers.base import Layer
from tinynet.models import Sequential

LETTERS: dict[type[Layer], str] = {layers.Dense: "z", layers.Dropout: "u", layers.Flatten: "f"}


@dataclass
class Stage:
    """One operation of the forward pass: it makes the array `output` of the array `input`."""

    layer: Layer
    number: int  # the k of W1, z1, y1 ...
    input: str
    output: str
    forward: Any
    random_state: Any = None


class RecordedStep:
    """The step itself, made on a float64 copy, with every array on the way kept by its name."""

    def __init__(self, model: Sequential, x: Any, y: Any) -> None:
        check_compiled(model)
        self.model = model = copy.deepcopy(model)
        x, self.t, _ = data.prepare(model, x, y)
        if model.first_trained == len(model.layers):
            raise ValueError("explain_step needs a layer with parameters to train, received none.")
        to_float64(model)
        self.t = self.t if self.t.ndim == 1 else self.t.astype(np.float64)
        self.parameters: dict[str, np.ndarray] = {}  # views: they change with the model
        self.arrays: dict[str, np.ndarray] = {"x": np.array(x, dtype=np.float64)}
        self.stages = self._list_stages()
        with np.errstate(all="ignore"):
            self._go_forwards()
            self._go_backwards()
            self._update()

    def _list_stages(self) -> list[Stage]:
        """Name what each layer makes, and split each Dense from its activation."""
        stages: list[Stage] = []
        number, current, taken = 0, "x", {"x"}
        for layer in self.model.layers:
            number += bool(layer.parameter_names)
            for name, value in layer.parameters.items():
                self.parameters[f"{name}{number}"] = value
            operations = [(layer, layer.forward)]
            if is_dense(layer):
                operations = [(layer, affine(layer))]
                if layer.use_bias:
                    self.arrays[f"b{number}"] = np.array(layer.b)
                if layer.activation is not None:
                    operations.append((layer.activation, layer.activation.forward))
            for part, forward in operations:
                letter = "z" if is_dense(part) else LETTERS.get(type(part), "y")
                name, count = f"{letter}{number}", 1
                while name in taken:
                    count += 1
                    name = f"{letter}{number}_{count}"
                taken.add(name)
                stages.append(Stage(part, number, current, name, forward))
                current = name
        for name, value in self.parameters.items():
            self.arrays[name] = value.copy()
        return stages

    def loss_of(self, start: int, array: np.ndarray) -> float:
        """Return the loss that follows from `array` as the input of stage `start`."""
        for stage in self.stages[start : -1 if self.fused else None]:
            self.model.rng.bit_generator.state = stage.random_state  # the step's random numbers
            array = stage.forward(array, training=True)
        loss = self.model.loss
        return float((loss.value_from_logits if self.fused else loss.value)(self.t, array))

    def _go_forwards(self) -> None:
        opaque = isinstance(self.stages[-1].layer, layers.Dense)  # with an activation inside
        self.fused = self.model.head is not None and not opaque
        array = self.arrays["x"]
        for stage in self.stages:
            stage.random_state = copy.deepcopy(self.model.rng.bit_generator.state)
            array = stage.forward(array, training=True)
            self.arrays[stage.output] = np.array(array)
            if type(stage.layer) is layers.Dropout:
                mask = stage.layer._mask
                ones = np.ones_like(array)
                self.arrays[f"mask{stage.output[1:]}"] = ones if mask is None else mask
        # Once more through the layers themselves, which keep what their backward needs.
        self.model.rng.bit_generator.state = self.stages[0].random_state
        self.y = self.arrays["x"]
        for layer in self.model.layers:
            self.y = layer.forward(self.y, training=True)
        self.loss = self.loss_of(0, self.arrays["x"])

    def _go_backwards(self) -> None:
        """Do as `Sequential.train_step` does, and keep each derivative."""
        model, stages = self.model, self.stages
        self.derivatives: list[str] = []
        if self.fused:
            dy = model.loss.gradient_from_logits(self.t, self.y)
            stages = stages[:-1]
        else:
            dy = model.loss.gradient(self.t, self.y)
        for stage in reversed(stages):
            self.arrays["d" + stage.output] = np.array(dy)
            self.derivatives.append("d" + stage.output)
            if is_dense(stage.layer):
                dy = stage.layer.backward_from_logits(dy)
            else:
                dy = stage.layer.backward(dy)
            if stage.layer is model.layers[model.first_trained]:
                break  # training needs nothing from below
        for layer, number in {stage.layer: stage.number for stage in stages}.items():
            for name, gradient in layer.gradients.items():
                self.arrays[f"d{name}{number}"] = gradient.copy()

    def _update(self) -> None:
        model, optimizer = self.model, self.model.optimizer
        rate = optimizer.learning_rate
        self.learning_rate = float(rate(optimizer.iterations) if callable(rate) else rate)
        for name, value in self.remembered().items():
            self.arrays[name] = value
        before = model.parameters.copy()
        optimizer.update(model.parameters, model.gradients)
        for name, value in self.remembered().items():
            self.arrays["new_" + name] = value
        for name, parameter in self.parameters.items():
            self.arrays["new_" + name] = parameter.copy()
        self.loss_after = self.loss_of(0, self.arrays["x"])
        model.parameters[...] = before

    def remembered(self) -> dict[str, np.ndarray]:
        """Return the optimizer's state by parameter: the velocity of W1 is ``velocity_W1``."""
        names = {optimizers.SGD: ["velocity"], optimizers.Adam: ["m", "v"]}
        optimizer, found = self.model.optimizer, {}
        if type(optimizer) is optimizers.SGD and optimizer.momentum == 0:
            return {}
        for name in names.get(type(optimizer), []):
            vector = optimizer.state.get(name, np.zeros_like(self.model.parameters))
            start = 0
            for parameter, value in self.parameters.items():
                part = vector[start : start + value.size]
                found[f"{name}_{parameter}"] = part.reshape(value.shape).copy()
                start += value.size
        return found

    def numerical(self, name: str, index: tuple[int, ...]) -> float:
        """Return the numerical derivative of the loss by one entry of the array ``name``."""
        if name in self.parameters:
            array, start, source = self.parameters[name], 0, self.arrays["x"]
        else:
            array = source = self.arrays[name].copy()
            start = 1 + [stage.output for stage in self.stages].index(name)
        here = float(array[index])
        if not np.isfinite(here):
            return np.nan

        def loss(value: np.ndarray) -> float:
            array[index] = value
            return self.loss_of(start, source)

        try:
            return float(numerical_gradient(loss, here))
        finally:
            array[index] = here


def check_compiled(model: Any) -> None:
    """Raise unless it is a model, and one that is compiled."""
    if not isinstance(model, Sequential):
        raise TypeError(f"model must be a Sequential, received {object_or_class(model)}.")
    if not model.compiled:
        raise ValueError("The model isn't compiled: call compile(optimizer, loss) first.")


def to_float64(model: Sequential) -> None:
    """Turn a copy of a model into one that computes in float64."""
    model.dtype = np.dtype(np.float64)
    for layer in model.layers:
        for part in (layer, getattr(layer, "activation", None)):
            if isinstance(part, Layer):
                part.dtype = model.dtype
    if model.built:
        model._lay_out()
    if model.compiled:
        state = model.optimizer.state
        model.optimizer.state = {name: value.astype(np.float64) for name, value in state.items()}


def affine(layer: layers.Dense) -> Any:
    """Return a Dense layer's x @ W + b as a function, without its activation."""

    def forward(x: np.ndarray, *, training: bool) -> np.ndarray:
        z: np.ndarray = x @ layer.W
        return z + layer.b if layer.use_bias else z

    return forward


def is_dense(layer: Any) -> TypeGuard[layers.Dense]:
    """Whether a layer computes as Dense does; a subclass with a forward of its own doesn't."""
    return isinstance(layer, layers.Dense) and all(
        getattr(type(layer), method) is getattr(layers.Dense, method)
        for method in ("forward", "backward", "backward_from_logits", "backward_parameters")
    )
