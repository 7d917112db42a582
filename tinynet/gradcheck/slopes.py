"""Patterns of wrong gradients of elementwise functions: masks and slopes."""

from collections.abc import Callable, Iterator

import numpy as np

from tinynet.gradcheck.evidence import ALIKE, Evidence, alike, factor_between, is_flat


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the sigmoid, computed here since tinynet's own may be under test."""
    return 1 / (1 + np.exp(-x))


ACTIVATIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "ReLU": (lambda x: np.maximum(x, 0), "1 where z > 0"),
    "sigmoid": (sigmoid, "a (1 - a)"),
    "tanh": (np.tanh, "1 - a**2"),
}  # functions of z, and their slopes in words, with the result a


def a_derivative(e: Evidence) -> str | None:
    """The derivative of forward at dy, where dy should be multiplied by that at x."""
    if not e.entrywise or e.slopes_at is None or not e.dy.any():
        return None
    v = e.dy
    of_x, of_y = "f'(x)", "f'(x) from y"
    for what, slope, is_right in (
        (of_x, e.slopes_at(v), True),
        (of_y, v * (1 - v), alike(e.y * (1 - e.y), e.slopes)),
        (of_y, 1 - v**2, alike(1 - e.y**2, e.slopes)),
    ):
        if is_right and not is_flat(e.slopes.round(9)) and e.looks_like(slope):
            argument = "x" if what == of_x else "forward(x)"
            return (
                f"backward is called with dy, and returns the derivative of forward at dy. A "
                f"function that gives {what} is checked as the pair (forward, lambda dy, x: dy * "
                f"derivative({argument}))"
            )
    return None


def mask_missing(e: Evidence) -> str | None:
    """A gradient that isn't 0 where the output is constant."""
    flat = e.known & (np.abs(e.numeric) <= ALIKE * e.scale)
    moving = e.known & ~flat
    if not moving.any() or not np.abs(e.analytic[flat]).any():
        return None
    if e.targets is not None and ((e.targets == 0) == flat)[e.known].all():
        return None  # the targets are missing, not a mask
    if e.entrywise and (e.dy < 0).any() and alike(e.analytic, e.dy * (e.dy > 0)):
        return None  # the mask of the wrong array, which may happen to be right where x > 0
    right = np.where(moving, e.numeric, np.nan)
    if e.is_input and e.looks_like(right):
        return (
            f"right where the output moves, but not zero where it doesn't: the mask "
            f"{'is missing' if e.analytic[flat].all() else 'lets too much through'} "
            f"(ReLU's x > 0, dropout's kept entries, a maximum's largest)"
        )
    return None


def mask_missing_inside(e: Evidence) -> str | None:
    """The same for the parameters of a layer that contains a ReLU."""
    shape = e.analytic.shape
    if e.y.ndim != 2 or e.x.ndim != 2 or e.y.all() or (e.y < 0).any():
        return None
    masked = e.dy * (e.y > 0)
    for full, right in ((e.x.T @ e.dy, e.x.T @ masked), (e.dy.sum(axis=0), masked.sum(axis=0))):
        if full.shape == shape and e.looks_like(full) and alike(e.numeric, right):
            return "ReLU's mask is missing: dy counts where the output is 0, too"
    return None


def wrong_mask(e: Evidence) -> str | None:
    """A mask that is inverted or computed from the wrong array."""
    if not e.entrywise:
        return None
    moving = e.known & (e.numeric != 0)
    blocked = moving & (e.analytic == 0)
    still = e.known & (e.numeric == 0)
    if (blocked == moving).all() and moving.any() and e.analytic[still].any():
        return (
            "zero where the output moves, and not zero where it doesn't: the mask is the wrong way "
            "round"
        )
    if blocked.any() and (moving & e.right).any() and (e.right | blocked)[moving].all():
        if e.x.shape == e.y.shape and ((e.x < 0) == blocked)[moving].all():
            return (
                "right where x > 0, but zero where x < 0, where the output moves as well, as a "
                "leaky ReLU's does: the slope there is missing"
            )
        words = "isn't forward's: it is of another array, bound or draw"
        if not e.analytic[e.dy < 0].any():
            words = "is taken from the wrong array. It is dy > 0"
        return (
            "each entry is either right or zero, but the zeros are in the wrong places: the mask "
            f"{words}"
        )
    above, below = e.slopes[e.x > 0][:1], e.slopes[e.x < 0][:1]
    if not above.size or not below.size:
        return None
    if e.is_rather(e.dy * np.where(e.dy > 0, above, below)):
        return "the mask is taken from the wrong array: dy > 0, where x > 0 is right"
    if e.is_rather(e.dy * np.where(e.x > 0, below, above)):
        return "the two slopes are exchanged: where x > 0, dy is multiplied by that for x < 0"
    return None


