"""How the tests read an explanation: small networks, and the lines that are printed of them."""

import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from tinynet import SGD, Adam, Dense, Dropout, Flatten, Layer, ReLU, Sequential, Sigmoid, Softmax
from tinynet.explain.explanation import Explanation
from tinynet.explain.formulas import split_sum, write_number
from tinynet.layers import Activation, LeakyReLU, Rescaling, Reshape
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError
from tinynet.optimizers import AdamW, RMSprop
from tinynet.regularizers import L1, L1L2, L2
from tinynet.schedules import ExponentialDecay

# Only what a reader would have at hand: the tests evaluate without tinynet's own functions.
MATH: dict[str, Any] = {
    name: getattr(math, name) for name in ("exp", "log", "log1p", "sqrt", "tanh")
}
MATH |= {"max": max, "abs": abs, "sum": sum, "range": range, "__builtins__": {}}
Model = Callable[[], tuple[Sequential, Any, Any]]


def compiled(
    layers: list[Layer], loss: Any, x_shape: tuple[int, ...], y: Any, optimizer: Any = "sgd"
) -> tuple[Sequential, Any, Any]:
    """A model in float64 with random weights and biases, and a batch."""
    model = Sequential(layers, seed=1, dtype="float64")
    rng = np.random.default_rng(2)
    model.build(x_shape[1:])
    model.parameters[...] = rng.normal(size=model.parameters.size)
    model.compile(optimizer, loss)
    return model, rng.normal(size=x_shape), np.array(y)


ONE_HOT, CLASSES = [[1, 0, 0], [0, 0, 1]], [2, 0]
PROBABILITIES = [[0.25, 0.75, 0], [0.5, 0.25, 0.25]]
YES_NO, FIGURES = [[1, 0], [0, 1]], [[0.5, -1.0], [2.0, 0.25]]
SMALL: dict[str, Model] = {
    "relu, softmax": lambda: compiled(
        [Dense(3, "relu"), Dense(3, "softmax")], "categorical_crossentropy", (2, 2), ONE_HOT
    ),
    "layers of their own": lambda: compiled(
        [Dense(3), ReLU(), Dense(3), Softmax()], "categorical_crossentropy", (2, 2), ONE_HOT
    ),
    "integer labels": lambda: compiled(
        [Dense(3, "tanh"), Dense(3, "softmax")], "sparse_categorical_crossentropy", (2, 2), CLASSES
    ),
    "probabilities as targets": lambda: compiled(
        [Dense(3, "softmax")], "categorical_crossentropy", (2, 4), PROBABILITIES
    ),
    "from logits": lambda: compiled(
        [Dense(3)], CategoricalCrossentropy(from_logits=True), (2, 4), ONE_HOT
    ),
    "the long road": lambda: compiled(
        [Dense(3, "softmax"), Flatten()], "categorical_crossentropy", (2, 4), ONE_HOT
    ),
    "softmax in the middle": lambda: compiled(
        [Dense(3, "softmax"), Dense(2, "sigmoid")], "mse", (2, 2), FIGURES
    ),
    "binary": lambda: compiled(
        [Dense(3, "sigmoid"), Dense(2, "sigmoid")], "binary_crossentropy", (2, 2), YES_NO
    ),
    "binary, one output": lambda: compiled(
        [Dense(3, "tanh"), Dense(1), Sigmoid()], "binary_crossentropy", (4, 2), [0, 1, 1, 0]
    ),
    "binary, probabilities": lambda: compiled(
        [Dense(2, "sigmoid")], "binary_crossentropy", (2, 2), [[0.25, 0.5], [1, 0]]
    ),
    "binary, from logits": lambda: compiled(
        [Dense(2)], BinaryCrossentropy(from_logits=True), (2, 2), YES_NO
    ),
    "binary, the long road": lambda: compiled(
        [Dense(2, "sigmoid"), Flatten()], "binary_crossentropy", (2, 2), YES_NO
    ),
    "one class alone": lambda: compiled(
        [Dense(2), Dense(1)], CategoricalCrossentropy(from_logits=True), (2, 3), [[1], [1]]
    ),
    "sum over the batch": lambda: compiled(
        [Dense(3, "softmax")], CategoricalCrossentropy(reduction="sum"), (2, 4), ONE_HOT
    ),
    "sum, the long road": lambda: compiled(
        [Dense(3, "softmax"), Flatten()], CategoricalCrossentropy(reduction="sum"), (2, 4), ONE_HOT
    ),
    "sum, binary": lambda: compiled(
        [Dense(2, "sigmoid")], BinaryCrossentropy(reduction="sum"), (2, 2), YES_NO
    ),
    "sum of squared errors": lambda: compiled(
        [Dense(2, "tanh"), Dense(2)], MeanSquaredError(reduction="sum"), (2, 3), FIGURES
    ),
    "sum, one output": lambda: compiled(
        [Dense(3, "tanh"), Dense(1)], MeanSquaredError(reduction="sum"), (4, 2), [0, 1, 1, 0]
    ),
    "regression": lambda: compiled([Dense(2, "relu"), Dense(2)], "mse", (2, 3), FIGURES),
    "penalties": lambda: compiled(
        [
            Dense(2, "tanh", kernel_regularizer=L2(0.1), bias_regularizer=L1(0.05)),
            Dense(2, kernel_regularizer=L1L2(0.1, 0.2), activity_regularizer=L2(0.3)),
        ],
        "mse",
        (2, 2),
        FIGURES,
        Adam(0.1),
    ),
    "no bias": lambda: compiled([Dense(2, use_bias=False)], "mse", (2, 3), FIGURES),
    "flatten, dropout": lambda: compiled(
        [Flatten(), Dropout(0.5), Dense(3, "relu"), Dropout(0.5), Dense(2)],
        "mse",
        (2, 2, 2),
        FIGURES,
    ),
    "momentum": lambda: compiled([Dense(2)], "mse", (2, 2), FIGURES, SGD(0.1, momentum=0.9)),
    "nesterov": lambda: compiled(
        [Dense(2)], "mse", (2, 2), FIGURES, SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    ),
    "adam": lambda: compiled([Dense(2)], "mse", (2, 2), FIGURES, Adam(0.1)),
    "adamw": lambda: compiled([Dense(2)], "mse", (2, 2), FIGURES, AdamW(0.1)),
    "rmsprop": lambda: compiled([Dense(2)], "mse", (2, 2), FIGURES, RMSprop(0.1)),
    "absolute errors": lambda: compiled(
        [Dense(2, "leaky_relu"), Dense(2, "softplus")], "mae", (2, 2), FIGURES
    ),
    "absolute errors of 0": lambda: compiled(
        [Dense(2), Rescaling(0.0, 0.5)], "mae", (2, 2), [[0.5, 1.0], [0.0, 0.5]]
    ),
    "rescaling, reshape": lambda: compiled(
        [Rescaling(0.25, -1.0), Reshape((3, 1)), Flatten(), Dense(2, "exponential")],
        "mse",
        (2, 3),
        FIGURES,
    ),
    "reshape above": lambda: compiled(
        [Dense(4), Reshape((2, 2)), LeakyReLU(0.2), Flatten(), Activation("linear"), Dense(2)],
        "mse",
        (2, 2),
        FIGURES,
    ),
    "adam with a schedule": lambda: compiled(
        [Dense(2)], "mse", (2, 2), FIGURES, Adam(ExponentialDecay(0.1, 2, 0.5), weight_decay=0.1)
    ),
    "three layers": lambda: compiled(
        [Dense(2, "tanh"), Dense(2, "sigmoid"), Dense(2, "relu")], "mse", (4, 2), FIGURES * 2
    ),
}
each_small = pytest.mark.parametrize("make", SMALL.values(), ids=SMALL.keys())


