"""Small is a feature: the core's lines of code are counted, and the README gives the count."""

import ast
import io
import tokenize

from tests.conftest import ROOT

CORE = ("layers", "initializers", "losses", "optimizers", "metrics", "models")
LIMIT = 900


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


def test_core_stays_small_and_readme_says_how_small() -> None:
    counts = {name: code_lines((ROOT / "tinynet" / f"{name}.py").read_text()) for name in CORE}
    total = sum(counts.values())
    assert total < LIMIT, counts
    assert f"{total} lines of code" in (ROOT / "README.md").read_text(), counts
