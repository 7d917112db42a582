"""The laws of descent: every correct rule keeps them, and each mistake breaks the one it should."""

import inspect
import random
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

import tinynet.optimizers
from tinynet.gradcheck import check_optimizer
from tinynet.optimizers import SGD, Adam, Optimizer
from tinynet.schedules import ExponentialDecay

Step = Callable[[Any, np.ndarray, np.ndarray, float], None]
Update = tuple[bool, bool, bool]


class Rule(Optimizer):
    """A rule of somebody's own: `made` gives it its step."""

    def __init__(self, learning_rate: float = 0.01, weight_decay: float | None = None) -> None:
        super().__init__(learning_rate, weight_decay)


def made(step: Step) -> Optimizer:
    return type("Own", (Rule,), {"step": step})()


def adam(
    corrected_m: bool = True,
    corrected_v: bool = True,
    root: bool = True,
    first: int = 1,
    epsilon: float = 1e-8,
    rate: int = 1,
) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        m, v, t = self.remember("m", p), self.remember("v", p), self.iterations + first
        m *= 0.9
        m += 0.1 * g
        v *= 0.999
        v += 0.001 * g**2
        m_hat = m / (1 - 0.9**t) if corrected_m else m
        v_hat = v / (1 - 0.999**t) if corrected_v else v
        p -= learning_rate**rate * m_hat / ((np.sqrt(v_hat) if root else v_hat) + epsilon)

    return step


def mean_square(momentum: float = 0.0, root: bool = True, epsilon: float = 1e-7) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        v, b = self.remember("v", p), self.remember("b", p)
        v *= 0.9
        v += 0.1 * g**2
        b *= momentum
        b += learning_rate * g / ((np.sqrt(v) if root else v) + epsilon)
        p -= b

    return step


