"""Tests of EMNIST: upright images, classes from 0, NIST's archive, and what can be checked."""

import dataclasses
import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.support import misbehaving_server as behave
from tests.support.misbehaving_server import MisbehavingServer, idx_bytes
from tests.support.small_data import put
from tinynet.datasets import DataError, DownloadError, _download, emnist
from tinynet.datasets._catalog import EMNIST, Archive, IDXDataset, IDXFile

RNG = np.random.default_rng(0)
SUBSETS = {"balanced": (0, 46), "letters": (1, 26), "digits": (0, 9)}
ARRAYS = {
    f"emnist-{subset}-{split}-{kind}": RNG.integers(0, 256, (n, 28, 28), np.uint8)
    if kind.startswith("images")
    else RNG.integers(lowest, highest + 1, n, np.uint8)
    for subset, (lowest, highest) in SUBSETS.items()
    for split, n in (("train", 60), ("test", 10))
    for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
}
FILES = {name: idx_bytes(values) for name, values in ARRAYS.items()}


def archive() -> bytes:
    """Return an archive of the form of NIST's."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("gzip/", b"")
        for name, values in FILES.items():
            file.writestr(f"gzip/{name}.gz", gzip.compress(values))
        file.writestr("gzip/emnist-balanced-mapping.txt", "0 48")
    return content.getvalue()


ARCHIVE = archive()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the subsets be small ones, with an archive of their own."""
    known = Archive("gzip.zip", len(ARCHIVE), hashlib.md5(ARCHIVE).hexdigest())
    for subset, dataset in list(EMNIST.items()):
        files = [IDXFile(file.name, ARRAYS[file.name].shape) for file in dataset.files]
        changed = dataclasses.replace(dataset, files=tuple(files), archive=known)
        monkeypatch.setitem(EMNIST, subset, changed)


def check(subset: str, path: Path | None = None) -> None:
    """Load a subset and compare it with what was made."""
    train, test = emnist.load_data(subset, path)
    lowest, highest = SUBSETS[subset]
    for split, (images, labels) in (("train", train), ("test", test)):
        stored = ARRAYS[f"emnist-{subset}-{split}-images-idx3-ubyte"]
        np.testing.assert_array_equal(images[3, 5, 7], stored[3, 7, 5])
        np.testing.assert_array_equal(images, np.swapaxes(stored, 1, 2), strict=True)
        assert images.flags.c_contiguous
        assert images.flags.writeable
        counted = ARRAYS[f"emnist-{subset}-{split}-labels-idx1-ubyte"]
        np.testing.assert_array_equal(labels, counted - lowest, strict=True)
        assert labels.max() < len(emnist.CLASS_NAMES[subset]) == highest - lowest + 1


@pytest.mark.parametrize("subset", SUBSETS)
@pytest.mark.parametrize("folder", ["", "emnist", "EMNIST/raw", "gzip", "raw"])
def test_files_in_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subset: str, folder: str
) -> None:
    put(tmp_path / folder, FILES)
    check(subset, tmp_path)
    assert "No checksum of these files is published" in capsys.readouterr().err
    put(tmp_path / folder, {f"{name}.gz": gzip.compress(FILES[name]) for name in FILES})
    for name in FILES:
        (tmp_path / folder / name).unlink()
    check(subset, tmp_path)


@pytest.mark.parametrize("subset", SUBSETS)
def test_the_archive_as_it_is(tmp_path: Path, subset: str) -> None:
    put(tmp_path, {"gzip.zip": ARCHIVE, "other.zip": ARCHIVE})
    check(subset, tmp_path)
    check(subset, tmp_path / "other.zip")


def test_torchvisions_copy_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path.home())
    put(Path.home() / "data/EMNIST/raw", FILES)
    check("letters")


def test_the_archive_is_downloaded_once_for_all_subsets(
    cache: Path, server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(behave.GZIPPED, "gzip.zip", ARCHIVE)
    mirrors = server.mirror(behave.not_found), server.mirror(behave.good)
    give_mirrors(monkeypatch, *mirrors)
    for subset in SUBSETS:
        check(subset)
    assert server.downloads(behave.good) == ["gzip.zip"]
    found = {path.name for path in (cache.parent / "emnist").iterdir()}
    assert found == {f"{name}.gz" for name in FILES}


def test_another_archive_isnt_kept(
    cache: Path, server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(behave.GZIPPED, "gzip.zip", ARCHIVE[:-1] + b"x")
    give_mirrors(monkeypatch, server.mirror(behave.good))
    with pytest.raises(DownloadError, match=r"wrong MD5: expected .* found") as error:
        emnist.load_data()
    assert "put emnist-balanced-train-images-idx3-ubyte" in str(error.value)
    assert "or gzip.zip, into a folder" in str(error.value)
    assert list((cache.parent / "emnist").iterdir()) == []


def give_mirrors(monkeypatch: pytest.MonkeyPatch, *mirrors: str) -> None:
    monkeypatch.setattr(_download, "ANSWER_SECONDS", 10.0)
    for subset, dataset in list(EMNIST.items()):
        monkeypatch.setitem(EMNIST, subset, dataclasses.replace(dataset, mirrors=mirrors))


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Unknown subset 'letter'\. Did you mean 'letters'\?"):
        emnist.load_data("letter")
    with pytest.raises(TypeError, match="subset must be a name"):
        emnist.load_data(3)  # type: ignore[arg-type]
    name = "emnist-letters-test-labels-idx1-ubyte"
    put(tmp_path, FILES | {name: idx_bytes(ARRAYS[name] - 1)})
    with pytest.raises(DataError, match=r"wrong label: expected 1 to 26, found 0 at \["):
        emnist.load_data("letters", tmp_path)
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(ARCHIVE[:1000] + b"xxxx" + ARCHIVE[1004:])
    with pytest.raises(DataError, match="damaged"):
        emnist.load_data("balanced", damaged)


def test_the_published_sizes() -> None:
    """Table II of the paper, and the class counts that NIST's page gives."""
    from tinynet.datasets._catalog import _emnist

    expected = {"balanced": (112_800, 18_800), "letters": (124_800, 20_800)}
    expected["digits"] = (240_000, 40_000)
    for subset, sizes in expected.items():
        dataset: IDXDataset = _emnist(subset)
        assert [file.shape for file in dataset.files] == [
            *((sizes[0], 28, 28), (sizes[0],), (sizes[1], 28, 28), (sizes[1],))
        ]
        lowest, highest = dataset.labels
        assert sizes[0] % (highest - lowest + 1) == 0
