"""The file format: one ``.npz`` with a JSON header and a few arrays; no pickle, either way.

The header describes the model in plain JSON: objects as ``{"class_name": ..., "config": ...}``,
functions by name. Reading builds only classes and functions that the reader names in a table, so
that a file can't make Python run anything else. A file is written under a temporary name in the
same folder and renamed when it is complete, so that at every moment the old file or the new one is
there, whole.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import initializers, layers, losses, optimizers, schedules
from tinynet.checks import check_built, check_count, check_finite, lookup
from tinynet.files import replacing
from tinynet.normalization import Normalization

if TYPE_CHECKING:
    from tinynet.models import Sequential

VERSION = 1
Path = str | os.PathLike[str]
Arrays = Mapping[str, np.ndarray]
Known = Mapping[str, Callable[..., Any]]

# The classes and functions that a saved model may name.
KNOWN: Known = initializers.INITIALIZERS | {
    kind.__name__: kind
    for kind in (
        *(layers.Dense, layers.ReLU, layers.Softmax, layers.Sigmoid, layers.Tanh),
        *(layers.Flatten, layers.Dropout, Normalization),
        *(losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy),
        *(losses.BinaryCrossentropy, losses.MeanSquaredError),
        *(optimizers.SGD, optimizers.Adam),
        *(schedules.ExponentialDecay, schedules.CosineDecay, schedules.PiecewiseConstantDecay),
    )
}


def save_model(model: "Sequential", path: Path) -> None:
    """Write architecture, weights, compile settings, optimizer and random state, and epoch."""
    check_built(model.built)
    header: dict[str, Any] = {
        "name": model.name,
        "dtype": model.dtype.name,
        "input_shape": model.input_shapes[0],
        "layers": describe(model.layers),
        "rng": model.rng.bit_generator.state,
        "epoch": model.epoch,
        "shapes": weight_shapes(model),
    }
    arrays = {"parameters": model.parameters}
    if model.compiled:
        settings = {"optimizer": model.optimizer, "loss": model.loss, "metrics": model.metrics}
        header["compile"] = describe(settings)
        header["iterations"] = model.optimizer.iterations
        arrays |= {f"optimizer.{name}": a for name, a in model.optimizer.state.items()}
    write(path, header, arrays)


def restore_state(
    model: "Sequential", path: Path, header: dict[str, Any], arrays: Arrays, custom: Known
) -> None:
    """Set everything but the architecture, which `model` has already, as `save_model` found it."""
    copy_vector(path, arrays, "parameters", model.parameters)
    if "compile" in header:
        model.compile(**restore(header["compile"], custom))
        model.optimizer.iterations = check_count(header["iterations"], "iterations", minimum=0)
        for name in arrays:
            if name.startswith("optimizer."):
                state = model.optimizer.remember(name.removeprefix("optimizer."), model.parameters)
                copy_vector(path, arrays, name, state)
    model.rng.bit_generator.state = header["rng"]
    model.epoch = check_count(header["epoch"], "epoch", minimum=0)


def save_weights(model: "Sequential", path: Path) -> None:
    """Write the parameters alone, and their shapes."""
    check_built(model.built)
    write(path, {"shapes": weight_shapes(model)}, {"parameters": model.parameters})


def load_weights(model: "Sequential", path: Path) -> None:
    """Read what `save_weights` or `save_model` wrote, into a model of the same shapes."""
    check_built(model.built)
    header, arrays = read(path)
    if header.get("shapes") != weight_shapes(model):
        raise ValueError(
            f"{path} must hold weights of shapes {weight_shapes(model)}, "
            f"received {header.get('shapes')}."
        )
    copy_vector(path, arrays, "parameters", model.parameters)


def weight_shapes(model: "Sequential") -> list[list[int]]:
    """Shapes of all parameters, W and b, layer by layer."""
    return [list(value.shape) for layer in model.layers for value in layer.parameters.values()]


def copy_vector(path: Path, arrays: Arrays, name: str, target: np.ndarray) -> None:
    """Copy one array of a file into `target`, or say that it doesn't fit."""
    source = arrays.get(name)
    if source is None or source.shape != target.shape or source.dtype != target.dtype:
        raise ValueError(f"{path} is damaged: {name} doesn't fit the model's {target.size}.")
    check_finite(source, f"{path}: {name}")
    target[...] = source


def write(path: Path, header: dict[str, Any], arrays: Arrays) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    OSError
        If the folder doesn't exist or can't be written to, or the disk is full; a file that was
        there before is left as it was.
    """
    path = os.path.abspath(os.fspath(path))
    text = json.dumps({"format": "tinynet", "version": VERSION, "arrays": [*arrays], **header})
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"Can't save to {path}: there is no folder {folder}.")
    head = np.frombuffer(text.encode(), dtype=np.uint8)
    with replacing(path) as file:
        # No object arrays, so no pickle; NumPy 2.0's savez would store allow_pickle itself.
        contents: dict[str, Any] = {"header": head, **arrays}
        np.savez(file, **contents)


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read header and arrays.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it isn't a file of this format, is damaged, or was written by a newer version.
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"There is no file {path}.")
    with open(path, "rb") as stream:
        try:
            with np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            header = json.loads(arrays.pop("header").tobytes())
            whole = header["format"] == "tinynet" and {*header["arrays"]} <= {*arrays}
            version = header["version"] if whole else None
        except Exception:  # NumPy, zipfile and json say in a dozen ways that a file is damaged
            version = None
    if not isinstance(version, int):
        raise ValueError(f"{path} is not a file that tinynet saved, or it is damaged.") from None
    if version > VERSION:
        raise ValueError(
            f"{path} has format version {version}, and this tinynet reads up to {VERSION}. "
            f"Update tinynet."
        )
    return header, arrays


@contextmanager
def opened(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Give the block header and arrays, and name the file in whatever it finds wrong with them.

    Raises
    ------
    ValueError
        If something is missing or of the wrong kind.
    """
    header, arrays = read(path)
    try:
        yield header, arrays
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        if str(os.fspath(path)) in str(error):
            raise
        reason = f"there is no {error} in it." if isinstance(error, KeyError) else error
        raise ValueError(f"{path} can't be loaded: {reason}") from error


def describe(value: Any) -> Any:
    """Turn an object with `get_config`, a function, or plain data into JSON's types.

    Raises
    ------
    TypeError
        If there is no such description.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {key: describe(item) for key, item in value.items()}
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": describe(value.get_config())}
    name = getattr(value, "__name__", "")
    if callable(value) and name.isidentifier():
        return {"function": name}
    raise TypeError(
        f"{value!r} can't be saved. Use a function with a name, or a class with get_config()."
    )


def restore(data: Any, custom: Known) -> Any:
    """Turn a description back into the object, with the classes in `KNOWN` and `custom` alone.

    Raises
    ------
    ValueError
        If the description names anything else, or its arguments don't fit.
    """
    if isinstance(data, list):
        return [restore(item, custom) for item in data]
    if not isinstance(data, dict):
        return data
    known = {**KNOWN, **custom}
    if set(data) == {"function"}:
        return lookup(data["function"], known, "function")
    if set(data) != {"class_name", "config"}:
        return {key: restore(item, custom) for key, item in data.items()}
    make = lookup(data["class_name"], known, "class")
    try:
        return make(**restore(data["config"], custom))
    except TypeError as error:
        raise ValueError(
            f"{data['class_name']} can't be made from {data['config']}: {error}"
        ) from error
