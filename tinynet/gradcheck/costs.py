"""Patterns of wrong gradients of losses: shortcuts, missing targets, the axis of the softmax."""

from collections.abc import Iterator

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
    t, is_share = e.one_hot, e.x.min() > 0 and e.x.max() < 1
    slopes = (t / e.x, t / e.x - 1, (t - e.x) / (e.x * (1 - e.x)))  # of cross-entropies
    is_entropy = any(factor_between(e.numeric, slope) is not None for slope in slopes)
    if is_share and is_entropy and factor_between(e.analytic, e.x - t) is not None:
        return (
            "(y - t) / N, which is the derivative with respect to the logits, not the "
            "probabilities: a softmax or sigmoid below the loss is counted twice"
        )
    return None


def target_missing(e: Evidence) -> str | None:
    """The targets are missing: p in place of p - t."""
    if e.one_hot is None or e.one_hot.shape[1] < 2:
        return None
    is_error = factor_between(e.numeric, e.x - e.one_hot) is not None
    if is_error and factor_between(e.analytic, e.x) is not None:
        return "the right gradient but for the targets: y, where y - t is right"
    factor = factor_between(e.difference, e.one_hot)
    if factor is None or not np.isclose(factor, [1, 1 / e.batch_size, 1 / e.x.size]).any():
        return None
    if not is_of_probabilities(e):
        return None
    return "the right gradient but for the targets: p, where p - t is right"


def is_of_probabilities(e: Evidence) -> bool:
    """Whether it is p - t, or its mean, with the softmax, sigmoid or exponential of x for p."""
    assert e.one_hot is not None
    return any(
        alike(n * e.numeric + e.one_hot, p)
        for n in (1, len(e.x), e.x.size)
        for p in (*probabilities(e), np.exp(e.x))
    )


def target_scaled(e: Evidence) -> str | None:
    """The targets have a wrong factor, p / N - t in place of (p - t) / N, or stand alone, -t."""
    if e.is_of_errors and e.targets is not None and e.known.sum() > 3:
        terms = np.stack([e.x[e.known], e.targets[e.known]], axis=1)
        (of_y, of_t), *_ = np.linalg.lstsq(terms, e.analytic[e.known], rcond=None)
        if of_y and of_t and e.looks_like(of_y * e.x + of_t * e.targets):
            return (
                f"{of_y:.4g} times y and {of_t:.4g} times t, where both have the same factor: "
                f"parentheses are missing, as in y - t / N, or a sign is wrong"
            )
    if e.one_hot is None or e.one_hot.shape[1] < 2:
        return None
    for p in probabilities(e):
        share = factor_between(e.numeric, p - e.one_hot)
        alone = np.where(e.one_hot == 1, -1, p)
        if share is not None and e.looks_like(share * alone):
            return (
                "right except at each example's own label, where p is missing, as by d[rows, "
                "labels] = -1: p - 1 is right, d[rows, labels] -= 1"
            )
    factor = factor_between(e.difference, e.one_hot)
    if factor is None:
        return None
    if not is_of_probabilities(e):
        label = f"right except at each example's own label, where it is off by {factor:.4g}"
        return e.named_operation or label
    return (
        "the right gradient but for the targets, which have a wrong sign or factor, as in p / N - "
        "t, where (p - t) / N is right"
    )


def whole_columns(e: Evidence) -> str | None:
    """1 is subtracted in the columns of all labels: ``dx[:, labels] -= 1``."""
    if e.one_hot is None or e.one_hot.shape[1] < 2:
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
        powers = np.exp(e.x - e.x.max(axis=-1, keepdims=True))  # less each row's maximum, as right
        mixed = powers / powers.sum(axis=axis, keepdims=True)
        shares = (softmax_along(e.x, axis), mixed)
        if any(factor_between(e.analytic, q - e.one_hot) is not None for q in shares):
            return f"softmax is taken {what}; it belongs along each example's row, axis=1"
    return None


def probabilities(e: Evidence) -> Iterator[np.ndarray]:
    """Yield what logits may be turned into."""
    yield 1 / (1 + np.exp(-e.x))
    if e.x.ndim == 2:
        yield softmax_along(e.x, 1)


