"""Draws docs/images/synthetic_digits.png: one hundred of the synthetic digits, ten of each.

python -m tools.make_synthetic_figure
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no screen needed
import matplotlib.pyplot as plt
import numpy as np

from tinynet.datasets import synthetic_digits

FIGURE = Path(__file__).parent.parent / "docs" / "images" / "synthetic_digits.png"


def main() -> None:
    """Draw the figure."""
    (x, y), _ = synthetic_digits.load_data(250, 0)
    rows = [np.hstack(x[y == digit][:10]) for digit in range(10)]
    FIGURE.parent.mkdir(exist_ok=True)
    plt.imsave(FIGURE, np.repeat(np.repeat(np.vstack(rows), 2, axis=0), 2, axis=1), cmap="binary")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
