"""`keras.backend` and `keras.config`: the functions that scripts still use.

The functions of arrays that `keras.ops` has, too, are in `tinynet.keras_scripts.ops`.
"""

from typing import Any

import numpy as np

from tinynet.keras_scripts import arrays, nn, random
from tinynet.keras_scripts.arrays import Tensor, Variable, convert_to_numpy

__all__ = [
    "argmax",
    "argmin",
    "backend",
    "binary_crossentropy",
    "cast_to_floatx",
    "clear_session",
    "concatenate",
    "constant",
    "count_params",
    "cumprod",
    "cumsum",
    "dtype",
    "epsilon",
    "eval",
    "expand_dims",
    "eye",
    "flatten",
    "floatx",
    "get_value",
    "hard_sigmoid",
    "image_data_format",
    "int_shape",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "l2_normalize",
    "mean",
    "permute_dimensions",
    "pow",
    "random_normal",
    "random_uniform",
    "repeat",
    "repeat_elements",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_value",
    "shape",
    "sqrt",
    "standardize_dtype",
    "variable",
]

pow = arrays.pow  # noqa: A001
cumprod, cumsum = arrays.cumprod, arrays.cumsum
repeat_elements = arrays.repeat
l2_normalize = nn.l2_normalize
permute_dimensions = arrays.transpose
shape = arrays.shape
random_normal = random.normal
random_uniform = random.uniform

_chosen = {"floatx": "float32"}


def backend() -> str:
    """Return the name of the backend."""
    return "numpy"


def clear_session(free_memory: bool = True) -> None:
    """Do nothing: a model's memory is freed with the model."""


def floatx() -> str:
    """Return the default dtype of a model."""
    return _chosen["floatx"]


def set_floatx(value: str) -> None:
    """Choose the dtype of models, layers, constants and variables that aren't given one."""
    if value not in ("float32", "float64"):
        raise ValueError(
            f"set_floatx({value!r}) isn't supported: tinynet computes in float32 or float64."
        )
    _chosen["floatx"] = value


def epsilon() -> float:
    """Return the small number that Keras adds to a divisor."""
    return 1e-7


def set_epsilon(value: float) -> None:
    """Accept only Keras's default."""
    if value != epsilon():
        raise ValueError(f"set_epsilon({value}) isn't supported: epsilon is always {epsilon()}.")


def image_data_format() -> str:
    """Return the position of the colour channels in an image's shape."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Accept any value: there are no convolutions that would use it."""


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Tensor:
    """Return the values as a Tensor, in the default dtype unless another is given."""
    return arrays.constant(value, dtype or floatx(), shape)


def variable(value: Any, dtype: Any = None, name: Any = None, constraint: Any = None) -> Variable:
    """Return a variable, in the default dtype unless another is given."""
    return Variable(value, name=name, dtype=dtype or floatx())


def eye(size: int, dtype: Any = None, name: Any = None) -> Tensor:
    """Return the identity matrix."""
    return arrays.eye(size, dtype=dtype or floatx())


def get_value(x: Any) -> Any:
    """Return a copy of the values of an array, a variable or a learning rate."""
    array = np.array(convert_to_numpy(x))
    return array if array.ndim else array[()]


eval = get_value  # noqa: A001


def set_value(x: Any, value: Any) -> None:
    """Write new values into an array; a number can't be written to."""
    if hasattr(x, "assign"):
        x.assign(value)
        return
    if not isinstance(x, np.ndarray):
        raise TypeError(
            "set_value needs an array to write to; set a learning rate with "
            "model.optimizer.learning_rate = value."
        )
    x[...] = value


def argmax(x: Any, axis: int = -1) -> Tensor:
    """Return the index of the largest entry along an axis."""
    return arrays.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Tensor:
    """Return the index of the smallest entry along an axis."""
    return arrays.argmin(x, axis)


def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Join arrays along an axis, by default the last one."""
    return arrays.concat(tensors, axis)


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype."""
    return floatx() if dtype is None else arrays.as_dtype(dtype).name


def is_float_dtype(dtype: Any) -> bool:
    """Return whether a dtype is a floating-point type."""
    return arrays.as_dtype(dtype).kind == "f"


def is_int_dtype(dtype: Any) -> bool:
    """Return whether a dtype is an integer type."""
    return arrays.as_dtype(dtype).kind in "iu"


def cast_to_floatx(x: Any) -> np.ndarray:
    """Return the values in the default dtype."""
    return np.asarray(x, dtype=floatx())


def is_keras_tensor(x: Any) -> bool:
    """Return False: there are no symbolic tensors."""
    return False


def int_shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
    return np.shape(x)


def dtype(x: Any) -> str:
    """Return the name of the dtype."""
    return arrays.tensor(x).dtype.name


def count_params(x: Any) -> int:
    """Return the number of entries."""
    return int(np.size(x))


def flatten(x: Any) -> Tensor:
    """Return the entries as a one-dimensional array."""
    return arrays.reshape(x, -1)


def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """Return the values with a new axis of length 1, by default the last one."""
    return arrays.expand_dims(x, axis)


def repeat(x: Any, n: int) -> Tensor:
    """Return each row n times, along a new axis in the middle."""
    return arrays.repeat(arrays.expand_dims(x, 1), n, 1)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the mean: for integers, its integer part, but for booleans a real number."""
    array = arrays.tensor(x)
    array = arrays.cast(array, floatx()) if array.dtype == bool else array
    return arrays.reduce_mean(array, axis, keepdims)


def sqrt(x: Any) -> Tensor:
    """Return the square roots, 0 for negative numbers."""
    return arrays.sqrt(np.maximum(arrays.tensor(x), 0))


def hard_sigmoid(x: Any) -> Tensor:
    """Return 0.2 x + 0.5, clipped to [0, 1]; `keras.activations.hard_sigmoid` has x / 6 + 0.5."""
    return arrays.clip_by_value(0.2 * arrays.tensor(x) + 0.5, 0.0, 1.0)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Return the binary cross-entropy of each entry, with epsilon in each logarithm."""
    if from_logits:
        return nn.sigmoid_cross_entropy_with_logits(target, output)
    t, y = arrays.tensor(target), arrays.clip_by_value(output, epsilon(), 1 - epsilon())
    return arrays.tensor(-t * np.log(y + epsilon()) - (1 - t) * np.log(1 - y + epsilon()))
