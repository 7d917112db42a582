"""Writes docs/evidence/gradient_checks.md: the worst gradient errors, and the museum of bugs.

    python -m tools.make_gradient_checks

Every figure on the page comes from this run, except two: the accuracies of the museum's networks,
which ``benchmarks/museum.py`` measures, and the run over 10,000 networks, which
``benchmarks/healthy_networks.py`` makes; both leave their figures in files.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tinynet import layers, losses
from tinynet.datasets import synthetic_digits
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.report import GradientReport
from tinynet.layers import (
    Dense,
    Dropout,
    Flatten,
    Layer,
    Normalization,
    ReLU,
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
HEALTHY = ROOT / "benchmarks" / "healthy_networks.json"
SEEDS = 20  # inputs, weights and upstream gradients to check each layer and loss with
SHAPES = ((6, 4), (1, 3), (5, 1))  # of the inputs

LAYERS: dict[str, Callable[[], Layer]] = {
    "Dense": lambda: Dense(3),
    "Dense, relu": lambda: Dense(3, "relu"),
    "Dense, sigmoid": lambda: Dense(3, "sigmoid"),
    "Dense, softmax": lambda: Dense(3, "softmax"),
    "Dense, tanh": lambda: Dense(3, "tanh"),
    "Dropout": lambda: Dropout(0.4),
    "Flatten": Flatten,
    "Normalization": lambda: Normalization(mean=0.5, variance=2.0),
    "ReLU": ReLU,
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
# The layers and losses that the course doesn't derive.
LAYERS |= {
    kind.__name__: kind
    for kind in (
        *(layers.BatchNormalization, layers.LayerNormalization, layers.PReLU, layers.LeakyReLU),
        *(layers.CELU, layers.ELU, layers.SELU, layers.GELU, layers.SiLU, layers.Mish),
        *(layers.ReLU6, layers.HardSigmoid, layers.HardSiLU, layers.HardTanh, layers.Exponential),
        *(layers.Softplus, layers.Softsign, layers.LogSigmoid, layers.LogSoftmax),
        layers.TanhShrink,
    )
}
LAYERS |= {
    "Activation": lambda: layers.Activation("gelu"),
    "GELU, approximate": lambda: layers.GELU(approximate=True),
    "InputLayer": lambda: layers.InputLayer((4,)),
    "Rescaling": lambda: layers.Rescaling(0.5, 0.25),
    "Reshape": lambda: layers.Reshape((-1, 1)),
}
LOSSES |= {
    "BinaryFocalCrossentropy": (losses.BinaryFocalCrossentropy(), "shares", "yes or no"),
    "CategoricalCrossentropy, smoothed": (
        CategoricalCrossentropy(label_smoothing=0.1),
        "rows",
        "one-hot",
    ),
    "CategoricalHinge": (losses.CategoricalHinge(), "numbers", "one-hot"),
    "CosineSimilarity": (losses.CosineSimilarity(), "numbers", "numbers"),
    "Hinge": (losses.Hinge(), "numbers", "yes or no"),
    "Huber": (losses.Huber(), "numbers", "numbers"),
    "KLDivergence": (losses.KLDivergence(), "rows", "rows"),
    "LogCosh": (losses.LogCosh(), "numbers", "numbers"),
    "MeanAbsoluteError": (losses.MeanAbsoluteError(), "numbers", "numbers"),
    "MeanAbsolutePercentageError": (losses.MeanAbsolutePercentageError(), "numbers", "shares"),
    "MeanSquaredLogarithmicError": (losses.MeanSquaredLogarithmicError(), "shares", "shares"),
    "Poisson": (losses.Poisson(), "shares", "shares"),
    "SquaredHinge": (losses.SquaredHinge(), "numbers", "yes or no"),
}


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
            if name == "InputLayer" and shape[1:] != (4,):
                continue
            layer = LAYERS[name]()
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


def row(name: str, reports: list[GradientReport], road: str = "") -> str:
    """Return a row of the table of errors."""
    for report in reports:
        report.assert_ok()
    rows = [r for report in reports for r in report.rows if r.road == road]
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
    lines = [
        "| exhibit | wrong | right | accuracy | repaired | what the checker says |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    figures = accuracies()
    for name, exhibit in EXHIBITS.items():
        found = zip(exhibit.sources, exhibit.links(), strict=True)
        sources = ", ".join(f"[{source}]({link})" for source, link in found)
        wrong, right = (
            "<br>".join(f"`{line}`" for line in text.splitlines())
            for text in (exhibit.wrong, exhibit.right)
        )
        says = exhibit.check().mistakes[0].text.replace("*", r"\*")
        title = f"**{exhibit.title}**" + (f"<br>{sources}" if sources else "")
        accuracy, repaired = (f"{100 * figures[name][key]:.1f} %" for key in ("wrong", "right"))
        lines.append(f"| {title} | {wrong} | {right} | {accuracy} | {repaired} | {says} |")
    return "\n".join(lines)


def page() -> str:
    """Return the whole page."""
    healthy = json.loads(HEALTHY.read_text(encoding="utf-8"))
    fine = sum(figures["wrong"] > 0.9 for figures in accuracies().values())
    return f"""# How exact the gradients are, and what is wrong with wrong ones

`python -m tools.make_gradient_checks` has written this page; no figure on it was typed.

## Everything built in

The worst relative error, in float64, of the gradients by every parameter and input, with
{SEEDS} seeds and three shapes for each layer and loss. How it is defined and worked out stands in
[`check_gradients`](../reference/gradcheck.md). The reference model is 784-128-128-10, on two
digits, with up to 1,000 entries of each array checked.

{error_table()}

## Nobody is accused wrongly

`python benchmarks/healthy_networks.py` has checked {healthy["networks"]:,} random networks of two
to five layers, with inputs of all scales and zeros among them, with and without a loss, made in
float32 and in float64, along both roads: {healthy["entries"]:,} entries, {healthy["kinks"]:,} of
them at kinks and {healthy["unclear"]} too rough to tell. **{healthy["accused"]} were accused.**

## The museum of bugs

Mistakes as people really make them, taken from the trackers of the public projects named. The
accuracy is that of the reference network on the 10,000 test digits of MNIST, after three epochs,
with the mistake in it and repaired, both with seed 0; `python benchmarks/museum.py` measures it.
{fine} of the {len(EXHIBITS)} read more than nine digits in ten, mistake and all. The stories are in
`tinynet.museum`, and `python examples/bug_museum.py` is the tour.

{museum_table()}
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
