"""Odd values for any argument, and all that is public, found by itself.

The second half finds each public function, constructor and method from the public faces of the
package, and says what to give to the arguments that aren't odd. A new name is found when it stands
in the ``__all__`` of a public module; an argument with a new name that must be given is given an
odd value, too.
"""

import decimal
import fractions
import functools
import importlib
import inspect
import pickle
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot  # noqa: F401 - before an alarm can interrupt its import
import numpy as np
from matplotlib.figure import Figure

import tinynet
import tinynet.diagnose
import tinynet.gradcheck

ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "empty text": lambda: "",
    "text": lambda: "no-such-thing",
    "a NUL": lambda: "a\0b",
    "half a character": lambda: "\ud800",
    "a long name": lambda: "a" * 5000,
    "bytes": lambda: b"x",
    "a path": lambda: Path("no-such-folder/x"),
    "a complex number": lambda: 1j,
    "minus one": lambda: -1,
    "zero": lambda: 0,
    "a half": lambda: 0.5,
    "a huge number": lambda: 10**5000,
    "a huge negative number": lambda: -(10**5000),
    "a large number": lambda: 10**11,
    "a large float": lambda: 1e300,
    "a huge fraction": lambda: fractions.Fraction(10**400, 3),
    "a decimal": lambda: decimal.Decimal("0.1"),
    "nan": lambda: float("nan"),
    "infinity": lambda: np.float32(np.inf),
    "True": lambda: True,
    "a set": lambda: {1, 2},
    "a dict": lambda: {"a": 1},
    "an empty list": list,
    "an empty tuple": lambda: (),
    "a list of text": lambda: ["a", "b"],
    "a list of None": lambda: [None, None],
    "a generator": lambda: (k for k in range(3)),
    "an object": object,
    "a class": lambda: tinynet.Dense,
    "a function that gives None": lambda: lambda *anything: None,
    "a layer": lambda: tinynet.Dense(3),
    "an array of layers": lambda: np.array([tinynet.Dense(3), None]),
    "an array without axes": lambda: np.array(3),
    "an array of nothing": lambda: np.zeros((0, 3)),
    "an array of nan": lambda: np.full((5, 4), np.nan),
    "an array of 1e300": lambda: np.full((5, 4), 1e300),
    "an array of six axes": lambda: np.ones((1, 1, 1, 1, 1, 2)),
    "an array of text": lambda: np.array(["a", "b"]),
    "an array of objects": lambda: np.array([None, "a", 3], dtype=object),
    "an array of dates": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "a masked array": lambda: np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "a record": lambda: np.zeros(2, dtype=[("a", int)]),
    "ragged rows": lambda: [[1, 2], [3]],
    "a list in itself": lambda: circular(),
    "a huge size": lambda: (10**6, 10**6),
    "an object that raises": lambda: Raising(),
}


class Raising:
    """An object that raises whatever it is asked for."""

    def fail(self, *anything: Any) -> Any:
        """Raise what no check expects."""
        raise RuntimeError("not to be asked")

    __array__ = __iter__ = __len__ = __repr__ = __str__ = __fspath__ = fail
    __bool__ = __float__ = __index__ = __getitem__ = __eq__ = __hash__ = fail


def circular() -> list[Any]:
    """Return a list that holds itself."""
    ring: list[Any] = []
    ring.append(ring)
    return ring


X = np.random.default_rng(0).normal(size=(5, 4))
Y = np.eye(3)[[0, 1, 2, 1, 0]]
for _array in (X, Y):
    _array.setflags(write=False)  # all calls share them


@functools.cache
def trained() -> bytes:
    """Return a model that has trained, as bytes: each call gets a model that it may spoil."""
    stack = [tinynet.Dense(6, "relu", input_shape=(4,)), tinynet.Dense(3, "softmax")]
    model: Any = tinynet.Sequential(stack, seed=0)
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, verbose=0)
    return pickle.dumps(model)


def network() -> Any:
    """Return a model that has trained and gone forwards and back."""
    model: Any = pickle.loads(trained())
    model.backward(np.zeros_like(model.forward(X)))
    return model


class Alone:
    """The communicator of a program that runs on one process."""

    rank, size = 0, 1

    def bcast(self, value: Any, root: int = 0) -> Any:
        """Return the value of the one process."""
        return value

    def allgather(self, value: Any) -> list[Any]:
        """Return the values of all."""
        return [value]


def recorder() -> Any:
    """Return a recorder that has seen a training on points of the plane, for plots of any kind."""
    model: Any = tinynet.Sequential([tinynet.Dense(3, "softmax", input_shape=(2,))], seed=0)
    model.compile("sgd")
    kept, other = tinynet.callbacks.GradientRecorder(), tinynet.callbacks.ParameterRecorder()
    model.fit(X[:, :2], Y, verbose=0, callbacks=[kept, other])
    kept.parameters = other.parameters[1:]  # type: ignore[attr-defined]
    return kept


def saved() -> str:
    """Write a model to a file, and return its name."""
    network().save("saved.npz")
    return "saved.npz"


