"""The evidence about a wrong gradient, from which mistakes are recognised.

`Evidence` holds the gradient from ``backward``, the correct one from function values, and the
Jacobian. The patterns in `tinynet.gradcheck.mistakes` use nothing else.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tinynet._internal.names import explain_keywords

ALIKE = 1e-5  # arrays that differ by less, relative to the largest entry, count as equal
TINY = 1e-9  # a derivative that is smaller, relative to the largest one, counts as 0
NOT_CHECKED = "not_checked"  # the kind of an array whose gradient isn't found
NEAR = 1e-3  # gradients that differ by less may be equal but for float32


@explain_keywords
@dataclass(frozen=True)
class Mistake:
    """A mistake that was recognised.

    Attributes
    ----------
    kind : str
        An identifier, to test for.
    text : str
        A description.
    """

    kind: str
    text: str


@explain_keywords
@dataclass(frozen=True)
class Evidence:
    """The evidence about one wrong gradient.

    The functions run the code under test again, for patterns that need more than numbers.
    """

    analytic: np.ndarray  # what backward returned or filled in
    numeric: np.ndarray  # the correct gradient, NaN at kinks and where it is unknown
    quick: np.ndarray  # the same from two long steps: less exact, but robust to rough outputs
    earlier: np.ndarray  # the result of an earlier call of backward, with another x and dy
    batch_size: int
    x: np.ndarray  # the input
    y: np.ndarray  # the outputs; a single one if there is a loss
    dy: np.ndarray  # the upstream gradient, of y's shape
    # The derivative of each output by each entry, (*analytic.shape, *y.shape); None if too large.
    jacobian: np.ndarray | None = None
    one_hot: np.ndarray | None = None  # a loss's targets, (N, K); x and analytic have that shape
    targets: np.ndarray | None = None  # the same, with any number of axes
    array: np.ndarray | None = None  # what is differentiated by: the input, or a parameter
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    # The gradients from backward by all arrays, by name.
    gradients: Mapping[str, np.ndarray] = field(default_factory=dict)
    # The parameters' values before they were moved, for a gradient that is wrong only then.
    earlier_parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    # The gradient that backward gives in a copy that has never been run.
    fresh: Callable[[], np.ndarray] | None = None
    # The slope of each output by its own input, at another input.
    slopes_at: Callable[[np.ndarray], np.ndarray] | None = None
    # The correct gradient for another value of a parameter, given by name.
    gradient_with: Callable[[str, np.ndarray], np.ndarray | None] | None = None
    # The correct gradient by another array, given by name.
    gradient_by: Callable[[str], np.ndarray | None] | None = None
    # The error of the gradient at another input.
    error_at: Callable[[np.ndarray], np.ndarray | None] | None = None
    # Another batch size, and the factor by which the gradient is wrong there.
    elsewhere: Callable[[], tuple[int, float] | None] | None = None
    # Whether an example's dx in backward depends on the dy of other examples.
    couples: Callable[[], bool] | None = None
    # The outputs of the code under test, before a loss, and the gradient by them.
    outputs: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None
    # The arrays that a function of x alone uses besides it, by name.
    in_reach: Callable[[], Mapping[str, np.ndarray]] | None = None
    # The operation whose backward step is wrong, found from a record of the forward pass.
    operation: Callable[[], str | None] | None = None
    may_be_bounded: bool = False  # whether it may be a loss whose targets aren't seen

    @cached_property
    def known(self) -> np.ndarray:
        """Where the correct gradient is known."""
        return np.isfinite(self.numeric)

    @cached_property
    def named_operation(self) -> str | None:
        """The operation whose backward step is wrong, if it is found in the record."""
        return None if self.operation is None else self.operation()

    @cached_property
    def scale(self) -> float:
        """The size of the largest entry of the correct gradient."""
        return float(np.abs(self.numeric[self.known]).max(initial=0))

    def with_dy(self, dy: np.ndarray | float) -> np.ndarray:
        """Return the correct gradient for another dy, from the Jacobian."""
        assert self.jacobian is not None
        terms = (self.jacobian * dy).reshape(*self.analytic.shape, -1)
        return np.asarray(terms.sum(axis=-1))

    def words_for(self, candidates: Iterable[tuple[str, np.ndarray]]) -> str | None:
        """Return the words for the first of some candidates that the analytic gradient is."""
        return next((words for words, found in candidates if self.looks_like(found)), None)

    def is_near(self, gradient: np.ndarray) -> bool:
        """Whether the analytic gradient agrees with another one to three digits."""
        scale = np.abs(gradient[self.known]).max(initial=0)
        return bool((np.abs(self.analytic - gradient)[self.known] <= NEAR * scale).all())

    def looks_like(self, candidate: np.ndarray) -> bool:
        """Whether the analytic gradient is `candidate`, wherever that is known."""
        return alike(np.where(self.known, self.analytic, np.nan), candidate)

    def is_rather(self, candidate: np.ndarray | None) -> bool:
        """Whether the analytic gradient is `candidate`, which isn't the correct one."""
        if candidate is None or alike(candidate, self.numeric):
            return False
        return self.looks_like(candidate)

    @cached_property
    def entrywise(self) -> bool:
        """Whether this is an input's gradient, and each entry affects only its own output."""
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
        return matrix.diagonal().reshape(self.y.shape)

    @property
    def is_input(self) -> bool:
        """Whether it is the gradient with respect to the input."""
        return self.array is self.x

    @property
    def is_like_dy(self) -> bool:
        """Whether it is an input's gradient, and has the shape of dy, which isn't a single 1."""
        return self.is_input and self.analytic.shape == self.dy.shape and self.y.size != 1

    @property
    def mixes_inputs(self) -> bool:
        """Whether it is an input's gradient of y's shape, and outputs depend on several inputs."""
        return self.is_input and self.x.shape == self.y.shape and not self.entrywise

    @cached_property
    def is_of_errors(self) -> bool:
        """Whether it is a loss whose derivative is a multiple of the errors, as a squared one's."""
        return (
            self.targets is not None
            and factor_between(self.numeric, self.x - self.targets) is not None
        )

    @property
    def is_row_by_row(self) -> bool:
        """Whether input and output are matrices, an example in each row."""
        return (
            self.is_input and self.x.ndim == 2 and self.y.ndim == 2 and len(self.x) == len(self.y)
        )

    @cached_property
    def right(self) -> np.ndarray:
        """Where the analytic gradient agrees with the correct one."""
        close: np.ndarray = np.abs(self.difference) <= ALIKE * self.scale
        return close & self.known

    @property
    def difference(self) -> np.ndarray:
        """The error of the gradient, NaN where the correct one is unknown."""
        return np.where(self.known, self.analytic - self.numeric, np.nan)

    @cached_property
    def by_example(self) -> np.ndarray | None:
        """The contribution of each example to a parameter's gradient, shape (N, *shape)."""
        shape, n = self.analytic.shape, self.batch_size
        if self.jacobian is None or self.y.ndim < 2 or len(self.y) != n or shape == self.x.shape:
            return None
        parts: np.ndarray = (self.jacobian * self.dy).reshape(*shape, n, -1).sum(axis=-1)
        return np.moveaxis(parts, -1, 0)


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are equal up to ALIKE, where both are known, and not all zero."""
    known = np.isfinite(a) & np.isfinite(b)
    scale = np.abs(b[known]).max(initial=0)
    return bool(scale > 0 and (np.abs(a - b)[known] <= ALIKE * scale).all())


def is_single(a: np.ndarray) -> bool:
    """Whether every entry is a float32 number."""
    with np.errstate(over="ignore"):
        return bool(a.any() and (a.astype(np.float32) == a).all())


def is_flat(array: np.ndarray) -> bool:
    """Whether all entries are equal."""
    return bool((array == array.flat[0]).all())


def softmax_along(z: np.ndarray, axis: int | None) -> np.ndarray:
    """Return softmax along an axis, computed here since tinynet's own may be under test."""
    exp = np.exp(z - z.max(axis=axis, keepdims=True))
    return exp / exp.sum(axis=axis, keepdims=True)


