"""`Optimizer`: the base class of all optimizers."""

import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tinynet._internal import checks
from tinynet._internal.checks import plain
from tinynet._internal.names import (
    arguments,
    closest,
    known_keywords,
    object_attribute,
    settings_are_arguments,
)
from tinynet._internal.settings import deep_copy
from tinynet.optimizers import clipping

Rate = float | Callable[[int], float]
MEANT = {"lr": "learning_rate", "decay": "weight_decay"}  # names in other libraries


class UnknownSettingError(ValueError, AttributeError):
    """A setting was assigned that the optimizer doesn't have."""


def check_rate(rate: Any) -> Rate:
    """Return a learning rate, a number or a schedule, if it is one."""
    if isinstance(rate, type):
        received = checks.object_or_class(rate)
        raise TypeError(f"learning_rate must be a number or a schedule, received {received}.")
    if inspect.isfunction(rate):
        checks.check_function(rate, "learning_rate", ["step"])
    return rate if callable(rate) else checks.check_number(rate, "learning_rate", minimum=0)


class Optimizer:
    """Base class of all optimizers: a learning rate, a step count, weight decay and clipping.

    To write your own optimizer, derive a class from it and define `step`.

    Parameters
    ----------
    learning_rate : float or callable
        A number, or a schedule: a function of the step, counted from 0.
    weight_decay : float, optional
        Before each step, parameters are multiplied by ``1 - learning_rate * weight_decay``.
    clipnorm, clipvalue, global_clipnorm : float, optional
        Limits on the gradients, of which one may be set: see `tinynet.optimizers.clipping`.
    name : str, optional
        Defaults to the class name in lower case.

    Attributes
    ----------
    iterations : int
        Number of steps made.
    state : dict of str to numpy.ndarray
        What the rule keeps between steps, each array as long as the parameters. Empty before the
        first step.
    segments : sequence of slice
        The place of each parameter array in the model's vector. Outside a model, the whole vector
        is one segment.
    constraints : list of (numpy.ndarray, callable)
        Parameter arrays and the constraints applied to them after each step. The model sets it.
    """

    model: Callable[[], Any] | None = None  # a weak reference to the model it has trained
    segments: Sequence[slice] = (slice(None),)
    constraints: Sequence[tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]] = ()

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        learning_rate = check_rate(learning_rate)
        if weight_decay is not None:
            weight_decay = checks.check_number(weight_decay, "weight_decay", minimum=0)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.clipnorm = clipping.check_limit(clipnorm, "clipnorm")
        self.clipvalue = clipping.check_limit(clipvalue, "clipvalue")
        self.global_clipnorm = clipping.check_limit(global_clipnorm, "global_clipnorm")
        clipping.check_one_limit(self.clipnorm, self.clipvalue, self.global_clipnorm)
        self.name = checks.check_optional_name(name, "name") or type(self).__name__.lower()
        self.iterations = 0
        self.state: dict[str, np.ndarray] = {}

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Make one step: change `parameters` in place, given their `gradients`.

        Both are vectors of shape (P,).
        """
        if not (isinstance(parameters, np.ndarray) and isinstance(gradients, np.ndarray)):
            raise TypeError(
                "The parameters and the gradients must be NumPy arrays, since update changes the "
                "parameters in place."
            )
        if gradients.shape != parameters.shape:
            raise ValueError(
                f"gradients must have the shape of parameters, {parameters.shape}, received "
                f"{gradients.shape}."
            )
        rate = self.learning_rate
        if callable(rate):
            rate = rate(self.iterations)
        rate = checks.check_number(rate, "learning_rate", minimum=0)
        gradients = self.clipped(gradients)
        if self.weight_decay is not None:
            for name in self.state:
                self.remember(name, parameters)  # raises an error for another size
            parameters -= parameters * self.weight_decay * rate
        self.step(parameters, gradients, rate)
        for array, constraint in self.constraints:
            array[...] = constraint(array)
        self.iterations += 1

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} must define step(...).")

    def clipped(self, gradients: np.ndarray) -> np.ndarray:
        """Return the gradients, clipped if a limit is set."""
        if self.clipnorm:
            return clipping.by_norm(gradients, self.segments, self.clipnorm)
        if self.global_clipnorm:
            return clipping.by_norm(gradients, [slice(None)], self.global_clipnorm)
        if self.clipvalue:
            return clipping.by_value(gradients, self.clipvalue)
        return gradients

    @known_keywords
    def remember(self, name: str, parameters: np.ndarray, start: float = 0.0) -> np.ndarray:
        """Return the state vector of that name; a new one is filled with `start`."""
        if name not in self.state:
            self.state[name] = np.full_like(parameters, start)
        if self.state[name].shape != parameters.shape:
            raise ValueError(
                f"This optimizer has state for {self.state[name].size} parameters, received "
                f"{parameters.size}: give each model its own optimizer, and a new one to a "
                f"model that has grown."
            )
        return self.state[name]

    @known_keywords
    def claim(self, model: object, parameters: np.ndarray) -> None:
        """Bind the optimizer to a model, and check it.

        An error is raised if it has trained another model, even one that no longer exists, since
        its state belongs to that model, or if a setting is invalid.
        """
        check_rate(self.learning_rate)
        self.check_settings()
        owner = self.model
        if owner is not None and owner() is not model:
            raise ValueError(
                "This optimizer has trained another model and keeps its state: "
                "give each model its own optimizer."
            )
        if any(value.shape != parameters.shape for value in self.state.values()):
            raise ValueError(
                "This optimizer has state for another number of parameters: "
                "after adding a layer or changing trainable, compile with a new optimizer."
            )
        self.model = weakref.ref(model)

    @known_keywords
    def check_settings(self) -> None:
        """Raise an error if a setting was changed to a value that the constructor refuses."""
        config, kind = self.get_config(), cast(type, type(self))
        if settings_are_arguments(kind) and {*config} <= {*arguments(kind)}:
            kind(**config)

    if not TYPE_CHECKING:  # type checkers still report misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Name the attribute that is meant."""
            raise object_attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; raise an error for an unknown setting, which would have no effect."""
        if name not in self.__dict__ and "state" in self.__dict__:
            known = arguments(cast(type, type(self)))
            declared = name.startswith("_") or name in known or hasattr(type(self), name)
            if not declared and settings_are_arguments(type(self)):
                meant = MEANT.get(name) or closest(name, known)
                raise UnknownSettingError(
                    f"{type(self).__name__} has no setting {name!r}."
                    f"{f' Did you mean {meant!r}?' if meant else ''} It has: {', '.join(known)}."
                )
        object.__setattr__(self, name, plain(value) if isinstance(value, np.generic) else value)

    __deepcopy__ = deep_copy

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore after a copy, with a state of its own that training can change."""
        self.__dict__.update(state)
        self.state = {name: np.array(value) for name, value in self.state.items()}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the model, so that a copy belongs to none."""
        return {**vars(self), "model": None, "constraints": ()}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, for saving."""
        limits = {name: getattr(self, name) for name in clipping.LIMITS if getattr(self, name)}
        return {"learning_rate": self.learning_rate, "weight_decay": self.weight_decay, **limits}

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        config = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({config})"
