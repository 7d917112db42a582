"""Tables that map tinynet's layers, optimizers and losses to those of Keras.

Keras describes an object as ``{"module": ..., "class_name": ..., "config": {...}}``. The config
contains the arguments of the class. Most classes have the same names and arguments in tinynet, so a
description is translated by these rules:

- An argument that the class of the same name also takes is passed on.
- An argument that it doesn't take must have a value that has no effect (`NEUTRAL`).
- Anything else has no counterpart, and the error names it.

Classes are only looked up in the tables below, so a file can't run any other code. To add a layer,
add a line to `LAYERS`.
"""

import inspect
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from tinynet import initializers, layers, losses, metrics, optimizers
from tinynet._internal.checks import check_shape
from tinynet._internal.names import snake_case
from tinynet._internal.origin import is_own_class
from tinynet._internal.saving import descriptions
from tinynet.exchange.files import NoCounterpartError, shortest
from tinynet.layers import Layer

Config = dict[str, Any]
Known = Mapping[str, Callable[..., Any]]


class Counterpart(NamedTuple):
    """The counterpart of a layer in Keras.

    Attributes
    ----------
    ours : type
        The class in tinynet.
    weights : tuple of str
        Its arrays in Keras's order.
    theirs : str
        The class in Keras, if it has another name.
    config : dict
        The arguments that distinguish it from other layers of that class in Keras.
    """

    ours: type[Layer]
    weights: tuple[str, ...] = ()
    theirs: str = ""
    config: Mapping[str, Any] = {}

    @property
    def keras_class(self) -> str:
        """The name of the class in Keras."""
        return self.theirs or self.ours.__name__


NORMALIZED = ("gamma", "beta")
LAYERS = (
    Counterpart(layers.Dense, weights=("W", "b")),
    Counterpart(layers.ReLU),
    Counterpart(layers.Softmax),
    Counterpart(layers.Flatten),
    Counterpart(layers.Dropout),
    Counterpart(layers.AlphaDropout),
    Counterpart(layers.GaussianDropout),
    Counterpart(layers.GaussianNoise),
    Counterpart(layers.Identity),
    Counterpart(layers.ActivityRegularization),
    Counterpart(layers.Normalization),
    Counterpart(layers.BatchNormalization, (*NORMALIZED, "moving_mean", "moving_variance")),
    Counterpart(layers.LayerNormalization, NORMALIZED),
    Counterpart(layers.LeakyReLU),
    Counterpart(layers.GeneralReLU, theirs="ReLU"),
    Counterpart(layers.PReLU, weights=("alpha",)),
    Counterpart(layers.ELU),
    Counterpart(layers.Rescaling),
    Counterpart(layers.Reshape),
    Counterpart(layers.Activation),
    # Keras has these as functions alone.
    *(
        Counterpart(kind, theirs="Activation", config={"activation": name})
        for kind, name in (
            (layers.Sigmoid, "sigmoid"),
            (layers.Tanh, "tanh"),
            (layers.CELU, "celu"),
            (layers.Exponential, "exponential"),
            (layers.GELU, "gelu"),
            (layers.HardSigmoid, "hard_sigmoid"),
            (layers.HardSiLU, "hard_silu"),
            (layers.HardTanh, "hard_tanh"),
            (layers.LogSigmoid, "log_sigmoid"),
            (layers.LogSoftmax, "log_softmax"),
            (layers.Mish, "mish"),
            (layers.ReLU6, "relu6"),
            (layers.SELU, "selu"),
            (layers.SiLU, "silu"),
            (layers.Softplus, "softplus"),
            (layers.Softsign, "softsign"),
            (layers.TanhShrink, "tanh_shrink"),
        )
    ),
)

OURS = {entry.ours: entry for entry in LAYERS}

# The module in Keras for each module of tinynet.
MODULES = {
    "constraints": "keras.constraints",
    "initializers": "keras.initializers",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
    "optimizers": "keras.optimizers",
    "regularizers": "keras.regularizers",
    "schedules": "keras.optimizers.schedules",
}

# The state of an optimizer, in Keras's order. Each group has the names of tinynet's vectors. Keras
# stores them parameter by parameter, those of a group side by side.
Groups = tuple[tuple[str, ...], ...]


def slots(optimizer: Any) -> Groups | None:
    """Return the groups of an optimizer's vectors, or None if Keras has no such optimizer."""
    config = optimizer.get_config()
    moments, amsgrad = (("m", "v"),), (("v_hat",),) if config.get("amsgrad") else ()
    rules: dict[type, Groups] = {
        optimizers.SGD: (("velocity",),) if config.get("momentum") else (),
        optimizers.RMSprop: (
            ("velocity",),
            *((("momentum",),) if config.get("momentum") else ()),
            *((("average_gradient",),) if config.get("centered") else ()),
        ),
        optimizers.Adam: (*moments, *amsgrad),
        optimizers.AdamW: (*moments, *amsgrad),
        optimizers.Adamax: (("m", "u"),),
        optimizers.Nadam: moments,
        optimizers.Adagrad: (("accumulator",),),
        optimizers.Adadelta: (("accumulated_grad", "accumulated_delta_var"),),
    }
    return rules.get(type(optimizer))


