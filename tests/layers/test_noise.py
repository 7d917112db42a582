"""Noise in training: its moments, what becomes of the gradient, and nothing of it in prediction."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet import layers
from tinynet.gradcheck import check_gradients

LAYERS: dict[str, Callable[..., Any]] = {
    "GaussianNoise": lambda **seed: layers.GaussianNoise(0.5, **seed),
    "GaussianDropout": lambda **seed: layers.GaussianDropout(0.25, **seed),
    "AlphaDropout": lambda **seed: layers.AlphaDropout(0.25, **seed),
}


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((400, 250))


@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name: str) -> None:
    check_gradients(LAYERS[name](), np.random.default_rng(0).normal(size=(6, 5))).assert_ok()


@pytest.mark.parametrize("name", LAYERS)
def test_prediction_changes_nothing(name: str, x: np.ndarray) -> None:
    layer = LAYERS[name]()
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(name: str, dtype: str) -> None:
    layer, x = LAYERS[name](), np.ones((3, 4), dtype)
    assert layer.forward(x, training=True).dtype == dtype
    assert layer.backward(x).dtype == dtype


@pytest.mark.parametrize("name", LAYERS)
def test_the_same_seed_gives_the_same_noise(name: str, x: np.ndarray) -> None:
    first, second, other = (LAYERS[name](seed=seed) for seed in (1, 1, 2))
    y = first.forward(x, training=True)
    np.testing.assert_array_equal(y, second.forward(x, training=True))
    assert (y != other.forward(x, training=True)).any()
    assert (y != first.forward(x, training=True)).any()
    again = type(first)(**first.get_config())
    np.testing.assert_array_equal(y, again.forward(x, training=True))


def test_added_noise(x: np.ndarray) -> None:
    layer = LAYERS["GaussianNoise"](seed=0)
    noise = layer.forward(x, training=True) - x
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.std() == pytest.approx(0.5, rel=0.01)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_multiplied_noise(x: np.ndarray) -> None:
    layer = LAYERS["GaussianDropout"](seed=0)
    factor = layer.forward(np.ones_like(x), training=True)
    assert factor.mean() == pytest.approx(1, abs=0.01)
    assert factor.var() == pytest.approx(0.25 / 0.75, rel=0.02)
    np.testing.assert_array_equal(layer.backward(x), x * factor)


def test_alpha_dropout_keeps_the_moments(x: np.ndarray) -> None:
    layer = LAYERS["AlphaDropout"](seed=0)
    y = layer.forward(x, training=True)
    assert y.mean() == pytest.approx(x.mean(), abs=0.01)
    assert y.var() == pytest.approx(x.var(), rel=0.02)
    dropped = layer.backward(np.ones_like(x)) == 0
    assert dropped.mean() == pytest.approx(0.25, abs=0.01)
    assert np.ptp(y[dropped]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
@pytest.mark.parametrize("kind", [layers.GaussianDropout, layers.AlphaDropout])
def test_a_rate_that_isnt_one_is_refused(kind: Any, rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        kind(rate)
    with pytest.raises(ValueError, match="stddev must be at least 0"):
        layers.GaussianNoise(-1)


def test_a_network_with_noise_learns_and_predicts_without() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = (x.sum(axis=1) > 0).astype(int)
    stack = [
        layers.GaussianNoise(0.1, input_shape=(3,)),
        tn.Dense(8, "selu", kernel_initializer="lecun_normal"),
        layers.AlphaDropout(0.1),
        layers.GaussianDropout(0.1),
        tn.Dense(1, "sigmoid"),
    ]
    model = tn.Sequential(stack, seed=0)
    model.compile(tn.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=20, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] > 0.95
    np.testing.assert_array_equal(model.predict(x), model.predict(x))


@pytest.mark.parametrize("name", LAYERS)
def test_lists_and_bytes_are_taken_as_floats(name: str) -> None:
    rows = [[0, 1, 7], [3, 2, 2]]
    expected = LAYERS[name](seed=1).forward(np.array(rows, np.float64), training=True)
    for x in (rows, np.array(rows, np.uint8)):
        y = LAYERS[name](seed=1).forward(x, training=True)
        assert y.dtype == np.float64
        np.testing.assert_array_equal(y, expected)
