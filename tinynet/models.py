"""`Sequential`: a stack of layers, and the loop that trains it.

The heart is `Sequential.train_step`: forward through the layers, the loss, backward, the update.
Read that first. `Sequential.fit` repeats it; the rest of this file prepares for it.

All parameters of a model lie in one flat vector and all gradients in another; each layer's ``W``
and ``dW`` are views of them. So an optimizer's step is one operation on vectors, and a checkpoint
is one array.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import callbacks as cb
from tinynet import losses, metrics, optimizers
from tinynet._internal import checks, inputs, layout, summary
from tinynet._internal.access import ModelAccess
from tinynet._internal.interrupts import stop_on_interrupt
from tinynet._internal.names import known_keywords, module_attribute, object_attribute
from tinynet._internal.saving import descriptions, model_file
from tinynet._internal.saving.endings import is_keras
from tinynet._internal.seeds import new_generator
from tinynet._internal.sharing import Sharing
from tinynet._internal.threads import quiet
from tinynet._internal.undo import unchanged_if_refused
from tinynet.layers.base import Layer, Shape
from tinynet.layers.penalties import constraints_of, parts_of, without_regularizers
from tinynet.layers.shaping import InputLayer
from tinynet.losses.criterion import Criterion
from tinynet.metrics.lookup import measured

Observer = Callable[[Layer, np.ndarray], None]


class Sequential(ModelAccess):
    """A stack of layers, each taking the output of the one before.

    Parameters
    ----------
    layers : sequence of Layer, optional
        The first one's ``input_shape``, if it has one, builds the model at once; else the first
        data do.
    name : str, optional
        Of the model.
    seed : int, optional
        Decides the initial weights, the shuffling and the dropout masks; the same seed gives the
        same bits.
    dtype : str
        ``"float32"`` or ``"float64"``, of parameters and activations.

    Attributes
    ----------
    chain : list of Layer
        What `train_step` goes through: every layer as simple steps, a Dense as ``x @ W + b`` and
        its activation, without a last softmax or sigmoid that the loss undoes. Made by `compile`.
    trained : list of Layer
        The chain from the lowest layer that learns.
    criterion : Criterion
        The loss as a function of the chain's output: ``criterion(t, y)`` returns it with its
        derivative.
    outputs : callable
        Turns the chain's output into the model's.
    optimizer, loss, metrics, weighted_metrics
        As given to `compile`.
    history : History
        Of the last `fit`; its ``whole_run`` begins with the first epoch.
    epoch : int
        Where the last `fit` stopped counting: the ``initial_epoch`` to go on from.
    stop_training : bool
        A callback sets it to end the training.

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
        self.name = checks.check_string(name, "name") or "sequential"
        self.dtype = checks.float_dtype(dtype)
        self.rng = new_generator(seed)
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
        self._models: list[Sequential] = []
        self._measured: list[metrics.Metric] = []
        self._sharing = Sharing()
        self._tried = False
        parts = [part for layer in parts_of_all(given) for part in with_activation(layer)]
        with unchanged_if_refused(parts, self.rng):
            for layer in given:
                self.add(layer)

    # ------------------------------------------------------------------------------ training

    def train_step(self, x: np.ndarray, t: Any) -> tuple[float, np.ndarray]:
        """Make one step of training: forward, loss, backward, update.

        Parameters
        ----------
        x : numpy.ndarray, shape (N, ...)
            A batch of examples, in the model's dtype.
        t : numpy.ndarray
            Their targets, as `Loss.targets` prepared them.

        Returns
        -------
        loss : float
            The batch's mean loss before the step.
        y : numpy.ndarray, shape (N, ...)
            What the chain gave for x.
        """
        # Forward: each layer keeps what its backward needs.
        y = x
        for layer in self.chain:
            y = layer.forward(y, training=True)

        # Loss: how wrong y is, and its derivative.
        loss, dy = self.criterion(t, y)

        # Backward: the same layers, the other way round.
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
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> cb.History:
        """Train for some epochs.

        Parameters
        ----------
        x : array_like, shape (N, ...)
            Training examples, of any real dtype; each batch is converted to the model's.
        y : array_like
            Their targets, in the form that the loss wants.
        batch_size : int
            Examples per step; the last batch of an epoch may be shorter. None means 32.
        epochs : int
            The epoch to stop before; counted from 0, not from `initial_epoch`.
        verbose : "auto", 0, 1 or 2
            0 shows nothing, 1 a live bar, 2 a line per epoch; ``"auto"`` is 1 in a terminal or a
            notebook, else 2.
        callbacks : sequence of Callback, optional
            Called between steps and epochs; a single one needs no list.
        validation_split : float
            Share of the examples to hold back: the last ones, before any shuffling.
        validation_data : tuple (x, y), optional
            Data to evaluate after each epoch, in place of a split; or (x, y, sample_weight).
        shuffle : bool
            Whether to shuffle the examples anew in each epoch.
        class_weight : dict of int to float, optional
            What the loss of each class's examples is multiplied by, 1 for a class that isn't there.
        sample_weight : array_like, shape (N,), optional
            What each example's loss is multiplied by; metrics count every example alike, but for
            ``weighted_metrics``.
        initial_epoch : int
            The epoch to go on from. With that of the model, ``initial_epoch=model.epoch``, a
            training goes on as if it had never been interrupted: callbacks take over what those of
            the training before knew, one of the same class from another.
        steps_per_epoch, validation_steps : None
            Refused, as an epoch goes through all data: these are for endless streams of them.
        validation_batch_size : int, optional
            How many examples to take at once in the validation.
        validation_freq : int or sequence of int
            After every how many epochs to validate, or after which ones, counted from 1.

        Returns
        -------
        History
            Per epoch, the means over all batches of loss and metrics as they were during training.

        Raises
        ------
        ValueError, TypeError
            If the model isn't compiled or the data don't fit, before anything has changed.

        Notes
        -----
        Ctrl-C ends the training after the current batch; the unfinished epoch is left out of the
        history, and the model can be used as it is.
        """
        batch_size = checks.check_optional_count(batch_size, "batch_size") or 32
        epochs = checks.check_count(epochs, "epochs", 0, model_file.MAX_COUNT)
        initial_epoch = checks.check_count(initial_epoch, "initial_epoch", minimum=0)
        share = checks.check_number(validation_split, "validation_split", minimum=0, below=1)
        progress = cb.progress_bar(verbose)
        shuffle = checks.check_bool(shuffle, "shuffle")
        val_size = checks.check_optional_count(validation_batch_size, "validation_batch_size")
        validates = inputs.check_frequency(validation_freq)
        inputs.check_whole_epochs(steps_per_epoch, validation_steps)
        watchers = cb.watchers(callbacks)
        with self._sharing.fitting(self.name):
            with unchanged_if_refused([*self._changeable(), *watchers], self.rng):
                weights = sample_weight, class_weight
                data, validation = self._prepare_training(x, y, validation_data, share, weights)
                goes_on = 0 < initial_epoch == self.epoch
                history = cb.History(self.history if goes_on else None)
                names = ["loss", *(metric.name for metric in self._measured)]
                val_names = ["val_" + name for name in names] if validation else []
                steps = -(-len(data.x) // batch_size)
                params: dict[str, Any] = {"verbose": verbose, "epochs": epochs, "steps": steps}
                params["logs"] = names + val_names
                hooks = cb.CallbackList(self, [history, *progress, *watchers], params)
                self.stop_training = False
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
                        results = self._evaluate(validation, val_size or self._large_batch(), hooks)
                        logs.update(zip(val_names, results.values(), strict=True))
                    self.epoch = epoch + 1
                    hooks.on_epoch_end(epoch, logs)
            hooks.on_train_end(logs)
        if interrupted.is_set():
            print(f"Stopped by Ctrl-C; {self.epoch} epochs are complete.", flush=True)
        return self.history

    def _train_epoch(
        self, data: inputs.Data, batch_size: int, shuffle: bool, hooks: cb.CallbackList
    ) -> cb.Logs:
        """Go once through the training set; return the means of loss and metrics."""
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
        return logs

    @known_keywords
    def train_on_batch(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one step with these examples as the batch.

        Parameters
        ----------
        x, y, sample_weight, class_weight
            As in `fit`.
        return_dict : bool
            Whether to return a dict rather than a list.

        Returns
        -------
        float or list of float
            The loss before the step, or a list of loss and metrics if there are metrics.
        """
        return_dict = checks.check_bool(return_dict, "return_dict")
        with unchanged_if_refused(self._changeable(), self.rng):
            data, _ = self._prepare_training(x, y, weights=(sample_weight, class_weight))
        with quiet(self._largest_product(len(data.x))), self._sharing.step:
            loss, z = self.train_step(data.x.astype(self.dtype, copy=False), data.t)
            outputs = self.outputs(z)
        for metric, targets in zip(data.metrics, data.targets, strict=True):
            metric.update(targets, outputs)
        results = {"loss": loss, **{metric.name: metric.result() for metric in data.metrics}}
        if return_dict:
            return results
        return [*results.values()] if data.metrics else loss

    @known_keywords
    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        verbose: cb.Verbose = "auto",
        sample_weight: Any = None,
        steps: None = None,
        callbacks: Sequence[cb.Callback] | cb.Callback | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute loss and metrics on other data; nothing is learned.

        Parameters
        ----------
        x, y, sample_weight
            As in `fit`.
        batch_size : int, optional
            How many examples to take at once; left out, as many as take a few megabytes.
        verbose : "auto", 0, 1 or 2
            0 prints nothing.
        steps : None
            Refused, as in `fit`.
        callbacks : sequence of Callback, optional
            Their ``on_test_...`` hooks are called.
        return_dict : bool
            Whether to return a dict rather than a list.

        Returns
        -------
        float, list of float, or dict
            ``[loss, accuracy]``; the loss alone where there is no metric.
        """
        size, bar = checks.check_optional_count(batch_size, "batch_size"), cb.progress_bar(verbose)
        return_dict = checks.check_bool(return_dict, "return_dict")
        inputs.check_whole_epochs(steps)
        watchers = cb.check_callbacks(callbacks)
        with self._sharing.reading():
            with unchanged_if_refused(self._changeable(), self.rng):
                data, _ = self.prepare(x, y, weights=(sample_weight, None))
            size = min(size or self._large_batch(), len(data.x))
            with quiet(self._largest_product(size)):
                hooks = cb.CallbackList(self, watchers, {"steps": -(-len(data.x) // size)})
                results = self._evaluate(data, size, hooks)
        if bar:
            print(f"Evaluated {len(data.x)} examples - {cb.figures(results)}", flush=True)
        if return_dict:
            return results
        return [*results.values()] if data.metrics else results["loss"]

    def _evaluate(
        self, data: inputs.Data, batch_size: int, hooks: cb.CallbackList
    ) -> dict[str, float]:
        counted = inputs.fresh(data.metrics)
        sum_of_losses = 0.0
        hooks.on_test_begin({})
        with self._sharing.reading():
            for number, start in enumerate(range(0, len(data.x), batch_size)):
                hooks.on_test_batch_begin(number, {})
                batch = slice(start, start + batch_size)
                y = data.x[batch].astype(self.dtype, copy=False)
                for layer in self.chain:
                    y = layer.forward(y, training=False)
                sum_of_losses += self.criterion.value(inputs.rows_of(data.t, batch), y) * len(y)
                outputs = self.outputs(y)
                for metric, targets in zip(counted, data.targets, strict=True):
                    metric.update(inputs.rows_of(targets, batch), outputs)
                if hooks.hears("on_test_batch_end"):
                    seen = min(start + batch_size, len(data.x))
                    hooks.on_test_batch_end(number, figures_of(sum_of_losses / seen, counted))
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
        steps: None = None,
        callbacks: Sequence[cb.Callback] | cb.Callback | None = None,
    ) -> np.ndarray:
        """Compute the outputs for some examples.

        Parameters
        ----------
        x : array_like, shape (N, ...)
        batch_size : int, optional
            How many examples to take at once; left out, as many as take a few megabytes.
        verbose : "auto", 0, 1 or 2
            0 prints nothing.
        steps : None
            Refused, as in `fit`.
        callbacks : sequence of Callback, optional
            Their ``on_predict_...`` hooks are called.

        Returns
        -------
        numpy.ndarray, shape (N, ...)
        """
        size, bar = checks.check_optional_count(batch_size, "batch_size"), cb.progress_bar(verbose)
        inputs.check_whole_epochs(steps)
        watchers = cb.check_callbacks(callbacks)
        x = self.check_examples(x)
        if not self.built:
            self.build(x.shape[1:])
        size = size or self._large_batch()
        hooks = cb.CallbackList(self, watchers, {"steps": -(-len(x) // size)})
        hooks.on_predict_begin({})
        y = np.empty((len(x), *self.output_shapes[-1]), dtype=self.dtype)
        with self._sharing.reading(), quiet(self._largest_product(min(size, len(x)))):
            for number, start in enumerate(range(0, len(x), size)):
                hooks.on_predict_batch_begin(number, {})
                batch = slice(start, start + size)
                y[batch] = self._forward(x[batch])
                hooks.on_predict_batch_end(number, {"outputs": y[batch]})
        hooks.on_predict_end({})
        if bar:
            print(f"Predicted {len(x)} examples", flush=True)
        return y

    def forward(
        self, x: Any, *, training: bool = False, observer: Observer | None = None
    ) -> np.ndarray:
        """Go through the layers, which keep what `backward` needs.

        Parameters
        ----------
        x : array_like, shape (N, ...)
        training : bool
            Whether to compute as `fit` does, with dropout.
        observer : callable, optional
            Called with each layer and its output.
        """
        checks.check_built(self.built)
        training = checks.check_bool(training, "training")
        checks.check_function(observer, "observer")
        return self._forward(self.check_examples(x), training, observer)

    def backward(self, dy: Any, *, observer: Observer | None = None) -> np.ndarray:
        """Go back through the layers: fill all gradients and return dx.

        This is the long path. `train_step` takes the chain, in which the loss undoes the softmax.

        Parameters
        ----------
        dy : array_like
            Derivative of something with respect to the output of the last `forward`, of its shape.
        observer : callable, optional
            Called with each layer and the derivative with respect to its output.

        Returns
        -------
        numpy.ndarray
            The derivative with respect to the input.
        """
        checks.check_built(self.built)
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

    @layers.setter
    def layers(self, layers: object) -> None:
        raise ValueError("A model's layers can't be replaced: use add, or make a new model.")

    @property
    def values(self) -> np.ndarray:
        """The parameters, the frozen ones and the layers' states in one vector."""
        return self._laid_out().values

    @values.setter
    def values(self, vector: np.ndarray) -> None:
        if self._layout is None or vector is not self.values:  # it is, after +=
            raise ValueError(
                f"{self.name}.values can't be replaced: write into it, model.values[...] = ..."
            )

    @property
    def parameters(self) -> np.ndarray:
        """All trained parameters in one vector, of which the layers' ``W`` and ``b`` are views."""
        return self._laid_out().parameters

    @parameters.setter
    def parameters(self, vector: np.ndarray) -> None:
        if (
            self._layout is None or vector is not self.parameters
        ):  # it is, after model.parameters += 1
            raise ValueError(
                f"{self.name}.parameters can't be replaced: write into it, "
                f"model.parameters[...] = ..."
            )

    @property
    def gradients(self) -> np.ndarray:
        """All gradients in one vector, of which the layers' ``dW`` and ``db`` are views."""
        return self._laid_out().gradients

    @gradients.setter
    def gradients(self, vector: np.ndarray) -> None:
        if (
            self._layout is None or vector is not self.gradients
        ):  # it is, after model.gradients += 1
            raise ValueError(
                f"{self.name}.gradients can't be replaced: write into it, "
                f"model.gradients[...] = ..."
            )

    @known_keywords
    def add(self, layer: "Layer | Sequential") -> None:
        """Put a layer on top.

        Of a model its layers are added, which both use from here on.

        An `Input` says what the first layer takes and isn't kept. The ``input_shape`` of a later
        layer isn't needed and, if the layer isn't built yet, is passed over. A built layer without
        parameters and states, such as a `Normalization`, may be in several models.

        Raises
        ------
        TypeError
            If it isn't a layer.
        ValueError
            If it is in a model already, its name is taken, or its input shape doesn't fit.
        """
        if isinstance(layer, Sequential):
            self._add_model(layer)
            return
        if not isinstance(layer, Layer):
            raise TypeError(f"A model is made of layers, received {checks.object_or_class(layer)}.")
        self._refuse_in_fit("add")
        if isinstance(layer, InputLayer):
            self._take_input(layer)
            return
        if layer.in_model and (holds_arrays(layer) or layer in self._layers):
            raise ValueError(f"{layer.name} is in a model already; each layer can be used once.")
        if layer.named_by_user and layer.name in self._name_counts:
            raise ValueError(f"Each layer needs a name of its own, received {layer.name!r} twice.")
        with unchanged_if_refused([self, *with_activation(layer)], self.rng):
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
        """Put the layers of another model on top; from here on both models use them.

        Both predict. The one that was compiled last trains them, so the other has to be compiled
        again before it trains.
        """
        self._refuse_in_fit("add")
        if model is self:
            raise ValueError("A model can't be a layer of itself.")
        parts = [part for layer in model.layers for part in with_activation(layer)]
        with unchanged_if_refused([self, *parts], self.rng):
            for layer in model.layers:
                rng, layer.in_model = layer.rng, False
                self.add(layer)
                layer.rng = rng if model.built else layer.rng
            self._models.append(model)

    def _take_input(self, layer: InputLayer) -> None:
        """Remember what shape the first layer is to take."""
        if self._layers:
            raise ValueError("Input stands first in a model, received one after other layers.")
        self._input_shape = layer.input_shape

    def pop(self) -> Layer:
        """Take the last layer off and return it; the model has to be compiled again.

        Raises
        ------
        ValueError
            If there is none.
        """
        if not self._layers:
            raise ValueError("The model has no layers to take off.")
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
        """Return a name that no layer has: dense, dense_1, dense_2 ..."""
        count, new = self._name_counts.get(name, 0), name
        while new in self._name_counts:
            count += 1
            new = f"{name}_{count}"
        self._name_counts[name] = count
        self._name_counts.setdefault(new, 0)
        return new

    @known_keywords
    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        """Create all parameters, for examples of that shape.

        `fit` does it for the shape of its data if the first layer has no ``input_shape``.

        Raises
        ------
        ValueError
            If the model is built already, no shape is known, or a layer can't take its input.
        """
        if self.built:
            expected = checks.shape_of(self.input_shapes[0])
            raise ValueError(f"The model is built already, for inputs of shape {expected}.")
        shape = self.layers[0].input_shape if input_shape is None and self.layers else input_shape
        if shape is None or not self.layers:
            raise ValueError("build needs a first layer and an input_shape, such as (784,).")
        shape = checks.check_shape(checks.without_batch(shape))
        self.shapes(shape)
        with unchanged_if_refused(self._changeable(), self.rng):
            self.built = True
            self.input_shapes, self.output_shapes = [], []
            for layer in self.layers:
                self._build_layer(layer, shape if layer is self.layers[0] else None)
            if self.compiled:
                self._connect()

    def _build_layer(self, layer: Layer, shape: Shape | None = None) -> None:
        """Build the layer on top, for what the one below gives."""
        below = self.output_shapes[-1] if shape is None else shape
        if layer.input_shape not in (None, below):
            raise ValueError(checks.shape_error(type(layer).__name__, layer.input_shape, below))
        above = layer.output_shape(below)
        layer.build_in_model(below, self.rng, self.dtype)
        self.input_shapes.append(below)
        self.output_shapes.append(above)
        self._built_for.append(layer)
        self._layout = None

    def shapes(self, input_shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Shapes of one example at the input, after the first layer, and so on to the output.

        Raises
        ------
        ValueError
            If a layer can't take what the one below gives.
        """
        shapes = [input_shape]
        for layer in self.layers:
            if layer.input_shape not in (None, shapes[-1]):
                kind = type(layer).__name__
                raise ValueError(checks.shape_error(kind, layer.input_shape, shapes[-1]))
            shapes.append(layer.output_shape(shapes[-1]))
        return shapes

    def _laid_out(self) -> layout.Layout:
        """Return where all arrays are, in two vectors, made at the first look."""
        if self._layout is None:
            self._layout = layout.Layout(self._built_for, self.dtype)
            for model in self._models:  # their arrays are here now
                model._layout, model.compiled = None, False
        return self._layout

    @known_keywords
    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "sgd",
        loss: str | losses.Loss = "categorical_crossentropy",
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
    ) -> None:
        """Choose how to train.

        Parameters
        ----------
        optimizer : str or Optimizer
            ``"sgd"``, ``"adam"``, or an object with settings of your own.
        loss : str or Loss
            ``"categorical_crossentropy"``, ``"sparse_categorical_crossentropy"``,
            ``"binary_crossentropy"``, ``"mse"`` or ``"mean_squared_error"``, or an object.
        metrics : sequence of str, Metric or callable, optional
            ``"accuracy"`` or ``"acc"``: the name is the key in the history. Or an object of
            `tinynet.metrics`, or a function of ``(y_true, y_pred)``.
        weighted_metrics : sequence of str, Metric or callable, optional
            Metrics that count each example by its ``sample_weight`` or ``class_weight``.

        Raises
        ------
        ValueError, TypeError
            If a name is unknown.
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
        with unchanged_if_refused(self._changeable(), self.rng):
            self.optimizer, self.loss, self.metrics = chosen, wanted, given
            self.weighted_metrics, self._measured, self.compiled = weighted, found, True
            if self.built:
                self._connect()

    def _connect(self) -> None:
        """Make the chain that trains, and what belongs to it."""
        layout.check_not_shared(self.layers)
        if self._laid_out().trainable != [layer.trainable for layer in self.layers]:
            self._layout = None
        self.optimizer.segments = self._laid_out().segments
        self.optimizer.constraints = constraints_of(self.layers)
        self.chain = parts_of(self.layers)
        loss = self.loss
        self.outputs = as_they_are
        if losses.undoes(loss, self.chain[-1]):
            self.chain.pop()
            loss = loss.of_logits()
            self.outputs = loss.probabilities
        loss = losses.reduced(loss)
        self.criterion = Criterion(loss, [p.penalty for p in self.chain if hasattr(p, "penalty")])
        lowest = next((k for k, part in enumerate(self.chain) if part.learns), len(self.chain))
        self.trained = self.chain[lowest:]
        for part in self.trained:  # its input gradient would train nothing
            part.needs_dx = part in self.layers
            if part.parameter_names:
                break
        self._connected = self._settings()
        self._tried = False

    def _settings(self) -> list[Any]:
        """Return what the chain and the criterion were made of."""
        parts = parts_of(self.layers)
        trainable = [layer.trainable for layer in self.layers]
        own = {id(part) for layer in self.layers for part in with_activation(layer)}
        made = [part if id(part) in own else layout.settings(part) for part in parts]
        return [made, trainable, self.loss, layout.settings(self.loss)]

    # -------------------------------------------------------------------------- preparation

    def check_examples(self, x: Any, what: str = "x") -> np.ndarray:
        """Return x as an array of finite numbers of the shape that the model takes.

        Raises
        ------
        ValueError, TypeError
            If it isn't one, or the model was changed after it was built.
        """
        if not self.layers:
            raise ValueError("The model has no layers: add one first.")
        self.check_unchanged()
        return inputs.check_examples(x, self.layers[0], self.dtype, what)

    def check_unchanged(self) -> None:
        """Refuse a model whose layers or arrays were changed after it was built.

        Raises
        ------
        ValueError, TypeError
            If something was changed; it is called by its name.
        """
        if self.built:
            shapes = [self.input_shapes[0], *self.output_shapes]
            layout.check_unchanged(self.layers, self._built_for, shapes)
            if self._layout is not None:
                self._layout.check_views(self.layers)

    def prepare(
        self,
        x: Any,
        y: Any,
        validation_data: Any = None,
        share: float = 0.0,
        weights: inputs.Weights = (None, None),
    ) -> tuple[inputs.Data, inputs.Data | None]:
        """Check data for a compiled model, and build it for them if it isn't built yet.

        Parameters
        ----------
        x, y, validation_data
            As in `fit`.
        share : float
            The ``validation_split``.
        weights : tuple
            The ``sample_weight`` and the ``class_weight``.

        Returns
        -------
        data, validation : Data
            Examples, targets as the loss and the metrics want them; validation may be None.

        Raises
        ------
        ValueError, TypeError
            If something doesn't fit.
        """
        checks.check_compiled(self.compiled)
        examples = self.check_examples(x)
        if self.built and self._connected != self._settings():
            raise ValueError(
                "A layer's activation or the loss was changed after compile, or what is trainable: "
                "call compile again."
            )
        shape = self.shapes(examples.shape[1:])[-1]
        target = (self.loss, self._measured, shape, self.dtype)
        data, validation = inputs.prepare(examples, y, *target), None
        data = inputs.weighted(data, y, *weights, self.dtype)
        if validation_data is not None:
            x_val, y_val, w_val = inputs.check_validation_data(validation_data)
            others = self.check_examples(x_val, "validation x")
            if others.shape[1:] != examples.shape[1:]:
                raise ValueError(
                    f"validation x must have examples of shape {examples.shape[1:]} as x has, "
                    f"received {others.shape[1:]}."
                )
            validation = inputs.prepare(others, y_val, *target, prefix="validation ")
            validation = inputs.weighted(validation, y_val, w_val, None, self.dtype)
        elif share > 0:
            data, validation = inputs.split(data, share)
        if not self.built:
            self.build(examples.shape[1:])
        return data, validation

    def _prepare_training(
        self,
        x: Any,
        y: Any,
        validation_data: Any = None,
        share: float = 0.0,
        weights: inputs.Weights = (None, None),
    ) -> tuple[inputs.Data, inputs.Data | None]:
        """Prepare the data for a model that is about to learn from them."""
        checks.check_compiled(self.compiled)
        data, validation = self.prepare(x, y, validation_data, share, weights)
        if not self.trained:
            raise ValueError(
                "Training needs a layer with parameters that isn't frozen, received none."
            )
        layout.check_settings(self.layers)
        self.optimizer.claim(self, self.parameters)
        if not self._tried:
            self._try_own_layers(data.x[:1])
            self._tried = True
        return data, validation

    def _try_own_layers(self, x: np.ndarray) -> None:
        """See whether layers of the user's own work in training, on a copy of the model."""
        if any(layout.is_own(part) for part in self.chain):
            trial = self.copy()
            x = x.astype(self.dtype, copy=False)
            parts = trial.layers, trial.chain, trial.trained
            layout.try_own_layers(*parts, trial._laid_out(), x)

    def _changeable(self) -> list[Any]:
        """Return all objects that building and compiling change."""
        optimizer = [self.optimizer] if self.compiled else []
        parts = [part for layer in self.layers for part in with_activation(layer)]
        return [self, *parts, *optimizer]

    def _refuse_in_fit(self, method: str) -> None:
        if self._sharing.in_fit:
            raise ValueError(f"{method} can't be called while fit is training the model.")

    def _largest_product(self, batch_size: int) -> int:
        """Multiply-adds of the largest product in a pass of so many examples."""
        pairs = zip(self.layers, self.input_shapes, strict=True)
        return batch_size * max(layer.multiply_adds(shape) for layer, shape in pairs)

    def _large_batch(self) -> int:
        return inputs.large_batch([*self.input_shapes, *self.output_shapes])

    # --------------------------------------------------------------------------- inspection

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters and states: W, b, layer by layer."""
        return [value.copy() for _, value in self._named_arrays()]

    @known_keywords
    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all parameters and states, in the order of `get_weights`.

        Raises
        ------
        ValueError
            If number or shapes don't fit, or an entry isn't finite; then nothing is changed.
        """
        checks.check_built(self.built)
        self.check_unchanged()
        names, arrays = [[*column] for column in zip(*self._named_arrays(), strict=True)] or [
            [],
            [],
        ]
        given = [np.array(a) for a in checks.check_arrays(weights, names, arrays)]
        with self._sharing.step:
            for array, new in zip(arrays, given, strict=True):
                array[...] = new

    def set_values(self, values: np.ndarray) -> None:
        """Write a vector like `values`, while nobody else reads or trains the model."""
        with self._sharing.step:
            self.values[...] = values

    def _named_arrays(self) -> list[tuple[str, np.ndarray]]:
        """Return all parameters and states, layer by layer, with their names for an error."""
        return [
            (f"{layer.name}.{name}", getattr(layer, name))
            for layer in self.layers
            for name in (*layer.parameter_names, *layer.state_names)
        ]

    def count_params(self) -> int:
        """Count the numbers that the model consists of, learned or not."""
        checks.check_built(self.built)
        return int(self.values.size)

    @known_keywords
    def summary(self, *, costs: bool = False, batch_size: int = 32) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Parameters
        ----------
        costs : bool
            Whether to add what a training step costs, layer by layer.
        batch_size : int
            Of that step.
        """
        size = checks.check_count(batch_size, "batch_size")
        if checks.check_bool(costs, "costs"):
            checks.check_built(self.built)
        print(summary.architecture(self))
        if costs:
            print(summary.costs(self, size))

    # ------------------------------------------------------------------------------- copying

    @known_keywords
    def copy(self, dtype: Any = None) -> "Sequential":
        """Return a deep copy, with its optimizer and all that it remembers.

        Parameters
        ----------
        dtype : str, optional
            ``"float32"`` or ``"float64"``, to convert the copy to.
        """
        kind = self.dtype if dtype is None else checks.float_dtype(dtype)
        other = copy.deepcopy(self)
        if kind != self.dtype:
            other._convert(kind)
        return other

    def _convert(self, dtype: np.dtype) -> None:
        self.dtype = dtype
        for layer in self.layers:
            for part in with_activation(layer):
                part.dtype = None if part.dtype is None else dtype
        self._layout = None
        if self.compiled:
            state = self.optimizer.state
            self.optimizer.state = {name: value.astype(dtype) for name, value in state.items()}
            if self.built:
                self._connect()

    def unfolded(self) -> "Sequential":
        """Return a copy whose layers are the simple steps of the training chain.

        ``x @ W + b`` and its activation are layers of their own in it. Where the loss undoes a last
        softmax or sigmoid, that one is left out and the copy gives the logits. It is for a look at
        each step, with the observers of `forward` and `backward`.
        """
        checks.check_built(self.built)
        self.check_unchanged()
        other = self.copy()
        steps = parts_of(other.layers)
        steps = other.chain if other.compiled else steps
        flat = Sequential(name=self.name, dtype=self.dtype)
        flat.rng = other.rng
        for step in steps:
            step.in_model, step.needs_dx, step.named_by_user = False, True, False
            flat.add(without_regularizers(step))
        if other.compiled:
            flat.compile(other.optimizer, other.criterion.loss, other.metrics)
        return flat

    if not TYPE_CHECKING:  # a type checker shall go on seeing misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Say what to use in the place of what Keras has dropped."""
            raise object_attribute(self, name)

    def __copy__(self) -> "Sequential":
        raise TypeError("Each layer can be in one model only: use copy.deepcopy(model).")

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to the two vectors, which a copy makes anew."""
        made = ("_layout", "chain", "trained", "criterion", "outputs", "_connected", "_models")
        return {name: value for name, value in vars(self).items() if name not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore after a copy, which cuts the layers' views off the two vectors."""
        self.__dict__.update(state)
        self._layout, self._models = None, []
        if self.built and self.compiled:
            self._connect()

    # -------------------------------------------------------------------------------- saving

    def to_html(
        self,
        path: model_file.Path | None = None,
        *,
        examples: Any = None,
        labels: Any = None,
        image_shape: tuple[int, int] | None = None,
        pixel_range: tuple[float, float] | None = None,
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        title: str | None = None,
    ) -> Any:
        """Make a page on which one can use the model: a single file that needs no server.

        On it one draws an image, or sets the numbers, and sees the outputs, each layer's
        activations and most active units, and how the input would have to change. The model may
        consist of Dense, Flatten, Dropout, Normalization and activation layers.

        Parameters
        ----------
        path : str or path, optional
            The file to write. Left out, the page is returned, and a notebook shows it.
        examples : array_like, shape (N, ...), optional
            Inputs to choose from, prepared as for training; the first 24 are taken. They also tell
            the page which values an input has: give at least one where inputs are standardized.
        labels : sequence of N, optional
            What to write below the examples.
        image_shape : (height, width), optional
            How the input is an image. Left out, a vector is one if it is square and at least 8 by
            8.
        pixel_range : (float, float), optional
            The values of blank paper and of full ink. Left out, the lowest and the highest of
            `examples`, or 0 and 1, or 0 and 255 where the model begins by normalizing bytes.
        class_names : sequence of str, optional
            Names of the outputs.
        feature_names : sequence of str, optional
            Names of the inputs, which are then shown as numbers, not as an image.
        title : str, optional
            Left out, the model's name.

        Returns
        -------
        Page or None
            None if a file was written.

        Raises
        ------
        ValueError
            If the model isn't built, a parameter isn't finite, or an argument doesn't fit it.
        TypeError
            If there is a layer that the page doesn't know.

        Examples
        --------
        >>> from tinynet.layers import Dense
        >>> model = Sequential([Dense(3, "softmax", input_shape=(784,))], seed=0)
        >>> model.to_html(title="Three classes")
        <page of ... characters: to_html(path) writes it to a file>
        """
        from tinynet.plotting.page import make_page  # a higher storey, needed here alone

        page = make_page(
            self,
            examples=examples,
            labels=labels,
            image_shape=image_shape,
            pixel_range=pixel_range,
            class_names=class_names,
            feature_names=feature_names,
            title=title,
        )
        if path is None:
            return page
        page.save(path)
        return None

    @known_keywords
    def save(self, path: model_file.Path) -> None:
        """Save everything to one ``.npz`` file, from which `load_model` can go on to the bit.

        Architecture, weights, compile settings, optimizer state, random state, epoch, history, and
        what the callbacks know.

        Raises
        ------
        OSError
            If it can't be written; a file of that name is left as it was.
        TypeError
            If a part of the model can't be described: a nameless function, say.
        ValueError
            If such a file couldn't be loaded, or wouldn't bring back the model as it is: a
            parameter isn't finite, a setting is out of range, a layer of your own holds an array
            that it hasn't declared.
        """
        keras = is_keras(path)
        with self._sharing.reading():
            self.check_unchanged()
            if keras:
                from tinynet.exchange import keras_files  # a storey above, by the ending

                keras_files.save_model(self, path)
            else:
                model_file.save_model(self, path, restored)

    def save_weights(self, path: model_file.Path) -> None:
        """Save the parameters alone."""
        files: Any = model_file
        if is_keras(path):
            from tinynet.exchange import keras_files as files  # a storey above, by the ending
        with self._sharing.reading():
            self.check_unchanged()
            files.save_weights(self, path)

    def load_weights(self, path: model_file.Path) -> None:
        """Load what `save_weights` saved, into a model of the same shapes.

        Raises
        ------
        OSError, ValueError
            If the file is missing, damaged or another model's; then nothing is changed.
        """
        files: Any = model_file
        if is_keras(path):
            from tinynet.exchange import keras_files as files  # a storey above, by the ending
        files.load_weights(self, path)

    def __repr__(self) -> str:
        """Return the name, the layers and the number of parameters."""
        return summary.in_one_line(self)

    def _repr_html_(self) -> str:
        """Return a table of the layers, for a notebook."""
        return summary.as_html(self)


def load_model(
    path: model_file.Path, custom_objects: Mapping[str, Callable[..., Any]] | None = None
) -> Sequential:
    """Load a model that `Sequential.save` saved.

    Parameters
    ----------
    path : str or path
        The file.
    custom_objects : dict of str to class or function, optional
        Layers, initializers and schedules of your own, by name.

    Returns
    -------
    Sequential
        Compiled, if the saved one was; to go on, ``fit(..., initial_epoch=model.epoch)``.

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it isn't a saved model, is damaged, or needs a class that isn't known.

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
    if is_keras(path):
        from tinynet.exchange import keras_files  # a storey above, by the ending

        return keras_files.load_model(path, Sequential, custom)
    with model_file.opened(path) as (header, arrays):
        if "layers" not in header:
            raise ValueError(f"{path} holds weights alone: use load_weights on such a model.")
        return restored(path, header, arrays, custom)


def restored(
    path: model_file.Path,
    header: dict[str, Any],
    arrays: model_file.Arrays,
    custom: Mapping[str, Callable[..., Any]],
) -> Sequential:
    """Make the model that a file describes."""
    stack = model_file.restore_layers(header, arrays, custom)
    model = Sequential(stack, str(header["name"]), dtype=header["dtype"])
    model.build(tuple(header["input_shape"]))
    model_file.restore_state(model, path, header, arrays, custom)
    return model


def model_from_json(
    json_string: str, custom_objects: Mapping[str, Callable[..., Any]] | None = None
) -> Sequential:
    """Make a model, with new weights, from what `Sequential.to_json` returned.

    Parameters
    ----------
    json_string : str
        The description.
    custom_objects : dict of str to class or function, optional
        Layers, initializers and the like of your own, by name.

    Raises
    ------
    ValueError
        If it isn't such a description.

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


def parts_of_all(given: Sequence[Any]) -> list[Any]:
    """Return layers, those of a model among them in its place."""
    lists = [one.layers if isinstance(one, Sequential) else [one] for one in given]
    return [part for parts in lists for part in parts]


def with_activation(layer: Any) -> list[Layer]:
    """Return a layer, and of a Dense its activation, which is built with it."""
    parts = [layer, getattr(layer, "activation", None)]
    return [part for part in parts if isinstance(part, Layer)]


def holds_arrays(layer: Layer) -> bool:
    """Return whether a layer has, or may come to have, arrays, which belong to one model alone."""
    parts = with_activation(layer)
    return any(part.dtype is None or part.parameter_names or part.state_names for part in parts)


def as_they_are(y: np.ndarray) -> np.ndarray:
    """Return the chain's outputs, which are the model's."""
    return y


def __getattr__(name: str) -> object:
    raise module_attribute(__name__, name, globals())
