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
            [sys.executable, "-m", "tests.support.run_scripts", str(result), *scripts],
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


def answer(script: str, data: object) -> object:
    """Return what a script prints as JSON, run by tinynet's command with the data as JSON."""
    result = subprocess.run(
        [sys.executable, "-m", "tinynet", "-", json.dumps(data)],
        input=script,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    return json.loads(result.stdout)


def test_every_name_of_keras_is_there_or_left_out_on_purpose() -> None:
    import importlib

    names = []
    for room in ROOMS:
        module = f"keras.{room}".rstrip(".")
        found = vars(importlib.import_module(module))
        names += [f"{module}.{name}" for name in found if not name.startswith("_")]
    assert not answer(LOOK_UP, names)


# In a script, called with what Keras's classes take beside tinynet's: defaults, then other values.
CALL = """
import importlib, inspect, json, re, sys
needed = {"mean": 0.0, "rate": 0.5, "shape": (2,), "activation": "relu", "target_shape": (2,)}
needed |= {"boundaries": [1], "values": [1.0, 2.0], "schedule": abs, "name": "n", "filename": "f"}
answer = r"\\w+ has no argument '\\w+': .|\\w+ must be .*, received"
wrong = []
for full, arguments in json.loads(sys.argv[1]).items():
    module, _, name = full.rpartition(".")
    kind = getattr(importlib.import_module(module), name, None)
    if not isinstance(kind, type):
        continue
    own = inspect.signature(kind.__init__).parameters
    given = {k: needed.get(k, 1) for k, v in own.items() if v.default is v.empty and k != "self"}
    for argument, default in arguments.items():
        if argument in own:
            continue
        try:
            kind(**given, **{argument: default})
        except Exception as error:
            wrong.append(f"{full}({argument}={default!r}): {error}")
        try:
            kind(**given, **{argument: "another"})
        except Exception as error:
            if not re.match(answer, str(error)):
                wrong.append(f"{full}({argument}=...): {error}")
print(json.dumps(wrong))
"""


def test_every_argument_of_keras_is_taken_or_answered() -> None:
    import importlib
    import inspect

    classes: dict[str, dict[str, object]] = {}
    for room in ROOMS:
        module = f"keras.{room}".rstrip(".")
        for name, kind in vars(importlib.import_module(module)).items():
            if inspect.isclass(kind) and name not in ("CallbackList", "InputLayer", "Variable"):
                known = inspect.signature(kind.__init__).parameters.values()
                classes[f"{module}.{name}"] = {
                    p.name: p.default if isinstance(p.default, str | float | bool | int) else None
                    for p in known
                    if p.default is not p.empty
                }
    assert sum(map(len, classes.values())) > 500
    assert not answer(CALL, classes)
