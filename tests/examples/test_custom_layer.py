"""The example of a layer of one's own learns, and is saved with its settings."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.conftest import ROOT, RunPython
from tests.support.examples import ON_FEW_EXAMPLES
from tinynet.layers import Dense
from tinynet.models import Sequential, load_model

CUSTOM_LAYER = str(ROOT / "examples" / "custom_layer.py")


def test_custom_layer_learns_and_survives_saving(run_python: RunPython) -> None:
    run = run_python(ON_FEW_EXAMPLES, CUSTOM_LAYER)
    assert (run.returncode, run.stderr) == (0, "")
    right = re.findall(r"After 100 epochs (.*)% of 600 points are classified correctly", run.stdout)
    assert float(right[0]) > 95
    low, high = re.findall(r"now they run from (.*) to (.*)\.", run.stdout)[0]
    assert float(low) < 0.25 < float(high)
    assert run.stdout.endswith("to the last bit: True\nmatplotlib was loaded: False\n")
    assert run.stdout.count("all right") == 2  # the gradient checks of both layers


def test_saved_leaky_relu_keeps_its_slope(tmp_path: Path) -> None:
    leaky_relu = runpy.run_path(CUSTOM_LAYER)["LeakyReLU"]
    model = Sequential([Dense(3, input_shape=(2,)), leaky_relu(0.5)], seed=0)
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz", custom_objects={"LeakyReLU": leaky_relu})
    x = np.array([[-3.0, 1.0], [2.0, 5.0]])
    assert (model.predict(x) < 0).any()
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_custom_layers_docstrings_tell_the_truth() -> None:
    command = [sys.executable, "-m", "doctest", "-v", CUSTOM_LAYER]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert run.returncode == 0, run.stdout
    assert "7 passed" in run.stdout
