"""Checks of the training: step length, overfitting, classes that are never predicted."""

import copy
from collections.abc import Iterator

import numpy as np

from tinynet.diagnose.case import BATCH, LONG, MANY, SAMPLE, TRIAL_STEPS, Case, evaluate, spread
from tinynet.diagnose.findings import Finding
from tinynet.diagnose.model import softmax_if_needed
from tinynet.explain.recorded_step import RecordedStep

HIGH, LOW = 2.0, 1e-5  # length of a step, relative to that of the weights


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
        any_gradient = any_gradient or bool(one.flat.gradients.any())
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


def update_ratios(step: RecordedStep) -> dict[str, float]:
    """Return by how much of its size a step changes each layer's weights."""
    ratios = {}
    for stage in step.stages:
        for parameter in stage.layer.parameter_names:
            old = step.arrays[f"{parameter}{stage.number}"]
            change = step.arrays[f"new_{parameter}{stage.number}"] - old
            if old.ndim > 1 and old.any():
                ratios[stage.owner] = float(np.linalg.norm(change) / np.linalg.norm(old))
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
