"""Memory: what one training step frees is kept for the next."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    pass

CACHE_LINE = 64  # bytes
LARGEST_THRESHOLD = 31 << 20  # bytes; beyond 32 MiB glibc raises it no further


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """Return a vector that starts where a cache line does.

    NumPy's arrays start anywhere, and then every wide load of a processor's vector unit touches two
    cache lines: the reference step takes two or three percent longer.
    """
    vector = np.zeros(size + CACHE_LINE // dtype.itemsize, dtype=dtype)
    start = -vector.ctypes.data % CACHE_LINE // dtype.itemsize
    return vector[start : start + size]


@cache
def keep_freed_memory() -> None:
    """Let the C library keep what a step frees, for the next step to take; once in a process.

    A step allocates the same arrays as the one before. But blocks above a threshold, 128 KiB at
    first, glibc fetches from the system and gives back at once, so that the system has to clear
    their pages anew at each step: with Adam and 700,000 parameters that is half of the time. It
    raises the threshold to the size of the largest block that was ever freed. So one is freed here
    that nobody has touched, which takes an address range but no memory, though `tracemalloc` counts
    it. Elsewhere this does no harm.

    Source: mallopt(3), M_MMAP_THRESHOLD, of the Linux manual pages.
    """
    np.empty(LARGEST_THRESHOLD, dtype=np.uint8)
