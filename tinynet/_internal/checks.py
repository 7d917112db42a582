"""Checks of arguments. A failed check raises an error of one sentence.

Each function returns its argument in the form that the library uses, or raises ``ValueError`` or
``TypeError``. The message says what was expected, what was received and, if known, what to do.
Checks change nothing. `what` is always the name of the argument in the message.
"""

import functools
import inspect
import math
import numbers
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from tinynet._internal.data_hints import dtype_hint, object_hint, shape_hint, variable
from tinynet._internal.memory import PIECE_BYTES
from tinynet._internal.names import unknown_choice

T = TypeVar("T")

ADDRESSES = ("http://", "https://", "ftp://", "s3://", "gs://")


def shown(value: Any) -> str:
    """Return ``repr(value)`` on one line, truncated if it is long.

    Examples
    --------
    >>> shown("sgd"), shown(np.zeros((2, 2)))
    ("'sgd'", 'array([[0., 0.], [0., 0.]])')
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # Python doesn't convert integers of more than 4300 digits
        text = object.__repr__(value)
        if type(value) is int:
            sign = "a negative number" if value < 0 else "a number"
            text = f"{sign} of {value.bit_length()} bits"
    return text if len(text) <= 100 else f"{text[:97]}..."


def as_text(value: Any) -> str:
    r"""Return ``str(value)``, with a question mark for characters that can't be encoded.

    Examples
    --------
    >>> as_text(5), as_text("cat"), as_text("half a character: \ud800")
    ('5', 'cat', 'half a character: ?')
    """
    try:
        return str(value).encode(errors="replace").decode()
    except ValueError:  # an integer of more than 4300 digits
        return shown(value)


def as_numbers(x: Any, what: str) -> np.ndarray:
    """Return `x` as an array of real numbers of at most 64 bits, without a copy if it is one.

    x is anything that NumPy can convert: an array, a list, an object of pandas. A ragged list
    raises a ValueError, and entries that aren't real numbers raise a TypeError.

    Examples
    --------
    >>> as_numbers([1, 2], "x")
    array([1, 2])
    >>> as_numbers("abc", "x")
    Traceback (most recent call last):
    TypeError: x must be an array of real numbers, received dtype <U3.
    """
    if type(x) is np.ndarray and x.dtype.kind == "f" and x.dtype.itemsize <= 8:
        return x
    if holds_masked(x):
        raise TypeError(
            f"{what} must be an array without a mask, received a masked array. Fill it with "
            f"{variable(what)}.filled(value), or leave its masked rows out."
        )
    if hasattr(x, "toarray"):
        raise TypeError(
            f"{what} must be an array of real numbers, received a sparse matrix. "
            f"Use {variable(what)}.toarray()."
        )
    try:
        array = np.asarray(numbers_of_frame(x))
    except ValueError:
        raise ValueError(
            f"{what} must be a rectangular array, received rows of unequal length."
        ) from None
    except Exception as error:  # whatever the object raises
        raise TypeError(
            f"{what} must be an array of real numbers, received {type(x).__name__}: {error}"
        ) from None
    if array.dtype.kind not in "fiub":
        received = f"dtype {array.dtype}"
        if x is None or (array.ndim == 0 and not isinstance(x, np.ndarray | np.generic | str)):
            received = "None" if x is None else f"an object of class {type(x).__name__}"
        hint = object_hint(x, what) or dtype_hint(array, what)
        raise TypeError(f"{what} must be an array of real numbers, received {received}.{hint}")
    if array.dtype.itemsize > 8:  # of more bits than are computed with
        with np.errstate(over="ignore"):
            array = array.astype(np.float64)
    return array


def holds_masked(x: Any, depth: int = 0) -> bool:
    """Return whether x is a masked array, or a nested list that contains one.

    NumPy would convert the list and drop the masks.
    """
    if isinstance(x, list | tuple):
        kinds = set(map(type, x))  # few, whatever the length
        nested = any(issubclass(kind, list | tuple) for kind in kinds)
        if any(map(is_masked, kinds)):
            return True
        return nested and depth < 64 and any(holds_masked(item, depth + 1) for item in x)
    return is_masked(type(x))


def is_masked(kind: type) -> bool:
    """Return whether a class is that of masked arrays, or derives from it."""
    return issubclass(kind, np.ndarray) and hasattr(kind, "mask")


def numbers_of_frame(x: Any) -> Any:
    """Return the numbers of a pandas object with nullable columns or columns of several dtypes.

    NumPy would convert these to an array of objects. Missing values become NaN. Anything else is
    returned unchanged.
    """
    if not hasattr(x, "to_numpy") or not hasattr(x, "isna"):
        return x
    dtypes = list(x.dtypes) if getattr(x, "ndim", 1) == 2 else [x.dtype]
    kinds = {getattr(dtype, "kind", "O") for dtype in dtypes}
    plain = {str(dtype) for dtype in dtypes if isinstance(dtype, np.dtype)}
    if not kinds or not kinds <= {*"iufb"} or (len(plain) == 1 and len(set(dtypes)) == 1):
        return x
    gaps = bool(np.any(x.isna()))
    wanted = np.float64 if gaps or "f" in kinds else np.int64
    return x.to_numpy(dtype=wanted, na_value=np.nan) if gaps else x.to_numpy(dtype=wanted)


def as_batch(x: Any, what: str) -> np.ndarray:
    """Return x as an array of real numbers with at least one axis, that of the examples."""
    array = as_numbers(x, f"{what}: x")
    if array.ndim == 0:
        raise ValueError(f"{what} expected input of shape (N, ...), received ().")
    return array


def as_floats(x: Any, what: str) -> np.ndarray:
    """Return `x` as an array of floating-point numbers; integers become float64.

    Otherwise arithmetic on uint8 would wrap around: 0 - 1 would be 255.
    """
    array = as_numbers(x, what)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def as_targets(y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
    """Return y_true as an array of numbers; for a single output, a vector becomes a column."""
    t = as_numbers(y_true, "y_true")
    return t[:, np.newaxis] if t.ndim == 1 and output_shape == (1,) else t


def check_finite(x: np.ndarray, what: str, dtype: np.dtype | None = None) -> None:
    """Refuse NaN and infinity, naming the first index; scans in pieces to keep temporaries small.

    `dtype` is the one that x will be converted to: 1e300 is finite, but not in float32.

    Examples
    --------
    >>> check_finite(np.array([[1.0, 2.0], [np.nan, 3.0]]), "x")
    Traceback (most recent call last):
    ValueError: x must be finite, received nan at [1, 0].
    """
    if x.dtype.kind != "f" or x.size == 0:
        return
    x = np.atleast_1d(x)
    limit = min(np.finfo(kind).max for kind in (x.dtype, dtype or x.dtype))
    rows = max(1, PIECE_BYTES // max(1, x.nbytes // len(x)))
    for start in range(0, len(x), rows):
        part = x[start : start + rows]
        if not (-limit <= part.min() and part.max() <= limit):  # a NaN makes both comparisons false
            place = [int(i) for i in np.argwhere(~(np.abs(part) <= limit))[0]]
            place[0] += start
            value = x[tuple(place)]
            if np.isfinite(value):
                raise ValueError(
                    f"{what} must fit into {dtype}, received {value} at {place}. "
                    f"Scale it, or make the model with dtype='float64'."
                )
            raise ValueError(f"{what} must be finite, received {value} at {place}.")


@contextmanager
def named(what: str) -> Iterator[None]:
    """Begin the message of an error that the block raises with the argument that is meant."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{what}: {error}") from error


