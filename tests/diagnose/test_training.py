"""What is found in the training: steps, divergence, and the callback that watches for them."""

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import HEALTHY, Run, examine, only
from tinynet import SGD, Dense, Dropout, Layer, Sequential
from tinynet.callbacks import LearningRateScheduler
from tinynet.diagnose import WatchTraining, diagnose
from tinynet.diagnose.case import Case
from tinynet.initializers import RandomNormal
from tinynet.layers import BatchNormalization, Flatten, LayerNormalization, ReLU, Reshape
from tinynet.regularizers import L2


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


@pytest.mark.parametrize("weight", [0.4, 0.25, 0.01])
def test_a_step_longer_than_the_weights_may_be_right(weight: float) -> None:
    """One step leads to the weight of 1: 1.5 times as far as 0.4 is long, or 3 or 99 times."""
    x = np.where(np.arange(40) % 3, 1.0, -1.0)[:, np.newaxis]
    model = seeded.classifier([Dense(1, use_bias=False, input_shape=(1,))], "mse", SGD(0.5))
    model.set_weights([[[weight]]])
    assert diagnose(model, x, x) == []
    model.train_on_batch(x, x)
    assert model.get_weights()[0].tolist() == [[1.0]]


def test_where_numbers_ceased_to_be_finite() -> None:
    finding = only(seeded.nan_in_the_weights())
    assert "dense_1, whose W isn't finite" in finding.seen
    finding = only(seeded.infinity_from_one_example())
    assert "exp, at example 77: batch 2 " in finding.seen
    assert finding.figure == 2


def test_large_targets_are_found_after_they_made_a_run_diverge() -> None:
    x, y = seeded.slopes(1e6)
    run = Run(seeded.classifier([Dense(16, "relu"), Dense(1)], "mse"), x, y, epochs=3)
    run.fit()
    assert not np.isfinite(run.model.parameters).all()
    assert [f.code for f in diagnose(run.model, run.x, run.y)] == ["targets-not-scaled"]


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


def test_a_network_that_still_says_always_the_same_is_no_fault_yet() -> None:
    x, y = seeded.blobs(classes=2)
    model = seeded.classifier([Dense(8, "relu"), Dense(2, "softmax")])
    model.build((4,))
    model.layers[1].parameters["b"][:] = [5, 0]
    model.train_on_batch(x, y)
    assert not model.predict(x).argmax(axis=1).any()
    assert diagnose(model, x, y) == []
    model.layers[1].parameters["b"][:] = [3, 0]
    assert 1.5 * np.log(2) < model.evaluate(x, y, verbose=0)[0] < 1.5 * np.log(3)
    model.optimizer.iterations = 99
    assert diagnose(model, x, y) == []
    model.optimizer.iterations = 100  # by now it should say something else
    assert [finding.code for finding in diagnose(model, x, y)] == ["predicts-one-class"]


@pytest.mark.parametrize(("steps", "codes"), [(999, []), (1000, ["predicts-one-class"])])
def test_outputs_that_hardly_differ_may_need_more_steps(steps: int, codes: list[str]) -> None:
    x, y = seeded.blobs(classes=2)
    small = RandomNormal(stddev=1e-5)
    layers: list[Layer] = [Dense(2, "softmax", kernel_initializer=small)]
    model = seeded.classifier(layers, optimizer=SGD(1e-6))
    model.build((4,))
    model.layers[0].parameters["b"][:] = [0.5, 0]
    model.train_on_batch(x, y)
    assert 1e-6 < model.predict(x).std(axis=0).max() < 1e-3
    model.optimizer.iterations = steps
    assert [finding.code for finding in diagnose(model, x, y)] == codes


@pytest.mark.parametrize(("steps", "codes"), [(99, []), (100, ["class-never-predicted"])])
def test_missing_classes_are_reported_only_after_100_steps(steps: int, codes: list[str]) -> None:
    run = seeded.class_left_out()
    run.model.optimizer.iterations = steps
    assert [finding.code for finding in diagnose(run.model, run.x, run.y)] == codes


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


