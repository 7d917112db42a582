"""From numbers to the mistake that makes them: the patterns, in the order in which they are asked.

Each pattern is a function of the `Evidence` that a gradient check has gathered. It returns a
sentence where the numbers are those that its mistake makes, and None elsewhere. `name_mistake` asks
them in order and believes the first. Read `tinynet.gradcheck.patterns` for what any gradient may
show, ``slopes`` for functions of one number, ``couplings`` for softmax and norms, and ``costs`` for
losses.
"""

from collections.abc import Callable

import numpy as np

from tinynet._internal.checks import check_count, check_instance
from tinynet._internal.names import known_keywords
from tinynet.gradcheck import costs, couplings, patterns, slopes
from tinynet.gradcheck.evidence import Evidence, Mistake
from tinynet.gradcheck.patterns import not_finite_text

__all__ = ["PATTERNS", "Evidence", "Mistake", "name_mistake", "not_finite_text", "wrong_shape"]


@known_keywords
def wrong_shape(gradient: np.ndarray, array: np.ndarray, n: int) -> Mistake | None:
    """Say what is wrong with a gradient that doesn't have its array's shape, or isn't numbers."""
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
    if gradient.dtype.kind == "f" and gradient.shape == array.shape[::-1]:
        return Mistake(
            "transposed", f"of shape {gradient.shape} instead of {array.shape}: transposed"
        )
    if gradient.shape == () and gradient.dtype == object and gradient.item() is None:
        text = "backward leaves no gradient: it must return dx, or leave it in dinputs or dx"
        return Mistake("returns_nothing", text)
    if gradient.dtype == object:
        return Mistake("wrong_shape", "backward doesn't return an array of numbers; return dx")
    return Mistake(
        "wrong_shape",
        f"expected an array of floats of shape {array.shape}, received {gradient.dtype} of shape "
        f"{gradient.shape}",
    )


PATTERNS: tuple[Callable[[Evidence], str | None], ...] = (
    *(patterns.not_finite, patterns.all_zero, patterns.single_precision, patterns.penalty_added),
    *(patterns.nearly_right, patterns.upstream_ignored, patterns.accumulated),
    *(patterns.wrong_sign, patterns.batch_size),
    *(patterns.constant_factor, patterns.not_summed, patterns.summed_over_outputs),
    *(patterns.last_of_repeated, couplings.raw_input, patterns.times_parameter),
    *(costs.target_missing, costs.cost_softmax_axis, costs.shortcut_counted),
    *(couplings.mean_path_missing, couplings.variance_path_missing, couplings.softmax_axis),
    *(couplings.examples_coupled, patterns.transposed, patterns.parameter_forgotten),
    *(slopes.mask_missing, slopes.mask_missing_inside, slopes.wrong_mask),
    *(patterns.dy_twice, slopes.slope_of_wrong_array, slopes.slope_at_output),
    *(patterns.gradient_is_dy, patterns.skip_forgotten, slopes.slope_of_other_function),
    *(slopes.slope_inverted, slopes.wrong_on_one_side, slopes.flat_where_it_moves),
    *(couplings.diagonal_jacobian, patterns.wrong_axis, couplings.coupling_ignored),
    *(patterns.flipped_kernel, patterns.only_first_or_last),
)


@known_keywords
def name_mistake(evidence: Evidence) -> Mistake:
    """Return the first pattern that the evidence shows, or say that it is none of them."""
    check_instance(evidence, Evidence, "evidence")
    with np.errstate(all="ignore"):
        for pattern in PATTERNS:
            text = pattern(evidence)
            if text is not None:
                return Mistake(pattern.__name__, text)
    return Mistake("unknown", "I don't know this mistake: the numbers fit no pattern")
