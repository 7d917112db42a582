"""Measures training on several processes, for the tables of docs/evidence/data_parallel.md.

``python -m tools.make_data_parallel`` runs itself under ``mpiexec`` on 1, 2 and 4 ranks.
``--write`` rewrites the tables from the last measurement, in ``docs/_data/data_parallel.json``.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import tinynet as tn
from tools.tables import put_tables

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "_data" / "data_parallel.json"
PAGE = ROOT / "docs" / "evidence" / "data_parallel.md"
RANKS, BATCHES = (1, 2, 4), (32, 128, 512, 2048)
RUNS, ROUNDS, STEPS = 6, 4, 20
MOST_LOAD = 0.3  # of a machine that does nothing else
MPIEXEC = Path(sys.executable).parent / "mpiexec"


def measure(comm: Any) -> dict[str, dict[str, float]]:
    """Measure steps of the reference network: the shortest of some rounds, in microseconds."""
    from tinynet.distributed import AllReduce

    rng, found = np.random.default_rng(0), {}
    for batch in BATCHES:
        each = batch // comm.size
        x, y = rng.normal(size=(each, 784)).astype(np.float32), np.arange(each) % 10
        stack = [tn.Dense(128, "relu", input_shape=(784,)), tn.Dense(128, "relu")]
        model = tn.Sequential([*stack, tn.Dense(10, "softmax")], seed=0)
        optimizer = AllReduce(tn.SGD(0.01), comm)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        gradients = model.gradients
        times: dict[str, list[float]] = {"step": [], "all_reduce": []}
        for _ in range(ROUNDS):
            for name in times:
                gradients[...] = 0
                comm.Barrier()
                start = time.perf_counter()
                for _ in range(STEPS):
                    if name == "step":
                        model.train_on_batch(x, y)
                    else:
                        comm.Allreduce(optimizer.in_place, gradients)
                times[name].append((time.perf_counter() - start) / STEPS)
        found[str(batch)] = {name: min(values) * 1e6 for name, values in times.items()}
    return found


def steps() -> dict[str, Any]:
    """Return the shortest times of all runs, by ranks and batch; the ranks take turns."""
    runs: dict[int, list[dict[str, dict[str, float]]]] = {size: [] for size in RANKS}
    for _ in range(RUNS):
        for size in RANKS:
            printed = run(size, "-m", "tools.make_data_parallel", "--rank")
            runs[size].append(json.loads(printed.splitlines()[-1]))
    return {
        str(size): {
            batch: {name: round(min(r[batch][name] for r in found)) for name in found[0][batch]}
            for batch in found[0]
        }
        for size, found in runs.items()
    }


def differences() -> list[dict[str, Any]]:
    """Return, by ranks and optimizer, how far the weights are from those of one process."""
    from tests.support import mpi_training as mpi

    rows = []
    x, y = mpi.data()
    for size in RANKS:
        used = mpi.N // size * size
        with tempfile.TemporaryDirectory() as folder:
            run(size, "-m", "tests.support.mpi_training", folder)
            ranks = [dict(np.load(Path(folder, f"{size}-{rank}.npz"))) for rank in range(size)]
        for name, optimizer in mpi.optimizers().items():
            expected = mpi.train(optimizer, x[:used], y[:used], mpi.BATCH)
            found = [rank[name] for rank in ranks]
            equal = len({rank.tobytes() for rank in found}) == 1
            worst = float(np.abs(found[0] - expected).max() / np.abs(expected).max())
            rows.append({"ranks": size, "optimizer": name, "worst": worst, "equal": equal})
    return rows


def run(size: int, *command: Any) -> str:
    """Run a program on so many ranks."""
    done = subprocess.run(
        [str(MPIEXEC), "-n", str(size), sys.executable, *map(str, command)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "OPENBLAS_NUM_THREADS": "1",
            "HYDRA_IFACE": "lo",
        },
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def collect(*, compare: bool, known: dict[str, Any]) -> dict[str, Any]:
    """Measure the times and, if asked to, how far the weights are from those of one process."""
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    if load > MOST_LOAD:
        print(
            f"The machine is busy (load {load:.2f}): the times will be too long.", file=sys.stderr
        )
    return {
        "machine": f"{platform.machine()}, {platform.system()}, NumPy {np.__version__}",
        "cores": cores,
        "load": round(load, 2),
        "rounds": RUNS * ROUNDS,
        "steps": steps(),
        "differences": differences() if compare else known["differences"],
    }


def tables(results: dict[str, Any]) -> dict[str, str]:
    """Return the two tables in Markdown."""
    lines = ["| batch | ranks | step, µs | of it all-reduce, µs |", "|--:|--:|--:|--:|"]
    for batch in map(str, BATCHES):
        for size in RANKS:
            row = results["steps"][str(size)][batch]
            lines.append(f"| {batch} | {size} | {row['step']} | {row['all_reduce']} |")
    lines += [
        "",
        f"Measured on {results['machine']}, {results['cores']} cores, with a load of "
        f"{results['load']} before it began: the shortest of {results['rounds']} rounds of {STEPS} "
        f"steps, the numbers of ranks in turn.",
    ]
    names = list(dict.fromkeys(row["optimizer"] for row in results["differences"]))
    weights = [
        "| optimizer | " + " | ".join(f"{size} rank{'s'[: size > 1]}" for size in RANKS) + " |"
    ]
    weights.append("|---|" + "--:|" * len(RANKS))
    for name in names:
        worst = [r["worst"] for r in results["differences"] if r["optimizer"] == name]
        weights.append(f"| {name} | " + " | ".join(f"{value:.1g}" for value in worst) + " |")
    equal = all(row["equal"] for row in results["differences"])
    weights += [
        "",
        f"Equal weights on all ranks, to the bit: {'yes' if equal else 'NO'}, in each run.",
    ]
    return {"steps": "\n".join(lines), "differences": "\n".join(weights)}


def main() -> None:
    """Read the command line, measure and write."""
    parser = argparse.ArgumentParser(description="Measure training on several processes.")
    parser.add_argument("--rank", action="store_true", help="be one of the ranks")
    parser.add_argument("--steps", action="store_true", help="measure the times alone")
    parser.add_argument("--write", action="store_true", help="don't measure anew")
    options = parser.parse_args()
    if options.rank:
        from mpi4py import MPI

        found = measure(MPI.COMM_WORLD)
        if MPI.COMM_WORLD.rank == 0:
            print(json.dumps(found))
        return
    if not options.write:
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if options.steps else {}
        found = collect(compare=not options.steps, known=known)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    put_tables(PAGE, tables(json.loads(RESULTS.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
