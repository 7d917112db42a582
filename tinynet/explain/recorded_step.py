"""One training step on a copy of a model, keeping every intermediate array by name.

`tinynet.explain` writes down what is recorded here. The copy computes in float64. The model itself
is unchanged.
"""

import copy
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from tinynet import layers, optimizers
from tinynet._internal.checks import check_compiled
from tinynet.explain.recorded_pass import record
from tinynet.gradcheck.held import Randomness
from tinynet.gradcheck.numerical import numerical_gradient
from tinynet.layers.base import Layer
from tinynet.layers.penalties import WeightPenalty, penalised
from tinynet.models import Sequential, as_they_are
from tinynet.optimizers.lookup import innermost

LETTERS: dict[type[Layer], str] = {layers.Dense: "z", layers.Dropout: "u", layers.Flatten: "f"}


@dataclass
class Stage:
    """One operation of the forward pass, which computes the array `output` from `input`."""

    layer: Layer
    number: int  # the k of W1, z1, y1 ...
    input: str
    output: str
    owner: str  # the name of the model's layer that contains it
    randomness: Randomness | None = None  # the generators as they are when the step begins


class RecordedStep:
    """One training step on a float64 copy, keeping every intermediate array by name."""

    def __init__(self, model: Sequential, x: Any, y: Any) -> None:
        check_compiled(model)
        if not model.built:
            model = model.copy()
        model.prepare(x, y)  # checks them, and builds the copy
        if not model.trained:
            raise ValueError(
                f"A training step needs trainable parameters, and {model.name} has none: add a "
                f"layer that has some, or set trainable = True and compile again."
            )
        self.model = model = on_its_own(model.copy("float64"))
        data, _ = model.prepare(x, y)
        self.t: Any = data.t
        self.passed = record(model, np.array(data.x, dtype=np.float64), self.t)
        self.flat = self.passed.model
        self.optimizer: optimizers.Optimizer = self.flat.optimizer  # which makes the step
        vars(model)["optimizer"] = self.optimizer
        self.fused = model.outputs is not as_they_are
        self.parameters: dict[str, np.ndarray] = {}  # views: they change with the copy
        self.trained: list[str] = []  # the parameters that the optimizer changes, in its order
        self.penalties: dict[str, Any] = {}  # the regularizer of each penalised parameter
        self.arrays: dict[str, np.ndarray] = {"x": np.array(data.x, dtype=np.float64)}
        self.stages = self._list_stages()
        with np.errstate(all="ignore"):
            self._keep_forward()
            self._keep_backward()
            self._update()

    def _list_stages(self) -> list[Stage]:
        """List the steps of the unfolded model, and the activation that is fused with the loss."""
        stages: list[Stage] = []
        number, current, taken = 0, "x", {"x"}
        steps = iter([*self.flat.layers, self.model.layers[-1].parts()[-1]])
        for layer in self.model.layers:
            number += bool(layer.parameter_names)
            for part in [next(steps) for _ in penalised(layer)]:
                if isinstance(part, WeightPenalty):
                    found = {f"{name}{number}": rule for name, rule in part.regularizers.items()}
                    self.penalties |= found
                    continue
                for name, value in part.parameters.items():
                    self.parameters[f"{name}{number}"] = value
                    self.trained += [f"{name}{number}"] * part.learns
                if is_dense(part) and part.use_bias:  # a bias need not be trainable
                    self.arrays[f"b{number}"] = np.array(part.b)
                letter = "z" if is_dense(part) else LETTERS.get(type(part), "y")
                name, count = f"{letter}{number}", 1
                while name in taken:
                    count += 1
                    name = f"{letter}{number}_{count}"
                taken.add(name)
                stages.append(Stage(part, number, current, name, layer.name))
                current = name
        for name, value in self.parameters.items():
            self.arrays[name] = value.copy()
        return stages

    def loss_of(self, start: int, array: np.ndarray) -> float:
        """Return the loss if stage `start` receives `array` as its input."""
        for stage in self.stages[start : -1 if self.fused else None]:
            if stage.randomness:
                stage.randomness.rewind()  # to the step's random numbers
            array = stage.layer.forward(array, training=True)
        return self.flat.criterion.value(self.t, array)

    def _keep_forward(self) -> None:
        """Repeat the forward pass stage by stage, with the random numbers of the recorded pass."""
        array = self.arrays["x"]
        for stage in self.stages:
            stage.randomness = Randomness(stage.layer)
            array = stage.layer.forward(array, training=True)
            self.arrays[stage.output] = np.array(array)
            if type(stage.layer) is layers.Dropout:
                self.arrays[f"mask{stage.output[1:]}"] = stage.layer.backward(np.ones_like(array))
        self.y = array
        self.loss = self.loss_of(0, self.arrays["x"])

    def _keep_backward(self) -> None:
        """Keep the derivatives down to the lowest trainable layer."""
        self.derivatives: list[str] = []
        derivatives = [
            dy
            for layer, dy in zip(self.flat.layers, self.passed.derivatives, strict=True)
            if not isinstance(layer, WeightPenalty)
        ]
        stages = self.stages[: len(derivatives)]
        lowest = next(k for k, stage in enumerate(stages) if stage.layer.learns)
        for stage, dy in reversed([*zip(stages, derivatives, strict=True)][lowest:]):
            self.arrays["d" + stage.output] = dy
            self.derivatives.append("d" + stage.output)
            for name, gradient in stage.layer.gradients.items() if stage.layer.learns else ():
                self.arrays[f"d{name}{stage.number}"] = gradient.copy()

    def _update(self) -> None:
        model, optimizer = self.flat, self.optimizer
        rate = optimizer.learning_rate
        self.learning_rate = float(rate(optimizer.iterations) if callable(rate) else rate)
        for name, value in self.remembered().items():
            self.arrays[name] = value
        before = model.values.copy()
        try:
            optimizer.update(model.parameters, model.gradients)
            for name, value in self.remembered().items():
                self.arrays["new_" + name] = value
            for name in self.trained:
                self.arrays["new_" + name] = self.parameters[name].copy()
            self.loss_after = self.loss_of(0, self.arrays["x"])
        finally:
            model.values[...] = before

    def with_optimizer(self, optimizer: optimizers.Optimizer) -> "RecordedStep":
        """Return the same step, made by another optimizer from the same gradients."""
        other = copy.copy(self)
        other.arrays, other.optimizer = dict(self.arrays), optimizer
        other._update()
        return other

    def remembered(self) -> dict[str, np.ndarray]:
        """Return the optimizer's state for each parameter, such as ``velocity_W1`` for W1."""
        names = {optimizers.SGD: ["velocity"], optimizers.RMSprop: ["velocity"]}
        names |= {optimizers.Adam: ["m", "v"], optimizers.AdamW: ["m", "v"]}
        optimizer, found = self.optimizer, {}
        if isinstance(optimizer, optimizers.RMSprop) and (optimizer.momentum or optimizer.centered):
            return {}
        if type(optimizer) is optimizers.SGD and optimizer.momentum == 0:
            return {}
        for name in names.get(type(optimizer), []):
            vector = optimizer.state.get(name, np.zeros_like(self.flat.parameters))
            start = 0
            for parameter in self.trained:
                value = self.parameters[parameter]
                part = vector[start : start + value.size]
                found[f"{name}_{parameter}"] = part.reshape(value.shape).copy()
                start += value.size
        return found

    def numerical(self, name: str, index: tuple[int, ...]) -> float:
        """Return the numerical derivative of the loss with respect to ``name[index]``."""
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


def on_its_own(copied: Sequential) -> Sequential:
    """Return a copied model that steps alone; an `AllReduce` would wait for the other ranks."""
    optimizer = innermost(copied.optimizer)
    if optimizer is not copied.optimizer:
        copied.compile(optimizer, copied.loss, copied.metrics, copied.weighted_metrics)
    return copied


def is_dense(layer: Any) -> TypeGuard[layers.Dense]:
    """Whether a layer's output is ``x @ W + b``, as that of a Dense without an activation.

    A subclass that overrides forward may compute something else. With a backward of its own, the
    formulas of Dense are compared with what it gives.
    """
    if not isinstance(layer, layers.Dense) or type(layer).forward is not layers.Dense.forward:
        return False
    return layer.activation is None or type(layer).backward is layers.Dense.backward
