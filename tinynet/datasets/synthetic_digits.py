"""Synthetic digits: a data set with the shapes and dtypes of MNIST, drawn by a simulated pen.

It replaces MNIST where there is neither a copy of MNIST nor a network connection. It contains
nothing of MNIST. Every image is made from the hand-drawn skeletons in `_pen_strokes` and from
random numbers, in three steps:

1. `_write` picks a skeleton and varies it as handwriting does: it displaces the points, bends the
   sheet, and slants and turns the digit. The result is the path of the pen.
2. `_ink` fits the path into a square of 20 by 20 pixels, the size of MNIST's digits, and darkens
   every pixel according to its distance from the path.
3. `_centre` places the square in an image of 28 by 28 pixels so that the ink's centre of mass is in
   the middle, as it is in MNIST.

Many digits are drawn at once. In the shapes, n is their number, S is STAMPS, A is the number of
skeletons and K the number of points of the longest one. The digits are the last axis of the large
arrays, so that NumPy's inner loops are long.
"""

from __future__ import annotations

import contextlib
import functools
import math
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from tinynet._internal.checks import check_count
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import open_regular, replacing
from tinynet.datasets import _sources
from tinynet.datasets._pen_strokes import ALLOGRAPHS

# Increase this whenever the images change, so that older images in the cache aren't used.
GENERATOR_VERSION = 1

# Fewer images than this are drawn in so little time that they aren't cached.
CACHED_FROM = 10_000

MOST_IMAGES = 1_000_000  # 784 MB

# Digits are drawn in blocks, each from a random generator of its own. This bounds the memory and
# makes a small data set the beginning of a larger one.
BLOCK = 250

# How much handwriting varies: standard deviations, in heights of a digit unless noted otherwise.
JITTER = 0.055  # of the position of a skeleton's point
BEND = 0.25  # of the coefficients of x², xy and y² that bend the sheet
WAVE = 0.035  # of the amplitude of a wave that runs through the sheet
WIDTH = 0.26  # of the logarithm of the width
SLANT_MEAN, SLANT = 0.12, 0.26  # of the shift to the right from the bottom to the top
TURN = 0.12  # of the angle in radians

# The pen, in pixels. Its tip is a disc, stamped along the path about every half pixel.
STAMPS = 96
RADIUS, RADIUS_SPREAD = 1.2, 0.34  # the median, and the standard deviation of the logarithm
RADIUS_LIMITS = (0.75, 3.2)
PRESSURE = 0.2  # the radius changes along the path by at most this fraction
EDGE_LIMITS = (1.0, 1.5)  # how wide a stroke's grey edge is

BOX = 20  # the side of the square that a digit fills
SIDE = 28  # the side of an image

Split: TypeAlias = tuple[np.ndarray, np.ndarray]


@known_keywords
def load_data(n_train: int = 60000, n_test: int = 10000, seed: int = 0) -> tuple[Split, Split]:
    """Draw the synthetic digits, or load them from the cache.

    A network trained on these images alone reads real handwriting. The reference network
    (784-128-128-10, three epochs) reaches an accuracy of 94.0 % on MNIST's test set, the mean of
    five seeds.
    See docs/synthetic_digits.md for that measurement and a picture.

    Data sets of 10,000 images or more are kept in the user's cache folder (on Linux
    ~/.cache/tinynet), which takes 785 bytes per image. If that folder isn't writable, the images
    are drawn every time.

    Parameters
    ----------
    n_train, n_test
        The numbers of training and test images, at most a million each.
    seed
        From 0 to 2**64 - 1. The same seed gives the same images. The training images don't depend
        on `n_test`, nor the test images on `n_train`. A smaller data set is the beginning of a
        larger one.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images of shape (n, 28, 28), uint8, from 0 for paper to 255 for ink, and the digits they
        show, of shape (n,), uint8. Of every 250 images, 25 show each digit, in random order.

    Examples
    --------
    >>> from tinynet.datasets import synthetic_digits
    >>> (x_train, y_train), (x_test, y_test) = synthetic_digits.load_data(500, 100)
    >>> x_train.shape, x_train.dtype, y_train.shape, x_test.shape
    ((500, 28, 28), dtype('uint8'), (500,), (100, 28, 28))
    >>> np.bincount(y_train)
    array([50, 50, 50, 50, 50, 50, 50, 50, 50, 50])
    """
    n_train = check_count(n_train, "n_train", minimum=0, maximum=MOST_IMAGES)
    n_test = check_count(n_test, "n_test", minimum=0, maximum=MOST_IMAGES)
    seed = check_count(seed, "seed", minimum=0, maximum=2**64 - 1)
    if n_train + n_test < CACHED_FROM:
        return _draw_split(n_train, seed, 0), _draw_split(n_test, seed, 1)

    version = f"v{GENERATOR_VERSION}-{n_train}-{n_test}-seed{seed}"
    cache = _sources.cache_folder() / f"synthetic-digits-{version}.npz"
    splits = _read_cache(cache, n_train, n_test)
    if splits is None:
        splits = _draw_split(n_train, seed, 0), _draw_split(n_test, seed, 1)
        _write_cache(cache, *splits)
    return splits


