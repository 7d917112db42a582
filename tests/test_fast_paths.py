"""What is done for speed changes no result: each fast way against the slow one."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import Dense, Sequential
from tinynet._internal.inputs import gather
from tinynet._internal.memory import aligned_zeros
from tinynet.layers import softmax
from tinynet.losses import CategoricalCrossentropy


@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.1, 1.0, 10.0, 40.0]))
def test_fused_cross_entropy_is_value_and_gradient(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    z, t = scale * rng.standard_normal((7, 5)), rng.integers(0, 5, 7)
    loss, p = CategoricalCrossentropy(), softmax(z)
    value, dz = loss.fused(t, z, p)
    assert value == pytest.approx(loss.value_from_logits(t, z), rel=1e-12)
    np.testing.assert_allclose(dz, loss.gradient_from_logits(t, p), rtol=1e-9, atol=1e-16)


def test_fused_cross_entropy_of_soft_targets() -> None:
    rng = np.random.default_rng(0)
    z, t = rng.standard_normal((7, 5)), rng.dirichlet(np.ones(5), 7)
    loss, p = CategoricalCrossentropy(), softmax(z)
    value, dz = loss.fused(t, z, p)
    assert value == loss.value_from_logits(t, z)
    np.testing.assert_array_equal(dz, loss.gradient_from_logits(t, p))


def test_fused_cross_entropy_takes_probabilities_in_any_layout() -> None:
    rng = np.random.default_rng(0)
    z, t, loss = rng.standard_normal((7, 5)), rng.integers(0, 5, 7), CategoricalCrossentropy()
    value, dz = loss.fused(t, z, softmax(z))
    for p in (np.asfortranarray(softmax(z)), np.repeat(softmax(z), 2, axis=1)[:, ::2]):
        again, dz_again = loss.fused(t, z, p)
        assert again == pytest.approx(value, rel=1e-15)
        np.testing.assert_allclose(dz_again, dz, rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fused_cross_entropy_keeps_its_digits_at_both_ends(dtype: str) -> None:
    loss = CategoricalCrossentropy()
    z = np.array([[1000, 0], [50, 0]], dtype=dtype)
    with np.errstate(divide="ignore"):
        value, dz = loss.fused(np.array([1, 0]), z, softmax(z))
    assert (
        value == 500
    )  # 1000 of the first, which softmax gives probability 0; nearly 0 of the other
    np.testing.assert_allclose(
        dz, [[0.5, -0.5], [-0.5 * np.exp(-50), 0.5 * np.exp(-50)]], rtol=1e-5
    )
    z = z[1:]
    value, _ = loss.fused(np.array([0]), z, softmax(z))
    assert value == pytest.approx(np.exp(-50), rel=1e-5)


def test_fused_loss_of_a_float32_batch_is_summed_in_float64() -> None:
    """The roundings of thousands of rows cancel; a sum in float32 would round all of them again."""
    rng, loss = np.random.default_rng(0), CategoricalCrossentropy()
    for _ in range(10):
        z, t = rng.standard_normal((5000, 10)).astype(np.float32), rng.integers(0, 10, 5000)
        exact = loss.value_from_logits(t, z)
        assert loss.fused(t, z, softmax(z))[0] == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("fortran", [False, True])
def test_gather_takes_rows_from_any_layout(fortran: bool) -> None:
    x = np.random.default_rng(0).integers(0, 256, (200, 60, 70), dtype=np.uint8)
    x = np.asfortranarray(x) if fortran else x
    rows = np.array([3, 1, 199, 3])
    np.testing.assert_array_equal(gather(x, rows), x[rows])
    tracemalloc.start()
    gather(x, rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes / 4
    with pytest.raises(IndexError):
        gather(x, np.array([200]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 1000])
def test_aligned_zeros(size: int, dtype: type) -> None:
    vector = aligned_zeros(size, np.dtype(dtype))
    assert vector.shape == (size,)
    assert vector.dtype == dtype
    assert vector.ctypes.data % 64 == 0 or size == 0
    assert not vector.any()


def test_same_seed_gives_the_same_bits_again() -> None:
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((100, 20)), rng.integers(0, 3, 100)
    results = []
    for _ in range(2):
        model = Sequential([Dense(16, "relu"), Dense(3, "softmax")], seed=1)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x, t, epochs=2, verbose=0).history
        results.append((model.parameters.tobytes(), history))
    assert results[0] == results[1]


@pytest.mark.parametrize("gap", [70, 85, 90, 100, 110, 1e30])
def test_fused_loss_is_exact_where_probabilities_lose_their_digits(gap: float) -> None:
    z = np.full((4096, 2), [0, -gap], dtype=np.float32)
    t = np.ones(len(z), dtype=np.intp)
    with np.errstate(all="ignore"):
        value, _ = CategoricalCrossentropy().fused(t, z, softmax(z))
    np.testing.assert_allclose(value, -float(z[0, 1]), rtol=2e-8)
