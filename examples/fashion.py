"""Tell trousers from ankle boots, and see which clothes a network mixes up.

    python examples/fashion.py

Fashion-MNIST has the shapes of MNIST, but ten kinds of clothing in place of the digits, and is
harder. Where it is neither on this machine nor can be downloaded, the script says so and goes on
with synthetic digits. The pictures go to the folder fashion-results.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # to draw into files, which takes no screen
import numpy as np

from tinynet import plotting
from tinynet.datasets import DownloadError, fashion_mnist, synthetic_digits
from tinynet.layers import Dense, Dropout
from tinynet.metrics import confusion_matrix
from tinynet.models import Sequential
from tinynet.utils import standardize


def main() -> None:
    parser = argparse.ArgumentParser(description="Tell clothes apart.")
    parser.add_argument("--out", type=Path, default=Path("fashion-results"), help="for pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    try:
        (images_train, y_train), (images, y_test) = fashion_mnist.load_data()
        names = list(fashion_mnist.CLASS_NAMES)
        print("Data: Fashion-MNIST")
    except DownloadError:
        (images_train, y_train), (images, y_test) = synthetic_digits.load_data()
        names = [str(digit) for digit in range(10)]
        print("Fashion-MNIST is not here and can't be downloaded: synthetic digits instead.")
    x_train, x_test = standardize(images_train.reshape(-1, 784), images.reshape(-1, 784))

    # Wider than the network for MNIST, and with dropout, since it would learn the training images
    # by heart. Dropout is active in training only, so there the figures are lower.
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

    probabilities = model.predict(x_test)
    counts = confusion_matrix(y_test, probabilities)
    print(f"\nRight: {counts.trace()} of {len(y_test)} test images. Class by class:")
    for k in np.argsort(counts.diagonal() / counts.sum(axis=1)):
        wrong = np.delete(counts[k], k)
        other = np.delete(np.arange(10), k)[wrong.argmax()]
        print(
            f"  {names[k]:>12}: {counts[k, k]} of {counts[k].sum()}, "
            f"most often taken for {names[other]} ({wrong.max()})"
        )

    # The mistakes that it was surest of say most about it.
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
    print(f"Pictures: see {out}")


if __name__ == "__main__":
    main()
