"""Checks of the data: scale, labels, targets, and the validation set."""

import math
from collections.abc import Iterator
from typing import Any

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
    SORTED,
    UNLIKE,
    Case,
    disorder,
    evaluate,
    operations,
    order_of,
    shares_of,
    spread,
)
from tinynet.diagnose.findings import Finding
from tinynet.explain.recorded_step import is_dense
from tinynet.losses.crossentropy import Crossentropy
from tinynet.metrics import lookup
from tinynet.metrics.accuracy import Accuracy, BinaryAccuracy, CategoricalAccuracy
from tinynet.models import Sequential

FAR, FAR_TOGETHER = 10.0, 4.5  # mean / standard deviation, of a feature and of all pixels
FLATTERING = 0.15  # by how much an accuracy may differ from the epoch's mean
MANY_BITS = 64  # of information in an example that is unlikely to repeat
SPARSE = 0.05  # share of nonzero numbers
AMONG = 0.1  # share of validation examples that may be copies of training examples by chance

# ------------------------------------------------------------------------------------------ data


def first_taken(model: Sequential, x: np.ndarray) -> np.ndarray | None:
    """Return a sample of the input of a built model's first layer with weights.

    A `Normalization` or a custom layer may come before it. None if that layer uses its input as an
    index, like an embedding: ids have no scale.
    """
    model = model.copy("float64")
    y: np.ndarray = x[spread(len(x), SAMPLE)].astype(np.float64)
    with np.errstate(all="ignore"):
        for layer in model.layers:
            if isinstance(layer, layers.Dropout):
                continue
            if any(value.ndim > 1 for value in layer.parameters.values()):
                return None if looks_up(layer, y) else y
            above = layer.forward(y, training=True)
            if not np.isfinite(above).all():
                break
            y = above
    return y


def looks_up(layer: layers.Layer, x: np.ndarray) -> bool:
    """Whether a layer uses x as an index of its weights."""
    if is_dense(layer) or (x != np.round(x)).any():
        return False
    exact = np.array(layer.forward(x))
    try:
        return bool(np.array_equal(exact, layer.forward(x + 0.25)))
    except (IndexError, TypeError, ValueError):  # it insists on whole numbers
        return True


def unscaled_inputs(x: np.ndarray) -> Iterator[Finding]:
    """Features whose size is far from 1, or whose spread is small beside their mean."""
    sample = x.reshape(len(x), -1)
    sizes = np.sqrt(np.square(sample).mean(axis=0))
    filled = np.square(sample[sample != 0])  # most of one-hot words is 0
    whole = float(np.sqrt(filled.mean())) if filled.size else 0.0
    means, deviations = np.abs(sample.mean(axis=0)), sample.std(axis=0)
    varied, far = deviations > 1e-9 * means, FAR
    if sample.shape[1] > FEW_FEATURES:  # of pixels, some hardly vary; all of them together do
        means, deviations = np.sqrt(np.square([means, deviations]).mean(axis=1, keepdims=True))
        varied, far = deviations > 0, FAR_TOGETHER
    ratios = means[varied] / deviations[varied]
    if sizes.max() > LARGE_INPUT:
        many = int((sizes > LARGE_INPUT).sum())
        seen = (
            f"Inputs reach from {sample.min():.4g} to {sample.max():.4g}; the root mean square of "
            f"{many} of {len(sizes)} features is above {LARGE_INPUT:g}, at most {sizes.max():.4g}."
        )
        yield Finding("inputs-not-scaled", seen, float(sizes.max()))
    elif 0 < whole < SMALL_INPUT:
        seen = f"The inputs' root mean square is {whole:.2g}, below {SMALL_INPUT:g}."
        yield Finding("inputs-not-scaled", seen, whole)
    elif len(sample) >= FEW and ratios.size and ratios.max() > far:
        worst = int(np.argmax(ratios))
        mean, deviation = means[varied][worst], deviations[varied][worst]
        some = f"{(ratios > far).sum()} of {len(sizes)} features"
        what = "the inputs" if len(means) == 1 else some
        seen = (
            f"The spread of {what} is tiny compared with the mean: a standard deviation of "
            f"{deviation:.3g} and a mean of {mean:.3g}, {ratios[worst]:.3g} times as large."
        )
        yield Finding("inputs-far-from-zero", seen, float(ratios[worst]))


