"""Diagnosis of a run: why the loss sticks, leaps or turns NaN, before it has cost an afternoon.

``diagnose(model, x, y)`` looks at the data, the architecture, and one step of training made on a
copy, and returns findings: what was seen, with its figure, why it matters and what to do. It can be
called before, during and after training; `WatchTraining` does so during `fit`.

Each check is a function that is given a `Case` and yields what it finds; `CHECKS` lists them. A
fault's consequences are not reported beside it: inputs that aren't scaled make the first loss large
too, but only the inputs need mending.
"""

import copy
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from tinynet import checks, data, layers, losses
from tinynet.callbacks import Logs, TerminateOnNaN
from tinynet.findings import Finding, without_consequences
from tinynet.models import Sequential
from tinynet.normalization import Normalization
from tinynet.recorded_step import RecordedStep, Stage, check_compiled, is_dense

SAMPLE = 1000  # examples looked at, taken evenly from all
BATCH = 32  # examples in the step that is tried

LARGE_INPUT, SMALL_INPUT = 10.0, 0.01  # root mean squares, of a feature and of all
LARGE_TARGET = 100.0  # root mean square of a number to predict
OUT_OF_RANGE = 0.05  # a share of targets; single ones may be noise
UNLIKE = 2.0  # times as wide a spread, or half as wide, is another scale
MANY = 0.5  # a share that is too large for chance
DEAD, SATURATED = 0.7, 0.8  # shares of a layer; many a good network has more than half
IMBALANCE = 0.95
FEW_FEATURES = 50  # up to here each column counts; among pixels some are always black
FLAT = 0.04  # a slope below this share of the steepest is flat
VANISHED, EXPLODED = 1e-4, 1e2  # gradient in a layer, relative to the one at the output
HIGH, LOW = 2.0, 1e-5  # length of a step, relative to that of the weights
TRIAL_STEPS = 5  # a step may overshoot and the next ones mend it; several in a row shall not
LONG = 1000  # steps after which every class should have been met
FEW = 20  # examples that are too few to compare their mean and spread

# What an activation at the end can return.
RANGES: dict[type[layers.Layer], tuple[float, float]] = {
    layers.ReLU: (0, math.inf),
    layers.Sigmoid: (0, 1),
    layers.Softmax: (0, 1),
    layers.Tanh: (-1, 1),
}


class Case:
    """What the checks look at: the data, a copy of the model, and a step made on it.

    Attributes
    ----------
    model : Sequential
        The copy.
    x : numpy.ndarray
        A sample of the examples, in float64.
    labels, t : numpy.ndarray
        The sample's targets as they were given, and as rows.
    shares : numpy.ndarray
        The mean of all targets: for classes, how frequent each is.
    step : RecordedStep
        A step with the sample as its batch.
    loss, baseline : float
        The sample's loss, and that of the best constant prediction.
    validation : tuple or None
        Other examples and targets.
    """

    def __init__(self, model: Sequential, x: Any, y: Any, validation: Any) -> None:
        rows = spread(len(x), SAMPLE)
        self.original, self.validation, self.labels = model, validation, y[rows]
        self.step = RecordedStep(model, x[rows], self.labels)
        self.model, self.x, self.y = self.step.model, self.step.arrays["x"], self.step.y
        self.t = losses.one_hot_like(self.y, self.step.t)
        self.loss = self.step.loss
        self.shares = shares_of(model.loss.targets(y, self.y.shape[1:]), self.y.shape[1])
        self.baseline = self.cost(np.broadcast_to(self.shares, self.t.shape))

    def cost(self, y: np.ndarray) -> float:
        """Return the loss of probabilities, or of numbers where the targets are numbers."""
        kind = self.loss_kind
        return kind().value(self.t, y) if kind else math.nan

    @property
    def loss_kind(self) -> Callable[[], losses.Loss] | None:
        """The loss's family: class probabilities, yes-or-no answers, or numbers."""
        families: tuple[type[losses.Loss], ...] = (
            losses.CategoricalCrossentropy,
            losses.BinaryCrossentropy,
            losses.MeanSquaredError,
        )
        return next((f for f in families if isinstance(self.model.loss, f)), None)

    @property
    def classes(self) -> int:
        """How many exclusive classes there are; 0 if the targets aren't classes."""
        return self.t.shape[1] if self.loss_kind is losses.CategoricalCrossentropy else 0

    @property
    def trained(self) -> bool:
        """Whether the model has made a step."""
        return self.original.optimizer.iterations > 0

    def outputs(self, *kinds: type[layers.Layer]) -> Iterator[tuple[str, np.ndarray]]:
        """Yield name and outputs of each hidden activation of these classes."""
        for stage in self.step.stages[:-1]:
            if isinstance(stage.layer, kinds):
                yield owner(self.step, stage), self.step.arrays[stage.output]


