"""Writes docs/evidence/gradient_checks.md: the worst gradient errors, and the museum of bugs.

    python -m tools.make_gradient_checks

Every figure on the page comes from this run, except two: the accuracies of the museum's networks,
which ``tools/museum.py`` measures, and the run over 10,000 networks, which
``tools/healthy_networks.py`` makes; both leave their figures in files.
"""

import argparse
import inspect
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tinynet.layers
import tinynet.losses
from tests.support.broken import BROKEN
from tests.support.innocents import INNOCENTS
from tests.support.notebooks import NOTEBOOKS
from tests.support.students import STUDENTS
from tinynet.datasets import synthetic_digits
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.report import GradientReport
from tinynet.layers import (
    Activation,
    AlphaDropout,
    Dense,
    Dropout,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    InputLayer,
    Layer,
    Normalization,
    ReLU,
    Rescaling,
    Reshape,
    Sigmoid,
    Softmax,
    Tanh,
)
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from tinynet.models import Sequential
from tinynet.museum import EXHIBITS
from tinynet.museum.exhibits import accuracies
from tinynet.utils import standardize, to_categorical

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "evidence" / "gradient_checks.md"
HEALTHY = ROOT / "docs" / "_data" / "healthy_networks.json"
NOT_NAMED = 12  # of the students' mistakes; see tests/gradcheck/test_broken_code.py
SEEDS = 20  # inputs, weights and upstream gradients to check each layer and loss with
SHAPES = ((6, 4), (1, 3), (5, 1))  # of the inputs

LAYERS: dict[str, Callable[[], Layer]] = {
    "Dense": lambda: Dense(3),
    "Dense, relu": lambda: Dense(3, "relu"),
    "Dense, sigmoid": lambda: Dense(3, "sigmoid"),
    "Dense, softmax": lambda: Dense(3, "softmax"),
    "Dense, tanh": lambda: Dense(3, "tanh"),
    "Activation": lambda: Activation("tanh"),
    "AlphaDropout": lambda: AlphaDropout(0.4),
    "Dropout": lambda: Dropout(0.4),
    "Flatten": Flatten,
    "GaussianDropout": lambda: GaussianDropout(0.4),
    "GaussianNoise": lambda: GaussianNoise(0.5),
    "Normalization": lambda: Normalization(mean=0.5, variance=2.0),
    "ReLU": ReLU,
    "Rescaling": lambda: Rescaling(0.5, 1.0),
    "Reshape": lambda: Reshape((-1, 1)),
    "Sigmoid": Sigmoid,
    "Softmax": Softmax,
    "Tanh": Tanh,
}
LOSSES: dict[str, tuple[Loss, str, str]] = {  # with the kinds of their predictions and targets
    "CategoricalCrossentropy": (CategoricalCrossentropy(), "rows", "one-hot"),
    "CategoricalCrossentropy, from logits": (
        CategoricalCrossentropy(from_logits=True),
        "numbers",
        "one-hot",
    ),
    "SparseCategoricalCrossentropy": (SparseCategoricalCrossentropy(), "rows", "labels"),
    "SparseCategoricalCrossentropy, from logits": (
        SparseCategoricalCrossentropy(from_logits=True),
        "numbers",
        "labels",
    ),
    "BinaryCrossentropy": (BinaryCrossentropy(), "shares", "yes or no"),
    "BinaryCrossentropy, from logits": (
        BinaryCrossentropy(from_logits=True),
        "numbers",
        "yes or no",
    ),
    "MeanSquaredError": (MeanSquaredError(), "numbers", "numbers"),
}


FITTING = (("numbers", "numbers"), ("shares", "yes or no"), ("rows", "one-hot"), ("rows", "labels"))


def public(module: object, base: type) -> dict[str, type]:
    """Return the classes that a module offers, without those that others are derived from."""
    found = {
        name: kind
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and issubclass(kind, base)
    }
    bases = {parent for kind in found.values() for parent in kind.__mro__[1:]}
    return {name: kind for name, kind in found.items() if kind not in bases}


