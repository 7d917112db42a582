"""The museum of bugs: every exhibit is caught and named, and what stands on its label is true."""

import inspect
import json
import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT, RunPython
from tinynet import museum
from tinynet.explain import mazur
from tinynet.explain.mazur import MAZUR_X, MAZUR_Y, mazur_errors, mazur_network
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.mistakes import PATTERNS
from tinynet.gradcheck.optimizers import check_optimizer
from tinynet.museum import EXHIBITS, exhibits
from tinynet.museum.exhibits import accuracies
from tinynet.optimizers import SGD, Adam, Optimizer
from tinynet.schedules import ExponentialDecay

each_exhibit = pytest.mark.parametrize("name", EXHIBITS)

# What the checker's answer must say, so that somebody who reads it knows what to look for.
WORDS = {
    "softmax_of_batch_maximum": "0/0",
    "diagonal_softmax": "diagonal of the Jacobian",
    "softmax_twice": "softmax is applied twice",
    "unmasked_relu": "mask is missing",
    "relu_masked_by_gradient": "It is dy > 0",
    "forgetful_relu": "dy isn't used",
    "overwriting_relu": "changes the dy",
    "in_place_relu": "changes its input",
    "sigmoid_slope_at_input": "taken at the input",
    "dropout_scaled_by_rate": "times those in prediction",
    "unmasked_dropout": "mask is missing",
    "averaged_bias": "6 times too small",
    "shared_bias": "summed over the outputs",
    "unsummed_bias": "not summed over the batch",
    "accumulating_gradient": "earlier call",
    "transposed_weights": "transposed",
    "stray_factor": "2 times the right gradient",
    "eager_update": "already updated",
    "lost_mean": "6 times too large: a mean over the batch is missing",
    "weights_by_column": "weight was applied by column",
    "momentum_on_parameter": "not to the parameter",
    "endless_momentum": "doesn't decay",
    "uphill_momentum": "goes uphill",
    "weight_growth": "so that they grow",
}


@each_exhibit
def test_exhibit_is_caught_and_named(name: str) -> None:
    report = EXHIBITS[name].check()
    assert not report
    assert report.mistakes[0].kind == EXHIBITS[name].kind
    assert WORDS[name] in report.mistakes[0].text
    with pytest.raises(AssertionError, match="WRONG"):
        report.assert_ok()


def test_the_collection_is_large_and_varied() -> None:
    assert len(EXHIBITS) >= 20
    assert len({exhibit.kind for exhibit in EXHIBITS.values()}) >= 18
    assert {pattern.__name__ for pattern in PATTERNS} > {"transposed", "accumulated"}


