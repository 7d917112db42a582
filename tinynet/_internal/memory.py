"""Keep the memory that one training step frees for the next step."""

from functools import cache

import numpy as np

PIECE_BYTES = 1 << 20  # data are scanned and read in pieces, to keep temporary arrays small
LARGEST_THRESHOLD = 31 << 20  # bytes; glibc raises it to 32 MiB at most


@cache
def keep_freed_memory() -> None:
    """Make the C library keep the memory that a step frees; runs once in a process.

    Each step allocates the same arrays as the previous one. glibc requests blocks above a
    threshold, initially 128 KiB, from the system and returns them as soon as they are freed. The
    system then has to clear their pages at every step: with Adam and 700,000 parameters this takes
    half of the time. glibc raises the threshold to the size of the largest block freed so far. So
    this function frees a large block that was never written to. It uses address space but no
    memory, although `tracemalloc` counts it. With other C libraries this has no effect.

    Source: mallopt(3), M_MMAP_THRESHOLD, of the Linux manual pages.
    """
    np.empty(LARGEST_THRESHOLD, dtype=np.uint8)
