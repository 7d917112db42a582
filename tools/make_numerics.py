"""Writes docs/evidence/numerics.md: how far softmax, sigmoid and the losses are from exact results.

    python -m tools.make_numerics

Every result is compared with one of 50 digits, which mpmath computes from the same inputs. Errors
are given in units in the last place (ulps), the distance between neighbouring numbers of that
dtype. The unit is taken at the exact result or, if that is a difference, at what is subtracted.
`tests/tools/test_make_numerics.py` repeats this with fewer inputs and asserts the limits below.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from tinynet.layers import Sigmoid, Softmax
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError

mpmath.mp.dps = 50
PAGE = Path(__file__).parent.parent / "docs" / "evidence" / "numerics.md"
DRAWS = 1000  # random rows of each kind, in addition to the adversarial ones
CLASSES = 4

Exact = list[Any]  # of mpmath's numbers
Comparison = tuple[np.ndarray, Exact, Exact]  # tinynet's result, the exact one, the scale

# Rows of logits on which some library has failed.
ADVERSARIAL = (
    (0.0, 0.0, 0.0, 0.0),
    (1e30, -1e30, 0.0, 1.0),
    (1e30, 1e30, 1e30, -1e30),
    (-1e30, -1e30, -1e30, -1e30),
    (1e-30, -1e-30, 0.0, 1e-30),
    (1000.0, 999.0, 998.0, 0.0),
    (-1000.0, -1000.0, -1001.0, -1000.0),
    (16.0, 0.0, 0.0, 0.0),  # 1 + exp(-16) is 1 + 2 ulps of float32
    (17.5, 0.0, -1.0, 0.5),  # and here it is 1
    (37.0, 0.0, 0.0, 0.0),  # the same for float64
    (46.0, 0.0, -3.0, 1.0),
    (87.3, 0.0, 0.0, 0.0),  # exp(-87.4) is the first that float32 can't hold with all digits
    (88.8, 0.0, -5.0, -10.0),
    (103.9, 0.0, -0.1, 0.1),  # and exp(-104) the first that it can't hold at all
    (104.1, 0.0, 0.0, 0.0),
    (708.3, 0.0, 0.0, 0.0),  # the same for float64
    (745.0, 0.0, -0.1, 0.1),
    (746.0, 0.0, 0.0, 0.0),
    (1.0, 1.0000001, 0.9999999, 1.0),
    (-0.0, 0.0, 5e-324, -5e-324),
)


def logits(dtype: Any, draws: int) -> np.ndarray:
    """Return rows of logits: the adversarial ones, then random ones of all scales."""
    rng = np.random.default_rng(0)
    shape = (draws, CLASSES)
    spread = 10.0 ** rng.uniform(-30, 30, (draws, 1))
    random = [rng.normal(size=shape) * scale for scale in (1, 10, 50, 300)]
    centred = 1e4 * rng.normal(size=(draws, 1)) + rng.normal(size=shape)
    rows = np.concatenate([ADVERSARIAL, *random, centred, rng.normal(size=shape) * spread])
    return rows.astype(dtype)


def close(dtype: Any, draws: int) -> np.ndarray:
    """Return rows of logits that are within 1 of each other."""
    return np.random.default_rng(2).uniform(0, 1, (draws, CLASSES)).astype(dtype)


def shares(dtype: Any, draws: int) -> np.ndarray:
    """Return probabilities of all sizes, of a yes, with 0 and 1 and their neighbours among them."""
    rng = np.random.default_rng(1)
    small = 10.0 ** rng.uniform(-37, 0, (draws, CLASSES))
    eps = float(np.finfo(dtype).eps)
    edges = [[1 - eps, 1 - eps / 2, 0.5, eps], [1.0, 1e-37, 0.5 - eps, 0.75]]
    return np.concatenate([edges, small, 1 - small[:, ::-1] ** 0.3]).astype(dtype)


def exact(x: np.ndarray) -> Exact:
    """Return an array's numbers as mpmath's."""
    return [mpmath.mpf(float(value)) for value in x.ravel()]


def exact_softmax(z: np.ndarray) -> Exact:
    """Return the probabilities of one row."""
    powers = [mpmath.exp(value) for value in exact(z)]
    total = mpmath.fsum(powers)
    return [power / total for power in powers]


def exact_sigmoid(z: Any) -> Any:
    """Return 1 / (1 + exp(-z))."""
    return 1 / (1 + mpmath.exp(-z))


def exact_cost(z: np.ndarray, k: int) -> Any:
    """Return -log softmax(z)[k], as a sum whose small terms aren't lost."""
    values = exact(z)
    others = [mpmath.exp(value - values[k]) for j, value in enumerate(values) if j != k]
    return mpmath.log1p(mpmath.fsum(others))


