"""Numerical derivatives know how exact they are."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck.derivatives import (
    STEP,
    Probe,
    careful_derivative,
    clearly_differs,
    quick_derivative,
)

SMOOTH: dict[str, tuple[Callable[[float], float], float, float]] = {
    "sin": (np.sin, 1.0, np.cos(1.0)),
    "sin far out": (np.sin, 1e6, np.cos(1e6)),
    "fast": (lambda v: np.sin(1e3 * v), 1.0, 1e3 * np.cos(1e3)),
    "log near 0": (np.log, 1e-9, 1e9),
    "root near 0": (np.sqrt, 1e-20, 0.5e10),
    "steep": (np.exp, 50.0, np.exp(50.0)),
    "flat": (lambda v: 1e-20 * v, 3.0, 1e-20),
    "0 here, large nearby": (lambda v: v**2, 1e-30, 2e-30),
    "near the end of the domain": (lambda v: np.log(1 - v), 1 - 2.0**-23, -(2.0**23)),
    "near where it is clipped": (lambda v: -np.log(max(1 - v, 1e-7)), 1 - 2.0**-23, 2.0**23),
    "near a kink": (lambda v: max(v, 0) + v**2, 1e-5, 1 + 2e-5),
}


@pytest.mark.parametrize(("f", "at", "slope"), SMOOTH.values(), ids=SMOOTH.keys())
def test_careful_derivative_is_right_to_nine_digits_and_knows_it(
    f: Callable[[float], float], at: float, slope: float
) -> None:
    with np.errstate(all="ignore"):
        here = np.array([f(at)])
        probe = Probe(lambda v: np.array([f(v)]), np.ones(1), at, here, abs(float(here[0])))
        found = careful_derivative(probe, STEP * max(1, abs(at)))
    assert found.value == pytest.approx(slope, rel=1e-9, abs=0)
    assert abs(found.value - slope) <= found.error
    assert not found.kink


def test_kinks_jumps_and_vertical_slopes() -> None:
    def at_zero(f: Callable[[float], float]) -> Any:
        with np.errstate(all="ignore"):
            probe = Probe(lambda v: np.array([f(v)]), np.ones(1), 0.0, np.array([f(0.0)]), 1.0)
            return careful_derivative(probe, STEP), quick_derivative(probe, STEP)

    careful, quick = at_zero(lambda v: max(3 * v, -2 * v) + np.expm1(v))
    assert careful.kink
    assert quick.kink
    assert (careful.low, careful.high) == pytest.approx((-1, 4))
    assert careful.value == pytest.approx(1.5, rel=1e-10, abs=0)
    for endless in (np.cbrt, np.sign, lambda v: np.log(max(v, 1e-300))):
        assert at_zero(endless)[0].tells_nothing_of(1.0)
    jumps_there = at_zero(lambda v: v + (v != 0))[0]  # as where an entry of 0 counts as padding
    assert jumps_there.tells_nothing_of(1.0)
    assert not jumps_there.kink
    smooth, _ = at_zero(lambda v: np.sin(v) + 1e-3 * v**2)
    assert not smooth.kink
    assert not smooth.tells_nothing_of(1.0)


def test_rounded_outputs_contradict_no_slope_beyond_doubt() -> None:
    """At some of these points, rounding makes two steps agree on a wrong slope."""
    agreed = 0
    for at in np.random.default_rng(0).uniform(-3, 3, 2000).tolist():
        step = STEP * max(1, abs(at))
        here = np.array([3 * np.float16(at)], np.float64)
        rounded = Probe(lambda v: np.array([3 * np.float16(v)]), np.ones(1), at, here, 3.0)
        quick = quick_derivative(rounded, step)
        agreed += abs(quick.value - 3) > 0.1 and quick.error < 1e-9
        assert not clearly_differs(rounded, step, quick, 3.0)
    assert agreed > 0


def test_a_smooth_slope_is_told_beyond_doubt_from_another() -> None:
    exponential = Probe(lambda v: np.array([np.exp(v)]), np.ones(1), 1.0, np.array([np.e]), np.e)
    quick = quick_derivative(exponential, STEP)
    assert clearly_differs(exponential, STEP, quick, 1.1 * np.e)
    assert clearly_differs(exponential, STEP, quick, 0.0)
    assert not clearly_differs(exponential, STEP, quick, np.e)
    assert not clearly_differs(exponential, STEP, quick, (1 + 1e-5) * np.e)
    square = Probe(lambda v: np.array([v**2]), np.ones(1), 1e-10, np.array([1e-20]), 1e-20)
    assert not clearly_differs(square, STEP, quick_derivative(square, STEP), 2.1e-10)
    beside = Probe(lambda v: np.array([max(v, 0.0)]), np.ones(1), 1e-5, np.array([1e-5]), 1.0)
    assert not clearly_differs(beside, STEP, quick_derivative(beside, STEP), 0.0)
