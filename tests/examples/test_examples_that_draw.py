"""Tests of the examples that draw: without a network, on few digits, each shows its lesson."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
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
condition, folder, *names = sys.argv[1:]
if condition == "fashion is here":
    fashion_mnist.load_data = synthetic_digits.load_data
if condition == "ctrl-c":
    import signal
    from tinynet import Sequential
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    step = Sequential.train_step
    Sequential.train_step = lambda *arguments: (signal.raise_signal(2), step(*arguments))[1]
for name in names:
    print("Example:", name)
    sys.argv = [f"examples/{name}.py", "--out", f"{folder}/{name}"]
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
SAID = "is not here and can't be downloaded: using synthetic digits instead."


class Drawn(NamedTuple):
    """What an example has printed, and where its pictures are."""

    printed: str
    folder: Path


def run(out: Path, condition: str, *names: str, status: int = 0) -> dict[str, Drawn]:
    """Run examples in a fresh Python, which loads matplotlib once, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, *WARNINGS, "-c", ON_FEW_DIGITS, condition, str(out), *names],
        cwd=ROOT,
        # Nothing that an earlier download left in the user's cache is to be found.
        env={**os.environ, **NO_NETWORK, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(out)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == status, done.stderr
    _, *texts = re.split(r"^Example: .*\n", done.stdout, flags=re.MULTILINE)
    texts[-1] += done.stderr
    return {name: Drawn(text, out / name) for name, text in zip(names, texts, strict=True)}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drawn]:
    names = "spirals", "fashion", "what_it_sees", "vanishing_gradients"
    return run(tmp_path_factory.mktemp("drawn"), "fashion is here", *names)


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


def test_spirals_need_a_hidden_layer(drawn: dict[str, Drawn]) -> None:
    printed, folder = drawn["spirals"]
    assert percent("no hidden layer", printed) < 60
    assert percent("two hidden layers", printed) > 95
    stills = {"boundaries.png", "history.png", "network.png"}
    assert pictures_in(folder) == stills | {"learning.gif"}
    with Image.open(folder / "learning.gif") as film:
        frames = len(list(ImageSequence.Iterator(film)))
        assert f"an animation of {frames} frames" in printed


def test_fashion_that_is_interrupted_in_its_first_epoch_draws_nothing(tmp_path: Path) -> None:
    drawn = run(tmp_path, "ctrl-c", "fashion", status=1)["fashion"]
    assert drawn.printed.startswith(f"Fashion-MNIST {SAID}\n")
    assert drawn.printed.splitlines()[-2:] == [
        "Stopped by Ctrl-C; complete epochs: 0.",
        "No epoch was completed, so nothing is drawn.",
    ]
    assert not pictures_in(drawn.folder)


def test_fashion_names_what_is_mixed_up(drawn: dict[str, Drawn]) -> None:
    printed, folder = drawn["fashion"]
    assert printed.startswith("Data: Fashion-MNIST\n")
    assert "Ankle boot: " in printed
    rights = [int(n) for n in re.findall(r"^ +\S.*: (\d+) of \d+, most", printed, re.MULTILINE)]
    assert len(rights) == 10
    assert f"Correct: {sum(rights)} of 500" in printed
    assert sum(rights) > 250
    expected = {"confusion.png", "history.png", "mistakes.png", "predictions.png"}
    assert pictures_in(folder) == expected


def test_what_it_sees_names_its_surest_mistakes(drawn: dict[str, Drawn]) -> None:
    printed, folder = drawn["what_it_sees"]
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
    assert pictures_in(folder) == {
        *("saliency.png", "mistakes.png", "mistakes_saliency.png"),
        *("preferred_digits.png", "preferred_digits_rough.png"),
    }


def test_gradients_vanish_through_sigmoids_and_not_through_relus(drawn: dict[str, Drawn]) -> None:
    printed, folder = drawn["vanishing_gradients"]
    assert f"MNIST {SAID}" in printed
    _, sigmoid, relu = re.split(r"^(?=sigmoid: |relu: )", printed, flags=re.MULTILINE)
    for text, low, high in [(sigmoid, 0, 1e-3), (relu, 0.1, 10)]:
        norms = dict(re.findall(r"^ +(\w.*\w)  ([\d.e+-]+)$", text, re.MULTILINE))
        assert list(norms) == ["output", *(f"hidden {k}" for k in range(8, 0, -1))]
        assert low < float(norms["hidden 2"]) / float(norms["output"]) < high
    assert pictures_in(folder) == {"before_training.png", "gradient_flow.png"}
