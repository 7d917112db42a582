"""Copies of code under test, in float64 and with repeatable random numbers.

A check works on a deep copy. Arrays of float32 or float16 in the copy become arrays of float64, and
random generators in it can be rewound, so that a dropout layer draws the same mask in every pass.
What an object holds is named by its path, such as ``layers[0].W``.
"""

import ast
import copy
import inspect
import pickle
import random
import re
import sys
import types
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from typing import Any, NamedTuple

import numpy as np

from tinynet.layers.base import Layer
from tinynet.models import Sequential

Arrays = dict[str, np.ndarray]

DEEP = 8  # levels of nested objects that are searched
SHIFT = 17  # numbers drawn to advance a generator
SEEDS = 4  # global seeds that are tried
PATH_STEP = re.compile(r"\[('[^']*'|\"[^\"]*\"|[^\]]*)\]|([^.\[\]]+)")  # of a path
GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
SEQUENCES = (list, tuple, deque)
PLAIN = (str, bytes, int, float, complex, np.ndarray, np.generic, np.dtype, type, types.ModuleType)


class Place(NamedTuple):
    """A value and its holder: an attribute of an object, or an entry of a list, dict or tuple.

    `around` is the place of a holder that is a tuple: a value is replaced with the whole tuple.
    """

    holder: Any
    key: Any
    value: Any
    path: str
    is_entry: bool = False
    around: "Place | None" = None

    def now(self) -> Any:
        """Return the value that is there now."""
        holder = self.holder if self.around is None else self.around.now()
        return holder[self.key] if self.is_entry else getattr(holder, self.key)

    def put(self, value: Any) -> None:
        """Replace the value, and with it the tuple that it is in."""
        if self.around is not None:
            old = self.around.now()
            entries = [*old[: self.key], value, *old[self.key + 1 :]]
            self.around.put(getattr(old, "_make", type(old))(entries))
        elif self.is_entry:
            self.holder[self.key] = value
        else:
            try:
                setattr(self.holder, self.key, value)
            except AttributeError:  # a frozen dataclass
                object.__setattr__(self.holder, self.key, value)


def places(
    thing: Any, path: str = "", seen: set[int] | None = None, around: Place | None = None
) -> Iterator[Place]:
    """Yield all values in an object, recursively through lists, dicts, tuples and objects.

    Plain numbers in tuples, which are settings, are left out. `around` is the place of the object.
    """
    seen = set() if seen is None else seen
    if id(thing) in seen or path.count(".") > DEEP or is_plain(thing):
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        held = [Place(thing, k, value, f"{path}[{k!r}]", True) for k, value in thing.items()]
    elif is_sequence(thing):
        tuple_place = around if isinstance(thing, tuple) else None
        held = [
            Place(thing, k, value, f"{path}[{k}]", True, tuple_place)
            for k, value in enumerate(thing)
        ]
    else:
        held = []
    if not isinstance(thing, types.FunctionType):
        dot = f"{path}." if path else ""
        held += [Place(thing, name, value, dot + name) for name, value in attributes(thing).items()]
    is_tuple = isinstance(thing, tuple)
    can_be_put = around is not None or not is_tuple
    for place in held:
        if can_be_put and not (is_tuple and is_number(place.value)):
            yield place
        if not is_plain(place.value):
            yield from places(place.value, place.path, seen, place if can_be_put else None)


def is_plain(thing: Any) -> bool:
    """Whether a value holds no others."""
    return isinstance(thing, PLAIN) and not is_sequence(thing)


def is_sequence(thing: Any) -> bool:
    """Whether a value holds others in order: a list, a tuple, a deque, or an array of arrays."""
    if isinstance(thing, np.ndarray):
        return thing.dtype == object and thing.ndim == 1
    return isinstance(thing, SEQUENCES)


