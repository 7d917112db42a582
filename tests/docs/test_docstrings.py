"""Docstrings become the site's reference, so they are held to what Sphinx makes of them."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "tinynet"
SOURCES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
UNDERLINE = re.compile(r"^-{3,}$", re.MULTILINE)


def docstrings(source: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring of a module and of all that it defines."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        if text := ast.get_docstring(node):
            yield getattr(node, "name", "module"), text


def swallowed(text: str) -> list[str]:
    """Return the first lines of indented blocks that Sphinx would run together to a paragraph.

    What is indented is shown line by line only where the paragraph above ends with two colons.
    """
    found = []
    paragraphs = text.split("\n\n")
    for above, block in pairwise(paragraphs):
        if not block.startswith("    ") or UNDERLINE.search(above):
            continue  # a section of numpydoc, whose entries are indented
        if not above.startswith("    ") and not above.rstrip().endswith("::"):
            found.append(block.splitlines()[0].strip())
    return found


def test_swallowed_blocks_are_found() -> None:
    assert swallowed("Do this.\n\n    x = 1\n    y = 2") == ["x = 1"]
    assert swallowed("Do this::\n\n    x = 1\n\n    y = 2\n\nParameters\n---\nx\n    It.") == []


@pytest.mark.parametrize("source", SOURCES)
def test_no_example_is_swallowed(source: str) -> None:
    text = (PACKAGE / source).read_text(encoding="utf-8")
    assert [(name, line) for name, doc in docstrings(text) for line in swallowed(doc)] == []
