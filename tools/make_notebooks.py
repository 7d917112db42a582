"""Writes a notebook of each chapter of the course: its text, its code, its exercises with checks.

python -m tools.make_notebooks FOLDER

The documentation's build puts them beside the chapters. A notebook can be run from top to bottom:
exercises that aren't solved say so, and stop nothing.
"""

import argparse
import ast
import base64
import json
import re
import textwrap
from pathlib import Path
from typing import Any

from tools.course import (
    CHAPTERS,
    EXERCISE,
    PREAMBLE,
    READER,
    ROOT,
    Exercise,
    digit_reader,
    exercises,
    pieces,
)

FENCE = re.compile(r"^```(\S+)(.*?)\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)
IMAGE = re.compile(r"!\[([^\]]*)\]\(\.\./images/([^)]+)\)")
CHAPTER_LINK = re.compile(r"\]\((\d\d_\w+)\.md\)")
OTHER_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!http|attachment|\d\d_)[^)]*\)")

INSTALL = "*To run this notebook, install tinynet: `pip install tinynet-backprop`.*"

HELPERS = (
    PREAMBLE
    + '''
solved = set()


def verdict(exercise, check):
    """Run an exercise's check, and say what it found."""
    try:
        check()
    except AssertionError as error:
        print("Not yet.", error)
    except Exception as error:
        if isinstance(error, NameError) and error.name in check.__code__.co_names:
            print(f"Not yet. Your code must define `{error.name}`.")
            return
        print(f"Not yet. Your code can't be used: {type(error).__name__}: {error}")
        if "NoneType" in str(error):
            print("Is a `return` missing?")
    else:
        solved.add(exercise)
        print("Correct.")
'''
)


def markdown(text: str) -> dict[str, Any]:
    """Return a cell of text, its pictures inside."""
    text = re.sub(r"^\$\$ \([\w-]+\)$", "$$", text, flags=re.MULTILINE)
    text = CHAPTER_LINK.sub(r"](\1.ipynb)", text)
    attachments: dict[str, Any] = {}

    def attach(match: re.Match[str]) -> str:
        path = ROOT / "docs" / "images" / match[2]
        kind = {"svg": "image/svg+xml", "png": "image/png"}[path.suffix[1:]]
        attachments[path.name] = {kind: base64.b64encode(path.read_bytes()).decode()}
        return f"![{match[1]}](attachment:{path.name})"

    text = OTHER_LINK.sub(r"\1", IMAGE.sub(attach, text)).strip("\n")
    cell = {"cell_type": "markdown", "metadata": {}, "source": text}
    return {**cell, "attachments": attachments} if attachments else cell


def code(source: str, **metadata: Any) -> dict[str, Any]:
    """Return a cell of code that hasn't run."""
    cell = {"cell_type": "code", "metadata": metadata, "source": source.strip("\n")}
    return {**cell, "outputs": [], "execution_count": None}


def session(body: str) -> list[dict[str, Any]]:
    """Return cells for a session, so that each output of the page is below its statement."""
    cells, lines = [], []
    blocks = re.split(r"^(?=>>> )", body, flags=re.MULTILINE)
    for block in filter(None, map(str.rstrip, blocks)):
        rows = block.split("\n")
        source = [row[4:] for row in rows if row.startswith((">>> ", "... ")) or row == "..."]
        lines += source
        raises = "Traceback (most recent call last):" in rows
        if len(source) < len(rows):  # it prints something
            cells.append(
                code("\n".join(lines), **({"tags": ["raises-exception"]} if raises else {}))
            )
            lines = []
    return [*cells, code("\n".join(lines))] if lines else cells


def exercise_cells(item: Exercise) -> list[dict[str, Any]]:
    """Return the cells of an exercise: the task, the answer, the check, hint and solution."""
    body = textwrap.indent(item.check, "    ")
    check = f'def check():\n{body}\n\nverdict("{item.name}", check)'
    folds = (
        f"<details><summary>Hint</summary>\n\n{item.hint}\n\n</details>\n\n"
        f"<details><summary>Solution</summary>\n\n{item.explanation}\n\n"
        f"```python\n{item.solution}```\n\n</details>"
    )
    return [
        markdown(f"### Exercise {item.number}: {item.title}\n\n{item.statement}"),
        code(item.start, exercise=item.name),
        code(check, check=item.name),
        markdown(folds),
    ]


def included(options: str, path: str) -> str:
    """Return the code that a page includes from the library, as a block."""
    wanted = re.search(r"^:pyobject: (\S+)$", options, re.MULTILINE)
    assert wanted
    source = (ROOT / "docs" / "learn" / path.strip()).read_text(encoding="utf-8")
    found: ast.AST = ast.parse(source)
    for name in wanted[1].split("."):
        found = next(node for node in ast.walk(found) if getattr(node, "name", None) == name)
    lines = source.splitlines()[found.lineno - 1 : found.end_lineno]  # type: ignore[attr-defined]
    return "```python\n" + textwrap.dedent("\n".join(lines)) + "\n```\n"


def plain_cells(text: str) -> list[dict[str, Any]]:
    """Return the cells of text without exercises."""
    cells, start, words = [], 0, ""
    for match in FENCE.finditer(text):
        kind, argument, body = match.groups()
        words += text[start : match.start()]
        start = match.end()
        if kind == "pycon":
            cells += [markdown(words)] if words.strip() else []
            cells += session(body)
            words = ""
        elif kind == "{literalinclude}":
            words += included(body, argument)
        else:
            words += match[0]
    words += text[start:]
    return [*cells, markdown(words)] if words.strip() else cells


def reader_cells() -> list[dict[str, Any]]:
    """Return the cells that train the reader's own network."""
    stand_ins = []
    for item in pieces():
        source = item.stand_in or item.solution
        if item.number.startswith("11."):
            source = f'if "{item.name}" not in solved:\n{textwrap.indent(source, "    ")}'
        stand_ins.append(source)
    return [
        markdown("Replace the code in the next cell by your own answers from the other chapters."),
        code("\n\n".join(stand_ins)),
        code(digit_reader()),
    ]


def notebook(chapter: Path) -> str:
    """Return the notebook of a chapter."""
    head, _, rest = chapter.read_text(encoding="utf-8").partition("\n\n")
    text = f"{head}\n\n{INSTALL}\n\n{rest}"
    items = {item.name: item for item in exercises(chapter)}
    cells: list[dict[str, Any]] = []
    start, helped = 0, False
    boxes = [*EXERCISE.finditer(text), *READER.finditer(text)]
    for match in sorted(boxes, key=lambda box: box.start()):
        cells += plain_cells(text[start : match.start()])
        start = match.end()
        if not helped:
            cells.append(code(HELPERS))
            helped = True
        name = match[1] if match.re is EXERCISE else ""
        cells += exercise_cells(items[name]) if name else reader_cells()
    cells += plain_cells(text[start:])
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        ensure_ascii=False,
        indent=1,
    )


def write(folder: Path) -> None:
    """Write the notebooks into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in CHAPTERS:
        path = folder / f"{chapter.stem}.ipynb"
        path.write_text(notebook(chapter) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    write(parser.parse_args().folder)
