"""`keras.backend` and `keras.config`: the functions that scripts still use.

The functions of arrays are in `tinynet.keras_scripts.ops`.
"""

from typing import Any

import numpy as np

from tinynet.keras_scripts import arrays, nn, random
from tinynet.keras_scripts.arrays import Tensor, Variable, convert_to_numpy

__all__ = [
    "argmax",
    "argmin",
    "backend",
    "cast_to_floatx",
    "clear_session",
    "concatenate",
    "constant",
    "count_params",
    "dtype",
    "epsilon",
    "eval",
    "flatten",
    "floatx",
    "get_value",
    "image_data_format",
    "int_shape",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "l2_normalize",
    "permute_dimensions",
    "pow",
    "random_normal",
    "random_uniform",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_value",
    "standardize_dtype",
    "variable",
]

pow = arrays.pow  # noqa: A001
constant = arrays.constant
variable = Variable
l2_normalize = nn.l2_normalize
permute_dimensions = arrays.transpose
random_normal = random.normal
random_uniform = random.uniform


def backend() -> str:
    """Return the name of the backend."""
    return "numpy"


def clear_session(free_memory: bool = True) -> None:
    """Do nothing: a model's memory is freed with the model."""


def floatx() -> str:
    """Return the default dtype of a model."""
    return "float32"


def set_floatx(value: str) -> None:
    """Accept only float32; any other dtype is chosen for each model."""
    if value != "float32":
        raise ValueError(
            f"set_floatx({value!r}) isn't supported: choose the dtype of each model, "
            f"Sequential(layers, dtype={value!r})."
        )


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
    """Return the values as float32."""
    return np.asarray(x, dtype=np.float32)


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
