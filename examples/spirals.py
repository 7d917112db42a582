"""Tell three spirals apart, and watch the boundary between them bend.

    python examples/spirals.py

Points on three interleaved spiral arms are to be told apart by their two coordinates. A network
without a hidden layer can only cut the plane along straight lines. Two hidden layers bend the
lines, and the film shows how, step by step. The pictures go to the folder spirals-results.
"""

import argparse
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # to draw into files, which takes no screen
from matplotlib.figure import Figure

from tinynet import plotting
from tinynet.callbacks import ParameterRecorder
from tinynet.datasets import spirals
from tinynet.layers import Dense
from tinynet.models import Sequential
from tinynet.optimizers import Adam


def main() -> None:
    parser = argparse.ArgumentParser(description="Tell three spirals apart.")
    parser.add_argument("--out", type=Path, default=Path("spirals-results"), help="for pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    # The same arms twice, with other noise: points to learn from and points to test with.
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
        ax.set_title(f"{name}: {100 * accuracy:.1f} % right")
    figure.savefig(out / "boundaries.png")

    # The recorder starts anew with each training, so it holds the second one, as does the history.
    pictures: dict[str, Any] = {
        "history": plotting.plot_history(history)[0],
        "network": plotting.plot_network(bent),
    }
    for name, picture in pictures.items():
        picture.figure.savefig(out / f"{name}.png")
    print(f"Drawing a film of {len(recorder.steps)} frames ...")
    plotting.animate_decision_boundary(recorder, x_train, y_train, out / "learning.gif")
    print(f"Pictures and film: see {out}")


if __name__ == "__main__":
    main()
