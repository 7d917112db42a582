"""The gradient checker: test whether backward returns the derivative of what forward computes.

Call it in a notebook or in a test::

    from tinynet.gradcheck import check_gradients

    report = check_gradients(MyLayer(), x)
    print(report)
    report.assert_ok()  # in a test

Each entry of each parameter and of the input is moved a little, and the change of the outputs is
compared with the change that ``backward`` predicts. Where the two differ, the report names the
mistake that produces such numbers, if `tinynet.gradcheck.mistakes` knows it. Read `check_gradients`
first, then `Checker.check_array` and `Checker.compare`. What may be checked is recognised in
`tinynet.gradcheck.targets`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.seeds import new_generator
from tinynet.gradcheck.crashes import CrashError
from tinynet.gradcheck.derivatives import (
    FAINT,
    STEP,
    Derivative,
    Probe,
    careful_derivative,
    clearly_differs,
    quick_derivative,
)
from tinynet.gradcheck.evidence import NOT_CHECKED, Mistake
from tinynet.gradcheck.gathering import Comparison, Point, gather, index_of
from tinynet.gradcheck.held import GlobalState
from tinynet.gradcheck.mistakes import DELIBERATE, name_mistake, not_finite_text, wrong_shape
from tinynet.gradcheck.numerical import check_step
from tinynet.gradcheck.paths import LongPath, Path, TrainingPath, ValuePath, kept
from tinynet.gradcheck.probes import look_elsewhere
from tinynet.gradcheck.report import GradientReport, Index, Row
from tinynet.gradcheck.rules import broken_rules, carried_over
from tinynet.gradcheck.subjects import LayerSubject, is_own
from tinynet.gradcheck.targets import as_input, as_whole, find_paths, title_of
from tinynet.losses.base import Loss

SHARP = 0.01  # two steps are enough for an entry that is off by less than this share of rtol
TIED = 1e-6  # entries whose errors differ by less than this share are all the worst one
ASIDE = 4 * STEP  # distance from a kink at which the gradient is checked again
SAMPLE = 50  # entries of each array that are checked to find the faulty layer


@known_keywords
def check_gradients(
    target: Any,
    x: Any,
    y: Any = None,
    *,
    loss: str | Loss | None = None,
    parameters: Any = None,
    eps: float | None = None,
    rtol: float = 1e-6,
    seed: int = 0,
    max_entries: int | None = None,
) -> GradientReport:
    """Compare the gradients that code computes with finite differences of its outputs.

    For each entry v of each parameter and of the input, the derivative is estimated from function
    values at v + h and v - h. The check works in float64, on a copy: the weights, caches, random
    state and dtype of the target are left unchanged. Code that crashes gives a failing report.

    Parameters
    ----------
    target : Layer, Loss, Sequential, object, pair of functions, or function
        One of four kinds. The report prints what was recognised.

        1. A tinynet layer, loss or model, built or not, compiled or not.
        2. Any object with ``forward(x)`` (or ``__call__``) and ``backward(dy)``, or
           ``backward(x, dy)``. The gradient with respect to the input is what ``backward``
           returns, or the first item of it, or else the first of the attributes ``dinputs``,
           ``dx``, ``dX`` and ``grad_input``. Parameters are the arrays with a gradient: for
           ``W`` an attribute such as ``dW``, ``d_W``, ``gW``, ``grad_W``, ``W_grad``,
           ``W_gradient`` or ``deltaW``, an entry of a dict such as ``grads["W"]``, of a list
           ``grads`` in the order of the arrays, or of the items returned after dx; and the pairs
           in ``params`` and ``grads``, or ``parameters`` and ``gradients``. An array without a
           gradient that moves the output makes the report false: it isn't checked. Declare it by
           `parameters`. A forward that returns nothing may leave ``output``, if backward leaves
           ``dinputs``. With a `loss`, dx may be missing.
        3. A pair ``(forward, backward)``: ``forward(x, *parameters)`` returns y or ``(y, cache)``,
           ``backward(dy)`` or ``backward(dy, cache)`` returns dx, ``(dx, *dparameters)`` or a dict.
        4. A function of x, or of x and y, that returns ``(value, gradient)``.
    x : array_like
        The input; for a layer or model a batch, of shape (N, ...). For a loss, the predictions.
    y : array_like, optional
        The targets, for a loss, a function of two arguments, and any target with a `loss`.
    loss : str or Loss, optional
        A loss to apply to the outputs of a layer, model, object or pair. Defaults to the loss of a
        compiled model.
    parameters : dict or list, optional
        For an object, the names of all learned arrays and of their gradients,
        ``{"weights": "dweights"}``, where they can't be recognised or other arrays are fixed;
        ``{}`` if nothing is learned. For a pair of functions, the arrays, as a list or a dict.
    eps : float, optional
        The first step, for all entries. Defaults to 7.4e-4 times the larger of 1 and abs(v); see
        Notes.
    rtol : float
        The relative error up to which a gradient counts as correct.
    seed : int
        Seeds the upstream gradient and the choice of entries.
    max_entries : int, optional
        How many entries of each array to check, chosen at random. Defaults to all of them. Each
        takes at least four forward passes.

    Returns
    -------
    GradientReport
        Prints as a table. It is false if anything is wrong. Use ``report.assert_ok()`` in tests.

    Raises
    ------
    ValueError, TypeError
        If an argument is invalid. Faults of the code under test are reported, not raised.

    Notes
    -----
    **Function.** Without a loss, the sum of dy * y is differentiated, with dy drawn from a normal
    distribution. A dy of ones is not enough: the rows of a softmax always sum to 1, so a softmax
    whose backward returns zeros would pass. For a compiled model with targets, the loss is
    differentiated along two paths: that of the training step, and the long one, layer by layer.
    Layers run in training mode. Random layers draw the same random numbers in every pass.

    **Points.** The check is done entry by entry at the given point. In addition, slopes along
    random directions are checked with moved parameters and moved inputs (which reveals factors that
    are hidden because a number is 1 or 0), with other batch sizes, and with inputs that are 4, 16
    and 64 times as large and 64 times as small. The report states the range, and counts the entries
    of parameters whose gradient was 0 at every point: no mistake in them could be seen.

    **Rules.** A call must not depend on earlier calls, must not change what it is given or has
    returned, and must be repeatable. Parameters must be registered, dropout must be active in
    training only, and large inputs must not overflow. See `tinynet.gradcheck.rules`.

    **Step size.** Two steps, h and h/2, give a result with an error of O(h⁴). If it agrees with the
    analytic gradient, the entry is correct. If it differs by more than 0.1 % and by more than a
    million times its own error, and a third step confirms it, the entry is wrong. Otherwise,
    ladders of ten steps each, from 0.012 down to 4.5e-8, are extrapolated to zero, and the result
    with the smallest error estimate is used, whether or not it agrees. See
    `tinynet.gradcheck.derivatives`.

    **Relative error.** It is abs(analytic - numeric) divided by the larger of the two. The divisor
    is at least the possible rounding error divided by `rtol`: with outputs of size 1, a gradient
    of 1e-15 can't be distinguished from 0. The rounding error allowed is 8 units in the last place
    of the outputs (with a loss, of loss and predictions) divided by the step. Code that computes
    in float32 is off by 5e8 units. Where ladders are needed, the divisor is also at least a tenth
    of the mean slope over the first step, 0.012, to the left or right, whichever is smaller: beside
    such slopes, 1e-13 can't be distinguished from 0.

    Where a model works from logits, its long path is compared with the same loss, computed from
    the logits. If the last activation is so saturated that the loss computed from probabilities
    differs, the long path isn't checked, and the report says so.

    **Kinks.** Where the slopes to the left and to the right differ, as at ReLU's 0, any value
    between them is a subgradient and passes, and the entry is counted. In a network, kinks of
    several units may meet, and the result of backward may lie outside the two slopes (S. Kakade
    and J. Lee, "Provably correct automatic subdifferentiation for qualified programs", NeurIPS
    2018); there any number passes. Backward is then run again a few steps to either side, where it
    must be correct. Entries that can't be judged because the function is too rough are counted as
    unclear. An array without any entry that could be judged is wrong.

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

    A pair of functions, and a function with its gradient:

    >>> def forward(x, w):
    ...     return x @ w, (x, w)
    >>> def backward(dy, cache):
    ...     x, w = cache
    ...     return dy @ w.T, x.T @ dy
    >>> bool(check_gradients((forward, backward), x, parameters=[np.eye(3)[:, :2]]))
    True
    >>> bool(check_gradients(lambda p, t: (((p - t) ** 2).sum(), 2 * (p - t)), x, x - 1))
    True
    """
    check_settings(eps, rtol, max_entries)
    target = as_whole(target, parameters)
    array = as_input(target, x)
    # Spawned, since an x that is drawn with the same seed must not be dy as well.
    (rng,) = new_generator(checks.check_seed(seed)).spawn(1)
    checker = Checker(eps, rtol, max_entries, rng)
    rows: list[Row] = []
    recognised = tried = ""
    with np.errstate(all="ignore"), np.printoptions(), GlobalState():
        try:
            paths = find_paths(target, array, y, loss, parameters, rng)
            for path in paths:
                recognised = recognised or path.recognised
                rows += checker.check(path)
            tried = ranges(paths)
        except CrashError as crash:
            rows.append(Row(crash.where, "", (), mistake=crash.mistake))
    return GradientReport(title_of(target), rows, rtol, recognised, tried)


def check_settings(eps: float | None, rtol: float, max_entries: int | None) -> None:
    """Refuse invalid settings."""
    if checks.check_number(rtol, "rtol", below=1) <= 0:
        raise ValueError(f"rtol must be positive, received {rtol!r}.")
    check_step(eps)
    if max_entries is not None:
        checks.check_count(max_entries, "max_entries")


def ranges(paths: list[Path]) -> str:
    """Return the range of the inputs at which gradients were checked, as text."""
    reached = [path.reached for path in paths if path.reached]
    return f"inputs up to {max(reached):.3g} in size" if reached else ""


@dataclass(frozen=True)
class Checker:
    """The settings of a check and its methods."""

    eps: float | None
    rtol: float
    max_entries: int | None
    rng: np.random.Generator

    def check(self, path: Path) -> list[Row]:
        """Check all arrays of a path, and the rules."""
        try:
            return self.check_all(path)
        except CrashError:
            if isinstance(path, LongPath) and (broken := broken_rules(path)):
                return broken  # these say more than the crash
            raise

    def check_all(self, path: Path) -> list[Row]:
        """Check all arrays of a path, and then the rules."""
        before = self.check_repeats(path)
        if before:
            return before
        if path.is_saturated():
            return [Row("x", path.name, path.x.shape, note="not checked: saturated")]
        rows = self.check_arrays(path, list(path.arrays))
        if not path.moves_input and not isinstance(path, TrainingPath):
            rows.append(Row("x", path.name, path.x.shape, note=f"not checked: {path.fixed}"))
        for direction in (-1, 1):
            rows = self.look_aside(path, rows, direction)
        rows = look_elsewhere(self.check_loosely, path, rows)
        if not any(row.mistake for row in rows):
            rows += self.check_layers_elsewhere(path)
        broken = broken_rules(path)
        rows = [explained_by(row, broken) for row in rows]
        rows += [rule for rule in broken if not is_said(rule, rows)]
        if path.uses_global:
            text = (
                "forward is random from call to call: it draws from the global random state; give "
                "the object a generator of its own, rng = np.random.default_rng(seed)"
            )
            rows.insert(0, Row("y", path.name, (), mistake=Mistake("random", text)))
        if not isinstance(path, ValuePath):
            rows += [
                Row(name, path.name, shape, note="not checked", mistake=Mistake(NOT_CHECKED, text))
                for name, shape, text in path.subject.unchecked
            ]
            rows += [
                Row(name, path.name, shape, note="not checked: left out of parameters")
                for name, shape in path.subject.left_out
            ]
        if isinstance(path, LongPath) and len(path.layers) > 1 and any(r.mistake for r in rows):
            rows = self.blame(path, rows)
        return rows

    def check_layers_elsewhere(self, path: Path) -> list[Row]:
        """Check a model's own layers one by one, at other points."""
        found: list[Row] = []
        if not isinstance(path, LongPath) or isinstance(path, TrainingPath):
            return found
        for layer, x in path.alone():
            if is_own(layer):
                continue
            single = Path(LayerSubject(layer, x), x.copy(), self.rng)
            rows = [Row(name, path.name, a.shape, checked=1) for name, a in single.arrays.items()]
            for row in look_elsewhere(self.check_loosely, single, rows):
                if row.mistake:
                    found.append(replace(row, name=f"{layer.name}.{row.name}", path=path.name))
        return found

    def check_repeats(self, path: Path) -> list[Row]:
        """Check that outputs are finite and repeatable."""
        here, again = path.outputs(), path.outputs()
        if here.shape != again.shape or not np.array_equal(here, again, equal_nan=True):
            text = (
                "forward gives different results when it is repeated with the same input: random "
                "numbers must come from a generator that belongs to the object, such as a layer's "
                "rng, which the check rewinds; and no call may affect the next"
            )
            has_subject = not isinstance(path, ValuePath | LongPath)
            if has_subject and (names := carried_over(path.subject, path.x)):
                text = (
                    f"forward gives different results when it is repeated with the same input: "
                    f"each call changes {', '.join(names)}, which the next one uses; no call "
                    f"may affect the next"
                )
            return [Row("y", path.name, here.shape, mistake=Mistake("random", text))]
        if not np.isfinite(here).all():
            text = f"forward returns NaN or infinity: {not_finite_text(here)}"
            return [Row("y", path.name, here.shape, mistake=Mistake("not_finite", text))]
        return []

    def check_loosely(
        self, path: Path, entries: Mapping[str, np.ndarray], rtol: float
    ) -> list[Row]:
        """Check entries of some arrays with a tolerance above rounding errors."""
        careful = replace(self, max_entries=None, rtol=max(self.rtol, rtol))
        return careful.check_arrays(path, list(entries), entries)

    def look_aside(self, path: Path, rows: list[Row], direction: int) -> list[Row]:
        """Check the arrays with kinks again at points nearby, and return the corrected rows.

        All entries are moved by a few steps. A gradient that passed at a kink must be correct on
        both of its sides.
        """
        names = [row.name for row in rows if row.kinks and not row.mistake]
        if not names:
            return rows
        with kept(path.arrays):
            move_aside(path, direction * (4 * self.eps if self.eps else ASIDE), new_generator(0))
            aside = {row.name: row for row in self.check_arrays(path, names)}
        wrong = {
            name: row
            for name, row in aside.items()
            if row.mistake and row.mistake.kind != "unclear"  # then the place says nothing
        }
        text = "kinks are so close together that no derivative can be computed"
        unjudged = {row.name for row in rows if row.name in names and row.where is None}
        wrong |= {
            name: replace(aside[name], mistake=Mistake("unclear", text))
            for name in unjudged
            if aside[name].where is None and direction > 0
        }
        return [
            replace(wrong[row.name], kinks=row.kinks) if row.name in wrong else row for row in rows
        ]

    def check_arrays(
        self, path: Path, names: list[str], entries: Mapping[str, np.ndarray] | None = None
    ) -> list[Row]:
        """Check some arrays of a path, or `entries` of them, given by their flat indices."""
        # An earlier call with other numbers, as in training. It must not affect the result.
        other_x = reversed_everywhere(path.x)
        earlier = path.gradients(other_x, self.rng.standard_normal(path.weights.shape))
        if path.is_scalar and np.array_equal(other_x, path.x):  # it was the same call
            earlier = {name: np.zeros_like(gradient) for name, gradient in earlier.items()}
        analytic = path.gradients(path.x, path.weights)
        point = Point(path.outputs(), path.size(), analytic, earlier)
        chosen = entries or {name: self.choose(path.arrays[name]) for name in names}
        return [self.check_array(path, name, point, chosen[name]) for name in names]

    def check_array(self, path: Path, name: str, point: Point, entries: np.ndarray) -> Row:
        """Check one array, entry by entry."""
        array, gradient = path.arrays[name], point.analytic[name]
        row = Row(name, path.name, array.shape)
        unpaired = () if isinstance(path, ValuePath) else path.subject.unchecked
        others = path.arrays | {other: np.empty(shape) for other, shape, _ in unpaired}
        wrong = wrong_shape(gradient, array, len(path.x) if path.x.ndim else 1, others)
        if wrong:
            return replace(row, mistake=wrong)
        places = [index_of(entry, array.shape) for entry in entries]
        found = {index: self.compare(path, name, index, point) for index in places}
        judged = {index: result for index, result in found.items() if not result.unclear}
        if isinstance(path, ValuePath) and path.own:  # bounds keep log p finite
            rows = {index[0] for index in found if index not in judged}
            judged = {index: result for index, result in judged.items() if index[0] not in rows}
        row = replace(row, checked=len(found), unclear=len(found) - len(judged))
        if not judged:
            text = "the outputs are too rough, or change too fast, to compute any derivative"
            return replace(row, mistake=Mistake("unclear", text))
        # Where only nearby kinks contradict the gradient, `look_aside` decides.
        near = {i for i, r in judged.items() if r.error > self.rtol and r.is_near_a_kink}
        kinks = sum(r.derivative.kink for r in judged.values())
        if near and not any(r.error > self.rtol for i, r in judged.items() if i not in near):
            judged = {i: r for i, r in judged.items() if i not in near}
            kinks += len(near)
            if not judged:
                return replace(row, kinks=kinks)
        largest = max(result.error for result in judged.values())
        worst = next(i for i, r in judged.items() if r.error >= (1 - TIED) * largest)
        row = replace(
            row,
            error=judged[worst].error,
            where=worst,
            analytic=float(gradient[worst]),
            numeric=judged[worst].derivative.value,
            kinks=kinks,
        )
        if row.error <= self.rtol:
            return row
        mistake = name_mistake(gather(path, name, point, judged))
        if mistake.kind in DELIBERATE:  # a deliberate bound that keeps log p finite
            return Row(name, path.name, array.shape, len(found), unclear=len(found))
        return replace(row, mistake=mistake)

    def choose(self, array: np.ndarray) -> np.ndarray:
        """Return the flat indices of the entries to check: all, or a sample of them."""
        if self.max_entries is None or array.size <= self.max_entries:
            return np.arange(array.size)
        return np.sort(self.rng.choice(array.size, self.max_entries, replace=False))

    def compare(self, path: Path, name: str, index: Index, point: Point) -> Comparison:
        """Compare the analytic derivative of one entry with finite differences."""
        array, analytic = path.arrays[name], float(point.analytic[name][index])
        at = float(array[index])
        probe = Probe(path.mover(array, index), path.weights, at, point.here, point.size)
        step = self.eps or STEP * max(1, abs(at))
        derivative = quick_derivative(probe, step)
        quick = derivative.value
        error = self.relative_error(analytic, derivative)
        is_right = error <= SHARP * self.rtol
        if derivative.kink or not (is_right or clearly_differs(probe, step, derivative, analytic)):
            derivative = careful_derivative(probe, step)
            error = self.relative_error(analytic, derivative)
        array[index] = at
        if derivative.kink and np.isfinite(analytic) and not path.single:
            error = min(error, self.rtol)  # several kinks may meet; `look_aside` decides
        if not np.isfinite(analytic):  # wrong wherever the slope itself is finite
            unclear = not np.isfinite([derivative.value, derivative.error]).all()
            return Comparison(derivative, quick, np.inf, unclear)
        unclear = error > self.rtol and derivative.tells_nothing_of(analytic)
        return Comparison(derivative, quick, error, unclear)

    def relative_error(self, analytic: float, derivative: Derivative) -> float:
        """Return the relative error of an analytic derivative, infinity if it isn't finite.

        A difference as large as the possible rounding error counts as `rtol`, and a slope of 0
        beside steep ones need not be 0 to the last bit.
        """
        low, high, hidden = derivative.low, derivative.high, derivative.rounding
        if not np.isfinite([analytic, low, high, hidden]).all():
            return np.inf
        miss = max(low - analytic, analytic - high, 0.0)
        size = max(abs(analytic), abs(low), abs(high), hidden / self.rtol)
        return miss / max(size, FAINT * derivative.around) if miss else 0.0

    def blame(self, path: LongPath, rows: list[Row]) -> list[Row]:
        """Find the faulty layer or loss, and name it in the rows below it.

        Of several faulty layers, the one nearest to the loss is named.
        """
        checker = replace(self, max_entries=SAMPLE)
        guilty: list[tuple[int, str, Mistake]] = []
        for position, (layer, x) in enumerate(path.alone()):
            single = Path(LayerSubject(layer, x), x.copy(), self.rng)
            wrong = [row.mistake for row in checker.check(single) if row.mistake]
            guilty += [(position, layer.name, mistake) for mistake in wrong[:1]]
        if path.loss is not None:
            outputs = path.fresh().trace()[-1]
            last = ValuePath(path.loss, outputs, path.y_true, self.rng)
            wrong = [row.mistake for row in checker.check(last) if row.mistake]
            name = type(path.loss).__name__
            guilty += [(len(path.layers), name, mistake) for mistake in wrong[:1]]
        positions = {layer.name: position for position, layer in enumerate(path.layers)}

        def blamed(row: Row) -> Row:
            position = positions.get(row.name.split(".")[0], 0)
            above = [(name, mistake) for k, name, mistake in guilty if k >= position]
            if not (row.mistake and row.checked and above):
                return row
            name, mistake = above[-1]
            return replace(row, mistake=Mistake(mistake.kind, f"{name} is wrong: {mistake.text}"))

        return [blamed(row) for row in rows]


