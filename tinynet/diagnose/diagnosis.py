"""Diagnosis of a run: why the loss sticks, leaps or turns NaN, before it has cost an afternoon.

``diagnose(model, x, y)`` looks at the data, the architecture, and one step of training made on a
copy, and returns findings: what was seen, with its figure, why it matters and what to do. It can be
called before, during and after training; `WatchTraining` does so during `fit`.

Each check is a function that is given a `Case` and yields what it finds; `CHECKS` lists them. A
fault's consequences are not reported beside it: inputs that aren't scaled make the first loss large
too, but only the inputs need mending.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinynet._internal import checks, inputs
from tinynet.callbacks.base import Logs
from tinynet.callbacks.terminate import TerminateOnNaN
from tinynet.diagnose.case import Case, first_unfinite
from tinynet.diagnose.data import (
    normalized,
    repeated_inputs,
    uneven_labels,
    unfit_labels,
    unfit_targets,
    unlike_validation,
    unscaled_inputs,
)
from tinynet.diagnose.findings import Finding, Findings, without_consequences
from tinynet.diagnose.model import (
    architecture,
    dead_units,
    equal_weights,
    first_loss,
    saturated_units,
    shrinking_gradients,
    unfinite_outputs,
)
from tinynet.diagnose.training import missing_classes, overfitting, step_length
from tinynet.explain.recorded_step import check_compiled
from tinynet.models import Sequential


def diagnose(
    model: Sequential, x: Any, y: Any, *, validation_data: tuple[Any, Any] | None = None
) -> Findings:
    """Look for what is wrong with a run, before, during or after training.

    Parameters
    ----------
    model : Sequential
        A compiled model; it is left exactly as it is.
    x, y : array_like
        The training data, as for `Sequential.fit`.
    validation_data : tuple (x, y), optional
        Other examples, to see whether what was learned holds for them.

    Returns
    -------
    Findings
        A list of `Finding`, empty if nothing was found; printing it shows all that they say.

    Raises
    ------
    ValueError, TypeError
        If the model isn't compiled, or the examples don't have the shape that it takes.

    Notes
    -----
    Of large data sets a sample of 1000 examples is looked at. What is a consequence of another
    finding is left out.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> x, y = np.eye(4), np.arange(4)
    >>> model = Sequential([Dense(8), Dense(4, "softmax")], seed=0)
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> for finding in diagnose(model, x, y):
    ...     print(finding.code, "|", finding.seen)
    no-nonlinearity | Between dense, a matrix of (4, 8), and dense_1, one of (8, 4), there is no ...
    """
    array, labels = check_arguments(model, x, y)
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        seen = f"x holds {array[tuple(place)]} at {place}."
        return Findings([Finding("inputs-not-finite", seen, float(array[tuple(place)]))])
    found = [*unscaled_inputs(normalized(model, array)), *repeated_inputs(array)]
    found += architecture(model, array)
    wrong = list(unfit_labels(model, array, labels))
    if wrong:
        return without_consequences(found + wrong)
    broken = list(unfinite_outputs(model, array))
    if broken:
        return without_consequences(found + broken)
    with np.errstate(all="ignore"):
        case = Case(model, array, labels, validation_data)
        for check in CHECKS:
            found += check(case)
    return without_consequences(found)


class WatchTraining(TerminateOnNaN):
    """Diagnose during `fit`, and print each kind of finding once, as a paragraph.

    It looks before the first step, after epochs 1, 2, 4, 8 and so on, and at the end; and after
    every step whether the loss is still a number: it is a `TerminateOnNaN` that says more.

    Parameters
    ----------
    x, y : array_like
        The training data.
    validation_data : tuple (x, y), optional
        As for `diagnose`.

    Attributes
    ----------
    findings : list of Finding
        All that was told.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> x, y = np.eye(4), np.arange(4)
    >>> model = Sequential([Dense(8), Dense(4, "softmax")], seed=0)
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> h = model.fit(x, y, epochs=2, verbose=0, callbacks=[WatchTraining(x, y)])
    no-nonlinearity: Between dense, a matrix of (4, 8), and dense_1, one of (8, 4), there is ...
    """

    def __init__(self, x: Any, y: Any, *, validation_data: tuple[Any, Any] | None = None) -> None:
        self.x, self.y, self.validation_data = x, y, validation_data
        self.findings: list[Finding] = []
        self._first: int | None = None
        self._before = np.empty(0)  # the model's values before the step

    def on_train_begin(self, logs: Logs) -> None:
        """Look before the first step."""
        super().on_train_begin(logs)
        self.findings = []
        self._looked, self._first = True, None
        self._before = self.model.values.copy()
        self._tell(diagnose(self.model, self.x, self.y))

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Remember which epoch it is."""
        super().on_epoch_begin(epoch, logs)
        self._first = epoch if self._first is None else self._first
        self._looked = False

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Look whether the loss is still a number; if not, say in which layer it was lost."""
        if math.isfinite(logs["loss"]):
            self._before[...] = self.model.values
            return
        self.model.stop_training = True
        place = f"in epoch {self._epoch}, batch {batch}"
        layer = first_unfinite(self.model, self._before, self.x) or "none, only the loss itself"
        seen = (
            f"The loss is {logs['loss']}, for the first time {place}. The first layer with NaN or "
            f"infinity in its output there: {layer}."
        )
        self._tell([Finding("loss-not-finite", seen, float(batch))])

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Look again after the first epoch, and whenever there have been twice as many."""
        done = epoch - (self._first or 0) + 1
        self._looked = done & (done - 1) == 0  # a power of two
        if self._looked:
            self._look()

    def on_train_end(self, logs: Logs) -> None:
        """Look at what has become of it."""
        if not self._looked:
            self._look()
        super().on_train_end(logs)

    def _look(self) -> None:
        if not self._said:
            self._tell(diagnose(self.model, self.x, self.y, validation_data=self.validation_data))

    def _tell(self, findings: list[Finding]) -> None:
        told = {finding.code for finding in self.findings}
        for finding in findings:
            if finding.code not in told:
                self._said |= finding.code == "loss-not-finite"
                self.findings.append(finding)
                print(finding, flush=True)


def check_example_shape(model: Sequential, x: Any) -> np.ndarray:
    """Return x as an array of numbers of the shape that the model takes, finite or not."""
    model.check_unchanged()
    return inputs.check_example_shape(x, model.layers[0])


def check_arguments(model: Sequential, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return examples and labels as arrays of equal length, of the shape that the model takes."""
    check_compiled(model)
    array, labels = check_example_shape(model, x), checks.as_numbers(y, "y")
    if len(array) != len(np.atleast_1d(labels)) or len(array) == 0:
        raise ValueError(
            f"x and y must have as many examples as each other, at least one, "
            f"received {array.shape} and {labels.shape}."
        )
    return array, labels


CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    uneven_labels,
    unfit_targets,
    unlike_validation,
    equal_weights,
    first_loss,
    dead_units,
    saturated_units,
    shrinking_gradients,
    step_length,
    overfitting,
    missing_classes,
)
