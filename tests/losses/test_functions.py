"""The losses as functions, and by every name: worked numbers, the functions' defaults."""

from collections.abc import Callable
from math import cosh, exp, log, sqrt
from typing import Any

import numpy as np
import pytest

from tinynet import losses

# The function, the class, one example's targets and predictions, the arguments, the loss by hand.
CASES: list[tuple[str, str, Any, list[float], dict[str, Any], float]] = [
    ("binary_crossentropy", "BinaryCrossentropy", [1, 0], [0.5, 0.75], {}, (log(2) + log(4)) / 2),
    (
        *("binary_crossentropy", "BinaryCrossentropy", [1, 0], [0.0, log(3)]),
        {"from_logits": True},  # probabilities of 1/2 and 3/4
        (log(2) + log(4)) / 2,
    ),
    (
        *("binary_crossentropy", "BinaryCrossentropy", [1, 0], [0.5, 0.75]),
        {"label_smoothing": 0.5},  # targets of 3/4 and 1/4
        (log(2) + 0.75 * log(4) - 0.25 * log(0.75)) / 2,
    ),
    (  # (1 - 1/2)² log 2 and (3/4)² log 4
        *("binary_focal_crossentropy", "BinaryFocalCrossentropy", [1, 0], [0.5, 0.75], {}),
        (log(2) / 4 + 9 / 16 * log(4)) / 2,
    ),
    (
        *("binary_focal_crossentropy", "BinaryFocalCrossentropy", [1, 0], [0.5, 0.75]),
        {"apply_class_balancing": True},  # weights of 1/4 and 3/4
        (log(2) / 16 + 27 / 64 * log(4)) / 2,
    ),
    (
        *("binary_focal_crossentropy", "BinaryFocalCrossentropy", [1, 0], [0.5, 0.75]),
        {"apply_class_balancing": True, "alpha": 0.5, "gamma": 1.0},
        (log(2) / 4 + 3 / 8 * log(4)) / 2,
    ),
    ("categorical_crossentropy", "CategoricalCrossentropy", [0, 1], [0.75, 0.25], {}, log(4)),
    (
        *("categorical_crossentropy", "CategoricalCrossentropy", [0, 1], [log(3), 0.0]),
        {"from_logits": True},
        log(4),
    ),
    (
        *("categorical_crossentropy", "CategoricalCrossentropy", [0, 1], [0.75, 0.25]),
        {"label_smoothing": 0.5},  # targets of 1/4 and 3/4
        0.75 * log(4) - 0.25 * log(0.75),
    ),
    ("categorical_hinge", "CategoricalHinge", [0, 1], [0.5, 0.25], {}, 0.5 - 0.25 + 1),
    ("cosine_similarity", "CosineSimilarity", [1, 0], [3.0, 4.0], {}, -3 / 5),
    ("hinge", "Hinge", [1, -1], [0.5, 3.0], {}, (0.5 + 4) / 2),
    ("huber", "Huber", [0, 0], [0.5, 3.0], {}, (0.125 + 2.5) / 2),
    ("huber", "Huber", [0, 0], [0.5, 3.0], {"delta": 2.0}, (0.125 + 4) / 2),
    ("kl_divergence", "KLDivergence", [0.5, 0.5], [0.25, 0.75], {}, log(4 / 3) / 2),
    ("log_cosh", "LogCosh", [0, 0], [1.0, -2.0], {}, (log(cosh(1)) + log(cosh(2))) / 2),
    ("mean_absolute_error", "MeanAbsoluteError", [0, 1], [0.5, -2.0], {}, 3.5 / 2),
    (
        *("mean_absolute_percentage_error", "MeanAbsolutePercentageError"),
        *([4, -2], [3.0, -3.0], {}, (25 + 50) / 2),
    ),
    ("mean_squared_error", "MeanSquaredError", [0, 1], [0.5, -2.0], {}, (0.25 + 9) / 2),
    (
        *("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError"),
        *([1, 0], [0.0, exp(2) - 1], {}, (log(2) ** 2 + 4) / 2),
    ),
    ("poisson", "Poisson", [2, 1], [1.0, exp(1)], {}, (1 + exp(1) - 1) / 2),
    (
        *("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
        *([1], [0.75, 0.25], {}, log(4)),
    ),
    (
        *("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
        *([1], [log(3), 0.0], {"from_logits": True}, log(4)),
    ),
    ("squared_hinge", "SquaredHinge", [1, -1], [0.5, 3.0], {}, (0.25 + 16) / 2),
]
SHORT = {
    "bce": losses.BinaryCrossentropy,
    "kld": losses.KLDivergence,
    "mae": losses.MeanAbsoluteError,
    "mape": losses.MeanAbsolutePercentageError,
    "mse": losses.MeanSquaredError,
    "msle": losses.MeanSquaredLogarithmicError,
}


@pytest.mark.parametrize(("name", "kind", "t", "y", "given", "expected"), CASES)
def test_functions_classes_and_names_by_hand(
    name: str, kind: str, t: list[float], y: list[float], given: dict[str, Any], expected: float
) -> None:
    function: Callable[..., Any] = getattr(losses, name)
    made = getattr(losses, kind)(**given)
    # Twice, so that neither a sum nor a mean over the examples passes for one value of each.
    found = function([t, t], [y, y], **given)
    assert found.tolist() == pytest.approx([expected, expected], rel=1e-6)
    assert made([t, t], [y, y]) == pytest.approx(expected, rel=1e-6)
    for spelling in (name, kind, function):
        assert type(losses.get(spelling)) is type(made)
    if not given:
        assert losses.get(name)([t, t], [y, y]) == pytest.approx(expected, rel=1e-6)


def test_the_names_are_all_known() -> None:
    names = {name for case in CASES for name in case[:2]}
    assert {*losses.LOSSES} == {*names, *SHORT, *(name.upper() for name in SHORT)}
    assert len({case[0] for case in CASES}) == len(losses.FUNCTIONS)
    for name, kind in SHORT.items():
        assert type(losses.get(name)) is type(losses.get(name.upper())) is kind


def test_the_axis_of_the_cosine() -> None:
    found = losses.cosine_similarity([[1, 1]], [[1.0, 0.0]])
    for axis in (-1, 1):
        again = losses.cosine_similarity([[1, 1]], [[1.0, 0.0]], axis=axis)
        assert again.tolist() == found.tolist() == pytest.approx([-sqrt(0.5)])
    with pytest.raises(ValueError, match="axis must be -1, the last one, received 0"):
        losses.cosine_similarity([[1, 1]], [[1.0, 0.0]], axis=0)


@pytest.mark.parametrize("call", ["forward", "backward", "__call__"])
def test_outputs_that_are_no_probabilities_are_refused(call: str) -> None:
    for loss in (losses.CategoricalCrossentropy(), losses.BinaryCrossentropy()):
        with pytest.raises(ValueError, match="probabilities"):
            getattr(loss, call)(np.array([[0, 1]]), np.array([[-0.5, 1.5]]))


def test_integer_targets_do_not_wrap_around() -> None:
    """20 squared is 144 in uint8. Both vectors point the same way."""
    t = np.array([[0, 20]], dtype=np.uint8)
    assert losses.cosine_similarity(t, [[0.0, 0.5]]).tolist() == [-1.0]


@pytest.mark.parametrize(
    ("y_true", "y_pred"), [((2, 3, 4), (3, 2, 4)), ((6, 4), (2, 3, 4)), ((3, 2), (2, 3, 1))]
)
def test_axes_before_the_last_are_not_confused(
    y_true: tuple[int, ...], y_pred: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"MeanSquaredError expected y_true for examples of shape"):
        losses.mean_squared_error(np.zeros(y_true), np.zeros(y_pred))
    shape = (*y_pred[:-1], 1) if y_pred[-1] == 1 else y_pred
    assert losses.mean_squared_error(np.zeros(shape), np.ones(y_pred)).shape == y_pred[:-1]
