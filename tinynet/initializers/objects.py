"""The initializers with settings, as objects: ``RandomNormal(stddev=0.01)``.

Each is called like the functions, with a shape and a generator. An initializer with its own seed
ignores the generator, and returns the same values at every call. Without a seed or a generator,
it uses a new generator.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.seeds import new_generator
from tinynet._internal.settings import Settings
from tinynet.initializers import scaled

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class InitializerObject(Settings):
    """Base class of the initializers with settings.

    Parameters
    ----------
    seed : int, optional
        Seed of the initializer's own generator.
    """

    @known_keywords
    def __init__(self, seed: int | None = None) -> None:
        self.seed = checks.check_seed(seed)

    @known_keywords
    def __call__(
        self, shape: tuple[int, ...], rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """Return an array of this shape."""
        if self.seed is not None or rng is None:
            rng = new_generator(self.seed)
        shape = checks.check_shape(shape, what="shape")
        checks.check_memory(shape, 8, "weights")
        return self.draw(shape, checks.check_instance(rng, np.random.Generator, "rng"))

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return an array of this shape, drawn from `rng`."""
        raise NotImplementedError(f"{type(self).__name__} must define draw(shape, rng).")

    def __eq__(self, other: object) -> bool:
        """Whether the other one is of the same kind and has the same settings."""
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        """Equal initializers have equal hashes, and a change of a setting doesn't change them."""
        return hash(type(self))


class Constant(InitializerObject):
    """A constant.

    Parameters
    ----------
    value : float or array_like
        The value of every entry, or the values, which are broadcast to the shape.

    Examples
    --------
    >>> Constant(0.1)((2,))
    array([0.1, 0.1])
    >>> Constant([1.0, 2.0])((2, 2))
    array([[1., 2.],
           [1., 2.]])
    """

    value: Any

    @known_keywords
    def __init__(self, value: Any = 0.0) -> None:
        super().__init__()
        if isinstance(value, list | tuple | np.ndarray):
            values = checks.as_numbers(value, "value")
            checks.check_finite(values, "value")
            self.value = values.astype(np.float64).tolist()
        else:
            self.value = checks.check_number(value, "value")

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return an array filled with the value or the values."""
        if np.ndim(self.value) == 0:
            return np.full(shape, self.value)
        try:
            return np.broadcast_to(self.value, shape).copy()
        except ValueError:
            raise ValueError(
                f"Constant has values of shape {np.shape(self.value)}, which can't be broadcast to "
                f"weights of shape {shape}."
            ) from None

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"value": self.value}


class Zeros(Constant):
    """All zeros."""

    @known_keywords
    def __init__(self) -> None:
        super().__init__(0.0)

    def get_config(self) -> dict[str, Any]:
        """Return an empty dict."""
        return {}


class Ones(Constant):
    """All ones."""

    @known_keywords
    def __init__(self) -> None:
        super().__init__(1.0)

    def get_config(self) -> dict[str, Any]:
        """Return an empty dict."""
        return {}


class Identity(InitializerObject):
    """`gain` on the diagonal and zeros elsewhere, so that a layer scales its input by `gain`.

    Parameters
    ----------
    gain : float
        The factor.

    Examples
    --------
    >>> Identity(2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]])
    """

    @known_keywords
    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = checks.check_number(gain, "gain")

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return the scaled identity matrix."""
        return self.gain * np.eye(*check_matrix(shape, "Identity"))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"gain": self.gain}


