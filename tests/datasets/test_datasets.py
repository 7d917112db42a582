"""Tests of tinynet.datasets: the IDX reader, the places that data comes from, the toys."""

import contextlib
import gzip
import hashlib
import math
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.support import misbehaving_server as behave
from tests.support.misbehaving_server import (
    ARRAYS,
    GZIPPED,
    PLAIN,
    MisbehavingServer,
    idx_bytes,
    small_dataset,
)
from tinynet.datasets import (
    DataError,
    DownloadError,
    circles,
    fashion_mnist,
    mnist,
    moons,
    sources,
    spirals,
)
from tinynet.datasets.idx import read_idx

NAMES = list(ARRAYS)


# The IDX reader


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file-idx"
    path.write_bytes(content)
    return path


IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
IMAGES_IDX = idx_bytes(IMAGES)


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("shape", [(1,), (7,), (5, 3), (2, 3, 4), (2, 1, 3, 2)])
def test_reads_what_the_format_says(
    tmp_path: Path, shape: tuple[int, ...], compress: Callable[[bytes], bytes]
) -> None:
    values = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    content = idx_bytes(values)
    result = read_idx(
        write(tmp_path, compress(content)), shape=shape, sha256=hashlib.sha256(content).hexdigest()
    )
    np.testing.assert_array_equal(result, values, strict=True)
    assert result.flags.owndata
    assert result.flags.writeable
    assert result.flags.c_contiguous


def test_reads_bytes_written_down_by_hand(tmp_path: Path) -> None:
    """Two images of 1 by 2 pixels, from the description of the format."""
    content = bytes.fromhex("00 00 08 03  00000002 00000001 00000002  00 ff 01 80")
    result = read_idx(write(tmp_path, content))
    assert result.tolist() == [[[0, 255]], [[1, 128]]]


def test_reads_values_that_cross_chunks(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, 3 * 2**18 + 5, np.uint8)
    for content in (idx_bytes(values), gzip.compress(idx_bytes(values), 1)):
        np.testing.assert_array_equal(read_idx(write(tmp_path, content)), values)


def test_reads_a_gzip_of_several_members(tmp_path: Path) -> None:
    content = b"".join(gzip.compress(IMAGES_IDX[i : i + 9]) for i in range(0, 40, 9))
    np.testing.assert_array_equal(read_idx(write(tmp_path, content)), IMAGES)


