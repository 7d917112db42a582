"""Writes docs/museum.md: a tour of the museum of bugs, with what the checker says of each.

python -m tools.make_museum
"""

import re
import textwrap
from pathlib import Path

from tinynet.museum import EXHIBITS, Exhibit
from tinynet.museum.exhibits import accuracies

PAGE = Path(__file__).parent.parent / "docs" / "museum.md"

ROOMS = {
    "Softmax": (
        "Each output of a softmax depends on every input of its row, and exponentials overflow. "
        "Both are easily forgotten.",
        ["softmax_of_batch_maximum", "diagonal_softmax", "transparent_softmax", "softmax_twice"],
    ),
    "Activations": (
        "One line forward, one line back: the slope at the *input*, times what comes from above. "
        "Every part of that sentence has been got wrong.",
        [
            *("unmasked_relu", "relu_masked_by_gradient", "forgetful_relu", "overwriting_relu"),
            *("in_place_relu", "sigmoid_slope_at_input", "leak_forgotten"),
            "selu_slope_of_another_scale",
        ],
    ),
    "Dropout": (
        "What is dropped going forward must be dropped going back, and what is left must make up "
        "for it.",
        ["dropout_scaled_by_rate", "unmasked_dropout"],
    ),
    "The dense layer": (
        "Three products, two sums. NumPy broadcasts whatever almost fits, so a wrong shape often "
        "passes in silence.",
        [
            *("averaged_bias", "shared_bias", "unsummed_bias", "accumulating_gradient"),
            *("transposed_weights", "stray_factor", "eager_update"),
        ],
    ),
    "Other layers": (
        "Batch normalisation lets the examples of a batch know of each other; a layer that looks "
        "rows up may look one up twice.",
        ["deviation_for_a_constant", "last_of_repeated"],
    ),
    "The loss": (
        "The only place for 1/N, and the place where weights of examples and of classes meet.",
        ["lost_mean", "weights_by_column"],
    ),
    "The optimizer": (
        "The gradient is right, and is then used wrongly. `check_optimizer` compares a few steps "
        "with those of the formula.",
        [
            *("momentum_on_parameter", "endless_momentum", "uphill_momentum", "weight_growth"),
            "uncorrected_adam",
        ],
    ),
}

INTRODUCTION = """\
# The museum of bugs

{count} mistakes that people have really made in backpropagation, most of them found in public
projects, rebuilt as one layer, loss or optimizer each. **{fine} of the {count} networks that hold
one still read more than nine digits in ten.** That is why nobody notices, and why this library
checks gradients.

Each exhibit starts with the mistake, so you can guess before you read on. The accuracies are those
of the 784-128-128-10 network on the MNIST test digits after three epochs, with the mistake and
without. What the checker says is the last line of the report of `exhibit.check()`.

Every exhibit can also be used in Python:

```pycon
>>> from tinynet.museum import EXHIBITS
>>> exhibit = EXHIBITS["unmasked_relu"]
>>> exhibit
<exhibit: ReLU's mask asks a question that is always answered with yes>
>>> report = exhibit.check()
>>> bool(report)
False
>>> report.mistakes[0].kind
'mask_missing'

```

This command shows all of them in a terminal:

```sh
python examples/bug_museum.py
```
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page."""
    measured = accuracies()
    fine = sum(figures["wrong"] > 0.9 for figures in measured.values())
    parts = [INTRODUCTION.format(count=len(EXHIBITS), fine=fine)]
    for room, (text, names) in ROOMS.items():
        parts.append(f"## {room}\n\n{filled(text)}\n")
        parts += [label(name, EXHIBITS[name], measured[name]) for name in names]
    return "\n".join(parts)


def label(name: str, exhibit: Exhibit, figures: dict[str, float]) -> str:
    """Return what stands beside one exhibit."""
    title = exhibit.title[0].upper() + exhibit.title[1:]
    says = exhibit.check().mistakes[0].text
    wrong, right = (f"{figures[key]:.1%}".replace("%", " %") for key in ("wrong", "right"))
    links = ", ".join(
        f"[{source}]({link})" for source, link in zip(exhibit.sources, exhibit.links(), strict=True)
    )
    found = f" Found in {links}." if links else ""
    says = (
        f"With the mistake **{wrong}**, without {right}. The checker says: *{escaped(says)}.*"
        f"{found} (`{name}`)"
    )
    return (
        f"### {title}\n\n"
        f"The mistake:\n\n```{{code-block}} python\n{exhibit.wrong}\n```\n\n"
        f"{filled(exhibit.story)}\n\n"
        f"Correct:\n\n```{{code-block}} python\n{exhibit.right}\n```\n\n"
        f"{filled(says)}\n"
    )


def filled(text: str) -> str:
    """Return text in lines of up to a hundred characters."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def escaped(text: str) -> str:
    """Return text with nothing in it that Markdown would take for its own."""
    return re.sub(r"([*_<>])", r"\\\1", text)


if __name__ == "__main__":
    main()
