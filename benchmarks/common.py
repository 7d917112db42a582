"""Shared by the benchmarks: data, a description of the machine, child processes, results."""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
LAYERS = (784, 128, 128, 10)
BATCH = 32
TRAIN, TEST = 60_000, 10_000
PACKAGES = ("numpy", "keras", "tensorflow-cpu", "tensorflow", "torch", "jax", "scikit-learn")

VECTORS = {"avx2": "AVX2", "avx512f": "AVX-512", "amx_tile": "AMX"}  # by Linux's names for them

Results = dict[str, Any]


def positive(text: str) -> int:
    """Return an option's value, a number of at least 1."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, received {text}")
    return int(text)


def load_digits() -> tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the data's name and x_train, y_train, x_test, y_test: MNIST, or what replaces it.

    The synthetic digits are taken where there is no MNIST, and are named in the results.
    """
    from tinynet.datasets import mnist, synthetic_digits

    try:
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        name = "MNIST"
    except OSError as error:
        print(f"MNIST isn't here ({type(error).__name__}): synthetic digits take its place.")
        (x_train, y_train), (x_test, y_test) = synthetic_digits.load_data()
        name = "synthetic digits"
    return name, x_train.reshape(-1, 784), y_train, x_test.reshape(-1, 784), y_test


def machine() -> Results:
    """Describe processor, memory, system and software; no host names and no paths."""
    from threadpoolctl import threadpool_info

    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {
        "processor": processor(),
        "instructions": instructions(),
        "cores": os.cpu_count(),
        "memory_gib": memory_gib(),
        "system": platform.system(),
        "blas": [f"{p['internal_api']} {p['version']} {p.get('architecture')}" for p in blas],
        "versions": versions,
    }


def instructions() -> list[str]:
    """Return the vector instructions that the processor has, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return [name for flag, name in VECTORS.items() if flag in flags]


def memory_gib() -> int | None:
    """Return the machine's memory, where the system tells."""
    if not hasattr(os, "sysconf"):
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def processor() -> str:
    """Return what the system calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    family = [line.partition(":")[2].strip() for line in lines if line.startswith("cpu family")]
    return f"{names[0]} (family {family[0]})" if names and family else platform.machine()


def write(name: str, results: Mapping[str, Any], started: float) -> None:
    """Write results to ``benchmarks/results/<name>.json``, with machine, date and load."""
    RESULTS.mkdir(exist_ok=True)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    record = {
        "benchmark": name,
        "date": datetime.now(UTC).date().isoformat(),
        "minutes": round((time.time() - started) / 60, 1),
        "load_at_end": load,
        "machine": machine(),
        **results,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=1, default=plain) + "\n", encoding="utf-8")
    print(f"Wrote {path.relative_to(ROOT)}.")


def read(name: str) -> Results:
    """Read what `write` wrote."""
    results: Results = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return results


def plain(value: Any) -> Any:
    """Turn NumPy's numbers and arrays into Python's, for JSON."""
    return value.tolist()


def spread(values: Sequence[float]) -> Results:
    """Median, smallest and largest."""
    return {
        "median": float(np.median(values)),
        "min": float(min(values)),
        "max": float(max(values)),
        "values": [float(value) for value in values],
    }


def in_child(module: str, *arguments: str, **environment: str) -> Results:
    """Run ``python -m module`` in a process of its own and return what it printed, as JSON.

    To that are added ``wall``, the seconds from its start to its end, ``cpu``, the seconds that it
    kept processors busy, and ``peak_mib``, the largest resident memory that it had, both in the
    operating system's own accounts. The last line of its output counts.

    Raises
    ------
    RuntimeError
        With the end of its error output, if it fails.
    """
    command = [sys.executable, "-m", module, *arguments]
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        # The checkout's modules are compiled once and kept, as those of installed libraries are.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as child:
        output, errors, usage = wait_for(child)
        wall = time.perf_counter() - start
    if child.returncode != 0:
        last = [line for line in errors.splitlines() if line.strip()][-1:]
        raise RuntimeError(f"{' '.join(command[2:])}: {' '.join(last) or 'no message'}")
    results: Results = json.loads(output.strip().splitlines()[-1])
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    return {
        **results,
        "wall": wall,
        "peak_mib": usage.ru_maxrss / unit,
        "cpu": usage.ru_utime + usage.ru_stime,
    }


def drop(
    runs: dict[str, list[Results]],
    name: str,
    error: RuntimeError,
    skipped: dict[str, str],
    label: str,
) -> None:
    """Take a peer whose child failed out of a race, with its earlier rounds, and note why.

    Raises
    ------
    RuntimeError
        If it is tinynet, without which there is nothing to compare.
    """
    if name.startswith("tinynet"):
        raise error
    done = len(runs.pop(name))
    skipped[label] = f"failed in round {done + 1}: {str(error)[:200]}"
    print(f"{label} {skipped[label]}", flush=True)


def wait_for(child: "subprocess.Popen[str]") -> tuple[str, str, Any]:
    """Read both outputs to their ends, then reap the child with its own resource usage."""
    import threading

    assert child.stdout is not None
    assert child.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    output = child.stdout.read()
    reader.join()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return output, errors[0], usage


def seconds(function: Callable[[], Any], repeat: int = 1) -> float:
    """Return the seconds that one call takes, as the mean of several in a row."""
    start = time.perf_counter()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - start) / repeat


def fastest_of_numpy(a: np.ndarray, b: np.ndarray, *, out: np.ndarray) -> np.ndarray:
    """Write a @ b into `out`; for an outer product, multiplying with broadcasting is faster."""
    multiply = np.multiply if a.shape[1] == 1 else np.matmul
    return multiply(a, b, out=out)


def bare_products(
    batch: int, widths: Sequence[int], matmul: Callable[..., Any] = fastest_of_numpy
) -> list[tuple[str, Callable[[], Any]]]:
    """Return the matrix products of one training step, by name: the floor below any step.

    For L layers they are L forwards, L for the weights' gradients and L - 1 for what a layer
    hands to the one below: eight for the reference network. The arrays are as NumPy makes them,
    each product writes into one that is there already, and nothing else is done.
    """
    rng = np.random.default_rng(0)

    def array(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    x = [array(batch, width) for width in widths]
    d = [array(batch, width) for width in widths]
    W = [array(i, o) for i, o in pairwise(widths)]
    y, dx, dW = ([np.empty_like(a) for a in arrays] for arrays in (x, d, W))

    def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
        return lambda: matmul(a, b, out=out)

    layers = range(len(W))
    products = [(f"y{k + 1} = x @ W", product(x[k], W[k], y[k + 1])) for k in layers]
    for k in reversed(layers):
        products.append((f"dW{k + 1} = x.T @ dy", product(x[k].T, d[k + 1], dW[k])))
        if k:
            products.append((f"dx{k + 1} = dy @ W.T", product(d[k + 1], W[k].T, dx[k])))
    return products


def floor_step(batch: int, widths: Sequence[int]) -> Callable[[], None]:
    """Return a function that computes all of `bare_products` once, as fast as `fit` does."""
    from tinynet._internal.blas import touch_buffers  # peers import this file without tinynet

    touch_buffers()
    products = [function for _, function in bare_products(batch, widths)]

    def step() -> None:
        for product in products:
            product()

    return step
