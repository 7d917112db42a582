"""Make tinynet's objects behave like Keras's for scripts: ``model(x).numpy()``.

A layer, a model or a loss returns a NumPy array or a number, which has no ``.numpy()``. Only in a
process where tinynet replaces Keras, the methods and properties from which scripts get arrays
return a `Tensor` with the same values. Training uses none of them: it calls `forward` and
`backward`, and reads ``W`` and ``b``.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import layers
from tinynet.keras_scripts import backend, clipping, methods, own_metrics, variables
from tinynet.keras_scripts.arguments import forgiving, positions_of
from tinynet.keras_scripts.arrays import Tensor


class AnsweringFunction:
    """A function of tinynet whose result has ``.numpy()``; it compares equal to the function.

    So a layer or a model that receives it instead of a name recognizes the function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.forgiven = forgiving(function)
        self.names = [*methods.parameters_of(function)]
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function; a name, as TensorFlow's functions take, is ignored.

        The result has 64 bits only if an array among the arguments has, other than the targets.
        """
        named.pop("name", None)
        result = answering(self.forgiven(*arguments, **named))
        parts = {**dict(zip(self.names, arguments, strict=False)), **named, "y_true": None}
        given = [one.dtype for one in parts.values() if hasattr(one, "dtype")]
        wide = isinstance(result, Tensor) and result.dtype == np.float64
        return result.astype(np.float32) if wide and result.dtype not in given else result

    def __eq__(self, other: object) -> bool:
        if isinstance(other, layers.Layer):  # an activation
            return methods.name_or_layer(other) == self.function.__name__
        return other is self.function or getattr(other, "function", None) is self.function

    def __hash__(self) -> int:
        return hash(self.function)


def answering(value: Any) -> Any:
    """Return an array or a number, or a list of them, with ``.numpy()``.

    Examples
    --------
    >>> answering(2.5).numpy(), answering([np.ones(1)])[0].numpy()
    (np.float32(2.5), array([1.]))
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value).view(Tensor)
    if isinstance(value, float):
        return np.asarray(value, np.float32).view(Tensor)
    if isinstance(value, list):
        return [answering(part) for part in value]
    return value


@methods.extending
def with_tensor_result(method: methods.Method, /, *arguments: Any, **named: Any) -> Any:
    """Give the arrays that a method returns ``.numpy()``."""
    return answering(method(*arguments, **named))


@methods.extending
def with_floatx_result(call: methods.Method, /, *arguments: Any, **named: Any) -> Any:
    """Return a loss, or each example's, in Keras's default dtype and with ``.numpy()``."""
    return answering(np.asarray(call(*arguments, **named), backend.floatx()))


@methods.extending
def with_numbers(result: methods.Method, /, metric: Any) -> Any:
    """Give the results of metrics ``.numpy()``."""
    value = result(metric)
    return methods.Number(value) if isinstance(value, float) else answering(value)


def with_tensors_read(known: property) -> property:
    """Give the numbers that a property returns ``.numpy()``."""
    assert known.fget is not None
    return property(with_tensor_result(known.fget), doc=known.__doc__)


def begin() -> None:
    """Extend the classes in the tables, and the classes derived from them."""
    importlib.import_module("tinynet.keras_scripts.metrics")
    class_at("tinynet.layers.GeneralReLU").__name__ = "ReLU"
    add_members()
    wrap_methods()
    for kind in {made for path in FORGIVING for made in family(path)}:
        positions = positions_of(kind)
        if "__init__" in vars(kind) or positions:
            vars_of: Any = kind
            renamed = RENAMED.get(kind.__name__)
            vars_of.__init__ = forgiving(vars_of.__init__, renamed, positions)


def parameters(*names: str) -> dict[str, Any]:
    """Return members through which parameters and states are read as variables."""
    shows = {name: functools.partial(variables.weight_of, attribute=name) for name in names}
    return {name: variables.shown_as(name, show) for name, show in shows.items()}


