"""TensorFlow's functions of arrays, computed by NumPy.

Scripts use about a dozen of them with a model: `constant`, `reduce_mean`, `argmax`, `cast`. Each
accepts whatever NumPy can convert and returns a `Tensor`, a NumPy array with ``.numpy()``. Python's
numbers become float32 and int32, as in TensorFlow; NumPy arrays keep their dtype.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinynet._internal.checks import check_memory as _check_memory
from tinynet._internal.erf import erf as _erf
from tinynet.keras_scripts.refusals import in_own_words as _in_own_words
from tinynet.utils import check_labels as _check_labels

Function = Callable[..., Any]


class TensorShape(tuple[int, ...]):
    """A shape: a tuple with the methods of TensorFlow's shapes.

    Examples
    --------
    >>> TensorShape([2, 3]).as_list(), TensorShape([2, 3]).rank
    ([2, 3], 2)
    """

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    ndims = rank

    @property
    def dims(self) -> list[int]:
        """The sizes."""
        return self.as_list()

    def as_list(self) -> list[int]:
        """Return the sizes as a list."""
        return [*self]

    def num_elements(self) -> int:
        """Return the number of entries."""
        return math.prod(self)

    def is_fully_defined(self) -> bool:
        """Return True: an array has all its sizes."""
        return True


class Tensor(np.ndarray):
    """A NumPy array with the methods of TensorFlow's tensors that scripts use.

    Examples
    --------
    >>> constant([1, 2]).numpy()
    array([1, 2], dtype=int32)
    """

    def numpy(self) -> Any:
        """Return the values as a plain array, or as a number if there are no axes."""
        array = np.asarray(self)
        return array if array.ndim else array[()]

    @property
    def shape(self) -> "TensorShape":
        """The shape, a tuple with TensorFlow's methods."""
        return TensorShape(np.shape(np.asarray(self)))

    @shape.setter
    def shape(self, sizes: Any) -> None:  # NumPy's own functions set it
        np.ndarray.shape.__set__(self, sizes)  # type: ignore[attr-defined]

    def get_shape(self) -> "TensorShape":
        """Return the shape."""
        return self.shape

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        # NumPy would return a zero-dimensional result as a number, which has no .numpy().
        return np.asarray(array).view(Tensor)

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        return value if isinstance(value, Tensor) else np.asarray(value).view(Tensor)

    # A tensor isn't changed: ``t += 1`` makes another one, as in TensorFlow.
    __iadd__ = np.ndarray.__add__  # type: ignore[assignment]
    __isub__ = np.ndarray.__sub__  # type: ignore[assignment]
    __imul__ = np.ndarray.__mul__  # type: ignore[assignment]
    __itruediv__ = np.ndarray.__truediv__  # type: ignore[assignment]
    __ifloordiv__ = np.ndarray.__floordiv__  # type: ignore[assignment]
    __imod__ = np.ndarray.__mod__  # type: ignore[assignment]
    __ipow__ = np.ndarray.__pow__  # type: ignore[assignment]
    __imatmul__ = np.ndarray.__matmul__  # type: ignore[assignment]
    __iand__ = np.ndarray.__and__  # type: ignore[assignment]
    __ior__ = np.ndarray.__or__  # type: ignore[assignment]
    __ixor__ = np.ndarray.__xor__  # type: ignore[assignment]

    def __hash__(self) -> int:  # type: ignore[override]
        """Return the hash of a single entry, which may be a key, or that of the object."""
        return hash(self.item()) if self.ndim == 0 else object.__hash__(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        kind = type(self).__name__.strip("_")
        raise AttributeError(
            f"{kind} has no {name}: use numpy(), which returns a NumPy array.", name=name, obj=None
        )

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def __str__(self) -> str:
        return str(np.asarray(self))

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec)


