"""What the tests of the command share: how it is run."""

import os
import subprocess
import sys
from collections.abc import Callable
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
