"""Momentum and averages of update rules: what is forgotten, too long, or of the wrong sign."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck import check_optimizer
from tinynet.gradcheck.momenta import (
    claims_memory,
    claims_velocity,
    lacks_share_of_squares,
    plain_name,
    wrong_nesterov,
)
from tinynet.optimizers import SGD, Adadelta, Adam, Optimizer, RMSprop

Step = Callable[[Any, np.ndarray, np.ndarray, float], None]


class Rule(Optimizer):
    """A rule of somebody's own, with the settings that its class has."""

    def __init__(self, learning_rate: float = 0.01, **settings: float) -> None:
        super().__init__(learning_rate)
        self.__dict__.update(settings)


def rule(name: str, step: Step, **settings: float) -> Optimizer:
    kind: type[Rule] = type(name, (Rule,), {"step": step})
    return kind(**settings)


def heavy_ball(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    v = self.remember("v", p)
    v *= 0.9
    v += g
    p -= rate * v


def reset(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    v = np.zeros_like(p)
    v[...] = 0.9 * v + g
    p -= rate * v


def unused(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    v = self.remember("v", p)
    v[...] = 0.9 * v + g
    p -= rate * g


def nesterov(old: float, new: float) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        v = self.remember("v", p)
        before = v.copy()
        v[...] = 0.9 * v - rate * g
        p += old * before + new * v

    return step


def adam(m_share: float = 0.1, v_share: float = 0.001, m_kept: bool = True) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        m, v, t = self.remember("m", p), self.remember("v", p), self.iterations + 1
        m[...] = 0.9 * m * m_kept + m_share * g
        v[...] = 0.999 * v + v_share * g**2
        p -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return step


def squares(kept: float, share: float, *, corrected: bool = False) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        s = self.remember("s", p)
        s[...] = kept * s + share * g**2
        hat = s / (1 - kept ** (self.iterations + 1)) if corrected else s
        p -= rate * g / (np.sqrt(hat) + 1e-8)

    return step


def squares_from(start: float, epsilon: float = 1e-8) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        s = self.remember("s", p)
        s += g**2
        p -= rate * g / (np.sqrt(start + s) + epsilon)

    return step


def squares_and_velocity(share: float) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        s, v = self.remember("s", p), self.remember("v", p)
        s[...] = 0.999 * s + 0.001 * g**2
        v[...] = 0.9 * v + share * g / (np.sqrt(s) + 1e-8)
        p -= rate * v

    return step


def velocity(kept: float, share: float, penalty: float = 0.0) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        v = self.remember("v", p)
        v[...] = kept * v + share * (g + penalty * p)
        p -= rate * v

    return step


def growing_nesterov(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    v, momentum = self.remember("v", p), 0.9 * (1 - 1 / (self.iterations + 2))
    v[...] = momentum * v - rate * g
    p += momentum * v - rate * g


def adadelta(rho: float, share: float, share_of_steps: float, *, of_steps: bool = True) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        s, d = self.remember("s", p), self.remember("d", p)
        s[...] = rho * s + share * g**2
        u = np.sqrt(d + 1e-6) / np.sqrt(s + 1e-6) * g
        d[...] = rho * d + share_of_steps * (u if of_steps else g) ** 2
        p -= rate * u

    return step


def decaying(step: Step) -> Step:
    def decayed(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        step(self, p, g, rate / (self.iterations + 1) ** 0.5)

    return decayed


def restarting(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    v = self.remember("v", p)
    if v @ g <= 0:  # adaptive restart, where the velocity doesn't go downhill
        v[...] = 0
    v[...] = 0.9 * v + g
    p -= rate * v


def averaged_twice(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    first, second = self.remember("first", p), self.remember("second", p)
    first += 0.1 * (g - first)
    second += 0.1 * (first - second)
    p -= rate * second


def quasi_hyperbolic(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    m = self.remember("m", p)
    m += 0.1 * (g - m)
    p -= rate * (0.3 * g + 0.7 * m)


def averaging_weights(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    p -= rate * g
    average = self.remember("average", p)
    average += 0.01 * (p - average)


def velocity_of(change: Callable[[np.ndarray], np.ndarray]) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        v = self.remember("v", p)
        v[...] = 0.9 * v + change(g)
        p -= rate * v

    return step


def accumulating(count: int) -> Step:
    def step(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        v, total = self.remember("v", p), self.remember("total", p)
        total += g / count
        if self.iterations % count == count - 1:
            v[...] = 0.9 * v + total
            p -= rate * v
            total[...] = 0

    return step


def adabelief(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    m, s, t = self.remember("m", p), self.remember("s", p), self.iterations + 1
    m += 0.1 * (g - m)
    s += 0.001 * ((g - m) ** 2 - s)
    p -= rate * m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)


def sign(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
    p -= rate * np.sign(g)


WRONG: dict[str, tuple[str, Callable[[], Optimizer]]] = {
    "velocity made anew": ("forgets", lambda: rule("Momentum", reset)),
    "velocity unused": ("forgets", lambda: rule("SGD_Momentum", unused)),
    "a setting says so": ("forgets", lambda: rule("Own", unused, momentum=0.9)),
    "mean made anew": ("forgets", lambda: rule("RMSProp", squares(0, 0.1))),
    "sum overwritten": ("forgets", lambda: rule("MyAdaGrad", squares(0, 1))),
    "a mean for a sum": ("forgets", lambda: rule("MyAdagrad", squares(0.9, 0.1))),
    "a slow mean for a sum": ("forgets", lambda: rule("Adagrad", squares(0.999, 0.001))),
    "a sum that shrinks": ("forgets", lambda: rule("Adagrad", squares(0.9, 1))),
    "Adam's first mean made anew": ("forgets", lambda: rule("Adam2", adam(m_kept=False))),
    "the same by its beta": ("forgets", lambda: rule("Own", adam(m_kept=False), beta_1=0.9)),
    "old velocity's sign": ("nesterov_sign", lambda: rule("Own", nesterov(0.9, 1.9))),
    "change's sign": ("nesterov_sign", lambda: rule("Own", nesterov(0.9, 0.1))),
    "Adam without 1 - beta_1": ("share_missing", lambda: rule("Own", adam(1, 0.001))),
    "Adam without 1 - beta_2": ("share_missing", lambda: rule("Own", adam(0.1, 1))),
    "Adam without either": ("share_missing", lambda: rule("Own", adam(1, 1))),
    "RMSprop without 1 - rho": ("share_missing", lambda: rule("RMSprop", squares(0.9, 1))),
    "swapped": ("shares_swapped", lambda: rule("Momentum", velocity(0.1, 0.9), momentum=0.9)),
    "the same of a beta": (
        "shares_swapped",
        lambda: rule("Momentum", velocity(0.1, 0.9), beta=0.9),
    ),
    "a momentum by part of the name": ("forgets", lambda: rule("GDMomentum", unused, beta=0.9)),
    "the same without a setting": ("forgets", lambda: rule("MomentumEMA", unused)),
    "a swapped gamma": ("shares_swapped", lambda: rule("Momentum", velocity(0.1, 0.9), gamma=0.9)),
    "a swapped first beta": (
        "shares_swapped",
        lambda: rule("GDMomentum", velocity(0.1, 0.9), beta1=0.9),
    ),
    "a swapped beta of such a name": (
        "shares_swapped",
        lambda: rule("MomentumEMA", velocity(0.1, 0.9), beta=0.9),
    ),
    "Adam's first mean with 1 - beta_2": ("share_missing", lambda: rule("Own", adam(0.001, 0.001))),
    "Adam's mean square with 1 - beta_1": ("share_missing", lambda: rule("Own", adam(0.1, 0.1))),
    "1 - momentum": ("shares_swapped", lambda: rule("Own", velocity(0.1, 1), momentum=0.9)),
    "a swapped rho": ("shares_swapped", lambda: rule("RMSprop", squares(0.1, 0.9), rho=0.9)),
    "a sum for a mean": ("never_forgets", lambda: rule("RMSprop", squares(1, 0.1), rho=0.9)),
    "an alias": ("no_nesterov", lambda: rule("Nesterov", nesterov(0, 1))),
    "v for momentum * v": ("no_nesterov", lambda: rule("MyNAG", nesterov(-0.9, 2))),
    "Adadelta's gradients without 1 - rho": (
        "share_missing",
        lambda: rule("Adadelta", adadelta(0.95, 1, 0.05), rho=0.95),
    ),
    "Adadelta's steps without 1 - rho": (
        "share_missing",
        lambda: rule("Adadelta", adadelta(0.9, 0.1, 1), rho=0.9),
    ),
    "Adadelta with gradients for steps": (
        "share_missing",
        lambda: rule("Adadelta", adadelta(0.95, 0.05, 0.05, of_steps=False), _rho=0.95),
    ),
}

RIGHT: dict[str, Callable[[], Optimizer]] = {
    "heavy ball": lambda: rule("Momentum", heavy_ball),
    "Nesterov": lambda: rule("Nesterov", nesterov(-0.9, 1.9)),
    "velocity alone": lambda: rule("Momentum", nesterov(0, 1)),
    "restarts": lambda: rule("Momentum", restarting),
    "a mean of means": lambda: rule("Momentum", averaged_twice),
    "quasi-hyperbolic": lambda: rule("Momentum", quasi_hyperbolic),
    "momentum of 0": lambda: rule("Momentum", unused, momentum=0.0),
    "logged only": lambda: rule("SGD", unused),
    "clipped by the rule": lambda: rule("Momentum", velocity_of(lambda g: np.clip(g, -0.1, 0.1))),
    "velocity of signs": lambda: rule("Momentum", velocity_of(np.sign)),
    "unit velocity": lambda: rule(
        "Momentum", velocity_of(lambda g: g / (np.linalg.norm(g) + 1e-12))
    ),
    "each second step": lambda: rule("Momentum", accumulating(2)),
    "each third step": lambda: rule("Momentum", accumulating(3)),
    "each tenth step": lambda: rule("Own", accumulating(10)),
    "averaged weights": lambda: rule("SGD", averaging_weights),
    "signs": lambda: rule("SignSGD", sign),
    "Adam": lambda: rule("Adam", adam()),
    "AdaBelief": lambda: rule("MyAdaBelief", adabelief, beta_1=0.9, beta_2=0.999),
    "Adam without a velocity": lambda: rule("Adam", adam(m_kept=False), beta_1=0.0),
    "RMSprop": lambda: rule("RMSprop", squares(0.9, 0.1)),
    "RMSprop, corrected": lambda: rule("RMSprop", squares(0.9, 0.1, corrected=True)),
    "Adagrad": lambda: rule("Adagrad", squares(1, 1)),
    "Adagrad from a sum of 1": lambda: rule("Adagrad", squares_from(1.0)),
    "Adagrad from a large sum": lambda: rule("Adagrad", squares_from(1e6)),
    "Adagrad with a large epsilon": lambda: rule("Adagrad", squares_from(0.0, 1e-5)),
    "Adagrad with a larger epsilon": lambda: rule("Adagrad", squares_from(0.0, 1e-3)),
    "Adagrad whose rate decays": lambda: rule("Adagrad", decaying(squares_from(0.1))),
    "a sum that decays": lambda: rule("DecayedAdagrad", squares(0.9, 1)),
    "RMSprop with momentum": lambda: RMSprop(momentum=0.9),
    "clipped momentum": lambda: SGD(0.01, momentum=0.9, clipvalue=1e-3),
    "clipped Adam": lambda: Adam(clipnorm=1e-3),
    "clipped RMSprop": lambda: RMSprop(clipvalue=1e-3),
    "a mean for a velocity": lambda: rule("Momentum", velocity(0.9, 0.1), beta=0.9),
    "dampening": lambda: rule("Momentum", velocity(0.9, 0.9), momentum=0.9),
    "a penalty": lambda: rule("Momentum", velocity(0.9, 1, 0.1), momentum=0.9),
    "a share of the new gradient": lambda: rule("Momentum", velocity(0.9, 0.1), momentum=0.1),
    "two settings": lambda: rule("Momentum", velocity(0.1, 1), momentum=0.1, beta=0.9),
    "a velocity whose rate decays": lambda: rule(
        "Momentum", decaying(velocity(0.9, 0.1)), momentum=0.9
    ),
    "not set to Nesterov's": lambda: rule("Nesterov", nesterov(0, 1), nesterov=False),
    "Nesterov's with a growing momentum": lambda: rule("Nesterov", growing_nesterov),
    "a slow mean square": lambda: rule("RMSprop", squares(0.9999, 0.0001), rho=0.9999),
    "a very slow mean square": lambda: rule("RMSprop", squares(0.99999, 0.00001)),
    "RMSprop whose rate decays": lambda: rule("RMSprop", decaying(squares(0.9, 0.1)), rho=0.9),
    "the same, corrected": lambda: rule(
        "RMSprop", decaying(squares(0.999, 0.001, corrected=True)), rho=0.999
    ),
    "a share of the new square": lambda: rule("RMSprop", squares(0.9, 0.1), beta=0.1),
    "Adadelta": lambda: rule("Adadelta", adadelta(0.95, 0.05, 0.05), rho=0.95),
    "a quick Adadelta": lambda: rule("Adadelta", adadelta(0.5, 0.5, 0.5), rho=0.5),
    "a slow Adadelta": lambda: rule("Adadelta", adadelta(0.999, 0.001, 0.001), rho=0.999),
    "clipped Adadelta": lambda: Adadelta(rho=0.5, epsilon=0.01, clipvalue=1e-3),
    "Adadelta whose rate decays": lambda: rule(
        "Adadelta", decaying(adadelta(0.9, 0.1, 0.1)), rho=0.9
    ),
    "a beta of 0": lambda: rule("GDMomentum", unused, beta=0.0),
    "no momentum by its name": lambda: rule("SGDWithoutMomentum", unused, beta=0.9),
    "momentum that is off": lambda: rule("GDWithMomentum", unused, m=0.0),
    "a gamma of the learning rate's decay": lambda: rule(
        "GDMomentum", velocity(0.1, 1), gamma=0.9, beta=0.1
    ),
    "a gamma of its own": lambda: rule("Own", velocity(0.1, 1), gamma=0.9),
    "a mean with a gamma": lambda: rule("MomentumEMA", velocity(0.9, 0.1), gamma=0.9),
    "RMSprop with a mean for a velocity": lambda: rule(
        "RMSPropMomentum", squares_and_velocity(0.1), beta1=0.9, beta2=0.999
    ),
    "RMSprop with a sum for a velocity": lambda: rule(
        "MomentumRMSProp", squares_and_velocity(1), beta1=0.9, beta2=0.999
    ),
    "RMSprop without a velocity": lambda: rule("RMSpropNoMomentum", squares(0.9, 0.1)),
    "a slight momentum": lambda: SGD(0.01, momentum=1e-9),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_forgotten_or_of_the_wrong_size_is_named(name: str) -> None:
    kind, make = WRONG[name]
    report = check_optimizer(make())
    assert not report
    assert [mistake.kind for mistake in report.mistakes] == [kind]


@pytest.mark.parametrize("name", RIGHT)
def test_the_nearest_right_rules_are_left_alone(name: str) -> None:
    check_optimizer(RIGHT[name]()).assert_ok()


def test_texts_say_what_to_write() -> None:
    def said(name: str) -> str:
        return check_optimizer(WRONG[name][1]()).summary

    assert "velocity or a mean that is made anew in each step" in said("velocity made anew")
    assert "nothing is left of a step in the next one" in said("Adam's first mean made anew")
    assert "without its share, 1 - beta_1" in said("Adam without 1 - beta_1")
    assert "without its share, 1 - beta_2" in said("Adam without 1 - beta_2")
    assert "1 - beta_1 and 1 - beta_2" in said("Adam without either")
    assert "(1 + momentum) * v - momentum * old_v" in said("old velocity's sign")
    assert "the velocity keeps 0.1 of itself in each step, where 0.9 is right" in said("swapped")
    assert "the mean square keeps 0.1 of itself" in said("a swapped rho")
    assert "it is a sum, as in Adagrad" in said("a sum for a mean")
    assert "only 0.9 of the sum of squares is kept in each step" in said("a mean for a sum")
    assert "an old velocity must be a copy, v.copy()" in said("an alias")
    assert "Nesterov's are momentum * v - rate * gradient, with the new v" in said(
        "v for momentum * v"
    )
    assert "of the squared steps takes them" in said("Adadelta's steps without 1 - rho")
    assert "is one of squared gradients" in said("Adadelta with gradients for steps")


def test_parameters_that_are_overwritten_or_multiplied_are_told_apart() -> None:
    def overwritten(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        p[...] = -rate * g

    def multiplied(self: Any, p: np.ndarray, g: np.ndarray, rate: float) -> None:
        p -= rate * g * p

    assert "they are set to the step" in check_optimizer(rule("Own", overwritten)).summary
    assert "multiplied by the parameters" in check_optimizer(rule("Own", multiplied)).summary


def test_a_rule_claims_by_its_settings_first_and_then_by_its_name() -> None:
    assert plain_name(rule("My_AdamOptimizer", sign)) == "adam"
    assert plain_name(rule("SGD2", sign)) == "sgd"
    assert claims_velocity(rule("Own", sign, momentum=0.9))
    assert claims_velocity(rule("NAG", sign))
    assert not claims_velocity(rule("NAG", sign, momentum=0.0))
    assert not claims_velocity(rule("Own", sign, momentum=1.0))
    assert not claims_velocity(rule("NoMomentum", sign))
    assert not claims_velocity(rule("RMSPropMomentum", sign))
    assert claims_memory(rule("AdaGrad", sign))
    assert not claims_velocity(rule("AdaGrad", sign))


def test_steps_that_only_begin_and_end_like_a_rule_are_not_that_rule() -> None:
    """Nesterov's wrong sign shows in the second step; all later ones have the ratio mu."""
    begun = np.array([[1.9, 2.61, 5.0, 4.5]]).T
    assert not wrong_nesterov(begun)
    assert wrong_nesterov(np.array([[1.9, 2.61, 2.349, 2.1141]]).T)


def test_a_share_above_one_is_no_average() -> None:
    assert lacks_share_of_squares(1 / np.sqrt(np.cumsum(0.5 ** np.arange(9))))
    assert not lacks_share_of_squares(1 / np.sqrt(np.cumsum(1.5 ** np.arange(9))))