def reference_network() -> tuple[Sequential, Any, Any]:
    """The reference workload's model with images as sparse as handwritten digits."""
    model = Sequential(
        [Dense(128, "relu", input_shape=(784,)), Dense(128, "relu"), Dense(10, "softmax")], seed=0
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 784)) * (rng.random((32, 784)) < 0.2)
    return model, x, np.eye(10)[rng.integers(0, 10, 32)]


def value_of(expression: str, names: dict[str, Any] | None = None) -> float:
    known = {**MATH, **(names or {})}
    return math.fsum(float(eval(term, known)) for term in split_sum(expression))


def check_line(name: str, parts: list[str], names: dict[str, Any], digits: int) -> None:
    """Hold what stands between the equals signs to the value, to its last digit."""
    *before, shown = parts
    if not before:
        return
    assert len(before) == 2, (name, parts)
    formula, numbers = before
    assert not re.search(r"[a-zA-Z_]\w*\[", numbers), numbers
    assert write_number(value_of(numbers), digits) == shown, (name, parts)
    exact = value_of(formula, names)
    size = max([1.0, *(abs(float(v)) for v in re.findall(r"\d[\d.]*(?:e[+-]?\d+)?", numbers))])
    assert abs(exact - float(shown)) <= 10.0 ** (1 - digits) * abs(exact) + 1e-12 * size, (
        name,
        parts,
    )