def softmax_value(z: np.ndarray, k: int) -> Comparison:
    """Compare the probabilities."""
    right = exact_softmax(z)
    return Softmax().forward(z[np.newaxis])[0], right, right


def softmax_backward(z: np.ndarray, k: int) -> Comparison:
    """Compare the Jacobian-vector product."""
    layer, dy = Softmax(), np.linspace(-1, 1, z.size).astype(z.dtype)
    layer.forward(z[np.newaxis])
    p, d = exact_softmax(z), exact(dy)
    mean = mpmath.fsum(a * b for a, b in zip(p, d, strict=True))
    right = [a * (b - mean) for a, b in zip(p, d, strict=True)]
    return layer.backward(dy[np.newaxis])[0], right, p  # dy is 1 at most


def sigmoid_value(z: np.ndarray, k: int) -> Comparison:
    """Compare the values."""
    right = [exact_sigmoid(value) for value in exact(z)]
    return Sigmoid().forward(z), right, right


def sigmoid_backward(z: np.ndarray, k: int) -> Comparison:
    """Compare the slopes."""
    layer = Sigmoid()
    layer.forward(z)
    p = [exact_sigmoid(value) for value in exact(z)]
    slopes = [a * exact_sigmoid(-value) for a, value in zip(p, exact(z), strict=True)]
    return layer.backward(np.ones_like(z)), slopes, p


def categorical_value(z: np.ndarray, k: int) -> Comparison:
    """Compare the loss from the logits."""
    loss = CategoricalCrossentropy(from_logits=True)
    right = [exact_cost(z, k)]
    return np.array([loss.value(np.array([k]), z[np.newaxis])]), right, right


def fused(z: np.ndarray, k: int) -> tuple[float, np.ndarray]:
    """Return loss and gradient as training computes them."""
    criterion = CategoricalCrossentropy(from_logits=True)
    loss, dz = criterion.value_and_gradient(np.array([k]), z[np.newaxis])
    return loss, dz[0]


def fused_value(z: np.ndarray, k: int) -> Comparison:
    """Compare the loss in training."""
    right = [exact_cost(z, k)]
    return np.array([fused(z, k)[0]]), right, right


def exact_fused_gradient(z: np.ndarray, k: int) -> Exact:
    """Return p - t, for the right class without a cancellation."""
    p = exact_softmax(z)
    return [-mpmath.fsum(p[:k] + p[k + 1 :]) if j == k else p[j] for j in range(len(p))]


def fused_gradient(z: np.ndarray, k: int) -> Comparison:
    """Compare the gradient in training."""
    right = exact_fused_gradient(z, k)
    return fused(z, k)[1], right, right


def shortcut_gradient(z: np.ndarray, k: int) -> Comparison:
    """Compare the gradient for targets that are rows."""
    loss = CategoricalCrossentropy(from_logits=True)
    t = np.eye(z.size, dtype=z.dtype)[k : k + 1]
    return loss.gradient(t, z[np.newaxis])[0], exact_fused_gradient(z, k), ones(z)


def binary_value(z: np.ndarray, k: int) -> Comparison:
    """Compare the loss from the logits."""
    t = np.eye(z.size, dtype=z.dtype)[k : k + 1]
    value = BinaryCrossentropy(from_logits=True).value(t, z[np.newaxis])
    costs = [mpmath.log1p(mpmath.exp(-v if j == k else v)) for j, v in enumerate(exact(z))]
    right = [mpmath.fsum(costs) / z.size]
    return np.array([value]), right, right


