"""`Adagrad` and `Adadelta`: steps scaled by all previous gradients, or by the recent ones."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.optimizers.base import Optimizer, Rate


class Adagrad(Optimizer):
    """Adagrad: each parameter's step is divided by the root of the sum of its squared gradients.

    With g the gradients, r the learning rate, and s starting at `initial_accumulator_value`::

        s <- s + g²
        w <- w - r g / sqrt(s + epsilon)

    s only grows, so steps only shrink. This suits sparse features. In neural networks, the steps
    often become too small too early.

    Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods", JMLR 12 (2011).

    Parameters
    ----------
    learning_rate : float or callable
        A number or a schedule.
    initial_accumulator_value : float
        Initial value of s.
    epsilon : float
        Prevents division by zero.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> optimizer = Adagrad(learning_rate=0.1, initial_accumulator_value=0)
    >>> for _ in range(4):  # steps of 0.1 times 1, 1/sqrt(2), 1/sqrt(3), 1/2
    ...     optimizer.update(w, np.array([5.0]))
    >>> print(w.round(3))
    [0.722]
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        start = initial_accumulator_value
        self.initial_accumulator_value = checks.check_number(
            start, "initial_accumulator_value", minimum=0
        )
        self.epsilon = checks.check_number(epsilon, "epsilon", minimum=0)
        if self.epsilon == 0 and self.initial_accumulator_value == 0:
            raise ValueError(
                "epsilon must be above 0 if initial_accumulator_value is 0, received 0: a gradient "
                "of 0 would be divided by 0."
            )

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        s = self.remember("accumulator", parameters, self.initial_accumulator_value)
        s += gradients**2
        parameters -= learning_rate * gradients / np.sqrt(s + self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }


class Adadelta(Optimizer):
    """Adadelta: like RMSprop, with each step scaled by the size of the previous steps.

    With g the gradients, r the learning rate, and v and d starting at 0::

        v <- rho v + (1 - rho) g²
        s  = sqrt(d + epsilon) / sqrt(v + epsilon) g
        d <- rho d + (1 - rho) s²
        w <- w - r s

    sqrt(d) has the unit of a parameter and sqrt(v) that of a gradient, so s has the unit of a
    parameter. The paper uses r = 1. The default of 0.001 is Keras's, and makes very small steps.

    Source: M. Zeiler, "ADADELTA", 2012, algorithm 1.

    Parameters
    ----------
    learning_rate : float or callable
        A number or a schedule.
    rho : float
        Decay rate of v and d, at least 0 and below 1.
    epsilon : float
        Prevents division by zero, and sets the size of the first step.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0, 1.0])
    >>> Adadelta(learning_rate=1.0, rho=0.75, epsilon=0.01).update(w, np.array([100.0, -100.0]))
    >>> print(w.round(3))  # sqrt(0.01) times 2
    [0.8 1.2]
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.rho = checks.check_number(rho, "rho", minimum=0, below=1)
        self.epsilon = checks.check_number(epsilon, "epsilon", above=0)

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        v = self.remember("accumulated_grad", parameters)
        d = self.remember("accumulated_delta_var", parameters)
        v *= self.rho
        v += (1 - self.rho) * gradients**2
        change = np.sqrt(d + self.epsilon) * gradients / np.sqrt(v + self.epsilon)
        d *= self.rho
        d += (1 - self.rho) * change**2
        parameters -= learning_rate * change

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}
