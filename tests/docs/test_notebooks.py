"""The chapters' notebooks: run as they are, and with every exercise solved."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.docs.test_course import EXERCISES
from tools import course, make_notebooks

CHAPTERS = pytest.mark.parametrize("chapter", course.CHAPTERS, ids=lambda path: path.stem)


def run(cells: dict[str, Any]) -> dict[str, str]:
    """Run a notebook, and return what each exercise's check printed."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    book = nbformat.from_dict(cells)
    nbformat.validate(book)
    here = {"metadata": {"path": str(ROOT)}}
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources=here).execute()
    return {
        cell.metadata.check: "".join(output.get("text", "") for output in cell.outputs)
        for cell in book.cells
        if "check" in cell.metadata
    }


@pytest.mark.filterwarnings("default")  # Jupyter's own
@CHAPTERS
def test_notebook_grades_what_is_unsolved_and_solved(chapter: Path) -> None:
    book = json.loads(make_notebooks.notebook(chapter))
    names = [item.name for item in course.exercises(chapter)]
    for cell in [cell for cell in book["cells"] if "exercise" in cell["metadata"]]:
        name = cell["metadata"]["exercise"]
        assert cell["source"] == EXERCISES[name].start.strip("\n")
        if name != names[0]:  # the first one stays unsolved
            cell["source"] = EXERCISES[name].solution
    said = run(book)
    assert list(said) == names
    assert said.pop(names[0]).startswith("Not yet. ")
    assert set(said.values()) == {"Correct.\n"}, said


def test_a_verdict_tells_a_misspelt_name_from_an_answer_that_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    book = json.loads(make_notebooks.notebook(course.CHAPTERS[0]))
    (check,) = (
        cell["source"] for cell in book["cells"] if cell["metadata"].get("check") == "dense-forward"
    )
    for answer, words in (
        ("", "Not yet. Your code must define `dense`.\n"),
        (
            "def dense(x, W, b):\n    return x @ V + b\n",
            "Not yet. Your code can't be used: NameError: name 'V' is not defined\n",
        ),
    ):
        exec(make_notebooks.HELPERS + answer + "\n" + check, {})
        assert capsys.readouterr().out == words


@CHAPTERS
def test_notebook_has_the_chapters_code_and_no_directives(chapter: Path) -> None:
    book = json.loads(make_notebooks.notebook(chapter))
    text = "\n".join(cell["source"] for cell in book["cells"])
    assert book["cells"][0]["source"].startswith("# ")
    assert "`pip install tinynet-backprop`" in book["cells"][0]["source"]
    assert "{exercise}" not in text
    assert ":::" not in text
    assert "literalinclude" not in text
    assert ".md)" not in text
    assert "```pycon" not in text
    # What only the site has is said to be there.
    assert all(
        "on the site" in cell["source"] for cell in book["cells"] if "*Check*" in cell["source"]
    )
    page = chapter.read_text(encoding="utf-8")
    first = next(
        line[4:]
        for line in page.split("\n")
        if line.startswith(">>> class ") or ">>> x" in line or ">>> import" in line
    )
    assert first in text


def test_each_output_of_a_page_stands_below_its_statement() -> None:
    cells = make_notebooks.session(
        ">>> x = 1\n>>> x\n1\n>>> def f():\n...     return 2\n...\n>>> f()\n2\n"
    )
    assert [cell["source"] for cell in cells] == ["x = 1\nx", "def f():\n    return 2\n\nf()"]
    (cell,) = make_notebooks.session(
        ">>> 1 / 0\nTraceback (most recent call last):\n    ...\nE: no\n"
    )
    assert cell["metadata"] == {"tags": ["raises-exception"]}


def test_pictures_travel_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs" / "images").mkdir(parents=True)
    (tmp_path / "docs" / "images" / "a.svg").write_text("<svg/>", encoding="utf-8")
    monkeypatch.setattr(make_notebooks, "ROOT", tmp_path)
    cell = make_notebooks.markdown(
        "![A line](../images/a.svg) [two](02_nonlinearity.md) [x](../x.md)"
    )
    assert cell["source"] == "![A line](attachment:a.svg) [two](02_nonlinearity.ipynb) x"
    assert list(cell["attachments"]["a.svg"]) == ["image/svg+xml"]
