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


def test_an_order_without_an_axis_is_that_of_the_matrix() -> None:
    for order in (None, 1, 2, "fro", "nuc"):
        assert ops.norm(X, order).dtype == np.float32
        assert ops.norm(X, order).numpy() == pytest.approx(np.linalg.norm(X, order), abs=1e-5)


@pytest.mark.parametrize("name", ["sqrt", "exp", "sin", "mean"])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int32, np.int64])
def test_real_results_of_integers_have_32_bits(name: str, dtype: type) -> None:
    assert getattr(ops, name)(np.ones(2, dtype)).dtype == np.float32
    assert ops.divide(np.ones(2, dtype), 2.0).dtype == np.float32


def test_whole_results_of_numbers_of_64_bits_have_32_bits() -> None:
    wide = X.astype(np.float64)
    assert ops.count_nonzero(wide).dtype == ops.size(wide).dtype == np.int32
    assert ops.sqrt(wide).dtype == np.float64
    assert ops.sum(np.ones(2, np.int64)).dtype == np.int64
    assert ops.exp(np.ones(2, np.float16)).dtype == np.float16