GZIP = gzip.compress(IMAGES_IDX, mtime=0)
REFUSALS = {
    "empty": (b"", "truncated: expected 4 bytes of the magic number, found 0"),
    "half a magic number": (IMAGES_IDX[:2], "expected 4 bytes of the magic number, found 2"),
    "web page": (b"<!DOCTYPE html>", "wrong magic number: .* found 0x3c21444f .*web page"),
    "zip archive": (b"PK\x03\x04" + bytes(50), "wrong magic number: .* found 0x504b0304"),
    "signed bytes": (b"\0\0\x09\x03" + IMAGES_IDX[4:], "found 0x00000903"),
    "no dimensions": (b"\0\0\x08\x00", "found 0x00000800"),
    "255 dimensions": (b"\0\0\x08\xff" + bytes(1020), "found 0x000008ff"),
    "little-endian": (b"\x03\x08\0\0" + IMAGES_IDX[4:], "found 0x03080000"),
    "truncated counts": (IMAGES_IDX[:15], "expected 12 bytes of the counts, found 11"),
    "a zero count": (
        struct.pack(">4I", 0x803, 0, 2**32 - 1, 2**32 - 1),
        r"wrong counts: expected at least 1 each, found \(0, 4294967295, 4294967295\)",
    ),
    "a terabyte": (
        struct.pack(">4I", 0x803, 10**6, 1000, 1000) + bytes(100),
        r"wrong counts: expected at most 1073741824 values, found \(1000000, 1000, 1000\)",
    ),
    "2**128 values": (
        struct.pack(">5I", 0x804, *[2**32 - 1] * 4),
        "wrong counts: expected at most 1073741824 values",
    ),
    "a claim of 1 GiB": (
        struct.pack(">4I", 0x803, 1024, 1024, 1024) + bytes(100),
        "truncated: expected 1073741824 values, found room for at most 116",
    ),
    "a claim of 1 GiB, gzipped": (
        gzip.compress(struct.pack(">4I", 0x803, 1024, 1024, 1024), mtime=0),
        "truncated: expected 1073741824 values, found room for at most [23][0-9]{4}",
    ),
    "one value short": (IMAGES_IDX[:-1], "truncated: expected 24 values, found 23"),
    "one value short, gzipped": (
        gzip.compress(IMAGES_IDX[:-1]),
        "truncated: expected 24 values, found 23",
    ),
    "one byte too many": (IMAGES_IDX + b"\0", "trailing bytes: .* end after 24 values"),
    "one byte too many, gzipped": (gzip.compress(IMAGES_IDX + b"\0"), "trailing bytes"),
    "gzip without its end": (GZIP[:-1], "truncated gzip: .* after 55 bytes"),
    "half a gzip": (GZIP[: len(GZIP) // 2], "truncated gzip"),
    "first bytes of a gzip": (GZIP[:2], "truncated gzip"),
    "gzip with a wrong checksum": (GZIP[:-8] + bytes(4) + GZIP[-4:], "damaged gzip"),
    "gzip with a wrong length": (GZIP[:-4] + bytes(4), "damaged gzip"),
    "gzip with damaged data": (GZIP[:12] + b"\xff\xff\xff" + GZIP[15:], "damaged gzip"),
    "gzip by an unknown method": (b"\x1f\x8b\x07" + GZIP[3:], "damaged gzip"),
    "gzip followed by something": (GZIP + b"something", "damaged gzip"),
}


@pytest.mark.parametrize(("content", "message"), REFUSALS.values(), ids=list(REFUSALS))
def test_refuses_and_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=message) as refusal:
        read_idx(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 3, 5), r"wrong counts: expected \(2, 3, 5\), found \(2, 3, 4\)"),
        ((24,), "wrong magic number: expected 0x00000801, found 0x00000803"),
    ],
)
def test_refuses_another_shape(tmp_path: Path, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_idx(write(tmp_path, IMAGES_IDX), shape=shape)


def test_refuses_another_sha256(tmp_path: Path) -> None:
    right = hashlib.sha256(IMAGES_IDX).hexdigest()
    wrong = hashlib.sha256(b"").hexdigest()
    with pytest.raises(DataError, match=f"SHA-256 .* expected {wrong}, found {right}"):
        read_idx(write(tmp_path, GZIP), sha256=wrong)


def test_refuses_a_file_larger_than_any_gzip_of_the_data(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"") * 4000 + GZIP)
    np.testing.assert_array_equal(read_idx(path), IMAGES)
    with pytest.raises(DataError, match="too large: expected at most 65563 bytes, found 80056"):
        read_idx(path, shape=IMAGES.shape)


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read_idx(tmp_path / "no-such-file")


def peak_memory(function: Callable[[Path], object], path: Path) -> int:
    tracemalloc.start()
    try:
        function(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_takes_the_memory_of_the_array_and_little_more(tmp_path: Path) -> None:
    values = np.zeros(32 * 2**20, np.uint8)
    for content in (idx_bytes(values), gzip.compress(idx_bytes(values), 1)):
        path = write(tmp_path, content)
        assert peak_memory(read_idx, path) < values.nbytes + 3 * 2**20


def refuse(path: Path) -> None:
    with pytest.raises(DataError):
        read_idx(path)


def test_bombs_take_no_memory(tmp_path: Path) -> None:
    tebibyte = struct.pack(">4I", 0x803, 2**20, 2**10, 2**10) + bytes(1000)
    gibibyte = struct.pack(">4I", 0x803, 2**10, 2**10, 2**10) + bytes(1000)
    bomb = gzip.compress(struct.pack(">2I", 0x801, 10) + bytes(64 * 2**20), 1)
    for content in (tebibyte, gzip.compress(tebibyte), gibibyte, gzip.compress(gibibyte), bomb):
        path = write(tmp_path, content)
        assert peak_memory(refuse, path) < 2**20


# A fuzz of the reader: valid files, bent in the ways in which files get bent


@st.composite
def bent(draw: st.DrawFn, content: bytes) -> bytes:
    """Damage bytes, cut them off, put others in, or repeat some."""
    for _ in range(draw(st.integers(0, 3))):
        i = draw(st.integers(0, len(content)))
        j = draw(st.integers(i, min(len(content), i + 8)))
        middle = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"", content[:i], content[i:], b"\xff\xff\xff\xff", bytes(4)]),
            )
        )
        end = draw(st.sampled_from([content[j:], b""]))
        content = content[:i] + middle + end
    return content


