"""`keras.ops` and the functions of arrays in `keras.backend`: NumPy's, with Keras's dtypes.

Python's numbers become float32 and int32, and so do results for which NumPy would use 64 bits
although the arrays have 32.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import activations
from tinynet._internal.erf import erf as _erf
from tinynet.keras_scripts import arrays, nn
from tinynet.keras_scripts.arrays import Tensor, tensor
from tinynet.keras_scripts.arrays import cast as cast
from tinynet.keras_scripts.arrays import convert_to_numpy as convert_to_numpy
from tinynet.keras_scripts.arrays import convert_to_tensor as convert_to_tensor
from tinynet.keras_scripts.arrays import in_top_k as in_top_k
from tinynet.keras_scripts.arrays import is_tensor as is_tensor
from tinynet.keras_scripts.arrays import meshgrid as meshgrid
from tinynet.keras_scripts.arrays import ones as ones
from tinynet.keras_scripts.arrays import zeros as zeros

Function = Callable[..., Any]
FIRST = ("x", "x1", "x2", "xs", "a")  # what Keras calls the arrays, in the order of a call


def _of(function: Function, count: int = 1) -> Function:
    """Create a Keras function from a NumPy function whose first `count` arguments are arrays."""

    def apply(*arguments: Any, **named: Any) -> Any:
        given = [*arguments, *(named.pop(name) for name in FIRST if name in named)]
        taken = [tensor(value) for value in given[:count]]
        result = function(*map(np.asarray, taken), *given[count:], **named)
        return _narrowed(result, [array.dtype for array in taken])

    apply.__doc__ = f"NumPy's `{function.__name__}`, with Keras's dtypes."
    return apply


def _of_list(function: Function) -> Function:
    """Create a Keras function from a NumPy function whose first argument is a list of arrays."""

    def apply(xs: Any, *arguments: Any, **named: Any) -> Any:
        taken = [tensor(value) for value in xs]
        result = function([*map(np.asarray, taken)], *arguments, **named)
        return _narrowed(result, [array.dtype for array in taken])

    apply.__doc__ = f"NumPy's `{function.__name__}`, with Keras's dtypes."
    return apply


# What Keras computes with: 64 bits only where an argument has them, and float16 only there.
NARROWER = {"float64": "float32", "float16": "float32", "int64": "int32", "uint64": "uint32"}


def _narrowed(result: Any, dtypes: list[np.dtype]) -> Any:
    """Return results as Tensors of 32 bits, unless an argument of their kind has 64 bits."""
    if isinstance(result, tuple | list):
        return type(result)(_narrowed(part, dtypes) for part in result)
    array = np.asarray(result)
    if array.dtype not in dtypes:
        array = array.astype(NARROWER.get(array.dtype.name, array.dtype))
    return array.view(Tensor)


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return int(np.ndim(x))


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
    return np.shape(x)


def stop_gradient(variable: Any) -> Tensor:
    """Return the values: there is no automatic differentiation to stop."""
    return tensor(variable)


def clip(x: Any, x_min: Any, x_max: Any) -> Tensor:
    """Return the values, clipped to the limits."""
    return arrays.clip_by_value(x, x_min, x_max)


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = "float32") -> Tensor:
    """Return rows with 1 at the index."""
    return arrays.one_hot(x, num_classes, axis=axis, dtype=dtype)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Return x1 where the condition holds, else x2; without them, the indices where it holds."""
    if x1 is None or x2 is None:
        return _narrowed(np.nonzero(np.asarray(condition)), [])
    kinds = [value.dtype for value in (x1, x2) if hasattr(value, "dtype")]
    return _narrowed(np.where(np.asarray(condition), x1, x2), kinds)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:  # noqa: A002
    """Return the k largest values of each row and their indices."""
    return arrays.top_k(x, k, sorted)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the logarithm of the sum of exponentials."""
    return arrays.reduce_logsumexp(x, axis, keepdims)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Tensor:
    """Return the numbers from `start` up to `stop`, `step` apart."""
    return arrays.arange(start, stop, step, dtype)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Tensor:
    """Return evenly spaced values."""
    values = np.linspace(start, stop, num, endpoint=endpoint, axis=axis)
    return values.astype(np.float32).view(Tensor)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """Return an array filled with one value."""
    return np.full(shape, tensor(fill_value), arrays.as_dtype(dtype or "float32")).view(Tensor)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = "float32") -> Tensor:
    """Return a matrix with ones on a diagonal."""
    return np.eye(N, M, k, dtype=arrays.as_dtype(dtype)).view(Tensor)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A002
    """Return the norm of a vector, a matrix or the whole array, or along an axis."""
    array, axes = tensor(x), tuple(axis) if isinstance(axis, list) else axis
    return _narrowed(np.linalg.norm(np.asarray(array), ord, axes, keepdims), [_real(array.dtype)])


def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """Return x divided by its norm along an axis."""
    array = tensor(x)
    norms = np.linalg.norm(np.asarray(array), order, axis, keepdims=True)
    return _narrowed(array / np.maximum(norms, epsilon or 1e-7), [array.dtype])


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """Return the parts along an axis."""
    return arrays.unstack(x, num, axis)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Return parts of an array."""
    return [part.view(Tensor) for part in np.split(tensor(x), indices_or_sections, axis)]


