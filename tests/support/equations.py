"""The displayed equations of the documentation, each with a check.

Every ``$$ ... $$ (label)`` in docs/ has its entry here: the label, the LaTeX as it stands on the
page, and below it a function that fails if it isn't true. The LaTeX is repeated so that nobody can
change a formula on the page and leave its check behind. `tests/docs/test_equations.py` and the
build of the documentation (`tools/maths.py`) both go through this table.

Three kinds of check are used: SymPy where an identity can be proved; numbers, with sums written out
index by index; and tinynet itself, where the page says that tinynet computes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import exp, log

import numpy as np
import sympy as sp

import tinynet as tn
from tinynet.layers import sigmoid, softmax

Check = Callable[[], None]
Function = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Equation:
    """What the page says, and what checks it."""

    latex: str
    check: Check


EQUATIONS: dict[str, Equation] = {}


def equation(label: str, latex: str) -> Callable[[Check], Check]:
    """Enter a check into the table."""

    def enter(check: Check) -> Check:
        assert label not in EQUATIONS, f"two checks of {label}"
        EQUATIONS[label] = Equation(latex, check)
        return check

    return enter


def verify(label: str | None, latex: str) -> None:
    """Fail unless the equation is in the table, reads as it does there, and is true.

    Raises
    ------
    ValueError
        If it has no label or no check, or isn't the one that is checked.
    AssertionError
        If it isn't true.
    """
    if not label:
        raise ValueError(f"This equation has no label, such as $$ (label): {latex}")
    if label not in EQUATIONS:
        raise ValueError(f"The equation {label!r} has no check in tests/support/equations.py.")
    if latex.split() != EQUATIONS[label].latex.split():
        raise ValueError(
            f"The equation {label!r} isn't the one that is checked: look at its check in "
            f"tests/support/equations.py, and copy the formula there."
        )
    try:
        EQUATIONS[label].check()
    except AssertionError as error:
        raise AssertionError(f"The equation {label!r} isn't true: {error}") from error


def random(*shape: int, seed: int = 0) -> np.ndarray:
    """Draw from a standard normal distribution."""
    return np.random.default_rng(seed).normal(size=shape)


def close(a: object, b: object, tolerance: float = 1e-12) -> None:
    """Fail unless all entries agree to this share of the largest."""
    left, right = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert left.shape == right.shape, (left.shape, right.shape)
    scale = max(1.0, float(np.abs(right).max(initial=0)))
    assert float(np.abs(left - right).max(initial=0)) <= tolerance * scale, (a, b)


def same(a: sp.Expr, b: sp.Expr) -> None:
    """Fail unless SymPy proves that two expressions are equal."""
    assert sp.simplify(a - b) == 0, (a, b)


def slopes(f: Function, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Differentiate a function by each entry of x, with central differences."""
    result = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += h
        below[i] -= h
        result[i] = (f(above) - f(below)) / (2 * h)
    return result


BY_DIFFERENCES = 1e-8  # what `slopes` is good for, on functions of the size of 1

# ---------------------------------------------------------------------------- 1. One neuron


@equation("neuron", r"y = \sum_{i} x_i \, w_i + b")
def neuron() -> None:
    x, w, b = random(3), random(3, 1, seed=1), random(1, seed=2)
    layer = dense(w, b)
    close(layer.forward(x[np.newaxis])[0, 0], sum(x[i] * w[i, 0] for i in range(3)) + b[0])


def dense(W: np.ndarray, b: np.ndarray) -> tn.Dense:
    """Return a dense layer with these parameters."""
    layer = tn.Dense(W.shape[1]).build((W.shape[0],))
    layer.W[...], layer.b[...] = W, b
    return layer


@equation("dense", r"y_{no} = \sum_{i} x_{ni} \, W_{io} + b_o")
def dense_layer() -> None:
    x, W, b = random(4, 3), random(3, 2, seed=1), random(2, seed=2)
    y = dense(W, b).forward(x)
    for n, o in np.ndindex(4, 2):
        close(y[n, o], sum(x[n, i] * W[i, o] for i in range(3)) + b[o])


@equation(
    "parameter-count",
    r"(784 \cdot 128 + 128) + (128 \cdot 128 + 128) + (128 \cdot 10 + 10) = 118282",
)
def parameter_count() -> None:
    layers = [tn.Dense(128, input_shape=(784,)), tn.Dense(128), tn.Dense(10)]
    counted = tn.Sequential(layers).count_params()
    assert (784 * 128 + 128) + (128 * 128 + 128) + (128 * 10 + 10) == 118282 == counted


# ---------------------------------------------------------------------------- 2. Nonlinearity


@equation("collapse", r"(x W_1 + b_1) W_2 + b_2 = x \, (W_1 W_2) + (b_1 W_2 + b_2)")
def collapse() -> None:
    x, W1, b1 = random(4, 3), random(3, 5, seed=1), random(5, seed=2)
    W2, b2 = random(5, 2, seed=3), random(2, seed=4)
    close((x @ W1 + b1) @ W2 + b2, x @ (W1 @ W2) + (b1 @ W2 + b2))


@equation("linear-xor", r"f(0, 0) + f(1, 1) = f(0, 1) + f(1, 0)")
def linear_xor() -> None:
    w1, w2, b = sp.symbols("w1 w2 b")
    f = [[w1 * x1 + w2 * x2 + b for x2 in (0, 1)] for x1 in (0, 1)]
    same(f[0][0] + f[1][1], f[0][1] + f[1][0])


@equation("relu", r"\mathrm{relu}(z) = \max(z, 0)")
def relu() -> None:
    z = random(1, 50)
    close(tn.ReLU().forward(z)[0], [max(v, 0) for v in z[0]])


def relu_of(z: float) -> float:
    """Return max(z, 0)."""
    return max(z, 0.0)


@equation(
    "xor", r"\mathrm{xor}(x_1, x_2) = \mathrm{relu}(x_1 + x_2) - 2 \, \mathrm{relu}(x_1 + x_2 - 1)"
)
def xor() -> None:
    for x1, x2 in product((0, 1), repeat=2):
        assert relu_of(x1 + x2) - 2 * relu_of(x1 + x2 - 1) == x1 ^ x2


@equation("absolute-value", r"|x| = \mathrm{relu}(x) + \mathrm{relu}(-x)")
def absolute_value() -> None:
    for x in (*random(50), 0.0):
        assert abs(x) == relu_of(x) + relu_of(-x)


# ---------------------------------------------------------------------------- 3. Loss


@equation("mse", r"L = \frac{1}{N K} \sum_{n} \sum_{k} (y_{nk} - t_{nk})^2")
def mse() -> None:
    t, y = random(4, 3), random(4, 3, seed=1)
    total = sum((y[n, k] - t[n, k]) ** 2 for n, k in np.ndindex(4, 3))
    close(tn.losses.MeanSquaredError().forward(t, y), total / (4 * 3))


