"""`keras.ops`, and the functions of arrays in `keras.backend`.

They are those of `tinynet.keras_scripts.arrays`, under the names that Keras has for them.
"""

from typing import Any

import numpy as np

from tinynet.keras_scripts import arrays
from tinynet.keras_scripts.arrays import (
    Tensor,
    abs,  # noqa: A004
    arange,
    argmax,
    argmin,
    cast,
    ceil,
    convert_to_numpy,
    convert_to_tensor,
    cos,
    cumsum,
    equal,
    exp,
    expand_dims,
    eye,
    floor,
    greater,
    greater_equal,
    less,
    less_equal,
    linspace,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    matmul,
    maximum,
    minimum,
    not_equal,
    one_hot,
    ones,
    ones_like,
    repeat,
    reshape,
    shape,
    sign,
    sin,
    sort,
    sqrt,
    square,
    squeeze,
    stack,
    tile,
    transpose,
    where,
    zeros,
    zeros_like,
)
from tinynet.keras_scripts.arrays import add as add
from tinynet.keras_scripts.arrays import divide as divide
from tinynet.keras_scripts.arrays import multiply as multiply
from tinynet.keras_scripts.arrays import negative as negative
from tinynet.keras_scripts.arrays import norm as norm
from tinynet.keras_scripts.arrays import pow as power
from tinynet.keras_scripts.arrays import subtract as subtract

__all__ = [
    "abs",
    "add",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "cast",
    "ceil",
    "clip",
    "concatenate",
    "convert_to_numpy",
    "convert_to_tensor",
    "cos",
    "cumsum",
    "divide",
    "dot",
    "equal",
    "exp",
    "expand_dims",
    "eye",
    "floor",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "linspace",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "multiply",
    "ndim",
    "negative",
    "norm",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "power",
    "prod",
    "repeat",
    "reshape",
    "round",
    "shape",
    "sign",
    "sin",
    "sort",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "subtract",
    "sum",
    "tile",
    "transpose",
    "var",
    "where",
    "zeros",
    "zeros_like",
]

sum = arrays.reduce_sum  # noqa: A001
mean = arrays.reduce_mean
max = arrays.reduce_max  # noqa: A001
min = arrays.reduce_min  # noqa: A001
prod = arrays.reduce_prod
any = arrays.reduce_any  # noqa: A001
all = arrays.reduce_all  # noqa: A001
std = arrays.reduce_std
var = arrays.reduce_variance
round = arrays.round  # noqa: A001
clip = arrays.clip_by_value
dot = arrays.matmul


def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Join arrays along an axis, the last one if none is named."""
    return arrays.concat(tensors, axis)


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return int(np.ndim(x))


def stop_gradient(x: Any) -> Tensor:
    """Return x: there is no automatic differentiation to be stopped."""
    return arrays.tensor(x)
