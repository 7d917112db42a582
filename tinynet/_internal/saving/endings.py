"""Decide by a file's extension whether it is in tinynet's format or in one of Keras's."""

import os
from typing import Any

from tinynet._internal.checks import check_path


def is_keras(path: Any) -> bool:
    """Return whether a name has an extension of Keras, ``.keras`` or ``.h5``.

    tinynet 0.1 wrote its own format under any name; such a file is still recognized.

    Examples
    --------
    >>> is_keras("m.keras"), is_keras("m.weights.h5"), is_keras("m.npz")
    (True, True, False)
    """
    place = check_path(path)
    if not place.endswith((".keras", ".h5")):
        return False
    if not os.path.isfile(place):
        return True
    with open(place, "rb") as file:
        return file.read(40)[30:] != b"header.npy"
