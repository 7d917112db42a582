"""What a wrong gradient looks like: from numbers to the mistake that makes them.

Each pattern below is a function of the evidence that a gradient check has gathered: the gradient
that came out of ``backward``, the right one, and how every output moves with every entry. It
returns a sentence where the numbers are those that its mistake makes, and None elsewhere. None of
them looks at the code. `name_mistake` asks them in order and believes the first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ALIKE = 1e-5  # arrays whose entries differ by less, relative to the largest, show the same pattern
NEAR = 1e-3  # gradients that differ by less may well be the same but for float32


@dataclass(frozen=True)
class Mistake:
    """A mistake that was recognised.

    Attributes
    ----------
    kind : str
        One word for it, to test for.
    text : str
        A sentence about it.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """What is known about one wrong gradient; patterns are looked for in this and nothing else.

    Attributes
    ----------
    analytic : numpy.ndarray
        What backward returned or filled in.
    numeric : numpy.ndarray, of the same shape
        The right gradient from function values, NaN at kinks and where it wasn't worked out.
    quick : numpy.ndarray, of the same shape
        The same from two long steps alone: less exact, but not to be misled by rough outputs.
    earlier : numpy.ndarray, of the same shape
        What backward gave in a call before, with another input and another dy.
    batch_size : int
        N.
    x : numpy.ndarray
        The input.
    y : numpy.ndarray
        The outputs; a loss and a whole model under a loss have a single one.
    dy : numpy.ndarray, of y's shape
        The derivative by y that backward was given.
    jacobian : numpy.ndarray, shape (*analytic.shape, *y.shape), optional
        The derivative of each output by each entry, from function values; None if it is too large.
    one_hot : numpy.ndarray, shape (N, K), optional
        A loss's targets.
    """

    analytic: np.ndarray
    numeric: np.ndarray
    quick: np.ndarray
    earlier: np.ndarray
    batch_size: int
    x: np.ndarray
    y: np.ndarray
    dy: np.ndarray
    jacobian: np.ndarray | None = None
    one_hot: np.ndarray | None = None

    @property
    def known(self) -> np.ndarray:
        """Where the right gradient is known."""
        known: np.ndarray = np.isfinite(self.numeric)
        return known

    def is_near(self, gradient: np.ndarray) -> bool:
        """Whether the analytic gradient agrees with another one to three digits."""
        scale = np.abs(gradient[self.known]).max(initial=0)
        return bool((np.abs(self.analytic - gradient)[self.known] <= NEAR * scale).all())

    def looks_like(self, candidate: np.ndarray) -> bool:
        """Whether the analytic gradient is `candidate`, wherever that is known."""
        return alike(np.where(self.known, self.analytic, np.nan), candidate)

    @property
    def entrywise(self) -> bool:
        """Whether this is the gradient of an input whose every entry moves its own output alone."""
        if self.jacobian is None or self.analytic.shape != self.y.shape:
            return False
        matrix = self.jacobian.reshape(self.y.size, self.y.size)
        return bool((matrix[~np.eye(self.y.size, dtype=bool)] == 0).all())

    @property
    def slopes(self) -> np.ndarray:
        """The derivative of each output by its own input: the diagonal of the Jacobian."""
        assert self.jacobian is not None
        matrix = self.jacobian.reshape(self.y.size, self.y.size)
        slopes: np.ndarray = matrix.diagonal().reshape(self.y.shape)
        return slopes

    @property
    def by_example(self) -> np.ndarray | None:
        """The part that each example has in a parameter's gradient, shape (N, *shape)."""
        shape, n = self.analytic.shape, self.batch_size
        if self.jacobian is None or self.y.ndim < 2 or len(self.y) != n or shape == self.x.shape:
            return None
        parts: np.ndarray = (self.jacobian * self.dy).reshape(*shape, n, -1).sum(axis=-1)
        return np.moveaxis(parts, -1, 0)


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are the same up to ALIKE, where both are known, and not just zero."""
    known = np.isfinite(a) & np.isfinite(b)
    scale = np.abs(b[known]).max(initial=0)
    return bool(scale > 0 and (np.abs(a - b)[known] <= ALIKE * scale).all())


# ------------------------------------------------------------------------------ the patterns


def not_finite(e: Evidence) -> str | None:
    """NaN or infinity."""
    return None if np.isfinite(e.analytic).all() else not_finite_text(e.analytic)


def all_zero(e: Evidence) -> str | None:
    """Nothing came back."""
    if e.analytic.any():
        return None
    return "all zero: backward doesn't fill it in, or what it multiplies by is zero throughout"


def single_precision(e: Evidence) -> str | None:
    """Right, but to seven digits only."""
    rough = e.is_near(e.quick) and not alike(e.quick, e.numeric)
    if rough or (e.is_near(e.numeric) and (is_single(e.analytic) or is_single(e.y))):
        return (
            "right in float32 precision only: something is computed in float32, or cast to it, "
            "although parameters and input are float64"
        )
    return None


def nearly_right(e: Evidence) -> str | None:
    """Off by a small term; no other pattern could be told apart from being right."""
    if not e.is_near(e.numeric):
        return None
    return "right to three digits or more, not to the last: I don't know which small term is off"


def accumulated(e: Evidence) -> str | None:
    """Added to what was there."""
    if e.looks_like(e.numeric + e.earlier):
        return (
            "the right gradient plus that of an earlier call: backward adds to the array (+=) "
            "where it should overwrite it ([...] =)"
        )
    if e.looks_like(e.earlier) and not alike(e.earlier, e.numeric):
        return "the gradient of an earlier call: backward works on what an earlier forward kept"
    return None


def wrong_sign(e: Evidence) -> str | None:
    """Uphill."""
    if e.looks_like(-e.numeric):
        return "the wrong sign: it is the right gradient times -1"
    return None


def batch_size(e: Evidence) -> str | None:
    """A mean too few or too many."""
    n, rows = e.batch_size, e.known.sum()
    if n == 1 or rows == 0:
        return None
    if e.looks_like(n * e.numeric):
        return f"{n} times too large: a mean over the batch is missing (the batch size is {n})"
    if e.looks_like(e.numeric / n):
        return (
            f"{n} times too small: divided by the batch size, {n}, once too often; the only 1/N "
            f"belongs in the loss"
        )
    return None


def constant_factor(e: Evidence) -> str | None:
    """The same factor everywhere."""
    a, n = e.analytic[e.known], e.numeric[e.known]
    if np.count_nonzero(n) < 2:
        return None
    factor = float(a @ n / (n @ n))
    if factor == 0 or not e.looks_like(factor * e.numeric):
        return None
    for count, what in ((e.x.shape[-1], "columns of the input"), (e.y.shape[-1], "outputs")):
        if count > 1 and np.isclose(factor, [count, 1 / count]).any():
            return f"{factor:.4g} times the right gradient; {count} is the number of {what}"
    return f"{factor:.4g} times the right gradient, everywhere: a constant factor is wrong"


def transposed(e: Evidence) -> str | None:
    """Rows for columns."""
    advice = "check which factor of the matrix product wants .T"
    turned = e.numeric.T.reshape(e.numeric.shape)
    if e.analytic.ndim == 2 and e.looks_like(turned):
        return f"transposed: {advice}"
    if e.jacobian is None or e.analytic.shape != e.y.shape or e.y.ndim != 2:
        return None
    rows = np.arange(e.batch_size)
    own = e.jacobian[rows, :, rows, :]  # (N, inputs, outputs), each example's own
    if e.looks_like(np.einsum("nio,ni->no", own, e.dy)):
        return (
            f"made with the transposed matrix, which fits only because it is square, "
            f"{own.shape[1]} by {own.shape[2]}: {advice}"
        )
    return None


def mask_missing(e: Evidence) -> str | None:
    """A gradient where nothing moves."""
    flat = e.known & (np.abs(e.numeric) <= ALIKE * np.nanmax(np.abs(e.numeric), initial=0))
    moving = e.known & ~flat
    if not moving.any() or not np.abs(e.analytic[flat]).any():
        return None
    right = np.where(moving, e.numeric, np.nan)
    if e.entrywise and e.looks_like(right):
        return (
            "right where the output moves, but not zero where it doesn't: the mask is missing "
            "(ReLU's x > 0, dropout's kept entries)"
        )
    return None


def mask_missing_inside(e: Evidence) -> str | None:
    """The same, seen from a layer with its ReLU inside: dW or dx of the linear part, unmasked."""
    shape = e.analytic.shape
    if e.y.ndim != 2 or e.x.ndim != 2 or e.y.all() or (e.y < 0).any():
        return None
    masked = e.dy * (e.y > 0)
    for full, right in ((e.x.T @ e.dy, e.x.T @ masked), (e.dy.sum(axis=0), masked.sum(axis=0))):
        if full.shape == shape and e.looks_like(full) and alike(e.numeric, right):
            return "ReLU's mask is missing: dy counts where the output is 0, too"
    return None


def wrong_mask(e: Evidence) -> str | None:
    """The right values in the wrong places."""
    if not e.entrywise:
        return None
    moving = e.known & (e.numeric != 0)
    close = np.abs(e.analytic - e.numeric) <= ALIKE * np.nanmax(np.abs(e.numeric), initial=0)
    blocked = moving & (e.analytic == 0)
    if blocked.any() and (moving & close).any() and (close | blocked)[moving].all():
        if e.x.shape == e.y.shape and ((e.x < 0) == blocked)[moving].all():
            return (
                "right where x > 0, but zero where x < 0, where the output moves as well, as a "
                "leaky ReLU's does: the slope there is missing"
            )
        of_dy = ". It is dy > 0" if not e.analytic[e.dy < 0].any() else ""
        return (
            "each entry is either right or zero, but the zeros are in the wrong places: the mask "
            f"is taken from the wrong array{of_dy}"
        )
    return None


def diagonal_jacobian(e: Evidence) -> str | None:
    """Only each output's own input."""
    if e.jacobian is None or e.analytic.shape != e.y.shape or e.entrywise:
        return None
    if e.looks_like(e.dy * e.slopes):
        return (
            "only the diagonal of the Jacobian: each output depends on every input of its row, as "
            "softmax's do, and y * (1 - y) is but the part of its own input"
        )
    return None