def classification(N: int = 4, K: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return one-hot targets, logits and probabilities."""
    t = np.eye(K)[np.random.default_rng(5).integers(K, size=N)]
    z = random(N, K, seed=6)
    return t, z, softmax(z)


@equation("cross-entropy", r"L = -\frac{1}{N} \sum_{n} \sum_{k} t_{nk} \log p_{nk}")
def cross_entropy() -> None:
    t, _, p = classification()
    total = sum(t[n, k] * log(p[n, k]) for n, k in np.ndindex(4, 3))
    close(tn.losses.CategoricalCrossentropy().forward(t, p), -total / 4)


@equation("likelihood", r"e^{-N L} = \prod_{n} p_{n c_n}")
def likelihood() -> None:
    t, _, p = classification()
    L, c = tn.losses.CategoricalCrossentropy().forward(t, p), t.argmax(axis=1)
    close(exp(-4 * L), np.prod([p[n, c[n]] for n in range(4)]))


@equation("log-k", r"-\log \frac{1}{K} = \log K, \qquad \log 10 \approx 2.3026")
def log_k() -> None:
    K = sp.symbols("K", positive=True)
    same(-sp.log(1 / K), sp.log(K))
    assert round(log(10), 4) == 2.3026


@equation(
    "best-forecast",
    r"""
\frac{\mathrm{d}}{\mathrm{d}p} \bigl( -t \log p - (1 - t) \log(1 - p) \bigr)
= \frac{p - t}{p \, (1 - p)}
""",
)
def best_forecast() -> None:
    t, p = sp.symbols("t p", positive=True)
    same(sp.diff(-t * sp.log(p) - (1 - t) * sp.log(1 - p), p), (p - t) / (p * (1 - p)))


# ---------------------------------------------------------------------------- 4. Chain rule


@equation("chain", r"z = w x, \qquad y = z + b, \qquad L = (y - t)^2")
def chain() -> None:
    w, x, b, t = 2.0, 3.0, 1.0, 5.0
    z = w * x
    y = z + b
    close(dense(np.array([[w]]), np.array([b])).forward(np.array([[x]]))[0, 0], y)
    close(tn.losses.MeanSquaredError().forward([[t]], [[y]]), (y - t) ** 2)


@equation(
    "chain-rule",
    r"""
\frac{\partial L}{\partial w}
= \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial z}
\cdot \frac{\partial z}{\partial w}
= 2 (y - t) \cdot 1 \cdot x
""",
)
def chain_rule() -> None:
    w, x, b, t, y, z = sp.symbols("w x b t y z")
    links = sp.diff((y - t) ** 2, y) * sp.diff(z + b, z) * sp.diff(w * x, w)
    same(links, 2 * (y - t) * 1 * x)
    same(sp.diff((w * x + b - t) ** 2, w), links.subs(y, w * x + b))


@equation(
    "sum-over-paths",
    r"""
\frac{\partial L}{\partial x}
= \sum_{j} \frac{\partial L}{\partial y_j} \cdot \frac{\partial y_j}{\partial x}
""",
)
def sum_over_paths() -> None:
    x = sp.symbols("x")
    ys = sp.symbols("y:3")
    functions = [sp.sin(x), x**2, sp.exp(x)]
    L = ys[0] * ys[1] + sp.cos(ys[2]) * ys[0]
    here = dict(zip(ys, functions, strict=True))
    paths = [sp.diff(L, y).subs(here) * sp.diff(f, x) for y, f in zip(ys, functions, strict=True)]
    same(sp.diff(L.subs(here), x), sum(paths))


@equation(
    "central-difference",
    r"\frac{f(x + h) - f(x - h)}{2 h} = f'(x) + \frac{h^2}{6} f'''(x) + O(h^4)",
)
def central_difference() -> None:
    x, h = sp.symbols("x h")
    for f in (sp.sin(x), sp.exp(x) * x, 1 / (1 + sp.exp(-x))):
        change = f.subs(x, x + h) - f.subs(x, x - h)
        expected = [0, sp.diff(f, x), 0, sp.diff(f, x, 3) / 6, 0]  # divided by 2 h, up to h³
        for term, coefficient in zip(taylor(change / 2, h, 5), expected, strict=True):
            same(term, coefficient)


def taylor(f: sp.Expr, h: sp.Symbol, terms: int) -> list[sp.Expr]:
    """Return the first coefficients of f's series in h around 0."""
    return [sp.diff(f, h, k).subs(h, 0) / sp.factorial(k) for k in range(terms)]


# ---------------------------------------------------------------------------- 5. Dense, backward


def dense_case() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tn.Dense, np.ndarray]:
    """Return x, W, b, dy, the layer after its backward pass, and the dx it returned."""
    x, W, b, dy = random(4, 3), random(3, 2, seed=1), random(2, seed=2), random(4, 2, seed=3)
    layer = dense(W, b)
    layer.forward(x)
    return x, W, b, dy, layer, layer.backward(dy)


@equation(
    "dense-dw",
    r"""
\frac{\partial L}{\partial W_{io}}
= \sum_{n} \frac{\partial L}{\partial y_{no}} \cdot \frac{\partial y_{no}}{\partial W_{io}}
= \sum_{n} x_{ni} \, \frac{\partial L}{\partial y_{no}}
""",
)
def dense_dw() -> None:
    x, W, b, dy, layer, _ = dense_case()
    numeric = slopes(lambda W: float((dy * (x @ W + b)).sum()), W)
    for i, o in np.ndindex(3, 2):
        total = sum(x[n, i] * dy[n, o] for n in range(4))
        close(total, layer.dW[i, o])
        close(total, numeric[i, o], BY_DIFFERENCES)


@equation(
    "dense-db", r"\frac{\partial L}{\partial b_o} = \sum_{n} \frac{\partial L}{\partial y_{no}}"
)
def dense_db() -> None:
    x, W, b, dy, layer, _ = dense_case()
    numeric = slopes(lambda b: float((dy * (x @ W + b)).sum()), b)
    for o in range(2):
        total = sum(dy[n, o] for n in range(4))
        close(total, layer.db[o])
        close(total, numeric[o], BY_DIFFERENCES)


@equation(
    "dense-dx",
    r"\frac{\partial L}{\partial x_{ni}} = \sum_{o} \frac{\partial L}{\partial y_{no}} \, W_{io}",
)
def dense_dx() -> None:
    x, W, b, dy, _, dx = dense_case()
    numeric = slopes(lambda x: float((dy * (x @ W + b)).sum()), x)
    for n, i in np.ndindex(4, 3):
        total = sum(dy[n, o] * W[i, o] for o in range(2))
        close(total, dx[n, i])
        close(total, numeric[n, i], BY_DIFFERENCES)


