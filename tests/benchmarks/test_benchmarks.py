"""The benchmarks run, at toy size, and the page says what their results say. Nothing is timed."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import (
    buffers,
    common,
    endurance,
    peers,
    published,
    report,
    scaling,
    step,
    threads,
    training,
)
from examples import from_scratch
from tests.conftest import DOCS, ROOT, RunPython


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write results to a folder of the test, and take a few random images for MNIST."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (640, 784), dtype=np.uint8)
    y = rng.integers(0, 10, 640).astype(np.uint8)
    digits = ("random images", x, y, x[:100], y[:100])
    for module in (published, step, training):
        monkeypatch.setattr(module, "load_digits", lambda: digits)
    results = tmp_path / "results"
    for module in (common, report):
        monkeypatch.setattr(module, "RESULTS", results)
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr("benchmarks.pictures.RESULTS", results)


def child(module: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run a peer in this process: the real `in_child` has a test of its own."""
    name, data, epochs = arguments[0], arguments[2], int(arguments[4])
    with np.load(data) as file:
        digits = {key: file[key] for key in file.files}
    train, _, _ = peers.PEERS[name]
    return {**train(digits, epochs, 1), "wall": 2.0, "cpu": 1.0, "peak_mib": 100.0}


def test_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "in_child", child)
    monkeypatch.setattr(training, "missing", lambda: iter(["scikit-learn MLPClassifier"]))
    names = [
        "tinynet", "tinynet, float32 images", "tinynet, threads as the peers", "textbook NumPy",
        "floor: bare products", "scikit-learn MLPClassifier",
    ]  # fmt: skip
    training.main(["--rounds", "2", "--epochs", "2", "--threads", "1", "--only", *names])
    results = common.read("training")
    assert list(results["peers"]) == names[:-1]
    assert results["skipped"] == {names[-1]: "not installed"}
    ratio = results["peers"]["floor: bare products"]["ratio of tinynet"]["epoch"]["values"]
    times = [results["peers"][name]["epoch"]["values"] for name in (names[0], names[4])]
    assert ratio == pytest.approx(np.divide(*times).tolist())
    page = report.page()
    assert f"- {names[-1]}: not installed." in page
    assert f"{results['peers']['tinynet']['epoch']['median']:.2f}" in page
    assert (common.RESULTS / "training.png").stat().st_size > 1000


def test_a_peer_that_fails_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(name: str, *arguments: Any) -> dict[str, Any]:
        if name == broken and len(runs["tinynet"]) == 2:
            raise RuntimeError("out of memory")
        return dict.fromkeys(training.FIGURES, 1.0)

    monkeypatch.setattr(training, "run", fragile)
    names, broken = ["tinynet", "textbook NumPy", "floor: bare products"], "textbook NumPy"
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    skipped: dict[str, str] = {}
    for _ in range(3):
        training.run_all(runs, Path(), 1, dict.fromkeys(names, 1), skipped)
    assert {name: len(results) for name, results in runs.items()} == {
        "tinynet": 3,
        "floor: bare products": 3,
    }
    assert skipped == {"textbook NumPy": "failed in round 2: out of memory"}


def test_same_work_is_done_by_tinynet_and_the_textbook() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (320, 784), dtype=np.uint8)
    y = rng.integers(0, 10, 320).astype(np.uint8)
    reports = []
    for train in (peers.tinynet, peers.tinynet_float32, peers.textbook):
        digits = {"x_train": x.copy(), "y_train": y, "x_test": x.copy(), "y_test": y}
        reports.append(train(digits, 2, 1))
    ours, as_floats, theirs = reports
    assert [len(report["epochs"]) for report in reports] == [2, 2, 2]
    assert as_floats["loss"] == pytest.approx(ours["loss"], rel=1e-4)
    assert theirs["loss"] == pytest.approx(ours["loss"], rel=0.2)  # shuffled in its own way


