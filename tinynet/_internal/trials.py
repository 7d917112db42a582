"""A trial of what users define, before training, when an error changes nothing.

It tries the layers, the loss, the metrics, the constraints and the regularizers, and the step of an
optimizer that seems to make a new array. If a method returned an array of the wrong shape, summing
or broadcasting would hide the mistake.
"""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.inputs import Data, rows_of
from tinynet._internal.origin import is_own, is_own_class
from tinynet._internal.unregistered import refuse_unregistered
from tinynet.constraints import MinMaxNorm
from tinynet.layers.base import Layer
from tinynet.layers.penalties import rules_of
from tinynet.losses.base import Loss, Sum, check_each, what_was_returned
from tinynet.losses.criterion import Weighted
from tinynet.metrics.base import Metric, WeightedMetric, method_of
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.lookup import innermost

MANY = 256
TRIAL_RATE = 0.01
ARGUMENTS = {"backward": "dy", "create_parameters": "input_shape", "output_shape": "input_shape"}

Sample = Callable[[np.ndarray], tuple[Any, np.ndarray]]  # targets and outputs of some examples
Rows = tuple[np.ndarray, np.ndarray]


def try_measures(
    loss: Loss,
    outputs: Callable[[np.ndarray], np.ndarray],
    data: Data,
    chain: Iterable[Layer],
    dtype: np.dtype,
) -> None:
    """Raise an error if the loss or a metric doesn't work on a few examples, or on up to 256.

    `loss`, `outputs`, `chain` and `dtype` are the model's, and the loss is that of its criterion.
    The chain isn't changed.
    """
    parts = [copy.deepcopy(part) if is_own(part) else copy.copy(part) for part in chain]

    def forward(rows: np.ndarray) -> np.ndarray:
        y = data.x[rows].astype(dtype, copy=False)
        for part in parts:
            y = part.forward(y, training=False)
        return y

    def sample_of(targets: np.ndarray | Weighted, rows: np.ndarray) -> tuple[Any, np.ndarray]:
        return rows_of(targets, rows), outputs(forward(rows))

    with np.errstate(all="ignore"):
        rows = few_and_many(len(data.x), forward(np.arange(1)).shape[1:])
        t = data.t.t if isinstance(data.t, Weighted) else data.t
        try_loss(loss, lambda some: (t[some], forward(some)), rows)
        for metric, targets in zip(data.metrics, data.targets, strict=True):
            try_metric(metric, partial(sample_of, targets), rows)


def few_and_many(total: int, width: tuple[int, ...]) -> Rows:
    """Return the rows of two examples, three if there are two outputs, and those of up to 256."""
    count = next(n for n in range(2, 4 + len(width)) if n not in width)
    return np.arange(count) % total, np.linspace(0, total - 1, min(total, MANY)).astype(int)


def try_loss(loss: Loss, sample: Sample, rows: Rows) -> None:
    """Raise an error if the loss doesn't return what training and evaluation need."""
    loss = copy.copy(loss.loss if isinstance(loss, Sum) else loss)
    kind, name = type(loss), type(loss).__name__
    own = [kind.value is not Loss.value, kind.value_and_gradient is not Loss.value_and_gradient]
    if kind.costs is not Loss.costs or not any(own):
        y, costs = accepted(partial(leaving_alone, f"{name}.costs", "ty", loss.costs), sample, rows)
        check_each(costs, len(y), f"{name}.costs")
    method = "value_and_gradient" if own[1] else "gradient"
    if own[0]:
        accepted(partial(leaving_alone, f"{name}.value", "ty", loss.value), sample, rows)
    function = partial(leaving_alone, f"{name}.{method}", "ty", loss.value_and_gradient)
    y, both = accepted(function, sample, rows)
    if not isinstance(both, tuple) or len(both) != 2:
        raise TypeError(
            f"{name}.value_and_gradient must return a number and an array, "
            f"received {what_was_returned(both)}."
        )
    value, dy = both
    if not is_number(value):
        raise TypeError(
            f"{name}.value must return one number, received {what_was_returned(value)}."
        )
    if not isinstance(dy, np.ndarray) or dy.shape != y.shape:
        raise ValueError(
            f"{name}.gradient must return an array of y's shape, {y.shape}, "
            f"received {what_was_returned(dy)}."
        )


