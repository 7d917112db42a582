"""Derivatives from function values, each with an error estimate.

A difference quotient has two errors: with a long step, the curvature of the function matters, and
with a short step, the rounding of its values. Here a derivative is computed from several steps,
extrapolated to a step of zero, and the disagreement of the steps gives an error estimate. The
slopes to the left and to the right are computed as well. Where they differ, at a kink, there is no
derivative to compare with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)
STEP = EPSILON**0.2  # 7.4e-4: where the two errors of an extrapolated quotient are equal, see below
SHRINK = 4.0  # each step is this much shorter than the one before
WIDE = 16.0  # a ladder of steps starts that much above STEP
LEVELS = 10  # steps tried: the last is 4.5e-8 of the argument's scale
ROUNDING = 8.0  # in units of EPSILON, the error that is always granted to a function's values
KINK = 1e-6  # slopes that differ by less than this share are not called a kink
HOPELESS = 0.1  # a derivative whose error is a larger share of it can't be compared with
FAINT = 0.1  # a slope is compared with at least this share of the slopes around it
AGREED = 1e-3  # steps shorter than the ladders count if they disagree by less than this share
SHORT = 3  # which of them shows whether there is a kink
STEADY = 0.1  # a kink's jump changes by less than this share while the step shrinks twice
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
    """Difference quotients of a sum of outputs, for one step.

    `low` and `high` are the bounds if each output may have a slope of its own choice from its left
    to its right one: two units of a layer may be at a kink at once. `rounding` is the error that
    the rounding of the outputs may cause.
    """

    both: float
    left: float
    right: float
    low: float
    high: float
    rounding: float


class Probe:
    """Difference quotients of ``sum(weights * outputs(v))`` around one point, for any step.

    The outputs are subtracted before they are summed, so that those which don't move cancel exactly
    rather than almost. The step that counts is the one between the arguments as they are stored.

    `here` is ``outputs(at)``, and `size` that of the numbers whose rounding is seen in the sum. At
    the ends of a step they are larger by what it changes: x² is 1e-60 at 1e-30, and 1e-6 nearby.
    """

    def __init__(
        self, outputs: Outputs, weights: np.ndarray, at: float, here: np.ndarray, size: float
    ) -> None:
        self.outputs, self.weights, self.at, self.here = outputs, weights, at, here
        self.size = size

    def quotients(self, step: float) -> Quotients:
        """Return the difference quotients for a step, NaN where they don't exist."""
        above, below = self.at + step, self.at - step
        if not below < self.at < above:
            return Quotients(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)
        over, under = self.outputs(above), self.outputs(below)
        both = self.weights * (over - under) / (above - below)
        left = self.weights * (self.here - under) / (self.at - below)
        right = self.weights * (over - self.here) / (above - self.at)
        bounds = np.minimum(left, right), np.maximum(left, right)
        changes = [self.weights * (end - self.here) for end in (over, under)]
        size = self.size + max(float(np.hypot.reduce(change.ravel())) for change in changes)
        sums = [float(q.sum()) for q in (both, left, right, *bounds)]
        return Quotients._make([*sums, ROUNDING * EPSILON * size / step])


