"""Load a model's description before it is written, so that every saved file can be loaded again.

A model can be changed in many ways that a file can't represent: a layer's `units`, a momentum of
1.5, a running mean in an attribute that isn't saved. Instead of looking for each of them, the
contents of the file are loaded before anything is written, and the loaded model is described again.
Both descriptions must be the same. User-defined layers are also run: the original and the loaded
layer get the same examples, and must then hold the same arrays.
"""

import copy
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tinynet._internal.origin import is_own, is_own_class
from tinynet._internal.protocols import Trained
from tinynet._internal.saving.descriptions import NAMES
from tinynet._internal.seeds import unspent
from tinynet.layers.base import Layer, with_activation
from tinynet.optimizers.lookup import innermost

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
    """Refuse to save a model that would be different after loading.

    `described` holds header and arrays as they will be written to `path`; `describe` makes them of
    a model. `load` makes a model of path, header, arrays and the user-defined classes by name.
    """
    text, arrays = json.dumps(described[0]), described[1]
    own = own_objects([*model.layers, *compiled_with(model)])
    with unspent():
        twin = loaded(model, path, text, arrays, own, load)
        header, again = describe(twin)
        if json.dumps(header) != text:
            key = next(key for key, value in described[0].items() if differs(header, key, value))
            raise ValueError(
                f"{model.name} can't be saved: after loading, its {key} would be "
                f"{header.get(key)!r} instead of {described[0][key]!r}."
            )
        for name, array in arrays.items():
            if not same(array, again.get(name)):
                raise ValueError(
                    f"{model.name} can't be saved: after loading, its array {name!r} would be "
                    f"different."
                )
        if model.compiled and is_own(saved := innermost(model.optimizer)):
            refuse_lost(saved, twin.optimizer, {"state"}, "self.remember(name, ...)")
        if any(is_own(part) for layer in model.layers for part in with_activation(layer)):
            other = loaded(model, path, text, arrays, own, load)
            for layers in zip(
                model.layers, twin.layers, other.layers, model.input_shapes, strict=True
            ):
                try_layer(*layers)


def loaded(
    model: Trained, path: Any, text: str, arrays: Arrays, own: Mapping[str, Any], load: Load
) -> Trained:
    """Load what will be written; raise ValueError if that fails."""
    try:
        return load(path, json.loads(text), arrays, own)
    except (*FAULTS, ValueError) as error:
        reason = str(error) if isinstance(error, TypeError | ValueError) else repr(error)
        raise ValueError(
            f"{model.name} can't be saved, since the file couldn't be loaded: {reason}"
        ) from error


def differs(header: Header, key: str, value: Any) -> bool:
    """Return whether a header has a different value for a key."""
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
    return [innermost(model.optimizer), model.loss, *model.metrics, *model.weighted_metrics]


def own_objects(values: Iterable[Any]) -> dict[str, Any]:
    """Return the user-defined classes and functions that some objects consist of, by name.

    Raises
    ------
    ValueError
        If two have the same name, so that a file couldn't tell them apart.
    """
    found: dict[str, Any] = {}
    for made in made_of(list(values)):
        name = NAMES.get(made, made.__name__)
        if found.setdefault(name, made) is not made:
            raise ValueError(
                f"A file can't tell two classes or functions apart that are both called "
                f"{name!r}: rename one of them."
            )
    return {name: made for name, made in found.items() if is_own_class(made)}


def made_of(value: Any) -> Iterable[Any]:
    """Yield the classes and functions that an object consists of, as its description lists them."""
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


def try_layer(saved: Layer, twin: Layer, other: Layer, shape: tuple[int, ...]) -> None:
    """Run examples through a layer and two loaded copies of it, and refuse any difference.

    That is an array that isn't in the file, or other outputs. Where the two copies also differ from
    each other, the values are random and ignored.
    """
    if not any(is_own(part) for part in with_activation(saved)):
        return
    saved = copy.deepcopy(saved)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(saved.dtype)
    outputs = [outputs_of(layer, x) for layer in (saved, twin, other)]
    if outputs[0] is None:
        return  # the layer doesn't accept these inputs, so the check isn't possible
    for part, again, third in zip(*map(with_activation, (saved, twin, other)), strict=True):
        names = {*part.parameter_names, *part.state_names}
        names |= {"d" + name for name in part.parameter_names} | random_names(again, third)
        refuse_lost(part, again, names, "self.add_state(name, shape, initializer)")
    if not equal(outputs[0], outputs[1]) and equal(outputs[1], outputs[2]):
        raise ValueError(
            f"{saved.name} can't be saved: after loading, it would give other outputs. Return its "
            f"constructor's arguments from get_config, and create its state in create_parameters "
            f"with self.add_state(name, shape, initializer)."
        )


def outputs_of(layer: Layer, x: np.ndarray) -> Any:
    """Run a batch through a layer in training, back, and forward again; return the outputs.

    Return None if the layer raises an error.
    """
    for part in with_activation(layer):
        part.rng = np.random.default_rng(0)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = layer.forward(x, training=True)
            layer.backward(np.ones_like(y))
            return layer.forward(x, training=False)
        except Exception:  # whatever a user-defined layer raises
            return None


def random_names(a: Any, b: Any) -> set[str]:
    """Return the attributes in which two objects differ although they were created identically."""
    return {name for name in {**vars(a), **vars(b)} if not equal(get(a, name), get(b, name))}


def refuse_lost(saved: Any, twin: Any, known: set[str], remedy: str) -> None:
    """Refuse an object that holds arrays which its loaded copy lacks; the message names one."""
    for name, value in vars(saved).items():
        if name not in known and holds_arrays(value) and not equal(value, get(twin, name)):
            owner = getattr(saved, "name", type(saved).__name__)
            raise ValueError(
                f"{owner}.{name} can't be saved: it holds an array that isn't registered and "
                f"would be lost. Register it with {remedy}, or delete it first."
            )


def get(part: Any, name: str) -> Any:
    """Return an attribute of the instance, None if there is none."""
    return vars(part).get(name)


def holds_arrays(value: Any) -> bool:
    """Return whether a value is an array, or a list or dict that contains one."""
    if isinstance(value, dict):
        return any(holds_arrays(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(holds_arrays(item) for item in value)
    return isinstance(value, np.ndarray)


def equal(a: Any, b: Any) -> bool:
    """Return whether two values hold the same arrays; anything else is ignored."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and same(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return not holds_arrays(a) and not holds_arrays(b)
