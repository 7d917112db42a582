"""Recorders: gradients, parameters and steps during training, for plots."""

import numpy as np

from tinynet._internal.checks import check_count
from tinynet._internal.names import known_keywords
from tinynet.callbacks.base import Callback, Logs


class GradientRecorder(Callback):
    """Record the norms of gradients, parameters and updates of each layer.

    These are Euclidean norms over all parameters of a layer, W and b together.
    `tinynet.plotting.plot_gradient_flow` and `plot_update_ratios` draw them.

    Parameters
    ----------
    every : int
        Record the first step and every `every`-th step after it. On the reference network,
        recording every step makes training about 50% slower; recording every tenth, about 8%.

    Attributes
    ----------
    steps : list of int
        The steps recorded, counted from 1.
    gradient_norms : dict of str to list of float
        For each trainable layer, by name, the norm of its gradient in each recorded step.
    parameter_norms : dict of str to list of float
        The norm of its parameters before the step.
    update_norms : dict of str to list of float
        The norm of the change that the step made to them.

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
        """Reset, and find each layer's part of the model's vectors."""
        self._forget()
        end = 0
        for layer in self.model.layers:
            if layer.learns:
                start, end = end, end + sum(p.size for p in layer.parameters.values())
                self._parts[layer.name] = slice(start, end)
        for norms in (self.gradient_norms, self.parameter_norms, self.update_norms):
            norms.update({name: [] for name in self._parts})
        self._before = self.model.parameters.copy()

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Record every `every`-th step, and prepare for the next."""
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
    """Keep copies of all parameters during training, for example for an animation.

    `tinynet.plotting.animate_decision_boundary` draws them.

    Parameters
    ----------
    every : int
        Copy the parameters before the first step and after every `every`-th step.

    Attributes
    ----------
    steps : list of int
        The number of steps made before each copy: 0, `every`, twice `every` and so on.
    parameters : list of numpy.ndarray, shape (P,)
        The copies of ``model.parameters``.

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
        """Reset, and copy the initial parameters."""
        self.steps, self.parameters = [0], [self.model.parameters.copy()]
        self._step = 0

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Copy the parameters after every `every`-th step."""
        self._step += 1
        if self._step % self.every == 0:
            self.steps.append(self._step)
            self.parameters.append(self.model.parameters.copy())


def norm(vector: np.ndarray) -> float:
    """Return the Euclidean norm, in float64: the squares of small gradients underflow float32."""
    return float(np.linalg.norm(vector.astype(np.float64)))
