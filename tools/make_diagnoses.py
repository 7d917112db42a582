"""Writes docs/diagnoses.md: what `tinynet.diagnose` finds in runs with a known fault.

python -m tools.make_diagnoses
"""

import argparse
import contextlib
import io
from datetime import date
from pathlib import Path

from tests.support.seeded_failures import FAILURES, HEALTHY, Run
from tinynet.diagnose import WatchTraining, diagnose
from tinynet.diagnose.findings import ADVICE, Finding

PAGE = Path(__file__).parent.parent / "docs" / "diagnoses.md"

# What one sees, what it often is, and the findings that say so.
SYMPTOMS: list[tuple[str, str, list[str]]] = [
    (
        "The loss stays at 2.30 (for ten classes; 0.69 for two), the accuracy at that of guessing",
        "The network has no signal to learn from, or no way for it to come back",
        [
            "inputs-not-scaled",
            "vanishing-gradients",
            "dead-relu",
            "equal-weights",
            "learning-rate-too-low",
            "penalty-too-strong",
            "batches-of-one",
        ],
    ),
    (
        "The first loss is 50, or 900",
        "Raw pixels, or initial weights that are too large",
        ["inputs-not-scaled", "first-loss"],
    ),
    (
        "The loss jumps up and down, or grows",
        "The steps are too large",
        ["learning-rate-too-high", "exploding-gradients"],
    ),
    (
        "The loss is `nan`",
        "NaN or infinity in the data, in a layer's computation, or from steps that are too large",
        ["inputs-not-finite", "loss-not-finite"],
    ),
    (
        "The loss falls and stops far too early",
        "The last layer and the loss do not match",
        [
            "softmax-twice",
            "probabilities-as-logits",
            "relu-before-output",
            "relu-as-output",
            "dropout-on-outputs",
            "dropout-too-high",
            "squared-error-of-classes",
            "no-nonlinearity",
        ],
    ),
    (
        "The loss is negative, or falls below zero",
        "Logits are used as probabilities, or targets aren't distributions",
        ["logits-as-probabilities", "labels-not-distributions"],
    ),
    (
        "90 or 98 % accuracy after the first epoch",
        "Nearly all examples are of one class, or each class is counted as a yes-or-no answer",
        [
            "imbalanced-labels",
            "class-never-predicted",
            "binary-crossentropy-for-classes",
            "binary-accuracy-of-classes",
        ],
    ),
    (
        "100 % accuracy after the first epoch, in validation, too",
        "The target is one of the inputs, or the validation examples were trained on",
        ["target-among-inputs", "validation-among-training"],
    ),
    (
        "The accuracy is 0, or meaningless, while the loss falls",
        "The targets are numbers, or several labels, which accuracy can't compare",
        ["accuracy-of-numbers", "accuracy-of-several-labels"],
    ),
    (
        "`fit` shows a good accuracy, and `evaluate` on the same data a bad one",
        "The data are sorted and aren't shuffled",
        ["sorted-not-shuffled"],
    ),
    (
        "The training accuracy rises, the validation accuracy stays at chance",
        "The labels don't belong to the examples, or the validation data are of other classes",
        ["labels-apart", "validation-sorted", "class-not-in-training"],
    ),
    (
        "The same prediction for every example",
        "The network has collapsed, or its inputs hardly differ",
        ["predicts-one-class", "inputs-far-from-zero", "no-gradient"],
    ),
    (
        "The accuracy is high in training and low on new data",
        "The network overfits, or the new data are scaled differently",
        ["overfitting", "validation-not-alike", "duplicate-examples"],
    ),
    (
        "One class is never predicted correctly",
        "It is missing from the training data, or the labels are counted from 1",
        ["class-not-in-training", "labels-off-by-one"],
    ),
    (
        "A regression whose loss is in the millions",
        "Unscaled targets, such as prices",
        ["targets-not-scaled"],
    ),
]

