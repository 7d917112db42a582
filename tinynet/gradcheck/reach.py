"""What functions use besides their arguments: the object of a method, globals, and closures.

The functions of a pair may keep arrays outside their arguments. If both are methods of one object,
the object is checked. Other arrays can't be copied, and nothing says where their gradients are, so
the report must name those that move the output: they aren't checked.
"""

import functools
import inspect
import sys
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from tinynet.gradcheck.crashes import NUMPY, OURS, CrashError, is_of_a_library, is_within
from tinynet.gradcheck.held import Arrays, Place, attributes, is_sequence, path_keys, same, shifted
from tinynet.gradcheck.pairing import spells_a_parameter

MANY = 2000  # values that are looked at, at most
LOGARITHMS = {"log", "log1p", "log2", "log10", "xlogy", "xlog1py"}
Run = Callable[[np.ndarray], np.ndarray]


def owner_of(function: Any) -> Any:
    """Return the object that a method belongs to, or that is called itself; None for a function."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.ismethod(function):
        return None if isinstance(function.__self__, type) else function.__self__
    return None if inspect.isroutine(function) or inspect.isclass(function) else function


def common_owner(ahead: Any, behind: Any) -> Any:
    """Return the object that both functions belong to, or None."""
    thing = owner_of(ahead)
    return thing if thing is owner_of(behind) else None


def bound_to(function: Any, thing: Any) -> Any:
    """Return a method of an object as one of its copy."""
    if isinstance(function, functools.partial):
        inner = bound_to(function.func, thing)
        return functools.partial(inner, *function.args, **function.keywords)
    return types.MethodType(function.__func__, thing) if inspect.ismethod(function) else thing


# ---------------------------------------------------------------------------- what is in reach


def in_reach(*functions: Any) -> dict[str, Place]:
    """Return the arrays and numbers that functions can use besides their arguments, by path.

    Examples
    --------
    >>> W = np.ones((2, 3))
    >>> list(in_reach(lambda x: x @ W))
    ['W']
    """
    found: dict[str, Place] = {}
    for place in places_in_reach(*functions):
        if is_a_number(place.value):
            found.setdefault(place.path, place)
    return found


def takes_logarithms(function: Any) -> bool:
    """Whether a function, or one that it can use, calls a logarithm.

    Examples
    --------
    >>> takes_logarithms(lambda p: -np.log(p).mean())
    True
    """
    used = [function, *(place.value for place in places_in_reach(function))]
    written = [thing for thing in used if isinstance(thing, types.FunctionType)]
    return any(
        LOGARITHMS & set(code.co_names)
        for thing in written
        if not is_within(thing.__code__.co_filename, OURS, NUMPY)
        for code in codes(thing.__code__)
    )


def places_in_reach(*functions: Any) -> Iterator[Place]:
    """Yield all that functions can use besides their arguments."""
    waiting = [("", function) for function in functions]
    seen: set[int] = set()
    while waiting and len(seen) < MANY:
        path, thing = waiting.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        for place in directly_in(thing, path):
            yield place
            if not is_a_number(place.value):
                waiting.append((place.path, place.value))


def is_a_number(value: Any) -> bool:
    """Whether a value is a number or an array."""
    numbers = isinstance(value, np.ndarray | np.number | int | float)
    return numbers and not is_sequence(value)


def directly_in(thing: Any, path: str) -> Iterator[Place]:
    """Yield what a function, object, class, list or dict holds or refers to."""
    dot = f"{path}." if path and not inspect.isroutine(thing) else ""
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield Place(thing, key, value, f"{path}[{key!r}]", True)
    elif is_sequence(thing):
        for key, value in enumerate(thing):
            yield Place(thing, key, value, f"{path}[{key}]", True)
    elif isinstance(thing, functools.partial):
        yield Place(thing, "func", thing.func, path)
        yield Place(thing, "args", thing.args, "args")
        for name, value in thing.keywords.items():
            yield Place(thing.keywords, name, value, name, True)
    elif inspect.ismethod(thing):
        owner = thing.__self__
        name = owner.__name__ if isinstance(owner, type) else type(owner).__name__
        yield Place(thing, "__self__", owner, path or name)
        yield Place(thing, "__func__", thing.__func__, path)
    elif isinstance(thing, types.FunctionType):
        yield from used_by(thing)
    elif isinstance(thing, type):
        if not is_foreign(thing):
            for name, value in vars(thing).items():
                plain = value.__func__ if isinstance(value, staticmethod | classmethod) else value
                yield Place(thing, name, plain, dot + name)
    elif not isinstance(thing, types.ModuleType | str | bytes):
        dot = dot or f"{type(thing).__name__}."
        for name, value in attributes(thing).items():
            yield Place(thing, name, value, dot + name)
        for kind in type(thing).__mro__:
            yield Place(None, "", kind, path or type(thing).__name__)


def used_by(function: types.FunctionType) -> Iterator[Place]:
    """Yield the globals, the closure and the defaults of a function that isn't a library's."""
    if is_within(function.__code__.co_filename, OURS, NUMPY):
        return
    names = {name for code in codes(function.__code__) for name in code.co_names}
    for name in sorted(names & set(function.__globals__)):
        value = function.__globals__[name]
        if isinstance(value, types.ModuleType):
            yield from used_in(value, names, name)
        else:
            yield Place(function.__globals__, name, value, name, True)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # the variable has no value yet
            continue
        if isinstance(value, types.ModuleType):
            yield from used_in(value, names, name)
        else:
            yield Place(cell, "cell_contents", value, name)
    for argument in inspect.signature(function).parameters.values():
        if isinstance(argument.default, np.ndarray):
            yield Place(None, argument.name, argument.default, argument.name)


def used_in(module: types.ModuleType, names: set[str], path: str) -> Iterator[Place]:
    """Yield what a module has of these names; of a library's, arrays alone."""
    file = getattr(module, "__file__", None) or ""
    is_builtin = not file and module.__name__ in sys.builtin_module_names
    is_library = is_builtin or is_of_a_library(file) or is_within(file, OURS, NUMPY)
    for name in sorted(names & set(vars(module))):
        value = vars(module)[name]
        if isinstance(value, np.ndarray) or not is_library:
            yield Place(module, name, value, f"{path}.{name}")


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the code of a function and of the functions in it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from codes(inner)


