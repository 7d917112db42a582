"""Draws the plots of the benchmarks from their numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.common import RESULTS, Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, THEIRS = "tab:blue", "tab:gray"


def save(figure: "Figure", name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    figure.savefig(RESULTS / f"{name}.png", dpi=100)


def training(results: Results) -> None:
    """Bars with the three figures of every peer, whiskers from the best to the worst round."""
    from matplotlib.figure import Figure

    peers = results["peers"]
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    panels = {
        "epoch": "seconds an epoch, once warm",
        "wall": "seconds of the whole process",
        "peak_mib": "peak memory, MiB",
    }
    for axes, (key, title) in zip(figure.subplots(1, 3, sharey=True), panels.items(), strict=True):
        names = list(reversed(peers))
        values = [peers[name][key] for name in names]
        bars(axes, names, values)
        axes.set_title(title)
    save(figure, "training")


def bars(axes: "Axes", names: Sequence[str], values: Sequence[Results]) -> None:
    """Draw medians as bars, with a line from the smallest to the largest value."""
    middles = [value["median"] for value in values]
    whiskers = (
        [value["median"] - value["min"] for value in values],
        [value["max"] - value["median"] for value in values],
    )
    colors = [OURS if name.startswith("tinynet") else THEIRS for name in names]
    axes.barh(names, middles, xerr=whiskers, color=colors, ecolor="black")


def step(results: Results) -> None:
    """Where the microseconds of a step go: bare products, and all the rest."""
    from matplotlib.figure import Figure

    lines = list(reversed(results["lines"]))
    names = [line["name"] for line in lines]
    floors = [line["floor"] for line in lines]
    rest = [max(0.0, line["microseconds"] - line["floor"]) for line in lines]
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    axes.barh(names, floors, color=THEIRS, label="bare matrix products")
    axes.barh(names, rest, left=floors, color=OURS, label="everything else")
    axes.set_xlabel("microseconds")
    axes.legend()
    save(figure, "step")


def scaling(results: Results) -> None:
    """Cost against batch size, width, depth and number of examples."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator

    lines = {"floor": ("floor", "k--"), "tinynet": ("tinynet", "o-"), "torch": ("PyTorch", "s-")}
    sweeps = results["sweeps"]
    figure = Figure(figsize=(13, 4), layout="constrained")
    for axes, (name, points) in zip(figure.subplots(1, len(sweeps)), sweeps.items(), strict=True):
        x = [point[name] for point in points]
        for key, (label, style) in lines.items():
            y = [point[key]["median"] for point in points if key in point]
            if y:
                axes.loglog(x, y, style, label=label, markersize=4)
        axes.set_xlabel(name)
        ticks = x[:: len(x) // 4 + 1]
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.set_title("seconds an epoch" if name == "examples" else "microseconds a step")
        axes.legend()
    save(figure, "scaling")


def published(results: Results) -> None:
    """Errors reached, beside those published."""
    from matplotlib.figure import Figure

    rungs = list(reversed(results["ladder"]))
    names = [rung["name"] for rung in rungs]
    errors = [rung[rung["compared"]] for rung in rungs]
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(
        [error["mean"] for error in errors], names,
        xerr=[error["std"] for error in errors], fmt="o", color=OURS,
        label="tinynet, mean ± standard deviation",
    )  # fmt: skip
    seeds = [(value, name) for name, e in zip(names, errors, strict=True) for value in e["values"]]
    axes.plot(*zip(*seeds, strict=True), "|", color=OURS, markersize=12, label="each seed")
    best = [(report.typical(rung), rung["name"]) for rung in rungs if rung["best_of"] > 1]
    if best:
        axes.plot(*zip(*best, strict=True), "D", color="tab:orange", label="best of three seeds")
    axes.plot([rung["published"] for rung in rungs], names, "x", color="black", label="published")
    axes.set_xscale("log")
    ticks = (1, 1.5, 2, 3, 5, 10, 20, 50)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("error, % (logarithmic)")
    axes.legend()
    save(figure, "published")


def to_98(results: Results) -> None:
    """Bars of the process's seconds, one panel for each race."""
    from matplotlib.figure import Figure

    races = results["races"]
    figure = Figure(figsize=(12, 4), layout="constrained")
    panels = zip(figure.subplots(1, len(races), squeeze=False)[0], races.items(), strict=True)
    for axes, (race, racers) in panels:
        names = [name for name in reversed(racers) if name in results["settings"]]
        values = [racers[name]["wall"] for name in names]
        bars(axes, names, values)
        axes.set_title("one plain recipe" if race == "plain" else f"{race}, best recipe of each")
        axes.set_xlabel("seconds of the whole process")
        axes.label_outer()
    save(figure, "to_98")
