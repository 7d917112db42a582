"""The metrics besides the accuracies: by hand, over batches, with weights, by name."""

from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Sequential, losses, metrics

T = np.array([[1.0], [0.0], [1.0], [1.0]])
Y = np.array([[0.9], [0.8], [0.1], [0.6]])


def of(metric: Any, t: np.ndarray = T, y: np.ndarray = Y, weights: Any = None) -> Any:
    """Return the metric, counted in two batches."""
    prepared = metric.targets(t, y.shape[1:])
    for part in (slice(0, 1), slice(1, None)):
        w = None if weights is None else np.asarray(weights, np.float64)[part]
        metric.update(prepared[part], y[part], w)
    return metric.result()


def test_counts_by_hand() -> None:
    assert of(metrics.TruePositives()) == 2
    assert of(metrics.FalsePositives()) == 1
    assert of(metrics.TrueNegatives()) == 0
    assert of(metrics.FalseNegatives()) == 1
    assert of(metrics.Precision()) == pytest.approx(2 / 3)
    assert of(metrics.Recall()) == pytest.approx(2 / 3)
    assert of(metrics.Precision(thresholds=0.85)) == 1
    assert of(metrics.Recall(thresholds=[0.5, 0.85])).tolist() == pytest.approx([2 / 3, 1 / 3])
    assert of(metrics.Precision(), weights=[3, 1, 1, 1]) == pytest.approx(4 / 5)
    assert of(metrics.Precision(thresholds=0.95)) == 0  # nothing was said
    assert of(metrics.AUC()) == pytest.approx(1 / 3, abs=0.01)  # 0.9 is above 0.8 alone


def test_scores_by_hand() -> None:
    t, y = np.eye(3)[[0, 1, 2, 2]], np.eye(3)[[0, 1, 1, 2]]
    assert of(metrics.F1Score(), t, y) == pytest.approx([1, 2 / 3, 2 / 3], abs=1e-6)
    assert of(metrics.F1Score("micro"), t, y) == pytest.approx(0.75, abs=1e-6)
    assert of(
        metrics.R2Score(), np.array([[1.0], [2], [3], [6]]), np.array([[1.0], [2], [3], [4]])
    ) == (pytest.approx(1 - 4 / 14))
    assert of(metrics.RootMeanSquaredError(), T, T + 3) == pytest.approx(3)
    assert of(metrics.CosineSimilarity(), np.ones((4, 2)), 5 * np.ones((4, 2))) == pytest.approx(1)
    assert of(metrics.TopKCategoricalAccuracy(k=2), t, y[::-1] + 0.1 * t) == pytest.approx(1)


def test_reset_and_fresh_forget() -> None:
    for metric in (metrics.Precision(), metrics.AUC(), metrics.R2Score(), metrics.F1Score("macro")):
        of(metric)
        copied = metric.fresh()
        metric.reset()
        assert metric.result() == copied.result() == metrics.Precision().result() == 0
        of(copied)
        assert metric.result() == 0


NAMED = ["precision", "Recall", "auc", "AUC", "root_mean_squared_error", "f1_score", "MAE", "msle"]


@pytest.mark.parametrize("name", NAMED)
def test_names_stay_as_typed(name: str) -> None:
    assert metrics.get(name).name == name


def test_functions_of_the_package_are_known() -> None:
    metric = metrics.get(losses.mean_absolute_error)
    assert (type(metric), metric.name) == (metrics.LossMetric, "mean_absolute_error")
    assert type(metrics.get(metrics.binary_accuracy)) is metrics.BinaryAccuracy
    found = metrics.categorical_accuracy(np.eye(2), np.array([[0.9, 0.1], [0.8, 0.2]]))
    assert found.tolist() == [1, 0]
    assert metrics.top_k_categorical_accuracy(np.eye(2), np.eye(2)[::-1], k=1).tolist() == [0, 0]


def test_metric_objects_are_saved_with_the_model(tmp_path: Any) -> None:
    from tinynet import load_model

    model = Sequential([Dense(1, "sigmoid", input_dim=2)])
    objects = [
        metrics.Precision(thresholds=0.25, name="p"),
        metrics.F1Score(average="macro", threshold=0.5),
        metrics.AUC(curve="PR", name="area"),
        metrics.BinaryAccuracy(name="acc", threshold=0.75),
        metrics.MeanSquaredError(name="brier"),
        losses.mean_absolute_error,
        "recall",
    ]
    model.compile("rmsprop", "mse", metrics=objects)
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    x, y = np.random.default_rng(0).standard_normal((20, 2)), np.arange(20) % 2
    first, second = (m.evaluate(x, y, verbose=0, return_dict=True) for m in (model, loaded))
    assert [*first] == [*second]
    for key in first:
        np.testing.assert_array_equal(first[key], second[key])


