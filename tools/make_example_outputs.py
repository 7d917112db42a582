"""Runs examples/mnist.ipynb on MNIST, stores its outputs in it, and draws images/predictions.png.

python -m tools.make_example_outputs

It needs the extra ``dev``, and MNIST (see `tinynet.datasets.mnist`). The figure is of the same
network as the notebook's: the same seed gives the same weights.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no screen needed
import nbformat
from nbclient import NotebookClient

from tinynet.datasets import mnist
from tinynet.layers import Dense
from tinynet.models import Sequential
from tinynet.plotting.predictions import plot_predictions
from tinynet.utils import set_random_seed, standardize

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "examples" / "mnist.ipynb"
FIGURE = ROOT / "docs" / "images" / "predictions.png"


def run_notebook() -> None:
    """Run the notebook in place, without the times and with the last state of progress bars."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook, kernel_name="python3", record_timing=False, coalesce_streams=True
    ).execute()
    nbformat.write(notebook, NOTEBOOK)  # type: ignore[no-untyped-call]


def draw_predictions() -> None:
    """Train as the notebook does, and draw thirty test digits with what the network says."""
    (x_train, y_train), (images, y_test) = mnist.load_data()
    x_train, x_test = standardize(x_train.reshape(-1, 784), images.reshape(-1, 784))
    set_random_seed(0)
    model = Sequential(
        [
            Dense(128, activation="relu", input_shape=(784,)),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=3)
    ax = plot_predictions(images, model.predict(x_test), y_test, columns=6)
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(FIGURE, dpi=72)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    run_notebook()
    draw_predictions()
