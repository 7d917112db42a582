"""Which file is meant: tinynet's own format, or one of Keras's, by the ending of the name."""

import os
from typing import Any

from tinynet._internal.checks import check_path


def is_keras(path: Any) -> bool:
    """Return whether a name is that of one of Keras's files, ``.keras`` or ``.h5``.

    tinynet 0.1 wrote its own format under any name; a file of that kind is still read as one.

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
