"""Every script of the examples, the tools and the benchmarks says with ``--help`` what it does."""

import runpy
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

GUARD = '\nif __name__ == "__main__":\n'
SCRIPTS = [ROOT / "examples" / "course" / "read_digits.py"] + [
    path
    for folder in ("examples", "tools", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if GUARD in path.read_text(encoding="utf-8")
]
NEEDS = {"make_example_outputs": "nbclient", "make_gallery": "PIL", "make_numerics": "mpmath"}


def test_all_examples_are_among_them() -> None:
    assert {*(ROOT / "examples").glob("*.py")} <= {*SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_help_is_printed_and_nothing_done(
    script: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip(NEEDS.get(script.stem, "numpy"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # which one of them sets, taken back afterwards
    status = None
    try:
        found = runpy.run_path(str(script), run_name="__main__")
    except SystemExit as error:
        status = error.code
    printed = capsys.readouterr()
    if status is None:  # it has no options, and ended by itself
        assert printed.out == found["__doc__"] + "\n"
    else:
        assert status == 0
        assert printed.out.startswith("usage: ")
        assert "--help" in printed.out
    assert printed.err == ""
    assert [*tmp_path.iterdir()] == []
