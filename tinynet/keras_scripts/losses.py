"""`keras.losses.get`, whose result for the name of a function gives one loss per example."""

from typing import Any

from tinynet import losses
from tinynet.keras_scripts.modules import look_up, names_of

__all__ = ["get"]


def get(identifier: Any) -> Any:
    """Return the function of a name such as ``"mse"``, or the object of a class's name."""
    if identifier is None or callable(identifier):
        return identifier
    is_name = isinstance(identifier, str) and identifier.islower()
    if is_name and identifier in names_of("keras.losses"):
        return look_up("keras.losses", identifier)
    return losses.get(identifier)
