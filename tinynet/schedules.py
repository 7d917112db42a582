"""Schedules: learning rates that change during training.

A schedule is a function of the step, which counts batches from 0. An optimizer accepts one in place
of a number. The schedules here are those of Keras. Any function works as well, but only these
schedules can be saved with a model.
"""

import copy
import functools
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, cos, floor, log, pi
from typing import Any, TypeVar

from tinynet._internal.checks import check_bool, check_iterable, check_name, check_number
from tinynet._internal.names import known_keywords, public_names

__all__ = [
    "SCHEDULES",
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
]

T = TypeVar("T")


class Schedule:
    """A learning rate as a function of the step."""

    @known_keywords
    def __init__(self) -> None:
        super().__init__()

    @known_keywords
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(step).")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, for saving."""
        return copy.deepcopy(vars(self))

    def __setattr__(self, name: str, value: Any) -> None:
        """Set what isn't set yet: a schedule that changes in training couldn't be resumed."""
        if name in vars(self):
            kind = type(self).__name__
            raise AttributeError(f"{name} of {kind} can't be changed: make a new {kind}.")
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        """Whether the other one is of the same kind and has the same settings."""
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        """Equal schedules have equal hashes."""
        return hash(repr(self))

    def __repr__(self) -> str:
        """Return the call that makes this schedule again."""
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


def check_initial(rate: Any) -> float:
    """Return the learning rate at step 0 if it is a number that isn't negative."""
    return check_number(rate, "initial_learning_rate", minimum=0)


def check_steps(steps: Any, what: str, minimum: int = 1) -> float:
    """Return a number of steps, which may be a fraction, such as 2.5 epochs."""
    number = check_number(steps, what, minimum=minimum)
    return int(number) if number.is_integer() else number


def of_step(rate: Callable[[T, Any], float]) -> Callable[[T, Any], float]:
    """Check the step, and raise ValueError if the learning rate overflows."""

    @known_keywords
    @functools.wraps(rate)
    def checked(self: T, step: Any) -> float:
        step = check_number(step, "step", minimum=0)
        try:
            return rate(self, step)
        except OverflowError:
            raise ValueError(
                f"The learning rate must be finite; that of {self} is too large at step {step:g}."
            ) from None

    return checked


class ExponentialDecay(Schedule):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    decay_steps : float
        Number of steps in which the learning rate is multiplied by `decay_rate` once.
    decay_rate : float
        The factor.
    staircase : bool
        Whether to round ``step / decay_steps`` down, so that the learning rate falls in steps.
    name : str
        As in Keras.

    Examples
    --------
    >>> schedule = ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)
    >>> schedule(0), schedule(100), schedule(200)
    (0.1, 0.05, 0.025)
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = check_initial(initial_learning_rate)
        self.decay_steps = check_steps(decay_steps, "decay_steps")
        self.decay_rate = check_number(decay_rate, "decay_rate", minimum=0)
        self.staircase = check_bool(staircase, "staircase")
        self.name = check_name(name, "name")

    @of_step
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        power = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (
            floor(power) if self.staircase else power
        )