def adagrad(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v += g**2
    p -= learning_rate * g / (np.sqrt(v) + 1e-8)


def adadelta(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v, d = self.remember("v", p), self.remember("d", p)
    v *= 0.95
    v += 0.05 * g**2
    u = np.sqrt(d + 1e-6) / np.sqrt(v + 1e-6) * g
    d *= 0.95
    d += 0.05 * u**2
    p -= learning_rate * u


def lion(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    m = self.remember("m", p)
    p -= learning_rate * np.sign(0.9 * m + 0.1 * g)
    m *= 0.99
    m += 0.01 * g


def nesterov(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v *= 0.9
    v -= learning_rate * g
    p += 0.9 * v - learning_rate * g


def averaged(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    m = self.remember("m", p)
    m *= 0.9
    m += 0.1 * g
    p -= learning_rate * m


def by_segments(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    for part in self.segments:
        if g[part].any():
            trust = (1 + np.linalg.norm(p[part])) / np.linalg.norm(g[part])
            p[part] -= learning_rate * trust * g[part]


def penalised(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * (g + 0.1 * p)


def lasso(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * (g + 0.1 * np.sign(p))


def clipped(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * g / max(1, float(np.linalg.norm(g)))


def yogi(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    m, v, t = self.remember("m", p), self.remember("v", p), self.iterations + 1
    m *= 0.9
    m += 0.1 * g
    v -= 0.001 * np.sign(v - g**2) * g**2
    p -= learning_rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


def partially_adaptive(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v *= 0.999
    v += 0.001 * g**2
    p -= learning_rate * g / (v ** (1 / 8) + 1e-8)


def padam(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    p -= learning_rate * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.25 + 1e-8)


def warmed_up_adam(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    adam()(self, p, g, learning_rate * min(1, (self.iterations + 1) / 10))


def decaying_adam(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    adam()(self, p, g, learning_rate / np.sqrt(self.iterations + 1))


def root_of_a_root(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v += 0.1 * (g**2 - v)
    p -= learning_rate * g / (v**0.25 + 1e-8)


def adam_with_penalty(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    adam()(self, p, g + 0.01 * p, learning_rate)


def amsgrad(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v, largest = self.iterations + 1, *(self.remember(name, p) for name in "mvh")
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    np.maximum(largest, v / (1 - 0.999**t), out=largest)
    p -= learning_rate * m / (1 - 0.9**t) / (np.sqrt(largest) + 1e-8)


def adamax(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, u = self.iterations + 1, self.remember("m", p), self.remember("u", p)
    m += 0.1 * (g - m)
    np.maximum(0.999 * u, np.abs(g), out=u)
    p -= learning_rate * m / (1 - 0.9**t) / (u + 1e-8)


def nadam(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    ahead = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * g / (1 - 0.9**t)
    p -= learning_rate * ahead / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


def nadam_of_corrected_averages(
    self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float
) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    ahead = 0.9 * m / (1 - 0.9**t) + 0.1 * g / (1 - 0.9**t)
    p -= learning_rate * ahead / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


def lamb(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    u = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-6) + 0.01 * p
    for part in self.segments:
        size, length = np.linalg.norm(p[part]), np.linalg.norm(u[part])
        p[part] -= learning_rate * (size / length if size and length else 1.0) * u[part]


def decay_of_the_paper(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= 5e-4 * p  # as in AdamW's paper, where no learning rate multiplies it
    adam()(self, p, g, learning_rate)


def lookahead_of_adam(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    slow = self.remember("slow", p)
    if not self.iterations:
        slow[...] = p
    adam()(self, p, g, learning_rate)
    if self.iterations % 5 == 4:
        slow += 0.5 * (p - slow)
        p[...] = slow


def rprop(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    size, before = self.remember("size", p, 1.0), self.remember("before", p)
    same = np.sign(g * before)
    size *= np.where(same > 0, 1.2, np.where(same < 0, 0.5, 1))
    np.clip(size, 1e-6, 50, out=size)
    p -= learning_rate * size * np.sign(g)
    before[...] = g


def lookahead(returns: bool) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        slow = self.remember("slow", p)
        if not self.iterations:
            slow[...] = p
        p -= learning_rate * g
        if self.iterations % 5 == 4:
            slow += 0.5 * (p - slow) * returns
            p[...] = slow

    return step


def decaying(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate / (1 + self.iterations) * g


def warm(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * min(1, (self.iterations + 1) / 10) * g


def trusting(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    for part in self.segments:
        trust = np.linalg.norm(p[part]) / (np.linalg.norm(g[part]) + 1e-9)
        p[part] -= learning_rate * (trust or 1.0) * g[part]


def adadelta_of_the_paper(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    adadelta(self, p, g, 1.0)


def rprop_of_the_paper(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    rprop(self, p, g, 0.01)


def amsgrad_of_the_paper(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    m, v, largest = (self.remember(name, p) for name in "mvh")
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    np.maximum(largest, v, out=largest)
    p -= learning_rate * m / (np.sqrt(largest) + 1e-8)


def lamb_without_decay(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    u = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-6)
    size, length = np.linalg.norm(p), np.linalg.norm(u)
    p -= learning_rate * (size / length if size and length else 1.0) * u


BY_NAME: dict[str, tuple[Step, str]] = {  # and the kind under another name
    "Adadelta": (adadelta_of_the_paper, "rate_ignored"),
    "iRprop": (rprop_of_the_paper, "rate_ignored"),
    "MyAMSGrad": (amsgrad_of_the_paper, "bias_correction"),
    "BertAdam": (adam(False, False), "bias_correction"),
    "LAMB": (lamb_without_decay, "never_slows"),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_rules_are_right_as_in_their_papers(name: str) -> None:
    step, kind = BY_NAME[name]
    check_optimizer(type(name, (Rule,), {"step": step})()).assert_ok()
    assert [mistake.kind for mistake in check_optimizer(made(step)).mistakes] == [kind]


GOOD: dict[str, Step] = {
    "a rate for each layer": trusting,
    "slow and fast weights": lookahead(True),
    "a rate that decays": decaying,
    "a rate that warms up": warm,
    "much L2 of its own": lambda self, p, g, rate: np.subtract(p, rate * (g + p), out=p),  # type: ignore[dict-item]
    "Adam": adam(),
    "mean square": mean_square(),
    "mean square with momentum": mean_square(0.9),
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "Lion": lion,
    "Nesterov": nesterov,
    "an average for a velocity": averaged,
    "signs": lambda self, p, g, rate: np.subtract(p, rate * np.sign(g), out=p),  # type: ignore[dict-item]
    "trust by segments": by_segments,
    "L2 of its own": penalised,
    "L1 of its own": lasso,
    "L2 in Adam": adam_with_penalty,
    "clipped": clipped,
    "partially adaptive": partially_adaptive,
    "Yogi": yogi,
    "AMSGrad": amsgrad,
    "AdaMax": adamax,
    "Nadam": nadam,
    "Nadam of corrected averages": nadam_of_corrected_averages,
    "LAMB": lamb,
    "Padam": padam,
    "Adam that warms up": warmed_up_adam,
    "Adam whose rate decays, as in its paper": decaying_adam,
    "a root of a root": root_of_a_root,
    "slow and fast weights of Adam": lookahead_of_adam,
    "AdamW's decay as in its paper": decay_of_the_paper,
    "Rprop": rprop,
}


@pytest.mark.parametrize("name", GOOD)
def test_correct_rules_are_left_alone(name: str) -> None:
    check_optimizer(made(GOOD[name])).assert_ok()
    fast = made(GOOD[name])
    fast.learning_rate = 1.0
    check_optimizer(fast, seed=1).assert_ok()


BUILT_IN = [
    kind
    for kind in vars(tinynet.optimizers).values()
    if inspect.isclass(kind) and issubclass(kind, Optimizer) and kind is not Optimizer
]


@pytest.mark.parametrize("kind", BUILT_IN)
def test_all_that_is_built_in_is_left_alone(kind: type[Any]) -> None:
    for options in ({}, {"learning_rate": 1e-5, "weight_decay": 0.01}, {"learning_rate": 2.0}):
        check_optimizer(kind(**options)).assert_ok()


def half(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p[: len(p) // 2] -= learning_rate * g[: len(p) // 2]


def first_segment(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p[self.segments[0]] -= learning_rate * g[self.segments[0]]


def rebound(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p = p - learning_rate * g


def rate_twice(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v *= 0.9
    v += learning_rate * g
    p -= learning_rate * v


def own_rate(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= 0.01 * g


def crashing(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * g @ np.ones((3, 3))


def misspelt(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * self.velocity


def zero_by_zero(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * g / np.abs(g)


def velocity_too_old(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    p += v
    v *= 0.9
    v -= learning_rate * g


def never_brought_up_to_date(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    v, d = self.remember("v", p), self.remember("d", p)
    v *= 0.95
    v += 0.05 * g**2
    p -= rate * np.sqrt(d) / np.sqrt(v + 1e-6) * g


def smallest_mean_square(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v, least = self.remember("v", p), self.remember("least", p)
    v *= 0.999
    v += 0.001 * g**2
    np.minimum(least, v, out=least)  # which begins at 0, and stays there
    p -= learning_rate * g / (np.sqrt(least) + 1e-8)


def mean_without_a_square(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v *= 0.9
    v += 0.1 * g
    p -= learning_rate * g / (np.sqrt(v) + 1e-7)


def size_without_a_square(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v *= 0.9
    v += 0.1 * g
    p -= learning_rate * g / (np.sqrt(np.abs(v)) + 1e-7)


def multiplied_by_the_root(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    v = self.remember("v", p)
    v += g**2
    p -= learning_rate * g * (np.sqrt(v) + 1e-7)


def growing(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * (g - 0.1 * p)


def first_step_alone(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    if not self.iterations:
        p -= learning_rate * g


def clipped_above(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * np.minimum(g, 5)


BAD: dict[str, tuple[str, Step]] = {
    "a clip on one side": ("one_sided", clipped_above),
    "slow weights that never follow": ("gets_nowhere", lookahead(False)),
    "one step and no more": ("gets_nowhere", first_step_alone),
    "Adam with epsilon subtracted": ("uphill", adam(epsilon=-1e-8)),
    "Adam without corrections": ("bias_correction", adam(False, False)),
    "Adam with v's alone": ("bias_correction", adam(False)),
    "Adam with m's alone": ("bias_correction", adam(True, False)),
    "Adam from step 0": ("not_finite", adam(first=0)),
    "Adam from step 2": ("bias_correction", adam(first=2)),
    "Adam without a root": ("missing_root", adam(root=False)),
    "Adam with the rate twice": ("rate_twice", adam(rate=2)),
    "Adam without epsilon": ("not_finite", adam(epsilon=0.0)),
    "mean square without a root": ("missing_root", mean_square(root=False)),
    "half of the parameters": ("left_alone", half),
    "one segment": ("left_alone", first_segment),
    "rebound": ("rebound", rebound),
    "rate twice": ("rate_twice", rate_twice),
    "a rate of its own": ("rate_ignored", own_rate),
    "crash": ("crash", crashing),
    "misspelt": ("misspelt", misspelt),
    "0/0": ("not_finite", zero_by_zero),
    "velocity too old": ("stands_still", velocity_too_old),
    "growing": ("weights_grow", growing),
    "an average of 0": ("stands_still", never_brought_up_to_date),
    "smallest in place of largest": ("runaway", smallest_mean_square),
    "no square under the root": ("wrong_power", size_without_a_square),
    "multiplied by the root": ("wrong_power", multiplied_by_the_root),
    "root of a negative mean": ("not_finite", mean_without_a_square),
}


@pytest.mark.parametrize("name", BAD)
def test_broken_rules_are_named(name: str) -> None:
    kind, step = BAD[name]
    report = check_optimizer(made(step))
    assert report.mistakes[0].kind == kind, str(report)
    with pytest.raises(AssertionError) as failure:
        report.assert_ok()
    assert (
        str(failure.value).splitlines()[0]
        == report.summary
        == f"Own is wrong: {report.mistakes[0].text}"
    )
    data = report.to_dict()
    assert data["ok"] is False
    assert kind in [law["kind"] for law in data["laws"].values() if law]


def corrected_in_place(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    v /= 1 - 0.999**t
    p -= learning_rate * m / (1 - 0.9**t) / (np.sqrt(v) + 1e-8)


def decay_without_rate(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= 0.01 * p
    p -= learning_rate * g


def momentum_of_parameters(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    p *= 0.9
    p -= rate * g


def common_step(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * g.mean()


def count_from_zero(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    p -= learning_rate * min(1, self.iterations / 10) * g


def product_for_power(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    t, m, v = self.iterations + 1, self.remember("m", p), self.remember("v", p)
    m += 0.1 * (g - m)
    v += 0.001 * (g**2 - v)
    p -= learning_rate * m / (1 - 0.9 * t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (decay_without_rate, "multiplied by 0.99: a weight decay takes a share"),
        (momentum_of_parameters, "multiplied by 0.9, whatever the learning rate: momentum"),
        (common_step, "the first step of 2 of 8 parameters goes uphill, not that of the others"),
        (count_from_zero, "or a count of steps that begins at 0"),
        (product_for_power, "such as 1 - beta * t in place of 1 - beta**t"),
        (mean_without_a_square, "where the gradient is negative: look for the root of a negative"),
        (zero_by_zero, "where the gradient is 0: look for 0/0"),
        (
            corrected_in_place,
            "is the bias correction made in place, in the averages that are kept?",
        ),
        (first_step_alone, "48 steps lead no further than 8: later steps are lost"),
    ],
)
def test_the_cause_that_is_named(step: Step, said: str) -> None:
    assert said in check_optimizer(made(step)).summary


def decayed_adam(coupled: bool, share: float | np.ndarray = 0.1) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        decay = share * p
        adam()(self, p, g + decay if coupled else g, learning_rate)
        p -= 0 if coupled else learning_rate * decay

    return step


@pytest.mark.parametrize("weight_decay", [None, 0.01])
def test_the_decay_of_adamw_is_apart_from_the_gradient(weight_decay: float | None) -> None:
    def check(name: str, *arguments: Any) -> Any:
        kind = type(name, (Rule,), {"step": decayed_adam(*arguments)})
        return check_optimizer(kind(weight_decay=weight_decay))

    check("AdamW", False).assert_ok()
    if weight_decay is None:
        check("AdamW", False, np.repeat([0.1, 0], 4)).assert_ok()  # of some, as of weights alone
    check("AdamWithL2", True).assert_ok()
    for share in (0.1, 1e-4):
        report = check("MyAdamW", True, share)
        assert [mistake.kind for mistake in report.mistakes] == ["decay_coupled"]
        assert "the weight decay is added to the gradient" in report.summary


MODULES_RNG = np.random.default_rng(0)
GENERATORS: dict[str, Callable[[], Any]] = {
    "generator": lambda: np.random.default_rng(0),
    "legacy": lambda: np.random.RandomState(0),
    "python": lambda: random.Random(0),
    "dict": lambda: {"rng": np.random.default_rng(0)},
    "list": lambda: [random.Random(0)],
    "numpy": lambda: "numpy",
    "random": lambda: "random",
    "module": lambda: "module",
}


class Noisy(Optimizer):
    """Adds noise, from a generator of its own, of the module, or a global one."""

    def __init__(self, rng: Any) -> None:
        super().__init__(0.01)
        self.rng = rng

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        held = {"numpy": np.random, "random": random, "module": MODULES_RNG}
        rng: Any = held[self.rng] if isinstance(self.rng, str) else self.rng
        if isinstance(rng, dict | list):
            rng = rng[0] if isinstance(rng, list) else rng["rng"]
        noise = [rng.uniform(-1, 1) for _ in gradients]
        parameters -= learning_rate * (gradients + 0.1 * np.array(noise))


class NewlyNoisy(Noisy):
    """Makes a generator at each step."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        parameters -= learning_rate * (gradients + 0.1 * np.random.default_rng().uniform(size=8))


@pytest.mark.parametrize("name", [*GENERATORS, "new"])
def test_what_draws_random_numbers_cannot_be_checked(name: str) -> None:
    noisy = Noisy(GENERATORS[name]()) if name in GENERATORS else NewlyNoisy(None)
    report = check_optimizer(noisy)
    assert not report
    assert "oisy can't be checked: its steps depend on random numbers" in report.summary
    assert "WRONG" not in str(report)


class SharedVelocity(Optimizer):
    """Keeps its velocity in a dict of the class."""

    velocities: ClassVar[dict[str, np.ndarray]] = {}

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        velocity = 0.9 * self.velocities.get("v", 0 * gradients) + gradients
        self.velocities["v"] = velocity
        parameters -= learning_rate * velocity


def test_what_is_kept_in_the_class_is_a_mistake() -> None:
    report = check_optimizer(SharedVelocity(0.01))
    assert [mistake.kind for mistake in report.mistakes] == ["keeps_outside"]
    assert "SharedVelocity is wrong: two optimizers in equal states make" in report.summary
    assert "WRONG: two optimizers" in str(report)


def test_hint_for_a_rebound_vector() -> None:
    assert "nothing moved: write into `parameters`" in check_optimizer(made(rebound)).summary


class OwnState(Optimizer):
    """Keeps what it remembers in attributes of its own, and an L2 term."""

    def __init__(self, learning_rate: float = 0.01, l2: float = 0.01) -> None:
        super().__init__(learning_rate, None)
        self.l2 = l2
        self.velocity: Any = None
        self.steps = 0

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        if self.velocity is None:
            self.velocity = np.zeros_like(parameters)
            self.scale = np.ones_like(parameters)
        self.velocity = 0.9 * self.velocity - learning_rate * (gradients + self.l2 * parameters)
        parameters += self.velocity * self.scale
        self.steps += 1


@pytest.mark.parametrize("optimizer", [OwnState(), OwnState(l2=0.0), Adam(), SGD(momentum=0.9)])
def test_optimizers_that_have_trained_before(optimizer: Any) -> None:
    parameters = np.ones(20)
    for _ in range(5):
        optimizer.update(parameters, np.ones(20))
    before = {name: str(value) for name, value in vars(optimizer).items()}
    check_optimizer(optimizer).assert_ok()
    assert {name: str(value) for name, value in vars(optimizer).items()} == before


class Renamed(Optimizer):
    """Keeps its settings in attributes that have other names than the arguments."""

    def __init__(
        self, learning_rate: float = 0.1, momentum: float = 0.9, weight_decay: float = 0.01
    ) -> None:
        super().__init__(learning_rate)
        self.mu, self.l2 = momentum, weight_decay

    def step(self, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        v = self.remember("v", p)
        v *= self.mu
        v -= learning_rate * (g + self.l2 * p)
        p += v


@pytest.mark.parametrize(
    ("momentum", "kinds"), [(0.9, []), (1.0, ["never_slows"]), (-0.9, ["coasts_uphill"])]
)
def test_settings_are_those_that_were_passed(momentum: float, kinds: list[str]) -> None:
    report = check_optimizer(Renamed(0.1, momentum, 0.0))
    assert [mistake.kind for mistake in report.mistakes] == kinds


def test_a_penalty_is_no_weight_decay_of_the_base_class() -> None:
    check_optimizer(Renamed()).assert_ok()


class OwnUpdate(Renamed):
    """Counts no steps and keeps its velocity itself."""

    velocity: Any = None

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        if self.velocity is None:
            self.velocity = np.zeros_like(parameters)
        self.velocity = self.mu * self.velocity - self.learning_rate * gradients
        parameters += self.velocity


class PowersOfBeta(Renamed):
    """Adam without a count of steps: the power of a beta is a float that each step changes."""

    power = 1.0

    def step(self, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        m, v = self.remember("m", p), self.remember("v", p)
        self.power *= self.mu
        m += (1 - self.mu) * (g - m)
        v += (1 - self.mu) * (g**2 - v)
        m_hat, v_hat = m / (1 - self.power), v / (1 - self.power)
        p -= learning_rate * m_hat / (np.sqrt(v_hat) + 1e-8)


@pytest.mark.parametrize("kind", [Renamed, OwnUpdate, PowersOfBeta])
def test_settings_are_kept_and_steps_forgotten(kind: type[Renamed]) -> None:
    for momentum in (0.9, 1.0):
        optimizer = kind(0.1, momentum, 0.0)
        for steps in (0, 3):
            with np.errstate(all="ignore"):
                for _ in range(steps):
                    optimizer.update(np.ones(20), np.ones(20))
            assert bool(check_optimizer(optimizer)) == (momentum < 1)


def test_schedules_are_held_still() -> None:
    check_optimizer(Adam(ExponentialDecay(0.1, 10, 0.5))).assert_ok()


class HeavyBall(Rule):
    """Polyak's: the momentum is the last change of the parameters, not a velocity of its own."""

    share = 0.9

    def step(self, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        before = getattr(self, "before", p.copy())
        self.before = p.copy()
        p += self.share * (p - before) - learning_rate * g


def test_a_momentum_made_of_the_parameters() -> None:
    check_optimizer(HeavyBall()).assert_ok()
    forgetful = type("HeavyBall", (HeavyBall,), {"share": 0.0})()
    assert [mistake.kind for mistake in check_optimizer(forgetful).mistakes] == ["forgets"]


class Forgetting(Rule):
    """Has a momentum and a penalty, and makes its velocity anew in each step."""

    momentum, penalty = 0.9, 0.1

    def step(self, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
        velocity = self.momentum * np.zeros_like(p) + g + self.penalty * p
        p -= learning_rate * velocity


def test_a_penalty_hides_no_momentum_that_is_forgotten() -> None:
    assert "forgets" in [mistake.kind for mistake in check_optimizer(Forgetting()).mistakes]


class WithoutRate(Optimizer):
    def __init__(self) -> None:
        self.lr = 0.01


class WithoutState(Optimizer):
    def __init__(self) -> None:
        self.learning_rate = 0.01


@pytest.mark.parametrize(
    ("kind", "name"), [(WithoutRate, "learning_rate"), (WithoutState, "state")]
)
def test_a_constructor_that_leaves_out_that_of_the_base(kind: type[Any], name: str) -> None:
    summary = check_optimizer(kind()).summary
    assert summary == (
        f"{kind.__name__} is wrong: it has no {name}: call super().__init__(learning_rate) in its "
        f"__init__"
    )


def without_rate(self: Any, p: np.ndarray, g: np.ndarray) -> None:
    p -= 0.1 * g


def one_too_many(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float, lr: float) -> None:
    p -= lr * g


@pytest.mark.parametrize("step", [without_rate, one_too_many])
def test_how_a_step_is_defined(step: Any) -> None:
    summary = check_optimizer(made(step)).summary
    assert summary.endswith("; define step(self, parameters, gradients, learning_rate)")


def keeps_the_gradients(self: Any, p: np.ndarray, g: np.ndarray, learning_rate: float) -> None:
    if not hasattr(self, "velocity"):
        self.velocity = g
    else:
        self.velocity *= 0.9
        self.velocity += g
    p -= learning_rate * self.velocity


def test_a_velocity_that_is_the_array_of_gradients_itself() -> None:
    """The gradients of all steps are in one array, as in training."""
    report = check_optimizer(made(keeps_the_gradients))
    assert report.mistakes[0].kind == "gradients_changed"
    assert "from the second step on" in report.summary
