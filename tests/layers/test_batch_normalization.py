"""Batch and layer normalization: by hand, gradients, running means, and in a model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Layer, Sequential, load_model
from tinynet.gradcheck import check_gradients, numerical_gradient
from tinynet.layers import BatchNormalization, LayerNormalization

RNG = np.random.default_rng(0)
X = 3 * RNG.standard_normal((6, 4)) + 1


def built(layer: Layer, shape: tuple[int, ...] = (4,)) -> Any:
    """Return the layer with a gamma and beta that aren't 1 and 0."""
    layer.build(shape)
    for name in layer.parameter_names:
        getattr(layer, name)[...] = RNG.uniform(0.5, 2, getattr(layer, name).shape)
    return layer


@pytest.mark.parametrize("kind", [BatchNormalization, LayerNormalization])
@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_gradients(kind: Any, shape: tuple[int, ...]) -> None:
    x = 2 * RNG.standard_normal((5, *shape)) + 1
    check_gradients(built(kind(), shape), x).assert_ok()
    check_gradients(kind(center=False, scale=False, epsilon=0.1), x).assert_ok()


@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_gradient_of_the_batchs_statistics(shape: tuple[int, ...]) -> None:
    """In training mean and deviation depend on x: the whole derivation, against differences."""
    x, dy = 2 * RNG.standard_normal((5, *shape)) + 1, RNG.standard_normal((5, *shape))
    layer = built(BatchNormalization(epsilon=0.01), shape)

    def loss(values: np.ndarray) -> float:
        return float((layer.forward(values, training=True) * dy).sum())

    expected = numerical_gradient(loss, x)
    layer.forward(x, training=True)
    dx = layer.backward(dy)
    np.testing.assert_allclose(dx, expected, rtol=1e-6, atol=1e-8)
    axes = tuple(range(x.ndim - 1))
    np.testing.assert_allclose(dx.sum(axis=axes), 0, atol=1e-10)  # a shift changes nothing
    np.testing.assert_allclose(layer.dbeta, dy.sum(axis=axes))

    def loss_of_gamma(gamma: np.ndarray) -> float:
        kept = layer.gamma.copy()
        layer.gamma[...] = gamma
        value = loss(x)
        layer.gamma[...] = kept
        return value

    expected = numerical_gradient(loss_of_gamma, layer.gamma.copy())
    np.testing.assert_allclose(layer.dgamma, expected, rtol=1e-6)


def test_batch_normalization_by_hand() -> None:
    layer = built(BatchNormalization(epsilon=0.25, momentum=0.75))
    y = layer.forward(X, training=True)
    mean, variance = X.mean(axis=0), X.var(axis=0)
    expected = (X - mean) / np.sqrt(variance + 0.25) * layer.gamma + layer.beta
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    np.testing.assert_allclose(layer.moving_mean, 0.25 * mean)
    np.testing.assert_allclose(layer.moving_variance, 0.75 + 0.25 * variance)
    moving = layer.moving_mean.copy(), layer.moving_variance.copy()
    y = layer.forward(X)
    expected = (X - moving[0]) / np.sqrt(moving[1] + 0.25) * layer.gamma + layer.beta
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    np.testing.assert_array_equal(layer.moving_mean, moving[0])  # a look changes nothing
    dy = RNG.standard_normal(X.shape)
    np.testing.assert_allclose(layer.backward(dy), dy * layer.gamma / np.sqrt(moving[1] + 0.25))


def test_frozen_it_infers_in_training() -> None:
    layer = built(BatchNormalization())
    expected = layer.forward(X)
    layer.trainable = False
    np.testing.assert_array_equal(layer.forward(X, training=True), expected)
    assert not layer.moving_mean.any()


def test_layer_normalization_by_hand() -> None:
    layer = built(LayerNormalization(epsilon=0.25))
    mean, variance = X.mean(axis=1, keepdims=True), X.var(axis=1, keepdims=True)
    expected = (X - mean) / np.sqrt(variance + 0.25) * layer.gamma + layer.beta
    np.testing.assert_allclose(layer.forward(X, training=True), expected, rtol=1e-12)
    np.testing.assert_array_equal(layer.forward(X), layer.forward(X, training=True))


