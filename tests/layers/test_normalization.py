"""The layer that takes images as bytes, and the threads that products run on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tinynet import Dense, Flatten, Normalization, Sequential, load_model, set_blas_threads
from tinynet._internal.threads import SMALL_PRODUCT, blas_threads
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


def blas_limit() -> int:
    """Of NumPy's BLAS: SciPy may have brought one of its own, which tinynet needn't know."""
    for pool in threadpool_info():
        folder = str(Path(pool["filepath"]).parent).rpartition("site-packages")[2]
        if pool["user_api"] == "blas" and "scipy" not in folder:
            return int(pool["num_threads"])
    raise AssertionError("no BLAS of NumPy's was found")


@pytest.fixture
def two_threads() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        yield
    set_blas_threads(None)


@pytest.mark.usefixtures("two_threads")
def test_small_products_run_on_one_thread_and_large_ones_are_left_alone() -> None:
    with blas_threads(SMALL_PRODUCT - 1):
        assert blas_limit() == 1
    assert blas_limit() == 2
    with blas_threads(SMALL_PRODUCT):
        assert blas_limit() == 2


@pytest.mark.usefixtures("two_threads")
def test_threads_come_back_after_an_exception() -> None:
    with pytest.raises(KeyError), blas_threads(1):
        raise KeyError
    assert blas_limit() == 2


@pytest.mark.usefixtures("two_threads")
def test_threads_can_be_set() -> None:
    set_blas_threads(1)
    with blas_threads(SMALL_PRODUCT):
        assert blas_limit() == 1
    set_blas_threads(2)
    with blas_threads(1):
        assert blas_limit() == 2
    with pytest.raises(ValueError, match="threads must be at least 1"):
        set_blas_threads(0)
