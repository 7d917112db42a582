"""The paths through a model that are compared: each finds what the other can't."""

from typing import Any

import numpy as np
import pytest

from tests.support.gradients import O, P, T, X, kinds
from tinynet import Dense, Layer, Sequential, Softmax
from tinynet.gradcheck import check_gradients


def test_saturated_long_path_is_not_checked_and_the_report_says_so() -> None:
    model = Sequential([Dense(O), Softmax()], seed=0)
    model.compile("sgd", "categorical_crossentropy")
    report = check_gradients(model, X * 1e4, T)
    report.assert_ok()
    assert "not checked: saturated" in str(report)


def test_mistake_on_the_training_path_alone_is_found() -> None:
    class Doubling(Dense):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.dW *= 2
            return dx

    class Hasty(Dense):
        """Right in backward, wrong in the simple steps that training makes of it."""

        def parts(self) -> list[Layer]:
            affine, *activation = super().parts()
            affine.__class__ = Doubling
            return [affine, *activation]

    model = Sequential([Hasty(5, "tanh"), Dense(O, "softmax")], seed=0)
    model.compile("sgd", "categorical_crossentropy")
    report = check_gradients(model, X, T)
    assert [(row.path, row.name) for row in report.rows if row.mistake] == [("training", "hasty.W")]
    assert kinds(report) == ["constant_factor"]
    assert "by the training path alone" in str(report)


def test_gradients_that_the_model_never_sees_are_missed_in_training() -> None:
    class Rebinding(Dense):
        def backward(self, dy: np.ndarray) -> np.ndarray:
            self.dW, self.db = self._x.T @ dy, dy.sum(axis=0)
            return np.asarray(dy @ self.W.T)

    model = Sequential([Rebinding(5), Dense(O)], seed=0)
    model.compile("sgd", "mse")
    report = check_gradients(model, X, P)
    wrong = {row.name for row in report.rows if row.mistake and row.path == "training"}
    assert wrong == {"rebinding.W", "rebinding.b"}
    assert set(kinds(report)) == {"gradient_replaced"}
    assert "Write into it: self.dW[...] = ..." in str(report)


def test_targets_that_fail_to_become_an_array_are_named() -> None:
    class Broken:
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
            raise RuntimeError("no numbers here")

    model = Sequential([Dense(2, input_shape=(3,))], seed=0)
    model.compile("sgd", "mse")
    for target, loss in ((model, None), (lambda x, y: (x.sum(), x), None)):
        with pytest.raises(TypeError, match=r"y must be an array, received .*: no numbers here"):
            check_gradients(target, np.ones((2, 3)), Broken(), loss=loss)
