"""A table of wrong calls over the whole public API, and one of unusual forms that are right.

`test_malformed_calls.py` makes each wrong call and looks at what it says and at what it leaves
behind. A row has the name of what is called, what is wrong with it, the call itself, the kind of
error, and what its message must say was expected and received.

The calls are given a `World`: models in several states of readiness, layers that have been used,
and data that fit them. The last part is a table of forms in which data are as good as plain arrays.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinynet
import tinynet.diagnose
import tinynet.explain
import tinynet.gradcheck

# Any, since a type checker refuses many of these calls as well.
tn: Any = tinynet
callbacks, losses, metrics, schedules, utils = (
    *(tn.callbacks, tn.losses, tn.metrics, tn.schedules, tn.utils),
)
circles, moons, spirals = tn.datasets.circles, tn.datasets.moons, tn.datasets.spirals
mnist, fashion_mnist = tn.datasets.mnist, tn.datasets.fashion_mnist
synthetic_digits, gradcheck = tn.datasets.synthetic_digits, tn.gradcheck
diagnose, WatchTraining = tn.diagnose.diagnose, tn.diagnose.WatchTraining
explain_step, check_optimizer = tn.explain.explain_step, tn.gradcheck.check_optimizer

NAN, INF = float("nan"), float("inf")


class Row(NamedTuple):
    """One wrong call."""

    api: str
    wrong: str
    call: Callable[..., Any]
    error: type[Exception]
    expected: str
    received: str


class World:
    """What a call may work with; none of it may be changed by a call that is refused."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(0)
        self.folder = folder
        self.x, self.labels = rng.normal(size=(5, 4)), np.array([0, 1, 2, 1, 0])
        self.y, self.numbers = np.eye(3)[self.labels], rng.normal(size=(5, 3))
        self.yes = self.labels[:, np.newaxis] % 2
        self.rows = self.y * 0.7 + 0.1  # rows of probabilities
        self.weights = [np.zeros((4, 3)), np.zeros(3)]
        # Of these, one has trained and gone forwards.
        self.model = network(tn.Adam(), "categorical_crossentropy", ["accuracy"])
        self.model.fit(self.x, self.y, epochs=2, verbose=0)
        self.model.forward(self.x)
        self.sparse = network("sgd", "sparse_categorical_crossentropy", [])
        self.binary = network("sgd", "binary_crossentropy", [], outputs=1, activation="sigmoid")
        self.regression = network("sgd", "mse", [], activation=None)
        self.fresh = tn.Sequential([tn.Dense(6, "relu"), tn.Dense(3, "softmax")], seed=0)
        self.fresh.compile()
        self.uncompiled = tn.Sequential([tn.Dense(3, input_shape=(4,))], seed=0)
        self.unbuilt = tn.Sequential([tn.Dense(3)], seed=0)
        self.empty = tn.Sequential(seed=0)
        self.dense, self.unused = tn.Dense(3, input_shape=(4,)), tn.Dense(3, input_shape=(4,))
        self.dense.forward(self.x)
        self.simple: dict[str, tinynet.Layer] = {
            "ReLU": tn.ReLU(), "Sigmoid": tn.Sigmoid(), "Tanh": tn.Tanh(), "Softmax": tn.Softmax(),
            "Flatten": tn.Flatten(), "Dropout": tn.Dropout(0.5),
            "Normalization": tn.Normalization(),
        }  # fmt: skip
        for layer in self.simple.values():
            layer.forward(self.x)
        self.text = folder / "text.npz"
        self.text.write_text("not a model", encoding="utf-8")


def network(
    optimizer: Any, loss: Any, names: list[str], outputs: int = 3, activation: Any = "softmax"
) -> Any:
    """Return a small compiled model for examples of four features."""
    stack = [tn.Dense(6, "relu", input_shape=(4,)), tn.Dropout(0.2), tn.Dense(outputs, activation)]
    model = tn.Sequential(stack, seed=0)
    model.compile(optimizer, loss, metrics=names)
    return model


def with_value(x: np.ndarray, value: Any) -> np.ndarray:
    """Return a copy of x in which entry [3, 1] is `value`."""
    copy = x.copy()
    copy[3, 1] = value
    return copy


# ------------------------------------------------------------------ examples, for whatever takes x

ENTRIES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {  # and what each calls x
    "Sequential.fit": (lambda w, x: w.model.fit(x, w.y, verbose=0), "x"),
    "Sequential.fit, validation_data": (
        lambda w, x: w.model.fit(w.x, w.y, validation_data=(x, w.y), verbose=0),
        "validation x",
    ),
    "Sequential.train_on_batch": (lambda w, x: w.model.train_on_batch(x, w.y), "x"),
    "Sequential.evaluate": (lambda w, x: w.model.evaluate(x, w.y, verbose=0), "x"),
    "Sequential.predict": (lambda w, x: w.model.predict(x), "x"),
    "Sequential.forward": (lambda w, x: w.model.forward(x), "x"),
}
EXAMPLES: dict[str, tuple[Callable[[Any], Any], type[Exception], str, str]] = {
    "narrow": (lambda w: w.x[:, :3], ValueError, "shape (N, 4)", "received (5, 3)"),
    "wide": (lambda w: np.ones((5, 9)), ValueError, "shape (N, 4)", "received (5, 9)"),
    "1-d": (lambda w: w.x[0], ValueError, "shape (N, 4)", "received (4,)"),
    "3-d": (lambda w: w.x.reshape(5, 2, 2), ValueError, "(N, 4)", "received (5, 2, 2)"),
    "a column": (lambda w: w.x[:, :1], ValueError, "(N, 4)", "received (5, 1)"),
    "a number": (lambda w: 3, ValueError, "(N, 4)", "received ()"),
    "None": (lambda w: None, TypeError, "real numbers", "received None"),
    "ragged": (lambda w: [[1, 2, 3, 4], [1]], ValueError, "rectangular", "unequal length"),
    "words": (lambda w: [["a"] * 4] * 5, TypeError, "real numbers", "received dtype <U1"),
    "bytes": (lambda w: w.x.astype("S4"), TypeError, "real numbers", "received dtype |S4"),
    "objects": (lambda w: [[None] * 4] * 5, TypeError, "real numbers", "received dtype object"),
    "complex": (lambda w: w.x + 0j, TypeError, "real numbers", "received dtype complex128"),
    "dates": (lambda w: np.zeros((5, 4), "M8[D]"), TypeError, "real numbers", "datetime64[D]"),
    "a dict": (lambda w: {"a": [1]}, TypeError, "real numbers", "received an object of class dict"),
    "nan": (lambda w: with_value(w.x, NAN), ValueError, "finite", "received nan at [3, 1]"),
    "infinity": (lambda w: with_value(w.x, -INF), ValueError, "finite", "received -inf at [3, 1]"),
    "nan in float16": (
        lambda w: with_value(w.x.astype(np.float16), NAN),
        *(ValueError, "finite", "received nan at [3, 1]"),
    ),
    "too large for float32": (
        lambda w: with_value(w.x, 1e300),
        *(ValueError, "float32", "received 1e+300 at [3, 1]"),
    ),
    "masked": (
        lambda w: np.ma.masked_less(w.x, 0),
        *(TypeError, "without a mask", "masked array"),
    ),
}  # fmt: skip


def examples() -> list[Row]:
    """Return a row for each kind of wrong examples and each function that takes examples."""
    return [
        Row(api, f"x {wrong}", lambda w, call=call, make=make: call(w, make(w)), error, *parts)
        for api, (call, _) in ENTRIES.items()
        for wrong, (make, error, *parts) in EXAMPLES.items()
    ]


# ------------------------------------------------------------------------------------ everything

