"""The diagram of a network, with its formulas and shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tinynet import layers, losses
from tinynet._internal.checks import check_built, shape_of
from tinynet._internal.names import known_keywords
from tinynet.layers.normalization import Normalization
from tinynet.layers.penalties import ActivityPenalty, WeightPenalty, rules_of
from tinynet.models import Sequential, as_they_are
from tinynet.plotting.drawing import VERMILION, blue, check_axes, ink, new_axes, on_dark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, LINE, ARROW = 6.4, 0.19, 0.42  # of the diagram, a line of text and an arrow, in inches


# ---------------------------------------------------------------------------------------------
# The computation as a diagram

# The forward and backward formulas in a layer's box; x is the input and y the output.
LAYER_FORMULAS: dict[type, tuple[str, list[str]]] = {
    layers.Dense: ("y = x @ W + b", ["dW = x.T @ dy", "db = dy.sum(axis=0)", "dx = dy @ W.T"]),
    layers.ReLU: ("y = max(x, 0)", ["dx = dy * (x > 0)"]),
    layers.Sigmoid: ("y = 1 / (1 + exp(-x))", ["dx = dy * y * (1 - y)"]),
    layers.Tanh: ("y = tanh(x)", ["dx = dy * (1 - y²)"]),
    layers.Softmax: ("y = exp(x) / Σ exp(x)", ["dx = y * (dy - Σ dy * y)"]),
    layers.Flatten: ("y = x, one row an example", ["dx = dy, in the shape of x"]),
    Normalization: ("y = (x - mean) / sqrt(variance)", ["dx = dy / sqrt(variance)"]),
    layers.Dropout: ("y = x * mask / (1 - rate)", ["dx = dy * mask / (1 - rate)"]),
}


# A loss's value, its derivative, and dx for the input x of the softmax or sigmoid below it.
LOSS_FORMULAS: dict[type, tuple[str, str, str]] = {
    losses.CategoricalCrossentropy: (
        "L = -mean log p[true class]",
        "dp = (1 - t / p) / N",
        "dx = (p - t) / N",
    ),
    losses.BinaryCrossentropy: (
        "L = -mean (t log p + (1-t) log(1-p))",
        "dp = (p - t) / (N K p (1 - p))",
        "dx = (p - t) / (N K)",
    ),
    losses.MeanSquaredError: ("L = mean (y - t)²", "dy = 2 (y - t) / (N K)", ""),
}


@dataclass
class Box:
    """One operation in the diagram."""

    title: str
    forward: list[str]
    backward: list[str]
    shape: str  # of its output
    hands_back: bool  # whether it passes a gradient to the box above
    passed: bool = False  # whether the gradient from below bypasses it

    @property
    def height(self) -> float:
        """In inches."""
        return LINE * (0.9 + 1 + max(len(self.forward), len(self.backward)))


@known_keywords
def plot_network(model: Sequential, *, ax: Axes | None = None) -> Axes:
    """Draw a network as a diagram of its computation, with shapes on the arrows.

    The forward pass runs down the left side, along solid arrows. If the model is compiled, the loss
    is at the end, and the backward pass runs up the right side, along dashed arrows. As in
    training, the first layer's dx is not computed. In each box, x is the input and y the output,
    and dy is short for dL/dy. R is the sum of the penalties of the regularizers. An activation has
    its own box, so both ways of writing a network give the same diagram. The gradient of a softmax
    or sigmoid and its cross-entropy is computed in one step, as in training.

    Parameters
    ----------
    model : Sequential
        A built model.
    ax : matplotlib Axes, optional
        Where to draw. The text shrinks to fit. Default: a new figure of the right size.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the model is not built.
    TypeError
        If ``ax`` is not an Axes.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.plotting import plot_network
    >>> model = Sequential([Dense(8, "relu", input_shape=(2,)), Dense(3)], seed=0)
    >>> ax = plot_network(model)
    >>> [text.get_text() for text in ax.texts if text.get_text().startswith("(N")]
    ['(N, 2)  the input', '(N, 8)', '(N, 8)', '(N, 3)  the output']
    """
    from matplotlib.patches import FancyBboxPatch

    check_axes(ax)
    check_built(model)
    boxes = _boxes_of(model)
    tall = sum(ARROW + box.height for box in boxes) + ARROW
    if ax is None:
        ax = new_axes(WIDTH, tall + 0.1)
    ax.set_axis_off()
    ax.set(xlim=(0, WIDTH), ylim=(tall, 0))
    window = ax.get_window_extent()
    scale = min(1, window.width / ax.figure.dpi / WIDTH, window.height / ax.figure.dpi / tall)
    style: dict[str, Any] = {"fontsize": 9 * scale, "va": "center", "parse_math": False}
    code = {**style, "family": "monospace"}
    left, right = 0.25, WIDTH / 2 + 0.25

    def arrow(x: float, start: float, end: float, color: str, line: Any, head: str) -> None:
        look = {"arrowstyle": head, "color": color, "linestyle": line, "linewidth": 1.6 * scale}
        look |= {"mutation_scale": 12 * scale, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, end), (x, start), arrowprops=look)

    top, shape = 0.0, f"{shape_of(model.input_shapes[0])}  the input"
    if model.compiled:
        ax.text(right, ARROW / 2, "The backward pass; dy is short for dL/dy.", **style)
    passed = False
    for box in boxes:
        arrow(left + 0.3, top, top + ARROW, blue(), "-", "-|>")
        ax.text(left + 0.45, top + ARROW / 2, shape, **code)
        if box.hands_back:
            arrow(right + 0.3, top + ARROW, top, VERMILION, (0, (4, 2)), "-" if passed else "-|>")
            ax.text(right + 0.45, top + ARROW / 2, shape.split("  ")[0], **code)
        top += ARROW
        ax.add_patch(
            FancyBboxPatch(
                (0.05, top),
                WIDTH - 0.1,
                box.height,
                boxstyle="round,pad=0,rounding_size=0.08",
                facecolor="#333333" if on_dark() else "#F2F2F2",
                edgecolor=ink(),
            )
        )
        lines = [0.95 * LINE + top + k * LINE for k in range(9)]
        ax.text(left, lines[0], box.title, fontweight="bold", **style)
        for y, line in zip(lines[1:], box.forward, strict=False):
            ax.text(left, y, line, **code)
        for y, line in zip(lines[1:], box.backward, strict=False):
            ax.text(right, y, line, **code)
        if box.passed:
            arrow(right + 0.3, top + box.height, top, VERMILION, (0, (4, 2)), "-")
        top, shape, passed = top + box.height, box.shape, box.passed
    arrow(left + 0.3, top, top + ARROW, blue(), "-", "-|>")
    ax.text(left + 0.45, top + ARROW / 2, shape, **code)
    return ax


def _boxes_of(model: Sequential) -> list[Box]:
    """Return the model's operations in order, and the loss if the model is compiled."""
    boxes = []
    lowest = next((k for k, layer in enumerate(model.layers) if layer.learns), len(model.layers))
    for k, layer in enumerate(model.layers):
        shape = shape_of(model.output_shapes[k])
        follows = model.compiled and k >= lowest  # training goes back through it
        forward, backward = LAYER_FORMULAS.get(type(layer), ("", []))
        arrays = [f"{name} {value.shape}" for name, value in layer.parameters.items()]
        if isinstance(layer, layers.Dense) and not layer.use_bias:
            forward, backward = "y = x @ W", [line for line in backward if "db" not in line]
        for name in rules_of(layer, "regularizer") if layer.learns else ():
            backward = [f"{s} + dR/d{name}" if s.startswith(f"d{name} ") else s for s in backward]
        hands_back = follows and k > lowest
        if follows and not hands_back:
            backward = [line for line in backward if not line.startswith("dx")]
        boxes.append(
            Box(
                f"{type(layer).__name__}  ({layer.name})",
                [line for line in (forward, ", ".join(arrays)) if line],
                backward if follows else [],
                shape,
                hands_back,
            )
        )
        for activation in layer.parts()[1:] if isinstance(layer, layers.Dense) else []:
            forward, backward = LAYER_FORMULAS.get(type(activation), ("", []))
            boxes.append(
                Box(
                    f"{type(activation).__name__}  (in {layer.name})",
                    [forward] if forward else [],
                    backward if follows else [],
                    shape,
                    follows,
                )
            )
    if not model.compiled:
        boxes[-1].shape += "  the output"
        return boxes

    kinds = (kind for kind in type(model.loss).__mro__ if kind in LOSS_FORMULAS)
    value, gradient, from_logits = LOSS_FORMULAS.get(next(kinds, object), ("", "", ""))
    name = type(model.loss).__name__
    if model.outputs is not as_they_are:  # the loss is fused with the last activation
        boxes[-1].passed, boxes[-1].backward = True, []
        last = boxes[-1].title.split()[0]
        backward = [from_logits, f"for the x of {last}: both at once"]
    elif getattr(model.loss, "from_logits", False):
        squash = "softmax" if isinstance(model.loss, losses.CategoricalCrossentropy) else "sigmoid"
        backward = [f"{from_logits}, p = {squash}(x)"]
    else:
        backward = [gradient]
    forwards = [value]
    if value and any(isinstance(part, WeightPenalty | ActivityPenalty) for part in model.chain):
        forwards = [f"{value} + R", "R: the sum of the penalties"]
    if value and model.loss.reduction == "sum":
        forwards.append("Both times N: the reduction is 'sum'.")
    boxes.append(Box(name, forwards, backward, "L, one number", True))
    return boxes
