"""The file format: one ``.npz`` with a JSON header and a few arrays; no pickle, either way.

The header describes the model in plain JSON: objects as ``{"class_name": ..., "config": ...}``,
functions by name. Reading uses only the classes and functions in a table, so that a file can't run
any other code. A file is written under a temporary name in the same folder and renamed when it is
complete, so that there is always a complete file, the old or the new one.

The arrays are ``parameters``, ``optimizer.*`` (the optimizer's state), ``history.*`` (one row per
epoch) and ``callbacks.*`` (weights that callbacks keep). Files of earlier releases, which lack the
last two, can still be loaded, and earlier releases can load files that have them. So the format's
version is still 1.
"""

from __future__ import annotations

import json
import numbers
import os
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np

from tinynet import layers
from tinynet._internal.checks import (
    check_built,
    check_count,
    check_finite,
    check_path,
    check_shape,
    check_variance,
    float_dtype,
    shape_error,
    shown,
)
from tinynet._internal.protocols import Trained
from tinynet._internal.saving.descriptions import KNOWN, Known, describe, describe_data, restore
from tinynet._internal.saving.endings import reader_hint
from tinynet._internal.saving.files import check_target, open_regular, saving
from tinynet._internal.saving.npz import DamagedError, check_writable, read_npz, write_npz
from tinynet._internal.saving.rehearsal import Load, rehearse
from tinynet.initializers.objects import InitializerObject
from tinynet.optimizers.lookup import innermost

VERSION = 1
LIMITS = {"header": 2**20}  # bytes; a hundred layers take about thirty thousand


MAX_LAYERS = 1000
MAX_COUNT = 2**53  # of epochs and steps: a float counts exactly up to here
Path = str | os.PathLike[str]
Arrays = Mapping[str, np.ndarray]


def save_model(model: Trained, path: Path, load: Load) -> None:
    """Write architecture, weights, compile settings, optimizer and random state, and history.

    `load` creates a model from header and arrays, to check beforehand that the file can be read.
    """
    check_built(model)
    if len(model.layers) > MAX_LAYERS:
        raise ValueError(f"A file holds at most {MAX_LAYERS} layers, received {len(model.layers)}.")
    header, arrays = describe_model(model)
    place = check_target(path)
    contents = check_contents(header, arrays)
    rehearse(model, path, (header, arrays), load, describe_model)
    write(place, contents)


def describe_model(model: Trained) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays of a model's file."""
    header: dict[str, Any] = {
        "name": model.name,
        "dtype": model.dtype.name,
        "input_shape": model.input_shapes[0],
        "layers": describe(model.layers),
        "rng": state_of_rng(model.rng),
        **describe_own_rngs(model.layers),
        "epoch": describe(model.epoch),
        "shapes": weight_shapes(model),
    }
    arrays = weight_arrays(model)
    header |= describe_frozen(model.layers)
    describe_history(model, header, arrays)
    if model.compiled:
        optimizer = innermost(model.optimizer)
        settings = {"optimizer": optimizer, "loss": model.loss, "metrics": model.metrics}
        if model.weighted_metrics:
            settings["weighted_metrics"] = model.weighted_metrics
        header["compile"] = describe(settings)
        header["iterations"] = describe(model.optimizer.iterations)
        arrays |= {f"optimizer.{name}": a for name, a in model.optimizer.state.items()}
    return header, arrays