TARGETS = [
    Row("Sequential.fit", "too few targets", lambda w: w.model.fit(w.x, w.y[:4]),
        ValueError, "the same number of examples", "received 5 and 4"),
    Row("Sequential.fit", "no examples", lambda w: w.model.fit(w.x[:0], w.y[:0]),
        ValueError, "at least one", "received 0 and 0"),
    Row("Sequential.evaluate", "no examples", lambda w: w.model.evaluate(w.x[:0], w.y[:0]),
        ValueError, "at least one", "received 0 and 0"),
    Row("Sequential.train_on_batch", "no examples",
        lambda w: w.model.train_on_batch(w.x[:0], w.y[:0]),
        ValueError, "at least one", "received 0 and 0"),
    Row("Sequential.fit", "labels for one-hot", lambda w: w.model.fit(w.x, w.labels),
        ValueError, "one-hot y_true of shape (N, 3)", "labels of shape (5,)"),
    Row("Sequential.fit", "a column of labels for one-hot",
        lambda w: w.model.fit(w.x, w.labels[:, np.newaxis]),
        ValueError, "one-hot y_true of shape (N, 3)", "labels of shape (5, 1)"),
    Row("Sequential.fit", "one-hot of another width", lambda w: w.model.fit(w.x, w.y[:, :2]),
        ValueError, "(N, 3)", "received (5, 2)"),
    Row("Sequential.fit", "rows that sum to 2", lambda w: w.model.fit(w.x, 2 * w.y),
        ValueError, "sum to 1", "received [2. 0. 0.] at [0]"),
    Row("Sequential.fit", "a negative probability",
        lambda w: w.model.fit(w.x, np.tile([-1.0, 1, 1], (5, 1))),
        ValueError, "must be nonnegative", "received [-1.  1.  1.] at [0]"),
    Row("Sequential.fit", "3-d targets", lambda w: w.model.fit(w.x, w.y[:, :, np.newaxis]),
        ValueError, "(N, 3)", "received (5, 3, 1)"),
    Row("Sequential.fit", "targets with nan", lambda w: w.model.fit(w.x, with_value(w.y, NAN)),
        ValueError, "y_true must be finite", "received nan at [3, 1]"),
    Row("Sequential.fit", "targets None", lambda w: w.model.fit(w.x, None),
        TypeError, "y_true must be an array of real numbers", "received None"),
    Row("Sequential.fit", "a single number as targets", lambda w: w.model.fit(w.x, 1),
        ValueError, "y_true of shape (N, 3)", "received ()"),
    Row("Sequential.fit", "words as targets", lambda w: w.model.fit(w.x, list("abcab")),
        TypeError, "real numbers", "received dtype <U1"),
    Row("Sequential.fit", "one-hot for labels", lambda w: w.sparse.fit(w.x, w.y),
        ValueError, "integer labels y_true of shape (N,)", "received (5, 3)"),
    Row("Sequential.fit", "a label out of range", lambda w: w.sparse.fit(w.x, [0, 1, 2, 3, 0]),
        ValueError, "whole numbers from 0 to 2", "received 3 at [3]"),
    Row("Sequential.fit", "a negative label", lambda w: w.sparse.fit(w.x, [0, 1, 2, -1, 0]),
        ValueError, "whole numbers from 0 to 2", "received -1 at [3]"),
    Row("Sequential.fit", "a fractional label", lambda w: w.sparse.fit(w.x, [0, 1, 2, 0.5, 0]),
        ValueError, "whole numbers from 0 to 2", "received 0.5 at [3]"),
    Row("Sequential.fit", "a huge label", lambda w: w.sparse.fit(w.x, [0, 1, 2, 1e300, 0]),
        ValueError, "whole numbers from 0 to 2", "received 1e+300 at [3]"),
    Row("Sequential.fit", "a label that is nan", lambda w: w.sparse.fit(w.x, [0, 1, 2, NAN, 0]),
        ValueError, "finite", "received nan at [3]"),
    Row("Sequential.fit", "labels in a matrix", lambda w: w.sparse.fit(w.x, np.zeros((5, 2), int)),
        ValueError, "shape (N,) or (N, 1)", "received (5, 2)"),
    Row("Sequential.fit", "a single number as labels", lambda w: w.sparse.fit(w.x, 1),
        ValueError, "shape (N,) or (N, 1)", "received ()"),
    Row("Sequential.fit", "an answer of 2", lambda w: w.binary.fit(w.x, w.yes * 2),
        ValueError, "from 0 to 1", "received 2 at [1, 0]"),
    Row("Sequential.fit", "answers in a matrix", lambda w: w.binary.fit(w.x, w.y),
        ValueError, "shape (N, 1)", "received (5, 3)"),
    Row("Sequential.fit", "a row of answers", lambda w: w.binary.fit(w.x, w.yes.T),
        ValueError, "shape (N, 1)", "received (1, 5)"),
    Row("Sequential.fit", "a column to broadcast",
        lambda w: w.regression.fit(w.x, w.numbers[:, :1]),
        ValueError, "shape (N, 3)", "received (5, 1)"),
    Row("Sequential.fit", "a vector to broadcast", lambda w: w.regression.fit(w.x, w.numbers[:, 0]),
        ValueError, "shape (N, 3)", "received (5,)"),
    Row("Sequential.fit", "numbers too large for float32",
        lambda w: w.regression.fit(w.x, with_value(w.numbers, 1e300)),
        ValueError, "float32", "received 1e+300 at [3, 1]"),
    Row("Sequential.fit", "infinite numbers",
        lambda w: w.regression.fit(w.x, with_value(w.numbers, INF)),
        ValueError, "finite", "received inf at [3, 1]"),
    Row("Sequential.evaluate", "labels for one-hot", lambda w: w.model.evaluate(w.x, w.labels),
        ValueError, "one-hot", "received labels of shape (5,)"),
    Row("Sequential.evaluate", "numbers too large for float32",
        lambda w: w.regression.evaluate(w.x, with_value(w.numbers, -1e39)),
        ValueError, "float32", "received -1e+39 at [3, 1]"),
    Row("Sequential.fit", "validation targets too few",
        lambda w: w.model.fit(w.x, w.y, validation_data=(w.x, w.y[:4])),
        ValueError, "validation_data: x and y must have the same number of examples",
        "received 5 and 4"),
    Row("Sequential.fit", "validation targets with nan",
        lambda w: w.model.fit(w.x, w.y, validation_data=(w.x, with_value(w.y, NAN))),
        ValueError, "finite", "received nan at [3, 1]"),
]  # fmt: skip

