"""What a layer must not do even if its gradients are right: rules that training relies on.

A layer may keep what it is given but not change it, since others work with the same arrays. It
writes its gradients into the arrays that belong to them, since an optimizer looks there. A random
layer gives on average, in training, what it gives in prediction. And a loss that wants logits isn't
given probabilities.
"""

from collections.abc import Iterator

import numpy as np

from tinynet.gradcheck.mistakes import Mistake
from tinynet.gradcheck.paths import LayersRoad, by_name, copies, kept
from tinynet.gradcheck.report import Row
from tinynet.layers.base import Layer

DRAWS = 400  # of a random layer, to compare its mean in training with its output in prediction
SIGMAS = 6  # by how many standard errors that mean must be off to be wrong


def broken_rules(road: LayersRoad) -> list[Row]:
    """Go forwards and back once, watching every layer; return a row for each rule it breaks."""
    with kept(by_name(road.layers, "parameters")):
        return [
            Row(name, road.name, shape, mistake=Mistake(kind, text))
            for name, shape, kind, text in [*watch(road), *watch_output(road)]
        ]


Finding = tuple[str, tuple[int, ...], str, str]


def watch(road: LayersRoad) -> Iterator[Finding]:
    """Run every layer forwards and back and see what it changes that isn't its own."""
    prefixes = [f"{layer.name}." if len(road.layers) > 1 else "" for layer in road.layers]
    road.copied.rewind()
    y = road.x.copy()
    inputs = []
    for layer, prefix in zip(road.layers, prefixes, strict=True):
        x, given, before = y, y.copy(), copies(layer.parameters)
        inputs.append(given)
        y = layer.forward(x, training=True)
        if changed(x, given):
            text = "forward changes its input in place, which belongs to the layer below"
            yield prefix + "x", given.shape, "input_changed", text
        yield from changed_parameters(layer, prefix, before, "forward")
    dy = road.weights.copy() if road.loss is None else road.loss.gradient(road.t, y)
    for layer, prefix in zip(reversed(road.layers), reversed(prefixes), strict=True):
        given, before, gradients = dy.copy(), copies(layer.parameters), layer.gradients
        dx = layer.backward(dy)
        if changed(dy, given):
            text = "backward changes the dy it is given in place, which isn't its own: make a copy"
            yield prefix + "dy", given.shape, "upstream_changed", text
        yield from changed_parameters(layer, prefix, before, "backward")
        for name, array in gradients.items():
            if layer.gradients[name] is not array:
                text = (
                    f"backward binds d{name} to a new array; in a model, the optimizer looks at "
                    f"the old one. Write into it: self.d{name}[...] = ..."
                )
                yield f"{prefix}d{name}", array.shape, "gradient_replaced", text
        dy = dx
    for layer, prefix, x in zip(road.layers, prefixes, inputs, strict=True):
        yield from wrong_mean(layer, prefix, x)


def changed_parameters(
    layer: Layer, prefix: str, before: dict[str, np.ndarray], way: str
) -> Iterator[Finding]:
    """See whether a pass has changed the parameters, which only the optimizer may do."""
    for name, array in layer.parameters.items():
        if changed(array, before[name]):
            text = (
                f"{way} changes the parameter. If it makes the step itself, what is handed to the "
                f"layer below comes from weights that were already updated: leave it to the "
                f"optimizer, after all gradients are there"
            )
            yield prefix + name, array.shape, "parameters_changed", text


def wrong_mean(layer: Layer, prefix: str, x: np.ndarray) -> Iterator[Finding]:
    """See whether a layer that drops entries at random keeps their mean.

    In training each entry is either dropped or multiplied by c. With a share k kept, c k should be
    1, relative to the output in prediction. Only a layer whose numbers look like that is judged.
    """
    first = layer.forward(x.copy(), training=True)
    if np.array_equal(first, layer.forward(x.copy(), training=True), equal_nan=True):
        return
    still = layer.forward(x.copy(), training=False)
    nonzero = still != 0
    if still.shape != first.shape or not nonzero.any():
        return
    factors = np.array(
        [(layer.forward(x.copy(), training=True) / still)[nonzero] for _ in range(DRAWS)]
    )
    kept_entries = factors != 0
    factor = factors.max(initial=0)
    if not kept_entries.any() or not np.allclose(factors[kept_entries], factor, rtol=1e-9):
        return
    means = factors.mean(axis=1)
    mean, error = means.mean(), means.std() / np.sqrt(DRAWS)
    if abs(mean - 1) > SIGMAS * error + 1e-9:
        share = kept_entries.mean()
        text = (
            f"in training the outputs are on average {mean:.3g} times those in prediction: a share "
            f"of {share:.3g} is kept and multiplied by {factor:.3g}, where 1/{share:.3g} would "
            f"keep the mean"
        )
        yield prefix + "y", still.shape, "wrong_mean", text


def watch_output(road: LayersRoad) -> Iterator[Finding]:
    """See whether a loss that takes logits is given probabilities.

    Adding a number to a whole row changes probabilities, not what softmax makes of logits.
    """
    if road.loss is None:
        return
    y = road.copied.forward(road.x)[-1]
    if y.ndim != 2 or y.shape[1] < 2 or (y < 0).any() or not np.allclose(y.sum(axis=1), 1):
        return
    shifted = y + np.linspace(1, 2, len(y))[:, np.newaxis]
    if np.isclose(road.loss.value(road.t, y), road.loss.value(road.t, shifted), rtol=1e-12):
        text = (
            "the outputs are probabilities, whose rows sum to 1, but the loss takes them for "
            "logits: softmax is applied twice"
        )
        yield "y", y.shape, "softmax_twice", text


def changed(array: np.ndarray, before: np.ndarray) -> bool:
    """Whether an array isn't what it was."""
    return not np.array_equal(array, before, equal_nan=True)
