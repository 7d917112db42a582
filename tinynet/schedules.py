"""Learning rates that change during training.

A schedule is a function of the step, counted from 0, one step per batch; an optimizer takes one in
place of a number. These three are Keras's. Any function of your own will do as well, but only
these can be saved with a model.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import cos, floor, pi
from typing import Any

from tinynet._internal.calls import explained_class
from tinynet._internal.checks import check_bool, check_count, check_number, plain, shown


class Schedule:
    """A learning rate as a function of the step."""

    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(step).")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again, for saving."""
        return asdict(self)  # type: ignore[call-overload]

    def _settle(self) -> None:
        """Make Python's numbers of NumPy's, so that one from a file computes the same bits."""
        for name, value in vars(self).items():
            object.__setattr__(self, name, plain(value))  # the dataclass is frozen


@explained_class
@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    decay_steps : int
        Steps after which it has been multiplied by `decay_rate` once.
    decay_rate : float
        The factor.
    staircase : bool
        Round ``step / decay_steps`` down, so that it falls in steps.

    Examples
    --------
    >>> schedule = ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)
    >>> schedule(0), schedule(100), schedule(200)
    (0.1, 0.05, 0.025)
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __post_init__(self) -> None:
        self._settle()
        check_number(self.initial_learning_rate, "initial_learning_rate", minimum=0)
        check_count(self.decay_steps, "decay_steps")
        check_number(self.decay_rate, "decay_rate", minimum=0)
        check_bool(self.staircase, "staircase")

    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        power = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (
            floor(power) if self.staircase else power
        )


@explained_class
@dataclass(frozen=True)
class CosineDecay(Schedule):
    """Half a cosine wave from `initial_learning_rate` down to `alpha` times it.

    With s = min(step, decay_steps), the learning rate is
    ``initial_learning_rate * ((1 - alpha) (1 + cos(pi s / decay_steps)) / 2 + alpha)``.
    Source: I. Loshchilov and F. Hutter, "SGDR", ICLR 2017, equation 5, without restarts.

    Parameters
    ----------
    initial_learning_rate : float
        At step 0.
    decay_steps : int
        Steps until the lowest learning rate is reached; it stays there.
    alpha : float
        The lowest learning rate, as a share of the first.

    Examples
    --------
    >>> schedule = CosineDecay(0.1, decay_steps=100)
    >>> schedule(0), schedule(50), schedule(100)
    (0.1, 0.05, 0.0)
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0

    def __post_init__(self) -> None:
        self._settle()
        check_number(self.initial_learning_rate, "initial_learning_rate", minimum=0)
        check_count(self.decay_steps, "decay_steps")
        check_number(self.alpha, "alpha", minimum=0)

    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        wave = 0.5 * (1 + cos(pi * (min(step, self.decay_steps) / self.decay_steps)))
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


@explained_class
@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """``values[0]`` up to and including step ``boundaries[0]``, then ``values[1]``, and so on.

    Parameters
    ----------
    boundaries : sequence of int
        The last step of each value but the last, rising.
    values : sequence of float
        One more than there are boundaries.

    Examples
    --------
    >>> schedule = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> schedule(0), schedule(100), schedule(101), schedule(1000)
    (0.1, 0.1, 0.01, 0.001)
    """

    boundaries: Sequence[int]
    values: Sequence[float]

    def __post_init__(self) -> None:
        self._settle()
        for name in ("boundaries", "values"):
            if not isinstance(getattr(self, name), list | tuple):
                raise TypeError(f"{name} must be a list, received {shown(getattr(self, name))}.")
        for boundary in self.boundaries:
            check_count(boundary, "boundaries", minimum=0)
        for value in self.values:
            check_number(value, "values", minimum=0)
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"values must be one more than boundaries, received {len(self.values)} values and "
                f"{len(self.boundaries)} boundaries."
            )
        if any(a >= b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"boundaries must rise, received {list(self.boundaries)}.")

    def __call__(self, step: int) -> float:
        """Return the learning rate of that step."""
        return self.values[sum(step > boundary for boundary in self.boundaries)]
