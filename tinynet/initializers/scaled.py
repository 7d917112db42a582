"""The initializers that scale weights to the layer's size: Glorot's, He's and LeCun's.

An initializer is a function ``f(shape, rng)`` that draws an array of that shape from a
`numpy.random.Generator`. These initializers keep the variance of a signal roughly constant from
layer to layer, in the forward and backward passes. For a weight matrix of shape (I, O), *fan-in*,
the number of inputs of a unit, is I, and *fan-out*, the number of units that an input feeds, is O.

References
----------
.. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
   networks", AISTATS 2010: the variance 2 / (I + O) is equation 12, the uniform limits are
   equation 16.
.. [2] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015: the variance
   2 / I is equation 10.
.. [3] Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", 1998: the standard
   deviation 1 / sqrt(I) is equation 16.
"""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords

# The standard deviation of a standard normal variable truncated at -2 and 2:
# sqrt(1 - 4 pdf(2) / (cdf(2) - cdf(-2))), with the normal density and distribution function.
TRUNCATED_STD = 0.8796256610342398


@known_keywords
def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return zeros, the usual initial biases. `rng` isn't used.

    Examples
    --------
    >>> zeros((3,), np.random.default_rng(0))
    array([0., 0., 0.])
    """
    shape = checks.check_shape(shape, what="shape")
    checks.check_memory(shape, 8, "zeros")
    return np.zeros(shape)


@known_keywords
def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw uniformly from ±sqrt(6 / (I + O)): variance 2 / (I + O) (Glorot and Bengio).

    A uniform variable on ±a has the variance a² / 3.

    Examples
    --------
    >>> W = glorot_uniform((784, 128), np.random.default_rng(0))
    >>> W.shape, bool(abs(W).max() <= (6 / (784 + 128)) ** 0.5)
    ((784, 128), True)
    """
    fan_in, fan_out = fans(shape)
    return uniform(shape, sqrt(6 / (fan_in + fan_out)), rng)


@known_keywords
def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw from a truncated normal distribution, variance 2 / (I + O) (Glorot and Bengio).

    Examples
    --------
    >>> W = glorot_normal((784, 128), np.random.default_rng(0))
    >>> print(f"{W.var() * (784 + 128) / 2:.2f}")
    1.00
    """
    fan_in, fan_out = fans(shape)
    return truncated_normal(shape, sqrt(2 / (fan_in + fan_out)), rng)


@known_keywords
def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw uniformly from ±sqrt(6 / I): variance 2 / I, for layers with ReLU (He et al.).

    Examples
    --------
    >>> W = he_uniform((784, 128), np.random.default_rng(0))
    >>> print(f"{W.var() * 784 / 2:.2f}")
    1.00
    """
    return uniform(shape, sqrt(6 / fans(shape)[0]), rng)


@known_keywords
def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw from a truncated normal distribution, variance 2 / I, for ReLU layers (He et al.).

    Examples
    --------
    >>> W = he_normal((784, 128), np.random.default_rng(0))
    >>> print(f"{W.var() * 784 / 2:.2f}")
    1.00
    """
    return truncated_normal(shape, sqrt(2 / fans(shape)[0]), rng)


@known_keywords
def lecun_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw uniformly from ±sqrt(3 / I): variance 1 / I (LeCun et al.).

    Examples
    --------
    >>> W = lecun_uniform((784, 128), np.random.default_rng(0))
    >>> print(f"{W.var() * 784:.2f}")
    1.00
    """
    return uniform(shape, sqrt(3 / fans(shape)[0]), rng)


@known_keywords
def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw from a truncated normal distribution, variance 1 / I (LeCun et al.).

    Examples
    --------
    >>> W = lecun_normal((784, 128), np.random.default_rng(0))
    >>> print(f"{W.var() * 784:.2f}")
    1.00
    """
    return truncated_normal(shape, sqrt(1 / fans(shape)[0]), rng)


@known_keywords
def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return fan-in and fan-out of a weight matrix, (I, O). For a vector, both are its size.

    Axes before the last two are those of a kernel, as in Keras: its size multiplies both fans.
    """
    shape = checks.check_shape(shape, what="shape")
    if not shape:
        raise ValueError("shape must have at least one size, such as (784, 128), received ().")
    if len(shape) == 1:
        return shape[0], shape[0]
    kernel = prod(shape[:-2])
    return kernel * shape[-2], kernel * shape[-1]


def uniform(shape: tuple[int, ...], limit: float, rng: np.random.Generator) -> np.ndarray:
    """Draw uniformly within ±limit."""
    return checked_generator(shape, rng).uniform(-limit, limit, size=shape)


@known_keywords
def truncated_normal(shape: tuple[int, ...], std: float, rng: np.random.Generator) -> np.ndarray:
    """Draw standard normal values truncated at ±2, and scale them to the deviation `std`."""
    std = checks.check_number(std, "std", minimum=0)
    draws = checked_generator(shape, rng).standard_normal(shape)
    while (beyond := np.abs(draws) > 2).any():
        draws[beyond] = rng.standard_normal(np.count_nonzero(beyond))
    return draws * (std / TRUNCATED_STD)


def checked_generator(shape: tuple[int, ...], rng: np.random.Generator) -> np.random.Generator:
    """Return the generator, if it is one and there is memory for what it is to draw."""
    checks.check_memory(checks.check_shape(shape, what="shape"), 8, "random numbers")
    return checks.check_instance(rng, np.random.Generator, "rng")
