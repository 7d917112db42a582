"""Diagnosis: each seeded failure gives its finding and no other, and healthy runs give none."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from tests.conftest import DOCS
from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import FAILURES, HEALTHY, Run, examine
from tinynet import SGD, Dense, Sequential
from tinynet.diagnose import diagnose
from tinynet.diagnose.findings import ADVICE, CONSEQUENCES, Finding, without_consequences
from tools import make_diagnoses


@pytest.mark.parametrize(
    ("make", "code"), FAILURES.items(), ids=[make.__name__ for make in FAILURES]
)
def test_a_seeded_failure_gives_exactly_its_finding(make: Callable[[], Run], code: str) -> None:
    found = examine(make())
    assert {finding.code for finding in found} == {code}, found
    for finding in found:
        assert re.search(r"\d", finding.seen), "a figure"
        assert finding.seen.endswith(".")
        assert finding.why
        assert finding.do
        assert "\n" not in str(finding)
        assert str(finding) == f"{code}: {finding.seen} {finding.why} {finding.do}"


def test_there_are_twenty_healthy_runs() -> None:
    assert len(HEALTHY) >= 20


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_healthy_run_gives_no_finding(make: Callable[[], Run]) -> None:
    run = make()
    assert examine(run) == []
    history = run.model.history.history["loss"]
    assert history[-1] < history[0]  # and it is a run that learns


@pytest.mark.parametrize("make", FAILURES, ids=[make.__name__ for make in FAILURES])
def test_diagnosing_changes_nothing(make: Callable[[], Run]) -> None:
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


def test_bad_calls_are_refused() -> None:
    x, y = seeded.blobs()
    with pytest.raises(ValueError, match="isn't compiled"):
        diagnose(Sequential([Dense(3, "softmax")]), x, y)
    with pytest.raises(TypeError, match=r"model must be a Sequential, .* write Sequential\(\)"):
        diagnose(Sequential, x, y)  # type: ignore[arg-type]
    model = seeded.classifier([Dense(3, "softmax", input_shape=(5,))])
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 5\)"):
        diagnose(model, x, y)
    with pytest.raises(ValueError, match="as many examples"):
        diagnose(seeded.classifier(), x, y[:-1])
    with pytest.raises(ValueError, match="as many examples"):
        diagnose(seeded.classifier(), x[:0], y[:0])
    with pytest.raises(TypeError, match="x must be an array of real numbers"):
        diagnose(seeded.classifier(), x.astype(str), y)


def test_every_kind_of_finding_has_its_seeded_failure() -> None:
    assert set(FAILURES.values()) == set(ADVICE)
    consequences = set().union(*CONSEQUENCES.values())
    assert set(CONSEQUENCES) | consequences <= set(ADVICE)


def test_a_consequence_is_left_out_beside_its_cause() -> None:
    cause, consequence = Finding("inputs-not-scaled", "", 1), Finding("dead-relu", "", 1)
    assert without_consequences([consequence, cause]) == [cause]
    assert without_consequences([consequence]) == [consequence]


def test_the_table_in_the_documentation_is_todays() -> None:
    """But for the digits of its figures, which another machine's arithmetic may round otherwise."""
    page = (DOCS / "diagnoses.md").read_text(encoding="utf-8")
    today = make_diagnoses.page(trained=False)

    def rows(text: str) -> list[list[str]]:
        table = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
        return [[re.sub(r"[\d.]+(e[+-]\d+)?", "#", cell) for cell in row] for row in table]

    missing = [row for row in rows(today) if row not in rows(page)]
    assert not missing, "run python -m tools.make_diagnoses"
    assert all(f"`{code}`" in page for code in ADVICE)
    assert all(make.__name__.replace("_", " ") in page for make in FAILURES)
    assert all(name in page for name in HEALTHY)
