"""Formulas as text: fill in numbers, evaluate, convert to LaTeX.

A formula is a Python expression such as ``x[0,0]*W1[0,0] + b1[0]``, so printed formulas can be
pasted into Python. `tinynet.explain` writes them.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

# The names that a formula may use besides those of arrays.
FUNCTIONS: dict[str, Any] = {
    "abs": abs,
    "exp": np.exp,
    "inf": np.inf,
    "log": np.log,
    "log1p": np.log1p,
    "max": max,
    "nan": np.nan,
    "range": range,
    "sqrt": np.sqrt,
    "sum": sum,
    "tanh": np.tanh,
}


ENTRY = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?:\[([\d,]+)\])?(?![\w(\[])")
GREEK = {"learning_rate": r"\eta", "beta_1": r"\beta_1", "beta_2": r"\beta_2"}


GREEK |= {"epsilon": r"\epsilon", "momentum": r"\mu", "weight_decay": r"\lambda", "rho": r"\rho"}


PRECEDENCE: dict[type, int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2}


def write_number(value: float, digits: int) -> str:
    """Write a number with the given significant digits; 17 or more give full precision.

    Examples
    --------
    >>> write_number(0.1 + 0.2, 6), write_number(0.1 + 0.2, 17)
    ('0.3', '0.30000000000000004')
    """
    value = float(value) + 0.0  # -0.0 becomes 0.0
    return repr(value).removesuffix(".0") if digits >= 17 else f"{value:.{digits}g}"


def fill_in(formula: str, arrays: Mapping[str, Any], digits: int) -> str:
    """Replace array entries by their values, with negative values in brackets.

    Examples
    --------
    >>> fill_in("a[0]*a[1] - b", {"a": np.array([0.5, -2]), "b": 1.0}, 6)
    '0.5*(-2) - 1'
    """

    def number(match: re.Match[str]) -> str:
        name, index = match.groups()
        if name not in arrays:
            return match.group()
        array = np.asarray(arrays[name])
        value = array[tuple(int(i) for i in index.split(","))] if index else array
        text = write_number(float(value), digits)
        start, end = match.span()
        bare = start == 0 or formula[start - 1] == "("
        return (
            f"({text})"
            if text[0] == "-" and not (bare and formula[end : end + 2] != "**")
            else text
        )

    return ENTRY.sub(number, formula)


def split_sum(expression: str) -> list[str]:
    """Split an expression at the plus signs outside all brackets.

    Examples
    --------
    >>> split_sum("1 + 2*(3 + 4) + 5")
    ['1', '2*(3 + 4)', '5']
    """
    terms, depth, start = [], 0, 0
    for place, sign in enumerate(expression):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and expression.startswith(" + ", place):
            terms.append(expression[start:place])
            start = place + 3
    return [*terms, expression[start:]]


def evaluate(expression: str) -> float:
    """Evaluate an expression of numbers. Division by zero and overflow give NaN.

    The printed text itself is evaluated, so a misprint can't go unnoticed.

    Examples
    --------
    >>> evaluate("2*0.5 + 0.25")
    1.25
    """
    total = 0.0
    for term in split_sum(expression):  # one by one: a sum may be too long for Python's parser
        try:
            with np.errstate(over="raise", under="ignore"):
                total += float(eval(term, {"__builtins__": {}}, FUNCTIONS))
        except (ArithmeticError, ValueError):
            return float("nan")
    return total


def to_latex(expression: str) -> str:
    r"""Write an expression as LaTeX.

    Examples
    --------
    >>> print(to_latex("dz1[0,1]*W2[1,0]/(N*2e-05)"))
    \frac{\mathrm{d}z^{(1)}_{0,1} \cdot W^{(2)}_{1,0}}{N \cdot \left(2 \cdot 10^{-5}\right)}
    """
    terms = split_sum(expression)
    return " + ".join(node_to_latex(ast.parse(term, mode="eval").body) for term in terms)


def node_to_latex(node: ast.AST, least: int = 0) -> str:
    """Write a part of an expression, in brackets if its precedence is below `least`."""
    latex = node_to_latex
    match node:
        case ast.BinOp(left, ast.Div(), right):
            return rf"\frac{{{latex(left)}}}{{{latex(right)}}}"
        case ast.BinOp(left, ast.Pow(), right):
            base = latex(left, 5)
            if isinstance(left, ast.Subscript | ast.Name) and "^" in base:
                base = rf"\left({base}\right)"  # LaTeX refuses a second superscript
            return f"{base}^{{{latex(right)}}}"
        case ast.BinOp(left, operation, right):
            rank = PRECEDENCE[type(operation)]
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: r"\cdot"}[type(operation)]
            text = f"{latex(left, rank)} {sign} {latex(right, rank + 1)}"
            return rf"\left({text}\right)" if rank < least else text
        case ast.UnaryOp(ast.USub(), operand):
            text = f"-{latex(operand, 2)}"
            return rf"\left({text}\right)" if least > 1 else text
        case ast.Compare(left, [ast.Gt()], [right]):
            return rf"\left[{latex(left)} > {latex(right)}\right]"
        case ast.Call(ast.Name("sum"), [ast.GeneratorExp(term, loops)]):
            sums = "".join(map(sum_sign, loops))
            text = f"{sums} {latex(term, 2)}"
            return rf"\left({text}\right)" if least > 1 else text
        case ast.Call(ast.Name(name), arguments):
            inside = ", ".join(latex(argument) for argument in arguments)
            if name == "abs":
                return rf"\left|{inside}\right|"
            if name == "sqrt":
                return rf"\sqrt{{{inside}}}"
            command = rf"\{name}" if name != "log1p" else r"\operatorname{log1p}"
            return rf"{command}\left({inside}\right)"
        case ast.Subscript(ast.Name(name), index):
            places = index.elts if isinstance(index, ast.Tuple) else [index]
            return f"{name_to_latex(name)}_{{{','.join(latex(place) for place in places)}}}"
        case ast.Name(name):
            return name_to_latex(name)
        case ast.Constant(value):
            return number_to_latex(value, least)
    raise ValueError(f"Cannot write {ast.dump(node)} as LaTeX.")


def sum_sign(loop: ast.comprehension) -> str:
    """Write the summation sign of ``for i in range(n)``."""
    assert isinstance(loop.target, ast.Name)
    assert isinstance(loop.iter, ast.Call)
    name, count = loop.target.id, ast.unparse(loop.iter.args[0])
    condition = "".join(ast.unparse(test).replace("!=", r" \ne ") for test in loop.ifs)
    below = f"{name}=0" + f", {condition}" * bool(condition)
    return rf"\sum_{{{below}}}^{{{count}-1}}"


def name_to_latex(name: str) -> str:
    """Write an array name, such as new_dW1 as dW with the layer and a prime as superscript."""
    if name in GREEK:
        return GREEK[name]
    prime = r"\prime" * name.startswith("new_")
    name = name.removeprefix("new_")
    match = re.fullmatch(
        r"(?:(velocity|m|v|R)_)?(d?)(cost|mask|rate|step|[A-Za-z]+?)(\d*)(?:_(\d+))?", name
    )
    if match is None:
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    memory, d, letter, number, count = match.groups()
    number += f",{count}" if count else ""  # y1_2 is the second array of layer 1
    letter = letter if len(letter) == 1 else rf"\mathrm{{{letter}}}"
    top = f"({number})" * bool(number) + prime
    text = (r"\mathrm{d}" if d else "") + letter + (f"^{{{top}}}" if top else "")
    return rf"\mathrm{{{memory}}}\,{text}" if memory else text


def number_to_latex(value: Any, least: int = 0) -> str:
    """Write a number, with a power of ten in place of Python's e."""
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0") if isinstance(value, float) else text
    mantissa, exponent = text.split("e")
    written = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return rf"\left({written}\right)" if least > 2 else written