@equation(
    "dense-backward",
    r"""
\mathrm{d}W = x^\top \, \mathrm{d}y, \qquad
\mathrm{d}b = \mathbf{1}^\top \mathrm{d}y, \qquad
\mathrm{d}x = \mathrm{d}y \, W^\top
""",
)
def dense_backward() -> None:
    x, W, b, dy, _, _ = dense_case()
    for analytic, numeric in (
        (x.T @ dy, slopes(lambda W: float((dy * (x @ W + b)).sum()), W)),
        (np.ones(4) @ dy, slopes(lambda b: float((dy * (x @ W + b)).sum()), b)),
        (dy @ W.T, slopes(lambda x: float((dy * (x @ W + b)).sum()), x)),
    ):
        close(analytic, numeric, BY_DIFFERENCES)


@equation(
    "scale-backward",
    r"""
\frac{\partial L}{\partial s_i} = \sum_{n} x_{ni} \, \frac{\partial L}{\partial y_{ni}},
\qquad
\frac{\partial L}{\partial x_{ni}} = s_i \, \frac{\partial L}{\partial y_{ni}}
""",
)
def scale_backward() -> None:
    x, s, dy = random(4, 3), random(3, seed=1), random(4, 3, seed=2)
    ds = [sum(x[n, i] * dy[n, i] for n in range(4)) for i in range(3)]
    dx = [[s[i] * dy[n, i] for i in range(3)] for n in range(4)]
    close(ds, slopes(lambda s: float((dy * (x * s)).sum()), s), BY_DIFFERENCES)
    close(dx, slopes(lambda x: float((dy * (x * s)).sum()), x), BY_DIFFERENCES)


@equation(
    "tied-backward",
    r"""
\mathrm{d}W = x^\top \, \mathrm{d}y \, W + \mathrm{d}y^\top \, x \, W,
\qquad
\mathrm{d}x = \mathrm{d}y \, W W^\top
""",
)
def tied_backward() -> None:
    x, W, dy = random(4, 3), random(3, 2, seed=1), random(4, 3, seed=2)
    dW, dx = x.T @ dy @ W + dy.T @ x @ W, dy @ W @ W.T
    close(dW, slopes(lambda W: float((dy * (x @ W @ W.T)).sum()), W), BY_DIFFERENCES)
    close(dx, slopes(lambda x: float((dy * (x @ W @ W.T)).sum()), x), BY_DIFFERENCES)


# ---------------------------------------------------------------------------- 6. ReLU, backward


@equation("relu-slope", r"\mathrm{relu}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}")
def relu_slope() -> None:
    for x in (-2.0, -0.1, 0.1, 2.0):
        slope = 1.0 if x > 0 else 0.0
        close((relu_of(x + 1e-3) - relu_of(x - 1e-3)) / 2e-3, slope)
        layer = tn.ReLU()
        layer.forward(np.array([[x]]))
        assert layer.backward(np.array([[1.0]]))[0, 0] == slope


@equation(
    "sigmoid-slope",
    r"\sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \sigma'(x) = \sigma(x) \, (1 - \sigma(x))",
)
def sigmoid_slope() -> None:
    x = sp.symbols("x")
    s = 1 / (1 + sp.exp(-x))
    same(sp.diff(s, x), s * (1 - s))
    close(sigmoid(np.array([0.7])), [float(s.subs(x, 0.7))])


@equation("tanh-slope", r"\frac{\mathrm{d}}{\mathrm{d}x} \tanh x = 1 - \tanh^2 x")
def tanh_slope() -> None:
    x = sp.symbols("x")
    same(sp.diff(sp.tanh(x), x), 1 - sp.tanh(x) ** 2)


@equation(
    "softplus-slope",
    r"\frac{\mathrm{d}}{\mathrm{d}x} \log(1 + e^x) = \frac{e^x}{1 + e^x} = \sigma(x)",
)
def softplus_slope() -> None:
    x = sp.symbols("x")
    same(sp.diff(sp.log(1 + sp.exp(x)), x), sp.exp(x) / (1 + sp.exp(x)))
    same(sp.exp(x) / (1 + sp.exp(x)), 1 / (1 + sp.exp(-x)))


# ---------------------------------------------------------------------------- 7. Softmax


def softmax_symbols() -> tuple[tuple[sp.Symbol, ...], list[sp.Expr]]:
    """Return three logits and their probabilities."""
    x = sp.symbols("x:3", real=True)
    total = sum(sp.exp(v) for v in x)
    return x, [sp.exp(v) / total for v in x]


@equation("softmax", r"y_i = \frac{e^{x_i}}{\sum_{k} e^{x_k}}")
def softmax_formula() -> None:
    x = random(2, 5)
    y = tn.Softmax().forward(x)
    for n, i in np.ndindex(2, 5):
        close(y[n, i], exp(x[n, i]) / sum(exp(x[n, k]) for k in range(5)))


@equation(
    "softmax-shift", r"\frac{e^{x_i - c}}{\sum_{k} e^{x_k - c}} = \frac{e^{x_i}}{\sum_{k} e^{x_k}}"
)
def softmax_shift() -> None:
    x, y = softmax_symbols()
    c = sp.symbols("c", real=True)
    total = sum(sp.exp(v - c) for v in x)
    for i in range(3):
        same(sp.exp(x[i] - c) / total, y[i])


@equation(
    "softmax-cases",
    r"""
\frac{\partial y_i}{\partial x_i} = \frac{e^{x_i} S - e^{x_i} e^{x_i}}{S^2} = y_i (1 - y_i),
\qquad
\frac{\partial y_i}{\partial x_j} = \frac{0 - e^{x_i} e^{x_j}}{S^2} = -y_i \, y_j
""",
)
def softmax_cases() -> None:
    x, y = softmax_symbols()
    S = sum(sp.exp(v) for v in x)
    for i, j in product(range(3), repeat=2):
        if i == j:
            quotient = (sp.exp(x[i]) * S - sp.exp(x[i]) * sp.exp(x[i])) / S**2
            short = y[i] * (1 - y[i])
        else:
            quotient, short = (0 - sp.exp(x[i]) * sp.exp(x[j])) / S**2, -y[i] * y[j]
        same(sp.diff(y[i], x[j]), quotient)
        same(quotient, short)


@equation("softmax-jacobian", r"\frac{\partial y_i}{\partial x_j} = y_i \, (\delta_{ij} - y_j)")
def softmax_jacobian() -> None:
    x, y = softmax_symbols()
    for i, j in product(range(3), repeat=2):
        same(sp.diff(y[i], x[j]), y[i] * (sp.KroneckerDelta(i, j) - y[j]))


