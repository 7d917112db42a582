"""The optimizers and schedules: the reference network, step by step as Keras trains it.

Keras on TensorFlow rounds most settings of an optimizer to float32, also where it trains in
float64: a momentum of 0.9 is 0.89999998 to it (see ``test_differences.py``). So the settings here
are numbers that float32 holds, and what is compared is the rules.
"""

import numpy as np
import pytest

from tinynet.optimizers import Nadam

from . import on_jax
from .conftest import Compare, Digits
from .twins import BATCH, OURS, REFERENCE, THEIRS, Recipe, deviation, twins, worst_ratio

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
    "CosineDecay, warm-up": lambda lib: lib.schedules.CosineDecay(
        RATES[2], 200, 0.25, warmup_target=RATES[0], warmup_steps=100
    ),
    "CosineDecay, warm-up from 0": lambda lib: lib.schedules.CosineDecay(
        np.float64(0), 200, warmup_target=RATES[0], warmup_steps=70
    ),
    "PiecewiseConstantDecay": lambda lib: lib.schedules.PiecewiseConstantDecay([100, 250], RATES),
    "InverseTimeDecay": lambda lib: lib.schedules.InverseTimeDecay(RATES[0], 50, 0.5),
    "InverseTimeDecay, staircase": lambda lib: lib.schedules.InverseTimeDecay(
        RATES[0], 50, 0.5, staircase=True
    ),
    "PolynomialDecay": lambda lib: lib.schedules.PolynomialDecay(RATES[0], 300, RATES[2]),
    "PolynomialDecay, power": lambda lib: lib.schedules.PolynomialDecay(
        RATES[0], 300, RATES[2], power=2.0
    ),
    "PolynomialDecay, cycle": lambda lib: lib.schedules.PolynomialDecay(
        RATES[0], 70, RATES[2], power=0.5, cycle=True
    ),
    "CosineDecayRestarts": lambda lib: lib.schedules.CosineDecayRestarts(RATES[0], 50),
    "CosineDecayRestarts, settings": lambda lib: lib.schedules.CosineDecayRestarts(
        RATES[0], 50, t_mul=1.0, m_mul=0.5, alpha=0.25
    ),
}

