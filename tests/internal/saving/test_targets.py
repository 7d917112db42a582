"""Where files may be written: only regular files are replaced, under any valid name."""

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import RunPython
from tests.support.states import contents
from tests.support.systems import forbid_what_windows_forbids, needs_posix, skip_if_too_long
from tinynet import Dense, Sequential, load_model
from tinynet._internal.saving import files
from tinynet._internal.saving.files import check_target, replacing, try_writing
from tinynet.callbacks import CSVLogger, ModelCheckpoint

X, Y = np.eye(4), np.eye(4)


def network() -> Sequential:
    model = Sequential([Dense(4, "softmax", input_shape=(4,))], seed=0)
    model.compile("adam")
    return model


def pipe(path: Path) -> None:
    os.mkfifo(path)


def node(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes device nodes")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)


def link_to_a_pipe(path: Path) -> None:
    pipe(path.with_name("p"))
    path.symlink_to("p")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_a_folder(path: Path) -> None:
    path.with_name("f").mkdir()
    path.symlink_to("f")


KINDS: dict[str, Callable[[Path], Any]] = {
    "a pipe": pipe,
    "a device": node,
    "a socket": listening,
    "a folder": Path.mkdir,
    "a link to a pipe": link_to_a_pipe,
    "a link to a folder": link_to_a_folder,
    "a link to itself": link_to_itself,
}
WRITERS: dict[str, Callable[[Path], Any]] = {
    "save": lambda path: network().save(path),
    "save_weights": lambda path: network().save_weights(path),
    "ModelCheckpoint": lambda path: network().fit(
        X, Y, verbose=0, callbacks=[ModelCheckpoint(path), Never()]
    ),
    "replacing": lambda path: replacing(path).__enter__(),
}


class Never(ModelCheckpoint):
    """Says that training has begun, which it mustn't."""

    def __init__(self) -> None:
        super().__init__("unused.npz")

    def on_epoch_begin(self, epoch: int, logs: dict[str, float]) -> None:
        raise AssertionError("an epoch has begun")


@needs_posix
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())
def test_only_regular_files_are_replaced(
    make: Callable[[Path], Any],
    write: Callable[[Path], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "m.npz"
    make(path)
    before = [(file.name, file.lstat().st_mode) for file in tmp_path.iterdir()]
    with pytest.raises(OSError, match=r"Can't save to .*: (it is a (pipe|folder)|Too many)"):
        write(path)
    assert [(file.name, file.lstat().st_mode) for file in tmp_path.iterdir()] == before


@needs_posix
def test_a_pipe_is_not_loaded_and_named(tmp_path: Path) -> None:
    pipe(tmp_path / "m.npz")
    for load in (load_model, network().load_weights):
        with pytest.raises(OSError, match="is a pipe, a socket or a device, not a regular file"):
            load(tmp_path / "m.npz")


@pytest.mark.parametrize("length", [1, 233, 234, 250, 255])
def test_any_length_of_a_name_that_the_file_system_takes(length: int, tmp_path: Path) -> None:
    path = tmp_path / ("m" * length)
    skip_if_too_long(path)
    network().save(path)
    network().fit(X, Y, epochs=2, verbose=0, callbacks=[ModelCheckpoint(path)])
    assert load_model(path).epoch == 2
    assert os.listdir(tmp_path) == [path.name]


def test_names_in_any_script_and_with_odd_characters(tmp_path: Path) -> None:
    names = ["ä" * 127, "模型.npz", "-", "a%sb", "'"]
    if os.name == "posix":  # Windows has no such names
        names += [" ", "a\nb", '"', "*", "\\", "\x01"]
    for name in names:
        network().save(tmp_path / name)
        load_model(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == sorted(names)


@pytest.mark.parametrize("name", ["", "a\0b", "\0", "\ud800"])
@pytest.mark.parametrize("write", [*WRITERS][:3])
def test_what_no_file_can_be_called_is_refused(write: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be the name of a file or a folder, received"):
        WRITERS[write](name)  # type: ignore[arg-type]
    for load in (load_model, network().load_weights):
        with pytest.raises(ValueError, match="must be the name of a file or a folder, received"):
            load(name)


@pytest.mark.parametrize("write", [*WRITERS][:3])
def test_a_name_that_is_too_long_is_refused_before_training(write: str, tmp_path: Path) -> None:
    too_long = "too long" if os.name == "posix" else ""  # Windows only says that it isn't right
    for path in (tmp_path / ("m" * 256), tmp_path / Path(*["m" * 200] * 30)):
        with pytest.raises(OSError, match=rf"Can't save to .*({too_long}|no folder)"):
            WRITERS[write](path)
    assert os.listdir(tmp_path) == []


@needs_posix  # Windows keeps it
def test_a_working_folder_that_has_vanished(tmp_path: Path, run_python: RunPython) -> None:
    program = f"""
import os, tinynet
from tinynet.callbacks import ModelCheckpoint
folder = {str(tmp_path / "gone")!r}
os.mkdir(folder); os.chdir(folder); os.rmdir(folder)
model = tinynet.Sequential([tinynet.Dense(2, input_shape=(2,))])
model.compile("sgd", "mse")
x = [[0.0, 0.0]]
fit = lambda path: model.fit(x, x, verbose=0, callbacks=[ModelCheckpoint(path)])
for write in (model.save, model.save_weights, fit):
    try:
        write("m.npz")
    except FileNotFoundError as error:
        print(error)
print(model.optimizer.iterations)
"""
    result = run_python(program)
    expected = "Can't save to m.npz: the working folder doesn't exist any more."
    assert result.stdout.splitlines() == [expected] * 3 + ["0"], result.stderr


def test_a_checkpoint_makes_a_missing_folder_when_it_saves(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "first" / "m-{epoch}.npz"
    with pytest.raises(ValueError, match="one-hot"):  # a refused call makes nothing
        network().fit(X, [0, 1, 2, 3], verbose=0, callbacks=[ModelCheckpoint(path)])
    assert not (tmp_path / "runs").exists()
    network().fit(X, Y, epochs=2, verbose=0, callbacks=[ModelCheckpoint(path)])
    assert sorted(os.listdir(path.parent)) == ["m-1.npz", "m-2.npz"]


@needs_posix
def test_a_folder_that_cant_be_written_to_is_found_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    for path in (tmp_path / "m.npz", tmp_path / "missing" / "m.npz"):
        with pytest.raises(PermissionError, match=r"Can't save to .*: Permission denied"):
            network().fit(X, Y, verbose=0, callbacks=[ModelCheckpoint(path), Never()])


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux's /proc")
@pytest.mark.parametrize("path", ["/proc/tinynet.npz", "/proc/tinynet/m.npz"])
def test_a_folder_that_takes_no_files_is_found_before_training(path: str) -> None:
    model = network()  # as root, the permissions say that anything may be written
    before = contents(model)
    with pytest.raises(OSError, match=rf"Can't save to {path}: "):
        model.fit(X, Y, verbose=0, callbacks=[ModelCheckpoint(path), Never()])
    assert contents(model) == before


def test_trying_to_write_leaves_nothing_behind(tmp_path: Path) -> None:
    for place in (tmp_path / "m.npz", tmp_path / "a" / "b" / "m.npz"):
        try_writing(str(place))
        assert list(tmp_path.iterdir()) == []


@needs_posix
def test_the_place_of_a_link_is_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    assert check_target(tmp_path / "link") == str(tmp_path / "file")
    network().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").is_file()


@pytest.mark.parametrize("end", ["/", "/.", "//"])
@pytest.mark.parametrize("write", [*WRITERS][:3])
def test_the_name_of_a_folder_is_not_taken_for_that_of_a_file(
    write: str, end: str, tmp_path: Path
) -> None:
    with pytest.raises(IsADirectoryError, match="it is the name of a folder, not of a file"):
        WRITERS[write](f"{tmp_path / 'm.npz'}{end}")  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    """Also while it is written: a private file is never readable by others."""
    path = tmp_path / "m.npz"
    network().save(path)
    path.chmod(mode)
    network().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    with replacing(path) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == mode
        file.write(path.read_bytes())
    load_model(path)


@needs_posix
def test_the_file_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may remove it meanwhile; what was private is private all the same."""
    path, look = tmp_path / "m.npz", os.stat

    def look_and_remove(place: Any, *args: Any, **options: Any) -> os.stat_result:
        found = look(place, *args, **options)
        if os.fspath(place) == str(path):
            path.unlink()
        return found

    path.write_text("old")
    path.chmod(0o600)
    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", look_and_remove)
        with replacing(path) as file:
            file.write(b"new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


def network_page(path: Path) -> None:
    network().to_html(path)


@pytest.mark.parametrize("write", [WRITERS["save"], WRITERS["save_weights"], network_page])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_an_error_that_names_the_file(
    call: str, write: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "m.out"
    path.write_text("old")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match=r"Can't save to .*m\.out: No space left on device"):
        write(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["m.out"]


@pytest.mark.parametrize("write", [*WRITERS][:2])
def test_files_are_saved_as_windows_allows(
    write: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_what_windows_forbids(monkeypatch)
    for _ in range(2):
        WRITERS[write](tmp_path / "m.npz")
        network().fit(X, Y, epochs=2, verbose=0, callbacks=[ModelCheckpoint(tmp_path / "c.npz")])
    assert load_model(tmp_path / "c.npz").epoch == 2
    with pytest.raises(IsADirectoryError, match="it is a folder, not a file"):
        load_model(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["c.npz", "m.npz"]


def test_a_file_that_a_reader_has_open_is_replaced_when_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, model = tmp_path / "m.npz", network()
    model.save(path)
    old = path.read_bytes()
    model.parameters[...] = 1
    forbid_what_windows_forbids(monkeypatch)
    monkeypatch.setattr(files, "PAUSES", (0.0, 0.0))
    with path.open("rb"), pytest.raises(PermissionError, match=r"Can't save to .*m\.npz: Access"):
        model.save(path)
    assert path.read_bytes() == old
    monkeypatch.setattr(files, "PAUSES", (0.01,) * 6000)
    reader = path.open("rb")
    threading.Timer(0.05, reader.close).start()
    model.save(path)
    assert (load_model(path).parameters == 1).all()
    assert os.listdir(tmp_path) == ["m.npz"]


def test_a_read_only_file_that_cant_be_replaced_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network().save(tmp_path / "m.npz")
    (tmp_path / "m.npz").chmod(0o444)
    forbid_what_windows_forbids(monkeypatch)
    with pytest.raises(PermissionError, match="Access is denied"):
        network().save(tmp_path / "m.npz")
    assert os.listdir(tmp_path) == ["m.npz"]
    (tmp_path / "m.npz").chmod(0o644)


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every path: the advice to make a folder of that name would be a bad one."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(here)
    model = network()
    model.save("~/m.npz")
    model.save_weights("~/w.npz")
    model.fit(X, Y, verbose=0, callbacks=[ModelCheckpoint("~/{epoch}.npz"), CSVLogger("~/log.csv")])
    assert sorted(path.name for path in home.iterdir()) == ["1.npz", "log.csv", "m.npz", "w.npz"]
    assert not any(here.iterdir())
    assert load_model("~/1.npz").epoch == 1
    model.load_weights("~/w.npz")
    np.testing.assert_array_equal(model.predict(X), load_model("~/m.npz").predict(X))