def test_textbook_gradient_is_right() -> None:
    rng = np.random.default_rng(0)
    network = from_scratch.Network((3, 4, 2), seed=0)
    network.weights = [W.astype(np.float64) for W in network.weights]
    network.biases = [b.astype(np.float64) for b in network.biases]
    x, t = rng.standard_normal((5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]

    def loss() -> float:
        return float(-np.sum(t * np.log(network.forward(x)[-1])) / len(x))

    W = network.weights[0]
    before, eps = W.copy(), 1e-6
    numerical = np.empty_like(W)
    for place in np.ndindex(W.shape):
        W[place] = before[place] + eps
        above = loss()
        W[place] = before[place] - eps
        numerical[place] = (above - loss()) / (2 * eps)
        W[place] = before[place]
    network.train_epoch(x, t, batch_size=5, learning_rate=1.0)
    np.testing.assert_allclose(before - network.weights[0], numerical, atol=1e-8)


CHILDREN = """
import json, pathlib, sys
from benchmarks import common
common.ROOT = pathlib.Path(sys.argv[1])
print(json.dumps(common.in_child("hungry")))
try:
    common.in_child("broken")
except RuntimeError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system doesn't account for children")
def test_child_reports_its_own_memory_and_failure(run_python: RunPython, tmp_path: Path) -> None:
    """From a small process: what its parent had counts, on Linux, as the child's own peak."""
    program = "import json, sys\nx = bytearray(150 << 20)\nx[::4096] = b'1' * len(x[::4096])\n"
    (tmp_path / "hungry.py").write_text(
        program + "print('a line')\nprint(json.dumps({'a': 1}))", encoding="utf-8"
    )
    (tmp_path / "broken.py").write_text("raise SystemExit('it is broken')", encoding="utf-8")
    run = run_python(CHILDREN, str(tmp_path))
    assert run.stderr == ""
    hungry, broken = run.stdout.splitlines()
    result = json.loads(hungry)
    assert result["a"] == 1
    assert 150 < result["peak_mib"] < 200
    assert result["wall"] > 0
    assert "it is broken" in broken


def test_floor_is_eight_products() -> None:
    products = [name for name, _ in common.bare_products(32, common.LAYERS)]
    assert products == [
        "y1 = x @ W", "y2 = x @ W", "y3 = x @ W",
        "dW3 = x.T @ dy", "dx3 = dy @ W.T", "dW2 = x.T @ dy", "dx2 = dy @ W.T", "dW1 = x.T @ dy",
    ]  # fmt: skip
    shapes = [product().shape for _, product in common.bare_products(1, (3, 4, 2))]
    assert shapes == [(1, 4), (1, 2), (4, 2), (1, 4), (3, 4)]


def test_step_in_pieces_is_the_step() -> None:
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((32, 784)).astype(np.float32), rng.integers(0, 10, 32)
    rows = np.arange(32)
    whole, pieces = step.reference_model(), step.reference_model()
    whole.train_step(x, t)
    for _, line in step.lines(pieces, x, t, rows):
        line()
    np.testing.assert_array_equal(whole.parameters, pieces.parameters)


def test_readme_names_who_needs_less() -> None:
    rows = {
        "tinynet": (2.0, 5.0, 100),
        "tinynet, float32 images": (1.0, 1.0, 1),
        "Keras": (2.1, 4.0, 900),
        "JAX, jitted step": (1.9, 4.9, 600),
        "floor: bare products": (0.5, 1.0, 10),
    }
    keys = ("epoch", "wall", "peak_mib")
    peers = {
        name: {key: {"median": value} for key, value in zip(keys, values, strict=True)}
        for name, values in rows.items()
    }
    said = report.who_needs_less({"rounds": 3, "peers": peers})
    assert "medians of 3 rounds" in said
    assert said.splitlines()[2:] == [
        "- time for an epoch: JAX, jitted step",
        "- time in all: Keras; JAX, jitted step",
        "- memory: none",
    ]


def test_step() -> None:
    step.main(["--steps", "20"])
    names = [line["name"] for line in common.read("step")["lines"]]
    assert names[0] == "gather the batch"
    assert "fit, a step's share" in names
    assert names[1] in report.page()


def test_step_with_subnormal_gradients_has_them() -> None:
    x = np.random.default_rng(0).standard_normal((64, 784)).astype(np.float32)
    _, share = step.subnormal_ratio(x, 1)
    assert share > 0.9


def test_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "BATCHES", (32,))
    threads.main(["--rounds", "1", "--examples", "64"])
    points = common.read("threads")["points"]
    assert {(point["state"], point["threads"]) for point in points} >= {("idle", 1), ("busy", 1)}
    assert "(for this network, batches below 168)" in report.page()
    with threads.other_programs("idle"):
        pass


def test_buffers() -> None:
    buffers.main(["--rounds", "1"])
    products = common.read("buffers")["products"]
    assert len(products) == 8
    assert all(product[state]["median"] > 0 for product in products for state in buffers.STATES)
    assert "| y1 = x @ W |" in report.page()


def test_scaling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "EXAMPLES", (64, 128))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    scaling.main(["--small", "--rounds", "1", "--budget", "0.001"])
    sweeps = common.read("scaling")["sweeps"]
    assert [point["batch"] for point in sweeps["batch"]] == [1, 4]
    assert "torch" not in sweeps["batch"][0]
    assert "| 3750 |" not in report.page()


def test_exponent_of_linear_growth_is_one() -> None:
    points = [{"examples": n, "tinynet": {"median": 3e-5 * n}} for n in (10, 100, 1000)]
    assert scaling.exponent(points) == pytest.approx(1)


@pytest.mark.parametrize("rung", published.LADDER, ids=lambda rung: rung.name)
def test_ladder_trains(rung: published.Rung) -> None:
    errors, _ = published.climb(replace(rung, epochs=2, examples=64), seed=0)
    assert set(errors) == {"test", rung.counted}
    for figures in errors.values():
        assert len(figures) == 2
        assert all(0 <= figure <= 100 for figure in figures)


