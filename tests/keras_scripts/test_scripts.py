"""Scripts in beginners' styles, run by the command: they print what Keras prints.

Many run in one process, since starting Python takes longer than most of them.

What Keras printed is kept in ``printed_by_keras.json``; the parity suite runs the scripts with the
real Keras and compares anew.
"""

import itertools
import json
from pathlib import Path

import pytest

from tests.keras_scripts.collection import (
    SCRIPTS,
    WAITING,
    name_of,
    needs,
    printed_by_keras,
    tolerance,
)
from tests.keras_scripts.conftest import Command
from tests.support.outputs import difference


def test_there_are_scripts_enough() -> None:
    assert len(SCRIPTS) >= 40
    assert {name_of(script) for script in SCRIPTS} == printed_by_keras().keys()


def test_the_waiting_are_scripts() -> None:
    assert set(WAITING) <= {name_of(script) for script in SCRIPTS}


def groups() -> list[list[Path]]:
    """Return the scripts in groups that need the same packages, of at most 20 scripts each."""
    ready = sorted((script for script in SCRIPTS if name_of(script) not in WAITING), key=needs)
    same = [list(group) for _, group in itertools.groupby(ready, needs)]
    return [group[k : k + 20] for group in same for k in range(0, len(group), 20)]


@pytest.mark.parametrize("group", groups(), ids=lambda group: name_of(group[0]))
def test_scripts_print_what_keras_prints(
    command: Command, tmp_path: Path, group: list[Path]
) -> None:
    for package in needs(group[0]):
        pytest.importorskip(package)
    paths = [str(script) for script in group]
    run = command("-m", "tinynet", "-m", "tests.support.run_scripts", "result.json", *paths)
    assert run.returncode == 0, run.stderr
    outcomes = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    differences = {}
    for script in group:
        outcome, expected = outcomes[str(script)], printed_by_keras()[name_of(script)]
        found = outcome["error"] or difference(outcome["out"], expected, tolerance(script))
        if found:
            differences[name_of(script)] = found
    assert not differences


def test_a_script_alone_prints_what_keras_prints(command: Command) -> None:
    (script,) = (script for script in SCRIPTS if script.stem == "pima_style")
    result = command("-m", "tinynet", str(script))
    assert result.returncode == 0, result.stderr
    assert not difference(result.stdout, printed_by_keras()[name_of(script)], tolerance(script))
