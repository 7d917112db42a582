"""An explanation as Markdown, LaTeX and HTML."""

import re

from matplotlib.mathtext import MathTextParser

from tests.support.explained import SMALL, reference_network
from tests.support.html import empty_elements
from tinynet import Dense, Sequential
from tinynet.explain import explain_step
from tinynet.explain.explanation import WIDTH, Line, line_as_text
from tinynet.explain.formulas import to_latex


def kind_of(formula: str) -> str:
    """Return a formula without its numbers and letters, and with a sum of two for a longer one."""
    formula = re.sub(r"[A-Za-z]0?\[", "a[", re.sub(r"\d+(,\d+)?", "0", formula))
    return re.sub(r"(\S+)( \+ \1)+", r"\1 + \1", formula)


def test_a_reader_of_latex_accepts_every_kind_of_formula() -> None:
    parser = MathTextParser("path")  # two superscripts on one letter are an error to it, as to TeX
    lines = [line for make in SMALL.values() for line in explain_step(*make()).lines]
    lines.sort(key=lambda line: -len(line.formula))  # of each kind, the shortest is read
    kinds = {kind_of(line.formula): line for line in lines if line.formula}
    assert len(kinds) > 25
    for line in kinds.values():
        parser.parse(f"${to_latex(line.name)} = {to_latex(line.formula)}$")


def test_latex_reads_well() -> None:
    formula = "momentum*velocity_W1[0,1] - learning_rate*dW1[0,1]**2/(sqrt(v) + 2e-05)"
    assert to_latex(formula) == (
        r"\mu \cdot \mathrm{velocity}\,W^{(1)}_{0,1} - \frac{\eta \cdot "
        r"\left(\mathrm{d}W^{(1)}_{0,1}\right)^{2}}{\sqrt{v} + 2 \cdot 10^{-5}}"
    )
    assert to_latex("sum(x[0,i]*W1[i,5] for i in range(784)) + b1[5]") == (
        r"\sum_{i=0}^{784-1} x_{0,i} \cdot W^{(1)}_{i,5} + b^{(1)}_{5}"
    )


def test_a_long_sum_is_set_in_several_rows() -> None:
    markdown = explain_step(*reference_network()).to_markdown()
    (equation,) = re.findall(r"\$\$\\begin\{aligned\} z\^\{\(1\)\}.*", markdown)
    rows = equation.split(r"\\")
    assert len(rows) == 1 + 8 + 1  # formula; 20 terms, the rest and the bias; result
    assert all(row.count(r"\cdot") <= 3 for row in rows)


def test_a_notebook_is_shown_no_empty_blobs() -> None:
    model = Sequential([Dense(2, "relu", input_shape=(2,)), Dense(1)], seed=0, dtype="float64")
    model.compile("sgd", "mse")
    shown = explain_step(model, [[1.0, 2.0]], [[3.0]])._repr_html_()
    heads = re.findall("<th [^>]*>([^<]*)</th>", shown)
    assert heads[:5] == ["", "formula", "numbers", "value", "numerical gradient"]
    assert shown.count("<code>") > 20
    assert shown.count("numerical gradient") == 1, "the head of the column says it"
    assert empty_elements(shown) == []


def test_a_line_that_is_too_long_is_broken_at_its_equals_signs() -> None:
    room = WIDTH - len("  y =  = 1 = 1")
    fits, breaks = (Line("y", "a" * n, "1", 1.0, "1") for n in (room, room + 1))
    assert line_as_text(fits) == [f"  y = {'a' * room} = 1 = 1"]
    assert line_as_text(breaks) == [f"  y = {'a' * (room + 1)}", "        = 1", "        = 1"]
    terms = " + ".join(["x*w"] * 30)
    first, second, *others = line_as_text(Line("y", terms, "1", 1.0, "1"))
    assert max(len(first), len(second)) <= WIDTH
    assert first.startswith("  y = x*w + x*w")
    assert second.startswith(("          x*w", "          + x*w"))
    assert others == ["        = 1", "        = 1"]
