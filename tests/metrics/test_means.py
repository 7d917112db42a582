"""Means over examples, and R²: weights over several batches, by hand."""

from typing import Any

import numpy as np
import pytest

from tinynet import losses, metrics

T = np.array([[1.0], [0.0], [1.0], [1.0]])
Y = np.array([[0.9], [0.8], [0.1], [0.6]])  # errors of 0.1, 0.8, 0.9 and 0.4
WEIGHTS = np.array([3.0, 1.0, 1.0, 2.0])


def of(metric: Any, t: np.ndarray = T, y: np.ndarray = Y, weights: Any = None) -> Any:
    """Return the metric, of two batches of different sizes."""
    prepared = metric.targets(t, y.shape[1:])
    for part in (slice(0, 1), slice(1, None)):
        metric.update(prepared[part], y[part], None if weights is None else weights[part])
    return metric.result()


def largest(y_true: Any, y_pred: Any) -> Any:
    return np.abs(y_true - y_pred).max(axis=1)


def test_weighted_means_over_batches() -> None:
    error = (3 * 0.1 + 0.8 + 0.9 + 2 * 0.4) / 7
    for metric in (metrics.MeanAbsoluteError(), metrics.FunctionMetric(largest)):
        assert of(metric) == pytest.approx(2.2 / 4)
        metric.reset()
        assert metric.result() == 0
        assert of(metric, weights=WEIGHTS) == pytest.approx(error)
    # Of the four, the first and the last are correct.
    assert of(metrics.BinaryAccuracy(), weights=WEIGHTS) == pytest.approx(5 / 7)
    root = ((3 * 0.01 + 0.64 + 0.81 + 2 * 0.16) / 7) ** 0.5
    assert of(metrics.RootMeanSquaredError(), weights=WEIGHTS) == pytest.approx(root)


def test_a_function_may_return_a_number_or_more_axes() -> None:
    assert of(metrics.FunctionMetric(lambda t, y: 2.0, "two"), weights=WEIGHTS) == 2
    t, y = np.zeros((2, 2)), np.array([[1.0, 3.0], [5.0, 7.0]])
    metric = metrics.FunctionMetric(lambda t, y: y - t, "difference")
    metric.update(t, y, np.array([1.0, 3.0]))
    assert metric.result() == (2 + 3 * 6) / 4


def test_float32_is_summed_in_float64() -> None:
    class Output(metrics.Metric):
        def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return y[:, 0]

    metric, y = Output("output"), np.array([[1e8], [1.0], [-1e8]], np.float32)
    metric.update(y, y)
    assert metric.result() == pytest.approx(1 / 3)


def test_a_metric_is_called_on_arrays() -> None:
    assert metrics.MeanAbsoluteError()([1, 2], [[1.0], [4.0]]) == 1
    assert metrics.BinaryAccuracy()([1, 0], [[0.9], [0.8]]) == 0.5
    metric = metrics.MeanAbsoluteError()
    metric([1, 2], [[1.0], [4.0]])
    assert metric.result() == 0  # a call counts in a copy


def test_one_example_of_three_classes() -> None:
    assert metrics.Accuracy()([[0, 0, 1]], [[0.1, 0.2, 0.7]]) == 1
    assert metrics.Accuracy()([[2]], [[0.1, 0.2, 0.7]]) == 1
    assert metrics.Accuracy()([2], [[0.1, 0.2, 0.7]]) == 1


@pytest.mark.parametrize("shape", [(2, 0), (2,), (2, 3, 3)])
def test_targets_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    """Labels are told what to do."""
    for metric in (
        *(metrics.CategoricalAccuracy(), metrics.TopKCategoricalAccuracy(), metrics.F1Score()),
        *(metrics.R2Score(), metrics.Recall(), metrics.BinaryAccuracy()),
    ):
        message = rf"{metric.name} expected y_true of shape \(N, 3\), received"
        with pytest.raises(ValueError, match=message) as refused:
            metric.targets(np.zeros(shape), (3,))
        assert ("For labels" in str(refused.value)) == (shape == (2,))


def test_classes_in_rows() -> None:
    """Outputs of shape (N, 2, 3) are two rows of three classes; each of the rows counts."""
    t, y = np.eye(3)[[[0, 1], [2, 2]]], np.eye(3)[[[0, 1], [2, 0]]]
    assert of(metrics.CategoricalAccuracy(), t, y) == 3 / 4
    assert of(metrics.SparseCategoricalAccuracy(), t.argmax(axis=2), y) == 3 / 4
    for shape in ((2, 5, 3), (2, 3), (2, 2, 2, 3)):
        with pytest.raises(ValueError, match=r"expected y_true of shape \(N, 2, 3\), received"):
            metrics.CategoricalAccuracy().targets(np.zeros(shape), (2, 3))


@pytest.mark.parametrize(
    ("given", "outputs", "message"),
    [
        ((2, 3), (3,), r"shape \(N,\), received \(2, 3\)\. For one-hot rows, use the metric"),
        ((2, 2), (3,), r"shape \(N,\), received \(2, 2\)\.$"),
        ((2, 5), (4, 3), r"shape \(N, 4\), received \(2, 5\)\.$"),
        ((2, 4, 3), (4, 3), r"shape \(N, 4\), received \(2, 4, 3\)\. For one-hot rows"),
    ],
)
def test_labels_of_another_shape_are_refused(
    given: tuple[int, ...], outputs: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=f"expected labels y_true of {message}"):
        metrics.SparseCategoricalAccuracy().targets(np.zeros(given), outputs)


