"""Check gradients at other points: other parameters, other batch sizes, a wider range of inputs.

A gradient that is correct at one point may be so by chance: a missing factor happens to be 1, the
batch size is hard-coded, or a clip is never reached. Therefore each path is also checked at other
points. One derivative along a random direction per array, four passes, shows whether anything is
wrong there. If so, the array is checked entry by entry.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np

from tinynet.gradcheck.crashes import CrashError
from tinynet.gradcheck.derivatives import STEP, Probe, careful_derivative, quick_derivative
from tinynet.gradcheck.evidence import Mistake
from tinynet.gradcheck.paths import Path, ValuePath, kept
from tinynet.gradcheck.report import Row

NEARBY = 1e-5  # tolerated relative error along a direction
FAR = 1e-3  # the same for scaled inputs, for which rounding within a layer may be larger
STRETCHES = (4.0, 16.0, 64.0, 1 / 64)
ROUNDING = ("unclear", "single_precision", "nearly_right")  # kinds that only rounding shows
CheckArrays = Callable[[Path, list[str], float], list[Row]]  # the path, which arrays, tolerance


@dataclass(frozen=True)
class Place:
    """A path at another point, and a description of that point."""

    path: Path
    words: str
    tolerance: float
    may_crash: bool = True


def look_elsewhere(check_arrays: CheckArrays, path: Path, rows: list[Row]) -> list[Row]:
    """Check correct gradients at other points, and return the corrected rows."""
    for place in [*other_batches(path), *stretched(path)]:
        rows = look_at(check_arrays, place, rows)
    with nullcontext() if isinstance(path, ValuePath) else kept(path.subject.parameters):
        if moved := jittered(path):
            rows = look_at(check_arrays, moved, rows)
    return rows


def look_at(check_arrays: CheckArrays, place: Place, rows: list[Row]) -> list[Row]:
    """Check the gradients at one other point."""
    path = place.path
    names = [
        row.name for row in rows if row.checked and not row.mistake and row.name in path.arrays
    ]
    if not names:
        return rows
    rng = np.random.default_rng(0)
    try:
        here = path.outputs()
        if not np.isfinite(here).all() or path.is_saturated():
            return rows
        gradients = path.gradients(path.x, path.weights)
        off = [n for n in names if is_off(path, n, gradients[n], here, place.tolerance, rng)]
        if not off:
            return rows
        found = {row.name: row for row in check_arrays(path, off, place.tolerance / 10)}
    except CrashError as crash:
        return rows if place.may_crash else crashed(rows, crash, place.words)
    wrong = {
        name: replace(row, mistake=Mistake(row.mistake.kind, f"{place.words}: {row.mistake.text}"))
        for name, row in found.items()
        if row.mistake and row.mistake.kind not in ROUNDING
    }
    return [wrong.get(row.name, row) for row in rows]


def crashed(rows: list[Row], crash: CrashError, words: str) -> list[Row]:
    """Add a row for a crash at another point."""
    mistake = Mistake(crash.mistake.kind, f"{words}: {crash.mistake.text}")
    return [*rows, Row(crash.where, rows[0].path, (), mistake=mistake)]


def is_off(
    path: Path,
    name: str,
    gradient: np.ndarray,
    here: np.ndarray,
    tolerance: float,
    rng: np.random.Generator,
) -> bool:
    """Whether a gradient along a random direction isn't the slope of the outputs along it."""
    array = path.arrays[name]
    if gradient.shape != array.shape or gradient.dtype.kind != "f" or array.size == 0:
        return False
    start = array.copy()
    scale = np.maximum(1, np.abs(start)) if np.abs(start).max() > 1 else np.ones(start.shape)
    direction = rng.standard_normal(start.shape) * scale / np.sqrt(start.size)
    terms = gradient * direction
    if not np.isfinite(terms).all():
        return tolerance < FAR
    analytic = float(terms.sum())
    probe = Probe(path.along(array, direction), path.weights, 0.0, here, path.size())
    try:
        derivative = quick_derivative(probe, STEP)
        allowed = tolerance * float(np.linalg.norm(terms)) + derivative.rounding
        if abs(analytic - derivative.value) <= allowed + tolerance * abs(derivative.value):
            return False
        derivative = careful_derivative(probe, STEP)
    finally:
        array[...] = start
    if derivative.kink or derivative.tells_nothing_of(analytic):
        return False
    allowed = max(float(np.linalg.norm(terms)), abs(derivative.value)) * tolerance
    return bool(abs(analytic - derivative.value) > allowed + 3 * derivative.error)


def jittered(path: Path) -> Place | None:
    """Move all parameters away from 0 and 1; the caller restores them."""
    if isinstance(path, ValuePath) or not path.subject.parameters:
        return None
    rng = np.random.default_rng(1)
    for array in path.subject.parameters.values():
        factor = 1 + rng.uniform(0.1, 0.3, array.shape) * rng.choice([-1, 1], array.shape)
        array[...] = np.where(array == 0, rng.uniform(-0.1, 0.1, array.shape), array * factor)
    words = "with the parameters moved, away from 0 and 1"
    return Place(path, words, NEARBY, may_crash=False)


def other_batches(path: Path) -> Iterator[Place]:
    """Yield the path with more examples and with a single one."""
    n = len(path.x) if path.x.ndim else 0
    if not n or path.x.ndim < 2 or (isinstance(path, ValuePath) and not path.has_rows):
        return
    rng = np.random.default_rng(2)
    for rows in (rng.integers(0, n, n + 1 + n // 2), rng.integers(0, n, 1)):
        if len(rows) == n:
            continue
        try:
            yield Place(path.at(path.x[rows].copy(), rows), f"with a batch of {len(rows)}", NEARBY)
        except (CrashError, ValueError, TypeError):
            continue  # `rules.other_calls` reports it if it is a mistake


def stretched(path: Path) -> Iterator[Place]:
    """Yield the path with larger, smaller and negative inputs, as long as outputs are finite."""
    if not path.single or (path.loss is not None and not isinstance(path, ValuePath)):
        return
    if not path.moves_input or (path.is_scalar and is_share(path.x)):
        return
    signs = [] if path.x.min() < 0 < path.x.max() else [-1.0]
    for factor in (*STRETCHES, *signs):
        x = np.array(factor * path.x)
        try:
            other = path.at(x)
        except (CrashError, ValueError, TypeError):
            continue
        if np.isfinite(other.outputs()).all():
            path.reached = max(path.reached, float(np.abs(x).max()))
            low, high = float(x.min()), float(x.max())
            yield Place(other, f"with inputs from {low:.3g} to {high:.3g}", FAR)


def is_share(x: np.ndarray) -> bool:
    """Whether all entries may be probabilities."""
    return bool(x.min() >= 0 and x.max() <= 1)
