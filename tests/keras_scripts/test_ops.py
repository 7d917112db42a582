"""`keras.ops`: arguments in the order that Keras takes them, which isn't always NumPy's."""

import numpy as np
import pytest

from tinynet import activations
from tinynet.keras_scripts import ops

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)


@pytest.mark.parametrize("name", ["all", "any", "max", "median", "min", "prod", "sum"])
def test_a_reduction_takes_axes_and_keepdims_by_position(name: str) -> None:
    numpys = getattr(np, name)
    for axis, axes in ((0, 0), (-1, -1), ([0, 1], (0, 1)), (None, None)):
        for keepdims in (False, True):
            value = getattr(ops, name)(X, axis, keepdims)
            expected = numpys(X, axis=axes, keepdims=keepdims)
            np.testing.assert_array_equal(value, expected)
            assert value.shape == np.shape(expected)


def test_a_reduction_takes_further_arguments_by_name() -> None:
    assert ops.max(X, axis=1, initial=5.5).numpy().tolist() == [5.5, 6.0]


def test_nan_is_replaced_by_the_second_argument() -> None:
    assert ops.nan_to_num(np.array([np.nan, 1.0]), 5.0).numpy().tolist() == [5.0, 1.0]
    assert ops.nan_to_num([np.inf], posinf=2.0).numpy().tolist() == [2.0]


def test_gelu_is_approximate_by_default() -> None:
    assert ops.gelu(X).dtype == np.float32
    np.testing.assert_array_equal(ops.gelu(X), activations.gelu(X, approximate=True))
    np.testing.assert_array_equal(ops.gelu(X, False), activations.gelu(X))
