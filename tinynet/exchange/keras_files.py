"""Reads and writes Keras's files: ``m.keras``, ``m.weights.h5`` and the older ``m.h5``.

`tinynet.models.Sequential.save`, `load_model`, `save_weights` and `load_weights` use this module if
the file's name has one of these endings. A ``.keras`` file is a zip archive of ``metadata.json``,
``config.json`` (the architecture and the settings of `compile`) and ``model.weights.h5`` (the
arrays, including the optimizer's). An older ``.h5`` file contains the same in one HDF5 file.

Files are written with h5py and read with tinynet's own `hdf5`, which also handles untrusted files.
"""

import io
import json
import os
import reprlib
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinynet import losses, metrics, optimizers
from tinynet._internal.checks import check_built, check_path, check_shape
from tinynet._internal.names import snake_case
from tinynet._internal.origin import levels_inside
from tinynet._internal.saving.descriptions import find
from tinynet._internal.saving.npz import DamagedError, check_directory
from tinynet.exchange import keras_layers as tables
from tinynet.exchange.files import (
    NoCounterpartError,
    Path,
    check_saved,
    check_variances,
    converted,
    named,
    read_file,
    refuse_difference,
    shortest,
    write_file,
)
from tinynet.exchange.hdf5 import SIGNATURE, Group, read_hdf5
from tinynet.exchange.keras_layers import Config, Known
from tinynet.layers import Layer, Normalization
from tinynet.metrics.lookup import METRICS
from tinynet.optimizers.lookup import innermost

Arrays = list[np.ndarray]

MAX_CONFIG_BYTES = 2**22  # a layer takes about 700 bytes
MAX_LAYERS = 1000
WEIGHTS, CONFIG, METADATA = "model.weights.h5", "config.json", "metadata.json"
NAMES = {"W": "kernel", "b": "bias"}  # the names of arrays in Keras
AN_ATTRIBUTE = 500  # names in one attribute, which can have at most 64 KiB


# ------------------------------------------------------------------------------------ loading


class Parts(NamedTuple):
    """The contents of a file, whichever format it has.

    Attributes
    ----------
    model : dict
        The description of the Sequential.
    settings : dict or None
        The settings of `compile`.
    arrays : callable
        Returns the arrays of a layer, given its description and its path.
    optimizer : list of numpy.ndarray
        The state of the optimizer, in Keras's order.
    numbers : int
        The number of entries in all arrays.
    """

    model: Any
    settings: Any
    arrays: Callable[[Config, str], Arrays]
    optimizer: Arrays
    numbers: int


def load_model(path: Path, make: Callable[..., Any], custom: Known) -> Any:
    """Load a whole model from ``m.keras`` or ``m.h5``.

    `make` is what makes the model, `Sequential`, and `custom` has layers of your own, by name.
    """
    with named(path, "a file of Keras's"):
        model, parts = read_model(read_file(path), make, custom)
    if isinstance(parts.settings, dict) and parts.settings.get("optimizer"):
        try:
            with named(path, "a file of Keras's"):
                compile_model(model, parts, custom)
        except ValueError as error:
            message = f"The settings of compile in {error} The model isn't compiled: compile it "
            warnings.warn(f"{message}yourself.", stacklevel=levels_inside())
    return model


def read_model(content: bytes, make: Callable[..., Any], custom: Known) -> tuple[Any, Parts]:
    """Make a model from the content of a file, without compiling it."""
    if content[:8] != SIGNATURE and content[:2] != b"PK":
        raise DamagedError("it begins neither as .h5 files do nor as .keras files do")
    parts = older_parts(content) if content[:8] == SIGNATURE else newer_parts(content)
    described = parts.model
    if isinstance(described, dict) and isinstance(described.get("config"), list):
        # Up to version 2.2, Keras described a Sequential by its layers alone.
        described = {**described, "config": {"layers": described["config"]}}
    name, config = tables.read_description(described)
    if name != "Sequential":
        raise NoCounterpartError(f"it holds a model of class {name}, not a Sequential")
    stack, arrays, shape = restore_layers(parts, config, custom)
    check_sizes(stack, shape, parts.numbers)
    dtype = restore_dtype(config)
    model = make(
        stack, config["name"] if isinstance(config.get("name"), str) else None, dtype=dtype
    )
    model.build((None, *shape))
    assign(model.layers, arrays)
    return model, parts