@equation("jacobian-rows", r"\sum_{j} \frac{\partial y_i}{\partial x_j} = 0")
def jacobian_rows() -> None:
    x, y = softmax_symbols()
    for i in range(3):
        same(sum(sp.diff(y[i], x[j]) for j in range(3)), sp.Integer(0))


@equation(
    "softmax-backward",
    r"""
\frac{\partial L}{\partial x_j}
= \sum_{i} \frac{\partial L}{\partial y_i} \, y_i \, (\delta_{ij} - y_j)
= y_j \Bigl( \frac{\partial L}{\partial y_j}
- \sum_{i} \frac{\partial L}{\partial y_i} \, y_i \Bigr)
""",
)
def softmax_backward() -> None:
    x, dy = random(1, 4), random(1, 4, seed=1)
    layer = tn.Softmax()
    y = layer.forward(x)[0]
    dx = layer.backward(dy)[0]
    numeric = slopes(lambda x: float((dy * softmax(x)).sum()), x)[0]
    for j in range(4):
        long = sum(dy[0, i] * y[i] * ((i == j) - y[j]) for i in range(4))
        short = y[j] * (dy[0, j] - sum(dy[0, i] * y[i] for i in range(4)))
        close(long, short)
        close(short, dx[j])
        close(short, numeric[j], BY_DIFFERENCES)


@equation(
    "cross-entropy-gradient",
    r"L = -\sum_{k} t_k \log p_k, \qquad \frac{\partial L}{\partial p_k} = -\frac{t_k}{p_k}",
)
def cross_entropy_gradient() -> None:
    p, t = sp.symbols("p:3", positive=True), sp.symbols("t:3", positive=True)
    L = -sum(t[k] * sp.log(p[k]) for k in range(3))
    for k in range(3):
        same(sp.diff(L, p[k]), -t[k] / p[k])


@equation(
    "p-minus-t",
    r"""
\frac{\partial L}{\partial z_j}
= \sum_{k} -\frac{t_k}{p_k} \, p_k (\delta_{kj} - p_j)
= -t_j + p_j \sum_{k} t_k
= p_j - t_j
""",
)
def p_minus_t() -> None:
    z, p = softmax_symbols()
    t0, t1 = sp.symbols("t0 t1", positive=True)
    t = (t0, t1, 1 - t0 - t1)  # the targets of an example sum to 1
    L = -sum(t[k] * sp.log(p[k]) for k in range(3))
    for j in range(3):
        terms = [-t[k] / p[k] * p[k] * (sp.KroneckerDelta(k, j) - p[j]) for k in range(3)]
        same(sp.diff(L, z[j]), sum(terms))
        same(sum(terms), -t[j] + p[j] * sum(t))
        same(sum(terms), p[j] - t[j])
    labels, logits, probabilities = classification()
    exact = tn.losses.CategoricalCrossentropy(from_logits=True)
    close(exact.backward(labels, logits), (probabilities - labels) / 4)


@equation(
    "log-softmax-backward",
    r"""
\frac{\partial \log p_i}{\partial x_j} = \delta_{ij} - p_j,
\qquad
\frac{\partial L}{\partial x_j}
= \frac{\partial L}{\partial y_j} - p_j \sum_{i} \frac{\partial L}{\partial y_i}
""",
)
def log_softmax_backward() -> None:
    z, probabilities = softmax_symbols()
    for i, j in product(range(3), repeat=2):
        slope = sp.diff(sp.log(probabilities[i]), z[j])
        same(slope, sp.KroneckerDelta(i, j) - probabilities[j])
    x, dy = random(1, 4), random(1, 4, seed=1)
    p = softmax(x)[0]
    dx = [dy[0, j] - p[j] * sum(dy[0, i] for i in range(4)) for j in range(4)]
    numeric = slopes(lambda x: float((dy * np.log(softmax(x))).sum()), x)
    close(dx, numeric[0], BY_DIFFERENCES)


# ---------------------------------------------------------------------------- 8. Mini-batches


@equation("sgd", r"w \leftarrow w - \eta \, \frac{\partial L}{\partial w}")
def sgd() -> None:
    w, g = random(3), random(3, seed=1)
    expected = w - 0.1 * g
    tn.SGD(0.1).update(w, g)
    close(w, expected)


@equation("first-order", r"L(w - \eta g) = L(w) - \eta \, \lVert g \rVert^2 + O(\eta^2)")
def first_order() -> None:
    a, b, eta = sp.symbols("a b eta")
    for L in (a**2 * b + sp.sin(b), sp.exp(a) / (1 + b**2)):
        da, db = sp.diff(L, a), sp.diff(L, b)
        after = L.subs({a: a - eta * da, b: b - eta * db}, simultaneous=True)
        value, slope = taylor(after, eta, 2)
        same(value, L)
        same(slope, -(da**2 + db**2))


@equation("step-factor", r"w - \eta \, a w = (1 - \eta a) \, w")
def step_factor() -> None:
    w, a, eta = sp.symbols("w a eta")
    gradient = sp.diff(a * w**2 / 2, w)
    same(gradient, a * w)
    same(w - eta * gradient, (1 - eta * a) * w)


@equation(
    "mean-gradient",
    r"""
\frac{\partial}{\partial w} \frac{1}{N} \sum_{n} L_n
= \frac{1}{N} \sum_{n} \frac{\partial L_n}{\partial w}
""",
)
def mean_gradient() -> None:
    w = sp.symbols("w")
    losses = [sp.sin(n * w) + (w - n) ** 2 for n in range(1, 5)]
    same(sp.diff(sum(losses) / 4, w), sum(sp.diff(L, w) for L in losses) / 4)


@equation("unbiased", r"\frac{1}{M} \sum_{m} g_m = g")
def unbiased() -> None:
    model = tn.Sequential([tn.Dense(3, "softmax", input_shape=(2,))], seed=0, dtype="float64")
    model.compile(tn.SGD(0), "sparse_categorical_crossentropy")
    x, t = random(12, 2), np.arange(12) % 3

    def gradient(rows: np.ndarray) -> np.ndarray:
        model.train_on_batch(x[rows], t[rows])
        return model.gradients.copy()

    batches = [gradient(rows) for rows in np.random.default_rng(0).permutation(12).reshape(4, 3)]
    close(sum(batches) / 4, gradient(np.arange(12)))