@pytest.mark.parametrize(
    ("metric", "advice"),
    [
        ("f1_score", r'use F1Score\(average="macro"\)'),
        ("fbeta_score", "Unknown metric"),
        ("f_beta_score", r'use FBetaScore\(average="macro"\)'),
        (metrics.F1Score(), r'use F1Score\(average="macro"\)'),
        (metrics.Precision(thresholds=[0.5, 0.75]), "use a metric for each threshold"),
        (metrics.Recall([0.25, 0.5], name="r"), r"thresholds=\[0.25, 0.5\]: use a metric for each"),
        (metrics.TruePositives(thresholds=[0.5, 0.6]), "use a metric for each threshold"),
    ],
)
def test_a_model_refuses_a_metric_of_several_numbers(metric: Any, advice: str) -> None:
    model = Sequential([Dense(3, "softmax", input_dim=2)])
    with pytest.raises(ValueError, match=advice):
        model.compile(metrics=["accuracy", metric])
    with pytest.raises(ValueError, match=advice):
        model.compile(weighted_metrics=[metric])
    assert not model.compiled


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="class_id must be below 1, the number of outputs"):
        of(metrics.Precision(class_id=3))
    with pytest.raises(ValueError, match="Unknown curve 'roc'"):
        metrics.AUC(curve="roc")
    with pytest.raises(ValueError, match="num_thresholds must be at least 2"):
        metrics.AUC(num_thresholds=1)
    with pytest.raises(ValueError, match="Unknown average"):
        metrics.F1Score("mean")
    with pytest.raises(ValueError, match=r"Unknown metric 'acuracy'\. Did you mean 'accuracy'"):
        metrics.get("acuracy")


@pytest.mark.parametrize(
    "metric", [metrics.R2Score(), metrics.F1Score("macro"), metrics.FBetaScore("micro")]
)
def test_scores_of_columns_need_rows(metric: metrics.Metric) -> None:
    """Two examples of two rows were taken for a weight for each row."""
    t = np.arange(8.0).reshape(2, 2, 2) % 2
    with pytest.raises(
        ValueError, match=r"expected outputs of shape \(N, K\), received \(N, 2, 2\)"
    ):
        metric(t, t)


def test_top_k_of_rows_in_a_further_axis() -> None:
    """Of two rows of an example, one has its class among the largest two."""
    t = np.eye(3)[[[0, 1], [2, 0]]]
    y = np.array([[[0.5, 0.3, 0.2], [0.5, 0.2, 0.3]], [[0.1, 0.2, 0.7], [0.4, 0.3, 0.3]]])
    assert metrics.TopKCategoricalAccuracy(k=2)(t, y) == 0.75
    assert metrics.TopKCategoricalAccuracy(k=2)(t[:1], y[:1]) == 0.5


FOR_LABELS = {
    "categorical_accuracy": "sparse_categorical_accuracy",
    "top_k_categorical_accuracy": "sparse_top_k_categorical_accuracy",
}
ROWS = ["auc", "false_negatives", "precision", "r2_score", "recall", "binary_accuracy"]


@pytest.mark.parametrize("name", [*ROWS, *FOR_LABELS, "mse", "kl_divergence"])
def test_a_metric_that_labels_dont_fit_calls_itself_by_its_name(name: str) -> None:
    model = Sequential([Dense(3, "softmax", input_shape=(2,))])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[name])
    with pytest.raises(ValueError, match=name) as refused:
        model.fit(np.ones((4, 2)), [0, 1, 2, 0], verbose=0)
    message = str(refused.value)
    if name in ("mse", "kl_divergence"):
        assert message.startswith(f"The metric {name!r}: ")
        return
    assert message.startswith(f"{name} expected y_true of shape (N, 3), received (4,).")
    assert "pass one-hot rows, to_categorical(y, 3)." in message
    assert (name in FOR_LABELS) == (repr(FOR_LABELS.get(name)) in message)
    assert "MeanSquaredError" not in message


@pytest.mark.parametrize("name", FOR_LABELS)
def test_a_metric_for_labels_names_the_one_for_rows(name: str) -> None:
    model = Sequential([Dense(3, "softmax", input_shape=(2,))])
    model.compile("sgd", "categorical_crossentropy", metrics=[FOR_LABELS[name]])
    with pytest.raises(ValueError, match=f"For one-hot rows, use the metric '{name}'") as refused:
        model.fit(np.ones((4, 2)), np.eye(3)[[0, 1, 2, 0]], verbose=0)
    assert str(refused.value).startswith(f"{FOR_LABELS[name]} expected labels y_true of shape (N,)")


def test_a_metric_of_another_name_is_called_by_that_name() -> None:
    metric = metrics.Precision(name="first")
    with pytest.raises(ValueError, match=r"^first expected y_true of shape \(N, 3\)"):
        metric.targets(np.eye(2), (3,))


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("mean_absolute_eror", "mean_absolute_error"),
        ("categorical_cross_entropy", "categorical_crossentropy"),
        ("sparse_categorical_cross_entropy", "sparse_categorical_crossentropy"),
        ("SparseCategoricalCrossEntropy", "SparseCategoricalCrossentropy"),
        ("huberr", "huber"),
        ("rmse", "root_mean_squared_error"),
        ("RMSE", "root_mean_squared_error"),
        ("f1", "f1_score"),
        ("r2", "r2_score"),
        ("roc_auc", "auc"),
        ("sensitivity", "recall"),
        ("cosine_proximity", "cosine_similarity"),
        ("kullback_leibler_divergence", "kl_divergence"),
        ("acuracy", "accuracy"),
        ("top_k_accuracy", "top_k_categorical_accuracy"),
    ],
)
def test_a_misspelt_metric_is_recognised_also_if_it_is_a_loss(wrong: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"Unknown metric '{wrong}'. Did you mean '{meant}'") as e:
        metrics.get(wrong)
    assert "'mean_absolute_error'" in str(e.value)  # losses are among the known names
