"""Memory and time over many steps, and over a file that is larger than memory.

    python -m benchmarks.endurance [--minutes 15] [--examples 10000000]

There are two parts, each in a process of its own:

- `steady`: the reference network trains for the given number of minutes or steps. `fit`, `evaluate`
  and `predict` are called again and again, a thousand steps at a time. Memory and the time per step
  are recorded after each round. The first tenth of the rounds is warm-up.
- `mapped`: a network trains for one epoch on the given number of examples of 16 features, read from
  two memory-mapped files of bytes. Two numbers are kept: the peak resident memory, which includes
  the pages of the files that are in memory, and the peak without those pages.

Memory is read from ``/proc/self``, so this runs only on Linux.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import BATCH, LAYERS, Results, in_child, positive, write
from tinynet import Dense, Normalization, Sequential
from tinynet.callbacks import Callback

ROUND = 1000  # steps
EXAMPLES = 6400  # that they are made with
FEATURES, CLASSES, MAPPED_BATCH = 16, 4, 256
MIB = 2**20


def memory(field: str) -> float:
    """Return one of the figures that Linux keeps of this process, in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) / 1024
    raise KeyError(field)


def steady(minutes: float, steps: int) -> Results:
    """Train until the time is over or the steps are made; return what was noted on the way."""
    inputs, *hidden, outputs = LAYERS
    layers = [Dense(width, "relu") for width in hidden]
    model = Sequential([*layers, Dense(outputs, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x = rng.standard_normal((EXAMPLES, inputs), dtype=np.float32)
    y = rng.integers(0, outputs, EXAMPLES)
    epochs = ROUND * BATCH // EXAMPLES
    resident: list[float] = []
    per_step: list[float] = []
    start = time.perf_counter()
    while time.perf_counter() - start < 60 * minutes and len(per_step) * ROUND < steps:
        before = time.perf_counter()
        model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)
        per_step.append((time.perf_counter() - before) / ROUND)
        model.evaluate(x[:1000], y[:1000], verbose=0)
        model.predict(x[:1000])
        resident.append(memory("VmRSS"))
    warm = len(resident) // 10
    tenths = np.array_split(np.array(per_step[warm:]) * 1e6, 10)
    return {
        "steps": ROUND * len(per_step),
        "loss": model.history.history["loss"][-1],
        "resident_mib_after_warm_up": resident[warm],
        "resident_mib_at_end": resident[-1],
        "growth_mib": max(resident[warm:]) - resident[warm],
        "microseconds_per_step_by_tenth": [float(np.median(t)) for t in tenths if t.size],
    }


class PeakOwnMemory(Callback):
    """Note the peak of the memory that isn't a file's."""

    def __init__(self) -> None:
        self.peak = 0.0

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Look now and then."""
        if batch % 100 == 0:
            self.peak = max(self.peak, memory("RssAnon"))


def mapped(examples: int) -> Results:
    """Train one epoch on memory-mapped files of so many examples."""
    with tempfile.TemporaryDirectory() as folder:
        x_file, y_file = os.path.join(folder, "x"), os.path.join(folder, "y")
        write_examples(x_file, y_file, examples)
        x = np.memmap(x_file, np.uint8, "r", shape=(examples, FEATURES))
        y = np.memmap(y_file, np.uint8, "r")
        stack = [
            Normalization(mean=127.5, variance=5461.0),
            Dense(16, "relu"),
            Dense(CLASSES, "softmax"),
        ]
        model = Sequential(stack, seed=0)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        callback = PeakOwnMemory()
        before, start = memory("VmRSS"), time.perf_counter()
        history = model.fit(x, y, batch_size=MAPPED_BATCH, verbose=0, callbacks=[callback])
        return {
            "examples": examples,
            "bytes_mapped": x.nbytes + y.nbytes,
            "seconds": time.perf_counter() - start,
            "resident_mib_before": before,
            "peak_resident_mib": memory("VmHWM"),
            "peak_own_mib": callback.peak,
            "accuracy": history.history["accuracy"][0],
        }


def write_examples(x_file: str, y_file: str, examples: int) -> None:
    """Write random bytes, and as classes the quarter that the first of each row lies in."""
    rng = np.random.default_rng(0)
    with open(x_file, "wb") as xs, open(y_file, "wb") as ys:
        for start in range(0, examples, 100_000):
            part = rng.integers(0, 256, (min(100_000, examples - start), FEATURES), np.uint8)
            xs.write(part.tobytes())
            ys.write((part[:, 0] // 64).tobytes())


PARTS: dict[str, Callable[..., Results]] = {"steady": steady, "mapped": mapped}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Memory and time over many steps.")
    parser.add_argument("--minutes", type=float, default=15.0, help="of training")
    parser.add_argument("--steps", type=positive, default=10**9, help="at most")
    parser.add_argument("--examples", type=positive, default=10_000_000, help="in the mapped files")
    parser.add_argument("--only", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    settings: dict[str, dict[str, Any]] = {
        "steady": {"minutes": options.minutes, "steps": options.steps},
        "mapped": {"examples": options.examples},
    }
    if options.only:
        print(json.dumps(PARTS[options.only](**settings[options.only])))
        return
    started, results = time.time(), {}
    for part, values in settings.items():
        words = [word for name, value in values.items() for word in (f"--{name}", str(value))]
        results[part] = in_child("benchmarks.endurance", "--only", part, *words)
        print(f"{part}: {json.dumps(results[part], indent=1)}")
    write("endurance", results, started)


if __name__ == "__main__":
    main()
