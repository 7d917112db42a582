"""The scripts of tests/keras_scripts, run by the real Keras: it prints what is kept there.

``pytest tests/parity/test_keras_scripts.py --keep-printed`` writes the file anew.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.keras_scripts.collection import (
    PRINTED,
    SCRIPTS,
    backend,
    name_of,
    needs,
    printed_by_keras,
    tolerance,
)
from tests.support.outputs import difference

for library in ("keras", "jax", "tensorflow"):
    pytest.importorskip(library)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Run the scripts, all of one backend in one process: importing it takes longer than any."""
    folder = tmp_path_factory.mktemp("keras")
    outcomes: dict[str, dict[str, str]] = {}
    for name in ("jax", "tensorflow"):
        result = folder / f"{name}.json"
        scripts = [str(script) for script in SCRIPTS if backend(script) == name]
        subprocess.run(
            [sys.executable, "-m", "tests.support.run_with_keras", str(result), *scripts],
            cwd=folder,
            env={
                **os.environ,
                "KERAS_BACKEND": name,
                "CUDA_VISIBLE_DEVICES": "",
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            timeout=1800,
            check=True,
        )
        outcomes |= json.loads(result.read_text(encoding="utf-8"))
    return {name_of(Path(path)): outcome for path, outcome in outcomes.items()}


def test_keras_runs_every_script(
    printed: dict[str, dict[str, str]], request: pytest.FixtureRequest
) -> None:
    """With ``--keep-printed`` what they printed is kept anew."""
    assert not any(outcome["error"] for outcome in printed.values())
    if request.config.getoption("--keep-printed"):
        kept = {name: outcome["out"] for name, outcome in sorted(printed.items())}
        PRINTED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_keras_prints_what_is_kept(printed: dict[str, dict[str, str]], script: Path) -> None:
    for package in needs(script):
        pytest.importorskip(package)
    outcome = printed[name_of(script)]
    assert not outcome["error"]
    kept = printed_by_keras()[name_of(script)]
    assert not difference(outcome["out"], kept, tolerance(script))


ROOMS = (
    "",
    "activations",
    "callbacks",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "optimizers.schedules",
    "regularizers",
    "utils",
)
LOOK_UP = """
import importlib, json, sys
missing = []
for full in json.loads(sys.argv[1]):
    module, _, name = full.rpartition(".")
    try:
        getattr(importlib.import_module(module), name)
    except AttributeError as error:
        if "left out on purpose" not in str(error) and "no longer in" not in str(error):
            missing.append(f"{full}: {error}")
print(json.dumps(missing))
"""


def test_every_name_of_keras_is_there_or_left_out_on_purpose() -> None:
    import importlib

    names = []
    for room in ROOMS:
        module = f"keras.{room}".rstrip(".")
        found = vars(importlib.import_module(module))
        names += [f"{module}.{name}" for name in found if not name.startswith("_")]
    result = subprocess.run(
        [sys.executable, "-m", "tinynet", "-", json.dumps(names)],
        input=LOOK_UP,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    assert not json.loads(result.stdout)
