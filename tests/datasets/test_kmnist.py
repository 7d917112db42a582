"""Kuzushiji-MNIST: found by its files, and not mistaken for MNIST."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.support.misbehaving_server import idx_bytes
from tests.support.small_data import NAMES, put
from tinynet.datasets import DataError, kmnist, mnist
from tinynet.datasets._catalog import KMNIST


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Files of the right shapes, with other content."""
    rng = np.random.default_rng(0)
    return {
        file.name: idx_bytes(
            rng.integers(0, 10, file.shape, np.uint8)
            if len(file.shape) == 1
            else np.zeros(file.shape, np.uint8)
        )
        for file in KMNIST.files
    }


@pytest.mark.parametrize("folder", ["", "kmnist", "KMNIST/raw"])
def test_decompressed_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], folder: str
) -> None:
    put(tmp_path / folder, files)
    (x_train, y_train), (x_test, y_test) = kmnist.load_data(tmp_path)
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert idx_bytes(y_train) == files[NAMES[1]]
    assert idx_bytes(y_test) == files[NAMES[3]]
    assert len(kmnist.CLASS_NAMES) == 10
    err = capsys.readouterr().err
    assert err.startswith(f"Kuzushiji-MNIST read from {tmp_path / folder}. No checksum")


def test_a_gzip_is_checked(tmp_path: Path, files: dict[str, bytes]) -> None:
    name = f"{NAMES[3]}.gz"
    put(tmp_path, files | {name: gzip.compress(files[NAMES[3]])})
    with pytest.raises(DataError, match="wrong SHA-256 of the gzip: expected 20bb9a0e"):
        kmnist.load_data(tmp_path)


def test_loaded_as_mnist_the_error_says_whose_files_have_these_names(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    put(tmp_path, files)
    with pytest.raises(DataError, match=r"files of the same names.*mnist, fashion_mnist or kmnist"):
        mnist.load_data(tmp_path)
