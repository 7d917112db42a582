"""The reader of CSV files: the forms that it accepts, and the errors that it reports."""

import bz2
import io
import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import Dense, Sequential
from tinynet.datasets import DataError, from_csv


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_kaggles_digits(tmp_path: Path) -> None:
    """The label first, a header, 784 pixels; and the test set, which has no label."""
    images = np.random.default_rng(0).integers(0, 256, (5, 784), np.uint8)
    labels = np.array([3, 1, 4, 1, 5])
    header = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    lines = [header, *(f"{y},{','.join(map(str, x))}" for x, y in zip(images, labels, strict=True))]
    train = write(tmp_path, "\n".join(lines) + "\n")
    for dtype in ("uint8", "float32", "float64", "int16"):
        x, y = from_csv(train, dtype=dtype)
        np.testing.assert_array_equal(x, images.astype(dtype), strict=True)
        np.testing.assert_array_equal(y, labels, strict=True)
        assert x.flags.c_contiguous
        assert x.flags.writeable
    assert from_csv(str(train))[0].dtype == np.float32
    test = write(tmp_path, "\n".join(line.partition(",")[2] for line in lines))
    np.testing.assert_array_equal(from_csv(test, label=None, dtype="uint8"), images, strict=True)


IRIS = "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,2.5,virginica\n"


@pytest.mark.parametrize(
    ("content", "options", "x", "y"),
    [
        (
            IRIS,
            {"label": "last"},
            [[5.1, 3.5], [4.9, 3], [6.3, 2.5]],
            ["setosa"] * 2 + ["virginica"],
        ),
        ("a,b,kind\n" + IRIS, {"label": "last"}, None, None),
        ("1,2,7\n3,4,8\n", {"label": "last"}, [[1, 2], [3, 4]], [7, 8]),
        ("7,1,2\n8,3,4", {}, [[1, 2], [3, 4]], [7, 8]),
        ("7,1,2\r\n8,3,4\r\n", {}, [[1, 2], [3, 4]], [7, 8]),
        ("\ufefflabel,a,b\n7,1,2\n", {}, [[1, 2]], [7]),
        ("7;1;2\n8;3;4\n", {"delimiter": ";"}, [[1, 2], [3, 4]], [7, 8]),
        ("7\t1\t2\n8\t3\t4\n", {"delimiter": "\t"}, [[1, 2], [3, 4]], [7, 8]),
        ('"7","1", 2 \n\n\n"8",3,"4"\n', {}, [[1, 2], [3, 4]], [7, 8]),
        ('"a, and b","x"\n7,1\n', {}, [[1]], [7]),
        ('y,x\n"a, or b",1\n', {}, [[1]], ["a, or b"]),
        ("1,2\n3,4\n", {"header": True}, [[4]], [3]),
        ("\n\ny,x\n\n3,4\n", {}, [[4]], [3]),
        ("cat,2\ndog,4\n", {}, [[2], [4]], ["cat", "dog"]),
        ("cat,2\ndog,4\n", {"header": False}, [[2], [4]], ["cat", "dog"]),
        ("0.5,1\n1.5,2\n", {}, [[1], [2]], [0.5, 1.5]),
        ("1e3,-1\n2,+.5\n", {}, [[-1], [0.5]], [1000, 2]),
        ("1,2\n", {"label": None}, [[1, 2]], None),
        ("1\n2\n", {"label": None}, [[1], [2]], None),
        ("#1,2\n#2,3\n", {}, [[2], [3]], ["#1", "#2"]),
        ("0,1,a\n1,0,b\n1,1,a\n", {"label": "last"}, [[0, 1], [1, 0], [1, 1]], ["a", "b", "a"]),
        ("a,0\nb,1\nc,2\n", {}, [[0], [1], [2]], ["a", "b", "c"]),
        ("5,0,1,2\n6,7,8,9\n7,7,8,9\n", {}, [[0, 1, 2], [7, 8, 9], [7, 8, 9]], [5, 6, 7]),
        ("猫,1\n犬,2\n", {}, [[1], [2]], ["猫", "犬"]),
    ],
)
def test_forms_of_tables(
    tmp_path: Path, content: str, options: dict[str, Any], x: Any, y: Any
) -> None:
    read = from_csv(write(tmp_path, content), **options)
    if x is None:
        x, y = from_csv(write(tmp_path, IRIS), **options)
    found, labels = read if isinstance(read, tuple) else (read, None)
    np.testing.assert_array_equal(found, np.array(x, np.float32), strict=True)
    if y is None:
        assert labels is None
    else:
        np.testing.assert_array_equal(labels, np.array(y), strict=True)


