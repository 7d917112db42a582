"""Findings can be printed, shown by a notebook, and asked for by the module's own name."""

import tinynet
from tests.conftest import DOCS
from tests.support.html import empty_elements
from tinynet import Dense, Sequential
from tinynet.datasets import moons
from tinynet.diagnose import Finding, Findings, diagnose
from tinynet.diagnose.findings import ADVICE
from tools import make_diagnoses

FOUND = Findings(
    [
        Finding("constant-labels", "All <100> labels are 3.", 3.0),
        Finding("first-loss", "It is 9.", 9),
    ]
)


def test_printed_they_say_all_that_they_know() -> None:
    text = str(FOUND)
    assert text.count("\n\n") == 1
    for finding in FOUND:
        assert all(part in text for part in (finding.code, finding.seen, finding.why, finding.do))


def test_no_findings_are_said_so_and_are_an_empty_list() -> None:
    nothing = Findings()
    assert str(nothing) == "Nothing was found."
    assert "Nothing was found" in nothing._repr_html_()
    assert nothing == []
    assert not nothing


def test_a_notebook_shows_them() -> None:
    shown = FOUND._repr_html_()
    assert shown.count("<tr>") == 1 + 2
    assert all(finding.do in shown for finding in FOUND)
    assert "&lt;100&gt;" in shown
    assert "first-loss" in shown
    assert empty_elements(shown) == []


def test_the_module_can_be_called() -> None:
    x, y = moons(100, noise=0.1, seed=0)
    model = Sequential([Dense(16, "relu"), Dense(2, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = tinynet.diagnose(model, 1000 * x, y)  # type: ignore[operator]
    assert found == diagnose(model, 1000 * x, y)
    assert [finding.code for finding in found] == ["inputs-not-scaled"]


def test_symptoms_lead_to_findings_that_there_are() -> None:
    named = {code for _, _, codes in make_diagnoses.SYMPTOMS for code in codes}
    assert named <= set(ADVICE)
    page = (DOCS / "diagnoses.md").read_text(encoding="utf-8")
    assert page.startswith(make_diagnoses.introduction()), "run python -m tools.make_diagnoses"
