"""What tinynet prints is ASCII, which every console and every redirected output takes.

Where Windows writes to a file or a pipe, Python encodes in the code page of the country, and a
character that it lacks ends the program. Plots have fonts, so what is drawn may have others.
"""

import ast
from collections.abc import Iterator

from tests.conftest import ROOT, RunPython

PACKAGE = ROOT / "tinynet"
SOURCES = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "plotting" not in path.parents]

REPORT = """
import numpy as np
from tinynet.gradcheck import check_gradients

class Affine:
    W, b = np.eye(3, 2), np.zeros(2)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dy):
        self.dW, self.db = self.x.T @ dy, dy.mean(axis=0)
        return dy @ self.W.T

print(check_gradients(Affine(), np.random.default_rng(1).normal(size=(4, 3))))
"""


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield all strings with their lines, except docstrings."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def test_strings_outside_of_plots_are_ascii() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in SOURCES
        for line, text in strings(path.read_text(encoding="utf-8"))
        if not text.isascii()
    ]
    assert found == []


def test_a_report_can_be_printed_in_any_encoding(run_python: RunPython) -> None:
    result = run_python(REPORT, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.returncode == 0, result.stderr
    assert "4 times too small" in result.stdout
