"""Writes `examples/course` from the chapters: a file to fill in, its tests, and the digit reader.

python -m tools.make_course
"""

import argparse
import ast
import builtins
import re
import textwrap
from pathlib import Path

from tools.course import PREAMBLE, Exercise, course, digit_reader, pieces, title

FOLDER = Path(__file__).parent.parent / "examples" / "course"
GENERATED = "# ruff: noqa\n# mypy: ignore-errors\n# fmt: off\n"

HEAD = '''\
"""The exercises of the course, to solve without a browser: fill them in and check them with pytest.

    pytest examples/course                      all of them
    pytest examples/course -k cube              one of them
    python examples/course/read_digits.py       trains the network that you have written

Each exercise has its own part below a line with its number and name. Don't change these lines. The
chapters are in docs/learn.
"""

'''

TESTS = '''\
"""Checks the answers in `my_network.py`.

    pytest examples/course                      all of them
    pytest examples/course -k cube              one of them

`python -m tools.make_course` writes this file from the chapters in docs/learn. (For pytest:
PYTEST_DONT_REWRITE. The checks have their own messages.)
"""

'''

READER = '''\
"""Trains a digit reader from the pieces in `my_network.py`, and draws its predictions.

    python examples/course/read_digits.py

For each exercise that isn't solved yet, tinynet's own piece is used, and a line says so.
`python -m tools.make_course` writes this file from chapter 11 in docs/learn.
"""

'''


# This stands first, so that --help needn't wait for the imports.
OPTIONS = """\
import argparse

argparse.ArgumentParser(description=__doc__.partition("\\n")[0]).parse_args()
"""


def plain(markdown: str) -> str:
    """Return Markdown as plain text for a comment."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"\$\$\n(.*?)\n\$\$( \([\w-]+\))?", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"\$([^$]+)\$", r"\1", text)
    for latex, sign in {r"\leftarrow": "<-", r"\eta": "η", r", \qquad": " and"}.items():
        text = text.replace(latex, sign)
    return text


def comment(text: str) -> str:
    """Return text as lines of a comment, its paragraphs kept."""
    paragraphs = [textwrap.fill(part, 96) for part in re.split(r"\n\s*\n", text)]
    return "\n".join(f"# {line}".rstrip() for line in "\n\n".join(paragraphs).split("\n"))


def headline(text: str) -> str:
    """Return a line that begins a part of the file."""
    return f"# ---- {text} {'-' * (91 - len(text))}"


def answers() -> str:
    """Return the file to fill in."""
    parts = [HEAD + PREAMBLE]
    for chapter, found in course().items():
        for item in found:
            gap = "\n\n" if item.start.startswith(("def ", "class ")) else "\n"
            chapter_line = f"# Chapter {title(chapter)}\n\n" if item is found[0] else ""
            parts.append(
                f"{headline(f'{item.number} {item.name}')}\n{chapter_line}"
                f"# {item.title}\n#\n{comment(plain(item.statement))}\n#\n"
                f"{comment(f'Hint: {plain(item.hint)}')}\n{gap}{item.start}"
            )
    return "\n\n".join(parts) + "\n\n# ruff: noqa\n# mypy: ignore-errors\n"


def taken(check: str) -> list[str]:
    """Return the names that a check takes from the answer."""
    names = [node for node in ast.walk(ast.parse(check)) if isinstance(node, ast.Name)]
    defined = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(ast.parse(check)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
        elif isinstance(node, ast.ImportFrom):
            defined.update(alias.name for alias in node.names)
    known = defined | {"np", "tn", "check_gradients"} | set(dir(builtins))
    return list(dict.fromkeys(node.id for node in names if node.id not in known))


def test_name(item: Exercise) -> str:
    """Return the name of an exercise's test."""
    return f"test_{item.number.replace('.', '_')}_{item.name.replace('-', '_')}"


def tests() -> str:
    """Return the tests."""
    imports = f"{PREAMBLE}from judging import judged\n"
    parts = [TESTS + GENERATED + "\n" + imports]
    for found in course().values():
        for item in found:
            names = "".join(f'{name} = mine("{name}")\n' for name in taken(item.check))
            body = textwrap.indent(names + item.check, " " * 8)
            parts.append(
                f'def {test_name(item)}():\n    """{item.title.rstrip(".?")}."""\n'
                f'    with judged("{item.name}") as mine:\n{body}'
            )
    return "\n\n".join(parts)


def reader() -> str:
    """Return the program that trains the learner's own pieces."""
    stand_ins = "\n\n".join(item.stand_in or item.solution for item in pieces())
    own = "".join(
        f'{item.piece} = piece({test_name(item)}, "{item.name}", "{item.piece}", {item.piece})\n'
        for item in pieces()
    )
    names = "".join(f"    {test_name(item)},\n" for item in pieces())
    imports = f"{PREAMBLE}from judging import piece\nfrom test_my_network import (\n{names})\n"
    return (
        f"{READER}{GENERATED}\n{OPTIONS}\n{imports}\n"
        f"# tinynet's pieces, for exercises that aren't solved.\n\n{stand_ins}\n\n"
        f"# Your own pieces.\n\n{own}\n# The digit reader.\n\n{digit_reader()}"
        'ax.figure.savefig("my_digits.png")\nprint("The predictions are drawn in my_digits.png.")\n'
    )


def files() -> dict[Path, str]:
    """Return the files of the folder, with their text."""
    return {
        FOLDER / "my_network.py": answers(),
        FOLDER / "test_my_network.py": tests(),
        FOLDER / "read_digits.py": reader(),
    }


def main() -> None:
    """Write the files."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
