"""Names directly under `keras` that come from none of its submodules."""

from tinynet.keras_scripts.arrays import Variable
from tinynet.keras_scripts.machine import device, name_scope

__all__ = ["Variable", "device", "name_scope", "version"]


def version() -> str:
    """Return the version of Keras that tinynet reports."""
    from tinynet.keras_scripts.modules import KERAS_VERSION

    return KERAS_VERSION
