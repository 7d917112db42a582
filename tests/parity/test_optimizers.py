"""The optimizers and schedules: the reference network, step by step as Keras trains it.

Keras on TensorFlow rounds most settings of an optimizer to float32, also where it trains in
float64: a momentum of 0.9 is 0.89999998 to it (see ``test_differences.py``). So the settings here
are numbers that float32 holds, and what is compared is the rules.
"""

import numpy as np
import pytest

from .conftest import Compare, Digits
from .twins import BATCH, OURS, REFERENCE, THEIRS, Recipe, deviation, twins, worst_ratio

EPOCH = 1875  # steps, of 60,000 digits
SCHEDULED = 400  # steps, more than each schedule goes on changing for

MOMENTUM, BETA_2, DECAY = (float(np.float32(setting)) for setting in (0.9, 0.999, 0.01))
RATES = [np.float64(rate) for rate in (0.02, 0.01, 0.001)]  # these Keras keeps in their own dtype

SCHEDULES: dict[str, Recipe] = {
    "ExponentialDecay": lambda lib: lib.schedules.ExponentialDecay(RATES[0], 100, 0.5),
    "ExponentialDecay, staircase": lambda lib: lib.schedules.ExponentialDecay(
        RATES[0], 100, 0.5, staircase=True
    ),
    "CosineDecay": lambda lib: lib.schedules.CosineDecay(RATES[0], 300),
    "CosineDecay, alpha": lambda lib: lib.schedules.CosineDecay(RATES[2], 300, alpha=0.25),
    "PiecewiseConstantDecay": lambda lib: lib.schedules.PiecewiseConstantDecay([100, 250], RATES),
}

# For each, how many steps to train.
OPTIMIZERS: dict[str, tuple[int, Recipe]] = {
    "SGD, momentum": (EPOCH, lambda lib: lib.optimizers.SGD(0.01, momentum=MOMENTUM)),
    "SGD, Nesterov": (EPOCH, lambda lib: lib.optimizers.SGD(0.01, MOMENTUM, nesterov=True)),
    "SGD, weight decay": (EPOCH, lambda lib: lib.optimizers.SGD(0.01, weight_decay=DECAY)),
    "Adam": (EPOCH, lambda lib: lib.optimizers.Adam(0.001, beta_1=MOMENTUM, beta_2=BETA_2)),
    "SGD, momentum, ExponentialDecay": (
        SCHEDULED,
        lambda lib: lib.optimizers.SGD(SCHEDULES["ExponentialDecay"](lib), momentum=MOMENTUM),
    ),
    "SGD, Nesterov, weight decay, PiecewiseConstantDecay": (
        SCHEDULED,
        lambda lib: lib.optimizers.SGD(
            SCHEDULES["PiecewiseConstantDecay"](lib), MOMENTUM, nesterov=True, weight_decay=DECAY
        ),
    ),
    "Adam, weight decay, CosineDecay": (
        SCHEDULED,
        lambda lib: lib.optimizers.Adam(
            SCHEDULES["CosineDecay, alpha"](lib), beta_1=0.75, beta_2=BETA_2, weight_decay=DECAY
        ),
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_in_float64(name: str, digits: Digits, compare: Compare) -> None:
    section = f"Optimizers, the reference network, float64, {digits.name}"
    steps, recipe = OPTIMIZERS[name]
    both = twins(784, REFERENCE)
    both.compile(recipe, "categorical_crossentropy")
    worst = []
    for start, stop in ((0, 1), (1, 10), (10, steps)):
        rows = slice(start * BATCH, stop * BATCH)
        worst.append(worst_ratio(*both.train(digits.x[rows], digits.y[rows])))
        compare(section, f"{name}: weights after step {stop}", both.weight_deviation(), 1e-10)
    compare(section, f"{name}: each batch's loss", max(worst), 1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name: str, compare: Compare) -> None:
    ours, theirs = (SCHEDULES[name](library) for library in (OURS, THEIRS))
    values = [[float(schedule(step)) for step in range(SCHEDULED)] for schedule in (ours, theirs)]
    assert len(set(values[0])) > 2
    compare("Schedules, float64", f"{name}: each step's learning rate", deviation(*values), 1e-12)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_defaults(name: str) -> None:
    ours, theirs = (getattr(library.optimizers, name)() for library in (OURS, THEIRS))
    settings = ours.get_config()
    rate = theirs.get_config()["learning_rate"]  # a float32, printed in full
    assert settings.pop("learning_rate") == pytest.approx(rate, rel=1e-6)
    assert settings == {key: theirs.get_config()[key] for key in settings}
