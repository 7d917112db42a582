"""From a cold start of the interpreter to 98.0 % and 98.5 % of MNIST's test set, in each library.

    python -m benchmarks.to_98 --search    # choose the recipes, on held-out training images
    python -m benchmarks.to_98             # time them
    python -m benchmarks.to_98 --quick     # two seeds, a shorter sweep, and no Keras

The clock covers the whole process: the interpreter, the imports, the data from an uncompressed
file, compilation, training, and one evaluation of the test set. Every run is a process of its own,
and in a round all libraries run in turn with the same seed.

There are three races. In the first, all libraries train by one plain recipe. In the other two, each
library uses the recipe and the variant (threads, compilation) that a sweep found fastest for it,
among the recipes that reach the target. `--search` decides which recipes do, for all libraries
alike: each recipe of `GRID` trains on 50,000 training images from 20 seeds, and reaches a target if
the mean of its accuracies on the other 10,000, less two standard deviations, does. The sweep
uses the same split, and the median time of three seeds. The test images decide nothing.

A library that fails in a race is left out of it, and the results say so.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks import pictures, report
from benchmarks.common import Results, drop, in_child, load_digits, read, spread, write
from benchmarks.racers import EXAMPLE, RACERS, Train, missing, tinynet
from benchmarks.recipes import CENTRE, FIVE_SHIFTS, Recipe, rows_to_test, training_set

PLAIN = Recipe((256,), 128, 4, 0.1)
BATCHES = ((64, 0.1), (128, 0.1), (256, 0.2))  # with their learning rates
GRID = (
    PLAIN,
    Recipe((256,), 64, 5, 0.1, CENTRE),
    *(
        Recipe((width,), batch, epochs, rate, FIVE_SHIFTS)
        for epochs, width in ((1, 96), (1, 128), (1, 160), (1, 256), (2, 256), (2, 320), (2, 400))
        for batch, rate in BATCHES
    ),
)
TARGETS = {"98.0 %": 0.98, "98.5 %": 0.985}
HELD_OUT = 10_000
SWEEP_SEEDS, SEARCH_SEEDS = 3, 20
FIGURES = ("wall", "cpu", "peak_mib")
NEIGHBOURS = ("tinynet", "PyTorch", "JAX by hand", "scikit-learn")  # of --quick
Digits = dict[str, np.ndarray]


def split(digits: Digits, count: int = HELD_OUT) -> Digits:
    """Return the training images as a data set of its own: the last ones are its test images."""
    x, y = digits["x_train"], digits["y_train"]
    return {
        "x_train": x[:-count],
        "y_train": y[:-count],
        "x_test": x[-count:],
        "y_test": y[-count:],
    }


# The search, by tinynet alone


def tried(recipe: Recipe, digits: Digits, seeds: int, train: Train = tinynet) -> Results:
    """Train by a recipe from several seeds; return the accuracies and the processor's seconds."""
    x, y = training_set(recipe, digits["x_train"], digits["y_train"])
    arrays = x, y, rows_to_test(recipe, digits["x_test"]), digits["y_test"]
    accuracies, seconds = [], []
    for seed in range(seeds):
        start = time.process_time()
        accuracies.append(train(recipe, arrays, seed))
        seconds.append(time.process_time() - start)
    return {"recipe": asdict(recipe), "accuracy": spread(accuracies), "cpu": spread(seconds)}


def search(source: str, digits: Digits, grid: Sequence[Recipe], seeds: int) -> None:
    """Try every recipe of a grid on held-out images, and write what it reaches."""
    from threadpoolctl import threadpool_limits

    started, results = time.time(), []
    for recipe in grid:
        with threadpool_limits(1, user_api="blas"):
            results.append(tried(recipe, split(digits), seeds))
        accuracy, cpu = results[-1]["accuracy"], results[-1]["cpu"]["median"]
        low, middle = (f"{100 * accuracy[key]:.2f} %" for key in ("min", "median"))
        print(f"{words(recipe)}: median {middle}, worst {low}, CPU {cpu:.2f} s", flush=True)
    write("to_98_recipes", {"data": source, "seeds": seeds, "tried": results}, started)


