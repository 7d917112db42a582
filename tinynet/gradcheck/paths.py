"""The paths of a gradient check: forward to the outputs, backward to the gradients.

A `Path` is a forward and a backward pass at one input: the function that is differentiated, the
arrays that it is differentiated by, and the gradients that the code under test returns. The
checker, the rules and the patterns use paths only. `Path` serves any `Subject`, `TrainingPath` the
training step of a model, and `ValuePath` a loss or a function that returns a value and its
gradient.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from tinynet._internal.checks import shown
from tinynet.gradcheck.crashes import CrashError, as_outputs, copied, guarded
from tinynet.gradcheck.functions import argument_names
from tinynet.gradcheck.held import Arrays, deep_copy, draws_globally, seed_globally
from tinynet.gradcheck.reach import takes_logarithms
from tinynet.gradcheck.subjects import ModelSubject, Subject, by_name, is_own
from tinynet.layers.base import Layer
from tinynet.losses.base import Loss

Mover = Callable[[float], np.ndarray]

AN_INDEX = "an index"  # why an input isn't moved
NO_DX = "backward returns no dx"  # a network under its loss needs none


class Path:
    """Forward and backward through a subject, with a loss if there is one."""

    name = ""  # "training" or "long" where a model has two paths
    single = True  # whether it has a single layer or loss
    subject: Subject
    loss: Loss | None
    y_true: np.ndarray | None  # the targets of the loss, as given
    x: np.ndarray
    arrays: Arrays  # to differentiate by, parameters and input; a check writes into them
    weights: np.ndarray  # of the outputs in the sum: dy, or 1 for a loss
    input_name = "x"
    fixed = ""  # why the input isn't moved, if it isn't
    moved_from: Mapping[str, np.ndarray] = {}  # the parameters' values before they were moved
    reached = 0.0  # the largest input at which gradients were checked

    def __init__(
        self,
        subject: Subject,
        x: np.ndarray,
        rng: np.random.Generator,
        loss: Loss | None = None,
        y: Any = None,
        *,
        moves_input: bool = True,
    ) -> None:
        self.subject, self.rng, self.loss = subject, rng, copy.deepcopy(loss)
        self.moves_input = moves_input
        self.y_true = None if loss is None else copied_targets(y)
        self.place(x)

    def place(self, x: np.ndarray) -> None:
        """Set the input."""
        self.x = x
        self.arrays = dict(self.subject.parameters)
        if self.moves_input:
            self.arrays[self.input_name] = x
        self.last = self.subject.forward(x.copy())
        if self.loss is None:
            self.weights = self.rng.standard_normal(self.last.shape)
        else:
            check_defined(self.loss, self.last)
            self.weights = np.ones(1)
            self.t = prepare(self.loss, self.y_true, self.last)

    def at(self, x: np.ndarray, rows: np.ndarray | None = None) -> Self:
        """Return the same path at another input, with the targets of the given `rows`."""
        other = copy.copy(self)
        if rows is not None and self.y_true is not None:
            other.y_true = self.y_true[rows]
        other.place(x)
        return other

    def fresh(self) -> Self:
        """Return the same path through a copy that has never been run."""
        other = copy.copy(self)
        other.subject = self.subject.fresh()
        arrays = other.subject.parameters
        other.arrays = {name: arrays[name] for name in self.arrays if name in arrays}
        if self.moves_input:
            other.arrays[self.input_name] = other.x = self.x.copy()
        return other

    @property
    def own(self) -> bool:
        """Whether all code on the way is tinynet's."""
        return self.subject.own

    @property
    def recognised(self) -> str:
        """What was found out about the target."""
        return self.subject.recognised

    @property
    def uses_global(self) -> bool:
        """Whether the global random state had to be held still."""
        return self.subject.uses_global

    @property
    def is_scalar(self) -> bool:
        """Whether the output is a loss."""
        return self.loss is not None

    @property
    def may_be_bounded(self) -> bool:
        """Whether it may be a loss whose targets and probabilities aren't seen."""
        return False

    def is_saturated(self) -> bool:
        """Whether the loss of the outputs differs from that of training; see `LongPath`."""
        return False

    def outputs(self) -> np.ndarray:
        """Run forward; return the output, or the loss as an array of one entry."""
        y = self.last = self.subject.forward(self.x.copy())
        return y if self.loss is None else self.loss_of(y)

    def loss_of(self, y: np.ndarray) -> np.ndarray:
        """Return the loss of outputs, as an array of one entry."""
        assert self.loss is not None
        with guarded("value", own=is_own(self.loss)):
            return np.array([float(self.loss.value(self.t, y))])

    def upstream(self, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the derivative with respect to the outputs."""
        if self.loss is None:
            return weights.copy()
        with guarded("gradient", own=is_own(self.loss)):
            dy = np.asarray(self.loss.gradient(self.t, y))
        if dy.shape != y.shape and not is_own(self.loss):
            name = type(self.loss).__name__
            text = f"{name}.gradient must have the predictions' shape {y.shape}, it has {dy.shape}"
            raise CrashError("gradient", "wrong_shape", text)
        return dy

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Run forward from x and backward from weights; return the gradients by name."""
        with kept(self.subject.parameters):
            y = self.subject.forward(x.copy())
            dx = self.subject.backward(self.upstream(y, weights))
            found = {**self.subject.gradients()}
            if self.moves_input:
                found[self.input_name] = dx
            return copies(found)

    def size(self) -> float:
        """Return the size of the numbers whose rounding affects the weighted sum.

        The rounding errors of outputs are independent, so their squares are added. With a loss,
        those of the predictions are included: a loss of 1e-12 from a probability near 1 has four
        correct digits.
        """
        here = self.outputs()
        if self.loss is None:
            return float(np.hypot.reduce((self.weights * here).ravel()))  # squares may underflow
        return float(abs(here[0]) + np.abs(self.last).max())

    def mover(self, array: np.ndarray, index: Any) -> Mover:
        """Return the outputs as a function of one entry."""

        def outputs(value: float) -> np.ndarray:
            array[index] = value
            return self.outputs()

        return outputs

    def along(self, array: np.ndarray, direction: np.ndarray) -> Mover:
        """Return the outputs as a function of the distance along a direction."""
        start = array.copy()

        def outputs(distance: float) -> np.ndarray:
            array[...] = start + distance * direction
            return self.outputs()

        return outputs


class LongPath(Path):
    """Forward and backward through each layer of a model, with a loss if there is one."""

    single = False
    subject: ModelSubject

    @property
    def layers(self) -> list[Layer]:
        """The layers of the model."""
        return self.subject.layers

    @property
    def own(self) -> bool:
        """Whether all code on the way is tinynet's."""
        return self.subject.own and (self.loss is None or is_own(self.loss))

    def trace(self) -> list[np.ndarray]:
        """Run forward as in training; return the input and the output of each layer."""
        trace = [self.x.copy()]
        self.subject.rewind()
        with guarded("forward", own=self.own):
            self.subject.model.forward(
                self.x.copy(), training=True, observer=lambda layer, y: trace.append(np.array(y))
            )
        return trace

    def alone(self) -> list[tuple[Layer, np.ndarray]]:
        """Return each layer, never run, with the input that it has here."""
        return list(zip(self.fresh().layers, self.fresh().trace(), strict=False))

    def outputs(self) -> np.ndarray:
        """Run forward; return the last output, or the loss as training computes it."""
        if self.loss is None:
            return super().outputs()
        y = self.last = self.chain_output()
        with guarded("value", own=self.own):
            return np.array([self.chain_loss(y)])

    def chain_output(self) -> np.ndarray:
        """Run the training chain; return the logits if the loss undoes the last activation."""
        self.subject.rewind()
        y = self.x.copy()
        with guarded("forward", own=self.own):
            for part in self.subject.model.chain:
                y = part.forward(y, training=True)
        return y

    def chain_loss(self, y: np.ndarray) -> float:
        """Return the loss as a training step computes it, without penalties."""
        return float(self.subject.model.criterion.loss.value(self.t, y))

    def is_saturated(self) -> bool:
        """Whether the loss of the probabilities differs from that of the logits."""
        model = self.subject.model
        if self.loss is None or model.criterion.loss is model.loss:
            return False
        made_of_outputs = self.loss_of(self.subject.forward(self.x.copy()))
        return not np.allclose(made_of_outputs, self.outputs(), rtol=1e-6, atol=1e-12)


class TrainingPath(LongPath):
    """The gradients that `Sequential.train_step` leaves in the model's vector.

    Training computes no gradient of the input or of frozen parameters.
    """

    name = "training"

    def place(self, x: np.ndarray) -> None:
        """Set the input."""
        super().place(x)
        self.arrays = by_name(self.subject.layers, "parameters", only_trained=True)

    def is_saturated(self) -> bool:
        """It works from the logits."""
        return False

    def chain_loss(self, y: np.ndarray) -> float:
        """Return the loss as a training step computes it."""
        return float(self.subject.model.criterion.value(self.t, y))

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Run a training step without changing parameters; return the gradients."""
        model = self.subject.model
        with kept(self.arrays):
            self.subject.rewind()
            with guarded("train_step", own=self.own):
                model.train_step(x.copy(), self.t)
            parts = [model.gradients[segment] for segment in model.optimizer.segments]
            shapes = (array.shape for array in self.arrays.values())
            found = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
            return copies(dict(zip(self.arrays, found, strict=True)))


class ValuePath(Path):
    """A loss, or a function that returns a value and its gradient with respect to the input."""

    is_scalar = True
    uses_global = False

    def __init__(self, function: Any, x: np.ndarray, y: Any, rng: np.random.Generator) -> None:
        self.rng, self.function = rng, function
        self.is_loss = isinstance(function, Loss)
        self.loss = deep_copy(function) if self.is_loss else None
        self.y_true = None if y is None else copied_targets(y)
        self.input_name = "y_pred" if self.is_loss else "x"
        self.moves_input = True
        self.gradient: Any = None
        self.place(x)

    @property
    def own(self) -> bool:
        """Whether all code on the way is tinynet's."""
        return self.is_loss and is_own(self.function)

    @property
    def has_rows(self) -> bool:
        """Whether the examples are rows: there are as many targets, and no distributions below."""
        y = self.y_true
        if y is None or y.shape[:1] != self.x.shape[:1] or not self.x.ndim:
            return False
        return not (sums_to_one(y, axis=0) and not sums_to_one(y, axis=-1))

    @property
    def may_be_bounded(self) -> bool:
        """Whether it is a function of x alone that takes logarithms, such as a cost by its weights.

        The gradient that such code returns, p - t, isn't the value's slope where log p is kept from
        becoming infinite, or p is so near 1 that 1 - p has no digits left.
        """
        return self.y_true is None and takes_logarithms(self.function)

    @property
    def recognised(self) -> str:
        """What was found out about the target."""
        if self.is_loss:
            return ""
        if self.y_true is not None:
            return "a function of x and y"
        own, *_ = [*argument_names(self.function, first=0), "x"]
        return "a function of x" + (f" (its argument {own})" if own != "x" else "")

    def place(self, x: np.ndarray) -> None:
        """Set the input."""
        self.x, self.arrays, self.weights = x, {self.input_name: x}, np.ones(1)
        self.uses_global = False
        self.uses_global = draws_globally(self.outputs)

    def fresh(self) -> Self:
        """Return the same with a loss that has never been called."""
        other = copy.copy(self)
        other.loss = deep_copy(self.function) if self.is_loss else None
        other.x = self.x.copy()
        other.arrays = {self.input_name: other.x}
        return other

    def outputs(self) -> np.ndarray:
        """Return the value."""
        self.last = self.x
        return self.value(self.x)

    def value(self, x: np.ndarray) -> np.ndarray:
        """Return the value at x, as an array of one entry; keep the gradient of a function."""
        if self.loss is not None:
            with guarded("value", own=self.own):
                t = prepare(self.loss, self.y_true, x)
                result = self.loss.value(t, x.copy())
        else:
            if self.uses_global:
                seed_globally(0)
            with guarded("the function"):
                y = None if self.y_true is None else self.y_true.copy()
                both = self.function(x.copy()) if y is None else self.function(x.copy(), y)
            if not isinstance(both, tuple | list) or len(both) != 2:
                raise CrashError("the function", *wrong_result(both))
            result, self.gradient = both
            if isinstance(self.gradient, dict):
                text = (
                    "the function returns a dict of gradients: check it as a function of one array "
                    "at a time, which sets that array and returns (value, grads[name])"
                )
                raise CrashError("the function", "wrong_shape", text)
        array = as_outputs(result, "value" if self.is_loss else "the function")
        if array.size != 1:
            text = f"the value must be one number, it is an array of shape {array.shape}"
            if callable(self.gradient):
                text += "; where backward is returned as well, pass (f, lambda dy, back: back(dy))"
            elif np.size(self.gradient) == 1:
                text += "; the value comes first, and then the gradient"
            raise CrashError("value", "wrong_shape", text)
        return array.reshape(1).astype(np.float64)

    def gradients(self, x: np.ndarray, weights: np.ndarray) -> Arrays:
        """Return the gradient with respect to the input."""
        self.value(x)  # some losses remember what they have computed
        if self.loss is not None:
            with guarded("gradient", own=self.own):
                self.gradient = self.loss.gradient(prepare(self.loss, self.y_true, x), x.copy())
        return copies({self.input_name: self.gradient})


def wrong_result(result: Any) -> tuple[str, str]:
    """Return the kind and the description of what a function returns in place of two things."""
    if result is None:
        return "returns_nothing", "the function must return (value, gradient), it returned nothing"
    is_tuple = isinstance(result, tuple)
    what = f"a tuple of {len(result)}" if is_tuple else type(result).__name__
    text = f"the function must return (value, gradient), it returned {what}"
    if isinstance(result, dict | tuple) and len(result) > 1:
        first, second = range(2) if is_tuple else list(result)[:2]
        text += f"; wrap it: a function that returns (result[{first!r}], result[{second!r}])"
    elif isinstance(result, np.ndarray) and result.ndim:
        text += (
            "; an activation is checked with its derivative, as the pair (f, lambda dy, x: dy * "
            "derivative(x))"
        )
    else:
        text += "; if the gradient comes from another, pass lambda *a: (value(*a), gradient(*a))"
    return "wrong_count", text


def sums_to_one(y: np.ndarray, axis: int) -> bool:
    """Whether targets are one-hot or other distributions along an axis of a matrix."""
    is_matrix = y.ndim == 2 and min(y.shape) > 1 and y.dtype.kind in "fiub"
    return is_matrix and bool(np.allclose(y.sum(axis=axis), 1))


def check_defined(loss: Loss, output: np.ndarray) -> None:
    """Raise CrashError for outputs for which a loss isn't defined: its gradient isn't at fault.

    A loss that is derived from one of tinynet's may be defined for them all the same.
    """
    try:
        if is_own(loss):
            loss.check_outputs(output)
    except ValueError as error:
        text = f"the outputs don't suit the loss: {str(error).rstrip('.')}"
        raise CrashError("y", "undefined_loss", text) from error


def prepare(loss: Loss, y: Any, output: np.ndarray) -> np.ndarray:
    """Return a copy of the targets as the loss wants them, in float64."""
    t = loss.targets(y, output.shape[1:])
    if len(t) != len(output):
        raise ValueError(
            f"x and y must have the same number of examples, received {len(output)} and {len(t)}."
        )
    return t.astype(np.float64) if t.dtype.kind == "f" else t.copy()


def copies(arrays: Mapping[str, Any]) -> Arrays:
    """Copies, by name; whatever a backward has returned becomes an array, of floats if it can."""
    return {name: copied(array) for name, array in arrays.items()}


@contextmanager
def kept(arrays: Mapping[str, np.ndarray]) -> Iterator[None]:
    """Restore arrays when the block ends."""
    before = copies(arrays)
    try:
        yield
    finally:
        for name, array in arrays.items():
            array[...] = before[name]


def copied_targets(y: Any) -> np.ndarray:
    """Return the targets as a new array."""
    try:
        return np.array(y)
    except Exception as error:  # whatever the object raises
        raise TypeError(f"y must be an array, received {shown(y)}: {error}") from error
