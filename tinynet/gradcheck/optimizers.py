"""The optimizer checker: test whether an update rule follows the laws of gradient descent.

An update rule isn't a derivative, so there is no number to compare its step with. But all rules,
from plain SGD to Adam, follow a few laws, and each common mistake breaks one of them. The laws are
tested on eight parameters.
"""

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import explain_keywords, known_keywords
from tinynet._internal.seeds import new_generator
from tinynet.gradcheck.crashes import CrashError, guarded
from tinynet.gradcheck.evidence import NOT_CHECKED, Mistake
from tinynet.gradcheck.held import GlobalState, Randomness
from tinynet.gradcheck.momenta import (
    CLEAR,
    SHARES,
    claims_memory,
    claims_nesterov,
    claims_velocity,
    decay_of,
    kept_of_squares,
    lacks_share_of_squares,
    missing_share,
    names_one_of,
    never_forgets,
    plain_name,
    settings_named,
    shares_of,
    swapped_share,
    wrong_adadelta,
    wrong_nesterov,
)
from tinynet.gradcheck.reach import places_in_reach
from tinynet.gradcheck.report import Report
from tinynet.optimizers.base import Optimizer

SIZE = 8  # parameters
LONG = 2000  # steps without a gradient, after which a velocity must have decayed
SETTLED = 5000  # steps with a constant gradient, after which Adam's averages have converged
RATE = 1e-4  # the learning rate of many steps, so that the parameters hardly move
FEW, MANY = 8, 48  # steps with a constant gradient, of which many must lead further
FURTHER = 1.1  # how much further, at least
TINY = 1e-10  # the factor of a tiny gradient
SOON = 6  # steps in which earlier gradients show, but for rules that begin with none
STEEP = 100.0  # that of one which limits apply to
SLIGHT = 1e-3  # the largest share by which a decay without the learning rate may shrink parameters
MOMENTA = 0.3, 0.98  # factors that are rather a momentum than a weight decay
RUNAWAY = 1e5  # a step that is longer, relative to rate and gradient, is a mistake
EARLY = 30  # steps in which a bias correction is far from 1
PLENTY = 1000  # steps after which a rule whose steps are all as long as the rate is taken as right
EXACT = 1e-4  # by how much those steps may differ from the rate
STILL = 0.01  # by how much they may still differ when the averages have converged
STEADY = 0.05  # by how much the steps of Adam may differ with a constant gradient
SEGMENTS = (slice(0, 5), slice(5, 8))  # two parameter arrays
POWERS = {  # steps proportional to a power of the gradient, and why: right are 0 and 1
    0.5: "is the mean under the root one of g, not of g**2?",
    2.0: "is it multiplied by the gradient's size, where it should be divided?",
}
WITHOUT_RATE = ("adadelta", "rprop")  # rules whose papers know no learning rate
UNCORRECTED = ("amsgrad", "bertadam", "rmsprop")  # rules whose papers know no bias correction
UNSTEADY = ("adabelief",)  # divided by the gradient's deviation from its mean, which vanishes
OUTSIDE = "keeps_outside"  # the kind of a rule whose copies share what they remember
SETTINGS = ("learning_rate", "weight_decay", "iterations", "state", "model", "segments")


@explain_keywords
@dataclass(frozen=True)
class OptimizerReport(Report):
    """The result of `check_optimizer`: prints as a table, and is false if anything is wrong.

    Attributes
    ----------
    title : str
        What was checked.
    laws : dict of str to (Mistake or None)
        Each law, with the mistake that breaks it, or None.
    """

    title: str
    laws: dict[str, Mistake | None]

    @property
    def mistakes(self) -> list[Mistake]:
        """All mistakes, each kind once."""
        found = [mistake for mistake in self.laws.values() if mistake is not None]
        return list({mistake.kind: mistake for mistake in reversed(found)}.values())[::-1]

    @property
    def summary(self) -> str:
        """One sentence that says that all laws are kept, or names the first mistake."""
        if self:
            return f"{self.title} keeps all laws of descent."
        verdict = "can't be checked" if self.mistakes[0].kind == NOT_CHECKED else "is wrong"
        return f"{self.title} {verdict}: {self.mistakes[0].text}"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data; its keys are stable across versions.

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
            wrong = "" if mistake is None or mistake.kind == NOT_CHECKED else "WRONG: "
            verdict = "ok" if mistake is None else f"{wrong}{mistake.text}"
            lines.append(f"{law.ljust(width)}  {verdict}")
        return "\n".join(lines)


