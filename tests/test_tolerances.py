"""Tolerances of the tests are those that they state.

`pytest.approx` passes what lies within the relative *or* the absolute tolerance, and the absolute
one defaults to 1e-12. It makes a strict `rel` loose without a trace, and lets 0 pass for any
expected value below 1e-12. So where it can matter, the test must state `abs`.
"""

import ast
import math
from collections.abc import Iterator

import numpy as np
import pytest

from tests.conftest import ROOT

STRICT, SMALL = 1e-9, 1e-6
NAMES = {**vars(math), "math": math, "np": np}


def value(node: ast.expr | None) -> float | None:
    """Return what an expression of numbers alone is, like ``np.exp(-50)``; None for any other."""
    if node is None:
        return None
    try:
        return float(eval(ast.unparse(node), {"__builtins__": {}}, NAMES))
    except (NameError, TypeError, ValueError):
        return None


def vacuous(source: str) -> Iterator[int]:
    """Yield the lines of calls of `approx` that need `abs` and don't state it."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in (
            "approx",
            "pytest.approx",
        ):
            continue
        # What is passed by position is expected, rel and abs.
        options = dict(zip(("expected", "rel", "abs"), node.args, strict=False))
        options |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        if "abs" in options:
            continue
        rel = value(options.get("rel"))
        strict = "rel" in options and (rel is None or rel <= STRICT)
        expected = value(options.get("expected"))
        small = expected is not None and 0 < math.fabs(expected) < SMALL
        if strict or small:
            yield node.lineno


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("approx(x, rel=1e-13)", True),
        ("pytest.approx(x, rel=1e-9)", True),
        ("pytest.approx(x, rel=tolerance)", True),
        ("pytest.approx(x, 1e-13)", True),
        ("pytest.approx(np.exp(-50), rel=1e-5)", True),
        ("pytest.approx(-1e-8)", True),
        ("pytest.approx(x, rel=1e-13, abs=0)", False),
        ("pytest.approx(x, 1e-13, 0)", False),
        ("pytest.approx(np.exp(-50), rel=1e-5, abs=0)", False),
        ("pytest.approx(x, rel=1e-6)", False),
        ("pytest.approx([x, y])", False),
        ("pytest.approx(0.5)", False),
    ],
)
def test_calls_that_need_an_absolute_tolerance_are_found(call: str, found: bool) -> None:
    assert list(vacuous(f"assert y == {call}")) == [1] * found


def test_strict_and_small_comparisons_state_their_absolute_tolerance() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        for line in vacuous(file.read_text(encoding="utf-8"))
    ]
    assert not found, f"pytest.approx adds abs=1e-12 unless told otherwise: state abs= in {found}"
