"""Layers unlike tinynet's own, as readers write them: the healthy are left alone, the broken named.

They have inputs of three dimensions, parameters called otherwise than W and b, a parameter that is
one number, state that they keep from call to call, kinks where two entries meet, noise that is
added, and one computes in float32 whatever it is given.
"""

from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Flatten, Layer, Sequential, Tanh
from tinynet.gradcheck import check_gradients

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4))
SEQUENCES = RNG.standard_normal((5, 4, 2))


def normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(shape)


class LayerNorm(Layer):
    """Each row with mean 0 and deviation 1, then scaled and moved."""

    gamma: np.ndarray
    beta: np.ndarray
    dgamma: np.ndarray
    dbeta: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("gamma", input_shape[-1:], normal)
        self.add_parameter("beta", input_shape[-1:], normal)

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        x = self.check_input(x)
        self._std = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
        self._n = (x - x.mean(axis=-1, keepdims=True)) / self._std
        return self._n * self.gamma + self.beta

    def backward(self, dy: np.ndarray) -> Any:
        batch = tuple(range(dy.ndim - 1))
        self.dgamma[...], self.dbeta[...] = (dy * self._n).sum(axis=batch), dy.sum(axis=batch)
        dn = dy * self.gamma
        common = dn.mean(axis=-1, keepdims=True)
        common = common + self._n * (dn * self._n).mean(axis=-1, keepdims=True)
        return (dn - common) / self._std


class ConstantNorm(LayerNorm):
    """Takes mean and deviation for constants."""

    def backward(self, dy: np.ndarray) -> Any:
        super().backward(dy)
        return dy * self.gamma / self._std


class LeakyReLU(Layer):
    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x
        return np.where(x > 0, x, 0.1 * x)

    def backward(self, dy: np.ndarray) -> Any:
        return dy * np.where(self._x > 0, 1, 0.1)


class DeadReLU(LeakyReLU):
    """Leaks forwards, but not backwards."""

    def backward(self, dy: np.ndarray) -> Any:
        return dy * (self._x > 0)


class Residual(Layer):
    """What comes in, and something added to it."""

    V: np.ndarray
    dV: np.ndarray  # noqa: N815

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("V", (input_shape[0], input_shape[0]), normal)

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x = self.check_input(x)
        return x + np.tanh(x @ self.V)

    def backward(self, dy: np.ndarray) -> Any:
        dz = dy * (1 - np.tanh(self._x @ self.V) ** 2)
        self.dV[...] = self._x.T @ dz
        return dy + dz @ self.V.T


class ForgetfulResidual(Residual):
    """Forgets the straight way on the way back."""

    def backward(self, dy: np.ndarray) -> Any:
        return super().backward(dy) - dy


class EachStep(Layer):
    """The same dense layer for every step of a sequence."""

    kernel: np.ndarray
    dkernel: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("kernel", (input_shape[-1], 3), normal)

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*input_shape[:-1], 3)

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x = self.check_input(x)
        return x @ self.kernel

    def backward(self, dy: np.ndarray) -> Any:
        self.dkernel[...] = np.einsum("nti,nto->io", self._x, dy)
        return dy @ self.kernel.T


class LastStep(EachStep):
    """Counts the last step alone."""

    def backward(self, dy: np.ndarray) -> Any:
        dx = super().backward(dy)
        self.dkernel[...] = self._x[:, -1].T @ dy[:, -1]
        return dx


class PReLU(Layer):
    """A leak that is learned: one number for all."""

    leak: np.ndarray
    dleak: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("leak", (), lambda shape, rng: np.array(0.25))

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x = self.check_input(x)
        return np.where(x > 0, x, self.leak * x)

    def backward(self, dy: np.ndarray) -> Any:
        self.dleak[...] = (dy * np.minimum(self._x, 0)).sum()
        return dy * np.where(self._x > 0, 1, self.leak)


class BatchNorm(Layer):
    """Keeps running statistics for prediction, and counts its calls."""

    mean, variance, calls = 0.0, 1.0, 0

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.variance = 0.9 * self.variance + 0.1 * variance
        self.calls += 1
        self._std = np.sqrt(variance + 1e-5)
        self._y = (x - mean) / self._std
        return self._y

    def backward(self, dy: np.ndarray) -> Any:
        common = dy.mean(axis=0) + self._y * (dy * self._y).mean(axis=0)
        return (dy - common) / self._std


class Noise(Layer):
    """Random, but no dropout."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        return x + self.rng.standard_normal(x.shape) if training else x

    def backward(self, dy: np.ndarray) -> Any:
        return dy


class MaxPool(Layer):
    """The larger of each two neighbours, with a kink where they are equal."""

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (input_shape[0] // 2,)

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x.reshape(len(x), -1, 2)
        return self._x.max(axis=2)

    def backward(self, dy: np.ndarray) -> Any:
        largest = self._x == self._x.max(axis=2, keepdims=True)
        share = largest / largest.sum(axis=2, keepdims=True)
        return (share * dy[:, :, np.newaxis]).reshape(len(dy), -1)


class SingleTanh(Tanh):
    """Computes in float32 alone."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        return super().forward(x.astype(np.float32))

    def backward(self, dy: np.ndarray) -> Any:
        return super().backward(dy.astype(np.float32))


class Confused(Tanh):
    """Multiplies by its input instead of dy: fine, if the two happen to be the same numbers."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> Any:
        self._x = x
        return super().forward(x, training=training)

    def backward(self, dy: np.ndarray) -> Any:
        return self._x * (1 - self._y**2)


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        *((LayerNorm(), X), (LayerNorm(), SEQUENCES), (LeakyReLU(), X), (LeakyReLU(), X.round())),
        *((Residual(), X), (EachStep(), SEQUENCES), (PReLU(), X), (BatchNorm(), X), (Noise(), X)),
        *((MaxPool(), X), (MaxPool(), np.ones((2, 4)))),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Layer) else str(value.shape),
)
def test_healthy_layers_of_other_kinds_are_left_alone(layer: Layer, x: np.ndarray) -> None:
    before = {name: value for name, value in vars(layer).items() if name != "rng"}
    check_gradients(layer, x).assert_ok()
    assert {name: value for name, value in vars(layer).items() if name != "rng"} == before


def test_a_healthy_model_of_them_is_left_alone() -> None:
    layers = [EachStep(), LayerNorm(), Flatten(), PReLU(), BatchNorm(), Dense(2, "softmax")]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "categorical_crossentropy")
    check_gradients(model, SEQUENCES, np.eye(2)[[0, 1, 0, 1, 1]]).assert_ok()


@pytest.mark.parametrize(
    ("layer", "x", "kind", "words"),
    [
        (ConstantNorm(), X, "norm_paths_wrong", "as if both were constants"),
        (DeadReLU(), X, "wrong_mask", "the slope there is missing"),
        (ForgetfulResidual(), X, "wrong_operation", "back to x is missing"),
        (LastStep(), SEQUENCES, "position_alone", "only the last position along axis 1"),
        (SingleTanh(), X, "single_precision", "right in float32 precision only"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Layer) else "",
)
def test_broken_layers_of_other_kinds_are_named(
    layer: Layer, x: np.ndarray, kind: str, words: str
) -> None:
    report = check_gradients(layer, x)
    assert [mistake.kind for mistake in report.mistakes] == [kind]
    assert words in str(report)
    assert ".." not in str(report)


@pytest.mark.parametrize("seed", range(3))
def test_dy_is_not_what_x_was_drawn_as(seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((6, 4))
    assert not check_gradients(Confused(), x, seed=seed)