def binary_gradient(z: np.ndarray, k: int) -> Comparison:
    """Compare the gradient with respect to the logits."""
    t = np.eye(z.size, dtype=z.dtype)[k : k + 1]
    dz = BinaryCrossentropy(from_logits=True).gradient(t, z[np.newaxis])[0]
    right = [
        (-exact_sigmoid(-v) if j == k else exact_sigmoid(v)) / z.size
        for j, v in enumerate(exact(z))
    ]
    return dz, right, [one / z.size for one in ones(z)]


def given_categorical_value(p: np.ndarray, k: int) -> Comparison:
    """Compare the loss of probabilities."""
    value = CategoricalCrossentropy().value(np.array([k]), p[np.newaxis])
    right = -mpmath.log(exact(p)[k] / mpmath.fsum(exact(p)))
    return np.array([value]), [right], [max(right, 1)]  # the sum of the row is rounded near 1


def given_categorical_gradient(p: np.ndarray, k: int) -> Comparison:
    """Compare the gradient with respect to the right class's probability."""
    dy = CategoricalCrossentropy().gradient(np.array([k]), p[np.newaxis])[0]
    right = 1 / mpmath.fsum(exact(p)) - 1 / exact(p)[k]
    return dy[k : k + 1], [right], [1 / exact(p)[k]]


def given_binary_value(p: np.ndarray, k: int) -> Comparison:
    """Compare the loss of one probability."""
    p, t = p[:1], k % 2
    value = BinaryCrossentropy().value(np.array([[t]], p.dtype), p[np.newaxis])
    (share,) = exact(p)
    other = mpmath.log1p(-share) if share < 0.5 else mpmath.log(max(1 - share, tiny(p)))
    right = [-mpmath.log(share) if t else -other]
    return np.array([value]), right, right


def given_binary_gradient(p: np.ndarray, k: int) -> Comparison:
    """Compare the gradient with respect to the probabilities."""
    t = (np.arange(p.size) == k).astype(p.dtype)
    dy = BinaryCrossentropy().gradient(t[np.newaxis], p[np.newaxis])[0]
    right = [
        (-1 / v if j == k else 1 / max(1 - v, tiny(p))) / p.size for j, v in enumerate(exact(p))
    ]
    return dy, right, right


def ones(z: np.ndarray) -> Exact:
    """Return a scale of 1: that of p and t, in p - t."""
    return [mpmath.mpf(1)] * z.size


def tiny(p: np.ndarray) -> Any:
    """Return what a probability of 0 counts as."""
    return mpmath.mpf(float(np.finfo(p.dtype).tiny))


def squared_value(z: np.ndarray, k: int) -> Comparison:
    """Compare the loss."""
    t = z[::-1].copy()
    value = MeanSquaredError().value(t[np.newaxis], z[np.newaxis])
    squares = [(a - b) ** 2 for a, b in zip(exact(z), exact(t), strict=True)]
    right = [mpmath.fsum(squares) / z.size]
    return np.array([value]), right, right


def squared_gradient(z: np.ndarray, k: int) -> Comparison:
    """Compare the gradient with respect to the predictions."""
    t = z[::-1].copy()
    dy = MeanSquaredError().gradient(t[np.newaxis], z[np.newaxis])[0]
    right = [2 * (a - b) / z.size for a, b in zip(exact(z), exact(t), strict=True)]
    return dy, right, right