def repeated_inputs(x: np.ndarray, y: np.ndarray) -> Iterator[Finding]:
    """Columns that are constant or copies of others, and examples that are copies of others."""
    rows = spread(len(x), SAMPLE)
    sample = np.ascontiguousarray(x[rows].reshape(len(rows), -1))
    if len(sample) < 2:
        return
    width = sample.shape[1]
    constant = (sample == sample[0]).all(axis=0)
    varied = sample[:, ~constant]
    if constant.any() and width <= FEW_FEATURES:  # a rare category may be missing in the sample
        constant = (x.reshape(len(x), -1) == sample[0]).all(axis=0)
    count = int(constant.sum())
    # Most words of a vocabulary may occur in no text; pixels that never vary are few.
    words = np.count_nonzero(sample) < SPARSE * sample.size and bool((sample % 1 == 0).all())
    if count and (width <= FEW_FEATURES or (count > 0.9 * width and not words)):
        seen = f"Features that are the same in all examples: {count} of {width}."
        yield Finding("constant-features", seen, count / width)
    copies = varied.shape[1] - len({column.tobytes() for column in np.ascontiguousarray(varied.T)})
    if len(sample) >= FEW and copies > (0 if width <= FEW_FEATURES else MANY * varied.shape[1]):
        seen = f"Features that are copies of another: {copies} of {width}."
        yield Finding("duplicate-features", seen, copies / width)
    targets = np.ascontiguousarray(y[rows].reshape(len(rows), -1))
    pairs = zip(sample, targets, strict=True)
    again = 1 - len({(row.tobytes(), target.tobytes()) for row, target in pairs}) / len(sample)
    if again > MANY and count < width and unlikely_to_repeat(varied):
        seen = f"{100 * again:.0f} % of the examples are copies of another."
        yield Finding("duplicate-examples", seen, again)


def unlikely_to_repeat(sample: np.ndarray) -> bool:
    """Whether examples have so many possible values that equal ones are no coincidence.

    Features with few values, such as yes-or-no answers, often repeat. The criterion is the entropy
    of an example, in bits, if its columns were independent.
    """
    columns = np.sort(sample, axis=0).T
    new = np.ones(columns.shape, bool)  # where another value begins
    new[:, 1:] = columns[:, 1:] != columns[:, :-1]
    share = np.diff(np.flatnonzero(new), append=new.size) / len(sample)
    bits, most = -float((share * np.log2(share)).sum()), int(new.sum(axis=1).max(initial=0))
    return bits > (MANY_BITS if most <= FEW else math.log2(FEW * len(sample)))


def target_among_inputs(case: Case) -> Iterator[Finding]:
    """Columns of x that are the target, or one column for each class, on whatever scale."""
    x, targets = case.x.reshape(len(case.x), -1), case.t
    if case.classes:
        targets = np.column_stack([targets.argmax(axis=1), targets])
    elif targets.shape[1] != 1:
        return
    if len(x) < FEW or x.shape[1] < 2:
        return
    correlations = standardized(x).T @ standardized(targets) / len(x)
    same = np.abs(correlations) > 1 - 1e-9
    if same[:, 1:].any(axis=0).sum() < case.classes - 1:  # a feature may show a single class
        same = same[:, :1]
    columns = np.flatnonzero(same.any(axis=1))
    if 0 < len(columns) < x.shape[1]:  # if it is all of x, that is the task
        does = "equal" if np.isclose(x[:, columns], targets[:, :1]).all() else "determine"
        which = f"Column {columns[0]} of x {does}s"
        if len(columns) > 1:
            which = f"Columns {', '.join(map(str, columns[:5]))} of x {does}"
        seen = f"{which} y in all {len(x)} examples that were looked at."
        yield Finding("target-among-inputs", seen, float(columns[0]))


