"""Classify three spirals, and watch the decision boundary bend.

    python examples/spirals.py

The points lie on three interleaved spiral arms and are classified by their two coordinates. Without
a hidden layer, a network can only draw straight boundaries. With two hidden layers it can bend
them, and an animation shows how it learns to. The plots are saved in the folder spirals-results.
"""

import argparse
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # draws into files, without a screen
from matplotlib.figure import Figure

from tinynet import plotting
from tinynet.callbacks import ParameterRecorder
from tinynet.datasets import spirals
from tinynet.layers import Dense
from tinynet.models import Sequential
from tinynet.optimizers import Adam


def main() -> None:
    parser = argparse.ArgumentParser(description="Classify three spirals.")
    parser.add_argument("--out", type=Path, default=Path("spirals-results"), help="for the plots")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    # Training and test points lie on the same arms, with different noise.
    x_train, y_train = spirals(300, seed=0)
    x_test, y_test = spirals(300, seed=1)

    straight = Sequential([Dense(3, activation="softmax")], seed=0)
    bent = Sequential(
        [
            Dense(32, activation="tanh"),
            Dense(32, activation="tanh"),
            Dense(3, activation="softmax"),
        ],
        seed=0,
    )
    recorder = ParameterRecorder(every=40)
    figure = Figure(figsize=(10.4, 4.4), layout="constrained")
    axes = figure.subplots(1, 2)
    for name, model, ax in [
        ("no hidden layer", straight, axes[0]),
        ("two hidden layers", bent, axes[1]),
    ]:
        model.compile(Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x_train, y_train, epochs=80, verbose=0, callbacks=[recorder])
        _, accuracy = model.evaluate(x_test, y_test, verbose=0)
        print(f"{name}: {model.count_params()} parameters, test accuracy {100 * accuracy:.1f} %")
        plotting.plot_decision_boundary(model, x_test, y_test, ax=ax)
        ax.set_title(f"{name}: {100 * accuracy:.1f} % correct")
    figure.savefig(out / "boundaries.png")

    # The recorder starts again with each `fit`, so it holds the second run, like the history.
    pictures: dict[str, Any] = {
        "history": plotting.plot_history(history)[0],
        "network": plotting.plot_network(bent),
    }
    for name, picture in pictures.items():
        picture.figure.savefig(out / f"{name}.png")
    print(f"Drawing an animation of {len(recorder.steps)} frames ...")
    plotting.animate_decision_boundary(recorder, x_train, y_train, out / "learning.gif")
    print(f"Plots and animation: see {out}")


if __name__ == "__main__":
    main()