# What is measured: its inputs, and the limits in ulps of float32 and float64 that the tests assert.
Inputs = Callable[[Any, int], np.ndarray]
MEASURED: dict[str, tuple[Callable[[np.ndarray, int], Comparison], Inputs, float, float]] = {
    "Softmax": (softmax_value, logits, 68, 516),
    "Softmax of logits within 1 of each other": (softmax_value, close, 4, 4),
    "Softmax.backward": (softmax_backward, logits, 132, 1030),
    "Sigmoid": (sigmoid_value, logits, 4, 4),
    "Sigmoid.backward": (sigmoid_backward, logits, 4, 4),
    "CategoricalCrossentropy, from logits": (categorical_value, logits, 1, 516),
    "CategoricalCrossentropy in training": (fused_value, logits, 68, 516),
    "its gradient with respect to the logits": (fused_gradient, logits, 68, 516),
    "the shortcut (p - t) / N": (shortcut_gradient, logits, 2, 2),
    "BinaryCrossentropy, from logits": (binary_value, logits, 1, 3),
    "its gradient with respect to the logits, (p - t) / NK": (binary_gradient, logits, 2, 2),
    "CategoricalCrossentropy of probabilities": (given_categorical_value, shares, 3, 3),
    "its gradient": (given_categorical_gradient, shares, 4, 4),
    "BinaryCrossentropy of probabilities": (given_binary_value, shares, 3, 3),
    "its gradient with respect to the probabilities": (given_binary_gradient, shares, 2, 2),
    "MeanSquaredError": (squared_value, logits, 4, 4),
    "its gradient with respect to the predictions": (squared_gradient, logits, 1, 1),
}


def ulp(value: Any, dtype: Any) -> Any:
    """Return the distance between neighbouring numbers of a dtype at some value."""
    info = np.finfo(dtype)
    exponent = info.minexp if value == 0 else max(mpmath.frexp(value)[1] - 1, info.minexp)
    return mpmath.ldexp(1, int(exponent) - info.nmant)


def errors(name: str, dtype: Any, draws: int) -> Iterator[tuple[float, np.ndarray]]:
    """Yield the worst error of each row in ulps, and the row."""
    function, inputs, *_ = MEASURED[name]
    with np.errstate(all="ignore"):
        for number, row in enumerate(inputs(dtype, draws)):
            results = zip(*function(row, number % CLASSES), strict=True)
            yield (
                max(
                    float(abs(mpmath.mpf(float(given)) - right) / ulp(scale, dtype))
                    for given, right, scale in results
                ),
                row,
            )


def table() -> str:
    """Return the table of worst errors and limits."""
    lines = ["| | float32 | limit | float64 | limit |", "| --- | --- | --- | --- | --- |"]
    for name, (_, _, *limits) in MEASURED.items():
        dtypes = (np.float32, np.float64)
        found = [max(error for error, _ in errors(name, dtype, DRAWS)) for dtype in dtypes]
        for error, limit in zip(found, limits, strict=True):
            assert error <= limit, f"{name}: {error}"
        cells = [f"{error:.3g} | {limit}" for error, limit in zip(found, limits, strict=True)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page() -> str:
    """Return the whole page."""
    rows = len(logits(np.float64, DRAWS))
    return f"""# How exact the numbers are

`python -m tools.make_numerics` writes this page from measured data.

The table gives the worst errors of softmax, sigmoid and the losses, compared with results of 50
digits that mpmath computes from the same inputs. The errors are in units in the last place (ulps),
the distance from one number of that dtype to the next. A correctly rounded result is off by at most
half a unit. Each line is measured on {rows:,} rows of {CLASSES} logits, or as many probabilities.
Most are random, with sizes from 1e-30 to 1e30. On the other {len(ADVERSARIAL)} some library has
failed: ±1e30, ties, and the points where exponentials and sums begin to lose digits. The tests
assert the limits.

{table()}

## How to read it

- **Softmax and what follows from it.** The largest logit is subtracted from each logit, and the
  difference is rounded. The rounding error of a number near 100 is 64 times that of a number near
  1, and the exponential turns it into a relative error. So errors are large where a probability
  almost vanishes: up to 64 units in float32, whose exponentials end at -104, and up to 512 in
  float64, where they end at -745.
- **CategoricalCrossentropy in training** is what `fit` computes: the loss and the gradient
  together. For the correct class the gradient is minus the sum of the other probabilities, which
  loses no digits however close the probability is to 1. The loss from logits is computed in
  float64, for float32 logits too.
- **Differences.** p - t, y (1 - y) and the Jacobian-vector product of softmax subtract numbers that
  may be nearly equal, as the textbook formulas do. Their units are those of what is subtracted:
  1 / N, y, and y times the largest entry of dy. A gradient far below that may be rounding error.
- **Of probabilities.** A probability of 0 counts as the smallest normal number of its dtype, on
  both sides of this comparison.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