OPTIMIZERS: dict[str, Recipe] = {
    "SGD, momentum": lambda lib: lib.optimizers.SGD(0.01, momentum=MOMENTUM),
    "SGD, Nesterov": lambda lib: lib.optimizers.SGD(0.01, MOMENTUM, nesterov=True),
    "SGD, weight decay": lambda lib: lib.optimizers.SGD(0.01, weight_decay=DECAY),
    "Adam": lambda lib: lib.optimizers.Adam(0.001, beta_1=MOMENTUM, beta_2=BETA_2),
    "SGD, momentum, ExponentialDecay": lambda lib: lib.optimizers.SGD(
        SCHEDULES["ExponentialDecay"](lib), momentum=MOMENTUM
    ),
    "SGD, Nesterov, weight decay, PiecewiseConstantDecay": lambda lib: lib.optimizers.SGD(
        SCHEDULES["PiecewiseConstantDecay"](lib), MOMENTUM, nesterov=True, weight_decay=DECAY
    ),
    "Adam, weight decay, CosineDecay": lambda lib: lib.optimizers.Adam(
        SCHEDULES["CosineDecay, alpha"](lib), beta_1=0.75, beta_2=BETA_2, weight_decay=DECAY
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_in_float64(name: str, digits: Digits, compare: Compare) -> None:
    section = f"Optimizers, the reference network, float64, {digits.name}"
    both = twins(784, REFERENCE)
    both.compile(OPTIMIZERS[name], "categorical_crossentropy")
    worst = []
    for start, stop in ((0, 1), (1, 10), (10, SCHEDULED)):
        rows = slice(start * BATCH, stop * BATCH)
        worst.append(worst_ratio(*both.train(digits.x[rows], digits.y[rows])))
        compare(section, f"{name}: weights after step {stop}", both.weight_deviation(), 1e-10)
    compare(section, f"{name}: each batch's loss", max(worst), 1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name: str, compare: Compare) -> None:
    ours, theirs = (SCHEDULES[name](library) for library in (OURS, THEIRS))
    steps = [step for step in range(SCHEDULED) if step % 10 in (9, 0, 1)]  # about every change
    values = [[float(schedule(step)) for step in steps] for schedule in (ours, theirs)]
    assert len(set(values[0])) > 2
    compare("Schedules, float64", f"{name}: learning rates", deviation(*values), 1e-12)


@pytest.mark.parametrize(
    "name", ["SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta"]
)
def test_defaults(name: str) -> None:
    ours, theirs = (getattr(library.optimizers, name)() for library in (OURS, THEIRS))
    settings = ours.get_config()
    rate = theirs.get_config()["learning_rate"]  # a float32, printed in full
    assert settings.pop("learning_rate") == pytest.approx(rate, rel=1e-6)
    assert settings == {key: theirs.get_config()[key] for key in settings}


STEPS = 100
HALF = float(np.float32(0.5))
EPSILON = float(np.float32(1e-7))
# Long gradients, so that every limit bites at some steps and not at others.
MORE_OPTIMIZERS: dict[str, Recipe] = {
    "RMSprop": lambda lib: lib.optimizers.RMSprop(RATES[2], rho=MOMENTUM, epsilon=EPSILON),
    "RMSprop, momentum": lambda lib: lib.optimizers.RMSprop(
        RATES[2], rho=MOMENTUM, momentum=HALF, epsilon=EPSILON
    ),
    "RMSprop, centered": lambda lib: lib.optimizers.RMSprop(
        RATES[2], rho=MOMENTUM, momentum=HALF, epsilon=EPSILON, centered=True, weight_decay=DECAY
    ),
    "Adagrad": lambda lib: lib.optimizers.Adagrad(RATES[1], HALF, EPSILON),
    "Adadelta": lambda lib: lib.optimizers.Adadelta(np.float64(1), MOMENTUM, EPSILON),
    "Adam, amsgrad": lambda lib: lib.optimizers.Adam(
        RATES[2], MOMENTUM, BETA_2, EPSILON, amsgrad=True
    ),
    "AdamW": lambda lib: lib.optimizers.AdamW(RATES[2], DECAY, MOMENTUM, BETA_2, EPSILON),
    "AdamW, amsgrad, clipnorm": lambda lib: lib.optimizers.AdamW(
        RATES[2], DECAY, MOMENTUM, BETA_2, EPSILON, amsgrad=True, clipnorm=HALF
    ),
    "Adamax": lambda lib: lib.optimizers.Adamax(RATES[2], MOMENTUM, BETA_2, EPSILON),
    "SGD, clipnorm": lambda lib: lib.optimizers.SGD(RATES[1], MOMENTUM, clipnorm=HALF),
    "SGD, global_clipnorm": lambda lib: lib.optimizers.SGD(RATES[1], global_clipnorm=HALF),
    "SGD, clipvalue": lambda lib: lib.optimizers.SGD(
        RATES[1], clipvalue=float(np.float32(0.0625)), weight_decay=DECAY
    ),
    "RMSprop, InverseTimeDecay, clipvalue": lambda lib: lib.optimizers.RMSprop(
        SCHEDULES["InverseTimeDecay"](lib), MOMENTUM, epsilon=EPSILON, clipvalue=DECAY
    ),
}


@pytest.mark.parametrize("name", MORE_OPTIMIZERS)
def test_a_hundred_steps(name: str, compare: Compare) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((STEPS * BATCH, 8)), np.eye(3)[rng.integers(0, 3, STEPS * BATCH)]
    both = twins(8, ((16, "tanh"), (3, "softmax")))
    both.compile(MORE_OPTIMIZERS[name], "categorical_crossentropy")
    start = both.ours.get_weights()
    worst = worst_ratio(*both.train(x, y))
    moved = [deviation(a, b) for a, b in zip(both.ours.get_weights(), start, strict=True)]
    assert min(moved) > 1e-3
    worst = max(worst, both.weight_deviation())
    compare("Optimizers, float64", f"{name}: losses and weights of 100 steps", worst, 1e-12)


NADAM = """
optimizer, w = keras.optimizers.Nadam(0.001), keras.Variable(np.array([1.0, 2.0, 3.0]))
for g in np.random.default_rng(0).standard_normal((100, 3)):
    optimizer.apply([keras.ops.convert_to_tensor(g)], [w])
print(json.dumps(np.asarray(w).tolist()))
"""


def test_nadam(compare: Compare) -> None:
    """Keras on TensorFlow rounds Nadam's 0.96 to float32, on JAX it doesn't."""
    optimizer, w = Nadam(0.001), np.array([1.0, 2.0, 3.0])
    for g in np.random.default_rng(0).standard_normal((100, 3)):
        optimizer.update(w, g)
    worst = worst_ratio(w, on_jax.results_of(NADAM))
    compare("Optimizers, float64", "Nadam (on JAX): weights of 100 steps", worst, 1e-12)
