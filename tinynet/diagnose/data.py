"""Checks of the data: scale, labels, targets, and the validation set."""

import copy
import math
from collections.abc import Iterator

import numpy as np

from tinynet import layers, losses
from tinynet.diagnose.case import (
    FEW,
    FEW_FEATURES,
    IMBALANCE,
    LARGE_INPUT,
    LARGE_TARGET,
    MANY,
    OUT_OF_RANGE,
    RANGES,
    SAMPLE,
    SMALL_INPUT,
    UNLIKE,
    Case,
    operations,
    shares_of,
    spread,
)
from tinynet.diagnose.findings import Finding
from tinynet.layers.normalization import Normalization
from tinynet.models import Sequential

# ------------------------------------------------------------------------------------------ data


def normalized(model: Sequential, x: np.ndarray) -> np.ndarray:
    """Return a sample of the inputs as the model's own `Normalization`, if it has one, hands on."""
    y: np.ndarray = x[spread(len(x), SAMPLE)].astype(np.float64)
    for layer in model.layers:
        if isinstance(layer, Normalization):
            return copy.copy(layer).forward(y)  # a copy, since forward keeps something
        if not isinstance(layer, layers.Flatten):
            break
    return y


def unscaled_inputs(x: np.ndarray) -> Iterator[Finding]:
    """Features whose size is far from 1."""
    sample = x.reshape(len(x), -1)
    sizes = np.sqrt(np.square(sample).mean(axis=0))
    whole = float(np.sqrt(np.square(sample).mean()))
    if sizes.max() > LARGE_INPUT:
        many = int((sizes > LARGE_INPUT).sum())
        seen = (
            f"Inputs reach from {sample.min():.4g} to {sample.max():.4g}; {many} of {len(sizes)} "
            f"features have a root mean square above {LARGE_INPUT:g}, at most {sizes.max():.4g}."
        )
        yield Finding("inputs-not-scaled", seen, float(sizes.max()))
    elif 0 < whole < SMALL_INPUT:
        seen = f"The inputs' root mean square is {whole:.2g}, below {SMALL_INPUT:g}."
        yield Finding("inputs-not-scaled", seen, whole)


def repeated_inputs(x: np.ndarray) -> Iterator[Finding]:
    """Columns that are constant or copies of others, and examples that are copies of others."""
    sample = np.ascontiguousarray(x[spread(len(x), SAMPLE)].reshape(min(len(x), SAMPLE), -1))
    if len(sample) < 2:
        return
    constant = (sample == sample[0]).all(axis=0)
    count, width = int(constant.sum()), sample.shape[1]
    if count and (width <= FEW_FEATURES or count > 0.9 * width):
        seen = f"{count} of {width} features are the same in all examples."
        yield Finding("constant-features", seen, count / width)
    varied = sample[:, ~constant]
    copies = varied.shape[1] - len({column.tobytes() for column in np.ascontiguousarray(varied.T)})
    if copies > (0 if width <= FEW_FEATURES else MANY * varied.shape[1]):
        seen = f"{copies} of {width} features are copies of another."
        yield Finding("duplicate-features", seen, copies / width)
    again = 1 - len({row.tobytes() for row in sample}) / len(sample)
    if again > MANY and count < width:
        seen = f"{100 * again:.0f} % of the examples are copies of another."
        yield Finding("duplicate-examples", seen, again)


def unfit_labels(model: Sequential, x: np.ndarray, y: np.ndarray) -> Iterator[Finding]:
    """Labels that the loss refuses, and why."""
    outputs = model.shapes(x.shape[1:])[-1]
    try:
        model.loss.targets(y, outputs)
        return
    except (ValueError, TypeError) as error:
        message = str(error)
    classes = outputs[0]
    sparse = isinstance(model.loss, losses.SparseCategoricalCrossentropy)
    one_hot = isinstance(model.loss, losses.CategoricalCrossentropy) and not sparse
    flat = y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1)
    whole = y.dtype.kind in "iu" or bool((y == np.round(y)).all())
    top = max(2, classes)  # of labels counted from 1; a single output has the classes 0 and 1
    if flat and whole and not one_hot and y.min() == 1 and y.max() == top:
        seen = f"The labels go from 1 to {top}; the {top} classes are counted from 0 to {top - 1}."
        yield Finding("labels-off-by-one", seen, float(y.max()))
    elif one_hot and y.ndim == 2 and y.shape[1] == classes + 1 and not y[:, 0].any():
        seen = f"y has {classes + 1} columns for {classes} classes, and the first is empty."
        yield Finding("labels-off-by-one", seen, float(classes + 1))
    elif (one_hot and flat) or (sparse and y.ndim == 2 and y.shape[1] == classes):
        seen = f"y has the shape {y.shape}, and the loss is {type(model.loss).__name__}."
        yield Finding("labels-one-hot-or-integer", seen, float(y.ndim))
    elif one_hot and y.shape[1:] == (classes,):
        sums = y.sum(axis=1)
        wrong = (np.abs(sums - 1) > 1e-3) | (y < 0).any(axis=1)
        row = int(np.argmax(wrong))
        seen = f"{wrong.mean():.1%} of the rows of y aren't distributions: row {row} sums to "
        yield Finding("labels-not-distributions", f"{seen}{sums[row]:.4g}.", float(wrong.mean()))
    else:
        yield Finding("labels-refused", message, math.nan)


