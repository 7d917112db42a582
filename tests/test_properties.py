"""Properties that hold for any shape, layout, dtype and value, with examples from Hypothesis.

Shapes: one example, one feature, wide and tall batches. Layouts: rows, columns, every second entry,
reversed, read-only. Values: zero, exactly at ReLU's kink, tiny, huge and ordinary ones.
"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.layers.test_layers import LAYERS
from tests.losses.test_losses import GRADIENTS, MakeLoss, distributions, one_hot
from tinynet import SGD, Dense, Sequential
from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.layers import Layer
from tinynet.losses import MeanSquaredError

MakeLayer = Callable[[], Layer]
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "rows": lambda x: x,
    "columns": np.asfortranarray,
    "strided": lambda x: np.repeat(np.repeat(x, 3, axis=0), 2, axis=1)[::3, ::2],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
}
each_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
each_loss = pytest.mark.parametrize(("make", "kind"), GRADIENTS.values(), ids=GRADIENTS.keys())

seeds = st.integers(0, 2**32 - 1)
shapes = st.sampled_from([(1, 1), (1, 4), (4, 1), (2, 12), (12, 2)]) | st.tuples(
    st.integers(1, 5), st.integers(1, 5)
)
layouts = st.sampled_from(list(LAYOUTS))
dtypes = st.sampled_from([np.float32, np.float64])


@st.composite
def inputs(draw: st.DrawFn) -> np.ndarray:
    """Batches with zeros among ordinary numbers, or of tiny or huge ones.

    Not all at once: beside numbers of 1e8, rounding hides on which side of its kink a unit is.
    """
    scale = draw(st.sampled_from([1e-300, 1e-30, 1e-8, 1.0, 1.0, 1e8, 1e30]))
    special = [0.0, -0.0, 1.0, -1.0] if scale <= 1 else [1.0, -1.0]
    elements = st.sampled_from(special) | st.floats(0.1, 3) | st.floats(-3, -0.1)
    x = draw(hnp.arrays(np.float64, draw(shapes), elements=elements)) * scale
    return LAYOUTS[draw(layouts)](x.astype(draw(dtypes)))


def accusation(report: GradientReport) -> str:
    """Return the report if it names a mistake.

    For inputs of 1e30 all steps may be too short or too long. Where no entry of an array can be
    judged, the report says so, which doesn't pass a test, but accuses nobody.
    """
    named = {mistake.kind for mistake in report.mistakes} - {"unclear"}
    return str(report) if named else ""


@each_layer
@settings(max_examples=settings().max_examples // 2)  # each of hundreds of passes
@given(x=inputs(), seed=seeds)
@example(x=np.array([[0, 0], [-1e8, 0]], dtype=np.float32), seed=2**32 - 3)
@example(x=np.array([[1e-187, 1e-300, 0, 0]]), seed=0)
def test_every_layer_passes_the_checker(make: MakeLayer, x: np.ndarray, seed: int) -> None:
    layer = make()
    layer.build(x.shape[1:], rng=np.random.default_rng(seed), dtype=x.dtype)
    assert accusation(check_gradients(layer, x, seed=seed)) == ""


@each_loss
@given(shape=shapes, layout=layouts, dtype=dtypes, seed=seeds, scale=st.sampled_from([1e-3, 1, 30]))
def test_every_loss_passes_the_checker(
    make: MakeLoss,
    kind: str,
    shape: tuple[int, int],
    layout: str,
    dtype: type,
    seed: int,
    scale: float,
) -> None:
    assume(shape[1] > 1)
    rng, loss = np.random.default_rng(seed), make()
    logits = getattr(loss, "from_logits", True)  # squared errors, too, are of any numbers
    y = scale * rng.standard_normal(shape) if logits else 0.9 * rng.random(shape) + 0.05
    t = distributions(rng, shape) if kind == "soft" else one_hot(rng, shape)
    if kind == "labels":
        t = t.argmax(axis=1)
    y = LAYOUTS[layout](y.astype(dtype))
    assert accusation(check_gradients(loss, y, t, seed=seed)) == ""


@each_layer
@given(x=inputs(), seed=seeds)
def test_permuting_a_batch_permutes_what_a_layer_makes_of_it(
    make: MakeLayer, x: np.ndarray, seed: int
) -> None:
    rng, layer = np.random.default_rng(seed), make()
    layer.build(x.shape[1:], rng=np.random.default_rng(seed), dtype=x.dtype)
    order = rng.permutation(len(x))
    y = layer.forward(x)
    dy = rng.standard_normal(y.shape).astype(y.dtype)
    dx = layer.backward(dy)
    gradients = [gradient.copy() for gradient in layer.gradients.values()]
    roundings = 64 * float(np.finfo(x.dtype).eps)

    def same(found: np.ndarray, expected: np.ndarray, size: float) -> None:
        np.testing.assert_allclose(found, expected, rtol=roundings, atol=roundings * size)

    same(layer.forward(x[order]), y[order], np.abs(y).max())
    same(layer.backward(dy[order]), dx[order], np.abs(dx).max())
    for gradient, before in zip(layer.gradients.values(), gradients, strict=True):
        size = (
            np.abs(x).max() if before.ndim == 2 else 1.0
        )  # dW is a sum of products x dy, db of dy
        same(gradient, before, len(x) * size * np.abs(dy).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(outputs=st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=6))
@example(outputs=[1e30, -1e30])
def test_squared_error_of_huge_outputs_is_finite(outputs: list[float], dtype: type) -> None:
    y: np.ndarray = np.array([outputs], dtype=dtype)
    loss, t = MeanSquaredError(), np.zeros_like(y)
    value = loss(t, y)
    assert value == pytest.approx(float(np.mean(y.astype(np.float64) ** 2)), rel=1e-15, abs=0)
    assert np.isfinite(loss.backward(t, y)).all()


@given(
    shape=shapes,
    units=st.integers(1, 4),
    rate=st.floats(0, 1),
    dtype=dtypes,
    layout=layouts,
    seed=seeds,
)
def test_a_step_of_sgd_equals_the_formula(
    shape: tuple[int, int], units: int, rate: float, dtype: type, layout: str, seed: int
) -> None:
    """w - r dL/dw, with the derivatives of a linear layer under a squared error written out."""
    rng = np.random.default_rng(seed)
    x, t = rng.standard_normal(shape), rng.standard_normal((shape[0], units))
    model = Sequential([Dense(units)], seed=seed, dtype=np.dtype(dtype).name)
    model.build(shape[1:])
    model.compile(SGD(rate), "mse")
    W, b = (w.astype(np.float64) for w in model.get_weights())
    model.train_on_batch(LAYOUTS[layout](x.astype(dtype)), t)
    dy = 2 * (x @ W + b - t) / t.size
    after = model.get_weights()
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    np.testing.assert_allclose(after[0], W - rate * x.T @ dy, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(after[1], b - rate * dy.sum(axis=0), rtol=tolerance, atol=tolerance)