def coupling_ignored(e: Evidence) -> str | None:
    """What the outputs of a row or column have in common is taken for a constant."""
    if e.jacobian is None or e.analytic.shape != e.y.shape or e.y.ndim != 2 or e.entrywise:
        return None
    if min(e.y.shape) < 3 or not (e.known.all() and e.dy.all() and e.analytic.all()):
        return None
    factor = e.analytic / e.dy
    if not alike(factor * factor[0, 0], np.outer(factor[:, 0], factor[0])):
        return None
    return (
        "dy times a factor for each row and column, although each output depends on several "
        "inputs: a mean, deviation, norm or sum over them is taken for a constant"
    )


def skip_forgotten(e: Evidence) -> str | None:
    """The straight way of a residual connection."""
    if e.analytic.shape != e.dy.shape or not e.looks_like(e.numeric - e.dy):
        return None
    return (
        "the right gradient less dy: x also goes straight to the output, as in a residual "
        "connection, so that dy belongs to dx as well"
    )


def upstream_ignored(e: Evidence) -> str | None:
    """The layer's own derivative, not multiplied by dy."""
    if e.jacobian is None or e.y.size == 1:
        return None
    ones = e.jacobian.reshape(*e.analytic.shape, -1).sum(axis=-1)
    if e.looks_like(ones):
        return "dy isn't used: this is the gradient for a dy of ones; multiply by dy"
    return None


