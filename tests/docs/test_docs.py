"""The documentation computes: code is run, equations are checked, exercises can be solved.

What a page of docs/ may hold, and what becomes of it here:

- ``pycon`` blocks are sessions. They are run, each page in a namespace of its own, and what they
  print is compared. A page that needs a package which not everybody has says so at its top,
  ``needs: [torch]``, and is run wherever that package is installed. A section says so by a
  comment, ``<!-- needs: pandas, pyarrow -->``; its sessions, which no other section may build on,
  are left out where a package is missing.
- ``$$ ... $$ (label)`` is an equation, checked by the function of that label in `equations.py`.
- ``$ ... $`` within a sentence names things. It may not claim anything: what has an equals sign
  belongs in a displayed equation.
- ``sh`` blocks are commands. They aren't run, but the scripts and modules they name must be there.
- Boxes of the course, ``::::{exercise}`` and ``::::{digit-reader}``, hold Markdown like the rest of
  the page; their code is run by `test_course.py`.
- Directives in braces are Sphinx's, and code that they include is read from the source. Any other
  kind of block is refused, since nothing would check it.
"""

import re
from pathlib import Path

import pytest

from tests import test_imports
from tests.conftest import ROOT
from tests.support.pages import (
    CHECKED,
    FENCE,
    PAGES,
    TEXT,
    WRITTEN_BY_PROGRAMS,
    run_sessions,
    without_sections,
)
from tinynet import layers
from tools import make_architecture

COMMANDS = ("pip install", "pytest", "sphinx-build", "python ", "mpiexec ", "export ")


# Others' packages warn when they are imported, and that is no business of the page's.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("page", PAGES)
def test_code_prints_what_the_page_says(page: str) -> None:
    run_sessions(page)


def test_a_section_that_needs_what_isnt_installed_is_left_out() -> None:
    page = "# P\n\n## A\n\n<!-- needs: re, no_such_package -->\n\n>>> a\n\n## B\n\n>>> b\n"
    text, missing = without_sections(page)
    assert missing == ["no_such_package"]
    assert [line for line in text.splitlines() if line] == ["# P", "## B", ">>> b"]
    assert text.count("\n") == page.count("\n")
    installed = page.replace(", no_such_package", "")
    assert without_sections(installed) == (installed, [])


@pytest.mark.parametrize("page", CHECKED)
def test_every_block_of_code_is_run(page: str) -> None:
    for _, kind, body in FENCE.findall(TEXT[page]):
        if kind == "sh":
            for command in filter(None, map(str.strip, body.splitlines())):
                assert command.startswith(COMMANDS), f"{page}: {command}"
                program = re.search(r"python (\S+\.py)|python -m (\S+)", command)
                if program and program[2] != "http.server":
                    path = ROOT / (program[1] or program[2].replace(".", "/"))
                    places = (path, path.with_suffix(".py"), path / "__main__.py")
                    assert any(map(Path.is_file, places)), f"{page}: {command}"
        else:
            assert kind == "pycon" or kind.startswith("{"), f"{page}: {kind or 'plain'} block{body}"
        if kind == "pycon":
            assert body.lstrip().startswith(">>> "), f"{page}: a session without a prompt{body}"


def test_pages_written_by_programs_have_a_test_of_their_own() -> None:
    for page, test in WRITTEN_BY_PROGRAMS.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")
        assert page in PAGES


def test_reference_has_every_layer() -> None:
    named = re.findall(
        r"^\.\. auto\w+:: tinynet\.layers\.(\w+)$", TEXT["reference/layers.md"], re.M
    )
    assert len(named) == len(set(named))
    assert set(named) == set(layers.__all__) - {"ACTIVATIONS", "Shape"}  # no layers


def test_picture_of_the_architecture_is_todays() -> None:
    picture = make_architecture.PICTURE.read_text(encoding="utf-8")
    assert picture == make_architecture.picture(), "run python -m tools.make_architecture"
    assert picture.count('class="module"') > 10
    assert ("models", "optimizers") in make_architecture.arrows()


def test_the_texts_of_the_architecture_fit_into_their_boxes_in_a_wide_font() -> None:
    fonts = pytest.importorskip("PIL.ImageFont", reason="needs Pillow")
    data = pytest.importorskip("matplotlib").get_data_path()
    name, what = (
        fonts.truetype(f"{data}/fonts/ttf/{file}.ttf", size)
        for file, size in (("DejaVuSans-Bold", 16), ("DejaVuSans", 13))
    )
    boxes = make_architecture.places()[0]
    for storey in make_architecture.STOREYS.values():
        for part, lines in storey.items():
            widest = max(name.getlength(part), *map(what.getlength, lines))
            assert widest <= boxes[part][2] - 6, part


def test_picture_of_the_architecture_has_the_storeys_that_imports_are_held_to() -> None:
    drawn = [set(storey) for storey in reversed(make_architecture.STOREYS.values())]
    for in_picture, storey in zip(drawn, test_imports.STOREYS, strict=True):
        public = {name for name in storey if not name.startswith("_")}
        assert in_picture == public - {"utils"}


def test_map_names_each_part_once() -> None:
    section = TEXT["explanation/architecture.md"].split("## What is where")[1]
    named = re.findall(r"^\| `([\w./]+)` \|", section.split("\n## ")[0], re.MULTILINE)
    package = ROOT / "tinynet"
    parts = [path.name for path in package.glob("*.py") if not path.name.startswith("__")]
    parts += [f"{path.parent.name}/" for path in package.glob("*/__init__.py")]
    assert sorted(named) == sorted(parts)
