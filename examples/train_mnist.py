"""Train a network on handwritten digits, measure its accuracy, and look at its mistakes.

    python examples/train_mnist.py
    python examples/train_mnist.py --data fashion --epochs 10 --hidden 256 128
    python examples/train_mnist.py --help

The network is the classic 784-128-128-10. Its input is an image of 28 by 28 pixels, as 784 numbers.
Two hidden layers of 128 units follow, and the output is ten probabilities, one for each digit. The
plots, the trained network, a page on which to draw digits for it and the metrics are saved in the
folder mnist-results. The steps are the same as in the notebook mnist.ipynb.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import tinynet
from tinynet import plotting
from tinynet.callbacks import TerminateOnNaN
from tinynet.datasets import DownloadError, fashion_mnist, mnist, synthetic_digits
from tinynet.layers import Dense
from tinynet.metrics import confusion_matrix
from tinynet.models import Sequential
from tinynet.optimizers import SGD
from tinynet.utils import mean_and_std, standardize, to_categorical

Arrays = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def main() -> None:
    options = read_options()

    # The data: images and their classes, for training and for testing.
    data, ((x_train, y_train), (x_test, y_test)) = load_data(options.data, options.data_dir)
    print(f"Data: {data}")
    print(f"  {len(x_train)} images to train on, an array of shape {x_train.shape}")
    print(f"  {len(x_test)} images to test with, an array of shape {x_test.shape}")
    print(f"  pixels from {x_train.min()} (paper) to {x_train.max()} (full ink)")

    # Targets: the network outputs a probability for each of ten classes, so a target has the same
    # form: 1 for the correct class and 0 for the others.
    t_train, t_test = to_categorical(y_train, 10), to_categorical(y_test, 10)
    print(f"  class of the first training image: {y_train[0]}, as a target {t_train[0]}")

    # Inputs: each image becomes a row of 784 numbers, shifted and scaled so that the training
    # pixels have mean 0 and standard deviation 1. The test images are shifted and scaled alike.
    mean, std = mean_and_std(x_train)
    print(f"  mean of the training pixels: {mean}, standard deviation: {std}")
    first_image, test_images = x_train[:1].copy(), x_test  # for the plots
    x_train, x_test = standardize(x_train.reshape(-1, 784), x_test.reshape(-1, 784))
    print(f"  as rows with mean 0 and standard deviation 1: shape {x_train.shape}\n")

    # The network.
    model = Sequential(seed=options.seed)
    for units in options.hidden:
        model.add(Dense(units, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    model.build((784,))
    model.compile(SGD(options.learning_rate), "categorical_crossentropy", metrics=["accuracy"])
    model.summary()
    initial_weights = model.get_weights()[0]

    # Training: an epoch goes once through all training images, a batch at each step. After each
    # epoch the loss on the test images is computed, for the plot only.
    print(f"\nTraining, {options.batch_size} images a step:")
    start = time.perf_counter()
    history = model.fit(
        x_train,
        t_train,
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=(x_test, t_test),
        callbacks=[TerminateOnNaN()],
    )
    seconds = time.perf_counter() - start
    if not history.epoch:
        sys.exit("No epoch was completed, so nothing is saved.")
    if not math.isfinite(history.history["loss"][-1]):
        sys.exit("The loss has diverged, so nothing is saved. Try a smaller --learning-rate.")

    # Testing, on images that were not used in training.
    loss, accuracy = model.evaluate(x_test, t_test, verbose=0)
    probabilities = model.predict(x_test)
    predicted = probabilities.argmax(axis=1)
    right = np.count_nonzero(predicted == y_test)
    print(f"\nThe network classifies {right} of {len(x_test)} test images correctly:")
    print(f"test accuracy {100 * accuracy:.2f} %, test loss {loss:.4f}\n")

    names = fashion_mnist.CLASS_NAMES if data == "Fashion-MNIST" else None

    # The units of the first layer whose weights have changed most.
    weights = model.get_weights()[0]
    most_changed = np.argsort(-np.square(weights - initial_weights).sum(axis=0))[:20]

    # The plots. Only they need matplotlib, so it is imported here; "Agg" draws without a screen.
    pictures = {}
    if not options.no_plots:
        import matplotlib

        matplotlib.use("Agg")
        pictures = {
            "first_training_image": plotting.plot_images(first_image, y_train[:1]),
            "training_curves": plotting.plot_history(history)[0],
            "predictions": plotting.plot_predictions(
                test_images, probabilities, y_test, class_names=names
            ),
            "probabilities_of_test_digit_8": plotting.plot_probabilities(
                probabilities[8], int(y_test[8]), class_names=names
            ),
            "confusion_matrix": plotting.plot_confusion_matrix(
                confusion_matrix(y_test, probabilities), class_names=names
            ),
            "first_layer_weights": plotting.plot_weights(
                weights[:, most_changed], initial=initial_weights[:, most_changed], columns=5
            ),
        }
        mistakes = np.flatnonzero(predicted != y_test)
        surest_first = mistakes[np.argsort(-probabilities[mistakes].max(axis=1))]
        if len(mistakes):
            pictures["most_confident_mistakes"] = plotting.plot_predictions(
                test_images,
                probabilities,
                y_test,
                indices=surest_first[:20],
                columns=4,
                class_names=names,
                confidence=True,
            )

    # A page to draw digits on, which contains the network. It opens in any browser.
    page = model.to_html(
        examples=x_test[:20],
        labels=y_test[:20],
        class_names=names,
        title=f"A network trained on {data}",
    )

    # The files. The metrics are written last, so that where they are, everything else is too.
    figures = {
        "data": data,
        "settings": {
            "epochs": options.epochs,
            "batch_size": options.batch_size,
            "learning_rate": options.learning_rate,
            "hidden": options.hidden,
        },
        "seed": options.seed,
        "history": history.history,
        "test_loss": loss,
        "test_accuracy": accuracy,
        "seconds": round(seconds, 3),  # of training
        "tinynet": tinynet.__version__,
    }
    (options.out / "results.json").unlink(missing_ok=True)  # an earlier run's
    model.save(options.out / "model.npz")
    page.save(options.out / "model.html")
    for name, ax in pictures.items():
        ax.figure.savefig(options.out / f"{name}.png")
    part = options.out / "results.part"
    part.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    part.replace(options.out / "results.json")
    saved = ["results.json", "model.npz", "model.html", *(f"{name}.png" for name in pictures)]
    print(f"Saved in {options.out}: {', '.join(saved)}")
    print(f"Open {options.out / 'model.html'} in a browser to draw, and see what the network says.")


def load_data(choice: str, folder: Path | None) -> tuple[str, Arrays]:
    """Return the name and the arrays of a data set, or of the synthetic digits in its place."""
    published = {"mnist": ("MNIST", mnist), "fashion": ("Fashion-MNIST", fashion_mnist)}
    if choice in published:
        name, module = published[choice]
        try:
            return name, module.load_data(folder)
        except DownloadError:
            print(f"{name} is not here and can't be downloaded: using synthetic digits instead.")
        except (OSError, ValueError) as error:  # a folder lacks files, or has damaged ones
            print(f"train_mnist.py: error: {error}", file=sys.stderr)
            sys.exit(2)
    return "synthetic digits", synthetic_digits.load_data()


def read_options() -> argparse.Namespace:
    """Read the command line, and exit with a message if an option is invalid."""
    parser = argparse.ArgumentParser(
        description="Train a network on handwritten digits, and look at its mistakes.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--epochs", type=int, default=3, help="passes through the training images")
    add("--batch-size", type=int, default=32, help="images per step")
    add("--learning-rate", type=float, default=0.01, help="factor of the gradient in a step")
    add("--hidden", type=int, nargs="*", default=[128, 128], help="units of each hidden layer")
    add("--seed", type=int, default=0, help="of the initial weights and the shuffling")
    add("--data", choices=["mnist", "fashion", "synthetic"], default="mnist", help="the data set")
    add("--data-dir", type=Path, help="folder with the four files of mnist or fashion")
    add("--out", type=Path, default=Path("mnist-results"), help="folder for the results")
    add("--no-plots", action="store_true", help="draw no plots")
    options = parser.parse_args()
    if min(options.epochs, options.batch_size, *options.hidden) < 1:
        parser.error("--epochs, --batch-size and --hidden must be at least 1")
    if not 0 < options.learning_rate < math.inf:
        parser.error("--learning-rate must be a number above 0")
    if options.seed < 0:
        parser.error("--seed must be at least 0")
    if options.data_dir is not None and options.data == "synthetic":
        parser.error("--data-dir is for mnist and fashion: synthetic digits are drawn, not read")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=options.out).close()
    except OSError as error:
        parser.error(f"--out: can't write to the folder {options.out}: {error.strerror}")
    return options


if __name__ == "__main__":
    main()
