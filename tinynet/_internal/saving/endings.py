"""Decide by a file's name or content whether it is in tinynet's format or in one of Keras's."""

import os
from typing import Any

from tinynet._internal.checks import check_path

ENDINGS = (".keras", ".h5", ".hdf5")  # of files that Keras writes and reads

WRITERS = {
    ".onnx": "write it with tinynet.exchange.to_onnx(model, path)",
    ".safetensors": "write it with tinynet.exchange.to_safetensors(model, path)",
    ".pt": "for PyTorch, use tinynet.exchange.to_safetensors(model, path)",
    ".pth": "for PyTorch, use tinynet.exchange.to_safetensors(model, path)",
}
PYTORCH = (
    "Its name is that of a file of torch.save: in PyTorch, write the weights with "
    "safetensors.torch.save_file, and read them with tinynet.exchange.from_safetensors."
)
READERS = {
    ".onnx": "Read it with tinynet.exchange.from_onnx.",
    ".safetensors": "Read it with tinynet.exchange.from_safetensors.",
    ".pt": PYTORCH,
    ".pth": PYTORCH,
}


def reader_hint(path: str) -> str:
    """Return a hint, after a space, on how to read a file of that name, or ``""``.

    Examples
    --------
    >>> reader_hint("m.onnx"), reader_hint("m.npz")
    (' Read it with tinynet.exchange.from_onnx.', '')
    """
    hint = READERS.get(os.path.splitext(path)[1].lower())
    return f" {hint}" if hint else ""


def check_writable(path: Any) -> None:
    """Refuse a file name that promises the format of another library.

    Examples
    --------
    >>> check_writable("m.onnx")
    Traceback (most recent call last):
    ValueError: save doesn't write .onnx files: write it with tinynet.exchange.to_onnx(model, path).
    """
    ending = os.path.splitext(check_path(path))[1].lower()
    if ending in WRITERS:
        raise ValueError(f"save doesn't write {ending} files: {WRITERS[ending]}.")


def is_keras(path: Any) -> bool:
    """Return whether a name has an extension of Keras, ``.keras``, ``.h5`` or ``.hdf5``.

    tinynet 0.1 wrote its own format under any name; such a file is still recognized.

    Examples
    --------
    >>> is_keras("m.keras"), is_keras("m.weights.h5"), is_keras("m.npz")
    (True, True, False)
    """
    place = check_path(path)
    if not place.endswith(ENDINGS):
        return False
    if not os.path.isfile(place):
        return True
    with open(place, "rb") as file:
        return file.read(40)[30:] != b"header.npy"


def holds_keras(path: Any) -> bool:
    """Return whether an existing file is in one of Keras's formats, whatever its name is.

    A file that is in no known format is judged by its name.
    """
    place = check_path(path)
    if not os.path.isfile(place):
        return is_keras(place)
    with open(place, "rb") as file:
        start = file.read(64)
    if start[:8] == b"\x89HDF\r\n\x1a\n":
        return True
    first = start[30 : 30 + int.from_bytes(start[26:28], "little")]  # the archive's first file
    return first.endswith((b".json", b".weights.h5")) if start[:2] == b"PK" else is_keras(place)
