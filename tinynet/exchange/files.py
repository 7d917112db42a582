"""Shared by the formats: reading a file from an untrusted source, and writing a whole file."""

import contextlib
import importlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from tinynet._internal.checks import (
    as_text,
    check_all_different,
    check_built,
    check_finite,
    check_name,
    check_path,
    check_variance,
)
from tinynet._internal.saving.files import open_regular, saving
from tinynet._internal.saving.npz import MAX_BYTES, DamagedError
from tinynet._internal.saving.rehearsal import same
from tinynet._internal.seeds import unspent
from tinynet.layers import BatchNormalization, Layer

Path = str | os.PathLike[str]


class NoCounterpartError(ValueError):
    """A layer or an operation has no counterpart in a format or in tinynet."""


@contextlib.contextmanager
def named(path: Path, kind: str) -> Iterator[None]:
    """Turn the errors that the block raises into a ValueError that names the file.

    `kind` is what the file should be, such as "an ONNX file".
    """
    place = check_path(path)
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(f"{place} is damaged: a name in it is not UTF-8.") from error
    except DamagedError as error:
        raise ValueError(f"{place} is not {kind}, or it is damaged: {error}.") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place} can't be loaded: {str(error).rstrip('.')}.") from error
    except KeyError as error:
        raise ValueError(f"{place} can't be loaded: there is no {error} in it.") from error
    except (ArithmeticError, AttributeError, IndexError, MemoryError, RecursionError) as error:
        raise ValueError(f"{place} can't be loaded: what it describes can't be created.") from error


def read_file(path: Path) -> bytes:
    """Return a file's content, which must not be longer than `MAX_BYTES`."""
    with open_regular(check_path(path)) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MAX_BYTES:
            raise DamagedError(f"it has {size} bytes, and at most {MAX_BYTES} are read")
        return stream.read()


def import_package(name: str, files: str) -> Any:
    """Import a package, or say how to install it; tinynet's extra has the same name."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ImportError(
            f'{files} need the package {package}: pip install "tinynet-backprop[{package}]".'
        ) from error


def check_saved(model: Any) -> None:
    """Refuse a model that isn't built, was changed since, or holds what isn't finite."""
    check_built(model)
    model.check_unchanged()
    names = [check_name(part.name, "a name to be saved") for part in (model, *model.layers)]
    for name in names:
        if not name or "\0" in name or as_text(name) != name:
            raise ValueError(
                f"a name to be saved must be text that a file can hold, not empty and without null "
                f"characters, received {name!r}."
            )
    check_all_different(names[1:], "layer")
    check_variances(model.layers)
    for layer in model.layers:
        for name in (*layer.parameter_names, *layer.state_names):
            check_finite(getattr(layer, name), f"{layer.name}.{name}, to be saved,")


def write_file(path: Path, content: bytes, trial: Callable[[bytes], None]) -> None:
    """Write a file, whole or not at all, and read it again before it takes its name.

    `trial` gets what was read, and raises if it isn't what was to be saved. A file that was there
    before is then left as it was.
    """
    with saving(path) as file:
        file.write(content)
        file.seek(0)
        try:
            with unspent(), warnings.catch_warnings(), named(path, "what was to be saved"):
                warnings.simplefilter("ignore")
                trial(file.read())
        except ValueError as error:
            raise ValueError(
                f"The model can't be saved, since the file couldn't be loaded: {error}"
            ) from error


def refuse_difference(saved: Mapping[str, np.ndarray], loaded: Mapping[str, np.ndarray]) -> None:
    """Refuse arrays that come back as others; the message names the first."""
    for name, array in saved.items():
        if not same(array, loaded.get(name)):
            raise ValueError(f"its array {name} would be different")


def converted(array: np.ndarray, dtype: Any, what: str) -> np.ndarray:
    """Return an array in a model's dtype, in which its entries must be finite.

    Examples
    --------
    >>> converted(np.array([1.0, 2.0]), "float32", "weights")
    array([1., 2.], dtype=float32)
    """
    with np.errstate(all="ignore"):
        array = array.astype(dtype, copy=False)
    check_finite(array, what)
    return array


def check_variances(stack: Iterable[Layer]) -> None:
    """Refuse a batch normalization with a negative variance, which no library has measured."""
    for layer in stack:
        if isinstance(layer, BatchNormalization):
            check_variance(layer.moving_variance, f"the moving variance of {layer.name}")


def shortest(value: float) -> float:
    """Return the number with the fewest digits that is equal in float32.

    Examples
    --------
    >>> shortest(0.10000000149011612)
    0.1
    """
    with np.errstate(over="ignore"):
        return float(str(np.float32(value)))
