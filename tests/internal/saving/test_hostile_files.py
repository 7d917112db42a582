"""Untrusted files and failing disks: nothing is trusted, and no existing file is lost."""

import errno
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT, RunPython
from tests.support.systems import needs_posix
from tinynet import Dense, Dropout, Sequential, load_model
from tinynet._internal.saving import files, npz
from tinynet._internal.saving import model_file as saving
from tinynet.callbacks import EarlyStopping
from tinynet.models import model_from_json
from tools import fuzz

FILES = Path(__file__).parent / "files"
X = np.random.default_rng(0).normal(size=(12, 2))
Members = list[tuple[str, bytes]]


def members() -> Members:
    """Return what a saved model consists of."""
    model = Sequential([Dense(2, input_shape=(2,))], seed=0)
    model.compile("adam", "mse")
    stop = EarlyStopping("loss", 3, restore_best_weights=True)
    model.fit(X, X, epochs=2, verbose=0, callbacks=[stop])
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "m.npz"))
        with zipfile.ZipFile(Path(folder, "m.npz")) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]


MEMBERS = members()


def header(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return a file whose header is changed."""
    contents = dict(MEMBERS)
    text = json.loads(np.load(io.BytesIO(contents["header.npy"])).tobytes())
    change(text)
    contents["header.npy"] = fuzz.npy(np.frombuffer(json.dumps(text).encode(), np.uint8))
    return fuzz.pack(list(contents.items()))


def array(name: str, value: np.ndarray) -> bytes:
    """Return a file in which one array is another."""
    return fuzz.pack(list({**dict(MEMBERS), f"{name}.npy": fuzz.npy(value)}.items()))


def claiming(shape: str, descr: str = "'<f4'", order: str = "False") -> bytes:
    """Return an array of 24 bytes that says of itself what it likes."""
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(24)


def with_parameters(content: bytes) -> bytes:
    return fuzz.pack(list({**dict(MEMBERS), "parameters.npy": content}.items()))


def renamed(name: str) -> bytes:
    return fuzz.pack([*MEMBERS, (name, fuzz.npy(np.ones(1)))])


def with_length(data: bytes) -> bytes:
    """Let the archive's list of contents claim 4 GB."""
    return data[:-10] + struct.pack("<I", 2**32 - 2) + data[-6:]


def with_length_64(data: bytes) -> bytes:
    """Let it claim a terabyte, in the way of archives beyond 4 GB."""
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 2**40, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(data) - 22, 1)
    return data[:-22] + record + locator + data[-22:]


def with_sizes(data: bytes) -> bytes:
    """Let each member claim to be as large as the file."""
    place, content = data.index(b"PK\x01\x02"), bytearray(data)
    while content[place : place + 4] == b"PK\x01\x02":
        content[place + 20 : place + 28] = struct.pack("<II", len(data), len(data))
        name, extra, comment = struct.unpack("<3H", content[place + 28 : place + 34])
        place += 46 + name + extra + comment
    return bytes(content)


def nested(depth: int) -> Any:
    tree: Any = {"class_name": "Dense", "config": {"units": 1}}
    for _ in range(depth):
        tree = {"class_name": "Dense", "config": {"units": 1, "activation": tree}}
    return tree


