import math

import numpy as np
import pytest

from tinynet._internal.erf import erf, erfc


def test_equals_pythons() -> None:
    x = np.concatenate(
        [
            np.linspace(-7, 7, 20001),
            np.random.default_rng(0).standard_normal(10000),
            [0.46875, np.nextafter(0.46875, 1), -0.46875, 1e-300, 1e300, -1e300, 0.0],
        ]
    )
    expected = np.array([math.erf(v) for v in x])
    np.testing.assert_allclose(erf(x), expected, rtol=5e-16, atol=0)
    x = np.concatenate([x, np.linspace(-28, 28, 20001)])
    expected = np.array([math.erfc(v) for v in x])
    np.testing.assert_allclose(erfc(x), expected, rtol=1e-14, atol=1e-290)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_keeps_the_shape(shape: tuple[int, ...]) -> None:
    assert erf(np.zeros(shape)).shape == shape
