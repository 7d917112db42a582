"""Recognise a network of dense layers, and the step of its backpropagation that is wrong.

A class with arrays ``W1, b1, W2, b2`` may be a network of dense layers. If such a network, with
one of the common activations, computes the same outputs from these arrays, its structure is known,
and each step backward can be made with one mistake: without the slope of an activation, with the
mask of another array, with a matrix that isn't transposed. A gradient that equals the result is
named by that step.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tinynet.gradcheck.evidence import Evidence, alike, softmax_along

Function = Callable[[np.ndarray], np.ndarray]
Slope = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # of z, a and the gradient by a
Change = tuple[int, str, str, Slope | None]  # layer, step, words, and the slope to take

EVERY = -1  # the change is made in every layer
ELEMENTWISE = ("ReLU", "sigmoid", "tanh")
ACTIVATIONS: dict[str, tuple[Function, Slope]] = {
    "": (lambda z: z, lambda z, a, d: np.ones_like(z)),
    "ReLU": (lambda z: np.maximum(z, 0), lambda z, a, d: (z > 0) * 1.0),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, a, d: a * (1 - a)),
    "tanh": (np.tanh, lambda z, a, d: 1 - a**2),
}
WRONG_SLOPES: tuple[tuple[str, tuple[str, ...], Slope], ...] = (
    ("is forgotten", (), lambda z, a, d: np.ones_like(z)),
    ("is 1 - a, where a (1 - a) is right", ("sigmoid",), lambda z, a, d: 1 - a),
    ("is 1 - a, where 1 - a**2 is right", ("tanh",), lambda z, a, d: 1 - a),
    ("is a, the output itself", (), lambda z, a, d: a),
    ("is sigmoid's, a (1 - a)", ("ReLU", "tanh"), lambda z, a, d: a * (1 - a)),
    ("is that of a sigmoid", ("ReLU", "tanh"), lambda z, a, d: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    ("is tanh's, 1 - a**2", ("ReLU", "sigmoid"), lambda z, a, d: 1 - a**2),
    ("is ReLU's, 1 where z > 0", ("sigmoid", "tanh"), lambda z, a, d: (z > 0) * 1.0),
    ("is taken of z, z (1 - z), where a (1 - a) is right", ("sigmoid",), lambda z, a, d: z - z**2),
    ("is taken of z, 1 - z**2, where 1 - a**2 is right", ("tanh",), lambda z, a, d: 1 - z**2),
    ("is taken at a, where z is right", ("tanh",), lambda z, a, d: 1 - np.tanh(a) ** 2),
    (
        *("is taken at a, where z is right", ("sigmoid",)),
        lambda z, a, d: np.exp(-a) / (1 + np.exp(-a)) ** 2,
    ),
    ("is taken twice", ("sigmoid",), lambda z, a, d: (a * (1 - a)) ** 2),
    ("is taken twice", ("tanh",), lambda z, a, d: (1 - a**2) ** 2),
    ("is 1 + a**2, where 1 - a**2 is right", ("tanh",), lambda z, a, d: 1 + a**2),
    ("is the wrong way round, 1 where z < 0", ("ReLU",), lambda z, a, d: (z < 0) * 1.0),
    ("is -1 where z < 0, where 0 is right", ("ReLU",), lambda z, a, d: np.sign(z)),
    ("is z, where 1 or 0 is right", ("ReLU",), lambda z, a, d: z),
    ("tanh's slope, 1 - a**2, is used where there is no tanh", ("",), lambda z, a, d: 1 - a**2),
    ("sigmoid's slope, a (1 - a), is used without a sigmoid", ("",), lambda z, a, d: a * (1 - a)),
    ("ReLU's mask, z > 0, is used where there is no ReLU", ("",), lambda z, a, d: (z > 0) * 1.0),
    ("is a (1 + a), where a (1 - a) is right", ("sigmoid",), lambda z, a, d: a * (1 + a)),
    ("is forgotten, as if dy were p - t already", ("softmax",), lambda z, a, d: np.ones_like(z)),
    ("is only the diagonal of its Jacobian", ("softmax",), lambda z, a, d: a * (1 - a)),
    (
        *("is a mask of the gradient, dy > 0, where z > 0 is right", ("ReLU",)),
        lambda z, a, d: (d > 0) * 1.0,
    ),
)


def wrong_slopes(kind: str) -> Iterator[tuple[str, Slope]]:
    """Yield the slopes that are taken for that of an activation."""
    for words, kinds, slope in WRONG_SLOPES:
        if kind in kinds or (kind in ELEMENTWISE and not kinds):
            yield words, slope


@dataclass(frozen=True)
class Network:
    """A network of dense layers, an example in each row."""

    weights: list[str]  # their names
    biases: list[str]  # theirs, or none
    matrices: list[np.ndarray]  # of shape (inputs, outputs)
    turned: bool  # whether the code holds the matrices transposed
    activations: list[str]
    z: list[np.ndarray]  # before each activation
    a: list[np.ndarray]  # after it; the first is the input
    dy: np.ndarray  # the gradient by the outputs
    columns: bool  # whether the code keeps each example in a column

    def gradient(self, name: str, change: Change | None = None) -> np.ndarray | None:
        """Return the gradient by an array, with one step changed; None if it isn't reached."""
        layer, step, _, other = change or (0, "", "", None)
        d = self.dy
        for k in reversed(range(len(self.weights))):
            kind, z, a = self.activations[k], self.z[k], self.a[k + 1]
            if step == "below" and k == layer:
                z, a = self.z[k - 1], self.a[k]
            if other and (layer == k or (layer == EVERY and kind == self.activations[0])):
                d = d * other(z, a, d)
            elif kind == "softmax":
                d = a * (d - (d * a).sum(axis=1, keepdims=True))
            else:
                d = d * ACTIVATIONS[kind][1](z, a, d)
            if name == self.weights[k]:
                below = self.a[k]
                if step in ("inputs", "outputs") and k == layer:
                    below = self.z[k - 1] if step == "inputs" else a
                found = below.T @ d
                return found.T if self.turned else found
            if self.biases and name == self.biases[k]:
                return np.asarray(d.sum(axis=0))
            matrix = self.matrices[k]
            if step == "matrix" and k == layer:
                matrix = matrix.T
            d = d @ matrix.T
        return d.T if self.columns else d

    def changes(self) -> Iterator[Change]:
        """Yield the mistakes that are tried, from the output downwards."""
        for k in reversed(range(len(self.weights))):
            for words, slope in wrong_slopes(self.activations[k]):
                yield k, "slope", words, slope
            if k and self.z[k].shape == self.z[k - 1].shape and self.activations[k]:
                yield k, "below", f"the slope of {self.activations[k]} is that of layer {k}", None
            if self.matrices[k].shape[0] == self.matrices[k].shape[1]:
                yield k, "matrix", f"{self.weights[k]} isn't transposed in backward", None
            if k and self.activations[k - 1]:
                words = f"the gradient of {self.weights[k]} is made with z of the layer below, "
                yield k, "inputs", words + "before its activation", None
            if self.a[k].shape == self.a[k + 1].shape:
                words = f"the gradient of {self.weights[k]} is made with its own layer's outputs, "
                yield k, "outputs", words + "in place of its inputs", None
        if self.activations.count(self.activations[0]) > 1:
            for words, slope in wrong_slopes(self.activations[0]):
                yield EVERY, "slope", words, slope

    def words_for(self, change: Change) -> str:
        """Describe a change."""
        layer, step, words, _ = change
        kind = self.activations[max(layer, 0)]
        if step == "slope" and kind:
            words = f"the slope of {kind} {words}"
        if layer == EVERY:
            return f"{words}, in every layer that has it"
        return (
            f"{words}, in layer {layer + 1} of {len(self.weights)}" if self.weights[1:] else words
        )

    def described(self) -> str:
        """Describe the structure."""
        parts = [
            f"{name}{', then ' + kind if kind else ''}"
            for name, kind in zip(self.weights, self.activations, strict=True)
        ]
        return "; ".join(parts)


