"""Settings that few use: every reduction with weights and smoothing, rows in a further axis."""

from typing import Any

import numpy as np
import pytest

from tinynet import initializers, metrics

from .test_stacks import pair
from .twins import OURS, THEIRS, keras, tf, worst_ratio

random_initializers = pytest.importorskip("keras.src.initializers.random_initializers")

# Losses with their settings, and what is drawn for them.
LOSSES: list[tuple[str, dict[str, Any], str]] = [
    *[
        ("CategoricalCrossentropy", {"label_smoothing": a, "from_logits": b}, "classes")
        for a in (0.0, 0.25, 1.0)
        for b in (False, True)
    ],
    *[
        ("BinaryCrossentropy", {"label_smoothing": a, "from_logits": b}, "bits")
        for a in (0.0, 0.25, 1.0)
        for b in (False, True)
    ],
    *[
        (
            "BinaryFocalCrossentropy",
            {"gamma": gamma, "apply_class_balancing": True, "label_smoothing": 0.25},
            "bits",
        )
        for gamma in (0.0, 0.5, 1.0, 3.5)
    ],
    ("SparseCategoricalCrossentropy", {}, "labels"),
    ("Huber", {"delta": 0.0}, "bits"),
    ("Hinge", {}, "bits"),
    ("KLDivergence", {}, "classes"),
    ("CategoricalHinge", {}, "classes"),
    ("CosineSimilarity", {}, "bits"),
]


def draw(kind: str, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    if kind == "bits":
        return rng.integers(0, 2, shape).astype(np.float64), rng.uniform(0.05, 0.95, shape)
    labels, y = (
        rng.integers(0, shape[-1], shape[:-1]),
        rng.dirichlet(np.ones(shape[-1]), shape[:-1]),
    )
    return labels if kind == "labels" else np.eye(shape[-1])[labels], y


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", "sum", "none", None])
@pytest.mark.parametrize(("name", "settings", "kind"), LOSSES)
def test_reductions_with_weights(
    name: str, settings: dict[str, Any], kind: str, reduction: str | None
) -> None:
    t, y = draw(kind, (7, 4))
    weights = np.array([0, 0.5, 1, 1.5, 2, 0, 3])
    ours, theirs = (
        getattr(library.losses, name)(**settings, reduction=reduction) for library in (OURS, THEIRS)
    )
    for w in (None, weights):
        expected = theirs(t, tf.constant(y), sample_weight=w).numpy()
        np.testing.assert_allclose(ours(t, y, sample_weight=w), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["KLDivergence", "CategoricalHinge", "CosineSimilarity"])
def test_rows_in_a_further_axis(name: str) -> None:
    t, y = draw("classes", (5, 3, 4))
    ours, theirs = (getattr(library.losses, name)() for library in (OURS, THEIRS))
    prediction = tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        value = theirs(t, prediction)
    assert ours(t, y) == pytest.approx(float(value), rel=1e-12, abs=0)
    slopes = tape.gradient(value, prediction).numpy()
    np.testing.assert_allclose(ours.backward(t, y), slopes, rtol=1e-12, atol=1e-15)


SUMMED = (
    *("BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalHinge", "CosineSimilarity"),
    *("Hinge", "Huber", "KLDivergence", "MeanAbsoluteError", "MeanAbsolutePercentageError"),
    *("MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson", "SquaredHinge"),
)


@pytest.mark.parametrize("shape", [(5, 4), (5, 3, 4), (2, 2, 3, 4)])
@pytest.mark.parametrize("name", SUMMED)
def test_a_sum_adds_the_rows_in_further_axes(name: str, shape: tuple[int, ...]) -> None:
    t, y = draw("bits" if name[:6] == "Binary" else "classes", shape)
    ours, theirs = (getattr(library.losses, name)(reduction="sum") for library in (OURS, THEIRS))
    prediction = tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        value = theirs(t, prediction)
    assert ours(t, y) == pytest.approx(float(value), rel=1e-12, abs=0)
    assert ours.forward(t, y) == pytest.approx(float(value), rel=1e-12, abs=0)
    slopes = tape.gradient(value, prediction).numpy()
    np.testing.assert_allclose(ours.backward(t, y), slopes, rtol=1e-12, atol=1e-15)


def test_training_with_a_sum_of_rows_in_a_further_axis() -> None:
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((9, 5)), rng.standard_normal((9, 2, 3))
    both = pair(lambda lib: [lib.layers.Dense(6), lib.layers.Reshape((2, 3))], inputs=5)
    both.compile("sgd", lambda lib: lib.losses.MeanSquaredError(reduction="sum"))
    histories = [
        model.fit(x, t, batch_size=4, shuffle=False, verbose=0).history["loss"] for model in both
    ]
    assert worst_ratio(*histories) < 1e-12
    assert both.weight_deviation() < 1e-12


def test_top_k_of_rows_in_a_further_axis() -> None:
    t, y = draw("classes", (6, 3, 5))
    for k in (1, 2, 4):
        ours, theirs = (lib.TopKCategoricalAccuracy(k=k) for lib in (metrics, keras.metrics))
        assert ours(t, y) == pytest.approx(float(theirs(t, y.astype(np.float32))), rel=1e-6)


@pytest.mark.parametrize("shape", [(3,), (4, 5), (2, 4, 5), (3, 3, 4, 5)])
def test_fans(shape: tuple[int, ...]) -> None:
    assert initializers.fans(shape) == random_initializers.compute_fans(shape)