ACTIVATION = property(lambda layer: vars(layer).get("activation"), methods.set_activation)
# Members that Keras's classes have and tinynet's don't.
MEMBERS: dict[str, dict[str, Any]] = {
    "tinynet.layers.Layer": {
        "weights": property(variables.layer_weights),
        "variables": property(variables.layer_weights),
        "trainable_weights": property(variables.layer_trainable_weights),
        "trainable_variables": property(variables.layer_trainable_weights),
        "non_trainable_weights": property(variables.layer_non_trainable_weights),
        "non_trainable_variables": property(variables.layer_non_trainable_weights),
        "built": property(methods.is_built),
        "input": property(methods.layer_input),
        "output": property(methods.layer_output),
        "add_weight": methods.add_weight,
        "compute_output_shape": methods.compute_output_shape,
    },
    "tinynet.layers.Dense": {
        "kernel": property(lambda layer: variables.weight_of(layer, "W"), variables.refuse_binding),
        "bias": property(variables.layer_bias, variables.refuse_binding),
        "activation": ACTIVATION,
    },
    "tinynet.layers.Activation": {"activation": ACTIVATION},
    "tinynet.layers.InputLayer": {"shape": property(methods.batch_shape)},
    "tinynet.layers.BatchNormalization": parameters(
        "gamma", "beta", "moving_mean", "moving_variance"
    ),
    "tinynet.layers.LayerNormalization": parameters("gamma", "beta"),
    "tinynet.layers.PReLU": parameters("alpha"),
    "tinynet.layers.ReLU": {"__new__": methods.new_relu},
    "tinynet.models.Sequential": {
        "input": property(methods.model_input),
        "output": property(methods.model_output),
        "inputs": property(lambda model: [methods.model_input(model)]),
        "outputs": property(methods.model_outputs, methods.set_outputs),
        "metrics": variables.shown_as("metrics", methods.metrics_of),
        "compute_output_shape": methods.model_output_shape_for,
        "metrics_names": property(methods.metrics_names),
        "reset_metrics": methods.reset_metrics,
    },
    "tinynet.metrics.FunctionMetric": {"update": own_metrics.update_by_function},
    "tinynet.metrics.Metric": {
        "__init__": own_metrics.ScriptMetric.__init__,
        "__init_subclass__": classmethod(own_metrics.adapt),
        "add_weight": own_metrics.add_weight,
        "add_variable": own_metrics.add_weight,
        "variables": property(own_metrics.shown_variables),
        "dtype": "float32",
        "update_state": own_metrics.update_state,
        "reset_state": own_metrics.reset_state,
        "reset_states": own_metrics.reset_state,
        "__call__": own_metrics.call_metric,
        "from_config": classmethod(methods.from_config),
    },
    "tinynet.callbacks.History": {
        "history": property(methods.values_of),
        "set_params": methods.set_params,
    },
    "tinynet.losses.Loss": {
        "from_config": classmethod(methods.from_config),
        "name": variables.shown_as("name", methods.loss_name),
    },
    "tinynet.optimizers.Optimizer": {
        "learning_rate": property(variables.learning_rate_of, variables.set_learning_rate),
        "iterations": property(variables.iterations_of, variables.set_iterations),
        "from_config": classmethod(methods.from_config),
        "apply": methods.apply_gradients,
        "apply_gradients": methods.apply_gradients,
    },
    "tinynet.callbacks.EarlyStopping": {
        "stopped_epoch": property(methods.stopped_epoch, methods.STOPPED_EPOCH.fset),
        "best_weights": None,
    },
    "tinynet.callbacks.monitors.MonitorCallback": {"monitor_op": property(methods.monitor_op)},
    "tinynet.initializers.objects.InitializerObject": {
        "from_config": classmethod(methods.from_config),
        "clone": methods.cloned,
    },
    "tinynet.regularizers.Regularizer": {"from_config": classmethod(methods.from_config)},
    "tinynet.schedules.Schedule": {"from_config": classmethod(methods.from_config)},
}
# Methods that are extended, each with the function that extends it.
WRAPPED: dict[str, dict[str, Callable[..., Any]]] = {
    "tinynet.layers.Layer": {
        "__init__": lambda init: methods.with_linear(
            methods.with_parts(methods.with_trainable(init))
        ),
        "__setstate__": methods.with_linear,
        "build": lambda build: methods.with_shape_of_batch(methods.with_floatx(build)),
        "get_config": methods.with_activation_by_name,
        "output_shape": methods.OutputShapeOrMethod,
        "__getattr__": lambda get: methods.with_name_of_function(methods.with_advice(get)),
    },
    "tinynet.layers.access.LayerAccess": {
        "__call__": lambda call: methods.with_symbols_refused(
            methods.in_floatx(methods.with_any_shape(with_tensor_result(call)))
        )
    },
    "tinynet.layers.InputLayer": {"__init__": methods.with_batch_shape},
    **{
        f"tinynet.layers.{kind}": dict.fromkeys(("forward", "backward"), methods.with_plain_result)
        for kind in ("BatchNormalization", "LayerNormalization", "PReLU")
    },
    "tinynet.layers.Normalization": {
        "__init__": methods.with_tensors,
        "adapt": methods.with_tensors,
    },
    "tinynet.models.Sequential": {
        "add": methods.with_shared_layers,
        "build": methods.with_building_again,
        "evaluate": lambda run: methods.with_settings_kept(
            methods.with_arrays_alone(methods.with_sorted_results(methods.with_batches_of_32(run)))
        ),
        "fit": lambda run: methods.with_settings_kept(
            methods.with_arrays_alone(methods.with_validation_in_batches(run))
        ),
        "predict": methods.with_batches_of_32,
        "train_on_batch": lambda run: methods.with_settings_kept(methods.with_sorted_results(run)),
        "compile": methods.with_settings_of_keras,
        "__init__": lambda init: methods.with_own_steps_refused(
            methods.with_trainable(methods.with_floatx(init))
        ),
        "save": lambda save: methods.with_save_format(methods.with_overwrite(save)),
        "save_weights": methods.with_overwrite,
    },
    "tinynet._internal.access.ModelAccess": {
        "__call__": with_tensor_result,
        "losses": with_tensors_read,
        "summary": methods.with_print_fn,
        "test_on_batch": lambda run: methods.with_settings_kept(methods.with_sorted_results(run)),
    },
    "tinynet.schedules.Schedule": {"__call__": methods.with_arrays},
    "tinynet.initializers.objects.InitializerObject": {"__call__": methods.with_shape_alone},
    "tinynet.losses.Loss": {
        "__init__": methods.with_call_refused,
        "__call__": with_floatx_result,
        "get_config": methods.with_name,
    },
    "tinynet.losses.BinaryCrossentropy": {
        "costs": clipping.with_clipping,
        "gradient": clipping.with_clipped_gradient,
    },
    "tinynet.losses.CategoricalCrossentropy": {
        "costs": clipping.with_clipped_rows,
        "gradient": clipping.with_gradient_of_rows,
    },
    "tinynet.optimizers.Optimizer": {
        "__init__": lambda init: methods.with_own_updates_refused(
            methods.with_default_epsilon(init)
        ),
        "get_config": lambda get: methods.with_name(methods.with_defaults(get)),
    },
    "tinynet.metrics.Metric": {
        "fresh": own_metrics.with_given,
        "result": with_numbers,
        "update": own_metrics.with_result_for_given,
    },
    "tinynet.callbacks.EarlyStopping": {
        "on_train_begin": methods.without_best_weights,
        "on_epoch_end": methods.with_best_weights,
    },
    "tinynet.callbacks.Callback": {"set_params": methods.with_params_of_keras},
    "tinynet.callbacks.running.CallbackList": {
        "on_epoch_end": methods.with_sorted_logs,
        "on_train_batch_end": methods.with_sorted_logs,
        "on_test_batch_end": methods.with_sorted_logs,
        "on_test_end": methods.with_sorted_copy,
    },
}
# Classes that take Keras's other arguments, too, where leaving them out changes nothing; and
# methods. Then arguments of another name.
FORGIVING = (
    *("tinynet.layers.Layer", "tinynet.losses.Loss", "tinynet.metrics.Metric"),
    *("tinynet.optimizers.Optimizer", "tinynet.models.Sequential", "tinynet.callbacks.Callback"),
    "tinynet.initializers.objects.InitializerObject",
)
FORGIVING_METHODS = ("add", "compile", "load_weights", "pop", "save", "save_weights", "summary")
RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}}