def test_labels_may_have_a_last_axis_of_one_unless_it_is_one_of_the_outputs() -> None:
    metric = metrics.SparseCategoricalAccuracy()
    assert metric.targets([[2], [0]], (3,)).tolist() == [2, 0]
    assert metric.targets([[2], [0]], (1, 3)).tolist() == [[2], [0]]
    assert metric.targets([[[2], [1]]], (2, 3)).tolist() == [[2, 1]]
    with pytest.raises(ValueError, match=r"shape \(N, 4\), received \(2, 1\)\.$"):
        metric.targets([[2], [0]], (4, 3))


def test_targets_of_a_column() -> None:
    for metric in (metrics.Recall(), metrics.R2Score(), metrics.BinaryAccuracy()):
        assert metric.targets([1.0, 0.0], (1,)).tolist() == [[1], [0]]
        with pytest.raises(ValueError, match="expected y_true of shape"):
            metric.targets([1.0, 0.0], (2,))
        with pytest.raises(ValueError, match="y_true"):
            metric.targets([1.0, float("nan")], (1,))


@pytest.mark.parametrize(
    "metric",
    [
        *(metrics.Precision([0.25, 0.5]), metrics.TruePositives([0.25, 0.5])),
        *(metrics.F1Score(), metrics.FBetaScore()),
    ],
)
def test_a_model_reports_numbers_alone(metric: metrics.Metric) -> None:
    with pytest.raises(ValueError, match=f"metric '{metric.name}' of a model must be one number"):
        metric.check_one_number()


def test_a_list_of_one_threshold_gives_a_number() -> None:
    assert metrics.Precision([0.5])(T, Y) == metrics.Precision(0.5)(T, Y) == 2 / 3
    assert list(of(metrics.Precision([0.25, 0.5]))) == [2 / 3, 2 / 3]


def test_a_function_that_returns_nothing_is_refused() -> None:
    metric = metrics.FunctionMetric(lambda t, y: None, "nothing")
    with pytest.raises(TypeError, match="nothing must return a number or an array, received None"):
        metric(T, Y)


def test_a_metric_of_ones_own_returns_a_value_for_each_example() -> None:
    class First(metrics.Metric):
        def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return y[:1, 0]

    with pytest.raises(ValueError, match=r"First\.examples"):
        First("first")(T, Y)

    class Flat(losses.MeanSquaredError):
        def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return y

    with pytest.raises(ValueError, match=r"Flat\.costs must return one number per example"):
        metrics.LossMetric(Flat(), "flat")(T, Y)
    with pytest.raises(NotImplementedError, match=r"must define examples\(t, y\)\.$"):
        metrics.Metric("none")(T, Y)


# First output: mean 2, squared deviations 2, squared errors 1. Second: mean 1, 6, and 9.
R2_T = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 3.0]])
R2_Y = np.array([[1.0, 0.0], [2.0, 0.0], [2.0, 0.0]])


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("uniform_average", (1 / 2 - 1 / 2) / 2),
        ("variance_weighted_average", (2 * 1 / 2 - 6 * 1 / 2) / 8),
    ],
)
def test_r2_of_two_outputs(aggregation: str, expected: float) -> None:
    assert of(metrics.R2Score(aggregation), R2_T, R2_Y) == pytest.approx(expected)


def test_r2_with_weights() -> None:
    # Targets 1 and 3 with weights 3 and 1: mean 3/2, deviations 3/4 + 9/4 = 3, errors 1.
    t, y = np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]])
    assert of(metrics.R2Score(), t, y, np.array([3.0, 1.0])) == pytest.approx(1 - 1 / 3)


def test_r2_of_targets_far_from_zero() -> None:
    """The squares of a billion and a bit agree in all the digits that float64 has."""
    t, y = np.array([[1.0], [2.0], [3.0], [6.0]]), np.array([[1.0], [2.0], [3.0], [4.0]])
    assert of(metrics.R2Score(), t + 1e9, y + 1e9) == of(metrics.R2Score(), t, y) == 1 - 4 / 14


def test_r2_of_equal_targets() -> None:
    """Without variance, R² is 0 if there are errors and not a number if there are none."""
    t = np.array([[2.0], [2.0]])
    assert of(metrics.R2Score(), t, t + 1) == 0
    assert np.isnan(of(metrics.R2Score(), t, t))


@pytest.mark.parametrize("aggregation", ["uniform_average", "variance_weighted_average"])
def test_r2_of_nothing_is_not_a_number(aggregation: str) -> None:
    """Neither targets without variance nor weights of 0 are a reason for NumPy's warnings."""
    t = np.array([[2.0], [2.0]])
    assert np.isnan(of(metrics.R2Score(aggregation), t, t))
    assert np.isnan(of(metrics.R2Score(aggregation), t, t + 1, np.zeros(2)))


def test_integer_targets_do_not_wrap_around() -> None:
    """20 squared is 144 in uint8, and the absolute value of -128 is -128 in int8."""
    t, y = np.array([[0, 20]], dtype=np.uint8), np.array([[0.0, 0.5]])
    assert of(metrics.CosineSimilarity(), np.tile(t, (2, 1)), np.tile(y, (2, 1))) == 1
    error = metrics.MeanAbsolutePercentageError()
    assert error(np.array([[-128]], dtype=np.int8), [[-64.0]]) == 50
