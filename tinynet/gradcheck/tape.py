"""Record the operations of a forward pass, and run their backward pass, also with changed slopes.

NumPy hands each operation on a `Recorded` array to the `Tape`, which keeps its operands and the
slopes of its results. Every number on a tape is unique: one that occurs already is moved by its
last bits, and a zero becomes a number below 1e-310. Each number can therefore be recognised by its
value, wherever the code copies, cuts, stacks or reshapes it to.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

LARGEST = 1_000_000  # products in one operation, beyond which nothing is recorded
MOST = 200_000  # numbers on a tape
TAG = -5e-324  # zeros become multiples of it
IMAGINARY = 1e-30j  # a step to this side gives a slope without rounding
STEP = 1e-5  # a step where there is no complex result
SKIPPED = (str(Path(np.__file__).parent), str(Path(__file__).parent))  # no code under test

Place = tuple[CodeType, int]  # an instruction
Key = tuple[Place, ...]  # where an operation stands: from the outermost call to the innermost


class LostError(Exception):
    """The operation can't be recorded."""


class Recorded(np.ndarray[Any, Any]):
    """An array whose operations are recorded."""

    tape: "Tape"

    def __array_finalize__(self, other: Any) -> None:
        self.tape = getattr(other, "tape", None)  # type: ignore[assignment]

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        operands = [np.array(plain(operand)) for operand in inputs]  # before `out` is written
        if out:
            options["out"] = tuple(map(plain, out))
        result = getattr(ufunc, method)(*map(plain, inputs), **options)
        is_float = isinstance(result, np.ndarray | np.floating) and result.dtype.kind == "f"
        if not is_open(self) or not is_float:
            return out[0] if len(out) == 1 else result
        array = np.asarray(result)
        self.tape.record(ufunc, method, operands, array, options)
        return out[0] if out else self.tape.watched(array)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        if not is_open(self):
            return super().__array_function__(function, types, inputs, options)
        if function in IN_LETTERS and "out" not in options:
            return self.tape.product(*IN_LETTERS[function](*inputs, **options), function)
        if function is np.linalg.norm and len(inputs) == 1 and "ord" not in options:
            return norm(*inputs, **options)
        return self.tape.watched(super().__array_function__(function, types, inputs, options))

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(plain(index))
        return self.tape.watched(found) if is_open(self) else found

    def dot(self, other: Any, out: Any = None) -> Any:
        """Return the product, as `numpy.dot` does."""
        return np.dot(self, other)


def is_open(array: Recorded) -> bool:
    """Whether the operations on an array are recorded: later ones, of what is left, aren't."""
    return array.tape is not None and array.tape.open


def plain(value: Any) -> Any:
    """Return an array that isn't recorded."""
    return value.view(np.ndarray) if isinstance(value, Recorded) else value


def norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the Euclidean norm, in operations that are recorded."""
    return np.sqrt((x * x).sum(axis=axis, keepdims=keepdims))


def dot_letters(a: Any, b: Any) -> tuple[str, list[Any]]:
    """Return `numpy.dot` as letters of `numpy.einsum`."""
    m, n = np.ndim(a), np.ndim(b)
    left, right = "abcdefgh"[: m - 1], "mnopqrst"[: n - 1]
    if not m or not n:
        return f"{'abcdefgh'[:m]},{'abcdefgh'[:n]}->{'abcdefgh'[: m + n]}", [a, b]
    return f"{left}z,{right[:-1]}z{right[-1:]}->{left}{right}", [a, b]


def matmul_letters(a: Any, b: Any) -> tuple[str, list[Any]]:
    """Return `numpy.matmul` as letters of `numpy.einsum`."""
    if np.ndim(a) < 2 or np.ndim(b) < 2:
        return dot_letters(a, b)
    lead = np.broadcast_shapes(np.shape(a)[:-2], np.shape(b)[:-2])
    a, b = (np.broadcast_to(plain(v), (*lead, *np.shape(v)[-2:])) for v in (a, b))
    many = "abcdefgh"[: len(lead)]
    return f"{many}mz,{many}zn->{many}mn", [a, b]


def tensordot_letters(a: Any, b: Any, axes: Any = 2) -> tuple[str, list[Any]]:
    """Return `numpy.tensordot` as letters of `numpy.einsum`."""
    m, n = np.ndim(a), np.ndim(b)
    if isinstance(axes, int):
        axes = (range(m - axes, m), range(axes))
    first, second = (np.atleast_1d(np.asarray(part, dtype=int)) for part in axes)
    left, right = list("abcdefgh"[:m]), list("mnopqrst"[:n])
    for i, j in zip(first % m, second % n, strict=True):
        right[j] = left[i]
    both = set(left) & set(right)
    kept = "".join(letter for letter in left + right if letter not in both)
    return f"{''.join(left)},{''.join(right)}->{kept}", [a, b]


def einsum_letters(letters: str, *operands: Any, **options: Any) -> tuple[str, list[Any]]:
    """Return the arguments of `numpy.einsum` as `Tape.product` takes them."""
    if not isinstance(letters, str) or "..." in letters:
        raise LostError
    letters = letters.replace(" ", "")
    if "->" not in letters:
        once = sorted(c for c in set(letters) - {","} if letters.count(c) == 1)
        letters = f"{letters}->{''.join(once)}"
    return letters, list(operands)


IN_LETTERS: dict[Any, Callable[..., tuple[str, list[Any]]]] = {
    np.dot: dot_letters,
    np.einsum: einsum_letters,
    np.tensordot: tensordot_letters,
    np.outer: lambda a, b: ("i,j->ij", [np.ravel(a), np.ravel(b)]),
    np.inner: lambda a, b: ("az,bz->ab" if np.ndim(a) == 2 else "z,z->", [a, b]),
}


@dataclass(frozen=True)
class Edges:
    """How the numbers of one operand move the results; the arrays have one shape."""

    made: np.ndarray  # results
    of: np.ndarray  # numbers of the operand, -1 for a constant
    slopes: np.ndarray


@dataclass(frozen=True)
class Step:
    """An operation on arrays."""

    key: tuple[Any, ...]  # its place, what it is, and its letters or number of operands
    edges: list[Edges | None]  # for each operand
    operands: list[np.ndarray]
    letters: list[str]  # of the axes of a product's operands, and of its result
    result: np.ndarray  # the numbers that it makes

    @property
    def grid(self) -> str:
        """The letters of the axes of a product's edges."""
        return "".join(sorted(set("".join(self.letters))))

    def on_grid(self, array: np.ndarray, k: int) -> np.ndarray:
        """Return an array like the k-th operand in the shape of the edges."""
        found = next(edges for edges in self.edges if edges is not None)
        spread_out = spread(array, self.letters[k], self.grid) if self.letters else array
        return np.broadcast_to(spread_out, found.made.shape)


