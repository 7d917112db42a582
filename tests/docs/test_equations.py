"""Every displayed equation of the documentation is checked, and none escapes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sympy")

from tests.conftest import ROOT
from tests.support.equations import EQUATIONS, verify
from tests.support.pages import CHECKED, DISPLAYED, TEXT, equations, prose

INLINE = re.compile(r"(?<![\\$`])\$(?!\$)([^$`]+)\$")
CLAIM = re.compile(r"=|\\approx|\\equiv|\\sim|\\propto|\\leftarrow")


@pytest.mark.parametrize(
    ("label", "latex"),
    [
        pytest.param(label, latex, id=label or page)
        for page in CHECKED
        for label, latex in equations(TEXT[page])
    ],
)
def test_equation_is_true(label: str, latex: str) -> None:
    verify(label, latex)


def test_each_equation_has_one_label_and_each_check_an_equation() -> None:
    labels = [label for page in CHECKED for label, _ in equations(TEXT[page])]
    assert sorted(labels) == sorted(EQUATIONS)


@pytest.mark.parametrize("page", CHECKED)
def test_no_equation_escapes(page: str) -> None:
    text = prose(TEXT[page])
    assert text.count("$$") == 2 * len(equations(TEXT[page])), "write $$ on lines of their own"
    assert not re.search(r"\\begin\{(align|equation|gather)|\\\[|\{math\}", text)
    for claim in INLINE.findall(DISPLAYED.sub("", text)):
        assert not CLAIM.search(claim), f"${claim}$ claims something: display it, with a label"
    assert "{math}" not in TEXT[page]


@pytest.mark.parametrize(
    ("label", "latex", "message"),
    [
        ("", "a = b", "no label"),
        ("nobody-checks-this", "a = b", "no check"),
        ("relu", r"\mathrm{relu}(z) = \min(z, 0)", "isn't the one that is checked"),
    ],
)
def test_verify_refuses(label: str, latex: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        verify(label, latex)


def test_verify_fails_where_the_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.equations.sigmoid", lambda x: x)
    with pytest.raises(AssertionError, match="sigmoid-slope"):
        verify("sigmoid-slope", EQUATIONS["sigmoid-slope"].latex)


def test_build_refuses_an_unchecked_equation(tmp_path: Path) -> None:
    for package in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(package)
    (tmp_path / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "extensions = ['tools.maths', 'myst_parser']\n"
        "myst_enable_extensions = ['dollarmath']\nhtml_math_renderer = 'mathml'\n",
        encoding="utf-8",
    )
    (tmp_path / "index.md").write_text("# Sums\n\n$$\n1 + 1 = 3\n$$ (sum)\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", ".", "site"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode != 0
    assert "'sum' has no check" in done.stderr
