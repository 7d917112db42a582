"""Writes docs/evidence/benchmarks.md from the JSON in benchmarks/results: no figure there is typed.

    python -m benchmarks.report

What stands in braces in the text below is filled in; everything else is said once, here.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import fmean

from benchmarks.common import LAYERS, RESULTS, ROOT, Results, read
from tinynet._internal.threads import SMALL_PRODUCT

PAGE = ROOT / "docs" / "evidence" / "benchmarks.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures from benchmarks.report -->\n", "<!-- end of the figures -->\n"
BEGIN_98, END_98 = "<!-- first to 98 % from benchmarks.report -->\n", "<!-- end of it -->\n"
OURS, EXAMPLE = "tinynet", "examples/fast_mnist.py"

INTRODUCTION = """\
# Benchmarks

How fast tinynet trains the classic network beside the libraries it explains, what its step is made
of, how its cost grows, and whether its networks learn as well as the published ones. Losses stand
beside wins. `python -m benchmarks.report` writes this page from the raw numbers in
`benchmarks/results/`; run the benchmarks on your own machine to get your own.

```sh
pip install -e ".[bench]"
python -m benchmarks.training    # against the other libraries
python -m benchmarks.to_98       # from a cold start to 98 % of the test set, in each library
python -m benchmarks.step        # where a step's microseconds go
python -m benchmarks.scaling     # with batch, width, depth and examples
python -m benchmarks.threads     # one BLAS thread against all, on an idle and on a busy machine
python -m benchmarks.published   # published results, reproduced
python -m benchmarks.report      # this page
```
"""

TRAINING = """\
## The reference workload

{data}, {layers}, batches of {batch}, SGD with learning rate 0.01, float32, {epochs} epochs. Medians
of {rounds} rounds, with the smallest and the largest in brackets; every run is a process of its
own, and in a round all peers run in turn. **tinynet runs in its default settings.** {sweep} All
have their data laid out in memory as they like them, all shuffle, all keep count of loss and
accuracy. tinynet likes images as the bytes that they are, behind a `Normalization` layer that
converts each batch in its turn; the others get them as float32, and so does tinynet in a row of its
own. An epoch is timed once everything is warm: the first, in which some compile, counts for
the whole process only.

{table}

tinynet's figures divided by each peer's; below 1 tinynet needs less:

{ratios}

*CPU* is how long processors were kept busy, which other programs on the machine disturb less than
they do the clock. The *floor* is the eight matrix products of a step and nothing else: no data, no
activations, no loss, no update. With `threads as the peers` tinynet, too, has the number of threads
that the sweep found best, in place of its default.
{skipped}
![Bars: seconds an epoch, of the process, peak memory](../../benchmarks/results/training.png)

{machine}
"""

TO_98 = """\
## First to 98 %

Seconds from a cold start of the interpreter to a network that reads 98.0 % or 98.5 % of {data}'s
10,000 test images: the interpreter, the imports, the data from an uncompressed file, compilation,
training, and one evaluation. Medians of {seeds} seeds, the smallest and the largest in brackets;
every run is a process of its own, and all libraries run in turn. No compiled code is kept from run
to run. *Reached* counts the seeds whose test accuracy is at least the target.

{tables}

{example}{skipped}
![Bars: seconds of the whole process in each race](../../benchmarks/results/to_98.png)

{machine}

All recipes use ReLU, Nesterov momentum of 0.9 and a learning rate that falls to zero along a
cosine, step by step; scikit-learn, which has no such schedule, gets a new rate for each epoch or
shifted copy. *13 × 13* images are means of 2 by 2 pixels, and *shifted copies* are the images as
they are and shifted by one pixel to each side. Every library chooses among the same recipes: for
each batch size, the cheapest whose worst seed reaches the target. That was decided on 10,000
training images that were held out, and so was each library's choice of a recipe and a variant. The
test images were used once, for the tables above.

{recipes}
"""

STEP = """\
## Where a step's time goes

Microseconds of each line of `Sequential.train_step`, in its place between the others, and of the
bare matrix products in it; medians over {steps} steps of batch {batch}, on one BLAS thread.

{table}

Late in training gradients can become so small that they are subnormal numbers, on which some
processors are slow. A step whose gradients are nearly all subnormal takes {subnormal:.2f} times as
long here as one with ordinary gradients.

![Bars: each line of a step, products and the rest](../../benchmarks/results/step.png)

