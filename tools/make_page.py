"""Writes docs/static/digits.html: a page to draw digits on, with a network that reads them.

python -m tools.make_page

The network is trained on synthetic digits for a few seconds. It is small, and so is the page.
"""

import argparse
from pathlib import Path

import tinynet as tn
from tinynet.datasets import synthetic_digits

PAGE = Path(__file__).parent.parent / "docs" / "static" / "digits.html"


def main() -> None:
    """Train the network and write its page."""
    (x_train, y_train), (x_test, y_test) = synthetic_digits.load_data(30_000, 1000)
    normalization = tn.Normalization(axis=None, input_shape=(28, 28))
    normalization.adapt(x_train)
    model = tn.Sequential(
        [
            normalization,
            tn.Flatten(),
            tn.Dense(40, "relu"),
            tn.Dropout(0.1),
            tn.Dense(24, "relu"),
            tn.Dense(10, "softmax"),
        ],
        seed=0,
    )
    model.compile(tn.SGD(0.02, momentum=0.9), "sparse_categorical_crossentropy")
    model.fit(x_train, y_train, batch_size=64, epochs=10, verbose=0)
    read = y_test == model.predict(x_test).argmax(axis=1)
    rows = [
        (read & (y_test == digit)).argmax() for digit in range(10)
    ]  # one of each, read correctly
    model.to_html(PAGE, examples=x_test[rows], labels=y_test[rows], title="A network reads digits")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
