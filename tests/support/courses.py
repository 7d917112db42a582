"""Code in the manner of courses and books: right as it stands, and wrong by one replacement.

Each piece is the text of a file, which ends in a `target`, with the input and the options of a
check. Its mistakes are what students write, each with words that the report must say.
"""

import linecache
import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

RNG = np.random.default_rng(77)
X, W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(4, 3)), RNG.normal(size=3)
SCORES, Y = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 3))
SHARES = RNG.uniform(0.1, 0.9, (6, 3))
LABELS = np.array([0, 2, 1, 2, 0, 1])
ONE_HOT, YES = np.eye(3)[LABELS], (RNG.random((6, 3)) > 0.5) * 1.0
SEQUENCES = RNG.normal(size=(3, 4, 2))
IDS = np.array([[1, 2, 1], [0, 3, 2]])
SCALES = np.array([1.5, 0.7, 2.0, 0.3])

Mistakes = Mapping[tuple[str, str], str]


class Piece(NamedTuple):
    """A right piece of code, and its mistakes: what to replace by what, and the words for it."""

    source: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    mistakes: Mistakes

    def target(self, old: str = "", new: str = "") -> Any:
        """Run the text, with one replacement; return its `target`."""
        source = textwrap.dedent(self.source)
        assert old in source
        names: dict[str, Any] = {"np": np, "X": X, "YES": YES, "IDS": IDS}
        source = source.replace(old, new) if old else source
        file = f"homework_{abs(hash(source))}.py"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), names)
        return names["target"]


PIECES: dict[str, Piece] = {}


def piece(name: str, source: str, *arguments: Any, mistakes: Mistakes, **options: Any) -> None:
    PIECES[name] = Piece(source, arguments, options, mistakes)


# ------------------------------------------------------------------------------------- functions


def function(name: str, forward: str, slope: str, wrong: Mapping[str, str]) -> None:
    """Register an activation; `wrong` maps the slopes that are taken to what is said."""
    source = f"""
        class Activation:
            def forward(self, x):
                self.x, self.s = x, 1 / (1 + np.exp(-x))
                self.y = {forward}
                return self.y

            def backward(self, dy):
                return {slope}

        target = Activation()
        """
    mistakes = {(f"return {slope}", f"return {other}"): words for other, words in wrong.items()}
    piece(name, source, X, mistakes=mistakes)


function(
    *("sigmoid", "self.s", "dy * self.y * (1 - self.y)"),
    {
        "dy * self.y * 1 - self.y": "a part of it stays as it is, which isn't multiplied by dy",
        "dy**2 * self.y * (1 - self.y)": "dy is used twice",
        "0 * dy + self.y * (1 - self.y)": "dy isn't used",
        "dy * self.y": "dy is multiplied by y",
    },
)
function(
    *("softplus", "np.log1p(np.exp(x))", "dy * self.s"),
    {
        "dy / (1 + np.exp(self.x))": "the sigmoid of -x, of which x has the wrong sign",
        "dy * self.y * self.s": "dy is multiplied by y times the sigmoid of x",
        "dy / (1 + np.exp(-self.y))": "the slope is taken at the output y",
    },
)
function(
    *("swish", "x * self.s", "dy * (self.s + self.x * self.s * (1 - self.s))"),
    {
        "dy * self.s": "dy is multiplied by the sigmoid of x",
        "dy * self.x * self.s * (1 - self.s)": "without the first term of the product's rule",
        "dy * (self.s + self.s * (1 - self.s))": "where the second term is that times x",
        "dy * (self.s - self.x * self.s * (1 - self.s))": "where the two terms are added",
    },
)
function(
    *("times sine", "x * np.sin(x)", "dy * (np.sin(self.x) + self.x * np.cos(self.x))"),
    {
        "dy * 0.5": "dx is dy times 0.5 everywhere: the layer's own derivative",
        "dy * np.sin(self.x)": "dy is multiplied by y / x, as where y is x g(x)",
        "dy * self.x * np.cos(self.x)": "the slope less y / x, as where y is x g(x)",
    },
)
function(
    *("elu", "np.where(x > 0, x, np.exp(x) - 1)", "dy * np.where(self.x > 0, 1, self.y + 1)"),
    {
        "dy * np.where(self.x > 0, 1, self.y)": "backward takes y there, where y + 1 is right",
        "dy * np.where(self.x > 0, 1, 0)": "zero where x < 0",
    },
)
function(
    *("leaky", "np.where(x > 0, x, 0.1 * x)", "dy * np.where(self.x > 0, 1, 0.1)"),
    {
        "dy * np.where(self.x > 0, 1, 0.1 * self.x)": "backward takes y there, where 0.1 is right",
        "dy * np.where(self.x > 0, self.x, 0.1)": "backward takes y there, where 1 is right",
        "dy * np.where(self.x > 0, 1, 0.01)": "the slope there is 0.1, backward takes 0.01",
    },
)
function(
    *("cube", "x**3", "dy * 3 * self.x**2"),
    {
        "dy * 3 * self.x": "dy is multiplied by 3 times x",
        "dy * 3 * self.x**3": "the right gradient times x",
    },
)

