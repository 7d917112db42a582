"""Runs that fail for one known reason each, and runs that are in good health.

`tests/diagnose/` holds `tinynet.diagnose` against them, and ``tools/make_diagnoses.py`` makes the
table in the documentation of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet import SGD, Adam, Dense, Dropout, Flatten, Layer, ReLU, Sequential, Sigmoid, Softmax
from tinynet.callbacks import Callback
from tinynet.datasets import circles, moons, spirals, synthetic_digits
from tinynet.diagnose import WatchTraining, diagnose
from tinynet.diagnose.findings import Finding
from tinynet.layers.batch_normalization import BatchNormalization
from tinynet.layers.normalization import Normalization
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError
from tinynet.regularizers import L1, L2
from tinynet.schedules import CosineDecay, ExponentialDecay
from tinynet.utils import to_categorical

Data = tuple[np.ndarray, np.ndarray]


@dataclass
class Run:
    """A model with its data, before any training."""

    model: Sequential
    x: np.ndarray
    y: np.ndarray
    validation: Data | None = None
    epochs: int = 0  # of training, during which the diagnosis is made
    batch_size: int = 32
    shuffle: bool = True
    split: float = 0.0

    def fit(self, *callbacks: Callback) -> None:
        """Train."""
        self.model.fit(
            self.x,
            self.y,
            batch_size=self.batch_size,
            epochs=self.epochs,
            verbose=0,
            validation_data=self.validation,
            validation_split=self.split,
            shuffle=self.shuffle,
            callbacks=callbacks,
        )


def blobs(
    classes: int = 3, count: int = 300, features: int = 4, noise: float = 0.5, seed: int = 0
) -> Data:
    """Clouds of points, one for each class."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes, features))
    y = np.arange(count) % classes
    return centres[y] + noise * rng.normal(size=(count, features)), y


def digits(count: int = 1000, seed: int = 0) -> Data:
    """Synthetic digits as rows, normalised."""
    (x, y), _ = synthetic_digits.load_data(count, 0, seed)
    rows = x.reshape(count, 784).astype(np.float64)
    return (rows - rows.mean()) / rows.std(), y


def classifier(
    layers: list[Layer] | None = None,
    loss: Any = "sparse_categorical_crossentropy",
    optimizer: Any = "sgd",
    metrics: Any = ("accuracy",),
) -> Sequential:
    """A compiled model; by default a healthy one for three classes."""
    model = Sequential(layers or [Dense(16, "relu"), Dense(3, "softmax")], seed=0)
    model.compile(optimizer, loss, metrics=[] if loss == "mse" else [*metrics])
    return model


def binary(optimizer: Any = "sgd") -> Sequential:
    return classifier([Dense(8, "tanh"), Dense(1, "sigmoid")], "binary_crossentropy", optimizer)


def wide(scale: float) -> Callable[..., np.ndarray]:
    """An initializer: normal numbers of that standard deviation."""
    return lambda shape, rng: scale * rng.normal(size=shape)


class LogAfter(Layer):
    """Takes a logarithm that becomes NaN in the fourth batch, as a wrong layer of one's own."""

    calls = 0

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x
        self.calls += training
        with np.errstate(all="ignore"):
            y: np.ndarray = x if self.calls < 4 else np.log(-np.abs(x) - 1)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