ARGUMENTS = [
    Row("Sequential.fit", "batch_size 0", lambda w: w.model.fit(w.x, w.y, batch_size=0),
        ValueError, "batch_size must be at least 1", "received 0"),
    Row("Sequential.fit", "batch_size -1", lambda w: w.model.fit(w.x, w.y, batch_size=-1),
        ValueError, "batch_size must be at least 1", "received -1"),
    Row("Sequential.fit", "batch_size 2.5", lambda w: w.model.fit(w.x, w.y, batch_size=2.5),
        TypeError, "batch_size must be a whole number", "received 2.5"),
    Row("Sequential.fit", "batch_size nan", lambda w: w.model.fit(w.x, w.y, batch_size=NAN),
        TypeError, "batch_size must be a whole number", "received nan"),
    Row("Sequential.fit", "batch_size True", lambda w: w.model.fit(w.x, w.y, batch_size=True),
        TypeError, "batch_size must be a whole number", "received True"),
    Row("Sequential.fit", "batch_size an array", lambda w: w.model.fit(w.x, w.y, batch_size=w.x),
        TypeError, "batch_size must be a whole number", "received array([["),
    Row("Sequential.fit", "learning_rate changed to text",
        lambda w: hurried().fit(w.x, w.y),
        TypeError, "learning_rate must be a number", "received 'fast'"),
    Row("Sequential.fit", "batch_size text", lambda w: w.model.fit(w.x, w.y, batch_size="32"),
        TypeError, "batch_size must be a whole number", "received '32'"),
    Row("Sequential.evaluate", "batch_size 0", lambda w: w.model.evaluate(w.x, w.y, batch_size=0),
        ValueError, "batch_size must be at least 1", "received 0"),
    Row("Sequential.predict", "batch_size 0", lambda w: w.model.predict(w.x, batch_size=0),
        ValueError, "batch_size must be at least 1", "received 0"),
    Row("Sequential.predict", "batch_size 1.0", lambda w: w.model.predict(w.x, batch_size=1.0),
        TypeError, "batch_size must be a whole number", "received 1.0"),
    Row("Sequential.fit", "epochs -1", lambda w: w.model.fit(w.x, w.y, epochs=-1),
        ValueError, "epochs must be at least 0", "received -1"),
    Row("Sequential.fit", "epochs 1.5", lambda w: w.model.fit(w.x, w.y, epochs=1.5),
        TypeError, "epochs must be a whole number", "received 1.5"),
    Row("Sequential.fit", "epochs None", lambda w: w.model.fit(w.x, w.y, epochs=None),
        TypeError, "epochs must be a whole number", "received None"),
    Row("Sequential.fit", "initial_epoch -1", lambda w: w.model.fit(w.x, w.y, initial_epoch=-1),
        ValueError, "initial_epoch must be at least 0", "received -1"),
    Row("Sequential.fit", "verbose 3", lambda w: w.model.fit(w.x, w.y, verbose=3),
        ValueError, "verbose must be 'auto', 0, 1 or 2", "received 3"),
    Row("Sequential.fit", "verbose an array", lambda w: w.model.fit(w.x, w.y, verbose=w.x),
        ValueError, "verbose must be 'auto', 0, 1 or 2", "received"),
    Row("Sequential.evaluate", "verbose 'loud'", lambda w: w.model.evaluate(w.x, w.y, verbose="l"),
        ValueError, "verbose must be 'auto', 0, 1 or 2", "received 'l'"),
    Row("Sequential.fit", "validation_split 1", lambda w: w.model.fit(w.x, w.y, validation_split=1),
        ValueError, "validation_split must be at least 0 and below 1", "received 1"),
    Row("Sequential.fit", "validation_split -0.1",
        lambda w: w.model.fit(w.x, w.y, validation_split=-0.1),
        ValueError, "validation_split must be at least 0 and below 1", "received -0.1"),
    Row("Sequential.fit", "validation_split nan",
        lambda w: w.model.fit(w.x, w.y, validation_split=NAN),
        ValueError, "validation_split must be at least 0 and below 1", "received nan"),
    Row("Sequential.fit", "validation_split None",
        lambda w: w.model.fit(w.x, w.y, validation_split=None),
        TypeError, "validation_split must be a number", "received None"),
    Row("Sequential.fit", "a split that leaves nothing",
        lambda w: w.model.fit(w.x, w.y, validation_split=0.99),
        ValueError, "both must be at least 1", "leaves 0 to train on"),
    Row("Sequential.fit", "validation_data of another shape",
        lambda w: w.model.fit(w.x, w.y, validation_data=(w.x[:, :3], w.y)),
        ValueError, "validation x: Dense expected input of shape (N, 4)", "received (5, 3)"),
    Row("Sequential.fit", "validation_data an array",
        lambda w: w.model.fit(w.x, w.y, validation_data=w.x),
        TypeError, "validation_data must be a tuple (x_val, y_val)", "received ndarray"),
    Row("Sequential.fit", "validation_data of four",
        lambda w: w.model.fit(w.x, w.y, validation_data=(w.x, w.y, w.y, w.y)),
        TypeError, "validation_data must be a tuple (x_val, y_val)", "received tuple of 4"),
    Row("Sequential.fit", "shuffle 'batch'", lambda w: w.model.fit(w.x, w.y, shuffle="batch"),
        TypeError, "shuffle must be True or False", "received 'batch'"),
    Row("Sequential.fit", "a callback's class",
        lambda w: w.model.fit(w.x, w.y, callbacks=[callbacks.TerminateOnNaN]),
        TypeError, "callbacks must be Callback objects", "received <class"),
    Row("Sequential.fit", "a figure that there isn't",
        lambda w: w.model.fit(w.x, w.y, callbacks=[callbacks.EarlyStopping()]),
        ValueError, "there will be 'loss', 'accuracy'", "'val_loss'"),
    Row("Sequential", "two layers, no list", lambda w: tn.Sequential(tn.Dense(3), tn.Dense(4)),
        TypeError, "takes its layers in a list", "received a second layer"),
    Row("Sequential", "layers that are a number", lambda w: tn.Sequential(3),
        TypeError, "layers must be a list", "received 3"),
    Row("Sequential", "a name among the layers", lambda w: tn.Sequential([tn.Dense(3), "relu"]),
        TypeError, "A model is made of layers", "received 'relu'"),
    Row("Sequential", "a layer's class", lambda w: tn.Sequential([tn.ReLU]),
        TypeError, "A model is made of layers", "received <class"),
    Row("Sequential", "seed -1", lambda w: tn.Sequential(seed=-1),
        ValueError, "seed must be at least 0", "received -1"),
    Row("Sequential", "seed 1.5", lambda w: tn.Sequential(seed=1.5),
        TypeError, "seed must be a whole number", "received 1.5"),
    Row("Sequential", "dtype float16", lambda w: tn.Sequential(dtype="float16"),
        ValueError, "dtype must be 'float32' or 'float64'", "received 'float16'"),
    Row("Sequential", "dtype an array", lambda w: tn.Sequential(dtype=w.x),
        ValueError, "dtype must be 'float32' or 'float64'", "received"),
    Row("Sequential", "name 3", lambda w: tn.Sequential(name=3),
        TypeError, "name must be a string", "received 3"),
    Row("Sequential.compile", "a misspelt optimizer", lambda w: w.model.compile("sdg"),
        ValueError, "Did you mean 'sgd'?", "Unknown optimizer 'sdg'"),
    Row("Sequential.compile", "an optimizer's class", lambda w: w.model.compile(tn.Adam),
        TypeError, "optimizer must be a name or an object", "received <class"),
    Row("Sequential.compile", "optimizer None", lambda w: w.model.compile(None),
        TypeError, "optimizer must be a name or an object", "received None"),
    Row("Sequential.compile", "a misspelt loss", lambda w: w.model.compile("sgd", "mean_squared"),
        ValueError, "Did you mean 'mean_squared_error'?", "Unknown loss 'mean_squared'"),
    Row("Sequential.compile", "loss 3", lambda w: w.model.compile("sgd", 3),
        TypeError, "loss must be a name or an object", "received 3"),
    Row("Sequential.compile", "a loss's class",
        lambda w: w.model.compile("sgd", losses.MeanSquaredError),
        TypeError, "loss must be a name or an object", "received <class"),
    Row("Sequential.compile", "a misspelt metric",
        lambda w: w.model.compile("sgd", "mse", ["acuracy"]),
        ValueError, "Did you mean 'accuracy'?", "Unknown metric 'acuracy'"),
    Row("Sequential.compile", "metrics a string",
        lambda w: w.model.compile("sgd", "mse", "accuracy"),
        TypeError, "metrics must be a list such as ['accuracy']", "received 'accuracy'"),
    Row("Sequential.compile", "metrics a number", lambda w: w.model.compile("sgd", "mse", [3]),
        TypeError, "metric must be a name", "received 3"),
    Row("Sequential.compile", "a metric twice",
        lambda w: w.model.compile("sgd", "mse", ["acc", "acc"]),
        ValueError, "needs a name of its own", "'acc' twice"),
    Row("Sequential.copy", "dtype", lambda w: w.model.copy("int8"),
        ValueError, "'float32' or 'float64'", "received 'int8'"),
    Row("Sequential.unfolded", "before build", lambda w: w.unbuilt.unfolded(),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.prepare", "labels for one-hot", lambda w: w.model.prepare(w.x, w.labels),
        ValueError, "one-hot y_true of shape (N, 3)", "received labels of shape (5,)"),
    Row("Sequential.check_examples", "narrow", lambda w: w.model.check_examples(w.x[:, :3]),
        ValueError, "(N, 4)", "received (5, 3)"),
    Row("Sequential.layers", "replaced", lambda w: setattr(w.model, "layers", []),
        ValueError, "use add, or make a new model", "layers can't be assigned"),
    Row("Layer.trainable", "text", lambda w: setattr(w.dense, "trainable", "no"),
        TypeError, "must be True or False", "received 'no'"),
    Row("Sequential.fit", "trainable changed after compile",
        lambda w: changed(lambda m: setattr(m.layers[0], "trainable", False)).fit(w.x, w.y),
        ValueError, "call compile again", "dense.trainable was changed"),
    Row("Sequential.compile", "one activation in two layers",
        lambda w: one_tanh_twice().compile(),
        ValueError, "make one for each place", "tanh is used twice"),
    Row("Sequential.compile", "no layers", lambda w: w.empty.compile(),
        ValueError, "add one first", "has no layers"),
    Row("Sequential.add", "a name", lambda w: w.model.add("relu"),
        TypeError, "made of layers", "received 'relu'"),
    Row("Sequential.add", "a layer twice", lambda w: w.model.add(w.model.layers[0]),
        ValueError, "each layer can be used once", "dense is in a model already"),
    Row("Sequential.add", "another model's layer", lambda w: w.fresh.add(w.model.layers[0]),
        ValueError, "each layer can be used once", "dense is in a model already"),
    Row("Sequential.add", "a shape that the layer can't take",
        lambda w: w.empty.add(tn.Softmax(input_shape=(2, 2))),
        ValueError, "shape (N, K)", "received (N, 2, 2)"),
    Row("Sequential.add", "an initializer's wrong shape",
        lambda w: w.empty.add(
            tn.Dense(2, kernel_initializer=lambda shape, rng: np.ones(5), input_shape=(3,))
        ),
        ValueError, "(3, 2)", "(5,)"),
    Row("Sequential.add", "a name twice", lambda w: w.model.add(tn.Dense(2, name="dense")),
        ValueError, "a name of its own", "received 'dense' twice"),
    Row("Sequential.build", "built already", lambda w: w.model.build((4,)),
        ValueError, "shape (N, 4)", "is built already"),
    Row("Sequential.build", "without a shape", lambda w: w.unbuilt.build(),
        ValueError, "an input_shape, such as (784,)", "build needs"),
    Row("Sequential.build", "a number as shape", lambda w: w.fresh.build(4),
        TypeError, "input_shape must be a tuple such as (784,)", "received 4"),
    Row("Sequential.build", "two batches in the shape", lambda w: w.fresh.build((None, None, 4)),
        TypeError, "without the batch: (4,)", "received (None, 4)"),
    Row("Sequential.build", "a negative size", lambda w: w.fresh.build((-4,)),
        ValueError, "each size in input_shape must be at least 1", "received -4"),
    Row("Sequential.build", "a fractional size", lambda w: w.fresh.build((4.0,)),
        TypeError, "each size in input_shape must be a whole number", "received 4.0"),
    Row("Sequential.build", "images for a Dense", lambda w: w.fresh.build((2, 2)),
        ValueError, "shape (N, I)", "received (N, 2, 2)"),
    Row("Sequential.build", "an empty shape", lambda w: w.fresh.build(()),
        ValueError, "shape (N, I)", "received (N,)"),
    Row("Sequential.set_weights", "too few", lambda w: w.model.set_weights(w.weights),
        ValueError, "Expected 4 arrays", "received 2"),
    Row("Sequential.set_weights", "one of another shape",
        lambda w: w.uncompiled.set_weights([w.weights[0], np.zeros((1, 3))]),
        ValueError, "dense.b has shape (3,)", "received (1, 3)"),
    Row("Sequential.set_weights", "nan",
        lambda w: w.uncompiled.set_weights([w.weights[0], [0, NAN, 0]]),
        ValueError, "dense.b must be finite", "received nan at [1]"),
    Row("Sequential.set_weights", "too large for float32",
        lambda w: w.uncompiled.set_weights([w.weights[0], [0, 1e300, 0]]),
        ValueError, "float32", "received 1e+300 at [1]"),
    Row("Sequential.set_weights", "words",
        lambda w: w.uncompiled.set_weights([w.weights[0], list("abc")]),
        TypeError, "dense.b must be an array of real numbers", "received dtype <U1"),
    Row("Sequential.set_weights", "None", lambda w: w.uncompiled.set_weights(None),
        TypeError, "weights must be a list of arrays", "received None"),
    Row("Sequential.set_weights", "a number", lambda w: w.uncompiled.set_weights(3),
        TypeError, "weights must be a list of arrays", "received 3"),
    Row("Sequential.backward", "a column", lambda w: w.model.backward(np.ones((5, 1))),
        ValueError, "expected dy of the shape of its last output, (5, 3)", "received (5, 1)"),
    Row("Sequential.forward", "observer 3", lambda w: w.model.forward(w.x, observer=3),
        TypeError, "observer must be a function", "received 3"),
    Row("Sequential.backward", "observer 3", lambda w: w.model.backward(w.numbers, observer=3),
        TypeError, "observer must be a function", "received 3"),
    Row("Sequential.backward", "None", lambda w: w.model.backward(None),
        TypeError, "dy must be an array of real numbers", "received None"),
    Row("Sequential.get_layer", "an unknown name", lambda w: w.model.get_layer("dense_7"),
        ValueError, "Known: 'dense'", "'dense_7'"),
    Row("Sequential.predict_on_batch", "other columns",
        lambda w: w.model.predict_on_batch(w.x[:, :3]), ValueError, "(N, 4)", "(5, 3)"),
    Row("Sequential.test_on_batch", "fewer targets",
        lambda w: w.model.test_on_batch(w.x, w.y[:3]),
        ValueError, "same number of examples", "5 and 3"),
    Row("Sequential.from_config", "a list", lambda w: tn.Sequential.from_config([5]),
        ValueError, "a Sequential that tinynet has described", "[5]"),
    Row("Sequential.summary", "batch_size 0", lambda w: w.model.summary(costs=True, batch_size=0),
        ValueError, "batch_size must be at least 1", "received 0"),
    Row("Sequential.save", "a folder that is missing",
        lambda w: w.model.save(w.folder / "missing" / "m.npz"),
        OSError, "there is no folder", "missing"),
    Row("Sequential.save", "a number", lambda w: w.model.save(3),
        TypeError, "path must be a name", "received 3"),
    Row("Sequential.to_html", "a number", lambda w: w.model.to_html(3),
        TypeError, "path must be a name", "received 3"),
    Row("Sequential.to_html", "too few names", lambda w: w.model.to_html(class_names=["a"]),
        ValueError, "class_names must name all", "received 1 names"),
    Row("Sequential.to_html", "before build", lambda w: w.unbuilt.to_html(),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.save_weights", "None", lambda w: w.model.save_weights(None),
        TypeError, "path must be a name", "received None"),
    Row("Sequential.load_weights", "no file", lambda w: w.model.load_weights(w.folder / "no.npz"),
        OSError, "Can't read", "no.npz"),
    Row("Sequential.load_weights", "a text", lambda w: w.model.load_weights(w.text),
        ValueError, "a file that tinynet saved", "text.npz"),
    Row("Sequential.load_weights", "a number", lambda w: w.model.load_weights(3),
        TypeError, "path must be a name", "received 3"),
    Row("load_model", "no file", lambda w: tn.load_model(w.folder / "no.npz"),
        OSError, "Can't read", "no.npz"),
    Row("load_model", "a text", lambda w: tn.load_model(w.text),
        ValueError, "a file that tinynet saved", "text.npz"),
    Row("load_model", "None", lambda w: tn.load_model(None),
        TypeError, "path must be a name", "received None"),
]  # fmt: skip