def factor_between(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the c for which a is c b, wherever both are known; None if there is none."""
    known = np.isfinite(a) & np.isfinite(b)
    square = float((b[known] ** 2).sum())
    if not square:
        return None
    factor = float((a[known] * b[known]).sum()) / square
    return factor if factor and alike(np.where(known, a, np.nan), factor * b) else None


def listed(wrong: np.ndarray) -> str:
    """Say where entries are: by rows or columns if they fill these, or else by the first three.

    Examples
    --------
    >>> wrong = np.zeros((2, 6), bool)
    >>> wrong[:, 2:5] = True
    >>> listed(wrong)
    'at 2 to 4 of axis 1'
    >>> listed(np.array([True, False, True]))
    'at [0], [2]'
    """
    for axis in range(wrong.ndim):
        others = tuple(k for k in range(wrong.ndim) if k != axis)
        whole = np.flatnonzero(wrong.all(axis=others))
        is_run = 2 < len(whole) < wrong.shape[axis] and whole[-1] - whole[0] == len(whole) - 1
        if is_run and np.count_nonzero(wrong.any(axis=others)) == len(whole):
            return f"at {whole[0]} to {whole[-1]} of axis {axis}"
    places = ", ".join(str([int(i) for i in place]) for place in np.argwhere(wrong)[:3])
    return f"at {places}{'' if wrong.sum() <= 3 else ' and others'}"