class Entries(dict[str, Any]):
    """Arrays by name, and single numbers as Python floats, for `eval`."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        super().__init__({k: v if v.ndim else float(v) for k, v in arrays.items()})


def latex_equations(markdown: str) -> list[tuple[str, list[str]]]:
    """Name and parts of each equation in Markdown, translated back to Python."""
    found = []
    for block in re.findall(r"\$\$(.*?)\$\$", markdown, re.DOTALL):
        block = block.replace(r"\begin{aligned}", "").replace(r"\end{aligned}", "")
        block = block.replace(r" \\ &\quad +", " +")  # a sum that goes on in the next row
        for equation in block.split(r", \quad "):
            name, *parts = re.split(r"\s*(?:\\\\)?\s*&?=\s(?!0)|\s*(?:\\\\)?\s*&?= (?=0)", equation)
            found.append((to_python(name), [to_python(part) for part in parts]))
    return found


def group(text: str, start: int) -> tuple[str, int]:
    """The contents of the braces that open at `start`, and where they end."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return text[start + 1 : place], place + 1
    raise AssertionError(text)


def to_python(latex: str) -> str:
    """Read LaTeX as a person does, and write it in Python."""
    latex = latex.strip()
    name = (
        r"(\\mathrm\{d\})?(?:\\mathrm\{(\w+)\}\\,)?([A-Za-z]|\\mathrm\{(?:cost|mask|rate|step)\})"
        r"(?:\^\{(?:\(([\d,]+)\))?(\\prime)?\})?(?:_\{([\d,]+)\})?(?![A-Za-z{])"
    )

    def back(match: re.Match[str]) -> str:
        d, memory, letter, number, prime, index = match.groups()
        letter = letter.removeprefix(r"\mathrm{").removesuffix("}")
        python = ("new_" if prime else "") + (f"{memory}_" if memory else "")
        python += ("d" if d else "") + letter + (number or "").replace(",", "_")
        return python + (f"[{index}]" if index else "")

    while r"\frac" in latex:
        start = latex.rindex(r"\frac")  # innermost ones come last
        above, middle = group(latex, start + 5)
        below, end = group(latex, middle)
        latex = f"{latex[:start]}(({above})/({below})){latex[end:]}"
    while r"\sqrt" in latex:
        start = latex.rindex(r"\sqrt")
        inside, end = group(latex, start + 5)
        latex = f"{latex[:start]}sqrt({inside}){latex[end:]}"
    latex = latex.replace(r"\left|", "abs(").replace(r"\right|", ")")
    for bracket, python in (("(", "("), (")", ")"), ("[", "("), ("]", ")")):
        latex = latex.replace(rf"\left{bracket}", python).replace(rf"\right{bracket}", python)
    latex = latex.replace(r"\operatorname{log1p}", "log1p").replace(r"\mathrm{change}", "change")
    greek = {r"\eta": "learning_rate", r"\mu": "momentum", r"\lambda": "weight_decay"}
    greek |= {r"\rho": "rho", r"\beta_1": "beta_1", r"\beta_2": "beta_2", r"\epsilon": "epsilon"}
    for symbol, python in greek.items():
        latex = re.sub(re.escape(symbol) + r"(?![a-z])", f"@{python}@", latex)
    pieces = re.split(
        r"(@\w+@|\\(?:exp|log|max|tanh|cdot)|\b(?:exp|log1p|abs|sqrt|change)\b)", latex
    )
    latex = "".join(
        piece.strip("@") if k % 2 else re.sub(name, back, piece) for k, piece in enumerate(pieces)
    )
    latex = latex.replace(r"\cdot", "*")
    latex = re.sub(r"(?<=\d) \* 10\^\{(-?\d+)\}", r"e\1", latex)  # exactly the number that is meant
    latex = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", latex)
    return re.sub(r"\\(exp|log|max|tanh)", r"\1", latex)


def check_latex(explanation: Explanation, digits: int) -> None:
    found = dict(latex_equations(explanation.to_markdown()))
    entries = Entries(explanation.arrays)
    assert set(found) == {line.name for line in explanation.lines}
    for line in explanation.lines:
        parts = found[line.name]
        assert len(parts) == len(line.parts)
        assert float(value_of(parts[-1])) == pytest.approx(float(line.shown), rel=1e-12, abs=0), (
            line
        )
        if len(parts) == 3:
            assert write_number(value_of(parts[1]), digits) == line.shown, (line, parts)
            if r"\sum" not in parts[0]:
                exact = value_of(line.formula, entries)
                assert value_of(parts[0], entries) == pytest.approx(exact, rel=1e-12, abs=0), (
                    line,
                    parts,
                )


class Cells(HTMLParser):
    """The cells of all tables, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        self.open = self.open or tag == "td"

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


def check_html(explanation: Explanation, digits: int) -> None:
    cells = Cells()
    cells.feed(explanation._repr_html_())
    rows = [row for row in cells.rows if row]
    assert [row[0] for row in rows] == [line.name for line in explanation.lines]
    for (name, formula, numbers, shown, remarks), line in zip(rows, explanation.lines, strict=True):
        check_line(
            name, [p for p in (formula, numbers, shown) if p], Entries(explanation.arrays), digits
        )
        assert (", difference " in remarks) == (line.numerical is not None)