def add_the_others() -> None:
    """Add the layers and losses that no line above names, with the arguments they default to."""
    for name, kind in public(tinynet.layers, Layer).items():
        if not any(known.startswith(name) for known in LAYERS):
            LAYERS[name] = kind
    for name, kind in public(tinynet.losses, Loss).items():
        if any(known.startswith(name) for known in LOSSES):
            continue
        for predictions, targets in FITTING:
            LOSSES[name] = (kind(), predictions, targets)
            try:
                if all(check_loss(name)):
                    break
            except ValueError:  # it wants other targets
                continue


def draw(kind: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return random predictions or targets of some kind."""
    n, k = shape
    labels = rng.integers(0, k, n)
    return {
        "numbers": rng.standard_normal(shape),
        "shares": rng.uniform(0.02, 0.98, shape),
        "rows": rng.dirichlet(np.ones(k), size=n) * 0.98 + 0.02 / k,
        "labels": labels,
        "one-hot": np.eye(k)[labels],
        "yes or no": rng.integers(0, 2, shape),
    }[kind]


def check_layer(name: str) -> list[GradientReport]:
    """Check a layer with many inputs and weights."""
    reports = []
    for seed in range(SEEDS):
        for shape in SHAPES:
            rng = np.random.default_rng([seed, *shape])
            layer = InputLayer(shape[1:]) if name == "InputLayer" else LAYERS[name]()
            layer.build(shape[1:], rng=rng)
            reports.append(check_gradients(layer, rng.standard_normal(shape), seed=seed))
    return reports


def check_loss(name: str) -> list[GradientReport]:
    """Check a loss with many predictions and targets."""
    loss, predictions, targets = LOSSES[name]
    reports = []
    for seed in range(SEEDS):
        for shape in SHAPES:
            rng = np.random.default_rng([seed, *shape])
            y_pred, y_true = draw(predictions, shape, rng), draw(targets, shape, rng)
            reports.append(check_gradients(loss, y_pred, y_true, seed=seed))
    return reports


def check_reference_model() -> GradientReport:
    """Check the reference model on two digits, a thousand entries of each large array."""
    (images, labels), _ = synthetic_digits.load_data(100, 0)
    x = standardize(images.reshape(-1, 784))[:2]
    model = Sequential([Dense(128, "relu"), Dense(128, "relu"), Dense(10, "softmax")], seed=0)
    model.compile("sgd", "categorical_crossentropy")
    return check_gradients(model, x, to_categorical(labels[:2], 10), max_entries=1000)


def row(name: str, reports: list[GradientReport], path: str = "") -> str:
    """Return a row of the table of errors."""
    for report in reports:
        report.assert_ok()
    rows = [r for report in reports for r in report.rows if r.path == path]
    checked, kinks = sum(r.checked for r in rows), sum(r.kinks for r in rows)
    return f"| {name} | {checked:,} | {kinks} | {max(r.error for r in rows):.1e} |"


def error_table() -> str:
    """Return the table of the worst relative errors."""
    model = check_reference_model()
    return "\n".join(
        [
            "| | entries checked | kinks | worst relative error |",
            "| --- | --- | --- | --- |",
            *(row(f"`{name}`", check_layer(name)) for name in LAYERS),
            *(row(f"`{name}`", check_loss(name)) for name in LOSSES),
            row("reference model, as `train_step` goes back", [model], "training"),
            row("reference model, layer by layer", [model], "long"),
        ]
    )


def museum_table() -> str:
    """Return the table of the museum's exhibits."""
    figures = accuracies()
    lines = ["| mistake | reported as | with it | without it |", "| --- | --- | --: | --: |"]
    for name, exhibit in EXHIBITS.items():
        title = exhibit.title[0].upper() + exhibit.title[1:]
        kind = exhibit.check().mistakes[0].kind
        wrong, right = (f"{100 * figures[name][key]:.1f} %" for key in ("wrong", "right"))
        lines.append(f"| {title} | `{kind}` | {wrong} | {right} |")
    return "\n".join(lines)


def page() -> str:
    """Return the whole page."""
    healthy = json.loads(HEALTHY.read_text(encoding="utf-8"))
    broken = len(BROKEN) + len(STUDENTS)
    broken += sum(len(mistakes) for _, mistakes in NOTEBOOKS.values())
    fine = sum(figures["wrong"] > 0.9 for figures in accuracies().values())
    return f"""# How exact the gradients are, and what the checker finds

`python -m tools.make_gradient_checks` writes this page.

## Everything built in

The worst relative error, in float64, of the gradients of all parameters and inputs, with {SEEDS}
seeds and three shapes for each layer and loss. [`check_gradients`](../reference/gradcheck.md)
defines the error. The reference model is 784-128-128-10, with two digits and up to 1,000 entries
of each array.

{error_table()}

## Correct code is not accused

`python -m tools.healthy_networks` has checked, on {healthy["date"]}, {healthy["networks"]:,} random
networks of two to five layers, with inputs from 1e-6 to 1e6 in size and zeros among them, with and
without a loss, with targets of up to 1e6, in float32 and in float64, along both paths:
{healthy["entries"]:,} entries, {healthy["kinks"]:,} of them at or near kinks and
{healthy["unclear"]} too rough to judge. **{healthy["accused"]} were reported as wrong.**

The tests contain {len(INNOCENTS) + len(NOTEBOOKS)} hand-written pieces of correct code, of all four
kinds that can be checked. None is reported as wrong. They also contain {broken} broken ones, and
all are caught. {len(STUDENTS)} of these were written before the checker. Its first version
caught {len(STUDENTS) - 1} of them; it missed a clip inside a model that the data never reached. For
{NOT_NAMED} of them it reported that it doesn't know the mistake.

A second set was written later, again without looking at the checker's code: 60 correct pieces of
code and 90 with a mistake, among them a GRU, attention, embeddings, tied weights, costs and update
rules. The checker reported 4 of the correct ones and missed 11 of the others: a clipped input
gradient and ten update rules. Since it was corrected, it reports none of the correct ones and
misses 8: update rules that still go downhill, such as Adagrad with only the last square in its sum.
(One of the 4 did have a mistake: its steps were 0 for parameters of 0.)

A third set imitates what courses, books and notebooks contain, in as many styles as possible: 261
correct pieces and 331 with a mistake, also written without looking at the code. The checker
reported 21 of the correct ones, such as layers that leave their result in an attribute, layers of a
single image, and costs of columns, and missed 17 of the others. After corrections it reported none
of the correct ones and missed 12, such as overflow outside of a softmax and its cost, a gradient
that is rounded to float32, and six update rules that equal another correct rule or differ from it
by a constant.

A fourth set was written in the same way, with one typical mistake in each piece: 180 correct pieces
and 500 with a mistake. The checker reported 3 of the correct ones: a variant of Nadam, LAMB, and a
logistic regression whose sigmoid saturates. It missed 7 of the others. Of 68 more correct pieces it
reported 5, all of them update rules: Padam, slow weights that follow those of Adam, and built-in
schedules. Since it was corrected, it reports none of the 248, and misses 5 of the 500:
a gradient that is rounded to float32, noise whose mean isn't 1, an output that the next call of
forward overwrites, and two update rules that still go downhill.

A fifth set imitates homework, in the styles of courses and books: 87 correct pieces and 321 with a
mistake. The checker reported 5 of the correct ones, such as layers that hold lists of numbers and
gradients in arrays of integers, and missed 6 of the others. Since it was corrected, it reports one
of the correct ones, a dropout with a fixed seed, which drops the same entries in every call, and
misses 3: two that compute in float32, and a Huber loss whose value jumps.

## The museum of bugs

[The museum](../museum.md) shows {len(EXHIBITS)} mistakes, most of them from the issue trackers of
public projects. The checker reports each. The accuracies are those of the reference network on the
10,000 test digits of MNIST after three epochs with seed 0, with the mistake and without it, as
`python -m tools.museum` measures them. {fine} of the {len(EXHIBITS)} networks with a mistake
classify more than nine digits in ten correctly.

{museum_table()}
"""


def main() -> None:
    """Write the page."""
    add_the_others()
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
