"""Diagnosis: each seeded failure gives its finding and no other, and healthy runs give none."""

import html
import re
from collections.abc import Callable

import numpy as np
import pytest

from tests.conftest import DOCS
from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import FAILURES, HEALTHY, Run, examine
from tinynet import SGD, Dense, Sequential, Softmax
from tinynet.diagnose import WatchTraining, diagnose
from tinynet.diagnose.findings import ADVICE, CONSEQUENCES, Finding, Findings, without_consequences
from tools import make_diagnoses


def rows(text: str) -> list[list[str]]:
    """Return the tables' rows without their figures, which another machine may round otherwise."""
    table = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[re.sub(r"[\d.]+(e[+-]\d+)?", "#", cell) for cell in row] for row in table]


PAGE = (DOCS / "diagnoses.md").read_text(encoding="utf-8")
PAGE_ROWS = rows(PAGE)


@pytest.mark.filterwarnings("ignore:.*a softmax over one output")
@pytest.mark.parametrize(
    ("make", "code"), FAILURES.items(), ids=[make.__name__ for make in FAILURES]
)
def test_a_seeded_failure_gives_exactly_its_finding(make: Callable[[], Run], code: str) -> None:
    run = make()
    found = examine(run)
    assert {finding.code for finding in found} == {code}, found
    for finding in found:
        assert re.search(r"\d", finding.seen), "a figure"
        assert finding.seen.endswith(".")
        assert finding.why
        assert finding.do
        assert "\n" not in str(finding)
        assert str(finding) == f"{code}: {finding.seen} {finding.why} {finding.do}"
    if not run.epochs:  # else the page tells what was found during the training alone
        (today,) = rows(make_diagnoses.failure(make.__name__, found))
        assert today in PAGE_ROWS, "run python -m tools.make_diagnoses"


def test_there_are_sixty_healthy_runs() -> None:
    assert len(HEALTHY) >= 60


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_healthy_run_gives_no_finding(make: Callable[[], Run]) -> None:
    run, watch = make(), WatchTraining()
    run.fit(watch)  # which is diagnosed before the first step, again and again, and at the end
    assert watch.findings == []
    history = run.model.history.history["loss"]
    assert history[-1] < history[0]  # and it is a run that learns


ONE_OF_EACH = {code: make for make, code in FAILURES.items()}


@pytest.mark.filterwarnings("ignore:.*a softmax over one output")
@pytest.mark.parametrize("make", ONE_OF_EACH.values(), ids=ONE_OF_EACH.keys())
def test_diagnosing_changes_nothing(make: Callable[[], Run]) -> None:
    """One failure for each kind of finding: the others have the same rules look at them."""
    run = make()
    if not run.model.built:
        run.model.build(run.x.shape[1:])
    model, x, y = run.model, run.x.copy(), run.y.copy()

    def state() -> list[object]:
        caches = [
            (name, id(value))
            for layer in model.layers
            for name, value in layer.__dict__.items()
            if name.startswith("_")
        ]
        memory = [value.tobytes() for value in model.optimizer.state.values()]
        arrays = [model.parameters.tobytes(), model.gradients.tobytes()]
        return [caches, memory, arrays, model.optimizer.iterations, model.rng.bit_generator.state]

    before = state()
    diagnose(model, run.x, run.y, validation_data=run.validation)
    assert state() == before
    np.testing.assert_array_equal(run.x, x)
    np.testing.assert_array_equal(run.y, y)


def test_independent_faults_are_all_found() -> None:
    x, y = seeded.blobs()
    x[:, 1] = 0.5
    model = seeded.classifier([Dense(8), Dense(3, "relu"), Dense(3, "softmax")], optimizer=SGD(1e9))
    codes = [finding.code for finding in diagnose(model, x, y)]
    assert codes == ["constant-features", "no-nonlinearity", "learning-rate-too-high"]