def check_variance(variance: np.ndarray, what: str) -> None:
    """Refuse a variance below 0, whose root would be NaN."""
    if variance.size and variance.min() < 0:
        raise ValueError(f"{what} must be at least 0, received {variance.min():.4g}.")


def check_bool(value: Any, what: str) -> bool:
    """Return `value` if it is True or False; other truthy values are likely to be mistakes."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{what} must be True or False, received {shown(value)}.")
    return bool(value)


def check_name(value: Any, what: str) -> str:
    """Return `value` if it is a string."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a string, received {shown(value)}.")
    return value


def check_optional_name(value: Any, what: str) -> str | None:
    """Return None for None, else the result of `check_name`."""
    return None if value is None else check_name(value, what)


def check_path(path: Any, what: str = "path") -> str:
    """Return the name of a file as a string, with ``~`` expanded to the user's home folder."""
    try:
        name = os.fspath(path)
    except Exception:  # not a path, or a path whose conversion fails
        name = None
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a name or a path of a file, received {shown(path)}.")
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:  # half of a surrogate pair
        encoded = b""
    if not encoded or b"\0" in encoded:
        raise ValueError(f"{what} must be the name of a file or a folder, received {shown(name)}.")
    if name.startswith(ADDRESSES):
        raise ValueError(
            f"{what} must be the name of a file or a folder, received the address {shown(name)}. "
            f"Download the file first, or save it here."
        )
    return os.path.expanduser(name)


