"""Explanations: every printed line is taken apart, evaluated and held to the value beside it."""

import copy
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from tests.conftest import DOCS
from tests.support import reference
from tinynet import SGD, Adam, Dense, Dropout, Flatten, Layer, ReLU, Sequential, Sigmoid, Softmax
from tinynet.explain import explain_step
from tinynet.explain.explanation import Explanation, Line
from tinynet.explain.formulas import evaluate, fill_in, split_sum, to_latex, write_number
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, Loss
from tinynet.schedules import ExponentialDecay
from tools import make_mazur

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
    "regression": lambda: compiled([Dense(2, "relu"), Dense(2)], "mse", (2, 3), FIGURES),
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


# Reading what is printed


def printed_lines(text: str) -> list[tuple[str, list[str]]]:
    """Name and parts of each line of the text; a line may go on below, further to the right."""
    logical: list[str] = []
    for row in text.splitlines():
        if re.match(r"  \S", row):
            logical.append(row.strip())
        elif row.startswith("    ") and not row.lstrip().startswith("#"):
            logical[-1] += " " + row.strip()
    found = []
    for line in logical:
        if re.match(r"[\w']+: shape", line):
            continue
        name, *parts = line.split(" = ")
        found.append((name, parts))
    return found


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


@each_small
@pytest.mark.parametrize("digits", [3, 6, 12])
def test_every_line_of_a_small_network_is_true(make: Model, digits: int) -> None:
    model, x, y = make()
    explanation = explain_step(model, x, y, digits=digits)
    lines = printed_lines(str(explanation))
    assert [name for name, _ in lines] == [line.name for line in explanation.lines]
    for name, parts in lines:
        check_line(name, parts, Entries(explanation.arrays), digits)
    worked = [parts for _, parts in lines if len(parts) == 3]
    assert len(worked) > 10
    assert "own value" not in str(explanation)


@each_small
def test_lines_can_be_worked_out_from_the_page_alone(make: Model) -> None:
    """Each name in a formula stands to the left of an equals sign further up."""
    model, x, y = make()
    known: dict[str, str] = {}
    for name, parts in printed_lines(str(explain_step(model, x, y, digits=17))):
        if len(parts) == 3:
            formula, _, shown = parts
            entry = r"[A-Za-z_]\w*(?:\[[\d,]+\])?(?![\w(\[])"
            filled = re.sub(entry, lambda match: f"({known[match.group()]})", formula)
            assert value_of(filled) == pytest.approx(float(shown), rel=1e-9, abs=1e-12), (
                name,
                parts,
            )
        known[name] = parts[-1]


@each_small
def test_every_number_has_its_line(make: Model) -> None:
    model, x, y = make()
    explanation = explain_step(model, x, y)
    values = {line.name: line.value for line in explanation.lines}
    for name, array in explanation.arrays.items():
        if array.ndim:
            for index in np.ndindex(array.shape):
                entry = f"{name}[{','.join(map(str, index))}]"
                assert values.get(entry) == pytest.approx(array[index], rel=1e-9, abs=1e-12), entry