def last_numbers(optimizer: Any) -> list[np.ndarray]:
    """Return what Keras stores after these vectors: for Nadam, a product over all steps."""
    if type(optimizer) is not optimizers.Nadam:
        return []
    steps = np.arange(1, optimizer.iterations + 1)
    return [np.asarray(np.prod(optimizer.beta_1 * (1 - 0.5 * 0.96**steps)))]


# The packages of Keras's own classes, and of Python's functions.
PACKAGES = ("builtins", "keras", "tensorflow", "tf_keras")

# Arguments in Keras that have no effect in tinynet, whatever their value …
IGNORED = {
    *("name", "dtype", "seed", "input_axes", "output_axes", "shared_object_id"),
    *("batch_input_shape", "jit_compile", "is_legacy_optimizer"),
}
# … and those that have no effect if they have one of these values, None or False.
NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "axis": (-1,),
    "data_format": ("channels_last",),
    "decay": (0.0,),
    "ema_momentum": (0.99,),
    "label_smoothing": (0.0,),
    "negative_slope": (0.0,),
    "noise_shape": (),
    "num_regressors": (0,),
    "reduction": ("sum_over_batch_size",),
    "renorm_momentum": (0.99,),
    "summation_method": ("interpolation",),
    "threshold": (0.0,),
}


# ------------------------------------------------------------------------------------- reading


def make_layer(description: Any, custom: Known, axes: int) -> Layer:
    """Return the layer of a description.

    `custom` has user-defined layers by name, and `axes` is the number of axes of one example.
    """
    name, config = read_description(description)
    bare = without_package(name)
    trainable = config.pop("trainable", True)
    if bare in custom:
        layer = call(name, custom[bare], config)
        if not isinstance(layer, Layer):
            raise ValueError(f"custom_objects must give a layer for {bare!r}")
    elif name == "Lambda":
        raise NoCounterpartError(
            "it has a Lambda layer, which would run code out of the file: build the model in "
            "Python, and load its weights alone"
        )
    else:
        kinds = [entry.ours for entry in LAYERS if entry.keras_class == name and not entry.config]
        if not kinds:
            own = f": pass your own by custom_objects={{{bare!r}: ...}}" if ">" in name else ""
            raise NoCounterpartError(f"tinynet has no counterpart to Keras's layer {name}{own}")
        neutralize(config, name, axes)
        layer = call(name, general(kinds[0], config), config)
    if isinstance(config.get("name"), str):
        layer.name = config["name"]
    if trainable is not True:
        layer.trainable = False
    return layer


def neutralize(config: Config, name: str, axes: int) -> None:
    """Leave out what has no effect on examples of that many axes, and rename what Keras renamed."""
    if name == "Softmax" and config.get("axis") in (axes, [axes]):
        config["axis"] = -1
    if name == "Flatten" and axes < 2:
        config.pop("data_format", None)
    if name == "LeakyReLU" and isinstance(config.get("alpha"), float):  # Keras 2's name
        config["negative_slope"] = shortest(config.pop("alpha"))


def general(kind: type[Layer], config: Config) -> type[Layer]:
    """Return GeneralReLU for a ReLU with settings of its own, and any other class as it is."""
    general = any(config.get(key) for key in ("max_value", "negative_slope", "threshold"))
    return layers.GeneralReLU if kind is layers.ReLU and general else kind


def read_description(description: Any) -> tuple[str, Config]:
    """Return the class and the config of a description.

    The name of a class that isn't Keras's own has its package before it: ``"mine>Dense"``.
    """
    if not isinstance(description, dict):
        raise ValueError(f"{reprlib.repr(description)} describes no object")
    name, config, module, registered = (
        description.get(key) for key in ("class_name", "config", "module", "registered_name")
    )
    if name == "__lambda__":
        raise NoCounterpartError(
            "it has a lambda, which would run code out of the file: build the model in Python, and "
            "load its weights alone"
        )
    if not isinstance(name, str) or not isinstance(config, dict):
        raise ValueError(f"{reprlib.repr(description)} describes no object")
    if isinstance(module, str):
        package, bare = module.partition(".")[0], without_package(name)
        name = bare if package in PACKAGES else f"{package}>{bare}"
    elif isinstance(registered, str) and ">" in registered:
        name = registered
    return name, dict(config)


def without_package(name: str) -> str:
    """Return the name of a class alone: ``"mine>Dense"`` becomes ``"Dense"``."""
    return name.rpartition(">")[2]


