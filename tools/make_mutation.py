"""Writes docs/evidence/mutation.md: what the tests run of the library, and what they would miss.

    python -m tools.make_mutation [a report of coverage, as JSON]

The numbers come from two files. ``python -m tools.mutation`` writes ``docs/_data/mutation.json``.
This program makes ``docs/_data/coverage.json`` from the report of

    pytest --cov=tinynet --cov-branch --cov-report=json:FILE

Only the reasons why mutants survive are written by hand, in the first file.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from tools.mutants import EVERY, RARELY

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "evidence" / "mutation.md"
MUTATION = ROOT / "docs" / "_data" / "mutation.json"
COVERAGE = ROOT / "docs" / "_data" / "coverage.json"
SUMMARY = ("num_statements", "missing_lines", "num_branches", "missing_branches")


def summarize(report: Path) -> None:
    """Keep four numbers for each module of a coverage report."""
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    figures = {
        name.removesuffix(".py").replace("/", "."): [data["summary"][key] for key in SUMMARY]
        for name, data in sorted(files.items())
    }
    lines = (f" {json.dumps(name)}: {json.dumps(row)}" for name, row in figures.items())
    COVERAGE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def coverage_table(figures: dict[str, list[int]]) -> str:
    """Return the table of the modules, with their sum."""
    total = [sum(column) for column in zip(*figures.values(), strict=True)]
    lines = ["| module | statements | not run | branches | not taken |", "|---|--:|--:|--:|--:|"]
    lines += [
        f"| {name} | {' | '.join(f'{value:,}' for value in row)} |"
        for name, row in [*((f"`{name}`", row) for name, row in figures.items()), ("all", total)]
    ]
    return "\n".join(lines)


def share(figures: dict[str, list[int]], column: int) -> str:
    """Return the share of statements or branches that ran."""
    total, missed = (sum(row[k] for row in figures.values()) for k in (column, column + 1))
    return f"{100 * (1 - missed / total):.1f} %"


def mutation_table(results: dict[str, Any]) -> str:
    """Return the table of killed mutants."""
    lines = ["| module | mutants | killed | share | survive |", "|---|--:|--:|--:|--:|"]
    sums = [0, 0]
    for module, functions in results.items():
        made = sum(figures["mutants"] for figures in functions.values())
        left = sum(len(figures["survivors"]) for figures in functions.values())
        sums = [sums[0] + made, sums[1] + left]
        lines.append(mutation_row(f"`tinynet.{module}`", made, left))
    return "\n".join([*lines, mutation_row("all", *sums)])


def mutation_row(name: str, made: int, left: int) -> str:
    """Return one row of it."""
    return f"| {name} | {made} | {made - left} | {100 * (made - left) / made:.1f} % | {left} |"


def survivors(results: dict[str, Any]) -> str:
    """Return every survivor with its reason, module by module."""
    parts = []
    for module, functions in results.items():
        if not any(figures["survivors"] for figures in functions.values()):
            continue
        parts.append(f"### `tinynet.{module}`\n")
        for name, figures in functions.items():
            for change, reason in figures["survivors"].items():
                before, _, after = change.partition(" → ")
                parts.append(f"- `{name}`\\\n  `{before}`\\\n  → `{after}`\\\n  {reason}\n")
    return "\n".join(parts)


def page() -> str:
    """Return the whole page."""
    results = json.loads(MUTATION.read_text(encoding="utf-8"))
    coverage = json.loads(COVERAGE.read_text(encoding="utf-8"))
    return f"""# What the tests cover, and what they would miss

`python -m tools.make_mutation` writes this page from measured data.

## Mutants

A test that runs a line may not notice that the line is wrong. Mutation testing puts small mistakes
into the modules that compute, one at a time, and expects a test to fail for each: `-` for `+`, `<=`
for `<`, a constant off by one, the wrong axis, a transposed factor, `maximum` for `minimum`, a
missing keyword argument, condition or statement, `return None`. `tools/mutants.py` lists all of
them. Docstrings, annotations and error messages are not changed.

The table counts a sample, chosen by a checksum of a mutant's text: one mutant in {EVERY}, and one
in {RARELY} in data sets, `_internal`, the study tools and the readers of other libraries' files.
All of them would take days. Tests were added for the mutants of this sample that survived, and for
others of their kind, so the share of all mutants that is killed is smaller than this sample's. The
modules that run Keras scripts, draw pictures or hold known bugs are left out. A function that was
added or changed after its last run is not counted, or counted as it was then.

```sh
python -m tools.mutation
python -m tools.make_mutation
```

For each mutant, the first command runs the tests of its module. It is part of this project for two
reasons: mutmut skips properties and runs the tests several times in one process, which some of them
do not support, and cosmic-ray starts a process for each mutant, which would take hours.

{mutation_table(results)}

## Survivors

Each mutant that survives, and why no test can tell it from the original, or why none should.

{survivors(results)}
## Coverage

With all optional libraries and the other frameworks installed, `pytest` runs
{share(coverage, 0)} of the statements and {share(coverage, 2)} of the branches in `tinynet/`.
Programs that the tests start in separate processes, or in a browser, are not counted. Most of
`keras_scripts` runs only there.

{coverage_table(coverage)}
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("coverage", type=Path, nargs="?", help="a report of coverage, as JSON")
    coverage = parser.parse_args().coverage
    if coverage:
        summarize(coverage)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
