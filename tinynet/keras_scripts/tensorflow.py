"""Names directly under `tf` that aren't functions of arrays: dtypes and the version."""

import builtins
import sys
from typing import Any

import numpy as np

from tinynet.keras_scripts.arrays import Tensor, TensorShape, Variable, arange, as_dtype

__all__ = [
    "VERSION",
    "DType",
    "Tensor",
    "TensorShape",
    "Variable",
    "as_dtype",
    "bool",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "newaxis",
    "print",
    "range",
    "string",
    "uint8",
]

VERSION = "2.99.0"  # above any 2.x, as a number and as a string, for scripts that check it
newaxis = None
range = arange  # noqa: A001

bool = np.dtype(np.bool_)  # noqa: A001
float16 = np.dtype(np.float16)
float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)
int8 = np.dtype(np.int8)
int16 = np.dtype(np.int16)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
string = np.dtype(np.str_)
DType = np.dtype


def print(  # noqa: A001
    *values: Any,
    output_stream: Any = None,
    summarize: int = 3,
    sep: str = " ",
    end: str = "\n",
    name: Any = None,
) -> None:
    """Print values; to standard error if no stream is given, as TensorFlow does."""
    builtins.print(*values, sep=sep, end=end, file=output_stream or sys.stderr)