# ---------------------------------------------------------------------------------------- layers

piece(
    "softmax",
    """
    class Softmax:
        def forward(self, z):
            e = np.exp(z - z.max(axis=1, keepdims=True))
            self.p = e / e.sum(axis=1, keepdims=True)
            return self.p

        def backward(self, g):
            inner = (g * self.p).sum(axis=1, keepdims=True)
            return self.p * (g - inner)

    target = Softmax()
    """,
    SCORES,
    mistakes={
        ("return self.p * (g - inner)", "return self.p * g - inner"): "the sum lacks the factor y",
        ("return self.p * (g - inner)", "return self.p**2 * (g - inner)"): "y is there twice",
        ("return self.p * (g - inner)", "return self.p - g"): "which isn't multiplied by dy",
        (".sum(axis=1, keepdims=True)\n        return self.p *", ".mean(axis=1, keepdims=True)\n"
         "        return self.p *"): "a mean is taken for the sum",
    },
)  # fmt: skip

piece(
    "batch normalisation",
    """
    def forward(x, gamma, beta):
        std = np.sqrt(x.var(axis=0) + 1e-5)
        xhat = (x - x.mean(axis=0)) / std
        y = gamma * xhat + beta
        return y, (x, xhat, std, gamma, y)

    def backward(dy, cache):
        x, xhat, std, gamma, y = cache
        dbeta = dy.sum(axis=0)
        dgamma = (dy * xhat).sum(axis=0)
        g = dy * gamma
        dx = (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / std
        return dx, dgamma, dbeta

    target = forward, backward
    """,
    X,
    parameters=[SCALES, np.array([0.1, 0.2, 0.3, 0.4])],
    mistakes={
        ("(dy * xhat).sum", "(dy * (x - x.mean(axis=0))).sum"): "made with x - mean(x)",
        ("(dy * xhat).sum", "(dy * x).sum"): "made with the raw input x",
        ("(dy * xhat).sum", "(dy * y).sum"): "made with the output y",
        ("dbeta = dy.sum", "dbeta = (dy * gamma).sum"): "gamma, which doesn't belong to it",
        (
            "- g.mean",
            "- g.sum",
        ): "a divisor, as that of a mean, is forgotten in the gradient of `x.mean(axis=0)`",
    },
)

piece(
    "scale and shift",
    """
    class Scale:
        def __init__(self):
            self.gamma = np.array([0.5, 1.5, 2, 0.7])
            self.beta = np.array([0.1, 0.2, 0.3, 0.4])

        def forward(self, x):
            self.x = x
            return self.gamma * x + self.beta

        def backward(self, d):
            self.dgamma = (d * self.x).sum(axis=0)
            self.dbeta = d.sum(axis=0)
            return d * self.gamma

    target = Scale()
    """,
    X,
    mistakes={
        ("(d * self.x)", "(self.gamma * d * self.x)"): "the parameter itself, which doesn't belong",
        ("= d.sum(axis=0)", "= (d * self.beta).sum(axis=0)"): "which is added, not multiplied",
        ("return d * self.gamma", "return 0.5 * d"): "right up to a factor for each column",
    },
)

