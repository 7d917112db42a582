"""Diagnosis of a training run: why the loss is stuck, jumps or becomes NaN.

``diagnose(model, x, y)`` examines the data, the architecture, and one training step made on a copy.
It returns findings: what was observed, why it matters, and what to do. It can be called before,
during and after training; `WatchTraining` calls it during `fit`.

Each check is a function that takes a `Case` and yields findings; `CHECKS` lists them. The
consequences of a fault are not reported with it: unscaled inputs also make the first loss large,
but only the inputs need to be fixed.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinynet._internal import checks, inputs
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Logs
from tinynet.callbacks.terminate import TerminateOnNaN
from tinynet.diagnose.case import Case, first_unfinite
from tinynet.diagnose.data import (
    first_taken,
    flattering_order,
    lying_accuracy,
    repeated_inputs,
    shared_classes,
    target_among_inputs,
    uneven_labels,
    unfit_labels,
    unfit_targets,
    unlike_validation,
    unscaled_inputs,
    unshuffled,
    validation_in_training,
)
from tinynet.diagnose.findings import BROKEN, CONSEQUENCES, Finding, Findings, without_consequences
from tinynet.diagnose.model import (
    architecture,
    dead_units,
    dropped,
    equal_weights,
    first_loss,
    relu_for_classes,
    saturated_units,
    shrinking_gradients,
    unfinite_outputs,
)
from tinynet.diagnose.training import (
    batches_of_one,
    collapse,
    missing_classes,
    overfitting,
    squared_error_of_classes,
    step_length,
    strong_penalties,
)
from tinynet.models import Sequential


@known_keywords
def diagnose(
    model: Sequential, x: Any, y: Any, *, validation_data: tuple[Any, Any] | None = None
) -> Findings:
    r"""Look for faults in a training run, before, during or after training.

    Parameters
    ----------
    model : Sequential
        A compiled model. It isn't changed.
    x, y : array_like
        The training data, as for `Sequential.fit`.
    validation_data : tuple (x, y), optional
        Other examples, to test generalisation.

    Returns
    -------
    list of Finding
        Empty if nothing was found. It prints reasons and remedies, in a notebook as a table.

    Raises
    ------
    ValueError, TypeError
        If the model isn't compiled, or the examples have a wrong shape.

    Notes
    -----
    For large data sets, a sample of 1000 examples is used. Trial steps are made without dropout.
    Consequences of another finding are omitted. After `fit`, the metrics of its last epoch are
    compared with those of the model in its current state.

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
    if validation_data is not None:
        inputs.check_validation_data(validation_data)
        check_arguments(model, *validation_data[:2])
    with model.reading():  # all findings are about one state
        return findings_of(model, array, labels, validation_data)


def findings_of(
    model: Sequential, array: np.ndarray, labels: np.ndarray, validation_data: Any
) -> Findings:
    """Run the checks in their order; what is broken ends them."""
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        seen = f"x holds {array[tuple(place)]} at {place}."
        return Findings([Finding("inputs-not-finite", seen, float(array[tuple(place)]))])
    built = model if model.built else model.copy()
    if built is not model:
        built.build((None, *array.shape[1:]))
    taken = first_taken(built, array)
    found: list[Finding] = []
    if taken is not None:
        found += [*unscaled_inputs(taken), *repeated_inputs(array, labels)]
    found += [*architecture(built, array), *dropped(built, array)]
    wrong = list(unfit_labels(model, array, labels))
    if wrong:
        return without_consequences(found + wrong)
    broken = list(unfinite_outputs(model, array))
    with np.errstate(all="ignore"):
        case = Case(model, array, labels, validation_data)
        if broken:
            return without_consequences([*found, *broken, *unfit_targets(case)])
        if taken is not None:
            found += target_among_inputs(case)
        for check in CHECKS:
            found += check(case)
    return without_consequences(found)


