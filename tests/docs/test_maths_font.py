"""The font that comes with the site has every sign of every formula, in one style."""

import html
import re
from pathlib import Path

import pytest

pytest.importorskip("sympy")

from tests.support.equations import EQUATIONS

STATIC = Path(__file__).parent.parent.parent / "docs" / "static"


def test_the_font_has_every_sign_of_the_equations() -> None:
    fonts = pytest.importorskip("fontTools.ttLib", reason="the fonts' tools aren't installed")
    pytest.importorskip("brotli", reason="woff2 needs brotli to be read")
    mathml = pytest.importorskip("docutils.utils.math.latex2mathml", reason="needs docutils")
    font = fonts.TTFont(STATIC / "fonts" / "maths.woff2")
    known = set(font.getBestCmap())
    assert "MATH" in font
    for label, equation in EQUATIONS.items():
        markup = mathml.tex2mathml(equation.latex)
        text = html.unescape(re.sub("<[^>]+>", "", markup))
        missing = {sign for sign in text if not sign.isspace() and ord(sign) not in known}
        assert missing == set(), label
    # Browsers set single letters in the mathematical italics; h stands among the letter-like ones.
    italics = {*range(0x1D434, 0x1D455), *range(0x1D456, 0x1D468), 0x210E}
    assert italics <= known


def test_the_style_uses_it_and_the_licence_lies_beside_it() -> None:
    style = (STATIC / "maths.css").read_text(encoding="utf-8")
    assert 'url("fonts/maths.woff2")' in style
    assert 'font-family: "Formulas", math' in style
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert (STATIC / "fonts" / "maths.woff2").stat().st_size < 120_000
