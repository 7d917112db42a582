"""Recognise the mistake behind a wrong gradient: the patterns, in order of precedence.

Each pattern is a function of the `Evidence` of a gradient check. It returns a sentence if the
numbers match its mistake, and None otherwise. `name_mistake` returns the first match. See
`tinynet.gradcheck.patterns` for patterns of all gradients, ``slopes`` for elementwise functions,
``couplings`` for softmax and norms, ``costs`` for losses, and ``steps`` for the operations of any
forward pass.
"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from tinynet._internal.checks import check_count, check_instance
from tinynet._internal.names import known_keywords
from tinynet.gradcheck import costs, couplings, patterns, slopes, steps
from tinynet.gradcheck.evidence import Evidence, Mistake, listed
from tinynet.gradcheck.patterns import not_finite_text

__all__ = [
    "DELIBERATE",
    "PATTERNS",
    "Evidence",
    "Mistake",
    "name_mistake",
    "not_finite_text",
    "wrong_shape",
]


@known_keywords
def wrong_shape(
    gradient: np.ndarray, array: np.ndarray, n: int, others: Mapping[str, np.ndarray] | None = None
) -> Mistake | None:
    """Describe a gradient whose shape or type is wrong; the `others` are arrays with gradients."""
    for value, what in ((gradient, "gradient"), (array, "array")):
        check_instance(value, np.ndarray, what)
    n = check_count(n, "n", minimum=0)
    if gradient.shape == array.shape and gradient.dtype.kind == "f":
        return None
    if gradient.shape == (n, *array.shape):
        return Mistake(
            "not_summed",
            f"of shape {gradient.shape}, one gradient for each example: not summed over the batch; "
            f"all examples share the parameter, so their gradients add: .sum(axis=0)",
        )
    axes = axes_left(gradient.shape, array.shape)
    if axes and (gradient.shape, array.shape) != ((n, n), (n, 1)):  # that is broadcast
        return Mistake("not_summed", not_summed_text(gradient.shape, array.shape, axes))
    if gradient.dtype.kind == "f" and gradient.shape == array.shape[::-1]:
        return Mistake(
            "transposed", f"of shape {gradient.shape} instead of {array.shape}: transposed"
        )
    if gradient.shape == () and gradient.dtype == object and gradient.item() is None:
        text = (
            "backward leaves no gradient: it must return dx, or leave it in dinputs or dx; a whole "
            "network, which needs no dx, is checked with its targets and its loss"
        )
        return Mistake("returns_nothing", text)
    if gradient.dtype == object:
        return Mistake("wrong_shape", "backward doesn't return an array of numbers; return dx")
    is_number = gradient.dtype.kind in "fiu"
    why = why_of_shape(gradient.shape, array.shape, n, others or {}) if is_number else ""
    return Mistake(
        "wrong_shape",
        f"expected an array of floats of shape {array.shape}, received {gradient.dtype} of shape "
        f"{gradient.shape}{why}",
    )


def axes_left(found: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes over which the gradient of an array of a shape isn't summed, if any."""
    if len(found) != len(shape):
        return ()
    axes = tuple(k for k, (a, b) in enumerate(zip(found, shape, strict=True)) if a != b)
    return axes if all(shape[k] == 1 for k in axes) else ()


def not_summed_text(found: tuple[int, ...], shape: tuple[int, ...], axes: tuple[int, ...]) -> str:
    """Describe the gradient of an array of length 1 along some axes that is longer there."""
    words, axis = f"axes {' and '.join(map(str, axes))}", str(axes)
    if len(axes) == 1:
        words, axis = f"axis {axes[0]}", str(axes[0])
    text = (
        f"of shape {found} instead of {shape}: not summed along {words}: .sum(axis={axis}, "
        f"keepdims=True)"
    )
    is_column = len(shape) == 2 and axes == (1,)
    if is_column:
        text += (
            "; or arrays of shapes (N, 1) and (N,) are broadcast, or a product with a matrix is "
            "missing, such as @ W.T"
        )
    return text