class CosineDecay(Schedule):
    """Half a cosine wave, from `initial_learning_rate` down to ``alpha`` times that value.

    With s = min(step, decay_steps), the learning rate is
    ``initial_learning_rate * ((1 - alpha) (1 + cos(pi s / decay_steps)) / 2 + alpha)``.
    With a `warmup_target`, it first rises linearly to that value in `warmup_steps` steps, and the
    wave starts from there.

    Source: I. Loshchilov and F. Hutter, "SGDR", ICLR 2017, equation 5, without restarts; the
    warm-up is from P. Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    decay_steps : float
        Number of steps until the lowest learning rate is reached. It remains constant afterwards.
    alpha : float
        The lowest learning rate, as a fraction of the highest.
    name : str
        As in Keras.
    warmup_target : float, optional
        The learning rate at the end of the warm-up.
    warmup_steps : float
        Number of steps of the warm-up.

    Examples
    --------
    >>> schedule = CosineDecay(0.1, decay_steps=100)
    >>> schedule(0), schedule(50), schedule(100)
    (0.1, 0.05, 0.0)
    >>> schedule = CosineDecay(0.0, decay_steps=100, warmup_target=0.1, warmup_steps=10)
    >>> schedule(0), schedule(5), schedule(10), schedule(60)
    (0.0, 0.05, 0.1, 0.05)
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = check_initial(initial_learning_rate)
        self.decay_steps = check_steps(decay_steps, "decay_steps")
        self.alpha = check_number(alpha, "alpha", minimum=0)
        if warmup_target is not None:
            warmup_target = check_number(warmup_target, "warmup_target", minimum=0)
        self.warmup_target = warmup_target
        self.warmup_steps = check_steps(warmup_steps, "warmup_steps", minimum=0)
        self.name = check_name(name, "name")

    @of_step
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        highest, start = self.initial_learning_rate, 0.0
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                climbed = step / self.warmup_steps
                return (self.warmup_target - highest) * climbed + highest
            highest, start = self.warmup_target, self.warmup_steps
        wave = 0.5 * (1 + cos(pi * (min(step - start, self.decay_steps) / self.decay_steps)))
        return highest * ((1 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(Schedule):
    """Half cosine waves, one after the other, each `t_mul` times as long and `m_mul` as high.

    The first one falls from `initial_learning_rate` to ``alpha`` times that value in
    `first_decay_steps` steps.

    Source: I. Loshchilov and F. Hutter, "SGDR", ICLR 2017, equation 5.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    first_decay_steps : float
        Length of the first wave.
    t_mul : float
        Factor between the lengths of successive waves, at least 1.
    m_mul : float
        Factor between the heights of successive waves.
    alpha : float
        The lowest learning rate, as a fraction of the first.
    name : str
        As in Keras.

    Examples
    --------
    >>> schedule = CosineDecayRestarts(0.1, first_decay_steps=100)
    >>> schedule(50), schedule(100), schedule(200)
    (0.05, 0.1, 0.05)
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = check_initial(initial_learning_rate)
        self.first_decay_steps = check_steps(first_decay_steps, "first_decay_steps")
        self.t_mul = check_number(t_mul, "t_mul", minimum=1)
        self.m_mul = check_number(m_mul, "m_mul", minimum=0)
        self.alpha = check_number(alpha, "alpha", minimum=0)
        self.name = check_name(name, "name")

    @of_step
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step.

        The waves before wave k take 1 + t + ... + t^(k-1) = (1 - t^k) / (1 - t) times as many steps
        as the first one.
        """
        done, t = step / self.first_decay_steps, self.t_mul
        if t == 1:
            wave = floor(done)
            within = done - wave
        else:
            wave = floor(log(1 - done * (1 - t)) / log(t))
            within = (done - (1 - t**wave) / (1 - t)) / t**wave
            if within >= 1:  # the logarithm was rounded down, just below a restart
                wave, within = wave + 1, 0.0
        height = self.m_mul**wave * 0.5 * (1 + cos(pi * within))
        return self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha)


class InverseTimeDecay(Schedule):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    decay_steps : float
        Number of steps in a unit of time.
    decay_rate : float
        Speed of the decay.
    staircase : bool
        Whether to round ``step / decay_steps`` down, so that the learning rate falls in steps.
    name : str
        As in Keras.

    Examples
    --------
    >>> schedule = InverseTimeDecay(0.1, decay_steps=100, decay_rate=1.0)
    >>> schedule(0), schedule(100), schedule(300)
    (0.1, 0.05, 0.025)
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = check_initial(initial_learning_rate)
        self.decay_steps = check_number(decay_steps, "decay_steps", above=0)
        self.decay_rate = check_number(decay_rate, "decay_rate", minimum=0)
        self.staircase = check_bool(staircase, "staircase")
        self.name = check_name(name, "name")

    @of_step
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        time = step / self.decay_steps
        return self.initial_learning_rate / (
            1 + self.decay_rate * (floor(time) if self.staircase else time)
        )


class PolynomialDecay(Schedule):
    """From `initial_learning_rate` to `end_learning_rate` along a power of the steps left.

    With s = min(step, decay_steps), it is ``(initial_learning_rate - end_learning_rate)
    (1 - s / decay_steps)^power + end_learning_rate``: a straight line where the power is 1.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    decay_steps : float
        Number of steps until `end_learning_rate` is reached. It remains constant afterwards.
    end_learning_rate : float
        At the end.
    power : float
        1 for a straight line, 2 for a parabola.
    cycle : bool
        Whether to start again after `decay_steps`, with a decay of twice the length, then of three
        times the length, and so on.
    name : str
        As in Keras.

    Examples
    --------
    >>> schedule = PolynomialDecay(0.125, decay_steps=100, end_learning_rate=0.0)
    >>> schedule(0), schedule(50), schedule(100)
    (0.125, 0.0625, 0.0)
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = check_initial(initial_learning_rate)
        self.decay_steps = check_steps(decay_steps, "decay_steps")
        self.end_learning_rate = check_number(end_learning_rate, "end_learning_rate", minimum=0)
        self.power = check_number(power, "power", minimum=0)
        self.cycle = check_bool(cycle, "cycle")
        self.name = check_name(name, "name")

    @of_step
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        length = self.decay_steps * (max(1, ceil(step / self.decay_steps)) if self.cycle else 1)
        left = (1 - min(step, length) / length) ** self.power
        fall = self.initial_learning_rate - self.end_learning_rate
        return float(fall * left + self.end_learning_rate)


class PiecewiseConstantDecay(Schedule):
    """``values[0]`` up to and including step ``boundaries[0]``, then ``values[1]``, and so on.

    Parameters
    ----------
    boundaries : sequence of float
        Last step of each value but the last, in increasing order.
    values : sequence of float
        The learning rates, one more than there are boundaries.
    name : str
        As in Keras.

    Examples
    --------
    >>> schedule = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> schedule(0), schedule(100), schedule(101), schedule(1000)
    (0.1, 0.1, 0.01, 0.001)
    """

    @known_keywords
    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        boundaries = check_iterable(boundaries, "boundaries", "steps")
        values = check_iterable(values, "values", "learning rates")
        steps = [check_steps(step, "boundaries", minimum=0) for step in boundaries]
        self.boundaries = tuple(steps)
        self.values = tuple([check_number(rate, "values", minimum=0) for rate in values])
        self.name = check_name(name, "name")
        if len(values) != len(boundaries) + 1:
            raise ValueError(
                f"values must be one more than boundaries, received {len(values)} values and "
                f"{len(boundaries)} boundaries."
            )
        if any(a >= b for a, b in pairwise(self.boundaries)):
            raise ValueError(f"boundaries must rise, received {steps}.")

    @of_step
    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        return self.values[sum(step > boundary for boundary in self.boundaries)]


SCHEDULES = (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

__getattr__, __dir__ = public_names(globals())
