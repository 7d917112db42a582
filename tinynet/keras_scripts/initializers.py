"""`keras.initializers.get`, whose result draws from a shape alone."""

from typing import Any

from tinynet import initializers
from tinynet.keras_scripts.variables import initializer_object

__all__ = ["get"]


def get(identifier: Any) -> Any:
    """Return an initializer that can be called on a shape.

    Examples
    --------
    >>> get("he_normal")
    HeNormal(seed=None)
    """
    return identifier if identifier is None else initializer_object(initializers.get(identifier))
