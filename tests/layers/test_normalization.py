"""The layer that takes images as bytes."""

from pathlib import Path

import numpy as np
import pytest

from tinynet import Dense, Flatten, Normalization, Sequential, load_model
from tinynet.gradcheck import check_gradients
from tinynet.utils import standardize


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (50, 4, 4), dtype=np.uint8)


def test_adapt_measures_mean_and_variance(images: np.ndarray) -> None:
    layer = Normalization()
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
    layer = Normalization(2.0, 0.25, input_shape=(2,), name="scale")
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


@pytest.mark.parametrize("data", [np.empty((0, 3)), np.array([[np.nan, 1.0]])])
def test_adapt_refuses_what_has_no_mean(data: np.ndarray) -> None:
    layer = Normalization(3.0, 4.0)
    with pytest.raises(ValueError, match="x must"):
        layer.adapt(data)
    assert (layer.mean, layer.variance) == (3.0, 4.0)


def test_gradient() -> None:
    assert check_gradients(Normalization(2.0, 9.0), np.random.default_rng(0).normal(size=(3, 4)))


def model(*below: Normalization | Flatten) -> Sequential:
    model = Sequential([*below, Dense(8, "relu"), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_bytes_train_as_standardized_floats_do(images: np.ndarray) -> None:
    t = np.arange(50) % 3
    normalization = Normalization()
    normalization.adapt(images)
    as_bytes, as_floats = model(normalization, Flatten()), model(Flatten())
    as_bytes.fit(images, t, epochs=2, verbose=0)
    as_floats.fit(standardize(images), t, epochs=2, verbose=0)
    np.testing.assert_allclose(as_bytes.parameters, as_floats.parameters, rtol=1e-4, atol=1e-6)


def test_saved_with_the_model(images: np.ndarray, tmp_path: Path) -> None:
    normalization = Normalization(input_shape=(4, 4))
    normalization.adapt(images)
    saved = model(normalization, Flatten())
    saved.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.predict(images), saved.predict(images))
