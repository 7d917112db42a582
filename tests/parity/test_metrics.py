"""The metrics: the same value after the same batches, with and without weights."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet import metrics

from .conftest import Compare
from .twins import keras

Maker = Callable[[Any], Any]

# For each metric, what makes it in either library and what is drawn for it.
CASES: dict[str, tuple[Maker, str]] = {
    "MeanSquaredError": (lambda lib: lib.MeanSquaredError(), "real"),
    "MeanAbsoluteError": (lambda lib: lib.MeanAbsoluteError(), "real"),
    "MeanAbsolutePercentageError": (lambda lib: lib.MeanAbsolutePercentageError(), "real"),
    "MeanSquaredLogarithmicError": (lambda lib: lib.MeanSquaredLogarithmicError(), "positive"),
    "RootMeanSquaredError": (lambda lib: lib.RootMeanSquaredError(), "real"),
    "CosineSimilarity": (lambda lib: lib.CosineSimilarity(), "real"),
    "Hinge": (lambda lib: lib.Hinge(), "signs"),
    "SquaredHinge": (lambda lib: lib.SquaredHinge(), "signs"),
    "CategoricalHinge": (lambda lib: lib.CategoricalHinge(), "classes"),
    "KLDivergence": (lambda lib: lib.KLDivergence(), "classes"),
    "Poisson": (lambda lib: lib.Poisson(), "positive"),
    "R2Score": (lambda lib: lib.R2Score(), "real"),
    "R2Score, weighted by variance": (lambda lib: lib.R2Score("variance_weighted_average"), "real"),
    "BinaryCrossentropy": (lambda lib: lib.BinaryCrossentropy(), "bits"),
    "BinaryCrossentropy, smoothed": (
        lambda lib: lib.BinaryCrossentropy(label_smoothing=0.25),
        "bits",
    ),
    "CategoricalCrossentropy": (lambda lib: lib.CategoricalCrossentropy(), "classes"),
    "SparseCategoricalCrossentropy": (lambda lib: lib.SparseCategoricalCrossentropy(), "labels"),
    "BinaryAccuracy": (lambda lib: lib.BinaryAccuracy(), "bits"),
    "BinaryAccuracy, threshold": (lambda lib: lib.BinaryAccuracy(threshold=0.75), "bits"),
    "CategoricalAccuracy": (lambda lib: lib.CategoricalAccuracy(), "classes"),
    "SparseCategoricalAccuracy": (lambda lib: lib.SparseCategoricalAccuracy(), "labels"),
    "TopKCategoricalAccuracy": (lambda lib: lib.TopKCategoricalAccuracy(k=2), "classes"),
    "SparseTopKCategoricalAccuracy": (lambda lib: lib.SparseTopKCategoricalAccuracy(k=2), "labels"),
    "Precision": (lambda lib: lib.Precision(), "bits"),
    "Precision, threshold": (lambda lib: lib.Precision(thresholds=0.75), "bits"),
    "Precision, thresholds": (lambda lib: lib.Precision(thresholds=[0.25, 0.75]), "bits"),
    "Precision of one class": (lambda lib: lib.Precision(class_id=1), "bits"),
    "Recall": (lambda lib: lib.Recall(), "bits"),
    "Recall, thresholds": (lambda lib: lib.Recall(thresholds=[0.75, 0.25]), "bits"),
    "TruePositives": (lambda lib: lib.TruePositives(), "bits"),
    "FalsePositives": (lambda lib: lib.FalsePositives(), "bits"),
    "TrueNegatives": (lambda lib: lib.TrueNegatives(), "bits"),
    "FalseNegatives": (lambda lib: lib.FalseNegatives(), "bits"),
    "AUC": (lambda lib: lib.AUC(), "bits"),
    "AUC, 5 thresholds": (lambda lib: lib.AUC(num_thresholds=5), "bits"),
    "AUC, PR": (lambda lib: lib.AUC(curve="PR"), "bits"),
    "AUC, logits": (lambda lib: lib.AUC(from_logits=True), "bits"),
    "F1Score": (lambda lib: lib.F1Score(), "classes"),
    "F1Score, macro": (lambda lib: lib.F1Score(average="macro"), "classes"),
    "F1Score, micro": (lambda lib: lib.F1Score(average="micro"), "classes"),
    "F1Score, weighted, threshold": (
        lambda lib: lib.F1Score(average="weighted", threshold=0.5),
        "bits",
    ),
    "FBetaScore": (lambda lib: lib.FBetaScore(average="macro", beta=2.0), "classes"),
}


def draw(kind: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw targets and predictions of n examples and four outputs."""
    shape, labels = (n, 4), rng.integers(0, 4, n)
    shares = rng.dirichlet(np.ones(4), n)
    return {
        "real": (rng.standard_normal(shape), rng.standard_normal(shape)),
        "positive": (rng.uniform(0.1, 5, shape), rng.uniform(0.1, 5, shape)),
        "signs": (rng.choice([-1.0, 1.0], shape), rng.standard_normal(shape)),
        "bits": (rng.integers(0, 2, shape).astype(np.float64), rng.uniform(0, 1, shape)),
        "classes": (np.eye(4)[labels], shares),
        "labels": (labels, shares),
    }[kind]


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("name", CASES)
def test_same_value(name: str, weighted: bool, compare: Compare) -> None:
    make, kind = CASES[name]
    ours, theirs = make(metrics), make(keras.metrics)
    kind_of_y = np.float32 if "TopK" in name else np.float64  # TensorFlow has no other
    rng = np.random.default_rng(0)
    for n in (5, 1, 20):
        t, y = draw(kind, n, rng)
        weights = rng.uniform(0.5, 2, n) if weighted else None
        ours.update(ours.targets(t, (4,)), y, weights)
        theirs.update_state(t, y.astype(kind_of_y), weights)
    found, expected = np.array(ours.result()), np.array(theirs.result())
    assert found.shape == expected.shape
    worst = float(np.abs(found - expected).max())
    bound = 1e-12 if kind_of_y is np.float64 else 1e-6
    compare("Metrics, float64", name + ", weighted" * weighted, worst, bound)
    ours.reset()
    t, y = draw(kind, 3, rng)
    ours.update(ours.targets(t, (4,)), y)
    theirs.reset_state()
    theirs.update_state(t, y.astype(kind_of_y))
    np.testing.assert_allclose(ours.result(), np.array(theirs.result()), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_same_name(name: str) -> None:
    ours, theirs = CASES[name][0](metrics), CASES[name][0](keras.metrics)
    assert ours.name == theirs.name.removesuffix("_" + theirs.name.rpartition("_")[2]) or (
        ours.name == theirs.name
    )