ORDER = [
    Row("Sequential.fit", "before compile", lambda w: w.uncompiled.fit(w.x, w.y),
        ValueError, "call compile(optimizer, loss) first", "isn't compiled"),
    Row("Sequential.evaluate", "before compile", lambda w: w.uncompiled.evaluate(w.x, w.y),
        ValueError, "call compile(optimizer, loss) first", "isn't compiled"),
    Row("Sequential.train_on_batch", "before compile",
        lambda w: w.uncompiled.train_on_batch(w.x, w.y),
        ValueError, "call compile(optimizer, loss) first", "isn't compiled"),
    Row("Sequential.forward", "before build", lambda w: w.unbuilt.forward(w.x),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.set_weights", "before build", lambda w: w.unbuilt.set_weights([]),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.count_params", "before build", lambda w: w.unbuilt.count_params(),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.save", "before build", lambda w: w.unbuilt.save(w.folder / "m.npz"),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.load_weights", "before build", lambda w: w.unbuilt.load_weights(w.text),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.backward", "before forward", lambda w: w.sparse.backward(w.y),
        ValueError, "call forward(x) before backward(dy)", "dense_1"),
    Row("Sequential.backward", "before build", lambda w: w.unbuilt.backward(w.y),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Sequential.backward", "no layers", lambda w: w.empty.backward(w.y),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("Dense.backward", "before forward", lambda w: w.unused.backward(w.y),
        ValueError, "call forward(x) before backward(dy)", "dense"),
    Row("Dense.build", "twice", lambda w: w.dense.build((4,)),
        ValueError, "for examples of shape (4,)", "built already"),
    Row("Dense.build", "no shape", lambda w: tn.Dense(3).build(),
        ValueError, "needs an input_shape, such as (784,)", "dense.build"),
    Row("Dense.W", "before build", lambda w: tn.Dense(3).W,
        ValueError, "needs build(input_shape) or forward(x) first", "no attribute 'W'"),
    Row("Sequential.fit", "nothing to learn", lambda w: constant().fit(w.x[:4], np.eye(4)),
        ValueError, "a layer with parameters", "received none"),
    Row("Sequential.fit", "a layer appended to the list",
        lambda w: changed(lambda m: m.layers.append(tn.ReLU())).fit(w.x, w.y),
        ValueError, "use add", "layers were changed"),
    Row("Sequential.fit", "a layer popped off the list",
        lambda w: changed(lambda m: m.layers.pop()).fit(w.x, w.y),
        ValueError, "use add", "layers were changed"),
    Row("Sequential.predict", "a layer popped off the list",
        lambda w: changed(lambda m: m.layers.pop()).predict(w.x),
        ValueError, "use add", "layers were changed"),
    Row("Sequential.predict", "a layer replaced in the list",
        lambda w: changed(lambda m: m.layers.__setitem__(2, tn.Dense(3))).predict(w.x),
        ValueError, "use add", "layers were changed"),
    Row("Sequential.fit", "a layer's units changed after build",
        lambda w: changed(lambda m: setattr(m.layers[2], "units", 7)).fit(w.x, w.y),
        ValueError, "make a new layer", "dense_1"),
    Row("Sequential.fit", "a layer's bias taken away after build",
        lambda w: changed(lambda m: setattr(m.layers[2], "use_bias", False)).fit(w.x, w.y),
        ValueError, "make a new layer", "dense_1 was built for use_bias=True"),
    Row("Sequential.fit", "an activation changed to a name after build",
        lambda w: changed(lambda m: setattr(m.layers[2], "activation", "tanh")).fit(w.x, w.y),
        TypeError, "must be a layer, such as ReLU()", "'tanh'"),
    Row("Sequential.fit", "the last activation changed after compile",
        lambda w: changed(lambda m: setattr(m.layers[2], "activation", tn.Tanh())).fit(w.x, w.y),
        ValueError, "call compile again", "dense_1.activation was changed"),
    Row("Sequential.evaluate", "the loss changed after compile",
        lambda w: changed(
            lambda m: setattr(m, "loss", losses.MeanSquaredError())
        ).evaluate(w.x, w.y),
        ValueError, "call compile(loss=...)", "loss can't be assigned"),
    Row("Sequential.fit", "a layer's parameter bound to another array",
        lambda w: changed(lambda m: setattr(m.layers[2], "W", np.ones((6, 3)))).fit(w.x, w.y),
        ValueError, "layer.W[...] =", "dense_1.W"),
    Row("Sequential.fit", "a layer's gradient bound to another array",
        lambda w: changed(lambda m: setattr(m.layers[2], "dW", np.ones((6, 3)))).fit(w.x, w.y),
        ValueError, "layer.dW[...] =", "dense_1.dW"),
    Row("Sequential.fit", "the model's parameters bound to another array",
        lambda w: changed(lambda m: setattr(m, "parameters", m.parameters + 1)).fit(w.x, w.y),
        ValueError, "model.parameters[...] =", "sequential.parameters"),
    Row("Sequential.fit", "a layer that binds its gradient",
        lambda w: rebinding().fit(w.x, w.y, verbose=0),
        ValueError, "layer.ds[...] =", "rebinding.ds"),
    Row("Sequential.train_on_batch", "a layer that binds its gradient",
        lambda w: rebinding().train_on_batch(w.x, w.y),
        ValueError, "layer.ds[...] =", "rebinding.ds"),
    Row("Sequential.fit", "a layer that returns no gradient",
        lambda w: silent().fit(w.x, w.y, verbose=0),
        TypeError, "backward must return dx", "received None"),
    Row("Sequential.fit", "an optimizer that another model has trained with",
        lambda w: sharing(w).fit(w.x, w.labels, verbose=0),
        ValueError, "give each model its own optimizer", "another model"),
]  # fmt: skip


