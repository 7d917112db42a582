"""What is done for speed changes no result: each fast way against the slow one."""

import copy
import inspect
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import Adam, Dense, Sequential
from tinynet._internal.fast_paths import SHORT_ROW, SMALL_ARRAY, matmul, positive_part
from tinynet._internal.inputs import gather
from tinynet.losses import CategoricalCrossentropy


@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.1, 1.0, 10.0, 40.0]))
def test_loss_and_gradient_together_are_loss_and_gradient(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    loss = CategoricalCrossentropy(from_logits=True)
    z = scale * rng.standard_normal((7, 5))
    for t in (rng.integers(0, 5, 7), rng.dirichlet(np.ones(5), 7)):
        value, dz = loss.value_and_gradient(t, z)
        assert value == pytest.approx(loss.value(t, z), rel=1e-12, abs=0)
        np.testing.assert_allclose(dz, loss.gradient(t, z), rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_keeps_its_digits_at_both_ends(dtype: str) -> None:
    loss = CategoricalCrossentropy(from_logits=True)
    z = np.array([[1000, 0], [50, 0]], dtype=dtype)
    value, dz = loss.value_and_gradient(np.array([1, 0]), z)
    assert value == 500  # 1000 of the first, which has probability 0; nearly 0 of the other
    np.testing.assert_allclose(dz[:, 1], [-0.5, 0.5 * np.exp(-50)], rtol=1e-5)
    assert loss.value(np.array([0]), z[1:]) == pytest.approx(np.exp(-50), rel=1e-5, abs=0)


def test_loss_of_a_float32_batch_is_summed_in_float64() -> None:
    """The roundings of thousands of rows cancel; a sum in float32 would round all of them again."""
    rng, loss = np.random.default_rng(0), CategoricalCrossentropy(from_logits=True)
    for _ in range(10):
        z, t = rng.standard_normal((5000, 10)).astype(np.float32), rng.integers(0, 10, 5000)
        exact = loss.value(t, z.astype(np.float64))
        assert loss.value_and_gradient(t, z)[0] == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("gap", [70, 85, 90, 100, 110, 1e30])
def test_loss_is_accurate_where_probabilities_underflow(gap: float) -> None:
    z = np.full((4096, 2), [0, -gap], dtype=np.float32)
    t = np.ones(len(z), dtype=np.intp)
    value, _ = CategoricalCrossentropy(from_logits=True).value_and_gradient(t, z)
    np.testing.assert_allclose(value, -float(z[0, 1]), rtol=2e-8)


@given(n=st.sampled_from([1, 2, 7]), seed=st.integers(0, 100))
def test_matmul_is_numpys_for_one_example_and_for_several(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, dz, out = rng.standard_normal((n, 4)), rng.standard_normal((n, 3)), np.empty((4, 3))
    matmul(x.T, dz, out=out)
    np.testing.assert_allclose(out, x.T @ dz, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "shape",
    [(), (5,), (0, 64), (SMALL_ARRAY, SHORT_ROW), (SMALL_ARRAY, SHORT_ROW - 1), (3, 2, 999)],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_positive_part_is_numpys_maximum(shape: tuple[int, ...], dtype: str) -> None:
    x = np.array(np.random.default_rng(0).standard_normal(shape), dtype)
    x.flat[:4] = [np.nan, np.inf, -np.inf, -0.0][: x.size]
    for one in (x, np.asfortranarray(x)):
        y = positive_part(one)
        np.testing.assert_array_equal(y, np.maximum(one, 0), strict=True)


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


def test_a_single_batch_copies_no_layer_and_reads_no_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A small model's step takes 40 microseconds, and each signature took 20."""
    model = Sequential([Dense(3, "relu", input_shape=(4,)), Dense(1)], seed=0)
    model.compile("adam", "mse")
    x, y = np.ones((2, 4)), np.ones((2, 1))
    model.train_on_batch(x, y)

    def refuse(value: Any) -> Any:
        raise AssertionError(f"called with {value!r}")

    monkeypatch.setattr(copy, "copy", refuse)
    monkeypatch.setattr(inspect, "signature", refuse)
    model.train_on_batch(x, y)
    model.predict(x)
    assert Adam(0.1).learning_rate == 0.1
