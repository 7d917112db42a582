"""Checks of the model: architecture, initial weights, dead units."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from tinynet import layers, losses
from tinynet.diagnose.case import BATCH, FEW, FLAT, RANGES, SAMPLE, Case, operations_on, spread
from tinynet.diagnose.findings import Finding
from tinynet.explain.recorded_step import is_dense
from tinynet.losses.crossentropy import Crossentropy
from tinynet.models import Sequential

DEAD, SATURATED = 0.7, 0.8  # shares of a layer; many a good network has more than half
KEPT_AS_RATE, ENOUGH = 0.75, 200  # a rate that may be meant as the share kept; units that suffice
VANISHED, EXPLODED = 1e-4, 1e2  # gradient in a layer, relative to the one at the output


def architecture(model: Sequential, x: np.ndarray) -> Iterator[Finding]:
    """Layers that don't go together with each other or with the loss."""
    steps, loss = operations_on(model, x[spread(len(x), SAMPLE)]), model.loss
    outputs = steps[-1][2]
    width = outputs.shape[1]
    crossentropy = isinstance(loss, Crossentropy)
    from_logits = getattr(loss, "from_logits", False)
    ends = (layers.Softmax, layers.Sigmoid)
    # A model of Dense alone that gives back its input is meant to be linear.
    linear = outputs.shape == (len(outputs), math.prod(x.shape[1:])) and not crossentropy
    linear = linear and all(isinstance(part, layers.Dense) for _, part, _ in steps)
    for (name, part, y), (above_name, above, _) in pairwise(steps):
        if (
            isinstance(part, layers.Dense)
            and isinstance(above, layers.Dense)
            and part.units >= min(part.W.shape[0], above.units)  # a bottleneck computes less
            and not linear
        ):
            seen = (
                f"Between {name}, a matrix of {part.W.shape}, and {above_name}, one of "
                f"{above.W.shape}, there is no nonlinearity."
            )
            yield Finding("no-nonlinearity", seen, float(part.units))
        if isinstance(part, layers.Softmax) and isinstance(above, layers.Softmax):
            most = highest_of_two(part, width)
            seen = f"The softmax of {name} goes into that of {above_name}: {limits(most)}."
            yield Finding("softmax-twice", seen, most)
        is_last = crossentropy and above is steps[-1][1] and isinstance(above, ends)
        if is_last and isinstance(part, layers.Tanh | layers.Sigmoid):
            most = highest_of_two(part, width, apart=isinstance(above, layers.Sigmoid))
            lower, upper = (type(layer).__name__.lower() for layer in (part, above))
            seen = f"The {lower} of {name} goes into the {upper} of {above_name}: {limits(most)}."
            yield Finding("probabilities-as-logits", seen, most)
        if isinstance(part, layers.Softmax) and isinstance(above, layers.Dense):
            units = y.shape[1]
            seen = (
                f"The {units} outputs of the softmax of {name} go into {above_name}: they are "
                f"{1 / units:.3g} on average, whatever the input."
            )
            yield Finding("hidden-softmax", seen, 1 / units)
        if isinstance(part, layers.ReLU) and isinstance(above, ends):
            cut = float((y == 0).mean())
            kind = type(above).__name__.lower()
            seen = f"The ReLU of {name} goes into the {kind} of {above_name}, {cut:.0%} of it as 0."
            yield Finding("relu-before-output", seen, cut)
    name, last, _ = steps[-1]
    kind = type(last).__name__.lower()
    if crossentropy and from_logits and isinstance(last, (*ends, layers.Tanh)):
        most = highest_of_two(last, width, apart=isinstance(loss, losses.BinaryCrossentropy))
        added = "adds its own" if isinstance(last, ends) else "takes its output as logits"
        seen = f"{name} ends in a {kind}, and the loss {added}: {limits(most)}."
        yield Finding("probabilities-as-logits", seen, most)
    if crossentropy and from_logits and isinstance(last, layers.ReLU):
        cut = float((outputs == 0).mean())
        seen = (
            f"{name} ends in a ReLU, and the loss takes its output, {cut:.0%} of it 0, as logits."
        )
        yield Finding("relu-before-output", seen, cut)
    if isinstance(last, layers.Softmax) and width == 1:
        seen = f"{name} ends in a softmax over 1 output, which is 1 whatever goes in."
        yield Finding("softmax-of-one", seen, 1.0)
    binary = isinstance(loss, losses.BinaryCrossentropy) and not from_logits
    if isinstance(last, layers.Softmax) and width > 2 and binary:
        no = -(math.log(1 / width) + (width - 1) * math.log(1 - 1 / width)) / width
        seen = (
            f"{name} ends in a softmax over {width} classes, and the loss is binary_crossentropy: "
            f"a network that knows nothing already has a loss of {no:.3g}, and "
            f"{1 - 1 / width:.0%} of the correct answers are no."
        )
        yield Finding("binary-crossentropy-for-classes", seen, no)
    exclusive = isinstance(loss, losses.CategoricalCrossentropy) and not from_logits
    if exclusive and isinstance(last, layers.Sigmoid):
        sums = outputs.sum(axis=1)
        seen = (
            f"{name} ends in a sigmoid; its {width} outputs for an example add up to between "
            f"{sums.min():.3g} and {sums.max():.3g}, where the loss expects 1."
        )
        yield Finding("outputs-not-distributions", seen, float(sums.max()))
    bare = layers.Dense | layers.ReLU | layers.Tanh
    if crossentropy and not from_logits and isinstance(last, bare):
        lowest, highest = float(outputs.min()), float(outputs.max())
        numbers = f"numbers from {lowest:.3g} to {highest:.3g}"
        if not math.isfinite(lowest + highest):
            numbers = "its output, which isn't finite any more,"
        seen = (
            f"{name} ends without a softmax or sigmoid; the loss takes {numbers} for probabilities."
        )
        yield Finding("logits-as-probabilities", seen, lowest)


