"""The initializers: numbers from the same distribution, by Kolmogorov and Smirnov's test.

The two libraries draw other numbers from a seed. The test's statistic is the largest distance
between the shares of numbers below x that either has drawn; if the distributions are the same, it
is
above the stated bound in one case of a thousand. The seeds are fixed, so no run differs from the
last.
"""

import numpy as np
import pytest

from tinynet import initializers, layers

from .conftest import Compare
from .twins import keras

stats = pytest.importorskip("scipy.stats")

INITIALIZERS = {
    "glorot_uniform": keras.initializers.GlorotUniform,
    "glorot_normal": keras.initializers.GlorotNormal,
    "he_uniform": keras.initializers.HeUniform,
    "he_normal": keras.initializers.HeNormal,
    "lecun_normal": keras.initializers.LecunNormal,
}
SHAPES = [(784, 128), (128, 784)]  # fan-in and fan-out must not be mistaken for each other
CASES = [(name, shape) for name in INITIALIZERS for shape in SHAPES]
SECTION = "Initializers: Kolmogorov and Smirnov's distance"


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(stats.ks_2samp(a.ravel(), b.ravel()).statistic)


def chance_bound(a: np.ndarray, b: np.ndarray) -> float:
    """The distance that two samples from one distribution exceed in one case of a thousand."""
    return float(stats.kstwobign.isf(0.001) * (1 / a.size + 1 / b.size) ** 0.5)


@pytest.mark.parametrize("seed", range(len(CASES)), ids=lambda seed: "{} {}".format(*CASES[seed]))
def test_same_distribution(seed: int, compare: Compare) -> None:
    name, shape = CASES[seed]
    ours = initializers.get(name)(shape, np.random.default_rng(seed))
    theirs = INITIALIZERS[name](seed=seed)(shape).numpy()
    compare(SECTION, f"{name} {shape}", distance(ours, theirs), chance_bound(ours, theirs))
    assert abs(ours).max() == pytest.approx(abs(theirs).max(), rel=2e-3)  # where both end
    # The test can fail: it tells numbers that are 5 % too large from right ones.
    assert distance(1.05 * ours, theirs) > chance_bound(ours, theirs)


def test_what_a_dense_layer_starts_from(compare: Compare) -> None:
    ours = layers.Dense(128, input_shape=(784,))
    ours.build(rng=np.random.default_rng(0))
    keras.utils.set_random_seed(0)
    theirs = keras.layers.Dense(128)
    theirs.build((None, 784))
    kernel, bias = theirs.get_weights()
    compare(SECTION, "a Dense layer's W", distance(ours.W, kernel), chance_bound(ours.W, kernel))
    assert not ours.b.any()
    assert not bias.any()
