"""What the README says is true: its code is run, its commands and links are there."""

import doctest
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = [*PAGES, ROOT / "SECURITY.md", *sorted((ROOT / "examples").glob("*.*"))]
# It names the modules of the release that was measured.
TEXTS.remove(ROOT / "docs" / "evidence" / "mutation.md")


def test_code_prints_what_the_readme_says() -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    path = str(ROOT / "README.md")
    failed, _ = doctest.testfile(path, module_relative=False, optionflags=flags)
    assert failed == 0


def test_the_keras_script_prints_what_the_readme_says() -> None:
    (script,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    result = subprocess.run(
        [sys.executable, "-m", "tinynet", "-"],
        input=script,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stderr
    assert script.rstrip().endswith(f"# {result.stdout.strip()}")


def test_readme_has_code_to_run() -> None:
    assert README.count("\n>>> ") > 12


@pytest.mark.parametrize(
    "command",
    ["pip install -e . && python examples/train_mnist.py", 'pip install -e ".[test]" && pytest'],
)
def test_the_two_commands_stand_alone_in_code_blocks(command: str) -> None:
    assert re.search(rf"^```sh\n{re.escape(command)}\n```$", README, re.MULTILINE)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_files_and_names_that_a_text_mentions_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:benchmarks|docs|examples|tests|tinynet|tools)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`(tinynet(?:\.\w+)+)[`(]", text):
        pkgutil.resolve_name(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_linked_files_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
