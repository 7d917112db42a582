"""Every argument of every class: what is given is kept, defaults and limits hold."""

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
    "metric": metrics.Precision(),
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

# The defaults that are numbers, words or yes and no; a reduction's is the same everywhere.
BETAS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
BATCHES: dict[str, Any] = {"axis": -1, "epsilon": 0.001, "center": True, "scale": True}
BATCHES |= {"beta_initializer": "zeros", "gamma_initializer": "ones"}
MOVING = {"moving_mean_initializer": "zeros", "moving_variance_initializer": "ones"}
DENSE = {"use_bias": True, "kernel_initializer": "glorot_uniform", "bias_initializer": "zeros"}
PROBABILITIES = {"from_logits": False, "label_smoothing": 0.0}
DEFAULTS: dict[Any, dict[str, Any]] = {
    layers.ActivityRegularization: {"l1": 0.0, "l2": 0.0},
    layers.BatchNormalization: {"momentum": 0.99, **BATCHES, **MOVING},
    layers.CELU: {"alpha": 1.0},
    layers.Dense: DENSE,
    layers.ELU: {"alpha": 1.0},
    layers.GELU: {"approximate": False},
    layers.GeneralReLU: {"negative_slope": 0.0, "threshold": 0.0},
    layers.LayerNormalization: BATCHES,
    layers.LeakyReLU: {"negative_slope": 0.3},
    layers.Normalization: {"axis": -1, "invert": False},
    layers.PReLU: {"alpha_initializer": "zeros"},
    layers.Rescaling: {"offset": 0.0},
    losses.BinaryCrossentropy: PROBABILITIES,
    losses.BinaryFocalCrossentropy: {
        "apply_class_balancing": False,
        "alpha": 0.25,
        "gamma": 2.0,
        **PROBABILITIES,
    },
    losses.CategoricalCrossentropy: PROBABILITIES,
    losses.CosineSimilarity: {"axis": -1},
    losses.Huber: {"delta": 1.0},
    losses.SparseCategoricalCrossentropy: {"from_logits": False},
    metrics.AUC: {"num_thresholds": 200, "curve": "ROC", "from_logits": False},
    metrics.BinaryAccuracy: {"threshold": 0.5},
    metrics.BinaryCrossentropy: PROBABILITIES,
    metrics.CategoricalCrossentropy: PROBABILITIES,
    metrics.FBetaScore: {"beta": 1.0},
    metrics.R2Score: {"class_aggregation": "uniform_average"},
    metrics.SparseCategoricalCrossentropy: {"from_logits": False},
    metrics.SparseTopKCategoricalAccuracy: {"k": 5},
    metrics.TopKCategoricalAccuracy: {"k": 5},
    optimizers.Adadelta: {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
    optimizers.Adagrad: {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
    optimizers.Adam: {"learning_rate": 0.001, **BETAS, "amsgrad": False},
    optimizers.AdamW: {"learning_rate": 0.001, "weight_decay": 0.004, **BETAS, "amsgrad": False},
    optimizers.Adamax: {"learning_rate": 0.001, **BETAS},
    optimizers.Nadam: {"learning_rate": 0.001, **BETAS},
    optimizers.RMSprop: {
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": False,
    },
    optimizers.SGD: {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    initializers.Constant: {"value": 0.0},
    initializers.Identity: {"gain": 1.0},
    initializers.Orthogonal: {"gain": 1.0},
    initializers.RandomNormal: {"mean": 0.0, "stddev": 0.05},
    initializers.RandomUniform: {"minval": -0.05, "maxval": 0.05},
    initializers.TruncatedNormal: {"mean": 0.0, "stddev": 0.05},
    initializers.VarianceScaling: {
        "scale": 1.0,
        "mode": "fan_in",
        "distribution": "truncated_normal",
    },
    regularizers.L1: {"l1": 0.01},
    regularizers.L1L2: {"l1": 0.0, "l2": 0.0},
    regularizers.L2: {"l2": 0.01},
    constraints.MaxNorm: {"max_value": 2, "axis": 0},
    constraints.MinMaxNorm: {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0},
    constraints.UnitNorm: {"axis": 0},
    schedules.CosineDecay: {"alpha": 0.0, "warmup_steps": 0},
    schedules.CosineDecayRestarts: {"t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0},
    schedules.ExponentialDecay: {"staircase": False},
    schedules.InverseTimeDecay: {"staircase": False},
    schedules.PolynomialDecay: {"end_learning_rate": 0.0001, "power": 1.0, "cycle": False},
}
# Of a metric, the key in the history.
NAMES = {
    "AUC": "auc",
    "Accuracy": "accuracy",
    "BinaryAccuracy": "binary_accuracy",
    "BinaryCrossentropy": "binary_crossentropy",
    "CategoricalAccuracy": "categorical_accuracy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalHinge": "categorical_hinge",
    "CosineSimilarity": "cosine_similarity",
    "F1Score": "f1_score",
    "FBetaScore": "fbeta_score",
    "FalseNegatives": "false_negatives",
    "FalsePositives": "false_positives",
    "Hinge": "hinge",
    "KLDivergence": "kl_divergence",
    "LogCoshError": "logcosh",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredError": "mean_squared_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Poisson": "poisson",
    "Precision": "precision",
    "R2Score": "r2_score",
    "Recall": "recall",
    "RootMeanSquaredError": "root_mean_squared_error",
    "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "SparseTopKCategoricalAccuracy": "sparse_top_k_categorical_accuracy",
    "SquaredHinge": "squared_hinge",
    "TopKCategoricalAccuracy": "top_k_categorical_accuracy",
    "TrueNegatives": "true_negatives",
    "TruePositives": "true_positives",
}
# The numbers that may be negative; all others are refused below 0.
SIGNED = {
    *(("BatchNormalization", "axis"), ("LayerNormalization", "axis"), ("CELU", "alpha")),
    *(("ELU", "alpha"), ("Normalization", "mean"), ("Rescaling", "scale"), ("Rescaling", "offset")),
    *(("BinaryAccuracy", "threshold"), ("Constant", "value"), ("Identity", "gain")),
    *(("Orthogonal", "gain"), ("RandomNormal", "mean"), ("TruncatedNormal", "mean")),
    *(("RandomUniform", "minval"), ("RandomUniform", "maxval"), ("MaxNorm", "axis")),
    *(("MinMaxNorm", "axis"), ("UnitNorm", "axis")),
}


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


def needed_by(kind: Any) -> dict[str, Any]:
    """Return a value for each argument that a class can't do without."""
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: other(kind, p) for p in parameters if p.default is p.empty}


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
    needed = needed_by(kind)
    given = {**needed, name: other(kind, parameters[name])}
    made = kind(**given)
    config = made.get_config()
    assert repr(kind(**config).get_config()) == repr(config)
    if name not in needed:
        assert repr(config) != repr(kind(**needed).get_config())
    if isinstance(given[name], int | float | tuple) or name in ("name", "reduction", "mode"):
        assert config.get(name, getattr(made, name, None)) == given[name]


@pytest.mark.parametrize(("kind", "defaults"), DEFAULTS.items(), ids=lambda v: str(v)[:60])
def test_the_defaults_are_these(kind: Any, defaults: dict[str, Any]) -> None:
    parameters = inspect.signature(kind).parameters
    needed = needed_by(kind)
    assert kind(**needed, **defaults).get_config() == kind(**needed).get_config()
    found = {key: p.default for key, p in parameters.items() if p.default is not p.empty}
    stated = {key: value for key, value in found.items() if value is not None}
    assert {k: v for k, v in stated.items() if k not in ("name", "reduction")} == defaults


def test_every_class_with_defaults_is_in_the_table() -> None:
    for kind in classes():
        for key, parameter in inspect.signature(kind).parameters.items():
            if parameter.default in (parameter.empty, None) or key in ("name", "reduction"):
                continue
            assert kind in DEFAULTS or kind is losses.Crossentropy, kind


def test_a_metric_has_a_name_of_its_own() -> None:
    found = {kind.__name__: kind().name for kind in classes() if kind.__name__ in NAMES}
    found |= {name: getattr(metrics, name)().name for name in NAMES}
    assert found == NAMES
    for kind in classes():
        if issubclass(kind, losses.Loss) and kind is not losses.Crossentropy:
            assert (kind().reduction, kind().name) == ("sum_over_batch_size", None)


NUMBERS = [
    (kind, name)
    for kind, name in ARGUMENTS
    if type(other(kind, inspect.signature(kind).parameters[name])) in (int, float)
]


@pytest.mark.parametrize(
    ("kind", "name"), NUMBERS, ids=[f"{kind.__name__}-{name}" for kind, name in NUMBERS]
)
def test_a_number_below_zero_is_refused_where_it_makes_no_sense(kind: Any, name: str) -> None:
    parameters = inspect.signature(kind).parameters
    given = needed_by(kind)
    given[name] = -1 if isinstance(other(kind, parameters[name]), int) else -1e-9
    if (kind.__name__, name) in SIGNED:
        kind(**given)
        return
    with pytest.raises(ValueError, match=name):
        kind(**given)
