"""Patterns of wrong gradients in general: signs, factors, sums, axes and missing terms.

Each pattern is a function of the evidence. It returns a sentence if the numbers match its mistake,
and None otherwise. Patterns use numbers only, never the source code.
"""

from itertools import combinations

import numpy as np

from tinynet._internal.checks import as_floats
from tinynet._internal.names import known_keywords
from tinynet.gradcheck.evidence import (
    ALIKE,
    Evidence,
    alike,
    factor_between,
    is_flat,
    is_single,
    listed,
)

FEW = 4  # a batch whose size other factors may have as well
FAINT = 1e-8  # a term smaller than this beside the gradient is rounding
EXACT = 1e-9  # a relative error that float32 exceeds
FEW_SIGNS = 6  # so many fit by chance


def not_finite(e: Evidence) -> str | None:
    """NaN or infinity."""
    return None if np.isfinite(e.analytic).all() else not_finite_text(e.analytic)


def all_zero(e: Evidence) -> str | None:
    """A gradient of zeros."""
    if e.analytic.any():
        return None
    return "all zero: backward doesn't fill it in, or what it multiplies by is zero throughout"


def wrong_at_kinks(e: Evidence) -> str | None:
    """Correct where there is one slope, but outside the range of slopes at a kink."""
    off, size = np.abs(e.difference[e.known]), np.abs(e.numeric[e.known])
    largest = size.max(initial=0)  # an entry far below it has a rounding error of its own size
    allowed = EXACT * np.minimum(largest, 1e3 * size + 1e-3 * largest)
    if e.known.all() or not off.size or (off > allowed).any():
        return None
    return (
        "right except at kinks, such as 0 for ReLU: at a kink, any slope between the one on its "
        "left and the one on its right is correct, and backward's lies outside that range"
    )


def single_precision(e: Evidence) -> str | None:
    """Correct to seven digits only."""
    rough = e.is_near(e.quick) and not alike(e.quick, e.numeric)
    if rough or (e.is_near(e.numeric) and (is_single(e.analytic) or is_single(e.y))):
        return (
            "right in float32 precision only: something is computed in float32, or cast to it, "
            "although parameters and input are float64"
        )
    return None


def whole_numbers(e: Evidence) -> str | None:
    """Fractions are cut off."""
    if not any(e.is_rather(cut(e.numeric)) for cut in (np.trunc, np.rint, np.floor)):
        return None
    if np.abs(e.numeric).max() < 1 and factor_between(e.analytic, e.numeric):
        return None  # equal fractions, such as -1/15, which a factor makes -1
    return "right but for the fractions, which are cut off, as by an array of integers, or by //"


def nearly_right(e: Evidence) -> str | None:
    """Off by a small term, too small for any other pattern."""
    if not e.is_near(e.numeric):
        return None
    return "right to three digits or more, not to the last: I don't know which small term is off"


def accumulated(e: Evidence) -> str | None:
    """The gradient of an earlier call is added."""
    if e.fresh is not None and e.looks_like(e.fresh()):
        return None  # then no earlier call has to do with it
    if e.looks_like(e.numeric + e.earlier):
        return (
            "the right gradient plus that of an earlier call: backward adds to the array (+=) "
            "where it should overwrite it ([...] =)"
        )
    if e.looks_like(e.earlier):
        return "the gradient of an earlier call: backward works on what an earlier forward kept"
    return None


def wrong_sign(e: Evidence) -> str | None:
    """A wrong sign."""
    if e.looks_like(-e.numeric):
        return "the wrong sign: it is the right gradient times -1"
    return None


