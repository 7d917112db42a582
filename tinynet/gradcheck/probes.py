"""Check gradients at other points: other parameters, other batch sizes, other inputs.

A gradient that is correct at one point may be so by chance: a missing factor happens to be 1, an
input of 0 hides the weights that it multiplies, the batch size is hard-coded, or a clip is never
reached. Therefore each path is also checked at other points. One derivative along a random
direction per array, four passes, shows whether anything is wrong there. If so, entries are checked
one by one. Entries whose gradient is 0 at all points are counted: no mistake in them could be seen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinynet.gradcheck.crashes import FAILURES, CrashError
from tinynet.gradcheck.derivatives import STEP, Probe, careful_derivative, quick_derivative
from tinynet.gradcheck.evidence import Mistake
from tinynet.gradcheck.gathering import Point
from tinynet.gradcheck.paths import AN_INDEX, Path, TrainingPath, ValuePath, copies, kept
from tinynet.gradcheck.report import Row

NEARBY = 1e-5  # tolerated relative error along a direction
FAR = 1e-3  # the same for scaled inputs, for which rounding within a layer may be larger
STRETCHES = (4.0, 16.0, 64.0, 1 / 64)
OF_ROUNDING = ("unclear", "single_precision", "nearly_right")  # kinds that only rounding shows
OF_THE_BATCH = (
    *("batch_size", "constant_factor", "examples_coupled", "unknown", "wrong_operation"),
    "norm_paths_wrong",
)
ATTEMPTS = 8  # at points at which entries that were idle so far may have a gradient
ENTRIES = 300  # entries of an array that are checked one by one
SIMPLEX = 1e-6  # rows whose sums differ from 1 by less are probabilities
CheckArrays = Callable[[Path, dict[str, np.ndarray], float], list[Row]]


@dataclass(frozen=True)
class Elsewhere:
    """A path at another point, and a description of that point.

    `least_size` is that of numbers whose rounding may show in a gradient, even if the outputs are
    smaller: those of batch normalization are 0 for a single example, as a sum that cancels.
    """

    path: Path
    words: str
    tolerance: float
    may_crash: bool = True
    is_batch: bool = False
    is_far: bool = False
    least_size: float = 0.0


def look_elsewhere(check_arrays: CheckArrays, path: Path, rows: list[Row]) -> list[Row]:
    """Check correct gradients at other points, and return the corrected rows.

    `check_arrays` checks entries of some arrays, given by their flat indices, with a tolerance.
    """
    idle = Idle(path)
    inputs = list(inputs_moved(path))
    for place in [*inputs, *other_batches(path), *stretched(path)]:
        rows = look_at(check_arrays, place, rows, idle)
    if isinstance(path, ValuePath):
        return rows
    parameters = path.subject.parameters
    with kept(parameters):
        path.moved_from = copies(parameters)
        if words := jitter(parameters):
            rows = look_at(
                check_arrays, Elsewhere(path, words, NEARBY, may_crash=False), rows, idle
            )
        path.moved_from = {}
    for attempt in range(ATTEMPTS):
        with kept(parameters):
            if idle.any() and (words := change_signs(parameters, attempt)):
                place = inputs[0] if inputs else Elsewhere(path, "", NEARBY)
                rows = look_at(check_arrays, replace(place, words=words), rows, idle)
    return [replace(row, idle=idle.count(row.name)) if row.checked else row for row in rows]


class Idle:
    """The entries of each parameter whose gradient was 0 at every point."""

    def __init__(self, path: Path) -> None:
        names = set(path.arrays) - {path.input_name}
        self.entries = {name: np.ones(path.arrays[name].shape, bool) for name in names}
        self.note(path.gradients(path.x, path.weights) if names else {})

    def note(self, gradients: Mapping[str, np.ndarray]) -> None:
        """Note the gradients at a point."""
        for name, entries in self.entries.items():
            if name in gradients and gradients[name].shape == entries.shape:
                entries &= gradients[name] == 0

    def any(self) -> bool:
        """Whether there are such entries."""
        return any(entries.any() for entries in self.entries.values())

    def count(self, name: str) -> int:
        """Return the number of such entries of an array."""
        return int(self.entries[name].sum()) if name in self.entries else 0


def look_at(check_arrays: CheckArrays, place: Elsewhere, rows: list[Row], idle: Idle) -> list[Row]:
    """Check the gradients at one other point."""
    path = place.path
    right = [row.name for row in rows if row.checked and not row.mistake]
    names = [name for name in right if name in path.arrays]
    if not names:
        return rows
    rng = np.random.default_rng(0)
    try:
        here = path.outputs()
        if not np.isfinite(here).all() or path.is_saturated():
            return rows
        size = max(path.size(), place.least_size)
        point = Point(here, size, path.gradients(path.x, path.weights))
        idle.note(point.analytic)
        found = {name: wrong_entries(place, name, point, rng) for name in names}
        off = {name: entries for name, entries in found.items() if entries is not None}
        if not off or (place.is_far and path.may_be_bounded):
            return rows
        checked = check_arrays(path, off, place.tolerance / 10)
    except CrashError as crash:
        return rows if place.may_crash else crashed(rows, crash, place.words)
    wrong = {
        row.name: replace(row, mistake=explained(row.mistake, place))
        for row in checked
        if row.mistake and row.mistake.kind not in OF_ROUNDING
    }
    return [wrong.get(row.name, row) for row in rows]


def explained(mistake: Mistake, place: Elsewhere) -> Mistake:
    """Say where a mistake was seen; what only another batch size shows is due to that size."""
    if place.is_batch and mistake.kind in OF_THE_BATCH:
        text = "right with the batch given, wrong with this one: a batch size is hard-coded"
        return Mistake("fixed_batch_size", f"{place.words}: {text}")
    return Mistake(mistake.kind, f"{place.words}: {mistake.text}")


def crashed(rows: list[Row], crash: CrashError, words: str) -> list[Row]:
    """Add a row for a crash at another point."""
    mistake = Mistake(crash.mistake.kind, f"{words}: {crash.mistake.text}")
    return [*rows, Row(crash.where, rows[0].path, (), mistake=mistake)]


def wrong_entries(
    place: Elsewhere, name: str, point: Point, rng: np.random.Generator
) -> np.ndarray | None:
    """Return entries of an array among which a gradient is wrong, or None.

    In a large array, few of them are found by halving.
    """
    entries = np.arange(place.path.arrays[name].size)
    if not is_off(place, name, point, entries, rng):
        return None
    while len(entries) > ENTRIES:
        first, second = np.array_split(entries, 2)
        entries = first if is_off(place, name, point, first, rng) else second
    return entries


def is_off(
    place: Elsewhere, name: str, point: Point, entries: np.ndarray, rng: np.random.Generator
) -> bool:
    """Whether a gradient along a random direction isn't the slope of the outputs along it.

    The direction moves only some `entries`, given by their flat indices.
    """
    path, tolerance = place.path, place.tolerance
    array, gradient = path.arrays[name], point.analytic[name]
    if gradient.shape != array.shape or gradient.dtype.kind != "f" or array.size == 0:
        return False
    start = array.copy()
    direction = np.zeros(start.shape)
    direction.flat[entries] = rng.standard_normal(len(entries)) / np.sqrt(len(entries))
    direction *= np.maximum(1, np.abs(start))
    terms = gradient * direction
    if not np.isfinite(terms).all():
        return tolerance < FAR
    analytic, length = float(terms.sum()), float(np.linalg.norm(terms))
    probe = Probe(path.along(array, direction), path.weights, 0.0, point.here, point.size)
    try:
        derivative = quick_derivative(probe, STEP)
        allowed = tolerance * (length + abs(derivative.value)) + derivative.rounding
        if abs(analytic - derivative.value) <= allowed:
            return False
        derivative = careful_derivative(probe, STEP)
    finally:
        array[...] = start
    if derivative.kink or derivative.tells_nothing_of(analytic):
        return False
    allowed = tolerance * max(length, abs(derivative.value)) + 3 * derivative.error
    return bool(abs(analytic - derivative.value) > allowed)


def jitter(parameters: Mapping[str, np.ndarray]) -> str:
    """Move all parameters away from 0 and 1; return a description."""
    rng = np.random.default_rng(1)
    for array in parameters.values():
        factor = 1 + rng.uniform(0.1, 0.3, array.shape) * rng.choice([-1, 1], array.shape)
        array[...] = np.where(array == 0, rng.uniform(-0.1, 0.1, array.shape), array * factor)
    return "with the parameters moved, away from 0 and 1" if parameters else ""


def change_signs(parameters: Mapping[str, np.ndarray], attempt: int) -> str:
    """Change the signs of arrays that have both, which wakes dead units; return a description.

    The first attempt reverses all signs, each other one those of half of the entries.
    """
    rng = np.random.default_rng(attempt)
    mixed = [array for array in parameters.values() if array.min() < 0 < array.max()]
    for array in mixed:
        array *= rng.choice([-1, 1], array.shape) if attempt else -1
    return "with other signs of the parameters" if mixed else ""


def inputs_moved(path: Path) -> Iterator[Elsewhere]:
    """Yield the path with its inputs moved a little towards others, away from 0 and 1.

    Each entry stays between the smallest and the largest of its column, and rows of probabilities
    stay such, since code may rely on it. A column that is constant is moved between those of the
    whole array and 0.
    """
    if not (path.moves_input or isinstance(path, TrainingPath)):
        return
    if isinstance(path, ValuePath) and path.own:
        return
    x, rng = path.x, np.random.default_rng(3)
    if x.ndim == 2 and x.min() >= 0 and np.abs(x.sum(axis=1) - 1).max() < SIMPLEX:
        target = rng.dirichlet(np.ones(x.shape[1]), len(x))
        share = rng.uniform(0.1, 0.3, (len(x), 1))
    else:
        low, high = (x.min(axis=0), x.max(axis=0)) if x.ndim > 1 else (x.min(), x.max())
        lowest, highest = min(x.min(), 0.0), max(x.max(), 0.0)
        highest = highest if lowest < highest else 1.0
        constant = low == high
        target = rng.uniform(
            np.where(constant, lowest, low), np.where(constant, highest, high), x.shape
        )
        share = rng.uniform(0.1, 0.3, x.shape)
    if other := at_input(path, np.array(x + share * (target - x))):
        if path.moves_input and ignores_its_input(path, other):
            other.moved_from = {path.input_name: x}
        yield Elsewhere(other, "with the inputs moved, away from 0 and 1", NEARBY)


def ignores_its_input(path: Path, other: Path) -> bool:
    """Whether some gradient of a parameter is the same at another input, as if it were cached."""
    names = set(path.arrays) - {path.input_name}
    try:
        before, after = (at.gradients(at.x, other.weights) if names else {} for at in (path, other))
    except FAILURES:
        return False
    return any(np.array_equal(before[name], after[name]) for name in names)


def other_batches(path: Path) -> Iterator[Elsewhere]:
    """Yield the path with more examples and with a single one."""
    n = len(path.x) if path.x.ndim else 0
    if (
        not n
        or (path.x.ndim < 2 and path.fixed != AN_INDEX)
        or (isinstance(path, ValuePath) and not path.has_rows)
        or (path.y_true is not None and len(path.y_true) != n)  # each example is a column
    ):
        return
    rng = np.random.default_rng(2)
    for rows in (rng.integers(0, n, n + 1 + n // 2), rng.integers(0, n, 1)):
        if len(rows) != n and (other := at_input(path, path.x[rows].copy(), rows)):
            words, size = f"with a batch of {len(rows)}", path.size()
            yield Elsewhere(other, words, NEARBY, is_batch=True, least_size=size)


def at_input(path: Path, x: np.ndarray, rows: np.ndarray | None = None) -> Path | None:
    """Return the path at another input, or None where it can't be run.

    `rules.other_calls` reports that if it is a mistake.
    """
    try:
        return path.at(x, rows)
    except FAILURES:
        return None


def stretched(path: Path) -> Iterator[Elsewhere]:
    """Yield the path with larger, smaller and negative inputs, as long as outputs are finite."""
    if not path.single or (path.loss is not None and not isinstance(path, ValuePath)):
        return
    if not path.moves_input or (path.is_scalar and may_be_probabilities(path.x)):
        return
    signs = [] if path.x.min() < 0 < path.x.max() else [-1.0]
    for factor in (*STRETCHES, *signs):
        x = np.array(factor * path.x)
        other = at_input(path, x)
        if other and np.isfinite(other.outputs()).all():
            path.reached = max(path.reached, float(np.abs(x).max()))
            low, high = float(x.min()), float(x.max())
            words = f"with inputs from {low:.3g} to {high:.3g}"
            yield Elsewhere(other, words, FAR, is_far=abs(factor) >= 1)


def may_be_probabilities(x: np.ndarray) -> bool:
    """Whether all entries may be probabilities."""
    return bool(x.min() >= 0 and x.max() <= 1)
