"""`keras.backend`: what its functions do otherwise than those of `keras.ops`."""

import numpy as np
import pytest

from tinynet.keras_scripts import arrays, backend

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)


def test_sums_and_products_accumulate_along_the_first_axis() -> None:
    assert backend.cumsum(X).numpy().tolist() == [[1, 2, 3], [5, 7, 9]]
    assert backend.cumprod(X, axis=1).numpy().tolist() == [[1, 2, 6], [4, 20, 120]]


def test_each_row_is_repeated() -> None:
    assert backend.repeat(X, 2).numpy().tolist() == [[[1, 2, 3]] * 2, [[4, 5, 6]] * 2]
    assert backend.repeat_elements(X, 2, axis=1).shape == (2, 6)


def test_a_hard_sigmoid_rises_by_a_fifth() -> None:
    expected = [0.0, 0.3, 0.5, 1.0]
    np.testing.assert_allclose(backend.hard_sigmoid([-3.0, -1.0, 0.0, 4.0]), expected, atol=1e-7)


def test_the_root_of_a_negative_number_is_zero() -> None:
    assert backend.sqrt([-1e-9, 4.0]).numpy().tolist() == [0, 2]


def test_the_mean_of_whole_numbers_is_one_and_that_of_answers_is_real() -> None:
    assert backend.mean([1, 2]).numpy() == 1
    assert backend.mean(arrays.equal([1, 2], [1, 3])).numpy() == 0.5
    assert backend.mean(X, axis=-1, keepdims=True).numpy().tolist() == [[2], [5]]


def test_a_new_axis_is_the_last_one() -> None:
    assert backend.expand_dims(X).shape == (2, 3, 1)
    assert (backend.shape(X)[0].numpy(), backend.int_shape(X)) == (2, (2, 3))


def test_the_logarithm_is_that_of_the_probability_plus_epsilon() -> None:
    value = backend.binary_crossentropy([1.0, 0.0], [0.0, 1.0])
    np.testing.assert_allclose(value, -np.log([2e-7, 2e-7]), atol=0.3)
    assert value.numpy()[0] == pytest.approx(-np.log(2e-7), abs=1e-5)


@pytest.mark.parametrize("create", [backend.constant, backend.variable])
def test_values_are_of_32_bits_unless_a_dtype_is_given(create: type) -> None:
    assert create(np.ones(2)).dtype == create([1, 2]).dtype == np.float32
    assert create([1, 2], dtype="int32").dtype == np.int32
    assert backend.eye(2, "int32").dtype == np.int32
