"""Matrix products, in the pieces that NumPy's BLAS library multiplies fastest."""

from functools import cache, lru_cache
from typing import Any

import numpy as np

# OpenBLAS's processor types with kernels for small matrices, which it multiplies without packing
# copies of them, and the largest product that these take: see its
# kernel/x86_64/sgemm_small_kernel_permit_skylakex.c.
SMALL_KERNELS = {"SkylakeX", "Cooperlake", "SapphireRapids"}
KERNEL_PRODUCT = 1_000_000  # multiply-adds
KERNEL_RESULT = 1200  # numbers, in a @ b.T

# By measurement: above LARGE_PRODUCT, packing takes a small part of the time, and with less than
# SHORT_PIECE, the calls take a large part. Both in multiply-adds.
LARGE_PRODUCT, SHORT_PIECE = 1 << 23, 1 << 17

# By measurement: an outer product of fewer numbers is faster by elementwise multiplication, and so
# is a larger one, which doesn't fit into the caches.
SMALL_OUTER, LARGE_OUTER = 1 << 13, 1 << 18


@cache
def controller() -> Any:
    """Return the controller of NumPy's BLAS, cached because finding it takes milliseconds.

    Return None if threadpoolctl isn't installed, as in a browser, which has no threads to control.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ModuleNotFoundError:
        return None
    return ThreadpoolController()


def libraries() -> list[Any]:
    """Return threadpoolctl's controllers of the libraries."""
    return [] if controller() is None else list(controller().lib_controllers)


@cache
def has_small_kernels() -> bool:
    """Return whether NumPy's BLAS has kernels for small matrices."""
    return any(getattr(library, "architecture", None) in SMALL_KERNELS for library in libraries())


def touch_buffers() -> None:
    """Make OpenBLAS write to its buffers, once in a process, which makes small products faster.

    OpenBLAS multiplies copies of pieces of the matrices, and its kernels prefetch the memory behind
    a piece. On some processors this is slow as long as nothing has been written there, and small
    products never write there themselves. This product, of about a millisecond, is wide enough to
    fill several pieces, one behind the other. Other libraries are left alone.
    """
    if any(library.internal_api == "openblas" for library in libraries()):
        np.matmul(np.zeros((32, 256), np.float32), np.zeros((256, 1024), np.float32))


@lru_cache(maxsize=1024)
def number_of_pieces(m: int, k: int, n: int, transposed: bool) -> int:
    """Return into how many pieces of rows to cut a, of shape (m, k), in ``a @ b`` with n columns.

    `transposed` is whether b is a transposed array.

    Examples
    --------
    >>> number_of_pieces(32, 784, 128, False) == (4 if has_small_kernels() else 1)
    True
    """
    if not SHORT_PIECE < m * k * n <= LARGE_PRODUCT or not has_small_kernels():
        return 1
    least, most = 8, KERNEL_PRODUCT // (k * n)  # rows in a piece
    if transposed:
        least, most = max(4, SHORT_PIECE // (k * n)), min(most, KERNEL_RESULT // n)
    rows = [number for number in range(least, most + 1) if m % number == 0 == number % 4]
    return m // rows[-1] if rows else 1


def in_pieces(a: np.ndarray, b: np.ndarray, count: int, out: np.ndarray | None) -> np.ndarray:
    """Return ``a @ b``, computed in `count` pieces of rows."""
    (m, k), n = a.shape, b.shape[1]
    rows = a.reshape(count, m // count, k)
    if out is None:
        return np.matmul(rows, b).reshape(m, n)
    np.matmul(rows, b, out=out.reshape(count, m // count, n))
    return out


def outer(a: np.ndarray, b: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    """Return ``a @ b`` of a column and a row.

    NumPy's matmul doesn't call BLAS for them, and takes three times as long as an elementwise
    multiplication. So a gets a second column and b a second row, of zeros.
    """
    m, n = len(a), b.shape[1]
    if not SMALL_OUTER <= m * n <= LARGE_OUTER or not has_small_kernels():
        return np.multiply(a, b, out=out)
    columns, rows = np.zeros((2, m), a.dtype), np.zeros((2, n), b.dtype)
    columns[0], rows[0] = a[:, 0], b[0]
    return np.matmul(columns.T, rows, out=out)


def matmul(a: np.ndarray, b: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Return ``a @ b`` of two matrices, written into `out` if it is given.

    Two kinds of products are computed faster than by NumPy, with the same result up to rounding:

    - For a batch of one, ``x.T @ dy`` is an outer product: see `outer`.
    - Where OpenBLAS has kernels for small matrices, a product above their limits is cut into pieces
      of rows that they take. Over random sizes of layers and batches, this saves a sixth of the
      time at the median, and a third for ``dy @ W.T``.

    Examples
    --------
    >>> matmul(np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]]))
    array([[3., 4.],
           [6., 8.]])
    """
    (m, k), n = a.shape, b.shape[1]
    if k == 1:
        return outer(a, b, out)
    count = number_of_pieces(m, k, n, b.strides[0] < b.strides[1])
    return np.matmul(a, b, out=out) if count == 1 else in_pieces(a, b, count, out)
