"""How the cost of a step grows with batch size, width, depth and number of examples.

    python -m benchmarks.scaling [--rounds 5]

One quantity varies at a time, on random data of MNIST's shape. tinynet's `fit` in its default
settings, the floor (the matrix products of a step alone) and PyTorch run in turn, round after
round, in one process. The floor and PyTorch each use their better number of threads.
"""

import argparse
import importlib.util
import os
import time
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import pictures, report
from benchmarks.common import Results, floor_step, positive, seconds, spread, write
from tinynet import Dense, Sequential
from tinynet.callbacks import Callback

BATCHES: tuple[int, ...] = (1, 4, 16, 32, 64, 128, 256, 1024, 4096)
WIDTHS: tuple[int, ...] = (16, 64, 128, 256, 512, 1024, 2048)
DEPTHS: tuple[int, ...] = (1, 2, 4, 8, 16)
EXAMPLES: tuple[int, ...] = (3750, 7500, 15_000, 30_000, 60_000, 120_000)
HEADINGS = {
    "batch": "Batch size, 784-128-128-10",
    "width": "Width of both hidden layers, batches of 128",
    "depth": "Hidden layers of 128, batches of 32",
    "examples": "Examples, 784-128-128-10, batches of 32",
}


class Epochs(Callback):
    """Notes the seconds of each epoch."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, float]) -> None:
        """Start the clock."""
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Stop it."""
        self.seconds.append(time.perf_counter() - self.start)