def call(name: str, make: Callable[..., Any], config: Config, named: bool = False) -> Any:
    """Make an object from the arguments in Keras."""
    signature = inspect.signature(make)
    takes = signature.parameters
    arguments = {}
    for key, value in config.items():
        if key in takes and (named or key != "name"):
            arguments[key] = restore(key, value)
        elif not (key in IGNORED or is_neutral(value, NEUTRAL.get(key, ()))):
            raise NoCounterpartError(
                f"tinynet has no counterpart to {key}={reprlib.repr(value)} of Keras's {name}"
            )
    arguments = {key: value for key, value in arguments.items() if value is not ABSENT}
    try:
        signature.bind(**arguments)
    except TypeError:
        raise ValueError(f"its {name} can't be made of {sorted(arguments)} alone") from None
    return make(**arguments)


def is_neutral(value: Any, neutral: tuple[Any, ...]) -> bool:
    """Return whether an argument that tinynet doesn't have can be ignored."""
    if isinstance(value, list):
        return all(is_neutral(item, neutral) for item in value)
    return value is None or value is False or (not isinstance(value, dict) and value in neutral)


ABSENT = object()  # of an argument that is better left to its default


def restore(key: str, value: Any) -> Any:
    """Convert the value of an argument in Keras to tinynet's."""
    if key in ("activation", "recurrent_activation"):
        return read_activation(value)
    if key.endswith("_initializer"):
        return read_initializer(value)
    if key == "metrics" and isinstance(value, dict) and value.get("class_name") == "function":
        return value.get("config")
    if isinstance(value, dict):
        name, config = read_description(value)
        known = descriptions.KNOWN.get(f"metrics.{name}" if key == "metrics" else name)
        if known is None or known.__module__.split(".")[1] not in MODULES:
            raise NoCounterpartError(f"tinynet has no counterpart to Keras's {name}")
        return call(name, known, config, named=key == "metrics")
    if key == "reduction" and value == "auto":  # Keras 2's name of the default
        return ABSENT
    if key == "axis" and isinstance(value, list) and len(value) < 2:
        return value[0] if value else None
    return value


def read_activation(value: Any) -> Any:
    """Return the activation of a description: a layer or None."""
    if isinstance(value, dict) and value.get("class_name") != "function":
        layer = make_layer(value, {}, axes=1)
        return layer.activation if isinstance(layer, layers.Activation) else layer
    name = value.get("config") if isinstance(value, dict) else value
    if name is not None and not (isinstance(name, str) and name in layers.ACTIVATIONS):
        raise NoCounterpartError(
            f"tinynet has no counterpart to Keras's activation {reprlib.repr(name)}"
        )
    return layers.get_activation(name)


def read_initializer(value: Any) -> Any:
    """Return the initializer of that name; weights are read anyway, so an unknown one is left."""
    try:
        name, config = (value, {}) if isinstance(value, str) else read_description(value)
        snake = snake_case(name)
        seeded = isinstance(config.get("seed"), int)
        if snake in initializers.INITIALIZERS and not seeded and not set(config) - IGNORED:
            return snake
        known = descriptions.KNOWN[name]
        return call(name, known, config) if "initializers" in known.__module__ else ABSENT
    except (KeyError, TypeError, ValueError):
        return ABSENT


# ------------------------------------------------------------------------------------- writing


def counterpart(layer: Layer) -> Counterpart:
    """Return the counterpart of a layer in Keras."""
    if type(layer) not in OURS:
        raise NoCounterpartError(
            f"Keras has no counterpart to {layer.name}, a layer of class {type(layer).__name__}; "
            f"a file whose name ends in .npz can hold it."
        )
    return OURS[type(layer)]


def describe_layer(layer: Layer, dtype: str) -> Config:
    """Describe a layer as Keras does."""
    described = as_plain_relu(layer)
    entry, config = counterpart(described), without_name(described)
    if entry.config:
        config = {"activation": describe_activation(described)}
    else:
        try:
            config = {key: describe(key, value) for key, value in config.items()}
        except NoCounterpartError as error:
            advice = "save the weights alone, by save_weights('m.weights.h5')"
            raise NoCounterpartError(f"{str(error).rstrip('.')}: {advice}.") from None
    config |= {"name": layer.name, "trainable": layer.trainable, "dtype": dtype}
    return {
        **describe_object("keras.layers", entry.keras_class, config),
        "build_config": {"input_shape": [None, *(layer.input_shape or ())]},
    }


# The initializers without settings, and their names.
FUNCTIONS = {
    known: name
    for name, known in initializers.INITIALIZERS.items()
    if not isinstance(known, initializers.objects.InitializerObject)
}


