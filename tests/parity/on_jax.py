"""Keras on JAX, in a process of its own: what decides where Keras's backends differ."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT

BEGIN = """
import json, keras, numpy as np
keras.config.set_floatx("float64")
"""


def results_of(program: str) -> Any:
    """Run a program with Keras on JAX in float64; return what it prints last, as JSON."""
    pytest.importorskip("jax", reason="parity with Keras on JAX needs jax")
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}
    environment |= {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
