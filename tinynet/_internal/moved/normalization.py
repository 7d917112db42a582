"""The former name of `tinynet.layers.normalization`."""

from tinynet.layers.normalization import Normalization

__all__ = ["Normalization"]
