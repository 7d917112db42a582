"""TensorFlow's functions of arrays: what they take by position, and sums along an axis."""

import inspect
import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from tinynet.keras_scripts import arrays, nn

FUNCTIONS = {
    name: function
    for module in (arrays, nn)
    for name, function in vars(module).items()
    if isinstance(function, FunctionType) and not name.startswith("_")
}
X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)


# In TensorFlow, too, linspace takes a name by position.
@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"linspace"}))
def test_no_argument_by_position_is_taken_for_a_name(name: str) -> None:
    """It would be ignored: ``tf.cumsum(x, 1)`` has an axis there, ``tf.shape`` a dtype."""
    parameter = inspect.signature(FUNCTIONS[name]).parameters.get("name")
    assert parameter is None or parameter.kind is inspect.Parameter.KEYWORD_ONLY


def test_one_entry_is_a_tensor_too() -> None:
    assert arrays.gather([5, 6], 1).numpy() == 6
    assert arrays.gather([[5, 6], [7, 8]], [1], axis=1).numpy().tolist() == [[6], [8]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ((), [[1, 2, 3], [5, 7, 9]]),
        ((1,), [[1, 3, 6], [4, 9, 15]]),
        ((-1, True), [[0, 1, 3], [0, 4, 9]]),
        ((1, False, True), [[6, 5, 3], [15, 11, 6]]),
        ((1, True, True), [[5, 3, 0], [11, 6, 0]]),
    ],
)
def test_sums_accumulate_along_any_axis(
    settings: tuple[object, ...], expected: list[list[int]]
) -> None:
    sums = arrays.cumsum(X, *settings)
    assert sums.dtype == np.float32
    assert sums.numpy().tolist() == expected


def test_products_accumulate_in_the_dtype_of_the_entries() -> None:
    products = arrays.cumprod(arrays.constant([2, 3, 4]), exclusive=True)
    assert products.dtype == np.int32
    assert products.numpy().tolist() == [1, 2, 6]


def test_an_angle_takes_its_arguments_by_name() -> None:
    assert arrays.atan2(x=0.0, y=1.0).numpy() == pytest.approx(np.pi / 2)


def test_parts_of_a_vector_are_tensors() -> None:
    assert [part.numpy() for part in arrays.unstack([1.0, 2.0])] == [1, 2]


@pytest.mark.parametrize(
    "name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"]
)
def test_an_assignment_with_an_operator_makes_another_tensor(name: str) -> None:
    tensor = arrays.constant([1, 2])
    expected = getattr(operator, name)(np.array([1, 2], np.int32), 2)
    changed = getattr(operator, f"i{name.rstrip('_')}")(tensor, 2)
    assert changed.numpy().tolist() == expected.tolist()
    assert tensor.numpy().tolist() == [1, 2]


def test_a_tensor_of_one_entry_may_be_a_key() -> None:
    names: dict[Any, str] = {7: "seven"}
    assert names[arrays.constant(7)] == "seven"
    assert {*arrays.constant([1, 2, 1])} == {1, 2}


def test_a_tensor_prints_as_its_array_does() -> None:
    """Its entries are Tensors themselves, which NumPy would print as numbers of 64 bits."""
    for values in ([1.0, 2.0 / 3], 0.1, [[0.3], [1e-9]], [1, 2], [True]):
        tensor = arrays.constant(values)
        for one in (tensor, arrays.Variable(tensor)):
            assert str(one) == str(tensor.numpy())


@pytest.mark.parametrize("convert", [arrays.constant, arrays.convert_to_tensor])
def test_a_tensor_keeps_its_values_when_the_array_changes(convert: Callable[..., Any]) -> None:
    array = np.ones(2, np.float32)
    tensor = convert(array)
    array[:] = 5
    assert tensor.numpy().tolist() == [1, 1]


def test_a_diagonal_and_a_trace_are_those_of_each_matrix() -> None:
    assert arrays.diag(X).shape == (2, 3, 3)
    assert arrays.diag(X)[1].numpy().tolist() == [[4, 0, 0], [0, 5, 0], [0, 0, 6]]
    assert arrays.trace(arrays.diag(X)).numpy().tolist() == [6, 15]


@pytest.mark.parametrize(
    "result",
    [
        arrays.add_n([X, X]),
        arrays.atan2(X, 2.0),
        arrays.erf(X),
        arrays.add([1.0, 2.0], 2),
        arrays.divide(2, [1.0, 2.0]),
    ],
)
def test_a_function_of_32_bits_gives_32_bits(result: Any) -> None:
    assert result.dtype == np.float32
