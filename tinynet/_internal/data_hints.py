"""What to do about data of a wrong form: a sentence that follows an error's message.

Each function looks at what was received and returns one sentence after a space, or ``""`` if
nothing is known. The checks are elsewhere; nothing here raises an error.
"""

import math
import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

# Extensions of data files, to recognize a file name that is passed in place of an array.
FILE_ENDINGS = {
    *(".arff", ".bmp", ".csv", ".gif", ".gz", ".h5", ".jpeg", ".jpg", ".json", ".mat", ".npy"),
    *(".npz", ".parquet", ".pkl", ".png", ".tif", ".tiff", ".tsv", ".txt", ".webp", ".xlsx"),
    ".zip",
}

NAMED = re.compile(r"\b(x|y|y_true|y_pred|labels|targets)\b")  # arrays that may hold names


def dtype_hint(array: np.ndarray, what: str) -> str:
    """Return a hint, after a space, on how to convert such an array to numbers, or ``""``.

    Examples
    --------
    >>> dtype_hint(np.array(["cat", "dog"]), "y")
    ' Convert names to integers: names, y = np.unique(y, return_inverse=True).'
    >>> dtype_hint(np.array(["5", "0"]), "y")
    ' Convert text that spells numbers with .astype(float).'
    """
    if array.dtype.kind == "U" and array.size and is_file_name(str(array.flat[0])):
        return " Read the file first; tinynet.datasets has readers for IDX, CSV and images."
    if array.ndim == 0 or array.size == 0:
        return ""
    x = variable(what)
    if array.dtype.kind == "M":
        return f" Convert dates to numbers: ({x} - {x}.min()) / np.timedelta64(1, 'D')."
    if array.dtype.kind == "m":
        return f" Convert durations to numbers: {x} / np.timedelta64(1, 's')."
    if array.dtype.names:
        function = "numpy.lib.recfunctions.structured_to_unstructured"
        return f" Make one array of its columns: {function}({x})."
    sample = array.ravel()[:1000].tolist()
    kinds = [type(value) for value in sample]
    if all(issubclass(kind, str | bytes) for kind in kinds):
        try:
            [float(value) for value in sample]
        except ValueError:
            if (array.ndim > 1 and array.shape[-1] > 1) or not NAMED.search(what):
                return entries_hint(array)
            return " Convert names to integers: names, y = np.unique(y, return_inverse=True)."
        return " Convert text that spells numbers with .astype(float)."
    if all(issubclass(kind, np.ndarray | list | tuple) for kind in kinds):
        shapes = {np.shape(value) for value in sample if not issubclass(type(value), list | tuple)}
        if len(shapes) == 1:
            return f" Join arrays of one shape, {shapes.pop()}, with np.stack(list({x}))."
        return " Bring the arrays in it to one shape, then use np.stack."
    if any(value is None for value in sample):
        return " It holds None: fill the gaps or leave out their rows."
    return entries_hint(array) if array.dtype == object else ""


def variable(what: str) -> str:
    """Return the name of an array in the user's code, x if it has none.

    Examples
    --------
    >>> variable("y_true"), variable("validation x"), variable("sample_weight"), variable("dense.W")
    ('y', 'x', 'sample_weight', 'x')
    """
    name = what.rpartition(" ")[2]
    return name.removesuffix("_true") if name.isidentifier() else "x"


def object_hint(x: Any, what: str) -> str:
    """Return a hint, after a space, about an object that is no array but leads to one, or ``""``.

    Examples
    --------
    >>> object_hint(iter([1, 2]), "x")
    ' Make an array of it, np.array(list(x)).'
    """
    if isinstance(x, Iterator):
        return f" Make an array of it, np.array(list({variable(what)}))."
    if not hasattr(x, "forward") or not hasattr(x, "output_shape"):  # no layer and no model
        return ""
    if what == "x" or what.endswith(": x"):
        return " Layers aren't called on layers: list them, Sequential([Input((4,)), Dense(3)])."
    if hasattr(x, "predict"):
        return " Pass arrays, such as model.predict(x) or model.layers[0].W."
    return " Pass one of its arrays, such as layer.W."