class Lookup(Layer):
    """An embedding of one's own: each id has a row of W."""

    def __init__(self, words: int, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.words, self.units = words, units

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("W", (self.words, self.units), wide(0.1))

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (input_shape[0] * self.units,)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._ids = x.astype(int)
        y: np.ndarray = self.parameters["W"][self._ids].reshape(len(x), -1)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dW = self.gradients["W"]
        dW[...] = 0
        np.add.at(dW, self._ids, dy.reshape(*self._ids.shape, self.units))
        return np.zeros(self._ids.shape)


class Exp(Layer):
    """Overflows where its input is large."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        with np.errstate(all="ignore"):
            y: np.ndarray = np.exp(x)
        self._y = y
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx: np.ndarray = dy * self._y
        return dx


# Seeded failures


def raw_pixels() -> Run:
    x, y = digits()
    model = classifier([Dense(32, "relu"), Dense(10, "softmax")])
    return Run(model, np.round((x - x.min()) * 78), y)


def one_large_feature() -> Run:
    x, y = blobs()
    return Run(classifier(), np.column_stack([x, 1990 + np.arange(len(x)) % 30]), y)


def tiny_inputs() -> Run:
    x, y = blobs()
    return Run(classifier(), x * 1e-4, y)


def nan_inputs() -> Run:
    x, y = blobs()
    x[17, 2] = np.nan
    return Run(classifier(), x, y)


def constant_column() -> Run:
    x, y = blobs()
    x[:, 1] = 0.5
    return Run(classifier(), x, y)


def column_twice() -> Run:
    x, y = blobs()
    return Run(classifier(), np.column_stack([x, x[:, 0]]), y)


def examples_repeated() -> Run:
    x, y = blobs(count=60)
    return Run(classifier(), np.tile(x, (5, 1)), np.tile(y, 5))


def one_class() -> Run:
    x, y = blobs()
    return Run(classifier(), x, np.full_like(y, 2))


def one_target() -> Run:
    x, _ = blobs()
    return Run(classifier([Dense(8, "relu"), Dense(1)], "mse"), x, np.ones(len(x)))


def one_class_nearly() -> Run:
    x, y = blobs(count=600)
    return Run(classifier(), x, np.where(np.arange(600) < 585, 1, y))


def counted_from_one() -> Run:
    x, y = blobs()
    return Run(classifier(), x, y + 1)


def counted_from_one_with_an_output_to_spare() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(4, "softmax")]), x, y + 1)


def one_hot_counted_from_one() -> Run:
    x, y = blobs()
    return Run(classifier(loss="categorical_crossentropy"), x, to_categorical(y + 1))


def yes_and_no_counted_from_one() -> Run:
    x, y = blobs(classes=2)
    return Run(binary(), x, y + 1)


def integers_for_one_hot() -> Run:
    x, y = blobs()
    return Run(classifier(loss="categorical_crossentropy"), x, y)


def one_hot_for_integers() -> Run:
    x, y = blobs()
    return Run(classifier(), x, to_categorical(y))


def rows_of_percent() -> Run:
    x, y = blobs()
    return Run(classifier(loss="categorical_crossentropy"), x, 100 * to_categorical(y))


def several_labels() -> Run:
    x, y = blobs()
    labels = np.maximum(to_categorical(y), to_categorical((y + np.arange(len(y)) % 2) % 3))
    return Run(classifier(loss="categorical_crossentropy"), x, labels)


def plus_and_minus_one() -> Run:
    x, y = blobs(classes=2)
    return Run(binary(), x, 2 * y - 1)


def huge_initial_weights() -> Run:
    x, y = blobs(features=20)
    layers: list[Layer] = [
        Dense(16, "relu", kernel_initializer=wide(2)),
        Dense(3, "softmax", kernel_initializer=wide(2)),
    ]
    return Run(classifier(layers), x, y)


def softmax_and_softmax() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "softmax"), Softmax()]), x, y)


def softmax_within() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "softmax"), Dense(3, "softmax")]), x, y)


def softmax_layers_within() -> Run:
    x, y = blobs()
    layers: list[Layer] = [Dense(64), Softmax(), Dense(64), Softmax(), Dense(3, "softmax")]
    return Run(classifier(layers, optimizer="adam"), x, y)


def softmax_for_logits() -> Run:
    x, y = blobs()
    loss = CategoricalCrossentropy(from_logits=True)
    return Run(classifier(loss=loss), x, to_categorical(y))


def sigmoid_for_logits() -> Run:
    x, y = blobs(classes=2)
    model = classifier([Dense(8, "relu"), Dense(1), Sigmoid()], BinaryCrossentropy(True))
    return Run(model, x, y)


def tanh_for_logits() -> Run:
    x, y = blobs()
    layers: list[Layer] = [Dense(16, "relu"), Dense(3, "tanh")]
    return Run(classifier(layers, CategoricalCrossentropy(from_logits=True)), x, to_categorical(y))


def tanh_and_softmax() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "tanh"), Softmax()]), x, y)


def sigmoids_for_logits_of_classes() -> Run:
    x, y = blobs()
    layers: list[Layer] = [Dense(16, "relu"), Dense(3, "sigmoid")]
    return Run(classifier(layers, CategoricalCrossentropy(from_logits=True)), x, to_categorical(y))


def batches_of_one() -> Run:
    layers: list[Layer] = [Dense(16), BatchNormalization(), ReLU(), Dense(3, "softmax")]
    return Run(classifier(layers), *blobs(), epochs=2, batch_size=1)


def logits_for_probabilities() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3)]), x, y)


def two_dense_in_a_row() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16), Dropout(0.1), Dense(3, "softmax")]), x, y)


def relu_then_softmax() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "relu"), Softmax()]), x, y)


def relu_as_logits() -> Run:
    x, y = blobs()
    loss = CategoricalCrossentropy(from_logits=True)
    model = classifier([Dense(16, "relu"), Dense(3), ReLU()], loss)
    return Run(model, x, to_categorical(y))


def weights_of_zero() -> Run:
    x, y = blobs()
    layers: list[Layer] = [
        Dense(16, "relu", kernel_initializer="zeros"),
        Dense(3, "softmax", kernel_initializer="zeros"),
    ]
    return Run(classifier(layers), x, y)


def weights_of_one() -> Run:
    x, y = blobs()
    ones = wide(0)
    layers: list[Layer] = [
        Dense(16, "tanh", kernel_initializer=lambda shape, rng: ones(shape, rng) + 0.1),
        Dense(3, "softmax"),
    ]
    return Run(classifier(layers), x, y)


def biases_far_below_zero() -> Run:
    x, y = digits()
    layers: list[Layer] = [
        Dense(32, "relu"),
        Dense(32, "relu", bias_initializer=lambda shape, rng: np.where(np.arange(32) < 28, -50, 0)),
        Dense(10, "softmax"),
    ]
    return Run(classifier(layers), x, y)


def dead_during_training() -> Run:
    x, y = blobs()
    run = Run(classifier(), x, y)
    run.model.build((4,))
    run.model.layers[0].parameters["b"][:14] = -30
    run.model.train_on_batch(x, y)
    return run


def sigmoids_at_their_ends() -> Run:
    x, y = digits()
    layers: list[Layer] = [Dense(32, "sigmoid", kernel_initializer=wide(2)), Dense(10, "softmax")]
    return Run(classifier(layers), x, y)


def tanhs_at_their_ends() -> Run:
    x, y = digits()
    layers: list[Layer] = [Dense(32, "tanh", kernel_initializer=wide(1)), Dense(10, "softmax")]
    return Run(classifier(layers), x, y)


def many_sigmoids() -> Run:
    x, y = blobs()
    hidden: list[Layer] = [Dense(16, "sigmoid") for _ in range(9)]
    return Run(classifier([*hidden, Dense(3, "softmax")]), x, y)


def many_large_layers() -> Run:
    x, y = blobs()
    hidden: list[Layer] = [Dense(32, "relu", kernel_initializer=wide(1)) for _ in range(7)]
    return Run(classifier([*hidden, Dense(3, "softmax", kernel_initializer=wide(0.1))]), x, y)


def leaping() -> Run:
    x, y = digits()
    return Run(classifier([Dense(32, "relu"), Dense(10, "softmax")], optimizer=SGD(20.0)), x, y)


def leaping_adam() -> Run:
    x, y = blobs()
    return Run(classifier(optimizer=Adam(1.0)), x, y)


def creeping() -> Run:
    x, y = digits()
    return Run(classifier([Dense(32, "relu"), Dense(10, "softmax")], optimizer=SGD(1e-7)), x, y)


def creeping_adam() -> Run:
    x, y = blobs()
    return Run(classifier(optimizer=Adam(1e-8)), x, y, epochs=1)


def nan_in_a_layer() -> Run:
    """Only to be seen during training: the fourth batch."""
    x, y = blobs()
    layers: list[Layer] = [Dense(16, "relu"), LogAfter(), Dense(3, "softmax")]
    return Run(classifier(layers), x, y, epochs=1)


def nan_in_the_weights() -> Run:
    x, y = blobs()
    run = Run(classifier([Dense(8, "relu"), Dense(8, "relu"), Dense(3, "softmax")]), x, y)
    run.model.build((4,))
    run.model.layers[1].parameters["W"][3, 4] = np.nan
    return run


def infinity_from_one_example() -> Run:
    x, y = blobs()
    x[77] = 170
    run = Run(classifier([Dense(16), Exp(), Dense(3, "softmax")]), x, y)
    run.model.build((4,))
    return run


def learned_by_heart() -> Run:
    """Of three labels in four, nothing but noise."""
    x, y = blobs(count=380, features=20)
    rng = np.random.default_rng(3)
    y = np.where(rng.random(380) < 0.6, rng.integers(0, 3, 380), y)
    x_val, y_val, x, y = x[80:], y[80:], x[:80], y[:80]
    model = classifier([Dense(64, "relu"), Dense(3, "softmax")], optimizer=Adam(0.01))
    return Run(model, x, y, (x_val, y_val), epochs=60)


def class_left_out() -> Run:
    """Trained without one of the classes."""
    x, y = blobs(count=600, noise=0.2)
    run = Run(classifier(optimizer=Adam(0.01)), x, y)
    run.model.fit(x[y != 1], y[y != 1], epochs=10, verbose=0)
    return run


def slopes(scale: float = 1.0, offset: float = 0.0) -> Data:
    """Numbers to predict from five features."""
    x = np.random.default_rng(0).normal(size=(300, 5))
    return x, scale * (x[:, :1] + 0.5 * x[:, 1:2]) + offset


def prices() -> Run:
    x, y = slopes(50_000, 200_000)
    return Run(classifier([Dense(16, "relu"), Dense(1)], "mse"), x, y)


def prices_with_adam() -> Run:
    x, y = slopes(50_000, 200_000)
    return Run(classifier([Dense(16, "relu"), Dense(1)], "mse", "adam"), x, y, epochs=3)


def relu_for_negative_numbers() -> Run:
    x, y = slopes(offset=-2)
    return Run(classifier([Dense(16, "relu"), Dense(1, "relu")], "mse"), x, y, epochs=3)


def sigmoid_for_large_numbers() -> Run:
    x, y = slopes(offset=5)
    return Run(classifier([Dense(16, "relu"), Dense(1), Sigmoid()], "mse"), x, y, epochs=3)


def validation_not_normalised() -> Run:
    x, y = blobs()
    x_val, y_val = blobs(seed=1)
    return Run(classifier(), x, y, (10 + 5 * x_val, y_val), epochs=5)


def sorted_and_cut_off() -> Run:
    x, y = blobs()
    order = np.argsort(y, kind="stable")
    x, y = x[order], y[order]
    return Run(classifier(), x[:200], y[:200], (x[200:], y[200:]), epochs=5)


def softmax_of_one_output() -> Run:
    x, y = blobs(classes=2)
    layers: list[Layer] = [Dense(8, "relu"), Dense(1, "softmax")]
    return Run(classifier(layers, "binary_crossentropy"), x, y, epochs=2)


def sigmoids_for_exclusive_classes() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "sigmoid")]), x, y, epochs=3)


def tanh_for_probabilities() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "tanh")]), x, y, epochs=3)


def dead_output() -> Run:
    x, y = slopes(offset=4)
    last = Dense(1, "relu", bias_initializer=lambda shape, rng: np.full(shape, -20.0))
    return Run(classifier([Dense(16, "tanh"), last], "mse"), x, np.abs(y))


def label_left_in() -> Run:
    """The last column of a table is the label, and it is still in x."""
    x, y = blobs()
    return Run(classifier(), np.column_stack([x, y]), y)


def target_left_in() -> Run:
    x, y = slopes()
    return Run(classifier([Dense(16, "relu"), Dense(1)], "mse"), np.column_stack([y, x]), y)


def label_scaled_with_the_rest() -> Run:
    x, y = blobs(classes=2)
    table = np.column_stack([x, y])
    return Run(binary(), (table - table.mean(axis=0)) / table.std(axis=0), y)


def far_from_zero() -> Run:
    x, y = blobs()
    return Run(classifier(), 5 + 0.05 * x, y)


def one_feature_far_from_zero() -> Run:
    """A year in thousands."""
    x, y = blobs()
    years = 2.02 + 0.001 * (np.arange(len(x)) * 7 % 30)
    return Run(classifier(), np.column_stack([x, years]), y)


def bytes_less_their_mean() -> Run:
    """The mean taken off in uint8, so that black becomes nearly white."""
    (x, y), _ = synthetic_digits.load_data(600, 0, 0)
    wrapped = x.reshape(600, 784) - np.uint8(x.mean())
    return Run(classifier([Dense(32, "relu"), Dense(10, "softmax")]), wrapped / 255, y)


def bytes_below_zero() -> Run:
    """Faint images: a level taken off in uint8 wraps around, and then all is divided by 255."""
    (x, y), _ = synthetic_digits.load_data(600, 0, 0)
    faint = (x.reshape(600, 784) // 16).astype(np.uint8)
    wrapped = faint - np.uint8(16)
    return Run(classifier([Dense(32, "relu"), Dense(10, "softmax")]), wrapped / 255, y)


def softmax_with_binary_crossentropy() -> Run:
    x, y = digits(400)
    layers: list[Layer] = [Dense(16, "relu"), Dense(10, "softmax")]
    return Run(classifier(layers, "binary_crossentropy"), x, to_categorical(y, 10), epochs=2)


def softmax_with_binary_crossentropy_and_accuracy() -> Run:
    x, y = blobs(classes=4)
    layers: list[Layer] = [Dense(16, "relu"), Dense(4), Softmax()]
    model = classifier(layers, BinaryCrossentropy(), metrics=["binary_accuracy"])
    return Run(model, x, to_categorical(y), epochs=2)


def sigmoids_with_binary_crossentropy() -> Run:
    x, y = blobs(classes=4)
    layers: list[Layer] = [Dense(16, "relu"), Dense(4, "sigmoid")]
    return Run(classifier(layers, "binary_crossentropy"), x, to_categorical(y), epochs=2)


def accuracy_of_a_regression() -> Run:
    x, y = slopes()
    model = Sequential([Dense(16, "relu"), Dense(1)], seed=0)
    model.compile("sgd", "mse", metrics=["accuracy"])
    return Run(model, x, y, epochs=2)


def accuracy_of_three_numbers() -> Run:
    x, y = slopes()
    model = Sequential([Dense(16, "relu"), Dense(3)], seed=0)
    model.compile("sgd", "mse", metrics=["acc"])
    return Run(model, x, np.column_stack([y, -y, x[:, 3]]), epochs=2)


def accuracy_of_plus_and_minus_one() -> Run:
    x, y = blobs(classes=2)
    model = Sequential([Dense(16, "relu"), Dense(1, "tanh")], seed=0)
    model.compile("sgd", "mse", metrics=["accuracy"])
    return Run(model, x, 2 * y - 1, epochs=2)


def accuracy_of_several_labels() -> Run:
    x, y = blobs(classes=4, features=6)
    layers: list[Layer] = [Dense(16, "relu"), Dense(2, "sigmoid")]
    answers = np.stack([y % 2, y // 2], axis=1)
    return Run(classifier(layers, "binary_crossentropy"), x, answers, epochs=2)


def binary_accuracy_of_classes() -> Run:
    x, y = digits(400)
    layers: list[Layer] = [Dense(16, "relu"), Dense(10, "softmax")]
    model = classifier(layers, "categorical_crossentropy", metrics=["binary_accuracy"])
    return Run(model, x, to_categorical(y, 10), epochs=2)


def in_order(x: np.ndarray, y: np.ndarray) -> Data:
    """Sort by class."""
    order = np.argsort(y, kind="stable")
    return x[order], y[order]


def sorted_by_class() -> Run:
    x, y = in_order(*blobs())
    return Run(classifier(optimizer=SGD(0.1)), x, y, epochs=3, shuffle=False)


def sorted_by_class_before() -> Run:
    """Trained without shuffling, and looked at only afterwards."""
    x, y = in_order(*blobs(noise=1.5))
    run = Run(classifier(optimizer=SGD(0.5)), x, y)
    run.model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    return run


def sorted_and_split() -> Run:
    """The validation split takes the last examples, which are all of the last class."""
    x, y = in_order(*blobs())
    return Run(classifier(), x, y, epochs=3, split=0.2)


def sorted_and_split_off_as_a_class() -> Run:
    x, y = in_order(*blobs())
    return Run(classifier(), x, y, epochs=3, split=0.4)


def sorted_and_split_within_a_class() -> Run:
    x, y = in_order(*blobs(classes=2))
    return Run(classifier([Dense(8, "relu"), Dense(2, "softmax")]), x, y, epochs=3, split=0.2)


def sorted_numbers_and_split() -> Run:
    x, y = slopes()
    x, y = in_order(x, y[:, 0])
    return Run(classifier([Dense(16, "relu"), Dense(1)], "mse"), x, y, epochs=3, split=0.2)


def labels_shuffled_apart() -> Run:
    x, y = digits(400)
    y = np.random.default_rng(0).permutation(y)
    model = classifier([Dense(32, "relu"), Dense(10, "softmax")], optimizer=Adam(0.003))
    return Run(model, x[:300], y[:300], (x[300:], y[300:]), epochs=8)


def numbers_shuffled_apart() -> Run:
    x = np.random.default_rng(0).normal(size=(200, 20))
    y = np.random.default_rng(1).permutation(x[:, 0] + x[:, 1])
    model = classifier([Dense(64, "relu"), Dense(1)], "mse", Adam(0.01))
    return Run(model, x, y, epochs=32, split=0.4)


def collapsed() -> Run:
    """One huge step, and all units are dead."""
    x, y = blobs()
    layers: list[Layer] = [Dense(16, "relu"), Dense(16, "relu"), Dense(3, "softmax")]
    run = Run(classifier(layers), x, y)
    run.model.fit(x, y, epochs=2, verbose=0)
    for layer in run.model.layers[:2]:
        layer.parameters["b"][:] = -1e3
    return run


def collapsed_by_large_steps() -> Run:
    x, y = digits(600)
    layers: list[Layer] = [Dense(32, "relu"), Dense(32, "relu"), Dense(10, "softmax")]
    run = Run(classifier(layers, optimizer=SGD(5.0)), x, y)
    run.model.fit(x, y, epochs=8, verbose=0)
    return run


def collapsed_answers() -> Run:
    x, y = blobs(classes=2)
    run = Run(classifier([Dense(8, "relu"), Dense(1, "sigmoid")], "binary_crossentropy"), x, y)
    run.model.fit(x, y, epochs=1, verbose=0)
    run.model.layers[0].parameters["b"][:] = -1e3
    return run


def collapsed_numbers() -> Run:
    x, y = slopes()
    run = Run(classifier([Dense(8, "relu"), Dense(1)], "mse"), x, y)
    run.model.fit(x, y, epochs=1, verbose=0)
    run.model.layers[0].parameters["b"][:] = -1e3
    return run


def dropout_after_the_softmax() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "softmax"), Dropout(0.5)]), x, y, epochs=2)


def dropout_before_the_softmax() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3), Dropout(0.2), Softmax()]), x, y, epochs=2)


def dropout_after_the_number() -> Run:
    x, y = slopes()
    return Run(classifier([Dense(16, "relu"), Dense(1), Dropout(0.3)], "mse"), x, y, epochs=2)


def share_kept_as_rate() -> Run:
    x, y = digits(400)
    layers: list[Layer] = [Dense(64, "relu"), Dropout(0.9), Dense(10, "softmax")]
    return Run(classifier(layers), x, y, epochs=2)


def share_kept_as_rate_of_inputs() -> Run:
    x, y = digits(400)
    layers: list[Layer] = [Dropout(0.8), Dense(64, "relu"), Dropout(0.75), Dense(10, "softmax")]
    return Run(classifier(layers), x, y, epochs=2)


def relu_for_one_hot() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "tanh"), Dense(3, "relu")], "mse"), x, to_categorical(y))


def relu_for_yes_and_no() -> Run:
    x, y = blobs(classes=2)
    return Run(classifier([Dense(16, "tanh"), Dense(1), ReLU()], "mse"), x, y)


def relu_for_probabilities() -> Run:
    x, y = blobs()
    return Run(classifier([Dense(16, "relu"), Dense(3, "relu")]), x, y)


def squared_error_of_a_softmax() -> Run:
    x, y = digits(1600)
    model = classifier([Dense(32, "relu"), Dense(10, "softmax")], MeanSquaredError(), SGD(0.03))
    return Run(model, x, to_categorical(y), epochs=8)


def penalty_above_all() -> Run:
    layers: list[Layer] = [Dense(64, "relu", kernel_regularizer=L2(2.0)), Dense(3, "softmax")]
    return Run(classifier(layers), *blobs())


def penalty_of_sizes_above_all() -> Run:
    layers: list[Layer] = [Dense(64, "relu", kernel_regularizer=L1(1.0)), Dense(3, "softmax")]
    return Run(classifier(layers), *blobs())


def label_left_in_as_columns() -> Run:
    x, y = blobs()
    return Run(classifier(), np.column_stack([x, to_categorical(y)[:, 1:]]), y)


def target_scaled_with_the_rest() -> Run:
    x, y = slopes()
    table = np.column_stack([x, y])
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    return Run(classifier([Dense(16, "relu"), Dense(1)], "mse"), scaled, y)


def validated_by_training_examples() -> Run:
    x, y = blobs()
    return Run(classifier(), x, y, (x[::5], y[::5]), epochs=2)


FAILURES: dict[Callable[[], Run], str] = {
    squared_error_of_a_softmax: "squared-error-of-classes",
    penalty_above_all: "penalty-too-strong",
    penalty_of_sizes_above_all: "penalty-too-strong",
    label_left_in_as_columns: "target-among-inputs",
    target_scaled_with_the_rest: "target-among-inputs",
    validated_by_training_examples: "validation-among-training",
    label_left_in: "target-among-inputs",
    target_left_in: "target-among-inputs",
    label_scaled_with_the_rest: "target-among-inputs",
    far_from_zero: "inputs-far-from-zero",
    one_feature_far_from_zero: "inputs-far-from-zero",
    bytes_less_their_mean: "inputs-far-from-zero",
    bytes_below_zero: "inputs-far-from-zero",
    softmax_with_binary_crossentropy: "binary-crossentropy-for-classes",
    softmax_with_binary_crossentropy_and_accuracy: "binary-crossentropy-for-classes",
    sigmoids_with_binary_crossentropy: "outputs-not-distributions",
    accuracy_of_a_regression: "accuracy-of-numbers",
    accuracy_of_three_numbers: "accuracy-of-numbers",
    accuracy_of_plus_and_minus_one: "accuracy-of-numbers",
    accuracy_of_several_labels: "accuracy-of-several-labels",
    binary_accuracy_of_classes: "binary-accuracy-of-classes",
    sorted_by_class: "sorted-not-shuffled",
    sorted_by_class_before: "sorted-not-shuffled",
    sorted_and_split: "validation-sorted",
    sorted_and_split_off_as_a_class: "class-not-in-training",
    sorted_and_split_within_a_class: "validation-sorted",
    sorted_numbers_and_split: "validation-sorted",
    labels_shuffled_apart: "labels-apart",
    numbers_shuffled_apart: "labels-apart",
    collapsed: "predicts-one-class",
    collapsed_by_large_steps: "predicts-one-class",
    collapsed_answers: "predicts-one-class",
    collapsed_numbers: "predicts-one-class",
    dropout_after_the_softmax: "dropout-on-outputs",
    dropout_before_the_softmax: "dropout-on-outputs",
    dropout_after_the_number: "dropout-on-outputs",
    share_kept_as_rate: "dropout-too-high",
    share_kept_as_rate_of_inputs: "dropout-too-high",
    relu_for_one_hot: "relu-as-output",
    relu_for_yes_and_no: "relu-as-output",
    relu_for_probabilities: "logits-as-probabilities",
    nan_inputs: "inputs-not-finite",
    raw_pixels: "inputs-not-scaled",
    one_large_feature: "inputs-not-scaled",
    tiny_inputs: "inputs-not-scaled",
    constant_column: "constant-features",
    column_twice: "duplicate-features",
    examples_repeated: "duplicate-examples",
    one_class: "constant-labels",
    one_target: "constant-labels",
    one_class_nearly: "imbalanced-labels",
    counted_from_one: "labels-off-by-one",
    counted_from_one_with_an_output_to_spare: "labels-off-by-one",
    one_hot_counted_from_one: "labels-off-by-one",
    yes_and_no_counted_from_one: "labels-off-by-one",
    integers_for_one_hot: "labels-one-hot-or-integer",
    one_hot_for_integers: "labels-one-hot-or-integer",
    rows_of_percent: "labels-not-distributions",
    several_labels: "labels-not-distributions",
    plus_and_minus_one: "labels-refused",
    prices: "targets-not-scaled",
    prices_with_adam: "targets-not-scaled",
    relu_for_negative_numbers: "targets-out-of-range",
    sigmoid_for_large_numbers: "targets-out-of-range",
    validation_not_normalised: "validation-not-alike",
    sorted_and_cut_off: "class-not-in-training",
    huge_initial_weights: "first-loss",
    softmax_and_softmax: "softmax-twice",
    softmax_within: "hidden-softmax",
    softmax_layers_within: "hidden-softmax",
    softmax_for_logits: "probabilities-as-logits",
    sigmoid_for_logits: "probabilities-as-logits",
    sigmoids_for_logits_of_classes: "probabilities-as-logits",
    tanh_for_logits: "probabilities-as-logits",
    tanh_and_softmax: "probabilities-as-logits",
    batches_of_one: "batches-of-one",
    softmax_of_one_output: "softmax-of-one",
    sigmoids_for_exclusive_classes: "outputs-not-distributions",
    logits_for_probabilities: "logits-as-probabilities",
    tanh_for_probabilities: "logits-as-probabilities",
    two_dense_in_a_row: "no-nonlinearity",
    relu_then_softmax: "relu-before-output",
    relu_as_logits: "relu-before-output",
    weights_of_zero: "equal-weights",
    weights_of_one: "equal-weights",
    biases_far_below_zero: "dead-relu",
    dead_during_training: "dead-relu",
    sigmoids_at_their_ends: "saturated-units",
    tanhs_at_their_ends: "saturated-units",
    many_sigmoids: "vanishing-gradients",
    many_large_layers: "exploding-gradients",
    leaping: "learning-rate-too-high",
    leaping_adam: "learning-rate-too-high",
    creeping: "learning-rate-too-low",
    creeping_adam: "learning-rate-too-low",
    dead_output: "no-gradient",
    nan_in_a_layer: "loss-not-finite",
    nan_in_the_weights: "loss-not-finite",
    infinity_from_one_example: "loss-not-finite",
    learned_by_heart: "overfitting",
    class_left_out: "class-never-predicted",
}


# Healthy runs


def split(x: np.ndarray, y: np.ndarray, share: float = 0.25) -> tuple[np.ndarray, np.ndarray, Data]:
    """Shuffle, and hold some examples back."""
    order = np.random.default_rng(0).permutation(len(x))
    count = int(len(x) * share)
    test, train = order[:count], order[count:]
    return x[train], y[train], (x[test], y[test])


def more_healthy_runs() -> dict[str, Callable[[], Run]]:
    """What is unusual and in order: each would be a false alarm of a hasty check."""
    CCE, sparse = "categorical_crossentropy", "sparse_categorical_crossentropy"
    rng = np.random.default_rng

    def table(layers: list[Layer], x: Any, y: Any, epochs: int = 8, **options: Any) -> Run:
        options = {"loss": sparse, "optimizer": Adam(0.01)} | options
        return Run(classifier(layers, **options), *split(x, y), epochs)

    def clouds(*layers: Layer, epochs: int = 8, **options: Any) -> Run:
        return table([*layers, Dense(3, "softmax")], *blobs(), epochs, **options)

    def numbers(layers: list[Layer], y: Any = None, epochs: int = 8, **options: Any) -> Run:
        x, line = slopes()
        return table(layers, x, line if y is None else y(x), epochs, loss="mse", **options)

    def counts(last: Layer) -> Run:
        """Poisson counts, most of them 0, from a ReLU that is 0 for many examples, too."""
        x = rng(0).normal(size=(300, 4))
        y = rng(1).poisson(np.exp(x[:, 0] - 1)).astype(float)
        return table([Dense(16, "tanh"), last], x, y, loss="mse")

    def zero_for_most() -> Run:
        """Before training, a single example in ten has a gradient."""
        run = counts(Dense(1, "relu"))
        run.model.build((4,))
        outputs = run.model.predict(run.x)[:, 0]
        run.model.layers[-1].parameters["b"][:] = -np.quantile(outputs, 0.9) if outputs.any() else 0
        return run

    def answers(features: int, hidden: int = 8) -> Run:
        """Answers to a few yes-or-no questions, most of which others gave, too."""
        x = rng(0).integers(0, 2, (400, features))
        return table(
            [Dense(hidden, "relu"), Dense(1, "sigmoid")],
            x,
            x[:, 0] ^ x[:, 1],
            loss="binary_crossentropy",
        )

    def categories() -> Run:
        """Three categories as one-hot columns, one of them rare, and a scaled answer."""
        kinds = rng(0).choice(5, p=[0.5, 0.3, 0.1, 0.09, 0.01], size=600)
        asked = rng(1).integers(0, 2, 600)
        x = np.column_stack([np.eye(5)[kinds], 2.0 * asked - 1])
        return table([Dense(8, "relu"), Dense(2, "softmax")], x, (kinds % 2) ^ asked)

    def doses() -> Run:
        """Five doses, measured sixty times each."""
        x = np.repeat([0, 0.25, 0.5, 1, 2], 60)[:, np.newaxis]
        y = np.tanh(x) + 0.1 * rng(0).normal(size=x.shape)
        return table([Dense(8, "tanh"), Dense(1)], x, y, loss="mse")

    def tokens() -> Run:
        ids = 35 * rng(0).integers(0, 14, (300, 6))
        ids[:, 0] = 1  # each sentence begins with the same token
        labels = (ids[:, 1] > 230).astype(int)
        return table([Lookup(500, 4), Dense(16, "relu"), Dense(2, "softmax")], ids, labels)

    def one_token() -> Run:
        ids = rng(0).integers(0, 40, (400, 1))
        return table([Lookup(40, 8), Dense(2, "softmax")], ids, ids[:, 0] % 2)

    def words(count: int) -> Run:
        ids = rng(0).integers(0, 20, 300)
        x = (np.arange(count) == ids[:, None] * (count // 20)).astype(np.float32)
        return table([Dense(8, "relu"), Dense(2, "softmax")], x, ids % 2)

    def bags() -> Run:
        """Which of a hundred words occur in a text."""
        x = (rng(0).random((300, 100)) < 0.05).astype(float)
        return table([Dense(8, "relu"), Dense(2, "softmax")], x, (x[:, :50].sum(axis=1) > 2) * 1)

    def linear_autoencoder(*units: int) -> Run:
        x = rng(0).normal(size=(300, 3)) @ rng(1).normal(size=(3, 8))
        layers: list[Layer] = [Dense(k) for k in units]
        return table([*layers, Dense(8)], x, x, loss="mse", epochs=16)

    def low_rank() -> Run:
        x, y = digits(400)
        layers: list[Layer] = [Dense(2), Dense(10, "softmax")]
        return table(layers, x, y)

    def schedule(rate: Any, **options: Any) -> Run:
        """Trained to the end of its schedule, without having learned everything."""
        x, y = blobs(noise=2.0)
        return table([Dense(16, "relu"), Dense(3, "softmax")], x, y, optimizer=SGD(rate), **options)

    def by_callback() -> Run:
        """A learning rate that was brought down by hand, as the history tells."""
        run = schedule(0.05)
        run.model.fit(run.x, run.y, epochs=2, verbose=0)
        run.model.history.history["learning_rate"] = [0.05, 1e-9]
        return run

    def in_their_order() -> Run:
        """A series in time, gone through without shuffling, as one does with series."""
        series = np.sin(np.arange(400) / 5) + 0.1 * rng(0).normal(size=400)
        x = np.stack([series[k : k + 390] for k in range(4)], axis=1)
        run = Run(classifier([Dense(16, "tanh"), Dense(1)], "mse", Adam(0.01)), x, series[4:394])
        run.epochs, run.shuffle, run.split = 4, False, 0.2
        return run

    def sorted_but_shuffled() -> Run:
        """A table sorted by class, as most are; fit shuffles it."""
        x, y = in_order(*blobs())
        return Run(classifier(optimizer=Adam(0.01)), x, y, epochs=4)

    def full_batches() -> Run:
        """Sorted and not shuffled, in one batch: there is no order in that."""
        x, y = in_order(*blobs())
        return Run(classifier(optimizer=SGD(0.3)), x, y, epochs=16, batch_size=300, shuffle=False)

    def split_by_fit() -> Run:
        run = clouds(Dense(16, "relu"))
        run.validation, run.split = None, 0.25
        return run

    def faint_signal() -> Run:
        """Hardly anything to learn, and a network that is too small to learn by heart."""
        x = rng(0).normal(size=(400, 3))
        y = (x[:, 0] + 3 * rng(1).normal(size=400) > 0).astype(int)
        layers: list[Layer] = [Dense(1, "sigmoid")]
        return table(layers, x, y, loss="binary_crossentropy")

    def seven_in_ten() -> Run:
        """Labels without a pattern of which most are 0: always saying 0 is the best."""
        x, y = rng(0).normal(size=(400, 3)), (rng(1).random(400) < 0.3).astype(int)
        return table([Dense(1, "sigmoid")], x, y, loss="binary_crossentropy", epochs=8)

    def rare_yes() -> Run:
        x = rng(0).normal(size=(800, 3))
        y = (x[:, 0] > 1.4).astype(int)
        return table([Dense(8, "relu"), Dense(1, "sigmoid")], x, y, loss="binary_crossentropy")

    def squares_for_classes(last: str) -> Run:
        x, y = blobs()
        return table(
            [Dense(16, "sigmoid"), Dense(3, last)],
            x,
            to_categorical(y),
            optimizer="adam",
            loss=MeanSquaredError(),
            epochs=16,
        )

    def signs() -> Run:
        x, y = blobs(classes=2)
        return table([Dense(8, "tanh"), Dense(1, "tanh")], x, 2 * y - 1, loss="mse")

    def white_paper() -> Run:
        x, y = digits(400)
        x = (x - x.min()) / (x.max() - x.min())
        return table([Dense(32, "relu"), Dense(10, "softmax")], 1 - x, y, optimizer=SGD(0.01))

    def positive(last: str) -> Run:
        return numbers([Dense(16, "tanh"), Dense(1, last)], lambda x: np.abs(x[:, 0]))

    def raw_lengths() -> Run:
        """Four lengths in centimetres, as they were measured: near enough to 1."""
        x, y = blobs(noise=0.3)
        return table(
            [Dense(16, "relu"), Dense(3, "softmax")], x * 1.5 + [5.8, 3.1, 3.7, 1.2], y, epochs=16
        )

    def copied_bits() -> Run:
        """A label that follows from one feature, without being it."""
        x = rng(0).normal(size=(300, 4))
        return table([Dense(8, "relu"), Dense(2, "softmax")], x, (x[:, 2] > 0).astype(int))

    def line() -> Run:
        """The first network of many: y = 2 x - 1 from six numbers."""
        x = np.array([[-1.0], [0], [1], [2], [3], [4]])
        return Run(classifier([Dense(1)], "mse", SGD(0.01)), x, 2 * x - 1, epochs=32)

    def logic(outputs: list[int]) -> Run:
        x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        return Run(binary(Adam(0.05)), x, np.array(outputs), epochs=32, batch_size=4)

    def pair_of_softmax() -> Run:
        """Binary cross-entropy of two softmax outputs is the categorical one."""
        x, y = blobs(classes=2)
        return table(
            [Dense(8, "relu"), Dense(2, "softmax")],
            x,
            to_categorical(y),
            loss="binary_crossentropy",
        )

    return {
        "counts, ReLU output": lambda: counts(Dense(1, "relu")),
        "counts, ReLU output, 0 for most": zero_for_most,
        "absolute values, ReLU output": lambda: positive("relu"),
        "half of the units dropped": lambda: clouds(Dense(64, "relu"), Dropout(0.5)),
        "seven in ten units dropped": lambda: clouds(Dense(16, "relu"), Dropout(0.7), epochs=16),
        "nine in ten of many units dropped": lambda: clouds(Dense(2048, "relu"), Dropout(0.9)),
        "inputs dropped": lambda: clouds(Dropout(0.2), Dense(32, "relu"), Dropout(0.5)),
        "dropout between": lambda: clouds(
            Dense(32, "relu"), Dropout(0.7), Dense(32, "relu"), Dropout(0.7), epochs=16
        ),
        "cosine decay to 0": lambda: schedule(CosineDecay(0.1, 40)),
        "exponential decay": lambda: schedule(ExponentialDecay(0.1, 5, 0.5)),
        "a schedule of one's own": lambda: schedule(lambda step: 0.1 if step < 40 else 1e-12),
        "rate brought down by a callback": by_callback,
        "two answers": lambda: answers(2),
        "five answers": lambda: answers(5, 16),
        "twenty answers": lambda: answers(20, 16),
        "categories": categories,
        "five doses": doses,
        "token ids": tokens,
        "one token id": one_token,
        "twenty one-hot words": lambda: words(20),
        "one-hot words": lambda: words(2000),
        "very many one-hot words": lambda: words(11000),
        "bags of words": bags,
        "linear autoencoder": lambda: linear_autoencoder(3),
        "linear autoencoder, wide": lambda: linear_autoencoder(8),
        "linear autoencoder, deep": lambda: linear_autoencoder(6, 3, 6),
        "two linear features": low_rank,
        "series in time": in_their_order,
        "sorted and shuffled": sorted_but_shuffled,
        "sorted, one batch": full_batches,
        "validation split": split_by_fit,
        "faint signal": faint_signal,
        "seven in ten say no": seven_in_ten,
        "rare yes": rare_yes,
        "squared error for classes": lambda: squares_for_classes("sigmoid"),
        "squared error of a softmax": lambda: squares_for_classes("softmax"),
        "squared error of class scores": lambda: squares_for_classes("linear"),
        "plus and minus one": signs,
        "white paper": white_paper,
        "raw lengths": raw_lengths,
        "a feature decides": copied_bits,
        "a line": line,
        "logical and": lambda: logic([0, 0, 0, 1]),
        "first of two": lambda: logic([0, 0, 1, 1]),
        "two softmax outputs": pair_of_softmax,
        "linear regression": lambda: numbers([Dense(1)], epochs=16),
        "two numbers": lambda: numbers([Dense(16, "relu"), Dense(2)], lambda x: x[:, :2] ** 2),
        "softmax of own initial weights": lambda: clouds(
            Dense(16, "relu", kernel_initializer="he_normal"), loss=sparse
        ),
        "one-hot labels": lambda: table(
            [Dense(16, "relu"), Dense(3, "softmax")],
            blobs()[0],
            to_categorical(blobs()[1]),
            loss=CCE,
        ),
    }


def healthy_runs() -> dict[str, Callable[[], Run]]:
    """Runs as varied as people's, none of which has a fault: name and maker."""
    CCE, sparse = "categorical_crossentropy", "sparse_categorical_crossentropy"

    def toy(make: Callable[..., Data], layers: list[Layer], optimizer: Any, epochs: int) -> Run:
        x, y, test = split(*make(400, noise=0.1))
        loss = sparse if layers[-1].output_shape((2,)) != (1,) else "binary_crossentropy"
        return Run(classifier(layers, loss, optimizer), x, y, test, epochs)

    def reading(
        layers: list[Layer], optimizer: Any = "sgd", epochs: int = 4, scale: int = 0
    ) -> Run:
        x, y = digits(600)
        if scale:
            x = (x - x.min()) / (x.max() - x.min())
        train, labels, (test, test_labels) = split(x, y, 0.2)
        model = classifier(layers, CCE, optimizer)
        encoded = to_categorical(labels, 10)
        return Run(model, train, encoded, (test, to_categorical(test_labels, 10)), epochs)

    def tower() -> Run:
        layers: list[Layer] = [Dense(32, "relu", kernel_initializer="he_normal") for _ in range(4)]
        return reading([*layers, Dense(10, "softmax")])

    def wave(layers: list[Layer], optimizer: Any, noise: float, epochs: int = 16) -> Run:
        x = np.random.default_rng(0).uniform(-2, 2, size=(300, 1))
        y = np.sin(2 * x) + noise * np.random.default_rng(1).normal(size=x.shape)
        rows = split(x, y)
        return Run(classifier(layers, "mse", optimizer), *rows, epochs)

    def images() -> Run:
        run = reading([Flatten(), Dense(32, "relu"), Dense(10, "softmax")])
        run.x = run.x.reshape(-1, 28, 28)
        assert run.validation
        run.validation = (run.validation[0].reshape(-1, 28, 28), run.validation[1])
        return run

    def exclusive_or() -> Run:
        x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
        return Run(binary(Adam(0.05)), x, y, epochs=64, batch_size=4)

    def several_answers() -> Run:
        x, y = blobs(classes=4, features=6)
        answers = np.stack([y % 2, y // 2], axis=1)
        layers: list[Layer] = [Dense(16, "relu"), Dense(2, "sigmoid")]
        model = classifier(layers, "binary_crossentropy", Adam(0.01), ["binary_accuracy"])
        return Run(model, *split(x, answers), 10)

    def logistic() -> Run:
        x, y = blobs(classes=2)
        layers: list[Layer] = [Dense(1, "sigmoid", kernel_initializer="zeros")]
        return Run(classifier(layers, "binary_crossentropy", SGD(0.1)), *split(x, y), 20)

    def noise() -> Run:
        """Labels that can't be learned, with a model too small to learn them by heart."""
        x, y = blobs(count=600)
        labels = np.random.default_rng(0).permutation(y)
        return Run(classifier([Dense(3, "softmax")]), *split(x, labels), 20)

    def soft_labels() -> Run:
        x, y = blobs()
        return Run(classifier(loss=CCE), *split(x, 0.9 * to_categorical(y) + 0.1 / 3), 20)

    def rare_classes() -> Run:
        x, y = blobs(count=600)
        keep = (y != 2) | (np.arange(600) % 5 == 0)
        return Run(classifier(optimizer=Adam(0.01)), *split(x[keep], y[keep]), 15)

    def logits() -> Run:
        x, y = blobs()
        loss = CategoricalCrossentropy(from_logits=True)
        layers: list[Layer] = [Dense(16, "relu"), Dense(3)]
        return Run(classifier(layers, loss, SGD(0.1)), *split(x, to_categorical(y)), 15)

    def autoencoder() -> Run:
        x, _ = digits(300)
        x = (x - x.min()) / (x.max() - x.min())
        layers: list[Layer] = [Dense(16, "relu"), Dense(784, "sigmoid")]
        return Run(classifier(layers, "binary_crossentropy", "adam", []), *split(x, x), 3)

    def pixels_and_normalization() -> Run:
        (x, y), test = synthetic_digits.load_data(800, 200)
        normalization = Normalization(axis=None)
        normalization.adapt(x)
        layers: list[Layer] = [normalization, Flatten(), Dense(32, "relu"), Dense(10, "softmax")]
        return Run(classifier(layers, sparse), x, y, test, 4)

    def few_to_validate() -> Run:
        x, y = blobs(count=178, features=13, noise=2.0, seed=16)
        return Run(classifier(optimizer=Adam(0.005)), x[40:], y[40:], (x[:40], y[:40]), 16)

    def one_example() -> Run:
        x, y = blobs()
        return Run(classifier(), x[:1], y[:1], epochs=4)

    return {
        "digits, SGD": lambda: reading(
            [Dense(128, "relu"), Dense(128, "relu"), Dense(10, "softmax")]
        ),
        "digits, Adam": lambda: reading([Dense(64, "relu"), Dense(10, "softmax")], "adam", 4),
        "digits from 0 to 1": lambda: reading(
            [Dense(64, "relu"), Dense(10, "softmax")], SGD(0.1), scale=1
        ),
        "digits, momentum, dropout": lambda: reading(
            [Dense(64, "relu"), Dropout(0.3), Dense(10), Softmax()], SGD(0.01, 0.9)
        ),
        "digits, tanh": lambda: reading([Dense(32, "tanh"), Dense(10, "softmax")], SGD(0.05)),
        "digits, sigmoid": lambda: reading([Dense(32, "sigmoid"), Dense(10, "softmax")], SGD(0.1)),
        "digits as images": images,
        "softmax regression": lambda: reading(
            [Dense(10, "softmax", kernel_initializer="zeros")], SGD(0.01)
        ),
        "five layers": tower,
        "spirals": lambda: toy(
            spirals, [Dense(32, "relu"), Dense(32, "relu"), Dense(3, "softmax")], Adam(0.01), 32
        ),
        "spirals, tanh": lambda: toy(
            spirals, [Dense(32, "tanh"), Dense(3, "softmax")], Adam(0.02), 32
        ),
        "moons": lambda: toy(moons, [Dense(8, "relu"), Dense(1, "sigmoid")], Adam(0.01), 32),
        "circles": lambda: toy(circles, [Dense(8, "tanh"), Dense(1, "sigmoid")], SGD(0.5, 0.9), 32),
        "regression": lambda: wave([Dense(32, "tanh"), Dense(1)], Adam(0.01), 0.1),
        "noisy regression": lambda: wave([Dense(8, "relu"), Dense(1)], SGD(0.01), 1.0),
        "exclusive or": exclusive_or,
        "several answers": several_answers,
        "logistic regression": logistic,
        "labels without a pattern": noise,
        "soft labels": soft_labels,
        "rare classes": rare_classes,
        "logits": logits,
        "autoencoder": autoencoder,
        "pixels, normalised by the model": pixels_and_normalization,
        "few examples to validate": few_to_validate,
        "one example": one_example,
    }


HEALTHY = healthy_runs() | more_healthy_runs()


def examine(run: Run) -> list[Finding]:
    """Diagnose before the training, during it if there is one, and after it."""
    found = [] if run.epochs else [*diagnose(run.model, run.x, run.y)]  # else the watch does it
    if run.epochs:
        watch = WatchTraining()
        run.fit(watch)
        found += watch.findings
        if np.isfinite(run.model.history.history["loss"][-1]):
            count = int(len(run.x) * (1 - run.split))
            train, rest = (run.x[:count], run.y[:count]), (run.x[count:], run.y[count:])
            found += diagnose(
                run.model, *train, validation_data=rest if run.split else run.validation
            )
    return found


def only(run: Run) -> Finding:
    (finding,) = diagnose(run.model, run.x, run.y, validation_data=run.validation)
    return finding