def try_metric(metric: Metric, sample: Sample, rows: Rows) -> None:
    """Raise an error if the metric can't be updated or reset, or has no valid result."""
    with suppress(Exception):  # what it counts in the trial isn't the user's
        metric = copy.deepcopy(metric)
    inner = metric.metric if isinstance(metric, WeightedMetric) else metric

    def examples(t: np.ndarray | Weighted, y: np.ndarray) -> Any:
        t = t.t if isinstance(t, Weighted) else t
        return leaving_alone(method_of(inner), "ty", inner.fresh().examples, t, y)

    if type(inner).update is Metric.update:
        y, values = accepted(examples, sample, rows)
        check_each(values, len(y), method_of(inner))

    def counted(t: Any, y: np.ndarray) -> Any:
        other = metric.fresh()
        update: Callable[[Any, np.ndarray], Any] = other.update
        if not isinstance(t, Weighted):
            update = partial(leaving_alone, f"{type(inner).__name__}.update", "ty", update)
        update(t, y)
        return other.result(), reset_result(other)

    start = reset_result(metric)
    _, (result, again) = accepted(counted, sample, rows)
    if start != again:
        raise ValueError(
            f"{type(inner).__name__}.reset must start again from nothing, since a metric is reset "
            f"before each epoch: then its result was {start}, and after a batch it is {again}."
        )
    several = isinstance(result, np.ndarray) and result.dtype.kind in "fiu"
    if not several and not is_number(result):
        raise TypeError(
            f"{type(inner).__name__}.result must return a number, "
            f"received {what_was_returned(result)}."
        )


def reset_result(metric: Metric) -> str:
    """Return the result of a reset copy as text, empty if there is none before the first batch."""
    with suppress(Exception):
        return str(metric.fresh().result())
    return ""


def try_rules(layers: Iterable[Layer]) -> None:
    """Raise an error if a constraint or a regularizer doesn't return what a training step needs."""
    with np.errstate(all="ignore"):
        for layer in layers:
            for name in layer.parameter_names if layer.learns else ():
                w, what = getattr(layer, name).copy(), f"of {layer.name}.{name}"
                constraint = rules_of(layer, "constraint").get(name)
                if isinstance(constraint, MinMaxNorm):
                    check_axes(constraint, w, f"The constraint {what}")
                if constraint is not None:
                    check_same_shape(constraint(w), w, f"The constraint {what}")
                regularizer = rules_of(layer, "regularizer").get(name)
                if regularizer is not None:
                    try_regularizer(regularizer, w, f"The regularizer {what}")
            activity = vars(layer).get("activity_regularizer")
            if activity is not None and layer.input_shape is not None:
                y = np.zeros((2, *layer.output_shape(layer.input_shape)), layer.dtype)
                try_regularizer(activity, y, f"The activity regularizer of {layer.name}")


def check_axes(constraint: MinMaxNorm, w: np.ndarray, what: str) -> None:
    """Raise an error if w lacks an axis over which a constraint computes norms."""
    if type(constraint).__call__ is not MinMaxNorm.__call__:
        return  # a subclass may mean something else
    axis = constraint.axis
    for one in axis if isinstance(axis, tuple) else (axis,):
        if not -w.ndim <= one < w.ndim:
            raise ValueError(
                f"{what}, {constraint}, must have an axis from {-w.ndim} to {w.ndim - 1}, since "
                f"the parameter's shape is {w.shape}, received {one}."
            )


def try_regularizer(regularizer: Any, w: np.ndarray, what: str) -> None:
    """Raise an error if a regularizer's value isn't a number or its gradient hasn't w's shape."""
    value = regularizer(w)
    if not is_number(value):
        raise TypeError(f"{what} must return one number, received {what_was_returned(value)}.")
    check_same_shape(regularizer.gradient(w), w, f"{what}: gradient")


def check_same_shape(returned: Any, w: np.ndarray, what: str) -> None:
    """Raise an error if a rule didn't return an array of w's shape."""
    if not isinstance(returned, np.ndarray) or returned.shape != w.shape:
        raise ValueError(
            f"{what} must return an array of the shape that it received, {w.shape}, "
            f"received {what_was_returned(returned)}."
        )


def accepted(function: Callable[..., Any], sample: Sample, rows: Rows) -> tuple[np.ndarray, Any]:
    """Return outputs y and ``function(t, y)``, for many examples if it raises an error for a few.

    A few examples may have no variance or only one class.
    """
    few, many = rows
    with suppress(Exception):
        t, y = sample(few)
        return y, function(t, y)
    t, y = sample(many)
    return y, function(t, y)


def leaving_alone(what: str, names: str, function: Callable[..., Any], *arrays: np.ndarray) -> Any:
    """Return a function's result, or raise an error if it changes one of the arrays.

    `names` are the arrays' letters. They may be the user's data, or what another layer keeps for
    its backward pass.
    """
    before = [array.tobytes() for array in arrays]
    returned = function(*arrays)
    for name, array, values in zip(names, arrays, before, strict=True):
        if array.tobytes() != values:
            raise ValueError(
                f"{what} must leave {name} as it is, and make a new array, such as "
                f"{name} * 2 instead of {name} *= 2."
            )
    return returned


def is_number(value: Any) -> bool:
    """Return whether a value is a real number or a zero-dimensional array of one."""
    array = np.asarray(value)
    return isinstance(value, Real) or (array.ndim == 0 and array.dtype.kind in "fiu")