@known_keywords
def check_optimizer(optimizer: Optimizer, *, seed: int = 0) -> OptimizerReport:
    """Test whether an optimizer follows the laws of gradient descent.

    Parameters
    ----------
    optimizer : Optimizer
        A copy is tested, with its state and step count reset. A learning-rate schedule is replaced
        by a constant rate of 0.01.
    seed : int
        Seeds the parameters and the gradient.

    Returns
    -------
    OptimizerReport
        False if a law is broken. A rule that crashes breaks a law. Use ``report.assert_ok()`` in
        tests.

    Raises
    ------
    TypeError
        If `optimizer` isn't an optimizer.
    ValueError
        If its learning rate is 0.

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
    both signs of a gradient are alike         ok
    many steps lead farther than a few         ok
    a momentum remembers earlier gradients     ok
    a constant slope makes Adam's step steady  ok
    """
    if not isinstance(optimizer, Optimizer):
        received = checks.object_or_class(optimizer)
        raise TypeError(
            f"optimizer must be of class Optimizer, received {received}; for a rule of your own, "
            f"derive a class from it that defines step(self, parameters, gradients, learning_rate)."
        )
    if getattr(optimizer, "learning_rate", None) == 0:
        raise ValueError("An optimizer is checked with a learning rate above 0, received 0.")
    rng = new_generator(checks.check_seed(seed))
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
        "both signs of a gradient are alike": trial.takes_both_signs,
        "many steps lead farther than a few": trial.goes_on,
        "a momentum remembers earlier gradients": trial.remembers,
        "a constant slope makes Adam's step steady": trial.is_steady,
    }
    with np.errstate(all="ignore"):
        broken = {law: verdict(tried) for law, tried in laws.items()}
        different = verdict(trial.repeats) if any(broken.values()) else None
        if different is not None and different.kind in (NOT_CHECKED, OUTSIDE):
            broken = {"equal states make equal steps": different}
    return OptimizerReport(type(optimizer).__name__, broken)


def verdict(law: Callable[[], Mistake | None]) -> Mistake | None:
    """Return the mistake that breaks a law; a crash breaks it, too."""
    try:
        return law()
    except CrashError as crash:
        return crash.mistake


