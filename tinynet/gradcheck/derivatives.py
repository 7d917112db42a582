"""Derivatives from function values, each with an error estimate.

A difference quotient has two errors: with a long step, the curvature of the function matters, and
with a short step, the rounding of its values. Here a derivative is computed from several steps,
extrapolated to a step of zero, and the disagreement of the steps gives an error estimate. The
slopes to the left and to the right are computed as well. Where they differ, at a kink, there is no
derivative to compare with.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from tinynet.gradcheck.crashes import CrashError

EPSILON = float(np.finfo(np.float64).eps)
STEP = EPSILON**0.2  # 7.4e-4: where the two errors of an extrapolated quotient are equal, see below
SHRINK = 4.0  # each step is this much shorter than the one before
WIDE = 16.0  # a ladder of steps starts that much above STEP
LEVELS = 10  # steps tried: the last is 4.5e-8 of the argument's scale
ROUNDING = 8.0  # in units of EPSILON, the error that is always granted to a function's values
KINK = 1e-6  # slopes that differ by less than this share are not called a kink
HOPELESS = 0.1  # a derivative whose error is a larger share of it can't be compared with
FAINT = 0.1  # a slope is compared with at least this share of the slopes around it
CLEAR = 1e-3  # a value that differs from the slope by less than this share isn't plainly wrong,
BEYOND_DOUBT = 1e-6  # nor is one if the slope's error is a larger share of the difference
THIRD = 0.5 * (5**0.5 - 1)  # length of a third step that must confirm it, relative to the first
AGREED = 1e-3  # steps shorter than the ladders count if they disagree by less than this share
SHORT = 3  # which of them shows whether there is a kink
STEADY = 0.1  # a kink's jump changes by less than this share while the step shrinks twice
AT_ONCE = 100_000  # output values held in memory at a time
Outputs = Callable[[float], np.ndarray]


@dataclass(frozen=True)
class Derivative:
    """The derivative of a function at one point."""

    value: float  # two-sided; at a kink, the mean of left and right; NaN where it has no bound
    error: float  # how far it may be off, by how much the steps disagree, and by rounding
    rounding: float  # the part of the error that the rounding of the function's values explains
    low: float  # at a kink, the bounds of what a subgradient may be; elsewhere the value
    high: float
    kink: bool = False  # whether left and right differ by more than their errors explain
    rough: bool = False  # whether some of the steps reach over a kink nearby
    around: float = 0.0  # the smaller slope, left or right, over the longest step, if it was tried

    def tells_nothing_of(self, expected: float) -> bool:
        """Whether the error is too large to compare with an expected value."""
        size = max(abs(self.value), abs(expected), FAINT * self.around)
        return not self.error <= HOPELESS * size


class Quotients(NamedTuple):
    """Difference quotients of a sum of outputs, for several steps: arrays of shape (steps,).

    `low` and `high` are the bounds if each output may have a slope of its own choice from its left
    to its right one: two units of a layer may be at a kink at once. `rounding` is the error that
    the rounding of the outputs may cause.
    """

    both: np.ndarray
    left: np.ndarray
    right: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rounding: np.ndarray

    def flatter(self, k: int) -> float:
        """Return the smaller size of the two one-sided slopes for one of the steps."""
        return min(abs(float(self.left[k])), abs(float(self.right[k])))


class Probe:
    """Difference quotients of ``sum(weights * outputs(v))`` around one point, for any steps.

    The outputs are subtracted before they are summed, so that those which don't move cancel exactly
    rather than almost. The step that counts is the one between the arguments as they are stored.

    `here` is ``outputs(at)``, and `size` that of the numbers whose rounding is seen in the sum. At
    the ends of a step they are larger by what it changes: x² is 1e-60 at 1e-30, and 1e-6 nearby.
    """

    def __init__(
        self, outputs: Outputs, weights: np.ndarray, at: float, here: np.ndarray, size: float
    ) -> None:
        self.outputs, self.at, self.size = outputs, at, size
        self.weights, self.here, self.shape = weights.ravel(), here.ravel(), here.shape

    def quotients(self, steps: Sequence[float]) -> Quotients:
        """Return the difference quotients for each step, NaN where they don't exist."""
        few = max(1, AT_ONCE // max(1, self.here.size))  # if outputs are large
        if len(steps) <= few:
            return self.quotients_of(steps)
        pieces = [self.quotients_of(steps[k : k + few]) for k in range(0, len(steps), few)]
        return Quotients._make(map(np.concatenate, zip(*pieces, strict=True)))

    def quotients_of(self, steps: Sequence[float]) -> Quotients:
        """Return the quotients for a few steps, whose outputs are all held at once."""
        at, here, weights = self.at, self.here, self.weights
        ends = [(at + step, at - step) for step in steps]
        found: list[np.ndarray] = []
        for above, below in ends:
            if below < at < above:
                found += [self.outputs_at(above), self.outputs_at(below)]
            else:  # the step is lost in rounding
                found += [np.full(here.shape, np.nan)] * 2
        over, under = np.array(found[::2]), np.array(found[1::2])
        above, below = np.array(ends).T[..., np.newaxis]
        slopes = np.empty((5, *over.shape))
        both, left, right, low, high = slopes
        np.divide(weights * (over - under), above - below, out=both)
        np.divide(weights * (here - under), at - below, out=left)
        np.divide(weights * (over - here), above - at, out=right)
        np.minimum(left, right, out=low)
        np.maximum(left, right, out=high)
        changes = [np.hypot.reduce(weights * (end - here), axis=1) for end in (over, under)]
        rounding = ROUNDING * EPSILON * (self.size + np.fmax(*changes)) / np.asarray(steps)
        return Quotients._make([*slopes.sum(axis=2), rounding])

    def outputs_at(self, argument: float) -> np.ndarray:
        """Return the outputs as a vector; raise `CrashError` if their shape has changed."""
        outputs = self.outputs(argument)
        if outputs.shape != self.shape:
            text = f"forward returns shape {self.shape}, and {outputs.shape} for an input close by"
            raise CrashError("forward", "wrong_shape", text)
        return outputs.ravel()


def quick_derivative(probe: Probe, step: float) -> Derivative:
    """Differentiate with two steps, h and h/2.

    A two-sided quotient is D(h) = f' + c h² + O(h⁴), so that ``(4 D(h/2) - D(h)) / 3`` is off by
    O(h⁴) f⁽⁵⁾ only (Richardson), while rounding puts it off by about EPSILON f / h. The sum of the
    two is smallest near h = EPSILON^(1/5), and there about EPSILON^(4/5) = 3e-13.

    `kink` is a suspicion here: right minus left shrinks with h where f is smooth, and doesn't at a
    kink.
    """
    found = probe.quotients((step, step / 2))
    wide, half = found.both.tolist()
    jump, half_jump = np.abs(found.right - found.left).tolist()
    rounding = float(found.rounding[1])
    value = (4 * half - wide) / 3
    kink = half_jump > 0.75 * jump and half_jump > KINK * abs(value) + 4 * rounding
    error = abs(value - half) + rounding
    return Derivative(value, error, rounding, value, value, kink)


def clearly_differs(probe: Probe, step: float, quick: Derivative, expected: float) -> bool:
    """Whether a quick derivative shows beyond doubt that an expected value is wrong.

    A third step has to give the same slope. If outputs are rounded, to float16 for instance, two
    steps may agree by chance, but a third won't if its ratio to them is far from any simple
    fraction. Near a minimum, where slopes close by are larger, the difference is compared to them.
    """
    miss = abs(expected - quick.value)
    if not (miss > CLEAR * abs(quick.value) > 0 and quick.error < BEYOND_DOUBT * miss):
        return False
    found = probe.quotients((THIRD * step, WIDE * step))
    agrees = abs(float(found.both[0]) - quick.value) <= 4 * quick.error  # of order step**2
    return agrees and not miss <= CLEAR * FAINT * found.flatter(1)  # which may be NaN


def careful_derivative(probe: Probe, step: float) -> Derivative:
    """Differentiate with ladders of steps; return the result with the smallest error.

    One ladder starts above `step`, which is chosen for an argument of the point's size. The
    function may still change on the scale of 1 where that is larger (a sigmoid at 1e6), or on the
    argument's own near 0 (a logarithm at 1e-9): a second ladder starts there. If the domain ends
    closer than the shortest step, as that of log(1 - p) does at 1, none of these steps tells the
    slope, and much shorter ones are tried.

    Source of the method: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)",
    Advances in Engineering Software 4 (1982), as a tableau of extrapolations by Neville's scheme.
    """
    size = abs(probe.at)
    starts = {step, STEP if size > 1 else step * size} - {0.0}
    both = left = right = Estimate(np.nan, np.inf, np.inf)
    steady: tuple[float, float] | None = None
    endless = alone = rough = False
    around = 0.0
    for start in sorted(starts, reverse=True):
        found = probe.quotients([WIDE * start / SHRINK**k for k in range(LEVELS)])
        beside = found.flatter(0)
        around = around or (beside if np.isfinite(beside) else 0.0)
        slopes = np.array([found.both, found.left, found.right])
        estimates = extrapolate(slopes, found.rounding, (2, 1, 1))
        both, left, right = (
            min(pair, key=attrgetter("error"))
            for pair in zip((both, left, right), estimates, strict=True)
        )
        steady = steady or steady_jump(found)
        rough |= reaches_over_kinks(found)
        away = [runs_away(side, found.rounding) for side in (found.left, found.right)]
        endless |= any(away)
        alone |= all(away)  # the value at the point itself is unlike those around it
    if not both.error <= HOPELESS * abs(both.value):
        found = probe.quotients([WIDE * step / SHRINK**k for k in range(LEVELS, 2 * LEVELS)])
        ((value, error, rounding),) = extrapolate(found.both[np.newaxis], found.rounding, (2,))
        jump = abs(float(found.right[SHORT] - found.left[SHORT]))
        if error < AGREED * abs(value) and jump < HOPELESS * abs(value):
            return Derivative(value, error, rounding, value, value, around=around)
    value, error, rounding = both
    if alone or (endless and not error <= HOPELESS * abs(value)):
        return Derivative(np.nan, np.inf, rounding, np.nan, np.nan, rough=rough)
    gap = abs(value - (left.value + right.value) / 2)
    jump = abs(right.value - left.value)
    doubt = 3 * (left.error + right.error) + KINK * max(abs(left.value), abs(right.value))
    if steady is None or jump <= doubt:
        # A kink so near that only long steps, which reach over it, rise above rounding: not known.
        if gap > error + left.error + right.error or jump > doubt:
            error = max(error, gap, jump / 2)
        return Derivative(value, error, rounding, value, value, rough=rough, around=around)
    return Derivative(
        value=(left.value + right.value) / 2,
        error=(left.error + right.error) / 2,
        rounding=rounding,
        low=min(left.value, right.value, steady[0]),
        high=max(left.value, right.value, steady[1]),
        kink=True,
        rough=rough,
    )


class Estimate(NamedTuple):
    """An extrapolated slope, its error, and the part of the error that rounding explains."""

    value: float
    error: float
    rounding: float


def steady_jump(found: Quotients) -> tuple[float, float] | None:
    """Return `low` and `high` at the shortest steps of which three show the same jump in slope.

    At a kink, right minus left stays the same as the step shrinks. Where the function is smooth it
    shrinks, too; where its values are rough, as when it computes in float32, it leaps about.
    """
    jumps, noise = (found.right - found.left).tolist(), found.rounding.tolist()
    for k in reversed(range(len(jumps) - 2)):
        change = max(abs(jumps[k + 1] - jumps[k]), abs(jumps[k + 2] - jumps[k]))
        if change < STEADY * abs(jumps[k]) and abs(jumps[k + 2]) > 4 * noise[k + 2]:
            return float(found.low[k + 2]), float(found.high[k + 2])
    return None


def reaches_over_kinks(found: Quotients) -> bool:
    """Whether right minus left doesn't shrink with the step, unlike for smooth functions."""
    jumps = np.nan_to_num(np.abs(found.right - found.left))
    jumps[jumps <= 10 * found.rounding] = 0
    if not (jumps[1:] > 2 / SHRINK * jumps[:-1]).any():
        return False
    return bool(jumps[-3:].max() < 0.5 * jumps[:-3].max())  # where outputs are rough they grow


def runs_away(quotients: np.ndarray, noise: np.ndarray) -> bool:
    """Whether quotients keep growing as the step shrinks, as for a square root at 0 or a jump."""
    last = np.abs(quotients[-4:])
    return bool((last[1:] > 1.5 * last[:-1]).all() and last[-1] > 100 * noise[-1])


def extrapolate(
    quotients: np.ndarray, noise: np.ndarray, powers: Sequence[int]
) -> Iterator[Estimate]:
    """Extrapolate rows of quotients, at steps that shrink by SHRINK, to a step of zero.

    `noise` is the rounding error of each. The error of a quotient is a series in ``h**power``: 2 if
    it is two-sided, 1 if one-sided. The result is the entry of the row's tableau that agrees best
    with its neighbours.
    """
    levels = len(noise)
    tableau = np.full((len(powers), levels, levels), np.nan)  # [row, last step, steps before it]
    errors = np.full(tableau.shape, np.inf)
    tableau[:, :, 0] = column = quotients
    for order in range(1, levels):
        factor = np.array([[SHRINK ** (power * order)] for power in powers])
        finer, coarser = column[:, 1:], column[:, :-1]
        column = (factor * finer - coarser) / (factor - 1)
        disagreement = np.maximum(np.abs(column - finer), np.abs(column - coarser))
        tableau[:, order:, order], errors[:, order:, order] = column, disagreement + noise[order:]
    for values, their_errors in zip(tableau, errors, strict=True):
        best = np.unravel_index(np.nanargmin(their_errors), values.shape)
        error = float(their_errors[best])
        if error < np.inf:
            yield Estimate(float(values[best]), error, float(noise[best[0]]))
        else:
            yield Estimate(np.nan, np.inf, np.inf)
