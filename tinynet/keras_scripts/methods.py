"""Members of Keras's objects that tinynet's don't have, for scripts only.

`tinynet.keras_scripts.answers` adds these functions to tinynet's classes in a process where tinynet
replaces Keras: ``metric.update_state``, ``layer.output.shape``, ``model.summary(print_fn=...)``.
"""

import contextlib
import functools
import inspect
import io
import os
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from tinynet import callbacks, layers, losses, metrics
from tinynet._internal import absent, checks
from tinynet._internal.names import object_attribute, snake_case
from tinynet._internal.origin import is_own_class
from tinynet._internal.saving import endings
from tinynet.exchange.keras_layers import only, only_metrics
from tinynet.keras_scripts import backend
from tinynet.keras_scripts.arguments import by_name
from tinynet.keras_scripts.arrays import Tensor
from tinynet.keras_scripts.tools import refuse_existing
from tinynet.keras_scripts.variables import initializer_object

Method = Callable[..., Any]


def extending(extension: Method) -> Callable[[Method], Method]:
    """Make a decorator of a function that is called in a method's place, with the method first.

    Examples
    --------
    >>> @extending
    ... def with_one_more(method, number):
    ...     return method(number) + 1
    >>> with_one_more(abs)(-3)
    4
    """

    def extend(method: Method) -> Method:
        @functools.wraps(method)
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return extension(method, *arguments, **named)
            except TypeError as error:
                trace = error.__traceback__
                if trace is None or trace.tb_next is not None:
                    raise  # the extension has begun, and raised it
            return method(*arguments, **named)  # which says what is wrong with the arguments

        return call

    return functools.update_wrapper(extend, extension)


class Linear(layers.Identity):
    """The activation of a layer that has none: a training chain leaves it out."""

    def parts(self) -> list[layers.Layer]:
        """Return no steps."""
        return []

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as None, which is what `Dense` has outside scripts."""
        return layers.get_activation, ("linear",)


# The layers that are functions in Keras, and their names there.
ACTIVATIONS: dict[type, str] = {
    **{type(make()): name for name, make in reversed(layers.ACTIVATIONS.items()) if make},
    layers.GeneralReLU: "relu",
    Linear: "linear",
}


def base_of(part: Any) -> Any:
    """Return the first of an object's classes that is one of tinynet's, not a script's own."""
    return next(kind for kind in type(part).__mro__ if not is_own_class(kind))


class Symbol(NamedTuple):
    """The value of ``layer.output``: the shape and the dtype of a batch, without values."""

    shape: tuple[int | None, ...]
    dtype: str
    name: str


class Statistic(Tensor):
    """A Normalization's mean or variance, in float32 and with a leading axis as in Keras."""

    def numpy(self) -> Any:
        """Return the values as Keras has them."""
        array = np.asarray(self, np.float32)
        return array[np.newaxis] if array.ndim else array[()]


class Number(float):
    """A float with ``.numpy()``."""

    def numpy(self) -> np.float32:
        """Return the number."""
        return np.float32(self)


# ------------------------------------------------------------------------------------- layers


@extending
def with_symbols_refused(call: Method, /, layer: Any, x: Any, *arguments: Any, **named: Any) -> Any:
    """Refuse ``layer(Input(...))``, the start of a functional model."""
    if isinstance(x, layers.InputLayer | Symbol):
        raise NotImplementedError(absent.left_out("Model"))
    return call(layer, x, *arguments, **named)


@extending
def with_floatx(method: Method, /, part: Any, *arguments: Any, **named: Any) -> Any:
    """Make or build a model or a layer in Keras's default dtype, by default float32."""
    return method(part, *arguments, **{"dtype": backend.floatx(), **named})


@extending
def in_floatx(call: Method, /, layer: Any, x: Any, *arguments: Any, **named: Any) -> Any:
    """Make a layer that belongs to no model compute in Keras's default dtype.

    A layer that only reshapes keeps whole numbers.
    """
    array = np.asarray(x) if layer.dtype is None else None
    reshapes = isinstance(layer, layers.Flatten | layers.Reshape)
    if array is not None and array.dtype.kind in ("f" if reshapes else "fiu"):
        x = array.astype(backend.floatx())
    return call(layer, x, *arguments, **named)


