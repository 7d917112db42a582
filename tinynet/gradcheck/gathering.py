"""Gather the evidence about a wrong gradient, by running the code under test once more.

`gather` returns the `Evidence` from which `tinynet.gradcheck.mistakes` recognises a mistake: the
gradients and outputs that are known already, the Jacobian, and functions that run the code at other
points, for patterns that need more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynet.gradcheck.crashes import FAILURES
from tinynet.gradcheck.derivatives import STEP, Derivative, Probe, quick_derivative
from tinynet.gradcheck.evidence import ALIKE, Evidence, factor_between
from tinynet.gradcheck.held import Arrays, places
from tinynet.gradcheck.paths import LongPath, Mover, Path, ValuePath, kept
from tinynet.gradcheck.reach import in_reach
from tinynet.gradcheck.report import Index
from tinynet.gradcheck.steps import Recording
from tinynet.gradcheck.tape import LostError, Tape

JACOBIAN_ENTRIES = 100_000  # a larger Jacobian isn't computed
LARGEST = 100_000  # entries of an array that a network may be made of
SHORT = 1e-5  # a step that crosses fewer kinks than STEP, but rounds more
NEARBY = 1e-3  # how far numbers are moved, relative to their size
FEW = 5  # entries by which a factor is judged in another batch


@dataclass(frozen=True)
class Point:
    """The outputs, the size of their rounding, and all gradients at the input of a path.

    `earlier` are the gradients of an earlier call.
    """

    here: np.ndarray
    size: float
    analytic: Arrays
    earlier: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """One entry's derivative, and how the analytic one compares with it."""

    derivative: Derivative
    quick: float
    error: float
    unclear: bool

    @property
    def is_near_a_kink(self) -> bool:
        """Whether the steps used reach over a kink nearby."""
        return self.derivative.rough and not self.derivative.kink


def gather(path: Path, name: str, point: Point, judged: dict[Index, Comparison]) -> Evidence:
    """Return the evidence about a wrong gradient, from the entries that could be judged."""
    array = path.arrays[name]
    numeric, quick = np.full(array.shape, np.nan), np.full(array.shape, np.nan)
    for index, result in judged.items():
        if not result.derivative.kink:
            numeric[index], quick[index] = result.derivative.value, result.quick
    return Evidence(
        analytic=point.analytic[name],
        numeric=numeric,
        quick=quick,
        earlier=numbers(point.earlier[name], array.shape),
        batch_size=len(path.x) if path.x.ndim else 1,
        x=path.x,
        y=point.here,
        dy=path.weights,
        jacobian=jacobian(path, array),
        one_hot=one_hot(path),
        targets=targets(path),
        array=array,
        parameters={} if isinstance(path, ValuePath) else path.subject.parameters,
        gradients={n: numbers(point.analytic[n], a.shape) for n, a in path.arrays.items()},
        earlier_parameters=path.moved_from,
        fresh=lambda: fresh_gradient(path, name),
        slopes_at=lambda at: slopes_at(path, at),
        gradient_with=lambda changed, value: gradient_with(path, name, changed, value),
        gradient_by=lambda other: gradient_by(path, other),
        error_at=lambda at: error_at(path, name, at),
        elsewhere=lambda: factor_in_other_batch(path, name),
        couples=lambda: couples_examples(path, name),
        outputs=None if isinstance(path, ValuePath | LongPath) else lambda: outputs(path),
        in_reach=(lambda: arrays_used(path)) if is_of_x_alone(path) else None,
        operation=None if isinstance(path, LongPath) else lambda: wrong_operation(path, name),
        may_be_bounded=path.may_be_bounded,
    )


def index_of(entry: int, shape: Index) -> Index:
    """Return the index of an entry that is given by its flat index."""
    return tuple(int(i) for i in np.unravel_index(entry, shape)) if shape else ()


def numbers(array: np.ndarray, shape: Index) -> np.ndarray:
    """Return an array of floats of some shape, NaN if it isn't one."""
    fits = array.shape == shape and array.dtype.kind == "f"
    return array if fits else np.full(shape, np.nan)


def jacobian(path: Path, array: np.ndarray) -> np.ndarray | None:
    """Return the derivative of every output by every entry, shape (*array.shape, *y.shape)."""
    here = path.outputs()
    if array.size * here.size > JACOBIAN_ENTRIES:
        return None
    found = np.empty(array.shape + here.shape)
    for index in np.ndindex(array.shape):
        at = float(array[index])
        found[index] = slopes(path.mover(array, index), at, STEP * max(1, abs(at)))
        array[index] = at
    return found


