"""What is done for speed changes no result: each fast way against the slow one."""

import copy
import inspect
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinynet import Adam, Dense, Sequential
from tinynet._internal import blas
from tinynet._internal.fast_paths import SHORT_ROW, SMALL_ARRAY, positive_part
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


def test_a_label_beyond_the_last_class_is_no_entry_of_the_next_row() -> None:
    loss, z, t = CategoricalCrossentropy(from_logits=True), np.zeros((2, 3)), np.array([3, 0])
    with pytest.raises(IndexError):
        loss.value_and_gradient(t, z)
    with pytest.raises(IndexError):
        loss.gradient_from_logits(t, z + 1 / 3)


def test_layout_of_the_logits_changes_nothing() -> None:
    loss, rng = CategoricalCrossentropy(from_logits=True), np.random.default_rng(0)
    z, t = rng.standard_normal((7, 5)), rng.integers(0, 5, 7)
    value, dz = loss.value_and_gradient(t, z)
    for other in (np.asfortranarray(z), z.repeat(2, axis=1)[:, ::2]):
        same_value, same_dz = loss.value_and_gradient(t, other)
        assert same_value == pytest.approx(value, rel=1e-14, abs=0)
        np.testing.assert_allclose(same_dz, dz, rtol=1e-13, atol=0)


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
    assert blas.matmul(x.T, dz, out=out) is out
    np.testing.assert_allclose(out, x.T @ dz, rtol=1e-12, atol=1e-15)


@given(
    piece=st.integers(1, 6),
    count=st.integers(1, 5),
    k=st.integers(1, 9),
    n=st.integers(1, 9),
    fortran=st.tuples(st.booleans(), st.booleans()),
    seed=st.integers(0, 1000),
)
def test_product_in_pieces_is_numpys(
    piece: int, count: int, k: int, n: int, fortran: tuple[bool, bool], seed: int
) -> None:
    """Products of small integers are exact, whatever the order of their sums."""
    rng = np.random.default_rng(seed)
    shapes = (piece * count, k), (k, n)
    a, b = [
        rng.integers(-9, 10, shape).astype(np.float32, order="F" if columns else "C")
        for shape, columns in zip(shapes, fortran, strict=True)
    ]
    out = np.full((len(a), n), np.nan, np.float32)
    assert blas.in_pieces(a, b, count, out) is out
    np.testing.assert_array_equal(out, a @ b, strict=True)
    np.testing.assert_array_equal(blas.in_pieces(a, b, count, None), a @ b, strict=True)


@pytest.fixture
def small_kernels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cut products as on a processor whose BLAS has kernels for small matrices."""
    monkeypatch.setattr(blas, "has_small_kernels", lambda: True)
    blas.number_of_pieces.cache_clear()
    yield
    blas.number_of_pieces.cache_clear()


@pytest.mark.usefixtures("small_kernels")
@given(
    m=st.integers(0, 900),
    n=st.integers(0, 900),
    dtypes=st.tuples(*[st.sampled_from(["float32", "float64"])] * 2),
    seed=st.integers(0, 1000),
)
@example(m=64, n=128, dtypes=("float32", "float32"), seed=0)
@example(m=512, n=512, dtypes=("float32", "float64"), seed=0)
def test_outer_product_is_numpys(m: int, n: int, dtypes: tuple[str, str], seed: int) -> None:
    """Each number is one product, so its rounding is the same in all ways."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1, m)).astype(dtypes[0])
    dz = rng.standard_normal((1, n)).astype(dtypes[1])
    expected = np.multiply(x.T, dz)
    np.testing.assert_array_equal(blas.outer(x.T, dz, None), expected, strict=True)
    out = np.full((m, n), np.nan, expected.dtype)
    assert blas.outer(x.T, dz, out) is out
    np.testing.assert_array_equal(out, expected)


@pytest.mark.usefixtures("small_kernels")
@given(
    m=st.integers(0, 1100), k=st.integers(0, 1100), n=st.integers(0, 1100), transposed=st.booleans()
)
@example(m=32, k=784, n=128, transposed=False)
@example(m=32, k=128, n=128, transposed=True)
def test_pieces_are_of_whole_rows_that_the_kernels_take(
    m: int, k: int, n: int, transposed: bool
) -> None:
    count = blas.number_of_pieces(m, k, n, transposed)
    rows = m // count
    if count > 1:
        assert rows * count == m
        assert rows % 4 == 0
        assert rows * k * n <= blas.KERNEL_PRODUCT < m * k * n or transposed
        assert rows * n <= blas.KERNEL_RESULT or not transposed


@pytest.mark.usefixtures("small_kernels")
@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ((32, 784, 128, False), 8),  # the largest multiple of 4 that the limit allows
        ((784, 32, 128, False), 196),
        ((32, 128, 128, True), 8),  # x @ W.T with 1200 results at most
        ((32, 128, 128, False), 32),  # small already
        ((27, 784, 128, False), 27),  # in pieces of 9 rows, which are not of whole kernels
        ((44, 784, 512, False), 44),  # in pieces of 2 rows only
        ((52, 256, 512, False), 52),  # in pieces of 4 rows, which gain nothing
        ((128, 64, 64, True), 128),  # in pieces too short to be worth their calls
        ((128, 784, 128, False), 128),  # too large to gain
        ((0, 784, 128, False), 0),
    ],
)
def test_product_is_cut_where_that_is_faster(size: tuple[int, int, int, bool], rows: int) -> None:
    assert size[0] // blas.number_of_pieces(*size) == rows


@pytest.mark.usefixtures("small_kernels")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layer_computes_the_same_from_products_in_pieces(dtype: str) -> None:
    rng = np.random.default_rng(0)
    layer = Dense(128, input_shape=(784,)).build(dtype=dtype)
    x = rng.standard_normal((32, 784)).astype(dtype)
    hidden = Dense(128, input_shape=(128,)).build(dtype=dtype)
    y = layer.forward(x)
    dy = rng.standard_normal(y.shape).astype(dtype)
    hidden.forward(y)
    dx = hidden.backward(dy)
    layer.backward(dx)
    sizes = (32, 784, 128, False), (784, 32, 128, False), (32, 128, 128, True)
    assert all(blas.number_of_pieces(*size) > 1 for size in sizes)
    error = {"float32": 1e-5, "float64": 1e-13}[dtype]
    for result, a, b in ((y, x, layer.W), (dx, dy, hidden.W.T), (layer.dW, x.T, dx)):
        np.testing.assert_allclose(result, a @ b, atol=error * np.abs(a @ b).max(), rtol=0)


def test_no_product_is_cut_on_a_processor_without_such_kernels() -> None:
    program = """
from tinynet._internal import blas
print([library.architecture for library in blas.controller().lib_controllers])
print(blas.number_of_pieces(32, 784, 128, False))
"""
    pytest.importorskip("threadpoolctl")
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_CORETYPE": "Haswell"},
        check=False,
    )
    if "Haswell" not in done.stdout:
        pytest.skip("NumPy's BLAS isn't OpenBLAS for x86-64")
    assert done.stdout.splitlines()[1] == "1"


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
