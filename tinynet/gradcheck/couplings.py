"""Patterns of wrong gradients where outputs depend on several inputs: softmax and norms."""

from collections.abc import Iterator

import numpy as np

from tinynet.gradcheck.evidence import ALIKE, Evidence, alike, softmax_along
from tinynet.gradcheck.patterns import axes_summed


def diagonal_jacobian(e: Evidence) -> str | None:
    """The diagonal of the Jacobian only."""
    if e.jacobian is None or not e.mixes_inputs:
        return None
    if e.looks_like(e.dy * e.slopes):
        return (
            "only the diagonal of the Jacobian: each output depends on several inputs, as a "
            "softmax's does on its row, and this is only the part of its own input, such as "
            "y * (1 - y)"
        )
    return None


def examples_coupled(e: Evidence) -> str | None:
    """A softmax or norm over several examples."""
    if e.jacobian is None or not e.is_input or e.batch_size < 2 or e.y.size == 1:
        return None
    if e.y.ndim < 2 or len(e.y) != e.batch_size or len(e.x) != e.batch_size:
        return None
    n = e.batch_size
    blocks = np.abs(e.jacobian.reshape(n, e.x[0].size, n, e.y[0].size)).max(axis=(1, 3))
    between = blocks[~np.eye(n, dtype=bool)].max()
    if between <= ALIKE * blocks.max():
        return None
    if e.couples is not None and e.couples():
        return None  # backward expects it
    over = ""
    if e.y.min() >= 0 and np.allclose(e.y.sum(), 1):
        over = "; the outputs of the whole batch sum to 1: softmax was taken over all of them"
    elif e.y.min() >= 0 and np.allclose(e.y.sum(axis=0), 1):
        over = "; each column sums to 1: softmax was taken along the wrong axis"
    elif is_shift_free(e, 0):
        return None  # a normalisation over the batch is meant to do that
    return (
        f"an example's output depends on other examples, which backward doesn't expect{over}; each "
        f"example has a row of its own, axis=1"
    )


def is_shift_free(e: Evidence, axis: int) -> bool:
    """Whether adding a number to all inputs along an axis leaves the outputs unchanged."""
    if e.jacobian is None or not e.known.all():
        return False
    along = np.abs(e.jacobian.sum(axis=axis)).max()
    return bool(along <= ALIKE * np.abs(e.jacobian).max())


def norm_paths_wrong(e: Evidence) -> str | None:
    """A norm whose mean or deviation is treated as a constant, or has a wrong factor."""
    if not e.mixes_inputs or not e.known.all():
        return None
    off = e.difference
    for axis, length in enumerate(e.x.shape):
        if length < 2 or not is_shift_free(e, axis):
            continue
        even = np.broadcast_to(off.mean(axis=axis, keepdims=True), off.shape)
        centred = e.x - e.x.mean(axis=axis, keepdims=True)
        share = (off * centred).sum(axis=axis, keepdims=True)
        sloping = centred * share / (centred**2).sum(axis=axis, keepdims=True)
        if alike(off, even):
            return (
                f"off by the same number all along axis {axis}, over which x is centred: the path "
                f"through the mean is missing, or has a wrong factor; dx sums to 0 along it"
            )
        if length > 2 and alike(off, sloping):
            return (
                f"off by a multiple of x - mean(x) along axis {axis}: the path through the "
                f"variance, or deviation, is missing, or has a wrong factor (n for n - 1)"
            )
        if length > 3 and alike(off, even + sloping):  # in a shorter one they explain any error
            return (
                f"off by a constant and a multiple of x - mean(x) along axis {axis}: the paths "
                f"through the mean and the deviation are missing, as if both were constants, or "
                f"have a wrong factor, such as a sum for a mean, or the size of another axis"
            )
    return None


def norm_path_missing(e: Evidence) -> str | None:
    """A norm, such as the root of the mean square, that is treated as a constant."""
    if not e.mixes_inputs or not e.known.all():
        return None
    for axis in range(e.x.ndim):
        share = (e.difference * e.x).sum(axis=axis, keepdims=True)
        share = share / (e.x**2).sum(axis=axis, keepdims=True)
        if e.x.shape[axis] > 2 and alike(e.difference, share * e.x):
            return (
                f"off by a multiple of x along axis {axis}: the path through the norm, or the mean "
                f"square, is missing, or has a wrong sign, factor or power"
            )
    return None


