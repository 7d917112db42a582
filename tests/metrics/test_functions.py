"""The metrics as functions: one value per example, by hand."""

import numpy as np
import pytest

from tinynet import metrics

T = np.array([[1.0], [0.0], [1.0], [1.0]])
Y = np.array([[0.9], [0.8], [0.1], [0.6]])
LABELS = np.array([0, 4, 5, 6])
SCORES = np.tile([0.28, 0.24, 0.20, 0.14, 0.08, 0.04, 0.02], (4, 1))
ONE_HOT = np.eye(7)[LABELS]


def test_binary_accuracy() -> None:
    assert metrics.binary_accuracy(T, Y).tolist() == [1, 0, 0, 1]  # above 1/2: all but the third
    assert metrics.binary_accuracy(T, Y, threshold=0.7).tolist() == [1, 0, 0, 0]
    assert metrics.binary_accuracy([[1, 0]], [[0.9, 0.8]]).tolist() == [0.5]


def test_accuracies_of_classes() -> None:
    assert metrics.categorical_accuracy(ONE_HOT, SCORES).tolist() == [1, 0, 0, 0]
    assert metrics.sparse_categorical_accuracy(LABELS, SCORES).tolist() == [1, 0, 0, 0]


def test_accuracies_of_the_largest_few() -> None:
    """Class 4 has the fifth largest output, class 5 the sixth."""
    for k, expected in (
        (None, [1, 1, 0, 0]),
        (1, [1, 0, 0, 0]),
        (4, [1, 0, 0, 0]),
        (6, [1] * 3 + [0]),
    ):
        given = {} if k is None else {"k": k}
        assert metrics.top_k_categorical_accuracy(ONE_HOT, SCORES, **given).tolist() == expected
        found = metrics.sparse_top_k_categorical_accuracy(LABELS, SCORES, **given)
        assert found.tolist() == expected


def test_the_dtype_is_that_of_the_predictions() -> None:
    assert metrics.binary_accuracy(T, Y.astype(np.float32)).dtype == np.float32
    assert metrics.categorical_accuracy(ONE_HOT, SCORES).dtype == np.float64


def test_the_label_of_a_top_k_accuracy_has_an_output() -> None:
    """An index of -1 would be that of the last output."""
    for label in (-1, 2, 0.5):
        with pytest.raises(ValueError, match="y_true must be whole numbers from 0 to 1"):
            metrics.sparse_top_k_categorical_accuracy([label], [[0.1, 0.9]], k=1)


def test_not_a_number_is_in_no_top_k() -> None:
    scores = np.array([[np.nan, np.nan, np.nan], [0.5, np.nan, 0.2], [0.5, 0.1, 0.2]])
    assert metrics.sparse_top_k_categorical_accuracy([0, 0, 0], scores, k=1).tolist() == [0, 0, 1]
