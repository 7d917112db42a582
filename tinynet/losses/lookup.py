"""Losses by name, for `Sequential.compile`."""

from collections.abc import Callable
from typing import Any

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.losses import crossentropy, distributions, errors, functions, margins, squared_error
from tinynet.losses.base import Loss

# A function, the class that defines its derivative, and an abbreviation or "".
PAIRS: tuple[tuple[Callable[..., Any], Callable[[], Loss], str], ...] = (
    (functions.binary_crossentropy, crossentropy.BinaryCrossentropy, "bce"),
    (functions.binary_focal_crossentropy, distributions.BinaryFocalCrossentropy, ""),
    (functions.categorical_crossentropy, crossentropy.CategoricalCrossentropy, ""),
    (functions.categorical_hinge, margins.CategoricalHinge, ""),
    (functions.cosine_similarity, distributions.CosineSimilarity, ""),
    (functions.hinge, margins.Hinge, ""),
    (functions.huber, errors.Huber, ""),
    (functions.kl_divergence, distributions.KLDivergence, "kld"),
    (functions.log_cosh, errors.LogCosh, ""),
    (functions.mean_absolute_error, errors.MeanAbsoluteError, "mae"),
    (functions.mean_absolute_percentage_error, errors.MeanAbsolutePercentageError, "mape"),
    (functions.mean_squared_error, squared_error.MeanSquaredError, "mse"),
    (functions.mean_squared_logarithmic_error, errors.MeanSquaredLogarithmicError, "msle"),
    (functions.poisson, distributions.Poisson, ""),
    (functions.sparse_categorical_crossentropy, crossentropy.SparseCategoricalCrossentropy, ""),
    (functions.squared_hinge, margins.SquaredHinge, ""),
)
FUNCTIONS = {function: kind for function, kind, _ in PAIRS}
LOSSES: dict[str, Callable[[], Loss]] = {}
for _function, _kind, _short in PAIRS:
    LOSSES |= {_function.__name__: _kind, getattr(_kind, "__name__", ""): _kind}
    LOSSES |= {_short: _kind, _short.upper(): _kind} if _short else {}


@known_keywords
def get(loss: Any) -> Loss:
    """Return the loss for a name or a function, or the loss itself.

    A function whose derivative tinynet doesn't know raises a TypeError.
    """
    if isinstance(loss, Loss):
        return loss
    if callable(loss) and not isinstance(loss, type):
        known = [kind for function, kind in FUNCTIONS.items() if function == loss]
        if not known:
            name = getattr(loss, "__name__", type(loss).__name__)
            raise TypeError(
                f"A loss needs a derivative, which tinynet can't find from the function {name}: "
                f"derive a class from tinynet.losses.Loss that defines costs(t, y) and "
                f"gradient(t, y)."
            )
        return known[0]()
    return checks.lookup(loss, LOSSES, "loss")()
