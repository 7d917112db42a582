"""Pairs the arrays of an object with the gradients that its ``backward`` leaves, by their names.

The gradient of ``W`` may be an attribute such as ``dW``, ``gW`` or ``W_gradient``, an entry of a
dict such as ``grads["W"]``, or an entry of a list that is in the order of the arrays. `pair_up`
looks for these among the arrays that ``backward`` has written, so an array with such a name that
``backward`` doesn't touch isn't taken for a gradient. `pairs_beside` finds the most common names
whether or not it does, so that a gradient of zeros is found. What can't be paired isn't checked,
and the report says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tinynet.gradcheck.held import attributes, is_array, member, path_keys

GRADIENT_NAMES = ("d{}", "d_{}", "grad_{}", "{}_grad", "{}grad")
VALUE_AND_GRADIENT = (("data", "grad"), ("value", "gradient"))
HELD_GRADIENTS = ("grad", "gradient", "g")  # of an array whose class lets it have attributes
INPUT_GRADIENTS = ("dinputs", "dx", "dX", "grad_input")
PAIRS = (("params", "grads"), ("parameters", "gradients"))

FORMS = (
    *("d{}", "g{}", "grad{}", "grads{}", "gradient{}", "gradients{}"),
    *("{}grad", "{}grads", "{}gradient", "{}gradients", "{}g"),
    *("delta{}", "{}delta", "nabla{}", "dl{}", "dld{}", "dlossd{}", "ded{}", "djd{}", "dcd{}"),
)
SHORT = (("w", "weight", "weights", "kernel"), ("b", "bias", "biases"))

Keys = tuple[Any, ...]


def is_gradient_of(gradient: Any, name: Any) -> bool:
    """Whether a name is one of a gradient of `name`, whatever its case and underscores.

    Examples
    --------
    >>> is_gradient_of("grad_w1", "weights1"), is_gradient_of("dW2", "W1")
    (True, False)
    """
    if not (isinstance(gradient, str) and isinstance(name, str)):
        return False
    return plain(gradient) in {form.format(word) for form in FORMS for word in spellings(name)}


def plain(name: str) -> str:
    """Return a name in lower case and without underscores."""
    return name.lower().replace("_", "")


def spellings(name: str) -> set[str]:
    """Return a name, and w for weights or weights for w, b for biases or biases for b."""
    word = plain(name)
    stem = word.rstrip("0123456789")
    number = word[len(stem) :]
    for short, *others in SHORT:
        if stem in others:
            return {word, short + number}
        if stem == short:
            return {word, *(other + number for other in others)}
    return {word}


def spells_a_parameter(name: str) -> bool:
    """Whether a name is one that weights and biases have: ``w``, ``b1``, ``weights``."""
    stem = plain(name).rstrip("0123456789")
    return any(stem in words for words in SHORT)


def pair_up(
    arrays: Mapping[str, np.ndarray], unpaired: Sequence[str], written: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return pairs of the path of an array and that of its gradient.

    `arrays` are those that move the output, in order, and `unpaired` those to find a gradient for.
    `written` are the arrays that backward has written, except those that belong to another array.

    Examples
    --------
    >>> w, b = np.ones((2, 3)), np.ones(3)
    >>> pair_up({"W": w, "b": b}, ["W", "b"], {"grads['W']": w, "gb": b})
    [('W', "grads['W']"), ('b', 'gb')]
    """
    found: dict[str, str] = {}
    left = {path: (path_keys(path), np.shape(array)) for path, array in written.items()}
    for fits in (is_named_alike, is_in_a_container):
        for name in unpaired:
            keys, shape = path_keys(name), arrays[name].shape
            fitting = [
                path for path, (other, size) in left.items() if fits(keys, other, size, shape)
            ]
            if fitting and name not in found:
                found[name] = fitting[0]
                del left[fitting[0]]
    for gradients in lists(written):
        for owners in in_one_holder(arrays, path_keys(gradients[0])):
            shapes = [np.shape(written[path]) for path in gradients]
            if [arrays[name].shape for name in owners] == shapes:
                pairs = zip(owners, gradients, strict=True)
                found = {**{n: p for n, p in pairs if n in unpaired}, **found}
    rest = set(left) - set(found.values())
    for holder in sorted({(), *(path_keys(path)[:-1] for path in rest)}, key=len, reverse=True):
        lonely = [n for n in unpaired if n not in found and is_within(n, holder)]
        inside = [path for path in rest if is_within(path, holder)]
        named = [path for path in inside if plain(str(path_keys(path)[-1])) in ("grad", "gradient")]
        if holder and not named and len([n for n in arrays if is_within(n, holder)]) == 1:
            named = [path for path in inside if path_keys(path)[-1] in ("g", "d")]
        if len(lonely) == len(named) == 1 and left[named[0]][1] == arrays[lonely[0]].shape:
            found[lonely[0]] = named[0]  # theta and grad: there are no others there
            rest.discard(named[0])
    return [(name, found[name]) for name in unpaired if name in found]