def layer(**config: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda text: text["layers"][0]["config"].update(config)


def layers(value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda text: text.update(layers=value)


DENSE = {"class_name": "Dense", "config": {"units": 2}}
DAMAGED = "is not a file that tinynet saved, or it is damaged: "
HOSTILE: dict[str, tuple[bytes, str]] = {
    # Sizes that aren't there.
    "an array of a terabyte": (with_parameters(claiming("(250000000000,)")), DAMAGED + ".*claims"),
    "an array of a wrapped size": (with_parameters(claiming(f"({2**32}, {2**32})")), "claims"),
    "an array of a negative size": (
        with_parameters(claiming("(-2, -3)")),
        "not an array of numbers",
    ),
    "a layer of a terabyte": (header(layer(units=10**6)), r"need 2000000 weights, and it has 6\."),
    "a wide input": (header(lambda t: t.update(input_shape=[10**12])), "expected input of shape"),
    "an activation of a terabyte": (
        header(layer(activation={"class_name": "Dense", "config": {"units": 10**12}})),
        "weights, and it has 6",
    ),
    "a list of contents of 4 GB": (with_length(fuzz.pack(MEMBERS)), DAMAGED + "its list of"),
    "a list of contents of a terabyte": (with_length_64(fuzz.pack(MEMBERS)), DAMAGED + "its list"),
    "members larger than the file": (with_sizes(fuzz.pack(MEMBERS)), DAMAGED + "its arrays claim"),
    "a zip bomb": (
        fuzz.pack([*MEMBERS, ("x.npy", fuzz.npy(np.zeros(10**7)))], zipfile.ZIP_DEFLATED),
        DAMAGED + ".*is compressed",
    ),
    "a long header": (
        fuzz.pack([("header.npy", fuzz.npy(np.full(2**21, 32, np.uint8))), *MEMBERS[1:]]),
        DAMAGED + "header.npy has .* more than are read",
    ),
    "many members": (
        fuzz.pack([*MEMBERS, *((f"{k}.npy", b"") for k in range(1000))]),
        DAMAGED + "it holds 10.. arrays, and at most 1000",
    ),
    "a frozen layer that isn't there": (
        header(lambda t: t.update(frozen=[1])),
        r"can.t be loaded: each index in frozen must be at most 0, received 1\.",
    ),
    "frozen layers as a number": (
        header(lambda t: t.update(frozen=0)),
        r"can.t be loaded: frozen must be a list of layers' indices, received 0\.",
    ),
    "many layers": (header(layers([DENSE] * 1001)), "a list of 1 to 1000"),
    "no layers": (header(layers([])), "a list of 1 to 1000"),
    "a deep header": (header(lambda t: t.update(layers=[nested(200)])), "can't be loaded"),
    "a header too deep to parse": (
        fuzz.pack([("header.npy", fuzz.npy(np.full(10**5, 91, np.uint8))), *MEMBERS[1:]]),
        DAMAGED + "it has no header",
    ),
    # Names.
    **{
        f"the name {name[:20]!r}": (renamed(name), DAMAGED + ".*is not the name of an array")
        for name in ("../x.npy", "/etc/x.npy", "a/b.npy", "..\\x.npy", "C:x.npy", ".npy", "x.txt")
    },
    "a long name": (renamed("a" * 300 + ".npy"), DAMAGED + ".*is not the name"),
    "a name twice": (renamed("parameters.npy"), DAMAGED + "two of its arrays have the same name"),
    "an array more": (renamed("x.npy"), DAMAGED + "its header doesn't name"),
    # Contents.
    "pickled objects": (with_parameters(claiming("(6,)", "'|O'")), DAMAGED + ".*not an array of n"),
    "an expression for a shape": (
        with_parameters(claiming("(__import__('os').getpid(),)")),
        DAMAGED + ".*not an array of numbers",
    ),
    "text": (array("parameters", np.array(["a"] * 6)), DAMAGED + ".*not an array of numbers"),
    "complex weights": (array("parameters", np.ones(6, "c8")), DAMAGED + ".*not an array of num"),
    "NaN weights": (array("parameters", np.full(6, np.nan, "f4")), "must be finite, received nan"),
    "infinite weights": (array("parameters", np.full(6, np.inf, "f4")), "must be finite, received"),
    "weights of the other byte order": (array("parameters", np.ones(6, ">f4")), "doesn't fit"),
    "weights in another shape": (array("parameters", np.ones((2, 3), "f4")), "doesn't fit"),
    "an unknown layer": (
        header(layers([{"class_name": "Conv2D", "config": {}}])),
        "Unknown class 'Conv2D'",
    ),
    "a number for a class": (
        header(layers([{"class_name": 5, "config": {}}])),
        "class must be a name or .*, received 5",
    ),
    "a class of Python's": (
        header(layers([{"class_name": "os.system", "config": {"command": "true"}}])),
        r"Unknown class 'os\.system'",
    ),
    "a function of Python's": (header(layer(kernel_initializer={"function": "eval"})), "Unknown f"),
    "a class for a function": (header(layer(kernel_initializer={"function": "Dense"})), "Unknown"),
    "a schedule for an initializer": (
        header(
            layer(
                kernel_initializer={
                    "class_name": "ExponentialDecay",
                    "config": {"initial_learning_rate": 1, "decay_steps": 1, "decay_rate": 1},
                }
            )
        ),
        "ExponentialDecay is not an initializer",
    ),
    "an unknown argument": (header(layer(colour="red")), "can't be made from arguments named"),
    "a newer version": (header(lambda t: t.update(version=2)), "format version 2.*Update tinynet"),
    "version 0": (header(lambda t: t.update(version=0)), DAMAGED),
    "a broken random state": (header(lambda t: t["rng"].update(state=5)), "random generator"),
    "a count beyond counting": (header(lambda t: t.update(epoch=2**60)), "epoch must be at most"),
    "a history that doesn't fit": (array("history.figures", np.ones((3, 1))), "history's arrays"),
    "callbacks that aren't": (header(lambda t: t.update(callbacks=[5])), "name and a state"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence_and_takes_no_memory(
    name: str, tmp_path: Path
) -> None:
    content, message = HOSTILE[name]
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    load_weights = Sequential([Dense(3, input_shape=(5,))]).load_weights
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message) as error:
            load_model(path)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            load_weights(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    fuzz.check_refusal(error.value, path)
    assert peak < 8 * 2**20
    assert os.listdir(tmp_path) == ["m.npz"]


def test_what_isnt_changed_loads(tmp_path: Path) -> None:
    """Or the files above might be refused for something else."""
    for content in (fuzz.pack(MEMBERS), header(lambda text: None)):
        (tmp_path / "m.npz").write_bytes(content)
        assert load_model(tmp_path / "m.npz").epoch == 2


def test_a_file_of_a_terabyte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(fuzz.pack(MEMBERS))
    try:
        os.truncate(path, 2**40)
    except OSError:
        pytest.skip("the file system has no sparse files of that size")
    with pytest.raises(ValueError, match=f"it has {2**40} bytes, and at most {npz.MAX_BYTES}"):
        load_model(path)


@needs_posix
def test_a_pipe_isnt_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.npz")
    with pytest.raises(OSError, match="is a pipe, a socket or a device"):
        load_model(tmp_path / "m.npz")


# Old files


def test_a_file_of_an_earlier_release_loads_and_goes_on() -> None:
    """Written before histories and callbacks were saved."""
    with np.load(FILES / "version_1.npz") as file:
        arrays = {name: file[name] for name in file.files}
    assert not [name for name in arrays if name.startswith(("history", "callbacks"))]
    model = load_model(FILES / "version_1.npz")
    assert (model.name, model.epoch, model.optimizer.iterations) == ("old", 2, 6)
    assert [type(layer) for layer in model.layers] == [Dense, Dropout, Dense]
    np.testing.assert_array_equal(model.parameters, arrays["parameters"])
    np.testing.assert_array_equal(model.optimizer.state["v"], arrays["optimizer.v"])
    assert model.history.epoch == []
    before = model.parameters.copy()
    stop = EarlyStopping("loss", 5)
    history = model.fit(
        X, (X[:, 0] > 0).astype(int), epochs=3, initial_epoch=2, verbose=0, callbacks=[stop]
    )
    assert history.whole_run.epoch == [2]
    weights = Sequential([Dense(3, input_shape=(2,)), Dense(2)])
    weights.load_weights(FILES / "version_1_weights.npz")
    np.testing.assert_array_equal(weights.parameters, before)


# Disks that fail


FULL = """
import os, resource, sys
import tinynet

path, limit = sys.argv[1], int(sys.argv[2])
model = tinynet.Sequential([tinynet.Dense(100, input_shape=(100,))], seed=0)
model.save(path)
old = open(path, "rb").read()
model.parameters[...] = 1
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
else:
    os.chmod(os.path.dirname(path), 0o555)
    if os.geteuid() == 0:  # who may write anywhere
        os.setuid(65534)
for save in (model.save, model.save_weights):
    try:
        save(path)
    except OSError as error:
        print(type(error).__name__, error)
print(open(path, "rb").read() == old, sorted(os.listdir(os.path.dirname(path))))
"""


@needs_posix
@pytest.mark.parametrize("limit", [1, 100, 20_000, 40_000])
def test_a_full_disk_leaves_the_old_file(limit: int, tmp_path: Path, run_python: RunPython) -> None:
    path = tmp_path / "m.npz"
    result = run_python(FULL, str(path), str(limit))
    assert result.returncode == 0, result.stderr
    error = f"OSError [Errno 27] Can't save to {path}: File too large"
    assert result.stdout.splitlines() == [error, error, "True ['m.npz']"]


@needs_posix
def test_a_read_only_folder_leaves_the_old_file(tmp_path: Path, run_python: RunPython) -> None:
    # pytest's own folders are closed to others.
    folder = Path("/tmp").resolve() / f"read-only-{os.getpid()}"
    folder.mkdir()
    try:
        result = run_python(FULL, str(folder / "m.npz"), "0")
        assert result.returncode == 0, result.stderr
        error = f"PermissionError [Errno 13] Can't save to {folder}/m.npz: Permission denied"
        assert result.stdout.splitlines() == [error, error, "True ['m.npz']"]
    finally:
        folder.chmod(0o755)
        (folder / "m.npz").unlink(missing_ok=True)
        folder.rmdir()


@pytest.mark.skipif(not os.path.exists("/dev/shm"), reason="needs a disk that can be filled")
def test_a_really_full_disk(tmp_path: Path, run_python: RunPython) -> None:
    """A file system of one megabyte, where the user may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting needs rights")
    try:
        model = Sequential([Dense(100, input_shape=(100,))], seed=0)
        model.save(folder / "m.npz")
        (folder / "filler").write_bytes(bytes(60_000))
        old = (folder / "m.npz").read_bytes()
        with pytest.raises(OSError, match=r"Can't save to .*m\.npz: No space left on device"):
            model.save(folder / "m.npz")
        assert (folder / "m.npz").read_bytes() == old
        assert sorted(os.listdir(folder)) == ["filler", "m.npz"]
    finally:
        subprocess.run(["umount", str(folder)], check=True)


WRITER = """
import sys, tinynet
path, number = sys.argv[1], float(sys.argv[2])
model = tinynet.Sequential([tinynet.Dense(100, input_shape=(100,))], seed=0)
model.parameters[...] = number
for _ in range(60):
    model.save(path)
"""


def whole(path: Path) -> set[float]:
    """Return the one number of which all parameters in the file are."""
    (number,) = np.unique(load_model(path).parameters)  # else it is a mixture of two files
    return {float(number)}


def test_concurrent_writers_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(k)], env=environment)
        for k in range(3)
    ]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists() and os.name == "posix":  # Windows opens no file that is being replaced
            seen |= whole(path)
    assert all(writer.returncode == 0 for writer in writers)
    assert len(seen) > 1 or os.name != "posix"
    assert seen | whole(path) <= {0.0, 1.0, 2.0}
    assert os.listdir(tmp_path) == ["m.npz"]


def test_threads_that_save_the_same_file_leave_a_whole_one(tmp_path: Path) -> None:
    models = [Sequential([Dense(50, input_shape=(50,))], seed=seed) for seed in range(4)]

    def save(model: Sequential) -> None:
        for _ in range(10):
            model.save(tmp_path / "m.npz")

    threads = [threading.Thread(target=save, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = load_model(tmp_path / "m.npz").parameters.tobytes()
    assert found in [model.parameters.tobytes() for model in models]
    assert os.listdir(tmp_path) == ["m.npz"]


@needs_posix
def test_saving_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    model = Sequential([Dense(2, input_shape=(2,))], seed=0)
    model.save(tmp_path / "m.npz")
    (tmp_path / "latest.npz").symlink_to("m.npz")
    model.parameters[...] = 3
    model.save(tmp_path / "latest.npz")
    assert (tmp_path / "latest.npz").is_symlink()
    assert (load_model(tmp_path / "m.npz").parameters == 3).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a/b", np.ones(2)),
        ("..", np.ones(2)),
        ("objects", np.array([None])),
        ("text", np.array("x")),
    ],
)
def test_what_couldnt_be_loaded_isnt_saved(name: str, value: np.ndarray, tmp_path: Path) -> None:
    model = Sequential([Dense(2, input_shape=(2,))], seed=0)
    model.compile("sgd", "mse")
    model.optimizer.state[name] = value
    with pytest.raises(TypeError, match=r"can't be saved: it must be numbers under a plain name"):
        model.save(tmp_path / "m.npz")
    model.optimizer.state.pop(name)
    model.optimizer.state["deep"] = np.ones((1,) * 9)
    with pytest.raises(ValueError, match="at most 8 dimensions, received 9"):
        model.save(tmp_path / "m.npz")
    model.optimizer.state |= {"deep": np.broadcast_to(np.float32(0), 2**31)}  # of four bytes
    with pytest.raises(ValueError, match=r"holds at most 1000 arrays of .* bytes together"):
        model.save(tmp_path / "m.npz")
    model.optimizer.state |= {"deep": np.zeros(1)} | {f"a{k}": np.zeros(1) for k in range(1000)}
    with pytest.raises(ValueError, match=r"holds at most 1000 arrays .* received 100"):
        model.save(tmp_path / "m.npz")
    model = Sequential([Dense(2, input_shape=(2,))], "n" * 2**20, seed=0)
    with pytest.raises(ValueError, match="description must have less than"):
        model.save(tmp_path / "m.npz")
    assert not os.listdir(tmp_path)


def test_what_is_just_small_enough_is_saved_and_read_again(tmp_path: Path) -> None:
    """As many arrays, names and descriptions as long, as may be written."""
    path, header = tmp_path / "m.npz", saving.LIMITS["header"]
    model = Sequential([Dense(2, input_shape=(2,))], "x", seed=0)
    model.compile("sgd", "mse")
    names = [f"{k:04}".ljust(97, "\u00e9") for k in range(1000 - 5)]  # with optimizer., 200 bytes
    model.optimizer.state = {name: np.ones(6, np.float32) for name in names}
    contents: dict[str, np.ndarray] = {f"optimizer.{name}": np.ones(1) for name in names}
    assert max(len(name.encode()) for name in contents) == npz.MAX_NAME_BYTES
    model.save(path)
    with open(path, "rb") as stream:
        assert len(npz.read_npz(stream, saving.LIMITS)) == npz.MAX_MEMBERS
    np.savez(path, header=np.full(header, 32, np.uint8), deep=np.ones((1,) * 8))
    with open(path, "rb") as stream:
        arrays = npz.read_npz(stream, saving.LIMITS)
    assert (arrays["header"].size, arrays["deep"].ndim) == (header, 8)
    # Less than 200 characters, but more than 200 bytes: the list of contents would be too long.
    model.optimizer.state = {name.ljust(150, "\u00e9"): np.ones(1) for name in names}
    with pytest.raises(TypeError, match="must be numbers under a plain name"):
        model.save(path)


# Disks that fail in reading


class Failing(io.FileIO):
    """A file on a disk that can't be read any more after some reads."""

    left = 0

    def readinto(self, buffer: Any) -> int:
        if self.left == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.left -= 1
        return super().readinto(buffer)


def test_a_disk_that_fails_isnt_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(fuzz.pack(MEMBERS))
    model = Sequential([Dense(2, input_shape=(2,))], seed=0)
    before = model.parameters.copy()

    def opened(descriptor: int, mode: str) -> io.BufferedReader:
        file = Failing(descriptor, mode)
        file.left = reads
        return io.BufferedReader(file, 512)

    monkeypatch.setattr(files, "open", opened, raising=False)
    for reads in range(1000):  # noqa: B007 - `opened` looks at it
        try:
            model.load_weights(path)
        except OSError as error:
            assert error.errno == errno.EIO  # noqa: PT017 - until enough reads succeed
            assert f"Can't read {path}: Input/output error" in str(error)  # noqa: PT017
            np.testing.assert_array_equal(model.parameters, before)
        else:
            break
    assert 5 < reads < 1000


def test_a_folder_isnt_a_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="is a folder, not a file"):
        load_model(tmp_path)


def test_a_place_before_the_files_beginning_is_damage(tmp_path: Path) -> None:
    """Whoever goes there is told by the system of an invalid argument, an OSError."""
    content = bytearray(fuzz.pack(MEMBERS))
    (start,) = struct.unpack("<I", content[-6:-2])
    content[-6:-2] = struct.pack("<I", start + 10**6)
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(ValueError, match=DAMAGED):
        load_model(tmp_path / "m.npz")


# Fuzz


@pytest.mark.parametrize("kind", fuzz.CHECKS)
def test_the_corpus_of_the_fuzzer(kind: str, tmp_path: Path) -> None:
    """All that was found interesting; ``python -m tools.fuzz`` is the long version."""
    if kind == "image":
        pytest.importorskip("PIL")
    outcomes = set()
    for content in fuzz.seeds(kind):
        (tmp_path / "input").write_bytes(content)
        outcomes.add(fuzz.CHECKS[kind](tmp_path / "input"))
    assert outcomes == {"read", "refused"}


@needs_posix
@pytest.mark.parametrize("kind", fuzz.CHECKS)
def test_a_short_fuzz(kind: str, tmp_path: Path) -> None:
    if kind == "image":
        pytest.importorskip("PIL")
    run = fuzz.Run(kind, tmp_path)
    fuzz.fuzz_plainly(run, seconds=600, inputs=300, seed=1)
    assert run.outcomes["read"] > 10
    assert run.outcomes["refused"] > 10


def test_json_that_is_nested_too_deeply_is_invalid() -> None:
    with pytest.raises(ValueError, match="received invalid JSON: maximum recursion depth"):
        model_from_json("[" * 100_000)