@equation(
    "mean-over-machines",
    r"""
\frac{1}{R B} \sum_{r} \sum_{n} \frac{\partial L_{r n}}{\partial w}
= \frac{1}{R} \sum_{r} \frac{1}{B} \sum_{n} \frac{\partial L_{r n}}{\partial w}
""",
)
def mean_over_machines() -> None:
    w = sp.symbols("w")
    parts = [[sp.sin(n * w) + (w - r) ** n for n in range(1, 4)] for r in range(4)]
    whole = sum(sp.diff(L, w) for part in parts for L in part) / 12
    same(whole, sum(sum(sp.diff(L, w) for L in part) / 3 for part in parts) / 4)


@equation("batch-noise", r"\operatorname{Var}(g_B) = \frac{1}{B} \operatorname{Var}(g_1)")
def batch_noise() -> None:
    gradients, B = random(5), 3
    means = [np.mean(draw) for draw in product(gradients, repeat=B)]  # all that can be drawn
    close(np.var(means), np.var(gradients) / B)


@equation("momentum", r"v \leftarrow m v - \eta g, \qquad w \leftarrow w + v")
def momentum() -> None:
    w, v, m, eta = random(3), np.zeros(3), 0.9, 0.1
    followed, optimizer = w.copy(), tn.SGD(eta, momentum=m)
    for step in range(5):
        g = random(3, seed=step)
        v = m * v - eta * g
        w = w + v
        optimizer.update(followed, g)
        close(followed, w)


# ---------------------------------------------------------------------------- 9. Initialisation


@equation(
    "variance-forward",
    r"""
\operatorname{Var}\Bigl( \sum_{i=1}^{I} x_i w_i \Bigr)
= I \cdot \operatorname{E}[x^2] \cdot \operatorname{Var}(w)
""",
)
def variance_forward() -> None:
    # Every way in which two inputs and two weights can fall, exactly: x with mean 1, w with mean 0.
    xs, ws = (-1.0, 0.0, 4.0), (-2.0, 0.5, 1.5)
    sums = [
        x1 * w1 + x2 * w2 for x1, x2 in product(xs, repeat=2) for w1, w2 in product(ws, repeat=2)
    ]
    close(np.mean(ws), 0)
    close(np.var(sums), 2 * np.mean(np.square(xs)) * np.var(ws))


@equation("glorot", r"\operatorname{Var}(w) = \frac{2}{I + O}")
def glorot() -> None:
    fan_in, fan_out = 300, 500
    for f in (tn.initializers.glorot_uniform, tn.initializers.glorot_normal):
        W = f((fan_in, fan_out), np.random.default_rng(0))
        close(W.var() * (fan_in + fan_out) / 2, 1, 0.01)  # the standard error is 0.003


@equation(
    "glorot-uniform",
    r"""
\frac{1}{2a} \int_{-a}^{a} w^2 \, \mathrm{d}w = \frac{a^2}{3},
\qquad\text{so that}\qquad
a = \sqrt{\frac{6}{I + O}}
""",
)
def glorot_uniform() -> None:
    w, a, fan_in, fan_out = sp.symbols("w a I O", positive=True)
    variance = sp.integrate(w**2, (w, -a, a)) / (2 * a)
    same(variance, a**2 / 3)
    same(variance.subs(a, sp.sqrt(6 / (fan_in + fan_out))), 2 / (fan_in + fan_out))


@equation(
    "relu-halves", r"\operatorname{E}[\mathrm{relu}(z)^2] = \tfrac{1}{2} \operatorname{Var}(z)"
)
def relu_halves() -> None:
    z, s = sp.symbols("z s", positive=True)
    density = sp.exp(-(z**2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi))
    same(sp.integrate(z**2 * density, (z, 0, sp.oo)), s**2 / 2)  # normal, Var(z) = s²
    symmetric = np.array([-3.0, -0.5, 0.0, 0.5, 3.0])
    close(np.mean(np.maximum(symmetric, 0) ** 2), np.var(symmetric) / 2)


@equation("he", r"\operatorname{Var}(w) = \frac{2}{I}")
def he() -> None:
    for f in (tn.initializers.he_uniform, tn.initializers.he_normal):
        W = f((300, 500), np.random.default_rng(0))
        close(W.var() * 300 / 2, 1, 0.01)


# ---------------------------------------------------------------------------- 10. What can go wrong


@equation(
    "binary-p-minus-t",
    r"""
\frac{\partial L}{\partial z}
= \frac{p - t}{p \, (1 - p)} \cdot p \, (1 - p)
= p - t
""",
)
def binary_p_minus_t() -> None:
    z, t = sp.symbols("z t", positive=True)
    p = 1 / (1 + sp.exp(-z))
    same(sp.exp(z) / (sp.exp(z) + sp.exp(0)), p)  # the softmax of z and 0
    same(sp.diff(-t * sp.log(p) - (1 - t) * sp.log(1 - p), z), p - t)
    logits, targets = random(5, 1), np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
    loss = tn.losses.BinaryCrossentropy(from_logits=True)
    close(loss.backward(targets, logits), (sigmoid(logits) - targets) / 5)


@equation("sigmoid-slope-bound", r"\sigma'(x) = \sigma(x) \, (1 - \sigma(x)) \le \frac{1}{4}")
def sigmoid_slope_bound() -> None:
    s = sp.symbols("s")
    same(
        sp.Rational(1, 4) - s * (1 - s), (s - sp.Rational(1, 2)) ** 2
    )  # and a square isn't negative


@equation("vanishing", r"\Bigl( \frac{1}{4} \Bigr)^{10} \approx 9.5 \cdot 10^{-7}")
def vanishing() -> None:
    assert f"{(1 / 4) ** 10:.1e}" == "9.5e-07"


# ---------------------------------------------------------------------------- How-to


@equation("prelu", r"y = \max(x, 0) + a \min(x, 0)")
def prelu() -> None:
    a = 0.25
    for x in (-2.0, -0.5, 0.0, 0.5, 2.0):
        assert max(x, 0) + a * min(x, 0) == (x if x > 0 else a * x)


@equation(
    "prelu-backward",
    r"""
\frac{\partial L}{\partial a_i} = \sum_{n} \frac{\partial L}{\partial y_{ni}} \min(x_{ni}, 0),
\qquad
\frac{\partial L}{\partial x_{ni}} = \frac{\partial L}{\partial y_{ni}} \cdot
\begin{cases} 1 & x_{ni} > 0 \\ a_i & x_{ni} < 0 \end{cases}
""",
)
def prelu_backward() -> None:
    x, a, dy = random(4, 3), np.array([0.25, -0.5, 2.0]), random(4, 3, seed=2)

    def f(x: np.ndarray, a: np.ndarray) -> float:
        return float((dy * (np.maximum(x, 0) + a * np.minimum(x, 0))).sum())

    da = [sum(dy[n, i] * min(x[n, i], 0) for n in range(4)) for i in range(3)]
    dx = [[dy[n, i] * (1 if x[n, i] > 0 else a[i]) for i in range(3)] for n in range(4)]
    close(da, slopes(lambda a: f(x, a), a), BY_DIFFERENCES)
    close(dx, slopes(lambda x: f(x, a), x), BY_DIFFERENCES)


