"""See what a digit classifier responds to: saliency, confident mistakes, and preferred inputs.

    python examples/what_it_sees.py

Backpropagation also gives the derivative of the score of a class with respect to each pixel. It
shows where more ink would make the network more confident, and where less. Gradient ascent along
this derivative finds the image to which the network responds most strongly. The plots are saved in
the folder what-it-sees-results.
"""

import argparse
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # draws into files, without a screen
import numpy as np

from tinynet import plotting
from tinynet.datasets import DownloadError, mnist, synthetic_digits
from tinynet.layers import Dense
from tinynet.models import Sequential
from tinynet.utils import standardize


def main() -> None:
    parser = argparse.ArgumentParser(description="See what a digit classifier responds to.")
    folder = Path("what-it-sees-results")
    parser.add_argument("--out", type=Path, default=folder, help="for the plots")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    try:
        (images_train, y_train), (images, y_test) = mnist.load_data()
        print("Data: MNIST")
    except DownloadError:
        (images_train, y_train), (images, y_test) = synthetic_digits.load_data()
        print("MNIST is not here and can't be downloaded: using synthetic digits instead.")
    x_train, x_test = standardize(images_train.reshape(-1, 784), images.reshape(-1, 784))

    model = Sequential(
        [Dense(128, activation="relu"), Dense(128, activation="relu"), Dense(10, "softmax")], seed=0
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=3)
    probabilities = model.predict(x_test)
    predicted = probabilities.argmax(axis=1)
    print(f"Correct: {np.count_nonzero(predicted == y_test)} of {len(y_test)} test images")

    # One correctly classified digit of each class, and the pixels that speak for and against it.
    right = np.flatnonzero(predicted == y_test)
    one_each = [right[y_test[right] == digit][0] for digit in np.unique(y_test[right])]
    saliency = plotting.plot_saliency(model, x_test[one_each], columns=5)

    # The most confident mistakes: saliency of the predicted class above, of the true class below.
    mistakes = np.flatnonzero(predicted != y_test)
    surest = mistakes[np.argsort(-probabilities[mistakes].max(axis=1))][:5]
    for i in surest:
        p, truth = probabilities[i], y_test[i]
        article = "an" if truth == 8 else "a"
        print(
            f"Test digit {i}: {predicted[i]} with probability {p.max():.3f}; "
            f"it is {article} {truth}, which got {p[truth]:.3f}"
        )
    mistaken = plotting.plot_predictions(
        images, probabilities, y_test, indices=surest, confidence=True
    )
    for_and_against = plotting.plot_saliency(
        model,
        np.concatenate([x_test[surest], x_test[surest]]),
        np.concatenate([predicted[surest], y_test[surest]]),
        columns=5,
    )

    # The preferred input of each class, with and without the smoothing that makes it look like one.
    favourite = plotting.plot_preferred_inputs(model, x_train[:1000], columns=5)
    rough = plotting.plot_preferred_inputs(model, x_train[:1000], blur=0, columns=5)

    pictures: dict[str, Any] = {
        "saliency": saliency,
        "mistakes": mistaken,
        "mistakes_saliency": for_and_against,
        "preferred_digits": favourite,
        "preferred_digits_rough": rough,
    }
    for name, ax in pictures.items():
        ax.figure.savefig(out / f"{name}.png")
    print(f"Plots: see {out}")


if __name__ == "__main__":
    main()