def batch_size(e: Evidence) -> str | None:
    """A factor of the batch size."""
    n, rows = e.batch_size, e.known.sum()
    if n == 1 or rows == 0:
        return None
    if e.looks_like(n * e.numeric) and not e.entrywise:  # no mean is taken there
        if is_chance(e, 1):
            return None
        return f"{n} times too large: a mean over the batch is missing (the batch size is {n})"
    if e.looks_like(e.numeric / n):
        if is_chance(e, -1):
            return None
        return (
            f"{n} times too small: divided by the batch size, {n}, once too often; the only 1/N "
            f"belongs in the loss"
        )
    return None


def is_chance(e: Evidence, power: int) -> bool:
    """Whether a factor may equal a small batch size by chance: in another batch, it doesn't."""
    if e.elsewhere is None or e.batch_size > FEW:
        return False
    other = e.elsewhere()
    return other is None or not np.isclose(other[1], float(other[0]) ** power)


def constant_factor(e: Evidence) -> str | None:
    """A constant factor."""
    factor = factor_between(np.where(e.known, e.analytic, np.nan), e.numeric)
    if factor is None:
        return None
    if e.named_operation:
        return e.named_operation
    for name, array in e.in_reach().items() if e.in_reach else ():
        for size, axis in zip(array.shape, ("rows", "columns")[: array.ndim], strict=True):
            if size > 2 and np.isclose(factor, [size, 1 / size]).any():
                return f"{factor:.4g} times the right gradient; {name} has {size} {axis}"
    columns, summed = "columns of the input", e.y.size // max(1, e.analytic.size)
    is_sum = not e.is_input and e.y.size == summed * e.analytic.size
    whole = "the number of the outputs of all examples and positions, over which it is a sum"
    if np.count_nonzero(e.numeric[e.known]) < 2:
        if is_sum and summed > FEW and np.isclose(factor, 1 / summed):
            return f"{factor:.4g} times the right gradient; {summed} is {whole}"
        return None
    if e.x.ndim == e.y.ndim == 2 and e.x.shape[1] == e.y.shape[1] and len(e.x) != len(e.y):
        columns += ", the examples in code that keeps each in a column"
    counts = [(n, f"the length of axis {k} of the output") for k, n in enumerate(e.y.shape[:-1])]
    counts = counts[1:] if is_sum else []  # positions, such as those of a kernel
    widths = [(e.x.shape[-1:], columns), (e.y.shape[-1:], "outputs")]
    counts += [(shape[0], f"the number of {what}") for shape, what in widths if shape]
    entries = "the number of all entries of the input, over which a mean is taken"
    counts += [(e.x.size, entries), (summed if is_sum and e.y.ndim > 2 else 1, whole)]
    for count, what in counts:
        if count > 2 and np.isclose(factor, [count, 1 / count]).any():  # 2 is that of a square
            return f"{factor:.4g} times the right gradient; {count} is {what}"
    return f"{factor:.4g} times the right gradient, everywhere: a constant factor is wrong"


def transposed(e: Evidence) -> str | None:
    """A transposed gradient, or a transposed matrix."""
    advice = "check which factor of the matrix product needs .T"
    turned = e.numeric.T.reshape(e.numeric.shape)
    if e.analytic.ndim == 2 and min(e.analytic.shape) > 1 and e.looks_like(turned):
        return f"transposed: {advice}"
    if e.jacobian is None or e.analytic.shape != e.y.shape or not e.is_row_by_row:
        return None
    rows = np.arange(e.batch_size)
    own = e.jacobian[rows, :, rows, :]  # (N, inputs, outputs), each example's own
    if e.looks_like(np.einsum("nio,ni->no", own, e.dy)):
        return (
            f"made with the transposed matrix, which fits only because it is square, "
            f"{own.shape[1]} by {own.shape[2]}: {advice}"
        )
    return None


def upstream_ignored(e: Evidence) -> str | None:
    """The derivative of the layer, not multiplied by dy."""
    if e.jacobian is None or e.y.size == 1:
        return None
    if e.looks_like(e.with_dy(1.0)):
        return "dy isn't used: this is the gradient for a dy of ones; multiply by dy"
    return None