class Orthogonal(InitializerObject):
    """A random orthogonal matrix, which preserves the length of a signal.

    A matrix of normal variables is factored as A = Q R, with Q orthogonal, ``Q.T @ Q = I``, and R
    triangular. The factorization is unique if R's diagonal is positive, so each column of Q takes
    the sign of R's diagonal entry. If the matrix isn't square, its rows or its columns are
    orthogonal, whichever are fewer.

    Source: A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014.

    Parameters
    ----------
    gain : float
        Factor by which the matrix is multiplied.
    seed : int, optional
        Seed of the initializer's own generator.

    Examples
    --------
    >>> W = Orthogonal(seed=0)((5, 3))
    >>> print(abs(W.T @ W - np.eye(3)).max() < 1e-12)
    True
    """

    @known_keywords
    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = checks.check_number(gain, "gain")

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw the matrix."""
        rows, columns = check_matrix(shape, "Orthogonal")
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T)


class RandomNormal(InitializerObject):
    """Normal distribution.

    Parameters
    ----------
    mean, stddev : float
        Mean and standard deviation.
    seed : int, optional
        Seed of the initializer's own generator.

    Examples
    --------
    >>> print(f"{RandomNormal(stddev=0.01, seed=0)((100, 100)).std():.4f}")
    0.0100
    """

    @known_keywords
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = checks.check_number(mean, "mean")
        self.stddev = checks.check_number(stddev, "stddev", minimum=0)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Normal distribution truncated at two standard deviations from the mean.

    Values outside are drawn again. The standard deviation of the result is 0.88 `stddev`.

    Parameters
    ----------
    mean, stddev : float
        Mean and standard deviation before truncation.
    seed : int, optional
        Seed of the initializer's own generator.

    Examples
    --------
    >>> print(abs(TruncatedNormal(seed=0)((100, 100))).max() <= 0.1)
    True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        std = self.stddev * scaled.TRUNCATED_STD
        return self.mean + scaled.truncated_normal(shape, std, rng)


class RandomUniform(InitializerObject):
    """Uniform distribution from `minval` to `maxval`.

    Parameters
    ----------
    minval, maxval : float
        The limits.
    seed : int, optional
        Seed of the initializer's own generator.

    Examples
    --------
    >>> print(abs(RandomUniform(seed=0)((100, 100))).max() <= 0.05)
    True
    """

    @known_keywords
    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval = checks.check_number(minval, "minval")
        self.maxval = checks.check_number(maxval, "maxval")
        if self.minval > self.maxval:
            raise ValueError(f"minval must not be above maxval, received {minval} and {maxval}.")

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        return rng.uniform(self.minval, self.maxval, shape)


class VarianceScaling(InitializerObject):
    """Distribution with variance `scale` divided by a fan.

    Glorot's, He's and LeCun's initializers are special cases.

    Parameters
    ----------
    scale : float
        The numerator, above 0.
    mode : str
        The denominator: ``"fan_in"``, ``"fan_out"``, or ``"fan_avg"``, the mean of the two.
    distribution : str
        ``"truncated_normal"`` (or ``"normal"``), ``"untruncated_normal"`` or ``"uniform"``.
    seed : int, optional
        Seed of the initializer's own generator.

    Examples
    --------
    >>> W = VarianceScaling(2.0, mode="fan_out", seed=0)((784, 128))
    >>> print(f"{W.var() * 128 / 2:.2f}")
    1.00
    """

    @known_keywords
    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        self.scale = checks.check_number(scale, "scale")
        if self.scale <= 0:
            raise ValueError(f"scale must be above 0, received {scale}.")
        self.mode = checks.lookup(mode, {name: name for name in MODES}, "mode")
        names = {name: name for name in DISTRIBUTIONS} | {"normal": "truncated_normal"}
        self.distribution = checks.lookup(distribution, names, "distribution")

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw from the distribution."""
        fan_in, fan_out = scaled.fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        std = sqrt(self.scale / fan)
        if self.distribution == "truncated_normal":
            return scaled.truncated_normal(shape, std, rng)
        if self.distribution == "untruncated_normal":
            return std * rng.standard_normal(shape)
        return scaled.uniform(shape, sqrt(3 * self.scale / fan), rng)


class NamedScaling(VarianceScaling):
    """A `VarianceScaling` with fixed `SETTINGS`: scale, mode and distribution."""

    SETTINGS: tuple[float, str, str]

    @known_keywords
    def __init__(self, seed: int | None = None) -> None:
        super().__init__(*self.SETTINGS, seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"seed": self.seed}


class GlorotUniform(NamedScaling):
    """`tinynet.initializers.glorot_uniform` as an object."""

    SETTINGS = (1.0, "fan_avg", "uniform")


class GlorotNormal(NamedScaling):
    """`tinynet.initializers.glorot_normal` as an object."""

    SETTINGS = (1.0, "fan_avg", "truncated_normal")


class HeUniform(NamedScaling):
    """`tinynet.initializers.he_uniform` as an object."""

    SETTINGS = (2.0, "fan_in", "uniform")


class HeNormal(NamedScaling):
    """`tinynet.initializers.he_normal` as an object."""

    SETTINGS = (2.0, "fan_in", "truncated_normal")


class LecunUniform(NamedScaling):
    """`tinynet.initializers.lecun_uniform` as an object."""

    SETTINGS = (1.0, "fan_in", "uniform")


class LecunNormal(NamedScaling):
    """`tinynet.initializers.lecun_normal` as an object."""

    SETTINGS = (1.0, "fan_in", "truncated_normal")


def check_matrix(shape: tuple[int, ...], what: str) -> tuple[int, int]:
    """Return the shape, after checking that it is that of a matrix."""
    if len(shape) != 2:
        raise ValueError(f"{what} needs the shape of a matrix, such as (3, 2), received {shape}.")
    return shape[0], shape[1]