def load_weights(model: Any, path: Path) -> None:
    """Load the arrays of any of Keras's files into a model of the same layers."""
    check_built(model)
    with named(path, "a file of Keras's"):
        twin = model.copy()
        read_weights(twin, read_file(path))
    model.set_weights(twin.get_weights())
    for layer, other in zip(model.layers, twin.layers, strict=True):
        if isinstance(layer, Normalization):
            layer.mean, layer.variance = other.mean, other.variance
            layer.adapted = other.adapted


def read_weights(model: Any, content: bytes) -> None:
    """Write the arrays of a file's content into a model."""
    group = read_hdf5(content if content[:8] == SIGNATURE else unpack(content)[WEIGHTS])
    check_layout(group)
    own = [
        layer
        for layer in model.layers
        if tables.arrays_of(layer) or isinstance(layer, Normalization)
    ]
    inner = group.members.get("model_weights")
    if "layer_names" in group.attributes or "layer_names0" in group.attributes:
        inner = group
    if isinstance(inner, Group):
        theirs = [older_arrays(inner, name) for name in read_names(inner, "layer_names")]
        arrays = [found for found in theirs if found]
        if len(arrays) < len(own):  # Keras's Normalization has arrays only if it was adapted
            own = [layer for layer in own if tables.arrays_of(layer)]
    else:
        places = paths([tables.counterpart(layer).keras_class for layer in own])
        arrays = [numbered_arrays(group, place) for place in places]
        there = group.find("layers")
        count = len(there.members) if isinstance(there, Group) else 0
        if count > len(model.layers):
            raise ValueError(f"it has {count} layers, and the model {len(model.layers)}.")
    if len(arrays) != len(own):
        raise ValueError(
            f"it has weights for {len(arrays)} layers, and the model has {len(own)} with weights."
        )
    assign(own, arrays)


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the files in a ``.keras`` file that a model needs."""
    stream = io.BytesIO(content)
    check_directory(stream, len(content))
    limits = {CONFIG: MAX_CONFIG_BYTES, WEIGHTS: len(content)}
    try:
        with zipfile.ZipFile(stream) as archive:
            members = [info for info in archive.infolist() if info.filename in limits]
            if sorted(info.filename for info in members) != sorted(limits):
                raise DamagedError(f"it must hold one {CONFIG} and one {WEIGHTS}")
            for info in members:
                if info.compress_type or info.compress_size != info.file_size or info.flag_bits & 1:
                    raise DamagedError(
                        f"its {info.filename} is compressed or encrypted: load and save it with "
                        "Keras, which doesn't compress"
                    )
                if info.file_size > limits[info.filename]:
                    raise DamagedError(f"its {info.filename} has {info.file_size} bytes")
            return {info.filename: archive.read(info) for info in members}
    except (DamagedError, MemoryError):
        raise
    except Exception as error:  # zipfile reports damage by many kinds of exceptions
        raise DamagedError("its archive can't be read") from error


def newer_parts(content: bytes) -> Parts:
    """Return the contents of a ``.keras`` file."""
    files = unpack(content)
    model, group = read_json(files[CONFIG]), read_hdf5(files[WEIGHTS])
    check_layout(group)
    if not isinstance(model, dict):
        raise DamagedError(f"its {CONFIG} describes no model")
    return Parts(
        model,
        model.get("compile_config"),
        lambda _, place: numbered_arrays(group, place),
        numbered_arrays(group, "optimizer"),
        count_numbers(group),
    )


def check_layout(group: Group) -> None:
    """Refuse the first layout of these files, in which the names of groups count differently."""
    if any(name.startswith("_layer_checkpoint_dependencies") for name in group.members):
        raise NoCounterpartError(
            "its weights have the layout of Keras 2: load it with the version of TensorFlow "
            "that wrote it, and save it as .h5"
        )


def older_parts(content: bytes) -> Parts:
    """Return the contents of an ``.h5`` file."""
    group = read_hdf5(content)
    weights = group.members.get("model_weights")
    if "model_config" not in group.attributes or not isinstance(weights, Group):
        raise NoCounterpartError(
            "it holds weights alone: build the model, and use load_weights on it"
        )
    settings = read_json(group.attributes.get("training_config", "null"))
    if isinstance(settings, dict):
        settings["optimizer"] = settings.pop("optimizer_config", None)
    state = group.members.get("optimizer_weights")
    return Parts(
        read_json(group.attributes["model_config"]),
        settings,
        lambda config, place: older_arrays(weights, str(config.get("name")), place),
        arrays_by_name(state) if isinstance(state, Group) else [],
        count_numbers(group),
    )


def read_json(text: Any) -> Any:
    """Read a description."""
    if not isinstance(text, str | bytes) or len(text) > MAX_CONFIG_BYTES:
        raise DamagedError("its description isn't one")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedError("its description is not JSON") from None


def count_numbers(group: Group) -> int:
    """Count the numbers in all arrays of a file."""
    return sum(
        count_numbers(member) if isinstance(member, Group) else member.size
        for member in group.members.values()
    )


def numbered_arrays(group: Group, place: str) -> Arrays:
    """Return the arrays 0, 1, … in a group."""
    found = group.find(f"{place}/vars")
    if not isinstance(found, Group):
        return []
    return check_arrays([found.members.get(str(k)) for k in range(len(found.members))])


def older_arrays(group: Group, name: str, place: str = "") -> Arrays:
    """Return the arrays of a layer from an ``.h5`` file."""
    if place.count("/") > 1:
        raise NoCounterpartError(
            "it has a Sequential among its layers, which tinynet reads from .keras files: load and "
            "save it as .keras with Keras"
        )
    found = group.members.get(name)
    if not isinstance(found, Group):
        raise DamagedError(f"it has no weights of {name!r}")
    return arrays_by_name(found)


def arrays_by_name(group: Group) -> Arrays:
    """Return the arrays that a group's ``weight_names`` lists."""
    return check_arrays([group.find(name) for name in read_names(group, "weight_names")])


