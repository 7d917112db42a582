"""safetensors: files with named weights, the usual format for exchanging those of PyTorch models.

The names are those of ``torch.nn.Sequential``: the index of the layer, a dot, and ``weight`` or
``bias``. PyTorch counts an activation as a separate layer, and stores the matrix of a linear layer
transposed, as (O, I).
"""

import re
from typing import Any

import numpy as np

from tinynet import layers
from tinynet._internal.checks import check_built, check_variance
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.npz import DamagedError
from tinynet.exchange.files import (
    NoCounterpartError,
    Path,
    check_saved,
    converted,
    import_package,
    named,
    read_file,
    refuse_difference,
    write_file,
)
from tinynet.layers import Layer
from tinynet.models import Sequential

# The names of a layer's arrays in PyTorch.
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
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}  # and NumPy's names
WITHOUT = {"num_batches_tracked"}  # arrays of PyTorch that tinynet doesn't use


@known_keywords
def to_safetensors(model: Sequential, path: Path) -> None:
    """Write a model's weights to a safetensors file, with PyTorch's names.

    A ``torch.nn.Sequential`` of the same layers loads them with `load_state_dict`. Settings aren't
    in the file, and PyTorch's defaults differ: ``eps=1e-5`` in its normalizations, and
    ``negative_slope=0.01``.

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
        If PyTorch has no such layer. It is a ValueError.
    OSError
        If the file can't be written. An existing file is then left unchanged.
    """
    library = import_package("safetensors.numpy", "safetensors files")
    check_built(model)
    with model.reading():
        check_saved(model)
        arrays = {name: a.T.copy() for name, a in named_arrays(model).items()}
    content = library.save(arrays, {"format": "pt"})
    write_file(path, content, lambda read: refuse_difference(arrays, library.load(read)))


@known_keywords
def from_safetensors(path: Path, model: Sequential) -> None:
    """Read weights into a model of the same layers.

    The numbers in the file may be float16, bfloat16, float32 or float64. They are converted to the
    dtype of the model.

    Parameters
    ----------
    path : str or path
        A file with the weights of a ``torch.nn.Sequential``. The indices of its layers may differ
        from the model's, as long as the layers with weights come in the same order.
    model : Sequential
        A built model.

    Raises
    ------
    ImportError
        If the package safetensors is missing.
    OSError, ValueError
        If the file is missing or damaged, or belongs to another model. The model is then unchanged.
    """
    library = import_package("safetensors", "safetensors files")
    check_built(model)
    expected = named_arrays(model)
    slopes = [layer.alpha for layer in model.layers if isinstance(layer, layers.PReLU)]
    with named(path, "a safetensors file"):
        content = read_file(path)
        try:
            entries = library.deserialize(content)
        except Exception as error:  # the library raises its own kind
            if b"data.pkl" in content[:200]:  # the first file in the archive of torch.save
                raise DamagedError(
                    "it begins as a file of torch.save does. In PyTorch, write the weights with "
                    "safetensors.torch.save_file"
                ) from error
            raise DamagedError("its header and its arrays don't fit") from error
        kept = {name: entry for name, entry in entries if name.rpartition(".")[2] not in WITHOUT}
        arrays = {}
        for name, entry in zip(expected, in_order(kept, list(expected)), strict=True):
            own, array = expected[name], to_array(name, entry)
            if array.shape == (1,) and any(own is slope for slope in slopes):
                array = np.full(own.T.shape, array)  # PyTorch's PReLU() has one slope for all
            if array.T.shape != own.shape:
                raise ValueError(
                    f"{name} must have the shape {own.T.shape}, and the file has {array.shape}"
                )
            arrays[name] = converted(array, own.dtype, name)
            if name.endswith(".running_var"):
                check_variance(arrays[name], name)
    model.set_weights([arrays[name].T for name in expected])


def named_arrays(model: Sequential) -> dict[str, np.ndarray]:
    """Return all arrays of a model by their names in PyTorch."""
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
        place += len(layer.parts()) if isinstance(layer, layers.Dense) else 1
    return arrays


def to_array(name: str, entry: Any) -> np.ndarray:
    """Return an array of a file."""
    kind = entry["dtype"]
    if kind not in DTYPES:
        raise ValueError(f"{name} must be one of {', '.join(DTYPES)}, and the file has {kind}")
    if 0 in entry["shape"]:
        raise ValueError(f"{name} is empty: it has the shape {tuple(entry['shape'])}")
    array = np.frombuffer(entry["data"], DTYPES[kind])
    if kind == "BF16":  # NumPy has no such type: it is the upper half of a float32
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.reshape(entry["shape"])


def in_order(arrays: dict[str, Any], expected: list[str]) -> list[Any]:
    """Return a file's arrays in the order of the names expected."""
    if sorted(arrays) == sorted(expected):
        return [arrays[name] for name in expected]
    theirs, ours = numbered(list(arrays)), numbered(expected)
    if not theirs:
        raise ValueError(
            f"it must have the names {listed(expected)}, or the same with other numbers, and has "
            f"{listed(sorted(arrays))}"
        )
    if theirs.keys() != ours.keys() or len(arrays) != len(expected):
        raise ValueError(
            f"it must have as many arrays as {listed(expected)}, and has {listed(sorted(arrays))}"
        )
    return [arrays[theirs[place]] for place in ours]


def numbered(names: list[str]) -> dict[tuple[int, str], str]:
    """Return names by the ranks of their numbers and by what follows; empty without numbers.

    Examples
    --------
    >>> numbered(["net.3.weight", "net.5.weight"])
    {(0, 'weight'): 'net.3.weight', (1, 'weight'): 'net.5.weight'}
    """
    parts = [re.fullmatch(r"(.*?)(\d{1,9})\.(\w+)", name, re.ASCII) for name in names]
    found = [part for part in parts if part]
    if len(found) < len(names) or len({part[1] for part in found}) != 1:
        return {}
    numbers = sorted({int(part[2]) for part in found})
    return {(numbers.index(int(part[2])), part[3]): part[0] for part in found}


def listed(names: list[str]) -> str:
    """Return names for a message: all of them, or the first ones.

    Examples
    --------
    >>> listed(["0.weight", "0.bias"])
    '0.weight, 0.bias'
    """
    text = ", ".join(
        f"{name[:40]}" if name.isprintable() else ascii(name)[:40] for name in names[:8]
    )
    return f"{text}, ... ({len(names)} in all)" if len(names) > 8 else text or "none"
