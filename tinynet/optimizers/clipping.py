"""Gradient clipping: large gradients are reduced before the step.

A single bad batch can have a gradient a thousand times longer than the others, and a step along it
can undo the training. Clipping by norm keeps the gradient's direction and limits its length, for
each parameter array with `clipnorm`, for all together with `global_clipnorm`. Clipping by value
limits every entry, with `clipvalue`, and may change the direction.

References
----------
.. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
   networks", ICML 2013, algorithm 1.
"""

import math
from collections.abc import Sequence

import numpy as np

from tinynet._internal import checks

LIMITS = ("clipnorm", "clipvalue", "global_clipnorm")


def by_norm(gradients: np.ndarray, segments: Sequence[slice], limit: float) -> np.ndarray:
    """Return a copy in which no segment's norm exceeds `limit` [1]_.

    With g a segment of the vector, ``g limit / max(norm(g), limit)``.

    Examples
    --------
    >>> by_norm(np.array([3.0, 4.0, 0.5]), [slice(0, 2), slice(2, 3)], limit=1.0)
    array([0.6, 0.8, 0.5])
    """
    clipped = gradients.copy()
    for segment in segments:
        clipped[segment] *= limit / max(norm(gradients[segment]), limit)
    return clipped


def norm(g: np.ndarray) -> float:
    """Return the Euclidean norm, also of a gradient whose squares overflow.

    Examples
    --------
    >>> print(f"{norm(np.array([3e30, 4e30], dtype=np.float32)):.1e}")
    5.0e+30
    """
    with np.errstate(over="ignore", invalid="ignore"):
        length = math.sqrt(np.vdot(g, g))
        if math.isinf(length):
            largest = np.abs(g).max()
            length = float(largest) * math.sqrt(np.vdot(g / largest, g / largest))
    return length


def by_value(gradients: np.ndarray, limit: float) -> np.ndarray:
    """Return a copy clipped to [-limit, limit].

    Examples
    --------
    >>> by_value(np.array([3.0, -4.0, 0.5]), limit=1.0)
    array([ 1. , -1. ,  0.5])
    """
    return np.clip(gradients, -limit, limit)


def check_limit(value: float | None, name: str) -> float | None:
    """Return None or a number that isn't negative; 0 means no limit."""
    return None if value is None else checks.check_number(value, name, minimum=0)


def check_one_limit(*limits: float | None) -> None:
    """Raise an error if more than one limit is set."""
    given = [f"{name}={limit:g}" for name, limit in zip(LIMITS, limits, strict=True) if limit]
    if len(given) > 1:
        raise ValueError(
            f"An optimizer takes one of clipnorm, clipvalue and global_clipnorm, "
            f"received {' and '.join(given)}."
        )