INTRODUCTION = """\
# What is wrong with my run?

Look for the symptom. [All findings](#all-findings), at the end of this page, says why each of them
matters and what to do.

| Symptom | Frequent cause | Findings to look for |
| --- | --- | --- |
{symptoms}

`diagnose` finds the cause. Call it before, during or after training:

```pycon
>>> import tinynet as tn
>>> x, y = tn.datasets.moons(400, noise=0.1, seed=0)
>>> model = tn.Sequential([tn.Dense(16, "relu"), tn.Dense(2, "softmax")], seed=0)
>>> model.compile("sgd", "sparse_categorical_crossentropy")
>>> tn.diagnose(model, 1000 * x, y)
inputs-not-scaled: Inputs reach from -1099 to 2176; the root mean square of 2 of 2 features is above
10, at most 1005.
  Why: A weight's gradient is proportional to its input, so large inputs make steps that are too
  large for one weight and too small for another, and push units into saturation.
  Do: Subtract the training set's mean and divide by its standard deviation, feature by feature or
  for all pixels together, and do the same to validation and test data.
>>> tn.diagnose(model, x, y)
[]

```

Or use the callback `WatchTraining` during training:

```pycon
>>> watch = tn.diagnose.WatchTraining()  # uses the data of fit, including validation data
>>> history = model.fit(x, y, validation_split=0.2, epochs=3, verbose=0, callbacks=[watch])

```

The result is a list of findings, which is empty if nothing was found. A notebook shows it as a
table. Each finding says what was observed, why it matters and what to do. Its `code` is the name in
the tables on this page. The model isn't changed: trial steps are made on a copy. Consequences of a
fault are not reported. For example, unscaled inputs also make the first loss large, but only the
inputs need to be fixed.

## Seeded failures

Each of these runs has a single fault. The tests require exactly the finding that belongs to it. The
runs are defined in `tests/support/seeded_failures.py`.

| Fault | Finding | Observation |
| --- | --- | --- |
"""


def examine(run: Run) -> list[Finding]:
    """Diagnose a run: while it is trained, if it is to be, else as it is."""
    if not run.epochs:
        return [*diagnose(run.model, run.x, run.y, validation_data=run.validation)]
    watch = WatchTraining()
    with contextlib.redirect_stdout(io.StringIO()):
        run.fit(watch)
    return watch.findings


def introduction() -> str:
    """Return the part before the runs: symptoms, and how to ask."""
    rows = []
    for seen, cause, codes in SYMPTOMS:
        findings = ", ".join(f"`{code}`" for code in codes)
        rows.append(f"| {seen} | {cause} | {findings} |")
    return INTRODUCTION.format(symptoms="\n".join(rows))


def page() -> str:
    """Return the page."""
    rows = "".join(failure(make.__name__, examine(make())) for make in FAILURES)
    return introduction() + rows + "\n" + healthy() + advice()


def failure(name: str, found: list[Finding]) -> str:
    """Return the row of a run with a fault."""
    codes = ", ".join(dict.fromkeys(f"`{finding.code}`" for finding in found))
    seen = " ".join(finding.seen for finding in found).replace("|", r"\|")
    return f"| {name.replace('_', ' ')} | {codes} | {seen} |\n"


def advice() -> str:
    """Return the part on all kinds of findings."""
    text = "\n## All findings\n\n| Code | Why it matters | What to do |\n| --- | --- | --- |\n"
    return text + "".join(f"| `{code}` | {why} | {do} |\n" for code, (why, do) in ADVICE.items())


def healthy() -> str:
    """Return the part on the runs that have no fault."""
    rows, alarms = [], 0
    for name, make in HEALTHY.items():
        run = make()
        found = [*diagnose(run.model, run.x, run.y), *examine(run)]
        losses = run.model.history.history["loss"]
        alarms += len(found)
        rows.append(
            f"| {name} | {len(losses)} | {losses[0]:.2f} | {losses[-1]:.2f} | {len(found)} |"
        )
    return (
        "## Healthy runs\n\n"
        "These runs have no fault, although some learn little because there is little to learn.\n"
        "They are diagnosed before, during and after training.\n"
        f"Findings on {date.today()}: **{alarms}** in {len(rows)} runs.\n\n"
        "| Run | Epochs | First loss | Last loss | Findings |\n"
        "| --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    PAGE.write_text(page(), encoding="utf-8")