def small_axes() -> Any:
    """Return axes in a new figure, in which drawing is quick."""
    return Figure(figsize=(1, 1), dpi=40).subplots()


# What each argument is given when another one is odd, by its name. An argument that isn't here is
# left out if it has a default, and else given an odd value as well. One that is here with the name
# of its function is given even if it has a default, which takes long.
GOOD: dict[str, Callable[[], Any]] = {
    "x": lambda: X,
    "inputs": lambda: X,
    "y": lambda: Y,
    "t": lambda: Y,
    "dy": lambda: np.ones((5, 4)),
    "y_true": lambda: Y,
    "y_pred": lambda: np.full((5, 3), 1 / 3),
    "units": lambda: 3,
    "rate": lambda: 0.5,
    "input_shape": lambda: (4,),
    "output_shape": lambda: (3,),
    "shape": lambda: (4, 3),
    "rng": lambda: np.random.default_rng(0),
    "initial_learning_rate": lambda: 0.1,
    "decay_steps": lambda: 10,
    "decay_rate": lambda: 0.5,
    "boundaries": lambda: [3],
    "values": lambda: [0.1, 0.01],
    "name": lambda: "name",
    "layer": lambda: tinynet.Dense(3),
    "loss": tinynet.losses.CategoricalCrossentropy,
    "monitor": lambda: "loss",
    "mode": lambda: "min",
    "function": lambda: lambda y_true, y_pred: 0.0,
    "live": lambda: False,
    "optimizer": lambda: "sgd",
    "model": network,
    "verbose": lambda: 0,
    "parameters": lambda: np.ones(3),
    "gradients": lambda: np.ones(3),
    "learning_rate": lambda: 0.1,
    "weights": lambda: network().get_weights(),
    "seed": lambda: 0,
    "step": lambda: 0,
    "w": lambda: np.ones((4, 3)),
    "W": lambda: np.ones((4, 3)),
    "std": lambda: 0.1,
    "f": lambda: lambda x: float(np.sum(x)),
    "target": lambda: tinynet.Dense(3, input_shape=(4,)),
    "images": lambda: np.random.default_rng(0).normal(size=(5, 4)),
    "matrix": lambda: np.eye(3, dtype=int),
    "probabilities": lambda: [0.2, 0.8],
    "history": lambda: {"loss": [1.0, 0.5]},
    "recorder": recorder,
    "path": lambda: "file",
    "filepath": lambda: "model.npz",
    "filename": lambda: "log.csv",
    "schedule": lambda: lambda epoch: 0.1,
    "text": lambda: "text",
    "title": lambda: "title",
    "rtol": lambda: 1e-6,
    "rows": list,
    "steps": lambda: 2,
    "json_string": lambda: network().to_json(),
    "regularizer": lambda: "l2",
    "constraint": lambda: "max_norm",
    "comm": Alone,
    "load_model.path": saved,
    "Sequential.load_weights.path": saved,
    "animate_decision_boundary.path": lambda: "film.gif",
    "animate_decision_boundary.x": lambda: X[:, :2],
    "animate_decision_boundary.ax": small_axes,
    "animate_decision_boundary.frames_per_second": lambda: 1,
    "animate_decision_boundary.resolution": lambda: 5,
    "load_data.n_train": lambda: 10,
    "load_data.n_test": lambda: 10,
    "plot_loss_surface.resolution": lambda: 5,
    "plot_model.dpi": lambda: 20,
    "plot_preferred_inputs.steps": lambda: 2,
    "plot_decision_boundary.x": lambda: X[:, :2],
    "plot_decision_boundary.model": lambda: lambda x: np.full((len(x), 3), 1 / 3),
    "plot_predictions.y_pred": lambda: Y,
    "first_decay_steps": lambda: 10,
}


# Callables that others of tinynet's parts call, with arguments that those have checked: users
# define them, and don't call them. They are documented so.
CALLED_BY_TINYNET = {
    "Layer": {"add_parameter", "add_state", "build_in_model", "create_parameters", "multiply_adds"},
    "Loss": {
        "costs",
        "targets",
        "gradient",
        "value",
        "value_and_gradient",
        "factor",
        "check_outputs",
    },
    "Crossentropy": {"costs_from_logits", "gradient_from_logits", "probabilities", "of_logits"}
    | {"value_from_logits"},
    "Metric": {"examples", "targets", "update"},
    "Optimizer": {"step", "remember", "claim", "update"},
    "Callback": {"set_state"},
    "MonitorCallback": {"improved", "better"},
    "InitializerObject": {"draw"},
    "GradientReport": {"of_exception"},
    "Sequential": {"train_step", "prepare", "shapes", "set_values", "check_examples"},
}
# Helpers: what is called with what has been checked; `standardize` has a test of its own.
PASSED_OVER = {"looks_ahead", "is_unknown"}
PASSED_OVER |= {
    "check_callbacks",
    "progress_bar",
    "of_step",
    "check_comm",
    "CallbackList",
    "figures",
    "watchers",
    "reduced",
    "pieces",
    "check_labels",
}
PASSED_OVER |= {"check_positive", "standardize", "check_axis", "norms", "check_equal"}
PASSED_OVER |= {"end_together", "restored"}
PASSED_OVER |= {"figures_of", "reported", "with_activation", "as_they_are"}
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
DOCUMENTED = {
    name
    for page in REFERENCE.glob("*.md")
    for name in re.findall(r"auto\w+:: (\S+)", page.read_text(encoding="utf-8"))
}
HOOKS = "on_"  # of callbacks, which `fit` calls