def standardized(x: np.ndarray) -> np.ndarray:
    """Return columns with mean 0 and standard deviation 1, constant ones as 0."""
    deviations = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(deviations > 0, deviations, 1)


def unfit_labels(model: Sequential, x: np.ndarray, y: np.ndarray) -> Iterator[Finding]:
    """Labels that the loss refuses."""
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
    """Labels of (nearly) one class, or without the first class."""
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
    """Targets that are very large, or outside the range of the output."""
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


def lying_accuracy(case: Case) -> Iterator[Finding]:
    """An accuracy that doesn't measure correct predictions."""
    t, width = case.t, case.t.shape[1]
    yes_or_no = bool(np.isin(t, (0, 1)).all())
    sums_to_one = bool((t >= 0).all() and (np.abs(t.sum(axis=1) - 1) < 1e-3).all())
    for given in case.original.metrics:
        metric: Any = lookup.get(given)
        name = getattr(metric, "name", "accuracy")
        if isinstance(metric, Accuracy):
            rule = Accuracy()
            rule.targets(case.labels, case.y.shape[1:])
            metric = rule.rule
        if isinstance(metric, BinaryAccuracy) and yes_or_no and width > 2 and sums_to_one:
            figure = 1 - 1 / width
            seen = (
                f"{name} looks at each of {width} outputs by itself, where one class in {width} is "
                f"correct: no to all of them makes {figure:.0%}."
            )
            yield Finding("binary-accuracy-of-classes", seen, figure)
        elif isinstance(metric, BinaryAccuracy) and not yes_or_no:
            missed = float((~np.isin(t, (0, 1))).mean())
            seen = (
                f"{name} compares outputs, rounded to 0 or 1, with targets from {t.min():.4g} to "
                f"{t.max():.4g}, of which {missed:.0%} are neither."
            )
            yield Finding("accuracy-of-numbers", seen, missed)
        elif isinstance(metric, CategoricalAccuracy) and yes_or_no and not sums_to_one:
            several = float((t.sum(axis=1) != 1).mean())
            seen = f"{name} looks at one label, and {several:.0%} of the examples have several or "
            yield Finding("accuracy-of-several-labels", f"{seen}none.", several)
        elif isinstance(metric, CategoricalAccuracy) and not sums_to_one:
            seen = (
                f"{name} compares which of {width} numbers is the largest; they reach from "
                f"{t.min():.4g} to {t.max():.4g} and aren't classes."
            )
            yield Finding("accuracy-of-numbers", seen, float(width))


def shared_classes(case: Case) -> Iterator[Finding]:
    """Independent outputs for exclusive classes."""
    steps = operations(case.model)
    name, last = steps[-1]
    sums = case.t.sum(axis=1)
    exclusive = (
        isinstance(case.model.loss, losses.BinaryCrossentropy)
        and isinstance(last, layers.Sigmoid)
        and case.t.shape[1] > 2
        and len(case.t) >= FEW
        and bool(np.isin(case.t, (0, 1)).all() and (sums == 1).all())
    )
    autoencoder = case.x.size == case.t.size and np.array_equal(
        case.x.reshape(len(sums), -1), case.t
    )
    if exclusive and not autoencoder:
        most = case.y.sum(axis=1)
        seen = (
            f"Each of {len(sums)} rows of y has exactly one 1, and {name} ends in a sigmoid, whose "
            f"{case.t.shape[1]} outputs add up to between {most.min():.3g} and {most.max():.3g}."
        )
        yield Finding("outputs-not-distributions", seen, float(most.max()))


