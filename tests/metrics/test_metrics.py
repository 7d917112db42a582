"""Accuracy in all its forms, and the confusion matrix."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import Dense, Sequential
from tinynet.losses import BinaryCrossentropy, MeanSquaredError
from tinynet.metrics import METRICS, FunctionMetric, accuracy, confusion_matrix

SCORES = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4], [0.0, 1.0, 0.0]])
LABELS = np.array([1, 0, 1, 1])  # all but the third
BINARY = BinaryCrossentropy(from_logits=True)


def test_accuracy_takes_labels_and_scores() -> None:
    for t in (LABELS, LABELS[:, np.newaxis], LABELS.tolist(), np.eye(3)[LABELS]):
        for y in (SCORES, SCORES.argmax(axis=1), SCORES.astype(np.float32)):
            assert accuracy(t, y) == 0.75
    assert accuracy([0, 1, 1, 0], [[0.5], [0.6], [0.4], [0.1]]) == 0.75


@pytest.mark.parametrize("name", ["acc", "accuracy"])
@pytest.mark.parametrize(
    ("loss", "t", "outputs", "expected"),
    [
        ("categorical_crossentropy", np.eye(3)[LABELS], SCORES, 0.75),
        ("sparse_categorical_crossentropy", LABELS, SCORES, 0.75),
        ("mse", np.eye(3)[LABELS], SCORES, 0.75),
        ("categorical_crossentropy", [[0.2, 0.5, 0.3]] * 4, SCORES, 0.5),
        ("binary_crossentropy", [0, 1, 1, 0], [[0.5], [0.6], [0.4], [0.1]], 0.75),
        ("mse", [0, 1, 1, 0], [[0.5], [0.6], [0.4], [0.1]], 0.75),
        ("binary_crossentropy", [[1, 0], [0, 1]], [[0.9, 0.9], [0.1, 0.8]], 1),
        (BINARY, [0, 1, 1, 1], [[-0.1], [0.1], [0.9], [0.4]], 0.5),
    ],
)
def test_a_models_accuracy_is_chosen_by_shapes(
    name: str, loss: Any, t: Any, outputs: Any, expected: float
) -> None:
    outputs = np.array(outputs)
    model = Sequential([Dense(outputs.shape[1], input_shape=outputs.shape[1:])], dtype="float64")
    model.set_weights([np.eye(outputs.shape[1]), np.zeros(outputs.shape[1])])
    model.compile("sgd", loss, metrics=[name])
    # In batches of 3, so that the last one is short and must count less.
    assert model.evaluate(outputs, t, batch_size=3, verbose=0)[1] == expected
    assert model.evaluate(outputs, t, verbose=0, return_dict=True)[name] == expected
    assert model.train_on_batch(outputs, t)[1] == expected


def test_the_metric_comes_under_the_name_that_was_asked_for() -> None:
    x, y = np.arange(8.0)[:, np.newaxis], np.arange(8) % 2
    for metrics in (["acc"], ["accuracy"], ["accuracy", "acc"], []):
        model = Sequential([Dense(2, "softmax", input_shape=(1,))])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=metrics)
        history = model.fit(x, y, validation_data=(x, y), verbose=0).history
        assert list(history) == ["loss", *metrics, "val_loss", *(f"val_{m}" for m in metrics)]


def test_confusion_matrix_by_hand() -> None:
    matrix = confusion_matrix([0, 0, 0, 1, 2, 2], [0, 0, 1, 1, 2, 0])
    assert matrix.tolist() == [[2, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert matrix.dtype.kind == "i"
    assert confusion_matrix(LABELS, SCORES).tolist() == [[1, 0, 0], [0, 2, 1], [0, 0, 0]]
    assert confusion_matrix(np.eye(3)[LABELS], SCORES).tolist() == [[1, 0, 0], [0, 2, 1], [0] * 3]
    assert confusion_matrix([0], [0], num_classes=2).tolist() == [[1, 0], [0, 0]]
    never_third = [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]
    assert confusion_matrix([0, 1], never_third).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_confusion_matrix_counts(pairs: list[tuple[int, int]]) -> None:
    t, y = zip(*pairs, strict=True)
    matrix = confusion_matrix(t, y)
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            assert matrix[i, j] == pairs.count((i, j))
    assert matrix.sum() == len(pairs)
    assert matrix.trace() / len(pairs) == accuracy(t, y)


@pytest.mark.parametrize(
    ("t", "y", "message"),
    [
        ([0, 1], [0], r"received 2 and 1"),
        ([0, -1], [0, 1], r"y_true must be whole numbers from 0 up, received -1 at \[1\]"),
        ([0, 1], [0.5, 1], r"y_pred must be whole numbers from 0 up, received 0\.5 at \[0\]"),
        ([[[0]]], [0], r"y_true must be labels of shape"),
        (["a"], [0], r"y_true must be an array of real numbers"),
    ],
)
def test_wrong_labels_are_refused(t: Any, y: Any, message: str) -> None:
    for metric in (accuracy, confusion_matrix):
        with pytest.raises((ValueError, TypeError), match=message):
            metric(t, y)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 1, received 2 at \[0\]"):
        confusion_matrix([2], [0], num_classes=2)
    with pytest.raises(ValueError, match="at least one"):
        accuracy([], [])
    model = Sequential([Dense(1, input_shape=(1,))])
    with pytest.raises(ValueError, match=r"'acuracy'\. Did you mean 'accuracy'\?"):
        model.compile("sgd", "mse", metrics=["acuracy"])
    with pytest.raises(TypeError, match=r"metrics must be a list such as \['accuracy'\], received"):
        model.compile("sgd", "mse", metrics="accuracy")


@pytest.mark.parametrize("kind", sorted({*METRICS.values()}, key=str), ids=lambda k: k.__name__)
def test_an_empty_batch_changes_nothing(kind: Any) -> None:
    """A loop of one's own may end with one."""
    metric = kind("macro") if kind.__name__ in ("F1Score", "FBetaScore") else kind()
    y = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])
    labels = np.array([1, 2, 1])
    t = metric.targets(labels if "Sparse" in kind.__name__ else np.eye(3)[labels], (3,))
    metric.update(t, y)
    result = metric.result()
    metric.update(t[:0], y[:0])
    assert metric.result() == result


def test_an_empty_batch_has_no_values() -> None:
    t = y = np.zeros((0, 3))
    assert MeanSquaredError().costs(t, y).shape == (0,)
    distance = FunctionMetric(lambda t, y: np.abs(t - y))
    assert distance.examples(t, y).shape == (0,)
