"""The losses besides the four of the course: values, derivatives, and a hundred steps with each."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from .conftest import Compare
from .twins import BATCH, OURS, THEIRS, Recipe, deviation, tf, twins, worst_ratio

STEPS = 100


class Case(NamedTuple):
    """A loss, the activation that a model ends in, and what targets are drawn for it."""

    loss: Recipe
    activation: str | None
    targets: str
    outputs: int = 4


CASES = {
    "MeanAbsoluteError": Case(lambda lib: lib.losses.MeanAbsoluteError(), None, "real"),
    "MeanAbsolutePercentageError": Case(
        lambda lib: lib.losses.MeanAbsolutePercentageError(), None, "real"
    ),
    "MeanSquaredLogarithmicError": Case(
        lambda lib: lib.losses.MeanSquaredLogarithmicError(), None, "positive"
    ),
    "Huber": Case(lambda lib: lib.losses.Huber(), None, "real"),
    "Huber(delta=0.25)": Case(lambda lib: lib.losses.Huber(delta=0.25), None, "real"),
    "Hinge": Case(lambda lib: lib.losses.Hinge(), "tanh", "signs"),
    "Hinge, one output, targets 0 and 1": Case(
        lambda lib: lib.losses.Hinge(), "tanh", "bits", outputs=1
    ),
    "SquaredHinge": Case(lambda lib: lib.losses.SquaredHinge(), "tanh", "signs"),
    "CategoricalHinge": Case(lambda lib: lib.losses.CategoricalHinge(), None, "one-hot"),
    "KLDivergence": Case(lambda lib: lib.losses.KLDivergence(), "softmax", "shares"),
    "Poisson": Case(lambda lib: lib.losses.Poisson(), "softplus", "counts"),
    "CosineSimilarity": Case(lambda lib: lib.losses.CosineSimilarity(), None, "real"),
    "BinaryFocalCrossentropy": Case(
        lambda lib: lib.losses.BinaryFocalCrossentropy(), "sigmoid", "bits"
    ),
    "BinaryFocalCrossentropy, balanced": Case(
        lambda lib: lib.losses.BinaryFocalCrossentropy(True, 0.75, 1.5), "sigmoid", "bits"
    ),
    "BinaryFocalCrossentropy, logits, smoothed": Case(
        lambda lib: lib.losses.BinaryFocalCrossentropy(True, 0.75, 1.5, True, 0.25), None, "bits"
    ),
}
FUNCTIONS = {
    "real": [
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("huber", "cosine_similarity"),
    ],
    "positive": ["mean_squared_logarithmic_error"],
    "counts": ["poisson"],
    "signs": ["hinge", "squared_hinge"],
    "one-hot": ["categorical_hinge"],
    "shares": ["kl_divergence", "categorical_crossentropy"],
    "bits": ["binary_crossentropy", "binary_focal_crossentropy"],
}


def make_targets(kind: str, n: int, outputs: int, rng: np.random.Generator) -> np.ndarray:
    shape = (n, outputs)
    made: dict[str, Any] = {
        "real": lambda: rng.standard_normal(shape),
        "positive": lambda: rng.uniform(0, 5, shape),
        "signs": lambda: rng.choice([-1.0, 1.0], shape),
        "bits": lambda: rng.integers(0, 2, shape).astype(np.float64),
        "one-hot": lambda: np.eye(outputs)[rng.integers(0, outputs, n)],
        "shares": lambda: rng.dirichlet(np.ones(outputs), n),
        "counts": lambda: rng.poisson(2.0, shape).astype(np.float64),
    }
    t: np.ndarray = made[kind]()
    return t


def make_predictions(case: Case, n: int, rng: np.random.Generator) -> np.ndarray:
    z = rng.standard_normal((n, case.outputs)) * rng.uniform(0.5, 2)
    by = {"softmax": lambda: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)}
    by["softplus"] = lambda: np.log1p(np.exp(z))
    by["sigmoid"] = lambda: 1 / (1 + np.exp(-z))
    return by[case.activation]() if case.activation in by else z


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivative(name: str, compare: Compare) -> None:
    """On 30 random batches of 1 to 40 examples."""
    case, rng, worst = CASES[name], np.random.default_rng(0), []
    ours, theirs = case.loss(OURS), case.loss(THEIRS)
    for _ in range(30):
        n = int(rng.integers(1, 41))
        t, y = make_targets(case.targets, n, case.outputs, rng), make_predictions(case, n, rng)
        prediction = tf.constant(y)
        with tf.GradientTape() as tape:
            tape.watch(prediction)
            value = theirs(t, prediction)
        worst.append(worst_ratio(np.array(ours(t, y)), value.numpy()))
        worst.append(deviation(ours.backward(t, y), tape.gradient(value, prediction).numpy()))
    compare("Losses, float64", f"{name}: value and derivative", max(worst), 1e-12)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
def test_focal_loss_of_large_logits(gamma: float, smoothing: float, compare: Compare) -> None:
    """On TensorFlow. On JAX, Keras clips the probabilities, and a certain error has no slope."""
    rng = np.random.default_rng(0)
    t = make_targets("bits", 200, 4, rng)
    z = rng.choice([-1.0, 1.0], t.shape) * 10 ** rng.uniform(0, 4, t.shape)
    ours, theirs = (
        library.losses.BinaryFocalCrossentropy(True, 0.75, gamma, True, smoothing)
        for library in (OURS, THEIRS)
    )
    prediction = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        value = theirs(t, prediction)
    worst = worst_ratio(np.array(ours(t, z)), value.numpy())
    slopes = tape.gradient(value, prediction).numpy()
    known = np.isfinite(slopes)  # with gamma below 1, TensorFlow's are NaN where nothing is missed
    worst = max(worst, deviation(ours.backward(t, z)[known], slopes[known]))
    name = f"BinaryFocalCrossentropy, gamma {gamma}, smoothing {smoothing}, logits up to 1e4"
    compare("Losses, float64", f"{name}: value and derivative", worst, 1e-12)


def test_tied_classes(compare: Compare) -> None:
    """Scores that are whole multiples of 0.3 tie often, and never lie on the margin."""
    rng, worst = np.random.default_rng(0), []
    ours, theirs = OURS.losses.CategoricalHinge(), THEIRS.losses.CategoricalHinge()
    for _ in range(30):
        n = int(rng.integers(1, 41))
        t, y = make_targets("one-hot", n, 4, rng), 0.3 * rng.integers(-1, 2, (n, 4))
        prediction = tf.constant(y)
        with tf.GradientTape() as tape:
            tape.watch(prediction)
            value = theirs(t, prediction)
        worst.append(deviation(ours.backward(t, y), tape.gradient(value, prediction).numpy()))
    compare("Losses, float64", "CategoricalHinge: derivative, tied classes", max(worst), 1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_hundred_steps(name: str, compare: Compare) -> None:
    case, rng = CASES[name], np.random.default_rng(0)
    n = STEPS * BATCH
    x, t = rng.standard_normal((n, 8)), make_targets(case.targets, n, case.outputs, rng)
    both = twins(8, ((16, "tanh"), (case.outputs, case.activation)))
    rate = np.float64(1e-4 if "Percentage" in name else 0.01)
    both.compile(lambda lib: lib.optimizers.SGD(rate), case.loss)
    worst = [worst_ratio(*both.train(x, t)), both.weight_deviation()]
    compare("Losses, float64", f"{name}: losses and weights of 100 steps", max(worst), 1e-12)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_functions(kind: str) -> None:
    """One number for each example, of arrays of any shape, and of one example."""
    rng = np.random.default_rng(0)
    for name in FUNCTIONS[kind]:
        ours, theirs = (getattr(library.losses, name) for library in (OURS, THEIRS))
        t = make_targets(kind, 6, 4, rng)
        y = rng.dirichlet(np.ones(4), 6)
        for a, b in ((t, y), (t[0], y[0]), (t.reshape(3, 2, 4), y.reshape(3, 2, 4))):
            np.testing.assert_allclose(ours(a, b), theirs(a, tf.constant(b)).numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    "name",
    [
        *("mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "kld", "KLD", "bce", "BCE"),
        *("huber", "log_cosh", "hinge", "poisson", "cosine_similarity"),
    ],
)
def test_every_abbreviation_of_keras_is_known(name: str) -> None:
    theirs = THEIRS.losses.get(name)
    assert OURS.losses.get(getattr(OURS.losses, theirs.__name__))
    assert type(OURS.losses.get(name)) is type(
        OURS.losses.get(getattr(OURS.losses, theirs.__name__))
    )


def test_log_cosh(compare: Compare) -> None:
    """Keras rounds the logarithm of 2, which is taken off every value, to float32."""
    rounded = float(np.float32(np.log(2))) - np.log(2)
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((STEPS * BATCH, 8)), rng.standard_normal((STEPS * BATCH, 4))
    both = twins(8, ((16, "tanh"), (4, None)))
    both.compile(lambda lib: lib.optimizers.SGD(np.float64(0.01)), "log_cosh")
    ours, theirs = both.train(x, t)
    worst = max(worst_ratio(ours, np.array(theirs) + rounded), both.weight_deviation())
    compare("Losses, float64", "LogCosh: losses and weights of 100 steps", worst, 1e-12)
