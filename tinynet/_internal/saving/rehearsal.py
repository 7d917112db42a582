"""Loads what is about to be written, so that nothing is saved that couldn't be read again.

A model can be changed in many ways in which no file brings it back: a layer's `units`, a momentum
of 1.5, a running mean in an attribute that no file knows of. Rather than to look for each of them,
the contents of the file are loaded before anything is written, and the model that comes out is
described in its turn. Both descriptions must be the same. Layers of the user's own are tried, too:
the saved one and the loaded one are sent the same examples, and must hold the same arrays then.
"""

import copy
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tinynet._internal.protocols import Trained
from tinynet._internal.saving.descriptions import NAMES
from tinynet._internal.seeds import unspent
from tinynet.layers.base import Layer

Header = dict[str, Any]
Arrays = dict[str, np.ndarray]
Load = Callable[[Any, Header, Arrays, Mapping[str, Any]], Trained]
FAULTS = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError)


def rehearse(
    model: Trained,
    path: Any,
    described: tuple[Header, Arrays],
    load: Load,
    describe: Callable[[Trained], tuple[Header, Arrays]],
) -> None:
    """Refuse to save a model that a file wouldn't bring back as it is.

    Parameters
    ----------
    model : Sequential
        The model that is to be saved.
    path
        Where to.
    described : tuple
        Header and arrays, as they are to be written.
    load : callable
        Makes a model of path, header, arrays and the user's own classes by name.
    describe : callable
        Turns a model into header and arrays.

    Raises
    ------
    ValueError
        If the loaded model isn't the saved one.
    """
    text, arrays = json.dumps(described[0]), described[1]
    own = own_objects([*model.layers, *compiled_with(model)])
    with unspent():
        twin = loaded(model, path, text, arrays, own, load)
        header, again = describe(twin)
        if json.dumps(header) != text:
            key = next(key for key, value in described[0].items() if differs(header, key, value))
            raise ValueError(
                f"{model.name} can't be saved: its {key} would be {header.get(key)!r} once it is "
                f"loaded again, rather than {described[0][key]!r}."
            )
        for name, array in arrays.items():
            if not same(array, again.get(name)):
                raise ValueError(
                    f"{model.name} can't be saved: its array {name!r} would be another one once it "
                    f"is loaded again."
                )
        if model.compiled and is_own(model.optimizer):
            refuse_lost(model.optimizer, twin.optimizer, {"state"}, "self.remember(name, ...)")
        if any(is_own(part) for layer in model.layers for part in parts_of(layer)):
            other = loaded(model, path, text, arrays, own, load)
            for layers in zip(
                model.layers, twin.layers, other.layers, model.input_shapes, strict=True
            ):
                try_layer(*layers)


def loaded(
    model: Trained, path: Any, text: str, arrays: Arrays, own: Mapping[str, Any], load: Load
) -> Trained:
    """Load what is to be written.

    Raises
    ------
    ValueError
        If that can't be done.
    """
    try:
        return load(path, json.loads(text), arrays, own)
    except (*FAULTS, ValueError) as error:
        reason = str(error) if isinstance(error, TypeError | ValueError) else repr(error)
        raise ValueError(
            f"{model.name} can't be saved, since the file couldn't be loaded: {reason}"
        ) from error


def differs(header: Header, key: str, value: Any) -> bool:
    """Return whether a header has something else under a key."""
    return json.dumps(header.get(key)) != json.dumps(value)


def same(a: np.ndarray, b: np.ndarray | None) -> bool:
    """Return whether two arrays have the same dtype, shape and entries, NaN included."""
    if b is None or a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def compiled_with(model: Trained) -> list[Any]:
    """Return optimizer, loss and metrics, if there are any."""
    if not model.compiled:
        return []
    return [model.optimizer, model.loss, *model.metrics, *model.weighted_metrics]


def own_objects(values: Iterable[Any]) -> dict[str, Any]:
    """Return the user's own classes and functions that some objects are made of, by name.

    Raises
    ------
    ValueError
        If two have the same name: a file couldn't tell them apart.
    """
    found: dict[str, Any] = {}
    for made in made_of(list(values)):
        name = NAMES.get(made, made.__name__)
        if found.setdefault(name, made) is not made:
            raise ValueError(
                f"A file couldn't tell two classes or functions apart that are both called "
                f"{name!r}: rename one of them."
            )
    return {name: made for name, made in found.items() if is_own_class(made)}


