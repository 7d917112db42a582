"""The training script: its results are complete and true, and wrong options end it at once."""

import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, RunPython
from tests.support.examples import N_TEST, N_TRAIN, NO_NETWORK, ON_FEW_EXAMPLES
from tests.support.systems import refusal
from tinynet.datasets import synthetic_digits
from tinynet.layers import Dense
from tinynet.models import load_model
from tinynet.utils import standardize, to_categorical

TRAIN_MNIST = str(ROOT / "examples" / "train_mnist.py")
PICTURES = {
    *("confusion_matrix.png", "first_layer_weights.png", "first_training_image.png"),
    *("most_confident_mistakes.png", "predictions.png", "probabilities_of_test_digit_8.png"),
    "training_curves.png",
}
FILES = {"model.html", "model.npz", "results.json"}

ON_ALL_EXAMPLES = """
import pathlib, re, runpy, sys

sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
# Unlike getrusage, this doesn't count what the process was before it became this one.
status = pathlib.Path("/proc/self/status").read_text()
print("peak in KiB:", re.search(r"VmHWM:\\s*(\\d+)", status)[1])
"""


def figures_in(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return figures


def run_script(options: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script itself, as a user would."""
    command = [sys.executable, TRAIN_MNIST, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60
    )


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_results_are_complete_and_true(run_python: RunPython, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    options = ["--data", "synthetic", "--epochs", "2", "--seed", "3", "--out", str(out)]
    run = run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, *options)
    assert (run.returncode, run.stderr) == (0, "")
    assert names_in(out) == FILES | PICTURES
    for picture in PICTURES:
        content = (out / picture).read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert min(struct.unpack(">II", content[16:24])) >= 300  # pixels across and down

    figures = figures_in(out)
    assert figures["data"] == "synthetic digits"
    assert figures["settings"] == {
        "epochs": 2,
        "batch_size": 32,
        "learning_rate": 0.01,
        "hidden": [128, 128],
    }
    assert figures["seed"] == 3
    assert figures["seconds"] > 0
    assert sorted(figures["history"]) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert [len(values) for values in figures["history"].values()] == [2] * 4
    assert figures["history"]["loss"][1] < figures["history"]["loss"][0] < 2.5

    # The network that was saved is the one that the figures are of.
    (x_train, _), (x_test, y_test) = synthetic_digits.load_data(N_TRAIN, N_TEST)
    _, x_test = standardize(x_train.reshape(-1, 784), x_test.reshape(-1, 784))
    model = load_model(out / "model.npz")
    loss, accuracy = model.evaluate(x_test, to_categorical(y_test, 10), verbose=0)
    assert (loss, accuracy) == (figures["test_loss"], figures["test_accuracy"])
    assert accuracy > 0.4  # by chance it would be 0.1
    assert model.count_params() == 118282

    # What is printed is what was found.
    assert f"Open {out / 'model.html'} in a browser" in run.stdout
    (x_train, y_train), _ = synthetic_digits.load_data(N_TRAIN, N_TEST)
    assert f"{N_TRAIN} images to train on, an array of shape ({N_TRAIN}, 28, 28)" in run.stdout
    assert f"{N_TEST} images to test with, an array of shape ({N_TEST}, 28, 28)" in run.stdout
    mean, std = re.findall(
        r"mean of the training pixels: (.*), standard deviation: (.*)", run.stdout
    )[0]
    assert float(mean) == pytest.approx(x_train.mean(), rel=1e-12, abs=0)
    assert float(std) == pytest.approx(x_train.std(), rel=1e-12, abs=0)
    assert f"first training image: {y_train[0]}," in run.stdout
    assert "Total params: 118,282" in run.stdout
    assert len(re.findall(r"^Epoch \d/2 .* loss: .* accuracy: ", run.stdout, re.MULTILINE)) == 2
    assert f"classifies {round(accuracy * N_TEST)} of {N_TEST} test images correctly:" in run.stdout
    assert f"test accuracy {100 * accuracy:.2f} %" in run.stdout


def test_without_plots_matplotlib_is_not_loaded(run_python: RunPython, tmp_path: Path) -> None:
    options = ["--data", "synthetic", "--epochs", "1", "--out", str(tmp_path)]
    run = run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, "--no-plots", *options)
    assert (run.returncode, run.stderr) == (0, "")
    assert "matplotlib was loaded: False" in run.stdout
    assert names_in(tmp_path) == FILES


@pytest.mark.parametrize(("choice", "name"), [("mnist", "MNIST"), ("fashion", "Fashion-MNIST")])
def test_without_network_and_files_it_says_so_and_draws_digits(
    run_python: RunPython, tmp_path: Path, choice: str, name: str
) -> None:
    options = ["--data", choice, "--epochs", "1", "--no-plots", "--out", str(tmp_path / "out")]
    names = ("XDG_CACHE_HOME", "HOME", "USERPROFILE", "LOCALAPPDATA")
    home = dict.fromkeys(names, str(tmp_path))
    run = run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, *options, **NO_NETWORK, **home)
    assert (run.returncode, run.stderr) == (0, "")
    said, data, *_ = run.stdout.splitlines()
    assert said == f"{name} is not here and can't be downloaded: using synthetic digits instead."
    assert data == "Data: synthetic digits"
    assert figures_in(tmp_path / "out")["data"] == "synthetic digits"


def test_options_reach_the_network(run_python: RunPython, tmp_path: Path) -> None:
    given = ["--hidden", "20", "10", "5", "--batch-size", "500", "--learning-rate", "0.25"]
    options = ["--data", "synthetic", "--epochs", "1", "--no-plots", "--out", str(tmp_path)]
    assert run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, *given, *options).returncode == 0
    model = load_model(tmp_path / "model.npz")
    assert [layer.units for layer in model.layers if isinstance(layer, Dense)] == [20, 10, 5, 10]
    assert model.optimizer.learning_rate == 0.25
    assert model.optimizer.iterations == N_TRAIN / 500
    settings = {"epochs": 1, "batch_size": 500, "learning_rate": 0.25, "hidden": [20, 10, 5]}
    assert figures_in(tmp_path)["settings"] == settings


def test_seed_decides_the_numbers(run_python: RunPython, tmp_path: Path) -> None:
    losses = []
    for run, seed in enumerate(("0", "0", "1")):
        out = tmp_path / str(run)
        options = ["--data", "synthetic", "--epochs", "1", "--no-plots", "--out", str(out)]
        assert run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, "--seed", seed, *options).returncode == 0
        losses.append(figures_in(out)["test_loss"])
    assert losses[0] == losses[1] != losses[2]


WRONG_OPTIONS: list[tuple[list[str], str]] = [
    (["--epoks", "3"], "unrecognized arguments: --epoks 3"),
    (["--epochs", "0"], "--epochs, --batch-size and --hidden must be at least 1"),
    (["--epochs", "-1"], "--epochs, --batch-size and --hidden must be at least 1"),
    (["--epochs", "1.5"], "argument --epochs: invalid int value: '1.5'"),
    (["--batch-size", "0"], "--epochs, --batch-size and --hidden must be at least 1"),
    (["--hidden", "128", "0"], "--epochs, --batch-size and --hidden must be at least 1"),
    (["--learning-rate", "0"], "--learning-rate must be a number above 0"),
    (["--learning-rate", "nan"], "--learning-rate must be a number above 0"),
    (["--learning-rate", "inf"], "--learning-rate must be a number above 0"),
    (["--seed", "-1"], "--seed must be at least 0"),
    (["--data", "cifar"], "argument --data: invalid choice: 'cifar'"),
    (["--data", "synthetic", "--data-dir", "."], "--data-dir is for mnist and fashion"),
]
# The script with each of them, in one process: starting Python takes longer than refusing.
WITH_EACH = """
import contextlib, io, json, runpy, sys

script, runs = sys.argv[1], []
for options in json.loads(sys.argv[2]):
    sys.argv, status = [script, *options], 0
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as ended:
            status = ended.code
    runs.append([status, out.getvalue(), err.getvalue()])
print(json.dumps(runs))
"""


def test_bad_option_ends_it_before_anything_is_loaded(run_python: RunPython) -> None:
    given = json.dumps([options for options, _ in WRONG_OPTIONS])
    run = run_python(WITH_EACH, TRAIN_MNIST, given)
    assert (run.returncode, run.stderr) == (0, "")
    for (_, message), (status, out, err) in zip(WRONG_OPTIONS, json.loads(run.stdout), strict=True):
        assert (status, out) == (2, "")
        assert err.startswith("usage: train_mnist.py ")
        assert err.splitlines()[-1].startswith(f"train_mnist.py: error: {message}")


@pytest.mark.parametrize("out", [Path(__file__), Path(__file__, "x")])
def test_a_file_in_place_of_the_folder_ends_it(tmp_path: Path, out: Path) -> None:
    reason = refusal(lambda: out.mkdir(parents=True))
    run = run_script(["--out", str(out)], tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    said = rf"train_mnist.py: error: --out: can't write to the folder {re.escape(str(out))}: "
    assert re.fullmatch(said + reason, run.stderr.splitlines()[-1])


def test_folder_that_is_not_writable_ends_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    if os.access(out, os.W_OK):
        out = Path("/proc")  # on Linux, not even root makes files there
    if not out.is_dir():
        pytest.skip("this user may write everywhere")
    run = run_script(["--out", str(out)], tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"train_mnist.py: error: --out: can't write to the folder {out}: " in run.stderr


@pytest.mark.parametrize("files", ["no folder", "empty folder", "damaged files"])
def test_named_folder_without_good_data_ends_it_in_one_line(
    run_python: RunPython, tmp_path: Path, files: str
) -> None:
    folder = tmp_path / "data"
    if files != "no folder":
        folder.mkdir()
    if files == "damaged files":
        for kind in (
            "train-images-idx3",
            "train-labels-idx1",
            "t10k-images-idx3",
            "t10k-labels-idx1",
        ):
            (folder / f"{kind}-ubyte").write_bytes(b"<html>")
    options = ["--data-dir", str(folder), "--out", str(tmp_path / "out")]
    run = run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, *options, **NO_NETWORK)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("train_mnist.py: error: ")
    assert str(folder) in run.stderr
    assert run.stderr.count("\n") == 1
    assert names_in(tmp_path / "out") == set()


def test_training_that_blows_up_saves_nothing(run_python: RunPython, tmp_path: Path) -> None:
    options = ["--data", "synthetic", "--learning-rate", "1e10", "--out", str(tmp_path)]
    run = run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, *options)
    assert run.returncode == 1
    expected = "The loss has diverged, so nothing is saved. Try a smaller --learning-rate.\n"
    assert run.stderr == expected
    assert names_in(tmp_path) == set()


def test_failure_on_the_way_leaves_no_results(run_python: RunPython, tmp_path: Path) -> None:
    """Neither half a file nor an earlier run's beside pictures of this one."""
    (tmp_path / "results.json").write_text("an earlier run's", encoding="utf-8")
    (tmp_path / "first_training_image.png").mkdir()
    options = ["--data", "synthetic", "--epochs", "1", "--out", str(tmp_path)]
    run = run_python(ON_FEW_EXAMPLES, TRAIN_MNIST, *options)
    assert run.returncode == 1
    assert "first_training_image.png" in run.stderr
    assert not [name for name in names_in(tmp_path) if name.startswith("results.json")]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_whole_run_stays_below_350_mib_and_learns(run_python: RunPython, tmp_path: Path) -> None:
    """From start to end, on all 70,000 images: MNIST's if they are here, else drawn ones."""
    has_mnist = (Path(os.environ.get("TINYNET_DATA") or tmp_path) / "mnist").is_dir()
    options = [
        "--data",
        "mnist" if has_mnist else "synthetic",
        "--no-plots",
        "--out",
        str(tmp_path),
    ]
    run = run_python(ON_ALL_EXAMPLES, TRAIN_MNIST, *options)
    assert (run.returncode, run.stderr) == (0, "")
    peak = int(run.stdout.splitlines()[-1].removeprefix("peak in KiB: "))
    assert 209 * 1024 < peak < 350 * 1024  # the images alone, in float32, take 209 MiB
    figures = figures_in(tmp_path)
    assert figures["data"] == ("MNIST" if has_mnist else "synthetic digits")
    if has_mnist:
        assert "pixels: 33.318421449829934, standard deviation: 78.56748998339798" in run.stdout
        assert 0.13 <= figures["history"]["loss"][-1] <= 0.15
        assert figures["history"]["accuracy"][-1] > 0.955
        assert 0.955 <= figures["test_accuracy"] <= 0.970
    else:
        assert figures["test_accuracy"] > 0.85
