"""Sphinx extension: the course's exercises, its progress, and the reader's own digit reader.

It defines the directives `exercise`, `digit-reader` and `course-progress`. `tools/course.py`
describes how an exercise is written, and reads the exercises for the notebooks and for
`examples/course`, too. The page's script is `course.js`.
"""

import html
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools import course, make_notebooks
from tools.run_in_page import RUNS, as_json, python_block

ROOT = Path(__file__).parent.parent


class exercise(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 - docutils' way
    """The box of an exercise, with the statement and the folds."""


class fold(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """A part that opens at a click: a hint, the solution, the check."""


class assembly(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """The box that trains the reader's own pieces."""


class progress(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """The list of the chapters, each with the number of solved exercises."""


class ExerciseDirective(SphinxDirective):
    """A box with a task, an editor and a check."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {"title": directives.unchanged, "piece": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        chapter = ROOT / "docs" / f"{self.env.docname}.md"
        item = next(e for e in course.exercises(chapter) if e.name == self.arguments[0])
        box = exercise(item=item, ids=[f"exercise-{item.name}"])
        box += self.parse_text_to_nodes(item.statement)
        box += nodes.raw("", python_block(item.start), format="html", classes=["start"])
        for summary, text, code in (
            ("Hint", item.hint, ""),
            ("Solution", item.explanation, item.solution),
            ("What is checked", "", item.check),
        ):
            part = fold(summary=summary)
            if text:
                part += self.parse_text_to_nodes(text)
            if code:
                part += nodes.raw("", python_block(code), format="html")
            box += part
        return [box]


class DigitReaderDirective(SphinxDirective):
    """The box that trains the reader's own network."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        return [assembly(program=course.digit_reader(), pieces=course.pieces())]


class ProgressDirective(SphinxDirective):
    """The list of the chapters, with the number of solved exercises in each."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        box = progress(chapters=course.course())
        box += self.parse_content_to_nodes()
        items = list(box.findall(nodes.list_item))
        if len(items) != len(box["chapters"]):
            raise self.error("course-progress needs a list with one item for each chapter")
        return [box]


def visit_exercise(self: Any, node: nodes.Element) -> None:
    """Begin the box. The first element has the data for the script."""
    item = node["item"]
    data = {"name": item.name, "start": item.start, "check": item.check, "piece": item.piece}
    self.body.append(
        f'<section class="exercise" id="exercise-{item.name}">'
        f"{as_json({**data, 'preamble': course.PREAMBLE})}"
        f'<p class="exercise-title">Exercise {item.number}: {html.escape(item.title)}</p>\n'
    )


def depart_exercise(self: Any, node: nodes.Element) -> None:
    """End the box."""
    self.body.append("</section>\n")


def visit_fold(self: Any, node: nodes.Element) -> None:
    """Begin a part that opens at a click."""
    kind = re.sub(r"\W+", "-", node["summary"].lower())
    self.body.append(f'<details class="{kind}"><summary>{node["summary"]}</summary>\n')


def depart_fold(self: Any, node: nodes.Element) -> None:
    """End a part that opens at a click."""
    self.body.append("</details>\n")


def visit_assembly(self: Any, node: nodes.Element) -> None:
    """Write the table of the pieces and the program that uses them."""
    rows, pieces = [], []
    for item in node["pieces"]:
        chapter = next(path for path, found in course.course().items() if item in found)
        link = f"{chapter.stem}.html#exercise-{item.name}"
        rows.append(
            f'<tr data-piece="{item.piece}"><td><code>{item.piece}</code></td>'
            f'<td><a href="{link}">{item.number}: {html.escape(item.title)}</a></td>'
            '<td class="whose">tinynet’s</td></tr>'
        )
        stand_in = item.stand_in or item.solution
        pieces.append({"name": item.piece, "exercise": item.name, "code": stand_in})
    data = {"preamble": course.PREAMBLE, "program": node["program"], "pieces": pieces}
    self.body.append(
        f'<section class="assembly">{as_json(data)}<table><thead><tr><th>Piece</th>'
        f"<th>Exercise</th><th>Whose</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"{python_block(node['program'])}</section>\n"
    )
    raise nodes.SkipNode


def visit_progress(self: Any, node: nodes.Element) -> None:
    """Begin the list. The first element has the names of the exercises for the script."""
    names = [[item.name for item in found] for found in node["chapters"].values()]
    self.body.append(f'<div class="course-progress">{as_json(names)}\n')


def depart_progress(self: Any, node: nodes.Element) -> None:
    """End the list."""
    self.body.append("</div>\n")


def link_notebook(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Add a link to the notebook at the end of a chapter."""
    name = page.removeprefix("learn/")
    if app.builder.format == "html" and name in [chapter.stem for chapter in course.CHAPTERS]:
        link = f'<a href="{name}.ipynb" download>as a notebook</a>'
        text = f'<p class="notebook">This chapter {link}, with the same exercises and checks.</p>'
        doctree.children[-1] += nodes.raw("", text, format="html")


def write_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Write the notebooks beside the chapters."""
    if error is None and app.builder.format == "html":
        make_notebooks.write(Path(app.outdir) / "learn")


def add_files(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load the script on the pages that need it."""
    boxes = (exercise, assembly, progress)
    if doctree is not None and any(doctree.findall(lambda node: isinstance(node, boxes))):
        app.add_js_file("course.js", loading_method="defer", priority=600)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register directives and nodes."""
    app.add_directive("exercise", ExerciseDirective)
    app.add_directive("digit-reader", DigitReaderDirective)
    app.add_directive("course-progress", ProgressDirective)
    app.add_node(exercise, html=(visit_exercise, depart_exercise))
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(assembly, html=(visit_assembly, None))
    app.add_node(progress, html=(visit_progress, depart_progress))
    RUNS.extend([exercise, assembly, progress])
    app.connect("doctree-resolved", link_notebook)
    app.connect("html-page-context", add_files)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
