"""The losses: value, derivative, and a training with each."""

from typing import NamedTuple

import numpy as np
import pytest

from .conftest import Compare
from .twins import OURS, THEIRS, Recipe, deviation, tf, twins, worst_ratio

special = pytest.importorskip("scipy.special")

Arrays = tuple[np.ndarray, np.ndarray]


class Case(NamedTuple):
    """A loss, the activation that a model ends in, and how targets and predictions come about."""

    loss: Recipe
    activation: str | None
    targets: str
    outputs: int


CASES = {
    "CategoricalCrossentropy": Case(
        lambda lib: lib.losses.CategoricalCrossentropy(), "softmax", "one-hot", 5
    ),
    "CategoricalCrossentropy, probabilities as targets": Case(
        lambda lib: lib.losses.CategoricalCrossentropy(), "softmax", "soft", 5
    ),
    "CategoricalCrossentropy(from_logits=True)": Case(
        lambda lib: lib.losses.CategoricalCrossentropy(from_logits=True), None, "one-hot", 5
    ),
    "CategoricalCrossentropy(from_logits=True), probabilities as targets": Case(
        lambda lib: lib.losses.CategoricalCrossentropy(from_logits=True), None, "soft", 5
    ),
    "SparseCategoricalCrossentropy": Case(
        lambda lib: lib.losses.SparseCategoricalCrossentropy(), "softmax", "labels", 5
    ),
    "SparseCategoricalCrossentropy, labels (N, 1)": Case(
        lambda lib: lib.losses.SparseCategoricalCrossentropy(), "softmax", "column", 5
    ),
    "SparseCategoricalCrossentropy(from_logits=True)": Case(
        lambda lib: lib.losses.SparseCategoricalCrossentropy(from_logits=True), None, "labels", 5
    ),
    "BinaryCrossentropy": Case(lambda lib: lib.losses.BinaryCrossentropy(), "sigmoid", "binary", 1),
    "BinaryCrossentropy, several outputs": Case(
        lambda lib: lib.losses.BinaryCrossentropy(), "sigmoid", "binary", 5
    ),
    "BinaryCrossentropy(from_logits=True)": Case(
        lambda lib: lib.losses.BinaryCrossentropy(from_logits=True), None, "binary", 5
    ),
    "MeanSquaredError": Case(lambda lib: lib.losses.MeanSquaredError(), None, "real", 5),
    "MeanSquaredError, one output": Case(
        lambda lib: lib.losses.MeanSquaredError(), None, "real", 1
    ),
}


def make_targets(case: Case, n: int, rng: np.random.Generator) -> np.ndarray:
    labels = rng.integers(0, case.outputs, n)
    return {
        "one-hot": np.eye(case.outputs)[labels],
        "soft": rng.dirichlet(np.ones(case.outputs), n),
        "labels": labels,
        "column": labels[:, np.newaxis],
        "binary": rng.integers(0, 2, (n, case.outputs)).astype(np.float64),
        "real": rng.standard_normal((n, case.outputs)),
    }[case.targets]


def value_and_derivative(case: Case, t: np.ndarray, y: np.ndarray) -> tuple[Arrays, Arrays]:
    """Return what tinynet and what Keras makes of targets t and predictions y."""
    ours, theirs = case.loss(OURS), case.loss(THEIRS)
    prediction = tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        value = theirs(t, prediction)
    derivative = tape.gradient(value, prediction).numpy()
    return (np.array(ours.forward(t, y)), ours.backward(t, y)), (value.numpy(), derivative)


def along_the_simplex(dy: np.ndarray) -> np.ndarray:
    """Take out what all entries of a row have in common.

    Probabilities sum to 1, so that they never move in that direction; and there the two differ,
    since Keras divides the predictions by their sum first (see ``test_differences.py``).
    """
    centred: np.ndarray = dy - dy.mean(axis=1, keepdims=True)
    return centred


def predictions(case: Case, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw logits, or probabilities between the 1e-7 and 1 - 1e-7 to which Keras cuts them."""
    z = rng.standard_normal((n, case.outputs)) * rng.uniform(0, 2)
    if case.activation == "softmax":
        z = special.softmax(z, axis=1)
    elif case.activation == "sigmoid":
        z = special.expit(z)
    return z


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivative(name: str, compare: Compare) -> None:
    """On 100 random batches of 1 to 40 examples."""
    case = CASES[name]
    rng = np.random.default_rng(0)
    worst = []
    for _ in range(100):
        n = int(rng.integers(1, 41))
        t, y = make_targets(case, n, rng), predictions(case, n, rng)
        (value, dy), (their_value, their_dy) = value_and_derivative(case, t, y)
        if case.activation == "softmax":
            dy, their_dy = along_the_simplex(dy), along_the_simplex(their_dy)
        worst += [worst_ratio(value, their_value), deviation(dy, their_dy)]
    compare("Losses, float64", f"{name}: value and derivative", max(worst), 1e-12)


@pytest.mark.parametrize("name", [name for name in CASES if "from_logits" in name])
def test_huge_logits(name: str, compare: Compare) -> None:
    """Logits from 1 to 1e300 either way, where probabilities round to 0 and 1."""
    case = CASES[name]
    rng = np.random.default_rng(0)
    t = make_targets(case, 300, rng)
    z = rng.choice([-1.0, 1.0], (300, 5)) * 10 ** rng.uniform(0, 300, (300, 5))
    (value, dz), (their_value, their_dz) = value_and_derivative(case, t, z)
    assert np.isfinite(value)
    worst = max(worst_ratio(value, their_value), deviation(dz, their_dz))
    compare("Losses, float64", f"{name}: the same, logits up to 1e300", worst, 1e-12)


@pytest.mark.parametrize("name", CASES)
def test_training(name: str, compare: Compare) -> None:
    """Twenty steps, each fifth of them with fewer examples."""
    case = CASES[name]
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((140, 8)), make_targets(case, 140, rng)
    both = twins(8, ((16, "tanh"), (case.outputs, case.activation)))
    both.compile("sgd", case.loss)
    worst = [worst_ratio(*both.train(x, t)) for _ in range(4)]
    worst.append(both.weight_deviation())
    compare("Losses, float64", f"{name}: losses and weights of 20 steps", max(worst), 1e-12)
