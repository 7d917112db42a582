"""The reference workload in tinynet, in the other libraries, and reduced to its matrix products.

784-128-128-10, batches of 32, SGD with learning rate 0.01, float32, three epochs, MNIST (or the
synthetic digits if MNIST is missing). Every run is a process of its own. A short sweep finds the
best number of threads for each library. Then all libraries run in turn, round after round, so that
a busy minute of the machine affects all alike. Ratios are taken within a round.

    python -m benchmarks.training [--rounds 5]

Three numbers are measured for each: the seconds of an epoch without the first one, the seconds of
the whole process from the start of the interpreter to the evaluation, and its peak resident memory.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import pictures, report
from benchmarks.common import (
    BATCH,
    LAYERS,
    Results,
    drop,
    in_child,
    load_digits,
    positive,
    spread,
    write,
)
from benchmarks.peers import PEERS, environment, missing

OURS = ("tinynet", "tinynet, float32 images")  # run as they are: no sweep, no environment


def run(name: str, data: Path, epochs: int, threads: int) -> Results:
    arguments = (name, "--data", str(data), "--epochs", str(epochs), "--threads", str(threads))
    result = in_child("benchmarks.peers", *arguments, **environment(name, threads))
    for figure, epochs_of in (("epoch", result["epochs"]), ("cpu_epoch", result["cpu_epochs"])):
        result[figure] = float(np.median(epochs_of[1:] or epochs_of))
    return result


FIGURES = ("epoch", "cpu_epoch", "wall", "cpu", "peak_mib")
LEARNED = ("train_loss", "loss", "accuracy")
SWEEP = 12_800  # examples in the sweep: enough for a steady epoch, and soon over


def best_threads(name: str, data: Path, choices: Sequence[int]) -> tuple[int, dict[str, float]]:
    """Find the number of threads with the shortest epoch after the first, if there is a choice."""
    if len(choices) == 1:
        return choices[0], {}
    seconds = {threads: run(name, data, 2, threads)["epoch"] for threads in choices}
    best = min(seconds, key=lambda threads: seconds[threads])
    sweep = {str(threads): value for threads, value in seconds.items()}
    print(f"{name}: {best} thread(s), seconds an epoch by threads {sweep}", flush=True)
    return best, sweep


def sweep(
    names: Sequence[str], sample: Path, choices: Sequence[int]
) -> tuple[dict[str, int], Results, dict[str, str]]:
    """Return each peer's best number of threads, what the sweep saw, and why some have none."""
    skipped = {name: "not installed" for name in missing() if name in names}
    threads = dict.fromkeys(OURS, 0)
    seen: Results = {}
    for name in names:
        if name in skipped or name in OURS:
            continue
        try:
            threads[name], seen[name] = best_threads(name, sample, choices)
        except RuntimeError as error:
            skipped[name] = str(error)[:200]
    for name, reason in skipped.items():
        print(f"{name} is skipped: {reason}", flush=True)
    return threads, seen, skipped


def run_all(
    runs: dict[str, list[Results]],
    data: Path,
    epochs: int,
    threads: dict[str, int],
    skipped: dict[str, str],
) -> None:
    """Run one round, and add each peer's figures to its list; leave out a peer that fails."""
    for name, results in list(runs.items()):
        try:
            last = run(name, data, epochs, threads[name])
        except RuntimeError as error:
            drop(runs, name, error, skipped, name)
            continue
        results.append(last)
        seconds = ", ".join(f"{key} {last[key]:.2f}" for key in FIGURES)
        learned = ", ".join(f"{key} {last[key]:.4f}" for key in LEARNED if key in last)
        print(f"round {len(results)}: {name}: {seconds}, {learned}", flush=True)


def summary(runs: dict[str, list[Results]], threads: dict[str, int], seen: Results) -> Results:
    """Return medians and spreads over the rounds, and ratios taken within them."""
    figures: Results = {}
    for name, results in runs.items():
        keys = [key for key in FIGURES + LEARNED if key in results[0]]
        figures[name] = {"threads": threads[name] or "default", "sweep": seen.get(name)}
        figures[name] |= {key: spread([result[key] for result in results]) for key in keys}
        for ours in OURS:
            pairs = list(zip(runs.get(ours, []), results, strict=False))
            if pairs:
                figures[name][f"ratio of {ours}"] = {
                    key: spread([mine[key] / theirs[key] for mine, theirs in pairs])
                    for key in FIGURES
                }
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Time the reference workload in each library.")
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--epochs", type=positive, default=3)
    parser.add_argument("--threads", type=positive, nargs="+", default=[1, 2], help="for the sweep")
    parser.add_argument("--examples", type=positive, help="only the first so many, for a trial")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    options = parser.parse_args(arguments)

    started = time.time()
    source, x_train, y_train, x_test, y_test = load_digits()
    x_train, y_train = x_train[: options.examples], y_train[: options.examples]
    with tempfile.TemporaryDirectory() as folder:
        data, sample = Path(folder) / "digits.npz", Path(folder) / "sample.npz"
        for path, count in ((data, None), (sample, SWEEP)):
            x, y = x_train[:count], y_train[:count]
            np.savez(path, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
        threads, seen, skipped = sweep(options.only, sample, options.threads)
        runs: dict[str, list[Results]] = {n: [] for n in options.only if n not in skipped}
        for number in range(options.rounds):
            run_all(runs, data, options.epochs, threads, skipped)
            results = {
                "data": source,
                "examples": len(x_train),
                "layers": LAYERS,
                "batch": BATCH,
                "epochs": options.epochs,
                "rounds": number + 1,
                "threads_tried": options.threads,
                "skipped": skipped,
                "peers": summary(runs, threads, seen),
            }
            write("training", results, started)  # now, so that whoever stops it keeps these rounds
    pictures.training(results)
    print(report.training(results))


if __name__ == "__main__":
    main()
