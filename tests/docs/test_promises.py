"""Each promise in docs/evidence/promises.md names a test, and each of these tests exists."""

import ast
import re

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "evidence" / "promises.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
LAST = "\n## What it doesn't promise"


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_named_test_is_there_and_is_run(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions(path)


def test_each_promise_names_a_test() -> None:
    promises = re.split(r"^- ", PAGE.partition(LAST)[0], flags=re.MULTILINE)[1:]
    assert len(promises) > 15
    for promise in promises:
        assert re.search(r"`tests/[\w/]+\.py::\w+`", promise), promise


def test_commands_named_are_there() -> None:
    commands = re.findall(r"`python (-m )?([\w./]+)`", PAGE)
    assert commands
    for module, name in commands:
        path = name.replace(".", "/") + ".py" if module else name
        assert (ROOT / path).is_file(), path
