"""The documentation computes: code is run, equations are checked, exercises can be solved.

What a page of docs/ may hold, and what becomes of it here:

- ``pycon`` blocks are sessions. They are run, each page in a namespace of its own, and what they
  print is compared. A page that needs a package which not everybody has says so at its top,
  ``needs: [torch]``, and is run wherever that package is installed.
- ``$$ ... $$ (label)`` is an equation, checked by the function of that label in `equations.py`.
- ``$ ... $`` within a sentence names things. It may not claim anything: what has an equals sign
  belongs in a displayed equation.
- ``sh`` blocks are commands. They aren't run, but the scripts and modules they name must be there.
- Directives in braces are Sphinx's, and code that they include is read from the source. Any other
  kind of block is refused, since nothing would check it.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import DOCS, ROOT
from tests.support.pages import CHECKED, FENCE, PAGES, TEXT, WRITTEN_BY_PROGRAMS, run_sessions

EXERCISE = re.compile(r"^>>> class (\w+)\(.*?# to be (?:written|completed)", re.M | re.S)
COMMANDS = ("pip install", "pytest", "sphinx-build", "python ", "export ")


# Others' packages warn when they are imported, and that is no business of the page's.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("page", PAGES)
def test_code_prints_what_the_page_says(page: str) -> None:
    run_sessions(page)


@pytest.mark.parametrize("page", CHECKED)
def test_every_block_of_code_is_run(page: str) -> None:
    for _, kind, body in FENCE.findall(TEXT[page]):
        if kind == "sh":
            for command in filter(None, map(str.strip, body.splitlines())):
                assert command.startswith(COMMANDS), f"{page}: {command}"
                if program := re.match(r"python (\S+\.py)|python -m (\S+)", command):
                    path = program[1] or program[2].replace(".", "/") + ".py"
                    assert (ROOT / path).exists(), f"{page}: {command}"
        else:
            assert kind == "pycon" or kind.startswith("{"), f"{page}: {kind or 'plain'} block{body}"
        if kind == "pycon":
            assert body.lstrip().startswith(">>> "), f"{page}: a session without a prompt{body}"


def test_pages_written_by_programs_have_a_test_of_their_own() -> None:
    for page, test in WRITTEN_BY_PROGRAMS.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")
        assert page in PAGES


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("learn/0")])
def test_chapters_have_exercises_with_solutions(page: str) -> None:
    text = TEXT[page]
    questions = len(re.findall(r"^\*\*\d\.\*\* ", text, re.MULTILINE)) or 1
    assert re.search(r"^## Exercises?$", text, re.MULTILINE)
    assert text.count("<summary>Solution</summary>") == text.count("</details>") == questions


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("learn/")])
def test_exercises_are_graded_and_start_out_wrong(page: str) -> None:
    # An exercise whose unsolved form passes would grade nothing.
    sessions = [body for _, kind, body in FENCE.findall(TEXT[page]) if kind == "pycon"]
    for session in sessions:
        if EXERCISE.search(session):
            assert session.rstrip().endswith("False"), f"{page}: {session}"


def test_picture_of_the_architecture_shows_what_is_there() -> None:
    drawing = (DOCS / "images" / "architecture.svg").read_text(encoding="utf-8")
    modules = re.findall(r'class="module"[^>]*>(\w+)<', drawing)
    arrows = re.findall(r'class="import" data-from="(\w+)" data-to="(\w+)"', drawing)
    assert len(modules) > 10
    assert len(arrows) > 10
    imports = {module: imported_by(module) for module in modules}
    for source, target in arrows:
        assert target in imports[source], f"{source} doesn't import {target}"


def test_map_of_the_files_names_each_once() -> None:
    section = TEXT["explanation/architecture.md"].split("## Which file holds what")[1]
    named = re.findall(r"`(\w+\.py)`", section.split("\n## ")[0])
    modules = [path.name for path in (ROOT / "tinynet").glob("*.py")]
    modules += [path.name for path in (ROOT / "tinynet" / "datasets").glob("[!_]*.py")]
    assert sorted(named) == sorted(modules)


def test_imports_go_downwards() -> None:
    above = {
        "models",
        "data",
        "callbacks",
        "saving",
        "gradcheck",
        "explain",
        "plotting",
        "datasets",
    }
    for module in ("layers", "losses", "optimizers", "initializers", "metrics", "utils", "checks"):
        assert not imported_by(module) & above, module


def imported_by(module: str) -> set[str]:
    """Return the names of the modules of tinynet that a module imports."""
    found: set[str] = set()
    source = (ROOT / "tinynet" / f"{module}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "tinynet":
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.removeprefix("tinynet."))
    return found