def attributes(thing: Any) -> dict[str, Any]:
    """Return the attributes that an object holds itself, those in ``__slots__`` included."""
    found = dict(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                found.setdefault(name, getattr(thing, name))
    return found


def path_steps(path: str) -> Iterator[tuple[bool, Any]]:
    """Yield the attributes and keys of a path, and whether each is a key in brackets.

    Examples
    --------
    >>> list(path_steps("layers[0].W"))
    [(False, 'layers'), (True, 0), (False, 'W')]
    """
    for step in PATH_STEP.finditer(path):
        if step[2] is not None:
            yield False, step[2]
            continue
        try:
            yield True, ast.literal_eval(step[1])
        except (ValueError, SyntaxError):
            yield True, step[1]


def path_keys(path: str) -> tuple[Any, ...]:
    """Return the attributes and keys of a path."""
    return tuple(key for _, key in path_steps(path))


def member(holder: Any, name: str) -> Any:
    """Return an attribute, or what a method or property of that name returns."""
    if isinstance(holder, Layer | Sequential):
        return None
    try:
        value = getattr(holder, name, None)
        return value() if inspect.ismethod(value) else value
    except Exception:
        return None


def look_up(thing: Any, path: str) -> Any:
    """Return the value at a path such as ``"layers[0].W"``, or None."""
    for in_brackets, key in path_steps(path):
        try:
            if in_brackets:
                thing = thing[key]
            else:
                known = attributes(thing)
                thing = known[key] if key in known else member(thing, key)
        except (KeyError, IndexError, TypeError):
            return None
    return thing


def put(thing: Any, values: Arrays) -> None:
    """Write values into arrays of an object, and replace its numbers and arrays of integers."""
    replaced = {}
    for path, value in values.items():
        array = look_up(thing, path)
        if isinstance(array, np.ndarray) and array.dtype == np.float64 and array.flags.writeable:
            array[...] = value
        else:
            replaced[path] = value
    for place in list(places(thing)) if replaced else []:
        if place.path in replaced:
            place.put(replaced[place.path])


def is_number(value: Any) -> bool:
    """Whether a value is one real number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def is_array(value: Any) -> bool:
    """Whether a value is an array of numbers, or one number."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    return is_number(value)


def same(a: Any, b: Any) -> bool:
    """Whether two arrays are equal to the bit."""
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)


def shifted(value: Any, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
    """Return a value with random numbers added to it."""
    array = np.array(value, dtype=np.float64)
    return np.asarray(array + scale * rng.uniform(0.25, 0.5, array.shape))


def deep_copy(thing: Any) -> Any:
    """Copy an object recursively, except for modules, and what can't be copied, such as a lock."""
    inside = [place.value for place in places(thing)]
    shared: dict[int, Any] = {id(v): v for v in inside if isinstance(v, types.ModuleType)}
    arrays = [value for value in inside if isinstance(value, np.ndarray)]
    shared |= copied_with_attributes(arrays) | copied_views(arrays)
    try:
        return copy.deepcopy(thing, dict(shared))
    except TypeError:
        for value in reversed(inside):  # what is in an object comes before it
            try:
                copy.deepcopy(value, dict(shared))
            except TypeError:
                shared[id(value)] = value
    return copy.deepcopy(thing, dict(shared))


def copied_with_attributes(arrays: list[np.ndarray]) -> dict[int, np.ndarray]:
    """Return copies of the arrays that hold others, such as ``w.grad``, by the originals' ids.

    A deep copy would drop what they hold.
    """
    copies: dict[int, np.ndarray] = {}
    for array in arrays:
        for name, value in attributes(array).items():
            if isinstance(value, np.ndarray) and is_array(value):
                setattr(copies.setdefault(id(array), array.copy()), name, value.copy())
    return copies


def copied_views(arrays: list[np.ndarray]) -> dict[int, np.ndarray]:
    """Return copies of arrays that are views of others, and of these, by the originals' ids.

    A deep copy would make arrays of their own of the views.
    """
    owners = {id(array): array for array in arrays if array.flags.c_contiguous}
    copies: dict[int, np.ndarray] = {}
    for view in arrays:
        owner = owners.get(id(view.base))
        if owner is not None and view.dtype == owner.dtype and owner.dtype != object:
            copied = copies.setdefault(id(owner), owner.copy())
            offset = view.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
            copies[id(view)] = np.ndarray(view.shape, view.dtype, copied, offset, view.strides)
    return copies


def to_float64(thing: Any) -> None:
    """Convert all float32 and float16 arrays in an object to float64."""
    narrow: dict[int, np.ndarray] = {}  # holds them, so that their ids stay theirs
    turned: dict[int, np.ndarray] = {}
    for _ in range(DEEP):  # again, since a tuple with two names is replaced under the first alone
        found = [place for place in places(thing) if is_narrow(place.value)]
        if not found:
            return
        for place in found:
            narrow[id(place.value)] = place.value
            place.put(turned.setdefault(id(place.value), place.value.astype(np.float64)))


def is_narrow(thing: Any) -> bool:
    """Whether a value is an array of float32 or float16."""
    return isinstance(thing, np.ndarray) and thing.dtype in (np.float32, np.float16)


def generators_in(thing: Any) -> Iterator[Any]:
    """Yield the random generators in an object, as deep inside as `places` goes.

    (It is much faster than that, since it makes no paths.)
    """
    seen: set[int] = set()
    ahead = [(thing, -1)]
    while ahead:
        thing, depth = ahead.pop()
        if (isinstance(thing, PLAIN) and not is_sequence(thing)) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, GENERATORS) and not isinstance(thing, random.SystemRandom):
            yield thing
        if isinstance(thing, dict):
            ahead += [(value, depth) for value in thing.values()]
        elif is_sequence(thing):
            ahead += [(value, depth) for value in thing]
        if depth < DEEP and not isinstance(thing, types.FunctionType):
            ahead += [(value, depth + 1) for value in attributes(thing).values()]


