"""Clipped cross-entropies: the gradient is that of the costs, and 0 where clipping has effect.

``scripts/equal/probabilities_of_0_and_1.py`` compares their values with Keras's.
"""

from typing import Any

import numpy as np
import pytest

from tinynet.keras_scripts import clipping
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)

ROWS = clipping.with_clipped_rows, clipping.with_gradient_of_rows
CASES: list[tuple[Any, Any, np.ndarray]] = [
    (BinaryCrossentropy(), (clipping.with_clipping, clipping.with_clipped_gradient), np.eye(3)),
    (CategoricalCrossentropy(), ROWS, np.full((3, 3), 1 / 3)),
    (CategoricalCrossentropy(), ROWS, np.array([2, 0, 1])),
    (SparseCategoricalCrossentropy(), ROWS, np.array([2, 0, 1])),
]
OUTPUTS = np.array([[0.2, 0.7, 0.3], [-0.5, 0.6, 0.1], [0.4, 1.7, 0.05]])


@pytest.mark.parametrize(("loss", "extensions", "t"), CASES)
def test_the_gradient_is_the_slope_of_the_costs(loss: Any, extensions: Any, t: np.ndarray) -> None:
    costs, gradient = extensions[0](type(loss).costs), extensions[1](type(loss).gradient)
    step = 1e-6
    slopes = np.zeros_like(OUTPUTS)
    for place in np.ndindex(*OUTPUTS.shape):
        move = np.zeros_like(OUTPUTS)
        move[place] = step
        two = [costs(loss, t, OUTPUTS + sign * move).mean() for sign in (1, -1)]
        slopes[place] = (two[0] - two[1]) / (2 * step)
    np.testing.assert_allclose(gradient(loss, t, OUTPUTS), slopes, rtol=1e-6, atol=1e-8)


def test_a_clipped_output_has_no_influence() -> None:
    gradient = clipping.with_clipped_gradient(BinaryCrossentropy.gradient)
    found = gradient(BinaryCrossentropy(), np.ones((3, 1)), np.array([[0.0], [1.0], [0.5]]))
    assert found.ravel().tolist() == [0, 0, -2 / 3]


def test_logits_are_not_clipped() -> None:
    loss, y = BinaryCrossentropy(from_logits=True), np.array([[-30.0]])
    costs = clipping.with_clipping(BinaryCrossentropy.costs)
    assert costs(loss, np.ones((1, 1)), y) == pytest.approx(30, rel=1e-12, abs=0)


def test_rows_that_sum_to_0_make_the_loss_nan() -> None:
    loss, t, y = CategoricalCrossentropy(), np.array([0]), np.zeros((1, 3))
    assert np.isnan(clipping.with_clipped_rows(type(loss).costs)(loss, t, y)).all()
    assert np.isnan(clipping.with_gradient_of_rows(type(loss).gradient)(loss, t, y)).all()