def any_batch(shape: Any) -> Any:
    """Return the shape of a batch with None for its size; one size alone is that of an example.

    Examples
    --------
    >>> any_batch((32, 28, 28)), any_batch((None, 784)), any_batch((784,))
    ((None, 28, 28), (None, 784), (784,))
    """
    batch = isinstance(shape, tuple | list) and len(shape) > 1
    return (None, *shape[1:]) if batch and isinstance(shape[0], int | np.integer | None) else shape


@extending
def with_shape_of_batch(build: Method, /, layer: Any, input_shape: Any = None, **named: Any) -> Any:
    """Make a layer's `build` accept the shape of a batch; a model passes that of an example."""
    return build(layer, input_shape if named else any_batch(input_shape), **named)


def batch_shape(layer: Any) -> tuple[int | None, ...]:
    """Return the shape of a batch of an Input's examples."""
    return (None, *layer.input_shape)


OWN_LAYER = (
    "tinynet has no automatic differentiation: a layer of your own defines forward(x) and "
    "backward(dy), and creates its parameters in create_parameters(input_shape) with "
    "self.add_parameter(name, shape, initializer)."
)


def instead_of_call(name: str, base: type) -> str:
    """Return how to write a layer whose class has Keras's `call` and a base class of tinynet."""
    if base is layers.Layer:
        return OWN_LAYER
    return (
        f"{name} can't define call: tinynet has no automatic differentiation; define forward(x, *, "
        f"training=False), which may call super().forward(x, training=training), and backward(dy) "
        f"unless {base.__name__}'s is still its derivative."
    )


def add_weight(layer: Any, *arguments: Any, **named: Any) -> NoReturn:
    """Raise an error that says how to write a user-defined layer."""
    raise NotImplementedError(OWN_LAYER)


def new_relu(kind: Any, *arguments: Any, **named: Any) -> Any:
    """Make a ReLU, or a `GeneralReLU` if it has a limit, a slope or a threshold."""
    settings = {"max_value", "negative_slope", "threshold"}
    if kind is not layers.ReLU or not (arguments or settings & {*named}):
        return object.__new__(kind)
    return layers.GeneralReLU(*arguments, **named)


@extending
def with_name_of_function(getattribute: Method, /, layer: Any, name: str) -> Any:
    """Give an activation, which is a function in Keras, a ``.__name__``."""
    if name == "__name__" and type(layer) in ACTIVATIONS:
        return ACTIVATIONS[type(layer)]
    return getattribute(layer, name)


@extending
def with_advice(getattribute: Method, /, layer: Any, name: str) -> Any:
    """Make the error for a missing attribute of a layer say what to use instead, if it's known."""
    if "in_model" in vars(layer) and name in absent.ATTRIBUTES:
        raise object_attribute(layer, name)
    return getattribute(layer, name)


def set_activation(layer: Any, value: Any) -> None:
    """Set a layer's activation: a layer for a name or a function, `Linear` for `linear`."""
    made = None if value is None else layers.get_activation(value) or Linear()
    vars(layer)["activation"] = made


@extending
def with_plain_result(method: Method, /, *arguments: Any, **named: Any) -> np.ndarray:
    """Return a `forward` or `backward` whose result is a plain array, not one of variables."""
    return np.asarray(method(*arguments, **named))


@extending
def with_activation_by_name(get_config: Method, /, layer: Any) -> Any:
    """Make a layer's `get_config` give the activation's name, as in Keras."""
    config = get_config(layer)
    if "activation" in config:
        config = {**config, "activation": name_or_layer(config["activation"])}
    return config


def name_or_layer(activation: Any) -> Any:
    """Return the name of an activation as in `activations.get`, itself if it has none."""
    if activation is None or isinstance(activation, Linear):
        return "linear"
    for name, make in layers.ACTIVATIONS.items():
        if make is not None and type(known := make()) is type(activation):
            same = {**known.get_config(), "name": 0, "input_shape": 0}
            if same == {**activation.get_config(), "name": 0, "input_shape": 0}:
                return name
    return activation