class Variable(Tensor):
    """An array that is changed in place.

    What is read from it, by `numpy`, by an index or by a function of this module, is a copy, which
    later assignments don't change.
    """

    name: str = "Variable:0"
    trainable: bool = True

    @_in_own_words("tf.Variable")
    def __new__(
        cls, initial_value: Any, trainable: bool = True, name: Any = None, dtype: Any = None
    ) -> "Variable":
        """Copy the initial value."""
        variable = np.array(tensor(initial_value, dtype)).view(cls)
        variable.name, variable.trainable = f"{name or 'Variable'}:0", trainable
        return variable

    def numpy(self) -> Any:
        """Return a copy of the values, or a number if there are no axes."""
        array = np.array(self)
        return array if array.ndim else array[()]

    @property
    def value(self) -> "_Value":
        """The values: ``v.value()`` in TensorFlow, ``v.value`` in Keras."""
        return np.asarray(self.numpy()).view(_Value)

    def read_value(self) -> Tensor:
        """Return a copy of the values."""
        return self.value()

    def __getitem__(self, key: Any) -> "_Slice":
        part = np.array(np.asarray(self.numpy())[key]).view(_Slice)
        part.variable, part.key = self, key
        return part

    @_in_own_words("assign")
    def assign(self, value: Any) -> "Variable":
        """Write new values of the variable's shape."""
        self[...] = self._fitting(value)
        return self

    def _fitting(self, value: Any) -> np.ndarray:
        """Return values of exactly this shape: TensorFlow's variables don't broadcast."""
        array = self._whole(value)
        if array.shape != self.shape:
            expected = tuple(self.shape)
            raise ValueError(f"the values must have shape {expected}, received {array.shape}")
        return array

    def _whole(self, value: Any) -> np.ndarray:
        """Return values, which mustn't have fractions if the variable is of integers."""
        array = convert_to_numpy(value)
        fractions = self.dtype.kind in "iu" and array.dtype.kind == "f" and (array % 1 != 0).any()
        if fractions:
            raise TypeError(f"a variable of dtype {self.dtype} holds whole numbers only")
        return array

    @_in_own_words("assign_add")
    def assign_add(self, delta: Any) -> "Variable":
        """Add to the values."""
        return self.assign(self.numpy() + delta)

    @_in_own_words("assign_sub")
    def assign_sub(self, delta: Any) -> "Variable":
        """Subtract from the values."""
        return self.assign(self.numpy() - delta)


class _Value(Tensor):
    """The values of a variable, which also answer a call, as TensorFlow's ``v.value()``."""

    def __call__(self) -> Tensor:
        """Return the values."""
        return self.view(Tensor)


class _Slice(Tensor):
    """Some entries of a variable; `assign` writes them, as in ``v[0, 0].assign(1.0)``."""

    variable: Variable
    key: Any

    @_in_own_words("assign")
    def assign(self, value: Any) -> Variable:
        """Write these entries into the variable, which is returned."""
        values = np.array(self.variable.numpy())
        values[self.key] = self.variable._whole(value)
        return self.variable.assign(values)


def _values(x: Any) -> Any:
    """Return the present values of a variable, anything else as it is."""
    return x.numpy() if isinstance(x, Variable) else x


def tensor(value: Any, dtype: Any = None) -> Tensor:
    """Convert anything that NumPy can convert to a Tensor, with TensorFlow's default dtypes.

    Examples
    --------
    >>> tensor([1.0, 2.0]).dtype, tensor(np.ones(2)).dtype
    (dtype('float32'), dtype('float64'))
    """
    value = _values(value)
    array = np.asarray(value, dtype=None if dtype is None else as_dtype(dtype))
    first = value
    while isinstance(first, list | tuple) and first:
        first = first[0]
    if dtype is None and not hasattr(first, "dtype"):
        defaults: dict[str, Any] = {"f": np.float32, "i": np.int32}
        array = array.astype(defaults.get(array.dtype.kind, array.dtype))
    return array.view(Tensor)


def as_dtype(dtype: Any) -> np.dtype:
    """Return a dtype, given as one or by its name; `tf.float32` and `"float32"` are the same."""
    known: np.dtype = np.dtype(dtype)
    return known


def is_tensor(x: Any) -> bool:
    """Return whether x is a Tensor."""
    return isinstance(x, Tensor)


# ------------------------------------------------------------------------------ making arrays


def constant(value: Any, dtype: Any = None, shape: Any = None, *, name: Any = None) -> Tensor:
    """Return the values as a Tensor, repeated to fill the shape if one number is given."""
    array = convert_to_tensor(value, dtype)
    if shape is None:
        return array
    return (
        np.broadcast_to(array, shape).copy().view(Tensor)
        if array.size == 1
        else reshape(array, shape)
    )


