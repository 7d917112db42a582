"""Checks the gradients of many random correct networks: the checker must accept all of them.

Each network has two to five layers of random kinds and widths, a random number of examples, inputs
of a random scale between 1e-6 and 1e6 with zeros among them, and a random loss or none. The targets
of a regression are as large as 1e6. The number of a network determines everything about it, so a
network that fails can be examined again.

    python -m tools.healthy_networks [how many, 10000 if left out] [first number, 0]

It prints the reports of the networks that failed, and a summary. A run of 10,000 networks takes a
few minutes and writes its numbers to ``docs/_data/healthy_networks.json``.
"""

import argparse
import json
import time
from datetime import date
from pathlib import Path

import numpy as np

from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.layers import Dense, Dropout, Flatten, Layer, ReLU, Sigmoid, Softmax, Tanh
from tinynet.models import Sequential

FULL = 10_000
FILE = Path(__file__).parent.parent / "docs" / "_data" / "healthy_networks.json"
ACTIVATIONS = ("relu", "tanh", "sigmoid", "softmax", None)
CROSSENTROPIES = [
    f"{kind}_crossentropy" for kind in ("categorical", "sparse_categorical", "binary")
]
LOSSES = ["", "mse", *CROSSENTROPIES]


def random_layer(rng: np.random.Generator) -> Layer:
    """Draw a layer."""
    kind = rng.integers(0, 8)
    if kind <= 2:
        activation = ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
        return Dense(int(rng.integers(1, 6)), activation, use_bias=bool(rng.integers(0, 4)))
    return (ReLU(), Tanh(), Sigmoid(), Softmax(), Dropout(float(rng.uniform(0, 0.9))))[kind - 3]


def check_random_network(number: int) -> GradientReport:
    """Make network `number` and check it."""
    rng = np.random.default_rng(number)
    layers = [random_layer(rng) for _ in range(rng.integers(1, 4))]
    loss = rng.choice(LOSSES)
    n, width = rng.integers(1, 7), int(rng.integers(1, 6))
    shape = (n, *rng.integers(1, 4, size=2)) if rng.integers(0, 4) == 0 else (n, width)
    if len(shape) > 2:
        layers.insert(0, Flatten())
    outputs = int(rng.integers(1, 5))
    head = {
        "categorical_crossentropy": Dense(outputs, "softmax"),
        "sparse_categorical_crossentropy": Dense(outputs, "softmax"),
        "binary_crossentropy": Dense(outputs, "sigmoid"),
    }
    layers.append(head.get(loss, Dense(outputs)))
    x = rng.standard_normal(shape) * 10 ** rng.uniform(*(-6, 6) if number % 2 else (-2, 1.5))
    x[rng.random(shape) < rng.choice([0, 0.2])] = 0
    model = Sequential(layers, seed=number, dtype=rng.choice(["float32", "float64"]))
    if not loss:
        return check_gradients(model, x, seed=number)
    model.compile("sgd", str(loss), metrics=["accuracy"])
    labels = rng.integers(0, outputs, n)
    y = {
        "mse": rng.standard_normal((n, outputs)) * 10 ** rng.choice([0, rng.uniform(3, 6)]),
        "binary_crossentropy": rng.integers(0, 2, (n, outputs)),
        "categorical_crossentropy": np.eye(outputs)[labels],
        "sparse_categorical_crossentropy": labels,
    }[str(loss)]
    return check_gradients(model, x, y, seed=number)


def main(count: int, first: int) -> None:
    """Check that many networks, from some number on."""
    start = time.process_time()
    totals = {"networks": count, "accused": 0, "entries": 0, "kinks": 0, "unclear": 0}
    for number in range(first, first + count):
        report = check_random_network(number)
        for row in report.rows:
            totals["entries"] += row.checked
            totals["kinks"] += row.kinks
            totals["unclear"] += row.unclear
        if not report:
            totals["accused"] += 1
            print(f"network {number}\n{report}\n", flush=True)
    seconds = time.process_time() - start
    figures = ", ".join(f"{value} {name}" for name, value in totals.items())
    print(f"{figures}; from number {first} on, {seconds:.0f} s of processor time")
    if count >= FULL:
        dated = {"date": date.today().isoformat(), **totals}
        FILE.write_text(json.dumps(dated, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=FULL, help="how many networks")
    parser.add_argument("first", type=int, nargs="?", default=0, help="the first one's number")
    options = parser.parse_args()
    main(options.count, options.first)
