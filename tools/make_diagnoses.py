"""Writes docs/diagnoses.md: what `tinynet.diagnose` finds in runs with a known fault.

python -m tools.make_diagnoses
"""

import contextlib
import io
from pathlib import Path

from tests.support.seeded_failures import FAILURES, HEALTHY, Run
from tinynet.diagnose import WatchTraining, diagnose
from tinynet.diagnose.findings import ADVICE, Finding

PAGE = Path(__file__).parent.parent / "docs" / "diagnoses.md"

INTRODUCTION = """\
# What is wrong with my run?

```pycon
>>> from tinynet import Dense, Sequential
>>> from tinynet.datasets import moons
>>> from tinynet.diagnose import WatchTraining, diagnose
>>> x, y = moons(400, noise=0.1, seed=0)
>>> model = Sequential([Dense(16, "relu"), Dense(2, "softmax")], seed=0)
>>> model.compile("sgd", "sparse_categorical_crossentropy")
>>> [finding.code for finding in diagnose(model, 1000 * x, y)]  # before or after training
['inputs-not-scaled']
>>> diagnose(model, x, y)
[]
>>> watch = WatchTraining(x, y)  # speaks up by itself
>>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[watch])

```

A finding says what was seen, with its figure, why it matters and what to do. It has a `code`, the
name in the tables below. The model is left exactly as it is: steps are tried on a copy. A
consequence is not reported beside its cause: inputs that aren't scaled make the first loss large,
too, but it is the inputs that need mending.

## Seeded failures

Each of these runs has one fault, and is otherwise in order; the tests demand exactly the finding
that belongs to it. They are written out in `tests/support/seeded_failures.py`.

| The fault | Finding | What was seen |
| --- | --- | --- |
"""


def examine(run: Run) -> list[Finding]:
    """Diagnose a run: while it is trained, if it is to be, else as it stands."""
    if not run.epochs:
        return diagnose(run.model, run.x, run.y, validation_data=run.validation)
    watch = WatchTraining(run.x, run.y, validation_data=run.validation)
    with contextlib.redirect_stdout(io.StringIO()):
        run.fit(watch)
    return watch.findings


def page(trained: bool = True) -> str:
    """Return the page; without the runs that have to be trained it is made faster."""
    rows = []
    for make in FAILURES:
        run = make()
        if run.epochs and not trained:
            continue
        found = examine(run)
        codes = ", ".join(f"`{finding.code}`" for finding in found)
        seen = " ".join(finding.seen for finding in found).replace("|", r"\|")
        rows.append(f"| {make.__name__.replace('_', ' ')} | {codes} | {seen} |")
    text = INTRODUCTION + "\n".join(rows) + "\n\n" + healthy(trained)
    text += "\n## All findings\n\n| Code | Why it matters | What to do |\n| --- | --- | --- |\n"
    return text + "".join(f"| `{code}` | {why} | {do} |\n" for code, (why, do) in ADVICE.items())


def healthy(trained: bool) -> str:
    """Return the part on the runs that have no fault."""
    if not trained:
        return ""
    rows, alarms = [], 0
    for name, make in HEALTHY.items():
        run = make()
        found = diagnose(run.model, run.x, run.y) + examine(run)
        losses = run.model.history.history["loss"]
        alarms += len(found)
        rows.append(
            f"| {name} | {len(losses)} | {losses[0]:.2f} | {losses[-1]:.2f} | {len(found)} |"
        )
    return (
        "## Healthy runs\n\n"
        "A diagnosis that cries wolf is soon ignored. These runs are as they should be, though\n"
        "some learn little because there is little to learn. They are diagnosed before, during\n"
        f"and after the training. Findings: **{alarms}** in {len(rows)} runs.\n\n"
        "| The run | Epochs | First loss | Last loss | Findings |\n"
        "| --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