piece(
    "unit length",
    """
    class Normalise:
        def forward(self, x):
            self.x, self.n = x, np.sqrt((x * x).sum(axis=1, keepdims=True))
            self.y = x / self.n
            return self.y

        def backward(self, d):
            return (d - self.y * (d * self.y).sum(axis=1, keepdims=True)) / self.n

    target = Normalise()
    """,
    X,
    mistakes={
        ("d - self.y *", "d + self.y *"): "the sum has the wrong sign: the derivative of x / |x|",
        ("self.y * (d", "(d"): "the factor y of the sum is missing",
        ("self.y * (d * self.y)", "self.x * (d * self.x)"): "the sum takes x for y",
    },
)

piece(
    "residual block",
    """
    class Block:
        def __init__(self):
            rng = np.random.default_rng(12)
            self.W1, self.W2 = rng.normal(size=(4, 5)), rng.normal(size=(5, 4))

        def forward(self, x):
            self.x, self.h = x, np.maximum(x @ self.W1, 0)
            return x + self.h @ self.W2

        def backward(self, dy):
            dh = dy @ self.W2.T * (self.h > 0)
            self.dW1, self.dW2 = self.x.T @ dh, self.h.T @ dy
            return dy + dh @ self.W1.T

    target = Block()
    """,
    X,
    mistakes={
        (
            "return dy + dh",
            "return 2 * dy + dh",
        ): "the gradient from `x + self.h @ self.W2` (line 9) back to x is 2 times the right one",
        ("return dy + dh", "return dh"): "(line 9) back to x is missing",
    },
)

piece(
    "convolution along time",
    """
    class Convolution:
        def __init__(self):
            rng = np.random.default_rng(31)
            self.K, self.b = rng.normal(size=(3, 2, 2)), rng.normal(size=2)

        def forward(self, x):
            self.x = x
            windows = [x[:, i : i + 3] for i in range(x.shape[1] - 2)]
            return np.stack([np.einsum("nkc,kcf->nf", w, self.K) + self.b for w in windows], 1)

        def backward(self, d):
            self.dK, dx = np.zeros_like(self.K), np.zeros_like(self.x)
            self.db = d.sum(axis=(0, 1))
            for i in range(d.shape[1]):
                self.dK += np.einsum("nkc,nf->kcf", self.x[:, i : i + 3], d[:, i])
                dx[:, i : i + 3] += np.einsum("nf,kcf->nkc", d[:, i], self.K)
            return dx

    target = Convolution()
    """,
    SEQUENCES,
    mistakes={
        ("self.dK +=", "self.dK ="): "only the last use counts",
        ("d.sum(axis=(0, 1))", "d.sum(axis=0)[0]"): "only the first use counts",
        ("d.sum(axis=(0, 1))", "d.mean(axis=(0, 1))"): "6 is the number of the outputs of all",
    },
)

piece(
    "convolution by loops",
    """
    class Convolution:
        def __init__(self):
            rng = np.random.default_rng(34)
            self.K, self.b = rng.normal(size=(2, 3, 2)), rng.normal(size=2)

        def forward(self, x):
            self.x = x
            y = np.zeros((len(x), x.shape[1] - 2, 2))
            for n in range(len(x)):
                for i in range(y.shape[1]):
                    for f in range(2):
                        y[n, i, f] = np.sum(x[n, i : i + 3] * self.K[f]) + self.b[f]
            return y

        def backward(self, d):
            self.dK, self.db = np.zeros_like(self.K), np.zeros_like(self.b)
            dx = np.zeros_like(self.x)
            for n in range(len(d)):
                for i in range(d.shape[1]):
                    for f in range(2):
                        dx[n, i : i + 3] += self.K[f] * d[n, i, f]
                        self.dK[f] += self.x[n, i : i + 3] * d[n, i, f]
                        self.db[f] += d[n, i, f]
            return dx

    target = Convolution()
    """,
    SEQUENCES,
    mistakes={
        ("dx[n, i : i + 3] +=", "dx[n, i : i + 3] ="): "only the last use counts",
        ("self.dK[f] +=", "self.dK[f] ="): "only the last use counts",
        ("self.db[f] +=", "self.db[f] ="): "only the last use counts",
    },
)