def set_params(history: Any, params: dict[str, Any]) -> None:
    """Set the parameters of Keras's history: ``verbose``, ``epochs`` and ``steps``."""
    history.params = {name: value for name, value in params.items() if name != "logs"}


VALUES: Any = callbacks.History.history  # before `values_of` replaces it


def values_of(history: Any) -> dict[str, list[float]]:
    """Return the values by name, in the same dict each time: what a script adds to it stays."""
    values, taken = vars(history).setdefault("_values", (type(VALUES.fget(history))(), []))
    taken += [set() for _ in history.logs[len(taken) :]]
    for logs, names in zip(history.logs, taken, strict=True):
        for name in [name for name in logs if name not in names]:  # callbacks may have added some
            values.setdefault(name, []).append(logs[name])
        names.update(logs)
    return values


@extending
def with_params_of_keras(set_params: Method, /, callback: Any, params: dict[str, Any]) -> None:
    """Give a script's callback Keras's `params`, which don't have the names of the logs.

    tinynet's own callbacks, and classes derived from them, read these names.
    """
    if base_of(callback) is callbacks.Callback:
        params = {name: value for name, value in params.items() if name != "logs"}
    set_params(callback, params)


@extending
def with_trainable(init: Method, /, layer: Any, *arguments: Any, **named: Any) -> None:
    """Make a layer or a model accept ``trainable=False``."""
    if hasattr(type(layer), "call"):
        raise NotImplementedError(instead_of_call(type(layer).__name__, base_of(layer)))
    trainable = checks.check_bool(named.pop("trainable", True), "trainable")
    init(layer, *arguments, **named)
    if not trainable:
        layer.trainable = False


@extending
def with_parts(init: Method, /, layer: Any, *arguments: Any, **named: Any) -> None:
    """Make a layer accept initializers and activations that Keras's accepts, and have Keras's.

    An initializer may have Keras's form, ``f(shape, dtype=None)``; None means glorot_uniform, for b
    too. An activation may be used in several layers: each gets one of its own. Afterwards, the
    layer's initializers are objects that can be called on a shape.
    """
    for name, value in named.items():
        if name.endswith("_initializer"):
            named[name] = "glorot_uniform" if value is None else drawing(value)
        if name == "activation" and type(value) in ACTIVATIONS:
            named[name] = another(value)
    init(layer, *arguments, **named)
    for name, value in vars(layer).items():
        if name.endswith("_initializer"):
            vars(layer)[name] = initializer_object(value)


@extending
def with_linear(method: Method, /, layer: Any, *arguments: Any, **named: Any) -> None:
    """Make `Linear` the activation of a layer that could have one and has none."""
    method(layer, *arguments, **named)
    may_have_one = isinstance(layer, layers.Dense | layers.Activation)
    if may_have_one and vars(layer).get("activation", layer) is None:
        vars(layer)["activation"] = Linear()


def another(activation: Any) -> Any:
    """Return a new activation with the same settings."""
    config = activation.get_config()
    return type(activation)(**{name: config[name] for name in config if name != "input_shape"})


@extending
def with_any_shape(call: Method, /, layer: Any, x: Any, *arguments: Any, **named: Any) -> Any:
    """Make an activation, which is a function in Keras, accept an array of any shape."""
    if type(layer) not in ACTIVATIONS:
        return call(layer, x, *arguments, **named)
    x = np.asarray(x)
    rows = x if x.ndim > 1 else x.reshape(1, -1)
    return another(layer).forward(rows).reshape(x.shape).view(Tensor)


def drawing(initializer: Any) -> Any:
    """Return an initializer as it is, or `Drawing` if it is in Keras's form."""
    if isinstance(initializer, type) or not callable(initializer):
        return initializer
    return Drawing(initializer) if "dtype" in parameters_of(initializer) else initializer