def flattering_order(case: Case) -> Iterator[Finding]:
    """Figures of the last epoch that are far better than the model is, on data in order."""
    history = case.original.history.history
    if not case.trained or case.disorder > 2 * SORTED or not history.get("loss"):
        return
    now = evaluate(case.steady, case.x, case.labels)
    running = {name: values[-1] for name, values in history.items() if name in now}
    accuracies = [name for name in running if "acc" in name]
    for name in accuracies:
        if running[name] - now[name] > FLATTERING:
            seen = (
                f"{name} was {running[name]:.3g} in the last epoch, and is {now[name]:.3g} on the "
                f"same examples now; {order_of(case.disorder)}."
            )
            yield Finding("sorted-not-shuffled", seen, running[name] - now[name])
            return
    loss, before = now["loss"], running["loss"]
    if not loss < 2 * before + 0.5 * case.baseline:
        order = order_of(case.disorder)
        seen = f"The loss was {before:.3g} in the last epoch, and is {loss:.3g} now; {order}."
        yield Finding("sorted-not-shuffled", seen, loss)


def unshuffled(model: Sequential, t: np.ndarray) -> Iterator[Finding]:
    """Sorted classes that `fit` goes through in their order."""
    ratio = disorder(t)
    if isinstance(model.loss, Crossentropy) and ratio < SORTED:
        seen = f"fit has shuffle=False, and {order_of(ratio)}."
        yield Finding("sorted-not-shuffled", seen, ratio)


def unlike_validation(case: Case) -> Iterator[Finding]:
    """Validation examples on another scale than the training examples, or of other classes."""
    if case.validation is None:
        return
    x, y = (np.asarray(array) for array in case.validation[:2])
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
    t = case.model.loss.targets(y, case.y.shape[1:])
    if case.classes:
        shares = shares_of(t, case.classes)
        missing = np.flatnonzero((shares > 0) & (case.shares == 0))
        if missing.size:
            seen = (
                f"{shares[missing].sum():.1%} of the validation labels are of a class that never "
                f"occurs among the training labels: {', '.join(map(str, missing))}."
            )
            yield Finding("class-not-in-training", seen, float(shares[missing].sum()))
    if len(t) >= FEW and len(case.t) >= FEW:
        yield from other_targets(case, t)


def validation_in_training(case: Case) -> Iterator[Finding]:
    """Validation examples that are training examples, too."""
    if case.validation is None:
        return
    x = np.asarray(case.validation[0])
    x = x[spread(len(x), SAMPLE)].astype(case.everything.dtype).reshape(-1, case.x[0].size)
    if len(x) < FEW or not unlikely_to_repeat(x):
        return
    known = {hash(row.tobytes()) for row in case.everything.reshape(len(case.everything), -1)}
    share = sum(hash(row.tobytes()) in known for row in x) / len(x)
    if share > AMONG:
        seen = f"{share:.0%} of the validation examples are among the training examples."
        yield Finding("validation-among-training", seen, share)


def other_targets(case: Case, t: np.ndarray) -> Iterator[Finding]:
    """Validation targets of other kinds than those of the training, as sorted data make them."""
    width = case.t.shape[1]
    if case.classes or (isinstance(case.model.loss, losses.BinaryCrossentropy) and width == 1):
        theirs, ours = shares_of(t, max(width, 1)), case.shares
        if width == 1:
            theirs, ours = (np.array([1 - share[0], share[0]]) for share in (theirs, ours))
        # How far apart samples of one and the same distribution may be.
        chance = float(np.sqrt(ours * (1 - ours) * (1 / len(t) + 1 / len(case.t))).sum())
        apart = float(np.abs(theirs - ours).sum()) / 2
        most = int(theirs.argmax())
        if apart > MANY + chance / 2 or (theirs[most] == 1 and ours[most] < IMBALANCE - 0.15):
            seen = (
                f"Class {most} makes up {theirs[most]:.0%} of the validation labels and "
                f"{ours[most]:.0%} of the training labels; all in all they differ in {apart:.0%}."
            )
            yield Finding("validation-sorted", seen, apart)
    elif not isinstance(case.model.loss, Crossentropy):
        outside = float(((t < case.t.min(axis=0)) | (t > case.t.max(axis=0))).mean())
        if outside > MANY:
            seen = (
                f"{outside:.0%} of the validation targets lie beyond all training targets: they "
                f"reach from {t.min():.4g} to {t.max():.4g}, those from {case.t.min():.4g} to "
                f"{case.t.max():.4g}."
            )
            yield Finding("validation-sorted", seen, outside)
