"""One BLAS thread or all of them, on an idle machine and on one with a busy core.

    python -m benchmarks.threads [--rounds 5]

The results justify `SMALL_PRODUCT` in `tinynet/_internal/threads.py`. A second thread speeds up the
products of a step, but each product waits for both threads. If another program occupies the second
core, that takes until the system schedules the thread again.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks import report
from benchmarks.common import BATCH, LAYERS, Results, positive, spread, write
from benchmarks.scaling import Epochs, random_digits, tinynet_model
from tinynet import set_blas_threads

BATCHES = (BATCH, 64, 128, 256, 1024)
STATES = ("idle", "busy")


@contextmanager
def other_programs(state: str) -> Iterator[None]:
    """Keep all cores but one busy meanwhile, if the state is "busy"."""
    count = (os.cpu_count() or 1) - 1 if state == "busy" else 0
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for program in busy:
            program.kill()
            program.wait()


def measure(batch: int, threads: int, examples: int) -> float:
    """Return the microseconds a step takes in the second epoch of `fit`."""
    x, t = random_digits(examples)
    model, watch = tinynet_model(LAYERS), Epochs()
    set_blas_threads(threads)
    try:
        model.fit(x, t, batch, epochs=2, verbose=0, callbacks=[watch])
    finally:
        set_blas_threads(None)
    return 1e6 * watch.seconds[1] / -(-examples // batch)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Compare one BLAS thread with all of them.")
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--examples", type=positive, default=10_240)
    options = parser.parse_args(arguments)

    started, cores = time.time(), os.cpu_count() or 1
    times: dict[tuple[int, str, int], list[float]] = {}
    for _ in range(options.rounds):
        for state in STATES:
            with other_programs(state):
                for batch in BATCHES:
                    for threads in (1, cores):
                        microseconds = measure(batch, threads, options.examples)
                        times.setdefault((batch, state, threads), []).append(microseconds)
    points: list[Results] = [
        {"batch": batch, "state": state, "threads": threads, "microseconds": spread(values)}
        for (batch, state, threads), values in times.items()
    ]
    results = {"rounds": options.rounds, "cores": cores, "points": points}
    write("threads", results, started)
    print(report.threads(results))


if __name__ == "__main__":
    main()
