"""The same model twice, in tinynet and in Keras, and the measures of how far the two are apart."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinynet

with warnings.catch_warnings():  # what TensorFlow's own import warns of isn't ours to mend
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")
    tf = pytest.importorskip("tensorflow")

BATCH = 32
REFERENCE = ((128, "relu"), (128, "relu"), (10, "softmax"))


class Library(NamedTuple):
    """The modules of one of the two libraries; the names and arguments in them are the same."""

    layers: Any
    losses: Any
    optimizers: Any
    schedules: Any


OURS = Library(tinynet.layers, tinynet.losses, tinynet.optimizers, tinynet.schedules)
THEIRS = Library(keras.layers, keras.losses, keras.optimizers, keras.optimizers.schedules)

# Makes an object in either library: ``lambda library: library.optimizers.SGD(0.1)``.
Recipe = Callable[[Library], Any]


class Twins(NamedTuple):
    """Two models of the same architecture with the same weights."""

    ours: tinynet.Sequential
    theirs: Any

    def compile(self, optimizer: str | Recipe, loss: str | Recipe, **options: Any) -> None:
        """Compile both; what isn't a name is a recipe."""
        for library, model in ((OURS, self.ours), (THEIRS, self.theirs)):
            optimizer_here, loss_here = (
                what if isinstance(what, str) else what(library) for what in (optimizer, loss)
            )
            model.compile(optimizer_here, loss_here, **options)

    def train(self, x: np.ndarray, y: np.ndarray) -> tuple[list[float], list[float]]:
        """Train both on the same batches in the same order; return each batch's loss in either."""
        losses: tuple[list[float], list[float]] = ([], [])
        for start in range(0, len(x), BATCH):
            batch = slice(start, start + BATCH)
            for model, record in zip(self, losses, strict=True):
                record.append(np.atleast_1d(model.train_on_batch(x[batch], y[batch]))[0])
        return losses

    def weight_deviation(self) -> float:
        """Return the worst `deviation` of a parameter, a layer's W or b."""
        pairs = zip(self.ours.get_weights(), self.theirs.get_weights(), strict=True)
        return max(deviation(ours, theirs) for ours, theirs in pairs)


def twins(
    inputs: int, layers: Sequence[tuple[int, str | None]], *, dtype: str = "float64"
) -> Twins:
    """Make the same Dense network twice, with tinynet's initial weights in both."""
    ours = tinynet.Sequential([tinynet.Dense(*layer) for layer in layers], seed=0, dtype=dtype)
    ours.build((inputs,))
    stack = [keras.layers.Dense(*layer) for layer in layers]
    theirs = keras.Sequential([keras.Input((inputs,)), *stack])
    theirs.set_weights(ours.get_weights())
    assert {weights.dtype for weights in theirs.get_weights()} == {np.dtype(dtype)}
    return Twins(ours, theirs)


def deviation(ours: Any, theirs: Any) -> float:
    """Largest difference, relative to the largest entry: max abs(a - b) / max abs(b).

    So an entry is measured against the array that it belongs to. Against itself it couldn't be: a
    weight that passes through 0 in training has no digits that could agree.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    assert a.shape == b.shape, f"{a.shape} and {b.shape}"
    return float(np.abs(a - b).max() / (np.abs(b).max() or 1))


def worst_ratio(ours: Any, theirs: Any) -> float:
    """Largest difference, each entry relative to itself: max (abs(a - b) / abs(b))."""
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    assert a.shape == b.shape, f"{a.shape} and {b.shape}"
    apart = np.abs(a - b)
    return float(np.divide(apart, np.abs(b), out=np.zeros_like(apart), where=apart > 0).max())


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Let Keras work in that dtype; outside the block it works in float64."""
    set_precision(dtype)
    try:
        yield
    finally:
        set_precision("float64")


def set_precision(dtype: str) -> None:
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


set_precision("float64")