def quick_derivative(probe: Probe, step: float) -> Derivative:
    """Differentiate with two steps, h and h/2.

    A two-sided quotient is D(h) = f' + c h² + O(h⁴), so that ``(4 D(h/2) - D(h)) / 3`` is off by
    O(h⁴) f⁽⁵⁾ only (Richardson), while rounding puts it off by about EPSILON f / h. The sum of the
    two is smallest near h = EPSILON^(1/5), and there about EPSILON^(4/5) = 3e-13.

    `kink` is a suspicion here: right minus left shrinks with h where f is smooth, and doesn't at a
    kink.
    """
    wide, half = probe.quotients(step), probe.quotients(step / 2)
    value = (4 * half.both - wide.both) / 3
    jump, half_jump = abs(wide.right - wide.left), abs(half.right - half.left)
    kink = half_jump > 0.75 * jump and half_jump > KINK * abs(value) + 4 * half.rounding
    error = abs(value - half.both) + half.rounding
    return Derivative(value, error, half.rounding, value, value, kink)


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
    steady: Quotients | None = None
    endless = alone = rough = False
    around = 0.0
    for start in sorted(starts, reverse=True):
        steps = [WIDE * start / SHRINK**k for k in range(LEVELS)]
        found = [probe.quotients(h) for h in steps]
        noise = [q.rounding for q in found]
        beside = min(abs(found[0].left), abs(found[0].right))
        around = around or (beside if np.isfinite(beside) else 0.0)
        both = min(both, extrapolate([q.both for q in found], noise, 2), key=attrgetter("error"))
        left = min(left, extrapolate([q.left for q in found], noise, 1), key=attrgetter("error"))
        right = min(right, extrapolate([q.right for q in found], noise, 1), key=attrgetter("error"))
        steady = steady or steady_jump(found, noise)
        rough |= reaches_over_kinks(found, noise)
        away = [runs_away(q, noise) for q in zip(*[(q.left, q.right) for q in found], strict=True)]
        endless |= any(away)
        alone |= all(away)  # the value at the point itself is unlike those around it
    if not both.error <= HOPELESS * abs(both.value):
        found = [probe.quotients(WIDE * step / SHRINK**k) for k in range(LEVELS, 2 * LEVELS)]
        noise = [q.rounding for q in found]
        value, error, rounding = extrapolate([q.both for q in found], noise, 2)
        jump = abs(found[SHORT].right - found[SHORT].left)
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
        low=min(left.value, right.value, steady.low),
        high=max(left.value, right.value, steady.high),
        kink=True,
        rough=rough,
    )


class Estimate(NamedTuple):
    """An extrapolated slope, its error, and the part of the error that rounding explains."""

    value: float
    error: float
    rounding: float


def steady_jump(found: Sequence[Quotients], noise: Sequence[float]) -> Quotients | None:
    """Return the quotients at the shortest steps of which three show the same jump in slope.

    At a kink, right minus left stays the same as the step shrinks. Where the function is smooth it
    shrinks, too; where its values are rough, as when it computes in float32, it leaps about.
    """
    jumps = [q.right - q.left for q in found]
    for k in reversed(range(len(jumps) - 2)):
        change = max(abs(jumps[k + 1] - jumps[k]), abs(jumps[k + 2] - jumps[k]))
        if change < STEADY * abs(jumps[k]) and abs(jumps[k + 2]) > 4 * noise[k + 2]:
            return found[k + 2]
    return None


def reaches_over_kinks(found: Sequence[Quotients], noise: Sequence[float]) -> bool:
    """Whether right minus left doesn't shrink with the step, unlike for smooth functions."""
    jumps = np.nan_to_num(np.abs([q.right - q.left for q in found]))
    jumps[jumps <= 10 * np.asarray(noise)] = 0
    if not (jumps[1:] > 2 / SHRINK * jumps[:-1]).any():
        return False
    return bool(jumps[-3:].max() < 0.5 * jumps[:-3].max())  # where outputs are rough they grow


def runs_away(quotients: Sequence[float], noise: Sequence[float]) -> bool:
    """Whether quotients keep growing as the step shrinks, as for a square root at 0 or a jump."""
    last = np.abs(quotients[-4:])
    return bool((last[1:] > 1.5 * last[:-1]).all() and last[-1] > 100 * noise[-1])


def extrapolate(quotients: Sequence[float], noise: Sequence[float], power: int) -> Estimate:
    """Extrapolate quotients at steps that shrink by SHRINK to a step of zero.

    `noise` is the rounding error of each. The error of a quotient is a series in ``h**power``: 2 if
    it is two-sided, 1 if one-sided. The result is the entry of the tableau that agrees best with
    its neighbours.
    """
    best = Estimate(np.nan, np.inf, np.inf)
    before: list[float] = []
    for quotient, rounding in zip(quotients, noise, strict=True):
        row = [quotient]
        for column, coarser in enumerate(before, start=1):
            factor = SHRINK ** (power * column)
            row.append((factor * row[-1] - coarser) / (factor - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser)) + rounding
            if error < best.error:  # never true for NaN
                best = Estimate(row[-1], error, rounding)
        before = row
    return best