def diagnose(
    model: Sequential, x: Any, y: Any, *, validation_data: tuple[Any, Any] | None = None
) -> list[Finding]:
    r"""Look for what is wrong with a run, before, during or after training.

    Parameters
    ----------
    model : Sequential
        A compiled model; it is left exactly as it is.
    x, y : array_like
        The training data, as for `Sequential.fit`.
    validation_data : tuple (x, y), optional
        Other examples, to see whether what was learned holds for them.

    Returns
    -------
    list of Finding
        Empty if nothing was found. ``print(*findings, sep="\n\n")`` shows all.

    Raises
    ------
    ValueError, TypeError
        If the model isn't compiled, or the examples don't have the shape that it takes.

    Notes
    -----
    Of large data sets a sample of 1000 examples is looked at. What is a consequence of another
    finding is left out.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> x, y = np.eye(4), np.arange(4)
    >>> model = Sequential([Dense(8), Dense(4, "softmax")], seed=0)
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> for finding in diagnose(model, x, y):
    ...     print(finding.code, "|", finding.seen)
    no-nonlinearity | Between dense, a matrix of (4, 8), and dense_1, one of (8, 4), there is no ...
    """
    array, labels = check_arguments(model, x, y)
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        seen = f"x holds {array[tuple(place)]} at {place}."
        return [Finding("inputs-not-finite", seen, float(array[tuple(place)]))]
    found = [*unscaled_inputs(normalized(model, array)), *repeated_inputs(array)]
    found += architecture(model, array)
    wrong = list(unfit_labels(model, array, labels))
    if wrong:
        return without_consequences(found + wrong)
    broken = list(unfinite_outputs(model, array))
    if broken:
        return without_consequences(found + broken)
    with np.errstate(all="ignore"):
        case = Case(model, array, labels, validation_data)
        for check in CHECKS:
            found += check(case)
    return without_consequences(found)


