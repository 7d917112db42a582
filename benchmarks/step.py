"""Where the microseconds of a step go: each line of `Sequential.train_step` and the floor.

    python -m benchmarks.step [--steps 2000]

The step runs line by line, as the library runs it, with a clock between the lines, so that every
line sees the caches that the lines before it leave behind. Each line is compared with its matrix
products alone, computed as the library does. The overhead of `fit` (shuffling, running means,
callbacks, progress bar) is the difference between an epoch, in CPU seconds, and its steps.
"""

import argparse
import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import pictures, report
from benchmarks.common import (
    BATCH,
    LAYERS,
    bare_products,
    load_digits,
    positive,
    seconds,
    spread,
    write,
)
from tinynet import Dense, Sequential, metrics
from tinynet._internal import blas, inputs
from tinynet.layers import Layer
from tinynet.utils import standardize


def reference_model() -> Sequential:
    features, *hidden, outputs = LAYERS
    layers = [Dense(width, activation="relu") for width in hidden]
    model = Sequential([*layers, Dense(outputs, activation="softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.build((features,))
    return model


def lines(
    model: Sequential, x: np.ndarray, t: np.ndarray, rows: np.ndarray
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each line of a step: its name and what it does."""
    now: dict[str, np.ndarray] = {}
    numbers = {id(part): 1 + k // 2 for k, part in enumerate(model.chain)}
    metric = metrics.get("accuracy")
    metric.targets(t, model.output_shapes[-1])

    def name_of(part: Layer) -> str:
        return f"{type(part).__name__.lower()} {numbers[id(part)]}"

    def gather() -> None:
        now["y"], now["t"] = inputs.gather(x, rows).astype(model.dtype, copy=False), t[rows]

    yield "gather the batch", gather
    for part in model.chain:

        def forward(part: Layer = part) -> None:
            now["y"] = part.forward(now["y"], training=True)

        yield f"{name_of(part)} forward", forward

    def loss() -> None:
        _, now["dy"] = model.criterion(now["t"], now["y"])

    yield "loss and its gradient", loss
    for part in reversed(model.trained):

        def backward(part: Layer = part) -> None:
            now["dy"] = part.backward(now["dy"])

        yield f"{name_of(part)} backward", backward
    yield "update", lambda: model.optimizer.update(model.parameters, model.gradients)
    yield "accuracy", lambda: metric.update(now["t"], model.outputs(now["y"]))


def floors(steps: int) -> dict[str, float]:
    """Microseconds of the bare products, summed by the line in which they are."""
    blas.touch_buffers()
    sums: dict[str, float] = defaultdict(float)
    for name, product in bare_products(BATCH, LAYERS, blas.matmul):
        kind, _, _ = name.partition(" = ")
        line = f"dense {kind[-1]} " + ("forward" if kind.startswith("y") else "backward")
        sums[line] += 1e6 * float(np.median([seconds(product, 10) for _ in range(steps // 10)]))
    return sums


def measure(x: np.ndarray, t: np.ndarray, steps: int) -> dict[str, list[float]]:
    """Return the microseconds of each line, step by step, without those of the clock itself."""
    model, rng = reference_model(), np.random.default_rng(0)
    times: dict[str, list[float]] = defaultdict(list)
    clock = np.median([-(time.perf_counter() - time.perf_counter()) for _ in range(1000)])
    for _ in range(steps):  # each on rows of its own, since the caches are part of the matter
        rows = rng.integers(0, len(x), BATCH)
        for name, line in lines(model, x, t, rows):
            start = time.perf_counter()
            line()
            times[name].append(1e6 * (time.perf_counter() - start - float(clock)))
    return times


def epoch_seconds(x: np.ndarray, t: np.ndarray, verbose: int) -> float:
    """Return the CPU seconds an epoch of `fit` takes; its output, if any, goes nowhere."""
    model = reference_model()
    with redirect_stdout(io.StringIO()):
        model.fit(x, t, epochs=1, verbose=0)
        start = time.process_time()
        model.fit(x, t, epochs=3, verbose=verbose)
        return (time.process_time() - start) / 3


def whole_step(x: np.ndarray, t: np.ndarray, steps: int) -> float:
    """Return the microseconds of `train_step`, called in a bare loop."""
    model, order = reference_model(), np.random.default_rng(0).permutation(len(x))
    batches = [order[start : start + BATCH] for start in range(0, len(x) - BATCH + 1, BATCH)]
    times = []
    for number in range(steps):
        rows = batches[number % len(batches)]
        batch = inputs.gather(x, rows), t[rows]
        times.append(seconds(lambda batch=batch: model.train_step(*batch)))  # type: ignore[misc]
    return 1e6 * float(np.median(times))


def subnormal_ratio(x: np.ndarray, steps: int) -> tuple[float, float]:
    """Return how much longer a step with subnormal gradients takes, and how many of them are.

    The last layer's biases make class 0 so certain that every other probability is about exp(-92),
    and class 0 is right; the learning rate is 0, so that it stays like that.
    """
    ordinary, certain = reference_model(), reference_model()
    certain.layers[-1].b[1:] = -92  # type: ignore[attr-defined]
    t, rng = np.zeros(len(x), dtype=np.intp), np.random.default_rng(0)
    times: list[list[float]] = [[], []]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            rows = rng.integers(0, len(x), BATCH)
            for model, values in zip((ordinary, certain), times, strict=True):
                model.optimizer.learning_rate = 0.0
                batch = x[rows], t[rows]
                values.append(seconds(lambda m=model, b=batch: m.train_step(*b)))  # type: ignore[misc]
    gradients = np.abs(certain.gradients)
    share = np.mean((gradients > 0) & (gradients < np.finfo(np.float32).tiny))
    return float(np.median(times[1]) / np.median(times[0])), float(share)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Take a training step apart.")
    parser.add_argument("--steps", type=positive, default=2000)
    parser.add_argument("--examples", type=positive, help="only the first so many, for a trial")
    options = parser.parse_args(arguments)

    started = time.time()
    source, x_train, y_train, *_ = load_digits()
    x = standardize(x_train[: options.examples])
    t = y_train[: options.examples].astype(np.intp)
    count = -(-len(x) // BATCH)
    with threadpool_limits(1, user_api="blas"):
        floor = floors(options.steps)
        times = measure(x, t, options.steps)
        step = whole_step(x, t, options.steps)
        subnormal, share = subnormal_ratio(x, options.steps)
    epochs = {verbose: 1e6 * epoch_seconds(x, t, verbose) / count for verbose in (0, 1)}
    rows = [
        {"name": name, "microseconds": float(np.median(values)), "floor": floor.get(name, 0.0)}
        for name, values in times.items()
    ]
    bare = sum(floor.values())
    rows += [
        {"name": "**train_step, in one piece**", "microseconds": step, "floor": bare},
        {"name": "fit, a step's share", "microseconds": epochs[0], "floor": bare},
        {"name": "fit with its bar", "microseconds": epochs[1], "floor": bare},
    ]
    results = {
        "data": source,
        "batch": BATCH,
        "steps": options.steps,
        "lines": rows,
        "subnormal": subnormal,
        "subnormal_share": share,
        "spread": {name: {**spread(values), "values": None} for name, values in times.items()},
    }
    write("step", results, started)
    pictures.step({**results, "lines": rows[:-3]})
    print(report.step(results))


if __name__ == "__main__":
    main()