def huber_cost(e: float) -> float:
    """Return Huber's h."""
    return e**2 / 2 if abs(e) <= 1 else abs(e) - 1 / 2


@equation(
    "huber",
    r"""
h(e) = \begin{cases} \tfrac{1}{2} e^2 & |e| \le 1 \\ |e| - \tfrac{1}{2} & |e| > 1 \end{cases},
\qquad
L = \frac{1}{N K} \sum_{n} \sum_{k} h(y_{nk} - t_{nk})
""",
)
def huber() -> None:
    # What makes it Huber's: quadratic near 0, and from 1 on a line that goes on without a jump in
    # value or in slope.
    assert huber_cost(0.5) == 0.125
    assert huber_cost(3.0) == huber_cost(-3.0) == 2.5
    for edge in (-1.0, 1.0):
        inside, outside = huber_cost(edge * (1 - 1e-9)), huber_cost(edge * (1 + 1e-9))
        close(inside, outside, 1e-8)
    errors = [[1.0, 3.0], [0.0, -0.5]]
    close(np.mean([huber_cost(e) for row in errors for e in row]), (0.5 + 2.5 + 0 + 0.125) / 4)


@equation("huber-slope", r"h'(e) = \max(-1, \min(e, 1))")
def huber_slope() -> None:
    e = np.array([-3.0, -1.2, -0.3, 0.0, 0.4, 1.7])
    numeric = slopes(lambda e: sum(huber_cost(v) for v in e), e)
    close([max(-1, min(v, 1)) for v in e], numeric, BY_DIFFERENCES)


# ---------------------------------------------------------------------------- Numerical choices


@equation("log-softmax", r"-\log p_k = (m - z_k) + \log \Bigl( \sum_{j} e^{z_j - m} \Bigr)")
def log_softmax() -> None:
    z, p = softmax_symbols()
    m = z[1]  # true for any of them, so also for the largest
    for k in range(3):
        same(sp.exp((m - z[k]) + sp.log(sum(sp.exp(v - m) for v in z))), 1 / p[k])
    loss = tn.losses.CategoricalCrossentropy(from_logits=True)
    assert loss.forward([[0, 1]], [[1000.0, 0.0]]) == (1000 - 0) + log(1 + exp(-1000))


@equation("stable-sigmoid", r"\sigma(x) = \frac{1}{1 + e^{-x}} = \frac{e^{x}}{1 + e^{x}}")
def stable_sigmoid() -> None:
    x = sp.symbols("x")
    same(1 / (1 + sp.exp(-x)), sp.exp(x) / (1 + sp.exp(x)))
    close(sigmoid(np.array([-1000.0, 1000.0])), [0.0, 1.0])


@equation(
    "stable-binary",
    r"""
-t \log \sigma(z) - (1 - t) \log(1 - \sigma(z)) = \max(z, 0) - t z + \log \bigl( 1 + e^{-|z|} \bigr)
""",
)
def stable_binary() -> None:
    loss = tn.losses.BinaryCrossentropy(from_logits=True)
    for z, t in product((-3.0, -0.2, 0.0, 0.7, 5.0), (0.0, 0.3, 1.0)):
        s = 1 / (1 + exp(-z))
        plain = -t * log(s) - (1 - t) * log(1 - s)
        stable = max(z, 0) - t * z + log(1 + exp(-abs(z)))
        close(stable, plain)
        close(stable, loss.forward([[t]], [[z]]))


@equation("smallest-probability", r"-\log \bigl( 2^{-1022} \bigr) = 1022 \log 2 \approx 708.4")
def smallest_probability() -> None:
    assert float(np.finfo(np.float64).tiny) == 2.0**-1022
    same(-sp.log(sp.Integer(2) ** -1022), 1022 * sp.log(2))
    assert round(1022 * log(2), 1) == 708.4


@equation(
    "best-step",
    r"""
E(h) = \frac{h^2}{6} \, |f'''| + \frac{\varepsilon \, |f|}{h}
\qquad\text{is smallest at}\qquad
h = \Bigl( \frac{3 \, \varepsilon \, |f|}{|f'''|} \Bigr)^{1/3}
""",
)
def best_step() -> None:
    h, f, third, epsilon = sp.symbols("h f third epsilon", positive=True)
    error = h**2 / 6 * third + epsilon * f / h
    best = (3 * epsilon * f / third) ** sp.Rational(1, 3)
    same(sp.diff(error, h).subs(h, best), sp.Integer(0))
    assert sp.diff(error, h, 2).is_positive
    assert 5e-6 < float(best.subs({epsilon: 1e-16, f: 1, third: 1})) < 2e-5


@equation(
    "richardson",
    r"""
\frac{4 D(h / 2) - D(h)}{3} = f'(x) + O(h^4),
\qquad
D(h) = \frac{f(x + h) - f(x - h)}{2 h}
""",
)
def richardson() -> None:
    x, h = sp.symbols("x h")
    f = sp.sin(x) * sp.exp(x)

    def change(step: sp.Expr) -> sp.Expr:
        return (f.subs(x, x + step) - f.subs(x, x - step)) / 2

    # h times the left-hand side, so that its series begins with h f'.
    combined = (4 * 2 * change(h / 2) - change(h)) / 3
    for term, coefficient in zip(taylor(combined, h, 5), [0, sp.diff(f, x), 0, 0, 0], strict=True):
        same(term, coefficient)


# ------------------------------------------------------------------ 12. Validation and overfitting


@equation(
    "penalty",
    r"\tilde{L}(w) = L(w) + \frac{\lambda}{2} \lVert w \rVert^2, \qquad "
    r"\frac{\partial \tilde{L}}{\partial w} = \frac{\partial L}{\partial w} + \lambda w",
)
def _() -> None:
    w, decay = random(5), 0.3

    def loss(w: np.ndarray) -> float:
        return float(np.sin(w).sum())

    def penalised(w: np.ndarray) -> float:
        return loss(w) + decay / 2 * float(w @ w)

    close(slopes(penalised, w), slopes(loss, w) + decay * w, 1e-8)


@equation(
    "weight-decay",
    r"w - \eta \Bigl( \frac{\partial L}{\partial w} + \lambda w \Bigr) "
    r"= (1 - \eta \lambda) \, w - \eta \, \frac{\partial L}{\partial w}",
)
def _() -> None:
    w, rate, decay, g = sp.symbols("w eta lambda g")
    same(w - rate * (g + decay * w), (1 - rate * decay) * w - rate * g)
    values, gradient = random(6), random(6, seed=1)
    moved = values.copy()
    tn.SGD(0.1, weight_decay=0.4).update(moved, gradient)
    close(moved, (1 - 0.1 * 0.4) * values - 0.1 * gradient)