@pytest.mark.parametrize("kind", [BatchNormalization, LayerNormalization])
def test_float32_stays(kind: Any) -> None:
    layer = kind()
    y = layer.forward(X.astype(np.float32), training=True)
    dx = layer.backward(np.ones_like(y))
    assert {a.dtype.name for a in (y, dx, *layer.weights)} == {"float32"}


def test_in_a_model_it_is_counted_saved_and_resumed(tmp_path: Path) -> None:
    def model() -> Sequential:
        stack = [Dense(8, use_bias=False), BatchNormalization(), Dense(1)]
        model = Sequential(stack, seed=0)
        model.compile("rmsprop", "mse")
        return model

    x, y = RNG.standard_normal((60, 4)), RNG.standard_normal(60)
    whole, first = model(), model()
    whole.fit(x, y, epochs=4, verbose=0)
    assert whole.count_params() == 4 * 8 + 4 * 8 + 9
    assert [layer.count_params() for layer in whole.layers] == [4 * 8, 4 * 8, 9]
    assert whole.parameters.size == 4 * 8 + 2 * 8 + 9
    shapes = [w.shape for w in whole.get_weights()]
    assert shapes == [(4, 8), (8,), (8,), (8,), (8,), (8, 1), (1,)]
    first.fit(x, y, epochs=2, verbose=0)
    first.save(tmp_path / "m.npz")
    second = load_model(tmp_path / "m.npz")
    second.fit(x, y, epochs=4, initial_epoch=2, verbose=0)
    assert second.values.tobytes() == whole.values.tobytes()
    assert second.history.whole_run.history == whole.history.history
    check_gradients(whole, x[:8], y[:8]).assert_ok()


def test_what_it_cant_do_is_refused() -> None:
    with pytest.raises(ValueError, match="along the last axis, axis=-1, received axis=2"):
        BatchNormalization(axis=2).build((4,))
    assert BatchNormalization(axis=1).build((4,)).parameters["gamma"].shape == (4,)
    with pytest.raises(ValueError, match="epsilon must be at least 0"):
        LayerNormalization(epsilon=-1)
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 4\)"):
        BatchNormalization().build((4,)).forward(np.ones((2, 3)))
    layer = BatchNormalization().build((4,))
    with pytest.raises(
        ValueError, match=r"must have entries along axis 0, received shape \(0, 4\)"
    ):
        layer.forward(np.ones((0, 4)), training=True)
    assert layer.moving_mean.tolist() == [0, 0, 0, 0]
    assert layer.forward(np.ones((0, 4))).shape == (0, 4)


@pytest.mark.parametrize("momentum", [2.0, 1.01, -0.1, float("nan")])
def test_momentum_is_a_share(momentum: float) -> None:
    with pytest.raises(ValueError, match=r"momentum must be (from 0 to 1|at least 0)"):
        BatchNormalization(momentum=momentum)
    layer = BatchNormalization(input_shape=(4,))
    model = Sequential([layer, Dense(1)])
    model.compile("sgd", "mse")
    layer.momentum = momentum
    with pytest.raises(ValueError, match=r"momentum must be (from 0 to 1|at least 0)"):
        model.fit(X, X[:, :1], verbose=0)


@pytest.mark.parametrize("momentum", [0, 1])
def test_the_running_mean_of_the_largest_and_smallest_momentum(momentum: int) -> None:
    layer = BatchNormalization(momentum=momentum)
    layer.forward(X, training=True)
    expected = np.zeros(4) if momentum else X.mean(axis=0)
    assert np.array_equal(layer.moving_mean, expected)


def test_a_large_batch_far_from_zero_in_float32() -> None:
    """Summed in float32, the mean of 60,000 numbers near 10,000 is off by more than 1."""
    x = (10_000 + np.random.default_rng(0).standard_normal((60_000, 2))).astype(np.float32)
    layer = BatchNormalization(momentum=0.0).build((2,), dtype="float32")
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, x.mean(axis=0, dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, x.var(axis=0, dtype=np.float64), rtol=1e-3)
