"""Initializers with settings: what they draw, from which generator, and how they are found."""

from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Sequential, initializers, load_model

SHAPE = (400, 100)


def draw(initializer: Any, shape: tuple[int, ...] = SHAPE, seed: int = 0) -> np.ndarray:
    array: np.ndarray = initializer(shape, np.random.default_rng(seed))
    return array


def test_constants_draw_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert initializers.Constant(0.5)((2,), rng).tolist() == [0.5, 0.5]
    assert initializers.Zeros()((2,), rng).tolist() == [0, 0]
    assert initializers.Ones()((2,), rng).tolist() == [1, 1]
    assert initializers.Identity(3)((2, 3), rng).tolist() == [[3, 0, 0], [0, 3, 0]]
    assert rng.bit_generator.state == before


def test_a_constant_of_several_values_is_broadcast(tmp_path: Path) -> None:
    given = np.array([0.5, 1.0], dtype=np.float32)
    constant = initializers.Constant(given)
    assert constant.get_config() == {"value": [0.5, 1.0]}
    assert constant((3, 2)).tolist() == [[0.5, 1.0]] * 3
    assert initializers.Constant(np.array(2))((1,)).tolist() == [2.0]
    with pytest.raises(ValueError, match=r"values of shape \(2,\), which can't be broadcast to"):
        constant((2, 3))
    for value in ([1.0, np.nan], [[1.0], [2.0, 3.0]]):
        with pytest.raises(ValueError, match="value"):
            initializers.Constant(value)
    model = Sequential([Dense(2, input_shape=(1,), bias_initializer=constant)])
    model.save(tmp_path / "m.npz")
    (layer,) = load_model(tmp_path / "m.npz").layers
    assert layer.get_config()["bias_initializer"].get_config() == constant.get_config()


def test_normal_and_uniform() -> None:
    W = draw(initializers.RandomNormal(1.0, 0.5))
    assert (W.mean(), W.std()) == (pytest.approx(1, abs=0.01), pytest.approx(0.5, rel=0.02))
    assert np.abs(W - 1).max() > 3 * 0.5  # nothing is cut off
    W = draw(initializers.TruncatedNormal(1.0, 0.5))
    assert W.std() == pytest.approx(0.5 * 0.87962566, rel=0.02)
    assert 0.99 < np.abs(W - 1).max() <= 1
    W = draw(initializers.RandomUniform(-1, 3))
    assert (W.min(), W.max()) == (pytest.approx(-1, abs=0.01), pytest.approx(3, abs=0.01))
    assert W.mean() == pytest.approx(1, abs=0.03)
    assert np.abs(draw(initializers.get("uniform"))).max() == pytest.approx(0.05, rel=0.01)
    assert draw(initializers.get("normal")).std() == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 400), ("fan_out", 100), ("fan_avg", 250)])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
def test_variance_scaling(mode: str, fan: int, distribution: str) -> None:
    W = draw(initializers.VarianceScaling(3.0, mode, distribution))
    assert W.var() == pytest.approx(3 / fan, rel=0.03)
    largest = np.abs(W).max() / sqrt(3 / fan)
    limits = {"truncated_normal": (2.2, 2.28), "untruncated_normal": (3.5, 9)}
    low, high = limits.get(distribution, (1.7, sqrt(3)))
    assert low < largest <= high


@pytest.mark.parametrize(
    "name", [f"{who}_{kind}" for who in ("glorot", "he", "lecun") for kind in ("uniform", "normal")]
)
def test_named_objects_are_the_functions(name: str) -> None:
    kind = getattr(initializers, "".join(part.title() for part in name.split("_")))
    np.testing.assert_allclose(draw(kind()), draw(getattr(initializers, name)), rtol=1e-12)


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_orthogonal(shape: tuple[int, int]) -> None:
    W = draw(initializers.Orthogonal(2.0), shape)
    small = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(small, 4 * np.eye(min(shape)), atol=1e-12)
    # Of rotations drawn evenly, the first entry is as often negative as positive.
    signs = [draw(initializers.Orthogonal(), (3, 3), seed)[0, 0] > 0 for seed in range(200)]
    assert 60 < sum(signs) < 140
    with pytest.raises(ValueError, match="Orthogonal needs the shape of a matrix"):
        draw(initializers.Orthogonal(), (3,))


