"""Data of a wrong form: the error says what to do, and following it works."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.recfunctions import structured_to_unstructured

from tinynet import Dense, Flatten, Sequential
from tinynet._internal.data_hints import dtype_hint
from tinynet.losses import Loss
from tinynet.utils import to_categorical

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 4, 4), np.uint8)
X = IMAGES.reshape(30, 16) / 255
Y = np.arange(30) % 3
NAMES = np.array(["cat", "dog", "eel"])[Y]
DATES = np.arange("2024-01-01", "2024-01-17", dtype="datetime64[D]")[np.newaxis]


def model(loss: str = "sparse_categorical_crossentropy", units: int = 3) -> Sequential:
    model = Sequential([Dense(units, "softmax", input_shape=(16,))], seed=0)
    model.compile("sgd", loss)
    return model


def images() -> Sequential:
    model = Sequential([Flatten(input_shape=(4, 4)), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def fit(x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> None:
    model(loss).fit(x, y, verbose=0)


# What is wrong: the call, the hint, and the call when the hint is followed.
HINTS: dict[str, tuple[Callable[[], Any], str, Callable[[], Any]]] = {
    "labels that are names": (
        lambda: fit(X, NAMES),
        r"y_true must be .* received dtype <U3\. Convert names to integers: names, y = np\.unique",
        lambda: fit(X, np.unique(NAMES, return_inverse=True)[1]),
    ),
    "labels that are names in an object array": (
        lambda: fit(X, NAMES.astype(object)),
        r"received dtype object\. Convert names to integers",
        lambda: fit(X, np.unique(NAMES.astype(object), return_inverse=True)[1]),
    ),
    "OpenML's labels": (
        lambda: fit(X, Y.astype(str).astype(object)),
        r"received dtype object\. Convert text that spells numbers with \.astype\(float\)",
        lambda: fit(X, Y.astype(str).astype(object).astype(float)),
    ),
    "numbers in an object array": (
        lambda: fit(X.astype(object), Y),
        r"x must be .* received dtype object\. Convert numbers .* with \.astype\(float\)",
        lambda: fit(X.astype(object).astype(float), Y),
    ),
    "images in an object array": (
        lambda: images().predict(objects(list(IMAGES))),
        r"received dtype object\. Join arrays of one shape, \(4, 4\), with np\.stack\(list\(x\)\)",
        lambda: images().predict(np.stack(list(objects(list(IMAGES))))),
    ),
    "images of several sizes": (
        lambda: images().predict(objects([IMAGES[0], IMAGES[1][:3]])),
        r"received dtype object\. Bring the arrays in it to one shape, then use np\.stack",
        lambda: images().predict(np.stack([IMAGES[0][:4], IMAGES[1]])),
    ),
    "columns under names": (
        lambda: model().predict(X.astype("f4").view([(f"c{k}", "f4") for k in range(16)]).ravel()),
        r"Make one array of its columns: numpy\.lib\.recfunctions\.structured_to_unstructured\(x\)",
        lambda: model().predict(
            structured_to_unstructured(
                X.astype("f4").view([(f"c{k}", "f4") for k in range(16)]).ravel()
            )
        ),
    ),
    "a file's name": (
        lambda: model().predict("train.csv"),
        r"Read the file first; tinynet\.datasets has readers for IDX, CSV and images",
        lambda: model().predict(X),
    ),
    "files' names": (
        lambda: model().predict(["a/1.PNG", "b/2.png"]),
        r"Read the file first",
        lambda: model().predict(X),
    ),
    "rows for images": (
        lambda: images().predict(X),
        r"\(N, 4, 4\), received \(30, 16\)\. Use x\.reshape\(-1, 4, 4\)\.",
        lambda: images().predict(X.reshape(-1, 4, 4)),
    ),
    "colours": (
        lambda: images().predict(np.stack([IMAGES] * 3, axis=-1)),
        r"If these are colours, make the images grey first: x\[\.\.\., :3\]\.mean\(axis=-1\)",
        lambda: images().predict(np.stack([IMAGES] * 3, axis=-1)[..., :3].mean(axis=-1)),
    ),
    "a mask": (
        lambda: model().predict(np.ma.masked_greater(X, 1)),
        r"Fill it with x\.filled\(value\)",
        lambda: model().predict(np.ma.masked_greater(X, 1).filled(0)),
    ),
    "one row of labels": (
        lambda: fit(X, Y[np.newaxis]),
        r"y_true must be labels of shape \(N,\) .* Give y\.ravel\(\)\.",
        lambda: fit(X, Y[np.newaxis].ravel()),
    ),
    "one-hot rows without the last class": (
        lambda: fit(X, to_categorical(np.minimum(Y, 1)), "categorical_crossentropy"),
        r"If y lacks the last classes, give their number: to_categorical\(y, 3\)\.",
        lambda: fit(X, to_categorical(np.minimum(Y, 1), 3), "categorical_crossentropy"),
    ),
    "gaps": (
        lambda: model().predict([[None, 1.0] * 8]),
        r"received dtype object\. It holds None: fill the gaps",
        lambda: model().predict([[0.0, 1.0] * 8]),
    ),
    "the labels' column left in x": (
        lambda: fit(np.column_stack([Y, X]), Y),
        r"\(N, 16\), received \(30, 17\)\. One column too many: if the labels are still in x",
        lambda: fit(np.column_stack([Y, X])[:, 1:], Y),
    ),
    "the label left in two examples": (
        lambda: model().predict(np.column_stack([X, Y])[:2]),
        r"received \(2, 17\)\. One column too many: .* x\[:, 1:\] or x\[:, :-1\]",
        lambda: model().predict(np.column_stack([X, Y])[:2, :-1]),
    ),
    "examples in columns": (
        lambda: fit(X.T, Y),
        r"\(N, 16\), received \(16, 30\)\. .* first axis: pass x\.T, of shape \(30, 16\)",
        lambda: fit(X.T.T, Y),
    ),
    "examples in columns, to predict": (
        lambda: model().predict(X.T),
        r"received \(16, 30\)\. Examples go along the first axis: pass x\.T",
        lambda: model().predict(X),
    ),
    "images along the last axis": (
        lambda: images().fit(np.moveaxis(IMAGES, 0, -1), Y),
        r"received \(4, 4, 30\)\. .* np\.moveaxis\(x, -1, 0\), of shape \(30, 4, 4\)",
        lambda: images().fit(np.moveaxis(np.moveaxis(IMAGES, 0, -1), -1, 0), Y, verbose=0),
    ),
    "examples in columns of a model that isn't built": (
        lambda: unbuilt().fit(X.T, Y),
        r"received 16 and 30\. Examples go along the first axis: pass x\.T, of shape \(30, 16\)",
        lambda: unbuilt().fit(X, Y, verbose=0),
    ),
    "one image without a batch axis": (
        lambda: images().predict(IMAGES[0]),
        r"\(N, 4, 4\), received \(4, 4\)\. Pass a single example as x\[np\.newaxis\]",
        lambda: images().predict(IMAGES[0][np.newaxis]),
    ),
    "one image for a dense layer": (
        lambda: model().predict(IMAGES[0]),
        r"\(N, 16\), received \(4, 4\)\. Pass a single example as x\.reshape\(1, 16\)",
        lambda: model().predict(IMAGES[0].reshape(1, 16)),
    ),
    "one row": (
        lambda: model().predict(X[0]),
        r"received \(16,\)\. Pass a single example as x\[np\.newaxis\]",
        lambda: model().predict(X[0][np.newaxis]),
    ),
    "one row, of any length": (
        lambda: unbuilt().predict(X[0]),
        r"received \(16,\)\. Pass a single example as x\[np\.newaxis\]",
        lambda: unbuilt().predict(X[0][np.newaxis]),
    ),
    "labels that count from 1": (
        lambda: fit(X, Y + 1),
        r"from 0 to 2, received 3 at \[2\]\. The labels count from 1: use y - 1\.",
        lambda: fit(X, Y + 1 - 1),
    ),
    "one class more than outputs": (
        lambda: fit(X, np.arange(30) % 4),
        r"received 3 at \[3\]\. There are 4 classes, 0 to 3: the last layer needs that many units",
        lambda: model(units=4).fit(X, np.arange(30) % 4, verbose=0),
    ),
    "many classes more than outputs": (
        lambda: fit(X, np.arange(30) % 10),
        r"received 3 at \[3\]\. There are 10 classes, 0 to 9: the last layer needs that many units",
        lambda: model(units=10).fit(X, np.arange(30) % 10, verbose=0),
    ),
    "many classes for one output": (
        lambda: one_output("sparse_categorical_crossentropy").fit(
            X, np.arange(30, dtype=np.uint8) % 10
        ),
        r"received 1 at \[1\]\. There are 10 classes, 0 to 9: the last layer needs that many",
        lambda: model(units=10).fit(X, np.arange(30, dtype=np.uint8) % 10, verbose=0),
    ),
    "labels of any numbers": (
        lambda: fit(X, Y * 10),
        r"received 10 at \[1\]\. Convert labels to 0, 1, 2, \.\.\.: np\.unique",
        lambda: fit(X, np.unique(Y * 10, return_inverse=True)[1]),
    ),
    "labels of -1 and 1": (
        lambda: to_categorical([-1, 1], 2),
        r"received -1 at \[0\]\. Convert labels -1 and 1 to 0 and 1: y > 0",
        lambda: to_categorical(np.array([-1, 1]) > 0, 2),
    ),
    "numbers for classes": (
        lambda: fit(X, Y + 0.5),
        r"received 0\.5 at \[0\]\. For targets that aren't classes, use loss='mean_squared_error'",
        lambda: None,
    ),
    "a digit 0 that is called 10": (
        lambda: to_categorical([1, 10, 9], 10),
        r"received 10 at \[1\]\. .* use y - 1, or y % 10 where 10 stands for the digit 0",
        lambda: to_categorical(np.array([1, 10, 9]) % 10, 10),
    ),
    "one-hot rows of labels that count from 1": (
        lambda: fit(X, to_categorical(Y + 1), "categorical_crossentropy"),
        r"\(N, 3\), received \(30, 4\)\. No row has class 0: .* encode y - 1",
        lambda: fit(X, to_categorical(Y), "categorical_crossentropy"),
    ),
    "one-hot rows of one class more": (
        lambda: fit(X, to_categorical(np.arange(30) % 4), "categorical_crossentropy"),
        r"received \(30, 4\)\. There are 4 classes: the last layer needs that many units",
        lambda: None,
    ),
    "one-hot columns": (
        lambda: fit(X, to_categorical(Y).T, "categorical_crossentropy"),
        r"received \(3, 30\)\. Examples go along the first axis: pass y\.T, of shape \(30, 3\)",
        lambda: fit(X, to_categorical(Y).T.T, "categorical_crossentropy"),
    ),
    "labels of one too many": (
        lambda: fit(X, np.append(0, Y)),
        r"received 30 and 31\. y has one too many: is a header still in it\?",
        lambda: fit(X, np.append(0, Y)[1:]),
    ),
    "examples of one too many": (
        lambda: fit(X, Y[1:]),
        r"received 30 and 29\. x has one too many: is a header still in it\?",
        lambda: fit(X[1:], Y[1:]),
    ),
    "dates": (
        lambda: model().predict(DATES),
        r"received dtype datetime64\[D\]\. Convert dates to numbers: \(x - x\.min\(\)\) / np",
        lambda: model().predict((DATES - DATES.min()) / np.timedelta64(1, "D")),
    ),
    "durations": (
        lambda: model().predict(DATES - DATES.min()),
        r"received dtype timedelta64\[D\]\. Convert durations to numbers: x / np\.timedelta64",
        lambda: model().predict((DATES - DATES.min()) / np.timedelta64(1, "s")),
    ),
    "a column of text": (
        lambda: model().predict([[*row[:-1], "cat"] for row in X.astype(object)]),
        r"It holds the text 'cat' at \[0, 15\]: leave that column out",
        lambda: model().predict(X),
    ),
    "text among labels": (
        lambda: fit(X, np.array([0, "cat", 2] * 10, dtype=object)),
        r"y_true must .* It holds the text 'cat' at \[1\]: turn its entries into numbers\.$",
        lambda: fit(X, Y),
    ),
    "an array in a list": (
        lambda: model().predict([X]),
        r"received \(1, 30, 16\)\. One axis too many: .* with np\.concatenate\(x\)",
        lambda: model().predict(np.concatenate([X])),
    ),
    "targets in a list": (
        lambda: fit(X, [np.eye(3)[Y]], "categorical_crossentropy"),
        r"received \(1, 30, 3\)\. One axis too many: .* with np\.concatenate\(y\)",
        lambda: fit(X, np.concatenate([np.eye(3)[Y]]), "categorical_crossentropy"),
    ),
    "numbers for one input": (
        lambda: unbuilt().predict(X[:, 0]),
        r"received \(30,\)\. .* and examples of one number each as x\[:, np\.newaxis\]",
        lambda: unbuilt().predict(X[:, 0][:, np.newaxis]),
    ),
    "labels for as many outputs": (
        lambda: fit(X, Y, "mse"),
        r"\(N, 3\), received \(30,\)\. Convert labels to one-hot rows: to_categorical\(y, 3\)",
        lambda: fit(X, to_categorical(Y, 3), "mse"),
    ),
    "numbers for as many outputs": (
        lambda: fit(X, X[:, 0], "mse"),
        r"received \(30,\)\. For one number per example, the last layer needs 1 unit",
        lambda: one_output("mse").fit(X, X[:, 0], verbose=0),
    ),
    "rows for one output": (
        lambda: one_output().fit(X, np.eye(2)[Y % 2]),
        r"\(N, 1\), received \(30, 2\)\. For one-hot rows of no and yes, pass y\[:, 1\]",
        lambda: one_output().fit(X, np.eye(2)[Y % 2][:, 1], verbose=0),
    ),
    "rows that aren't the examples": (
        lambda: one_output("mse").fit(X, np.ones((2, 30))),
        r"x and y must have the same number of examples, at least one, received 30 and 2\.$",
        lambda: one_output("mse").fit(X, np.ones((30, 1)), verbose=0),
    ),
    "targets for two outputs": (
        lambda: one_output("mse").fit(X, [Y, Y]),
        r"^tinynet has one output, received a list of 2 arrays of targets: pass one array as y\.$",
        lambda: one_output("mse").fit(X, Y, verbose=0),
    ),
    "columns for one output": (
        lambda: one_output("mse").fit(X, X[:, :3]),
        r"received \(30, 3\)\. There are 3 columns: the last layer needs that many units",
        lambda: fit(X, X[:, :3], "mse"),
    ),
    "classes for yes or no": (
        lambda: one_output().fit(X, Y),
        r"received 2 at \[2, 0\]\. For classes 0 to 2, end with 3 units and a Softmax",
        lambda: fit(X, Y),
    ),
    "-1 and 1 for no and yes": (
        lambda: one_output().fit(X, Y % 2 * 2 - 1),
        r"received -1 at \[0, 0\]\. Convert labels -1 and 1 to 0 and 1: y > 0",
        lambda: one_output().fit(X, Y % 2 * 2 - 1 > 0, verbose=0),
    ),
    "1 and 2 for no and yes": (
        lambda: one_output().fit(X, Y % 2 + 1),
        r"received 2 at \[1, 0\]\. Convert labels 1 and 2 to 0 and 1: y - 1",
        lambda: one_output().fit(X, Y % 2, verbose=0),
    ),
    "bytes for probabilities": (
        lambda: one_output().fit(X, Y % 2 * np.uint8(255)),
        r"received 255 at \[1, 0\]\. Scale bytes to numbers from 0 to 1: y / 255",
        lambda: one_output().fit(X, Y % 2 * np.uint8(255) / 255, verbose=0),
    ),
    "numbers for probabilities": (
        lambda: one_output().fit(X, Y + 0.5),
        r"received 1\.5 at \[1, 0\]\. For targets that aren't yes or no, use loss='mean_squared",
        lambda: one_output("mean_squared_error").fit(X, Y + 0.5, verbose=0),
    ),
    "a column of yes or no for one class": (
        lambda: one_output("categorical_crossentropy").fit(X, (Y % 2)[:, np.newaxis]),
        r"received \[0\] at \[0\]\. For a single yes-or-no output, .* loss='binary_crossentropy'",
        lambda: one_output().fit(X, (Y % 2)[:, np.newaxis], verbose=0),
    ),
    "yes or no for one class": (
        lambda: one_output("sparse_categorical_crossentropy").fit(X, Y % 2),
        r"received 1 at \[1\]\. For yes or no, use loss='binary_crossentropy'",
        lambda: one_output().fit(X, Y % 2, verbose=0),
    ),
}


def one_output(loss: str = "binary_crossentropy") -> Sequential:
    model = Sequential([Dense(1, "sigmoid", input_shape=(16,))], seed=0)
    model.compile("sgd", loss)
    return model


def objects(arrays: list[np.ndarray]) -> np.ndarray:
    """Return an array of dtype object that holds arrays, as pandas gives a column of images."""
    result = np.empty(len(arrays), object)
    for place, array in enumerate(arrays):
        result[place] = array
    return result


def unbuilt() -> Sequential:
    model = Sequential([Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(("call", "message", "mended"), HINTS.values(), ids=list(HINTS))
def test_the_error_says_what_to_do_and_that_works(
    call: Callable[[], Any], message: str, mended: Callable[[], Any]
) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call()
    mended()


@pytest.mark.parametrize(
    ("targets", "hint"),
    [
        (lambda: iter(Y), r"np\.array\(list\(y\)\)\.$"),
        (lambda: DATES, r"dates to numbers: \(y - y\.min\(\)\)"),
        (lambda: DATES - DATES[0, 0], r"durations to numbers: y / "),
        (lambda: np.zeros(30, [("a", "f4")]), r"structured_to_unstructured\(y\)\.$"),
        (lambda: np.ma.array(Y), r"Fill it with y\.filled\(value\)"),
        (lambda: objects([np.eye(3)[k] for k in Y]), r"np\.stack\(list\(y\)\)\.$"),
    ],
)
def test_a_hint_calls_the_array_as_the_call_does(targets: Callable[[], Any], hint: str) -> None:
    with pytest.raises(TypeError, match=hint):
        fit(X, targets())
    weights = re.sub(r"\by\b", "sample_weight", hint)
    with pytest.raises(TypeError, match=weights):
        model().fit(X, Y, sample_weight=targets(), verbose=0)


def test_evaluate_and_validation_data_have_the_same_hints() -> None:
    with pytest.raises(TypeError, match="Convert names to integers"):
        model().evaluate(X, NAMES)
    with pytest.raises(ValueError, match="One column too many"):
        model().fit(X, Y, validation_data=(np.column_stack([X, Y]), Y))
    with pytest.raises(ValueError, match=r"use y - 1\."):
        model().fit(X, Y, validation_data=(X, Y + 1))


def test_no_hint_where_nothing_is_known() -> None:
    with pytest.raises(ValueError, match=r"\(N, 16\), received \(30, 5\)\.$"):
        fit(X[:, :5], Y)
    with pytest.raises(ValueError, match=r"received 30 and 20\.$"):
        fit(X, Y[:20])
    with pytest.raises(TypeError, match=r"received dtype complex128\.$"):
        fit(X + 1j, Y)
    with pytest.raises(TypeError, match=r"received dtype object\.$"):
        fit(np.empty((0, 16), object), Y)


def test_a_number_too_large_for_a_float_has_no_hint() -> None:
    with pytest.raises(TypeError, match=r"received dtype object\.$"):
        model().predict([[10**400] * 16])


def test_a_thousand_entries_are_looked_at() -> None:
    entries = [*("1" for _ in range(999)), None]
    assert "It holds None" in dtype_hint(np.array(entries, dtype=object), "y")
    assert "It holds None" not in dtype_hint(np.array(["1", *entries], dtype=object), "y")


def test_a_loss_of_ones_own_may_take_a_list_of_arrays() -> None:
    class Weighed(Loss):
        def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
            return np.stack(y_true, axis=1)

        def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.asarray(t[:, 1] * (y[:, 0] - t[:, 0]) ** 2)

        def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
            return np.asarray(2 * t[:, 1:] * (y - t[:, :1]) / len(t))

    pairs = Sequential([Dense(1)])
    pairs.compile("sgd", Weighed())
    history = pairs.fit(np.ones((5, 2)), [np.ones(5), np.ones(5)], epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
