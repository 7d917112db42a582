"""Diagnosis: each seeded failure gives its finding and no other, and healthy runs give none."""

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.conftest import DOCS
from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import FAILURES, HEALTHY, Run
from tinynet import SGD, Dense, Flatten, Layer, Sequential
from tinynet.diagnose import WatchTraining, diagnose
from tinynet.diagnose.findings import ADVICE, CONSEQUENCES, Finding, without_consequences
from tinynet.layers.normalization import Normalization
from tools import make_diagnoses


def examine(run: Run) -> list[Finding]:
    """Diagnose before the training, during it if there is one, and after it."""
    found = diagnose(run.model, run.x, run.y)
    if run.epochs:
        watch = WatchTraining(run.x, run.y, validation_data=run.validation)
        run.fit(watch)
        found += watch.findings
        if run.model.history.history["loss"][-1] == run.model.history.history["loss"][-1]:
            found += diagnose(run.model, run.x, run.y, validation_data=run.validation)
    return found


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


def test_every_kind_of_finding_has_its_seeded_failure() -> None:
    assert set(FAILURES.values()) == set(ADVICE)
    consequences = set().union(*CONSEQUENCES.values())
    assert set(CONSEQUENCES) | consequences <= set(ADVICE)


def test_there_are_twenty_healthy_runs() -> None:
    assert len(HEALTHY) >= 20


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_healthy_run_gives_no_finding(make: Callable[[], Run]) -> None:
    run = make()
    assert examine(run) == []
    history = run.model.history.history["loss"]
    assert history[-1] < history[0]  # and it is a run that learns


# Figures


def only(run: Run) -> Finding:
    (finding,) = diagnose(run.model, run.x, run.y, validation_data=run.validation)
    return finding


def test_figures_of_the_data() -> None:
    run = seeded.raw_pixels()
    sizes = np.sqrt((run.x**2).mean(axis=0))
    assert only(run).figure == pytest.approx(sizes.max())
    assert f"{(sizes > 10).sum()} of 784 features" in only(run).seen
    assert only(seeded.examples_repeated()).figure == pytest.approx(0.8)
    assert only(seeded.one_class_nearly()).figure == pytest.approx(590 / 600)
    assert "nan at [17, 2]" in only(seeded.nan_inputs()).seen
    assert "row 0 sums to 100" in only(seeded.rows_of_percent()).seen
    assert only(seeded.several_labels()).figure == 0.5


def test_figures_of_targets_and_validation() -> None:
    run = seeded.prices()
    assert only(run).figure == pytest.approx(np.sqrt((run.y**2).mean()))
    run = seeded.sigmoid_for_large_numbers()
    run.y[:30] = 0.5  # a tenth of them
    assert only(run).figure == pytest.approx(0.9)
    run.y[:] = np.linspace(-0.04, 1, 300)[:, np.newaxis]  # 12 of 300 are just outside
    assert diagnose(run.model, run.x, run.y) == []
    run = seeded.validation_not_normalised()
    assert run.validation
    assert only(run).figure == pytest.approx(run.validation[0].std() / run.x.std())
    run.validation = (run.x[::3] + 0.1, run.y[::3])
    assert diagnose(run.model, run.x, run.y, validation_data=run.validation) == []


def test_sigmoids_for_exclusive_classes_tell_nothing_if_all_say_yes() -> None:
    run = seeded.sigmoids_for_exclusive_classes()
    run.model.build((4,))
    weights = run.model.get_weights()
    weights[2][:], weights[3][:] = 0, 20  # yes to each class, whatever the input
    run.model.set_weights(weights)
    assert run.model.evaluate(run.x, run.y, verbose=0)[0] == pytest.approx(np.log(3), rel=1e-6)
    finding = diagnose(run.model, run.x, run.y)[0]
    assert finding.code == "outputs-not-distributions"
    assert finding.figure == pytest.approx(3, rel=1e-6)


def test_figures_of_the_network() -> None:
    finding = only(seeded.biases_far_below_zero())
    assert finding.figure == 28 / 32
    assert "88% in dense_1" in finding.seen
    assert "dense," not in finding.seen
    finding = only(seeded.huge_initial_weights())
    run = seeded.huge_initial_weights()
    run.model.build((20,))
    loss = run.model.evaluate(run.x, run.y, verbose=0)[0]
    assert finding.figure == pytest.approx(loss, rel=1e-5)
    assert "ln 3 = 1.099" in finding.seen