@st.composite
def nearly_idx(draw: st.DrawFn) -> bytes:
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    values = draw(st.binary(min_size=math.prod(shape), max_size=math.prod(shape)))
    content = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + values
    content = draw(bent(content))
    if draw(st.booleans()):
        content = draw(bent(gzip.compress(content, draw(st.sampled_from([0, 1, 9])), mtime=0)))
    return content


@given(content=nearly_idx(), shape=st.none() | st.tuples(st.integers(1, 5), st.integers(1, 5)))
@example(content=b"\x1f\x8b\x08\x04" + bytes(6) + b"\xff\xff", shape=None)
@example(content=b"\x1f\x8b\x08\x08" + b"name without an end", shape=None)
@example(content=gzip.compress(b"") * 3, shape=None)
@example(content=GZIP + bytes(20), shape=None)
def test_fuzz_reads_exactly_what_is_there_or_refuses(
    content: bytes, shape: tuple[int, ...] | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), content)
        try:
            values = read_idx(path, shape=shape)
        except DataError:
            return
        assert shape in (None, values.shape)
        plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        assert idx_bytes(values) == plain


# The places where the data comes from


@pytest.fixture(autouse=True)
def no_data_but_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINYNET_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's folder for the small data set, in place of the user's; not there yet."""
    folder = tmp_path / "home" / "cache"
    monkeypatch.setattr(sources, "cache_folder", lambda: folder)
    return folder / "small"


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as running:
        yield running


def assert_small(arrays: sources.Arrays) -> None:
    (x_train, y_train), (x_test, y_test) = arrays
    for values, name in zip((x_train, y_train, x_test, y_test), NAMES, strict=True):
        np.testing.assert_array_equal(values, ARRAYS[name], strict=True)
        assert values.flags.owndata
        assert values.flags.writeable


def assert_cached(cache: Path) -> None:
    """The cache has the four files, all of them right, and nothing else."""
    found = {path.name: read_idx(path).tolist() for path in cache.iterdir()}
    assert found == {f"{name}.gz": values.tolist() for name, values in ARRAYS.items()}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is Linux's")
def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert sources.cache_folder() == tmp_path / "tinynet"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sources.cache_folder() == tmp_path / ".cache" / "tinynet"


OFFLINE = small_dataset("http://no-such-host.invalid/")


@pytest.mark.parametrize("files", [PLAIN, GZIPPED], ids=["plain", "gzip"])
@pytest.mark.parametrize("subfolder", ["", "small"])
def test_path_with_and_without_the_subfolder(
    tmp_path: Path, files: dict[str, bytes], subfolder: str
) -> None:
    put(tmp_path / subfolder, files)
    assert_small(sources.load(OFFLINE, tmp_path))
    assert_small(sources.load(OFFLINE, str(tmp_path)))


def test_a_gzip_under_a_plain_name_and_the_other_way_round(tmp_path: Path) -> None:
    put(tmp_path, {name.removesuffix(".gz"): content for name, content in GZIPPED.items()})
    assert_small(sources.load(OFFLINE, tmp_path))
    shutil.rmtree(tmp_path)
    put(tmp_path, {f"{name}.gz": content for name, content in PLAIN.items()})
    assert_small(sources.load(OFFLINE, tmp_path))


def test_path_comes_before_tinynet_data_and_that_before_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {name: idx_bytes(ARRAYS[name] ^ 1) for name in NAMES}
    put(cache, PLAIN)
    assert_small(sources.load(OFFLINE))

    data = put(tmp_path / "data" / "small", wrong).parent
    monkeypatch.setenv("TINYNET_DATA", str(data))
    with pytest.raises(DataError, match=re.escape(str(data))):
        sources.load(OFFLINE)

    put(tmp_path / "path", PLAIN)
    assert_small(sources.load(OFFLINE, tmp_path / "path"))
    put(data / "small", PLAIN)
    put(cache, wrong)
    assert_small(sources.load(OFFLINE))


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
        sources.load(dataset, tmp_path if by_path else None)
    assert str(tmp_path / "small" / name) in str(error.value)
    assert f"https://example.org/small/{name}.gz" in str(error.value)


def test_path_that_lacks_the_files(tmp_path: Path, cache: Path) -> None:
    put(cache, PLAIN)
    with pytest.raises(FileNotFoundError, match="which holds none of them") as error:
        sources.load(OFFLINE, tmp_path)
    for expected in [str(tmp_path), *NAMES]:
        assert expected in str(error.value)
    with pytest.raises(FileNotFoundError, match=r"received 'mnist.npz', which is not a folder"):
        sources.load(OFFLINE, "mnist.npz")
    put(tmp_path, {NAMES[0]: PLAIN[NAMES[0]], f"{NAMES[2]}.gz": GZIPPED[f"{NAMES[2]}.gz"]})
    with pytest.raises(FileNotFoundError, match=f"but not {NAMES[1]}, {NAMES[3]} "):
        sources.load(OFFLINE, tmp_path)


def test_path_of_a_wrong_type() -> None:
    with pytest.raises(TypeError, match=r"expected path to be the name of a folder.*received int"):
        sources.load(OFFLINE, 3)  # type: ignore[arg-type]


def test_tinynet_data_without_this_data_set_goes_on_and_says_so(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(cache, PLAIN)
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path))
    assert_small(sources.load(OFFLINE))
    assert capsys.readouterr().err == f"No Small in {tmp_path / 'small'} (TINYNET_DATA).\n"


def test_tinynet_data_with_a_part_of_the_files_or_no_folder_is_an_error(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache, PLAIN)
    put(tmp_path / "small", {NAMES[0]: PLAIN[NAMES[0]]})
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"but not {NAMES[1]}, {NAMES[2]}, {NAMES[3]}"):
        sources.load(OFFLINE)
    monkeypatch.setenv("TINYNET_DATA", str(tmp_path / "typo"))
    with pytest.raises(FileNotFoundError, match=r"TINYNET_DATA is set to .*typo.* not a folder"):
        sources.load(OFFLINE)
    monkeypatch.setenv("TINYNET_DATA", "")
    assert_small(sources.load(OFFLINE))


# Downloads, from a server that misbehaves


def test_downloads_once_then_loads_from_the_cache(
    server: MisbehavingServer, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = small_dataset(server.mirror(behave.good))
    assert_small(sources.load(dataset))
    assert_cached(cache)
    assert server.downloads(behave.good) == [f"{name}.gz" for name in NAMES]
    err = capsys.readouterr().err
    assert f"Downloading {dataset.mirrors[0]}{NAMES[0]}.gz" in err
    assert "100%" in err  # the progress bar

    assert_small(sources.load(dataset))
    assert len(server.log) == 5  # nothing new: one HEAD and four GETs
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "behaviour",
    [
        behave.good_without_length,
        behave.good_but_decompressed,
        behave.good_with_content_encoding,
        behave.redirect,
        behave.slow,
    ],
)
def test_unusual_but_right_mirrors(
    server: MisbehavingServer, cache: Path, behaviour: Callable[[behave.Request], None]
) -> None:
    assert_small(sources.load(small_dataset(server.mirror(behaviour))))
    assert_cached(cache)


BAD_MIRRORS = {
    behave.not_found: "HTTP status 404",
    behave.unavailable: "HTTP status 503",
    behave.web_page: "wrong magic number: expected 0x00000803, found 0x3c21444f .*web page",
    behave.other_data: "wrong SHA-256 of the decompressed file: expected .* found",
    behave.other_file: "wrong magic number: expected 0x00000803, found 0x00000801",
    behave.empty: "truncated: expected 4 bytes of the magic number, found 0",
    behave.cut_off: "IncompleteRead",
    behave.cut_off_unnoticed: "truncated gzip: .* ends too early",
    behave.stall: "timed out",
    behave.silent: "no answer within 2 seconds",
    behave.drip: "too slow: it sent less than 65536 bytes in 2 s",
    behave.endless: "too large: it sent more than",
    behave.redirect_in_circles: "redirects",
    behave.redirect_to_nonsense: "Failed to parse|Invalid",
    behave.hang_up: "closed connection without response",
    behave.babble: "HTTP",
    behave.nonsense_length: "invalid",
    behave.huge_length: "cannot fit 'int'|header",
    behave.broken_encoding: "header",
}


def down() -> str:
    """The address of a mirror where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(sources, "PAUSE_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("behaviour", "reason"), BAD_MIRRORS.items(), ids=[b.__name__ for b in BAD_MIRRORS]
)
def test_a_bad_mirror_is_passed_over_or_named_in_the_error(
    server: MisbehavingServer,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
    behaviour: Callable[[behave.Request], None],
    reason: str,
) -> None:
    bad = server.mirror(behaviour)
    with pytest.raises(DownloadError) as error:
        sources.load(small_dataset(bad))
    assert isinstance(error.value, OSError)
    _, failure, advice = str(error.value).split("\n")
    assert re.fullmatch(f"  {bad}: .*({reason}).*", failure)
    assert failure.isprintable()
    assert "load_data(path=" in advice
    assert "TINYNET_DATA" in advice
    assert all(name in advice for name in NAMES)
    assert list(cache.iterdir()) == []

    capsys.readouterr()
    assert_small(sources.load(small_dataset(bad, server.mirror(behave.good))))
    assert_cached(cache)
    # Having failed once, it isn't asked for the other files.
    assert capsys.readouterr().err.count(f"Downloading {bad}") <= 1


