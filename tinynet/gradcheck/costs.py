"""Patterns of wrong gradients of losses: shortcuts, missing targets, the axis of the softmax."""

import numpy as np

from tinynet.gradcheck.evidence import ALIKE, Evidence, alike, factor_between, softmax_along

UNLIKELY = 1e-4  # a probability below which log p may be held at a bound


def shortcut_counted(e: Evidence) -> str | None:
    """(p - t) / N, the derivative with respect to the logits, or a variant of it."""
    if e.one_hot is None:
        return None
    p, n = softmax_along(e.x, 1), e.batch_size
    if e.looks_like((softmax_along(p, 1) - e.one_hot) / n):
        return "(p - t) / N with a p that has been through softmax twice"
    is_share = e.x.min() > 0 and e.x.max() < 1
    if e.looks_like((e.x - e.one_hot) / n) or (
        is_share and factor_between(e.analytic, e.x - e.one_hot) is not None
    ):
        return (
            "(y - t) / N, which is the derivative with respect to the logits, not the "
            "probabilities: a softmax or sigmoid below the loss is counted twice"
        )
    return None


def target_missing(e: Evidence) -> str | None:
    """The targets are missing: p in place of p - t."""
    if e.one_hot is None or e.one_hot.shape[1] < 2:
        return None
    factor = factor_between(e.difference, e.one_hot)
    if factor is None or not np.isclose(factor, [1, 1 / e.batch_size, 1 / e.x.size]).any():
        return None
    return "the right gradient but for the targets: p, where p - t is right"


def target_scaled(e: Evidence) -> str | None:
    """The targets have a wrong factor: p / N - t in place of (p - t) / N."""
    if e.one_hot is None or e.one_hot.shape[1] < 2:
        return None
    if factor_between(e.difference, e.one_hot) is None:
        return None
    return (
        "the right gradient but for the targets, which have a wrong sign or factor, as in p / N - "
        "t, where (p - t) / N is right"
    )


def whole_columns(e: Evidence) -> str | None:
    """1 is subtracted in the columns of all labels: ``dx[:, labels] -= 1``."""
    if e.one_hot is None:
        return None
    columns = np.broadcast_to(e.one_hot.max(axis=0), e.one_hot.shape)
    if factor_between(e.difference, e.one_hot - columns) is None:
        return None
    return (
        "the targets are subtracted in the whole columns of all labels, as by dx[:, labels] -= 1: "
        "each row has its own label, dx[np.arange(N), labels] -= 1"
    )


def cost_softmax_axis(e: Evidence) -> str | None:
    """(q - t) / N, with a q that sums to 1 along the wrong axis."""
    if e.one_hot is None:
        return None
    for axis, what in ((0, "down the columns, axis=0"), (None, "over the whole batch")):
        q = softmax_along(e.x, axis)
        if factor_between(e.analytic, q - e.one_hot) is not None:
            return f"softmax is taken {what}; it belongs along each example's row, axis=1"
    return None


def other_targets(e: Evidence) -> str | None:
    """Targets that are smoothed in the value or in the gradient only."""
    if e.one_hot is None or e.one_hot.shape[1] < 2:
        return None
    off, t = e.difference, e.one_hot - e.one_hot.mean()
    if e.known.all() and factor_between(off - off.mean(), t) is not None:
        return (
            "off by a multiple of the targets and a constant: the gradient has other targets than "
            "the value, as when labels are smoothed in one of them alone"
        )
    return None


def wrong_for_targets(e: Evidence) -> str | None:
    """Correct for targets of 1 only, or of 0 only."""
    t = e.one_hot
    if t is None or not e.known.all() or not np.isin(t, (0, 1)).all():
        return None
    for value in (0, 1):
        right, wrong = e.right[t != value], e.right[t == value]
        if not right.size or not wrong.size or not right.all() or wrong.any():
            continue
        taken, meant = e.analytic[t == value], e.numeric[t == value]
        detail = ""
        if not taken.any():
            detail = ": these entries are left at zero"
        elif alike(taken, -meant):
            detail = ": the sign is the wrong one there"
        return f"right where the target is {1 - value}, wrong where it is {value}{detail}"
    return None


def bounded_value(e: Evidence) -> str | None:
    """The gradient p - t, where the value is nearly constant because log p is bounded."""
    t = e.targets if e.targets is not None else e.one_hot
    if t is None or t.ndim < 1 or not e.known.any():
        return None
    size = np.abs(e.analytic).max(initial=0)
    share = e.numeric * np.sign(e.analytic)  # how far the value moves, the way it should
    slower = (share >= -ALIKE * size) & (share <= np.abs(e.analytic) + ALIKE * size)
    p = 1 / (1 + np.exp(-e.x))
    candidates = [(p, np.where(t > 0.5, p, 1 - p))]
    if t.ndim > 1:
        p = softmax_along(e.x, -1)
        candidates.append((p, (p * t).sum(axis=-1, keepdims=True) + 0 * p))
    for p, likelihood in candidates:
        fine = (np.abs(e.difference) <= ALIKE * size) | (slower & (likelihood < UNLIKELY))
        if fine[e.known].all() and factor_between(e.analytic, p - t) is not None:
            return "p - t, also where log p is bounded, so that the value no longer changes"
    return None