piece(
    "windows in columns",
    """
    class Convolution:
        def __init__(self):
            self.K = np.random.default_rng(35).normal(size=(6, 2))
            self.rows = np.arange(2)[:, None] + np.arange(3)  # of each window

        def forward(self, x):
            self.shape, self.windows = x.shape, x[:, self.rows].reshape(len(x), 2, 6)
            return self.windows @ self.K

        def backward(self, d):
            self.dK = np.einsum("nif,nig->fg", self.windows, d)
            dx = np.zeros(self.shape)
            np.add.at(dx, (slice(None), self.rows), (d @ self.K.T).reshape(-1, 2, 3, 2))
            return dx

    target = Convolution()
    """,
    SEQUENCES,
    mistakes={
        (
            "np.add.at(dx, (slice(None), self.rows), (d @ self.K.T).reshape(-1, 2, 3, 2))",
            "dx[:, self.rows] += (d @ self.K.T).reshape(-1, 2, 3, 2)",
        ): "for indices np.add.at"
    },
)

# ------------------------------------------------------------------ steps in time, and attention

piece(
    "recurrent layer",
    """
    class Recurrent:
        def __init__(self):
            rng = np.random.default_rng(36)
            self.Wx, self.Wh, self.b = [rng.normal(size=s) for s in ((2, 3), (3, 3), 3)]

        def forward(self, x):
            self.x, self.h = x, np.zeros((len(x), x.shape[1] + 1, 3))
            for t in range(x.shape[1]):
                a = x[:, t] @ self.Wx + self.h[:, t] @ self.Wh + self.b
                self.h[:, t + 1] = np.tanh(a)
            return self.h[:, 1:].copy()

        def backward(self, dh):
            self.dWx, self.dWh, self.db = 0 * self.Wx, 0 * self.Wh, 0 * self.b
            dx, carry = np.zeros_like(self.x), 0
            for t in reversed(range(dh.shape[1])):
                da = (dh[:, t] + carry) * (1 - self.h[:, t + 1] ** 2)
                self.dWx += self.x[:, t].T @ da
                self.dWh += self.h[:, t].T @ da
                self.db += da.sum(axis=0)
                dx[:, t] = da @ self.Wx.T
                carry = da @ self.Wh.T
            return dx

    target = Recurrent()
    """,
    SEQUENCES,
    mistakes={
        (
            "dh[:, t] + carry",
            "dh[:, t]",
        ): "the gradient that each step hands back to the step before it, from "
        "`self.h[:, t] @ self.Wh` (line 10) to `np.tanh(a)` (line 11), is missing",
        ("carry = da @ self.Wh.T", "carry = da @ self.Wh"): "`self.Wh` must be transposed",
        ("self.h[:, t].T @ da", "self.h[:, t + 1].T @ da"): "made with `np.tanh(a)` (line 11), "
        "where `self.h[:, t]` is right, in the gradient of `self.h[:, t] @ self.Wh` (line 10)",
        (
            " * (1 - self.h[:, t + 1] ** 2)",
            "",
        ): "the slope of tanh is forgotten, in `np.tanh(a)` (line 11)",
        ("1 - self.h[:, t + 1] ** 2", "1 - self.h[:, t + 1]"): "the slope of tanh is 1 - a",
        ("self.db += da", "self.db = da"): "only the first use counts",
    },
)

