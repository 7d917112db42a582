"""`SGD`: gradient descent, with or without momentum."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.optimizers.base import Optimizer, Rate


class SGD(Optimizer):
    """Stochastic gradient descent, with or without momentum.

    With w the parameters, g their gradients, r the learning rate and m the momentum::

        plain        w <- w - r g
        momentum     v <- m v - r g,    w <- w + v
        Nesterov     v <- m v - r g,    w <- w + m v - r g

    The velocity v starts at 0. (In PyTorch, v <- m v + g and w <- w - r v. The two agree for a
    constant learning rate, but not with a schedule.)

    Source: B. Polyak, 1964, for momentum; I. Sutskever et al., "On the importance of initialization
    and momentum in deep learning", ICML 2013, equations 1 to 4, for Nesterov momentum, rewritten
    for the point at which the gradient is taken.

    Parameters
    ----------
    learning_rate : float or callable
        r: a number or a schedule.
    momentum : float
        m, at least 0 and below 1.
    nesterov : bool
        Whether to use Nesterov momentum.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w, g = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    >>> SGD(learning_rate=0.5).update(w, g)
    >>> w
    array([0.5, 2.5])
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.momentum = checks.check_number(momentum, "momentum", minimum=0, below=1)
        self.nesterov = checks.check_bool(nesterov, "nesterov")

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        change = learning_rate * gradients
        if self.momentum == 0:
            parameters -= change
            return
        velocity = self.remember("velocity", parameters)
        velocity *= self.momentum
        velocity -= change
        parameters += self.momentum * velocity - change if self.nesterov else velocity

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
