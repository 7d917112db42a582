"""What wrong gradients of losses look like: shortcuts, forgotten targets, the softmax's axis."""

from tinynet.gradcheck.evidence import Evidence, alike, factor_between, softmax_along


def shortcut_counted(e: Evidence) -> str | None:
    """(p - t) / N, which is the derivative by the logits, or a relative of it."""
    if e.one_hot is None or e.analytic.shape != e.one_hot.shape:
        return None
    p, n = softmax_along(e.x, 1), e.batch_size
    if e.looks_like((softmax_along(p, 1) - e.one_hot) / n):
        return "(p - t) / N with a p that has been through softmax twice"
    if e.looks_like((e.x - e.one_hot) / n):
        return (
            "(y - t) / N, which is the derivative by the logits, not by the probabilities: a "
            "softmax that follows on the way back is counted twice"
        )
    return None


def target_missing(e: Evidence) -> str | None:
    """P without - t."""
    if e.one_hot is None or e.analytic.shape != e.one_hot.shape or e.analytic.shape[1] < 2:
        return None
    factor = factor_between(e.difference, e.one_hot)
    if factor is not None and not alike(e.analytic, e.numeric):
        return "the right gradient but for the targets: p, where p - t is right"
    return None


def cost_softmax_axis(e: Evidence) -> str | None:
    """(q - t) / N, with a q that sums to 1 along the wrong axis."""
    if e.one_hot is None or e.analytic.shape != e.one_hot.shape:
        return None
    for axis, what in ((0, "down the columns, axis=0"), (None, "over the whole batch")):
        q = softmax_along(e.x, axis)
        if factor_between(e.analytic, q - e.one_hot) is not None:
            return f"softmax is taken {what}, where each example's row is its own, axis=1"
    return None