{machine}
"""

THREADS = """\
## One thread or all

Microseconds a step of the reference network in `fit`, with BLAS on one thread and on {cores}, while
the machine does nothing else and while another program keeps every other core busy; medians of
{rounds} rounds. More threads make a step shorter while their cores are free, and several times as
long as soon as one has to wait for its core; the smaller the product, the less there is to win. So
by default tinynet takes one thread while the largest product of a step has
less than {limit} million multiply-adds (for this network, batches below {batch}), and leaves
NumPy's setting alone above; `tinynet.set_blas_threads` decides otherwise. On a machine that does
nothing else, that is worth trying.

{table}

{machine}
"""

SCALING = """\
## How the cost grows

Microseconds a step in `fit`, in its default settings, medians of {rounds} rounds. The floor and
PyTorch are each at their better number of threads (1 or {threads}). Memory is the most that NumPy
holds at once during a step, beside data and parameters.

{tables}

Seconds an epoch grow with the number of examples to the power of **{exponent:.3f}**.

![Curves: cost against batch, width, depth and examples](../../benchmarks/results/scaling.png)

{machine}
"""

PUBLISHED = """\
## Published results, reproduced

Fully connected networks on MNIST without distortions of the images. Errors on the test set, or on
the validation set where the source gives that, mean ± standard deviation over {seeds}
seed(s){shortened}. What is set beside the published error, in bold, is the error after the last
epoch; or the best epoch's, where that is what the source gives. In all it took {cpu_minutes:.0f}
minutes of processor time, in two processes side by side: half as many minutes where two cores are
free.

A published error counts as *reached* if it is, on the average, no lower than ours: than the mean
over the seeds, where the source gives a single run; and where it gives the best of three, than the
mean of *best of three*, over every choice of three of the seeds. A single published run may have
been a lucky one, so the best seed and the number of seeds that reach it stand beside.

{table}

{notes}

![Points: errors reached and published](../../benchmarks/results/published.png)

{machine}
"""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, first column to the left, the others to the right."""
    lines = [list(header), ["---"] + ["---:"] * (len(header) - 1), *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figure(values: Results, digits: int) -> str:
    """Return a median, and the smallest and largest in brackets."""
    median, low, high = (f"{values[key]:.{digits}f}" for key in ("median", "min", "max"))
    return f"{median} ({low}–{high})"


def described(results: Results) -> str:
    """Return a sentence on the machine."""
    machine, load = results["machine"], results["load_at_end"]
    busy = "" if load is None else f" The system's load at the end was {load:.2f}."
    if load is not None and load > machine["cores"]:  # what benchmarks do themselves is no more
        busy += (
            " Other programs kept the machine busy meanwhile, so these figures are provisional: "
            "read the clock's with care; those of CPU time say more."
        )
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"*{results['date']}, {results['minutes']} minutes, on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; "
        f"{'; '.join(machine['blas'])}; {versions}.{busy}*"
    )


def training(results: Results) -> str:
    """Return the table of what was measured."""
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
    """Return tinynet's figures over each peer's, taken within rounds."""
    keys = ("epoch", "cpu_epoch", "wall", "cpu", "peak_mib")
    rows = []
    for name, peer in results["peers"].items():
        if f"ratio of {OURS}" in peer and name != OURS:
            ratio = peer[f"ratio of {OURS}"]
            rows.append([name, *(f"{ratio[key]['median']:.2f}" for key in keys)])
    return table(("tinynet ÷", "epoch", "CPU of it", "process", "CPU of it", "peak memory"), rows)


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
            title = f"98.0 %, one plain recipe for all: {recipe_text(plain)}"
        header = ("", "how", "process, s", "CPU, s", "tinynet ÷ it", "accuracy", "worst", "reached")
        tables.append(f"**{title}**\n\n{table(header, rows)}")
    return "\n\n".join(tables)


def example_98(results: Results) -> str:
    """Return a sentence on the example, if it was run."""
    figures = results["races"]["98.0 %"].get(EXAMPLE)
    if figures is None:
        return ""
    return (
        "[`examples/fast_mnist.py`](../../examples/fast_mnist.py) is tinynet's recipe in the "
        "second table. Run as it is, with `mnist.load_data` and its checksums, it takes "
        f"{figure(figures['wall'], 2)} s and reaches {100 * figures['accuracy']['median']:.2f} %.\n"
    )


