"""Names directly under `keras` that come from none of its submodules."""

from tinynet.keras_scripts.arrays import Variable
from tinynet.keras_scripts.machine import device, name_scope

__all__ = ["Variable", "device", "name_scope", "version"]

VERSION = "3.99.0"  # above any 3.x, for scripts that check it


def version() -> str:
    """Return the version of Keras that tinynet reports."""
    return VERSION
