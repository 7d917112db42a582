"""`Sequential`: a stack of layers, and the loop that trains it.

The heart is `Sequential.train_step`: gather a batch, go forwards through the layers, compute the
loss, go backwards, update. Read that first. `Sequential.fit` repeats it; the rest of this file
prepares for it.

All parameters of a model lie in one flat vector and all gradients in another; each layer's ``W``
and ``dW`` are windows on them. So an optimizer's step is one operation on vectors, and a checkpoint
is one array.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tinynet import callbacks as cb
from tinynet import losses, optimizers
from tinynet._internal import checks, summary
from tinynet._internal import inputs as data
from tinynet._internal import layout as intact
from tinynet._internal.interrupts import stop_on_interrupt
from tinynet._internal.memory import aligned_zeros
from tinynet._internal.saving import model_file as saving
from tinynet._internal.threads import quiet
from tinynet.layers import Layer
from tinynet.metrics.accuracy import count_correct
from tinynet.utils import new_generator


class Sequential:
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
    layers : list of Layer
    parameters, gradients : numpy.ndarray, shape (P,)
        All parameters in one vector, all gradients in another; write into them, don't rebind them.
    optimizer, loss, metrics
        As given to `compile`.
    head : Layer or None
        The last layer, if its activation and the loss are computed as one.
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
    head: Any

    def __init__(
        self,
        layers: Sequence[Layer] | None = None,
        name: str | None = None,
        *,
        seed: int | None = None,
        dtype: Any = "float32",
    ) -> None:
        self.name = checks.check_string(name, "name") or "sequential"
        self.layers: list[Layer] = []
        self.dtype = checks.float_dtype(dtype)
        self.rng = new_generator(seed)
        self.parameters = np.empty(0, dtype=self.dtype)
        self.gradients = np.empty(0, dtype=self.dtype)
        self.metrics: list[str] = []
        self.built = self.compiled = self.stop_training = False
        self.epoch, self.history = 0, cb.History()
        for layer in checks.check_iterable(layers or [], "layers", "layers"):
            self.add(layer)

    # ------------------------------------------------------------------------------ training

    def train_step(self, x: np.ndarray, t: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
        """Make one step of training: gather, forward, loss, backward, update.

        Parameters
        ----------
        x : numpy.ndarray, shape (N, ...)
            The whole training set.
        t : numpy.ndarray
            Its targets, as `Loss.targets` prepared them.
        rows : numpy.ndarray of int
            The examples of this batch.

        Returns
        -------
        loss, correct : float
            The batch's mean loss, and how many of its examples were predicted rightly.
        """
        # Gather: the examples of this batch.
        y, t = data.gather(x, rows).astype(self.dtype, copy=False), t[rows]

        # Forward: each layer keeps what its backward needs.
        for layer in self.layers:
            y = layer.forward(y, training=True)

        # Loss: how many examples are right, how wrong y is, and its derivative: with a head, that
        # with respect to the head's logits.
        correct = self._count_correct(t, y)
        if self.head:
            loss, dy = self.loss.fused(t, self.head.logits, y)
        else:
            loss, dy = self.loss.value(t, y), self.loss.gradient(t, y)

        # Backward, from the loss down to the first layer that learns. What it would hand to those
        # below, which have nothing to learn, nobody needs.
        trained = self.layers[self.first_trained :]
        for layer in reversed(trained):
            if layer is self.head:
                dy = layer.backward_from_logits(dy)
            elif layer is trained[0]:
                layer.backward_parameters(dy)
            else:
                dy = layer.backward(dy)

        # Update: one step against the gradient, all parameters at once.
        self.optimizer.update(self.parameters, self.gradients)
        return loss, correct

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: cb.Verbose = "auto",
        callbacks: Sequence[cb.Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> cb.History:
        """Train for some epochs.

        Parameters
        ----------
        x : array_like, shape (N, ...)
            Training examples, of any real dtype; each batch is converted to the model's.
        y : array_like
            Their targets, in the form that the loss wants.
        batch_size : int
            Examples per step; the last batch of an epoch may be shorter.
        epochs : int
            The epoch to stop before; counted from 0, not from `initial_epoch`.
        verbose : "auto", 0, 1 or 2
            0 shows nothing, 1 a live bar, 2 a line per epoch; ``"auto"`` is 1 in a terminal or a
            notebook, else 2.
        callbacks : sequence of Callback, optional
            Called between steps and epochs.
        validation_split : float
            Share of the examples to hold back: the last ones, before any shuffling.
        validation_data : tuple (x, y), optional
            Data to evaluate after each epoch, in place of a split.
        shuffle : bool
            Whether to shuffle the examples anew in each epoch.
        initial_epoch : int
            The epoch to go on from. With that of the model, ``initial_epoch=model.epoch``, a
            training goes on as if it had never been interrupted: callbacks take over what those of
            the training before knew, one of the same class from another.

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
        batch_size = checks.check_count(batch_size, "batch_size")
        epochs = checks.check_count(epochs, "epochs", minimum=0)
        initial_epoch = checks.check_count(initial_epoch, "initial_epoch", minimum=0)
        share = checks.check_number(validation_split, "validation_split", minimum=0, below=1)
        progress = cb.progress_bar(verbose)
        shuffle = checks.check_bool(shuffle, "shuffle")
        x, t, validation = data.prepare_training(self, x, y, validation_data, share)

        history = cb.History(self.history if 0 < initial_epoch == self.epoch else None)
        names = ["loss", *self.metrics]
        val_names = ["val_" + name for name in names] if validation else []
        steps = -(-len(x) // batch_size)
        params = {"epochs": epochs, "steps": steps, "logs": names + val_names}
        hooks = cb.CallbackList(self, [history, *progress, *cb.watchers(callbacks)], params)
        self.stop_training = False
        hooks.begin(history)
        logs: cb.Logs = {}
        with stop_on_interrupt(self) as interrupted, quiet(self, batch_size):
            for epoch in range(initial_epoch, epochs):
                if self.stop_training:
                    break
                hooks.on_epoch_begin(epoch, {})
                logs = self._train_epoch(x, t, batch_size, shuffle, hooks)
                if interrupted.is_set():
                    break
                if validation:
                    results = self._evaluate(*validation, data.large_batch(self))
                    logs.update(zip(val_names, results, strict=True))
                self.epoch = epoch + 1
                hooks.on_epoch_end(epoch, logs)
        hooks.on_train_end(logs)
        if interrupted.is_set():
            print(f"Stopped by Ctrl-C; {self.epoch} epochs are complete.", flush=True)
        return self.history

    def _train_epoch(
        self, x: np.ndarray, t: np.ndarray, batch_size: int, shuffle: bool, hooks: cb.CallbackList
    ) -> cb.Logs:
        """Go once through the training set; return the means of loss and metrics."""
        order = self.rng.permutation(len(x)) if shuffle else np.arange(len(x))
        total_loss = total_correct = 0.0
        logs: cb.Logs = {}
        for batch, start in enumerate(range(0, len(x), batch_size)):
            rows = order[start : start + batch_size]
            loss, correct = self.train_step(x, t, rows)
            total_loss += loss * len(rows)
            total_correct += correct
            seen = start + len(rows)
            logs = {"loss": total_loss / seen, **dict.fromkeys(self.metrics, total_correct / seen)}
            hooks.on_batch_end(batch, logs)
            if self.stop_training:
                break
        return logs

    def train_on_batch(self, x: Any, y: Any) -> Any:
        """Make one step with these examples as the batch.

        Returns
        -------
        float or list of float
            The loss before the step, or a list of loss and metrics if there are metrics.
        """
        x, t, _ = data.prepare_training(self, x, y)
        with np.errstate(all="ignore"):
            loss, correct = self.train_step(x, t, np.arange(len(x)))
        return [loss] + [correct / len(x)] * len(self.metrics) if self.metrics else loss

    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        verbose: cb.Verbose = "auto",
        return_dict: bool = False,
    ) -> Any:
        """Compute loss and metrics on other data; nothing is learned.

        Parameters
        ----------
        x, y
            As in `fit`.
        batch_size : int, optional
            How many examples to take at once; left out, as many as take a few megabytes.
        verbose : "auto", 0, 1 or 2
            0 prints nothing.
        return_dict : bool
            Whether to return a dict rather than a list.

        Returns
        -------
        float, list of float, or dict
            ``[loss, accuracy]``; the loss alone where there is no metric.

        Notes
        -----
        Like a step of training it uses what the layers keep, so one model can't be evaluated in
        two threads at once. `predict` can.
        """
        size, bar = checks.check_optional_count(batch_size, "batch_size"), cb.progress_bar(verbose)
        x, t, _ = data.prepare(self, x, y)
        size = size or data.large_batch(self)
        with quiet(self, size):
            results = self._evaluate(x, t, size)
        figures = dict(zip(["loss", *self.metrics], results, strict=True))
        if bar:
            print(f"Evaluated {len(x)} examples - {cb.figures(figures)}", flush=True)
        if return_dict:
            return figures
        return results if self.metrics else results[0]

    def _evaluate(self, x: np.ndarray, t: np.ndarray, batch_size: int) -> list[float]:
        total_loss = total_correct = 0.0
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            y = self._forward(x[batch])
            if self.head:
                loss = self.loss.value_from_logits(t[batch], self.head.logits)
            else:
                loss = self.loss.value(t[batch], y)
            total_loss += loss * len(y)
            total_correct += self._count_correct(t[batch], y)
        return [total_loss / len(x)] + [total_correct / len(x)] * len(self.metrics)

    def _count_correct(self, t: np.ndarray, y: np.ndarray) -> float:
        """Return how many of a batch's examples are right, if the metrics ask for it."""
        if not self.metrics:
            return 0.0
        threshold = 0.5 if self.output_shapes[-1] == (1,) else None
        if isinstance(self.loss, losses.BinaryCrossentropy):
            threshold = 0.0 if self.loss.from_logits else 0.5
        return count_correct(t, y, threshold)

    # ---------------------------------------------------------------------------- prediction

    def predict(self, x: Any, batch_size: int | None = None, verbose: cb.Verbose = 0) -> np.ndarray:
        """Compute the outputs for some examples.

        Parameters
        ----------
        x : array_like, shape (N, ...)
        batch_size : int, optional
            How many examples to take at once; left out, as many as take a few megabytes.
        verbose : "auto", 0, 1 or 2
            0 prints nothing.

        Returns
        -------
        numpy.ndarray, shape (N, ...)
        """
        checks.check_built(self.built)
        size = checks.check_optional_count(batch_size, "batch_size") or data.large_batch(self)
        x, bar = data.check_examples(self, x), cb.progress_bar(verbose)
        y = np.empty((len(x), *self.output_shapes[-1]), dtype=self.dtype)
        with quiet(self, size):
            for start in range(0, len(x), size):
                batch = slice(start, start + size)
                y[batch] = self._forward(x[batch])
        if bar:
            print(f"Predicted {len(x)} examples", flush=True)
        return y

    def forward(self, x: Any, *, training: bool = False) -> np.ndarray:
        """Go through the layers, which keep what `backward` needs."""
        checks.check_built(self.built)
        return self._forward(data.check_examples(self, x), training)

    def backward(self, dy: Any) -> np.ndarray:
        """Go back through the layers: fill all gradients and return dx.

        Parameters
        ----------
        dy : array_like
            Derivative of something with respect to the output of the last `forward`, of its shape.

        Returns
        -------
        numpy.ndarray
            The derivative with respect to the input.
        """
        checks.check_built(self.built)
        dx: np.ndarray = dy
        for layer in reversed(self.layers):
            dx = layer.backward(dx)
        return dx

    def _forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        y = x.astype(self.dtype, copy=False)
        for layer in self.layers:
            y = layer.forward(y, training=training)
        return y

    # -------------------------------------------------------------------------- construction

    def add(self, layer: Layer) -> None:
        """Put a layer on top.

        Raises
        ------
        TypeError
            If it isn't a layer.
        ValueError
            If it is in a model already, its name is taken, or its input shape doesn't fit.
        """
        if not isinstance(layer, Layer):
            raise TypeError(f"A model is made of layers, received {checks.object_or_class(layer)}.")
        if layer.in_model:
            raise ValueError(f"{layer.name} is in a model already; each layer can be used once.")
        names, name, count = [other.name for other in self.layers], layer.name, 0
        if layer.named_by_user and name in names:
            raise ValueError(f"Each layer needs a name of its own, received {name!r} twice.")
        self.layers.append(layer)
        try:
            if self.built:
                layer.build_in_model(self.output_shapes[-1], self.rng, self.dtype)
                self._lay_out()
            elif self.layers[0].input_shape is not None:
                self.build()
        except BaseException:
            self.layers.pop()
            raise
        while layer.name in names:
            count += 1
            layer.name = f"{name}_{count}"
        layer.in_model, self.compiled = True, False

    def build(self, input_shape: tuple[int, ...] | None = None) -> None:
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
        if shape is None:
            raise ValueError("build needs a first layer and an input_shape, such as (784,).")
        shapes = self.shapes(checks.check_shape(shape))
        for layer, layer_shape in zip(self.layers, shapes, strict=False):
            layer.build_in_model(layer_shape, self.rng, self.dtype)
        self.built = True
        self._lay_out()

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

    def _lay_out(self) -> None:
        """Put all parameters into one vector and all gradients into another.

        The layers work on windows of the two, which `intact.check_layout` looks for again.
        """
        shapes = self.shapes(self.layers[0].input_shape)  # type: ignore[arg-type]
        self.input_shapes, self.output_shapes = shapes[:-1], shapes[1:]
        counts = [layer.count_params() for layer in self.layers]
        self.first_trained = next((k for k, count in enumerate(counts) if count), len(counts))
        self.parameters = aligned_zeros(sum(counts), self.dtype)
        self.gradients = aligned_zeros(sum(counts), self.dtype)
        ends = np.cumsum(counts)
        for layer, end, count in zip(self.layers, ends, counts, strict=True):
            part = slice(end - count, end)
            layer.move_into(self.parameters[part], self.gradients[part])
        self.windows = intact.windows(self)

    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "sgd",
        loss: str | losses.Loss = "categorical_crossentropy",
        metrics: Sequence[str] | None = None,
    ) -> None:
        """Choose how to train.

        Parameters
        ----------
        optimizer : str or Optimizer
            ``"sgd"``, ``"adam"``, or an object with settings of your own.
        loss : str or Loss
            ``"categorical_crossentropy"``, ``"sparse_categorical_crossentropy"``,
            ``"binary_crossentropy"``, ``"mse"`` or ``"mean_squared_error"``, or an object.
        metrics : sequence of str, optional
            ``"accuracy"`` or ``"acc"``: the name is the key in the history.

        Raises
        ------
        ValueError, TypeError
            If a name is unknown.
        """
        if not self.layers:
            raise ValueError("The model has no layers: add one first.")
        names = checks.check_names(metrics or [], ("acc", "accuracy"), "metrics")
        self.optimizer, self.loss, self.metrics = optimizers.get(optimizer), losses.get(loss), names
        self.head = intact.fused_head(self)
        self.compiled = True

    # --------------------------------------------------------------------------- inspection

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters: W, b, layer by layer."""
        return [value.copy() for layer in self.layers for value in layer.parameters.values()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all parameters, in the order of `get_weights`.

        Raises
        ------
        ValueError
            If number or shapes don't fit, or an entry isn't finite; then nothing is changed.
        """
        checks.check_built(self.built)
        names = [f"{layer.name}.{name}" for layer in self.layers for name in layer.parameters]
        values = [value for layer in self.layers for value in layer.parameters.values()]
        arrays = checks.check_arrays(weights, names, values)
        for value, array in zip(values, arrays, strict=True):
            value[...] = array

    def count_params(self) -> int:
        """Count the numbers that the model learns."""
        checks.check_built(self.built)
        return int(self.parameters.size)

    def summary(self, *, costs: bool = False, batch_size: int = 32) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Parameters
        ----------
        costs : bool
            Whether to add what a training step costs, layer by layer.
        batch_size : int
            Of that step.
        """
        checks.check_built(self.built)
        print(summary.architecture(self))
        if costs:
            print(summary.costs(self, checks.check_count(batch_size, "batch_size")))

    # -------------------------------------------------------------------------------- saving

    def save(self, path: saving.Path) -> None:
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
            If a parameter isn't finite: such a file couldn't be loaded.
        """
        saving.save_model(self, path)

    def save_weights(self, path: saving.Path) -> None:
        """Save the parameters alone."""
        saving.save_weights(self, path)

    def load_weights(self, path: saving.Path) -> None:
        """Load what `save_weights` saved, into a model of the same shapes.

        Raises
        ------
        OSError, ValueError
            If the file is missing, damaged or another model's; then nothing is changed.
        """
        saving.load_weights(self, path)

    def __copy__(self) -> "Sequential":
        raise TypeError("Each layer can be in one model only: use copy.deepcopy(model).")

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore after a copy, which cuts the layers' windows off the two vectors."""
        self.__dict__.update(state)
        if self.built:
            self._lay_out()


def load_model(
    path: saving.Path, custom_objects: Mapping[str, Callable[..., Any]] | None = None
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
    custom = custom_objects or {}
    with saving.opened(path) as (header, arrays):
        if "layers" not in header:
            raise ValueError(f"{path} holds weights alone: use load_weights on such a model.")
        stack = saving.restore_layers(header, arrays, custom)
        model = Sequential(stack, str(header["name"]), dtype=header["dtype"])
        model.build(tuple(header["input_shape"]))
        saving.restore_state(model, path, header, arrays, custom)
    return model