def recognised(e: Evidence) -> Network | None:
    """Return the network of dense layers that computes the same outputs, or None."""
    if e.outputs is None or e.x.ndim < 2:
        return None
    y, dy = e.outputs()
    if y.ndim != e.x.ndim or dy.shape != y.shape:
        return None
    given = [array.reshape(-1, array.shape[-1]) for array in (e.x, y, dy)]  # each position a row
    vectors = {name: a for name, a in e.parameters.items() if is_bias(name, a)}
    matrices = {name: a for name, a in e.parameters.items() if a.ndim == 2 and name not in vectors}
    if not matrices or len(vectors) not in (0, len(matrices)):
        return None
    if len(matrices) + len(vectors) != len(e.parameters):
        return None
    for columns, turned in ((False, False), (False, True), (True, True)):
        x, t, d = (array.T for array in given) if columns else given
        ways = [a.T if turned else a for a in matrices.values()]
        widths = [x.shape[1], *(a.shape[1] for a in ways)]
        sizes = [a.size for a in vectors.values()]
        if [a.shape[0] for a in ways] != widths[:-1] or (sizes and sizes != widths[1:]):
            continue
        for hidden in ("ReLU", "tanh", "sigmoid", "") if len(ways) > 1 else ("",):
            for last in ("", "ReLU", "tanh", "sigmoid", "softmax"):
                kinds = [hidden] * (len(ways) - 1) + [last]
                z, a = run(x, ways, [v.ravel() for v in vectors.values()], kinds)
                if a[-1].shape == t.shape and np.allclose(a[-1], t, rtol=1e-9, atol=1e-12):
                    names = list(matrices), list(vectors)
                    return Network(*names, ways, turned, kinds, z, a, d, columns)
    return None


def fits(gradient: np.ndarray | None, found: np.ndarray) -> bool:
    """Whether a gradient is the one that was found, wherever that is known."""
    if gradient is None or gradient.size != found.size:
        return False
    return alike(gradient.reshape(found.shape), found)


def is_bias(name: str, array: np.ndarray) -> bool:
    """Whether an array is a row or a column of biases."""
    *_, last = ["", *re.findall(r"[a-z_]\w*", name.lower())]
    return array.ndim == 1 or (array.ndim == 2 and 1 in array.shape and last.startswith("b"))


def run(
    x: np.ndarray, matrices: list[np.ndarray], biases: list[np.ndarray], kinds: list[str]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the numbers before and after each activation."""
    z, a = [], [x]
    for k, (matrix, kind) in enumerate(zip(matrices, kinds, strict=True)):
        z.append(a[-1] @ matrix + (biases[k] if biases else 0))
        a.append(softmax_along(z[-1], 1) if kind == "softmax" else ACTIVATIONS[kind][0](z[-1]))
    return z, a


def wrong_step(e: Evidence) -> str | None:
    """One step of the backpropagation of a network of dense layers."""
    network = recognised(e)
    name = next((name for name, a in e.parameters.items() if a is e.array), "x")
    if network is None or not fits(network.gradient(name), e.numeric):
        return None
    for change in network.changes():
        if fits(network.gradient(name, change), np.where(e.known, e.analytic, np.nan)):
            return f"{network.words_for(change)} ({network.described()})"
    return None