def dropped(model: Sequential, x: np.ndarray) -> Iterator[Finding]:
    """Dropout on the outputs, or at a rate near 1."""
    shapes = model.shapes(x.shape[1:])
    last = max((k for k, layer in enumerate(model.layers) if layer.parameter_names), default=-1)
    for k, layer in enumerate(model.layers):
        if not isinstance(layer, layers.Dropout) or layer.rate == 0:
            continue
        width = math.prod(shapes[k])
        kept = (1 - layer.rate) * width
        if k > last:
            seen = (
                f"{layer.name} comes after {model.layers[k - 1].name} and drops {layer.rate:.0%} "
                "of the outputs."
            )
            yield Finding("dropout-on-outputs", seen, layer.rate)
        elif layer.rate >= KEPT_AS_RATE and kept < ENOUGH:
            seen = f"{layer.name} drops {layer.rate:.0%} of {width} units and keeps {kept:.3g}."
            yield Finding("dropout-too-high", seen, layer.rate)


def highest_of_two(activation: layers.Layer, width: int, *, apart: bool = False) -> float:
    """Return the largest probability that a softmax makes of an activation's outputs.

    If they are `apart`, it is the largest that a sigmoid makes of each.
    """
    lowest, highest = next(span for k, span in RANGES.items() if isinstance(activation, k))
    top = math.exp(highest if apart else highest - lowest)
    return top / (top + (1 if apart else width - 1))


def limits(most: float) -> str:
    """Say what a largest probability means for the loss."""
    return (
        f"no probability can exceed {most:.3g}, and the loss can't fall below {-math.log(most):.3g}"
    )


# ------------------------------------------------------------------------------------- the network


def relu_for_classes(case: Case) -> Iterator[Finding]:
    """A ReLU as output for classes or yes-or-no targets."""
    stage = case.stages[-1]
    if case.loss_kind is not losses.MeanSquaredError or not isinstance(stage.layer, layers.ReLU):
        return
    width = case.t.shape[1]
    rows = bool(np.isin(case.t, (0, 1)).all()) and len(case.t) >= FEW
    if rows and (width == 1 or (case.t.sum(axis=1) == 1).all()):
        cut = float((case.y == 0).mean())
        seen = (
            f"{stage.owner} ends in a ReLU, the targets are 0 and 1, and {cut:.0%} of the outputs "
            f"are 0, without a slope."
        )
        yield Finding("relu-as-output", seen, cut)


def equal_weights(case: Case) -> Iterator[Finding]:
    """Hidden layers whose units all have equal weights."""
    dense = [stage for stage in case.step.stages if is_dense(stage.layer)]
    names = []
    for stage in dense[:-1]:
        W = case.step.arrays[f"W{stage.number}"]
        if W.shape[1] > 1 and (W[:, :1] == W).all():
            names.append(f"{stage.layer.name} ({W.shape[1]} units)")
    if names:
        seen = f"All units have the same weights: {', '.join(names)}."
        yield Finding("equal-weights", seen, float(len(names)))