def test_gradients_are_compared_layer_by_layer() -> None:
    run = seeded.many_sigmoids()
    finding = only(run)
    model = run.model
    model.build((4,))
    norms: list[Any] = []
    flat = model.unfolded()
    t = model.loss.targets(run.y, model.output_shapes[-1])
    _, dz = flat.criterion(t, flat.forward(run.x))

    def keep(layer: Layer, dy: np.ndarray) -> None:
        if isinstance(layer, Dense):
            norms.append(np.linalg.norm(dy))

    flat.backward(dz, observer=keep)
    ratios = [norm / norms[0] for norm in reversed(norms)]
    assert finding.figure == pytest.approx(ratios[0], rel=1e-3)
    few = [
        f"{ratio:.1e} in {layer.name}" for ratio, layer in zip(ratios, model.layers, strict=True)
    ]
    assert [text for text in few if text in finding.seen] == few[: sum(r < 1e-4 for r in ratios)]


@pytest.mark.parametrize("make", [seeded.softmax_and_softmax, seeded.softmax_for_logits])
def test_what_two_softmaxes_can_reach(make: Callable[[], Run]) -> None:
    """No weights, however large, bring the loss below the figure that is named."""
    run = make()
    finding = only(run)
    run.model.build((4,))
    weights = run.model.get_weights()
    weights[3][0] = 1e4  # the first class's bias
    run.model.set_weights(weights)
    y = np.tile([1, 0, 0], (300, 1)) if run.y.ndim == 2 else np.zeros(300, int)
    loss = run.model.evaluate(run.x, y, verbose=0)[0]
    assert loss == pytest.approx(-np.log(finding.figure), rel=1e-6)
    assert f"can't fall below {loss:.3g}" in finding.seen


def test_a_step_is_measured_against_the_weights() -> None:
    run = seeded.creeping()
    finding = only(run)
    # An example's step, by hand: the layer with the largest change relative to its weights.
    run.model.build((784,))
    ratios = []
    for row in range(0, 1000, 50):
        before = run.model.get_weights()
        run.model.train_on_batch(run.x[row : row + 1], run.y[row : row + 1])
        changes = zip(before, run.model.get_weights(), strict=True)
        moved = [
            np.linalg.norm(b.astype(float) - a) / np.linalg.norm(a)
            for a, b in changes
            if a.ndim == 2
        ]
        ratios.append(max(moved))
    assert finding.figure < 1e-5
    assert 0.2 < finding.figure / np.median(ratios) < 20


def test_where_numbers_ceased_to_be_finite() -> None:
    finding = only(seeded.nan_in_the_weights())
    assert "dense_1, whose W isn't finite" in finding.seen
    finding = only(seeded.infinity_from_one_example())
    assert "exp, at example 77: batch 2 " in finding.seen
    assert finding.figure == 2


def test_the_callback_names_layer_and_batch(capsys: pytest.CaptureFixture[str]) -> None:
    run = seeded.nan_in_a_layer()
    watch = WatchTraining(run.x, run.y)
    run.fit(watch)
    (finding,) = watch.findings
    assert "in epoch 1, batch 3." in finding.seen
    assert finding.seen.endswith("there: log_after.")
    assert capsys.readouterr().out == f"{finding}\n"


def test_divergence_is_caught_in_the_batch_in_which_it_happens() -> None:
    """A learning rate that is raised in the middle of a run, after the diagnosis has passed."""
    x, y = seeded.blobs()
    rates = [0.01] * 5 + [1e30] * 100
    model = seeded.classifier(optimizer=SGD(lambda step: rates[step]))
    watch = WatchTraining(x, y)
    run = Run(model, x, y, epochs=1, batch_size=30)
    run.fit(watch)
    codes = [finding.code for finding in watch.findings]
    assert codes == ["loss-not-finite"]
    # The step of batch 5 is the first that is too large; the next batch suffers from it.
    assert re.search(r"batch [67]\. .* there: dense(_1)?\.$", watch.findings[0].seen)


# Speaking up


def test_the_callback_speaks_once(capsys: pytest.CaptureFixture[str]) -> None:
    run = seeded.two_dense_in_a_row()
    run.epochs = 5
    watch = WatchTraining(run.x, run.y)
    run.fit(watch)
    out = capsys.readouterr().out
    assert [finding.code for finding in watch.findings] == ["no-nonlinearity"]
    assert out == f"{watch.findings[0]}\n"


