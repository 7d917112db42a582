"""Writes docs/mazur.md: a well-known worked example of backpropagation, as tinynet explains it.

python -m tools.make_mazur
"""

import argparse
from pathlib import Path

import numpy as np

from tinynet import SGD, Dense, Sequential
from tinynet.explain import explain_step
from tinynet.explain.explanation import Explanation

PAGE = Path(__file__).parent.parent / "docs" / "mazur.md"

INTRODUCTION = """\
# A step on paper: Mazur's example

Many people have learned backpropagation from Matt Mazur's [A Step by Step Backpropagation
Example](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/) (2015). His
network has two inputs, two hidden units and two outputs, with sigmoid activations. There is one
example, the loss is half the squared error, and he writes out every number of one step of gradient
descent. This page shows the same step as tinynet explains it. Everything below the line is the
output of `explain_step(model, x, y, digits=9).to_markdown()`, and the tests evaluate every line of
it.

The example doesn't train the biases. In tinynet this takes a layer of three lines: `Dense` creates
`W` and `b` as usual, and `b` is removed from the list of trained parameters:

```pycon
>>> import numpy as np
>>> from tinynet import SGD, Dense, Sequential
>>> class FixedBiasDense(Dense):
...     def create_parameters(self, input_shape):
...         super().create_parameters(input_shape)
...         self.parameter_names.remove("b")
>>> hidden = FixedBiasDense(2, "sigmoid", input_shape=(2,))
>>> output = FixedBiasDense(2, "sigmoid")
>>> model = Sequential([hidden, output], dtype="float64")
>>> model.compile(SGD(0.5), "mse")
>>> model.set_weights([[[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]])
>>> hidden.b[...], output.b[...] = 0.35, 0.60
>>> x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
>>> print(f"{{model.train_on_batch(x, y):.9f}}, then {{model.evaluate(x, y, verbose=0):.9f}}")
0.298371109, then 0.291027774

```

With two outputs and one example, the mean squared error, (1/(N K)) Σ (y - t)², is half the sum of
the squares, as in Mazur's example. The table lists his names beside those on this page, where
indices count from 0 and x₀,₁ is input 1 of example 0:

| Mazur | here | after the step |
| --- | --- | --- |
{weights}

The error is {before:.9f} before the step and {after:.9f} after it. Mazur gives 0.291027924 for the
second number. That is the result if the gradients of the hidden weights are computed with the
output weights *after* their update. His text says to use the original ones, his eight new weights
are computed with the original ones, and they equal the weights above. With these weights the error
is {after:.9f}.

---

"""


class FixedBiasDense(Dense):
    """A Dense layer whose b isn't trained."""

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        """Create W and b, of which only W is trained."""
        super().create_parameters(input_shape)
        self.parameter_names.remove("b")


def mazur_model() -> tuple[Sequential, np.ndarray, np.ndarray]:
    """Return the network of the example, its one input and its target."""
    hidden = FixedBiasDense(2, "sigmoid", input_shape=(2,))
    output = FixedBiasDense(2, "sigmoid")
    model = Sequential([hidden, output], dtype="float64")
    hidden.W[...] = [[0.15, 0.25], [0.20, 0.30]]
    hidden.b[...] = 0.35
    output.W[...] = [[0.40, 0.50], [0.45, 0.55]]
    output.b[...] = 0.60
    model.compile(SGD(0.5), "mse")
    return model, np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


def page() -> str:
    """Return the page."""
    model, x, y = mazur_model()
    explanation = explain_step(model, x, y, digits=9)
    return (
        INTRODUCTION.format(
            weights="\n".join(weight_rows(explanation)),
            before=explanation.loss,
            after=explanation.loss_after,
        )
        + explanation.to_markdown()
    )


def weight_rows(explanation: Explanation) -> list[str]:
    """Return the table's rows: w1 is the weight from input 1 to hidden unit 1, and so on."""
    rows = []
    for number in range(8):
        layer, unit, source = np.unravel_index(number, (2, 2, 2))
        name = f"W{layer + 1}"
        value = explanation.arrays[f"new_{name}"][source, unit]
        rows.append(f"| w{number + 1} | `{name}[{source},{unit}]` | {value:.9f} |")
    return rows


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    PAGE.write_text(page(), encoding="utf-8")