def constant() -> Any:
    """Return a model that has nothing to learn."""
    model = tn.Sequential([tn.Softmax(input_shape=(4,))])
    model.compile()
    return model


def changed(change: Callable[[Any], Any]) -> Any:
    """Return a compiled model after something was done to it behind its back."""
    model = network("sgd", "categorical_crossentropy", [])
    change(model)
    return model


class Rebinding(tinynet.Layer):
    """Binds its gradient to a new array in place of writing into the one that the model has."""

    s: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x = self.check_input(x)
        y: np.ndarray = x * self.s
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.ds = (dy * self._x).sum(axis=0)
        dx: np.ndarray = dy * self.s
        return dx


class Silent(tinynet.ReLU):
    """Forgets to return dx."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return None  # type: ignore[return-value]


def one_tanh_twice() -> tn.Sequential:
    """Return a model with one activation in two places."""
    tanh = tn.Tanh()
    return tn.Sequential([tn.Dense(4, tanh, input_shape=(4,)), tn.Dense(3, tanh)])


def rebinding() -> Any:
    stack = [tn.Dense(3, input_shape=(4,)), Rebinding(), tn.Softmax()]
    model = tn.Sequential(stack, seed=0)
    model.compile()
    return model


def silent() -> Any:
    stack = [tn.Dense(3, input_shape=(4,)), Silent(), tn.Dense(3, "softmax")]
    model = tn.Sequential(stack, seed=0)
    model.compile()
    return model


def sharing(w: Any) -> Any:
    """Return a model compiled with an optimizer that trained another one in the meantime."""
    optimizer = tn.SGD()
    model, other = (network("sgd", "sparse_categorical_crossentropy", []) for _ in range(2))
    model.compile(optimizer, "sparse_categorical_crossentropy")
    other.compile(optimizer, "sparse_categorical_crossentropy")
    other.fit(w.x, w.labels, verbose=0)
    return model


LAYERS = [
    Row("Dense", "units 0", lambda w: tn.Dense(0),
        ValueError, "units must be at least 1", "received 0"),
    Row("Dense", "units -1", lambda w: tn.Dense(-1),
        ValueError, "units must be at least 1", "received -1"),
    Row("Dense", "units 2.0", lambda w: tn.Dense(2.0),
        TypeError, "units must be a whole number", "received 2.0"),
    Row("Dense", "units nan", lambda w: tn.Dense(NAN),
        TypeError, "units must be a whole number", "received nan"),
    Row("Dense", "units None", lambda w: tn.Dense(None),
        TypeError, "units must be a whole number", "received None"),
    Row("Dense", "a misspelt activation", lambda w: tn.Dense(3, "rleu"),
        ValueError, "Did you mean 'relu'?", "Unknown activation 'rleu'"),
    Row("Dense", "an activation's class", lambda w: tn.Dense(3, tn.ReLU),
        TypeError, "activation must be a name or an object", "received <class"),
    Row("Dense", "an activation that learns",
        lambda w: tn.Dense(3, tn.Dense(3)).forward(w.x),
        ValueError, "must be added as a layer of its own", "dense"),
    Row("Dense", "use_bias 'no'", lambda w: tn.Dense(3, use_bias="no"),
        TypeError, "use_bias must be True or False", "received 'no'"),
    Row("Dense", "a misspelt initializer", lambda w: tn.Dense(3, kernel_initializer="he_norm"),
        ValueError, "Did you mean 'he_normal'?", "Unknown initializer 'he_norm'"),
    Row("Dense", "initializer 3", lambda w: tn.Dense(3, bias_initializer=3),
        TypeError, "initializer must be a name or an object", "received 3"),
    Row("Dense", "an initializer of another shape",
        lambda w: tn.Dense(3, kernel_initializer=lambda shape, rng: np.zeros(2)).forward(w.x),
        ValueError, "must return shape (4, 3)", "received (2,)"),
    Row("Dense", "an initializer that gives nan",
        lambda w: tn.Dense(3, kernel_initializer=lambda s, rng: np.full(s, NAN)).forward(w.x),
        ValueError, "dense.W must be finite", "received nan at [0, 0]"),
    Row("Dense", "an initializer that gives None",
        lambda w: tn.Dense(3, kernel_initializer=lambda s, rng: None).forward(w.x),
        TypeError, "dense.W must be an array of real numbers", "received None"),
    Row("Dense", "input_shape 784", lambda w: tn.Dense(3, input_shape=784),
        TypeError, "input_shape must be a tuple such as (784,)", "received 784"),
    Row("Dense", "input_shape of an image", lambda w: tn.Dense(3, input_shape=(28, 28)),
        ValueError, "Dense expected input of shape (N, I)", "received (N, 28, 28)"),
    Row("Dense", "a size of 0", lambda w: tn.Dense(3, input_shape=(0,)),
        ValueError, "each size in input_shape must be at least 1", "received 0"),
    Row("Dense", "name 3", lambda w: tn.Dense(3, name=3),
        TypeError, "name must be a string", "received 3"),
    Row("Dense.build", "dtype float16", lambda w: tn.Dense(3).build((4,), dtype="float16"),
        ValueError, "dtype must be 'float32' or 'float64'", "received 'float16'"),
    Row("Dense.build", "a number as shape", lambda w: tn.Dense(3).build(4),
        TypeError, "input_shape must be a tuple such as (784,)", "received 4"),
    Row("Dense.forward", "narrow", lambda w: w.dense.forward(w.x[:, :3]),
        ValueError, "shape (N, 4)", "received (5, 3)"),
    Row("Dense.forward", "1-d", lambda w: w.dense.forward(w.x[0]),
        ValueError, "shape (N, 4)", "received (4,)"),
    Row("Dense.forward", "words", lambda w: w.dense.forward([list("abcd")]),
        TypeError, "dense: x must be an array of real numbers", "received dtype <U1"),
    Row("Dense.forward", "None", lambda w: w.dense.forward(None),
        TypeError, "dense: x must be an array of real numbers", "received None"),
    Row("Dense.forward", "ragged", lambda w: w.dense.forward([[1, 2, 3, 4], [1]]),
        ValueError, "rectangular", "unequal length"),
    Row("Dense.backward", "a column", lambda w: w.dense.backward(np.ones((5, 1))),
        ValueError, "expected dy of the shape of its last output, (5, 3)", "received (5, 1)"),
    Row("Dense.backward", "a row", lambda w: w.dense.backward(np.ones(3)),
        ValueError, "expected dy of the shape of its last output, (5, 3)", "received (3,)"),
    Row("Dense.backward", "None", lambda w: w.dense.backward(None),
        TypeError, "dense: dy must be an array of real numbers", "received None"),
    Row("Softmax.forward", "a vector", lambda w: tn.Softmax().forward([1.0, 2.0]),
        ValueError, "Softmax expected input of shape (N, K)", "received (N,)"),
    Row("Softmax.forward", "images", lambda w: tn.Softmax().forward(np.ones((2, 3, 3))),
        ValueError, "Softmax expected input of shape (N, K)", "received (N, 3, 3)"),
    Row("Softmax.forward", "no classes", lambda w: tn.Softmax().forward(np.ones((2, 0))),
        ValueError, "Softmax expected input of shape (N, K)", "received (N, 0)"),
    Row("Flatten.forward", "a number", lambda w: tn.Flatten().forward(3),
        ValueError, "flatten expected input of shape (N, ...)", "received ()"),
    Row("Flatten.forward", "None", lambda w: tn.Flatten().forward(None),
        TypeError, "flatten: x must be an array of real numbers", "received None"),
    Row("Dropout", "rate 1", lambda w: tn.Dropout(1),
        ValueError, "rate must be at least 0 and below 1", "received 1"),
    Row("Dropout", "rate -0.1", lambda w: tn.Dropout(-0.1),
        ValueError, "rate must be at least 0 and below 1", "received -0.1"),
    Row("Dropout", "rate nan", lambda w: tn.Dropout(NAN),
        ValueError, "rate must be at least 0 and below 1", "received nan"),
    Row("Dropout", "rate None", lambda w: tn.Dropout(None),
        TypeError, "rate must be a number", "received None"),
    Row("Normalization", "variance -1", lambda w: tn.Normalization(mean=0, variance=-1),
        ValueError, "variance must be at least 0", "received -1"),
    Row("Normalization", "a mean in words", lambda w: tn.Normalization(mean="0"),
        TypeError, "mean must be a number", "received '0'"),
    Row("Normalization", "a mean as axis", lambda w: tn.Normalization(33.3),
        TypeError, "axis must be a whole number", "received 33.3"),
    Row("Normalization.adapt", "nothing", lambda w: tn.Normalization().adapt([]),
        ValueError, "at least one entry", "received shape (0,)"),
    Row("Normalization.adapt", "nan", lambda w: w.simple["Normalization"].adapt([1, NAN]),
        ValueError, "x must be finite", "received nan at [1]"),
    Row("Normalization.adapt", "a number", lambda w: tn.Normalization().adapt(3.0),
        ValueError, "normalization.adapt expected input of shape (N, ...)", "received ()"),
    Row("Sequential.pop", "no layers", lambda w: w.empty.pop(),
        ValueError, "has no layers", "to remove"),
    Row("Layer.forward", "not defined", lambda w: tinynet.Layer().forward(w.x),
        NotImplementedError, "must define forward(x, *, training=False)", "Layer"),
    Row("Layer.backward", "not defined", lambda w: tinynet.Layer().backward(w.x),
        NotImplementedError, "must define backward(dy)", "Layer"),
    Row("Layer.add_parameter", "a name twice", lambda w: doubled().forward(w.x),
        ValueError, "each parameter needs a name of its own", "'s' twice"),
    *(
        Row(f"{kind}.{method}", wrong, lambda w, k=kind, m=method, v=value:
            getattr(w.simple[k], m)(v), error, expected, received)
        for kind in ("ReLU", "Sigmoid", "Tanh", "Softmax", "Flatten", "Dropout", "Normalization")
        for method, wrong, value, error, expected, received in (
            ("forward", "words", [list("abcd")],
             TypeError, "x must be an array of real numbers", "received dtype <U1"),
            ("backward", "another shape", np.ones((5, 1)),
             ValueError, "dy of the shape of its last output, (5, 4)", "received (5, 1)"),
        )
    ),
]  # fmt: skip


class Doubled(Rebinding):
    """Creates the same parameter twice."""

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        super().create_parameters(input_shape)
        super().create_parameters(input_shape)


def doubled() -> Any:
    return Doubled()


OTHERS = [
    *(
        Row(f"{name}.forward", wrong, lambda w, loss=loss, a=a: loss().forward(*a(w)),
            error, expected, received)
        for name, loss in {
            "CategoricalCrossentropy": losses.CategoricalCrossentropy,
            "MeanSquaredError": losses.MeanSquaredError,
            "BinaryCrossentropy": losses.BinaryCrossentropy,
        }.items()
        for wrong, a, error, expected, received in (
            ("1-d predictions", lambda w: (w.y[:, 0], w.rows[:, 0]),
             ValueError, "y_pred of shape (N, K)", "received (5,)"),
            ("no predictions", lambda w: (w.y[:0], w.rows[:0]),
             ValueError, "y_pred of shape (N, K)", "received (0, 3)"),
            ("one target to broadcast", lambda w: (w.y[:1], w.rows),
             ValueError, "y_true for 5 examples", "received (1, 3)"),
            ("one prediction to broadcast", lambda w: (w.y, w.rows[:1]),
             ValueError, "y_true for 1 examples", "received (5, 3)"),
            ("narrow targets", lambda w: (w.y[:, :2], w.rows), ValueError, "3)", "received (5, 2)"),
            ("words", lambda w: (w.y, np.full((5, 3), "a")),
             TypeError, "y_pred must be an array of real numbers", "dtype <U1"),
            ("None", lambda w: (None, w.rows),
             TypeError, "y_true must be an array of real numbers", "received None"),
        )
    ),
    Row("CategoricalCrossentropy.forward", "labels",
        lambda w: losses.CategoricalCrossentropy().forward(w.labels, w.rows),
        ValueError, "one-hot y_true of shape (N, 3)", "labels of shape (5,)"),
    Row("CategoricalCrossentropy.backward", "labels",
        lambda w: losses.CategoricalCrossentropy().backward(w.labels, w.rows),
        ValueError, "one-hot y_true of shape (N, 3)", "labels of shape (5,)"),
    Row("CategoricalCrossentropy", "from_logits 'yes'",
        lambda w: losses.CategoricalCrossentropy(from_logits="yes"),
        TypeError, "from_logits must be True or False", "received 'yes'"),
    Row("SparseCategoricalCrossentropy.forward", "one-hot",
        lambda w: losses.SparseCategoricalCrossentropy().forward(w.y, w.rows),
        ValueError, "integer labels y_true of shape (N,)", "received (5, 3)"),
    Row("SparseCategoricalCrossentropy.forward", "a label of 3",
        lambda w: losses.SparseCategoricalCrossentropy().forward([0, 1, 3, 0, 0], w.rows),
        ValueError, "whole numbers from 0 to 2", "received 3 at [2]"),
    Row("BinaryCrossentropy.forward", "a target of 2",
        lambda w: losses.BinaryCrossentropy().forward(2 * w.y, w.rows),
        ValueError, "from 0 to 1", "received 2.0 at [0, 0]"),
    Row("MeanSquaredError.backward", "a column",
        lambda w: losses.MeanSquaredError().backward(w.numbers[:, :1], w.numbers),
        ValueError, "y_true of shape (N, 3)", "received (5, 1)"),
    Row("Loss.forward", "not defined", lambda w: losses.Loss().forward(w.y, w.rows),
        NotImplementedError, "must define costs(t, y)", "Loss"),
    *(
        Row(kind.__name__, wrong, lambda w, kind=kind, a=arguments: kind(**a),
            error, expected, received)
        for kind in (tn.SGD, tn.Adam)
        for wrong, arguments, error, expected, received in (
            ("a negative learning rate", {"learning_rate": -0.1},
             ValueError, "learning_rate must be at least 0", "received -0.1"),
            ("a learning rate of nan", {"learning_rate": NAN},
             ValueError, "learning_rate must be at least 0", "received nan"),
            ("an infinite learning rate", {"learning_rate": INF},
             ValueError, "learning_rate must be at least 0", "received inf"),
            ("a learning rate of None", {"learning_rate": None},
             TypeError, "learning_rate must be a number", "received None"),
            ("a learning rate of text", {"learning_rate": "0.1"},
             TypeError, "learning_rate must be a number", "received '0.1'"),
            ("a negative weight decay", {"weight_decay": -1},
             ValueError, "weight_decay must be at least 0", "received -1"),
        )
    ),
    Row("SGD", "momentum 1", lambda w: tn.SGD(momentum=1),
        ValueError, "momentum must be at least 0 and below 1", "received 1"),
    Row("SGD", "nesterov 'yes'", lambda w: tn.SGD(nesterov="yes"),
        TypeError, "nesterov must be True or False", "received 'yes'"),
    Row("Adam", "beta_1 1", lambda w: tn.Adam(beta_1=1),
        ValueError, "beta_1 must be at least 0 and below 1", "received 1"),
    Row("Adam", "beta_2 nan", lambda w: tn.Adam(beta_2=NAN),
        ValueError, "beta_2 must be at least 0 and below 1", "received nan"),
    Row("Adam", "epsilon -1", lambda w: tn.Adam(epsilon=-1),
        ValueError, "epsilon must be above 0", "received -1"),
    Row("Sequential.fit", "a schedule that gives nan",
        lambda w: scheduled(lambda step: NAN).fit(w.x, w.y, verbose=0),
        ValueError, "learning_rate must be at least 0", "received nan"),
    Row("Sequential.fit", "a schedule that gives text",
        lambda w: scheduled(lambda step: "fast").fit(w.x, w.y, verbose=0),
        TypeError, "learning_rate must be a number", "received 'fast'"),
    Row("ExponentialDecay", "decay_steps 0", lambda w: schedules.ExponentialDecay(0.1, 0, 0.9),
        ValueError, "decay_steps must be at least 1", "received 0"),
    Row("ExponentialDecay", "decay_rate nan", lambda w: schedules.ExponentialDecay(0.1, 1, NAN),
        ValueError, "decay_rate must be at least 0", "received nan"),
    Row("CosineDecay", "decay_steps in words", lambda w: schedules.CosineDecay(0.1, "ten"),
        TypeError, "decay_steps must be a number", "received 'ten'"),
    Row("CosineDecay", "a rate of None", lambda w: schedules.CosineDecay(None, 10),
        TypeError, "initial_learning_rate must be a number", "received None"),
    Row("PiecewiseConstantDecay", "too few values",
        lambda w: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]),
        ValueError, "one more than boundaries", "received 2 values and 2 boundaries"),
    Row("PiecewiseConstantDecay", "falling boundaries",
        lambda w: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]),
        ValueError, "boundaries must rise", "received [2, 1]"),
    Row("PiecewiseConstantDecay", "boundaries a number",
        lambda w: schedules.PiecewiseConstantDecay(3, [0.1, 0.2]),
        TypeError, "boundaries must be a list", "received 3"),
    Row("accuracy", "too few", lambda w: metrics.accuracy([0, 1], [0]),
        ValueError, "as many labels as predictions", "received 2 and 1"),
    Row("accuracy", "none", lambda w: metrics.accuracy([], []),
        ValueError, "at least one", "received 0 and 0"),
    Row("accuracy", "words", lambda w: metrics.accuracy(["a"], ["a"]),
        TypeError, "y_true must be an array of real numbers", "received dtype <U1"),
    Row("accuracy", "fractional labels", lambda w: metrics.accuracy([0.5], [0]),
        ValueError, "whole numbers from 0 up", "received 0.5 at [0]"),
    Row("accuracy", "scores with nan", lambda w: metrics.accuracy([0], [[NAN, 1.0]]),
        ValueError, "y_pred must be finite", "received nan at [0, 0]"),
    Row("accuracy", "3-d", lambda w: metrics.accuracy(np.zeros((2, 2, 2)), [0, 0]),
        ValueError, "shape (N,) or (N, 1)", "received (2, 2, 2)"),
    Row("confusion_matrix", "too few", lambda w: metrics.confusion_matrix([0, 1], [0]),
        ValueError, "as many labels as predictions", "received 2 and 1"),
    Row("confusion_matrix", "num_classes 0", lambda w: metrics.confusion_matrix([0], [0], 0),
        ValueError, "num_classes must be at least 1", "received 0"),
    Row("confusion_matrix", "a label out of range",
        lambda w: metrics.confusion_matrix([0, 5], [0, 1], 3),
        ValueError, "whole numbers from 0 to 2", "received 5 at [1]"),
    Row("confusion_matrix", "a label too large to count",
        lambda w: metrics.confusion_matrix([0, 10**9], [0, 1]),
        ValueError, "num_classes", "1000000001"),
    Row("to_categorical", "a negative label", lambda w: utils.to_categorical([0, -1]),
        ValueError, "whole numbers from 0 up", "received -1 at [1]"),
    Row("to_categorical", "a fractional label", lambda w: utils.to_categorical([0, 1.5]),
        ValueError, "whole numbers from 0 up", "received 1.5 at [1]"),
    Row("to_categorical", "a label too large", lambda w: utils.to_categorical([0, 3], 3),
        ValueError, "whole numbers from 0 to 2", "received 3 at [1]"),
    Row("to_categorical", "num_classes 2.0", lambda w: utils.to_categorical([0, 1], 2.0),
        TypeError, "num_classes must be a whole number", "received 2.0"),
    Row("to_categorical", "a matrix", lambda w: utils.to_categorical(w.y),
        ValueError, "shape (N,) or (N, 1)", "received (5, 3)"),
    Row("to_categorical", "None", lambda w: utils.to_categorical(None),
        TypeError, "y must be an array of real numbers", "received None"),
    Row("to_categorical", "a label beyond all memory", lambda w: utils.to_categorical([0, 10**15]),
        ValueError, "num_classes", "1000000000000001"),
    Row("standardize", "nothing", lambda w: utils.standardize([]),
        ValueError, "at least one entry", "received shape (0,)"),
    Row("standardize", "nan", lambda w: utils.standardize([1.0, NAN]),
        ValueError, "x must be finite", "received nan at [1]"),
    Row("standardize", "a number", lambda w: utils.standardize(3.0),
        ValueError, "x must be an array", "received a single number"),
    Row("standardize", "None", lambda w: utils.standardize(None),
        TypeError, "x must be an array of real numbers", "received None"),
    Row("standardize", "epsilon -1", lambda w: utils.standardize(w.x, epsilon=-1),
        ValueError, "epsilon must be at least 0", "received -1"),
    Row("mean_and_std", "words", lambda w: utils.mean_and_std(["a"]),
        TypeError, "x must be an array of real numbers", "received dtype <U1"),
    Row("set_random_seed", "-1", lambda w: utils.set_random_seed(-1),
        ValueError, "seed must be at least 0", "received -1"),
    Row("set_random_seed", "2**32", lambda w: utils.set_random_seed(2**32),
        ValueError, "seed must be at most 4294967295", "received 4294967296"),
    Row("set_random_seed", "None", lambda w: utils.set_random_seed(None),
        TypeError, "seed must be a whole number", "received None"),
    Row("set_blas_threads", "0", lambda w: tn.set_blas_threads(0),
        ValueError, "threads must be at least 1", "received 0"),
    Row("set_blas_threads", "1.5", lambda w: tn.set_blas_threads(1.5),
        TypeError, "threads must be a whole number", "received 1.5"),
    Row("EarlyStopping", "patience -1", lambda w: callbacks.EarlyStopping(patience=-1),
        ValueError, "patience must be at least 0", "received -1"),
    Row("EarlyStopping", "mode 'lowest'", lambda w: callbacks.EarlyStopping(mode="lowest"),
        ValueError, "mode must be 'auto', 'min' or 'max'", "received 'lowest'"),
    Row("EarlyStopping", "monitor 3", lambda w: callbacks.EarlyStopping(3),
        TypeError, "monitor must be a name", "received 3"),
    Row("EarlyStopping", "min_delta nan", lambda w: callbacks.EarlyStopping(min_delta=NAN),
        ValueError, "min_delta must be finite", "received nan"),
    Row("EarlyStopping", "restore_best_weights 1.5",
        lambda w: callbacks.EarlyStopping(restore_best_weights=1.5),
        TypeError, "restore_best_weights must be True or False", "received 1.5"),
    Row("ModelCheckpoint", "a number", lambda w: callbacks.ModelCheckpoint(3),
        TypeError, "filepath must be a name", "received 3"),
    Row("ModelCheckpoint", "a folder that can't be made",
        lambda w: w.model.fit(w.x, w.y, verbose=0, callbacks=[
            callbacks.ModelCheckpoint(w.text / "m.npz")]),
        OSError, "Can't save to", "text.npz is a file, not a folder"),
    Row("ModelCheckpoint", "an unknown figure in the name",
        lambda w: w.model.fit(w.x, w.y, verbose=0, callbacks=[
            callbacks.ModelCheckpoint(w.folder / "{val_loss}.npz")]),
        ValueError, "may name 'epoch', 'loss', 'accuracy'", "{val_loss}"),
    Row("GradientRecorder", "every 0", lambda w: callbacks.GradientRecorder(0),
        ValueError, "every must be at least 1", "received 0"),
    Row("ParameterRecorder", "every 1.5", lambda w: callbacks.ParameterRecorder(1.5),
        TypeError, "every must be a whole number", "received 1.5"),
    Row("LambdaCallback", "no function", lambda w: callbacks.LambdaCallback(on_epoch_end=3),
        TypeError, "on_epoch_end must be a function", "received 3"),
    Row("spirals", "n_samples 0", lambda w: spirals(0),
        ValueError, "at least", "0"),
    Row("spirals", "n_classes 1.5", lambda w: spirals(n_classes=1.5),
        TypeError, "n_classes must be a whole number", "received 1.5"),
    Row("moons", "noise -1", lambda w: moons(noise=-1),
        ValueError, "noise must be at least 0", "received -1"),
    Row("moons", "noise nan", lambda w: moons(noise=NAN),
        ValueError, "noise must be at least 0", "received nan"),
    Row("circles", "factor 2", lambda w: circles(factor=2),
        ValueError, "factor must be", "received 2"),
    Row("synthetic_digits.load_data", "-1", lambda w: synthetic_digits.load_data(-1),
        ValueError, "n_train must be at least 0", "received -1"),
    Row("synthetic_digits.load_data", "seed None",
        lambda w: synthetic_digits.load_data(10, 10, seed=None),
        TypeError, "seed must be a whole number", "received None"),
    Row("mnist.load_data", "a number", lambda w: mnist.load_data(3),
        TypeError, "path to be the name of a folder", "received int"),
    Row("mnist.load_data", "an empty folder", lambda w: mnist.load_data(w.folder),
        OSError, "the four files of MNIST", "holds none of them"),
    Row("fashion_mnist.load_data", "no folder",
        lambda w: fashion_mnist.load_data(w.folder / "missing"),
        OSError, "the four files of Fashion-MNIST", "is not a folder"),
    Row("check_gradients", "words", lambda w: gradcheck.check_gradients(w.dense, [list("abcd")]),
        TypeError, "real numbers", "received dtype <U1"),
    Row("check_gradients", "narrow", lambda w: gradcheck.check_gradients(w.dense, w.x[:, :3]),
        ValueError, "shape (N, 4)", "received (5, 3)"),
    Row("check_gradients", "what isn't a layer", lambda w: gradcheck.check_gradients("relu", w.x),
        TypeError, "Expected a layer, a loss or a Sequential", "received 'relu'"),
    Row("check_gradients", "eps 0", lambda w: gradcheck.check_gradients(w.dense, w.x, eps=0),
        ValueError, "eps must be", "received 0"),
    Row("check_gradients", "max_entries 0",
        lambda w: gradcheck.check_gradients(w.dense, w.x, max_entries=0),
        ValueError, "max_entries must be at least 1", "received 0"),
    Row("check_gradients", "nan", lambda w: gradcheck.check_gradients(w.dense, w.x * NAN),
        ValueError, "x must be finite", "received nan at [0, 0]"),
    Row("check_gradients", "a loss without targets",
        lambda w: gradcheck.check_gradients(losses.MeanSquaredError(), w.x),
        ValueError, "y", "loss"),
    Row("check_optimizer", "a name", lambda w: check_optimizer("sgd"),
        TypeError, "of class Optimizer", "received 'sgd'"),
    Row("diagnose", "narrow", lambda w: diagnose(w.model, w.x[:, :3], w.y),
        ValueError, "shape (N, 4)", "received (5, 3)"),
    Row("diagnose", "before compile", lambda w: diagnose(w.uncompiled, w.x, w.y),
        ValueError, "call compile(optimizer, loss) first", "isn't compiled"),
    Row("diagnose", "no examples", lambda w: diagnose(w.model, w.x[:0], w.y[:0]),
        ValueError, "at least one", "received (0, 4)"),
    Row("diagnose", "words", lambda w: diagnose(w.model, [list("abcd")], w.y[:1]),
        TypeError, "x must be an array of real numbers", "received dtype <U1"),
    Row("diagnose", "too few targets", lambda w: diagnose(w.model, w.x, w.y[:4]),
        ValueError, "the same number of examples", "received (5, 4) and (4, 3)"),
    Row("WatchTraining", "narrow",
        lambda w: w.model.fit(w.x, w.y, callbacks=[WatchTraining(w.x[:, :3], w.y)]),
        ValueError, "shape (N, 4)", "received (5, 3)"),
    Row("explain_step", "before compile", lambda w: explain_step(w.uncompiled, w.x, w.y),
        ValueError, "call compile(optimizer, loss) first", "isn't compiled"),
    Row("explain_step", "narrow", lambda w: explain_step(w.model, w.x[:, :3], w.y),
        ValueError, "shape (N, 4)", "received (5, 3)"),
    Row("explain_step", "digits 0", lambda w: explain_step(w.sparse, w.x, w.labels, digits=0),
        ValueError, "digits must be at least 2", "received 0"),
    Row("explain_step", "nan", lambda w: explain_step(w.model, with_value(w.x, NAN), w.y),
        ValueError, "x must be finite", "received nan at [3, 1]"),
]  # fmt: skip


def hurried() -> Any:
    model = network("sgd", "categorical_crossentropy", [])
    model.optimizer.learning_rate = "fast"
    return model


def guessing() -> Any:
    return network("sgd", "mse", ["accuracy"], activation=None)


def scheduled(schedule: Any) -> Any:
    return network(tn.SGD(schedule), "categorical_crossentropy", [])


PLOTS = [
    Row("plot_images", "1-d", lambda w: tn.plotting.plot_images(w.x[0]),
        ValueError, "images", "received (4,)"),
    Row("plot_images", "nan", lambda w: tn.plotting.plot_images(np.full((1, 2, 2), NAN)),
        ValueError, "finite", "received nan"),
    Row("plot_images", "columns 0", lambda w: tn.plotting.plot_images(w.x.reshape(5, 2, 2),
        columns=0), ValueError, "columns must be at least 1", "received 0"),
    Row("plot_images", "words", lambda w: tn.plotting.plot_images([["a"]]),
        TypeError, "real numbers", "received dtype <U1"),
    Row("plot_predictions", "too few", lambda w: tn.plotting.plot_predictions(
        w.x.reshape(5, 2, 2), w.labels, w.labels[:3]), ValueError, "5", "3"),
    Row("plot_weights", "a vector", lambda w: tn.plotting.plot_weights(np.ones(4)),
        ValueError, "W", "received (4,)"),
    Row("plot_weights", "another shape",
        lambda w: tn.plotting.plot_weights(np.ones((4, 3)), image_shape=(3, 3)),
        ValueError, "W must be of shape (9, units)", "received (4, 3)"),
    Row("plot_probabilities", "a matrix", lambda w: tn.plotting.plot_probabilities(w.y),
        ValueError, "probabilities", "received (5, 3)"),
    Row("plot_probabilities", "a class out of range",
        lambda w: tn.plotting.plot_probabilities([0.5, 0.5], true=2),
        ValueError, "true must be", "received 2"),
    Row("plot_history", "nothing", lambda w: tn.plotting.plot_history({}),
        ValueError, "history", "received"),
    Row("plot_history", "a number", lambda w: tn.plotting.plot_history(3),
        TypeError, "history", "received"),
    Row("plot_confusion_matrix", "not square",
        lambda w: tn.plotting.plot_confusion_matrix(np.ones((2, 3))),
        ValueError, "matrix", "received (2, 3)"),
    Row("plot_decision_boundary", "three features",
        lambda w: tn.plotting.plot_decision_boundary(w.model, np.ones((5, 3)), w.labels),
        ValueError, "(N, 2)", "received (5, 3)"),
    Row("plot_network", "before build", lambda w: tn.plotting.plot_network(w.unbuilt),
        ValueError, "give the first layer an input_shape", "isn't built yet"),
    Row("plot_saliency", "narrow", lambda w: tn.plotting.plot_saliency(w.model, w.x[:, :3]),
        ValueError, "4", "received (5, 3)"),
    Row("plot_preferred_inputs", "narrow",
        lambda w: tn.plotting.plot_preferred_inputs(w.model, w.x[:, :3]),
        ValueError, "4", "received (5, 3)"),
    Row("plot_activation_histograms", "narrow",
        lambda w: tn.plotting.plot_activation_histograms(w.model, w.x[:, :3]),
        ValueError, "4", "received (5, 3)"),
    Row("plot_gradient_histograms", "bins 0",
        lambda w: tn.plotting.plot_gradient_histograms(w.model, w.x, w.y, bins=0),
        ValueError, "bins must be at least", "received 0"),
    Row("plot_loss_surface", "resolution 0",
        lambda w: tn.plotting.plot_loss_surface(w.model, w.x, w.y, resolution=0),
        ValueError, "resolution must be at least", "received 0"),
    Row("plot_gradient_flow", "an unused recorder",
        lambda w: tn.plotting.plot_gradient_flow(callbacks.GradientRecorder()),
        ValueError, "recorder", "received"),
    Row("plot_update_ratios", "a history",
        lambda w: tn.plotting.plot_update_ratios(w.model.history),
        TypeError, "GradientRecorder", "received"),
    Row("animate_decision_boundary", "a history",
        lambda w: tn.plotting.animate_decision_boundary(w.model.history, w.x, w.labels, "a.gif"),
        ValueError, "ParameterRecorder", "received"),
]  # fmt: skip

ROWS = [*examples(), *TARGETS, *ARGUMENTS, *ORDER, *LAYERS, *OTHERS, *PLOTS]

# --------------------------------------------------------------------- forms that are acceptable


class Squared(np.ndarray):
    """An array for which * is another operation, as for NumPy's matrix."""

    def __mul__(self, other: Any) -> Any:
        return self @ other


