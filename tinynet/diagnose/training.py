"""Checks of the training: step length, overfitting, classes that are never predicted."""

import copy
import math
from collections.abc import Iterator

import numpy as np

from tinynet import layers, losses
from tinynet.diagnose.case import (
    BATCH,
    FEW,
    LONG,
    MANY,
    SAMPLE,
    TRIAL_STEPS,
    Case,
    evaluate,
    spread,
)
from tinynet.diagnose.findings import Finding
from tinynet.diagnose.model import softmax_if_needed
from tinynet.explain.recorded_step import RecordedStep
from tinynet.losses.base import one_hot_like
from tinynet.models import Sequential
from tinynet.optimizers.base import Optimizer

HIGH, LOW = 2.0, 1e-5  # length of a step, relative to that of the weights
STRONG = 10.0  # gradient of the penalties, relative to that of the loss
LEARNED = 0.3  # a correlation of outputs with targets
BRIEF = 100  # steps of training in which chance and the initial weights may still decide


def step_length(case: Case) -> Iterator[Finding]:
    """Steps that are too large or too small."""
    rows = spread(len(case.x), BATCH)
    ratios = update_ratios(RecordedStep(case.steady, case.x[rows], case.labels[rows]))
    if not ratios:
        return
    name = max(ratios, key=lambda key: ratios[key])
    if ratios[name] > HIGH / 20:
        after = loss_after_steps(case)
        before = max(case.step.loss, case.baseline)
        worse = not after <= before + 2 * abs(before)  # NaN is worse, too; some losses are negative
        falls = after < case.step.loss  # then a step was large only because the weights are small
        if worse or (ratios[name] > HIGH and not falls):
            seen = (
                f"One step changes the weights of {name} by {ratios[name]:.2g} times their size; "
                f"{TRIAL_STEPS} steps take the loss from {case.step.loss:.4g} to {after:.4g}."
            )
            yield Finding("learning-rate-too-high", seen, ratios[name])
            return
    if not case.loss > MANY * case.baseline:
        return
    if not case.step.flat.gradients.any():
        seen = (
            f"The loss is {case.loss:.4g}, yet every weight's gradient is 0 for each of the "
            f"{len(case.x)} examples."
        )
        yield Finding("no-gradient", seen, case.loss)
        return
    # At the end of training, the gradients of a batch cancel; those of single examples don't.
    largest = max(0.0, *update_ratios(first_step(case)).values())
    if largest >= LOW or not np.isfinite(case.step.flat.gradients).all():
        return
    start = at_the_start(case)
    worst = np.argsort(-np.abs(case.y - case.t).max(axis=1))[:3]
    for row in [*worst, *spread(len(case.x), 5)]:
        chosen = slice(row, row + 1)
        step = RecordedStep(start, case.x[chosen], case.labels[chosen])
        largest = max(largest, *update_ratios(step).values())
        if largest >= LOW or not np.isfinite(step.flat.gradients).all():
            return
    seen = f"A step changes no layer's weights by more than {largest:.1e} times their size."
    yield Finding("learning-rate-too-low", seen, largest)


def batches_of_one(model: Sequential, shape: tuple[int, ...]) -> Iterator[Finding]:
    """A BatchNormalization that `fit` gives single examples of this shape."""
    for layer, inner in zip(model.layers, model.shapes(shape)[:-1], strict=True):
        if isinstance(layer, layers.BatchNormalization) and layer.trainable and len(inner) == 1:
            seen = (
                f"{layer.name} gets batches of 1 example, so its {inner[0]} outputs equal its "
                f"beta, whatever goes in."
            )
            yield Finding("batches-of-one", seen, 1.0)


def restart(optimizer: Optimizer, case: Case) -> None:
    """Reset an optimizer to its first step.

    A learning rate that a schedule or a callback has reduced isn't too low.
    """
    optimizer.iterations, optimizer.state = 0, {}
    rates = case.original.history.whole_run.history.get("learning_rate", [])
    if not callable(optimizer.learning_rate):
        optimizer.learning_rate = max([optimizer.learning_rate, *rates])


def at_the_start(case: Case) -> Sequential:
    """Return a copy with the optimizer reset to its first step."""
    model = case.steady.copy()
    restart(model.optimizer, case)
    return model


def first_step(case: Case) -> RecordedStep:
    """Return the sample's step as the optimizer's first one, from the same gradients."""
    optimizer, used = copy.deepcopy(case.steady.optimizer), case.step.flat.optimizer
    restart(optimizer, case)
    optimizer.segments, optimizer.constraints = used.segments, used.constraints
    return case.step.with_optimizer(optimizer)


def overfitting(case: Case) -> Iterator[Finding]:
    """A much better fit of training data than of validation data."""
    if case.validation is None:
        return
    x, y = (np.asarray(array) for array in case.validation[:2])
    rows = spread(len(x), SAMPLE)
    loss = evaluate(case.model, x[rows], y[rows])["loss"]
    train = evaluate(case.model, case.x, case.labels)["loss"]
    if len(rows) >= FEW and case.trained and loss > 0.9 * case.baseline:
        t = case.model.loss.targets(y[rows], case.y.shape[1:])
        learned = agreement(case.t, case.model.predict(case.x))
        held = agreement(one_hot_like(case.y, t), case.model.predict(x[rows]))
        chance = 1 / math.sqrt(len(rows))  # the deviation of a correlation by chance
        fitted = learned > LEARNED and train < case.baseline
        if fitted and held < 2 * chance and learned - held > 3 * chance:
            level = "chance" if held > -2 * chance else "worse than chance"
            seen = (
                f"The outputs correlate with the targets by {learned:.2f} on training data and by "
                f"{held:.2f} on validation data, which is {level}; the loss is {train:.4g} there "
                f"({case.baseline:.4g} for always the same answer), and {loss:.4g} here."
            )
            yield Finding("labels-apart", seen, held)
    if loss > 2 * train and loss - train > 0.25 * case.baseline:
        seen = f"The loss is {train:.4g} on training data and {loss:.4g} on validation data."
        yield Finding("overfitting", seen, loss / max(train, 1e-300))


