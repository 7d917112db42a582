"""Says in a sentence what is wrong with a call whose arguments Python can't give to a function.

A misspelt keyword is the most frequent mistake of all, and Python's own message doesn't say what is
meant. The decorator here does. It looks at a call only after Python has refused it: one that is
right costs a function call more and nothing else.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from tinynet._internal import seeds
from tinynet._internal.checks import nearest

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function say in tinynet's words which argument is unknown, missing or too many.

    Examples
    --------
    >>> @explained
    ... def fit(x, epochs=1):
    ...     return epochs
    >>> fit([], epochs=3)
    3
    >>> fit([], epoch=3)
    Traceback (most recent call last):
    TypeError: fit has no argument 'epoch'. Did you mean 'epochs'? It takes: x, epochs.
    """
    signature = inspect.signature(function)
    name = function.__qualname__.rpartition("<locals>.")[2].removesuffix(".__init__")

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError:
            wrong = what_is_wrong(name, signature, args, kwargs)
            if wrong is None:  # the error is another one
                raise
        raise TypeError(wrong) from None

    return call


def explained_class(kind: C) -> C:
    """Let a class's constructor say what is wrong with a call; a refused one takes no seed.

    Layers and models that are given no seed draw one from a common source as they are made.
    """
    base: Any = kind
    own = vars(kind).get("__init__")
    signature = inspect.signature(own or nothing)

    @functools.wraps(own or nothing)
    def construct(self: Any, /, *args: Any, **kwargs: Any) -> None:
        wrong = None
        before = seeds.spent()
        try:
            if own:
                own(self, *args, **kwargs)
            elif args or kwargs:
                raise TypeError
            else:
                super(base, self).__init__()
        except BaseException as error:
            seeds.give_back(before)
            if isinstance(error, TypeError):
                wrong = what_is_wrong(type(self).__name__, signature, (self, *args), kwargs)
            if wrong is None:
                raise
        if wrong:
            raise TypeError(wrong)

    kind.__init__ = construct  # type: ignore[misc]
    return kind


def nothing(self: Any) -> None:
    """Construct an object without arguments."""


def what_is_wrong(
    name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str | None:
    """Return a sentence on arguments that don't fit a signature, None if they fit."""
    try:
        signature.bind(*args, **kwargs)
        return None
    except TypeError:
        pass
    known = {key: item for key, item in signature.parameters.items() if key != "self"}
    takes = f"It takes: {', '.join(known)}." if known else "It takes none."
    for keyword in kwargs:
        if keyword not in known:
            meant = nearest(keyword, known)
            hint = f" Did you mean {meant!r}?" if meant else ""
            return f"{name} has no argument {keyword!r}.{hint} {takes}"
    by_place = [key for key, item in known.items() if item.kind is not item.KEYWORD_ONLY]
    given = args[len(signature.parameters) - len(known) :]  # without self
    if len(given) > len(by_place):
        return (
            f"{name} takes at most {len(by_place)} arguments without their names, received "
            f"{len(given)}. {takes}"
        )
    for keyword in by_place[: len(given)]:
        if keyword in kwargs:
            return f"{name} was given its argument {keyword!r} twice."
    there = {*by_place[: len(given)], *kwargs}
    missing = [k for k, item in known.items() if item.default is item.empty and k not in there]
    return f"{name} needs {' and '.join(missing)}. {takes}"
