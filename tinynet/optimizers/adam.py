"""`Adam`: each parameter's step is scaled by the size of its recent gradients."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.optimizers.base import Optimizer, Rate


class Adam(Optimizer):
    """Adam: steps from running means of each parameter's gradient and squared gradient.

    With g the gradients, t the step counted from 1, and m and v starting at 0::

        m <- m + (g - m) (1 - beta_1)
        v <- v + (g² - v) (1 - beta_2)
        a  = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
        w <- w - a m / (sqrt(v) + epsilon)

    Source: D. Kingma and J. Ba, "Adam", ICLR 2015, in the more efficient order of computation at
    the end of section 2. epsilon is its epsilon-hat.

    Parameters
    ----------
    learning_rate : float or callable
        A number or a schedule.
    beta_1, beta_2 : float
        Decay rates of m and v, at least 0 and below 1.
    epsilon : float
        Prevents division by zero; above 0.
    amsgrad : bool
        Whether to divide by the largest v so far: see `Notes`.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Notes
    -----
    After a rare, large gradient, v decays and the steps grow again. With `amsgrad`, ``v_hat <-
    max(v_hat, v)`` replaces v in the last line, which prevents this (S. Reddi, S. Kale and S.
    Kumar, "On the convergence of Adam and beyond", ICLR 2018, algorithm 2).

    Examples
    --------
    >>> w = np.array([1.0, 1.0])
    >>> Adam(learning_rate=0.5).update(w, np.array([100.0, -0.01]))
    >>> print(w.round(3))  # the first step's length hardly depends on the gradient's
    [0.5 1.5]
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.beta_1 = checks.check_number(beta_1, "beta_1", minimum=0, below=1)
        self.beta_2 = checks.check_number(beta_2, "beta_2", minimum=0, below=1)
        self.epsilon = checks.check_number(epsilon, "epsilon", above=0)
        self.amsgrad = checks.check_bool(amsgrad, "amsgrad")

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        m, v = self.remember("m", parameters), self.remember("v", parameters)
        t = self.iterations + 1
        m += (gradients - m) * (1 - self.beta_1)
        v += (gradients**2 - v) * (1 - self.beta_2)
        a = learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        if self.amsgrad:
            v = np.maximum(v_hat := self.remember("v_hat", parameters), v, out=v_hat)
        parameters -= a * m / (np.sqrt(v) + self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            **({"amsgrad": True} if self.amsgrad else {}),
        }
