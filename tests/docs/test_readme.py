"""What the README says is true: its code is run, its commands and links are there."""

import doctest
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_code_prints_what_the_readme_says() -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    path = str(ROOT / "README.md")
    failed, _ = doctest.testfile(path, module_relative=False, optionflags=flags)
    assert failed == 0


def test_readme_has_code_to_run() -> None:
    assert README.count("\n>>> ") > 12


@pytest.mark.parametrize(
    "command",
    ["pip install -e . && python examples/train_mnist.py", 'pip install -e ".[test]" && pytest'],
)
def test_the_two_commands_stand_alone_in_code_blocks(command: str) -> None:
    assert re.search(rf"^```sh\n{re.escape(command)}\n```$", README, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_linked_files_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
