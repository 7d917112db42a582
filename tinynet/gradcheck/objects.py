"""The subject for any object with ``forward`` and ``backward``.

Its parameters, their gradients and the gradient of the input are recognised by running a copy: what
forward leaves alone and what moves its output may be a parameter, and what backward writes or
returns may be a gradient.
"""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tinynet.gradcheck.crashes import CrashError, as_outputs, guarded
from tinynet.gradcheck.functions import argument_names, rows_as_array, takes
from tinynet.gradcheck.held import (
    Arrays,
    GlobalState,
    Randomness,
    attributes,
    deep_copy,
    draws_globally,
    is_array,
    is_number,
    look_up,
    path_keys,
    places,
    put,
    same,
    to_float64,
)
from tinynet.gradcheck.pairing import (
    GRADIENT_NAMES,
    INPUT_GRADIENTS,
    pair_up,
    pairs_beside,
    plain,
    spells_a_parameter,
)
from tinynet.gradcheck.reach import bound_to, in_reach, is_foreign, moved_from_outside, moves_output
from tinynet.gradcheck.subjects import Subject
from tinynet.layers.base import Layer
from tinynet.models import Sequential

OUTPUT = "output"  # the attribute that a forward without a return leaves beside dinputs
ZEROING = ("zero_grad", "zero_grads", "zero_gradients")
NEARLY = 0.85  # how alike two names are of which one is the other, misspelt
TRAINING = ("training", "train", "is_training")
STEPPED = (
    "no gradient found, but backward changes the array itself: leave the step to the optimizer, "
    "and store the gradient, such as dW for W"
)
INPUTS = ("x", "input", "inputs")
UPSTREAM = ("dy", "dz", "da", "dout", "dvalues", "delta", "upstream")

Pairs = list[tuple[str, str]]  # the paths of parameters and of their gradients


