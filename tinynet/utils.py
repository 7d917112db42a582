"""Utilities for preparing data and for repeatable runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinynet._internal import seeds
from tinynet._internal.checks import (
    as_numbers,
    check_count,
    check_finite,
    check_memory,
    check_number,
)
from tinynet._internal.data_hints import label_hint
from tinynet._internal.names import known_keywords, public_names

__all__ = ["mean_and_std", "set_random_seed", "standardize", "to_categorical"]

MOST_CLASSES = 1_000_000  # one row then takes 4 MB
MOST_LABELS = 2.0**53  # above this, float64 can't represent every whole number
PIECE_BYTES = 1 << 19  # of float64, so that a piece fits into the processor's cache


@known_keywords
def set_random_seed(seed: int) -> None:
    """Make layers and models that are built without a seed repeatable.

    Without a seed of their own, layers and models draw one from a common source. This function
    restarts that source. Like the function of the same name in Keras, it also seeds the global
    generators of Python and NumPy, which tinynet itself never uses.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    Examples
    --------
    >>> from tinynet import Dense
    >>> set_random_seed(0)
    >>> first = Dense(1).build((1,)).W
    >>> set_random_seed(0)
    >>> bool(first == Dense(1).build((1,)).W)
    True
    """
    import random

    seed = check_count(seed, "seed", minimum=0, maximum=2**32 - 1)
    seeds.restart(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - resetting the legacy generator is the point


@known_keywords
def to_categorical(y: Any, num_classes: int | None = None) -> np.ndarray:
    """Turn class labels into one-hot rows: 5 becomes ``[0, 0, 0, 0, 0, 1, 0, 0, 0, 0]``.

    Parameters
    ----------
    y : array_like of int, shape (N,) or (N, 1)
        Labels from 0 to ``num_classes - 1``.
    num_classes : int, optional
        The width of the rows. Defaults to the largest label plus one.

    Returns
    -------
    numpy.ndarray of float32, shape (N, num_classes)

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    labels = check_labels(y, "y", num_classes)
    if num_classes is None:
        num_classes = int(labels.max()) + 1 if labels.size else 0
    check_count(num_classes, "num_classes", minimum=0, maximum=MOST_CLASSES)
    check_memory((len(labels), num_classes), 4, "one-hot rows")
    encoded = np.zeros((len(labels), num_classes), dtype=np.float32)
    encoded[np.arange(len(labels)), labels] = 1
    return encoded


def check_labels(y: Any, what: str, num_classes: int | None = None) -> np.ndarray:
    """Return class labels as a vector of indices.

    Raises
    ------
    ValueError
        If the shape isn't (N,) or (N, 1), or a label isn't a whole number from 0 to
        ``num_classes - 1``. The message names the first such label.
    """
    labels = as_numbers(y, what)
    if num_classes is not None:
        num_classes = check_count(num_classes, "num_classes", maximum=2**53)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.ravel()
    if labels.ndim != 1:
        hint = " Give y.ravel()." if labels.ndim == 2 and len(labels) == 1 else ""
        raise ValueError(
            f"{what} must be labels of shape (N,) or (N, 1), received {labels.shape}.{hint}"
        )
    check_finite(labels, what)
    wrong = (labels < 0) | (labels != np.floor(labels))
    if num_classes is not None:
        wrong |= labels >= num_classes
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        highest = "up" if num_classes is None else f"to {num_classes - 1}"
        hint = "" if num_classes is None else label_hint(labels, num_classes)
        raise ValueError(
            f"{what} must be whole numbers from 0 {highest}, received {labels[place]} at [{place}]."
            f"{hint}"
        )
    if labels.size and float(labels.max()) > MOST_LABELS:
        raise ValueError(f"{what} must be at most 2**53, received {labels.max()}.")
    return labels.astype(np.intp, copy=False)