def slope_of_wrong_array(e: Evidence) -> str | None:
    """A slope that is a function of y, computed from x, or the other way round."""
    if not e.entrywise:
        return None
    for name, at_y, at_x in (
        ("v * (1 - v)", e.y * (1 - e.y), e.x * (1 - e.x)),
        ("1 - v**2", 1 - e.y**2, 1 - e.x**2),
    ):
        if alike(at_y, e.slopes) and e.looks_like(e.dy * at_x):
            return f"the slope {name} is taken at the input x, where v means the output y"
    return None


def not_summed(e: Evidence) -> str | None:
    """One example's part, where all examples' parts should be added."""
    parts = e.by_example
    if parts is None or e.batch_size == 1:
        return None
    for k, part in enumerate(parts):
        if e.looks_like(part):
            return (
                f"not summed over the batch: only example {k} of {e.batch_size} counts; all share "
                f"the parameter, so their gradients add: .sum(axis=0)"
            )
    return None


def summed_over_outputs(e: Evidence) -> str | None:
    """One number for all."""
    total = np.full(e.numeric.shape, e.numeric.sum())  # NaN unless all are known
    if e.analytic.size == 1 or not e.looks_like(total):
        return None
    return (
        "every entry is the sum of all the right ones: it was summed over the outputs as well as "
        "over the batch; give sum an axis=0"
    )


