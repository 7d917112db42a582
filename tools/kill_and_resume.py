"""Kills a training run at random moments, resumes it, and compares it with an uninterrupted one.

``python -m tools.kill_and_resume --kills 100``: a process trains and saves a checkpoint after each
epoch. At a random moment it is killed with SIGKILL, which a program cannot handle. The checkpoint
on disk must then load, and the next process resumes from it. When a run is complete, everything
that it leaves must equal that of an uninterrupted run to the last byte: weights, optimizer state,
random state, history, both checkpoints and the callbacks' states. Then the next run begins, until
the requested number of kills is reached.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import tinynet
from tinynet.callbacks import Callback, EarlyStopping, ModelCheckpoint
from tinynet.schedules import CosineDecay

EPOCHS = 30
ROOT = Path(__file__).parent.parent


class Pulse(Callback):
    """Tells the parent process that the training has begun, so that no kill is wasted."""

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Say so after the first batch of an epoch."""
        if batch == 0:
            print("training", flush=True)


def train(folder: Path) -> None:
    """Begin a training or go on with it, and write down what it came to."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 20)).astype(np.float32)
    t = (x[:, :10].sum(axis=1) > x[:, 10:].sum(axis=1)).astype(int)
    if (folder / "latest.npz").exists():
        model = tinynet.load_model(folder / "latest.npz")
    else:
        stack = [tinynet.Dense(300, "relu"), tinynet.Dropout(0.2), tinynet.Dense(2, "softmax")]
        model = tinynet.Sequential(stack, seed=1)
        optimizer = tinynet.Adam(CosineDecay(0.005, 400))
        model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
    callbacks = [
        EarlyStopping("loss", patience=50),
        ModelCheckpoint(folder / "latest.npz"),
        EarlyStopping("val_loss", patience=8, restore_best_weights=True),
        ModelCheckpoint(folder / "best.npz", "val_accuracy", save_best_only=True),
        Pulse(),
    ]
    options: dict[str, Any] = {"validation_split": 0.2, "verbose": 0, "callbacks": callbacks}
    model.fit(x, t, epochs=EPOCHS, initial_epoch=model.epoch, **options)
    model.save(folder / "end.npz")


def digest(folder: Path) -> dict[str, Any]:
    """Return what a training left: each array of each file as a checksum, and the headers."""
    found: dict[str, Any] = {}
    for name in ("latest", "best", "end"):
        with np.load(folder / f"{name}.npz", allow_pickle=False) as file:
            for key in file.files:
                content = file[key].tobytes()
                found[f"{name}.{key}"] = hashlib.sha256(content).hexdigest()
            found[f"{name}.text"] = json.loads(file["header"].tobytes())
    return found


def start(folder: Path) -> subprocess.Popen[str]:
    """Let another process train."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.kill_and_resume", "--train", str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def kill_and_resume(kills: int, seed: int) -> dict[str, int]:
    """Kill trainings and resume them.

    Returns
    -------
    dict of str to int
        How many kills there were, how many of them in the middle of writing a file, and how many
        trainings came to their end.

    Raises
    ------
    AssertionError
        If a checkpoint doesn't load, or a training ends otherwise than the uninterrupted one.
    """
    rng = random.Random(seed)
    counts = {"kills": 0, "while writing": 0, "trainings": 0}
    with tempfile.TemporaryDirectory() as top:
        whole = Path(top, "whole")
        whole.mkdir()
        process = start(whole)
        process.communicate()
        assert process.returncode == 0
        expected = digest(whole)
        seconds = measure(Path(top, "again"))
        while counts["kills"] < kills or counts["trainings"] == 0:
            folder = Path(top, "killed")
            folder.mkdir()
            while True:
                patient = counts["kills"] >= kills
                if not run_or_kill(folder, None if patient else rng.uniform(0, seconds)):
                    break
                counts["kills"] += 1
                counts["while writing"] += len(list(folder.glob("*.part")))
                for part in folder.glob("*.part"):
                    part.unlink()
                for checkpoint in folder.glob("*.npz"):
                    tinynet.load_model(checkpoint)
            found = digest(folder)
            assert found == expected, [key for key in expected if found.get(key) != expected[key]]
            counts["trainings"] += 1
            shutil.rmtree(folder)
    return counts


def measure(folder: Path) -> float:
    """Return how long a training takes, from its first batch to its end, in seconds."""
    folder.mkdir()
    process = start(folder)
    assert process.stdout is not None
    process.stdout.readline()
    begin = time.perf_counter()
    process.communicate()
    return time.perf_counter() - begin


def run_or_kill(folder: Path, seconds: float | None) -> bool:
    """Train, and kill the process so long after its first batch; return whether that happened."""
    with start(folder) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if seconds is not None:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
        process.stdout.read()
    assert process.returncode in (0, -9), process.returncode
    return process.returncode == -9


def main() -> None:
    """Read the command line; kill and resume, or be the process that trains."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train", type=Path, metavar="FOLDER", help="what the processes run")
    options = parser.parse_args()
    if options.train:
        train(options.train)
    else:
        print(kill_and_resume(options.kills, options.seed))


if __name__ == "__main__":
    main()