@known_keywords
def standardize(x: Any, *others: Any, epsilon: float = 1e-10) -> Any:
    """Shift and scale data to mean 0 and standard deviation 1, as float32.

    The mean and the standard deviation are single numbers, computed over all entries of `x`. The
    other arrays, such as a test set, are shifted and scaled by the same two numbers.

    The data is processed in pieces. So the results are the only large arrays that are allocated.
    The expression ``(x - x.mean()) / x.std()`` allocates two in float64, each eight times as large
    as uint8 images.

    Parameters
    ----------
    x : array_like
        The training data, of any shape.
    *others : array_like
        More data to scale in the same way.
    epsilon : float
        Added to the standard deviation, so that constant data doesn't divide by zero.

    Returns
    -------
    numpy.ndarray of float32, or a tuple of them
        One array for each argument.

    Raises
    ------
    ValueError
        If `x` is empty, an entry isn't finite, a result wouldn't be finite, or another array is a
        vector of labels.

    Examples
    --------
    >>> x_train = np.array([[0, 10], [20, 30]], dtype=np.uint8)
    >>> x_test = np.array([[15, 15]], dtype=np.uint8)
    >>> standardize(x_train, x_test)
    (array([[-1.3416408, -0.4472136],
           [ 0.4472136,  1.3416408]], dtype=float32), array([[0., 0.]], dtype=float32))
    """
    epsilon = check_number(epsilon, "epsilon", minimum=0)
    arrays = [as_numbers(a, "x") for a in (x, *others)]
    for array in arrays:
        if array.ndim == 0:
            raise ValueError("x must be an array, received a single number.")
        check_finite(array, "x")
    example = arrays[0].shape[1:]
    for array in arrays[1:]:
        if array.ndim == 1 < arrays[0].ndim and array.shape != example:
            raise ValueError(
                f"standardize expected examples of shape {example}, received a vector of shape "
                f"{array.shape}: leave labels out."
            )
    mean, std = mean_and_std(arrays[0])
    scale = std + epsilon
    if scale == 0:
        raise ValueError(f"x doesn't vary: every entry is {mean:g}. Give an epsilon above 0.")
    results = [_standardized(array, mean, scale) for array in arrays]
    return results[0] if not others else tuple(results)


def _standardized(x: np.ndarray, mean: float, scale: float) -> np.ndarray:
    """Return ``(x - mean) / scale`` as float32."""
    result = np.empty(x.shape, dtype=np.float32)
    # A byte has 256 values, so looking up the results in a table is faster than computing them.
    table = _scaled(np.arange(256), mean, scale) if x.dtype == np.uint8 else None
    for part in pieces(x):
        if table is None:
            result[part] = _scaled(x[part], mean, scale)
        else:
            np.take(table, x[part], out=result[part], mode="clip")
    return result


def _scaled(x: np.ndarray, mean: float, scale: float) -> np.ndarray:
    with np.errstate(over="ignore"):
        shifted = np.subtract(x, mean, dtype=np.float64)
        shifted /= scale
        scaled: np.ndarray = shifted.astype(np.float32)
    if x.dtype.kind == "f" and not np.isfinite(scaled).all():
        raise ValueError(
            f"x must fit into float32 after scaling, received entries up to {np.abs(x).max():g} "
            f"where the mean is {mean:g} and the deviation {scale:g}."
        )
    return scaled


@known_keywords
def mean_and_std(x: Any) -> tuple[float, float]:
    """Return the mean and standard deviation of all entries, computed in float64.

    No large temporary array is allocated.

    Examples
    --------
    >>> mean_and_std(np.array([[0, 10], [20, 30]], dtype=np.uint8))
    (15.0, 11.180339887498949)
    """
    x = as_numbers(x, "x")
    if x.ndim == 0:
        raise ValueError("x must be an array, received a single number.")
    if x.size == 0:
        raise ValueError(f"x must have at least one entry, received shape {x.shape}.")
    if x.dtype == np.uint8:
        return _mean_and_std_of_bytes(x)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(np.mean(x, dtype=np.float64))
        squares = []
        for part in pieces(x):
            deviations = np.subtract(x[part], mean, dtype=np.float64)
            deviations *= deviations
            squares.append(float(deviations.sum(dtype=np.float64)))
    std = float(np.sqrt(math.fsum(squares) / x.size)) if np.isfinite(squares).all() else math.inf
    if not (math.isfinite(mean) and math.isfinite(std)):
        raise ValueError(
            "The mean and the deviation of x must be finite in float64, and x has NaN, infinity or "
            "numbers too large to square."
        )
    return mean, std


def _mean_and_std_of_bytes(x: np.ndarray) -> tuple[float, float]:
    """Return the mean and the standard deviation, to the last digit of NumPy's."""
    x = x.ravel(order="K")
    mean = int(x.sum(dtype=np.uint64)) / x.size
    return mean, math.sqrt(_sum_of_squares(x, mean) / x.size)


def _sum_of_squares(x: np.ndarray, mean: float) -> float:
    """Return ``((x - mean) ** 2).sum()``, equal to the bit, without a large temporary array.

    NumPy uses pairwise summation: it splits an array in half, at a multiple of 8, until the parts
    are small. This function splits at the same places.
    """
    if 8 * x.size <= PIECE_BYTES:
        deviations = np.subtract(x, mean, dtype=np.float64)
        deviations *= deviations
        return float(deviations.sum())
    half = x.size // 2
    half -= half % 8
    return _sum_of_squares(x[:half], mean) + _sum_of_squares(x[half:], mean)


def pieces(x: np.ndarray) -> list[slice]:
    """Return slices of `x` along its first axis, each of which takes at most half a megabyte."""
    rows = max(1, PIECE_BYTES // max(1, x.size // max(1, len(x)) * 8))
    return [slice(start, start + rows) for start in range(0, len(x), rows)]


__getattr__, __dir__ = public_names(globals())