def check_iterable(values: Any, what: str, of: str) -> list[Any]:
    """Return a list, an array or a generator as a list."""
    unordered = isinstance(values, str | bytes | set | frozenset | Mapping)
    without_axes = isinstance(values, np.ndarray) and values.ndim == 0
    if unordered or without_axes or not isinstance(values, Iterable):
        raise TypeError(f"{what} must be a list of {of}, received {shown(values)}.")
    try:
        return list(values)
    except Exception as error:  # whatever the iteration raises
        raise TypeError(
            f"{what} must be a list of {of}, received {shown(values)}: {error}"
        ) from None


def check_count(value: Any, what: str, minimum: int = 1, maximum: float = math.inf) -> int:
    """Return `value` as an ``int`` from `minimum` to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{what} must be a whole number, received {shown(value)}.")
    if value < minimum:
        raise ValueError(f"{what} must be at least {minimum}, received {shown(int(value))}.")
    if int(value) > maximum:
        raise ValueError(f"{what} must be at most {maximum}, received {shown(int(value))}.")
    return int(value)


def check_optional_count(value: Any, what: str) -> int | None:
    """Return None for None, else the result of `check_count`."""
    return None if value is None else check_count(value, what)


def check_seed(seed: Any) -> int | None:
    """Return the seed of a generator, None for None."""
    return None if seed is None else check_count(seed, "seed", minimum=0)


def check_number(
    value: Any,
    what: str,
    minimum: float = -math.inf,
    below: float = math.inf,
    above: float = -math.inf,
) -> float:
    """Return `value` as a finite ``float`` with ``minimum <= value < below`` and ``above < value``.

    Raises
    ------
    TypeError
        If it isn't a real number.
    ValueError
        If it is NaN, infinite or out of range.
    """
    if type(value) is float and minimum <= value < below and above < value:
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{what} must be a number, received {shown(value)}.")
    try:
        number = float(value)
    except OverflowError:  # an integer or a fraction larger than any float
        number = math.inf
    if not (math.isfinite(number) and minimum <= number < below and above < number):
        limits = [f"at least {minimum:g}"] * (minimum > -math.inf)
        limits += [f"above {above:g}"] * (above > -math.inf)
        limits += [f"below {below:g}"] * (below < math.inf)
        limits += ["finite"] * (number == below == math.inf)
        raise ValueError(
            f"{what} must be {' and '.join(limits or ['finite'])}, received {shown(value)}."
        )
    return number


def check_function(value: Any, what: str, takes: Sequence[str] = ()) -> Any:
    """Return `value` if it is None, or callable with as many arguments as `takes` names, if any."""
    if value is not None and not callable(value):
        raise TypeError(f"{what} must be a function, received {shown(value)}.")
    if takes and not accepts(value, *takes):
        raise TypeError(
            f"{what} must be a function of ({', '.join(takes)}), received one of "
            f"{inspect.signature(value)}."
        )
    return value


def accepts(function: Any, *arguments: Any, **named: Any) -> bool:
    """Return whether a function can be called with these arguments; True if it doesn't tell.

    Examples
    --------
    >>> accepts(lambda epoch, logs: None, 0, {}), accepts(lambda: None, 0, {})
    (True, False)
    """
    try:
        inspect.signature(function).bind(*arguments, **named)
    except TypeError:
        return function is None
    except ValueError:  # a function in C without a signature
        return True
    return True


def check_instance(value: Any, kind: type[T], what: str) -> T:
    """Return `value` if it is an instance of the class."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{what} must be of class {kind.__name__}, received {object_or_class(value)}."
        )
    return value