def entries_hint(array: np.ndarray) -> str:
    """Return a hint about the first entry that isn't and doesn't spell a number, or about all.

    Examples
    --------
    >>> entries_hint(np.array([[1.5, "cat"]], dtype=object))
    " It holds the text 'cat' at [0, 1]: leave that column out, or turn its entries into numbers."
    """
    for place in np.ndindex(array.shape):
        try:
            float(array[place])
        except OverflowError:  # an integer larger than any float
            return ""
        except Exception:  # whatever the object raises
            text = isinstance(array[place], str)
            found = f"the text {str(array[place])[:30]!r}" if text else type(array[place]).__name__
            action = "leave that column out, or " if len(place) > 1 else ""
            return f" It holds {found} at {[*place]}: {action}turn its entries into numbers."
    return " Convert numbers that are stored as objects with .astype(float)."


def is_file_name(text: str) -> bool:
    """Return whether a string ends with the extension of a data file.

    Examples
    --------
    >>> is_file_name("train.csv"), is_file_name("cat")
    (True, False)
    """
    return os.path.splitext(text)[1].lower() in FILE_ENDINGS


def shape_hint(
    expected: tuple[int, ...] | None, received: tuple[int, ...], batch: tuple[int, ...] | None
) -> str:
    """Return a hint, after a space, about examples of the wrong shape, or ``""``.

    The shapes are those of one example; `batch` is that of the whole batch, if it is known.

    Examples
    --------
    >>> shape_hint((784,), (785,), (100, 785))
    ' One column too many: if the labels are still in x, take them out, x[:, 1:] or x[:, :-1].'
    >>> shape_hint((784,), (100,), (784, 100))
    ' Examples go along the first axis: pass x.T, of shape (100, 784).'
    >>> shape_hint((784,), (28,), (28, 28))
    ' Pass a single example as x.reshape(1, 784), a batch of one.'
    >>> shape_hint((784,), (100, 784), (1, 100, 784))
    ' One axis too many: join arrays in a list with np.concatenate(x).'
    """
    size = math.prod(expected or ())
    if expected is not None and len(received) > 1 and math.prod(received) == size:
        if len(expected) > 1:
            return f" Use x.reshape{(-1, *expected)}."
        return f" Add Flatten() or reshape to (N, {size})."
    if batch is None:
        return ""
    if batch == expected:
        return " Pass a single example as x[np.newaxis], a batch of one."
    if expected is None and len(batch) == 1 and batch != (0,):
        return (
            " Pass a single example as x[np.newaxis], a batch of one, and examples of one number "
            "each as x[:, np.newaxis]."
        )
    if expected is None or math.prod(batch) == 0:
        return ""
    if math.prod(batch) == size and batch[1:] != expected:
        return f" Pass a single example as x.reshape{(1, *expected)}, a batch of one."
    if batch[:-1] == expected:
        turned = "x.T" if len(batch) == 2 else "np.moveaxis(x, -1, 0)"
        return (
            f" Examples go along the first axis: pass {turned}, of shape {(batch[-1], *expected)}."
        )
    if math.prod(received) == size:
        return f" Use x.reshape{(-1, *expected)}."
    if received[1:] == expected and batch[0] < received[0]:
        return " One axis too many: join arrays in a list with np.concatenate(x)."
    if len(received) > 1 and math.prod(received) in (3 * size, 4 * size):
        return " If these are colours, make the images grey first: x[..., :3].mean(axis=-1)."
    if len(expected) == 1 and received == (size + 1,) and batch[0] > 1:
        return (
            " One column too many: if the labels are still in x, take them out, "
            "x[:, 1:] or x[:, :-1]."
        )
    return ""


def target_hint(t: np.ndarray, output_shape: tuple[int, ...]) -> str:
    """Return a hint, after a space, about targets of the wrong shape, or ``""``.

    Examples
    --------
    >>> target_hint(np.eye(3)[[1, 2]], (2,))
    ' No row has class 0: if the labels count from 1, encode y - 1.'
    >>> target_hint(np.eye(3), (2,))
    ' There are 3 classes: the last layer needs that many units.'
    >>> target_hint(np.array([0, 2, 1]), (3,))
    ' Convert labels to one-hot rows: to_categorical(y, 3).'
    """
    if t.shape[2:] == output_shape and t.ndim > 2 and len(t) < t.shape[1]:
        return " One axis too many: join arrays in a list with np.concatenate(y)."
    if t.ndim not in (1, 2) or len(output_shape) != 1:
        return ""
    (outputs,) = output_shape
    width = t.shape[1] if t.ndim == 2 else 1
    if width == 1 < outputs:
        if t.size and np.isin(t, np.arange(outputs)).all():
            return f" Convert labels to one-hot rows: to_categorical(y, {outputs})."
        return " For one number per example, the last layer needs 1 unit."
    one_hot = np.isin(t, (0, 1)).all() and (t.sum(axis=-1) == 1).all()
    if outputs == 1 and one_hot and width == 2:
        return " For one-hot rows of no and yes, pass y[:, 1], or use 2 units and a Softmax."
    if width == outputs + 1 and not t[:, 0].any():
        return " No row has class 0: if the labels count from 1, encode y - 1."
    if t.shape[0] == outputs != width:
        return f" Examples go along the first axis: pass y.T, of shape {t.shape[::-1]}."
    if width > outputs:
        what = "classes" if one_hot else "columns"
        return f" There are {width} {what}: the last layer needs that many units."
    if width < outputs and np.isin(t, (0, 1)).all():
        return f" If y lacks the last classes, give their number: to_categorical(y, {outputs})."
    return ""