def agreement(t: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of outputs with targets, over all columns; 0 if one is constant."""
    t, y = t - t.mean(axis=0), y - y.mean(axis=0)
    size = math.sqrt(float(np.square(t).sum()) * float(np.square(y).sum()))
    return float((t * y).sum()) / size if size > 0 else 0.0


def collapse(case: Case) -> Iterator[Finding]:
    """A trained network whose outputs don't depend on the input."""
    constant = (case.t == case.t[0]).all() or (case.x == case.x[0]).all()
    if not case.trained or len(case.x) < FEW or constant:
        return
    apart, size = float(case.y.std(axis=0).max()), float(np.abs(case.y).max())
    dead = apart <= 1e-6 * size
    logits = getattr(case.model.loss, "from_logits", False)
    outputs = case.y.shape[1]
    binary = case.loss_kind is losses.BinaryCrossentropy and outputs == 1
    if case.classes > 1 or binary:
        classes = max(outputs, 2)
        said = (case.y[:, 0] > (0 if logits else 0.5)) if binary else case.y.argmax(axis=1)
        steps, enough = case.original.optimizer.iterations, BRIEF if case.step.penalties else LONG
        stuck = (steps >= BRIEF and case.loss > 1.5 * math.log(classes)) or (
            steps >= enough and apart < 1e-3
        )
        if (said == said[0]).all() and (dead or stuck):
            seen = (
                f"All {len(said)} examples are predicted as class {int(said[0])}, with outputs "
                f"that have a standard deviation of at most {apart:.1g}; the loss is "
                f"{case.loss:.4g}, and {case.baseline:.4g} for guessing by the classes' shares."
            )
            yield Finding("predicts-one-class", seen, float(said[0]))
    elif dead:
        seen = (
            f"All {len(case.y)} examples get the same output, {case.y[0, 0]:.4g}; the targets "
            f"reach from {case.t.min():.4g} to {case.t.max():.4g}."
        )
        yield Finding("predicts-one-class", seen, float(case.y[0, 0]))


def missing_classes(case: Case) -> Iterator[Finding]:
    """Classes that a trained network never predicts."""
    steps = case.original.optimizer.iterations
    if case.classes < 2 or not case.trained or steps < BRIEF:
        return
    predicted, true = case.y.argmax(axis=1), case.t.argmax(axis=1)
    counts = np.bincount(true, minlength=case.classes)
    never = [k for k in range(case.classes) if counts[k] >= 5 and not (predicted == k).any()]
    if steps < LONG:
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


def strong_penalties(case: Case) -> Iterator[Finding]:
    """Regularizers that pull at the weights much harder than the loss does."""
    pulls, gradients = [], []
    for name, rule in case.step.penalties.items():
        pulls.append(np.ravel(rule.gradient(case.step.arrays[name])))
        gradients.append(np.ravel(case.step.arrays[f"d{name}"]) - pulls[-1])
    if not pulls or not case.loss > MANY * case.baseline:
        return
    pull, gradient = (float(np.linalg.norm(np.concatenate(p))) for p in (pulls, gradients))
    if pull > STRONG * gradient:
        seen = (
            f"The gradient of the penalties has a norm of {pull:.3g}, that of the loss "
            f"{gradient:.3g}; the penalties add {case.penalty():.3g} to a loss of {case.loss:.3g}."
        )
        yield Finding("penalty-too-strong", seen, pull / max(gradient, 1e-300))


def squared_error_of_classes(case: Case) -> Iterator[Finding]:
    """A softmax with the squared error that has learned little."""
    one_hot = bool(np.isin(case.t, (0, 1)).all() and (case.t.sum(axis=1) == 1).all())
    squared = isinstance(case.model.loss, losses.MeanSquaredError)
    softmax = isinstance(case.stages[-1].layer, layers.Softmax)
    steps, classes = case.original.optimizer.iterations, case.t.shape[1]
    slow = steps >= 3 * BRIEF and case.loss > MANY * case.baseline
    if one_hot and squared and softmax and slow and classes > 1:
        seen = (
            f"After {steps} steps, the squared error of a softmax over {classes} classes is "
            f"{case.loss:.3g}, and {case.baseline:.3g} for guessing by the classes' shares."
        )
        yield Finding("squared-error-of-classes", seen, case.loss)


def update_ratios(step: RecordedStep) -> dict[str, float]:
    """Return the change of each layer's weights in a step, relative to their size."""
    ratios = {}
    for stage in step.stages:
        for parameter in stage.layer.parameter_names if stage.layer.learns else ():
            old = step.arrays[f"{parameter}{stage.number}"]
            change = step.arrays[f"new_{parameter}{stage.number}"] - old
            if old.ndim > 1 and old.any():
                ratios[stage.owner] = float(np.linalg.norm(change) / np.linalg.norm(old))
    return ratios


def loss_after_steps(case: Case) -> float:
    """Return the sample's loss after a few steps on a copy."""
    model, count = case.steady.copy(), len(case.x)
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        for _ in range(TRIAL_STEPS):
            rows = rng.permutation(count)[:BATCH]
            model.train_on_batch(case.x[rows], case.labels[rows])
        return evaluate(model, case.x, case.labels)["loss"]
