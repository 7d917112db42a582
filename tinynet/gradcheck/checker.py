"""The gradient checker: does backward return the derivative of what forward computes.

    from tinynet.gradcheck import check_gradients

    report = check_gradients(MyLayer(), x)
    print(report)
    report.assert_ok()  # in a test

Every parameter and the input are nudged, entry by entry, and what the outputs do is compared with
what ``backward`` said they would. Where the two differ, the report says which mistake makes such
numbers, if it is one that `tinynet.gradcheck.mistakes` knows. Read `check_gradients` first, then
`Checker.check_array` and `Checker.compare`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet._internal.seeds import new_generator
from tinynet.gradcheck.derivatives import (
    STEP,
    Derivative,
    Probe,
    careful_derivative,
    quick_derivative,
)
from tinynet.gradcheck.layer_rules import broken_rules
from tinynet.gradcheck.mistakes import Evidence, Mistake, name_mistake, not_finite_text, wrong_shape
from tinynet.gradcheck.numerical import check_step
from tinynet.gradcheck.paths import Arrays, Copy, LayersRoad, LossRoad, Road, TrainingRoad, kept
from tinynet.gradcheck.report import GradientReport, Index, Row
from tinynet.layers.base import Layer
from tinynet.losses.base import Loss
from tinynet.models import Sequential

SHARP = 0.01  # two steps settle an entry if it is off by less than this share of rtol
ASIDE = 4 * STEP  # how far from a kink the gradient is looked at again
JACOBIAN_ENTRIES = 100_000  # a larger Jacobian isn't worked out for the sake of a diagnosis
SAMPLE = 50  # entries of each array to check in the search for the layer that is to blame


def check_gradients(
    target: Layer | Loss | Sequential,
    x: Any,
    y: Any = None,
    *,
    loss: str | Loss | None = None,
    eps: float | None = None,
    rtol: float = 1e-6,
    seed: int = 0,
    max_entries: int | None = None,
) -> GradientReport:
    """Compare the gradients of a layer, loss or model with what its function values say.

    For each entry v of each parameter and of the input, the derivative is worked out from function
    values at v + h and v - h. Everything happens in float64 on a copy: the target keeps its
    weights, caches, random state and dtype.

    Parameters
    ----------
    target : Layer, Loss or Sequential
        A layer, built or not, of tinynet's or your own; a loss; a model, compiled or not.
    x : array_like
        The input, a batch: shape (N, ...). For a loss, the predictions.
    y : array_like, optional
        The targets, for a loss and for whatever is followed by one.
    loss : str or Loss, optional
        A loss to put behind a layer or model; a compiled model has its own.
    eps : float, optional
        The first step, for all entries. Left out, it is 7.4e-4 times the larger of 1 and abs(v);
        see Notes.
    rtol : float
        The relative error up to which a gradient counts as right.
    seed : int
        Decides the upstream gradient and which entries are sampled.
    max_entries : int, optional
        How many entries of each array to check, chosen at random; all if left out. Each one takes
        at least four forward passes.

    Returns
    -------
    GradientReport
        Prints as a table; false if anything is wrong; ``report.assert_ok()`` for tests.

    Raises
    ------
    ValueError, TypeError
        If an argument doesn't fit, or a forward pass gives other results when it is repeated.

    Notes
    -----
    **What is compared.** For a layer, or a model without targets, the sum of dy * y, with dy drawn
    from a normal distribution. A dy of ones would not do: the rows of a softmax sum to 1 whatever
    comes in, so that a softmax whose backward returns zeros would pass. For a compiled model with
    targets, the loss, along two roads: the training step's own, with its shortcut through softmax
    and cross-entropy, and the long one, layer by layer. Layers are run as in training. Random ones
    get the same random numbers in every pass.

    **The step.** Two steps, h and h/2, give a quotient that is off by O(h⁴) for the function's
    curvature and by about 1e-16 f/h for rounding. The sum is smallest near h = 1e-16^(1/5), here
    7.4e-4, taken relative to v where v is larger than 1. If the result and the analytic gradient
    agree, that settles it. If they don't, the entry gets ladders of ten steps each, from 0.012 down
    to 4.5e-8, extrapolated to zero, and the result with the smallest error estimate is believed,
    whichever way the verdict falls. See `tinynet.derivatives`.

    **The relative error** is abs(analytic - numeric) divided by the larger of the two, and by no
    less than what the rounding of the function values could hide, divided by `rtol`: a gradient of
    1e-15 among outputs of size 1 can't be told from 0. The rounding granted is 8 units in the last
    place of the outputs (under a loss, of loss and predictions) divided by the step. What computes
    in float32 is off by 5e8 units.

    Where a model has a shortcut, its long road is held to the same loss, computed from the logits.
    If the last activation is saturated beyond what a probability can say, so that the loss made of
    the probabilities is another one, the long road isn't checked, and the report says so.

    **Kinks.** Where the slope to the left and the slope to the right differ, as at ReLU's 0, any
    value between them is a subgradient and passes, and the entry is counted. (In a network, kinks
    of several units may meet, and what backward makes of them needn't be between the two slopes:
    S. Kakade and J. Lee, "Provably correct automatic subdifferentiation for qualified programs",
    NeurIPS 2018. There any number passes.) That excuses nothing: some steps aside, once one way
    and once the other, backward is run again and has to be right.
    Entries that can't be judged at all, because the function is too rough there, are counted as
    unclear; an array of which no entry could be judged is wrong.

    Examples
    --------
    >>> from tinynet.layers import Softmax
    >>> x = np.array([[0.0, 1.0, 2.0], [3.0, 3.0, 0.0]])
    >>> bool(check_gradients(Softmax(), x))
    True
    >>> class Wrong(Softmax):
    ...     def backward(self, dy):
    ...         return dy * self._y * (1 - self._y)
    >>> print(check_gradients(Wrong(), x).mistakes[0].kind)
    diagonal_jacobian
    """
    x = np.array(checks.as_numbers(x, "x"), dtype=np.float64)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(f"x must be a batch, of shape (N, ...), received shape {x.shape}.")
    checks.check_finite(x, "x")
    if checks.check_number(rtol, "rtol", below=1) <= 0:
        raise ValueError(f"rtol must be positive, received {rtol!r}.")
    check_step(eps)
    if max_entries is not None:
        checks.check_count(max_entries, "max_entries")
    (rng,) = new_generator(seed).spawn(1)  # an x drawn with the same seed must not be dy as well
    checker = Checker(eps, rtol, max_entries, rng)
    with np.errstate(all="ignore"):
        rows = [row for road in roads(target, x, y, loss, rng) for row in checker.check(road)]
    return GradientReport(type(target).__name__, rows, rtol)


def roads(target: Any, x: np.ndarray, y: Any, loss: Any, rng: np.random.Generator) -> list[Road]:
    """Return the ways forwards and back that are to be checked."""
    if isinstance(target, Loss):
        if y is None or loss is not None:
            raise ValueError("A loss is checked with y, its targets, and with no other loss.")
        return [LossRoad(target, x, y)]
    if not isinstance(target, Layer | Sequential):
        raise TypeError(f"Expected a layer, a loss or a Sequential, received {target!r}.")
    chosen = None if loss is None else losses.get(loss)
    if chosen is None and isinstance(target, Sequential) and target.compiled and y is not None:
        chosen = target.loss
    if (chosen is None) != (y is None):
        raise ValueError("y and a loss belong together: give both, or neither.")
    long = LayersRoad(Copy(target, x, chosen), x, rng, y)
    if chosen is None or isinstance(target, Layer):
        return [long]
    long.name = "long"
    has_parameters = len(long.arrays) > 1  # there is the input, too
    training = [TrainingRoad(Copy(target, x, chosen), x.copy(), rng, y)] if has_parameters else []
    return [*training, long]


@dataclass(frozen=True)
class Point:
    """What is known where a road stands: outputs, the size of their rounding, all gradients."""

    here: np.ndarray
    size: float
    analytic: Arrays
    earlier: Arrays


@dataclass(frozen=True)
class Checker:
    """The settings of a check, and how one is done."""

    eps: float | None
    rtol: float
    max_entries: int | None
    rng: np.random.Generator

    def check(self, road: Road) -> list[Row]:
        """Check all arrays of a road, and whether its layers keep to the rules."""
        here = road.outputs()
        if not np.array_equal(here, road.outputs(), equal_nan=True):
            raise ValueError(
                "forward gives other results when it is repeated with the same input: random "
                "numbers must come from the layer's rng, which the check holds still."
            )
        if not np.isfinite(here).all():
            wrong = Mistake(
                "not_finite", f"forward returns NaN or infinity: {not_finite_text(here)}"
            )
            return [Row("y", road.name, here.shape, mistake=wrong)]
        training = isinstance(road, TrainingRoad)
        if isinstance(road, LayersRoad) and not training and road.is_saturated():
            return [Row("x", road.name, road.x.shape, note="not checked: saturated")]
        rows = self.check_arrays(road, list(road.arrays))
        for direction in (-1, 1):
            rows = self.look_aside(road, rows, direction)
        if isinstance(road, LayersRoad) and not training:
            broken = broken_rules(road)
            rows = [explained_by(row, broken) for row in rows] + broken
        if len(road.layers) > 1 and any(row.mistake for row in rows):
            rows = self.blame(road, rows)
        return rows

    def look_aside(self, road: Road, rows: list[Row], direction: int) -> list[Row]:
        """Check the arrays that have kinks again, a little aside; return what is wrong there.

        Everything is moved by some steps, one way or the other, and in the other direction the
        other way, so that a gradient that was let pass at a kink has to be right on its sides.
        """
        names = [row.name for row in rows if row.kinks and not row.mistake]
        if not names:
            return rows
        with kept(road.arrays):
            move_aside(road, direction * (4 * self.eps if self.eps else ASIDE), new_generator(0))
            aside = {row.name: row for row in self.check_arrays(road, names)}
        wrong = {
            name: row
            for name, row in aside.items()
            if row.mistake and row.mistake.kind != "unclear"  # then the place says nothing
        }
        return [
            replace(wrong[row.name], kinks=row.kinks) if row.name in wrong else row for row in rows
        ]

    def check_arrays(self, road: Road, names: list[str]) -> list[Row]:
        """Check some arrays of a road, where they are now."""
        # A call before, as there is one in training, with other numbers. It must leave no trace.
        other_x = road.x[(slice(None, None, -1), ..., slice(None, None, -1))].copy()
        earlier = road.gradients(other_x, self.rng.standard_normal(road.weights.shape))
        if road.loss is not None and np.array_equal(other_x, road.x):  # it was the same call
            earlier = {name: np.zeros_like(gradient) for name, gradient in earlier.items()}
        analytic = road.gradients(road.x, road.weights)
        point = Point(road.outputs(), road.size(), analytic, earlier)
        return [self.check_array(road, name, point) for name in names]

    def check_array(self, road: Road, name: str, point: Point) -> Row:
        """Check one array, entry by entry."""
        array, gradient = road.arrays[name], point.analytic[name]
        row = Row(name, road.name, array.shape)
        wrong = wrong_shape(gradient, array, len(road.x))
        if wrong:
            return replace(row, mistake=wrong)
        found = {index: self.compare(road, name, index, point) for index in self.choose(array)}
        judged = {index: result for index, result in found.items() if not result.unclear}
        row = replace(row, checked=len(found), unclear=len(found) - len(judged))
        if not judged:
            text = "the outputs are too rough, or change too fast, to work out any derivative"
            return replace(row, mistake=Mistake("unclear", text))
        worst = max(judged, key=lambda index: judged[index].error)
        row = replace(
            row,
            error=judged[worst].error,
            where=worst,
            analytic=float(gradient[worst]),
            numeric=judged[worst].derivative.value,
            kinks=sum(result.derivative.kink for result in judged.values()),
        )
        if row.error <= self.rtol:
            return row
        return replace(row, mistake=name_mistake(self.gather(road, name, point, judged)))

    def gather(
        self, road: Road, name: str, point: Point, judged: "dict[Index, Comparison]"
    ) -> Evidence:
        """Gather the evidence about a wrong gradient."""
        array = road.arrays[name]
        numeric, quick = np.full(array.shape, np.nan), np.full(array.shape, np.nan)
        for index, result in judged.items():
            if not result.derivative.kink:
                numeric[index], quick[index] = result.derivative.value, result.quick
        return Evidence(
            analytic=point.analytic[name],
            numeric=numeric,
            quick=quick,
            earlier=point.earlier[name],
            batch_size=len(road.x),
            x=road.x,
            y=point.here,
            dy=road.weights,
            jacobian=jacobian(road, array),
            one_hot=one_hot(road),
        )

    def choose(self, array: np.ndarray) -> list[Index]:
        """Return the entries to check: all, or a sample of them."""
        if self.max_entries is None or array.size <= self.max_entries:
            return list(np.ndindex(array.shape))
        chosen = np.sort(self.rng.choice(array.size, self.max_entries, replace=False))
        return [tuple(int(i) for i in np.unravel_index(k, array.shape)) for k in chosen]

    def compare(self, road: Road, name: str, index: Index, point: Point) -> "Comparison":
        """Work out the derivative by one entry, and by how much the analytic one misses it."""
        array, analytic = road.arrays[name], float(point.analytic[name][index])
        at = float(array[index])
        probe = Probe(entry_mover(road, array, index), road.weights, at, point.here, point.size)
        step = self.eps or STEP * max(1, abs(at))
        derivative = quick_derivative(probe, step)
        quick = derivative.value
        error = self.relative_error(analytic, derivative)
        if derivative.kink or error > SHARP * self.rtol:
            derivative = careful_derivative(probe, step)
            error = self.relative_error(analytic, derivative)
        array[index] = at
        if derivative.kink and np.isfinite(analytic) and not road.is_single_layer():
            error = min(error, self.rtol)  # several kinks may meet: what counts is what lies aside
        unclear = error > self.rtol and derivative.tells_nothing_of(analytic)
        return Comparison(derivative, quick, error, unclear)

    def relative_error(self, analytic: float, derivative: Derivative) -> float:
        """Return the relative error of an analytic derivative; infinity if it isn't a number.

        A difference as large as what rounding could hide counts as `rtol`.
        """
        low, high, hidden = derivative.low, derivative.high, derivative.rounding
        if not np.isfinite([analytic, low, high, hidden]).all():
            return np.inf
        miss = max(low - analytic, analytic - high, 0.0)
        return miss / max(abs(analytic), abs(low), abs(high), hidden / self.rtol) if miss else 0.0

    def blame(self, road: Road, rows: list[Row]) -> list[Row]:
        """Find the layer, or loss, that is wrong by itself, and name it in the rows below it.

        Gradients come from above: of several, the one nearest to the loss is named.
        """
        checker, inputs = replace(self, max_entries=SAMPLE), road.trace()
        alone: list[tuple[str, Road]] = [
            (layer.name, LayersRoad(Copy(layer, x), x.copy(), self.rng))
            for layer, x in zip(road.layers, inputs, strict=False)
        ]
        if road.loss is not None:
            alone.append((type(road.loss).__name__, LossRoad(road.loss, inputs[-1], road.y_true)))
        guilty: list[tuple[int, str, Mistake]] = []
        for position, (name, single) in enumerate(alone):
            wrong = [row.mistake for row in checker.check(single) if row.mistake]
            guilty += [(position, name, mistake) for mistake in wrong[:1]]
        positions = {layer.name: position for position, layer in enumerate(road.layers)}

        def blamed(row: Row) -> Row:
            position = positions.get(row.name.split(".")[0], 0)
            above = [(name, mistake) for k, name, mistake in guilty if k >= position]
            if not (row.mistake and row.checked and above):
                return row
            name, mistake = above[-1]
            return replace(row, mistake=Mistake(mistake.kind, f"{name} is wrong: {mistake.text}"))

        return [blamed(row) for row in rows]


@dataclass(frozen=True)
class Comparison:
    """One entry's derivative, and how the analytic one compares with it."""

    derivative: Derivative
    quick: float
    error: float
    unclear: bool