@each_small
def test_gradients_stand_beside_numerical_ones(make: Model) -> None:
    model, x, y = make()
    explanation = explain_step(model, x, y)
    gradients = [line for line in explanation.lines if re.match(r"d[a-zA-Z]", line.name)]
    assert len(gradients) > model.count_params()
    text = str(explanation)
    for line in gradients:
        assert line.numerical is not None
        assert line.value == pytest.approx(line.numerical, rel=1e-8, abs=1e-10), line
        shown = f"numerically {write_number(line.numerical, max(6, len(line.shown.strip('-0.'))))}"
        assert shown[:16] in text
    assert "disagree" not in text


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_arrays_equal_the_slow_twin(activation: str, optimizer: str) -> None:
    pairs: dict[str, tuple[SGD | Adam, Callable[[], reference.SGD | reference.Adam]]] = {
        "sgd": (SGD(0.1), lambda: reference.SGD(lambda step: 0.1)),
        "momentum": (SGD(0.1, 0.9), lambda: reference.SGD(lambda step: 0.1, 0.9)),
        "adam": (Adam(0.1), lambda: reference.Adam(lambda step: 0.1)),
    }
    ours, theirs = pairs[optimizer]
    layers: list[Layer] = [Dense(3, activation), Dense(3, "softmax")]
    model, x, y = compiled(layers, "categorical_crossentropy", (2, 2), ONE_HOT, ours)
    model.train_on_batch(x, y)  # so that the optimizer has something to remember
    twin = reference.Network(
        compiled([Dense(3), Dense(3)], "mse", (2, 2), ONE_HOT)[0].get_weights(),
        [activation, "softmax"],
        "categorical_crossentropy",
        theirs,
    )
    twin.train_step(x, y)
    explanation = explain_step(model, x, y)
    gradients = [twin.gradients_of(a, b)[1] for a, b in zip(x, y, strict=True)]
    loss = twin.train_step(x, y)
    assert explanation.loss == pytest.approx(loss, rel=1e-12)
    for k, name in enumerate(["W1", "b1", "W2", "b2"]):
        mean = sum(g[k] for g in gradients) / len(x)
        np.testing.assert_allclose(explanation.arrays["d" + name], mean, rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(explanation.arrays["new_" + name], twin.weights[k], rtol=1e-11)
    np.testing.assert_allclose(explanation.arrays["y2"][0], twin_output(model, x[0], activation))


def no_optimizer() -> reference.SGD:
    return reference.SGD(lambda step: 0.0)


def twin_output(model: Sequential, x: np.ndarray, activation: str) -> np.ndarray:
    weights = model.get_weights()
    twin = reference.Network(weights, [activation, "softmax"], "mean_squared_error", no_optimizer)
    return twin.output(x)[-1][1]


# Large networks


def test_summaries_of_the_reference_network() -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y)
    pattern = r"  (\w+): shape (\([\d, ]*\)), from (\S+) to (\S+), norm (\S+), zeros (\S+) %"
    found = re.findall(pattern, str(explanation))
    names = {name for name, *_ in found}
    expected = {f"{d}{a}{k}" for d in ("", "d", "new_") for a in "Wb" for k in (1, 2, 3)}
    expected |= {"x", "t", "z1", "y1", "z2", "y2", "z3", "y3", "cost"}
    expected |= {"dz3", "dy2", "dz2", "dy1", "dz1"}
    assert names == expected
    for name, shape, lowest, highest, norm, zeros in found:
        array = explanation.arrays[name]
        assert shape == str(array.shape)
        numbers = float(lowest), float(highest), float(norm)
        exact = array.min(), array.max(), np.sqrt((array**2).sum())
        assert numbers == pytest.approx(exact, rel=1e-3)
        assert float(zeros) == pytest.approx(100 * (array == 0).mean(), abs=0.051)
    np.testing.assert_array_equal(explanation.arrays["W1"], model.layers[0].parameters["W"])


@pytest.mark.parametrize("max_terms", [1, 20, None])
def test_every_line_of_the_reference_network_is_true(max_terms: int | None) -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y, max_terms=max_terms)
    lines = printed_lines(str(explanation))
    assert [name for name, _ in lines] == [line.name for line in explanation.lines]
    entries = Entries(explanation.arrays)
    for name, parts in lines:
        check_line(name, parts, entries, 6)
    # One entry of each array is worked out, in full if so asked.
    worked = {name.split("[")[0] for name, parts in lines if len(parts) == 3}
    assert {"z1", "y1", "z2", "y2", "z3", "y3", "cost", "L", "dz3", "dW3", "db3"} <= worked
    assert {"dy2", "dz2", "dW2", "db2", "dy1", "dz1", "dW1", "db1", "new_W1", "new_b3"} <= worked
    # The same unit is followed through its activation and back, the same logit through the loss.
    entries_of = [
        line.name.rstrip("]").split("[") for line in explanation.lines if "[" in line.name
    ]
    index = dict(entries_of)
    assert index["z3"] == index["y3"] == index["dz3"]
    assert index["cost"] == index["dz3"].split(",")[0]
    for k in (1, 2):
        assert index[f"z{k}"] == index[f"y{k}"] == index[f"dy{k}"] == index[f"dz{k}"]
        assert index[f"dW{k}"] == index[f"new_W{k}"]
    terms = max(len(split_sum(parts[1])) for _, parts in lines if len(parts) == 3)
    assert terms == (785 if max_terms is None else max_terms + 2)  # with the rest and the bias
    assert ("smallest terms" in str(explanation)) == (max_terms is not None)
    for line in explanation.lines:
        if line.numerical is not None:
            assert line.value == pytest.approx(line.numerical, rel=1e-7, abs=1e-11), line
    check_latex(explanation, 6)
    check_html(explanation, 6)