def candidates(results: Sequence[Results], target: float) -> list[Recipe]:
    """Return the cheapest recipe of each batch size, of those that reach a target."""
    best: dict[int, Results] = {}
    for result in results:
        batch = result["recipe"]["batch"]
        cheaper = batch not in best or result["cpu"]["median"] < best[batch]["cpu"]["median"]
        if report.assured(result) >= target and cheaper:
            best[batch] = result
    return [recipe_of(best[batch]["recipe"]) for batch in sorted(best)]


def chosen(source: str) -> dict[str, list[Recipe]]:
    """Return the recipes to sweep for each target, as the last search on this data found them.

    Raises
    ------
    ValueError
        If there was no such search, or if no recipe reaches a target.
    """
    again = "run `python -m benchmarks.to_98 --search` first"
    try:
        found = read("to_98_recipes")
    except FileNotFoundError:
        raise ValueError(f"no recipes have been searched yet: {again}") from None
    if found["data"] != source:
        raise ValueError(f"the recipes were searched on {found['data']}, not on {source}: {again}")
    recipes = {race: candidates(found["tried"], target) for race, target in TARGETS.items()}
    missed = [race for race in TARGETS if not recipes[race]]
    if missed:
        raise ValueError(
            f"none of the recipes searched on {source} reaches {' or '.join(missed)}: "
            "add better ones to GRID, and search again"
        )
    return recipes


def recipe_of(saved: Results) -> Recipe:
    """Return a recipe that was saved as JSON."""
    lists = {"hidden": tuple(saved["hidden"]), "shifts": tuple(map(tuple, saved["shifts"]))}
    return Recipe(**{**saved, **lists})


def words(recipe: Recipe) -> str:
    return report.recipe_text(asdict(recipe))


# The sweep and the races


def run(name: str, variant: str, recipe: Recipe, data: Path, seed: int) -> Results:
    """Train in a process of its own; return its figures."""
    _, variables = RACERS[name].variants[variant]
    settings = ("--variant", variant, "--recipe", json.dumps(asdict(recipe)))
    where = ("--data", str(data), "--seed", str(seed))
    return in_child("benchmarks.racers", name, *settings, *where, **variables)


def fastest(runs: Sequence[Results], target: float) -> Results:
    """Return the fastest of the runs that reach the target; if none does, the most accurate."""
    reached = [run for run in runs if run["accuracy"] >= target]
    if reached:
        return min(reached, key=lambda run: run["wall"])
    return max(runs, key=lambda run: run["accuracy"])


def sweep(
    name: str, recipes: dict[str, list[Recipe]], data: Path, seeds: int = SWEEP_SEEDS
) -> dict[str, Results]:
    """Find a library's variant and, for each target, its recipe; return both with what was seen.

    The variants are compared on the first recipe, the recipes by the variant that won, and both by
    the median time and the mean accuracy over a few seeds. A variant that fails, as torch.compile
    does without a C++ compiler, is left out.

    Raises
    ------
    RuntimeError
        If every variant fails.
    """
    seen: list[Results] = []

    def trial(variant: str, recipe: Recipe) -> Results:
        setting = {"variant": variant, "recipe": asdict(recipe)}
        runs = [run for run in seen if setting.items() <= run.items()]
        for seed in range(len(runs), seeds):
            runs.append({**setting, "seed": seed, **run(name, variant, recipe, data, seed)})
            seen.append(runs[-1])
            print(f"{name}, {variant}, {words(recipe)}: {figures(runs[-1])}", flush=True)
        wall = float(np.median([run["wall"] for run in runs]))
        accuracy = float(np.mean([run["accuracy"] for run in runs]))
        return {**setting, "wall": wall, "accuracy": accuracy}

    first = next(iter(recipes.values()))[0]
    variants, failures = [], []
    for variant in RACERS[name].variants:
        try:
            variants.append(trial(variant, first))
        except RuntimeError as error:
            print(f"{name}, {variant} fails: {error}", flush=True)
            failures.append(error)
    if not variants:
        raise failures[0]
    best = min(variants, key=lambda run: run["wall"])["variant"]
    settings: dict[str, Results] = {"plain": {"variant": best, "recipe": asdict(PLAIN)}}
    for race, choices in recipes.items():
        winner = fastest([trial(best, recipe) for recipe in choices], TARGETS[race])
        settings[race] = {"variant": best, "recipe": winner["recipe"]}
    return {"settings": settings, "seen": {"runs": seen}}


