"""The network of Matt Mazur's worked example of backpropagation, and its well-known mistake."""

import numpy as np

from tinynet._internal.checks import check_bool, check_count
from tinynet._internal.names import known_keywords
from tinynet.layers.activations import Sigmoid
from tinynet.layers.dense import Dense
from tinynet.losses.squared_error import MeanSquaredError
from tinynet.models import Sequential
from tinynet.optimizers.sgd import SGD


class FixedBiasDense(Dense):
    """Dense layer with a constant bias, as in Mazur's example."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dW, leave db at zero, return dx."""
        dx = super().backward(dy)
        self.db[...] = 0
        return dx


class EagerFixedBiasDense(FixedBiasDense):
    """The same layer, with W updated too early, before dx is computed."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dW, update W, and return dx."""
        super().backward(dy)
        self.W -= 0.5 * self.dW
        return dy @ self.W.T


@known_keywords
def mazur_network(eager: bool = False) -> Sequential:
    """Return the network of Matt Mazur's "A Step by Step Backpropagation Example" (2015).

    It has two inputs, two hidden units, two outputs, sigmoid activations and constant biases. The
    loss is half the squared error, and the learning rate is 0.5. The inputs are `MAZUR_X`, and the
    targets are `MAZUR_Y`.

    Parameters
    ----------
    eager : bool
        Whether the hidden layer receives its gradient through output weights that were already
        updated. The article computes one step correctly and prints all eight weights. But the
        error that it quotes after this step, 0.291027924, is the result of this mistake; the
        correct error is 0.291027774. (The error that it quotes after 10,000 steps, 0.0000351085,
        is that of the correct network after 9,999 steps. After 10,000 it is 0.0000351019, and
        0.0000350848 with the mistake.)
    """
    eager = check_bool(eager, "eager")
    dense = EagerFixedBiasDense if eager else FixedBiasDense
    model = Sequential(
        [dense(2, input_shape=(2,)), Sigmoid(), dense(2), Sigmoid()], seed=0, dtype="float64"
    )
    hidden, output = [[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]
    model.set_weights([hidden, [0.35, 0.35], output, [0.60, 0.60]])
    # Half the squared error, summed over two outputs, is the mean over two outputs.
    model.compile(SGD(0.0 if eager else 0.5), MeanSquaredError())
    return model


MAZUR_X = np.array([[0.05, 0.10]])
MAZUR_Y = np.array([[0.01, 0.99]])


@known_keywords
def mazur_errors(steps: int, eager: bool = False) -> list[float]:
    """Train Mazur's network and return the error before the first step and after each step.

    `mazur_network` describes the network and what `eager` means.

    Examples
    --------
    >>> for eager in (False, True):
    ...     print([f"{error:.9f}" for error in mazur_errors(1, eager)])
    ['0.298371109', '0.291027774']
    ['0.298371109', '0.291027924']
    """
    steps = check_count(steps, "steps", minimum=0)
    model = mazur_network(eager)
    errors = [float(model.train_step(MAZUR_X, MAZUR_Y)[0]) for _ in range(steps)]
    return [*errors, float(model.evaluate(MAZUR_X, MAZUR_Y, verbose=0))]