def is_named_alike(name: Keys, path: Keys, shape: Keys, expected: Keys) -> bool:
    """Whether a path is that of an array but for one step, which is the name of a gradient."""
    different = [(a, b) for a, b in zip(name, path, strict=False) if a != b]
    return len(name) == len(path) and len(different) == 1 and is_gradient_of(*different[0][::-1])


def is_in_a_container(name: Keys, path: Keys, shape: Keys, expected: Keys) -> bool:
    """Whether a path leads to an entry of a container that has the array's name.

    ``grads["W"]`` for ``W`` or for ``params["W"]``, ``dW`` for ``params["W"]``, and ``grads[0]``
    for ``weights[0]``.
    """
    (*above, own), (*around, last) = name, path
    if shape != expected:
        return False
    if not isinstance(own, str):
        different = [b for a, b in zip(name, path, strict=False) if a != b]
        return len(name) == len(path) and len(different) == 1 and is_for_gradients(different[0])
    if not (last == own or is_gradient_of(last, own)):
        return False
    inserted = around[:-1] == above or around[:1] == ["returned"]
    removed = around == above[:-1] and last != own
    different = [b for a, b in zip(above, around, strict=False) if a != b]
    replaced = len(around) == len(above) and len(different) == 1
    return inserted or removed or replaced


def is_within(path: str, holder: Keys) -> bool:
    """Whether a path leads into a holder."""
    return path_keys(path)[: len(holder)] == holder


def is_for_gradients(container: Any) -> bool:
    """Whether a list's name is one of gradients."""
    return isinstance(container, str) and ("grad" in container.lower() or container == "returned")


def lists(written: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the paths of the entries of each list of gradients, in order."""
    found: dict[Keys, list[str]] = {}
    for path in written:
        *container, last = path_keys(path)
        if isinstance(last, int) and any(map(is_for_gradients, container)):
            found.setdefault(tuple(container), []).append(path)
    yield from found.values()


def in_one_holder(arrays: Mapping[str, Any], gradient: Keys) -> Iterator[list[str]]:
    """Yield the arrays of the object that holds a list of gradients, then all arrays."""
    holder = gradient[:-2]
    yield [name for name in arrays if path_keys(name)[:-1] == holder]
    yield list(arrays)


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
        stem = without_class(name, holder).lstrip("_")
        lead = name[: len(name) - len(stem)]
        for pattern in GRADIENT_NAMES:
            gradient = lead + pattern.format(stem)
            if is_array(held.get(gradient)):
                yield path + name, path + gradient
                break
    for value_name, gradient_name in VALUE_AND_GRADIENT:
        if is_array(held.get(value_name)) and is_array(held.get(gradient_name)):
            yield path + value_name, path + gradient_name
    if isinstance(holder, np.ndarray):
        held_names = [name for name in HELD_GRADIENTS if is_array(held.get(name))]
        yield from ((path.removesuffix("."), path + name) for name in held_names[:1])


def without_class(name: str, holder: Any) -> str:
    """Return a name without the class that Python prepends to a private one: ``_Layer__W``."""
    for kind in type(holder).__mro__:
        name = name.removeprefix(f"_{kind.__name__.lstrip('_')}__")
    return name


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