class HasArray:
    """An object that NumPy can read, as those of other libraries are."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = x

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.x.astype(dtype or self.x.dtype)


def read_only(x: np.ndarray, folder: Path) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


def mapped(x: np.ndarray, folder: Path) -> np.ndarray:
    """Return the array as a memory-mapped file that can't be written to."""
    path = folder / f"{x.dtype}{x.shape}.npy"
    np.save(path, x)
    array: np.ndarray = np.load(path, mmap_mode="r")
    return array


def every_second(x: np.ndarray, folder: Path) -> np.ndarray:
    return x.repeat(2, axis=0)[::2]


def every_second_column(x: np.ndarray, folder: Path) -> np.ndarray:
    return x.repeat(2, axis=-1)[..., ::2]


def backwards(x: np.ndarray, folder: Path) -> np.ndarray:
    return x[::-1].copy()[::-1]


def unaligned(x: np.ndarray, folder: Path) -> np.ndarray:
    """Return the array at an address that isn't a multiple of its items' size."""
    bytes_ = np.zeros(x.nbytes + 1, np.uint8)
    array: np.ndarray = bytes_[1:].view(x.dtype).reshape(x.shape)
    array[...] = x
    return array


def as_type(dtype: Any) -> Callable[[np.ndarray, Path], np.ndarray]:
    return lambda x, folder: x.astype(dtype)