def convert_to_tensor(value: Any, dtype: Any = None, *, name: Any = None) -> Tensor:
    """Return the values as a Tensor of its own, which doesn't change with an array."""
    return tensor(value, dtype).copy()


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return the values as a plain NumPy array."""
    return np.asarray(_values(x))


def zeros(shape: Any, dtype: Any = "float32", *, name: Any = None) -> Tensor:
    """Return zeros."""
    return np.zeros(shape, as_dtype(dtype)).view(Tensor)


def ones(shape: Any, dtype: Any = "float32", *, name: Any = None) -> Tensor:
    """Return ones."""
    return np.ones(shape, as_dtype(dtype)).view(Tensor)


def zeros_like(input: Any, dtype: Any = None, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return zeros of the same shape and dtype."""
    return np.zeros_like(tensor(input, dtype))


def ones_like(input: Any, dtype: Any = None, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return ones of the same shape and dtype."""
    return np.ones_like(tensor(input, dtype))


def fill(dims: Any, value: Any, *, name: Any = None) -> Tensor:
    """Return an array filled with one value."""
    return np.full(dims, tensor(value)).view(Tensor)


def eye(num_rows: int, num_columns: int | None = None, dtype: Any = "float32") -> Tensor:
    """Return the identity matrix."""
    return np.eye(num_rows, num_columns, dtype=as_dtype(dtype)).view(Tensor)


def linspace(start: Any, stop: Any, num: int, name: Any = None, axis: int = 0) -> Tensor:
    """Return evenly spaced values, both ends included; float64 if the ends are whole numbers."""
    given = tensor(start).dtype
    dtype = given if given.kind == "f" else np.dtype(np.float64)
    return np.linspace(start, stop, int(num), axis=axis).astype(dtype).view(Tensor)


def arange(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, *, name: Any = None
) -> Tensor:
    """Return the numbers from `start` up to `limit`, `delta` apart."""
    start, limit = (0, start) if limit is None else (start, limit)
    given = [tensor(one) for one in (start, limit, delta)]
    floats = [one for one in given if one.dtype.kind == "f"]
    kind = np.result_type(*(floats or given)) if dtype is None else dtype
    return np.arange(start, limit, delta).astype(as_dtype(kind)).view(Tensor)


def one_hot(
    indices: Any,
    depth: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    axis: int = -1,
    dtype: Any = "float32",
) -> Tensor:
    """Return rows with `on_value` at the index; an index outside leaves its row at `off_value`."""
    hit = np.asarray(indices)[..., np.newaxis] == np.arange(depth)
    rows = np.where(hit, on_value, off_value).astype(as_dtype(dtype))
    return np.moveaxis(rows, -1, axis).view(Tensor)


# ------------------------------------------------------------------------------ changing arrays


def cast(x: Any, dtype: Any, *, name: Any = None) -> Tensor:
    """Return the values in another dtype."""
    return convert_to_numpy(x).astype(as_dtype(dtype)).view(Tensor)


def reshape(tensor_: Any, shape: Any, *, name: Any = None) -> Tensor:
    """Return the values in another shape."""
    return np.reshape(tensor(tensor_), shape).view(Tensor)


def transpose(a: Any, perm: Any = None, *, name: Any = None) -> Tensor:
    """Return the array with its axes in another order, by default reversed."""
    return np.transpose(tensor(a), perm).view(Tensor)


def expand_dims(input: Any, axis: int, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the values with a new axis of length 1."""
    return np.expand_dims(tensor(input), axis).view(Tensor)


def squeeze(input: Any, axis: Any = None, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the values without axes of length 1."""
    axis = tuple(axis) if isinstance(axis, list) else axis
    return np.squeeze(np.asarray(tensor(input)), axis).view(Tensor)


def concat(values: Any, axis: int, *, name: Any = None) -> Tensor:
    """Join arrays along an axis that they have."""
    return np.concatenate([tensor(value) for value in values], axis).view(Tensor)


def stack(values: Any, axis: int = 0, *, name: Any = None) -> Tensor:
    """Join arrays along a new axis."""
    return np.stack([tensor(value) for value in values], axis).view(Tensor)


def tile(input: Any, multiples: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Repeat the whole array along each axis."""
    return np.tile(tensor(input), multiples).view(Tensor)


def repeat(input: Any, repeats: Any, axis: Any = None, *, name: Any = None) -> Tensor:  # noqa: A002
    """Repeat each entry."""
    return np.repeat(tensor(input), repeats, axis).view(Tensor)


def gather(params: Any, indices: Any, axis: int = 0, *, name: Any = None) -> Tensor:
    """Return the entries at some indices."""
    return tensor(np.take(tensor(params), np.asarray(indices), axis))


def boolean_mask(tensor_: Any, mask: Any, axis: int | None = None) -> Tensor:
    """Return the entries where the mask is true."""
    array = np.asarray(tensor(tensor_))
    before = (slice(None),) * range(array.ndim)[axis or 0]
    places: Any = (*before, np.asarray(mask, dtype=bool))
    return array[places].view(Tensor)


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, *, name: Any = None) -> Tensor:
    """Return the values, clipped to the limits."""
    return np.clip(tensor(t), clip_value_min, clip_value_max).view(Tensor)


def where(condition: Any, x: Any = None, y: Any = None, *, name: Any = None) -> Tensor:
    """Return x where the condition holds, else y; without them, the indices where it holds."""
    if x is None:
        return np.argwhere(np.asarray(condition)).view(Tensor)
    return np.where(np.asarray(condition), tensor(x), tensor(y)).view(Tensor)


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", *, name: Any = None) -> Tensor:
    """Return the sorted values."""
    array = np.asarray(tensor(values))
    places = np.asarray(argsort(array, axis, direction))
    return np.take_along_axis(array, places, axis).view(Tensor)


def shape(input: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the shape, as a Tensor."""
    return tensor(list(np.shape(input)), np.int32)


def size(input: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the number of entries, as a Tensor."""
    return tensor(int(np.size(input)), np.int32)


def rank(input: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the number of axes, as a Tensor."""
    return tensor(int(np.ndim(input)), np.int32)


def identity(input: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return a copy."""
    return tensor(input).copy()


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", *, name: Any = None
) -> Tensor:
    """Return the indices that sort the values."""
    array = np.asarray(tensor(values))
    array = array if direction == "ASCENDING" else _opposite(array)
    return np.argsort(array, axis, kind="stable").astype(np.int32).view(Tensor)


def _opposite(array: np.ndarray) -> np.ndarray:
    """Return values in the opposite order; 0 has no negative among unsigned integers."""
    return -array if array.dtype.kind == "f" else ~array


def reverse(tensor: Any, axis: Any, *, name: Any = None) -> Tensor:
    """Return the entries in reverse order along some axes."""
    return np.flip(constant(tensor), tuple(axis)).view(Tensor)


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    *,
    name: Any = None,
) -> Tensor:
    """Return the array with entries before and after it on each axis."""
    values = {"constant_values": constant_values} if mode.lower() == "constant" else {}
    kind: Any = mode.lower()
    return np.pad(constant(tensor), np.asarray(paddings), kind, **values).view(Tensor)


def split(value: Any, num_or_size_splits: Any, axis: int = 0, *, name: Any = None) -> list[Tensor]:
    """Return equal parts along an axis, given their number, or parts of the given sizes."""
    whole = isinstance(num_or_size_splits, int)
    places = num_or_size_splits if whole else np.cumsum(num_or_size_splits)[:-1]
    return [part.view(Tensor) for part in np.split(tensor(value), places, axis)]


def unstack(value: Any, num: int | None = None, axis: int = 0, *, name: Any = None) -> list[Tensor]:
    """Return the parts along an axis."""
    return [tensor(part) for part in np.moveaxis(np.asarray(tensor(value)), axis, 0)]


class Unique(NamedTuple):
    """The result of `unique`."""

    y: Tensor
    idx: Tensor


def unique(x: Any, out_idx: Any = "int32", *, name: Any = None) -> Unique:
    """Return the unique entries, in order of first occurrence, and the index of each entry."""
    array = np.asarray(tensor(x))
    values, first, places = np.unique(array, return_index=True, return_inverse=True)
    order = np.argsort(first)
    ranks = np.argsort(order)
    return Unique(values[order].view(Tensor), cast(ranks[places.ravel()], out_idx))


class TopK(NamedTuple):
    """The result of `top_k`."""

    values: Tensor
    indices: Tensor


def top_k(input: Any, k: int = 1, sorted: bool = True, *, name: Any = None) -> TopK:  # noqa: A002
    """Return the k largest values of each row and their indices."""
    array = np.asarray(tensor(input))
    places = np.argsort(_opposite(array), axis=-1, kind="stable")[..., :k]
    values = np.take_along_axis(array, places, axis=-1)
    return TopK(values.view(Tensor), places.astype(np.int32).view(Tensor))


def in_top_k(targets: Any, predictions: Any, k: int, *, name: Any = None) -> Tensor:
    """Return whether each target is among the k largest predictions of its row."""
    scores = np.asarray(tensor(predictions))
    own = np.take_along_axis(scores, np.asarray(targets)[:, np.newaxis], axis=1)
    return ((scores > own).sum(axis=1) < k).view(Tensor)


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: int | None = None,
    weights: Any = None,
    dtype: Any = "int32",
    *,
    name: Any = None,
) -> Tensor:
    """Return the number of times each label was predicted as each class."""
    t = _check_labels(np.ravel(labels), "labels", num_classes)
    y = _check_labels(np.ravel(predictions), "predictions", num_classes)
    count = num_classes or int(max(t.max(initial=0), y.max(initial=0))) + 1
    _check_memory((count, count), 8, "The table")
    table = np.zeros((count, count))
    np.add.at(table, (t, y), 1 if weights is None else np.ravel(weights))
    return cast(table, dtype)