def check_initialized(value: Any, attribute: str, argument: str) -> None:
    """Refuse an object without an attribute that its base class's constructor sets."""
    if not hasattr(value, attribute):
        raise TypeError(f"{type(value).__name__}.__init__ must call super().__init__({argument}).")


def check_axis(axis: Any, shape: tuple[int, ...]) -> int:
    """Return the index of an axis along which an array of that shape has entries."""
    if shape == ():
        raise ValueError("x must be an array, received a single number.")
    axis = check_count(axis, "axis", minimum=-len(shape), maximum=len(shape) - 1)
    if shape[axis] == 0:
        raise ValueError(f"x must have entries along axis {axis}, received shape {shape}.")
    return axis


def check_table(value: Any, what: str) -> dict[str, Any]:
    """Return a dict with strings as keys, empty for None."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise TypeError(f"{what} must be a dict by name, received {shown(value)}.")
    return dict(value)


def check_memory(shape: Iterable[int], itemsize: int, what: str) -> None:
    """Refuse an array that is larger than this machine's memory, before it is allocated."""
    shape = tuple(shape)
    size = math.prod(shape) * itemsize
    if size > memory():
        wanted = size / 2**30 if size < 2**1000 else math.inf
        raise ValueError(
            f"{what} of shape {shown(shape)} would take {wanted:.3g} GiB, and this machine "
            f"has {memory() / 2**30:.3g} GiB of memory."
        )


@functools.cache
def memory() -> int:
    """Return this machine's memory in bytes, or the address space if the memory isn't known."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return 2**47


def plain(value: Any) -> Any:
    """Return a setting with NumPy's scalars replaced by Python's numbers, also inside lists.

    A NumPy scalar would change the dtype of a computation, and a saved file doesn't keep its dtype.

    Examples
    --------
    >>> plain(np.float64(0.1) * 3), plain([np.int8(1), 2]), plain("sgd")
    (0.30000000000000004, [1, 2], 'sgd')
    """
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.dtype != object):
        return value.tolist()
    if type(value) in (list, tuple):
        numpys = (np.generic, np.ndarray)
        return type(value)(plain(item) if isinstance(item, numpys) else item for item in value)
    return value


def writable(array: Any) -> Any:
    """Return the array if it is writeable, else a copy; a memmap may be read-only."""
    return array if not isinstance(array, np.ndarray) or array.flags.writeable else np.array(array)


def check_shape(shape: Any, minimum: int = 1, what: str = "input_shape") -> tuple[int, ...]:
    """Return the shape of one example as a tuple of ints, each at least `minimum`."""
    if not isinstance(shape, tuple | list):
        raise TypeError(f"{what} must be a tuple such as (784,), received {shown(shape)}.")
    if len(shape) > 1 and shape[0] is None:
        raise TypeError(
            f"{what} must be the shape of one example, without the batch: {tuple(shape[1:])}, "
            f"received {shown(shape)}."
        )
    return tuple(check_count(size, f"each size in {what}", minimum) for size in shape)


def check_one_shape(input_shape: Any, input_dim: Any) -> Any:
    """Return the shape that one of the two arguments gives, None if neither is given."""
    if input_dim is None:
        return input_shape
    shape = (check_count(input_dim, "input_dim"),)
    if input_shape is not None and check_shape(input_shape) != shape:
        raise ValueError(
            f"input_dim={shape[0]} and input_shape={shown(input_shape)} contradict each other: "
            f"leave one out."
        )
    return shape


def without_batch(shape: Any) -> Any:
    """Return the shape of one example; also accepts ``(None, 784)``, as Keras's `build` does.

    Examples
    --------
    >>> without_batch((None, 784)), without_batch((784,))
    ((784,), (784,))
    """
    batch = isinstance(shape, tuple | list) and len(shape) > 1 and shape[0] is None
    return shape[1:] if batch else shape


def float_dtype(dtype: Any) -> np.dtype:
    """Return a dtype, float32 or float64."""
    for known in (np.dtype(np.float32), np.dtype(np.float64)):
        if isinstance(dtype, str | type | np.dtype) and dtype in (known.name, known.type, known):
            return known
    raise ValueError(f"dtype must be 'float32' or 'float64', received {shown(dtype)}.")


def own_dtype(x: np.ndarray) -> np.dtype:
    """Return the dtype of a layer whose first input is x: float32 or float64, to hold x.

    Examples
    --------
    >>> own_dtype(np.zeros(1, dtype=np.float16)), own_dtype(np.zeros(1, dtype=int))
    (dtype('float32'), dtype('float64'))
    """
    dtype = np.promote_types(x.dtype, np.float32)
    return dtype if dtype.itemsize == 4 else np.dtype(np.float64)


def check_output_shape(shape: Any, layer: str) -> tuple[int, ...]:
    """Return the result of a layer's `output_shape`."""
    if not isinstance(shape, tuple) or not all(isinstance(n, numbers.Integral) for n in shape):
        raise TypeError(
            f"{layer}.output_shape must return the shape of one example, such as (784,), "
            f"received {shown(shape)}."
        )
    return shape


