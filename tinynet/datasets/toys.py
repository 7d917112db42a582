"""Toy data sets in two dimensions for watching a small network learn: spirals, moons and circles.

Each function returns shuffled points and the class of each point. No straight line separates the
classes. So a network without a hidden layer fails, and a plot of the decision boundary shows what
the hidden layer does. Moons and circles have the shapes of scikit-learn's ``make_moons`` and
``make_circles``.
"""

import numpy as np

from tinynet._internal.checks import check_count, check_number
from tinynet._internal.names import known_keywords

MOST_POINTS = 10_000_000  # some hundred MB
MOST_CLASSES = 1000
MOST_NOISE = 1e30  # so that every point fits into float32


@known_keywords
def spirals(
    n_samples: int = 300, *, n_classes: int = 3, noise: float = 0.03, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Make interleaved spiral arms, one per class.

    Arm k starts near the origin and makes three quarters of a turn on its way to radius 1::

        x = r * (cos a, sin a),   r from 0.1 to 1,   a = 2 pi * k / n_classes + 1.5 pi * r

    Parameters
    ----------
    n_samples
        Total number of points, at most ten million. If it isn't a multiple of `n_classes`, the
        first arms get one point more.
    n_classes
        Number of arms.
    noise
        Standard deviation of the Gaussian noise that is added to both coordinates.
    seed
        The same seed gives the same points.

    Returns
    -------
    x : ndarray, shape (n_samples, 2), float32
        The points.
    y : ndarray, shape (n_samples,), int64
        The class of each, from 0 to n_classes - 1.

    Examples
    --------
    >>> from tinynet.datasets import spirals
    >>> x, y = spirals(600, n_classes=3)
    >>> x.shape, y.shape, sorted(set(y.tolist()))
    ((600, 2), (600,), [0, 1, 2])
    """
    n_classes = check_count(n_classes, "n_classes", maximum=MOST_CLASSES)
    arms = []
    for k, n_points in enumerate(_share_out(n_samples, n_classes)):
        radius = np.linspace(0.1, 1.0, n_points)
        angle = 2 * np.pi * k / n_classes + 1.5 * np.pi * radius
        arms.append(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    return _shuffled(arms, noise, seed)


@known_keywords
def moons(
    n_samples: int = 200, *, noise: float = 0.1, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Make two interlocking half circles of radius 1.

    For angles a from 0 to pi, evenly spaced::

        class 0:  (cos a, sin a)            class 1:  (1 - cos a, 1/2 - sin a)

    Parameters
    ----------
    n_samples
        Total number of points, at most ten million. If it is odd, class 0 gets one point more.
    noise
        Standard deviation of the Gaussian noise that is added to both coordinates.
    seed
        The same seed gives the same points.

    Returns
    -------
    x : ndarray, shape (n_samples, 2), float32
        The points.
    y : ndarray, shape (n_samples,), int64
        The class of each, 0 or 1.

    Examples
    --------
    >>> from tinynet.datasets import moons
    >>> x, y = moons(4, noise=0.0, seed=0)
    >>> sorted(zip(y.tolist(), x.round(3).tolist()))
    [(0, [-1.0, 0.0]), (0, [1.0, 0.0]), (1, [0.0, 0.5]), (1, [2.0, 0.5])]
    """
    n_upper, n_lower = _share_out(n_samples, 2)
    upper = np.linspace(0, np.pi, n_upper)
    lower = np.linspace(0, np.pi, n_lower)
    return _shuffled(
        [
            np.column_stack([np.cos(upper), np.sin(upper)]),
            np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)]),
        ],
        noise,
        seed,
    )


@known_keywords
def circles(
    n_samples: int = 200, *, factor: float = 0.5, noise: float = 0.05, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Make two circles around the origin, the outer one of radius 1.

    Parameters
    ----------
    n_samples
        Total number of points, at most ten million. If it is odd, class 0 gets one point more.
    factor
        Radius of the inner circle, at least 0 and below 1.
    noise
        Standard deviation of the Gaussian noise that is added to both coordinates.
    seed
        The same seed gives the same points.

    Returns
    -------
    x : ndarray, shape (n_samples, 2), float32
        The points.
    y : ndarray, shape (n_samples,), int64
        The class of each: 0 on the outer circle, 1 on the inner one.

    Examples
    --------
    >>> from tinynet.datasets import circles
    >>> x, y = circles(4, factor=0.5, noise=0.0, seed=0)
    >>> sorted(zip(y.tolist(), (x**2).sum(axis=1).tolist()))
    [(0, 1.0), (0, 1.0), (1, 0.25), (1, 0.25)]
    """
    factor = check_number(factor, "factor", minimum=0, below=1)
    rings = []
    for radius, n_points in zip((1.0, factor), _share_out(n_samples, 2), strict=True):
        angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
        rings.append(radius * np.column_stack([np.cos(angle), np.sin(angle)]))
    return _shuffled(rings, noise, seed)


def _share_out(n_samples: int, n_classes: int) -> list[int]:
    """Divide the number of points as evenly as possible."""
    n_samples = check_count(n_samples, "n_samples", minimum=n_classes, maximum=MOST_POINTS)
    return [(n_samples + n_classes - 1 - k) // n_classes for k in range(n_classes)]


def _shuffled(classes: list[np.ndarray], noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Add noise to the points of all classes, label them and shuffle them."""
    noise = check_number(noise, "noise", minimum=0)
    if noise > MOST_NOISE:
        raise ValueError(f"noise must be at most {MOST_NOISE:g}, received {noise}.")
    rng = np.random.default_rng(check_count(seed, "seed", minimum=0))
    x = np.concatenate(classes)
    x += rng.normal(scale=noise, size=x.shape)
    y = np.repeat(np.arange(len(classes)), [len(points) for points in classes])
    order = rng.permutation(len(x))
    return x[order].astype(np.float32), y[order].astype(np.int64)