class WatchTraining(TerminateOnNaN):
    """Diagnose during `fit`, and print each kind of finding once, as a paragraph.

    It looks before the first step, after epochs 1, 2, 4, 8 and so on, and at the end; and after
    every step whether the loss is still a number: it is a `TerminateOnNaN` that says more.

    Parameters
    ----------
    x, y : array_like
        The training data.
    validation_data : tuple (x, y), optional
        As for `diagnose`.

    Attributes
    ----------
    findings : list of Finding
        All that was told.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> x, y = np.eye(4), np.arange(4)
    >>> model = Sequential([Dense(8), Dense(4, "softmax")], seed=0)
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> h = model.fit(x, y, epochs=2, verbose=0, callbacks=[WatchTraining(x, y)])
    no-nonlinearity: Between dense, a matrix of (4, 8), and dense_1, one of (8, 4), there is ...
    """

    def __init__(self, x: Any, y: Any, *, validation_data: tuple[Any, Any] | None = None) -> None:
        self.x, self.y, self.validation_data = x, y, validation_data
        self.findings: list[Finding] = []
        self._first: int | None = None

    def on_train_begin(self, logs: Logs) -> None:
        """Look before the first step."""
        super().on_train_begin(logs)
        self.findings = []
        self._looked, self._first = True, None
        self._tell(diagnose(self.model, self.x, self.y))

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Remember which epoch it is."""
        super().on_epoch_begin(epoch, logs)
        self._first = epoch if self._first is None else self._first
        self._looked = False

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Look whether the loss is still a number; the layers' caches show where it was lost."""
        if math.isfinite(logs["loss"]):
            return
        self.model.stop_training = True
        place = f"in epoch {self._epoch}, batch {batch}"
        layer = first_unfinite(self.model) or "none, only the loss itself"
        seen = (
            f"The loss is {logs['loss']}, for the first time {place}. The first layer with NaN or "
            f"infinity in its output there: {layer}."
        )
        self._tell([Finding("loss-not-finite", seen, float(batch))])

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Look again after the first epoch, and whenever there have been twice as many."""
        done = epoch - (self._first or 0) + 1
        self._looked = done & (done - 1) == 0  # a power of two
        if self._looked:
            self._look()

    def on_train_end(self, logs: Logs) -> None:
        """Look at what has become of it."""
        if not self._looked:
            self._look()
        super().on_train_end(logs)

    def _look(self) -> None:
        if not self._said:
            self._tell(diagnose(self.model, self.x, self.y, validation_data=self.validation_data))

    def _tell(self, findings: list[Finding]) -> None:
        told = {finding.code for finding in self.findings}
        for finding in findings:
            if finding.code not in told:
                self._said |= finding.code == "loss-not-finite"
                self.findings.append(finding)
                print(finding, flush=True)


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


# ---------------------------------------------------------------------------------- architecture


def operations(model: Sequential) -> list[tuple[str, layers.Layer]]:
    """Return the model's layers, each Dense split from its activation, with the layer's name."""
    parts: list[tuple[str, layers.Layer]] = []
    for layer in model.layers:
        parts.append((layer.name, layer))
        if isinstance(layer, layers.Dense) and layer.activation is not None:
            parts.append((layer.name, layer.activation))
    passing = (layers.Flatten, layers.Dropout)
    return [(name, part) for name, part in parts if not isinstance(part, passing)]


def architecture(model: Sequential, x: np.ndarray) -> Iterator[Finding]:
    """Layers that don't go together with each other or with the loss."""
    model = copy.deepcopy(model)
    if not model.built:
        model.build(x.shape[1:])
    with np.errstate(all="ignore"):
        outputs = model.forward(x[spread(len(x), SAMPLE)])
    parts, loss, width = operations(model), model.loss, outputs.shape[1]
    crossentropy = isinstance(loss, losses.Crossentropy)
    from_logits = getattr(loss, "from_logits", False)
    ends = layers.OutputActivation  # softmax and sigmoid
    for (name, part), (above_name, above) in pairwise(parts):
        if isinstance(part, layers.Dense) and isinstance(above, layers.Dense):
            seen = (
                f"Between {name}, a matrix of {part.W.shape}, and {above_name}, one of "
                f"{above.W.shape}, there is no nonlinearity."
            )
            yield Finding("no-nonlinearity", seen, float(part.units))
        if isinstance(part, layers.Softmax) and isinstance(above, layers.Softmax):
            most = highest_of_two(above, width)
            seen = f"The softmax of {name} goes into that of {above_name}: {limits(most, width)}."
            yield Finding("softmax-twice", seen, most)
        if isinstance(part, layers.Softmax) and isinstance(above, layers.Dense):
            units = part._y.shape[1]
            seen = (
                f"The {units} outputs of the softmax of {name} go into {above_name}: they are "
                f"{1 / units:.3g} on average, whatever the input."
            )
            yield Finding("hidden-softmax", seen, 1 / units)
        if isinstance(part, layers.ReLU) and isinstance(above, ends):
            cut = float((part._x <= 0).mean())
            kind = type(above).__name__.lower()
            seen = f"The ReLU of {name} goes into the {kind} of {above_name}, {cut:.0%} of it as 0."
            yield Finding("relu-before-output", seen, cut)
    name, last = parts[-1]
    kind = type(last).__name__.lower()
    if crossentropy and from_logits and isinstance(last, ends):
        most = highest_of_two(last, width)
        seen = f"{name} ends in a {kind}, and the loss adds its own: {limits(most, width)}."
        yield Finding("probabilities-as-logits", seen, most)
    if crossentropy and from_logits and isinstance(last, layers.ReLU):
        cut = float((outputs == 0).mean())
        seen = (
            f"{name} ends in a ReLU, and the loss takes its output, {cut:.0%} of it 0, as logits."
        )
        yield Finding("relu-before-output", seen, cut)
    if isinstance(last, layers.Softmax) and width == 1:
        seen = f"{name} ends in a softmax over 1 output, which is 1 whatever goes in."
        yield Finding("softmax-of-one", seen, 1.0)
    exclusive = isinstance(loss, losses.CategoricalCrossentropy) and not from_logits
    if exclusive and isinstance(last, layers.Sigmoid):
        sums = outputs.sum(axis=1)
        seen = (
            f"{name} ends in a sigmoid; its {width} outputs for an example add up to between "
            f"{sums.min():.3g} and {sums.max():.3g}, where the loss expects 1."
        )
        yield Finding("outputs-not-distributions", seen, float(sums.max()))
    bare = layers.Dense | layers.ReLU | layers.Tanh
    if crossentropy and not from_logits and isinstance(last, bare):
        lowest, highest = float(outputs.min()), float(outputs.max())
        seen = (
            f"{name} ends without a softmax or sigmoid; the loss takes numbers from {lowest:.3g} "
            f"to {highest:.3g} for probabilities."
        )
        yield Finding("logits-as-probabilities", seen, lowest)