class Tape:
    """The steps of a forward pass, in order."""

    def __init__(self, leaves: Mapping[str, np.ndarray]) -> None:
        self.open = True
        self.steps: list[Step] = []
        self.values: list[float] = []
        self.number: dict[float, int] = {}
        self.makers: list[Any] = []  # the name of an array, or the key of a step, by number
        self.leaves = {name: self.adopt(array, name) for name, array in leaves.items()}

    def watched(self, value: Any) -> Any:
        """Return a value whose operations are recorded, if it is of floats."""
        if isinstance(value, tuple | list):
            return type(value)(map(self.watched, value))
        if not isinstance(value, np.ndarray | np.floating) or value.dtype.kind != "f":
            return value
        array = value if isinstance(value, Recorded) else np.asarray(value).view(Recorded)
        array.tape = self
        return array

    def find(self, array: Any) -> np.ndarray:
        """Return the numbers on the tape that an array holds, -1 for others."""
        floats = np.asarray(array, dtype=np.float64)
        found = [self.number.get(value, -1) for value in floats.ravel().tolist()]
        return np.array(found, dtype=int).reshape(floats.shape)

    def adopt(self, array: np.ndarray, maker: Any) -> np.ndarray:
        """Make the numbers of an array unique, and put them on the tape."""
        start, unique = len(self.values), []
        if array.dtype != np.float64 or start + array.size > MOST or not np.isfinite(array).all():
            raise LostError
        for value in array.ravel().tolist():
            value = value or TAG * (len(self.values) + 1)
            while value in self.number or value == float(np.float32(value)) != 0:
                value = float(np.nextafter(value, np.inf))
            self.number[value] = len(self.values)
            self.values.append(value)
            unique.append(value)
        array[...] = np.array(unique).reshape(array.shape)
        self.makers += [maker] * array.size
        return np.arange(start, len(self.values)).reshape(array.shape)

    def record(
        self,
        ufunc: np.ufunc,
        method: str,
        operands: Sequence[np.ndarray],
        result: np.ndarray,
        options: Mapping[str, Any],
    ) -> None:
        """Record an operation; make the numbers of its result unique."""
        if options.get("where", True) is not True:
            return
        if ufunc in (np.matmul, np.vecdot):
            if ufunc is np.matmul and method == "__call__":
                letters, both = matmul_letters(*operands)
                self.add_product(letters, both, result, ufunc)
        elif ufunc is np.add and method == "reduce":
            self.add_sum(operands[0], result, options.get("axis", 0))
        elif method == "__call__":
            self.add_elementwise(ufunc, operands, result)
        # The other methods choose or add numbers in ways that aren't followed.

    def key(self, what: Any, shape: Any) -> tuple[Any, ...]:
        """Return the key of the operation that is under way; operations of one key are alike."""
        return (tuple(reversed(list(places_above(sys._getframe(2))))), what, shape)

    def add_elementwise(
        self, ufunc: np.ufunc, operands: Sequence[np.ndarray], result: np.ndarray
    ) -> None:
        """Record a function of single numbers."""
        found = [self.find(operand) for operand in operands]
        if all((ids < 0).all() for ids in found):
            return
        slopes = [
            None if (ids < 0).all() else slope_of(ufunc, operands, k) for k, ids in enumerate(found)
        ]
        key = self.key(ufunc, len(operands))
        made = self.adopt(result, key)
        edges = [
            None if slope is None else Edges(made, *np.broadcast_arrays(ids, slope + 0.0 * result))
            for ids, slope in zip(found, slopes, strict=True)
        ]
        self.steps.append(Step(key, edges, list(operands), [], made))

    def add_sum(self, operand: np.ndarray, result: np.ndarray, axis: Any) -> None:
        """Record a sum along axes."""
        ids = self.find(operand)
        if (ids < 0).all():
            return
        key = self.key("sum", 1)
        made = self.adopt(result, key)
        axes = tuple(range(operand.ndim)) if axis is None else axis
        whole = made.reshape(np.sum(operand, axis=axes, keepdims=True).shape)
        edges = Edges(np.broadcast_to(whole, ids.shape), ids, np.ones(ids.shape))
        self.steps.append(Step(key, [edges], [operand], [], made))

    def product(self, letters: str, operands: Sequence[Any], function: Any) -> Any:
        """Return a product of arrays, given by the letters of `numpy.einsum`, and record it."""
        arrays = [np.array(plain(operand)) for operand in operands]
        result = np.asarray(np.einsum(letters, *arrays))
        self.add_product(letters, arrays, result, function)
        return self.watched(result)

    def add_product(
        self, letters: str, operands: Sequence[np.ndarray], result: np.ndarray, function: Any
    ) -> None:
        """Record a product of arrays."""
        found = [self.find(operand) for operand in operands]
        if all((ids < 0).all() for ids in found):
            return
        before, after = letters.split("->")
        parts = before.split(",")
        grid = "".join(sorted(set(before) - {","}))
        shape = grid_shape(grid, parts, operands)
        key = self.key(function, letters)
        results = self.adopt(result, key)
        made = np.broadcast_to(spread(results, after, grid), shape)
        edges: list[Edges | None] = []
        for k, ids in enumerate(found):
            slopes = np.ones(shape)
            for j, other in enumerate(operands):
                slopes = slopes if j == k else slopes * spread(other, parts[j], grid)
            of = np.broadcast_to(spread(ids, parts[k], grid), shape)
            edges.append(None if (ids < 0).all() else Edges(made, of, slopes))
        self.steps.append(Step(key, edges, list(operands), [*parts, after], results))

    def back(self, upstream: np.ndarray, last: int | None = None) -> np.ndarray:
        """Return the gradient by each number, from the `last` step that it goes back through."""
        gradient = np.append(upstream, 0.0)  # the last entry is that of the constants
        for step in reversed(self.steps if last is None else self.steps[: last + 1]):
            for edges in step.edges:
                if edges is not None:
                    np.add.at(gradient, edges.of, gradient[edges.made] * edges.slopes)
        return gradient[:-1]

    def difference(
        self, gradient: np.ndarray, changed: Mapping[tuple[int, int], Edges]
    ) -> np.ndarray:
        """Return by how much the gradient changes with other edges of some operands."""
        before = np.append(gradient, 0.0)
        more = np.zeros(len(before))
        for position in reversed(range(1 + max((position for position, _ in changed), default=-1))):
            step = self.steps[position]
            moves = np.count_nonzero(more[step.result])
            for k, own in enumerate(step.edges):
                edges = changed.get((position, k))
                if edges is not None and own is not None:
                    np.add.at(
                        more, edges.of, (before[edges.made] + more[edges.made]) * edges.slopes
                    )
                    np.add.at(more, own.of, -before[own.made] * own.slopes)
                elif own is not None and moves:
                    np.add.at(more, own.of, more[own.made] * own.slopes)
        return more[:-1]


