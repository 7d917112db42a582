"""`RMSprop`: steps divided by the root of a running mean of squared gradients."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.optimizers.base import Optimizer, Rate


class RMSprop(Optimizer):
    """RMSprop: each parameter's step is divided by the root mean square of its recent gradients.

    With g the gradients, r the learning rate, m the momentum, and v, a and u starting at 0::

        v <- rho v + (1 - rho) g²
        a <- rho a + (1 - rho) g                   if centered, else a = 0
        s  = r g / sqrt(v - a² + epsilon)
        w <- w - s                                 without momentum
        u <- m u + s,    w <- w - u                with momentum

    v - a² estimates the gradients' variance, and v their mean square. epsilon is inside the root,
    as in Keras; in PyTorch it is outside.

    Source: T. Tieleman and G. Hinton, "Neural networks for machine learning", lecture 6.5, 2012.
    The centered form is from A. Graves, "Generating sequences with recurrent neural networks",
    2013, equation 38.

    Parameters
    ----------
    learning_rate : float or callable
        A number or a schedule.
    rho : float
        Decay rate of v and a, at least 0 and below 1.
    momentum : float
        m, at least 0 and below 1.
    epsilon : float
        Prevents division by zero.
    centered : bool
        Whether to divide by the estimated standard deviation.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0, 1.0])
    >>> RMSprop(learning_rate=0.1, rho=0.75).update(w, np.array([100.0, -0.01]))
    >>> print(w.round(3))  # g / sqrt(g² / 4) is ±2 for any g
    [0.8   1.2]
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.rho = checks.check_number(rho, "rho", minimum=0, below=1)
        self.momentum = checks.check_number(momentum, "momentum", minimum=0, below=1)
        self.epsilon = checks.check_number(epsilon, "epsilon", above=0)
        self.centered = checks.check_bool(centered, "centered")

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        v = self.remember("velocity", parameters)
        v *= self.rho
        v += (1 - self.rho) * gradients**2
        spread = v + self.epsilon
        if self.centered:
            a = self.remember("average_gradient", parameters)
            a *= self.rho
            a += (1 - self.rho) * gradients
            spread = np.maximum(spread - a**2, self.epsilon)  # rounding can make v - a² negative
        change = learning_rate * gradients / np.sqrt(spread)
        if self.momentum > 0:
            u = self.remember("momentum", parameters)
            u *= self.momentum
            change = np.add(u, change, out=u)
        parameters -= change

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