def test_labels_that_are_names_train_a_model(tmp_path: Path) -> None:
    x, y = from_csv(write(tmp_path, IRIS), label="last")
    names, y = np.unique(y, return_inverse=True)
    model = Sequential([Dense(len(names), "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)


UINT8 = {"dtype": "uint8"}
REFUSALS: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "empty": ("", {}, ": expected a line for each example, found an empty file"),
    "empty lines": ("\n\n\n", {}, ": expected a line for each example, found an empty file"),
    "a header alone": ("label,x\n", {}, ": expected a line .* found the header alone"),
    "one column": ("1\n2\n", {}, ": expected a label and at least one more column, found one"),
    "semicolons": ("1;2\n", {}, r"found one column\. Give delimiter=';'"),
    "tabs": ("1\t2\n", {}, r"found one column\. Give delimiter='\\t'"),
    "a word": (
        "y,a,b\n1,2,3\n4,five,6\n",
        {},
        ", line 3, column 2: expected a number, found 'five'",
    ),
    "a gap": ("1,2,3\n4,,6\n", {}, ", line 2, column 2: expected a number, found an empty cell"),
    "a missing label": (
        "1,2\n,4\n",
        {},
        ", line 2, column 1: expected a label, found an empty cell",
    ),
    "a missing name": (
        "a,2\n,4\n",
        {},
        ", line 2, column 1: expected a label, found an empty cell",
    ),
    "short line": (
        "1,2,3\n\n4,5\n",
        {},
        ", line 3: expected 3 cells as in the first line, found 2",
    ),
    "long line": ("1,2,3\n4,5,6,7\n", {}, ", line 2: expected 3 cells .*, found 4"),
    "long line of words": ("a,2\nb,5,6\n", {}, ", line 2: expected 2 cells .*, found 3"),
    "short line of words": ("2,3,a\n5,b\n", {"label": "last"}, ", line 2: expected 3 cells"),
    "nan": ("1,2\n3,nan\n", {}, ", line 2, column 2: expected a number, found 'nan'"),
    "infinity": ("1,2\n3,inf\n", {}, ", line 2, column 2: expected a number, found 'inf'"),
    "too large": ("1,2\n3,1e300\n", {}, ", line 2, column 2: expected a number, found '1e300'"),
    "not a byte": (
        "1,2\n3,256\n",
        UINT8,
        "column 2: expected a whole number from 0 to 255, found '2",
    ),
    "half a byte": ("1,2\n3,0.5\n", UINT8, "expected a whole number from 0 to 255, found '0.5'"),
    "negative byte": ("1,2\n3,-1\n", UINT8, "expected a whole number from 0 to 255, found '-1'"),
    "an unexpected header": (
        "y,a\n1,2\n",
        {"header": False},
        r"line 1.*found 'a'\. Say header=True",
    ),
    # A first example that is damaged isn't a header: nothing is dropped in silence.
    "a gap in the first line": (
        "5,?,3\n1,2,3\n",
        {},
        r", line 1, column 2: expected a number, found '\?'\. Say header=True if",
    ),
    "a NUL in the first line": ("1,2\0\n3,4\n", {}, ", line 1, column 2: expected a number"),
    "columns that are counted": ("0,1,2\n5,1,2\n", {}, "the cells count the columns"),
    "a header of the label alone": (
        "label,0,1\n5,7,8\n6,7,8\n",
        {},
        ", line 1: the label 'label' is the only one that isn't a number. Say header=True",
    ),
    "the label at the other end": (
        "a,b,Target\n1,2,3\n",
        {},
        r"calls column 3 'target', .* in column 1\. Say label='last'",
    ),
    "the label first": ("label,b\n1,2\n", {"label": "last"}, r"column 2\. Say label='first'"),
    "the label in the middle": (
        "a,label,b\n1,2,3\n",
        {},
        r"calls column 2 'label', .* Say label=None, and take",
    ),
    "a web page": ("<!DOCTYPE html>\n<html>\n", {}, "It looks like a web page"),
    "ARFF": ("@RELATION x\n@DATA\n1,2\n", {}, "It looks like an ARFF file"),
    "JSON": ('[{"a":1}]', {}, "It looks like JSON"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(50), {}, "a zip archive or a spreadsheet"),
    "spaces": ("1 2\n3 4\n", {}, "Give delimiter=' '"),
    "nan label": ("1,2\nnan,4\n", {}, ", line 2, column 1: expected a finite label"),
    "an infinite label": (
        "2,1\n4,1e999\n",
        {"label": "last"},
        ", line 2, column 2: expected a finite label",
    ),
    "a decimal comma in each line": ("1;2,5\n2;3,5\n", {}, r"such as '1;2' .* delimiter=';'"),
    "decimal commas, two a line": ("1;2,5;1,5\n2;3,5;2,5\n", {}, r"'5;1'\. Give delimiter=';'"),
    "semicolons without labels": ("1;2\n3;4\n", {"label": None}, "line 2.* Give delimiter=';'"),
    "decimal commas in the first line": (
        "1;2,5\n",
        {"delimiter": ";"},
        r"line 1, column 2: .*found '2,5'\. Numbers are written with",
    ),
    "too large in the first line": ("1,256\n2,3\n", UINT8, "from 0 to 255, found '256'$"),
    "a comment": ("# my measurements\n1,2\n3,4\n", {}, "Its first line is a comment"),
    "pandas's index": (
        ",a,b\n0,5,2\n1,6,3\n",
        {},
        r", line 1: column 1 has no name, .*index=False",
    ),
    "pandas's index, read and written": ("Unnamed: 0,a\n0,5\n", {}, "column 1 has no name"),
    "words in the last column": (IRIS, {}, r"'setosa'\. If the last .* labels, say label='last'"),
    "a header, and words in the last column": (
        "a,b,kind\n" + IRIS,
        {},
        r", line 2, column 3: .*found 'setosa'\. If the last .* labels, say label='last'",
    ),
    "a word among numbers, last in the first line": (
        "1,2,NA\n3,4,5\n",
        {},
        r"found 'NA'\. Say header=True if",
    ),
    "words in the last column of a table whose label is first": (
        "label,a,note\n1,2,good\n3,4,bad\n",
        {},
        "line 2, column 3: expected a number, found 'good'$",
    ),
    "names and words": ("y,a,b\ncat,1,high\ndog,2,low\n", {}, "column 3: .*found 'high'$"),
    "words in the last column, and no labels": (IRIS, {"label": None}, "'setosa'. Say header"),
    "a header of counts and the label": (
        "0,1,kind\n.1,.2,cat\n.2,.1,dog\n.3,.1,dog\n",
        {"label": "last"},
        ", line 1: 'kind' occurs once in the label column, and the other cells count the columns. "
        "Say header=True if they are names, or header=False",
    ),
    "a header of the label and counts": (
        "kind,0,1,2\ncat,1,2,3\ndog,1,2,4\n",
        {},
        ", line 1: 'kind' occurs once in the label column",
    ),
    "an outcome at the other end": ("a,b,Outcome\n1,2,0\n", {}, r"Say label='last'"),
    "a species at the other end": ("a,b,species\n1,2,0\n", {}, r"Say label='last'"),
    "a class at the other end": ("a,b,class\n1,2,3\n", {}, r"'class', .* Say label='last'"),
    "a bare quote": ('0,0\n1,"2\n3,4\n', {}, ", line 3, column 2: expected a number"),
    "underscores": ("1,2\n3,1_0\n", {}, "expected a number, found '1_0'"),
    "decimal commas": (
        "y;x\n1;2,5\n",
        {"delimiter": ";"},
        r"found '2,5'\. Numbers are written with",
    ),
    "utf-16": ("1,2\n".encode("utf-16"), {}, r": expected lines of text in UTF-8.* UTF-16: save"),
    "bzip2": (bz2.compress(b"1,2\n"), {}, "compressed by bzip2: decompress it first"),
    "xz": (lzma.compress(b"1,2\n"), {}, "compressed by xz: decompress it first"),
    "latin-1": ("y,x\n1,2\nß,3\n".encode("latin-1"), {}, ": expected lines of text in UTF-8"),
    "gzip": (b"\x1f\x8b\x08\x00\xff\xff", {}, r"It is gzipped: decompress it first"),
    "zip": (b"PK\x03\x04\xff\xff", {}, r"It is a zip archive: unpack it first"),
    "a NUL": (
        "1,2\n3,\0\n",
        {},
        "table.csv(, line 2, column 2: expected a number|: expected lines)",
    ),
    "a huge cell": ("1," + "2" * 200_000 + "\n", {}, ": expected lines of text|expected a number"),
}


@pytest.mark.parametrize(("content", "options", "message"), REFUSALS.values(), ids=list(REFUSALS))
def test_refuses_and_says_where(
    tmp_path: Path, content: str | bytes, options: dict[str, Any], message: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=message) as error:
        from_csv(path, **options)
    assert str(error.value).startswith(str(path))


def test_what_may_be_a_header_or_an_example_is_read_as_told(tmp_path: Path) -> None:
    counted = write(tmp_path, "0,1,2\n5,7,8\n")
    assert from_csv(counted, header=True)[0].tolist() == [[7, 8]]
    assert from_csv(counted, header=False)[0].tolist() == [[1, 2], [7, 8]]
    named = write(tmp_path, "label,0,1\n5,7,8\n6,7,8\n")
    assert from_csv(named, header=True)[1].tolist() == [5, 6]
    assert from_csv(named, header=False)[1].tolist() == ["label", "5", "6"]
    words = write(tmp_path, "0,1,kind\n.1,.2,cat\n.2,.1,dog\n")
    assert from_csv(words, label="last", header=True)[1].tolist() == ["cat", "dog"]
    assert from_csv(words, label="last", header=False)[1].tolist() == ["kind", "cat", "dog"]


def test_whole_numbers_beyond_float64s_are_not_rounded_into_integers(tmp_path: Path) -> None:
    """2**53 + 1 isn't a float64: it would become 2**53."""
    _, y = from_csv(write(tmp_path, f"{2**53 + 1},1\n0,2\n"))
    assert y.dtype == np.float64
    _, y = from_csv(write(tmp_path, f"{2**53 - 1},1\n0,2\n"))
    assert y.tolist() == [2**53 - 1, 0]


def test_a_class_between_features_is_a_feature(tmp_path: Path) -> None:
    x, y = from_csv(write(tmp_path, "survived,class,age\n1,3,22\n0,1,38\n"))
    assert (x.tolist(), y.tolist()) == ([[3, 22], [1, 38]], [1, 0])


def test_an_address_is_no_file() -> None:
    with pytest.raises(ValueError, match=r"the address 'https://.*'\. Download the file first"):
        from_csv("https://example.org/train.csv")


def test_a_line_without_end_takes_little_memory(tmp_path: Path) -> None:
    path = write(tmp_path, "1," * 4_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="at most 1000000 columns, found 4000001 in the first"):
            from_csv(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"path": None}, TypeError, "path must be a name or a path of a file, received None"),
        ({"path": "missing.csv"}, FileNotFoundError, "Can't read missing.csv"),
        (
            {"label": "middle"},
            ValueError,
            "label must be 'first', 'last' or None, received 'middle'",
        ),
        ({"label": 0}, ValueError, "label must be 'first', 'last' or None, received 0"),
        ({"label": np.zeros(2)}, ValueError, "label must be 'first', 'last' or None"),
        ({"header": 1}, TypeError, "header must be True or False, received 1"),
        ({"delimiter": ""}, ValueError, "delimiter must be one character such as ',' or ';'"),
        ({"delimiter": ",,"}, ValueError, "delimiter must be one character"),
        ({"delimiter": "1"}, ValueError, "delimiter must be one character"),
        ({"delimiter": "\n"}, ValueError, "delimiter must be one character"),
        ({"delimiter": '"'}, ValueError, "delimiter must be one character"),
        ({"delimiter": "\0"}, ValueError, "delimiter must be one character"),
        ({"delimiter": None}, ValueError, "delimiter must be one character"),
        ({"dtype": "text"}, ValueError, "dtype must be one of uint8, .* received 'text'"),
        ({"dtype": object}, ValueError, "dtype must be one of"),
    ],
)
def test_refuses_odd_arguments_in_words(
    tmp_path: Path, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        from_csv(**{"path": write(tmp_path, IRIS)} | arguments)


def test_takes_the_memory_of_the_numbers_and_little_more(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (2000, 785), np.uint8)
    text = io.StringIO()
    np.savetxt(text, x, "%d", ",")
    path = write(tmp_path, text.getvalue())
    from_csv(path, dtype="uint8")  # modules are imported, once
    tracemalloc.start()
    from_csv(path, dtype="uint8")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * x.nbytes + 2**20


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(
    rows=st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=6)
    ),
    label=st.sampled_from(["first", "last"]),
    header=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    spell=st.sampled_from([repr, "{:.9e}".format, '"{!r}"'.format, " {!r} ".format]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[float]],
    label: str,
    header: bool,
    end: str,
    spell: Callable[[float], str],
) -> None:
    cells = [[str(k), *map(spell, row)] for k, row in enumerate(rows)]
    if label == "last":
        cells = [[*row[1:], row[0]] for row in cells]
    lines = [["name"] * len(cells[0])] * header + cells
    path = write(tmp_path_factory.mktemp("csv"), end.join(map(",".join, lines)))
    x, y = from_csv(path, label=label)  # type: ignore[call-overload]
    np.testing.assert_array_equal(x, np.array(rows, np.float32), strict=True)
    np.testing.assert_array_equal(y, np.arange(len(rows)), strict=True)


@pytest.mark.parametrize("name", ["label", "labels", "target"])
def test_a_header_with_the_label_at_the_other_end(tmp_path: Path, name: str) -> None:
    table = write(tmp_path, f"a,b,{name}\n1,2,3\n4,5,6\n")
    with pytest.raises(DataError, match=f"'{name}'"):
        from_csv(table)
    assert from_csv(table, label="last")[1].tolist() == [3, 6]


def test_the_dtype_is_float32_unless_one_is_given(tmp_path: Path) -> None:
    assert from_csv(write(tmp_path, "1,2\n"), dtype=None)[0].dtype == np.float32