def describe_history(model: Trained, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Add the history of each epoch, as arrays of float64, and the states of the callbacks."""
    run = model.history.whole_run
    names = [*dict.fromkeys(name for logs in run.logs for name in logs)]
    for logs in run.logs:
        for name, value in logs.items():
            if not is_float(value):
                raise TypeError(f"The history's {name} must be a number, received {shown(value)}.")
    header["figures"] = names
    table = [[logs.get(name, 0.0) for name in names] for logs in run.logs]
    known = [[name in logs for name in names] for logs in run.logs]
    epochs = [check_count(epoch, "The history's epoch", 0, MAX_COUNT) for epoch in run.epoch]
    arrays["history.epoch"] = np.array(epochs, dtype=np.uint64)
    arrays["history.figures"] = np.array(table, dtype=np.float64).reshape(len(table), len(names))
    arrays["history.known"] = np.array(known, dtype=np.uint8).reshape(len(table), len(names))
    header["callbacks"] = []
    for k, entry in enumerate(run.callback_states):
        state = entry["state"]
        vectors = {name: v for name, v in state.items() if isinstance(v, np.ndarray)}
        arrays |= {f"callbacks.{k}.{name}": vector for name, vector in vectors.items()}
        rest = {name: value for name, value in state.items() if name not in vectors}
        try:
            header["callbacks"].append({**entry, "state": describe_data(rest)})
        except TypeError as error:
            raise TypeError(
                f"The state of {entry['name']} must be a dict of numbers, text, lists of them, and "
                f"arrays: {error}"
            ) from error


def is_float(value: Any) -> bool:
    """Return whether a value is a real number, NaN or infinite included, that fits into a float."""
    if not isinstance(value, numbers.Real):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


def restore_history(model: Trained, header: dict[str, Any], arrays: Arrays) -> None:
    """Set the history and the states of the callbacks; an old file has neither."""
    if "figures" not in header:
        return
    names, epochs = header["figures"], arrays["history.epoch"]
    table, known = arrays["history.figures"], arrays["history.known"]
    if not (
        isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and epochs.shape == (len(table),)
        and table.shape == known.shape == (len(table), len(names))
        and (epochs.dtype.name, table.dtype.name) == ("uint64", "float64")
        and known.dtype.name == "uint8"
        and (np.diff(epochs.astype(np.float64)) > 0).all()
    ):
        raise ValueError("its history's arrays don't fit each other.")
    model.history.epoch = [int(epoch) for epoch in epochs]
    model.history.logs = [
        {name: value for name, value, there in zip(names, row, mask, strict=True) if there}
        for row, mask in zip(table.tolist(), known.tolist(), strict=True)
    ]
    if not isinstance(header["callbacks"], list):
        raise ValueError("its callbacks must be a list.")
    for k, entry in enumerate(header["callbacks"]):
        if not (
            isinstance(entry, dict)
            and {*entry} == {"name", "heard", "state"}
            and isinstance(entry["state"], dict)
        ):
            raise ValueError("each of its callbacks must have a name and a state.")
        prefix = f"callbacks.{k}."
        vectors = {
            name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)
        }
        model.history.callback_states.append({**entry, "state": entry["state"] | vectors})


def restore_layers(header: dict[str, Any], arrays: Arrays, custom: Known) -> list[layers.Layer]:
    """Return the layers, not built yet, if the file has as many weights as they need.

    Raises
    ------
    ValueError
        If the layers don't fit each other, or need more weights than the file has.
    """
    described = header["layers"]
    if not isinstance(described, list) or not 0 < len(described) <= MAX_LAYERS:
        raise ValueError(f"its layers must be a list of 1 to {MAX_LAYERS}.")
    stack = restore(described, custom)
    freeze(stack, header.get("frozen", []))
    shape, weights = check_shape(header["input_shape"]), 0
    for layer in stack:
        if not isinstance(layer, layers.Layer) or not isinstance(layer.name, str):
            raise ValueError(f"a model is made of layers, received {reprlib.repr(layer)}.")
        if layer.input_shape not in (None, shape):
            raise ValueError(shape_error(type(layer).__name__, layer.input_shape, shape))
        below, shape = shape, layer.output_shape(shape)
        if isinstance(layer, layers.Dense):
            weights += layer.multiply_adds(below)
            weights += 0 if layer.activation is None else layer.activation.multiply_adds(shape)
            for initializer in (layer.kernel_initializer, layer.bias_initializer):
                kind = type(initializer)
                if kind in KNOWN.values() and not issubclass(kind, InitializerObject):
                    raise ValueError(f"{kind.__name__} is not an initializer.")
        elif isinstance(layer, layers.PReLU):
            weights += prod(below)
        elif isinstance(layer, layers.BatchNormalization | layers.LayerNormalization):
            weights += below[-1] * (layer.center + layer.scale)
        if layer.dtype is None:
            layer.input_shape = None  # so that the model is built at once, not layer by layer
    if weights > arrays["parameters"].size:
        raise ValueError(
            f"its layers need {weights} weights, and it has {arrays['parameters'].size}."
        )
    if not isinstance(header["dtype"], str):
        raise ValueError("its dtype must be a name.")
    float_dtype(header["dtype"])
    return stack


def describe_frozen(stack: Sequence[Any]) -> dict[str, list[int]]:
    """Return the indices of the frozen layers, if any."""
    indices = [k for k, layer in enumerate(stack) if not layer.trainable]
    return {"frozen": indices} if indices else {}


def freeze(stack: Sequence[Any], indices: Any) -> None:
    """Freeze the layers that `describe_frozen` named."""
    if not isinstance(indices, list):
        raise ValueError(f"frozen must be a list of layers' indices, received {shown(indices)}.")
    for k in [check_count(k, "each index in frozen", 0, len(stack) - 1) for k in indices]:
        stack[k].trainable = False


def restore_state(
    model: Trained, path: Path, header: dict[str, Any], arrays: Arrays, custom: Known
) -> None:
    """Restore everything that `save_model` wrote except the architecture, which `model` has."""
    model.set_weights(restore_weights(model, path, arrays))
    if "compile" in header:
        settings = restore(header["compile"], custom)
        needed = {"optimizer", "loss", "metrics"}
        if not isinstance(settings, dict) or {*settings} - {"weighted_metrics"} != needed:
            raise ValueError("it must say optimizer, loss and metrics.")
        model.compile(**settings)
        model.optimizer.iterations = check_count(header["iterations"], "iterations", 0, MAX_COUNT)
        for name in arrays:
            if name.startswith("optimizer."):
                state = model.optimizer.remember(name.removeprefix("optimizer."), model.parameters)
                copy_vector(path, arrays, name, state)
    restore_rng(model.rng, header["rng"])
    restore_own_rngs(model.layers, header.get("own_rngs", []))
    model.epoch = check_count(header["epoch"], "epoch", 0, MAX_COUNT)
    restore_history(model, header, arrays)


def own_rngs(stack: Sequence[Any]) -> list[np.random.Generator]:
    """Return the generators of layers that have their own, such as seeded dropout."""
    found = [vars(layer).get("own_rng") for layer in stack]
    return [rng for rng in found if isinstance(rng, np.random.Generator)]


def describe_own_rngs(stack: Sequence[Any]) -> dict[str, Any]:
    """Return the states of these generators, an empty dict if there are none."""
    states = [state_of_rng(rng) for rng in own_rngs(stack)]
    return {"own_rngs": states} if states else {}


def state_of_rng(rng: np.random.Generator) -> dict[str, Any]:
    """Return the state of a generator of the kind that `load_model` makes."""
    if not isinstance(rng.bit_generator, np.random.PCG64):
        raise ValueError(
            f"A random generator of kind {type(rng.bit_generator).__name__} can't be saved: set "
            f"model.rng = np.random.default_rng(seed)."
        )
    return {**rng.bit_generator.state}


def restore_own_rngs(stack: Sequence[Any], states: Any) -> None:
    """Set the states of these generators."""
    rngs = own_rngs(stack)
    if not isinstance(states, list) or len(states) != len(rngs):
        raise ValueError("its layers' own generators and their states must be as many.")
    for rng, state in zip(rngs, states, strict=True):
        restore_rng(rng, state)


def restore_rng(rng: np.random.Generator, state: Any) -> None:
    """Set a generator's state, if it is a valid one."""
    try:
        rng.bit_generator.state = state
        same = rng.bit_generator.state == state
    except Exception:  # whatever NumPy raises
        same = False
    if not same:
        raise ValueError("its state of the random generator is invalid.") from None


def save_weights(model: Trained, path: Path) -> None:
    """Write only the parameters and their shapes."""
    check_built(model)
    header, arrays = {"shapes": weight_shapes(model)}, weight_arrays(model)
    write(check_target(path), check_contents(header, arrays))


def load_weights(model: Trained, path: Path) -> None:
    """Read what `save_weights` or `save_model` wrote, into a model of the same shapes.

    Numbers are converted to the model's dtype.
    """
    check_built(model)
    header, arrays = read(path)
    if header.get("shapes") != weight_shapes(model):
        raise ValueError(
            f"{path} must hold weights of shapes {weight_shapes(model)}, "
            f"received {reprlib.repr(header.get('shapes'))}."
        )
    with np.errstate(over="ignore"):  # what overflows is refused as not finite
        arrays = {
            name: array.astype(model.dtype) if array.dtype in ("float32", "float64") else array
            for name, array in arrays.items()
        }
    model.set_weights(restore_weights(model, path, arrays))


def weight_arrays(model: Trained) -> dict[str, np.ndarray]:
    """Return all parameters as one vector, in the order of the layers, and all states, if any."""
    parameters = [array for layer in model.layers for array in layer.parameters.values()]
    states = [array for layer in model.layers for array in layer.states.values()]
    arrays = {"parameters": in_one(parameters, model.dtype)}
    return arrays | ({"states": in_one(states, model.dtype)} if states else {})


def in_one(arrays: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    """Return the entries of some arrays as one vector."""
    return np.concatenate([np.empty(0, dtype=dtype), *(array.ravel() for array in arrays)])


def restore_weights(model: Trained, path: Path, arrays: Arrays) -> list[np.ndarray]:
    """Convert what `weight_arrays` returned to the arrays of the layers, as in `get_weights`.

    Raises
    ------
    ValueError
        If sizes or dtypes don't fit, or an entry isn't finite.
    """
    taken: dict[str, list[np.ndarray]] = {}
    for name, like in weight_arrays(model).items():
        copy_vector(path, arrays, name, like)
        check_finite(like, f"{path}: {name}")
        parts = [array for layer in model.layers for array in getattr(layer, name).values()]
        ends = np.cumsum([array.size for array in parts])[:-1]
        pieces = np.split(like, ends) if parts else []
        taken[name] = [a.reshape(b.shape) for a, b in zip(pieces, parts, strict=True)]
    iterators = {name: iter(values) for name, values in taken.items()}
    found = []
    for layer in model.layers:
        found += [next(iterators["parameters"]) for _ in layer.parameter_names]
        found += [next(iterators["states"]) for _ in layer.state_names]
        if isinstance(layer, layers.BatchNormalization):
            check_variance(found[-1], f"{path}: the moving variance of {layer.name}")
    return found


def weight_shapes(model: Trained) -> list[list[int]]:
    """Shapes of all parameters, W and b, layer by layer."""
    return [list(value.shape) for layer in model.layers for value in layer.parameters.values()]


def copy_vector(path: Path, arrays: Arrays, name: str, target: np.ndarray) -> None:
    """Copy one array of a file into `target`, or raise an error if it doesn't fit.

    After a training that diverged, the optimizer's state may be infinite.
    """
    source = arrays.get(name)
    if source is None or source.shape != target.shape or source.dtype != target.dtype:
        raise ValueError(f"{path} is damaged: {name} doesn't fit the model's {target.size}.")
    target[...] = source


def check_contents(header: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
    """Return all arrays of a file, including the header.

    Raises
    ------
    ValueError, TypeError
        If they couldn't be read again: a parameter isn't finite, an array doesn't hold numbers, or
        the description or the file is too long.
    """
    text = json.dumps({"format": "tinynet", "version": VERSION, "arrays": [*arrays], **header})
    head = np.frombuffer(text.encode(), dtype=np.uint8)
    contents: dict[str, Any] = {"header": head, **arrays}
    for name in ("parameters", "states"):
        if name in arrays:
            check_finite(arrays[name], f"{name} to be saved")
    check_writable(contents)
    if head.size > LIMITS["header"]:
        raise ValueError(
            f"The model's description must have less than {LIMITS['header']} bytes to be saved, "
            f"received {head.size}."
        )
    return contents


def write(place: str, contents: Mapping[str, Any]) -> None:
    """Write a file atomically.

    Raises
    ------
    OSError
        If the folder isn't writable or the disk is full; an existing file is unchanged.
    """
    with saving(place) as file:
        write_npz(file, contents)


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read header and arrays.

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it isn't a file of this format, is damaged, or was written by a newer version.
    """
    path = check_path(path)
    with open_regular(path) as stream:
        try:
            arrays = read_npz(stream, LIMITS)
            header = parse_header(arrays)
        except DamagedError as error:
            raise ValueError(
                f"{path} is not a file that tinynet saved, or it is damaged: {error}."
                f"{reader_hint(path)}"
            ) from error
        except OSError as error:
            reason = error.strerror or error
            raise OSError(error.errno, f"Can't read {path}: {reason}") from error
    if header["version"] > VERSION:
        raise ValueError(
            f"{path} has format version {header['version']}, and this tinynet reads up to "
            f"{VERSION}. Update tinynet."
        )
    return header, arrays


def parse_header(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Remove the header from a file's arrays, and check that it names the others."""
    try:
        header = json.loads(arrays.pop("header").tobytes())
        ours = header["format"] == "tinynet" and isinstance(header["version"], int)
        whole = ours and sorted(header["arrays"]) == sorted(arrays)
    except Exception:  # json raises several types of errors
        raise DamagedError("it has no header") from None
    if not whole or header["version"] < 1:
        raise DamagedError("its header doesn't name the arrays that are there")
    return header


@contextmanager
def opened(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Give the block header and arrays, and add the file's name to any error it raises.

    Raises
    ------
    ValueError
        If something is missing or has the wrong type.
    """
    header, arrays = read(path)
    try:
        yield header, arrays
    except (TypeError, ValueError) as error:
        if str(os.fspath(path)) in str(error):
            raise
        raise ValueError(f"{path} can't be loaded: {error}") from error
    except KeyError as error:
        raise ValueError(f"{path} can't be loaded: there is no {error} in it.") from error
    except (ArithmeticError, AttributeError, IndexError, MemoryError, RecursionError) as error:
        raise ValueError(f"{path} can't be loaded: what it describes can't be created.") from error