def highest_of_two(activation: layers.Layer, width: int) -> float:
    """Return the largest number that a softmax or sigmoid can make of probabilities."""
    if isinstance(activation, layers.Softmax):
        return math.e / (math.e + width - 1)
    return math.e / (math.e + 1)


def limits(most: float, width: int) -> str:
    """Say what that means."""
    return (
        f"no probability can exceed {most:.3g}, and the loss can't fall below {-math.log(most):.3g}"
    )


# ------------------------------------------------------------------------------------- the network


def equal_weights(case: Case) -> Iterator[Finding]:
    """Hidden layers whose units are all alike."""
    dense = [stage for stage in case.step.stages if is_dense(stage.layer)]
    names = []
    for stage in dense[:-1]:
        W = case.step.arrays[f"W{stage.number}"]
        if W.shape[1] > 1 and (W[:, :1] == W).all():
            names.append(f"{stage.layer.name} ({W.shape[1]} units)")
    if names:
        seen = f"All units have the same weights: {', '.join(names)}."
        yield Finding("equal-weights", seen, float(len(names)))


def first_loss(case: Case) -> Iterator[Finding]:
    """Before training: a loss far above that of giving all classes the same probability."""
    outputs = 2 if case.loss_kind is losses.BinaryCrossentropy else case.classes
    if case.trained or outputs < 2:
        return
    expected = math.log(outputs)
    if case.loss > 3 * expected + 1.5:
        seen = f"The first loss is {case.loss:.4g}; ln {outputs} = {expected:.4g} is expected."
        yield Finding("first-loss", seen, case.loss)


def dead_units(case: Case) -> Iterator[Finding]:
    """ReLU units that are 0 for all examples."""
    shares = {
        name: float((y.reshape(len(y), -1) == 0).all(axis=0).mean())
        for name, y in case.outputs(layers.ReLU)
    }
    dead = {name: share for name, share in shares.items() if share > DEAD}
    if dead:
        listed = ", ".join(f"{share:.0%} in {name}" for name, share in dead.items())
        seen = f"ReLU units that are 0 for all {len(case.x)} examples: {listed}."
        yield Finding("dead-relu", seen, max(dead.values()))


def saturated_units(case: Case) -> Iterator[Finding]:
    """Hidden sigmoids and tanhs on their flat ends."""
    shares = {
        name: float((4 * y * (1 - y) < FLAT).mean()) for name, y in case.outputs(layers.Sigmoid)
    }
    shares |= {name: float((1 - y**2 < FLAT).mean()) for name, y in case.outputs(layers.Tanh)}
    flat = {name: share for name, share in shares.items() if share > SATURATED}
    if flat:
        listed = ", ".join(f"{share:.0%} in {name}" for name, share in flat.items())
        seen = f"Outputs where the slope is below {FLAT:.0%} of the steepest: {listed}."
        yield Finding("saturated-units", seen, max(flat.values()))


