"""Memory: what one training step frees is kept for the next."""

from functools import cache

import numpy as np

PIECE_BYTES = 1 << 20  # data are scanned and read in pieces, so that no temporary array is large
LARGEST_THRESHOLD = 31 << 20  # bytes; beyond 32 MiB glibc raises it no further


@cache
def keep_freed_memory() -> None:
    """Let the C library keep what a step frees, for the next step to take; once in a process.

    A step allocates the same arrays as the one before. But blocks above a threshold, 128 KiB at
    first, glibc fetches from the system and gives back at once, so that the system has to clear
    their pages anew at each step: with Adam and 700,000 parameters that is half of the time. It
    raises the threshold to the size of the largest block that was ever freed. So one that was never
    touched is freed here, which takes an address range but no memory, though `tracemalloc` counts
    it. Elsewhere this does no harm.

    Source: mallopt(3), M_MMAP_THRESHOLD, of the Linux manual pages.
    """
    np.empty(LARGEST_THRESHOLD, dtype=np.uint8)