def test_a_seed_of_its_own() -> None:
    seeded = initializers.RandomNormal(seed=1)
    assert (draw(seeded, seed=2) == draw(seeded, seed=3)).all()
    assert (draw(initializers.RandomNormal(seed=4)) != draw(seeded)).all()
    free = initializers.RandomNormal()
    assert (draw(free, seed=2) != draw(free, seed=3)).all()
    assert (free(SHAPE) != free(SHAPE)).all()
    weights = [Dense(2, kernel_initializer=seeded, input_shape=(3,)).build().W for _ in range(2)]
    assert (weights[0] == weights[1]).all()


def test_names_classes_and_objects() -> None:
    assert isinstance(initializers.get("RandomNormal"), initializers.RandomNormal)
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)
    for name in ("zeros", "zero", "ones", "one", "constant", "identity", "uniform", "normal"):
        assert draw(initializers.get(name), (2, 2)).shape == (2, 2)
    with pytest.raises(ValueError, match=r"'he_unifrom'\. Did you mean 'he_uniform'\?"):
        initializers.get("he_unifrom")
    with pytest.raises(ValueError, match=r"Unknown initializer 'unit'\. Known"):
        initializers.get("unit")


ALIASES = {
    "zero": initializers.Zeros,
    "one": initializers.Ones,
    "ones": initializers.Ones,
    "normal": initializers.RandomNormal,
    "random_normal": initializers.RandomNormal,
    "uniform": initializers.RandomUniform,
    "random_uniform": initializers.RandomUniform,
    "constant": initializers.Constant,
    "identity": initializers.Identity,
    "orthogonal": initializers.Orthogonal,
    "variance_scaling": initializers.VarianceScaling,
    "truncated_normal": initializers.TruncatedNormal,
}
FUNCTIONS = [
    "zeros",
    *(f"{n}_{d}" for n in ("glorot", "he", "lecun") for d in ("normal", "uniform")),
]


def test_every_name_is_what_it_says() -> None:
    classes = [kind for kind in vars(initializers).values() if isinstance(kind, type)]
    names = {**ALIASES, **{kind.__name__: kind for kind in classes}}
    for name, kind in names.items():
        assert type(initializers.get(name)) is kind, name
    for name in FUNCTIONS:
        assert initializers.get(name) is getattr(initializers, name)
    assert {*names, *FUNCTIONS} == set(initializers.INITIALIZERS)


@pytest.mark.parametrize("name", [name for name in initializers.__all__ if name[0].isupper()])
def test_made_again_from_their_settings(name: str) -> None:
    kind = getattr(initializers, name)
    if not isinstance(kind, type):
        return
    first = kind()
    assert kind(**first.get_config()).get_config() == first.get_config()


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="stddev must be at least 0"):
        initializers.RandomNormal(stddev=-1)
    with pytest.raises(ValueError, match="minval must not be above maxval"):
        initializers.RandomUniform(1, 0)
    with pytest.raises(ValueError, match="scale must be above 0"):
        initializers.VarianceScaling(0)
    with pytest.raises(ValueError, match="Unknown mode 'fan'"):
        initializers.VarianceScaling(mode="fan")
    with pytest.raises(ValueError, match="Unknown distribution"):
        initializers.VarianceScaling(distribution="gauss")


def test_an_initializer_of_ones_own_must_draw() -> None:
    with pytest.raises(NotImplementedError, match="Halves must define draw"):
        type("Halves", (initializers.objects.InitializerObject,), {})()((2,))


def test_a_uniform_distribution_by_default() -> None:
    W = draw(initializers.RandomUniform())
    assert (W.min(), W.max()) == (pytest.approx(-0.05, rel=0.01), pytest.approx(0.05, rel=0.01))


@pytest.mark.parametrize("name", ["random_normal", "RandomNormal", "normal"])
def test_a_name_gives_an_object_that_no_other_layer_has(name: str) -> None:
    changed = initializers.get(name)
    assert changed == initializers.get(name)
    assert hash(changed) == hash(initializers.get(name))
    changed.stddev = 0.5  # type: ignore[attr-defined]
    assert initializers.get(name).stddev == 0.05  # type: ignore[attr-defined]
    assert changed != initializers.get(name) != initializers.Ones()
