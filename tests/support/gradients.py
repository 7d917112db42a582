"""Inputs, layers and losses for the tests of the gradient checker."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import Dense, Layer, ReLU
from tinynet.gradcheck import GradientReport

N, I, O = 6, 4, 3  # noqa: E741 - the letters of the documentation; sizes no two of which are alike
RNG = np.random.default_rng(5)
X = RNG.standard_normal((N, I))
P = RNG.dirichlet(np.ones(O), size=N)
T = np.eye(O)[[0, 1, 2, 2, 1, 0]]


def kinds(report: GradientReport) -> list[str]:
    return [mistake.kind for mistake in report.mistakes]


class Scaled(Dense):
    def backward(self, dy: np.ndarray) -> np.ndarray:
        return 2 * super().backward(dy)


class Unmasked(ReLU):
    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * 1.0


def altered(base: type[Layer], change: Callable[[Any, np.ndarray], Any]) -> Any:
    """Return a layer whose backward runs the right one, and then a change to what it made."""

    class Altered(base):  # type: ignore[misc, valid-type]
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            changed = change(self, dy)
            return dx if changed is None else changed

    return Altered