@equation(
    "shrinkage",
    r"\frac{a \, (w - w^*)^2}{2} + \frac{\lambda w^2}{2} \ \text{ is smallest at } \ "
    r"w = \frac{a}{a + \lambda} \, w^*",
)
def _() -> None:
    w, a, decay, best = sp.symbols("w a lambda w_b", positive=True)
    total = a * (w - best) ** 2 / 2 + decay * w**2 / 2
    same(sp.diff(total, w).subs(w, a / (a + decay) * best), sp.Integer(0))
    same(sp.diff(total, w, 2), a + decay)  # positive: a minimum


@equation("dropout", r"y_k = \frac{m_k}{1 - p} \, x_k, \qquad \operatorname{E}[y_k] = x_k")
def _() -> None:
    p, x = sp.symbols("p x")
    same((1 - p) * (1 / (1 - p) * x) + p * 0, x)
    layer = tn.Dropout(0.25)
    layer.rng = np.random.default_rng(0)
    values = random(200, 50)
    y = layer.forward(values, training=True)
    kept = y != 0
    close(y, kept / 0.75 * values)
    assert abs(kept.mean() - 0.75) < 0.01


@equation(
    "dropout-backward",
    r"\frac{\partial L}{\partial x_k} = \frac{m_k}{1 - p} \cdot \frac{\partial L}{\partial y_k}",
)
def _() -> None:
    layer = tn.Dropout(0.25)
    layer.rng = np.random.default_rng(0)
    x, dy = random(6, 5), random(6, 5, seed=1)
    mask = layer.forward(x, training=True) != 0
    close(layer.backward(dy), mask / 0.75 * dy)


@equation("dropout-variance", r"\operatorname{Var}[y_k] = \frac{p}{1 - p} \, x_k^2")
def _() -> None:
    p, x = sp.symbols("p x")
    mean_of_square = (1 - p) * (x / (1 - p)) ** 2
    same(mean_of_square - x**2, p / (1 - p) * x**2)


# ---------------------------------------------------------------------- 13. Momentum and Adam


@equation("momentum-step", r"v \leftarrow m v - \eta \, g, \qquad w \leftarrow w + v")
def _() -> None:
    w, v, optimizer = random(4), np.zeros(4), tn.SGD(0.1, momentum=0.8)
    moved = w.copy()
    for step in range(5):
        g = random(4, seed=step + 1)
        v = 0.8 * v - 0.1 * g
        w = w + v
        optimizer.update(moved, g)
    close(moved, w)


@equation("momentum-constant", r"v = -\eta g \, (1 + m + m^2 + \ldots) = -\frac{\eta \, g}{1 - m}")
def _() -> None:
    m, velocity = 0.9, 0.0
    for _step in range(500):
        velocity = m * velocity - 0.1 * 3.0
    close(velocity, -0.1 * 3.0 * sum(m**k for k in range(500)))
    close(velocity, -0.1 * 3.0 / (1 - m))


@equation(
    "momentum-alternating",
    r"\lvert v \rvert = \eta \, \lvert g \rvert \, (1 - m + m^2 - \ldots) "
    r"= \frac{\eta \, \lvert g \rvert}{1 + m}",
)
def _() -> None:
    m, velocity = 0.9, 0.0
    for step in range(500):
        velocity = m * velocity - 0.1 * 3.0 * (-1) ** step
    close(abs(velocity), 0.1 * 3.0 * sum((-m) ** k for k in range(500)))
    close(abs(velocity), 0.1 * 3.0 / (1 + m))


@equation("momentum-recursion", r"w_{k+1} = w_k + m \, (w_k - w_{k-1}) - \eta \, a \, w_k")
def _() -> None:
    w, optimizer = np.array([1.0]), tn.SGD(0.02, momentum=0.7)
    places = [1.0, 1.0]  # at rest before the first step
    for _step in range(10):
        optimizer.update(w, 5 * w)
        now, before = places[-1], places[-2]
        places.append(now + 0.7 * (now - before) - 0.02 * 5 * now)
        close(w, [places[-1]])


@equation("momentum-characteristic", r"r^2 - (1 + m - \eta a) \, r + m = 0")
def _() -> None:
    r, m, rate, a, k = sp.symbols("r m eta a k", positive=True)
    residue = r ** (k + 1) - (r**k + m * (r**k - r ** (k - 1)) - rate * a * r**k)
    same(sp.expand(residue / r ** (k - 1)), sp.expand(r**2 - (1 + m - rate * a) * r + m))


@equation(
    "momentum-roots",
    r"\lvert r \rvert = \sqrt{m} \qquad \text{while} \qquad "
    r"(1 - \sqrt{m})^2 \le \eta \, a \le (1 + \sqrt{m})^2",
)
def _() -> None:
    for m in (0.1, 0.5, 0.9):
        low, high = (1 - m**0.5) ** 2, (1 + m**0.5) ** 2
        for share in (0.001, 0.3, 0.999):
            product = low + share * (high - low)
            close(np.abs(np.roots([1, -(1 + m - product), m])), [m**0.5, m**0.5], 1e-9)
        for outside in (0.99 * low, 1.01 * high):
            assert np.abs(np.roots([1, -(1 + m - outside), m])).max() > m**0.5 * 1.001


@equation(
    "adam-means",
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) \, g_t, \qquad "
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) \, g_t^2",
)
def _() -> None:
    optimizer, w, m, v = tn.Adam(0.1, 0.8, 0.95), random(3), np.zeros(3), np.zeros(3)
    for step in range(4):
        g = random(3, seed=step)
        m, v = 0.8 * m + (1 - 0.8) * g, 0.95 * v + (1 - 0.95) * g**2
        optimizer.update(w, g)
    close(optimizer.state["m"], m)
    close(optimizer.state["v"], v)


@equation(
    "adam-bias", r"m_t = (1 - \beta_1) \sum_{s=1}^{t} \beta_1^{t-s} \, g = (1 - \beta_1^t) \, g"
)
def _() -> None:
    beta, g, m = 0.9, 2.5, 0.0
    for t in range(1, 30):
        m = beta * m + (1 - beta) * g
        close(m, (1 - beta) * sum(beta ** (t - s) * g for s in range(1, t + 1)))
        close(m, (1 - beta**t) * g)