def uneven_labels(case: Case) -> Iterator[Finding]:
    """One class for all or nearly all, or none for the first output."""
    kind = case.loss_kind
    if len(case.t) == 1:
        return
    if kind is losses.MeanSquaredError or kind is None:
        if (case.t == case.t[0]).all():
            seen = f"All targets are {np.array2string(case.t[0], threshold=5)}."
            yield Finding("constant-labels", seen, float(case.t[0, 0]))
        return
    shares = case.shares
    if case.classes == 0:
        if len(shares) > 1:
            return
        shares = np.array([1 - shares[0], shares[0]])
    largest = int(shares.argmax())
    if shares[largest] == 1:
        seen = f"All labels are class {largest}."
        yield Finding("constant-labels", seen, float(largest))
    elif shares[largest] > IMBALANCE:
        seen = f"{shares[largest]:.1%} of the labels are class {largest}."
        yield Finding("imbalanced-labels", seen, float(shares[largest]))
    if len(shares) > 2 and shares[0] == 0 and (shares[1:] > 0).all():
        seen = f"Class 0 never occurs, classes 1 to {len(shares) - 1} all do."
        yield Finding("labels-off-by-one", seen, 0.0)


def unfit_targets(case: Case) -> Iterator[Finding]:
    """Numbers to predict that are very large, or that the output can't reach."""
    if case.loss_kind is not losses.MeanSquaredError:
        return
    size = float(np.sqrt(np.square(case.t).mean(axis=0)).max())
    if size > LARGE_TARGET:
        seen = (
            f"The targets reach from {case.t.min():.4g} to {case.t.max():.4g}, with a root mean "
            f"square of {size:.4g}, above {LARGE_TARGET:g}."
        )
        yield Finding("targets-not-scaled", seen, size)
    name, last = operations(case.model)[-1]
    low, high = RANGES.get(type(last), (-math.inf, math.inf))
    outside = float(((case.t < low) | (case.t > high)).mean())
    if outside > OUT_OF_RANGE:
        seen = (
            f"The targets reach from {case.t.min():.4g} to {case.t.max():.4g}, and {name} ends in "
            f"a {type(last).__name__.lower()}, which returns {low:g} to {high:g}: {outside:.0%} of "
            "them are out of its reach."
        )
        yield Finding("targets-out-of-range", seen, outside)


def unlike_validation(case: Case) -> Iterator[Finding]:
    """Validation examples on another scale than the training examples, or of other classes."""
    if case.validation is None:
        return
    x, y = (np.asarray(array) for array in case.validation)
    other = x[spread(len(x), SAMPLE)].astype(np.float64)
    mean, deviation = float(case.x.mean()), float(case.x.std())
    shift, wider = abs(other.mean() - mean), float(other.std()) / max(deviation, 1e-300)
    enough = min(len(x), len(case.x)) >= FEW and deviation > 0
    if enough and (shift > deviation or not 1 / UNLIKE < wider < UNLIKE):
        seen = (
            f"The training inputs have the mean {mean:.3g} and the standard deviation "
            f"{deviation:.3g}, the validation inputs {other.mean():.3g} and {other.std():.3g}."
        )
        yield Finding("validation-not-alike", seen, wider)
    if case.classes:
        t = case.model.loss.targets(y, case.y.shape[1:])
        shares = shares_of(t, case.classes)
        missing = np.flatnonzero((shares > 0) & (case.shares == 0))
        if missing.size:
            listed = ", ".join(map(str, missing))
            seen = (
                f"Class {listed} never occurs among the training labels, but makes up "
                f"{shares[missing].sum():.1%} of the validation labels."
            )
            yield Finding("class-not-in-training", seen, float(shares[missing].sum()))
