"""`keras.backend` and `keras.config`: what scripts still ask of them.

The functions of arrays stand in `tinynet.keras_scripts.ops`.
"""

from typing import Any

import numpy as np

from tinynet.keras_scripts import arrays, nn
from tinynet.keras_scripts.arrays import Tensor, Variable

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


def backend() -> str:
    """Return what computes."""
    return "numpy"


def clear_session(free_memory: bool = True) -> None:
    """Do nothing: a model's memory is its own, and goes with it."""


def floatx() -> str:
    """Return the number format of a model that is given none."""
    return "float32"


def set_floatx(value: str) -> None:
    """Accept float32; another format is chosen by the model.

    Raises
    ------
    ValueError
        If it is another.
    """
    if value != "float32":
        raise ValueError(
            f"set_floatx({value!r}): each model chooses its own number format here, "
            f"Sequential(layers, dtype={value!r})."
        )


def epsilon() -> float:
    """Return the small number that Keras adds to a divisor."""
    return 1e-7


def set_epsilon(value: float) -> None:
    """Accept Keras's own value alone.

    Raises
    ------
    ValueError
        If it is another.
    """
    if value != epsilon():
        raise ValueError(f"set_epsilon({value}): the small number is {epsilon()} and stays so.")


def image_data_format() -> str:
    """Return which axis of an image holds its colours."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Accept either: there are no convolutions that would read it."""


def get_value(x: Any) -> Any:
    """Return the values of an array, a variable or a learning rate."""
    array = np.asarray(x)
    return array if array.ndim else array[()]


eval = get_value  # noqa: A001


def set_value(x: Any, value: Any) -> None:
    """Write new values into an array.

    Raises
    ------
    TypeError
        If x is a number, which can't be written into.
    """
    if hasattr(x, "assign"):
        x.assign(value)
        return
    if not isinstance(x, np.ndarray):
        raise TypeError(
            "set_value needs an array to write into; a learning rate is set by "
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
    """Join arrays along an axis, the last one if none is named."""
    return arrays.concat(tensors, axis)


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype."""
    return floatx() if dtype is None else arrays.as_dtype(dtype).name


def is_float_dtype(dtype: Any) -> bool:
    """Return whether a dtype is of floating-point numbers."""
    return arrays.as_dtype(dtype).kind == "f"


def is_int_dtype(dtype: Any) -> bool:
    """Return whether a dtype is of whole numbers."""
    return arrays.as_dtype(dtype).kind in "iu"


def cast_to_floatx(x: Any) -> np.ndarray:
    """Return the values as float32."""
    return np.asarray(x, dtype=np.float32)


def is_keras_tensor(x: Any) -> bool:
    """Return whether x is a symbol: none is, here all arrays have their values."""
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
    """Return the entries as a vector."""
    return arrays.reshape(x, -1)


def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
) -> Tensor:
    """Draw from a normal distribution."""
    from tinynet.keras_scripts import random

    return random.normal(shape, mean, stddev, dtype, seed)


def random_uniform(
    shape: Any,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
) -> Tensor:
    """Draw from a uniform distribution."""
    from tinynet.keras_scripts import random

    return random.uniform(shape, minval, maxval, dtype, seed)