def not_summed(e: Evidence) -> str | None:
    """A sum over the batch that is missing, incomplete or along the wrong axis."""
    parts = e.by_example
    if parts is None:
        return None
    if parts.ndim == 2 and len(parts) == len(parts[0]) and e.looks_like(parts.sum(axis=1)):
        return (
            "summed over the outputs, axis=1, where it should be summed over the examples, axis=0; "
            f"it fits only because there are {len(parts)} of both"
        )
    for k, some in enumerate(np.cumsum(parts, axis=0)[1:-1], start=2):
        if e.looks_like(some):
            return (
                f"not summed over the batch: only the first {k} of {e.batch_size} examples count; "
                f"the batch size is hard-coded"
            )
    for k, part in enumerate(parts):
        if e.looks_like(part):
            return (
                f"not summed over the batch: only example {k} of {e.batch_size} counts; all share "
                f"the parameter, so their gradients add: .sum(axis=0)"
            )
    return None


def axes_summed(terms: np.ndarray, total: np.ndarray) -> tuple[int, ...] | None:
    """Return the axes over which the sum of some terms is the total."""
    for count in range(1, terms.ndim):
        for axes in combinations(range(terms.ndim), count):
            found = terms.sum(axis=axes)
            if found.size == total.size and alike(found, total.reshape(found.shape)):
                return axes
    return None


def summed_over_other_axes(e: Evidence) -> str | None:
    """The gradient of a shift, or of a scale of x, summed over the wrong axes."""
    if e.is_input or e.dy.ndim < 3:
        return None
    for terms in (e.dy, e.dy * e.x if e.x.shape == e.dy.shape else e.dy):
        right, wrong = axes_summed(terms, e.numeric), axes_summed(terms, e.analytic)
        if right and wrong:
            return f"summed over the axes {wrong} of the outputs, where {right} is right"
    return None


def position_alone(e: Evidence) -> str | None:
    """A sum over positions, such as those of a kernel, of which one alone counts."""
    if e.is_input or e.jacobian is None or e.y.ndim < 2 or e.y.size == 1:
        return None
    own = e.analytic.ndim
    parts = e.jacobian * e.dy
    for axes in ((1,), (2,), (1, 2), (2, 3)):
        if axes[-1] >= e.y.ndim or min(e.y.shape[axis] for axis in axes) < 2:
            continue
        for place, index in (("first", 0), ("last", -1)):
            one = parts
            for axis in reversed(axes):
                one = one.take(index, axis=own + axis)
            if e.is_rather(one.reshape(*e.analytic.shape, -1).sum(axis=-1)):
                listed = " and ".join(map(str, axes))
                return (
                    f"only the {place} position along axis {listed} of the outputs counts: what "
                    f"comes back from all positions is added, +="
                )
    return None


def summed_over_outputs(e: Evidence) -> str | None:
    """The same sum in every entry."""
    total = np.full(e.numeric.shape, e.numeric.sum())  # NaN unless all are known
    if e.analytic.size == 1 or not e.looks_like(total) or alike(np.abs(e.numeric), np.abs(total)):
        return None  # a sum of ones and minus ones may be one of them
    return (
        "every entry is the sum of all the right ones: it was summed over the outputs as well as "
        "over the batch; give sum an axis=0"
    )


def ratios(e: Evidence) -> np.ndarray | None:
    """Return the factor of each entry of a matrix of inputs, if all are known and none is 0."""
    if not e.is_input or e.analytic.ndim != 2 or min(e.analytic.shape) < 2:
        return None
    if not (e.known.all() and e.numeric.all() and e.analytic.all()):
        return None
    return np.asarray(e.analytic / e.numeric)