def check_new_name(name: Any, layer: Any, base: type) -> None:
    """Refuse a parameter's name that another parameter of the layer has, or that `base` needs."""
    expected = f"{layer.name}: each parameter needs a name of its own"
    taken = [*layer.parameter_names, *layer.state_names]
    if check_name(name, f"{layer.name}: a parameter's name") in taken:
        raise ValueError(f"{expected}, received {name!r} twice.")
    gradients = {"d" + key for key in taken}
    if name in gradients or "d" + name in taken:
        raise ValueError(f"{expected}, received {name!r}: d{name.removeprefix('d')} is a gradient.")
    if name in {"name", "rng", "dtype", "input_shape"} or hasattr(base, name):
        raise ValueError(f"{expected}, received {name!r}, which every layer has.")


def check_parameter(
    value: Any, shape: tuple[int, ...], what: str, dtype: np.dtype | None
) -> np.ndarray:
    """Return the result of a parameter's initializer as a new array of that dtype."""
    array = as_numbers(value, what)
    if array.shape != shape:
        raise ValueError(
            f"The initializer of {what} must return shape {shape}, received {array.shape}."
        )
    check_finite(array, what, dtype)
    return array.astype(dtype)


def check_gradient(dy: Any, shape: tuple[int, ...], layer: str) -> np.ndarray:
    """Return dy as a floating-point array of the shape of y.

    Otherwise NumPy would broadcast a row or a column, and the gradient would be wrong. So would it
    be with the arithmetic of integers, or of a subclass such as `numpy.matrix`.
    """
    if type(dy) is np.ndarray and dy.shape == shape and dy.dtype.kind == "f":
        return dy
    gradient = as_floats(dy, f"{layer}: dy")
    if gradient.shape != shape:
        raise ValueError(
            f"{layer}.backward expected dy of the shape of its last output, {shape}, "
            f"received {gradient.shape}."
        )
    return gradient


def shape_of(example: tuple[int, ...] | None) -> str:
    """Return the shape of a batch as a string: ``(N, 784)`` for examples of shape (784,)."""
    if example is None:
        return "(N, ...)"
    return "(N" + ("".join(f", {size}" for size in example) or ",") + ")"


