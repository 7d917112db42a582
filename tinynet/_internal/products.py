"""A matrix product with a fast path for a case in which NumPy is slow."""

import numpy as np


def matmul(a: np.ndarray, b: np.ndarray, *, out: np.ndarray) -> None:
    """Write ``a @ b`` into `out`.

    For a batch of one, ``x.T @ dy`` is an outer product. NumPy's matmul has no BLAS routine for it
    and takes three times as long as an elementwise multiplication.

    Examples
    --------
    >>> out = np.empty((2, 2))
    >>> matmul(np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]]), out=out)
    >>> out
    array([[3., 4.],
           [6., 8.]])
    """
    (np.multiply if a.shape[1] == 1 else np.matmul)(a, b, out=out)
