"""Learning rates that change with the steps."""

from collections.abc import Callable
from math import cos, pi

import numpy as np
import pytest

from tinynet import SGD, Dense, Sequential, schedules
from tinynet.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay


def test_exponential_decay() -> None:
    schedule = ExponentialDecay(0.8, decay_steps=10, decay_rate=0.25)
    assert [schedule(s) for s in (0, 10, 20)] == [0.8, 0.2, 0.05]
    assert schedule(5) == pytest.approx(0.4, rel=1e-15, abs=0)
    steps = ExponentialDecay(0.8, 10, 0.25, staircase=True)
    assert [steps(s) for s in (0, 9, 10, 19, 20)] == [0.8, 0.8, 0.2, 0.2, 0.05]


def test_cosine_decay() -> None:
    schedule = CosineDecay(0.8, decay_steps=8)
    expected = [0.8 * (1 + cos(pi * s / 8)) / 2 for s in range(9)]
    assert [schedule(s) for s in range(9)] == pytest.approx(expected, rel=1e-15, abs=1e-15)
    assert (schedule(4), schedule(8), schedule(1000)) == pytest.approx((0.4, 0, 0), abs=1e-16)
    floor = CosineDecay(0.8, 8, alpha=0.25)
    assert (floor(0), floor(4), floor(8), floor(9)) == pytest.approx((0.8, 0.5, 0.2, 0.2))


def test_piecewise_constant_decay() -> None:
    schedule = PiecewiseConstantDecay([2, 5], [0.1, 0.01, 0.001])
    assert [schedule(s) for s in range(8)] == [0.1] * 3 + [0.01] * 3 + [0.001] * 2


def test_a_schedule_is_asked_once_a_step_from_0_and_decides() -> None:
    asked: list[int] = []

    def rate(step: int) -> float:
        asked.append(step)
        return 1.0 / (1 + step)

    model = Sequential([Dense(1, use_bias=False, input_shape=(1,))], dtype="float64")
    model.compile(SGD(rate), "mse")
    model.set_weights([[[0.0]]])
    x, y = np.ones((5, 1)), np.array([1.0, 1, 1, 1, 3])
    model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    assert asked == [0, 1, 2, 3, 4, 5]
    w = 0.0
    for step, target in enumerate([1, 1, 3, 1, 1, 3]):
        w -= 2 * (w - target) / (1 + step)
    assert model.parameters[0] == pytest.approx(w, rel=1e-14, abs=0)


def test_numbers_of_steps_may_be_floats() -> None:
    """As where they are computed: ``5. * steps_per_epoch``."""
    assert ExponentialDecay(0.8, 2.5, 0.25)(5) == pytest.approx(0.05, rel=1e-15, abs=0)
    assert CosineDecay(0.8, 7.5, warmup_target=1.6, warmup_steps=0.5)(8) == 0
    assert schedules.CosineDecayRestarts(0.8, 2.5, t_mul=1)(5) == 0.8
    assert schedules.PolynomialDecay(0.8, 2.5, 0)(2) == pytest.approx(0.16, rel=1e-15, abs=0)
    steps = PiecewiseConstantDecay([2.5, np.float64(4)], [3, 2, 1])
    assert [steps(k) for k in (2, 3, 4, 5)] == [3, 2, 2, 1]
    assert repr(CosineDecay(0.1, 1e4)) == repr(CosineDecay(0.1, 10_000))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExponentialDecay(-1, 10, 0.5), "initial_learning_rate must be at least 0"),
        (lambda: ExponentialDecay(0.1, 0, 0.5), "decay_steps must be at least 1, received 0"),
        (lambda: CosineDecay(0.1, 10, alpha=-1), "alpha must be at least 0, received -1"),
        (lambda: PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "2 values and 2 boundaries"),
        (lambda: PiecewiseConstantDecay([-1, 1], [1, 2, 3]), "must be at least 0, received -1"),
        (lambda: PiecewiseConstantDecay([1], [-1e-9, 1]), "values must be at least 0"),
        (lambda: PiecewiseConstantDecay([2, 1], [1, 2, 3]), r"must rise, received \[2, 1\]"),
        (lambda: PiecewiseConstantDecay([2, 2], [1, 2, 3]), r"must rise, received \[2, 2\]"),
    ],
)
def test_wrong_schedules_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_of_ones_own_must_say_something() -> None:
    with pytest.raises(NotImplementedError, match="must define __call__"):
        schedules.Schedule()(0)


@pytest.mark.parametrize(
    ("t_mul", "restarts"), [(10.0, (100, 1100, 11100)), (3.0, (100, 400, 12100))]
)
def test_every_restart_is_at_the_peak(t_mul: float, restarts: tuple[int, ...]) -> None:
    schedule = schedules.CosineDecayRestarts(0.1, first_decay_steps=100, t_mul=t_mul)
    assert [schedule(step) for step in restarts] == [0.1] * len(restarts)
    assert max(schedule(step - 1) for step in restarts) < 1e-4


@pytest.mark.parametrize(
    ("t_mul", "restarts"),
    [
        (1.0, {100: 1, 200: 2, 700: 7}),
        (3.0, {100: 1, 400: 2, 12100: 5}),  # 121 = 1 + 3 + 9 + 27 + 81
        (10.0, {100: 1, 1100: 2, 11100: 3}),
    ],
)
def test_every_restart_lowers_the_peak(t_mul: float, restarts: dict[int, int]) -> None:
    schedule = schedules.CosineDecayRestarts(0.5, 100, t_mul=t_mul, m_mul=0.25, alpha=0.5)
    for step, wave in restarts.items():
        assert schedule(step) == pytest.approx(0.5 * (0.5 * 0.25**wave + 0.5), rel=1e-12, abs=0)


def test_a_schedule_doesnt_change() -> None:
    schedule = schedules.PiecewiseConstantDecay([3], [0.5, 0.25])
    with pytest.raises(AttributeError, match="values of PiecewiseConstantDecay can't be changed"):
        schedule.values = (1.0, 2.0)
    with pytest.raises(TypeError):
        schedule.values[0] = 5.0  # type: ignore[index]
    again = schedules.PiecewiseConstantDecay(**schedule.get_config())
    assert schedule == again
    assert hash(schedule) == hash(again)
    assert schedule != schedules.PiecewiseConstantDecay([4], [0.5, 0.25])


def test_polynomial_decay_in_cycles() -> None:
    """The steps are stretched to the next multiple of 4: by step 6 to 8, of which 2 are left."""
    schedule = schedules.PolynomialDecay(1.0, 4, end_learning_rate=0.0, cycle=True)
    assert [schedule(step) for step in (0, 2, 4, 6, 8, 9)] == [1, 0.5, 0, 0.25, 0, 0.25]
    once = schedules.PolynomialDecay(1.0, 4, end_learning_rate=0.0)
    assert [once(step) for step in (0, 2, 4, 6)] == [1, 0.5, 0, 0]
    square = schedules.PolynomialDecay(1.25, 4, end_learning_rate=0.25, power=2.0)
    assert [square(step) for step in (0, 2, 4)] == [1.25, 0.5, 0.25]