@equation(
    "adam-step",
    r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat{v}_t = \frac{v_t}{1 - \beta_2^t}, \qquad "
    r"w \leftarrow w - \eta \, \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}",
)
def _() -> None:
    # Without epsilon, the order of the paper's section 2 and of tinynet are the same step.
    optimizer, moved, w = tn.Adam(0.1, epsilon=1e-30), random(3), random(3)
    m, v = np.zeros(3), np.zeros(3)
    for t in range(1, 6):
        g = random(3, seed=t)
        m, v = 0.9 * m + (1 - 0.9) * g, 0.999 * v + (1 - 0.999) * g**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
        optimizer.update(moved, g)
        close(moved, w, 1e-10)


# ---------------------------------------------------------------- 14. Batch normalisation


def normalised(x: np.ndarray, epsilon: float = 1e-3) -> tuple[np.ndarray, float]:
    """Return x̂ and s of one column, sums written out."""
    n = len(x)
    mean = sum(x) / n
    s = float((sum((value - mean) ** 2 for value in x) / n + epsilon) ** 0.5)
    return (x - mean) / s, s


@equation(
    "batchnorm-forward",
    r"\mu = \frac{1}{N} \sum_{n} x_n, \qquad "
    r"s = \sqrt{\frac{1}{N} \sum_{n} (x_n - \mu)^2 + \epsilon}, \qquad "
    r"\hat{x}_n = \frac{x_n - \mu}{s}",
)
def _() -> None:
    x = random(7) * 3 + 2
    xhat, s = normalised(x, 0.0)
    close(s, x.std())
    close([xhat.mean(), xhat.var()], [0, 1])
    close(xhat, (x - x.mean()) / x.std())


@equation("batchnorm-scale", r"y_n = \gamma \, \hat{x}_n + \beta")
def _() -> None:
    xhat, _s = normalised(random(9), 0.0)
    y = 3 * xhat + 5
    close([y.mean(), y.std()], [5, 3])  # any mean and deviation can be had again


@equation(
    "batchnorm-parameters",
    r"\frac{\partial L}{\partial \gamma} "
    r"= \sum_{n} \frac{\partial L}{\partial y_n} \, \hat{x}_n, \qquad "
    r"\frac{\partial L}{\partial \beta} = \sum_{n} \frac{\partial L}{\partial y_n}, \qquad "
    r"\frac{\partial L}{\partial \hat{x}_n} = \gamma \, \frac{\partial L}{\partial y_n}",
)
def _() -> None:
    (xhat, _s), dy, gamma, beta = normalised(random(6)), random(6, seed=1), 1.5, 0.2

    def loss(values: np.ndarray) -> float:
        return float(dy @ (values[0] * values[2:] + values[1]))

    found = slopes(loss, np.array([gamma, beta, *xhat]))
    close(found[0], sum(d * v for d, v in zip(dy, xhat, strict=True)), 1e-8)
    close(found[1], sum(dy), 1e-8)
    close(found[2:], gamma * dy, 1e-8)


@equation(
    "batchnorm-moments",
    r"\frac{\partial \mu}{\partial x_m} = \frac{1}{N}, \qquad "
    r"\frac{\partial s}{\partial x_m} "
    r"= \frac{1}{2 s} \cdot \frac{2}{N} (x_m - \mu) = \frac{\hat{x}_m}{N}",
)
def _() -> None:
    x = random(6)
    xhat, s = normalised(x)
    close(slopes(lambda x: float(x.mean()), x), np.full(6, 1 / 6), 1e-8)
    found = slopes(lambda x: normalised(x)[1], x)
    close(found, 1 / (2 * s) * 2 / 6 * (x - x.mean()), 1e-8)
    close(found, xhat / 6, 1e-8)


def batchnorm_jacobian(x: np.ndarray) -> np.ndarray:
    """Return the Jacobian of the page, row n and column m."""
    xhat, s = normalised(x)
    n = len(x)
    return np.array(
        [[((i == j) - 1 / n - xhat[i] * xhat[j] / n) / s for j in range(n)] for i in range(n)]
    )


@equation(
    "batchnorm-jacobian",
    r"\frac{\partial \hat{x}_n}{\partial x_m} "
    r"= \frac{1}{s} \Bigl( \delta_{nm} - \frac{1}{N} - \frac{\hat{x}_n \hat{x}_m}{N} \Bigr)",
)
def _() -> None:
    x = random(5)
    found = [slopes(lambda x, row=row: float(normalised(x)[0][row]), x) for row in range(5)]  # type: ignore[misc]
    close(found, batchnorm_jacobian(x), 1e-8)


def batchnorm_backward(x: np.ndarray, g: np.ndarray, epsilon: float = 1e-3) -> np.ndarray:
    """Return dx as the page has it."""
    xhat, s = normalised(x, epsilon)
    n = len(x)
    along = sum(a * b for a, b in zip(g, xhat, strict=True)) / n
    return np.array([(g[m] - sum(g) / n - xhat[m] * along) / s for m in range(n)])


@equation(
    "batchnorm-backward",
    r"\frac{\partial L}{\partial x_m} = \frac{1}{s} \Bigl( g_m - \frac{1}{N} \sum_{n} g_n "
    r"- \hat{x}_m \cdot \frac{1}{N} \sum_{n} g_n \hat{x}_n \Bigr)",
)
def _() -> None:
    x, g = random(5), random(5, seed=1)
    close(batchnorm_backward(x, g), g @ batchnorm_jacobian(x))
    close(batchnorm_backward(x, g), slopes(lambda x: float(g @ normalised(x)[0]), x), 1e-8)


@equation(
    "batchnorm-nothing",
    r"\sum_{m} \frac{\partial L}{\partial x_m} = 0, \qquad "
    r"\lim_{\epsilon \to 0} \, \sum_{m} \frac{\partial L}{\partial x_m} \, \hat{x}_m = 0",
)
def _() -> None:
    x, g = random(5), random(5, seed=1)
    for epsilon in (1e-1, 1e-4, 1e-8):
        dx = batchnorm_backward(x, g, epsilon)
        close(dx.sum(), 0)
        assert abs(dx @ normalised(x, epsilon)[0]) < 100 * epsilon


# --------------------------------------------------------------------- 15. The same with a graph


@equation(
    "graph-rule",
    r"\frac{\partial L}{\partial x} = \sum_{v \text{ computed from } x} "
    r"\frac{\partial L}{\partial v} \cdot \frac{\partial v}{\partial x}",
)
def _() -> None:
    x = sp.symbols("x")
    first, second = sp.symbols("v1 v2")
    made = {first: sp.sin(x), second: x**2}
    loss = first * second + sp.exp(first)
    total = sum(sp.diff(loss, v) * sp.diff(value, x) for v, value in made.items())
    same(total.subs(made), sp.diff(loss.subs(made), x))