def test_no_mirror_answers(cache: Path) -> None:
    mirrors = [down(), down(), "http://no-such-host.invalid/"]
    with pytest.raises(DownloadError) as error:
        sources.load(small_dataset(*mirrors))
    _, *failures, _ = str(error.value).split("\n")
    assert [failure.split()[0] for failure in failures] == [f"{mirror}:" for mirror in mirrors]
    assert "Connection refused" in failures[0]
    assert list(cache.iterdir()) == []


def test_what_one_mirror_lacks_comes_from_another(server: MisbehavingServer, cache: Path) -> None:
    """The first serves labels only, the second images only."""

    def labels_only(request: behave.Request) -> None:
        (behave.good if "labels" in request.file else behave.not_found)(request)

    def images_only(request: behave.Request) -> None:
        (behave.good if "images" in request.file else behave.web_page)(request)

    assert_small(
        sources.load(small_dataset(server.mirror(labels_only), server.mirror(images_only)))
    )
    assert_cached(cache)


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    server: MisbehavingServer, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{NAMES[2]}.gz"
    put(cache, GZIPPED | {name: GZIPPED[name][:-100]})
    with pytest.raises(DownloadError):
        sources.load(small_dataset(server.mirror(behave.not_found)))
    assert not (cache / name).exists()

    put(cache, {name: GZIPPED[name][:-100]})
    capsys.readouterr()
    assert_small(sources.load(small_dataset(server.mirror(behave.good))))
    assert_cached(cache)
    assert server.downloads(behave.good) == [name]
    err = capsys.readouterr().err
    assert f"Damaged file in the cache, to be downloaded again: {cache / name}: truncated" in err