def places_above(frame: FrameType | None) -> Iterator[Place]:
    """Yield the instructions of the code under test that are being executed, innermost first."""
    started = False
    while frame is not None:
        own = frame.f_code.co_filename.startswith(SKIPPED)
        if own and started and not frame.f_code.co_filename.startswith(SKIPPED[0]):
            return  # the checker, which has called it
        started = started or not own
        if not own:
            yield frame.f_code, frame.f_lasti
        frame = frame.f_back


def slope_of(ufunc: np.ufunc, operands: Sequence[np.ndarray], k: int) -> np.ndarray:
    """Return the derivative of a function of single numbers by its k-th operand."""
    moved: list[Any] = list(operands)
    try:
        moved[k] = operands[k] + IMAGINARY
        result = ufunc(*moved)
        if result.dtype.kind == "c":
            return np.asarray(result.imag / IMAGINARY.imag)
    except TypeError:
        pass  # it takes real numbers alone
    step = STEP * np.maximum(1e-3, np.abs(operands[k]))
    moved[k], ahead = operands[k] - step, operands[k] + step
    behind = ufunc(*moved)
    moved[k] = ahead
    return np.asarray((ufunc(*moved) - behind) / (2 * step))


def grid_shape(grid: str, parts: list[str], operands: Sequence[np.ndarray]) -> tuple[int, ...]:
    """Return the length of each letter's axis; raise LostError if there are too many products."""
    sizes: dict[str, int] = {}
    for part, operand in zip(parts, operands, strict=True):
        if len(set(part)) < len(part):
            raise LostError
        sizes |= dict(zip(part, operand.shape, strict=True))
    shape = tuple(sizes[letter] for letter in grid)
    if np.prod(shape) > LARGEST:
        raise LostError
    return shape


def spread(array: np.ndarray, letters: str, grid: str) -> np.ndarray:
    """Return an array with the axes of all letters, those it hasn't of length 1."""
    order = sorted(range(len(letters)), key=lambda k: letters[k])
    turned = array.transpose(order)
    sizes = dict(zip(sorted(letters), turned.shape, strict=True))
    return turned.reshape([sizes.get(letter, 1) for letter in grid])
