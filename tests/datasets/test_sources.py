"""Tests of where data sets are found: named folders, the cache, other libraries' copies."""

import dataclasses
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.misbehaving_server import ARRAYS, GZIPPED, PLAIN, idx_bytes, small_dataset
from tests.support.small_data import NAMES, OFFLINE, assert_cached, assert_small, put
from tinynet.datasets import DataError, _sources, fashion_mnist, mnist
from tinynet.datasets._catalog import FASHION_MNIST, KMNIST, MNIST, IDXFile, whose

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
    for expected in [repr(str(tmp_path)), *NAMES]:
        assert expected in str(error.value)
    with pytest.raises(FileNotFoundError, match=r"received 'mnist.npz', which is not a folder"):
        _sources.load(OFFLINE, "mnist.npz")
    put(tmp_path, {NAMES[0]: PLAIN[NAMES[0]], f"{NAMES[2]}.gz": GZIPPED[f"{NAMES[2]}.gz"]})
    with pytest.raises(FileNotFoundError, match=f"but not {NAMES[1]}, {NAMES[3]} "):
        _sources.load(OFFLINE, tmp_path)


def test_path_of_a_wrong_type() -> None:
    with pytest.raises(TypeError, match=r"expected path to be the name of a folder.*received int"):
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


# Names and places that other programs use

KNOWN = dataclasses.replace(
    OFFLINE, torchvision="SMALL", keras="small.npz", openml=4711, labels=(0, 9)
)
X_TRAIN, Y_TRAIN, X_TEST, Y_TEST = ARRAYS.values()
DOTTED = {name.replace("-idx", ".idx"): content for name, content in PLAIN.items()}
DOTTED_GZ = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in DOTTED.items()}


def npz(path: Path, **arrays: np.ndarray) -> Path:
    """Write the file that Keras keeps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {"x_train": X_TRAIN, "y_train": Y_TRAIN, "x_test": X_TEST, "y_test": Y_TEST}
    np.savez_compressed(path, **known | arrays)  # type: ignore[arg-type]
    return path


def arff(path: Path, *, ending: str = "\n") -> Path:
    """Write the file that scikit-learn keeps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["% a comment", "@RELATION small", "@ATTRIBUTE pixel1 real", "@DATA"]
    for images, labels in ((X_TRAIN, Y_TRAIN), (X_TEST, Y_TEST)):
        rows = np.column_stack([images.reshape(len(images), -1), labels]).tolist()
        lines += [",".join(map(str, row)) for row in rows]
    text = (ending.join(lines) + ending).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("files", [DOTTED, DOTTED_GZ], ids=["plain", "gzip"])
@pytest.mark.parametrize("folder", ["", "small", "SMALL/raw", "SMALL", "raw"])
def test_names_with_a_dot_and_the_folders_of_others(
    tmp_path: Path, files: dict[str, bytes], folder: str
) -> None:
    put(tmp_path / folder, files)
    assert_small(_sources.load(KNOWN, tmp_path))


def test_files_in_folders_of_their_own_names(tmp_path: Path) -> None:
    for names in (PLAIN, DOTTED):
        for name, content in names.items():
            put(tmp_path / name, {name: content})
        assert_small(_sources.load(KNOWN, tmp_path))
        shutil.rmtree(tmp_path)


def test_path_is_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = npz(tmp_path / "any name.npz")
    assert_small(_sources.load(KNOWN, file))
    assert_small(_sources.load(KNOWN, str(file)))
    assert_small(_sources.load(KNOWN, arff(tmp_path / "a.arff")))
    assert_small(_sources.load(KNOWN, arff(tmp_path / "a.arff.gz", ending="\r\n")))
    monkeypatch.chdir(tmp_path)
    npz(tmp_path / "small.npz")
    assert_small(_sources.load(KNOWN, "small.npz"))
    assert_small(_sources.load(KNOWN, tmp_path))  # the folder that has it
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path))
    assert_small(_sources.load(KNOWN))


