"""Random small models, for properties that must hold for every one."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

import tinynet as tn

# Of exponential, deep stacks overflow; ONNX has no Celu in float64.
ACTIVATIONS = [None, *sorted(set(tn.layers.ACTIVATIONS) - {"exponential", "celu"})]
PLAIN: list[Callable[[], tn.layers.Layer]] = [
    *(tn.layers.ReLU, tn.layers.Sigmoid, tn.layers.Tanh, tn.layers.Softmax, tn.layers.Flatten),
    *(tn.layers.LeakyReLU, tn.layers.ELU, tn.layers.SELU, tn.layers.GELU, tn.layers.SiLU),
    *(tn.layers.Mish, tn.layers.Softplus, tn.layers.HardSigmoid, tn.layers.LogSoftmax),
    *(tn.layers.BatchNormalization, tn.layers.LayerNormalization, tn.layers.PReLU),
    lambda: tn.layers.ELU(0.3),
    lambda: tn.layers.LeakyReLU(0.1),
    lambda: tn.layers.BatchNormalization(epsilon=0.01, momentum=0.9),
]
# Each layer that there is, and how it can be made.
SINGLE: dict[str, Callable[[], tn.layers.Layer]] = {
    **{
        name: lambda kind=kind: kind()  # type: ignore[misc]
        for name, kind in vars(tn.layers).items()
        if isinstance(kind, type)
        and issubclass(kind, tn.layers.Layer)
        and kind is not tn.layers.Layer
        and name
        not in ("Activation", "Dense", "Dropout", "Input", "InputLayer", "Rescaling", "Reshape")
        and not name.startswith(("Alpha", "Gaussian", "General"))
    },
    **{
        f"Activation {name}": lambda name=name: tn.layers.Activation(name)  # type: ignore[misc]
        for name in tn.layers.ACTIVATIONS
    },
    **{
        f"Dense {name}": lambda name=name: tn.Dense(4, name)  # type: ignore[misc]
        for name in tn.layers.ACTIVATIONS
    },
    "ActivityRegularization, l2": lambda: tn.layers.ActivityRegularization(l2=0.5),
    "AlphaDropout": lambda: tn.layers.AlphaDropout(0.25, seed=1),
    "BatchNormalization, bare": lambda: tn.layers.BatchNormalization(center=False, scale=False),
    "Dense of LeakyReLU": lambda: tn.Dense(4, tn.layers.LeakyReLU(0.1)),
    "Dense without bias": lambda: tn.Dense(4, use_bias=False),
    "Dropout": lambda: tn.layers.Dropout(0.25),
    "ELU, alpha": lambda: tn.layers.ELU(0.5),
    "GaussianDropout": lambda: tn.layers.GaussianDropout(0.25),
    "GaussianNoise": lambda: tn.layers.GaussianNoise(0.25),
    "GeneralReLU, all": lambda: tn.layers.GeneralReLU(0.75, 0.25, 0.5),
    "LayerNormalization, bare": lambda: tn.layers.LayerNormalization(center=False, scale=False),
    "LeakyReLU, slope": lambda: tn.layers.LeakyReLU(0.1),
    "Normalization, features": lambda: tn.layers.Normalization(
        mean=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], variance=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    ),
    "Normalization, one": lambda: tn.layers.Normalization(None, 33.318421449829934, 0.1),
    "Rescaling": lambda: tn.layers.Rescaling(0.1, 0.3),
    "Reshape": lambda: tn.layers.Reshape((2, 3)),
}


def single(name: str, dtype: str = "float32") -> tn.Sequential:
    """Return a network with one such layer, its arrays filled with numbers."""
    stack = [SINGLE[name](), tn.layers.Flatten(), tn.Dense(2)]
    model = tn.Sequential(stack, seed=0, dtype=dtype)
    model.build((6,))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        for array in (*layer.parameters.values(), *layer.states.values()):
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    return model


@st.composite
def models(draw: st.DrawFn, *, normalized: bool = True) -> tn.Sequential:
    """Draw a built model with weights of all sizes."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    stack: list[tn.layers.Layer] = []
    if normalized and draw(st.booleans()):
        mean, variance = draw(st.floats(-100, 100)), draw(st.floats(0.01, 1e4))
        stack.append(tn.layers.Normalization(axis=None, mean=mean, variance=variance))
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