def entry_mover(road: Road, array: np.ndarray, index: Index) -> Callable[[float], np.ndarray]:
    """Return the outputs as a function of one entry."""

    def outputs(value: float) -> np.ndarray:
        array[index] = value
        return road.outputs()

    return outputs


def explained_by(row: Row, broken: list[Row]) -> Row:
    """Let a gradient that is wrong for no known reason be wrong for a broken rule."""
    if broken and row.mistake and row.mistake.kind in ("unknown", "nearly_right"):
        return replace(row, mistake=broken[0].mistake)
    return row


def move_aside(road: Road, distance: float, rng: np.random.Generator) -> None:
    """Move every entry of every array by about that far, relative to entries larger than 1."""
    for array in road.arrays.values():
        far = rng.choice([-1, 1], array.shape) * rng.uniform(0.5, 1.5, array.shape)
        array += distance * far * np.maximum(1, np.abs(array))


def jacobian(road: Road, array: np.ndarray) -> np.ndarray | None:
    """Return the derivative of every output by every entry, shape (*array.shape, *y.shape)."""
    here = road.outputs()
    if array.size * here.size > JACOBIAN_ENTRIES:
        return None
    found = np.empty(array.shape + here.shape)
    for index in np.ndindex(array.shape):
        outputs, at = entry_mover(road, array, index), float(array[index])
        step = STEP * max(1, abs(at))
        wide = (outputs(at + step) - outputs(at - step)) / (2 * step)
        half = (outputs(at + step / 2) - outputs(at - step / 2)) / step
        array[index] = at
        found[index] = (4 * half - wide) / 3
    return found


def one_hot(road: Road) -> np.ndarray | None:
    """Return the targets of a loss as one-hot rows, if that is what they are."""
    if not isinstance(road, LossRoad) or road.y_true is None:
        return None
    if road.y_true.shape == road.x.shape:
        return road.y_true.astype(np.float64)
    if road.y_true.dtype.kind in "iu" and road.y_true.size == len(road.x):
        rows: np.ndarray = np.eye(road.x.shape[-1])[road.y_true.ravel()]
        return rows
    return None