def add_members() -> None:
    """Add Keras's other members to tinynet's classes."""
    for path, members in MEMBERS.items():
        kind = class_at(path)
        for name, member in members.items():
            setattr(kind, name, member)


def wrap_methods() -> None:
    """Extend methods to accept and do what Keras's do."""
    for path, wrappers in WRAPPED.items():
        for kind in (class_at(path), *derived(class_at(path))):
            for name, wrap in wrappers.items():
                if name in vars(kind):
                    setattr(kind, name, wrap(vars(kind)[name]))
    model: Any = class_at("tinynet.models.Sequential")
    for name in FORGIVING_METHODS:
        setattr(model, name, forgiving(getattr(model, name), {"filepath": "path"}))


def family(path: str) -> list[type]:
    """Return a class with its base classes and derived classes in tinynet."""
    kind = class_at(path)
    above = [one for one in kind.__mro__ if one.__module__.startswith("tinynet.")]
    return above + derived(kind)


def class_at(path: str) -> type:
    """Return the class at that path."""
    module, _, name = path.rpartition(".")
    kind: type = getattr(importlib.import_module(module), name)
    return kind


def derived(kind: type) -> list[type]:
    """Return the classes that derive from a class."""
    below: list[type] = kind.__subclasses__()
    return below + [one for other in below for one in derived(other)]
