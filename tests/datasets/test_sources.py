"""Tests of where data sets are found: named folders, the cache, other libraries' copies."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.misbehaving_server import ARRAYS, GZIPPED, PLAIN, idx_bytes, small_dataset
from tests.support.small_data import NAMES, OFFLINE, assert_small, put
from tinynet.datasets import DataError, _sources, fashion_mnist, mnist

# The places where the data comes from


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is Linux's")
def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert _sources.cache_folder() == tmp_path / "tinynet"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _sources.cache_folder() == tmp_path / ".cache" / "tinynet"


@pytest.mark.parametrize("files", [PLAIN, GZIPPED], ids=["plain", "gzip"])
@pytest.mark.parametrize("subfolder", ["", "small"])
def test_path_with_and_without_the_subfolder(
    tmp_path: Path, files: dict[str, bytes], subfolder: str
) -> None:
    put(tmp_path / subfolder, files)
    assert_small(_sources.load(OFFLINE, tmp_path))
    assert_small(_sources.load(OFFLINE, str(tmp_path)))


def test_a_gzip_under_a_plain_name_and_the_other_way_round(tmp_path: Path) -> None:
    put(tmp_path, {name.removesuffix(".gz"): content for name, content in GZIPPED.items()})
    assert_small(_sources.load(OFFLINE, tmp_path))
    shutil.rmtree(tmp_path)
    put(tmp_path, {f"{name}.gz": content for name, content in PLAIN.items()})
    assert_small(_sources.load(OFFLINE, tmp_path))


def test_path_comes_before_tinynet_data_and_that_before_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {name: idx_bytes(ARRAYS[name] ^ 1) for name in NAMES}
    put(cache, PLAIN)
    assert_small(_sources.load(OFFLINE))

    data = put(tmp_path / "data" / "small", wrong).parent
    monkeypatch.setenv("TINYNET_DATA", str(data))
    with pytest.raises(DataError, match=re.escape(str(data))):
        _sources.load(OFFLINE)

    put(tmp_path / "path", PLAIN)
    assert_small(_sources.load(OFFLINE, tmp_path / "path"))
    put(data / "small", PLAIN)
    put(cache, wrong)
    assert_small(_sources.load(OFFLINE))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (
            lambda content: content[:-1] + b"\x01",
            "wrong SHA-256 .*expected {sha256}, found [0-9a-f]",
        ),
        (lambda content: content[:-1], "truncated: expected 120 values, found 119"),
        (lambda content: gzip.compress(content)[:-1], "truncated gzip"),
        (lambda content: PLAIN["t10k-labels-idx1-ubyte"], "wrong counts"),
        (lambda content: PLAIN["t10k-images-idx3-ubyte"], "wrong magic number"),
    ],
    ids=["pixel", "truncated", "gzip", "counts", "magic"],
)
@pytest.mark.parametrize("by_path", [True, False], ids=["path", "TINYNET_DATA"])
def test_a_damaged_file_in_a_named_folder_is_an_error(
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[bytes], bytes],
    reason: str,
    by_path: bool,
) -> None:
    """Though the cache has a good copy: never on to the next source in silence."""
    name = NAMES[1]
    put(cache, PLAIN)
    put(tmp_path / "small", PLAIN | {name: damage(PLAIN[name])})
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path))
    reason = reason.format(sha256=hashlib.sha256(PLAIN[name]).hexdigest())
    dataset = small_dataset("https://example.org/small/")
    with pytest.raises(DataError, match=reason) as error:
        _sources.load(dataset, tmp_path if by_path else None)
    assert str(tmp_path / "small" / name) in str(error.value)
    assert f"https://example.org/small/{name}.gz" in str(error.value)


def test_path_that_lacks_the_files(tmp_path: Path, cache: Path) -> None:
    put(cache, PLAIN)
    with pytest.raises(FileNotFoundError, match="which holds none of them") as error:
        _sources.load(OFFLINE, tmp_path)
    for expected in [str(tmp_path), *NAMES]:
        assert expected in str(error.value)
    with pytest.raises(FileNotFoundError, match=r"received 'mnist.npz', which is not a folder"):
        _sources.load(OFFLINE, "mnist.npz")
    put(tmp_path, {NAMES[0]: PLAIN[NAMES[0]], f"{NAMES[2]}.gz": GZIPPED[f"{NAMES[2]}.gz"]})
    with pytest.raises(FileNotFoundError, match=f"but not {NAMES[1]}, {NAMES[3]} "):
        _sources.load(OFFLINE, tmp_path)


def test_path_of_a_wrong_type() -> None:
    with pytest.raises(TypeError, match="path must be a name or a path of a file, received 3"):
        _sources.load(OFFLINE, 3)  # type: ignore[arg-type]


def test_tinynet_data_without_this_data_set_goes_on_and_says_so(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(cache, PLAIN)
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path))
    assert_small(_sources.load(OFFLINE))
    assert capsys.readouterr().err == f"No Small in {tmp_path / 'small'} (TINYNET_DATA).\n"


def test_tinynet_data_with_a_part_of_the_files_or_no_folder_is_an_error(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache, PLAIN)
    put(tmp_path / "small", {NAMES[0]: PLAIN[NAMES[0]]})
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"but not {NAMES[1]}, {NAMES[2]}, {NAMES[3]}"):
        _sources.load(OFFLINE)
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path / "typo"))
    with pytest.raises(FileNotFoundError, match=r"TINYNET_DATA is set to .*typo.* not a folder"):
        _sources.load(OFFLINE)
    monkeypatch.setenv("TINYNET_DATA", "")
    assert_small(_sources.load(OFFLINE))


# The real data sets


def test_the_real_data_sets_have_mirrors_and_distinct_folders() -> None:
    for dataset in (mnist.MNIST, fashion_mnist.FASHION_MNIST):
        assert len(set(dataset.mirrors)) >= 3
        assert all(mirror.endswith("/") for mirror in dataset.mirrors)
        assert [file.name for file in dataset.files] == NAMES
        assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in dataset.files)
    assert mnist.MNIST.folder == "mnist"
    assert fashion_mnist.FASHION_MNIST.folder == "fashion_mnist"


def test_load_data_takes_a_folder(tmp_path: Path) -> None:
    for module in (mnist, fashion_mnist):
        put(tmp_path, PLAIN)
        with pytest.raises(DataError, match=r"expected \(60000, 28, 28\), found \(120, 28, 28\)"):
            module.load_data(path=tmp_path)


REAL_DATA = os.environ.get("TINYNET_DATA", "")


@pytest.mark.skipif(
    not Path(REAL_DATA, "mnist").is_dir(), reason="needs MNIST in the folder TINYNET_DATA"
)
def test_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNET_DATA", REAL_DATA)
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert y_train.shape == (60000,)
    assert y_test.shape == (10000,)
    for values in (x_train, y_train, x_test, y_test):
        assert values.dtype == np.uint8
        assert values.flags.owndata
        assert values.flags.writeable
        assert values.flags.c_contiguous
    flat = np.reshape(x_train, (60000, 784))
    assert np.mean(flat) == 33.318421449829934
    assert np.std(flat) == pytest.approx(78.56748998339798, rel=1e-14)
    assert y_train[:3].tolist() == [5, 0, 4]


@pytest.mark.skipif(
    not Path(REAL_DATA, "fashion_mnist").is_dir(),
    reason="needs Fashion-MNIST in the folder TINYNET_DATA",
)
def test_real_fashion_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNET_DATA", REAL_DATA)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert np.bincount(y_train).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10


def test_importing_the_data_sets_loads_numpy_alone() -> None:
    script = (
        "import sys; import numpy.random; before = set(sys.modules); import tinynet.datasets\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names) - {'tinynet'}))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
