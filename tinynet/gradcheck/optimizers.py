"""The optimizer checker: does an update rule do what every descent on a gradient does.

An update rule isn't the derivative of anything, so there is no number to compare its step with. But
all of them, from plain SGD to Adam, keep a few laws, and the usual mistakes break one. They are
tried out on eight parameters.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet._internal.seeds import new_generator
from tinynet.gradcheck.mistakes import Mistake
from tinynet.optimizers.base import Optimizer

LONG = 2000  # steps without a gradient, after which anything must have slowed down


@dataclass(frozen=True)
class OptimizerReport:
    """What `check_optimizer` found: prints as a table, and is false if anything is wrong.

    Attributes
    ----------
    title : str
        What was checked.
    laws : dict of str to (Mistake or None)
        Each law and how it is broken, None if it is kept.
    """

    title: str
    laws: dict[str, Mistake | None]

    def __bool__(self) -> bool:
        return not self.mistakes

    @property
    def mistakes(self) -> list[Mistake]:
        """Everything that is wrong."""
        return [mistake for mistake in self.laws.values() if mistake is not None]

    def assert_ok(self) -> None:
        """Raise AssertionError, with the whole table, if anything is wrong."""
        if not self:
            raise AssertionError(f"\n{self}")

    def __str__(self) -> str:
        width = max(len(law) for law in self.laws)
        lines = [f"Laws of descent, kept by {self.title}:"]
        for law, mistake in self.laws.items():
            verdict = "ok" if mistake is None else f"WRONG: {mistake.text}"
            lines.append(f"{law.ljust(width)}  {verdict}")
        return "\n".join(lines)


def check_optimizer(optimizer: Optimizer, *, seed: int = 0) -> OptimizerReport:
    """Try out whether an optimizer keeps the laws that all descent keeps.

    Parameters
    ----------
    optimizer : Optimizer
        It is copied, and the copy starts afresh: no state, no steps made. Where it has a schedule,
        the learning rate is held at 0.01.
    seed : int
        Decides the parameters and the gradient.

    Returns
    -------
    OptimizerReport
        False if a law is broken; ``report.assert_ok()`` for tests.

    Raises
    ------
    TypeError
        If it isn't an optimizer.
    ValueError
        If its learning rate is 0, with which nothing can be seen.

    Examples
    --------
    >>> from tinynet.optimizers import SGD
    >>> print(check_optimizer(SGD(momentum=0.9)))
    Laws of descent, kept by SGD:
    the gradients are left alone              ok
    without a gradient nothing moves          ok
    the first step goes downhill              ok
    what keeps moving goes on downhill        ok
    what keeps moving slows down              ok
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"Expected an optimizer, received {optimizer!r}.")
    if optimizer.learning_rate == 0:
        raise ValueError("An optimizer is checked with a learning rate above 0, received 0.")
    rng = new_generator(seed)
    trial = Trial(optimizer, rng.standard_normal(8), rng.standard_normal(8))
    laws: dict[str, Callable[[], Mistake | None]] = {
        "the gradients are left alone": trial.leaves_gradients,
        "without a gradient nothing moves": trial.rests,
        "the first step goes downhill": trial.descends,
        "what keeps moving goes on downhill": trial.coasts_downhill,
        "what keeps moving slows down": trial.slows_down,
    }
    with np.errstate(all="ignore"):
        broken = {law: tried() for law, tried in laws.items()}
    return OptimizerReport(type(optimizer).__name__, broken)


@dataclass(frozen=True)
class Trial:
    """An optimizer, parameters and a gradient to try it on."""

    optimizer: Optimizer
    parameters: np.ndarray
    gradient: np.ndarray

    def fresh(self, **changes: Any) -> Optimizer:
        """Return a copy that has made no step."""
        fresh = copy.deepcopy(self.optimizer)
        fresh.iterations, fresh.state = 0, {}
        if callable(fresh.learning_rate):
            fresh.learning_rate = 0.01
        for name, value in changes.items():
            setattr(fresh, name, value)
        return fresh

    def moves(self, optimizer: Optimizer, *gradients: np.ndarray) -> list[np.ndarray]:
        """Make one step for each gradient; return how far each has moved the parameters."""
        at = self.parameters.copy()
        moves = []
        for gradient in gradients:
            before = at.copy()
            optimizer.update(at, gradient.copy())
            moves.append(at - before)
        return moves

    def leaves_gradients(self) -> Mistake | None:
        """They belong to the layers."""
        gradient = self.gradient.copy()
        self.fresh().update(self.parameters.copy(), gradient)
        if np.array_equal(gradient, self.gradient):
            return None
        return Mistake("gradients_changed", "update changes the gradients, which aren't its own")

    def rests(self) -> Mistake | None:
        """Only weight decay moves what has no gradient, towards 0."""
        (move,) = self.moves(self.fresh(), np.zeros(8))
        if not move.any():
            return None
        factors = 1 + move / self.parameters
        factor = float(factors.mean())
        if not np.allclose(factors, factor, rtol=1e-9):
            return Mistake("moves_alone", "the parameters move although all gradients are 0")
        if not self.optimizer.weight_decay:
            text = (
                f"with gradients of 0 the parameters are multiplied by {factor:.4g}: momentum "
                f"belongs to the velocity, the step before, not to the parameter"
            )
            return Mistake("parameters_scaled", text)
        if abs(factor) >= 1:
            text = (
                f"with gradients of 0 weight decay multiplies the parameters by {factor:.6g}, so "
                f"that they grow: its sign is wrong"
            )
            return Mistake("weights_grow", text)
        return None

    def descends(self) -> Mistake | None:
        """Against the gradient, entry by entry."""
        (move,) = self.moves(self.fresh(weight_decay=None), self.gradient)
        if (move * self.gradient < 0).all():
            return None
        if not move.any():
            text = "the first step doesn't move: it uses a velocity that is one step too old"
            return Mistake("stands_still", text)
        return Mistake("uphill", "the first step goes along the gradient, uphill, not against it")

    def coasts_downhill(self) -> Mistake | None:
        """What velocity is left after a step points the same way as the step."""
        _, coast = self.moves(self.fresh(weight_decay=None), self.gradient, np.zeros(8))
        if (coast * self.gradient <= 0).all():
            return None
        if alike_up_to_factor(coast, self.parameters + self.moves(self.fresh(), self.gradient)[0]):
            return None  # not a velocity; said above
        text = "after a step, the velocity that is left goes uphill: its sign is wrong"
        return Mistake("coasts_uphill", text)

    def slows_down(self) -> Mistake | None:
        """A velocity fades when nothing drives it."""
        gradients = [self.gradient] + [np.zeros(8)] * LONG
        moves = self.moves(self.fresh(weight_decay=None), *gradients)
        start, end = np.abs(moves[1]).max(), np.abs(moves[-1]).max()
        if start == 0 or end < start * (1 - 1e-9):
            return None
        text = (
            f"{LONG} steps after the last gradient it still moves as fast as at the first: the "
            f"velocity doesn't decay, so that all gradients add up for ever"
        )
        return Mistake("never_slows", text)


def alike_up_to_factor(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether one vector is a multiple of the other."""
    return bool(abs(a @ b) > (1 - 1e-9) * np.linalg.norm(a) * np.linalg.norm(b))