class Randomness:
    """All random generators in an object, which can be rewound to where they are now."""

    def __init__(self, thing: Any) -> None:
        found = [*generators_in(thing)]
        self.generators = [
            (g, g.bit_generator.state) for g in found if isinstance(g, np.random.Generator)
        ]
        self.older = [(g, g.get_state()) for g in found if isinstance(g, np.random.RandomState)]
        self.plain = [(g, g.getstate()) for g in found if isinstance(g, random.Random)]

    def is_used(self) -> bool:
        """Whether a number has been drawn from one of them."""
        pairs: list[Any] = [(g.bit_generator.state, state) for g, state in self.generators]
        pairs += [(older.get_state(), state) for older, state in self.older]
        pairs += [(plain.getstate(), state) for plain, state in self.plain]
        return any(pickle.dumps(now) != pickle.dumps(before) for now, before in pairs)

    def rewind(self, shift: int = 0) -> None:
        """Rewind all generators, and advance them by `shift`."""
        for generator, state in self.generators:
            generator.bit_generator.state = state
            if shift:
                generator.random(SHIFT * shift)
        for older, old_state in self.older:
            older.set_state(old_state)
            older.random_sample(SHIFT * shift)
        for plain, its_state in self.plain:
            plain.setstate(its_state)
            if shift:
                plain.seed(SHIFT * shift)


def draws_globally(run: Callable[[], np.ndarray]) -> bool:
    """Whether results depend on the global random state; code that seeds it itself is repeatable.

    Examples
    --------
    >>> draws_globally(lambda: np.random.random(2)), draws_globally(lambda: np.zeros(2))
    (True, False)
    """
    with GlobalState() as state:
        run()
        if not state.is_used():
            return False
        results = []
        for seed in range(SEEDS):
            seed_globally(seed)
            results.append(run())
    return any(not np.array_equal(result, results[0], equal_nan=True) for result in results)


def seed_globally(seed: int) -> None:
    """Seed the global random states of NumPy and Python."""
    np.random.seed(seed)  # noqa: NPY002 - it is the global state that is held still
    random.seed(seed)


@contextmanager
def settings_restored() -> Iterator[None]:
    """Restore, when the block ends, the global settings that code in it may have changed.

    These are NumPy's error handling and print options, the warning filters, the working directory,
    ``sys.stdout`` and the global random states.
    """
    with (
        np.errstate(),
        np.printoptions(),
        warnings.catch_warnings(),
        chdir("."),
        redirect_stdout(sys.stdout),
        GlobalState(),
    ):
        yield


class GlobalState:
    """Restore NumPy's and Python's global random states when the block ends."""

    def __enter__(self) -> "GlobalState":
        self.numpy, self.python = np.random.get_state(), random.getstate()  # noqa: NPY002
        return self

    def __exit__(self, *failure: object) -> None:
        np.random.set_state(self.numpy)  # noqa: NPY002
        random.setstate(self.python)

    def is_used(self) -> bool:
        """Whether a number has been drawn since the block began."""
        now: Any = np.random.get_state()  # noqa: NPY002
        before: Any = self.numpy
        same = now[2] == before[2] and np.array_equal(now[1], before[1])
        return not same or random.getstate() != self.python
