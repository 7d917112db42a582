"""What the tests of the command share: how it is run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.conftest import ROOT

collect_ignore = ["scripts"]

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run ``python`` with some arguments in an empty folder and return what it did."""

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            input=stdin,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


@pytest.fixture
def tinynet(command: Command) -> Command:
    """Run a program as standard input of ``python -m tinynet -``."""

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return command("-m", "tinynet", "-", *arguments, stdin=program)

    return run


LAST_LINES = """
import json, sys, traceback
lines = {}
for program in json.loads(sys.argv[1]):
    try:
        exec(compile(program, "<stdin>", "exec"), {"__name__": "__main__"})
        lines[program] = "it ran"
    except BaseException as error:
        lines[program] = "".join(traceback.format_exception_only(error)).splitlines()[-1]
print(json.dumps(lines))
"""


def last_lines(programs: Iterable[str]) -> dict[str, str]:
    """Run programs, all in one process of ``python -m tinynet``; return each one's error."""
    result = subprocess.run(
        [sys.executable, "-m", "tinynet", "-", json.dumps([*programs])],
        input=LAST_LINES,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    lines: dict[str, str] = json.loads(result.stdout.splitlines()[-1])
    return lines
