"""What may happen between the steps of `Sequential.fit`: records, progress, stopping, saving.

`fit` calls each callback at five moments. ``logs`` holds the figures so far, as in Keras: during an
epoch the running means of loss and metrics over its batches, at its end also the validation's,
under ``val_`` and the name. Figures that a callback adds at the end of an epoch are in the history.

A training can be taken up again: with ``initial_epoch=model.epoch`` the callbacks go on from what
those of the training before knew, which `Sequential.save` writes down and `load_model` reads.
"""

import copy
import math
import numbers
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from tinynet.checks import (
    check_arrays,
    check_bool,
    check_count,
    check_number,
    check_path,
    object_or_class,
    shown,
)
from tinynet.intact import last_activation
from tinynet.layers import ReLU, Tanh
from tinynet.losses import Crossentropy

if TYPE_CHECKING:
    from tinynet.models import Sequential

Logs = dict[str, float]
State = dict[str, Any]
Verbose = str | int


class Callback:
    """What all callbacks have in common, and the class to derive your own from.

    Attributes
    ----------
    model : Sequential
        The model in training; set ``model.stop_training = True`` to stop it after this batch.
    params : dict
        ``"epochs"``, ``"steps"`` (batches in an epoch) and ``"logs"``, the names of the figures
        that there will be at the end of an epoch.

    Examples
    --------
    >>> class PrintLoss(Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         print(f"after epoch {epoch}: {logs['loss']:.2f}")
    """

    model: "Sequential"
    params: dict[str, Any]

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch; raise here what is wrong, before anything has changed."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch; the first one is 0."""

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """After each step; the first of an epoch is 0."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch, also if training stopped early."""

    def get_state(self) -> State:
        """Return what this callback must know to go on: numbers, text, lists of them, and arrays.

        One that remembers nothing, as this one, returns an empty dict.
        """
        return {}

    def set_state(self, state: State) -> None:
        """Take over what `get_state` returned, after `on_train_begin`.

        If the model was saved when this callback hadn't come to its `on_epoch_end` yet, that is
        called next, for the same epoch.
        """

    @property
    def state_name(self) -> str:
        """Whose state it is: a callback takes over that of one with the same name."""
        return type(self).__name__


class History(Callback):
    """Record the figures of each epoch; `fit` keeps one and returns it.

    Parameters
    ----------
    earlier : History, optional
        Of the training that this one goes on from.

    Attributes
    ----------
    epoch : list of int
        The epochs run.
    logs : list of dict
        The figures of each.
    earlier : History or None
        See above.
    callback_states : list of dict
        What the callbacks knew at the end of the last epoch.
    """

    def __init__(self, earlier: "History | None" = None) -> None:
        self.epoch: list[int] = []
        self.logs: list[Logs] = []
        self.earlier = earlier.whole_run if earlier else None
        self.callback_states: list[State] = earlier.callback_states if earlier else []

    @property
    def history(self) -> dict[str, list[float]]:
        """For each figure its value after each epoch.

        The keys are ``"loss"``, the names passed in ``metrics``, both with ``val_`` before them if
        there was a validation, and what callbacks added. It is made anew at each look: to add a
        figure of your own, write it into the `logs` of a callback's `on_epoch_end`.
        """
        names = dict.fromkeys(name for logs in self.logs for name in logs)
        return {name: [logs[name] for logs in self.logs if name in logs] for name in names}

    @property
    def whole_run(self) -> "History":
        """The history from the first epoch on, as one uninterrupted training would have it."""
        if self.earlier is None:
            return self
        whole = History()
        whole.epoch = self.earlier.epoch + self.epoch
        whole.logs = self.earlier.logs + self.logs
        whole.callback_states = self.callback_states
        return whole

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Append the epoch's figures, among them what other callbacks are still to add."""
        self.epoch.append(epoch)
        self.logs.append(logs)


