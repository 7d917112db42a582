"""What stands directly under `keras` and comes from no other of its modules."""

from tinynet.keras_scripts.arrays import Variable
from tinynet.keras_scripts.machine import device, name_scope

__all__ = ["Variable", "device", "name_scope", "version"]


def version() -> str:
    """Return the version of Keras that tinynet answers for."""
    from tinynet.keras_scripts.modules import KERAS_VERSION

    return KERAS_VERSION