def shape_error(
    kind: str,
    expected: tuple[int, ...] | None,
    received: tuple[int, ...],
    batch: tuple[int, ...] | None = None,
) -> str:
    """Return the message for a wrong input shape: expected, received, and what to do.

    `kind` is the layer's class. The shapes are those of one example; `batch` is that of the whole
    batch received, if it is known.

    Examples
    --------
    >>> shape_error("Dense", (784,), (28, 28), (32, 28, 28))
    'Dense expected input of shape (N, 784), received (32, 28, 28). Add Flatten() or reshape ...'
    """
    return (
        f"{kind} expected input of shape {shape_of(expected)}, "
        f"received {shape_of(received) if batch is None else batch}."
        f"{shape_hint(expected, received, batch)}"
    )


def check_distributions(t: np.ndarray, what: str) -> np.ndarray:
    """Return t if each row is a probability distribution: nonnegative, with a sum of 1."""
    sums = t.sum(axis=1, dtype=np.float64)
    wrong = (np.abs(sums - 1) > 1e-3) | (t < 0).any(axis=1)
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        kind = "labels that don't exclude each other use a Sigmoid and"
        if t.shape[1] == 1:
            kind = "a single yes-or-no output, use a Sigmoid and"
        raise ValueError(
            f"Each row of {what} must be nonnegative and sum to 1, received {t[place]} at "
            f"[{place}]. For {kind} loss='binary_crossentropy'."
        )
    return t


def check_predictions(y_true: Any, y_pred: Any, loss: str) -> tuple[np.ndarray, np.ndarray]:
    """Return targets as an array, and predictions as a floating-point array of shape (N, K)."""
    t, y = as_numbers(y_true, "y_true"), as_floats(y_pred, "y_pred")
    if t.ndim == y.ndim == 1 and t.shape != y.shape:
        raise ValueError(
            f"{loss} expected y_true and y_pred of one shape, received {t.shape} and {y.shape}."
        )
    if y.ndim < 2 or y.size == 0:
        hint = " For one output per example, pass y_pred[:, np.newaxis]." if y.size else ""
        raise ValueError(f"{loss} expected y_pred of shape (N, K), received {y.shape}.{hint}")
    if t.shape[:1] != y.shape[:1]:
        raise ValueError(
            f"{loss} expected y_true for {len(y)} examples, as y_pred has, received {t.shape}."
        )
    return t, y


def check_rows(output_shape: tuple[int, ...], what: str) -> None:
    """Refuse outputs that aren't one row for each example."""
    if len(output_shape) != 1:
        raise ValueError(
            f"{what} expected outputs of shape (N, K), received {shape_of(output_shape)}."
        )


def check_one_hot(y_true: Any, classes: int) -> np.ndarray:
    """Return one-hot targets as an array; for integer labels, name the other loss."""
    labels = as_numbers(y_true, "y_true")
    if classes == 1 and labels.ndim == 1:
        raise ValueError(
            f"CategoricalCrossentropy expected one-hot y_true of shape (N, 1), received labels of "
            f"shape {labels.shape}. For one output of yes or no, use loss='binary_crossentropy'."
        )
    if labels.ndim == 1 or (labels.shape[1:] == (1,) and classes > 1):
        raise ValueError(
            f"CategoricalCrossentropy expected one-hot y_true of shape (N, {classes}), "
            f"received labels of shape {labels.shape}. "
            f"Use loss='sparse_categorical_crossentropy' or to_categorical(y, {classes})."
        )
    return labels


def check_not_one_hot(y_true: Any, classes: int) -> np.ndarray:
    """Return integer labels as an array; for one-hot rows, name the other loss."""
    labels = as_numbers(y_true, "y_true")
    if labels.ndim == 2 and labels.shape[1] == classes > 1:
        raise ValueError(
            f"SparseCategoricalCrossentropy expected integer labels y_true of shape (N,), "
            f"received {labels.shape}. If the rows are one-hot, use "
            f"loss='categorical_crossentropy'."
        )
    return labels