class ProgressBar(Callback):
    """Show steps, time, loss and metrics: a line an epoch, and a moving bar until it is there.

    Parameters
    ----------
    live : bool
        Whether to show the bar, which needs a terminal or a notebook.
    file : file-like, optional
        Where to; ``sys.stdout`` if left out.
    """

    def __init__(self, live: bool, file: TextIO | None = None) -> None:
        self.live = live
        self.file = file
        self._bar: Any = None

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Start the bar and the clock."""
        self._start = self._shown = time.perf_counter()
        self._label = f"Epoch {epoch + 1}/{self.params['epochs']}"
        if self.live:
            from tqdm import tqdm

            # tqdm starts a thread that watches over slow bars, where there are threads. This bar
            # is moved by hand, ten times a second, and a browser's Python has no threads.
            class Bar(tqdm):  # type: ignore[misc]
                monitor_interval = 0

            self._bar = Bar(
                total=self.params["steps"],
                desc=self._label,
                bar_format="{desc} |{bar:20}| {n_fmt}/{total_fmt} {elapsed}{postfix}",
                file=self.file or sys.stdout,
                leave=False,
            )

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Move the bar, ten times a second at the most."""
        now = time.perf_counter()
        if self.live and now - self._shown > 0.1:
            self._shown = now
            self._bar.n = batch + 1
            self._bar.set_postfix_str(figures(logs))

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Put the line in the place of the bar."""
        self._close()
        seconds = time.perf_counter() - self._start
        line = f"{self._label} - {seconds:.1f}s - {figures(logs)}"
        print(line, file=self.file or sys.stdout, flush=True)

    def on_train_end(self, logs: Logs) -> None:
        """Take away the bar of an epoch that didn't end."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class MonitorCallback(Callback):
    """What the callbacks that watch one figure have in common.

    Parameters
    ----------
    monitor : str
        The figure's name in ``logs``.
    mode : str
        ``"min"``, ``"max"``, or ``"auto"``: the largest is best for an accuracy, else the smallest.
    min_delta : float
        By how much a value must be better than the best before it to count.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if not isinstance(monitor, str):
            raise TypeError(
                f"monitor must be a name such as 'val_loss', received {shown(monitor)}."
            )
        if not isinstance(mode, str) or mode not in ("auto", "min", "max"):
            raise ValueError(f"mode must be 'auto', 'min' or 'max', received {shown(mode)}.")
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(check_number(min_delta, "min_delta"))
        self.sign = 1 if mode == "max" or (mode == "auto" and "acc" in monitor) else -1
        self.best: float | None = None

    def on_train_begin(self, logs: Logs) -> None:
        """Refuse a figure that there won't be."""
        if self.monitor not in self.params["logs"]:
            hint = " Pass validation_data or validation_split." * self.monitor.startswith("val_")
            raise ValueError(
                f"{type(self).__name__} can't monitor {self.monitor!r}: there will be "
                f"{', '.join(map(repr, self.params['logs']))}.{hint}"
            )

    def improved(self, value: float) -> bool:
        """Return whether the value is better than all before, and remember it if so."""
        better = self.best is None or self.sign * (value - self.best) > self.min_delta
        if math.isnan(value) or not better:
            return False
        self.best = value
        return True

    def get_state(self) -> State:
        """Return the best value."""
        return {"best": self.best}

    def set_state(self, state: State) -> None:
        """Go on comparing with the best value."""
        best = state.get("best")
        if not (best is None or isinstance(best, float | int)):
            raise TypeError(f"best must be a number or None, received {best!r}.")
        self.best = best

    @property
    def state_name(self) -> str:
        """The class and what it monitors."""
        return f"{type(self).__name__}({'max' if self.sign > 0 else 'min'} {self.monitor})"