def first_to_98(results: Results) -> str:
    """Return what the README says of the race to 98 %."""
    racers = results["races"]["98.0 %"]
    seconds = {name: racers[name]["wall"]["median"] for name in racers}
    accuracy = 100 * racers[OURS]["accuracy"]["min"]
    others = [
        name
        for name in sorted(seconds, key=lambda name: seconds[name])
        if name not in (OURS, EXAMPLE)
    ]
    theirs = ", ".join(f"{name} {seconds[name]:.1f}" for name in others)
    ours = seconds.get(EXAMPLE, seconds[OURS])
    return (
        f"**First to 98 %.** From a cold start, imports included, `python examples/fast_mnist.py` "
        f"reads 98 % of MNIST's test digits after **{ours:.1f} s** "
        f"(worst of {results['seeds']} seeds: {accuracy:.1f} %). Seconds of other libraries, each "
        f"with the best recipe found for it: {theirs}.\n"
    )


def recipes_98(results: Results) -> str:
    """Return the table of all recipes tried on held-out images."""
    rows = []
    for tried in results["tried"]:
        accuracy = tried["accuracy"]
        low = accuracy["min"]
        rows.append(
            [
                recipe_text(tried["recipe"]),
                f"{100 * accuracy['median']:.2f} %",
                f"{100 * low:.2f} %",
                f"{tried['cpu']['median']:.2f}",
                "98.5 %" if low >= 0.985 else "98.0 %" if low >= 0.98 else "–",
            ]
        )
    header = ("recipe", "held-out accuracy", "worst seed", "tinynet's CPU, s", "reaches")
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


def threads(results: Results) -> str:
    """Return the table of steps on one thread and on all, idle and busy."""
    medians = {
        (point["batch"], point["state"], point["threads"]): point["microseconds"]["median"]
        for point in results["points"]
    }
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
    """Return the table of the ladder."""
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
            else f"This time each peer was given {tried} thread(s), without a sweep for its best."
        )
        parts.append(TRAINING.format(**filled, table=training(results), ratios=ratios(results)))
    if (RESULTS / "to_98.json").exists():
        results = read("to_98")
        lines = [f"- {name}: {reason}." for name, reason in results["skipped"].items()]
        filled = {**results, "machine": described(results), "example": example_98(results)}
        filled["skipped"] = "\nSkipped:\n\n" + "\n".join(lines) + "\n" if lines else ""
        filled |= {"tables": to_98(results), "recipes": recipes_98(read("to_98_recipes"))}
        parts.append(TO_98.format(**filled))
    if (RESULTS / "step.json").exists():
        results = read("step")
        parts.append(STEP.format(**{**results, "machine": described(results)}, table=step(results)))
    if (RESULTS / "threads.json").exists():
        results = read("threads")
        largest = max(i * o for i, o in pairwise(LAYERS))
        filled = {**results, "limit": SMALL_PRODUCT >> 20, "batch": -(-SMALL_PRODUCT // largest)}
        filled["machine"] = described(results)
        parts.append(THREADS.format(**filled, table=threads(results)))
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
    """Return the figures that the README quotes: the medians of every peer."""
    results = read("training")
    rows = []
    for name, figures in results["peers"].items():
        medians = {key: figures[key]["median"] for key in ("epoch", "wall", "peak_mib")}
        row = [f"{medians['epoch']:.2f}", f"{medians['wall']:.1f}", f"{medians['peak_mib']:.0f}"]
        rows.append([f"**{name}**" if name == OURS else name, *row])
    header = (f"{results['epochs']} epochs", "s an epoch", "s in all", "peak MiB")
    return table(header, rows) + "\n"


def with_figures(readme: str) -> str:
    """Return the README with its figures replaced by those of the last run."""
    readme = between(readme, BEGIN, END, quoted())
    if (RESULTS / "to_98.json").exists():
        readme = between(readme, BEGIN_98, END_98, first_to_98(read("to_98")))
    return readme


def between(text: str, begin: str, end: str, replacement: str) -> str:
    """Return a text with what is between two marks replaced; as it is, if they aren't there."""
    before, mark, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{replacement}\n{end}{after}" if mark else text


def main() -> None:
    PAGE.write_text(page())
    README.write_text(with_figures(README.read_text()))
    print(f"Wrote {PAGE.relative_to(ROOT)} and the figures in {README.name}.")


if __name__ == "__main__":
    main()