def _draw_split(n: int, seed: int, split: int) -> Split:
    """Draw the first n images of the training split, 0, or of the test split, 1."""
    images = np.empty((n, SIDE, SIDE), np.uint8)
    labels = np.empty(n, np.uint8)
    for start in range(0, n, BLOCK):
        key = (split, start // BLOCK)
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
        digits = rng.permutation(np.arange(BLOCK) % 10)
        block = slice(start, min(start + BLOCK, n))
        labels[block] = digits[: n - start]
        images[block] = _centre(_ink(_write(digits, rng), rng))[: n - start]
    return images, labels


def _write(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the path of the pen for each digit, shape (2, S, n), in heights of a digit."""
    n = len(digits)
    points, spline, cumulative = _skeletons()
    chosen = (rng.random((n, 1)) >= cumulative[digits]).sum(axis=1)

    # Independent displacements would make curves angular, so neighbours are displaced similarly.
    jitter = rng.normal(0, JITTER, (n, *points.shape[1:]))
    jitter = (np.roll(jitter, 1, axis=1) + 2 * jitter + np.roll(jitter, -1, axis=1)) / np.sqrt(6)
    path = spline[chosen] @ (points[chosen] + jitter)
    x, y = np.ascontiguousarray(path.transpose(2, 1, 0))

    x *= rng.lognormal(0, WIDTH, n)
    bend = rng.normal(0, BEND, (6, n))
    x, y = (
        x + bend[0] * x * x + bend[1] * x * y + bend[2] * y * y,
        y + bend[3] * x * x + bend[4] * x * y + bend[5] * y * y,
    )
    wave = rng.normal(0, WAVE, (2, n))
    rate = 2 * np.pi * rng.uniform(0.5, 1.5, (2, n))
    phase = rng.uniform(0, 2 * np.pi, (2, n))
    x, y = (
        x + wave[0] * np.sin(rate[0] * y + phase[0]),
        y + wave[1] * np.sin(rate[1] * x + phase[1]),
    )
    x -= rng.normal(SLANT_MEAN, SLANT, n) * y  # y runs down
    turn = rng.normal(0, TURN, n)
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])


def _ink(path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw each path with its own pen, shape (20, 20, n), 0 for paper and 1 for ink."""
    n: int = path.shape[-1]
    median = rng.lognormal(math.log(RADIUS), RADIUS_SPREAD, n).clip(*RADIUS_LIMITS)
    rate = rng.uniform(0.5, 2, n)
    phase = rng.uniform(0, 2 * np.pi, n)
    time = np.linspace(0, 2 * np.pi, STAMPS)[:, np.newaxis]
    radius = median * (1 + rng.uniform(0, PRESSURE, n) * np.sin(rate * time + phase))

    low, high = path.min(axis=1, keepdims=True), path.max(axis=1, keepdims=True)
    scale = (BOX - 2 * median) / (high - low).max(axis=0)
    path = (path - (low + high) / 2) * scale + (BOX - 1) / 2

    # For a pixel at distance d from a stamp of radius r, d² - r² is negative inside the disc, zero
    # on its rim and positive outside. The minimum over all stamps says the same about the whole
    # stroke. It needs no square root, and is the sum of a part for the column and one for the row:
    # (column - x)² - r² and (row - y)².
    x, y = path.astype(np.float32)
    radius, median = radius.astype(np.float32), median.astype(np.float32)
    pixels = np.arange(BOX, dtype=np.float32)[:, np.newaxis]
    least = np.full((BOX, BOX, n), np.inf, np.float32)
    stamp = np.empty_like(least)
    for s in range(STAMPS):
        columns = (pixels - x[s]) ** 2 - radius[s] ** 2
        rows = (pixels - y[s]) ** 2
        np.add(rows[:, np.newaxis], columns, out=stamp)
        np.minimum(least, stamp, out=least)

    # The stroke's rim runs through the middle of a grey edge, in which ink rises smoothly.
    outside = np.sqrt(np.maximum(least + median**2, 0)) - median  # the distance from the rim
    edge = rng.uniform(*EDGE_LIMITS, n).astype(np.float32)
    ink: np.ndarray = np.clip(0.5 - outside / edge, 0, 1)
    ink = ink * ink * (3 - 2 * ink)
    ink /= ink.max(axis=(0, 1))
    return ink


def _centre(ink: np.ndarray) -> np.ndarray:
    """Place each square in an image, shape (n, 28, 28), uint8.

    As in MNIST, the squares are shifted by whole pixels. So the centre of mass is within half a
    pixel of pixel (14, 14), except for the few digits that would extend beyond the image.
    """
    ink = ink.transpose(2, 0, 1)
    pixels = np.arange(BOX)
    mass = ink.sum(axis=(1, 2))
    shift = SIDE // 2 - np.stack([ink.sum(axis=2) @ pixels, ink.sum(axis=1) @ pixels]) / mass
    top, left = np.rint(shift).astype(int).clip(0, SIDE - BOX)
    rows = (top[:, np.newaxis] + pixels)[:, :, np.newaxis]
    columns = (left[:, np.newaxis] + pixels)[:, np.newaxis, :]
    images = np.zeros((len(ink), SIDE, SIDE), np.uint8)
    images[np.arange(len(ink))[:, np.newaxis, np.newaxis], rows, columns] = np.rint(255 * ink)
    return images


class _Skeletons(NamedTuple):
    """The table of `_pen_strokes` as arrays. Rows beyond a skeleton's points are zero."""

    points: np.ndarray  # (A, K, 2): x and y, in heights of a digit, with the origin in its middle
    spline: np.ndarray  # (A, S, K): spline @ points are the places of the stamps
    cumulative: np.ndarray  # (10, A): for each digit, the cumulative frequency of the skeletons


@functools.cache
def _skeletons() -> _Skeletons:
    digits, frequencies, curves = zip(
        *((d, f, _parse(text)) for d, allographs in ALLOGRAPHS.items() for f, text in allographs),
        strict=True,
    )
    points = np.zeros((len(curves), max(len(p) for p, _ in curves), 2))
    spline = np.zeros((len(curves), STAMPS, points.shape[1]))
    for a, (own_points, spans) in enumerate(curves):
        points[a, : len(own_points)] = (own_points - [3, 5]) / 10
        spline[a] = _spline(points[a], spans)
    cumulative = np.cumsum((np.arange(10)[:, np.newaxis] == digits) * frequencies, axis=1)
    return _Skeletons(points, spline, cumulative / cumulative[:, -1:])


def _parse(text: str) -> tuple[np.ndarray, list[list[int]]]:
    """Read an entry of the table: its points and its spans.

    A span is the piece of curve between two neighbouring points b and c. It also depends on the
    point a before it and the point d after it, and is given by the four indices [a, b, c, d]. There
    is no such point at the end of a stroke and at a corner, so b or c is repeated.
    """
    points: list[list[float]] = []
    spans: list[list[int]] = []
    for stroke in text.split("/"):
        curves: list[list[int]] = [[]]
        for point in stroke.split():
            curves[-1].append(len(points))
            if point.endswith("!"):
                curves.append([len(points)])
            points.append([float(number) for number in point.rstrip("!").split(",")])
        for curve in curves:
            padded = [curve[0], *curve, curve[-1]]
            spans += [padded[i : i + 4] for i in range(len(curve) - 1)]
    return np.array(points), spans


def _spline(points: np.ndarray, spans: list[list[int]]) -> np.ndarray:
    """Return the matrix, shape (S, K), that takes points to stamps on a curve through them.

    The curve is a Catmull-Rom spline: from b to c, t running from 0 to 1, it is::

        ½ [(-t + 2t² - t³) a + (2 - 5t² + 3t³) b + (t + 4t² - 3t³) c + (-t² + t³) d],

    the cubic with slope (c - a) / 2 at b and (d - b) / 2 at c. The number of stamps on a span is
    proportional to the distance between its ends.
    """
    lengths = [np.hypot(*(points[c] - points[b])) for _, b, c, _ in spans]
    stops = np.rint(STAMPS * np.cumsum(lengths) / np.sum(lengths)).astype(int)
    spline = np.zeros((STAMPS, len(points)))
    start = 0
    for (a, b, c, d), stop in zip(spans, stops, strict=True):
        t = np.linspace(0, 1, stop - start)
        spline[start:stop, a] += (-t + 2 * t**2 - t**3) / 2
        spline[start:stop, b] += (2 - 5 * t**2 + 3 * t**3) / 2
        spline[start:stop, c] += (t + 4 * t**2 - 3 * t**3) / 2
        spline[start:stop, d] += (-(t**2) + t**3) / 2
        start = stop
    return spline


def _read_cache(cache: Path, n_train: int, n_test: int) -> tuple[Split, Split] | None:
    """Return the cached images, or None if they are missing or damaged."""
    try:
        # Opened here because NumPy leaves the file open if it isn't a valid zip archive.
        with open_regular(cache) as content, np.load(content, allow_pickle=False) as file:
            train = file["x_train"], file["y_train"]
            test = file["x_test"], file["y_test"]
    except Exception:  # a damaged file fails in many ways, and is always drawn again
        return None
    for n, (x, y) in ((n_train, train), (n_test, test)):
        if x.shape != (n, SIDE, SIDE) or y.shape != (n,) or not x.dtype == y.dtype == np.uint8:
            return None
    return train, test


def _write_cache(cache: Path, train: Split, test: Split) -> None:
    """Write the cache if possible, completely or not at all."""
    with contextlib.suppress(OSError):  # a read-only folder or a full disk: no cache then
        cache.parent.mkdir(parents=True, exist_ok=True)
        with replacing(cache) as file:
            np.savez(file, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