class EarlyStopping(MonitorCallback):
    """Stop when a figure hasn't become better for some epochs.

    Parameters
    ----------
    monitor : str
        The figure's name.
    patience : int
        How many epochs without an improvement to bear; training stops after that many.
    min_delta : float
        By how much a value must be better to count as an improvement.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    restore_best_weights : bool
        Whether to go back to the weights of the best epoch at the end of training. A training that
        is taken up again goes on from the last ones.

    Attributes
    ----------
    best : float or None
        The best value.
    best_epoch : int
        The epoch it is from.
    stopped_epoch : int or None
        The epoch after which training was stopped; None if it ran to its end.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = check_count(patience, "patience", minimum=0)
        self.restore_best_weights = check_bool(restore_best_weights, "restore_best_weights")

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run."""
        super().on_train_begin(logs)
        self.best: float | None = None
        self.best_epoch = self._waited = 0
        self.stopped_epoch: int | None = None
        self._best_weights: np.ndarray | None = None
        self._last_weights: np.ndarray | None = None

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Go on from the last weights if an earlier training ended with the best ones."""
        best, last = self._best_weights, self._last_weights
        if best is not None and last is not None and np.array_equal(self.model.parameters, best):
            self.model.parameters[...] = last
        self._last_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Compare, and count the epochs without an improvement."""
        if is_finite(self.model) and self.improved(logs[self.monitor]):
            self._waited, self.best_epoch = 0, epoch
            if self.restore_best_weights:
                self._best_weights = self.model.parameters.copy()
            return
        self._waited += 1
        if self._waited >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        """Go back to the best weights, and keep the last ones for a training that goes on."""
        if self._best_weights is not None and self._last_weights is None:
            if is_finite(self.model):
                self._last_weights = self.model.parameters.copy()
            self.model.parameters[...] = self._best_weights

    def get_state(self) -> State:
        """Return all that is remembered from epoch to epoch."""
        return {
            **super().get_state(),
            "best_epoch": self.best_epoch,
            "waited": self._waited,
            "stopped_epoch": self.stopped_epoch,
            "best_weights": self._best_weights,
            "last_weights": self._last_weights,
        }

    def set_state(self, state: State) -> None:
        """Go on waiting; if the training had been stopped, it is again, unless patience is more."""
        super().set_state(state)
        self.best_epoch = check_count(state.get("best_epoch"), "best_epoch", minimum=0)
        self._waited = check_count(state.get("waited"), "waited", minimum=0)
        for name in ("best_weights", "last_weights"):
            if (weights := state.get(name)) is not None and self.restore_best_weights:
                (checked,) = check_arrays([weights], [name], [self.model.parameters])
                setattr(self, f"_{name}", checked.astype(self.model.dtype))
        if state.get("stopped_epoch") is not None and self._waited >= self.patience:
            self.stopped_epoch = check_count(state["stopped_epoch"], "stopped_epoch", minimum=0)
            self.model.stop_training = True
            print(
                f"EarlyStopping has ended this training after epoch {self.stopped_epoch + 1}. "
                f"To go on, raise patience above {self.patience}, or leave EarlyStopping out.",
                flush=True,
            )


class ModelCheckpoint(MonitorCallback):
    """Save the model after each epoch, or after each that is the best so far.

    What is saved holds the history, and what all callbacks know, up to and with that epoch. Once
    the parameters aren't finite any more, it stops the training and leaves the last file.

    Parameters
    ----------
    filepath : str or path
        May hold ``{epoch}``, counted from 1, and names of figures: ``"m-{epoch:02d}.npz"``.
    monitor : str
        The figure that decides which epoch is best.
    save_best_only : bool
        Whether to save only what is better than all before.
    save_weights_only : bool
        Whether to leave out all but the weights.
    mode : str
        ``"min"``, ``"max"`` or ``"auto"``.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath = check_path(filepath, "filepath")
        self.save_best_only = check_bool(save_best_only, "save_best_only")
        self.save_weights_only = check_bool(save_weights_only, "save_weights_only")

    def on_train_begin(self, logs: Logs) -> None:
        """Refuse a figure, a name or a folder that won't do, before hours are spent."""
        if self.save_best_only:
            super().on_train_begin(logs)
        path = self._path(0, dict.fromkeys(self.params["logs"], 0.0))
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"ModelCheckpoint can't save to {path}: no folder {folder}.")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Save, unless it is worse or has become NaN: no such file could be loaded.

        Then the training ends, and `TerminateOnNaN`, which is in every one, says why.
        """
        if not is_finite(self.model):
            self.model.stop_training = True
            return
        if self.save_best_only and not self.improved(logs[self.monitor]):
            return
        path = self._path(epoch, logs)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _path(self, epoch: int, logs: Logs) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except (KeyError, IndexError, ValueError):
            names = ", ".join(map(repr, ["epoch", *logs]))
            raise ValueError(
                f"ModelCheckpoint's filepath may name {names}, received {self.filepath!r}."
            ) from None


class TerminateOnNaN(Callback):
    """Stop, and say so, when the loss is NaN or infinite; `fit` adds one if need be.

    From there on nothing can be learned: every step would make NaN of NaN. It looks at the loss
    after each batch, and at the end at the parameters: those of a dead unit, and what became of
    them in the last step, don't show in the loss.
    """

    _said, _epoch = False, 0

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run."""
        self._said = False

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Remember which epoch it is."""
        self._epoch = epoch + 1

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Look at the running mean of the loss, a Python number, which one batch can spoil."""
        if not math.isfinite(logs["loss"]):
            self._stop(f"The loss is {logs['loss']} after batch {batch} of epoch {self._epoch}")

    def on_train_end(self, logs: Logs) -> None:
        """Look at the parameters, whatever has ended the training."""
        if not is_finite(self.model):
            self._stop("A parameter is NaN or infinite after the last step")

    def _stop(self, what: str) -> None:
        self.model.stop_training = True
        if self._said:
            return
        self._said = True
        cause = "Most often the learning rate is too high or the inputs aren't scaled"
        if takes_anything_for_probabilities(self.model):
            cause = "The loss wants probabilities: end with a softmax or a sigmoid"
        print(
            f"{what}: training stops. {cause}; make the model anew, and "
            f"tinynet.diagnose.diagnose(model, x, y) or the callback WatchTraining beside it says "
            f"more.",
            flush=True,
        )


