"""Writes docs/museum.md: a tour of the museum of bugs, with what the checker says of each.

python -m tools.make_museum
"""

import argparse
import re
import textwrap
from pathlib import Path

from tinynet.museum import EXHIBITS, Exhibit
from tinynet.museum.exhibits import accuracies

PAGE = Path(__file__).parent.parent / "docs" / "museum.md"

ROOMS = {
    "Softmax": (
        "Each output of a softmax depends on every input of its row, and exponentials overflow.",
        [
            *("softmax_of_batch_maximum", "softmax_over_the_batch", "diagonal_softmax"),
            *("transparent_softmax", "softmax_twice"),
        ],
    ),
    "Activations": (
        "Backward multiplies the slope at the *input* by the upstream gradient. Each part of this "
        "rule has its bugs.",
        [
            *("unmasked_relu", "relu_masked_by_gradient", "forgetful_relu", "overwriting_relu"),
            *("in_place_relu", "sigmoid_slope_at_input", "leak_forgotten"),
            "selu_slope_of_another_scale",
        ],
    ),
    "Dropout": (
        "Backward must drop the same entries as forward, and the remaining ones must be scaled up.",
        ["dropout_scaled_by_rate", "unmasked_dropout"],
    ),
    "The dense layer": (
        "NumPy broadcasts arrays of different shapes, so a wrong shape often raises no error.",
        [
            *("averaged_bias", "shared_bias", "unsummed_bias", "accumulating_gradient"),
            *("transposed_weights", "stray_factor", "eager_update"),
        ],
    ),
    "Other layers": (
        "In batch normalisation, the examples of a batch depend on each other. In an embedding, an "
        "index may occur twice.",
        [
            *("deviation_for_a_constant", "columns_counted", "scale_never_learned"),
            "last_of_repeated",
        ],
    ),
    "The loss": (
        "The loss contains the factor 1/N, and the weights of examples and classes.",
        ["lost_mean", "weights_by_column"],
    ),
    "The optimizer": (
        "The gradient is correct, but the update is wrong. `check_optimizer` tests a few laws that "
        "all update rules follow.",
        [
            *("momentum_on_parameter", "endless_momentum", "uphill_momentum", "weight_growth"),
            "uncorrected_adam",
        ],
    ),
}

INTRODUCTION = """\
# The museum of bugs

{count} mistakes in backpropagation, most of them found in public projects, each recreated as a
layer, a loss or an optimizer. **{fine} of the {count} networks with a mistake still classify more
than nine digits in ten correctly.** The accuracy hides these bugs; a gradient check finds them.

Each exhibit starts with the wrong lines, so that you can look for the mistake before you read on.
The accuracies are those of the 784-128-128-10 network on the MNIST test digits after three epochs,
with the mistake and without. The checker's answer is the result of `exhibit.check()`.

Exhibits are Python objects:

```pycon
>>> from tinynet.museum import EXHIBITS
>>> exhibit = EXHIBITS["unmasked_relu"]
>>> exhibit
<exhibit: ReLU's mask is true everywhere>
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
    """Return the text beside one exhibit."""
    title = exhibit.title[0].upper() + exhibit.title[1:]
    says = exhibit.check().mistakes[0].text
    story = exhibit.story.replace(">", r"\>")  # at the start of a line it would begin a quotation
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
        f"{filled(story)}\n\n"
        f"Correct:\n\n```{{code-block}} python\n{exhibit.right}\n```\n\n"
        f"{filled(says)}\n"
    )


def filled(text: str) -> str:
    """Return text in lines of up to a hundred characters."""
    lines = textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)
    return re.sub(r"^([-+*]) ", r"\\\1 ", lines, flags=re.MULTILINE)  # not an item of a list


def escaped(text: str) -> str:
    """Return text with nothing in it that Markdown would take for its own."""
    return re.sub(r"([*_<>])", r"\\\1", text)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