class Public(NamedTuple):
    """Something public that can be called."""

    room: str
    name: str
    make: Callable[[], Callable[..., Any]]  # returns the function, or a method of a new object
    signature: inspect.Signature
    defined: str  # where its code is: that of Layer.build for Dense.build


def modules() -> Iterator[str]:
    """Return the public modules of the package."""
    yield "tinynet"
    for info in pkgutil.walk_packages(tinynet.__path__, "tinynet."):
        if not any(part.startswith("_") for part in info.name.split(".")):
            yield info.name


def everything() -> list[Public]:
    """Return all that is public and can be called with something, and all constructors."""
    return [item for item in search() if item.signature.parameters or "." not in item.name]


@functools.cache
def search() -> list[Public]:
    """Return all that is public and can be called, each once, with the room it belongs to."""
    found: dict[int, Public] = {}
    for module_name in modules():
        if "_internal" in module_name or module_name == "tinynet.__main__":
            continue
        if "keras_scripts" in module_name:  # what scripts see of other libraries, as those have it
            continue
        try:
            module = importlib.import_module(module_name)
        except ImportError:  # it needs a library that isn't here
            continue
        for name in getattr(module, "__all__", names_of(module)):
            value = getattr(module, name, None)
            if name in PASSED_OVER:
                continue
            if callable(value) and id(value) not in found and not is_alias(value):
                room = str(getattr(value, "__module__", "tinynet")).split(".")[1:2]
                inherits = isinstance(value, type) and "__init__" not in vars(value)
                if inherits and room in (["museum"], ["explain"]):
                    continue  # a layer with a mistake, made as the one without it
                found[id(value)] = public(room[0] if room else "", name, value)
                if isinstance(value, type):
                    for method in methods(room[0] if room else "", value):
                        found[hash((method.name, id(value)))] = method
    return list(found.values())


def names_of(module: Any) -> list[str]:
    """Return what a module without a list of names defines itself, if the reference has it."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
        and DOCUMENTED & {module.__name__, f"{module.__name__}.{name}"}
    ]


def is_alias(value: Any) -> bool:
    """Return whether a public name stands for a type, or for an exception."""
    error = isinstance(value, type) and issubclass(value, BaseException)
    return error or not hasattr(value, "__module__") or "tinynet" not in str(value.__module__)


def public(room: str, name: str, value: Any) -> Public:
    """Return a function or a constructor."""
    return Public(room, name, lambda: value, inspect.signature(value), f"{room}.{name}")


def without_arguments() -> list[Public]:
    """Return the public methods that take no arguments, of classes that can be made."""
    return [item for item in search() if not item.signature.parameters and "." in item.name]


def methods(room: str, kind: type) -> Iterator[Public]:
    """Return the public methods of a class that can be made.

    Those of the museum are wrong on purpose.
    """
    if room == "museum":
        return
    passed = {name for base in kind.__mro__ for name in CALLED_BY_TINYNET.get(base.__name__, ())}
    try:
        instance(kind)
    except Exception:  # abstract, or made by tinynet alone
        return
    for name in dir(kind):
        if (name.startswith("_") and name != "__call__") or name in passed or HOOKS in name[:3]:
            continue
        method = getattr(kind, name)
        ours = inspect.isfunction(method) or inspect.ismethod(method)  # or of the class
        if ours and "tinynet" in method.__module__:
            bound = getattr(instance(kind), name)
            yield Public(
                room,
                f"{kind.__name__}.{name}",
                lambda name=name: getattr(instance(kind), name),  # type: ignore[misc]
                inspect.signature(bound),
                f"{method.__module__}.{method.__qualname__}",
            )


signature = functools.cache(inspect.signature)


def instance(kind: type) -> Any:
    """Return an object of a class, used where that makes a difference."""
    if kind is tinynet.Sequential:
        return network()
    made = kind(**good(signature(kind), kind.__name__))
    if isinstance(made, tinynet.Layer):
        made.forward(X)
    return made


def good(signature: inspect.Signature, function: str, odd: str = "") -> dict[str, Any]:
    """Return something right for each argument that is to be given, except the odd one."""
    found = {}
    for name, item in signature.parameters.items():
        make = GOOD.get(f"{function}.{name}")
        if item.default is item.empty and item.kind is not item.VAR_KEYWORD:
            make = make or GOOD.get(name)
        if make and name != odd:
            found[name] = make()
    return found
