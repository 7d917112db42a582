"""Recorders: gradients, parameters and steps during training, for plots."""

import numpy as np

from tinynet._internal.checks import check_count
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Callback, Logs


class GradientRecorder(Callback):
    """Record how large gradients, parameters and steps are, layer by layer.

    What is recorded are Euclidean norms, over all parameters of a layer, W and b together. It is
    what `tinynet.plotting.plot_gradient_flow` and `plot_update_ratios` draw.

    Parameters
    ----------
    every : int
        Record the first step and every so many after it. On the reference network recording each
        step adds about four tenths to its cost; with ``every=10`` none can be measured.

    Attributes
    ----------
    steps : list of int
        The steps recorded, counted from 1.
    gradient_norms : dict of str to list of float
        For each layer that learns, by name, the norm of its gradient in each recorded step.
    parameter_norms : dict of str to list of float
        The norm of its parameters before the step.
    update_norms : dict of str to list of float
        The norm of what the step added to them.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> model = Sequential([Dense(2, "tanh", name="hidden"), Dense(1, name="output")], seed=0)
    >>> model.compile("sgd", "mse")
    >>> recorder = GradientRecorder(every=2)
    >>> x = np.linspace(-1, 1, 10)[:, np.newaxis]
    >>> history = model.fit(x, x**2, batch_size=2, verbose=0, callbacks=[recorder])
    >>> recorder.steps, list(recorder.gradient_norms)
    ([1, 3, 5], ['hidden', 'output'])
    """

    @known_keywords
    def __init__(self, every: int = 1) -> None:
        self.every = check_count(every, "every")
        self._forget()

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run, and find each layer's part of the model's vectors."""
        self._forget()
        end = 0
        for layer in self.model.layers:
            if layer.learns:
                start, end = end, end + layer.count_params()
                self._parts[layer.name] = slice(start, end)
        for norms in (self.gradient_norms, self.parameter_norms, self.update_norms):
            norms.update({name: [] for name in self._parts})
        self._before = self.model.parameters.copy()

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Record the step if it is one of those wanted, and prepare for the next."""
        self._step += 1
        after = self.model.parameters
        if (self._step - 1) % self.every == 0:
            self.steps.append(self._step)
            for name, part in self._parts.items():
                before = self._before[part]
                self.gradient_norms[name].append(norm(self.model.gradients[part]))
                self.parameter_norms[name].append(norm(before))
                self.update_norms[name].append(norm(after[part] - before))
        if self._step % self.every == 0:
            self._before[...] = after

    def _forget(self) -> None:
        self.steps: list[int] = []
        self.gradient_norms: dict[str, list[float]] = {}
        self.parameter_norms: dict[str, list[float]] = {}
        self.update_norms: dict[str, list[float]] = {}
        self._parts: dict[str, slice] = {}
        self._step = 0


class ParameterRecorder(Callback):
    """Keep copies of all parameters on the way, to go back to: for an animation, for example.

    `tinynet.plotting.animate_decision_boundary` draws them.

    Parameters
    ----------
    every : int
        Keep the parameters after every so many steps; those before the first step are kept, too.

    Attributes
    ----------
    steps : list of int
        How many steps had been made: 0, `every`, twice `every` and so on.
    parameters : list of numpy.ndarray, shape (P,)
        What ``model.parameters`` held then.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> model = Sequential([Dense(1, input_shape=(1,))], seed=0)
    >>> model.compile("sgd", "mse")
    >>> recorder = ParameterRecorder(every=2)
    >>> x = np.linspace(-1, 1, 10)[:, np.newaxis]
    >>> history = model.fit(x, 2 * x, batch_size=2, verbose=0, callbacks=[recorder])
    >>> recorder.steps
    [0, 2, 4]
    """

    @known_keywords
    def __init__(self, every: int = 1) -> None:
        self.every = check_count(every, "every")
        self.steps: list[int] = []
        self.parameters: list[np.ndarray] = []

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run, and keep what the model begins with."""
        self.steps, self.parameters = [0], [self.model.parameters.copy()]
        self._step = 0

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Keep a copy if it is time."""
        self._step += 1
        if self._step % self.every == 0:
            self.steps.append(self._step)
            self.parameters.append(self.model.parameters.copy())


def norm(vector: np.ndarray) -> float:
    """Return the Euclidean norm, in float64: the squares of small gradients underflow float32."""
    return float(np.linalg.norm(vector.astype(np.float64)))
