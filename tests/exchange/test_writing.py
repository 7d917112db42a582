"""Files for other programs: what is written can be read again, or the old file stays."""

import os
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tests.conftest import RunPython
from tests.internal.saving.test_rehearsal import CHANGES, X, Y
from tests.internal.saving.test_targets import KINDS
from tests.support.systems import needs_posix, skip_if_too_long
from tinynet import load_model
from tinynet.exchange import from_onnx, from_safetensors, to_onnx, to_safetensors

pytest.importorskip("h5py")
pytest.importorskip("onnx")
pytest.importorskip("safetensors")


def network(ending: str = ".keras") -> Any:
    first = tn.layers.ReLU if ending == ".safetensors" else tn.layers.Normalization
    stack = [
        *(first(input_shape=(4,)), tn.Dense(6, "relu"), tn.Dropout(0.3), tn.Dense(6, tn.ReLU())),
        *(tn.layers.BatchNormalization(), tn.Dense(3, "softmax")),
    ]
    model: Any = tn.Sequential(stack, seed=0)
    model.compile(tn.SGD(0.1, momentum=0.9), metrics=["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def filled(ending: str, load: Callable[[Path, Any], None]) -> Callable[[Path], Any]:
    """Return a function that reads weights into a new model."""

    def loaded(path: Path) -> Any:
        model = network(ending)
        model.set_values(np.zeros_like(model.values))
        load(path, model)
        return model

    return loaded


WRITE: dict[str, Callable[[Any, Path], None]] = {
    ".keras": lambda model, path: model.save(path),
    ".h5": lambda model, path: model.save(path),
    ".weights.h5": lambda model, path: model.save_weights(path),
    ".onnx": to_onnx,
    ".safetensors": to_safetensors,
}
READ: dict[str, Callable[[Path], Any]] = {
    ".keras": load_model,
    ".h5": load_model,
    ".weights.h5": filled(".weights.h5", lambda path, model: model.load_weights(path)),
    ".onnx": from_onnx,
    ".safetensors": filled(".safetensors", from_safetensors),
}
CHANGES = CHANGES | {
    "an infinite moving mean": lambda model: model.layers[4].moving_mean.fill(np.inf),
    "a negative moving variance": lambda model: model.layers[4].moving_variance.fill(-0.5),
    "a moving variance that is nan": lambda model: model.layers[4].moving_variance.fill(np.nan),
}
BROKEN = [
    *("a layer called like another", "a layer that is gone", "other units", "a rebound weight"),
    *("an infinite weight", "an infinite moving mean", "a moving variance that is nan"),
    "a negative moving variance",
]
SETTINGS = [
    *("a negative learning rate", "an infinite learning rate", "a momentum above 1"),
    *("state of another length", "negative iterations", "metrics twice"),
]
ENDINGS = pytest.mark.parametrize("ending", WRITE)


@ENDINGS
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_is_written_can_be_read_again_or_the_old_file_stays(
    change: Callable[[Any], Any], ending: str, tmp_path: Path
) -> None:
    path, model = tmp_path / f"m{ending}", network(ending)
    WRITE[ending](model, path)
    old = path.read_bytes()
    change(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # settings that Keras doesn't have are left out
        try:
            WRITE[ending](model, path)
        except (ValueError, TypeError):
            assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]
    if path.read_bytes() != old or "weight" in ending or ending == ".safetensors":
        again = READ[ending](path)
        kept = [array for array in again.get_weights() if array.size]
        if ending != ".onnx":
            assert [a.tobytes() for a in kept] == [
                a.tobytes() for a in network(ending).get_weights()
            ]


@pytest.mark.parametrize("change", BROKEN)
@ENDINGS
def test_a_broken_model_is_refused_in_every_format(
    ending: str, change: str, tmp_path: Path
) -> None:
    path, model = tmp_path / f"m{ending}", network(ending)
    WRITE[ending](model, path)
    old = path.read_bytes()
    CHANGES[change](model)
    with pytest.raises((ValueError, TypeError)):
        WRITE[ending](model, path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


@ENDINGS
def test_a_file_with_a_negative_moving_variance_is_refused(ending: str, tmp_path: Path) -> None:
    path, model = tmp_path / f"m{ending}", network(ending)
    number = np.float32(0.61803)
    model.layers[4].moving_variance.fill(number)
    WRITE[ending](model, path)
    READ[ending](path)
    files = {"": path.read_bytes()}
    if ending == ".keras":
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    files = {k: v.replace(number.tobytes(), (-number).tobytes()) for k, v in files.items()}
    path.write_bytes(files.get("", b""))
    if ending == ".keras":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    with pytest.raises(ValueError, match=r"(variance|running_var).* at least 0, received -0\.618"):
        READ[ending](path)


@pytest.mark.parametrize("change", SETTINGS)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_settings_that_couldnt_be_read_again_are_refused(
    ending: str, change: str, tmp_path: Path
) -> None:
    path, model = tmp_path / f"m{ending}", network()
    model.save(path)
    old = path.read_bytes()
    CHANGES[change](model)
    with pytest.raises((ValueError, TypeError)):
        model.save(path)
    assert path.read_bytes() == old


@pytest.mark.parametrize("rate", [0.1, 0.1 + 1e-12, 1 / 3, float(np.float32(1 / 3))])
def test_a_learning_rate_comes_back_as_it_was(rate: float, tmp_path: Path) -> None:
    model = network()
    model.optimizer.learning_rate = rate
    model.save(tmp_path / "m.keras")
    again: Any = load_model(tmp_path / "m.keras").optimizer.learning_rate
    assert np.float32(again) == np.float32(rate)


@needs_posix
@ENDINGS
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())
def test_only_regular_files_are_replaced(
    make: Callable[[Path], Any], ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"m{ending}"
    make(path)
    before = [(file.name, file.lstat().st_mode) for file in tmp_path.iterdir()]
    refused = "(it is a (pipe, a socket or|folder, not)|Too many levels)"
    with pytest.raises(OSError, match=f"Can't save to .*: {refused}"):
        WRITE[ending](network(ending), path)
    assert [(file.name, file.lstat().st_mode) for file in tmp_path.iterdir()] == before
    if not stat.S_ISSOCK(path.lstat().st_mode):
        with pytest.raises(OSError, match=f"Can't read .*: {refused}"):
            READ[ending](path)


@ENDINGS
@pytest.mark.parametrize("name", ["m" * 255, "no-such-folder/m", "größe 模型\n", "a\0b", "\ud800"])
def test_names_of_any_kind(name: str, ending: str, tmp_path: Path) -> None:
    if os.name != "posix":
        name = name.rstrip("\n")  # no name on Windows has a line break
    path = f"{tmp_path}/{name[: 255 - len(ending)]}{ending}"
    if name.startswith(("no", "a", "\ud800")):
        with pytest.raises((ValueError, OSError), match=r"no folder|must be the name of a file"):
            WRITE[ending](network(ending), path)  # type: ignore[arg-type]
        assert os.listdir(tmp_path) == []
    else:
        skip_if_too_long(Path(path))
        WRITE[ending](network(ending), path)  # type: ignore[arg-type]
        READ[ending](Path(path))


FULL = """
import os, resource, sys
from pathlib import Path
from tests.exchange.test_writing import WRITE, network
for ending, write in WRITE.items():
    model, path = network(ending), Path(sys.argv[1], f"m{ending}")
    write(model, path)
    old = path.read_bytes()
    model.set_weights([array + 1 for array in model.get_weights()])
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(old) // 2, resource.RLIM_INFINITY))
    try:
        write(model, path)
    except OSError as error:
        print(type(error).__name__, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(path.read_bytes() == old)
"""


@needs_posix
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, run_python: RunPython) -> None:
    result = run_python(FULL, str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        line
        for ending in WRITE
        for line in (
            f"OSError [Errno 27] Can't save to {tmp_path}/m{ending}: File too large",
            "True",
        )
    ]
    assert sorted(os.listdir(tmp_path)) == sorted(f"m{ending}" for ending in WRITE)


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5", ".onnx", ".safetensors"])
@pytest.mark.parametrize("name", ["", "a\0b", "half \ud800"])
def test_a_name_that_a_file_cant_hold_is_refused(name: str, ending: str, tmp_path: Path) -> None:
    model = tn.Sequential([tn.Dense(3, input_shape=(4,))], seed=0)
    model.layers[0].name = name
    write: Any = {
        ".onnx": to_onnx,
        ".safetensors": to_safetensors,
        ".weights.h5": tn.Sequential.save_weights,
    }.get(ending, tn.Sequential.save)
    with pytest.raises(
        ValueError, match=r"^a name to be saved must be text that a file can hold, "
    ):
        write(model, tmp_path / f"m{ending}")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("ending", "write", "reader"),
    [(".onnx", to_onnx, "from_onnx"), (".safetensors", to_safetensors, "from_safetensors")],
)
def test_a_file_of_another_program_names_its_reader(
    ending: str, write: Any, reader: str, tmp_path: Path
) -> None:
    model = tn.Sequential([tn.Dense(3, input_shape=(4,))], seed=0)
    write(model, tmp_path / f"m{ending}")
    for load in (load_model, model.load_weights):
        with pytest.raises(ValueError, match=rf" Read it with tinynet\.exchange\.{reader}\.$"):
            load(tmp_path / f"m{ending}")


def test_a_file_of_tinynet_is_not_taken_for_one_of_pytorch(tmp_path: Path) -> None:
    model = tn.Sequential([tn.Dense(3, input_shape=(4,))], seed=0)
    model.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match="its header and its arrays don't fit"):
        from_safetensors(tmp_path / "m.npz", model)


@pytest.mark.parametrize("ending", [".pt", ".pth"])
def test_a_file_of_pytorch_names_the_way(ending: str, tmp_path: Path) -> None:
    model, path = tn.Sequential([tn.Dense(3, input_shape=(4,))], seed=0), tmp_path / f"m{ending}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", b"")
    for load in (load_model, model.load_weights, lambda path: from_safetensors(path, model)):
        with pytest.raises(
            ValueError, match=r"write the weights with safetensors\.torch\.save_file"
        ):
            load(path)
