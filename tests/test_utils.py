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
from tinynet._internal import checks
from tinynet.utils import mean_and_std, set_random_seed, standardize, to_categorical

NUMPY = tuple(int(part) for part in np.__version__.split(".")[:2])

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


@given(
    hnp.arrays(
        np.uint8,
        st.one_of(
            st.tuples(st.integers(1, 400)),
            st.tuples(st.integers(1, 40), st.integers(1, 30)),
            st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
        ),
    )
)
def test_bytes_have_numpys_mean_and_deviation_and_the_formulas_bits(x: np.ndarray) -> None:
    mean, std = mean_and_std(x)
    assert (mean, std) == (np.mean(x), np.std(x))
    expected = ((x - mean) / (std + 1e-10)).astype(np.float32)
    assert standardize(x).tobytes() == expected.tobytes()
    assert standardize(x[..., ::-1]).tobytes() == expected[..., ::-1].tobytes()


@pytest.mark.parametrize("shape", [(65_536,), (65_537,), (300_001,), (300, 28, 28), (7, 100_003)])
def test_many_bytes_have_numpys_mean_and_deviation(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(shape[0])
    for highest in (2, 37, 256):
        x = rng.integers(0, highest, shape, np.uint8)
        for array in (x, x.T):
            mean, std = mean_and_std(array)
            assert mean == np.mean(array)
            if NUMPY >= (2, 3):
                assert std == np.std(array)
            else:  # where a large array was added in another order
                assert std == pytest.approx(np.std(array), rel=1e-15, abs=0)
        part = x[..., ::2]
        assert mean_and_std(part) == pytest.approx((np.mean(part), np.std(part)), rel=1e-15, abs=0)


def test_the_sums_of_bytes_are_exact_where_a_row_is_long() -> None:
    x = np.full((2, 300_000), 255, np.uint8)
    x[1] = 0
    assert mean_and_std(x) == (127.5, 127.5)
    assert mean_and_std(x.ravel()) == (127.5, 127.5)


@pytest.mark.parametrize(
    ("x", "epsilon", "message"),
    [
        ([1, 2], -0.5, "epsilon must be at least 0, received -0.5"),
        ([7, 7, 7], 0, "x doesn't vary: every entry is 7. Give an epsilon above 0"),
        (np.full(3, 7, np.uint8), 0, "x doesn't vary"),
        ([1e308, -1e308], 1e-10, "numbers too large to square"),
        ([1e308, 1e308], 1e-10, "numbers too large to square"),
        ([0.0, 1e-310], 0, r"doesn't vary|must fit into float32"),
    ],
)
def test_standardize_gives_finite_numbers_or_says_why_not(
    x: object, epsilon: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        standardize(x, epsilon=epsilon)


def test_standardize_refuses_others_that_it_cant_scale() -> None:
    with pytest.raises(ValueError, match=r"x must fit into float32 after scaling.*up to 1e\+300"):
        standardize([0.0, 1.0], [1e300])
    with pytest.raises(ValueError, match="x must be an array, received a single number"):
        standardize([0.0, 1.0], 3.0)


def test_data_that_cant_be_standardized_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"x must have at least one entry, received shape \(0, 2\)"
    ):
        standardize(np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"x must be finite, received inf at \[0, 1\]"):
        standardize([[0.0, np.inf]])


def test_one_hot_rows_that_are_larger_than_the_memory_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "memory", lambda: 2**10)
    assert to_categorical(np.arange(16)).shape == (16, 16)  # 1 KiB
    with pytest.raises(ValueError, match=r"one-hot rows of shape \(16, 17\) would take"):
        to_categorical(np.arange(16), 17)


@pytest.mark.parametrize(
    ("labels", "hint"),
    [([[1, 2, 3]], r" Give y\.ravel\(\)\."), ([[1, 2], [0, 1]], ""), ([[[1]]], "")],
)
def test_a_row_of_labels_is_to_be_raveled(labels: Any, hint: str) -> None:
    with pytest.raises(ValueError, match=rf"\(N,\) or \(N, 1\), received \([\d, ]+\)\.{hint}$"):
        to_categorical(labels)


def test_a_mean_is_summed_in_float64() -> None:
    x = np.random.default_rng(0).random(1000, np.float32)
    assert x.mean(dtype=np.float32) != x.mean(dtype=np.float64)
    assert mean_and_std(x)[0] == x.mean(dtype=np.float64)
    with pytest.raises((ValueError, TypeError), match=r"^x "):
        mean_and_std(["a"])


@pytest.mark.parametrize("size", [140_009, 150_007, 300_013])
def test_deviation_of_bytes_is_numpys_to_the_bit(size: int) -> None:
    x = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    mean, std = mean_and_std(x)
    squares = (x.astype(np.float64) - mean) ** 2
    assert std == np.sqrt(squares.sum() / size)