def why_of_shape(
    found: tuple[int, ...], shape: tuple[int, ...], n: int, others: Mapping[str, np.ndarray]
) -> str:
    """Say how a gradient may have got another shape."""
    along = {(n,), (n, 1), (1, n)}
    same = [name for name, other in others.items() if other.shape == found]
    if found == shape:
        return ""
    if found == ():
        return ": summed over everything; give sum an axis, that of the examples"
    if same:
        return (
            f", which is that of {same[0]}, as when gradients are returned in another order; that "
            f"of the input comes first"
        )
    if np.prod(found) == np.prod(shape):
        return f": the same number of entries, .reshape{shape}"
    if shape and shape[0] != n:  # no input's
        for axes in combinations(range(len(found)), max(0, len(found) - len(shape))):
            if tuple(size for k, size in enumerate(found) if k not in axes) == shape:
                return f": it is summed over too few axes, .sum(axis={axes})"
    if found == (n, n) and shape in along:
        return ": arrays of shapes (N, 1) and (N,) are broadcast; bring both to one shape"
    if found in along or (len(found) == len(shape) == 2 and found[0] == shape[1] == 1):
        return ": summed along the wrong axis; the sum goes over the examples"
    return ""


DELIBERATE = ("bounded_value", "epsilon_alone")  # kinds that correct code has
PATTERNS: tuple[Callable[[Evidence], str | None], ...] = (
    *(patterns.not_finite, patterns.all_zero, costs.bounded_value, patterns.wrong_at_kinks),
    *(patterns.single_precision, patterns.whole_numbers),
    *(patterns.penalty_added, costs.epsilon_alone, patterns.nearly_right),
    *(patterns.upstream_ignored, patterns.accumulated, patterns.wrong_sign, patterns.batch_size),
    *(patterns.swapped_pair, patterns.constant_factor),
    *(patterns.last_of_repeated, patterns.not_summed, patterns.summed_over_other_axes),
    *(patterns.summed_over_outputs, couplings.raw_input, patterns.factor_too_many),
    *(costs.target_missing, costs.whole_columns, costs.target_scaled),
    *(costs.cost_softmax_axis, costs.shortcut_counted, couplings.softmax_axis),
    *(couplings.diagonal_jacobian, couplings.examples_coupled, patterns.transposed),
    *(slopes.a_derivative, slopes.mask_missing),
    *(patterns.only_first_or_last, slopes.wrong_mask),
    *(patterns.dy_twice, slopes.slope_of_wrong_array, slopes.slope_at_output),
    *(patterns.gradient_is_dy, slopes.slope_of_other_function),
    *(slopes.slope_inverted, slopes.wrong_on_one_side),
    *(couplings.softmax_term, couplings.norm_term, slopes.slope_factor),
    steps.wrong_operation,
    *(slopes.mask_missing_inside, patterns.wrong_axis),
    *(couplings.norm_path_missing, couplings.norm_paths_wrong, costs.other_cost),
    *(patterns.position_alone, patterns.constant_term, patterns.unused),
    *(patterns.parameter_ignored, patterns.stale_parameter, patterns.shifted, patterns.swapped),
    *(patterns.flipped_kernel, patterns.right_in_part, patterns.misplaced),
    patterns.multiple_of_dy,
)


@known_keywords
def name_mistake(evidence: Evidence) -> Mistake:
    """Return the first pattern that matches the evidence, or the kind 'unknown'."""
    check_instance(evidence, Evidence, "evidence")
    with np.errstate(all="ignore"):
        for pattern in PATTERNS:
            text = pattern(evidence)
            if text is not None:
                return Mistake(pattern.__name__, text)
    text = "I don't know this mistake: the numbers fit no pattern"
    return Mistake("unknown", text + what_is_right(evidence))


def what_is_right(e: Evidence) -> str:
    """List the wrong entries if at least a quarter of all entries is correct."""
    wrong, moving = e.known & ~e.right, e.known & (e.numeric != 0)
    right = int((e.right & moving).sum())
    if not right or 4 * right < moving.sum():
        return ""
    return f"; {e.right.sum()} of {e.known.sum()} entries are right, not those {listed(wrong)}"