def test_the_callback_takes_what_fit_was_given() -> None:
    """Training data without the part that is split off, and that part, each with its targets."""
    run = seeded.numbers_shuffled_apart()
    given: list[Any] = []

    class Keep(WatchTraining):
        def on_data(self, x: Any, y: Any, validation_data: Any, *, shuffle: bool) -> None:
            super().on_data(x, y, validation_data, shuffle=shuffle)
            given.extend([x, y, *validation_data, shuffle])

    watch = Keep()
    run.fit(watch)
    for part, expected in zip(
        given, (run.x[:120], run.y[:120], run.x[120:], run.y[120:], True), strict=True
    ):
        np.testing.assert_array_equal(part, expected)
    (finding,) = watch.findings
    assert finding.code == "labels-apart"
    assert "which is chance" in finding.seen
    assert "Do the labels belong to the examples?" in str(finding)


def test_validation_data_of_ones_own_come_before_those_of_fit() -> None:
    run = seeded.labels_shuffled_apart()
    watch = WatchTraining(validation_data=(run.x, run.y))  # which is predicted well enough
    run.fit(watch)
    assert [f.code for f in watch.findings] == ["validation-among-training"]


def test_frozen_layers_are_not_expected_to_move() -> None:
    run = seeded.leaping()
    found = diagnose(run.model, run.x, run.y)
    run.model.layers[0].trainable = False
    run.model.compile(run.model.optimizer, run.model.loss)
    assert [f.code for f in diagnose(run.model, run.x, run.y)] == [f.code for f in found]
    assert "dense_1" in diagnose(run.model, run.x, run.y)[0].seen


def test_a_penalty_is_no_part_of_the_first_loss() -> None:
    x, y = seeded.blobs()
    for activity in (None, L2(0.5)):
        hidden = Dense(64, "relu", kernel_regularizer=L2(0.5), activity_regularizer=activity)
        model = seeded.classifier([hidden, Dense(3, "softmax")])
        codes = [f.code for f in diagnose(model, x, y)]
        assert "first-loss" not in codes
        loss = model.evaluate(x, y, verbose=0)[0]
        case = Case(model, x, y, None)
        assert case.loss + case.penalty() == pytest.approx(loss, rel=1e-5)
        assert case.penalty() > 1


def test_labels_are_judged_by_twenty_examples_at_least() -> None:
    run = seeded.labels_shuffled_apart()
    examine(run)
    assert run.validation
    # Among the last twenty, chance makes the outputs fit a little.
    for rows, code in (
        (slice(19), "overfitting"),
        (slice(20), "labels-apart"),
        (slice(20, 40), "overfitting"),
    ):
        few = (run.validation[0][rows], run.validation[1][rows])
        (finding,) = diagnose(run.model, run.x, run.y, validation_data=few)
        assert finding.code == code


def test_what_is_trained_in_order_forgets() -> None:
    run = seeded.sorted_by_class_before()
    finding = only(run)
    before = run.model.history.history["accuracy"][-1]
    now = run.model.evaluate(run.x, run.y, verbose=0)[1]
    assert finding.figure == pytest.approx(before - now)
    assert f"accuracy was {before:.3g} in the last epoch, and is {now:.3g}" in finding.seen
    run = seeded.sorted_by_class()
    watch = WatchTraining()
    run.fit(watch)
    assert watch.findings[0].seen.startswith("fit has shuffle=False, and targets side by side")


def test_a_finding_comes_once_and_its_consequences_not_at_all() -> None:
    x, y = seeded.digits(600)
    model = seeded.classifier([Dense(32, "relu"), Dense(10, "softmax")], optimizer=SGD(20.0))
    watch = WatchTraining()
    Run(model, x, y, epochs=8).fit(watch)
    assert [finding.code for finding in watch.findings] == ["learning-rate-too-high"]


def test_a_schedule_that_is_finished_is_judged_by_its_start() -> None:
    run = HEALTHY["a schedule of one's own"]()
    run.fit()
    assert diagnose(run.model, run.x, run.y) == []
    # The same rate from the start is too low.
    run.model.compile(SGD(1e-12), "sparse_categorical_crossentropy")
    assert [f.code for f in diagnose(run.model, run.x, run.y)] == ["learning-rate-too-low"]


