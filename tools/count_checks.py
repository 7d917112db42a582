"""Counts what the tests check on the pages of the documentation.

python -m tools.count_checks
"""

import argparse
import doctest

from tests.support.pages import CHECKED, FENCE, TEXT, equations, needs


def main() -> None:
    """Print one line for each kind of thing."""
    blocks = {
        page: [body for _, kind, body in FENCE.findall(text) if kind == "pycon"]
        for page, text in TEXT.items()
    }
    examples = sum(len(doctest.DocTestParser().get_examples(text)) for text in TEXT.values())
    optional = [page for page, text in TEXT.items() if needs(text)]
    checked = sum(len(equations(TEXT[page])) for page in CHECKED)
    explained = TEXT["mazur.md"].count("$$") // 2
    print(f"{len(TEXT)} pages")
    print(f"{sum(map(len, blocks.values()))} blocks of code with {examples} prompts are run")
    needy = sum(len(blocks[page]) for page in optional)
    print(f"{needy} of them need other libraries: {', '.join(optional)}")
    print(f"{checked} displayed equations are checked, and {explained} of Mazur's example")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
