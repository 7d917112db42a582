"""Sphinx extension: formulas as MathML, and no display equation without a check.

Browsers draw MathML themselves, so the pages need neither JavaScript nor a network connection for
their formulas. docutils translates the LaTeX when the documentation is built.

Every display equation of a page must be, letter for letter, in the table of
`tests/support/equations.py`. Its check is run here as well as in the tests. An equation that isn't
in the table, or isn't true, is a warning, which fails a build with `-W`.
"""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

from tests.support.equations import verify
from tests.support.pages import WRITTEN_BY_PROGRAMS

# LaTeX sets a thin space before a function's name, and between it and an argument without
# parentheses or brackets; browsers see a function being applied, and set none.
BEFORE_NAME = re.compile(
    r"(</m(?:i|n|sub|sup|subsup)>|\)</mo>)"
    r"(?=\s*<(?:mi(?: [^>]*)?>[^<]+</mi>\s*<mo>&ApplyFunction;|mo[^>]*>m(?:ax|in)<))"
)
NARROW_GAP = re.compile(
    r'<mo>&ApplyFunction;</mo>(?!\s*<mo stretchy="false">[(\[]|\s*<mrow>\s*<mo maxsize)'
)
# To browsers `max` is an operator, with a space on each side; before a parenthesis it has none.
MAX = re.compile(r'<mo>(max|min)</mo>(?=\s*<mo stretchy="false">\()')

# docutils puts the index of a letter with a hat under the letter; it belongs at its lower right.
HAT_WITH_INDEX = re.compile(
    r"<munderover>\s*(<mi>[^<]*</mi>)\s*(<(mi|mn|mrow)>.*?</\3>)\s*"
    r'<mo stretchy="false">([ˆ˜¯])</mo>\s*</munderover>',
    re.DOTALL,
)
HAT_AT_RIGHT = r'<msub><mover accent="true">\1<mo stretchy="false">\4</mo></mover>\2</msub>'
# LaTeX sets a thin space between a fraction and a sum, a named function or another fraction.
AFTER_FRACTION = re.compile(
    r"</mfrac>(?=\s*<(?:mfrac|munder|munderover|mo>∑|mo[^>]*>m(?:ax|in)<"
    r"|mi(?: [^>]*)?>[A-Za-z]{2}))"
)
# Bars around one letter don't grow with the line, and have no space on their sides.
BAR = re.compile(r'<mo(?: stretchy="false")?( class="mathopen")?>([|‖])</mo>')

logger = logging.getLogger(__name__)


def check_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Verify each display equation of a page."""
    if app.env.docname + ".md" in WRITTEN_BY_PROGRAMS:
        return  # with a test of their own
    for node in doctree.findall(nodes.math_block):
        try:
            verify(node.get("label"), node.astext())
        except (AssertionError, KeyError, ValueError) as error:
            logger.warning("%s", error, location=node)


def translate(node: nodes.Element, as_block: bool) -> str:
    """Return a formula as MathML."""
    try:
        return mended(tex2mathml(node.astext(), as_block))
    except MathError as error:
        logger.warning("%s: %s", node.astext(), error, location=node)
        return f"<code>{node.astext()}</code>"


def mended(mathml: str) -> str:
    r"""Return MathML as browsers should have it.

    Examples
    --------
    >>> "munderover" in tex2mathml(r"\hat{x}_n"), "munderover" in mended(tex2mathml(r"\hat{x}_n"))
    (True, False)
    """
    mathml = BEFORE_NAME.sub(r'\1<mspace width="0.17em"/>', mathml)
    mathml = NARROW_GAP.sub('<mspace width="0.17em"/>', mathml)
    mathml = AFTER_FRACTION.sub('</mfrac><mspace width="0.17em"/>', mathml)
    mathml = MAX.sub(r'<mo lspace="0" rspace="0">\1</mo>', mathml)
    mathml = HAT_WITH_INDEX.sub(HAT_AT_RIGHT, mathml)
    return BAR.sub(r'<mo stretchy="false" lspace="0" rspace="0"\1>\2</mo>', mathml)


def visit_inline(self: Any, node: nodes.Element) -> None:
    """Write a formula within a sentence."""
    self.body.append(translate(node, as_block=False))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.Element) -> None:
    """Write a display equation, which its label links to."""
    label = node.get("label") or ""
    self.body.append(f'<div class="math" id="equation-{label}">{translate(node, True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer and the check."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("doctree-read", check_equations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
