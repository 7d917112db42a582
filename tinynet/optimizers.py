"""The optimizers: from gradients to a step.

A model keeps all its parameters in one flat vector and all its gradients in another, so an update
rule is written once, for vectors, with no loop over layers. The rules are those of Keras 3, term by
term.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynet import checks

Rate = float | Callable[[int], float]


class Optimizer:
    """What all optimizers have in common: a learning rate, a count of steps, and their state.

    Parameters
    ----------
    learning_rate : float or callable
        A number, or a schedule: a function of the step, counted from 0.
    weight_decay : float, optional
        Before each step, parameters are multiplied by ``1 - learning_rate * weight_decay``.

    Attributes
    ----------
    iterations : int
        Steps made so far.
    state : dict of str to numpy.ndarray
        What the rule remembers from step to step, each array as long as the parameters; empty
        before the first step.
    """

    model: Callable[[], Any] | None = None  # a weak reference to the one it has trained

    def __init__(self, learning_rate: Rate, weight_decay: float | None) -> None:
        if not callable(learning_rate):
            learning_rate = checks.check_number(learning_rate, "learning_rate", minimum=0)
        if weight_decay is not None:
            weight_decay = checks.check_number(weight_decay, "weight_decay", minimum=0)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.iterations = 0
        self.state: dict[str, np.ndarray] = {}

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Make one step: change `parameters`, in place, against `gradients`.

        Parameters
        ----------
        parameters, gradients : numpy.ndarray, shape (P,)
            The model's two flat vectors.
        """
        rate = self.learning_rate
        if callable(rate):
            rate = checks.check_number(rate(self.iterations), "learning_rate", minimum=0)
        if self.weight_decay is not None:
            parameters -= parameters * self.weight_decay * rate
        self.step(parameters, gradients, rate)
        self.iterations += 1

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule itself, which is what an optimizer of your own defines."""
        raise NotImplementedError(f"{type(self).__name__} must define step(...).")

    def remember(self, name: str, parameters: np.ndarray) -> np.ndarray:
        """Return the state vector of that name, zeros at first."""
        if name not in self.state:
            self.state[name] = np.zeros_like(parameters)
        if self.state[name].shape != parameters.shape:
            raise ValueError("This optimizer has trained another model: give each one its own.")
        return self.state[name]

    def __getstate__(self) -> dict[str, Any]:
        """Let a copy belong to no model yet."""
        return {**vars(self), "model": None}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again, for saving."""
        return {"learning_rate": self.learning_rate, "weight_decay": self.weight_decay}

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        config = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({config})"


class SGD(Optimizer):
    """Stochastic gradient descent, with or without momentum.

    With w the parameters, g their gradients, r the learning rate and m the momentum::

        plain        w <- w - r g
        momentum     v <- m v - r g,    w <- w + v
        Nesterov     v <- m v - r g,    w <- w + m v - r g

    v, the velocity, starts at 0. (PyTorch leaves r out of v, ``v <- m v + g, w <- w - r v``: the
    same while r stays the same, another thing under a schedule.)

    Source: B. Polyak, 1964, for momentum; I. Sutskever et al., "On the importance of
    initialization and momentum in deep learning", ICML 2013, equations 1 to 4; the form of
    Nesterov's used here is theirs, written for the point at which the gradient is taken.

    Parameters
    ----------
    learning_rate : float or callable
        r: a number or a schedule.
    momentum : float
        m, at least 0 and below 1.
    nesterov : bool
        Whether to look ahead.
    weight_decay : float, optional
        See `Optimizer`.

    Examples
    --------
    >>> w, g = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    >>> SGD(learning_rate=0.5).update(w, g)
    >>> w
    array([0.5, 2.5])
    """

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        self.momentum = checks.check_number(momentum, "momentum", minimum=0, below=1)
        self.nesterov = checks.check_bool(nesterov, "nesterov")

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the rule above."""
        change = learning_rate * gradients
        if self.momentum == 0:
            parameters -= change
            return
        velocity = self.remember("velocity", parameters)
        velocity *= self.momentum
        velocity -= change
        parameters += self.momentum * velocity - change if self.nesterov else velocity

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class Adam(Optimizer):
    """Adam: a step per parameter, scaled by running means of its gradient and of its square.

    With g the gradients, t the step counted from 1, and m and v starting at 0::

        m <- m + (g - m) (1 - beta_1)
        v <- v + (g² - v) (1 - beta_2)
        a  = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
        w <- w - a m / (sqrt(v) + epsilon)

    Source: D. Kingma and J. Ba, "Adam", ICLR 2015: the more efficient order of computation at the
    end of section 2, with the epsilon that it calls epsilon-hat.

    Parameters
    ----------
    learning_rate : float or callable
        A number or a schedule.
    beta_1, beta_2 : float
        How much of m and v is kept at each step, at least 0 and below 1.
    epsilon : float
        Keeps the division finite.
    weight_decay : float, optional
        See `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0, 1.0])
    >>> Adam(learning_rate=0.5).update(w, np.array([100.0, -0.01]))
    >>> print(w.round(3))  # the first step has about the same length, whatever the gradient's
    [0.5 1.5]
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        self.beta_1 = checks.check_number(beta_1, "beta_1", minimum=0, below=1)
        self.beta_2 = checks.check_number(beta_2, "beta_2", minimum=0, below=1)
        self.epsilon = checks.check_number(epsilon, "epsilon", minimum=0)

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the rule above."""
        m, v = self.remember("m", parameters), self.remember("v", parameters)
        t = self.iterations + 1
        m += (gradients - m) * (1 - self.beta_1)
        v += (gradients**2 - v) * (1 - self.beta_2)
        a = learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        parameters -= a * m / (np.sqrt(v) + self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this optimizer again."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {"adam": Adam, "sgd": SGD}


def get(optimizer: str | Optimizer) -> Optimizer:
    """Return a new optimizer of that name, or the optimizer itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    name = optimizer.lower() if isinstance(optimizer, str) else optimizer
    return checks.lookup(name, OPTIMIZERS, "optimizer")()
