"""Clipping: gradients that are too long are cut back before the step.

One bad batch can have a gradient a thousand times as long as the others, and the step along it
throws away what was learned. Clipping keeps its direction and limits its length (`by_norm`: of each
parameter array with `clipnorm`, of all together with `global_clipnorm`), or limits every entry
(`by_value`, with `clipvalue`), which bends the direction.

References
----------
.. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
   networks", ICML 2013, algorithm 1.
"""

from collections.abc import Sequence

import numpy as np

from tinynet._internal import checks

LIMITS = ("clipnorm", "clipvalue", "global_clipnorm")


def by_norm(gradients: np.ndarray, segments: Sequence[slice], limit: float) -> np.ndarray:
    """Return a copy in which no segment is longer than `limit` [1]_.

    With g a segment of the vector, ``g limit / max(norm(g), limit)``.

    Examples
    --------
    >>> by_norm(np.array([3.0, 4.0, 0.5]), [slice(0, 2), slice(2, 3)], limit=1.0)
    array([0.6, 0.8, 0.5])
    """
    clipped = gradients * limit
    for segment in segments:
        g = gradients[segment]
        clipped[segment] /= max(np.sqrt(np.dot(g, g)), limit)
    return clipped


def by_value(gradients: np.ndarray, limit: float) -> np.ndarray:
    """Return a copy in which every entry lies from ``-limit`` to ``limit``.

    Examples
    --------
    >>> by_value(np.array([3.0, -4.0, 0.5]), limit=1.0)
    array([ 1. , -1. ,  0.5])
    """
    clipped: np.ndarray = np.clip(gradients, -limit, limit)
    return clipped


def check_limit(value: float | None, name: str) -> float | None:
    """Return None for None, else a number that isn't negative; 0 switches the limit off."""
    return None if value is None else checks.check_number(value, name, minimum=0)


def check_one_limit(*limits: float | None) -> None:
    """Refuse more than one limit.

    Raises
    ------
    ValueError
        If more than one is given.
    """
    given = [f"{name}={limit:g}" for name, limit in zip(LIMITS, limits, strict=True) if limit]
    if len(given) > 1:
        raise ValueError(
            f"An optimizer takes one of clipnorm, clipvalue and global_clipnorm, "
            f"received {' and '.join(given)}."
        )