class LambdaCallback(Callback):
    """Make a callback of functions.

    Parameters
    ----------
    on_train_begin, on_train_end : callable, optional
        Called with ``(logs)``.
    on_epoch_begin, on_epoch_end : callable, optional
        Called with ``(epoch, logs)``.
    on_batch_end : callable, optional
        Called with ``(batch, logs)``.

    Examples
    --------
    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(
        self,
        on_train_begin: Callable[[Logs], Any] | None = None,
        on_epoch_begin: Callable[[int, Logs], Any] | None = None,
        on_batch_end: Callable[[int, Logs], Any] | None = None,
        on_epoch_end: Callable[[int, Logs], Any] | None = None,
        on_train_end: Callable[[Logs], Any] | None = None,
    ) -> None:
        given = {
            "on_train_begin": on_train_begin,
            "on_epoch_begin": on_epoch_begin,
            "on_batch_end": on_batch_end,
            "on_epoch_end": on_epoch_end,
            "on_train_end": on_train_end,
        }
        for name, function in given.items():
            if function is not None and not callable(function):
                raise TypeError(f"{name} must be a function, received {shown(function)}.")
            if function is not None:
                setattr(self, name, function)


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

    def __init__(self, every: int = 1) -> None:
        self.every = check_count(every, "every")
        self._forget()

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run, and find each layer's part of the model's vectors."""
        self._forget()
        end = 0
        for layer in self.model.layers:
            start, end = end, end + layer.count_params()
            if end > start:
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


class CallbackList:
    """Call several callbacks as one, in their order, and write down what they know.

    Parameters
    ----------
    model : Sequential
        The model in training.
    callbacks : sequence of Callback
        They are given `model` and `params`.
    params : dict
        See `Callback`.
    """

    def __init__(
        self, model: "Sequential", callbacks: Sequence[Callback], params: dict[str, Any]
    ) -> None:
        for callback in callbacks:
            callback.model, callback.params = model, params
        self.model, self.callbacks, self.params = model, callbacks, params

    def begin(self, history: History) -> None:
        """Call each one's `on_train_begin`, and let it go on from what its predecessor knew.

        Where the model was saved by one callback before the next ones had seen the epoch, these see
        it now.
        """
        for callback in self.callbacks:
            callback.on_train_begin({})
        states = list(history.callback_states)
        waiting = []
        for callback in self.callbacks:
            names = [state["name"] for state in states]
            if callback.state_name in names:
                known = states.pop(names.index(callback.state_name))
                take_over(callback, known["state"])
                waiting += [] if known["heard"] else [callback]
        self.model.history = history
        if history.earlier and history.earlier.epoch:
            epoch, logs = history.earlier.epoch[-1], history.earlier.logs[-1]
            if {*self.params["logs"]} <= {*logs}:
                self._end_epoch(epoch, logs, waiting)
        self._remember([])

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Call each one's `on_epoch_begin`."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Call each one's `on_batch_end`."""
        for callback in self.callbacks:
            callback.on_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Call each one's `on_epoch_end`."""
        self._end_epoch(epoch, logs, self.callbacks)

    def on_train_end(self, logs: Logs) -> None:
        """Call each one's `on_train_end`."""
        for callback in self.callbacks:
            callback.on_train_end(dict(logs))
        self._remember([])

    def _end_epoch(self, epoch: int, logs: Logs, callbacks: Sequence[Callback]) -> None:
        """Call some `on_epoch_end`; whichever of them saves the model, it counts as waiting."""
        for k, callback in enumerate(callbacks):
            self._remember(callbacks[k:])
            callback.on_epoch_end(epoch, logs)
        self._remember([])

    def _remember(self, waiting: Sequence[Callback]) -> None:
        """Write down what each callback knows, and whether it has heard of the epoch's end.

        A copy: a list that its owner goes on filling, or clears for another training, would change.
        """
        waiting_ids = {id(callback) for callback in waiting}  # two callbacks may be equal
        states = [(callback, copy.deepcopy(callback.get_state())) for callback in self.callbacks]
        self.model.history.callback_states = [
            {"name": callback.state_name, "heard": id(callback) not in waiting_ids, "state": state}
            for callback, state in states
            if state
        ]