def test_a_zip_of_the_files(tmp_path: Path) -> None:
    for files in (PLAIN, DOTTED, DOTTED_GZ):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for name, content in files.items():
                archive.writestr(f"archive/{name}", content)
        assert_small(_sources.load(KNOWN, tmp_path / "a.zip"))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("mnist_784.arff", "give the path of this file."),
        ("archive.ZIP", "give the path of this file."),
        ("train.csv", "use tinynet.datasets.from_csv."),
        ("a.parquet", "use pandas.read_parquet."),
    ],
)
def test_a_folder_of_another_format(name: str, advice: str, tmp_path: Path) -> None:
    put(tmp_path, {"LICENSE": b"", name: b"label,pixel0\n"})
    hint = re.escape(f"holds none of them. If its {name} holds the data, {advice} ")
    with pytest.raises(FileNotFoundError, match=hint) as refused:
        _sources.load(KNOWN, tmp_path)
    assert str(refused.value).endswith(KNOWN.by_hand)
    if advice.startswith("use"):
        with pytest.raises(DataError, match=f"To read it, {re.escape(advice)}$"):
            _sources.load(KNOWN, tmp_path / name)


def test_an_npz_of_other_integers_and_of_flat_images(tmp_path: Path) -> None:
    file = npz(tmp_path / "a.npz", y_train=Y_TRAIN.astype(int), x_test=X_TEST.reshape(20, 784))
    assert_small(_sources.load(KNOWN, file))


def test_kerass_name_alone_is_any_copy(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`load_data("mnist.npz")` doesn't ask for a file in the working folder, in Keras either."""
    monkeypatch.chdir(tmp_path)
    file = npz(Path.home() / ".keras" / "datasets" / "small.npz")
    assert_small(_sources.load(KNOWN, "small.npz"))
    assert capsys.readouterr().err == f"Small read from {file}.\n"
    put(cache, PLAIN)
    assert_small(_sources.load(KNOWN, "small.npz"))
    assert capsys.readouterr().err == ""
    put(tmp_path / "both", {NAMES[0]: PLAIN[NAMES[0]]})
    npz(tmp_path / "both" / "small.npz")
    assert_small(_sources.load(KNOWN, tmp_path / "both"))  # the archive has what the folder lacks
    for missing in ("other.npz", tmp_path / "small.npz", "folder/small.npz"):
        with pytest.raises(FileNotFoundError, match="is not a folder"):
            _sources.load(KNOWN, missing)


ELSEWHERE: dict[str, Callable[[Path], object]] = {
    ".keras/datasets/small.npz": lambda place: npz(place),
    ".keras/datasets/small.npz/": lambda place: put(place, PLAIN),
    "work/SMALL/raw": lambda place: put(place, PLAIN),
    "work/data/SMALL/raw": lambda place: put(place, GZIPPED),
    "data/SMALL/raw": lambda place: put(place, DOTTED),
    "SMALL/raw": lambda place: put(place, PLAIN),
    "scikit_learn_data/openml/openml.org/data/v1/download/4711.gz": lambda place: arff(place),
    "scikit_learn_data/openml/openml.org/data/v1/download/4711/s.arff.gz": (
        lambda place: arff(place)
    ),
}


@pytest.mark.parametrize(("place", "make"), ELSEWHERE.items(), ids=list(ELSEWHERE))
def test_the_copies_of_other_libraries_are_found_and_named(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
    make: Callable[[Path], object],
) -> None:
    (Path.home() / "work").mkdir()
    monkeypatch.chdir(Path.home() / "work")
    make(Path.home() / place)
    assert_small(_sources.load(KNOWN))
    assert capsys.readouterr().err == f"Small read from {Path.home() / place}.\n"
    assert cache.exists() == ("scikit" in place)  # what is slow to read is kept
    if cache.exists():
        assert_cached(cache)


def test_keras_and_scikit_learn_say_where_their_homes_are(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "sk"))
    file = arff(tmp_path / "sk/openml/openml.org/data/v1/download/4711.arff.gz")
    assert_small(_sources.load(KNOWN))
    assert capsys.readouterr().err == f"Small read from {file}.\n"
    shutil.rmtree(cache)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    file = npz(tmp_path / "keras" / "datasets" / "small.npz")
    assert_small(_sources.load(KNOWN))
    assert capsys.readouterr().err == f"Small read from {file}.\n"


