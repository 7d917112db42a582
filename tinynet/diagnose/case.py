"""`Case`: the input of the checks, a model with its data and one recorded step."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinynet import layers, losses
from tinynet.explain.recorded_step import RecordedStep, Stage, on_its_own
from tinynet.layers.penalties import ActivityPenalty, WeightPenalty
from tinynet.losses.base import one_hot_like
from tinynet.models import Sequential

SAMPLE = 1000  # examples in the sample, spread evenly over all
BATCH = 32  # examples in the trial step
LARGE_INPUT, SMALL_INPUT = 10.0, 0.01  # root mean squares, of a feature and of all
LARGE_TARGET = 100.0  # root mean square of a regression target
OUT_OF_RANGE = 0.05  # share of targets; single ones may be noise
UNLIKE = 2.0  # ratio of two spreads that means a different scale
MANY = 0.5  # a share that is too large to be chance
IMBALANCE = 0.95
FEW_FEATURES = 50  # with more columns, such as pixels, some may be constant
FLAT = 0.04  # a slope below this share of the steepest counts as flat
TRIAL_STEPS = 5  # a single step may overshoot, but several in a row should not
LONG = 1000  # steps after which every class should have occurred
SORTED = 0.15  # a disorder below this means sorted; that of shuffled targets is 1
WIDE_TARGET = 1000  # targets with more columns are neither classes nor measurements
FEW = 20  # with fewer examples, mean and spread can't be compared


# Regression losses that are 0 for exact predictions.
OF_NUMBERS = (losses.MeanAbsoluteError, losses.Huber, losses.LogCosh)

PENALTIES = (WeightPenalty, ActivityPenalty)  # steps of the training chain, not of any layer
PASSING = (layers.Flatten, layers.Dropout)  # they change nothing in prediction

# The ranges of final activations.
RANGES: dict[type[layers.Layer], tuple[float, float]] = {
    layers.ReLU: (0, math.inf),
    layers.Sigmoid: (0, 1),
    layers.Softmax: (0, 1),
    layers.Tanh: (-1, 1),
}


class Case:
    """The input of the checks: the data, a copy of the model, and a step made on it.

    Attributes
    ----------
    model : Sequential
        The copy.
    x : numpy.ndarray
        A sample of the examples, in float64.
    labels, t : numpy.ndarray
        The sample's targets as given, and as rows.
    shares : numpy.ndarray
        The mean of all targets: for classes, their frequencies.
    steady : Sequential
        A copy of the original without dropout, for trial steps.
    step : RecordedStep
        A step with the sample as its batch, without dropout.
    disorder : float
        How much neighbouring targets differ: about 1 if they are shuffled, 0 if they are sorted.
    loss, baseline : float
        The sample's loss, without penalties, and that of the best constant prediction.
    validation : tuple or None
        Other examples and targets.
    everything : numpy.ndarray
        All examples.
    """

    def __init__(self, model: Sequential, x: Any, y: Any, validation: Any) -> None:
        rows = spread(len(x), SAMPLE)
        self.original, self.validation, self.labels = model, validation, y[rows]
        self.everything = x
        self.steady = without_dropout(model)
        self.step = RecordedStep(self.steady, x[rows], self.labels)
        self.model, self.x, self.y = self.step.model, self.step.arrays["x"], self.step.y
        self.t = one_hot_like(self.y, self.step.t)
        self.loss = self.step.loss - self.penalty()
        t = model.loss.targets(y, self.y.shape[1:])
        self.shares = shares_of(t, self.y.shape[1])
        self.disorder = disorder(t)
        self.baseline = self.cost(np.broadcast_to(self.shares, self.t.shape))

    def penalty(self) -> float:
        """Return the sum of the penalties, which is a part of the step's loss."""
        arrays, penalties = self.step.arrays, self.step.penalties
        found = [rule(arrays[name]) for name, rule in penalties.items()]
        for stage in self.step.stages:
            if isinstance(stage.layer, ActivityPenalty):
                found.append(stage.layer.regularizer(arrays[stage.input]) / len(self.x))
        return float(sum(found))

    def cost(self, y: np.ndarray) -> float:
        """Return the loss of probabilities, or of numbers where the targets are numbers."""
        kind = self.loss_kind
        if kind is losses.MeanSquaredError:
            return float(self.model.loss.value(self.t, y))
        return kind().value(self.t, y) if kind else math.nan

    @property
    def loss_kind(self) -> Callable[[], losses.Loss] | None:
        """The loss's family: class probabilities, yes-or-no answers, or numbers."""
        families: tuple[type[losses.Loss], ...] = (
            losses.CategoricalCrossentropy,
            losses.BinaryCrossentropy,
            losses.MeanSquaredError,
        )
        found = next((f for f in families if isinstance(self.model.loss, f)), None)
        return losses.MeanSquaredError if isinstance(self.model.loss, OF_NUMBERS) else found

    @property
    def classes(self) -> int:
        """How many exclusive classes there are; 0 if the targets aren't classes."""
        return self.t.shape[1] if self.loss_kind is losses.CategoricalCrossentropy else 0

    @property
    def trained(self) -> bool:
        """Whether the model has made a step."""
        return self.original.optimizer.iterations > 0

    @property
    def stages(self) -> list[Stage]:
        """The stages of the step, without penalties."""
        return [stage for stage in self.step.stages if not isinstance(stage.layer, PENALTIES)]

    def outputs(self, *kinds: type[layers.Layer]) -> Iterator[tuple[str, np.ndarray]]:
        """Yield name and outputs of each hidden activation of these classes."""
        for stage in self.stages[:-1]:
            if isinstance(stage.layer, kinds):
                yield stage.owner, self.step.arrays[stage.output]