def test_a_gradient_of_nan_is_no_sign_of_a_low_rate() -> None:
    class Broken(Layer):
        def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
            return x

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return np.full_like(dy, np.nan)

    x, y = seeded.blobs()
    model = seeded.classifier([Dense(8, "relu"), Broken(), Dense(3, "softmax")])
    model.build((4,))
    model.layers[-1].trainable = False
    assert "learning-rate-too-low" not in [f.code for f in diagnose(model, x, y)]


@pytest.mark.parametrize(
    ("layers", "batch_size", "codes"),
    [
        ([Dense(8), BatchNormalization()], 1, ["batches-of-one"]),
        ([Dense(8), BatchNormalization()], 2, []),
        ([Dense(8), LayerNormalization()], 1, []),
        ([Reshape((2, 2)), BatchNormalization(), Flatten()], 1, []),
    ],
)
def test_batches_of_one_have_no_variance(
    layers: list[Layer], batch_size: int, codes: list[str]
) -> None:
    x, y = seeded.blobs()
    watch = WatchTraining(x[::2].tolist(), y[::2].tolist())  # which aren't those of fit
    model = seeded.classifier([*layers, ReLU(), Dense(3, "softmax")], optimizer=SGD(0.01))
    Run(model, x, y, epochs=1, batch_size=batch_size).fit(watch)
    assert [finding.code for finding in watch.findings] == codes


def test_no_gradient_means_none_for_any_example() -> None:
    run = HEALTHY["counts, ReLU output, 0 for most"]()
    assert (run.model.predict(run.x) == 0).mean() > 0.5 or not run.model.built
    assert diagnose(run.model, run.x, run.y) == []
    run.model.layers[-1].parameters["b"][:] = -100
    assert [f.code for f in diagnose(run.model, run.x, run.y)] == ["no-gradient"]


def test_steps_are_tried_without_dropout() -> None:
    """Whatever chance would have dropped, the steps are those of the same network without it."""
    run = seeded.creeping()
    layers: list[Layer] = [Dense(32, "relu"), Dropout(0.7), Dense(10, "softmax")]
    model = seeded.classifier(layers, optimizer=SGD(1e-7))
    (finding,) = diagnose(model, run.x, run.y)
    assert finding == only(run)


def test_a_large_step_of_a_tiny_weight_is_no_fault_if_the_loss_falls() -> None:
    """The line 2x - 1, with which many courses begin: its one weight may begin near 0."""
    x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    for weight in (-1.0, -0.1, -0.001, 0.001, 0.1, 1.0):
        model = Sequential([Dense(1, input_shape=(1,))], seed=0)
        model.layers[0].parameters["W"][...] = weight
        model.compile("sgd", "mse")
        assert diagnose(model, x, 2 * x - 1) == []
        model.compile(SGD(0.5), "mse")  # which diverges
        assert [f.code for f in diagnose(model, x, 2 * x - 1)] == ["learning-rate-too-high"]


def test_labels_that_say_the_opposite_are_not_called_chance() -> None:
    rng = np.random.default_rng(0)
    x, held = rng.normal(size=(2, 300, 4))
    y = (x[:, 0] > 0).astype(int)
    model = Sequential([Dense(2, "softmax")], seed=0)
    model.compile(SGD(0.5), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=10, verbose=0)
    validation = (held, (held[:, 0] < 0).astype(int))
    (finding,) = diagnose(model, x, y, validation_data=validation)
    assert finding.code == "labels-apart"
    assert "on validation data, which is worse than chance" in finding.seen


def test_a_model_that_is_frozen_as_a_whole_is_refused_by_its_own_name() -> None:
    model = Sequential([Dense(2, "softmax", input_shape=(4,))], seed=0)
    model.layers[0].trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"needs trainable parameters, .* trainable = True"):
        diagnose(model, np.eye(4), np.array([0, 1, 0, 1]))


def test_a_rate_that_was_reduced_before_the_run_was_resumed_isnt_too_low() -> None:
    x, y = seeded.blobs()
    model = seeded.classifier([Dense(3, "softmax")])
    rates = LearningRateScheduler(lambda epoch: [0.01, 1e-9][epoch])
    model.fit(x, y, epochs=1, verbose=0, callbacks=[rates])
    model.fit(x, y, epochs=2, initial_epoch=1, verbose=0, callbacks=[rates])
    assert model.history.history["learning_rate"] == [1e-9]
    assert diagnose(model, x, y) == []
