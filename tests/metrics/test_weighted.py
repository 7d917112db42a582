"""Metrics that weight the examples, in `compile(weighted_metrics=...)`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet.metrics import BinaryAccuracy, WeightedMetric

X = np.array([[1.0], [2.0], [3.0], [4.0]])
Y = np.array([1.0, 0.0, 1.0, 0.0])
WEIGHTS = np.array([1.0, 2.0, 0.0, 4.0])


def model(**settings: Any) -> tn.Sequential:
    made = tn.Sequential([tn.Dense(1, input_shape=(1,))], seed=0, dtype="float64")
    made.set_weights([[[0.1]], [0.2]])
    made.compile("sgd", "mse", **settings)
    return made


def test_weights_count_in_weighted_metrics_alone() -> None:
    trained = model(metrics=["mae"], weighted_metrics=["mae", "mse"])
    errors = np.abs(trained.predict(X)[:, 0] - Y)
    results = trained.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0, return_dict=True)
    assert list(results) == ["loss", "mae", "weighted_mae", "mse"]
    assert results["mae"] == pytest.approx(errors.mean())
    assert results["weighted_mae"] == pytest.approx(np.average(errors, weights=WEIGHTS))
    assert results["mse"] == pytest.approx(np.average(errors**2, weights=WEIGHTS))
    assert results["loss"] == pytest.approx((WEIGHTS * errors**2).mean())


def test_without_weights_it_is_the_metric_itself() -> None:
    results = model(metrics=["mae"], weighted_metrics=["mae"]).evaluate(X, Y, verbose=0)
    assert results[1] == results[2]


def test_compile_leaves_what_a_weighted_metric_has_counted() -> None:
    metric = BinaryAccuracy()
    metric.update(np.array([[1.0], [0.0]]), np.array([[0.9], [0.8]]))
    compiled = model(weighted_metrics=[metric])
    compiled.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0)
    with pytest.raises(ValueError, match="name of its own"):
        model(weighted_metrics=[metric, metric])
    assert metric.result() == 0.5


def test_class_weights_and_validation() -> None:
    trained = model(weighted_metrics=["mae"])
    history = trained.fit(
        X, Y, class_weight={0: 0.0}, validation_data=(X, Y, WEIGHTS), verbose=0
    ).history
    expected = np.abs(0.1 * X[[0, 2], 0] + 0.2 - 1).mean()
    assert history["mae"] == [pytest.approx(expected)]
    errors = np.abs(trained.predict(X)[:, 0] - Y)
    assert history["val_mae"] == [pytest.approx(np.average(errors, weights=WEIGHTS))]
    assert len(trained.train_on_batch(X, Y, sample_weight=WEIGHTS)) == 2


def test_classes_may_be_floats_as_labels_are() -> None:
    given: list[Any] = [
        {0: 2.0, 1: 5.0},
        {0.0: 2.0, 1.0: 5.0},
        {np.float32(0): 2, np.float32(1): 5},
    ]
    losses = [model().train_on_batch(X, Y, class_weight=weights) for weights in given]
    assert losses[0] == losses[1] == losses[2]
    half: Any = {0.5: 2.0}
    with pytest.raises(TypeError, match="each class of class_weight must be a whole number"):
        model().train_on_batch(X, Y, class_weight=half)


def test_a_validation_split_has_the_examples_weights_and_no_class_weights() -> None:
    still = model(weighted_metrics=["mae"])
    still.optimizer.learning_rate = 0.0
    errors = np.abs(still.predict(X)[:, 0] - Y)[2:]
    heavy = {0: 9.0, 1: 5.0}
    history = still.fit(X, Y, validation_split=0.5, verbose=0, class_weight=heavy).history
    assert history["val_loss"] == [pytest.approx((errors**2).mean())]
    assert history["val_mae"] == [pytest.approx(errors.mean())]
    history = still.fit(X, Y, validation_split=0.5, verbose=0, sample_weight=WEIGHTS).history
    assert history["val_loss"] == [pytest.approx((WEIGHTS[2:] * errors**2).mean())]


@pytest.mark.parametrize("ending", [".npz", ".keras"])
def test_saved_and_loaded(ending: str, tmp_path: Path) -> None:
    if ending == ".keras":
        pytest.importorskip("h5py", reason="the extra keras isn't installed")
    trained = model(metrics=["mae"], weighted_metrics=["mse"])
    trained.save(tmp_path / f"m{ending}")
    loaded = tn.load_model(tmp_path / f"m{ending}")
    expected = trained.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0)
    assert loaded.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0) == pytest.approx(expected)
    assert loaded.metrics_names == ["loss", "mae", "mse"]


def test_a_wrong_list_is_refused() -> None:
    with pytest.raises(TypeError, match="weighted_metrics must be a list"):
        model(weighted_metrics="mae")
    metric = WeightedMetric(tn.metrics.MeanAbsoluteError())
    assert metric.fresh().get_config()["name"] == "mean_absolute_error"