def shrinking_gradients(case: Case) -> Iterator[Finding]:
    """Gradients that die out or grow without measure on the way back."""
    stages = [stage for stage in case.step.stages if stage.layer.parameter_names]
    norms = {
        owner(case.step, stage): float(np.linalg.norm(case.step.arrays["d" + stage.output]))
        for stage in stages
        if "d" + stage.output in case.step.arrays
    }
    top = list(norms.values())[-1]
    if len(norms) < 2 or not 0 < top < math.inf:
        return
    ratios = {name: norm / top for name, norm in norms.items()}
    vanished = {name: ratio for name, ratio in ratios.items() if ratio < VANISHED}
    exploded = {name: ratio for name, ratio in ratios.items() if ratio > EXPLODED}
    for code, found in (("vanishing-gradients", vanished), ("exploding-gradients", exploded)):
        if found:
            listed = ", ".join(f"{ratio:.1e} in {name}" for name, ratio in found.items())
            seen = f"Compared with the gradient at the output, that of the layers is {listed}."
            yield Finding(code, seen, next(iter(found.values())))


def step_length(case: Case) -> Iterator[Finding]:
    """Steps that throw the weights about, or change next to nothing."""
    rows = spread(len(case.x), BATCH)
    ratios = update_ratios(RecordedStep(case.original, case.x[rows], case.labels[rows]))
    if not ratios:
        return
    name = max(ratios, key=lambda key: ratios[key])
    after = loss_after_steps(case)
    worse = not after <= 3 * max(case.loss, case.baseline)  # NaN is worse, too
    if ratios[name] > HIGH or (worse and ratios[name] > HIGH / 20):
        seen = (
            f"One step changes the weights of {name} by {ratios[name]:.2g} times their size; "
            f"{TRIAL_STEPS} steps take the loss from {case.loss:.4g} to {after:.4g}."
        )
        yield Finding("learning-rate-too-high", seen, ratios[name])
        return
    # Where the gradients of a batch cancel, training is at its end; those of one example don't.
    worst = np.argsort(-np.abs(case.y - case.t).max(axis=1))[:3]
    largest, any_gradient = 0.0, False
    for row in [*worst, *spread(len(case.x), 5)]:
        one = RecordedStep(case.original, case.x[row : row + 1], case.labels[row : row + 1])
        largest = max(largest, *update_ratios(one).values())
        any_gradient = any_gradient or bool(one.model.gradients.any())
    if not any_gradient and case.loss > MANY * case.baseline:
        seen = (
            f"The loss is {case.loss:.4g}, yet every weight's gradient is 0, for each of the "
            f"{len(worst)} worst examples and some others."
        )
        yield Finding("no-gradient", seen, case.loss)
    elif largest < LOW and case.loss > MANY * case.baseline:
        seen = f"A step changes no layer's weights by more than {largest:.1e} times their size."
        yield Finding("learning-rate-too-low", seen, largest)


def overfitting(case: Case) -> Iterator[Finding]:
    """Training data predicted much better than others."""
    if case.validation is None:
        return
    x, y = case.validation
    rows = spread(len(x), SAMPLE)
    loss = evaluate(case.model, np.asarray(x)[rows], np.asarray(y)[rows])
    train = evaluate(case.model, case.x, case.labels)
    if loss > 2 * train and loss - train > 0.25 * case.baseline:
        seen = f"The loss is {train:.4g} on training data and {loss:.4g} on validation data."
        yield Finding("overfitting", seen, loss / max(train, 1e-300))


def missing_classes(case: Case) -> Iterator[Finding]:
    """Classes that occur and are never predicted, by a network that has learned others."""
    if case.classes < 2 or not case.trained:
        return
    predicted, true = case.y.argmax(axis=1), case.t.argmax(axis=1)
    counts = np.bincount(true, minlength=case.classes)
    never = [k for k in range(case.classes) if counts[k] >= 5 and not (predicted == k).any()]
    if case.original.optimizer.iterations < LONG:
        # A rare class takes its time; but its examples should not get less than its share. And a
        # network that has learned nothing yet predicts one class only.
        if len(np.unique(predicted)) < 2:
            return
        given = softmax_if_needed(case)
        never = [k for k in never if given[true == k, k].mean() < 0.5 * case.shares[k]]
    others = ~np.isin(true, never)
    if never and others.any() and (predicted == true)[others].mean() > 0.6:
        many = int(counts[never].sum())
        listed = ", ".join(map(str, never))
        seen = f"Class {listed} is never predicted for {len(true)} examples, {many} of which are."
        yield Finding("class-never-predicted", seen, float(never[0]))