def parameters_of(function: Any) -> Any:
    """Return the parameters of a function by name, none if it can't be told."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # a function in C
        return {}


class Drawing:
    """An initializer in Keras's form as tinynet calls it; it draws from a generator of its own."""

    def __init__(self, initializer: Any) -> None:
        self.initializer = initializer

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return an array of this shape."""
        return np.asarray(self.initializer(shape, dtype="float32"))

    def __repr__(self) -> str:
        return getattr(self.initializer, "__name__", repr(self.initializer))


@extending
def with_batch_shape(init: Method, /, layer: Any, *arguments: Any, **named: Any) -> None:
    """Make an Input accept ``batch_shape=(None, 784)``."""
    shape = named.pop("batch_shape", None)
    if shape is not None:
        named["shape"] = tuple(sizes_of(shape)[1:])
    init(layer, *arguments, **named)


def symbol(name: str, shape: tuple[int, ...] | None, dtype: Any) -> Symbol:
    """Return the shape of a batch of such examples."""
    if shape is None:
        raise AttributeError(f"{name} isn't built yet, so its shapes aren't known.")
    return Symbol((None, *shape), str(dtype or "float32"), name)


def is_built(layer: Any) -> bool:
    """Return whether the layer has its parameters."""
    return layer.dtype is not None


def layer_input(layer: Any) -> Symbol:
    """Return the shape of the layer's input."""
    return symbol(layer.name, layer.input_shape if layer.dtype else None, layer.dtype)


def layer_output(layer: Any) -> Symbol:
    """Return the shape of the layer's output."""
    shape = layer.output_shape(layer.input_shape) if layer.dtype else None
    return symbol(layer.name, shape, layer.dtype)


class OutputShape(tuple[int | None, ...]):
    """The shape of a batch of outputs, which tinynet calls as the method ``layer.output_shape``."""

    method: Method

    def __call__(self, input_shape: Any) -> Any:
        """Return the shape of one output, for the shape of one input."""
        return self.method(input_shape)


class OutputShapeOrMethod:
    """Makes ``layer.output_shape`` a tuple, as in TensorFlow 2, once the layer is built."""

    def __init__(self, method: Method) -> None:
        self.method = method

    def __get__(self, layer: Any, kind: type) -> Any:
        if layer is None:
            return self.method
        method = functools.partial(self.method, layer)
        if not is_built(layer):
            return method
        shape = OutputShape((None, *method(layer.input_shape)))
        shape.method = method
        return shape


def compute_output_shape(layer: Any, input_shape: Any) -> tuple[int | None, ...]:
    """Return the shape of a batch of outputs, from that of a batch of inputs."""
    batch, *shape = sizes_of(input_shape)
    return (batch, *layer.output_shape(tuple(shape)))


def sizes_of(batch_shape: Any) -> list[Any]:
    """Return the sizes in the shape of a batch: that of the batch first."""
    sizes = checks.check_iterable(batch_shape, "the shape of a batch", "sizes")
    if not sizes:
        raise ValueError("The shape of a batch must start with its size, received no sizes.")
    return sizes


@extending
def with_tensors(method: Method, /, layer: Any, *arguments: Any, **named: Any) -> None:
    """Give a Normalization's mean and variance ``.numpy()``."""
    method(layer, *arguments, **named)
    layer.mean, layer.variance = (
        np.asarray(a).view(Statistic) for a in (layer.mean, layer.variance)
    )


# ------------------------------------------------------------------------------------- models


def model_input(model: Any) -> Symbol:
    """Return the shape of the model's input."""
    return symbol(model.name, (model.input_shapes or [None])[0], model.dtype)


def model_output(model: Any) -> Symbol:
    """Return the shape of the model's output."""
    return symbol(model.name, (model.output_shapes or [None])[-1], model.dtype)


