"""Layers and costs as notebooks have them: each right, and with one of several mistakes.

They were written without a look at the checker's code. ``make(None)`` is right; ``make(mistake)``
has the mistake of that name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.innocents import Case, case, sigmoid

RNG = np.random.default_rng(77)
X = RNG.normal(size=(6, 4))
WORDS = RNG.normal(size=(3, 5, 4))
IMAGES = RNG.normal(size=(2, 4, 3, 3))
IDS = np.array([[1, 2, 0, 0], [3, 3, 5, 0], [4, 1, 2, 6]])

Make = Callable[[str | None], Case]
NOTEBOOKS: dict[str, tuple[Make, tuple[str, ...]]] = {}


def notebook(*mistakes: str) -> Callable[[Make], Make]:
    def register(make: Make) -> Make:
        NOTEBOOKS[make.__name__] = make, mistakes
        return make

    return register


def draw(*shape: int) -> Any:
    return np.random.default_rng(5).normal(size=shape) * 0.7


@notebook("carry forgotten", "last step only")
def gated_recurrent_unit(mistake: str | None) -> Case:
    class GRU:
        def __init__(self) -> None:
            for k, name in enumerate("zrh"):
                rng = np.random.default_rng(k)
                setattr(self, f"W{name}", rng.normal(size=(4, 2)) / 2)
                setattr(self, f"U{name}", rng.normal(size=(2, 2)) / 2)
                setattr(self, f"b{name}", rng.normal(size=2) / 10)

        def forward(self, words: Any) -> Any:
            self.words, self.steps = words, []
            h = np.zeros((len(words), 2))
            for t in range(words.shape[1]):
                x, before = words[:, t], h
                z = sigmoid(x @ self.Wz + h @ self.Uz + self.bz)  # type: ignore[attr-defined]
                r = sigmoid(x @ self.Wr + h @ self.Ur + self.br)  # type: ignore[attr-defined]
                c = np.tanh(x @ self.Wh + (r * h) @ self.Uh + self.bh)  # type: ignore[attr-defined]
                h = (1 - z) * h + z * c
                self.steps.append((x, before, z, r, c))
            return h

        def backward(self, dh: Any) -> Any:
            for name in "zrh":
                for kind in "WUb":
                    shape = getattr(self, kind + name).shape
                    setattr(self, f"d{kind}{name}", np.zeros(shape))
            dx = np.zeros(self.words.shape)
            for t, (x, h, z, r, c) in reversed(list(enumerate(self.steps))):
                dz = dh * (c - h) * z * (1 - z)
                dc = dh * z * (1 - c**2)
                back = dc @ self.Uh.T  # type: ignore[attr-defined]
                dr = back * h * r * (1 - r)
                dh = back * r + dh * (1 - z) * (mistake != "carry forgotten")
                for name, d, state in (("z", dz, h), ("r", dr, h), ("h", dc, r * h)):
                    for kind, part in (("W", x.T @ d), ("U", state.T @ d), ("b", d.sum(axis=0))):
                        gradient = getattr(self, f"d{kind}{name}")
                        gradient += part
                    dx[:, t] += d @ getattr(self, f"W{name}").T
                    dh += d @ getattr(self, f"U{name}").T * (name != "h")
                if mistake == "last step only":
                    break
            return dx

    return case(GRU(), WORDS[:2, :2])


@notebook("root forgotten for k", "values not transposed", "softmax without its sum", "no keys")
def attention_of_one_head(mistake: str | None) -> Case:
    class Head:
        def __init__(self) -> None:
            self.Wq, self.Wk, self.Wv = draw(3, 4, 4)

        def forward(self, x: Any) -> Any:
            q, k, v = x @ self.Wq, x @ self.Wk, x @ self.Wv
            scores = np.where(np.tri(x.shape[1]) > 0, q @ k.swapaxes(1, 2) / 2, -1e9)
            e = np.exp(scores - scores.max(axis=-1, keepdims=True))
            self.kept = x, q, k, v, e / e.sum(axis=-1, keepdims=True)
            return self.kept[-1] @ v

        def backward(self, dy: Any) -> Any:
            x, q, k, v, a = self.kept
            da = dy @ v.swapaxes(1, 2)
            dv = (a if mistake == "values not transposed" else a.swapaxes(1, 2)) @ dy
            total = (da * a).sum(axis=-1, keepdims=True)
            ds = a * (da - total * (mistake != "softmax without its sum"))
            dq = ds @ k / 2
            dk = ds.swapaxes(1, 2) @ q / (1 if mistake == "root forgotten for k" else 2)
            self.dWq, self.dWk, self.dWv = (np.einsum("nti,nto->io", x, d) for d in (dq, dk, dv))
            return dq @ self.Wq.T + dv @ self.Wv.T + dk @ self.Wk.T * (mistake != "no keys")

    return case(Head(), WORDS)


@notebook("padding counted", "+= with indices", "padding trained")
def mean_of_embeddings(mistake: str | None) -> Case:
    class Bag:
        def __init__(self) -> None:
            self.E = draw(7, 3)

        def forward(self, ids: Any) -> Any:
            self.ids, self.keep = ids, (ids != 0)[..., np.newaxis]
            return (self.E[ids] * self.keep).sum(axis=1) / self.keep.sum(axis=1)

        def backward(self, dy: Any) -> None:
            count = self.ids.shape[1] if mistake == "padding counted" else self.keep.sum(axis=1)
            d = np.broadcast_to((dy / count)[:, np.newaxis], (*self.ids.shape, 3))
            d = d if mistake == "padding trained" else d * self.keep
            self.dE = np.zeros_like(self.E)
            if mistake == "+= with indices":
                self.dE[self.ids] += d
            else:
                np.add.at(self.dE, self.ids, d)

    return case(Bag(), IDS)


@notebook("dx at padding", "padding counted")
def mean_over_what_is_not_padding(mistake: str | None) -> Case:
    class Pool:
        def forward(self, x: Any) -> Any:
            self.keep = (x != 0).any(axis=-1, keepdims=True)
            self.count = self.keep.sum(axis=1)
            return (x * self.keep).sum(axis=1) / self.count

        def backward(self, dy: Any) -> Any:
            count = self.keep.shape[1] if mistake == "padding counted" else self.count
            d = (dy / count)[:, np.newaxis] * np.ones(self.keep.shape)
            return d * 2 if mistake == "dx at padding" else d * self.keep

    return case(Pool(), WORDS * (np.arange(5) < [[3], [5], [2]])[..., np.newaxis])


class Parameter:
    """An array with its gradient, as PyTorch has it."""

    def __init__(self, data: Any) -> None:
        self.data, self.grad = data, np.zeros_like(data)


@notebook("= for +=", "encoder only", "zeroed too late")
def tied_weights_in_pytorchs_manner(mistake: str | None) -> Case:
    class Autoencoder:
        def __init__(self) -> None:
            self.weight, self.bias = Parameter(draw(4, 2)), Parameter(np.zeros(4))

        def zero_grad(self) -> None:
            for parameter in (self.weight, self.bias):
                parameter.grad[...] = 0

        def __call__(self, x: Any) -> Any:
            self.x, self.h = x, np.tanh(x @ self.weight.data)
            return self.h @ self.weight.data.T + self.bias.data

        def backward(self, dy: Any) -> Any:
            self.bias.grad += dy.sum(axis=0)
            if mistake != "encoder only":
                self.weight.grad += dy.T @ self.h
            dz = dy @ self.weight.data * (1 - self.h**2)
            if mistake == "= for +=":
                self.weight.grad = np.zeros((4, 2))
            self.weight.grad += self.x.T @ dz
            if mistake == "zeroed too late":
                self.zero_grad()
            return dz @ self.weight.data.T

    return case(Autoencoder(), X)


@notebook("slope of the gate", "gate and value exchanged")
def gated_linear_unit_of_a_transformer(mistake: str | None) -> Case:
    class SwiGLU:
        def __init__(self) -> None:
            self.w1, self.w2 = draw(2, 4, 3)

        def forward(self, x: Any) -> Any:
            self.x, self.a, self.b = x, x @ self.w1, x @ self.w2
            return self.a * sigmoid(self.a) * self.b

        def backward(self, dy: Any) -> Any:
            s = sigmoid(self.a)
            da = dy * self.b * (s * (mistake != "slope of the gate") + self.a * s * (1 - s))
            db = dy * self.a * s
            if mistake == "gate and value exchanged":
                da, db = db, da
            self.grad_w1, self.grad_w2 = self.x.T @ da, self.x.T @ db
            return da @ self.w1.T + db @ self.w2.T

    return case(SwiGLU(), X)


@notebook("the two", "sign of beta", "sign of the centres")
def radial_units(mistake: str | None) -> Case:
    class RBF:
        def __init__(self) -> None:
            self.centers, self.betas = draw(3, 4), np.array([0.3, 0.2, 0.4])

        def forward(self, x: Any) -> Any:
            self.d = x[:, np.newaxis] - self.centers
            self.y = np.exp(-self.betas * (self.d**2).sum(axis=-1))
            return self.y

        def backward(self, dy: Any) -> Any:
            g = dy * self.y
            self.dbetas = -(g * (self.d**2).sum(axis=-1)).sum(axis=0)
            parts = (1 if mistake == "the two" else 2) * (g * self.betas)[..., np.newaxis] * self.d
            self.dcenters = parts.sum(axis=0) * (-1 if mistake == "sign of the centres" else 1)
            self.dbetas *= -1 if mistake == "sign of beta" else 1
            return -parts.sum(axis=1)

    return case(RBF(), X)


@notebook("not turned back", "half of it")
def rotary_positions(mistake: str | None) -> Case:
    def turned(x: Any, sign: int) -> Any:
        angle = sign * np.arange(x.shape[1])[:, np.newaxis] * [1.0, 0.1]
        a, b = x[..., :2], x[..., 2:]
        first = a * np.cos(angle) - b * np.sin(angle)
        return np.concatenate([first, a * np.sin(angle) + b * np.cos(angle)], axis=-1)

    def backward(dy: Any) -> Any:
        dx = turned(dy, 1 if mistake == "not turned back" else -1)
        if mistake == "half of it":
            dx[..., 2:] = dy[..., 2:]
        return dx

    return case((lambda x: turned(x, 1), backward), WORDS)


@notebook("way through the gate", "sum for a mean")
def squeeze_and_excitation(mistake: str | None) -> Case:
    class Squeeze:
        def __init__(self) -> None:
            self.W = draw(4, 4)

        def forward(self, x: Any) -> Any:
            self.x, self.mean = x, x.mean(axis=(2, 3))
            self.gate = sigmoid(self.mean @ self.W)
            return x * self.gate[..., np.newaxis, np.newaxis]

        def backward(self, dy: Any) -> Any:
            dz = (dy * self.x).sum(axis=(2, 3)) * self.gate * (1 - self.gate)
            self.dW = self.mean.T @ dz
            through = (dz @ self.W.T)[..., np.newaxis, np.newaxis]
            through = through / (1 if mistake == "sum for a mean" else 9)
            dx = dy * self.gate[..., np.newaxis, np.newaxis]
            return dx if mistake == "way through the gate" else dx + through

    return case(Squeeze(), IMAGES)


@notebook("without the mean", "mean for a sum")
def value_and_advantages(mistake: str | None) -> Case:
    class Dueling:
        def __init__(self) -> None:
            self.V, self.A = draw(4, 1), draw(4, 3)

        def forward(self, x: Any) -> Any:
            self.x, a = x, x @ self.A
            return x @ self.V + a - a.mean(axis=1, keepdims=True)

        def backward(self, dy: Any) -> Any:
            mean = dy.mean(axis=1, keepdims=True)
            dv = mean if mistake == "mean for a sum" else 3 * mean
            da = dy - mean * (mistake != "without the mean")
            self.dV, self.dA = self.x.T @ dv, self.x.T @ da
            return dv @ self.V.T + da @ self.A.T

    return case(Dueling(), X)


@notebook("mask of the other layer", "not transposed", "bias along the rows")
def dicts_of_parameters_and_caches(mistake: str | None) -> Case:
    class Net:
        def __init__(self) -> None:
            self.params = {"W1": draw(4, 3), "b1": np.zeros((1, 3)), "W2": draw(3, 3)}
            self.cache: dict[str, Any] = {}
            self.grads: dict[str, Any] = {}

        def forward(self, x: Any) -> Any:
            self.cache["A0"] = x
            self.cache["Z1"] = x @ self.params["W1"] + self.params["b1"]
            self.cache["A1"] = np.maximum(0, self.cache["Z1"])
            self.cache["Z2"] = self.cache["A1"] @ self.params["W2"]
            return self.cache["Z2"]

        def backward(self, dZ2: Any) -> Any:
            W2 = self.params["W2"]
            mask = self.cache["Z2" if mistake == "mask of the other layer" else "Z1"] > 0
            dZ1 = dZ2 @ (W2 if mistake == "not transposed" else W2.T) * mask
            along = dZ1[:3].T if mistake == "bias along the rows" else dZ1
            self.grads["dW2"] = self.cache["A1"].T @ dZ2
            self.grads["dW1"] = self.cache["A0"].T @ dZ1
            self.grads["db1"] = along.sum(axis=0, keepdims=True)
            return dZ1 @ self.params["W1"].T

    return case(Net(), X)


@notebook("len for size", "sign", "not reshaped")
def root_of_the_mean_square_of_raveled_arrays(mistake: str | None) -> Case:
    def cost(p: Any, t: Any) -> Any:
        off = p.ravel() - t.ravel()
        value = np.sqrt((off**2).mean())
        d = off / value / (len(p) if mistake == "len for size" else off.size)
        d = -d if mistake == "sign" else d
        return value, d if mistake == "not reshaped" else d.reshape(p.shape)

    return case(cost, X[:, :2], X[:, 2:])


@notebook("half forgotten", "deviation forgotten", "variance alone")
def likelihood_of_a_normal_distribution(mistake: str | None) -> Case:
    def cost(p: Any, t: Any) -> Any:
        mean, log = p[:, :1], p[:, 1:]
        square = (t - mean) ** 2 * np.exp(-log)
        dmean = (mean - t) * (1 if mistake == "deviation forgotten" else np.exp(-log))
        dlog = (1 if mistake == "half forgotten" else 0.5) * (1 - square)
        if mistake == "variance alone":
            dlog = np.full_like(log, 0.5)
        return (log + square).mean() / 2, np.hstack([dmean, dlog]) / len(p)

    return case(cost, X[:, :2], X[:, 2:3])


@notebook("decay counted twice", "bias decayed", "labels apart")
def softmax_regression_from_zero_weights(mistake: str | None) -> Case:
    labels = np.array([0, 2, 1, 1, 2, 0])

    def cost(w: Any) -> Any:
        weights, bias = w[:12].reshape(4, 3), w[12:]
        e = np.exp(X @ weights + bias)
        p = e / e.sum(axis=1, keepdims=True)
        value = -np.log(p[np.arange(6), labels]).mean() + 0.05 * (weights**2).sum()
        d = (p - np.eye(3)[np.roll(labels, 1) if mistake == "labels apart" else labels]) / 6
        dweights = X.T @ d + (0.2 if mistake == "decay counted twice" else 0.1) * weights
        dbias = d.sum(axis=0) + (0.1 * bias if mistake == "bias decayed" else 0)
        return value, np.concatenate([dweights.ravel(), dbias])

    return case(cost, np.zeros(15))


@notebook("dW clipped", "dx clipped", "small ones rounded off")
def clipped_on_the_way_back(mistake: str | None) -> Case:
    class Linear:
        def __init__(self) -> None:
            self.W = draw(4, 3) / 10

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W

        def backward(self, dy: Any) -> Any:
            self.dW, dx = self.x.T @ dy, dy @ self.W.T
            if mistake == "dW clipped":
                self.dW = np.clip(self.dW, -100, 100)
            if mistake == "dx clipped":
                dx *= min(1, 100 / np.linalg.norm(dx))
            if mistake == "small ones rounded off":
                dx[np.abs(dx) < 1e-5] = 0
            return dx

    return case(Linear(), X)


@notebook("rows reversed", "bias of the first")
def features_of_zero_and_one(mistake: str | None) -> Case:
    class Linear:
        def __init__(self) -> None:
            self.W, self.b = draw(4, 3), np.zeros(3)

        def forward(self, x: Any) -> Any:
            if not np.isin(x, (0, 1)).all():
                raise ValueError("features must be 0 or 1")
            self.x = x
            return x @ self.W + self.b

        def backward(self, dy: Any) -> Any:
            self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
            if mistake == "rows reversed":
                self.dW = self.dW[::-1]
            if mistake == "bias of the first":
                self.db = dy[0]
            return dy @ self.W.T

    return case(Linear(), (X > 0).astype(float))