def softmax_axes(e: Evidence) -> Iterator[int]:
    """Yield the axes along which the outputs are the softmax of the input."""
    if e.mixes_inputs:
        yield from (k for k in range(e.x.ndim) if np.allclose(e.y, softmax_along(e.x, k)))


def softmax_term(e: Evidence) -> str | None:
    """Softmax's derivative, y * (dy - sum(dy * y)), with a wrong or missing term."""
    for axis in softmax_axes(e):
        total = (e.dy * e.y).sum(axis=axis, keepdims=True)
        candidates = (
            ("the sum has the wrong sign", e.y * (e.dy + total)),
            ("the factor y is missing", e.dy - total),
            ("the sum is missing", e.y * e.dy),
            ("the first term, y * dy, is missing", -e.y * total),
            ("the sum takes dy without y", e.y * (e.dy - e.dy.sum(axis=axis, keepdims=True))),
            ("the sum lacks the factor y", e.y * e.dy - total),
            ("a mean is taken for the sum", e.y * (e.dy - total / e.y.shape[axis])),
            ("the sum takes y twice", e.y * (e.dy - (e.dy * e.y**2).sum(axis=axis, keepdims=True))),
            ("the factor y is there twice", e.y**2 * (e.dy - total)),
            ("the factor y is 1 - y", (1 - e.y) * (e.dy - total)),
        )
        if what := e.words_for(candidates):
            return f"{what}: softmax's derivative is y * (dy - sum(dy * y))"
    return None


def norm_term(e: Evidence) -> str | None:
    """The derivative of x / |x|, (dy - y * sum(dy * y)) / |x|, with a wrong term."""
    if not e.mixes_inputs:
        return None
    for axis in range(e.x.ndim):
        norm = np.sqrt((e.x**2).sum(axis=axis, keepdims=True))
        if not np.allclose(e.y, e.x / norm):
            continue
        total = (e.dy * e.y).sum(axis=axis, keepdims=True)
        candidates = (
            ("the sum has the wrong sign", (e.dy + e.y * total) / norm),
            ("the factor y of the sum is missing", (e.dy - total) / norm),
            ("the sum takes x for y", (e.dy - e.x * (e.dy * e.x).sum(axis, keepdims=True)) / norm),
        )
        if what := e.words_for(candidates):
            return f"{what}: the derivative of x / |x| is (dy - y * sum(dy * y)) / |x|"
    return None


def raw_input(e: Evidence) -> str | None:
    """The gradient of a scale, computed from x."""
    if e.is_input or e.x.shape != e.y.shape or e.dy.shape != e.y.shape or e.x.ndim < 2:
        return None
    shape = e.analytic.shape
    product = e.dy * e.x
    if e.by_example is not None and e.by_example.shape == product.shape:
        scale = e.by_example / product
        if alike(scale, np.broadcast_to(scale[:1], scale.shape)):
            return None  # a factor is missing, and x is right
    if axes_summed(e.dy, e.numeric) or axes_summed(product, e.numeric):
        return None  # a shift, or a scale of x itself
    right = (
        "where the gradient of a scale takes what the scale multiplies, such as the normalised x"
    )
    for axes in (0, tuple(range(e.x.ndim - 1))):
        for what, factor in (
            ("the raw input x", e.x),
            ("x - mean(x)", e.x - e.x.mean(axis=axes, keepdims=True)),
            ("x - mean(x)", e.x - e.x.mean(axis=-1, keepdims=True)),
            ("the output y", e.y),
        ):
            candidate = (e.dy * factor).sum(axis=axes)
            if candidate.shape == shape and e.is_rather(candidate):
                return f"made with {what}, {right}"
    return None


def softmax_axis(e: Evidence) -> str | None:
    """Softmax's derivative along a different axis."""
    for axis in softmax_axes(e) if e.x.ndim > 1 else ():
        for other in (None, *range(e.x.ndim)):
            if other == axis:
                continue
            if e.looks_like(e.y * (e.dy - (e.dy * e.y).sum(axis=other, keepdims=True))):
                rows = "; examples are rows, for which axis=1 is right" if axis == 0 else ""
                return (
                    f"softmax is taken along axis {axis}, and its derivative along "
                    f"{'all axes' if other is None else f'axis {other}'}{rows}"
                )
    return None
