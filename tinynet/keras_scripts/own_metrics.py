"""Metrics that a script defines as a class in Keras's form.

Such a class derives from `keras.metrics.Metric`, creates its variables with `add_weight` and
defines `update_state`, `result` and perhaps `reset_state`. tinynet calls `update`, `reset` and
`fresh`, which `adapt` defines in terms of these.
"""

import copy
from typing import Any

import numpy as np

from tinynet import initializers
from tinynet._internal import checks
from tinynet._internal.names import known_keywords, snake_case
from tinynet._internal.origin import is_own_class
from tinynet.keras_scripts.arrays import Tensor, Variable
from tinynet.keras_scripts.methods import Method, Number, base_of, extending
from tinynet.metrics import FunctionMetric, Metric

INITIALIZE = Metric.__init__  # before that of `ScriptMetric` takes its place


def adapt(kind: Any, /) -> None:
    """Make a class that defines `update_state` usable by `fit` and `evaluate`."""
    if not is_own_class(kind.update_state):
        return
    kind.update, kind.reset, kind.fresh = update, reset, fresh
    if "result" in vars(kind):
        kind.result = as_number(kind.result)


def update(metric: Any, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
    """Add a batch by the script's `update_state`."""
    t, y = t.view(Tensor), y.view(Tensor)
    if weights is None:
        metric.update_state(t, y)
    else:
        metric.update_state(t, y, sample_weight=weights.view(Tensor))
    hand_back(metric)


def update_by_function(
    metric: Any, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
) -> None:
    """Add a batch by a function, which gets tensors.

    One number counts once, whatever the batch's size, as in Keras.
    """
    returned = metric.function(t.view(Tensor), y.view(Tensor))
    if weights is None and returned is not None and np.ndim(returned) == 0:
        metric.total, metric.count = metric.total + float(returned), metric.count + 1
        return
    batch = FunctionMetric(lambda t, y: returned, metric.name)
    Metric.update(batch, t, y, weights)
    metric.total, metric.count = metric.total + batch.total, metric.count + batch.count


@extending
def with_given(fresh: Method, /, metric: Any) -> Any:
    """Make a reset copy remember the metric that the script has given to `compile`."""
    other = fresh(metric)
    other._given = vars(metric).get("_given", metric)
    return other


@extending
def with_result_for_given(update: Method, /, metric: Any, *arguments: Any, **named: Any) -> None:
    """Make the metric that the script has given to `compile` count, too, as it does in Keras."""
    update(metric, *arguments, **named)
    hand_back(metric)


def hand_back(metric: Any) -> None:
    """Give the counts of a copy to the metric that the script has given to `compile`."""
    given = vars(metric).get("_given", metric)
    vars(given).update({name: value for name, value in vars(metric).items() if name != "_given"})


def reset(metric: Any) -> None:
    """Reset by the script's `reset_state`, once the metric has been made."""
    if "_variables" in vars(metric):
        metric.reset_state()
    else:
        base_of(metric).reset(metric)


def fresh(metric: Any) -> Any:
    """Return a reset copy, with variables of its own."""
    given = vars(metric).get("_given", metric)
    other = copy.deepcopy(metric, {} if given is metric else {id(given): given})
    other.reset()
    other._given = given
    return other


def as_number(result: Any) -> Any:
    """Return a `result` that returns a number, which doesn't change when the variable does.

    Anything else, such as Keras's dict of numbers, stays as it is; `fit` refuses it.
    """

    def number(metric: Any) -> Any:
        returned = result(metric)
        value = np.array(returned)
        if value.dtype.kind not in "biuf":
            return returned
        return value.view(Tensor) if value.ndim else Number(float(value))

    return number


def add_weight(
    metric: Any, shape: Any = (), initializer: Any = None, dtype: Any = None, name: Any = None
) -> Variable:
    """Create a variable, which `reset_state` sets to zero; its name may come first."""
    shape = () if isinstance(shape, str) else shape
    draw = initializers.get("zeros" if initializer is None else initializer)
    values = draw(checks.check_shape(shape, what="shape") if shape else (), np.random.default_rng())
    variable = Variable(np.asarray(values, np.float32), dtype=dtype)
    variables_of(metric).append(variable)
    return variable


def variables_of(metric: Any) -> list[Variable]:
    """Return the variables that the metric has created."""
    variables: list[Variable] = vars(metric)["_variables"]
    return variables


def shown_variables(metric: Any) -> list[Variable]:
    """Return the variables of a script's own metric; tinynet's metrics have none to show."""
    if base_of(metric) is not Metric and not variables_of(metric):
        kind = type(metric).__name__
        text = f"{kind} has no variables: use result()."
        raise AttributeError(text, name="variables", obj=None)  # so that Python suggests no name
    return variables_of(metric)


def update_state(metric: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
    """Add some examples."""
    t, y = checks.as_numbers(y_true, "y_true"), checks.as_numbers(y_pred, "y_pred")
    y = y.astype(np.float32) if y.dtype.kind in "iub" else y
    t, y = (a[:, np.newaxis] if a.ndim == 1 and y.ndim == 1 else a for a in (t, y))
    t, y = checks.check_predictions(t, y, metric.name)
    weights = None
    if sample_weight is not None:
        given = checks.as_numbers(sample_weight, "sample_weight")
        weights = checks.check_weights(np.ravel(given), len(y))
    base_of(metric).update(metric, metric.targets(t, y.shape[1:]), y, weights)


def reset_state(metric: Any) -> None:
    """Reset the metric, and set its variables to zero."""
    variables = variables_of(metric)
    if base_of(metric) is not Metric or not variables:  # else the variables are all there is
        base_of(metric).reset(metric)
    for variable in variables:
        variable.assign(np.zeros_like(variable))


def call_metric(metric: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
    """Add some examples and return the result so far."""
    metric.update_state(y_true, y_pred, sample_weight)
    return metric.result()


class ScriptMetric(Metric):
    """Has the `__init__` that `keras.metrics.Metric` gets in a script."""

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        """Name a metric after its class if it isn't given a name, and let it create variables."""
        INITIALIZE(self, name=snake_case(type(self).__name__) if name is None else name)
        self._variables: list[Variable] = []