def test_the_rest_of_a_sum_is_the_rest() -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y, max_terms=5)
    line = next(line for line in explanation.lines if line.name.startswith("z1["))
    count = re.search(r"stands for the (\d+) smallest terms", line.note)
    assert count is not None
    assert int(count.group(1)) == 784 - 5
    n, o = map(int, re.findall(r"\d+", line.name)[1:])
    terms = explanation.arrays["x"][n] * explanation.arrays["W1"][:, o]
    rest = np.sort(np.abs(terms))[: 784 - 5]
    assert float(re.findall(r"[-\d.e]+", line.note)[0]) == pytest.approx(
        terms[np.isin(np.abs(terms), rest)].sum(), rel=1e-5
    )


# Mazur's example


def test_mazur_line_by_line() -> None:
    """The figures are those of Mazur's article, in its order, with its error corrected."""
    model, x, y = make_mazur.mazur_model()
    explanation = explain_step(model, x, y, digits=9)
    value = {line.name: line.value for line in explanation.lines}
    assert value["z1[0,0]"] == pytest.approx(0.3775, abs=1e-12)
    assert value["y1[0,0]"] == pytest.approx(0.593269992, abs=1e-9)
    assert value["y1[0,1]"] == pytest.approx(0.596884378, abs=1e-9)
    assert value["z2[0,0]"] == pytest.approx(1.105905967, abs=1e-9)
    assert value["y2[0,0]"] == pytest.approx(0.75136507, abs=1e-8)
    assert value["y2[0,1]"] == pytest.approx(0.772928465, abs=1e-9)
    assert value["cost[0,0]"] / 2 == pytest.approx(0.274811083, abs=1e-9)
    assert value["cost[0,1]"] / 2 == pytest.approx(0.023560026, abs=1e-9)
    assert value["L"] == pytest.approx(0.298371109, abs=1e-9)
    assert value["dy2[0,0]"] == pytest.approx(0.74136507, abs=1e-8)
    assert value["dz2[0,0]"] == pytest.approx(0.138498562, abs=1e-9)
    assert value["dz2[0,1]"] == pytest.approx(-0.0380982366, abs=1e-9)
    assert value["dW2[0,0]"] == pytest.approx(0.082167041, abs=1e-9)
    assert value["dy1[0,0]"] == pytest.approx(0.036350306, abs=1e-9)
    assert value["dW1[0,0]"] == pytest.approx(0.000438568, abs=1e-9)
    weights = {
        "new_W1[0,0]": 0.149780716,
        "new_W1[1,0]": 0.19956143,
        "new_W1[0,1]": 0.24975114,
        "new_W1[1,1]": 0.29950229,
        "new_W2[0,0]": 0.35891648,
        "new_W2[1,0]": 0.408666186,
        "new_W2[0,1]": 0.511301270,
        "new_W2[1,1]": 0.561370121,
    }
    for name, figure in weights.items():
        assert value[name] == pytest.approx(figure, abs=5e-9), name
    assert value["new_L"] == pytest.approx(0.291027774, abs=5e-10)
    assert explanation.loss_after == value["new_L"]
    assert "new_b1[0]" not in value
    assert value["b1[0]"] == 0.35
    model.train_on_batch(x, y)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(0.291027774, abs=5e-10)
    hidden = model.layers[0]
    assert isinstance(hidden, Dense)
    assert hidden.b.tolist() == [0.35, 0.35]