def without_dropout(model: Sequential) -> Sequential:
    """Return a copy without dropout, whose steps aren't random."""
    other = on_its_own(model.copy())
    for layer in other.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    return other


def disorder(t: np.ndarray) -> float:
    """Return von Neumann's ratio of prepared targets: about 1 if shuffled, near 0 if sorted."""
    if len(t) < FEW or t[0].size > WIDE_TARGET:
        return 1.0
    if t.ndim == 1:  # class indices, as one-hot rows
        steps = 2 * np.mean(t[1:] != t[:-1])
        variance = 1 - np.square(np.bincount(t) / len(t)).sum()
    else:
        steps = np.square(np.diff(t, axis=0), dtype=np.float64).sum(axis=1).mean()
        variance = t.var(axis=0, dtype=np.float64).sum()
    return float(steps / (2 * variance)) if variance > 0 else 1.0


def order_of(disorder: float) -> str:
    """Describe how sorted targets are."""
    return f"targets side by side differ {disorder:.2g} times as much as shuffled ones would"


# ---------------------------------------------------------------------------------- architecture


def operations(model: Sequential) -> list[tuple[str, layers.Layer]]:
    """Return the model's layers as simple steps, with the layer's name."""
    parts = [(layer.name, part) for layer in model.layers for part in layer.parts()]
    return [(name, part) for name, part in parts if not isinstance(part, PASSING)]


def operations_on(model: Sequential, x: np.ndarray) -> list[tuple[str, layers.Layer, np.ndarray]]:
    """Return the simple steps of a built model, with the layer's name and their outputs for x."""
    names = [layer.name for layer in model.layers for _ in layer.parts()]
    trial = model.copy()
    trial.compile("sgd", "mse")  # which undoes no activation
    found: list[tuple[layers.Layer, np.ndarray]] = []
    with np.errstate(all="ignore"):
        trial.unfolded().forward(x, observer=lambda layer, y: found.append((layer, y)))
    found = [(layer, y) for layer, y in found if not isinstance(layer, PENALTIES)]
    steps = ((name, *step) for name, step in zip(names, found, strict=True))
    return [step for step in steps if not isinstance(step[1], PASSING)]


def first_unfinite(model: Sequential, values: np.ndarray, x: Any) -> str | None:
    """Return the first layer whose output for x isn't finite, with these parameters and states."""
    names: list[str] = []

    def look(layer: layers.Layer, y: np.ndarray) -> None:
        if not np.isfinite(y).all():
            names.append(layer.name)

    with np.errstate(all="ignore"):
        trial = model.copy()
        trial.set_values(values)
        trial.forward(x, observer=look)
    return names[0] if names else None


def evaluate(model: Sequential, x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return the loss and the metrics by name."""
    return {**model.evaluate(x, y, batch_size=SAMPLE, verbose=0, return_dict=True)}


def shares_of(t: np.ndarray, classes: int) -> np.ndarray:
    """Return the mean of prepared targets: class indices or rows."""
    if t.ndim == 1:
        return np.bincount(t, minlength=classes) / len(t)
    return t.mean(axis=0, dtype=np.float64)


def spread(count: int, most: int) -> np.ndarray:
    """Return up to `most` indices, evenly over all."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
