"""The initializers: numbers from the same distribution, by the Kolmogorov-Smirnov test.

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
    "lecun_uniform": keras.initializers.LecunUniform,
    "random_normal": keras.initializers.RandomNormal,
    "random_uniform": keras.initializers.RandomUniform,
    "truncated_normal": keras.initializers.TruncatedNormal,
    "variance_scaling": keras.initializers.VarianceScaling,
    "orthogonal": keras.initializers.Orthogonal,
}
UNBOUNDED = ("random_normal", "orthogonal")
SHAPES = [(784, 128), (128, 784)]  # fan-in and fan-out must not be mistaken for each other
CASES = [(name, shape) for name in INITIALIZERS for shape in SHAPES]
SECTION = "Initializers: Kolmogorov-Smirnov distance"


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
    if name not in UNBOUNDED:
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


@pytest.mark.parametrize("name", ["zeros", "ones", "identity", "Identity", "Ones"])
def test_those_that_draw_nothing(name: str) -> None:
    ours = initializers.get(name)((3, 4), np.random.default_rng(0))
    np.testing.assert_array_equal(ours, keras.initializers.get(name)((3, 4)).numpy())


def test_every_name_of_keras_is_known() -> None:
    """Classes and functions; Keras's short-time Fourier transform is for convolutions."""
    names = [name for name in dir(keras.initializers) if name[0] != "_"]
    other = {"Initializer", "deserialize", "get", "serialize", "stft", "STFT", "STFTInitializer"}
    names = [name for name in names if name not in other]
    aliases = {"IdentityInitializer", "OrthogonalInitializer"}
    for name in [*names, "uniform", "normal", "one", "zero"]:
        assert name in aliases or callable(initializers.get(name))