def test_mazurs_second_error_comes_from_updated_weights() -> None:
    """What the page says of 0.291027924: backpropagate through the new output weights."""
    model, x, y = make_mazur.mazur_model()
    hidden, output = model.layers
    assert isinstance(hidden, Dense)
    assert isinstance(output, Dense)
    dy = model.forward(x) - y
    output.backward(dy)
    output.W[...] -= 0.5 * output.dW
    hidden.backward(output.backward(dy))
    hidden.W[...] -= 0.5 * hidden.dW
    assert model.evaluate(x, y, verbose=0) == pytest.approx(0.291027924, abs=5e-10)


def test_the_page_is_what_is_printed_today_and_every_line_is_true() -> None:
    page = (DOCS / "mazur.md").read_text(encoding="utf-8")
    # The last digits of a difference of 1e-13 are another machine's business.
    blank: Callable[[str], str] = lambda text: re.sub(  # noqa: E731
        r"numerically \S+ difference \S+\*", "", text
    )
    assert blank(page) == blank(make_mazur.page()), "run python -m tools.make_mazur"
    for difference in re.findall(r"difference (\S+)\*", page):
        assert float(difference) < 1e-10
    equations = latex_equations(page)
    assert len(equations) == 56
    names: dict[str, str] = {}
    worked = 0
    for name, parts in equations:
        if len(parts) == 3:
            worked += 1
            formula, numbers, shown = parts
            assert write_number(value_of(numbers), 9) == write_number(float(shown), 9), (
                name,
                parts,
            )
            filled = re.sub(
                r"[A-Za-z]\w*\[[\d,]+\]|\b[NKL]\b|\bnew_L\b|\blearning_rate\b",
                lambda match: f"({names[match.group()]})",
                formula,
            )
            assert value_of(filled) == pytest.approx(float(shown), rel=1e-7, abs=1e-9), (
                name,
                parts,
            )
        names[name] = parts[-1]
    assert worked == 36


# LaTeX and HTML


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
        r"(?:\^\{(?:\((\d+)\))?(\\prime)?\})?(?:_\{([\d,]+)\})?(?![A-Za-z{])"
    )

    def back(match: re.Match[str]) -> str:
        d, memory, letter, number, prime, index = match.groups()
        letter = letter.removeprefix(r"\mathrm{").removesuffix("}")
        python = ("new_" if prime else "") + (f"{memory}_" if memory else "")
        python += ("d" if d else "") + letter + (number or "")
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
    greek |= {r"\beta_1": "beta_1", r"\beta_2": "beta_2", r"\epsilon": "epsilon"}
    for symbol, python in greek.items():
        latex = re.sub(re.escape(symbol) + r"(?![a-z])", f"@{python}@", latex)
    pieces = re.split(
        r"(@\w+@|\\(?:exp|log|max|tanh|cdot)|\b(?:exp|log1p|abs|sqrt|change)\b)", latex
    )
    latex = "".join(
        piece.strip("@") if k % 2 else re.sub(name, back, piece) for k, piece in enumerate(pieces)
    )
    latex = latex.replace(r"\cdot", "*")
    latex = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", latex)
    return re.sub(r"\\(exp|log|max|tanh)", r"\1", latex)


def check_latex(explanation: Explanation, digits: int) -> None:
    found = dict(latex_equations(explanation.to_markdown()))
    entries = Entries(explanation.arrays)
    assert set(found) == {line.name for line in explanation.lines}
    for line in explanation.lines:
        parts = found[line.name]
        assert len(parts) == len(line.parts)
        assert float(value_of(parts[-1])) == pytest.approx(float(line.shown), rel=1e-12), line
        if len(parts) == 3:
            assert write_number(value_of(parts[1]), digits) == line.shown, (line, parts)
            if r"\sum" not in parts[0]:
                exact = value_of(line.formula, entries)
                assert value_of(parts[0], entries) == pytest.approx(exact, rel=1e-12), (line, parts)


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
        assert ("numerically" in remarks) == (line.numerical is not None)


