"""The modules that replace `tensorflow` and `keras`, and where their names come from.

When a script imports ``tensorflow.keras.layers``, it gets a module that looks up its names on
access in the modules of tinynet listed here, such as `tinynet.layers`. So new features of tinynet
are available at once. For missing names, `tinynet._internal.absent` has the advice.
"""

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import FunctionType, ModuleType
from typing import Any

from tinynet._internal import absent
from tinynet.exchange.keras_layers import camel_case
from tinynet.keras_scripts import answers, described, keras, tensorflow
from tinynet.keras_scripts.placeholders import (
    LeftOut,
    is_import_of_a_name,
    is_import_statement,
    may_be_missing,
)
from tinynet.keras_scripts.refusals import answering_for_itself

VERSIONS = {"tensorflow": tensorflow.VERSION, "keras": keras.VERSION}

ARRAYS = "tinynet.keras_scripts.arrays"
MACHINE = "tinynet.keras_scripts.machine"
BACKEND = "tinynet.keras_scripts.backend"
OPS = "tinynet.keras_scripts.ops"
RANDOM = "tinynet.keras_scripts.random"
SESSIONS = "tinynet.keras_scripts.sessions"
SWITCHES = "tinynet.keras_scripts.switches"
TEXT = "tinynet.keras_scripts.text"
TOOLS = "tinynet.keras_scripts.tools"

