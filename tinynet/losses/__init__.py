"""The losses: the error of the predictions as one number, and its derivative.

Read `crossentropy` first: the cross-entropy and its derivative through the softmax, ``(p - t) /
N``. `squared_error` has the mean squared error, and `base` explains how to write your own loss. The
others are in `errors`, `margins` and `distributions`. `functions` offers each loss as a function.
"""

from tinynet._internal.names import public_names
from tinynet.losses.base import Loss
from tinynet.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from tinynet.losses.crossentropy import Crossentropy as Crossentropy
from tinynet.losses.distributions import (
    BinaryFocalCrossentropy,
    CosineSimilarity,
    KLDivergence,
    Poisson,
)
from tinynet.losses.errors import (
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
)
from tinynet.losses.functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from tinynet.losses.lookup import FUNCTIONS, LOSSES, get
from tinynet.losses.margins import CategoricalHinge, Hinge, SquaredHinge
from tinynet.losses.squared_error import MeanSquaredError

__all__ = [
    "FUNCTIONS",
    "LOSSES",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

__getattr__, __dir__ = public_names(globals())