def wrong_axis(e: Evidence) -> str | None:
    """Wrong factors for rows or columns."""
    ratio = ratios(e)
    if ratio is None:
        return None
    if alike(ratio, np.broadcast_to(ratio[:1], ratio.shape)):
        return (
            "right up to a factor for each column: a factor of the columns, such as a scale or a "
            "deviation, is missing or one too many"
        )
    if len(e.x) != e.batch_size or e.may_be_bounded:
        return None
    if not alike(ratio * ratio[0, 0], np.outer(ratio[:, 0], ratio[0])):
        return None
    if alike(ratio, np.broadcast_to(ratio[:, :1], ratio.shape)):
        if alike(np.abs(ratio), np.ones(ratio.shape)):
            rows = ", ".join(str(int(k)) for k in np.flatnonzero(ratio[:, 0] < 0))
            return f"the wrong sign in some rows, and right in the others: those at {rows}"
        return (
            "right up to a factor for each row: a factor of the rows, such as an example's weight, "
            "a unit's slope or a deviation, is wrong, missing or one too many"
        )
    return (
        "right up to a factor that changes from column to column: a weight was applied by column, "
        "where it belongs to each example's row"
    )


def penalty_added(e: Evidence) -> str | None:
    """A penalty that is in the gradient or in the value only."""
    if e.array is None or not e.array.any() or not e.known.any() or e.is_of_errors:
        return None
    targets = () if e.targets is None else (e.targets,)
    labels = (*targets, *(() if e.one_hot is None else (e.one_hot, 2 * e.one_hot - 1)))
    off = e.difference
    if np.nanmax(np.abs(off)) < FAINT * e.scale:
        return None
    name = "x itself" if e.in_reach else "the input" if e.is_input else "the parameter"
    part = np.abs(off) > ALIKE * np.nanmax(np.abs(off))  # a bias is often left out
    is_first = part.size > 2 and bool(part.flat[0]) and part.sum() == 1 and e.known.all()
    share = off.flat[0] / e.array.flat[0]
    if e.in_reach and is_first and e.analytic.flat[0] and is_first_penalised(e, share):
        return (
            f"right but for the first entry, which is off by {share:.4g} times itself, as where a "
            f"bias is penalised in the gradient or in the value alone"
        )
    for term, what in ((e.array, name), (np.sign(e.array), f"{name}'s sign")):
        factor = factor_between(off, term * part)
        if factor is None or np.count_nonzero(e.known & part) <= 2 or is_flat(term):
            continue
        if factor_between(e.numeric, term) is not None:
            continue  # then it is a factor that is wrong
        if term is not e.array and e.targets is not None:
            continue  # the sign of a prediction may be that of its error
        where = "" if part[e.known].all() else f" {listed(part & e.known)}, and right elsewhere"
        if any(factor_between(e.analytic * part, t * part) is not None for t in labels):
            continue  # an error without the prediction, as of a squared hinge
        if term is not e.array and where and np.count_nonzero(e.known & part) <= FEW_SIGNS:
            continue  # signs fit by chance
        if e.named_operation:
            return e.named_operation
        if factor > 0:
            return (
                f"the right gradient plus {factor:.4g} times {what}{where}: a penalty (weight "
                f"decay) is in the gradient, but not in the value, or with a larger factor"
            )
        return (
            f"the right gradient less {-factor:.4g} times {what}{where}: the derivative of a "
            f"penalty in the value is missing, too small or subtracted; that of c * w**2 is "
            f"2 * c * w"
        )
    return None


def is_first_penalised(e: Evidence, share: float) -> bool:
    """Whether the first entry is off by a share of itself, the same at another input."""
    if not abs(share) < 1 or e.error_at is None:
        return False
    other = e.x * 1.25
    off = e.error_at(other)
    return off is not None and bool(np.isclose(off.flat[0], share * other.flat[0], rtol=1e-3))


def gradient_is_dy(e: Evidence) -> str | None:
    """The derivative of the layer is missing."""
    if not (e.is_like_dy and e.looks_like(e.dy)):
        return None
    what = "the layer's own derivative is forgotten; multiply dy by its slope"
    return f"dx is dy itself: {e.named_operation or what}"