piece(
    "LSTM",
    """
    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    class LSTM:
        def __init__(self):
            self.W = np.random.default_rng(37).normal(size=(4, 8))

        def forward(self, x):
            h, c = np.zeros((len(x), 2)), np.zeros((len(x), 2))
            self.cache, hs = [], []
            for t in range(x.shape[1]):
                z = np.concatenate([x[:, t], h], axis=1)
                a = z @ self.W
                i, f, o = sigmoid(a[:, :2]), sigmoid(a[:, 2:4]), sigmoid(a[:, 4:6])
                g, c_prev = np.tanh(a[:, 6:]), c
                c = f * c_prev + i * g
                h = o * np.tanh(c)
                self.cache.append((z, i, f, o, g, c_prev, np.tanh(c)))
                hs.append(h)
            return np.stack(hs, axis=1)

        def backward(self, dhs):
            self.dW, dx = np.zeros_like(self.W), np.zeros((*dhs.shape[:2], 2))
            dh_next, dc_next = 0, 0
            for t in reversed(range(dhs.shape[1])):
                z, i, f, o, g, c_prev, tc = self.cache[t]
                dh = dhs[:, t] + dh_next
                dc = dc_next + dh * o * (1 - tc**2)
                di, df, do, dg = dc * g, dc * c_prev, dh * tc, dc * i
                parts = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)
                da = np.concatenate(parts, axis=1)
                self.dW += z.T @ da
                dz = da @ self.W.T
                dx[:, t], dh_next, dc_next = dz[:, :2], dz[:, 2:], dc * f
            return dx

    target = LSTM()
    """,
    SEQUENCES[:2, :3],
    mistakes={
        (
            "dc = dc_next + dh",
            "dc = dh",
        ): "the gradient that each step hands back to the step before it, from "
        "`f * c_prev` (line 17) to `f * c_prev + i * g` (line 17), is missing",
        (
            "dh = dhs[:, t] + dh_next",
            "dh = dhs[:, t]",
        ): "the gradient that each step hands back to the step "
        "before it, from `z @ self.W` (line 14) to `o * np.tanh(c)` (line 18), is missing",
        ("dz[:, 2:], dc * f", "dz[:, 2:], dc"): "`f`, a factor, is forgotten in the gradient of "
        "`f * c_prev` (line 17)",
        (
            "dh * o * (1 - tc**2)",
            "dh * o",
        ): "the slope of tanh is forgotten, in `np.tanh(c)` (line 18)",
        ("df * f * (1 - f)", "df"): "the slope of sigmoid is forgotten, in `1 / (1 + np.exp(-a))` "
        "(line 3), called in `sigmoid(a[:, 2:4])` (line 15)",
        ("dc * c_prev", "dc * (f * c_prev + i * g)"): "where `c_prev` is right",
    },
)

piece(
    "attention",
    """
    class Attention:
        def __init__(self):
            rng = np.random.default_rng(38)
            self.Wq, self.Wk, self.Wv = [rng.normal(size=(2, 2)) for _ in range(3)]

        def forward(self, x):
            self.x = x
            self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
            scores = self.q @ self.k.swapaxes(1, 2) / np.sqrt(2)
            e = np.exp(scores - scores.max(axis=-1, keepdims=True))
            self.a = e / e.sum(axis=-1, keepdims=True)
            return self.a @ self.v

        def backward(self, dy):
            dv = self.a.swapaxes(1, 2) @ dy
            da = dy @ self.v.swapaxes(1, 2)
            ds = self.a * (da - (da * self.a).sum(axis=-1, keepdims=True)) / np.sqrt(2)
            dq, dk = ds @ self.k, ds.swapaxes(1, 2) @ self.q
            flat = self.x.reshape(-1, 2).T
            self.dWq, self.dWk, self.dWv = [flat @ d.reshape(-1, 2) for d in (dq, dk, dv)]
            return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T

    target = Attention()
    """,
    SEQUENCES,
    mistakes={
        (" + dk @ self.Wk.T", ""): "the gradient from `x @ self.Wk` (line 9) back to x is missing",
        ("ds.swapaxes(1, 2) @ self.q", "ds @ self.q"): "the gradient of `self.q @ "
        "self.k.swapaxes(1, 2)` (line 10) must be transposed",
        ("self.a.swapaxes(1, 2) @ dy", "self.a @ dy"): "`self.a` must be transposed",
        (
            "ds @ self.k,",
            "ds @ self.q,",
        ): "made with `self.q`, where `self.k.swapaxes(1, 2)` is right",
        (
            "(da - (da * self.a).sum(axis=-1, keepdims=True))",
            "(1 - self.a) * da",
        ): "only the diagonal of its Jacobian",
        (
            "self.a * (da - (da * self.a).sum(axis=-1, keepdims=True))",
            "da",
        ): "it is forgotten, and the gradient handed on as it is",
    },
)

piece(
    "norm of groups",
    """
    class GroupNorm:
        def forward(self, x):
            self.shape, groups = x.shape, x.reshape(len(x), 2, -1)
            mean = groups.mean(axis=2, keepdims=True)
            self.std = np.sqrt(groups.var(axis=2, keepdims=True) + 1e-5)
            self.hat = (groups - mean) / self.std
            return self.hat.reshape(x.shape)

        def backward(self, dy):
            d = dy.reshape(self.hat.shape)
            mean, share = d.mean(axis=2, keepdims=True), (d * self.hat).mean(axis=2, keepdims=True)
            return ((d - mean - self.hat * share) / self.std).reshape(self.shape)

    target = GroupNorm()
    """,
    SEQUENCES,
    mistakes={
        ("d - mean - ", "d - "): "the gradient from "
        "`groups.mean(axis=2, keepdims=True)` (line 5) back to x is missing",
        (
            " - self.hat * share",
            "",
        ): "`groups.var(axis=2, keepdims=True)` (line 6) back to x is missing",
    },
)