def slope_of_wrong_array(e: Evidence) -> str | None:
    """A slope that is a function of y, computed from x."""
    if not e.entrywise:
        return None
    for name, at_y, at_x in (
        ("v * (1 - v)", e.y * (1 - e.y), e.x * (1 - e.x)),
        ("1 - v**2", 1 - e.y**2, 1 - e.x**2),
    ):
        if alike(at_y, e.slopes) and e.looks_like(e.dy * at_x):
            return f"the slope {name} is taken at the input x, where v means the output y"
    return None


def slope_at_output(e: Evidence) -> str | None:
    """f'(y) in place of f'(x)."""
    if not e.entrywise or e.slopes_at is None:
        return None
    at_output = e.slopes_at(e.y)
    if e.looks_like(e.dy):
        return None  # then no slope is taken at all
    if e.looks_like(e.dy * at_output) and not alike(at_output, e.slopes):
        return (
            "the slope is taken at the output y instead of the input x: f'(f(x)), where f'(x) is "
            "right"
        )
    return None


def common_slopes(
    x: np.ndarray, y: np.ndarray, names: tuple[str, str] = ("x", "y")
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the slopes of common functions, and what is taken for them, with their `names`."""
    a, b = names
    s, t = sigmoid(x), np.tanh(x)
    yield f"sigmoid's, {b} (1 - {b})", y * (1 - y)
    yield f"sigmoid's, s (1 - s) with the sigmoid s of {a}", s * (1 - s)
    yield f"tanh's, 1 - {b}**2", 1 - y**2
    yield f"tanh's, 1 - tanh({a})**2", 1 - t**2
    yield f"1 - {b}", 1 - y
    yield b, y
    yield f"1 - {b} with the sign of a difference, {b} - 1", y - 1
    yield f"1 + {b}**2", 1 + y**2
    yield f"{b} (1 + {b})", y * (1 + y)
    yield a, x
    yield f"2 {a}", 2 * x
    yield f"exp({a})", np.exp(x)
    yield f"the sigmoid of {a}", s
    yield f"tanh({a})", t
    yield f"ReLU's, 1 where {a} > 0", (x > 0) * 1.0
    yield f"the wrong way round, 1 where {a} < 0", (x < 0) * 1.0
    yield f"the sign of {a}", np.sign(x)
    yield "the square root of sigmoid's", np.sqrt(np.abs(s * (1 - s)))
    yield f"{b} squared", y**2
    yield f"(1 - {b}) squared", (1 - y) ** 2
    yield f"{b} + 1", y + 1
    yield f"the sigmoid of -{a}, of which {a} has the wrong sign", 1 - s
    yield f"exp(-{a})", np.exp(-x)
    yield f"{a} (1 - {a}), sigmoid's with {a} where {b} is meant", x * (1 - x)
    yield f"1 - {a}**2, tanh's with {a} where {b} is meant", 1 - x**2
    yield f"sigmoid's at {b}, where that at {a} is right", sigmoid(y) * (1 - sigmoid(y))
    yield f"tanh's at {b}, where that at {a} is right", 1 - np.tanh(y) ** 2


def other_slopes(e: Evidence) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the slopes of common functions at the input, with their names."""
    x, y, s = e.x, e.y, sigmoid(e.x)
    yield from common_slopes(x, y)
    yield "x s (1 - s), without the first term of the product's rule", x * s * (1 - s)
    yield "s + s (1 - s), where the second term is that times x", s + s * (1 - s)
    yield "s - x s (1 - s), where the two terms are added", s - x * s * (1 - s)
    yield "y times the sigmoid of x", y * s
    yield "y times the sigmoid of -x", y * (1 - s)
    inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)  # of the tanh of a GELU
    g = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    q = sigmoid(1.702 * x)
    yield "GELU's, without the derivative inside of its tanh", (1 + g + x * (1 - g**2)) / 2
    yield "that of the GELU by a tanh", (1 + g + x * (1 - g**2) * inner) / 2
    yield "that of the GELU by a sigmoid, x s(1.702 x)", q + 1.702 * x * q * (1 - q)
    yield "1 / x", 1 / x
    yield "x**2", x**2
    yield "x**3", x**3
    if e.jacobian is not None and not is_flat(e.slopes.round(9)):
        first = e.y / e.x
        words = "as where y is x g(x), and the derivative's other term"
        yield f"y / x, {words}, x g'(x), is missing", first
        yield f"the slope less y / x, {words}, g(x), is missing", e.slopes - first


