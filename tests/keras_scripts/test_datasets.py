"""Keras's data files: read without executing anything, divided as Keras divides them."""

import io
import os
import pickle
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.own_words import at_most
from tests.support.systems import needs_posix
from tinynet.keras_scripts.datasets import boston_housing, california_housing, files, imdb, reuters
from tinynet.keras_scripts.tools import get_file

TEXTS = np.array([[5, 9, 2], [1], [7, 3, 8, 8], [4, 4], [6, 1, 2]], dtype=object)
LABELS = np.array([1, 0, 1, 0, 1])


def test_arrays_of_lists_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "texts.npz", x=TEXTS, y=LABELS, z=np.ones((2, 3)))
    content = files.read_lists(str(tmp_path / "texts.npz"))
    assert content["x"].tolist() == TEXTS.tolist()
    assert content["y"].tolist() == LABELS.tolist()
    assert content["z"].shape == (2, 3)


class Evil:
    """What a malicious file would have executed."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


def test_nothing_is_executed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|O", "fortran_order": False, "shape": (1,)}
    )
    with zipfile.ZipFile(tmp_path / "evil.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue() + pickle.dumps(Evil()))
    with pytest.raises(ValueError, match=r"expected arrays, found builtins\.print"):
        files.read_lists(str(tmp_path / "evil.npz"))
    assert "executed" not in capsys.readouterr().out


def test_words_are_read(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text('{"the": 1, "café": 2}', encoding="utf-8")
    assert files.read_words(str(tmp_path / "words.json")) == {"the": 1, "café": 2}


LOADERS: dict[str, Callable[[], Any]] = {
    "boston_housing.npz": boston_housing.load_data,
    "california_housing.npz": california_housing.load_data,
    "imdb.npz": imdb.load_data,
    "imdb_word_index.json": imdb.get_word_index,
    "reuters.npz": reuters.load_data,
    "reuters_word_index.json": reuters.get_word_index,
}


@needs_posix
@pytest.mark.parametrize("name", LOADERS)
def test_a_pipe_in_keras_folder_hangs_nobody(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    os.mkfifo(tmp_path / "datasets" / name)
    with at_most(20), pytest.raises(OSError, match=r"Can't read .*: it is a pipe"):
        LOADERS[name]()
    readers = [files.read_words, files.read_lists, files.read_table]
    for read in readers:
        with at_most(20), pytest.raises(OSError, match=r"Can't read .*: it is a pipe"):
            read(str(tmp_path / "datasets" / name))
    with pytest.raises(OSError, match=r"Can't read .*: it is a pipe"):
        get_file(name, "http://127.0.0.1:9/x", force_download=True)
    assert stat.S_ISFIFO((tmp_path / "datasets" / name).stat().st_mode)


def test_texts_are_prepared() -> None:
    texts = files.prepared(TEXTS, 1, 3)
    assert texts[0] == [1, 8, 12, 5]
    assert files.prepared(TEXTS, None, None)[1] == [1]
    assert files.frequent([[1, 8, 12]], 10, 2, 0) == [[0, 8, 0]]
    assert files.frequent([[1, 8, 12]], 10, 2, None) == [[8]]
    assert files.frequent([[1, 8, 12]], None, 0, 2) == [[1, 8, 2]]
    assert files.short_ones([[1, 2], [3]], [0, 1], 2) == ([[3]], [1])
    with pytest.raises(ValueError, match="larger maxlen"):
        files.short_ones([[1, 2]], [0], 1)


def test_the_examples_are_divided() -> None:
    (x, y), (x_test, y_test) = files.divided(np.arange(10), np.arange(10), 0.2)
    assert (len(x), len(y), x_test.tolist(), y_test.tolist()) == (8, 8, [8, 9], [8, 9])
    with pytest.raises(ValueError, match="test_split"):
        files.divided([1], [1], 1.0)


def test_wrong_arguments_are_refused_before_a_download() -> None:
    with pytest.raises(ValueError, match="'large' or 'small'"):
        california_housing.load_data("medium")


def test_there_are_46_topics() -> None:
    names = reuters.get_label_names()
    assert (len(names), len(set(names)), names[3]) == (46, 46, "earn")


@pytest.mark.parametrize("module", [boston_housing, california_housing, imdb, reuters])
def test_a_data_set_says_who_it_is(module: object) -> None:
    name = str(getattr(module, "__name__", "")).rpartition(".")[2]
    assert f"keras.datasets.{name}" in str(module.__doc__)