def binary_hint(t: np.ndarray) -> str:
    """Return a hint, after a space, about targets that don't lie between 0 and 1, or ``""``.

    Examples
    --------
    >>> binary_hint(np.array([1, 2, 2]))
    ' Convert labels 1 and 2 to 0 and 1: y - 1.'
    >>> binary_hint(np.array([0, 2, 1]))
    ' For classes 0 to 2, end with 3 units and a Softmax and use sparse_categorical_crossentropy.'
    """
    if np.isin(t, (-1, 1)).all():
        return " Convert labels -1 and 1 to 0 and 1: y > 0."
    if np.isin(t, (1, 2)).all():
        return " Convert labels 1 and 2 to 0 and 1: y - 1."
    if t.min() >= 0 and t.max() == 255:
        return " Scale bytes to numbers from 0 to 1: y / 255."
    highest = t.max()
    if t.shape[1:] in ((), (1,)) and t.min() >= 0 and highest < 255 and (t == np.floor(t)).all():
        return (
            f" For classes 0 to {highest:g}, end with {highest + 1:g} units and a Softmax and use "
            f"sparse_categorical_crossentropy."
        )
    return " For targets that aren't yes or no, use loss='mean_squared_error'."


def label_hint(labels: np.ndarray, classes: int) -> str:
    """Return a hint, after a space, about labels that aren't 0 to classes - 1, or ``""``.

    Examples
    --------
    >>> label_hint(np.array([1, 3, 2]), 3)
    ' The labels count from 1: use y - 1.'
    >>> label_hint(np.array([1, 10, 9]), 10)
    ' The labels count from 1: use y - 1, or y % 10 where 10 stands for the digit 0.'
    >>> label_hint(np.array([0, 3, 2]), 3)
    ' There are 4 classes, 0 to 3: the last layer needs that many units.'
    """
    if labels.size == 0 or (labels != np.floor(labels)).any():
        return " For targets that aren't classes, use loss='mean_squared_error'."
    lowest, highest = labels.min(), labels.max()
    if lowest >= 1 and highest == classes:
        zero = ", or y % 10 where 10 stands for the digit 0" if classes == 10 else ""
        return f" The labels count from 1: use y - 1{zero}."
    if lowest >= 0 and highest == classes == 1:
        return " For yes or no, use loss='binary_crossentropy'; a Softmax needs 2 units."
    count = int(highest) + 1
    gapless = count <= labels.size and np.array_equal(np.unique(labels), np.arange(count))
    if lowest >= 0 and (highest == classes or (highest > classes and gapless)):
        return (
            f" There are {count} classes, 0 to {count - 1}: the last layer needs that many units."
        )
    if np.isin(labels, (-1, 1)).all():
        return " Convert labels -1 and 1 to 0 and 1: y > 0."
    return " Convert labels to 0, 1, 2, ...: np.unique(y, return_inverse=True)[1]."


def count_hint(x_shape: tuple[int, ...], n_targets: int) -> str:
    """Return a hint, after a space, if examples and targets differ in number, or ``""``.

    Examples
    --------
    >>> count_hint((100, 784), 101)
    ' y has one too many: is a header still in it?'
    >>> count_hint((784, 100), 100)
    ' Examples go along the first axis: pass x.T, of shape (100, 784).'
    """
    if n_targets == x_shape[0] + 1:
        return " y has one too many: is a header still in it?"
    if n_targets == x_shape[0] - 1:
        return " x has one too many: is a header still in it?"
    if len(x_shape) == 2 and x_shape[1] == n_targets > 1:
        return f" Examples go along the first axis: pass x.T, of shape {x_shape[::-1]}."
    if n_targets > 1 and x_shape[-1] == n_targets:
        return " Examples go along the first axis: pass np.moveaxis(x, -1, 0)."
    return ""