@each_small
def test_every_line_of_markdown_and_html_is_true(make: Model) -> None:
    model, x, y = make()
    explanation = explain_step(model, x, y, digits=5)
    check_latex(explanation, 5)
    check_html(explanation, 5)


def test_a_reader_of_latex_accepts_every_kind_of_formula() -> None:
    parser = MathTextParser("path")  # two superscripts on one letter are an error to it, as to TeX
    lines = [line for make in SMALL.values() for line in explain_step(*make()).lines]
    kinds = {re.sub(r"\d+(,\d+)?", "0", line.formula): line for line in lines if line.formula}
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


# The model is left as it was


def snapshot(model: Sequential) -> dict[str, Any]:
    """Everything that a model holds: arrays by identity and content, and all states."""
    state: dict[str, Any] = {
        "parameters": (id(model.parameters), model.parameters.tobytes()),
        "gradients": (id(model.gradients), model.gradients.tobytes()),
        "iterations": model.optimizer.iterations,
        "memory": {k: v.tobytes() for k, v in model.optimizer.state.items()},
        "random": copy.deepcopy(model.rng.bit_generator.state),
        "dtype": (model.dtype, model.built, model.epoch, model.stop_training),
    }
    for layer in model.layers:
        for part in (layer, getattr(layer, "activation", None)):
            for name, value in (part.__dict__ if part else {}).items():
                content = value.tobytes() if isinstance(value, np.ndarray) else repr(value)
                state[f"{layer.name}.{type(part).__name__}.{name}"] = (id(value), content)
    return state


@pytest.mark.parametrize("trained", [False, True])
@each_small
def test_the_model_is_left_exactly_as_it_was(make: Model, trained: bool) -> None:
    model, x, y = make()
    if trained:
        model.train_on_batch(x, y)
        model.predict(x)
    data = x.copy(), y.copy()
    before = snapshot(model)
    explain_step(model, x, y)
    assert snapshot(model) == before
    np.testing.assert_array_equal(x, data[0])
    np.testing.assert_array_equal(y, data[1])


@each_small
def test_apply_takes_the_step_that_was_explained(make: Model) -> None:
    explained, x, y = make()
    trained, _, _ = make()
    explanation = explain_step(explained, x, y, apply=True)
    loss = trained.train_on_batch(x, y)
    assert loss == pytest.approx(explanation.loss, rel=1e-13)
    assert explained.parameters.tobytes() == trained.parameters.tobytes()
    assert explained.optimizer.iterations == 1
    assert explained.rng.bit_generator.state == trained.rng.bit_generator.state
    names = [name for name in explanation.arrays if re.fullmatch(r"new_[Wb]\d", name)]
    news = np.concatenate([explanation.arrays[name].ravel() for name in names])
    np.testing.assert_allclose(news, trained.parameters, rtol=1e-12, atol=1e-15)


def test_a_float32_model_stays_one_and_agrees() -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y, apply=True)
    assert model.parameters.dtype == np.float32
    assert np.shares_memory(model.layers[0].parameters["W"], model.parameters)
    np.testing.assert_allclose(
        explanation.arrays["new_W1"], model.layers[0].parameters["W"], atol=1e-7
    )


def test_a_model_that_is_not_built_yet_is_explained_and_not_built() -> None:
    make: Callable[[], Sequential] = lambda: Sequential([Dense(2), Dense(1)], seed=3)  # noqa: E731
    model, other = make(), make()
    for m in (model, other):
        m.compile("sgd", "mse")
    explanation = explain_step(model, [[1.0, 2.0]], [[1.0]])
    assert not model.built
    other.train_on_batch([[1.0, 2.0]], [[1.0]])
    np.testing.assert_allclose(
        explanation.arrays["new_W1"], other.layers[0].parameters["W"], rtol=1e-5
    )


# Layers, losses and optimizers of one's own


class Square(Layer):
    formula = "x**2"
    backward_formula = "dy*2*x"

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x
        y: np.ndarray = x**2
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx: np.ndarray = dy * 2 * self._x
        return dx


