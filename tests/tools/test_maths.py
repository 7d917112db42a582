"""Formulas become MathML in which indices, hats and bars stand where they belong."""

import re

import pytest

pytest.importorskip("docutils.utils.math.latex2mathml", reason="needs docutils")
pytest.importorskip("sphinx", reason="the extra docs isn't installed")

from docutils.utils.math.latex2mathml import tex2mathml

from tools.maths import mended


def mathml(latex: str) -> str:
    return re.sub(r"\s*\n\s*", "", mended(tex2mathml(latex)))


def test_the_index_of_a_hat_stands_at_its_lower_right() -> None:
    hat = '<mover accent="true"><mi>x</mi><mo stretchy="false">ˆ</mo></mover>'
    assert f"<msub>{hat}<mi>n</mi></msub>" in mathml(r"\hat{x}_n")
    assert f"<msub>{hat}<mi>n</mi></msub>" in mathml(r"\hat{x}_n^2")
    assert f"<msub>{hat}<mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msub>" in mathml(
        r"\hat{x}_{n+1}"
    )
    assert "munderover" not in mathml(r"\hat{x}_n \hat{y}_m")


def test_a_sum_keeps_its_limits() -> None:
    assert "<munderover>" in mended(tex2mathml(r"\sum_{n=1}^N x_n", as_block=True))


def test_bars_around_a_letter_do_not_grow() -> None:
    for latex in (r"\lvert r \rvert", r"\lVert w \rVert^2", r"e^{-|z|}"):
        assert mathml(latex).count('stretchy="false"') == 2
        assert mathml(latex).count('lspace="0" rspace="0"') == 2


def test_a_name_keeps_its_distance_from_what_stands_before_it_alone() -> None:
    space = '<mspace width="0.17em"/>'
    names = (r"I \operatorname{Var}(w)", r"t_k \log(p)", r"(1 - t) \log(p)", r"a \min(x, 0)")
    for latex in (*names, r"\frac{1}{2} \min(x, 0)"):
        assert mathml(latex).count(space) == 1
    assert mathml(r"t_k \log p_k").count(space) == 2
    for latex in (r"\operatorname{E}[x^2]", r"\operatorname{Var}\Bigl( x \Bigr)", r"-\log(p)"):
        assert space not in mathml(latex)


def test_a_maximum_has_no_space_before_its_parenthesis() -> None:
    assert '<mo lspace="0" rspace="0">max</mo><mo stretchy="false">(' in mathml(r"\max(z, 0)")


def test_a_fraction_keeps_its_distance_from_what_is_summed() -> None:
    space = '</mfrac><mspace width="0.17em"/>'
    for latex in (r"\frac{1}{N} \sum_{n} x_n", r"\frac{1}{B} \operatorname{Var}(g)"):
        assert space in mended(tex2mathml(latex, as_block=True))
    assert mathml(r"\frac{1}{2} \frac{a}{b}").count(space) == 1
    assert space not in mathml(r"\frac{1}{2} x")