piece(
    "one function for two layers",
    """
    def gate(z, g):
        t = np.tanh(z)
        return g * t, (t, g)

    def gate_back(dy, cache):
        t, g = cache
        return dy * g * (1 - t**2)

    class Gates:
        def __init__(self):
            rng = np.random.default_rng(40)
            self.W, self.V = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
            self.scales = (0.3, 1.7)

        def forward(self, x):
            self.x = x
            self.h, self.first = gate(x @ self.W, self.scales[0])
            y, self.second = gate(self.h @ self.V + x, self.scales[1])
            return y

        def backward(self, dy):
            dv = gate_back(dy, self.second)
            self.dV = np.einsum("nti,nto->io", self.h, dv)
            du = gate_back(dv @ self.V.T, self.first)
            self.dW = np.einsum("nti,nto->io", self.x, du)
            return du @ self.W.T + dv

    target = Gates()
    """,
    SEQUENCES,
    mistakes={
        ("dy * g * (1 - t**2)", "dy * g"): "W, x: the slope of tanh is forgotten, in `np.tanh(z)` "
        "(line 3), called in `gate(x @ self.W, self.scales[0])` (line 18) and in `np.tanh(z)`",
        ("dv = gate_back(dy", "dv = dy * self.scales[1] + 0 * gate_back(dy"): "the slope of "
        "tanh is forgotten, in `np.tanh(z)` (line 3), called in `gate(self.h @ self.V + x, ",
        ("du @ self.W.T + dv", "du @ self.W.T"): "the gradient from `self.h @ self.V + x` "
        "(line 19) back to x is missing",
    },
)

piece(
    "scores of pairs",
    """
    class Pairs:
        def __init__(self):
            self.U = np.random.default_rng(41).normal(size=(2, 2))

        def forward(self, x):
            self.x = x
            return np.einsum("nid,de,nje->nij", x, self.U, x)

        def backward(self, d):
            x, U = self.x, self.U
            self.dU = np.einsum("nid,nij,nje->de", x, d, x)
            first = np.einsum("nij,de,nje->nid", d, U, x)
            second = np.einsum("nij,nid,de->nje", d, x, U)
            return first + second

    target = Pairs()
    """,
    SEQUENCES,
    mistakes={
        ("first + second", "first"): "(line 8) back to x, as `x`, is missing",
        ("first + second", "first - second"): "back to x, as `x`, has the wrong sign",
    },
)

# ---------------------------------------------------------------------------------------- losses


def loss(name: str, body: str, gradient: str, y: Any, t: Any, wrong: Mapping[str, str]) -> None:
    """Register a loss; `wrong` maps the gradients that are returned to what is said."""
    source = f"""
        def target(y, t):
            n, p, size = len(y), 1 / (1 + np.exp(-y)), y.size
            e = y - t
            return {body}, {gradient}
        """
    mistakes = {(f", {gradient}\n", f", {other}\n"): words for other, words in wrong.items()}
    piece(name, source, y, t, mistakes=mistakes)


