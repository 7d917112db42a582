"""`Metric`: the base class of all metrics, which `fit` and `evaluate` report with the loss."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet._internal import checks, data_hints
from tinynet._internal.names import known_keywords
from tinynet._internal.settings import PlainSettings
from tinynet.losses.base import Loss, as_computed, check_each, mean_of_outputs
from tinynet.losses.criterion import Weighted


class Metric(PlainSettings):
    """Base class of all metrics; derive your own from it.

    A metric that is a mean over the examples defines `examples`, its value for each example. Any
    other metric, such as precision, overrides `reset`, `update` and `result`. A function of
    ``(y_true, y_pred)`` can also be used as a metric.

    Parameters
    ----------
    name : str
        The key in the history.

    Examples
    --------
    >>> class LargestError(Metric):
    ...     def examples(self, t, y):
    ...         return np.abs(y - t).max(axis=1)
    >>> metric = LargestError("largest_error")
    >>> metric([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.5], [3.0, 5.0]])
    0.75
    """

    higher_is_better = False  # used by callbacks with mode="auto"

    @known_keywords
    def __init__(self, name: str) -> None:
        self.name = checks.check_name(name, "name")
        self.reset()

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the metric of each example, shape (N,), for targets prepared by `targets`."""
        hint = (
            " Keras's update_state is called update here, and reset_state is called reset."
            if hasattr(self, "update_state")
            else ""
        )
        raise NotImplementedError(f"{type(self).__name__} must define examples(t, y).{hint}")

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check y_true against outputs of shape (N, ...) and convert it, once for a data set."""
        return checks.as_targets(y_true, output_shape)

    @known_keywords
    def reset(self) -> None:
        """Start again from nothing, with new arrays: copies of the metric share the old ones."""
        self.total, self.count = 0.0, 0.0

    @known_keywords
    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add a batch: prepared targets t, outputs y, and the weight of each example."""
        self._add(self.examples(t, y), weights)

    def _add(self, values: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Add the values of examples, each with its weight."""
        if weights is None:
            yes_or_no = values.dtype.kind == "b"  # counting is faster than summing
            total = np.count_nonzero(values) if yes_or_no else values.sum(dtype=np.float64)
            self.total += float(total)
            self.count += len(values)
        else:
            self.total += float((values * weights).sum(dtype=np.float64))
            self.count += float(weights.sum(dtype=np.float64))

    @known_keywords
    def result(self) -> float:
        """Return the metric of all batches added, or 0 if there are none."""
        return float(self.total / self.count) if self.count else 0.0

    def check_one_number(self) -> None:
        """Raise an error if `result` returns an array, which a model can't report."""

    @known_keywords
    def fresh(self) -> Metric:
        """Return a reset copy."""
        other = copy.copy(self)
        other.reset()
        return other

    @known_keywords
    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """Return the metric of these predictions alone."""
        t, y = checks.check_predictions(y_true, y_pred, self.name)
        metric = self.fresh()
        t = metric.targets(t, y.shape[1:])
        if type(metric).update is Metric.update:
            metric._add(check_each(metric.examples(t, y), len(y), method_of(metric)))
        else:
            metric.update(t, y)
        return metric.result()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, for saving."""
        return {"name": self.name}

    def __repr__(self) -> str:
        """Return the class and the name."""
        return f"{type(self).__name__}(name={self.name!r})"


class FunctionMetric(Metric):
    """Mean of the values of a function of ``(y_true, y_pred)``.

    Parameters
    ----------
    function : callable
        Returns an array with one entry per example (further axes are averaged), or one number.
    name : str, optional
        Defaults to the function's name.
    """

    @known_keywords
    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        self.function = function
        checks.check_function(function, "function")
        super().__init__(getattr(function, "__name__", "metric") if name is None else name)
        checks.check_function(function, f"The metric {self.name}", ["y_true", "y_pred"])

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the function's values."""
        returned = self.function(t, y)
        if returned is None or isinstance(returned, str):  # NumPy would make NaN of None
            received = checks.shown(returned)
            raise TypeError(f"{self.name} must return a number or an array, received {received}.")
        values = np.asarray(returned, dtype=np.float64)
        if values.ndim == 0 or len(values) != len(y):
            return np.full(len(y), values.mean())
        return mean_of_outputs(values)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"function": self.function, "name": self.name}


class LossMetric(Metric):
    """A loss, reported as a metric: its mean over the examples.

    Parameters
    ----------
    loss : Loss
        The loss.
    name : str
        The key in the history.
    """

    @known_keywords
    def __init__(self, loss: Loss, name: str) -> None:
        self.loss = loss
        super().__init__(name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Prepare y_true as the loss does."""
        with checks.named(f"The metric {self.name!r}"):
            return self.loss.targets(y_true, output_shape)

    def examples(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each example's loss."""
        return self.loss.costs(as_computed(t, y), y)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"loss": self.loss, "name": self.name}


class WeightedMetric(Metric):
    """A metric that counts each example by its weight, as the loss does.

    The weights come with the targets. Without weights it is the metric itself.

    Parameters
    ----------
    metric : Metric
        What is reported.
    name : str, optional
        The key in the history; defaults to the metric's.
    """

    @known_keywords
    def __init__(self, metric: Metric, name: str | None = None) -> None:
        self.metric = checks.check_instance(metric, Metric, "metric").fresh()
        self.higher_is_better = metric.higher_is_better
        super().__init__(metric.name if name is None else name)

    @known_keywords
    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Prepare y_true as the metric wants it."""
        return self.metric.targets(y_true, output_shape)

    @known_keywords
    def reset(self) -> None:
        """Forget what was counted."""
        self.metric.reset()

    @known_keywords
    def update(self, t: Any, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count a batch; the targets may be `Weighted`."""
        if isinstance(t, Weighted):
            t, weights = t
        self.metric.update(t, y, weights)

    @known_keywords
    def result(self) -> float:
        """Return the metric of all that was counted."""
        return self.metric.result()

    @known_keywords
    def fresh(self) -> Metric:
        """Return a copy that has counted nothing."""
        return WeightedMetric(self.metric, self.name)

    def get_config(self) -> dict[str, Any]:
        """Return the metric and the name."""
        return {"metric": self.metric, "name": self.name}


def method_of(metric: Metric) -> str:
    """Return the name of the method that computes a metric's values, for error messages."""
    if isinstance(metric, LossMetric):
        return f"{type(metric.loss).__name__}.costs"
    return f"{type(metric).__name__}.examples"


def one_target_per_output(
    y_true: Any, output_shape: tuple[int, ...], metric: str, for_labels: str | None = None
) -> np.ndarray:
    """Return y_true as an array of the outputs' shape, or raise an error.

    `for_labels` is the name of the same metric for labels, if there is one.
    """
    t = checks.as_targets(y_true, output_shape)
    if t.shape[1:] != output_shape:
        raise ValueError(targets_error(t, output_shape, metric, for_labels))
    checks.check_finite(t, "y_true")
    return t


def targets_error(
    t: np.ndarray, output_shape: tuple[int, ...], metric: str, for_labels: str | None
) -> str:
    """Say which targets a metric expected, and what to do with labels."""
    hint = data_hints.target_hint(t, output_shape)
    if len(output_shape) == 1 and t.shape[1:] in ((), (1,)):
        other = f"use the metric {for_labels!r}, or " if for_labels else ""
        hint = f" For labels, {other}pass one-hot rows, to_categorical(y, {output_shape[0]})."
    return (
        f"{metric} expected y_true of shape {checks.shape_of(output_shape)}, "
        f"received {t.shape}.{hint}"
    )
