"""Formulas as text and as LaTeX."""

import numpy as np

from tinynet.explain.formulas import evaluate, fill_in, split_sum, to_latex


def test_formulas() -> None:
    assert fill_in("x[0] - x[1]**2", {"x": np.array([-1.0, -2.0])}, 6) == "-1 - (-2)**2"
    assert evaluate("1/0") != evaluate("1/0")  # NaN
    assert split_sum("a + b*(c + d)") == ["a", "b*(c + d)"]


def test_functions_of_a_formula() -> None:
    assert evaluate("sum(k for k in range(4))") == 6
    assert evaluate("sqrt(4) + log(exp(1)) + log1p(0) + tanh(0) + max(abs(-2), 1)") == 5
    assert evaluate("-inf") == -np.inf
    assert np.isnan(evaluate("nan"))


def test_brackets_around_a_power() -> None:
    assert to_latex("x[0]**2") == "x_{0}^{2}"
    assert to_latex("z1[0]**2") == r"\left(z^{(1)}_{0}\right)^{2}"  # LaTeX allows one superscript
    assert to_latex("(a + b)**2") == r"\left(a + b\right)^{2}"
    assert to_latex("a*b - (c - d)/e") == r"a \cdot b - \frac{c - d}{e}"
    assert to_latex("a - (b - c)") == r"a - \left(b - c\right)"