def random_digits(examples: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((examples, 784), dtype=np.float32)
    return x, rng.integers(0, 10, examples)


def tinynet_model(widths: Sequence[int]) -> Sequential:
    layers = [Dense(width, activation="relu") for width in widths[1:-1]]
    model = Sequential([*layers, Dense(widths[-1], activation="softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.build((widths[0],))
    return model


def torch_step(widths: Sequence[int], batch: int) -> Callable[[], Any]:
    """Return a function that makes one step of PyTorch on a batch that lies ready."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    for i, o in pairwise(widths):
        layers += [nn.Linear(i, o), nn.ReLU()]
    model, loss_function = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x_all, y_all = map(torch.from_numpy, random_digits(max(batch, 2048)))

    def step() -> None:
        rows = torch.randint(0, len(x_all), (batch,))
        x, y = x_all[rows], y_all[rows]
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_function(logits, y)
        loss.backward()
        optimizer.step()
        (logits.detach().argmax(dim=1) == y).sum()

    return step


def measure(widths: Sequence[int], batch: int, rounds: int, budget: float) -> Results:
    """Return microseconds a step of tinynet, floor and PyTorch, and the ratios within a round."""
    multiply_adds = 3 * batch * sum(i * o for i, o in pairwise(widths))
    steps = int(min(2000, max(4, budget / (2e-5 + multiply_adds / 4e10))))
    x, t = random_digits(steps * batch)
    model, floor = tinynet_model(widths), floor_step(batch, widths)
    torch = torch_step(widths, batch) if importlib.util.find_spec("torch") else None
    model.fit(x, t, batch, epochs=1, verbose=0)
    times: dict[str, list[float]] = {"floor": [], "tinynet": [], "torch": []}
    threads = (1, os.cpu_count() or 1)
    for _ in range(rounds):
        floors = []
        for count in threads:
            with threadpool_limits(count, user_api="blas"):
                floor()
                floors.append(seconds(floor, steps))
        times["floor"].append(1e6 * min(floors))
        watch = Epochs()
        model.fit(x, t, batch, epochs=1, verbose=0, callbacks=[watch])
        times["tinynet"].append(1e6 * watch.seconds[0] / steps)
        if torch:
            times["torch"].append(
                1e6 * min(torch_seconds(torch, count, steps) for count in threads)
            )
    result: Results = {key: spread(values) for key, values in times.items() if values}
    for other in ("floor", "torch"):
        if times[other]:
            pairs = zip(times["tinynet"], times[other], strict=True)
            result[f"over {other}"] = spread([mine / theirs for mine, theirs in pairs])
    return {**result, "memory_mib": step_memory(model, x, t, batch), "steps": steps}


def torch_seconds(step: Callable[[], Any], threads: int, steps: int) -> float:
    import torch

    torch.set_num_threads(threads)
    step()
    return seconds(step, steps)


def step_memory(model: Sequential, x: np.ndarray, t: np.ndarray, batch: int) -> float:
    """Return the MiB that a step needs at its peak, beside data and parameters."""
    rows = np.arange(batch)
    model.train_step(x[rows], t[rows])
    tracemalloc.start()
    model.train_step(x[rows], t[rows])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20


def by_examples(counts: Sequence[int], rounds: int) -> list[Results]:
    """Return the seconds of an epoch for each number of examples, and the memory `fit` takes."""
    widths, batch = (784, 128, 128, 10), 32
    x, t = random_digits(max(counts))
    floor = floor_step(batch, widths)
    points: dict[int, list[float]] = {count: [] for count in counts}
    floors: dict[int, list[float]] = {count: [] for count in counts}
    model = tinynet_model(widths)
    for _ in range(rounds):
        for count in counts:
            steps = -(-count // batch)
            with threadpool_limits(1, user_api="blas"):
                floors[count].append(steps * seconds(floor, min(steps, 300)))
            watch = Epochs()
            model.fit(x[:count], t[:count], epochs=1, verbose=0, callbacks=[watch])
            points[count].append(watch.seconds[0])
    results = []
    for count in counts:
        model = tinynet_model(widths)
        tracemalloc.start()
        model.fit(x[:count], t[:count], batch_size=1000, epochs=1, verbose=0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        pairs = zip(points[count], floors[count], strict=True)
        results.append(
            {
                "examples": count,
                "tinynet": spread(points[count]),
                "floor": spread(floors[count]),
                "over floor": spread([mine / bare for mine, bare in pairs]),
                "memory_mib": peak / 2**20,
            }
        )
    return results


def exponent(points: Sequence[Results]) -> float:
    """Return the slope of the seconds over the examples, both as logarithms."""
    x = np.log([point["examples"] for point in points])
    y = np.log([point["tinynet"]["median"] for point in points])
    return float(np.polyfit(x, y, 1)[0])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure how the cost of a step grows.")
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--budget", type=float, default=0.3, help="seconds of steps a point")
    parser.add_argument("--small", action="store_true", help="only the smallest sizes: a trial")
    options = parser.parse_args(arguments)

    started = time.time()
    keep = slice(2 if options.small else None)
    grid: dict[str, list[tuple[int, tuple[int, ...], int]]] = {
        "batch": [(size, (784, 128, 128, 10), size) for size in BATCHES[keep]],
        "width": [(width, (784, width, width, 10), 128) for width in WIDTHS[keep]],
        "depth": [(depth, (784, *[128] * depth, 10), 32) for depth in DEPTHS[keep]],
    }
    sweeps: dict[str, list[Results]] = {}
    for name, points in grid.items():
        sweeps[name] = []
        for value, widths, batch in points:
            point = {name: value, **measure(widths, batch, options.rounds, options.budget)}
            sweeps[name].append(point)
            print(
                f"{name} {value}: {point['tinynet']['median']:.0f} µs a step, "
                f"{point['over floor']['median']:.2f} × the floor",
                flush=True,
            )
    sweeps["examples"] = by_examples(EXAMPLES[keep], options.rounds)
    results = {
        "rounds": options.rounds,
        "threads": os.cpu_count(),
        "headings": HEADINGS,
        "sweeps": sweeps,
        "exponent": exponent(sweeps["examples"]),
    }
    write("scaling", results, started)
    pictures.scaling(results)
    print(report.scaling(results))
    print(f"Exponent of the number of examples: {results['exponent']:.3f}")


if __name__ == "__main__":
    main()