def check_range(
    x: np.ndarray,
    what: str,
    lowest: float,
    highest: float,
    hint: Callable[[np.ndarray], str] | None = None,
) -> np.ndarray:
    """Return x if no entry is below `lowest` or above `highest`; `hint` says what to do if not."""
    wrong = (x < lowest) | (x > highest)
    if wrong.any():
        place = [int(i) for i in np.argwhere(wrong)[0]]
        raise ValueError(
            f"{what} must lie from {lowest:g} to {highest:g}, "
            f"received {x[tuple(place)]} at {place}.{hint(x) if hint else ''}"
        )
    return x


def check_limits(y: np.ndarray, expected: str, highest: float, advice: str) -> None:
    """Refuse predictions below 0 or above a limit; NaN passes, and appears in the loss."""
    wrong = (y < 0) | (y > highest)
    if wrong.any():
        place = [int(i) for i in np.argwhere(wrong)[0]]
        limits = "at least 0" if highest == math.inf else f"from 0 to {highest:g}"
        raise ValueError(f"{expected}, {limits}, received {y[tuple(place)]} at {place}. {advice}")


def check_model(model: Any) -> None:
    """Refuse anything but a model."""
    if not isinstance(getattr(model, "layers", None), list) or not hasattr(model, "compile"):
        raise TypeError(f"model must be a Sequential, received {object_or_class(model)}.")


def check_compiled(model: Any) -> None:
    """Refuse anything but a compiled model."""
    check_model(model)
    if not model.compiled:
        raise ValueError("The model isn't compiled: call compile(optimizer, loss) first.")


def check_built(model: Any) -> None:
    """Refuse anything but a built model."""
    check_model(model)
    if not model.built:
        raise ValueError(
            "The model isn't built yet: give the first layer an input_shape, "
            "or call build((784,)) or fit."
        )


def check_arrays(arrays: Any, names: Sequence[str], like: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return `arrays` as finite arrays of numbers with the shapes of `like`."""
    if isinstance(arrays, str | os.PathLike):
        raise TypeError(
            f"weights must be a list of arrays, received {shown(arrays)}: a file is "
            f"read by load_weights."
        )
    hint = ": put them in a list" if isinstance(arrays, np.ndarray) else ""
    arrays = check_iterable(arrays, "weights", "arrays")
    if len(arrays) != len(like):
        expected = f" ({', '.join(names)})" if 0 < len(names) <= 12 else ""
        raise ValueError(f"Expected {len(like)} arrays{expected}, received {len(arrays)}{hint}.")
    checked = [as_numbers(array, name) for array, name in zip(arrays, names, strict=True)]
    for array, name, model in zip(checked, names, like, strict=True):
        if array.shape != model.shape:
            raise ValueError(f"{name} has shape {model.shape}, received {array.shape}.")
        check_finite(array, name, model.dtype)
    return checked


def check_list(values: Any, what: str, example: list[str]) -> list[Any]:
    """Return a list or tuple as a list; refuse a single string."""
    if not isinstance(values, list | tuple):
        raise TypeError(f"{what} must be a list such as {example}, received {shown(values)}.")
    return list(values)


def check_all_different(names: Sequence[str], what: str) -> None:
    """Refuse a name that is given twice."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"Each {what} needs a name of its own, received {name!r} twice: pass name=."
            )


def check_outputs_alone(units: Any, activation: Any, use_bias: Any = True) -> None:
    """Refuse ``Dense(784, 10)``, in PyTorch's order, and ``Dense(10, "relu", 784)``."""
    if isinstance(use_bias, tuple) or (
        isinstance(use_bias, numbers.Integral) and int(use_bias) > 1
    ):
        shape = use_bias if isinstance(use_bias, tuple) else (int(use_bias),)
        raise TypeError(
            f"Dense takes the number of outputs, the activation and use_bias, received "
            f"{shown(use_bias)} as the third: write input_shape={shown(shape)}."
        )
    if isinstance(activation, numbers.Integral) and not isinstance(activation, bool):
        raise TypeError(
            f"Dense takes the number of outputs and then the activation, received "
            f"Dense({shown(units)}, {shown(activation)}): write Dense({shown(activation)}), with "
            f"input_shape=({shown(units)},) if it is the first layer."
        )