def unfinite_outputs(model: Sequential, x: np.ndarray) -> Iterator[Finding]:
    """The first layer and batch in which NaN or infinity comes up, in the model's own dtype."""
    if not model.built:
        return
    model = copy.deepcopy(model)
    with np.errstate(all="ignore"):
        sample = x[spread(len(x), SAMPLE)].astype(model.dtype)
        if np.isfinite(model.forward(sample)).all():
            return
        for start in range(0, len(x), SAMPLE):
            y = x[start : start + SAMPLE].astype(model.dtype)
            for layer in model.layers:
                y = layer.forward(y)
                if np.isfinite(y).all():
                    continue
                broken = [k for k, v in layer.parameters.items() if not np.isfinite(v).all()]
                cause = f", whose {broken[0]} isn't finite" if broken else ""
                row = start + int(np.argmax(~np.isfinite(y.reshape(len(y), -1)).all(axis=1)))
                seen = (
                    f"The first layer with NaN or infinity in its output is {layer.name}{cause}, "
                    f"at example {row}: batch {row // BATCH} of {BATCH} examples each."
                )
                yield Finding("loss-not-finite", seen, float(row // BATCH))
                return


def softmax_if_needed(case: Case) -> np.ndarray:
    """Return the sample's class probabilities."""
    return layers.softmax(case.y) if case.model.loss.from_logits else case.y


def first_unfinite(model: Sequential) -> str | None:
    """Return the first layer whose last output, as it is in the caches, isn't finite."""
    for layer, above in zip(model.layers, [*model.layers[1:], None], strict=True):
        parts = [(layer, "_z"), (layer, "_y"), (getattr(layer, "activation", None), "_y")]
        for part, name in [*parts, (above, "_x")]:
            cached = getattr(part, "__dict__", {}).get(name)
            if isinstance(cached, np.ndarray) and not np.isfinite(cached).all():
                return layer.name
    return None


def update_ratios(step: RecordedStep) -> dict[str, float]:
    """Return by how much of its size a step changes each layer's weights."""
    ratios = {}
    for layer in step.model.layers:
        for parameter in layer.parameter_names:
            stage = next(s for s in step.stages if s.layer is layer)
            old = step.arrays[f"{parameter}{stage.number}"]
            change = step.arrays[f"new_{parameter}{stage.number}"] - old
            if old.ndim > 1 and old.any():
                ratios[layer.name] = float(np.linalg.norm(change) / np.linalg.norm(old))
    return ratios


def loss_after_steps(case: Case) -> float:
    """Return the sample's loss after some steps made on a copy, each with other examples."""
    model, count = copy.deepcopy(case.original), len(case.x)
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        for _ in range(TRIAL_STEPS):
            rows = rng.permutation(count)[:BATCH]
            model.train_on_batch(case.x[rows], case.labels[rows])
        return evaluate(model, case.x, case.labels)


def evaluate(model: Sequential, x: np.ndarray, y: np.ndarray) -> float:
    """Return the loss."""
    return float(model.evaluate(x, y, batch_size=SAMPLE, verbose=0, return_dict=True)["loss"])


def owner(step: RecordedStep, stage: Stage) -> str:
    """Return the name of the model's layer that a stage belongs to."""
    for layer in step.model.layers:
        if stage.layer in (layer, getattr(layer, "activation", None)):
            return layer.name
    return stage.layer.name


def shares_of(t: np.ndarray, classes: int) -> np.ndarray:
    """Return the mean of prepared targets: class indices or rows."""
    if t.ndim == 1:
        return np.bincount(t, minlength=classes) / len(t)
    mean: np.ndarray = t.mean(axis=0, dtype=np.float64)
    return mean


def spread(count: int, most: int) -> np.ndarray:
    """Return up to `most` indices, evenly over all."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def check_arguments(model: Sequential, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return examples and labels as arrays of equal length, of the shape that the model takes."""
    check_compiled(model)
    array, labels = data.check_example_shape(model, x), checks.as_numbers(y, "y")
    if len(array) != len(np.atleast_1d(labels)) or len(array) == 0:
        raise ValueError(
            f"x and y must have as many examples as each other, at least one, "
            f"received {array.shape} and {labels.shape}."
        )
    return array, labels


CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    uneven_labels,
    unfit_targets,
    unlike_validation,
    equal_weights,
    first_loss,
    dead_units,
    saturated_units,
    shrinking_gradients,
    step_length,
    overfitting,
    missing_classes,
)