class ObjectSubject(Subject):
    """An object with ``forward(x)``, or ``__call__``, and ``backward(dy)``.

    Two of its `methods` may take their place.
    """

    pairs: Sequence[tuple[str, str]] = ()
    zero: str | None = None
    calls = False  # whether it is called, although it has a method forward

    def __init__(
        self,
        target: Any,
        x: np.ndarray,
        names: Mapping[str, str] | None,
        methods: tuple[Any, Any] | None = None,
    ) -> None:
        self.names, self.methods = names, methods
        for method in ("forward", "backward"):
            if methods is None and way(target, method) is None:
                text = f"there is no method {method}: {type(target).__name__} must have one"
                raise CrashError(method, "missing_method", text)
        with guarded("copying"):
            copied = deep_copy(target)
            take_class_arrays(copied)
            to_float64(copied)
        self.adopt(copied)
        try:
            self.recognise(x)
        except CrashError as crash:
            if methods is not None or self.ahead is self.thing or not callable(self.thing):
                raise
            self.calls = True  # its __call__ may keep what backward needs
            self.adopt(copied)
            try:
                self.recognise(x)
            except CrashError:
                raise crash from None

    def adopt(self, thing: Any) -> None:
        """Run a copy of an object."""
        self.untouched, self.thing = thing, deep_copy(thing)
        self.randomness = Randomness(self.thing)
        if self.methods is None:
            self.ahead, self.behind = way(self.thing, "forward"), way(self.thing, "backward")
            self.ahead = self.thing if self.calls else self.ahead
        else:
            self.ahead, self.behind = (bound_to(method, self.thing) for method in self.methods)
        self.input_place = place_of_input(self.ahead, self.behind)
        self.mode = mode_of(self.thing, self.ahead)
        self.has_modes = self.mode is not None
        self.returned: Any = None
        # As plain arrays, since the class may multiply otherwise, as np.matrix does.
        self.parameters = {name: np.asarray(look_up(self.thing, name)) for name, _ in self.pairs}

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward in a mode; keep the cache that it may return."""
        self.x = x
        y = self.ahead(x) if self.mode is None else self.mode(x, training)
        self.leaves_output = y is None
        if self.leaves_output:
            y = getattr(self.thing, OUTPUT, None)
        self.cache: tuple[Any, ...] = ()
        if isinstance(y, tuple) and len(y) > 1 and takes(self.behind, 2):
            y, *others = y
            self.cache = (others[0] if len(others) == 1 else tuple(others),)
        return y

    def back(self, dy: np.ndarray) -> Any:
        """Run backward; return the gradient of the input, returned or left in an attribute."""
        if self.zero:
            getattr(self.thing, self.zero)()
        arguments = [dy, *self.cache]
        if self.input_place is not None and not self.cache:
            arguments.insert(self.input_place, self.x)
        self.returned = rows_as_array(self.behind(*arguments), self.x.shape)
        return input_gradient(self.thing, self.returned)

    def gradients(self) -> Mapping[str, Any]:
        """Return the parameters' gradients."""
        return {name: self.gradient_at(gradient) for name, gradient in self.pairs}

    def gradient_at(self, path: str) -> Any:
        """Return the array at a path of the object, or of what `backward` has returned."""
        if path.startswith("returned["):
            return look_up(self.returned, path.removeprefix("returned"))
        return look_up(self.thing, path)

    def now(self) -> Mapping[str, Any]:
        """Return the current values of the parameters' attributes."""
        return {name: look_up(self.thing, name) for name, _ in self.pairs}

    def constants(self) -> Iterator[np.ndarray]:
        """Yield every array that is in the object before it runs, or that its code refers to."""
        for place in (*places(self.untouched), *in_reach(*classes_in(self.untouched)).values()):
            if isinstance(place.value, np.ndarray):
                yield place.value

    def recognise(self, x: np.ndarray) -> None:
        """Run a copy, and find the arrays that have gradients."""
        self.pairs, self.uses_global = (), False
        trial = self.over(self.untouched)
        with GlobalState():
            first = self.over(self.untouched)
            trial.uses_global = draws_globally(lambda: first.forward(x.copy()))
            y = trial.forward(x.copy())
            warm = deep_copy(trial.thing)
            trial.backward(np.random.default_rng(0).standard_normal(y.shape))
        if trial.leaves_output and trial.returned is not None:
            as_outputs(None, "forward")  # it has forgotten its return
        kept, arrays = left_alone(self.over, self.untouched, warm, x)
        if self.names is not None:
            found = self.chosen(trial)
        else:
            alone = {name: array for name, array in arrays.items() if name in kept}
            left = written(warm, trial.thing, trial.returned)
            found, unpaired = self.paired(trial, warm, x, alone, left)
            refuse_misspelt(trial.thing, warm, kept, found)
            self.unchecked = not_checked(unpaired, found, left)
        if any(look_up(self.untouched, name) is None for name, _ in found):
            self.untouched = warm  # parameters that the first forward makes
        numbers_to_arrays(self.untouched, [name for name, _ in found])
        self.pairs, self.uses_global = found, trial.uses_global
        self.adopt(self.untouched)
        self.zero = self.zeroing_method(x, y)
        self.recognised = self.describe(trial)
        if self.names is None:
            self.unchecked = [*self.unchecked, *not_attributes(trial, found, x)]

    def paired(
        self,
        trial: "ObjectSubject",
        warm: Any,
        x: np.ndarray,
        kept: Arrays,
        left: Mapping[str, Any],
    ) -> tuple[Pairs, Arrays]:
        """Return pairs of arrays and gradients, and the arrays whose gradients aren't found.

        `warm` is the object after forward, and `left` what backward leaves.
        """
        found = self.beside(trial.thing, set(kept))
        known = {id(look_up(warm, name)) for name, _ in found}
        first = [name for name, _ in found]
        likely = {name: look_up(warm, name) for name in kept if may_be_learned(warm, name)}

        def run_with(changed: Arrays) -> np.ndarray:
            other = trial.over(warm)
            put(other.thing, changed)
            return other.forward(x.copy())

        def moves(name: str) -> bool:
            return name in likely and moves_output(name, likely, likely, run_with)

        moving = {
            name: array
            for name, array in kept.items()
            if name in first or (id(look_up(warm, name)) not in known and moves(name))
        }
        taken = {gradient for _, gradient in found}
        left = {p: array for p, array in left.items() if p not in taken and p not in moving}
        if any(a.ndim == 0 and isinstance(path_keys(name)[-1], int) for name, a in moving.items()):
            left |= entries_of(left)  # of a list of numbers, the gradient may be an array
        floats = {name: a for name, a in kept.items() if a.dtype.kind == "f"}
        found += pair_up(moving, [name for name in moving if name not in first], left)
        found += whole_vectors(warm, found, moving, left)
        found = found or in_order(floats, left)
        found.sort(key=lambda pair: list(kept).index(pair[0]))
        names = {name for name, _ in found}
        owners = [look_up(warm, name) for name in names]
        return found, {
            name: array
            for name, array in moving.items()
            if name not in names and not is_in_one(look_up(warm, name), owners)
        }

    def chosen(self, trial: "ObjectSubject") -> Pairs:
        """Return the pairs that the caller has named."""
        assert self.names is not None
        for name, gradient in self.names.items():
            if not is_array(look_up(trial.thing, name)):
                raise ValueError(
                    f"parameters names {name!r}, but {type(trial.thing).__name__} has no array of "
                    f"numbers of that name."
                )
            if trial.gradient_at(gradient) is None:
                text = f"backward leaves no {gradient!r}, which parameters names for {name!r}"
                raise CrashError("backward", "returns_nothing", text)
        return list(self.names.items())

    def beside(self, thing: Any, kept: set[str]) -> Pairs:
        """Return the arrays with gradients that `forward` doesn't overwrite."""
        found = [pair for holder in holders(thing) for pair in pairs_beside(*holder)]
        paths = {id(look_up(thing, name)): name for name in kept}
        taken, result = set(), []
        for path, gradient in found:
            array = look_up(thing, path)
            name = path if path in kept else paths.get(id(array), path)  # a method's, by identity
            if name in kept and id(array) not in taken and look_up(thing, gradient) is not None:
                taken.add(id(array))
                result.append((name, gradient))
        return result

    def zeroing_method(self, x: np.ndarray, y: np.ndarray) -> str | None:
        """Return the method that zeroes gradients, if they accumulate."""
        method = next((name for name in ZEROING if callable(getattr(self.thing, name, None))), None)
        if method is None:
            return None
        trial, dy = self.fresh(), np.random.default_rng(1).standard_normal(y.shape)
        seen = []
        for _ in range(2):
            trial.forward(x.copy())
            trial.backward(dy.copy())
            seen.append([np.array(gradient) for gradient in trial.gradients().values()])
        adds = any(not same(a, b) for a, b in zip(*seen, strict=True) if a.shape == b.shape)
        return method if adds else None

    def describe(self, trial: "ObjectSubject") -> str:
        """Say what was recognised."""
        pairs = ", ".join(f"{name} <-> {gradient}" for name, gradient in self.pairs)
        _, where = input_gradient_and_place(trial.thing, trial.returned)
        self.gives_dx = where != "none"
        words = [f"parameters: {pairs or 'none'}", f"input gradient: {where}"]
        flags = [name for name in TRAINING if getattr(trial.untouched, name, True) is False]
        words += [f"run with {name}=True" for name in flags if self.has_modes]
        if trial.leaves_output:
            words.append(f"output: {OUTPUT}")
        if self.input_place is not None and not trial.cache:
            words.append("backward is called with x and dy")
        if self.zero:
            words.append(f"gradients add up and are zeroed by {self.zero}()")
        return "; ".join(words)