def check_arrays(members: Sequence[Any]) -> Arrays:
    """Return the members, all of which must be arrays."""
    if not all(isinstance(member, np.ndarray) for member in members):
        raise DamagedError("an array is missing in it")
    return list(members)


def read_names(group: Group, name: str) -> list[str]:
    """Read a list of names, which may be split over several attributes."""
    parts: list[Any] = [group.attributes.get(name)]
    if parts[0] is None:
        numbered = (f"{name}{k}" for k in range(MAX_LAYERS))
        parts = [group.attributes[key] for key in numbered if key in group.attributes]
    parts = [[] if isinstance(part, np.ndarray) and part.size == 0 else part for part in parts]
    if not parts or not all(isinstance(part, list) for part in parts):
        raise DamagedError(f"its {name} must be a list of names")
    return [name for part in parts for name in part]


def restore_layers(
    parts: Parts, config: Config, custom: Known
) -> tuple[list[Layer], list[Arrays], tuple[int, ...]]:
    """Return the layers, not built yet, the arrays of each, and the shape of one example."""
    places = flattened(config)
    shapes = [tables.input_shape_of(description) for description, _ in places[:2]]
    build_shape = config.get("build_input_shape")
    if isinstance(build_shape, list) and len(build_shape) > 1:
        shapes.append(check_shape(tuple(build_shape[1:])))
    places = [(description, place) for description, place in places if place]
    found = [
        parts.arrays(tables.read_description(description)[1], place)
        for description, place in places
    ]
    shape = next((shape for shape in shapes if shape is not None), None)
    if shape is None and found and found[0] and found[0][0].ndim == 2:
        shape = found[0][0].shape[:1]
    if shape is None or not found:
        raise ValueError("it doesn't say what the model's input looks like, or has no layers")
    stack: list[Layer] = []
    below = shape
    for description, _ in places:
        layer = tables.make_layer(description, custom, len(below))
        stack.append(layer)
        below = layer.output_shape(below)
    return stack, found, shape


