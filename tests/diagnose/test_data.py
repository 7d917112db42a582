"""What is found in the data: inputs, targets and validation."""

import numpy as np
import pytest

from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import HEALTHY, only
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
    run.validation = (run.x[::3] + 0.1, run.y[::3])
    assert diagnose(run.model, run.x, run.y, validation_data=run.validation) == []


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