def describe(key: str, value: Any) -> Any:
    """Describe the value of an argument as Keras does."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return "linear" if value is None and key == "activation" else value
    if isinstance(value, list | tuple):
        return [describe(key, item) for item in value]
    if key == "activation":
        return describe_activation(value)
    names = [name for known, name in FUNCTIONS.items() if known is value]
    if key.endswith("_initializer") and names:
        return describe_object("keras.initializers", camel_case(names[0]), {})
    if key == "metrics" and value in descriptions.FUNCTIONS.values():
        return value.__name__
    if key == "metrics" and is_own_metric(value):
        described = describe_object("builtins", "function", value.__name__)
        return {**described, "registered_name": "function"}
    module = type(value).__module__.split(".")
    if module[0] == "tinynet" and module[1] in MODULES and type(value) in descriptions.NAMES:
        config = {k: describe(k, v) for k, v in value.get_config().items()}
        if config.get("seed", 0) is None:  # read, it becomes a name, which has no seed
            del config["seed"]
        return describe_object(MODULES[module[1]], type(value).__name__, config)
    raise NoCounterpartError(f"Keras has no counterpart to {key}={value!r}")


def is_own_metric(value: Any) -> bool:
    """Return whether a metric is a function of the user's, with a name that tells it."""
    name = getattr(value, "__name__", "")
    known = name in losses.LOSSES or name in metrics.lookup.METRICS
    return not isinstance(value, type) and is_own_class(value) and name.isidentifier() and not known


def describe_activation(activation: Layer) -> Any:
    """Describe a Dense layer's activation: by its name, or as a layer."""
    activation = as_plain_relu(activation)
    config = without_name(activation)
    for name, make in layers.ACTIVATIONS.items():
        if make is not None:
            known = make()
            if type(known) is type(activation) and without_name(known) == config:
                return name
    entry = counterpart(activation)
    if entry.config:
        raise NoCounterpartError(
            f"Keras has no counterpart to {activation.name}, a layer of class "
            f"{type(activation).__name__} with {config}"
        )
    return describe_object("keras.layers", entry.keras_class, config)


def as_plain_relu(layer: Layer) -> Layer:
    """Return ReLU for a GeneralReLU without settings, and any other layer as it is."""
    general_one = type(layer) is layers.GeneralReLU
    plain = general_one and general(layers.ReLU, layer.get_config()) is layers.ReLU
    return layers.ReLU() if plain else layer


def without_name(layer: Layer) -> Config:
    """Return the arguments that say what a layer does."""
    return {k: v for k, v in layer.get_config().items() if k not in ("input_shape", "name")}


def describe_object(module: str, name: str, config: Any) -> Config:
    """Describe an object as Keras does."""
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


# -------------------------------------------------------------------------------------- names


def camel_case(name: str) -> str:
    """Return the class's name: ``he_normal`` is ``HeNormal``."""
    return "".join(part.capitalize() for part in name.split("_"))


def arrays_of(layer: Layer) -> list[np.ndarray]:
    """Return a layer's arrays in Keras's order."""
    own, entry = known_names(layer), OURS.get(type(layer))
    return [getattr(layer, name) for name in (entry.weights if entry else own) if name in own]


def known_names(layer: Layer) -> list[str]:
    """Return the names of all arrays of a layer, trainable or not."""
    return [*layer.parameter_names, *layer.state_names]


def input_shape_of(description: Any) -> tuple[int, ...] | None:
    """Return the shape of one example if a layer's description contains it."""
    if not isinstance(description, dict):
        return None
    config, build = description.get("config"), description.get("build_config")
    places = (
        *((config, key) for key in ("batch_shape", "batch_input_shape")),
        (build, "input_shape"),
    )
    for holder, key in places:
        shape = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(shape, list | tuple) and len(shape) > 1:
            return check_shape(tuple(shape[1:]))
    return None


def has_weights(layer: Layer) -> bool:
    """Return whether a layer, built or not, has arrays."""
    if isinstance(layer, layers.LayerNormalization):
        return bool(layer.scale or layer.center)
    return type(layer) in OURS and bool(OURS[type(layer)].weights)


def start_of(optimizer: Any, name: str) -> float:
    """Return the initial value of an optimizer's vector of that name."""
    return float(optimizer.initial_accumulator_value) if name == "accumulator" else 0.0


def only(value: Any) -> Any:
    """Return the entry of a list or a dict of one, as Keras has them for a model's one output."""
    if isinstance(value, list | dict) and len(value) == 1:
        return next(iter(value.values() if isinstance(value, dict) else value))
    return value


def only_metrics(metrics: Any) -> Any:
    """Return the metrics of a model's one output: ``[["mae"]]`` and ``{"out": "mae"}`` are one."""
    if isinstance(metrics, dict) or isinstance(only(metrics), list):
        metrics = only(metrics)
        return metrics if isinstance(metrics, list) else [metrics]
    return metrics
