"""What a layer must not do besides computing an incorrect gradient."""

import copy

import numpy as np
import pytest

from tests.support.gradients import X, kinds
from tinynet import Dense, Layer, Tanh
from tinynet.gradcheck import check_gradients


def test_randomness_from_elsewhere_is_refused() -> None:
    source = np.random.default_rng(0)

    class Noise(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return x + source.standard_normal(x.shape)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy

    with pytest.raises(ValueError, match="must come from the layer's rng"):
        check_gradients(Noise(), X)


def test_forward_that_changes_its_input_or_gives_nan() -> None:
    class Eager(Tanh):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return super().forward(np.tanh(x, out=x))

    class Divides(Tanh):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return np.asarray(super().forward(x) / np.zeros_like(x))

    assert "input_changed" in kinds(check_gradients(Eager(), X))
    report = check_gradients(Divides(), X)
    assert kinds(report) == ["not_finite"]
    assert "forward returns" in report.mistakes[0].text


def test_a_copied_layer_is_independent() -> None:
    layer = Dense(2, input_shape=(3,))
    layer.build()
    twin = copy.deepcopy(layer)
    check_gradients(twin, np.ones((1, 3)))
    assert (twin.W == layer.W).all()
