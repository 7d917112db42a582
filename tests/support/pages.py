"""The pages of the documentation, as the tests and the tools read them."""

import doctest
import importlib.util
import re
from pathlib import Path

from tools import course

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}


def without_boxes(text: str) -> str:
    """Return a chapter on which the boxes of the exercises are opened: their Markdown stays."""
    for box in (course.EXERCISE, course.READER):
        text = box.sub(lambda match: course.SECTION.sub(r"\2", match[match.lastindex or 0]), text)
        text = course.OPTION.sub("", text)
    return course.CODE.sub("", text)


TEXT = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
TEXT.update({name: without_boxes(text) for name, text in TEXT.items() if name[:6] == "learn/"})

# Pages that a program writes from results, and the test that holds each to them.
WRITTEN_BY_PROGRAMS = {
    "evidence/benchmarks.md": "tests/benchmarks/test_benchmarks.py",
    "diagnoses.md": "tests/diagnose/test_diagnosis.py",
    "mazur.md": "tests/explain/test_mazur.py",
    "evidence/parity.md": "tests/parity/test_differences.py",
}
CHECKED = [name for name in PAGES if name not in WRITTEN_BY_PROGRAMS]

FENCE = re.compile(r"^ *(```+|~~~+|:::+) *(\S*)(.*?)^ *\1 *$", re.MULTILINE | re.DOTALL)
DISPLAYED = re.compile(r"^\$\$\n(.*?)\n\$\$(?: \(([\w-]+)\))?$", re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """Return a page without its blocks and its `code`."""
    return re.sub(r"`[^`\n]+`", "", FENCE.sub("", text))


def equations(text: str) -> list[tuple[str, str]]:
    """Return the label and the LaTeX of each displayed equation, an empty label if it has none."""
    return [(label, latex) for latex, label in DISPLAYED.findall(FENCE.sub("", text))]


def needs(text: str) -> list[str]:
    """Return the packages that a page says it needs."""
    stated = re.match(r"---\nneeds: \[(.*)\]\n---\n", text)
    return stated[1].split(", ") if stated else []


def without_sections(text: str) -> tuple[str, list[str]]:
    """Return a page without the sections that need what isn't installed, and what that is."""
    missing = []
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    for k, section in enumerate(sections):
        stated = re.search(r"^<!-- needs: (.*) -->$", section, re.MULTILINE)
        packages = stated[1].split(", ") if stated else []
        if absent := [name for name in packages if importlib.util.find_spec(name) is None]:
            missing += absent
            sections[k] = "\n" * section.count("\n")  # so that lines keep their numbers
    return "".join(sections), sorted(set(missing))


def run_sessions(page: str) -> None:
    """Run a page's code and compare what it prints; skip what needs a package that isn't there."""
    import pytest  # which building the documentation doesn't need

    for package in needs(TEXT[page]):
        pytest.importorskip(package)
    text, missing = without_sections(TEXT[page])
    session = doctest.DocTestParser().get_doctest(
        text, {"__name__": "__main__"}, page, str(PAGES[page]), 0
    )
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.DocTestRunner(optionflags=flags).run(session)
    assert failed == 0
    if missing:
        pytest.skip(f"could not import {', '.join(missing)}; all other sections passed")
