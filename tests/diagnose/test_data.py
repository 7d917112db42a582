"""What is found in the data: inputs, targets and validation."""

import numpy as np
import pytest

from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import HEALTHY, examine, only
from tinynet import Dense
from tinynet.diagnose import diagnose
from tinynet.layers.normalization import Normalization


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
    run.validation = (run.x[::2] + 0.1, run.y[::2])
    assert diagnose(run.model, run.x, run.y, validation_data=run.validation) == []


def test_classes_that_only_the_validation_has() -> None:
    x, y = seeded.blobs(classes=5)
    y[y == 1] = 4
    known = np.isin(y, (0, 2))  # class 1 has no examples at all
    model = seeded.classifier([Dense(16, "relu"), Dense(5, "softmax")])
    found = diagnose(model, x[known], y[known], validation_data=(x, y))
    (finding,) = [finding for finding in found if finding.code == "class-not-in-training"]
    assert finding.figure == pytest.approx(0.6)
    assert finding.seen.startswith("60.0% of the validation labels")
    assert finding.seen.endswith(": 3, 4.")


def test_a_validation_of_one_class_is_sorted_unless_nearly_all_are_of_it() -> None:
    x, y = seeded.blobs(classes=2)
    x = x[np.argsort(y, kind="stable")]
    y.sort()
    others = x[150:] + 0.01
    model = seeded.classifier([Dense(16, "relu"), Dense(2, "softmax")])
    for zeros, codes in ((100, ["validation-sorted"]), (25, [])):  # beside 150 ones
        order = np.random.default_rng(0).permutation(np.arange(150 - zeros, 300))
        found = diagnose(model, x[order], y[order], validation_data=(others, y[150:]))
        assert [finding.code for finding in found] == codes


def test_a_normalization_that_was_never_adapted_scales_nothing() -> None:
    run = HEALTHY["pixels, normalised by the model"]()
    assert diagnose(run.model, run.x, run.y) == []
    run.model.layers[0] = Normalization()
    assert [f.code for f in diagnose(run.model, run.x, run.y)] == ["inputs-not-scaled"]


@pytest.mark.parametrize(("size", "codes"), [(0.0101, []), (0.0099, ["inputs-not-scaled"])])
def test_small_inputs_are_those_below_a_hundredth(size: float, codes: list[str]) -> None:
    run = HEALTHY["digits, momentum, dropout"]()
    signs = np.where(run.x > 0.5, size, -size)
    model = seeded.classifier([Dense(10, "softmax")], "categorical_crossentropy")
    assert [finding.code for finding in diagnose(model, signs, run.y)] == codes


def test_black_borders_of_images_are_no_fault() -> None:
    x, y = seeded.digits()
    x[:, ::2] = x.min()
    model = seeded.classifier([Dense(16, "relu"), Dense(10, "softmax")])
    assert diagnose(model, x, y) == []


def test_figures_of_inputs_far_from_zero() -> None:
    run = seeded.far_from_zero()
    ratios = run.x.mean(axis=0) / run.x.std(axis=0)
    assert only(run).figure == pytest.approx(ratios.max())
    assert only(run).seen.startswith("The spread of 4 of ")
    run.x -= run.x.mean(axis=0)
    assert diagnose(run.model, run.x, run.y) == []
    run = seeded.bytes_less_their_mean()
    run.x = 1 - run.x  # now black is nearly black again
    assert diagnose(run.model, run.x, run.y) == []


@pytest.mark.parametrize("column", [0, 2, 4])
def test_the_target_is_found_in_its_column(column: int) -> None:
    x, y = seeded.blobs()
    with_label = np.insert(x, column, y, axis=1)
    (finding,) = diagnose(seeded.classifier(), with_label, y)
    assert finding.code == "target-among-inputs"
    assert finding.figure == column
    assert f"Column {column} of x equals y in all 300 examples" in finding.seen
    twice = np.column_stack([with_label, y])
    (finding,) = diagnose(seeded.classifier(), twice, y)
    assert finding.figure == column
    assert f"Columns {column}, 5 of x equal y in all 300 examples" in finding.seen
    with_label[7, column] = 1 - y[7]  # a column that is nearly the label may be a good feature
    assert diagnose(seeded.classifier(), with_label, y) == []


def test_the_target_is_found_as_columns_of_classes_but_a_feature_may_show_one_class() -> None:
    x, y = seeded.blobs()
    one_hot = np.eye(3)[y]
    (finding,) = diagnose(seeded.classifier(), np.column_stack([x, 5 - 2 * one_hot]), y)
    assert finding.code == "target-among-inputs"
    assert "Columns 4, 5, 6 of x determine y in all 300 examples" in finding.seen
    assert diagnose(seeded.classifier(), np.column_stack([x, one_hot[:, 1]]), y) == []