def _moment(function: Function, doc: str) -> Function:
    """Create a Keras function from a NumPy function whose result for integers is real."""

    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        array, axes = tensor(x), tuple(axis) if isinstance(axis, list) else axis
        result = function(np.asarray(array), axis=axes, keepdims=keepdims)
        return _narrowed(result, [_real(array.dtype)])

    reduce.__doc__ = doc
    return reduce


def _real(dtype: np.dtype) -> np.dtype:
    """Return the dtype of a mean of such numbers."""
    return dtype if dtype.kind == "f" else np.dtype(np.float32)


def _rounding(function: Function) -> Function:
    """Create a function that rounds to real numbers from a NumPy function."""
    return _of(functools.wraps(function)(lambda x: function(x.astype(_real(x.dtype)))))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Return the binary cross-entropy of each entry."""
    if from_logits:
        return nn.sigmoid_cross_entropy_with_logits(target, output)
    t, y = np.asarray(tensor(target)), np.asarray(tensor(output))
    y = np.clip(y, 1e-7, 1 - 1e-7)
    return _narrowed(-(t * np.log(y) + (1 - t) * np.log(1 - y)), [y.dtype])


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Return the cross-entropy of each row."""
    if from_logits:
        return nn.softmax_cross_entropy_with_logits(target, output, axis)
    t, y = np.asarray(tensor(target)), np.asarray(tensor(output))
    y = np.clip(y / y.sum(axis=axis, keepdims=True), 1e-7, 1 - 1e-7)
    return _narrowed(-(t * np.log(y)).sum(axis=axis), [y.dtype])


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Return the cross-entropy of each row, for integer labels; `axis` must be the last one."""
    if axis not in (-1, np.ndim(output) - 1):
        raise ValueError(f"axis must be -1, the last axis, received {axis}.")
    logits = output if from_logits else np.log(np.clip(tensor(output), 1e-7, 1 - 1e-7))
    return nn.sparse_softmax_cross_entropy_with_logits(cast(target, "int64"), logits)


def gelu(x: Any, approximate: bool = True) -> Tensor:
    """Return x Phi(x), by default approximately, unlike `keras.activations.gelu`."""
    array = tensor(x)
    return _narrowed(activations.gelu(np.asarray(array), approximate), [array.dtype])


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """Return the logarithm of softmax."""
    return nn.log_softmax(x, axis)


def _round(x: np.ndarray, decimals: int = 0) -> np.ndarray:
    return np.round(x, decimals)


def _nan_to_num(x: np.ndarray, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def _reduction(function: Function) -> Function:
    """Create a Keras function from a NumPy function that reduces along one or more axes."""

    def reduce(x: np.ndarray, axis: Any = None, keepdims: bool = False, **named: Any) -> Any:
        axes = tuple(axis) if isinstance(axis, list) else axis
        return function(x, axis=axes, keepdims=keepdims, **named)

    return _of(functools.wraps(function)(reduce))


# One array.
abs = absolute = _of(np.abs)  # noqa: A001
all = _reduction(np.all)  # noqa: A001
any = _reduction(np.any)  # noqa: A001
arccos, arcsin, arctan = _of(np.arccos), _of(np.arcsin), _of(np.arctan)
arccosh, arcsinh, arctanh = _of(np.arccosh), _of(np.arcsinh), _of(np.arctanh)
argmax = _of(
    lambda x, axis=None, keepdims=False: np.argmax(x, axis, keepdims=keepdims).astype("i4")
)
argmin = _of(
    lambda x, axis=None, keepdims=False: np.argmin(x, axis, keepdims=keepdims).astype("i4")
)
argsort = _of(lambda x, axis=-1: np.argsort(x, axis, kind="stable").astype("i4"))
average = _of(np.average)
bincount = _of(np.bincount)
broadcast_to = _of(np.broadcast_to)
cbrt, conjugate = _of(np.cbrt), _of(np.conjugate)
ceil = _rounding(np.ceil)
copy = _of(np.copy)
cos, cosh = _of(np.cos), _of(np.cosh)
count_nonzero = _of(np.count_nonzero)
cumprod, cumsum = _of(np.cumprod), _of(np.cumsum)
deg2rad, rad2deg = _of(np.deg2rad), _of(np.rad2deg)
det, inv, trace = _of(np.linalg.det), _of(np.linalg.inv), _of(np.trace)
diag, diagonal, diff = _of(np.diag), _of(np.diagonal), _of(np.diff)
erf = _of(lambda x: _erf(np.asarray(x, np.float64)))
exp, exp2, expm1 = _of(np.exp), _of(np.exp2), _of(np.expm1)
expand_dims = _of(np.expand_dims)
flip = _of(np.flip)
floor = _rounding(np.floor)
isfinite, isinf, isnan = _of(np.isfinite), _of(np.isinf), _of(np.isnan)
log, log10, log1p, log2 = _of(np.log), _of(np.log10), _of(np.log1p), _of(np.log2)
logical_not = _of(np.logical_not)
max = amax = _reduction(np.max)  # noqa: A001
mean = _moment(np.mean, "Return the mean, as a floating-point number also for integers.")
median = _reduction(np.median)
min = amin = _reduction(np.min)  # noqa: A001
moveaxis = _of(np.moveaxis)
nan_to_num = _of(_nan_to_num)
negative = _of(np.negative)
nonzero = _of(np.nonzero)
ones_like, zeros_like = _of(np.ones_like), _of(np.zeros_like)
pad = _of(np.pad)
prod = _reduction(np.prod)
quantile = _of(np.quantile)
ravel = _of(np.ravel)
reciprocal = _of(np.reciprocal)
repeat = _of(np.repeat)
reshape = _of(np.reshape)
roll = _of(np.roll)
round = _of(_round)  # noqa: A001
rsqrt = _of(lambda x: 1 / np.sqrt(x))
sign, sin, sinh = _of(np.sign), _of(np.sin), _of(np.sinh)
size = _of(np.size)
sort = _of(np.sort)
sqrt, square = _of(np.sqrt), _of(np.square)
squeeze = _of(np.squeeze)
std = _moment(np.std, "Return the standard deviation.")
sum = _reduction(np.sum)  # noqa: A001
swapaxes = _of(np.swapaxes)
take = _of(lambda x, indices, axis=None: np.take(x, np.asarray(indices), axis))
take_along_axis = _of(np.take_along_axis, 2)
tan, tanh = _of(np.tan), _of(np.tanh)
tile = _of(np.tile)
transpose = _of(np.transpose)
tril, triu = _of(np.tril), _of(np.triu)
trunc = _of(np.trunc)
var = _moment(np.var, "Return the variance.")

# Two arrays.
add, subtract, multiply = _of(np.add, 2), _of(np.subtract, 2), _of(np.multiply, 2)
allclose = _of(np.allclose, 2)
arctan2, hypot = _of(np.arctan2, 2), _of(np.hypot, 2)
cross, outer, inner, vdot = _of(np.cross, 2), _of(np.outer, 2), _of(np.inner, 2), _of(np.vdot, 2)
divide = true_divide = _of(np.true_divide, 2)
divide_no_nan = _of(lambda x, y: np.divide(x, y, out=np.zeros_like(x * y), where=y != 0), 2)
dot, matmul, tensordot = _of(np.dot, 2), _of(np.matmul, 2), _of(np.tensordot, 2)
equal, not_equal = _of(np.equal, 2), _of(np.not_equal, 2)
floor_divide, mod = _of(np.floor_divide, 2), _of(np.mod, 2)
greater, greater_equal = _of(np.greater, 2), _of(np.greater_equal, 2)
isclose, isin = _of(np.isclose, 2), _of(np.isin, 2)
less, less_equal = _of(np.less, 2), _of(np.less_equal, 2)
logaddexp = _of(np.logaddexp, 2)
logical_and, logical_or = _of(np.logical_and, 2), _of(np.logical_or, 2)
logical_xor = _of(np.logical_xor, 2)
maximum, minimum = _of(np.maximum, 2), _of(np.minimum, 2)
power = _of(np.power, 2)
searchsorted, digitize = _of(np.searchsorted, 2), _of(np.digitize, 2)
solve = _of(np.linalg.solve, 2)

# A list of arrays.
concatenate, hstack, stack = _of_list(np.concatenate), _of_list(np.hstack), _of_list(np.stack)
vstack = _of_list(np.vstack)


def einsum(subscripts: str, *operands: Any) -> Tensor:
    """Return a sum of products in Einstein notation."""
    taken = [tensor(operand) for operand in operands]
    return _narrowed(np.einsum(subscripts, *taken), [array.dtype for array in taken])