class WatchTraining(TerminateOnNaN):
    """Diagnose during `fit`, and print each kind of finding once, as a paragraph.

    The diagnosis runs before the first step, after epochs 1, 2, 4, 8 and so on, and at the end.
    After every step the loss is tested for NaN, as by `TerminateOnNaN`. Consequences of an earlier
    finding are not printed.

    Parameters
    ----------
    x, y : array_like, optional
        The training data. Defaults to the training data of `fit`.
    validation_data : tuple (x, y), optional
        As for `diagnose`. Defaults to the validation data of `fit`.

    Attributes
    ----------
    findings : list of Finding
        All findings that were printed.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> x, y = np.eye(4), np.arange(4)
    >>> model = Sequential([Dense(8), Dense(4, "softmax")], seed=0)
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> h = model.fit(x, y, epochs=2, verbose=0, callbacks=[WatchTraining()])
    no-nonlinearity: Between dense, a matrix of (4, 8), and dense_1, one of (8, 4), there is ...
    """

    _count: int  # how many examples `fit` received
    _before: np.ndarray  # the model's values before the step

    @known_keywords
    def __init__(
        self, x: Any = None, y: Any = None, *, validation_data: tuple[Any, Any] | None = None
    ) -> None:
        if (x is None) != (y is None):
            raise ValueError("WatchTraining needs x and y, or neither, received one of them.")
        self.x, self.y, self.validation_data = x, y, validation_data
        self.findings = Findings()
        self._first: int | None = None
        self._given: tuple[Any, Any, Any, bool] = (None, None, None, True)

    def on_data(self, x: Any, y: Any, validation_data: Any, *, shuffle: bool) -> None:
        """Store the data of `fit`, unless other data were given."""
        self._count = len(x)
        if self.x is not None:
            x, y = self.x, self.y
        if self.validation_data is not None:
            validation_data = self.validation_data
        self._given = x, y, validation_data, shuffle

    def on_train_begin(self, logs: Logs) -> None:
        """Diagnose before the first step."""
        super().on_train_begin(logs)
        self.findings = Findings()
        self._looked, self._first = True, None
        self._before = self.model.values.copy()
        x, y, _, shuffle = self._given
        found = [*diagnose(self.model, x, y)]
        if not shuffle and self.params["steps"] > 1:
            shape = self.model.output_shapes[-1]
            found += unshuffled(self.model, self.model.loss.targets(y, shape))
        if self.params["steps"] == self._count > 1:
            found += batches_of_one(self.model, np.shape(x)[1:])
        self._tell(without_consequences(found))

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Store the number of the epoch."""
        super().on_epoch_begin(epoch, logs)
        self._first = epoch if self._first is None else self._first
        self._looked = False

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """If the loss isn't finite, report the layer where NaN or infinity first occurs."""
        if math.isfinite(logs["loss"]):
            self._before[...] = self.model.values
            return
        self.model.stop_training = True
        place = f"in epoch {self._epoch}, batch {batch}"
        x = self._given[0]
        layer = first_unfinite(self.model, self._before, x) or "none, only the loss itself"
        seen = (
            f"The loss is {logs['loss']}, for the first time {place}. The first layer with NaN or "
            f"infinity in its output there: {layer}."
        )
        self._tell(Findings([Finding("loss-not-finite", seen, float(batch))]))

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Diagnose after 1, 2, 4, 8 ... epochs."""
        done = epoch - (self._first or 0) + 1
        self._looked = done & (done - 1) == 0  # a power of two
        if self._looked:
            self._look()

    def on_train_end(self, logs: Logs) -> None:
        """Diagnose the trained model, and release the data."""
        if not self._looked:
            self._look()
        super().on_train_end(logs)
        self._given = (None, None, None, True)

    def _look(self) -> None:
        if not self._said:
            x, y, validation_data, _ = self._given
            self._tell(diagnose(self.model, x, y, validation_data=validation_data))

    def _tell(self, found: Findings) -> None:
        """Print new findings that aren't consequences of earlier ones."""
        told = {finding.code for finding in self.findings}
        known = told.union(*(CONSEQUENCES.get(code, ()) for code in told)) - {"loss-not-finite"}
        # Causes of earlier findings: large steps make gradients explode, and vice versa.
        known |= {code for code in BROKEN if told & CONSEQUENCES.get(code, set())}
        for finding in found:
            if finding.code not in known:
                self._said |= finding.code == "loss-not-finite"
                self.findings.append(finding)
                print(finding, flush=True)


def check_example_shape(model: Sequential, x: Any) -> np.ndarray:
    """Return x as an array of the model's input shape, finite or not."""
    model.check_unchanged()
    return inputs.check_example_shape(x, model.layers[0])


def check_arguments(model: Sequential, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return examples and labels as arrays of equal length and valid shape."""
    checks.check_compiled(model)
    array, labels = check_example_shape(model, x), checks.as_numbers(y, "y")
    if len(array) != len(np.atleast_1d(labels)) or len(array) == 0:
        raise ValueError(
            f"x and y must have the same number of examples, at least one, "
            f"received {array.shape} and {labels.shape}."
        )
    return array, labels


CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    uneven_labels,
    unfit_targets,
    shared_classes,
    relu_for_classes,
    lying_accuracy,
    flattering_order,
    unlike_validation,
    validation_in_training,
    equal_weights,
    strong_penalties,
    first_loss,
    dead_units,
    saturated_units,
    shrinking_gradients,
    step_length,
    squared_error_of_classes,
    overfitting,
    collapse,
    missing_classes,
)
