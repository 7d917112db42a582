"""The fast example, unchanged, on few digits: it learns, and says what it was trained on."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.support.examples import NO_NETWORK, ON_FEW_EXAMPLES


def test_it_learns_and_says_that_the_digits_are_synthetic(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", ON_FEW_EXAMPLES, "examples/fast_mnist.py"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        # Nothing that an earlier download left in the user's cache is to be found.
        env={
            **os.environ,
            **NO_NETWORK,
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(tmp_path),
        },
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (
        "MNIST is not here and can't be downloaded: using synthetic digits instead." in done.stdout
    )
    assert "matplotlib was loaded: False" in done.stdout
    found = re.search(r"^test accuracy ([\d.]+) %$", done.stdout, re.MULTILINE)
    assert found
    assert 75 < float(found[1]) <= 100