def test_validation_examples_are_compared_with_all_training_examples() -> None:
    x, y = seeded.blobs(count=3000)
    new, labels = seeded.blobs(count=3000, seed=1)
    for known, share in ((0, 0.0), (200, 0.04), (2000, 0.4)):  # of 5000
        held = np.concatenate([x[::-1][:known], new, new[: 2000 - known] + 1])
        answers = np.concatenate([y[::-1][:known], labels, labels[: 2000 - known]])
        found = diagnose(seeded.classifier(), x, y, validation_data=(held, answers))
        shares = [f.figure for f in found if f.code == "validation-among-training"]
        assert shares == ([pytest.approx(share, abs=0.01)] if share > 0.1 else [])


def test_answers_to_a_few_questions_may_occur_in_both_sets() -> None:
    run = HEALTHY["five answers"]()
    assert diagnose(run.model, run.x, run.y, validation_data=(run.x[::2], run.y[::2])) == []


def test_large_labels_among_inputs_are_one_finding() -> None:
    x, y = seeded.slopes(30)
    model = seeded.classifier([Dense(16, "relu"), Dense(1)], "mse")
    assert [f.code for f in diagnose(model, np.column_stack([x, y]), y)] == ["target-among-inputs"]


def test_what_an_accuracy_counts() -> None:
    assert "100% are neither" in examine(seeded.accuracy_of_a_regression())[0].seen
    assert "50% are neither" in examine(seeded.accuracy_of_plus_and_minus_one())[0].seen
    assert "to all of them makes 90%" in only(seeded.binary_accuracy_of_classes()).seen
    run = seeded.accuracy_of_several_labels()
    several = (run.y.sum(axis=1) != 1).mean()
    assert only(run).figure == pytest.approx(several)
    assert "look" in only(run).seen
    run = seeded.softmax_with_binary_crossentropy()
    # Knowing nothing costs what the finding says, and has a binary accuracy of nine in ten.
    model = seeded.classifier(
        [Dense(10, "softmax", kernel_initializer="zeros")],
        "binary_crossentropy",
        metrics=["binary_accuracy"],
    )
    model.build((784,))
    loss, accuracy = model.evaluate(run.x, run.y, verbose=0)
    assert only(run).figure == pytest.approx(loss, rel=1e-5)
    assert accuracy == pytest.approx(0.9)


def test_a_table_with_a_fraction_of_its_rows_repeated_by_chance() -> None:
    run = HEALTHY["five answers"]()
    rows = np.column_stack([run.x, run.y])
    assert len(np.unique(rows, axis=0)) < len(rows) / 5
    assert diagnose(run.model, run.x, run.y) == []
    copies = seeded.examples_repeated()
    copies.y = np.random.default_rng(0).integers(0, 3, len(copies.y))  # measured anew
    assert "duplicate-examples" not in [f.code for f in diagnose(copies.model, copies.x, copies.y)]


def test_a_layer_of_ones_own_that_multiplies_wants_scaled_inputs() -> None:
    class Linear(seeded.Lookup):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            self._x = x
            y: np.ndarray = x @ self.parameters["W"]
            return y

        def backward(self, dy: np.ndarray) -> np.ndarray:
            self.gradients["W"][...] = self._x.T @ dy
            dx: np.ndarray = dy @ self.parameters["W"].T
            return dx

        def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
            return (self.units,)

    x, y = seeded.blobs()
    model = seeded.classifier([Linear(4, 8), Dense(3, "softmax")])
    assert [f.code for f in diagnose(model, np.round(100 * x), y)] == ["inputs-not-scaled"]
    ids = HEALTHY["token ids"]()
    assert ids.x.max() > 400
    assert diagnose(ids.model, ids.x, ids.y) == []


def test_validation_of_sorted_data() -> None:
    run = seeded.sorted_and_split_within_a_class()
    (finding,) = {f.code: f for f in examine(run)}.values()
    assert "Class 1 makes up 100% of the validation labels and 38% of the training" in finding.seen
    order = np.random.default_rng(0).permutation(len(run.x))
    run = seeded.sorted_and_split_within_a_class()
    run.x, run.y = run.x[order], run.y[order]
    assert examine(run) == []


@pytest.mark.parametrize("turn", [0, 1], ids=["the same", "the next"])
def test_to_learn_a_code_is_no_target_among_the_inputs(turn: int) -> None:
    """The classic task of 8-3-8 networks: apart from the code there is nothing in x."""
    rows = np.arange(400) % 8
    x, y = np.eye(8)[rows], np.eye(8)[(rows + turn) % 8]
    model = seeded.classifier(
        [Dense(3, "sigmoid"), Dense(8, "softmax")], "categorical_crossentropy"
    )
    assert "target-among-inputs" not in [f.code for f in diagnose(model, x, y)]
    x = np.column_stack([x, np.random.default_rng(0).normal(size=400)])
    assert "target-among-inputs" in [f.code for f in diagnose(model.copy(), x, y)]
