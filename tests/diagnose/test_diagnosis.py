"""Diagnosis: each seeded failure gives its finding and no other, and healthy runs give none."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import FAILURES, HEALTHY, Run, examine
from tinynet import SGD, Dense, Sequential
from tinynet.diagnose import diagnose


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