def flattened(config: Config, folder: str = "layers") -> list[tuple[Config, str]]:
    """Return the layers of a Sequential, and of those in it, with the paths of their arrays.

    An input has no arrays, and an empty path.
    """
    described = config.get("layers")
    if not isinstance(described, list) or not 0 < len(described) <= MAX_LAYERS:
        raise ValueError(f"its layers must be a list of 1 to {MAX_LAYERS}")
    read = [(description, *tables.read_description(description)) for description in described]
    places = iter(paths([name for _, name, _ in read if name != "InputLayer"], folder))
    found: list[tuple[Config, str]] = []
    for description, name, inner in read:
        if name == "InputLayer":
            found.append((description, ""))
        elif name == "Sequential":
            found += flattened(inner, f"{next(places)}/layers")
        else:
            found.append((description, next(places)))
    if len(found) > MAX_LAYERS:
        raise ValueError(f"its layers must be a list of 1 to {MAX_LAYERS}")
    return found


def paths(classes: Sequence[str], folder: str = "layers") -> list[str]:
    """Return the paths of the arrays of layers of these classes.

    Examples
    --------
    >>> paths(["Dense", "ReLU", "Dense"])
    ['layers/dense', 'layers/re_lu', 'layers/dense_1']
    """
    classes = [tables.without_package(name) for name in classes]
    found, counts = [], dict.fromkeys(classes, 0)
    for name in classes:
        number = f"_{counts[name]}" if counts[name] else ""
        found.append(f"{folder}/{snake_case(name)}{number}")
        counts[name] += 1
    return found


def check_sizes(stack: list[Layer], shape: tuple[int, ...], numbers: int) -> None:
    """Raise an error if layers need more numbers than the file has, before any is built."""
    needed = 0
    for layer in stack:
        below, shape = shape, layer.output_shape(shape)
        if layer.multiply_adds(below) or tables.has_weights(layer):
            needed += max(layer.multiply_adds(below), *below)
        if needed > numbers:
            raise ValueError(f"its layers need more weights than the {numbers} numbers in it")


def restore_dtype(config: Config) -> str:
    """Return the dtype of a model's layers."""
    found = set()
    for description, place in flattened(config):
        policy = tables.read_description(description)[1].get("dtype")
        if isinstance(policy, dict):
            policy = tables.read_description(policy)[1].get("name")
        if policy is not None and place:
            found.add(policy if isinstance(policy, str) else "something else")
    if not found <= {"float32", "float64"} or len(found) > 1:
        raise NoCounterpartError(
            f"tinynet doesn't compute in {' and '.join(sorted(found)):.80}: build the model in "
            "tinynet, and load its weights alone"
        )
    return found.pop() if found else "float32"


def assign(stack: Sequence[Layer], arrays: Sequence[Arrays]) -> None:
    """Write arrays into the layers of a model that is thrown away if they don't fit."""
    for layer, theirs in zip(stack, arrays, strict=True):
        if isinstance(layer, Normalization) and theirs:
            assign_statistics(layer, theirs)
            continue
        own = tables.arrays_of(layer)
        expected, received = ([array.shape for array in found] for found in (own, theirs))
        if expected != received:
            raise ValueError(
                f"{layer.name} has weights of shapes {expected}, and the file {received}"
            )
        for own_array, array in zip(own, theirs, strict=True):
            own_array[...] = converted(array, layer.dtype, f"weights of {layer.name}")
    check_variances(stack)


