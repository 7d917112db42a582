"""One-hot labels, seeds, and data made ready without large temporaries."""

import random
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinynet import Dense, Dropout, Sequential
from tinynet.utils import set_random_seed, standardize, to_categorical

# One-hot labels


def test_to_categorical_by_hand() -> None:
    encoded = to_categorical([5, 0, 9])
    assert encoded.tolist() == [
        [0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
    assert encoded.dtype == np.float32
    assert to_categorical([1], num_classes=3).tolist() == [[0, 1, 0]]
    assert to_categorical([]).shape == (0, 0)
    assert to_categorical([], 3).shape == (0, 3)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=30), st.integers(0, 3))
def test_argmax_undoes_to_categorical(labels: list[int], more: int) -> None:
    classes = max(labels) + 1 + more
    for y in (labels, np.array(labels, np.uint8), np.array(labels, float)[:, np.newaxis]):
        encoded = to_categorical(y, classes)
        assert encoded.shape == (len(labels), classes)
        assert encoded.argmax(axis=1).tolist() == labels
        assert (np.sort(encoded, axis=1)[:, -1] == 1).all()
        assert encoded.sum() == len(labels)


@pytest.mark.parametrize(
    ("y", "classes", "message"),
    [
        ([0, 3], 3, r"whole numbers from 0 to 2, received 3 at \[1\]"),
        ([0, -1], None, r"whole numbers from 0 up, received -1 at \[1\]"),
        ([0.5], None, r"received 0\.5 at \[0\]"),
        ([float("nan")], None, r"y must be finite, received nan at \[0\]"),
        ([[0, 1]], None, r"labels of shape \(N,\) or \(N, 1\), received \(1, 2\)"),
        ([0], 0, "num_classes must be at least 1, received 0"),
        (["five"], None, "array of real numbers"),
    ],
)
def test_what_isnt_a_label_is_refused(y: Any, classes: int | None, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        to_categorical(y, classes)


# Seeds


def test_set_random_seed_repeats_everything_without_a_seed_of_its_own() -> None:
    x, y = np.arange(20.0).reshape(10, 2) / 20, np.arange(10) % 2

    def run() -> tuple[list[float], bytes, float, float]:
        model = Sequential([Dense(4, "relu"), Dropout(0.5), Dense(2, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        losses = model.fit(x, y, batch_size=3, epochs=3, verbose=0).history["loss"]
        alone = Dense(2).build((3,)).W.tobytes()
        return losses, alone, random.random(), float(np.random.random())  # noqa: NPY002

    set_random_seed(7)
    first, after = run(), run()
    set_random_seed(7)
    assert run() == first
    assert all(a != b for a, b in zip(first, after, strict=True)), "but not the same each time"
    set_random_seed(8)
    assert all(a != b for a, b in zip(first, run(), strict=True))


def test_global_generators_are_never_drawn_from() -> None:
    before = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index] # noqa: NPY002
    model = Sequential([Dense(4, "relu"), Dropout(0.5), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    after = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index] # noqa: NPY002
    assert before == after


def test_wrong_seeds_are_refused() -> None:
    for seed, kind in ((-1, ValueError), (2**32, ValueError), (1.5, TypeError), ("a", TypeError)):
        with pytest.raises(kind, match="seed must be"):
            set_random_seed(seed)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="seed must be a whole number"):
        Sequential(seed=1.5)  # type: ignore[arg-type]


# Standardizing


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.float32, np.float64, np.int64]),
        st.tuples(st.integers(1, 9), st.integers(1, 5)),
        elements=st.integers(0, 200),
    )
)
def test_standardize_equals_the_notebooks_formula(x: np.ndarray) -> None:
    expected = (x - np.mean(x, dtype=float)) / (np.std(x, dtype=float) + 1e-10)
    result = standardize(x)
    assert result.dtype == np.float32
    if x.std() > 0:
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-6)
    else:
        assert not result.any(), "data that don't vary are 0, not a rounding error by 1e-10"


def test_the_test_set_is_scaled_by_the_training_sets_figures() -> None:
    train, test, more = np.array([[0, 10], [20, 30]], np.uint8), np.array([[15.0]]), [[100]]
    results = standardize(train, test, more)
    assert isinstance(results, tuple)
    std = np.sqrt(125)
    np.testing.assert_allclose(results[0], (train - 15.0) / std, rtol=1e-6)
    assert results[1].tolist() == [[0]]
    np.testing.assert_allclose(results[2], [[85 / std]], rtol=1e-6)


def test_standardize_makes_no_large_temporaries() -> None:
    x = np.random.default_rng(0).integers(0, 256, size=(20_000, 784), dtype=np.uint8)
    tracemalloc.start()
    result = standardize(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < result.nbytes + 40e6  # in float64 one temporary alone would be 125 MB
    assert abs(float(result.mean(dtype=float))) < 1e-6
    assert float(result.std(dtype=float)) == pytest.approx(1, abs=1e-6)


def test_data_that_cant_be_standardized_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"x must have at least one entry, received shape \(0, 2\)"
    ):
        standardize(np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"x must be finite, received inf at \[0, 1\]"):
        standardize([[0.0, np.inf]])
