"""The error function, which NumPy doesn't have.

``erf(x) = 2 / sqrt(pi) * integral of exp(-t²) from 0 to x``, and ``erfc = 1 - erf``, computed
separately because the subtraction loses digits where erfc is small. Both are approximated by
rational functions, to within a few units in the last place of float64 (tests compare with
`math.erf`).

References
----------
.. [1] W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
   Computation 23 (1969): the coefficients of its tables II and III.
"""

from math import pi, sqrt

import numpy as np

# Numerators and denominators, highest power first: up to 0.46875, from there to 4, and beyond.
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
     3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2,
     1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
     6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
     1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2,
     5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
     4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346047e0,
     5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip


def erf(x: np.ndarray) -> np.ndarray:
    """Error function of each entry, in float64.

    Examples
    --------
    >>> print(erf(np.array([0.0, 0.5, -1.0, 9.0])).round(6))
    [ 0.        0.5205   -0.842701  1.      ]
    """
    x = np.asarray(x, dtype=np.float64)
    return np.where(np.abs(x) <= 0.46875, near(x), np.copysign(1 - tail(x), x))


def erfc(x: np.ndarray) -> np.ndarray:
    """1 - erf of each entry, in float64, with full precision where it is small.

    Examples
    --------
    >>> print(erfc(np.array([0.0, -1.0, 5.0])))
    [1.00000000e+00 1.84270079e+00 1.53745979e-12]
    """
    x = np.asarray(x, dtype=np.float64)
    far = np.where(x > 0, tail(x), 2 - tail(x))
    return np.where(np.abs(x) <= 0.46875, 1 - near(x), far)


def near(x: np.ndarray) -> np.ndarray:
    """erf(x) for abs(x) up to 0.46875."""
    x = np.clip(x, -0.5, 0.5)
    square = x * x
    return x * np.polyval(NEAR[0], square) / np.polyval(NEAR[1], square)


def tail(x: np.ndarray) -> np.ndarray:
    """erfc(abs(x)) for abs(x) from 0.46875 on; below 1e-300 it may be 0."""
    size = np.clip(np.abs(x), 0.46875, 26.0)
    middle = np.polyval(MIDDLE[0], np.minimum(size, 4)) / np.polyval(MIDDLE[1], np.minimum(size, 4))
    z = 1 / np.square(np.maximum(size, 4))
    far = (1 / sqrt(pi) - z * np.polyval(FAR[0], z) / np.polyval(FAR[1], z)) / size
    # exp(-size²) = exp(-rough²) exp(-(size - rough)(size + rough)), where rough² is exact.
    rough = np.floor(size * 16) / 16
    falling = np.exp(-rough * rough) * np.exp(-(size - rough) * (size + rough))
    return falling * np.where(size <= 4, middle, far) * (np.abs(x) <= 26)