# Under `keras`: the modules of tinynet that provide each module's names, searched in this order.
KERAS: dict[str, tuple[str, ...]] = {
    "": ("tinynet.keras_scripts.keras",),
    "activations": ("tinynet.activations",),
    "backend": (BACKEND, OPS, "tinynet.activations"),
    "callbacks": ("tinynet.callbacks",),
    "config": (BACKEND, SWITCHES),
    "constraints": ("tinynet.constraints",),
    "datasets": ("tinynet.datasets",),
    "datasets.boston_housing": ("tinynet.keras_scripts.datasets.boston_housing",),
    "datasets.california_housing": ("tinynet.keras_scripts.datasets.california_housing",),
    "datasets.fashion_mnist": ("tinynet.datasets.fashion_mnist",),
    "datasets.imdb": ("tinynet.keras_scripts.datasets.imdb",),
    "datasets.mnist": ("tinynet.datasets.mnist",),
    "datasets.reuters": ("tinynet.keras_scripts.datasets.reuters",),
    "initializers": ("tinynet.keras_scripts.initializers", "tinynet.initializers"),
    "layers": ("tinynet.layers",),
    "losses": ("tinynet.keras_scripts.losses", "tinynet.losses"),
    "metrics": ("tinynet.keras_scripts.metrics", "tinynet.metrics", "tinynet.losses"),
    "models": (TOOLS, "tinynet.models"),
    "ops": (OPS, "tinynet.activations"),
    "optimizers": ("tinynet.optimizers",),
    "optimizers.schedules": ("tinynet.schedules",),
    "preprocessing": (),
    "preprocessing.sequence": (TEXT,),
    "preprocessing.text": (TEXT,),
    "random": (RANDOM,),
    "regularizers": ("tinynet.regularizers",),
    "saving": (TOOLS, "tinynet.models"),
    "utils": (TOOLS, SWITCHES, "tinynet.utils"),
}
# Under `tensorflow`.
TENSORFLOW: dict[str, tuple[str, ...]] = {
    "": ("tinynet.keras_scripts.tensorflow", ARRAYS, MACHINE),
    "autograph": (MACHINE,),
    "compat": (),
    "compat.v1": ("tinynet.keras_scripts.tensorflow", ARRAYS, MACHINE, RANDOM, SESSIONS),
    "compat.v2": ("tinynet.keras_scripts.tensorflow", ARRAYS, MACHINE),
    "config": (MACHINE,),
    "config.experimental": (MACHINE,),
    "config.optimizer": (SWITCHES,),
    "config.threading": (SWITCHES,),
    "debugging": (SWITCHES,),
    "dtypes": ("tinynet.keras_scripts.tensorflow",),
    "linalg": (ARRAYS,),
    "logging": (MACHINE,),
    "math": (ARRAYS, "tinynet.activations", "tinynet.keras_scripts.nn"),
    "nn": ("tinynet.activations", "tinynet.keras_scripts.nn", ARRAYS),
    "python": (),
    "random": (RANDOM,),
    "test": (MACHINE,),
    "train": (),
    "version": ("tinynet.keras_scripts.tensorflow",),
}
# Modules whose functions take arrays and return arrays.
ANSWERING = ("tinynet.activations", "tinynet.losses", "tinynet.metrics")
# Aliases in Keras and TensorFlow, and their targets.
SECOND_NAMES = {
    "keras.Initializer": "keras.initializers.Initializer",
    "keras.Input": "keras.layers.InputLayer",
    "keras.Layer": "keras.layers.Layer",
    "keras.Loss": "keras.losses.Loss",
    "keras.Metric": "keras.metrics.Metric",
    "keras.Optimizer": "keras.optimizers.Optimizer",
    "keras.Regularizer": "keras.regularizers.Regularizer",
    "keras.Sequential": "keras.models.Sequential",
    "keras.initializers.IdentityInitializer": "keras.initializers.Identity",
    "keras.initializers.OrthogonalInitializer": "keras.initializers.Orthogonal",
    "keras.layers.Input": "keras.layers.InputLayer",
    "keras.utils.pad_sequences": "keras.preprocessing.sequence.pad_sequences",
    "keras.ops.array": "keras.ops.convert_to_tensor",
    "keras.optimizers.schedules.LearningRateSchedule": "keras.optimizers.schedules.Schedule",
    "tensorflow.linalg.l2_normalize": "tensorflow.nn.l2_normalize",
    "tensorflow.constant_initializer": "keras.initializers.Constant",
    "tensorflow.ones_initializer": "keras.initializers.Ones",
    "tensorflow.random_normal_initializer": "keras.initializers.RandomNormal",
    "tensorflow.random_uniform_initializer": "keras.initializers.RandomUniform",
    "tensorflow.sigmoid": "tensorflow.nn.sigmoid",
    "tensorflow.tanh": "tensorflow.nn.tanh",
    "tensorflow.zeros_initializer": "keras.initializers.Zeros",
}
# Other names of losses, in lower and upper case; they are also metrics.
SHORT = {
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
for _short, _long in SHORT.items():
    for _room in ("keras.losses", "keras.metrics"):
        SECOND_NAMES |= {f"{_room}.{name}": f"{_room}.{_long}" for name in (_short, _short.upper())}
# The names of initializers as functions.
for _name in (
    *("constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity"),
    *("lecun_normal", "lecun_uniform", "ones", "orthogonal", "random_normal", "random_uniform"),
    *("truncated_normal", "variance_scaling", "zeros"),
):
    SECOND_NAMES[f"keras.initializers.{_name}"] = f"keras.initializers.{camel_case(_name)}"
# Keras's modules that are also TensorFlow's.
ALIASES = ("initializers", "losses", "metrics", "optimizers")


def canonical(fullname: str) -> str:
    """Return the canonical name of a module, so that each is created once under all its names.

    Examples
    --------
    >>> canonical("tensorflow.python.keras.layers"), canonical("tensorflow.keras")
    ('keras.layers', 'keras')
    """
    for version in ("tensorflow.compat.v1.", "tensorflow.compat.v2."):
        if fullname.startswith(version):
            fullname = "tensorflow." + fullname.removeprefix(version)
    for prefix in ("tensorflow.python.keras", "tensorflow.keras"):
        if fullname == prefix or fullname.startswith(f"{prefix}."):
            return "keras" + fullname.removeprefix(prefix)
    head, _, rest = fullname.partition(".")
    if head == "tensorflow" and rest.split(".")[0] in ALIASES:
        return f"keras.{rest}"
    return fullname


def entry_of(name: str) -> str:
    """Return a canonical name in the form used by the table in `absent`.

    Examples
    --------
    >>> entry_of("keras.layers.LSTM"), entry_of("tensorflow.data")
    ('layers.LSTM', 'tf.data')
    """
    head, _, rest = name.partition(".")
    return rest if head == "keras" else f"tf.{rest}"


def rooms_of(name: str) -> tuple[str, ...] | None:
    """Return the sources of a module by its canonical name, None if there is no such module."""
    head, _, rest = name.partition(".")
    return (KERAS if head == "keras" else TENSORFLOW).get(rest)


class AnswerModule(ModuleType):
    """A module that looks up its names in tinynet's modules on access."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"tinynet in place of {name}.")
        self.__path__: list[str] = []  # makes it a package, which may have submodules
        self.__file__ = __file__

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return names_of(self.__name__)
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name == "Model" and not is_import_statement(sys._getframe(1)):
            return LeftOut(sentence("keras.Model"))  # it may be used as an annotation
        value = look_up(self.__name__, name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return names_of(self.__name__)

    def __reduce__(self) -> tuple[Any, ...]:
        return installed, (self.__name__,)  # other processes, such as joblib's, get tinynet, too


def look_up(module: str, name: str) -> Any:
    """Return the object that a module has under a name.

    Raises
    ------
    AttributeError
        If there is none; the message says what to use instead if that is known.
    """
    full = f"{module}.{name}"
    if rooms_of(canonical(full)) is not None:
        return importlib.import_module(canonical(full))
    module, name = SECOND_NAMES.get(full, full).rsplit(".", 1)
    if module in described.MODULES and name == "serialize":
        return described.serializer(module)
    if module in described.MODULES and name == "deserialize":
        return look_up(module, "get") if "get" in names_of(module) else described.reader(module)
    for room in rooms_of(module) or ():
        found = public_names(room)
        if name in found:
            value = found[name]
            if name == "get":
                return described.reader(module, value)
            if not isinstance(value, FunctionType):
                return value
            if room in ANSWERING:
                return answers.AnsweringFunction(value)
            if room.startswith("tinynet.keras_scripts"):
                return answering_for_itself(value, name)
            return value
    raise AttributeError(sentence(full), name=name, obj=None)


def names_of(module: str) -> list[str]:
    """Return all names that a module has."""
    start = module + "."
    both = [*SECOND_NAMES, *(f"keras.{name}" for name in KERAS if name)]
    both += [f"tensorflow.{name}" for name in TENSORFLOW if name]
    names = {full.removeprefix(start) for full in both if full.startswith(start)}
    if module in ("tensorflow", "tensorflow.python", "tensorflow.compat.v1"):
        names.add("keras")
    if module in described.MODULES:
        names |= {"serialize", "deserialize"}
    for room in rooms_of(module) or ():
        names |= public_names(room).keys()
    return sorted(name for name in names if "." not in name)


def public_names(room: str) -> dict[str, Any]:
    """Return the public names of a module of tinynet; none if there is no such module.

    These are the names in ``__all__``, or else those defined in tinynet without a leading
    underscore.
    """
    if importlib.util.find_spec(room) is None:
        return {}
    module = importlib.import_module(room)
    names: Sequence[str] | None = getattr(module, "__all__", None)
    if names is not None:
        return {name: getattr(module, name) for name in names}
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and of_tinynet(value)
    }


def of_tinynet(value: Any) -> bool:
    """Return whether a value is defined in tinynet, unlike an import such as NumPy."""
    where = getattr(value, "__module__", None)
    return isinstance(value, str | int | float) or str(where).split(".")[0] == "tinynet"


def sentence(full: str) -> str:
    """Return the message for a missing name: the reason, and what to use instead."""
    name = canonical(full)
    advice = absent.about(entry_of(name))
    if advice is not None:
        return advice
    module, _, last = full.rpartition(".")
    from tinynet._internal.names import closest

    plurals = [last + ending for ending in ("s", "es")]
    modules = [name for name in plurals if rooms_of(canonical(f"{module}.{name}")) is not None]
    near = modules[0] if modules else closest(last, names_of(canonical(module)))
    if near and near != last:
        return f"tinynet has no {last} in {module}. Did you mean {near}?"
    return (
        f"tinynet has no {last} in {module}, only what a network of dense layers needs: write it "
        f"with NumPy, or run the script with the real Keras."
    )


class Finder:
    """Handles imports of `tensorflow` and `keras` before Python looks for the real ones."""

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module, None for other packages."""
        head = fullname.split(".")[0]
        if head in absent.PACKAGES:
            raise ModuleNotFoundError(
                f"{head} can't be used with tinynet: {absent.PACKAGES[head]}.", name=fullname
            )
        if head not in ("tensorflow", "keras"):
            return None
        if rooms_of(canonical(fullname)) is None:
            module, _, name = canonical(fullname).rpartition(".")
            known = absent.left_out(entry_of(canonical(fullname)))
            if known and is_import_of_a_name() and may_be_missing(name):
                setattr(sys.modules[module], name, LeftOut(sentence(fullname)))
                return None
            raise ImportError(sentence(fullname), name=fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Return the module, the same one for all its names."""
        name = canonical(spec.name)
        if spec.name != name:
            return importlib.import_module(name)
        begin_once()
        module = AnswerModule(name)
        if name in VERSIONS:
            module.__version__ = VERSIONS[name]  # type: ignore[attr-defined]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the names are looked up on access."""


def begin_once() -> None:
    """When the first module is created, print a notice and extend tinynet's objects."""
    if not any(map(is_answer, list(sys.modules.values()))):
        print("tinynet replaces TensorFlow and Keras in this process.", file=sys.stderr)
        answers.begin()


def is_answer(module: Any) -> bool:
    """Return whether a module is tinynet's replacement and not the real one."""
    return isinstance(module, AnswerModule)


def install() -> None:
    """From now on, make imports of `tensorflow` and `keras` in this process use tinynet.

    Calling it again has no effect.

    Raises
    ------
    ImportError
        If the real TensorFlow or Keras is already imported: the two would receive each other's
        objects.
    """
    real = [
        name
        for name in ("tensorflow", "keras", "tf_keras")
        if name in sys.modules and not is_answer(sys.modules[name])
    ]
    if real:
        raise ImportError(
            f"The real {' and '.join(real)} is imported in this process already, so tinynet can't "
            f"replace it: start a new process (restart the kernel) and install tinynet first."
        )
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def installed(name: str) -> ModuleType:
    """Return a module by name in a process that may not have installed tinynet yet."""
    install()
    return importlib.import_module(name)
