"""Classify pictures of clothing, and see which classes a network confuses.

    python examples/fashion.py

Fashion-MNIST has the same shapes as MNIST, but shows ten kinds of clothing and is harder. If it is
not on this machine and cannot be downloaded, the script says so and uses synthetic digits instead.
The plots are saved in the folder fashion-results.
"""

import argparse
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draws into files, without a screen
import numpy as np

from tinynet import plotting
from tinynet.datasets import DownloadError, fashion_mnist, synthetic_digits
from tinynet.layers import Dense, Dropout
from tinynet.metrics import confusion_matrix
from tinynet.models import Sequential
from tinynet.utils import standardize


def main() -> None:
    parser = argparse.ArgumentParser(description="Classify pictures of clothing.")
    parser.add_argument("--out", type=Path, default=Path("fashion-results"), help="for the plots")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    try:
        (images_train, y_train), (images, y_test) = fashion_mnist.load_data()
        names = list(fashion_mnist.CLASS_NAMES)
        print("Data: Fashion-MNIST")
    except DownloadError:
        (images_train, y_train), (images, y_test) = synthetic_digits.load_data()
        names = [str(digit) for digit in range(10)]
        print("Fashion-MNIST is not here and can't be downloaded: using synthetic digits instead.")
    x_train, x_test = standardize(images_train.reshape(-1, 784), images.reshape(-1, 784))

    # Wider than the network for MNIST, and with dropout against overfitting. Dropout is active in
    # training only, which lowers the training metrics.
    model = Sequential(
        [
            Dense(256, activation="relu"),
            Dropout(0.3),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, batch_size=128, epochs=5, validation_split=0.1)
    if not history.epoch:  # Ctrl-C
        sys.exit("No epoch was completed, so nothing is drawn.")

    probabilities = model.predict(x_test)
    counts = confusion_matrix(y_test, probabilities)
    print(f"\nCorrect: {counts.trace()} of {len(y_test)} test images. By class:")
    for k in np.argsort(counts.diagonal() / counts.sum(axis=1)):
        wrong = np.delete(counts[k], k)
        other = np.delete(np.arange(10), k)[wrong.argmax()]
        print(
            f"  {names[k]:>12}: {counts[k, k]} of {counts[k].sum()}, "
            f"most often mistaken for {names[other]} ({wrong.max()})"
        )

    # The most confident mistakes.
    predicted, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    mistakes = np.flatnonzero(predicted != y_test)
    surest = mistakes[np.argsort(-sureness[mistakes])][:15]
    class_names = names if names[0] != "0" else None
    pictures = {
        "history": plotting.plot_history(history)[0],
        "predictions": plotting.plot_predictions(
            images, probabilities, y_test, indices=range(15), class_names=class_names
        ),
        "mistakes": plotting.plot_predictions(
            images, probabilities, y_test, indices=surest, class_names=class_names, confidence=True
        ),
        "confusion": plotting.plot_confusion_matrix(counts, class_names=names),
    }
    for name, ax in pictures.items():
        ax.figure.savefig(out / f"{name}.png")
    print(f"Plots: see {out}")


if __name__ == "__main__":
    main()
