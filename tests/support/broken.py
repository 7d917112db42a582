"""Broken code of all four kinds, each with the name that a check must give it.

The checker was made with these at hand; `tests.support.students` has those that it wasn't.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.innocents import (
    FUNCTIONS,
    IDS,
    INNOCENTS,
    LABELS,
    ONE_HOT,
    SEQUENCE,
    B,
    Case,
    W,
    X,
    Y,
    Z,
    case,
    sigmoid,
    softmax,
)
from tinynet import Dense, Dropout, Layer, ReLU, Sequential, Softmax, Tanh
from tinynet.losses import CategoricalCrossentropy, Loss, MeanSquaredError

RNG = np.random.default_rng(4242)
N = len(X)

BROKEN: dict[str, tuple[str, Callable[[], Case]]] = {}


def broken(kind: str) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    def register(make: Callable[[], Case]) -> Callable[[], Case]:
        BROKEN[make.__name__] = (kind, make)
        return make

    return register


# ----------------------------------------------------------- functions of one number, as objects


def elementwise(forward: Any, backward: Any, x: Any = X) -> Case:
    """Make an object whose backward is a function of x, y and dy."""

    class Elementwise:
        def forward(self, x: Any) -> Any:
            self.x, self.y = x, forward(x)
            return self.y

        def backward(self, dy: Any) -> Any:
            return backward(self.x, self.y, dy)

    return case(Elementwise(), x)


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


SLOPES: dict[str, tuple[str, Any, Any]] = {
    "relu without a mask": ("mask_missing", relu, lambda x, y, d: d * 1.0),
    "relu masked by dy": ("wrong_mask", relu, lambda x, y, d: d * (d > 0)),
    "relu returns its mask": ("upstream_ignored", relu, lambda x, y, d: (x > 0) * 1.0),
    "relu of dy twice": ("dy_twice", relu, lambda x, y, d: d * d * (x > 0)),
    "tanh passes dy on": ("gradient_is_dy", np.tanh, lambda x, y, d: d * 1.0),
    "softsign passes dy on": ("gradient_is_dy", FUNCTIONS["softsign"][0], lambda x, y, d: d.copy()),
    "tanh at its output": ("slope_at_output", np.tanh, lambda x, y, d: d * (1 - np.tanh(y) ** 2)),
    "sigmoid at its output": (
        "slope_at_output",
        sigmoid,
        lambda x, y, d: d * sigmoid(y) * (1 - sigmoid(y)),
    ),
    "exp at its output": ("slope_at_output", np.exp, lambda x, y, d: d * np.exp(y)),
    "sine at its output": ("slope_at_output", np.sin, lambda x, y, d: d * np.cos(y)),
    "sigmoid's slope in tanh": (
        "slope_of_other_function",
        np.tanh,
        lambda x, y, d: d * y * (1 - y),
    ),
    "tanh's slope in sigmoid": ("slope_of_other_function", sigmoid, lambda x, y, d: d * (1 - y**2)),
    "tanh at the input": ("slope_of_wrong_array", np.tanh, lambda x, y, d: d * (1 - x**2)),
    "sigmoid at the input": ("slope_of_wrong_array", sigmoid, lambda x, y, d: d * x * (1 - x)),
    "leaky with another leak": (
        "wrong_on_one_side",
        lambda x: np.where(x > 0, x, 0.3 * x),
        lambda x, y, d: d * np.where(x > 0, 1, 0.01),
    ),
    "leaky that doesn't leak": (
        "wrong_mask",
        lambda x: np.where(x > 0, x, 0.3 * x),
        lambda x, y, d: d * (x > 0),
    ),
    "elu without exp": (
        "wrong_on_one_side",
        FUNCTIONS["elu"][0],
        lambda x, y, d: d * np.where(x > 0, 1, y),
    ),
    "tanh of dy twice": ("dy_twice", np.tanh, lambda x, y, d: d**2 * (1 - y**2)),
    "tanh divided by its slope": ("slope_inverted", np.tanh, lambda x, y, d: d / (1 - y**2)),
    "square without its two": ("constant_factor", np.square, lambda x, y, d: d * x),
    "negative exponent": ("wrong_sign", lambda x: np.exp(-x), lambda x, y, d: d * y),
    "clip at three, never reached": (
        "mask_missing",
        lambda x: np.clip(x, -3, 3),
        lambda x, y, d: d,
    ),
    "relu6 without its six": (
        "mask_missing",
        lambda x: np.clip(x, 0, 6),
        lambda x, y, d: d * (x > 0),
    ),
    "a branch for large inputs": (
        "*",
        lambda x: np.where(np.abs(x) < 5, np.tanh(x), 1e-3 * x),
        lambda x, y, d: d * (1 - np.tanh(x) ** 2),
    ),
    "not a number at one place": (
        "not_finite",
        lambda x: np.where(x > 0, x, 0.0),
        lambda x, y, d: np.where(x == x.max(), np.nan, d * (x > 0)),
    ),
    "all zero": ("all_zero", np.tanh, lambda x, y, d: np.zeros_like(d)),
    "in single precision": (
        "single_precision",
        lambda x: np.tanh(x.astype(np.float32)),
        lambda x, y, d: d * (1 - y**2),
    ),
    "integers": ("upstream_ignored", relu, lambda x, y, d: (x > 0).astype(int)),
    "no return": ("returns_nothing", relu, lambda x, y, d: None),
    "too few columns": ("wrong_shape", relu, lambda x, y, d: (d * (x > 0))[:, :2]),
    "changes dy": ("upstream_changed", relu, lambda x, y, d: np.multiply(d, x > 0, out=d)),
    "divides by a name that isn't there": (
        "misspelt",
        relu,
        lambda x, y, d: d / nowhere,  # type: ignore[name-defined]  # noqa: F821
    ),
    "divides by zero": ("not_finite", relu, lambda x, y, d: d / (x * 0)),
    "raises": ("crash", relu, lambda x, y, d: d @ x),
}
for _name, (_kind, _forward, _backward) in SLOPES.items():
    BROKEN[_name] = (_kind, lambda f=_forward, b=_backward: elementwise(f, b))  # type: ignore[misc]
BROKEN["positive inputs hide a leak"] = (
    "*",
    lambda: elementwise(
        lambda x: np.where(x > 0, x, 0.3 * x),
        lambda x, y, d: d * np.where(x > 0, 1, 0.1),
        np.abs(X),
    ),
)


# -------------------------------------------------------------------------- affine, as objects


class Affine:
    def __init__(self) -> None:
        self.w, self.b = W.copy(), B.copy()

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.w + self.b

    def backward(self, dy: Any) -> Any:
        self.dw, self.db = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.w.T


def affine(change: Callable[[Any, Any, Any], Any]) -> Case:
    """Make an object whose backward runs the right one, and then a change to what it made."""

    class Changed(Affine):
        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy)
            result = change(self, dx, dy)
            return dx if result is None else result

    return case(Changed(), X)


def put(thing: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(thing, name, value)


AFFINE: dict[str, tuple[str, Any]] = {
    "sign of w": ("wrong_sign", lambda s, dx, dy: put(s, dw=-s.dw)),
    "a mean too many": ("batch_size", lambda s, dx, dy: put(s, dw=s.dw / N)),
    "a mean too few": ("batch_size", lambda s, dx, dy: put(s, dw=s.dw * N)),
    "three times": ("constant_factor", lambda s, dx, dy: put(s, dw=3 * s.dw)),
    "half dx": ("constant_factor", lambda s, dx, dy: dx / 2),
    "one example's b": ("not_summed", lambda s, dx, dy: put(s, db=dy[-1])),
    "b not summed": ("not_summed", lambda s, dx, dy: put(s, db=dy)),
    "b all summed": ("summed_over_outputs", lambda s, dx, dy: put(s, db=np.full(3, dy.sum()))),
    "b through the bias": ("factor_too_many", lambda s, dx, dy: put(s, db=dy.sum(axis=0) * s.b)),
    "w with its decay": ("penalty_added", lambda s, dx, dy: put(s, dw=s.dw + 0.01 * s.w)),
    "b with its decay": ("*", lambda s, dx, dy: put(s, db=s.db + 0.5 * s.b)),
    "dy squared for w": ("dy_twice", lambda s, dx, dy: put(s, dw=s.x.T @ dy**2)),
    "w of a dy of ones": (
        "upstream_ignored",
        lambda s, dx, dy: put(s, dw=s.x.T @ np.ones_like(dy)),
    ),
    "w turned": ("transposed", lambda s, dx, dy: put(s, dw=s.dw.T)),
    "w nearly": ("nearly_right", lambda s, dx, dy: put(s, dw=s.dw + 1e-5 * s.w**2)),
    "w nonsense": ("unknown", lambda s, dx, dy: put(s, dw=s.dw * (1 + s.w**2))),
    "w with something added": ("not_proportional", lambda s, dx, dy: put(s, dw=s.dw + s.w**2)),
    "w clipped": ("not_proportional", lambda s, dx, dy: put(s, dw=np.clip(s.dw, -100, 100))),
    "w updated": ("parameters_changed", lambda s, dx, dy: put(s, w=s.w - 0.1 * s.dw)),
    "w's last row left out": ("*", lambda s, dx, dy: put(s, dw=np.vstack([s.dw[:-1], 0 * B]))),
    "NaN for one weight": (
        "not_finite",
        lambda s, dx, dy: put(s, dw=np.where(s.w == s.w.max(), np.nan, s.dw)),
    ),
}
for _name, (_kind, _change) in AFFINE.items():
    BROKEN[_name] = (_kind, lambda change=_change: affine(change))  # type: ignore[misc]


@broken("accumulated")
def adds_up() -> Case:
    class Adding(Affine):
        def __init__(self) -> None:
            super().__init__()
            self.dw, self.db = np.zeros_like(W), np.zeros_like(B)

        def backward(self, dy: Any) -> Any:
            self.dw += self.x.T @ dy
            self.db = dy.sum(axis=0)
            return dy @ self.w.T

    return case(Adding(), X)


@broken("transposed")
def square_weights_not_transposed() -> Case:
    class Square:
        def __init__(self) -> None:
            self.w = RNG.normal(size=(4, 4))

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.w

        def backward(self, dy: Any) -> Any:
            self.dw = self.x.T @ dy
            return dy @ self.w

    return case(Square(), X)


@broken("input_changed")
def works_in_its_input() -> Case:
    class Inplace:
        def forward(self, x: Any) -> Any:
            x *= x > 0
            self.mask = x > 0
            return x

        def backward(self, dy: Any) -> Any:
            return dy * self.mask

    return case(Inplace(), X)


@broken("missing_method")
def no_way_back() -> Case:
    class Oneway:
        def forward(self, x: Any) -> Any:
            return x

        def bakward(self, dy: Any) -> Any:
            return dy

    return case(Oneway(), X)


@broken("misspelt")
def forward_misspelt() -> Case:
    class Misspelt(Affine):
        def forward(self, x: Any) -> Any:
            return x @ self.weight + self.b  # type: ignore[attr-defined]

    return case(Misspelt(), X)


@broken("random")
def random_from_call_to_call() -> Case:
    class Noise:
        def forward(self, x: Any) -> Any:
            return x + np.random.default_rng().normal(size=x.shape)

        def backward(self, dy: Any) -> Any:
            return dy

    return case(Noise(), X)


@broken("random")
def random_from_the_global_state() -> Case:
    class Noise:
        def forward(self, x: Any) -> Any:
            return x + np.random.randn(*x.shape)  # noqa: NPY002

        def backward(self, dy: Any) -> Any:
            return dy

    return case(Noise(), X)


@broken("stale")
def cache_filled_once() -> Case:
    class Once:
        def forward(self, x: Any) -> Any:
            if not hasattr(self, "_y"):
                self._y = np.tanh(x)
            return np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self._y**2)

    return case(Once(), X)


@broken("stale")
def output_kept_once() -> Case:
    class Once:
        def forward(self, x: Any) -> Any:
            if not hasattr(self, "_y"):
                self._y = np.tanh(x)
            return self._y

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self._y**2)

    return case(Once(), X)


@broken("fixed_batch_size")
def batch_size_in_the_code() -> Case:
    class Fixed(Affine):
        def forward(self, x: Any) -> Any:
            return super().forward(x.reshape(6, 4))

    return case(Fixed(), X)


@broken("*")
def batch_size_in_a_factor() -> Case:
    class Factor(Affine):
        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy)
            self.db = dy.mean(axis=0) * 6
            return dx

    return case(Factor(), X)


# ------------------------------------------------------------------------- norms and the like


def norm_object(dx: Any, dgamma: Any = None, gamma: float = 1.0) -> Case:
    class Norm:
        def __init__(self) -> None:
            self.gamma = np.full(4, gamma)

        def forward(self, x: Any) -> Any:
            self.x, self.s = x, np.sqrt(x.var(axis=0) + 1e-5)
            self.n = (x - x.mean(axis=0)) / self.s
            return self.gamma * self.n

        def backward(self, dy: Any) -> Any:
            self.dgamma = (dy * self.n).sum(axis=0) if dgamma is None else dgamma(self, dy)
            return dx(self, dy * self.gamma) / self.s

    return case(Norm(), X)


def whole(s: Any, d: Any) -> Any:
    return d - d.mean(axis=0) - s.n * (d * s.n).mean(axis=0)


NORMS: dict[str, tuple[str, Callable[[], Case]]] = {
    "mean taken for a constant": (
        "wrong_operation",
        lambda: norm_object(lambda s, d: d - s.n * (d * s.n).mean(axis=0)),
    ),
    "variance taken for a constant": (
        "wrong_operation",
        lambda: norm_object(lambda s, d: d - d.mean(axis=0)),
    ),
    "both taken for constants": ("norm_paths_wrong", lambda: norm_object(lambda s, d: d)),
    "gamma of the raw input": (
        "raw_input",
        lambda: norm_object(whole, lambda s, dy: (dy * s.x).sum(axis=0)),
    ),
    "gamma forgotten where it is one": (
        "wrong_operation",
        lambda: norm_object(lambda s, d: whole(s, d / s.gamma)),
    ),
}
BROKEN.update(NORMS)


@broken("softmax_axis")
def softmax_back_along_the_other_axis() -> Case:
    return elementwise(softmax, lambda x, y, d: y * (d - (d * y).sum(axis=0)))


@broken("diagonal_jacobian")
def softmax_diagonal() -> Case:
    return elementwise(softmax, lambda x, y, d: d * y * (1 - y))


@broken("examples_coupled")
def softmax_over_the_batch() -> Case:
    def over_all(x: Any) -> Any:
        e = np.exp(x - x.max())
        return e / e.sum()

    return elementwise(over_all, lambda x, y, d: y * (d - (d * y).sum(axis=1, keepdims=True)))


@broken("examples_coupled")
def softmax_down_the_columns() -> Case:
    return elementwise(
        lambda x: softmax(x, axis=0),
        lambda x, y, d: d * softmax(x) - (d * y).sum(axis=1, keepdims=True),
    )


@broken("slope_of_other_function")
def residual_forgotten() -> Case:
    return elementwise(lambda x: x + np.tanh(x), lambda x, y, d: d * (1 - np.tanh(x) ** 2))


@broken("last_of_repeated")
def repeated_words() -> Case:
    class Table:
        def __init__(self) -> None:
            self.table = RNG.normal(size=(6, 3))

        def forward(self, ids: Any) -> Any:
            self.ids = ids
            return self.table[ids]

        def backward(self, dy: Any) -> None:
            self.dtable = np.zeros_like(self.table)
            self.dtable[self.ids] = dy

    return case(Table(), IDS)


# ------------------------------------------------------------------------------- dropout


class Mask:
    def __init__(self, keep: float = 0.7) -> None:
        self.keep, self.rng = keep, np.random.default_rng(8)

    def draw(self, x: Any) -> Any:
        return (self.rng.random(x.shape) < self.keep) / self.keep

    def forward(self, x: Any, training: bool = True) -> Any:
        self.mask = self.draw(x) if training else np.ones(x.shape)
        return x * self.mask

    def backward(self, dy: Any) -> Any:
        return dy * self.mask


@broken("random_in_prediction")
def always_drops() -> Case:
    class Always(Mask):
        def forward(self, x: Any, training: bool = True) -> Any:
            return super().forward(x, True)

    return case(Always(), X)


@broken("random_in_prediction")
def drops_the_wrong_time() -> Case:
    class Reverse(Mask):
        def forward(self, x: Any, training: bool = True) -> Any:
            return super().forward(x, not training)

    return case(Reverse(), X)


@broken("wrong_mean")
def drops_without_scaling() -> Case:
    class Unscaled(Mask):
        def draw(self, x: Any) -> Any:
            return self.rng.random(x.shape) < self.keep

    return case(Unscaled(), X)


@broken("stale")
def draws_one_mask() -> Case:
    class Once(Mask):
        mask: Any = None

        def forward(self, x: Any, training: bool = True) -> Any:
            if self.mask is None:
                self.mask = self.draw(x[:1])
            return x * self.mask if training else x

    return case(Once(), X)


@broken("stale")
def draws_its_mask_when_made() -> Case:
    class Early(Mask):
        def __init__(self) -> None:
            super().__init__(0.5)
            self.first = self.draw(X[:1])

        def draw(self, x: Any) -> Any:
            return getattr(self, "first", None) if hasattr(self, "first") else super().draw(x)

    return case(Early(), X)


@broken("random_in_prediction")
def tinynet_dropout_that_always_drops() -> Case:
    class Always(Dropout):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            return super().forward(x, training=True)

    return case(Always(0.4), X)


# ---------------------------------------------------------------------- pairs of functions


def functions(backward: Any) -> Case:
    return case((lambda x, w, b: (x @ w + b, (x, w, b)), backward), X, parameters={"w": W, "b": B})


PAIRS: dict[str, tuple[str, Any]] = {
    "pair, right but for its sign": (
        "wrong_sign",
        lambda d, c: (d @ c[1].T, -c[0].T @ d, d.sum(axis=0)),
    ),
    "pair, mean of b": ("batch_size", lambda d, c: (d @ c[1].T, c[0].T @ d, d.mean(axis=0))),
    "pair, b not summed": ("not_summed", lambda d, c: (d @ c[1].T, c[0].T @ d, d)),
    "pair, b through the bias": (
        "factor_too_many",
        lambda d, c: (d @ c[1].T, c[0].T @ d, d.sum(axis=0) * c[2]),
    ),
    "pair, w with a penalty": (
        "penalty_added",
        lambda d, c: (d @ c[1].T, c[0].T @ d + 0.1 * c[1], d.sum(axis=0)),
    ),
    "pair, two in one": ("wrong_count", lambda d, c: (d @ c[1].T, c[0].T @ d)),
    "pair, order": ("wrong_shape", lambda d, c: (d @ c[1].T, d.sum(axis=0), c[0].T @ d)),
    "pair, nothing back": ("returns_nothing", lambda d, c: None),
    "pair, crash": ("crash", lambda d, c: (d @ c[1], c[0].T @ d, d.sum(axis=0))),
    "pair, dy changed": (
        "upstream_changed",
        lambda d, c: (np.multiply(d, 1.0, out=d) @ c[1].T, c[0].T @ d, np.cumsum(d, 0, out=d)[-1]),
    ),
    "pair, three times dx": (
        "constant_factor",
        lambda d, c: (3 * d @ c[1].T, c[0].T @ d, d.sum(axis=0)),
    ),
    "pair, dx of ones": (
        "upstream_ignored",
        lambda d, c: (np.ones_like(d) @ c[1].T, c[0].T @ d, d.sum(axis=0)),
    ),
}
for _name, (_kind, _back) in PAIRS.items():
    BROKEN[_name] = (_kind, lambda back=_back: functions(back))  # type: ignore[misc]


@broken("gradient_is_dy")
def pair_scale_of_ones() -> Case:
    return case(
        (lambda x, s: (x * s, (x, s)), lambda d, c: (d, (d * c[0]).sum(axis=0))),
        X,
        parameters=[np.ones(4)],
    )


@broken("flipped_kernel")
def pair_kernel_backwards() -> Case:
    (_, backward), x = INNOCENTS["convolution_of_signals"]()[0]
    forward = INNOCENTS["convolution_of_signals"]()[0][0][0]

    def wrong(d: Any, cache: Any) -> Any:
        dx, dk, db = backward(d, cache)
        return dx, dk[::-1], db

    return case((forward, wrong), x, parameters=[np.array([0.3, -1.0, 2.0]), 0.2])


@broken("flipped_kernel")
def pair_kernel_flipped_for_dx() -> Case:
    (forward, backward), x = INNOCENTS["convolution_of_signals"]()[0]

    def wrong(d: Any, cache: Any) -> Any:
        dx = backward(d, (cache[0], cache[1][::-1]))[0]
        return dx, *backward(d, cache)[1:]

    return case((forward, wrong), x, parameters=[np.array([0.3, -1.0, 2.0]), 0.2])


@broken("wrong_on_one_side")
def pair_leak() -> Case:
    return case(
        (lambda x: (np.where(x > 0, x, 0.3 * x), x), lambda d, x: d * np.where(x > 0, 1, 0.01)), X
    )


@broken("slope_at_output")
def pair_tanh_twice() -> Case:
    return case((lambda x: (np.tanh(x), np.tanh(x)), lambda d, y: d * (1 - np.tanh(y) ** 2)), X)


@broken("gradient_is_dy")
def pair_sigmoid_forgotten() -> Case:
    return case((lambda x: (sigmoid(x), x), lambda d, cache: d), X)


@broken("mask_missing")
def pair_clip() -> Case:
    return case((lambda x: np.clip(x, -3, 3), lambda d: d), X)


@broken("*")
def pair_last_step_of_a_recurrence() -> Case:
    def forward(x: Any, u: Any) -> Any:
        h = np.zeros((len(x), 3))
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ u + h)
        return h, (x, u, h)

    def backward(d: Any, cache: Any) -> Any:
        x, u, h = cache
        dz, dx = d * (1 - h**2), np.zeros_like(x)
        dx[:, -1] = dz @ u.T
        return dx, x[:, -1].T @ dz

    return case((forward, backward), SEQUENCE, parameters=[RNG.normal(size=(2, 3))])


# --------------------------------------------------------------------------------- costs


def nll(z: Any, t: Any) -> Any:
    return -np.mean(np.log(softmax(z)[np.arange(len(t)), t]))


COSTS: dict[str, tuple[str, Any, Any, Any]] = {
    "cost, no mean": ("batch_size", lambda z, t: (nll(z, t), softmax(z) - np.eye(3)[t]), Z, LABELS),
    "cost, a mean over classes": (
        "constant_factor",
        lambda z, t: (nll(z, t), (softmax(z) - np.eye(3)[t]) / z.size),
        Z,
        LABELS,
    ),
    "cost, no target": ("target_missing", lambda z, t: (nll(z, t), softmax(z) / len(z)), Z, LABELS),
    "cost, sign": (
        "wrong_sign",
        lambda z, t: (nll(z, t), (np.eye(3)[t] - softmax(z)) / len(z)),
        Z,
        LABELS,
    ),
    "cost, softmax down the columns": (
        "cost_softmax_axis",
        lambda z, t: (nll(z, t), (softmax(z, 0) - np.eye(3)[t]) / len(z)),
        Z,
        LABELS,
    ),
    "cost, softmax twice": (
        "*",
        lambda z, t: (nll(z, t), (softmax(softmax(z)) - np.eye(3)[t]) / len(z)),
        Z,
        LABELS,
    ),
    "cost, the shortcut counted twice": (
        "shortcut_counted",
        lambda p, t: (-np.mean((t * np.log(p)).sum(axis=1)), (p - t) / len(p)),
        softmax(Z),
        ONE_HOT,
    ),
    "cost, no two": (
        "constant_factor",
        lambda p, t: (np.mean((p - t) ** 2), (p - t) / p.size),
        Z,
        Y,
    ),
    "cost, pairs": (
        "broadcast",
        lambda p, t: (np.mean((p - t) ** 2), 2 * (p - t).mean(axis=1, keepdims=True) / len(p)),
        Z[:, :1],
        Y[:, 0],
    ),
    "cost, pairs the other way": (
        "broadcast",
        lambda p, t: (np.mean((p - t) ** 2), 2 * (p - t).mean(axis=0) / len(p)),
        Z[:, 0],
        Y[:, :1],
    ),
    "cost, absolute": ("*", lambda p, t: (np.abs(p - t).sum(), np.ones_like(p)), Z, Y),
    "cost, penalty": (
        "penalty_added",
        lambda w: (((X @ w - Y) ** 2).sum(), 2 * X.T @ (X @ w - Y) + 0.1 * w),
        W,
        None,
    ),
    "cost, value alone": ("wrong_count", lambda p, t: np.mean((p - t) ** 2), Z, Y),
    "cost, nothing": ("returns_nothing", lambda p, t: None, Z, Y),
    "cost, a value for each": (
        "wrong_shape",
        lambda p, t: (((p - t) ** 2).sum(axis=1), 2 * (p - t)),
        Z,
        Y,
    ),
    "cost, crash": ("crash", lambda p, t: (np.mean((p - t) ** 2), (p - t) @ t), Z, Y),
    "cost, gradient of another shape": (
        "wrong_shape",
        lambda p, t: (np.sum((p - t) ** 2), 2 * (p - t).ravel()),
        Z,
        Y,
    ),
    "cost, huber not clipped": (
        "*",
        lambda p, t: (
            np.where(np.abs(p - t) < 1, (p - t) ** 2 / 2, np.abs(p - t) - 0.5).sum(),
            p - t,
        ),
        3 * Z,
        Y,
    ),
}


def cost(f: Any, x: Any, t: Any) -> Case:
    return case(f, x) if t is None else case(f, x, t)


for _name, (_kind, _f, _x, _t) in COSTS.items():
    BROKEN[_name] = (_kind, lambda f=_f, x=_x, t=_t: cost(f, x, t))  # type: ignore[misc]


# ------------------------------------------------------------------- tinynet's own kinds


@broken("unregistered")
def layer_with_weights_of_its_own() -> Case:
    class Own(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.W, self.dW = W.copy(), np.zeros_like(W)

        def output_shape(self, input_shape: Any) -> Any:
            return (3,)

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            self.dW[...] = self._x.T @ dy
            return dy @ self.W.T

    return case(Own(), X)


@broken("unregistered")
def model_with_weights_of_its_own() -> Case:
    layer = layer_with_weights_of_its_own()[0][0]
    model = Sequential([Dense(4, "tanh"), layer], seed=0)
    model.compile("sgd", "mse")
    return case(model, X, Y)


@broken("gradient_is_dy")
def scale_layer_of_ones() -> Case:
    class Scale(Layer):
        s: Any
        ds: Any

        def create_parameters(self, input_shape: Any) -> None:
            self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x = self.check_input(x)
            return x * self.s

        def backward(self, dy: Any) -> Any:
            self.ds[...] = (dy * self._x).sum(axis=0)
            return dy

    return case(Scale(), X)


@broken("*")
def shift_layer_of_zeros() -> Case:
    class Shift(Layer):
        b: Any
        db: Any

        def create_parameters(self, input_shape: Any) -> None:
            self.add_parameter("b", input_shape, lambda shape, rng: np.zeros(shape))

        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x = self.check_input(x)
            self._y = np.tanh(x + self.b)
            return self._y

        def backward(self, dy: Any) -> Any:
            dz = dy * (1 - np.tanh(self._x) ** 2)
            self.db[...] = dz.sum(axis=0)
            return dz

    return case(Shift(), X)


@broken("gradient_replaced")
def layer_that_binds_its_gradient_anew() -> Case:
    class Binding(Dense):
        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy)
            self.dW = self.dW.copy()
            return dx

    return case(Binding(3), X)


@broken("misspelt")
def layer_that_misspells() -> Case:
    class Misspelt(Layer):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            self._x = x
            return np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return dy * (1 - np.tanh(self._xx) ** 2)  # type: ignore[attr-defined]

    return case(Misspelt(), X)


@broken("crash")
def layer_without_the_training_argument() -> Case:
    class Old(Layer):
        def forward(self, x: Any) -> Any:  # type: ignore[override]
            return x

        def backward(self, dy: Any) -> Any:
            return dy

    return case(Old(), X)


@broken("returns_nothing")
def layer_that_returns_nothing() -> Case:
    class Silent(Layer):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return dy

    return case(Silent(), X)


@broken("mask_missing")
def model_with_an_unmasked_relu() -> Case:
    class Unmasked(ReLU):
        def backward(self, dy: Any) -> Any:
            return dy * 1.0

    return case(Sequential([Dense(5), Unmasked(), Dense(3)], seed=0), X)


@broken("mask_missing")
def model_with_a_clip() -> Case:
    class Clip(Layer):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            return np.clip(x, -20, 20)

        def backward(self, dy: Any) -> Any:
            return dy

    model = Sequential([Dense(5), Clip(), Dense(3)], seed=0)
    model.compile("sgd", "mse")
    return case(model, X, Y)


@broken("softmax_twice")
def model_with_softmax_twice() -> Case:
    model = Sequential([Dense(5, "relu"), Dense(3, "softmax")], seed=0)
    model.compile("sgd", CategoricalCrossentropy(from_logits=True))
    return case(model, X, ONE_HOT)


@broken("diagonal_jacobian")
def layer_with_a_diagonal() -> Case:
    class Diagonal(Softmax):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            self.kept = super().forward(x, training=training)
            return self.kept

        def backward(self, dy: Any) -> Any:
            return dy * self.kept * (1 - self.kept)

    return case(Diagonal(), X)


@broken("slope_of_other_function")
def layer_with_the_other_slope() -> Case:
    class Other(Tanh):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            self.kept = super().forward(x, training=training)
            return self.kept

        def backward(self, dy: Any) -> Any:
            return dy * self.kept * (1 - self.kept)

    return case(Other(), X)


@broken("broadcast")
def loss_of_pairs() -> Case:
    class Pairs(Loss):
        def targets(self, y_true: Any, output_shape: Any) -> Any:
            return np.asarray(y_true, dtype=float)

        def value(self, t: Any, y: Any) -> float:
            return float(np.mean((y - t) ** 2))

        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - t).mean(axis=1, keepdims=True) / len(y)

    return case(Pairs(), Z[:, :1], Y[:, 0])


@broken("not_a_mean")
def loss_that_sums() -> Case:
    class Sum(MeanSquaredError):  # noqa: N818
        def value(self, t: Any, y: Any) -> float:
            return super().value(t, y) * len(y)

        def gradient(self, t: Any, y: Any) -> Any:
            return super().gradient(t, y) * len(y)

    return case(Sum(), Z, Y)


@broken("batch_size")
def loss_whose_gradient_sums() -> Case:
    class Sum(MeanSquaredError):  # noqa: N818
        def gradient(self, t: Any, y: Any) -> Any:
            return super().gradient(t, y) * len(y)

    return case(Sum(), Z, Y)


@broken("*")
def loss_for_batches_of_six() -> Case:
    class Six(MeanSquaredError):  # noqa: N818
        def gradient(self, t: Any, y: Any) -> Any:
            return 2 * (y - t) / 18

    return case(Six(), Z, Y)


@broken("wrong_axis")
def loss_weighted_by_column() -> Case:
    weights = np.array([0.5, 1.0, 2.0])

    class Weighted(Loss):
        def value(self, t: Any, y: Any) -> float:
            p = softmax(y)
            return float(-((t @ weights) * np.log((p * t).sum(axis=1))).mean())

        def gradient(self, t: Any, y: Any) -> Any:
            return (softmax(y) - t) * weights / len(y)

    return case(Weighted(), Z, ONE_HOT)


# ------------------------------------------- what a second outside set showed, each as its kind


def pair(forward: Any, backward: Any, x: Any = X, **options: Any) -> Case:
    """Make a pair of functions, with x as the cache."""
    return case(
        (lambda x, *p: (forward(x, *p), (x, *p)), lambda dy, c: backward(dy, *c)), x, **options
    )


@broken("mask_missing")
def maximum_whose_gradient_goes_to_all() -> Case:
    return pair(lambda x: x.max(axis=1), lambda dy, x: dy[:, np.newaxis] * np.ones_like(x))


@broken("misplaced")
def maximum_whose_gradient_goes_to_the_first() -> Case:
    def backward(dy: Any, x: Any) -> Any:
        dx = np.zeros_like(x)
        dx[:, 0] = dy
        return dx

    return pair(lambda x: x.max(axis=1), backward)


@broken("wrong_mask")
def relu_the_wrong_way_round() -> Case:
    return elementwise(lambda x: np.maximum(x, 0), lambda x, y, dy: dy * (x <= 0))


@broken("softmax_term")
def softmax_with_a_plus() -> Case:
    return pair(softmax, lambda dy, x: softmax(x) * (dy + (dy * softmax(x)).sum(1, keepdims=True)))


@broken("softmax_term")
def softmax_without_its_factor() -> Case:
    return pair(softmax, lambda dy, x: dy - (dy * softmax(x)).sum(axis=1, keepdims=True))


@broken("softmax_term")
def softmax_without_its_sum() -> Case:
    return pair(softmax, lambda dy, x: softmax(x) * dy)


def centred(x: Any) -> tuple[Any, Any]:
    """Return x, normalised along each row, and its deviation."""
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    return (x - x.mean(axis=1, keepdims=True)) / deviation, deviation


def norm_case(backward: Any, **options: Any) -> Case:
    """Make a layer norm whose backward takes dy, the normalised x, and the deviation."""
    return pair(lambda x: centred(x)[0], lambda dy, x: backward(dy, *centred(x)), **options)


@broken("norm_paths_wrong")
def layer_norm_with_sums_for_means() -> Case:
    def backward(dy: Any, n: Any, deviation: Any) -> Any:
        return (dy - dy.sum(1, keepdims=True) - n * (dy * n).sum(1, keepdims=True)) / deviation

    return norm_case(backward)


@broken("norm_paths_wrong")
def layer_norm_with_another_axis_counted() -> Case:
    def backward(dy: Any, n: Any, deviation: Any) -> Any:
        total = dy.sum(axis=1, keepdims=True) + n * (dy * n).sum(axis=1, keepdims=True)
        return (dy - total / len(dy)) / deviation

    return norm_case(backward)


@broken("wrong_operation")
def layer_norm_whose_way_back_forgets_the_scale() -> Case:
    def backward(dy: Any, x: Any, scale: Any) -> Any:
        n, deviation = centred(x)
        inner = dy - dy.mean(axis=1, keepdims=True) - n * (dy * n).mean(axis=1, keepdims=True)
        return inner / deviation, (dy * n).sum(axis=0)

    return pair(lambda x, scale: scale * centred(x)[0], backward, parameters=[np.ones(4)])


@broken("swapped_pair")
def scale_and_shift_in_the_wrong_order() -> Case:
    def backward(dy: Any, x: Any, scale: Any, shift: Any) -> Any:
        return dy * scale, dy.sum(axis=0), (dy * x).sum(axis=0)

    start = [np.linspace(1, 2, 4), np.zeros(4)]
    return pair(lambda x, scale, shift: scale * x + shift, backward, parameters=start)


@broken("not_summed")
def bias_summed_along_the_rows_of_a_square() -> Case:
    def backward(dy: Any, x: Any, b: Any) -> Any:
        return dy, dy.sum(axis=1)

    return pair(lambda x, b: x + b, backward, X[:4], parameters=[np.zeros(4)])


@broken("not_summed")
def bias_of_the_first_six_examples() -> Case:
    def backward(dy: Any, x: Any, b: Any) -> Any:
        return dy, dy[:6].sum(axis=0)

    return pair(lambda x, b: x + b, backward, parameters=[np.zeros(4)])


@broken("wrong_operation")
def bias_before_a_tanh_whose_slope_is_forgotten() -> Case:
    def backward(dy: Any, x: Any, b: Any) -> Any:
        return dy * (1 - np.tanh(x + b) ** 2), dy.sum(axis=0)

    return pair(lambda x, b: np.tanh(x + b), backward, parameters=[np.zeros(4)])


@broken("shifted")
def padding_cut_off_at_the_wrong_end() -> Case:
    kernel = np.array([0.5, -1.0, 2.0])

    def smooth(x: Any, kernel: Any) -> Any:
        padded = np.pad(x, ((0, 0), (1, 1)))
        return sum(k * padded[:, i : i + x.shape[1]] for i, k in enumerate(kernel))

    def backward(dy: Any, x: Any) -> Any:
        padded = np.zeros((len(dy), dy.shape[1] + 2))
        for i, k in enumerate(kernel):
            padded[:, i : i + dy.shape[1]] += k * dy
        return padded[:, :-2]

    return pair(lambda x: smooth(x, kernel), backward)


@broken("last_of_repeated")
def embedding_whose_last_occurrences_are_in_one_example() -> Case:
    def backward(dy: Any, x: Any, table: Any) -> Any:
        found = np.zeros_like(table)
        found[x.astype(int)] = dy
        return np.zeros(x.shape), found

    ids, table = np.array([[0, 1, 1], [3, 1, 0]]), RNG.normal(size=(4, 2))
    return pair(lambda x, table: table[x.astype(int)], backward, ids, parameters=[table])


@broken("stale")
def input_of_the_first_call_kept() -> Case:
    class First(Dense):
        def forward(self, x: Any, *, training: bool = False) -> Any:
            if not hasattr(self, "_first"):
                self._first = x
            return super().forward(x, training=training)

        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy)
            if len(self._first) == len(dy):
                self.dW[...] = self._first.T @ dy
            return dx

    return case(First(3), X)


@broken("fixed_batch_size")
def ones_for_the_examples_of_one_batch() -> Case:
    class Affine:
        def __init__(self) -> None:
            self.weights, self.biases = W.copy(), B[np.newaxis].copy()
            self.ones = np.ones((1, N))

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.weights + self.biases

        def backward(self, dy: Any) -> Any:
            self.dweights, self.dbiases = self.x.T @ dy, self.ones @ dy
            return dy @ self.weights.T

    return case(Affine(), X)


@broken("softmax_twice")
def softmax_of_a_softmax() -> Case:
    model = Sequential([Dense(5, "relu"), Dense(3, "softmax"), Softmax()], seed=0)
    model.compile("sgd", "categorical_crossentropy")
    return case(model, X, ONE_HOT)


@broken("constant_factor")
def norm_of_a_vector_squared() -> Case:
    return case(lambda x: (float(np.linalg.norm(x)), x / (x @ x)), RNG.normal(size=6))


@broken("constant_factor")
def slope_of_a_hard_sigmoid_that_is_one_in_six() -> Case:
    return elementwise(lambda x: x / N + 0.5, lambda x, y, dy: dy)


@broken("constant_factor")
def mean_over_all_entries_forgotten() -> Case:
    def cost(p: Any, t: Any) -> Any:
        value = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
        return value, -t / p + (1 - t) / (1 - p)

    return case(cost, sigmoid(Z), ONE_HOT)


@broken("penalty_added")
def half_of_a_penalty() -> Case:
    return case(lambda w: (float((X @ w).sum() + (w**2).sum()), X.sum(0)[:, None] + w), W[:, :1])


@broken("wrong_operation")
def divergence_without_its_one() -> Case:
    def cost(p: Any, t: Any) -> Any:
        return (p * np.log(p / t)).sum(axis=1).mean(), np.log(p / t) / len(p)

    return case(cost, softmax(Z), softmax(Y))


@broken("slope_factor")
def logistic_cost_with_the_slope_once_too_often() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = sigmoid(z)
        return (np.logaddexp(0, z) - t * z).mean(), (p - t) * p * (1 - p) / z.size

    return case(cost, Z, ONE_HOT)


@broken("slope_factor")
def quadratic_cost_without_the_slope() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = sigmoid(z)
        return 0.5 * ((p - t) ** 2).sum(axis=1).mean(), (p - t) / len(z)

    return case(cost, Z, ONE_HOT)


@broken("wrong_operation")
def labels_smoothed_in_the_value_alone() -> Case:
    def cost(z: Any, t: Any) -> Any:
        smooth = 0.9 * t + 0.1 / 3
        return -(smooth * np.log(softmax(z))).sum(axis=1).mean(), (softmax(z) - t) / len(z)

    return case(cost, Z, ONE_HOT)


@broken("wrong_operation")
def only_the_right_class_filled_in() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -(t * np.log(p)).sum(axis=1).mean(), t * (p - 1) / len(z)

    return case(cost, Z, ONE_HOT)


@broken("wrong_operation")
def sign_of_the_second_term() -> Case:
    def cost(p: Any, t: Any) -> Any:
        value = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
        return value, (-t / p - (1 - t) / (1 - p)) / p.size

    return case(cost, sigmoid(Z), ONE_HOT)


@broken("batch_size")
def mean_forgotten_where_log_p_is_bounded() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -(t * np.log(np.clip(p, 1e-7, 1))).sum(axis=1).mean(), p - t

    return case(cost, Z, ONE_HOT)


@broken("misspelt")
def gradient_under_a_misspelt_name() -> Case:
    class Handed:
        def __init__(self) -> None:
            self.weights, self.biases = W.copy(), B.copy()

        def forward(self, inputs: Any) -> Any:
            self.inputs = inputs
            return inputs @ self.weights + self.biases

        def backward(self, dvalues: Any) -> Any:
            self.dweight, self.dbiases = self.inputs.T @ dvalues, dvalues.sum(axis=0)
            return dvalues @ self.weights.T

    return case(Handed(), X)


@broken("gradient_is_dy")
def size_without_its_sign() -> Case:
    return elementwise(np.abs, lambda x, y, dy: dy)


@broken("mask_missing")
def relu_with_a_threshold_that_the_mask_does_not_know() -> Case:
    return elementwise(lambda x: np.where(x > 0.5, x, 0.0), lambda x, y, dy: dy * (x > 0))


# ------------------------------------------------ overflow, repeated indices, and factors by chance


@broken("overflow")
def softmax_without_its_maximum() -> Case:
    class Handed:
        def forward(self, x: Any) -> Any:
            e = np.exp(x)
            self.y = e / e.sum(axis=1, keepdims=True)
            return self.y

        def backward(self, dy: Any) -> Any:
            return self.y * (dy - (dy * self.y).sum(axis=1, keepdims=True))

    return case(Handed(), X)


@broken("overflow")
def softmax_cost_without_its_maximum() -> Case:
    def cost(z: Any, t: Any) -> Any:
        e = np.exp(z)
        p = e / e.sum(axis=1, keepdims=True)
        rows, dz = np.arange(len(t)), p.copy()
        dz[rows, t] -= 1
        return -np.log(p[rows, t]).mean(), dz / len(t)

    return case(cost, Z, LABELS)


@broken("last_of_repeated")
def repeated_words_in_another_batch() -> Case:
    class Table:
        def __init__(self) -> None:
            self.W = RNG.normal(size=(6, 3))

        def forward(self, words: Any) -> Any:
            self.words = words
            return self.W[words]

        def backward(self, dy: Any) -> None:
            self.dW = np.zeros_like(self.W)
            self.dW[self.words] += dy

    return case(Table(), np.array([0, 2, 3, 5, 1]))


@broken("constant_factor")
def a_factor_that_equals_the_batch_size_by_chance() -> Case:
    return elementwise(np.sqrt, lambda x, y, dy: dy / y, np.abs(X[:2]) + 0.5)


@broken("constant_factor")
def half_of_a_cost_in_a_batch_of_two() -> Case:
    return case(lambda p, t: (((p - t) ** 2).mean(), (p - t) / p.size), Z[:2], Y[:2])


@broken("wrong_axis")
def divided_by_the_deviation_twice() -> Case:
    def forward(x: Any) -> Any:
        deviation = x.std(axis=0)
        normal = (x - x.mean(axis=0)) / deviation
        return normal, (normal, deviation)

    def backward(dy: Any, cache: Any) -> Any:
        n, deviation = cache
        return (dy - dy.mean(axis=0) - n * (dy * n).mean(axis=0)) / deviation**2

    return case((forward, backward), X)


@broken("whole_columns")
def one_subtracted_in_whole_columns() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        dz = p.copy()
        dz[:, t] -= 1
        return -np.log(p[np.arange(len(t)), t]).mean(), dz / len(t)

    return case(cost, Z, np.array([0, 2, 2, 0, 0, 2]))


@broken("target_scaled")
def one_subtracted_after_the_mean() -> Case:
    def cost(z: Any, t: Any) -> Any:
        p = softmax(z)
        dz = p / len(t)
        dz[np.arange(len(t)), t] -= 1
        return -np.log(p[np.arange(len(t)), t]).mean(), dz

    return case(cost, Z, LABELS)


@broken("shortcut_counted")
def difference_for_the_slope_of_the_logistic_cost() -> Case:
    def cost(p: Any, t: Any) -> Any:
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(), (p - t) / p.size

    return case(cost, sigmoid(Z), ONE_HOT)


@broken("returns_nothing")
def forward_that_keeps_its_output_and_forgets_its_return() -> Case:
    class Handed:
        def forward(self, x: Any) -> None:
            self.output = np.tanh(x)

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self.output**2)

    return case(Handed(), X)


@broken("fixed_batch_size")
def a_mean_over_a_batch_of_six() -> Case:
    class Handed:
        def forward(self, x: Any) -> Any:
            self.n = len(x)
            return x - x.sum(axis=0) / 6

        def backward(self, dy: Any) -> Any:
            return dy - dy.sum(axis=0) / self.n

    return case(Handed(), X)


@broken("stale_parameter")
def a_transpose_made_at_the_start() -> Case:
    class Handed:
        def __init__(self) -> None:
            self.W = W.copy()
            self.turned = self.W.T.copy()

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            self.dW = self.x.T @ dy
            return dy @ self.turned

    return case(Handed(), X)


@broken("unused")
def bias_that_forward_forgets() -> Case:
    class Handed:
        def __init__(self) -> None:
            self.W, self.b = W.copy(), B.copy()

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
            return dy @ self.W.T

    return case(Handed(), X)


@broken("wrong_operation")
def exponential_of_a_scale_without_its_derivative() -> Case:
    class Handed:
        def __init__(self) -> None:
            self.a = np.linspace(-1, 1, 4)

        def forward(self, x: Any) -> Any:
            self.x = x
            return x * np.exp(self.a)

        def backward(self, dy: Any) -> Any:
            self.da = (dy * self.x).sum(axis=0)
            return dy * np.exp(self.a)

    return case(Handed(), X)


@broken("constant_factor")
def divided_by_the_features_of_columns() -> Case:
    def forward(x: Any, w: Any, b: Any) -> Any:
        return w @ x + b, (x, w)

    def backward(dy: Any, cache: Any) -> Any:
        x, w = cache
        return w.T @ dy, dy @ x.T / len(x), dy.sum(axis=1, keepdims=True)

    return case((forward, backward), X.T.copy(), parameters=[W.T.copy(), np.zeros((3, 1))])


@broken("batch_size")
def mean_of_three_forgotten_in_a_function_of_one_array() -> Case:
    return case(lambda x: ((x**2).sum() / len(x), 2 * x), X[:3])


@broken("fixed_batch_size")
def mean_over_three_with_a_single_yes() -> Case:
    targets = np.array([[1.0], [0.0], [0.0]])
    return case(lambda p, t: (((p - t) ** 2).mean(), 2 * (p - t) / 3), Z[:3, :1], targets)
