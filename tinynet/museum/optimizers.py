"""Broken optimizers: each recreates a bug from a public project."""

import numpy as np

from tinynet.optimizers.adam import Adam
from tinynet.optimizers.sgd import SGD

# ---------------------------------------------------------------------------- optimizers


class ScaledParameterSGD(SGD):
    """Multiplies the parameter by the momentum, not the velocity."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Shrink the parameters and make a plain step."""
        parameters *= self.momentum
        parameters -= learning_rate * gradients


class EndlessMomentumSGD(SGD):
    """Multiplies the gradient by the momentum, not the velocity."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Add to a velocity that never decays."""
        velocity = self.remember("velocity", parameters)
        velocity -= self.momentum * learning_rate * gradients
        parameters += velocity


class UphillMomentumSGD(SGD):
    """Remembers the gradient with the wrong sign."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Make a plain step down and a small one up."""
        velocity = self.remember("velocity", parameters)
        velocity *= self.momentum
        velocity += learning_rate * gradients
        parameters += self.momentum * velocity - learning_rate * gradients


class WeightGrowthSGD(SGD):
    """Subtracts the decay from the gradient, which is subtracted from the weights."""

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Make one step."""
        decayed = gradients - (self.weight_decay or 0) * parameters
        parameters -= self.learning_rate * decayed
        self.iterations += 1


class UncorrectedAdam(Adam):
    """Leaves out the bias correction."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Divide the mean gradient by the root of the mean square, both still near 0 at first."""
        m, v = self.remember("m", parameters), self.remember("v", parameters)
        m += (1 - self.beta_1) * (gradients - m)
        v += (1 - self.beta_2) * (gradients**2 - v)
        parameters -= learning_rate * m / (np.sqrt(v) + self.epsilon)