def try_own_step(optimizer: Optimizer, parameters: np.ndarray) -> None:
    """Raise an error if a user-defined step can't be called, or doesn't change its argument."""
    taken, optimizer = ["parameters", "gradients", "learning_rate"], innermost(optimizer)
    checks.check_function(optimizer.step, f"{type(optimizer).__name__}.step", taken)
    name = made_anew(type(optimizer).step)
    if not name:
        return
    w, dw = parameters.copy(), np.random.default_rng(0).normal(size=parameters.shape)
    try:
        copy.deepcopy(optimizer).step(w, dw.astype(w.dtype), TRIAL_RATE)
    except Exception:
        return  # training says so, too
    if np.array_equal(w, parameters):
        raise ValueError(
            f"{type(optimizer).__name__}.step leaves the parameters as they are: write into them, "
            f"{name} -= ... or {name}[...] = .... A new array, assigned to {name} or returned, "
            f"doesn't reach the model."
        )


def made_anew(step: Callable[..., Any]) -> str:
    """Return the name of the parameters in a user-defined step that binds it anew, or returns."""
    if not is_own_class(step):
        return ""
    try:
        nodes = [*ast.walk(ast.parse(textwrap.dedent(inspect.getsource(step))))]
        _, name, *_ = inspect.signature(step).parameters
    except (OSError, TypeError, ValueError, SyntaxError):
        return ""  # typed in at a prompt, for instance
    bound = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
    anew = any(isinstance(node.ctx, ast.Store) and node not in changed for node in bound)
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in nodes)
    return name if anew or returns else ""


def check_methods(layer: Layer) -> None:
    """Raise an error if a user-defined layer's methods can't be called as a model does."""
    if not is_own(layer):
        return
    kind = type(layer).__name__
    if not checks.accepts(layer.forward, None, training=False):
        raise TypeError(
            f"{kind}.forward must accept training: def forward(self, x, *, training=False)."
        )
    for name, argument in ARGUMENTS.items():
        if not checks.accepts(getattr(layer, name), None):
            raise TypeError(
                f"{kind}.{name} must accept {argument} alone: def {name}(self, {argument})."
            )
    if not checks.accepts(layer.build, None, rng=None, dtype=None):
        raise TypeError(
            f"{kind}.build is tinynet's own: make the parameters in "
            f"create_parameters(self, input_shape)."
        )


def try_own_layers(chain: Sequence[Layer], trained: Sequence[Layer], x: np.ndarray) -> None:
    """Run two examples forward and back through a copied chain with user-defined layers.

    The output gradient is zero, and dropout is off. A layer that returns a wrong type or shape,
    changes its input, or has a parameter that isn't registered, raises an error.
    """
    with np.errstate(all="ignore"):
        there_and_back(chain, trained, x)
        own = [part for part in chain if is_own(part)]
        for part in own:
            if part not in trained:  # it is below all trained layers
                go_back(part, len(x), x.dtype)
        refuse_unregistered(own, lambda: chain_again(chain, x))


def go_back(part: Layer, n: int, dtype: np.dtype) -> None:
    """Call a layer's backward for what it may write; a layer without one is accepted here."""
    if part.input_shape is not None:
        with suppress(Exception):
            part.backward(np.zeros((n, *part.output_shape(part.input_shape)), dtype))


def chain_again(chain: Sequence[Layer], x: np.ndarray) -> None:
    """Run other examples forward, so that caches of the input change."""
    y = np.zeros_like(x)
    for part in chain:
        y = part.forward(y, training=False)


def there_and_back(chain: Sequence[Layer], trained: Sequence[Layer], x: np.ndarray) -> None:
    """Run forward and back through a chain, and check what each part returns."""
    y, inputs = x, {}
    for part in chain:
        inputs[id(part)] = y
        y = leaving_alone(f"{part.name}.forward", "x", partial(part.forward, training=False), y)
        expected = part.output_shape(inputs[id(part)].shape[1:])
        check_returned(part, "forward", "y", y, (len(x), *expected))
    dy = np.zeros_like(y)
    for part in reversed(trained):
        dx = part.backward(dy)
        if part is not trained[0]:
            check_returned(part, "backward", "dx", dx, inputs[id(part)].shape)
            dy = dx


def check_returned(
    layer: Layer, method: str, name: str, array: object, shape: tuple[int, ...]
) -> None:
    """Refuse anything but an array of that shape."""
    expected = f"{layer.name}.{method} must return {name} of shape {checks.shape_of(shape[1:])}"
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{expected}, received {checks.shown(array)}.")
    if array.shape != shape:
        hint = ""
        if method == "forward" and array.ndim > 1 and len(array) == shape[0]:
            verb = "define" if type(layer).output_shape is Layer.output_shape else "correct"
            hint = f" If that is the shape it should have, {verb} output_shape(self, input_shape)."
        raise ValueError(f"{expected}, received {array.shape} for {shape[0]} examples.{hint}")
