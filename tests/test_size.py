"""The README says how many lines a reader has before them, and these tests count."""

import ast
import io
import tokenize

from tests.conftest import ROOT

PACKAGE = ROOT / "tinynet"
CORE = ("layers", "initializers", "losses", "optimizers", "metrics", "models")


def code_lines(source: str) -> int:
    """Count lines that hold code: not docstrings, not comments, not blank ones."""
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


def test_counter_counts_code_alone() -> None:
    source = '''"""Doc."""

# why
x = (
    1
)


def f():
    """Doc
    doc."""
    return x  # y
'''
    assert code_lines(source) == 5


def test_readme_says_how_large_the_core_is() -> None:
    sources = [
        source
        for name in CORE
        for source in [PACKAGE / f"{name}.py", *(PACKAGE / name).glob("*.py")]
        if source.is_file()
    ]
    counts = {
        source.relative_to(PACKAGE).as_posix(): code_lines(source.read_text(encoding="utf-8"))
        for source in sources
    }
    total = sum(counts.values())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{total} lines of code" in readme, (total, counts)
