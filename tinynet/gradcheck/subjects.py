"""Subjects: a common interface to run the code under test forward and backward.

There are subjects for tinynet's layers and models, for any object with ``forward`` and
``backward``, and for a pair of functions. (`tinynet.gradcheck.paths` handles functions that return
a value and its gradient.) Parameters, their gradients and the gradient of the input are recognised
by running a copy.
"""

import copy
import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinynet.gradcheck.crashes import CrashError, as_outputs, guarded
from tinynet.gradcheck.held import (
    GlobalState,
    Randomness,
    attributes,
    deep_copy,
    draws_globally,
    places,
    to_float64,
)
from tinynet.gradcheck.pairing import pair_up, path_keys, path_steps, spells_a_parameter
from tinynet.gradcheck.reach import bound_to, in_reach, is_foreign, moved_from_outside
from tinynet.layers.base import Layer
from tinynet.models import Sequential
from tinynet.optimizers.base import Optimizer

Arrays = dict[str, np.ndarray]

GRADIENT_NAMES = ("d{}", "d_{}", "grad_{}", "{}_grad", "{}grad")
VALUE_AND_GRADIENT = (("data", "grad"), ("value", "grad"), ("value", "gradient"))
PAIRS = (("params", "grads"), ("parameters", "gradients"))
INPUT_GRADIENTS = ("dinputs", "dx", "dX", "grad_input")
OUTPUT = "output"  # the attribute that a forward without a return leaves beside dinputs
ZEROING = ("zero_grad", "zero_grads", "zero_gradients")
NEARLY = 0.85  # how alike two names are of which one is the other, misspelt
TRAINING = ("training", "train", "is_training")


class Subject:
    """A copy of the code under test, in float64 and with repeatable random numbers.

    Attributes
    ----------
    parameters : dict of str to numpy.ndarray
        The arrays to differentiate by, except for the input; a check writes into them.
    recognised : str
        A description of what was recognised, for the report.
    own : bool
        Whether all of its code is tinynet's.
    batched : bool
        Whether the first axis of its input is known to be that of the examples.
    has_modes : bool
        Whether it has different modes for training and prediction.
    randomness : Randomness
    unchecked : sequence of (name, shape, text)
        The arrays that may be parameters, but whose gradients weren't found.
    left_out : sequence of (name, shape)
        Such arrays that the caller has left out of `parameters`.
    result : object
        What the last forward has returned, not copied.
    """

    parameters: Arrays
    recognised = ""
    own = False
    batched = False
    has_modes = False
    randomness: Randomness
    states: Sequence[tuple[np.ndarray, np.ndarray]] = ()
    unchecked: Sequence[tuple[str, tuple[int, ...], str]] = ()
    left_out: Sequence[tuple[str, tuple[int, ...]]] = ()
    result: Any = None

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward; return its result."""
        raise NotImplementedError

    def back(self, dy: np.ndarray) -> Any:
        """Run backward; return the gradient of the input, or None."""
        raise NotImplementedError

    def gradients(self) -> Mapping[str, Any]:
        """Return the parameters' gradients from the last `backward`."""
        raise NotImplementedError

    def fresh(self) -> "Subject":
        """Return a copy that has never been run, with the parameters' present values."""
        raise NotImplementedError

    def now(self) -> Mapping[str, Any]:
        """Return the current values of the parameters' attributes."""
        return self.parameters

    def forward(self, x: np.ndarray, *, training: bool = True, shift: int = 0) -> np.ndarray:
        """Run forward with the random numbers of a `shift`."""
        self.rewind(shift)
        with guarded("forward", own=self.own):
            self.result = self.run(x, training)
        return as_outputs(self.result, "forward")

    def rewind(self, shift: int = 0) -> None:
        """Rewind random generators and layers' states."""
        self.randomness.rewind(shift)
        for array, values in self.states:
            array[...] = values

    def backward(self, dy: np.ndarray) -> Any:
        """Run backward from dy."""
        with guarded("backward", own=self.own):
            return self.back(dy)

    def constants(self) -> Iterator[np.ndarray]:
        """Yield all arrays that belong to the subject."""
        yield from self.parameters.values()


