"""Random small models, for properties that must hold for every one."""

import numpy as np
from hypothesis import strategies as st

import tinynet as tn

ACTIVATIONS = [None, "relu", "sigmoid", "softmax", "tanh"]
PLAIN = [tn.layers.ReLU, tn.layers.Sigmoid, tn.layers.Tanh, tn.layers.Softmax, tn.layers.Flatten]


@st.composite
def models(draw: st.DrawFn, *, normalized: bool = True) -> tn.Sequential:
    """Draw a built model with weights of all sizes."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    stack: list[tn.layers.Layer] = []
    if normalized and draw(st.booleans()):
        mean, variance = draw(st.floats(-100, 100)), draw(st.floats(0.01, 1e4))
        stack.append(tn.layers.Normalization(mean=mean, variance=variance))
    if len(shape) > 1 or draw(st.booleans()):
        stack.append(tn.layers.Flatten())
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["Dense", "Dense", "plain", "Dropout"]))
        if kind == "Dense":
            activation, use_bias = draw(st.sampled_from(ACTIVATIONS)), draw(st.booleans())
            stack.append(tn.Dense(draw(st.integers(1, 5)), activation, use_bias))
        elif kind == "plain":
            stack.append(draw(st.sampled_from(PLAIN))())
        else:
            stack.append(tn.layers.Dropout(draw(st.floats(0, 0.9))))
    stack.append(tn.Dense(2))
    dtype = draw(st.sampled_from(["float32", "float64"]))
    model = tn.Sequential(stack, seed=draw(st.integers(0, 9)), dtype=dtype)
    model.build(shape)
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    model.parameters += rng.normal(size=model.parameters.size)
    return model


def examples(model: tn.Sequential) -> np.ndarray:
    """Return a few inputs for a model."""
    shape = model.layers[0].input_shape
    assert shape is not None
    return np.random.default_rng(0).normal(size=(5, *shape)).astype(model.dtype)


def same_bits(first: tn.Sequential, second: tn.Sequential) -> None:
    """Make sure that two models have the same weights and the same outputs, to the bit."""
    x = examples(first)
    assert first.dtype == second.dtype
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert first.predict(x).tobytes() == second.predict(x).tobytes()
