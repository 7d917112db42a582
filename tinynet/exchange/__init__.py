"""Models in the formats that other libraries read: Keras's files, ONNX and safetensors.

Keras's files are read and written by `tinynet.models.Sequential.save`, `load_model`,
`save_weights` and `load_weights`, by the ending of the name: ``m.keras``, ``m.weights.h5`` or
``m.h5``. For ONNX and safetensors there is a function each way. What a format has no counterpart to
is named in the error.
"""

from tinynet.exchange.files import NoCounterpartError
from tinynet.exchange.onnx_files import from_onnx, to_onnx
from tinynet.exchange.safetensors_files import from_safetensors, to_safetensors

__all__ = ["NoCounterpartError", "from_onnx", "from_safetensors", "to_onnx", "to_safetensors"]
