"""The optimizer checker: does an update rule do what every descent on a gradient does.

An update rule isn't the derivative of anything, so there is no number to compare its step with. But
all of them, from plain SGD to Adam, keep a few laws, and the usual mistakes break one. They are
tried out on eight parameters.
"""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import explain_keywords, known_keywords
from tinynet._internal.seeds import new_generator
from tinynet.gradcheck.crashes import CrashError, guarded
from tinynet.gradcheck.evidence import Mistake
from tinynet.optimizers.base import Optimizer

SIZE = 8  # parameters
LONG = 2000  # steps without a gradient, after which anything must have slowed down
SETTLED = 5000  # steps under a constant gradient, after which Adam's averages have settled
RATE = 1e-4  # with which they are made, so that the parameters hardly move
STEADY = 0.05  # how much the steps of an Adam may differ under a constant gradient
SEGMENTS = (slice(0, 5), slice(5, 8))  # as if the parameters were those of two arrays
SETTINGS = ("learning_rate", "weight_decay", "iterations", "state", "model", "segments")


@explain_keywords
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
        """Everything that is wrong, each kind once."""
        found = [mistake for mistake in self.laws.values() if mistake is not None]
        return list({mistake.kind: mistake for mistake in reversed(found)}.values())[::-1]

    @property
    def summary(self) -> str:
        """One sentence: that all is right, or what is wrong first of all."""
        if self:
            return f"{self.title} keeps all laws of descent."
        return f"{self.title} is wrong: {self.mistakes[0].text}"

    def assert_ok(self) -> None:
        """Raise AssertionError if anything is wrong: the summary in a line, then the table."""
        if not self:
            raise AssertionError(f"{self.summary}\n\n{self}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; the keys stay as they are from version to version.

        Returns
        -------
        dict
            ``schema``: 1. ``title``, ``summary``: str. ``ok``: bool. ``laws``: a dict from each
            law to None, or to a dict with ``kind`` and ``text``.
        """
        laws = {law: None if m is None else vars(m) for law, m in self.laws.items()}
        ok, summary = bool(self), self.summary
        return {"schema": 1, "title": self.title, "ok": ok, "summary": summary, "laws": laws}

    def __str__(self) -> str:
        width = max(len(law) for law in self.laws)
        lines = [f"Laws of descent, kept by {self.title}:"]
        for law, mistake in self.laws.items():
            verdict = "ok" if mistake is None else f"WRONG: {mistake.text}"
            lines.append(f"{law.ljust(width)}  {verdict}")
        return "\n".join(lines)


@known_keywords
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
        False if a law is broken; ``report.assert_ok()`` for tests. A rule that crashes breaks one.

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
    the gradients are left alone               ok
    all steps are finite                       ok
    without a gradient nothing moves           ok
    the first step goes downhill               ok
    what keeps moving goes on downhill         ok
    what keeps moving slows down               ok
    twice the rate makes twice the step        ok
    a steeper slope makes no shorter step      ok
    a constant slope makes Adam's step steady  ok
    """
    checks.check_instance(optimizer, Optimizer, "optimizer")
    if optimizer.learning_rate == 0:
        raise ValueError("An optimizer is checked with a learning rate above 0, received 0.")
    rng = new_generator(seed)
    gradient = rng.uniform(0.3, 2, SIZE) * rng.choice([-1, 1], SIZE)
    trial = Trial(optimizer, rng.standard_normal(SIZE), gradient)
    laws: dict[str, Callable[[], Mistake | None]] = {
        "the gradients are left alone": trial.leaves_gradients,
        "all steps are finite": trial.stays_finite,
        "without a gradient nothing moves": trial.rests,
        "the first step goes downhill": trial.descends,
        "what keeps moving goes on downhill": trial.coasts_downhill,
        "what keeps moving slows down": trial.slows_down,
        "twice the rate makes twice the step": trial.follows_the_rate,
        "a steeper slope makes no shorter step": trial.follows_the_slope,
        "a constant slope makes Adam's step steady": trial.is_steady,
    }
    with np.errstate(all="ignore"):
        broken = {law: verdict(tried) for law, tried in laws.items()}
    return OptimizerReport(type(optimizer).__name__, broken)


def verdict(law: Callable[[], Mistake | None]) -> Mistake | None:
    """Return how a law is broken; code that crashes breaks it."""
    try:
        return law()
    except CrashError as crash:
        return crash.mistake


@dataclass(frozen=True)
class Trial:
    """An optimizer, parameters and a gradient to try it on."""

    optimizer: Optimizer
    parameters: np.ndarray
    gradient: np.ndarray

    def fresh(self, **changes: Any) -> Optimizer:
        """Return a copy that has made no step, whatever the optimizer remembers, and where."""
        with guarded("copying"):
            fresh = copy.deepcopy(self.optimizer)
        fresh.iterations, fresh.state, fresh.segments = 0, {}, list(SEGMENTS)
        forget_steps(fresh)
        if callable(fresh.learning_rate):
            fresh.learning_rate = 0.01
        for name, value in changes.items():
            setattr(fresh, name, value)
        return fresh

    def moves(
        self, optimizer: Optimizer, *gradients: np.ndarray, start: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """Make one step for each gradient; return how far each has moved the parameters."""
        at = self.parameters.copy() if start is None else start.copy()
        moves = []
        for gradient in gradients:
            before = at.copy()
            with guarded("update"):
                optimizer.update(at, gradient.copy())
            moves.append(at - before)
        return moves

    def first_move(self, gradient: np.ndarray, **changes: Any) -> np.ndarray:
        """Return the first of three steps that moves anything, from parameters of 0."""
        start = np.zeros(SIZE)
        moves = self.moves(self.fresh(weight_decay=None, **changes), *[gradient] * 3, start=start)
        return next((move for move in moves if move.any()), moves[0])

    @property
    def rate(self) -> float:
        """The learning rate that the optimizer has when it is tried."""
        rate = self.fresh().learning_rate
        assert not callable(rate)
        return float(rate)

    def leaves_gradients(self) -> Mistake | None:
        """They belong to the layers."""
        gradient = self.gradient.copy()
        with guarded("update"):
            self.fresh().update(self.parameters.copy(), gradient)
        if np.array_equal(gradient, self.gradient):
            return None
        return Mistake("gradients_changed", "update changes the gradients, which aren't its own")

    def stays_finite(self) -> Mistake | None:
        """With no gradient at all, with one for some entries only, and with a large one."""
        some = np.where(np.arange(SIZE) % 2, self.gradient, 0.0)
        for gradient in (np.zeros(SIZE), some, 1e6 * self.gradient):
            for move in self.moves(self.fresh(), *[gradient] * 3):
                if not np.isfinite(move).all():
                    text = (
                        f"{(~np.isfinite(move)).sum()} of {SIZE} parameters become NaN or infinite"
                        f"{' where the gradient is 0' if not gradient.all() else ''}: look for "
                        f"0/0, such as a root without epsilon, or 1 - beta**0"
                    )
                    return Mistake("not_finite", text)
        return None

    def rests(self) -> Mistake | None:
        """Only a penalty moves what has no gradient: towards 0, as far as the rate says."""
        still = np.zeros(SIZE)
        (move,) = self.moves(self.fresh(), still)
        if not move.any() or not np.isfinite(move).all():
            return None
        factors = 1 + move / self.parameters
        factor = float(factors.mean())
        decay = self.optimizer.weight_decay
        if np.allclose(factors, factor, rtol=1e-9) and factor > 1:
            text = (
                f"with gradients of 0 weight decay multiplies the parameters by {factor:.6g}, so "
                f"that they grow: its sign is wrong"
            )
            return Mistake("weights_grow", text)
        if decay and np.allclose(factors, factor, rtol=1e-9):
            return None
        (twice,) = self.moves(self.fresh(learning_rate=2 * self.rate), still)
        if (move * self.parameters <= 0).all() and np.allclose(twice, 2 * move, rtol=1e-6):
            return None  # a penalty of the optimizer's own
        if not np.allclose(factors, factor, rtol=1e-9):
            return Mistake("moves_alone", "the parameters move although all gradients are 0")
        text = (
            f"with gradients of 0 the parameters are multiplied by {factor:.4g}, whatever the "
            f"learning rate: momentum belongs to the velocity, the step before, not to the "
            f"parameter"
        )
        return Mistake("parameters_scaled", text)

    def descends(self) -> Mistake | None:
        """Against the gradient, entry by entry."""
        moves = self.moves(
            self.fresh(weight_decay=None), *[self.gradient] * 3, start=np.zeros(SIZE)
        )
        move = moves[0]
        if not np.isfinite(moves).all() or (move * self.gradient < 0).all():
            return None
        if not np.any(moves):
            text = (
                "nothing moved: write into `parameters` (parameters -= ...); binding the name to a "
                "new array (parameters = parameters - ...) changes nothing outside"
            )
            return Mistake("rebound", text)
        if not move.any():
            text = "the first step doesn't move: it uses a velocity that is one step too old"
            return Mistake("stands_still", text)
        left = ~np.any(moves, axis=0)
        if left.any():
            places = ", ".join(str(int(k)) for k in np.flatnonzero(left))
            text = (
                f"{left.sum()} of {SIZE} parameters are left alone although they have gradients: "
                f"those at {places}"
            )
            return Mistake("left_alone", text)
        return Mistake("uphill", "the first step goes along the gradient, uphill, not against it")

    def coasts_downhill(self) -> Mistake | None:
        """What velocity is left after a step points the same way as the step."""
        still, start = np.zeros(SIZE), np.zeros(SIZE)
        first, coast = self.moves(self.fresh(weight_decay=None), self.gradient, still, start=start)
        penalty = self.moves(self.fresh(weight_decay=None), still, start=first)[0]
        if not np.isfinite(coast).all():
            return None  # said by another law
        if (coast * self.gradient <= np.abs(penalty * self.gradient)).all():
            return None
        text = "after a step, the velocity that is left goes uphill: its sign is wrong"
        return Mistake("coasts_uphill", text)

    def slows_down(self) -> Mistake | None:
        """A velocity fades when nothing drives it; a rule that takes signs alone goes on."""
        gradients = [self.gradient] + [np.zeros(SIZE)] * LONG
        moves = self.moves(self.fresh(weight_decay=None), *gradients, start=np.zeros(SIZE))
        start, end = np.abs(moves[1]), np.abs(moves[-1])
        if not np.isfinite(moves).all() or not start.any():
            return None
        if end.max() < start.max() * (1 - 1e-9):
            return None
        if np.allclose(end, end[0], rtol=1e-6) and end.max() <= start.max() * (1 + 1e-6):
            return None
        text = (
            f"{LONG} steps after the last gradient it still moves as fast as at the first: the "
            f"velocity doesn't decay, so that all gradients add up for ever"
        )
        return Mistake("never_slows", text)

    def follows_the_rate(self) -> Mistake | None:
        """Steps are as long as the learning rate says."""
        once = self.first_move(self.gradient)
        twice = self.first_move(self.gradient, learning_rate=2 * self.rate)
        if not once.any() or not np.isfinite([once, twice]).all():
            return None
        ratio = float(np.linalg.norm(twice) / np.linalg.norm(once))
        if abs(ratio - 2) < 0.02:
            return None
        if abs(ratio - 4) < 0.1:
            text = (
                "twice the learning rate makes a step four times as long: the rate is applied twice"
            )
            return Mistake("rate_twice", text)
        if abs(ratio - 1) < 0.01:
            text = "the step doesn't depend on the learning rate that update is called with"
            return Mistake("rate_ignored", text)
        text = f"twice the learning rate makes a step {ratio:.3g} times as long, where 2 is right"
        return Mistake("rate_wrong", text)

    def follows_the_slope(self) -> Mistake | None:
        """A steeper slope is at least no reason for a shorter step."""
        once, steep = self.first_move(self.gradient), self.first_move(10 * self.gradient)
        if not once.any() or not np.isfinite([once, steep]).all():
            return None
        ratio = float(np.linalg.norm(steep) / np.linalg.norm(once))
        if ratio > 0.5:
            return None
        text = (
            f"a gradient 10 times as large makes a step {ratio:.3g} times as long: the root is "
            f"missing, divide by the root of the mean square, not by the mean square"
        )
        return Mistake("missing_root", text)

    def is_steady(self) -> Mistake | None:
        """Under a constant gradient, Adam's corrected averages are that gradient at every step.

        It is asked of what looks like Adam: with two betas, or with a velocity, a step that doesn't
        depend on the gradient's size, and one that tends to the learning rate.
        """
        if not self.is_like_adam():
            return None
        optimizer = self.fresh(weight_decay=None, learning_rate=RATE)
        moves = self.moves(optimizer, *[self.gradient] * SETTLED, start=np.zeros(SIZE))
        lengths = np.abs(moves).mean(axis=1) / RATE
        if not np.isfinite(lengths).all():
            return None
        settles = abs(lengths[-1] - 1) < STEADY
        starts = abs(lengths[0] - 1) < STEADY
        if not (settles or starts) and not has_betas(self.optimizer):
            return None
        if np.abs(lengths / lengths[0] - 1).max() < STEADY:
            return None
        text = (
            f"under a constant gradient the steps change from {lengths[0]:.3g} to {lengths[9]:.3g} "
            f"and {lengths[-1]:.3g} times the learning rate, where Adam's are all as long as the "
            f"first: the bias correction, m / (1 - beta_1**t) and v / (1 - beta_2**t) with t from "
            f"1, is missing or wrong"
        )
        return Mistake("bias_correction", text)

    def is_like_adam(self) -> bool:
        """Whether the rule divides by the gradients' size and has a velocity."""
        name = type(self.optimizer).__name__.lower()
        if "nadam" in name or "lion" in name:  # Nesterov's look ahead has a schedule of its own
            return False
        once, steep = self.first_move(self.gradient), self.first_move(10 * self.gradient)
        if not once.any() or not np.allclose(np.abs(steep), np.abs(once), rtol=1e-3):
            return False
        still = np.zeros(SIZE)
        moves = self.moves(
            self.fresh(weight_decay=None), self.gradient, self.gradient, still, start=still
        )
        return bool(moves[2].any())


def has_betas(optimizer: Optimizer) -> bool:
    """Whether an optimizer has settings with the names of Adam's."""
    names = [name.lower().replace("_", "") for name in vars(optimizer)]
    return all(any(name in (f"beta{k}", f"b{k}") for name in names) for k in (1, 2))


def forget_steps(optimizer: Optimizer) -> None:
    """Put everything that isn't a setting back to what a new optimizer of the class has.

    A rule of somebody's own may keep its velocity, or its count of steps, in attributes.
    """
    kind = type(optimizer)
    try:
        arguments = set(inspect.signature(kind).parameters)
        known = {name: v for name, v in vars(optimizer).items() if name in arguments}
        new = vars(kind(**known))
    except Exception:
        arguments, new = set(), None
    for name, value in list(vars(optimizer).items()):
        if name in SETTINGS or name in arguments:
            continue
        if new is not None and name in new:
            setattr(optimizer, name, copy.deepcopy(new[name]))
        elif new is not None or isinstance(value, np.ndarray):
            delattr(optimizer, name)
