"""What a constructor is given is what `get_config` returns, for every class and every argument."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tinynet import (
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)

ROOMS = (layers, losses, metrics, optimizers, initializers, regularizers, constraints, schedules)

# A value of each argument that isn't its default in any class. Yes and no are turned around.
QUARTER = (
    *("alpha", "beta", "beta_1", "beta_2", "clipnorm", "clipvalue", "decay_rate", "delta"),
    *("end_learning_rate", "epsilon", "factor", "gain", "gamma", "global_clipnorm", "l1", "l2"),
    *("initial_accumulator_value", "initial_learning_rate", "label_smoothing", "learning_rate"),
    *("m_mul", "max_value", "maxval", "mean", "min_value", "momentum", "negative_slope", "offset"),
    *("power", "rate", "rho", "stddev", "t_mul", "threshold", "value", "warmup_target"),
    *("weight_decay", "minval"),
)
THREE = (
    *("axis", "class_id", "decay_steps", "first_decay_steps", "k", "num_thresholds", "seed"),
    *("units", "warmup_steps"),
)
INITIALIZERS = ("alpha", "beta", "bias", "gamma", "kernel", "moving_mean", "moving_variance")
WEIGHTS = ("activity", "beta", "bias", "gamma", "kernel")
OTHERS: dict[str, Any] = {
    **dict.fromkeys(QUARTER, 0.25),
    **dict.fromkeys(THREE, 3),
    **{f"{name}_initializer": "he_normal" for name in INITIALIZERS},
    **{f"{name}_regularizer": "l2" for name in WEIGHTS},
    **{f"{name}_constraint": "non_neg" for name in WEIGHTS},
    "activation": "tanh",
    "average": "macro",
    "class_aggregation": None,
    "curve": "PR",
    "distribution": "uniform",
    "dtype": "float64",
    "function": np.square,
    "input_shape": (5,),
    "loss": "hinge",
    "metric": metrics.Recall(),
    "mode": "fan_out",
    "name": "another",
    "reduction": "sum",
    "shape": (5,),
    "target_shape": (5, 1),
    "thresholds": [0.25, 0.75],
    "variance": 2.0,
    "staircase": True,
    "cycle": True,
    "batch_size": 3,
}
OF_A_CLASS: dict[tuple[str, str], Any] = {
    ("BatchNormalization", "scale"): False,
    ("BinaryFocalCrossentropy", "alpha"): 0.5,
    ("LayerNormalization", "scale"): False,
    ("Normalization", "axis"): (3,),
    ("PiecewiseConstantDecay", "boundaries"): (3,),
    ("PiecewiseConstantDecay", "values"): (0.5, 0.25),
    ("CosineDecayRestarts", "t_mul"): 3.0,
    ("Rescaling", "scale"): 0.25,
    ("VarianceScaling", "scale"): 0.25,
    ("R2Score", "class_aggregation"): "variance_weighted_average",
    ("RandomUniform", "minval"): -0.25,
}
# Another way to say input_shape; an argument of one value; an optimizer's name, which is no
# setting.
LEFT_OUT = {("Dense", "input_dim"), ("CosineSimilarity", "axis")}
LEFT_OUT |= {(name, "name") for name in dir(optimizers)}


def classes() -> Iterator[Any]:
    for room in ROOMS:
        for name in dir(room):
            kind = getattr(room, name)
            if inspect.isclass(kind) and hasattr(kind, "get_config"):
                yield kind


def other(kind: Any, parameter: inspect.Parameter) -> Any:
    """Return a value that isn't the default."""
    if isinstance(parameter.default, bool):
        return not parameter.default
    special = OF_A_CLASS.get((kind.__name__, parameter.name))
    return OTHERS[parameter.name] if special is None else special


ARGUMENTS = [
    (kind, name)
    for kind in classes()
    for name in inspect.signature(kind).parameters
    if (kind.__name__, name) not in LEFT_OUT and kind is not layers.InputLayer
]


@pytest.mark.parametrize(
    ("kind", "name"), ARGUMENTS, ids=[f"{kind.__name__}-{name}" for kind, name in ARGUMENTS]
)
def test_an_argument_is_kept(kind: Any, name: str) -> None:
    parameters = inspect.signature(kind).parameters
    needed = {
        key: other(kind, parameter)
        for key, parameter in parameters.items()
        if parameter.default is parameter.empty
    }
    given = {**needed, name: other(kind, parameters[name])}
    made = kind(**given)
    config = made.get_config()
    assert repr(kind(**config).get_config()) == repr(config)
    if name not in needed:
        assert repr(config) != repr(kind(**needed).get_config())
    if isinstance(given[name], int | float | tuple) or name in ("name", "reduction", "mode"):
        assert config.get(name, getattr(made, name, None)) == given[name]