def is_foreign(kind: type) -> bool:
    """Whether a class is Python's, NumPy's or tinynet's."""
    return kind.__module__.split(".")[0] in ("builtins", "numpy", "tinynet", "functools", "random")


# ------------------------------------------------------------------------- what moves the output


def moved_from_outside(
    functions: list[Any],
    run: Run,
    backward: Callable[[np.ndarray], Any],
    x: np.ndarray,
    writers: tuple[Any, ...] = (),
    known: Collection[str] = (),
) -> dict[str, tuple[int, ...]]:
    """Return the path and shape of each value in reach that may be learned and moves the output.

    A value may be learned if it has the name of a parameter, such as ``W``, or if backward writes
    an array of its shape.

    `writers` may hold arrays that backward writes, too; `known` are the paths of gradients that
    belong to other arrays.
    """
    written = shapes_written([*functions, *writers], run, backward, x, known)
    now = values(in_reach(*functions))
    try:
        run(x[::-1] * 0.875 + 0.03125 if x.ndim and x.dtype.kind == "f" else x.copy())
    except CrashError:
        return {}
    places = {
        path: place
        for path, place in in_reach(*functions).items()
        if path in now and same(now[path], place.value) and may_be_learned(place, written)
    }
    y = run(x.copy())
    if not same(run(x.copy()), y):  # it is random
        return {}
    values_now = {path: place.value for path, place in places.items()}

    def run_with(changed: Arrays) -> np.ndarray:
        with ExitStack() as stack:
            for path, value in changed.items():
                stack.enter_context(replaced(places[path], value))
            return run(x.copy())

    return {
        path: np.shape(value)
        for path, value in values_now.items()
        if moves_output(
            path, [p for p, v in values_now.items() if v is not value], values_now, run_with
        )
    }


def shapes_written(
    functions: list[Any],
    run: Run,
    backward: Callable[[np.ndarray], Any],
    x: np.ndarray,
    known: Collection[str],
) -> set[tuple[int, ...]]:
    """Return the shapes of the arrays that backward writes, but for those of a batch.

    Whatever has another shape for a batch of another size isn't the gradient of a parameter.
    """
    rng = np.random.default_rng(1)
    y = run(x.copy())
    before = values(in_reach(*functions))
    backward(rng.standard_normal(y.shape))
    found = {
        path: value.shape
        for path, value in values(in_reach(*functions)).items()
        if path not in known and (path not in before or not same(value, before[path]))
    }
    try:
        backward(rng.standard_normal(run(np.concatenate([x, x[:1]])).shape))
    except (CrashError, IndexError, ValueError):  # x has no rows, or needs as many as it has
        return set(found.values()) - {x.shape, y.shape}
    now = values(in_reach(*functions))
    return {shape for path, shape in found.items() if path in now and now[path].shape == shape}


def values(places: dict[str, Place]) -> dict[str, np.ndarray]:
    """Return copies of all values."""
    return {path: np.array(place.value) for path, place in places.items()}


def may_be_learned(place: Place, written: set[tuple[int, ...]]) -> bool:
    """Whether a value may be a parameter; a name in capitals, such as MASK, is a constant's."""
    value = place.value
    names = [key for key in path_keys(place.path) if isinstance(key, str)]
    if names and spells_a_parameter(names[-1]):
        return isinstance(value, np.ndarray | float | np.floating) and np.size(value) > 0
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or not value.size:
        return False
    is_constant = bool(names) and names[-1].isupper() and len(names[-1].rstrip("0123456789")) > 1
    return value.shape in written and not is_constant


def moves_output(
    name: str, others: Iterable[str], values: Mapping[str, Any], run: Callable[[Arrays], np.ndarray]
) -> bool:
    """Whether the output of `run`, a function of some of the values, depends on one of them.

    The `others` are moved as well, since weights of 0 hide what is below them.
    """
    for moved in ((), others):
        rng = np.random.default_rng(0)
        base = {other: shifted(values[other], rng) for other in moved}
        trials = [shifted(values[name], rng, scale) for scale in (0, 1, -2)]
        try:
            here, *outputs = [run(base | {name: value}) for value in trials]
        except (CrashError, AttributeError, TypeError):  # an index, or a value that can't be moved
            continue
        if not all(same(y, here) for y in outputs):
            return True
    return False


@contextmanager
def replaced(place: Place, value: np.ndarray) -> Iterator[None]:
    """Give a place another value within the block."""
    old = place.value
    if isinstance(old, np.ndarray) and old.dtype.kind == "f" and old.flags.writeable:
        before = old.copy()
        old[...] = value
        try:
            yield
        finally:
            old[...] = before
    else:
        place.put(value)
        try:
            yield
        finally:
            place.put(old)
