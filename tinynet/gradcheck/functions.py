"""The subject for a pair of functions, ``forward(x, *parameters)`` and ``backward(dy)``."""

import copy
import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from tinynet.gradcheck.crashes import CrashError, copied, line_of
from tinynet.gradcheck.held import Arrays, GlobalState, Randomness, draws_globally
from tinynet.gradcheck.pairing import GRADIENT_NAMES, INPUT_GRADIENTS, matching
from tinynet.gradcheck.reach import moved_from_outside
from tinynet.gradcheck.subjects import Subject


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
            self.uses_global = draws_globally(lambda: self.forward(x.copy()))
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

    def fresh(self) -> Self:
        """Return a copy with its own arrays; the state of functions can't be copied."""
        fresh = copy.copy(self)
        fresh.parameters = {name: array.copy() for name, array in self.parameters.items()}
        return fresh

    def run(self, x: np.ndarray, training: bool) -> Any:
        """Run forward, and keep the cache."""
        self.inputs = (x, *self.parameters.values())
        try:
            y = self.ahead(*self.inputs)
        except TypeError as error:
            others = argument_names(self.ahead)
            if others and refuses(self.ahead, self.inputs, error):
                raise CrashError("forward", "crash", self.others_not_taken(others)) from error
            raise
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
        try:
            returned = self.behind(*arguments)
        except TypeError as error:
            names = argument_names(self.behind, first=0)
            if len(names) > 1 and refuses(self.behind, arguments, error):
                raise CrashError("backward", "crash", self.not_taken(names)) from error
            raise
        parts = self.parts_of(returned)
        if self.inputs[0].dtype.kind in "iu" and len(parts) == len(self.parameters):
            parts = [None, *parts]  # an index has no gradient
        if returned is not None and len(parts) != 1 + len(self.parameters):
            expected = ", ".join(["dx", *(f"d{name}" for name in self.parameters)])
            what = str(len(parts))
            is_of_parts = isinstance(returned, tuple | list | Mapping)
            if not is_of_parts and copied(returned).dtype == object:
                what = f"an object, {type(returned).__name__}: return a tuple or a dict"
            raise CrashError(
                "backward",
                "wrong_count",
                f"backward must return {1 + len(self.parameters)} gradients, {expected}; it "
                f"returned {what}",
            )
        if not dy.ndim and not np.ndim(parts[0]) and self.inputs[0].ndim:
            text = (
                "backward is called with dy, here one number, and returns one number; a gradient "
                "at x is checked as a function of x, lambda x: (f(x), gradient(x))"
            )
            raise CrashError("backward", "wrong_shape", text)
        self.returned = parts[1:]
        return parts[0]

    def others_not_taken(self, names: list[str]) -> str:
        """Say how forward is called, where it takes other arguments than the parameters."""
        count = len(self.parameters)
        return (
            f"forward takes {signature_of(self.ahead)}, but is called with x and {count} "
            f"parameter{'' if count == 1 else 's'}: pass parameters=[{', '.join(names)}]; or, if "
            f"one of them is the targets, check a function of x alone that returns (loss, gradient)"
        )

    def not_taken(self, names: list[str]) -> str:
        """Say how backward is called, where it takes more arguments."""
        taken = f"backward takes {signature_of(self.behind)}"
        if self.has_cache:
            parts = ", ".join(names[1:])
            return (
                f"{taken}, but the cache that forward returns is passed as one argument: let "
                f"backward take ({names[0]}, cache), and start it with {parts} = cache"
            )
        inputs = ", ".join([names[0], *argument_names(self.ahead, first=0)])
        return (
            f"{taken}, but forward returns y alone: let forward return (y, cache), or let "
            f"backward take ({inputs})"
        )

    def parts_of(self, returned: Any) -> list[Any]:
        """Return dx and the parameters' gradients, from a tuple, a dict, or nested ones."""
        if isinstance(returned, Mapping):
            first, *_ = [*argument_names(self.ahead, first=0), "x"]
            names = [*INPUT_GRADIENTS, *(form.format(first) for form in GRADIENT_NAMES), first]
            dx = next((name for name in names if name in returned), None)
            rest = {key: value for key, value in returned.items() if key != dx}
            return [returned.get(dx), *self.in_order(rest)]
        returned = rows_as_array(returned, self.inputs[0].shape)
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
    learned = (
        "check the object that holds it, or one whose forward(x) and backward(dy) call its methods"
    )
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


def refuses(function: Any, arguments: tuple[Any, ...], error: TypeError) -> bool:
    """Whether an error says that a function can't be called with that many arguments."""
    return line_of(error) is None and not takes(function, len(arguments))


def signature_of(function: Any) -> str:
    """Return the arguments of a function in parentheses, without their types and defaults."""
    arguments = inspect.signature(function).parameters.values()
    plain = [a.replace(annotation=a.empty, default=a.empty) for a in arguments]
    return str(inspect.Signature(plain))


def has_shape(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether a value is an array of a shape, or nested lists like one."""
    try:
        return np.shape(value) == shape
    except ValueError:  # ragged
        return False


def rows_as_array(returned: Any, shape: tuple[int, ...]) -> Any:
    """Return what backward returns, with a dx that is a list of its rows as an array."""
    is_dx = isinstance(returned, tuple | list) and has_shape(returned, shape)
    return np.array(returned) if is_dx else returned


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