def load_in_another_process(cache: Path, mirror: str) -> subprocess.Popen[str]:
    script = (
        "import sys, pathlib; from tinynet.datasets import sources\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from tests.support.misbehaving_server import small_dataset\n"
        "sources.cache_folder = lambda: pathlib.Path(sys.argv[1])\n"
        "(x, y), _ = sources.load(small_dataset(sys.argv[2]))\n"
        "print(x.sum(), y.sum())\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, str(cache.parent), mirror, str(ROOT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_download_at_once(server: MisbehavingServer, cache: Path) -> None:
    both = threading.Barrier(2, timeout=60)

    def wait_for_each_other(request: behave.Request) -> None:
        both.wait()
        behave.good(request)

    mirror = server.mirror(wait_for_each_other)
    processes = [load_in_another_process(cache, mirror) for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.split() == [str(ARRAYS[NAMES[0]].sum()), str(ARRAYS[NAMES[1]].sum())]
    assert len(server.downloads(wait_for_each_other)) == 8
    assert_cached(cache)


def test_a_process_killed_in_a_download_leaves_nothing(
    server: MisbehavingServer, cache: Path
) -> None:
    halfway = threading.Event()

    def stop_halfway(request: behave.Request) -> None:
        behave.cut_off(request)
        halfway.set()
        request.server.closing.wait()

    process = load_in_another_process(cache, server.mirror(stop_halfway))
    assert halfway.wait(timeout=60)
    process.kill()
    process.communicate()
    assert list(cache.iterdir()) == []


# A cache that can't be written


@contextlib.contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Make a folder read-only; as root, whom that doesn't stop, be nobody for the time."""
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def assert_explains_an_unwritable_cache(error: BaseException, cache: Path, reason: str) -> None:
    assert f"Can't write Small to the cache folder {cache}: {reason}." in str(error)
    assert "load_data(path=" in str(error)
    assert "TINYNET_DATA" in str(error)
    assert all(name in str(error) for name in NAMES)


def test_read_only_cache(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch  # noqa: F401  (whom `unwritable` makes us be may not read the folder it is in)

    dataset = small_dataset(server.mirror(behave.good))
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which is closed to nobody
        monkeypatch.setattr(sources, "cache_folder", lambda: Path(name))
        Path(name, "small").mkdir()
        Path(name).chmod(0o755)
        with unwritable(Path(name, "small")), pytest.raises(DownloadError) as error:
            sources.load(dataset)
        assert_explains_an_unwritable_cache(error.value, Path(name, "small"), "Permission denied")
        assert server.log == []  # found out before anything was downloaded

        Path(name, "small").rmdir()
        with unwritable(Path(name)), pytest.raises(DownloadError) as error:
            sources.load(dataset)
        assert_explains_an_unwritable_cache(error.value, Path(name, "small"), "Permission denied")

        put(Path(name, "small"), GZIPPED)
        for path in Path(name, "small").iterdir():
            path.chmod(0o444)
        with unwritable(Path(name, "small")):
            assert_small(sources.load(dataset))  # to read, it need not be writable


def test_cache_folder_that_is_a_file(server: MisbehavingServer, cache: Path) -> None:
    put(cache.parent.parent, {"cache": b"a file"})
    with pytest.raises(DownloadError) as error:
        sources.load(small_dataset(server.mirror(behave.good)))
    assert_explains_an_unwritable_cache(error.value, cache, "Not a directory")
    assert server.log == []


def test_full_disk(server: MisbehavingServer, cache: Path) -> None:
    """A limit on the size of files stops a write halfway, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))  # the images take 94,000 bytes
    try:
        with pytest.raises(DownloadError) as error:
            sources.load(small_dataset(server.mirror(behave.good)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_explains_an_unwritable_cache(error.value, cache, "File too large")
    assert list(cache.iterdir()) == []


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


# The toys

TOYS: list[Callable[..., tuple[np.ndarray, np.ndarray]]] = [spirals, moons, circles]
each_toy = pytest.mark.parametrize("toy", TOYS, ids=["spirals", "moons", "circles"])


@each_toy
@pytest.mark.parametrize("n_samples", [3, 100, 101])
def test_toys_have_the_promised_form(
    toy: Callable[..., tuple[np.ndarray, np.ndarray]], n_samples: int
) -> None:
    x, y = toy(n_samples)
    assert x.shape == (n_samples, 2)
    assert x.dtype == np.float32
    assert y.shape == (n_samples,)
    assert y.dtype == np.int64
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    assert counts[0] == counts.max()


@each_toy
def test_toys_are_seeded_and_shuffled(toy: Callable[..., tuple[np.ndarray, np.ndarray]]) -> None:
    x, y = toy(200, seed=5)
    again_x, again_y = toy(200, seed=5)
    np.testing.assert_array_equal(x, again_x)
    np.testing.assert_array_equal(y, again_y)
    assert not np.array_equal(x, toy(200, seed=6)[0])
    # Every class is in the last tenth, which validation_split=0.1 would take.
    assert set(y[-20:]) == set(y)


@each_toy
def test_toys_noise_has_the_given_standard_deviation(
    toy: Callable[..., tuple[np.ndarray, np.ndarray]],
) -> None:
    clean, noisy = toy(20_000, noise=0.0, seed=3), toy(20_000, noise=0.25, seed=3)
    np.testing.assert_array_equal(clean[1], noisy[1])
    difference = noisy[0] - clean[0]
    np.testing.assert_allclose(difference.std(axis=0), 0.25, rtol=0.03)
    np.testing.assert_allclose(difference.mean(axis=0), 0.0, atol=0.01)


def test_moons_lie_on_their_half_circles() -> None:
    x, y = moons(301, noise=0.0)
    upper, lower = x[y == 0], x[y == 1] - [1, 0.5]
    for half in (upper, lower):
        np.testing.assert_allclose(np.hypot(half[:, 0], half[:, 1]), 1, rtol=1e-6)
    assert upper[:, 1].min() > -1e-6
    assert lower[:, 1].max() < 1e-6
    np.testing.assert_allclose(np.sort(upper[:, 0])[[0, 75, 150]], [-1, 0, 1], atol=1e-6)


def test_circles_lie_on_their_circles() -> None:
    x, y = circles(100, factor=0.3, noise=0.0)
    np.testing.assert_allclose(np.hypot(*x[y == 0].T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*x[y == 1].T), 0.3, rtol=1e-6)
    angles = np.sort(np.arctan2(x[y == 0, 1], x[y == 0, 0]))
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 50, atol=1e-5)


@pytest.mark.parametrize("n_classes", [1, 2, 3, 5])
def test_spirals_lie_on_their_arms(n_classes: int) -> None:
    x, y = spirals(400, n_classes=n_classes, noise=0.0)
    assert set(y) == set(range(n_classes))
    radius = np.hypot(x[:, 0], x[:, 1])
    np.testing.assert_allclose([radius.min(), radius.max()], [0.1, 1], rtol=1e-6)
    # Turned back by its class and its radius, every point lies on the x axis.
    angle = np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * y / n_classes - 1.5 * np.pi * radius
    np.testing.assert_allclose(np.cos(angle), 1, atol=1e-6)


@each_toy
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 1}, ValueError, "n_samples must be at least [23], received 1"),
        ({"n_samples": 10.0}, TypeError, "n_samples must be a whole number, received 10.0"),
        ({"n_samples": "10"}, TypeError, "n_samples must be a whole number, received '10'"),
        ({"noise": -0.1}, ValueError, "noise must be at least 0, received -0.1"),
        ({"noise": math.nan}, ValueError, "noise must be at least 0, received nan"),
        ({"noise": None}, TypeError, "noise must be a number, received None"),
        ({"noise": "0.1"}, TypeError, "noise must be a number, received '0.1'"),
        ({"seed": -1}, ValueError, "seed must be at least 0, received -1"),
        ({"seed": None}, TypeError, "seed must be a whole number, received None"),
    ],
)
def test_toys_refuse_bad_arguments(
    toy: Callable[..., tuple[np.ndarray, np.ndarray]],
    arguments: dict[str, object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        toy(**arguments)


def test_circles_and_spirals_refuse_their_own_bad_arguments() -> None:
    for factor in (1.0, -0.5, 2):
        with pytest.raises(ValueError, match="factor must be at least 0 and below 1, received"):
            circles(factor=factor)
    with pytest.raises(ValueError, match="n_classes must be at least 1, received 0"):
        spirals(n_classes=0)