def multiple_of_dy(e: Evidence) -> str | None:
    """The derivative of the layer is missing, and there is a number in its place."""
    factor = factor_between(e.analytic, e.dy) if e.is_like_dy and e.known.sum() > 2 else None
    if factor is None:
        return None
    return (
        f"dx is dy times {factor:.4g} everywhere: the layer's own derivative, such as its mask or "
        f"its slope, is forgotten"
    )


def factor_too_many(e: Evidence) -> str | None:
    """A factor that is the parameter itself, the input, or another parameter."""
    own = None if e.is_input or e.array is None or is_flat(e.array) else e.array
    if own is not None and own.size > 1 and e.looks_like(e.numeric * own):
        summed = e.dy.sum(axis=tuple(range(e.dy.ndim - 1)))
        if e.dy.ndim > 1 and summed.shape == own.shape and e.looks_like(summed * own):
            return (
                "the right gradient times the parameter itself, which is added, not multiplied: "
                "its derivative is 1"
            )
        return "the right gradient times the parameter itself, which doesn't belong to it"
    if e.is_input and e.y.size > 1 and not is_flat(e.x) and e.looks_like(e.numeric * e.x):
        return "the right gradient times x, which doesn't belong to it"
    for name, value in e.parameters.items():
        if value is e.array or value.shape != e.analytic.shape or is_flat(value):
            continue
        if e.looks_like(e.numeric * value):
            return f"the right gradient times {name}, which doesn't belong to it"
    return None


def dy_twice(e: Evidence) -> str | None:
    """Multiplied by dy twice."""
    if e.jacobian is None or e.y.size == 1:
        return None
    if e.looks_like(e.with_dy(e.dy**2)):
        return "dy is used twice: this is the gradient for a dy of dy**2; multiply by dy once"
    return None


def last_of_repeated(e: Evidence) -> str | None:
    """Repeated indices that are counted once, as in ``d[indices] += dy``."""
    indices, table = e.x, e.array
    if (
        e.is_input
        or table is None
        or table.ndim < 1
        or e.y.shape != (*indices.shape, *table.shape[1:])
    ):
        return None
    whole = indices.astype(int)
    if (whole != indices).any() or whole.min() < 0 or whole.max() >= len(table):
        return None
    last = np.zeros(table.shape)
    last[whole] = e.dy
    if e.looks_like(last):
        return (
            "of an index that occurs several times only the last occurrence counts: d[indices] += "
            "dy adds once for each index; use np.add.at(d, indices, dy)"
        )
    return None


def flipped_kernel(e: Evidence) -> str | None:
    """A flipped convolution kernel, or units in the wrong order."""
    if not e.is_input and e.analytic.ndim >= 1 and e.analytic.size > 2:
        axes = tuple(range(max(0, e.analytic.ndim - 2), e.analytic.ndim))
        for where, turned in (
            ("last axis", np.flip(e.numeric, axes[-1])),
            ("last two axes", np.flip(e.numeric, axes)),
        ):
            if e.is_rather(turned):
                return (
                    f"the right numbers in reverse order along the {where}: a flipped kernel, "
                    f"or units in the wrong order"
                )
    if e.is_input and e.gradient_with is not None:
        for name, value in e.parameters.items():
            if value.ndim == 0 or value.size < 2:
                continue
            axes = tuple(range(max(0, value.ndim - 2), value.ndim))
            for kernel in (np.flip(value, axes), np.flip(value, axes[-1])):
                if e.is_rather(e.gradient_with(name, kernel)):
                    return (
                        f"the gradient that belongs to {name} in reverse order: a kernel is "
                        f"flipped where it shouldn't be, or isn't flipped where it should be, or "
                        f"the units are in the wrong order"
                    )
    return None


