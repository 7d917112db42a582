"""How well a network that is trained on synthetic digits reads real handwriting.

The reference network (784-128-128-10, SGD, three epochs) is trained without any image of MNIST.
Even the mean and the standard deviation that normalise the test images are those of the synthetic
digits. Each seed draws its own data set, initial weights and order of the examples.

    python benchmarks/synthetic_to_real.py [number of seeds, 5 if left out]

It needs MNIST (see `tinynet.datasets.mnist`), prints the tables of docs/synthetic_digits.md, and
leaves a file of 55 MB for each seed in the cache folder.
"""

import argparse

import numpy as np

from benchmarks.common import positive
from tinynet.datasets import mnist, synthetic_digits
from tinynet.layers import Dense
from tinynet.metrics import confusion_matrix
from tinynet.models import Sequential
from tinynet.utils import to_categorical

CONFUSIONS = 8  # the number of most frequent confusions to print


def train(x: np.ndarray, y: np.ndarray, seed: int) -> Sequential:
    model = Sequential(
        [
            Dense(128, activation="relu", input_shape=(784,)),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ],
        seed=seed,
    )
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, to_categorical(y, 10), epochs=3, verbose=0)
    return model


def main(seeds: int) -> None:
    _, (x_real, y_real) = mnist.load_data()
    on_synthetic = []
    on_real = []
    confusion = np.zeros((10, 10))
    for seed in range(seeds):
        (x_train, y_train), (x_test, y_test) = synthetic_digits.load_data(seed=seed)
        mean, std = x_train.mean(), x_train.std()

        def normalise(x: np.ndarray, mean: float = mean, std: float = std) -> np.ndarray:
            return (x.reshape(-1, 784) - np.float32(mean)) / np.float32(std)

        model = train(normalise(x_train), y_train, seed)
        predicted = model.predict(normalise(x_real)).argmax(axis=1)
        confusion += confusion_matrix(y_real, predicted)
        on_real.append(np.mean(predicted == y_real))
        on_synthetic.append(np.mean(model.predict(normalise(x_test)).argmax(axis=1) == y_test))
        print(
            f"seed {seed}: mean {mean:.2f}, standard deviation {std:.2f}; "
            f"accuracy on synthetic test digits {on_synthetic[-1]:.4f}, on MNIST {on_real[-1]:.4f}",
            flush=True,
        )

    for name, values in (("synthetic test digits", on_synthetic), ("MNIST's test set", on_real)):
        print(
            f"accuracy on {name}: mean {np.mean(values):.4f}, "
            f"lowest {min(values):.4f}, highest {max(values):.4f}"
        )
    print("right on MNIST, by digit:")
    for digit, share in enumerate(confusion.diagonal() / confusion.sum(axis=1)):
        print(f"  {digit}: {share:.3f}")
    print("most frequent confusions on MNIST, images a seed:")
    np.fill_diagonal(confusion, 0)
    for index in np.argsort(-confusion, axis=None)[:CONFUSIONS]:
        digit, taken_for = divmod(int(index), 10)
        print(f"  {digit} taken for {taken_for}: {confusion[digit, taken_for] / seeds:.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seeds", type=positive, nargs="?", default=5, help="how many runs")
    main(parser.parse_args().seeds)