def assign_statistics(layer: Normalization, arrays: Arrays) -> None:
    """Write a mean and a variance into a layer; a file has Keras's count, too."""
    if len(arrays) != 3:
        raise ValueError(
            f"{layer.name} has a mean, a variance and a count, and the file {len(arrays)} arrays"
        )
    mean, variance = (array.tolist() for array in arrays[:2])
    other = Normalization(layer.axis, mean, variance, layer.invert, name=layer.name)
    other.forward(np.zeros((1, *(layer.input_shape or ())), layer.dtype))  # whether they fit
    layer.mean, layer.variance, layer.adapted = other.mean, other.variance, True


def compile_model(model: Any, parts: Parts, custom: Known) -> None:
    """Compile the model as the file says, and restore the state of the optimizer."""
    settings = parts.settings
    if tables.only(settings.get("loss_weights")) not in (None, 1):
        weights = reprlib.repr(settings["loss_weights"])
        raise NoCounterpartError(f"tinynet has no counterpart to loss_weights={weights} of Keras")
    optimizer = restore_optimizer(settings.get("optimizer"), model.dtype)
    both = ("metrics", "weighted_metrics")
    metrics, weighted = (restore_metrics(settings, key, custom) for key in both)
    loss = restore_loss(settings.get("loss"))
    model.compile(optimizer, loss, metrics=metrics, weighted_metrics=weighted)
    if not parts.optimizer:
        return
    try:
        restore_state(model, parts.optimizer)
    except ValueError as error:
        message = f"{error}, so the optimizer starts from the beginning."
        warnings.warn(message, stacklevel=levels_inside())


def restore_optimizer(description: Any, dtype: np.dtype) -> Any:
    """Return the optimizer of a description."""
    if isinstance(description, str):
        return optimizers.get(description)
    name, config = tables.read_description(description)
    if "module" not in description:  # Keras 2 registered its own as "Custom>Adam"
        name = name.removeprefix("Custom>")
    config.setdefault("learning_rate", config.pop("lr", None))
    config["learning_rate"] = plain_rate(config["learning_rate"], dtype)
    return tables.restore("optimizer", {"class_name": name, "config": config})


def plain_rate(rate: Any, dtype: np.dtype) -> Any:
    """Return a learning rate of float32 as the number with the fewest digits that equals it.

    Examples
    --------
    >>> plain_rate(0.10000000149011612, np.dtype("float32")), plain_rate(1e300, np.dtype("float32"))
    (0.1, 1e+300)
    """
    if dtype != np.float32 or not isinstance(rate, float):
        return rate
    with np.errstate(over="ignore"):  # a rate beyond float32 isn't one of float32
        return shortest(rate) if rate == float(np.float32(rate)) else rate


def restore_loss(description: Any) -> Any:
    """Return the loss of a description."""
    description = tables.only(description)
    if isinstance(description, dict) and description.get("class_name") == "function":
        description = description.get("config")
    if isinstance(description, str):
        return losses.get(description)
    return tables.restore("loss", description)


def restore_metrics(settings: Config, key: str, custom: Known) -> list[Any]:
    """Return the metrics of a description; `custom` has the user's functions by name."""
    given = tables.only_metrics(settings.get(key) or [])
    metrics = given if isinstance(given, list) else [given]
    return [restore_metric(metric, custom) for metric in metrics]


def restore_metric(description: Any, custom: Known) -> Any:
    """Return a metric, or the name of one of tinynet's."""
    if isinstance(description, dict) and description.get("class_name") == "MeanMetricWrapper":
        return restore_mean(description, custom)
    metric = tables.restore("metrics", description)
    if not isinstance(metric, str):
        return metric
    known: Known = {**losses.LOSSES, **METRICS}
    found = find(metric, known, custom, "metric")
    return found if metric in custom else metric


def restore_mean(description: Config, custom: Known) -> Any:
    """Return a metric that is described as the mean of a function, as Keras 2 did with most."""
    _, config = tables.read_description(description)
    function = tables.restore("metrics", config.pop("fn", None))
    if isinstance(function, str) and function in custom:
        return metrics.FunctionMetric(custom[function], config.get("name"))
    lower = str(function).replace("_", "")
    kind = next((name for name in metrics.__all__ if name.lower() == lower), None)
    if kind is not None:
        return tables.restore("metrics", {"class_name": kind, "config": config})
    try:
        metric = metrics.get(function)
    except (TypeError, ValueError) as error:
        text = f"tinynet has no counterpart to Keras's metric {function!r:.60}"
        raise NoCounterpartError(text) from error
    metric.name = config.get("name") or metric.name
    return metric


