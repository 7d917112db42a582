"""Tests of the reader of IDX files: what it reads, what it refuses, and a fuzz."""

import gzip
import hashlib
import math
import os
import struct
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.misbehaving_server import idx_bytes
from tests.support.systems import needs_posix
from tinynet import datasets
from tinynet.datasets import DataError
from tinynet.datasets._idx import read_idx

# The IDX reader


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file-idx"
    path.write_bytes(content)
    return path


IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
IMAGES_IDX = idx_bytes(IMAGES)
TOO_LONG = "File name too long" if os.name == "posix" else ""  # Windows has various words


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
    "no type of the format": (b"\0\0\x0a\x03" + IMAGES_IDX[4:], "found 0x00000a03.*no type.* 0x0a"),
    "6 dimensions": (b"\0\0\x08\x06" + bytes(1020), r"found 0x00000806 \(uint8 in 6 dimensions"),
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
        ((24,), r"wrong magic number: expected .* 01, .*found 0x00000803 \(uint8 in 3 dimensions"),
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
    with pytest.raises(DataError, match="too large: expected at most 65755 bytes, found 80056"):
        read_idx(path, shape=IMAGES.shape)


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read_idx(tmp_path / "no-such-file")


TYPES = {8: "uint8", 9: "int8", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1, 3), (1, 2, 1, 3), (2, 1, 2, 1, 3)])
@pytest.mark.parametrize(("code", "name"), TYPES.items(), ids=TYPES.values())
def test_reads_all_types_in_up_to_five_dimensions(
    tmp_path: Path, code: int, name: str, shape: tuple[int, ...], compress: Callable[[bytes], bytes]
) -> None:
    values = np.random.default_rng(code).normal(0, 100, shape).clip(-128, 127)
    values = (values.clip(0) if name == "uint8" else values).astype(name)
    values.flat[0] = np.finfo(name).max if values.dtype.kind == "f" else np.iinfo(name).max
    big_endian = values.astype(values.dtype.newbyteorder(">")).tobytes()
    content = struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape) + big_endian
    path = write(tmp_path, compress(content))
    sha256 = hashlib.sha256(content).hexdigest()
    for options in ({}, {"dtype": name}, {"shape": shape, "dtype": name, "sha256": sha256}):
        result = datasets.read_idx(path, **options)
        np.testing.assert_array_equal(result, values, strict=True)
        assert result.dtype.isnative
        assert result.flags.writeable
        assert result.flags.owndata


def test_reads_numbers_written_down_by_hand(tmp_path: Path) -> None:
    """-2 as int16, 1.5 as float32: from the description of the format, and IEEE 754."""
    assert read_idx(write(tmp_path, bytes.fromhex("00000b01 00000001 fffe"))).tolist() == [-2]
    assert read_idx(write(tmp_path, bytes.fromhex("00000d01 00000001 3fc00000"))).tolist() == [1.5]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "00000d01 00000001 3fc00000",
            {"dtype": "uint8"},
            r"\(08 uint8\) .* found 0x00000d01 \(float32 in 1 dimen",
        ),
        (
            "00000c01 00000001 00000001",
            {"dtype": "uint8", "shape": (1,)},
            r"expected 0x00000801, found 0x00000c01 \(int32 in 1 dimension\)",
        ),
        (
            "00000f01 00000001 00",
            {},
            r"08 uint8, 09 int8, 0b int16, 0c int32, 0d float32, 0e float6",
        ),
        ("00000e01 00000009 00", {}, "expected 9 values, found room for at most 1"),
        ("00000e02 00010000 00010000", {}, r"at most 134217728 values, found \(65536, 65536\)"),
        ("00000b01 00000002 000100", {}, "expected 2 values, found 1"),
        ("00000b01 00000001 000100", {}, "trailing bytes"),
    ],
)
def test_refuses_another_type_and_says_which(
    tmp_path: Path, content: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_idx(write(tmp_path, bytes.fromhex(content)), **options)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"path": 3}, TypeError, "path must be a name or a path of a file, received 3"),
        ({"path": b"x"}, TypeError, "path must be a name or a path of a file, received b'x'"),
        ({"path": ""}, ValueError, "path must be the name of a file or a folder, received ''"),
        ({"path": "a\0b"}, ValueError, "path must be the name"),
        ({"path": "\ud800"}, ValueError, "path must be the name"),
        ({"path": "x" * 5000}, OSError, f"Can't read xxx.*: {TOO_LONG}"),
        ({"path": "no-such-file"}, FileNotFoundError, "Can't read no-such-file: No such file"),
        ({"path": "."}, IsADirectoryError, "it is a folder, not a file"),
        ({"shape": 3}, TypeError, r"shape must be a tuple such as \(60000, 28, 28\), received 3"),
        ({"shape": (1.5,)}, TypeError, "each size in shape must be a whole number"),
        ({"shape": ()}, ValueError, "shape must have 1 to 5 dimensions, received 0"),
        ({"shape": (1,) * 6}, ValueError, "shape must have 1 to 5 dimensions, received 6"),
        ({"dtype": "int64"}, ValueError, "dtype must be one of uint8, int8, .* received 'int64'"),
        ({"dtype": 1}, ValueError, "dtype must be one of"),
        ({"sha256": "abc"}, ValueError, "64 hexadecimal digits, received 'abc'"),
        ({"sha256": 1}, ValueError, "64 hexadecimal digits, received 1"),
    ],
)
def test_refuses_odd_arguments_in_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        read_idx(**{"path": write(tmp_path, IMAGES_IDX)} | arguments)


@needs_posix
def test_a_pipe_hangs_no_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    pipe = tmp_path / "pipe"
    for read in (read_idx, datasets.from_csv, datasets.from_folder):
        with pytest.raises(OSError, match=r"Can't read .*pipe"):
            read(pipe)
    for module in (datasets.mnist, datasets.kmnist, datasets.fashion_mnist, datasets.emnist):
        with pytest.raises(FileNotFoundError, match=r"pipe', which is not a folder"):
            module.load_data(path=pipe)
    for name in ("train-images-idx3-ubyte", "mnist.npz"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="holds none of them"):
        datasets.mnist.load_data(tmp_path)
    os.mkdir(tmp_path / "class")
    os.mkfifo(tmp_path / "class" / "image.png")
    pytest.importorskip("PIL")
    with pytest.raises(
        OSError, match=r"Can't read .*image.png: it is a pipe, a socket or a device"
    ):
        datasets.from_folder(tmp_path)


@needs_posix
def test_a_device_is_no_file() -> None:
    with pytest.raises(OSError, match="Can't read /dev/zero: it is a pipe, a socket or a device"):
        read_idx("/dev/zero")


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
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
    code = draw(st.sampled_from([*TYPES]))
    n_bytes = math.prod(shape) * np.dtype(TYPES[code]).itemsize
    values = draw(st.binary(min_size=n_bytes, max_size=n_bytes))
    content = struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape) + values
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
        code = next(code for code, name in TYPES.items() if name == values.dtype)
        header = struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape)
        assert header + values.astype(values.dtype.newbyteorder(">")).tobytes() == plain
