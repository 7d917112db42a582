"""Measures the accuracy that networks reach with the mistakes of the museum.

The recipe is the reference workload: 784-128-128-10 in float32, 60,000 training digits of MNIST,
standardised, batches of 32, learning rate 0.01, three epochs, seed 0. The accuracy is that on the
10,000 test digits. Each network is trained twice, with the mistake and without it.

    python -m tools.museum [names of exhibits, all if left out]

It needs MNIST (see `tinynet.datasets.mnist`), takes a few minutes, and writes
``tinynet/museum/accuracies.json``, which the museum reads.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tinynet import museum
from tinynet.datasets import mnist
from tinynet.models import Sequential
from tinynet.utils import standardize, to_categorical

FILE = Path(museum.__file__).with_name("accuracies.json")


def main(names: list[str]) -> None:
    """Train the networks of some exhibits, or of all."""
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    x, x_new = standardize(x_train.reshape(-1, 784), x_test.reshape(-1, 784))
    t, t_new = to_categorical(y_train, 10), to_categorical(y_test, 10)
    done: dict[Callable[[], Sequential], float] = {}

    def accuracy(build: Callable[[], Sequential]) -> float:
        if build not in done:
            model = build()
            model.fit(x, t, epochs=3, verbose=0)
            right = model.predict(x_new).argmax(axis=1) == t_new.argmax(axis=1)
            done[build] = round(float(np.mean(right)), 4)
        return done[build]

    figures = museum.accuracies()
    for name in names or museum.EXHIBITS:
        exhibit = museum.EXHIBITS[name]
        wrong, right = accuracy(exhibit.broken), accuracy(exhibit.repaired)
        figures[name] = {"wrong": wrong, "right": right}
        print(f"{name:28} {wrong:.4f} with the mistake, {right:.4f} without", flush=True)
    figures = {name: figures[name] for name in museum.EXHIBITS if name in figures}
    FILE.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="of exhibits, all if left out")
    main(parser.parse_args().names)