def restore_state(model: Any, arrays: Arrays) -> None:
    """Restore the state of the optimizer, or raise ValueError if it isn't that of the model."""
    optimizer, groups = model.optimizer, tables.slots(model.optimizer)
    rest = arrays[1 if callable(optimizer.learning_rate) else 2 :]
    rest = rest[: len(rest) - len(tables.last_numbers(optimizer))]
    parts = list(slot_parts(model, groups or ()))
    if not rest and arrays[0].shape == () and int(arrays[0]) == 0:
        return
    if groups is None or [array.shape for array in rest] != [shape for *_, shape in parts]:
        raise ValueError("The optimizer's state isn't in the order of Keras 3")
    iterations = int(arrays[0])
    if arrays[0].shape != () or iterations < 0:
        raise ValueError("The optimizer's step count isn't a whole number")
    for (name, _, place, _), array in zip(parts, rest, strict=True):
        vector = optimizer.remember(name, model.parameters)
        with np.errstate(over="ignore"):  # of a training that diverged
            vector[place] = array.ravel()
    optimizer.iterations = iterations


def slot_parts(
    model: Any, groups: tables.Groups
) -> Iterator[tuple[str, int, slice, tuple[int, ...]]]:
    """Yield the parts of the optimizer's vectors in Keras's order: parameter by parameter.

    Each is the vector's name, the parameter's number, its place in the vector, and its shape.
    """
    trained = [layer for layer in model.layers if getattr(layer, "trainable", True)]
    arrays = [array for layer in trained for array in layer.parameters.values()]
    for names in groups:
        start = 0
        for number, array in enumerate(arrays):
            place = slice(start, start + array.size)
            yield from ((name, number, place, array.shape) for name in names)
            start += array.size


# ------------------------------------------------------------------------------------- saving


def save_model(model: Any, path: Path, make: Callable[..., Any]) -> None:
    """Write a whole model to ``m.keras``, or to ``m.h5`` as earlier versions of Keras did.

    `make` is `Sequential`, with which the file is read again on trial.
    """
    check_layers(model)
    if check_path(path).endswith(".keras"):
        config = describe_model(model)
        metadata = {"keras_version": "3.0.0", "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S")}
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(METADATA, json.dumps(metadata))
            archive.writestr(CONFIG, json.dumps(config))
            archive.writestr(WEIGHTS, newer_hdf5(model))
        written = content.getvalue()
    else:
        config, written = describe_model(model), older_hdf5(model)

    def trial(read: bytes) -> None:
        """Raise an error if the file would give another model."""
        twin, parts = read_model(read, make, {})
        compiled = bool(config["compile_config"])  # without it, nothing restores the state
        if compiled:
            measured = (*model.metrics, *model.weighted_metrics)
            own = {one.__name__: one for one in measured if tables.is_own_metric(one)}
            compile_model(twin, parts, own)
        again = describe_model(twin)
        for key, value in config.items():
            if json.dumps(again[key]) != json.dumps(value):
                raise ValueError(f"its {key} would be {again[key]} rather than {value}")
        refuse_difference(named_arrays(model, compiled), named_arrays(twin, compiled))

    write_file(path, written, trial)


def save_weights(model: Any, path: Path) -> None:
    """Write a model's arrays to ``m.weights.h5``; other names are refused, as in Keras."""
    if not check_path(path).endswith(".weights.h5"):
        raise ValueError(
            f"The name of a file of weights must end in .weights.h5 (or in .npz), received "
            f"{os.path.basename(check_path(path))!r}."
        )
    check_layers(model)

    def trial(read: bytes) -> None:
        """Raise an error if the file has other weights."""
        twin = model.copy()
        twin.set_values(np.zeros_like(twin.values))
        read_weights(twin, read)
        refuse_difference(named_arrays(model), named_arrays(twin))

    write_file(path, newer_hdf5(model, with_statistics), trial)