def test_the_callback_finds_what_comes_up_during_training(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = seeded.learned_by_heart()
    assert diagnose(run.model, run.x, run.y) == []
    run.fit(WatchTraining(run.x, run.y, validation_data=run.validation))
    out = capsys.readouterr().out
    assert out.startswith("overfitting: The loss is ")
    assert out.count("\n") == 1


@pytest.mark.parametrize("make", [seeded.nan_in_the_weights, seeded.nan_in_a_layer])
def test_the_callback_is_the_one_that_stops_at_nan(
    make: Callable[[], Run], capsys: pytest.CaptureFixture[str]
) -> None:
    run = make()
    watch = WatchTraining(run.x, run.y)
    run.fit(watch)
    assert [finding.code for finding in watch.findings] == ["loss-not-finite"]
    assert capsys.readouterr().out == f"{watch.findings[0]}\n"
    assert run.model.stop_training


def test_watching_changes_nothing() -> None:
    runs = [HEALTHY["digits, momentum, dropout"]() for _ in range(2)]
    runs[0].fit()
    runs[1].fit(WatchTraining(runs[1].x, runs[1].y, validation_data=runs[1].validation))
    assert runs[0].model.parameters.tobytes() == runs[1].model.parameters.tobytes()
    assert runs[0].model.history.history == runs[1].model.history.history


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


def test_an_unbuilt_model_stays_unbuilt() -> None:
    run = seeded.two_dense_in_a_row()
    diagnose(run.model, run.x, run.y)
    assert not run.model.built


def test_a_network_that_still_says_always_the_same_is_no_fault_yet() -> None:
    x, y = seeded.blobs(classes=2)
    model = seeded.classifier([Dense(8, "relu"), Dense(2, "softmax")])
    model.build((4,))
    model.layers[1].parameters["b"][:] = [5, 0]
    model.train_on_batch(x, y)
    assert not model.predict(x).argmax(axis=1).any()
    assert diagnose(model, x, y) == []


def test_a_first_step_that_overshoots_is_no_fault_if_the_next_ones_mend_it() -> None:
    x = np.random.default_rng(0).uniform(-2, 2, size=(300, 2))
    y = np.sin(2 * x[:, 0]) + x[:, 1] ** 2
    layers: list[Layer] = [Dense(16, "relu", kernel_initializer="he_normal"), Dense(1)]
    optimizer = SGD(0.05, momentum=0.9, nesterov=True)
    run = Run(seeded.classifier(layers, "mse", optimizer), x, y, epochs=4)
    run.model.build((2,))
    before = run.model.get_weights()[2]
    step = copy.deepcopy(run.model)
    step.train_on_batch(x[:32], y[:32])
    moved = np.linalg.norm(step.get_weights()[2] - before) / np.linalg.norm(before)
    assert moved > 0.5
    assert examine(run) == []
    assert run.model.history.history["loss"][-1] < 0.25 * y.var()


# Causes and consequences


def test_a_consequence_is_left_out_beside_its_cause() -> None:
    cause, consequence = Finding("inputs-not-scaled", "", 1), Finding("dead-relu", "", 1)
    assert without_consequences([consequence, cause]) == [cause]
    assert without_consequences([consequence]) == [consequence]


def test_independent_faults_are_all_found() -> None:
    x, y = seeded.blobs()
    x[:, 1] = 0.5
    model = seeded.classifier([Dense(8), Dense(3, "relu"), Dense(3, "softmax")], optimizer=SGD(1e9))
    codes = [finding.code for finding in diagnose(model, x, y)]
    assert codes == ["constant-features", "no-nonlinearity", "learning-rate-too-high"]


def test_a_normalization_that_was_never_adapted_scales_nothing() -> None:
    run = HEALTHY["pixels, normalised by the model"]()
    assert diagnose(run.model, run.x, run.y) == []
    run.model.layers[0] = Normalization()
    assert [f.code for f in diagnose(run.model, run.x, run.y)] == ["inputs-not-scaled"]


def test_black_borders_of_images_are_no_fault() -> None:
    x, y = seeded.digits()
    x[:, ::2] = x.min()
    model = seeded.classifier([Dense(16, "relu"), Dense(10, "softmax")])
    assert diagnose(model, x, y) == []


def test_flatten_and_dropout_are_no_nonlinearity() -> None:
    x, y = seeded.digits(100)
    model = seeded.classifier([Flatten(), Dense(16), Flatten(), Dense(10, "softmax")])
    assert [f.code for f in diagnose(model, x.reshape(-1, 28, 28), y)] == ["no-nonlinearity"]


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


# The page


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
