"""Reads and writes models in the formats of other libraries: Keras, ONNX and safetensors.

`tinynet.models.Sequential.save`, `load_model`, `save_weights` and `load_weights` read and write
Keras's files when the name ends like ``m.keras``, ``m.weights.h5`` or ``m.h5``. For ONNX and
safetensors there are separate functions. If a layer has no counterpart in a format, the error names
it.
"""

from tinynet._internal.names import public_names
from tinynet.exchange.files import NoCounterpartError
from tinynet.exchange.onnx_files import from_onnx, to_onnx
from tinynet.exchange.safetensors_files import from_safetensors, to_safetensors

__all__ = ["NoCounterpartError", "from_onnx", "from_safetensors", "to_onnx", "to_safetensors"]

__getattr__, __dir__ = public_names(globals())
