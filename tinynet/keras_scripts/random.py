"""`tf.random`: setting the seed, and drawing from a few distributions."""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np

from tinynet import utils
from tinynet._internal.checks import check_seed
from tinynet._internal.seeds import new_generator
from tinynet.keras_scripts.arrays import Tensor, as_dtype

__all__ = [
    "normal",
    "randint",
    "set_random_seed",
    "set_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]


def set_seed(seed: int) -> None:
    """Make initial weights, dropout masks and shuffling reproducible.

    As in TensorFlow, Python's and NumPy's own generators aren't changed.
    """
    of_python, of_numpy = python_random.getstate(), np.random.get_state()  # noqa: NPY002
    utils.set_random_seed(int(seed))
    python_random.setstate(of_python)
    np.random.set_state(of_numpy)  # noqa: NPY002


set_random_seed = set_seed  # TensorFlow 1's name


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Tensor:
    """Draw from a normal distribution."""
    drawn = new_generator(check_seed(seed)).normal(mean, stddev, shape)
    return np.asarray(drawn, as_dtype(dtype)).view(Tensor)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Tensor:
    """Draw from a normal distribution, truncated at two standard deviations from the mean."""
    rng = new_generator(check_seed(seed))
    drawn = np.asarray(rng.normal(size=shape))
    while (far := np.abs(drawn) > 2).any():
        drawn[far] = rng.normal(size=int(far.sum()))
    return np.asarray(mean + stddev * drawn, as_dtype(dtype)).view(Tensor)


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Tensor:
    """Draw floats or integers from a uniform distribution over [minval, maxval)."""
    rng, kind = new_generator(check_seed(seed)), as_dtype(dtype)
    high = 1 if maxval is None else maxval
    whole = kind.kind in "iu"
    drawn = rng.integers(minval, high, shape) if whole else rng.uniform(minval, high, shape)
    return np.asarray(drawn, kind).view(Tensor)


def shuffle(value: Any, *, seed: int | None = None, name: Any = None) -> Tensor:
    """Return the rows in a random order."""
    return np.asarray(new_generator(check_seed(seed)).permutation(value)).view(Tensor)


def randint(
    shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: int | None = None
) -> Tensor:
    """Draw integers from [minval, maxval)."""
    return uniform(shape, minval, maxval, dtype, seed)