def slope_of_other_function(e: Evidence) -> str | None:
    """The slope of another function, such as sigmoid's in a tanh."""
    if not e.entrywise:
        return None
    for what, slope in other_slopes(e):
        factor = factor_between(e.analytic, e.dy * slope)
        if factor is not None and factor_between(slope, e.slopes) is None:
            number = "" if np.isclose(factor, 1) else f"{factor:.4g} times "
            return f"the slope of another function: dy is multiplied by {number}{what}"
    return None


def slope_factor(e: Evidence) -> str | None:
    """A slope that is missing from a product, or in it twice."""
    if e.x.shape != e.analytic.shape or np.count_nonzero(e.known) < 3:
        return None
    s, t = 1 / (1 + np.exp(-e.x)), np.tanh(e.x)
    for what, slope in (
        ("sigmoid's slope s (1 - s), with s the sigmoid of x", s * (1 - s)),
        ("tanh's slope, 1 - tanh(x)**2", 1 - t**2),
    ):
        if e.looks_like(e.numeric * slope):
            return f"the right gradient times {what}: that factor is there once too often"
        if e.looks_like(e.numeric / slope):
            return f"a factor is missing, {what}: the right gradient is that times this one"
    return None


def slope_inverted(e: Evidence) -> str | None:
    """Division by the slope."""
    if not e.entrywise or not e.slopes.all():
        return None
    if e.looks_like(e.dy / e.slopes) and not alike(1 / e.slopes, e.slopes):
        return "dy is divided by the slope, where it should be multiplied by it"
    return None


def wrong_on_one_side(e: Evidence) -> str | None:
    """Correct for inputs of one sign only."""
    if not e.entrywise or e.x.shape != e.analytic.shape:
        return None
    for side, right, wrong in (("<", e.x > 0, e.x < 0), (">", e.x < 0, e.x > 0)):
        right, wrong = right & e.known, wrong & e.known
        if not right.any() or not wrong.any() or not e.right[right].all() or e.right[wrong].all():
            continue
        slopes = e.slopes[wrong]
        taken = (e.analytic / e.dy)[wrong]
        detail = ""
        if alike(taken, np.full(taken.shape, taken[0])) and alike(
            slopes, np.full(slopes.shape, slopes[0])
        ):
            detail = f": the slope there is {slopes[0]:.4g}, backward takes {taken[0]:.4g}"
        else:
            detail = taken_there(e, wrong)
        other = ">" if side == "<" else "<"
        return f"right where x {other} 0, wrong where x {side} 0{detail}"
    return None


def taken_there(e: Evidence, wrong: np.ndarray) -> str:
    """Describe the slope that backward takes where it is wrong, if it is a common one."""
    if np.count_nonzero(wrong) < 3:
        return ""
    taken, slopes = np.where(wrong, e.analytic / e.dy, np.nan), np.where(wrong, e.slopes, np.nan)
    known = dict(other_slopes(e))
    if is_flat(e.slopes[wrong].round(9)):
        known[f"{e.slopes[wrong][0]:.4g}"] = e.slopes
    meant = [f", where {what} is right" for what, slope in known.items() if alike(slopes, slope)]
    for what, slope in known.items():
        factor = factor_between(taken, slope)
        if factor is not None and not is_flat(slope[wrong]):
            number = "" if np.isclose(factor, 1) else f"{factor:.4g} times "
            return f": backward takes {number}{what} there{meant[-1] if meant else ''}"
    return ""
