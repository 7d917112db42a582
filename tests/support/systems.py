"""What some tests need of the system that they run on."""

import os

import pytest
from threadpoolctl import threadpool_info

needs_posix = pytest.mark.skipif(
    os.name != "posix", reason="POSIX's pipes, signals, forks, limits and permissions"
)
needs_blas_threads = pytest.mark.skipif(
    not any(pool["user_api"] == "blas" for pool in threadpool_info()),
    reason="the threads of this BLAS, such as Apple's Accelerate, can't be set",
)
