"""Scripts in beginners' styles, run by the command: they print what Keras prints.

What Keras printed is kept in ``printed_by_keras.json``; the parity suite runs the scripts with the
real Keras and compares anew.
"""

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


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_script_prints_what_keras_prints(command: Command, script: Path) -> None:
    for package in needs(script):
        pytest.importorskip(package)
    if name_of(script) in WAITING:
        pytest.skip(f"waits for {WAITING[name_of(script)]}")
    result = command("-m", "tinynet", str(script))
    assert result.returncode == 0, result.stderr
    expected = printed_by_keras()[name_of(script)]
    assert not difference(result.stdout, expected, tolerance(script))