def frame(x: np.ndarray, folder: Path) -> Any:
    """Return the array as a pandas DataFrame, or as a Series if it is a vector."""
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(x) if x.ndim == 2 else pandas.Series(x, index=range(7, 7 + len(x)))


FORMS: dict[str, Callable[[np.ndarray, Path], Any]] = {
    "a list": lambda x, folder: x.tolist(),
    "a tuple": lambda x, folder: tuple(x.tolist()),
    "a list of arrays": lambda x, folder: list(x),
    "pandas": frame,
    "an object with __array__": lambda x, folder: HasArray(x),
    "read-only": read_only,
    "memory-mapped": mapped,
    "in Fortran's order": lambda x, folder: np.asfortranarray(x),
    "every second row of more": every_second,
    "every second column of more": every_second_column,
    "backwards in memory": backwards,
    "unaligned": unaligned,
    "of a class of its own": lambda x, folder: x.view(Squared),
    "big-endian": lambda x, folder: x.astype(x.dtype.newbyteorder(">")),
    "float16": as_type(np.float16),
    "float32": as_type(np.float32),
    "float32 in Fortran's order": lambda x, folder: np.asfortranarray(x.astype(np.float32)),
    "big-endian float32": as_type(">f4"),
    "long double": as_type(np.longdouble),
    "int8": as_type(np.int8),
    "big-endian int64": as_type(">i8"),
    "uint16": as_type(np.uint16),
}
