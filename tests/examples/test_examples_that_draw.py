"""Tests of the examples that draw: without a network, on few digits, each shows its lesson."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from tests.conftest import ROOT, WARNINGS
from tests.support.examples import NO_NETWORK

ON_FEW_DIGITS = """
import functools, runpy, sys
from tinynet import callbacks, plotting
from tinynet.datasets import fashion_mnist, synthetic_digits

synthetic_digits.load_data = functools.partial(synthetic_digits.load_data, 1500, 500)
recorder = callbacks.ParameterRecorder  # for a film of fewer frames
callbacks.ParameterRecorder = lambda every: recorder(every=12 * every)
film = plotting.animate_decision_boundary
plotting.animate_decision_boundary = functools.partial(film, frames_per_second=1)
if "fashion is here" in sys.argv:
    sys.argv.remove("fashion is here")
    fashion_mnist.load_data = synthetic_digits.load_data
if "ctrl-c" in sys.argv:
    sys.argv.remove("ctrl-c")
    import signal
    from tinynet import Sequential
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    step = Sequential.train_step
    Sequential.train_step = lambda *arguments: (signal.raise_signal(2), step(*arguments))[1]
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
SAID = "is not here and can't be downloaded: using synthetic digits instead."


def run(name: str, out: Path, *arguments: str, status: int = 0) -> str:
    """Run an example in a fresh Python, with warnings as errors, and return what it prints."""
    command = [sys.executable, *WARNINGS, "-c", ON_FEW_DIGITS, f"examples/{name}.py"]
    done = subprocess.run(
        [*command, "--out", str(out), *arguments],
        cwd=ROOT,
        # Nothing that an earlier download left in the user's cache is to be found.
        env={**os.environ, **NO_NETWORK, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(out)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def pictures_in(folder: Path) -> set[str]:
    """Return the names of the pictures there, each of which can be opened and isn't blank."""
    names = set()
    for path in folder.glob("*.*"):
        with Image.open(path) as picture:
            assert np.ptp(np.asarray(picture.convert("L"))) > 100
        names.add(path.name)
    return names


def percent(name: str, text: str) -> float:
    found = re.search(rf"^{name}: .*test accuracy ([\d.]+) %", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_spirals_need_a_hidden_layer(tmp_path: Path) -> None:
    printed = run("spirals", tmp_path)
    assert percent("no hidden layer", printed) < 60
    assert percent("two hidden layers", printed) > 95
    stills = {"boundaries.png", "history.png", "network.png"}
    assert pictures_in(tmp_path) == stills | {"learning.gif"}
    with Image.open(tmp_path / "learning.gif") as film:
        frames = len(list(ImageSequence.Iterator(film)))
        assert f"an animation of {frames} frames" in printed


def test_fashion_that_is_interrupted_in_its_first_epoch_draws_nothing(tmp_path: Path) -> None:
    printed = run("fashion", tmp_path, "ctrl-c", status=1)
    assert printed.startswith(f"Fashion-MNIST {SAID}\n")
    assert printed.splitlines()[-2:] == [
        "Stopped by Ctrl-C; complete epochs: 0.",
        "No epoch was completed, so nothing is drawn.",
    ]
    assert not pictures_in(tmp_path)


def test_fashion_names_what_is_mixed_up(tmp_path: Path) -> None:
    printed = run("fashion", tmp_path, "fashion is here")
    assert printed.startswith("Data: Fashion-MNIST\n")
    assert "Ankle boot: " in printed
    rights = [int(n) for n in re.findall(r"^ +\S.*: (\d+) of \d+, most", printed, re.MULTILINE)]
    assert len(rights) == 10
    assert f"Correct: {sum(rights)} of 500" in printed
    assert sum(rights) > 250
    expected = {"confusion.png", "history.png", "mistakes.png", "predictions.png"}
    assert pictures_in(tmp_path) == expected


def test_what_it_sees_names_its_surest_mistakes(tmp_path: Path) -> None:
    printed = run("what_it_sees", tmp_path)
    assert f"MNIST {SAID}" in printed
    mistakes = re.findall(
        r"^Test digit \d+: (\d) with probability ([\d.]+); it is an? (\d), which got ([\d.]+)$",
        printed,
        re.MULTILINE,
    )
    assert len(mistakes) == 5
    for predicted, p, true, q in mistakes:
        assert predicted != true
        assert float(p) > float(q)
    assert [p for _, p, _, _ in mistakes] == sorted((p for _, p, _, _ in mistakes), reverse=True)
    assert pictures_in(tmp_path) == {
        *("saliency.png", "mistakes.png", "mistakes_saliency.png"),
        *("preferred_digits.png", "preferred_digits_rough.png"),
    }


def test_gradients_vanish_through_sigmoids_and_not_through_relus(tmp_path: Path) -> None:
    printed = run("vanishing_gradients", tmp_path)
    assert f"MNIST {SAID}" in printed
    _, sigmoid, relu = re.split(r"^(?=sigmoid: |relu: )", printed, flags=re.MULTILINE)
    for text, low, high in [(sigmoid, 0, 1e-3), (relu, 0.1, 10)]:
        norms = dict(re.findall(r"^ +(\w.*\w)  ([\d.e+-]+)$", text, re.MULTILINE))
        assert list(norms) == ["output", *(f"hidden {k}" for k in range(8, 0, -1))]
        assert low < float(norms["hidden 2"]) / float(norms["output"]) < high
    assert pictures_in(tmp_path) == {"before_training.png", "gradient_flow.png"}
