"""Recognise a cost by the weights of a network of dense layers, and its wrong step.

Courses check a cost as a function of one array, ``W1``, whose other arrays, inputs and targets are
globals or in a closure. Of all these, some may make a network whose cost has the gradient that was
found: up to a factor, such as that of a mean, and a multiple of the weights, that of a penalty.
Then its backpropagation can be made with one mistake, as in `tinynet.gradcheck.networks`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain as chain_from
from itertools import permutations, product

import numpy as np

from tinynet.gradcheck.evidence import Evidence, softmax_along
from tinynet.gradcheck.networks import Change, Network, fits, is_bias, run

ENOUGH = 4  # entries from which two factors can be found, and proved; from half of them, one can
ARGUMENT = "x"  # the name of an array that isn't in reach, as it is the argument
FEW = 4  # columns of an array of which one may be the targets
MANY = 12  # arrays among which a network is looked for, at most
Arrays = Mapping[str, np.ndarray]


def wrong_step_of_cost(e: Evidence) -> str | None:
    """One step of the backpropagation of a cost by the weights of a network."""
    if e.in_reach is None or e.x.ndim not in (1, 2) or 2 * e.known.sum() < ENOUGH:
        return None
    arrays = e.in_reach()
    if len(arrays) > MANY:
        return None
    like = [name for name, array in arrays.items() if array.shape == e.x.shape]
    forms = (
        [e.x] if e.x.ndim == 2 else [e.x, e.x[:, np.newaxis]]
    )  # biases, or one column of weights
    for name, array in product([*like, ARGUMENT], forms):
        for network, output, t in networks_of({**arrays, name: array}, name):
            factor, share = two_factors(network.gradient(name), e)
            if not factor:
                continue
            for words, other, change in mistakes_in(network, output, t):
                found = other.gradient(name, change)
                made = None if found is None else factor * found.reshape(e.x.shape) + share * e.x
                if fits(made, np.where(e.known, e.analytic, np.nan)):
                    return f"{words} ({network.described()})"
    return None


def two_factors(gradient: np.ndarray | None, e: Evidence) -> tuple[float, float]:
    """Return the factors of a gradient and of the weights whose sum is the right gradient."""
    if gradient is None or gradient.size != e.x.size:
        return 0.0, 0.0
    penalty = e.x if e.known.sum() >= ENOUGH else np.zeros(e.x.shape)
    terms = np.stack([gradient.reshape(e.x.shape)[e.known], penalty[e.known]], axis=1)
    (factor, share), *_ = np.linalg.lstsq(terms, e.numeric[e.known], rcond=None)
    made = np.full(e.x.shape, np.nan)
    made[e.known] = terms @ [factor, share]
    return (float(factor), float(share)) if fits(made, e.numeric) else (0.0, 0.0)


def networks_of(arrays: Arrays, name: str) -> Iterator[tuple[Network, np.ndarray, np.ndarray]]:
    """Yield networks that arrays may make, with the outputs' probabilities and the targets.

    The gradient by the outputs is set to that of the cross-entropy, or of a squared error.
    """
    biases = [key for key, array in arrays.items() if is_bias(key, array)]
    matrices = [key for key, array in arrays.items() if array.ndim == 2 and key not in biases]
    for inputs in matrices:
        others = [key for key in matrices if key != inputs]
        for columns in (False, True):
            x = arrays[inputs].T if columns else arrays[inputs]
            for chain in chain_from(*(permutations(others, depth) for depth in (2, 1, 3))):
                ways = [arrays[key].T if columns else arrays[key] for key in chain]
                widths = [x.shape[1], *(way.shape[1] for way in ways)]
                if [way.shape[0] for way in ways] != widths[:-1]:
                    continue
                names = of_sizes(arrays, biases, widths[1:])
                if name not in (*chain, *names):
                    continue
                vectors = [arrays[key].ravel() for key in names]
                for t in targets_in(arrays, {inputs, *chain, *names}, len(x), widths[-1], columns):
                    for hidden in ("ReLU", "tanh", "sigmoid") if len(ways) > 1 else ("",):
                        kinds = [*[hidden] * (len(ways) - 1), ""]
                        z, a = run(x, ways, vectors, kinds)
                        for p, dy in gradients_by_output(z[-1], t):
                            yield (
                                Network([*chain], names, ways, columns, kinds, z, a, dy, columns),
                                p,
                                t,
                            )


def of_sizes(arrays: Arrays, biases: list[str], sizes: list[int]) -> list[str]:
    """Return the names of biases of these sizes in order, or none if they aren't there."""
    left, names = list(biases), []
    for size in sizes:
        fitting = [key for key in left if arrays[key].size == size]
        if not fitting:
            return []
        names.append(fitting[0])
        left.remove(fitting[0])
    return names


def targets_in(
    arrays: Arrays, used: set[str], n: int, width: int, columns: bool
) -> Iterator[np.ndarray]:
    """Yield arrays that may be the targets, with an example in each row."""
    for key, array in arrays.items():
        t = array.T if columns and array.ndim == 2 else array
        if key in used:
            continue
        if t.shape == (n, width) or (t.shape == (n,) and width == 1):
            yield t.reshape(n, width) * 1.0
        if width == 1 and t.ndim == 2 and len(t) == n and 1 < t.shape[1] <= FEW:
            yield from (t[:, [k]] * 1.0 for k in range(t.shape[1]))
        whole = t.shape == (n,) and (t == np.floor(t)).all() and t.min() >= 0 and t.max() < width
        if whole and width > 1:
            yield np.eye(width)[t.astype(int)]


def gradients_by_output(z: np.ndarray, t: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield what the outputs are turned into, and the gradient by the outputs, for common costs."""
    p = 1 / (1 + np.exp(-z))
    if z.shape[1] > 1:
        yield softmax_along(z, 1), softmax_along(z, 1) - t
    yield p, p - t
    yield z, z - t
    yield p, (p - t) * p * (1 - p)


def mistakes_in(
    network: Network, p: np.ndarray, t: np.ndarray
) -> Iterator[tuple[str, Network, Change | None]]:
    """Yield networks with a mistake at the outputs, or changes of a step, with their words."""
    yield "the targets are missing: p, where p - t is right", replace(network, dy=p), None
    yield "p + t, where p - t is right", replace(network, dy=p + t), None
    for words, dy in (
        ("the size of the error is taken, without its sign", np.abs(network.dy)),
        ("the sign of the error is taken alone", np.sign(network.dy)),
        ("the square of the error is taken, as in the value", network.dy**2),
    ):
        yield words, replace(network, dy=dy), None
    words = "the slope p (1 - p) is taken once too often: p - t contains it already"
    yield words, replace(network, dy=network.dy * p * (1 - p)), None
    words = "the slope p (1 - p) of the outputs is forgotten"
    yield words, replace(network, dy=p - t), None
    for change in network.changes():
        yield network.words_for(change), network, change
