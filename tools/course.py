"""Reads the exercises of the course from its chapters.

Each exercise is written once, as a directive in a chapter. It becomes a box on the page, cells of
the chapter's notebook, and a section of a file and a test in `examples/course`::

    ::::{exercise} cube
    :title: The slope of a cube

    The task, in Markdown.

    ```python
    the code to start from
    ```

    :::{hint}
    Markdown.
    :::

    :::{solution}
    Markdown, and one block of Python: a correct answer.
    :::

    :::{check}
    ```python
    statements that run after the reader's code and raise AssertionError if it is wrong
    ```
    :::
    ::::

``:piece: Dense`` means that the digit reader of chapter 11 uses the reader's `Dense`. A section
``{stand-in}`` has the block that defines it for readers who haven't solved the exercise. All code
is run after `PREAMBLE`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "docs" / "learn").glob("[0-9]*.md"))

PREAMBLE = """\
import numpy as np

import tinynet as tn
from tinynet.gradcheck import check_gradients
"""

EXERCISE = re.compile(r"^::::\{exercise\} ([\w-]+)\n(.*?)^::::$", re.MULTILINE | re.DOTALL)
READER = re.compile(r"^::::\{digit-reader\}\n(.*?)^::::$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^:::\{([\w-]+)\}\n(.*?)^:::$\n?", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"^:(\w[\w-]*): +(.+)$\n?", re.MULTILINE)
CODE = re.compile(r"^```python\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Exercise:
    """An exercise.

    Attributes
    ----------
    name : str
        Unique in the whole course.
    number : str
        Of the chapter and within it, ``"4.1"``.
    title, statement, hint, explanation : str
        Markdown; the explanation precedes the solution.
    start, solution, check : str
        Python code.
    piece : str
        The name that the digit reader takes from the answer, empty if none.
    stand_in : str
        Python code that defines the piece for those who haven't solved the exercise.
    """

    name: str
    number: str
    title: str
    statement: str
    start: str
    hint: str
    explanation: str
    solution: str
    check: str
    piece: str = ""
    stand_in: str = ""


def one_block(text: str, where: str) -> str:
    """Return the one block of Python in a text."""
    blocks = CODE.findall(text)
    if len(blocks) != 1:
        raise ValueError(f"{where}: expected one block of Python, found {len(blocks)}.")
    return str(blocks[0])


def exercises(chapter: Path) -> list[Exercise]:
    """Return the exercises of a chapter, in their order."""
    text = chapter.read_text(encoding="utf-8")
    number = int(chapter.name.split("_")[0])
    found = EXERCISE.findall(text)
    if len(found) != text.count("{exercise}"):
        raise ValueError(f"{chapter.name}: an exercise isn't in the expected form.")
    return [read(name, f"{number}.{k}", body) for k, (name, body) in enumerate(found, start=1)]


def read(name: str, number: str, body: str) -> Exercise:
    """Return one exercise, from the text between its colons."""
    sections = dict(SECTION.findall(body))
    rest = SECTION.sub("", body)
    options = dict(OPTION.findall(rest))
    rest = OPTION.sub("", rest)
    missing = {"hint", "solution", "check"} - set(sections) | {"title"} - set(options)
    if missing:
        raise ValueError(f"exercise {name} lacks {', '.join(sorted(missing))}.")
    piece = options.get("piece", "")
    solution = one_block(sections["solution"], name)
    return Exercise(
        name=name,
        number=number,
        title=options["title"],
        statement=CODE.sub("", rest).strip(),
        start=one_block(rest, name),
        hint=sections["hint"].strip(),
        explanation=CODE.sub("", sections["solution"]).strip(),
        solution=solution,
        check=one_block(sections["check"], name),
        piece=piece,
        stand_in=one_block(sections["stand-in"], name) if "stand-in" in sections else "",
    )


def course() -> dict[Path, list[Exercise]]:
    """Return the exercises of all chapters."""
    return {chapter: exercises(chapter) for chapter in CHAPTERS}


def pieces() -> list[Exercise]:
    """Return the exercises whose answers the digit reader uses."""
    return [item for items in course().values() for item in items if item.piece]


def digit_reader() -> str:
    """Return the program that trains the pieces together, from its chapter."""
    texts = (chapter.read_text(encoding="utf-8") for chapter in CHAPTERS)
    (program,) = (found for text in texts for found in READER.findall(text))
    return one_block(program, "digit-reader")


def title(chapter: Path) -> str:
    """Return a chapter's title, with its number."""
    return chapter.read_text(encoding="utf-8").split("# ", 1)[1].split("\n")[0]
