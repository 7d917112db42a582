"""Mazur's worked example: its numbers, and its well-known mistake."""

import re
from collections.abc import Callable

import pytest

from tests.conftest import DOCS
from tests.support.explained import latex_equations, value_of
from tinynet import Dense
from tinynet.explain import explain_step
from tinynet.explain.formulas import write_number
from tinynet.explain.mazur import MAZUR_X, MAZUR_Y, mazur_errors, mazur_network
from tinynet.gradcheck import check_gradients
from tools import make_mazur


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
        r"numerical gradient \S+ difference \S+\*", "", text
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


def test_mazurs_first_step() -> None:
    """His eight weights, rounded as he prints them, and his first error."""
    model = mazur_network()
    assert mazur_errors(0) == [pytest.approx(0.298371109, abs=5e-10)]
    model.train_on_batch(MAZUR_X, MAZUR_Y)
    hidden, output = model.layers[0].parameters["W"], model.layers[2].parameters["W"]
    printed = {
        (0, 0): (0.149780716, 0.35891648),
        (1, 0): (0.19956143, 0.408666186),
        (0, 1): (0.24975114, 0.511301270),
        (1, 1): (0.29950229, 0.561370121),
    }
    for index, weights in printed.items():
        assert (hidden[index], output[index]) == pytest.approx(weights, abs=5e-9)
    assert (model.layers[0].parameters["b"] == 0.35).all()
    assert (model.layers[2].parameters["b"] == 0.60).all()


def test_mazurs_errors_and_those_of_the_mistake() -> None:
    """After one step, and after 10,000.

    The error that the article gives after one step is the mistake's. The one that it gives after
    10,000 steps, 0.0000351085, is the right network's after 9,999.
    """
    right, wrong = mazur_errors(10_000), mazur_errors(10_000, eager=True)
    assert right[0] == wrong[0] == pytest.approx(0.298371109, abs=5e-10)
    assert right[1] == pytest.approx(0.291027774, abs=5e-10)
    assert wrong[1] == pytest.approx(0.291027924, abs=5e-10)
    assert right[10_000] == pytest.approx(0.0000351019, abs=5e-11)
    assert right[9_999] == pytest.approx(0.0000351085, abs=5e-11)
    assert wrong[10_000] == pytest.approx(0.0000350848, abs=5e-11)


def test_mazurs_mistake_is_named() -> None:
    right, wrong = (
        check_gradients(mazur_network(eager), MAZUR_X, MAZUR_Y, loss="mse")
        for eager in (False, True)
    )
    # The biases, which aren't learned, are the only gradients that aren't those of the loss.
    assert {row.name for row in right.rows if row.mistake} == {
        "fixed_bias_dense.b",
        "fixed_bias_dense_1.b",
    }
    assert "already updated" in str(wrong)
    # The last layer's gradient is right: nothing has been updated when it is computed.
    top = {row.road: row for row in wrong.rows if row.name == "eager_fixed_bias_dense_1.W"}
    assert top["training"].error < 1e-6
    assert top["long"].mistake is None or not top["long"].checked


def test_the_network_of_the_museum_is_explained() -> None:
    """All of it but the gradients of the biases, which it doesn't learn, and says so."""
    explanation = explain_step(mazur_network(), MAZUR_X, MAZUR_Y, digits=9)
    value = {line.name: line for line in explanation.lines}
    z = "z1[0,0] = x[0,0]*W1[0,0] + x[0,1]*W1[1,0] + b1[0] = 0.05*0.15 + 0.1*0.2 + 0.35 = 0.3775"
    assert f"{value['z1[0,0]'].name} = {' = '.join(value['z1[0,0]'].parts)}" == z
    assert value["new_W2[0,0]"].shown == "0.35891648"
    own = [line.name for line in explanation.lines if line.note]
    assert own == ["db2[0]", "db2[1]", "db1[0]", "db1[1]"]
    assert value["db2[0]"].note == "the layer's own value; its formula dz2[0,0] gives 0.138498562"