def made_of(value: Any) -> Iterable[Any]:
    """Go through the classes and functions that an object is made of, as its description does."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from made_of(item)
    elif isinstance(value, dict):
        yield from made_of([*value.values()])
    elif hasattr(value, "get_config") and not isinstance(value, type):
        yield type(value)
        yield from made_of(value.get_config())
    elif callable(value) and hasattr(value, "__name__"):
        yield value


def is_own_class(made: Any) -> bool:
    """Return whether a class or a function is the user's own rather than tinynet's."""
    return str(getattr(made, "__module__", "")).partition(".")[0] != "tinynet"


def is_own(part: Any) -> bool:
    """Return whether an object is of a class of the user's own."""
    return is_own_class(type(part))


def parts_of(layer: Layer) -> list[Layer]:
    """Return a layer and, if it has one, its activation."""
    found = [layer, getattr(layer, "activation", None)]
    return [part for part in found if isinstance(part, Layer)]


def try_layer(saved: Layer, twin: Layer, other: Layer, shape: tuple[int, ...]) -> None:
    """Send examples through a layer and its twins, and refuse what they don't have in common.

    Raises
    ------
    ValueError
        If the layer holds an array that the file hasn't, or computes something else. What the two
        twins don't have in common, either, is random, and passed over.
    """
    if not any(is_own(part) for part in parts_of(saved)):
        return
    saved = copy.deepcopy(saved)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(saved.dtype)
    outputs = [outputs_of(layer, x) for layer in (saved, twin, other)]
    if outputs[0] is None:
        return  # it can't take such numbers, and nothing can be said
    for part, again, third in zip(*map(parts_of, (saved, twin, other)), strict=True):
        names = {*part.parameter_names, *part.state_names}
        names |= {"d" + name for name in part.parameter_names} | random_names(again, third)
        refuse_lost(part, again, names, "self.add_state(name, shape, initializer)")
    if not equal(outputs[0], outputs[1]) and equal(outputs[1], outputs[2]):
        raise ValueError(
            f"{saved.name} can't be saved: once it is loaded again it would give other outputs. "
            f"What it is made with belongs in get_config, and what it remembers is created in "
            f"create_parameters, by self.add_state(name, shape, initializer)."
        )


def outputs_of(layer: Layer, x: np.ndarray) -> Any:
    """Send a batch through a layer in training, back, and through it again; return the outputs.

    It is None if the layer raises.
    """
    for part in parts_of(layer):
        part.rng = np.random.default_rng(0)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = layer.forward(x, training=True)
            layer.backward(np.ones_like(y))
            return layer.forward(x, training=False)
        except Exception:  # whatever a layer of the user's own raises
            return None


def random_names(a: Any, b: Any) -> set[str]:
    """Return the attributes in which two objects differ that were made in the same way."""
    return {name for name in {**vars(a), **vars(b)} if not equal(get(a, name), get(b, name))}


def refuse_lost(saved: Any, twin: Any, known: set[str], remedy: str) -> None:
    """Refuse an object that holds arrays which its twin from the file hasn't.

    Raises
    ------
    ValueError
        If there is one; it is called by its name.
    """
    for name, value in vars(saved).items():
        if name not in known and holds_arrays(value) and not equal(value, get(twin, name)):
            owner = getattr(saved, "name", type(saved).__name__)
            raise ValueError(
                f"{owner}.{name} can't be saved: it holds an array that no file knows of, and it "
                f"would be lost. Declare it by {remedy}, or delete it first."
            )


def get(part: Any, name: str) -> Any:
    """Return an attribute of the object itself, None if there is none."""
    return vars(part).get(name)


def holds_arrays(value: Any) -> bool:
    """Return whether a value is an array, or a list or dict in which there is one."""
    if isinstance(value, dict):
        return any(holds_arrays(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(holds_arrays(item) for item in value)
    return isinstance(value, np.ndarray)


def equal(a: Any, b: Any) -> bool:
    """Return whether two values hold the same arrays; of what isn't an array nothing is said."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and same(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return not holds_arrays(a) and not holds_arrays(b)
