"""What is known about a wrong gradient: the evidence that the names of mistakes are found in.

`Evidence` holds the gradient that came out of ``backward``, the right one from function values, and
how every output moves with every entry. The patterns in `tinynet.gradcheck.mistakes` look at
nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tinynet._internal.names import explain_keywords

ALIKE = 1e-5  # arrays whose entries differ by less, relative to the largest, show the same pattern
TINY = 1e-9  # a derivative this small beside the largest one is none
NEAR = 1e-3  # gradients that differ by less may well be the same but for float32


@explain_keywords
@dataclass(frozen=True)
class Mistake:
    """A mistake that was recognised.

    Attributes
    ----------
    kind : str
        One word for it, to test for.
    text : str
        A sentence about it.
    """

    kind: str
    text: str


@explain_keywords
@dataclass(frozen=True)
class Evidence:
    """What is known about one wrong gradient; patterns are looked for in this and nothing else.

    Attributes
    ----------
    analytic : numpy.ndarray
        What backward returned or filled in.
    numeric : numpy.ndarray, of the same shape
        The right gradient from function values, NaN at kinks and where it wasn't worked out.
    quick : numpy.ndarray, of the same shape
        The same from two long steps alone: less exact, but not to be misled by rough outputs.
    earlier : numpy.ndarray, of the same shape
        What backward gave in a call before, with another input and another dy.
    batch_size : int
        N.
    x : numpy.ndarray
        The input.
    y : numpy.ndarray
        The outputs; a loss and a whole model under a loss have a single one.
    dy : numpy.ndarray, of y's shape
        The derivative by y that backward was given.
    jacobian : numpy.ndarray, shape (*analytic.shape, *y.shape), optional
        The derivative of each output by each entry, from function values; None if it is too large.
    one_hot : numpy.ndarray, shape (N, K), optional
        A loss's targets.
    array : numpy.ndarray, optional
        What it is the gradient by: the input, or a parameter.
    parameters : dict of str to numpy.ndarray
        All parameters.
    fresh : callable, optional
        What backward gives in a copy that has never been run.
    slopes_at : callable, optional
        The slope of each output by its own input, with the input put elsewhere.
    gradient_with : callable, optional
        The right gradient if a parameter, given by name, had another value.
    """

    analytic: np.ndarray
    numeric: np.ndarray
    quick: np.ndarray
    earlier: np.ndarray
    batch_size: int
    x: np.ndarray
    y: np.ndarray
    dy: np.ndarray
    jacobian: np.ndarray | None = None
    one_hot: np.ndarray | None = None
    array: np.ndarray | None = None
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    fresh: Callable[[], np.ndarray] | None = None
    slopes_at: Callable[[np.ndarray], np.ndarray] | None = None
    gradient_with: Callable[[str, np.ndarray], np.ndarray | None] | None = None

    @property
    def known(self) -> np.ndarray:
        """Where the right gradient is known."""
        known: np.ndarray = np.isfinite(self.numeric)
        return known

    def is_near(self, gradient: np.ndarray) -> bool:
        """Whether the analytic gradient agrees with another one to three digits."""
        scale = np.abs(gradient[self.known]).max(initial=0)
        return bool((np.abs(self.analytic - gradient)[self.known] <= NEAR * scale).all())

    def looks_like(self, candidate: np.ndarray) -> bool:
        """Whether the analytic gradient is `candidate`, wherever that is known."""
        return alike(np.where(self.known, self.analytic, np.nan), candidate)

    @property
    def entrywise(self) -> bool:
        """Whether this is the gradient of an input whose every entry moves its own output alone."""
        if self.jacobian is None or not self.is_input or self.x.shape != self.y.shape:
            return False
        matrix = self.jacobian.reshape(self.y.size, self.y.size)
        largest = np.abs(matrix).max(initial=0)
        return bool((np.abs(matrix[~np.eye(self.y.size, dtype=bool)]) <= TINY * largest).all())

    @property
    def slopes(self) -> np.ndarray:
        """The derivative of each output by its own input: the diagonal of the Jacobian."""
        assert self.jacobian is not None
        matrix = self.jacobian.reshape(self.y.size, self.y.size)
        slopes: np.ndarray = matrix.diagonal().reshape(self.y.shape)
        return slopes

    @property
    def is_input(self) -> bool:
        """Whether it is the gradient by the input."""
        return self.array is self.x

    @property
    def is_row_by_row(self) -> bool:
        """Whether input and output are matrices, an example in each row."""
        return (
            self.is_input and self.x.ndim == 2 and self.y.ndim == 2 and len(self.x) == len(self.y)
        )

    @property
    def difference(self) -> np.ndarray:
        """How far off the gradient is, NaN where the right one isn't known."""
        return np.where(self.known, self.analytic - self.numeric, np.nan)

    @property
    def by_example(self) -> np.ndarray | None:
        """The part that each example has in a parameter's gradient, shape (N, *shape)."""
        shape, n = self.analytic.shape, self.batch_size
        if self.jacobian is None or self.y.ndim < 2 or len(self.y) != n or shape == self.x.shape:
            return None
        parts: np.ndarray = (self.jacobian * self.dy).reshape(*shape, n, -1).sum(axis=-1)
        return np.moveaxis(parts, -1, 0)


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are the same up to ALIKE, where both are known, and not just zero."""
    known = np.isfinite(a) & np.isfinite(b)
    scale = np.abs(b[known]).max(initial=0)
    return bool(scale > 0 and (np.abs(a - b)[known] <= ALIKE * scale).all())


def is_single(a: np.ndarray) -> bool:
    """Whether every entry is a float32 number."""
    with np.errstate(over="ignore"):
        return bool(a.any() and (a.astype(np.float32) == a).all())


def softmax_along(z: np.ndarray, axis: int | None) -> np.ndarray:
    """Return softmax along an axis; a library under suspicion isn't asked for it."""
    exp = np.exp(z - z.max(axis=axis, keepdims=True))
    y: np.ndarray = exp / exp.sum(axis=axis, keepdims=True)
    return y


def factor_between(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the c for which a is c b, wherever both are known; None if there is none."""
    known = np.isfinite(a) & np.isfinite(b)
    square = float((b[known] ** 2).sum())
    if not square:
        return None
    factor = float((a[known] * b[known]).sum()) / square
    return factor if factor and alike(np.where(known, a, np.nan), factor * b) else None