def first_loss(case: Case) -> Iterator[Finding]:
    """An initial loss far above that of equal probabilities."""
    outputs = 2 if case.loss_kind is losses.BinaryCrossentropy else case.classes
    if case.trained or outputs < 2:
        return
    expected = math.log(outputs)
    if case.loss > 3 * expected + 1.5:
        seen = f"The first loss is {case.loss:.4g}; ln {outputs} = {expected:.4g} is expected."
        yield Finding("first-loss", seen, case.loss)


def dead_units(case: Case) -> Iterator[Finding]:
    """ReLU units that are 0 for all examples."""
    shares = {
        name: float((y.reshape(len(y), -1) == 0).all(axis=0).mean())
        for name, y in case.outputs(layers.ReLU)
    }
    dead = {name: share for name, share in shares.items() if share > DEAD}
    if dead:
        listed = ", ".join(f"{share:.0%} in {name}" for name, share in dead.items())
        seen = f"ReLU units that are 0 for all {len(case.x)} examples: {listed}."
        yield Finding("dead-relu", seen, max(dead.values()))


def saturated_units(case: Case) -> Iterator[Finding]:
    """Saturated hidden sigmoids and tanhs."""
    shares = {
        name: float((4 * y * (1 - y) < FLAT).mean()) for name, y in case.outputs(layers.Sigmoid)
    }
    shares |= {name: float((1 - y**2 < FLAT).mean()) for name, y in case.outputs(layers.Tanh)}
    flat = {name: share for name, share in shares.items() if share > SATURATED}
    if flat:
        listed = ", ".join(f"{share:.0%} in {name}" for name, share in flat.items())
        seen = f"Outputs where the slope is below {FLAT:.0%} of the steepest: {listed}."
        yield Finding("saturated-units", seen, max(flat.values()))


def shrinking_gradients(case: Case) -> Iterator[Finding]:
    """Gradients that vanish or explode."""
    stages = [stage for stage in case.step.stages if stage.layer.parameter_names]
    norms = {
        stage.owner: float(np.linalg.norm(case.step.arrays["d" + stage.output]))
        for stage in stages
        if "d" + stage.output in case.step.arrays
    }
    top = list(norms.values())[-1]
    if len(norms) < 2 or not 0 < top < math.inf:
        return
    ratios = {name: norm / top for name, norm in norms.items()}
    vanished = {name: ratio for name, ratio in ratios.items() if ratio < VANISHED}
    exploded = {name: ratio for name, ratio in ratios.items() if ratio > EXPLODED}
    for code, found in (("vanishing-gradients", vanished), ("exploding-gradients", exploded)):
        if found:
            listed = ", ".join(f"{ratio:.1e} in {name}" for name, ratio in found.items())
            seen = f"Compared with the gradient at the output, that of the layers is {listed}."
            yield Finding(code, seen, next(iter(found.values())))


def unfinite_outputs(model: Sequential, x: np.ndarray) -> Iterator[Finding]:
    """The first layer and batch with NaN or infinity, in the model's own dtype."""
    if not model.built:
        return
    model = model.copy()
    with np.errstate(all="ignore"):
        sample = x[spread(len(x), SAMPLE)].astype(model.dtype)
        if np.isfinite(model.forward(sample)).all():
            return
        for start in range(0, len(x), SAMPLE):
            y = x[start : start + SAMPLE].astype(model.dtype)
            for layer in model.layers:
                y = layer.forward(y)
                if np.isfinite(y).all():
                    continue
                broken = [k for k, v in layer.parameters.items() if not np.isfinite(v).all()]
                cause = f", whose {broken[0]} isn't finite" if broken else ""
                row = start + int(np.argmax(~np.isfinite(y.reshape(len(y), -1)).all(axis=1)))
                seen = (
                    f"The first layer with NaN or infinity in its output is {layer.name}{cause}, "
                    f"at example {row}: batch {row // BATCH} of {BATCH} examples each."
                )
                yield Finding("loss-not-finite", seen, float(row // BATCH))
                return


def softmax_if_needed(case: Case) -> np.ndarray:
    """Return the sample's class probabilities."""
    return layers.softmax(case.y) if case.model.loss.from_logits else case.y
