"""Patterns of wrong slopes, in the words that a student reads."""

import numpy as np

from tinynet.gradcheck import check_gradients

X = np.random.default_rng(1).normal(size=(3, 4))


def test_a_leak_that_backward_forgets() -> None:
    kept = {}

    def forward(x: np.ndarray) -> np.ndarray:
        kept["x"] = x
        return np.where(x > 0, x, 0.1 * x)

    def backward(dy: np.ndarray) -> np.ndarray:
        return dy * (kept["x"] > 0)

    (mistake,) = check_gradients((forward, backward), X).mistakes
    assert mistake.text == (
        "right where x > 0, but zero where x < 0, where the output moves as well, as a leaky "
        "ReLU's does: the slope there is missing"
    )
