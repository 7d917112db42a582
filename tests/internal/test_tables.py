"""Tables of pandas with gaps and of mixed kinds, and whatever else can be read as an array."""

from typing import Any

import numpy as np
import pytest

from tinynet._internal.checks import as_numbers

pandas = pytest.importorskip("pandas")

FRAMES: dict[str, tuple[Any, list[Any]]] = {
    "Int64": (pandas.Series([1, 2], dtype="Int64"), [1, 2]),
    "Float64": (pandas.Series([0.5, 2], dtype="Float64"), [0.5, 2]),
    "boolean": (pandas.Series([True, False], dtype="boolean"), [1, 0]),
    "bools and floats": (pandas.DataFrame({"a": [True, False], "b": [0.5, 1]}), [[1, 0.5], [0, 1]]),
    "Int64 and Float64": (
        pandas.DataFrame({"a": [1, 2], "b": [0.5, 1]}).convert_dtypes(),
        [[1, 0.5], [2, 1]],
    ),
    "plain": (pandas.DataFrame({"a": [1, 2], "b": [3, 4]}), [[1, 3], [2, 4]]),
}


@pytest.mark.parametrize(("frame", "expected"), FRAMES.values(), ids=FRAMES.keys())
def test_nullable_and_mixed_columns_are_numbers(frame: Any, expected: list[Any]) -> None:
    array = as_numbers(frame, "x")
    assert array.dtype.kind in "iufb"
    assert array.tolist() == expected


def test_gaps_become_nan_which_is_refused_by_name() -> None:
    array = as_numbers(pandas.Series([1, None], dtype="Int64"), "x")
    np.testing.assert_array_equal(array, [1, np.nan])


def test_text_stays_text() -> None:
    with pytest.raises(TypeError, match="must be an array of real numbers"):
        as_numbers(pandas.DataFrame({"a": ["5", "6"], "b": [1, 2]}), "x")


class Lazy:
    """Can be read as an array, or says why not."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.value is None:
            raise RuntimeError("detach it first")
        return np.asarray(self.value, dtype)


def test_anything_with_an_array_in_it_is_read_or_refused_in_a_sentence() -> None:
    assert as_numbers(Lazy([1.0, 2.0]), "x").tolist() == [1, 2]
    with pytest.raises(
        TypeError, match="x must be an array of real numbers, received Lazy: detach"
    ):
        as_numbers(Lazy(None), "x")


def test_sparse_matrices_are_refused_with_a_hint() -> None:
    class Sparse:
        def toarray(self) -> np.ndarray:
            return np.eye(2)

    with pytest.raises(TypeError, match=r"received a sparse matrix\. Use x\.toarray\(\)"):
        as_numbers(Sparse(), "x")
