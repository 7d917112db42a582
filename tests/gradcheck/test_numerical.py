"""The numerical gradient of any function."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.gradients import RNG
from tinynet.gradcheck import numerical_gradient


@given(st.integers(0, 999))
def test_numerical_gradient_of_a_quadratic_form(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, x = rng.standard_normal((4, 4)), rng.standard_normal(4), rng.standard_normal(4) * 10
    expected = (a + a.T) @ x + b
    for eps in (None, 1e-3):
        found = numerical_gradient(lambda v: v @ a @ v + b @ v, x, eps)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def test_numerical_gradient_takes_any_shape_and_leaves_x_alone() -> None:
    x = RNG.standard_normal((2, 3, 2))
    before = x.copy()

    def spoils_its_argument(v: np.ndarray) -> Any:
        result = (v**3).sum()
        v[...] = 0
        return np.array([result])

    np.testing.assert_allclose(numerical_gradient(spoils_its_argument, x), 3 * x**2, rtol=1e-9)
    assert (x == before).all()
    assert numerical_gradient(lambda v: float(abs(v)), 0.0) == 0
    assert numerical_gradient(lambda v: float(v**2), 3).shape == ()
