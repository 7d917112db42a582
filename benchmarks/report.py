"""Writes docs/evidence/benchmarks.md from the JSON files in benchmarks/results.

    python -m benchmarks.report

The text is below, with the measured values in braces.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import fmean, stdev

from benchmarks.common import LAYERS, RESULTS, ROOT, Results, read
from tinynet._internal.threads import SMALL_PRODUCT

PAGE = ROOT / "docs" / "evidence" / "benchmarks.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures from benchmarks.report -->\n", "<!-- end of the figures -->\n"
BEGIN_98, END_98 = "<!-- first to 98 % from benchmarks.report -->\n", "<!-- end of it -->\n"
OURS, EXAMPLE = "tinynet", "examples/fast_mnist.py"

INTRODUCTION = """\
# Benchmarks

This page shows how fast tinynet trains compared with other libraries, where the time of a step
goes, how the cost grows with the size of the problem, and whether tinynet's networks are as
accurate as published ones. `python -m benchmarks.report` writes it from the raw numbers in
`benchmarks/results/`. To measure your own machine, run the benchmarks:

```sh
pip install -e ".[bench]"
python -m benchmarks.training    # against the other libraries
python -m benchmarks.to_98       # from a cold start to 98 % of the test set, in each library
python -m benchmarks.step        # where a step's microseconds go
python -m benchmarks.scaling     # cost by batch size, width, depth and number of examples
python -m benchmarks.threads     # one BLAS thread or all, on an idle and on a busy machine
python -m benchmarks.buffers     # a step's products in a new process
python -m benchmarks.published   # published results, reproduced
python -m benchmarks.report      # this page
```
"""

TRAINING = """\
## The reference workload

The workload is {data}, {layers}, batches of {batch}, SGD with learning rate 0.01, float32, {epochs}
epochs. The table gives medians of {rounds} rounds, with the smallest and the largest in brackets.
Every run is a separate process, and in each round all peers run in turn. **tinynet runs in its
default settings.** {sweep} All peers have the data in memory in the layout that suits them, shuffle
in every epoch, and track loss and accuracy. tinynet keeps the images as bytes, and a
`Normalization` layer converts each batch. The other libraries get float32 images, and so does
tinynet in a separate row. The first epoch, in which some libraries compile, counts for the whole
process only.

{table}

tinynet's values divided by those of each peer (below 1, tinynet needs less):

{ratios}

*CPU* is processor time, which depends less than the wall clock on other programs. The *floor* is
only the eight matrix products of each step by `numpy.matmul`, without data, activations, loss or
update. In the row `threads as the peers`, tinynet has the number of threads that the sweep found
best for it.
{skipped}
![Bars: seconds an epoch, of the process, peak memory](../../benchmarks/results/training.png)

{machine}
"""

TO_98 = """\
## First to 98 %

Seconds from a cold start of the interpreter to a network that reads 98.0 % or 98.5 % of {data}'s
10,000 test images: the interpreter, the imports, the data from an uncompressed file, compilation,
training, and one evaluation. Medians of {seeds} seeds, the smallest and the largest in brackets;
every run is a process of its own, and all libraries run in turn. Between runs Python's bytecode is
kept, but nothing that the libraries compile. *Reached* counts the seeds whose test accuracy is at
least the target.

{tables}

{example}{skipped}
![Bars: seconds of the whole process in each race](../../benchmarks/results/to_98.png)

{machine}

All recipes use ReLU, Nesterov momentum of 0.9 and a learning rate that falls to zero along a
cosine, step by step; scikit-learn, which has no such schedule, gets a new rate for each epoch or
shifted copy. *13 × 13* images are truncated means of 2 by 2 pixels, and *shifted copies* are the
images as they are and shifted by one pixel to each side. A recipe reaches a target if its mean
accuracy over {search_seeds} seeds, less two standard deviations, does. Every library chooses among
the same recipes: for each batch size, the cheapest that reaches the target. All of this was decided
on 10,000 held-out training images, and so was each library's choice of a recipe and a variant. The
test images were used for the tables above alone.