def reversed_everywhere(x: np.ndarray) -> np.ndarray:
    """Return an array reversed along its first and last axis."""
    if x.ndim < 2:
        return x[::-1].copy() if x.ndim else x.copy()
    return x[(slice(None, None, -1), ..., slice(None, None, -1))].copy()


def is_said(rule: Row, rows: list[Row]) -> bool:
    """Whether a row already reports the same fault as a broken rule."""
    kinds = {row.mistake.kind for row in rows if row.mistake and row.name == rule.name}
    return rule.mistake is not None and (
        (rule.mistake.kind == "stale" and bool(kinds & {"accumulated", "stale"}))
        or (rule.mistake.kind == "not_proportional" and bool(kinds))
    )


def explained_by(row: Row, broken: list[Row]) -> Row:
    """Explain a wrong gradient by a broken rule, if there is no better reason."""
    if row.mistake is None:
        return row
    rules = [(rule.name, rule.mistake) for rule in broken if rule.mistake]
    for name, mistake in rules:
        is_elsewhere = name == row.name and row.mistake.text.startswith("with ")
        if mistake.kind == "stale" and (name.endswith("y") or is_elsewhere):
            return replace(row, mistake=mistake)  # its calls aren't repeatable
    others = [m for _, m in rules if m.kind not in ("not_proportional", "overflow")]
    if others and row.mistake.kind in ("unknown", "nearly_right", "unused"):
        return replace(row, mistake=others[0])
    uneven = [m for name, m in rules if m.kind == "not_proportional" and name == row.name]
    if uneven and row.mistake.kind in ("unknown", "constant_factor"):
        return replace(row, mistake=uneven[0])
    return row


def move_aside(path: Path, distance: float, rng: np.random.Generator) -> None:
    """Move each entry of each array by about `distance`, relative to entries larger than 1."""
    for array in path.arrays.values():
        far = rng.choice([-1, 1], array.shape) * rng.uniform(0.5, 1.5, array.shape)
        array += distance * far * np.maximum(1, np.abs(array))