def test_findings_are_shown_with_reason_and_remedy() -> None:
    x, y = seeded.blobs()
    model = seeded.classifier([Dense(8), Dense(3, "relu"), Softmax()])
    found = diagnose(model, 1000 * x, y)
    assert [finding.code for finding in found] == [
        *("inputs-not-scaled", "no-nonlinearity", "relu-before-output")
    ]
    text, table = repr(found), found._repr_html_()
    for finding in found:
        why, do = ADVICE[finding.code]
        assert f"{finding.code}: {finding.seen}\n  Why: {why}\n  Do: {do}" in text
        for part in (finding.code, finding.seen, why, do):
            assert html.escape(part) in table
        assert html.escape(finding.do) in finding._repr_html_()
    assert table.count("<tr>") == 4
    assert "<b>" not in Findings([Finding("first-loss", "<b>1</b>", 1)])._repr_html_()
    assert repr(diagnose(seeded.classifier(), x, y)) == "[]"
    assert diagnose(seeded.classifier(), x, y)._repr_html_() == "<p>Nothing was found.</p>"


def test_a_collapsed_network_is_one_finding() -> None:
    for make in (seeded.collapsed, seeded.collapsed_by_large_steps, seeded.collapsed_numbers):
        run = make()
        assert len(diagnose(run.model, run.x, run.y)) == 1
    run = seeded.collapsed_answers()
    assert "All 300 examples are predicted as class " in seeded.only(run).seen
    run.x *= 1000  # and of inputs that aren't scaled it is a consequence
    assert seeded.only(run).code == "inputs-not-scaled"


def test_a_network_is_not_collapsed_for_naming_the_most_frequent_class() -> None:
    run = HEALTHY["seven in ten say no"]()
    run.fit()
    run.model.fit(run.x, run.y, epochs=100, verbose=0)
    assert not (run.model.predict(run.x) > 0.5).any()
    assert diagnose(run.model, run.x, run.y, validation_data=run.validation) == []


def test_no_finding_explains_itself_away() -> None:
    """Of any two findings at least one is told, and no chain of causes leads back."""
    for cause, consequences in CONSEQUENCES.items():
        for code in consequences:
            both = [Finding(cause, "", 1), Finding(code, "", 1)]
            assert len(without_consequences(both)) == 1, (cause, code)


def test_bad_calls_are_refused() -> None:
    x, y = seeded.blobs()
    with pytest.raises(ValueError, match="isn't compiled"):
        diagnose(Sequential([Dense(3, "softmax")]), x, y)
    with pytest.raises(TypeError, match=r"model must be a Sequential, .* write Sequential\(\)"):
        diagnose(Sequential, x, y)  # type: ignore[arg-type]
    model = seeded.classifier([Dense(3, "softmax", input_shape=(5,))])
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 5\)"):
        diagnose(model, x, y)
    with pytest.raises(ValueError, match="the same number of examples"):
        diagnose(seeded.classifier(), x, y[:-1])
    with pytest.raises(ValueError, match="the same number of examples"):
        diagnose(seeded.classifier(), x[:0], y[:0])
    with pytest.raises(TypeError, match="x must be an array of real numbers"):
        diagnose(seeded.classifier(), x.astype(str), y)
    with pytest.raises(TypeError, match="validation_data must be a tuple"):
        diagnose(seeded.classifier(), x, y, validation_data=(x,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="x and y, or neither"):
        WatchTraining(x)


def test_every_kind_of_finding_has_its_seeded_failure() -> None:
    assert set(FAILURES.values()) == set(ADVICE)
    consequences = set().union(*CONSEQUENCES.values())
    assert set(CONSEQUENCES) | consequences <= set(ADVICE)


def test_a_consequence_is_left_out_beside_its_cause() -> None:
    cause, consequence = Finding("inputs-not-scaled", "", 1), Finding("dead-relu", "", 1)
    assert without_consequences([consequence, cause]) == [cause]
    assert without_consequences([consequence]) == [consequence]


def test_the_tables_in_the_documentation_are_todays() -> None:
    today = rows(make_diagnoses.introduction() + make_diagnoses.advice())
    missing = [row for row in today if row not in PAGE_ROWS]
    assert not missing, "run python -m tools.make_diagnoses"
    assert all(f"`{code}`" in PAGE for code in ADVICE)
    assert all(make.__name__.replace("_", " ") in PAGE for make in FAILURES)
    assert all(name in PAGE for name in HEALTHY)
