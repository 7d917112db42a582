"""What all tests share: how hard Hypothesis tries, and a fresh Python to run code in.

``HYPOTHESIS_PROFILE`` chooses how hard: ``short`` (the default), ``ci`` or ``thorough``.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# Both are read once, when NumPy and matplotlib are loaded. The products in these tests are so small
# that a second thread would only be in the way; a screen there may not be.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

# They hold no tests and no sessions; some need a library that not everybody has.
collect_ignore_glob = ["support/*.py"]

settings.register_profile("short", max_examples=20, deadline=None)
settings.register_profile("ci", max_examples=60, deadline=None, print_blob=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_python() -> RunPython:
    """Run a program in a fresh Python, in which warnings are errors, and return what it did."""

    def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", program, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
