"""A step's matrix products in a new process, before and after OpenBLAS has written to its buffers.

    python -m benchmarks.buffers [--rounds 5]

The results justify `touch_buffers` in `tinynet/_internal/blas.py`. Every run is a process of its
own, since the buffers stay as they are until it ends.
"""

import argparse
import json
import time
from collections.abc import Sequence

import numpy as np

from benchmarks import report
from benchmarks.common import (
    BATCH,
    LAYERS,
    Results,
    bare_products,
    in_child,
    positive,
    seconds,
    spread,
    write,
)
from tinynet._internal import blas

STATES = ("new", "touched")
REPEATS = 200


def measure(state: str) -> Results:
    """Return the microseconds of each product, which is `numpy.matmul` alone."""
    if state == "touched":
        blas.touch_buffers()
    return {
        name: 1e6 * float(np.median([seconds(product) for _ in range(REPEATS)]))
        for name, product in bare_products(BATCH, LAYERS)
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Time products before and after touch_buffers.")
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--child", choices=STATES, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(measure(options.child)))
        return

    started = time.time()
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):
        for state in STATES:
            found = in_child("benchmarks.buffers", "--child", state, OPENBLAS_NUM_THREADS="1")
            for name, _ in bare_products(BATCH, LAYERS):
                times.setdefault((name, state), []).append(found[name])
    names = dict.fromkeys(name for name, _ in times)
    products = [
        {"name": name, **{state: spread(times[name, state]) for state in STATES}} for name in names
    ]
    results = {"rounds": options.rounds, "batch": BATCH, "products": products}
    write("buffers", results, started)
    print(report.buffers(results))


if __name__ == "__main__":
    main()
