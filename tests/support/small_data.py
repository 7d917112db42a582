"""Small data sets in folders, for the tests of what is read from there."""

from pathlib import Path

import numpy as np

from tests.support.misbehaving_server import ARRAYS, small_dataset
from tinynet.datasets import _sources
from tinynet.datasets._idx import read_idx

NAMES = list(ARRAYS)
OFFLINE = small_dataset("http://no-such-host.invalid/")


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def assert_small(arrays: _sources.Arrays) -> None:
    (x_train, y_train), (x_test, y_test) = arrays
    for values, name in zip((x_train, y_train, x_test, y_test), NAMES, strict=True):
        np.testing.assert_array_equal(values, ARRAYS[name], strict=True)
        assert values.flags.owndata
        assert values.flags.writeable


def assert_cached(cache: Path) -> None:
    """The cache has the four files, all of them right, and nothing else."""
    found = {path.name: read_idx(path).tolist() for path in cache.iterdir()}
    assert found == {name: values.tolist() for name, values in ARRAYS.items()}
