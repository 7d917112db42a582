"""A tour of the bug museum: common mistakes in backpropagation, and how the checker finds them.

    python examples/bug_museum.py                     all exhibits, as a table
    python examples/bug_museum.py diagonal_softmax    one exhibit: its story, its code, its report

The accuracies are those of the reference network on MNIST's test set after three epochs, measured
beforehand. Everything else is computed when the script runs.
"""

import argparse
import sys
import textwrap

from tinynet.museum import EXHIBITS
from tinynet.museum.exhibits import accuracies

WIDTH = 100


def tour() -> None:
    measured = accuracies()
    print(f"{'exhibit':26}{'accuracy':>9}{'repaired':>10}  what the checker says")
    print("-" * WIDTH)
    for name, exhibit in EXHIBITS.items():
        figures = measured[name]
        says = exhibit.check().mistakes[0].text
        column = textwrap.wrap(says, WIDTH - 47)
        print(f"{name:26}{figures['wrong']:9.1%}{figures['right']:10.1%}  {column[0]}")
        for line in column[1:]:
            print(" " * 47 + line)
    fine = sum(figures["wrong"] > 0.9 for figures in measured.values())
    print("-" * WIDTH)
    print(
        f"{fine} of {len(EXHIBITS)} networks reach an accuracy above 0.9 in spite of the mistake."
    )


def show(name: str) -> None:
    exhibit = EXHIBITS[name]
    figures = accuracies()[name]
    print(f"{name}: {exhibit.title}\n")
    print(textwrap.fill(exhibit.story, WIDTH))
    print("\nwrong:\n" + textwrap.indent(exhibit.wrong, "    "))
    print("right:\n" + textwrap.indent(exhibit.right, "    "))
    print(f"\nAccuracy: {figures['wrong']:.1%} with the mistake, {figures['right']:.1%} without.")
    for link in exhibit.links():
        print(f"Found here: {link}")
    print(f"\n{exhibit.check()}")


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in EXHIBITS]
    if unknown:
        sys.exit(f"There is no exhibit {unknown[0]!r}. There are: {', '.join(EXHIBITS)}")
    for name in names:
        show(name)
    if not names:
        tour()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="of exhibits, all if left out")
    main(parser.parse_args().names)