def with_statistics(layer: Layer) -> list[np.ndarray]:
    """Return a layer's arrays: mean, variance and count of an adapted `Normalization`.

    A whole model's file has them in the layer's description instead.
    """
    if isinstance(layer, Normalization) and layer.adapted:
        return [np.asarray(layer.mean), np.asarray(layer.variance), np.array(0)]
    return tables.arrays_of(layer)


def named_arrays(model: Any, state: bool = True) -> dict[str, np.ndarray]:
    """Return the arrays of the layers and, with `state`, of the optimizer, by name."""
    names = ((layer, name) for layer in model.layers for name in tables.known_names(layer))
    held = {f"{clean(layer.name)}.{name}": getattr(layer, name) for layer, name in names}
    return held | dict(state_arrays(model) if state else [])


def check_layers(model: Any) -> None:
    """Raise an error for a model that couldn't be read again."""
    check_saved(model)
    if len(model.layers) > MAX_LAYERS - 1:
        raise ValueError(f"A file holds at most {MAX_LAYERS - 1} layers.")


def describe_model(model: Any) -> Config:
    """Describe a model and its settings as Keras does."""
    dtype, shape = model.dtype.name, [None, *model.layers[0].input_shape]
    stack = [
        tables.describe_object(
            "keras.layers",
            "InputLayer",
            {"batch_shape": shape, "dtype": dtype, "sparse": False, "name": "input_layer"},
        ),
        *(tables.describe_layer(layer, dtype) for layer in model.layers),
    ]
    config = {"name": clean(model.name), "trainable": True, "dtype": dtype, "layers": stack}
    for description in stack:
        description["config"]["name"] = clean(description["config"]["name"])
    config["build_input_shape"] = shape
    return {
        **tables.describe_object("keras", "Sequential", config),
        "build_config": {"input_shape": shape},
        "compile_config": describe_settings(model),
    }


def clean(name: str) -> str:
    """Return a name that Keras accepts."""
    return name.replace("/", "_")


def describe_settings(model: Any) -> Config | None:
    """Describe the settings of `compile`. Raise an error for one without a counterpart in Keras."""
    if not model.compiled:
        return None
    try:
        if tables.slots(innermost(model.optimizer)) is None:
            raise NoCounterpartError(f"Keras has no counterpart to {model.optimizer!r}.")
        optimizer = tables.describe("optimizer", innermost(model.optimizer))
        rate = plain_rate(optimizer["config"]["learning_rate"], model.dtype)
        optimizer["config"]["learning_rate"] = rate
        return {
            "optimizer": optimizer,
            "loss": tables.describe("loss", model.loss),
            "metrics": [tables.describe("metrics", metric) for metric in model.metrics],
            "loss_weights": None,
            "weighted_metrics": [
                tables.describe("metrics", metric) for metric in model.weighted_metrics
            ]
            or None,
            "run_eagerly": False,
            "steps_per_execution": 1,
            "jit_compile": False,
        }
    except NoCounterpartError as error:
        reason = str(error).rstrip(".")
        message = f"The file is saved without the settings of compile: {reason}."
        warnings.warn(message, stacklevel=levels_inside())
        return None


def open_hdf5(content: io.BytesIO) -> Any:
    """Return an HDF5 file in memory."""
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            "Writing Keras's files needs h5py: "
            'pip install "tinynet-backprop[keras]", or save to a name that ends in .npz.'
        ) from error
    return h5py.File(content, "w")