def whole_vectors(warm: Any, found: Pairs, moving: Arrays, left: Mapping[str, Any]) -> Pairs:
    """Return the pairs of vectors of which the other arrays without a gradient are views."""
    names, taken = {name for name, _ in found}, {gradient for _, gradient in found}
    lonely = {name: look_up(warm, name) for name in moving if name not in names}
    whole = [name for name, array in lonely.items() if is_whole(array)]
    if len(whole) == len(lonely):
        return []
    rest = {path: array for path, array in left.items() if path not in taken}
    return pair_up({name: moving[name] for name in whole}, whole, rest)


def is_in_one(array: Any, owners: list[Any]) -> bool:
    """Whether an array is one of the owners, or a view of one."""
    return isinstance(array, np.ndarray) and any(
        array is a or (array.base is a and is_whole(a)) for a in owners
    )


def is_whole(array: Any) -> bool:
    """Whether a value is an array of its own, and no view of another."""
    return isinstance(array, np.ndarray) and array.base is None


def refuse_misspelt(thing: Any, before: Any, kept: set[str], found: Pairs) -> None:
    """Raise CrashError if backward leaves an array whose name is nearly that of a gradient."""
    taken = {name for pair in found for name in pair}
    new = {
        name: value
        for name, value in attributes(thing).items()
        if is_array(value) and name not in taken and name not in INPUT_GRADIENTS
        if name not in attributes(before)
    }
    for name in sorted(kept - taken):
        array = look_up(thing, name)
        meant = [form.format(name) for form in GRADIENT_NAMES]
        for wrong, value in new.items():
            near = difflib.get_close_matches(wrong, meant, n=1, cutoff=NEARLY)
            if near and np.shape(value) == np.shape(array):
                text = (
                    f"backward leaves {wrong!r}, which belongs to no array; did you mean "
                    f"{near[0]!r}, the gradient of {name!r}?"
                )
                raise CrashError("backward", "misspelt", text)