loss(
    *("squared error", "np.mean(e**2)", "2 * e / size", SCORES, Y),
    {
        "2 * np.abs(e) / size": "the size of the error is taken, without its sign",
        "2 * y / size": "the right gradient but for the targets: y, where y - t is right",
        "e**2 / size": "the square of the error is taken, as in the value",
        "2 * (y - t / n) / size": "t, where both have the same factor: parentheses are missing",
        "e * y * (1 - y) / size": "the slope of a sigmoid, which isn't in this loss",
        "np.full(y.shape, np.mean(2 * e))": "every entry is the sum of all",
    },
)
loss(
    *("absolute error", "np.mean(np.abs(e))", "np.sign(e) / size", SCORES, Y),
    {
        "e / size": "the error, y - t, as of a squared error",
        "np.where(e > 0, 1, 0) / size": "1 where the error is positive, and 0 elsewhere",
    },
)
loss(
    "Huber's",
    "np.where(abs(e) <= 1, e**2 / 2, abs(e) - 0.5).mean()",
    "np.where(abs(e) <= 1, e, np.sign(e)) / size",
    *(2 * SCORES, Y),
    {
        "e / size": "the error, y - t, as of a squared error",
        "np.sign(e) / size": "the sign of the error is taken alone",
        "np.where(abs(e) <= 1, e, 1) / size": "the slope of `abs(e)` (line 5) is forgotten",
        "np.where(abs(e) <= 1, 2 * e, np.sign(e)) / size": "`2`, a divisor, is forgotten",
    },
)
loss(
    *("cross-entropy of shares", "-np.sum(t * np.log(y)) / n", "-(t / y) / n", SHARES, ONE_HOT),
    {
        "-t * np.log(y) / n": "t log(y), a term of the value",
        "-1 / y / n": "`t`, a factor, is forgotten in the gradient of `t * np.log(y)`",
        "-t / y**2 / n": "t / y**2, where t / y is right",
        "e / n": "the derivative with respect to the logits, not the probabilities",
    },
)
loss(
    "cross-entropy of yes and no",
    "-np.mean(t * np.log(y) + (1 - t) * np.log(1 - y))",
    "(y - t) / (y * (1 - y)) / size",
    *(SHARES, YES),
    {
        "(t * np.log(y) + (1 - t) * np.log(1 - y)) / size": "the value's terms, not their slopes",
        "-(t / y + (1 - t) / (1 - y)) / size": "from `1 - y` (line 5) back to x has the wrong sign",
    },
)
loss(
    "cross-entropy of logits",
    "np.mean(np.logaddexp(0, y) - t * y)",
    *("(p - t) / size", SCORES, YES),
    {
        "(y - t) / size": "the logits less the targets: their probabilities, p - t, are right",
        "(p - t) * p * (1 - p) / size": "that factor is there once too often",
    },
)
loss(
    *("divergence", "np.sum(t * np.log(t / y)) / n", "-(t / y) / n", SHARES, SHARES[::-1].copy()),
    {
        "np.log(t / y) / n": "log(t / y), a part of the value",
        "-(y / t) / n": "y / t, where t / y is right",
        "t * np.log(t / y) / n": "t log(t / y), a term of the value",
    },
)
loss(
    *("Poisson's", "np.mean(np.exp(y) - t * y)", "(np.exp(y) - t) / size", SCORES, np.abs(Y)),
    {
        "np.exp(y) / size": "the right gradient but for the targets",
        "(y - t) / size": "the exponential is missing",
        "(np.exp(y) - t * y) / size": "made with `t * y`, where `t` is right",
    },
)

piece(
    "hinge",
    """
    def target(s, labels):
        rows = np.arange(len(s))
        m = np.maximum(0, s - s[rows, labels][:, None] + 1)
        m[rows, labels] = 0
        g = (m > 0) * 1.0
        g[rows, labels] = -g.sum(axis=1)
        return m.sum() / len(s), g / len(s)
    """,
    *(SCORES, LABELS),
    mistakes={
        ("g[rows, labels] = -g.sum(axis=1)", "pass"): "as `s[rows, labels][:, None]`, is missing",
        (
            "= -g.sum(axis=1)",
            "= g.sum(axis=1)",
        ): "as `s[rows, labels][:, None]`, has the wrong sign",
    },
)

piece(
    "logistic regression with a penalty",
    """
    def target(w):
        a, y, m = 1 / (1 + np.exp(-(X @ w))), YES[:, 0], len(X)
        value = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)) + 0.05 / m * np.sum(w**2)
        return value, X.T @ (a - y) / m + 0.1 / m * w
    """,
    np.array([0.1, -0.4, 0.6, 0.2]),
    mistakes={
        ("(a - y) / m +", "(y - a) / m +"): "from `X @ w` (line 3) back to x has the wrong sign",
        ("(a - y) / m +", "(a - y) +"): "is forgotten in the gradient of `np.mean(y * np.log(a)",
        ("+ 0.1 / m * w", ""): "the gradient from `w**2` (line 4) back to x is missing",
        ("+ 0.1 / m * w", "- 0.1 / m * w"): "from `w**2` (line 4) back to x has the wrong sign",
    },
)
