"""Count the lines of code to read: of a training step, with its imports, and of the whole package.

    python -m tools.count_lines        print the counts
    python -m tools.count_lines README.md    write them into the README

Docstrings, comments and blank lines aren't counted.
"""

import argparse
import ast
import io
import re
import textwrap
import tokenize
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tinynet"

# What to read, in this order, to understand one training step.
STEP = (
    *("layers.base", "layers.dense", "layers.activations"),
    *("losses.base", "losses.crossentropy", "losses.criterion"),
    *("optimizers.base", "optimizers.sgd", "models"),
)
SENTENCE = re.compile(
    r"A training step is \d+ files of [\d,]+ lines of code; with everything they import, it is "
    r"[\d,]+ lines in \d+ files, and the whole package has [\d,]+\.".replace(" ", r"\s+")
)


def code_lines(source: str) -> int:
    """Count the lines of code, without docstrings, comments and blank lines."""
    silent = {
        *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
        *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        if ast.get_docstring(node):
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return len(lines)


@cache
def lines_of_file(file: Path) -> int:
    """Return the number of lines of code in a file."""
    return code_lines(file.read_text(encoding="utf-8"))


def file_of(module: str) -> Path | None:
    """Return the file of a module, given by its name without ``tinynet.``."""
    path = PACKAGE.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def imported(file: Path) -> set[Path]:
    """Return the package's files that a file imports at its top level."""
    found: set[Path | None] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tinynet":
            base = (node.module or "").removeprefix("tinynet").removeprefix(".")
            for alias in node.names:
                module = f"{base}.{alias.name}".strip(".")
                found.add(file_of(module) or file_of(base))
    return {file for file in found if file is not None and file != PACKAGE / "__init__.py"}


def with_imports(files: set[Path]) -> set[Path]:
    """Return the files and everything they import, directly or indirectly."""
    found: set[Path] = set()
    waiting = set(files)
    while waiting:
        file = waiting.pop()
        found.add(file)
        waiting |= imported(file) - found
    return found


def total(files: set[Path]) -> int:
    """Return the number of lines of code in some files."""
    return sum(lines_of_file(file) for file in files)


def sentence() -> str:
    """Return the sentence for the README."""
    step = {file for module in STEP if (file := file_of(module))}
    whole = with_imports(step)
    package = set(PACKAGE.rglob("*.py"))
    return (
        f"A training step is {len(step)} files of {total(step):,} lines of code; "
        f"with everything they import, it is {total(whole):,} lines in {len(whole)} files, "
        f"and the whole package has {total(package):,}."
    )


def main(arguments: list[str]) -> None:
    """Print the sentence, and update it in the given files."""
    print(sentence())
    for name in arguments:
        path = Path(name)
        wrapped = textwrap.fill(sentence(), 100)
        text, count = SENTENCE.subn(wrapped, path.read_text(encoding="utf-8"))
        if count != 1:
            raise SystemExit(f"{name} must have the sentence once, found {count}.")
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", help="to write the counts into, as README.md")
    main(parser.parse_args().files)