{recipes}
"""

STEP = """\
## Where a step's time goes

The table gives the microseconds of each line of `Sequential.train_step`, measured within the step,
and of the matrix products in that line, computed as tinynet does. They are medians over {steps}
steps of batch {batch}, on one BLAS thread.

{table}

Late in training, gradients can become subnormal numbers, on which some processors are slow. Here, a
step with mostly subnormal gradients takes {subnormal:.2f} times as long as an ordinary one.

![Bars: each line of a step, products and the rest](../../benchmarks/results/step.png)

{machine}
"""

THREADS = """\
## One thread or all

The table gives the microseconds of a step of the reference network in `fit`, with BLAS on one
thread and on {cores}, on an idle machine and while another program keeps every other core busy.
They are medians of {rounds} rounds. More threads make a step faster while their cores are free, and
small products gain least. When one of them has to wait for its core, a step takes up to
{slower:.1f} times as long. So by default tinynet uses one thread if the largest product of a step
has less than {limit} million multiply-adds (for this network, batches below {batch}), and NumPy's
setting otherwise.
`tinynet.set_blas_threads` overrides this, which is worth trying on an idle machine.

{table}

{machine}
"""

BUFFERS = """\
## Products in a new process

OpenBLAS, with which NumPy multiplies, first copies pieces of the matrices to buffers, and
prefetches the memory behind a piece. In a new process nothing has been written to that memory yet,
and on some processors prefetching it is slow. So tinynet's first call of `fit`, `evaluate` or
`predict` computes one product that is wide enough to write to it. The table gives the microseconds
of each product of a step of batch {batch} by `numpy.matmul`, on one thread, in a process without
that product and in one after it, as medians of {rounds} processes.

{table}

{machine}
"""

SCALING = """\
## How the cost grows

The tables give the microseconds of a step in `fit`, in its default settings, as medians of {rounds}
rounds. The floor and PyTorch use the better number of threads, 1 or {threads}. Memory is the peak
of NumPy's allocations during a step, without data and parameters.

{tables}

The time of an epoch grows with the number of examples to the power of **{exponent:.3f}**.

![Curves: cost against batch, width, depth and examples](../../benchmarks/results/scaling.png)

{machine}
"""

PUBLISHED = """\
## Published results, reproduced

The networks are fully connected and trained on MNIST without distortions of the images. The table
gives errors on the test set, or on the validation set if the source does, as mean ± standard
deviation over {seeds} seeds{shortened}. The error in bold is compared with the published one:
that of the last epoch, or of the best epoch if the source gives that. All runs together took
{cpu_minutes:.0f} minutes of processor time, in two processes side by side.

A published error is *reached* if tinynet's mean error is no higher. If the source gives a single
run, this is the mean over the seeds. If it gives the best of three runs, it is the mean of the
*best of three* over every choice of three seeds. A single published run may have been lucky, so the
table also gives the best seed and the number of seeds that reach the published error.

{table}

{notes}

![Points: errors reached and published](../../benchmarks/results/published.png)