def unused(e: Evidence) -> str | None:
    """A parameter that doesn't move the output."""
    if e.is_input or not e.known.all() or e.numeric.any():
        return None
    return "the output doesn't depend on it: forward doesn't use it, or works with a copy of it"


def stale_parameter(e: Evidence) -> str | None:
    """Correct for the value that a parameter had before it was moved."""
    if e.gradient_with is None:
        return None
    for name, value in e.earlier_parameters.items():
        if e.is_rather(e.gradient_with(name, value)):
            return (
                f"made with an earlier value of {name}: a copy of it, such as its transpose or the "
                f"cache of the first call, was kept from before it changed"
            )
    return None


def parameter_ignored(e: Evidence) -> str | None:
    """Correct if a parameter were 1 or 0."""
    if e.gradient_with is None:
        return None
    for name, value in e.parameters.items():
        for number in (1.0, 0.0):
            if value is e.array or (value == number).all():
                continue
            if e.is_rather(e.gradient_with(name, np.full(value.shape, number))):
                return f"{name} is forgotten: this would be right if {name} were {number:g}"
    return None


def shifted(e: Evidence) -> str | None:
    """Correct values that are shifted by one."""
    axes = [axis for axis in range(e.analytic.ndim) if e.analytic.shape[axis] > 2]
    if not e.known.all() or not axes:
        return None
    for chosen in (axes[-2:], axes[-1:], axes[-2:-1]):
        ahead, behind = [slice(None)] * e.analytic.ndim, [slice(None)] * e.analytic.ndim
        for axis in chosen:
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        for here, there in ((ahead, behind), (behind, ahead)):
            a, n = e.analytic[tuple(here)], e.numeric[tuple(there)]
            if chosen and n.std() > 0 and n.size > 3 and alike(a, n):
                listed = " and ".join(map(str, chosen))
                return (
                    f"the right numbers, shifted by one along axis {listed}: an index, or what is "
                    f"cut off a padded array, is off by one"
                )
    return None


def swapped_pair(e: Evidence) -> str | None:
    """Two gradients of one shape, each in the other's place."""
    if e.gradient_by is None:
        return None
    for name, other in e.gradients.items():
        if other is e.analytic or other.shape != e.analytic.shape or alike(other, e.analytic):
            continue
        if alike(other, e.numeric) and e.is_rather(e.gradient_by(name)):
            return (
                f"this is the gradient of {name}, and that of {name} is this one's: the two are "
                f"swapped"
            )
    return None


def swapped(e: Evidence) -> str | None:
    """The gradient of another array of the same shape."""
    if e.gradient_by is None:
        return None
    for name, value in e.parameters.items():
        if value is e.array or value.shape != e.analytic.shape:
            continue
        if e.is_rather(e.gradient_by(name)):
            return (
                f"this is the gradient of {name}: the gradients are in the wrong order, or a "
                f"factor is missing"
            )
    return None


def constant_term(e: Evidence) -> str | None:
    """An error that is the same in every entry."""
    off = e.difference[e.known]
    if off.size < 3 or not alike(off, np.full(off.shape, off.mean())):
        return None
    return (
        f"the right gradient {'plus' if off[0] > 0 else 'less'} {abs(off[0]):.4g}, the same number "
        f"everywhere: a constant, the derivative of a linear term, is missing or one too many"
    )


def misplaced(e: Evidence) -> str | None:
    """Correct values at the wrong entries, as with a maximum."""
    if not e.known.all() or e.analytic.size < 4:
        return None
    is_maximum = e.is_input and 2 * np.count_nonzero(e.numeric) <= e.numeric.size
    for axis in range(e.analytic.ndim) if is_maximum else ():
        if alike(np.sort(e.analytic, axis=axis), np.sort(e.numeric, axis=axis)):
            return (
                f"the right numbers in the wrong places along axis {axis}: the gradient of a "
                f"maximum belongs to the entry that is the largest"
            )
    if 2 * len(np.unique(e.numeric.round(9))) < e.numeric.size:
        return None  # the same few numbers may be anywhere
    if alike(np.sort(e.analytic, axis=None), np.sort(e.numeric, axis=None)):
        return (
            "the right numbers in another order: parts are put together in another order, or "
            "arrays are reshaped or flattened in another one than in forward"
        )
    return None


