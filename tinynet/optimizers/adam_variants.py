"""Variants of Adam: `AdamW`, `Adamax` and `Nadam`. Read `adam` first."""

from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.optimizers.adam import Adam
from tinynet.optimizers.base import Optimizer, Rate


class AdamW(Adam):
    """Adam with weight decay: ``w <- (1 - r decay) w``, then Adam's step.

    The decay is separate from Adam's step. The gradient of an L2 penalty, in contrast, would be
    divided by the gradients' size. This is `Adam` with another default for `weight_decay`.

    Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.

    Parameters
    ----------
    learning_rate : float or callable
        r: a number or a schedule.
    weight_decay : float
        The decay rate.
    beta_1, beta_2, epsilon, amsgrad
        As in `Adam`.
    clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0])
    >>> AdamW(learning_rate=0.5, weight_decay=0.1).update(w, np.array([0.0]))
    >>> print(w)
    [0.95]
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            checks.check_number(weight_decay, "weight_decay"),
            clipnorm,
            clipvalue,
            global_clipnorm,
            name,
        )


class AdamVariant(Optimizer):
    """Base class of `Adamax` and `Nadam`, with Adam's settings."""

    @known_keywords
    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


class Adamax(AdamVariant):
    """Adamax: Adam with the largest recent gradient instead of the root mean square.

    With g the gradients, r the learning rate, t the step counted from 1, and m and u starting at
    0::

        m <- m + (g - m) (1 - beta_1)
        u <- max(beta_2 u, abs(g))
        w <- w - r m / ((1 - beta_1^t) (u + epsilon))

    Source: D. Kingma and J. Ba, "Adam", ICLR 2015, algorithm 2.

    Parameters
    ----------
    learning_rate, beta_1, beta_2, epsilon
        As in `Adam`.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0, 1.0])
    >>> Adamax(learning_rate=0.5).update(w, np.array([100.0, -0.01]))
    >>> print(w.round(3))
    [0.5 1.5]
    """

    __init__ = AdamVariant.__init__  # its settings are these

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        m, u = self.remember("m", parameters), self.remember("u", parameters)
        t = self.iterations + 1
        m += (gradients - m) * (1 - self.beta_1)
        np.maximum(self.beta_2 * u, np.abs(gradients), out=u)
        parameters -= learning_rate * m / ((1 - self.beta_1**t) * (u + self.epsilon))


class Nadam(AdamVariant):
    """Nadam: Adam with Nesterov momentum.

    With g the gradients, r the learning rate, t the step counted from 1, m and v starting at 0, and
    ``c[t] = beta_1 (1 - 0.96^t / 2)``, a momentum that grows from about beta_1 / 2 to beta_1::

        m <- m + (g - m) (1 - beta_1)
        v <- v + (g² - v) (1 - beta_2)
        a  = c[t+1] m / (1 - c[1] ... c[t+1]) + (1 - c[t]) g / (1 - c[1] ... c[t])
        w <- w - r a / (sqrt(v / (1 - beta_2^t)) + epsilon)

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop, 2016. The
    exponent t of c is Keras 3's. PyTorch has 0.004 t instead, so c grows 250 times more slowly.

    Parameters
    ----------
    learning_rate, beta_1, beta_2, epsilon
        As in `Adam`.
    weight_decay, clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.

    Examples
    --------
    >>> w = np.array([1.0, 1.0])
    >>> Nadam(learning_rate=0.5).update(w, np.array([100.0, -0.01]))
    >>> print(w.round(2))
    [0.47 1.53]
    """

    __init__ = AdamVariant.__init__  # its settings are these

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply the update rule."""
        m, v = self.remember("m", parameters), self.remember("v", parameters)
        t = self.iterations + 1
        m += (gradients - m) * (1 - self.beta_1)
        v += (gradients**2 - v) * (1 - self.beta_2)
        c, c_next, product = self._c(t), self._c(t + 1), self._product(t)
        a = c_next / (1 - product * c_next) * m + (1 - c) / (1 - product) * gradients
        parameters -= learning_rate * a / (np.sqrt(v / (1 - self.beta_2**t)) + self.epsilon)

    def _c(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def _product(self, t: int) -> float:
        """Return c[1] ... c[t]; after a thousand steps, c equals beta_1 in float64."""
        steps = np.arange(1, min(t, 1000) + 1)
        return float(self.beta_1**t * np.prod(1 - 0.5 * 0.96**steps))