def take_over(callback: Callback, state: State) -> None:
    """Give a callback its predecessor's state.

    Raises
    ------
    ValueError
        If it can't go on from that.
    """
    try:
        callback.set_state(state)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{callback.state_name} can't go on from what was saved of it: {error} "
            f"Leave it out, or begin anew with initial_epoch=0."
        ) from error


def check_callbacks(callbacks: Any) -> Sequence[Callback]:
    """Return a list of callbacks, none if it is None.

    Raises
    ------
    TypeError
        If it isn't a list, or holds something else.
    """
    if callbacks is None:
        return []
    if not isinstance(callbacks, list | tuple):
        raise TypeError(
            f"callbacks must be a list of Callback objects, received {shown(callbacks)}."
        )
    for callback in callbacks:
        if not isinstance(callback, Callback):
            received = object_or_class(callback)
            raise TypeError(f"callbacks must be Callback objects, received {received}.")
    return callbacks


def watchers(callbacks: Any) -> list[Callback]:
    """Return what stops at NaN, unless the user gave it, and the user's callbacks.

    It stands before them, to see the last step's parameters before `EarlyStopping` restores others.
    """
    given = check_callbacks(callbacks)
    there = any(isinstance(callback, TerminateOnNaN) for callback in given)
    return [*given] if there else [TerminateOnNaN(), *given]


def takes_anything_for_probabilities(model: "Sequential") -> bool:
    """Return whether a cross-entropy follows a layer whose outputs can be negative or above 1."""
    crossentropy = isinstance(model.loss, Crossentropy) and not model.loss.from_logits
    return crossentropy and isinstance(last_activation(model), ReLU | Tanh | None)


def is_finite(model: "Sequential") -> bool:
    """Return whether all parameters are numbers that one can go on from."""
    return bool(np.isfinite(model.parameters).all())


def progress_bar(verbose: Verbose) -> list[Callback]:
    """Return what `verbose` asks for: nothing for 0, a live bar for 1, a line an epoch for 2.

    ``"auto"`` is 1 where someone is watching, in a terminal or a notebook, and else 2.
    """
    if isinstance(verbose, str) and verbose == "auto":
        verbose = 1 if is_interactive() else 2
    if not isinstance(verbose, numbers.Integral) or verbose not in (0, 1, 2):
        raise ValueError(f"verbose must be 'auto', 0, 1 or 2, received {shown(verbose)}.")
    return [ProgressBar(live=verbose == 1)] if verbose else []


def norm(vector: np.ndarray) -> float:
    """Return the Euclidean norm, in float64: the squares of small gradients underflow float32."""
    return float(np.linalg.norm(vector.astype(np.float64)))


def figures(logs: Logs) -> str:
    """Write figures out with four digits: ``loss: 0.1234 - accuracy: 0.9876``."""
    return " - ".join(
        f"{name}: {value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{name}: {value:.4e}"
        for name, value in logs.items()
    )


def is_interactive() -> bool:
    """Return whether someone is watching: the output is a terminal, or a notebook's."""
    if sys.stdout.isatty():
        return True
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")