class Outputs(list[Symbol]):
    """A model's ``outputs``: a list in Keras, which tinynet calls as the function that it set."""

    def __init__(self, model: Any, function: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__([model_output(model)])
        self.function = function

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """Return what the function returns."""
        return self.function(y)


def model_outputs(model: Any) -> list[Symbol]:
    """Return the shape of the model's output, in a list."""
    return vars(model)["outputs"] if model.compiled else [model_output(model)]


def set_outputs(model: Any, function: Callable[[np.ndarray], np.ndarray]) -> None:
    """Take the function of tinynet's `compile`."""
    vars(model)["outputs"] = Outputs(model, function)


def model_output_shape_for(model: Any, input_shape: Any) -> tuple[int | None, ...]:
    """Return the shape of a batch of outputs, from that of a batch of inputs."""
    batch, *shape = sizes_of(input_shape)
    return (batch, *model.shapes(checks.check_shape(tuple(shape)))[-1])


OWN_STEPS = ("call", "compute_loss", "compute_metrics", "predict_step", "test_step", "train_step")


@extending
def with_own_steps_refused(init: Method, /, model: Any, *arguments: Any, **named: Any) -> None:
    """Refuse a model of a class that defines one of Keras's steps."""
    for name in OWN_STEPS:
        if is_own_class(getattr(type(model), name, init)):
            raise NotImplementedError(
                f"{type(model).__name__} can't define {name}: tinynet has no automatic "
                f"differentiation, so fit makes its own steps; use a loss, metrics and "
                f"callbacks, or call train_on_batch in a loop of your own."
            )
    init(model, *arguments, **named)


@extending
def with_call_refused(init: Method, /, loss: Any, *arguments: Any, **named: Any) -> None:
    """Refuse a loss of a class that defines Keras's `call` and no formula for tinynet."""
    kind = type(loss)
    if hasattr(kind, "call") and not (is_own_class(kind.costs) or is_own_class(kind.value)):
        raise NotImplementedError(
            f"{kind.__name__} can't define call: tinynet has no automatic differentiation; define "
            f"costs(t, y), the loss of each example, and gradient(t, y), the derivative of their "
            f"mean."
        )
    init(loss, *arguments, **named)


@extending
def with_own_updates_refused(
    init: Method, /, optimizer: Any, *arguments: Any, **named: Any
) -> None:
    """Refuse an optimizer of a class that defines one of Keras's methods for a step."""
    for name in ("apply", "apply_gradients", "update_step"):
        if is_own_class(getattr(type(optimizer), name, init)):
            raise NotImplementedError(
                f"{type(optimizer).__name__} can't define {name}: define step(parameters, "
                f"gradients, learning_rate), which changes the parameters in place."
            )
    init(optimizer, *arguments, **named)


@extending
def with_default_epsilon(init: Method, /, optimizer: Any, *arguments: Any, **named: Any) -> None:
    """Make an optimizer accept ``epsilon=None``, which means the default in older versions."""
    names = [*parameters_of(init)]
    arguments, named = by_name(names[1:], arguments, named)
    if named.get("epsilon", init) is None and "epsilon" in names:
        del named["epsilon"]
    init(optimizer, *arguments, **named)


class MetricName(str):
    """The name of a metric, given by name to `compile`, with a ``.name``."""

    @property
    def name(self) -> str:
        """The name."""
        return str(self)


def metrics_of(model: Any) -> list[Any]:
    """Return a model's metrics, each with a ``.name``."""
    given = vars(model)["metrics"]
    return [MetricName(metric) if isinstance(metric, str) else metric for metric in given]


def with_batches_of_32(run: Callable[..., Any]) -> Callable[..., Any]:
    """Make `evaluate` and `predict` use batches of 32, as Keras does.

    A metric that is a function, and the hooks of a callback, see the batches.
    """
    return with_default(run, "batch_size", lambda given: 32)


def with_validation_in_batches(fit: Callable[..., Any]) -> Callable[..., Any]:
    """Make `fit` validate in batches of the size that it trains with, as Keras does."""
    return with_default(fit, "validation_batch_size", lambda given: given.get("batch_size") or 32)


def with_default(
    run: Callable[..., Any], name: str, default: Callable[[dict[str, Any]], Any]
) -> Callable[..., Any]:
    """Return a method that replaces None for an argument by what follows from the others."""
    names = [*parameters_of(run)][1:]

    @functools.wraps(run)
    def call(model: Any, *arguments: Any, **named: Any) -> Any:
        arguments, named = by_name(names, arguments, named)
        if not arguments and named.get(name) is None:
            named[name] = default(named)
        return run(model, *arguments, **named)

    return call


@extending
def with_building_again(build: Method, /, model: Any, input_shape: Any = None) -> None:
    """Make `build` accept the shape of a batch, also that which the model is built for already."""
    input_shape = any_batch(input_shape)
    shape = None if input_shape is None else checks.without_batch(input_shape)
    if not model.built or shape not in (None, model.input_shapes[0]):
        build(model, input_shape)


def metrics_names(model: Any) -> list[str]:
    """Return Keras 3's names, which puts all the metrics of `compile` under one."""
    names = ["loss"] * model.compiled
    return names + ["compile_metrics"] * bool(model.metrics or model.weighted_metrics)


def reset_metrics(model: Any) -> None:
    """Reset the metrics that were given as objects; each epoch starts with reset ones anyway."""
    for metric in (*model.metrics, *model.weighted_metrics):
        if isinstance(metric, metrics.Metric):
            metric.reset()


@extending
def with_shared_layers(
    add: Method, /, model: Any, layer: Any, *arguments: Any, **named: Any
) -> None:
    """Make `add` accept a layer of another model, which both models then share.

    Like a model in a model: both can predict, and train in turn.
    """
    elsewhere = isinstance(layer, layers.Layer) and layer.in_model and layer.dtype is not None
    if not elsewhere or layer in model.layers:
        add(model, layer, *arguments, **named)
        return
    rng, layer.in_model = layer.rng, False
    try:
        add(model, layer, *arguments, **named)
    finally:
        layer.rng, layer.in_model = rng, True


@extending
def with_print_fn(summary: Method, /, model: Any, *arguments: Any, **named: Any) -> None:
    """Make `summary` accept a function that prints its text."""
    print_fn = named.pop("print_fn", None)
    if print_fn is None:
        summary(model, **named)
        return
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        summary(model, **named)
    print_fn(text.getvalue())


@extending
def with_overwrite(
    save: Method, /, model: Any, path: Any, overwrite: bool = True, **named: Any
) -> None:
    """Make `save` and `save_weights` accept ``overwrite=False``."""
    refuse_existing(path, overwrite)
    save(model, path, **named)


# Other formats, and misspelt ones. In TensorFlow 2 any other name is that of a folder.
NOT_WRITTEN = (
    *(".pb", ".tflite", ".json", ".yaml", ".yml", ".pkl", ".pickle", ".joblib"),
    *(".hd5", ".h5df", ".hdf", ".h6", ".kears", ".kera", ".npy"),
)


@extending
def with_save_format(save: Method, /, model: Any, path: Any, *arguments: Any, **named: Any) -> None:
    """Make `save` accept ``save_format`` where the path's extension says the same.

    ``include_optimizer=True``, the default, is accepted, too. The extension of a format that
    tinynet doesn't write is refused.
    """
    endings.check_writable(path)
    ending = os.path.splitext(path)[1]
    if ending.lower() in NOT_WRITTEN:
        raise ValueError(f"save doesn't write {ending} files: end the name in .keras, .h5 or .npz.")
    if str(path).endswith(endings.ENDINGS):
        named.pop("save_format", None)
    if named.get("include_optimizer") is True:
        del named["include_optimizer"]
    save(model, path, *arguments, **named)


@extending
def with_arrays_alone(
    run: Method, /, model: Any, x: Any = None, y: Any = None, *arguments: Any, **named: Any
) -> Any:
    """Make `fit` and `evaluate` refuse a generator or a data set, which have the targets in x.

    The array of a model's one input may be in a list, ``fit([x], y)``, and so may the targets.
    """
    if y is None and not {*named} - {*parameters_of(run)}:
        if isinstance(x, np.ndarray | None) or hasattr(x, "to_numpy"):
            raise TypeError(f"{run.__name__} needs the targets, too: {run.__name__}(x, y).")
        raise TypeError(
            f"{run.__name__} needs x and y as NumPy arrays, received one {type(x).__name__}: "
            f"join the batches of a generator or a data set with np.concatenate."
        )
    targets = y[0] if is_list_of_one(y) else y
    if targets is not None and is_list_of_one(x) and len(x[0]) == len(targets):
        x, y = x[0], targets
    return run(model, x, y, *arguments, **named)


def is_list_of_one(data: Any) -> bool:
    """Return whether data is a list or a tuple of one array."""
    return isinstance(data, list | tuple) and len(data) == 1 and np.ndim(data[0]) > 0


@extending
def with_settings_kept(run: Method, /, model: Any, *arguments: Any, **named: Any) -> Any:
    """Compile a model again whose layers have changed, or were trained in another, since `compile`.

    Keras needs no second `compile` then. An optimizer whose state doesn't fit is made anew.
    """
    if vars(model).get("_without_loss"):
        raise ValueError("There is no loss to compute: pass one to compile, such as loss='mse'.")
    optimizer = vars(model).get("optimizer")
    if optimizer is not None and not model.compiled and model.layers:
        again = {name: getattr(model, name) for name in ("loss", "metrics", "weighted_metrics")}
        model.compile(optimizer, **again)
        sizes = {state.shape for state in optimizer.state.values()}
        if model.built and sizes - {model.parameters.shape}:
            model.compile(type(optimizer).from_config(optimizer.get_config()), **again)
    return run(model, *arguments, **named)


@extending
def with_settings_of_keras(
    compile_model: Method, /, model: Any, *arguments: Any, **named: Any
) -> None:
    """Make `compile` accept what Keras's accepts.

    That is no optimizer, which means RMSprop; no loss, for a model that only predicts; classes for
    their objects; and settings for each output, ``loss=["mse"]``, if they are for one.
    """
    given, settings = by_name(positions_in_compile(arguments), arguments, named)
    if given:  # a wrong call, which compile explains
        compile_model(model, *arguments, **named)
        return
    settings = {"optimizer": "rmsprop", **settings}
    loss = made(only(settings.pop("loss", None)))
    if loss is not None:
        settings["loss"] = loss
    for name in ("metrics", "weighted_metrics"):
        if name in settings:
            settings[name] = made(only_metrics(settings[name]))
    if only(settings.get("loss_weights")) in (None, 1):
        settings.pop("loss_weights", None)
    compile_model(model, **settings)
    vars(model)["_without_loss"] = loss is None


def positions_in_compile(arguments: tuple[Any, ...]) -> list[str]:
    """Return the names of the values that `compile` was given by position.

    Keras 3 takes the losses' weights third, and older versions the metrics.

    Examples
    --------
    >>> positions_in_compile(("sgd", "mse", None, ["mae"]))
    ['optimizer', 'loss', 'loss_weights', 'metrics', 'weighted_metrics']
    >>> positions_in_compile(("sgd", "mse", ["mae"]))
    ['optimizer', 'loss', 'metrics', 'loss_weights', 'weighted_metrics']
    """
    third = only(arguments[2]) if len(arguments) > 2 else None
    both = ["loss_weights", "metrics"]
    if not isinstance(third, float | int | None):
        both.reverse()
    return ["optimizer", "loss", *both, "weighted_metrics"]


def made(part: Any) -> Any:
    """Return a loss or a metric for its class, and a list of them for a list of classes."""
    if isinstance(part, list):
        return [made(one) for one in part]
    is_class = isinstance(part, type) and issubclass(part, losses.Loss | metrics.Metric)
    return part() if is_class else part


@extending
def with_sorted_logs(hook: Method, /, hooks: Any, *arguments: Any) -> None:
    """Pass on the logs in Keras's order, by name, as plain floats."""
    logs: dict[str, Any] = arguments[-1]
    ordered = {name: float(value) for name, value in sorted(logs.items())}
    logs.clear()
    logs.update(ordered)
    hook(hooks, *arguments)


@extending
def with_sorted_copy(hook: Method, /, hooks: Any, logs: dict[str, Any]) -> None:
    """Pass on a copy of the logs in Keras's order, since `evaluate` has its own order."""
    hook(hooks, dict(sorted(logs.items())))


@extending
def with_sorted_results(evaluate: Method, /, *arguments: Any, **named: Any) -> Any:
    """Return `evaluate` with its dict in Keras's order."""
    results = evaluate(*arguments, **named)
    return dict(sorted(results.items())) if isinstance(results, dict) else results


# --------------------------------------------------------------- metrics, losses, optimizers


def loss_name(loss: Any) -> str:
    """Return a loss's name, by default that of its class: ``"mean_squared_error"``."""
    return vars(loss).get("name") or default_name(type(loss).__name__)


def default_name(kind: str) -> str:
    """Return the name that Keras gives to an object of a class.

    Examples
    --------
    >>> default_name("MeanSquaredError"), default_name("KLDivergence"), default_name("Huber")
    ('mean_squared_error', 'kl_divergence', 'huber_loss')
    """
    name = snake_case(kind)
    return "huber_loss" if name == "huber" else name


@extending
def with_name(get_config: Method, /, part: Any) -> dict[str, Any]:
    """Make `get_config` of a loss or an optimizer give the name, too.

    A script's own class, whose constructor may not take a name, gets only one that it was given.
    """
    config = {**get_config(part), "name": part.name}
    if is_own_class(type(part)) and not vars(part).get("name"):
        del config["name"]
    return config


@extending
def with_defaults(get_config: Method, /, optimizer: Any) -> dict[str, Any]:
    """Make `get_config` of an optimizer give the settings left at their defaults, too."""
    settings = {} if is_own_class(type(optimizer)) else parameters_of(type(optimizer))
    defaults = {name: one.default for name, one in settings.items() if one.default is not one.empty}
    rate = {"learning_rate": vars(optimizer)["learning_rate"]}  # a schedule, and no number
    return {**defaults, **get_config(optimizer), **rate}


def from_config(kind: Any, config: dict[str, Any]) -> Any:
    """Create an object from what `get_config` returned."""
    config = checks.check_instance(config, dict, "config")
    return kind(**checks.check_table(config, "config"))


def apply_gradients(optimizer: Any, *arguments: Any, **named: Any) -> NoReturn:
    """Raise an error that says which methods make a step."""
    raise NotImplementedError(
        "tinynet has no tf.GradientTape, so there are no gradients to apply: call fit or "
        "train_on_batch, which update the parameters."
    )


@extending
def with_arrays(rate: Method, /, schedule: Any, step: Any) -> Any:
    """Make a schedule accept an array of steps, and give its results ``.numpy()``."""
    if not np.ndim(step):
        return Number(rate(schedule, step))
    rates = [rate(schedule, float(one)) for one in np.ravel(step)]
    return np.reshape(np.asarray(rates, np.float32), np.shape(step)).view(Tensor)


@extending
def with_shape_alone(
    draw: Method, /, initializer: Any, shape: Any, *arguments: Any, **named: Any
) -> Any:
    """Make an initializer accept a dtype and a shape from `tf.shape`, and return a Tensor.

    Layers, which pass a generator, get a plain array.
    """
    if any(isinstance(one, np.random.Generator) for one in (*arguments, *named.values())):
        return draw(initializer, shape, *arguments, **named)
    dtype = (arguments or (named.get("dtype"),))[0] or "float32"
    sizes = tuple(np.asarray(shape).tolist())
    return np.asarray(draw(initializer, sizes)).astype(dtype).view(Tensor)


def cloned(initializer: Any) -> Any:
    """Return an initializer with the same settings."""
    return type(initializer)(**initializer.get_config())


STOPPED_EPOCH: Any = callbacks.EarlyStopping.stopped_epoch  # before `stopped_epoch` replaces it


def stopped_epoch(callback: Any) -> int:
    """Return the epoch after which training was stopped; in Keras it is 0 until then."""
    return STOPPED_EPOCH.fget(callback) or 0


@extending
def without_best_weights(on_train_begin: Method, /, stop: Any, logs: dict[str, Any]) -> None:
    """Forget the best weights of the run before."""
    stop.best_weights = None
    on_train_begin(stop, logs)


@extending
def with_best_weights(on_epoch_end: Method, /, stop: Any, epoch: int, logs: dict[str, Any]) -> None:
    """Keep the best weights in ``best_weights``, too: a list of arrays, as in Keras."""
    before = stop.get_state()["best_weights"]
    on_epoch_end(stop, epoch, logs)
    if stop.get_state()["best_weights"] is not before:
        stop.best_weights = stop.model.get_weights()


def monitor_op(callback: Any) -> Any:
    """Return the function that tells whether a value is better than another."""
    return np.greater if callback.sign > 0 else np.less
