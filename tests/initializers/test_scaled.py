"""Initial weights: the limits and variances of the papers, and where the randomness comes from."""

from collections.abc import Callable
from math import erf, exp, pi, sqrt

import numpy as np
import pytest

from tinynet import Dense, initializers

I, O = 400, 100  # noqa: E741 - fan-in and fan-out, unlike each other so that none passes for both
SHAPE = (I, O)
VARIANCES = {
    "glorot_uniform": 2 / (I + O),
    "glorot_normal": 2 / (I + O),
    "he_uniform": 2 / I,
    "he_normal": 2 / I,
    "lecun_uniform": 1 / I,
    "lecun_normal": 1 / I,
}


def draw(name: str, seed: int = 0) -> np.ndarray:
    return initializers.get(name)(SHAPE, np.random.default_rng(seed))


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance_are_the_papers(name: str) -> None:
    W = draw(name)
    # 40000 draws: the variance's standard error is below 0.7 %, the mean's below 0.5 % of std.
    assert W.var() == pytest.approx(VARIANCES[name], rel=0.03)
    assert abs(W.mean()) < 0.02 * sqrt(VARIANCES[name])


@pytest.mark.parametrize("name", ["glorot_uniform", "he_uniform", "lecun_uniform"])
def test_uniform_ones_fill_their_limits_evenly(name: str) -> None:
    limit = sqrt(3 * VARIANCES[name])
    W = draw(name)
    assert 0.999 * limit < np.abs(W).max() <= limit
    counts, _ = np.histogram(W, bins=10, range=(-limit, limit))
    assert np.abs(counts / W.size - 0.1).max() < 0.01


@pytest.mark.parametrize("name", ["glorot_normal", "he_normal", "lecun_normal"])
def test_normal_ones_are_cut_off_at_two_deviations(name: str) -> None:
    # A standard normal variable that is cut off at 2 has the variance 1 - 4 pdf(2) / P(|x| < 2);
    # cut off there and then scaled to the variance wanted, it ends at 2 / sqrt(that) deviations.
    inside = erf(sqrt(2))
    narrower = sqrt(1 - 4 * exp(-2) / sqrt(2 * pi) / inside)
    std = sqrt(VARIANCES[name]) / narrower
    W = draw(name)
    assert 0.999 * 2 * std < np.abs(W).max() <= 2 * std * (1 + 1e-12)
    # Within the limits it is a normal distribution: so much of it lies within one deviation.
    assert np.mean(np.abs(W) < std) == pytest.approx(erf(sqrt(0.5)) / inside, abs=0.01)


@pytest.mark.parametrize("name", VARIANCES)
def test_the_generator_passed_decides_and_no_other(name: str) -> None:
    first = draw(name)
    np.random.default_rng().random()
    np.random.seed(1)  # noqa: NPY002 - the global state must not matter
    np.testing.assert_array_equal(draw(name), first)
    assert (draw(name, seed=1) != first).all()


def test_zeros_draw_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert initializers.get("zeros")((2, 3), rng).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert rng.bit_generator.state == before


def test_layers_take_names_and_functions() -> None:
    layer = Dense(100, kernel_initializer="he_normal").build((400,))
    assert layer.W.var() == pytest.approx(2 / 400, rel=0.03)
    assert not layer.b.any()

    def sevens(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        return np.full(shape, 7.0)

    layer = Dense(2, kernel_initializer=sevens, bias_initializer=sevens).build((3,))
    assert layer.W.tolist() == [[7, 7]] * 3
    assert layer.b.tolist() == [7, 7]
    assert Dense(100).build((400,)).W.var() == pytest.approx(2 / 500, rel=0.03)


@pytest.mark.parametrize("shape", [(3,), (2, 3), ()])
def test_a_function_that_returns_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    wrong: Callable[..., np.ndarray] = lambda _, rng: np.zeros(shape)  # noqa: E731
    layer = Dense(2, kernel_initializer=wrong)
    with pytest.raises(ValueError, match=r"of dense.W must return shape \(3, 2\), received"):
        layer.build((3,))


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(ValueError, match=r"'glorot_unifrom'\. Did you mean 'glorot_uniform'\?"):
        Dense(2, kernel_initializer="glorot_unifrom")
    with pytest.raises(TypeError, match="initializer must be a name or an object"):
        Dense(2, bias_initializer=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", VARIANCES)
def test_a_vectors_fans_are_both_its_size(name: str) -> None:
    variance = {"g": 2 / (100 + 100), "h": 2 / 100, "l": 1 / 100}[name[0]]
    rng = np.random.default_rng(0)
    vectors = [initializers.get(name)((100,), rng) for _ in range(200)]
    assert np.var(vectors) == pytest.approx(variance, rel=0.03)


def test_axes_before_the_last_two_multiply_both_fans() -> None:
    """Nine places of a kernel see 4 inputs each: (3, 3, 4, 5) has a fan-in of 36."""
    assert initializers.fans((4, 5)) == (4, 5)
    assert initializers.fans((2, 4, 5)) == (8, 10)
    assert initializers.fans((3, 3, 4, 5)) == (36, 45)
    weights = initializers.he_normal((3, 3, 40, 50), np.random.default_rng(0))
    assert weights.var() == pytest.approx(2 / 360, rel=0.03)


@pytest.mark.parametrize("name", ["zeros", *VARIANCES])
def test_a_shape_is_called_by_its_name(name: str) -> None:
    with pytest.raises(TypeError, match=r"^shape must be a tuple such as"):
        initializers.get(name)("784", np.random.default_rng(0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^each size in shape must be at least 1, received 0"):
        initializers.get(name)((3, 0), np.random.default_rng(0))
