"""Data sets that only scripts need: from one file, Keras's `load_data` and ours give the same.

The files are made up and small; where Keras would download, both find them.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet.keras_scripts.datasets import files

pytest.importorskip("keras")

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("boston_housing", {}),
    ("boston_housing", {"test_split": 0.35, "seed": 7}),
    ("california_housing", {"version": "small"}),
    ("california_housing", {}),
    ("imdb", {}),
    ("imdb", {"num_words": 20, "skip_top": 4}),
    ("imdb", {"maxlen": 6, "oov_char": None, "start_char": None}),
    ("reuters", {}),
    ("reuters", {"num_words": 15, "test_split": 0.3, "index_from": 0, "start_char": None}),
    ("reuters", {"maxlen": 7, "seed": 3}),
]


def make_file(folder: Path, name: str) -> Path:
    """Write a data set of Keras's form with made-up numbers."""
    rng = np.random.default_rng(0)

    def texts(count: int) -> np.ndarray:
        made = np.empty(count, dtype=object)
        made[:] = [rng.integers(1, 30, rng.integers(1, 12)).tolist() for _ in range(count)]
        return made

    x = texts(40) if name == "reuters" else rng.normal(size=(700, 3))
    arrays = {"x": x, "y": rng.integers(0, 5, len(x))}
    if name == "imdb":
        arrays = {
            "x_train": texts(30),
            "y_train": rng.integers(0, 2, 30),
            "x_test": texts(20),
            "y_test": rng.integers(0, 2, 20),
        }
    np.savez(folder / f"{name}.npz", allow_pickle=True, **arrays)
    return folder / f"{name}.npz"


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_load_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, arguments: dict[str, Any]
) -> None:
    path = str(make_file(tmp_path, name))
    theirs = importlib.import_module(f"keras.src.datasets.{name}")
    ours = importlib.import_module(f"tinynet.keras_scripts.datasets.{name}")
    monkeypatch.setattr(theirs, "get_file", lambda *_, **__: path)
    monkeypatch.setattr(files, "get_file", lambda *_, **__: path)
    pairs = zip(theirs.load_data(**arguments), ours.load_data(**arguments), strict=True)
    for expected, given in pairs:
        for one, other in zip(expected, given, strict=True):
            assert one.dtype == other.dtype
            assert one.tolist() == other.tolist()


def test_topics() -> None:
    theirs = importlib.import_module("keras.src.datasets.reuters")
    ours = importlib.import_module("tinynet.keras_scripts.datasets.reuters")
    assert ours.get_label_names() == theirs.get_label_names()