def slopes(outputs: Mover, at: float, step: float) -> np.ndarray:
    """Return the slope of each output; see `tinynet.gradcheck.derivatives.quick_derivative`."""
    wide = (outputs(at + step) - outputs(at - step)) / (2 * step)
    half = (outputs(at + step / 2) - outputs(at - step / 2)) / step
    extrapolated: np.ndarray = (4 * half - wide) / 3
    return extrapolated


def fresh_gradient(path: Path, name: str) -> np.ndarray:
    """Return the gradient that a copy gives which has never been run."""
    found = path.fresh().gradients(path.x, path.weights)[name]
    return numbers(found, path.arrays[name].shape)


def outputs(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs, before a loss, and the gradient by them."""
    y = path.subject.forward(path.x.copy())
    return y, path.upstream(y, path.weights)


def wrong_operation(path: Path, name: str) -> str | None:
    """Describe the operation whose backward step is wrong, from a record near this point.

    The record must give the gradient that function values give. A product such as ``X.dot(W)``, of
    an array X that is no argument, is only recorded if the operations of X are.
    """
    fits, cause = recorded_cause(path, name)
    if not fits and isinstance(path, ValuePath) and not path.is_loss:
        _, cause = recorded_cause(path, name, path.function)
    return cause


def recorded_cause(path: Path, name: str, function: Any = None) -> tuple[bool, str | None]:
    """Return whether a record gives the right gradient, and what it says about the wrong one.

    Operations of all arrays that a `function` uses are recorded as well, if it is given.
    """
    try:
        other = path.fresh()
        rng = np.random.default_rng(0)
        for array in other.arrays.values():  # no two numbers may be the same
            array += NEARBY * rng.uniform(-1, 1, array.shape) * np.where(array, np.abs(array), 1)
        tape = Tape(other.arrays)
        array, analytic = other.arrays[name], other.gradients(other.x, other.weights)[name]
        start, direction = array.copy(), rng.standard_normal(array.shape)
        along = other.along(array, direction)
        seen = [(slopes(along, 0.0, step) * other.weights).sum() for step in (STEP, SHORT)]
        array[...] = start
        try:
            with arrays_recorded(function, tape):
                y, upstream = recorded_outputs(other, tape)
        finally:
            tape.open = False
            path.fresh().outputs()  # what forward keeps outside is an array as before
        given = np.zeros(len(tape.values))
        ids = tape.find(y)
        np.add.at(given, ids[ids >= 0], upstream[ids >= 0])
        found = Recording(tape, given, tape.leaves[name], numbers(analytic, array.shape))
        parts = found.right * direction
        fits = any(abs(parts.sum() - slope) <= ALIKE * np.abs(parts).sum() for slope in seen)
        return fits, found.cause() if fits else None
    except (*FAILURES, LostError):
        return False, None


@contextmanager
def arrays_recorded(function: Any, tape: Tape) -> Iterator[None]:
    """Record the operations of the arrays that a function uses besides its arguments."""
    changed = []
    try:
        for place in in_reach(function).values():
            if isinstance(place.value, np.ndarray) and place.holder is not None:
                with suppress(AttributeError, TypeError):  # in a tuple, say
                    place.put(tape.watched(place.value.copy()))
                    changed.append(place)
        yield
    finally:
        for place in changed:
            with suppress(LookupError):  # a list that has become shorter
                place.put(place.value)


def recorded_outputs(path: Path, tape: Tape) -> tuple[np.ndarray, np.ndarray]:
    """Run forward with arrays whose operations are recorded; return y and the gradient by it."""
    if isinstance(path, ValuePath):
        value = path.value(tape.watched(path.x))
        return value, np.ones(value.shape)
    subject = path.subject
    watched = {id(array): tape.watched(array) for array in subject.parameters.values()}
    for place in list(places(getattr(subject, "thing", None))):
        if id(place.value) in watched:
            place.put(watched[id(place.value)])
    subject.parameters = {name: watched[id(array)] for name, array in subject.parameters.items()}
    y = subject.forward(tape.watched(path.x))
    return y, path.upstream(y, path.weights)


def is_of_x_alone(path: Path) -> bool:
    """Whether a path is a function of x, whose targets, if any, are out of sight."""
    return isinstance(path, ValuePath) and not path.is_loss and path.y_true is None


def arrays_used(path: Path) -> Arrays:
    """Return the arrays that a function uses besides its arguments, as floats, by name."""
    assert isinstance(path, ValuePath)
    arrays = {name: np.asarray(place.value) for name, place in in_reach(path.function).items()}
    return {
        name: array.astype(np.float64)
        for name, array in arrays.items()
        if array.ndim in (1, 2) and 0 < array.size <= LARGEST and array.dtype.kind in "fiub"
    }


def couples_examples(path: Path, name: str) -> bool:
    """Whether the dy of the first or the last example reaches the gradients of others."""
    shape = path.arrays[name].shape
    here = numbers(path.fresh().gradients(path.x, path.weights)[name], shape)
    for example, others in ((0, slice(1, None)), (-1, slice(None, -1))):
        dy = path.weights.copy()
        dy[example] *= 2
        there = numbers(path.fresh().gradients(path.x, dy)[name], shape)
        if not np.allclose(here[others], there[others], rtol=1e-9, atol=0):
            return True
    return False


def slopes_at(path: Path, at: np.ndarray) -> np.ndarray:
    """Return the slope of each output with respect to its own input, at another input."""
    with kept({"x": path.x}):
        step = STEP * np.maximum(1, np.abs(at))

        def outputs(distance: float) -> np.ndarray:
            path.x[...] = at + distance * step
            return path.outputs()

        return slopes(outputs, 0.0, 1.0) / step


def gradient_with(path: Path, name: str, changed: str, value: np.ndarray) -> np.ndarray | None:
    """Return the gradient from function values with another value of a parameter."""
    parameter = path.arrays[changed]
    with kept({changed: parameter}):
        parameter[...] = value
        return gradient_by(path, name)


def gradient_by(path: Path, name: str) -> np.ndarray | None:
    """Return the gradient by an array from function values."""
    array = path.arrays[name]
    found = jacobian(path, array)
    return None if found is None else (found * path.weights).reshape(*array.shape, -1).sum(axis=-1)


def error_at(path: Path, name: str, at: np.ndarray) -> np.ndarray | None:
    """Return the error of the gradient by an array at another input."""
    with kept({"x": path.x}):
        path.x[...] = at
        try:
            found = path.gradients(path.x, path.weights)[name]
            right = gradient_by(path, name)
        except FAILURES:
            return None
    return None if right is None else numbers(found, right.shape) - right


def factor_in_other_batch(path: Path, name: str) -> tuple[int, float] | None:
    """Return another batch size, and the factor by which the gradient is wrong there."""
    lengths = [np.shape(array)[:1] for array in (path.x, path.y_true) if array is not None]
    if lengths[0] == () or lengths[0] != lengths[-1]:
        return None
    rows = np.arange(len(path.x) + 1) % len(path.x)
    try:
        other = path.at(path.x[rows].copy(), rows)
        found = other.gradients(other.x, other.weights)[name]
        array, here, size = other.arrays[name], other.outputs(), other.size()
        if found.shape != array.shape or found.dtype.kind != "f":
            return None
        largest = np.argsort(-np.abs(found), axis=None)[:FEW]
        right = np.full(found.shape, np.nan)
        for index in (index_of(entry, array.shape) for entry in largest):
            at = float(array[index])
            probe = Probe(other.mover(array, index), other.weights, at, here, size)
            right[index] = quick_derivative(probe, STEP * max(1, abs(at))).value
            array[index] = at
    except FAILURES:
        return None
    factor = factor_between(found, right)
    return None if factor is None else (len(rows), factor)


def targets(path: Path) -> np.ndarray | None:
    """Return the targets of a loss, if they have the predictions' shape."""
    y = path.y_true if isinstance(path, ValuePath) else None
    if y is None or y.shape != path.x.shape or y.dtype.kind not in "fiub":
        return None
    return y.astype(np.float64)


def one_hot(path: Path) -> np.ndarray | None:
    """Return the targets of a loss as one-hot rows, if they are classes."""
    y = path.y_true if isinstance(path, ValuePath) else None
    if y is None or path.x.ndim != 2:
        return None
    if (same := targets(path)) is not None:
        return same
    whole = y.dtype.kind in "iu" or (y.dtype.kind == "f" and (y == np.floor(y)).all())
    if whole and y.size == len(path.x) and y.min() >= 0 and y.max() < path.x.shape[-1]:
        return np.eye(path.x.shape[-1])[y.astype(int).ravel()]
    return None