def other_costs(e: Evidence, t: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what is taken for the slope of a loss, with a description."""
    y, error = e.x, e.x - t
    is_share = factor_between(e.numeric, t / y) is not None
    yield "the error, y - t, as of a squared error: this loss has a different slope", error
    yield "the sign of the error alone, as of an absolute error", np.sign(error)
    yield "the size of the error, without its sign", np.abs(error)
    yield "the square of the error, which belongs to a value; its slope is 2 (y - t)", error**2
    yield "1 where the error is positive, and 0 elsewhere: -1 is missing there", (error > 0) * 1.0
    if (y > 0).all() and (t >= 0).all():
        terms = -terms_of(t, y / np.where(t > 0, t, 1))
        yield "t log(t / y), a term of the value, where its slope belongs", terms
        yield "t log(y), a term of the value, where its slope belongs", t * np.log(y)
        yield "log(t / y), a part of the value, where its slope belongs", np.log(t / y)
        whole = terms_of(t, y) + terms_of(1 - t, 1 - y)  # NaN above 1, and then not compared
        yield "t log(y) + (1 - t) log(1 - y), the value's terms, not their slopes", whole
        yield "log(y / t) + 1, the slope of sum(y log(y / t)), another loss", np.log(y / t) + 1
    if is_share:
        yield "y / t, where t / y is right", y / t
        yield "t / y**2, where t / y is right", t / y**2
        yield "t y, where t / y is right", t * y
    if factor_between(e.numeric, np.exp(y) - t) is not None:
        yield "y - t, where exp(y) - t is right: the exponential is missing", error
    if e.is_of_errors:
        yield (
            "(y - t) y (1 - y): the slope of a sigmoid, which isn't in this loss",
            error * (y - y**2),
        )
        yield (
            "(y - t) (1 - y**2): the slope of a tanh, which isn't in this loss",
            error * (1 - y**2),
        )
    for p in probabilities(e):
        if factor_between(e.numeric, p - t) is not None:
            yield "the logits less the targets: their probabilities, p - t, are right", error
            yield "t / p, the slope by the probabilities p: that by the logits is p - t", t / p
            slopes = (p - t) * p * (1 - p)
            yield "(p - t) p (1 - p): p - t contains the slope p (1 - p) already", slopes


def terms_of(t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return t log(p), 0 where t is."""
    return np.where(t == 0, 0, t * np.log(p))


def other_cost(e: Evidence) -> str | None:
    """The slope of another loss, or a part of the value, up to a factor."""
    t = e.targets if e.targets is not None else e.one_hot
    if t is None or e.known.sum() < 4:
        return None
    for what, candidate in reversed(list(other_costs(e, t))):  # the most special come last
        if not np.isfinite(candidate).all() or factor_between(candidate, e.numeric) is not None:
            continue
        if factor_between(e.analytic, candidate) is not None:
            return f"it is proportional to {what}"
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
        if factor_between(e.analytic, p - t) is None:
            continue
        for epsilon in (0.0, added_epsilon(e, likelihood)):
            left = e.analytic * likelihood / (likelihood + epsilon) if epsilon else e.analytic
            close = np.abs(e.numeric - left) <= ALIKE * size
            if (close | (slower & (likelihood < UNLIKELY)))[e.known].all():
                return "p - t, also where log p is bounded, so that the value no longer changes"
    return None


def added_epsilon(e: Evidence, likelihood: np.ndarray) -> float:
    """Return the epsilon of a value -log(p + epsilon), 0 if there is none.

    The slope of that value is p / (p + epsilon) times p - t. The epsilon is read from the entry
    that it changes most.
    """
    share = e.numeric / e.analytic
    seen = e.known & (share > 0.01) & (share < 1)
    if not seen.any():
        return 0.0
    clearest = np.where(seen, np.abs(e.difference), 0).argmax()
    epsilon = float((likelihood * (1 / share - 1)).flat[clearest])
    return epsilon if epsilon <= UNLIKELY else 0.0


def epsilon_alone(e: Evidence) -> str | None:
    """Nearly right, where a logarithm of probabilities that aren't seen may hold an epsilon."""
    if not (e.may_be_bounded and e.is_near(e.numeric)):
        return None
    return "right but for a small term, as that of an epsilon in a logarithm of the value"