{machine}
"""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, names and the column "how" to the left, the others to the right."""
    rules = [":---" if column == "how" else "---:" for column in header[1:]]
    lines = [list(header), ["---", *rules], *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figure(values: Results, digits: int) -> str:
    """Return the median, with the smallest and the largest value in brackets."""
    median, low, high = (f"{values[key]:.{digits}f}" for key in ("median", "min", "max"))
    return f"{median} ({low}–{high})"


def described(results: Results) -> str:
    """Return a sentence on the machine."""
    machine, load = results["machine"], results["load_at_end"]
    busy = "" if load is None else f" The system's load at the end was {load:.2f}."
    if load is not None and load > machine["cores"]:  # what benchmarks do themselves is no more
        busy += (
            " Other programs kept the machine busy, so these results are provisional: CPU time "
            "is more reliable here than the wall clock."
        )
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    processor = ", ".join([machine["processor"], *machine.get("instructions", [])])
    return (
        f"*{results['date']}, {results['minutes']} minutes, on {processor}, "
        f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; "
        f"{'; '.join(machine['blas'])}; {versions}.{busy}*"
    )


def training(results: Results) -> str:
    """Return the table of the reference workload."""
    rows = []
    for name, peer in results["peers"].items():
        mark = "**" if name.startswith(OURS) else ""
        learned = "loss" in peer
        rows.append(
            [
                f"{mark}{name}{mark}",
                str(peer["threads"]),
                figure(peer["epoch"], 2),
                f"{peer['cpu_epoch']['median']:.2f}",
                figure(peer["wall"], 1),
                f"{peer['cpu']['median']:.1f}",
                f"{peer['peak_mib']['median']:.0f}",
                f"{peer['loss']['median']:.3f}" if learned else "–",
                f"{peer['accuracy']['median']:.4f}" if learned else "–",
            ]
        )
    header = ("", "threads", "epoch, s", "CPU, s", "process, s", "CPU, s", "peak, MiB")
    return table((*header, "test loss", "test accuracy"), rows)


def ratios(results: Results) -> str:
    """Return the table of ratios, which are taken within rounds."""
    keys = ("epoch", "cpu_epoch", "wall", "cpu", "peak_mib")
    rows = []
    for name, peer in results["peers"].items():
        if f"ratio of {OURS}" in peer and name != OURS:
            ratio = peer[f"ratio of {OURS}"]
            rows.append([name, *(f"{ratio[key]['median']:.2f}" for key in keys)])
    return table(("tinynet ÷", "epoch", "its CPU", "process", "its CPU", "peak memory"), rows)


def recipe_text(recipe: Results) -> str:
    """Return a recipe in words."""
    side = 13 if recipe["shifts"] else 28
    hidden = "-".join(map(str, recipe["hidden"]))
    epochs = "1 epoch" if recipe["epochs"] == 1 else f"{recipe['epochs']} epochs"
    copies = len(recipe["shifts"])
    of = f" of {copies} shifted copies" if copies > 1 else ""
    return (
        f"{side} × {side} images, {hidden} hidden units, batch {recipe['batch']}, "
        f"rate {recipe['rate']}, {epochs}{of}"
    )


def to_98(results: Results) -> str:
    """Return a table for each race to 98 %."""
    tables = []
    for race, racers in results["races"].items():
        rows = []
        for name, figures in racers.items():
            setting = results["settings"].get(name)
            if setting is None:  # the example, which has a sentence of its own
                continue
            words = [setting[race]["variant"]]
            if race != "plain":
                words.append(recipe_text(setting[race]["recipe"]))
            ratio = figures.get(f"ratio of {OURS}", {}).get("wall")
            accuracy = figures["accuracy"]
            rows.append(
                [
                    f"**{name}**" if name == OURS else name,
                    "; ".join(words),
                    figure(figures["wall"], 2),
                    f"{figures['cpu']['median']:.2f}",
                    f"{ratio['median']:.2f}" if ratio else "–",
                    f"{100 * accuracy['mean']:.2f} %",
                    f"{100 * accuracy['min']:.2f} %",
                    f"{figures['reached']} of {results['seeds']}",
                ]
            )
        title = f"{race}, the best recipe found for each library"
        if race == "plain":
            plain = next(iter(results["settings"].values()))["plain"]["recipe"]
            title = f"One plain recipe for all: {recipe_text(plain)}"
        header = ("", "how", "process, s", "CPU, s", "tinynet ÷ it", "accuracy", "worst", "reached")
        tables.append(f"**{title}**\n\n{table(header, rows)}")
    return "\n\n".join(tables)


def example_98(results: Results) -> str:
    """Return a sentence on the example, if it was run."""
    figures = results["races"]["98.0 %"].get(EXAMPLE)
    if figures is None:
        return ""
    return (
        "[`examples/fast_mnist.py`](../../examples/fast_mnist.py) trains by one of the recipes. "
        "Run as it is, with `mnist.load_data` and its checksums, it takes "
        f"{figure(figures['wall'], 2)} s and reaches {100 * figures['accuracy']['median']:.2f} %.\n"
    )


def first_to_98(results: Results) -> str:
    """Return what the README says of the race to 98 %."""
    racers = results["races"]["98.0 %"]
    seconds = {name: racers[name]["wall"]["median"] for name in racers}
    ours = EXAMPLE if EXAMPLE in racers else OURS
    accuracy = 100 * racers[ours]["accuracy"]["median"]
    others = [
        name
        for name in sorted(seconds, key=lambda name: seconds[name])
        if name not in (OURS, EXAMPLE)
    ]
    theirs = ", ".join(f"{name} {seconds[name]:.1f} s" for name in others)
    return (
        "From a cold start, imports included, `python examples/fast_mnist.py` classifies "
        f"{accuracy:.1f} % of MNIST's test digits correctly after **{seconds[ours]:.1f} s**. Times "
        f"of other libraries to 98 %, each with the best recipe found for it: {theirs}.\n"
    )


def assured(tried: Results) -> float:
    """Return the mean of the held-out accuracies over the seeds, less two standard deviations."""
    values = tried["accuracy"]["values"]
    return fmean(values) - 2 * stdev(values)


def recipes_98(results: Results) -> str:
    """Return the table of all recipes tried on held-out images."""
    rows = []
    for tried in results["tried"]:
        accuracy, low = tried["accuracy"], assured(tried)
        rows.append(
            [
                recipe_text(tried["recipe"]),
                f"{100 * fmean(accuracy['values']):.2f} %",
                f"{100 * low:.2f} %",
                f"{100 * accuracy['min']:.2f} %",
                f"{tried['cpu']['median']:.2f}",
                "98.5 %" if low >= 0.985 else "98.0 %" if low >= 0.98 else "–",
            ]
        )
    header = ("recipe", "mean", "less two deviations", "worst seed", "tinynet's CPU, s", "reaches")
    return table(header, rows)


def step(results: Results) -> str:
    """Return the table of a step's lines."""
    rows = [
        [
            line["name"],
            f"{line['microseconds']:.1f}",
            f"{line['floor']:.1f}" if line["floor"] else "",
            f"{line['microseconds'] - line['floor']:.1f}",
        ]
        for line in results["lines"]
    ]
    return table(("line", "µs", "bare products, µs", "the rest, µs"), rows)


def medians_of_threads(results: Results) -> dict[tuple[int, str, int], float]:
    """Return the microseconds of a step by batch, state of the machine and number of threads."""
    return {
        (point["batch"], point["state"], point["threads"]): point["microseconds"]["median"]
        for point in results["points"]
    }


def worst_slowdown(results: Results) -> float:
    """Return the largest ratio of all threads to one on a busy machine."""
    medians = medians_of_threads(results)
    return max(
        medians[batch, state, results["cores"]] / medians[batch, state, 1]
        for batch, state, _ in medians
        if state == "busy"
    )


def threads(results: Results) -> str:
    """Return the table of steps on one thread and on all, idle and busy."""
    medians = medians_of_threads(results)
    batches = dict.fromkeys(point["batch"] for point in results["points"])
    rows = []
    for batch in batches:
        row = [str(batch)]
        for state in ("idle", "busy"):
            one, several = (medians[batch, state, count] for count in (1, results["cores"]))
            row += [f"{one:.0f}", f"{several:.0f}", f"{several / one:.2f}"]
        rows.append(row)
    header = ["batch"]
    for state in ("idle", "busy"):
        header += [f"{state}: 1 thread", f"{results['cores']} threads", "ratio"]
    return table(header, rows)


def buffers(results: Results) -> str:
    """Return the table of products before and after `touch_buffers`, with their sum."""
    medians = [
        (product["name"], product["new"]["median"], product["touched"]["median"])
        for product in results["products"]
    ]
    total = ("**all**", sum(new for _, new, _ in medians), sum(after for *_, after in medians))
    rows = [
        [name, f"{new:.1f}", f"{touched:.1f}", f"{touched / new:.2f}"]
        for name, new, touched in [*medians, total]
    ]
    return table(("product", "new process", "after it", "ratio"), rows)


def scaling(results: Results) -> str:
    """Return one table for each sweep."""
    tables = []
    for name, points in results["sweeps"].items():
        unit, digits = ("s an epoch", 3) if name == "examples" else ("µs a step", 0)
        rows = []
        for point in points:
            row = [str(point[name])]
            row += [
                f"{point[key]['median']:.{digits}f}" if key in point else "–"
                for key in ("floor", "tinynet", "torch")
            ]
            row += [f"{point['over floor']['median']:.2f}"]
            row += [f"{point['over torch']['median']:.2f}" if "over torch" in point else "–"]
            row += [f"{point['memory_mib']:.1f}"]
            rows.append(row)
        header = (name, f"floor, {unit}", "tinynet", "PyTorch", "÷ floor", "÷ PyTorch", "MiB")
        tables.append(f"**{results['headings'][name]}**\n\n{table(header, rows)}")
    return "\n\n".join(tables)


def published(results: Results) -> str:
    """Return the table of the published results."""
    rows = []
    for number, rung in enumerate(results["ladder"], start=1):
        compared = rung["compared"]
        values = rung[compared]["values"]
        cells = {key: f"{mean_and_deviation(rung[key])} %" for key in ("last", "best")}
        cells[compared] = f"**{cells[compared]}**"
        cells["best"] = cells["best"] if compared == "best" else "–"
        if rung["counted"] != "test":
            cells["last"] += f" (test: {mean_and_deviation(rung['test']['last'])} %)"
        several = rung["best_of"] > 1
        count = sum(error <= rung["published"] for error in values)
        rows.append(
            [
                f"{number}. {rung['name']}",
                f"{rung['published']:.2f} %",
                *cells.values(),
                f"**{typical(rung):.2f} %**" if several else "–",
                f"{min(values):.2f} %",
                f"{count} of {len(values)}",
                "yes" if reached(rung) else "no",
            ]
        )
    header = ("network", "published", "last epoch", "best epoch", "best of three", "best seed")
    return table((*header, "seeds that reach it", "reached"), rows)


def mean_and_deviation(errors: Results) -> str:
    """Return both, with two digits."""
    return f"{errors['mean']:.2f} ± {errors['std']:.2f}"


def typical(rung: Results) -> float:
    """Return the error to set beside the published one: of one seed, or of the best of several.

    That is the mean over the seeds, or over every choice of several seeds.
    """
    values = rung[rung["compared"]]["values"]
    choices = combinations(values, min(rung["best_of"], len(values)))
    return fmean(min(choice) for choice in choices)


def reached(rung: Results) -> bool:
    """Return whether the published error is reached on the average."""
    return typical(rung) <= float(rung["published"])


def page() -> str:
    """Return the whole page, from whichever results are there."""
    parts = [INTRODUCTION]
    if (RESULTS / "training.json").exists():
        results = read("training")
        lines = [f"- {name}: {reason}." for name, reason in results["skipped"].items()]
        skipped = "\nSkipped:\n\n" + "\n".join(lines) + "\n" if lines else ""
        layers = "-".join(map(str, results["layers"]))
        filled = {**results, "layers": layers, "skipped": skipped, "machine": described(results)}
        tried = " or ".join(map(str, results["threads_tried"]))
        filled["sweep"] = (
            f"Each peer has the number of threads, {tried}, that a short sweep found best for it."
            if len(results["threads_tried"]) > 1
            else f"Each peer has {tried} thread(s), without a sweep for the best number."
        )
        parts.append(TRAINING.format(**filled, table=training(results), ratios=ratios(results)))
    if (RESULTS / "to_98.json").exists():
        results = read("to_98")
        lines = [f"- {name}: {reason}." for name, reason in results["skipped"].items()]
        filled = {**results, "machine": described(results), "example": example_98(results)}
        filled["skipped"] = "\nSkipped:\n\n" + "\n".join(lines) + "\n" if lines else ""
        found = read("to_98_recipes")
        filled |= {"tables": to_98(results), "recipes": recipes_98(found)}
        filled["search_seeds"] = found["seeds"]
        parts.append(TO_98.format(**filled))
    if (RESULTS / "step.json").exists():
        results = read("step")
        parts.append(STEP.format(**{**results, "machine": described(results)}, table=step(results)))
    if (RESULTS / "threads.json").exists():
        results = read("threads")
        largest = max(i * o for i, o in pairwise(LAYERS))
        limit = f"{SMALL_PRODUCT / 1e6:.1f}"
        filled = {**results, "limit": limit, "batch": -(-SMALL_PRODUCT // largest)}
        filled |= {"machine": described(results), "slower": worst_slowdown(results)}
        parts.append(THREADS.format(**filled, table=threads(results)))
    if (RESULTS / "buffers.json").exists():
        results = read("buffers")
        filled = {**results, "machine": described(results)}
        parts.append(BUFFERS.format(**filled, table=buffers(results)))
    if (RESULTS / "scaling.json").exists():
        results = read("scaling")
        filled = {**results, "machine": described(results)}
        parts.append(SCALING.format(**filled, tables=scaling(results)))
    if (RESULTS / "published.json").exists():
        results = read("published")
        notes = "\n".join(
            f"{number}. {rung['source']}. {rung['recipe']}"
            for number, rung in enumerate(results["ladder"], start=1)
        )
        filled = {**results, "machine": described(results)}
        parts.append(PUBLISHED.format(**filled, table=published(results), notes=notes))
    return "\n".join(parts)


def quoted() -> str:
    """Return what the README quotes: the medians of every peer, and which are below tinynet's."""
    results = read("training")
    rows = []
    for name, figures in results["peers"].items():
        medians = {key: figures[key]["median"] for key in ("epoch", "wall", "peak_mib")}
        row = [f"{medians['epoch']:.2f}", f"{medians['wall']:.1f}", f"{medians['peak_mib']:.0f}"]
        rows.append([f"**{name}**" if name == OURS else name, *row])
    header = (f"{results['epochs']} epochs", "s an epoch", "s in all", "peak MiB")
    ahead = f"\n\n{who_needs_less(results)}" if OURS in results["peers"] else ""
    return f"{table(header, rows)}{ahead}\n"


def who_needs_less(results: Results) -> str:
    """Return the list of peers that need less than tinynet, for each column of the README."""
    lines = [f"By the medians of {results['rounds']} rounds, these need less than tinynet:", ""]
    columns = (("epoch", "time for an epoch"), ("wall", "time in all"), ("peak_mib", "memory"))
    for key, what in columns:
        ours = results["peers"][OURS][key]["median"]
        ahead = [
            name
            for name, figures in results["peers"].items()
            if not name.startswith((OURS, "floor")) and figures[key]["median"] < ours
        ]
        lines.append(f"- {what}: {'; '.join(ahead) or 'none'}")
    return "\n".join(lines)


def with_figures(readme: str) -> str:
    """Return the README with its results replaced by those of the last run."""
    readme = between(readme, BEGIN, END, quoted())
    if (RESULTS / "to_98.json").exists():
        readme = between(readme, BEGIN_98, END_98, first_to_98(read("to_98")))
    return readme


def between(text: str, begin: str, end: str, replacement: str) -> str:
    """Return a text with the part between two marks replaced, or unchanged without the marks."""
    before, mark, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{replacement}\n{end}{after}" if mark else text


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)} and the figures in {README.name}.")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
