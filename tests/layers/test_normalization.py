"""The layer that takes images as bytes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Flatten, Normalization, Sequential, layers, load_model
from tinynet.gradcheck import check_gradients
from tinynet.utils import standardize


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (50, 4, 4), dtype=np.uint8)


def test_adapt_measures_mean_and_variance(images: np.ndarray) -> None:
    layer = Normalization(axis=None)
    layer.adapt(images)
    assert layer.mean == pytest.approx(images.mean())
    assert layer.variance == pytest.approx(images.var())
    y = layer.forward(images)
    assert y.mean() == pytest.approx(0, abs=1e-12)
    assert y.std() == pytest.approx(1)


def test_without_mean_and_variance_it_changes_nothing() -> None:
    layer = Normalization(name="scale")
    assert layer.name == "scale"
    np.testing.assert_array_equal(layer.forward([[1, 2.5], [-3, 0]]), [[1, 2.5], [-3, 0]])  # type: ignore[arg-type]


def test_its_configuration_makes_it_again() -> None:
    layer = Normalization(None, 2.0, 0.25, input_shape=(2,), name="scale")
    again = Normalization(**layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.name == "scale"
    np.testing.assert_array_equal(again.forward(np.array([[3.0, 1.0]])), [[2, -2]])


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"variance must be at least 0, received -0.5"):
        Normalization(variance=-0.5)
    assert Normalization(variance=0.5).variance == 0.5
    with pytest.raises((TypeError, ValueError), match="x must"):
        Normalization().adapt([["one", "two"]])


def test_constant_data_become_zeros() -> None:
    layer = Normalization()
    layer.adapt(np.full((3, 2), 7, dtype=np.uint8))
    np.testing.assert_array_equal(layer.forward(np.full((1, 2), 7)), [[0, 0]])


HUGE = np.array([[1e200, 1.0], [-1e200, 2.0]])  # whose squares are infinite


@pytest.mark.parametrize("axis", [-1, None])
@pytest.mark.parametrize(
    "data", [np.empty((0, 3)), np.array([[np.nan, 1.0]]), HUGE, np.full((2, 2), 1.7e308)]
)
def test_adapt_refuses_what_has_no_mean(data: np.ndarray, axis: Any) -> None:
    layer = Normalization(axis, mean=3.0, variance=4.0)
    with pytest.raises(ValueError, match=r"x must|of x must be finite in float64"):
        layer.adapt(data)
    assert (layer.mean, layer.variance) == (3.0, 4.0)


def test_gradient() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    layer = Normalization(mean=[1, 2, 3, 4], variance=[1, 4, 9, 16])
    assert check_gradients(Normalization(mean=2.0, variance=9.0), x)
    assert check_gradients(layer, x)
    assert check_gradients(Normalization(mean=2.0, variance=9.0, invert=True), x)


def test_each_feature_has_its_own_mean_by_default() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)) * [1, 100, 1e4] + [0, 50, -1e5]
    layer = Normalization()
    layer.adapt(x)
    np.testing.assert_allclose(layer.mean, x.mean(axis=0))
    np.testing.assert_allclose(layer.variance, x.var(axis=0))
    y = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), 1)
    back = Normalization(mean=layer.mean, variance=layer.variance, invert=True)
    np.testing.assert_allclose(back.forward(y), x)
    with pytest.raises(ValueError, match=r"expected 3 entries along axis \(-1,\), one"):
        layer.forward(x[:, :2])
    layer.adapt(x[:, 0])  # one feature
    np.testing.assert_allclose(layer.mean, [x[:, 0].mean()])


@pytest.mark.parametrize("axis", [-1, 1, 2, (1, 2), (1, -1)])
def test_other_axes(axis: int | tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=(50, 3, 4)) * np.arange(1, 5)
    layer = Normalization(axis=axis)
    layer.adapt(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    others = tuple({0, 1, 2} - {a % 3 for a in axes})
    expected = (x - x.mean(axis=others, keepdims=True)) / x.std(axis=others, keepdims=True)
    np.testing.assert_allclose(layer.forward(x), expected)
    assert layer.forward(x.astype(np.float32)).dtype == np.float32


def model(*below: Normalization | Flatten) -> Sequential:
    model = Sequential([*below, Dense(8, "relu"), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_bytes_train_as_standardized_floats_do(images: np.ndarray) -> None:
    t = np.arange(50) % 3
    normalization = Normalization(axis=None)
    normalization.adapt(images)
    as_bytes, as_floats = model(normalization, Flatten()), model(Flatten())
    as_bytes.fit(images, t, epochs=2, verbose=0)
    as_floats.fit(standardize(images), t, epochs=2, verbose=0)
    np.testing.assert_allclose(as_bytes.parameters, as_floats.parameters, rtol=1e-4, atol=1e-6)


def test_saved_with_the_model(images: np.ndarray, tmp_path: Path) -> None:
    normalization = Normalization(axis=None, input_shape=(4, 4))
    normalization.adapt(images)
    saved = model(normalization, Flatten())
    saved.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.predict(images), saved.predict(images))


def test_features_are_saved_and_one_mean_from_an_earlier_release_loads(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(50, 3)) * [1, 100, 1e4]
    normalization = Normalization(input_shape=(3,))
    normalization.adapt(x)
    saved = model(normalization)
    saved.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.predict(x), saved.predict(x))
    settings: dict[str, Any] = {"mean": 33.3, "variance": 6172.0, "input_shape": (3,), "name": "n"}
    old = Normalization(**settings)
    assert (old.mean, old.variance) == (33.3, 6172.0)
    np.testing.assert_allclose(old.forward(x), (x - 33.3) / 6172**0.5)


def test_given_means_are_those_of_the_last_axis() -> None:
    layer = Normalization(None, mean=[0.0, 1.0], variance=[1.0, 4.0])
    x = np.array([[1.0, 3.0], [1.0, 3.0], [2.0, 5.0]])
    np.testing.assert_array_equal(layer.forward(x), [[1, 1], [1, 1], [2, 2]])


def test_limits_of_an_axis() -> None:
    """An axis that the input hasn't is found when there is an input."""
    for kind in (layers.Normalization, layers.BatchNormalization, layers.LayerNormalization):
        kind(axis=-9)
        with pytest.raises(ValueError, match="axis must be at least -9, received -10"):
            kind(axis=-10)


@pytest.mark.parametrize("axis", [-1, 1, None])
def test_float32_data_far_from_zero_lose_nothing(axis: int | None) -> None:
    """The mean, 1e9 and a little, lies between two numbers of float32, which are 64 apart."""
    x = (1e9 + 300 * np.random.default_rng(0).normal(size=(200, 3, 2))).astype(np.float32)
    others = {-1: (0, 1), 1: (0, 2), None: (0, 1, 2)}[axis]
    exact = x.astype(float)
    expected = exact - exact.mean(axis=others, keepdims=True)
    expected /= exact.std(axis=others, keepdims=True)
    layer = Normalization(axis=axis)
    layer.adapt(x)
    assert layer.forward(x).dtype == np.float32
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-6, atol=1e-7)
