"""What is correct is never accused."""

import numpy as np
import pytest

from tests.support.innocents import INNOCENTS
from tinynet import Dropout
from tinynet.gradcheck import check_gradients
from tinynet.layers import TanhShrink


@pytest.mark.parametrize("name", INNOCENTS)
def test_correct_code_is_left_alone(name: str) -> None:
    arguments, options = INNOCENTS[name]()
    report = check_gradients(*arguments, **options)
    report.assert_ok()


def test_there_are_enough() -> None:
    assert len(INNOCENTS) >= 120


@pytest.mark.parametrize("name", ["embedding", "a_notebooks_network_in_one_class", "dropout"])
@pytest.mark.parametrize("seed", range(3))
def test_no_seed_accuses(name: str, seed: int) -> None:
    arguments, options = INNOCENTS[name]()
    check_gradients(*arguments, seed=seed, **options).assert_ok()


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3, 1e6])
def test_objects_at_any_scale(scale: float) -> None:
    for name in (
        "a_notebooks_network_in_one_class",
        "softmax_of_rows",
        "layer norm",
        "residual_block",
    ):
        (target, x, *rest), options = INNOCENTS[name]()
        check_gradients(target, np.asarray(x) * scale, *rest, **options).assert_ok()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_few_entries_that_are_dropped_alike_by_chance(rate: float) -> None:
    for seed in range(20):
        layer = Dropout(rate)
        layer.rng = np.random.default_rng(seed)
        check_gradients(layer, np.array([[1.0, 2.0, -1.0]])).assert_ok()


@pytest.mark.parametrize("size", [0, 1e-30, 1e-12, 1e-9, 1e-6, 1e-3])
def test_small_slopes_beside_larger_ones(size: float) -> None:
    """Of x - tanh(x), too, near 0 the small difference of two larger numbers."""
    x = np.array([[0.5, -1.0, 2.0]]) * size
    check_gradients(TanhShrink(), x).assert_ok()
    check_gradients(lambda v: (float((v**2).sum()), 2 * v), x).assert_ok()
    check_gradients(lambda v: (float((v**3).sum()), 3 * v**2), x).assert_ok()
    check_gradients(lambda v: (float((np.expm1(v) - v).sum()), np.expm1(v)), x).assert_ok()
    wrong = check_gradients(lambda v: (float((v**2).sum()), 2 * v + 1e-6), x)
    assert not wrong


@pytest.mark.parametrize("far", [1e-2, 1e-4, 1e-6, 2e-7])
def test_a_cross_entropy_that_clips_near_its_predictions(far: float) -> None:
    def cost(p: np.ndarray, t: np.ndarray, factor: float = 1.0) -> tuple[float, np.ndarray]:
        q = np.clip(p, 1e-7, 1 - 1e-7)
        value = -(t * np.log(q) + (1 - t) * np.log(1 - q)).mean()
        return float(value), factor * (p == q) * (q - t) / (q * (1 - q)) / p.size

    p, t = np.array([[far], [1 - far], [0.3]]), np.array([[1.0], [0.0], [1.0]])
    check_gradients(cost, p, t).assert_ok()
    assert not check_gradients(lambda p, t: cost(p, t, 1.01), p, t)