def check_in_list(layers: Any, name: Any) -> list[Any]:
    """Return the layers of a model as a list; a single layer becomes a list of one."""
    if not isinstance(name, str | None) and hasattr(name, "forward"):
        raise TypeError(
            "Sequential takes its layers in a list, Sequential([Dense(3), Dense(4)]); "
            "received a second layer as its name."
        )
    if hasattr(layers, "forward"):
        return [layers]
    return check_iterable([] if layers is None else layers, "layers", "layers")


def check_not_swapped(
    optimizer: Any, loss: Any, optimizers: Iterable[str], losses: Iterable[str]
) -> None:
    """Refuse an optimizer in place of the loss in `compile`, and the other way round.

    `optimizers` and `losses` are the known names.

    Examples
    --------
    >>> check_not_swapped("mse", "sgd", ["sgd"], ["mse"])
    Traceback (most recent call last):
    TypeError: compile takes the optimizer first and the loss second, received 'mse' and 'sgd': ...
    """
    first_is_loss = is_one_of(optimizer, losses, "gradient")
    second_is_optimizer = is_one_of(loss, optimizers, "update")
    if first_is_loss or second_is_optimizer:
        raise TypeError(
            f"compile takes the optimizer first and the loss second, received {shown(optimizer)} "
            f"and {shown(loss)}: write compile(optimizer=..., loss=...)."
        )


def is_one_of(value: Any, names: Iterable[str], method: str) -> bool:
    """Return whether a value is one of the names, or an object with the method."""
    if isinstance(value, str):
        return value in names
    return hasattr(value, method) and not isinstance(value, dict | set)  # their `update` is another


def object_or_class(value: Any) -> str:
    """Describe the value received; for a class, add that it must be called.

    Examples
    --------
    >>> object_or_class(3), object_or_class(dict)
    ('3', "<class 'dict'>; write dict(), with its arguments, to make an object of it")
    """
    hint = "; write {}(), with its arguments, to make an object of it"
    return shown(value) + (hint.format(value.__name__) if isinstance(value, type) else "")


def lookup(name: Any, known: Mapping[str, T], what: str, number: str = "") -> T:
    """Return ``known[name]``, or raise an error that suggests the closest name.

    `number` is the class to which a number may belong: for 0.01, write ``L2(0.01)``.

    Examples
    --------
    >>> lookup("sdg", {"sgd": 1, "adam": 2}, "optimizer")
    Traceback (most recent call last):
    ValueError: Unknown optimizer 'sdg'. Did you mean 'sgd'? Known: 'adam', 'sgd'.
    """
    if not isinstance(name, str):
        if all(isinstance(value, str) for value in known.values()):
            words = ", ".join(map(repr, sorted(known)))
            raise TypeError(f"{what} must be one of {words}, received {object_or_class(name)}.")
        is_number = number and isinstance(name, numbers.Real) and not isinstance(name, bool)
        hint = f"; write {number}({shown(name)})" if is_number else ""
        raise TypeError(
            f"{what} must be a name or an object made for it, received {object_or_class(name)}"
            f"{hint}."
        )
    if name not in known:
        raise ValueError(unknown_choice(what, name, known))
    return known[name]


def check_weights(weights: Any, n: int, what: str = "sample_weight") -> np.ndarray:
    """Return one finite number for each of n examples, of shape (N,)."""
    array = as_floats(weights, what)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (n,):
        raise ValueError(
            f"{what} must have one number for each of the {n} examples, received {array.shape}."
        )
    check_finite(array, what)
    return array


def check_share(value: Any, what: str) -> float:
    """Return a number from 0 to 1."""
    number = check_number(value, what, minimum=0)
    if number > 1:
        raise ValueError(f"{what} must be from 0 to 1, received {shown(value)}.")
    return number
