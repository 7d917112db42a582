"""The loss of a training step, by hand: weights of examples, penalties, and both."""

import numpy as np
import pytest

from tinynet import losses
from tinynet.losses.criterion import Criterion, Weighted

T, Y = np.array([[0.0], [0.0], [0.0]]), np.array([[1.0], [2.0], [4.0]])
WEIGHTS = np.array([3.0, 0.5, 0.25])
PENALTIES = (lambda: 0.25, lambda: 0.5)


@pytest.mark.parametrize(
    ("targets", "loss", "gradient"),
    [
        # The mean of 1, 4 and 16, and 2 (y - t) / 3.
        (T, 7.0, [2 / 3, 4 / 3, 8 / 3]),
        # (3 + 2 + 4) / 3, a sum of weighted costs divided by the number of examples.
        (Weighted(T, WEIGHTS), 3.0, [2.0, 2 / 3, 2 / 3]),
    ],
)
def test_weights_and_penalties(
    targets: np.ndarray | Weighted, loss: float, gradient: list[float]
) -> None:
    for penalties, sum_of_them in (((), 0.0), (PENALTIES, 0.75)):
        criterion = Criterion(losses.MeanSquaredError(), penalties)
        value, dy = criterion(targets, Y)
        assert criterion.penalty() == sum_of_them
        assert criterion.value(targets, Y) == pytest.approx(loss + sum_of_them)
        assert value == pytest.approx(loss + sum_of_them)
        assert dy[:, 0].tolist() == pytest.approx(gradient)