def in_order(arrays: Arrays, written: Mapping[str, Any]) -> Pairs:
    """Match what `backward` returns after dx with the arrays and numbers in order, by shape."""
    returned = {path: part for path, part in written.items() if path.startswith("returned[")}
    if [a.shape for a in arrays.values()] != [np.shape(part) for part in returned.values()]:
        return []
    return list(zip(arrays, returned, strict=True))


def written(before: Any, after: Any, returned: Any = None) -> dict[str, Any]:
    """Return the arrays that `backward` has written or returned after dx, by their paths."""
    old = {p.path: p.value for p in places(before) if is_array(p.value)}
    found: dict[str, Any] = {}
    for place in places(after):
        parts: dict[str, Any] = {"": place.value}
        if isinstance(place.value, tuple):
            parts = {f"[{k}]": part for k, part in enumerate(place.value)}
        for key, value in parts.items():
            path = place.path + key
            is_new = is_array(value) and not (path in old and same(old[path], value))
            if is_new and path_keys(path)[-1] not in INPUT_GRADIENTS:
                found[path] = value
    return found | returned_after_dx(returned)


def entries_of(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of arrays, by paths such as ``db[0]``.

    Examples
    --------
    >>> entries_of({"db": np.array([1.0, 2.0])})
    {'db[0]': np.float64(1.0), 'db[1]': np.float64(2.0)}
    """
    return {
        path + "".join(f"[{k}]" for k in index): array[index]
        for path, array in arrays.items()
        if np.ndim(array)
        for index in np.ndindex(np.shape(array))
    }


def returned_after_dx(returned: Any) -> dict[str, Any]:
    """Return what `backward` returns in addition to dx, by paths such as ``returned[1]``."""
    if isinstance(returned, Mapping):
        parts = {f"[{key!r}]": part for key, part in returned.items()}
        parts = {key: part for key, part in parts.items() if key[2:-2] not in INPUT_GRADIENTS}
    elif isinstance(returned, tuple | list) and not is_number(next(iter(returned), None)):
        parts = {f"[{k}]": part for k, part in enumerate(returned) if k}
    else:
        return {}  # a list of numbers is dx
    found: dict[str, Any] = {}
    for key, part in parts.items():
        inner = {key: part}
        if isinstance(part, Mapping):
            inner = {f"{key}[{name!r}]": value for name, value in part.items()}
        elif isinstance(part, tuple | list):
            inner = {f"{key}[{k}]": value for k, value in enumerate(part)}
        found |= {f"returned{path}": value for path, value in inner.items() if is_array(value)}
    return found


def may_be_learned(thing: Any, name: str) -> bool:
    """Whether an array may be a parameter: an array of numbers, or a number named as one is.

    Other numbers, such as a slope or an epsilon, are settings. A tinynet layer declares its
    parameters.
    """
    value = look_up(thing, name)
    steps = [name[: step.start()] for step in re.finditer(r"[.\[]", name)]
    if any(isinstance(look_up(thing, path), Layer | Sequential) for path in steps):
        return False
    if isinstance(value, np.ndarray):
        return value.size > 0
    words = [key for key in path_keys(name) if isinstance(key, str)]  # W for W[0][1], too
    return isinstance(value, float | np.floating) and bool(words) and spells_a_parameter(words[-1])


def not_checked(
    unpaired: Arrays, found: Pairs, changed: Mapping[str, Any]
) -> list[tuple[str, tuple[int, ...], str]]:
    """Return name, shape and text for each array whose gradient isn't found."""
    taken = {gradient for _, gradient in found}
    left = {p: array for p, array in changed.items() if p not in taken and p not in unpaired}
    guesses = {}
    for name, array in unpaired.items():
        fitting = [path for path, gradient in left.items() if np.shape(gradient) == array.shape]
        guesses[name] = fitting[0] if len(fitting) == 1 else "..."
    learned, fixed = (
        ", ".join(f'"{name}": "{path}"' for name, path in pairs)
        for pairs in ([*found, *guesses.items()], found)
    )
    text = (
        f"no gradient found. If the array is learned, name its gradient, parameters={{{learned}}}; "
        f"if it is fixed, leave it out, parameters={{{fixed}}}"
    )
    return [
        (name, array.shape, STEPPED if name in changed else text)
        for name, array in unpaired.items()
    ]


def not_attributes(
    trial: ObjectSubject, found: Pairs, x: np.ndarray
) -> list[tuple[str, tuple[int, ...], str]]:
    """Return name, shape and text for each array outside the object that may be learned."""
    thing = trial.thing
    known = {f"{type(thing).__name__}.{gradient}" for _, gradient in found}
    outside = moved_from_outside(
        classes_in(thing), trial.forward, trial.backward, x, (thing,), known
    )
    fixed = ", ".join(f'"{name}": "{gradient}"' for name, gradient in found)
    text = (
        f"forward uses this array, which isn't an attribute of the object, so its gradient "
        f"isn't checked. If the array is learned, make it an attribute; if it is fixed, leave "
        f"it out, parameters={{{fixed}}}"
    )
    return [(name, shape, text) for name, shape in outside.items()]


def left_alone(
    over: Callable[[Any], Subject], untouched: Any, warm: Any, x: np.ndarray
) -> tuple[set[str], Arrays]:
    """Return the names of the arrays that a forward pass with other numbers leaves unchanged.

    Arrays that `forward` overwrites aren't parameters, even if they have a gradient: a cached x.
    Neither are those that the `untouched` object doesn't have and that each pass makes anew, such
    as a copy of a parameter, or that the first pass fills with x. `warm` is the object after it.
    """
    arrays = {p.path: np.array(p.value) for p in places(warm) if is_array(p.value)}
    for other in (x[::-1] if len(x) > 1 else x, x):
        changed = np.ascontiguousarray(other)
        if x.dtype.kind == "f":
            changed = changed * 0.875 + 0.03125
        subject = over(warm)
        before = owners(subject.thing)
        try:
            subject.forward(changed)
            break
        except CrashError:
            continue
    else:
        return set(arrays), arrays
    now, after = {p.path: p.value for p in places(subject.thing)}, owners(subject.thing)
    kept = {name for name in after if name in arrays and same(now[name], arrays[name])}
    new = {name for name in kept if look_up(untouched, name) is None}
    copies = {n for n in new if after[n] is not before.get(n) or same(arrays[n], x)}
    return kept - copies - once_more(after, kept - new, new - copies), arrays


def once_more(held: Mapping[str, Any], known: set[str], new: set[str]) -> set[str]:
    """Return the new names of arrays that have another name: ``cache[1]`` for ``W``."""
    seen = {id(held[name]) for name in known}
    found = set()
    for name in sorted(new, key=lambda name: len(path_keys(name))):
        if isinstance(held[name], np.ndarray) and id(held[name]) in seen:
            found.add(name)
        seen.add(id(held[name]))
    return found


def owners(thing: Any) -> dict[str, Any]:
    """Return each array in an object, and the holder of each number, by path."""
    held = [place for place in places(thing) if is_array(place.value)]
    return {p.path: p.value if isinstance(p.value, np.ndarray) else p.holder for p in held}


def classes_in(thing: Any) -> list[type]:
    """Return the classes of an object and of those in it, but for a library's."""
    kinds = {kind: None for _, holder in holders(thing) for kind in type(holder).__mro__}
    return [kind for kind in kinds if not is_foreign(kind)]


def take_class_arrays(thing: Any) -> None:
    """Give an object and those in it copies of the arrays that only their classes hold."""
    for _, holder in list(holders(thing)):
        for kind in type(holder).__mro__:
            for name, value in () if is_foreign(kind) else list(vars(kind).items()):
                if isinstance(value, np.ndarray) and name not in attributes(holder):
                    setattr(holder, name, value.copy())


def way(target: Any, method: str) -> Any:
    """Return an object's forward or backward method; forward may be ``__call__``."""
    found = getattr(target, method, None)
    if callable(found):
        return found
    return target if method == "forward" and callable(target) else None


def place_of_input(ahead: Any, behind: Any) -> int | None:
    """Return which argument of backward is the input, if the only other one is dy.

    Examples
    --------
    >>> place_of_input(lambda x: x, lambda x, grad_output: grad_output)
    0
    """
    names = argument_names(behind, first=0)[:2]
    if len(names) < 2 or takes(behind, 1) or not takes(behind, 2):
        return None
    inputs = (*INPUTS, *map(plain, argument_names(ahead, first=0)[:1]))
    for place, (name, other) in enumerate((names, names[::-1])):
        is_upstream = plain(other) in UPSTREAM or "grad" in plain(other)
        if plain(name) in inputs and is_upstream:
            return place
    return None


def mode_of(thing: Any, ahead: Any) -> Callable[[np.ndarray, bool], Any] | None:
    """Return forward as a function of x and training, if it has a training mode."""
    try:
        accepted = inspect.signature(ahead).parameters
    except (TypeError, ValueError):
        accepted = {}  # type: ignore[assignment]
    for name in TRAINING:
        if name in accepted:
            return lambda x, training: ahead(x, **{name: training})
    if all(callable(getattr(thing, name, None)) for name in ("train", "eval")):

        def in_mode(x: np.ndarray, training: bool) -> Any:
            (thing.train if training else thing.eval)()
            return ahead(x)

        return in_mode
    for name in TRAINING:
        if isinstance(getattr(thing, name, None), bool):

            def switched(x: np.ndarray, training: bool, name: str = name) -> Any:
                setattr(thing, name, training)
                return ahead(x)

            return switched
    return None


def input_gradient(thing: Any, returned: Any) -> Any:
    """Return the gradient of the input, or None."""
    return input_gradient_and_place(thing, returned)[0]


def input_gradient_and_place(thing: Any, returned: Any) -> tuple[Any, str]:
    """Return the gradient of the input and where it was found."""
    if isinstance(returned, Mapping):
        for name in INPUT_GRADIENTS:
            if name in returned:
                return returned[name], f"returned[{name!r}]"
    if isinstance(returned, tuple | list) and returned and not is_number(returned[0]):
        return returned[0], "returned[0]"
    if returned is not None:
        return returned, "returned"
    for name in INPUT_GRADIENTS:
        value = getattr(thing, name, None)
        if value is not None:
            return value, name
    return None, "none"


def holders(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield an object and every object in it, with its path."""
    yield "", thing
    for place in places(thing):
        if attributes(place.value) and not callable_only(place.value):
            yield f"{place.path}.", place.value


def callable_only(value: Any) -> bool:
    """Whether a value is a function or class rather than an object that holds arrays."""
    return inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value)


def numbers_to_arrays(thing: Any, names: Iterable[str]) -> None:
    """Convert parameters that are numbers, or integers, to arrays of float64."""
    wanted = set(names)
    for place in list(places(thing)):
        if place.path in wanted:
            value = place.value
            if not isinstance(value, np.ndarray) or value.dtype != np.float64:
                place.put(np.array(value, dtype=np.float64))