def only_first_or_last(e: Evidence) -> str | None:
    """Slices of the gradient that are left at zero."""
    if not e.known.all() or e.analytic.ndim == 0 or not e.analytic.any():
        return None
    missing = (e.analytic == 0) & (e.numeric != 0)
    if not missing.any() or not (e.right | missing).all():
        return None
    for axis in range(e.analytic.ndim):
        others = tuple(k for k in range(e.analytic.ndim) if k != axis)
        slices = missing.all(axis=others)
        at_an_edge = np.count_nonzero(np.diff(slices)) == 1
        if not (at_an_edge or missing.size > len(slices)):
            continue  # single entries may be zero for any reason
        if slices.any() and not slices.all() and (missing.any(axis=others) == slices).all():
            places = ", ".join(str(int(k)) for k in np.flatnonzero(slices)[:4])
            return (
                f"zero at {places} of axis {axis} and right elsewhere: these entries are left out"
            )
    return None


def right_in_part(e: Evidence) -> str | None:
    """Right in some entries, and the same factor of the right gradient in the others."""
    moving = e.known & (e.numeric != 0)
    wrong = moving & ~e.right
    others = e.known & (e.numeric == 0) & (e.analytic != 0)
    if others.any() or min(np.count_nonzero(wrong), np.count_nonzero(moving & e.right)) < 2:
        return None
    ratio = (e.analytic / e.numeric)[wrong]
    if not (np.abs(ratio - ratio[0]) <= ALIKE * max(1.0, abs(float(ratio[0])))).all():
        return None
    places = where(e, wrong, moving)
    if np.isclose(ratio[0], 0):
        return f"right, or left at 0 where the output moves as well{places}"
    if np.isclose(ratio[0], -1):
        lost = ": its sign is lost" if (e.analytic[moving] > 0).all() else ""
        return f"right but for the sign, which is wrong in some entries{places}{lost}"
    return f"right in some entries, and {ratio[0]:.4g} times the right gradient in others{places}"


def where(e: Evidence, wrong: np.ndarray, moving: np.ndarray) -> str:
    """Describe the places of wrong entries, if they are those of a simple condition."""
    conditions: list[tuple[str, np.ndarray]] = []
    if e.x.shape == wrong.shape:
        conditions += [("x > 0", e.x > 0), ("x < 0", e.x < 0)]
    if e.dy.shape == wrong.shape and e.y.size > 1:
        conditions += [("dy > 0", e.dy > 0), ("dy < 0", e.dy < 0)]
    if e.targets is not None and e.targets.shape == wrong.shape:
        error = e.x - e.targets
        size = np.abs(error)
        smallest, largest = size[wrong].min(), size[wrong].max()
        conditions += [("y > t", error > 0), ("y < t", error < 0)]
        conditions += [(f"abs(y - t) is at most {largest:.3g}", size <= largest)]
        conditions += [(f"abs(y - t) is at least {smallest:.3g}", size >= smallest)]
    for words, holds in conditions:
        if (holds[moving] == wrong[moving]).all():
            return f": those where {words}"
    return ""


@known_keywords
def not_finite_text(array: np.ndarray) -> str:
    """Describe entries that aren't finite."""
    wrong = ~np.isfinite(as_floats(array, "array"))
    place = np.argwhere(wrong)[:1].ravel().tolist()
    return (
        f"{wrong.sum()} of {wrong.size} entries aren't finite, the first at {place}. Look for 0/0, "
        f"the logarithm of 0, an exp that overflows or that leaves only zeros to divide by"
    )
