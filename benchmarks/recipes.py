"""The recipes of `benchmarks.to_98`, and the images that they train on.

All of them have one hidden layer or more of rectified linear units, Nesterov momentum of 0.9 and a
learning rate that falls to zero along a cosine, step by step. What is varied is the size of the
images, whether shifted copies are added, the width, the batch, the number of passes and the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOMENTUM = 0.9
CENTRE = ((1, 1),)
FIVE_SHIFTS = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))  # the centre, and one pixel to each side


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, apart from the library.

    Without `shifts`, images are taken as they are. With them, images are halved, and each shift
    adds a copy of the training set; the test images are shifted by the first.
    """

    hidden: tuple[int, ...]
    batch: int
    epochs: int
    rate: float
    shifts: tuple[tuple[int, int], ...] = ()

    def inputs(self) -> int:
        """Return the number of pixels that the network sees."""
        return 13 * 13 if self.shifts else 28 * 28


def halved(images: np.ndarray, shifts: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return images at half their resolution, one copy for each shift, as rows of 13 * 13 pixels.

    A pixel is the sum of 2 by 2 truncated quarters: their mean, less up to 3 of 255, in bytes that
    can't overflow. Those of a copy cover the 26 by 26 pixels from its shift on.
    """
    images = images // 4
    images = images[:, :-1] + images[:, 1:]
    images = images[:, :, :-1] + images[:, :, 1:]
    copies = [images[:, top : top + 26 : 2, left : left + 26 : 2] for top, left in shifts]
    return np.concatenate(copies).reshape(-1, 13 * 13)


def training_set(recipe: Recipe, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of bytes and their labels to train on, of images of 28 by 28."""
    if not recipe.shifts:
        return x.reshape(len(x), -1), y
    return halved(x, recipe.shifts), np.tile(y, len(recipe.shifts))


def rows_to_test(recipe: Recipe, x: np.ndarray) -> np.ndarray:
    """Return rows of bytes to test with."""
    return halved(x, recipe.shifts[:1]) if recipe.shifts else x.reshape(len(x), -1)
