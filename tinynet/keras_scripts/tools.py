"""Functions of `keras.utils` and `keras.models` that only scripts need."""

import os
import warnings
from collections.abc import Callable
from pathlib import PureWindowsPath
from typing import Any

import numpy as np

from tinynet import (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    utils,
)
from tinynet._internal.checks import as_numbers, check_table
from tinynet._internal.downloads import reason_of
from tinynet._internal.saving.files import check_target, open_regular, saving
from tinynet._internal.saving.rehearsal import own_objects
from tinynet.keras_scripts.backend import clear_session

__all__ = [
    "clear_session",
    "clone_model",
    "get_file",
    "load_model",
    "normalize",
    "plot_model",
    "register_keras_serializable",
    "save_model",
    "to_categorical",
]


# What the script registered, by name; names that tinynet has itself stay tinynet's.
REGISTERED: dict[str, Any] = {}
OURS = (activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers)


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Return one-hot rows for labels in an array of any shape, or for one label, as in Keras.

    Parameters
    ----------
    x : array_like of int
        Labels from 0 to ``num_classes - 1``. A last axis of length 1 is dropped.
    num_classes : int, optional
        The width of the rows. Defaults to the largest label plus one.

    Examples
    --------
    >>> to_categorical(2, 4)
    array([0., 0., 1., 0.])
    """
    labels = as_numbers(x, "x")
    shape = labels.shape[:-1] if labels.ndim > 1 and labels.shape[-1] == 1 else labels.shape
    rows = utils.to_categorical(utils.check_labels(labels.ravel(), "x", num_classes), num_classes)
    return rows.reshape(*shape, rows.shape[1]).astype(np.float64)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Return x divided by its norm along an axis.

    Parameters
    ----------
    x : array_like
    axis : int
        The axis along which the norm is computed.
    order : int
        Order of the norm: 2 is the Euclidean norm.

    Examples
    --------
    >>> normalize([[3.0, 4.0]])
    array([[0.6, 0.8]])
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return np.asarray(x) / np.expand_dims(norms, axis)


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> None:
    """Draw the model to a file, as `tinynet.plotting.plot_network` does.

    The diagram always shows layers, shapes and formulas. The other arguments, which select some of
    these in Keras, are accepted and ignored.
    """
    from tinynet.plotting import plot_network

    place = None if to_file is None else check_target(to_file)
    figure: Any = plot_network(model).figure
    if place is not None:
        save_figure(figure, place, dpi)
    from matplotlib import pyplot

    pyplot.close(figure)


def save_figure(figure: Any, path: str, dpi: Any = "figure") -> None:
    """Write a figure to a file, completely or not at all, in the format that its name ends in."""
    kind = os.path.splitext(path)[1].removeprefix(".") or "png"
    with saving(path) as file:
        figure.savefig(file, format=kind, dpi=dpi, bbox_inches="tight")


def load_model(
    filepath: Any,
    custom_objects: Any = None,
    compile: bool = True,  # noqa: A002
    safe_mode: bool = True,
) -> Any:
    """Load a model, as `tinynet.load_model` does.

    Parameters
    ----------
    filepath : str or path
        The file.
    custom_objects : dict of str to class or function, optional
        Layers, metrics, initializers and schedules of your own, by name, in addition to registered
        ones.
    compile : bool
        Whether to compile the model as the saved one was.
    safe_mode : bool
        Ignored: code from a file is never run.
    """
    from tinynet.models import load_model as load

    custom = {**REGISTERED, **check_table(custom_objects, "custom_objects")}
    if compile:
        return load(filepath, custom)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about settings of compile that can't be restored
        model = load(filepath, custom)
    model.compiled = False
    vars(model).pop("optimizer", None)  # it isn't compiled again by itself, either
    return model


def clone_model(
    model: Any, input_tensors: None = None, clone_function: Callable[[Any], Any] | None = None
) -> Any:
    """Return a model with the same layers and new weights.

    Parameters
    ----------
    model : Sequential
    input_tensors : None
        Ignored.
    clone_function : callable, optional
        Returns the new layer for a layer.
    """
    if clone_function is None:
        return type(model).from_config(model.get_config(), own_objects(model.layers))
    return type(model)([clone_function(layer) for layer in model.layers], name=model.name)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Any], Any]:
    """Return a decorator that makes `load_model` find a class or a function under its name.

    The package isn't stored in tinynet's files. A name that tinynet has itself stays tinynet's.
    """

    def register(part: Any) -> Any:
        """Keep the class or the function, and return it as it is."""
        named = getattr(part, "__name__", None)
        for key in (name, named):
            if key is not None and not any(key in module.__all__ for module in OURS):
                REGISTERED[key] = part
        return part

    return register


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    zipped: None = None,
    include_optimizer: bool = True,
) -> None:
    """Save a model, as its method `save` does, which says what to do without the optimizer.

    `zipped` is ignored.
    """
    refuse_existing(filepath, overwrite)
    others = {} if include_optimizer else {"include_optimizer": False}
    model.save(filepath, **others)


def refuse_existing(path: Any, overwrite: bool) -> None:
    """Raise an error if there is such a file and it isn't to be replaced."""
    if not overwrite and os.path.exists(path):
        raise ValueError(f"{path} already exists; pass overwrite=True to replace it.")


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str = "auto",
    cache_dir: str | None = None,
    force_download: bool = False,
) -> str:
    """Download a file once and return its path; an existing copy in Keras's folder is used.

    Parameters
    ----------
    fname : str
        Name of the file.
    origin : str
        Address to download it from.
    file_hash, md5_hash : str, optional
        The SHA-256 or MD5 hash that the file is checked against.
    cache_subdir, cache_dir : str, optional
        Where it is kept: ``~/.keras/datasets`` by default, as in Keras.
    force_download : bool
        Whether to download it even if there is a copy.

    Raises
    ------
    ValueError
        If no address is given, or an archive is to be unpacked.
    OSError
        If the file can't be downloaded.
    """
    try:
        import pooch
        import requests
    except ImportError as error:  # in a browser, say
        raise ImportError("get_file needs the package pooch: pip install pooch.") from error

    if origin is None:
        raise ValueError("get_file needs origin, the address to download from.")
    if untar or extract:
        raise ValueError("get_file unpacks no archives here: use shutil.unpack_archive(path).")
    name = fname or origin.rpartition("/")[2]
    place = PureWindowsPath(name)  # handles drives and the separators of all systems
    if place.anchor or ".." in place.parts:
        raise ValueError(f"fname must be the name of a file, received {name!r}.")
    home = cache_dir or os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    folder = os.path.join(os.path.expanduser(home), cache_subdir)
    kept = os.path.join(folder, name)
    if os.path.exists(kept):
        open_regular(kept).close()  # whether it is a file, which pooch can read
        if force_download:
            os.remove(kept)
    known = md5_hash or file_hash
    known = f"md5:{known}" if known and len(known) == 32 else known
    try:
        path: str = pooch.retrieve(origin, known_hash=known, fname=name, path=folder)
    except requests.RequestException as error:
        if error.response is not None:
            error.response.close()
        raise OSError(
            f"Can't download {name} from {origin}: {reason_of(error)}. Check the address and the "
            f"connection, or put the file into {folder}."
        ) from None
    return path