@pytest.mark.parametrize(("number", "rate", "decay"), [(3, 3.0, 0.0), (4, 3.0, 0.0), (5, 0.5, 5.0)])
def test_nielsen_is_trained_as_in_his_book(number: int, rate: float, decay: float) -> None:
    rung = published.LADDER[number]
    rng = np.random.default_rng(0)
    x, t = rng.uniform(size=(40, 784)), np.eye(10)[rng.integers(0, 10, 40)]
    model = published.build(rung, seed=0)
    model.build((784,))
    model.compile(published.optimizer(rung, steps=4), rung.loss)
    V, c, W, b = model.get_weights()
    for rows in np.arange(40).reshape(4, 10):
        model.train_step(x[rows], t[rows])
        h = 1 / (1 + np.exp(-(x[rows] @ V + c)))
        y = 1 / (1 + np.exp(-(h @ W + b)))
        dz = y - t[rows]  # of his cross-entropy, and of half the squares after one more factor
        if rung.loss == "mse":
            dz *= y * (1 - y)
        dh = dz @ W.T * h * (1 - h)
        shrunk = 1 - rate * decay / 50_000
        V, c = shrunk * V - rate / 10 * x[rows].T @ dh, c - rate / 10 * dh.sum(axis=0)
        W, b = shrunk * W - rate / 10 * h.T @ dz, b - rate / 10 * dz.sum(axis=0)
    for ours, his in zip(model.get_weights(), (V, c, W, b), strict=True):
        np.testing.assert_allclose(ours, his, rtol=0, atol=1e-12)


def test_rmsprop_divides_by_a_running_root_mean_square() -> None:
    w, optimizer = np.array([1.0, 1.0]), published.RMSprop(0.001)
    optimizer.update(w, np.array([2.0, 0.0]))
    np.testing.assert_allclose(w, [1 - 0.002 / np.sqrt(0.4), 1], rtol=1e-9)
    optimizer.update(w, np.array([1.0, 0.0]))
    second = 0.001 / np.sqrt(0.9 * 0.4 + 0.1)
    np.testing.assert_allclose(w, [1 - 0.002 / np.sqrt(0.4) - second, 1], rtol=1e-9)


def test_ladder_is_measured_as_its_sources_measured() -> None:
    errors = ([3.0, 1.0, 2.0], [4.0, 3.0, 4.0], [9.0, 9.0, 9.0])
    runs = [({"test": each, "validation": [8.0]}, 5.0 + k) for k, each in enumerate(errors)]
    rung = replace(published.LADDER[0], published=5.0)
    last, best, best_of_two, validation = (
        published.summary(replace(rung, **how), runs)
        for how in (
            {"best_epoch": False},
            {"best_epoch": True},
            {"best_epoch": True, "best_of": 2},
            {"counted": "validation"},
        )
    )
    assert (last["last"]["mean"], last["seconds"]) == (5.0, 6.0)
    assert (best["best"]["mean"], validation["last"]["mean"]) == (13 / 3, 8.0)
    assert validation["test"]["last"]["mean"] == 5.0
    assert report.typical(last) == 5.0
    assert report.typical(best_of_two) == pytest.approx((1 + 1 + 3) / 3)
    assert report.reached(last)
    assert not report.reached({**last, "published": 4.99})
    page = report.published({"ladder": [last, best_of_two, validation]})
    assert "| 5.00 % | **5.00 ± 2.94 %** | – | – | 2.00 % | 2 of 3 | yes |" in page
    assert "| **4.33 ± 3.40 %** | **1.67 %** | 1.00 % | 2 of 3 | yes |" in page
    assert "| **8.00 ± 0.00 %** (test: 5.00 ± 2.94 %) | – | – | 8.00 % | 0 of 3 | no |" in page


@pytest.mark.skipif(
    not (ROOT / "benchmarks" / "results").exists(), reason="no results in this copy"
)
def test_page_is_what_the_results_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", ROOT / "benchmarks" / "results")
    monkeypatch.setattr(common, "RESULTS", ROOT / "benchmarks" / "results")
    assert (DOCS / "evidence" / "benchmarks.md").read_text(encoding="utf-8") == report.page(), (
        "Run python -m benchmarks.report."
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == report.with_figures(readme), "Run python -m benchmarks.report."


def test_results_name_no_path_and_no_host() -> None:
    import platform

    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        json.loads(text)
        assert platform.node() not in text or not platform.node()
        assert sys.prefix not in text
        assert str(ROOT) not in text


@pytest.mark.parametrize(
    ("module", "option"),
    [
        *(
            (buffers, "--rounds"),
            (endurance, "--steps"),
            (published, "--seeds"),
            (scaling, "--rounds"),
        ),
        *((step, "--steps"), (threads, "--rounds"), (training, "--rounds"), (training, "--epochs")),
    ],
)
def test_no_rounds_at_all_are_refused_and_written_nowhere(
    module: Any, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        module.main([option, "0"])
    assert f"argument {option}: expected at least 1, received 0" in capsys.readouterr().err
    assert not common.RESULTS.exists()
