"""Tests of the toys in two dimensions."""

import math
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from tinynet.datasets import circles, moons, spirals, synthetic_digits

# The toys

TOYS: list[Callable[..., tuple[np.ndarray, np.ndarray]]] = [spirals, moons, circles]
each_toy = pytest.mark.parametrize("toy", TOYS, ids=["spirals", "moons", "circles"])


@each_toy
@pytest.mark.parametrize("n_samples", [3, 100, 101])
def test_toys_have_the_promised_form(
    toy: Callable[..., tuple[np.ndarray, np.ndarray]], n_samples: int
) -> None:
    x, y = toy(n_samples)
    assert x.shape == (n_samples, 2)
    assert x.dtype == np.float32
    assert y.shape == (n_samples,)
    assert y.dtype == np.int64
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    assert counts[0] == counts.max()


@each_toy
def test_toys_are_seeded_and_shuffled(toy: Callable[..., tuple[np.ndarray, np.ndarray]]) -> None:
    x, y = toy(200, seed=5)
    again_x, again_y = toy(200, seed=5)
    np.testing.assert_array_equal(x, again_x)
    np.testing.assert_array_equal(y, again_y)
    assert not np.array_equal(x, toy(200, seed=6)[0])
    # Every class is in the last tenth, which validation_split=0.1 would take.
    assert set(y[-20:]) == set(y)


@each_toy
def test_toys_noise_has_the_given_standard_deviation(
    toy: Callable[..., tuple[np.ndarray, np.ndarray]],
) -> None:
    clean, noisy = toy(20_000, noise=0.0, seed=3), toy(20_000, noise=0.25, seed=3)
    np.testing.assert_array_equal(clean[1], noisy[1])
    difference = noisy[0] - clean[0]
    np.testing.assert_allclose(difference.std(axis=0), 0.25, rtol=0.03)
    np.testing.assert_allclose(difference.mean(axis=0), 0.0, atol=0.01)


def test_moons_lie_on_their_half_circles() -> None:
    x, y = moons(301, noise=0.0)
    upper, lower = x[y == 0], x[y == 1] - [1, 0.5]
    for half in (upper, lower):
        np.testing.assert_allclose(np.hypot(half[:, 0], half[:, 1]), 1, rtol=1e-6)
    assert upper[:, 1].min() > -1e-6
    assert lower[:, 1].max() < 1e-6
    np.testing.assert_allclose(np.sort(upper[:, 0])[[0, 75, 150]], [-1, 0, 1], atol=1e-6)


def test_circles_lie_on_their_circles() -> None:
    x, y = circles(100, factor=0.3, noise=0.0)
    np.testing.assert_allclose(np.hypot(*x[y == 0].T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*x[y == 1].T), 0.3, rtol=1e-6)
    angles = np.sort(np.arctan2(x[y == 0, 1], x[y == 0, 0]))
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 50, atol=1e-5)


@pytest.mark.parametrize("n_classes", [1, 2, 3, 5])
def test_spirals_lie_on_their_arms(n_classes: int) -> None:
    x, y = spirals(400, n_classes=n_classes, noise=0.0)
    assert set(y) == set(range(n_classes))
    radius = np.hypot(x[:, 0], x[:, 1])
    np.testing.assert_allclose([radius.min(), radius.max()], [0.1, 1], rtol=1e-6)
    # Turned back by its class and its radius, every point lies on the x axis.
    angle = np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * y / n_classes - 1.5 * np.pi * radius
    np.testing.assert_allclose(np.cos(angle), 1, atol=1e-6)


@each_toy
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 1}, ValueError, "n_samples must be at least [23], received 1"),
        ({"n_samples": 10.0}, TypeError, "n_samples must be a whole number, received 10.0"),
        ({"n_samples": "10"}, TypeError, "n_samples must be a whole number, received '10'"),
        ({"noise": -0.1}, ValueError, "noise must be at least 0, received -0.1"),
        ({"noise": math.nan}, ValueError, "noise must be at least 0, received nan"),
        ({"noise": None}, TypeError, "noise must be a number, received None"),
        ({"noise": "0.1"}, TypeError, "noise must be a number, received '0.1'"),
        ({"seed": -1}, ValueError, "seed must be at least 0, received -1"),
        ({"seed": None}, TypeError, "seed must be a whole number, received None"),
    ],
)
def test_toys_refuse_bad_arguments(
    toy: Callable[..., tuple[np.ndarray, np.ndarray]],
    arguments: dict[str, object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        toy(**arguments)


def test_circles_and_spirals_refuse_their_own_bad_arguments() -> None:
    for factor in (1.0, -0.5, 2):
        with pytest.raises(ValueError, match="factor must be at least 0 and below 1, received"):
            circles(factor=factor)
    with pytest.raises(ValueError, match="n_classes must be at least 1, received 0"):
        spirals(n_classes=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spirals(10**11), "n_samples must be at most 10000000, received 100000000000"),
        (lambda: moons(10**11), "n_samples must be at most 10000000"),
        (lambda: circles(10**11), "n_samples must be at most 10000000"),
        (lambda: spirals(n_classes=10**11), "n_classes must be at most 1000"),
        (lambda: moons(noise=1e300), r"noise must be at most 1e\+30, received 1e\+300"),
        (lambda: moons(noise=10**400), "noise must be"),
        (lambda: moons(10**5000), "n_samples must be at most"),
        (lambda: moons(-(10**5000)), "n_samples must be at least"),
        (lambda: synthetic_digits.load_data(10**11), "n_train must be at most 1000000"),
        (lambda: synthetic_digits.load_data(5, 10**7), "n_test must be at most 1000000"),
        (lambda: synthetic_digits.load_data(5, 5, -1), "seed must be at least 0"),
    ],
)
def test_sizes_are_refused_before_memory_is_asked_for(
    call: Callable[[], object], message: str
) -> None:
    tracemalloc.start()
    with pytest.raises(ValueError, match=message):
        call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_the_largest_noise_gives_finite_points() -> None:
    assert np.isfinite(moons(1000, noise=1e30)[0]).all()


def test_a_seed_of_any_size() -> None:
    assert np.array_equal(moons(seed=10**5000)[0], moons(seed=10**5000)[0])