# ------------------------------------------------------------------- tinynet's layers and models


class LayerSubject(Subject):
    """A layer."""

    batched = True
    has_modes = True

    def __init__(self, layer: Layer, x: np.ndarray) -> None:
        self.own = is_own(layer)
        with guarded("__init__", own=self.own):
            copied = deep_copy(layer)
            if getattr(copied, "dtype", None) is not None:
                to_float64(copied)
                inner = (place.value for place in places(copied))
                for part in (copied, *(part for part in inner if isinstance(part, Layer))):
                    part.dtype = None if part.dtype is None else np.dtype(np.float64)
            else:
                copied.build(x.shape[1:])
        self.adopt(copied)

    def adopt(self, layer: Layer) -> None:
        """Adopt a copy that has never been run."""
        self.untouched, self.layer = layer, deep_copy(layer)
        self.randomness = Randomness(self.layer)
        self.parameters = dict(self.layer.parameters)
        self.states = [(state, state.copy()) for state in self.layer.states.values()]

    def fresh(self) -> "LayerSubject":
        """Return a copy that has never been run."""
        fresh = copy.copy(self)
        fresh.adopt(self.untouched)
        write(fresh.parameters, self.parameters)
        return fresh

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward."""
        return self.layer.forward(x, training=training)

    def back(self, dy: np.ndarray) -> Any:
        """Run backward."""
        return self.layer.backward(dy)

    def now(self) -> Mapping[str, Any]:
        """Return those of the layer."""
        return self.layer.parameters

    def gradients(self) -> Mapping[str, Any]:
        """Return those of the layer."""
        return self.layer.gradients


class ModelSubject(Subject):
    """A model, run layer by layer."""

    batched = True
    has_modes = True

    def __init__(self, model: Sequential, x: np.ndarray, loss: Any = None) -> None:
        self.own = all(is_own(layer) for layer in model.layers)
        with guarded("build", own=self.own):
            self.adopt(float64_model(model, x, loss))

    def adopt(self, model: Sequential) -> None:
        """Adopt a copy that has never been run."""
        self.untouched, self.model = model, copy.deepcopy(model)
        self.vector = self.model.parameters  # lays out the arrays; none is referred to before
        self.layers = list(self.model.layers)
        self.randomness = Randomness(self.model)
        self.parameters = by_name(self.layers, "parameters")
        self.states = [(s, s.copy()) for layer in self.layers for s in layer.states.values()]

    def fresh(self) -> "ModelSubject":
        """Return a copy that has never been run."""
        fresh = copy.copy(self)
        fresh.adopt(self.untouched)
        write(fresh.parameters, self.parameters)
        return fresh

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward."""
        return self.model.forward(x, training=training)

    def back(self, dy: np.ndarray) -> Any:
        """Run backward."""
        return self.model.backward(dy)

    def gradients(self) -> Mapping[str, Any]:
        """Return the gradients of all layers."""
        return by_name(self.layers, "gradients")


def float64_model(model: Sequential, x: np.ndarray, loss: Any) -> Sequential:
    """Return a built copy of a model in float64, compiled with a loss if one is given."""
    copied = model.copy("float64")
    if loss is not None:
        copied.compile(NoStep(0.0, None), loss)
    if not copied.built:
        copied.build(x.shape[1:])
    return copied


class NoStep(Optimizer):
    """An optimizer that changes nothing."""

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Do nothing."""


def is_own(thing: Any) -> bool:
    """Whether the class of a layer or loss is tinynet's."""
    return type(thing).__module__.startswith(("tinynet.layers.", "tinynet.losses."))


def by_name(layers: list[Layer], what: str, *, only_trained: bool = False) -> Arrays:
    """All ``"parameters"`` or ``"gradients"``, by the parameters' names in the report."""
    return {
        name if len(layers) == 1 else f"{layer.name}.{name}": array
        for layer in layers
        if layer.trainable or not only_trained
        for name, array in getattr(layer, what).items()
    }


