"""safetensors: weights alone, by name, as PyTorch's users pass them on.

The names are those of ``torch.nn.Sequential``: the layer's place, a dot, and ``weight`` or
``bias``. PyTorch counts an activation as a layer of its own, and keeps a linear layer's matrix the
other way round, (O, I).
"""

import re
from typing import Any

import numpy as np

from tinynet import layers
from tinynet._internal.checks import check_built, check_finite
from tinynet._internal.saving.npz import DamagedError
from tinynet.exchange.files import NoCounterpartError, Path, converted, named, read_file, write_file
from tinynet.layers import Layer
from tinynet.models import Sequential

# PyTorch's names of a layer's arrays.
NAMES: dict[type[Layer], dict[str, str]] = {
    layers.Dense: {"W": "weight", "b": "bias"},
    layers.BatchNormalization: {
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    },
    layers.LayerNormalization: {"gamma": "weight", "beta": "bias"},
    layers.PReLU: {"alpha": "weight"},
}
WITHOUT = {"num_batches_tracked"}  # arrays of PyTorch's that tinynet has no need of


def to_safetensors(model: Sequential, path: Path) -> None:
    """Write a model's weights as safetensors, named as PyTorch names them.

    A ``torch.nn.Sequential`` of the same layers loads them by `load_state_dict`.

    Parameters
    ----------
    model : Sequential
        A built model.
    path : str or path
        The file, such as ``"m.safetensors"``.

    Raises
    ------
    ImportError
        If the package safetensors is missing.
    NoCounterpartError
        If PyTorch has no such layer; it is a ValueError.
    OSError
        If the file can't be written; one of that name is left as it was.
    """
    library = import_safetensors()
    check_built(model.built)
    arrays = {}
    for name, array in named_arrays(model).items():
        check_finite(array, name)
        arrays[name] = np.ascontiguousarray(array.T)
    write_file(path, library.save(arrays, {"format": "pt"}))


def from_safetensors(path: Path, model: Sequential) -> None:
    """Read weights into a model of the same layers.

    Parameters
    ----------
    path : str or path
        A file with the weights of a ``torch.nn.Sequential``. Its layers may be counted otherwise
        than the model's, as long as those with weights come in the same order.
    model : Sequential
        A built model.

    Raises
    ------
    ImportError
        If the package safetensors is missing.
    OSError, ValueError
        If the file is missing, damaged or another model's; then nothing is changed.
    """
    library = import_safetensors()
    check_built(model.built)
    expected = named_arrays(model)
    with named(path, "a safetensors file"):
        content = read_file(path)
        try:
            arrays = library.load(content)
        except Exception as error:  # the library's own, and KeyError for dtypes NumPy lacks
            raise DamagedError("its header and its arrays don't fit") from error
        arrays = {
            name: array for name, array in arrays.items() if name.rpartition(".")[2] not in WITHOUT
        }
        arrays = dict(zip(expected, in_order(arrays, list(expected)), strict=True))
        for name, own in expected.items():
            array = arrays[name]
            if array.dtype.kind != "f" or array.T.shape != own.shape:
                raise ValueError(
                    f"{name} must have the shape {own.T.shape}, and the file has {array.shape} of "
                    f"{array.dtype}"
                )
            arrays[name] = converted(array, own.dtype, name)
    for name, own in expected.items():
        own[...] = arrays[name].T


def import_safetensors() -> Any:
    """Return safetensors' module for NumPy.

    Raises
    ------
    ImportError
        If it is missing.
    """
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "safetensors files take the package safetensors: "
            'pip install "tinynet-backprop[safetensors]".'
        ) from error
    return safetensors.numpy


def named_arrays(model: Sequential) -> dict[str, np.ndarray]:
    """Return all of a model's arrays by PyTorch's names.

    Raises
    ------
    NoCounterpartError
        If there is a layer with arrays that PyTorch doesn't have.
    """
    arrays, place = {}, 0
    for layer in model.layers:
        own = [*layer.parameters, *getattr(layer, "states", {})]
        names = NAMES.get(type(layer), {})
        if type(layer) is layers.Normalization or not set(own) <= set(names):
            raise NoCounterpartError(
                f"safetensors in PyTorch's naming has no counterpart to {layer.name}, a layer of "
                f"class {type(layer).__name__}."
            )
        for name in own:
            arrays[f"{place}.{names[name]}"] = getattr(layer, name)
        place += 2 if isinstance(layer, layers.Dense) and layer.activation is not None else 1
    return arrays


def in_order(arrays: dict[str, np.ndarray], expected: list[str]) -> list[np.ndarray]:
    """Return a file's arrays in the order of the names expected.

    Raises
    ------
    ValueError
        If the names say neither these places nor an order.
    """
    if sorted(arrays) == sorted(expected):
        return [arrays[name] for name in expected]
    parts = {name: re.fullmatch(r"(.*?)(\d+)\.(\w+)", name) for name in arrays}
    prefixes = {part[1] if part else None for part in parts.values()}
    if len(prefixes) != 1 or None in prefixes:
        raise ValueError(
            f"it must have the names {expected}, or the same with other numbers, and has "
            f"{sorted(arrays)}"
        )
    places = sorted({int(part[2]) for part in parts.values() if part})
    named_places = {
        f"{places.index(int(part[2]))}.{part[3]}": arrays[name]
        for name, part in parts.items()
        if part
    }
    counted = sorted({int(name.split(".")[0]) for name in expected})
    wanted = [f"{counted.index(int(n.split('.')[0]))}.{n.split('.')[1]}" for n in expected]
    if sorted(named_places) != sorted(wanted):
        raise ValueError(f"it must have as many arrays as {expected}, and has {sorted(arrays)}")
    return [named_places[name] for name in wanted]
