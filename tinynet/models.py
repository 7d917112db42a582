"""`Sequential`: a stack of layers, and the loop that trains it.

Read `Sequential.train_step` first: forward through the layers, the loss, backward, the update.
`Sequential.fit` repeats it. The rest of this file prepares for it.

A model keeps all its parameters in one flat vector and all its gradients in another. The ``W`` and
``dW`` of each layer are views of them. So an optimizer step is one vector operation, and a
checkpoint is one array.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import callbacks as cb
from tinynet import losses, metrics, optimizers
from tinynet._internal import checks, inputs, layout, trials
from tinynet._internal.access import ModelAccess
from tinynet._internal.interrupts import stop_on_interrupt
from tinynet._internal.names import closest, known_keywords, object_attribute, public_names
from tinynet._internal.origin import is_own
from tinynet._internal.saving import descriptions, model_file
from tinynet._internal.saving.endings import check_writable, holds_keras, is_keras
from tinynet._internal.seeds import new_generator
from tinynet._internal.settings import copied
from tinynet._internal.sharing import Held, Sharing
from tinynet._internal.threads import quiet
from tinynet._internal.undo import unchanged_if_refused
from tinynet.layers.base import Layer, Shape, forget, with_activation
from tinynet.layers.lookup import ACTIVATIONS
from tinynet.layers.penalties import (
    constraints_of,
    keep_activity,
    parts_of,
    resolve_names,
    with_own_activity,
    without_regularizers,
)
from tinynet.layers.shaping import InputLayer
from tinynet.losses.base import reduced
from tinynet.losses.criterion import Criterion
from tinynet.losses.crossentropy import undoes
from tinynet.metrics.lookup import measured
from tinynet.optimizers.lookup import innermost

__all__ = ["Sequential", "load_model", "model_from_json"]

Observer = Callable[[Layer, np.ndarray], None]

# Attributes of a model that can't be assigned, and what to do instead.
READ_ONLY = {
    "layers": "use add, or make a new model",
    "weights": "use set_weights",
    "input_shape": "pass it to the first layer, or to build",
    "output_shape": "the last layer decides it",
}
REPLACED_BY = READ_ONLY | {
    "dtype": "use model.copy(dtype=...), or pass dtype to Sequential",
    "optimizer": "call compile(optimizer=...)",
    "loss": "call compile(loss=...)",
    "metrics": "call compile(metrics=...)",
    "weighted_metrics": "call compile(weighted_metrics=...)",
}
MADE_BY_COMPILE = ("optimizer", "loss", "chain", "trained", "criterion")


class Sequential(ModelAccess):
    """A stack of layers, each taking the output of the one before.

    Parameters
    ----------
    layers : sequence of Layer, optional
        If the first layer has an ``input_shape``, the model is built at once, otherwise when it
        first sees data.
    name : str, optional
        Defaults to ``"sequential"``. Keras numbers its models in a process; here, the same code
        gives the same name.
    seed : int, optional
        Seeds the initial weights, the shuffling and the dropout masks. The same seed gives the
        same result.
    dtype : str
        ``"float32"`` or ``"float64"``, for parameters and activations.

    Attributes
    ----------
    chain : list of Layer
        The steps that `train_step` runs, made by `compile`. A Dense layer becomes two of them,
        ``x @ W + b`` and its activation. A last softmax or sigmoid is left out if the loss accepts
        its logits.
    trained : list of Layer
        The part of the chain from the first layer that learns.
    criterion : Criterion
        ``criterion(t, y)`` returns the loss and its derivative with respect to the chain's output.
    outputs : callable
        Turns the chain's output into the model's output.
    optimizer, loss, metrics, weighted_metrics
        As given to `compile`.
    history : History
        The history of the last `fit`. Its ``whole_run`` starts at the run's first epoch.
    epoch : int
        The epoch that the last `fit` reached, to be passed as ``initial_epoch`` to resume training.
    stop_training : bool
        Callbacks set this to True to end the training.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet.layers import Dense
    >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> y = np.array([0, 1, 1, 0])  # exclusive or
    >>> model = Sequential([Dense(8, "tanh"), Dense(1, "sigmoid")], seed=0)
    >>> model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    >>> history = model.fit(x, y, batch_size=4, epochs=1000, verbose=0)
    >>> model.predict(x).round().ravel()
    array([0., 1., 1., 0.], dtype=float32)
    """

    optimizer: optimizers.Optimizer
    loss: Any
    chain: list[Layer]
    trained: list[Layer]
    criterion: Criterion
    outputs: Callable[[np.ndarray], np.ndarray]
    _tried = False

    @known_keywords
    def __init__(
        self,
        layers: "Sequence[Layer | Sequential] | None" = None,
        name: str | None = None,
        *,
        seed: int | None = None,
        dtype: Any = "float32",
    ) -> None:
        given = checks.check_in_list(layers, name)
        self.name = checks.check_optional_name(name, "name") or "sequential"
        self.dtype = checks.float_dtype(dtype)
        self.rng = new_generator(checks.check_seed(seed))
        self.metrics: list[Any] = []
        self.weighted_metrics: list[Any] = []
        self.built = self.compiled = self.stop_training = False
        self.epoch, self.history = 0, cb.History()
        self.input_shapes: list[Shape] = []
        self.output_shapes: list[Shape] = []
        self._layers: list[Layer] = []
        self._input_shape: Shape | None = None
        self._name_counts: dict[str, int] = {}
        self._built_for: list[Layer] = []
        self._layout: layout.Layout | None = None
        self._given: dict[str, list[Any]] = {}
        self._measured: list[metrics.Metric] = []
        self._sharing = Sharing()
        lists = [
            one._with_activations() if isinstance(one, Sequential) else with_activation(one)
            for one in given
        ]
        with unchanged_if_refused([part for parts in lists for part in parts]):
            for layer in given:
                self.add(layer)

    # ------------------------------------------------------------------------------ training

    def train_step(self, x: np.ndarray, t: Any) -> tuple[float, np.ndarray]:
        """Run one training step: forward, loss, backward, update.

        `x` is a batch of N examples in the model's dtype, and `t` their targets, prepared by
        `Loss.targets`. Returns the mean loss of the batch before the update, and the chain's
        output.
        """
        # Forward: each layer keeps what its backward needs.
        y = x
        for layer in self.chain:
            y = layer.forward(y, training=True)

        # Loss: how wrong y is, and its derivative.
        loss, dy = self.criterion(t, y)

        # Backward: the trained layers, in reverse order.
        for layer in reversed(self.trained):
            dy = layer.backward(dy)

        # Update: one step against the gradient, all parameters at once.
        self.optimizer.update(self.parameters, self.gradients)
        return loss, y

    @known_keywords
    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = 32,
        epochs: int = 1,
        verbose: cb.Verbose = "auto",
        callbacks: Sequence[cb.Callback] | cb.Callback | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> cb.History:
        """Train the model.

        Parameters
        ----------
        x : array_like, shape (N, ...)
            Training examples, of any real dtype. Each batch is converted to the model's dtype.
        y : array_like
            Targets, in the form that the loss expects.
        batch_size : int
            Examples per step. The last batch of an epoch may be smaller. None means 32.
        epochs : int
            The epoch at which to stop, counted from 0 and not from `initial_epoch`.
        verbose : "auto", 0, 1 or 2
            0 is silent, 1 shows a progress bar, 2 prints a line per epoch. ``"auto"`` is 1 in a
            terminal or notebook, else 2.
        callbacks : Callback or sequence of Callback, optional
            Called between steps and epochs.
        validation_split : float
            Fraction of the examples to hold out for validation, taken from the end before
            shuffling.
        validation_data : tuple, optional
            (x, y) or (x, y, sample_weight) to evaluate after each epoch, instead of a split.
        shuffle : bool
            Whether to shuffle the examples before each epoch.
        class_weight : dict of int to float, optional
            Factor for the loss of each class's examples, 1 for missing classes. The validation
            doesn't use it.
        sample_weight : array_like, shape (N,), optional
            Factor for each example's loss. Only ``weighted_metrics`` use it, too.
        initial_epoch : int
            The epoch to start at. ``initial_epoch=model.epoch`` continues a run as if it had not
            been interrupted; each callback takes over the state of the previous one of its
            class.
        steps_per_epoch, validation_steps : int, optional
            Must be ``ceil(N / batch_size)`` if given, since every epoch uses all the data.
        validation_batch_size : int, optional
            By default, a batch takes a few megabytes. With ``reduction="sum"``, which makes the
            loss depend on it, the default is `batch_size`.
        validation_freq : int or sequence of int
            Validate every so many epochs, or after these epochs, counted from 1.

        Returns
        -------
        History
            The loss and metrics of each epoch: means over its batches, computed during training.

        Raises
        ------
        ValueError, TypeError
            If the model isn't compiled or an argument is invalid. Nothing is changed then.

        Notes
        -----
        Ctrl-C ends the training after the current batch. The history omits the unfinished epoch.
        The model remains usable.
        """
        batch_size = checks.check_optional_count(batch_size, "batch_size") or 32
        epochs = checks.check_count(epochs, "epochs", 0, model_file.MAX_COUNT)
        initial_epoch = checks.check_count(initial_epoch, "initial_epoch", 0, model_file.MAX_COUNT)
        share = checks.check_number(validation_split, "validation_split", minimum=0, below=1)
        progress = cb.progress_bar(verbose)
        shuffle = checks.check_bool(shuffle, "shuffle")
        val_size = checks.check_optional_count(validation_batch_size, "validation_batch_size")
        validates = inputs.check_frequency(validation_freq)
        watchers = cb.watchers(callbacks)
        with self._sharing.fitting(self.name):
            with self._building(), unchanged_if_refused([*self._changeable(), *watchers]):
                weights = sample_weight, class_weight
                data, validation = self._prepare_training(x, y, validation_data, share, weights)
                total, check = len(data.x), inputs.check_whole_epochs
                check(steps_per_epoch, "steps_per_epoch", total, batch_size)
                if validation:
                    size = val_size or batch_size
                    check(validation_steps, "validation_steps", len(validation.x), size)
                goes_on = 0 < initial_epoch == self.epoch
                history = cb.History(self.history if goes_on else None)
                names = ["loss", *(metric.name for metric in self._measured)]
                val_names = ["val_" + name for name in names] if validation else []
                steps = -(-len(data.x) // batch_size)
                params: dict[str, Any] = {"verbose": verbose, "epochs": epochs, "steps": steps}
                params["logs"] = names + val_names
                hooks = cb.CallbackList(self, [history, *progress, *watchers], params)
                self.epoch, self.stop_training = initial_epoch, False
                given = inputs.as_given(data, validation, y, validation_data)
                for watcher in watchers:
                    watcher.on_data(*given, shuffle=shuffle)
                hooks.begin(history)
            logs: cb.Logs = {}
            with stop_on_interrupt(self) as interrupted, quiet(self._largest_product(batch_size)):
                for epoch in range(initial_epoch, epochs):
                    if self.stop_training:
                        break
                    hooks.on_epoch_begin(epoch, {})
                    logs = self._train_epoch(data, batch_size, shuffle, hooks)
                    if interrupted.is_set():
                        break
                    if validation and validates(epoch + 1):
                        size = val_size or self._test_batch(batch_size)
                        results = self._evaluate(validation, size, hooks)
                        logs.update(zip(val_names, results.values(), strict=True))
                    self.epoch = epoch + 1
                    hooks.on_epoch_end(epoch, logs)
            hooks.on_train_end(logs)
        if interrupted.is_set():
            print(f"Stopped by Ctrl-C; complete epochs: {self.epoch}.", flush=True)
        return self.history

    def _train_epoch(
        self, data: inputs.Data, batch_size: int, shuffle: bool, hooks: cb.CallbackList
    ) -> cb.Logs:
        """Train on all the data once; return the mean loss and metrics."""
        total = len(data.x)
        order = self.rng.permutation(total) if shuffle else np.arange(total)
        counted = [*zip(inputs.fresh(data.metrics), data.targets, strict=True)]
        sum_of_losses = 0.0
        logs: cb.Logs = {}
        for batch, start in enumerate(range(0, total, batch_size)):
            hooks.on_train_batch_begin(batch, {})
            rows = order[start : start + batch_size]
            x = inputs.gather(data.x, rows).astype(self.dtype, copy=False)
            with self._sharing.step:
                loss, y = self.train_step(x, inputs.rows_of(data.t, rows))
            sum_of_losses += loss * len(rows)
            logs = {"loss": sum_of_losses / (start + len(rows))}
            outputs = self.outputs(y) if counted else y
            for metric, targets in counted:
                metric.update(inputs.rows_of(targets, rows), outputs)
                logs[metric.name] = metric.result()
            hooks.on_train_batch_end(batch, logs)
            if self.stop_training:
                break
        return dict(logs)

    @known_keywords
    def train_on_batch(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Run one training step on these examples.

        The arguments are as in `fit`. Returns the loss before the update, a list of loss and
        metrics if there are metrics, or a dict with `return_dict`.
        """
        return_dict = checks.check_bool(return_dict, "return_dict")
        with self._building(), unchanged_if_refused([] if self._tried else self._changeable()):
            data, _ = self._prepare_training(x, y, weights=(sample_weight, class_weight))
        with quiet(self._largest_product(len(data.x))), self._sharing.step:
            loss, z = self.train_step(data.x.astype(self.dtype, copy=False), data.t)
            outputs = self.outputs(z)
        for metric, targets in zip(data.metrics, data.targets, strict=True):
            metric.update(targets, outputs)
        return reported(figures_of(loss, data.metrics), return_dict)

    @known_keywords
    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        verbose: cb.Verbose = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Sequence[cb.Callback] | cb.Callback | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute the loss and the metrics without training.

        Parameters
        ----------
        x, y, sample_weight
            As in `fit`.
        batch_size : int, optional
            By default, a batch takes a few megabytes, or 32 examples with ``reduction="sum"``.
        verbose : "auto", 0, 1 or 2
            0 is silent.
        steps : int, optional
            Must be ``ceil(N / batch_size)`` if given, where `batch_size` defaults to 32.
        callbacks : Callback or sequence of Callback, optional
            Their ``on_test_...`` methods are called.

        Returns
        -------
        float, list of float, or dict
            The loss, ``[loss, accuracy]`` if there are metrics, or a dict with `return_dict`.
        """
        size, bar = checks.check_optional_count(batch_size, "batch_size"), cb.progress_bar(verbose)
        return_dict = checks.check_bool(return_dict, "return_dict")
        watchers = cb.check_callbacks(callbacks)
        with self._building(), self.reading():
            with unchanged_if_refused([] if self.built else self._changeable()):
                data, _ = self.prepare(x, y, weights=(sample_weight, None))
                self._try_measures(data)
                inputs.check_whole_epochs(steps, "steps", len(data.x), size)
            size = min(size or self._test_batch(), len(data.x))
            with quiet(self._largest_product(size)):
                hooks = cb.CallbackList(self, watchers, {"steps": -(-len(data.x) // size)})
                results = self._evaluate(data, size, hooks)
        if bar:
            print(f"Evaluated {len(data.x)} examples - {cb.figures(results)}", flush=True)
        return reported(results, return_dict)

    def _evaluate(
        self, data: inputs.Data, batch_size: int, hooks: cb.CallbackList
    ) -> dict[str, float]:
        counted = inputs.fresh(data.metrics)
        chain = with_own_activity(self.chain)
        criterion = Criterion.of_chain(self.criterion.loss, chain)
        sum_of_losses = 0.0
        hooks.on_test_begin({})
        with self.reading():
            for number, start in enumerate(range(0, len(data.x), batch_size)):
                hooks.on_test_batch_begin(number, {})
                batch = slice(start, start + batch_size)
                y = data.x[batch].astype(self.dtype, copy=False)
                for layer in chain:
                    y = layer.forward(y, training=False)
                sum_of_losses += criterion.value(inputs.rows_of(data.t, batch), y) * len(y)
                outputs = self.outputs(y)
                for metric, targets in zip(counted, data.targets, strict=True):
                    metric.update(inputs.rows_of(targets, batch), outputs)
                if hooks.hears("on_test_batch_end"):
                    seen = min(start + batch_size, len(data.x))
                    hooks.on_test_batch_end(number, figures_of(sum_of_losses / seen, counted))
            keep_activity(self.chain, chain)
            forget(chain)
        results = figures_of(sum_of_losses / len(data.x), counted)
        hooks.on_test_end(results)
        return results

    # ---------------------------------------------------------------------------- prediction

    @known_keywords
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: cb.Verbose = 0,
        steps: int | None = None,
        callbacks: Sequence[cb.Callback] | cb.Callback | None = None,
    ) -> np.ndarray:
        """Compute the outputs for x, of shape (N, ...).

        Built-in layers keep nothing of x: before `backward`, call `forward`.

        Parameters
        ----------
        x : array_like, shape (N, ...)
        batch_size, verbose, steps
            As in `evaluate`.
        callbacks : Callback or sequence of Callback, optional
            Their ``on_predict_...`` methods are called.
        """
        size, bar = checks.check_optional_count(batch_size, "batch_size"), cb.progress_bar(verbose)
        watchers = cb.check_callbacks(callbacks)
        if steps is not None:
            inputs.check_whole_epochs(steps, "steps", len(self.check_examples(x)), size)
        x = self._build_for(x)
        size = size or self._large_batch()
        hooks = cb.CallbackList(self, watchers, {"steps": -(-len(x) // size)})
        hooks.on_predict_begin({})
        y = np.empty((len(x), *self.output_shapes[-1]), dtype=self.dtype)
        with self.reading(), quiet(self._largest_product(min(size, len(x)))):
            for number, start in enumerate(range(0, len(x), size)):
                hooks.on_predict_batch_begin(number, {})
                batch = slice(start, start + size)
                y[batch] = self._forward(x[batch])
                hooks.on_predict_batch_end(number, {"outputs": y[batch]})
            forget(self.layers)
        hooks.on_predict_end({})
        if bar:
            print(f"Predicted {len(x)} examples", flush=True)
        return y

    @known_keywords
    def forward(
        self, x: Any, *, training: bool = False, observer: Observer | None = None
    ) -> np.ndarray:
        """Run the layers' forward passes, which keep what `backward` needs, and return the output.

        x has the shape (N, ...). With `training`, layers compute as in training, with dropout.
        `observer` is called with each layer and its output.
        """
        checks.check_built(self)
        training = checks.check_bool(training, "training")
        checks.check_function(observer, "observer")
        with self.reading():
            return self._forward(self.check_examples(x), training, observer)

    @known_keywords
    def backward(self, dy: Any, *, observer: Observer | None = None) -> np.ndarray:
        """Run the layers' backward passes: fill all gradients and return dx.

        dy is the derivative with respect to the output of the last `forward`. `observer` is called
        with each layer and the derivative with respect to its output. This goes through every
        layer; `train_step` uses the chain instead, in which the loss and a last softmax are
        combined.
        """
        checks.check_built(self)
        checks.check_function(observer, "observer")
        for layer in reversed(self.layers):
            if observer is not None:
                observer(layer, dy)
            dy = layer.backward(dy)
        return dy

    def _forward(
        self, x: np.ndarray, training: bool = False, observer: Observer | None = None
    ) -> np.ndarray:
        y = x.astype(self.dtype, copy=False)
        for layer in self.layers:
            y = layer.forward(y, training=training)
            if observer is not None:
                observer(layer, y)
        return y

    # -------------------------------------------------------------------------- construction

    @property
    def layers(self) -> list[Layer]:
        """The layers, in the order of the forward pass."""
        return self._layers

    @property
    def values(self) -> np.ndarray:
        """All parameters, trained or frozen, and all states, in one vector."""
        return self._laid_out().values

    @values.setter
    def values(self, vector: np.ndarray) -> None:
        self._refuse_replacing("values", vector)

    @property
    def parameters(self) -> np.ndarray:
        """All trained parameters in one vector. The layers' ``W`` and ``b`` are views of it."""
        return self._laid_out().parameters

    @parameters.setter
    def parameters(self, vector: np.ndarray) -> None:
        self._refuse_replacing("parameters", vector)

    @property
    def gradients(self) -> np.ndarray:
        """All gradients in one vector. The layers' ``dW`` and ``db`` are views of it."""
        return self._laid_out().gradients

    @gradients.setter
    def gradients(self, vector: np.ndarray) -> None:
        self._refuse_replacing("gradients", vector)

    def _refuse_replacing(self, name: str, vector: np.ndarray) -> None:
        if self._layout is None or vector is not getattr(self, name):  # += assigns the same array
            raise ValueError(
                f"{self.name}.{name} can't be replaced: write into it, model.{name}[...] = ..."
            )

    @known_keywords
    def add(self, layer: "Layer | Sequential") -> None:
        """Append a layer, or all layers of a model, which both models then share.

        An `Input` only sets the shape that the first layer takes. The ``input_shape`` of later
        layers is ignored unless they are already built. An error is raised if the layer is already
        in a model, its name is taken or its input shape doesn't fit. A built layer without arrays,
        such as `Normalization`, may be in several models.
        """
        if isinstance(layer, Sequential):
            self._add_model(layer)
            return
        if not isinstance(layer, Layer):
            raise not_a_layer(layer)
        for part in with_activation(layer):
            trials.check_methods(part)
        self._refuse_in_fit("add")
        if isinstance(layer, InputLayer):
            self._take_input(layer)
            return
        if layer.in_model and (holds_arrays(layer) or layer in self._layers):
            advice = "add copy.deepcopy(layer)"
            if layer.named_by_user and layer.name in self._name_counts:
                advice = f"add a new {type(layer).__name__} with another name"
            raise ValueError(
                f"{layer.name} is in a model already; each layer can be used once: {advice}."
            )
        if layer.named_by_user and layer.name in self._name_counts:
            raise ValueError(f"Each layer needs a name of its own, received {layer.name!r} twice.")
        with unchanged_if_refused([self, *with_activation(layer)]):
            if layer.dtype is None and (self._layers or self._input_shape is not None):
                layer.input_shape = None if self._layers else self._input_shape
            layer.name = self._new_name(layer.name)
            self._layers.append(layer)
            if self.built:
                self._build_layer(layer)
            elif self.layers[0].input_shape is not None:
                self.build()
            layer.in_model, self.compiled = True, False

    def _add_model(self, model: "Sequential") -> None:
        """Append the layers of another model, so that both models use them.

        Both can predict. The model that was compiled last can train; the other has to be compiled
        again first.
        """
        self._refuse_in_fit("add")
        if model is self:
            raise ValueError("A model can't be a layer of itself.")
        with unchanged_if_refused([self, *model._with_activations()]):
            for layer in model.layers:
                layer.in_model = False
                self.add(layer)

    def _take_input(self, layer: InputLayer) -> None:
        """Remember the shape that the first layer is to take."""
        if self._layers:
            raise ValueError("Input must come first in a model, received it after other layers.")
        if self._input_shape not in (None, layer.input_shape):
            raise ValueError(
                f"A model has one Input, received a second one: the shape is "
                f"{self._input_shape} already, and not {layer.input_shape}."
            )
        self._input_shape = layer.input_shape

    @known_keywords
    def pop(self) -> Layer:
        """Remove and return the last layer. The model has to be compiled again."""
        if not self._layers:
            raise ValueError("The model has no layers to remove.")
        self._refuse_in_fit("pop")
        layer = self._layers.pop()
        self._name_counts.pop(layer.name, None)
        if self.built:
            self._built_for.pop()
            self.input_shapes.pop()
            self.output_shapes.pop()
            self.built = bool(self._layers)
        layer.in_model = self.compiled = False
        self._layout = None
        return layer

    def _new_name(self, name: str) -> str:
        """Return a unique name: dense, dense_1, dense_2 ..."""
        count, new = self._name_counts.get(name, 0), name
        while new in self._name_counts:
            count += 1
            new = f"{name}_{count}"
        self._name_counts[name] = count
        self._name_counts.setdefault(new, 0)
        return new

    @known_keywords
    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        """Create all parameters, for examples of this shape.

        `fit` does this for you, with the shape of its data, if the first layer has no
        ``input_shape``.
        """
        if self.built:
            expected = checks.shape_of(self.input_shapes[0])
            raise ValueError(f"The model is built already, for inputs of shape {expected}.")
        shape = self.layers[0].input_shape if input_shape is None and self.layers else input_shape
        if shape is None or not self.layers:
            raise ValueError("build needs a first layer and an input_shape, such as (784,).")
        shape = checks.check_shape(checks.without_batch(shape))
        self.shapes(shape)
        with unchanged_if_refused(self._changeable()):
            self.input_shapes, self.output_shapes = [], []
            for layer in self.layers:
                self._build_layer(layer, shape if layer is self.layers[0] else None)
            if self.compiled:
                self._connect()
            self.built = True  # last: another thread that finds it so uses the model

    def _build_layer(self, layer: Layer, shape: Shape | None = None) -> None:
        """Build the last layer, for the output of the one before."""
        below = self.output_shapes[-1] if shape is None else shape
        layer.build_in_model(below, self.rng, self.dtype)
        self.input_shapes.append(below)
        self.output_shapes.append(layer.output_shape(below))
        self._built_for.append(layer)
        self._layout = None

    @known_keywords
    def shapes(self, input_shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the shapes of one example at the input and after each layer."""
        shapes = [input_shape]
        for layer in self.layers:
            if layer.input_shape not in (None, shapes[-1]):
                kind = type(layer).__name__
                raise ValueError(checks.shape_error(kind, layer.input_shape, shapes[-1]))
            shapes.append(checks.check_output_shape(layer.output_shape(shapes[-1]), layer.name))
        return shapes

    def _laid_out(self) -> layout.Layout:
        """Return the flat vectors and where each array lies in them; made when first needed."""
        if self._layout is None:
            for other in self._other_holders():
                if other._sharing.in_fit:
                    raise ValueError(
                        "A model that shares layers with this one is in fit: compile this one "
                        "before or after that."
                    )
                other._layout, other.compiled = None, False
            self._layout = layout.Layout(self._built_for, self.dtype)
            for layer in self._built_for:
                layer.holder = self
        return self._layout

    def _other_holders(self) -> "list[Sequential]":
        """Return the other models whose flat vectors hold arrays of this one's layers."""
        found = {layer.holder for layer in self._built_for} - {None, self}
        return [model for model in found if any(layer in model.layers for layer in self.layers)]

    @known_keywords
    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "sgd",
        loss: str | losses.Loss = "categorical_crossentropy",
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
    ) -> None:
        """Choose the optimizer, the loss and the metrics.

        Parameters
        ----------
        optimizer : str or Optimizer
            A name such as ``"sgd"`` or ``"adam"``, or an object with settings of its own.
        loss : str or Loss
            A name such as ``"categorical_crossentropy"`` or ``"mse"``, or an object.
        metrics : sequence of str, Metric or callable, optional
            Names such as ``"accuracy"``, which become the keys in the history; objects from
            `tinynet.metrics`; or functions of ``(y_true, y_pred)``. Each `fit` and `evaluate`
            counts with copies, so that models may share an object, whose own counts don't change.
        weighted_metrics : sequence of str, Metric or callable, optional
            Metrics that weight each example by its ``sample_weight`` or ``class_weight``.
        """
        if not self.layers:
            raise ValueError("The model has no layers: add one first.")
        self._refuse_in_fit("compile")
        given = checks.check_list([] if metrics is None else metrics, "metrics", ["accuracy"])
        weighted = [] if weighted_metrics is None else weighted_metrics
        weighted = checks.check_list(weighted, "weighted_metrics", ["accuracy"])
        found = measured(given, weighted)
        checks.check_not_swapped(optimizer, loss, optimizers.OPTIMIZERS, losses.LOSSES)
        chosen, wanted = optimizers.get(optimizer), losses.get(loss)
        with unchanged_if_refused(self._changeable()):
            lists = {"metrics": given, "weighted_metrics": weighted}
            vars(self).update(optimizer=chosen, loss=wanted, **lists)
            self._given = {name: [*values] for name, values in lists.items()}
            self._measured, self.compiled = found, True
            if self.built:
                self._connect()

    def _connect(self) -> None:
        """Make the training chain and everything that belongs to it."""
        layout.check_runnable(self.layers)
        resolve_names(self.layers)
        if self._laid_out().trainable != [layer.trainable for layer in self.layers]:
            self._layout = None
        self.optimizer.segments = self._laid_out().segments
        self.optimizer.constraints = constraints_of(self.layers)
        self.chain = parts_of(self.layers)
        # These layers read their settings at each pass.
        self._own_steps = {id(layer) for layer in self.layers if layer in layer.parts()}
        loss = self.loss
        self.outputs = as_they_are
        if undoes(loss, self.chain[-1]):
            self.chain.pop()
            loss = loss.of_logits()
            self.outputs = loss.probabilities
        loss = reduced(loss)
        self.criterion = Criterion.of_chain(loss, self.chain)
        lowest = next((k for k, part in enumerate(self.chain) if part.learns), len(self.chain))
        self.trained = self.chain[lowest:]
        for part in self.trained:  # nothing needs the first one's input gradient
            part.needs_dx = part in self.layers
            if part.parameter_names:
                break
        self._connected = self._settings()
        self._tried = self._measures_tried = False

    def _settings(self) -> dict[str, Any]:
        """Return the settings that the chain and the criterion were made from, by name."""
        found = {f"loss.{name}": value for name, value in layout.settings(self.loss).items()}
        for layer in self.layers:
            for name, value in layout.settings(layer).items():
                if id(layer) not in self._own_steps or name.endswith(
                    ("_regularizer", "_constraint")
                ):
                    found[f"{layer.name}.{name}"] = value
            found[f"{layer.name}.trainable"] = layer.trainable
        return found

    def _check_settings(self) -> None:
        """Raise an error if a setting was changed that takes effect only in `compile`."""
        before, now = (self._connected, self._settings()) if self.built else ({}, {})
        before, now = before | self._given, now | {k: getattr(self, k) for k in self._given}
        if before != now:
            names = sorted({**before, **now}, key=lambda k: not k.endswith(".name"))
            name = next(k for k in names if [before.get(k)] != [now.get(k)])
            layer, _, setting = name.rpartition(".")
            known = [k.removeprefix(f"{layer}.") for k in before if k.startswith(f"{layer}.")]
            if name not in before and (meant := closest(setting, known)):
                raise ValueError(f"{layer} has no setting {setting!r}. Did you mean {meant}?")
            raise ValueError(f"{name} was changed after compile: call compile again.")

    # -------------------------------------------------------------------------- preparation

    @known_keywords
    def check_examples(self, x: Any, what: str = "x") -> np.ndarray:
        """Return x as a finite array of the shape that the model takes."""
        if not self.layers:
            raise ValueError("The model has no layers: add one first.")
        self.check_unchanged()
        return inputs.check_examples(x, self.layers[0], self.dtype, what)

    @known_keywords
    def check_unchanged(self) -> None:
        """Raise an error if layers or arrays were replaced after the model was built."""
        if self.built:
            shapes = [self.input_shapes[0], *self.output_shapes]
            layout.check_unchanged(self.layers, self._built_for, shapes)
            if self._layout is not None:
                self._layout.check_views(self.layers)

    @known_keywords
    def prepare(
        self,
        x: Any,
        y: Any,
        validation_data: Any = None,
        share: float = 0.0,
        weights: inputs.Weights = (None, None),
    ) -> tuple[inputs.Data, inputs.Data | None]:
        """Check data for a compiled model, and build the model if necessary.

        `share` is the ``validation_split``, and `weights` are the ``sample_weight`` and the
        ``class_weight`` of `fit`. Returns the training data, with targets in the form that the loss
        and the metrics need, and the validation data or None.
        """
        checks.check_compiled(self)
        examples = self.check_examples(x)
        self._check_settings()
        shape = self.shapes(examples.shape[1:])[-1]
        target = (self.loss, self._measured, shape, self.dtype)
        unweighted, validation = inputs.prepare(examples, y, *target), None
        data = inputs.weighted(unweighted, y, weights, self.dtype, shape)
        if validation_data is not None:
            x_val, y_val, w_val = inputs.check_validation_data(validation_data)
            others = self.check_examples(x_val, "validation x")
            if others.shape[1:] != examples.shape[1:]:
                raise ValueError(
                    f"validation x must have examples of shape {examples.shape[1:]} as x has, "
                    f"received {others.shape[1:]}."
                )
            with checks.named("validation_data"):
                validation = inputs.prepare(others, y_val, *target)
                validation = inputs.weighted(validation, y_val, (w_val, None), self.dtype)
        elif share > 0:
            _, class_weight = weights  # which is for training alone, while examples keep theirs
            _, validation = inputs.split(data if class_weight is None else unweighted, share)
            data, _ = inputs.split(data, share)
        if not self.built:
            self.build((None, *examples.shape[1:]))
        return data, validation

    def _prepare_training(
        self,
        x: Any,
        y: Any,
        validation_data: Any = None,
        share: float = 0.0,
        weights: inputs.Weights = (None, None),
    ) -> tuple[inputs.Data, inputs.Data | None]:
        """Prepare the data and the optimizer for training."""
        data, validation = self.prepare(x, y, validation_data, share, weights)
        if not self.trained:
            raise ValueError(
                "Training needs a layer with parameters that isn't frozen, received none."
            )
        layout.check_settings(self.layers)
        self.optimizer.claim(self, self.parameters)
        for part in self._with_activations():  # theirs may be an earlier one, or another model's
            part.rng = self.rng
        if not self._tried:
            step = f"{type(self).__name__}.train_step"
            checks.check_function(self.train_step, step, ["x", "t"])
            self._try_own_layers(data.x[np.arange(2) % len(data.x)])
            trials.try_rules(self.layers)
            layout.warn_of_lone_softmax(self.layers)
            trials.try_own_step(self.optimizer, self.parameters)
            self._tried = True
        self._try_measures(data)
        return data, validation

    def _try_own_layers(self, x: np.ndarray) -> None:
        """Try user-defined layers in a training step on a copy of the model."""
        if any(is_own(part) for part in self.chain):
            trial, x = self.copy(), x.astype(self.dtype)
            trials.try_own_layers(trial.chain, trial.trained, x)
            trial._laid_out().check_views(trial.layers)

    def _try_measures(self, data: inputs.Data) -> None:
        """Try the loss and the metrics on two examples, once after `compile`."""
        if not self._measures_tried:
            with self.reading():
                measures = self.criterion.loss, self.outputs
                trials.try_measures(*measures, data, self.chain, self.dtype)
            self._measures_tried = True

    def _changeable(self) -> list[Any]:
        """Return all objects that building and compiling may change."""
        stepping = [self.optimizer, innermost(self.optimizer)] if self.compiled else []
        return [self, *self._with_activations(), *stepping]

    def _with_activations(self) -> list[Layer]:
        """Return the layers, each followed by its activation if that is a layer."""
        return [part for layer in self.layers for part in with_activation(layer)]

    def _refuse_in_fit(self, method: str) -> None:
        if self._sharing.in_fit:
            raise ValueError(f"{method} can't be called while fit is training the model.")

    def _largest_product(self, batch_size: int) -> int:
        """Return the multiply-adds of the largest matrix product for a batch of this size."""
        pairs = zip(self.layers, self.input_shapes, strict=True)
        return batch_size * max(layer.multiply_adds(shape) for layer, shape in pairs)

    def _test_batch(self, batch_size: int = 32) -> int:
        """Return the batch size for evaluation: `batch_size` if the loss, a sum, depends on it."""
        return batch_size if self.loss.reduction == "sum" else self._large_batch()

    def _large_batch(self) -> int:
        return inputs.large_batch([*self.input_shapes, *self.output_shapes])

    # ------------------------------------------------------------------------------ copying

    def reading(self) -> Held:
        """Return a context in which no other thread trains the model.

        What is read in it belongs to one state, between two steps. `predict`, `save`, `get_weights`
        and the like do this themselves. `pickle.dumps` doesn't.

        Examples
        --------
        >>> from tinynet.layers import Dense
        >>> model = Sequential([Dense(1, input_shape=(2,))], seed=0)
        >>> with model.reading():
        ...     W, b = model.layers[0].W.copy(), model.layers[0].b.copy()
        """
        return self._sharing.reading()

    @known_keywords
    def copy(self, dtype: Any = None) -> "Sequential":
        """Return a deep copy, including the optimizer and its state.

        `dtype`, ``"float32"`` or ``"float64"``, converts the copy.
        """
        kind = self.dtype if dtype is None else checks.float_dtype(dtype)
        other = copy.deepcopy(self)
        if kind != self.dtype:
            other._convert(kind)
        return other

    def _convert(self, dtype: np.dtype) -> None:
        vars(self)["dtype"] = dtype
        for part in self._with_activations():
            part.dtype = None if part.dtype is None else dtype
        self._layout = None
        if self.compiled:
            state = self.optimizer.state
            self.optimizer.state = {name: value.astype(dtype) for name, value in state.items()}
            if self.built:
                self._connect()

    @known_keywords
    def unfolded(self) -> "Sequential":
        """Return a copy whose layers are the steps of the training chain.

        ``x @ W + b`` and its activation become separate layers. If the loss accepts logits, the
        last softmax or sigmoid is left out, and the copy returns logits. Use it to observe every
        step with `forward` and `backward`.
        """
        checks.check_built(self)
        self.check_unchanged()
        other = self.copy()
        steps = other.chain if other.compiled else parts_of(other.layers)
        flat = Sequential(name=self.name, dtype=self.dtype)
        flat.rng = other.rng
        for step in steps:
            step.in_model, step.needs_dx, step.named_by_user = False, True, False
            flat.add(without_regularizers(step))
        if other.compiled:
            flat.compile(other.optimizer, other.criterion.loss, other.metrics)
        return flat

    if not TYPE_CHECKING:  # type checkers still report misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Say when an attribute is made, or name the replacement of what Keras has dropped."""
            if "_layers" not in vars(self):
                kind = type(self).__name__
                raise AttributeError(f"{kind}.__init__ must call super().__init__().")
            if name in MADE_BY_COMPILE:
                missing = "build" if self.compiled else "compile"
                text = f"{self.name} has no {name} yet: call {missing} first."
                raise AttributeError(text, name=name, obj=None)
            raise object_attribute(self, name)

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse to replace settings that the parameters or the training chain depend on."""
            changed = vars(self).get(name, value) is not value or name in READ_ONLY
            if name in REPLACED_BY and changed:
                raise ValueError(f"{name} can't be assigned: {REPLACED_BY[name]}.")
            if name == "name":
                checks.check_name(value, name)
            if name == "rng":
                checks.check_instance(value, np.random.Generator, name)
            if name == "history":
                checks.check_instance(value, cb.History, name)
            object.__setattr__(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Sequential":
        """Copy one state of the model, while another thread may be training it."""
        with self.reading():
            memo[id(self)] = other = type(self).__new__(type(self))
            copy.deepcopy(self._layers, memo)  # into memo, since `copied` must not share layers
            other.__setstate__(copied(self.__getstate__(), memo))
        return other

    def __copy__(self) -> "Sequential":
        raise TypeError("Each layer can be in one model only: use copy.deepcopy(model).")

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what depends on the flat vectors; a copy makes it anew."""
        made = {"chain", "trained", "criterion", "outputs"}
        made |= {"_layout", "_connected", "_own_steps"}
        return {name: value for name, value in dict(vars(self)).items() if name not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore after a copy, which separates the layers' arrays from the flat vectors."""
        self.__dict__.update(state)
        self._layout = None
        for layer in self._layers:
            layer.in_model = True
        if self.built and self.compiled:
            self._connect()

    # -------------------------------------------------------------------------------- saving

    @known_keywords
    def save(self, path: model_file.Path) -> None:
        """Save the model to one ``.npz`` file, from which training can resume exactly.

        The file holds the architecture, the weights, the compile settings, the optimizer's and the
        random generator's state, the epoch, the history and the callbacks' state. A model of a
        class derived from `Sequential` is loaded as a `Sequential`. For a path that ends in
        ``.keras``, ``.h5`` or ``.hdf5``, a Keras file is written: see `tinynet.exchange`.

        Raises
        ------
        OSError
            If the file can't be written. An existing file is left unchanged.
        TypeError, ValueError
            If the file wouldn't restore the model: it uses a lambda function, a parameter isn't
            finite, or a layer holds an array that isn't declared as a parameter or state.
        """
        check_writable(path)
        keras = is_keras(path)
        with self.reading():
            self.check_unchanged()
            if keras:
                from tinynet.exchange import keras_files  # builds on models

                keras_files.save_model(self, path, Sequential)
            else:
                model_file.save_model(self, path, restored)

    @known_keywords
    def save_weights(self, path: model_file.Path) -> None:
        """Save the parameters and states only."""
        check_writable(path)
        files: Any = model_file
        if is_keras(path):
            from tinynet.exchange import keras_files as files  # builds on models
        with self.reading():
            self.check_unchanged()
            files.save_weights(self, path)

    @known_keywords
    def load_weights(self, path: model_file.Path) -> None:
        """Load the weights that `save_weights` or `save` wrote into a model of the same shapes.

        If the file is missing, damaged or of another model, an error is raised and nothing is
        changed.
        """
        files: Any = model_file
        if holds_keras(path):
            from tinynet.exchange import keras_files as files  # builds on models
        files.load_weights(self, path)


@known_keywords
def load_model(
    path: model_file.Path, custom_objects: Mapping[str, Callable[..., Any]] | None = None
) -> Sequential:
    """Load a model that `Sequential.save` saved.

    Parameters
    ----------
    path : str or path
        A file in tinynet's own format, or a ``.keras`` or ``.h5`` file.
    custom_objects : dict of str to class or function, optional
        Your own layers, losses, metrics, initializers and so on, by name.

    Returns
    -------
    Sequential
        Compiled if the saved model was. ``fit(..., initial_epoch=model.epoch)`` resumes training.

    Raises
    ------
    OSError, ValueError
        If the file can't be read, isn't a saved model, is damaged, or needs an unknown class.

    Examples
    --------
    >>> import os, tempfile
    >>> from tinynet.layers import Dense
    >>> model = Sequential([Dense(1, input_shape=(2,))], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, "m.npz"))
    ...     loaded = load_model(os.path.join(folder, "m.npz"))
    >>> bool((loaded.layers[0].W == model.layers[0].W).all())
    True
    """
    custom = checks.check_table(custom_objects, "custom_objects")
    if holds_keras(path):
        from tinynet.exchange import keras_files  # builds on models

        return keras_files.load_model(path, Sequential, custom)
    with model_file.opened(path) as (header, arrays):
        if "layers" not in header:
            raise ValueError(
                f"{path} holds weights alone: build the model, and use load_weights on it."
            )
        return restored(path, header, arrays, custom)


def restored(
    path: model_file.Path,
    header: dict[str, Any],
    arrays: model_file.Arrays,
    custom: Mapping[str, Callable[..., Any]],
) -> Sequential:
    """Make the model that a file's header and arrays describe."""
    stack = model_file.restore_layers(header, arrays, custom)
    model = Sequential(stack, str(header["name"]), dtype=header["dtype"])
    model.build((None, *header["input_shape"]))
    model_file.restore_state(model, path, header, arrays, custom)
    return model


@known_keywords
def model_from_json(
    json_string: str, custom_objects: Mapping[str, Callable[..., Any]] | None = None
) -> Sequential:
    """Make a model with new weights from the result of `Sequential.to_json`.

    `custom_objects` holds your own layers, initializers and so on, by name.

    Examples
    --------
    >>> from tinynet.layers import Dense
    >>> model = model_from_json(Sequential([Dense(1, input_shape=(2,))]).to_json())
    >>> model.output_shape
    (None, 1)
    """
    config = descriptions.parse(json_string, "Sequential")
    made: Sequential = Sequential.from_config(config, custom_objects)
    return made


def figures_of(loss: float, counted: Sequence[metrics.Metric]) -> dict[str, float]:
    """Return the loss and the metrics by name."""
    return {"loss": loss, **{metric.name: metric.result() for metric in counted}}


def reported(results: dict[str, float], return_dict: bool) -> Any:
    """Return results as a dict or a list, or the loss alone if there are no metrics."""
    if return_dict:
        return results
    return [*results.values()] if len(results) > 1 else results["loss"]


def not_a_layer(part: Any) -> TypeError:
    """Return the error for what is no layer, with what to write if that is known."""
    name = part if isinstance(part, str) else getattr(part, "__name__", None)
    hint = f"; write Activation({name!r})" if name in ACTIVATIONS else ""
    hint = "; list all layers in one list" if isinstance(part, list | tuple) else hint
    hint = f"; write Dense({part})" if type(part) is int and 0 < part < 10**6 else hint
    of_compile = isinstance(part, optimizers.Optimizer | losses.Loss | metrics.Metric)
    hint = "; pass it to compile" if of_compile else hint
    return TypeError(f"A model is made of layers, received {checks.object_or_class(part)}{hint}.")


def holds_arrays(layer: Layer) -> bool:
    """Return whether a layer has, or may come to have, arrays, which belong to one model alone."""
    parts = with_activation(layer)
    return any(part.dtype is None or part.parameter_names or part.state_names for part in parts)


def as_they_are(y: np.ndarray) -> np.ndarray:
    """Return y, for a chain whose output is the model's."""
    return y


__getattr__, __dir__ = public_names(globals())