def write(arrays: Mapping[str, np.ndarray], values: Mapping[str, np.ndarray]) -> None:
    """Write values into arrays."""
    for name, array in arrays.items():
        array[...] = values[name]


# -------------------------------------------------------------------------------- any object


class Pair(NamedTuple):
    """A parameter of an object and the place of its gradient."""

    name: str
    parameter: np.ndarray
    gradient_name: str


class ObjectSubject(Subject):
    """An object with ``forward(x)``, or ``__call__``, and ``backward(dy)``.

    Two of its `methods` may take their place.
    """

    pairs: list[Pair]
    calls = False  # whether it is called, although it has a method forward

    def __init__(
        self,
        target: Any,
        x: np.ndarray,
        names: Mapping[str, str] | None,
        methods: tuple[Any, Any] | None = None,
    ) -> None:
        self.names = names
        for method in ("forward", "backward"):
            if methods is None and way(target, method) is None:
                text = f"there is no method {method}: {type(target).__name__} must have one"
                raise CrashError(method, "missing_method", text)
        self.methods = methods
        with guarded("copying"):
            copied = deep_copy(target)
            take_class_arrays(copied)
            to_float64(copied)
        self.zero: str | None = None
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
        """Adopt a copy that has never been run."""
        self.untouched, self.thing = thing, deep_copy(thing)
        self.randomness = Randomness(self.thing)
        if self.methods is None:
            self.ahead, self.behind = way(self.thing, "forward"), way(self.thing, "backward")
            self.ahead = self.thing if self.calls else self.ahead
        else:
            self.ahead, self.behind = (bound_to(method, self.thing) for method in self.methods)
        self.mode = mode_of(self.thing, self.ahead)
        self.has_modes = self.mode is not None
        self.returned: Any = None
        self.parameters = {}

    def fresh(self) -> "ObjectSubject":
        """Return a copy that has never been run."""
        fresh = copy.copy(self)
        fresh.adopt(self.untouched)
        fresh.randomness.uses_global = self.randomness.uses_global
        fresh.pairs = [find(fresh.thing, pair.name, pair.gradient_name) for pair in self.pairs]
        fresh.parameters = {pair.name: pair.parameter for pair in fresh.pairs}
        write(fresh.parameters, self.parameters)
        return fresh

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward in a mode; keep the cache that it may return."""
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
        self.returned = self.behind(dy, *self.cache)
        return input_gradient(self.thing, self.returned)

    def gradients(self) -> Mapping[str, Any]:
        """Return the parameters' gradients."""
        return {pair.name: self.gradient_at(pair.gradient_name) for pair in self.pairs}

    def gradient_at(self, path: str) -> Any:
        """Return the array at a path of the object, or of what `backward` has returned."""
        if path.startswith("returned["):
            return look_up(self.returned, path.removeprefix("returned"))
        return look_up(self.thing, path)

    def now(self) -> Mapping[str, Any]:
        """Return the current values of the parameters' attributes."""
        return {pair.name: look_up(self.thing, pair.name) for pair in self.pairs}

    def constants(self) -> Iterator[np.ndarray]:
        """Yield every array that is in the object before it runs, or that its code refers to."""
        for place in (*places(self.untouched), *in_reach(*classes_in(self.untouched)).values()):
            if isinstance(place.value, np.ndarray):
                yield place.value

    def recognise(self, x: np.ndarray) -> None:
        """Run a copy, and find the arrays that have gradients."""
        trial = copy.copy(self)
        trial.adopt(self.untouched)
        trial.pairs = []
        with GlobalState():
            first = copy.copy(trial)
            first.adopt(self.untouched)
            trial.randomness.uses_global = draws_globally(lambda: first.forward(x.copy()))
            y = trial.forward(x.copy())
            warm = deep_copy(trial.thing)
            trial.backward(np.random.default_rng(0).standard_normal(y.shape))
        if trial.leaves_output and trial.returned is not None:
            as_outputs(None, "forward")  # it has forgotten its return
        kept, arrays = left_alone(warm, lambda other: self.run_copy(warm, other), x)
        # A cache of x that is filled once is no parameter, although later calls leave it alone.
        kept -= {n for n in kept if same(arrays[n], x) and look_up(self.untouched, n) is None}
        unpaired: Arrays = {}
        if self.names is not None:
            found = self.chosen(trial)
        else:
            alone = {name: array for name, array in arrays.items() if name in kept}
            found, unpaired = self.paired(trial, warm, x, alone)
            refuse_misspelt(trial.thing, warm, kept, found)
        if any(look_up(self.untouched, name) is None for name, _ in found):
            self.untouched = warm  # parameters that the first forward makes
        numbers_to_arrays(self.untouched, [name for name, _ in found])
        self.adopt(self.untouched)
        self.randomness.uses_global = trial.randomness.uses_global
        self.pairs = [find(self.thing, name, gradient) for name, gradient in found]
        self.parameters = {pair.name: pair.parameter for pair in self.pairs}
        self.zero = self.zeroing_method(x, y)
        self.recognised = self.describe(trial)
        self.unchecked = not_checked(unpaired, found, trial, warm)
        if self.names is None:
            self.unchecked += self.not_attributes(trial, found, x)

    def not_attributes(
        self, trial: "ObjectSubject", found: list[tuple[str, str]], x: np.ndarray
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

    def paired(
        self, trial: "ObjectSubject", warm: Any, x: np.ndarray, kept: Arrays
    ) -> tuple[list[tuple[str, str]], Arrays]:
        """Return pairs of arrays and gradients, and the arrays whose gradients aren't found."""
        found = self.beside(trial.thing, set(kept))
        known = {id(look_up(warm, name)) for name, _ in found}
        first = [name for name, _ in found]
        likely = [name for name in kept if may_be_learned(warm, name)]
        moving = {
            name: array
            for name, array in kept.items()
            if name in first
            or (id(look_up(warm, name)) not in known and self.moves(trial, warm, name, likely, x))
        }
        taken = {gradient for _, gradient in found}
        left = written(warm, trial.thing, trial.returned)
        left = {p: array for p, array in left.items() if p not in taken and p not in moving}
        floats = {name: a for name, a in kept.items() if a.dtype.kind == "f"}
        if any(a.ndim == 0 and isinstance(path_keys(name)[-1], int) for name, a in moving.items()):
            left |= entries_of(left)  # of a list of numbers, the gradient may be an array
        found += pair_up(moving, [name for name in moving if name not in first], left)
        found += self.whole_vectors(warm, found, moving, left)
        found = found or in_order(floats, left)
        found.sort(key=lambda pair: list(kept).index(pair[0]))
        names = {name for name, _ in found}
        owners = [look_up(warm, name) for name in names]
        return found, {
            name: array
            for name, array in moving.items()
            if name not in names and not is_view_of_one(look_up(warm, name), owners)
        }

    @staticmethod
    def whole_vectors(
        warm: Any, found: list[tuple[str, str]], moving: Arrays, left: Mapping[str, Any]
    ) -> list[tuple[str, str]]:
        """Return the pairs of vectors of which the other arrays without a gradient are views."""
        names, taken = {name for name, _ in found}, {gradient for _, gradient in found}
        lonely = {name: look_up(warm, name) for name in moving if name not in names}
        whole = [name for name, array in lonely.items() if is_whole(array)]
        if len(whole) == len(lonely):
            return []
        rest = {path: array for path, array in left.items() if path not in taken}
        return pair_up({name: moving[name] for name in whole}, whole, rest)

    def moves(
        self, trial: "ObjectSubject", warm: Any, name: str, others: list[str], x: np.ndarray
    ) -> bool:
        """Whether the output depends on an array that may be learned.

        The `others` are moved as well, since weights of 0 hide what is below them.
        """
        if not may_be_learned(warm, name):
            return False
        for moved in ([], others):
            rng = np.random.default_rng(0)
            base = {other: moved_randomly(look_up(warm, other), rng) for other in moved}
            values = [moved_randomly(look_up(warm, name), rng, scale) for scale in (0, 1, -2)]
            try:
                outputs = [self.run_with(trial, warm, base | {name: v}, x) for v in values]
            except CrashError:  # it is an index, or a shape
                continue
            if not all(same(y, outputs[0]) for y in outputs[1:]):
                return True
        return False

    def run_with(
        self, trial: "ObjectSubject", warm: Any, values: Arrays, x: np.ndarray
    ) -> np.ndarray:
        """Return the output of a copy with other values of some arrays."""
        other = copy.copy(trial)
        other.adopt(warm)
        other.randomness.uses_global = trial.randomness.uses_global
        put(other.thing, values)
        return other.forward(x.copy())

    def run_copy(self, thing: Any, x: np.ndarray) -> Any:
        """Run a copy of `thing` forward; return it."""
        other = copy.copy(self)
        other.adopt(thing)
        other.forward(x)
        return other.thing

    def chosen(self, trial: "ObjectSubject") -> list[tuple[str, str]]:
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

    def beside(self, thing: Any, kept: set[str]) -> list[tuple[str, str]]:
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
        pairs = ", ".join(f"{pair.name} ↔ {pair.gradient_name}" for pair in self.pairs)
        _, where = input_gradient_and_place(trial.thing, trial.returned)
        self.gives_dx = where != "none"
        words = [f"parameters: {pairs or 'none'}", f"input gradient: {where}"]
        if trial.leaves_output:
            words.append(f"output: {OUTPUT}")
        if self.zero:
            words.append(f"gradients add up and are zeroed by {self.zero}()")
        return "; ".join(words)


def is_view_of_one(array: Any, owners: list[Any]) -> bool:
    """Whether an array is a view of one of the owners."""
    return isinstance(array, np.ndarray) and any(array.base is a for a in owners if is_whole(a))


def is_whole(array: Any) -> bool:
    """Whether a value is an array of its own, and no view of another."""
    return isinstance(array, np.ndarray) and array.base is None


def refuse_misspelt(thing: Any, before: Any, kept: set[str], found: list[tuple[str, str]]) -> None:
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


def in_order(arrays: Arrays, written: Mapping[str, Any]) -> list[tuple[str, str]]:
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


def moved_randomly(value: Any, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
    """Return an array with random numbers added to it."""
    array = np.array(value, dtype=np.float64)
    return np.asarray(array + scale * rng.uniform(0.25, 0.5, array.shape))


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
    unpaired: Arrays, found: list[tuple[str, str]], trial: ObjectSubject, warm: Any
) -> list[tuple[str, tuple[int, ...], str]]:
    """Return name, shape and text for each array whose gradient isn't found."""
    if not unpaired:
        return []
    taken = {gradient for _, gradient in found}
    changed = written(warm, trial.thing, trial.returned)
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
    stepped = (
        "no gradient found, but backward changes the array itself: leave the step to the "
        "optimizer, and store the gradient, such as dW for W"
    )
    return [
        (name, array.shape, stepped if name in changed else text)
        for name, array in unpaired.items()
    ]


def left_alone(
    before: Any, run: Callable[[np.ndarray], Any], x: np.ndarray
) -> tuple[set[str], dict[str, np.ndarray]]:
    """Return the names of the arrays that a forward pass with other numbers leaves unchanged.

    Arrays that `forward` overwrites aren't parameters, even if they have a gradient: a cached x.
    """
    arrays = {p.path: np.array(p.value) for p in places(before) if is_array(p.value)}
    for other in (x[::-1] if len(x) > 1 else x, x):
        changed = np.ascontiguousarray(other)
        if x.dtype.kind == "f":
            changed = changed * 0.875 + 0.03125
        try:
            after = run(changed)
            break
        except CrashError:
            continue
    else:
        return set(arrays), arrays
    now = {p.path: p.value for p in places(after) if is_array(p.value)}
    return {name for name in arrays if name in now and same(now[name], arrays[name])}, arrays


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


def pairs_beside(path: str, holder: Any) -> Iterator[tuple[str, str]]:
    """Yield the names of an object's arrays and of their gradients."""
    held = attributes(holder)
    for params, grads in PAIRS:
        first, second = member(holder, params), member(holder, grads)
        if first is not None and second is not None:
            for key, gradient in matching(first, second):
                yield f"{path}{params}[{key!r}]", f"{path}{grads}[{gradient!r}]"
    for name, value in held.items():
        if not is_array(value):
            continue
        stem = name.lstrip("_")
        lead = name[: len(name) - len(stem)]
        for pattern in GRADIENT_NAMES:
            gradient = lead + pattern.format(stem)
            if is_array(held.get(gradient)):
                yield path + name, path + gradient
                break
    for value_name, gradient_name in VALUE_AND_GRADIENT:
        if is_array(held.get(value_name)) and is_array(held.get(gradient_name)):
            yield path + value_name, path + gradient_name


def matching(first: Any, second: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the keys or indices that both have."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key, value in first.items():
            for other in (key, *(pattern.format(key) for pattern in GRADIENT_NAMES)):
                if other in second and is_array(value):
                    yield key, other
                    break
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple):
        for place, (value, _) in enumerate(zip(first, second, strict=False)):
            if is_array(value):
                yield place, place


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


def find(thing: Any, name: str, gradient: str) -> Pair:
    """Return a parameter of an object with the place of its gradient."""
    return Pair(name, look_up(thing, name), gradient)


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


def numbers_to_arrays(thing: Any, names: Iterable[str]) -> None:
    """Convert parameters that are numbers, or integers, to arrays of float64."""
    wanted = set(names)
    for place in list(places(thing)):
        if place.path in wanted:
            value = place.value
            if not isinstance(value, np.ndarray) or value.dtype != np.float64:
                place.put(np.array(value, dtype=np.float64))


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


# -------------------------------------------------------------------------- a pair of functions


class FunctionsSubject(Subject):
    """``forward(x, *parameters)`` and ``backward(dy)`` or ``backward(dy, cache)``."""

    def __init__(self, ahead: Any, behind: Any, x: np.ndarray, parameters: Any) -> None:
        self.ahead, self.behind = ahead, behind
        self.parameters = named_parameters(parameters, argument_names(ahead))
        self.randomness = Randomness(None)
        self.cache: Any = None
        self.returned: Any = None
        self.inputs: tuple[Any, ...] = ()
        with GlobalState():
            self.randomness.uses_global = draws_globally(lambda: self.forward(x.copy()))
            y = self.forward(x.copy())
        self.backward(np.random.default_rng(0).standard_normal(y.shape))
        outside = moved_from_outside([ahead, behind], self.forward, self.backward, x)
        if parameters is None:
            self.unchecked = [
                (name, shape, not_an_argument(name)) for name, shape in outside.items()
            ]
        else:
            self.left_out = list(outside.items())
        names = ", ".join(self.parameters) or "none"
        cache = "cache handed on" if self.has_cache else "no cache"
        self.recognised = f"parameters: {names}; input gradient: returned; {cache}"

    def fresh(self) -> "FunctionsSubject":
        """Return a copy with its own arrays; the state of functions can't be copied."""
        fresh = copy.copy(self)
        fresh.parameters = {name: array.copy() for name, array in self.parameters.items()}
        return fresh

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward, and keep the cache."""
        self.inputs = (x, *self.parameters.values())
        y = self.ahead(*self.inputs)
        self.has_cache = isinstance(y, tuple) and len(y) > 1
        if not self.has_cache:
            return y[0] if isinstance(y, tuple) else y
        self.cache = y[1] if len(y) == 2 else y[1:]
        return y[0]

    def back(self, dy: np.ndarray) -> Any:
        """Run backward, with the cache if there is one."""
        arguments = (dy, self.cache) if self.has_cache and takes(self.behind, 2) else (dy,)
        if not self.has_cache and not takes(self.behind, 1):
            arguments = (dy, *self.inputs)
        returned = self.behind(*arguments)
        parts = self.parts_of(returned)
        if returned is not None and len(parts) != 1 + len(self.parameters):
            expected = ", ".join(["dx", *(f"d{name}" for name in self.parameters)])
            raise CrashError(
                "backward",
                "wrong_count",
                f"backward must return {1 + len(self.parameters)} gradients, {expected}; it "
                f"returned {len(parts)}",
            )
        self.returned = parts[1:]
        return parts[0]

    def parts_of(self, returned: Any) -> list[Any]:
        """Return dx and the parameters' gradients, from a tuple, a dict, or nested ones."""
        if isinstance(returned, Mapping):
            first, *_ = [*argument_names(self.ahead, first=0), "x"]
            names = [*INPUT_GRADIENTS, *(form.format(first) for form in GRADIENT_NAMES)]
            dx = next((name for name in names if name in returned), None)
            rest = {key: value for key, value in returned.items() if key != dx}
            return [returned.get(dx), *self.in_order(rest)]
        parts = list(returned) if isinstance(returned, tuple | list) else [returned]
        shapes = [array.shape for array in self.parameters.values()]
        if len(parts) == 2 and isinstance(parts[1], tuple | list | dict):
            dx, rest = parts
            if not (len(shapes) == 1 and has_shape(rest, shapes[0])):
                parts = [dx, *(self.in_order(rest) if isinstance(rest, dict) else rest)]
        return parts

    def in_order(self, gradients: Mapping[str, Any]) -> list[Any]:
        """Return gradients in the order of the parameters, by their names if they have such."""
        named = [gradients[key] for _, key in matching(self.parameters, gradients)]
        return named or list(gradients.values())

    def gradients(self) -> Mapping[str, Any]:
        """Return the results of backward after dx."""
        returned = [*(self.returned or ()), *([None] * len(self.parameters))]
        return dict(zip(self.parameters, returned, strict=False))

    def constants(self) -> Iterator[np.ndarray]:
        """Yield the parameters and the arrays that the functions refer to."""
        yield from self.parameters.values()
        for function in (self.ahead, self.behind):
            try:
                known = inspect.getclosurevars(function)
            except (TypeError, ValueError):
                continue
            for value in (*known.nonlocals.values(), *known.globals.values()):
                if isinstance(value, np.ndarray):
                    yield value


def not_an_argument(name: str) -> str:
    """Say what to do about an array that isn't an argument of the functions of a pair."""
    learned = "check the object that holds it"
    if name.isidentifier():
        learned = f"make it an argument, forward(x, {name}), and write parameters=[{name}]"
    return (
        f"forward uses this array, which isn't one of its arguments, so its gradient isn't "
        f"checked. If the array is learned, {learned}; if it is fixed, write parameters=[]"
    )


def takes(function: Any, count: int) -> bool:
    """Whether a function accepts that many positional arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def has_shape(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether a value is an array of a shape, or nested lists like one."""
    try:
        return np.shape(value) == shape
    except ValueError:  # ragged
        return False


def argument_names(function: Any, first: int = 1) -> list[str]:
    """Return the names of a function's arguments, from the `first` on: those after x."""
    try:
        arguments = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    return [a.name for a in arguments[first:] if a.kind is a.POSITIONAL_OR_KEYWORD]


def named_parameters(parameters: Any, names: list[str]) -> Arrays:
    """Return a pair's parameters by name, as arrays of float64."""
    if parameters is None:
        return {}
    if isinstance(parameters, np.ndarray) and parameters.dtype.kind in "fiu":
        parameters = [parameters]
    if isinstance(parameters, Mapping):
        named = dict(parameters)
    elif isinstance(parameters, list | tuple):
        if len(names) < len(parameters):
            names = [f"p{k}" for k in range(1, len(parameters) + 1)]
        named = dict(zip(names, parameters, strict=False))
    else:
        raise TypeError(
            f"parameters must be a list of arrays, or a dict of them by name, received "
            f"{parameters!r}."
        )
    result = {}
    for name, value in named.items():
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            raise TypeError(f"parameters must hold arrays of numbers, received {value!r}.")
        result[str(name)] = np.array(array, dtype=np.float64)
    return result