@each_exhibit
def test_right_lines_in_place_of_the_wrong_ones_repair_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label is held to the code: it has the wrong lines in it, and the right ones cure it."""
    exhibit = EXHIBITS[name]
    wrong, right = (text.replace("\n", "\n        ") for text in (exhibit.wrong, exhibit.right))
    whole = re.compile(re.escape(wrong) + r"(?!\.)")  # not the W of W.T
    parts = {
        part.__name__: re.sub(r": np\.ndarray(?= = )", "", inspect.getsource(part))
        for part in vars(exhibits).values()
        if (inspect.isclass(part) or inspect.isfunction(part))
        and part.__module__.startswith("tinynet.museum.")
    }
    ((part_name, source),) = [(key, text) for key, text in parts.items() if whole.search(text)]
    home = sys.modules[getattr(exhibits, part_name).__module__]
    repaired = dict(vars(home))
    exec(whole.sub(lambda found: right, source), repaired)
    monkeypatch.setattr(exhibits, part_name, repaired[part_name])
    exhibit.check().assert_ok()


@each_exhibit
def test_sources_are_threads(name: str) -> None:
    exhibit = EXHIBITS[name]
    assert exhibit.sources or "no public thread" in exhibit.story
    for source, link in zip(exhibit.sources, exhibit.links(), strict=True):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", source)
        assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/issues/\d+", link)


@each_exhibit
def test_networks_differ_in_the_mistake_alone(name: str) -> None:
    """Both are the reference network, from equal weights, and make a step on digits."""
    exhibit = EXHIBITS[name]
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((32, 784)), np.eye(10)[rng.integers(0, 10, 32)]
    broken, repaired = exhibit.broken(), exhibit.repaired()
    losses = [float(np.ravel(model.train_on_batch(x, y))[0]) for model in (broken, repaired)]
    assert np.isfinite(losses).all()
    assert [layer.count_params() for layer in broken.layers] == [
        layer.count_params() for layer in repaired.layers
    ]
    same_forward = name not in ("dropout_scaled_by_rate", "softmax_twice", "in_place_relu")
    assert not same_forward or losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_repaired_parts_are_healthy() -> None:
    x, t = exhibits.example((6, 4)), exhibits.one_hot(6, 4)
    check_gradients(museum.PlainDense(3), x).assert_ok()
    check_gradients(mazur.FixedBiasDense(3, bias_initializer="zeros", use_bias=True), x)
    check_gradients(museum.RowWeightedCrossentropy(), x, t).assert_ok()


def test_accuracies_are_measured_for_every_exhibit() -> None:
    figures = accuracies()
    assert list(figures) == list(EXHIBITS)
    assert all(0 < share < 1 for pair in figures.values() for share in pair.values())
    reference = {figures[name]["right"] for name in EXHIBITS if "relu" in name}
    assert len(reference) == 1
    assert reference.pop() > 0.95
    fine = [name for name in EXHIBITS if figures[name]["wrong"] > 0.9]
    assert len(fine) > len(EXHIBITS) / 2  # which is the point of the museum


def test_example_leads_through_the_museum(run_python: RunPython) -> None:
    program = (
        "import runpy, sys; sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    example = str(ROOT / "examples" / "bug_museum.py")
    tour = run_python(program, example)
    assert tour.returncode == 0, tour.stderr
    assert [line.split()[0] for line in tour.stdout.splitlines() if "%" in line] == list(EXHIBITS)
    fine = sum(figures["wrong"] > 0.9 for figures in accuracies().values())
    assert f"{fine} of {len(EXHIBITS)} networks" in tour.stdout
    one = run_python(program, example, "transposed_weights")
    for words in ("    dx = dy @ self.W\n", "pulp-trainlib/issues/3", "WRONG"):
        assert words in one.stdout
    none = run_python(program, example, "cubism")
    assert none.returncode != 0
    assert "There is no exhibit 'cubism'" in none.stderr


# --------------------------------------------------------------------------------- Mazur's example


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


# ------------------------------------------------------------------------------------- optimizers


rates = st.floats(1e-6, 10)
shares = st.floats(0, 0.999)
decays = st.none() | st.floats(1e-6, 0.05)


@given(rates, shares, st.booleans(), decays)
def test_no_healthy_sgd_is_accused(
    rate: float, momentum: float, nesterov: bool, decay: float | None
) -> None:
    check_optimizer(SGD(rate, momentum, nesterov, decay)).assert_ok()


@given(rates, shares, st.floats(0.5, 0.9999), decays)
def test_no_healthy_adam_is_accused(
    rate: float, beta_1: float, beta_2: float, decay: float | None
) -> None:
    check_optimizer(Adam(rate, beta_1, max(beta_2, beta_1**0.5), weight_decay=decay)).assert_ok()


def test_optimizer_is_left_as_it_was_and_may_have_a_schedule() -> None:
    optimizer = SGD(ExponentialDecay(0.1, 10, 0.5), momentum=0.9)
    parameters = np.ones(3)
    optimizer.update(parameters, np.ones(3))
    before = json.dumps([optimizer.iterations, optimizer.state["velocity"].tolist()])
    report = check_optimizer(optimizer)
    assert report
    report.assert_ok()
    assert json.dumps([optimizer.iterations, optimizer.state["velocity"].tolist()]) == before
    assert str(report).count("ok") == 5


class Faulty(Optimizer):
    """An update rule with any mistake."""

    def __init__(self, kind: str) -> None:
        super().__init__(0.1, None)
        self.kind = kind

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        if self.kind == "uphill":
            parameters += learning_rate * gradients
        if self.kind == "gradients_changed":
            gradients *= learning_rate
            parameters -= gradients
        if self.kind == "moves_alone":
            parameters -= learning_rate * gradients + 0.01
        if self.kind == "stands_still":
            velocity = self.remember("velocity", parameters)
            parameters += velocity
            velocity *= 0.9
            velocity -= learning_rate * gradients


@pytest.mark.parametrize("kind", ["uphill", "gradients_changed", "moves_alone", "stands_still"])
def test_faulty_optimizers_are_named(kind: str) -> None:
    assert kind in [mistake.kind for mistake in check_optimizer(Faulty(kind)).mistakes]


def test_what_is_no_optimizer_is_refused() -> None:
    with pytest.raises(TypeError, match="Expected an optimizer, received 'sgd'"):
        check_optimizer("sgd")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="learning rate above 0"):
        check_optimizer(SGD(0.0))