def test_a_wrong_copy_elsewhere_is_passed_over_and_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path.home())
    wrong = npz(Path.home() / ".keras/datasets/small.npz", x_test=X_TEST ^ 1)
    part = put(Path.home() / "SMALL/raw", {NAMES[0]: PLAIN[NAMES[0]]})
    put(Path.home() / "data/SMALL/raw", PLAIN)
    assert_small(_sources.load(KNOWN))
    err = capsys.readouterr().err
    assert f"Skipped a copy of Small: {wrong}: {NAMES[2]}: wrong SHA-256" in err
    assert f"Skipped a copy of Small: {part.relative_to(Path.home())} holds some" in err
    assert f"Small read from {Path.home() / 'data/SMALL/raw'}.\n" in err


def test_the_cache_comes_before_other_libraries_copies(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    npz(Path.home() / ".keras" / "datasets" / "small.npz")
    put(cache, PLAIN)
    assert_small(_sources.load(KNOWN))
    assert capsys.readouterr().err == ""


def test_a_gzip_in_the_cache_becomes_a_plain_file(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(cache, GZIPPED)
    assert_small(_sources.load(KNOWN))
    assert_cached(cache)
    damaged = bytearray(PLAIN[NAMES[0]])
    damaged[-1] ^= 1
    put(cache, {NAMES[0]: bytes(damaged), f"{NAMES[0]}.gz": GZIPPED[f"{NAMES[0]}.gz"]})
    assert_small(_sources.load(KNOWN))  # still checked, and there is a good one beside it
    assert "Damaged file in the cache" in capsys.readouterr().err
    assert_cached(cache)


def test_without_platformdirs_there_is_a_cache_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert _sources.cache_folder() == Path.home() / ".cache" / "tinynet"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            PLAIN[NAMES[0]],
            r"the folder of the four files of Small, found one file\. Give the folder: load_data",
        ),
        (GZIPPED[f"{NAMES[1]}.gz"], "expected the folder of the four files of Small, found one"),
        (b"hello", "expected an archive such as mnist.npz, found b'hell' at its beginning"),
        (b"", "expected an archive such as mnist.npz, found b'' at its beginning"),
        (b"PK\x03\x04 nothing more", "damaged archive: it can't be read"),
        (b"\x1f\x8b\x08\x00", "damaged gzip"),
        (
            gzip.compress(b"@RELATION x\n@DATA\n1,2,3\n", mtime=0),
            r"rows and columns: .*found \(1, 3\)",
        ),
        (b"@RELATION x\n@DATA\n1,cat\n", "expected whole numbers from 0 to 255 after @DATA"),
        (b"@RELATION x\n@DATA\n1,256\n", "expected whole numbers from 0 to 255 after @DATA"),
        (b"@RELATION x\n@DATA\n", "wrong number of rows and columns"),
        (b"% only a comment", "wrong number of rows and columns"),
    ],
)
def test_a_file_that_is_no_archive(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        _sources.load(KNOWN, tmp_path / "file")
    assert str(tmp_path / "file") in str(error.value)


def test_an_npz_with_other_content(tmp_path: Path) -> None:
    for arrays, message in (
        ({"x_test": X_TEST ^ 1}, f"{NAMES[2]}: wrong SHA-256 of the decompressed file: expected"),
        ({"x_test": X_TEST[:3]}, r"wrong shape of x_test: expected \(20, 28, 28\), found \(3,"),
        ({"x_test": np.zeros((99, 28, 28))}, "wrong shape of x_test: .* found more"),
        ({"y_test": Y_TEST - 0.5}, "wrong values of y_test: expected whole numbers from 0 to 255"),
        ({"y_test": Y_TEST.astype(int) - 10}, "wrong values of y_test"),
        ({"y_test": Y_TEST.astype(str)}, "not an array of numbers"),
        ({"y_test": Y_TEST.astype(object)}, "not an array"),
    ):
        file = npz(tmp_path / "a.npz", **arrays)
        with pytest.raises(DataError, match=message) as error:
            _sources.load(KNOWN, file)
        assert str(file) in str(error.value)
    np.savez(tmp_path / "b.npz", x_train=X_TRAIN)
    with pytest.raises(DataError, match="no array y_train: expected x_train, y_train, x_test"):
        _sources.load(KNOWN, tmp_path / "b.npz")


def test_an_npz_that_claims_gigabytes_takes_no_memory(tmp_path: Path) -> None:
    file = npz(tmp_path / "a.npz", x_train=np.broadcast_to(np.uint8(0), (2**28,)))
    tracemalloc.start()
    with pytest.raises(DataError, match="wrong shape of x_train"):
        _sources.load(KNOWN, file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5e6


def test_another_data_sets_file_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = [file.sha256 for file in OFFLINE.files]
    other = dataclasses.replace(OFFLINE, files=tuple(map(unknown, OFFLINE.files)))
    monkeypatch.setattr(_sources, "whose", lambda sha, _: MNIST if sha in digests else None)
    put(tmp_path, PLAIN)
    with pytest.raises(DataError, match=r"this is MNIST's .* Load it by mnist\.load_data\(path"):
        _sources.load(other, tmp_path)


def test_another_data_sets_gzip_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kuzushiji-MNIST's, of which the gzips' checksums are known, not their content's."""
    gzips = [hashlib.sha256(content).hexdigest() for content in GZIPPED.values()]
    monkeypatch.setattr(_sources, "whose", lambda _, sha: KMNIST if sha in gzips else None)
    files = [dataclasses.replace(file, sha256="0" * 64) for file in OFFLINE.files]
    put(tmp_path, GZIPPED)
    with pytest.raises(DataError, match=r"Kuzushiji-MNIST's .* Load it by kmnist\.load_data"):
        _sources.load(dataclasses.replace(OFFLINE, files=tuple(files)), tmp_path)


def test_whose_files_are_known() -> None:
    for dataset in (MNIST, FASHION_MNIST, KMNIST):
        for file in dataset.files:
            assert whose(file.sha256 or "", file.gzip_sha256) is dataset
    assert whose("0" * 64) is None


def unknown(file: IDXFile) -> IDXFile:
    """Return a file of which no checksum is known."""
    return dataclasses.replace(file, sha256=None)


def test_files_without_a_checksum_are_read_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = dataclasses.replace(OFFLINE, files=tuple(map(unknown, OFFLINE.files)))
    put(tmp_path, PLAIN)
    assert_small(_sources.load(dataset, tmp_path))
    assert capsys.readouterr().err == (
        f"Small read from {tmp_path}. No checksum of these files is published: shapes and labels "
        f"are right, the images can't be checked.\n"
    )
    dataset = dataclasses.replace(dataset, labels=(1, 9))
    with pytest.raises(DataError, match=r"wrong label: expected 1 to 9, found 0 at \["):
        _sources.load(dataset, tmp_path)


def test_files_whose_gzip_alone_has_a_checksum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As Kuzushiji-MNIST: the gzip is checked and preferred, the plain file can't be."""

    def by_gzip(file: IDXFile) -> IDXFile:
        digest = hashlib.sha256(GZIPPED[f"{file.name}.gz"]).hexdigest()
        return dataclasses.replace(file, sha256=None, gzip_sha256=digest)

    dataset = dataclasses.replace(OFFLINE, files=tuple(map(by_gzip, OFFLINE.files)))
    put(tmp_path, GZIPPED | dict.fromkeys(PLAIN, b"not looked at"))
    assert_small(_sources.load(dataset, tmp_path))
    assert capsys.readouterr().err == ""
    put(tmp_path, {f"{NAMES[0]}.gz": gzip.compress(PLAIN[NAMES[0]], 1)})
    with pytest.raises(DataError, match=r"wrong SHA-256 of the gzip: expected .*kmnist"):
        _sources.load(dataset, tmp_path)
    shutil.rmtree(tmp_path)
    put(tmp_path, PLAIN)
    assert_small(_sources.load(dataset, tmp_path))
    assert "No checksum of these files" in capsys.readouterr().err


# The real data sets


def test_the_real_data_sets_have_mirrors_and_distinct_folders() -> None:
    for dataset in (MNIST, FASHION_MNIST):
        assert len(set(dataset.mirrors)) >= 3
        assert all(mirror.endswith("/") for mirror in dataset.mirrors)
        assert [file.name for file in dataset.files] == NAMES
        assert all(re.fullmatch("[0-9a-f]{64}", file.sha256 or "") for file in dataset.files)
    assert MNIST.folder == "mnist"
    assert FASHION_MNIST.folder == "fashion_mnist"


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
    assert np.std(flat) == pytest.approx(78.56748998339798, rel=1e-14, abs=0)
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
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert result.stdout.strip() == "[]"