class Unknown(Square):
    formula = backward_formula = None  # type: ignore[assignment]


class WrongBackward(Square):
    backward_formula = "dy*x"

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx: np.ndarray = dy * self._x
        return dx


class WrongFormula(Square):
    formula = "x**3"


class DenseOfOnesOwn(Dense):
    """One that forgets the bias in forward; nobody knows its formula."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x, self._z = x, x @ self.W
        return self._z if self.activation is None else self.activation.forward(self._z)


class AbsoluteError(Loss):
    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        return float(np.abs(t - y).sum() / len(t))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        dy: np.ndarray = np.sign(y - t) / len(t)
        return dy


class SignSGD(SGD):
    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        parameters -= learning_rate * np.sign(gradients)


def lines_of(layer: Layer, name: str) -> list[Line]:
    model, x, y = compiled([Dense(2), layer], "mse", (2, 2), FIGURES)
    return [line for line in explain_step(model, x, y).lines if line.name.startswith(name)]


def test_a_layer_with_formulas_is_explained() -> None:
    assert lines_of(Square(), "y1[")[0].formula == "z1[0,0]**2"
    assert lines_of(Square(), "dz1[")[0].formula == "dy1[0,0]*2*z1[0,0]"


def test_a_layer_without_formulas_shows_its_values_and_its_gradients() -> None:
    for line in lines_of(Unknown(), "y1[") + lines_of(Unknown(), "dz1["):
        assert (line.formula, line.numbers) == ("", "")
        assert line.note == "the layer's own value"
    for line in lines_of(Unknown(), "dz1["):
        assert line.value == pytest.approx(line.numerical, rel=1e-8)


def test_a_wrong_backward_is_seen_beside_the_numerical_gradient() -> None:
    for line in lines_of(WrongBackward(), "dz1["):
        assert line.value == pytest.approx((line.numerical or 0) / 2, rel=1e-8)
        assert "they disagree" in line.remarks[0]


def test_a_formula_that_is_not_the_layers_is_not_printed_as_true() -> None:
    for line in lines_of(WrongFormula(), "y1["):
        assert line.formula == ""
        assert "its formula z1[" in line.note


def test_a_dense_of_ones_own_is_not_explained_as_dense() -> None:
    model, x, y = compiled(
        [DenseOfOnesOwn(3, "softmax")], "categorical_crossentropy", (2, 2), ONE_HOT
    )
    explanation = explain_step(model, x, y)
    outputs = [line for line in explanation.lines if line.name.startswith("y1[")]
    assert len(outputs) == 6
    assert all(line.note == "the layer's own value" for line in outputs)
    assert "they disagree" in str(explanation)  # db1 isn't 0, though b1 does nothing


def test_a_loss_and_an_optimizer_of_ones_own() -> None:
    model, x, y = compiled([Dense(2)], AbsoluteError(), (2, 2), FIGURES, SignSGD(0.1))
    explanation = explain_step(model, x, y)
    value = {line.name: line for line in explanation.lines}
    assert value["L"].value == pytest.approx(np.abs(model.predict(x) - y).sum() / 2)
    assert value["dz1[0,0]"].value == pytest.approx(value["dz1[0,0]"].numerical)
    model.train_on_batch(x, y)
    assert value["new_W1[0,1]"].value == pytest.approx(model.layers[0].parameters["W"][0, 1])


# Hard numbers


def test_logits_beyond_the_range_of_exp() -> None:
    model = Sequential([Dense(2, "softmax", input_shape=(2,))], dtype="float64")
    model.set_weights([np.eye(2), [0, 0]])
    model.compile("sgd", "categorical_crossentropy")
    explanation = explain_step(model, [[1000.0, 0.0]], [[0, 1]])
    entries = Entries(explanation.arrays)
    for name, parts in printed_lines(str(explanation)):
        check_line(name, parts, entries, 6)
    line = {line.name: line for line in explanation.lines}
    assert line["cost[0]"].shown == "1000"
    assert line["cost[0]"].formula == "log1p(exp(z1[0,1] - z1[0,0])) + t[0,1]*(z1[0,0] - z1[0,1])"
    assert line["y1[0,0]"].formula.startswith("exp(z1[0,0] - z1[0,0])/")


@pytest.mark.parametrize("z", [-1000.0, 1000.0])
def test_a_sigmoid_beyond_the_range_of_exp(z: float) -> None:
    model = Sequential([Dense(1, "sigmoid", use_bias=False, input_shape=(1,))], dtype="float64")
    model.set_weights([[[1.0]]])
    model.compile("sgd", "binary_crossentropy")
    for t in (0, 1):
        explanation = explain_step(model, [[z]], [t])
        for name, parts in printed_lines(str(explanation)):
            check_line(name, parts, Entries(explanation.arrays), 6)
        assert "own value" not in str(explanation)
        assert explanation.loss == (1000 if (z > 0) != t else 0)


def test_a_loss_next_to_nothing_keeps_its_digits() -> None:
    model = Sequential([Dense(2, "softmax", input_shape=(2,))], dtype="float64")
    model.set_weights([np.eye(2), [0, 0]])
    model.compile("sgd", "categorical_crossentropy")
    explanation = explain_step(model, [[50.0, 0.0]], [[1, 0]])
    assert explanation.loss == pytest.approx(math.exp(-50), rel=1e-12)
    line = next(line for line in explanation.lines if line.name == "cost[0]")
    assert value_of(line.numbers) == pytest.approx(math.exp(-50), rel=1e-5)


def test_weights_that_are_nan_are_written_down() -> None:
    model, x, y = SMALL["regression"]()
    model.parameters[0] = np.nan
    assert "nan" in str(explain_step(model, x, y))


def test_bad_calls_are_refused() -> None:
    model, x, y = SMALL["regression"]()
    with pytest.raises(ValueError, match="isn't compiled"):
        explain_step(Sequential([Dense(2, input_shape=(3,))]), x, y)
    with pytest.raises(ValueError, match="expected input of shape"):
        explain_step(model, x[:, :2], y)
    with pytest.raises(ValueError, match="digits must be at least 2"):
        explain_step(model, x, y, digits=0)
    with pytest.raises(ValueError, match="max_terms must be at least 1"):
        explain_step(model, x, y, max_terms=0)
    bare = Sequential([ReLU(input_shape=(3,))])
    bare.compile("sgd", "mse")
    with pytest.raises(ValueError, match="needs a layer with parameters"):
        explain_step(bare, x, np.zeros((2, 3)))


def test_formulas() -> None:
    assert fill_in("x[0] - x[1]**2", {"x": np.array([-1.0, -2.0])}, 6) == "-1 - (-2)**2"
    assert evaluate("1/0") != evaluate("1/0")  # NaN
    assert split_sum("a + b*(c + d)") == ["a", "b*(c + d)"]


def test_the_way_back_is_described_layer_by_layer() -> None:
    layers: list[Layer] = [Dense(2, "tanh"), Dense(2), Softmax(), Dropout(0.5), Dense(1)]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "mse")
    text = str(explain_step(model, [[1.0, 2.0]], [[0.0]]))
    for layer, words in (
        ("Dropout", "what was dropped gets nothing"),
        ("Softmax", "each input reaches every output of its row"),
        ("Tanh", "the chain rule multiplies by its slope"),
    ):
        assert f"Back through {layer}: {words}" in text
    classifier = Sequential([Dense(2, "softmax")], seed=0)
    classifier.compile("sgd", "sparse_categorical_crossentropy")
    text = str(explain_step(classifier, [[1.0, 2.0]], [0]))
    assert "the\nprediction minus the target, divided by N, since L is a mean." in text


def test_a_long_sum_is_set_in_several_rows() -> None:
    markdown = explain_step(*reference_network()).to_markdown()
    (equation,) = re.findall(r"\$\$\\begin\{aligned\} z\^\{\(1\)\}.*", markdown)
    rows = equation.split(r"\\")
    assert len(rows) == 1 + 8 + 1  # formula; 20 terms, the rest and the bias; result
    assert all(row.count(r"\cdot") <= 3 for row in rows)