def newer_hdf5(
    model: Any, arrays_of: Callable[[Layer], list[np.ndarray]] = tables.arrays_of
) -> bytes:
    """Return the content of ``model.weights.h5``."""
    content = io.BytesIO()
    places = paths([tables.counterpart(layer).keras_class for layer in model.layers])
    with open_hdf5(content) as file:
        file.create_group("vars").attrs["name"] = clean(model.name)
        for layer, place in zip(model.layers, places, strict=True):
            group = file.create_group(f"{place}/vars")
            group.attrs["name"] = clean(layer.name)
            for k, array in enumerate(arrays_of(layer)):
                group[str(k)] = array
        state = state_arrays(model)
        if state:
            group = file.create_group("optimizer/vars")
            for k, (_, array) in enumerate(state):
                group[str(k)] = array
    return content.getvalue()


def older_hdf5(model: Any) -> bytes:
    """Return the content of ``m.h5``."""
    for name in (model.name, *(layer.name for layer in model.layers)):
        if not name.isascii():
            raise NoCounterpartError(f"The name {name!r} isn't ASCII: save to a .keras file.")
    content, description = io.BytesIO(), describe_model(model)
    settings = description.pop("compile_config")
    for layer in description["config"]["layers"]:
        del layer["module"], layer["registered_name"]
        layer.pop("build_config", None)
    del description["config"]["build_input_shape"]
    kept = {key: description[key] for key in ("class_name", "config")}
    with open_hdf5(content) as file:
        file.attrs["backend"], file.attrs["keras_version"] = "numpy", "3.0.0"
        file.attrs["model_config"] = json.dumps(kept)
        weights = file.create_group("model_weights")
        weights.attrs["backend"], weights.attrs["keras_version"] = "numpy", "3.0.0"
        put_names(weights, "layer_names", [clean(layer.name) for layer in model.layers])
        for layer in model.layers:
            entry, name = tables.counterpart(layer), clean(layer.name)
            arrays = [
                (f"{clean(model.name)}/{name}/{NAMES.get(own, own)}", getattr(layer, own))
                for own in entry.weights
                if own in tables.known_names(layer)
            ]
            put_arrays(weights.create_group(name), arrays)
        put_arrays(weights.create_group("top_level_model_weights"), [])
        if settings:
            settings["optimizer_config"] = settings.pop("optimizer")
            file.attrs["training_config"] = json.dumps(settings)
            put_arrays(file.create_group("optimizer_weights"), state_arrays(model))
    return content.getvalue()


def put_arrays(group: Any, arrays: Sequence[tuple[str, np.ndarray]]) -> None:
    """Write arrays and the list of their names into a group."""
    put_names(group, "weight_names", [name for name, _ in arrays])
    for name, array in arrays:
        group[name] = array


def put_names(group: Any, attribute: str, names: Sequence[str]) -> None:
    """Write a list of names, in several attributes if it is long."""
    encoded = [name.encode() for name in names]
    if len(encoded) <= AN_ATTRIBUTE:
        group.attrs[attribute] = encoded
        return
    for k, start in enumerate(range(0, len(encoded), AN_ATTRIBUTE)):
        group.attrs[f"{attribute}{k}"] = encoded[start : start + AN_ATTRIBUTE]


def state_arrays(model: Any) -> list[tuple[str, np.ndarray]]:
    """Return the state of the optimizer with Keras's names, in Keras's order."""
    groups = tables.slots(innermost(model.optimizer)) if model.compiled else None
    if groups is None:
        return []
    optimizer = innermost(model.optimizer)
    kind = snake_case(type(optimizer).__name__)
    state = [(f"{kind}/iteration", np.array(optimizer.iterations, dtype=np.int64))]
    if not callable(optimizer.learning_rate):
        rate = np.array(optimizer.learning_rate, dtype=model.dtype)
        state.append((f"{kind}/learning_rate", rate))
    for name, number, place, shape in slot_parts(model, groups):
        if name in optimizer.state:
            own = optimizer.state[name][place].reshape(shape)
        else:
            own = np.full(shape, tables.start_of(optimizer, name), model.dtype)
        state.append((f"{kind}/{number}_{name}", own))
    for array in tables.last_numbers(optimizer):
        state.append((f"{kind}/product", array.astype(model.dtype)))
    return state