def meshgrid(*args: Any, indexing: str = "xy", name: Any = None) -> list[Tensor]:
    """Return the coordinates of a grid."""
    grids: Any = np.meshgrid(*map(tensor, args), indexing=indexing)  # type: ignore[call-overload]
    return [np.asarray(grid).view(Tensor) for grid in grids]


def broadcast_to(input: Any, shape: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the values repeated to fill a shape."""
    return np.broadcast_to(tensor(input), shape).view(Tensor)


def roll(input: Any, shift: Any, axis: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the entries shifted along an axis, wrapping around at the end."""
    return np.roll(tensor(input), shift, axis).view(Tensor)


def bincount(arr: Any, minlength: int = 0, *, name: Any = None) -> Tensor:
    """Return the number of occurrences of each integer."""
    return np.bincount(np.ravel(arr), minlength=minlength).astype(np.int32).view(Tensor)


def count_nonzero(input: Any, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A002
    """Return the number of nonzero entries."""
    count: Any = np.count_nonzero(np.asarray(input), axis=axis, keepdims=keepdims)
    return np.asarray(count, np.int64).view(Tensor)


def ensure_shape(x: Any, shape: Any, *, name: Any = None) -> Tensor:
    """Return x if it has the given shape, in which None matches any size."""
    array = tensor(x)
    fits = len(shape) == array.ndim
    if not fits or any(b not in (None, a) for a, b in zip(array.shape, shape, strict=True)):
        raise ValueError(f"x must have shape {tuple(shape)}, received {array.shape}.")
    return array


def stop_gradient(input: Any, *, name: Any = None) -> Tensor:  # noqa: A002
    """Return the values: there is no automatic differentiation to stop."""
    return tensor(input)


# ------------------------------------------------------------------------------ arithmetic


def einsum(equation: str, *inputs: Any, name: Any = None) -> Tensor:
    """Return a sum of products in Einstein notation."""
    return tensor(np.einsum(equation, *map(tensor, inputs)))


def reduce_logsumexp(input_tensor: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the logarithm of the sum of exponentials."""
    x = np.asarray(tensor(input_tensor))
    axes = tuple(axis) if isinstance(axis, list) else axis
    largest = x.max(axis=axes, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0).astype(x.dtype)  # inf - inf is NaN
    total = np.log(np.exp(x - largest).sum(axis=axes, keepdims=True)) + largest
    return tensor(total if keepdims else total.squeeze(axes))


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """Return the matrix product."""
    left, right = tensor(a), tensor(b)
    left = np.swapaxes(left, -1, -2) if transpose_a else left
    right = np.swapaxes(right, -1, -2) if transpose_b else right
    return tensor(np.matmul(left, right))


def tensordot(a: Any, b: Any, axes: Any, *, name: Any = None) -> Tensor:
    """Return the sum of products over some axes."""
    return tensor(np.tensordot(tensor(a), tensor(b), axes))


def add_n(inputs: Any, *, name: Any = None) -> Tensor:
    """Return the sum of arrays of one shape."""
    return tensor(functools.reduce(add, inputs))


def argmax(x: Any, axis: int | None = 0, output_type: Any = "int64", *, name: Any = None) -> Tensor:
    """Return the index of the largest entry along an axis, by default the first one."""
    return cast(np.argmax(convert_to_numpy(x), axis), output_type)


def argmin(x: Any, axis: int | None = 0, output_type: Any = "int64", *, name: Any = None) -> Tensor:
    """Return the index of the smallest entry along an axis, by default the first one."""
    return cast(np.argmin(convert_to_numpy(x), axis), output_type)


def norm(tensor_: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A002
    """Return the norm of the whole array, or along an axis."""
    array, order = np.asarray(tensor(tensor_)), None if ord == "euclidean" else ord
    if axis is not None:
        axes = tuple(axis) if isinstance(axis, list) else axis
        return tensor(np.linalg.norm(array, order, axes, keepdims))
    whole = np.linalg.norm(array.ravel(), order)
    return tensor(np.reshape(whole, [1] * array.ndim if keepdims else []))


def atan2(y: Any, x: Any, *, name: Any = None) -> Tensor:
    """Return the angle of the point (x, y)."""
    return _arctan2(y, x)


def diag(diagonal: Any, *, name: Any = None) -> Tensor:
    """Return a matrix with this diagonal, or one for each row."""
    array = np.asarray(tensor(diagonal))
    places = np.arange(array.shape[-1])
    matrices = np.zeros((*array.shape, len(places)), array.dtype)
    matrices[..., places, places] = array
    return matrices.view(Tensor)


def _reduction(function: Function, doc: str) -> Function:
    """Create one of TensorFlow's `reduce_` functions from a NumPy function."""

    def reduce(
        input_tensor: Any, axis: Any = None, keepdims: bool = False, *, name: Any = None
    ) -> Tensor:
        array = np.asarray(tensor(input_tensor))
        axes = tuple(axis) if isinstance(axis, list) else axis
        result = np.asarray(function(array, axis=axes, keepdims=keepdims))
        whole = array.dtype.kind in "iu" and result.dtype.kind in "iuf"
        return (result.astype(array.dtype) if whole else result).view(Tensor)

    reduce.__doc__ = doc
    return reduce


def _elementwise(function: Function, doc: str) -> Function:
    """Create a function of one array from a NumPy function."""

    def apply(x: Any, *, name: Any = None) -> Tensor:
        return tensor(function(np.asarray(tensor(x))))

    apply.__doc__ = doc
    return apply


def _cumulative(function: np.ufunc, doc: str) -> Function:
    """Create a function that accumulates along an axis from a NumPy function of two arrays."""

    def apply(
        x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, *, name: Any = None
    ) -> Tensor:
        rows = np.moveaxis(np.asarray(tensor(x)), axis, 0)
        rows = rows[::-1] if reverse else rows
        sums = function.accumulate(rows, dtype=rows.dtype)
        if exclusive:  # each entry is left out of its own sum
            sums = np.concatenate([np.full_like(sums[:1], function.identity), sums[:-1]])
        return np.moveaxis(sums[::-1] if reverse else sums, 0, axis).view(Tensor)

    apply.__doc__ = doc
    return apply


def _binary(function: Function, doc: str) -> Function:
    """Create a function of two arrays from a NumPy function; a Python number adopts a dtype."""

    def apply(x: Any, y: Any, *, name: Any = None) -> Tensor:
        numbers = [isinstance(value, int | float) for value in (x, y)]
        left = x if numbers == [True, False] else tensor(x)
        right = y if numbers == [False, True] else tensor(y)
        return tensor(function(left, right))

    apply.__doc__ = doc
    return apply


reduce_sum = _reduction(np.sum, "Return the sum.")
reduce_mean = _reduction(np.mean, "Return the mean; for integers, its integer part.")
reduce_max = _reduction(np.max, "Return the largest entry.")
reduce_min = _reduction(np.min, "Return the smallest entry.")
reduce_prod = _reduction(np.prod, "Return the product.")
reduce_any = _reduction(np.any, "Return whether any entry is true.")
reduce_all = _reduction(np.all, "Return whether all entries are true.")
reduce_std = _reduction(np.std, "Return the standard deviation.")
reduce_variance = _reduction(np.var, "Return the variance.")

abs = _elementwise(np.abs, "Return the absolute values.")  # noqa: A001
negative = _elementwise(np.negative, "Return the values with opposite sign.")
sign = _elementwise(np.sign, "Return -1, 0 or 1.")
square = _elementwise(np.square, "Return the squares.")
sqrt = _elementwise(np.sqrt, "Return the square roots.")
exp = _elementwise(np.exp, "Return e raised to the values.")
log = _elementwise(np.log, "Return the natural logarithms.")
log1p = _elementwise(np.log1p, "Return log(1 + x).")
sin = _elementwise(np.sin, "Return the sines.")
cos = _elementwise(np.cos, "Return the cosines.")
tan = _elementwise(np.tan, "Return the tangents.")
floor = _elementwise(np.floor, "Round down.")
ceil = _elementwise(np.ceil, "Round up.")
round = _elementwise(np.round, "Round to the nearest integer, halves to even.")  # noqa: A001
asin = _elementwise(np.arcsin, "Return the inverse sines.")
acos = _elementwise(np.arccos, "Return the inverse cosines.")
atan = _elementwise(np.arctan, "Return the inverse tangents.")
sinh = _elementwise(np.sinh, "Return the hyperbolic sines.")
cosh = _elementwise(np.cosh, "Return the hyperbolic cosines.")
expm1 = _elementwise(np.expm1, "Return exp(x) - 1.")
erf = _elementwise(
    lambda x: _erf(np.asarray(x, np.float64)).astype(x.dtype), "Return the error function."
)
rsqrt = _elementwise(lambda x: 1 / np.sqrt(x), "Return 1 / sqrt(x).")
is_inf = _elementwise(np.isinf, "Return where the values are infinite.")
trace = _elementwise(
    lambda x: np.trace(x, axis1=-2, axis2=-1), "Return the sum of each matrix's diagonal."
)
inv = _elementwise(np.linalg.inv, "Return the inverse matrix.")
det = _elementwise(np.linalg.det, "Return the determinant.")
cumprod = _cumulative(np.multiply, "Return the cumulative products along an axis.")
cumsum = _cumulative(np.add, "Return the cumulative sums along an axis.")
reciprocal = _elementwise(np.reciprocal, "Return 1 / x.")
is_nan = _elementwise(np.isnan, "Return where the values are NaN.")
is_finite = _elementwise(np.isfinite, "Return where the values are finite.")
logical_not = _elementwise(np.logical_not, "Return where the values are false.")

_arctan2 = _binary(np.arctan2, "Return the angle of the point (x, y).")
add = _binary(np.add, "Return x + y.")
subtract = _binary(np.subtract, "Return x - y.")
multiply = _binary(np.multiply, "Return x * y.")
divide = _binary(np.divide, "Return x / y.")
pow = _binary(np.power, "Return x to the power of y.")  # noqa: A001
maximum = _binary(np.maximum, "Return the larger of x and y.")
minimum = _binary(np.minimum, "Return the smaller of x and y.")
mod = floormod = _binary(np.mod, "Return the remainder of x / y.")
squared_difference = _binary(lambda x, y: np.square(x - y), "Return (x - y)**2.")
floordiv = _binary(np.floor_divide, "Return x / y, rounded down.")
truediv = _binary(np.true_divide, "Return x / y.")
divide_no_nan = _binary(
    lambda x, y: np.divide(x, y, out=np.zeros_like(x * y), where=np.asarray(y) != 0),
    "Return x / y, and 0 where y is 0.",
)
solve = _binary(np.linalg.solve, "Return the solution of a system of linear equations.")
logical_xor = _binary(np.logical_xor, "Return where one of the two is true.")
equal = _binary(np.equal, "Return where x and y are equal.")
not_equal = _binary(np.not_equal, "Return where x and y differ.")
greater = _binary(np.greater, "Return where x > y.")
greater_equal = _binary(np.greater_equal, "Return where x >= y.")
less = _binary(np.less, "Return where x < y.")
less_equal = _binary(np.less_equal, "Return where x <= y.")
logical_and = _binary(np.logical_and, "Return where both are true.")
logical_or = _binary(np.logical_or, "Return where one is true.")