def figures(result: Results) -> str:
    """Return a run's figures, to be printed."""
    seconds = f"process {result['wall']:.2f} s, CPU {result['cpu']:.2f} s"
    return f"{seconds}, accuracy {100 * result['accuracy']:.2f} %"


def summary(runs: dict[str, list[Results]], target: float) -> Results:
    """Return each library's figures over the rounds, and tinynet's time over its, in each round."""
    found: Results = {}
    for name, results in runs.items():
        found[name] = {key: spread([run[key] for run in results]) for key in FIGURES}
        accuracies = [run["accuracy"] for run in results]
        found[name]["accuracy"] = {**spread(accuracies), "mean": float(np.mean(accuracies))}
        found[name]["reached"] = sum(accuracy >= target for accuracy in accuracies)
        pairs = list(zip(runs.get("tinynet", []), results, strict=False))
        if pairs and name != "tinynet":
            found[name]["ratio of tinynet"] = {
                key: spread([mine[key] / theirs[key] for mine, theirs in pairs]) for key in FIGURES
            }
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Time the way to 98 % of MNIST in each library.")
    parser.add_argument("--search", action="store_true", help="choose the recipes instead")
    parser.add_argument("--quick", action="store_true", help="two seeds, without Keras")
    parser.add_argument("--seeds", type=int, help="by default 5; 2 with --quick, 20 with --search")
    parser.add_argument("--only", nargs="+", choices=RACERS, help="these libraries")
    options = parser.parse_args(arguments)
    usual = SEARCH_SEEDS if options.search else 2 if options.quick else 5
    seeds = usual if options.seeds is None else options.seeds
    least = 2 if options.search else 1  # a search takes the deviation over the seeds
    if seeds < least:
        parser.error(f"expected --seeds of at least {least}, received {seeds}")
    source, *arrays = load_digits()
    names = ("x_train", "y_train", "x_test", "y_test")
    digits = dict(zip(names, arrays, strict=True))
    for name in ("x_train", "x_test"):
        digits[name] = digits[name].reshape(-1, 28, 28)
    if options.search:
        search(source, digits, GRID, seeds)
        return

    started = time.time()
    try:
        recipes = chosen(source)
    except ValueError as error:
        parser.error(str(error))
    racers = options.only or (NEIGHBOURS if options.quick else list(RACERS))
    skipped = {name: "not installed" for name in missing() if name in racers}
    with tempfile.TemporaryDirectory() as folder:
        data, held_out = Path(folder) / "digits.npz", Path(folder) / "held_out.npz"
        np.savez(data, **digits)  # type: ignore[arg-type]  # not allow_pickle
        np.savez(held_out, **split(digits))  # type: ignore[arg-type]
        sweeps: dict[str, Results] = {}
        for name in racers:
            if name not in skipped:
                try:
                    tries = 1 if options.quick else SWEEP_SEEDS
                    sweeps[name] = sweep(name, recipes, held_out, tries)
                except RuntimeError as error:
                    skipped[name] = str(error)[:200]
        if not sweeps:
            parser.error(f"no library can be timed: {skipped}")
        races: dict[str, dict[str, list[Results]]] = {
            race: {name: [] for name in sweeps} for race in ("plain", *TARGETS)
        }
        if source == "MNIST":
            races["98.0 %"][EXAMPLE] = []
        for seed in range(seeds):
            for race, runs in races.items():
                for name in list(runs):
                    try:
                        if name == EXAMPLE:
                            result = in_child("benchmarks.racers", EXAMPLE)
                        else:
                            setting = sweeps[name]["settings"][race]
                            recipe = recipe_of(setting["recipe"])
                            result = run(name, setting["variant"], recipe, data, seed)
                    except RuntimeError as error:
                        drop(runs, name, error, skipped, f"{name}, {race}")
                        continue
                    runs[name].append(result)
                    print(f"seed {seed}, {race}, {name}: {figures(result)}", flush=True)
            record = {
                "data": source,
                "seeds": seed + 1,
                "skipped": skipped,
                "settings": {name: found["settings"] for name, found in sweeps.items()},
                "sweep": {name: found["seen"]["runs"] for name, found in sweeps.items()},
                "races": {
                    race: summary(runs, TARGETS.get(race, 0.98)) for race, runs in races.items()
                },
            }
            write("to_98", record, started)  # now, so that whoever stops it keeps these rounds
    pictures.to_98(record)
    print(report.to_98(record))


if __name__ == "__main__":
    main()