def shortcut_counted(e: Evidence) -> str | None:
    """(p - t) / N, which is the derivative by the logits, or a relative of it."""
    if e.one_hot is None or e.analytic.shape != e.one_hot.shape:
        return None
    p, n = row_softmax(e.x), e.batch_size
    if e.looks_like((row_softmax(p) - e.one_hot) / n):
        return "(p - t) / N with a p that has been through softmax twice"
    if e.looks_like((e.x - e.one_hot) / n):
        return (
            "(y - t) / N, which is the derivative by the logits, not by the probabilities: a "
            "softmax that follows on the way back is counted twice"
        )
    return None


def wrong_axis(e: Evidence) -> str | None:
    """Right up to a factor for each row and one for each column."""
    if e.analytic.ndim != 2 or min(e.analytic.shape) < 2 or not e.known.all():
        return None
    if not (e.numeric.all() and e.analytic.all()):
        return None
    ratio = e.analytic / e.numeric
    if not alike(ratio * ratio[0, 0], np.outer(ratio[:, 0], ratio[0])):
        return None
    if alike(ratio, np.broadcast_to(ratio[:, :1], ratio.shape)):
        return "right up to a factor for each row: each example has been given a wrong weight"
    return (
        "right up to a factor that changes from column to column: a weight was applied by column, "
        "where it belongs to each example's row"
    )


def not_finite_text(array: np.ndarray) -> str:
    """Say how many entries aren't finite, and what to look for."""
    wrong = ~np.isfinite(array)
    place = [int(i) for i in np.argwhere(wrong)[0]]
    return (
        f"{wrong.sum()} of {wrong.size} entries aren't finite, the first at {place}. Look for 0/0, "
        f"the logarithm of 0, an exp that overflows or that leaves only zeros to divide by"
    )


def wrong_shape(gradient: np.ndarray, array: np.ndarray, n: int) -> Mistake | None:
    """Say what is wrong with a gradient that doesn't have its array's shape, or isn't numbers."""
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
    if gradient.dtype == object:
        return Mistake("wrong_shape", "backward doesn't return an array of numbers; return dx")
    return Mistake(
        "wrong_shape",
        f"expected an array of floats of shape {array.shape}, received {gradient.dtype} of shape "
        f"{gradient.shape}",
    )


def is_single(a: np.ndarray) -> bool:
    """Whether every entry is a float32 number."""
    with np.errstate(over="ignore"):
        return bool(a.any() and (a.astype(np.float32) == a).all())


def row_softmax(z: np.ndarray) -> np.ndarray:
    """Return softmax of each row; a library under suspicion isn't asked for it."""
    exp = np.exp(z - z.max(axis=1, keepdims=True))
    y: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
    return y


PATTERNS: tuple[Callable[[Evidence], str | None], ...] = (
    *(not_finite, all_zero, single_precision, nearly_right, accumulated, wrong_sign, batch_size),
    *(constant_factor, not_summed, summed_over_outputs, transposed, mask_missing),
    *(mask_missing_inside, wrong_mask, upstream_ignored, slope_of_wrong_array),
    *(diagonal_jacobian, shortcut_counted, wrong_axis, coupling_ignored, skip_forgotten),
)


def name_mistake(evidence: Evidence) -> Mistake:
    """Return the first pattern that the evidence shows, or say that it is none of them."""
    for pattern in PATTERNS:
        text = pattern(evidence)
        if text is not None:
            return Mistake(pattern.__name__, text)
    return Mistake("unknown", "I don't know this mistake: the numbers fit no pattern")
