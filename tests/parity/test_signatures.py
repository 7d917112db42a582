"""The arguments: a call written for Keras means the same in tinynet.

What both take stands in the same order, but for EarlyStopping's, and has the same default. What
only one of them takes is not looked at.
"""

import inspect
from typing import Any

import pytest

import tinynet

from .twins import keras

CALLABLES: dict[str, tuple[Any, Any]] = {
    "Sequential.fit": (tinynet.Sequential.fit, keras.Sequential.fit),
    "Sequential.evaluate": (tinynet.Sequential.evaluate, keras.Sequential.evaluate),
    "Sequential.predict": (tinynet.Sequential.predict, keras.Sequential.predict),
    "Sequential.train_on_batch": (
        tinynet.Sequential.train_on_batch,
        keras.Sequential.train_on_batch,
    ),
    "Sequential.compile": (tinynet.Sequential.compile, keras.Sequential.compile),
    "to_categorical": (tinynet.utils.to_categorical, keras.utils.to_categorical),
}
CLASSES = {
    "layers": ("Dense", "Dropout", "Flatten"),
    "losses": (
        "BinaryCrossentropy",
        "CategoricalCrossentropy",
        "MeanSquaredError",
        "SparseCategoricalCrossentropy",
    ),
    "optimizers": ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "SGD"),
    "callbacks": ("EarlyStopping", "ModelCheckpoint"),
}
for module, names in CLASSES.items():
    for name in names:
        CALLABLES[name] = tuple(
            getattr(getattr(library, module), name).__init__ for library in (tinynet, keras)
        )
for name in (
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
):
    CALLABLES[name] = (
        getattr(tinynet.schedules, name).__init__,
        getattr(keras.optimizers.schedules, name).__init__,
    )

# Without a batch size Keras takes 32; for the other three see test_differences.py.
OTHER_DEFAULTS = {"batch_size": (32, None), "optimizer": ("sgd", "rmsprop")}
OTHER_DEFAULTS |= {"loss": ("categorical_crossentropy", None), "verbose": (0, "auto")}
# Keras makes these up, or doesn't ask for them.
LEFT_OUT = ("self", "name", "x", "y")


@pytest.mark.parametrize("name", CALLABLES)
def test_shared_arguments(name: str) -> None:
    ours, theirs = (inspect.signature(each).parameters for each in CALLABLES[name])
    shared = [key for key in ours if key in theirs and key not in LEFT_OUT]
    if name != "EarlyStopping":  # tinynet's takes patience before min_delta
        assert shared == [key for key in theirs if key in shared]
    for key in shared:
        defaults = ours[key].default, theirs[key].default
        assert defaults[0] == defaults[1] or OTHER_DEFAULTS.get(key) == defaults, key