@dataclass(frozen=True)
class Trial:
    """An optimizer under test, with parameters and a gradient."""

    optimizer: Optimizer
    parameters: np.ndarray
    gradient: np.ndarray

    @cached_property
    def untrained(self) -> Optimizer:
        """The optimizer without state or steps, with a constant learning rate."""
        for name in ("learning_rate", "state"):
            if not hasattr(self.optimizer, name):
                text = f"it has no {name}: call super().__init__(learning_rate) in its __init__"
                raise CrashError("copying", "crash", text)
        with guarded("copying"):
            untrained = copy.deepcopy(self.optimizer)
        untrained.iterations, untrained.state, untrained.segments = 0, {}, list(SEGMENTS)
        if has_trained(self.optimizer):
            forget_steps(untrained)
        if callable(untrained.learning_rate):
            untrained.learning_rate = 0.01
        return untrained

    def fresh(self, **changes: Any) -> Optimizer:
        """Return a copy without state or steps."""
        with guarded("copying"):
            fresh = copy.deepcopy(self.untrained)
        for name, value in changes.items():
            setattr(fresh, name, value)
        return fresh

    def moves(
        self,
        optimizer: Optimizer,
        *gradients: np.ndarray,
        start: np.ndarray | None = None,
        from_start: bool = False,
    ) -> list[np.ndarray]:
        """Make one step for each gradient, each where the last ended, or all from the start.

        Returns the changes of the parameters.
        """
        return list(self.walk(optimizer, gradients, start, from_start))

    def walk(
        self,
        optimizer: Optimizer,
        gradients: Iterable[np.ndarray],
        start: np.ndarray | None = None,
        from_start: bool = False,
    ) -> Iterator[np.ndarray]:
        """Yield the moves one by one, so that a law needn't see all steps."""
        start = self.parameters if start is None else start
        at, before = start.copy(), start.copy()
        array = at.copy()  # of the gradients in all steps, as in training
        guard = guarded("update")
        for gradient in gradients:
            array[...] = gradient
            with guard:
                optimizer.update(at, array)
            yield at - before
            if from_start:
                at[...] = start
            else:
                before[...] = at

    def from_zero(self, *gradients: np.ndarray, **changes: Any) -> list[np.ndarray]:
        """Return the steps of a copy from parameters of 0, which no weight decay moves."""
        fresh = self.fresh(weight_decay=None, **changes)
        return self.moves(fresh, *gradients, start=np.zeros(SIZE))

    def at_zero(self, *gradients: np.ndarray) -> np.ndarray:
        """Return the steps of a copy, each of which begins at parameters of 0."""
        moves = self.moves(self.fresh(), *gradients, start=np.zeros(SIZE), from_start=True)
        return np.array(moves)

    def first_move(self, gradient: np.ndarray, **changes: Any) -> np.ndarray:
        """Return the first nonzero of three steps, from parameters of 0."""
        moves = self.from_zero(*[gradient] * 3, **changes)
        return next((move for move in moves if move.any()), moves[0])

    @property
    def rate(self) -> float:
        """The learning rate in the tests."""
        rate = self.fresh().learning_rate
        assert not callable(rate)
        return float(rate)

    def repeats(self) -> Mistake | None:
        """Two runs from equal states are equal, and none draws random numbers."""
        fresh = self.fresh()
        within = Randomness([place.value for place in places_in_reach(fresh.step)])
        with GlobalState() as outside:
            once = self.moves(fresh, *[self.gradient] * 3)
            has_drawn = within.is_used() or outside.is_used()
        code = getattr(type(fresh).step, "__code__", None)
        has_drawn |= "default_rng" in getattr(code, "co_names", ())  # a new generator at each step
        again = self.moves(self.fresh(), *[self.gradient] * 3)
        if has_drawn:
            text = (
                "its steps depend on random numbers, so they can't be compared: check it without "
                "them"
            )
            return Mistake(NOT_CHECKED, text)
        if np.array_equal(once, again, equal_nan=True):
            return None
        text = (
            "two optimizers in equal states make different steps: it keeps something outside of "
            "itself, such as a list or dict of the class; create it in __init__"
        )
        return Mistake(OUTSIDE, text)

    def leaves_gradients(self) -> Mistake | None:
        """The gradients must not be changed."""
        gradient, fresh = self.gradient.copy(), self.fresh()
        second = "from the second step on, ", ": a velocity must be a copy of them"
        for when, what_to_do in (("", ""), second):
            with guarded("update"):
                fresh.update(self.parameters.copy(), gradient)
            if not np.array_equal(gradient, self.gradient):
                text = f"{when}update changes the gradients, which aren't its own{what_to_do}"
                return Mistake("gradients_changed", text)
        return None

    def stays_finite(self) -> Mistake | None:
        """Steps are finite with gradients of 0, some of 0, and large ones."""
        some = np.where(np.arange(SIZE) % 2, self.gradient, 0.0)
        for gradient in (np.zeros(SIZE), some, 1e6 * self.gradient):
            for move in self.moves(self.fresh(), *[gradient] * 3):
                bad = ~np.isfinite(move)
                if bad.any():
                    return Mistake("not_finite", _not_finite(bad, gradient))
        longest = np.abs(self.first_move(self.gradient)).max() / self.rate
        if longest > RUNAWAY * np.abs(self.gradient).max():
            text = (
                f"the first step is {longest:.2g} times the learning rate: it is divided by "
                f"something that is still 0, except for epsilon"
            )
            return Mistake("runaway", text)
        return None

    def rests(self) -> Mistake | None:
        """Without a gradient, only a penalty may move parameters, towards 0."""
        still = np.zeros(SIZE)
        (move,) = self.moves(self.fresh(), still)
        if not move.any() or not np.isfinite(move).all():
            return None
        factors = 1 + move / self.parameters
        factor = float(factors.mean())
        are_scaled = np.allclose(factors, factor, rtol=1e-9)
        if are_scaled and factor > 1:
            text = (
                f"with gradients of 0 weight decay multiplies the parameters by {factor:.6g}, so "
                f"that they grow: its sign is wrong"
            )
            return Mistake("weights_grow", text)
        if are_scaled and (self.optimizer.weight_decay or 1 - SLIGHT <= factor < 1):
            return None  # also AdamW's decay as in its paper, which no learning rate multiplies
        if not are_scaled and plain_name(self.optimizer) == "adamw":
            (larger,) = self.moves(self.fresh(), still, start=10 * self.parameters)
            if np.abs(larger).max() < 5 * np.abs(move).max():
                text = (
                    "with gradients of 0, parameters 10 times as large don't shrink by 10 times as "
                    "much: the weight decay is added to the gradient, which Adam divides by its "
                    "size; AdamW applies it separately, parameters -= rate * decay * parameters"
                )
                return Mistake("decay_coupled", text)
        (twice,) = self.moves(self.fresh(learning_rate=2 * self.rate), still)
        if (move * self.parameters <= 0).all() and np.allclose(twice, 2 * move, rtol=1e-6):
            return None  # a penalty of the optimizer's own
        if not are_scaled:
            return Mistake("moves_alone", "the parameters move although all gradients are 0")
        text = f"with gradients of 0 the parameters are multiplied by {factor:.4g}"
        if abs(factor) < TINY:
            text = (
                "with gradients of 0 the parameters become 0: they are set to the step, where the "
                "step is to be added to them, parameters -= ..."
            )
        elif MOMENTA[0] <= factor <= MOMENTA[1]:
            text += (
                ", whatever the learning rate: momentum belongs to the velocity, the step before, "
                "not to the parameter"
            )
        else:
            text += (
                ": a weight decay takes a share that is proportional to the learning rate, "
                "parameters -= rate * decay * parameters"
            )
        return Mistake("parameters_scaled", text)

    def descends(self) -> Mistake | None:
        """The first step goes against the gradient in each entry."""
        moves = self.from_zero(*[self.gradient] * 3)
        move = moves[0]
        if not np.isfinite(moves).all() or (not move.any() and self.accumulates()):
            return None
        if (move * self.gradient < 0).all():
            slight = self.first_move(TINY * self.gradient)
            if (slight * self.gradient <= 0).all():
                return None
            text = "the first step goes uphill where gradients are tiny: is epsilon subtracted?"
            return Mistake("uphill", text)
        if not np.any(moves):
            return self.stands_still()
        if not move.any():
            text = (
                "the first step doesn't move: it uses a velocity that is one step too old, or a "
                "count of steps that begins at 0"
            )
            return Mistake("stands_still", text)
        left = ~np.any(moves, axis=0)
        if left.any():
            places = ", ".join(str(int(k)) for k in np.flatnonzero(left))
            text = (
                f"{left.sum()} of {SIZE} parameters don't move although they have gradients: "
                f"those at {places}"
            )
            return Mistake("left_alone", text)
        uphill = move * self.gradient > 0
        if not uphill.all():
            text = (
                f"the first step of {uphill.sum()} of {SIZE} parameters goes uphill, not that of "
                f"the others: each needs the sign of its own gradient"
            )
            return Mistake("uphill", text)
        return Mistake("uphill", "the first step goes along the gradient, uphill, not against it")

    def stands_still(self) -> Mistake:
        """Say why no step moves parameters of 0."""
        if self.moves(self.fresh(weight_decay=None), self.gradient)[0].all():
            text = (
                "the step is 0 where the parameters are 0, and not elsewhere: it is multiplied by "
                "the parameters, or they are set to a multiple of themselves"
            )
            return Mistake("stands_still", text)
        if self.writes():
            text = (
                "the step is 0 although there are gradients: something that it is multiplied by is "
                "still 0, such as an average that is never brought up to date"
            )
            return Mistake("stands_still", text)
        text = (
            "nothing moved: write into `parameters` (parameters -= ...); binding the name to a new "
            "array (parameters = parameters - ...) changes nothing outside"
        )
        return Mistake("rebound", text)

    def accumulates(self) -> bool:
        """Whether the rule makes a step of several gradients, and none in between."""
        gradients = [self.gradient] * MANY
        rests = ~np.any(self.moves(self.fresh(weight_decay=None), *gradients), axis=1)
        steps = np.flatnonzero(~rests)
        return len(steps) > 1 and steps[0] > 0 and bool((np.diff(steps) == steps[0] + 1).all())

    def writes(self) -> bool:
        """Whether the rule writes into the parameters, even without changing them."""
        at = np.zeros(SIZE)
        at.flags.writeable = False
        try:
            self.fresh(weight_decay=None).update(at, self.gradient.copy())
        except Exception:
            return True
        return False

    def coasts_downhill(self) -> Mistake | None:
        """The velocity after a step has the direction of the step."""
        still = np.zeros(SIZE)
        first, coast = self.from_zero(self.gradient, still)
        penalty = self.moves(self.fresh(weight_decay=None), still, start=first)[0]
        if not np.isfinite(coast).all():
            return None  # said by another law
        if (coast * self.gradient <= np.abs(penalty * self.gradient)).all():
            return self.coasts_in_proportion()
        text = (
            "after a step, the velocity that is left goes uphill: its sign is wrong, or that of "
            "its correction, such as 1 - beta * t in place of 1 - beta**t"
        )
        return Mistake("coasts_uphill", text)

    def coasts_in_proportion(self) -> Mistake | None:
        """The second step of Nesterov's momentum has the right length."""
        moves = self.from_zero(self.gradient, *[np.zeros(SIZE)] * 5)
        if not wrong_nesterov(np.array(moves)):
            return None
        text = (
            "after a step, the velocity goes on farther than it should, as Nesterov's does with "
            "one wrong sign: the step is (1 + momentum) * v - momentum * old_v, or v + momentum * "
            "(v - old_v)"
        )
        return Mistake("nesterov_sign", text)

    def slows_down(self) -> Mistake | None:
        """A velocity decays without gradients, except in rules that use signs only."""
        if plain_name(self.optimizer) == "lamb":
            return None  # its steps have a fixed length
        _, coast = self.from_zero(self.gradient, np.zeros(SIZE))
        if not (np.isfinite(coast).all() and coast.any()):
            return None
        start, fresh = np.abs(coast), self.fresh(weight_decay=None)
        slight = SLIGHT * start.max()
        gradients = [self.gradient, *[np.zeros(SIZE)] * LONG]
        moves: list[np.ndarray] = []
        ended = 0  # steps in a row that were nearly 0
        for move in self.walk(fresh, gradients, start=np.zeros(SIZE)):
            moves.append(move)
            ended = ended + 1 if (np.abs(move) < slight).all() else 0
            if ended == MANY:
                return None
        finite = [move for move in moves if np.isfinite(move).all()]
        end = np.abs(finite[-1] if finite else coast)
        if len(finite) < len(moves) and end.max() < RUNAWAY * start.max():
            return None  # said by another law
        if end.max() < start.max() * (1 - 1e-9):
            return None
        if np.allclose(end, end[0], rtol=1e-6) and end.max() <= start.max() * (1 + 1e-6):
            return None
        text = (
            f"{LONG} steps after the last gradient it still moves as fast as at the first: the "
            f"velocity doesn't decay, so all gradients add up forever"
        )
        return Mistake("never_slows", text)

    def follows_the_rate(self) -> Mistake | None:
        """Steps are proportional to the learning rate."""
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
            if names_one_of(self.optimizer, WITHOUT_RATE):
                return None  # as in their papers
            text = "the step doesn't depend on the learning rate that update is called with"
            return Mistake("rate_ignored", text)
        text = f"twice the learning rate makes a step {ratio:.3g} times as long, where 2 is right"
        return Mistake("rate_wrong", text)

    def follows_the_slope(self) -> Mistake | None:
        """A steeper slope doesn't make the step shorter, and a longer one in proportion at most."""
        moves = [self.first_move(scale * self.gradient) for scale in (1, 10, 100)]
        if not moves[0].any() or not np.isfinite(moves).all():
            return None
        lengths = np.linalg.norm(moves, axis=1)
        ratio = float(lengths[1] / lengths[0])
        for power, why in POWERS.items():
            if power < 1 and not self.divides_by_a_mean_of_signs():
                continue  # Padam's root of a root, for example
            if np.allclose(lengths[1:] / lengths[:-1], 10**power, rtol=1e-3):
                text = f"a gradient 10 times as large makes a step {ratio:.3g} times as long: {why}"
                return Mistake("wrong_power", text)
        if ratio > 0.5:
            return None
        text = (
            f"a gradient 10 times as large makes a step {ratio:.3g} times as long: the root is "
            f"missing, divide by the root of the mean square, not by the mean square"
        )
        return Mistake("missing_root", text)

    def divides_by_a_mean_of_signs(self) -> bool:
        """Whether steps grow if the gradient changes its sign in turn, and there is no velocity.

        The mean of such gradients is near 0, while that of their squares isn't.
        """
        turns = [self.gradient, -self.gradient] * (FEW // 2)
        *moves, coast = self.from_zero(*turns, np.zeros(SIZE))
        return not coast.any() and bool(np.abs(moves[-1]).max() > FURTHER * np.abs(moves[0]).max())

    def takes_both_signs(self) -> Mistake | None:
        """The opposite gradient makes the opposite step."""
        steep = STEEP * self.gradient
        there, back = self.first_move(steep), self.first_move(-steep)
        if not np.isfinite([there, back]).all() or (there * self.gradient >= 0).any():
            return None  # said by another law
        if np.allclose(there, -back, rtol=1e-6, atol=0):
            return None
        text = (
            "the opposite gradient doesn't make the opposite step: positive and negative gradients "
            "are treated differently, as by a clip with a bound on one side alone"
        )
        return Mistake("one_sided", text)

    def goes_on(self) -> Mistake | None:
        """With a constant gradient, many steps lead further than a few."""
        optimizer = self.fresh(weight_decay=None, learning_rate=RATE)
        moves = self.moves(optimizer, *[self.gradient] * MANY)
        way = np.abs(np.cumsum(moves, axis=0)).sum(axis=1)
        if not np.isfinite(way).all() or way[-3:].max() > FURTHER * way[:FEW].max():
            return None
        text = f"under a constant gradient, {MANY} steps lead no further than {FEW}: "
        lengths = self.lengths(*[self.gradient] * 3)
        if self.is_like_adam() and abs(lengths[0] - 1) < STEADY and lengths[2] > 0:
            text += (
                "is the bias correction made in place, in the averages that are kept? It belongs "
                "in new arrays, such as v_hat = v / (1 - beta_2**t)"
            )
        else:
            text += "later steps are lost, or made no more"
        return Mistake("gets_nowhere", text)

    def remembers(self) -> Mistake | None:
        """A rule with momentum, or a mean of squares, depends on the gradients of earlier steps.

        Whether it should have one is taken from its settings, or from the name of its class.
        """
        if not claims_memory(self.optimizer):
            return None
        other = np.where(np.arange(SIZE) % 2, -self.gradient, 0.0)  # which no clip makes the same
        for steps in (SOON, LONG):
            before, otherwise = (self.after(steps, g) for g in (self.gradient, other))
            if not (np.isfinite([before, otherwise]).all() and before.any()):
                return None  # said by another law
            forgets = np.array_equal(before, otherwise)
            stops = claims_velocity(self.optimizer) and not self.coasts(steps)
            if not (forgets or stops):
                return self.keeps_its_share()
        *moves, rest = self.from_zero(*[self.gradient] * SOON, np.zeros(SIZE))
        fresh = self.fresh(weight_decay=None)
        (alone,) = self.moves(fresh, np.zeros(SIZE), start=np.sum(moves, axis=0))
        remembered = np.abs(rest - alone).max()  # without what a penalty moves
        if claims_velocity(self.optimizer) and remembered > SLIGHT * np.abs(moves[-1]).max():
            return None  # the parameters' own changes are its memory
        text = "a step doesn't depend on the gradients of earlier steps"
        if not forgets:
            text = "nothing is left of a step in the next one, although there is a momentum"
        return Mistake(
            "forgets",
            f"{text}: a velocity or a mean that is made anew in each step, or that is overwritten, "
            f"or not used; keep it from step to step, as self.remember does",
        )

    def keeps_its_share(self) -> Mistake | None:
        """A velocity keeps the share that its setting says, and Nesterov's step looks ahead."""
        moves = self.from_zero(self.gradient, *[np.zeros(SIZE)] * 5)
        ratios = decay_of(np.array(moves))
        if ratios is None:
            return None
        kept = float(ratios[-1])
        swapped = swapped_share(kept, shares_of(self.optimizer))
        if swapped is not None:
            return shares_swapped("velocity", kept, swapped)
        if not claims_nesterov(self.optimizer) or not CLEAR < kept < 1:
            return None
        right = "are momentum * v - rate * gradient, with the new v"
        if np.isclose(ratios[0], kept, rtol=1e-6):
            text = (
                f"all steps are those of a plain momentum, where Nesterov's {right}; an old "
                f"velocity must be a copy, v.copy(), if v is changed in place"
            )
            return Mistake("no_nesterov", text)
        if np.isclose(ratios[0], kept / 2, rtol=1e-6):
            text = f"the steps are v - rate * gradient, where Nesterov's {right}"
            return Mistake("no_nesterov", text)
        return None

    def after(self, steps: int, earlier: np.ndarray) -> np.ndarray:
        """Return three steps with the gradient after some with an earlier one."""
        return self.at_zero(*[earlier] * steps, *[self.gradient] * 3)[-3:]

    def coasts(self, steps: int) -> bool:
        """Whether a step goes on where the gradients have become tiny."""
        moves = self.at_zero(*[self.gradient] * steps, *[TINY * self.gradient] * 2)
        sizes = np.abs(moves).max(axis=1)
        return bool(sizes[steps:].max() > SLIGHT * sizes[:steps][-2:].max())

    def is_steady(self) -> Mistake | None:
        """With a constant gradient, Adam's corrected averages equal that gradient at every step.

        The law applies to rules like Adam: those with two betas, or with a velocity and a step
        that doesn't depend on the gradient's size and converges to the learning rate.
        """
        if not self.is_like_adam():
            return self.averages_squares()
        optimizer, still = self.fresh(weight_decay=None, learning_rate=RATE), np.zeros(SIZE)
        gradients = [self.gradient] * SETTLED  # at parameters of 0, which no penalty moves
        walk = self.walk(optimizer, gradients, start=still, from_start=True)
        moves = list(islice(walk, PLENTY))
        lengths = np.abs(moves).mean(axis=1) / RATE
        early = lengths[:EARLY]  # where a correction matters; Yogi's steps vary later
        beside = [np.r_[early[0], early[:-1]], early, lengths[1 : EARLY + 1]]
        early = np.median(beside, axis=0)  # but for single steps, as of slow weights that follow
        if np.abs(lengths - 1).max() < EXACT or warms_up(lengths):
            return None
        if (1 - STEADY) * early.max() > (1 + STEADY) * early.min() and self.may_vary(lengths):
            return None
        moves.extend(walk)
        lengths = np.abs(moves).mean(axis=1) / RATE
        if not np.isfinite(lengths).all() or still_decays(lengths):
            return None
        if np.abs(early / lengths[-1] - 1).max() < STEADY:
            return self.is_of_the_rate(optimizer, float(lengths[-1]))
        settles = abs(lengths[-1] - 1) < STEADY
        starts = abs(lengths[0] - 1) < STEADY
        if not (settles or starts or has_betas(self.optimizer)) or self.may_vary(lengths):
            return None
        text = (
            f"under a constant gradient the steps change from {lengths[0]:.3g} to {lengths[9]:.3g} "
            f"and {lengths[-1]:.3g} times the learning rate, where Adam's are all as long as the "
            f"first: the bias correction, m / (1 - beta_1**t) and v / (1 - beta_2**t) with t from "
            f"1, is missing, wrong or made in place"
        )
        if abs(lengths[-1] - 1) > STEADY:
            text += ", or the two weights in an average, beta and 1 - beta, don't sum to 1"
        return Mistake("bias_correction", text)

    def is_of_the_rate(self, settled: Optimizer, length: float) -> Mistake | None:
        """The steady step of Adam is as long as the learning rate."""
        if abs(length - 1) < STEADY:
            return None
        nexts = [copy.deepcopy(settled), settled]
        flipped, steep = (
            float((self.moves(rule, scale * self.gradient)[0] * -np.sign(self.gradient)).mean())
            / (RATE * length)
            for rule, scale in zip(nexts, (-1.0, STEEP), strict=True)
        )
        share = missing_share(length, flipped, steep, STEEP)
        if not share:
            return None
        text = (
            f"under a constant gradient every step is {length:.3g} times the learning rate, where "
            f"Adam's is as long as the rate: an average takes the new gradient {share}"
        )
        return Mistake("share_missing", text)

    def averages_squares(self) -> Mistake | None:
        """The mean squares of RMSprop and Adadelta take 1 - rho of each square."""
        name, settings = plain_name(self.optimizer), settings_named(self.optimizer, SHARES)
        if name == "adadelta":
            lengths = self.lengths(STEEP * self.gradient, *[STEEP * self.gradient] * MANY)
            wrong = [w for s in settings if 0 < s < 1 and (w := wrong_adadelta(lengths, s))]
            return Mistake("share_missing", wrong[0]) if wrong else None
        if name == "adagrad":
            kept = kept_of_squares(self.lengths(*[self.gradient] * MANY))
            if kept is None or not CLEAR < kept < 1 - SLIGHT / 2:  # or epsilon is large
                return None
            text = (
                f"only {kept:.3g} of the sum of squares is kept in each step, so that earlier "
                f"gradients are forgotten, as in RMSprop; Adagrad's is s += g**2"
            )
            return Mistake("forgets", text)
        if name != "rmsprop":
            return None
        lengths = self.lengths(*[self.gradient] * MANY)
        if lacks_share_of_squares(lengths):
            text = (
                "the mean square takes the whole square of each gradient, where its share is 1 - "
                "rho: s = rho * s + (1 - rho) * g**2"
            )
            return Mistake("share_missing", text)
        kept = kept_of_squares(lengths)
        swapped = None if kept is None else swapped_share(kept, settings)
        if kept is not None and swapped is not None:
            return shares_swapped("mean square", kept, swapped)
        if never_forgets(self.lengths(STEEP * self.gradient, *[self.gradient] * LONG), STEEP):
            text = (
                "the mean square never forgets a gradient, so that steps only become shorter: it "
                "is a sum, as in Adagrad, where s = rho * s + (1 - rho) * g**2 is right"
            )
            return Mistake("never_forgets", text)
        return None

    def lengths(self, *gradients: np.ndarray) -> np.ndarray:
        """Return the mean lengths of steps, in units of the learning rate."""
        moves = self.from_zero(*gradients, learning_rate=RATE)
        return np.abs(moves).mean(axis=1) / RATE

    def may_vary(self, lengths: np.ndarray) -> bool:
        """Whether the rule's steps may differ under a constant gradient, as those of Nadam do."""
        return names_one_of(self.optimizer, UNCORRECTED + UNSTEADY) or self.looks_ahead(lengths)

    @staticmethod
    def looks_ahead(lengths: np.ndarray) -> bool:
        """Whether the steps with a constant gradient are those of Nadam.

        Nadam gives the newest gradient more weight, so its first steps differ from Adam's. Three
        variants are tried: a constant momentum, the increasing momentum of the paper, and the
        corrected average of Adam, mixed with the corrected gradient.
        """
        t = np.arange(1, 32)
        for beta in np.arange(0.5, 0.995, 0.01):
            if np.allclose(lengths[:31], beta + (1 - beta) / (1 - beta**t), rtol=0.01):
                return True
            for momentum in (np.full(31, beta), beta * (1 - 0.5 * 0.96 ** (0.004 * t))):
                product = np.cumprod(momentum)
                ahead = momentum[1:] * (1 - beta ** t[:-1]) / (1 - product[1:])
                expected = ahead + (1 - momentum[:-1]) / (1 - product[:-1])
                if np.allclose(lengths[:30], expected, rtol=0.01):
                    return True
        return False

    def is_like_adam(self) -> bool:
        """Whether the rule normalises by the gradient's size and has a velocity."""
        if names_one_of(self.optimizer, ("nadam", "lion")):
            return False
        once, steep = self.first_move(self.gradient), self.first_move(10 * self.gradient)
        if not once.any() or not np.allclose(np.abs(steep), np.abs(once), rtol=1e-3):
            return False
        *_, coast = self.from_zero(self.gradient, self.gradient, np.zeros(SIZE))
        return bool(coast.any()) and self.remembers_sizes()

    def remembers_sizes(self) -> bool:
        """Whether the size of earlier gradients counts, unlike in rules of signs or of a clip."""
        once, steep = self.after(2, self.gradient), self.after(2, 10 * self.gradient)
        return not np.allclose(once, steep, rtol=1e-6, atol=0)


def _not_finite(bad: np.ndarray, gradient: np.ndarray) -> str:
    """Describe the parameters that become NaN or infinite, by the sign of their gradients."""
    head = f"{bad.sum()} of {SIZE} parameters become NaN or infinite"
    if gradient.all() or (bad[gradient == 0]).all():
        where = "" if gradient.all() else " where the gradient is 0"
        return (
            f"{head}{where}: look for 0/0, such as a root without epsilon, or 1 - beta**0, and for "
            f"the root of a negative number"
        )
    signs = np.unique(np.sign(gradient[bad]))
    where = "is negative" if len(signs) == 1 and signs[0] < 0 else "isn't 0"
    return (
        f"{head} where the gradient {where}: look for the root of a negative number: is the mean "
        f"under the root one of g, not of g**2, or subtracted?"
    )


def shares_swapped(what: str, kept: float, share: float) -> Mistake:
    """Return the mistake that an average keeps the share that the new gradient should have."""
    text = (
        f"the {what} keeps {kept:.3g} of itself in each step, where {share:.3g} is right: its "
        f"weight and that of the new gradient are swapped"
    )
    return Mistake("shares_swapped", text)


def warms_up(lengths: np.ndarray) -> bool:
    """Whether steps grow in proportion to their count at first, by a schedule of the rule's own."""
    return bool(np.allclose(lengths[:3], lengths[0] * np.arange(1, 4), rtol=1e-6))


def still_decays(lengths: np.ndarray) -> bool:
    """Whether steps become shorter when Adam's averages have converged, as in a schedule."""
    return bool(lengths[-1] < (1 - STILL) * lengths[-SETTLED // 10])


def has_betas(optimizer: Optimizer) -> bool:
    """Whether an optimizer has settings named like Adam's."""
    names = [name.lower().replace("_", "") for name in vars(optimizer)]
    return all(any(name in (f"beta{k}", f"b{k}") for name in names) for k in (1, 2))


def has_trained(optimizer: Optimizer) -> bool:
    """Whether an optimizer counts steps or keeps arrays, as it may with an update of its own."""
    kept = vars(optimizer).values()
    held = any(isinstance(v, np.ndarray) or (isinstance(v, dict | list) and v) for v in kept)
    return bool(optimizer.iterations) or held


def forget_steps(optimizer: Optimizer) -> None:
    """Reset all attributes that aren't settings, as in a new optimizer of the class.

    A user's rule may keep its velocity, or its step count, in attributes. A float is a setting,
    whatever its name, unless a step changes it.
    """
    kind = type(optimizer)
    arguments: set[str] = set()
    new: dict[str, Any] | None = None
    stepped: dict[str, Any] = {}
    try:
        names = set(inspect.signature(kind).parameters)
        known = {name: v for name, v in vars(optimizer).items() if name in names}
        made = kind(**known)
        arguments, new = names, copy.deepcopy(vars(made))
        stepped = vars(made)
        made.update(np.ones(SIZE), np.ones(SIZE))
    except Exception:
        pass  # a class that can't be made again, or a step that crashes
    for name, value in list(vars(optimizer).items()):
        if name in SETTINGS or name in arguments:
            continue
        if new is not None and name in new:
            is_still = np.array_equal(stepped.get(name, np.nan), new[name])
            if is_still and float in (type(value), type(new[name])):
                continue
            setattr(optimizer, name, copy.deepcopy(new[name]))
        elif new is not None or isinstance(value, np.ndarray):
            delattr(optimizer, name)
